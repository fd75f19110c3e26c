"""From what a file's grammar says to candidates: what it says is a secret, and the filters may still turn it away."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from imagelint.secrets import filters, kinds
from imagelint.secrets.confirm import Candidate
from imagelint.secrets.structured import clusters, commands, databases, stores, tables
from imagelint.secrets.structured.reading import INDEX, read
from imagelint.secrets.structured.value import HASH, Reader, Value

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Detector

LONGEST = 1 << 20
"""Bytes of a file that is read by its grammar."""
STORES = stores.READERS
"""Readers of keys and key stores, for files that begin as those do."""
BROAD = frozenset((clusters.SECRETS, commands.script, databases.URLS, tables.database, *stores.SHORT))
"""Readers for whole suffixes and for few first bytes, of whose files few have anything to read."""
_HEED = frozenset(("reference", "placeholder", "repeated", "known-example"))
"""Filters that are asked of a key or a hash too."""
_PLACES = ("/run/", "/etc/", "/var/", "/secrets/", "/vault/", "/mnt/")
"""Where files with secrets are mounted; keys in base64 may begin with a slash, too."""
_DIGITS = 6
"""Digits that are taken for a password where a grammar says so; fewer are a port or a switch."""


wanted, among = INDEX.find, INDEX.among
"""The readers for a file of this path, which nearly none has; those of many paths, each with its place."""

by_content, FIRST, START = stores.readers, stores.FIRST, stores.START
"""The readers for a file that begins so, whatever its name; what the first byte of such a file may be; how many bytes
must be there to tell."""


def readers_of(path: bytes, data: bytes) -> tuple[Reader, ...]:
    """Those that its name and its first bytes ask for."""
    return (*wanted(path), *(by_content(data[:START]) if data[:1] and data[0] in FIRST else ()))


def word(of: tuple[Reader, ...]) -> bytes:
    """What a file must hold to be worth reading: of all files in YAML and JSON, few speak of a Secret."""
    return b"Secret" if of == (clusters.SECRETS,) else b""


def worth(of: tuple[Reader, ...], data: bytes | bytearray, path: bytes) -> bool:
    """Whether reading may give anything; samples and documentation are left aside."""
    if not STORES.isdisjoint(of):
        return True
    return word(of) in data and not kinds.is_sample(path.decode("utf-8", "surrogateescape"))


def candidates(detector: Detector, of: tuple[Reader, ...], data: bytes, cut: Callable[[str], None]) -> list[Candidate]:
    """Candidates with byte offsets, dropped ones too; lines and columns are those of the file, 0 in a binary one.
    `cut` takes what was not read."""
    text = data.decode("latin-1")
    found = []
    unprintable = set()
    for value in read(of, text, cut):
        if value.text:
            unprintable.add(value.start)
        candidate = _candidate(detector, value, data)
        if candidate is not None:
            found.append(candidate)
    place(found, data, unprintable)
    return found


def place(found: list[Candidate], data: bytes, unprintable: Container[int] = ()) -> None:
    """Sort candidates and fill in the lines and columns of all that stand in the file as text."""
    found.sort(key=lambda candidate: candidate.start)
    binary = 0 in data[:8000]
    line, begin, at = 1, 0, 0
    for candidate in found:
        if binary or candidate.start in unprintable:
            continue
        if newlines := data.count(b"\n", at, candidate.start):
            line += newlines
            begin = data.rfind(b"\n", at, candidate.start) + 1
        at = candidate.start
        candidate.line, candidate.column = line, len(data[begin:at].decode("utf-8", "replace")) + 1


def _candidate(detector: Detector, value: Value, data: bytes) -> Candidate | None:
    rule = detector.by_id.get(value.rule)
    if rule is None:
        return None
    said = value.text or data[value.start : value.end].decode("utf-8", "replace")
    made = Candidate(
        rule.id, said, value.start, value.end, value.name, rule.prefix, rule.strong,
        "proved" if value.proved else "likely", value.encrypted, value.dropped, exact=True,
    )  # fmt: skip
    if not made.dropped and not value.text:
        made.dropped = _why_not(value, value.meaning or said)
    if value.meaning and not made.dropped:
        # the same value, decoded where the pass meets base64, is the same finding
        inner = next((c for c in detector.text(value.meaning[:LONGEST]) if not c.dropped), None)
        if inner is not None:
            made.rule, made.value, made.prefix, made.strong = inner.rule, inner.value, inner.prefix, inner.strong
    return made


def _why_not(value: Value, said: str) -> str:
    why = filters.why_no_password(value.name, said, kinds.CERTAIN, True)
    if not why and filters.why_no_password(value.name, said, kinds.STATED, True) == "placeholder":
        return "placeholder"  # `changeme` is what the program's own sample says
    if value.formed:
        if why == "path" and said.startswith(_PLACES):
            return why
        hashed = value.rule == HASH and said.count("$") > 1 and "{" not in said  # `$y$j9T$` begins as variables do
        return why if why in _HEED and not (hashed and why == "reference") else ""
    if why == "number" and said.isdecimal() and len(said) >= _DIGITS and "12345" not in said:
        return ""
    return why
