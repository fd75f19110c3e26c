"""What the tests of this room share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.triage.commands import Command


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, capsys)
