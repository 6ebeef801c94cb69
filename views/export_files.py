"""Where the files of exports are, and what they are sent as; making them is for views.making."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import current_app

from views.workbook import MEDIA_TYPE

FOLDER = "exports"
ZIP = "application/zip"
# Format -> what its file is sent as.
MEDIA_TYPES: Mapping[str, str] = {"xlsx": MEDIA_TYPE, "csv": ZIP, "jsonl": ZIP, "parquet": ZIP}


def exports_folder() -> Path:
    """Return the folder of exports, made when it is not there."""
    folder = Path(current_app.config["SETTINGS"].home) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(export_id: str) -> Path:
    """Return where the file of an export is, once it is made."""
    return exports_folder() / export_id
