"use strict";
(() => {
  // Sorting: the header of a column becomes a button; the number of a cell is the last one that an arrow leads to, else the first.
  const number = (text) => {
    const read = text.split("→").pop().replace(/−/g, "-").replace(/,/g, "").replace(/\u00a0/g, " ");
    const found = read.match(/(-?)\$?(-?\d+(?:\.\d+)?) ?([kMB](?![a-z]))?/);
    return found ? Number(found[1] + found[2]) * ({ k: 1e3, M: 1e6, B: 1e9 }[found[3]] || 1) : NaN;
  };
  const text = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("[aria-hidden]").forEach((sign) => sign.remove());
    return copy.textContent.trim();
  };
  const compare = (a, b, numeric, up) => {
    if (!numeric) return up * a.localeCompare(b, "en", { numeric: true });
    const [x, y] = [number(a), number(b)];
    if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y); // what is not known comes last either way
    return up * (x - y);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const headers = [...table.tHead.rows[0].cells];
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      const words = document.createElement("span");
      words.append(...header.childNodes);
      button.append(words);
      header.append(button);
      button.addEventListener("click", () => {
        const numeric = header.classList.contains("num");
        const now = header.getAttribute("aria-sort");
        const up = now ? now !== "ascending" : !numeric;
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        header.setAttribute("aria-sort", up ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [row, text(row.cells[column] || row.cells[row.cells.length - 1])]);
        rows.sort((a, b) => compare(a[1], b[1], numeric, up ? 1 : -1));
        body.append(...rows.map(([row]) => row));
      });
    });
  }

  // Values on pointing: of a mark what its title says, of a map the account nearest to the pointer.
  const tooltip = document.getElementById("tooltip");
  const hide = () => { tooltip.hidden = true; };
  const show = (words, x, y) => {
    tooltip.textContent = words;
    tooltip.hidden = false;
    const [wide, high] = [tooltip.offsetWidth, tooltip.offsetHeight];
    tooltip.style.left = Math.max(4, Math.min(x + 14, document.documentElement.clientWidth - wide - 4)) + "px";
    tooltip.style.top = (y + 18 + high > window.innerHeight ? y - high - 12 : y + 18) + "px";
  };
  const tell = (mark, words) => { const box = mark.getBoundingClientRect(); show(words, box.right, box.top); };
  for (const mark of document.querySelectorAll(".tip")) {
    const title = mark.querySelector("title");
    const words = title.textContent;
    title.remove(); // the browser would show it beside ours
    mark.addEventListener("pointermove", (event) => { event.stopPropagation(); show(words, event.clientX, event.clientY); });
    mark.addEventListener("pointerleave", hide);
    mark.addEventListener("focus", () => tell(mark, words));
    mark.words = words;
    mark.addEventListener("blur", hide);
  }
  for (const data of document.querySelectorAll("script.places")) {
    const svg = data.parentElement.querySelector("svg");
    const { at, panels, names, words, seats, owner, today } = JSON.parse(data.textContent);
    const seat = (panel, account) => (owner[panel][account] < 0 ? "nobody" : seats[owner[panel][account]]);
    svg.addEventListener("pointermove", (event) => {
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let [best, where, which] = [9 ** 2, -1, -1]; // points, squared
      panels.forEach(([right, down], panel) => at.forEach(([x, y], account) => {
        const distance = (x + right - point.x) ** 2 + (y + down - point.y) ** 2;
        if (distance < best) [best, where, which] = [distance, account, panel];
      }));
      if (where < 0) return hide();
      const moves = today >= 0 && owner[today][where] !== owner[which][where];
      show(`${words[where]} · ${names[which]}: ${seat(which, where)}${moves ? `, today ${seat(today, where)}` : ""}`, event.clientX, event.clientY);
    });
    svg.addEventListener("pointerleave", hide);
  }
  const follow = () => { // a mark that a keyboard reaches may be scrolled into sight afterwards
    const mark = document.activeElement;
    if (mark && mark.words) tell(mark, mark.words); else hide();
  };
  window.addEventListener("scroll", follow, { passive: true, capture: true });
  window.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
