"""The Dockerfile that an image was made from, as the room of images takes it: --dockerfile, or one that lies beside."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from imagelint import targets
from imagelint.errors import UsageError
from imagelint.image.provenance import Dockerfiles
from imagelint.image.recipe import Framer, Made, Recipe, RecipeStage
from imagelint.secrets.redact import plain

if TYPE_CHECKING:
    from imagelint.dockerfile.certain import Certain
    from imagelint.dockerfile.model import Dockerfile, Instruction
    from imagelint.findings import Frame, Location
    from imagelint.secrets.confirm import Detector
    from imagelint.secrets.redact import Redactor


def read(path: str, data: bytes) -> Recipe:
    """Any bytes, as a Dockerfile; one without FROM has no stages."""
    from imagelint.dockerfile.certain import Certain  # heavy: only where there is a Dockerfile
    from imagelint.dockerfile.parse import parse

    file = parse(data)
    certain = Certain(file)
    stages: list[RecipeStage] = []
    for stage in file.stages:
        certain.begin(stage)
        raw = stage.base.raw
        made = [
            _made(file, instruction, certain) for instruction in stage.instructions if instruction.keyword != "FROM"
        ]
        base = raw if stage.parent < 0 and "$" not in raw else ""
        line = stage.instructions[0].span.line
        stages.append(RecipeStage(stage.name, stage.parent, raw == "scratch", made, base, line))
    return Recipe(path, data, stages, partial(_framer, file))


def _framer(file: Dockerfile, detector: Detector, redactor: Redactor) -> Framer:
    """Masks the file as it is masked for findings of its own."""
    from imagelint.dockerfile import embedded
    from imagelint.dockerfile.excerpt import Excerpts
    from imagelint.dockerfile.lint import learn
    from imagelint.dockerfile.model import Span
    from imagelint.dockerfile.subjects import subjects

    things = list(subjects(file, ""))
    learn(things, file, detector, redactor)
    for thing in things:  # they point to each other
        thing.__dict__.clear()
    excerpts = Excerpts(file, redactor.source(file.source, embedded.NAME), plain(""))

    def frame(at: Location) -> Frame:
        return excerpts.frame(Span(at.line, at.column, at.end_line, at.end_column))

    return frame


def named(path: str) -> Recipe | None:
    """The file of --dockerfile; None for none. UsageError where it cannot be read."""
    if not path:
        return None
    source = targets.dockerfile(path)
    if isinstance(source, targets.Hole):
        raise UsageError(f"--dockerfile {path[:200]!r} {source.reason}")
    return read(source.path, source.data)


def dockerfiles(given: Recipe | None, target: str) -> Dockerfiles:
    """Where to look for the Dockerfile of the images of a target."""
    return Dockerfiles(read, given, _beside(target) if given is None else None)


def _beside(target: str) -> Recipe | None:
    """The only Dockerfile in the folder that holds an archive or a layout."""
    place = targets.place(target)
    folder = os.path.dirname(os.path.abspath(place)) if place else ""
    if not folder:
        return None
    try:
        names = [name for name in os.listdir(folder) if targets.named_like_one(name)]
    except OSError:
        return None
    path = os.path.join(folder, names[0]) if len(names) == 1 else ""
    if not path or os.path.islink(path):
        return None
    source = targets.dockerfile(path)
    recipe = read(source.path, source.data) if isinstance(source, targets.Source) else None
    return recipe if recipe is not None and recipe.stages else None


def _made(file: Dockerfile, instruction: Instruction, certain: Certain) -> Made:
    span = instruction.span
    end_line, end_column = span.end_line, span.end_column
    for heredoc in instruction.heredocs:
        closing = heredoc.span.end_line + 1 if heredoc.body else heredoc.span.line
        if closing <= len(file.lines) and file.lines[closing - 1].strip() == heredoc.name:
            end_line, end_column = closing, len(file.lines[closing - 1]) + 1
        elif heredoc.span.end_line > end_line:
            end_line, end_column = heredoc.span.end_line, heredoc.span.end_column
    json = instruction.form == "json"
    filled = certain.fills(instruction)
    words = [word.value if json and not filled else word.raw for word in instruction.words]
    pairs = [(pair.name, pair.value.raw if pair.value is not None else "") for pair in instruction.pairs]
    made = Made(
        instruction.keyword,
        instruction.text,
        [certain.filled(word) for word in words] if filled else words,
        span.line,
        span.column,
        end_line,
        end_column,
        [(name, certain.filled(value)) for name, value in pairs] if filled else pairs,
        [(heredoc.name, heredoc.body) for heredoc in instruction.heredocs],
        json,
        instruction.onbuild,
        instruction.shell,
    )
    certain.learn(instruction)
    return made
