"""What the small texts of a Dockerfile may cost: no Hyperscan, and detect-secrets only for what would be reported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from imagelint.engine.rule import read_rules
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor
detector = Detector(read_rules(sys.argv[1], thorough=False))
redactor = Redactor(detector)
text = sys.argv[2]
detector.text(text, "Dockerfile")
redactor.source(text, "Dockerfile"), redactor.safe(text)
print(*(name for name in ("hyperscan", "detect_secrets") if name in sys.modules))
"""


def loaded(repository: Path, text: str) -> list[str]:
    """The heavy modules that a text brings in."""
    words = [sys.executable, "-c", PROGRAM, str(repository / "rules" / "secrets"), text]
    return subprocess.run(words, check=True, capture_output=True, text=True, cwd=repository).stdout.split()


def test_a_dockerfile_without_secrets_loads_neither(repository: Path) -> None:
    text = "FROM debian:12\nENV PASSWORD=$PASSWORD TOKEN_FILE=/run/x\nRUN echo password: changed && curl https://a.io\n"
    assert loaded(repository, text) == []


def test_a_vendor_token_loads_neither(repository: Path) -> None:
    assert loaded(repository, "ENV X=AK" + "IA" + "Q3EGRZ7N" * 2) == []


def test_a_password_asks_detect_secrets(repository: Path) -> None:
    assert loaded(repository, "ENV DB_PASSWORD=Zx9kq" + "2mv7A") == ["detect_secrets"]
