"""A target's text, made harmless for each place that it is shown in.

What a target says may hold terminal sequences, bidirectional overrides, invisible characters or bytes that are no text.
Here they become visible escapes; secrets were masked before (secrets/redact.py).
"""

from __future__ import annotations

from imagelint.lazy import Lazy

INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
"""What Unicode counts as letters, marks or symbols and shows nothing: joiners, fillers, variation selectors.
Everything else that is invisible (controls, formats, surrogates, unassigned) is not printable for Python."""
NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
COMMAND = Lazy(r"(?<=#)#(?=\w*\[)")
"""What makes a command for a build server, anywhere in its log: ##[ (GitHub), ##vso[ (Azure), ##teamcity[."""
MARKED = Lazy(r"[\\\[\]]")
SURROGATE = Lazy("[\ud800-\udfff]")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=@")
"""Of a path segment, RFC 3986 section 3.3, without the colon, which would make a scheme of what stands ahead of it."""
PLAIN = Lazy(r"[A-Za-z0-9._~-]+")
"""A segment that needs no escapes, as most are."""


def visible(text: str) -> str:
    """The text on one line, with nothing in it that a screen would not show, or a build server would obey."""
    if not (text.isascii() and text.isprintable()):
        text = "".join([char if char.isprintable() and char not in INVISIBLE else escaped(char) for char in text])
    return COMMAND.sub(r"\\x23", text) if "##" in text else text


def escaped(char: str) -> str:
    r"""One character as an escape: `\x1b`, `\u202e`, `\U000e0041`; an undecodable byte as `\xff`."""
    code = ord(char)
    if char in NAMED:
        return NAMED[char]
    if 0xDC80 <= code <= 0xDCFF:  # os.fsdecode and friends keep a byte that is no text there (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def encodable(text: str) -> str:
    """The text as it is, but for surrogates, which no UTF-8 can hold."""
    return text if text.isascii() else SURROGATE.sub(lambda found: escaped(found[0]), text)


def no_command(line: str) -> str:
    """A line of a log that does not begin with `::`, which GitHub Actions would obey, blanks ahead of it or not."""
    blanks = len(line) - len(line.lstrip())
    return f"{line[: max(blanks - 1, 0)]}\\{line[blanks:]}" if line.startswith("::", blanks) else line


def json_without_commands(text: str) -> str:
    """JSON text that means the same, and holds no command of a build server; `##[` can only stand in a string there."""
    return COMMAND.sub(r"\\u0023", text) if "##" in text else text


def brief(text: str, limit: int = 400) -> str:
    """The text, visible, as long as a reader will read: a path may have 4,096 characters, created_by a megabyte."""
    return shorten(visible(shorten(text, limit)), limit)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters (4 or more): the middle gives way."""
    if len(text) <= limit:
        return text
    head = (limit - 3) * 2 // 3
    return text[:head] + "..." + text[len(text) - (limit - 3 - head) :]


def sarif_message(text: str) -> str:
    """For a SARIF message, where `[text](1)` is a link (SARIF 2.1.0 section 3.11.6), which a target may not make."""
    text = visible(text)
    if "[" in text or "]" in text or "\\" in text:
        text = MARKED.sub(r"\\\g<0>", text)
    return text


def uri_path(path: str) -> str:
    """A path as a relative URI reference that stays below its base: no scheme, no leading slash, no `..`."""
    return "/".join(map(_percent, segments(path)))


def segments(path: str) -> list[str]:
    """The segments of a path that stays below its base: none is empty, `.` or `..`."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == ".." and kept:
            kept.pop()
        elif segment not in ("", ".", ".."):
            kept.append(segment)
    return kept


def _percent(segment: str) -> str:
    if PLAIN.fullmatch(segment):
        return segment
    try:
        raw = segment.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        raw = encodable(segment).encode()
    return "".join([chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in raw])
