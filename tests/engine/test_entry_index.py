"""The filter ahead of entry subjects says no to nothing that a rule wants."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from imagelint.engine.entry_index import EntryIndex, Fit
from imagelint.engine.rule import Index, Rule, Texts
from imagelint.findings import Severity
from tests.engine.build import rule_text, ruleset
from tests.plain import plain


def rule(index: Index) -> Rule:
    return Rule("a-rule", "a title", "entry", Severity.NOTE, "a message", lambda _: Texts(), index=index)


words = st.lists(st.sampled_from(["a", "b.pem", "etc/a", "etc/b.pem", ".pem"]), max_size=2).map(tuple)
names = st.lists(st.sampled_from(["user.a", "security.capability"]), max_size=1).map(tuple)
types = st.lists(st.sampled_from(["file", "dir", "symlink"]), max_size=2).map(tuple)
indexes = st.builds(Index, st.sampled_from([0, 0o2, 0o6000]), words, words, words, types, xattr=names)


@given(
    st.lists(indexes.filter(lambda index: any(plain(index).values())), max_size=4),
    st.sampled_from([b"a", b"etc/a", b"etc/b.pem", b"b.pem", b"x/etc/a", b"\xff"]),
    st.sampled_from([0, 0o644, 0o666, 0o4755, 0o2755]),
    st.sampled_from(["file", "dir", "symlink", "fifo"]),
    st.sampled_from([{}, {b"security.capability": b"x"}]),
)
def test_the_look_ups_agree_with_the_indexes(
    found: list[Index], path: bytes, mode: int, type_: str, xattrs: dict[bytes, bytes]
) -> None:
    wanted = any(Fit(index).fits(path, mode, type_, xattrs) for index in found)
    assert EntryIndex([rule(index) for index in found]).wants(path, mode, type_, xattrs) == wanted
    assert EntryIndex([], found).wants(path, mode, type_, xattrs) == wanted


def test_the_index_of_a_rule_file(tmp_path: Path) -> None:
    index = "{mode: 06000, name: [su, sudo], type: file}"
    made = EntryIndex(ruleset(tmp_path, rule_text("one", kind="entry", index=index), rule_text("two")).rules)
    assert made.wants(b"usr/bin/su", 0o4755, "file")
    assert not made.wants(b"usr/bin/su", 0o755, "file")
    assert not made.wants(b"usr/bin/su", 0o4755, "dir")
    assert not made.wants(b"usr/bin/ls", 0o4755, "file")
