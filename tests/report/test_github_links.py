"""Links of the step summary: to the lines of the repository, and to what is written about a rule."""

from __future__ import annotations

from pathlib import Path

import cmarkgfm
import pytest
from lxml import html

from imagelint.findings import LayerInfo, Location
from imagelint.report import github_summary
from tests.report import samples
from tests.report.samples import T

COMMIT = "https://github.example.org/acme/shop/blob/" + "1" * 40
DOCS = "https://docs.docker.com/build/building/best-practices/"


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What GitHub tells a step."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_SHA", "1" * 40)
    monkeypatch.chdir(tmp_path)


def links(location: Location, layer: LayerInfo | None = None) -> list[tuple[str, str]]:
    """(text, address) of each link, as GitHub's own Markdown makes them."""
    finding = samples.apt()
    finding.location, finding.layer = location, layer
    text = github_summary.summary(samples.report(finding), samples.RULES).decode()
    page = html.fromstring(cmarkgfm.github_flavored_markdown_to_html(text, cmarkgfm.Options.CMARK_OPT_UNSAFE))
    return [(link.text_content(), link.get("href")) for link in page.iter("a")]


def test_a_rule_and_a_line() -> None:
    found = links(Location(T("build/Dockerfile"), 2, 5, 4, 25))
    assert found == [("apt-get-assume-yes", DOCS), ("build/Dockerfile:2:5", f"{COMMIT}/build/Dockerfile#L2-L4")]
    assert links(Location(T("Dockerfile")))[1:] == [("Dockerfile", f"{COMMIT}/Dockerfile")]


def test_a_layer_leads_to_the_line_that_made_it() -> None:
    layer = LayerInfo(index=1, source=Location(T("Dockerfile"), 3, 1, 3, 9))
    assert links(Location(T("srv/key")), layer)[1][1] == f"{COMMIT}/Dockerfile#L3"
    assert len(links(Location(T("srv/key")), LayerInfo(index=1))) == 1


def test_what_is_no_file_of_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (str(tmp_path.parent / "Dockerfile"), "../Dockerfile", f"{'a' * 301}/Dockerfile", "a\nb/Dockerfile"):
        assert [text for text, _ in links(Location(T(path), 2, 5, 2, 9))] == ["apt-get-assume-yes"], path
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert len(links(Location(T("Dockerfile"), 2, 5, 2, 9))) == 1


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("a](https://evil.example.org)/Dockerfile", "a%5D(https%3A/evil.example.org)/Dockerfile"),
        ("`a`/Docker file", "%60a%60/Docker%20file"),
        ("<b>/ä&amp;#?", "%3Cb%3E/%C3%A4%26amp;%23%3F"),
    ],
)
def test_a_hostile_path_leads_nowhere_else(path: str, written: str) -> None:
    found = links(Location(T(path), 2, 0, 2, 0))
    assert [address for _, address in found] == [DOCS, f"{COMMIT}/{written}#L2"]


def test_an_address_that_would_end_its_link_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for server in ("https://a.example.org>)[x](y", "https://a.example.org/\nb", "https://a.example.org/\\"):
        monkeypatch.setenv("GITHUB_SERVER_URL", server)
        assert len(links(Location(T("Dockerfile"), 2, 5, 2, 9))) == 1
