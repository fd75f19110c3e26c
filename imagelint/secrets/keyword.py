"""Reading `name = value` in any dress: shells, INI, YAML, JSON, XML attributes and elements, PHP defines,
command-line flags.

A regular expression finds the name and the sign behind it; the value is then read by hand, so that quotes and
escapes come out right and the time stays linear. What is read here is a candidate at most: filters.py decides, and
the bridge to detect-secrets gives a second opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imagelint.lazy import Lazy
from imagelint.record import record
from imagelint.secrets.kinds import CERTAIN
from imagelint.secrets.names import is_secret_name

VALUE_LIMIT = 4096
"""Characters of a value that are read; a mask goes on to the end of a longer one all the same."""

_NAME = 64
"""Characters of a name on each side of its root."""
_ROOTS = ("pass", "pwd", "secret", "token", "cred", "key", "_pw", "dpw", "tpw", "psk", "masterauth", "authtok")
"""Every secret's name holds one of these; names.py decides on the whole name."""

_BLOCK = 1 << 16
_REST_OF_NAME = Lazy(r"[\w.-]{0,256}", re.ASCII)
_BEHIND = Lazy(
    r"""(?P<close>(?:\\{0,3}["'\]]){0,2})(?:\[\d{0,6}\])?
    (?P<sign>[ \t]{0,8}(?::[ \t]{0,4}(?:&'static[ ])?[&\w<>\[\]|?.]{1,40}[ \t]{1,4}=(?!=)  # a type: Rust, Swift
    |,?[ \t]{0,4}(?:(?:\r?\n|\\{1,3}n)[ \t\#]{0,64})?\\{0,3}["']?value\\{0,3}["']?[ \t]{0,4}:  # two keys: Kubernetes
    |</(?:name|key)>\s{0,64}<value>(?:<string>)?  # the same in XML: Hadoop
    |=>|:=|\?=|\+=|\|\|=|!?={1,3}|:(?!:)|,|(?<=["'])[ ]value=|>)[ \t]{0,8}|[ \t]{1,8}(?=[^\s=:]))""",
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_UNQUOTED = Lazy(
    r"(?:<[^<>\n]{1,60}>|[<>&|;,)\]}](?=\w\w))?(?:\\[^\n]|\$\{[^{}\n]{0,200}\}|[^\s\\,;)\]}|&<>\"'`]|\\(?=\s)){0,4096}"
)
_REST_OF_LINE = Lazy(r"[^\r\n]{0,4096}")
_QUOTE = Lazy(r"""(?:[@rbuf$]{1,2}(?=["']))?(\\{0,3})("{3}|'{3}|["'`])""", re.IGNORECASE)
_DEFAULT = Lazy(r"\$\{\w+:?[-=](.+)\}$")
_NEXT_LINE = Lazy(r"(?:[|>][+-]?\d?[ \t]*|\\|\([ \t]*)\r?\n[ \t]*")
_WORD_ONLY = Lazy(r"[A-Z]?[a-z'-]*[.,:;!?)]*$|[^A-Za-z0-9]*$")
_DIRECTIVES = frozenset(("bindpw", "rootpw", "requirepass", "masterauth"))
"""Words of configuration files behind which the password comes without a sign."""
_ARN = Lazy(r"arn:[\w*-]{1,20}:[\w*-]{0,40}:[\w*-]{0,40}:[\w*-]{0,20}:\Z", re.ASCII)
"""Ahead of `secret:name-x1y2z3`: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
_TASK_LEFT = Lazy(r"(?:^|[\s\"'`(])(?:[a-z][a-z-]*:){1,5}\Z", re.MULTILINE)
_TASK_RIGHT = Lazy(r"[a-z]+(?:-[a-z]+)*(?=$|[\s\"'`)])")
"""Around a word in the name of a task, as rake, npm and Salesforce have them: `user:password:reset`."""
_INSTRUCTION = Lazy(r"(?:^|\n)[ \t]*ENV[ \t]+[\w.-]*\Z", re.IGNORECASE)

_SETTING = Lazy(r"(?:^|\n)[ \t]*(?:#[ \t]*define|set[ \t]+-[A-Za-z]{1,4})[ \t]+[\w.-]*\Z")
"""C's preprocessor and the fish shell set a name without a sign."""
_NAMED = ('name="', "name='", 'name=\\"', "name=\\'", 'name=\\\\\\"')
"""`<string name="db_password">...`, as Android's resources have it."""


@record
class Assignment:
    """One `name = value`; start and end are the value's. Without quotes, a mask has to cover all up to the next
    blank.
    """

    name: str
    value: str
    start: int
    end: int
    quoted: bool
    sign: str
    dropped: str = ""

    def __repr__(self) -> str:
        """Never the value."""
        return f"Assignment({self.name!r}, {self.start}..{self.end})"


def assignments(text: str, kind: str, start: int = 0, stop: int | None = None) -> Iterator[Assignment]:
    """Every assignment to a secret's name that begins in text[start:stop], those with `dropped` set included."""
    position = start
    for root, behind in _roots(text, start, len(text) if stop is None else stop):
        if root < position:
            continue
        end = _REST_OF_NAME.match(text, behind).end()
        if end - root > 2 * _NAME:  # no name, and no need to look at each root in it
            position = end - _NAME
            continue
        match = _BEHIND.match(text, end)
        if match is None:
            continue
        found = _read(text, root, match, kind)
        # Inside quotes another assignment may lie; inside a bare value `token=token=...` would be read again and again.
        position = match.end() if found is None or found.quoted else max(match.end(), found.end)
        if found is not None:
            yield found


def _roots(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each root in order; str.find is a hundred times as fast as an alternation that ignores case."""
    for begin in range(start, stop, _BLOCK):
        block = text[begin : min(stop, begin + _BLOCK + 16)]
        lower = block.lower()
        if len(lower) != len(block):  # one character in Unicode has a lower case of two
            lower = "".join(c if len(c.lower()) > 1 else c.lower() for c in block)
        found = []
        for root in _ROOTS:
            at = lower.find(root)
            while 0 <= at < _BLOCK:
                found.append((begin + at, begin + at + len(root)))
                at = lower.find(root, at + len(root))
        yield from sorted(found)


def _read(text: str, root: int, match: re.Match[str], kind: str) -> Assignment | None:
    sign = match["sign"].strip()
    if sign[-1:] in ("=", ":") and len(sign) > 3:
        sign = "="
    begin = _name_start(text, root)
    name = text[begin : match.start()].strip(".-")
    if not is_secret_name(name):
        return None
    before = text[begin - 1 : begin]
    dropped = ""
    at = match.end()
    if sign == "":
        flag = text.startswith("--", begin)
        entry = (
            name.lower() in _DIRECTIVES
            or (kind == CERTAIN and _INSTRUCTION.search(text, max(0, begin - 200), begin) is not None)
            or _SETTING.search(text, max(0, begin - 200), begin) is not None
        )
        word = _UNQUOTED.match(text, at)
        if (
            not flag
            and not entry
            and (word is None or _WORD_ONLY.match(word[0]) or match.start() > root + 12 or before == "$")
        ):
            return None
        dropped = "" if flag or entry else "prose"
    elif sign.endswith(">") and sign != "=>":
        element = before == "<" or sign != ">" or (match["close"] and text.endswith(_NAMED, 0, begin))
        if not element or text[at : at + 1] == "<":
            return None
        close = text.find("<", at, at + VALUE_LIMIT)
        return _made(name, text, at, close if close >= 0 else _line_end(text, at), True, sign, "")
    elif sign == ",":
        if not match["close"] or text[at : at + 1] not in ("'", '"'):
            return None
        flag = text.startswith("-", begin) or name.lower() in _DIRECTIVES
        dropped = "" if flag or text[max(0, begin - 8) : begin].rstrip("\\\"'").rstrip().endswith("(") else "list"
    elif sign[0] == "!" or (before == "$" and match["close"]):
        dropped = "comparison"
    elif sign == ":" and text.startswith("--- ", begin - 4):
        dropped = "test-report"
    elif before == ":" and sign == ":" and match["close"] and text.startswith("::", begin - 2):
        dropped = "type-name"
    elif before == ":" and sign == ":" and _ARN.search(text, max(0, begin - 150), begin):
        dropped = "reference"
    elif before == ":" and match["sign"] == ":" and _TASK_LEFT.search(text, max(0, begin - 100), begin):
        dropped = "identifier" if _TASK_RIGHT.match(text, at) else ""
    return _value(text, at, name, kind, sign, dropped)


def _name_start(text: str, root: int) -> int:
    begin = root
    while begin > 0 and root - begin < _NAME and ((c := text[begin - 1]).isalnum() or c in "_.-"):
        begin -= 1
    return begin


def _value(text: str, at: int, name: str, kind: str, sign: str, dropped: str) -> Assignment | None:
    below = _NEXT_LINE.match(text, at)  # a block scalar of YAML, a continued line of a shell, a parenthesis
    if below:
        at = below.end()
    quote = _QUOTE.match(text, at)
    if quote:
        begin = quote.end()
        end = _closing(text, begin, quote[1] + quote[2])
        return _made(name, text, begin, end, True, sign, dropped)
    if below:
        return _made(name, text, at, _line_end(text, at), False, sign, dropped)
    whole_line = kind == CERTAIN and not dropped and _is_line(text, at, name)
    found = (_REST_OF_LINE if whole_line else _UNQUOTED).match(text, at)
    if not found or not found[0]:
        return None
    return _made(name, text, at, found.end(), False, sign, dropped)


def _made(name: str, text: str, start: int, end: int, quoted: bool, sign: str, dropped: str) -> Assignment | None:
    value = text[start : min(end, start + VALUE_LIMIT)]
    if default := _DEFAULT.match(value):
        start, value = start + default.start(1), default[1]
    if not quoted:
        value = value.rstrip()
    if not value.strip():
        return None
    return Assignment(name, value, start, start + len(value), quoted, sign, dropped)


def _closing(text: str, begin: int, quote: str) -> int:
    """Where the closing quote stands, or the end of the line; a quote behind a backslash more than the opening one
    is text.
    """
    at = begin
    if quote == "`" and "`" not in text[begin : _line_end(text, begin)]:
        quote = "'"  # `quoted' as TeX and old manuals have it
    limit = _line_end(text, begin) if len(quote) < 3 or "\\" in quote else min(len(text), begin + VALUE_LIMIT)
    while (found := text.find(quote, at, limit)) >= 0:
        slashes = 0
        while found - slashes > begin and text[found - slashes - 1] == "\\":
            slashes += 1
        if slashes % 2 == 0 or quote[0] == "\\":
            return found
        at = found + len(quote)
    return limit


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at, at + VALUE_LIMIT)
    return min(len(text), at + VALUE_LIMIT) if end < 0 else end


def _is_line(text: str, at: int, name: str) -> bool:
    """Whether the assignment is all that its line holds: NAME=value from the first column, as environment files have
    it, and not continued on the next line.
    """
    begin = text.rfind("\n", max(0, at - 2 * _NAME), at) + 1
    continued = text[at : _line_end(text, at)].rstrip().endswith("\\")
    return not continued and text[begin:at].removeprefix("export ") == name + "="
