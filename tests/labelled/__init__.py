"""A set of snippets with labels: what looks like a secret and is none, and secrets. `data/` holds them as templates,
which are filled by seed when tests run: no file here holds a value.

    lookalikes(1)[0].text, .path, .why        a careful reader would leave it alone
    secrets(1)[0].text, .path, .value         a careful reader would act on it

It was written without a look at the rules and shares nothing with imagelint, so that the figures tell something.

Format of data/*.txt: `=== sort | why` begins a sort, `--- path` a template of it. `{NAME:argument}` is a random value
(values.py), `{=NAME}` the one that is the secret; behind `$`, `%`, `#` and `{` braces are text. `¦` is dropped: it
breaks words that a scanner of this very repository would report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

from tests.labelled import values

DATA = Path(__file__).parent / "data"
FIELD = re.compile(r"(?<![${%#])\{(=?)([A-Z][A-Z0-9]+)(?::([^{}\n]*))?\}")
LOOKALIKES, SECRETS = 2500, 1300
"""How many at least; the Done-when asks for 2,000 and 1,000."""


@dataclass(frozen=True)
class Snippet:
    """One file: where it lies in the image, what it says, its sort, and the secret in it or why there is none."""

    path: str
    text: str
    sort: str
    why: str = ""
    value: str = ""


@dataclass(frozen=True)
class Template:
    """One entry of data/, before it is filled."""

    sort: str
    why: str
    path: str
    text: str

    def fill(self, token: tuple[str, str] = ("", "")) -> Snippet:
        """Make one of it; `token` is the name and the shape of a vendor's token."""
        marked = expand(self.text, token)
        found = re.search("\x01(.*?)\x02", marked, re.DOTALL)
        text = marked.replace("\x01", "").replace("\x02", "")
        return Snippet(expand(self.path, token), text, self.sort, self.why, found[1] if found else "")


def expand(text: str, token: tuple[str, str] = ("", "")) -> str:
    """Fill a template in; the secret is left between \\x01 and \\x02."""

    def value(match: re.Match[str]) -> str:
        marked, name, argument = match[1], match[2], match[3] or ""
        if name in ("TOKEN", "VAR"):
            made = expand(token[name == "TOKEN"])
        elif name == "CAMEL":
            first, *rest = token[0].lower().split("_")
            made = first + "".join(word.title() for word in rest)
        elif name == "SNAKE":
            made = token[0].lower()
        else:
            made = values.GENERATORS[name](argument)
        return f"\x01{made}\x02" if marked else made

    return FIELD.sub(value, text).replace("¦", "")


@cache
def templates(kind: str) -> tuple[Template, ...]:
    """The templates of data/KIND-*.txt, in order."""
    found = []
    for file in sorted(DATA.glob(f"{kind}-*.txt")):
        for block in re.split(r"^=== ", file.read_text(), flags=re.MULTILINE)[1:]:
            head, *bodies = re.split(r"^--- ", block, flags=re.MULTILINE)
            sort, _, why = head.strip().partition(" | ")
            for body in bodies:
                path, _, text = body.partition("\n")
                found.append(Template(sort, why, path.strip(), text))
    return tuple(found)


@cache
def tokens() -> tuple[tuple[str, str, str], ...]:
    """(sort, name, shape) of each line of data/tokens.txt; a sort that ends in * is known by its form alone."""
    lines = (DATA / "tokens.txt").read_text().splitlines()
    return tuple(tuple(line.split("  ")) for line in lines if line and not line.startswith("#"))  # type: ignore[misc]


def lookalikes(seed: int) -> list[Snippet]:
    """What is no secret: each sort and each of its templates as often as the next, and no text twice."""
    values.rng.seed(f"lookalikes {seed}")
    sorts: dict[str, list[Template]] = {}
    for template in templates("lookalikes"):
        sorts.setdefault(template.sort, []).append(template)
    found: dict[str, Snippet] = {}
    for turn in count():
        for group in sorts.values():
            made = group[turn % len(group)].fill()
            found.setdefault(made.text, made)
        if len(found) >= LOOKALIKES:
            break
    return list(found.values())


def secrets(seed: int) -> list[Snippet]:
    """What is one: half of them vendors' tokens in the files of data/contexts-*, half everything else."""
    rng = values.rng
    rng.seed(f"secrets {seed}")
    contexts = templates("contexts")
    half = SECRETS // 2
    found: list[Snippet] = []
    for sort, name, shape in tokens() * -(-half // len(tokens())):
        fitting = [one for one in contexts if sort.endswith("*") or one.sort == "named"]
        made = rng.choice(fitting).fill((name, shape))
        found.append(replace(made, sort=sort.rstrip("*")))
    others = templates("secrets")
    return found + [template.fill() for template in others * -(-half // len(others))]
