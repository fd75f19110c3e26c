"""A baseline over real builds: what an engine rebuilds from changed lines has nothing new in it."""

from __future__ import annotations

from tests.engines import Engines
from tests.material import password
from tests.triage.commands import Command, loud, quiet

STEPS = "COPY env /srv/.env\nRUN rm /srv/.env\nRUN touch /srv/run && chmod 4755 /srv/run\n"


def test_rebuilt_with_other_lines_by_another_builder(engines: Engines, command: Command) -> None:
    files = {"env": f"DB_PASSWORD={password(21)}\n"}
    env = f"ENV ADMIN_PASSWORD={password(22)}\n"
    first = engines.save(engines.build(f"FROM base:1\n{env}{STEPS}", files, buildkit=False))
    assert command("baseline", "known.json", str(first)) == 0
    assert {entry["rule"] for entry in command.entries()} >= {"secret-in-assignment", "setuid-file"}
    count = len(command.entries())
    moved = engines.build(f"# why\nFROM base:1\nRUN mkdir /more\n{env}LABEL a=b\n{STEPS}", files, buildkit=True)
    for image in (engines.save(moved), engines.oci(moved)):
        report = command.scan("--baseline", "known.json", str(image))
        assert loud(report) == []
        assert len(quiet(report)) == count
    other = engines.build(f"FROM base:1\n{env}{STEPS}ENV DEPLOY_TOKEN={password(23)}\n", files, buildkit=True)
    report = command.scan("--baseline", "known.json", str(engines.save(other)))
    assert set(loud(report)) == {"secret-in-assignment"}
