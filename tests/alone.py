"""A test in a process of its own, in which no thread of another test is left: whoever may fork has to be alone."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from multiprocessing import get_context
from typing import ParamSpec

P = ParamSpec("P")


def alone(test: Callable[P, None]) -> Callable[P, None]:
    """The test, with its fixtures, in a fork of this process, which has the thread that made it and no other."""

    @wraps(test)
    def forked(*fixtures: P.args, **named: P.kwargs) -> None:
        context = get_context("fork")
        ours, theirs = context.Pipe(duplex=False)

        def child() -> None:
            try:
                test(*fixtures, **named)
            except BaseException:
                theirs.send(traceback.format_exc())
            else:
                theirs.send("")

        process = context.Process(target=child)
        process.start()
        theirs.close()
        try:
            said = ours.recv()
        except EOFError:
            said = "it ended without a word"
        process.join()
        assert said == "", said

    return forked
