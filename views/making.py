"""Making exports: what the worker does with those that are waiting, and where their files are."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import current_app

from exports.data_files import Write, archive, csv_pieces, json_pieces
from exports.data_workbook import DataWorkbook
from exports.options import WorkbookOptions
from exports.parquet import parquet_pieces
from exports.records import DataOptions, Record
from exports.workbook import Document
from language.dates import local
from models.database import reading, transaction
from services import data_export, exporting
from services.data_export import DataExport
from services.exporting import Made, Standing
from views.filling import current_moment
from views.pulse import pulse
from views.workbook import MEDIA_TYPE
from views.workbook_making import write_consolidated

FOLDER, UNFINISHED = "exports", ".part"
# How often the progress is noted, and how many records go by before the clock is looked at.
BEAT_SECONDS, GLANCE = 1.0, 200


class Cancelled(Exception):
    """The export is no longer wanted."""


Pieces = Callable[[DataExport, Document], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of data: the ending of its file, what it is sent as, and how it is written."""

    ending: str
    media_type: str
    pieces: Pieces


def _workbook(found: DataExport, document: Document) -> Iterator[bytes]:
    return DataWorkbook(found.sheets, document).pieces()


def _archived(write: Write, ending: str) -> Format:
    def pieces(found: DataExport, document: Document) -> Iterator[bytes]:
        return archive(found.sheets, write, ending, document, found.facts)

    return Format("zip", "application/zip", pieces)


FORMATS: Mapping[str, Format] = {
    "xlsx": Format("xlsx", MEDIA_TYPE, _workbook),
    "csv": _archived(csv_pieces, "csv"),
    "jsonl": _archived(json_pieces, "jsonl"),
    "parquet": _archived(parquet_pieces, "parquet"),
}


def exports_folder() -> Path:
    """Return the folder of exports, made when it is not there."""
    folder = Path(current_app.config["SETTINGS"].home) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(export_id: str) -> Path:
    """Return where the file of an export is, once it is made."""
    return exports_folder() / export_id


def make_exports() -> int:
    """Make every export that is waiting, one after the other; return how many were made."""
    forget_exports()
    made = 0
    while True:
        with transaction() as session:
            taken = exporting.take(session, current_moment())
        if taken is None:
            return made
        made += make(taken)


def make(taken: Standing) -> bool:
    """Make an export that was taken; tell whether it was made and still wanted."""
    path = path_of(taken.id)
    unfinished = path.with_suffix(UNFINISHED)
    try:
        written = _write(taken, unfinished)
    except Cancelled:
        unfinished.unlink(missing_ok=True)
        return False
    except Exception:
        unfinished.unlink(missing_ok=True)
        with transaction() as session:
            exporting.fail(session, taken.id, current_moment())
        current_app.logger.exception("An export of %s failed", taken.wanted.round)
        return False
    unfinished.rename(path)
    with transaction() as session:
        return exporting.finish(session, taken.id, written, current_moment())


def _write(taken: Standing, path: Path) -> Made:
    """Write the file of an export. Raises Cancelled."""
    options = taken.wanted.options
    if isinstance(options, WorkbookOptions):
        watcher = Watcher(taken.id)
        # One large sheet may take longer than others wait.
        with pulse(watcher.live):
            return write_consolidated(taken, options, path, watcher.step)
    return _write_data(taken, options, path)


def _write_data(taken: Standing, options: DataOptions, path: Path) -> Made:
    wanted, now = taken.wanted, current_moment()
    watcher = Watcher(taken.id)
    with reading() as session:
        found = data_export.collect(
            session, wanted.campaign, wanted.round, options, now, watcher.watch
        )
        watcher.expected = found.readings
        document = Document(found.title, found.board_name, taken.created_at)
        pieces = FORMATS[wanted.format].pieces(found, document)
        size, digest = _store(pieces, path)
    name = f"Dữ liệu {found.title} {local(now):%d-%m-%Y}.{FORMATS[wanted.format].ending}"
    return Made(name, size, digest, watcher.seen, str(found.facts["log_head"]))


def _store(pieces: Iterable[bytes], path: Path) -> tuple[int, str]:
    """Write a file; return its size in bytes and its SHA-256."""
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            size += len(piece)
            digest.update(piece)
    return size, digest.hexdigest()


class Watcher:
    """Counts records as they are read, says so now and then, and stops when nobody wants them."""

    def __init__(self, export_id: str) -> None:
        self._id = export_id
        self._beaten = time.monotonic()
        self.seen = self.expected = 0

    def watch(self, records: Iterator[Record]) -> Iterator[Record]:
        """Hand records on. Raises Cancelled."""
        for record in records:
            self.seen += 1
            if self.seen % GLANCE == 0 and time.monotonic() - self._beaten > BEAT_SECONDS:
                self._beat()
            yield record

    def step(self, done: int, expected: int) -> None:
        """Say how many steps of a few are done. Raises Cancelled."""
        self.seen, self.expected = done, expected
        self._beat()

    def live(self) -> None:
        """Say that the work goes on; whether it is wanted is asked at the next step."""
        with transaction() as session:
            exporting.beat(session, self._id, self.seen, self.expected, current_moment())

    def _beat(self) -> None:
        self._beaten = time.monotonic()
        with transaction() as session:
            if not exporting.beat(session, self._id, self.seen, self.expected, current_moment()):
                raise Cancelled


def forget_exports() -> None:
    """Forget exports that are a day old, and remove the files of all that are forgotten."""
    with transaction() as session:
        kept = exporting.forget(session, current_moment())
    for path in exports_folder().iterdir():
        if path.stem not in kept:
            path.unlink(missing_ok=True)
