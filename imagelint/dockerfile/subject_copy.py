"""One COPY or ADD as a subject: what it takes, from where, and whether a later line takes it away again."""

from __future__ import annotations

import re
from posixpath import basename

from imagelint.dockerfile.copied import CopyFlowFacts
from imagelint.dockerfile.model import Word
from imagelint.dockerfile.order import CopyOrderFacts
from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.secret_files import is_secret_file
from imagelint.dockerfile.sent import ContextFacts
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.lazy import Lazy
from imagelint.record import once

_ARCHIVE = Lazy(r"\.(tar|gz|tgz|bz2|tbz2?|xz|txz|zst|tzst|lzma|tlz|lz|z|tar\.\w+)$", re.I)
_VALUED = frozenset(("chmod", "chown", "from"))
_REMOTE = Lazy(r"https?://|ftp://|git@|git://|ssh://", re.I)


def octal(mode: str) -> int:
    """The number of an octal mode; -1 for a symbolic one."""
    return int(mode, 8) if mode and re.fullmatch(r"[0-7]{3,5}", mode) else -1


class CopySubject(ContextFacts, CopyFlowFacts, CopyOrderFacts):
    """See the kind `copy` of imagelint.engine.vocabulary for the facts."""

    kind = "copy"
    index_program = ""

    def __init__(self, instruction: InstructionSubject) -> None:
        self.instruction = instruction
        self.stage = instruction.stage
        self.dockerfile = instruction.dockerfile
        self.index_instruction = instruction.keyword
        words = instruction.instruction.words
        if any(not flag.value and flag.name in _VALUED for flag in instruction.instruction.flags):
            words = words[1:]  # a build stops at --chown 1000; what it was meant to own is not called 1000
        self.source_words = [word for word in words[:-1] if not word.raw.startswith("<<")]
        self.sources = [word.value for word in self.source_words]
        self.destination = words[-1].value if words else ""
        self.chown = instruction.flag("chown")
        self.chmod = instruction.flag("chmod")
        self.checksum = instruction.flag("checksum")
        origin = instruction.flag("from").lower()
        self.from_ = origin
        here = instruction.stage.index
        number = self.dockerfile.stage_number(origin, here)
        self.from_stage = 0 <= number < here
        self.from_self = number == here >= 0
        self.from_later = number > here
        self.stage.copied.append(self)

    @once
    def secret_words(self) -> list[Word]:
        """The same as secret_sources, with their places."""
        return [word for word in self.source_words if is_secret_file(word.value, self.destination)]

    @property
    def secret_sources(self) -> list[str]:
        return [word.value for word in self.secret_words]

    @once
    def deleted_line(self) -> int:
        removals = self.stage.removals
        if not removals:  # as in most stages
            return 0
        target = absolute(self.destination, self.instruction.workdir)
        names = [] if self.destination.endswith("/") and self.secret_sources else [target]
        names += [
            f"{target.rstrip('/')}/{basename(source.rstrip('/'))}" for source in self.secret_sources or self.sources
        ]
        number = self.instruction.instruction.number
        return min((line for name in names if (line := removals.after(number, name))), default=0)

    @once
    def is_remote(self) -> bool:
        return any(_REMOTE.match(source) for source in self.sources)

    @property
    def is_archive(self) -> bool:
        return bool(self.sources) and all(_ARCHIVE.search(source) for source in self.sources)

    @property
    def copies_context(self) -> bool:
        return not self.from_ and any(source in (".", "./", "/", "*", "./*") for source in self.sources)

    @property
    def setuid(self) -> bool:
        mode = octal(self.chmod)
        return mode & 0o6000 > 0 if mode >= 0 else "s" in self.chmod and bool(re.search(r"[+=][rwxX]*s", self.chmod))

    @property
    def world_writable(self) -> bool:
        mode = octal(self.chmod)
        if mode >= 0:
            return mode & 0o1002 == 0o0002
        return "w" in self.chmod and re.search(r"(^|,)([ugoa]*[oa][ugoa]*)?[+=][rxXst]*w", self.chmod) is not None
