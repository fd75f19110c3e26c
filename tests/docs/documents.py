"""What a block of YAML, JSON, TOML or a Dockerfile is, and whether it is a good one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from imagelint.config.settings import SETTINGS
from imagelint.engine.rule import read_rules
from imagelint.errors import ImagelintError
from tests.docs.blocks import REPOSITORY, Block
from tests.rules import targets

OURS = re.compile(r"OWNER/imagelint@|^\./$")


def wrong(block: Block, folder: Path, imagelint: Path) -> str:
    """What is wrong with a block that is read; empty when nothing is, and for one that is not read. `imagelint` is the
    command, the folder one for files."""
    reader = {"yaml": _yaml, "json": _json, "toml": _toml, "dockerfile": _dockerfile}.get(block.language)
    if reader is None:
        return ""
    try:
        reader(block, Bench(folder, imagelint))
    except (ValueError, ImagelintError, yaml.YAMLError) as error:
        return f"{block}: {error}"
    return ""


@dataclass(frozen=True)
class Bench:
    """A folder for files, and the command that is put to them."""

    folder: Path
    command: Path

    def file(self, name: str, text: str) -> Path:
        """A file in the folder."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def imagelint(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """What imagelint says, in the folder."""
        return subprocess.run(
            [self.command, *words], cwd=self.folder, input=stdin, capture_output=True, text=True, check=False
        )


def _json(block: Block, bench: Bench) -> None:
    json.loads(block.text)


def _toml(block: Block, bench: Bench) -> None:
    found = tomllib.loads(block.text).get("tool", {}).get("imagelint")
    if found is None:
        raise ValueError("TOML that is no [tool.imagelint]")
    _configuration(found, block.text, bench, "pyproject.toml")


def _dockerfile(block: Block, bench: Bench) -> None:
    done = bench.imagelint("scan", "--no-config", "--no-progress", "-", stdin=block.text)
    if done.returncode != block.expected(0):
        raise ValueError(f"linted with exit status {done.returncode}\n{done.stdout}{done.stderr}")


def _yaml(block: Block, bench: Bench) -> None:
    found = yaml.safe_load(block.text)
    kinds = [reader for is_one, reader in KINDS if is_one(found)]
    if not kinds:
        raise ValueError("YAML of no kind that tests/docs/documents.py knows")
    kinds[0](found, block.text, bench)


def _configuration(found: Any, text: str, bench: Bench, name: str = ".imagelint.yaml") -> None:
    """As a scan takes it: that the rules and their parameters are there, too. Its baselines are."""
    bench.file(name, text)
    if "baseline" in found:
        bench.file(found["baseline"], '{\n"imagelint-baseline": 1,\n"entries": []\n}\n')
    done = bench.imagelint("config", "show", "--config", name)
    if done.returncode:
        raise ValueError(done.stderr)


def _rule(found: Any, text: str, bench: Bench) -> None:
    """A rule that loads, and whose own examples are told apart by a scan."""
    rules = bench.folder / found["id"]
    rules.mkdir()
    (rules / f"{found['id']}.yaml").write_text(text)
    (rule,) = read_rules(rules)
    made = list(targets.write(rule, bench.folder / f"{rule.id}-examples"))
    words = ["scan", "--no-config", "--no-progress", "--rules", str(rules), "--select", rule.id, "--format", "json"]
    done = bench.imagelint(*words, "--fail-on", "never", *(str(target.path) for target in made))
    loud = {finding["target"] for finding in json.loads(done.stdout)["findings"]}
    if differ := [target.shown for target in made if (str(target.path) in loud) != target.bad]:
        raise ValueError(f"these examples are told wrongly: {differ}")


def _hooks(found: Any, text: str, bench: Bench) -> None:
    _judged("pre_commit", "validate-config", bench.file(".pre-commit-config.yaml", text))
    there = {hook["id"] for hook in yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())}
    named = {hook["id"] for one in found["repos"] if "imagelint" in one["repo"] for hook in one["hooks"]}
    if named - there:
        raise ValueError(f"no hook of ours: {', '.join(sorted(named - there))}")


def _workflow(found: Any, text: str, bench: Bench) -> None:
    """A whole one, a job's `steps`, or a list of steps. YAML 1.1 reads the key `on` as true."""
    steps = found if isinstance(found, list) else found.get("steps")
    if steps is not None:
        found = {"on": "push", "jobs": {"lint": {"runs-on": "ubuntu-latest", **_job(found)}}}
    document: dict[str, Any] = {("on" if key is True else key): value for key, value in found.items()}
    _by_schema("vendor.github-workflows", document, bench)
    inputs = set(yaml.safe_load((REPOSITORY / "action.yml").read_text())["inputs"])
    for job in document["jobs"].values():
        for step in job.get("steps", []):
            if OURS.search(step.get("uses", "")) and set(step.get("with", {})) - inputs:
                raise ValueError(f"no input of the action: {', '.join(sorted(set(step['with']) - inputs))}")


def _job(found: Any) -> dict[str, Any]:
    return {"steps": found} if isinstance(found, list) else found


def _compose(found: Any, text: str, bench: Bench) -> None:
    """A compose file that is read to its end."""
    done = bench.imagelint(
        "scan", "--no-config", "--format", "json", "-", "--stdin-filename", "compose.yaml", stdin=text
    )
    if done.returncode == 3 or json.loads(done.stdout)["limited"]:
        raise ValueError(done.stdout)


def _pipeline(found: Any, text: str, bench: Bench) -> None:
    _by_schema("vendor.gitlab-ci", found, bench)


def _by_schema(name: str, document: Any, bench: Bench) -> None:
    """By the schema that the vendor publishes, which check-jsonschema brings."""
    _judged(
        "check_jsonschema", "--builtin-schema", name, bench.file("document.json", json.dumps(document, default=str))
    )


def _judged(module: str, *words: str | Path) -> None:
    """What a program has to say against a file."""
    done = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stdout + done.stderr)


def _is_workflow(found: Any) -> bool:
    if isinstance(found, list):
        return all(isinstance(step, dict) and ("uses" in step or "run" in step) for step in found)
    return isinstance(found, dict) and ("steps" in found or ("jobs" in found and bool({True, "on"} & found.keys())))


def _has(*keys: str) -> Callable[[Any], bool]:
    return lambda found: isinstance(found, dict) and set(keys) <= found.keys()


KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any, str, Bench], None]], ...] = (
    (_has("repos"), _hooks),
    (_has("id", "severity", "examples"), _rule),
    (_is_workflow, _workflow),
    (_has("services"), _compose),
    (lambda found: isinstance(found, dict) and bool(found) and found.keys() <= set(SETTINGS), _configuration),
    (lambda found: isinstance(found, dict) and any(_has("script")(job) for job in found.values()), _pipeline),
)
"""How each is told, and how it is judged; the first that fits."""
