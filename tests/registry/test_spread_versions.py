"""Workers that are not what the command is: told in one line, never mixed into the results."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagelint import __version__
from imagelint.errors import UsageError
from tests.conftest import REPOSITORY, without
from tests.dask_cluster import Cluster
from tests.registries import missing
from tests.registry.spread_bed import Bed, bed, dumped, spread, taken

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    if reason := missing():
        without(reason)
    with bed(tmp_path_factory.mktemp("versions")) as made:
        yield made


def other(folder: Path, file: str, old: str, new: str) -> dict[str, str]:
    """The environment of a worker that has another imagelint: a copy of the checkout with one text changed."""
    for name in ("imagelint", "rules"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert re.search(old, text)
    (folder / file).write_text(re.sub(old, new, text, count=1), encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def test_a_worker_of_another_version_reads_nothing_and_the_others_do_its_work(ground: Bed, tmp_path: Path) -> None:
    old = other(tmp_path / "old", "imagelint/__init__.py", r'__version__ = ".*"', '__version__ = "0.0.1"')
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker({**ground.environment, **old})
        reader = spread(cluster.address)
        with pytest.raises(UsageError) as caught:
            list(reader.read(ground.layers))
        why = f"imagelint is 0.0.1 there and {__version__} here"
        told = f"no worker of {cluster.address} reads as this command does: {why}; pip install "
        assert str(caught.value) == f"{told}'imagelint[dask]=={__version__}' there"
        cluster.worker(ground.environment)
        reader = spread(cluster.address)
        found = taken(reader.read(ground.layers))
        assert {digest: dumped(result) for digest, result in found.items()} == ground.here()
        assert len(taken(reader.read(ground.layers[:2]))) == 2, "the next call of the same reader"
        (line,) = reader.told
        assert re.fullmatch(rf"the worker tcp://127\.0\.0\.1:\d+ read nothing: {re.escape(why)}", line)


def test_another_rule_is_another_version(ground: Bed, tmp_path: Path) -> None:
    file = "rules/secrets/github-token.yaml"
    changed = other(tmp_path / "changed", file, r'security-severity: "[0-9.]+"', 'security-severity: "1.5"')
    ground.front.blobs_given.clear()
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker({**ground.environment, **changed})
        told = r"the digest of the rules that come with it is [0-9a-f]{12} there and [0-9a-f]{12} here"
        with pytest.raises(UsageError, match=told):
            list(spread(cluster.address).read(ground.layers))
    assert ground.front.blobs_given.total() == 0, "it did not even open the layer"


def bare(folder: Path) -> dict[str, str]:
    """A package of this name without what runs on workers, as an older version is."""
    (folder / "imagelint").mkdir(parents=True)
    (folder / "imagelint/__init__.py").touch()
    return {"PYTHONPATH": str(folder)}


def test_a_scheduler_without_imagelint(ground: Bed, tmp_path: Path) -> None:
    with Cluster(tmp_path / "dask", environment=bare(tmp_path / "bare")) as cluster:
        cluster.worker(ground.environment)
        with pytest.raises(UsageError) as caught:
            list(spread(cluster.address).read(ground.layers))
    assert str(caught.value).startswith(f"scheduler and workers of {cluster.address} cannot run imagelint (")
    assert str(caught.value).endswith(f": pip install 'imagelint[dask]=={__version__}' where they run")


def test_a_worker_without_imagelint_is_not_ended_by_a_task(ground: Bed, tmp_path: Path) -> None:
    with Cluster(tmp_path / "dask") as cluster:
        cluster.worker({**ground.environment, **bare(tmp_path / "bare")})
        with pytest.raises(UsageError, match="it has no imagelint that can be asked"):
            list(spread(cluster.address).read(ground.layers))
        cluster.worker(ground.environment)
        reader = spread(cluster.address)
        found = taken(reader.read(ground.layers))
        assert {digest: dumped(result) for digest, result in found.items()} == ground.here()
        assert len(reader.told) == 1, "it is still there, and was asked again"
