"""The trail of a secret: every step at its path, from the layer that brought it to the pull that still ships it, and
the finding at the layer that brought it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding
from imagelint.image.lint import lint
from imagelint.image.sources.docker_archive import images
from imagelint.image.trail import MAX_STEPS, STILL_SHIPPED, STRANGER
from imagelint.secrets.confirm import Detector
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

KEY, PASSWORD = rsa_key(121), password(122)
Layers = list[list[dict[str, Any]]]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


@pytest.fixture(scope="module")
def engine(rules: RuleSet) -> Engine:
    return Engine(rules, {rule.id for rule in rules.rules if rule.profile == "default"})


@pytest.fixture(scope="module")
def detector(rules: RuleSet) -> Detector:
    return Detector([rule for rule in rules.rules if rule.kind == "secret"])


class Linted:
    def __init__(self, engine: Engine, detector: Detector, folder: Path) -> None:
        self._engine, self._detector, self._folder = engine, detector, folder

    def __call__(self, *layers: list[dict[str, Any]], public: bool | None = None) -> Finding:
        """The one finding of an image."""
        recipe = Recipe(layers, {"User": "app"})
        (image,) = images(str(docker_archive(self._folder / "image.tar", recipe, layout="25")))
        image.public = public
        (found,) = lint(image, self._engine, self._detector, target="app", show=False).findings
        return found


@pytest.fixture
def linted(engine: Engine, detector: Detector, tmp_path: Path) -> Linted:
    return Linted(engine, detector, tmp_path)


def steps(finding: Finding) -> list[tuple[str, int]]:
    return [(step.kind, step.layer.index if step.layer else -1) for step in finding.trail]


def at(finding: Finding) -> int:
    return finding.layer.index if finding.layer else -1


HAS = {"path": "srv/k", "content": KEY}
MODE = {**HAS, "mode": 0o600}
CLEAN = {"path": "srv/k", "content": "nothing here"}
GONE = {"path": "srv/.wh.k"}
OTHER = {"path": "srv/other"}


@pytest.mark.parametrize(
    ("layers", "status", "layer", "expected"),
    [
        ([[HAS], [MODE]], "present", 0, [("introduced", 0), ("changed", 1), ("shipped", 0)]),
        ([[CLEAN], [OTHER], [HAS]], "present", 2, [("introduced", 2), ("shipped", 2)]),
        (
            [[HAS], [MODE], [GONE]],
            "deleted",
            0,
            [("introduced", 0), ("changed", 1), ("deleted", 2), ("shipped", 0)],
        ),
        (
            [[HAS], [GONE], [OTHER], [HAS], [MODE]],
            "present",
            3,
            [("introduced", 0), ("deleted", 1), ("introduced", 3), ("changed", 4), ("shipped", 3)],
        ),
        (
            [[HAS], [CLEAN], [CLEAN], [HAS], [{"path": "srv/.wh..wh..opq"}, OTHER]],
            "overwritten",
            0,
            [("introduced", 0), ("overwritten", 1), ("introduced", 3), ("hidden", 4), ("shipped", 0)],
        ),
        ([[HAS, CLEAN], [OTHER]], "overwritten", 0, [("introduced", 0), ("overwritten", 0), ("shipped", 0)]),
        (
            [[HAS, CLEAN], [HAS]],
            "present",
            1,
            [("introduced", 0), ("overwritten", 0), ("introduced", 1), ("shipped", 1)],
        ),
    ],
)
def test_every_step(linted: Linted, layers: Layers, status: str, layer: int, expected: list[tuple[str, int]]) -> None:
    found = linted(*layers)
    assert (found.status, at(found), steps(found)) == (status, layer, expected)
    assert found.trail[0].text == f"RUN step {expected[0][1]}"
    if status != "present":
        assert found.trail[-1].text == STILL_SHIPPED


def test_a_line_that_moves(linted: Linted) -> None:
    """The place is the one in the layer that brought it; the other is told beside it."""
    line = f"DB_PASSWORD={PASSWORD}\n"
    found = linted([{"path": ".env", "content": line}], [{"path": ".env", "content": f"# more\n\n{line}"}])
    assert (at(found), found.location.line) == (0, 1)
    assert {(place.layer, place.line, place.status) for place in found.places} == {
        (0, 1, "overwritten"),
        (1, 3, "present"),
    }
    assert steps(found) == [("introduced", 0), ("changed", 1), ("shipped", 0)]


def test_the_same_fingerprint_whatever_comes_later(linted: Linted) -> None:
    line = {"path": ".env", "content": f"DB_PASSWORD={PASSWORD}\n"}
    alone, changed = linted([line]), linted([line], [{**line, "mode": 0o600}])
    assert alone.fingerprint == changed.fingerprint == linted([OTHER], [line], [{"path": ".wh..env"}]).fingerprint


def test_many_steps_are_cut_and_counted(linted: Linted) -> None:
    layers: Layers = [[{**HAS, "uid": number}] for number in range(40)]
    found = linted(*layers)
    assert at(found) == 0
    assert len(found.trail) == MAX_STEPS + 2  # what says how many, and the pull
    assert [str(step.text) for step in found.trail if step.layer is None] == ["20 more steps, which are left out"]


def test_a_stranger_can_read_it(linted: Linted) -> None:
    assert steps(linted([HAS], public=True))[-1] == ("public", -1)
    assert linted([HAS], public=True).trail[-1].text == STRANGER
    assert steps(linted([HAS], public=False))[-1] == ("shipped", 0)


def test_what_is_wrong_without_a_secret_has_a_trail_too(linted: Linted) -> None:
    odd = {"path": "opt/run", "mode": 0o4755}
    found = linted([OTHER], [odd])
    assert (found.rule, steps(found), found.remedy) == ("setuid-file", [("introduced", 1)], None)
