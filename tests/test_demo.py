"""What `make demo` runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from demo.demo import DOCKERFILE


def test_the_demo_finds_its_key(repository: Path, tmp_path: Path) -> None:
    words = [sys.executable, str(repository / "demo/demo.py"), str(tmp_path)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "root/.ssh/id_rsa: deleted in layer 4, and layer 1 still ships it" in " ".join(done.stdout.split())
    assert "".join(f"    {line}\n" for line in DOCKERFILE.splitlines()) in done.stdout
    assert (tmp_path / "recovered.key").read_text().startswith("-----BEGIN ")
