"""Accounts of images: passwords, second roots, shared ids, over all layers and both files; never a hash in a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelint.cli import run
from imagelint.engine.shapes import expand
from imagelint.secrets.structured.accounts import GROUP, PASSWD, SHADOW, accounts, shared_numbers
from tests.image.systems import told
from tests.imagemaker import Recipe, docker_archive

HASH = expand("$6$a{alnum:7}$b{alnum:85}", "accounts")
USABLE = [
    HASH,
    expand("$y$j9T$a{alnum:21}$b{alnum:42}", "yescrypt"),
    expand("$2b$12$a{alnum:52}", "bcrypt"),
    expand("$1$a{alnum:7}$b{alnum:21}", "md5"),
    expand("{alnum:13}", "des"),
]
ROOT = "root:x:0:0:root:/root:/bin/sh\n"


def passwd(*lines: str) -> dict[str, Any]:
    return {"path": PASSWD, "content": ROOT + "".join(f"{line}\n" for line in lines)}


def shadow(**hashes: str) -> dict[str, Any]:
    lines = (f"{name}:{value}:19000:0:99999:7:::\n" for name, value in hashes.items())
    return {"path": SHADOW, "mode": 0o640, "content": "".join(lines)}


def names(folder: Path, *layers: list[dict[str, Any]]) -> list[str]:
    return [message for _, message in told(folder, "account-with-password", *layers)]


@pytest.mark.parametrize("usable", USABLE)
def test_every_sort_of_hash_lets_in(usable: str) -> None:
    (found,) = accounts(SHADOW, f"ann:{usable}:19000:0:99999:7:::\n".encode())
    assert found.password
    for locked in (f"!{usable}", f"!!{usable}", f"*{usable}", "!", "!!", "*", "x", "", "*LK*", "NP"):
        (found,) = accounts(SHADOW, f"ann:{locked}:19000:0:99999:7:::\n".encode())
        assert not found.password


def test_both_files_decide_wherever_they_lie(tmp_path: Path) -> None:
    people = ["ann:x:1000:1000::/home/ann:/bin/bash", "web:x:33:33::/var/www:/usr/sbin/nologin", "cat:x:9:9::/:"]
    image = [[passwd(*people)], [shadow(root="*", ann=HASH, web=HASH, cat=HASH)]]
    assert names(tmp_path, *image) == ["etc/shadow gives ann, cat a password and a login shell"]
    later = [
        passwd("ann:x:1000:1000::/home/ann:/bin/false", "web:x:33:33::/var/www:/bin/sh", "cat:x:9:9::/:/bin/false")
    ]
    assert names(tmp_path, *image, later) == ["etc/shadow gives web a password and a login shell"]
    assert names(tmp_path, *image, [shadow(ann="!")]) == []
    assert names(tmp_path, *image, [{"path": "etc/.wh.shadow", "content": ""}]) == []


def test_root_is_told_by_its_own_rule(tmp_path: Path) -> None:
    image = [passwd(), shadow(root=HASH)]
    assert names(tmp_path, image) == []
    ((path, message),) = told(tmp_path, "root-password", image)
    assert (path, message) == (
        "etc/shadow",
        "etc/shadow gives root a password, the same in every container of the image",
    )


def test_backups_are_no_accounts(tmp_path: Path) -> None:
    image = [{"path": "etc/shadow-", "content": f"root:{HASH}:1::::::\n"}, {"path": "srv/etc/shadow", "content": HASH}]
    assert told(tmp_path, "root-password", image) == []


def test_a_second_root_and_shared_ids(tmp_path: Path) -> None:
    image = [
        passwd("toor:x:0:0::/root:/bin/sh", "a:x:0007:7::/:", "b:x:7:7::/:", "b:x:7:7::/:", "+nis:x:7:7::/:", "bad")
    ]
    assert [message for _, message in told(tmp_path, "second-root", image)] == [
        "etc/passwd gives toor user id 0: another name for root"
    ]
    assert [message.partition(", so")[0] for _, message in told(tmp_path, "shared-id", image)] == [
        "etc/passwd gives one id to several names (7: a, b)"
    ]
    group = {"path": GROUP, "content": "root:x:0:\nwheel:x:10:\nadmin:x:10:ann\n"}
    assert [path for path, _ in told(tmp_path, "shared-id", [passwd(), group])] == [GROUP]


@given(
    st.text(alphabet=st.sampled_from("a:x0!*$/\n\r#+-é\0"), max_size=200), st.sampled_from([PASSWD, SHADOW, GROUP, "x"])
)
def test_any_text(text: str, path: str) -> None:
    found = accounts(path, text.encode("utf-8", "surrogateescape"))
    assert len(found) <= text.count("\n") + 1
    assert all(": " in told_ for told_ in shared_numbers(found))


def test_no_report_shows_a_hash(tmp_path: Path) -> None:
    """With every rule that has something to say of them."""
    hashes = dict(zip(("root", "ann", "bob", "cat", "dan"), USABLE, strict=True))
    lines = [f"{name}:x:{number}:7::/:/bin/sh" for number, name in enumerate(hashes) if number]
    image = Recipe([[passwd(*lines), shadow(**hashes)]], {"User": "10001"})
    path = docker_archive(tmp_path / "app.tar", image)
    for form in ("terminal", "json", "sarif", "html", "gitlab", "junit", "github"):
        out = tmp_path / f"report.{form}"
        assert run(["scan", "--no-config", "--no-progress", "--format", form, "-o", str(out), str(path)]) == 1
        text = out.read_text()
        assert "root-password" in text
        assert [usable for usable in USABLE if usable in text or usable[-20:] in text] == []
