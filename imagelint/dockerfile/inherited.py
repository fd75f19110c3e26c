"""Facts that a stage takes over from the stage it is built on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functools import cached_property

    inherited = cached_property
else:

    class inherited:
        """record.once for a fact that asks the same of `parent`: the parents are asked first, the lowest at the start,
        so that a chain of thousands of stages is no recursion."""

        def __init__(self, make):
            self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

        def __get__(self, of, owner=None):
            if of is None:
                return self
            name, stage, waiting = self._name, of, []
            while stage is not None and name not in stage.__dict__:
                waiting.append(stage)
                stage = stage.parent
            for stage in reversed(waiting):
                stage.__dict__[name] = self._make(stage)
            return of.__dict__[name]
