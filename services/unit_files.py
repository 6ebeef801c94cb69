"""Files of units (.csv or .xlsx), read and written: every wrong cell is named, none is guessed."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from email_validator import EmailNotValidError, validate_email
from python_calamine import CalamineError, CalamineWorkbook

from exports.cells import Row, Sheet
from exports.workbook import Document, write_workbook
from forms.sheets import column_letter
from language.dates import parse_date, short_date
from language.text import clean, fold, forbidden_character, legacy_encoding
from models.unit import INVITED_DUTY, LEVELS, REQUIRED_DUTY, level_code

# Field of a unit -> how its column may be headed, folded and with spaces for underscores. The
# first heading is the one that is told when the column is missing.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "ma", "ma don vi"),
    "name": ("name", "ten", "ten don vi"),
    "short_name": ("short name", "ten viet tat", "ten ngan", "ten rut gon"),
    "group_code": ("group", "group code", "khoi", "nhom", "nhom don vi", "ma khoi"),
    "level": ("level", "cap", "type", "loai"),
    "parent_code": ("parent code", "don vi cap tren", "ma don vi cap tren"),
    "email": ("email", "e-mail", "thu dien tu", "thu dien tu cong vu"),
    "admin_code": ("admin code", "ma hanh chinh", "gso code"),
    "report_duty": ("report duty", "bao cao", "trach nhiem bao cao", "bat buoc/moi"),
    "count_in_total": ("count in total", "cong vao tong", "tinh vao tong"),
    "note": ("note", "ghi chu"),
    "position": ("position", "thu tu", "thu tu chinh thuc"),
    "valid_from": ("valid from", "hieu luc tu"),
    "valid_to": ("valid to", "hieu luc den"),
    "successor_code": ("successor code", "ma don vi ke thua", "don vi ke thua"),
    "contact_name": ("contact name", "contact", "nguoi lien he", "ho ten nguoi lien he", "dau moi"),
    "contact_title": ("contact title", "chuc vu", "chuc vu nguoi lien he", "chuc vu dau moi"),
    "contact_email": ("contact email", "thu dien tu nguoi lien he", "thu dien tu dau moi"),
    "contact_phone": (
        *("contact phone", "phone", "dien thoai", "so dien thoai"),
        *("dien thoai nguoi lien he", "dien thoai dau moi"),
    ),
}
# How each column of a file that we write is headed, in order; a heading of ours is read again.
WRITTEN: Mapping[str, str] = {
    "code": "Mã đơn vị",
    "name": "Tên đơn vị",
    "short_name": "Tên viết tắt",
    "group_code": "Khối",
    "level": "Cấp",
    "parent_code": "Mã đơn vị cấp trên",
    "email": "Thư điện tử",
    "admin_code": "Mã hành chính",
    "report_duty": "Trách nhiệm báo cáo",
    "count_in_total": "Cộng vào tổng",
    "position": "Thứ tự",
    "valid_from": "Hiệu lực từ",
    "valid_to": "Hiệu lực đến",
    "successor_code": "Mã đơn vị kế thừa",
    "note": "Ghi chú",
    "contact_name": "Người liên hệ",
    "contact_title": "Chức vụ người liên hệ",
    "contact_email": "Thư điện tử người liên hệ",
    "contact_phone": "Điện thoại người liên hệ",
}
# What a line says of one person to turn to -> what a contact calls it.
PERSON_FIELDS: Mapping[str, str] = {
    "contact_name": "name",
    "contact_title": "title",
    "contact_email": "email",
    "contact_phone": "phone",
}
# What tells how to reach somebody, and is left out of a file unless it is asked for.
CONTACT_FIELDS = ("email", *PERSON_FIELDS)
EMAIL_FIELDS = ("email", "contact_email")
FIELD_OF_HEADING = {heading: name for name, headings in HEADINGS.items() for heading in headings}
NEEDED = ("code", "name", "group_code")
LONGEST = {
    "code": 32,
    "parent_code": 32,
    "successor_code": 32,
    "level": 32,
    "admin_code": 32,
    "group_code": 64,
    "contact_phone": 32,
}
LONGEST_TEXT = 500
# It stands in addresses and in files.
CODE = re.compile(r"\w[\w.-]*")

DUTIES = {
    "bat buoc": REQUIRED_DUTY,
    "moi": INVITED_DUTY,
    "duoc moi": INVITED_DUTY,
    "required": REQUIRED_DUTY,
    "invited": INVITED_DUTY,
}
# How a duty is written; it is read again.
DUTY_WORDS = {REQUIRED_DUTY: "bắt buộc", INVITED_DUTY: "được mời"}
LAST_POSITION = 1_000_000
# In a spreadsheet these begin a formula; a tab before them is dropped again on reading.
BEGINS_FORMULA = ("=", "+", "-", "@")
ANSWERS = {"co": True, "x": True, "yes": True, "khong": False, "no": False}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "unreadable": {
        "vi": "Không đọc được tệp ({detail}); vui lòng dùng tệp .csv (UTF-8) hoặc .xlsx.",
        "en": "The file cannot be read ({detail}); use .csv (UTF-8) or .xlsx.",
    },
    "no_column": {
        "vi": "Thiếu cột {detail}.",
        "en": "The column {detail} is missing.",
    },
    "same_column": {
        "vi": "Cột này lặp lại cột {detail}.",
        "en": "This column repeats column {detail}.",
    },
    "no_rows": {"vi": "Tệp không có đơn vị nào.", "en": "The file holds no unit."},
    "blank": {"vi": "Chưa có giá trị.", "en": "The value is missing."},
    "too_long": {
        "vi": "Nội dung dài quá {detail} ký tự.",
        "en": "Longer than {detail} characters.",
    },
    "duplicate": {
        "vi": "Mã {detail} lặp lại trong tệp.",
        "en": "The code {detail} stands in the file more than once.",
    },
    "legacy": {
        "vi": "Ô dùng bảng mã cũ ({detail}); vui lòng chuyển sang Unicode rồi nhập lại.",
        "en": "The cell uses the old encoding {detail}; convert it to Unicode.",
    },
    "character": {
        "vi": "Có ký tự không hợp lệ ({detail}).",
        "en": "A character cannot be stored ({detail}).",
    },
    "code": {
        "vi": "Mã “{detail}” không hợp lệ; mã chỉ gồm chữ cái, chữ số và các dấu “-”, “_”, “.”.",
        "en": "“{detail}” is no code; a code has letters, digits, “-”, “_” and “.” only.",
    },
    "email": {
        "vi": "Địa chỉ thư điện tử “{detail}” chưa đúng; mỗi ô chỉ ghi một địa chỉ.",
        "en": "“{detail}” is no e-mail address; a cell holds one address.",
    },
    "nameless": {
        "vi": "Dòng có thông tin liên hệ nhưng chưa ghi tên người liên hệ.",
        "en": "The line tells how to reach somebody, but not whom.",
    },
    "group": {
        "vi": "Không chuyên đề nào có khối mã “{detail}”.",
        "en": "No campaign has a group with the code “{detail}”.",
    },
    "shifted": {
        "vi": "Dòng có nhiều ô hơn số tiêu đề; các ô có thể đã bị lệch.",
        "en": "The line has more cells than there are headings; its cells may be shifted.",
    },
    "duty": {
        "vi": "Không rõ trách nhiệm “{detail}”; vui lòng ghi “bắt buộc” hoặc “được mời”.",
        "en": "“{detail}” is no duty; write “bắt buộc” (required) or “được mời” (invited).",
    },
    "yes_no": {
        "vi": "Không rõ “{detail}” là có hay không; vui lòng ghi “có” hoặc “không”.",
        "en": "“{detail}” is neither “có” (yes) nor “không” (no).",
    },
    "position": {
        "vi": "“{detail}” không phải là số thứ tự; ghi số nguyên từ 1.",
        "en": "“{detail}” is no place in an order; write a whole number from 1.",
    },
    "day": {
        "vi": "Ngày “{detail}” chưa đúng; ghi ngày/tháng/năm, ví dụ 01/7/2025.",
        "en": "“{detail}” is no date; write day/month/year, for example 01/7/2025.",
    },
    "validity": {
        "vi": "Ngày hết hiệu lực sớm hơn ngày có hiệu lực.",
        "en": "The unit would end before it begins.",
    },
    "successor": {
        "vi": "Không có đơn vị kế thừa mã {detail}, cả trong tệp lẫn trong danh mục.",
        "en": "No unit has the code {detail}, neither in the file nor in the directory.",
    },
    "own_successor": {
        "vi": "Đơn vị không thể kế thừa chính mình.",
        "en": "A unit cannot be its own successor.",
    },
    "parent_loop": {
        "vi": "Đơn vị cấp trên {detail} lại là đơn vị trực thuộc của chính đơn vị này.",
        "en": "The parent {detail} stands below this very unit.",
    },
    "own_parent": {
        "vi": "Đơn vị không thể là cấp trên của chính mình.",
        "en": "A unit cannot be its own parent.",
    },
    "parent": {
        "vi": "Không có đơn vị cấp trên mã {detail}, cả trong tệp lẫn trong danh mục.",
        "en": "No unit has the code {detail}, neither in the file nor in the directory.",
    },
}


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one cell. `line` counts from 1; 0 is the file as a whole."""

    line: int
    column: str
    reason: str
    detail: str = ""
    cell: str = ""

    def sentence(self, language: str = "vi") -> str:
        """Return the reason as a sentence in "vi" or "en"."""
        return SENTENCES[self.reason][language].format(detail=self.detail)


class UnitErrors(Exception):
    """A file of units that cannot be imported, with every error found, in order of the lines."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.line, error.cell)))
        super().__init__("; ".join(f"{e.line} {e.column}: {e.sentence('en')}" for e in self.errors))


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A line of the file: fields that have a column, and where each stands."""

    line: int
    values: Mapping[str, Any]
    columns: Mapping[str, Column]

    @property
    def code(self) -> str:
        """Return the unit's code."""
        return str(self.values["code"])

    def error(self, name: str, reason: str, detail: str = "") -> RowError:
        """Return an error about field `name` of this line."""
        return self.columns[name].error(self.line, reason, detail)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that is a field of a unit; `index` counts from 0."""

    index: int
    heading: str
    name: str

    @property
    def letter(self) -> str:
        """Return the column's name in a spreadsheet."""
        return column_letter(self.index)

    def error(self, line: int, reason: str, detail: str = "") -> RowError:
        """Return an error about this column on `line`."""
        return RowError(line, self.heading, reason, detail, f"{self.letter}{line}")


@dataclass(slots=True)
class Line:
    """A line as it stands in the file."""

    number: int
    cells: list[str] = field(default_factory=list)

    def cell(self, column: Column) -> str:
        """Return the raw text of a cell; a short line has blank ones at its end."""
        return self.cells[column.index] if column.index < len(self.cells) else ""


Check = Callable[[Iterable[UnitRow]], Iterable[RowError]]


def read_units(
    source: bytes,
    file_name: str,
    check: Check = lambda _rows: (),
    needed: tuple[str, ...] = NEEDED,
) -> tuple[UnitRow, ...]:
    """Return the units of a file. Raises UnitErrors with everything that is wrong in it.

    `check` tells what else is wrong with the lines, which may be wrong already: each cell is named
    once. `needed` are the columns that the file must have.
    """
    lines = [line for line in _lines(source, file_name) if any(clean(cell) for cell in line.cells)]
    if not lines:
        raise UnitErrors([RowError(0, "", "no_rows")])
    columns = _columns(lines[0], needed)
    errors = [_shifted(line, lines[0]) for line in lines[1:] if _is_shifted(line, lines[0])]
    rows = [_row(line, columns, errors) for line in lines[1:] if not _is_shifted(line, lines[0])]
    errors += _duplicates(rows)
    named = {error.cell for error in errors}
    errors += [error for error in check(rows) if error.cell not in named]
    if not rows and not errors:
        errors.append(RowError(0, "", "no_rows"))
    if errors:
        raise UnitErrors(errors)
    return tuple(rows)


# --- files ----------------------------------------------------------------------------------------


def _lines(source: bytes, file_name: str) -> Iterator[Line]:
    reader = READERS.get(PurePath(file_name).suffix.lower())
    if reader is None:
        raise UnitErrors([RowError(0, "", "unreadable", PurePath(file_name).suffix or "?")])
    try:
        return reader(source)
    except (CalamineError, UnicodeDecodeError, csv.Error) as error:
        raise UnitErrors([RowError(0, "", "unreadable", str(error))]) from error


def _csv_lines(source: bytes) -> Iterator[Line]:
    text = source.decode("utf-8-sig")
    first = text.partition("\n")[0]
    # Vietnamese Windows writes ";" between cells.
    separator = ";" if first.count(";") > first.count(",") else ","
    return iter(_numbered(csv.reader(io.StringIO(text, newline=""), delimiter=separator)))


def _numbered(reader: Any) -> list[Line]:
    """Return each record with the line it begins on; a quoted cell may go over several."""
    lines: list[Line] = []
    begins = 1
    for cells in reader:
        lines.append(Line(begins, cells))
        begins = reader.line_num + 1
    return lines


def _xlsx_lines(source: bytes) -> Iterator[Line]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(source)).get_sheet_by_index(0)
    rows = sheet.to_python(skip_empty_area=False)
    return (Line(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, start=1))


def _text(cell: object) -> str:
    """Return a cell as text; Excel keeps a code such as 899 as the number 899.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


READERS: Mapping[str, Callable[[bytes], Iterator[Line]]] = {
    ".csv": _csv_lines,
    ".xlsx": _xlsx_lines,
}


# --- cells ----------------------------------------------------------------------------------------


def _columns(head: Line, needed: tuple[str, ...]) -> tuple[Column, ...]:
    """Return the columns that are fields of a unit; others are left aside."""
    found: dict[str, Column] = {}
    errors: list[RowError] = []
    for index, heading in enumerate(head.cells):
        name = FIELD_OF_HEADING.get(fold(heading).replace("_", " "))
        if name is None:
            continue
        column = Column(index, clean(heading), name)
        if name in found:
            errors.append(column.error(head.number, "same_column", found[name].heading))
        found[name] = column
    missing = [name for name in needed if name not in found]
    errors += [RowError(head.number, name, "no_column", HEADINGS[name][0]) for name in missing]
    if errors:
        raise UnitErrors(errors)
    return tuple(found.values())


def _is_shifted(line: Line, head: Line) -> bool:
    """Tell whether a line has more cells than headings: a separator stands inside one of them."""
    width = _width(head)
    return len(line.cells) > len(head.cells) or any(clean(cell) for cell in line.cells[width:])


def _shifted(line: Line, head: Line) -> RowError:
    letter = column_letter(_width(head))
    return RowError(line.number, letter, "shifted", cell=f"{letter}{line.number}")


def _width(head: Line) -> int:
    """Return how many cells the headings take, up to the last one that is not blank."""
    return max(index for index, heading in enumerate(head.cells, start=1) if clean(heading))


def _row(line: Line, columns: tuple[Column, ...], errors: list[RowError]) -> UnitRow:
    values: dict[str, Any] = {}
    for column in columns:
        raw = line.cell(column)
        text = clean(raw)
        reason, detail = _wrong_text(column.name, text)
        if reason:
            errors.append(column.error(line.number, reason, detail))
        if text or column.name not in UNSAID:
            values[column.name] = _value(column, line.number, text, errors)
    return UnitRow(line.number, values, {column.name: column for column in columns})


def _wrong_text(name: str, text: str) -> tuple[str, str]:
    """Return the reason why a cell is refused, with its detail; two empty texts when it is not."""
    encoding = legacy_encoding(text)
    forbidden = forbidden_character(text)
    limit = LONGEST.get(name, LONGEST_TEXT)
    checks = (
        ("blank", name in NEEDED and not text, ""),
        ("legacy", encoding is not None, str(encoding)),
        ("character", forbidden is not None, f"U+{ord(forbidden or ' '):04X}"),
        ("too_long", len(text) > limit, str(limit)),
        ("code", name == "code" and not CODE.fullmatch(text), text),
        ("email", name in EMAIL_FIELDS and not _is_email(text), text),
    )
    return next(((reason, detail) for reason, wrong, detail in checks if wrong), ("", ""))


def _is_email(text: str) -> bool:
    """Tell whether a text is an e-mail address or blank; nobody is asked whether it exists."""
    try:
        return not text or bool(validate_email(text, check_deliverability=False))
    except EmailNotValidError:
        return False


def _value(column: Column, line: int, text: str, errors: list[RowError]) -> Any:
    if column.name in READS:
        return _read(column, line, text, errors)
    meaning = MEANINGS.get(column.name)
    if meaning is None:
        return text
    reason, values = meaning
    folded = fold(text).replace("_", " ")
    if folded not in values:
        errors.append(column.error(line, reason, text))
    return values.get(folded)


def _read(column: Column, line: int, text: str, errors: list[RowError]) -> Any:
    reason, read = READS[column.name]
    try:
        return read(text)
    except ValueError:
        errors.append(column.error(line, reason, text))
        return None


def _position(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LAST_POSITION:
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date | None:
    """Read a date as people write it, or as Excel keeps it; blank is none."""
    if not text:
        return None
    if ISO_DAY.match(text):
        return date.fromisoformat(text[:10])
    return parse_date(text)


ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00)?$")
READS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "position": ("position", _position),
    "valid_from": ("day", _day),
    "valid_to": ("day", _day),
    "level": ("level", level_code),
}
# A blank cell of these says nothing, rather than that there is none: whoever makes a list of units
# does not know every address. The one of a unit is erased on its page.
UNSAID = frozenset({"position", "report_duty", "count_in_total", "email", *PERSON_FIELDS})
MEANINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "report_duty": ("duty", DUTIES),
    "count_in_total": ("yes_no", ANSWERS),
}


def _duplicates(rows: list[UnitRow]) -> Iterator[RowError]:
    counts = Counter(row.code for row in rows)
    for row in rows:
        if row.code and counts[row.code] > 1:
            yield row.error("code", "duplicate", row.code)


# --- writing --------------------------------------------------------------------------------------


def written_rows(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[list[str]]:
    """Return units as lines of texts below their headings: what is read from them is the same."""
    lines = [[_written(name, row.get(name)) for name in names] for row in rows]
    return [[WRITTEN[name] for name in names], *lines]


def write_csv(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> bytes:
    """Return units as a CSV file that Excel opens as UTF-8 and in which nothing is a formula."""
    output = io.StringIO(newline="")
    # What Excel expects between cells on a Vietnamese Windows.
    writer = csv.writer(output, delimiter=";")
    for line in written_rows(rows, names):
        writer.writerow([f"\t{t}" if t.startswith(BEGINS_FORMULA) else t for t in line])
    return output.getvalue().encode("utf-8-sig")


def _written(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return short_date(value)
    words = WORDS.get(name, {})
    return "" if value is None else words.get(value, str(value))


WORDS: Mapping[str, Mapping[str, str]] = {"report_duty": DUTY_WORDS, "level": LEVELS}


def write_xlsx(rows: Iterable[Mapping[str, Any]], names: Sequence[str], now: datetime) -> bytes:
    """Return units as an Excel workbook, every cell a text, so that codes keep their zeros."""
    heading, *lines = written_rows(rows, names)
    width = len(names)
    sheet = Sheet(
        name="Đơn vị",
        widths=tuple(WIDTHS.get(name, USUAL_WIDTH) for name in names),
        rows=(
            Row(heading, ("form texts",) * width),
            *(Row([text or None for text in line], ("form cell",) * width) for line in lines),
        ),
        frozen=(1, 2),
        landscape=True,
        print_columns=width,
        column_styles=("form cell",) * width,
    )
    return write_workbook((sheet,), Document("Danh mục đơn vị", "", now))


USUAL_WIDTH = 16.0
WIDTHS: Mapping[str, float] = {"name": 44.0, "note": 44.0, "email": 34.0, "short_name": 24.0}
