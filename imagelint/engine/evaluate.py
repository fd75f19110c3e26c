"""Rules over subjects. A subject is put to the few rules that its kind, instruction, program and facts leave."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

from imagelint.engine.compiled import Gate, RuleSet
from imagelint.engine.entry_index import Fit
from imagelint.engine.fact import LIST, PARAMETER, STRING
from imagelint.engine.guard import TESTS
from imagelint.engine.message import attribute, pieces
from imagelint.engine.rule import Rule
from imagelint.record import record

if TYPE_CHECKING:
    from imagelint.engine.parameter import Settings

_Asked = tuple[Callable[[Any], Any], Callable[[Any], bool], bool]
"""A demand of a guard: how a subject is asked for the fact, the test, and what it is to say."""

_Getter = tuple[str, Callable[[Any], Any]]
"""A fact's name, and how a subject is asked for it."""


_Put = tuple["_Runner", Any, Any, Any]
"""A rule and its first demand, asked where the call of a method would cost more than the answer."""


class Subject(Protocol):
    """One thing that rules are put to. Each fact of its kind, and each subject around it, is an attribute more."""

    @property
    def kind(self) -> str:
        """A key of vocabulary.KINDS."""
        ...

    @property
    def index_instruction(self) -> str:
        """The keyword of its instruction, in capitals; empty when it has none."""
        ...

    @property
    def index_program(self) -> str:
        """The program of a command; empty for the other kinds."""
        ...


@record
class Hit:
    """A rule that held for a subject."""

    rule: Rule
    subject: Any
    parts: list[tuple[str, bool]]
    """The message in pieces: (text, it comes from the target)."""


@record
class Fault:
    """A rule that could not be put to some subject. The text holds nothing of the target."""

    rule: str
    reason: str


class Engine:
    """The chosen rules of a set, ready for subjects. Rules that were not chosen never report and never fault."""

    def __init__(self, ruleset: RuleSet, chosen: Collection[str], settings: Settings | None = None) -> None:
        """`settings`: the parameters of rules that are set."""
        self.ruleset, self._settings = ruleset, settings or {}
        self.faults: list[Fault] = []
        self._chosen = frozenset(chosen)
        self._of_kind: dict[str, dict[str, Rule]] = {}
        self._faulty: set[str] = set()
        self._others: Engine | None = None
        self._runners: dict[tuple[str, str, str], list[_Runner]] = {}
        for gate in ruleset.gates:
            if gate.rule.id in self._chosen:
                runner = _Runner(ruleset, gate, self._settings)
                for instruction in gate.instructions or ("",):
                    for program in gate.programs or ("",):
                        self._runners.setdefault((gate.rule.kind, instruction, program), []).append(runner)
        self._plans: dict[tuple[str, str, str], list[_Put]] = {}

    def has(self, kind: str, instruction: str = "", program: str = "") -> bool:
        """Whether a chosen rule asks for such subjects. An instruction or program left empty stands for any."""
        return any(
            k == kind and (not instruction or i in ("", instruction)) and (not program or p in ("", program))
            for k, i, p in self._runners
        )

    def chosen(self, kind: str) -> dict[str, Rule]:
        """The chosen rules of a kind, by id."""
        if kind not in self._of_kind:
            rules = (rule for rule in self.ruleset.rules if rule.kind == kind and rule.id in self._chosen)
            self._of_kind[kind] = {rule.id: rule for rule in rules}
        return self._of_kind[kind]

    @property
    def chosen_ids(self) -> frozenset[str]:
        """The ids of all chosen rules."""
        return self._chosen

    def others(self) -> Engine:
        """An engine of the rules that were not chosen, made once."""
        if self._others is None:
            rest = {rule.id for rule in self.ruleset.rules} - self._chosen
            self._others = Engine(self.ruleset, rest, self._settings)
        return self._others

    def put(self, subject: Subject) -> list[Hit]:
        """The chosen rules that hold for this subject. What goes wrong with a rule is noted in `faults`."""
        key = (subject.kind, subject.index_instruction, subject.index_program)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(*key)
        hits: list[Hit] = []
        for runner, get, test, wanted in plan:
            try:
                if get is not None and test(get(subject)) is not wanted:  # as for most subjects
                    continue
            except Exception:  # noqa: S110 - a fact that cannot be made: `holds` tells which
                pass
            if runner.fit is not None and not runner.fit(subject):
                continue
            glanced = runner.glance(subject)
            held = runner.holds(subject) if glanced is None else glanced
            if isinstance(held, str):
                self._fault(runner.rule, held)
            elif held:
                self._hit(runner.rule, subject, hits, runner.fixed)
        return hits

    def _plan(self, kind: str, instruction: str, program: str) -> list[_Put]:
        keys = dict.fromkeys((kind, i, p) for i in ("", instruction) for p in ("", program))
        return [(runner, *runner.first()) for key in keys for runner in self._runners.get(key, ())]

    def _hit(self, rule: Rule, subject: Subject, hits: list[Hit], fixed: dict[str, Any]) -> None:
        try:
            hits.append(Hit(rule, subject, pieces(rule.message, rule.kind, subject, fixed)))
        except Exception as error:  # a fact's own code failed: the finding stays, the message goes without its facts
            self._fault(rule, f"its message could not be made ({type(error).__name__})")
            hits.append(Hit(rule, subject, [(rule.title, False)]))

    def _fault(self, rule: Rule, reason: str) -> None:
        if rule.id not in self._faulty:
            self._faulty.add(rule.id)
            self.faults.append(Fault(rule.id, reason))


def _fit(rule: Rule) -> Callable[[Any], bool] | None:
    """Asks an entry whether it is one that the rule is put to; None for the other kinds."""
    if rule.kind != "entry" or rule.index is None:  # a rule's index is read from the file of all rules, once asked for
        return None
    fit = Fit(rule.index)
    return lambda subject: fit.fits(os.fsencode(subject.path), subject.mode, subject.type, subject.xattrs)


class _Runner:
    """A rule, its condition made into an expression when the first subject comes that may meet it."""

    def __init__(self, ruleset: RuleSet, gate: Gate, settings: Settings) -> None:
        self.rule = gate.rule
        self.fit: Callable[[Any], bool] | None = None
        self._ruleset, self._gate, self._words = ruleset, gate, gate.texts
        self._guard: list[tuple[bool | None, list[_Asked]]] = []
        self._evaluate: Callable[..., Any] | None = None
        self._texts: list[_Getter] = []
        self._lists: list[_Getter] = []
        self._numbers: list[_Getter] = []
        self._settings = settings
        self.fixed: dict[str, Any] = {}
        """The parameters of the rule, by name, once a subject was put to it."""

    def first(self) -> tuple[Any, Any, Any]:
        """The demand without which the condition never holds, if there is one; otherwise three times None."""
        kind = self.rule.kind
        self.fit = _fit(self.rule)
        self._guard = [
            (
                True if exact else None,
                [
                    (attrgetter(attribute(kind, fact)), TESTS[test.removeprefix("!")](value), not test.startswith("!"))
                    for fact, test, value in demands
                ],
            )
            for exact, demands in self._gate.guard
        ]
        alone = len(self._guard) == 1 and not self._words and self._guard[0][1]
        return alone[0] if alone else (None, None, None)

    def glance(self, subject: Any) -> bool | None:
        """Whether the condition holds, as far as its guard tells; None: CEL has to say."""
        if self._words:
            text = subject.text
            for word in self._words:
                if word in text:
                    break
            else:
                return False
        try:
            for verdict, demands in self._guard:
                for get, test, wanted in demands:
                    if test(get(subject)) is not wanted:
                        break
                else:
                    return verdict
            return False
        except Exception:  # a fact that cannot be made: `holds` tells which
            return None

    def holds(self, subject: Any) -> bool | str:
        """Whether the condition holds, or why nothing can be said."""
        if self._evaluate is None:
            self._evaluate = self._prepare()
        data = dict(self.fixed)
        name = ""
        try:
            # An environment that only deserialises takes facts of any type, so their types are checked here.
            for name, get in self._texts:
                text = get(subject)
                data[name] = _whole(text) if "\0" in text else text
            for name, get in self._lists:
                words = get(subject)
                data[name] = [_whole(word) for word in words] if "\0" in "".join(words) else words
            for name, get in self._numbers:
                data[name] = number = get(subject)
                if not isinstance(number, int):
                    raise TypeError
        except Exception as error:  # a subject's own code failed: as loud as an error of the condition, and as local
            return f"the fact {name} could not be made ({type(error).__name__})"
        return _answer(self._evaluate, data)

    def _prepare(self) -> Callable[..., Any]:
        program, reads = self._ruleset.program(self.rule)
        kinds = {STRING: self._texts, LIST: self._lists}
        if self._settings or any(name.startswith(PARAMETER) for name in reads):
            from imagelint.engine.parameter import values  # few rules have any

            self.fixed = values(self.rule, self._settings)
        for name, type_ in reads.items():
            if name in self.fixed:
                continue
            kinds.get(type_, self._numbers).append((name, attrgetter(attribute(self.rule.kind, name))))
        evaluate: Callable[..., Any] = program.eval
        return evaluate


def _answer(evaluate: Callable[..., Any], data: dict[str, Any]) -> bool | str:
    try:
        answer = evaluate(data=data).plain_value()
    except RuntimeError as error:
        if "construction from null" in str(error) and (valid := _valid(data)) != data:
            return _answer(evaluate, valid)
        return _reason(str(error))
    return answer if isinstance(answer, bool) else _reason(str(answer))


def _whole(text: str) -> str:
    """The binding cuts a string at a NUL: what stands behind it must not hide."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _valid(data: dict[str, Any]) -> dict[str, Any]:
    """The same with question marks for lone surrogates (surrogateescape makes them), which the binding refuses."""
    return {
        name: [_utf8(item) for item in value] if isinstance(value, list) else _utf8(value)
        for name, value in data.items()
    }


def _utf8(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


_TOLD = (
    r"Unexpected value type for '[a-z_.]+': \w+\. \(Expected [A-Z<>]+\)"
    r"|Index error: index=-?\d+ size=\d+|divide by zero|modulus by zero|invalid regular expression"
)


def _reason(text: str) -> str:
    """Why an evaluation failed, in words that cannot hold anything of the target."""
    if "budget exceeded" in text:
        return "it took more than 10,000 steps"
    told = re.search(_TOLD, text)
    return f"its condition failed: {told[0]}" if told else "its condition failed"
