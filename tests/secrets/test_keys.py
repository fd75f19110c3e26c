"""Private keys: real ones in every dress are proved, headers alone and chance bytes are not."""

from __future__ import annotations

import base64
import random
import struct

import pytest

from imagelint.secrets import keys
from imagelint.secrets.checksum import check
from imagelint.secrets.confirm import Detector
from tests.secrets.samples import reported, through_windows

INTEGER, OCTETS, OBJECT, SEQUENCE = 2, 4, 6, 0x30


def der(tag: int, content: bytes) -> bytes:
    """One element (X.690, 8.1)."""
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + struct.pack(">H", size)
    return bytes([tag]) + length + content


def integers(*sizes: int) -> bytes:
    """Random positive integers of so many bytes."""
    rng = random.Random(7)
    return b"".join(der(INTEGER, b"\x01" + rng.randbytes(size)) for size in sizes)


def armour(label: str, data: bytes, headers: str = "") -> str:
    """A block as RFC 7468 has it."""
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(
        [f"-----BEGIN {label}-----", *([headers, ""] if headers else []), *lines, f"-----END {label}-----"]
    )


def string(data: bytes) -> bytes:
    """A string of the SSH protocol (RFC 4251, 5)."""
    return struct.pack(">I", len(data)) + data


def ssh2(cipher: bytes) -> str:
    """A key as `ssh-keygen -i` of OpenSSH reads it, in the armour of RFC 4716."""
    inner = string(b"if-modn{sign{rsa-pkcs1-sha1},encrypt{rsa-pkcs1v2-oaep}}") + string(cipher)
    inner += string(random.Random(5).randbytes(200))
    block = armour(SSH2, b"\x3f\x6f\xf9\xeb" + struct.pack(">I", 8 + len(inner)) + inner, 'Comment: "a, b"')
    return block.replace("-----BEGIN", "---- BEGIN").replace("-----END", "---- END").replace("-----", " ----")


def static_key(size: int) -> str:
    """A static key of OpenVPN."""
    text = random.Random(6).randbytes(size).hex()
    lines = [text[at : at + 32] for at in range(0, len(text), 32)]
    return "\n".join([f"-----BEGIN {OPENVPN}-----", *lines, f"-----END {OPENVPN}-----"])


def openssh(cipher: bytes, check_numbers: bytes) -> bytes:
    """A key as OpenSSH's PROTOCOL.key has it."""
    head = b"openssh-key-v1\0" + string(cipher) + string(b"bcrypt") + string(b"")
    return (
        head + struct.pack(">I", 1) + string(random.Random(1).randbytes(51)) + string(check_numbers + bytes(range(120)))
    )


KEY = "PRIVATE" + " KEY"
RSA = der(SEQUENCE, der(INTEGER, b"\0") + integers(128, 3, 128, 64, 64, 64, 64, 64))
EC = der(SEQUENCE, der(INTEGER, b"\1") + der(OCTETS, bytes(range(32))) + der(0xA0, der(OBJECT, bytes(8))))
DSA = der(SEQUENCE, der(INTEGER, b"\0") + integers(128, 20, 128, 128, 20))
PKCS8 = der(SEQUENCE, der(INTEGER, b"\0") + der(SEQUENCE, der(OBJECT, bytes(9))) + der(OCTETS, RSA))
PKCS8_ENCRYPTED = der(SEQUENCE, der(SEQUENCE, der(OBJECT, bytes(9))) + der(OCTETS, RSA))
SSH2 = "SSH2 ENCRYPTED PRIVATE" + " KEY"
OPENVPN = "OpenVPN Static key V1"
OLD_ENCRYPTION = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC," + "0F" * 16

BLOCKS = {
    "rsa": (armour("RSA " + KEY, RSA), "pem", False),
    "ec": (armour("EC " + KEY, EC), "pem", False),
    "dsa": (armour("DSA " + KEY, DSA), "pem", False),
    "pkcs8": (armour(KEY, PKCS8), "pem", False),
    "pkcs8-encrypted": (armour("ENCRYPTED " + KEY, PKCS8_ENCRYPTED), "pem", True),
    "rsa-encrypted": (armour("RSA " + KEY, random.Random(3).randbytes(608), OLD_ENCRYPTION), "pem", True),
    "openssh": (armour("OPENSSH " + KEY, openssh(b"none", b"abcdabcd")), "openssh", False),
    "openssh-encrypted": (armour("OPENSSH " + KEY, openssh(b"aes256-ctr", b"")), "openssh", True),
    "ssh2": (ssh2(b"none"), "ssh2", False),
    "ssh2-encrypted": (ssh2(b"3des-cbc"), "ssh2", True),
    "nebula": (armour("NEBULA X25519 " + KEY, random.Random(8).randbytes(32)), "nebula", False),
    "nebula-ca": (armour("NEBULA ED25519 " + KEY, random.Random(9).randbytes(64)), "nebula", False),
    "nebula-encrypted": (armour("NEBULA ED25519 ENCRYPTED " + KEY, random.Random(10).randbytes(150)), "nebula", True),
    "cosign-encrypted": (
        armour("ENCRYPTED SIGSTORE " + KEY, b'{"kdf":{"name":"scrypt"},"ciphertext":"' + b"x" * 200 + b'"}'),
        "cosign",
        True,
    ),
    "openvpn": (static_key(256), "openvpn-static", False),
    "openvpn-server": (armour("OpenVPN tls-crypt-v2 server key", bytes(range(128))), "openvpn-static", False),
    "pgp": (armour(f"PGP {KEY} BLOCK", b"\x95\x01\xd8\x04" + bytes(200), "Version: 1"), "pgp", False),
}
DRESSES = {
    "as it is": lambda t: t,
    "windows": lambda t: t.replace("\n", "\r\n"),
    "json": lambda t: t.replace("\n", "\\n"),
    "one line": lambda t: t.replace("\n", " "),
    "indented": lambda t: t.replace("\n", "\n    "),
    "c strings": lambda t: t.replace("\n", '\\n"\n  "'),
    "java strings": lambda t: t.replace("\n", '\\n" +\n  "'),
    "continued": lambda t: t.replace("\n", "\\n\\\n"),
}


# The header line of such a block ends with its line, so it has no form on one line.
COMBINATIONS = [
    (name, dress) for name in BLOCKS for dress in DRESSES if dress != "one line" or not name.startswith(("pgp", "ssh2"))
]


@pytest.mark.parametrize(("name", "dress"), COMBINATIONS)
def test_a_key_is_proved_in_every_dress(detector: Detector, name: str, dress: str) -> None:
    block, kind, encrypted = BLOCKS[name]
    dressed = DRESSES[dress](block)
    text = f'key = "{dressed}"\nnext line\n'
    for found in (reported(detector, text, "etc/key"), through_windows(detector, text, "etc/key")):
        (candidate,) = found
        assert candidate.value == dressed
        assert candidate.rule in (f"{kind}-private-key", f"{kind}-key")
        assert (candidate.confidence, candidate.encrypted) == ("proved", encrypted)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(100),
        RSA[:-1],
        RSA + b"x",
        der(SEQUENCE, der(INTEGER, b"\0")),
        der(SEQUENCE, der(OCTETS, b"\0") * 9),
        b"\x30\x80" + RSA,
        b"\x30\x84\xff\xff\xff\xff" + RSA,
        b"openssh-key-v1\0" + b"\xff" * 60,
    ],
)
def test_what_does_not_decode_is_no_key(detector: Detector, data: bytes) -> None:
    for label, kind in (("RSA " + KEY, "pem"), ("OPENSSH " + KEY, "openssh")):
        block = armour(label, data)
        assert check(kind, block) is False
        assert [c.dropped for c in detector.text(block)] == ["no-key"]


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("ssh2", ssh2(b"none").replace("P2/5", "P2/4")),
        ("ssh2", ssh2(b"none")[:120]),
        ("nebula", armour("NEBULA X25519 " + KEY, bytes(33))),
        ("nebula", armour("NEBULA ED25519 ENCRYPTED " + KEY, bytes(64))),
        ("openvpn", static_key(255)),
        ("openvpn", armour("OpenVPN tls-crypt-v2 client key", bytes(127))),
        ("sealed", armour("ENCRYPTED SIGSTORE " + KEY, b'{"kdf":{}}')),
        ("sealed", armour("ENCRYPTED SIGSTORE " + KEY, bytes(200))),
    ],
)
def test_what_is_not_of_its_kind_is_no_key(kind: str, block: str) -> None:
    assert check(kind, block) is False


def test_openssh_check_numbers_must_agree() -> None:
    assert check("openssh", armour("OPENSSH " + KEY, openssh(b"none", b"abcdabce"))) is False


def test_a_header_in_a_program_is_no_key(detector: Detector) -> None:
    text = f"x\0-----BEGIN {KEY}-----\0-----END {KEY}-----\0"
    assert through_windows(detector, text, "usr/lib/libcrypto.so") == []


def test_a_block_without_an_end_is_masked_as_far_as_it_goes() -> None:
    block = armour("RSA " + KEY, RSA).rsplit("\n", 1)[0]
    text = block + "\n\nplain text follows, with words"
    first = text.index("\n")
    assert text[: keys.block_end(text, 0, first, "pem")].startswith(block)


def test_putty() -> None:
    text = (
        "PuTTY-User-Key-File-" + "3: ssh-ed25519\nEncryption: {}\nComment: x\nPublic-Lines: 1\nAAAA\n"
        "Private-Lines: 1\nAAAA\nPrivate-MAC: " + "0f" * 32
    )
    for cipher, encrypted in (("none", False), ("aes256-cbc", True)):
        block = text.format(cipher)
        assert keys.block_end(block + "\nrest", 0, 34, "putty") == len(block)
        assert check("putty", block) is True
        assert keys.is_encrypted(block) is encrypted
    assert check("putty", text[:40]) is False
