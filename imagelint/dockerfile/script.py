"""The tree that tree-sitter-bash makes of a shell text, walked for its simple commands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imagelint.dockerfile.grammar import bash
from imagelint.dockerfile.located import Located, Piece
from imagelint.dockerfile.model import Command
from imagelint.dockerfile.quotes import JSON, RAW, Argument, content, unquoted
from imagelint.dockerfile.wrappers import SHELLS, Inner, inner, program_name, reads_script, runs
from imagelint.lazy import Lazy
from imagelint.record import field, record

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 4
"""`sh -c "bash -c 'eval ...'"`: how deep bodies inside bodies are looked into."""
MAX_WRAPPERS = 16
"""sudo env nice timeout ...: a longer chain is written to hurt."""
MAX_HEAD = 50
"""`a | ((((b))))`: how deep the program is looked for that a pipe leads into."""
MAX_SHARED = 8
"""Redirections of a compound command that each command in it is told of."""
PLACEHOLDER = "\ue000"
"""Stands for a here-document's operator while a line is parsed: `<<-'EOF'` becomes `<` and this, repeated."""

_REMARK = Lazy(r"`#[^`\n]*`")
"""A remark in the middle of a command. The grammar lets it go on to the end of the line."""
_LEAVES = frozenset(
    "word raw_string ansi_c_string number comment variable_name string_content heredoc_start heredoc_end".split()
)
_TOKENS = frozenset({"==", "=~", "=", "!=", "$"})
_SIMPLE = frozenset(
    "command list pipeline negated_command redirected_statement declaration_command unset_command test_command".split()
)
_NO_ARGUMENTS = frozenset({"variable_assignment", "herestring_redirect", "file_redirect", "heredoc_redirect"})
_FROM_FILE, _TO_FILE = frozenset({"<", "<>"}), frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})


@record
class Redirects:
    """Redirections behind a simple command."""

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    bodies: list[Located] = field(default_factory=list)
    """Here-documents."""
    arguments: list[Argument] = field(default_factory=list)
    """Words behind a redirection: in `echo a > file b` the grammar counts b to the redirection."""
    end: int = 0
    """Where the last of them ends; 0 when there is none."""

    def take(self, other: Redirects) -> None:
        """Add the others."""
        self.reads += other.reads
        self.writes += other.writes
        self.bodies += other.bodies
        self.arguments += other.arguments
        self.end = max(self.end, other.end)


@record
class Around:
    """What a node's surroundings mean for the commands in it."""

    pipes_to: str = ""
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    """Of the compound command around: they count for all commands in it."""
    own: Redirects | None = None
    """These count for the last simple command only."""
    feeds: str = ""
    """The program that gets what a `$(...)` or `<(...)` in this node prints."""

    def inside(self) -> Around:
        """The same for the commands of a compound one."""
        reads, writes = (self.own.reads[:MAX_SHARED], self.own.writes[:MAX_SHARED]) if self.own else ((), ())
        return Around(self.pipes_to, reads or self.reads, writes or self.writes)


ALONE = Around()


class Walk:
    """Collects the commands of one instruction."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.words: list[tuple[Located, list[Argument]]] | None = None
        """Where wanted, the words of each command, and the text that they stand in."""
        self.pipes = False
        self.cuts: list[str] = []
        """Why not every command was looked into."""
        self.bodies: dict[int, Located] = {}
        """Here-documents of the Dockerfile, by the place of their placeholder in the line."""

    def script(
        self, where: Located, wrapper: str = "", depth: int = 0, around: Around = ALONE, masked: str = ""
    ) -> None:
        """All commands of a shell text. masked: the same text, as long, to parse in its stead."""
        _Script(self, where, wrapper, depth).run(around, masked)

    def listed(self, where: Located, arguments: list[Argument]) -> None:
        """JSON form: one command, and what it runs."""
        if arguments[0].value:
            _Script(self, where, "", 0).add(arguments, {}, ALONE, " ".join(argument.value for argument in arguments))


class _Script:
    """One text and its tree."""

    def __init__(self, walk: Walk, where: Located, wrapper: str, depth: int) -> None:
        self.walk, self.where, self.wrapper, self.depth = walk, where, wrapper, depth
        self.data = b""
        self.wide: list[int] = []
        """Where in data the further bytes of each character stand."""
        self.stack: list[tuple[Node, Around]] = []

    def run(self, around: Around, masked: str) -> None:
        """Visit every node once, in text order. No recursion: `a && b && ...` nests as deep as it is long."""
        from tree_sitter import Parser  # heavy: only when a run needs it

        text = masked or self.where.text
        if "`#" in text:
            text = _REMARK.sub(lambda match: " " * len(match[0]), text)
        self.data = text.encode()
        if not text.isascii():
            self.wide = [place for place, byte in enumerate(self.data) if byte & 0xC0 == 0x80]
        self.stack.append((Parser(bash()).parse(self.data).root_node, around))
        while self.stack:
            node, around = self.stack.pop()
            kind = node.type
            if kind == "command":
                self.command(node, around)
            elif kind == "pipeline":
                self.pipeline(node, around)
            elif kind == "redirected_statement":
                self.redirected(node, around)
            elif kind in ("declaration_command", "unset_command", "test_command"):
                self.builtin(node, around)
            elif kind == "list":
                self.push(node.named_children, around, Around(around.pipes_to, around.reads, around.writes))
            elif kind in ("command_substitution", "process_substitution"):
                self.push(node.named_children, Around(around.feeds))
            elif kind not in _LEAVES:
                self.push(node.named_children, around.inside() if around.own and kind not in _SIMPLE else around)

    def push(self, nodes: list[Node], last: Around, others: Around | None = None) -> None:
        for number in range(len(nodes) - 1, -1, -1):
            self.stack.append((nodes[number], last if others is None or number == len(nodes) - 1 else others))

    def place(self, byte: int) -> int:
        """The character that begins at a byte."""
        return byte - bisect_left(self.wide, byte) if self.wide else byte

    def source(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def argument(self, node: Node) -> Argument:
        start, end = self.place(node.start_byte), self.place(node.end_byte)
        if node.type == "concatenation":
            parts = tuple(self.argument(part) for part in node.children)
            return Argument("".join(part.value for part in parts), start, end, "+", parts)
        value, quote = unquoted(node.type, self.source(node))
        return Argument(value, start, end, quote)

    def pipeline(self, node: Node, around: Around) -> None:
        self.walk.pipes = True
        parts = [part for part in node.named_children if part.type != "comment"]
        for number in range(len(parts) - 1, -1, -1):
            last = number == len(parts) - 1
            self.stack.append((parts[number], around if last else Around(self.head(parts[number + 1]))))

    def head(self, node: Node) -> str:
        """The program that a pipe into this node reaches; empty when it is not found near."""
        for _ in range(MAX_HEAD):
            if node.type == "command":
                return runs([argument.value for argument in self.arguments(node, [])])
            child = next((part for part in node.named_children if part.type not in ("comment", "variable_name")), None)
            if child is None:
                return ""
            node = child
        self.walk.cuts.append(f"what a pipe leads into is looked for {MAX_HEAD} brackets deep")
        return ""

    def redirected(self, node: Node, around: Around) -> None:
        """Behind a list or pipeline, redirections belong to its last command, behind a compound one to all in it."""
        parts = node.named_children
        body = node.child_by_field_name("body")
        own = Redirects()
        for part in parts:
            if part.type == "file_redirect":
                self.redirect(part, own)
            elif part.type == "heredoc_redirect":
                self.heredoc(part, own)
                heads = [self.head(child) for child in part.named_children if child.type == "pipeline"]
                if heads:
                    around = Around(heads[0])
        self.push([part for part in parts if part != body], ALONE)
        if body is None:
            return
        if around.own:
            own.take(around.own)
        around = Around(around.pipes_to, around.reads, around.writes, own)
        if body.type not in _SIMPLE:
            around = around.inside()
            if max(len(own.reads), len(own.writes)) > MAX_SHARED:
                self.walk.cuts.append(f"commands between brackets are told of {MAX_SHARED} files they read or write")
        self.stack.append((body, around))

    def redirect(self, node: Node, into: Redirects) -> None:
        """`> file`, `2>> file`, `< file`, with the words behind it; of `2>&1` nothing."""
        operator = next((part.type for part in node.children if not part.is_named), "")
        targets = [self.argument(part) for part in node.named_children if part.type != "file_descriptor"]
        into.end = max(into.end, self.place(node.end_byte))
        if not targets:
            return
        file = targets[0].value
        into.arguments += targets[1:]
        if file.startswith(PLACEHOLDER):
            body = self.walk.bodies.get(self.place(node.start_byte))
            into.bodies += [body] if body else []
            return
        if operator in _FROM_FILE:
            into.reads.append(file)
        if operator in _TO_FILE and not (operator == ">&" and file.isdigit()):
            into.writes.append(file)

    def heredoc(self, node: Node, into: Redirects) -> None:
        """`<<NAME`, and the redirections behind it on its line."""
        for part in node.named_children:
            if part.type == "file_redirect":
                self.redirect(part, into)
            elif part.type == "heredoc_start":
                into.end = max(into.end, self.place(part.end_byte))
            elif part.type == "heredoc_body":
                into.bodies.append(self.where.cut(self.place(part.start_byte), self.place(part.end_byte)))
            elif part.type in ("word", "string", "raw_string", "concatenation"):
                into.arguments.append(self.argument(part))

    def arguments(self, node: Node, nested: list[Node]) -> list[Argument]:
        """Program and arguments of a command node; nodes that may hold further commands are added to nested."""
        found: list[Argument] = []
        for part in node.children:
            kind = part.type
            if kind == "command_name":
                part = part.named_children[0] if part.named_child_count else part
                kind = part.type
            if kind in _NO_ARGUMENTS:
                nested.append(part)
            elif part.is_named or kind in _TOKENS:
                if kind not in ("comment", "ERROR"):
                    found.append(self.argument(part))
                    if len(found) > 1 and found[-2].end == found[-1].start:
                        found[-2:] = [_joined(*found[-2:])]
                if kind not in _LEAVES and part.is_named:
                    nested.append(part)
        return found

    def command(self, node: Node, around: Around) -> None:
        nested: list[Node] = []
        arguments = self.arguments(node, nested)
        own = around.own or Redirects()
        assignments: dict[str, str] = {}
        for part in nested:
            if part.type == "variable_assignment":
                name, _, value = self.assignment(part).partition("=")
                assignments[name.rstrip("+")] = value
            elif part.type == "file_redirect":
                self.redirect(part, own)
        if own.arguments:
            arguments = sorted([*arguments, *own.arguments], key=lambda argument: argument.start)
        start, end = self.place(node.start_byte), max(self.place(node.end_byte), own.end)
        own.end = end
        around = Around(around.pipes_to, around.reads, around.writes, own)
        scripts: list[int] = []
        if arguments and not _has_no_name(node):
            scripts = self.add(arguments, assignments, around, self.where.clean(start, end), start)
        self.substitutions([part for part in nested if self.place(part.start_byte) not in scripts], arguments)

    def substitutions(self, nodes: list[Node], arguments: list[Argument]) -> None:
        """What stands in `$(...)` and `<(...)`: sh <(curl ...) and sh -c "$(curl ...)" are pipes in other words."""
        program = program_name(arguments[0].value) if arguments else ""
        for part in reversed(nodes):
            kind, around = part.type, ALONE
            if kind == "process_substitution" and self.data.startswith(b"<(", part.start_byte):
                around = Around(feeds=program)
            elif self.wrapper and arguments and self.place(part.start_byte) == arguments[0].start:
                around = Around(feeds=self.wrapper)
            self.stack.append((part, around))

    def assignment(self, node: Node) -> str:
        parts = node.named_children
        name = self.source(parts[0]) if parts else ""
        return f"{name}={self.argument(parts[1]).value if len(parts) > 1 else ''}"

    def builtin(self, node: Node, around: Around) -> None:
        """export A=b, unset A, [ -f a ]: commands like others, but the grammar knows them."""
        parts = node.children
        if node.type == "test_command":
            values = self.source(node).split()
        else:
            values = [
                self.assignment(part) if part.type == "variable_assignment" else self.argument(part).value
                for part in parts
            ]
        own = around.own or Redirects()
        start, end = self.place(node.start_byte), max(self.place(node.end_byte), own.end)
        own.end = end
        arguments = [Argument(value, start, end, RAW) for value in values]
        if arguments:
            around = Around(around.pipes_to, around.reads, around.writes, own)
            self.add(arguments, {}, around, self.where.clean(start, end), start)
        self.push([part for part in parts if part.is_named and part.type not in _LEAVES], ALONE)

    def add(
        self, arguments: list[Argument], assignments: dict[str, str], around: Around, text: str, start: int = -1
    ) -> list[int]:
        """A command, and what it runs by its arguments. Returns where the arguments begin that were read as scripts."""
        own = around.own or Redirects()
        end = own.end or arguments[-1].end
        start = arguments[0].start if start < 0 else start
        wrapper = self.wrapper
        scripts: list[int] = []
        waiting = [(arguments, assignments, text, start, end, wrapper)]
        for _ in range(MAX_WRAPPERS):
            if not waiting:
                break
            arguments, assignments, text, start, end, wrapper = waiting.pop(0)
            words = [argument.value for argument in arguments]
            span = self.where.span(start, end)
            reads, writes = [*(own.reads or around.reads)], [*(own.writes or around.writes)]
            self.walk.commands.append(Command(words, text, span, assignments, reads, writes, around.pipes_to, wrapper))
            if self.walk.words is not None:
                self.walk.words.append((self.where, arguments))
            name = program_name(words[0])
            reader = name if reads_script(words) else around.pipes_to if words == ["cat"] else ""
            if reader in SHELLS:
                for body in own.bodies:
                    self.nested(body, reader, around)
            for found in inner(words):
                if found.script:
                    scripts += self.run_script(arguments[found.start : found.end], name, around)
                else:
                    waiting.append(self.inner_command(arguments, found, name, end))
        if waiting:
            self.walk.cuts.append(
                f"commands that run commands (sudo env nice ...) are looked into {MAX_WRAPPERS} times"
            )
        return scripts

    def inner_command(
        self, arguments: list[Argument], found: Inner, name: str, end: int
    ) -> tuple[list[Argument], dict[str, str], str, int, int, str]:
        part = arguments[found.start : found.end]
        end = end if found.end == len(arguments) else part[-1].end
        assignments = {key: value for key, _, value in (word.partition("=") for word in found.assignments)}
        json = part[0].quote == JSON
        text = " ".join(argument.value for argument in part) if json else self.where.clean(part[0].start, end)
        return part, assignments, text, part[0].start, end, name

    def run_script(self, arguments: list[Argument], name: str, around: Around) -> list[int]:
        pieces: list[Piece] = []
        for argument in arguments:
            text = content(self.where, argument)
            pieces += [(*self.where.at(argument.start), " ")] if pieces else []
            pieces += text.pieces(0, len(text.text))
        self.nested(Located(pieces), name, around)
        return [argument.start for argument in arguments]

    def nested(self, where: Located, name: str, around: Around) -> None:
        if self.depth < MAX_DEPTH:
            wrapper = name if name in SHELLS or name == "eval" else self.wrapper or name
            self.walk.script(where, wrapper, self.depth + 1, Around(around.pipes_to))
        else:
            self.walk.cuts.append(f"shells inside shells are looked into {MAX_DEPTH} deep")


def _has_no_name(command: Node) -> bool:
    """Its program is what another command prints, or missing: there is no name to put a rule to."""
    name = command.child_by_field_name("name")
    while name is not None and name.named_child_count == 1 and name.type in ("command_name", "string"):
        name = name.named_children[0]
    return name is not None and (name.type == "command_substitution" or name.start_byte == name.end_byte)


def _joined(first: Argument, second: Argument) -> Argument:
    """Of `v$A/b-$A-c` the grammar makes two words, though no blank stands between them."""
    return Argument(first.value + second.value, first.start, second.end, "+", (first, second))
