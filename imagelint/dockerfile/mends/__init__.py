"""Mends that need more than a part and a text, by the names that rules give them.

Each takes a subject and its file, and gives changes, or None where the file does not say what the mend thinks. None of
them copies text of the file where a sign around it does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelint.dockerfile.changes import Change
    from imagelint.dockerfile.model import Dockerfile

    Mend = Callable[[Any, Dockerfile], list[Change] | None]

MENDS = {
    "argument-behind": "ordering.argument_behind",
    "author-label": "wording.author_label",
    "cd-to-workdir": "moving.cd_to_workdir",
    "checks-on": "wording.checks_on",
    "copy-behind-packages": "ordering.copy_behind_packages",
    "drop-blank-lines": "dropping.blank_lines",
    "drop-earlier-twin": "dropping.earlier_twin",
    "drop-lists": "joining.drop_lists",
    "drop-sandbox-flags": "dropping.sandbox_flags",
    "drop-variable": "dropping.variable",
    "drop-wrapper": "dropping.wrapper",
    "env-to-arg": "wording.env_to_arg",
    "equals-sign": "wording.equals_sign",
    "exec-form": "wording.exec_form",
    "expose-last-port": "wording.expose_last_port",
    "https": "wording.https",
    "install-first": "ordering.install_first",
    "join-next-run": "joining.next_run",
    "join-previous-run": "joining.previous_run",
    "json-quotes": "wording.json_quotes",
    "meant-keyword": "wording.meant_keyword",
    "own-instruction": "moving.own_instruction",
    "pin-digest": "pinning.pin_digest",
    "secret-mount": "moving.secret_mount",
    "shell-instruction": "moving.shell_instruction",
    "shell-with-pipefail": "moving.shell_with_pipefail",
}
"""The names are those of imagelint.engine.vocabulary.MENDS, with the kind of subject that each takes."""


def mend(name: str) -> Mend:
    """The function of a mend; its module is imported for a finding that has one."""
    module, _, function = MENDS[name].partition(".")
    found: Mend = getattr(import_module(f"{__name__}.{module}"), function)
    return found
