"""Which files a build takes from its context, and what is said of them."""

from __future__ import annotations

import os
import tarfile
import time
from pathlib import Path

import pytest

from imagelint.dockerfile import dockerignore
from imagelint.dockerfile.context import Context, Contexts
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subjects import subjects
from imagelint.stream import limits
from tests.engines import Engines
from tests.service import fill

FILES = dict.fromkeys(
    """
    a.txt b.txt c.md .env .git/HEAD .git/objects/aa/bb docs/one.md docs/two.txt docs/deep/three.md docs/deep/er/four.txt
    src/app.py src/lib/util.py src/lib/data.json src/__pycache__/x.pyc node_modules/m/index.js node_modules/m/.env
    odd/sp\u00e4t.txt odd/[x].txt odd/a*b.txt keep/me.txt keep/not.txt build/bin/x.bin build/x.txt Dockerfile.md
    """.split(),
    "x",
)

# Those that Docker 20.10 and today's builders read alike.
IGNORES = [
    "",
    "*.md\n!docs/one.md\n",
    "**/*.md\nnode_modules\n.git\n",
    "docs\n!docs/deep\n",
    "*\n!src\n!docs/*.txt\nsrc/lib/*.json\n",
    "docs/deep/\n/build\n./odd/../keep/not.txt\n",
    "**/er\n**/__pycache__/**\n",
    "d*s/*/[a-f]*\n**/?.txt\n",
    "**\n!keep/me.txt\n",
    "odd/[[]x].txt\nodd/a\\*b.txt\n",
    "docs\n!docs/deep/er\n!*.txt\n",
    ".*\n!.env\nsrc/\n!src/lib/util.py\n",
]

COPIES = [
    "COPY . /c0/",
    "COPY a.txt docs/*.md /c1/",
    "COPY docs src /c2/",
    "COPY * /c3/",
    "COPY docs/* /c4/",
    "COPY ../../src/../docs/ /c5",
    "COPY d*/deep /c6/",
    "COPY to-docs/deep to-file /c7/",
    "COPY odd/[[]x].txt odd/a*b.txt /c8/",
    "COPY a.txt /c9",
    "COPY links /c15/",
    "ADD a.txt none* /c16/",
]


def context_of(folder: Path, text: str, named: bool = True, top: str = "") -> tuple[Context | None, list[CopySubject]]:
    file = parse(text.encode())
    path = str(folder / "Dockerfile")
    context = Contexts(str(folder) if named else "").of(file, path, top)
    return context, [thing for thing in subjects(file, path, context) if isinstance(thing, CopySubject)]


def taken(folder: Path, text: str) -> set[str]:
    """Where the files of all COPYs come to lie."""
    found = set()
    for copy in context_of(folder, text)[1]:
        assert copy.taken is not None
        for _, place in copy.taken.files:
            found.add(copy.destination.strip("/") + ("/" + place if place else ""))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A context with a file of every sort that the cases name."""
    made = tmp_path_factory.mktemp("context")
    fill(made, FILES)
    (made / "links").mkdir()
    for name, target in (
        ("to-docs", "docs"),
        ("to-file", "links/up"),
        ("links/up", "../a.txt"),
        ("links/out", "/etc/passwd"),
        ("links/loop", "loop"),
        ("links/dir", "../docs"),
    ):
        (made / name).symlink_to(target)
    return made


def built(engines: Engines, folder: Path, dockerfile: str) -> set[str]:
    """The same after a build with BuildKit."""
    (folder / "Dockerfile").write_text(dockerfile, encoding="utf-8")
    tag = f"context:{time.monotonic_ns()}"
    engines.docker("build", "--network", "none", "--tag", tag, str(folder), DOCKER_BUILDKIT="1")
    found = set()
    with tarfile.open(engines.save(tag)) as archive:
        for member in archive.getmembers():
            if not member.isfile() or (not member.name.endswith(".tar") and "sha256" not in member.name):
                continue
            stream = archive.extractfile(member)
            try:
                with tarfile.open(fileobj=stream) as layer:
                    found |= {inner.name for inner in layer.getmembers() if not inner.isdir()}
            except tarfile.TarError:
                continue  # the configuration
    (folder / "Dockerfile").unlink()
    return {name for name in found if name.startswith("c")}


@pytest.mark.parametrize("ignore", IGNORES)
def test_a_build_takes_the_same_files(engines: Engines, folder: Path, ignore: str) -> None:
    (folder / ".dockerignore").write_text(ignore + "\nDockerfile\n", encoding="utf-8")
    text = "FROM scratch\nCOPY . /c/\n"
    assert taken(folder, text) == built(engines, folder, text)


@pytest.mark.parametrize("copy", COPIES)
def test_a_source_names_the_same_files(engines: Engines, folder: Path, copy: str) -> None:
    (folder / ".dockerignore").write_text("Dockerfile\n", encoding="utf-8")
    text = f"FROM scratch\n{copy}\n"
    assert taken(folder, text) == built(engines, folder, text)


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ("COPY --exclude=*.md --exclude=deep docs /c/", {"c/two.txt"}),
        ("COPY --exclude=*.txt a* c.md /c/", {"c/c.md"}),
        ("COPY --exclude=lib/*.json --exclude=**/*.pyc src /c/", {"c/app.py", "c/lib/util.py"}),
        ("COPY --exclude=docs/one.md docs/*.md /c/", set()),
        ("COPY --parents docs/one.md src/./lib/*.py /c/", {"c/docs/one.md", "c/lib/util.py"}),
        ("COPY --parents docs/**/*.txt /c/", {"c/docs/two.txt", "c/docs/deep/er/four.txt"}),
        ("COPY --parents --exclude=**/er docs/deep /c/", {"c/docs/deep/three.md"}),
        ("COPY --parents=false docs/one.md /c/", {"c/one.md"}),
    ],
)
def test_flags_as_the_reference_has_them(folder: Path, copy: str, expected: set[str]) -> None:
    (folder / ".dockerignore").write_text("Dockerfile\n", encoding="utf-8")
    assert taken(folder, f"FROM scratch\n{copy}\n") == expected


def root_of(folder: Path, dockerfile: str, text: str) -> str:
    """Which folder is taken for the context of a Dockerfile, from the target; empty when none is."""
    context = Contexts().of(parse(text.encode()), str(folder / dockerfile), str(folder))
    return os.path.relpath(context.tree.root, folder) if context is not None else ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nCOPY . .\n", "app/docker"),
        ("FROM a\nCOPY start.sh /\n", "app/docker"),
        ("FROM a\nCOPY package.json src ./\n", "app"),
        ("FROM a\nCOPY docker/start.sh /\nCOPY . .\n", "app"),
        ("FROM a\nCOPY app/src lib /\n", "."),
        ("FROM a\nCOPY app/src lib gone.txt /\n", "."),
        ("FROM a\nCOPY gone.txt /\nCOPY . .\n", ""),
        ("FROM a\nCOPY --from=b gone.txt /\nRUN true\n", ""),
        ("FROM a\nARG X\nCOPY $X src package.json ./\n", "app"),
        ("FROM a\nADD https://example.org/x /\n", ""),
    ],
)
def test_the_folder_in_which_the_sources_lie(tmp_path: Path, text: str, expected: str) -> None:
    fill(tmp_path, dict.fromkeys(("app/docker/start.sh", "app/src/x", "app/package.json", "lib/y"), "x"))
    assert root_of(tmp_path, "app/docker/Dockerfile", text) == expected


def test_nothing_is_missing_in_a_folder_that_was_guessed(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "x"})
    text = "FROM a\nCOPY a.txt gone.txt /\n"
    _, (guessed,) = context_of(tmp_path, text, named=False, top=str(tmp_path))
    assert guessed.context_known
    assert guessed.missing_sources == []
    _, (named,) = context_of(tmp_path, text)
    assert named.missing_sources == ["gone.txt"]


def test_a_dockerfile_alone_has_no_context(tmp_path: Path) -> None:
    fill(tmp_path, {"a.txt": "x"})
    context, (copy,) = context_of(tmp_path, "FROM a\nCOPY a.txt gone.txt /\n", named=False)
    assert context is None
    assert not copy.context_known
    assert (copy.files, copy.missing_sources, copy.size) == ([], [], 0)


def test_facts(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "a.bin": "x" * 3000,
            "b.bin": "x" * 1500,
            "app/.git/HEAD": "x",
            "app/node_modules/m/node_modules/n/i.js": "x",
            "app/.env": "A=1",
            "app/.env.example": "A=1",
            "app/test/id_rsa": "x",
            "app/deploy/id_rsa": "x",
            "__pycache__/x.pyc": "x",
        },
    )
    _, (copy, named) = context_of(tmp_path, "FROM a\nCOPY . /x\nCOPY app/.git app/node_modules app/.env /y/\n")
    assert copy.file_count == 9
    assert copy.largest[:2] == ["a.bin (3.0 kB)", "b.bin (1.5 kB)"]
    assert copy.size_text == "4.5 kB"
    assert copy.swept_history == ["app/.git"]
    assert copy.swept_dependencies == ["app/node_modules"]
    assert copy.swept_caches == ["__pycache__"]
    assert copy.swept_secrets == ["app/.env", "app/deploy/id_rsa"]
    assert (named.swept_history, named.swept_secrets) == ([], [])
    assert named.swept_dependencies == ["app/node_modules/m/node_modules"]


def test_links_never_lead_out(tmp_path: Path) -> None:
    fill(tmp_path, {"outside/key": "x", "in/a": "x"})
    inside = tmp_path / "in"
    (inside / "up").symlink_to("../outside")
    (inside / "absolute").symlink_to(tmp_path / "outside")
    (inside / "loop").symlink_to("loop")
    (inside / "one").symlink_to("two")
    (inside / "two").symlink_to("one")
    _, copies = context_of(inside, "FROM a\nCOPY up/ loop one /x/\nCOPY ../outside/key absolute/key /x/\n")
    assert [copy.files for copy in copies] == [[], []]
    assert [copy.missing_sources for copy in copies] == [["up/", "loop", "one"], ["../outside/key", "absolute/key"]]
    _, (everything,) = context_of(inside, "FROM a\nCOPY . /x\n")
    assert everything.taken is not None
    assert {entry.path: entry.sort for entry, _ in everything.taken.files} == {
        "a": "file",
        **dict.fromkeys(("up", "absolute", "loop", "one", "two"), "link"),
    }


def test_many_copies_of_many_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, {f"d{n}/f{m}": "x" for n in range(10) for m in range(10)})
    monkeypatch.setattr(limits, "CONTEXT_STEPS", 1000)
    text = "FROM a\n" + "".join(f"COPY d*/ ../{n}/.. /x{n}\n" for n in range(100)) + "COPY . /y\nCOPY . /y\n"
    context, copies = context_of(tmp_path, text)
    assert context is not None
    assert sum(copy.file_count for copy in copies) <= 1000
    assert [reason for _, reason in context.notes.limited] == [
        "one Dockerfile takes more than 1,000 files; the rest was not looked at"
    ]


def test_a_dockerignore_of_too_many_lines() -> None:
    _, mistakes = dockerignore.read(b"x\n" * 10_000)
    assert len(mistakes) == 1
