"""Offline proof of tokens."""

from __future__ import annotations

import base64
import json
import string
import zlib

import pytest

from imagelint.engine import shapes
from imagelint.findings import Severity
from imagelint.secrets.checksum import base62, check
from imagelint.secrets.claims import claims
from imagelint.secrets.confirm import Detector
from imagelint.secrets.known import is_known_example
from imagelint.secrets.severity import severity_of, title_of


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


def wrong(token: str) -> str:
    """The same with another last character."""
    other = "q" if token[-1] not in "qQ" else "p"
    return token[:-1] + (other.upper() if token.isupper() else other)


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("nsec1{bech32:52}{sum:bech32}", "bech32"),
        ("AGE-SECRET-KEY-1{BECH32:52}{sum:bech32}", "bech32"),
        ("AGE-SECRET-KEY-PQ-1{BECH32:52}{sum:bech32}", "bech32"),
        ("{base58check:0488ade4}", "base58check"),
        ("{base58check:04358394}", "base58check"),
        ("glsa_{base62:32}_{crc32:little}", "grafana"),
    ],
)
def test_more_check_digits(detector: Detector, shape: str, name: str) -> None:
    good = shapes.expand(shape, "seed")
    bad = wrong(good) if name != "grafana" else good[:-1] + "0123456789abcdef"[int(good[-1], 16) - 1]
    assert (check(name, good), check(name, bad)) == (True, False)
    assert [(c.confidence, c.dropped) for c in detector.text(f"KEY={good}")] == [("proved", "")]
    assert [c.dropped for c in detector.text(f"KEY={bad}") if c.rule.endswith(("key", "token"))] == ["checksum"]


def test_check_digits_against_the_examples_of_their_standards() -> None:
    """BIP 173 has valid and wrong texts, BIP 32 the public half of its first test vector; neither is a secret."""
    for text in (
        "A12UEL5L",
        "abcdef1qpzry9x8gf2tvdw0" + "s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    ):
        assert check("bech32", text) is True
        assert check("bech32", wrong(text.lower())) is False
    assert check("bech32", "x1b4n0q5v") is False
    public = "".join(
        (
            "xpub661MyMwAqRbc",
            "FtXgS5sYJABqqG9Y",
            "LmC4Q1Rdap9gSE8N",
            "qtwybGhePY2gZ29E",
            "SFjqJoCu1Rupje8Y",
            "tGqsefD265TMg7us",
            "UDFdp6W1EGMcet8",
        )
    )
    assert check("base58check", public) is True
    assert check("base58check", wrong(public)) is False
    assert check("base58check", "") is False


def test_routable_tokens_of_gitlab(detector: Detector) -> None:
    """A checksum raises confidence; a token without one, or with another, stays what it was."""
    body = "glpat-" + base64.urlsafe_b64encode(b"o:1\nu:2f" + bytes(range(1, 17)) + b"\x10").decode().rstrip("=")
    for middle in (".0z", ".01.0z"):
        number, digits = zlib.crc32((body + middle).encode()), ""
        while number:
            number, digit = divmod(number, 36)
            digits = (string.digits + string.ascii_lowercase)[digit] + digits
        token = body + middle + digits.rjust(7, "0")
        assert [(c.value, c.confidence) for c in detector.text(f"T={token}\n")] == [(token, "proved")]
        (other,) = detector.text(f"T={token[:-1]}{'0' if token[-1] != '0' else '1'}\n")
        assert (other.confidence, other.dropped) == ("likely", "")


def test_what_a_token_says_raises_confidence_and_never_drops(detector: Detector) -> None:
    said = base64.b64encode(json.dumps({"iat": 1.5, "url": "https://sentry.io", "org": "acme"}).encode()).decode()
    macaroon = b"\2\1\x08pypi" + b".org\2\x24" + b"i" * 36 + b"\0\0\6\x20" + bytes(range(1, 33))
    bot = base64.b64encode(b"823456789012345678").decode()
    random = shapes.expand("{base62:80}", "seed")
    for token, other in (
        (f"sntrys_{said}_{random[:43]}", f"sntrys_eyJ{random}"),
        ("pypi-" + base64.urlsafe_b64encode(macaroon).decode().rstrip("="), "pypi-AgEIcHlwaS5vcmc" + random),
        (f"{bot}.{random[:6]}.{random[:38]}", f"MT{random[:24]}.{random[:6]}.{random[:38]}"),
    ):
        for text, confidence in ((token, "proved"), (other, "likely")):
            found = [c for c in detector.text(f"DISCORD_TOKEN={text}") if not c.dropped]
            assert [(c.value, c.confidence) for c in found] == [(text, confidence)]


def test_the_account_of_an_aws_key() -> None:
    """The pair is published: Hacking The Cloud, "Get Account ID from AWS Access Keys"."""
    assert claims("aws", "ASIA" + "QNZGKIQY" + "56JQ7WML").about == " of account 029608264753"
    assert claims("aws", "AKIA" + "I" * 16).about == ""
    assert claims("pem", "ASIA" + "Q" * 16).about == ""


@pytest.mark.parametrize(
    ("claims", "said", "severity"),
    [
        ({"exp": 1516239022}, " that expired on 2018-01-18", Severity.WARNING),
        ({"exp": 1516239022.5}, " that expired on 2018-01-18", Severity.WARNING),
        ({"exp": 7258118400}, " that expires on 2200-01-01", Severity.ERROR),
        ({"iat": 1516239022}, " that never expires", Severity.ERROR),
        ({"exp": "1516239022"}, " that never expires", Severity.ERROR),
        ({"exp": True}, " that never expires", Severity.ERROR),
        ({"exp": 10**400}, " that never expires", Severity.ERROR),
        ({"exp": float("nan")}, " that never expires", Severity.ERROR),
        ({"exp": -1}, " that never expires", Severity.ERROR),
    ],
)
def test_when_a_token_expires(detector: Detector, claims: dict[str, object], said: str, severity: Severity) -> None:
    signature = shapes.expand("{base64url:43}", "expiry")
    text = f"TOKEN={b64({'alg': 'HS256'})}.{b64({'sub': 'x', **claims})}.{signature}\n"
    (found,) = (c for c in detector.text(text) if not c.dropped)
    rule = detector.by_id["jwt"]
    assert (title_of(rule, found), severity_of(rule, found)) == (rule.title + said, severity)


@pytest.mark.parametrize("payload", ["", "!", "e30", "W10", b64("x" * 9), "[" * 9, b64([]) * 3])
def test_a_payload_that_says_nothing(payload: str) -> None:
    token = f"{b64({'alg': 'HS256'})}.{payload}.x"
    assert claims("jwt", token).about == " that never expires"
    assert not claims("jwt", token).expired
    assert not claims("jwt", "x").expired
    assert not claims("", token).expired
