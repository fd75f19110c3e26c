"""The page over all images: what it tells, where it leads, and what a browser and axe make of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagelint.registry.index import Index
from imagelint.registry.narrowing import Asked
from imagelint.registry.overview import write_html
from imagelint.registry.questions import Questions
from imagelint.registry.writing import Folder
from tests.browser import Opened
from tests.registry import fleet
from tests.registry.fleet import BASES, HOST, SHARED, image, report
from tests.registry.test_questions import hostile
from tests.report.cases import rules
from tests.report.test_html import Read
from tests.report.test_html_browser import OPEN_ALL, SHOWN

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MANY = 1000


def index(folder: Path, number: int) -> str:
    path = str(folder / "index.db")
    with Index(path) as made:
        list(fleet.fill(made, range(number)))
        made.vanished([f"{HOST}/shop/app8"], [])
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    return index(tmp_path_factory.mktemp("index"), 40)


def page(path: str, folder: str = "", by: str = "", **asked: Any) -> str:
    out = io.StringIO()
    with Questions(path) as questions:
        write_html(questions.answer(Asked(**asked), by, top=True), out, folder)
    return out.getvalue()


def test_everything_that_is_known_is_told(path: str) -> None:
    words = Read(page(path)).words()
    for text in (
        "39 images, 31 with findings",
        "15 errors",
        "In most images",
        f"{SHARED[:16]} aws-access-key AKIA****",
        "By what brings it",
        BASES[0],
        "etc/key holds what aws-access-key is about",
        "Not read, so the numbers are not complete (7)",
        f"{HOST}/shop/app1:1, layer 1",
        "Not in the registry any more (1)",
        "label team",
    ):
        assert text in words, text


def test_narrowed_and_grouped(path: str) -> None:
    words = Read(page(path, by="label:team", severity="error")).words()
    assert "Of them: severity error" in words
    assert "payments" in words
    assert "setuid-file" not in words
    assert "No images that have what was asked for." in Read(page(path, fingerprint="00000000")).words()


def test_it_leads_to_the_reports_beside_it(path: str, tmp_path: Path) -> None:
    links = [attributes["href"] for tag, attributes in Read(page(path, str(tmp_path))).tags if tag == "a"]
    assert [link for link in links if link and not link.startswith("#")] == []
    (written,) = Folder(str(tmp_path), ["html"], rules()).write(
        report(4), f"{HOST}/shop/app4:1", image(4).digest, image(4).platform
    )
    read = Read(page(path, str(tmp_path)))
    links = [attributes["href"] for tag, attributes in read.tags if tag == "a"]
    assert [link for link in links if link and not link.startswith("#")] == [Path(written).name]


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    text = page(hostile(tmp_path / "index.db"), str(tmp_path))
    read = Read(text)
    assert text.isascii()
    assert "<script>alert" not in text
    assert "alert(1)" not in read.raw["script"]
    assert not [attributes for _, attributes in read.tags if {"style", "onclick", "src"} & set(attributes)]
    assert "\\x1b[31mred\\u202e" in read.words()


@pytest.fixture
def window(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens a page; at the end it has asked for itself only, and complained of nothing."""
    file, opened = tmp_path / "shown.html", []

    def show(text: str, **more: Any) -> Opened:
        file.write_text(text, encoding="ascii")
        opened.append(Opened(browser, file, **more))
        return opened[-1]

    yield show
    for one in opened:
        assert {url.partition("#")[0] for url in one.requests} == {file.resolve().as_uri()}
        assert one.complaints == []
        one.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_nobody_is_kept_out(window: Any, path: str, width: int, scheme: str) -> None:
    shown = window(page(path), width=width, scheme=scheme)
    assert shown.violations() == []
    shown.page.evaluate(OPEN_ALL)
    assert shown.violations() == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_do_not_widen_it(window: Any, tmp_path: Path) -> None:
    shown = window(page(hostile(tmp_path / "index.db")), width=320)
    shown.page.evaluate(OPEN_ALL)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert shown.violations() == []


def test_images_are_searched_and_chosen(window: Any, path: str) -> None:
    shown = window(page(path))
    count = shown.page.locator("#count")
    assert count.text_content() == "39 of 39 images shown"
    shown.page.locator("#search").fill("app14:")
    shown.until(f"{SHOWN}.length === 1")
    assert count.text_content() == "1 of 39 images shown"
    shown.page.get_by_role("button", name="Reset").click()
    shown.page.get_by_label("Label team").select_option(label="payments (15)")
    shown.until(f"{SHOWN}.length === 15")
    for name in ("error", "warning", "note"):
        shown.page.get_by_label(name, exact=True).uncheck()
    shown.until(f"{SHOWN}.length === 0")
    shown.page.get_by_role("button", name="Reset").click()
    for name in ("error", "warning", "note"):
        shown.page.get_by_label(name, exact=True).uncheck()
    shown.until(f"{SHOWN}.length === 8")


def test_a_thousand_images_are_still_a_page(window: Any, tmp_path: Path) -> None:
    text = page(index(tmp_path, MANY))
    assert len(text) < 2_500_000
    shown = window(text)
    count = shown.page.locator("#count")
    assert count.text_content() == "999 of 999 images shown"
    started = shown.page.evaluate("performance.now()")
    shown.page.locator("#search").fill("app998:")
    shown.until(f"{SHOWN}.length === 1")
    assert shown.page.evaluate("performance.now()") - started < 3000
