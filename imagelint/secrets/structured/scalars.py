"""The scalars of a JSON or YAML text, with the keys that lead to them and the place where they stand.

Read by hand, because no library tells the place: RFC 8259 in tokens, YAML 1.2 in lines (block mappings, sequences and
scalars; flow collections through the tokens of JSON). Anchors, tags and merges are passed over, never followed. What
is no JSON or YAML gives nothing, or keys that no reader asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from imagelint.lazy import Lazy
from imagelint.secrets.structured.value import Cut

MOST = 50_000
"""Scalars of one document."""
_DEPTH = 64
"""Collections inside of each other; what lies deeper is passed over."""
_KEY, _PATH = 128, 512
"""Characters of a key, and of all keys to a scalar, that are told."""
_FLOW = 1 << 16
"""Characters of a flow collection inside of YAML."""
_TOKEN = Lazy(
    r"""\{\{[^{}\n]{0,256}\}\}|\"(?:[^"\\\n]|\\.)*\"?|'(?:[^'\n]|'')*'?|[{}\[\],]|:(?=[\s"'{\[]|\Z)|(?<=["']):|\#[^\n]*"""
    r"""|[^\s{}\[\],"'#](?:[^{}\[\],\n":\s]|:(?=[^\s{}\[\],])|[ \t](?=[^\s\#:{}\[\],"]))*"""
)
_ENTRY = Lazy(
    r"(?P<key>\"(?:[^\"\\\n]|\\.){1,300}\"|'(?:[^'\n]|''){1,300}'"
    r"|(?:[^\s#,\[\]{}&*!|>'\"%@`:-]|[-:](?=\S))(?:[^:#\n]|:(?=\S)|(?<=\S)\#){0,300}?)[ \t]{0,8}:(?=\s|\Z)[ \t]*"
)
_DASH = Lazy(r"-(?:[ \t]+|(?=\r|\Z))")
_SKIP = Lazy(r"(?:[&!][^\s,{}\[\]]*[ \t]+){1,3}")
_BLOCK = Lazy(r"[|>][+\-\d]{0,3}[ \t]*(?:\#[^\n]*)?\r?\Z")
_QUOTED = Lazy(r"\"((?:[^\"\\\n]|\\.)*)|'((?:[^'\n]|'')*)")
_END = Lazy(r"(?:---|\.\.\.)(?:\s|\Z)")


class Scalar(NamedTuple):
    """text[start:end] under `path`: keys with `/` between them, `0`, `1`... for items of sequences."""

    path: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """The last key."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The path of the collection that it stands in."""
        return self.path.rpartition("/")[0]


def documents(text: str) -> Iterator[list[Scalar]]:
    """The scalars of each document of a YAML stream, or of the one of JSON. Raises Cut behind the last one when one is
    deeper or longer than what is read."""
    cut = False
    if text[:64].lstrip("\xef\xbb\xbf \t\r\n").startswith(("{", "[")):
        found, cut = _flow(text, 0, len(text), "")
        yield found
    else:
        at, lines = 0, _Lines(text)
        while at < len(text):
            if _END.match(text, at):
                yield lines.found
                cut = cut or lines.cut
                at, lines = at + 3, _Lines(text)
            at = lines.take(at)
        yield lines.found
        cut = cut or lines.cut
    if cut:
        raise Cut("a document in JSON or YAML that is too deep or too long; patterns alone were searched in its rest")


def _name(raw: str) -> str:
    return raw.strip().strip("\"'")[:_KEY].replace("/", "_")


def _flow(text: str, start: int, end: int, above: str) -> tuple[list[Scalar], bool]:
    """Scalars of a flow collection below these keys, and whether there are more. A stack of its own: depth costs an
    item of a list."""
    found: list[Scalar] = []
    cut = False
    stack: list[tuple[str, int]] = []
    """Of each open collection: the path to it, and how many items came before, or -1 in a mapping."""
    key = word = ""
    span = (0, 0)
    for token in _TOKEN.finditer(text, start, end):
        sign = token[0][:2] if token[0].startswith("{{") else token[0][0]
        if sign in ("{", "["):
            path = _place(stack, key, above)
            stack.append((path if len(stack) < _DEPTH else "", -1 if sign == "{" else 0))
            key, span = "", (0, 0)
        elif token[0] == ":":
            key, span = word, (0, 0)
        elif sign in (",", "}", "]"):
            if span != (0, 0):
                if len(found) < MOST and len(stack) <= _DEPTH:
                    found.append(Scalar(_place(stack, key, above), *span))
                else:
                    cut = True
            key, span = "", (0, 0)
            if sign != ",":
                del stack[-1:]
            elif stack and stack[-1][1] >= 0:
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
        elif sign != "#":
            quote = 1 if sign in "\"'" else 0
            closed = quote and len(token[0]) > 1 and token[0][-1] == sign
            span = (token.start() + quote, token.end() - (1 if closed else 0))
            word = _name(token[0])
    return found, cut


def _place(stack: list[tuple[str, int]], key: str, above: str) -> str:
    if not stack:
        return above
    path, number = stack[-1]
    name = key if number < 0 else str(number)
    return f"{path}/{name}"[:_PATH] if path and name else path or name


class _Lines:
    """One document of YAML, line by line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack: list[tuple[int, str | int]] = []
        """Column and key of each open collection; a number for an item of a sequence."""
        self.found: list[Scalar] = []
        self.cut = False
        """There is more than what was found."""

    def take(self, begin: int) -> int:
        """Read the line that begins here, and what belongs to it; where the next one begins."""
        text = self._text
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        at = begin
        while at < end and text[at] in " \t":
            at += 1
        if at >= end or text[at] in "#\r":
            return end + 1
        if len(self.found) >= MOST:
            self.cut = True
            return len(text)
        indent = at - begin
        while len(self._stack) < _DEPTH and (dash := _DASH.match(text, at, end)):
            self._item(indent)
            at = dash.end()
            indent = at - begin
        entry = _ENTRY.match(text, at, end)
        if entry is not None:
            self._close(indent - 1)
            if len(self._stack) >= _DEPTH:
                self.cut = True
                return end + 1
            self._stack.append((indent, _name(entry["key"])))
            at = entry.end()
        return self._value(at, end, indent)

    def _close(self, indent: int) -> None:
        """Leave the collections that stand further right."""
        while self._stack and self._stack[-1][0] > indent:
            self._stack.pop()

    def _item(self, indent: int) -> None:
        """The next item of the sequence at this column, which may be that of the key it belongs to."""
        self._close(indent)
        number: str | int = self._stack[-1][1] if self._stack and self._stack[-1][0] == indent else ""
        if isinstance(number, int):
            self._stack.pop()
            self._stack.append((indent, number + 1))
        else:
            self._stack.append((indent, 0))

    def _path(self) -> str:
        return "/".join(str(key) for _, key in self._stack)[:_PATH]

    def _value(self, at: int, end: int, indent: int) -> int:
        text = self._text
        if skip := _SKIP.match(text, at, end):
            at = skip.end()
        if at >= end or text[at] in "\r#":
            return end + 1
        if text[at] in "|>" and _BLOCK.match(text, at, end):
            return self._block(end + 1, indent)
        if text[at] in "{[" and text[at : at + 2] not in ("{{", "{%"):  # those are templates
            stop = _balanced(text, at)
            found, cut = _flow(text, at, stop, self._path())
            self.found += found
            self.cut = self.cut or cut or stop - at >= _FLOW
            following = text.find("\n", max(stop, end))
            return len(text) if following < 0 else following + 1
        if quoted := _QUOTED.match(text, at, end):
            start, stop = quoted.span(quoted.lastindex or 0)
        else:
            comments = [place for sign in (" #", "\t#") if (place := text.find(sign, at, end)) >= 0]
            start, stop = at, at + len(text[at : min([end, *comments])].rstrip())
        if start < stop:
            self.found.append(Scalar(self._path(), start, stop))
        return end + 1

    def _block(self, at: int, indent: int) -> int:
        """A block scalar: all lines that are indented deeper than its key."""
        text = self._text
        first = last = 0
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            body = text[at:end]
            depth = len(body) - len(body.lstrip(" \t\r"))
            if depth < len(body):
                if depth <= indent:
                    break
                first, last = first or at + depth, at + len(body.rstrip())
            at = end + 1
        if first < last:
            self.found.append(Scalar(self._path(), first, last))
        return at


def _balanced(text: str, at: int) -> int:
    """The end of a flow collection, or of what is looked at of it."""
    depth, limit = 0, min(len(text), at + _FLOW)
    for token in _TOKEN.finditer(text, at, limit):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "}]":
            depth -= 1
            if depth <= 0:
                return int(token.end())
    return limit
