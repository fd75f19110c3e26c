"""Secrets in what containers are given: found by value and by name, masked everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.containers.reading import lint, said
from tests.dockerfile.linting import texts
from tests.material import password

VALUE = password(1)
COMPOSE = f"""\
services:
  db:
    image: mysql:8.4
    environment:
      MYSQL_PASSWORD: {VALUE}
      GIVEN_SECRET: ${{GIVEN_SECRET}}
      EMPTY_PASSWORD:
      PASSWORD_FILE: /run/secrets/password
    labels: ["api.token={VALUE}1"]
    command: ["mysqld", "--password={VALUE}2"]
    build:
      context: .
      args: {{NPM_TOKEN: {VALUE}3}}
    privileged: true # {VALUE}
"""
SCRIPT = f"""\
docker run -e DB_PASSWORD={VALUE} --env "API_SECRET={VALUE}1" -l token={VALUE}2 \\
  -e GIVEN_SECRET -e OTHER_SECRET=$OTHER nginx:1.29 --password={VALUE}3
"""


@pytest.mark.parametrize(("path", "text"), [("compose.yaml", COMPOSE), ("run.sh", SCRIPT)])
def test_each_place_and_no_value(path: str, text: str) -> None:
    linted = lint(path, text)
    secrets = [found for found in linted.findings if found.secret]
    places = [found.location.line for found in secrets]
    assert places == ([5, 9, 10, 13] if path == "compose.yaml" else [1, 1, 1, 2])
    assert VALUE not in texts(linted.findings)
    assert all(found.frame for found in linted.findings)
    assert len({found.fingerprint for found in linted.findings}) == len(linted.findings)
    assert VALUE in str(next(found.secret for found in lint(path, text, *(), show=True).findings if found.secret).value)


def test_what_a_secret_stands_in_is_named() -> None:
    messages = [found.message for found in lint("compose.yaml", COMPOSE).findings if found.secret]
    assert "in the environment (MYSQL_PASSWORD)" in messages[0]
    assert "in a label (api.token)" in messages[1]
    assert "in a build argument (NPM_TOKEN)" in messages[3]
    remedies = {found.remedy for found in lint("run.sh", SCRIPT).findings if found.secret}
    assert all("--env-file" in str(remedy) for remedy in remedies)


def test_a_weak_password_is_one_by_its_name() -> None:
    """As in ENV of an image; a page of examples is full of them."""
    text = "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: postgres\n"
    assert said(lint("compose.yaml", text, "secret-in-assignment")) == [("secret-in-assignment", 5)]
    command = "docker run -e POSTGRES_PASSWORD=postgres postgres:17\n"
    assert said(lint("run.sh", command, "secret-in-assignment")) == [("secret-in-assignment", 1)]
    assert said(lint("README.md", f"```\n{command}```\n", "secret-in-assignment")) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("run.sh", "docker run -u root -e DB_PASSWORD=ONE\\\nTWO x:1\n"),
        ("run.sh", "docker run -u root -e 'DB_PASSWORD=ONE'\"TWO\" x:1\n"),
        (
            "compose.yaml",
            'services:\n  w:\n    image: x:1\n    environment:\n      NAMED: "ONE\\\n        TWO"\n',
        ),
        ("compose.yaml", "services:\n  w:\n    image: x:1\n    environment:\n      DB_PASSWORD: ${A:-ONETWO}\n"),
    ],
)
def test_a_value_in_pieces_shows_none_of_them(path: str, text: str) -> None:
    text = text.replace("NAMED", "DB_PASSWORD").replace("ONE", VALUE[:8]).replace("TWO", VALUE[8:])
    linted = lint(path, text)
    assert [found.rule for found in linted.findings if found.secret] == ["secret-in-assignment"]
    told = texts(linted.findings)
    assert VALUE[:8] not in told
    assert VALUE[8:] not in told


def test_a_sentence_under_a_telling_name_is_none() -> None:
    text = "docker run -e 'REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm' registry:3\n"
    assert said(lint("run.sh", text, "secret-in-assignment")) == []


def test_an_env_file_has_its_own_findings(tmp_path: Path) -> None:
    (tmp_path / "db.env").write_text(f"# PASSWORD=x\nexport DB_PASSWORD='{VALUE}'\nB=c\nGIVEN_SECRET=${{X}}\n")
    path = tmp_path / "compose.yaml"
    path.write_text("services:\n  a: {image: 'x:1', env_file: db.env}\n  b: {image: 'x:1', env_file: [db.env]}\n")
    (found,) = [found for found in lint(str(path), path.read_text()).findings if found.secret]
    assert (found.location.path, found.location.line) == (str(tmp_path / "db.env"), 2)
    assert VALUE not in texts(found)
