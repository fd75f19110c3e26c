"""An image composed of layers that forgot their values, with its note, is reported as if they had been read, and no
value is in what was kept."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from imagelint.image import notes, stored
from imagelint.image.provenance import Dockerfiles
from imagelint.image.sources.oci_layout import images
from imagelint.made_from import read as read_dockerfile
from tests.attested import attested, provenance
from tests.imagemaker import Recipe
from tests.keeping import TARGET, Kept, compose, engine, image_of, keep, kept, leaks, report
from tests.material import password, rsa_key
from tests.plant_images import everywhere, surfaces
from tests.plants import Plant, plants

SEED = os.environ.get("IMAGELINT_PLANT_SEED", "one")
PLANTED = list(plants(SEED))
KEY, OTHER = rsa_key(21), rsa_key(22)
PASSWORD = password(23)
LONG = "Vq7-" + password(29) + "-x9Zk2"
TOKEN = next(plant.value for plant in PLANTED if plant.rule == "github-token")

MD5SUMS = [
    f"{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}  {path}\n"
    for path, text in (("bin/su", "su"), ("srv/app.env", f"DB_PASSWORD={PASSWORD}\n"), ("srv/b.env", "other"))
]


def file(path: str, content: str = "x", **more: Any) -> dict[str, Any]:
    return {"path": path, "content": content, **more}


def assert_the_same(made: Kept) -> None:
    """The second report is the first, and nothing that was kept tells a value."""
    assert report(made.second()) == report(made.first)
    for data in (*made.data, made.first.note):
        assert data is None or not leaks(data, made.live)


def forgets(made: Kept) -> bool:
    return any(result.forgot for result in made.loaded())


RECIPES = {
    "token": Recipe([[file("srv/app.env", f"GH={TOKEN}\n")]]),
    "password": Recipe([[file("srv/app.env", f"DB_PASSWORD={PASSWORD}\n")]]),
    "key": Recipe([[file("srv/id_rsa", KEY, mode=0o666)]]),
    "deleted": Recipe([[file("srv/id_rsa", KEY)], [file("srv/.wh.id_rsa")]]),
    "overwritten": Recipe([[file("srv/id_rsa", KEY)], [file("srv/id_rsa", "x")], [file("srv/id_rsa", OTHER)]]),
    "hidden": Recipe([[file("srv/a/id_rsa", KEY)], [file("srv/.wh..wh..opq"), file("srv/b")]]),
    "replaced in a layer": Recipe([[file("srv/id_rsa", KEY), file("srv/id_rsa", "x")]]),
    "hard link": Recipe(
        [[file("srv/id_rsa", KEY), {"path": "b", "type": "hardlink", "link": "srv/id_rsa"}], [file("srv/.wh.id_rsa")]]
    ),
    "two layers": Recipe([[file("a.env", f"DB_PASSWORD={PASSWORD}\n")], [file("b.env", f"DB_PASSWORD={PASSWORD}\n")]]),
    "two values": Recipe([[file("a.env", f"DB_PASSWORD={PASSWORD}\n")], [file("b.env", f"DB_PASSWORD={LONG}\n")]]),
    "two keys in one": Recipe([[file("a.pem", KEY + OTHER), file("b.pem", OTHER)]]),
    "env": Recipe([[file("a.env", f"DB_PASSWORD={LONG}\n")]], {"Env": [f"DB_PASSWORD={LONG}", f"NOTE=a{LONG}b"]}),
    "mentioned": Recipe(
        [[file("a.env", f"DB_PASSWORD={LONG}\n"), file("x", mode=0o4755)]],
        {"User": LONG, "Labels": {"note": f"see {LONG}", "part": LONG[2:12]}, "Volumes": {f"/{LONG}/docker.sock": {}}},
        history=[f"RUN tool --with '{LONG}' && sudo true"],
        annotations={"note": f"the {LONG} of it"},
    ),
    "encoded": Recipe(
        [[file("a.env", f"DB_PASSWORD={LONG}\n")]],
        history=["RUN echo " + base64.b64encode(f"x{LONG}y".encode()).decode()],
    ),
    "line of a key": Recipe([[file("id", KEY)]], history=[f"RUN echo {KEY.splitlines()[4]} > x"]),
    "path of another layer": Recipe(
        [
            [file("a.env", f"DB_PASSWORD={LONG}\n")],
            [file(f"opt/{LONG}/su", mode=0o4755), file(f"opt/{LONG}/o", mode=0o666)],
        ]
    ),
    "part of it is a user": Recipe([[file("a.env", f"DB_PASSWORD={LONG}\n")]], {"User": LONG[3:14]}),
    "own path": Recipe([[file(f"opt/{TOKEN}/id", KEY), file(f"opt/{TOKEN}/su", mode=0o4755)]]),
    "shadow": Recipe([[file("etc/shadow", "root::1:0:99999:7:::\napp:!:1::::::\n"), file("srv/id_rsa", KEY)]]),
    "whole file": Recipe([[file("run/secrets/db_password", PASSWORD), file("a.env", f"DB_PASSWORD={PASSWORD}\n")]]),
    "what a package brought": Recipe(
        [
            [
                file("srv/app.env", f"DB_PASSWORD={PASSWORD}\n", mode=0o4755),
                file("srv/b.env", f"DB_PASSWORD={LONG}\n"),
                file("bin/su", "su", mode=0o4755),
                file("var/lib/dpkg/info/a.md5sums", "".join(MD5SUMS)),
            ],
            [file("srv/app.env", f"DB_PASSWORD={PASSWORD}\n", mode=0o4755), file("srv/c.env", f"DB_PASSWORD={LONG}\n")],
        ]
    ),
    "certificate": Recipe([[file("srv/tls.pem", KEY, mode=0o4755)]]),
}


@pytest.mark.parametrize("name", RECIPES)
def test_the_same_report(tmp_path: Path, name: str) -> None:
    made = kept(tmp_path / "image", RECIPES[name])
    assert any(result.found for result in made.live)
    assert forgets(made) or name == "own path"
    assert made.first.note is not None
    assert_the_same(made)


@pytest.mark.parametrize("plant", PLANTED, ids=[f"{plant.rule}-{number}" for number, plant in enumerate(PLANTED)])
def test_every_secret_everywhere(tmp_path: Path, plant: Plant) -> None:
    assert_the_same(kept(tmp_path / "image", everywhere(plant)))


@pytest.mark.long
def test_every_secret_in_two_layers_and_beside(tmp_path: Path) -> None:
    """Each in a file of its own sort, deleted by the next layer, which has it too, and in a variable and a label."""
    forgot = noted = 0
    for number, plant in enumerate(PLANTED):
        path = plant.path or "usr/lib/app.env"
        layers = [[file(path, plant.text + "\n")], [file(f"opt/{path}", plant.text + "\n"), file(path, "x")]]
        config = {"Env": [plant.text if plant.assignment else f"NOTE={plant.text}"], "Labels": {"it": plant.word}}
        made = kept(tmp_path / str(number), Recipe(layers, config))
        forgot += forgets(made)
        noted += made.first.note is not None
        if made.first.note is not None or not forgets(made):
            assert_the_same(made)
    assert forgot > 0.9 * len(PLANTED)
    assert noted > 0.9 * len(PLANTED)


@pytest.mark.slow
def test_every_secret_in_one_place_beside_a_layer_with_it(tmp_path: Path) -> None:
    alone = [plant for plant in PLANTED if plant.alone and plant.word == plant.value]
    number = forgot = 0
    for plant in alone[::6]:
        for recipe in surfaces(plant):
            number += 1
            base = [{"path": plant.path or "usr/lib/app.env", "content": plant.text + "\n"}]
            layers = [base, *recipe.layers]
            history = ["COPY app.env /", *recipe.history] if recipe.history is not None else None
            whole = Recipe(layers, recipe.config, history, more=recipe.more, annotations=recipe.annotations)
            made = kept(tmp_path / str(number), whole)
            forgot += forgets(made)
            assert_the_same(made)
    assert forgot > number // 2


def test_without_a_note_the_layers_are_to_be_read(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["password"])
    for note in (None, b"", b"iLLn", made.first.note[:-1] if made.first.note else b""):
        again = compose(made.image, made.loaded(), note)
        assert again.again
        assert not again.findings


def test_a_note_of_another_image(tmp_path: Path) -> None:
    one = kept(tmp_path / "one", RECIPES["mentioned"])
    other = RECIPES["mentioned"]
    for number, changed in enumerate(
        (
            Recipe(other.layers, {**other.config, "User": "app"}, other.history, annotations=other.annotations),
            Recipe([*other.layers, [file("x")]], other.config, [*(other.history or ()), "RUN x"]),
            RECIPES["key"],
        )
    ):
        two = kept(tmp_path / str(number), changed)
        assert compose(two.image, two.loaded(), one.first.note).again


def test_what_packages_brought_is_remembered(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["what a package brought"])
    for result in (made.first, made.second()):
        assert {str(one.location.path) for one in result.findings if one.published} >= {"srv/app.env", "bin/su"}


def test_other_rules_are_put_to_what_was_kept(tmp_path: Path) -> None:
    """A rule that asks of a text of which none did before, shows of it what it would have shown."""
    image = image_of(tmp_path / "image", RECIPES["mentioned"])
    whole = keep(image)
    fewer = compose(image, whole.live, by=engine("setuid-file"))
    assert fewer.note is not None
    assert "setuid-file" not in report(fewer)
    assert report(compose(image, whole.loaded(), fewer.note)) == report(whole.first)


def test_layers_of_both_kinds(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["two layers"])
    mixed = [made.live[0], made.loaded()[1]]
    assert report(compose(made.image, mixed, made.first.note)) == report(made.first)


def test_names_under_which_an_image_was_not_composed(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["password"])
    assert made.second(target="registry.example.org/app:2").again
    other = compose(made.image, made.live, made.first.note, target="registry.example.org/app:2")
    for target in (TARGET, "registry.example.org/app:2"):
        again = compose(made.image, made.loaded(), other.note, target=target)
        assert report(again) == report(compose(made.image, made.live, target=target))
    assert compose(made.image, made.live, target=f"registry.example.org/{PASSWORD}:2").note is None


def test_an_image_without_secrets_in_its_layers_needs_no_note(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", Recipe([[file("x", mode=0o4755)]], {"Env": [f"DB_PASSWORD={PASSWORD}"]}))
    assert made.first.note is None
    assert not forgets(made)
    assert report(made.second()) == report(made.first)
    assert report(compose(made.image, made.loaded())) == report(made.first)


def test_a_text_in_other_letters_makes_no_note(tmp_path: Path) -> None:
    """What could be put together of the image's texts, and stands in none of them."""
    value = "Sunny" + password(31)
    made = kept(tmp_path / "image", Recipe([[file("a.env", f"DB_PASSWORD={value}\n")]], {"User": value.swapcase()}))
    assert forgets(made)
    assert made.first.note is None


def test_more_than_there_is_time_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "_MOST", 100)
    assert kept(tmp_path / "image", RECIPES["key"]).first.note is None


def test_a_secret_of_a_rule_that_is_not_there(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["key"])
    loaded = made.loaded()
    loaded[0].found[0].candidate.rule = "no-such-rule"
    assert compose(made.image, loaded, made.first.note).again


def test_a_layer_whose_path_has_the_value_of_another_is_told(tmp_path: Path) -> None:
    """Read alone, nobody would know: whoever composes the image says which results may not be kept."""
    made = kept(tmp_path / "image", RECIPES["path of another layer"])
    assert made.first.mentioned == [1]
    assert stored.dump(made.live[1]) is not None
    by_variable = Recipe([[file(f"opt/{LONG}/su", mode=0o4755)]], {"Env": [f"DB_PASSWORD={LONG}"]})
    assert kept(tmp_path / "other", by_variable).first.mentioned == [0]


def test_a_dockerfile_from_elsewhere_is_no_text_that_a_note_knows(tmp_path: Path) -> None:
    made = kept(tmp_path / "image", RECIPES["password"])
    given = Dockerfiles(read_dockerfile, given=read_dockerfile("Dockerfile", b"FROM scratch\nCOPY a.env /\n"))
    assert compose(made.image, made.live, dockerfiles=given).note is None
    assert made.second(dockerfiles=given).again


def test_attestations(tmp_path: Path) -> None:
    layout = tmp_path / "image"
    image_of(layout, RECIPES["password"])
    dockerfile = f"FROM scratch\nCOPY a.env /srv/ # {PASSWORD}\nRUN step --of {PASSWORD}\n"
    said = provenance({"VERSION": f"of {PASSWORD}"}, dockerfile, [f"X=a{PASSWORD}"])
    statement = json.dumps(said).encode()
    attested(layout, ("https://slsa.dev/provenance/v0.2", statement))
    (image,) = images(str(layout))
    made = keep(image)
    assert made.image.attestations
    assert made.first.note is not None
    assert_the_same(made)


def test_a_note_is_read_or_refused(tmp_path: Path) -> None:
    note = kept(tmp_path / "image", RECIPES["mentioned"]).first.note
    assert note is not None
    assert notes.read(note) is not None
    for at in range(len(note)):
        for bit in (1, 128):
            damaged = bytearray(note)
            damaged[at] ^= bit
            notes.read(bytes(damaged))
    assert notes.read(stored.MAGIC + note[4:]) is None
