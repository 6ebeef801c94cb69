"""What a workbook of large plain tables has besides its rows; for exports.data_workbook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from exports.cells import letters
from exports.data_cells import text_element
from exports.page import LONGEST_NAME, sheet_name
from exports.records import DataColumn
from exports.styles import FONT
from exports.workbook import Document

# The rows that head a sheet, and their places in the list of cell formats.
HEADING_ROWS = 2
NAME, LABEL = 4, 5
# Columns by what they hold, in digits of the font.
WIDTHS = {"text": 24.0, "moment": 18.0, "any": 16.0}
WIDTH = 12.0

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SCHEMAS = "http://schemas.openxmlformats.org"
MAIN = f"{SCHEMAS}/spreadsheetml/2006/main"
LINKS = f"{SCHEMAS}/officeDocument/2006/relationships"
PACKAGE = f"{SCHEMAS}/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = (
    f'{XML}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    # Every other part is named below: how many sheets there are is known only at the end.
    f'<Default Extension="xml" ContentType="{OFFICE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{OFFICE}.sharedStrings+xml"/>'
    '<Override PartName="/docProps/core.xml"'
    ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_FACE = f'<name val="{FONT}"/><family val="1"/>'
STYLES = (
    f'{XML}<styleSheet xmlns="{MAIN}">'
    '<numFmts count="3"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/>'
    '<numFmt numFmtId="166" formatCode="hh:mm"/></numFmts>'
    f'<fonts count="3"><font><sz val="12"/>{_FACE}</font>'
    f'<font><b/><sz val="12"/>{_FACE}</font>'
    f'<font><i/><sz val="11"/>{_FACE}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"'
    ' applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


def sheet_begin(columns: Sequence[DataColumn]) -> str:
    """Return what begins a sheet: widths, and frozen the names of the columns and their labels."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{WIDTHS.get(column.kind, WIDTH)}"'
        ' customWidth="1"/>'
        for number, column in enumerate(columns, start=1)
    )
    return (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        f'<pane ySplit="{HEADING_ROWS}" topLeftCell="A{HEADING_ROWS + 1}" activePane="bottomLeft"'
        f' state="frozen"/></sheetView></sheetViews><cols>{widths}</cols><sheetData>'
        + _heading(1, NAME, [column.name for column in columns])
        + _heading(2, LABEL, [column.label for column in columns])
    )


def _heading(row: int, style: int, texts: Iterable[str]) -> str:
    cells = (
        f'<c r="{letters(column)}{row}" s="{style}" t="inlineStr"><is>{text_element(text)}</is></c>'
        for column, text in enumerate(texts)
    )
    return f'<row r="{row}">{"".join(cells)}</row>'


def sheet_end(columns: int, rows: int) -> str:
    """Return what ends a sheet of so many columns and rows, those that head it included."""
    last = letters(columns - 1)
    return (
        f'</sheetData><autoFilter ref="A{HEADING_ROWS}:{last}{rows}"/>'
        f'<ignoredErrors><ignoredError sqref="A1:{last}{rows}" numberStoredAsText="1"/>'
        "</ignoredErrors></worksheet>"
    )


def numbered_name(name: str, number: int) -> str:
    """Return the name of a sheet, or of a further one on which its table goes on."""
    ending = f" ({number})" if number > 1 else ""
    return sheet_name(name)[: LONGEST_NAME - len(ending)].strip() + ending


def strings(texts: Iterable[str]) -> str:
    """Return the part that holds the texts which many cells show."""
    return f'{XML}<sst xmlns="{MAIN}">{"".join(f"<si>{text_element(t)}</si>" for t in texts)}</sst>'


def workbook(names: Sequence[str]) -> str:
    """Return the part that names the sheets in their order."""
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="sheet{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    return f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{sheets}</sheets></workbook>'


def workbook_relationships(sheets: int) -> str:
    """Return the part that says where the parts of the workbook are."""
    numbers = range(1, sheets + 1)
    return _relationships(
        {f"sheet{n}": (f"{LINKS}/worksheet", f"worksheets/sheet{n}.xml") for n in numbers}
        | {
            "styles": (f"{LINKS}/styles", "styles.xml"),
            "strings": (f"{LINKS}/sharedStrings", "sharedStrings.xml"),
        }
    )


def relationships() -> str:
    """Return the part that says where the workbook and its properties are."""
    return _relationships(
        {
            "workbook": (f"{LINKS}/officeDocument", "xl/workbook.xml"),
            "core": (f"{PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        }
    )


def _relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    parts = (
        f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{"".join(parts)}</Relationships>'


def properties(document: Document, created: datetime) -> str:
    """Return the part that says what the workbook is and when it was made, in UTC."""
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(document.title)}</dc:title>"
        f"<dc:creator>{escape(document.author)}</dc:creator>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{created:%Y-%m-%dT%H:%M:%SZ}</dcterms:created>'
        "</cp:coreProperties>"
    )
