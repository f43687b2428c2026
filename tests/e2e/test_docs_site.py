"""docs/ as a site: it builds without a warning, its links lead somewhere, and nothing of it is fetched from elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.e2e.command import ROOT

pytestmark = pytest.mark.slow
LOADS = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "srcset")}  # by a browser, unasked


class Page(HTMLParser):
    """What a page points to, what it loads, and the places in it that can be pointed to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.links, self.loads, self.places = path, list[str](), list[str](), set[str]()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses and the id of a tag."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.places.add(value)
            elif (tag, name) in LOADS:
                self.loads.append(value)
            elif (tag, name) == ("a", "href"):
                self.links.append(value)


def dead_ends(site: dict[Path, Page]) -> Iterator[str]:
    """Links and files of the pages, by path, that lead nowhere inside the site."""
    for path, page in site.items():
        for address in (*page.links, *page.loads):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.is_file() and (not parts.fragment or target not in site or unquote(parts.fragment) in site[target].places)
            if not there:
                yield f"{path.name}: {address}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The built pages, by path."""
    folder = tmp_path_factory.mktemp("site").resolve()
    words = [sys.executable, "-P", "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(folder)]
    done = subprocess.run(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path: Page(path) for path in folder.rglob("*.html")}


def test_every_page_is_there(site: dict[Path, Page]) -> None:
    """Every Markdown file of docs/ is a page, and the first page leads to each of them."""
    (index,) = (page for path, page in site.items() if path.name == "index.html")
    reached = {(index.path.parent / urlsplit(link).path).resolve() for link in index.links}
    for source in (ROOT / "docs").rglob("*.md"):
        page = index.path.parent / source.relative_to(ROOT / "docs").with_suffix(".html")
        assert page in reached or page == index.path, source


def test_links_lead_somewhere(site: dict[Path, Page]) -> None:
    """Every link inside the site leads to a file that is there, and to a place that the page has."""
    assert list(dead_ends(site)) == []


def test_a_dead_end_is_seen(tmp_path: Path) -> None:
    """A missing file and a missing place are told, what is there and what is elsewhere is not."""
    path = tmp_path / "page.html"
    links = ["page.html", "#here", "page.html#here", "gone.html", "#nowhere", "https://example.org/x"]
    path.write_text('<p id="here">' + "".join(f'<a href="{link}">' for link in links), encoding="utf-8")
    assert list(dead_ends({path: Page(path)})) == ["page.html: gone.html", "page.html: #nowhere"]


def test_nothing_is_fetched(site: dict[Path, Page]) -> None:
    """No page loads a script, style, font or picture from another place, and no style sheet does."""
    away = [f"{path.name}: {address}" for path, page in site.items() for address in page.loads if urlsplit(address).netloc]
    assert away == []
    folder = next(path.parent for path in site if path.name == "index.html")
    for sheet in folder.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "url(http" not in text, sheet
        assert "@import" not in text, sheet
