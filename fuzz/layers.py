"""Layers: decompressed, their tar headers walked, their secrets found, as a scan does it; and what is kept of them.

The first byte says whether the rest is taken as it is, or as tar blocks whose checksums are put right first, and how
it is compressed then: without that hardly any change to a header would be looked at.
"""

from __future__ import annotations

import io
import sqlite3
import tarfile
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from fuzz.linting import DETECTOR, RULES
from imagelint.engine.entry_index import EntryIndex
from imagelint.engine.evaluate import Engine
from imagelint.engine.shapes import expand
from imagelint.errors import UnreadableError
from imagelint.image import stored
from imagelint.image.layer import read_layer
from imagelint.image.member import copy_member
from imagelint.image.model import Image, Layer
from imagelint.image.packages import published
from imagelint.image.result import Found, LayerResult
from imagelint.image.subjects import EntrySubject, ImageSubject
from imagelint.image.system import CONTENTS, System, wanted
from imagelint.image.timeline import Timeline
from imagelint.stream.steps import COARSE
from imagelint.stream.tar import BLOCK, Entry, TarReader
from tests.imagemaker import layer_tar, packed
from tests.material import rsa_key
from tests.packaged import rpm_header
from tests.tarmaker import END, header, padded, pax

ASKED = Engine(RULES, {rule.id for rule in RULES.rules if rule.kind in ("image", "entry")})
ENTRIES = EntryIndex(ASKED.chosen("entry").values(), wanted(["/srv"]))
IMAGE = Image("a:1", "", "linux/amd64", {"Env": ["PATH=/srv"]})
PACKED = ("", "gzip", "zstd")
AS_IT_IS = len(PACKED)
PIECE = 700


def seeds() -> Iterator[bytes]:
    """Archives of every writer, special entries and extension headers."""
    entries: list[dict[str, Any]] = [
        {"path": "etc/shadow", "content": "root::1::::::\n", "mode": 0o4755},
        {"path": "srv/" + "d/" * 60 + "key.pem", "content": rsa_key(1, 512)},
        {"path": "l", "type": "symlink", "link": "../etc/shadow", "xattrs": {"user.a": "b"}},
        {"path": "h", "type": "hardlink", "link": "etc/shadow"},
        {"path": "etc", "type": "dir"},
        {"path": "etc/.wh..wh..opq"},
        {"path": "srv/.wh.x"},
        {"path": "dev/null", "type": "char"},
    ]
    databases: list[dict[str, Any]] = [
        {"path": "var/lib/dpkg/status", "content": f"Conffiles:\n /etc/a {'0' * 32} obsolete\n"},
        {"path": "var/lib/dpkg/diversions", "content": "/a\n/b\n:\n"},
        {"path": "var/lib/dpkg/info/a.md5sums", "content": "0" * 32 + "  usr/a\n"},
        {"path": "lib/apk/db/installed", "content": "F:etc\nR:key.pem\nZ:Q1" + "A" * 27 + "=\n"},
        {"path": "var/lib/rpm/rpmdb.sqlite", "content": rpmdb()},
        {"path": "etc/key.pem", "content": rsa_key(1, 512)},
    ]
    certificate = expand("{certificate:20200131}", "a")
    system: list[dict[str, Any]] = [
        {"path": "etc/key.crt", "content": certificate},
        {"path": "etc/a.der", "content": b64decode("".join(certificate.split("\n")[1:-2]))},
        {"path": "bin/sshd", "mode": 0o755, "xattrs": {"security.capability": "\1\0\0\2@" + "\0" * 15}},
        {"path": "etc/passwd", "content": "a:x:0:0::/:\nb:x:7:7::/:\nc:x:7:7::/:\n"},
        {"path": "usr/lib/os-release", "content": "distroless"},
    ]
    forms = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    tars = [layer_tar(entries, form).rstrip(b"\0") + END for form in forms]
    tars.append(pax((b"size", b"3"), (b"GNU.sparse.realsize", b"9")) + header() + padded(b"abc") + header(kind=b"S"))
    tars.append(
        pax((b"GNU.sparse.realsize", b"9999"), (b"GNU.sparse.map", b"0,200,9000,800"))
        + header(b"s", 1000)
        + padded(rsa_key(2, 512).encode() * 3)
    )
    tars.append(pax((b"path", b"g"), kind=b"g") + pax((b"SCHILY.xattr.a", b"b")) + header(b"n", 1 << 20))
    tars += (layer_tar(made).rstrip(b"\0") + END for made in (databases, system))
    for tar in tars:
        yield from (bytes([how]) + tar for how in range(len(PACKED)))
        yield from (bytes([AS_IT_IS]) + packed(tar, name) for name in PACKED)


def rpmdb() -> bytes:
    """A database of rpm with one package, whose header goes on in other pages."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        files = [("/etc/", f"{number}", b"0" * 64) for number in range(20)]
        database.execute("INSERT INTO Packages (blob) VALUES (?)", (rpm_header(files),))
        database.commit()
        return database.serialize()


def one(data: bytes) -> None:
    """The headers are the same however the stream is cut, and a file that holds a secret can be copied out."""
    how, tar = data[0] if data else 0, data[1:]
    known: list[Entry] = []
    if how < AS_IT_IS:
        tar = repaired(tar)
        known, pieces = entries(tar, len(tar) or 1), entries(tar, PIECE)
        assert list(map(told, known)) == list(map(told, pieces))
        tar = packed(tar, PACKED[how])
    layer = Layer(0, "", "", len(tar), "", lambda: io.BytesIO(tar))
    result = read_layer(layer, DETECTOR, ENTRIES, contents=CONTENTS, measure=COARSE, keep=True)
    stays(result)
    timeline = Timeline([result])
    system = System(IMAGE, [result], timeline, published([result], timeline))
    subject = ImageSubject(IMAGE, system)
    ASKED.put(subject)
    for kept in result.kept:
        ASKED.put(EntrySubject(subject, kept, result, system.life(kept, 0).status))
    assert ASKED.faults == []
    for found in result.found:
        timeline.of(found, 0)
        timeline.steps(found.path, {0}, {0} if found.replaced else ())
        if found.surface == "file" and known and not result.incomplete:
            copy(layer, known[found.ordinal - 1], found)


def stays(result: LayerResult) -> None:
    """What is kept of it is the same when it is taken again, and has no value in it that is more than a word."""
    for seal in (None, bytes):
        data = stored.dump(result, seal)
        if data is None:
            continue
        again = stored.load(data, 0, seal)
        sets = ([one.files, one.folders, one.whiteouts, one.opaque] for one in (result, again))
        ours, theirs = ([each.total for each in four] for four in sets)
        assert ours == theirs
        assert (again.names, again.links, again.limited) == (result.names, result.links, result.limited)
        assert [kept.entry.path for kept in again.kept] == [kept.entry.path for kept in result.kept]
        assert len(again.found) == sum(seal is not None or not found.within for found in result.found)
        values = [one.candidate.value for one in result.found if len(one.candidate.value) > 20] if seal is None else []
        assert not any(value.encode("utf-8", "surrogatepass") in data for value in values)


def copy(layer: Layer, entry: Entry, found: Found) -> None:
    """The file has the value in it, unless it lies in pieces between holes."""
    with tempfile.TemporaryFile() as file:
        try:
            copy_member(layer, found.ordinal, file)
        except UnreadableError:
            assert entry.sparse >= 0 or entry.type != "file"
            return
        if entry.sparse < 0:
            file.seek(0)
            assert found.candidate.value in file.read().decode("utf-8", "replace")


def repaired(tar: bytes) -> bytes:
    """The same blocks, with right checksums in those that say ustar."""
    blocks = bytearray(tar)
    for at in range(0, len(blocks) - BLOCK + 1, BLOCK):
        if blocks[at + 257 : at + 262] == b"ustar":
            blocks[at + 148 : at + 156] = b" " * 8
            blocks[at + 148 : at + 156] = b"%06o\0 " % sum(blocks[at : at + BLOCK])
    return bytes(blocks)


def entries(tar: bytes, piece: int) -> list[Entry]:
    """What the reader finds when it is fed in pieces."""
    reader = TarReader()
    return [entry for at in range(0, len(tar), piece) for entry in reader.feed(tar[at : at + piece], at)]


def told(entry: Entry) -> list[object]:
    """All that the reader says of an entry."""
    return [getattr(entry, name) for name in entry.__slots__]
