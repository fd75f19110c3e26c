"""Users that a stage makes, the groups it puts them into, and whether anything runs as one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile.model import Instruction, Stage
from imagelint.dockerfile.wrappers import program_name
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_stage import StageSubject

_TAKES = frozenset(
    "-b -c -d -e -f -g -G -h -k -K -p -s -u -Z --base-dir --comment --home-dir --home --expiredate --inactive "
    "--gid --groups --skel --key --password --shell --uid --selinux-user --firstuid --lastuid --ingroup --gecos "
    "--conf".split()
)
"""Options with a value of useradd(8), usermod(8) and the adduser of Debian and of busybox."""
_DEPTH = 64
"""Stages upon stages that are looked through; nobody stacks more by hand."""
_SWITCHERS = frozenset("gosu su-exec setpriv runuser su sudo chpst s6-setuidgid setuidgid start-stop-daemon".split())
_STARTERS = frozenset("tini dumb-init catatonit exec env".split())
_PLAIN = frozenset(
    "node npm npx yarn pnpm bun deno python python3 python2 java ruby bundle rails dotnet uvicorn flask gunicorn "
    "hypercorn daphne streamlit celery".split()
)
"""Programs that stay the user they are started as."""
_NAME = Lazy(r"[a-z_][\w-]*")
_OWN = Lazy(r"(?:\./|/app/|/go/bin/|/srv/|/code/|/workspace/|/usr/src/)(?:\S*/)?([\w.-]+)")
_SCRIPT = Lazy(r"\.(?:sh|bash|ash)$|entry|start|init|run|boot|launch|wrapper")


def _chain(stage: StageSubject) -> list[StageSubject]:
    """The stage and what it is built from, the lowest first."""
    found = [stage]
    while (parent := found[-1].parent) and len(found) < _DEPTH:
        found.append(parent)
    return found[::-1]


def _read(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """(operands, options with their values) of a command of this family."""
    operands: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            operands.append(word)
        elif equals and word.startswith("--"):
            options[name] = value
        elif word in _TAKES:
            options[word] = next(rest, "")
        elif not word.startswith("--") and f"-{word[-1]}" in _TAKES:
            options[f"-{word[-1]}"] = next(rest, "")
    return operands, options


class Accounts:
    """What the RUNs of one stage do to users."""

    def __init__(self, stage: Stage) -> None:
        self.made: dict[str, None] = {}
        """The users it makes, in order."""
        self.groups: dict[str, dict[str, None]] = {}
        """The groups, besides its first one, that it puts a user into."""
        self.switches = False
        """Some command names a program that starts others as another user: runs it, or installs it."""
        for instruction in stage.instructions:
            if instruction.keyword == "RUN" and not instruction.onbuild:
                for command in instruction.commands:
                    if command.words:
                        self._read(program_name(command.words[0]), command.words)

    def _read(self, program: str, words: list[str]) -> None:
        self.switches = self.switches or program in _SWITCHERS or not _SWITCHERS.isdisjoint(words)
        if program not in ("useradd", "adduser", "usermod", "addgroup", "gpasswd"):
            return
        operands, options = _read(words)
        if program == "gpasswd":
            if words[1:2] == ["-a"] and len(words) == 4:
                self._join(words[2], words[3])
        elif program in ("useradd", "usermod") or len(operands) == 1:
            if operands and program in ("useradd", "adduser") and _NAME.fullmatch(operands[-1]):
                self.made[operands[-1]] = None
            if operands and program in ("useradd", "usermod"):
                self._join(operands[-1], options.get("-G", options.get("--groups", "")))
        elif len(operands) == 2 and "-G" not in options:
            self._join(*operands)

    def _join(self, user: str, groups: str) -> None:
        self.groups.setdefault(user, {}).update(dict.fromkeys(filter(None, groups.split(","))))


def dropped_groups(stage: StageSubject) -> list[str]:
    """The groups that a user loses because the last USER of the stage names a group."""
    user, colon, group = stage.data.users[-1].value.partition(":") if stage.data.users else ("", "", "")
    if not colon or not group or "$" in user + group:
        return []
    joined = dict.fromkeys(name for part in _chain(stage) for name in part.accounts.groups.get(user, ()))
    return [name for name in joined if name != group]


def idle_users(stage: StageSubject) -> list[str]:
    """The users that the final stage makes, where what it starts runs as root all the same.

    Only where that is certain: the program is none that changes its user, nor a script that may.
    """
    if not stage.final or (stage.has_user and not stage.user_is_root) or not _is_plain(_started(stage)):
        return []
    names = dict.fromkeys(name for part in _chain(stage) for name in part.accounts.made)
    if not names or any(part.accounts.switches for part in _chain(stage)):
        return []
    told = " ".join(
        instruction.text
        for part in _chain(stage)
        for instruction in part.data.instructions
        if instruction.keyword in ("CMD", "ENTRYPOINT", "ENV", "USER")
    )
    spoken = set(re.split(r"[\s\"',=:\[\]]+", told))
    return [] if spoken & _SWITCHERS else [name for name in names if name not in spoken]


def _started(stage: StageSubject) -> list[str]:
    """The words that a container of the stage starts."""
    last: dict[str, Instruction] = {}
    for part in _chain(stage):
        for instruction in part.data.instructions:
            if instruction.keyword in ("ENTRYPOINT", "CMD") and not instruction.onbuild:
                last[instruction.keyword] = instruction
    return [word for keyword in ("ENTRYPOINT", "CMD") if keyword in last for word in _words(last[keyword])]


def _words(instruction: Instruction) -> list[str]:
    if instruction.form == "json":
        return [word.value for word in instruction.words]
    commands = instruction.commands
    return commands[0].words if commands and all(other.wrapper for other in commands[1:]) else ["sh"]


def _is_plain(words: list[str]) -> bool:
    rest = list(words)
    while rest and (program_name(rest[0]) in _STARTERS or rest[0] == "--" or rest[0].startswith("-")):
        rest.pop(0)
    if not rest:
        return False
    if program_name(rest[0]) in _PLAIN:
        return True
    own = _OWN.fullmatch(rest[0])
    return own is not None and not _SCRIPT.search(own[1].lower())
