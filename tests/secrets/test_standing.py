"""Where values stand in texts: the same as a plain search says, for few values and for many."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelint.secrets import standing as module
from imagelint.secrets.standing import Filter, look, standing

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
    asked=st.lists(st.sets(st.text("ab/é", min_size=1, max_size=40)), max_size=3),
)
def test_what_helps_to_look_serves_again(texts: list[str], asked: list[set[str]]) -> None:
    filters = [Filter() for _ in texts]
    for values in asked:
        wholes = {value for value in values if len(value) > 9}
        assert look(texts, values, wholes, 8, filters) == look(texts, values, wholes, 8)


def test_what_helps_to_look_has_no_part_of_the_text() -> None:
    text = "".join(f"{number:07}-{number * 7919:09} " for number in range(2000))
    filter_ = Filter()
    assert look([text], {text[40:60], "is not there"}, [text[90:300]], 8, [filter_])[0].keys() == {text[40:60]}
    data = pickle.dumps(filter_)
    assert not any(text[at : at + 5].encode() in data for at in range(0, len(text), 5))
