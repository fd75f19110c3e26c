"""The pages of docs/ that are made from the rules and the vocabulary: rules/*.md, rules/README.md and facts.md.

python -m imagelint.engine.docs            writes them
python -m imagelint.engine.docs --check    says which are out of date, and ends with status 1 when there are any
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from imagelint.engine import shapes, vocabulary
from imagelint.engine.rule import Fix, Rule

# Where each peer explains its own rules; {} is the id as written, {lower} in small letters.
_PEERS = {
    "hadolint": "https://github.com/hadolint/hadolint/wiki/{}",
    "trivy": "https://avd.aquasec.com/misconfig/{lower}",
    "buildkit": "https://docs.docker.com/reference/build-checks/{kebab}/",
}


def rule_page(rule: Rule) -> str:
    """The page of a rule in Markdown; `imagelint explain` shows the same text. Shapes stay as written."""
    texts = rule.texts
    out = [f"# {rule.id}", "", rule.title, "", *_particulars(rule), "", "## Why", "", texts.rationale.strip()]
    if rule.parameters:
        out += ["", *_parameters(rule)]
    if rule.remedy:
        out += ["", "## Remedy", "", rule.remedy]
    if shapes.found(str(texts.examples)):
        out += ["", "In the examples, `{base62:30}` and the like stand for so many random characters."]
    for sort, title in (("bad", "Reported"), ("good", "Not reported")):
        out += ["", f"## {title}"] if texts.examples[sort] else []
        for example in texts.examples[sort]:
            out += ["", *_example(example, rule.kind)]
    if rule.fix:
        out += ["", "## Fix", "", _fix(rule.fix)]
        for example in texts.examples["bad"]:
            if "fixed" in example:
                out += ["", *_fenced(example["fixed"], "dockerfile")]
                break
    if texts.revoke:
        out += ["", "## When it has leaked", "", texts.revoke.strip()]
    if texts.when:
        out += ["", "## Condition", "", "The facts are explained in [facts.md](../facts.md).", ""]
        out += _fenced(texts.when)
    if rule.pattern:
        out += ["", "## Pattern", "", *_fenced(rule.pattern)]
    if texts.grammar:
        out += ["", "## Grammar", "", f"Found by reading whole files: {texts.grammar.strip()}"]
    if texts.references:
        out += ["", "## References", "", *(f"- <{url}>" for url in texts.references)]
    return "\n".join(out) + "\n"


def _parameters(rule: Rule) -> list[str]:
    from imagelint.engine.parameter import setting  # few rules have any

    out = ["## Parameters", ""]
    for each in rule.parameters:
        default = "the rule is off until it is set" if each.default is None else f"by default {each.default}"
        out.append(f"- `{each.name}` ({each.type}; {default}): {each.meaning.rstrip('.')}.")
    return [*out, "", "The examples below are judged with this configuration:", "", *_fenced(setting(rule), "yaml")]


def _particulars(rule: Rule) -> list[str]:
    rows = [
        ("severity", rule.severity.value),
        ("kind", rule.kind),
        ("profile", rule.profile),
        ("security severity", f"{rule.security_severity:.1f}" if rule.security_severity else ""),
        ("also known as", ", ".join(_alias(tool, name) for tool, names in rule.aliases.items() for name in names)),
        ("weakness", ", ".join(f"[CWE-{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in rule.cwe)),
        ("tags", ", ".join(rule.tags)),
    ]
    return [f"- {name}: {value}" for name, value in rows if value]


def _alias(tool: str, name: str) -> str:
    if tool not in _PEERS or name.startswith("SC"):
        return f"{tool} {name}"
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return f"{tool} [{name}]({_PEERS[tool].format(name, lower=name.lower(), kebab=kebab)})"


def _fix(fix: Fix) -> str:
    title = fix.title.rstrip(".")
    if fix.safety == "safe":
        return f"{title}. `imagelint scan --fix` does it; it is safe: the build does what it did, or works again."
    return f"{title}. `imagelint scan --unsafe-fixes` does it. Read `--diff` first: it may alter what the build does."


def _example(example: dict[str, Any], kind: str) -> list[str]:
    if "image" in example:
        return ["An image with:", "", *_fenced("\n".join(_lines(example["image"])), "yaml")]
    if "host" in example:
        return ["A host with:", "", *_fenced("\n".join(_lines(example["host"])), "yaml")]
    for name, language in (("compose", "yaml"), ("script", "text")):
        if name in example:
            return _fenced(example[name], language)
    heading = [f"`{example['path']}`:", ""] if "path" in example else []
    body = example.get("text", example.get("shape", ""))
    shown = [*heading, *_fenced(body, "text" if kind == "secret" else "dockerfile")]
    if "files" in example:
        shown += ["", "With these files in the build context:", ""]
        shown += _fenced("\n".join(_lines(example["files"])), "yaml")
    if "registry" in example:
        shown += ["", "With these images, and their platforms, in the registry that `--resolve` names:", ""]
        shown += _fenced("\n".join(_lines(example["registry"])), "yaml")
    return shown


def _lines(value: Any) -> list[str]:
    """Plain data as block YAML, with the strings in double quotes."""
    if isinstance(value, dict) and value:
        out: list[str] = []
        for key, item in value.items():
            inner = _lines(item)
            nested = isinstance(item, dict | list) and item
            out += [f"{key}:", *(f"  {line}" for line in inner)] if nested else [f"{key}: {inner[0]}"]
        return out
    if isinstance(value, list) and value:
        items = [_lines(item) for item in value]
        return [f"{'  ' if number else '- '}{line}" for inner in items for number, line in enumerate(inner)]
    import json

    return [json.dumps(value, ensure_ascii=False)]


def _fenced(text: str, language: str = "text") -> list[str]:
    longest = max((len(ticks) for ticks in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return [f"{fence}{language}", text.rstrip("\n"), fence]


def index_page(rules: Sequence[Rule]) -> str:
    """docs/rules/README.md: every rule in a table, by what it looks at."""
    titles = dict(zip(vocabulary.FOLDERS, ("Dockerfiles", "Images", "Containers", "Hosts", "Secrets"), strict=True))
    out = ["# Rules", "", f"{len(rules)} rules. Each page is made from the rule's own file under rules/."]
    for folder, kinds in vocabulary.FOLDERS.items():
        out += [
            "",
            f"## {titles[folder]}",
            "",
            "| rule | what it reports | severity | profile | also known as |",
            "| --- | --- | --- | --- | --- |",
        ]
        for rule in rules:
            if rule.kind in kinds:
                aliases = ", ".join(_alias(tool, name) for tool, names in rule.aliases.items() for name in names)
                fixable = " (fix)" if rule.fix else ""
                cells = (f"[{rule.id}]({rule.id}.md)", rule.title + fixable, rule.severity.value, rule.profile, aliases)
                out.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(out) + "\n"


def pages(rules: Sequence[Rule]) -> dict[str, str]:
    """Every page by its path below docs/."""
    found = {f"rules/{rule.id}.md": rule_page(rule) for rule in rules}
    return found | {"rules/README.md": index_page(rules), "facts.md": vocabulary.markdown()}


def write_docs(folder: str | os.PathLike[str]) -> None:
    """Write every page below a docs folder, and remove pages of rules that are no more."""
    found = _current()
    for path, text in found.items():
        whole = os.path.join(folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    for path in _left_over(folder, found):
        os.remove(os.path.join(folder, path))


def stale(folder: str | os.PathLike[str]) -> list[str]:
    """The paths below a docs folder whose text is not what the rules say now."""
    found = _current()
    wrong = _left_over(folder, found)
    for path, text in found.items():
        try:
            with open(os.path.join(folder, path), encoding="utf-8") as file:
                same = file.read() == text
        except OSError:
            same = False
        if not same:
            wrong.append(path)
    return sorted(wrong)


def _current() -> dict[str, str]:
    from imagelint.engine.compiled import load

    return pages(load().rules)


def _left_over(folder: str | os.PathLike[str], found: dict[str, str]) -> list[str]:
    rules = os.path.join(folder, "rules")
    names = os.listdir(rules) if os.path.isdir(rules) else []
    return [f"rules/{name}" for name in names if name.endswith(".md") and f"rules/{name}" not in found]


def main(words: Sequence[str]) -> int:
    """Write the pages, or with --check say which are out of date."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    folder = os.path.join(root, "docs")
    if list(words) == ["--check"]:
        wrong = stale(folder)
        for path in wrong:
            print(f"docs/{path} is out of date; run: python -m imagelint.engine.docs")
        return 1 if wrong else 0
    if words:
        print("usage: python -m imagelint.engine.docs [--check]", file=sys.stderr)
        return 2
    write_docs(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
