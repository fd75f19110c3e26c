"""The command in a folder of its own, for the tests of baselines and of the configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli

TEXT = "FROM debian\nRUN apt-get install curl\nCMD run it\n"


class Command:
    """Runs it, and keeps what it said last."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        """The exit status."""
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        self.out, self.err = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    def scan(self, *words: str) -> dict[str, Any]:
        """The report of a scan."""
        self("scan", "--no-progress", "--format", "json", *words)
        assert not self.err
        report: dict[str, Any] = json.loads(self.out)
        return report

    def write(self, name: str, text: str) -> Path:
        """A file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def entries(self, name: str = "known.json") -> list[dict[str, Any]]:
        """Of a baseline."""
        found: list[dict[str, Any]] = json.loads((self.folder / name).read_text(encoding="utf-8"))["entries"]
        return found


def loud(report: dict[str, Any]) -> list[str]:
    """The rules of the findings that nothing keeps quiet."""
    return sorted(finding["rule"] for finding in report["findings"] if "suppressed" not in finding)


def quiet(report: dict[str, Any]) -> list[str]:
    """The others."""
    return sorted(finding["rule"] for finding in report["findings"] if "suppressed" in finding)
