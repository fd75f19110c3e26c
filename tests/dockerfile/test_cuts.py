"""What is not followed to its end in a Dockerfile is named in the report; the status changes if one asks for that."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from imagelint.dockerfile.downloads import LIVE
from imagelint.dockerfile.script import MAX_DEPTH, MAX_HEAD, MAX_SHARED, MAX_WRAPPERS
from imagelint.dockerfile.subject_stage import GENERATIONS
from tests.program import imagelint


def downloads(count: int) -> str:
    gets = " && ".join(f"curl -fo f{n} https://example.org/{n}" for n in range(count))
    return f"FROM debian:12\nRUN {gets} && sh f0\n"


def shells(depth: int) -> str:
    return "FROM debian:12\nRUN " + "eval " * (depth + 1) + "ls\n"


def wrappers(count: int) -> str:
    return "FROM debian:12\nRUN " + "nice " * count + "ls\n"


def stages(count: int) -> str:
    return "FROM debian:12 AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(count - 1))


def secrets(count: int) -> str:
    copies = "".join(f"COPY {n}/id_rsa /k{n}/\n" for n in range(count))
    return f"FROM debian:12 AS a\n{copies}FROM debian:12\nCOPY --from=a /k0 /k0\n"


def variables(lines: int) -> str:
    return "FROM debian:12\nENV A=" + "a" * 16000 + "\n" + "".join(f"ENV B{n}=${{A}}\n" for n in range(lines))


def piped(count: int) -> str:
    return "FROM debian:12\nRUN curl https://example.org/x " + "| cat " * count + "| sh\n"


def brackets(depth: int) -> str:
    return "FROM debian:12\nRUN ls | " + "{ " * depth + "cat; " + "}; " * (depth - 1) + "}\n"


def shared(count: int) -> str:
    return "FROM debian:12\nRUN { ls; } " + " ".join(f">f{n}" for n in range(count)) + "\n"


def nested(depth: int) -> str:
    return "FROM debian:12\nENV A=" + "${A:-" * depth + "x" + "}" * depth + "\n"


CUTS = {
    "downloads": (downloads(LIVE), downloads(LIVE + 1), f"line 2: over {LIVE} downloads"),
    "wrappers": (wrappers(MAX_WRAPPERS - 1), wrappers(MAX_WRAPPERS + 1), "line 2: commands that run commands"),
    "shells": (shells(MAX_DEPTH - 1), shells(MAX_DEPTH + 1), "line 2: shells inside shells"),
    "stages": (stages(GENERATIONS), stages(GENERATIONS + 1), f"line {GENERATIONS + 1}: stages upon stages"),
    "secrets": (secrets(64), secrets(65), "line 1: over 64 files named like secrets"),
    "pipes": (piped(5), piped(9), "line 2: a pipe behind a download"),
    "brackets": (brackets(MAX_HEAD - 2), brackets(MAX_HEAD + 1), "line 2: what a pipe leads into"),
    "redirections": (shared(MAX_SHARED), shared(MAX_SHARED + 1), "line 2: commands between brackets"),
    "nested values": (nested(30), nested(40), "a value with variables may have 16 KiB"),
    "variables": (variables(400), variables(700), "variables are filled in up to 8 MiB"),
}


def scan(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*imagelint(), "scan", "--no-config", "--format", "json", "--fail-on", "never"]
    return subprocess.run([*command, *words, str(file)], capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_is_named(name: str, tmp_path: Path) -> None:
    whole, cut, said = CUTS[name]
    file = tmp_path / "Dockerfile"
    file.write_text(whole)
    done = scan(file, "--strict-coverage")
    assert (done.returncode, json.loads(done.stdout).get("limited", [])) == (0, []), done.stderr
    file.write_text(cut)
    done = scan(file)
    (skip,) = json.loads(done.stdout)["limited"]
    assert skip["reason"].startswith(said)
    assert skip["path"] == str(file) if "path" in skip else str(file) in str(skip)
    assert done.returncode == 0
    assert scan(file, "--strict-coverage").returncode == 3
