"""Registries that fail, lie, or have what is no image: the rest is scanned, and each hole is told in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faulty_registry import Asked, Fault, Forwarded, Seeded
from tests.registry.command import Done, Stage, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture(scope="module")
def alone(ground: Stage) -> dict[str, list[str]]:
    return ground.run("--no-cache").found


@contextmanager
def fails(ground: Stage, fault: Fault) -> Iterator[None]:
    """The door does within."""
    ground.front.fault, before = fault, ground.front.fault
    try:
        yield
    finally:
        ground.front.fault = before


def untouched(done: Done, alone: dict[str, list[str]], holes: set[str]) -> None:
    """Whatever has no hole is as it was."""
    images = alone.keys() - {""}
    assert {image for image in images if done.found.get(image) != alone[image]} == holes


@pytest.mark.parametrize("seed", ["a", *(pytest.param(seed, marks=pytest.mark.long) for seed in "bc")])
def test_a_twentieth_of_all_requests_fails(ground: Stage, alone: dict[str, list[str]], seed: str) -> None:
    """Nothing is missing: what failed is asked for again."""
    fault = Seeded(0.05, seed, wait=1, slow=0.1)
    with fails(ground, fault):
        done = ground.run("--cache", f"faults-{seed}")
    assert sum(fault.made.values()) > 3
    assert done.found == alone
    assert done.status == 1


@pytest.mark.long
def test_every_second_request_fails(ground: Stage, alone: dict[str, list[str]]) -> None:
    """It ends, what is there is right, and what is not is told."""
    with fails(ground, Seeded(0.5, "half", wait=0, slow=0.01)):
        done = ground.run("--cache", "half")
    holes = {f"registry:{hole['place']}" for hole in done.report["incomplete"]}
    assert done.status == (3 if holes else 1)
    assert all(done.found[image] == alone[image] for image in done.found if image and not _has_hole(done, image))


def _has_hole(done: Done, image: str) -> bool:
    return any(hole["target"] == image for hole in done.report["incomplete"])


def holes(done: Done) -> list[tuple[str, str, str]]:
    """(target, place, reason) of what was not read."""
    return [(one["target"], one["place"], one["reason"]) for one in done.report["incomplete"]]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda asked: asked.answer(404), "does not have it"),
        pytest.param(lambda asked: asked.answer(403), "wants credentials", marks=pytest.mark.long),
        pytest.param(lambda asked: asked.answer(500), "500", marks=pytest.mark.long),
        (lambda asked: asked.cut(asked.behind()[2], 100), "cut the connection"),
        (lambda asked: asked.answer(200, b"x" * len(asked.behind()[2])), "digest"),
        pytest.param(lambda asked: asked.answer(200, asked.behind()[2][:-20]), "", marks=pytest.mark.long),
    ],
    ids=["gone", "denied", "down", "cut", "wrong", "short"],
)
def test_a_layer_that_fails_for_good(
    ground: Stage, alone: dict[str, list[str]], answer: Callable[[Any], bool], words: str, request: Any
) -> None:
    """The images that have it have a hole, with one line each; nothing of it is kept, and when the registry is well
    again a run finds the rest."""
    shared = ground.layers_of("keys/plain")[0]
    has = {f"registry:{ground.front.host}/{name}:1" for name in ground.own if shared in ground.layers_of(name)}
    cache = f"failing-{request.node.callspec.id}"
    with fails(ground, lambda asked: asked.blob == shared and asked.command == "GET" and answer(asked)):
        done = ground.run("--cache", cache)
        assert done.status == 3
        assert {target for target, _, _ in holes(done)} == has
        assert len(has) == 3
        for image in has:
            told = [(place, reason) for target, place, reason in holes(done) if target == image]
            assert len(told) <= 2, "what is wrong with its bytes, and where its tar ends for that"
            assert all(shared in place for place, _ in told)
            assert words in " ".join(reason for _, reason in told)
        untouched(done, alone, has)
        screen = ground.run("--cache", cache, "--format", "terminal")
        assert screen.status == 3
        assert screen.output.count(shared) >= 3
    again = ground.run("--cache", cache)
    assert again.status == 1
    assert again.found == alone
    assert set(again.got) <= {shared, *ground.valued}


def test_a_manifest_and_a_configuration_that_fail(ground: Stage, alone: dict[str, list[str]]) -> None:
    """Others are not touched, and the exit status says that something is missing."""
    clean, plain = ground.own["keys/clean"], ground.own["keys/plain"]

    def fault(asked: Asked) -> bool:
        assert isinstance(asked, Forwarded)
        if asked.command == "GET" and asked.manifest == clean:
            return asked.answer(200, asked.behind()[2].replace(b"sha256:", b"sha256:0", 1))
        return asked.blob == _config(ground, plain) and asked.answer(200, b"{}")

    with fails(ground, fault):
        done = ground.run("--no-cache")
    assert done.status == 3
    missing = {f"registry:{ground.front.host}/keys/{name}:1" for name in ("clean", "plain")}
    untouched(done, alone, missing)
    assert len(done.report["incomplete"]) == 2, holes(done)


def _config(ground: Stage, digest: str) -> str:
    import json

    found: str = json.loads(ground.blob(digest))["config"]["digest"]
    return found


def test_no_images(ground: Stage, alone: dict[str, list[str]]) -> None:
    """Charts, signatures and the like are counted in a line, and a tag that vanishes is none that is missing."""
    storage = ground.storage
    storage.artifact("charts/shop", ["1"], "application/vnd.cncf.helm.config.v1+json")
    storage.artifact("charts/wasm", ["1"], "application/vnd.wasm.config.v1+json")
    storage.manifest("keys/clean", ["brief"], ground.blob(ground.own["keys/plain"]))
    gone = []

    def fault(asked: Asked) -> bool:
        if asked.manifest == "brief":
            gone.append(asked.path)
            return asked.answer(404)
        return False

    with fails(ground, fault):
        done = ground.run("--cache", "others")
    for name, tag in (("charts/shop", "1"), ("charts/wasm", "1"), ("keys/clean", "brief")):
        storage.forget(name, tag)
    assert gone
    assert done.status == 1
    assert {image: told for image, told in done.found.items() if image} == {k: v for k, v in alone.items() if k}
    told = [f"{one['place']}: {one['reason']}" for one in done.report["limited"] if not one.get("target")]
    assert any("1 Helm chart," in line and "WebAssembly" in line for line in told), told
    assert any("keys/clean:brief: it is gone since the list was read" in line for line in told), told


def test_a_catalogue_that_is_denied(ground: Stage, alone: dict[str, list[str]]) -> None:
    """What else is named is scanned."""
    with fails(ground, lambda asked: "_catalog" in asked.path and asked.answer(401)):
        done = ground.command("registry", ground.front.host, f"{ground.front.host}/keys/clean", "--no-cache")
    assert done.status == 3
    assert [place for _, place, _ in holes(done)] == [ground.front.host]
    target = f"registry:{ground.front.host}/keys/clean:1"
    assert done.found[target] == alone[target]


def test_a_registry_that_is_not_there(ground: Stage) -> None:
    done = ground.run("--no-cache", target="127.0.0.1:9")
    assert done.status == 3
    assert len(done.report["incomplete"]) == 1
    screen = ground.run("--no-cache", "--format", "terminal", target="127.0.0.1:9")
    assert "127.0.0.1:9" in screen.output
