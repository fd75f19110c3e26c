"""What may never happen: a secret that can be read in an output, wherever it was planted and whatever is reported
beside it."""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest

from imagelint.report.interface import FORMATS
from tests.imagemaker import Recipe, archive, docker_archive, oci_layout
from tests.plant_dockerfiles import bare, places
from tests.plant_images import everywhere, surfaces
from tests.plants import Plant, leaks, plants
from tests.program import imagelint, running

SEED = os.environ.get("IMAGELINT_PLANT_SEED", "one")
"""Another seed makes other secrets."""
WIDE = {"FORCE_COLOR": "1", "COLUMNS": "120"}
NARROW = {"NO_COLOR": "1", "COLUMNS": "44"}
EVERY = 1 if os.environ.get("IMAGELINT_TEST_LONG") else 6
"""Of so many places one is used, beside some for all: of each plant another one than of its neighbour."""
HALF = 600
"""Images of an archive; no more than 1,000 are read of one."""


@pytest.fixture(scope="session")
def planted() -> list[Plant]:
    return list(plants(SEED))


def run(folder: Path, screen: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """The command, in a folder of its own."""
    return subprocess.run(
        [*imagelint(), *words],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        cwd=folder,
        env={**os.environ, "GITHUB_STEP_SUMMARY": "summary.md", **screen},
    )


def outputs(folder: Path, screen: dict[str, str], *words: str) -> dict[str, str]:
    """All that a scan tells, by where it tells it."""
    folder.mkdir(exist_ok=True)
    files = [word for name in FORMATS if name != "terminal" for word in ("-o", f"{name}=out.{name}")]
    done = run(folder, screen, "scan", "--no-config", "--profile", "strict", *words, *files)
    assert "Traceback" not in done.stderr, done.stderr
    told = {"screen": done.stdout, "errors": done.stderr}
    told |= {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}
    assert {"summary.md", *(f"out.{name}" for name in FORMATS if name != "terminal")} <= told.keys(), done.stderr
    return told


def read(told: dict[str, str], planted: list[Plant]) -> list[str]:
    seen: set[str] = set()
    return [f"{where}: {leak}" for where, text in told.items() for leak in leaks(text, planted, seen)]


def dockerfiles(folder: Path, planted: list[Plant]) -> set[str]:
    """A Dockerfile for each plant and some of the places; the rules that are planted."""
    for number, plant in enumerate(plant for plant in planted if plant.value in plant.text):  # no vault's digest
        texts = {name: f"FROM debian\n{text}\n" for name, text in places(plant)}
        texts["bare"] = bare(plant)
        for name in {"bare", "run-heredoc", *sorted(texts)[number % EVERY :: EVERY]}:
            text = texts[name]
            path = folder / name / f"{number}.dockerfile"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return {plant.rule for plant in planted}


def test_every_rule_is_planted(planted: list[Plant], repository: Path) -> None:
    assert {plant.rule for plant in planted} == {path.stem for path in (repository / "rules/secrets").glob("*.yaml")}
    assert all(len(plant.parts) >= 3 for plant in planted)


def test_a_leak_would_be_seen(planted: list[Plant]) -> None:
    for plant in planted:
        assert leaks(f"x{plant.value}x", [plant]), plant
        assert leaks("\n".join(f"  | {line}" for line in plant.value.split("\n")), [plant]), plant
        data = plant.value.encode()
        assert leaks(f"x{data.hex()}", [plant]), plant
        assert leaks("".join(f"\\u{ord(letter):04x}" for letter in plant.value), [plant]), plant
        for before in range(3):
            assert leaks(base64.b64encode(bytes(before) + data).decode(), [plant]), plant


@pytest.mark.slow
def test_dockerfiles(planted: list[Plant], tmp_path: Path) -> None:
    planted = [plant for plant in planted if not plant.by_file]
    rules = dockerfiles(tmp_path / "in", planted)
    told = outputs(tmp_path / "wide", WIDE, str(tmp_path / "in"))
    assert not read(told, planted)
    findings = json.loads(told["out.json"])["findings"]
    path_bound = {plant.rule for plant in planted if plant.path}
    assert {finding["rule"] for finding in findings} >= rules - path_bound | {"sudo", "download-insecure"}
    assert not read(outputs(tmp_path / "narrow", NARROW, str(tmp_path / "in" / "bare")), planted)


@pytest.mark.slow
def test_images(planted: list[Plant], tmp_path: Path) -> None:
    image = docker_archive(tmp_path / "all.tar", *map(everywhere, planted), layout="25")
    told = outputs(tmp_path / "wide", WIDE, str(image))
    assert not read(told, planted)
    findings = json.loads(told["out.json"])["findings"]
    assert {finding["rule"] for finding in findings} >= {plant.rule for plant in planted} | {"setuid-file"}
    assert not read(outputs(tmp_path / "narrow", NARROW, str(image)), planted)


@pytest.mark.slow
def test_images_with_one_place(planted: list[Plant], tmp_path: Path) -> None:
    alone = [plant for plant in planted if plant.alone and plant.word == plant.value]
    assert len(alone) > 40
    recipes = [recipe for number, plant in enumerate(alone) for recipe in [*surfaces(plant)][number % EVERY :: EVERY]]
    parts = [recipes[at : at + HALF] for at in range(0, len(recipes), HALF)]
    archives = [docker_archive(tmp_path / f"{n}.tar", *part, layout="25") for n, part in enumerate(parts)]
    told = outputs(tmp_path / "out", WIDE, *map(str, archives))
    assert json.loads(told["out.json"])["stats"]["images"] == len(recipes)
    assert not read(told, alone)


@pytest.mark.slow
def test_whoever_asks_sees_them(planted: list[Plant], tmp_path: Path) -> None:
    dockerfiles(tmp_path / "in", planted)
    image = docker_archive(tmp_path / "all.tar", *map(everywhere, planted), layout="25")
    told = outputs(tmp_path / "out", NARROW, "--show-secrets", str(tmp_path / "in" / "run-heredoc"), str(image))
    shown = {finding["secret"]["value"] for finding in json.loads(told["out.json"])["findings"] if "secret" in finding}
    everything = "\n".join(shown)
    assert not [plant for plant in planted if plant.value not in everything]


def test_names_of_targets(planted: list[Plant], tmp_path: Path) -> None:
    """In paths, tags, and what is said of targets that cannot be read."""
    names = [plant.word for plant in planted if plant.alone and plant.value == plant.word and "/" not in plant.word]
    names += [plant.text for plant in planted if plant.rule == "secret-in-assignment"]
    words = []
    for name in names:
        folder = tmp_path / "in" / name[:200]
        folder.mkdir(parents=True)
        (folder / "Dockerfile").write_text("FROM debian\nRUN sudo true\nCOPY <<EOF x\n")
        whole = docker_archive(folder / "image.tar", Recipe([[{"path": "a", "mode": 0o4755}]])).read_bytes()
        (folder / "damaged.tar").write_bytes(whole[: len(whole) - 4000])
        (folder / "cut.tar").write_bytes(whole[:700])
        (folder / "empty").mkdir()
        words += [str(folder), *(str(folder / file) for file in ("image.tar", "damaged.tar", "cut.tar", "empty"))]
        words += [str(folder / "missing"), f"registry:{name}", f"docker-archive:{name}", f"oci-archive:{name}"]
    oci_layout(tmp_path / "layout", Recipe([[]]))
    words += [f"oci:{tmp_path}/layout:{name}" for name in names]
    told = outputs(tmp_path / "out", WIDE, *words)
    assert len(json.loads(told["out.json"])["incomplete"]) >= 6 * len(names)
    assert not read(told, planted)
    for word in (words[5], words[6], words[3], words[-1]):
        done = run(tmp_path / "out", NARROW, "extract", word, "0" * 12, "-o", "new")
        assert done.returncode == 3
        assert not leaks(done.stdout + done.stderr, planted)


MANIFESTS = (
    '[{"Config": "%s", "Layers": ["../../%s"]}]',
    '[{"Config": "%s.json", "RepoTags": ["%s"], "Layers": ["%s"]}]',
    '{"%s": 1}',
    '[{"Config": 1, "%s": 2}]',
    '[{"Layers": "%s"}]',
    '[{"%s',
)
INDEXES = (
    '{"manifests": [{"digest": "%s", "mediaType": "%s", "annotations": {"org.opencontainers.image.ref.name": "%s"}}]}',
    '{"manifests": ["%s"]}',
    '{"%s',
)


def test_documents_that_are_wrong(planted: list[Plant], tmp_path: Path) -> None:
    words = []
    for number, plant in enumerate(plant for plant in planted if plant.alone and plant.word == plant.value):
        for version, text in enumerate((*MANIFESTS, *INDEXES)):
            name = "index.json" if text in INDEXES else "manifest.json"
            path = tmp_path / f"{number}-{version}.tar"
            path.write_bytes(archive({name: text.replace("%s", plant.word).encode(), "oci-layout": b"{}"}))
            words.append(str(path))
    told = outputs(tmp_path / "out", WIDE, *words)
    assert len(json.loads(told["out.json"])["incomplete"]) >= len(words)
    assert not read(told, planted)


DEFECTS = {
    "a subject's fact": "from imagelint.dockerfile.subject_command import CommandSubject as C\nC.subcommand = boom",
    "the place of a finding": "from imagelint.dockerfile import places\nplaces.find = boom",
    "the parser": "from imagelint.dockerfile import lint\nlint.parse = boom",
    "an image's subject": "from imagelint.image.subjects import ConfigSubject as C\nC.user_is_root = boom",
    "an image's layers": "from imagelint.image import lint\nlint.Timeline = boom",
    "a target": "from imagelint import targets\ntargets._folder = boom\ntargets._images = boom",
    "a report": "from imagelint.report import json\njson.render = boom\njson.finding_object = boom",
    "the configuration": "from imagelint import config\nconfig.discover = boom",
}
DEFECT = """
import sys
value = sys.argv.pop(1)
class Boom:
    def __call__(self, *words, **more):
        raise ValueError("it was " + value)
    def __get__(self, instance, owner):
        raise LookupError(value) if isinstance(instance, owner) else self
boom = Boom()
{0}
from imagelint.cli import main
main(["scan", *sys.argv[1:]])
"""


@pytest.mark.parametrize("name", DEFECTS)
def test_defects_of_ours(planted: list[Plant], tmp_path: Path, name: str) -> None:
    """Whatever an exception says, only its type and where it was raised are told."""
    (plant,) = (plant for plant in planted if plant.rule == "gitlab-token")
    (tmp_path / "Dockerfile").write_text(f"FROM debian\nRUN {plant.text}\nRUN apt-get install nano\n")
    image = docker_archive(tmp_path / "image.tar", everywhere(plant), layout="25")
    program = DEFECT.replace("{0}", DEFECTS[name])
    done = subprocess.run(
        running(program, plant.value, ".", str(image), "--format", "json"),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 3
    told = done.stdout + done.stderr
    assert "ValueError" in told or "LookupError" in told
    assert "Traceback" not in told
    assert not leaks(told, planted)


def test_a_crash_leaves_no_core(planted: list[Plant], tmp_path: Path) -> None:
    """Where the kernel would write one, into the folder: the same crash without imagelint does."""
    docker_archive(tmp_path / "all.tar", *map(everywhere, planted[:9]), layout="25")
    crash = (
        "import os, signal\nfrom imagelint.image import lint\nlint.Timeline = lambda *_: os.kill(0, signal.SIGABRT)\n"
    )
    start = f"from resource import *\nsetrlimit(RLIMIT_CORE, (getrlimit(RLIMIT_CORE)[1],) * 2)\n{crash}"
    command = "from imagelint.cli import main\nmain(['scan', '--no-config', '../all.tar'])"
    left = {}
    for name, program in (("scan", start + command), ("bare", start + "lint.Timeline()")):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            running(program),
            capture_output=True,
            check=False,
            cwd=folder,
            start_new_session=True,
        )
        assert done.returncode == -signal.SIGABRT, done.stderr
        left[name] = [path.name for path in folder.iterdir()]
    assert not left["scan"]
    pattern = Path("/proc/sys/kernel/core_pattern")
    allowed = resource.getrlimit(resource.RLIMIT_CORE)[1] != 0
    if allowed and pattern.exists() and not pattern.read_text().startswith(("|", "/")):
        assert left["bare"]
