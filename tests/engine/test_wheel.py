"""The build hook puts the rules into the wheel, compiled, and the package in it finds them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path


def test_the_package_loads_every_rule_and_no_yaml(wheel: Path, repository: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "import json, sys\n"
        "from imagelint.engine import compiled\n"
        "found = compiled.load()\n"
        "where = compiled.__file__\n"
        "print(json.dumps([where, 'yaml' in sys.modules, {rule.id: rule.rationale for rule in found.rules}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    where, yaml, rationales = json.loads(done.stdout)
    assert where.startswith(str(tmp_path))
    assert not yaml
    assert sorted(rationales) == sorted(path.stem for path in (repository / "rules").rglob("*.yaml"))
    assert all(rationales.values())


def test_nothing_of_the_build_is_left_behind(wheel: Path) -> None:
    assert [path.name for path in wheel.parent.iterdir()] == [wheel.name]
