"""setuid, setgid and capabilities: what a package brought is kept back, and nothing else is."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.cli import run
from imagelint.findings import Severity
from imagelint.image.privileges import capabilities
from imagelint.stream import limits
from tests import packaged
from tests.conftest import without
from tests.image.systems import findings, link, program, told
from tests.imagemaker import Recipe, docker_archive

SU, MOUNT, CHSH, SHELL = "usr/bin/su", "usr/bin/mount", "usr/bin/chsh", "usr/bin/bash"
FILES = {SU: "su", MOUNT: "mount", CHSH: "chsh", SHELL: "bash"}
PRIVILEGED = ("setuid-file", "file-capability")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root file system with a package of programs, by dpkg; it keeps no modes."""
    if missing := packaged.missing("dpkg", "dpkg-deb"):
        without(f"it needs {missing}")
    return packaged.dpkg(tmp_path / "root", "tools", FILES)


def layer(root: Path, *setuid: str, **changed: str) -> list[dict[str, Any]]:
    """The root as a layer, these files with setuid, and some (by name) with other bytes."""
    entries = packaged.entries(root)
    for entry in entries:
        name = entry["path"].rpartition("/")[2]
        entry |= {"mode": 0o4755} if entry["path"] in setuid else {"mode": 0o755} if entry["path"] in FILES else {}
        entry |= {"content": changed[name]} if name in changed else {}
    return entries


def privileged(folder: Path, *layers: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """(path, kept back) of each finding about privileges."""
    found = [finding for finding in findings(folder, *layers) if finding.rule in PRIVILEGED]
    for finding in found:
        assert (finding.severity is Severity.NOTE) == finding.published
    return [(str(finding.location.path), finding.published) for finding in found]


def test_what_a_package_brought_is_kept_back(root: Path, tmp_path: Path) -> None:
    assert privileged(tmp_path, layer(root, SU, MOUNT)) == [(MOUNT, True), (SU, True)]


def test_a_shell_with_setuid_is_no_package_s_doing(root: Path, tmp_path: Path) -> None:
    """chmod u+s leaves the digest as it was."""
    assert privileged(tmp_path, layer(root, SU, SHELL)) == [(SHELL, False), (SU, True)]


def test_another_su_than_the_package_s(root: Path, tmp_path: Path) -> None:
    assert privileged(tmp_path, layer(root, SU, MOUNT, su="a back door")) == [(MOUNT, True), (SU, False)]


def test_another_su_in_a_later_layer(root: Path, tmp_path: Path) -> None:
    """The one below is not in the final file system any more."""
    later = [program(SU, "a back door", mode=0o4755)]
    assert privileged(tmp_path, layer(root, SU, MOUNT), later) == [(MOUNT, True), (SU, False)]


def test_setuid_that_a_later_layer_takes_off(root: Path, tmp_path: Path) -> None:
    assert privileged(tmp_path, layer(root, SU, MOUNT), [program(SU, "su", mode=0o755)]) == [(MOUNT, True)]


@pytest.mark.parametrize("database", ["usr/share/doc/none", "var/lib/rpm/Packages"])
def test_without_a_database_that_can_be_read_names_decide(tmp_path: Path, database: str) -> None:
    """Of a program that distributions install with setuid nothing is known, and nothing is said."""
    entries = [{"path": database, "content": "x"}, program(SU, "su", mode=0o4755), program("opt/su", "su", mode=0o4755)]
    assert privileged(tmp_path, [*entries, program("usr/bin/tool", mode=0o2755)]) == [
        ("opt/su", False),
        ("usr/bin/tool", False),
    ]


def test_a_hard_link_to_a_file_of_a_package(root: Path, tmp_path: Path) -> None:
    """Under a name that packages do not use it is reported, whatever its bytes."""
    more = link("srv/hidden", SU, "hardlink") | {"mode": 0o4755}
    assert privileged(tmp_path, [*layer(root, SU), more]) == [(SU, True), ("srv/hidden", False)]


@pytest.mark.parametrize("size", [limits.WINDOW - 700_000, limits.HASHED + 1])
def test_a_file_that_a_window_cuts(tmp_path: Path, size: int) -> None:
    """What is too large to be hashed is not told from a package's, and counts as it does without a database."""
    body = bytes(range(256)) * (size // 256)
    database = {"path": "lib/apk/db/installed", "content": packaged.apk({SU: "su", MOUNT: body})}
    pad = {"path": "pad", "content": b"\0" * 1_000_000}
    entries = [database, program(SU, "su", mode=0o4755), pad, program(MOUNT, body, mode=0o4755)]
    kept = [(SU, True), (MOUNT, True)] if len(body) <= limits.HASHED else [(SU, True)]
    assert privileged(tmp_path, entries) == kept


def test_apk_knows_which_files_have_setuid(tmp_path: Path) -> None:
    """Whatever their names; a mode that the package did not give is told."""
    files = {"usr/bin/mine": "m", SHELL: "bash"}
    listed = packaged.apk(files).replace("R:mine\na:0:0:644", "R:mine\na:0:0:4755")
    image = [{"path": "lib/apk/db/installed", "content": listed}]
    image += [program(path, content, mode=0o4755) for path, content in files.items()]
    assert privileged(tmp_path, image) == [("usr/bin/mine", True), (SHELL, False)]


def test_rpm_knows_which_files_have_setuid(tmp_path: Path) -> None:
    if missing := packaged.missing("rpm", "rpmbuild"):
        without(f"it needs {missing}")
    files = {"usr/bin/mine": "m", SHELL: "bash", "usr/bin/able": "a"}
    given = {"usr/bin/mine": "%attr(4755,root,root)", "usr/bin/able": "%caps(cap_setuid=ep)"}
    image = packaged.entries(packaged.rpm(tmp_path / "root", "tools", files, given))
    for entry in image:
        entry |= {"mode": 0o4755} if entry["path"] in files else {}
    assert privileged(tmp_path, image) == [("usr/bin/able", True), (SHELL, False), ("usr/bin/mine", True)]


def test_counted_and_shown_when_asked_for(root: Path, tmp_path: Path) -> None:
    image = docker_archive(tmp_path / "app.tar", Recipe([layer(root, SU, MOUNT)], {"User": "10001"}))
    out = tmp_path / "out"
    words = ["scan", "--no-config", "--no-progress", "--fail-on", "note", "-o", str(out), str(image)]
    assert run(words) == 0
    assert "2 findings kept back" in out.read_text()
    assert run([*words, "--show-published"]) == 1
    text = out.read_text()
    assert "note[setuid-file]: usr/bin/mount has mode 4755" in text
    assert "published: the file is, byte for byte, what its package brought" in text


def attribute(revision: int, permitted: int, effective: int = 1) -> bytes:
    """security.capability, as the kernel keeps it."""
    words = [permitted & 0xFFFFFFFF, 0] + [permitted >> 32, 0] * (revision > 1) + [1000] * (revision == 3)
    return struct.pack(f"<{len(words) + 1}I", revision << 24 | effective, *words)


@pytest.mark.parametrize("revision", [1, 2, 3])
def test_capabilities_of_every_revision(revision: int) -> None:
    assert capabilities(attribute(revision, 1 << 7 | 1 << 21)) == ["cap_setuid", "cap_sys_admin"]
    assert capabilities(attribute(revision, 0)) == []
    assert capabilities(attribute(revision, 1 << 10, effective=0)) == ["cap_net_bind_service"]


def test_capabilities_above_32() -> None:
    assert capabilities(attribute(2, 1 << 38 | 1 << 39 | 1 << 40 | 1 << 63)) == [
        "cap_perfmon",
        "cap_bpf",
        "cap_checkpoint_restore",
    ]


@given(st.one_of(st.binary(max_size=40), st.sampled_from([1, 2, 3]).map(lambda n: attribute(n, 1 << 21)[:-1])))
def test_what_is_no_such_attribute_gives_nothing(value: bytes) -> None:
    known = {1: 12, 2: 20, 3: 24}
    if known.get(value[3] if len(value) > 3 else 0) != len(value):
        assert capabilities(value) == []


def test_capabilities_as_setcap_and_tar_write_them(tmp_path: Path) -> None:
    """By the kernel's own attribute, of real files."""
    if shutil.which("setcap") is None or packaged.missing("tar"):
        without("it needs setcap and root")
    tree = tmp_path / "tree" / "usr/bin"
    tree.mkdir(parents=True)
    for name in ("strong", "server", "plain"):
        (tree / name).write_bytes(b"\x7fELF")
        (tree / name).chmod(0o755)
    for name, words in (("strong", "cap_setuid,cap_dac_override=ep"), ("server", "cap_net_bind_service=ep")):
        done = subprocess.run(["setcap", words, str(tree / name)], capture_output=True, text=True, check=False)
        if done.returncode:
            without(f"the file system here takes no capabilities: {done.stderr.strip()}")
    archive = tmp_path / "layer.tar"
    tar = ["tar", "--format=posix", "--xattrs", "--xattrs-include=security.capability", "-C", str(tmp_path / "tree")]
    subprocess.run([*tar, "-cf", str(archive), "usr"], check=True)
    with tarfile.open(archive) as made:
        assert "SCHILY.xattr.security.capability" in made.getmember("usr/bin/strong").pax_headers
    ((path, message),) = told(tmp_path, "file-capability", archive.read_bytes())
    assert path == "usr/bin/strong"
    assert message.startswith("usr/bin/strong carries cap_dac_override, cap_setuid, so whoever")


def test_a_package_s_capabilities(tmp_path: Path) -> None:
    """dumpcap may have them, and only the package's own is kept back."""
    database = {
        "path": "lib/apk/db/installed",
        "content": packaged.apk({"usr/bin/newuidmap": "n", "usr/bin/tool": "t"}),
    }
    value = attribute(2, 1 << 7).decode("utf-8", "surrogateescape")
    files = [program(path, body, xattrs={"security.capability": value}) for path, body in FILES_WITH]
    assert privileged(tmp_path, [database, *files]) == [("usr/bin/newuidmap", True), ("usr/bin/tool", False)]


FILES_WITH = (("usr/bin/newuidmap", "n"), ("usr/bin/tool", "t"))
