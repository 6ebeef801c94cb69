"""Fill-in workbooks for tests: written, filled in, changed as people and programs change them."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from exports.template import Cover, write_template
from exports.template_values import Contents
from exports.workbook import Document
from forms.answers import Typed, typed_text
from forms.compile import compile_form
from forms.fields import GivenField, field_class
from forms.reading import Around, Reading, read
from forms.tree import Definition, Question
from forms.workbook_cells import entered
from forms.workbook_reading import Filled, read_filled
from forms.workbook_sheets import read_workbook
from language.dates import wall_clock
from language.text import clean_lines
from tests.exports.books import RECALCULATE_ALWAYS, SOFFICE
from tests.forms.forms import KITCHEN_SINK, shipped

NOW = datetime(2021, 8, 20, 3, 0, tzinfo=UTC)
DUE_AT = datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC)
IDENTITY = "a signed text"
PRINTS = {"ten": "0123456789abcdef", "van_ban-0-so_vb": "0000000000000000"}
AROUND = Around(
    "vi", wall_clock(NOW), given={"ma_don_vi": "TU-RG", "ten_don_vi": "Thành ủy Rạch Giá"}
)
SHIPPED = ("bao_cao_dot_1", "bao_cao_dot_2", "khao_sat_phan_hoi", "kho_khan_vuong_mac")
KITCHEN = "mọi loại câu hỏi"
FORMS = (*SHIPPED, KITCHEN)
# How much of a form is answered.
SHARES = {"none": 0.0, "partly": 0.6, "full": 1.0}


@cache
def form(name: str) -> Definition:
    """Return a shipped form, or the one with questions of every kind."""
    if name == KITCHEN:
        return compile_form(KITCHEN_SINK.read_bytes(), KITCHEN_SINK.name).definition
    return shipped(name)


# --- what is typed --------------------------------------------------------------------------------

TEXTS = (
    "Đúng kế hoạch",
    "=1+1",
    "0912",
    "<r>a</r> & “b”",
    "Tổ chức ở 12 chi bộ.\nCòn 3 chi bộ chưa xong.",
)
VALUES: Mapping[str, tuple[str, ...]] = {
    "integer": ("0", "5", "1.234", "20.000"),
    "decimal": ("0", "0,125", "1.234,5", "95,5", "0,1234567890123456789"),
    "date": ("10/8/2021", "19/8/2021", "31/12/1899", "29/02/1904"),
    "month": ("8/2021", "1/1890"),
    "year": ("2021", "1890"),
    "time": ("00:00", "14:05", "23:59:59"),
    "dateTime": ("10/8/2021 00:00", "15/8/2021 14:05"),
    "geopoint": ("10.0125, 105.0809",),
    "contact": ("0912345678",),
}


def answered(definition: Definition, share: float, seed: int = 1) -> Typed:
    """Return what somebody has typed into so much of a form; repeats have three instances."""
    chance = random.Random(f"{seed}{share}")
    typed = Typed()
    for question in definition.questions:
        if field_class(question) is GivenField:
            continue
        repeat = definition.repeat_of(question.name)
        names = [f"{repeat}-{index}-{question.name}" for index in (0, 1, 4)]
        for name in names if repeat else [question.name]:
            if chance.random() < share:
                typed[name] = _typed(question, chance)
    return typed


def _typed(question: Question, chance: random.Random) -> list[str]:
    names = [choice.name for choice in question.choices]
    if question.type == "select_one":
        return [chance.choice(names)]
    if question.type == "select_multiple":
        return [n for n in names if chance.random() < 0.5] or names[:1]
    if question.type == "rank":
        return chance.sample(names, len(names))
    if question.type == "acknowledge":
        return ["OK"]
    if question.type == "range":
        return [question.parameter("end", "10")]
    text = chance.choice(VALUES.get(_kind(question), TEXTS))
    return [text if "multiline" in question.appearance else text.replace("\n", " ")]


def _kind(question: Question) -> str:
    words = {"month-year": "month", "year": "year", "contact": "contact"}
    return next((words[w] for w in question.appearance if w in words), question.type)


def as_read(definition: Definition, typed: Typed) -> Typed:
    """Return what was typed the one way in which a workbook gives it back."""
    values = entered(definition, typed, "vi")
    found = Typed()
    for name, texts in typed.items():
        question = definition.question(name.rpartition("-")[2])
        if question.type == "select_multiple":
            found[name] = [c.name for c in question.choices if c.name in texts]
        elif question.choices or question.type == "acknowledge":
            found[name] = list(filter(None, texts))
        elif values.get(name, "") != "":
            found[name] = [typed_text(question, values[name], "vi")]
        else:
            found[name] = [clean_lines(texts[0])]
    return Typed({name: texts for name, texts in found.items() if any(texts)})


# --- workbooks ------------------------------------------------------------------------------------


def understood(definition: Definition, typed: Typed) -> Reading:
    """Return what is understood of what was typed."""
    return read(definition, typed, AROUND)


def written(
    definition: Definition,
    typed: Typed | None = None,
    language: str = "vi",
    files: Mapping[str, str] | None = None,
) -> bytes:
    """Return the fill-in workbook of a form, with what was typed in it."""
    typed = Typed() if typed is None else typed
    contents = Contents(definition, language, typed, understood(definition, typed), files or {})
    cover = Cover("Thành ủy Rạch Giá", "Đợt 1", DUE_AT, IDENTITY, PRINTS)
    return write_template(contents, cover, Document("Biểu mẫu", "Ban", NOW))


def read_back(definition: Definition, source: bytes) -> Filled:
    """Return what is read of a workbook."""
    return read_filled(definition, read_workbook(source, "a.xlsx"))


def opened(source: bytes) -> Workbook:
    """Return a workbook as openpyxl opens it."""
    return load_workbook(BytesIO(source))


def saved(book: Workbook) -> bytes:
    """Return a workbook as openpyxl saves it."""
    output = BytesIO()
    book.save(output)
    return output.getvalue()


def changed(source: bytes, change: Callable[[Workbook], object]) -> bytes:
    """Return a workbook after somebody has changed it."""
    book = opened(source)
    change(book)
    return saved(book)


def place_of(definition: Definition, source: bytes, name: str) -> tuple[str, str]:
    """Return the sheet and the cell of an input."""
    return read_back(definition, source).places[name]


def filled_in(definition: Definition, source: bytes, values: Mapping[str, object]) -> bytes:
    """Return a workbook into whose cells values were typed, by the names of their inputs."""
    places = read_back(definition, source).places

    def fill(book: Workbook) -> None:
        for name, value in values.items():
            sheet, cell = places[name]
            book[sheet][cell] = value

    return changed(source, fill)


def sheet_with(book: Workbook, key: str) -> tuple[Worksheet, int]:
    """Return the sheet and the row that carry a key."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_col=1):
            if row[0].value == key:
                return sheet, row[0].row
    raise KeyError(key)


def with_cell(source: bytes, place: tuple[str, str], content: str, attributes: str = "") -> bytes:
    """Return a workbook whose cell at a place has this XML, whatever stood there."""
    sheet, address = place
    part = _part_of(source, sheet)
    cell = f'<c r="{address}"{attributes and " " + attributes}>{content}</c>'
    return with_part(
        source,
        part,
        lambda xml: re.sub(
            rf'<c r="{address}"[^>]*?(/>|>.*?</c>)', lambda _: cell, xml, count=1, flags=re.DOTALL
        ),
    )


def text_cell(text: str) -> str:
    """Return the XML of a cell whose text stands in it, as some programs write it."""
    return f"<is><t>{escape(text)}</t></is>"


def with_part(source: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """Return a workbook one part of which was changed."""
    output = BytesIO()
    with ZipFile(BytesIO(source)) as before, ZipFile(output, "w", ZIP_DEFLATED) as after:
        for info in before.infolist():
            content = before.read(info)
            if info.filename == name:
                content = change(content.decode()).encode()
            after.writestr(info.filename, content)
    return output.getvalue()


def part(source: bytes, name: str) -> str:
    """Return a part of a workbook."""
    with ZipFile(BytesIO(source)) as archive:
        return archive.read(name).decode()


def _part_of(source: bytes, sheet: str) -> str:
    names = opened(source).sheetnames
    return f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"


def through_libreoffice(books: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Return workbooks as LibreOffice saves them, every formula computed anew."""
    profile, before, after = folder / "profile", folder / "before", folder / "after"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
    before.mkdir()
    for name, source in books.items():
        (before / f"{name}.xlsx").write_bytes(source)
    run_soffice(profile, "xlsx:Calc MS Excel 2007 XML", after, before.iterdir())
    return {name: (after / f"{name}.xlsx").read_bytes() for name in books}


def run_soffice(profile: Path, kind: str, folder: Path, sources: Iterable[Path]) -> None:
    """Let LibreOffice write files of another kind."""
    command = [str(SOFFICE), f"-env:UserInstallation=file://{profile}", "--headless"]
    target = ["--convert-to", kind, "--outdir", str(folder), *map(str, sources)]
    subprocess.run([*command, *target], check=True, capture_output=True, timeout=300)
