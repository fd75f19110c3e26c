"""Scheduler and workers as the manifests of docs/kubernetes start them: their own words, on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY, without
from tests.dask_cluster import Cluster
from tests.registries import free_port, missing
from tests.registry.spread_bed import Bed, bed, dumped, spread, taken
from tests.registry.test_spread_tls import authority

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if reason := missing():
        without(reason)
    with bed(tmp_path_factory.mktemp("manifests")) as made:
        yield made


def words(file: str, instead: Mapping[str, str]) -> list[str]:
    """The command of the only container in a file's deployment, with what this machine has instead."""
    found = yaml.safe_load_all((REPOSITORY / "docs/kubernetes" / file).read_text(encoding="utf-8"))
    deployment: Any = next(one for one in found if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    text = "\n".join(container["command"][1:] + container["args"])
    for old, new in instead.items():
        assert old in text, f"{old} is not in {file}"
        text = text.replace(old, new)
    return text.split("\n")


def test_the_words_of_the_manifests(ground: Bed, tmp_path: Path) -> None:
    tls = authority(tmp_path / "tls", "manifests")
    files = {"/tls/ca.crt": tls.ca, "/tls/tls.crt": tls.certificate, "/tls/tls.key": tls.key}
    with Cluster(
        tmp_path / "dask", words=lambda port: words("scheduler.yaml", {**files, "8786": str(port)})
    ) as cluster:
        here = {**files, "imagelint-scheduler:8786": cluster.address.removeprefix("tls://"), "8788": str(free_port())}
        folder = str(tmp_path / "worker")
        cluster.worker_by(
            words("workers.yaml", {**here, "--local-directory=/tmp": f"--local-directory={folder}"}), ground.environment
        )
        found = taken(spread(cluster.address, tls=tls).read(ground.layers))
    assert {digest: dumped(result) for digest, result in found.items()} == ground.here()
