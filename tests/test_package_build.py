"""What is built, from what, with which types and for which systems."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from imagelint import __version__
from imagelint.engine.compiled import load
from imagelint.report.schema import SCHEMAS
from tests import wheels

pytestmark = pytest.mark.slow

PLATFORMS = ("x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-apple-darwin", "aarch64-manylinux_2_28")
"""What users have besides the machine that tests."""


def copy(tree: list[str], source: Path, folder: Path, *, mode: int, time: int) -> Path:
    """A checkout with other times and permissions, its files made in another order."""
    for name in reversed(tree) if time % 2 else tree:
        if name.startswith(("tests/", "docs/", "bench/", "fuzz/", "demo/")):
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, folder / name)
        (folder / name).chmod(mode)
        os.utime(folder / name, (time, time))
    return folder


def test_two_builds_are_the_same_bytes(wheel: Path, tree: list[str], repository: Path, tmp_path: Path) -> None:
    one = copy(tree, repository, tmp_path / "one", mode=0o600, time=1_000_000_001)
    two = copy(tree, repository, tmp_path / "a/longer/path", mode=0o664, time=1_700_000_000)
    strange = {**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    for made in ("first", "second"):
        (tmp_path / made).mkdir()
    first = wheels.build("sdist", one, tmp_path / "first", mask=0o077)
    second = wheels.build("sdist", two, tmp_path / "second", strange, mask=0o002)
    assert first.read_bytes() == second.read_bytes()
    # As docs/releasing.md says: by a builder of its own, with what pyproject.toml names, in the versions of today.
    tools = ("hatchling", "cel-expr-python", "PyYAML")
    (tmp_path / "constraints.txt").write_text("".join(f"{tool}=={version(tool)}\n" for tool in tools))
    words = ("build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", str(tmp_path / "built"))
    wheels.uv(*words, "--build-constraint", str(tmp_path / "constraints.txt"), str(first), environment=strange)
    (built,) = (tmp_path / "built").glob("*.whl")
    assert built.name == wheel.name
    assert built.read_bytes() == wheel.read_bytes()


def test_the_rules_are_found_in_checkout_and_editable_and_wheel(
    installed: Path, tree: list[str], repository: Path, tmp_path: Path
) -> None:
    words = ("rules", "--format", "json")
    rules = json.loads(wheels.run(installed, *words, folder=tmp_path))
    assert {rule["id"] for rule in rules} == {path.stem for path in (repository / "rules").rglob("*.yaml")}
    here = subprocess.run(
        [sys.executable, "-m", "imagelint", *words], cwd=repository, check=True, capture_output=True, text=True
    )
    assert json.loads(here.stdout) == rules
    # By the oldest tools that may build it.
    oldest = [need.replace(">=", "==") for need in project(repository)["build-system"]["requires"]]
    (tmp_path / "oldest.txt").write_text("\n".join(oldest))
    checkout = copy(tree, repository, tmp_path / "checkout", mode=0o644, time=1_000_000_000)
    wheels.uv("venv", "--quiet", "--python", sys.executable, str(tmp_path / "venv"))
    constraints = ("--build-constraints", str(tmp_path / "oldest.txt"))
    wheels.uv(
        "pip", "install", "--quiet", "--python", str(tmp_path / "venv"), *constraints, "--editable", str(checkout)
    )
    assert json.loads(wheels.run(tmp_path / "venv/bin/imagelint", *words, folder=tmp_path)) == rules
    assert not (checkout / "imagelint/rules").exists()


def test_the_wheel_holds_the_program_and_its_compiled_rules(wheel: Path) -> None:
    assert wheel.name.startswith(f"imagelint-{__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        first = archive.read("imagelint/rules/compiled.jsonl").partition(b"\n")[0]
    assert {"imagelint/py.typed", "imagelint/__main__.py", "imagelint/rules/texts.json"} <= names
    assert {f"imagelint/report/html/page.{kind}" for kind in ("html", "css", "js")} <= names
    assert {f"imagelint/report/schema/{name}" for name in SCHEMAS.values()} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert json.loads(first)["ids"] == [rule.id for rule in load().rules]
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"imagelint"}


CONSUMER = """\
import imagelint

reveal_type(imagelint.__version__)
report = imagelint.scan(["Dockerfile"], imagelint.Options(profile="strict"))
for finding in report.findings:
    reveal_type(finding.severity)
    rule: imagelint.Severity = finding.rule
"""


def test_users_have_its_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    words = ["mypy", "--strict", "--no-error-summary", "--hide-error-context", f"--cache-dir={tmp_path / 'cache'}"]
    python = installed.with_name("python")
    done = subprocess.run(
        [sys.executable, "-m", *words, "--python-executable", str(python), "consumer.py"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [
        'consumer.py:3: note: Revealed type is "str"',
        'consumer.py:6: note: Revealed type is "imagelint.findings.Severity"',
        "consumer.py:7: error: Incompatible types in assignment "
        '(expression has type "str", variable has type "Severity")  [assignment]',
    ], done.stdout + done.stderr


def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


def test_the_version_stands_in_one_place(wheel: Path, repository: Path, tree: list[str]) -> None:
    with zipfile.ZipFile(wheel) as packed:
        metadata = packed.read(f"imagelint-{__version__}.dist-info/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert project(repository)["project"]["dynamic"] == ["version"]
    code = [
        name
        for name in tree
        if name.endswith((".py", ".toml", ".yml", ".yaml")) and not name.startswith(("rules/", "tests/"))
    ]
    quoted = re.compile(rf"""['"]v?{re.escape(__version__)}['"]""")
    assert [name for name in code if quoted.search((repository / name).read_text())] == ["imagelint/__init__.py"]
    newest = re.search(r"^## \[(.+?)\]", (repository / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] in ("Unreleased", __version__)


def test_each_dependency_has_its_reason(repository: Path) -> None:
    """The table of CONTRIBUTING.md has the bounds of pyproject.toml."""
    of = project(repository)["project"]
    every = [*of["dependencies"], *of["optional-dependencies"]["dask"]]
    needs = [re.split(r"(?=[<>=])", need, maxsplit=1) for need in every]
    rows = re.findall(
        r"^\| ([\w, -]+) \| ([\d.]+(?:,<[\d.]+)?) \| ", (repository / "CONTRIBUTING.md").read_text(), re.M
    )
    told = {name.lower(): bound for names, bound in rows for name in names.split(", ")}
    assert {name.lower(): bound.removeprefix(">=") for name, bound in needs} == told


@pytest.mark.parametrize("platform", PLATFORMS)
def test_other_systems_compile_nothing(platform: str, repository: Path) -> None:
    """Every dependency has a wheel there."""
    words = ["--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:", "--python-platform", platform]
    words += ["--python", sys.executable]
    for python, resolution in product(wheels.VERSIONS, ("highest", "lowest-direct")):
        wanted = ("--python-version", python, "--resolution", resolution)
        told = wheels.uv("pip", "compile", *words, *wanted, str(repository / "pyproject.toml"))
        assert "hyperscan==" in told


def test_uv_tells_what_has_no_wheel(repository: Path) -> None:
    """The test above can fail: where cel-expr-python has none."""
    words = ("pip", "compile", "--quiet", "--only-binary", ":all:", "--python-platform", "x86_64-unknown-linux-musl")
    with pytest.raises(AssertionError, match="cel-expr-python"):
        wheels.uv(*words, str(repository / "pyproject.toml"))
