"""Where values stand in texts: the same as a plain search says, for few values and for many."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.secrets import standing as module
from imagelint.secrets.standing import Looked, Text, look, standing

WORDS = st.text("ab/é", max_size=40)


@pytest.fixture(params=[(1 << 20, 60), (64, 0), (7, 0)], autouse=True)
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    piece, few = request.param
    monkeypatch.setattr(module, "_PIECE", piece)
    monkeypatch.setattr(module, "_FEW", few)
    monkeypatch.setattr(module, "_OVER", 50)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text("ab/é", max_size=200), max_size=3), values=st.sets(st.text("ab/é", min_size=1, max_size=40))
)
def test_the_same_as_a_plain_search(texts: list[str], values: set[str]) -> None:
    found = standing(values, texts)
    assert found.keys() == {value for value in values if any(value in text for text in texts)}
    for value, (number, at) in found.items():
        assert texts[number].startswith(value, at)
        assert not any(value in text for text in texts[:number])


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text("ab", max_size=120), max_size=3), wholes=st.sets(st.text("ab", max_size=40), max_size=4))
def test_every_common_part_lies_in_one_that_is_told(texts: list[str], wholes: set[str]) -> None:
    _, parts = look(texts, (), wholes, 8)
    for part, (number, at) in parts.items():
        assert len(part) >= 8
        assert texts[number].startswith(part, at)
        assert any(part in whole for whole in wholes)
    for whole in wholes:
        for start in range(len(whole)):
            for end in range(start + 8, len(whole) + 1):
                common = whole[start:end]
                assert any(common in text for text in texts) == any(common in part for part in parts)


@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(st.text("ab/é", max_size=200), min_size=1, max_size=3),
    asked=st.lists(st.sets(st.text("ab/é", min_size=1, max_size=40)), max_size=4),
    held=st.sampled_from([0, 20, 1 << 20]),
)
def test_a_text_that_is_looked_at_again(texts: list[str], asked: list[set[str]], held: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_HELD", module._Piece.held + held)
        looked = [Looked() for _ in texts]
        for values in [*asked, *asked]:
            wholes = {value for value in values if len(value) > 9}
            again = [Text(text.__str__, known) for text, known in zip(texts, looked, strict=True)]
            assert look(again, values, wholes) == look(texts, values, wholes)
            assert [text.length for text in again] == list(map(len, texts))


def test_a_text_is_not_made_for_what_is_known() -> None:
    looked, words = Looked(), [f"{number * 7919:012}" for number in range(200)]
    first = look([Text("\n".join(words[::2]).__str__, looked)], words, words)

    def never() -> str:
        raise AssertionError

    assert look([Text(never, looked)], words, words) == first
    assert first[0].keys() == set(words[::2])


def test_no_more_answers_are_held_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before = module._Piece.held
    monkeypatch.setattr(module, "_HELD", before + 30)
    looked, words = Looked(), [f"{number * 7919:012}" for number in range(200)]
    text = "\n".join(words[::2])
    assert standing(words, [Text(text.__str__, looked)]).keys() == set(words[::2])
    assert module._Piece.held == before + 30
    del looked
    gc.collect()
    assert module._Piece.held == before
