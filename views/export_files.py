"""The files of exports as pages show and send them; making them is for views.making."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app, send_file
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from language.files import content_disposition
from models.export import CANCELLED, DONE, FAILED, WAITING, WORKING
from models.problems import Problem
from services.exporting import WORKBOOK, Standing
from views.filling import current_moment
from views.workbook import MEDIA_TYPE

FOLDER = "exports"
ZIP = "application/zip"
DOCX, PDF = "docx", "pdf"
# Format -> what its file is sent as: of data, of the Word report, of the consolidated workbook.
DATA: Mapping[str, str] = {"xlsx": MEDIA_TYPE, "csv": ZIP, "jsonl": ZIP, "parquet": ZIP}
REPORTS: Mapping[str, str] = {
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    PDF: "application/pdf",
}
WORKBOOKS: Mapping[str, str] = {WORKBOOK: MEDIA_TYPE}

STATES: Mapping[str, LazyString] = {
    WAITING: _("Waiting"),
    WORKING: _("Being made"),
    DONE: _("Ready"),
    CANCELLED: _("Cancelled"),
    FAILED: _("Could not be made"),
}
# So often the page is opened anew while an export is on its way.
REFRESH_SECONDS = 3
# A worker does something every minute; one that has just begun may not have yet.
LONGEST_SILENCE, PATIENCE = timedelta(minutes=3), timedelta(seconds=20)


def exports_folder() -> Path:
    """Return the folder of exports, made when it is not there."""
    folder = Path(current_app.config["SETTINGS"].home) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(export_id: str) -> Path:
    """Return where the file of an export is, once it is made."""
    return exports_folder() / export_id


def shown(exports: Iterable[Standing], refresh: int = REFRESH_SECONDS) -> dict[str, Any]:
    """Return what a page that shows exports says of all of them, for its template."""
    found = list(exports)
    return {
        "states": STATES,
        "silent": worker_is_silent(found),
        "refresh": refresh if any(export.live for export in found) else 0,
    }


def worker_is_silent(exports: Iterable[Standing]) -> bool:
    """Tell whether one has been waiting for a while, and nobody in the background does anything."""
    now = current_moment()
    waiting = (export.created_at for export in exports if export.state == WAITING)
    last_done = current_app.extensions["last_done"]()
    works = last_done is not None and now - last_done < LONGEST_SILENCE
    return not works and any(asked < now - PATIENCE for asked in waiting)


def send_export(export: Standing, media_types: Mapping[str, str]) -> Response:
    """Send the file of an export in one of these formats. Raises Problem `export_unknown`."""
    path, media_type = path_of(export.id), media_types.get(export.wanted.format)
    if media_type is None or export.state != DONE or not path.exists():
        raise Problem("export_unknown")
    response = send_file(path, media_type)
    response.headers["Content-Disposition"] = content_disposition(export.file_name)
    return response
