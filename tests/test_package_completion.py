"""Tab in a real bash, zsh and fish, on a terminal, with the command of the wheel."""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagelint import completion
from imagelint.cli import BELOW, COMMANDS
from tests import wheels
from tests.conftest import without
from tests.engine.build import rule_text

pytestmark = pytest.mark.slow

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "--no-rcs", "-i"],
    "fish": ["fish", "--no-config", "--interactive"],
}
LOADS = {
    "bash": 'eval "$(imagelint completion bash)"',
    "zsh": "autoload -Uz compinit && compinit -u -D; source <(imagelint completion zsh)",
    "fish": "imagelint completion fish | source",
}
FILES = {
    "zsh": ("completions/_imagelint", "fpath=($PWD/completions $fpath); autoload -Uz compinit && compinit -u -D"),
    "fish": ("completions/imagelint.fish", "set --prepend fish_complete_path $PWD/completions"),
}
"""Where a shell looks when a command is first completed, and how it is told of the folder."""
KEYS = {
    # Ctrl-U empties the line that is being typed, Ctrl-G writes it into a file.
    "bash": """bind -x '"\\C-g": printf "%s|" "$READLINE_LINE" >line'""",
    "zsh": 'told() { print -rn -- "$BUFFER|" >line }; zle -N told; bindkey "^G" told; bindkey "^U" kill-whole-line',
    "fish": "function told; printf '%s|' (commandline | string collect -N | string trim -r -c \\n) >line; end; "
    "bind \\cg told; bind \\cu 'commandline \"\"'",
}
LINES = [
    ("expl", "explain "),
    ("--vers", "--version "),
    ("scan --unsafe", "scan --unsafe-fixes "),
    ("scan -f sar", "scan -f sarif "),
    ("scan --format=sar", "scan --format=sarif "),
    ("scan --fail-on wa", "scan --fail-on warning "),
    ("scan --status present,del", "scan --status present,deleted "),
    ("scan --limit layer-b", "scan --limit layer-bytes="),
    ("scan --select curl-insecure,apt-get-assu", "scan --select curl-insecure,apt-get-assume-yes "),
    ("host pod", "host podman "),
    ("explain apt-get-assu", "explain apt-get-assume-yes "),
    ("explain DL301", "explain DL301"),  # many
    ("scan --quiet Contai", "scan --quiet Containerfile "),
    ("scan -o sarif=Contai", "scan -o sarif=Containerfile "),
    ("scan --context Cont", "scan --context Contents/"),  # and not the file
    ("config sh", "config show "),
    ("registry rep", "registry report "),
    ("registry --tag-g", "registry --tag-glob "),
    ("registry --each sarif,ht", "registry --each sarif,html "),
    ("registry report --sever", "registry report --severity "),
    ("registry report --by fing", "registry report --by fingerprint "),
    ("registry report --rule apt-get-assu", "registry report --rule apt-get-assume-yes "),
    ("scan --attac", "scan --attached "),
    ("completion fi", "completion fish "),
    ("scan --format Contai", "scan --format Contai"),  # no file is a format
    ("scan --rules rules --select a-rule-of", "scan --rules rules --select a-rule-of-ones-own "),
    ("scan -- --for", "scan -- --for"),
]
"""What is typed behind `imagelint `, and what the line is then."""


class Terminal:
    """A shell on a terminal."""

    def __init__(self, shell: str, loads: str, folder: Path, command: Path) -> None:
        self._line = folder / "line"
        self._master, slave = pty.openpty()
        search = f"{command.parent}:{os.environ['PATH']}"
        environment = {"PATH": search, "HOME": str(folder), "TERM": "vt100", "LC_ALL": "C.UTF-8"}
        environment["XDG_CACHE_HOME"] = str(folder)
        words = ["setsid", "--ctty", *START[shell]]  # as the session's own terminal
        self._process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment)
        os.close(slave)
        self.said = b""
        self._type(f"{loads}; {KEYS[shell]}; touch ready\n", folder / "ready")

    def complete(self, text: str) -> str:
        """The line after this was typed on an empty one, and Tab."""
        self._line.unlink(missing_ok=True)
        return self._type(f"\x15{text}\t\x07", self._line)

    def _type(self, keys: str, answer: Path) -> str:
        os.write(self._master, keys.encode())
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self._master], [], [], 0.02)[0]:
                self.said += os.read(self._master, 1 << 16)
            if answer.exists() and (answer.name == "ready" or answer.read_text().endswith("|")):
                return answer.read_text().rstrip("|")
        raise AssertionError(self.said[-2000:])

    def close(self) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)


@pytest.fixture(scope="module", params=completion.SHELLS)
def terminal(
    request: pytest.FixtureRequest, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Terminal]:
    if shutil.which(request.param) is None:
        without(f"{request.param} is missing")
    folder = tmp_path_factory.mktemp("shell")
    (folder / "Containerfile").touch()
    (folder / "Contents").mkdir()
    (folder / "rules").mkdir()
    (folder / "rules/a-rule-of-ones-own.yaml").write_text(rule_text("a-rule-of-ones-own"))
    started = Terminal(request.param, LOADS[request.param], folder, installed)
    yield started
    started.close()


def test_tab_completes_words(terminal: Terminal) -> None:
    for typed, expected in LINES:
        assert terminal.complete(f"imagelint {typed}") == f"imagelint {expected}", terminal.said[-2000:]


@pytest.mark.parametrize("shell", FILES)
def test_a_script_may_be_a_file(shell: str, installed: Path, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        without(f"{shell} is missing")
    name, loads = FILES[shell]
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(wheels.run(installed, "completion", shell, folder=tmp_path))
    opened = Terminal(shell, loads, tmp_path, installed)
    for typed, expected in LINES[:3]:
        assert opened.complete(f"imagelint {typed}") == f"imagelint {expected}", opened.said[-2000:]
    opened.close()


def actions(name: str) -> list[argparse.Action]:
    parser = argparse.ArgumentParser()
    (COMMANDS | BELOW)[name][0](parser)
    return [action for action in parser._actions if action.nargs != 0 and action.help != argparse.SUPPRESS]


@pytest.mark.parametrize("name", COMMANDS | BELOW)
def test_every_value_has_its_completion_or_can_have_none(name: str) -> None:
    free = {"AMOUNT", "SIZE", "HOST", "FILTER", "NAME", "N", "FINGERPRINT", "NAME=VALUE", "AGE"}
    free |= {"REGISTRY", "GLOB", "WHEN", "ADDRESS", "DIGITS", "PATTERN", "NAME[=VALUE]"}
    listed = {"RULE", "STATUS", "PLATFORM", "ENGINE", "GROUPS", "FORMAT", *completion.TAKES}
    for action in actions(name):
        assert action.choices is not None or action.metavar in free | listed, action.dest


def test_the_scripts_pass_shellcheck() -> None:
    from imagelint.dockerfile.shell_remarks import program

    if not (found := program()):
        without("shellcheck is missing")
    script = Path(completion.__file__).with_name("imagelint.bash")
    words = [found, "--shell=bash", str(script)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
