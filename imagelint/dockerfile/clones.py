"""Git repositories that a build takes at whatever commit their branch is on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_stage import StageSubject

_MOVING = Lazy(r"(?:refs/heads/|origin/)?(?:main|master|trunk|develop(?:ment)?|dev|next|nightly|HEAD|stable|latest)")
"""Names of branches that everybody moves. Whether another name is a branch or a tag only the repository knows."""
_ADDRESS = Lazy(r"(?:https?|git|ssh)://|git@[\w.-]+:")
_LATER = frozenset(("checkout", "reset", "switch"))


def is_moving(name: str) -> bool:
    """The name of a branch that moves."""
    return _MOVING.fullmatch(name) is not None


def moving_source(command: CommandSubject) -> str:
    """The repository of `git clone` or of `pip install git+...`, or empty when something pins it."""
    if command.program == "git" and command.subcommand == "clone":
        return _cloned(command)
    if command.program.startswith("pip") and command.subcommand == "install":
        return next((word for word in command.operands if word.startswith("git+") and not _has_reference(word)), "")
    return ""


def _cloned(command: CommandSubject) -> str:
    source = next((word for word in command.operands if _ADDRESS.match(word)), "")
    if not source or "--revision" in command.flags:
        return ""
    branches = [value for option in command.options if (value := _branch(option))]
    if branches and not is_moving(branches[-1]):
        return ""
    return source if command.stage.last_checkout < command.place else ""


def _branch(option: str) -> str:
    name, _, value = option.partition("=")
    return value if name in ("-b", "--branch") else ""


def last_checkout(stage: StageSubject) -> tuple[int, int]:
    """The place of the stage's last `git checkout COMMIT`, `git reset --hard COMMIT`, `git switch --detach COMMIT`."""
    runs = (run for run in stage.steps if "git" in run.programs)
    return max((command.place for run in runs for command in run.subjects if _checks_out(command)), default=(-1, -1))


def _checks_out(command: CommandSubject) -> bool:
    if command.program != "git" or command.subcommand not in _LATER or "--" in command.args:
        return False
    return any(not is_moving(word) and word != "." for word in command.operands)


def _has_reference(word: str) -> bool:
    """git+https://host/owner/name@v1.2#egg=name; an @ ahead of the host is a user's."""
    path = word.partition("://")[2].partition("#")[0].partition("/")[2]
    _, at, reference = path.rpartition("@")
    return bool(at) and not is_moving(reference)
