"""detect-secrets' baseline, `.secrets.baseline`: what it knows keeps our findings of the same secrets quiet.

Its `results` map a file to entries of {"type", "hashed_secret", "line_number", "is_secret"}; the second is the SHA-1 of
what its plugin took for the value, the last one what `detect-secrets audit` noted
(https://github.com/Yelp/detect-secrets, "detect-secrets audit" and `detect_secrets/core/potential_secret.py`).

A finding never has its value. So the file that it names is read once more: what stands at the place of the finding, and
what detect-secrets' own plugins say of its line, is compared with the hashes, in memory alone. A hash tells a secret
wherever in its file it stands. Where the plugin takes a part of it only (`ghp`, or the first line of a private key),
the hash is that of any such secret, and counts on its own line. Only Dockerfiles and files of the build context are
compared: the paths of an image are not those of the repository. Plugins that a baseline names by a path are never
loaded.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from imagelint.dockerfile.sent_secrets import MOST_PLACES
from imagelint.dockerfile.tree import read_regular
from imagelint.errors import UsageError
from imagelint.findings import BaselineUse, Finding
from imagelint.record import field, record
from imagelint.secrets.redact import Redactor, plain
from imagelint.triage.scope import Scope

if TYPE_CHECKING:
    from imagelint.secrets.plugins import Plugins, Said

MOST_BYTES = 4 << 20
"""Of a file that is compared, as of a Dockerfile."""
MOST_WORK = 64 << 20
"""Characters that plugins look at, of all files."""
KEY = "Private Key"
HALVED = ("GitHub Token", "GitLab Token", "NPM tokens")
"""Types whose plugin may give the fixed beginning of a token for all of it."""
WHOLE = 12
"""Characters of one of these that are more than such a beginning."""
AUDITED = "audited as no secret in detect-secrets' baseline"
KNOWN = "in detect-secrets' baseline"


@record
class Entry:
    """One potential secret of one file."""

    type: str
    hash: str = field(repr=False)
    line: int
    is_secret: bool | None
    used: bool = False


@record
class Spot:
    """Where a finding stands in a file; no columns (0) where only the line is known."""

    path: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0


def is_one(document: object) -> bool:
    """Whether a JSON document is a baseline of detect-secrets."""
    return isinstance(document, dict) and "results" in document and "version" in document


class SecretsBaseline:
    """A baseline of detect-secrets, at work."""

    def __init__(self, path: str, document: dict[str, Any], rules: Collection[str]) -> None:
        """`rules`: the ids of those that look at a value. UsageError where an entry is none."""
        self.path, self._rules = path, rules
        self._files: dict[str, dict[str, list[Entry]]] = {}
        """By path and hash."""
        self._names: dict[str, str] = {}
        results = document["results"]
        if not isinstance(results, dict):
            raise UsageError(f"{path}: `results` of detect-secrets' baseline are lists by file")
        self._entries = []
        for name, rows in results.items():
            if not isinstance(rows, list):
                raise UsageError(f"{path}: `results` of detect-secrets' baseline are lists by file; {name!r} is none")
            entries = [_entry(path, name, row) for row in rows]
            self._entries += entries
            by_hash: dict[str, list[Entry]] = {}
            for entry in entries:
                by_hash.setdefault(entry.hash, []).append(entry)
            for folder in {os.path.dirname(path) or ".", "."}:
                place = os.path.abspath(os.path.join(folder, name))
                self._files[place] = by_hash
                self._names[place] = name
        self._texts: dict[str, list[str]] = {}
        self._said: dict[str, dict[int, list[Said]]] = {}
        self._plugins: Plugins | None = None
        self._left = MOST_WORK

    def mark(self, findings: Iterable[Finding], scope: Scope, today: str, redactor: Redactor) -> BaselineUse:
        """Mark what is known, and keep it quiet."""
        asked = [(finding, _spots(finding)) for finding in findings if self._concerns(finding, scope.images)]
        crowded: dict[tuple[str, int], int] = {}
        for _, spots in asked:
            for spot in spots:
                crowded[spot.path, spot.line] = crowded.get((spot.path, spot.line), 0) + 1
        quieted = 0
        for finding, spots in asked:
            known = [self._known(spot, crowded[spot.path, spot.line] == 1) for spot in spots]
            entries = [entry for entry in known if entry is not None]
            if not entries or len(entries) < len(known):
                continue
            for entry in entries:
                entry.used = True
            quieted += 1
            finding.baseline, finding.suppressed = "unchanged", f"in baseline {self.path}"
            finding.reason = plain(AUDITED if all(entry.is_secret is False for entry in entries) else KNOWN)
        used = sum(entry.used for entry in self._entries)
        return BaselineUse(redactor.safe(self.path), "detect-secrets", len(self._entries), used, quieted)

    def _concerns(self, finding: Finding, images: Collection[str]) -> bool:
        # What came from standard input is not what lies on the disk under its name.
        return finding.rule in self._rules and finding.target not in images and finding.target != "-"

    def _known(self, spot: Spot, alone: bool) -> Entry | None:
        """The entry for what stands there. `alone`: no other finding stands on that line."""
        entries = self._files.get(spot.path)
        if not entries or not (0 < spot.line <= len(lines := self._lines(spot.path))):
            return None
        text = _cut(lines, spot)
        if spot.column:
            if same := entries.get(_sha1(text)):
                return same[0]
        elif not alone:
            return None
        for said in self._say(spot):
            if spot.column and not (text and (said.value in text or text in said.value)):
                continue
            telling = _telling(said)
            for entry in entries.get(_sha1(said.value), ()):
                if entry.type == said.type and (telling or entry.line == said.line):
                    return entry
        return None

    def _lines(self, path: str) -> list[str]:
        if path not in self._texts:
            try:
                data = read_regular(path, MOST_BYTES + 1)
            except (OSError, ValueError):
                data = b""
            text = "" if len(data) > MOST_BYTES else data.decode("utf-8", "replace")
            self._texts[path] = text.removeprefix("\ufeff").split("\n")
        return self._texts[path]

    def _say(self, spot: Spot) -> Iterable[Said]:
        """What detect-secrets says of the lines of a spot."""
        if spot.path not in self._said:
            from imagelint.secrets.plugins import Plugins  # heavy, and a hash may have told already
            from imagelint.secrets.transformed import Room

            self._plugins = self._plugins or Plugins()
            room = Room(self._left)
            rows = self._said[spot.path] = {}
            for said in self._plugins.found("\n".join(self._lines(spot.path)), self._names[spot.path], room, False):
                rows.setdefault(said.line, []).append(said)
            self._left = max(room.left, 0)
        rows = self._said[spot.path]
        return [said for line in range(spot.line, max(spot.line, spot.end_line) + 1) for said in rows.get(line, ())]


def _entry(path: str, name: str, row: object) -> Entry:
    told = row if isinstance(row, dict) else {}
    kind, digest, line = told.get("type"), told.get("hashed_secret"), told.get("line_number", 0)
    is_secret = told.get("is_secret")
    if not isinstance(kind, str) or not isinstance(digest, str) or not isinstance(line, int):
        raise UsageError(f"{path}: an entry for {name!r} has no type and hashed_secret, as detect-secrets writes them")
    return Entry(kind, digest, line, is_secret if isinstance(is_secret, bool) else None)


def _spots(finding: Finding) -> list[Spot]:
    """All places that have to be known; none where they cannot all be."""
    at = finding.location
    if finding.surface != "context":
        return [Spot(os.path.abspath(at.path), at.line, at.column, at.end_line, at.end_column)]
    if len(finding.places) >= MOST_PLACES:  # there may be more
        return []
    return [Spot(os.path.abspath(place.path), place.line) for place in finding.places]


def _cut(lines: Sequence[str], spot: Spot) -> str:
    """What stands at a spot: from column to column, or the whole line."""
    if not spot.column or not spot.end_column:
        return lines[spot.line - 1]
    rows = [line.removesuffix("\r") for line in lines[spot.line - 1 : spot.end_line]]
    rows[-1] = rows[-1][: spot.end_column - 1]
    rows[0] = rows[0][spot.column - 1 :]
    return "\n".join(rows)


def _telling(said: Said) -> bool:
    """Whether what the plugin gave tells one secret from another."""
    return said.type != KEY and (said.type not in HALVED or len(said.value) >= WHOLE)


def _sha1(text: str) -> str:
    return sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
