"""The report in a real browser: headless Chromium opens it as a reader would, on a telephone and a desk, in the light and the dark."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.report.page import write_report
from tests.report_fixture import write_run

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE, DESK = (390, 844), (1280, 900)
FIGURES_N = 10


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser with a profile of its own. Without one installed these tests are skipped, but not where a change is to be merged."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if not browser or not chromedriver:
        if os.environ.get("CI"):
            pytest.fail("no Chromium with its driver; Debian, Ubuntu: apt install chromium chromium-driver")
        pytest.skip("no Chromium with its driver on this machine (Debian, Ubuntu: apt install chromium chromium-driver)")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield opened
    opened.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report."""
    folder = write_run(tmp_path_factory.mktemp("run"), arms=("status_quo", "optimized", "geographic"))
    with pytest.MonkeyPatch.context() as patch:  # no browser opens these, and they cost half of the time
        patch.setattr("experiments.figures.style.png", lambda figure: b"")
        patch.setattr("experiments.report.page.write_pdf", lambda *args: None)
        write_report(folder)
    return folder


def show(driver: Any, page: Path, size: tuple[int, int] = DESK, scheme: str = "light") -> None:
    """Open a page on a screen of this size."""
    width, height = size
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    )
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.get(page.as_uri())


@pytest.mark.parametrize("name", ["report.html", "seats.html"])
def test_a_page_opens_without_errors_and_asks_the_network_for_nothing(driver: Any, folder: Path, name: str) -> None:
    """The console stays empty, and all that is loaded is the file itself and what it holds."""
    driver.get_log("browser")
    driver.get_log("performance")
    show(driver, folder / name)
    assert driver.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert (folder / name).as_uri() in asked
    assert [url for url in asked if url != (folder / name).as_uri() and not url.startswith("data:")] == []


def test_a_foreign_script_is_refused(driver: Any, folder: Path, tmp_path: Path) -> None:
    """What somebody writes into a page does not run: only the page's own script has the hash that the page names."""
    page = tmp_path / "report.html"
    text = (folder / "report.html").read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", "<script>document.title = 'taken over'</script></body>"), encoding="utf-8")
    show(driver, page)
    assert driver.title != "taken over"
    assert any("Content Security Policy" in entry["message"] for entry in driver.get_log("browser"))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["telephone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_drawn_and_the_page_fits_its_screen(driver: Any, folder: Path, size: tuple[int, int], scheme: str) -> None:
    """Ten figures are seen, each of some size, and nothing sticks out to the side; what is wider scrolls inside its frame."""
    for name in ("report.html", "seats.html"):
        show(driver, folder / name, size, scheme)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= size[0], name
    show(driver, folder / "report.html", size, scheme)
    boxes = driver.execute_script(
        "return [...document.querySelectorAll('.card svg')].map(svg => svg.getBoundingClientRect()).map(box => [box.width, box.height])"
    )
    seen = [box for box in boxes if box[0] > 0]
    assert len(seen) == FIGURES_N
    assert all(width >= 0.8 * min(size[0], 600) and height > 60 for width, height in seen)


def test_the_dark_page_is_dark_and_so_are_its_figures(driver: Any, folder: Path) -> None:
    """Where the reader's system is dark, ground and figures are dark and words are light; else the other way round."""
    lightness = "const c = getComputedStyle({}).{}.match(/\\d+/g); return (+c[0] + +c[1] + +c[2]) / 3"
    seen = {}
    for scheme in ("light", "dark"):
        show(driver, folder / "report.html", scheme=scheme)
        ground, words, card = (
            driver.execute_script(lightness.format(f"document.querySelector('{element}')", what).replace("{}", ""))
            for element, what in (("body", "backgroundColor"), ("body", "color"), (".card", "backgroundColor"))
        )
        turned = driver.execute_script("return getComputedStyle(document.querySelector('.card svg')).filter") != "none"
        seen[scheme] = ground < words, card < 128, turned
    assert seen == {"light": (False, False, False), "dark": (True, True, True)}


def test_a_table_is_sorted_by_pointer_and_by_keyboard(driver: Any, folder: Path) -> None:
    """The header of the lifts sorts them down, then up when Enter is pressed on it, and says so to a screen reader."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    show(driver, folder / "report.html")
    table = driver.find_element(By.CSS_SELECTOR, "table.sortable:has(#summary-caption)")
    header = next(each for each in table.find_elements(By.CSS_SELECTOR, "thead th") if each.text.startswith("Lift in"))

    def arms() -> list[str]:
        return [cell.text.lstrip("●■▲◆▼⬟⬢ ") for cell in table.find_elements(By.CSS_SELECTOR, "tbody th")]

    assert arms() == ["optimized", "status_quo", "geographic"]
    button = header.find_element(By.TAG_NAME, "button")
    driver.execute_script("arguments[0].click()", button)
    assert header.get_attribute("aria-sort") == "descending"
    assert arms() == ["optimized", "geographic", "status_quo"]  # the baseline has no lift, and comes last either way
    driver.execute_script("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)
    assert header.get_attribute("aria-sort") == "ascending"
    assert len(table.find_elements(By.CSS_SELECTOR, "[aria-sort]")) == 1
    assert arms() == ["geographic", "optimized", "status_quo"]


def test_values_are_told_on_pointing_and_on_focus(driver: Any, folder: Path) -> None:
    """A mark of the trade-off tells its numbers when a keyboard reaches it, the map an account and its seat when a pointer comes near."""
    from selenium.webdriver.support.ui import WebDriverWait

    show(driver, folder / "report.html")
    tooltip = "const tip = document.getElementById('tooltip'); return tip.hidden ? '' : tip.textContent"
    assert driver.execute_script(tooltip) == ""
    driver.execute_script("document.querySelector('#figure-trade_off .tip[aria-label^=optimized]').focus()")
    WebDriverWait(driver, 10).until(lambda _: "optimized: lift" in driver.execute_script(tooltip))
    driver.execute_script("document.activeElement.blur()")
    assert driver.execute_script(tooltip) == ""
    show(driver, folder / "report.html")  # nothing scrolls any more, which would hide what is told
    told = driver.execute_script(
        """
        const svg = document.querySelector('#figure-map svg');
        const { at, panels } = JSON.parse(document.querySelector('#figure-map .places').textContent);
        const place = new DOMPoint(at[7][0] + panels[1][0], at[7][1] + panels[1][1]).matrixTransform(svg.getScreenCTM());
        svg.dispatchEvent(new PointerEvent('pointermove', { clientX: place.x, clientY: place.y }));
        """
        + tooltip
    )
    assert "A0" in told
    assert "optimized: S" in told
