"""Every block of code of the README and of docs/: commands run, documents load."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests import engines, registries
from tests.conftest import without
from tests.docs.bed import bed, needs
from tests.docs.blocks import REPOSITORY, RUN, blocks, pages
from tests.docs.documents import wrong
from tests.docs.elsewhere import PAGES
from tests.docs.shell import Done, Step, run, steps
from tests.docs.test_formats import PAGE as FORMATS_PAGE
from tests.docs.test_formats import check as check_formats

GENERATED = "docs/rules/"
"""Pages that are made from the rules, whose examples tests/rules puts to the command."""
AFTERWARDS = {FORMATS_PAGE: check_formats}
"""What else is looked at when the commands of a page are through."""
WRITTEN = [page for page in pages() if not page.startswith(GENERATED)]


def to_type(page: str) -> list[Step]:
    """What a page has to type, but for what runs elsewhere."""
    if page in PAGES:
        return []
    return [step for block in blocks(page) for step in steps(block)]


def _parameters() -> list[ParameterSet]:
    """The pages with commands, and those that fail; those that need a daemon, or the wheel, one after the other in one
    process."""
    found = []
    for page in WRITTEN:
        try:
            commands, group = bool(to_type(page)), bool(needs(blocks(page)) & {"docker", "pip"})
        except ValueError:
            commands, group = True, False
        if commands:
            found.append(pytest.param(page, marks=[pytest.mark.xdist_group("docs")] if group else []))
    return found


@pytest.mark.parametrize("page", _parameters())
def test_the_commands_of_a_page(page: str, tmp_path: Path, installed: Path, wheel: Path) -> None:
    asked = needs(blocks(page))
    if "docker" in asked and (reason := engines.missing()):
        without(reason)
    if "registry" in asked and (reason := registries.missing()):
        without(reason)
    with bed(blocks(page), tmp_path, installed, wheel) as here:
        todo = [replace(step, text=here.typed(step.text)) for step in to_type(page)]
        done = run(todo, here.folder, here.environment, tmp_path / "notes")
    told = [Done(replace(one.step, text=here.told(one.step.text)), one.status, here.told(one.output)) for one in done]
    assert "\n\n".join(filter(None, (one.wrong() for one in told))) == ""
    if page in AFTERWARDS:
        AFTERWARDS[page](here.folder, done)


@pytest.mark.parametrize("page", WRITTEN)
def test_the_documents_of_a_page(page: str, tmp_path: Path, installed: Path) -> None:
    assert [said for block in blocks(page) if (said := wrong(block, tmp_path, installed))] == []


def test_every_option_of_a_scan_is_told(installed: Path) -> None:
    done = subprocess.run([installed, "scan", "--help"], capture_output=True, text=True, check=True)
    text = "\n".join((REPOSITORY / page).read_text(encoding="utf-8") for page in WRITTEN)
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", done.stdout))
    assert len(options) > 30
    assert [option for option in sorted(options) if not re.search(rf"{option}(?![\w-])", text)] == []


@pytest.mark.parametrize("page", WRITTEN)
def test_no_command_is_called_text(page: str) -> None:
    """So that nobody has to run it."""
    words = re.compile(
        r"^\W*(sudo |[A-Z_]+=\S+ )*(imagelint|docker|podman|pip|python3?|git|make|pre-commit|uv|curl) ", re.M
    )
    shown = [block for block in blocks(page) if block.language == "text" and not block.file]
    assert [str(block) for block in shown if words.search(block.text)] == []


def test_the_pages_of_rules_have_no_commands() -> None:
    """But for what a script in an example does."""
    generated = [page for page in pages() if page.startswith(GENERATED)]
    assert len(generated) > 500
    assert [str(block) for page in generated for block in blocks(page) if block.language in RUN] == []


def test_what_runs_elsewhere_is_on_its_page() -> None:
    assert {page for page in WRITTEN if any(steps(block) for block in blocks(page))} >= set(PAGES)
    for page, (test, why) in PAGES.items():
        assert page in (REPOSITORY / test).read_text(encoding="utf-8")
        assert len(why) > 20
