"""What the help sheet of a form workbook says: how to go on, the question types, the columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from forms.fields import FIELDS
from forms.survey import SELECTS
from forms.text_sheets import TextSheet

Texts = Mapping[str, Mapping[str, str]]

# A sheet whose name begins so is for people, and no part of the form.
SHEET_NAMES: Mapping[str, str] = {"vi": "_Hướng dẫn", "en": "_Help"}
HEADINGS: Texts = {
    "steps": {"vi": "Cách soạn biểu mẫu", "en": "How to write a form"},
    "types": {"vi": "Loại câu hỏi (cột type)", "en": "Question types (column type)"},
    "columns": {"vi": "Các cột", "en": "Columns"},
}
STEPS: Mapping[str, tuple[str, ...]] = {
    "vi": (
        (
            "Trang survey: mỗi dòng là một câu hỏi, theo thứ tự trên màn hình. Cột type chọn từ "
            "danh sách; cột name là tên cột trong số liệu: chữ không dấu, chữ số, dấu gạch dưới."
        ),
        (
            "Trang choices: các phương án của câu hỏi chọn. Cột list_name là tên danh sách, được "
            "gọi ở cột type: select_one ten_danh_sach."
        ),
        (
            "Trang settings: tên biểu mẫu (form_title) và mã biểu mẫu (form_id). Giữ nguyên "
            "form_id để tệp trở thành phiên bản mới của biểu mẫu cũ; đổi form_id để có biểu mẫu "
            "mới."
        ),
        (
            "Đổi nhãn thì câu trả lời cũ vẫn còn nguyên. Đổi name thì câu hỏi trở thành câu hỏi "
            "khác."
        ),
        (
            "Xong, tải tệp lên ở trang Biểu mẫu. Nếu có lỗi, hệ thống chỉ rõ từng ô; sửa rồi tải "
            "lại."
        ),
    ),
    "en": (
        (
            "Sheet survey: a row for each question, in the order of the screen. Choose the type "
            "from the list; name is the column of the answers: letters without marks, digits, "
            "underscores."
        ),
        (
            "Sheet choices: the choices of select questions. list_name is the name of the list, "
            "as it is called in the column type: select_one list_name."
        ),
        (
            "Sheet settings: the title (form_title) and the code (form_id) of the form. With the "
            "same form_id the file becomes a new version of the form; with another one, a new "
            "form."
        ),
        (
            "A new label leaves the answers given so far as they are. A new name is another "
            "question."
        ),
        (
            "Then upload the file on the page Forms. Every wrong cell is named; correct it and "
            "upload the file again."
        ),
    ),
}
# In the order in which people look for them. Only the types that this version has are printed.
TYPES: Texts = {
    "text": {"vi": "Chữ trên một dòng.", "en": "Text on one line."},
    "integer": {"vi": "Số nguyên.", "en": "A whole number."},
    "decimal": {"vi": "Số có phần thập phân.", "en": "A number with decimals."},
    "range": {"vi": "Số chọn trên một thang.", "en": "A number on a scale."},
    "date": {"vi": "Ngày, tháng, năm.", "en": "A date."},
    "time": {"vi": "Giờ, phút.", "en": "A time of day."},
    "dateTime": {"vi": "Ngày và giờ.", "en": "A date and a time."},
    "select_one": {
        "vi": "Chọn một phương án của danh sách.",
        "en": "One choice of the list.",
    },
    "select_multiple": {
        "vi": "Chọn nhiều phương án của danh sách.",
        "en": "Any number of choices of the list.",
    },
    "rank": {"vi": "Xếp thứ tự các phương án.", "en": "Choices put in order."},
    "acknowledge": {"vi": "Ô để xác nhận.", "en": "A box to tick."},
    "note": {"vi": "Lời dẫn, không có câu trả lời.", "en": "A text without an answer."},
    "calculate": {
        "vi": "Giá trị tự tính theo cột calculation.",
        "en": "A value that the column calculation gives.",
    },
    "hidden": {"vi": "Giá trị không hiện ra.", "en": "A value that is not shown."},
    "file": {"vi": "Tệp gửi kèm, tối đa 5 tệp.", "en": "Files, at most 5."},
    "image": {"vi": "Ảnh gửi kèm, tối đa 5 ảnh.", "en": "Pictures, at most 5."},
    "geopoint": {"vi": "Vị trí.", "en": "A place."},
    "begin group": {
        "vi": "Mở một nhóm câu hỏi, đóng bằng end group.",
        "en": "Opens a group of questions; end group closes it.",
    },
    "end group": {"vi": "Đóng nhóm.", "en": "Closes the group."},
    "begin repeat": {
        "vi": "Mở nhóm lặp: trả lời nhiều lần; đóng bằng end repeat.",
        "en": "Opens questions that are answered any number of times; end repeat closes it.",
    },
    "end repeat": {"vi": "Đóng nhóm lặp.", "en": "Closes the repeat."},
}
STRUCTURE = frozenset({"begin group", "end group", "begin repeat", "end repeat"})
COLUMNS: Texts = {
    "type": {"vi": "Loại câu hỏi; chọn từ danh sách.", "en": "The type; choose from the list."},
    "name": {
        "vi": "Tên trong số liệu, không trùng nhau: chữ không dấu, chữ số, dấu gạch dưới.",
        "en": "The name in the data, used once: letters without marks, digits, underscores.",
    },
    "label": {"vi": "Câu hỏi như người trả lời thấy.", "en": "The question as people see it."},
    "hint": {"vi": "Dòng hướng dẫn dưới câu hỏi.", "en": "A line of help under the question."},
    "measure": {
        "vi": "Đơn vị tính của con số, như cuộc, người, %; ghi trong từ điển dữ liệu.",
        "en": "The unit of measure of a number, such as meetings or %; for the data dictionary.",
    },
    "guidance_hint": {"vi": "Hướng dẫn chi tiết.", "en": "More help, shown on demand."},
    "required": {
        "vi": "yes: bắt buộc trả lời. Có thể là một điều kiện.",
        "en": "yes: must be answered. May be a condition.",
    },
    "required_message": {
        "vi": "Lời nhắc khi bỏ trống.",
        "en": "What is said when it is left blank.",
    },
    "relevant": {
        "vi": "Chỉ hỏi khi điều kiện này đúng. Ví dụ: ${co_van_ban} = 'co'",
        "en": "Asked only when this holds. Example: ${has_plan} = 'yes'",
    },
    "constraint": {
        "vi": "Điều kiện của câu trả lời; dấu chấm là câu trả lời. Ví dụ: . >= 0 and . <= 100",
        "en": "What the answer must be; the dot is the answer. Example: . >= 0 and . <= 100",
    },
    "constraint_message": {
        "vi": "Lời nhắc khi trả lời không đúng điều kiện.",
        "en": "What is said when the condition does not hold.",
    },
    "calculation": {
        "vi": "Cách tính. Ví dụ: ${nam} + ${nu}",
        "en": "How to work it out. Example: ${men} + ${women}",
    },
    "trigger": {"vi": "Tính lại khi câu này đổi.", "en": "Worked out again when this changes."},
    "default": {"vi": "Giá trị có sẵn khi mở biểu mẫu.", "en": "What stands there at first."},
    "read_only": {"vi": "yes: chỉ xem, không sửa.", "en": "yes: shown, never typed."},
    "appearance": {
        "vi": "Cách hiển thị; bỏ trống là cách thường dùng.",
        "en": "How it is drawn; blank is the usual way.",
    },
    "choice_filter": {"vi": "Lọc các phương án.", "en": "Which choices are offered."},
    "repeat_count": {"vi": "Số lần lặp.", "en": "How often the group is repeated."},
    "parameters": {"vi": "Thông số thêm.", "en": "More settings of the question."},
    "body::accept": {
        "vi": "Đuôi tệp được nhận. Ví dụ: .pdf,.docx",
        "en": "The endings that are taken. Example: .pdf,.docx",
    },
    "media::image": {
        "vi": "Tên tệp ảnh tải lên kèm biểu mẫu.",
        "en": "The name of an image that is uploaded with the form.",
    },
    "list_name": {"vi": "Tên danh sách phương án.", "en": "The name of the list of choices."},
    "form_title": {"vi": "Tên biểu mẫu.", "en": "The title of the form."},
    "form_id": {
        "vi": "Mã biểu mẫu; giữ nguyên khi sửa biểu mẫu.",
        "en": "The code of the form; the same one makes a new version.",
    },
    "version": {"vi": "Phiên bản, ghi tùy ý.", "en": "The version, in your own words."},
    "default_language": {"vi": "Ngôn ngữ chính.", "en": "The main language."},
    "instance_name": {"vi": "Tên của một lần trả lời.", "en": "What one response is called."},
    "style": {"vi": "Kiểu trang.", "en": "The style of the page."},
}
APPEARANCES = (
    "multiline", "minimal", "likert", "horizontal", "thousands-sep", "month-year", "year",
    "field-list", "table-list", "matrix", "w1", "w2", "w3", "contact", "breakdown", "attendance",
)  # fmt: skip


def column_words(heading: str, language: str) -> str:
    """Return what stands under a heading, in words; nothing for a heading of the form's own."""
    return COLUMNS.get(heading.rpartition("::")[0] or heading, COLUMNS.get(heading, {})).get(
        language, ""
    )


def offered_types(choices: TextSheet | None, language: str) -> Iterator[tuple[str, str]]:
    """Yield the types that may be chosen and what each is; selects with every list there is."""
    lists = _list_names(choices)
    for kind, words in TYPES.items():
        if kind in SELECTS and kind in FIELDS:
            yield from ((f"{kind} {name}", words[language]) for name in lists)
        elif kind in FIELDS or kind in STRUCTURE:
            yield kind, words[language]


def _list_names(choices: TextSheet | None) -> Iterable[str]:
    rows = choices.rows if choices else ()
    return dict.fromkeys(row["list_name"] for row in rows if row.get("list_name"))
