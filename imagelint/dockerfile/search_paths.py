"""Variables that say where programs and libraries are looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_instruction import InstructionSubject

_SYSTEM = frozenset(("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "$PATH", "${PATH}"))
_WRITABLE = Lazy(r"/(?:tmp|var/tmp|dev/shm)(?:/|$)")
"""Everybody may put files there, and at a start they may be empty, whatever the image has in them."""


class SearchPathFacts:
    """The facts of a `variable` that is a search path; empty for others."""

    name: str
    value: str
    instruction: InstructionSubject

    @once
    def unsafe_places(self) -> list[str]:
        if self.instruction.keyword != "ENV" or self.name not in ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD"):
            return []
        value = self.value.strip()
        if not value or re.search(r"[;\\]|\$\{\w+[^\w}]", value):  # Windows, or a default that is not filled in
            return []
        if self.name == "LD_PRELOAD":
            return [name for name in re.split(r"[\s:]+", value) if "/" in name and _unsafe(name)]
        found: list[str] = []
        for place in value.split(":"):
            if self.name == "PATH" and (place.rstrip("/") in _SYSTEM):
                break
            if _unsafe(place):
                found.append(place or "(empty: the working directory)")
        return found


def _unsafe(place: str) -> bool:
    return not place.startswith(("/", "$")) or _WRITABLE.match(place) is not None
