"""Mends that put instructions into another order, where the image stays the same: a build only fetches less anew.

Each moves instructions past steps that neither read what they give nor write where they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imagelint.dockerfile.changes import Change, at, end_of, line_of, text_of, whole_lines
from imagelint.dockerfile.manifests import needed
from imagelint.dockerfile.model import Dockerfile, Instruction, Span
from imagelint.dockerfile.order import PASSIVE, changing, following, installs_packages
from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.lazy import Lazy

_OWN = Lazy(
    r"/(?!(?:bin|boot|dev|etc|home|lib\w*|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)(?:/|$))[^/]+(?:/.*)?"
    r"|/(?:opt|srv|tmp|usr/src|root|home/[^/]+)/[^/.].*"
)
"""Folders into which no package of a distribution installs (the File System Hierarchy Standard 3.0), and which are not
somebody's home, where programs look for their settings."""
_LISTS = frozenset(
    ("update", "clean", "autoclean", "autoremove", "makecache", "clean all", "refresh", "upgrade", "add", "install")
)
_CLEANERS = frozenset(
    ("npm cache clean", "yarn cache clean", "pnpm store prune", "corepack enable", "go clean", "pip cache purge")
)
_QUIET = frozenset(("set", "true", ":", "echo"))


def argument_behind(variable: VariableSubject, file: Dockerfile) -> list[Change] | None:
    """An ARG, and the LABEL, ENV and ARG that read it, behind the last step that it makes run again in vain."""
    found = variable.early
    if found is None or found.goes_behind is None or len(variable.instruction.instruction.pairs) != 1:
        return None
    behind = found.goes_behind
    group = [one for one in found.group if one.number < behind.number]
    if any(one.keyword == "ENV" and not changing(pair.name, "") for one in group for pair in one.pairs):
        return None  # steps that it is moved behind may go by it
    if _sets_again(variable, group, behind):
        return None
    return _moved(file, group, behind)


def _sets_again(variable: VariableSubject, group: list[Instruction], behind: Instruction) -> bool:
    """Of two that set the same, the later one holds: whether another one stands between, that would then be the
    earlier one."""
    own = {(one.keyword == "LABEL", pair.name) for one in group for pair in one.pairs}
    numbers = {one.number for one in group}
    return any(
        (other.keyword == "LABEL", pair.name) in own
        for other in variable.stage.data.instructions
        if group[0].number < other.number <= behind.number and other.number not in numbers
        for pair in other.pairs
    )


def copy_behind_packages(copy: CopySubject, file: Dockerfile) -> list[Change] | None:
    """The COPY behind the RUNs that do nothing but install packages of the distribution."""
    data = copy.instruction.instruction
    if not _is_plain(copy, file):
        return None
    last = None
    for other, run in _behind(copy):
        if run is not None and _only_packages(run, copy.target):
            last = other
        elif other.keyword not in PASSIVE and other.keyword != "USER":
            break
    return _moved(file, [data], last) if last is not None else None


def install_first(copy: CopySubject, file: Dockerfile) -> list[Change] | None:
    """A COPY of those files alone that an install reads; the one of everything behind the install."""
    data = copy.instruction.instruction
    if not _is_plain(copy, file) or data.words[0].value not in (".", "./") or len(data.words) != 2:
        return None
    for other, run in _behind(copy):
        if run is None:
            if other.keyword not in PASSIVE:
                return None
            continue
        files = _read_by(run, copy)
        if not files or other.heredocs:
            return None
        source, into = data.words[0].span, data.words[1]
        folder = into.raw if into.raw.endswith("/") else f"{into.raw}/"
        return [
            (source, " ".join(files)),
            (into.span, folder),
            (_end(file, other), "\n" + text_of(file, data.span)),
        ]
    return None


def _read_by(run: InstructionSubject, copy: CopySubject) -> list[str]:
    """The files of the context that a RUN reads, which does nothing but install by them; empty for another one."""
    if run.instruction.flags or run.form != "shell" or absolute(".", run.workdir) != copy.target:
        return []
    files: list[str] = []
    for command in run.subjects:
        if f"{command.program} {' '.join(command.all_operands[:2])}".rstrip() in _CLEANERS:
            continue
        if not _is_package_command(command, copy.target):
            found = needed(command, copy)
            if not found:
                return []
            files += found
    return list(dict.fromkeys(files))


def _is_plain(copy: CopySubject, file: Dockerfile) -> bool:
    """One line that says the same wherever it stands, and writes where nothing else does."""
    data = copy.instruction.instruction
    if data.form != "shell" or data.onbuild or data.heredocs or "$" in data.text or len(data.words) < 2:
        return False
    if any(flag.name not in ("chown", "chmod", "link") for flag in data.flags) or '"' in data.text or "'" in data.text:
        return False
    return data.span.line == data.span.end_line and _OWN.fullmatch(copy.target) is not None


def _behind(copy: CopySubject) -> Iterator[tuple[Instruction, InstructionSubject | None]]:
    """What stands behind it in its stage, a RUN with its facts."""
    for other in following(copy.stage, copy.instruction.instruction.number):
        if other.onbuild:
            return
        yield other, copy.stage.run_steps.get(other.number)


def _only_packages(run: InstructionSubject, folder: str) -> bool:
    if run.instruction.flags or run.instruction.heredocs or not run.subjects:
        return False
    return all(_is_package_command(command, folder) for command in run.subjects)


def _is_package_command(command: CommandSubject, folder: str) -> bool:
    """It installs packages of the distribution, or cleans up behind that, and leaves a folder alone."""
    places = [*command.command.reads, *command.command.writes, *command.removes]
    if folder in command.text or any(not re.match(r"/(?!\.)[^$`*?]+\*?$", place) for place in places):
        return False
    if any(f"{absolute(place, '/')}/".startswith((f"{folder}/", "/dev/fd")) for place in places):
        return False
    if "$(" in command.text or "`" in command.text:
        return False
    if installs_packages(command):
        return True
    if command.program == "rm":
        return bool(command.removes)
    if command.program in _QUIET:
        return True
    managers = ("apt-get", "apt", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper")
    return command.program in managers and " ".join(command.all_operands) in _LISTS


def _moved(file: Dockerfile, some: list[Instruction], behind: Instruction) -> list[Change] | None:
    """Take instructions out with their lines, and write them behind another; None where a comment speaks of them."""
    if behind.heredocs:
        return None
    changes: list[Change] = []
    for one in some:
        gone = whole_lines(file, one)
        if gone is None or line_of(file, one.span.line - 1).lstrip().startswith("#"):
            return None
        changes.append(gone)
    return [*changes, (_end(file, behind), "".join("\n" + text_of(file, one.span) for one in some))]


def _end(file: Dockerfile, instruction: Instruction) -> Span:
    end = end_of(instruction.span)
    return at(end.line, len(line_of(file, end.line)) + 1)
