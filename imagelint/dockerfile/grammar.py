"""The bash grammar of tree-sitter, without what its package imports.

tree_sitter_bash imports importlib.resources, and that tempfile, random, pathlib ... (11 ms), for query files that
nobody here asks for. Only its binding, an extension module, is loaded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language


@lru_cache(maxsize=1)
def bash() -> Language:
    """The grammar; a Parser of it is made for each text, since a parser is no thing to share between threads."""
    from importlib.machinery import PathFinder  # heavy: only when a run needs it

    from tree_sitter import Language

    package = PathFinder.find_spec("tree_sitter_bash")
    spec = PathFinder.find_spec("tree_sitter_bash._binding", package.submodule_search_locations) if package else None
    module = spec.loader.create_module(spec) if spec and spec.loader else None
    if spec is None or spec.loader is None or module is None:
        from tree_sitter_bash import language  # in a zip file or a frozen program

        return Language(language())
    spec.loader.exec_module(module)
    return Language(module.language())
