"""What a COPY or an ADD took: by the kind and the owner that the history writes, and by the files of the layer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from imagelint.image.provenance import Dockerfiles, trace
from imagelint.image.provenance_taken import taken
from imagelint.image.provenance_text import read as read_entry
from imagelint.image.result import LayerResult
from imagelint.made_from import read
from imagelint.stream import limits
from tests.image.test_provenance import BASE, Entries, image, misfit

NOP = "/bin/sh -c #(nop) "
MANY = [b"x%d" % number for number in range(limits.NAMED_FILES)]


@pytest.mark.parametrize(
    ("written", "told", "files", "expected"),
    [
        ("COPY a /", "COPY file:1 in / ", [b"a"], True),
        ("COPY a /", "COPY file:1 in / ", [b"b"], False),
        ("COPY a /", "COPY file:1 in / ", [], None),  # it was there already, or the layer was not read
        ("COPY a /", "COPY file:1 in / ", MANY, None),
        ("COPY x/a /srv/", "COPY file:1 in /srv/ ", [b"mnt/a"], True),  # by a link
        ("COPY x/a .", "COPY file:1 in . ", [b"srv/a"], True),
        ("COPY x/a .", "COPY file:1 in . ", [b"srv/b"], False),
        ("COPY a /srv/b", "COPY file:1 in /srv/b ", [b"srv/b"], None),  # its own name is not known
        ("COPY b /srv/b", "COPY file:1 in /srv/b ", [b"srv/b"], None),
        ("COPY a /etc/my.cnf", "COPY file:1 in /etc/my.cnf ", [b"etc/mysql/mariadb.cnf"], None),  # by a link
        ("COPY a /srv/b", "COPY file:1 in /srv/b ", [b"srv/b/a"], True),  # it is a folder
        ("COPY a /srv/b", "COPY file:1 in /srv/b ", [b"srv/b/c"], False),
        ("COPY b /bin", "COPY file:1 in /bin ", [b"usr/bin/b"], True),
        ("COPY a /srv/b", "COPY file:1 in /srv/b ", [b"opt/a"], True),
        ('COPY ["a b", "/x/"]', "COPY file:1 in /x/ ", [b"x/a b"], True),
        ('COPY ["a b", "/x/"]', "COPY file:1 in /x/ ", [b"x/a c"], False),
        ("COPY *.json /", "COPY file:1 in / ", [b"a.json"], True),
        ("COPY *.json /", "COPY file:1 in / ", [b"a.xml"], False),
        ("COPY *.json /", "COPY multi:1 in / ", [b"a.json", b"b.json"], True),
        ("COPY *.json /", "COPY dir:1 in / ", [b"x"], None),
        ("COPY [ab] /", "COPY file:1 in / ", [b"c"], None),
        ("COPY $a /", "COPY file:1 in / ", [b"c"], None),
        ("COPY a $b/", "COPY file:1 in $b/ ", [b"x/a"], True),
        ("COPY a $b/", "COPY file:1 in $b/ ", [b"x/c"], False),
        ("COPY a $b", "COPY file:1 in $b ", [b"x/c"], None),
        ("COPY a b /", "COPY multi:1 in / ", [b"a", b"b"], True),
        ("COPY a b /", "COPY multi:1 in / ", [b"a", b"c"], None),  # b may be a folder
        ("COPY a b /", "COPY file:1 in / ", [b"a"], False),
        ("COPY a /", "COPY multi:1 in / ", [b"a", b"b"], False),
        ("COPY a /", "COPY dir:1 in / ", [b"b"], None),
        ("COPY a/ /", "COPY dir:1 in / ", [b"b"], None),
        ("COPY a/ /", "COPY file:1 in / ", [b"a"], False),
        ("COPY . /", "COPY file:1 in / ", [b"a"], False),
        ("ADD a /", "ADD file:1 in / ", [b"a"], True),
        ("ADD a /", "ADD file:1 in / ", [b"b"], None),  # an archive is unpacked
        ("ADD https://example.org/a /", "ADD file:1 in / ", [b"b"], None),
        ("COPY --chown=1:2 a /", "COPY --chown=1:2file:1 in / ", [b"a"], True),
        ("COPY --chown=$x a /", "COPY --chown=1:2file:1 in / ", [b"a"], True),
        ("COPY --chown=1 a /", "COPY --chown=1:2file:1 in / ", [b"a"], False),
        ("COPY a /", "COPY --chown=1:2file:1 in / ", [b"a"], False),
        ("COPY --chown=1 a /", "COPY file:1 in / ", [b"a"], True),  # podman writes no owner
        ("COPY a /", "COPY something else in / ", [b"b"], None),
        ("RUN a", "RUN a", [b"b"], None),
    ],
)
def test_taken(written: str, told: str, files: Sequence[bytes], expected: bool | None) -> None:
    (made,) = read("Dockerfile", f"FROM base\n{written}\n".encode()).stages[0].made
    entry = read_entry(NOP + told)
    assert entry is not None
    assert taken(made, entry, files) is expected


def lines(dockerfile: str, history: Entries, *files: Sequence[bytes]) -> list[int]:
    """The line of each entry; 0 where it is uncertain. `files` are those of the layers, the base's first."""
    told = image(history)
    results = [LayerResult(index, names=list(names)) for index, names in enumerate(files)]
    recipe = read("Dockerfile", dockerfile.encode())
    found = trace(told, [], ["", "", ""], Dockerfiles(read, given=recipe), results)
    return [made.line if (made := found.entries.get(index)) else 0 for index in range(len(history))]


def test_files_tell_which_is_which() -> None:
    copies = [BASE, f"{NOP}COPY file:1 in / ", f"{NOP}COPY file:2 in / "]
    assert lines("FROM base\nCOPY a /\nCOPY b /\n", copies, [], [b"a"], [b"b"]) == [0, 2, 3]
    assert lines("FROM base\nCOPY b /\nCOPY a /\n", copies, [], [b"a"], [b"b"]) == [0, 0, 0]
    assert lines("FROM base\nCOPY a /\nCOPY b /\n", copies) == [0, 0, 0]
    assert lines("FROM base\nCOPY a /\nCOPY b /\n", copies, [], [b"a"], []) == [0, 2, 3]
    assert lines("FROM base\nCOPY a /\nCOPY a /\n", copies) == [0, 2, 3]


def test_a_ring_of_three() -> None:
    """Each can be the next one, and no two can be each other."""
    ring = [BASE, f"{NOP}COPY file:1 in /srv/x ", f"{NOP}COPY file:2 in /srv/y ", f"{NOP}COPY file:3 in /srv/z "]
    file = "FROM base\nARG a\nCOPY 1 /srv/$a\nCOPY 2 /srv/$a\nCOPY 3 /srv/$a\n"
    assert lines(file, [BASE, "- ARG a", *ring[1:]]) == [0, 2, 0, 0, 0]
    assert lines(file.replace("$a", "x", 1), [BASE, "- ARG a", *ring[1:]]) == [0, 2, 3, 0, 0]


def test_what_variables_and_documents_hide() -> None:
    values = [BASE, "- ARG a=1", "- ARG b=2", "- ENV X=1", "- ENV X=2"]
    assert lines("FROM base\nARG a=1\nARG b=2\nENV X=$a\nENV X=$b\n", values) == [0, 2, 3, 0, 0]
    scripts = [BASE, *["RUN /bin/sh -c /dev/pipes/EOF # buildkit"] * 2]
    assert lines("FROM base\nRUN <<EOF\n#!/a\nEOF\nRUN <<EOF\n#!/b\nEOF\n", scripts) == [0, 0, 0]
    assert lines("FROM base\nRUN <<EOF\n#!/a\nEOF\nRUN <<EOF\n#!/a\nEOF\n", scripts) == [0, 2, 5]


def test_words_of_a_run_stay_apart() -> None:
    assert misfit("FROM base\nRUN ab\n", [BASE, "RUN /bin/sh -c a b # buildkit"])
    assert misfit("FROM base\nRUN a b\n", [BASE, f"{NOP.replace('#(nop) ', '')}ab"])


def test_hundreds_are_too_many_to_compare() -> None:
    many = "FROM base\n" + "".join(f"COPY {number} /\n" for number in range(500))
    reason = misfit(many, [BASE, *[f"{NOP}COPY file:1 in / "] * 500])
    assert reason.startswith("it fits in too many ways")
