"""How long a page takes to answer a keystroke, in Chromium, on a form of 500 questions."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Page, Route, sync_playwright

from app import create_app
from settings import Settings

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])))
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
ADDRESS = "http://phieu.test"
TARGET_MS = 10
# Types into every text input; how long until all that follows is known, and until it is laid out.
TYPE = """() => {
  const times = [];
  for (const input of document.querySelectorAll("main input[type=text], main textarea")) {
    if (!input.offsetParent) continue;
    for (const text of ["1", "12", "123", "12", "1.234"]) {
      const start = performance.now();
      input.value = text;
      input.dispatchEvent(new InputEvent("input", {bubbles: true}));
      const known = performance.now();
      document.body.offsetHeight;
      times.push([known - start, performance.now() - start]);
    }
  }
  return times;
}"""


def measure_typing(home: Path, path: str) -> None:
    """Print the median and the 95th percentile of all keystrokes, in milliseconds."""
    times = keystrokes(home, path)
    for index, what in enumerate(("known", "laid out")):
        sorted_times = sorted(pair[index] for pair in times)
        p95 = sorted_times[int(len(times) * 0.95)]
        print(
            f"{'typing':18} {len(times):,} keystrokes, what follows is {what:8}"
            f" median {statistics.median(sorted_times):.2f} ms   p95 {p95:.2f} ms"
            f" (target {TARGET_MS} ms)"
        )


def keystrokes(home: Path, path: str) -> list[tuple[float, float]]:
    """Return for each keystroke on the page at `path` after how many milliseconds what is there."""
    client = create_app(Settings.from_environment({"PHIEU_HOME": str(home)})).test_client()

    def serve(route: Route) -> None:
        answer = client.get(route.request.url.removeprefix(ADDRESS))
        headers = {k: v for k, v in answer.headers.items() if k != "Content-Length"}
        route.fulfill(status=answer.status_code, headers=headers, body=answer.data)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page: Page = browser.new_page(locale="vi-VN", viewport={"width": 390, "height": 900})
        page.route("**/*", serve)
        page.goto(f"{ADDRESS}{path}")
        found: list[tuple[float, float]] = page.evaluate(TYPE)
        browser.close()
    return found
