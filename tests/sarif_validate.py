"""Is this SARIF log right? Three judges: Microsoft's validator, the schema, and what GitHub code scanning takes.

    python tests/sarif_validate.py FILE...

The validator and the schema come from the npm package @microsoft/sarif-multitool, which `make test` installs below
build/npm. Elsewhere, set IMAGELINT_SARIF_MULTITOOL to the program. Where neither is found, that is an error: a check
that is not made has not passed.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "IMAGELINT_SARIF_MULTITOOL"
PLATFORM = {"linux": "linux", "darwin": "darwin", "win32": "win32"}.get(sys.platform, "linux")
INSTALLED = ROOT / "build" / "npm" / "node_modules" / "@microsoft" / f"sarif-multitool-{PLATFORM}"
PROGRAM = "Sarif.Multitool.exe" if PLATFORM == "win32" else "Sarif.Multitool"

# RFC 3986 section 4.2: a relative reference without a leading slash and without a colon in its first segment.
RELATIVE = re.compile(
    r"(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})*)*"
)
LINK = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(([^)]*)\)")
LEVELS = {"none", "note", "warning", "error"}


def program() -> Path:
    """The validator; RuntimeError where there is none."""
    named = os.environ.get(VARIABLE)
    for path in [INSTALLED / PROGRAM, *([Path(named)] if named else [])]:
        if path.is_file():
            return path
    raise RuntimeError(
        f"no SARIF validator: neither {INSTALLED / PROGRAM} nor ${VARIABLE} is there. `make test` installs it, or: "
        "npm install --prefix build/npm --ignore-scripts @microsoft/sarif-multitool@5.7.0"
    )


def multitool_errors(paths: Sequence[Path]) -> list[str]:
    """What the validator says of these files: errors and warnings of its own rules and of those for GitHub."""
    tool = program()
    tool.chmod(tool.stat().st_mode | 0o100)
    with tempfile.TemporaryDirectory() as folder:
        # The program exits with 0 even when it found errors, so its own log is what counts.
        log = Path(folder) / "out.sarif"
        words = [
            str(tool),
            "validate",
            *map(str, paths),
            "--rule-kind",
            "Sarif;Gh",
            "--level",
            "Error;Warning",
            "--kind",
            "Fail",
        ]
        environment = {
            **os.environ,
            "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
            "DOTNET_BUNDLE_EXTRACT_BASE_DIR": folder,
        }
        done = subprocess.run(
            [*words, "-o", str(log), "--log", "ForceOverwrite"],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        if not log.is_file():
            raise RuntimeError(f"the SARIF validator wrote nothing: {done.stdout}{done.stderr}")
        return list(_told(json.loads(log.read_text("utf-8-sig")), len(paths), done.stdout))


def _told(log: dict[str, Any], files: int, screen: str) -> Iterator[str]:
    if f"{files} files scanned" not in screen:
        yield f"the validator did not scan all {files} files: {screen}"
    for run in log["runs"]:
        rules = {rule["id"]: rule for rule in run["tool"]["driver"].get("rules", [])}
        for call in run.get("invocations", []):
            for notice in call.get("toolExecutionNotifications", []) + call.get("toolConfigurationNotifications", []):
                if notice.get("level") in ("error", "warning"):
                    yield notice["message"]["text"]
        for result in run["results"]:
            message = result["message"]
            text = message.get("text") or rules[result["ruleId"]]["messageStrings"][message["id"]]["text"]
            for number, argument in enumerate(message.get("arguments", [])):
                text = text.replace(f"{{{number}}}", argument)
            yield f"{result['ruleId']}: {text}"


@cache
def _schema() -> Any:
    from jsonschema import Draft202012Validator

    schema = json.loads((program().parent / "sarif-2.1.0.json").read_text("utf-8-sig"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def schema_errors(log: object) -> list[str]:
    """Where the log is not what the SARIF 2.1.0 schema (with errata 01) says."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _schema().iter_errors(log)]


def github_errors(log: dict[str, Any], text: bytes = b"") -> list[str]:
    """What GitHub code scanning would refuse, merge or cut off."""
    return list(_github(log, text))


def _github(log: dict[str, Any], text: bytes) -> Iterator[str]:
    if len(gzip.compress(text, 1)) > 10_000_000:
        yield "over 10 MB compressed"
    if len(log["runs"]) > 20:
        yield "over 20 runs"
    for number, run in enumerate(log["runs"]):
        for problem in _run(run):
            yield f"run {number}: {problem}"


def _run(run: dict[str, Any]) -> Iterator[str]:
    rules = run["tool"]["driver"].get("rules", [])
    if len(run["results"]) > 25_000:
        yield "over 25,000 results"
    if len(rules) > 25_000:
        yield "over 25,000 rules"
    if not re.fullmatch(r"[^\x00-\x1f]+/", run["automationDetails"]["id"]):
        yield "automationDetails.id is no category/"
    for rule in rules:
        for problem in _rule(rule):
            yield f"rule {rule['id']}: {problem}"
    for number, result in enumerate(run["results"]):
        for problem in _result(result, rules):
            yield f"result {number}: {problem}"
    same = Counter(
        (
            result["ruleId"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["partialFingerprints"]["primaryLocationLineHash"],
        )
        for result in run["results"]
    )
    yield from (f"{count} results are one alert: {identity}" for identity, count in same.items() if count > 1)


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    for key in ("shortDescription", "fullDescription"):
        if not 0 < len(rule[key]["text"]) <= 1024:
            yield f"{key} is empty or over 1,024 characters"
    if not rule["help"]["text"] or not rule["help"]["markdown"]:
        yield "no help"
    if rule["defaultConfiguration"]["level"] not in LEVELS:
        yield "level"
    properties = rule["properties"]
    if len(properties["tags"]) > 20 or len(set(properties["tags"])) < len(properties["tags"]):
        yield "over 20 tags, or one twice"
    severity = properties.get("security-severity")
    if ("security" in properties["tags"]) != (severity is not None):
        yield "the tag security and security-severity go together"
    if severity is not None and not (isinstance(severity, str) and 0.0 < float(severity) <= 10.0):
        yield f"security-severity {severity!r}"
    if properties["precision"] not in ("very-high", "high", "medium", "low"):
        yield "precision"


def _result(result: dict[str, Any], rules: list[dict[str, Any]]) -> Iterator[str]:
    if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        yield "ruleIndex"
    if result["level"] not in LEVELS:
        yield f"level {result['level']!r}"
    related = result.get("relatedLocations", [])
    if len(result["locations"]) + len(related) > 1000:
        yield "over 1,000 locations"
    steps = [
        step for flow in result.get("codeFlows", []) for thread in flow["threadFlows"] for step in thread["locations"]
    ]
    if len(steps) > 10_000:
        yield "over 10,000 thread flow locations"
    for location in [*result["locations"], *related, *(step["location"] for step in steps)]:
        yield from _physical(location["physicalLocation"])
    ids = [location["id"] for location in related]
    if len(set(ids)) < len(ids):
        yield "two related locations have one id"
    for name, link in LINK.findall(result["message"]["text"]):
        if not link.isdigit() or int(link) not in ids:
            yield f"[{name}]({link}) leads nowhere"


def _physical(location: dict[str, Any]) -> Iterator[str]:
    uri = location["artifactLocation"]["uri"]
    if not RELATIVE.fullmatch(uri) or ".." in uri.split("/"):
        yield f"uri {uri[:80]!r}"
    region = location["region"]
    start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    if min(*start, *end) < 1 or end < start:
        yield f"region {region}"


def errors(paths: Sequence[Path]) -> list[str]:
    """What all three judges say of these files."""
    found = multitool_errors(paths)
    for path in paths:
        data = path.read_bytes()
        log = json.loads(data.decode())
        found += [f"{path.name}: {error}" for error in [*schema_errors(log), *github_errors(log, data)]]
    return found


if __name__ == "__main__":
    problems = errors([Path(word) for word in sys.argv[1:]])
    print("\n".join(problems) or "no errors")
    sys.exit(bool(problems))
