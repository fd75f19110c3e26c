"""Shell text into commands."""

from __future__ import annotations

import subprocess
import sys

import pytest

from imagelint.dockerfile.model import Command, Instruction
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.shell import commands
from imagelint.dockerfile.wrappers import runs


def words(text: str) -> list[list[str]]:
    return [command.words for command in commands(text, 1, 1)[0]]


def run(text: str) -> Instruction:
    return parse(f"FROM base\n{text}\n".encode()).instructions[-1]


def programs(found: list[Command]) -> list[str]:
    return [command.words[0] for command in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", [["a", "b"]]),
        ("a && b || c; d", [["a"], ["b"], ["c"], ["d"]]),
        ("(a; b) && { c; }", [["a"], ["b"], ["c"]]),
        ("if a; then b; elif c; then d; else e; fi", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("for x in 1 2; do a $x; done", [["a", "$x"]]),
        ("while a; do b; done", [["a"], ["b"]]),
        ("case $x in 1) a;; *) b;; esac", [["a"], ["b"]]),
        ("f() { a; }; f", [["a"], ["f"]]),
        ("! a & b", [["a"], ["b"]]),
        ("a $(b c) `d`", [["a", "$(b c)", "`d`"], ["b", "c"], ["d"]]),
        ('a "x $(b "y z")"', [["a", 'x $(b "y z")'], ["b", "y z"]]),
        ("a b/v$P/c-$P-d.zip e", [["a", "b/v$P/c-$P-d.zip", "e"]]),
        ("a x-`b`-`c`", [["a", "x-`b`-`c`"], ["b"], ["c"]]),
        ("a `# why` b `# and` && c", [["a", "b"], ["c"]]),
        ("x=$(a)", [["a"]]),
        ("export x=$(a) y='b c'", [["export", "x=$(a)", "y=b c"], ["a"]]),
        ("[ -f a ] && [[ -d b ]]", [["[", "-f", "a", "]"], ["[[", "-d", "b", "]]"]]),
        ("a 'b c' \"d e\" f\\ g h'i'\"j\"", [["a", "b c", "d e", "f g", "hij"]]),
        ('a "b\\"c" "\\$d" "e\\f"', [["a", 'b"c', "$d", "e\\f"]]),
        ("a $'b' == c", [["a", "b", "==", "c"]]),
        ("a # b && c", [["a"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("# c \\\na", [["a"]]),
        ("diff <(a) <(b)", [["diff", "<(a)", "<(b)"], ["a"], ["b"]]),
        ("> file", []),
        ("", []),
        ("a &&", [["a"]]),
        ("a ) b", [["a", "b"]]),
    ],
)
def test_commands(text: str, expected: list[list[str]]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "inner", "wrapper"),
    [
        ("sudo a b", ["a", "b"], "sudo"),
        ("sudo -u ada -E -- a b", ["a", "b"], "sudo"),
        ("sudo -nu ada a", ["a"], "sudo"),
        ("sudo --user ada X=1 a", ["a"], "sudo"),
        ("env -i -u X Y=1 a b", ["a", "b"], "env"),
        ("exec -a x a", ["a"], "exec"),
        ("xargs -0 -n 1 -I{} rm -rf {}", ["rm", "-rf", "{}"], "xargs"),
        ("time -p a", ["a"], "time"),
        ("nice -n 5 a", ["a"], "nice"),
        ("timeout -k 5 10 a b", ["a", "b"], "timeout"),
        ("chroot /mnt a", ["a"], "chroot"),
        ("gosu ada a", ["a"], "gosu"),
        ("/usr/bin/nohup a", ["a"], "nohup"),
        ("command a", ["a"], "command"),
        ("stdbuf -oL a", ["a"], "stdbuf"),
        ("tini -- a", ["a"], "tini"),
        ("find . -name x -exec rm {} \\;", ["rm", "{}"], "find"),
        ("find . -exec rm {} + -print", ["rm", "{}"], "find"),
        ("sh -c 'a b'", ["a", "b"], "sh"),
        ('bash -exo pipefail -c "a \\"b c\\""', ["a", "b c"], "bash"),
        ("bash -lc a", ["a"], "bash"),
        ("bash -c 'a '\"b\"", ["a", "b"], "bash"),
        ("eval 'a' b", ["a", "b"], "eval"),
        ("su - ada -c 'a b'", ["a", "b"], "su"),
        ("runuser -u ada -- a b", ["a", "b"], "runuser"),
    ],
)
def test_wrappers(text: str, inner: list[str], wrapper: str) -> None:
    outer, *rest = commands(text, 1, 1)[0]
    assert (outer.wrapper, [(x.words, x.wrapper) for x in rest]) == ("", [(inner, wrapper)])


@pytest.mark.parametrize(
    "text", ["sudo -l", "env", "command -v a", "bash a.sh", "bash -c", "xargs", "find . -exec", "su ada", "exec"]
)
def test_wrappers_that_run_nothing(text: str) -> None:
    assert len(words(text)) == 1


def test_wrappers_of_wrappers() -> None:
    text = "A=1 sudo -E env B=2 C='x y' nice bash -c \"cd /x && exec d\""
    found = commands(text, 3, 5)[0]
    assert [(x.words[0], x.wrapper) for x in found] == [
        ("sudo", ""),
        ("env", "sudo"),
        ("nice", "env"),
        ("bash", "nice"),
        ("cd", "bash"),
        ("exec", "bash"),
        ("d", "exec"),
    ]
    assert [x.assignments for x in found[:3]] == [{"A": "1"}, {}, {"B": "2", "C": "x y"}]
    assert [text[x.span.column - 5 : x.span.end_column - 5] for x in found[-3:]] == ["cd /x", "exec d", "d"]


def test_chains_of_wrappers_and_bodies_end() -> None:
    assert len(words("sudo " * 1000 + "a")) < 50
    body = "a"
    for _ in range(6):
        body = "eval " + body.replace("\\", "\\\\").replace(" ", "\\ ")
    assert len(words(body)) == 5


@pytest.mark.parametrize(
    ("text", "pipes"),
    [
        ("a | b | c", [("a", "b"), ("b", "c"), ("c", "")]),
        ("a | /usr/bin/sudo -E bash -", [("a", "bash"), ("/usr/bin/sudo", ""), ("bash", "")]),
        ("a | env X=1 sh", [("a", "sh"), ("env", ""), ("sh", "")]),
        ("a | xargs b", [("a", "xargs"), ("xargs", ""), ("b", "")]),
        ("{ a; b; } | c", [("a", "c"), ("b", "c"), ("c", "")]),
        ("(a && b) |& c", [("a", "c"), ("b", "c"), ("c", "")]),
        ("a | while read x; do b; done", [("a", "read"), ("read", ""), ("b", "")]),
        ("a > f | b", [("a", "b"), ("b", "")]),
        ("for x in $(a); do b; done | c", [("a", ""), ("b", "c"), ("c", "")]),
        ("bash -c 'a | b' | c", [("bash", "c"), ("a", "b"), ("b", "c"), ("c", "")]),
        ("cat <<E | sh\na\nE", [("cat", "sh"), ("a", "sh"), ("sh", "")]),
    ],
)
def test_pipes(text: str, pipes: list[tuple[str, str]]) -> None:
    found, any_pipe = commands(text, 1, 1)
    assert ([(x.words[0], x.pipes_to) for x in found], any_pipe) == (pipes, True)


@pytest.mark.parametrize(
    ("text", "program"),
    [('sh -c "$(a b)"', "sh"), ("bash <(a b)", "bash"), ('eval "$(a b)"', "eval"), ("source <(a b)", "source")],
)
def test_pipes_in_other_words(text: str, program: str) -> None:
    found, any_pipe = commands(text, 1, 1)
    assert [x.pipes_to for x in found if x.words == ["a", "b"]] == [program]
    assert not any_pipe


def test_no_pipes() -> None:
    assert commands("a || b '|' c", 1, 1)[1] is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > x", [("a", [], ["x"])]),
        ("a >> x 2> y < z", [("a", ["z"], ["x", "y"])]),
        ("a &> x 2>&1 >&2", [("a", [], ["x"])]),
        ("a && b > x", [("a", [], []), ("b", [], ["x"])]),
        ("a | b > 'x y'", [("a", [], []), ("b", [], ["x y"])]),
        ("{ a; b; } > x", [("a", [], ["x"]), ("b", [], ["x"])]),
        ("a && if b; then c; fi > x", [("a", [], []), ("b", [], ["x"]), ("c", [], ["x"])]),
        ("> x a", [("a", [], ["x"])]),
        ("sudo a > x", [("sudo", [], ["x"]), ("a", [], ["x"])]),
        ("while a; do b; done < x", [("a", ["x"], []), ("b", ["x"], [])]),
        ("cat > x <<E\ny\nE", [("cat", [], ["x"])]),
        ("cat <<E > x\ny\nE", [("cat", [], ["x"])]),
        ("export A=b > x", [("export", [], ["x"])]),
    ],
)
def test_redirections(text: str, expected: list[tuple[str, list[str], list[str]]]) -> None:
    assert [(x.words[0], x.reads, x.writes) for x in commands(text, 1, 1)[0]] == expected


def test_words_behind_a_redirection_are_arguments() -> None:
    found = commands("a b > x c 2> y d", 1, 1)[0]
    assert [(x.words, x.writes, x.text) for x in found] == [(["a", "b", "c", "d"], ["x", "y"], "a b > x c 2> y d")]


def test_text_and_places_over_several_lines() -> None:
    found = commands("a \\\n   b &&\n\t\u4f60 | \\\nc\\\nd 'x\ny'", 10, 5)[0]
    assert [(x.text, x.span.line, x.span.column, x.span.end_line, x.span.end_column) for x in found] == [
        ("a b", 10, 5, 11, 5),
        ("\u4f60", 12, 2, 12, 3),
        ("cd 'x\ny'", 13, 1, 15, 3),
    ]


# ---- in a Dockerfile ------------------------------------------------------------


def test_places_in_a_run() -> None:
    text = "RUN --mount=type=cache,target=/x a && \\\n  # no\n\n  sudo b \\\n    c"
    found = [(x.text, x.span.line, x.span.column, x.span.end_line, x.span.end_column) for x in run(text).commands]
    assert found == [("a", 2, 34, 2, 35), ("sudo b c", 5, 3, 6, 6), ("b c", 5, 8, 6, 6)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN <<E\na\nb c\nE", ["a", "b"]),
        ("RUN <<-E\n\ta\n\tE", ["a"]),
        ("RUN <<E\n#!/bin/bash -e\na\nE", ["a"]),
        ("RUN <<E\n#!/usr/bin/env bash\na\nE", ["a"]),
        ("RUN <<E\n#!/usr/bin/env python3\nimport os\nE", []),
        ("RUN <<E python3\nimport os\nE", ["python3"]),
        ("RUN python3 <<E && a\nimport os\nE", ["python3", "a"]),
        ("RUN bash -ex <<E\na\nE", ["bash", "a"]),
        ("RUN <<E bash\na\nE", ["bash", "a"]),
        ("RUN bash x.sh <<E\na\nE", ["bash"]),
        ("RUN cat <<E > f\na\nE", ["cat"]),
        ("RUN cat <<E | bash\na\nE", ["cat", "a", "bash"]),
        ("RUN <<A cat > x && <<B sh -s\none\nA\ntwo\nB", ["cat", "sh", "two"]),
        ("COPY <<E /x\na\nE", []),
        ('RUN ["a", "b"]', ["a"]),
        ('CMD ["sudo", "a"]', ["sudo", "a"]),
        ('ENTRYPOINT ["/bin/sh", "-c", "a && b"]', ["/bin/sh", "a", "b"]),
        ("CMD a && b", ["a", "b"]),
        ("CMD []", []),
        ('CMD [""]', []),
        ("HEALTHCHECK CMD a || b", ["a", "b"]),
        ('HEALTHCHECK CMD ["a"]', ["a"]),
        ("HEALTHCHECK NONE", []),
        ("ONBUILD RUN a", ["a"]),
        ("USER a", []),
    ],
)
def test_instructions(text: str, expected: list[str]) -> None:
    assert programs(run(text).commands) == expected


def test_places_in_heredocs() -> None:
    found = run("RUN <<-E\n\tset -e\n\tif a; then \\\n\t  sh -c 'b \"c\"'\n\tfi\nE").commands
    assert [(x.words[0], x.span.line, x.span.column) for x in found] == [
        ("set", 3, 2),
        ("a", 4, 5),
        ("sh", 5, 4),
        ("b", 5, 11),
    ]


def test_a_heredoc_keeps_its_operator_in_the_text() -> None:
    assert [x.text for x in run("RUN cat <<'E' >f\na\nE").commands] == ["cat <<'E' >f"]


def test_places_in_json_strings() -> None:
    dockerfile = parse(b'FROM a\nCMD ["sh", "-c", "x=\\"1\\" && caf\\u00e9 -n"]\n')
    command = dockerfile.instructions[1].commands[-1]
    assert command.words == ["caf\u00e9", "-n"]
    assert (command.text, command.wrapper) == ("caf\u00e9 -n", "sh")
    assert dockerfile.lines[1][command.span.column - 1 : command.span.end_column - 1] == "caf\\u00e9 -n"


@pytest.mark.parametrize(
    ("shell", "posix"),
    [
        ('["/bin/bash", "-o", "pipefail", "-c"]', True),
        ('["/bin/ash", "-c"]', True),
        ('["conda", "run", "-n", "x", "/bin/bash", "-c"]', True),
        ('["powershell", "-Command"]', False),
        ('["pwsh", "-c"]', False),
        ('["cmd", "/S", "/C"]', False),
        ('["/usr/bin/python3", "-c"]', False),
    ],
)
def test_shells(shell: str, posix: bool) -> None:
    instruction = run(f"SHELL {shell}\nRUN a | b")
    assert programs(instruction.commands) == (["a", "b"] if posix else [])
    assert instruction.pipes is posix


def test_json_form_needs_no_shell() -> None:
    assert programs(run('SHELL ["cmd"]\nRUN ["a"]').commands) == ["a"]


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("sudo -E bash -", "bash"),
        ("/usr/bin/env A=1 sh", "sh"),
        ("tee x", "tee"),
        ("xargs rm", "xargs"),
        ("bash -c x", "bash"),
        ("", ""),
    ],
)
def test_what_a_pipe_reaches(line: str, program: str) -> None:
    assert runs(line.split()) == program


def test_the_grammar_comes_without_the_imports_of_its_package() -> None:
    code = (
        "import sys; from imagelint.dockerfile.parse import parse; d = parse(b'FROM a\\nRUN b | c\\n');"
        "assert [x.words for x in d.instructions[1].commands] == [['b'], ['c']];"
        "print('importlib.resources' in sys.modules, 'tree_sitter' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert out.split() == ["False", "True"]


def test_the_parser_imports_nothing_heavy() -> None:
    heavy = "{'tree_sitter', 'dockerfile_parse', 'logging'}"
    code = f"import sys, imagelint.dockerfile.parse; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == ""
