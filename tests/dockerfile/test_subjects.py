"""A Dockerfile into subjects: the facts that rules ask."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.ignores import read
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.quiet import Quiet
from imagelint.dockerfile.secret_files import is_secret_file
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import InstructionSubject, VariableSubject
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.subjects import DockerfileSubject, Subject, subjects
from imagelint.engine.fact import BOOL, INT, LIST, STRING
from imagelint.engine.message import attribute
from imagelint.engine.vocabulary import KINDS
from imagelint.engine.vocabulary import facts as facts_of
from tests.dockerfile.linting import rules

EVERYTHING = """# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM --platform=$BUILDPLATFORM $BASE AS build
WORKDIR /src
ENV A=1 DB_PASSWORD=$A
RUN --mount=type=secret,id=x --network=none apt-get update && curl -fsSLo t.tgz https://example.com/t | sha256sum -c
COPY --chown=1:1 a b /srv/
ADD <<END /etc/motd
hello
END
LABEL key value
EXPOSE 80
FROM scratch
COPY --from=build /srv /srv
USER 1000:1000
HEALTHCHECK CMD ["curl", "-f", "http://localhost/"]
ENTRYPOINT ["/srv/a"]
ONBUILD RUN rm -rf /x
# imagelint ignore=sudo,nosuch
# imagelint ignore
NOSUCH thing
"""


def all_of(text: str, kind: type[Subject]) -> list[Subject]:
    return [subject for subject in subjects(parse(text.encode()), "Dockerfile") if isinstance(subject, kind)]


def stages(text: str) -> list[StageSubject]:
    return [subject for subject in all_of(text, StageSubject) if isinstance(subject, StageSubject)]


def command(text: str) -> CommandSubject:
    found = all_of(f"FROM a:1\nRUN {text}\n", CommandSubject)[0]
    assert isinstance(found, CommandSubject)
    return found


def variable(line: str) -> VariableSubject:
    found = all_of(f"FROM a:1\nARG GIVEN\nARG KNOWN=known\n{line}\n", VariableSubject)[-1]
    assert isinstance(found, VariableSubject)
    return found


def copy(text: str) -> CopySubject:
    found = all_of(text, CopySubject)[0]
    assert isinstance(found, CopySubject)
    return found


def run(text: str) -> InstructionSubject:
    found = all_of(f"FROM a:1\nRUN {text}\n", InstructionSubject)[-1]
    assert isinstance(found, InstructionSubject)
    return found


def test_every_fact_has_its_type() -> None:
    types = {BOOL: bool, INT: int, STRING: str, LIST: list}
    seen = set()
    file = parse(EVERYTHING.encode())
    top, *others = subjects(file, "Dockerfile")
    assert isinstance(top, DockerfileSubject)
    comments = Quiet(file, read(file), rules()).subjects(top)
    for subject in [top, *others, *comments]:
        seen.add(subject.kind)
        for name, fact in facts_of(subject.kind).items():
            value: object = subject
            for step in attribute(subject.kind, name).split("."):
                value = getattr(value, step)
            assert type(value) is types[fact.type], name
            if fact.type == LIST:
                assert isinstance(value, list)
                assert all(type(item) is str for item in value), name
    assert seen == {kind for kind in KINDS if kind == "error" or "dockerfile" in (kind, *KINDS[kind].outer)}


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("debian", ("debian", "", "")),
        ("debian:12", ("debian", "12", "")),
        ("localhost:5000/debian", ("localhost:5000/debian", "", "")),
        ("host:5000/a/b:c@sha256:00", ("host:5000/a/b", "c", "sha256:00")),
    ],
)
def test_base(base: str, expected: tuple[str, str, str]) -> None:
    stage = stages(f"FROM {base}\n")[0]
    assert (stage.base_name, stage.base_tag, stage.base_digest) == expected


def test_user_and_workdir_are_inherited() -> None:
    parent, child = stages("FROM a:1 AS p\nUSER 0:0\nWORKDIR /srv\nFROM p\nRUN x\n")
    assert (child.user, child.user_raw, child.user_is_root, child.has_user) == ("0", "0:0", True, True)
    assert child.base_is_stage
    assert not parent.base_is_stage
    instructions = all_of("FROM a:1 AS p\nWORKDIR /srv\nWORKDIR app\nFROM p\nRUN x\n", InstructionSubject)
    assert [i.workdir for i in instructions if isinstance(i, InstructionSubject)] == [
        "",
        "",
        "/srv",
        "/srv/app",
        "/srv/app",
    ]


def test_what_ships() -> None:
    text = """FROM a:1 AS base
FROM a:1 AS tools
FROM a:1 AS other
FROM base
COPY --from=tools /a /b
"""
    assert [(stage.used, stage.ships) for stage in stages(text)] == [
        (True, True),
        (True, False),
        (False, True),
        (True, True),
    ]


def test_deep_inheritance_ends() -> None:
    text = "FROM a:1 AS s0\nUSER app\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(3000))
    assert stages(text)[-1].user == "app"


@pytest.mark.parametrize(
    ("text", "subcommand", "operands"),
    [
        ("apt-get -o Dpkg::Use-Pty=0 -t stable install -y curl", "install", ["curl"]),
        ("apt-get install -qqy curl git", "install", ["curl", "git"]),
        ("apk add --virtual .build gcc", "add", ["gcc"]),
        ("python3 -m pip install -r requirements.txt flask", "install", ["flask"]),
        ("git -C /src -c http.sslVerify=true clone https://example.com/x", "clone", ["https://example.com/x"]),
    ],
)
def test_operands(text: str, subcommand: str, operands: list[str]) -> None:
    found = command(text)
    assert (found.subcommand, found.operands) == (subcommand, operands)


def test_flags() -> None:
    assert command("apt-get install -yq --no-install-recommends x").flags == [
        "-yq",
        "-y",
        "-q",
        "--no-install-recommends",
    ]
    assert "-k" not in command("curl -sok https://example.com/a").flags
    assert "-k" in command("curl -sk https://example.com/a").flags


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("curl -fsSLo a.tgz https://example.com/x", ["a.tgz"]),
        ("curl -O https://example.com/x.tgz", ["x.tgz"]),
        ("curl https://example.com/x", []),
        ("wget https://example.com/x.tgz", ["x.tgz"]),
        ("wget -qO- https://example.com/x", []),
        ("wget -O /tmp/y https://example.com/x", ["/tmp/y"]),
    ],
)
def test_downloads(text: str, files: list[str]) -> None:
    assert command(text).downloads == files


def test_verified_by_what_comes_after() -> None:
    assert command("curl -O https://example.com/a && sha256sum -c a.sum").verified
    found = all_of("FROM a:1\nRUN sha256sum -c x && curl -O https://example.com/a\n", CommandSubject)[-1]
    assert isinstance(found, CommandSubject)
    assert not found.verified


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pip install x", True),
        ("pip install --no-cache-dir x", False),
        ("pip install x && rm -rf ~/.cache/pip", False),
        ("PIP_NO_CACHE_DIR=1 pip install x", False),
        ("--mount=type=cache,target=/root/.cache pip install x", False),
        ("dnf -y install x", True),
        ("dnf -y install x && dnf clean all", False),
        ("apk add x && rm -rf /var/cache/apk/*", False),
        ("make install", False),
    ],
)
def test_package_caches(text: str, kept: bool) -> None:
    assert command(text).keeps_cache is kept


@pytest.mark.parametrize(
    ("text", "unpinned"),
    [
        ("apt-get install -y a b=1 ./c.deb $D", ["a"]),
        ("apk add a b~2 'c>3'", ["a"]),
        ("pip install a b==1 ./c -r d.txt", ["a"]),
        ("npm install -g a b@1 @s/c @s/d@2", ["a"]),
        ("apt-get update", []),
    ],
)
def test_unpinned(text: str, unpinned: list[str]) -> None:
    assert [name for name in command(text).unpinned if name != "@s/c"] == unpinned


def test_pipes_are_followed() -> None:
    assert command("curl https://example.com/x | gunzip | tee a | sudo sh").feeds == ["gunzip", "tee", "sh"]
    assert command("true | sh; x | y").feeds == ["sh"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("apt-get update && apt-get install -y x", True),
        ("apt-get update && rm -rf /var/lib/apt/lists/*", False),
        ("apt-get update && rm -rf /var/lib/{apt,dpkg}", False),
        ("apt-get update && find /var/lib/apt/lists -type f -delete", False),
        ("--mount=type=cache,target=/var/lib/apt apt-get update", False),
        ("apt-get clean", False),
    ],
)
def test_apt_lists(text: str, kept: bool) -> None:
    assert run(text).keeps_apt_lists is kept


def test_secret_mounts() -> None:
    found = run("--mount=type=secret,id=a --mount=type=secret,id=b,target=/x --mount=type=secret,id=c,env=C true")
    assert found.secret_mounts == ["/run/secrets/a", "/x"]


@pytest.mark.parametrize(
    "shell", ['SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN a | b', "RUN set -o pipefail; a | b"]
)
def test_pipefail(shell: str) -> None:
    found = all_of(f"FROM a:1\n{shell}\n", InstructionSubject)[-1]
    assert isinstance(found, InstructionSubject)
    assert found.has_pipe
    assert found.pipefail
    assert not run("a | b").pipefail


@pytest.mark.parametrize(
    "line",
    [
        "ENV DB_PASSWORD=",
        "ENV DB_PASSWORD=$KNOWN",
        "ENV DB_PASSWORD=${GIVEN}",
        "ENV DB_PASSWORD=${GIVEN:-}",
        "ENV DB_PASSWORD=/run/secrets/db",
        "ENV DB_PASSWORD=changeme",
        "ENV DB_PASSWORD=<password>",
        "ENV API_KEY=your-api-key",
        "ENV USE_TOKEN=true",
        "ENV TOKEN_TTL=3600",
        "ENV API_TOKEN=12",
        "ARG SSH_PUBLIC_KEY='ssh-ed25519 AAAA'",
    ],
)
def test_no_secret(line: str) -> None:
    found = variable(line)
    assert not (found.is_secret_name and found.has_value and found.is_secret_value)


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "dbPassword", "NPM_TOKEN", "API_KEY", "MYSQL_ROOT_PASSWORD", "AWS_SECRET_ACCESS_KEY"]
)
def test_secret(name: str) -> None:
    found = variable(f"ENV {name}=q7hw-kdm2p")
    assert found.is_secret_name
    assert found.is_secret_value


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD_FILE",
        "PASSWORD_MIN_LENGTH",
        "TOKEN_URL",
        "SECRET_NAME",
        "PUBLIC_KEY",
        "MAX_TOKENS",
        "GPG_KEY",
        "KEYBOARD",
    ],
)
def test_no_secret_name(name: str) -> None:
    assert not variable(f"ENV {name}=q7hw-kdm2p").is_secret_name


def test_variables_that_meet() -> None:
    assert variable("ENV TOKEN=$GIVEN").keeps_argument
    assert not variable("ENV TOKEN=$KNOWN").keeps_argument
    assert variable("ENV A=/x B=$A/bin").reads_siblings == ["A"]
    assert variable("ENV PATH=/x:$PATH").reads_siblings == []


@pytest.mark.parametrize(
    "source",
    [
        ".env",
        "app/.env.production",
        ".npmrc",
        "deploy/id_rsa",
        "id_ed25519",
        ".ssh/",
        "server.key",
        "tls/key.pem",
        "ca.key",
        "a.p12",
        ".docker/config.json",
        ".git-credentials",
        "credentials.json",
        "kubeconfig",
        ".aws/credentials",
        ".aws",
    ],
)
def test_secret_files(source: str) -> None:
    assert is_secret_file(source)


@pytest.mark.parametrize(
    "source",
    [
        ".env.example",
        ".env.test",
        "id_rsa.pub",
        "ca.pem",
        "fullchain.pem",
        "certs/server-cert.pem",
        "server.crt",
        "repo-signing.key",
        "config.json",
        "truststore.jks",
        "environment",
        "keys.ts",
        ".",
        "src/",
        "package.json",
        "npmrc.md",
    ],
)
def test_no_secret_files(source: str) -> None:
    assert not is_secret_file(source)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("COPY .npmrc /root/.npmrc\nRUN npm ci && rm -f /root/.npmrc", 3),
        ("COPY .npmrc /root/\nRUN rm ~/.npmrc", 3),
        ("WORKDIR /app\nCOPY .npmrc .\nRUN npm ci\nRUN rm .npmrc", 5),
        ("COPY .ssh /root/.ssh\nRUN rm -rf /root/.ssh/", 3),
        ("COPY id_rsa /tmp/k/id_rsa\nRUN rm -rf /tmp/*", 3),
        ("COPY id_rsa /k/id_rsa\nRUN cd /k && \\\n  rm id_rsa", 4),
        ("COPY a id_rsa /k/\nRUN rm /k/a", 0),
        ("RUN rm -f /k\nCOPY id_rsa /k", 0),
        ("COPY id_rsa /k\nFROM a:1\nRUN rm /k", 0),
        ("COPY id_rsa /k\nONBUILD RUN rm /k", 0),
    ],
)
def test_deleted_line(lines: str, line: int) -> None:
    assert copy(f"FROM a:1\n{lines}\n").deleted_line == line


@pytest.mark.parametrize(
    ("mode", "setuid", "world"),
    [
        ("755", False, False),
        ("4755", True, False),
        ("777", False, True),
        ("1777", False, False),
        ("u+s", True, False),
        ("a+w", False, True),
        ("go-w", False, False),
        ("g+w", False, False),
    ],
)
def test_modes(mode: str, setuid: bool, world: bool) -> None:
    found = copy(f"FROM a:1\nCOPY --chmod={mode} a /b\n")
    assert (found.setuid, found.world_writable) == (setuid, world)


def test_where_from() -> None:
    text = "FROM a:1 AS first\nFROM a:1 AS second\nCOPY --from={} /a /b\nFROM a:1 AS third\n"
    seen = {}
    for name in ("first", "FIRST", "0", "second", "1", "third", "2", "nginx:1", "7"):
        found = copy(text.replace("{}", name))
        seen[name] = (found.from_stage, found.from_self, found.from_later)
    earlier, itself, later, none = (
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    )
    assert seen == {
        "first": earlier,
        "FIRST": earlier,
        "0": earlier,
        "second": itself,
        "1": itself,
        "third": later,
        "2": later,
        "nginx:1": none,
        "7": none,
    }
