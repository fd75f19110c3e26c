"""The CEL environments: one for each kind of subject, made from the vocabulary, in which conditions are compiled, and
one that reads what was compiled before."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from imagelint import process
from imagelint.engine import vocabulary
from imagelint.engine.fact import Fact


def environment(kind: str, parameters: dict[str, Fact] | None = None) -> Any:
    """The environment (a cel_expr_python.cel.Env) in which the conditions of this kind are compiled; one of its own for
    a rule with parameters."""
    return _made(vocabulary.facts(kind) | parameters) if parameters else _common(kind)


@cache
def _common(kind: str) -> Any:
    return _made(vocabulary.facts(kind))


@cache
def reader() -> Any:
    """An environment for conditions that are compiled already. It knows no facts, and need not: types were checked, and
    each one that an environment knows costs 5 us."""
    return _made({})


def _made(facts: dict[str, Fact]) -> Any:
    # NewEnv imports google.protobuf when it is installed, 17 ms for nothing: conditions hold no messages.
    module = "google.protobuf.descriptor_pool"
    hidden = process.own and module not in sys.modules
    if hidden:
        sys.modules[module] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        from cel_expr_python import cel  # heavy: only when a run needs it
        from cel_expr_python.ext import ext_strings

        variables = {name: cel.Type(fact.type) for name, fact in facts.items()}
        made = cel.NewEnv(variables=variables, extensions=[ext_strings.ExtStrings()])
    finally:
        if hidden:
            del sys.modules[module]
    return made


@cache
def binding() -> str:
    """The version of the CEL binding, from the name of its .dist-info folder; empty when there is none.

    importlib.metadata would cost 37 ms.
    """
    import cel_expr_python

    site = os.path.dirname(next(iter(cel_expr_python.__path__)))
    prefix, suffix = "cel_expr_python-", ".dist-info"
    names = (name for name in os.listdir(site) if name.startswith(prefix) and name.endswith(suffix))
    return next((name.removeprefix(prefix).removesuffix(suffix) for name in names), "")
