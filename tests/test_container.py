"""The image of imagelint: a real daemon builds it on Debian from the wheel, and runs, as a user who is not root, what
docs/container.md says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import imagelint
from tests import bootstrap, registries
from tests import engines as real
from tests.conftest import REPOSITORY, without
from tests.material import rsa_key
from tests.report.schemas import errors
from tests.service import fill

pytestmark = [pytest.mark.engine, pytest.mark.slow]

USER, GROUP, SOCKET_GROUP = 4711, 4712, 4713
HARDENED = shlex.split("--rm --network none --read-only --cap-drop ALL --security-opt no-new-privileges")
GITLAB = REPOSITORY / "docs/examples/gitlab-ci.yml"
DEBIAN = "python:3.13-slim-bookworm"
"""What the page calls its base image; here it is a Debian of this machine's release."""
PAGE = (REPOSITORY / "docs/container.md").read_text(encoding="utf-8")
WRAPPER = f"""#!/bin/sh
word=$1
shift
case "$word $*" in
  build*) set -- --network none --build-arg PIP_NO_INDEX=1 "$@" ;;
  run*--network*) ;;
  run*pip*) set -- --network none -v HOME/index:/index:ro -e PIP_NO_INDEX=1 -e PIP_FIND_LINKS=/index "$@" ;;
  run*) set -- --network host "$@" ;;
esac
exec {real.DOCKER} "$word" "$@"
"""
"""The daemon of the tests has no bridge, and the package index is a folder."""


@dataclass
class Bed:
    """A daemon that has the images, and a folder whose owner is nobody in particular."""

    engine: real.Engines
    folder: Path

    def docker(self, *words: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run the client."""
        environment = self.engine.environment
        return subprocess.run([real.DOCKER, *words], env=environment, input=stdin, capture_output=True, check=False)

    def imagelint(self, *words: str, stdin: bytes | None = None) -> tuple[int, str]:
        """Run the image, with these words behind those of HARDENED; its exit status and standard output."""
        done = self.docker("run", *HARDENED, *words, stdin=stdin)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def typed(
        self, command: str, folder: Path, names: dict[str, str] | None = None, *, own: bool = False
    ) -> tuple[int, str]:
        """Type a command of the page as that user, or as `own`, who tests; its exit status and what it printed."""
        for name, there in (names or {}).items():
            command = command.replace(name, there)
        environment = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "DOCKER_HOST": self.engine.address,
            "DOCKER_BUILDKIT": "1",
            "PIP_NO_BUILD_ISOLATION": "false",
        }
        somebody: dict[str, Any] = {"user": USER, "group": GROUP, "extra_groups": [SOCKET_GROUP]}
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=folder,
            env=environment,
            **({} if own else somebody),
            capture_output=True,
            check=False,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr


def commands(heading: str) -> list[str]:
    """The commands below a heading of the page."""
    _, found, rest = PAGE.partition(f"# {heading}\n")
    assert found, heading
    blocks = re.findall(r"^```sh\n(.*?)^```$", rest.partition("\n#")[0], re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in re.split(r"\n(?! )", block.strip())]


@pytest.fixture(scope="module")
def bed(wheel: Path, tree: list[str]) -> Iterator[Bed]:
    """The images, built by the page's commands for a release, and then by those for everybody."""
    if reason := real.missing() or bootstrap.missing() or registries.missing():
        without(reason)
    with real.Engines() as engine:
        engine.root.chmod(0o711)
        socket = engine.root / "d.sock"
        shutil.chown(socket, group=SOCKET_GROUP)
        bed = Bed(engine, engine.root / "home")
        python = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
        fill(bed.folder / "bin", {"docker": WRAPPER.replace("HOME", str(bed.folder)), "python": python})
        for program in (bed.folder / "bin").iterdir():
            program.chmod(0o755)
        with registries.behind_password(engine.root / "pulled") as served:
            _base(bed, wheel, served)
        clone = bed.folder / "clone"
        for name in tree:
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, clone / name)
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "init", "--quiet", clone], check=True)
        subprocess.run(["git", "add", "--all"], cwd=clone, check=True)
        subprocess.run(["git", *author, "commit", "--quiet", "-m", "A clone"], cwd=clone, check=True)
        fill(clone, {"notes.txt": "not for the image", "dist/notes.txt": "nor this"})
        engine.docker(
            "tag", engine.build("FROM base:1\nCOPY key /srv/key\n", {"key": rsa_key(7)}, buildkit=True), "shop:1"
        )
        wheel_of_it, build = commands("Build it")
        *release, _ = commands("For a release")
        status, output = bed.typed("\n".join(["set -e", wheel_of_it, *release, build]), clone, own=True)
        assert status == 0, output
        give_away(bed.folder)
        yield bed


def _base(bed: Bed, wheel: Path, registry: registries.Registry) -> None:
    """The base image, as a machine has it that pulled it, and what a package index has for its Python."""
    tree = bed.engine.root / "base.tar"
    bootstrap.debian(tree)
    (bed.folder / "index").mkdir()
    bootstrap.wheelhouse(bed.folder / "index", wheel, bootstrap.python_of(tree))
    with tree.open("rb") as file:
        words = [real.DOCKER, "import", "-", DEBIAN]
        subprocess.run(words, env=bed.engine.environment, stdin=file, check=True)
    tree.unlink()
    there = f"{registry.host}/{DEBIAN}"
    bed.engine.docker("tag", DEBIAN, there)
    bed.engine.docker(
        "--config", str(registries.docker_config(bed.engine.root / "login", registry.host)), "push", there
    )


@pytest.fixture
def project(bed: Bed, request: pytest.FixtureRequest) -> Path:
    """What a user of the image has: one Dockerfile, with something to say against it."""
    folder = bed.folder / re.sub(r"\W", "_", request.node.name)
    fill(folder, {"Dockerfile": "FROM base:1\nCOPY key /srv/key\n", "key": rsa_key(8)})
    give_away(folder)
    return folder


def give_away(folder: Path) -> None:
    """Everything below is the user's."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, USER, GROUP)


def test_what_the_image_says_of_itself(bed: Bed) -> None:
    config = json.loads(bed.engine.docker("image", "inspect", "imagelint"))[0]["Config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["imagelint"]
    assert config["WorkingDir"] == "/work"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    status, output = bed.imagelint("imagelint", "--version")
    assert (status, output.strip().endswith(imagelint.__version__)) == (0, True)


def test_only_what_it_needs_is_in_it(bed: Bed) -> None:
    container = bed.engine.docker("create", "imagelint").strip()
    path = bed.engine.root / "container.tar"
    bed.engine.docker("export", "--output", str(path), container)
    bed.engine.docker("rm", container)
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    names = {member.name for member in members}
    assert any(name.endswith("imagelint/rules/compiled.jsonl") for name in names)
    own = {name for name in names if not name.startswith("usr/")}  # /usr is the base's
    assert not [name for name in own if re.search(r"site-packages/pip/|\.cache/|^dist|/notes\.txt|\.whl$", name)]
    assert not [
        m.name for m in members if m.name.startswith("opt/imagelint") and (m.uid or m.mode & 0o6022) and not m.issym()
    ]
    sources = {name for name in names if re.match(r"opt/imagelint/.*/site-packages/imagelint/[^/]+\.py$", name)}
    compiled = {re.sub(r"__pycache__/(.+)\.cpython-\d+\.pyc$", r"\1.py", name) for name in names}
    assert sources
    assert sources <= compiled - {name for name in names if name.endswith(".pyc")}


def test_the_context_is_wheels_alone(bed: Bed) -> None:
    clone = bed.folder / "clone"
    bed.engine.docker("build", "--file", "-", "--tag", "context:1", str(clone), stdin=b"FROM base:1\nCOPY . /context\n")
    found = bed.engine.docker(
        "run", "--rm", "--network", "none", "context:1", "/bin/find", "/context", "-type", "f"
    ).split()
    assert sorted(found) == sorted(f"/context/dist/{path.name}" for path in (clone / "dist").glob("*.whl"))


def test_a_release_finds_nothing_in_itself(bed: Bed) -> None:
    """By the words of the page: imagelint in the image reads the image, from a pipe, on a root that is read only."""
    *_, scan = commands("For a release")
    status, output = bed.typed(f"{scan} -f json", bed.folder)
    assert status == 0, output
    report = json.loads(output)
    assert (report["findings"], report["incomplete"], report["limited"]) == ([], [], [])
    assert report["stats"]["layers_read"] >= 3
    assert report["stats"]["bytes"] > 100 << 20
    labels = json.loads(bed.engine.docker("image", "inspect", "imagelint:0.1.0"))[0]["Config"]["Labels"]
    assert labels["org.opencontainers.image.version"] == "0.1.0"
    assert len(labels["org.opencontainers.image.revision"]) == 40


def test_a_folder(bed: Bed, project: Path) -> None:
    looks, writes, pipes = commands("Scan a folder")
    before = sorted(project.iterdir())
    status, output = bed.typed(looks, project)
    assert (status, "Dockerfile:2" in output, "[pem-private-key]" in output) == (1, True, True), output
    assert sorted(project.iterdir()) == before
    assert bed.typed(writes, project)[0] == 1
    report = project / "imagelint.sarif"
    assert (report.stat().st_uid, report.stat().st_gid) == (USER, GROUP)
    assert json.loads(report.read_text())["runs"][0]["results"]
    assert bed.typed(pipes, project)[0] == 1
    assert (project / "report.html").read_text().lower().startswith("<!doctype html>")


def test_an_image(bed: Bed, project: Path) -> None:
    pipe, save, scan, registry = commands("Scan an image")
    status, output = bed.typed(pipe, project)
    assert (status, "srv/key" in output) == (1, True), output
    assert bed.typed(save, project)[0] == 0
    assert (project / "shop.tar").stat().st_mode & 0o777 == 0o600
    status, output = bed.typed(scan, project)
    assert (status, "Dockerfile:2" in output, "srv/key" in output) == (1, True, True), output
    assert not {path.name for path in project.iterdir()} - {"Dockerfile", "key", "shop.tar"}
    with registries.behind_password(bed.engine.root / "registry") as served:
        registries.docker_config(bed.folder / ".docker", served.host)
        give_away(bed.folder / ".docker")
        served.push(bed.engine.oci("shop:1"), "image", "shop/app:1", login=True)
        status, output = bed.typed(registry, project, {"registry.example.org": served.host})
    assert (status, "srv/key" in output) == (1, True), output


def test_the_socket(bed: Bed, project: Path) -> None:
    (scan,) = commands("The daemon's socket")
    socket = str(bed.engine.root / "d.sock")
    there = scan.replace("/var/run/docker.sock:/var", f"{socket}:/var").replace(
        "%g /var/run/docker.sock", f"%g {socket}"
    )
    status, output = bed.typed(there, project)
    assert (status, "srv/key" in output) == (1, True), output


def test_what_it_may_not_read_or_keep_is_told(bed: Bed, project: Path) -> None:
    (project / "shop.tar").write_bytes(b"")
    (project / "shop.tar").chmod(0o600)
    status, output = bed.imagelint("-v", f"{project}:/work:ro", "imagelint", "scan", "shop.tar")
    assert (status, "shop.tar: cannot be read: Permission denied" in output) == (3, True), output
    archive = bed.docker("save", "shop:1").stdout
    status, output = bed.imagelint("-i", "imagelint", "scan", "-", stdin=archive)
    assert (status, "no temporary file can be made" in output, "set TMPDIR" in output) == (3, True, True), output
    status, output = bed.imagelint("-v", f"{project}:/work:ro", "imagelint", "scan", "-o", "report.sarif", "Dockerfile")
    assert (status, "the output cannot be written" in output) == (2, True), output


def test_the_cache_is_done_without(bed: Bed, project: Path) -> None:
    """From 64 Dockerfiles on there would be one; this user has no name, and no home."""
    for number in range(70):
        (project / f"{number}.dockerfile").write_text("FROM base:1\nUSER 1\n")
    status, output = bed.imagelint(
        "--user", "2147483000", "-v", f"{project}:/work:ro", "imagelint", "scan", "--quiet", "-f", "json", "."
    )
    report = json.loads(output)
    assert (status, report["stats"]["dockerfiles"], report["incomplete"]) == (1, 71, [])


def test_the_jobs_for_gitlab(bed: Bed, project: Path) -> None:
    """As a runner gives them to a shell in the image, in a folder where everybody may write."""
    jobs = yaml.safe_load(GITLAB.read_text())
    project.chmod(0o777)
    with registries.behind_password(bed.engine.root / "gitlab") as served:
        served.push(bed.engine.oci("shop:1"), "image", "shop/app:abc", login=True)
        given = {
            "CI_PROJECT_DIR": "/builds/shop",
            "CI_REGISTRY": served.host,
            "CI_REGISTRY_IMAGE": f"{served.host}/shop/app",
        }
        given |= {
            "CI_COMMIT_SHORT_SHA": "abc",
            "CI_REGISTRY_USER": registries.USER,
            "CI_REGISTRY_PASSWORD": registries.WORD,
        }
        for name, job in jobs.items():
            assert job["image"] == {"name": "$IMAGELINT_IMAGE", "entrypoint": [""]}
            own = {
                key: re.sub(r"\$(\w+)", lambda word: given[word[1]], value)
                for key, value in job.get("variables", {}).items()
            }
            words = [word for key, value in (given | own).items() for word in ("-e", f"{key}={value}")]
            script = "\n".join(["set -eo pipefail", *job.get("before_script", []), *job["script"]])
            network = ["--rm", "--network", "host", "--workdir", "/builds/shop", "-v", f"{project}:/builds/shop"]
            done = bed.docker(
                "run",
                *network,
                *words,
                "--entrypoint",
                "sh",
                "imagelint",
                "-c",
                script.replace("set -eo pipefail", "set -e"),
            )
            assert done.returncode == 1, (name, done.stderr.decode())
            reports = job["artifacts"]["reports"]
            found = json.loads((project / reports["codequality"]).read_text())
            assert errors("gitlab", found) == []
            assert "pem-private-key" in {entry["check_name"] for entry in found}
            (sarif,) = job["artifacts"]["paths"]
            assert json.loads((project / sarif).read_text())["version"] == "2.1.0"


def test_the_jobs_are_what_gitlab_reads() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(GITLAB)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_of_the_page_is_run() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    run = {"Build it": 2, "For a release": 4, "Scan a folder": 3, "Scan an image": 4, "The daemon's socket": 1}
    assert {heading: len(found) for heading in headings[1:] if (found := commands(heading))} == run
