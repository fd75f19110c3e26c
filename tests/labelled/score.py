"""The snippets as files of one image, scanned by the command, and what came of each."""

from __future__ import annotations

import base64
import binascii
import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.imagemaker import Recipe, oci_layout
from tests.labelled import Snippet, lookalikes, secrets
from tests.program import imagelint

LAYERS = 4


@dataclass(frozen=True)
class Outcome:
    """A snippet and the reports on its file: (level, rule, value)."""

    snippet: Snippet
    reports: tuple[tuple[str, str, str], ...]

    @property
    def found(self) -> bool:
        """Was the secret in it reported, at any level?"""
        return any(overlap(value, self.snippet.value) for _, _, value in self.reports)

    @property
    def quiet(self) -> bool:
        """Was it only found as a note?"""
        levels = {level for level, _, value in self.reports if overlap(value, self.snippet.value)}
        return levels == {"note"}

    @property
    def flagged(self) -> bool:
        """Is anything in it reported as a warning or an error?"""
        return any(level != "note" for level, _, _ in self.reports)


@dataclass(frozen=True)
class Score:
    """What one scan says about one seed's snippets."""

    planted: list[Outcome]
    clean: list[Outcome]
    report: dict[str, Any]

    @property
    def recall(self) -> float:
        """The part of the secrets that was found."""
        return sum(one.found for one in self.planted) / len(self.planted)

    @property
    def alarms(self) -> float:
        """The part of the look-alikes that was flagged."""
        return sum(one.flagged for one in self.clean) / len(self.clean)


def overlap(found: str, planted: str) -> bool:
    """Is it the same secret? One may hold the other (a key in a string, a password in a line), escaped or in base64."""
    one, other = squeezed(found), squeezed(planted)
    return len(one) >= 4 and (one in other or other in one or one in squeezed(decoded(planted)))


def squeezed(text: str) -> str:
    """Without what lines and quoting add."""
    return re.sub(r"\\[nrt]|[\s\\\"']", "", text)


def decoded(text: str) -> str:
    """base64 read, or nothing."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""


def score(folder: Path, seed: int) -> Score:
    """Make the image below a folder, scan it once, and sort the findings to the snippets by path."""
    planted, clean = secrets(seed), lookalikes(seed)
    files = dict(placed([*planted, *clean]))
    paths = {id(snippet): path for path, snippet in files.items()}
    layers: list[list[dict[str, Any]]] = [[] for _ in range(LAYERS)]
    for number, (path, snippet) in enumerate(files.items()):
        layers[number % LAYERS].append({"path": path, "content": snippet.text})
    image = oci_layout(folder / "image", Recipe(layers))
    words = ["scan", "--no-config", "--no-progress", "--show-secrets", "--format", "json", f"oci:{image}"]
    done = subprocess.run([*imagelint(), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    told: dict[str, list[tuple[str, str, str]]] = {}
    for finding in report["findings"]:
        for path in {place["path"] for place in [finding, *finding.get("places", [])] if "path" in place}:
            if "secret" in finding:
                told.setdefault(path, []).append((finding["severity"], finding["rule"], finding["secret"]["value"]))
    outcomes = {key: tuple(told.get(path, ())) for key, path in paths.items()}
    return Score(
        [Outcome(one, outcomes[id(one)]) for one in planted], [Outcome(one, outcomes[id(one)]) for one in clean], report
    )


def placed(snippets: Iterable[Snippet]) -> Iterable[tuple[str, Snippet]]:
    """A path for each: its own, and below a folder where another one has that already."""
    taken: set[str] = set()
    for number, snippet in enumerate(snippets):
        path = snippet.path if snippet.path not in taken else f"srv/rootfs/{number:04}/{snippet.path}"
        taken.add(path)
        yield path, snippet
