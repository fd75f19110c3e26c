"""Realistic files with secrets in them, by seed: what a scan has to find, and where.

It knows vendors' formats and programs' files from their own descriptions, and nothing of imagelint: neither patterns
nor code. All that is in a file beside the planted values is no secret.
"""

from __future__ import annotations

import random

from tests.planting.files_login import LOGIN
from tests.planting.files_system import SYSTEM
from tests.planting.ordinary import ordinary
from tests.planting.passwords import STYLES, planted
from tests.planting.shapes_config import CONFIG, Entries, Shape
from tests.planting.shapes_source import ALONE, SOURCE
from tests.planting.text import Field, Planted
from tests.planting.tokens_cloud import TOKENS as CLOUD
from tests.planting.tokens_code import TOKENS as CODE
from tests.planting.tokens_saas import TOKENS as SAAS

__all__ = ["TOKENS", "Planted", "plant"]

TOKENS = [*CODE, *CLOUD, *SAAS]
Files = list[tuple[str, bytes, list[Planted]]]


def plant(seed: int) -> Files:
    """Every kind once: path, bytes and planted values of each file. Paths begin with a folder of the file's own."""
    rng = random.Random(seed)
    files: Files = []
    tokens = rng.sample(TOKENS, len(TOKENS))
    named = [*SOURCE, *CONFIG]
    while tokens:
        kind = tokens.pop()
        field = Field()
        shape = rng.choice(ALONE if kind.alone and rng.random() < 0.35 else named)
        entries = [(rng.choice(kind.names), field.hide(kind.name, kind.rules, kind.make(rng)))]
        _add(files, rng, field, shape, entries)
    for style in STYLES:
        field = Field()
        _add(files, rng, field, rng.choice(named), [planted(rng, field, style)])
    for file in (*LOGIN, *SYSTEM):
        field = Field()
        _write(files, field, *file(rng, field))
    return files


def _add(files: Files, rng: random.Random, field: Field, shape: Shape, entries: Entries) -> None:
    """A file of that shape with the values at a chance place among ordinary ones."""
    others = ordinary(rng, rng.randrange(2, 9))
    at = rng.randrange(len(others) + 1)
    _write(files, field, *shape(rng, [*others[:at], *entries, *others[at:]]))


def _write(files: Files, field: Field, path: str, text: str) -> None:
    text, found = field.render(text)
    files.append((f"{len(files):03}/{path}", text.encode(), found))
