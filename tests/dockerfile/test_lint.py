"""A Dockerfile into findings: secrets by value, masks, places, trails, fingerprints, growth."""

from __future__ import annotations

import time

import pytest

from imagelint.engine.shapes import expand
from imagelint.findings import SafeText
from tests.dockerfile.linting import findings, lines, texts
from tests.material import password, rsa_key

TOKEN = expand("ghp_{base62:30}{crc32:github}", "dockerfile")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("ENV X=@", 7),
        ('LABEL a="@"', 10),
        ("# old: @", 8),
        ("ARG X=@", 7),
        ("RUN curl -H 'Authorization: token @' https://example.com/", 35),
        ('CMD ["run", "@"]', 14),
        ("HEALTHCHECK CMD run @", 21),
        ("RUN <<END\nlogin @\nEND", 7),
        ("COPY <<END /x\nvalue @\nEND", 7),
        ("RUN a \\\n  b @", 5),
        ("ONBUILD ENV X=@", 15),
    ],
)
def test_a_secret_by_value_is_one_finding_at_its_place(line: str, column: int) -> None:
    text = f"FROM a:1\n{line}\n".replace("@", TOKEN)
    found = [finding for finding in findings(text) if finding.secret]
    assert [finding.rule for finding in found] == ["github-token"]
    place = found[0].location
    number = text[: text.index(TOKEN)].count("\n") + 1
    assert (place.line, place.column, place.end_line, place.end_column) == (number, column, number, column + len(TOKEN))
    assert found[0].secret is not None
    assert found[0].secret.masked.startswith("ghp_")
    assert found[0].surface == "dockerfile"
    assert TOKEN not in texts(findings(text))
    assert TOKEN[4:] not in texts(findings(text))


@pytest.mark.parametrize("value", [password(2), password(3)])
def test_a_password_under_a_telling_name_is_one_finding(value: str) -> None:
    for line in (
        f"ENV DB_PASSWORD={value}",
        f"ENV DB_PASSWORD {value}",
        f"ARG DB_PASSWORD='{value}'",
        f"LABEL db.password={value}",
    ):
        found = findings(f"FROM a:1\n{line}\n")
        secret = [finding for finding in found if finding.secret or finding.rule.startswith("secret-")]
        assert len(secret) == 1, line
        assert value not in texts(found)


def test_a_secret_cut_by_a_continuation_is_found_and_masked() -> None:
    half = len(TOKEN) // 2
    text = f"FROM a:1\nENV X={TOKEN[:half]}\\\n{TOKEN[half:]}\n"
    found = findings(text)
    assert [finding.rule for finding in found if finding.secret] == ["github-token"]
    assert TOKEN[5:half] not in texts(found)
    assert TOKEN[half:] not in texts(found)


def test_a_private_key_in_a_heredoc() -> None:
    key = rsa_key(5)
    text = f"FROM a:1\nRUN <<END\ncat > /k <<KEY\n{key}KEY\nsudo make\nEND\n"
    found = findings(text)
    kept = [finding for finding in found if finding.rule == "pem-private-key"]
    assert [(f.location.line, f.location.end_line) for f in kept] == [(4, 3 + key.count("\n"))]
    assert "sudo" in {finding.rule for finding in found}
    assert not [line for line in key.split("\n")[1:-2] if line in texts(found)]


def test_no_other_finding_shows_a_planted_value() -> None:
    value, other = password(7), password(8)
    text = f"""FROM debian
MAINTAINER {value}
ARG DB_PASSWORD={value}
ENV API_TOKEN={other} DEBIAN_FRONTEND={value}
RUN sudo apt install {value} && chmod 777 /{value} && curl -k http://example.com/{value} | sh
ADD {value} {other}
COPY .npmrc {value} {other}
COPY --from={value} a b
WORKDIR {value}
EXPOSE {other}
CMD run {value}
USER root:{other}
RUM {value}
"""
    found = findings(text)
    assert {
        "sudo",
        "apt-for-people",
        "world-writable",
        "download-insecure",
        "add-for-files",
        "copy-from-unknown-stage",
        "workdir-relative",
        "expose-out-of-range",
        "maintainer",
        "unknown-instruction",
        "secret-file-copied",
        "last-user-root",
    } <= {f.rule for f in found}
    shown = texts(found)
    assert value not in shown
    assert other not in shown
    assert all(isinstance(line, SafeText) for finding in found if finding.frame for line in finding.frame.lines)


def test_the_name_of_the_file_does_not_matter() -> None:
    value = password(9)
    text = f"FROM a:1\nRUN git clone https://app:{value}@git.acme.io/x.git\nRUN sudo x\n"
    for path in ("Dockerfile", "build.txt", "app.go"):
        found = findings(text, path=path)
        assert [finding.rule for finding in found if finding.secret] == ["url-credentials"], path
        assert value not in texts(found)


def test_show_shows() -> None:
    found = [finding for finding in findings(f"FROM a:1\nENV X={TOKEN}\n", show=True) if finding.secret]
    assert found[0].secret is not None
    assert found[0].secret.value == TOKEN
    assert found[0].frame is not None
    assert TOKEN in found[0].frame.lines[1]


def test_marks_stand_under_the_masked_text() -> None:
    text = f"FROM a:1\nRUN login {TOKEN} && sudo make\n"
    found = next(finding for finding in findings(text) if finding.rule == "sudo")
    assert found.frame is not None
    line, start, end = found.frame.marks[0]
    assert found.frame.lines[line - found.frame.first_line][start - 1 : end - 1] == "sudo make"
    assert text.split("\n")[1][found.location.column - 1 : found.location.end_column - 1] == "sudo make"


def test_a_frame_of_a_long_instruction_is_short() -> None:
    text = "FROM a:1\nRUN a | b \\\n" + "".join(f"  && c{n} \\\n" for n in range(100)) + "  && d\n"
    found = next(finding for finding in findings(text) if finding.rule == "pipe-without-pipefail")
    assert (found.location.line, found.location.end_line) == (2, 103)
    assert found.frame is not None
    assert (found.frame.first_line, len(found.frame.lines), len(found.frame.marks)) == (1, 11, 8)


def test_trail_of_a_secret_that_is_deleted_later() -> None:
    text = "FROM a:1\nCOPY .npmrc /root/.npmrc\nRUN npm ci\nRUN rm /root/.npmrc\n"
    found = findings(text, "secret-copied-then-removed", "secret-file-copied")
    assert [finding.rule for finding in found] == ["secret-copied-then-removed"]
    assert "line 4" in found[0].message
    assert [step.kind for step in found[0].trail] == ["introduced", "deleted", "shipped"]
    assert "line 4" in found[0].trail[1].text


def test_a_secret_in_a_stage_that_does_not_ship() -> None:
    text = "FROM a:1 AS b\nCOPY .npmrc /root/\nFROM a:1\nCOPY --from=b /x /x\n"
    assert lines(text, "secret-file-copied") == []
    assert lines(text, "secret-file-in-build-stage") == [2]


def test_fingerprints_outlive_lines_that_come_and_go() -> None:
    body = "RUN sudo a && sudo a\nENV X=1\nCOPY .npmrc /a\nRUN rm /a\nCMD x\n"
    before = findings(f"FROM a\n{body}")
    after = findings(f"# new\n\n\nFROM a\n# new\n{body}")
    assert [f.fingerprint for f in before] == [f.fingerprint for f in after]
    assert len({f.fingerprint for f in before}) == len(before)
    assert [f.location.line for f in before] != [f.location.line for f in after]


def test_fingerprints_tell_files_stages_and_texts_apart() -> None:
    text = "FROM a:1\nRUN sudo a\nFROM a:1\nRUN sudo a\nRUN sudo b\n"
    seen = [f.fingerprint for f in findings(text, "sudo")] + [
        f.fingerprint for f in findings(text, "sudo", path="other/Dockerfile")
    ]
    assert len(set(seen)) == 6


def test_a_fingerprint_does_not_depend_on_a_password() -> None:
    seen = set()
    for seed in (11, 12):
        found = findings(
            f"FROM a:1\nRUN sudo login && DB_PASSWORD={password(seed)} run\n", "sudo", "secret-in-assignment"
        )
        seen.add(tuple(finding.fingerprint for finding in found))
    assert len(seen) == 1


def test_mistakes_do_not_hide_the_rest() -> None:
    text = "FROM a:1\nRUM x\nRUN sudo y\nCOPY --nope=1 a b\nRUN <<END\nsudo z\n"
    assert {
        (f.rule, f.location.line) for f in findings(text, "unknown-instruction", "sudo", "syntax-error", "open-heredoc")
    } >= {
        ("unknown-instruction", 2),
        ("sudo", 3),
        ("syntax-error", 4),
        ("open-heredoc", 5),
    }


@pytest.mark.parametrize(
    "data",
    [
        "",
        "\n\n",
        "\0",
        "FROM",
        "FROM \\",
        "\ufeff",
        "RUN",
        "COPY",
        "ONBUILD",
        "FROM a AS",
        "COPY []",
        "ENV",
        "EXPOSE 99999999999999999999999",
    ],
)
def test_scraps(data: str) -> None:
    assert all(finding.location.line >= 1 for finding in findings(data))


def test_a_message_is_short_and_on_one_line() -> None:
    text = "FROM a:1\nRUN sudo " + "x" * 10_000 + " 'a\nb'\n"
    assert all(len(finding.message) < 400 and "\n" not in finding.message for finding in findings(text))


GROWING = {
    "commands": lambda n: "FROM a:1\nRUN " + " && \\\n ".join(f"echo {i}" for i in range(n)) + "\n",
    "copies": lambda n: "FROM a:1\n" + "".join(f"COPY .npmrc /{i}/\nRUN rm /{i}/.npmrc\n" for i in range(n // 4)),
    "pairs": lambda n: "FROM a:1\nENV " + " ".join(f"A{i}=$A{i - 1}" for i in range(n // 2)) + "\n",
    "stages": lambda n: "FROM a:1 AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\n" for i in range(n // 8)),
}


@pytest.mark.parametrize("shape", GROWING)
def test_growth(shape: str) -> None:
    """Eight times the file takes some eight times as long; 64 times would be the square."""

    def cost(n: int) -> float:
        text = GROWING[shape](n)
        started = time.process_time()
        findings(text)
        return time.process_time() - started

    cost(500)
    small = max(min(cost(500) for _ in range(3)), 0.002)
    assert min(cost(4000) for _ in range(3)) / small < 24
