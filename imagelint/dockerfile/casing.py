"""Capitals and small letters of keywords: BuildKit's checks ConsistentInstructionCasing and FromAsCasing.

https://docs.docker.com/reference/build-checks/consistent-instruction-casing/
https://docs.docker.com/reference/build-checks/from-as-casing/
"""

from __future__ import annotations

from imagelint.dockerfile.arguments import KEYWORDS
from imagelint.dockerfile.model import Dockerfile, Instruction


def keyword(dockerfile: Dockerfile, instruction: Instruction) -> str:
    """The keyword as written."""
    at = instruction.keyword_span
    return dockerfile.lines[at.line - 1][at.column - 1 : at.end_column - 1]


def mostly_small(dockerfile: Dockerfile) -> bool:
    """More keywords of the file are in small letters than in capitals; those that mix both do not count."""
    words = [keyword(dockerfile, i) for i in dockerfile.instructions if i.keyword in KEYWORDS]
    return sum(word.islower() for word in words) > sum(word.isupper() for word in words)


def cased(written: str, known: str, small: bool) -> str:
    """The keyword in small letters, or in capitals, where it is not so; otherwise empty."""
    wanted = known.lower() if small else known
    return wanted if written != wanted and known in KEYWORDS else ""


def as_cased(dockerfile: Dockerfile, instruction: Instruction) -> str:
    """AS of a FROM in the case of its FROM, where it is in another one; otherwise empty.

    A FROM that mixes both is told for itself.
    """
    if len(instruction.words) != 3:
        return ""
    first, word = keyword(dockerfile, instruction), instruction.words[1].raw
    wanted = word.lower() if first.islower() else word.upper() if first.isupper() else word
    return wanted if wanted != word and wanted.upper() == "AS" else ""
