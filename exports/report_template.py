"""The template that ships with Phiếu: an outline laid out as the Party or Decree 30 asks.

Sizes, margins and punctuation are those of Hướng dẫn 36-HD/VPTW and of Nghị định 30/2020/NĐ-CP. Who
issues, signs and receives the report stands in named places: the template serves any campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from exports.measure import PIXELS_A_POINT, text_pixels
from exports.report import DECREE, PARTY
from exports.report_outline import Outline
from exports.word_package import CONTENT_TYPES, MAIN, write_package
from exports.word_xml import (
    DECLARATION,
    FONT,
    NAMESPACES,
    PORTRAIT,
    TWIPS_A_POINT,
    Look,
    cell,
    document_properties,
    paragraph,
    row,
    rule,
    run,
    section,
    table,
    twips,
)
from language.numbers import roman

MADE = f"{datetime(2021, 6, 8, tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}"
BODY_SIZE = 14
BLANK = "……"
SIGNATURE_LINES = 5
# Left of the two columns at the head and at the foot, in millimetres of 165.
LEFT_HALF = {PARTY: 72.0, DECREE: 67.0}
CENTRE, FOOT = "Centre", "Recipient"


@dataclass(frozen=True, slots=True)
class Manner:
    """How documents of a style number their parts, end, and name who receives them."""

    chapter: str
    section: str
    ending: str
    item_end: str
    last_end: str
    recipients: Look
    recipient_size: float


MANNERS: Mapping[str, Manner] = {
    PARTY: Manner("{}- ", "{}- ", ".", ",", ".", Look(underline=True, size=14), 12),
    DECREE: Manner("{}. ", "{}. ", "./.", ";", ".", Look(bold=True, italic=True, size=12), 11),
}
_PLACE = "{{{{ {} }}}}".format


def make_template(outline: Outline, style: str) -> bytes:
    """Return the template of an outline in a style, as a .docx; the same gives the same bytes."""
    writing = _Writing(style, MANNERS[style])
    body = "".join(
        (*_HEADS[style](), *writing.title(), *writing.body(outline), writing.foot(outline))
    )
    attached = paragraph(run("{{ phu_luc }}"), "Body")
    references = (
        '<w:headerReference w:type="default" r:id="rId2"/>'
        '<w:headerReference w:type="first" r:id="rId3"/>'
    )
    last = section(PORTRAIT, references, first_apart=True)
    document = f"<w:document {NAMESPACES}><w:body>{body}{attached}{last}</w:body></w:document>"
    return write_package({**_files(), MAIN: _xml(document)})


# --- the head -------------------------------------------------------------------------------------


def _party_head() -> Iterator[str]:
    """Yield the head of a document of the Party: no motto of the State stands on it."""
    name = "ĐẢNG CỘNG SẢN VIỆT NAM"
    left = (
        _centred(_PLACE("cap_tren"), Look(caps=True, size=14)),
        _centred(_PLACE("ban_gon"), Look(bold=True, caps=True, size=14)),
        _centred("*", Look(size=14)),
        _centred(f"Số {BLANK}{_PLACE('ky_hieu')}", Look(size=14)),
    )
    right = (
        _centred(name, Look(bold=True, size=15)),
        _rule_under(name, 15, PORTRAIT.width - twips(LEFT_HALF[PARTY])),
        _centred("", Look(size=8)),
        _day(),
    )
    yield _halves(left, right, PARTY)


def _decree_head() -> Iterator[str]:
    """Yield the head of an administrative document: the State's name and motto, with rules."""
    state, motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
    wide = PORTRAIT.width - twips(LEFT_HALF[DECREE])
    left = (
        _centred(_PLACE("cap_tren"), Look(caps=True, size=13)),
        _centred(_PLACE("ban_gon"), Look(bold=True, caps=True, size=13)),
        _rule_under("TRUNG BÌNH TÊN", 13, twips(LEFT_HALF[DECREE])),
        _centred(f"Số: {BLANK}{_PLACE('ky_hieu')}", Look(size=13)),
    )
    right = (
        _centred(state, Look(bold=True, size=12)),
        _centred(motto, Look(bold=True, size=13)),
        _rule_under(motto, 13, wide),
        _day(),
    )
    yield _halves(left, right, DECREE)


_HEADS: Mapping[str, Callable[[], Iterator[str]]] = {PARTY: _party_head, DECREE: _decree_head}


def _day() -> str:
    text = f"{_PLACE('noi_ban_hanh')}, ngày {BLANK} tháng {BLANK} năm {_PLACE('nam')}"
    return _centred(text, Look(italic=True, size=14))


def _centred(text: str, look: Look) -> str:
    return paragraph(run(text, look), CENTRE)


def _rule_under(text: str, size: int, width: int) -> str:
    """Return a rule as long as a bold text, in the middle of a cell so many twips wide."""
    long = text_pixels(text, size, bold=True) / PIXELS_A_POINT * TWIPS_A_POINT
    return paragraph("", CENTRE, rule(4, max(round((width - long) / 2), 0)))


def _halves(left: tuple[str, ...], right: tuple[str, ...], style: str) -> str:
    first = twips(LEFT_HALF[style])
    widths = (first, PORTRAIT.width - first)
    cells = (
        cell("".join(half), width).replace('w:val="center"/></w:tcPr>', 'w:val="top"/></w:tcPr>')
        for half, width in zip((left, right), widths, strict=True)
    )
    return table([row(cells)], widths, lines=False)


# --- the text -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Writing:
    """An outline on its way to paragraphs."""

    style: str
    manner: Manner
    chapters: int = 0
    sections: int = 0

    def title(self) -> Iterator[str]:
        """Yield what document it is, and of what."""
        size = 15 if self.style == PARTY else 14
        yield paragraph(run("BÁO CÁO", Look(bold=True, size=size)), "Title")
        of = f"{_PLACE('trich_yeu')} ({_PLACE('dot')})"
        yield paragraph(run(of, Look(bold=True)), CENTRE)
        if self.style == PARTY:
            yield paragraph(run("-----"), CENTRE, '<w:spacing w:after="240"/>')
        else:
            yield _rule_under("TRUNG BÌNH TRÍCH YẾU", 14, PORTRAIT.width)
            yield paragraph("", CENTRE)

    def body(self, outline: Outline) -> Iterator[str]:
        """Yield the paragraphs; the last text ends as documents of the style do."""
        texts = [index for index, (kind, _) in enumerate(outline) if kind == "text"]
        for index, (kind, text) in enumerate(outline):
            if texts and index == texts[-1]:
                yield self.ending(text)
            elif kind in _KINDS:
                yield _KINDS[kind](self, text)

    def chapter(self, text: str) -> str:
        """Return a heading with a Roman number, in capitals."""
        self.chapters, self.sections = self.chapters + 1, 0
        number = self.manner.chapter.format(roman(self.chapters))
        return paragraph(run(number + text.upper(), Look(bold=True)), "Chapter")

    def section(self, text: str) -> str:
        """Return a heading with a number."""
        self.sections += 1
        number = self.manner.section.format(self.sections)
        return paragraph(run(number + text, Look(bold=True)), "Section")

    def item(self, text: str) -> str:
        """Return one of several things."""
        return paragraph(run(f"- {text}"), "Body")

    def ask(self, text: str) -> str:
        """Return what somebody has to write, marked so that nobody overlooks it."""
        return paragraph(run(f"[{text}]", Look(marked=True)), "Body")

    def text(self, text: str) -> str:
        """Return a paragraph."""
        return paragraph(run(text), "Body")

    def ending(self, text: str) -> str:
        """Return the last paragraph, on the page of who signs: nobody signs an empty page."""
        closed = text.rstrip("./") + self.manner.ending
        return paragraph(run(closed), "Body", "<w:keepNext/>")

    def begin(self, name: str) -> str:
        """Return what begins a passage that depends on a place."""
        return paragraph(run(f"{{%p if {name} %}}"), "Body")

    def end(self, _: str) -> str:
        """Return what ends it."""
        return paragraph(run("{%p endif %}"), "Body")

    # --- the foot ---------------------------------------------------------------------------------

    def foot(self, outline: Outline) -> str:
        """Return who receives the report on the left, and who signs it on the right."""
        names = [text for kind, text in outline if kind == "recipient"]
        look = Look(size=self.manner.recipient_size)
        left = [paragraph(run("Nơi nhận:", self.manner.recipients), FOOT)]
        for number, name in enumerate(names, start=1):
            end = self.manner.last_end if number == len(names) else self.manner.item_end
            left.append(paragraph(run(f"- {name}{end}", look), FOOT))
        bold = Look(bold=True, size=BODY_SIZE)
        right = (
            _centred(_PLACE("chuc_vu_nguoi_ky"), bold),
            *(_centred("", bold) for _ in range(SIGNATURE_LINES)),
            _centred(_PLACE("nguoi_ky"), bold),
        )
        return paragraph("", CENTRE) + _halves(tuple(left), right, self.style)


_KINDS: Mapping[str, Callable[[_Writing, str], str]] = {
    "chapter": _Writing.chapter,
    "section": _Writing.section,
    "item": _Writing.item,
    "ask": _Writing.ask,
    "text": _Writing.text,
    "if": _Writing.begin,
    "end": _Writing.end,
}


# --- the other files ------------------------------------------------------------------------------

_JUSTIFIED = '<w:jc w:val="both"/>'
_SINGLE = '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
# At least 18 points from line to line.
_BODY = '<w:spacing w:before="60" w:after="60" w:line="360" w:lineRule="atLeast"/>'
_INDENT = f'<w:ind w:firstLine="{twips(10)}"/>'
_MIDDLE = '<w:jc w:val="center"/>'
_TIGHT = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'
# Name -> what it is called in Word, and its paragraphs.
STYLES: Mapping[str, tuple[str, str]] = {
    "Body": ("Nội dung", f"{_BODY}{_INDENT}{_JUSTIFIED}"),
    "Chapter": ("Mục lớn", f'<w:keepNext/>{_BODY}{_INDENT}{_JUSTIFIED}<w:outlineLvl w:val="0"/>'),
    "Section": ("Mục nhỏ", f'<w:keepNext/>{_BODY}{_INDENT}{_JUSTIFIED}<w:outlineLvl w:val="1"/>'),
    "Title": ("Tên văn bản", f'<w:keepNext/><w:spacing w:before="240" w:after="0"/>{_MIDDLE}'),
    "Centre": ("Canh giữa", f"<w:keepNext/>{_SINGLE}{_MIDDLE}"),
    "Recipient": ("Nơi nhận", f'<w:keepNext/>{_SINGLE}<w:jc w:val="left"/>'),
    "Annex": ("Tên phụ lục", f"<w:keepNext/>{_SINGLE}{_MIDDLE}"),
    "AnnexNote": ("Ghi chú phụ lục", '<w:spacing w:before="80" w:after="0"/>'),
    "TableLeft": ("Ô chữ", f'{_TIGHT}<w:jc w:val="left"/>'),
    "TableRight": ("Ô số", f'{_TIGHT}<w:jc w:val="right"/>'),
    "TableCentre": ("Ô giữa", f"{_TIGHT}{_MIDDLE}"),
    "PageNumber": ("Số trang", f"{_SINGLE}{_MIDDLE}"),
}
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _files() -> dict[str, bytes]:
    """Return every file of a template but its document."""
    number = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>2</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    return {
        CONTENT_TYPES: _types(),
        "_rels/.rels": _relationships(
            (f"{_OFFICE}/officeDocument", "word/document.xml"), (core, "docProps/core.xml")
        ),
        "word/_rels/document.xml.rels": _relationships(
            (f"{_OFFICE}/styles", "styles.xml"),
            (f"{_OFFICE}/header", "header1.xml"),
            (f"{_OFFICE}/header", "header2.xml"),
            (f"{_OFFICE}/settings", "settings.xml"),
        ),
        "docProps/core.xml": document_properties("", "", MADE),
        "word/styles.xml": _styles(),
        "word/settings.xml": _xml(f"<w:settings {NAMESPACES}>{_SETTINGS}</w:settings>"),
        "word/header1.xml": _header(number),
        "word/header2.xml": _header(""),
    }


_SETTINGS = (
    '<w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:characterSpacingControl '
    'w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
)


def _header(inner: str) -> bytes:
    return _xml(f"<w:hdr {NAMESPACES}>{paragraph(inner, 'PageNumber')}</w:hdr>")


def _types() -> bytes:
    parts = {
        "/word/document.xml": f"{_WORD_TYPE}.document.main+xml",
        "/word/styles.xml": f"{_WORD_TYPE}.styles+xml",
        "/word/settings.xml": f"{_WORD_TYPE}.settings+xml",
        "/word/header1.xml": f"{_WORD_TYPE}.header+xml",
        "/word/header2.xml": f"{_WORD_TYPE}.header+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    listed = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return _xml(
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> bytes:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return _xml(f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>')


def _styles() -> bytes:
    fonts = " ".join(f'w:{script}="{FONT}"' for script in ("ascii", "hAnsi", "eastAsia", "cs"))
    looks = (
        f'<w:rPr><w:rFonts {fonts}/><w:sz w:val="28"/><w:szCs w:val="28"/>'
        '<w:lang w:val="vi-VN" w:eastAsia="vi-VN"/></w:rPr>'
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name}"><w:name '
        f'w:val="{called}"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{properties}</w:pPr>'
        "</w:style>"
        for name, (called, properties) in STYLES.items()
    )
    return _xml(
        f"<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault>{looks}</w:rPrDefault>"
        f"<w:pPrDefault><w:pPr>{_SINGLE}</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f"<w:qFormat/>{looks}</w:style>{styles}</w:styles>"
    )


def _xml(text: str) -> bytes:
    return (DECLARATION + text).encode()
