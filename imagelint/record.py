"""Data classes at a seventh of their price.

dataclasses takes 0.35 ms a class and imports inspect (6 ms), and a run over one Dockerfile makes 36 of them in a budget
of 80 ms; bench/cold_start.py measures what that is worth.

    @record
    class Span:
        line: int
        end: int = 0
        notes: list[str] = field(default_factory=list)

The fields are slots; there is __init__, __eq__ and a __repr__ that leaves out fields made with repr=False. Type
checkers read it as they read dataclass (PEP 681). It is neither frozen nor hashed, and it does not inherit fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from functools import cached_property

    once = cached_property

T = TypeVar("T")
_REQUIRED = object()


class _Field:
    __slots__ = ("default", "make", "shown")

    def __init__(self, default: Any, make: Callable[[], Any] | None, shown: bool) -> None:
        self.default, self.make, self.shown = default, make, shown


def field(*, default: Any = _REQUIRED, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> Any:
    """A field whose default is made anew for each object, or that never shows in a repr."""
    return _Field(default, default_factory, repr)


@dataclass_transform(field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """The class with slots, __init__, __eq__ and __repr__ made of its annotations."""
    space = dict(cls.__dict__)
    names = list(cls.__annotations__)
    given: dict[str, Any] = {"_required": _REQUIRED}
    words, lines, hidden = [], [], set()
    for name in names:
        default = space.pop(name, _REQUIRED)
        if isinstance(default, _Field):
            made, default = default, default.default
            if not made.shown:
                hidden.add(name)
            if made.make is not None:
                given[f"_make_{name}"] = made.make
                words.append(f"{name}=_required")
                lines.append(f" self.{name} = _make_{name}() if {name} is _required else {name}")
                continue
        if default is _REQUIRED:
            words.append(name)
        else:
            given[f"_of_{name}"] = default
            words.append(f"{name}=_of_{name}")
        lines.append(f" self.{name} = {name}")
    code = f"def __init__(self, {', '.join(words)}):\n" + "\n".join(lines)

    def first(self: Any, *values: Any, **named: Any) -> None:
        """Written when the first object is made: most runs make none of a third of these classes."""
        done: dict[str, Any] = {}
        # Only names of fields, which are identifiers of this package, stand in the text.
        exec(code, given, done)  # noqa: S102 - as dataclasses does
        new.__init__ = done["__init__"]  # type: ignore[method-assign]
        done["__init__"](self, *values, **named)

    for name in ("__dict__", "__weakref__"):
        space.pop(name, None)
    space["__slots__"] = tuple(names)
    space["__init__"] = first
    space["__hash__"] = None
    space.setdefault("__eq__", _equal)
    space.setdefault("__repr__", _shown)
    space["__reduce__"] = _reduced
    space["_hidden"] = frozenset(hidden)
    space["__match_args__"] = tuple(names)
    new: type[T] = type(cls.__name__, cls.__bases__, space)
    new.__qualname__ = cls.__qualname__
    return new


def fields(of: Any) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    names: tuple[str, ...] = of.__slots__
    return names


if not TYPE_CHECKING:

    class once:
        """functools.cached_property without the lock that it takes up to Python 3.11, which costs more than most facts
        do."""

        def __init__(self, make):
            self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

        def __get__(self, of, owner=None):
            if of is None:
                return self
            value = of.__dict__[self._name] = self._make(of)
            return value


def _reduced(self: Any) -> tuple[type, tuple[Any, ...]]:
    """For pickle, which would make a mapping of the slots, at twice the cost: findings go from process to process."""
    return type(self), tuple(getattr(self, name) for name in fields(self))


def _equal(self: Any, other: Any) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in fields(self))


def _shown(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name in fields(self) if name not in self._hidden)
    return f"{type(self).__name__}({', '.join(shown)})"
