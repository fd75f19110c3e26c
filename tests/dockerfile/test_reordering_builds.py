"""What a reordering fix does to an image: nothing. Dockerfiles are built before and after it, by both builders.

The programs that install are stand-ins, which read the files that the real ones read. Each leaves a number of chance in
/var/log, as real ones leave times: it tells whether a later build ran the step again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines import Engines
from tests.program import Forked

pytestmark = pytest.mark.engine

STAND_IN = """#!/bin/sh
set -e
program=${0##*/}
folder=node_modules files="package.json package-lock.json .npmrc"
case "$program $1" in
    "apt-get update") exit 0;;
    "apt-get install") folder=/usr/share/apt files=;;
    "pip install") folder=/usr/lib/python files="requirements.txt base.txt";;
    "go mod") folder=/go/pkg/mod files="go.mod go.sum";;
esac
mkdir -p "$folder/of-$program"
for file in $files; do
    if [ -e "$file" ]; then
        grep -v '^ *$' "$file" > "$folder/of-$program/$file.installed"
    fi
done
echo "$*" > "$folder/of-$program/asked"
chmod 750 "$folder/of-$program"
mkdir -p /var/log
cat /proc/sys/kernel/random/uuid > "/var/log/$program-ran"
"""
RUNS = "var/log/"

NODE = """FROM tools:1
ARG GIT_COMMIT=unknown
LABEL org.opencontainers.image.revision=$GIT_COMMIT \\
      com.example.kept="a  b"
ENV GIT_SHA=$GIT_COMMIT
WORKDIR /app
COPY --chown=7:8 . .
ENV NODE_ENV=production
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
RUN npm ci --ignore-scripts
EXPOSE 8080
RUN sh make.sh "$GIT_COMMIT"
CMD ["cat", "made"]
"""
NODE_MENDED = """FROM tools:1
WORKDIR /app
ENV NODE_ENV=production
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY --chown=7:8 package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY --chown=7:8 . .
ARG GIT_COMMIT=unknown
LABEL org.opencontainers.image.revision=$GIT_COMMIT \\
      com.example.kept="a  b"
ENV GIT_SHA=$GIT_COMMIT
EXPOSE 8080
RUN sh make.sh "$GIT_COMMIT"
CMD ["cat", "made"]
"""
MANY = """FROM tools:1 AS python
WORKDIR /srv/app
ADD ./ ./
RUN pip install --no-cache-dir -r requirements.txt
RUN sh make.sh python
FROM tools:1
WORKDIR /src
COPY . .
RUN go mod download
RUN sh make.sh go
COPY --from=python /usr/lib/python /usr/lib/python
COPY --from=python /srv/app /srv/app
COPY --from=python /var/log /var/log
"""
MANY_MENDED = """FROM tools:1 AS python
WORKDIR /srv/app
ADD requirements.txt base.txt ./
RUN pip install --no-cache-dir -r requirements.txt
ADD ./ ./
RUN sh make.sh python
FROM tools:1
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN sh make.sh go
COPY --from=python /usr/lib/python /usr/lib/python
COPY --from=python /srv/app /srv/app
COPY --from=python /var/log /var/log
"""
FILES = {
    "package.json": json.dumps({"dependencies": {"left-pad": "^1.3.0"}, "scripts": {"start": "cat made"}}),
    "package-lock.json": json.dumps(
        {"lockfileVersion": 3, "packages": {"node_modules/left-pad": {"version": "1.3.0"}}}
    ),
    ".npmrc": "fund=false\n",
    "requirements.txt": "-r base.txt\nrequests[socks]>=2 ; python_version > '3.8'\n",
    "base.txt": "urllib3==2.2.0 \\\n  # pinned\n",
    "go.mod": "module example.org/app\n\ngo 1.22\n\nrequire example.org/lib v1.0.0\n",
    "go.sum": "example.org/lib v1.0.0 h1:x=\n",
    "make.sh": 'find . -type f ! -name made | sort | xargs cat | wc -c > made; echo "$1" >> made',
    "src/main.js": "require('left-pad')\n",
    "src/deep/data": "data\n",
}


@pytest.fixture(scope="module")
def tools(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Engines:
    folder = tmp_path_factory.mktemp("tools")
    for name in ("npm", "apt-get", "pip", "go"):
        (folder / name).write_text(STAND_IN, encoding="utf-8")
        (folder / name).chmod(0o755)
    (folder / "Dockerfile").write_text("FROM base:1\nCOPY npm apt-get pip go /bin/\n", encoding="utf-8")
    engines.docker("build", "--network", "none", "--tag", "tools:1", str(folder), DOCKER_BUILDKIT="0")
    return engines


@pytest.fixture(scope="module")
def imagelint() -> Iterator[Forked]:
    running = Forked()
    yield running
    running.stop()


def context(folder: Path) -> Path:
    """A project with modes, links and an empty folder."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "src/deep/data").chmod(0o640)
    (folder / "make.sh").chmod(0o755)
    (folder / "src/link").symlink_to("deep/data")
    (folder / "empty").mkdir()
    (folder / ".dockerignore").write_text("Dockerfile*\n.dockerignore\n", encoding="utf-8")
    return folder


def build(engines: Engines, folder: Path, dockerfile: str, tag: str, buildkit: bool, commit: str) -> None:
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    given = ["--build-arg", f"GIT_COMMIT={commit}"] if "GIT_COMMIT" in dockerfile else []
    engines.docker(
        *("build", "--network", "none", "--tag", tag, *given, str(folder)), DOCKER_BUILDKIT="1" if buildkit else "0"
    )


def tree(engines: Engines, tag: str, to: Path) -> tuple[dict[str, tuple[Any, ...]], dict[str, str]]:
    """The file system of a container of an image, all but times; and what each stand-in's last run left."""
    container = engines.docker("create", "--network", "none", tag).strip()
    engines.docker("export", "--output", str(to), container)
    engines.docker("rm", container)
    found: dict[str, tuple[Any, ...]] = {}
    runs: dict[str, str] = {}
    with tarfile.open(to) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            data = stream.read() if stream is not None else b""
            if member.name.startswith(RUNS) and member.isreg():
                runs[member.name.removeprefix(RUNS)] = data.decode()
                data = b""
            digest = hashlib.sha256(data).hexdigest()
            found[member.name] = (member.type, member.mode, member.uid, member.gid, member.linkname, digest)
    os.unlink(to)
    return found, runs


def configuration(engines: Engines, tag: str) -> dict[str, Any]:
    """What a container starts with."""
    [image] = json.loads(engines.docker("image", "inspect", tag))
    image["Config"]["Env"].sort()  # no name is there twice
    return {name: value for name, value in image["Config"].items() if value and name not in ("Image", "Hostname")}


def mend(imagelint: Forked, folder: Path, dockerfile: str) -> str:
    """The Dockerfile after the fixes of the rules about order, by the command."""
    path = folder / "Dockerfile"
    path.write_text(dockerfile, encoding="utf-8")
    rules = "argument-early,copy-before-install,copy-before-packages"
    said = imagelint("scan", "--no-config", "--select", rules, "--unsafe-fixes", "--fail-on", "never", str(folder))
    assert said.returncode == 0, said.stderr
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("buildkit", [False, True], ids=["legacy", "buildkit"])
@pytest.mark.parametrize(
    ("before", "after", "reused"),
    [(NODE, NODE_MENDED, {"apt-get-ran", "npm-ran"}), (MANY, MANY_MENDED, {"pip-ran", "go-ran"})],
    ids=["node", "python-and-go"],
)
def test_the_image_is_the_same(
    before: str, after: str, reused: set[str], buildkit: bool, tools: Engines, imagelint: Forked, tmp_path: Path
) -> None:
    """And a build after a change of the sources, and of the commit, takes the installs from the cache, as it did not
    before."""
    folder = context(tmp_path / "app")
    assert mend(imagelint, folder, before) == after
    assert mend(imagelint, folder, after) == after
    trees, runs = {}, {}
    for number, text in enumerate((before, after)):
        for again in (0, 1):
            (folder / "src/main.js").write_text(f"// {again}\n", encoding="utf-8")
            tag = f"order:{number}{again}{int(buildkit)}"
            build(tools, folder, text, tag, buildkit, f"{again:040x}")
            trees[number, again], runs[number, again] = tree(tools, tag, tmp_path / "tree.tar")
    for again in (0, 1):
        assert trees[1, again] == trees[0, again]
        assert configuration(tools, f"order:1{again}{int(buildkit)}") == configuration(
            tools, f"order:0{again}{int(buildkit)}"
        )
    assert any("of-" in path and path.endswith(".installed") for path in trees[0, 0])
    assert set(runs[0, 0]) == reused
    assert all(runs[0, 1][name] != runs[0, 0][name] for name in reused)
    assert runs[1, 1] == runs[1, 0]
