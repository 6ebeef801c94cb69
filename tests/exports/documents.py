"""Word documents for tests: read as a person sees them, and made to do harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree

from exports.report import Report
from exports.report_annexes import annexes
from exports.report_outline import read_outline
from exports.report_pages import annex_pages
from exports.report_places import Place, report_places
from exports.report_template import make_template
from exports.rounds import Consolidation
from exports.word import Told, fill_template
from exports.word_xml import NAMESPACES, W, paragraph, run
from tests.exports.campaigns import ROOT

TOLD = Told("Báo cáo", "Ban Tuyên giáo", datetime(2021, 12, 1, tzinfo=UTC))
OUTLINE = (ROOT / "campaigns" / "kh46" / "bao-cao.txt").read_text(encoding="utf-8")
HIGHLIGHT, TEXT, RUN = f"{{{W}}}highlight", f"{{{W}}}t", f"{{{W}}}r"


def report_on(whole: Consolidation, round_code: str = "dot2", style: str = "party") -> Report:
    return Report(whole, round_code, style, "46-KH/BTGTU", date(2021, 6, 8), "Ban Tuyên giáo")


@cache
def shipped(style: str = "party") -> bytes:
    return make_template(read_outline(OUTLINE), style)


def template_of(*texts: str, body: str = "") -> bytes:
    """Return a template with these paragraphs, and whatever markup stands behind them."""
    markup = "".join(paragraph(run(text)) for text in texts) + body
    return with_body(shipped(), markup)


def with_body(source: bytes, markup: str) -> bytes:
    """Return a document with another body, in the section that it had."""

    def change(content: bytes) -> bytes:
        text = content.decode()
        last = text[text.rindex("<w:sectPr>") : text.rindex("</w:body>")]
        start, end = text.index("<w:body>") + len("<w:body>"), text.rindex("</w:body>")
        return f"{text[:start]}{markup}{last}{text[end:]}".encode()

    return with_files(source, {"word/document.xml": change})


Change = Callable[[bytes], bytes]


def with_files(source: bytes, changes: Mapping[str, Change | bytes]) -> bytes:
    """Return a document with some of its files changed, or with more of them."""
    files = files_of(source)
    for name, change in changes.items():
        files[name] = change if isinstance(change, bytes) else change(files[name])
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return output.getvalue()


def files_of(document: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body_of(document: bytes) -> etree._Element:
    return etree.fromstring(files_of(document)["word/document.xml"])[0]


def text_of(element: etree._Element) -> str:
    """Return what is read of an element; a break is a new line."""
    parts = element.iter(TEXT, f"{{{W}}}br")
    return "".join(part.text or "" if part.tag == TEXT else "\n" for part in parts)


def lines(document: bytes) -> list[str]:
    """Return the paragraphs of a document that stand in no table."""
    return [text_of(element) for element in body_of(document).findall(f"{{{W}}}p")]


def marked(document: bytes) -> list[str]:
    """Return what is highlighted."""
    runs = body_of(document).iter(RUN)
    return [text_of(run) for run in runs if next(run.iter(HIGHLIGHT), None) is not None]


def tables(document: bytes) -> list[list[list[str]]]:
    """Return the texts of every table, row by row."""
    return [
        [[text_of(cell) for cell in row.iter(f"{{{W}}}tc")] for row in table.iter(f"{{{W}}}tr")]
        for table in body_of(document).iter(f"{{{W}}}tbl")
    ]


def made(report: Report, source: bytes | None = None) -> bytes:
    """Return the report from a template, by itself from the shipped one."""
    found = list(annexes(report.told))
    return fill_template(
        source or shipped(report.style),
        report_places(report),
        lambda references: annex_pages(report, found, references),
        TOLD,
    )


def filled(source: bytes, places: Mapping[str, Place]) -> bytes:
    """Return what a template gives with places of its own, without annexes."""
    return fill_template(source, places, lambda _: ("", ""), TOLD)


__all__ = ["NAMESPACES", "paragraph", "run"]
