"""What action.yml runs: its inputs to the words of a scan, the report to outputs, log and summary.

usage: PYTHON -I tools/github_action.py     inputs are INPUT_* variables, the others those that GitHub sets

PYTHON is one that imagelint is installed for, which may be another release than this checkout's: nothing of the package
is imported here, it is only run. `-I` everywhere: what gets scanned is the working directory, and a module of it must
not be found ahead of Python's own.

A pull request brings a configuration, baselines and rules, by which it could keep its own findings quiet. So they come
from the commit that it goes into, or not at all. The form of events is that of docs.github.com, "Webhook events and
payloads"; that of commands and of the outputs' file of "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = (".imagelint.yaml", ".imagelint.yml", "pyproject.toml")
"""Of a configuration that is discovered, in this order."""
SOURCE = re.compile("(docker|podman|registry|docker-archive|oci|oci-archive):")
DOCKERFILE = re.compile(r"(?i)(^|/)(docker|container)file([.-][^/]*)?$|\.(docker|container)file$")
COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")
GIT_SECONDS = 120
"""A fetch of one commit may take so long."""
INPUTS = (
    *("targets", "image", "dockerfile", "context", "format", "fail-on", "profile", "config", "baseline", "rules"),
    *("platform", "sarif", "summary", "annotations"),
)
CLEAN, FOUND, WRONG_WORDS, HOLES = 0, 1, 2, 3


@dataclass
class PullRequest:
    """`base`: the commit that it goes into, empty where the event does not say; `fork`: whether it may come from
    somebody who may not write to the repository."""

    base: str
    fork: bool


def pull_request(name: str, event: Mapping[str, Any], default: str) -> PullRequest | None:
    """The pull request of an event, None for an event of another kind. `default` is the commit that the workflow is
    from: one of the default branch, in events that tell no more of a pull request than its number."""
    if pull := event.get("pull_request"):
        sides = [pull.get(side) or {} for side in ("base", "head")]
        base, head = ((side.get("repo") or {}).get("full_name") for side in sides)
        return PullRequest(_commit(sides[0].get("sha")), fork=not base or base != head)
    if group := event.get("merge_group"):  # somebody who may write has put it there
        return PullRequest(_commit(group.get("base_sha")), fork=False)
    run = event.get("workflow_run") or {}
    if str(run.get("event", "")).startswith("pull_request") or (event.get("issue") or {}).get("pull_request"):
        return PullRequest(_commit(default), fork=True)
    return PullRequest("", fork=True) if name.startswith(("pull_request", "merge_group")) else None


def _commit(value: object) -> str:
    return value if isinstance(value, str) and COMMIT.fullmatch(value) else ""


def git(folder: Path, *words: str) -> bytes | None:
    """What git prints; None where it fails. Nothing in a checkout's files decides what it runs."""
    environment = {key: value for key, value in os.environ.items() if key not in ("GIT_DIR", "GIT_WORK_TREE")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
    safe = ("safe.directory=*", "safe.bareRepository=explicit", "core.hooksPath=/dev/null", "core.fsmonitor=false")
    command = ["git", "-C", str(folder), *(word for setting in safe for word in ("-c", setting)), *words]
    try:
        done = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@dataclass
class BaseCommit:
    """Files of the workspace as the commit has them that a pull request goes into, below a folder of their own."""

    sha: str
    workspace: Path
    folder: Path
    told: list[str] = field(default_factory=list)
    """What is left out, and why."""
    _known: dict[Path, bool] = field(default_factory=dict)

    def named(self, given: str, kind: str) -> str | None:
        """Where a file or a folder lies that an input names: as the base commit has it, or as it is where it lies
        outside of the workspace; None, which is told, where neither is so."""
        path = Path(os.path.abspath(given))
        if not path.is_relative_to(self.workspace):
            path = Path(os.path.realpath(given))
        if not path.is_relative_to(self.workspace):
            return str(path)
        found = self.find(path)
        if found is None:
            self.told.append(f"The {kind} {given} is not used: the base commit has none.")
        return str(found) if found else None

    def find(self, path: Path) -> Path | None:
        """A file, or a folder with what is in it, as the base commit has it; None where it has none."""
        checkout = self._checkout(path)
        for blob, file in self._files(checkout, path.relative_to(checkout).as_posix()) if checkout else ():
            data = git(checkout or path, "cat-file", "blob", blob)
            target = self.folder / file.relative_to(self.workspace)
            if data is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
        made = self.folder / path.relative_to(self.workspace)
        return made if made.exists() else None

    def discovered(self) -> Path | None:
        """The configuration that a scan of the workspace would find by itself."""
        if self._checkout(self.workspace) is None and any((self.workspace / name).exists() for name in NAMES):
            self.told.append("The configuration of the workspace is not used: the base commit has none.")
        found = (self.find(self.workspace / name) for name in NAMES)
        return next((path for path in found if path and (path.suffix != ".toml" or _settings(path))), None)

    def baselines_of(self, configuration: Path) -> None:
        """Write the baselines that a configuration names, so that it finds them beside it."""
        names = (_settings(configuration) or {}).get("baseline") or []
        for name in [names] if isinstance(names, str) else names:
            path = Path(os.path.normpath(configuration.parent / str(name)))
            if path.is_relative_to(self.folder):  # else imagelint refuses it
                self.find(self.workspace / path.relative_to(self.folder))

    def dockerfiles(self) -> bool:
        """Write all Dockerfiles of the workspace's checkout; whether there are any."""
        checkout = self._checkout(self.workspace)
        files = [file for _, file in self._files(checkout, ".")] if checkout else []
        return bool([found for file in files if DOCKERFILE.search(file.as_posix()) and (found := self.find(file))])

    def _files(self, checkout: Path, name: str) -> Iterator[tuple[str, Path]]:
        """The blob and the path of each regular file that the base commit has at, or below, a path: a link of it could
        lead anywhere."""
        words = ("ls-tree", "-r", "-z", "--full-tree", self.sha, *(["--", name] if name != "." else []))
        for row in (git(checkout, *words) or b"").split(b"\0"):
            head, _, path = row.partition(b"\t")
            if head.startswith(b"100") and b".." not in path.split(b"/"):
                yield head.split()[2].decode(), checkout / os.fsdecode(path)

    def _checkout(self, path: Path) -> Path | None:
        """The checkout that a path of the workspace lies in, if it has the base commit. The outermost one: no pull
        request has a say in where that begins."""
        ways = [path, *path.parents]
        inside = [way for way in ways if way.is_relative_to(self.workspace) and (way / ".git").exists()]
        if not inside:
            return None
        if inside[-1] not in self._known:
            self._known[inside[-1]] = self._fetched(inside[-1])
        return inside[-1] if self._known[inside[-1]] else None

    def _fetched(self, checkout: Path) -> bool:
        present = ("cat-file", "-e", f"{self.sha}^{{commit}}")
        if self.sha and git(checkout, *present) is None:
            shallow = (git(checkout, "rev-parse", "--is-shallow-repository") or b"").startswith(b"true")
            depth = ["--depth=1"] if shallow else []  # which would make a whole one shallow
            git(checkout, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", *depth, "origin", self.sha)
        if self.sha and git(checkout, *present) is not None:
            return True
        why = (
            f"{self.sha} cannot be fetched; fetch-depth: 0 of actions/checkout brings it" if self.sha else "is unknown"
        )
        self.told.append(f"The base commit {why}. Nothing that the pull request could have written is used.")
        return False


def _settings(path: Path) -> dict[str, Any] | None:
    """What a configuration says; None where it says nothing, or cannot be read, of which imagelint tells."""
    import yaml  # imagelint stands on it, and so it is there

    try:
        if path.suffix == ".toml":
            document = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("imagelint")
        else:
            document = yaml.safe_load(path.read_bytes())
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return None
    return document if isinstance(document, dict) else None


@dataclass
class Scan:
    """One scan: what the inputs ask for, and whose configuration it has."""

    inputs: Mapping[str, str]
    folder: Path
    """For files that nobody else needs."""
    pull: PullRequest | None = None
    base: BaseCommit | None = None

    def run(self) -> int:
        """Scan, and write what the log, the summary and the outputs say; imagelint's exit status."""
        sarif = self.inputs["sarif"] or "imagelint.sarif"
        page = f"{sarif.removesuffix('.sarif')}.html"
        files = {"sarif": Path(sarif), "html": Path(page), "json": self.folder / "report.json"}
        shown = self.inputs["format"] or "terminal"
        annotated, summed = (self.inputs[name] != "false" for name in ("annotations", "summary"))
        if annotated or summed:
            files["github"] = self.folder / "commands"
        if shown != "terminal":
            files.setdefault(shown, self.folder / "shown")
        words = [f"--format={shown}", *(f"--output={name}={path}" for name, path in files.items())]
        words += [f"--fail-on={self.inputs['fail-on']}"] if self.inputs["fail-on"] else []
        words += self._words()
        if self.base and self.pull and self.pull.fork:
            words += self._accepted(words)
        status = WRONG_WORDS if any(unusable(path) for path in files.values()) else CLEAN
        status = status or imagelint("scan", *words, "--", *self._targets(), summary=summed)
        if status not in (CLEAN, FOUND, WRONG_WORDS, HOLES):
            print(f"::error title=imagelint::imagelint has ended with status {status}, so what it found is not all")
            status = HOLES
        for name in dict.fromkeys([*([shown] if shown != "terminal" else []), *(["github"] if annotated else [])]):
            if files[name].exists():
                sys.stdout.flush()
                sys.stdout.buffer.write(files[name].read_bytes())
        self._tell(summed)
        output("exit-status", str(status))
        if status != WRONG_WORDS and files["json"].exists():
            loud = [f for f in json.loads(files["json"].read_text())["findings"] if not f.get("suppressed")]
            output("findings", str(len(loud)))
            output("errors", str(sum(finding["severity"] == "error" for finding in loud)))
            output("sarif", str(files["sarif"]))
            output("html", str(files["html"]))
        return status

    def _targets(self) -> list[str]:
        """The images, which no registry is asked for unless they say so, and the other targets."""
        images = [name if SOURCE.match(name) else f"docker:{name}" for name in lines(self.inputs["image"])]
        return images + lines(self.inputs["targets"]) or ["."]

    def _words(self) -> list[str]:
        """The options of the inputs, with files as the base commit has them on a pull request."""
        plain = ("profile", "dockerfile", "context", "platform")
        words = [f"--{name}={self.inputs[name]}" for name in plain if self.inputs[name]]
        given = [("config", self.inputs["config"])] if self.inputs["config"] else []
        given += [(name, path) for name in ("baseline", "rules") for path in lines(self.inputs[name])]
        if self.base is None:
            return words + [f"--{name}={path}" for name, path in given]
        named = [(name, self.base.named(path, name)) for name, path in given]
        if not self.inputs["config"]:
            named.append(("config", str(self.base.discovered() or "") or None))
        for name, path in named:
            if name == "config" and path and Path(path).is_relative_to(self.base.folder):
                self.base.baselines_of(Path(path))
        words += [f"--{name}={path}" for name, path in named if path]
        return words if any(path for name, path in named if name == "config") else [*words, "--no-config"]

    def _accepted(self, words: list[str]) -> list[str]:
        """Words that let comments of Dockerfiles keep quiet only what they keep quiet in the base commit: a baseline of
        that, made by a scan of its Dockerfiles alone, without their build context."""
        own = ["--no-inline-ignores"]
        if self.base is None or not self.base.dockerfiles():
            return own
        report = self.folder / "base.json"
        same = [word for word in words if word.startswith(("--profile=", "--config=", "--no-config", "--rules="))]
        imagelint("scan", *same, "--quiet", f"--output={report}", "--format=json", "--", ".", cwd=self.base.folder)
        if not report.exists():
            self.base.told.append("No comment that ignores a rule counts: the base commit could not be scanned.")
            return own
        found = json.loads(report.read_text())["findings"]
        quiet = [f for f in found if f.get("suppressed", "").startswith("inline: ") and f.get("surface") != "context"]
        counts = Counter((finding["fingerprint"], finding["rule"], finding["path"]) for finding in quiet)
        why = {"reason": "a comment of the base commit ignores it"}
        keys = ("fingerprint", "rule", "place", "count")
        entries = [why | dict(zip(keys, (*key, count), strict=True)) for key, count in counts.items()]
        known = self.folder / "ignored-by-comments.json"
        known.write_text(json.dumps({"imagelint-baseline": 1, "entries": entries}))
        return [*own, f"--baseline={known}"]

    def _tell(self, summed: bool) -> None:
        """Whose configuration it was, in the log and in the summary."""
        if self.base is None or self.pull is None:
            return
        short = self.base.sha[:12] or "unknown"
        told = [f"Configuration, baselines and rules are those of the base commit {short}."]
        told += ["Comments of Dockerfiles that ignore rules count where the base commit has them."] * self.pull.fork
        for number, text in enumerate([*told, *self.base.told]):
            print(f"::{'notice' if number < len(told) else 'warning'} title=imagelint::{escaped(text)}")
        if summed and (path := os.environ.get("GITHUB_STEP_SUMMARY")):
            listed = "".join(f"- `{text.replace('`', '?')}`\n" for text in map(one_line, [*told, *self.base.told]))
            with open(path, "a", encoding="utf-8") as summary:
                summary.write(f"\n### A pull request\n\n{listed}")


def imagelint(*words: str, cwd: Path | None = None, summary: bool = False) -> int:
    """Run it, with or without the file that a summary is written to, and return its exit status."""
    sys.stdout.flush()
    command = [sys.executable, "-I", "-m", "imagelint", words[0], "--no-progress", *words[1:]]
    environment = {key: value for key, value in os.environ.items() if summary or key != "GITHUB_STEP_SUMMARY"}
    return subprocess.run(command, check=False, cwd=cwd, env=environment).returncode


def unusable(path: Path) -> bool:
    """Make way for a report, and say where there is none: a link of what is scanned would lead it somewhere else."""
    workspace = os.path.realpath(".")
    inside = Path(os.path.abspath(path)).is_relative_to(workspace)
    try:
        if inside and not Path(os.path.realpath(path.parent)).is_relative_to(workspace):
            raise OSError(0, "its folder is a link that leads out of the workspace")
        path.unlink(missing_ok=True)
    except OSError as error:
        print(f"::error title=imagelint::{escaped(f'{path}: no report can be written there: {error.strerror}')}")
        return True
    return False


def lines(text: str) -> list[str]:
    """What an input lists, one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def escaped(text: str) -> str:
    """As the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def one_line(text: str) -> str:
    """Without line ends and other characters that no screen shows."""
    return "".join(char if char.isprintable() else "?" for char in text)


def output(name: str, value: str) -> None:
    """Set an output, whatever its value holds: no text of it is the word that ends it."""
    end = f"end-{uuid.uuid4()}"
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(f"{name}<<{end}\n{value}\n{end}\n")


def main() -> int:
    """Scan; 0, whatever was found, so that the report is uploaded ahead of the step that fails."""
    inputs = {name: os.environ.get(f"INPUT_{name.replace('-', '_').upper()}", "") for name in INPUTS}
    event: Any = {}
    if path := os.environ.get("GITHUB_EVENT_PATH"):
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    pull = pull_request(os.environ.get("GITHUB_EVENT_NAME", ""), event, os.environ.get("GITHUB_SHA", ""))
    folder = Path(tempfile.mkdtemp(prefix="imagelint-", dir=os.environ.get("RUNNER_TEMP")))
    try:
        below = folder / f"base-{pull.base[:12]}" if pull else folder
        below.mkdir(exist_ok=True)
        workspace = Path(os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or "."))
        base = BaseCommit(pull.base, workspace, below) if pull else None
        Scan(inputs, folder, pull, base).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
