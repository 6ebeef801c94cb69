"""Making exports: what the worker does with those that are waiting.

Only the worker imports this: what it needs is much.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from flask import current_app

from exports.data_files import Write, archive, csv_pieces, json_pieces
from exports.data_workbook import DataWorkbook
from exports.parquet import parquet_pieces
from exports.records import DataOptions, Record
from exports.workbook import Document
from language.dates import local
from models.database import reading, transaction
from services import data_export, exporting
from services.data_export import DataExport
from services.exporting import Made, Standing
from views.export_files import REPORTS, exports_folder, path_of
from views.filling import current_moment
from views.pulse import pulse
from views.report_making import write_report
from views.workbook_making import write_consolidated

UNFINISHED = ".part"
# How often the progress is noted, and how many records go by before the clock is looked at.
BEAT_SECONDS, GLANCE = 1.0, 200


class Cancelled(Exception):
    """The export is no longer wanted."""


class Incomplete(Exception):
    """Not as many responses were written as there are: a bug, never a file."""


Pieces = Callable[[DataExport, Document], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of data: the ending of its file, and how it is written.

    Its tables are read `passes` times.
    """

    ending: str
    pieces: Pieces
    passes: int = 1


def _workbook(found: DataExport, document: Document) -> Iterator[bytes]:
    return DataWorkbook((*found.sheets, found.manifest), document).pieces()


def _archived(write: Write, ending: str, passes: int = 1) -> Format:
    def pieces(found: DataExport, document: Document) -> Iterator[bytes]:
        return archive(found.sheets, write, ending, document, found.facts)

    return Format("zip", pieces, passes)


FORMATS: Mapping[str, Format] = {
    "xlsx": Format("xlsx", _workbook),
    "csv": _archived(csv_pieces, "csv"),
    "jsonl": _archived(json_pieces, "jsonl"),
    "parquet": _archived(parquet_pieces, "parquet", passes=2),
}


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
    # Of this attempt alone: one that was given up may turn out to go on.
    unfinished = path.with_suffix(f".{token_hex(4)}{UNFINISHED}")
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
    with transaction() as session:
        wanted = exporting.finish(session, taken.id, written, current_moment())
        if wanted:
            unfinished.rename(path)
    remove_unfinished(taken.id)
    return wanted


def resume_exports() -> None:
    """Let exports be made that a worker before this one has begun: it has ended, as it may."""
    with transaction() as session:
        exporting.hand_over(session)
    for path in filter(Path.is_dir, exports_folder().iterdir()):
        _remove(path)


def remove_unfinished(export_id: str) -> None:
    """Remove what attempts to make an export have left behind: files, and folders of a PDF."""
    for path in exports_folder().glob(f"{export_id}.*{UNFINISHED}"):
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a file or a folder; LibreOffice may still write to one, which is removed next time."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _write(taken: Standing, path: Path) -> Made:
    """Write the file of an export. Raises Cancelled."""
    options = taken.wanted.options
    if isinstance(options, DataOptions):
        return _write_data(taken, options, path)
    watcher = Watcher(taken.id)
    # One large sheet, or a PDF, may take longer than others wait.
    with pulse(watcher.live):
        if taken.wanted.format in REPORTS:
            return write_report(taken, options, path, watcher.step)
        return write_consolidated(taken, options, path, watcher.step)


def _write_data(taken: Standing, options: DataOptions, path: Path) -> Made:
    wanted, now = taken.wanted, current_moment()
    watcher = Watcher(taken.id)
    with reading() as session:
        found = data_export.collect(
            session, wanted.campaign, wanted.round, options, now, watcher.watch
        )
        chosen = FORMATS[wanted.format]
        watcher.expected = found.readings * chosen.passes
        document = Document(found.title, found.board_name, taken.created_at)
        size, digest = _store(chosen.pieces(found, document), path)
    rows = found.read[found.sheets[0].name]
    if (watcher.seen, rows) != (watcher.expected, found.responses):
        raise Incomplete(f"{rows} of {found.responses} responses")
    # Archives of different formats are not of one name.
    kind = "" if chosen.ending == wanted.format else f" ({wanted.format})"
    name = f"Dữ liệu {found.title} {local(now):%d-%m-%Y}{kind}.{chosen.ending}"
    return Made(name, size, digest, rows, str(found.facts["log_head"]))


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
        if path.name.partition(".")[0] not in kept:
            _remove(path)
