"""The Dockerfile that an image was made from, as the room of images takes it: --dockerfile, or one that lies beside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imagelint import targets
from imagelint.errors import UsageError
from imagelint.image.provenance import Dockerfiles
from imagelint.image.recipe import Made, Recipe, RecipeStage

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Dockerfile, Instruction


def read(path: str, data: bytes) -> Recipe:
    """Any bytes, as a Dockerfile; one without FROM has no stages."""
    from imagelint.dockerfile.parse import parse  # heavy: only where there is a Dockerfile

    file = parse(data)
    stages = [
        RecipeStage(
            stage.name,
            stage.parent,
            stage.base.raw == "scratch",
            [_made(file, instruction) for instruction in stage.instructions if instruction.keyword != "FROM"],
            stage.base.raw if stage.parent < 0 and "$" not in stage.base.raw else "",
            stage.instructions[0].span.line,
        )
        for stage in file.stages
    ]
    return Recipe(path, data, stages)


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


def _made(file: Dockerfile, instruction: Instruction) -> Made:
    span = instruction.span
    end_line, end_column = span.end_line, span.end_column
    for heredoc in instruction.heredocs:
        closing = heredoc.span.end_line + 1 if heredoc.body else heredoc.span.line
        if closing <= len(file.lines) and file.lines[closing - 1].strip() == heredoc.name:
            end_line, end_column = closing, len(file.lines[closing - 1]) + 1
        elif heredoc.span.end_line > end_line:
            end_line, end_column = heredoc.span.end_line, heredoc.span.end_column
    json = instruction.form == "json"
    plain = json and instruction.keyword not in ("COPY", "ADD", "VOLUME")  # whose variables a build fills in
    return Made(
        instruction.keyword,
        instruction.text,
        [word.value if plain else word.raw for word in instruction.words],
        span.line,
        span.column,
        end_line,
        end_column,
        [(pair.name, pair.value.raw if pair.value is not None else "") for pair in instruction.pairs],
        [(heredoc.name, heredoc.body) for heredoc in instruction.heredocs],
        json,
        instruction.onbuild,
        instruction.shell,
    )
