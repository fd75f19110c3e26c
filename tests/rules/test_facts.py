"""Every subject offers every fact of the vocabulary, with the type that the vocabulary says."""

from __future__ import annotations

from typing import Any

import pytest

from imagelint.containers.derive import derive
from imagelint.containers.model import Container
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subjects import subjects
from imagelint.engine import vocabulary_container
from imagelint.engine.fact import BOOL, INT, LIST, STRING
from imagelint.engine.message import attribute
from imagelint.engine.vocabulary import facts
from imagelint.findings import StoredLayer
from imagelint.image import model
from imagelint.image.result import Kept, LayerResult
from imagelint.image.subjects import ConfigSubject, EntrySubject, ImageSubject, LayerSubject
from imagelint.stream.tar import Entry

# One of everything, in and ahead of a stage, plain and odd.
WHOLE = b"""\
# syntax=docker/dockerfile:1
ARG VERSION=12 EMPTY
FROM --platform=$BUILDPLATFORM debian:${VERSION}@sha256:0 AS build
ENV A=b C="$A" D ${EMPTY:-x}
LABEL key=value
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=secret,id=s --network=none A=b sudo apt-get update | tee log && rm -rf /tmp/* < in > out
RUN <<EOF
curl -fsSL https://example.com/a.tgz -o a.tgz
EOF
RUN ["echo", "a"]
FROM build
FROM scratch
COPY --from=build --chown=1:1 --chmod=4755 a b /c/
ADD . /
ADD https://example.com/a.tgz /
COPY <<EOF /x
text
EOF
USER app:app
WORKDIR /a
ONBUILD RUN ls
HEALTHCHECK CMD curl localhost
ENTRYPOINT run it
CMD ["run", "it"]
EXPOSE 80
VOLUME /a
STOPSIGNAL SIGTERM
MAINTAINER me
NONSENSE
COPY
USER
"""
SOURCES = {
    "whole": WHOLE,
    "empty": b"",
    "no-from": b"ARG A=b\nRUN ls\nENV A=b\nCOPY a b\n",
    "odd": b"FROM\nRUN\nENV\n\xff\0",
}


def fits(value: Any, type_: str) -> bool:
    """Whether a Python value is what CEL takes for a type."""
    if type_ == LIST:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return type(value) is {BOOL: bool, INT: int, STRING: str}[type_]


def wrong(subject: Any, kind: str) -> list[tuple[str, str, Any]]:
    """The facts that are missing or of another type."""
    found: list[tuple[str, str, Any]] = []
    for name, fact in facts(kind).items():
        value = subject
        for step in attribute(kind, name).split("."):
            value = getattr(value, step, None)
        if not fits(value, fact.type):
            found.append((name, fact.type, value))
    return found


@pytest.mark.parametrize("kind", ["dockerfile", "error", "stage", "instruction", "variable", "command", "copy"])
@pytest.mark.parametrize("source", SOURCES)
def test_facts_of_a_dockerfile(kind: str, source: str) -> None:
    found = [subject for subject in subjects(parse(SOURCES[source]), "Dockerfile") if subject.kind == kind]
    assert found or source != "whole"
    assert [mistake for subject in found for mistake in wrong(subject, kind)] == []


@pytest.mark.parametrize("config", [{}, {"User": 1, "Env": ["A", 2], "Cmd": "x", "Healthcheck": [], "Volumes": []}])
def test_facts_of_an_image(config: dict[str, Any]) -> None:
    image = model.Image("a:1", "sha256:0", "linux/amd64", config)
    layer = StoredLayer(0, "sha256:0", "", -1)
    entry = Entry(b"a/\xff", b"a/\xff", "symlink", 0, 0o777, 0, 0, b"b", {}, 0, 512)
    kept, read = Kept(entry, 1), LayerResult(0)
    subject = ImageSubject(image)
    assert wrong(subject, "image") == []
    assert wrong(ConfigSubject(subject, config), "config") == []
    assert wrong(LayerSubject(subject, layer, 0, "RUN x"), "layer") == []
    assert wrong(EntrySubject(subject, kept, read, "present"), "entry") == []
    assert wrong(EntrySubject(subject, Kept(entry, 1, bytearray(b"root::1:")), read, "deleted"), "entry") == []


def test_facts_of_a_container() -> None:
    container = Container("web", "nginx", "compose")
    assert wrong(container, "container") == []
    derive(container)
    assert wrong(container, "container") == []
    assert {container.span(f"container.{name}").line for name in vocabulary_container.CONTAINER} == {0}
