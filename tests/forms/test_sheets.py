"""Form files as people and programs write them, read into sheets; and datasets beside them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from io import BytesIO

import pytest
import xlsxwriter
from openpyxl import Workbook

from forms.compile import compile_form
from forms.datasets import read_dataset
from forms.findings import FormErrors
from forms.formats import limits
from forms.sheets import Sheet, column_letter, for_pyxform, read_form, read_sheets
from tests.forms.workbooks import HEADINGS, MAIN, cells, raw_xlsx, sheet_xml, survey, xls, xlsx

TYPED = ("text", "a", "A")
STYLES = (
    f"<styleSheet xmlns='{MAIN}'>"
    "<numFmts><numFmt numFmtId='164' formatCode='&quot;ngày&quot; dd/mm'/>"
    "<numFmt numFmtId='165' formatCode='#,##0 &quot;suất&quot;'/></numFmts>"
    "<fonts><font><name val='Arial'/></font><font><name val='.VnTime'/></font></fonts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
    "<cellXfs><xf numFmtId='0' fontId='0'/><xf numFmtId='164' fontId='0'/>"
    "<xf numFmtId='165' fontId='0'/><xf numFmtId='22' fontId='0'/><xf fontId='1'/></cellXfs>"
    "</styleSheet>"
)


def places(source: bytes, name: str = "a.xlsx") -> list[tuple[str, str]]:
    """Return the place and the key of every error."""
    try:
        return [(found.place, found.key) for found in read_form(source, name).errors]
    except FormErrors as errors:
        return [(found.place, found.key) for found in errors.errors]


def warned(source: bytes, name: str = "a.xlsx") -> list[tuple[str, str]]:
    return [(found.place, found.key) for found in read_form(source, name).warnings]


def grid(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    return [(row.number, row.cells) for row in sheet.rows]


# --- kinds of files -------------------------------------------------------------------------------

ROWS = [HEADINGS, ("integer", "so", "Số"), ("text", "ten", "Tên")]
FORMS = {
    "a.xlsx": xlsx({"survey": ROWS}),
    "old name.XLS": xlsx({"survey": ROWS}),
    "a.xls": xls((r, c, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)),
    "a.md": b"| survey | type | name | label |\n| --- | --- | --- | --- |\n"
    + "\n".join(f"| | {' | '.join(row)} |" for row in ROWS[1:]).encode(),
    "commas.csv": ("survey\n" + "\n".join(f",{','.join(row)}" for row in ROWS)).encode(),
    "semicolons.csv": ("survey;;;\n" + "\n".join(f";{';'.join(row)}" for row in ROWS)).encode(),
    "tabs.csv": ("survey\t" + "\n\t".join("\t".join(row) for row in ROWS)).encode("utf-8-sig"),
    "quotes.csv": b'"survey","type","name","label"\r\n"","integer","so","S\xe1\xbb\x91"\r\n'
    b'"","text","ten","T\xc3\xaan"\r\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_every_kind_of_file_gives_the_same_sheet(name):
    sheets = read_sheets(FORMS[name], name)
    assert list(sheets) == ["survey"]
    assert grid(sheets["survey"]) == [
        (2, {"type": "integer", "name": "so", "label": "Số"}),
        (3, {"type": "text", "name": "ten", "label": "Tên"}),
    ]
    assert sheets["survey"].columns == {"type": "A", "name": "B", "label": "C"}


def test_a_csv_may_hold_many_sheets_and_lines_in_a_cell():
    source = (
        'survey,type,name,label\n,text,a,"Một, hai\nba ""bốn"""\nchoices,list_name,name\n,ds,1\n'
    )
    sheets = read_sheets(source.encode(), "a.csv")
    assert grid(sheets["survey"])[0][1]["label"] == 'Một, hai\nba "bốn"'
    assert grid(sheets["choices"]) == [(2, {"list_name": "ds", "name": "1"})]


def test_a_workbook_of_openpyxl_is_read():
    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    for row in ROWS:
        sheet.append(row)
    sheet["C3"] = '="T" & "ên"'
    stream = BytesIO()
    book.save(stream)
    assert places(stream.getvalue()) == [("survey!C3", "formula")]


# --- rows and headings ----------------------------------------------------------------------------


def test_rows_keep_their_numbers_when_blank_ones_stand_between():
    source = xlsx({"survey": [(), HEADINGS, (), ("text", "a"), (), (), ("", "", "B")]})
    sheet = read_sheets(source, "a.xlsx")["survey"]
    assert sheet.top == 2
    assert [row.number for row in sheet.rows] == [4, 7]
    assert sheet.address(sheet.rows[1], "label") == "C7"
    assert sheet.address(None, "label") == "C2"
    assert sheet.lines[7] == {"C": "B"}


def test_what_was_written_is_kept_beside_what_it_means():
    source = xlsx({"Câu hỏi": [("Loại", "TÊN", "Nhãn :: Tiếng Việt (vi)", "", "ghi  chú"), TYPED]})
    sheet = read_sheets(source, "a.xlsx")["survey"]
    assert (sheet.name, sheet.title) == ("survey", "Câu hỏi")
    assert sheet.columns == {
        "type": "A", "name": "B", "label::Tiếng Việt (vi)": "C", "ghi chú": "E",
    }  # fmt: skip
    assert sheet.heading("label::Tiếng Việt (vi)") == "Nhãn :: Tiếng Việt (vi)"
    assert sheet.heading("name") == "TÊN"
    assert sheet.lines[1] == {
        "A": "Loại", "B": "TÊN", "C": "Nhãn :: Tiếng Việt (vi)", "E": "ghi chú",
    }  # fmt: skip


def test_errors_name_the_sheet_as_it_is_written():
    source = xlsx({"Câu hỏi": [("loại", "tên", "nhãn", "Label"), TYPED]})
    with pytest.raises(FormErrors) as caught:
        read_sheets(source, "a.xlsx")
    (error,) = caught.value.errors
    assert (error.place, error.key) == ("Câu hỏi!D1", "duplicate_heading")
    assert "“Label”" in error.sentence("vi")
    assert "C1" in error.sentence("vi")


@pytest.mark.parametrize(
    "headings",
    [
        ("label", "nhãn"),
        ("label::English (en)", "label::en"),
        ("relevant", "bind::relevant"),
        ("x", "x"),
    ],
)
def test_two_columns_of_one_meaning_are_refused(headings):
    assert places(xlsx({"survey": [("type", "name", *headings)]})) == [
        ("survey!D1", "duplicate_heading")
    ]


def test_two_sheets_of_one_meaning_are_refused():
    source = xlsx({"survey": [HEADINGS], "Câu hỏi": [HEADINGS]})
    assert places(source) == [("Câu hỏi", "duplicate_sheet")]
    assert places(b"| survey | type |\n| survey | name |", "a.md") == [
        ("survey", "duplicate_sheet")
    ]


def test_other_sheets_are_named_and_not_read():
    source = xlsx({"survey": [HEADINGS, TYPED], "Danh mục": [("a", "a")], "_nháp": [("b",)]})
    form = read_form(source, "a.xlsx")
    assert list(form.sheets) == ["survey"]
    assert [(w.place, w.key) for w in form.warnings] == [("Danh mục", "unknown_sheet")]


def test_the_only_sheet_is_the_survey_when_it_looks_like_one():
    assert list(read_sheets(xlsx({"Sheet1": [HEADINGS, TYPED]}), "a.xlsx")) == ["survey"]
    assert list(read_sheets(xlsx({"Sheet1": [("STT", "Họ tên")]}), "a.xlsx")) == ["sheet1"]


def test_a_hidden_sheet_is_read_and_named():
    sheets = {"survey": sheet_xml(cells(HEADINGS, TYPED)), "choices": sheet_xml(cells(["name"]))}
    form = read_form(raw_xlsx(sheets, states={"choices": "veryHidden"}), "a.xlsx")
    assert list(form.sheets) == ["survey", "choices"]
    assert [(w.place, w.key) for w in form.warnings] == [("choices", "hidden_sheet")]


def test_a_workbook_that_is_no_form_is_refused():
    with pytest.raises(FormErrors) as caught:
        compile_form(xlsx({"Tháng 8": [("STT", "Họ tên")], "Tháng 9": [(1,)]}), "a.xlsx")
    assert caught.value.errors[0].key == "no_sheet"


# --- cells ----------------------------------------------------------------------------------------


def test_text_is_clean_and_lines_are_kept():
    label = unicodedata.normalize("NFD", "  Số\u00a0cuộc \u200bhọp\r\n trong  kỳ \t")
    source = xlsx({"survey": [HEADINGS, ("text", "a\u200b\u00a0", label)]})
    row = read_sheets(source, "a.xlsx")["survey"].rows[0]
    assert row.cells == {"type": "text", "name": "a", "label": "Số cuộc họp\n trong kỳ"}


def test_numbers_and_booleans_are_as_a_person_writes_them():
    row = (1, 1.0, 0.1, 1e15, -2.5, True, False, 20210801)
    source = xlsx({"choices": [[f"c{n}" for n in range(len(row))], row]})
    assert list(read_sheets(source, "a.xlsx")["choices"].rows[0].cells.values()) == [
        "1", "1", "0.1", "1000000000000000", "-2.5", "true", "false", "20210801",
    ]  # fmt: skip


def test_dates_are_iso_and_are_pointed_out_where_they_are_no_dates():
    stream = BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("survey")
        sheet.write_row(0, 0, ("type", "name", "default"))
        formats = [
            book.add_format({"num_format": f}) for f in ("d-mmm", "dd/mm/yyyy hh:mm", "h:mm")
        ]
        sheet.write_datetime(1, 1, date(2021, 2, 1), formats[0])
        sheet.write_datetime(1, 2, datetime(2021, 8, 31, 14, 5), formats[1])  # noqa: DTZ001
        sheet.write_datetime(2, 2, time(7, 30), formats[2])
    form = read_form(stream.getvalue(), "a.xlsx")
    assert [row.cells for row in form.sheets["survey"].rows] == [
        {"name": "2021-02-01", "default": "2021-08-31T14:05:00"},
        {"default": "07:30:00"},
    ]
    assert [(w.place, w.key) for w in form.warnings] == [("survey!B2", "date_cell")]
    assert "2021-02-01" in form.warnings[0].sentence("vi")


def test_only_formats_for_dates_make_dates():
    row = "".join(f"<c s='{style}'><v>44409</v></c>" for style in range(4))
    source = survey(f"<row>{row}</row>", styles=STYLES)
    assert list(read_form(source, "a.xlsx").sheets["survey"].lines[2].values()) == [
        "44409", "2021-08-01", "44409", "2021-08-01",
    ]  # fmt: skip


def test_a_formula_gives_the_value_that_was_kept():
    row = (
        "<c><f>1+1</f><v>2</v></c><c t='str'><f>A1</f><v>ten</v></c><c t='str'><f>B9</f><v/></c>"
        "<c><f>1+1</f></c><c><f>1+1</f><v></v></c>"
    )
    source = survey(f"<row>{row}</row>")
    assert read_form(source, "a.xlsx").sheets["survey"].lines[2] == {"A": "2", "B": "ten"}
    assert places(source) == [("survey!D2", "formula"), ("survey!E2", "formula")]


def test_an_error_value_is_told_with_its_cell():
    row = "<c t='e'><v>#REF!</v></c><c t='e'><f>1/0</f><v>#DIV/0!</v></c><c><v>nhiều</v></c>"
    form = read_form(survey(f"<row>{row}</row>"), "a.xlsx")
    assert [(e.place, e.key) for e in form.errors] == [
        ("survey!A2", "error_value"),
        ("survey!B2", "error_value"),
        ("survey!C2", "error_value"),
    ]
    assert "#REF!" in form.errors[0].sentence("vi")


def test_every_error_of_a_file_is_told_from_the_top():
    content = (
        "<row r='2'><c r='C2' t='inlineStr'><is><t>a\u0001</t></is></c></row>".replace(
            "\u0001", "_x0001_"
        )
        + "<row r='3'><c r='A3' t='e'><v>#N/A</v></c></row>"
        + "<row r='4'><c r='B4' t='inlineStr'><is><t>"
        + "x" * 101
        + "</t></is></c></row>"
    )
    assert places(survey(content)) == [
        ("survey!C2", "character"),
        ("survey!A3", "error_value"),
        ("survey!B4", "cell_too_long"),
    ]


def test_a_sign_that_no_text_may_hold_is_refused_and_never_shown():
    for text in ("a_x0000_", "_xD800_", "\ufffd"):
        form = read_form(survey(cells(("text", "a", text))), "a.xlsx")
        assert [(e.place, e.key) for e in form.errors] == [("survey!C2", "character")]
        assert repr(form.sheets).encode()


def test_escapes_of_excel_are_undone():
    source = survey(cells(("text", "a_x005F_x0041_", "một_x000D_\nhai")))
    assert read_sheets(source, "a.xlsx")["survey"].rows[0].cells == {
        "type": "text", "name": "a_x0041_", "label": "một\nhai",
    }  # fmt: skip


def test_rich_and_phonetic_text_is_joined():
    run = "<r><rPr><b/></rPr><t xml:space='preserve'>Số </t></r><r><t>cuộc</t></r>"
    row = (
        f"<c t='inlineStr'><is>{run}<rPh sb='0' eb='1'><t>x</t></rPh></is></c><c t='s'><v>1</v></c>"
    )
    texts = "<x:si/><x:si><x:t>Tên</x:t><x:rPh><x:t>y</x:t></x:rPh></x:si>"
    shared = f"<x:sst xmlns:x='{MAIN}'>{texts}</x:sst>"
    sheets = read_sheets(survey(f"<row>{row}</row>", shared=shared), "a.xlsx")
    assert sheets["survey"].lines[2] == {"A": "Số cuộc", "B": "Tên"}


@pytest.mark.parametrize(
    ("heading", "settings", "found"),
    [
        ("label", (), ["old_encoding"]),
        ("label::Tiếng Việt (vi)", (), ["old_encoding"]),
        ("gợi ý", ("Tiếng Việt (vi)",), ["old_encoding"]),
        ("label::Français (fr)", (), []),
        ("label", ("English (en)",), []),
        ("ghi chú", (), []),
    ],
)
@pytest.mark.parametrize("text", ["Ban Tuyªn gi¸o TØnh ñy", "Hoäi nghò caùn boä"])
def test_old_encodings_are_refused_where_vietnamese_stands(heading, settings, found, text):
    sheets = {"survey": [("type", "name", heading), ("note", "a", text)]}
    if settings:
        sheets["settings"] = [("default_language",), settings]
    assert [key for _, key in places(xlsx(sheets))] == found


def test_a_font_of_an_old_encoding_is_refused():
    row = "<c t='s'><v>0</v></c><c s='4' t='s'><v>0</v></c><c s='4' t='s'><v>1</v></c>"
    shared = f"<sst xmlns='{MAIN}'><si><t>Ghi chu</t></si><si><t>Qu¶</t></si></sst>"
    source = survey(f"<row>{row}</row>", shared=shared, styles=STYLES)
    (error,) = read_form(source, "a.xlsx").errors
    assert (error.place, error.key) == ("survey!C2", "old_encoding")
    assert "TCVN3" in error.sentence("vi")


@pytest.mark.parametrize(
    ("heading", "longest"), [("name", 100), ("type", 250), ("label", limits.LONGEST_CELL)]
)
def test_names_are_short(heading, longest):
    index = HEADINGS.index(heading)
    row = ["x"] * len(HEADINGS)
    row[index] = "x" * longest
    assert places(survey(cells(row))) == []
    row[index] += "x"
    assert places(survey(cells(row))) == [(f"survey!{column_letter(index)}2", "cell_too_long")]


def test_numbers_in_sentences_are_written_as_the_language_does():
    with pytest.raises(FormErrors) as caught:
        read_sheets(survey(cells(TYPED) * 6_000), "a.xlsx")
    (error,) = caught.value.errors
    assert "5.000" in error.sentence("vi")
    assert "5,000" in error.sentence("en")


def test_a_form_with_errors_can_still_be_drawn():
    form = read_form(survey(cells(TYPED) + "<row><c><f>1</f></c></row>"), "a.xlsx")
    assert form.errors
    assert form.sheets["survey"].lines[2] == {"A": "text", "B": "a", "C": "A"}


# --- for pyxform ----------------------------------------------------------------------------------


def test_pyxform_gets_canonical_names_and_the_numbers_of_rows():
    rows = [(), ("Loại", "Tên", "Nhãn"), (), ("Select one from ds", "a", "A")]
    sheets = read_sheets(xlsx({"Câu hỏi": rows, "Kiểm tra": [("tên",), ("k",)]}), "a.xlsx")
    assert for_pyxform(sheets) == {
        "survey": [{}, {}, {"type": "select_one ds", "name": "a", "label": "A"}],
        "survey_header": [{"type": None, "name": None, "label": None}],
        "sheet_names": ["survey"],
    }


# --- datasets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "ma,tên,ghi chú\n01,Rạch Giá,\n02,Hà Tiên,a b\n",
        "\ufeffma;tên;ghi chú\r\n01;Rạch Giá;\r\n02;Hà Tiên;a b\r\n",
        '"ma"\t"tên"\t"ghi chú"\n\n01\tRạch Giá\t\n02\t"Hà\u00a0Tiên"\t"a\nb"\n',
        unicodedata.normalize("NFD", "ma,tên,ghi chú\n01,Rạch Giá,\n02,Hà Tiên,a b"),
    ],
)
def test_a_dataset_is_read_as_it_is_written(source):
    dataset = read_dataset(source.encode(), "xa.csv")
    assert dataset.name == "xa.csv"
    assert dataset.columns == ("ma", "tên", "ghi chú")
    assert dataset.rows == (("01", "Rạch Giá", ""), ("02", "Hà Tiên", "a b"))
    assert dataset.look_up("tên", "ma", "02") == "Hà Tiên"


def test_errors_of_a_dataset_are_told_with_the_file_and_the_cell():
    source = "ma,,ma\n01,a\n02,b,c,d\n03,x\ufffd,\n"
    with pytest.raises(FormErrors) as caught:
        read_dataset(source.encode(), "xa.csv")
    assert [(found.place, found.key) for found in caught.value.errors] == [
        ("xa.csv!B1", "blank_heading"),
        ("xa.csv!C1", "duplicate_heading"),
        ("xa.csv!C2", "ragged_row"),
        ("xa.csv!D3", "ragged_row"),
        ("xa.csv!B4", "character"),
    ]


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("ma,ten\n01,Đơn vi".encode("cp1258"), "encoding"),
        ("ma,ten\n".encode("utf-16"), "encoding"),
        (b"", "empty_file"),
        (b"%PDF-1.7", "no_csv"),
        (b'a,b\n"a,b\n', "csv_quotes"),
    ],
)
def test_a_dataset_that_cannot_be_read_is_refused(source, key):
    with pytest.raises(FormErrors) as caught:
        read_dataset(source, "xa.csv")
    assert [(found.sheet, found.key) for found in caught.value.errors] == [("xa.csv", key)]
