"""hadolint's configuration as one of ours: what has a counterpart, and what has none.

The format: https://github.com/hadolint/hadolint#configure. A rule of hadolint's is one of ours by its aliases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from imagelint import config
from imagelint.dockerfile.labels import type_of
from imagelint.engine import peers
from imagelint.errors import UsageError, nearest

if TYPE_CHECKING:
    from imagelint.engine.compiled import RuleSet

SEVERITIES = {"error": "error", "warning": "warning", "info": "note", "style": "note"}
"""hadolint's, and ours."""
LOWEST = ("ignore", "none")
"""hadolint's threshold below all of its severities."""
_ID = re.compile(r"(?:DL|SC)[0-9]{4}")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{0,39}")
_HOST = re.compile(r"\*|(?:\*\.)?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*(?::[0-9]{1,5})?")
"""What a registry may be here: a host, with its port, or every host below one."""
_LABEL = re.compile(r"[a-z0-9]{1,40}(?:[._/-][a-z0-9]{1,40})*")
_HUB = {"hub.docker.com": "docker.io"}
"""hadolint takes both for images that name no registry."""
_REGISTRIES, _REQUIRED, _ALLOWED = (
    ("base-registry-not-allowed", "allowed"),
    ("label-required-missing", "required"),
    ("label-not-allowed", "allowed"),
)
"""Our rules, each with its parameter."""
_BY_VALUE = ("url", "rfc3339", "spdx", "hash", "semver", "email")
"""Types of hadolint's labels whose values it looks at."""
_FLAGS = {
    "format": "the flag --format says how to report",
    "no-color": "colours go by the screen and by NO_COLOR",
}


def migrate(path: str, rules: RuleSet) -> tuple[str, list[str]]:
    """(the text of an .imagelint.yaml, a line for each thing that has no counterpart) of a .hadolint.yaml.

    Raises UsageError, in one line, for a file that is none. Of its values only rule ids, hosts and keys of labels go
    into either, so that nothing that stands in it by mistake is repeated.
    """
    return _Migration(path, rules).run(config.read_yaml(path))


class _Migration:
    def __init__(self, path: str, rules: RuleSet) -> None:
        self._path, self._rules = path, rules
        self._aliases = rules.aliases.get("hadolint", {})
        self._told: list[str] = []
        self._fail_on = ""
        self._quiet: dict[str, list[str]] = {}
        """Our rules, each with hadolint's that it stands for."""
        self._severities: dict[str, dict[str, list[str]]] = {}
        """Severities that rules of ours are to have, each with hadolint's that it stands for."""
        self._inline = True
        self._set: dict[tuple[str, str], list[str]] = {}
        """What parameters of our rules are set to."""

    def run(self, document: object) -> tuple[str, list[str]]:
        if not isinstance(document, dict):
            raise UsageError(f"{self._path}: hadolint's configuration is a mapping of names to values")
        readers: dict[str, Callable[[str, object], None]] = {
            "ignored": self._ignored,
            "override": self._override,
            "failure-threshold": self._threshold,
            "no-fail": self._no_fail,
            "disable-ignore-pragma": self._pragma,
            "trustedRegistries": self._registries,
            "label-schema": self._labels,
            "strict-labels": self._strict_labels,
            **dict.fromkeys(_FLAGS, self._flag),
        }
        for key in [key for key in document if key not in readers]:
            # hadolint passes over what it does not know, in silence.
            known = isinstance(key, str) and _WORD.fullmatch(key)
            self._tell(
                key if known else "a name that is no word", f"no setting of hadolint{nearest(str(key)[:40], readers)}"
            )
        # In this order, whatever the file's: no-fail wins over a threshold.
        for key, read in readers.items():
            if document.get(key) is not None:
                read(key, document[key])
        self._strict()
        return "\n".join(self._lines()) + "\n", self._told

    def _lines(self) -> Iterator[str]:
        yield "# made by `imagelint migrate` of hadolint's configuration"
        if self._fail_on:
            yield f"fail-on: {self._fail_on}"
        if not self._inline:
            yield "inline-ignores: false"
        if self._quiet:
            yield "ignore:"
            yield from (f"  - {rule}  # {', '.join(ids)}" for rule, ids in sorted(self._quiet.items()))
        if self._severities:
            yield "overrides:"
        for severity, rules in self._severities.items():
            yield f"  - severity: {severity}"
            yield "    rules:"
            yield from (f"      - {rule}  # {', '.join(ids)}" for rule, ids in sorted(rules.items()))
        if self._set:
            yield "parameters:"
        for (rule, parameter), texts in self._set.items():
            yield f"  {rule}:  # {', '.join(self._rules.by_id[rule].aliases['hadolint'])}"
            yield f"    {parameter}:"
            yield from (f'      - "{text}"' for text in texts)

    def _ids(self, key: str, value: object) -> list[str]:
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise UsageError(f"{self._path}: {key} is a list of rule ids, as DL3008 or SC2046")
        ids = [item for item in found if _ID.fullmatch(item)]
        if len(ids) < len(found):
            self._tell(key, f"{len(found) - len(ids)} of {len(found)} entries are no rule ids, as DL3008 or SC2046")
        return list(dict.fromkeys(ids))

    def _ignored(self, key: str, value: object) -> None:
        for name in self._ids(key, value):
            ours = self._aliases.get(name, [])
            for rule in ours:
                self._quiet.setdefault(rule, []).append(name)
            if not ours:
                self._tell(f"{key}: {name}", self._missing(name))
        for rule, names in self._quiet.items():
            others = [n for n in self._rules.by_id[rule].aliases["hadolint"] if n not in names]
            if others:
                self._tell(f"{key}: {', '.join(names)}", f"{rule} stands for {', '.join(others)} too: all are ignored")

    def _override(self, key: str, value: object) -> None:
        if not isinstance(value, dict) or not value.keys() <= SEVERITIES.keys():
            raise UsageError(f"{self._path}: {key} has lists of rules under {', '.join(SEVERITIES)}")
        for severity, listed in value.items():
            for name in self._ids(f"{key}: {severity}", listed) if listed is not None else ():
                ours = self._aliases.get(name, [])
                for rule in ours:
                    if self._rules.by_id[rule].severity.value != SEVERITIES[severity] and rule not in self._quiet:
                        rules = self._severities.setdefault(SEVERITIES[severity], {})
                        rules.setdefault(rule, []).append(name)
                if not ours:
                    self._tell(f"{key}: {severity}: {name}", self._missing(name))

        for severity, rules in self._severities.items():
            for rule, names in rules.items():
                others = [n for n in self._rules.by_id[rule].aliases["hadolint"] if n not in names]
                if others:
                    why = f"{rule} stands for {', '.join(others)} too: all become {severity}"
                    self._tell(f"{key}: {', '.join(names)}", why)

    def _threshold(self, key: str, value: object) -> None:
        if not isinstance(value, str) or value not in (*SEVERITIES, *LOWEST):
            raise UsageError(f"{self._path}: {key} is one of {', '.join((*SEVERITIES, *LOWEST))}")
        self._fail_on = SEVERITIES.get(value, "note")
        if value in LOWEST:
            self._tell(
                f"{key}: {value}", "below every severity, so that all findings count; `fail-on: never` is the opposite"
            )

    def _no_fail(self, key: str, value: object) -> None:
        if self._switch(key, value):
            self._fail_on = "never"

    def _pragma(self, key: str, value: object) -> None:
        self._inline = not self._switch(key, value)

    def _flag(self, key: str, value: object) -> None:
        self._tell(key, f"no setting of a configuration: {_FLAGS[key]}")

    def _registries(self, key: str, value: object) -> None:
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise UsageError(f"{self._path}: {key} is a list of registries, as docker.io or *.example.org")
        hosts = [str(_HUB.get(item, item)) for item in found if _HOST.fullmatch(item)]
        if len(hosts) < len(found):
            self._tell(
                key, f"{len(found) - len(hosts)} of {len(found)} entries are no hosts, as docker.io or *.example.org"
            )
        if hosts:
            self._set[_REGISTRIES] = list(dict.fromkeys(hosts))

    def _labels(self, key: str, value: object) -> None:
        if not isinstance(value, dict):
            raise UsageError(f"{self._path}: {key} has keys of labels, each with its type")
        keys = [name for name in value if isinstance(name, str) and _LABEL.fullmatch(name)]
        if len(keys) < len(value):
            self._tell(
                key, f"{len(value) - len(keys)} of {len(value)} are no keys of labels, as org.opencontainers.image.url"
            )
        if judged := [name for name in keys if value[name] in _BY_VALUE and not type_of(name)]:
            why = "are required; values are judged of the keys of the OCI specification only"
            self._tell(key, f"{len(judged)} of {len(keys)} labels with a type {why}")
        if keys:
            self._set[_REQUIRED] = keys

    def _strict_labels(self, key: str, value: object) -> None:
        if self._switch(key, value):
            if _REQUIRED in self._set:
                self._set[_ALLOWED] = self._set[_REQUIRED]
            else:
                self._tell(key, "without a label-schema that names labels, it would refuse all of them")

    def _strict(self) -> None:
        """hadolint puts some of its rules always that are of a profile here."""
        strict = {
            name
            for name, ours in self._aliases.items()
            if all(self._rules.by_id[rule].profile == "strict" for rule in ours)
        }
        ignored = {name for names in self._quiet.values() for name in names}
        if left := sorted(strict - ignored):
            self._tell(", ".join(left), "put by `profile: strict` only")

    def _switch(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise UsageError(f"{self._path}: {key} is true or false")
        return value

    def _missing(self, name: str) -> str:
        checks = {check.id: check.why for check in peers.coverage(self._rules) if check.peer == "hadolint"}
        if not peers.has("hadolint", name):
            return "hadolint has no such rule, as far as we know"
        return checks.get(name) or checks["SC*"]

    def _tell(self, what: str, why: str) -> None:
        self._told.append(f"{what}: {why}")
