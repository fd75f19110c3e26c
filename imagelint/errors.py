"""Every exception that imagelint raises on purpose.

    ImagelintError                 base: its text is one line that says what, where and how to mend
    ├── UsageError                 the words or the configuration are wrong (exit status 2)
    │   └── RuleError              mistakes in rule files, all of them, each with file, line and caret
    └── UnreadableError            a target, blob, layer, manifest or file was not read (exit status 3)
        ├── AbsentError            a source does not answer, or has nothing of that name
        ├── DigestError            bytes were read, and they are not what their digest or size says
        └── DamagedError           what an earlier run kept is not as it was written

Texts of exceptions hold paths, digests and numbers, never content of a target: what a target says reaches a user
only as SafeText.
"""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the name nearest to this one, or nothing: the end of an error's text."""
    from difflib import get_close_matches  # only where something is wrong already

    near = get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


class ImagelintError(Exception):
    """Base of all errors; the text is for the user."""


class UsageError(ImagelintError):
    """The words or the configuration are wrong."""


class RuleError(UsageError):
    """One or more rule files hold mistakes; the text lists each with file, line, column and caret."""


class UnreadableError(ImagelintError):
    """A part of a target could not be read."""


class AbsentError(UnreadableError):
    """A source does not answer, or has nothing of that name: another source may."""


class DigestError(UnreadableError):
    """The bytes do not match their digest or their size."""


class DamagedError(UnreadableError):
    """What an earlier run, or another process, kept is not as it was written; the text says what is wrong with "them",
    the bytes."""


STDOUT = "standard output"


def unwritable(place: str, error: OSError) -> UsageError:
    """What to tell of an output that could not be written."""
    from errno import EDQUOT, EFBIG, ENOSPC  # only where something is wrong already

    full = error.errno in (EDQUOT, EFBIG, ENOSPC)
    mend = "make room there, or name another place" if full else "name another place"
    return UsageError(f"{place}: the output cannot be written: {error.strerror or type(error).__name__}; {mend}")


def defect(error: Exception) -> str:
    """What to tell of an exception that is a defect of imagelint: its own text may quote the target, so only its type
    and the place where it was raised are told."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else ""
    return f"a defect of imagelint kept it from being read: {type(error).__name__}{at}; please report it"
