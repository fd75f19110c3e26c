"""Files of a layer that are read by their grammar, as databases or as stores of keys: what is in them is found.

The input is a path, a line feed and the file's content.
"""

from __future__ import annotations

import base64
import io
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Iterator
from contextlib import closing

from fuzz.linting import DETECTOR, STRICT
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from tests.material import rsa_key
from tests.secrets.formats import binaries, planted, sorts
from tests.tarmaker import END, header, padded

STRICTLY = b"!"
"""A path that begins so is read by the strict profile."""


def seeds() -> Iterator[bytes]:
    """A file of each sort."""
    for sort in sorts():
        yield sort.path.encode() + b"\n" + planted(sort, 1)[0]
        yield STRICTLY + sort.path.encode() + b"\n" + planted(sort, 2)[0]
    for _, path, _, content in binaries(1):
        yield path.encode() + b"\n" + content
    for number, content in enumerate((*databases(), *stores())):
        yield b"srv/%d\n" % number + content


def databases() -> Iterator[bytes]:
    """Tables of SQLite: of columns, of rows of settings, with rows that go on in other pages."""
    for size in (512, 4096):
        with closing(sqlite3.connect(":memory:")) as database:
            database.execute(f"PRAGMA page_size = {size}")
            database.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, token TEXT, password TEXT)")
            database.execute("CREATE TABLE settings (name TEXT, value TEXT)")
            database.execute("INSERT INTO settings VALUES ('smtp_password', 'Xk3-q9vTz')")
            for number in range(30):
                database.execute("INSERT INTO a VALUES (?, ?, ?)", (number, "n" * number * 9, "Xk3-q9vTz"))
            database.commit()
            yield database.serialize()


def stores() -> Iterator[bytes]:
    """Keys alone, in PKCS #8, in a Java store, as GnuPG keeps them, in a store of PKCS #12 where openssl is there."""
    key = base64.b64decode("".join(rsa_key(1, 512).splitlines()[1:-1]))
    yield key
    wrapped = bytes.fromhex("020100300d06092a864886f70d0101010500") + der(4, key)
    yield der(0x30, wrapped)
    kept = der(0x30, bytes.fromhex("300e060a2b060104012a021101010500") + der(4, bytes(60)))
    entry = struct.pack(">IH3sQI", 1, 3, b"web", 0, len(kept)) + kept + struct.pack(">I", 0)
    yield b"\xfe\xed\xfe\xed" + struct.pack(">II", 2, 1) + entry + bytes(20)
    yield b"(11:private-key(3:rsa(1:n65:" + bytes(65) + b")(1:d64:" + bytes(64) + b")))"
    numbers = b"\1\0" + b"\x80" + bytes(31) + b"\0\x11\1\0\1"
    packet = b"\4" + struct.pack(">I", 1700000000) + b"\1" + numbers + b"\0" + b"\1\0" + b"\x80" + bytes(31) + b"\0\0"
    yield b"\x95" + struct.pack(">H", len(packet)) + packet
    if program := shutil.which("openssl"):
        words = [program, "pkcs12", "-export", "-nocerts", "-passout", "pass:", "-inkey", "/dev/stdin"]
        yield subprocess.run(words, input=rsa_key(1, 1024).encode(), capture_output=True, check=True).stdout


def der(tag: int, body: bytes) -> bytes:
    """A tag, the length, the body (X.690)."""
    return bytes([tag, 0x82]) + struct.pack(">H", len(body)) + body


def one(data: bytes) -> None:
    """No reader has a defect, and what is found lies in the file."""
    path, _, content = data.partition(b"\n")
    detector = STRICT if path.startswith(STRICTLY) else DETECTOR
    name = path.removeprefix(STRICTLY)[:99].replace(b"\0", b"") or b"f"
    tar = header(name, len(content)) + padded(content) + END
    result = read_layer(Layer(0, "", "", len(tar), "", lambda: io.BytesIO(tar)), detector)
    assert not [reason for _, reason in result.limited if "defect" in reason]
    for found in result.found:
        assert found.surface != "file" or 0 <= found.candidate.start <= found.candidate.end <= len(content)
