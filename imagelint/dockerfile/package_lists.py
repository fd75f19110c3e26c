"""What a RUN does with the package lists of apt and apk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_instruction import InstructionSubject

_APT_UPDATES = frozenset(("apt-get update", "apt update"))
_CLEANS = frozenset(f"{apt} {clean}" for apt in ("apt-get", "apt") for clean in ("dist-clean", "distclean"))
_LISTS = Lazy(r"/var/lib/apt(/|$)|/var(/lib)?/?$|/var/(lib/)?\{")
_MOUNT = Lazy(r"(?:target|dst|destination)=/var(?:/lib(?:/apt(?:/lists)?)?)?/?(?:,|$)")
_BESIDE = frozenset(("apt-get", "apt", "apk", "echo", "rm", "set", "sed", "true", "sudo", "printf", "export"))
"""Programs beside an update that do not use what it brings."""
_USES = frozenset(
    ("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "source", "download", "add", "fetch")
)


def keeps_apt_lists(run: InstructionSubject) -> bool:
    """It updates, and no rm, find -delete, dist-clean or mount keeps the lists out of the layer."""
    if "apt" not in run.text and not run.is_heredoc:
        return False
    runs = frozenset(run.runs)
    if _APT_UPDATES.isdisjoint(runs) or not _CLEANS.isdisjoint(runs) or any(_MOUNT.search(m) for m in run.mounts):
        return False
    if any(_LISTS.match(path) for path in run.removed):
        return False
    return not any(c.program == "find" and "/var/lib/apt/lists" in c.text and "-delete" in c.args for c in run.subjects)


def only_updates(run: InstructionSubject) -> bool:
    """Every command is an update, or one of those that do not use the lists."""
    if "update" not in run.text and not run.is_heredoc:
        return False
    if _APT_UPDATES.isdisjoint(run.runs) and "apk update" not in run.runs:
        return False
    if any("type=cache" in mount for mount in run.mounts) or not _BESIDE.issuperset(run.programs):
        return False
    return not _uses(run) and not _updates_again(run)


def _uses(run: InstructionSubject) -> bool:
    return any(c.program in ("apt-get", "apt", "apk") and c.subcommand in _USES for c in run.subjects)


def _updates_again(run: InstructionSubject) -> bool:
    """The next RUN of the stage that uses the lists brings its own."""
    later = (step for step in run.stage.steps if step.instruction.number > run.instruction.number)
    user = next((step for step in later if _uses(step)), None)
    return user is not None and not (_APT_UPDATES.isdisjoint(user.runs) and "apk update" not in user.runs)
