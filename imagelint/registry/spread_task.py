"""What goes to a worker and what comes back: plain data, of which every part may be read by whoever runs the cluster.

    run     JSON, the same for all layers of a run: versions, rules, what is kept, limits, a public key
    layer   JSON: where one layer lies, and what its bytes must be
    answer  one letter (RESULT, UNSENT, REFUSED, FAILED) and what belongs to it

No password is in it: a worker looks into its own Docker configuration. What was found comes back sealed
(spread_seal.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from imagelint import __version__
from imagelint.engine.compiled import digest_of, load, of_row, to_row
from imagelint.engine.rule import Rule
from imagelint.image.model import Layer
from imagelint.image.reading_settings import ReadingSettings
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits

RESULT, UNSENT, REFUSED, FAILED = b"r", b"u", b"v", b"f"
"""A sealed result; there is one that cannot be sent (stored.dump); why this worker reads no layer of this run; why it
did not read this one."""


def own_rules() -> list[Rule]:
    """The secret rules that come with imagelint, in their order."""
    return [rule for rule in load().rules if rule.kind == "secret"]


@cache
def _own_digest() -> str:
    return digest_of(own_rules())


def versions() -> dict[str, str]:
    """What must be the same here and there, by what to call it."""
    from imagelint.image.stored import FORMAT

    return {
        "imagelint": __version__,
        "Python": ".".join(map(str, sys.version_info[:2])),
        "the format of results": str(FORMAT),
        "the digest of the rules that come with it": _own_digest(),
    }


def pack_run(reading: ReadingSettings, detector: Detector, insecure: Iterable[str], public: bytes) -> bytes:
    """What all tasks of a run have in common. Rules that come with imagelint are named by their digest, others go
    along. The detector must have them all."""
    taken = {rule.id for rule in own_rules()}
    run = {
        "versions": versions(),
        "more": [to_row(rule) for rule in detector.patterns.rules if rule.id not in taken],
        "strict": detector.strict is not None,
        "explains": detector.explains,
        "reading": reading.plain(),
        "limits": {name: getattr(limits, name) for name in limits.CHANGEABLE},
        "insecure": sorted(insecure),
        "public": public.hex(),
    }
    return json.dumps(run, sort_keys=True).encode()


def detector_of(run: Mapping[str, Any]) -> Detector:
    """The detector of who made the run."""
    rules = own_rules() + [of_row(row) for row in run["more"]]
    return Detector(rules, explains=run["explains"], strict=run["strict"])


def pack_layer(layer: Layer) -> bytes:
    """One layer of a registry."""
    names = ("index", "repository", "digest", "diff_id", "size", "media_type")
    return json.dumps({name: getattr(layer, name) for name in names}, sort_keys=True).encode()


def differences(there: dict[str, str], here: dict[str, str]) -> str:
    """In what a worker differs from the one that asks: a sentence, or nothing."""
    return ", ".join(
        f"{name} is {_short(there.get(name, 'unknown'))} there and {_short(wanted)} here"
        for name, wanted in here.items()
        if there.get(name) != wanted
    )


def _short(version: str) -> str:
    return str(version)[:12]
