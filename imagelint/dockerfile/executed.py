"""Build arguments whose text a shell of the build takes for commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile.values import references
from imagelint.dockerfile.wrappers import SHELLS
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject

_SCRIPT = Lazy(r"""\s-\w*c\s+("(?:\\.|[^"\\])*"|\$\S+)""", re.DOTALL)
_PROGRAM = Lazy(r'"?\$\{?(\w+)\}?"?')
_PRINTED = Lazy(r"\$\([^()]*\)|`[^`]*`")
"""What another command prints is that command's business."""
_SINGLE = Lazy(r"'[^']*'")


def executed(command: CommandSubject) -> list[str]:
    """The arguments in `eval "... $ARG"`, `sh -c "... $ARG"` and `$ARG`: what they hold is parsed, and run."""
    if command.program == "eval":
        text = _SINGLE.sub("", command.text)
    elif command.program in SHELLS:
        found = _SCRIPT.search(command.text)
        text = found[1] if found else ""
    else:
        found = _PROGRAM.fullmatch(command.command.words[0])
        text = found[0] if found else ""
    text = _PRINTED.sub("", text)
    return [name for name in references(text) if name in command.stage.arguments] if "$" in text else []
