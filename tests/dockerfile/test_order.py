"""Which steps stand in an order that has others run again, and which of them a fix may move: every doubt keeps it away.

That images stay the same is proved by tests/dockerfile/test_reordering_builds.py.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from imagelint.dockerfile.context import Contexts
from imagelint.dockerfile.lint import lint
from imagelint.dockerfile.mend import mend
from imagelint.dockerfile.order import changing
from imagelint.findings import Finding
from tests.dockerfile.linting import detector, findings, lines
from tests.dockerfile.mending import engine, mended

RULES = ("argument-early", "copy-before-install", "copy-before-packages")
PACKAGE = {"dependencies": {"left-pad": "^1.3.0", "tool": "npm:other@2"}, "scripts": {"build": "tsc"}}
LOCK = {"lockfileVersion": 3, "packages": {"node_modules/left-pad": {"resolved": "https://example.org/left-pad.tgz"}}}
NODE = {"package.json": json.dumps(PACKAGE), "package-lock.json": json.dumps(LOCK), "main.js": "//\n"}
PYTHON = {"requirements.txt": "requests==2.32.0 # pinned\n-c limits.txt\n", "limits.txt": "urllib3<3\n", "app.py": ""}
GO = {"go.mod": "module a\n\ngo 1.22.1\n\nreplace b => example.org/c v1.0.0\n", "go.sum": "", "main.go": ""}


def fixed(folder: Path, files: dict[str, str], text: str) -> str:
    """A Dockerfile after the fixes of these rules, in a context with these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    path = str(folder / "Dockerfile")

    def find(data: bytes) -> list[Finding]:
        where = Contexts(str(folder)).where("")
        return lint(path, data, engine(*RULES), detector(), target=path, show=True, where=where)[0]

    done = mend(text.encode(), find, True)
    assert done.reason == ""
    assert mend(done.data, find, True).data == done.data
    return done.data.decode()


def dockerfile(run: str, copy: str = "COPY . .", more: str = "", before: str = "WORKDIR /app\n") -> str:
    return f"FROM a:1\n{before}{copy}\n{more}RUN {run}\nRUN make\n"


@pytest.mark.parametrize(
    ("files", "run", "first"),
    [
        (NODE, "npm ci", "package.json package-lock.json"),
        (NODE | {".npmrc": "fund=false"}, "npm ci --omit=dev", "package.json package-lock.json .npmrc"),
        (NODE, "npm ci && npm cache clean --force", "package.json package-lock.json"),
        (NODE, "apk add --no-cache git && npm ci", "package.json package-lock.json"),
        (NODE | {"yarn.lock": "# yarn lockfile v1\n"}, "yarn --frozen-lockfile", "package.json yarn.lock"),
        (
            NODE | {"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
            "pnpm install --frozen-lockfile --prod",
            "package.json pnpm-lock.yaml",
        ),
        (PYTHON, "pip install --no-cache-dir -r requirements.txt", "requirements.txt limits.txt"),
        (PYTHON, "pip3 install -r /app/limits.txt --timeout 60", "limits.txt"),
        (GO, "go mod download", "go.mod go.sum"),
    ],
)
def test_an_install_reads_its_manifest_alone(files: dict[str, str], run: str, first: str, tmp_path: Path) -> None:
    text = dockerfile(run, more="ENV A=b\n")
    expected = dockerfile(run, f"COPY {first} ./", "ENV A=b\n").replace("RUN make", "COPY . .\nRUN make")
    assert fixed(tmp_path, files, text) == expected


def without(files: dict[str, str], name: str) -> dict[str, str]:
    return {path: text for path, text in files.items() if path != name}


def package(**more: object) -> dict[str, str]:
    return NODE | {"package.json": json.dumps(PACKAGE | more)}


@pytest.mark.parametrize(
    ("files", "run"),
    [
        (without(NODE, "package.json"), "npm ci"),
        (without(NODE, "package-lock.json"), "npm ci"),
        (NODE | {"npm-shrinkwrap.json": "{}"}, "npm ci"),
        (NODE | {".dockerignore": "package*.json\n"}, "npm ci"),
        (NODE | {"package.json": "{"}, "npm ci"),
        (NODE | {"package.json": "[" * 100_000}, "npm ci"),
        (NODE | {"node_modules/a/index.js": ""}, "npm ci"),
        (NODE | {"binding.gyp": "{}"}, "npm ci"),
        (package(scripts={"postinstall": "node build.js"}), "npm ci"),
        (package(workspaces=["a"]), "npm ci"),
        (package(dependencies={"a": "file:./a"}), "npm ci"),
        (package(devDependencies={"a": "../a"}), "npm ci"),
        (package(overrides={"a": {"b": "link:c"}}), "npm ci"),
        (package(dependencies=["a"]), "npm ci"),
        (NODE | {"package-lock.json": json.dumps({"packages": {"a": {"link": True}}})}, "npm ci"),
        (NODE, "npm install"),
        (NODE, "npm ci && npm run build"),
        (NODE, "npm ci --prefix /app"),
        (NODE, "npm ci --userconfig settings"),
        (NODE, "cd /srv && npm ci"),
        (NODE, "npm ci > log"),
        (NODE, "CI=1 npm ci"),
        (NODE, "--mount=type=secret,id=npm npm ci"),
        (NODE | {"yarn.lock": ""}, "yarn install"),
        (NODE | {"yarn.lock": "#", ".yarnrc.yml": ""}, "yarn install --immutable"),
        (NODE | {"pnpm-lock.yaml": "a: link:../b", "pnpm-workspace.yaml": ""}, "pnpm i --frozen-lockfile"),
        (PYTHON | {"requirements.txt": "-e .\n"}, "pip install -r requirements.txt"),
        (PYTHON | {"requirements.txt": "./wheels/a.whl\n"}, "pip install -r requirements.txt"),
        (PYTHON | {"requirements.txt": "a.whl\n"}, "pip install -r requirements.txt"),
        (PYTHON | {"requirements.txt": "a @ file:///app/a\n"}, "pip install -r requirements.txt"),
        (PYTHON | {"requirements.txt": "--find-links wheels\na\n"}, "pip install -r requirements.txt"),
        (PYTHON | {"requirements.txt": "-r sub/other.txt\n", "sub/other.txt": ""}, "pip install -r requirements.txt"),
        (PYTHON, "pip install -r missing.txt"),
        (PYTHON, "pip install -r requirements.txt --target /app/lib"),
        (PYTHON | {"env/pyvenv.cfg": ""}, "pip install -r requirements.txt"),
        (GO | {"go.mod": "module a\n\ngo 1.16\n"}, "go mod download"),
        (GO | {"go.mod": "module a\n\ngo 1.22\nreplace b => ./b\n"}, "go mod download"),
        (GO | {"go.work": ""}, "go mod download"),
        (without(GO, "go.sum"), "go mod download"),
        (GO, "bundle install"),
    ],
)
def test_what_may_read_more_stays(files: dict[str, str], run: str, tmp_path: Path) -> None:
    text = dockerfile(run)
    assert fixed(tmp_path, files, text) == text


@pytest.mark.parametrize(
    "text",
    [
        dockerfile("npm ci", before=""),
        dockerfile("npm ci", before="WORKDIR /\n"),
        dockerfile("npm ci", before="WORKDIR /root\n"),
        dockerfile("npm ci", before="WORKDIR /usr/local\n"),
        dockerfile("npm ci", before="WORKDIR /app\nENV npm_config_prefix=/app\n"),
        dockerfile("npm ci", "COPY . /srv/app"),
        dockerfile("npm ci", "COPY . /app", before=""),
        dockerfile("npm ci", "COPY --exclude=a . ."),
        dockerfile("npm ci", 'COPY ["." , "."]'),
        dockerfile("npm ci", "COPY . \\\n  ."),
        dockerfile("npm ci", "COPY . $HOME/app"),
        dockerfile("npm ci", "COPY . extra ./"),
        dockerfile("npm ci", "ONBUILD COPY . ."),
        dockerfile("npm ci", more="WORKDIR /srv\n"),
        dockerfile("npm ci", more="RUN make\n"),
        dockerfile("npm ci", more="COPY a b\n"),
        dockerfile("<<END\nnpm ci\nEND"),
    ],
)
def test_where_the_files_would_lie_elsewhere(text: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, NODE | {"extra/a": "", "a": ""}, text) == text


def test_options_of_the_copy_stay(tmp_path: Path) -> None:
    text = dockerfile("npm ci", "COPY --chown=1:1 --link ./ /app")
    first, rest = "COPY --chown=1:1 --link package.json package-lock.json /app/", "COPY --chown=1:1 --link ./ /app\n"
    assert fixed(tmp_path, NODE, text) == dockerfile("npm ci", first).replace("RUN make", f"{rest}RUN make")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("COPY . /app\nRUN apt-get update && apt-get install -y a", 2),
        ("WORKDIR /w\nCOPY . .\nUSER root\nRUN sudo apt-get install -y a", 3),
        ("COPY . /app\nRUN apk add a && make -C /app", 2),
        ("COPY . /app\nRUN curl -fsS https://example.org/key > /etc/key && dnf install -y a", 2),
        ("COPY . /app\nRUN apk add a /app/b.apk", 0),
        ("COPY . /app\nRUN apt-get install -y $(cat /app/list)", 0),
        ("COPY . /app\nRUN xargs apt-get install -y < /app/list", 0),
        ("COPY . /app\nRUN cp /app/sources.list /etc/apt && apt-get install -y a", 0),
        ("COPY . /app\nRUN gpg --import /app/key && apt-get install -y a", 0),
        ("COPY . /app\nRUN make\nRUN apt-get install -y a", 0),
        ("COPY . /app\nRUN apk add gcc && make -C /app && apk del gcc", 0),
        ("COPY . /\nRUN apt-get install -y a", 0),
        ("COPY . /etc\nRUN apt-get install -y a", 0),
        ("COPY src /app\nRUN apt-get install -y a", 0),
        ("COPY --from=b . /app\nRUN apt-get install -y a", 0),
    ],
)
def test_packages_behind_all_sources(text: str, line: int) -> None:
    assert lines(f"FROM a:1\n{text}", "copy-before-packages") == ([line] if line else [])


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("COPY . .\nRUN apk add a\nRUN apk add b", "RUN apk add a\nRUN apk add b\nCOPY . ."),
        ("COPY . .\n# why\nENV A=b\nRUN apk add a", "# why\nENV A=b\nRUN apk add a\nCOPY . ."),
        ("# all of it\nCOPY . .\nRUN apk add a", ""),
        ("COPY . .\nRUN apk add a && cd sub", ""),
        ("COPY . .\nRUN apk add a > log", ""),
        ("COPY . .\nRUN apk add a --root /w/root", ""),
        ("COPY . .\nRUN --mount=type=tmpfs,target=/t apk add a", ""),
        ("COPY . /home/me\nRUN apk add a", ""),
        ("COPY . /usr/lib/app\nRUN apk add a", ""),
        ("COPY . /opt\nRUN apk add a", ""),
        ("COPY . /opt/app\nRUN apk add a", "RUN apk add a\nCOPY . /opt/app"),
    ],
)
def test_packages_first(text: str, after: str) -> None:
    head = "FROM a:1\nWORKDIR /w\n"
    done = mended(f"{head}{text}\n".encode(), "copy-before-packages")
    assert done.data.decode() == f"{head}{after or text}\n"


@pytest.mark.parametrize(
    ("name", "default", "told"),
    [
        ("GIT_COMMIT", "", True),
        ("git_sha", "unknown", True),
        ("VCS_REF", "", True),
        ("BUILD_DATE", "", True),
        ("CI_PIPELINE_ID", "0", True),
        ("APP_VERSION", "dev", True),
        ("VERSION", "0.0.0-dev", True),
        ("VERSION", "1.4.2", False),
        ("NGINX_COMMIT", "", False),
        ("NODE_VERSION", "", False),
        ("PYTHON_SHA256", "", False),
        ("BUILD_TYPE", "", False),
        ("USER_ID", "", False),
        ("CACHE_DATE", "", False),
    ],
)
def test_what_changes_with_each_build(name: str, default: str, told: bool) -> None:
    assert changing(name, default) is told


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("ARG COMMIT\nLABEL a=$COMMIT\nRUN apk add a", "RUN apk add a\nARG COMMIT\nLABEL a=$COMMIT"),
        (
            "ARG COMMIT\nARG BUILD_DATE\nLABEL a=$COMMIT b=$BUILD_DATE\nRUN apk add a",
            "RUN apk add a\nARG BUILD_DATE\nARG COMMIT\nLABEL a=$COMMIT b=$BUILD_DATE",
        ),
        ("ARG COMMIT\nENV GIT_SHA=$COMMIT\nRUN apk add a", "RUN apk add a\nARG COMMIT\nENV GIT_SHA=$COMMIT"),
        ("ARG COMMIT\nENV PATH=$PATH:/$COMMIT\nRUN apk add a", ""),
        ("ARG COMMIT\nLABEL a=$COMMIT\nLABEL a=b\nRUN apk add a", ""),
        ("ARG COMMIT A\nLABEL a=$COMMIT\nRUN apk add a", ""),
        ("# the commit\nARG COMMIT\nLABEL a=$COMMIT\nRUN apk add a", ""),
        (
            "ARG COMMIT\nRUN apk add a\nRUN npm ci\nRUN echo $COMMIT",
            "RUN apk add a\nARG COMMIT\nRUN npm ci\nRUN echo $COMMIT",
        ),
        ("ARG COMMIT\nLABEL a=$COMMIT\nRUN ./configure", ""),
        ("ARG COMMIT\nRUN apk add a <<END\nEND\nLABEL a=$COMMIT", ""),
    ],
)
def test_arguments_behind_what_does_not_read_them(text: str, after: str) -> None:
    done = mended(f"FROM a:1\n{text}\n".encode(), "argument-early")
    assert done.data.decode() == f"FROM a:1\n{after or text}\n"
    assert findings(f"FROM a:1\n{text}\n", "argument-early") != []


@pytest.mark.parametrize(
    "text",
    [
        "ARG COMMIT\nRUN apk add a",  # nobody reads it
        "ARG COMMIT\nRUN git checkout $COMMIT\nRUN npm ci",
        "ARG COMMIT\nRUN git checkout ${COMMIT:0:7} && npm ci",
        "ARG COMMIT\nCOPY dist-$COMMIT /app\nRUN apk add a",
        "ARG COMMIT\nWORKDIR /$COMMIT\nRUN apk add a",
        "ARG COMMIT\nRUN make\nRUN apk add a\nENV A=$COMMIT",
        "ARG COMMIT\nLABEL a=$COMMIT\nRUN mkdir /a && chmod 700 /a",
        "ARG COMMIT\nLABEL a=$COMMIT\nONBUILD RUN apk add a",
        "RUN apk add a\nARG COMMIT\nLABEL a=$COMMIT",
    ],
)
def test_arguments_that_stand_where_they_are_needed(text: str) -> None:
    assert lines(f"FROM a:1\n{text}\n", "argument-early") == []


def test_what_is_followed_is_bounded() -> None:
    text = "FROM a:1\n" + "ARG COMMIT\nLABEL a=$COMMIT\n" * 3000 + "RUN apk add a\n"
    assert lines(text, "argument-early") == []  # it stands beyond what is looked at
    text = "FROM a:1\n" + "ARG GIT_SHA\nCOPY . /app\n" * 3000 + "LABEL a=$GIT_SHA\nRUN apk add a\n"
    assert len(lines(text, "copy-before-packages")) <= 256
