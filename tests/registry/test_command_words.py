"""Words that are wrong: one line each, exit status 2, and nothing is asked of a registry."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import registries
from tests.conftest import without
from tests.faulty_registry import Front
from tests.program import imagelint
from tests.registries import Registry
from tests.registry.conftest import ONE
from tests.registry_storage import Storage

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    if reason := registries.missing():
        without(reason)
    with Registry(tmp_path_factory.mktemp("words") / "registry") as registry:
        Storage(registry.folder).recipe("shop/app", ["1"], ONE)
        front = Front(registry.host)
        yield front
        front.stop()


def run(folder: Path, *words: str, columns: int = 120) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": str(columns), "XDG_CACHE_HOME": str(folder / "home")}
    environment.pop("IMAGELINT_CACHE_KEY", None)
    command = [*imagelint(), "registry", "--no-config", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


WRONG: dict[str, tuple[list[str], str]] = {
    "no registry": ([], "name a registry (registry.example.org), a repository of one, or @FILE"),
    "only changed": (["HOST", "--only-changed"], "--only-changed needs --index FILE"),
    "dockerfile": (["HOST", "--dockerfile", "x"], "--dockerfile is for scan, and says nothing of a registry"),
    "context": (["HOST", "--context", "."], "--context is for scan, and says nothing of a registry"),
    "fix": (["HOST", "--fix"], "--fix is for scan, and says nothing of a registry"),
    "diff": (["HOST", "--diff"], "--diff is for scan, and says nothing of a registry"),
    "resolve": (["HOST", "--resolve", "registry.example.org"], "--resolve is for scan, and says nothing of a registry"),
    "filter": (["HOST", "--filter", "label=x"], "--filter is for scan, and says nothing of a registry"),
    "stdin name": (["HOST", "--stdin-filename", "x"], "--stdin-filename is for scan, and says nothing of a registry"),
    "newest": (["HOST", "--newest", "-1"], "--newest"),
    "newest word": (["HOST", "--newest", "many"], "--newest"),
    "since": (["HOST", "--since", "yesterday"], "--since"),
    "rate": (["HOST", "--rate", "-1"], "--rate -1: give requests a second"),
    "rate nan": (["HOST", "--rate", "nan"], "--rate nan: give requests a second"),
    "connections": (["HOST", "--connections", "0"], "--connections 0: give a number from 1 to 64"),
    "many connections": (["HOST", "--connections", "65"], "--connections 65: give a number from 1 to 64"),
    "cache key": (["HOST", "--cache-key", "key"], "--cache-key is for a cache in a registry"),
    "cache twice": (["HOST", "--cache", "a", "--no-cache"], "leave one of them away"),
    "each": (["HOST", "--each", "sarif"], "give --output-dir too"),
    "each word": (["HOST", "--output-dir", "x", "--each", "pdf"], "'pdf' is not one of"),
    "shown index": (["HOST", "--index", "i.db", "--show-secrets"], "--show-secrets shows values"),
    "shown attach": (["HOST", "--attach", "--show-secrets"], "--show-secrets shows values"),
    "dask": (["HOST", "--dask", "127.0.0.1"], "--dask"),
    "dask tls": (["HOST", "--dask", "tcp://dask.example.org:8786"], "tls"),
    "file": (["@missing.txt"], "missing.txt"),
    "no host": (["shop/app"], "it names no registry"),
    "format": (["HOST", "--format", "pdf"], "pdf"),
    "rule": (["HOST", "--select", "no-such-rule"], "no-such-rule"),
    "index": (["HOST", "--index", "no/such/folder/i.db"], "no/such/folder"),
    "output dir": (["HOST", "--output-dir", "file"], "file"),
}


@pytest.mark.parametrize("columns", [60, 120])
@pytest.mark.parametrize("name", WRONG)
def test_wrong_words(door: Front, tmp_path: Path, name: str, columns: int) -> None:
    words, told = WRONG[name]
    (tmp_path / "file").write_text("")
    door.asked.clear()
    done = run(tmp_path, *(word.replace("HOST", door.host) for word in words), columns=columns)
    assert done.returncode == 2, done.stdout + done.stderr
    lines = done.stderr.splitlines()
    assert told in " ".join(lines), lines
    assert lines[-1].startswith("imagelint")
    assert done.stdout == ""
    assert door.asked == []
    assert not (tmp_path / "home").exists(), "no cache was made"


def test_options_of_dockerfiles_are_not_in_the_help(tmp_path: Path) -> None:
    done = run(tmp_path, "--help", columns=60)
    assert done.returncode == 0
    for option in ("--dockerfile", "--context", "--fix", "--diff", "--resolve", "--shellcheck", "--filter"):
        assert f" {option} " not in done.stdout, option
    for option in ("--only-changed", "--newest", "--dask", "--index", "--cache", "--attach"):
        assert option in done.stdout, option


def test_a_narrow_screen(door: Front, tmp_path: Path) -> None:
    done = run(tmp_path, door.host, "--no-cache", columns=60)
    assert done.returncode in (0, 1)
    assert max(map(len, done.stdout.splitlines())) <= 60 + len(door.host)
