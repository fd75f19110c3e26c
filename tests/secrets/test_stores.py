"""Keys and key stores without lines, made by the programs that make them: found by what they hold."""

from __future__ import annotations

import base64
import io
import random
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.result import Found
from imagelint.secrets import der, gnupg, java_store, pkcs12
from imagelint.secrets.checksum import check
from imagelint.secrets.confirm import Detector
from imagelint.secrets.structured import stores
from imagelint.secrets.structured.binary import keytab
from imagelint.secrets.structured.reading import read
from imagelint.stream import limits
from tests.imagemaker import layer_tar
from tests.secrets.formats import binaries
from tests.secrets.samples import reported, through_windows, unheard
from tests.secrets.test_structured import in_layer

PHRASE = "k7" + "Qz!w0Lm"
DER, P12, JAVA, GNUPG = "der-private-key", "pkcs12-key-store", "java-key-store", "gnupg-private-key"


def run(*words: str, at: Path) -> None:
    """A program, if it is there."""
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    subprocess.run(words, cwd=at, check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of each kind, a certificate, stores: what openssl makes of them."""
    at = tmp_path_factory.mktemp("openssl")

    def openssl(words: str) -> None:
        run("openssl", *words.split(), at=at)

    for name, words in {
        "rsa": "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        "small": "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "p256": "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "p384": "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "p521": "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "k256": "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "ed25519": "-algorithm ED25519",
        "ed448": "-algorithm ED448",
        "x25519": "-algorithm X25519",
    }.items():
        openssl(f"genpkey {words} -out {name}.pem")
        openssl(f"pkcs8 -topk8 -nocrypt -in {name}.pem -outform DER -out {name}.pkcs8")
    openssl(f"pkcs8 -topk8 -in rsa.pem -outform DER -passout pass:{PHRASE} -out rsa.encrypted")
    openssl("rsa -in rsa.pem -traditional -outform DER -out rsa.pkcs1")
    for name in ("p256", "p384", "p521", "k256"):
        openssl(f"ec -in {name}.pem -outform DER -out {name}.sec1")
    openssl("req -x509 -new -key rsa.pem -subj /CN=example.org -days 30 -out cert.pem")
    openssl("x509 -in cert.pem -outform DER -out cert.der")
    openssl("rsa -in rsa.pem -pubout -outform DER -out public.der")
    export = "pkcs12 -export -inkey rsa.pem -in cert.pem"
    openssl(f"{export} -passout pass:{PHRASE} -out closed.p12")
    openssl(f"{export} -passout pass:changeit -out usual.p12")
    openssl(f"{export} -passout pass: -out empty.p12")
    openssl(f"{export} -keypbe NONE -certpbe NONE -nomac -passout pass: -out bare.p12")
    openssl(f"pkcs12 -export -nokeys -in cert.pem -passout pass:{PHRASE} -out trust.p12")
    return at


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory, made: Path) -> Path:
    """Stores that keytool makes."""
    at = tmp_path_factory.mktemp("keytool")
    for name, kind, password, alias in (
        ("closed.jks", "JKS", PHRASE, "web"),
        ("usual.jks", "JKS", "changeit", "web"),
        ("closed.jceks", "JCEKS", PHRASE, "web"),
        ("usual.p12", "PKCS12", "changeit", "web"),
        ("debug.keystore", "JKS", "android", "androiddebugkey"),
    ):
        words = f"-genkeypair -keystore {name} -storetype {kind} -alias {alias} -keyalg EC"
        run("keytool", *words.split(), "-dname", "CN=example.org", "-storepass", password, "-keypass", password, at=at)
    run(
        "keytool",
        *"-genseckey -keystore secret.jceks -storetype JCEKS -alias s -keyalg AES -keysize 256".split(),
        *("-storepass", PHRASE, "-keypass", PHRASE),
        at=at,
    )
    for kind in ("JKS", "PKCS12"):
        run(
            "keytool",
            *f"-importcert -noprompt -keystore trust.{kind} -storetype {kind} -alias ca -file {made}/cert.pem".split(),
            "-storepass",
            "changeit",
            at=at,
        )
    return at


def told(found: list[Found]) -> list[tuple[str, bool, str]]:
    """(rule, encrypted, confidence) of what was found."""
    return [(item.candidate.rule, item.candidate.encrypted, item.candidate.confidence) for item in found]


OPENSSL = {
    **{f"{name}.pkcs8": (DER, False) for name in "rsa small p256 p384 p521 k256 ed25519 ed448 x25519".split()},
    **{f"{name}.sec1": (DER, False) for name in "p256 p384 p521 k256".split()},
    "rsa.pkcs1": (DER, False),
    "rsa.encrypted": (DER, True),
    "closed.p12": (P12, True),
    "usual.p12": (P12, False),
    "empty.p12": (P12, False),
    "bare.p12": (P12, False),
}
NOTHING = ("cert.der", "public.der", "trust.p12")


def test_what_openssl_makes(detector: Detector, made: Path) -> None:
    files = {f"srv/{number}": (made / name).read_bytes() for number, name in enumerate((*OPENSSL, *NOTHING))}
    found = dict(zip((*OPENSSL, *NOTHING), in_layer(detector, files).values(), strict=True))
    assert {name: told(items) for name, items in found.items()} == {
        **{name: [(rule, encrypted, "proved")] for name, (rule, encrypted) in OPENSSL.items()},
        **{name: [] for name in NOTHING},
    }


def test_what_keytool_makes(detector: Detector, java: Path) -> None:
    expected = {
        "closed.jks": [(JAVA, True)],
        "usual.jks": [(JAVA, False)],
        "closed.jceks": [(JAVA, True)],
        "secret.jceks": [(JAVA, True)],
        "usual.p12": [(P12, False)],
        "debug.keystore": [],
        "trust.JKS": [],
        "trust.PKCS12": [],
    }
    found = in_layer(detector, {f"srv/{name}": (java / name).read_bytes() for name in expected})
    assert {path[4:]: [one[:2] for one in told(items)] for path, items in found.items()} == expected


@pytest.mark.parametrize("passphrase", ["", PHRASE])
def test_what_gnupg_makes(detector: Detector, tmp_path: Path, passphrase: str) -> None:
    home = tmp_path / "h"
    home.mkdir(mode=0o700)
    (home / "gpg-agent.conf").write_text("s2k-count 65536\n")
    gpg = ("gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase)
    for algorithm in ("rsa2048", "ed25519"):
        run(*gpg, "--quick-gen-key", f"{algorithm}@example.org", algorithm, "sign", "never", at=tmp_path)
    run(*gpg, "--output", "secring", "--export-secret-keys", at=tmp_path)
    run(*gpg, "--output", "public", "--export", at=tmp_path)
    run("gpgconf", "--homedir", str(home), "--kill", "all", at=tmp_path)
    keys = list((home / "private-keys-v1.d").iterdir())
    files = {f"srv/{number}": key.read_bytes() for number, key in enumerate([*keys, tmp_path / "secring"])}
    found = in_layer(detector, {**files, "srv/public": (tmp_path / "public").read_bytes()})
    assert found.pop("srv/public") == []
    assert len(found) == 3
    for items in found.values():
        assert [(rule, encrypted) for rule, encrypted, _ in told(items)] == [(GNUPG, bool(passphrase))]


def test_inside_of_archives_and_beside_other_bytes(detector: Detector, made: Path) -> None:
    """A store ends where its member ends; in the middle of a file nothing says that it begins."""
    content, war = (made / "closed.p12").read_bytes(), io.BytesIO()
    with zipfile.ZipFile(war, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(40):
            file.writestr(f"a/{number}.txt", "words\n" * 9000)
        file.writestr("WEB-INF/store", content)
        file.writestr("WEB-INF/key", (made / "ed25519.pkcs8").read_bytes())
    found = in_layer(detector, {"srv/app.war": war.getvalue(), "srv/other": b"x" + content})
    assert [(item.way, item.candidate.rule) for item in found["srv/app.war"]] == [
        (b"WEB-INF/store", P12),
        (b"WEB-INF/key", DER),
    ]
    assert found["srv/other"] == []


def test_across_windows(detector: Detector, made: Path) -> None:
    """A store that begins at the end of one window and ends in the next, wherever the border falls."""
    content = (made / "closed.p12").read_bytes()
    for short in (0, 512, 1024, 1536, 2048, limits.CONTEXT_AFTER, limits.CONTEXT_AFTER + 512):
        pad = bytes(limits.WINDOW - short - 1024)
        found = in_layer(detector, {"srv/a": pad, "srv/store": content, "srv/z": bytes(limits.WINDOW)})
        assert [item.candidate.rule for item in found["srv/store"]] == [P12], short


def test_base64_without_armour(detector: Detector, made: Path) -> None:
    names = [name for name, (rule, encrypted) in OPENSSL.items() if rule == P12 or not encrypted]
    for name in names:
        value = base64.b64encode((made / name).read_bytes()).decode()
        lines = "\n".join(value[at : at + 76] for at in range(0, len(value), 76))
        for text in (f"key: {value}\nother: words\n", f"key: |\n{lines}\n\nother: words", f'{{"key": "{value}"}}'):
            for found in (reported(detector, text, "srv/a.yml"), through_windows(detector, text, "srv/a.yml")):
                (candidate,) = found
                assert candidate.rule == OPENSSL[name][0], name
                assert "".join(candidate.value.split()) == value, name
                assert candidate.confidence == "proved"
                if name != "usual.p12" and name != "empty.p12":  # a text's PKCS #12 is tried with no password
                    assert candidate.encrypted == OPENSSL[name][1]


def test_a_java_store_in_base64(detector: Detector, java: Path) -> None:
    for name, encrypted in (("usual.jks", False), ("closed.jks", True), ("closed.jceks", True)):
        value = base64.b64encode((java / name).read_bytes()).decode()
        (candidate,) = through_windows(detector, f"store={value}\nother=words\n", "srv/a.properties")
        assert (candidate.rule, candidate.value, candidate.encrypted) == (JAVA, value, encrypted)
    value = base64.b64encode((java / "trust.JKS").read_bytes()).decode()
    assert through_windows(detector, f"store={value}\n", "srv/a.properties") == []


def bouncy(kind: int, key: bytes) -> bytes:
    """A store of Bouncy Castle with one entry, as BcKeyStoreSpi writes it."""
    out = struct.pack(">II", 2, 20) + bytes(20) + struct.pack(">I", 1200)
    out += bytes([kind]) + struct.pack(">H", 3) + b"web" + bytes(8) + struct.pack(">I", 0)
    if kind == 1:
        out += struct.pack(">H", 5) + b"X.509"
    return out + struct.pack(">I", len(key)) + key + b"\0" + bytes(20)


def test_bouncy_castle(detector: Detector) -> None:
    key, certificate = random.Random(3).randbytes(300), b"\x30" + bytes(200)
    found = in_layer(detector, {"srv/a": bouncy(4, key), "srv/b": bouncy(1, certificate), "srv/c": bouncy(4, key)[:-1]})
    assert [told(items) for items in found.values()] == [[(JAVA, True, "proved")], [], []]


def test_a_keytab_of_any_name(detector: Detector) -> None:
    content = next(content for name, _, _, content in binaries(3) if name == "keytab")
    found = in_layer(detector, {"srv/secret": content, "srv/a.keytab": content})
    assert [len(items) for items in found.values()] == [2, 2]


VAULTS = [
    b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5\1\0\4\0" + bytes(range(200)),
    b"kych\0\1\0\0\0\0\0\x10" + bytes(200),
    b"KWALLET\n\r\0\r\n" + bytes(200),
    b"PWS3" + bytes(200) + b"PWS3-EOFPWS3-EOF" + bytes(32),
]


def test_vaults(detector: Detector) -> None:
    found = in_layer(detector, {f"srv/{number}": vault for number, vault in enumerate(VAULTS)})
    assert [told(items) for items in found.values()] == [[("password-vault", True, "likely")]] * len(VAULTS)
    assert in_layer(detector, {"srv/a": b"PWS3" + bytes(300)})["srv/a"] == []


def test_chance_and_damage_are_no_keys(made: Path) -> None:
    """Never anything but a key or ValueError, whatever is cut or changed."""
    rng = random.Random(11)
    parsers: list[Callable[[bytes], object]] = [der.protection, pkcs12.read, java_store.read, gnupg.packets]
    whole = [(made / name).read_bytes() for name in (*OPENSSL, *NOTHING)]
    held = 0
    for data in [*whole, bouncy(4, bytes(40))]:
        for _ in range(60):
            wrong = bytearray(data)
            for _ in range(rng.randrange(1, 4)):
                wrong[rng.randrange(min(len(wrong), 80))] = rng.randrange(256)
            for parser in parsers:
                try:
                    parser(bytes(wrong[: rng.choice((len(wrong), rng.randrange(len(wrong))))]))
                except ValueError:
                    held += 1
    assert held > 2000
    for _ in range(3000):
        start = bytes([rng.choice(sorted(stores.FIRST))]) + rng.randbytes(200)
        assert list(read(stores.readers(start[:32]), start.decode("latin-1"), unheard)) == []


def test_a_name_alone_is_no_keytab() -> None:
    assert list(keytab("\5\2\0\0")) == []


def test_text_that_looks_like_base64_of_a_key(made: Path) -> None:
    value = base64.b64encode((made / "rsa.pkcs1").read_bytes()).decode()
    assert check("der", value) is True
    assert check("der", value[:-40]) is False
    assert check("der", value[:100] + "AAAA" + value[104:]) is False  # n is no longer pq
    assert check("pkcs12", value) is False
    assert check("java-store", value) is False


def test_the_keys_of_tests_in_go_are_quiet(detector: Detector, made: Path) -> None:
    value = base64.b64encode((made / "rsa.pkcs1").read_bytes()).decode()
    lines = "\n".join(value[at : at + 64] for at in range(0, len(value), 64))
    text = f"x\n-----BEGIN RSA TESTING KEY-----\n{lines}\n-----END RSA TESTING KEY-----\n"
    assert through_windows(detector, text, "usr/bin/kpt") == []
    assert [c.rule for c in through_windows(detector, text.replace("TESTING ", "SIGNING "), "usr/bin/kpt")] == [DER]


def test_too_many_stores_are_told(detector: Detector, monkeypatch: pytest.MonkeyPatch, made: Path) -> None:
    monkeypatch.setattr(limits, "STORES", 2)
    content = (made / "p256.pkcs8").read_bytes()
    tar = layer_tar([{"path": f"srv/{number}", "content": content} for number in range(3)])
    result = read_layer(Layer(0, "", "", len(tar), "", lambda: cast(BinaryIO, io.BytesIO(tar))), detector)
    assert len(result.found) == 2
    assert [reason for _, reason in result.limited] == [
        "too many files that begin as key stores do; patterns alone were searched in the rest"
    ]
