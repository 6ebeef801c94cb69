"""What people call sheets, columns and types, and the one name that the product has for each.

The canonical names are those of XLSForm (https://xlsform.org) in small letters. Other names are
those of old forms, which pyxform takes too, and Vietnamese ones. Case, accents, spaces, hyphens and
underscores make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from language.text import clean, fold

Names = Mapping[str, tuple[str, ...]]

SHEETS: Names = {
    "survey": ("câu hỏi", "khảo sát", "danh sách câu hỏi", "các câu hỏi"),
    "choices": ("phương án", "lựa chọn", "phương án trả lời", "danh sách phương án"),
    "settings": ("thiết lập", "cấu hình", "cài đặt"),
    "tables": ("biểu tổng hợp", "bảng tổng hợp", "biểu", "bảng"),
    "checks": ("kiểm tra", "kiểm tra số liệu"),
    "external_choices": (),
    "entities": (),
    "osm": (),
}

_IMAGE = ("media::image", "hình ảnh", "ảnh")
_MEDIA: Names = {
    "big-image": ("media::big-image",),
    "audio": ("media::audio",),
    "video": ("media::video",),
}
_CHOICES: Names = {
    "list_name": ("list name", "tên danh sách", "danh sách"),
    "name": ("value", "tên", "mã", "mã phương án", "tên phương án"),
    "label": ("caption", "nhãn", "nhãn phương án", "phương án", "nội dung"),
    "image": _IMAGE,
    **_MEDIA,
}
HEADINGS: Mapping[str, Names] = {
    "survey": {
        "type": ("command", "loại", "loại câu hỏi", "kiểu", "kiểu câu hỏi"),
        "name": ("tag", "value", "tên", "tên câu hỏi", "mã", "mã câu hỏi"),
        "label": ("caption", "nhãn", "câu hỏi", "nội dung", "nội dung câu hỏi"),
        "hint": ("gợi ý",),
        "guidance_hint": ("hướng dẫn", "hướng dẫn chi tiết"),
        "required": ("bind::required", "bắt buộc"),
        "required_message": (
            "requiredMsg", "jr:requiredMsg", "bind::jr:requiredMsg", "thông báo bắt buộc",
        ),
        "constraint": ("bind::constraint", "ràng buộc", "điều kiện hợp lệ"),
        "constraint_message": (
            "constraining message", "jr:constraintMsg", "bind::jr:constraintMsg",
            "thông báo lỗi", "thông báo ràng buộc",
        ),
        "relevant": (
            "relevance", "bind::relevant", "điều kiện hiện", "điều kiện hiển thị", "hiện khi",
        ),
        "calculation": ("calculate", "bind::calculate", "công thức", "tính toán", "cách tính"),
        "default": ("mặc định", "giá trị mặc định"),
        "trigger": ("kích hoạt",),
        "read_only": ("readonly", "bind::readonly", "chỉ đọc"),
        "appearance": (
            "control::appearance", "body::appearance", "cách hiển thị", "kiểu hiển thị",
        ),
        "parameters": ("tham số",),
        "measure": ("unit", "unit of measure", "đơn vị tính", "đvt", "don_vi_tinh"),
        "choice_filter": ("lọc phương án", "lọc lựa chọn"),
        "repeat_count": (
            "count", "jr:count", "control::jr:count", "body::jr:count", "số lần lặp",
        ),
        "image": _IMAGE,
        **_MEDIA,
        "body::accept": ("control::accept", "loại tệp"),
        "disabled": ("bỏ qua",),
    },
    "choices": _CHOICES,
    "external_choices": _CHOICES,
    "settings": {
        "form_title": (
            "title", "set form title", "tiêu đề", "tiêu đề biểu mẫu", "tên biểu mẫu",
        ),
        "form_id": ("id_string", "set form id", "mã biểu mẫu"),
        "version": ("phiên bản",),
        "default_language": ("ngôn ngữ mặc định", "ngôn ngữ"),
        "instance_name": ("tên bản ghi",),
        "style": ("kiểu trang", "kiểu trình bày"),
        "name": (), "public_key": (), "submission_url": (), "auto_send": (), "auto_delete": (),
        "allow_choice_duplicates": (), "instance_xmlns": (), "namespaces": (),
        "omit_instanceID": (), "clean_text_values": (), "sms_keyword": (),
    },
    "tables": {
        "type": ("loại", "loại dòng"),
        "name": ("tên", "mã"),
        "kind": ("kiểu", "kiểu biểu", "kiểu bảng"),
        "position": ("vị trí", "thứ tự"),
        "rows": ("dòng", "nhóm lặp"),
        "filter": ("lọc", "điều kiện lọc"),
        "group_by": ("nhóm theo",),
        "foot": ("chân bảng", "cuối bảng"),
        "head": ("đầu bảng",),
        "sort": ("sắp xếp",),
        "label": ("caption", "nhãn"),
        "title": ("tiêu đề",),
        "band": ("nhóm cột", "tiêu đề nhóm cột"),
        "value": ("giá trị", "công thức"),
        "total": ("tổng", "tổng cộng", "cộng"),
        "format": ("định dạng",),
        "width": ("độ rộng", "chiều rộng"),
        "chart": ("biểu đồ",),
    },
    "checks": {
        "name": ("tên", "mã"),
        "expression": ("biểu thức", "điều kiện"),
        "message": ("thông báo", "nội dung"),
        "explain": ("giải trình", "yêu cầu giải trình", "giải thích"),
        "question": ("câu hỏi",),
        "label": ("caption", "nhãn"),
    },
}  # fmt: skip

# Columns that may have a language, as in `label::English (en)`.
_MEDIA_BASES = frozenset({"image", *_MEDIA})
TRANSLATED: Mapping[str, frozenset[str]] = {
    "survey": _MEDIA_BASES
    | {"label", "hint", "guidance_hint", "required_message", "constraint_message", "measure"},
    "choices": _MEDIA_BASES | {"label"},
    "external_choices": _MEDIA_BASES | {"label"},
    "settings": frozenset({"form_title"}),
    "tables": frozenset({"label", "title", "band"}),
    "checks": frozenset({"message", "label"}),
}
# Translated columns that hold the name of a file.
FILES = _MEDIA_BASES

TYPES: Names = {
    "text": ("string",),
    "integer": ("int",),
    "decimal": (),
    "range": (),
    "date": (),
    "time": (),
    "dateTime": ("date time",),
    "note": (),
    "calculate": (),
    "acknowledge": ("trigger",),
    "hidden": (),
    "file": (),
    "image": ("photo", "picture"),
    "audio": (),
    "video": (),
    "barcode": (),
    "geopoint": ("gps", "location"),
    "geotrace": (),
    "geoshape": (),
    "start": ("start time",),
    "end": ("end time",),
    "today": (),
    "deviceid": ("device id", "imei", "uri:deviceid"),
    "username": ("uri:username",),
    "email": ("uri:email",),
    "phonenumber": ("phone number", "uri:phonenumber"),
    "subscriberid": ("subscriber id", "uri:subscriberid"),
    "simserial": ("sim id", "uri:simserial"),
}
# The types that a name of a list follows. The longer name is tried first.
SELECTS: Names = {
    "select_one_from_file": (),
    "select_multiple_from_file": (),
    "select_one_external": (),
    "select_one": ("select1", "select one from", "select one using", "select one prompt using"),
    "select_multiple": (
        "select multiple from",
        "select multiple using",
        "select multiple prompt using",
        "select all that apply",
        "select all that apply from",
    ),
    "rank": (),
}
_BLOCKS = {
    "group": "group",
    "repeat": "repeat",
    "lgroup": "repeat",
    "looped group": "repeat",
    "loop": "loop",
}

_DIVIDER = re.compile(r"\s*:\s*:\s*")
# `jr:` is the beginning of a name and divides nothing.
_SINGLE_DIVIDER = re.compile(r"(?<!\bjr)\s*:\s*", re.IGNORECASE)
_GAPS = re.compile(r"[\s_-]+")
_BLOCK = re.compile(
    r"(begin|end)[ _]?(group|repeat|lgroup|looped group|loop)\b *(.*)", re.IGNORECASE
)
# Types of the first forms: `q int`, `add text prompt`, `get today`.
_OLD_TYPE = re.compile(r"(?:q|add|get) (.+?)(?: prompt)?")
_OR_OTHER = re.compile(r"\s+or[ _](?:specify[ _])?other$", re.IGNORECASE)


def key_of(text: str) -> str:
    """Return what two names have in common that are the same name here."""
    return _GAPS.sub("_", fold(text))


def _by_key(names: Names) -> dict[str, str]:
    return {
        key_of(name): canonical for canonical, more in names.items() for name in (canonical, *more)
    }


_SHEET_BY_KEY = _by_key(SHEETS)
_HEADING_BY_KEY = {sheet: _by_key(names) for sheet, names in HEADINGS.items()}
_TYPE_BY_KEY = _by_key(TYPES)
_SELECT_BY_KEY = _by_key(SELECTS)
_SELECT = re.compile(
    "(?:add[ _])?("
    + "|".join(key.replace("_", "[ _]") for key in sorted(_SELECT_BY_KEY, key=len, reverse=True))
    + r")(?:\s+(.+))?",
    re.IGNORECASE,
)


def canonical_sheet(name: str) -> str:
    """Return the canonical name of a sheet; a sheet of no form keeps its name in small letters."""
    return _SHEET_BY_KEY.get(key_of(name), clean(name).lower())


def is_form_sheet(name: str) -> bool:
    """Tell whether a sheet of this name belongs to a form."""
    return key_of(name) in _SHEET_BY_KEY


def canonical_heading(sheet: str, text: str) -> str:
    """Return the canonical heading of a column of a sheet (by its canonical name).

    The language of a translated column stays as written: `Nhãn :: English (en)` is
    `label::English (en)`. A column that the sheet does not know keeps its heading.
    """
    cleaned = clean(text)
    names = _HEADING_BY_KEY.get(sheet, {})
    if key_of(cleaned) in names:
        return names[key_of(cleaned)]
    double = _DIVIDER.search(cleaned)
    parts = (_DIVIDER if double else _SINGLE_DIVIDER).split(cleaned)
    found = _heading_of_parts(parts, names, TRANSLATED.get(sheet, frozenset()))
    return found or ("::".join(parts) if double else cleaned)


def _heading_of_parts(
    parts: list[str], names: Mapping[str, str], translated: frozenset[str]
) -> str:
    for count in (2, 1):
        base = names.get("::".join(map(key_of, parts[:count])), "")
        language = "::".join(parts[count:])
        if base and not language:
            return base
        if base in translated:
            return f"{base}::{language}"
    return ""


def canonical_headings(sheet: str, texts: Sequence[str]) -> list[str]:
    """Return the canonical headings of a whole row of headings; blank ones stay blank.

    The choices sheet may have any further column, for choice filters to read. There a short name
    without accents, like `ma` or `value`, is such a column where the column it could mean is.
    """
    found = [canonical_heading(sheet, text) if text else "" for text in texts]
    if sheet not in ("choices", "external_choices"):
        return found
    plain = {key_of(text) for text in texts}
    return [
        clean(text) if _is_further_column(clean(text), heading, plain) else heading
        for text, heading in zip(texts, found, strict=True)
    ]


def _is_further_column(text: str, heading: str, plain: set[str]) -> bool:
    """Tell whether a heading is another name of a column that is there by its own name."""
    return text.isascii() and key_of(text) != key_of(heading) and key_of(heading) in plain


def split_heading(heading: str) -> tuple[str, str]:
    """Return a canonical heading without its language, and the language: blank when it has none."""
    if heading == "body::accept":
        return heading, ""
    base, _, language = heading.partition("::")
    return base, language


def canonical_type(text: str) -> str:
    """Return a type of the survey sheet in the one spelling that XLSForm has for it.

    `Select one from tinh or other` is `select_one tinh or_other`. A type that is not known is
    returned as written, with single spaces.
    """
    cleaned = clean(text)
    block = _BLOCK.fullmatch(cleaned)
    if block:
        kind = _BLOCKS[block.group(2).lower()]
        return f"{block.group(1).lower()} {kind} {block.group(3)}".rstrip()
    select = _SELECT.fullmatch(cleaned)
    if select:
        head = _SELECT_BY_KEY[key_of(select.group(1))]
        return f"{head} {_OR_OTHER.sub(' or_other', select.group(2) or '')}".rstrip()
    key = key_of(cleaned)
    old = _OLD_TYPE.fullmatch(key.replace("_", " "))
    return _TYPE_BY_KEY.get(key) or (old and _TYPE_BY_KEY.get(key_of(old.group(1)))) or cleaned
