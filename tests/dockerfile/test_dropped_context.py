"""--explain-dropped counts what was turned away in files of the build context, each file once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.program import imagelint


def test_candidates_of_the_context_are_counted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.Dockerfile").write_text("FROM debian:12\nCOPY app.conf /app/\n")
    (tmp_path / "app.conf").write_text("password = changeme\npassword = ${DB_PASSWORD}\n")
    words = ["scan", "--no-config", "--no-progress", "--fail-on", "never", "--explain-dropped", "--format", "json"]
    done = subprocess.run(
        [*imagelint(), *words, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["dropped"] == {"placeholder": 1, "reference": 1}
