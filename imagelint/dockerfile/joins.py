"""What joins a command to the next one, and whether anybody notices when it fails."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from imagelint.dockerfile.wrappers import SHELLS
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject

_OPERATOR = Lazy(r"\s*(&&|\|\||\|&?|;;?|&|\)|\})")
_WORD = Lazy(r"\s*([^\s;&|()]+)")
_CONDITION = Lazy(r"(?:^|[\s;&|({])(?:if|elif|while|until|!)\s+$")
_CLOSING = frozenset(("then", "do", "fi", "done", "esac", "}"))
"""Behind these words the status is a condition's, or goes on to whoever looks at the whole."""
_SUCCEEDS = frozenset(("true", ":", "echo", "printf", "/bin/true"))
_CANNOT_FAIL = frozenset(
    "echo printf export set : true umask local readonly shopt unset trap declare typeset test [ [[ exit return".split()
)
"""Commands of a script that do not fail, or whose status is the script's own business."""
_COMMANDS = 2000
"""Commands of a script that are looked at."""
_LINES = 20
"""Lines of comments and blanks behind a command that are looked over for its operator."""


def followed_by(command: CommandSubject) -> tuple[str, str]:
    """(operator, the word behind it): of `a || true` ("||", "true"); a line end is "\n", the end of the RUN ""."""
    file, span = command.dockerfile.file, command.command.span
    escape = file.directives.get("escape", "\\")
    inner, last = command.instruction.instruction.span.end_line, _last_line(command.instruction)
    text = file.lines[span.end_line - 1][span.end_column - 1 :]
    rest: list[str] = []
    for number in range(span.end_line, min(span.end_line + _LINES, last) + 1):
        stripped = text.strip()
        dropped = number > span.end_line and (stripped.startswith("#") or (not stripped and number <= inner))
        folded = stripped.endswith(escape) or dropped
        if not dropped:
            rest.append(stripped.removesuffix(escape))
            if not folded:
                break
        if number >= last:
            break
        text = file.lines[number]
    joined = " ".join(rest)
    if not joined.strip() or joined.lstrip().startswith("#"):
        return ("\n" if number < last else ""), ""
    found = _OPERATOR.match(joined)
    if not found:
        return "", ""
    word = _WORD.match(joined, found.end())
    return found[1], word[1] if word else ""


def _last_line(run: InstructionSubject) -> int:
    data = run.instruction
    return max([data.span.end_line, *(heredoc.span.end_line for heredoc in data.heredocs)])


def failure_ignored(command: CommandSubject) -> bool:
    """`a || true`; or `a; b` and lines of a script, where no `set -e` is in force."""
    operator, word = command.followed_by
    if operator == "||":
        return word in _SUCCEEDS
    if operator == ";" and word in _CLOSING:
        return False
    if operator not in (";", "\n", "&") or (operator in (";", "\n") and command.last):
        return False
    span = command.command.span
    ahead = command.dockerfile.file.lines[span.line - 1][: span.column - 1]
    return not _CONDITION.search(ahead) and not _exits(command)


def _exits(command: CommandSubject) -> bool:
    """`set -e`, or a shell that was started with -e, is in force."""
    switches = command.instruction.exit_switches
    at = bisect_left(switches, (command.number, False)) - 1
    return switches[at][1] if at >= 0 else False


def exit_switches(run: InstructionSubject) -> list[tuple[int, bool]]:
    """From which command on a failure ends the RUN, and from which on it does not; -1 stands for its very start."""
    shebangs = (heredoc.body.partition("\n")[0] for heredoc in run.instruction.heredocs)
    words = [word for line in shebangs if line.startswith("#!") for word in line.split()[1:]]
    found = [(-1, any(_has_e(word) for word in (*run.instruction.shell[1:], *words)))]
    for command in run.subjects:
        if command.program == "set":
            words = [word for word in command.args if _has_e(word) or word in ("+e", "+ex")]
            found += [(command.number, word[0] != "+") for word in words[-1:]]
        elif command.program in SHELLS and any(_has_e(word) for word in command.flags):
            found.append((command.number, True))
    return found


def _has_e(word: str) -> bool:
    return word == "errexit" or (word[:1] == "-" and word[1:2] != "-" and "e" in word[1:])


def first_ignored(run: InstructionSubject) -> str:
    """The first command of a script in a here-document whose failure nobody notices; empty when there is none."""
    words = run.instruction.words
    if not run.instruction.heredocs or not words or not words[0].raw.startswith("<<"):
        return ""
    for command in run.subjects[:_COMMANDS]:
        if command.program not in _CANNOT_FAIL and command.followed_by[0] != "||" and command.failure_ignored:
            return command.text.partition("\n")[0]
    return ""
