"""The words that a fill-in workbook prints of its own, by language."""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, str]

_VI: Words = {
    "guide": "Hướng dẫn",
    "unit": "Đơn vị",
    "round": "Đợt báo cáo",
    "due": "Hạn báo cáo",
    "sheets": "Các trang cần điền",
    "steps": "Cách điền",
    "colours": "Màu của ô",
    "typed": "Ô để nhập",
    "worked_out": "Ô tự tính, không phải nhập",
    "not_asked": "Không phải nhập, theo câu trả lời ở mục khác",
    "question": "Nội dung",
    "answer": "Trả lời",
    "number": "TT",
    "required": "\u00a0*",
    "later": "Tệp gửi kèm được thêm trên trang web, sau khi nộp tệp này.",
    "kept": "Đã có trên máy chủ: {name}. Thay hoặc bỏ tệp trên trang web.",
    "reckoned": "Hệ thống tính khi nộp.",
    "mark": "Đánh dấu x để chọn.",
    "mark_each": "Đánh dấu x ở từng phương án được chọn.",
    "rank": "Xếp thứ tự các phương án, mỗi phương án một lần.",
    "place": "Thứ {place}",
    "one": "Chọn một phương án trong danh sách.",
    "several": "Ghi các phương án, cách nhau bằng dấu chấm phẩy.",
    "named": "Ghi đúng tên phương án như trên trang web.",
    "date": "Sau khi nhập, ô phải hiện đúng ngày/tháng/năm.",
    "month": "Ghi tháng/năm, ví dụ 8/2021.",
    "time": "Ghi giờ:phút, ví dụ 14:05.",
    "moment": "Ghi ngày/tháng/năm giờ:phút, ví dụ 31/8/2021 14:05.",
    "range": "Số từ {low} đến {high}, mỗi bước {step}.",
    "counted": "Điền đúng số dòng; các dòng thừa không được đọc.",
}
_EN: Words = {
    "guide": "Guide",
    "unit": "Unit",
    "round": "Round",
    "due": "Due",
    "sheets": "Sheets to fill in",
    "steps": "How to fill it in",
    "colours": "Colours of cells",
    "typed": "To be typed",
    "worked_out": "Worked out, not typed",
    "not_asked": "Not needed, because of another answer",
    "question": "Question",
    "answer": "Answer",
    "number": "No.",
    "required": "\u00a0*",
    "later": "Files are added on the web page, after this workbook was uploaded.",
    "kept": "Kept on the server: {name}. Replace or remove it on the web page.",
    "reckoned": "Worked out when the workbook is uploaded.",
    "mark": "Mark with x to choose.",
    "mark_each": "Mark every choice that applies with x.",
    "rank": "Rank the choices, each one once.",
    "place": "No. {place}",
    "one": "Choose one from the list.",
    "several": "Write the choices, with semicolons between them.",
    "named": "Write the choice as it is called on the web page.",
    "date": "The cell must then show day/month/year.",
    "month": "Write month/year, for example 8/2021.",
    "time": "Write hours:minutes, for example 14:05.",
    "moment": "Write day/month/year hours:minutes, for example 31/8/2021 14:05.",
    "range": "A number from {low} to {high}, in steps of {step}.",
    "counted": "Fill in just as many rows; further rows are not read.",
}
_STEPS: Mapping[str, tuple[str, ...]] = {
    "vi": (
        "Chỉ nhập vào các ô nền vàng. Các ô khác đã khóa để tránh sửa nhầm.",
        "Mục có dấu * là mục bắt buộc. Có thể điền dần, lưu lại nhiều lần trên máy.",
        (
            "Câu chọn một phương án: bấm vào ô, bấm mũi tên, chọn trong danh sách. Câu chọn nhiều "
            "phương án: đánh dấu x ở từng phương án."
        ),
        "Bảng kê khai có sẵn dòng trống; dùng đến đâu điền đến đó.",
        "Số ghi 1234; ngày ghi ngày/tháng/năm. Chưa có thì ghi 0 nếu biểu mẫu yêu cầu.",
        (
            "Điền xong, lưu tệp theo kiểu Excel (.xlsx). Mở đường dẫn của đơn vị, bấm “Nộp tệp "
            "Excel đã điền” và chọn tệp này. Hệ thống cho xem trước nội dung đọc được, chỉ rõ ô "
            "chưa đúng, rồi mới lưu nháp hoặc gửi."
        ),
        "Tệp gửi kèm (bản PDF, hình ảnh) được thêm trên trang web.",
        "Không ghi nội dung thuộc bí mật nhà nước vào tệp này.",
    ),
    "en": (
        (
            "Type only into the yellow cells. All others are locked, so that nothing is changed by "
            "mistake."
        ),
        "What is marked with * must be answered. You may save the file as often as you like.",
        (
            "One choice: click the cell, then the arrow, and choose from the list. Several "
            "choices: mark each with x."
        ),
        "Tables have spare rows; use as many as you need.",
        "Write numbers as 1234 and dates as day/month/year. Write 0 if the form asks for it.",
        (
            "When you have finished, save the file as an Excel workbook (.xlsx). Open the link of "
            "your unit, press “Upload the filled-in workbook” and choose this file. You are shown "
            "what was read, and every cell that is wrong, before anything is saved or sent."
        ),
        "Files (PDF, pictures) are added on the web page.",
        "Write no state secrets into this file.",
    ),
}
_WORDS: Mapping[str, Words] = {"vi": _VI, "en": _EN}


def words_of(language: str) -> Words:
    """Return the words of a language, Vietnamese ones for a language that is not known."""
    return _WORDS.get(language, _VI)


def steps_of(language: str) -> tuple[str, ...]:
    """Return how a workbook is filled in, step by step."""
    return _STEPS.get(language, _STEPS["vi"])
