"""Plant the second set in an image, scan it by the command, and say what was found.

usage: python -m tests.second [SEED]
"""

from __future__ import annotations

import base64
import binascii
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.imagemaker import Recipe, oci_layout
from tests.program import imagelint
from tests.second import Plant, groups

SHORTEST = 6


def plain(text: str) -> str:
    """Without line ends and what joins lines of source: a key is the same key on one line."""
    return "".join(text.replace('" +', "").replace('"', "").replace("\\r", "").replace("\\n", "").split())


def forms(value: str) -> list[str]:
    """How a report may name a value: as it is, in base64, out of base64, without the user before it."""
    found = [value, base64.b64encode(value.encode()).decode(), *decoded(value)]
    found += [form.split(":", 1)[1] for form in found if ":" in form]
    return [plain(form) for form in found if len(plain(form)) >= SHORTEST]


def decoded(text: str) -> list[str]:
    """What it says in base64, if it is that."""
    try:
        return [base64.b64decode(text, validate=True).decode()]
    except (binascii.Error, UnicodeDecodeError):
        return []


def same(told: str, value: str) -> bool:
    """The report's value holds the planted one, or is no less than half of it, or the secret end of an address."""
    tellings = [plain(text) for text in (told, unquote(told.replace("%%", "%")), *decoded(plain(told)))]

    def part(text: str, form: str) -> bool:
        return text in form and (
            2 * len(text) >= len(form) or (form.startswith("https:") and form.endswith("/" + text))
        )

    return any(form in text or part(text, form) for text in tellings for form in forms(value))


def scan(folder: Path) -> list[dict[str, Any]]:
    """The findings on secrets of an OCI layout."""
    words = [*imagelint(), "scan", "--no-config", "--show-secrets", "--format", "json", f"oci:{folder}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"imagelint ended with {done.returncode}: {done.stderr}")
    return [finding for finding in json.loads(done.stdout)["findings"] if "secret" in finding]


def paths(finding: dict[str, Any]) -> list[str]:
    """Where a finding is, without a leading slash."""
    places = [finding, *finding.get("places", [])]
    return [place["path"].lstrip("/") for place in places if place.get("path")]


def inside(path: str, file: str) -> bool:
    """The path is the file, or something in it when it is an archive."""
    return path.startswith(file) and path[len(file) :][:1] in ("", "!", "/", ":")


def main(seed: int) -> None:
    made = groups(seed)
    plants = [plant for group in made.values() for plant in group]
    with tempfile.TemporaryDirectory() as name:
        entries = [{"path": plant.path, "content": plant.content} for plant in plants]
        folder = Path(name) / "image"
        oci_layout(folder, Recipe(layers=[entries]), compress="zstd")
        findings = scan(folder)

    def of(plant: Plant) -> list[dict[str, Any]]:
        return [finding for finding in findings if any(inside(path, plant.path) for path in paths(finding))]

    right: list[int] = []
    for group, members in made.items():
        missed = []
        for plant in members:
            hits = [id(finding) for finding in of(plant) if same(finding["secret"]["value"], plant.value)]
            right += hits
            missed += [] if hits else [plant.kind]
        found = f"{len(members) - len(missed)} of {len(members)} found"
        print(f"seed {seed} {group}: {found}; missed: {' '.join(missed) or '-'}")
    extra = [finding for finding in findings if id(finding) not in right]
    print(f"seed {seed} extra findings: {len(extra)}")
    for finding in extra:
        print(f"  {finding['rule']} {' '.join(paths(finding))} {finding['secret']['value'][:80]!r}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
