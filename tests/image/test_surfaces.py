"""Where a secret can sit in a configuration: every text of it is given out, with the history entry that wrote it."""

from __future__ import annotations

from typing import Any

from imagelint.image.model import History, Image
from imagelint.image.surfaces import surfaces


def image(config: dict[str, Any], *created_by: str, **more: Any) -> Image:
    return Image("app:1", "", "linux/amd64", config, [History(text, "", False) for text in created_by], **more)


def rows(image: Image) -> list[tuple[str, str, str, str, int]]:
    return [(s.kind, s.path, s.name, s.text, s.history) for s in surfaces(image)]


def test_every_part_of_the_configuration() -> None:
    config = {
        "Env": ["PATH=/bin", "A=b=c", "EMPTY"],
        "Labels": {"org.x": "v"},
        "Cmd": ["run", "--fast"],
        "Entrypoint": ["/init"],
        "Healthcheck": {"Test": ["CMD", "curl", "http://x"]},
    }
    assert rows(image(config, annotations={"a": "b"})) == [
        ("env", "ENV PATH", "PATH", "/bin", -1),
        ("env", "ENV A", "A", "b=c", -1),
        ("env", "ENV EMPTY", "EMPTY", "", -1),
        ("label", "LABEL org.x", "org.x", "v", -1),
        ("cmd", "CMD", "", "run --fast", -1),
        ("entrypoint", "ENTRYPOINT", "", "/init", -1),
        ("healthcheck", "HEALTHCHECK", "", "CMD curl http://x", -1),
        ("annotation", "annotation a", "a", "b", -1),
    ]


def test_the_history_entry_that_wrote_a_value_in_both_builders_forms() -> None:
    config = {"Env": ["A=1", "B=2", "C=3"], "Labels": {"l": "x"}, "Cmd": ["sh"]}
    found = image(
        config, "/bin/sh -c #(nop)  ENV A=1 B=0", "ENV B=2", "LABEL l=x", 'CMD ["sh"]', "RUN /bin/sh -c echo C=3"
    )
    assert {path: history for _, path, _, _, history in rows(found) if history >= 0 and "history" not in path} == {
        "ENV A": 0,
        "ENV B": 1,
        "LABEL l": 2,
        "CMD": 3,
    }


def test_the_entry_that_wrote_a_value_as_buildah_keeps_the_line() -> None:
    nop = "/bin/sh -c #(nop)"
    found = image(
        {"Env": ["A=1 b=2", "B=2"], "Cmd": ["sh"]}, f"{nop} env A 1 b=2", f"{nop} Env B=2", f"{nop} cmd sh", "cmd none"
    )
    assert {path: history for _, path, _, _, history in rows(found) if history >= 0 and "history" not in path} == {
        "ENV A": 0,
        "ENV B": 1,
        "CMD": 2,
    }
    found = image({}, f"{nop}  MAINTAINER me", "RUN x")
    found.document["author"] = "me"
    assert [row[4] for row in rows(found) if row[0] == "author"] == [0]


def test_build_arguments_of_both_builders() -> None:
    legacy = "|2 A=one two B=x=y /bin/sh -c echo a"
    buildkit = "RUN |1 TOKEN=abc /bin/sh -c make # buildkit"
    found = [row[:4] for row in rows(image({}, legacy, buildkit)) if row[0] == "build-arg"]
    assert found == [
        ("build-arg", "ARG A", "A", "one two"),
        ("build-arg", "ARG B", "B", "x=y"),
        ("build-arg", "ARG TOKEN", "TOKEN", "abc"),
    ]


def test_no_count_of_build_arguments_is_believed() -> None:
    assert [row[1] for row in rows(image({}, "|9999 A=1 /bin/sh -c x"))] == ["ARG A", "history[0]"]


def test_wrong_types_are_read_as_text_or_left() -> None:
    config = {"Env": "A=b", "Labels": ["x"], "Cmd": 7, "Entrypoint": [1, None], "Healthcheck": "x"}
    assert [row[:4] for row in rows(image(config))] == [
        ("env", "ENV A", "A", "b"),
        ("label", "LABEL", "", "x"),
        ("config", "configuration: config.Cmd", "", "7"),
        ("entrypoint", "ENTRYPOINT", "", "1 None"),
        ("healthcheck", "HEALTHCHECK", "", "x"),
    ]


def test_a_comment_is_a_surface_too() -> None:
    found = Image("a", "", "", {}, [History("x", "imported", False)])
    assert [row[:4] for row in rows(found)] == [
        ("history", "history[0]", "", "x"),
        ("history", "history[0].comment", "", "imported"),
    ]


def test_a_huge_history_takes_no_time() -> None:
    long = "ENV " + "A=" * 2_000_000
    names = [f"V{n}=x" for n in range(3000)]
    found = Image("a", "", "", {"Env": names}, [History(long, "", True) for _ in range(20)])
    assert len(rows(found)) == 3020
