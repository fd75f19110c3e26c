"""What is known at a glance to be no container is none."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from imagelint.stream.magic import START, container, is_plain

SHOULDER = bytes(range(256)) * 2
HEADS = [
    b"\x1f\x8b\x08",
    b"PK\3\4",
    b"PACK\0\0\0",
    b"\xa7\r\r\n",
    b"BZh91AY&SY",
    b"!<arch>\n",
    b"a\0b\0",
    b"\0a\0b",
    b"\x7fELF",
]


def check(start: bytes) -> bool:
    """Whether a glance is enough, which it may be only for what is no container."""
    plain = is_plain(bytearray(b"ahead" + start), 5)
    assert not (plain and container(start, len(start), b"objects/aa/" + b"b" * 38)), start[:16]
    return plain


def test_every_pair_of_first_bytes() -> None:
    """With and without what a tar and compiled Python have further on."""
    behind = SHOULDER[2:START], b"\r\n" + SHOULDER[4:START], SHOULDER[2:257] + b"ustar\0" + SHOULDER[263:START]
    seen = [check(bytes(pair) + rest) for pair in itertools.product(range(256), repeat=2) for rest in behind]
    assert 10_000 < sum(seen) < len(seen) - 10_000


@given(st.sampled_from(HEADS), st.binary(min_size=START, max_size=START))
def test_heads_of_containers(head: bytes, rest: bytes) -> None:
    check((head + rest)[:START])
