"""What can be wrong with an expression, and the sentence for each case."""

from __future__ import annotations

SENTENCES: dict[str, dict[str, str]] = {
    "empty": {
        "vi": "Biểu thức để trống.",
        "en": "The expression is empty.",
    },
    "sign": {
        "vi": "Không hiểu “{detail}” ở ký tự thứ {place}.",
        "en": "“{detail}” at character {place} is not understood.",
    },
    "word": {
        "vi": "Không hiểu “{detail}” ở ký tự thứ {place}; tên câu hỏi viết là ${{tên}}, "
        "chữ đặt trong dấu nháy thẳng.",
        "en": "“{detail}” at character {place} is not understood; write the name of a question as "
        "${{name}}, and text between straight quotes.",
    },
    "end": {
        "vi": "Biểu thức chưa viết hết: còn thiếu một giá trị ở cuối.",
        "en": "The expression stops too early: a value is missing at its end.",
    },
    "function": {
        "vi": "Không có hàm {detail} (ký tự thứ {place}).",
        "en": "There is no function {detail} (character {place}).",
    },
    "capitals": {
        "vi": "Không có hàm {detail} (ký tự thứ {place}); tên hàm viết bằng chữ thường: {lower}.",
        "en": "There is no function {detail} (character {place}); write it in small letters: "
        "{lower}.",
    },
    "arguments": {
        "vi": "Hàm {detail} cần {expected} tham số, ở đây có {found} (ký tự thứ {place}).",
        "en": "The function {detail} takes {expected} argument(s), not {found} "
        "(character {place}).",
    },
    "string": {
        "vi": "Dấu nháy mở ở ký tự thứ {place} chưa được đóng.",
        "en": "The quote opened at character {place} is never closed.",
    },
    "parenthesis": {
        "vi": "Dấu ngoặc mở ở ký tự thứ {place} chưa được đóng.",
        "en": "The parenthesis opened at character {place} is never closed.",
    },
    "closing": {
        "vi": "Thừa dấu ngoặc đóng ở ký tự thứ {place}.",
        "en": "The closing parenthesis at character {place} is one too many.",
    },
    "reference": {
        "vi": "Tên câu hỏi ở ký tự thứ {place} chưa đúng; viết là ${{tên}}.",
        "en": "The reference at character {place} is not right; write ${{name}}.",
    },
    "path": {
        "vi": "Không tìm thấy câu hỏi theo đường dẫn “{detail}” ở ký tự thứ {place}.",
        "en": "The path “{detail}” at character {place} leads to no question.",
    },
    "choice_column": {
        "vi": "Danh sách phương án không có cột “{detail}” (ký tự thứ {place}).",
        "en": "The list of choices has no column “{detail}” (character {place}).",
    },
    "question_name": {
        "vi": "Hàm ở ký tự thứ {place} cần tên một câu hỏi, viết là ${{tên}}.",
        "en": "The function at character {place} needs the name of a question, written ${{name}}.",
    },
    "literal": {
        "vi": "Hàm ở ký tự thứ {place} cần chữ viết thẳng trong dấu nháy, không phải phép tính.",
        "en": "The function at character {place} needs plain text between quotes there, not a "
        "calculation.",
    },
    "pattern": {
        "vi": "Mẫu “{detail}” của hàm regex chưa đúng, hoặc dùng cú pháp không được hỗ trợ.",
        "en": "The pattern “{detail}” of regex is wrong, or uses syntax that is not supported.",
    },
    "date": {
        "vi": "“{detail}” không phải là ngày; viết là năm-tháng-ngày, ví dụ 2021-06-04.",
        "en": "“{detail}” is not a date; write year-month-day, for example 2021-06-04.",
    },
    "long": {
        "vi": "Biểu thức dài quá {limit} ký tự.",
        "en": "The expression is longer than {limit} characters.",
    },
    "deep": {
        "vi": "Biểu thức lồng quá {limit} tầng (ký tự thứ {place}); vui lòng tách thành nhiều dòng "
        "calculate.",
        "en": "The expression nests more than {limit} levels (character {place}); please split it "
        "into several calculations.",
    },
    "no_formula": {
        "vi": "“{detail}” không viết được thành công thức Excel.",
        "en": "“{detail}” cannot be written as an Excel formula.",
    },
}


class ExpressionError(ValueError):
    """An expression that cannot be understood, or not be written in the language asked for.

    `position` counts characters from 0; `detail` is the part of the expression that is meant.
    """

    def __init__(
        self, reason_code: str, position: int = 0, detail: str = "", **parts: object
    ) -> None:
        super().__init__(reason_code, position, detail)
        self.reason_code = reason_code
        self.position = position
        self.detail = detail
        self.parts = parts

    def sentence(self, language: str) -> str:
        """Return what is wrong as a sentence in `language`, in English when there is none."""
        texts = SENTENCES[self.reason_code]
        template = texts.get(language, texts["en"])
        return template.format(detail=self.detail, place=self.position + 1, **self.parts)

    def __str__(self) -> str:
        return self.sentence("en")
