"""The shell scripts of a Dockerfile as ShellCheck reads them: what the build or the container hands to a shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagelint.dockerfile.located import Located, Piece
from imagelint.dockerfile.model import Dockerfile, Heredoc, Instruction, Span
from imagelint.dockerfile.normalise import uncontinued
from imagelint.dockerfile.shell_header import DIALECTS, DISABLE, Known, covers, header
from imagelint.dockerfile.wrappers import SHELLS, program_name, reads_script
from imagelint.lazy import Lazy

_OPERATOR = Lazy(r"\d*<<-?[ \t]*(['\"]?)([^\s'\"<>|&;()]+)\1[ \t]*")
_SHEBANG = Lazy(r"#!\s*(\S+)([^\n]*)")
_LINE_END = Lazy(r"\n")
_DIRECTIVE = Lazy(r"(#[ \t]*)shellcheck\b")


class Script:
    """One shell script: its text, and our lines ahead of it, of which the first is a directive of ShellCheck's."""

    def __init__(self, body: Located, header: str, instruction: Instruction) -> None:
        self.body, self.header, self.instruction = body, header, instruction
        self._starts: list[int] = [0, *(match.end() for match in _LINE_END.finditer(body.text))]

    @property
    def runtime(self) -> bool:
        """It runs in the container, where anybody may set a variable."""
        return self.instruction.keyword != "RUN"

    @property
    def has_directives(self) -> bool:
        """Its comments may say what ShellCheck is to keep back."""
        return "shellcheck" in self.body.text

    def text(self, *, directives: bool) -> str:
        """What ShellCheck reads; without directives it is as long, and no comment of it says anything to ShellCheck."""
        first, _, rest = f"{self.header}{self.body.text}\n".partition("\n")
        if not directives and self.has_directives:
            rest = _DIRECTIVE.sub(r"\1shellchecx", rest)
        return f"{first}\n{rest}"

    def line(self, number: int) -> int:
        """Which line of the body a line of the text is, from 0; below 0 for our own."""
        return number - 1 - self.header.count("\n")

    def offset(self, line: int, column: int) -> int:
        """The place in the body of a line and column of the text."""
        number = self.line(line)
        if number >= len(self._starts):
            return len(self.body.text)
        return min(self._starts[max(number, 0)] + column - 1, len(self.body.text))

    def directive(self, line: int, code: int) -> int:
        """The line of the Dockerfile with the comment that keeps a remark on this line of the text quiet."""
        lines = self.body.text.split("\n")[: self.line(line) + 1]
        for number in range(len(lines) - 1, -1, -1):
            match = DISABLE.fullmatch(lines[number])
            if match and covers(match[1], code):
                return self.body.span(self._starts[number], self._starts[number]).line
        place = self.offset(line, 1)
        return self.body.span(place, place).line


def scripts(file: Dockerfile) -> Iterator[Script | str]:
    """Every script in file order; for one in a shell that ShellCheck does not know, the name of that shell.

    What is no script of a Bourne shell (JSON forms, PowerShell, cmd, a here-document for Python) is none.
    """
    known = Known(file)
    for instruction in file.instructions:
        known.take(instruction)
        words = instruction.words
        if instruction.keyword == "HEALTHCHECK":
            words = words[1:] if words and words[0].raw.upper() == "CMD" else []
        elif instruction.keyword not in ("RUN", "CMD", "ENTRYPOINT"):
            continue
        if instruction.form != "shell" or not words:
            continue
        shell, options = _shell(instruction.shell)
        if not shell:
            continue
        where = Located(_lines(file, words[0].span, file.directives.get("escape", "\\")))
        body, own, letters = _body(file, where, instruction.heredocs)
        if own == "":
            continue
        if own is not None:
            shell, options = own, letters
        if shell not in DIALECTS:
            yield shell
            continue
        if body.text.strip():
            declared = known.declared(body.text, instruction)
            yield Script(body, header(body.text, DIALECTS[shell], options, declared), instruction)


def _lines(file: Dockerfile, span: Span, escape: str) -> Iterator[Piece]:
    """The lines of a span as the shell gets them: continuations joined, comments and empty lines between them gone."""
    for number in range(span.line, span.end_line + 1):
        line = file.lines[number - 1]
        start = span.column - 1 if number == span.line else 0
        if number > span.line and (not line.strip() or line.lstrip().startswith("#")):
            continue
        text = line[: span.end_column - 1] if number == span.end_line else uncontinued(line, escape)[0]
        yield number, start + 1, text[start:]


def _shell(words: Sequence[str]) -> tuple[str, list[str]]:
    """The shell of SHELL, and the words behind it; no name where it is none of Bourne's family."""
    for number, word in enumerate(words):
        if (name := program_name(word.lower())) in SHELLS:
            return name, list(words[number + 1 :])
    return "", []


def _body(file: Dockerfile, where: Located, heredocs: list[Heredoc]) -> tuple[Located, str | None, list[str]]:
    """The script, and, where its shell is not that of SHELL, which one it is (empty: none) and with which options."""
    if not heredocs:
        return where, None, []
    operator = next((m for m in _OPERATOR.finditer(where.text) if m[2] == heredocs[0].name), None)
    if len(heredocs) == 1 and operator and operator.end() == len(where.text):
        head = where.text[: operator.start()].split()
        inner = Located(_heredoc(file, heredocs[0], heredocs[0].strip_tabs))
        if not head:
            return _interpreted(inner)
        if operator[1] and reads_script(head):  # without quotes the outer shell fills in variables first
            return inner, program_name(head[0]), head[1:]
    pieces = where.pieces(0, len(where.text))
    for heredoc in heredocs:
        end = heredoc.span.line + heredoc.body.count("\n")
        pieces += [(pieces[-1][0], pieces[-1][1] + len(pieces[-1][2]), "\n"), *_heredoc(file, heredoc, False)]
        pieces.append((min(end, len(file.lines)), 1, heredoc.name))
    return Located(pieces), None, []


def _heredoc(file: Dockerfile, heredoc: Heredoc, untabbed: bool) -> Iterator[Piece]:
    for number in range(heredoc.span.line, heredoc.span.line + heredoc.body.count("\n")):
        line = file.lines[number - 1]
        text = line.lstrip("\t") if untabbed else line
        yield number, len(line) - len(text) + 1, f"{text}\n"


def _interpreted(script: Located) -> tuple[Located, str | None, list[str]]:
    """A lone here-document: its first line may name the shell, as it does for any file."""
    match = _SHEBANG.match(script.text)
    if not match:
        return script, None, []
    words = [match[1], *match[2].split()]
    if program_name(words[0]) == "env":
        words = [word for word in words[1:] if word != "-S"]
    name = program_name(words[0]) if words else ""
    # Not the first line any more, so that it must be a comment; as long, so that columns stay.
    first = Located([(line, column, text) for line, column, text in script.pieces(0, len(script.text))])
    first.text = f"# {first.text[2:]}"
    return first, name if name in SHELLS else "", words[1:]
