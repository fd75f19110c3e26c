"""The values of a target that were seen, and where they stand in another text of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from imagelint.secrets.filters import is_pure_reference
from imagelint.secrets.keyword import VALUE_LIMIT

LEAST = 3
"""Characters of the shortest value that is looked for."""

ALONE = 8
"""A shorter value is masked where it stands alone, not inside words: a password `work` must not turn `network` into
`net****`.
"""

LEAST_LINE = 12
"""Characters of a line that is learned by itself, when a value has several lines."""

PART = 8
"""Characters of the shortest part of a value that is masked where it stands for itself in a message."""

_PUBLIC = frozenset(
    "root admin administrator user username test testing password passwd secret token default guest demo example "
    "sample postgres postgresql mysql mariadb mongo mongodb redis rabbitmq docker true false null none yes no on "
    "off string changeme key value name local localhost production development staging debug info main master "
    "latest public private http https git bash linux debian ubuntu alpine python node run copy from env arg label "
    "add cmd user app api web www data".split()
)
"""Words that everybody uses: to see one elsewhere tells nobody that it is the password here."""


def shown_of(value: str, prefix: int) -> str:
    """What a mask shows of a value, of which the first `prefix` characters are its format's."""
    return value[:prefix] if 0 < prefix < len(value) else ""


def small(text: str) -> str:
    """In small letters, each by itself: str.lower() makes of a capital sigma what stands around it asks for."""
    return text.lower().replace("\u03c2", "\u03c3")


class Learned:
    """Values, each in all its forms."""

    def __init__(self) -> None:
        self._forms: dict[str, str] = {}
        """Each form, and what its mask shows."""
        self._heads: dict[str, list[int]] = {}
        """The lengths of the forms that begin with these LEAST characters, the longest first."""

        self._values: list[str] = []
        self._text = ""
        """All values in one text, in small letters; made when it is asked for."""
        self._absent = 0
        """Forms of forgotten values that stand nowhere in the target, and are not known any more."""

    def __bool__(self) -> bool:
        return len(self) > 0

    def __len__(self) -> int:
        """Forms, those that stand nowhere included."""
        return len(self._forms) + self._absent

    @property
    def forms(self) -> Mapping[str, str]:
        """Each form, and what its mask shows."""
        return self._forms

    def pieces(self) -> list[str]:
        """The values in small letters, as `holds` looks for a piece in each."""
        self._join()
        return self._text.split("\0")

    def recall(self, forms: Mapping[str, str], pieces: Iterable[str], count: int) -> None:
        """Learn forgotten values anew, after all others: those of their forms, and those parts of them, that stand in
        the target. With the others, there were `count` forms in all."""
        for form, shown in forms.items():
            self._put(form, shown)
        self._values += pieces
        self._absent = max(0, count - len(self._forms))

    def holds(self, piece: str) -> bool:
        """Whether this is a part of a value, in whatever case: facts are parts of words, folded, cut short."""
        self._join()
        return len(piece) >= PART and small(piece.removesuffix("...")) in self._text

    def add(self, value: str, prefix: int = 0) -> None:
        """Learn a value, of which a mask may show `prefix` characters; of several lines each that is long enough."""
        value = value.strip()
        if is_pure_reference(value) or value.lower() in _PUBLIC:
            return
        if len(value) <= VALUE_LIMIT:
            self._take(value, shown_of(value, prefix))
        else:
            for at in range(0, len(value), VALUE_LIMIT // 4):
                self._take(value[at : at + VALUE_LIMIT // 4], "")
        for line in (
            value.replace("\\n", "\n").replace("\r", "\n").split("\n") if "\n" in value or "\\n" in value else ()
        ):
            if len(line.strip()) >= LEAST_LINE and not line.lstrip().startswith("-----"):
                self._take(line.strip(), "")

    def _take(self, value: str, shown: str) -> None:
        known = self._forms.get(value)
        if len(value) < LEAST or (known is not None and len(known) >= len(shown)):
            return
        from imagelint.secrets.disguises import disguises

        self._values.append(value)
        for form in disguises(value):
            if len(form) >= LEAST:
                self._put(form, shown if form.startswith(shown) else "")

    def _put(self, form: str, shown: str) -> None:
        self._forms[form] = shown
        lengths = self._heads.setdefault(form[:LEAST], [])
        if len(form) not in lengths:
            lengths.append(len(form))
            lengths.sort(reverse=True)

    def _join(self) -> None:
        if self._values:
            self._text += small("\0".join(["", *self._values]))
            self._values.clear()

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """(start, end, what a mask shows) of each form in a text, whichever of two ways costs less."""
        if not self._forms:
            return
        if len(self) * (60 + len(text) // 8) < 80 * len(text):
            for form in self._forms:
                at = text.find(form)
                while at >= 0:
                    end = at + len(form)
                    if self._counts(text, at, end):
                        yield at, end, self._forms[form]
                    at = text.find(form, end)
            return
        for at in range(len(text) - LEAST + 1):
            for length in self._heads.get(text[at : at + LEAST], ()):
                form = text[at : at + length]
                if form in self._forms and self._counts(text, at, at + length):
                    yield at, at + length, self._forms[form]
                    break

    @staticmethod
    def _counts(text: str, start: int, end: int) -> bool:
        """Whether a value that stands here is one: a short one only if it is no part of a word."""
        if end - start >= ALONE:
            return True
        return not (text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum())
