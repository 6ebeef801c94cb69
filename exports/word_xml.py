"""The markup of a Word document: small functions from texts to XML, each text escaped once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = f'xmlns:w="{W}" xmlns:r="{R}"'
FONT = "Times New Roman"
# Twentieths of a point, as Word measures: A4, and so many of them in a millimetre.
SHORT_SIDE, LONG_SIDE = 11906, 16838
TWIPS_A_MILLIMETRE = 56.6929
TWIPS_A_POINT = 20
# What XML refuses, and signs that would turn the text around them.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|[\u200e\u200f\u202a-\u202e\u2066-\u2069\ue000\ue001]"
)
Align = Literal["left", "center", "right", "both"]


def plain(text: str) -> str:
    """Return a text as a document can hold it: no control characters, nothing that turns it."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def twips(millimetres: float) -> int:
    """Return millimetres in twentieths of a point."""
    return round(millimetres * TWIPS_A_MILLIMETRE)


@dataclass(frozen=True, slots=True)
class Look:
    """How a run of text looks; a `size` of 0 points is that of its paragraph."""

    bold: bool = False
    italic: bool = False
    underline: bool = False
    caps: bool = False
    marked: bool = False
    size: float = 0


PLAIN = Look()


def run(text: str, look: Look = PLAIN) -> str:
    """Return a run; lines of the text are broken."""
    lines = escape(plain(text)).replace("\t", " ").split("\n")
    inner = "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)
    return f"<w:r>{_look(look)}{inner}</w:r>"


def _look(look: Look) -> str:
    half_points = round(look.size * 2)
    parts = (
        "<w:b/>" * look.bold,
        "<w:i/>" * look.italic,
        "<w:caps/>" * look.caps,
        f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' * bool(half_points),
        '<w:highlight w:val="yellow"/>' * look.marked,
        '<w:u w:val="single"/>' * look.underline,
    )
    found = "".join(parts)
    return f"<w:rPr>{found}</w:rPr>" if found else ""


def paragraph(inner: str, style: str = "", properties: str = "") -> str:
    """Return a paragraph of runs; `properties` are those besides its style, in Word's order."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    around = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{around}{inner}</w:p>"


def rule(points: float, indent: int) -> str:
    """Return the properties of a paragraph that is nothing but a rule, indented on both sides."""
    border = '<w:pBdr><w:top w:val="single" w:sz="6" w:space="1" w:color="auto"/></w:pBdr>'
    height = round(points * TWIPS_A_POINT)
    return (
        f"{border}"
        f'<w:spacing w:before="0" w:after="0" w:line="{height}" w:lineRule="exact"/>'
        f'<w:ind w:left="{indent}" w:right="{indent}" w:firstLine="0"/>'
    )


# --- tables ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CellSpan:
    """How a cell of a table lies: over so many columns, and `down` from the row above it.

    `first` when it is the first of those that lie one over the other.
    """

    columns: int = 1
    first: bool = False
    down: bool = False


ONE = CellSpan()


def cell(inner: str, width: int, span: CellSpan = ONE, *, grey: bool = False) -> str:
    """Return a cell, so many twentieths of a point wide, that holds paragraphs."""
    parts = (
        f'<w:tcW w:w="{width}" w:type="dxa"/>',
        f'<w:gridSpan w:val="{span.columns}"/>' * (span.columns > 1),
        '<w:vMerge w:val="restart"/>' * span.first,
        "<w:vMerge/>" * span.down,
        '<w:shd w:val="clear" w:color="auto" w:fill="E7E6E6"/>' * grey,
        '<w:vAlign w:val="center"/>',
    )
    return f"<w:tc><w:tcPr>{''.join(parts)}</w:tcPr>{inner}</w:tc>"


def row(cells: Iterable[str], *, heading: bool = False) -> str:
    """Return a row that no page breaks; a `heading` is repeated on every page."""
    repeated = "<w:tblHeader/>" * heading
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def table(
    rows: Iterable[str], widths: Sequence[int], *, lines: bool = True, margin: int = 28
) -> str:
    """Return a table with fixed widths; without `lines` only its cells are seen."""
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    kind = '"single" w:sz="4"' if lines else '"nil"'
    borders = "".join(f"<w:{side} w:val={kind}/>" for side in sides)
    margins = "".join(f'<w:{side} w:w="{margin}" w:type="dxa"/>' for side in ("left", "right"))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"{''.join(rows)}</w:tbl>"
    )


# --- sections -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
    """How the paper of a section lies, and its margins in millimetres."""

    landscape: bool = False
    top: float = 20
    bottom: float = 20
    left: float = 30
    right: float = 15

    @property
    def width(self) -> int:
        """The printed width in twentieths of a point."""
        whole = LONG_SIDE if self.landscape else SHORT_SIDE
        return whole - twips(self.left) - twips(self.right)


# Annexes that lie on their side have narrower margins on the left.
PORTRAIT = Paper()
LANDSCAPE = Paper(landscape=True, left=20, right=15, bottom=15)


def section(paper: Paper, references: str = "", *, first_apart: bool = False) -> str:
    """Return the properties of a section; `references` are those of its headers and footers."""
    width, height = (LONG_SIDE, SHORT_SIDE) if paper.landscape else (SHORT_SIDE, LONG_SIDE)
    turned = ' w:orient="landscape"' if paper.landscape else ""
    margins = " ".join(
        f'w:{side}="{twips(getattr(paper, side))}"' for side in ("top", "right", "bottom", "left")
    )
    return (
        f'<w:sectPr>{references}<w:type w:val="nextPage"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"{turned}/>'
        f'<w:pgMar {margins} w:header="{twips(10)}" w:footer="{twips(10)}" w:gutter="0"/>'
        f"{'<w:titlePg/>' * first_apart}</w:sectPr>"
    )


# --- parts ----------------------------------------------------------------------------------------

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PROPERTIES = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/'
    'dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
    "<dc:creator>{author}</dc:creator><dc:language>vi-VN</dc:language>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{moment}</dcterms:created>'
    '<dcterms:modified xsi:type="dcterms:W3CDTF">{moment}</dcterms:modified></cp:coreProperties>'
)


def document_properties(title: str, author: str, moment: str) -> bytes:
    """Return what a document says of itself; `moment` is written as XML writes it, in UTC."""
    told = _PROPERTIES.format(title=escape(title), author=escape(author), moment=moment)
    return (DECLARATION + told).encode()
