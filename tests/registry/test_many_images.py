"""The registry that other tests use: what it says that it holds is there, for others too, and its faults are the same
each time."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import registries
from tests.conftest import without
from tests.faulty_registry import Front, Seeded
from tests.many_images import Made, Shape, fill
from tests.program import imagelint
from tests.registries import Registry
from tests.registry_storage import MANIFEST

pytestmark = pytest.mark.engine

SHAPE = Shape(images=30, layers=5, shared=0.8, families=2, tags=3, kib=16, own_kib=4)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    if reason := registries.missing():
        without(reason)
    with Registry(tmp_path_factory.mktemp("many") / "registry") as running:
        yield running


@pytest.fixture(scope="module")
def made(registry: Registry) -> Made:
    return fill(registry, SHAPE)


def test_it_holds_what_it_says(made: Made, tmp_path: Path) -> None:
    assert len(made.references) == 30
    assert len(made.distinct) == 2 * 4 + 30
    assert Counter(planted.status for planted in made.planted)["deleted"] == 3
    words = [f"registry:{reference}" for reference in made.references]
    words = [*imagelint(), "scan", "--no-config", "--format", "json", *words]
    done = subprocess.run(words, capture_output=True, env={**os.environ, "DOCKER_CONFIG": str(tmp_path)}, check=False)
    report = json.loads(done.stdout)
    assert report["incomplete"] == []
    found = {
        (place["target"].removeprefix("registry:"), place["path"], place["status"])
        for place in (finding for finding in report["findings"] if finding.get("secret"))
    }
    wanted = {(one.reference, one.path or "ENV ACCESS", one.status) for one in made.planted}
    assert found == wanted


def test_another_program_pulls_it(registry: Registry, made: Made, tmp_path: Path) -> None:
    (reference, *_), target = made.references, f"oci:{tmp_path / 'layout'}:1"
    words = ["/usr/bin/skopeo", "copy", "--quiet", "--insecure-policy", "--src-tls-verify=false"]
    subprocess.run([*words, f"docker://{reference}", target], check=True)
    index = json.loads((tmp_path / "layout/index.json").read_bytes())
    assert index["manifests"][0]["digest"] == made.digests[reference]


def test_it_is_the_same_each_time(registry: Registry, made: Made, tmp_path: Path) -> None:
    other = Registry(tmp_path / "other")
    again = fill(other, SHAPE)

    def named(host: str, of: Made) -> dict[str, str]:
        return {reference.removeprefix(host): digest for reference, digest in of.digests.items()}

    assert named(other.host, again) == named(registry.host, made)


def asked(front: Front, path: str, times: int) -> list[int]:
    """The statuses of as many answers; 0 for a cut."""
    found = []
    for _ in range(times):
        connection = http.client.HTTPConnection(front.host, timeout=20)
        try:
            connection.request("GET", path, headers={"Accept": MANIFEST})
            answer = connection.getresponse()
            answer.read()
            found.append(answer.status)
        except (http.client.HTTPException, ConnectionError):
            found.append(0)
        finally:
            connection.close()
    return found


def test_a_part_of_the_requests_fails_the_same_way_each_time(registry: Registry, made: Made) -> None:
    name, _, tag = made.references[0].removeprefix(f"{registry.host}/").partition(":")
    runs = []
    for _ in range(2):
        faults = Seeded(0.3, slow=0.01)
        front = Front(registry.host, faults)
        runs.append(asked(front, f"/v2/{name}/manifests/{tag}", 120))
        assert set(faults.made) == {"500", "503", "cut", "slow"}
        assert 18 < faults.made.total() < 54
        front.stop()
    assert runs[0] == runs[1]
    assert Counter(runs[0]).keys() == {200, 500, 503, 0}
