"""Edits: only where the file says what the rule thinks."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.mend import mend
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


def mended(text: str, *rules: str) -> str:
    """The text after all fixes of some rules; each must have mended something."""
    done = mend(text.encode(), lambda data: findings(data.decode(), *rules, show=True), True)
    assert set(done.rules) == set(rules)
    return done.data.decode()


@pytest.mark.parametrize(
    ("rule", "text", "fixed"),
    [
        ("maintainer", 'MAINTAINER "Bob" <b@$H>', 'LABEL org.opencontainers.image.authors="\\"Bob\\" <b@\\$H>"'),
        ("maintainer", 'MAINTAINER "Bob"', 'LABEL org.opencontainers.image.authors="Bob"'),
        ("legacy-key-value", "ENV A b  c", 'ENV A="b  c"'),
        ("legacy-key-value", 'ENV A "b $c"', 'ENV A="b $c"'),
        ("legacy-key-value", "ENV A $B", "ENV A=$B"),
        ("shell-form-entrypoint", "CMD a \\\n  # why\n  'b c' \"d\"", 'CMD ["a", \\\n  # why\n  "b c", "d"]'),
        ("shell-form-entrypoint", "ENTRYPOINT java -jar a.jar", 'ENTRYPOINT ["java", "-jar", "a.jar"]'),
        ("invalid-json-form", "VOLUME ['/a', \"/b\" ,]", 'VOLUME ["/a", "/b"]'),
        (
            "apt-lists-left",
            "RUN apt-get update \\\n && a",
            "RUN apt-get update \\\n && a \\\n && rm -rf /var/lib/apt/lists/*",
        ),
        (
            "apt-lists-left",
            "RUN apt-get update && \\\n  a b",
            "RUN apt-get update && \\\n  a b && \\\n  rm -rf /var/lib/apt/lists/*",
        ),
        ("apt-lists-left", "RUN apt-get update; a", "RUN apt-get update; a && rm -rf /var/lib/apt/lists/*"),
        ("cd-for-workdir", "RUN cd /a \\\n  && cd b && make", "WORKDIR /a\nWORKDIR b\nRUN make"),
        ("consecutive-runs", "RUN a\nRUN b\nRUN c", "RUN a \\\n    && b \\\n    && c"),
        ("sudo", "RUN sudo -E a && sudo sudo /b", "RUN sudo -E a && /b"),
        ("download-insecure", "RUN curl -fk -o k u && curl --insecure u", "RUN curl -f -o k u && curl u"),
        ("download-insecure", "RUN wget \\\n  --no-check-certificate u", "RUN wget \\\n  u"),
        ("run-without-sandbox", "RUN --network=host --security=insecure a", "RUN a"),
        ("base-platform-redundant", "FROM  --platform=$TARGETPLATFORM  b:1", "FROM  b:1"),
        ("expose-mapping", "EXPOSE 1:80 [::1]:2:443/tcp 5", "EXPOSE 80 443/tcp 5"),
        ("world-writable-copy", "COPY --chmod=0777 a /b", "COPY --chmod=0775 a /b"),
        ("several-cmd", 'CMD ["a"]\nCMD ["b"]\nCMD ["c"]', 'CMD ["c"]'),
        ("misread-text", "RUN a \\\n\n  b \\\n\t\n  c", "RUN a \\\n  b \\\n  c"),
        ("env-reads-itself", "ENV A=1 \\\n  B=$A C=2", "ENV A=1\nENV B=$A C=2"),
    ],
)
def test_mends(rule: str, text: str, fixed: str) -> None:
    assert mended(f"FROM a:1\n{text}\n", rule) == f"FROM a:1\n{fixed}\n"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("maintainer", "MAINTAINER a \\\n  b"),
        ("legacy-key-value", "ENV A b \\'c"),
        ("shell-form-entrypoint", "CMD java $OPTS"),
        ("shell-form-entrypoint", "CMD A=b java"),
        ("shell-form-entrypoint", "CMD cd /a"),
        ("shell-form-entrypoint", "CMD a && b"),
        ("shell-form-entrypoint", "CMD a 'b\"c'"),
        ("invalid-json-form", "CMD ['a' 'b']"),
        ("apt-lists-left", "RUN apt-get update; a &"),
        ("apt-lists-left", "RUN apt-get update && exec a"),
        ("apt-lists-left", "RUN apt-get update # why"),
        ("apt-lists-left", "RUN <<EOF\napt-get update\nEOF"),
        ("apt-lists-left", "RUN sudo apt-get update"),
        ("apt-lists-left", 'RUN apt-get update && echo "a'),
        ("apt-lists-left", "RUN apt-get update\nRUN apt-get install -y a"),
        ("dnf-cache-kept", "RUN bash -c 'dnf -y install a'"),
        ("cd-for-workdir", "RUN cd src && make"),
        ("cd-for-workdir", "RUN cd /a; make"),
        ("cd-for-workdir", "RUN cd /a && \\\n  # why\n  make"),
        ("consecutive-runs", "RUN a\nRUN b &"),
        ("consecutive-runs", "RUN export A=b\nRUN c"),
        ("consecutive-runs", "RUN a\n# why\nRUN c"),
        ("sudo", "RUN sudo -u app make"),
        ("download-insecure", 'RUN curl "-k" https://example.org'),
        ("download-over-http", "RUN wget http://example.org/a http://example.org/b"),
        ("several-cmd", "CMD a \\\n  # why\n  b\nCMD c"),
        ("secret-build-argument", "ARG API_TOKEN\nRUN a"),
        ("secret-build-argument", "ARG API_TOKEN\nENV B=$API_TOKEN\nRUN a $API_TOKEN"),
        ("secret-build-argument", 'ARG API_TOKEN\nRUN ["a", "$API_TOKEN"]'),
        ("env-reads-itself", "ENV A=1 \\\n  # why\n  B=$A"),
        ("pipe-without-pipefail", 'SHELL ["/bin/zsh", "-c"]\nRUN a | b'),
        ("shell-by-link", "RUN ln -sf /bin/bash /bin/sh && a"),
        ("world-writable", "RUN chmod a+w /b"),
        ("debian-frontend-in-env", "ENV DEBIAN_FRONTEND=noninteractive A=b"),
    ],
)
def test_no_edit_where_a_mend_would_be_wrong(rule: str, text: str) -> None:
    assert edits(f"FROM a:1\n{text}\n", rule) == []


@pytest.mark.parametrize(("base", "fixed"), [("a", False), ("d:1", True)])
def test_lists_stay_for_a_stage_that_installs_from_them(base: str, fixed: bool) -> None:
    text = f"FROM d:1 AS a\nRUN apt-get update\nFROM a AS b\nFROM {base} AS c\nRUN apt-get install -y x\n"
    assert bool(edits(text, "apt-lists-left")) is fixed


def test_one_shell_is_enough_for_all_runs_and_stages() -> None:
    text = "FROM alpine:3 AS a\nRUN a | b\nRUN c | d\nFROM a\nRUN e | f\n"
    shell = 'SHELL ["/bin/ash", "-eo", "pipefail", "-c"]\n'
    assert mended(text, "pipe-without-pipefail") == text.replace("RUN a", f"{shell}RUN a")


def test_an_edit_never_holds_a_secret_or_its_mask() -> None:
    value = password(1)
    text = f"FROM a:1\nENV APP_PASSWORD={value}\nCMD run --x {value}\nMAINTAINER {value}\nENV B_TOKEN {value}\n"
    found = findings(text)
    assert {"shell-form-entrypoint", "maintainer"} <= {finding.rule for finding in found}
    assert [f.rule for f in found if f.fix for e in f.fix.edits if value in e.text or "*" in e.text] == []


def test_the_slash_goes_into_no_quotes() -> None:
    assert edits('FROM a:1\nCOPY a b "/srv"\n', "copy-several-without-slash") == []
    assert edits('FROM a:1\nCOPY ["a", "b", "/srv"]\n', "copy-several-without-slash") == []
