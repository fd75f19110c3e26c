"""All that our own rules see in a file, as in a layer: by patterns over its bytes, then by its grammar."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from imagelint.engine.compiled import load
from imagelint.secrets import grammar
from imagelint.secrets.confirm import Detector
from tests.secrets.samples import unheard


@cache
def _detector() -> Detector:
    return Detector([rule for rule in load().rules if rule.kind == "secret"])


def candidates_of(path: str, text: str) -> Iterator[tuple[int, str]]:
    """(line, value) of every candidate, dropped ones too."""
    detector, data = _detector(), text.encode()
    for number, end in detector.patterns.scanner().scan(data):
        low = max(0, end - 12 * 1024)
        candidate = detector.confirm(number, data[low : end + 16 * 1024], end - low, path)
        if candidate is not None:
            yield data.count(b"\n", 0, low + candidate.start) + 1, candidate.value
    readers = grammar.wanted(path.encode())
    for candidate in grammar.candidates(detector, readers, data, unheard) if readers else ():
        yield data.count(b"\n", 0, candidate.start) + 1, candidate.value
