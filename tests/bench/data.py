"""How long the data of a large round takes to export, and in how much memory, beside other writers.

Run as `python -m tests.bench.data WRITER HOME OUTPUT`, it exports once, in a process of its own.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZipFile

import openpyxl
import pandas as pd
import xlsxwriter
from sqlalchemy import insert, select

from app import create_app
from exports.cells import Cell
from exports.data_workbook import DataWorkbook
from exports.records import DataOptions, DataSheet
from exports.workbook import Document
from forms.tree import canonical_json
from models import Feedback, Link, Round
from models.database import reading, transaction
from services import data_export, definitions
from settings import Settings

CAMPAIGN, PUBLIC_ROUND, FORM_ID = "kh46", "phan_hoi", "khao_sat_phan_hoi"
NOW = datetime(2021, 9, 1, tzinfo=UTC)
ROWS, COLUMNS = (1_000, 100_000, 1_200_000), 30
# The others would take a quarter of an hour and gigabytes for more, and a sheet is full earlier.
RIVAL_ROWS = 100_000
MOST_SECONDS, MOST_MEGABYTES, LEAST_RATIO = 180, 40, 6
# Different answers; more would take longer to make and change nothing.
DIFFERENT = 1000
A_ROW = re.compile(b"<row ")
PIECE_BYTES = 1 << 20
STATUS, FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
BATCH = 20_000
WORDS = "Thành ủy đã tổ chức quán triệt Chỉ thị cho cán bộ đảng viên và Nhân dân".split()  # noqa: SIM905 - a sentence
LEVELS = ("tot", "kha", "dat")
KINDS = ("integer", "text", "select_one muc", "date")

Write = Callable[[DataSheet, Path], object]


# --- what is exported -----------------------------------------------------------------------------


def prepare(home: Path, rows: int, columns: int) -> None:
    """Make an installation with so much feedback, of so many questions."""
    app = create_app(Settings.from_environment({"PHIEU_HOME": str(home)}))
    assert app.test_cli_runner().invoke(args=["init"]).exit_code == 0
    dice = random.Random(46)
    pool = [canonical_json(_answers(dice, columns)) for _ in range(DIFFERENT)]
    with app.app_context(), transaction() as session:
        definitions.publish(session, _form(columns), "lon.md", NOW)
        opened = session.scalars(select(Round).where(Round.code == PUBLIC_ROUND)).one()
        code = session.scalars(select(Link.code).where(Link.round_id == opened.id)).first()
        version = definitions.newest(session, opened.form_definition_id).id
        for start in range(0, rows, BATCH):
            made = [
                {
                    "link_code": code,
                    "id": f"{dice.getrandbits(128):032x}",
                    "form_version_id": version,
                    "answers": pool[number % DIFFERENT],
                    "sent_on": date(2021, 8, 20),
                }
                for number in range(start, min(start + BATCH, rows))
            ]
            session.execute(insert(Feedback), made)


def _form(columns: int) -> bytes:
    rows = ["| survey | type | name | label |"]
    rows += [f"| | {KINDS[n % len(KINDS)]} | q{n} | Câu hỏi số {n} |" for n in range(columns)]
    rows += ["| choices | list_name | name | label |"]
    rows += [f"| | muc | {level} | Mức {level} |" for level in LEVELS]
    rows += ["| settings | form_id | form_title | version |", f"| | {FORM_ID} | Lớn | {columns} |"]
    return "\n".join(rows).encode()


def _answers(dice: random.Random, columns: int) -> dict[str, Any]:
    makers: Sequence[Callable[[], Any]] = (
        lambda: dice.randrange(100_000),
        lambda: " ".join(dice.choices(WORDS, k=5)),
        lambda: dice.choice(LEVELS),
        lambda: str(date(2021, 8, 1) + timedelta(dice.randrange(60))),
    )
    made = {f"q{n}": makers[n % len(makers)]() for n in range(columns)}
    return {name: answer for name, answer in made.items() if dice.random() > 0.1}


# --- who writes it --------------------------------------------------------------------------------


def write_phieu(sheet: DataSheet, path: Path) -> None:
    """Write the table as Phiếu does."""
    with path.open("wb") as file:
        file.writelines(DataWorkbook([sheet], Document("Phiếu", "Phiếu", NOW)).pieces())


def write_xlsxwriter(sheet: DataSheet, path: Path) -> None:
    """Write the table with XlsxWriter in constant memory, each cell by the method of its type."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        worksheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        writers: Mapping[type, Callable[[int, int, Any], object]] = {
            str: worksheet.write_string,
            int: worksheet.write_number,
            date: lambda row, column, cell: worksheet.write_datetime(row, column, cell, day),
        }
        for row, cells in enumerate(_with_headings(sheet)):
            for column, cell in enumerate(cells):
                if cell is not None:
                    writers[type(cell)](row, column, cell)


def write_openpyxl(sheet: DataSheet, path: Path) -> None:
    """Write the table with openpyxl in its write-only mode."""
    book = openpyxl.Workbook(write_only=True)
    worksheet = book.create_sheet()
    for cells in _with_headings(sheet):
        worksheet.append(cells)
    book.save(path)


def write_pandas(sheet: DataSheet, path: Path) -> None:
    """Write the table from a data frame."""
    names = [column.name for column in sheet.columns]
    pd.DataFrame(list(sheet.rows()), columns=names).to_excel(path, index=False, engine="xlsxwriter")


def _with_headings(sheet: DataSheet) -> Iterator[Sequence[Cell]]:
    yield [column.name for column in sheet.columns]
    yield [column.label for column in sheet.columns]
    yield from sheet.rows()


WRITERS: Mapping[str, Write] = {
    "Phiếu": write_phieu,
    "XlsxWriter constant_memory": write_xlsxwriter,
    "openpyxl write-only": write_openpyxl,
    "pandas": write_pandas,
}


class Took(NamedTuple):
    """What an export took: seconds, those of processors, megabytes over the idle process.

    Then the megabytes of its file, and how many rows are in it.
    """

    seconds: float
    cpu_seconds: float
    megabytes: float
    file_megabytes: float
    rows: int


def main() -> None:
    """Export once; print what it took."""
    writer, home, output = sys.argv[1:]
    app = create_app(Settings.from_environment({"PHIEU_HOME": home}))
    with app.app_context(), reading() as session:
        # A server that is idle has read its forms, and compiled its statements.
        data_export.collect(session, CAMPAIGN, PUBLIC_ROUND, DataOptions(), NOW)
        # From now on the most is what is held now.
        FORGET_PEAK.write_text("5")
        idle, start, cpu_start = _memory("VmRSS"), time.perf_counter(), time.process_time()
        found = data_export.collect(session, CAMPAIGN, PUBLIC_ROUND, DataOptions(), NOW)
        WRITERS[writer](found.sheets[0], Path(output))
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    over, size = _memory("VmHWM") - idle, Path(output).stat().st_size / 1e6
    print(json.dumps([seconds, cpu_seconds, over, size, rows_in(Path(output))]))


def rows_in(path: Path) -> int:
    """Return how many rows stand in the sheets of a workbook, without reading it whole."""
    counted = 0
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                with archive.open(name) as sheet:
                    counted += _rows_in(sheet)
    return counted


def _rows_in(sheet: IO[bytes]) -> int:
    counted, rest = 0, b""
    while piece := sheet.read(PIECE_BYTES):
        counted += len(A_ROW.findall(rest + piece))
        rest = piece[-len(A_ROW.pattern) + 1 :]
    return counted


def _memory(line: str) -> float:
    """Return what this process holds (`VmRSS`) or has held at most (`VmHWM`), in MB."""
    found = next(x for x in STATUS.read_text().splitlines() if x.startswith(f"{line}:"))
    return int(found.split()[1]) / 1024


# --- side by side ---------------------------------------------------------------------------------


def measure_data(folder: Path) -> None:
    """Print what each writer takes for the same rounds, the largest by Phiếu alone."""
    alone = {rows: _measure(folder, rows) for rows in ROWS}
    most, before = ROWS[-1], ROWS[-2]
    slope = alone[most].cpu_seconds / most / (alone[before].cpu_seconds / before)
    print(
        f"{'':18} a row of {most:,} takes {slope:.2f} times one of {before:,} (linear: 1);"
        f" targets: {MOST_SECONDS} s, {MOST_MEGABYTES} MB"
    )


def _measure(folder: Path, rows: int) -> Took:
    """Measure every writer that can be with so many rows; return what Phiếu took."""
    home = folder / f"rows-{rows}"
    prepare(home, rows, COLUMNS)
    writers = WRITERS if rows <= RIVAL_ROWS else ("Phiếu",)
    took = {writer: _export(writer, home, folder) for writer in writers}
    for writer, found in took.items():
        _say(writer, rows, found)
        ratio = found.cpu_seconds / took["Phiếu"].cpu_seconds
        if writer != "Phiếu":
            print(f"{'':18} {ratio:.1f} times Phiếu (target {LEAST_RATIO})")
    # All of them, and none twice: what heads each sheet comes on top.
    assert took["Phiếu"].rows in {rows + 2, rows + 4}, took["Phiếu"].rows
    return took["Phiếu"]


def _export(writer: str, home: Path, folder: Path) -> Took:
    command = [sys.executable, "-m", "tests.bench.data", writer, str(home), str(folder / "d.xlsx")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Took(*json.loads(said.splitlines()[-1]))


def _say(writer: str, rows: int, took: Took) -> None:
    print(
        f"{'data workbook':18} {writer:27} {rows:9,} rows x {COLUMNS} columns"
        f" {took.seconds:7.2f} s, {took.cpu_seconds:7.2f} s of processors,"
        f" {took.megabytes:+8.1f} MB, file {took.file_megabytes:6.1f} MB",
        flush=True,
    )


if __name__ == "__main__":
    main()
