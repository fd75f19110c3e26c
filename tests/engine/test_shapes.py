"""Shapes become text of the right form, the same in every run."""

from __future__ import annotations

import re
import zlib

import pytest

from imagelint.engine.shapes import base62_crc32, expand, unknown

FORMS = {
    "{base62:40}": "[0-9A-Za-z]{40}",
    "{base64:300}": "[0-9A-Za-z+/]{300}",
    "{base64url:300}": "[0-9A-Za-z_-]{300}",
    "{base32:40}": "[A-Z2-7]{40}",
    "{hex:40}": "[0-9a-f]{40}",
    "{HEX:40}": "[0-9A-F]{40}",
    "{digits:40}": "[0-9]{40}",
    "{lower:40}": "[a-z]{40}",
    "{upper:40}": "[A-Z]{40}",
    "{alnum:40}": "[0-9A-Za-z]{40}",
    "{word}": "[a-z]{8}",
    "a{hex:2}b{hex:2}c": "a[0-9a-f]{2}b[0-9a-f]{2}c",
}


@pytest.mark.parametrize("shape", FORMS)
def test_form(shape: str) -> None:
    assert re.fullmatch(FORMS[shape], expand(shape, "seed"))


def test_every_character_of_an_alphabet_comes_up() -> None:
    assert len(set(expand("{base64:2000}", "seed"))) == 64


def test_the_same_seed_gives_the_same_text_and_another_seed_another() -> None:
    assert expand("{base62:30}", "a") == expand("{base62:30}", "a")
    assert expand("{base62:30}", "a") != expand("{base62:30}", "b")
    first, second = expand("{base62:30} {base62:30}", "a").split()
    assert first != second


@pytest.mark.parametrize("name", ["{crc32}", "{crc32:github}"])
def test_check_digits_are_of_the_shape_ahead(name: str) -> None:
    text = expand("ghp_{base62:30}" + name, "a")
    entropy, digits = text[4:34], text[34:]
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in digits:
        number = number * 62 + alphabet.index(digit)
    assert number == zlib.crc32(entropy.encode())


def test_check_digits_are_padded() -> None:
    assert base62_crc32("") == "000000"


def test_shell_is_no_shape() -> None:
    text = "${hex:4} ${word} {name} {a,b} {bas62:4}"
    assert expand(text, "a") == text


def test_lines_around_a_block() -> None:
    assert re.fullmatch(
        "-{5}BEGIN A KEY-{5} [0-9]{3} -{5}END A KEY-{5}", expand("{begin:A KEY} {digits:3} {end:A KEY}", "a")
    )


def test_unknown_shapes_are_told() -> None:
    assert unknown("{bas62:4} {hex:4} {crc32:github} {word} {begin:A} ${no:4}") == ["{bas62:4}"]
