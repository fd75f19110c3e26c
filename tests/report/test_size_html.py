"""The page of `imagelint size`: what it tells, and what a browser and axe make of it."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagelint.findings import LayerInfo, Location, ScannedImage, Skip
from imagelint.report.html.size import MOST_DEPTH, render, tree
from imagelint.sizes import SizedImage, SizedLayer, SizeReport, Sum, Threshold, Wasted
from tests.browser import Opened
from tests.imagemaker import Recipe, oci_layout
from tests.material import password
from tests.program import imagelint
from tests.report.samples import DIFF, T
from tests.report.test_html import Read

if TYPE_CHECKING:
    from playwright.sync_api import Browser

OPEN_ALL = "document.querySelectorAll('details').forEach(node => node.open = true)"
MB = 1_000_000


def layer(index: int, by: str, origin: str, every: Sum, waste: Sum, line: int = 0) -> SizedLayer:
    source = Location(T("Dockerfile"), line) if line else None
    return SizedLayer(index, DIFF, DIFF, "gzip", every, waste, LayerInfo(index, DIFF, T(by), origin, index, source))


def sized() -> SizeReport:
    """A base image's layer, and three of a file that was taken away too late."""
    layers = [
        layer(0, "ADD rootfs /", "base", Sum(90, 48 * MB, 120 * MB), Sum(1, MB, 3 * MB)),
        layer(1, "COPY big.iso /srv/", "own", Sum(2, 9 * MB, 10 * MB), Sum(1, 9 * MB, 10 * MB), 2),
        layer(2, "RUN apt-get install -y git", "own", Sum(500, 30 * MB, 90 * MB), Sum(2, 4 * MB, 6 * MB), 3),
        layer(3, "RUN rm /srv/big.iso", "own", Sum(1, 300, 2048), Sum(), 4),
    ]
    pieces = [
        Wasted("deleted", 1, 3, T("srv/big.iso"), 1, 9 * MB, 10 * MB),
        Wasted("package-cache", 2, 2, T("var/cache/apt/archives/git.deb"), 1, 3 * MB, 3 * MB),
        Wasted("package-cache", 2, 2, T("var/cache/apt/pkgcache.bin"), 1, MB, 3 * MB),
        Wasted("duplicate", 0, 0, T("usr/lib/b.so"), 1, MB, 3 * MB, None, T("usr/lib/a.so")),
    ]
    kinds = {
        "deleted": Sum(1, 9 * MB, 10 * MB),
        "package-cache": Sum(2, 4 * MB, 6 * MB),
        "duplicate": Sum(1, MB, 3 * MB),
    }
    origins = {
        "own": (Sum(503, 39 * MB, 100 * MB), Sum(3, 13 * MB, 16 * MB)),
        "base": (Sum(90, 48 * MB, 120 * MB), Sum(1, MB, 3 * MB)),
    }
    about = ScannedImage(T("shop:1"), T("shop:1"), "oci", T(DIFF), T("linux/amd64"), None, (), T("debian:12"), 1)
    every, waste = Sum(593, 87 * MB, 220 * MB), Sum(4, 14 * MB, 19 * MB)
    image = SizedImage(about, layers, every, waste, kinds, origins, pieces, Sum(7, 2000, 4000), 0.953, 12 * MB)
    over = Threshold("max-waste", "5%", 0.161, T("shop:1"), passed=True)
    return SizeReport("0.1.0", [T("shop:1")], [image], [over], [], [Skip(T("shop:1"), T("layer 3"), T("cut"))])


def page(report: SizeReport) -> str:
    out = io.StringIO()
    render(report, out)
    return out.getvalue()


def test_everything_that_is_known_is_told() -> None:
    words = Read(page(sized())).words()
    for text in (
        "87.0 MB that a pull transmits",
        "220.0 MB uncompressed",
        "14.0 MB of them waste, 16.1%",
        "83.9% efficiency",
        "95.3% by dive's score, 12.0 MB wasted",
        "shop:1: waste 16.1%, more than is allowed (--max-waste 5%)",
        "shop:1, layer 3 : cut",
        "1 9.0 MB 9.0 MB 10.0 MB 10.0 MB own Dockerfile:2 COPY big.iso /srv/ (gzip)",
        "3 300 bytes - 2.0 kB - own Dockerfile:4 RUN rm /srv/big.iso (gzip)",
        "own 39.0 MB 13.0 MB 100.0 MB 16.0 MB",
        "base image 48.0 MB 1.0 MB 120.0 MB 3.0 MB",
        "9.0 MB deleted by a later layer 10.3% of a pull; 10.0 MB uncompressed",
        "Layer 1 (Dockerfile:2), removed by layer 3 (Dockerfile:4) 9.0 MB, 1 file srv/big.iso 9.0 MB, 1 file",
        "4.0 MB package caches",
        "var/cache/apt 4.0 MB, 2 files archives/git.deb 3.0 MB, 1 file pkgcache.bin 1.0 MB, 1 file",
        "usr/lib/b.so 1.0 MB, 1 file, the same as usr/lib/a.so",
        "and 7 more files, 2.0 kB, in smaller pieces",
    ):
        assert text in words, text


def test_bars_have_one_scale() -> None:
    """The longest is the largest uncompressed layer; waste is a part of its own bar."""
    rects = [(one["class"], float((one["width"] or "").removesuffix("%"))) for one in Read(page(sized())).all("rect")]
    assert len(rects) == 16
    assert max(width for _, width in rects) == 100
    for (kind, whole), (other, waste) in zip(rects[::2], rects[1::2], strict=True):
        assert (kind, other) == ("all", "of")
        assert waste <= whole
    assert rects[4:8] == [("all", 7.5), ("of", 7.5), ("all", 8.33), ("of", 8.33)]


def test_it_stands_alone() -> None:
    """The policy allows its own style and script by their hashes, and nothing else; no text gets out of its place."""
    report = sized()
    report.images[0].pieces[0].path = T("srv/</span><script>alert(1)</script>\x1b[31m\u202e")
    read = Read(page(report))
    (policy,) = [one["content"] for one in read.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    hashes = [base64.b64encode(hashlib.sha256(read.raw[tag].encode()).digest()).decode() for tag in ("style", "script")]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; base-uri 'none'; "
        "form-action 'none'"
    )
    assert len(read.all("script")) == 1
    assert "alert(1)" not in read.raw["script"]
    assert not [attributes for _, attributes in read.tags if {"style", "onclick", "src"} & set(attributes)]
    assert "\\x1b[31m\\u202e" in read.words()
    assert page(report).isascii()


def test_a_tree_of_made_up_paths_is_bounded() -> None:
    deep = [Wasted("deleted", 0, 1, T("a/" * n + "x"), 1, n, n) for n in range(1, 200)]
    nodes, depth = tree(deep), 0
    while nodes:
        nodes, depth = [inner for node in nodes for inner in node.nodes], depth + 1
    assert depth <= MOST_DEPTH + 1


def test_layers_that_are_not_compressed() -> None:
    """From a daemon: what a pull transmits is not known."""
    report = sized()
    for one in report.images[0].layers:
        one.compression = "none"
    words = Read(page(report)).words()
    assert "87.0 MB stored without compression: a pull transmits less" in words
    assert "that a pull transmits" not in words


def test_nothing_to_tell() -> None:
    report = SizeReport("0.1.0", [T("x")], [], [], [Skip(T("x"), T(""), T("it cannot be read"))])
    words = Read(page(report)).words()
    assert "Not read, so this report is not complete (1)" in words
    assert "it cannot be read" in words


@pytest.fixture
def window(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """Opens a page; at the end it has asked for itself only, and complained of nothing."""
    file, opened = tmp_path / "shown.html", []

    def show(report: SizeReport | str, **more: Any) -> Opened:
        file.write_text(report if isinstance(report, str) else page(report), encoding="utf-8")
        opened.append(Opened(browser, file, **more))
        return opened[-1]

    yield show
    for one in opened:
        assert {url.partition("#")[0] for url in one.requests} == {file.resolve().as_uri()}
        assert one.complaints == []
        one.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_nobody_is_kept_out(window: Any, width: int, scheme: str) -> None:
    shown = window(sized(), width=width, scheme=scheme)
    assert shown.violations() == []
    shown.page.evaluate(OPEN_ALL)
    assert shown.violations() == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    bars = shown.page.evaluate("[...document.querySelectorAll('.bars .all')].map(n => n.getBoundingClientRect().width)")
    assert bars[3] == pytest.approx(bars[1] * 10 / 120, abs=1)


def test_paper_opens_the_tree(window: Any) -> None:
    shown = window(sized())
    assert shown.page.evaluate("document.querySelectorAll('details[open]').length") == 0
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.page.evaluate("document.querySelectorAll('details:not([open])').length") == 0
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.page.evaluate("document.querySelectorAll('details[open]').length") == 0


def test_by_the_command(tmp_path: Path) -> None:
    """Of a real image, from the words to the page, with what is kept secret masked."""
    name = f"DB_PASSWORD={password(331)}"
    layers: list[list[dict[str, Any]]] = [[{"path": f"srv/{name}.iso", "content": bytes(40_000)}]]
    layers.append([{"path": f"srv/.wh.{name}.iso"}])
    oci_layout(tmp_path / "app", Recipe(layers, history=["COPY x.iso /srv/", "RUN rm /srv/x.iso"]))
    done = [*imagelint(), "size", "--no-progress", "-f", "html", "-o", str(tmp_path / "x.html"), str(tmp_path / "app")]
    assert subprocess.run(done, capture_output=True, check=False).returncode == 0
    text = (tmp_path / "x.html").read_text(encoding="ascii")
    assert "removed by layer 1" in Read(text).words()
    assert password(331) not in text


def test_since_an_older_build(tmp_path: Path, window: Any) -> None:
    """With --compare: what is pulled again, the step that was the first other one, and the layers."""
    base = [{"path": "bin/sh", "content": "x" * 9000}]
    for name, text in (("old", "1"), ("new", "2")):
        layers = [base, [{"path": "app/main", "content": text}]]
        oci_layout(tmp_path / name, Recipe(layers, history=["base", "COPY . /app # buildkit"]))
    command = [*imagelint(), "size", "--no-progress", "-f", "html", "-o", "size.html", "new", "--compare", "old"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    read = Read((tmp_path / "size.html").read_text(encoding="ascii"))
    words = read.words()
    for text in ("Since old", "pulled again", "1 of 2 layers", "the first other step is COPY . /app", "1 new "):
        assert text in words, text
    shown = window((tmp_path / "size.html").read_text(encoding="ascii"), width=400)
    assert shown.violations() == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 400
