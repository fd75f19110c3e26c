"""Parameters: what a rule asks of the configuration, a number or a list of texts.

    parameters:
      most: {type: number, meaning: How many lines a file may have, example: 200}

A condition and a message read it as `parameter.most`. A parameter without a default has to be set before its rule is
put; the examples of the rule are judged with its `example`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from imagelint.engine.fact import INT, LIST, PARAMETER, Fact
from imagelint.errors import UsageError, nearest
from imagelint.record import record

if TYPE_CHECKING:
    from imagelint.engine.rule import Rule

Value: TypeAlias = "int | tuple[str, ...]"
TYPES = {"number": INT, "list": LIST}
MOST_TEXTS, LONGEST = 1_000, 1_000
"""Texts of a list, and characters of one: a condition goes through them for each subject."""


@record
class Parameter:
    """One parameter of a rule."""

    name: str
    type: str
    """A key of TYPES."""
    meaning: str
    example: Value
    default: Value | None = None
    """None: the rule is off until it is set."""

    @property
    def fact(self) -> Fact:
        """As a condition reads it."""
        return Fact(TYPES[self.type], self.meaning)

    @property
    def unset(self) -> Value:
        """What a rule reads that is put although nobody has set it."""
        return self.default if self.default is not None else 0 if self.type == "number" else ()


Settings: TypeAlias = "Mapping[str, Mapping[str, Value]]"
"""By rule, and in it by parameter."""


def facts(parameters: Iterable[Parameter]) -> dict[str, Fact]:
    """The parameters by their names in a condition."""
    return {PARAMETER + parameter.name: parameter.fact for parameter in parameters}


def values(rule: Rule, settings: Settings) -> dict[str, Any]:
    """The value of each parameter of a rule by its name in a condition, lists as CEL takes them."""
    given = settings.get(rule.id, {})
    found = {parameter.name: given.get(parameter.name, parameter.unset) for parameter in rule.parameters}
    return {PARAMETER + name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def missing(rule: Rule, settings: Settings) -> list[Parameter]:
    """The parameters that a rule needs, and that nobody has set."""
    given = settings.get(rule.id, {})
    return [each for each in rule.parameters if each.default is None and each.name not in given]


def require(rules: Iterable[Rule], settings: Settings) -> None:
    """UsageError for a rule that somebody selected, and that waits for a parameter."""
    for rule in rules:
        for each in missing(rule, settings):
            shown = f"parameters: {{{rule.id}: {{{each.name}: {_yaml(each.example)}}}}}"
            raise UsageError(f"{rule.id} waits for its parameter {each.name}; set it in the configuration: {shown}")


def checked(asked: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Rule], where: str) -> Settings:
    """What a configuration file sets, by the declarations of the rules; UsageError, in one line, where it does not
    fit."""
    found: dict[str, dict[str, Value]] = {}
    for rule_id, given in asked.items():
        rule = rules.get(rule_id)
        if rule is None or not rule.parameters:
            able = [other.id for other in rules.values() if other.parameters]
            why = "no such rule" if rule is None else "it has no parameters"
            hint = nearest(rule_id, rules if rule is None else able) or f"; {', '.join(able)} can be set"
            raise UsageError(f"{where}: parameters: {rule_id!r}: {why}{hint}")
        declared = {parameter.name: parameter for parameter in rule.parameters}
        for name, value in given.items():
            if name not in declared:
                hint = nearest(name, declared) or f"; it has {', '.join(declared)}"
                raise UsageError(f"{where}: parameters: {rule_id} has no parameter {name!r}{hint}")
            place = f"{where}: parameters: {rule_id}: {name}"
            found.setdefault(rule_id, {})[name] = _value(declared[name], value, place)
    return found


def _value(parameter: Parameter, value: Any, place: str) -> Value:
    if parameter.type == "number":
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9:
            return value
        raise UsageError(f"{place} is a whole number above 0: {parameter.name}: {parameter.example}")
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(item, str) and item.strip() for item in items):
        raise UsageError(f"{place} is a list of texts: {parameter.name}: {_yaml(parameter.example)}")
    if len(items) > MOST_TEXTS or max(map(len, items)) > LONGEST:
        raise UsageError(f"{place} has at most {MOST_TEXTS} texts of {LONGEST} characters")
    return tuple(items)


def _yaml(value: Value) -> str:
    return str(value) if isinstance(value, int) else "[" + ", ".join(f'"{item}"' for item in value) + "]"


def setting(rule: Rule) -> str:
    """A configuration (YAML) that sets the parameters of a rule to what its examples are judged with."""
    lines = ["parameters:", f"  {rule.id}:"]
    lines += (f"    {each.name}: {_yaml(each.example)}" for each in rule.parameters)
    return "\n".join(lines) + "\n"
