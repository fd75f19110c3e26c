"""Secrets behind an encoding: compiled Python, UTF-16, base64, objects of git; and binaries, which need none."""

from __future__ import annotations

import base64
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from imagelint.image.result import LayerResult
from imagelint.secrets.confirm import Detector
from tests import nested
from tests.image.test_inside import KEY, PASSWORD, PLACES, TEXT, inside, read
from tests.material import password, rsa_key

PYTHONS = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))


def places(result: LayerResult) -> list[tuple[str, int, int, str]]:
    """Path, line, column and value of what was found in files themselves."""
    return [(f.path.decode(), f.line, f.column, f.candidate.value) for f in result.found if f.surface == "file"]


SOURCE = """
    import os
    DB_PASSWORD = "{0}"
    LIMIT, NAME = 10, "plain text"
    SETTINGS = {{"user": "app", "password": "{1}", "port": 5432}}
    class Config:
        smtp_passwd: str = "{2}"
    def connect(driver, host):
        driver.client_secret = "{3}"
        pwd = "{4}"
        one = {{"api_key": "{5}"}}
        one["auth_token"] = "{6}"
        return driver(host, os.getpid(), user="app", password="{7}"), one, pwd
"""


@pytest.mark.parametrize("python", [Path(sys.executable), *PYTHONS], ids=lambda path: path.parts[-3])
def test_compiled_python(detector: Detector, tmp_path: Path, python: Path) -> None:
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, check=True)
    if not 8 <= int(version.stdout) <= 13:
        pytest.skip("its .pyc files are not read")
    values = [password(400 + number) + "aQ7" for number in range(8)]
    (tmp_path / "settings.py").write_text(textwrap.dedent(SOURCE.format(*values)))
    subprocess.run([python, "-m", "compileall", "-q", "-b", str(tmp_path)], check=True)
    data = (tmp_path / "settings.pyc").read_bytes()
    result = read(detector, ("srv/settings.pyc", data))
    assert sorted(places(result)) == sorted(("srv/settings.pyc", 0, 0, value) for value in values)
    assert {found.candidate.rule for found in result.found} == {"secret-in-assignment"}
    packed = read(detector, ("srv/app.egg", nested.zipped({"app/settings.pyc": data})))
    assert sorted(inside(packed)) == sorted(("srv/app.egg!app/settings.pyc", 0, 0, value) for value in values)


def test_compiled_python_that_is_cut_or_garbled(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(textwrap.dedent(SOURCE.format(*(password(n) for n in range(8)))))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", str(tmp_path)], check=True)
    data = (tmp_path / "a.pyc").read_bytes()
    rng = random.Random(3)
    files = [(f"{n}.pyc", data[: 16 + rng.randrange(len(data))]) for n in range(150)]
    for n in range(300):
        garbled = bytearray(data)
        for _ in range(rng.randrange(1, 5)):
            garbled[rng.randrange(16, len(data))] = rng.choice((0x29, 0x28, 0x72, 0xE3, 0xFF, 0x7F, rng.randrange(256)))
        files.append((f"g{n}.pyc", bytes(garbled)))
    deep = data[:16] + b"\xa9\x01" * 100_000
    bomb = data[:16] + b"(\xff\xff\xff\x7f" + data[16:]
    back = data[:16] + b")\x02r\xff\xff\xff\xff" + data[16:]
    result = read(detector, *files, ("deep.pyc", deep), ("bomb.pyc", bomb), ("back.pyc", back))
    assert result.incomplete == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf_16(detector: Detector, codec: str, mark: bool) -> None:
    text = ("\ufeff" if mark else "") + TEXT.decode() + "# Gr\u00fc\u00dfe\n" * 9
    data = text.encode(codec)
    result = read(detector, ("srv/app.properties", data), ("a.zip", nested.zipped({"c.ini": data})))
    assert places(result) == [("srv/app.properties", *place) for place in PLACES]
    assert inside(result) == [("a.zip!c.ini", *place) for place in PLACES]
    large = ("\ufeff" + "line\r\n" * 500_000 + TEXT.decode()).encode(codec)
    assert places(read(detector, ("b.ini", large))) == [
        ("b.ini", line + 500_000, at, value) for line, at, value in PLACES
    ]


def test_utf_16_in_another_script(detector: Detector) -> None:
    data = ("\ufeff" + "\u5bc6\u7801\n" * 40 + KEY + "\n").encode("utf-16-le")
    assert places(read(detector, ("a.txt", data))) == [("a.txt", 41, 1, KEY)]


def test_base64_that_is_text(detector: Detector) -> None:
    value = base64.b64encode(TEXT).decode()
    url = base64.urlsafe_b64encode(TEXT + b"???>>>").decode()
    twice = base64.b64encode(value.encode()).decode()
    lines = base64.encodebytes(b"x = 1\n" * 50 + TEXT + b"y = 2\n" * 500).decode()
    result = read(
        detector,
        ("srv/secret.yaml", f"kind: Secret\ndata:\n  app.properties: {value}\n".encode()),
        ("srv/h.json", f'{{"state": "{url}"}}\n'.encode()),
        ("srv/two.yaml", f"a: b\nb: {twice}\n".encode()),
        ("srv/mail.ini", f"Content-Transfer-Encoding: base64\n\n{lines}".encode()),
        ("srv/a.tar.gz", nested.compressed(nested.tarred({"s.yaml": f"x: {value}".encode()}), "gzip")),
    )
    found = [("srv/secret.yaml", 3, 19), ("srv/h.json", 1, 12), ("srv/two.yaml", 2, 4), ("srv/mail.ini", 3, 1)]
    assert sorted(places(result)) == sorted((*place, secret) for place in found for secret in (KEY, PASSWORD))
    assert inside(result) == [("srv/a.tar.gz!a.tar!s.yaml", 1, 4, secret) for secret in (KEY, PASSWORD)]


@pytest.mark.parametrize("pad", range(4))
def test_every_keyword_at_every_place_in_base64(detector: Detector, pad: int) -> None:
    for name in ("password", "DB_PASSWORD", "clientSecret", "API_TOKEN", "apiKey"):
        text = f"{'#' * pad} settings\n{name} = {PASSWORD}\n"
        value = base64.b64encode(text.encode()).decode()
        assert [secret for *_, secret in places(read(detector, ("a.conf", f"v={value}".encode())))] == [PASSWORD], name


def test_base64_that_is_no_text(detector: Detector) -> None:
    rng = random.Random(9)
    noise = base64.b64encode(rng.randbytes(60_000)).decode()
    broken = base64.b64encode(rng.randbytes(3000) + b"password=" + PASSWORD.encode() + rng.randbytes(3000)).decode()
    assert read(detector, ("a.js", noise.encode()), ("b.js", broken.encode())).found == []


def git(folder: Path, *words: str) -> None:
    """Run git, with nothing of this machine's configuration."""
    known = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", *known, *words], cwd=folder, check=True, capture_output=True, env=environment)


@pytest.mark.skipif(not shutil.which("git"), reason="git is missing")
@pytest.mark.parametrize("packed", [False, True])
def test_objects_of_git(detector: Detector, tmp_path: Path, packed: bool) -> None:
    git(tmp_path, "init", "-q")
    values = [password(500 + number) for number in range(6)]
    rest = "\n".join(f"setting_{n} = {n * n}" for n in range(400))
    for value in [*values, "$PASSWORD"]:
        (tmp_path / "app.ini").write_text(f"{rest}\ndb_password = {value}\n{rest}\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", "change")
    (tmp_path / "app.ini").unlink()
    if packed:
        git(tmp_path, "gc", "-q", "--aggressive")
    files = [
        (path.relative_to(tmp_path).as_posix(), path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()
    ]
    result = read(detector, *sorted(files))
    assert {f.candidate.value for f in result.found} >= set(values) - {""}
    assert (result.incomplete, result.limited) == ([], [])
    found = {f.candidate.value: f for f in result.found}
    for value in values:
        content = f"{rest}\ndb_password = {value}\n{rest}\n".encode()
        name = subprocess.run(["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True)
        digest = name.stdout.decode().strip()
        path, way = found[value].path.decode(), found[value].way.decode()
        assert way == digest if packed else path.endswith(f"objects/{digest[:2]}/{digest[2:]}")
        assert (found[value].line, found[value].column) == (401, 15)


def test_a_program_with_a_secret_in_it(detector: Detector) -> None:
    program = Path("/bin/busybox").read_bytes() if Path("/bin/busybox").exists() else Path(sys.executable).read_bytes()
    text = b"\0https://example.org\0" + KEY.encode() + b"\0%s\0" + rsa_key(77).encode() + b"\0"
    found = read(detector, ("bin/app", program + text)).found
    values = {f.candidate.rule: (f.line, f.offset) for f in found if f.offset >= len(program)}
    assert values == {
        "aws-access-key-id": (0, len(program) + 21),
        "pem-private-key": (0, len(program) + text.index(b"-----BEGIN")),
    }


def test_a_database(detector: Detector, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("create table settings (name text, value text)")
        database.executemany("insert into settings values (?, ?)", [(f"n{n}", f"v{n}") for n in range(500)])
        database.execute("insert into settings values ('conf', ?)", (f'{{"password": "{PASSWORD}", "id": "{KEY}"}}',))
    database.close()
    result = read(detector, ("srv/a.db", (tmp_path / "a.db").read_bytes()))
    assert sorted(places(result)) == sorted(("srv/a.db", 0, 0, value) for value in (PASSWORD, KEY))
