"""`imagelint registry` as a whole: each layer is fetched once, and its results are those of single scans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.registry.command import Stage, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("command")) as made:
        yield made


@pytest.fixture(scope="module")
def alone(ground: Stage) -> dict[str, list[str]]:
    """What single scans say."""
    found = ground.one_by_one()
    assert len(found) == len(ground.references)
    assert sum(map(len, found.values())) > len(found) + 60, "there is something to compare"
    return found


@pytest.mark.parametrize("words", [["--no-cache"], ["--cache", "new"], ["--no-cache", "--jobs", "1"]])
def test_each_layer_is_fetched_once(ground: Stage, alone: dict[str, list[str]], words: list[str]) -> None:
    done = ground.run(*words)
    assert done.status == 1
    assert done.got == dict.fromkeys(ground.layers, 1)
    assert done.found == alone
    assert done.report["stats"]["images"] == len(ground.references)
    assert done.report["stats"]["layers_read"] == len(ground.layers)


def test_a_second_run_reads_no_layer_and_no_blob(ground: Stage, alone: dict[str, list[str]]) -> None:
    """Images are judged by their kept results, manifests and configurations are known, but where a secret stands in
    them."""
    first = ground.run("--cache", "second")
    again = ground.run("--cache", "second")
    assert again.found == first.found == alone
    assert again.status == first.status == 1
    assert again.report["stats"]["layers_read"] == 0
    got = {path.rpartition("/")[2] for method, path, _ in ground.front.asked if method == "GET"}
    assert {one for one in got if one.startswith("sha256:")} == set(ground.quoted), "in no cache, for their secrets"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_composed_from_kept_layers(ground: Stage, jobs: str) -> None:
    """Other rules are chosen, so that no image's result fits, and no layer is read."""
    words = ["--ignore", "setuid-file,sudo", "--jobs", jobs]
    ground.run("--cache", f"composed{jobs}")
    done = ground.run("--cache", f"composed{jobs}", *words)
    assert done.report["stats"]["layers_read"] == 0
    assert not done.got
    assert done.found == ground.run("--no-cache", *words).found


def test_a_repository_after_another(ground: Stage, alone: dict[str, list[str]]) -> None:
    """More images come: what they share is not read again, but for layers with a secret, and nothing that was said
    changes."""
    parts = [f"{ground.front.host}/keys/*", f"{ground.front.host}/billing/*", ground.front.host]
    runs = [ground.run("--cache", "grows", target=part) for part in parts]
    assert all(done.found[image] == alone[image] for done in runs for image in done.found)
    assert runs[-1].found == alone
    fetched = [digest for done in runs for digest in done.got.elements()]
    assert set(fetched) == ground.layers
    again = {digest for digest, times in Counter(fetched).items() if times > 1}
    assert again
    assert again <= ground.valued


def test_the_cache_of_single_scans_is_the_same(ground: Stage, alone: dict[str, list[str]]) -> None:
    """With --no-cache nothing is kept: not in the usual place either."""
    ground.run("--no-cache")
    assert not (ground.folder.parent / "home/imagelint/layers.db").exists()
    done = ground.run()
    assert done.found == alone
    assert (ground.folder.parent / "home/imagelint/layers.db").stat().st_mode & 0o777 == 0o600
