"""LibreOffice recalculates every vector that has a formula, and agrees with what it says.

One workbook holds all of them twice: on the first sheet a blank is an empty cell, on the second the
"" of another formula.
"""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from xlsxwriter import Workbook

from forms.expressions import ExpressionError, Value, references, to_excel, uses_current
from language.text import clean
from tests.forms.expression_cases import CASES, evaluate_case, parse_case, random_cases, value_of

SOFFICE = shutil.which("soffice")
RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item></oor:items>
"""
NOT_CALCULATED = "not calculated"
SHEETS = ("empty", "blank")


def has_cells(case: dict[str, Any]) -> bool:
    """Whether each value of the case fits into one cell; a node-set does not."""
    values = case.get("values", {}).values()
    return not any(isinstance(value, list) for value in values)


def formula_of(case: dict[str, Any], row: int) -> str | None:
    """Return the formula of a case whose values stand from B on in `row`, or None."""
    names = sorted(references(parse_case(case)))
    cells = {name: f"{chr(ord('B') + column)}{row}" for column, name in enumerate(names)}
    try:
        return to_excel(parse_case(case), cells.__getitem__)
    except ExpressionError:
        return None


def in_cell(value: Value) -> Any:
    """Return what a cell shows of a value: nothing for a blank, a serial number for a date."""
    if isinstance(value, date):
        return (value - date(1899, 12, 30)).days
    if isinstance(value, Decimal):
        return "" if value.is_nan() else value
    return value


VECTORS = list(filter(has_cells, CASES))
# Quarters are the same number for a spreadsheet as for us; tenths are not.
EXPECTED = [
    *((case, value_of(case.get("excel", case["expected"]))) for case in VECTORS),
    *((case, evaluate_case(case)) for case in random_cases(46, 400, "0.25")),
]
FORMULAS = [
    (row, case, formula, in_cell(expected))
    for row, (case, expected) in enumerate(EXPECTED, start=1)
    if (formula := formula_of(case, row)) is not None
]


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Return what column A of each sheet shows after LibreOffice has recalculated."""
    folder = tmp_path_factory.mktemp("formulas")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
    write_workbook(folder / "vectors.xlsx")
    convert_to_xlsx(folder / "vectors.xlsx", folder / "out", profile)
    workbook = load_workbook(folder / "out" / "vectors.xlsx", data_only=True)
    return {name: [cell.value for cell in workbook[name]["A"]] for name in SHEETS}


def convert_to_xlsx(path: Path, folder: Path, profile: Path) -> None:
    command = [str(SOFFICE), "--headless", f"-env:UserInstallation={profile.as_uri()}"]
    target = ["--convert-to", "xlsx", "--outdir", str(folder), str(path)]
    subprocess.run([*command, *target], check=True, capture_output=True, timeout=180)


def write_workbook(path: Path) -> None:
    with Workbook(path) as workbook:
        for sheet_name in SHEETS:
            sheet = workbook.add_worksheet(sheet_name)
            for row, case, formula, _ in FORMULAS:
                sheet.write_formula(row - 1, 0, f"={formula}", None, NOT_CALCULATED)
                for column, value in enumerate(cell_values(case), start=1):
                    write_cell(sheet, row - 1, column, value, empty=sheet_name == "empty")


def cell_values(case: dict[str, Any]) -> Iterator[Any]:
    for name in sorted(references(parse_case(case))):
        yield case.get("values", {}).get(name, "")


def write_cell(sheet: Any, row: int, column: int, value: Any, *, empty: bool) -> None:
    if isinstance(value, dict):
        sheet.write_datetime(row, column, value_of(value))
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, clean(value))
    elif not empty:
        sheet.write_formula(row, column, '=""', None, "")


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize(
    ("row", "formula", "expected"),
    [(row, formula, expected) for row, _, formula, expected in FORMULAS],
    ids=[case["expression"][:80] for _, case, _, _ in FORMULAS],
)
def test_a_formula_gives_what_python_gives(
    recalculated: dict[str, list[Any]], sheet: str, row: int, formula: str, expected: Any
) -> None:
    shown = recalculated[sheet][row - 1]
    if isinstance(shown, datetime):
        shown = in_cell(shown.date())
    if isinstance(expected, Decimal):
        assert type(shown) is not bool, formula
        assert shown == pytest.approx(float(expected), abs=1e-9), formula
    else:
        assert (shown if shown is not None else "") == expected, formula
        assert type(shown) is bool or type(expected) is not bool, formula


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["expression"])
def test_only_what_is_said_to_have_no_formula_has_none(case: dict[str, Any]) -> None:
    has_formula = case.get("formula", True) and not uses_current(parse_case(case))
    assert (formula_of(case, 1) is not None) is has_formula
