"""Archives of the build context that a COPY brings in and a later RUN unpacks."""

from __future__ import annotations

from posixpath import basename, join
from typing import TYPE_CHECKING

from imagelint.dockerfile.removals import absolute
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_stage import StageSubject

_TAR = Lazy(r".*\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst|lzma|Z))")
_NO_LIST = frozenset("cturCTUR")


def copied(stage: StageSubject) -> dict[str, tuple[int, str]]:
    """The tar archives that COPY takes from the context: path in the image to (number of the instruction, source)."""
    found: dict[str, tuple[int, str]] = {}
    for data in stage.data.instructions:
        if data.keyword != "COPY" or data.onbuild or len(data.words) < 2 or any(f.name == "from" for f in data.flags):
            continue
        written = data.words[-1].value
        target = absolute(written, stage.folders.get(data.number, ""))
        for word in data.words[:-1]:
            if _TAR.fullmatch(word.value):
                into = written.endswith(("/", ".")) or not _TAR.fullmatch(target)
                found[join(target, basename(word.value)) if into else target] = data.number, word.value
    return found


def copied_archive(command: CommandSubject) -> str:
    """The archive, as COPY names it, that this tar unpacks; empty when there is none."""
    if not command.args or not _extracts(command.args[0], command.flags):
        return ""
    run = command.instruction
    for word in command.args if command.stage.copied_archives else ():
        number, source = command.stage.copied_archives.get(absolute(word, run.workdir), (0, ""))
        if source and number < run.instruction.number:
            return source
    return ""


def _extracts(first: str, flags: list[str]) -> bool:
    """tar xf, tar -xzf, tar --extract; not tar cf, not tar tf."""
    return "-x" in flags or "--extract" in flags or (first[:1] != "-" and "x" in first and _NO_LIST.isdisjoint(first))
