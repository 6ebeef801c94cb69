"""What happens to a unit when the disk of files is full; runs where that disk is a small one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app import create_app
from tests.conftest import make_settings
from tests.office_files import PDF
from tests.visitor import Visitor, plausible

FOUR_MEGABYTES = 4 * 1024 * 1024


def act(home: str, url: str, code: str) -> dict[str, object]:
    """Send a file that there is no room for, then one that there is."""
    app = create_app(make_settings(Path(home), url))
    visitor = Visitor(app.test_client())
    page = visitor.open(f"/{code}?all=1")
    values = {**plausible(page.form), "nguoi_lap": "Trần Thị Bé"}
    large = (PDF + bytes(FOUR_MEGABYTES), "a.pdf")
    full = visitor.send(page, "save", {**values, "tep_bao_cao": large})
    left = [path for path in app.config["FILES"].rglob("*") if path.is_file()]
    draft = visitor.open(f"/{code}?all=1")
    small = visitor.follow(visitor.send(draft, "save", {"tep_bao_cao": (PDF, "b.pdf")}))
    return {
        "status": full.status,
        "retry_after": full.response.headers.get("Retry-After"),
        "summary": full.summary,
        "nguoi_lap": full.typed("nguoi_lap"),
        "draft": draft.typed("nguoi_lap"),
        "left": [str(path) for path in left],
        "afterwards": [said for href, said in small.links if "/tep/" in href],
    }


if __name__ == "__main__":
    print(json.dumps(act(*sys.argv[1:])))  # noqa: T201 - read by the test
