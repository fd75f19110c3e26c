"""One image from everywhere gives the same findings, byte for byte, but for the target: built by dockerd and by Podman,
read from daemons, a registry, and archives and layouts of every kind."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import zstandard

from imagelint.engine.shapes import expand
from imagelint.secrets.remedy import AT_ONCE, REVOKE
from tests.engines import BASE, Engines
from tests.material import password, rsa_key
from tests.podman import Podman
from tests.program import imagelint
from tests.registries import Registry

pytestmark = pytest.mark.engine

DOCKERFILE = f"""\
FROM {BASE}
COPY id_rsa /root/.ssh/id_rsa
COPY app.env su /srv/
RUN rm /root/.ssh/id_rsa && chmod 4755 /srv/su
ENV DB_PASSWORD={password(61)}
LABEL note={expand("ghp_{base62:30}{crc32}", "every source")}
EXPOSE 22
"""
CONTAINERFILE = f"""\
FROM scratch
COPY id_rsa /root/.ssh/id_rsa
COPY app.env su /srv/
COPY su /root/.ssh/id_rsa
ENV DB_PASSWORD={password(62)}
LABEL note={expand("ghp_{base62:30}{crc32}", "every source")}
EXPOSE 22
"""
FILES = {"id_rsa": rsa_key(63), "app.env": f"API_TOKEN={password(64)}\n", "su": "x"}


@dataclass
class Made:
    """An image, an archive of it as its builder saves it, and what can be made of that."""

    engines: Engines
    podman: Podman
    running: ExitStack
    folder: Path
    tag: str
    archive: Path
    environment: dict[str, str] = field(default_factory=dict)

    def findings(self, target: str) -> list[str]:
        """Of the installed command, without the target; complete, and all of it."""
        words = [*imagelint(), "scan", "--no-config", "--profile", "strict", "-f", "json", target]
        done = subprocess.run(words, env={**os.environ, **self.environment}, capture_output=True, check=False)
        report = json.loads(done.stdout)
        assert (done.returncode, report["incomplete"]) == (1, []), done.stderr
        (image,) = report["images"]
        assert image["source"] == target.partition(":")[0]
        assert all(layer["digest"] for layer in image["layers"])
        return [json.dumps(_same({**finding, "target": ""})) for finding in report["findings"]]

    def skopeo(self, *words: str) -> None:
        """Copy from the archive."""
        copy = ["/usr/bin/skopeo", "copy", "--quiet", "--insecure-policy", "--dest-tls-verify=false"]
        done = subprocess.run([*copy, *words[:-1], f"docker-archive:{self.archive}", words[-1]], capture_output=True)
        assert done.returncode == 0, done.stderr


def _same(finding: dict[str, Any]) -> dict[str, Any]:
    """Without what only a registry can say: that a stranger can pull it."""
    steps = [step for step in finding.get("trail", []) if step["kind"] != "public"]
    told = {"trail": steps} if steps else {}
    if remedy := finding.get("remedy"):
        told["remedy"] = remedy.replace(AT_ONCE, REVOKE)
    return finding | told


def docker(made: Made) -> str:
    made.engines.docker("load", "--input", str(made.archive))
    return f"docker:{made.tag}"


def podman(made: Made) -> str:
    made.podman.run("load", "--input", str(made.archive))
    return f"podman:{made.tag}"


def registry(made: Made) -> str:
    host = made.running.enter_context(Registry(made.folder / "registry")).host
    made.skopeo(f"docker://{host}/app:1")
    return f"registry:{host}/app:1"


def docker_archive(made: Made) -> str:
    return f"docker-archive:{made.archive}"


def docker_archive_gzip(made: Made) -> str:
    path = made.folder / "image.tar.gz"
    path.write_bytes(gzip.compress(made.archive.read_bytes(), 1))
    return f"docker-archive:{path}"


def docker_archive_zstd(made: Made) -> str:
    path = made.folder / "image.tar.zst"
    path.write_bytes(zstandard.compress(made.archive.read_bytes()))
    return f"docker-archive:{path}"


def docker_archive_by_skopeo(made: Made) -> str:
    path = made.folder / "skopeo.tar"
    made.skopeo(f"docker-archive:{path}:app:1")
    return f"docker-archive:{path}"


def oci(made: Made) -> str:
    made.skopeo(f"oci:{made.folder}/layout:1")
    return f"oci:{made.folder}/layout:1"


def oci_zstd(made: Made) -> str:
    made.skopeo("--dest-compress-format", "zstd", f"oci:{made.folder}/zstd:1")
    return f"oci:{made.folder}/zstd:1"


def oci_archive(made: Made) -> str:
    path = made.folder / "oci.tar"
    made.skopeo(f"oci-archive:{path}:1")
    return f"oci-archive:{path}"


def oci_archive_with_dots(made: Made) -> str:
    oci(made)
    path = made.folder / "dots.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(made.folder / "layout", ".")
        assert "./index.json" in archive.getnames()
    return f"oci-archive:{path}"


SOURCES: list[Callable[[Made], str]] = [
    docker,
    podman,
    registry,
    docker_archive_gzip,
    docker_archive_zstd,
    docker_archive_by_skopeo,
    oci,
    oci_zstd,
    oci_archive,
    oci_archive_with_dots,
]


@pytest.fixture(scope="module", params=["dockerd", "podman"])
def made(
    request: pytest.FixtureRequest, engines: Engines, podman: Podman, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    """The image, as one of the two built it and saves it."""
    folder = tmp_path_factory.mktemp("made")
    if request.param == "dockerd":
        tag = engines.build(DOCKERFILE, FILES, buildkit=True)
        archive = engines.save(tag)
    else:
        tag, archive = podman.build(CONTAINERFILE, FILES), folder / "image.tar"
        podman.run("save", "--format", "docker-archive", "--output", str(archive), tag)
    environment = {"DOCKER_HOST": engines.address, "CONTAINER_HOST": podman.address}
    with ExitStack() as running:
        yield Made(engines, podman, running, folder, tag, archive, environment)


@pytest.fixture(scope="module")
def expected(made: Made) -> list[str]:
    return made.findings(docker_archive(made))


def test_there_is_something_to_find(expected: list[str]) -> None:
    found = [json.loads(text) for text in expected]
    assert {(finding["surface"], finding["status"]) for finding in found if "secret" in finding} >= {
        ("file", "present"),
        ("env", "present"),
        ("label", "present"),
    }
    assert {finding.get("status") for finding in found} & {"deleted", "overwritten"}
    assert all(finding["layer"]["diff_id"] for finding in found if finding.get("layer", {}).get("index", -1) >= 0)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_the_same_findings(made: Made, expected: list[str], source: Callable[[Made], str]) -> None:
    assert made.findings(source(made)) == expected
