"""Rule files and subjects for the tests of the engine."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from imagelint.engine.compiled import RuleSet, gates
from imagelint.engine.rule import read_rules

EXAMPLES = """\
examples:
  bad:
    - line: 2
      text: |
        FROM debian:12
        RUN tool
  good:
    - text: FROM debian:12
"""

IMAGE_EXAMPLES = """\
examples:
  bad:
    - image: {layers: [[{path: a, mode: "4755"}]]}
  good:
    - image: {config: {User: "10001"}}
"""


def rule_text(rule_id: str, when: str = "true", **keys: str) -> str:
    """A rule that loads; keys replace or add lines, an empty text leaves one out, `when` comes below `when: |`."""
    lines = {
        "id": rule_id,
        "title": "a title",
        "kind": "command",
        "severity": "warning",
        "when": "|\n" + textwrap.indent(when, "  "),
        "message": '"a message"',
        "rationale": "a reason",
    }
    lines |= {name.replace("_", "-"): text for name, text in keys.items()}
    examples = IMAGE_EXAMPLES if lines["kind"] == "entry" else EXAMPLES
    return "".join(f"{name}: {text}\n" for name, text in lines.items() if text) + examples


def ruleset(folder: Path, *texts: str) -> RuleSet:
    """The rules of these texts."""
    for text in texts:
        name = text.partition("\n")[0].removeprefix("id: ")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    rules = read_rules(folder)
    return RuleSet(rules, gates(rules))


def command(**facts: Any) -> Any:
    """A command subject with some facts."""
    stage = SimpleNamespace(final=True, user="root", name="")
    instruction = SimpleNamespace(keyword="RUN", stage=stage)
    known = {"program": "tool", "subcommand": "", "args": [], "flags": [], "text": "tool"} | facts
    places = {"kind": "command", "index_instruction": "RUN", "index_program": known["program"]}
    return SimpleNamespace(**places, instruction=instruction, stage=stage, **known)
