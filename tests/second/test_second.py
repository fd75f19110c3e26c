"""The second planted set is what it says: enough kinds, each once, files their readers read, keys that are keys."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.second import Plant, groups, planted
from tests.second.__main__ import same

PLANTS = planted(1)


def test_there_are_enough_and_each_is_there_once() -> None:
    sizes = {name: len(plants) for name, plants in groups(1).items()}
    assert sizes["vendors"] >= 70
    assert sizes["programs"] >= 50
    assert sizes["hard"] >= 30
    counts = Counter(plant.kind for plant in PLANTS) + Counter(plant.path for plant in PLANTS)
    assert set(counts.values()) == {1}


def test_a_seed_makes_the_same_set_and_another_one_other_values() -> None:
    assert planted(1) == PLANTS
    both = {plant.value for plant in PLANTS} & {plant.value for plant in planted(2)}
    assert both == set()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.kind)
def test_no_placeholder_is_left_and_the_reader_reads_it(plant: Plant) -> None:
    text = plant.content.decode("utf-8", "replace")
    assert not any("{" + name + "}" in text for name in ("v", "id", "p", "t", "c", "a", "h"))
    end = plant.path.rpartition(".")[2]
    if end in ("json", "ipynb", "tfstate"):
        assert json.loads(text)
    elif end in ("yml", "yaml"):
        assert yaml.safe_load(text)
    elif end == "toml":
        assert tomllib.loads(text)
    elif end in ("xml", "Config"):
        assert len(ElementTree.fromstring(text))  # noqa: S314 - our own text
    elif text.startswith(("#!/bin/sh", "#!/bin/bash")):
        assert subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("plant", [plant for plant in PLANTS if "PRIVATE" in plant.value], ids=lambda plant: plant.kind)
def test_a_key_is_a_key(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(plant.value)
    path.chmod(0o600)
    tool = ["ssh-keygen", "-y", "-f"] if "OPENSSH" in plant.value else ["openssl", "pkey", "-noout", "-in"]
    assert subprocess.run([*tool, str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("told", "value", "right"),
    [
        ("b%%40x1234", "b@x1234", True),
        ("YmlsbGluZzEyMw==", "billing123", True),
        ("d4e5f6", "https://hooks.example.org/services/a1b2c3/d4e5f6", True),
        ("hooks", "https://hooks.example.org/services/a1b2c3/d4e5f6", False),
        ("orders123", "billing123", False),
    ],
)
def test_what_counts_as_found(told: str, value: str, right: bool) -> None:
    assert same(told, value) is right
