"""The page in a browser: it asks for nothing, complains of nothing, and does what it offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagelint.findings import Report, StoredLayer
from tests.browser import Opened
from tests.report import samples
from tests.report.test_html import many, page
from tests.test_never_escapes import hostile, run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    Show = Callable[..., Opened]

OPEN_ALL = "document.querySelectorAll('details').forEach(node => node.open = true)"
SHOWN = "[...document.querySelectorAll('#list > li')].filter(node => !node.hidden).map(node => node.id)"
FOCUSED = "(node => node.id || node.name || node.className || node.tagName)(document.activeElement)"


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens the page of a report; at the end it has asked for itself only, and complained of nothing."""
    file, windows = tmp_path / "report.html", []

    def opened(report: Report | str, **more: Any) -> Opened:
        file.write_text(report if isinstance(report, str) else page(report), encoding="utf-8")
        windows.append(Opened(browser, file, **more))
        return windows[-1]

    yield opened
    for window in windows:
        assert {url.partition("#")[0] for url in window.requests} == {file.resolve().as_uri()}
        assert window.complaints == []
        window.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_nobody_is_kept_out(show: Show, width: int, scheme: str) -> None:
    window = show(samples.built(), width=width, scheme=scheme)
    assert window.violations() == []
    window.page.evaluate(OPEN_ALL)
    assert window.violations() == []


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("layers", [6, 127])
def test_arcs_go_from_row_to_row(show: Show, width: int, layers: int) -> None:
    report = samples.built()
    more = [StoredLayer(n, "", f"{n}", n, samples.made(n, "RUN make", n)) for n in range(6, layers)]
    report.images[0].layers += tuple(more)
    window = show(report, width=width)
    rows = "[...document.querySelectorAll('.layer')].map(node => node.getBoundingClientRect())"
    ends = "[...document.querySelectorAll('path.ends')].map(node => node.getBoundingClientRect())"
    middles = [row["top"] + row["height"] / 2 for row in window.page.evaluate(rows)]
    assert len(middles) == layers
    bars = "[...document.querySelectorAll('.layer .size')].map(node => node.getBoundingClientRect())"
    assert len({(bar["left"], bar["width"]) for bar in window.page.evaluate(bars)}) == 1
    for end, (first, last) in zip(window.page.evaluate(ends), ((3, 5), (2, 5)), strict=True):
        assert end["top"] == pytest.approx(middles[first], abs=1)
        assert end["bottom"] == pytest.approx(middles[last], abs=1)
    assert window.page.locator(".timeline").get_attribute("tabindex") == (None if layers == 6 else "0")
    assert window.violations() == []


def test_axe_would_see_what_is_wrong(show: Show) -> None:
    window = show(samples.built())
    window.page.evaluate("document.querySelector('#count').style.color = '#bbb'")
    (found,) = window.violations()
    assert found.startswith("color-contrast: ")


@pytest.mark.parametrize("width", [1280, 400, 320])
@pytest.mark.parametrize("make", [samples.built, samples.hostile])
def test_nothing_is_wider_than_the_window(show: Show, make: Callable[[], Report], width: int) -> None:
    window = show(make(), width=width)
    window.page.on("dialog", lambda dialog: window.complaints.append(dialog.message))
    for script in ("", OPEN_ALL, "document.querySelector('#suppressed').click()"):
        window.page.evaluate(script)
        window.page.wait_for_timeout(50)
        assert window.page.evaluate("document.documentElement.scrollWidth") <= width


def test_filters(show: Show) -> None:
    window = show(samples.built())
    count = window.page.locator("#count")
    assert window.page.evaluate(SHOWN) == ["f1", "f2", "f3", "f4", "f5"]
    assert (count.text_content(), count.get_attribute("role")) == ("5 of 6 findings shown", "status")
    window.page.get_by_label("Show 1 suppressed").check()
    window.until("document.querySelector('#count').textContent === '6 of 6 findings shown'")
    for label, value, left in (
        ("Rule", "openssh-private-key (2)", ["f2", "f3"]),
        ("Status", "hidden (1)", ["f3"]),
        ("Origin", "base (1)", ["f5"]),
        ("Layer", "3 (1)", ["f2"]),
        ("Surface", "env (1)", ["f4"]),
        ("Target", "Dockerfile (2)", ["f1"]),
        ("Baseline", "new (2)", ["f2", "f5"]),
    ):
        window.page.get_by_label(label, exact=True).select_option(label=value)
        window.until(f"{SHOWN}.join() === '{','.join(left)}'")
        window.page.get_by_role("button", name="Reset").click()
        assert window.page.evaluate(SHOWN) == ["f1", "f2", "f3", "f4", "f5"]
    window.page.get_by_label("error", exact=True).uncheck()
    window.until(f"{SHOWN}.join() === 'f4,f5'")
    window.page.get_by_role("button", name="Reset").click()
    window.page.locator("#search").fill("SRV/APP/.env 1a1a1a")
    window.until(f"{SHOWN}.join() === 'f3'")
    window.page.locator("#search").press("Enter")
    window.page.locator("#search").fill("no such words")
    window.until("document.querySelector('#count').textContent === '0 of 6 findings shown'")


def test_the_keyboard_is_enough(show: Show) -> None:
    window = show(samples.built())
    press = window.page.keyboard.press
    at = "document.activeElement.closest('li')?.id ?? document.activeElement.id"
    press("j")
    assert window.page.evaluate(at) == "f1"
    for key, where in (("j", "f2"), ("ArrowDown", "f3"), ("ArrowUp", "f2"), ("k", "f1"), ("k", "f1")):
        press(key)
        assert window.page.evaluate(at) == where
    press("Enter")
    assert window.page.evaluate("document.querySelector('#f1 details').open")
    press("Tab")
    assert window.page.evaluate("document.activeElement.textContent") == "curl-pipe-shell"
    press("/")
    assert window.page.evaluate(at) == "search"
    window.page.keyboard.type("jk/")
    assert window.page.locator("#search").input_value() == "jk/"
    window.until(f"{SHOWN}.length === 0")
    press("Escape")
    assert window.page.evaluate(SHOWN) == ["f1", "f2", "f3", "f4", "f5"]
    window.page.get_by_label("Keys").uncheck()
    press("j")
    assert window.page.evaluate(at) == "keys"


def test_tab_goes_from_the_top_to_the_first_finding(show: Show) -> None:
    window = show(samples.report(samples.pipe()))
    seen = []
    for _ in range(12):
        window.page.keyboard.press("Tab")
        seen.append(window.page.evaluate(FOCUSED))
        outline = window.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        if seen[-1] == "SUMMARY":
            break
    assert seen == ["skip", "theme", "search", *["severity"] * 3, "keys", "reset", "all", "SUMMARY"]


def test_the_theme_is_kept_in_memory_only(show: Show) -> None:
    window = show(samples.built(), scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = window.page.evaluate(ground)
    window.page.get_by_role("button", name="Light theme").click()
    assert window.page.evaluate(ground) != dark
    assert window.violations() == []
    window.page.get_by_role("button", name="Dark theme").click()
    assert window.page.evaluate(ground) == dark
    assert window.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_links_lead_to_what_a_filter_hides(show: Show) -> None:
    window = show(samples.built())
    window.page.get_by_label("Rule", exact=True).select_option(label="curl-pipe-shell (1)")
    window.until(f"{SHOWN}.join() === 'f1'")
    window.page.locator(".gone a", has_text="id_rsa").click()
    window.until("document.querySelector('#f2 details').open")
    assert window.page.evaluate(SHOWN) == ["f1", "f2", "f3", "f4", "f5"]
    assert window.page.evaluate("document.activeElement.closest('li').id") == "f2"
    window.page.locator(".layer a").first.click()
    window.until("document.querySelector('#f5 details').open")
    window.page.locator("#f2 .facts a").click()
    window.until("document.activeElement.closest('details.rule')?.open")
    assert "openssh-private-key" in window.page.evaluate("document.activeElement.textContent")


def test_paper_shows_everything_that_is_chosen(show: Show) -> None:
    window = show(samples.built(), scheme="dark")
    window.page.locator("#search").fill("curl")
    window.until(f"{SHOWN}.join() === 'f1'")
    window.page.emulate_media(media="print")
    window.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert window.page.evaluate("[...document.querySelectorAll('details')].filter(node => !node.open).length") == 5
    assert window.page.evaluate("document.querySelector('#f1 details').open")
    assert not window.page.locator("form").is_visible()
    assert window.page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 33, 37)"
    window.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not window.page.evaluate("document.querySelector('#f1 details').open")


def test_without_scripts_all_is_there(show: Show) -> None:
    window = show(samples.built(), java_script_enabled=False)
    assert window.page.locator("#list > li").count() == 6
    assert not window.page.locator("form").is_visible()
    assert not window.page.locator("#theme").is_visible()
    window.page.locator("#f2 summary").click()
    assert window.page.locator("#f2 .trail").is_visible()


def test_a_thousand_findings_can_be_searched(show: Show) -> None:
    window = show(samples.report(*many(1000)))
    window.page.locator("#search").fill("host_key")
    window.until("document.querySelector('#count').textContent === '500 of 1000 findings shown'")
    window.page.get_by_role("button", name="Open all").click()
    assert window.page.evaluate("document.querySelectorAll('#list > li:not([hidden]) > details[open]').length") == 500
    window.page.get_by_role("button", name="Close all").click()
    assert window.page.evaluate("document.querySelectorAll('#list details[open]').length") == 0


def test_a_scan_of_hostile_names(show: Show, tmp_path: Path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    words = ["scan", "--no-config", "--no-progress", "--profile", "strict", "--format", "html", *hostile(folder)]
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (1, b"")
    window = show(done.stdout.decode("ascii"), width=400)
    window.page.on("dialog", lambda dialog: window.complaints.append(dialog.message))
    window.page.evaluate(OPEN_ALL)
    window.page.wait_for_timeout(100)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert window.page.evaluate("document.scripts.length") == 1
    assert window.page.locator("#list > li").count() > 100


def test_a_page_may_not_ask_for_anything(show: Show) -> None:
    """That the check of requests is one: the policy stops them before they leave, and the page would say so."""
    window = show(samples.built())
    window.page.evaluate("void fetch('http://127.0.0.1:9/').catch(() => 0)")
    window.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.png'}))")
    window.page.wait_for_timeout(200)
    refused = [text for text in window.complaints if "Content Security Policy" in text]
    assert len(refused) == len(window.complaints) >= 2
    assert window.requests[1:] == ["http://127.0.0.1:9/a.png"]
    window.complaints.clear()
    del window.requests[1:]
