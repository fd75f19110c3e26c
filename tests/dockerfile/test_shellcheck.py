"""ShellCheck's remarks on the scripts of a Dockerfile: the real program, true places, nothing lost when it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from imagelint.dockerfile import shell_remarks, shellcheck
from imagelint.dockerfile.lint import lint
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.pool import WORTH_IT, Linted, Linter, Task
from imagelint.dockerfile.shell_scripts import Script, scripts
from imagelint.dockerfile.shellcheck import ShellCheck, extended
from imagelint.engine.compiled import RuleSet
from imagelint.engine.evaluate import Engine
from imagelint.engine.shapes import expand
from imagelint.errors import UsageError
from imagelint.findings import Finding
from tests import program
from tests.alone import alone
from tests.dockerfile import linting
from tests.dockerfile.linting import detector, texts

SPLIT = "SC2086"
"""An unquoted variable: the handiest remark to find a place by."""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return extended(linting.rules())


def found(text: str, rules: RuleSet, *, inline: bool = True, engine: Engine | None = None) -> list[Finding]:
    checker = ShellCheck.found(rules)
    engine = engine or Engine(rules, {rule.id for rule in rules.rules if rule.id.startswith(shellcheck.PREFIX)})
    linted = Linted([], [])
    findings, _ = lint(
        "D", text.encode(), engine, detector(), target="D", show=False, inline=inline, shellcheck=checker
    )
    checker.tell(linted)
    assert (linted.incomplete, linted.limited) == ([], [])
    return [finding for finding in findings if finding.rule.startswith(shellcheck.PREFIX)]


def code(finding: Finding) -> str:
    return finding.rule.rpartition("-")[2].upper()


CASES = {
    "one line": ("FROM a\nRUN cat $x\n", ["2:9-2:11 SC2154", "2:9-2:11 SC2086"]),
    "small keyword, blanks ahead": ("FROM a\n  run   cat `id`\n", ["2:13-2:17 SC2046", "2:13-2:17 SC2006"]),
    "flags": ("FROM a\nRUN --mount=type=cache,target=/x --network=none cat $1\n", ["2:53-2:55 SC2086"]),
    "continuation": ("FROM a\nRUN cat \\\n  $1\n", ["3:3-3:5 SC2086"]),
    "a word cut in two": ("FROM a\nRUN cat ${1\\\n2}\n", ["2:9-3:3 SC2086"]),
    "a remark over two lines": ("FROM a\nRUN cat $(id \\\n  -u)\n", ["2:9-3:6 SC2046"]),
    "comment and empty line inside": ("FROM a\nRUN cat x && \\\n# why $1\n\n   # $2\n cat $1\n", ["6:6-6:8 SC2086"]),
    "indented continuation is no repeated blank": ("FROM a\nRUN echo a \\\n      b\n", []),
    "repeated blanks on one line": ("FROM a\nRUN echo a    b\n", ["2:5-2:16 SC2291"]),
    "blanks behind the continuation": ("FROM a\nRUN cat a; \\  \n\tcat $1\n", ["3:6-3:8 SC2086"]),
    "CR LF": ("FROM a\r\nRUN cat a; \\\r\n  cat $1\r\n", ["3:7-3:9 SC2086"]),
    "tabs": ("FROM a\nRUN\tcat\t\t$1\t&&\tcat $2\n", ["2:10-2:12 SC2086", "2:20-2:22 SC2086"]),
    "wide characters": ('FROM a\nRUN echo "ä€😀" $1\n', ["2:16-2:18 SC2086"]),
    "byte-order mark": ("\ufeffFROM a\nRUN cat $1\n", ["2:9-2:11 SC2086"]),
    "escape directive": ("# escape=`\nFROM a\nRUN cat `\n  $1\n", ["4:3-4:5 SC2086"]),
    "no line end": ("FROM a\nRUN cat $1", ["2:9-2:11 SC2086"]),
    "here-document": ("FROM a\nRUN <<EOF\nset -e\n  cat $1\nEOF\n", ["4:7-4:9 SC2086"]),
    "here-document without tabs": ("FROM a\nRUN <<-EOF\n\t\tcat $1\n\tEOF\n", ["3:7-3:9 SC2086"]),
    "here-document in quotes": (
        "FROM a\nRUN <<'EOF'\ncat $1\nEOF\nRUN cat $2\n",
        ["3:5-3:7 SC2086", "5:9-5:11 SC2086"],
    ),
    "its continuation": ("FROM a\nRUN <<EOF\ncat \\\n$1\nEOF\n", ["4:1-4:3 SC2086"]),
    "its interpreter": (
        "FROM a\nRUN <<EOF\n#!/bin/bash\n[[ a == $1 ]] && cat $1\nEOF\n",
        ["4:9-4:11 SC2053", "4:22-4:24 SC2086"],
    ),
    "of another language": ("FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint(`x` $1)\nEOF\n", []),
    "for a command": (
        'FROM a\nRUN cat <<EOF > $1 && cat $2\n$x "\nEOF\n',
        ["3:1-3:3 SC2154", "2:17-2:19 SC2086", "2:27-2:29 SC2086"],
    ),
    "two of them": ('FROM a\nRUN cat <<A && cat <<B && cat $1\n$\nA\n"\nB\n', ["2:31-2:33 SC2086"]),
    "fed to a shell": ("FROM a\nRUN bash -e <<'EOF'\n[[ -n a ]]\ncat $1\nEOF\n", ["3:7-3:8 SC2157", "4:5-4:7 SC2086"]),
    "CMD": ("FROM a\nCMD cat $1\n", ["2:9-2:11 SC2086"]),
    "ENTRYPOINT": ("FROM a\nENTRYPOINT exec cat $1\n", ["2:21-2:23 SC2086"]),
    "HEALTHCHECK": ("FROM a\nHEALTHCHECK --interval=5s \\\n CMD cat $1 \\\n || exit 1\n", ["3:10-3:12 SC2086"]),
    "HEALTHCHECK NONE": ("FROM a\nHEALTHCHECK NONE\n", []),
    "ONBUILD": ("FROM a\nONBUILD RUN cat \\\n $1\n", ["3:2-3:4 SC2086"]),
    "JSON forms": ('FROM a\nRUN ["cat", "$1"]\nCMD ["cat `x"]\n', []),
    "other instructions": ("FROM a\nCOPY $a $b\nLABEL a=`x\nUSER $c\n", []),
    "a broken script": (
        "FROM a\nRUN if true; then cat\nRUN cat $1\n",
        ["2:5-2:5 SC1046", "2:5-2:5 SC1073", "2:22-2:22 SC1047", "2:22-2:22 SC1072", "3:9-3:11 SC2086"],
    ),
    "sh knows no [[": ("FROM a\nRUN [[ -n $1 ]]\n", ["2:5-2:16 SC3010"]),
    "bash does": ('FROM a\nSHELL ["/bin/bash", "-c"]\nRUN [[ -n $1 ]]\n', []),
    "of the stage below": (
        'FROM a AS b\nSHELL ["bash", "-c"]\nFROM b\nRUN [[ -n $1 ]]\nFROM c\nRUN [[ -n $1 ]]\n',
        ["6:5-6:16 SC3010"],
    ),
    "dash and ash": ('FROM a\nSHELL ["/bin/ash", "-c"]\nRUN [[ -n $1 ]]\n', ["3:5-3:16 SC3010"]),
    "ksh": ('FROM a\nSHELL ["/bin/ksh", "-c"]\nRUN [[ -n $1 ]]\n', []),
    "behind another program": ('FROM a\nSHELL ["conda", "run", "bash", "-c"]\nRUN [[ -n $1 ]]\n', []),
    "PowerShell and cmd": (
        'FROM a\nSHELL ["powershell", "-Command"]\nRUN cat $x\nFROM mcr.example.org/windows/nanoserver\nRUN cat $x\n',
        [],
    ),
    "cd without an end": ("FROM a\nRUN <<EOF\ncd /x\nls\nEOF\n", ["3:1-3:6 SC2164"]),
    "SHELL ends by errors": ('FROM a\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN <<EOF\ncd /x\nls\nEOF\n', []),
    "a sourced file": ("FROM a\nRUN . /etc/os-release; . $1\n", ["2:26-2:28 SC2086"]),
    "declared": ('FROM a\nARG one\nENV two=2 three 3\nRUN cat "$one" "$two" "$http_proxy"\n', []),
    "old ENV": ("FROM a\nENV one a b\nRUN cat $one\n", ["3:9-3:13 SC2086"]),
    "a value that needs quotes": (
        'FROM a\nENV a="x y" b=x c="*" d=$a\nRUN cat $a $b $c $d\n',
        ["3:9-3:11 SC2086", "3:15-3:17 SC2086", "3:18-3:20 SC2086"],
    ),
    "ahead of the first FROM": ("ARG one=1\nFROM a\nRUN cat $one\n", ["3:9-3:13 SC2154", "3:9-3:13 SC2086"]),
    "global, declared again": ("ARG one=1\nFROM a\nARG one\nRUN cat $one\n", []),
    "later": ('FROM a\nRUN cat "$one"\nENV one=1\n', ["2:10-2:14 SC2154"]),
    "of another stage": ('FROM a\nENV one=1\nFROM b\nRUN cat "$one"\n', ["4:10-4:14 SC2154"]),
    "inherited": ("FROM a AS x\nENV one=1\nFROM x AS y\nFROM y\nRUN cat $one\n", []),
    "triggered": ('FROM a\nONBUILD ARG one\nONBUILD RUN cat "$one"\nRUN cat "$one"\n', ["4:10-4:14 SC2154"]),
    "set when it runs": ('FROM a\nCMD cat "$whatever"\n', []),
    "a hostile name": (
        'FROM a\nENV "$(id)"=1 -x=2 a;b=3\nRUN cat "$id" "$b"\n',
        ["3:10-3:13 SC2154", "3:16-3:18 SC2154"],
    ),
    "NUL": ("FROM a\nRUN cat \0 $1\n", ["2:11-2:13 SC2086"]),
}


@pytest.mark.parametrize("name", CASES)
def test_place_and_code(name: str, rules: RuleSet) -> None:
    text, expected = CASES[name]
    shown = []
    for finding in found(text, rules):
        at = finding.location
        shown.append(f"{at.line}:{at.column}-{at.end_line}:{at.end_column} {code(finding)}")
    assert sorted(shown) == sorted(expected)


def test_a_remark_has_its_severity_and_words(rules: RuleSet) -> None:
    text = "FROM a\nRUN [ -n $(id) ]; cat $x `id`\n"
    levels = {code(finding): finding.severity.value for finding in found(text, rules)}
    assert levels == {"SC2070": "error", "SC2046": "warning", "SC2154": "warning", "SC2086": "note", "SC2006": "note"}
    words = next(finding.message for finding in found(text, rules) if code(finding) == SPLIT)
    assert words == "Double quote to prevent globbing and word splitting."


def test_fingerprints_outlive_lines_above(rules: RuleSet) -> None:
    one = found("FROM a\nRUN cat $1 $1 $2\n", rules)
    two = found("FROM a\n# more\nUSER b\nRUN id; \\\n cat $1 $1 $2\n", rules)
    prints = [finding.fingerprint for finding in one]
    assert len(set(prints)) == len(prints) == 3
    assert [finding.fingerprint for finding in two] == prints


@pytest.mark.parametrize(
    ("text", "suppressed"),
    [
        ("# hadolint ignore=SC2086\nRUN cat $1\n", "inline: hadolint ignore on line 2"),
        ("# imagelint ignore=SC2086 reason: so\nRUN cat $1\n", "inline: imagelint ignore on line 2"),
        ("# imagelint ignore=shellcheck\nRUN cat $1\n", "inline: imagelint ignore on line 2"),
        ("# shellcheck disable=SC2086\n\nRUN cat $1\n", "inline: shellcheck disable on line 2"),
        ("#shellcheck disable=SC1000-SC1010,SC2080-SC2090 # why\nRUN cat $1\n", "inline: shellcheck disable on line 2"),
        ("RUN id && \\\n # shellcheck disable=all\n cat $1\n", "inline: shellcheck disable on line 3"),
        ("RUN <<EOF\n# shellcheck disable=SC2086\nid\ncat $1\nEOF\n", "inline: shellcheck disable on line 3"),
        ("RUN <<EOF\nid\n# shellcheck disable=SC2086\ncat $1\nEOF\n", "inline: shellcheck disable on line 4"),
        ("RUN <<EOF\n# shellcheck disable=SC2086\nid\nEOF\nRUN cat $1\n", ""),
        ("RUN <<EOF\nid\n# shellcheck disable=SC2086\nid\ncat $1\nEOF\n", ""),
        ("# shellcheck disable=SC2046\nRUN cat $1\n", ""),
        ("# shellcheck disable=SC2086\nRUN id\nRUN cat $1\n", ""),
    ],
)
def test_ignoring(text: str, suppressed: str, rules: RuleSet) -> None:
    (finding,) = found(f"FROM a\n{text}", rules)
    assert (code(finding), finding.suppressed) == (SPLIT, suppressed)
    (finding,) = found(f"FROM a\n{text}", rules, inline=False)
    assert (code(finding), finding.suppressed) == (SPLIT, "")


def test_a_comment_that_ignores_is_used(rules: RuleSet) -> None:
    engine = Engine(rules, {"ignore-unused", "ignore-unknown"})
    text = "FROM a\n# hadolint ignore=SC2086,SC2046\nRUN cat $1\n"
    checker = ShellCheck.found(rules)
    findings, _ = lint("D", text.encode(), engine, detector(), target="D", show=False, shellcheck=checker)
    told = [finding.message for finding in findings if finding.rule.startswith("ignore")]
    assert told == ["`hadolint ignore` has no finding of `SC2046` to keep quiet here"]


def imagelint(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [*program.imagelint(), "scan", "--no-config", "--no-progress", *words]
    given = {**os.environ, **environment}
    return subprocess.run(line, capture_output=True, text=True, timeout=120, env=given, check=False)


def test_select_and_ignore(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\nRUN cat $1 `id`\n")

    def codes(*words: str) -> set[str]:
        run = imagelint("--shellcheck", "--format", "json", *words, str(file))
        assert run.stderr == ""
        report = json.loads(run.stdout)
        assert (report["incomplete"], report["limited"]) == ([], [])
        return {finding["rule"] for finding in report["findings"]}

    assert codes("--select", "SC2086") == {"shellcheck-sc2086"}
    every = {"shellcheck-sc2086", "shellcheck-sc2046", "shellcheck-sc2006"}
    assert codes("--select", "shellcheck") == every
    assert codes("--select", "shellcheck", "--ignore", "sc2086,shellcheck-sc2046") == {"shellcheck-sc2006"}
    assert codes() >= every
    config = tmp_path / "c.yaml"
    config.write_text("ignore: [SC2086]\n")
    line = [*program.imagelint(), "scan", "--config", str(config), "--select", "DL3007", str(file)]
    assert subprocess.run(line, capture_output=True, check=False, timeout=60).returncode == 0  # though nobody asks


def test_nothing_without_the_option(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\nRUN cat $1\n")
    plain = imagelint("--format", "json", str(file))
    assert "shellcheck" not in plain.stdout
    asked = imagelint("--select", "SC2086", str(file))
    assert (asked.returncode, asked.stderr) == (
        2,
        "imagelint: SC2086 is for ShellCheck to tell: --shellcheck asks it\n",
    )


def test_a_check_is_explained() -> None:
    line = [*program.imagelint(), "explain", "SC2086"]
    run = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60)
    assert "https://www.shellcheck.net/wiki/SC2086" in run.stdout


def test_a_missing_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet) -> None:
    fake(tmp_path, "exit 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", str(tmp_path / "empty")]))
    with pytest.raises(UsageError, match=r'not installed: pip install "imagelint\[shellcheck\]"$'):
        ShellCheck.found(rules)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shell_remarks.program() == str(tmp_path / "shellcheck")


def fake(folder: Path, script: str) -> str:
    """A program in the place of ShellCheck."""
    path = folder / "shellcheck"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


ROW = {"file": "", "line": 3, "column": 1, "endLine": 3, "endColumn": 2, "level": "info", "code": 2086, "message": "m"}
REMARK = {name: value for name, value in ROW.items() if name != "file"}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("sleep 30", "ShellCheck took longer than 1 s over its scripts"),
        ("sleep 30 & exit 0", "ShellCheck took longer than 1 s over its scripts"),
        ("kill -9 $$", "ShellCheck was ended by signal 9"),
        ("exit 4", "ShellCheck ended with 4"),
        ("exit 0", "ShellCheck ended without an answer, as it does where memory runs out"),
        ("echo rubbish", "ShellCheck's answer is not what its format json1 looks like"),
        ("printf '\\377\\000'", "ShellCheck's answer is not what its format json1 looks like"),
        ("echo '[]'", "ShellCheck's answer is not what its format json1 looks like"),
        ("echo '{\"comments\": [1]}'", "ShellCheck's answer is not what its format json1 looks like"),
        (f"echo '{json.dumps({'comments': [ROW]})}'", "ShellCheck's answer is not what its format json1 looks like"),
        ("exec yes '[[[[[[[['", "ShellCheck's answer is longer than 0 MiB"),
        ("head -c 900000 /dev/zero | tr '\\000' '['", "ShellCheck's answer is not what its format json1 looks like"),
    ],
)
def test_a_program_that_fails(
    script: str, told: str, tmp_path: Path, rules: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_remarks, "TIMEOUT", 1.0)
    monkeypatch.setattr(shell_remarks, "LONGEST", 1_000_000)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    checker = ShellCheck(fake(tmp_path, script), rules)
    linter = Linter(Engine(rules, {"sudo"}), detector(), show=False, jobs=1, shellcheck=checker)
    started = time.monotonic()
    linted = linter.one(Task("t", "D", b"FROM a\nRUN sudo id\n"))
    assert time.monotonic() - started < 10
    assert [finding.rule for finding in linted.findings] == ["sudo"]
    assert linted.incomplete == [("D", f"{told}: its remarks on this file are missing")]
    assert list((tmp_path / "t").iterdir()) == []


def test_a_program_that_cannot_be_started_is_not_asked_for_ever(tmp_path: Path, rules: RuleSet) -> None:
    path = tmp_path / "shellcheck"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    checker = ShellCheck(str(path), rules)
    linter = Linter(Engine(rules, {"sudo"}), detector(), show=False, jobs=1, shellcheck=checker)
    told = [linter.one(Task("t", str(n), b"FROM a\nRUN sudo id\n")).incomplete for n in range(5)]
    assert [place for ((place, _),) in told] == ["0", "1", "2", "ShellCheck", "ShellCheck"]
    assert told[0][0][1].startswith("ShellCheck cannot be started: Exec format error")
    assert told[3] == told[4]


def test_a_hole_is_told_by_the_exit_status(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\nRUN sudo id\n")
    fake(tmp_path, "exit 7")
    code = f"import sys; sys.argv[0] = 'imagelint'; sys.executable = {str(tmp_path / 'python')!r}\n"
    code += f"from imagelint.cli import main; main(['scan', '--no-config', '--shellcheck', {str(file)!r}])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, run.stderr) == (3, "")
    assert "ShellCheck ended with 7: its remarks on this file are missing" in run.stdout
    assert "[sudo]" in run.stdout


def test_no_number_is_taken_that_has_no_rule(tmp_path: Path, rules: RuleSet) -> None:
    answer = json.dumps({"comments": [{"file": "@", **REMARK, "code": 9999}, {"file": "@", **REMARK}]})
    path = fake(tmp_path, f"for last; do :; done; printf '%s' '{answer}' | sed \"s:@:$last:g\"; exit 1")
    checker = ShellCheck(path, rules)
    linter = Linter(Engine(rules, {"sudo"}), detector(), show=False, jobs=1, shellcheck=checker)
    linted = linter.one(Task("t", "D", b"FROM a\nARG sudo\nRUN sudo id\n"))
    assert [finding.rule for finding in linted.findings] == ["shellcheck-sc2086", "sudo"]
    assert linted.incomplete == [("D", "a remark of ShellCheck has the number 9999, which this version does not know")]


def test_secrets_are_masked_and_do_not_stay(tmp_path: Path, rules: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = expand("ghp_{base62:30}{crc32:github}", "shellcheck")
    text = f"FROM a\nRUN export TOKEN={secret}; cat $token_{secret} `{secret}`; if [ {secret}; then\nRUN x={secret}\n"
    text += f"RUN PASSWORD={secret} ; echo $PASSWORD '{secret}' | {secret}=1; [ {secret} == $x ]\n"
    folder = tmp_path / "t"
    folder.mkdir()
    seen: list[tuple[int, int, bytes]] = []
    answer = shell_remarks._answer

    def look(words: list[str]) -> bytes:
        (private,) = folder.iterdir()
        seen.append((private.stat().st_mode & 0o777, len(words), b"".join(p.read_bytes() for p in private.iterdir())))
        told = answer(words)
        assert secret.encode() in told  # so that there is something to mask
        return told

    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(shell_remarks, "_answer", look)
    findings = found(text, rules)
    assert len(findings) > 4
    assert secret not in texts(findings)
    assert secret[4:20] not in texts(findings)
    assert [mode for mode, _, _ in seen] == [0o700]
    assert secret.encode() in seen[0][2]
    assert list(folder.iterdir()) == []
    report = tmp_path / "Dockerfile"
    report.write_text(text)
    for format_ in ("terminal", "json", "sarif"):
        run = imagelint("--shellcheck", "--format", format_, str(report), TMPDIR=str(folder))
        assert "sc2086" in run.stdout
        assert secret[4:] not in run.stdout + run.stderr
    assert list(folder.iterdir()) == []


def test_who_is_ended_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    path = fake(tmp_path, "sleep 20")
    code = "from imagelint import process; from imagelint.dockerfile.shell_remarks import ask; process.own = True; "
    code += f"ask({path!r}, ['x'])"
    given = {**os.environ, "TMPDIR": str(tmp_path / "t")}
    process = subprocess.Popen([sys.executable, "-c", code], env=given)
    while not any((tmp_path / "t").rglob("*.sh")):
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.2)
    process.terminate()
    assert process.wait(10) == -15
    assert list((tmp_path / "t").iterdir()) == []


def test_one_call_for_a_file(rules: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def ask(path: str, given: list[str]) -> list[shell_remarks.Remark]:
        asked.append(len(given))
        return shell_remarks.ask(path, given)

    monkeypatch.setattr(shellcheck, "ask", ask)
    text = "FROM a\n" + "RUN cat $1\n" * 40 + "CMD cat $2\n"
    assert len(found(text, rules)) == 41
    assert asked == [41]
    assert found("FROM a\nCOPY a b\n", rules) == []
    assert asked == [41]


def test_neither_settings_nor_files_of_the_target_are_read(
    tmp_path: Path, rules: RuleSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".shellcheckrc").write_text("disable=SC2086\nexternal-sources=true\n")
    (tmp_path / "lib.sh").write_text("cat $undefined\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELLCHECK_OPTS", "--exclude=SC2086 -x")
    text = f"FROM a\nRUN . {tmp_path}/lib.sh; . ./lib.sh; cat $1\n"
    assert [(code(finding), finding.location.line) for finding in found(text, rules)] == [(SPLIT, 2)]


def test_what_is_left_out_is_told(rules: RuleSet) -> None:
    text = 'FROM a\nSHELL ["zsh", "-c"]\nRUN cat $1\nRUN cat $1\nSHELL ["sh", "-c"]\nRUN cat $1\n'
    text += "RUN " + " && \\\n".join(["sudo id"] * 20_000) + "\n"
    engine = Engine(rules, {"sudo"})
    linter = Linter(engine, detector(), show=False, jobs=1, shellcheck=ShellCheck.found(rules))
    started = time.monotonic()
    linted = linter.one(Task("t", "D", text.encode()))
    assert time.monotonic() - started < 60
    assert [f.location.line for f in linted.findings if f.rule.startswith("shell")] == [6]
    assert sum(finding.rule == "sudo" for finding in linted.findings) == 20_000
    assert linted.limited == [
        ("D", "ShellCheck does not know zsh: 2 scripts were not put to it"),
        ("D", "ShellCheck takes too long over more than 64 KiB: 1 script was not put to it"),
    ]
    many = "FROM a\n" + "RUN cat $1\n" * (shellcheck.MOST + 5)
    linted = linter.one(Task("t", "-x", many.encode()))
    assert len(linted.findings) == shellcheck.MOST
    why = "ShellCheck is asked about 1000 scripts of a file, of 512 KiB in all: 5 scripts were not put to it"
    assert linted.limited == [("-x", why)]


def test_a_large_script_is_looked_at_without_the_values_of_variables() -> None:
    small, large = (parse(f"FROM a\nRUN cat $1{' x' * n}\n".encode()) for n in (10, 5_000))
    headers = [script.header for file in (small, large) for script in scripts(file) if isinstance(script, Script)]
    assert headers == ["# shellcheck shell=sh\n", "# shellcheck shell=sh extended-analysis=false\n"]


@alone
def test_in_worker_processes(rules: RuleSet) -> None:
    engine = Engine(rules, {"shellcheck-sc2086"})
    results = []
    for jobs in (1, 2):
        linter = Linter(engine, detector(), show=False, jobs=jobs, shellcheck=ShellCheck.found(rules))
        tasks = [Task("t", f"{n}", f"FROM a\n{'#' * n}\nRUN cat $1\n".encode()) for n in range(2 * WORTH_IT)]
        try:
            done = [one for task in tasks for one in linter.take(task)] + list(linter.rest())
            assert (linter._workers is not None) is (jobs == 2)
        finally:
            linter.close()
        assert all(linted.incomplete == linted.limited == [] for _, linted in done)
        results.append([[(f.location.line, f.rule, f.fingerprint) for f in linted.findings] for _, linted in done])
    assert results[0] == results[1]
    assert all([row[:2] for row in rows] == [(3, "shellcheck-sc2086")] for rows in results[0])


def test_fixes_are_none_of_its_business(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM a\nRUN cat $1\n")
    run = imagelint("--shellcheck", "--select", "SC2086", "--fix", str(file))
    assert run.returncode == 0
    assert "sc2086" in run.stdout
    assert file.read_text() == "FROM a\nRUN cat $1\n"
