"""A browser, an installation to visit, and eyes for what may not be on any page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.installation import Installation, serve
from tests.conftest import disconnect, make_settings
from tests.databases import Databases

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 390, 1280
# Each width and scheme every time, and all pairs of them in turn: no colour depends on a width.
LOOKS = (((PHONE, "light"), (DESK, "dark")), ((PHONE, "dark"), (DESK, "light")))
# A busy machine is no failure.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
# What fingers press is at least 44 pixels high: a control, or a choice with its label.
SMALL_TARGETS = """() => Array.from(document.querySelectorAll(
    "button, .btn, select, textarea, .form-check, input:not([type=hidden], .form-check-input)"))
  .filter((e) => e.offsetParent && !e.classList.contains("visually-hidden"))
  .filter((e) => e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def installation(
    databases: Databases, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Return a running installation with the campaign in it."""
    with databases.create(template) as url:
        with serve(make_settings(tmp_path_factory.mktemp("home"), url)) as running:
            yield running
        disconnect()


@dataclass
class Eyes:
    """Looks at every page it is shown, in every width and colour scheme, and notes faults."""

    page: Page
    faults: list[str] = field(default_factory=list)
    times: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def look(self) -> None:
        """Look at the page that is open; it is left as wide and light as it was."""
        width = self.page.viewport_size
        for pixels, scheme in LOOKS[self.times % 2]:
            self.page.set_viewport_size({"width": pixels, "height": 900})
            self.page.emulate_media(color_scheme=scheme)
            self._look_once(f"{self.page.url} at {pixels} px, {scheme}")
        self.times += 1
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(width or {"width": PHONE, "height": 900})
        assert not self.faults, "\n".join(self.faults)

    def _look_once(self, where: str) -> None:
        if not self.page.evaluate("'axe' in window"):
            # Through the debugger, which the content policy of the page does not concern.
            self.page.evaluate(AXE)
        found = self.page.evaluate(
            "(tags) => axe.run({runOnly: tags, resultTypes: ['violations']})", RULES
        )
        for violation in found["violations"]:
            places = [node["target"] for node in violation["nodes"]][:3]
            self.faults.append(f"{where}: {violation['id']}: {violation['help']} {places}")
        if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.faults.append(f"{where}: the page is wider than the screen")
        for target in self.page.evaluate(SMALL_TARGETS):
            self.faults.append(f"{where}: too small to press: {target}")

    def _note_message(self, message: Any) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            self.faults.append(f"{self.page.url}: {message.text}")


@dataclass
class Desk:
    """A browser window of one person."""

    context: BrowserContext
    page: Page
    eyes: Eyes


@pytest.fixture
def desk(browser: Browser, installation: Installation) -> Iterator[Desk]:
    """Return a window at phone width."""
    with open_desk(browser, installation) as opened:
        yield opened


@contextmanager
def open_desk(browser: Browser, installation: Installation, **options: Any) -> Iterator[Desk]:
    context = browser.new_context(
        base_url=installation.address,
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        # Colours in transition have no contrast of their own.
        reduced_motion="reduce",
        viewport={"width": PHONE, "height": 900},
        **options,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield Desk(context, page, Eyes(page))
    context.close()
