"""Text that knows where in the file each of its characters stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from imagelint.dockerfile.model import Span

Piece = tuple[int, int, str]
"""(line, column, text): both from 1, the text of one line of the file."""


class Located:
    """Pieces of a file put together to one text, so that a place in the text leads back to a place in the file."""

    __slots__ = ("places", "starts", "text")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        texts: list[str] = []
        self.starts: list[int] = []
        """Offset in text at which each piece begins."""
        self.places: list[tuple[int, int]] = []
        """Line and column at which each piece begins."""
        offset = 0
        for line, column, text in pieces:
            texts.append(text)
            self.starts.append(offset)
            self.places.append((line, column))
            offset += len(text)
        self.text = "".join(texts)

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character."""
        if not self.starts:
            return (1, 1)
        piece = bisect_right(self.starts, offset) - 1
        line, column = self.places[piece]
        return (line, column + offset - self.starts[piece])

    def span(self, start: int, end: int) -> Span:
        """The place of text[start:end]; its end lies in the line of its last character."""
        if len(self.places) == 1:  # most texts are of one line
            line, column = self.places[0]
            return Span(line, column + start, line, column + (end if end > start else start))
        line, column = self.at(start)
        if end <= start:
            return Span(line, column, line, column)
        end_line, end_column = self.at(end - 1)
        return Span(line, column, end_line, end_column + 1)

    def pieces(self, start: int, end: int) -> list[Piece]:
        """The pieces of text[start:end]."""
        found: list[Piece] = []
        number = bisect_right(self.starts, start) - 1
        while start < end and number < len(self.starts):
            stop = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
            stop = min(stop, end)
            line, column = self.places[number]
            if start < stop:
                found.append((line, column + start - self.starts[number], self.text[start:stop]))
                start = stop
            number += 1
        return found

    def cut(self, start: int, end: int) -> Located:
        """text[start:end] with its places."""
        return self if start == 0 and end == len(self.text) else Located(self.pieces(start, end))

    def clean(self, start: int, end: int) -> str:
        """text[start:end] as one would write it on one line: where lines were joined, one blank or none.

        None only when the build joins without one, as in `foo\\` and `bar`: then it is one word.
        """
        if len(self.places) == 1:
            return self.text[start:end]
        pieces = self.pieces(start, end)
        if len(pieces) == 1:
            return pieces[0][2]
        out: list[str] = []
        before = 0
        for line, _, text in pieces:
            last = out[-1] if out else "\n"
            if line != before and not last.endswith("\n"):
                left, right = last.rstrip(), text.lstrip()
                out[-1] = left
                text = (" " if len(left) < len(last) or len(right) < len(text) else "") + right
            out.append(text)
            before = line
        return "".join(out)
