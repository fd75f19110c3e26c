"""Images of a registry that are built on another one of it: what is the base's is told as such, and told anew when the
base goes or comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.imagemaker import Recipe
from tests.many_images import Shape
from tests.registry.command import KEYS, SYSTEM, Done, Stage, stage

pytestmark = [pytest.mark.engine, pytest.mark.slow]

BASE = Recipe([SYSTEM, KEYS], {"Cmd": ["sh"]})
"""With a key."""
APP = Recipe([SYSTEM, KEYS, [{"path": "srv/app", "content": "app"}]], {"Cmd": ["sh"], "User": "app"})
FEW = Shape(images=1, layers=1, shared=0.0, families=1, tags=1, kib=4, own_kib=4, leaky=1, seed="bases")


@pytest.fixture
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An application and the base image that it names."""
    with stage(tmp_path_factory.mktemp("bases"), FEW, {"team/base": BASE}) as made:
        named = {"org.opencontainers.image.base.name": f"{made.front.host}/team/base:1"}
        made.storage.recipe("team/app", ["1"], replace(APP, annotations=named))
        yield made


def told(done: Done, name: str) -> list[str]:
    """How the layers of an image are told: base, own, or empty where that is not known."""
    (image,) = (one for one in done.report["images"] if name in one["target"])
    return [layer.get("origin", "") for layer in image["layers"]]


def test_the_base_is_one_of_the_images(ground: Stage) -> None:
    """As with --base, and again from what is kept."""
    target = f"{ground.front.host}/team/*"
    first, second = (ground.run("--cache", "kept", target=target) for _ in range(2))
    assert first.found == second.found
    assert second.report["stats"]["layers_read"] == 0
    assert told(first, "team/app") == ["base", "base", "own"]
    base, app = f"{ground.front.host}/team/base:1", f"registry:{ground.front.host}/team/app:1"
    named = ground.command("scan", app, "--base", f"registry:{base}")
    assert told(named, "team/app") == ["base", "base", "own"]
    keys = [finding for finding in first.report["findings"] if "id_rsa" in finding.get("path", "")]
    assert {key["target"].rpartition("/")[2]: key["layer"].get("origin") for key in keys} == {
        "app:1": "base",
        "base:1": None,
    }


def test_only_what_is_the_images_own(ground: Stage) -> None:
    """With --own the key of the base is the base's alone."""
    done = ground.run("--own", "--cache", "kept", target=f"{ground.front.host}/team/*")
    keys = [finding for finding in done.report["findings"] if "id_rsa" in finding.get("path", "")]
    assert [key["target"].rpartition("/")[2] for key in keys] == ["base:1"]


def test_the_base_goes_and_comes_back(ground: Stage) -> None:
    """What is kept of an image is not what it was when its base was not among the images, and the other way round; no
    layer is read for that but those with secrets."""
    target = f"{ground.front.host}/team/*"
    before = ground.run("--cache", "kept", target=target)
    ground.storage.forget("team/base", "1")
    alone = ground.run("--cache", "kept", target=target)
    assert told(alone, "team/app") == ["", "", ""]
    assert alone.found == ground.run("--no-cache", target=target).found
    assert set(alone.got) <= {ground.layers_of("team/base")[1]}
    ground.storage.recipe("team/base", ["1"], BASE)
    again = ground.run("--cache", "kept", target=target)
    assert again.found == before.found
    assert again.report["stats"]["layers_read"] == 0
