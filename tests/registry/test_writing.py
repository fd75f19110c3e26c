"""A report for each image in a folder: names, what is kept, and what somebody put there before."""

from __future__ import annotations

import json
import os
import stat
from itertools import product
from pathlib import Path

import pytest

from imagelint.errors import UsageError
from imagelint.registry.writing import ENDS, Folder, name_of
from imagelint.report.interface import FORMATS
from tests import sarif_validate
from tests.registry.fleet import HOST, digest, image, report
from tests.report.cases import rules
from tests.report.samples import HOSTILE

DIGEST = digest("image", 2)


def write(folder: Path, *formats: str, number: int = 2) -> list[str]:
    about = image(number)
    to = Folder(str(folder), formats or ["sarif"], rules())
    return to.write(report(number), f"{HOST}/shop/app{number}:1", about.digest, about.platform)


def test_every_format_has_a_name() -> None:
    assert set(ENDS) == set(FORMATS)
    assert len(set(ENDS.values())) == len(ENDS)


REFERENCES = [
    "registry.example.org/shop/app:1",
    "registry.example.org/shop/app:V1",
    "registry.example.org/shop/app:v1",
    "registry.example.org/shop_app:1",
    "registry.example.org/shop/app_1",
    "registry.example.org:5000/shop/app:1",
    "[::1]:5000/app:1",
    "con/app:1",
    "com1.example.org/app:1",
    "aux",
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    "~/x",
    "-rf",
    "",
    "\x00\n",
    "a" * 5000,
    "a" * 5001,
    HOSTILE,
]


def test_no_two_images_have_one_name_and_none_leads_out() -> None:
    keys = list(product(REFERENCES, ["", DIGEST, digest("other"), "sha512:" + "a" * 128], ["", "linux/amd64"], ENDS))
    names = [name_of(*key) for key in keys]
    assert len({name.lower() for name in names}) == len(keys)
    for name in names:
        assert name.isascii()
        assert name.replace("-", "a").replace("_", "a").replace(".", "a").isalnum()
        assert name[0] not in ".-~"
        assert len(name) < 160
        assert name.partition(".")[0].partition("-")[0].lower() not in ("con", "aux", "com1", "nul", "prn")
    assert name_of(REFERENCES[0], DIGEST, "linux/amd64", "sarif").startswith(
        f"registry.example.org_shop_app_1-{DIGEST[7:19]}-"
    )


def test_every_format_is_written_and_sarif_is_right(tmp_path: Path) -> None:
    paths = write(tmp_path / "new" / "reports", *FORMATS)
    assert sorted(map(os.path.basename, paths)) == sorted(os.listdir(tmp_path / "new" / "reports"))
    assert sarif_validate.errors([Path(paths[list(FORMATS).index("sarif")])]) == []
    assert json.loads(Path(paths[list(FORMATS).index("json")]).read_text())["images"][0]["digest"] == DIGEST


def test_what_says_the_same_is_left_as_it_is(tmp_path: Path) -> None:
    (path,) = write(tmp_path)
    os.utime(path, (1, 1))
    write(tmp_path)
    assert os.stat(path).st_mtime == 1
    other = write(tmp_path, number=3)
    assert os.stat(path).st_mtime == 1
    assert len(os.listdir(tmp_path)) == 2
    Path(path).write_text("{}")
    assert write(tmp_path) == [path]
    assert json.loads(Path(path).read_text())["version"] == "2.1.0"
    assert other != [path]


def test_has(tmp_path: Path) -> None:
    write(tmp_path, "sarif")
    key = (f"{HOST}/shop/app2:1", DIGEST, "linux/amd64")
    assert Folder(str(tmp_path), ["sarif"], rules()).has(*key)
    assert not Folder(str(tmp_path), ["sarif", "html"], rules()).has(*key)
    assert not Folder(str(tmp_path), ["sarif"], rules()).has(key[0], digest("newer"), key[2])


def test_links_that_somebody_put_there_are_not_followed(tmp_path: Path) -> None:
    """In a folder that others may write to."""
    (path,) = write(tmp_path / "out")
    name, victim = os.path.basename(path), tmp_path / "victim"
    victim.write_text("mine")
    os.unlink(path)
    os.symlink(victim, path)
    os.symlink(victim, tmp_path / "out" / f".{name}.{os.getpid()}")
    assert write(tmp_path / "out") == [path]
    assert victim.read_text() == "mine"
    assert not os.path.islink(path)
    assert os.listdir(tmp_path / "out") == [name]


def test_they_have_the_rights_of_other_reports(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        (path,) = write(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError) as caught:
            write(place)
        assert "name another place" in str(caught.value)
    (path,) = write(tmp_path / "out")
    before = Path(path).read_bytes()
    os.mkdir(tmp_path / "out" / os.path.basename(path).replace(".sarif", ".html"))
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "out", "html")
    assert Path(path).read_bytes() == before
    assert not [name for name in os.listdir(tmp_path / "out") if name.startswith(".")]
