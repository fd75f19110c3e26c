"""Records behave as the data classes that they stand for."""

from __future__ import annotations

import pickle

import pytest

from imagelint.record import field, fields, record


@record
class Point:
    """A point."""

    x: int
    y: int = 0
    notes: list[str] = field(default_factory=list)
    secret: str = field(default_factory=str, repr=False)


def test_fields_defaults_and_equality() -> None:
    one, two = Point(1), Point(1, notes=[])
    assert (one.x, one.y, one.notes) == (1, 0, [])
    assert one == two
    one.notes.append("a")
    assert two.notes == []
    assert one != two
    assert one.__eq__((1, 0, [], "")) is not True
    assert fields(one) == ("x", "y", "notes", "secret")
    assert Point.__doc__ == "A point."


def test_what_is_hidden_stays_out_of_the_repr() -> None:
    assert repr(Point(1, 2, ["n"], "hunter")) == "Point(x=1, y=2, notes=['n'])"


def test_no_other_attributes_and_no_missing_ones() -> None:
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]  # that is what is tested
    with pytest.raises(AttributeError):
        Point(1).z = 2  # type: ignore[attr-defined]  # the same
    with pytest.raises(TypeError):
        hash(Point(1))


def test_pickles() -> None:
    assert pickle.loads(pickle.dumps(Point(1, 2, ["n"]))) == Point(1, 2, ["n"])  # noqa: S301 - made here
