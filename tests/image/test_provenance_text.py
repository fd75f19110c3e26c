"""What each builder writes of an instruction is told to be of it, and of no other.

The texts of the legacy builder (Docker 20.10), BuildKit (the one in it) and Buildah 1.28 are as these engines wrote
them; those with here-documents, COPY --link, flags in COPY and `EXPOSE [80/tcp]` are composed as newer BuildKits write
them (frontend/dockerfile/dockerfile2llb/convert.go, convert_copy.go).
"""

from __future__ import annotations

import pytest

from imagelint.image.provenance_text import fits, read
from imagelint.image.recipe import Made
from imagelint.made_from import read as parsed

HASH = "file:" + "5" * 64
LEGACY = "/bin/sh -c #(nop) "
TEXTS: list[tuple[str, list[str]]] = [
    ("RUN make all", ["/bin/sh -c make all", "RUN /bin/sh -c make all # buildkit", "|1 A=b c /bin/sh -c make all"]),
    ("RUN make all", ["RUN |2 A=b C= /bin/sh -c make all # buildkit", "RUN make all"]),
    ("RUN a \\\n  # why\n\n\t&& b", ["/bin/sh -c a \t&& b", "RUN /bin/sh -c a   \t&& b # buildkit"]),
    ('RUN ["sh", "-c", "echo a > /b"]', ["sh -c echo a > /b", "RUN sh -c echo a > /b # buildkit"]),
    ('RUN ["sh", "-c", "echo a > /b"]', ['/bin/sh -c ["sh", "-c", "echo a > /b"]']),
    (
        "RUN --mount=type=secret,id=s --network=none make",
        ["RUN /bin/sh -c make # buildkit", "/bin/sh -c --mount=type=secret,id=s --network=none make"],
    ),
    ("RUN echo $HOME ${X:-y}", ["/bin/sh -c echo $HOME ${X:-y}"]),
    (
        "RUN <<EOF\necho 1\necho 2\nEOF",
        ["RUN /bin/sh -c echo 1\necho 2\n # buildkit", "/bin/sh -c <<EOF\necho 1\necho 2"],
    ),
    ("RUN <<-EOF\n\techo 1\n\tEOF", ["RUN /bin/sh -c echo 1\n # buildkit"]),
    ("RUN <<EOF\n#!/usr/bin/env python\nprint(1)\nEOF", ["RUN /bin/sh -c /dev/pipes/EOF # buildkit"]),
    ("RUN cat <<EOF > /x\nhello\nEOF", ["RUN /bin/sh -c cat <<EOF > /x\nhello\nEOF # buildkit"]),
    ("SHELL", []),
    ("COPY a b /srv/", ["COPY a b /srv/ # buildkit", f"{LEGACY}COPY multi:{'6' * 64} in /srv/ "]),
    ('COPY ["a b", "/srv/"]', ["COPY a b /srv/ # buildkit", f"{LEGACY}COPY {HASH} in /srv/ "]),
    (
        "COPY --chown=1:2 --chmod=0600 --link a /srv/a",
        [
            "COPY a /srv/a # buildkit",
            "COPY --chown=1:2 --chmod=0600 a /srv/a # buildkit",
            f"{LEGACY}COPY --chown=1:2{HASH} in /srv/a ",
            f"{LEGACY}COPY --link {HASH} in /srv/a ",
        ],
    ),
    ("COPY --from=build /one /two", ["COPY /one /two # buildkit", f"{LEGACY}COPY dir:{'7' * 64} in /two "]),
    ("COPY a $DIR/${NAME}.txt", ["COPY a /opt/x.txt # buildkit", f"{LEGACY}COPY {HASH} in $DIR/${{NAME}}.txt "]),
    ("COPY a ./", [f"{LEGACY}COPY {HASH} in ./ ", f"{LEGACY}COPY {HASH} in /w/ ", "COPY a ./ # buildkit"]),
    ("COPY <<EOF <<'B' x /d/\n1\nEOF\n2\nB", ["COPY x <<EOF <<B /d/ # buildkit"]),
    ("COPY <<-EOF /d\n1\nEOF", ["COPY <<EOF /d # buildkit"]),
    ("ADD https://example.org/a.tar /opt/", ["ADD https://example.org/a.tar /opt/ # buildkit"]),
    ('ENV A="b c" D=$V', ["ENV A=b c D=1", f"{LEGACY} ENV A=b c D=1", f'{LEGACY}ENV A="b c" D=$V']),
    ("ENV A b  c", ["ENV A=b  c", f"{LEGACY}ENV A b  c", f"{LEGACY}env A b  c"]),
    ("LABEL x=y \"q r\"='s t'", ["LABEL x=y q r=s t", f"{LEGACY}LABEL x=y \"q r\"='s t'"]),
    ("ARG V=1", ["ARG V=1", "ARG V=2", f"{LEGACY} ARG V=1", f"{LEGACY}ARG V", f"{LEGACY}ARG "]),
    ("ARG V", ["ARG V", "ARG V=x y"]),
    ("ARG A B=2", ["ARG A B=2", "ARG A=x B=y"]),
    ('CMD echo "a\tb\\n"', ['CMD ["/bin/sh" "-c" "echo \\"a\\tb\\\\n\\""]', f'{LEGACY}CMD echo "a\tb\\n"']),
    ('CMD ["x", "y z"]', ['CMD ["x" "y z"]', f'{LEGACY} CMD ["x" "y z"]', f'{LEGACY}CMD ["x", "y z"]']),
    ('ENTRYPOINT ["/x"]', ['ENTRYPOINT ["/x"]']),
    ("CMD", []),
    (
        'HEALTHCHECK --interval=5s CMD wget -q "localhost"',
        [
            'HEALTHCHECK &{["CMD-SHELL" "wget -q \\"localhost\\""] "5s" "0s" "0s" \'\\x00\'}',
            'HEALTHCHECK {Test:[CMD-SHELL wget -q "localhost"] Interval:5s Timeout:0s Retries:0}',
            f'{LEGACY}HEALTHCHECK --interval=5s CMD wget -q "localhost"',
        ],
    ),
    ("HEALTHCHECK NONE", ['HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}']),
    (
        "EXPOSE 80 443/udp",
        ["EXPOSE map[443/udp:{} 80/tcp:{}]", "EXPOSE [80/tcp 443/udp]", f"{LEGACY} EXPOSE 443/udp 80"],
    ),
    ("EXPOSE 8000-8002", ["EXPOSE [8000/tcp 8001/tcp 8002/tcp]", f"{LEGACY} EXPOSE 8000-8002"]),
    ("EXPOSE 10000-10200", ["EXPOSE [" + " ".join(f"{port}/tcp" for port in range(10_000, 10_201)) + "]"]),
    ("EXPOSE $PORT", ["EXPOSE map[80/tcp:{}]"]),
    ("USER $U:app", ["USER 1000:app", f"{LEGACY} USER 1000:app", f"{LEGACY}USER $U:app"]),
    ("WORKDIR /a//b/", ["WORKDIR /a/b", f"{LEGACY}WORKDIR /a/b", f"{LEGACY}WORKDIR /a//b/"]),
    ("WORKDIR sub", ["WORKDIR /w/sub", f"{LEGACY}WORKDIR sub"]),
    ("WORKDIR $HOME/x", ["WORKDIR /root/x"]),
    ("VOLUME /v /u", ["VOLUME [/v /u]", f"{LEGACY}VOLUME /v /u"]),
    ('VOLUME ["/k"]', ["VOLUME [/k]", f'{LEGACY}VOLUME ["/k"]']),
    ("STOPSIGNAL SIGINT", ["STOPSIGNAL SIGINT", f"{LEGACY} STOPSIGNAL SIGINT"]),
    ('MAINTAINER me "x" <a@example.org>', ['MAINTAINER me "x" <a@example.org>']),
    (
        "ONBUILD RUN make  all",
        [f"{LEGACY} ONBUILD RUN make all", f"{LEGACY}ONBUILD RUN make  all", f"{LEGACY}onbuild run make all"],
    ),
    ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]', ["SHELL [/bin/bash -o pipefail -c]"]),
    (
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN make',
        ["/bin/bash -o pipefail -c make", "RUN /bin/bash -o pipefail -c make # buildkit"],
    ),
    ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nENV A=b', ["/bin/bash -o pipefail -c #(nop)  ENV A=b"]),
]
OTHERS = [
    "",
    "bash",
    "/bin/sh -c make nothing",
    "RUN /bin/sh -c make install # buildkit",
    "|1 A=make all /bin/sh -c make none",
    "COPY a b /srv/x # buildkit",
    f"{LEGACY}COPY {HASH} in /srv/b ",
    f"{LEGACY}COPY {HASH} in srv ",
    "ENV A=b D=1",
    "ARG VV=1",
    "ARG B=2",
    'CMD ["echo"]',
    'CMD ["x" "y" "w"]',
    'ENTRYPOINT ["/y"]',
    "EXPOSE map[81/tcp:{}]",
    "USER root",
    "WORKDIR /b",
    "VOLUME [/v]",
    "STOPSIGNAL SIGTERM",
    f"{LEGACY} ONBUILD RUN make",
    "SHELL [/bin/sh -c]",
]

ANYTHING = ("EXPOSE $PORT", "COPY a ./")
"""Any port, and any folder, may be meant."""


def instruction(text: str) -> Made:
    """The last one of a stage."""
    return parsed("Dockerfile", f"FROM base\n{text}\n".encode()).stages[0].made[-1]


@pytest.mark.parametrize(
    ("text", "created_by"), [(text, one) for text, written in TEXTS for one in written], ids=lambda value: value[:60]
)
def test_what_a_builder_writes(text: str, created_by: str) -> None:
    entry = read(created_by)
    assert entry is not None
    assert fits(instruction(text), entry)


@pytest.mark.parametrize("text", [text for text, written in TEXTS if written and text not in ANYTHING])
def test_what_others_wrote(text: str) -> None:
    made = instruction(text)
    entries = [(other, entry) for other in OTHERS if (entry := read(other)) is not None]
    assert len(entries) == len(OTHERS) - 1
    assert [other for other, entry in entries if fits(made, entry)] == []


def test_a_trigger_is_run_by_a_stage_above() -> None:
    made, entry = instruction("ONBUILD RUN make all"), read("/bin/sh -c make all")
    assert entry is not None
    assert (fits(made, entry), fits(made, entry, trigger=True)) == (False, True)


def test_the_end_of_an_instruction_is_that_of_its_here_document() -> None:
    made = instruction("RUN <<A cat <<B > /x\n1\nA\n2\nB")
    assert (made.line, made.end_line, made.end_column) == (2, 6, 2)
    made = instruction("  COPY a \\\n   /b")
    assert (made.line, made.column, made.end_line, made.end_column) == (2, 3, 3, 6)
