"""The host of a rule's example: an engine that answers what the example says of its images and containers.

An image has `tags`, or a name that it `had` (the engine remembers), the `days` since it was built, `layers` as images
of other examples have them, and `labels`. A container has a `name`, its `image` by number, the name it was made `from`,
and may be `running`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.daemons import Daemon
from tests.imagemaker import Recipe, docker_archive, sha256

_DAY = 86_400


def engine(folder: Path, host: dict[str, Any], *, cut: int = 0) -> Daemon:
    """It listens at host.sock of the folder, as long as it is held."""
    recipes = [_recipe(image, number) for number, image in enumerate(host["images"])]
    ids = [sha256(recipe.document()) for recipe in recipes]
    answers: dict[str, tuple[int, Any]] = {
        "/images/get": (200, docker_archive(folder / "saved.tar", *recipes, layout="25").read_bytes()),
        "/images/json": (200, [_listed(image, ids[n]) for n, image in enumerate(host["images"])]),
        "/containers/json": (200, [_container(c, n, ids) for n, c in enumerate(host.get("containers", []))]),
        "/system/df": (200, {}),
        "/info": (200, {"SystemTime": "2026-01-01T00:00:00Z"}),
        "/events": (200, "\n".join(filter(None, map(_event, host["images"], ids))).encode()),
    }
    for recipe, identity, image in zip(recipes, ids, host["images"], strict=True):
        known = _inspected(recipe, identity, image)
        answers |= {f"/images/{name}/json": (200, known) for name in (identity, *image.get("tags", []))}
        sizes = [{"CreatedBy": f"RUN step {n}", "Size": len(tar)} for n, tar in enumerate(recipe.tars())]
        answers[f"/images/{identity}/history"] = (200, sizes[::-1])
    for number, container in enumerate(host.get("containers", [])):
        config = {"Image": container.get("from", ids[container["image"]])}
        named = {"Id": f"{number:064x}", "Name": f"/{container['name']}"}
        answers[f"/containers/{number:064x}/json"] = (200, {**named, "Config": config})
    return Daemon(folder / "host.sock", answers, cut=cut)


def _recipe(image: dict[str, Any], number: int) -> Recipe:
    config = {"User": "app", "Labels": {"number": str(number), **image.get("labels", {})}}
    return Recipe(image["layers"], config, tags=image.get("tags", []))


def _created(image: dict[str, Any]) -> int:
    return int(time.time() - image["days"] * _DAY - 60)


def _listed(image: dict[str, Any], identity: str) -> dict[str, Any]:
    tags = image.get("tags") or ["<none>:<none>"]
    return {"Id": identity, "RepoTags": tags, "RepoDigests": image.get("digests", []), "Created": _created(image)}


def _inspected(recipe: Recipe, identity: str, image: dict[str, Any]) -> dict[str, Any]:
    layers = recipe.tars()
    return {
        "Id": identity,
        "Os": "linux",
        "Architecture": "amd64",
        "Size": sum(map(len, layers)),
        "Config": recipe.config,
        "RootFS": {"Type": "layers", "Layers": list(map(sha256, layers))},
        "Metadata": {"LastTagTime": image.get("named", "0001-01-01T00:00:00Z")},
    }


def _container(container: dict[str, Any], number: int, ids: list[str]) -> dict[str, Any]:
    identity = ids[container["image"]]
    state = "running" if container.get("running") else "exited"
    names = [f"/{container['name']}"]
    return {"Id": f"{number:064x}", "Names": names, "Image": identity, "ImageID": identity, "State": state}


def _event(image: dict[str, Any], identity: str) -> str:
    if "had" not in image:
        return ""
    return f'{{"Action": "tag", "Actor": {{"ID": "{identity}", "Attributes": {{"name": "{image["had"]}"}}}}}}'
