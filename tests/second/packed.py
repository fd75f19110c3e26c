"""Containers that hold a secret: archives, compiled Python, SQLite, ELF."""

from __future__ import annotations

import gzip
import importlib.util
import io
import marshal
import sqlite3
import struct
import tarfile
import zipfile


def zipped(files: dict[str, bytes]) -> bytes:
    """A deflated zip, which a jar, war or wheel is too."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 3, 1, 10, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    """A tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


def compiled(source: str, name: str) -> bytes:
    """A .pyc of this Python, its time and size those of a source (PEP 552: flags 0)."""
    code = compile(source, name, "exec")
    return importlib.util.MAGIC_NUMBER + struct.pack("<III", 0, 1740823200, len(source)) + marshal.dumps(code)


def sqlite(*statements: tuple[str, tuple[object, ...]]) -> bytes:
    """A database after these statements."""
    with sqlite3.connect(":memory:") as database:
        for sql, values in statements:
            database.execute(sql, values)
        database.commit()
        return database.serialize()


def elf(strings: bytes) -> bytes:
    """A 64-bit ELF program that ends at once (Linux exit, status 0), its .rodata the strings (System V ABI, gABI 4)."""
    code = bytes.fromhex("b83c00000031ff0f05")
    names = b"\0.text\0.rodata\0.shstrtab\0"
    at_code = 64 + 56
    at_data = at_code + len(code)
    at_names = at_data + len(strings)
    at_table = (at_names + len(names) + 7) // 8 * 8
    base = 0x400000
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + at_code, 64, at_table, 0, 64, 56, 1, 64, 4, 3)
    program = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, at_names, at_names, 4096)

    def section(name: int, kind: int, flags: int, at: int, size: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", name, kind, flags, base + at if flags else 0, at, size, 0, 0, 1, 0)

    table = bytes(64) + section(1, 1, 6, at_code, len(code)) + section(7, 1, 2, at_data, len(strings))
    table += section(15, 3, 0, at_names, len(names))
    body = head + program + code + strings + names
    return body.ljust(at_table, b"\0") + table
