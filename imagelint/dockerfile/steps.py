"""What kind of step a RUN is: one that fetches packages, writes a file, or brings build tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction
    from imagelint.dockerfile.subject_command import CommandSubject

_FETCHES = {
    **dict.fromkeys(("apt-get", "apt", "dnf", "yum", "zypper", "pip", "pip3", "gem", "bundle"), ("install",)),
    "apk": ("add",),
    "npm": ("ci", "install", "i"),
    "yarn": ("", "install"),
    "pnpm": ("install", "i"),
    "composer": ("install",),
    "go": ("mod", "build", "install"),
    "cargo": ("build", "fetch", "install"),
    "uv": ("sync",),
    "poetry": ("install",),
    "dotnet": ("restore",),
}
_TOOLS = frozenset(
    "build-essential gcc g++ make cmake build-base alpine-sdk gcc-c++ clang autoconf automake libtool rustc cargo "
    "golang golang-go default-jdk maven gradle".split()
)
_SYSTEM = frozenset(("apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper"))
_TAKES_AWAY = frozenset(("del", "purge", "remove", "autoremove", "erase"))
_WRITERS = frozenset(("echo", "printf", "cat"))
_ELSEWHERE = ("/dev/", "/proc/", "&")


class StepFacts:
    """The facts of a RUN about what it is for; empty for other instructions."""

    instruction: Instruction

    if TYPE_CHECKING:

        @property
        def subjects(self) -> list[CommandSubject]:
            """See InstructionSubject."""

    @property
    def fetches_packages(self) -> bool:
        if self.instruction.keyword != "RUN":
            return False
        return any(command.subcommand in _FETCHES.get(command.program, ()) for command in self.subjects)

    @once
    def build_tools(self) -> list[str]:
        found: list[str] = []
        if self.instruction.keyword == "RUN":
            for command in self.subjects:
                if command.program in _SYSTEM and command.subcommand in ("install", "add"):
                    found += [name for name in command.operands if name in _TOOLS]
                elif command.program in _SYSTEM and command.subcommand in _TAKES_AWAY:
                    return []
        return list(dict.fromkeys(found))

    @once
    def echoed_files(self) -> list[str]:
        """Files of fixed text; not what is added to a file, or made by another command."""
        own = self.instruction
        if own.keyword != "RUN" or own.pipes or own.heredocs or ">>" in own.text or "$(" in own.text or "`" in own.text:
            return []
        if any(command.program not in _WRITERS for command in self.subjects):
            return []
        return [path for command in self.subjects for path in command.writes if not path.startswith(_ELSEWHERE)]
