"""The generated pages say what the rule files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.engine import docs, vocabulary
from imagelint.engine.compiled import load
from imagelint.engine.docs import index_page, rule_page, stale, write_docs
from imagelint.engine.rule import Rule
from tests.engine.build import rule_text, ruleset

FIX = "{safety: safe, title: Add -y, insert: {after: command.subcommand, text: ' -y'}}"


def rule(folder: Path, text: str) -> Rule:
    return ruleset(folder, text).rules[0]


def fixable(rule_id: str = "one", **keys: str) -> str:
    return rule_text(rule_id, fix=FIX, **keys).replace("  good:", "      fixed: |\n        FROM debian:13\n  good:")


def test_a_page_holds_what_its_rule_says(tmp_path: Path) -> None:
    keys = {"aliases": "{hadolint: [DL3014], tally: [tally/x]}", "cwe": "[250]", "references": "https://example.com/a"}
    page = rule_page(rule(tmp_path, fixable(when="true && true", security_severity="7", remedy="Do not", **keys)))
    assert page.startswith("# one\n\na title\n\n- severity: warning\n- kind: command\n")
    assert "- security severity: 7.0\n" in page
    peers = "hadolint [DL3014](https://github.com/hadolint/hadolint/wiki/DL3014), tally tally/x"
    assert f"- also known as: {peers}\n" in page
    assert "- weakness: [CWE-250](https://cwe.mitre.org/data/definitions/250.html)\n" in page
    assert "## Why\n\na reason\n\n## Remedy\n\nDo not\n" in page
    assert "## Reported\n\n```dockerfile\nFROM debian:12\nRUN tool\n```\n" in page
    assert "## Not reported\n\n```dockerfile\nFROM debian:12\n```\n" in page
    assert "## Fix\n\nAdd -y. `imagelint scan --fix` does it; it is safe: " in page
    assert "or works again.\n\n```dockerfile\nFROM debian:13\n```\n" in page
    assert "```text\ntrue && true\n```\n" in page
    assert page.endswith("## References\n\n- <https://example.com/a>\n")


def test_shapes_stay_as_written(tmp_path: Path) -> None:
    page = rule_page(rule(tmp_path, rule_text("one").replace("RUN tool", "RUN tool tok_{hex:40}")))
    assert "RUN tool tok_{hex:40}" in page
    assert "stand for so many random characters" in page
    assert "random characters" not in rule_page(rule(tmp_path, rule_text("one")))


def test_an_image_is_shown_as_yaml(tmp_path: Path) -> None:
    page = rule_page(rule(tmp_path, rule_text("one", kind="entry", index="{mode: 06000}")))
    assert 'layers:\n  - - path: "a"\n      mode: "4755"\n' in page
    assert 'config:\n  User: "10001"\n' in page


def test_a_fence_is_longer_than_any_inside(tmp_path: Path) -> None:
    page = rule_page(rule(tmp_path, rule_text("one").replace("RUN tool", "RUN ````")))
    assert "`````dockerfile\nFROM debian:12\nRUN ````\n`````" in page


def test_the_index_lists_every_rule_in_its_room(tmp_path: Path) -> None:
    texts = [fixable("one"), rule_text("two", kind="entry", index="{mode: 06000}", title="a | b")]
    page = index_page(ruleset(tmp_path, *texts).rules)
    assert (
        page.index("## Dockerfiles")
        < page.index("[one](one.md) | a title (fix) | warning | default")
        < page.index("## Images")
    )
    assert page.index("## Images") < page.index("| [two](two.md) | a \\| b | warning |") < page.index("## Secrets")


def test_written_pages_are_up_to_date_and_changed_ones_are_not(tmp_path: Path) -> None:
    write_docs(tmp_path)
    assert stale(tmp_path) == []
    assert (tmp_path / "facts.md").read_text(encoding="utf-8") == vocabulary.markdown()
    known = load().rules[0].id
    (tmp_path / "rules" / f"{known}.md").write_text("changed")
    (tmp_path / "rules" / "gone-rule.md").write_text("left over")
    (tmp_path / "facts.md").unlink()
    assert stale(tmp_path) == sorted(["facts.md", "rules/gone-rule.md", f"rules/{known}.md"])
    write_docs(tmp_path)
    assert stale(tmp_path) == []


def test_unknown_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--wrong"]) == 2
    assert "usage:" in capsys.readouterr().err
