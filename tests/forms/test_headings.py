"""What people call sheets, columns and types, and what it becomes."""

from __future__ import annotations

import unicodedata

import pytest
from pyxform import aliases
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from forms.headings import (
    HEADINGS,
    SELECTS,
    SHEETS,
    TYPES,
    canonical_heading,
    canonical_headings,
    canonical_sheet,
    canonical_type,
    key_of,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("survey", "survey"),
        (" Survey ", "survey"),
        ("CHOICES", "choices"),
        ("Câu hỏi", "survey"),
        ("khao sat", "survey"),
        (unicodedata.normalize("NFD", "Phương án"), "choices"),
        ("Lựa chọn", "choices"),
        ("Thiết lập", "settings"),
        ("Cấu hình", "settings"),
        ("Biểu tổng hợp", "tables"),
        ("Bảng", "tables"),
        ("KIỂM TRA", "checks"),
        ("external choices", "external_choices"),
        ("Danh mục Xã", "danh mục xã"),
    ],
)
def test_sheets_are_known_by_all_their_names(written, canonical):
    assert canonical_sheet(written) == canonical


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("type", "type"),
        ("Type", "type"),
        ("  RELEVANT ", "relevant"),
        ("read only", "read_only"),
        ("readonly", "read_only"),
        ("Constraint  Message", "constraint_message"),
        ("constraint\u00a0message", "constraint_message"),
        ("constraint-message", "constraint_message"),
        ("relevance", "relevant"),
        ("calculate", "calculation"),
        ("caption", "label"),
        ("command", "type"),
        ("bind::relevant", "relevant"),
        ("bind:relevant", "relevant"),
        ("bind::jr:constraintMsg", "constraint_message"),
        ("bind:jr:constraintMsg", "constraint_message"),
        ("bind::jr:constraintMsg::English (en)", "constraint_message::English (en)"),
        ("jr:count", "repeat_count"),
        ("control::appearance", "appearance"),
        ("body::accept", "body::accept"),
        ("Body :: Accept", "body::accept"),
        ("label : : English (en)", "label::English (en)"),
        ("label::  Tiếng Việt (vi) ", "label::Tiếng Việt (vi)"),
        ("Label::français (fr)", "label::français (fr)"),
        ("label:English", "label::English"),
        ("label::", "label"),
        ("media::image::English (en)", "image::English (en)"),
        ("image::English (en)", "image::English (en)"),
        ("media:image", "image"),
        ("media:image:English", "image::English"),
        ("media::image", "image"),
        ("big-image", "big-image"),
        ("NHÃN", "label"),
        ("nhan", "label"),
        ("Nhãn :: English (en)", "label::English (en)"),
        ("Nhãn: English", "label::English"),
        ("loại", "type"),
        ("Tên", "name"),
        ("gợi ý", "hint"),
        ("hướng dẫn", "guidance_hint"),
        ("Đơn vị tính", "measure"),
        ("bắt buộc", "required"),
        ("thông báo bắt buộc", "required_message"),
        ("ràng buộc", "constraint"),
        ("điều kiện hợp lệ", "constraint"),
        ("thông báo lỗi", "constraint_message"),
        ("điều kiện hiện", "relevant"),
        ("Hiện khi", "relevant"),
        ("công thức", "calculation"),
        ("tính toán", "calculation"),
        ("mặc định", "default"),
        ("kích hoạt", "trigger"),
        ("chỉ đọc", "read_only"),
        ("cách hiển thị", "appearance"),
        ("tham số", "parameters"),
        ("lọc phương án", "choice_filter"),
        ("số lần lặp", "repeat_count"),
        ("hình ảnh::English (en)", "image::English (en)"),
        ("relevant::English (en)", "relevant::English (en)"),
        ("my  notes", "my notes"),
        ("Ghi chú: nội bộ", "Ghi chú: nội bộ"),
        ("instance::odk:tag", "instance::odk:tag"),
    ],
)
def test_columns_of_the_survey_are_known_by_all_their_names(written, canonical):
    assert canonical_heading("survey", written) == canonical
    assert canonical_heading("survey", unicodedata.normalize("NFD", written)) == canonical
    assert canonical_heading("survey", canonical) == canonical


@pytest.mark.parametrize(
    ("sheet", "written", "canonical"),
    [
        ("choices", "list name", "list_name"),
        ("choices", "Tên danh sách", "list_name"),
        ("choices", "tên", "name"),
        ("choices", "value", "name"),
        ("choices", "nhãn::English (en)", "label::English (en)"),
        ("choices", "Mã Tỉnh", "Mã Tỉnh"),
        ("settings", "title", "form_title"),
        ("settings", "Tiêu đề", "form_title"),
        ("settings", "form_title::English (en)", "form_title::English (en)"),
        ("settings", "mã biểu mẫu", "form_id"),
        ("settings", "id_string", "form_id"),
        ("settings", "Phiên bản", "version"),
        ("settings", "ngôn ngữ mặc định", "default_language"),
        ("settings", "tên bản ghi", "instance_name"),
        ("settings", "kiểu trang", "style"),
        ("settings", "Submission URL", "submission_url"),
        ("tables", "Tiêu đề::Tiếng Việt (vi)", "title::Tiếng Việt (vi)"),
        ("tables", "nhóm theo", "group_by"),
        ("tables", "độ rộng", "width"),
        ("checks", "Thông báo::English (en)", "message::English (en)"),
        ("checks", "giải trình", "explain"),
        ("checks", "câu hỏi", "question"),
        ("entities", "Dataset", "Dataset"),
    ],
)
def test_columns_of_the_other_sheets_are_known_too(sheet, written, canonical):
    assert canonical_heading(sheet, written) == canonical


def test_a_name_means_one_thing_on_a_sheet():
    for names in (*HEADINGS.values(), SHEETS, TYPES, SELECTS):
        written = [(key_of(n), c) for c, more in names.items() for n in (c, *more)]
        assert len(dict(written)) == len(set(written))


def test_every_column_that_is_read_has_a_vietnamese_name():
    old = {"big-image", "audio", "video"}
    kept = {name for name, more in HEADINGS["settings"].items() if not more}
    for sheet, names in HEADINGS.items():
        for canonical, more in names.items():
            assert canonical in old | kept or any(not name.isascii() for name in more), sheet


def test_choices_keep_columns_for_filters_beside_the_columns_they_resemble():
    written = ["list_name", "name", "label", "value", "ma", "Tỉnh"]
    assert canonical_headings("choices", written) == written
    assert canonical_headings("choices", ["list_name", "value", "nhan"]) == [
        "list_name", "name", "label",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("text", "text"),
        (" Text ", "text"),
        ("string", "text"),
        ("int", "integer"),
        ("datetime", "dateTime"),
        ("dateTime", "dateTime"),
        ("date time", "dateTime"),
        ("photo", "image"),
        ("gps", "geopoint"),
        ("location", "geopoint"),
        ("trigger", "acknowledge"),
        ("q int", "integer"),
        ("add date prompt", "date"),
        ("get today", "today"),
        ("select_one tinh", "select_one tinh"),
        ("Select_One  Tinh", "select_one Tinh"),
        ("select one from tinh", "select_one tinh"),
        ("select one tinh", "select_one tinh"),
        ("select1 tinh", "select_one tinh"),
        ("add select one prompt using tinh", "select_one tinh"),
        ("select_one\u00a0tinh", "select_one tinh"),
        ("select all that apply from tinh", "select_multiple tinh"),
        ("select_multiple tinh or_other", "select_multiple tinh or_other"),
        ("select_multiple tinh or specify other", "select_multiple tinh or_other"),
        ("select one from tinh or other", "select_one tinh or_other"),
        ("select_one_from_file xa.csv", "select_one_from_file xa.csv"),
        ("select multiple from file xa.csv", "select_multiple_from_file xa.csv"),
        ("select_one ${nguoi}", "select_one ${nguoi}"),
        ("rank uu_tien", "rank uu_tien"),
        ("select_one", "select_one"),
        ("begin group", "begin group"),
        ("begin_group", "begin group"),
        ("End Repeat", "end repeat"),
        ("begin lgroup", "begin repeat"),
        ("begin loop over tinh", "begin loop over tinh"),
        ("end", "end"),
        ("end time", "end"),
        ("Mã  vạch", "Mã vạch"),
        ("select_two tinh", "select_two tinh"),
        ("", ""),
    ],
)
def test_types_have_one_spelling(written, canonical):
    assert canonical_type(written) == canonical
    assert canonical_type(canonical) == canonical


def test_what_pyxform_calls_a_type_is_understood():
    unsupported = {
        "percentage", "number of days in last month", "number of days in last six months",
        "number of days in last year", "osm", "audit", "xml-external", "csv-external",
        "start-geopoint", "background-audio", "background-geopoint", "q select", "q select1",
        "add select multiple prompt using", "select all that apply from", "select multiple using",
    }  # fmt: skip
    known = set(TYPES) | set(SELECTS)
    for name in set(QUESTION_TYPE_DICT) - unsupported:
        assert canonical_type(name) in known, name
    for name in set(aliases.select):
        assert canonical_type(f"{name} ds").partition(" ")[0] in SELECTS, name


def test_what_pyxform_calls_a_column_of_the_survey_is_understood():
    read = {"control", "bind"}
    for name, meaning in aliases.survey_header.items():
        if isinstance(meaning, tuple) and meaning[0] in read and meaning[1] != "autoplay":
            known = canonical_heading("survey", name) in HEADINGS["survey"]
            assert known or name in ("rows", "noapperrorstring", "no_app_error_string", "save_to")
