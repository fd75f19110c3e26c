"""References to images, as Docker reads them."""

from __future__ import annotations

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.sources.reference import parse_reference
from imagelint.image.sources.registry_client import Client

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("app", "docker.io/library/app:latest"),
        ("shop/app", "docker.io/shop/app:latest"),
        ("shop/app:1", "docker.io/shop/app:1"),
        ("index.docker.io/app:1", "docker.io/library/app:1"),
        ("docker.io/library/app", "docker.io/library/app:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost:5000/app:1", "localhost:5000/app:1"),
        ("127.0.0.1:5000/a/b/c:1.0-x_y", "127.0.0.1:5000/a/b/c:1.0-x_y"),
        ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("registry.example.org/shop/app", "registry.example.org/shop/app:latest"),
        ("Registry/app", "Registry/app:latest"),
        (f"app@{DIGEST}", f"docker.io/library/app@{DIGEST}"),
        (f"registry.example.org:5000/app:1@{DIGEST}", f"registry.example.org:5000/app:1@{DIGEST}"),
        ("a__b/c-d.e--f", "docker.io/a__b/c-d.e--f:latest"),
    ],
)
def test_references(text: str, full: str) -> None:
    reference = parse_reference(text)
    assert str(reference) == full
    assert parse_reference(full) == reference
    assert reference.wanted == (reference.digest or reference.tag)


def test_where_docker_hub_answers() -> None:
    assert parse_reference("app").server == "registry-1.docker.io"
    assert parse_reference("registry.example.org:5000/app").server == "registry.example.org:5000"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://registry.example.org/app", "no scheme"),
        ("Shop/App", "no capital letters"),
        ("registry.example.org/App", "no capital letters"),
        ("", "no reference"),
        ("a b", "no reference"),
        ("registry.example.org/", "no reference"),
        ("registry.example.org:x/app", "no reference"),
        ("alice:word@registry.example.org/app", "no digest"),
        ("registry.example.org/a//b", "no reference"),
        ("registry.example.org/../app", "no reference"),
        ("registry.example.org/app?x", "no reference"),
        ("registry.example.org/app\n", "no reference"),
        ("a" * 300, "no reference"),
        ("app:", "no tag"),
        ("app:a/b", "no reference"),
        ("app:" + "a" * 129, "no tag"),
        ("app@sha256:12", "no digest"),
        (f"app@{DIGEST.upper()}", "no digest"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said) as caught:
        parse_reference(text)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("text", ["registry.example.org:99999/app", "xn--a.example.org/app"])
def test_a_host_that_cannot_be_one(text: str) -> None:
    with pytest.raises(UnreadableError, match="the host of the reference is none"):
        Client(parse_reference(text))
