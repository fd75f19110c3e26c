"""The rows of an index: what of a report goes into which table. Every text is masked, or it is refused."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from imagelint.errors import UsageError
from imagelint.findings import Finding, SafeText, ScannedImage, ShownText, Skip
from imagelint.report.escape import encodable, shorten

LONGEST = 1000
"""Characters of a message, a path or a reason; the image's own report has them whole."""
MOST_LABELS = 100
MOST_HOLES = 1000
"""Of one image: a hostile one can make any number of them."""
INCOMPLETE, LIMITED = "incomplete", "limited"
Run = Callable[..., sqlite3.Cursor]
"""Runs one statement within a transaction."""


def now() -> str:
    """The moment, in UTC (RFC 3339)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def kept(text: SafeText | str, longest: int = LONGEST) -> str:
    """A text as the index keeps it. UsageError where it may hold a value, since --show-secrets asked for that."""
    if isinstance(text, ShownText):
        raise UsageError("--show-secrets shows values, which an index must not hold: leave out one of the two")
    return shorten(encodable(text), longest)


def repository_of(reference: str) -> str:
    """HOST/NAME of a reference."""
    name = reference.partition("@")[0]
    host, slash, path = name.rpartition("/")
    return host + slash + path.partition(":")[0]


def image(run: Run, found: ScannedImage, repository: str, rules: str, version: str) -> int:
    """The row of an image, emptied of what was known of it."""
    key = (repository, kept(found.digest), kept(found.platform))
    run(
        """INSERT INTO images (repository, digest, platform, base, base_layers, public, scanned, rules, version)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET base = excluded.base,
        base_layers = excluded.base_layers, public = excluded.public, scanned = excluded.scanned,
        rules = excluded.rules, version = excluded.version""",
        (*key, kept(found.base or ""), found.base_layers, found.public, now(), rules, version),
    )
    rows = run("SELECT id FROM images WHERE repository = ? AND digest = ? AND platform = ?", key)
    number: int = rows.fetchone()[0]
    for table in ("labels", "image_layers", "found", "holes"):
        run(f"DELETE FROM {table} WHERE image = ?", (number,))
    return number


def labels(run: Run, number: int, given: Mapping[SafeText, SafeText]) -> None:
    """The labels of an image's configuration."""
    for name, value in islice(given.items(), MOST_LABELS):
        run("INSERT OR REPLACE INTO labels VALUES (?, ?, ?)", (number, kept(name, 300), kept(value, 300)))


def layers(run: Run, number: int, found: ScannedImage) -> dict[int, int]:
    """The layers of an image: the row of each by its index."""
    rows: dict[int, int] = {}
    for layer in found.layers:
        rows[layer.index] = _layer(run, layer.digest, layer.diff_id)
        origin, made = (layer.made.origin, layer.made.created_by) if layer.made else ("", None)
        row = (number, layer.index, rows[layer.index], layer.size, origin, kept(made or "", 300))
        run("INSERT OR REPLACE INTO image_layers VALUES (?, ?, ?, ?, ?, ?)", row)
    return rows


def finding(run: Run, number: int, one: Finding, layers: Mapping[int, int]) -> None:
    """A finding of an image; what it says is written once for all images that share it."""
    at, secret, layer = one.location, one.secret, one.layer
    fact: tuple[Any, ...] = (one.fingerprint, one.rule, one.severity.value, kept(one.message), kept(at.path), at.line)
    fact += (one.surface, secret.type if secret else "", kept(secret.masked) if secret else "")
    fact += (secret.confidence if secret else "",)
    key = hashlib.sha256(repr(fact).encode()).digest()
    run("INSERT OR IGNORE INTO facts VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (key, *fact))
    index, origin = (layer.index, layer.origin) if layer else (-1, "")
    row = layers.get(index)
    if row is None and layer is not None and index >= 0:  # a report has room for so many layers only
        row = _layer(run, "", layer.diff_id)
    run(
        "INSERT INTO found SELECT NULL, ?, id, ?, ?, ?, ?, ? FROM facts WHERE key = ?",
        (number, index, row, origin, one.status, kept(one.suppressed), key),
    )


def holes(
    run: Run, kind: str, skips: Sequence[Skip], *, image: int | None = None, reference: str | None = None
) -> None:
    """What was not read, or not looked into, of an image or a reference."""
    for skip in skips[:MOST_HOLES]:
        run(
            "INSERT INTO holes VALUES (NULL, ?, ?, ?, ?, ?)",
            (image, reference, kind, kept(skip.place), kept(skip.reason)),
        )


def refer(run: Run, number: int, references: Sequence[SafeText], root: str, images: int) -> None:
    """References lead to a root, and that to an image among others; images that nothing leads to now are forgotten."""
    before = set()
    for reference in references:
        name, repository = kept(reference), repository_of(reference)
        before |= set(run("SELECT repository, root FROM refs WHERE reference = ?", (name,)).fetchall())
        run(
            """INSERT INTO refs VALUES (?, ?, ?, ?, ?, '') ON CONFLICT DO UPDATE
            SET root = excluded.root, images = excluded.images, seen = excluded.seen, gone = ''""",
            (name, repository, root, images, now()),
        )
        run("DELETE FROM holes WHERE reference = ?", (name,))
        run("INSERT OR IGNORE INTO leads VALUES (?, ?, ?)", (repository, root, number))
    for pair in before:
        if run("SELECT 1 FROM refs WHERE repository = ? AND root = ?", pair).fetchone() is None:
            run("DELETE FROM leads WHERE repository = ? AND root = ?", pair)
            run("DELETE FROM images WHERE repository = ? AND id NOT IN (SELECT image FROM leads)", pair[:1])


def _layer(run: Run, digest: str, diff_id: str) -> int:
    run("INSERT OR IGNORE INTO layers VALUES (NULL, ?, ?)", (digest, diff_id))
    number: int = run("SELECT id FROM layers WHERE digest = ? AND diff_id = ?", (digest, diff_id)).fetchone()[0]
    return number
