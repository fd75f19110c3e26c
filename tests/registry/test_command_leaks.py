"""No value of a secret is in anything that a run writes: cache, index, reports, files of each image, the screen."""

from __future__ import annotations

import base64
import hashlib
import os
import pty
import select
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.imagemaker import Recipe
from tests.many_images import Shape
from tests.material import password
from tests.plant_images import everywhere
from tests.plants import Plant, leaks, plants
from tests.program import imagelint
from tests.registry.command import Stage, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]

FEW = Shape(images=2, layers=2, shared=0.5, families=1, tags=2, kib=4, own_kib=4, leaky=1, seed="leaks")
PASSWORDS = [password(920 + number) for number in range(6)]
FILE, ENV, LABEL, HISTORY, PATH, SHARED = PASSWORDS
"""Where each lies first; some lie elsewhere too, where nothing else gives them away."""
ALL = "sarif,html,json,junit,github,gitlab"


def recipes(planted: list[Plant]) -> dict[str, Recipe]:
    """Each plant everywhere in an image, and passwords of which layers and images share the places."""
    names = {f"plants/n{number:03}": everywhere(plant) for number, plant in enumerate(planted)}
    conf = [{"path": "etc/my.cnf", "content": f"[client]\npassword = {SHARED}\n"}]

    def named(*values: str) -> list[dict[str, object]]:
        return [{"path": f"srv/{value}/x", "content": "x", "mode": 0o4755} for value in values]

    return names | {
        "words/file": Recipe([conf, [{"path": "etc/other.cnf", "content": f"[client]\npassword = {FILE}\n"}]]),
        "words/env": Recipe([conf, named(ENV)], {"Env": [f"DB_PASSWORD={ENV}"], "Cmd": ["run", ENV]}),
        "words/label": Recipe([conf, named(SHARED)], {"Labels": {"db.password": LABEL}, "Cmd": ["run", SHARED, LABEL]}),
        "words/history": Recipe(
            [conf, named(HISTORY)],
            {"Cmd": ["run", HISTORY]},
            history=[f"RUN |1 DB_PASSWORD={HISTORY} /bin/sh -c make", "x"],
        ),
        "words/again": Recipe(
            [named(PATH, SHARED), conf], {"Env": [f"PGPASSWORD={PATH}"], "Labels": {"x": PATH, PATH: "y"}}
        ),
    }


@dataclass
class Ground:
    """The registry, and what must not be read."""

    stage: Stage
    planted: list[Plant]

    def written(self) -> dict[str, bytes]:
        """All that lies in the folder of the runs, by its name."""
        files = (path for path in self.stage.folder.rglob("*") if path.is_file())
        home = (path for path in (self.stage.folder.parent / "home").rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in (*files, *home)}

    def read(self, told: dict[str, bytes]) -> list[str]:
        """What can be read of secrets there."""
        seen: set[str] = set()
        found = []
        for where, data in told.items():
            found += [f"{where}: {leak}" for leak in leaks(_text(data), self.planted, seen)]
            found += [f"{where}: {form}" for value in PASSWORDS for form in forms_in(value, data)]
        return found


def forms_in(value: str, data: bytes) -> list[str]:
    """In which forms a password is there: nothing that was made of it may be."""
    raw = value.encode()
    forms = {"itself": raw, "small": raw.lower(), "turned round": raw[::-1]}
    for shift in range(3):
        forms[f"base64 {shift}"] = base64.b64encode(bytes(shift) + raw)[4:-4]
    for kind in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        made = hashlib.new(kind, raw)
        forms[kind], forms[f"{kind} as bytes"] = made.hexdigest()[:24].encode(), made.digest()[:12]
    forms["hexadecimal"] = raw.hex().encode()
    lower = data.lower()
    return [name for name, form in forms.items() if form in data or form.lower() in lower]


def _text(data: bytes) -> str:
    return data.decode("latin-1")


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    planted = [
        plant for number, plant in enumerate(plants("registry")) if number % 9 == 0 and plant.value in plant.text
    ]  # no digest of a vault
    with stage(tmp_path_factory.mktemp("leaks"), FEW, recipes(planted)) as made:
        yield Ground(made, [*planted, *(one.plant for one in made.made.planted)])


def test_a_leak_would_be_seen(ground: Ground) -> None:
    for value in PASSWORDS:
        digest = hashlib.sha256(value.encode())
        for data in (value, value.encode().hex(), base64.b64encode(value.encode()).decode(), digest.hexdigest()):
            assert ground.read({"x": f"ahead {data} behind".encode()})
        assert ground.read({"x": b"\0\1" + digest.digest() + b"\2"})
    assert ground.read({"x": ground.planted[0].value.encode()})
    assert not ground.read({"x": os.urandom(200_000)})


def test_files_of_a_run(ground: Ground) -> None:
    """And of a second one, and of one by other rules, which is composed of what was kept."""
    made = ground.stage
    outputs = [word for name in ALL.split(",") for word in ("-o", f"{name}=all.{name}")]
    told: dict[str, bytes] = {}
    kept = ("--cache", "cache")
    for number, more in enumerate((kept, kept, (*kept, "--ignore", "setuid-file"), ("--no-cache",))):
        words = ["--index", "index.db", "--output-dir", f"each{number}", "--each", ALL, *outputs]
        done = made.run(*words, *more)
        assert done.status in (1, 3), done.errors
        told |= {f"screen {number}": done.output.encode(), f"errors {number}": done.errors.encode()}
    told |= ground.written()
    assert any(name.endswith("layers.db") for name in told)
    assert len([name for name in told if "/each0/" in name]) >= len(made.own)
    assert ground.read(told) == []


def test_the_screen_of_a_terminal(ground: Ground) -> None:
    """With the line of progress."""
    made = ground.stage
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*imagelint(), "registry", "--no-config", "--cache", "screen", made.front.host],
        cwd=made.folder,
        env={**os.environ, **made.environment, "TERM": "xterm-256color", "COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    data = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 1 << 16)
        except OSError:
            break
        if not part:
            break
        data += part
    os.close(ours)
    assert process.wait(30) in (1, 3)
    assert b"layers read" in data, "there was a line of progress"
    assert ground.read({"terminal": data}) == []


def test_whoever_asks_sees_values_and_leaves_none(ground: Ground) -> None:
    made = ground.stage
    host = made.front.host
    done = made.run("--show-secrets", "--cache", "shown", target=f"{host}/words/*")
    values = {finding["secret"]["value"] for finding in done.report["findings"] if "secret" in finding}
    assert {FILE, SHARED, ENV} <= values
    assert made.run("--show-secrets", "--cache", "shown", target=f"{host}/words/*").got, "nothing was kept"
    assert not ground.read({name: data for name, data in ground.written().items() if "/shown/" in name})
    for words in (["--index", "shown.db"], ["--attach"]):
        refused = made.run("--show-secrets", *words)
        assert refused.status == 2
        assert len(refused.errors.splitlines()) == 1
    assert not (made.folder / "shown.db").exists()
