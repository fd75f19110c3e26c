"""Entries that rules ask about, and package databases, to lists of a head, and back."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence, Set
from typing import Any

from imagelint.errors import DamagedError
from imagelint.image.databases import lasting
from imagelint.image.digests import lines
from imagelint.image.privileges import CAPABILITY
from imagelint.image.result import FORGOTTEN, Kept, LayerResult, Listed
from imagelint.image.stored_found import path_at
from imagelint.image.stored_head import Head, text_of
from imagelint.secrets.x509 import Certificate
from imagelint.stream.kept_bytes import Column
from imagelint.stream.rpm import PRIVILEGED
from imagelint.stream.tar import Entry

KEPT, LISTED = 14, 4
_TYPES = ("file", "dir", "symlink", "hardlink", "char", "block", "fifo", "other")


def dump_kept(kept: Kept, secret: Collection[int], *, whole: bool) -> list[Any]:
    """What rules ask of an entry; its other names, extended attributes and stretches of a sparse file are left out.
    `secret` has the ordinals of the files with a secret in them, whose digests nothing may tell."""
    entry = kept.entry
    digests = FORGOTTEN if kept.digests and kept.ordinal in secret and not whole else kept.digests
    capability = entry.xattrs.get(CAPABILITY)
    return [
        kept.ordinal,
        kept.replaced,
        entry.type,
        [entry.size, entry.start, entry.offset],
        entry.mode,
        entry.uid,
        entry.gid,
        entry.sparse,
        text_of(entry.link),
        capability.hex() if capability is not None else None,
        text_of(bytes(kept.content)) if kept.content is not None else None,
        "forgotten" if digests == FORGOTTEN else digests.hex(),
        [[one.subject, one.expires, one.key.hex()] for one in kept.certificates],
        text_of(entry.path),
    ]


def load_kept(head: Head, paths: Sequence[bytes]) -> Kept:
    """What `dump_kept` wrote."""
    ordinal, replaced = head.number(1, len(paths)), head.number(0, len(paths))
    kind, sizes = head.text(_TYPES), Head(head.next(), 3)
    size, start, offset = sizes.number(), sizes.number(), sizes.number()
    mode, uid, gid, sparse = head.number(), head.number(), head.number(), head.number(-1)
    link, capability, content = head.raw(), head.next(), head.next()
    xattrs = {CAPABILITY: _hex(capability)} if capability is not None else {}
    digests = head.text()
    known = FORGOTTEN if digests == "forgotten" else Head([digests]).digits(0, len(FORGOTTEN))
    certificates = [Certificate(one.text(), one.text(), _hex(one.text())) for one in head.lists(3)]
    path = head.raw()
    if path != path_at(paths, ordinal):
        raise DamagedError("an entry is called otherwise in their columns")
    entry = Entry(path, path, kind, size, mode, uid, gid, link, xattrs, start, offset, sparse)
    body = bytearray(Head([content]).raw()) if content is not None else None
    return Kept(entry, ordinal, body, replaced, known, certificates)


def dump_listed(listed: Listed, secret: Set[int]) -> tuple[list[Any], Column]:
    """For the head, and the column of its lines, without those in `secret`."""
    diverted = [[text_of(place), text_of(origin)] for place, origin in listed.diverted.items()]
    left = listed.lines
    if not secret.isdisjoint(left):
        left = array("q", [line for line in left if line not in secret])
    return [text_of(listed.path), listed.ordinal, diverted, listed.unread], left


def secret_lines(result: LayerResult) -> set[int]:
    """What a package database would say of the files with a secret in them: a line has a digest of the file, and a
    password may be all that it holds. Images with these layers know from their notes what packages brought."""
    diverted = {place: origin for listed in result.listed.values() for place, origin in listed.diverted.items()}
    files = {(found.path, found.digests) for found in result.found if found.digests}
    said = (line for path, known in files for name in {path, diverted.get(path, path)} for line in lines(known, name))
    return {lasting(mark + line) for line in said for mark in (b"", PRIVILEGED)}


def load_listed(head: Head, lines: Column, entries: int) -> Listed:
    """What `dump_listed` wrote."""
    if not isinstance(lines, array) or lines.typecode != "q":
        raise DamagedError("the column of a package database is none")
    path, ordinal = head.raw(), head.number(1, entries)
    diverted = {one.raw(): one.raw() for one in head.lists(2)}
    return Listed(path, ordinal, lines, diverted, head.text(), lasting=True)


def _hex(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (TypeError, ValueError) as error:
        raise DamagedError("a part of their head is not what it must be") from error
