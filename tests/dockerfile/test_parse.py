"""Bytes into stages and instructions: words, flags, forms, scopes, graph, and where it all stands."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.model import Dockerfile, Instruction, Span
from imagelint.dockerfile.parse import parse

WHOLE = r"""# syntax=docker/dockerfile:1
ARG VERSION=12
FROM debian:${VERSION}-slim AS Build
ARG VERSION
ENV HOME_DIR=/srv/app \
    # where it lives
    PATH="$PATH:/srv/app/bin"
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN --mount=type=cache,target=/var/cache/apt \
    apt-get update && \
    sudo -E apt-get install -y --no-install-recommends curl \
      # the compiler
      gcc && curl -fsSL https://example.com/i.sh | bash -s -- --yes > /tmp/log 2>&1
RUN <<'EOF' bash -ex
for name in one two; do
	echo "$name" \
		| tee -a "/tmp/$name"
done
EOF
COPY <<-a <<"b" /etc/
	one
	a
two
b
FROM build
COPY --from=BUILD --chown=1000:1000 ["/srv/a b", "/srv/"]
ONBUILD RUN sh -c 'rm -rf "/tmp/x"'
HEALTHCHECK --interval=5s --timeout=3s CMD curl -f "http://localhost/" || exit 1
LABEL org.example.title="Grüße" 'a b'=c
EXPOSE 80/tcp 443
USER ${USER_NAME:-app}:app
ENTRYPOINT ["sh", "-c", "exec \"$0\" \u0022$@\u0022"]
"""


def one(text: str) -> Instruction:
    """The last instruction of a file that begins with FROM."""
    return parse(f"FROM base\n{text}\n".encode()).instructions[-1]


def values(instruction: Instruction) -> list[str]:
    return [word.value for word in instruction.words]


def at(dockerfile: Dockerfile, span: Span) -> str:
    """The text at a place that lies in one line."""
    assert span.line == span.end_line
    return dockerfile.lines[span.line - 1][span.column - 1 : span.end_column - 1]


def place(span: Span) -> tuple[int, int, int, int]:
    return (span.line, span.column, span.end_line, span.end_column)


def test_a_whole_file() -> None:
    dockerfile = parse(WHOLE.encode())
    assert dockerfile.errors == []
    assert dockerfile.directives == {"syntax": "docker/dockerfile:1"}
    assert dockerfile.arguments == {"VERSION": "12"}
    assert dockerfile.comments == [(1, "syntax=docker/dockerfile:1"), (6, "where it lives"), (12, "the compiler")]
    assert [x.keyword for x in dockerfile.instructions] == (
        "ARG FROM ARG ENV SHELL RUN RUN COPY FROM COPY RUN HEALTHCHECK LABEL EXPOSE USER ENTRYPOINT".split()
    )
    assert [x.number for x in dockerfile.instructions] == list(range(16))
    assert [x.stage for x in dockerfile.instructions] == [-1] + [0] * 7 + [1] * 8
    first, second = dockerfile.stages
    assert (first.name, first.base.value, first.base.raw) == ("build", "debian:12-slim", "debian:${VERSION}-slim")
    assert (first.parent, first.used_by) == (-1, {1})
    assert (second.name, second.parent, second.used_by) == ("", 0, set())
    assert second.environment == {"HOME_DIR": "/srv/app", "PATH": "$PATH:/srv/app/bin"}
    assert [user.value for user in second.users] == ["app:app"]
    assert second.instructions[0].keyword == "FROM"
    assert {x.shell for x in dockerfile.instructions[5:]} == {("/bin/bash", "-o", "pipefail", "-c")}


def test_places_through_continuations_and_comments() -> None:
    dockerfile = parse(WHOLE.encode())
    env, run = dockerfile.instructions[3], dockerfile.instructions[5]
    assert place(env.span) == (5, 1, 7, 30)
    assert at(dockerfile, env.keyword_span) == "ENV"
    assert [at(dockerfile, pair.span) for pair in env.pairs] == ["HOME_DIR=/srv/app", 'PATH="$PATH:/srv/app/bin"']
    assert place(run.span) == (9, 1, 13, 84)
    (word,) = run.words
    assert place(word.span) == (10, 5, 13, 84)
    assert word.raw.startswith("apt-get update &&     sudo -E apt-get")
    assert run.text.startswith("--mount=type=cache,target=/var/cache/apt apt-get update && sudo -E apt-get")
    assert "curl gcc && curl" in run.text


def test_columns_are_code_points() -> None:
    dockerfile = parse('FROM a\nLABEL b="\u4f60\U0001f600" c=d\nRUN echo \u4f60 && ls\n'.encode())
    assert [place(pair.span) for pair in dockerfile.instructions[1].pairs] == [(2, 7, 2, 13), (2, 14, 2, 17)]
    assert [place(command.span) for command in dockerfile.instructions[2].commands] == [(3, 5, 3, 11), (3, 15, 3, 17)]


@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        ("COPY --from=x --chown=1:2 a b", [("from", "x"), ("chown", "1:2")], ["a", "b"]),
        ("COPY --link a b", [("link", "")], ["a", "b"]),
        ('RUN --mount="type=bind,source=a b" --mount=type=tmpfs,target=/t ls', None, ["ls"]),
        (r"COPY --chmod=a\ b c d", [("chmod", "a b")], ["c", "d"]),
        ("RUN -- --x", [], ["--x"]),
        ("RUN a --mount=b", [], ["a --mount=b"]),
        ("RUN --network=none \\\n  --mount=type=ssh \\\n  ls", [("network", "none"), ("mount", "type=ssh")], ["ls"]),
    ],
)
def test_flags(text: str, flags: list[tuple[str, str]] | None, words: list[str]) -> None:
    instruction = one(text)
    if flags is None:
        flags = [("mount", "type=bind,source=a b"), ("mount", "type=tmpfs,target=/t")]
    assert [(flag.name, flag.value) for flag in instruction.flags] == flags
    assert values(instruction) == words


def test_a_flag_has_a_place() -> None:
    dockerfile = parse(b"FROM a\nRUN \\\n  --network=none ls\n")
    assert place(dockerfile.instructions[1].flags[0].span) == (3, 3, 3, 17)


@pytest.mark.parametrize(
    ("text", "form", "words"),
    [
        ('CMD ["a", "b c"]', "json", ["a", "b c"]),
        ('CMD [ "a" , "\\n\\u0041" ]  ', "json", ["a", "\nA"]),
        ("CMD []", "json", []),
        ("CMD ['a']", "shell", ["['a']"]),
        ('CMD ["a"] && b', "shell", ['["a"] && b']),
        ('CMD ["a"', "shell", ['["a"']),
        ("CMD a 'b c'", "shell", ["a 'b c'"]),
        ("RUN [ -f a ]", "shell", ["[ -f a ]"]),
        ('COPY ["a b", "/c"]', "json", ["a b", "/c"]),
        ("COPY a /c", "shell", ["a", "/c"]),
        ('VOLUME ["/a"]', "json", ["/a"]),
        ("VOLUME /a /b", "shell", ["/a", "/b"]),
        ('HEALTHCHECK CMD ["a", "b"]', "json", ["CMD", "a", "b"]),
        ("HEALTHCHECK cmd a b", "shell", ["cmd", "a b"]),
        ("HEALTHCHECK NONE", "shell", ["NONE"]),
        ('SHELL ["/bin/bash", "-c"]', "json", ["/bin/bash", "-c"]),
        ("EXPOSE 80 443/udp", "", ["80", "443/udp"]),
        ("WORKDIR /a b", "", ["/a b"]),
        ("USER a b", "", ["a b"]),
        ("STOPSIGNAL SIGTERM", "", ["SIGTERM"]),
        ("MAINTAINER A <a@example.com>", "", ["A <a@example.com>"]),
        ("CMD [" + "\\\n  " + '"a"]', "json", ["a"]),
    ],
)
def test_forms(text: str, form: str, words: list[str]) -> None:
    instruction = one(text)
    assert (instruction.form, values(instruction)) == (form, words)


def test_json_words_have_places() -> None:
    dockerfile = parse(b'FROM a\nCMD ["a", \\\n  "b\\"c"]\n')
    assert [at(dockerfile, word.span) for word in dockerfile.instructions[1].words] == ['"a"', '"b\\"c"']


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV a=b c='d e' f=\"g\"", [("a", "b"), ("c", "d e"), ("f", "g")]),
        ("ENV a=b\\ c d=", [("a", "b c"), ("d", "")]),
        ("ENV a b  c", [("a", "b  c")]),
        ("ENV a 'b c'", [("a", "b c")]),
        ("ENV a b=c", [("a", "b=c")]),
        ("ENV a=b=c", [("a", "b=c")]),
        ("LABEL \"a.b\"='c'", [("a.b", "c")]),
        ("LABEL a b", [("a", "b")]),
        ("ARG a", [("a", None)]),
        ("ARG a b=c d=", [("a", None), ("b", "c"), ("d", "")]),
        ('ENV a="b \\\n  c"', [("a", "b   c")]),
    ],
)
def test_pairs(text: str, pairs: list[tuple[str, str | None]]) -> None:
    assert [(pair.name, pair.value and pair.value.value) for pair in one(text).pairs] == pairs


def test_an_escape_directive_rules_continuations_and_words() -> None:
    dockerfile = parse(b'# escape=`\nFROM a\nCOPY C:\\ D:\\\nENV b=`"c`" `\n  d=C:\\e\nRUN dir C:\\\n')
    copy, env, run = dockerfile.instructions[1:]
    assert [word.raw for word in copy.words] == ["C:\\", "D:\\"]
    assert [(pair.name, pair.value and pair.value.value) for pair in env.pairs] == [("b", '"c"'), ("d", "C:\\e")]
    assert run.text == "dir C:\\"


def test_onbuild_is_the_inner_instruction() -> None:
    instruction = one("ONBUILD   copy --from=x a b")
    assert (instruction.keyword, instruction.onbuild, values(instruction)) == ("COPY", True, ["a", "b"])
    assert (place(instruction.span), place(instruction.keyword_span)) == ((2, 1, 2, 28), (2, 11, 2, 15))


def test_onbuild_changes_nothing_in_its_own_stage() -> None:
    stage = parse(b'FROM a\nONBUILD ENV b=c\nONBUILD USER d\nONBUILD SHELL ["x"]\nENV e=$b\nRUN f\n').stages[0]
    assert (stage.environment, stage.users) == ({"e": "$b"}, [])
    assert stage.instructions[-1].shell == ("/bin/sh", "-c")


# ---- variables ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "known"),
    [
        ("FROM x\nENV a=1\nWORKDIR /$a", "/1", True),
        ("FROM x\nARG a=1\nWORKDIR /$a", "/1", True),
        ("FROM x\nARG a\nWORKDIR /$a", "/$a", False),
        ("FROM x\nARG a\nWORKDIR /${a:-d}", "/d", True),
        ("FROM x\nWORKDIR /${a:-d}", "/d", False),
        ("ARG a=1\nFROM x\nWORKDIR /$a", "/$a", False),
        ("ARG a=1\nFROM x\nARG a\nWORKDIR /$a", "/1", True),
        ("ARG a=1\nFROM x\nARG a=2\nWORKDIR /$a", "/2", True),
        ("FROM x\nENV a=1\nARG a=2\nWORKDIR /$a", "/2", True),
        ("FROM x\nARG a=2\nENV a=1\nWORKDIR /$a", "/1", True),
        ("FROM x\nENV a=1\nENV a=2 b=$a\nWORKDIR /$b", "/1", True),
        ("FROM x AS y\nENV a=1\nFROM y\nWORKDIR /$a", "/1", True),
        ("FROM x AS Y\nARG a=1\nFROM y\nWORKDIR /$a", "/1", True),
        ("FROM x AS y\nENV a=1\nFROM x\nWORKDIR /$a", "/$a", False),
        ("FROM x\nENV PATH=/b:$PATH\nWORKDIR /$PATH", "//b:$PATH", False),
        ("FROM x\nARG HTTP_PROXY\nWORKDIR /$HTTP_PROXY", "/$HTTP_PROXY", False),
        ("FROM x\nWORKDIR /${https_proxy:+p}", "/", True),
        ("FROM x\nENV a=1\nUSER '$a'", "$a", True),
        ("FROM x\nENV a=1\nUSER \\$a", "$a", True),
        ("ARG a=1\nARG b=$a-2\nFROM x:$b", "x:1-2", True),
        ("FROM x:$a", "x:$a", False),
        ("ARG a\nFROM x:${a:-9}", "x:9", True),
        ("FROM x\nENV a=1\nRUN $a", "$a", False),
        ("FROM x\nENV a=1\nCOPY $a b", "1", True),
        ('FROM x\nENV a=1\nCOPY ["$a", "b"]', "1", True),
        ("FROM x\nENV a=1\nONBUILD WORKDIR $a", "$a", False),
    ],
)
def test_scopes(text: str, value: str, known: bool) -> None:
    word = parse(text.encode()).instructions[-1].words[0]
    assert (word.value, word.expanded) == (value, known)


def test_global_arguments() -> None:
    assert parse(b"ARG a=1 b\nARG c=${a}2\nFROM x\nARG d=3\n").arguments == {"a": "1", "b": "", "c": "12"}


def test_a_platform_is_expanded() -> None:
    stages = parse(b"ARG P=linux/arm64\nFROM --platform=$P x\nFROM --platform=$BUILDPLATFORM x\n").stages
    assert [stage.platform for stage in stages] == ["linux/arm64", "$BUILDPLATFORM"]


# ---- stages ------------------------------------------------------------


def uses(text: str) -> list[set[int]]:
    return [stage.used_by for stage in parse(text.encode()).stages]


@pytest.mark.parametrize(
    ("text", "used_by"),
    [
        ("FROM x AS a\nFROM a", [{1}, set()]),
        ("FROM x AS A\nFROM y\nCOPY --from=a b c", [{1}, set()]),
        ("FROM x AS a\nFROM y\nCOPY --from=A b c", [{1}, set()]),
        ("FROM x\nFROM y\nCOPY --from=0 b c", [{1}, set()]),
        ("FROM x\nFROM y\nCOPY --from=5 b c", [set(), set()]),
        ("FROM x AS a\nFROM y\nRUN --mount=type=bind,from=a,target=/t ls", [{1}, set()]),
        ("FROM x AS a\nFROM y\nRUN --mount=target=/s --mount=target=/t,from=a ls", [{1}, set()]),
        ("FROM x AS a\nFROM y\nCOPY --from=a b c\nFROM a", [{1, 2}, set(), set()]),
        ("FROM x AS a\nCOPY --from=a b c", [set()]),
        ("FROM x AS a\nFROM y\nONBUILD COPY --from=a b c", [set(), set()]),
        ("FROM a\nFROM x AS a", [set(), set()]),
        ("ARG n=a\nFROM x AS a\nFROM $n", [{1}, set()]),
        ("FROM x AS a\nFROM y\nADD --from=a b c", [set(), set()]),
    ],
)
def test_graph(text: str, used_by: list[set[int]]) -> None:
    assert uses(text) == used_by


def test_the_latest_of_two_stages_with_one_name_is_meant() -> None:
    stages = parse(b"FROM x AS a\nENV v=1\nFROM x AS a\nENV v=2\nFROM a\n").stages
    assert (stages[2].parent, stages[2].environment) == (1, {"v": "2"})


def test_shells_are_inherited() -> None:
    text = b'FROM x AS a\nSHELL ["/bin/bash", "-c"]\nRUN b\nFROM a\nRUN c\nFROM x\nRUN d\n'
    shells = [x.shell for x in parse(text).instructions if x.keyword == "RUN"]
    assert shells == [("/bin/bash", "-c"), ("/bin/bash", "-c"), ("/bin/sh", "-c")]


@pytest.mark.parametrize(
    "base", ["mcr.microsoft.com/windows/servercore:ltsc2022", "--platform=windows/amd64 x", "nanoserver"]
)
def test_windows_has_another_shell(base: str) -> None:
    run = parse(f"FROM {base}\nRUN del a | b\n".encode()).instructions[1]
    assert (run.shell, run.commands, run.pipes) == (("cmd", "/S", "/C"), [], False)


def test_a_stage_without_a_base_is_a_stage() -> None:
    stage = parse(b"FROM\nRUN a\n").stages[0]
    assert (stage.base.value, stage.name, len(stage.instructions)) == ("", "", 2)
