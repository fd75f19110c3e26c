"""Users that a stage makes, the groups it puts them into, and whether anything runs as one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagelint.dockerfile.model import Command, Instruction
from imagelint.dockerfile.wrappers import program_name

if TYPE_CHECKING:
    from imagelint.dockerfile.subjects import StageSubject

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
_OWN = re.compile(r"(?:\./|/app/|/go/bin/|/srv/|/code/|/workspace/|/usr/src/)(?:\S*/)?([\w.-]+)")
_SCRIPT = re.compile(r"\.(?:sh|bash|ash)$|entry|start|init|run|boot|launch|wrapper")


def _chain(stage: StageSubject) -> list[StageSubject]:
    """The stage and what it is built from, the lowest first."""
    found = [stage]
    while (parent := found[-1].parent) and len(found) < _DEPTH:
        found.append(parent)
    return found[::-1]


def _commands(stage: StageSubject) -> Iterator[Command]:
    for part in _chain(stage):
        for instruction in part.data.instructions:
            if instruction.keyword == "RUN" and not instruction.onbuild:
                yield from (command for command in instruction.commands if command.words)


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


def made(stage: StageSubject) -> list[str]:
    """The users that the stage and its parents make, each once."""
    found: dict[str, None] = {}
    for command in _commands(stage):
        program = program_name(command.words[0])
        if program in ("useradd", "adduser"):
            operands, _ = _read(command.words)
            if operands and (program == "useradd" or len(operands) == 1):
                found[operands[-1]] = None
    return [name for name in found if re.fullmatch(r"[a-z_][\w-]*", name)]


def groups(stage: StageSubject, user: str) -> list[str]:
    """The groups, besides its first one, that the stage and its parents put a user into."""
    found: dict[str, None] = {}
    for command in _commands(stage):
        program = program_name(command.words[0])
        if program not in ("useradd", "adduser", "usermod", "addgroup", "gpasswd"):
            continue
        operands, options = _read(command.words)
        busybox = program == "adduser" and "-G" in options
        if program in ("useradd", "usermod") and operands[-1:] == [user]:
            names = options.get("-G", options.get("--groups", ""))
        elif program in ("adduser", "addgroup") and len(operands) == 2 and operands[0] == user and not busybox:
            names = operands[1]
        elif program == "gpasswd" and command.words[1:3] == ["-a", user]:
            names = command.words[-1]
        else:
            names = ""
        found.update(dict.fromkeys(filter(None, names.split(","))))
    return list(found)


def dropped(stage: StageSubject) -> list[str]:
    """The groups that a user loses because the last USER of the stage names a group."""
    user, colon, group = stage.data.users[-1].value.partition(":") if stage.data.users else ("", "", "")
    if not colon or not group or "$" in user + group:
        return []
    return [name for name in groups(stage, user) if name != group]


def idle(stage: StageSubject) -> list[str]:
    """The users that the final stage makes, where what it starts runs as root all the same.

    Only where that is certain: the program is none that changes its user, nor a script that may.
    """
    if not stage.final or (stage.has_user and not stage.user_is_root) or not _is_plain(_started(stage)):
        return []
    names = made(stage)
    if not names or any(program_name(command.words[0]) in _SWITCHERS for command in _commands(stage)):
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
