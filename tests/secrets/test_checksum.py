"""Offline proof of tokens."""

from __future__ import annotations

import base64
import json
import string
import zlib

import pytest

from imagelint.engine import shapes
from imagelint.secrets.checksum import base62, check
from imagelint.secrets.confirm import Detector
from imagelint.secrets.known import is_known_example


def b64(value: object) -> str:
    """base64url of JSON, without padding."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(("number", "text"), [(0, "000000"), (61, "00000z"), (62, "000010"), (2**32 - 1, "4gfFC3")])
def test_base62(number: int, text: str) -> None:
    assert base62(number, 6) == text


@pytest.mark.parametrize("prefix", ["ghp_", "ghs_", "npm_"])
def test_check_digits(detector: Detector, prefix: str) -> None:
    good = shapes.expand(prefix + "{base62:30}{crc32}", "seed")
    bad = good[:-1] + ("a" if good[-1] != "a" else "b")
    name = "npm" if prefix == "npm_" else "github"
    assert check(name, good) is True
    assert check(name, bad) is False
    assert [(c.confidence, c.dropped) for c in detector.text(good)] == [("proved", "")]
    assert [c.dropped for c in detector.text(bad)] == ["checksum"]


def test_check_digits_of_matrix() -> None:
    """Made as Synapse and the Matrix Authentication Service make them, which number digits from opposite ends."""
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    for prefix in ("syt_Ym90", "syr_Ym90", "mar", "mct"):
        for number in range(40):
            body = f"{prefix}_{number:020}"
            rest, digits = zlib.crc32(body.encode()), ""
            while rest:
                rest, digit = divmod(rest, 62)
                digits = alphabet[digit] + digits if prefix.startswith("sy") else digits + alphabet[digit]
            assert check("matrix", f"{body}_{digits:0>6}") is True
            assert check("matrix", f"{body}_{digits[::-1]:0>6}0") is False


def test_jwt() -> None:
    signature = "s" * 43
    assert check("jwt", f"{b64({'alg': 'HS256'})}.{b64({'sub': 'x'})}.{signature}") is True
    assert check("jwt", f"{b64({'alg': 'none'})}.{b64({'sub': 'x'})}.{signature}") is False
    assert check("jwt", f"{b64({'kid': 'x'})}.{b64({'sub': 'x'})}.{signature}") is False
    assert check("jwt", f"{b64({'alg': 'HS256'})}.{b64(['x'])}.{signature}") is False
    assert check("jwt", "eyJ!.eyJ.x") is False
    assert check("jwt", "eyJ") is False


def test_basic_auth() -> None:
    def encoded(text: bytes) -> bool | None:
        return check("basic-auth", base64.b64encode(text).decode())

    assert encoded(b"alice:s\xc3\xa4cret") is True
    assert encoded(b"alice:") is False
    assert encoded(b":secret") is False
    assert encoded(b"al\x01ice:secret") is False
    assert check("basic-auth", "abc") is False


def test_crypt() -> None:
    assert check("crypt", "$6$salt$" + "x" * 86) is True
    assert check("crypt", "$6$salt$x") is False


def test_no_checksum_cannot_tell() -> None:
    assert check("", "anything") is None


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("AKIA" + "IOSFODNN7" + "EXAMPLE", "aws-access-key-id"),
        ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCY" + "EXAMPLEKEY", "aws-secret-access-key"),
    ],
)
def test_published_examples_are_known_and_quiet(detector: Detector, value: str, rule: str) -> None:
    found = {candidate.rule: candidate for candidate in detector.text(value)}
    assert found[rule].dropped == "known-example"
    assert is_known_example(found[rule].value)
