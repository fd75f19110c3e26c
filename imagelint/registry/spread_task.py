"""What goes to a worker and what comes back: plain data, of which every part may be read by whoever runs the cluster.

    run     JSON, the same for all layers of a run: versions, rules, what is kept, limits, a public key
    layer   JSON: where one layer lies, and what its bytes must be
    answer  one letter (RESULT, REFUSED, FAILED) and what belongs to it

No password is in it: a worker looks into its own Docker configuration. What was found comes back sealed
(spread_seal.py).
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from imagelint import __version__
from imagelint.engine.compiled import load, of_row, to_row
from imagelint.engine.rule import Rule
from imagelint.image.model import Layer
from imagelint.image.reading_settings import ReadingSettings
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits

RESULT, REFUSED, FAILED = b"r", b"v", b"f"
"""A sealed result; why this worker reads no layer of this run; why it did not read this one."""


def own_rules() -> list[Rule]:
    """The secret rules that come with imagelint, in their order."""
    return [rule for rule in load().rules if rule.kind == "secret"]


def digest_of(rules: Sequence[Rule]) -> str:
    """Of everything that the rules say to whom reads a layer: the same in a checkout and in a wheel, 64 hexadecimal
    digits."""
    rows = json.dumps([to_row(rule) for rule in rules], sort_keys=True)
    return hashlib.sha256(rows.encode()).hexdigest()


def versions() -> dict[str, str]:
    """What must be the same here and there, by what to call it."""
    from imagelint.image.stored import FORMAT

    return {
        "imagelint": __version__,
        "Python": ".".join(map(str, sys.version_info[:2])),
        "format of results": str(FORMAT),
    }


def pack_run(reading: ReadingSettings, detector: Detector, insecure: Iterable[str], public: bytes) -> bytes:
    """What all tasks of a run have in common. Rules that come with imagelint are named by their digest, others go
    along."""
    own = own_rules()
    taken = {rule.id for rule in own}
    given = [rule for rule in detector.patterns.rules if rule.id in taken]
    run = {
        "versions": versions(),
        "rules": digest_of(given),
        "more": [to_row(rule) for rule in detector.patterns.rules if rule.id not in taken],
        "strict": detector.strict is not None,
        "explains": detector.explains,
        "reading": reading.plain(),
        "limits": {name: getattr(limits, name) for name in limits.CHANGEABLE},
        "insecure": sorted(insecure),
        "public": public.hex(),
    }
    return json.dumps(run, sort_keys=True).encode()


def detector_of(run: dict[str, Any]) -> Detector:
    """The detector of who made the run."""
    rules = own_rules() + [of_row(row) for row in run["more"]]
    return Detector(rules, explains=run["explains"], strict=run["strict"])


def pack_layer(layer: Layer) -> bytes:
    """One layer of a registry."""
    names = ("index", "repository", "digest", "diff_id", "size", "media_type")
    return json.dumps({name: getattr(layer, name) for name in names}, sort_keys=True).encode()


def differences(theirs: dict[str, str]) -> str:
    """In what this process differs from the one that made a run: a sentence, or nothing."""
    own = versions()
    return "; ".join(
        f"{name} is {own.get(name, 'unknown')} there and {wanted} here"
        for name, wanted in theirs.items()
        if own.get(name) != wanted
    )
