"""Candidates of a layer to lists of a head, and back: without their values, or, where the bytes are sealed, with all
that the reader knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imagelint.errors import DamagedError
from imagelint.image.certificates import KEY, public_of
from imagelint.image.result import FORGOTTEN, Found
from imagelint.image.stored_head import Head, text_of
from imagelint.secrets.claims import AWS, JWT, Claims
from imagelint.secrets.confirm import Candidate
from imagelint.secrets.gist import Gist, gist_of

SURFACES = ("file", "archive", "name", "link", "header", "xattr", "gap")
_CONFIDENCE = ("proved", "likely", "possible")
LENGTHS = {False: 19, True: 22}
"""Items of each, by `whole`."""
_DIGESTS = len(FORGOTTEN)


def dump_found(found: Found, paths: Sequence[bytes], telling: Mapping[str, str], *, whole: bool) -> list[Any]:
    """`paths` are those of the layer's entries; `telling` is LayerResult.telling; `whole`: with the value."""
    one = found.candidate
    own = path_at(paths, found.ordinal) == found.path
    place = [
        found.surface,
        None if own else text_of(found.path),
        found.line,
        found.column,
        found.offset,
        found.ordinal,
        found.replaced,
        text_of(found.way),
        bool(found.digests),
        one.rule,
        one.name,
        [one.prefix, one.strong, _CONFIDENCE.index(one.confidence), one.encrypted],
    ]
    if whole:
        flags = [one.exact, one.encoded, one.bare, found.within]
        return [*place, one.value, one.start, one.end, one.line, one.column, found.digests.hex(), *flags]
    gist = gist_of(one, telling.get(one.rule, ""))
    claims = gist.claims
    public = public_of(one) if one.rule == KEY and found.surface == "file" else b""
    told = [claims.kind, claims.account, claims.expiry, public.hex()]
    return [*place, gist.shown, gist.width, gist.identity, *told]


def load_found(head: Head, paths: Sequence[bytes], *, whole: bool) -> Found:
    """What `dump_found` wrote."""
    surface, path = head.text(SURFACES), head.next()
    line, column, offset = head.number(), head.number(), head.number(-1)
    ordinal, replaced = head.number(0, len(paths)), head.number(0, len(paths))
    path = path_at(paths, ordinal) if path is None else Head([path]).raw()
    if path is None:
        raise DamagedError("a secret lies in an entry that is not there")
    way, hashed, rule, name = head.raw(), head.flag(), head.text(), head.text()
    flags = Head(head.next(), 4)
    candidate = Candidate(
        rule, "", 0, 0, name, flags.number(), flags.flag(), _CONFIDENCE[flags.number(0, 2)], flags.flag()
    )
    found = Found(candidate, path, surface, line, column, offset, ordinal, replaced, way)
    if whole:
        candidate.value, candidate.start, candidate.end = head.text(), head.number(), head.number()
        candidate.line, candidate.column = head.number(), head.number()
        found.digests = head.digits(0, _DIGESTS)
        candidate.exact, candidate.encoded, candidate.bare = head.flag(), head.flag(), head.flag()
        found.within = head.flag()
        return found
    found.digests = FORGOTTEN if hashed else b""
    shown, width, identity = head.text(), head.number(), head.text()
    if bool(identity) != candidate.strong:
        raise DamagedError("a secret has a fingerprint that it should not have, or none that it should")
    candidate.gist = Gist(shown, width, identity, _claims(head), head.digits(0, 16))
    return found


def path_at(paths: Sequence[bytes], ordinal: int) -> bytes | None:
    """The path of an entry by its ordinal, from 1."""
    return paths[ordinal - 1] if 0 < ordinal <= len(paths) else None


def _claims(head: Head) -> Claims:
    kind, account, expiry = head.text(("", AWS, JWT)), head.number(-1, 10**12), head.next()
    if expiry is not None and (isinstance(expiry, bool) or not isinstance(expiry, int | float)):
        raise DamagedError("a token expires at no time")
    if expiry is not None and not 0 < expiry < 253402300800:
        raise DamagedError("a token expires at no time")
    return Claims(kind, account, expiry)
