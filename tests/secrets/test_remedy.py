"""What to do about a secret: every rule's text fits behind the others, and each instruction has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.scan_options import Options
from imagelint.scanning import scan
from imagelint.secrets.remedy import AT_ONCE, HOW, REVOKE, STARTED, WRITTEN, how, with_revoking
from tests.material import password

LONGEST = 400
"""Characters of a remedy: what fits on a few lines of a screen."""


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


def test_every_rule_says_how_to_revoke_in_one_clause(rules: RuleSet) -> None:
    for rule in rules.rules:
        if rule.kind != "secret":
            continue
        text = with_revoking(HOW["COPY"], rule)
        assert text.startswith(f"{HOW['COPY']}. {REVOKE}: "), rule.id
        assert not text.endswith((".", ",", " ", ":")), rule.id
        assert "\n" not in text, rule.id
        assert text.count("(") == text.count(")"), rule.id
        assert len(text) < LONGEST, (rule.id, len(text))
        assert with_revoking("x", rule, public=True) == with_revoking("x", rule).replace(REVOKE, AT_ONCE)


def test_a_command_keeps_its_letters(rules: RuleSet) -> None:
    assert ": delete it under Settings" in with_revoking("x", rules.by_id["github-fine-grained-token"])
    assert ": DELETE /1/tokens/" in with_revoking("x", rules.by_id["trello-token"])


def test_every_instruction() -> None:
    assert len({how(keyword) for keyword in HOW}) == len(HOW) - 1, "ADD and COPY alone are the same"
    assert how("CMD").startswith("Leave it out of CMD: ")
    assert how("EXPOSE") == "Leave it out of EXPOSE"
    assert all("start" in how(keyword) for keyword in STARTED)


def test_a_dockerfile(tmp_path: Path) -> None:
    values = [password(number) for number in range(200, 207)]
    (tmp_path / "Dockerfile").write_text(
        f"# DB_PASSWORD={values[0]}\n"
        "FROM debian:12\n"
        f"ARG API_PASSWORD={values[1]}\n"
        f"ENV DB_PASSWORD={values[2]}\n"
        f"LABEL db.password={values[3]}\n"
        f"RUN deploy --db-password={values[4]}\n"
        f"COPY <<EOF /etc/app.conf\ndb_password={values[5]}\nEOF\n"
        f'CMD ["app", "--db-password={values[6]}"]\n'
    )
    report = scan([str(tmp_path / "Dockerfile")], Options(load(), select=["secret-in-assignment"]))
    told = {finding.location.line: finding.remedy or "" for finding in report.findings}
    starts = {1: HOW[""], 3: HOW["ARG"], 4: HOW["ENV"], 5: HOW["LABEL"], 6: HOW["RUN"], 8: WRITTEN, 10: how("CMD")}
    assert told.keys() <= starts.keys()
    assert {3, 4, 8} <= told.keys()
    for line, remedy in told.items():
        assert remedy.startswith(starts[line] + ". "), line
    assert not any(value in repr(report.findings) for value in values)


def test_a_file_of_the_build_context(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:12\nCOPY app.env /srv/\n")
    (tmp_path / "app.env").write_text(f"DB_PASSWORD={password(210)}\n")
    report = scan([str(tmp_path)], Options(load(), select=["secret-in-assignment"]))
    (finding,) = [finding for finding in report.findings if finding.surface == "context"]
    assert str(finding.remedy).startswith("Name the file in .dockerignore")
