"""What the tests of hosts have in common."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from imagelint import cli
from imagelint.containers.model import Container
from imagelint.engine.compiled import load
from imagelint.host.containers import Defaults, container
from imagelint.host.engine import Engine, find
from imagelint.host.given import NOTHING, given
from imagelint.host.scan import Asked, HostScan
from imagelint.image.sources.answers import as_map
from imagelint.scan_options import Options


def scan(address: str, *, stopped: bool = False, containers: bool = True, layers: bool = True, **options: Any) -> Any:
    """A scan of an engine, in this process: the scan, with its report."""
    asked = Asked(stopped, containers, images=options.pop("images", True), layers=layers)
    made = HostScan(Options(rules=load(), fail_on="never", **options), asked)
    made.run([address])
    return made


def facts(address: str, *names: str) -> list[Container]:
    """The facts of containers."""
    engine = Engine(find(address))
    defaults, found = Defaults.of(as_map(engine.ask("/info"))), []
    for name in names:
        inspected = engine.container(name)
        assert inspected is not None
        found.append(container(inspected, given(as_map(inspected.get("Config")), NOTHING)["Env"], defaults))
    return found


def typed(*words: str) -> tuple[int, str, str]:
    """The command in this process: exit status, what it printed, and its errors."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            cli.main(["host", "--no-config", "--no-progress", *words])
        except SystemExit as ended:
            return int(ended.code or 0), out.getvalue(), errors.getvalue()
    raise AssertionError("the command ends by its status")


def reported(*words: str) -> tuple[int, dict[str, Any]]:
    """The same, with its JSON report."""
    status, out, errors = typed("-f", "json", *words)
    assert errors == ""
    return status, json.loads(out)
