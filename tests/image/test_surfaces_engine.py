"""A token on every surface that an engine can put one on, built by a real daemon, and found there."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from imagelint.engine.shapes import expand
from tests.engines import Engines
from tests.program import imagelint

pytestmark = pytest.mark.engine


def token(place: str) -> str:
    return expand("ghp_{base62:30}{crc32:github}", place)


def places(path: Path, repository: Path) -> dict[str, set[tuple[str, str]]]:
    """Token -> (surface, place) of everywhere it was found."""
    options = ["--no-config", "--no-progress", "--show-secrets", "--format", "json", "--select", "github-token"]
    words = [*imagelint(), "scan", *options, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=repository)
    report = json.loads(done.stdout)
    assert (done.returncode, report["incomplete"]) == (1, [])
    return {
        found["secret"]["value"]: {(place["surface"], place["path"]) for place in (found, *found.get("places", []))}
        for found in report["findings"]
    }


@pytest.mark.parametrize("buildkit", [True, False], ids=["buildkit", "legacy"])
def test_everything_that_a_dockerfile_can_say(engines: Engines, repository: Path, buildkit: bool) -> None:
    names = (
        "env label maintainer workdir volume onbuild healthcheck entrypoint cmd shell user link hard folder file arg"
    )
    of = {name: token(f"{name} {buildkit}") for name in names.split()}
    dockerfile = f"""\
FROM base:1
MAINTAINER {of["maintainer"]}
ENV NOTE={of["env"]}
LABEL note={of["label"]}
ARG NOTE_AT_BUILD
COPY body /srv/body
RUN mkdir /srv/{of["folder"]} && touch /srv/{of["file"]}
RUN ln -s /x/{of["link"]} /srv/l && ln /srv/body /srv/{of["hard"]}
WORKDIR /srv/{of["workdir"]}
VOLUME /srv/{of["volume"]}
ONBUILD RUN echo {of["onbuild"]}
HEALTHCHECK CMD echo {of["healthcheck"]}
ENTRYPOINT ["/bin/echo", "{of["entrypoint"]}"]
CMD ["{of["cmd"]}"]
SHELL ["/bin/sh", "-c", "{of["shell"]}"]
USER {of["user"]}
"""
    arguments = {"NOTE_AT_BUILD": of["arg"]}
    body = token(f"body {buildkit}")
    found = places(
        engines.save(engines.build(dockerfile, {"body": body}, buildkit=buildkit, arguments=arguments)), repository
    )
    assert {name: value for name, value in of.items() if value not in found} == {}
    assert ("file", "srv/body") in found[body]
    for name, place in {
        "env": ("env", "ENV NOTE"),
        "label": ("label", "LABEL note"),
        "maintainer": ("author", "author"),
        "workdir": ("workdir", "WORKDIR"),
        "volume": ("volume", "VOLUME"),
        "onbuild": ("onbuild", "ONBUILD"),
        "healthcheck": ("healthcheck", "HEALTHCHECK"),
        "entrypoint": ("entrypoint", "ENTRYPOINT"),
        "cmd": ("cmd", "CMD"),
        "shell": ("shell", "SHELL"),
        "user": ("user", "USER"),
        "link": ("link", "srv/l"),
        "arg": ("build-arg", "ARG NOTE_AT_BUILD"),
    }.items():
        assert place in found[of[name]], name
    for name in ("hard", "folder", "file"):
        assert ("name", f"srv/{of[name]}") in found[of[name]]


def test_a_commit_and_an_import(engines: Engines, repository: Path) -> None:
    of = {name: token(name) for name in ("author", "message", "import", "user", "attribute", "comment", "onbuild")}
    container = engines.docker("create", "base:1").strip()
    words = ["--author", of["author"], "--message", of["message"], "--change", f"ONBUILD RUN echo {of['onbuild']}"]
    engines.docker("commit", *words, container, "committed:1")
    engines.docker("rm", container)
    found = places(engines.save("committed:1"), repository)
    assert ("author", "author") in found[of["author"]]
    assert ("history", "history[1].author") in found[of["author"]]
    assert ("history", "history[1].comment") in found[of["message"]]
    assert ("onbuild", "ONBUILD") in found[of["onbuild"]]
    tree = io.BytesIO()
    with tarfile.open(fileobj=tree, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("srv/x")
        member.uname = of["user"]
        member.pax_headers = {"SCHILY.xattr.user.note": of["attribute"], "comment": of["comment"]}
        archive.addfile(member)
    engines.docker("import", "--message", of["import"], "-", "imported:1", stdin=tree.getvalue())
    found = places(engines.save("imported:1"), repository)
    assert ("history", "history[0].comment") in found[of["import"]]
    assert found[of["attribute"]] == {("xattr", "srv/x")}
    assert found[of["comment"]] == found[of["user"]] == {("header", "srv/x")}
