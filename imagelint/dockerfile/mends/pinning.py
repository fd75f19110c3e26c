"""Mends that pin an image to the digest that its registry has for it now. Without --resolve there are none."""

from __future__ import annotations

import re

from imagelint.dockerfile.changes import Change, at, end_of, text_of
from imagelint.dockerfile.model import Dockerfile, Flag, Span, Word
from imagelint.dockerfile.registry import Registry, copied_from, is_image
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.values import references
from imagelint.lazy import Lazy

_ONLY = Lazy(r"\$(?:(\w+)|\{(\w+)\})")
_FROM = Lazy(r"[=,]from=([^,\"'\s]+)", re.IGNORECASE)


def pin_digest(subject: StageSubject | CopySubject | InstructionSubject, file: Dockerfile) -> list[Change] | None:
    """@sha256:... behind the name of an image and its tag; for FROM $BASE behind the default of BASE."""
    registry = subject.dockerfile.registry
    if registry is None:
        return None
    if isinstance(subject, StageSubject):
        place = _of_base(subject, file) if is_image(subject) else None
        return _pinned(registry, subject.base, place)
    if isinstance(subject, CopySubject):
        flag = next((flag for flag in subject.instruction.instruction.flags if flag.name == "from"), None)
        image = copied_from(subject)
        if flag is None or not image or not _is_plain(flag, file):
            return None
        return _pinned(registry, image, end_of(flag.span))
    return _mounts(subject, file, registry)


def _pinned(registry: Registry, image: str, place: Span | None) -> list[Change] | None:
    if place is None or "@" in image or not (digest := registry.digest(image)):
        return None
    return [(place, f"@{digest}")]


def _of_base(stage: StageSubject, file: Dockerfile) -> Span | None:
    base = stage.data.base
    match = _ONLY.fullmatch(base.raw)
    return _of_argument(match[1] or match[2], file) if match else _behind(base, file)


def _of_argument(name: str, file: Dockerfile) -> Span | None:
    """The end of the default of an argument ahead of the first FROM, which nothing but one FROM takes."""
    ahead = [pair for i in file.instructions if i.keyword == "ARG" and i.stage < 0 for pair in i.pairs]
    values = [pair.value for pair in ahead if pair.name == name]
    uses = [stage.base.raw for stage in file.stages]
    uses += [flag.value for stage in file.stages for flag in stage.instructions[0].flags]
    uses += [pair.value.raw for pair in ahead if pair.value is not None]
    if len(values) != 1 or values[0] is None or sum(name in references(text) for text in uses) != 1:
        return None
    return _behind(values[0], file)


def _behind(word: Word, file: Dockerfile) -> Span | None:
    """The end of a word without variables and escapes, inside of its quotes; None for any other."""
    if text_of(file, word.span) != word.raw:
        return None
    end = end_of(word.span)
    if word.raw == word.value:
        return end
    quoted = word.raw[:1] in ("'", '"') and word.raw == f"{word.raw[0]}{word.value}{word.raw[0]}"
    return at(end.line, end.column - 1) if quoted else None


def _mounts(instruction: InstructionSubject, file: Dockerfile, registry: Registry) -> list[Change] | None:
    changes: list[Change] = []
    for flag in instruction.instruction.flags if instruction.keyword == "RUN" else ():
        for match in _FROM.finditer(f"={flag.value}") if flag.name == "mount" else ():
            image = match[1]
            if image not in instruction.mount_images or "@" in image or not set(image) & set(":/"):
                continue
            start = flag.span.column + len("--mount")
            place = at(flag.span.line, start + match.end()) if _is_plain(flag, file) else None
            change = _pinned(registry, image, place)
            if change is None:
                return None
            changes += change
    return changes


def _is_plain(flag: Flag, file: Dockerfile) -> bool:
    """It stands in the file as it is read: on one line, without quotes."""
    return text_of(file, flag.span) == f"--{flag.name}={flag.value}"
