"""`imagelint explain` and `imagelint rules`: what the rules are."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from imagelint.findings import CLEAN
from imagelint.options import add_rules


def add_explain(parser: ArgumentParser) -> None:
    parser.add_argument("rule", metavar="RULE", help="a rule's id, or a peer's (DL3006)")
    add_rules(parser)


def explain(asked: Namespace) -> int:
    """Tell what a rule looks for, why, and how to mend it."""
    from imagelint.engine.compiled import load
    from imagelint.engine.docs import rule_page
    from imagelint.engine.selection import SHELLCHECK, resolve

    rules = load(asked.rules)
    if asked.rule != "shellcheck" and SHELLCHECK.fullmatch(asked.rule):
        from imagelint.dockerfile.shellcheck import extended

        rules = extended(rules)
    print("\n".join(rule_page(rule) for rule in resolve(rules.rules, [asked.rule])).rstrip())
    return CLEAN


def add_list(parser: ArgumentParser) -> None:
    formats = "how to list them: terminal, json (default: terminal)"
    parser.add_argument(
        "-f", "--format", choices=("terminal", "json"), default="terminal", metavar="FORMAT", help=formats
    )
    covered = "list the peers' checks instead: which rules stand for each, or why none does"
    parser.add_argument("--coverage", action="store_true", help=covered)
    add_rules(parser)


def list_rules(asked: Namespace) -> int:
    """List the rules: id, severity, profile, title."""
    from imagelint.engine.compiled import load

    rules = load(asked.rules)
    if asked.coverage:
        from imagelint.engine import peers

        print(peers.json_text(rules) if asked.format == "json" else peers.text(rules))
        return CLEAN
    listed = sorted(rules.rules, key=lambda rule: rule.id)
    if asked.format == "json":
        import json

        rows = [
            {
                "id": rule.id,
                "title": rule.title,
                "kind": rule.kind,
                "severity": rule.severity,
                "profile": rule.profile,
                "aliases": {peer: list(ids) for peer, ids in rule.aliases.items()},
                "tags": list(rule.tags),
                "fixable": rule.fix is not None,
            }
            for rule in listed
        ]
        print(json.dumps(rows, indent=2))
    else:
        width = max(len(rule.id) for rule in listed)
        for rule in listed:
            print(f"{rule.id:{width}}  {rule.severity:7}  {rule.profile:7}  {rule.title}")
    return CLEAN
