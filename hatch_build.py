"""The build hook: rules/ becomes two data files inside the wheel: a run reads no YAML and compiles no condition."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesBuildHook(BuildHookInterface[Any]):
    """Puts imagelint/rules/compiled.jsonl and texts.json into the wheel; needs cel-expr-python and PyYAML."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the rules; a mistake in one ends the build. An editable install reads rules/ itself."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from imagelint.engine.compiled import COMPILED, TEXTS, write_compiled
            from imagelint.engine.rule import read_rules
        finally:
            sys.path.remove(self.root)
        os.makedirs(self._folder, exist_ok=True)
        write_compiled(read_rules(os.path.join(self.root, "rules"), thorough=False), self._folder)
        for name in (COMPILED, TEXTS):
            build_data["force_include"][os.path.join(self._folder, name)] = f"imagelint/rules/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the data files away again."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> str:
        return os.path.join(self.directory, "rules-of-the-wheel")
