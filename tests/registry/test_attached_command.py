"""`imagelint scan registry:NAME --attached`, as it is typed: what `imagelint registry --attach` put there comes back,
as every report does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from imagelint.errors import UsageError
from tests import registries
from tests.conftest import without
from tests.imagemaker import Recipe, oci_layout
from tests.keeping_registry import KeepingRegistry
from tests.material import rsa_key
from tests.registry.test_attach import put
from tests.registry.test_attached import GOOD, by_hand, log, shaken
from tests.report.schemas import errors

RULES = ["pem-private-key", "setuid-file"]
RECIPE = Recipe(
    [
        [{"path": "usr/bin/tool", "content": "x", "mode": 0o4755}],
        [{"path": "root/key.pem", "content": rsa_key(5)}],
        [{"path": "root/.wh.key.pem"}],
    ],
    history=["ADD rootfs.tar /", "COPY key.pem /root/", "RUN rm /root/key.pem"],
    tags=("app:1",),
)
Typed = dict[str, Any]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without configurations, a home without a cache."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[str]:
    """An image in a registry; its reference."""
    if reason := registries.missing():
        without(reason)
    registry = KeepingRegistry()
    yield put(registry.host, oci_layout(tmp_path / "image", RECIPE))
    registry.stop()


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Typed]:
    """The exit status, and the report, which is what its schema says."""
    capsys.readouterr()
    status = cli.run([*words, "--no-progress", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert sorted({re.sub(r"[0-9]+", "0", one) for one in errors("json", report)}) == []
    return status, report


def essence(report: Typed) -> list[tuple[str, ...]]:
    return sorted((one["rule"], one["fingerprint"], one["severity"], one["message"]) for one in report["findings"])


@pytest.mark.engine
def test_a_report_goes_and_comes_back(kept: str, capsys: pytest.CaptureFixture[str], place: Path) -> None:
    status, scanned = typed(capsys, "registry", kept, "--attach")
    assert status == 1
    assert {one["rule"] for one in scanned["findings"]} >= set(RULES)
    status, shown = typed(capsys, "scan", f"registry:{kept}", "--attached")
    assert status == 1
    assert essence(shown) == essence(scanned)
    assert (shown["stats"]["layers_read"], shown["stats"]["layers"], shown["incomplete"]) == (0, 3, [])
    (made,) = shown["config"]["attached"]
    assert set(made) == {"digest", "created", "version", "rules"}

    _, several = typed(capsys, "scan", f"registry:{kept}", "--attached", f"registry:{kept.removesuffix('1')}2")
    assert (essence(several), len(several["incomplete"]), several["stats"]["images"]) == (essence(scanned), 1, 1)

    only = (f"registry:{kept}", "--attached", "--select", "setuid-file")
    assert [one["rule"] for one in typed(capsys, "scan", *only)[1]["findings"]] == ["setuid-file"]
    _, left = typed(capsys, "scan", f"registry:{kept}", "--attached", "--ignore", ",".join(RULES))
    assert len(left["findings"]) == len(scanned["findings"]) - 2
    assert not {one["rule"] for one in left["findings"]} & set(RULES)
    assert typed(capsys, "scan", f"registry:{kept}", "--attached", "--fail-on", "never")[0] == 0
    assert typed(capsys, "scan", f"registry:{kept}", "--attached", "--strict-coverage")[0] == 3
    _, gone = typed(capsys, "scan", f"registry:{kept}", "--attached", "--status", "deleted")
    assert {one["status"] for one in gone["findings"] if "status" in one} == {"deleted"}


@pytest.mark.engine
def test_what_is_known_is_quiet(kept: str, capsys: pytest.CaptureFixture[str], place: Path) -> None:
    """By the configuration, by a baseline, and by what made it quiet when the report was made."""
    words = ["scan", f"registry:{kept}", "--attached"]
    (place / "old.yaml").write_text("ignore: [setuid-file]\n")
    typed(capsys, "registry", kept, "--attach", "--config", "old.yaml")
    quiet = {one["rule"]: one["suppressed"] for one in typed(capsys, *words)[1]["findings"] if "suppressed" in one}
    assert list(quiet) == ["setuid-file"]
    assert "old.yaml" in quiet["setuid-file"]

    (place / ".imagelint.yaml").write_text("ignore: [pem-private-key]\n")
    _, report = typed(capsys, *words)
    now = {one["rule"]: one["suppressed"] for one in report["findings"] if "suppressed" in one}
    assert now == {**quiet, "pem-private-key": "ignored by .imagelint.yaml"}
    assert (report["config"]["quieted"], "inline" in report["config"]) == (1, False)

    (place / ".imagelint.yaml").unlink()
    assert cli.run(["baseline", "known.json", f"registry:{kept}"]) == 0
    status, report = typed(capsys, *words, "--baseline", "known.json")
    assert (status, {one["baseline"] for one in report["findings"]}) == (0, {"unchanged"})


@pytest.mark.engine
def test_whatever_was_attached_is_a_report(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Who may push wrote it: what comes of it is what the schema of reports says."""
    by_hand(kept, log(GOOD, *shaken(GOOD)))
    status, report = typed(capsys, "scan", f"registry:{kept}", "--attached")
    assert (status, len(report["findings"]) > 100) == (3, True)


@pytest.mark.engine
def test_it_suggests_nothing_that_needs_a_scan(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    typed(capsys, "registry", kept, "--attach")
    assert cli.run(["scan", f"registry:{kept}", "--attached"]) == 1
    shown = capsys.readouterr().out
    assert "nothing was scanned" in " ".join(shown.split())
    assert shown[shown.index("next: ") :].startswith("next: `imagelint explain pem-private-key` tells why")


@pytest.mark.engine
@pytest.mark.parametrize("words", ["", "SHOP/APP!", "127.0.0.1:1/app:1"])
def test_what_is_no_reference(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = typed(capsys, "scan", f"registry:{words}", "--attached")
    assert (status, len(report["incomplete"]), report["findings"]) == (3, 1, [])


FORM = "--attached shows a report that lies beside an image: name an image of a registry"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], FORM),
        (["."], FORM),
        (["Dockerfile"], FORM),
        (["docker:app:1"], FORM),
        (["registry:app:1", "oci:layout"], FORM),
        (["registry.example.org/app:1"], FORM),
        (["registry:app:1", "--fix"], "--fix says how to scan, and --attached scans nothing"),
        (["registry:app:1", "--fix-only"], "--fix-only says how to scan"),
        (["registry:app:1", "--diff"], "--diff says how to scan"),
        (["registry:app:1", "--unsafe-fixes"], "--unsafe-fixes says how to scan"),
        (["registry:app:1", "--base", "scratch"], "--base says how to scan"),
        (["registry:app:1", "--own"], "--own says how to scan"),
        (["registry:app:1", "--dockerfile", "Dockerfile"], "--dockerfile says how to scan"),
        (["registry:app:1", "--show-secrets"], "--show-secrets says how to scan"),
        (["registry:app:1", "--show-published"], "--show-published says how to scan"),
        (["registry:app:1", "--explain-dropped"], "--explain-dropped says how to scan"),
        (["registry:app:1", "--profile", "strict"], "--profile says how to scan"),
        (["registry:app:1", "--filter", "label=x"], "--filter says how to scan"),
        (["registry:app:1", "--resolve", "docker.io"], "--resolve says how to scan"),
        (["registry:app:1", "--context", "."], "--context says how to scan"),
        (["registry:app:1", "--tracked"], "--tracked says how to scan"),
        (["registry:app:1", "--stdin-filename", "x"], "--stdin-filename says how to scan"),
    ],
)
def test_words_that_make_no_sense_with_it(words: list[str], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        cli.run(["scan", "--attached", *words])
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_report_stands_right_behind_registry(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no registry, wherever it is typed; behind `registry` it is the command."""
    with pytest.raises(UsageError, match="report is no registry, whose name has a dot or a port"):
        cli.run(["registry", "--newest", "1", "report"])
    with pytest.raises(UsageError, match="there is no such index"):
        cli.run(["registry", "report"])
    with pytest.raises(UsageError, match="there is no option --newest"):
        cli.run(["registry", "report", "--newest", "1"])
    with pytest.raises(SystemExit) as ended:
        cli.run(["registry", "report", "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: imagelint registry report ")
    with pytest.raises(SystemExit):
        cli.run(["registry", "--help"])
    assert "imagelint registry report" in capsys.readouterr().out
