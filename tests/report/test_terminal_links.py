"""Links of the terminal: who gets them, where they lead, and what a target cannot make of them."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from imagelint.findings import Finding, Location, Place
from imagelint.report import terminal
from imagelint.report.interface import RuleText
from imagelint.report.links import Links, linked, rule_address
from imagelint.report.screen import wants_links
from tests.program import imagelint
from tests.report import samples
from tests.report.samples import T
from tests.report.test_screen import Terminal
from tests.test_never_escapes import NAMES

LINK = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\")
COLOR = re.compile(r"\x1b\[[0-9;]*m")
ITERM = {"TERM_PROGRAM": "iTerm.app"}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        (ITERM, True),
        (ITERM | {"TERM": "dumb"}, False),
        (ITERM | {"CI": "true"}, False),
        (ITERM | {"NO_COLOR": "1"}, True),
        (ITERM | {"FORCE_HYPERLINK": "0"}, False),
        (ITERM | {"TERM": "screen-256color"}, False),
        ({"CI": "true", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"VTE_VERSION": "6003"}, True),
        ({"VTE_VERSION": "5000"}, False),
        ({"VTE_VERSION": "new"}, False),
        ({"KONSOLE_VERSION": "220401"}, True),
        ({}, False),
    ],
)
def test_which_terminals_get_links(environment: dict[str, str], wanted: bool) -> None:
    assert wants_links(Terminal(), environment) is wanted


def test_files_and_pipes_get_none_unless_standard_output_is_forced() -> None:
    assert not wants_links(io.StringIO(), ITERM)
    assert not wants_links(io.StringIO(), {"FORCE_HYPERLINK": "1"})
    assert wants_links(sys.stdout, {"FORCE_HYPERLINK": "1"})


def rendered(*findings: Finding, monkeypatch: pytest.MonkeyPatch, width: int = 80) -> str:
    """What a terminal with links gets."""
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    out = Terminal()
    terminal.render(samples.report(*findings), samples.RULES, out, color=True, width=width)
    return out.getvalue()


def test_paths_lead_to_files_and_rules_to_their_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Dockerfile").touch()
    output = rendered(samples.apt(), samples.key(), monkeypatch=monkeypatch)
    file = f"file://{os.uname().nodename}{tmp_path}/Dockerfile"
    assert set(LINK.findall(output)) == {
        (file, "Dockerfile"),
        (file, "Dockerfile:2:5"),
        ("https://docs.docker.com/build/building/best-practices/", "apt-get-assume-yes"),
        ("https://docs.docker.com/reference/dockerfile/#run---mounttypessh", "openssh-private-key"),
    }
    plain = io.StringIO()
    terminal.render(samples.report(samples.apt(), samples.key()), samples.RULES, plain, width=80)
    assert COLOR.sub("", LINK.sub(r"\2", output)) == plain.getvalue()


def test_what_is_not_there_is_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    piped = samples.apt()
    Path("Dockerfile").touch()
    piped.target = T("-")
    for finding in (samples.key(), piped):
        assert "file://" not in rendered(finding, monkeypatch=monkeypatch)
    Path("Dockerfile").unlink()
    assert "file://" not in rendered(samples.apt(), monkeypatch=monkeypatch)


def test_the_line_of_a_known_dockerfile_leads_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Dockerfile").touch()
    texts = [
        text
        for address, text in LINK.findall(rendered(samples.mapped(), monkeypatch=monkeypatch))
        if "file:" in address
    ]
    assert texts == ["Dockerfile:4"]


def test_files_of_a_build_context_are_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf").mkdir()
    Path("conf/live.ini").touch()
    finding = samples.apt()
    finding.surface = "context"
    finding.places = (Place(T("conf/live.ini"), 3, -1, "", "context"), Place(T("conf/gone"), 1, -1, "", "context"))
    output = rendered(finding, monkeypatch=monkeypatch)
    files = [link for link in LINK.findall(output) if link[0].startswith("file:")]
    assert files == [(f"file://{os.uname().nodename}{tmp_path}/conf/live.ini", "conf/live.ini:3")]
    finding.surface = finding.places[0].surface = "file"
    assert "file://" not in rendered(finding, monkeypatch=monkeypatch)


@pytest.mark.parametrize("width", [40, 200])
@pytest.mark.parametrize("name", [name for name in NAMES if len(name) < 200], ids=range(len(NAMES) - 1))
def test_no_name_breaks_out_of_its_link(name: str, width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name.replace("\0", "").lstrip("/") + "/Dockerfile")
    path.parent.mkdir(parents=True)
    path.touch()
    findings = [samples.apt(), samples.pipe()]
    for finding in findings:
        finding.location = Location(T(str(path)), 2, 5, 2, 25)
    output = rendered(*findings, samples.key(), monkeypatch=monkeypatch, width=width)
    addresses = {address for address, _ in LINK.findall(output) if address.startswith("file:")}
    assert len(addresses) == 1
    (address,) = addresses
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    led = unquote(address.removeprefix(f"file://{os.uname().nodename}"), errors="surrogateescape")
    assert Path(led) == tmp_path / path
    left = COLOR.sub("", LINK.sub(r"\2", output))
    assert "\x1b" not in left
    assert not [char for char in left if not char.isprintable() and char != "\n"]


def test_a_name_that_no_file_has_is_no_link() -> None:
    links = Links()
    for name in ("a\0b", "\ud800", "x" * 5000, ""):
        assert links.file("text", name) == "text"


def test_an_address_is_made_of_what_addresses_are_made_of() -> None:
    good = "https://example.org/a?b=c#d%20e"
    assert LINK.fullmatch(linked("text", good))
    for bad in (
        "",
        "https://example.org/\x1b\\x",
        "https://example.org/\x07",
        "https://example.org/é",
        "https://a b",
        good * 99,
    ):
        assert linked("text", bad) == "text"
    assert linked("", good) == ""


def test_only_pages_are_linked_from_rules() -> None:
    rule = RuleText(
        "x", "x", samples.apt().severity, references=("CIS Docker Benchmark 4.1", "https://example.org/4.1")
    )
    assert rule_address(rule) == "https://example.org/4.1"
    assert rule_address(RuleText("x", "x", samples.apt().severity, url="javascript:alert(1)")) == ""


def on_terminal(folder: Path, **environment: str) -> str:
    """What a real terminal gets of a scan."""
    words = [*imagelint(), "scan", "--no-config", "--select", "base-untagged", "Dockerfile"]
    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "FORCE_COLOR")}
    subprocess.run(
        words,
        cwd=folder,
        env=kept | environment,
        stdout=follower,
        stderr=follower,
        stdin=follower,
        check=False,
        timeout=60,
    )
    os.close(follower)
    seen = b""
    try:
        while chunk := os.read(leader, 4096):
            seen += chunk
    except OSError:
        pass  # that is how a terminal ends when its last writer has gone
    os.close(leader)
    return seen.decode().replace("\r\n", "\n")


def test_on_a_real_terminal(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\n")
    linking = on_terminal(tmp_path, TERM="xterm-kitty")
    addresses = {text: address for address, text in LINK.findall(linking)}
    assert addresses["Dockerfile:1:6"] == f"file://{os.uname().nodename}{tmp_path}/Dockerfile"
    assert addresses["base-untagged"].startswith("https://")
    other = on_terminal(tmp_path, TERM="xterm")
    assert "\x1b]8" not in other
    assert "\x1b[1;33m" in other
    assert "\x1b" not in on_terminal(tmp_path, TERM="dumb")
