"""Debian's Chromium without a window, by Playwright's protocol, and axe-core from npm: how a page does in a browser.

`make test` installs all three. Elsewhere, IMAGELINT_AXE names axe.min.js.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
INSTALLED = Path(__file__).resolve().parent.parent / "build" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
AXE = Path(os.environ.get("IMAGELINT_AXE", INSTALLED))
PACKAGE = "axe-core@4.14.1"
WITHOUT_SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
"""Chromium's sandbox does not work for root, and what is shown here is what the test wrote."""


def missing() -> str:
    """What keeps a page from being looked at here; empty when nothing does."""
    reasons = [
        "" if find_spec("playwright") else "the Python package playwright is missing",
        "" if CHROMIUM.exists() else f"{CHROMIUM} is missing",
        "" if AXE.is_file() else f"{AXE} is missing: npm install --prefix build/npm --ignore-scripts {PACKAGE}",
    ]
    return "; ".join(filter(None, reasons))


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=WITHOUT_SANDBOX)
        try:
            yield browser
        finally:
            browser.close()


class Opened:
    """A page in a window of its own, with everything that it asked for and complained of."""

    def __init__(self, browser: Browser, file: Path, *, width: int = 1280, scheme: Any = "light", **more: Any) -> None:
        window = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        self.page: Page = window.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        window.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.resolve().as_uri())

    def until(self, script: str, seconds: float = 10) -> None:
        """Wait for an expression to be true; not by Playwright's own way, which has the page evaluate a text."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(script):
            assert time.monotonic() < end, script
            self.page.wait_for_timeout(10)

    def violations(self) -> list[str]:
        """What axe-core has to say against the page as it stands. Not a script of the page: its policy forbids it."""
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found: list[dict[str, Any]] = self.page.evaluate("axe.run(document).then(result => result.violations)")
        return [f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}" for one in found]

    def close(self) -> None:
        """Close its window."""
        self.page.context.close()
