"""Certificates in layers, made by openssl: expired ones, those beside their key, and the many that say nothing."""

from __future__ import annotations

import base64
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.engine.shapes import expand
from imagelint.image import certificates as layers
from imagelint.secrets.x509 import BUNDLE, certificates, key_of
from imagelint.stream import limits
from tests import packaged
from tests.conftest import without
from tests.image.systems import findings, told

OLD, NEW = (expand(f"{{certificate:{day}}}", day) for day in ("20200131", "29990101"))
KEYS = ("rsa", "rsa-old", "ec", "ec-old", "ed25519")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """KIND.key and KIND.crt of each kind of key; of an elliptic curve and RSA in the older forms too."""
    if shutil.which("openssl") is None:
        without("it needs openssl")
    folder = tmp_path_factory.mktemp("certificates")
    for kind in KEYS:
        new = {"rsa": "rsa:2048", "ec": "ec -pkeyopt ec_paramgen_curve:prime256v1"}.get(kind.removesuffix("-old"), kind)
        key, certificate = str(folder / f"{kind}.key"), str(folder / f"{kind}.crt")
        words = f"req -x509 -nodes -days 3650 -subj /O=Example/CN={kind}.example.org -newkey {new}"
        openssl(*words.split(), "-keyout", key, "-out", certificate)
        if kind.endswith("-old"):
            openssl(*(["rsa", "-traditional"] if "rsa" in kind else ["ec"]), "-in", key, "-out", key)
    return folder


def openssl(*words: str, input: bytes | None = None) -> bytes:
    done = subprocess.run(["openssl", *words], capture_output=True, check=False, input=input)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.split("\n")[1:-2]))


@pytest.mark.parametrize("kind", KEYS)
def test_what_openssl_makes(made: Path, kind: str) -> None:
    pem = (made / f"{kind}.crt").read_bytes()
    (found,) = certificates(pem)
    said = openssl("x509", "-noout", "-enddate", "-dateopt", "iso_8601", input=pem).decode()
    assert (found.subject, found.expires) == (f"CN={kind}.example.org", said.removeprefix("notAfter=")[:10])
    assert certificates(openssl("x509", "-outform", "der", input=pem)) == [found]
    told_by_key = key_of((made / f"{kind}.key").read_text())
    assert told_by_key == (b"" if kind == "ed25519" else found.key)


def test_a_key_behind_a_passphrase_says_nothing(made: Path) -> None:
    locked = openssl("pkcs8", "-topk8", "-passout", "pass:x", "-in", str(made / "rsa.key")).decode()
    assert key_of(locked) == b""
    assert key_of("no key at all") == b""


def test_the_subject_is_the_most_telling_part_and_no_longer_than_a_name() -> None:
    (found,) = certificates(NEW.encode())
    assert (found.subject, found.expires) == ("CN=example.org", "2999-01-01")


def test_bundles_say_nothing() -> None:
    assert len(certificates(NEW.encode() * BUNDLE)) == BUNDLE
    assert certificates(NEW.encode() * (BUNDLE + 1)) == []


@given(st.integers(0, 800), st.integers(0, 255), st.integers(1, 800))
def test_damage_is_no_certificate_and_no_error(place: int, byte: int, end: int) -> None:
    data = bytearray(der(NEW))
    data[place % len(data)] = byte
    for damaged in (bytes(data), bytes(data[:end])):
        assert len(certificates(damaged)) <= 1
        text = base64.b64encode(damaged).decode()
        assert len(certificates(f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----".encode())) <= 1


def test_keys_in_keys_in_keys_are_none() -> None:
    data = b"0\0"
    while len(data) < 9000:
        data = value(0x30, value(2, b"\0") + value(0x30, b"") + value(4, data))
    text = base64.b64encode(data).decode()
    assert key_of(f"-----BEGIN X-----\n{text}\n-----END X-----") == b""


def value(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x82]) + len(content).to_bytes(2, "big") + content


@given(st.binary(max_size=200))
def test_anything_may_stand_in_such_a_file(content: bytes) -> None:
    assert certificates(content) == []
    assert certificates(b"0" + content) == []
    assert key_of(content.decode("latin-1")) == b""


def file(path: str, content: str | bytes, **more: Any) -> dict[str, Any]:
    return {"path": path, "content": content, **more}


def expired(folder: Path, *image: list[dict[str, Any]]) -> list[str]:
    return [path for path, _ in told(folder, "expired-certificate", *image)]


def test_an_expired_one_is_told_with_its_day(tmp_path: Path) -> None:
    ((path, message),) = told(tmp_path, "expired-certificate", [file("etc/tls/a.crt", NEW + OLD), file("b.crt", NEW)])
    assert path == "etc/tls/a.crt"
    assert message == "etc/tls/a.crt holds a certificate that is over, of CN=example.org (2020-01-31)"


def test_the_last_day_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = [file("a.crt", OLD)]
    for day, over in (("2020-01-31", []), ("2020-02-01", ["a.crt"])):
        monkeypatch.setattr(layers, "today", lambda day=day: day)
        assert expired(tmp_path, image) == over


def test_der_and_other_suffixes(tmp_path: Path) -> None:
    image = [file(f"srv/a{suffix.decode()}", der(OLD)) for suffix in layers.SUFFIXES]
    assert expired(tmp_path, [*image, file("srv/a.txt", OLD)]) == [entry["path"] for entry in image]


def test_those_for_tests_and_stores_of_authorities_say_nothing(tmp_path: Path) -> None:
    store = [file(f"etc/pki/hash/{number}.pem", OLD) for number in range(20)]
    tests = [file(f"srv/{folder}/a.pem", OLD) for folder in ("test", "Fixtures/deep", "examples", "node_modules/tls/x")]
    bundle = [file("etc/ssl/ca.crt", OLD * (BUNDLE + 1)), file("etc/large.crt", OLD + "#" * limits.CERTIFICATE)]
    assert expired(tmp_path, [*store, *tests, *bundle]) == []
    assert len(expired(tmp_path, store[:19])) == 19


def test_those_of_packages_say_nothing(tmp_path: Path) -> None:
    database = file("lib/apk/db/installed", packaged.apk({"usr/share/tls/a.crt": OLD, "etc/tls/b.crt": OLD}))
    image = [database, file("usr/share/tls/a.crt", OLD), file("etc/tls/b.crt", OLD + "\n")]
    assert expired(tmp_path, image) == ["etc/tls/b.crt"]


def test_a_replaced_one_is_over_and_gone(tmp_path: Path) -> None:
    assert expired(tmp_path, [file("a.crt", OLD)], [file("a.crt", NEW)]) == []


def test_so_many_are_read_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CERTIFICATES", 2)
    image = [file(f"{number}/a.crt", OLD) for number in range(3)]
    found = told(tmp_path, "expired-certificate", image, limited=["more files with certificates than are read"])
    assert [path for path, _ in found] == ["0/a.crt", "1/a.crt"]


def ties(folder: Path, *image: list[dict[str, Any]]) -> list[str]:
    return [message.partition(":")[0] for _, message in told(folder, "certificate-with-key", *image)]


@pytest.mark.parametrize("kind", ["rsa", "rsa-old", "ec", "ec-old"])
def test_a_key_is_known_by_what_it_says(made: Path, tmp_path: Path, kind: str) -> None:
    """Wherever it lies, and under any name; the key is one finding still."""
    others = [file(f"etc/{other}.crt", (made / f"{other}.crt").read_bytes()) for other in KEYS if other != kind]
    image = [*others, file("etc/a.pem", (made / f"{kind}.crt").read_bytes())]
    key = [file("srv/private/b.key", (made / f"{kind}.key").read_bytes())]
    assert ties(tmp_path, image, key) == ["etc/a.pem is the certificate of the private key in srv/private/b.key"]
    assert len([found for found in findings(tmp_path, image, key) if found.secret]) == 1
    assert ties(tmp_path, image, key, [file("srv/private/.wh.b.key", "")]) == []


def test_a_key_that_says_nothing_is_known_by_its_name(made: Path, tmp_path: Path) -> None:
    certificate, key = (made / "ed25519.crt").read_bytes(), (made / "ed25519.key").read_bytes()
    assert ties(tmp_path, [file("etc/a.crt", certificate), file("etc/a.key", key)]) != []
    assert ties(tmp_path, [file("etc/a.crt", certificate), file("etc/b.key", key)]) == []
    assert ties(tmp_path, [file("etc/a.crt", certificate), file("srv/a.key", key)]) == []


def test_both_in_one_file_are_the_key_s_finding_alone(made: Path, tmp_path: Path) -> None:
    both = (made / "rsa.crt").read_bytes() + (made / "rsa.key").read_bytes()
    assert ties(tmp_path, [file("etc/both.pem", both)]) == []
    assert [found.rule for found in findings(tmp_path, [file("etc/both.pem", both)])] == ["pem-private-key"]
