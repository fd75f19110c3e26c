"""A baseline is committed: nothing of a secret may stand in it, wherever the secret was planted."""

from __future__ import annotations

import pytest

from tests.imagemaker import docker_archive
from tests.plant_dockerfiles import places
from tests.plant_images import everywhere
from tests.plants import Plant, leaks, plants
from tests.triage.commands import Command


@pytest.fixture(scope="module")
def planted() -> list[Plant]:
    return list(plants("baseline"))


def test_no_secret_of_a_dockerfile_is_in_a_baseline(command: Command, planted: list[Plant]) -> None:
    known = [plant for plant in planted if plant.value in plant.text][::15]
    for number, plant in enumerate(known):
        for name, text in places(plant):
            command.write(f"{name}/{number}.dockerfile", f"FROM debian\n{text}\n")
    command("baseline", "known.json", "--profile", "strict")
    written = (command.folder / "known.json").read_text(encoding="utf-8")
    assert {plant.rule for plant in known} & {entry["rule"] for entry in command.entries()}
    assert not list(leaks(written + command.out + command.err, known))


def test_no_secret_of_an_image_is_in_a_baseline(command: Command, planted: list[Plant]) -> None:
    known = planted[::6]
    docker_archive(command.folder / "image.tar", *map(everywhere, known), layout="25")
    command("baseline", "known.json", "--profile", "strict", "image.tar")
    written = (command.folder / "known.json").read_text(encoding="utf-8")
    assert len({plant.rule for plant in known} & {entry["rule"] for entry in command.entries()}) > 15
    assert not list(leaks(written + command.out + command.err, known))
