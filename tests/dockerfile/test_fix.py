"""Edits: only where the file says what the rule thinks."""

from __future__ import annotations

import pytest

from tests.dockerfile.linting import findings
from tests.material import password


def edits(text: str, rule: str) -> list[tuple[int, int, int, int, str]]:
    found = [finding.fix for finding in findings(text, rule)]
    assert found
    return [(e.line, e.column, e.end_line, e.end_column, e.text) for fix in found if fix for e in fix.edits]


def test_insertion_stands_behind_the_subcommand_wherever_it_is() -> None:
    text = "FROM a:1\nRUN apt-get update && \\\n  apt-get \\\n    install \\\n    curl\n"
    assert edits(text, "apt-get-assume-yes") == [(4, 12, 4, 12, " -y")]


def test_insertion_behind_an_option_that_takes_a_value() -> None:
    assert edits("FROM a:1\nRUN apt-get -t install install curl\n", "apt-get-assume-yes") == [(2, 31, 2, 31, " -y")]
    assert edits("FROM a:1\nRUN apt-get -t stable install curl\n", "apt-get-assume-yes") == [(2, 30, 2, 30, " -y")]


@pytest.mark.parametrize(
    "line",
    [
        'RUN ["apt-get", "install", "curl"]',
        "RUN 'apt-get' install curl",
        "RUN apt-get 'install' curl",
        "RUN bash -c 'apt-get '\\''install'\\'' curl'",
    ],
)
def test_no_edit_among_quotes(line: str) -> None:
    assert edits(f"FROM a:1\n{line}\n", "apt-get-assume-yes") == []


def test_no_edit_where_the_program_has_a_path() -> None:
    assert edits("FROM a:1\nRUN /usr/bin/apt update\n", "apt-for-people") == []
    assert edits("FROM a:1\nRUN sudo apt update\n", "apt-for-people") == [(2, 10, 2, 13, "apt-get")]


def test_a_text_of_the_file_is_quoted() -> None:
    text = 'FROM a:1\nMAINTAINER "Bob" <bob@$HOST>\n'
    assert edits(text, "maintainer")[0][4] == 'LABEL org.opencontainers.image.authors="\\"Bob\\" <bob@\\$HOST>"'


def test_a_fact_that_does_not_apply_gives_no_edit() -> None:
    assert edits("FROM a:1\nCMD java $OPTS\n", "shell-form-entrypoint") == []
    assert edits("FROM a:1\nCMD java -jar a.jar\n", "shell-form-entrypoint")[0][4] == '["java", "-jar", "a.jar"]'


def test_an_edit_never_holds_a_secret_or_its_mask() -> None:
    value = password(1)
    text = f"FROM a:1\nENV APP_PASSWORD={value}\nCMD run --x {value}\nMAINTAINER {value}\n"
    found = findings(text)
    assert {"shell-form-entrypoint", "maintainer"} <= {finding.rule for finding in found}
    assert [f.rule for f in found if f.fix for e in f.fix.edits if value in e.text or "*" in e.text] == []


def test_several_lines_are_not_replaced() -> None:
    assert edits("FROM a:1\nMAINTAINER a \\\n  b\n", "maintainer") == []


def test_the_slash_goes_into_no_quotes() -> None:
    assert edits('FROM a:1\nCOPY a b "/srv"\n', "copy-several-without-slash") == []
    assert edits('FROM a:1\nCOPY ["a", "b", "/srv"]\n', "copy-several-without-slash") == []
