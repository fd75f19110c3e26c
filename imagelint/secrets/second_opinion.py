"""What detect-secrets says of an assignment that our own checks would report.

Only its classes and pure functions: its settings are global to the process and not safe between threads, its
verification calls out.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from imagelint import process
from imagelint.secrets.kinds import CERTAIN, CONFIG, kind_of

if TYPE_CHECKING:
    from imagelint.secrets.confirm import Candidate

HEURISTICS = ("sequential-string", "templated-secret", "not-alphanumeric-string")
"""Our names of the filters of detect-secrets that judge a value alone."""

WINDOW = 512
"""Characters around a value that KeywordDetector gets: it is quadratic (5, 10 and 20 KB take 2, 9 and 34 s). For a
value that does not fit into half of it, it is not asked.
"""


@contextmanager
def without_requests() -> Iterator[None]:
    """For an import of detect-secrets: its plugins import requests to ask a vendor whether a token works, 60 ms for
    what imagelint never does. In our own process only: others may want the real one, in another thread at once. Our
    own threads that do import it by `with_requests`."""
    with _ONE_OF_BOTH:
        hidden = process.own and "requests" not in sys.modules
        if hidden:
            stand_in = ModuleType("requests")
            stand_in.__getattr__ = lambda _: object  # type: ignore[method-assign]  # named in annotations
            sys.modules["requests"] = stand_in
        try:
            yield
        finally:
            if hidden:
                sys.modules.pop("requests", None)


def with_requests() -> AbstractContextManager[object]:
    """For an import that needs the real one while other threads may read layers."""
    return _ONE_OF_BOTH


_ONE_OF_BOTH = threading.RLock()
if hasattr(os, "register_at_fork"):  # a thread that is not there any more may have had it
    os.register_at_fork(after_in_child=_ONE_OF_BOTH._at_fork_reinit)  # type: ignore[attr-defined]  # as threading does


@lru_cache(maxsize=1)
def _plugins() -> tuple[Any, Any, Any, Any]:
    with without_requests():
        # heavy (50 to 70 ms): only when a run needs it
        from detect_secrets.filters import heuristic
        from detect_secrets.plugins import keyword
        from detect_secrets.util import filetype

    return heuristic, keyword, keyword.KeywordDetector(), filetype


def ask(candidate: Candidate, text: str, filename: str, chosen: bool) -> tuple[str, bool]:
    """(the heuristic that turns the value away or "", whether KeywordDetector finds the same value in this line).

    `chosen`: the place leaves no doubt that this is a password, and people do choose `123456`.
    """
    heuristic, keyword, detector, filetype = _plugins()
    value = candidate.value
    for name in HEURISTICS:
        if not chosen and getattr(heuristic, f"is_{name.replace('-', '_')}")(value):
            return name, False
    if heuristic.is_lock_file(filename):
        return "lock-file", False
    if len(value) > WINDOW // 2:
        return "", False
    begin = max(text.rfind("\n", 0, candidate.start) + 1, candidate.start - WINDOW // 4)
    end = text.find("\n", candidate.end, begin + WINDOW)
    line = text[begin : begin + WINDOW if end < 0 else end]
    if candidate.bare and heuristic.is_indirect_reference(line):
        return "indirect-reference", False
    config = kind_of(filename) in (CERTAIN, CONFIG)
    kind = filetype.FileType.CONFIG if config else filetype.determine_file_type(filename)
    said = detector.analyze_string(line, keyword.REGEX_BY_FILETYPE.get(kind))
    return "", any(value in other or other in value for other in said if other)
