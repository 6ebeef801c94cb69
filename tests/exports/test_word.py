"""Templates of Word: what may stand in them, and that an answer is never more than a text."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from exports.report_language import nearest
from exports.report_places import Line, Place
from exports.word import check_template, has_places
from exports.word_package import LARGEST_UNPACKED, read_package
from exports.word_xml import W
from tests.exports.documents import (
    body_of,
    filled,
    lines,
    marked,
    shipped,
    template_of,
    text_of,
    with_body,
    with_files,
)

PLACES: Mapping[str, Place] = {
    "so": Place("số", "1.234"),
    "khong": Place("số không", "0"),
    "thieu": Place("thiếu"),
    "sau": Place("đợt sau", untold=True),
    "bieu_1.tong": Place("tổng", "5"),
    "ten": Place("tên", "Huyện ủy An Biên"),
    "ds": Place("danh sách", lines=(Line("Gửi Ban:", heading=True), Line("- một"), Line("- hai"))),
    "trong": Place("danh sách trống", lines=()),
    "phu_luc": Place("phụ lục", lines=()),
}


def codes(source: bytes) -> list[str]:
    return [fault.code for fault in check_template(source, PLACES)]


def said(*texts: str) -> list[str]:
    """Return the paragraphs that a template of these paragraphs gives."""
    return lines(filled(template_of(*texts), PLACES))


def tabled(cell: str) -> str:
    return f"<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>"


# --- places ---------------------------------------------------------------------------------------


def test_places_are_filled_in() -> None:
    assert said("Có {{ so }} cuộc của {{ten}}.") == ["Có 1.234 cuộc của Huyện ủy An Biên."]


def test_a_mark_that_word_has_parted_is_one() -> None:
    runs = "".join(
        f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{part}</w:t></w:r><w:proofErr/>'
        for part in ("Có {", "{ s", "o }", "} cuộc, {{ te", "n }} họp")
    )
    source = with_body(shipped(), f"<w:p>{runs}</w:p>")
    assert codes(source) == []
    assert lines(filled(source, PLACES)) == ["Có 1.234 cuộc, Huyện ủy An Biên họp"]


def test_what_is_missing_is_marked_and_the_rest_of_the_sentence_is_not() -> None:
    document = filled(template_of("Có {{ thieu }} cuộc, {{ so }} lượt."), PLACES)
    assert lines(document) == ["Có […] cuộc, 1.234 lượt."]
    assert marked(document) == ["[…]"]


def test_a_paragraph_of_another_round_is_left_out() -> None:
    assert said("Trước", "Đợt sau {{ sau }}, nay {{ so }}", "Sau") == ["Trước", "Sau"]


def test_a_cell_keeps_a_paragraph() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{{ sau }}</w:t></w:r></w:p></w:tc>"
    source = template_of(
        body=f"<w:tbl><w:tblGrid><w:gridCol/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>"
    )
    cells = list(body_of(filled(source, PLACES)).iter(f"{{{W}}}tc"))
    assert [child.tag for child in cells[0]] == [f"{{{W}}}p"]
    assert text_of(cells[0]) == ""


def test_a_list_takes_paragraphs_that_look_like_its_own() -> None:
    document = filled(template_of("{{ ds }}", "{{ trong }}"), PLACES)
    assert lines(document) == ["Gửi Ban:", "- một", "- hai", "[…]"]
    assert marked(document) == ["[…]"]


def test_passages_depend_on_what_is_there() -> None:
    assert said("{%p if so %}", "Có", "{%p else %}", "Không", "{%p endif %}") == ["Có"]
    assert said("{%p if khong %}", "Có", "{%p else %}", "Không", "{%p endif %}") == ["Không"]
    assert said("Họp{% if not thieu %} chưa{% else %} rồi{% endif %} xong") == ["Họp chưa xong"]
    assert said("{%p if so %}", "{%p if thieu %}", "A", "{%p endif %}", "B", "{%p endif %}") == [
        "B"
    ]


# --- what is refused, and where it is -------------------------------------------------------------


def test_an_unknown_name_is_told_with_its_paragraph_and_the_nearest_name() -> None:
    (fault,) = check_template(template_of("Mở đầu", "Có {{ bieu_1.tonh }} cuộc"), PLACES)
    assert (fault.code, fault.words, fault.near) == ("unknown", "bieu_1.tonh", "bieu_1.tong")
    assert fault.where is not None
    assert (fault.where.part, fault.where.number) == ("document", 2)
    assert fault.where.excerpt == "Có {{ bieu_1.tonh }} cuộc"


def test_an_unknown_name_in_the_header_is_told_too() -> None:
    header = f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>{{{{ sso }}}}</w:t></w:r></w:p></w:hdr>'
    source = with_files(template_of("x"), {"word/header1.xml": header.encode()})
    (fault,) = check_template(source, PLACES)
    assert (fault.words, fault.near) == ("sso", "so")
    assert fault.where is not None
    assert fault.where.part == "header"


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["{{ so.__class__ }}"], "wrong"),
        (["{{ so|upper }}"], "wrong"),
        (["{{ range(9) }}"], "wrong"),
        (["{{ 'a' * 99 }}"], "wrong"),
        (["{{ 7*7 }}"], "wrong"),
        (["{% for a in so %}x{% endfor %}"], "wrong"),
        (["{% set a = so %}"], "wrong"),
        (["{% include 'x' %}"], "wrong"),
        (["{%tr if so %}"], "wrong"),
        (["{{r so }}"], "wrong"),
        (["{# lời #}"], "wrong"),
        (["{%- if so -%}{% endif %}"], "wrong"),
        (["{{ so"], "brace"),
        (["so }}"], "brace"),
        (["Gồm {{ ds }}"], "alone"),
        (["{% if so %}x"], "unclosed"),
        (["{%p if so %}"], "unclosed"),
        (["{% endif %}"], "stray"),
        (["{% if so %}a{% else %}b{% else %}c{% endif %}"], "stray"),
        (["{%p endif %}"], "stray"),
        (["Nếu {%p if so %}", "{%p endif %}"], "whole"),
        (["{% if so %}" * 6 + "{% endif %}" * 6], "deep"),
        (["{% if khac %}x{% endif %}"], "unknown"),
    ],
)
def test_anything_but_places_and_conditions_is_refused(texts: list[str], code: str) -> None:
    assert code in codes(template_of(*texts))


def test_a_condition_ends_beside_its_beginning() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{%p endif %}</w:t></w:r></w:p></w:tc>"
    assert "stray" in codes(template_of("{%p if so %}", body=tabled(cell)))


@pytest.mark.parametrize(
    "markup",
    [
        '<w:p><w:bookmarkStart w:id="1" w:name="{{ 7*7 }}"/></w:p>',
        "<w:p><w:r><w:instrText> PAGE {% for a in b %}</w:instrText></w:r></w:p>",
        "<!-- {{ 7*7 }} -->",
    ],
)
def test_a_mark_where_nobody_reads_it_is_refused(markup: str) -> None:
    assert codes(template_of("x", body=markup)) == ["hidden"]


def test_a_mark_in_a_part_that_is_no_text_is_refused() -> None:
    core = b"<cp:coreProperties xmlns:cp='u'>{% for a in range(9) %}</cp:coreProperties>"
    assert codes(with_files(template_of("x"), {"docProps/core.xml": core})) == ["hidden"]


# --- files that could do more than be printed -----------------------------------------------------

RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def related(kind: str, target: str, mode: str = "") -> bytes:
    """Return the shipped template with one more relationship of its document."""

    def change(content: bytes) -> bytes:
        external = f' TargetMode="{mode}"' if mode else ""
        more = f'<Relationship Id="rId99" Type="{RELS}/{kind}" Target="{target}"{external}/>'
        return content.replace(b"</Relationships>", more.encode() + b"</Relationships>")

    return with_files(template_of("x"), {"word/_rels/document.xml.rels": change})


READS_A_FILE = '<w:p><w:fldSimple w:instr="INCLUDETEXT &quot;/etc/passwd&quot;"/></w:p>'
# A field whose instruction lies over two runs.
RUNS_A_PROGRAM = (
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> DDE</w:instrText></w:r>'
    "<w:r><w:instrText>AUTO c calc</w:instrText></w:r></w:p>"
)
LOADS_A_PICTURE = (
    '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata '
    'src="file:///etc/passwd"/></v:shape></w:pict></w:r></w:p>'
)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (related("image", "http://x.example/a.png", "External"), "external"),
        (related("attachedTemplate", "file:///C:/mau.dotm", "External"), "external"),
        (related("hyperlink", "https://x.example", "External"), "external"),
        (related("oleObject", "embeddings/a.bin"), "part"),
        (related("aFChunk", "a.html"), "part"),
        (related("vbaProject", "vbaProject.bin"), "macros"),
        (related("image", "media/a.emf"), "picture"),
        (template_of("x", body='<w:altChunk r:id="rId99"/>'), "external"),
        (template_of(body=READS_A_FILE), "external"),
        (template_of(body=RUNS_A_PROGRAM), "external"),
        (template_of(body=LOADS_A_PICTURE), "external"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old_word"),
        (b"", "no_document"),
        (b"PK\x03\x04", "no_document"),
        (b"%PDF-1.7", "no_document"),
        (b"\0" * (2 * 1024 * 1024 + 1), "too_large"),
    ],
)  # fmt: skip
def test_what_runs_or_reads_from_elsewhere_is_refused(source: bytes, code: str) -> None:
    assert codes(source) == [code]


def test_macros_are_refused() -> None:
    def macro(content: bytes) -> bytes:
        kind = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        return content.replace(kind, b"vnd.ms-word.document.macroEnabled.main+xml")

    assert codes(with_files(shipped(), {"[Content_Types].xml": macro})) == ["macros"]


def test_entities_are_not_read() -> None:
    hostile = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    assert codes(with_files(shipped(), {"word/document.xml": hostile})) == ["unreadable"]


def packed(files: Mapping[str, bytes]) -> bytes:
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return output.getvalue()


def test_a_file_that_unpacks_without_end_is_refused_at_once() -> None:
    bomb = packed({"word/document.xml": b" " * (LARGEST_UNPACKED + 1), "[Content_Types].xml": b""})
    began = time.process_time()
    assert codes(bomb) == ["too_much"]
    assert codes(packed({f"a{number}": b"" for number in range(201)})) == ["too_much"]
    assert time.process_time() - began < 5


def test_a_file_that_lies_about_its_size_is_refused() -> None:
    honest = packed({"[Content_Types].xml": b"", "word/document.xml": b"x" * 5000})
    place = honest.index(b"PK\x01\x02", honest.index(b"PK\x01\x02") + 1) + 24
    lying = honest[:place] + struct.pack("<L", 10) + honest[place + 4 :]
    assert codes(lying) in (["too_much"], ["no_document"])


@pytest.mark.parametrize("name", ["../../etc/cron.d/a", "/etc/passwd", "word\\document.xml"])
def test_names_that_lead_out_are_refused(name: str) -> None:
    assert codes(packed({"[Content_Types].xml": b"", "word/document.xml": b"", name: b"x"})) == [
        "no_document"
    ]


@pytest.mark.parametrize("style", ["party", "decree"])
def test_the_shipped_template_can_be_uploaded_again(style: str) -> None:
    assert read_package(shipped(style))


# --- answers --------------------------------------------------------------------------------------

HOSTILE = (
    "{{ so }}",
    "{% for a in b %}",
    "{_{ 7*7 }_}",
    "<w:t>x</w:t>",
    "</w:t></w:r></w:p><w:p/>",
    "&lt;&amp;]]>",
    "=cmd|' /C calc'!A0",
    "x\x00\x01\x0b\x1fy",
    "\ud800 nửa",
    "\u202eđảo\u2066",
    "\ue0000\ue001",
    "a\u0301 NFD 👍",
    "\a\f",
    "<?phieu annexes?>",
    "dài " * 8192,
)
CLEAN = {
    "x\x00\x01\x0b\x1fy": "xy",
    "\ud800 nửa": " nửa",
    "\u202eđảo\u2066": "đảo",
    "\ue0000\ue001": "0",
    "\a\f": "",
}


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_an_answer_is_a_text_and_nothing_else(answer: str) -> None:
    places = {**PLACES, "ten": Place("", answer), "ds": Place("", lines=(Line(answer),))}
    document = filled(template_of("Nói {{ ten }}.", "{{ ds }}"), places)
    expected = CLEAN.get(answer, answer)
    assert lines(document) == [f"Nói {expected}.", expected]
    assert len(body_of(document)) == 3


def test_lines_of_an_answer_are_broken() -> None:
    document = filled(template_of("{{ ten }}"), {**PLACES, "ten": Place("", "một\nhai\r\nba")})
    assert lines(document) == ["một\nhai\nba"]


def test_only_a_slip_is_taken_for_another_name() -> None:
    places = {name: Place("số") for name in ("kho_khan.so", "bieu_2.qt_dv", "so_don_vi")}
    assert nearest("bieu_2.qt_dw", places) == "bieu_2.qt_dv"
    assert nearest("so_donvi", places) == "so_don_vi"
    assert nearest("khong_co", places) == ""


def test_a_template_without_a_place_is_told_from_one_with_any() -> None:
    assert not has_places(template_of("Báo cáo", "{{ phu_luc }}"))
    assert has_places(template_of("Báo cáo {{ so }}"))
    assert has_places(shipped())
