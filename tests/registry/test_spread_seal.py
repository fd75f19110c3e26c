"""The seal: who may open it, and what it is bound to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.errors import UnreadableError
from imagelint.registry.spread_seal import PUBLIC, Opener, seal

OPENER = Opener()


@given(data=st.binary(max_size=2000), about=st.binary(max_size=50))
@settings(max_examples=50, deadline=None)
def test_what_is_sealed_is_opened(data: bytes, about: bytes) -> None:
    sealed = seal(data, OPENER.public, about)
    assert OPENER.open(sealed, about) == data
    assert len(sealed) == PUBLIC + len(data) + 16
    assert len(data) < 8 or data not in sealed


def test_each_seal_is_another() -> None:
    assert seal(b"the same", OPENER.public, b"") != seal(b"the same", OPENER.public, b"")


@given(at=st.integers(0, PUBLIC + 20 + 16 - 1), bit=st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_a_bit_that_changed_is_noticed(at: int, bit: int) -> None:
    sealed = bytearray(seal(b"x" * 20, OPENER.public, b"layer"))
    # RFC 7748, section 5: the highest bit of a public key is masked; it is part of the derived key all the same.
    sealed[at] ^= 1 << bit
    with pytest.raises(UnreadableError):
        OPENER.open(bytes(sealed), b"layer")


@pytest.mark.parametrize("sealed", [b"", b"x" * 10, bytes(PUBLIC), bytes(PUBLIC + 40), b"\xff" * 100])
def test_what_is_no_seal_is_one_clear_line(sealed: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged, or was sealed to somebody else"):
        OPENER.open(sealed, b"")


def test_nobody_else_opens_it_and_it_answers_one_question() -> None:
    sealed = seal(b"what was found", OPENER.public, b"layer 1")
    for opener, about in ((Opener(), b"layer 1"), (OPENER, b"layer 2"), (OPENER, b"")):
        with pytest.raises(UnreadableError):
            opener.open(sealed, about)
