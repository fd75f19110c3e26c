"""Shell text into simple commands with true places."""

from __future__ import annotations

from imagelint.dockerfile.located import Located, Piece
from imagelint.dockerfile.model import Command, Instruction
from imagelint.dockerfile.normalise import Body
from imagelint.dockerfile.quotes import JSON, Argument
from imagelint.dockerfile.script import PLACEHOLDER, Walk
from imagelint.dockerfile.wrappers import SHELLS, program_name
from imagelint.lazy import Lazy

_SHEBANG = Lazy(r"#!\s*(\S+)(?:[ \t]+(\S+))?")
_WITH_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})


def commands(text: str, line: int, column: int) -> tuple[list[Command], bool]:
    """The simple commands of a shell text that begins at line, column; and whether a pipe is among them."""
    lines = [
        (line + number, 1 if number else column, piece + "\n")
        for number, piece in enumerate(text.removesuffix("\n").split("\n"))
    ]
    walk = Walk()
    walk.script(_unfold(lines))
    return walk.commands, walk.pipes


def walked(lines: list[Piece]) -> Walk:
    """A script, given by its lines with their line ends, with the words of every command."""
    walk = Walk()
    walk.words = []
    walk.script(_unfold(lines))
    return walk


def fill(
    instruction: Instruction, where: Located, start: int, strings: list[tuple[int, int]], bodies: list[Body]
) -> list[str]:
    """Set commands and pipes of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD; why not all of them were read.

    The command is where.text[start:]. strings: the places of its JSON strings, quotes included. bodies: its heredocs.
    """
    words = instruction.words
    if instruction.keyword == "HEALTHCHECK":
        words = words[1:] if words and words[0].raw.upper() == "CMD" else []
    if not words or instruction.keyword not in _WITH_COMMANDS:
        return []
    walk = Walk()
    if instruction.form == "json":
        arguments = [Argument(word.value, *place, JSON) for word, place in zip(words, strings, strict=True)]
        walk.listed(where, arguments)
    elif is_posix(instruction.shell):
        _shell_form(walk, where, start, bodies)
    instruction.commands, instruction.pipes = walk.commands, walk.pipes
    return walk.cuts


def is_posix(shell: tuple[str, ...]) -> bool:
    """Some word of SHELL names a shell whose language this is: ["/bin/bash", "-c"], ["conda", "run", "bash", "-c"]."""
    return any(program_name(word.lower()) in SHELLS for word in shell)


def _shell_form(walk: Walk, where: Located, start: int, bodies: list[Body]) -> None:
    """A lone here-document is the script itself; otherwise the shell gets the line and each command its own."""
    text = where.text
    if len(bodies) == 1 and (bodies[0].operator.start, bodies[0].operator.end) == (start, len(text)):
        script = _unfold(bodies[0].where)
        if _for_a_shell(script.text):
            walk.script(script)
        return
    masked, done = [], start
    for body in bodies:
        operator = body.operator
        walk.bodies[operator.start - start] = _unfold(body.where)
        masked += [text[done : operator.start], "<", PLACEHOLDER * (operator.end - operator.start - 1)]
        done = operator.end
    walk.script(where.cut(start, len(text)), masked="".join([*masked, text[done:]]) if bodies else "")


def _for_a_shell(script: str) -> bool:
    """The first line names no other interpreter."""
    match = _SHEBANG.match(script)
    if not match:
        return True
    name = program_name(match[1])
    return (program_name(match[2] or "") if name == "env" else name) in SHELLS


def _unfold(lines: list[Piece]) -> Located:
    """Lines of a script with its continuations joined, as a shell does it; a comment goes on nowhere."""
    pieces: list[Piece] = []
    goes_on = False
    for line, column, text in lines:
        body = text.rstrip("\n")
        comment = not goes_on and body.lstrip().startswith("#")
        goes_on = not comment and (len(body) - len(body.rstrip("\\"))) % 2 == 1
        pieces.append((line, column, body[:-1] if goes_on else text))
    return Located(pieces)
