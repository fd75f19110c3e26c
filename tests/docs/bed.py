"""Where a page's commands run: docs/README.md says what lies there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.demo import DOCKERFILE, FILES, recipe
from tests.docs.blocks import REPOSITORY, Block
from tests.engines import BASE, DOCKER, Engines
from tests.imagemaker import docker_archive, oci_layout
from tests.material import rsa_key
from tests.registries import WORD, TokenServer, docker_config

HOST = "registry.example.org"
"""What pages call the registry."""
CLONE = "https://github.com/OWNER/imagelint"
_LATER = 4102444800
"""2100-01-01, in seconds: newer than any file of a clone."""
KEY = rsa_key(42)
RECIPE = recipe(KEY)


@dataclass
class Bed:
    """A folder and an environment for the commands of a page; `names` are put in the place of those it has."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def typed(self, text: str) -> str:
        """A page's text as it is run."""
        for name, real in self.names.items():
            text = text.replace(name, real)
        return text

    def told(self, text: str) -> str:
        """What a command printed, as the page says it."""
        for name, real in self.names.items():
            text = text.replace(real, name)
        return text


def needs(blocks: list[Block]) -> set[str]:
    """What a page's commands ask for beside the folder: registry, docker, pip, make."""
    text = "\n".join(block.text for block in blocks if block.language in ("sh", "console", "python"))
    words = {"registry": HOST, "docker": "docker ", "pip": "pip install", "make": "make test"}
    return {name for name, word in words.items() if word in text} | ({"docker"} if "docker:" in text else set())


@contextmanager
def bed(blocks: list[Block], root: Path, imagelint: Path, wheel: Path) -> Iterator[Bed]:
    """The bed of a page, below a folder that is there, with this command, and this wheel for who installs it."""
    asked = needs(blocks)
    with ExitStack() as running:
        environment = _environment(root, imagelint.parent)
        made = Bed(_project(root, environment), environment)
        if "pip" in asked:
            environment["PATH"] = f"{_for_pip(root, wheel, environment)}:{environment['PATH']}"
        if "make" in asked:
            environment |= _for_make(root)
        if "registry" in asked:
            _registry(root, made, running)
        if "docker" in asked:
            engine = running.enter_context(Engines())
            environment["DOCKER_HOST"] = engine.address
            environment["PATH"] = f"{_docker(root)}:{environment['PATH']}"
            engine.docker("tag", BASE, "debian:12-slim")
            engine.docker("load", "--input", str(made.folder / "image.tar"))
        yield made


def _project(root: Path, environment: dict[str, str]) -> Path:
    """The repository of whoever reads the page."""
    folder = root / "project"
    folder.mkdir()
    for name, text in {"Dockerfile": DOCKERFILE, ".gitignore": "*\n!Dockerfile\n!app.py\n!fetch.sh\n", **FILES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "deploy.key").write_text(KEY, encoding="utf-8")
    docker_archive(folder / "image.tar", RECIPE, layout="25")
    oci_layout(folder / "layout", RECIPE)
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "A shop"]):
        subprocess.run(["git", *words], cwd=folder, env=environment, check=True)
    return folder


def _environment(root: Path, programs: Path) -> dict[str, str]:
    """The machine's, with a home of its own, these programs first, and git that knows somebody."""
    kept = {name: os.environ[name] for name in ("PATH", "XDG_CACHE_HOME", "SSL_CERT_FILE") if name in os.environ}
    (root / ".gitconfig").write_text(
        "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n"
        f'[url "{REPOSITORY}"]\ninsteadOf = {CLONE}\n'
    )
    return {
        **kept,
        "PATH": f"{programs}:{Path(sys.executable).parent}:{kept['PATH']}",
        "HOME": str(root),
        "COLUMNS": "110",
        "LC_ALL": "C.UTF-8",
        "REGISTRY_PASSWORD": WORD,
        "GITHUB_STEP_SUMMARY": str(root / "summary.md"),
    }


def _registry(root: Path, made: Bed, running: ExitStack) -> None:
    """A registry of which everybody may pull public/*, and shop/* who knows the password."""
    tokens = TokenServer(root / "tokens")
    running.callback(tokens.stop)
    registry = running.enter_context(tokens.registry(root / "registry"))
    made.names[HOST] = registry.host
    both = oci_layout(root / "both", RECIPE, recipe(rsa_key(43), "linux/arm64/v8"), nested=True)
    registry.push(both, "1", "public/app:1", login=True)
    registry.push(both, "1", "shop/app:1", login=True)
    made.environment["DOCKER_CONFIG"] = str(docker_config(root / ".docker", registry.host))


def _docker(root: Path) -> Path:
    """The folder of a `docker` that builds and runs without a network, which the tests' daemon has none of."""
    script = root / "docker/docker"
    script.parent.mkdir()
    put = 'case "$1" in build|run) word=$1; shift; set -- "$word" --network none "$@" ;; esac'
    script.write_text(f'#!/bin/sh\n{put}\nexec {DOCKER} "$@"\n')
    script.chmod(0o755)
    return script.parent


def _for_pip(root: Path, wheel: Path, environment: dict[str, str]) -> Path:
    """A virtual environment that has what imagelint needs, but for imagelint, which pip finds as this wheel, and builds
    with what is there; where its programs lie. So nothing is fetched."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / "venv")], check=True)
    (root / "packages").mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "imagelint" not in path.name and path.suffix != ".pth":
            (root / "packages" / path.name).symlink_to(path)
    (folder,) = (root / "venv").glob("lib/*/site-packages")
    (folder / "here.pth").write_text(f"{root / 'packages'}\n")
    programs = root / "venv/bin"
    for name in ("pip", "dask"):  # whose own programs would run what they were installed beside
        (programs / name).write_text(f'#!/bin/sh\nexec {programs}/python -m {name} "$@"\n')
        (programs / name).chmod(0o755)
    environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent), "PIP_NO_BUILD_ISOLATION": "false"}
    environment |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return programs


def _for_make(root: Path) -> dict[str, str]:
    """What the Makefile of a clone takes as installed, since it is: the programs of this environment. One short file of
    tests stands for all of them, which would type the pages again."""
    stamp = root / "installed"
    stamp.touch()
    os.utime(stamp, (_LATER, _LATER))
    given = {"BIN": Path(sys.executable).parent} | dict.fromkeys(
        ("INSTALLED", "ENGINES", "SARIF_MULTITOOL", "AXE"), stamp
    )
    return {
        "MAKEFLAGS": " ".join(f"{name}={value}" for name, value in given.items()),
        "PYTEST_ADDOPTS": "tests/test_record.py",
    }
