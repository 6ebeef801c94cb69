"""Units: what a unit sees, and what becomes of what it types."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from language.codes import ALPHABET, is_valid, show_code
from language.dates import end_of_day, local
from models import AuditEntry
from services import definitions
from tests.conftest import LIBRARY
from tests.factories import revoke, unit_link
from tests.office_files import PDF
from tests.stored import (
    UNIT,
    UNIT_NAME,
    everything,
    in_days,
    looking,
    open_round,
    revisions,
    sent_answers,
    writing,
)
from tests.views.whole_forms import asked_to_choose, send, whole
from tests.visitor import Page, plausible

# Letters that only Vietnamese has.
VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)
SECTIONS = [
    "thong_tin_chung",
    "qua_trinh",
    "so_cuoc_nguoi_du",
    "doi_tuong_tai_lieu",
    "tinh_than",
    "sang_tao",
    "kho_khan",
    "de_xuat_kien_nghi",
    "dinh_kem",
]


def states(page: Page) -> list[str]:
    """Return the states in a task list, in its order."""
    return re.findall(r'<span class="state state-(\w+)">', page.html)


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        show_code,
        lambda code: show_code(code).upper(),
        lambda code: show_code(code).replace("-", "–"),
        lambda code: show_code(code).replace("-", " "),
    ],
)
def test_a_code_may_be_typed_in_many_ways(visitor, code, typed):
    page = visitor.open(f"/{typed(code)}")
    assert page.status == 200
    assert UNIT_NAME in page.text


def with_slip(code: str) -> str:
    """Return a code with its third sign mistyped."""
    return code[:2] + ("2" if code[2] != "2" else "3") + code[3:]


@pytest.mark.parametrize("slip", [with_slip, lambda c: c[:-1], lambda c: c + "2"])
def test_a_typing_slip_is_told_from_an_unknown_code(visitor, code, slip):
    page = visitor.open(f"/{slip(code)}")
    assert page.status == 404
    assert "Mã này bị gõ nhầm" in page.text
    assert "12 chữ cái và chữ số" in page.text


def unknown_codes():
    """Yield codes that are well formed and that nobody was given."""
    for first in ALPHABET:
        for last in ALPHABET:
            code = f"2{first}222222222{last}"
            if is_valid(code):
                yield code


def test_unknown_codes_may_not_be_tried_for_ever(visitor, code):
    codes = list(unknown_codes())
    pages = [visitor.open(f"/{unknown}") for unknown in (codes * 2)[:32]]
    assert [page.status for page in pages] == [404] * 30 + [429] * 2
    assert "Không có phiếu nào mang mã này" in pages[0].text
    assert "Quá nhiều lần thử" in pages[-1].text
    assert pages[-1].response.headers["Retry-After"] == "60"
    assert visitor.open(f"/{code}").status == 200


def test_a_revoked_link_says_so(app, visitor, code):
    with writing(app) as session:
        revoke(session, unit_link(session))
    page = visitor.open(f"/{code}")
    assert page.status == 410
    assert "Đường dẫn này không còn hiệu lực" in page.text
    assert "Ban Tuyên giáo Tỉnh ủy Kiên Giang" in page.text


def test_a_closed_round_says_so_and_still_shows_what_was_sent(app, visitor, code):
    receipt = send(visitor, code).location
    open_round(app, closes_at=in_days(-1))
    for address in (code, f"{code}?all=1", f"{code}/muc/qua_trinh", f"{code}/kiem-tra"):
        page = visitor.open(f"/{address}")
        assert page.status == 410
        assert "Đợt báo cáo đã đóng" in page.text
        assert "Ban Tuyên giáo Tỉnh ủy Kiên Giang" in page.text
    assert visitor.open(receipt).status == 200
    assert receipt in dict(visitor.open(f"/{code}").links)


def test_looking_changes_nothing(app, visitor, client, code):
    receipt = send(visitor, code).location
    page, values = whole(visitor, code)
    visitor.send(page, "save", values)
    before = everything(app)
    addresses = [
        f"/{code}",
        f"/{code}?all=1",
        *(f"/{code}/muc/{name}" for name in SECTIONS),
        f"/{code}/kiem-tra",
        f"/{code}?all=1&more=van_ban&saved=1&lang=en",
        receipt,
    ]
    for address in addresses:
        assert visitor.open(address).status == 200
        assert client.head(address).status_code == 200
    assert everything(app) == before


@pytest.mark.parametrize(
    "address",
    ["muc/khong_co", "bien-nhan/222222222222", "bien-nhan/%00", "tep/%00", "tep/khong", "x"],
)
def test_what_is_not_there_is_not_found(visitor, code, address):
    assert visitor.open(f"/{code}/{address}").status == 404


def test_a_unit_sees_neither_receipts_nor_files_of_another(app, visitor, code):
    filled = {"tep_bao_cao": (PDF, "a.pdf")}
    receipt = visitor.follow(send(visitor, code, filled))
    file = receipt.link("a.pdf")
    other = open_round(app, unit_code="HU-AB")
    assert visitor.open(file).status == 200
    for address in (receipt.address, file):
        assert visitor.open(address.replace(code, other)).status == 404


# --- the task list --------------------------------------------------------------------------------


def test_the_task_list_says_whose_report_it_is_and_when_it_is_due(visitor, code):
    page = visitor.open(f"/{code}")
    assert UNIT_NAME in page.text
    assert "Đợt 1" in page.text
    assert "còn 3 ngày" in page.text
    assert states(page) == ["empty"] * len(SECTIONS)
    assert [href for href, _ in page.links if "/muc/" in href] == [
        f"/{code}/muc/{name}" for name in SECTIONS
    ]
    assert page.link("Kiểm tra lại và gửi") == f"/{code}/kiem-tra"


def test_the_task_list_tells_how_far_each_section_is(visitor, code):
    page = visitor.open(f"/{code}")
    for name, values in {
        "thong_tin_chung": None,
        "qua_trinh": {"tien_do": "chua_thuc_hien"},
        "doi_tuong_tai_lieu": {"tong_dv": "mười"},
    }.items():
        part = visitor.open(f"/{code}/muc/{name}")
        visitor.send(part, "save", values or plausible(part.form))
    page = visitor.open(f"/{code}")
    assert states(page)[:4] == ["complete", "started", "skipped", "wrong"]
    assert states(page)[4:] == ["empty"] * 5
    assert "Đã lưu nháp lúc" in page.text
    assert f"/{code}/muc/so_cuoc_nguoi_du" not in dict(page.links)


@pytest.mark.parametrize(
    ("days", "said"), [(0, "hạn hôm nay"), (-1, "quá hạn"), (30, "còn 30 ngày")]
)
def test_the_time_left_is_counted_in_days(app, visitor, days, said):
    due = end_of_day(local(datetime.now(UTC)).date() + timedelta(days))
    code = open_round(app, due_at=due)
    assert said in visitor.open(f"/{code}").text


# --- sections -------------------------------------------------------------------------------------


def test_saving_a_section_keeps_it_and_goes_on(visitor, code):
    page = visitor.open(f"/{code}/muc/thong_tin_chung")
    sent = visitor.send(page, "save", plausible(page.form))
    assert (sent.status, sent.location) == (303, f"/{code}/muc/qua_trinh")
    again = visitor.open(f"/{code}/muc/thong_tin_chung")
    assert again.typed("ngay_bao_cao") == "01/8/2021"
    assert again.typed("pham_vi") == "dia_ban"
    assert again.summary == {}


def test_the_sections_lead_to_the_review_and_on_to_the_receipt(app, visitor, code):
    page = visitor.open(f"/{code}/muc/thong_tin_chung")
    for name in SECTIONS:
        assert page.address == f"/{code}/muc/{name}"
        page = visitor.follow(visitor.send(page, "save", plausible(page.form)))
    assert page.address == f"/{code}/kiem-tra"
    assert "Tổng số đảng viên" in page.text
    receipt = visitor.follow(visitor.send(page))
    assert "Biên nhận điện tử" in receipt.text
    assert len(revisions(app)) == 1


def test_a_section_that_is_not_asked_is_passed_over(visitor, code):
    page = visitor.open(f"/{code}/muc/qua_trinh")
    values = {**plausible(page.form), "tien_do": "chua_thuc_hien"}
    assert visitor.send(page, "save", values).location == f"/{code}/muc/doi_tuong_tai_lieu"


def test_a_gap_may_be_saved_and_a_mistake_is_shown_at_once(visitor, code):
    page = visitor.open(f"/{code}/muc/thong_tin_chung")
    changes = {"nguoi_lap": "Trần Thị Bé", "ngay_bao_cao": "31/2/2021"}
    again = visitor.follow(visitor.send(page, "save", changes))
    assert again.address.startswith(f"/{code}/muc/thong_tin_chung")
    assert list(again.summary) == ["#q-ngay_bao_cao"]
    assert again.typed("ngay_bao_cao") == "31/2/2021"
    assert again.typed("nguoi_lap") == "Trần Thị Bé"
    assert "Đã lưu nháp lúc" in again.text


def test_saving_a_section_leaves_the_others_alone(visitor, code):
    first = visitor.open(f"/{code}/muc/thong_tin_chung")
    visitor.send(first, "save", {"nguoi_lap": "Trần Thị Bé"})
    second = visitor.open(f"/{code}/muc/qua_trinh")
    visitor.send(second, "save", {"mo_ta_qua_trinh": "Đúng tiến độ"})
    page, _ = whole(visitor, code)
    assert page.typed("nguoi_lap") == "Trần Thị Bé"
    assert page.typed("mo_ta_qua_trinh") == "Đúng tiến độ"


def test_the_review_names_what_is_missing_and_leads_there(visitor, code):
    page, values = whole(visitor, code)
    changes = {**values, "so_ban_in": "", "van_ban-0-so_van_ban": ""}
    visitor.send(page, "save", changes)
    review = visitor.open(f"/{code}/kiem-tra")
    assert review.forms == []
    assert "Còn 2 mục thiếu hoặc chưa đúng" in review.text
    for href in review.summary:
        address, _, anchor = href.partition("#")
        assert anchor in visitor.open(address).ids


def test_without_a_script_what_appears_is_shown_before_anything_is_sent(app, visitor, code):
    page, values = whole(visitor, code)
    values.pop("pho_bien_khac", None)
    sent = visitor.send(page, "submit", {**values, "cach_pho_bien": ["khac"], "pho_bien_khac": ""})
    assert sent.status == 422
    assert "Vui lòng trả lời thêm" in sent.text
    assert "#q-pho_bien_khac" in sent.html
    assert revisions(app) == []


def test_saving_a_section_shows_what_appeared_in_it(visitor, code):
    page = visitor.open(f"/{code}/muc/qua_trinh")
    saved = visitor.send(page, "save", {"tien_do": "dang_thuc_hien"})
    assert saved.response.location.endswith("#q-ly_do_chua_xong")
    again = visitor.open(f"/{code}/muc/qua_trinh")
    assert "ly_do_chua_xong" in again.form.names()
    assert "/muc/qua_trinh" not in visitor.send(again, "save").response.location


def test_the_review_points_at_odd_figures_but_lets_them_be_sent(app, visitor, code):
    send(visitor, code)
    first = sent_answers(app)
    second = open_round(app, "dot2")
    page, values = whole(visitor, second)
    many = first["tong_cuoc"] * 5
    visitor.send(page, "save", {**values, "cuoc_to_tq": str(many)})
    review = visitor.open(f"/{second}/kiem-tra")
    assert "tăng hơn 4 lần so với Đợt 1" in review.text
    assert "more than 4 times" in visitor.open(f"/{second}/kiem-tra?lang=en").text
    reason = {"explain-cuoc_tang_vot": "Sinh hoạt đến từng tổ."}
    assert visitor.send(review, "submit", reason).status == 303


def test_the_review_of_usual_figures_points_at_nothing(app, visitor, code):
    send(visitor, code)
    second = open_round(app, "dot2")
    page, values = whole(visitor, second)
    visitor.send(page, "save", values)
    assert "Vui lòng xem lại" not in visitor.open(f"/{second}/kiem-tra").text


def test_a_section_sent_without_its_button_says_what_is_missing_elsewhere(visitor, code):
    page = visitor.open(f"/{code}/muc/kho_khan")
    sent = visitor.post(page.form.action, {**plausible(page.form), "action": "submit"})
    assert sent.status == 422
    assert sent.summary
    assert visitor.open(f"/{code}/muc/kho_khan").typed("co_kho_khan") == "co"


# --- the whole form -------------------------------------------------------------------------------


def test_a_plain_client_fills_and_sends_the_whole_form(app, visitor, code):
    page, values = whole(visitor, code)
    sent = visitor.send(page, "submit", values)
    receipt = visitor.follow(sent)
    assert receipt.status == 200
    [revision] = revisions(app)
    assert show_code(revision.receipt_code) in receipt.text
    assert f"{UNIT_NAME} ({UNIT})" in receipt.text
    assert "đúng hạn" in receipt.text
    answers = sent_answers(app)
    assert answers["tong_dv"] == 1234
    assert answers["ngay_bao_cao"] == "2021-08-01"
    assert answers["cach_pho_bien"] == ["ban_in"]
    assert answers["mo_hinh"] == [
        dict.fromkeys(("ten_mo_hinh", "mo_ta_mo_hinh", "ket_qua_mo_hinh"), "Đúng kế hoạch")
    ]
    assert (answers["tong_cuoc"], answers["tong_luot"]) == (6 * 1234, 6 * 1234)
    assert (answers["ty_le_qt"], answers["ty_le_truc_tuyen"]) == (100, 50)


def test_the_receipt_is_noted_for_the_audit(app, visitor, code):
    send(visitor, code)
    with looking(app) as session:
        entries = session.query(AuditEntry).filter_by(act="report.sent").all()
    assert [entry.actor for entry in entries] == [f"unit:{UNIT}"]


def test_questions_that_are_not_asked_are_not_shown_and_not_kept(app, visitor, code):
    page, values = whole(visitor, code)
    assert "ly_do_chua_xong" in page.form.names(shown=False)
    visitor.follow(visitor.send(page, "submit", {**values, "co_van_ban": "khong"}))
    assert not {"ly_do_chua_xong", "van_ban", "pho_bien_khac"} & set(sent_answers(app))


def test_what_the_server_knows_cannot_be_typed(app, visitor, code):
    send(visitor, code, {"ma_don_vi": "HU-AB", "ten_don_vi": "Giả mạo"})
    answers = sent_answers(app)
    assert (answers["ma_don_vi"], answers["ten_don_vi"]) == (UNIT, UNIT_NAME)


WRONG = {
    "ngay_bao_cao": "31/2/2021",
    "so_ky_hieu": "<b>" + "x" * 60,
    "dien_thoai": "không có",
    "so_ban_in": "mười hai",
    "mo_ta_qua_trinh": "Dòng một\nDòng hai & <script>\n\nDòng bốn\n",
    "van_ban-0-ngay_van_ban": "hôm qua",
    "nguoi_lap": "",
}


def test_bad_input_loses_nothing_and_every_mistake_can_be_found(app, visitor, code):
    page, values = whole(visitor, code)
    sent = visitor.send(page, "submit", {**values, **WRONG})
    assert sent.status == 422
    assert revisions(app) == []
    wrong = [name for name in WRONG if name != "mo_ta_qua_trinh"]
    assert set(sent.summary) == {f"#q-{name}" for name in wrong} | {"#q-so_lieu_den_ngay"}
    assert all(href.removeprefix("#") in sent.ids for href in sent.summary)
    for name in (*wrong, "so_lieu_den_ngay"):
        message = re.search(rf'id="error-{name}">(.+?)</p>', sent.html)
        assert message
        assert message[1].strip()
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', sent.html)
    kept = sent.form.values()
    of_the_page = {"instance", "base", "unseen", "version", "action", "page-seen", "page-filled"}
    for name, typed in {**values, **{n: [v] for n, v in WRONG.items()}}.items():
        if name not in of_the_page:
            assert kept[name] == typed, name


def test_the_summary_comes_first_and_takes_the_focus(visitor, code):
    sent = send(visitor, code, {"nguoi_lap": ""})
    summary = sent.html.index('class="error-summary"')
    assert summary < sent.html.index("<h1")
    assert "autofocus" in sent.html[summary : summary + 100]
    assert "Người lập báo cáo (họ và tên): Vui lòng nhập" in sent.summary["#q-nguoi_lap"]


def test_what_was_wrong_is_corrected_on_the_same_page(app, visitor, code):
    page, values = whole(visitor, code)
    wrong = visitor.send(page, "submit", {**values, **WRONG})
    right = {name: values[name] for name in WRONG}
    assert visitor.follow(visitor.send(wrong, "submit", right)).status == 200
    assert len(revisions(app)) == 1


def test_the_draft_is_kept_with_its_gaps_and_mistakes(visitor, code):
    page, values = whole(visitor, code)
    changes = {**values, **WRONG}
    again = visitor.follow(visitor.send(page, "save", changes))
    assert "Đã lưu nháp lúc" in again.text
    kept = again.form.values()
    assert {name: kept[name] for name in WRONG} == {name: [v] for name, v in WRONG.items()}


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("so_ban_in", "1234567", 1234567),
        ("so_ban_in", "1.234.567", 1234567),
        ("so_ban_in", "1,234,567", 1234567),
        ("so_ban_in", "1 234 567", 1234567),
        ("so_ban_in", " 1\u00a0234\u00a0567 ", 1234567),
        ("so_ban_in", "0", 0),
        ("ngay_bao_cao", "05/8/2021", "2021-08-05"),
        ("ngay_bao_cao", "5-8-2021", "2021-08-05"),
        ("ngay_bao_cao", "5.8.2021", "2021-08-05"),
        ("ngay_bao_cao", "2021-08-05", "2021-08-05"),
        ("nguoi_lap", unicodedata.normalize("NFD", "Nguyễn Thị Đượm"), "Nguyễn Thị Đượm"),
        ("nguoi_lap", "  Nguyễn \u200bThị\u00a0\u00a0Đượm ", "Nguyễn Thị Đượm"),
        ("nguoi_lap", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("mo_ta_qua_trinh", "Một \r\n  hai\r\n", "Một\n hai"),
    ],
)
def test_what_is_typed_is_understood_and_kept_exactly(app, visitor, code, name, typed, stored):
    visitor.follow(send(visitor, code, {name: typed}))
    assert sent_answers(app)[name] == stored


@pytest.mark.parametrize(
    ("typed", "encoding"),
    [
        ("Ban Tuyªn gi¸o TØnh ñy, ®¶ng viªn", "TCVN3"),
        ("Ñaûng uûy xaõ, ñaõ thöïc hieän", "VNI"),
    ],
)
def test_old_encodings_are_refused_by_name(app, visitor, code, typed, encoding):
    sent = send(visitor, code, {"nguoi_lap": typed})
    assert sent.status == 422
    assert list(sent.summary) == ["#q-nguoi_lap"]
    assert f"bảng mã cũ ({encoding})" in sent.summary["#q-nguoi_lap"]
    assert sent.typed("nguoi_lap") == typed
    assert revisions(app) == []


# --- sending again --------------------------------------------------------------------------------


def test_a_correction_is_a_new_revision_and_begins_from_what_was_sent(app, visitor, code):
    first = visitor.follow(send(visitor, code))
    page, _ = whole(visitor, code)
    assert page.typed("tong_dv") == "1.234"
    assert page.typed("ngay_bao_cao") == "01/8/2021"
    second = visitor.follow(
        visitor.send(page, "submit", {"tong_dv": "2.000", "ly_do_chua_du": "a"})
    )
    assert "Lần gửi2" in second.text
    assert [r.number for r in revisions(app)] == [1, 2]
    assert sent_answers(app)["tong_dv"] == 2000
    listed = dict(visitor.open(f"/{code}").links)
    assert {first.address, second.address} <= set(listed)
    assert "1.234" in visitor.open(first.address).text


@pytest.mark.parametrize("repeat", ["at once", "after a correction", "when closed"])
def test_the_same_opened_form_is_sent_once(app, visitor, code, repeat):
    page, values = whole(visitor, code)
    values = {**values, "tep_bao_cao": (PDF, "a.pdf")}
    first = visitor.send(page, "submit", values)
    if repeat == "after a correction":
        visitor.follow(send(visitor, code))
    if repeat == "when closed":
        open_round(app, closes_at=in_days(-1))
    before = everything(app)
    second = visitor.send(page, "submit", values)
    assert (second.status, second.location) == (303, first.location)
    assert everything(app) == before


def test_a_report_after_the_due_date_is_late(app, visitor, code):
    page, values = whole(visitor, code)
    open_round(app, due_at=in_days(-1))
    receipt = visitor.follow(visitor.send(page, "submit", values))
    assert "gửi trễ hạn" in receipt.text
    assert [r.late for r in revisions(app)] == [True]
    assert "vẫn nhận báo cáo trễ hạn" in visitor.open(f"/{code}").text


@pytest.mark.parametrize(
    "closing", [{"closes_at": in_days(-1)}, {"due_at": in_days(-1), "late_allowed": False}]
)
@pytest.mark.parametrize("action", ["submit", "save"])
def test_a_round_that_closes_meanwhile_shows_what_was_typed(app, visitor, code, closing, action):
    page, values = whole(visitor, code)
    open_round(app, **closing)
    typed = {"nguoi_lap": "Trần Thị Bé", "tong_dv": "mười", "mo_ta_qua_trinh": "Đã xong 12 xã."}
    sent = visitor.send(page, action, {**values, **typed})
    assert sent.status == 410
    assert "Nội dung đã nhập, chưa gửi" in sent.text
    assert all(text in sent.text for text in typed.values())
    assert revisions(app) == []


@pytest.mark.parametrize("missing", [{}, {"nguoi_lap": ""}])
def test_a_review_after_the_round_has_closed_shows_what_was_typed(app, visitor, code, missing):
    page, values = whole(visitor, code)
    visitor.send(page, "save", {**values, "mo_ta_qua_trinh": "Đã xong 12 xã.", **missing})
    open_round(app, closes_at=in_days(-1))
    sent = visitor.post(f"/{code}/kiem-tra", {"action": "submit", "instance": "x", "base": "0"})
    assert sent.status == 410
    assert "Đã xong 12 xã." in sent.text
    assert revisions(app) == []


def test_what_somebody_else_sent_meanwhile_is_shown_next_to_what_was_typed(app, visitor, code):
    page, values = whole(visitor, code)
    other = visitor.follow(send(visitor, code, {"nguoi_lap": "Lê Văn Tám"}))
    sent = visitor.send(page, "submit", {**values, "nguoi_lap": "Trần Thị Bé"})
    assert sent.status == 409
    assert asked_to_choose(sent) == ["nguoi_lap"]
    assert "Lê Văn Tám" in sent.text
    assert "Trần Thị Bé" in sent.text
    assert len(revisions(app)) == 1
    receipt = visitor.follow(visitor.send(sent, "submit", {"keep-nguoi_lap": "mine"}))
    assert receipt.address != other.address
    assert sent_answers(app)["nguoi_lap"] == "Trần Thị Bé"


@pytest.mark.parametrize("base", [None, "", "một"])
def test_a_draft_saved_without_saying_on_what_is_of_the_report_sent_last(app, visitor, code, base):
    page, values = whole(visitor, code)
    send(visitor, code)
    visitor.send(page, "save", {**values, "nguoi_lap": "Trần Thị Bé", "base": base})
    visitor.follow(visitor.send(visitor.open(f"/{code}/kiem-tra")))
    assert [revision.number for revision in revisions(app)] == [1, 2]
    assert sent_answers(app)["nguoi_lap"] == "Trần Thị Bé"


def test_a_review_that_somebody_overtook_is_stale(app, visitor, code):
    page, values = whole(visitor, code)
    visitor.send(page, "save", {**values, "nguoi_lap": "Trần Thị Bé"})
    review = visitor.open(f"/{code}/kiem-tra")
    visitor.send(page, "submit", {**values, "nguoi_lap": "Lê Văn Tám"})
    sent = visitor.send(review)
    assert sent.status == 409
    assert len(revisions(app)) == 1


def test_a_difficulty_may_be_reported_many_times(app, visitor):
    code = open_round(app, "kho_khan", due_at=None)
    for number in (1, 2):
        page = visitor.open(f"/{code}")
        assert page.typed("noi_dung") == ""
        visitor.follow(visitor.send(page, "submit", plausible(page.form)))
        assert len({r.response_id for r in revisions(app)}) == number


# --- repeats --------------------------------------------------------------------------------------


def instances(page: Page) -> list[str]:
    return re.findall(r'data-instance="van_ban-(\d+)"', page.html)


@pytest.mark.parametrize("place", ["?all=1", "/muc/qua_trinh"])
def test_instances_are_added_and_removed_without_scripts(app, visitor, code, place):
    page = visitor.open(f"/{code}{place}")
    values = {**plausible(page.form), "van_ban-0-so_van_ban": "Một"}
    page = visitor.follow(visitor.send(page, "add:van_ban", values))
    assert instances(page) == ["0", "1"]
    added = {
        "van_ban-1-loai_van_ban": "cong_van",
        "van_ban-1-so_van_ban": "Hai",
        "van_ban-1-ngay_van_ban": "2/8/2021",
    }
    page = visitor.follow(visitor.send(page, "add:van_ban", added))
    assert instances(page) == ["0", "1", "2"]
    assert page.typed("van_ban-0-so_van_ban") == "Một"
    page = visitor.follow(visitor.send(page, "remove:van_ban-0"))
    assert instances(page) == ["1"]
    assert page.typed("van_ban-1-so_van_ban") == "Hai"
    whole_page, values = whole(visitor, code)
    visitor.follow(visitor.send(whole_page, "submit", values))
    rows = sent_answers(app)["van_ban"]
    assert rows == [{"loai_van_ban": "cong_van", "so_van_ban": "Hai", "ngay_van_ban": "2021-08-02"}]


def test_an_error_in_an_instance_names_its_number(visitor, code):
    changes = {
        "van_ban-4-loai_van_ban": "khac",
        "van_ban-4-so_van_ban": "Năm",
        "van_ban-4-ngay_van_ban": "chưa rõ",
    }
    sent = send(visitor, code, changes)
    assert list(sent.summary) == ["#q-van_ban-4-ngay_van_ban"]
    assert "q-van_ban-4-ngay_van_ban" in sent.ids
    assert sent.typed("van_ban-4-ngay_van_ban") == "chưa rõ"


# --- forged requests ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action", ["", "SUBMIT", "delete", "add:", "add:tien_do", "remove:van_ban", "remove:tong_dv-0"]
)
def test_a_button_that_is_not_there_does_nothing(app, visitor, code, action):
    page, values = whole(visitor, code)
    before = everything(app)
    assert visitor.post(page.form.action, {**values, "action": action}).status == 400
    assert everything(app) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b'{"action": "save"}', "application/json"),
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"garbage", "multipart/form-data"),
    ],
)
def test_a_request_that_holds_no_form_does_not_blank_the_draft(
    app, visitor, client, code, body, kind
):
    page, values = whole(visitor, code)
    visitor.send(page, "save", values)
    before = everything(app)
    for address in (f"/{code}", f"/{code}/muc/qua_trinh", f"/{code}/kiem-tra"):
        assert client.post(address, data=body, content_type=kind).status_code == 400
    assert everything(app) == before


@pytest.mark.parametrize(
    "name",
    [
        "la",
        "van_ban-100-so_van_ban",
        "van_ban-x-so_van_ban",
        "la-0-so_van_ban",
        "van_ban-0-tien_do",
    ],
)
@pytest.mark.parametrize("action", ["submit", "save"])
def test_an_input_that_the_form_does_not_have_is_refused(app, visitor, code, name, action):
    page, values = whole(visitor, code)
    before = everything(app)
    sent = visitor.send(page, action, {**values, name: "x"})
    assert sent.status == 422
    assert name in sent.text
    assert everything(app) == before


# --- a new version of the form --------------------------------------------------------------------


def test_a_draft_outlives_a_new_version_of_its_form(app, visitor, code):
    page, values = whole(visitor, code)
    visitor.send(page, "save", {**values, "chuc_vu_nguoi_lap": "Phó trưởng ban"})
    source = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")
    lines = [
        line
        for line in source.replace("2021080101", "2021080102").splitlines()
        if "| chuc_vu_nguoi_lap |" not in line and "| so_van_ban |" not in line
    ]
    shorter = "\n".join(line.replace("${so_van_ban}", "''") for line in lines).encode()
    with writing(app) as session:
        definitions.publish(session, shorter, "bao_cao_dot_1.md", in_days(0))
    review = visitor.open(f"/{code}/kiem-tra")
    assert review.summary == {}
    visitor.follow(visitor.send(review))
    assert "chuc_vu_nguoi_lap" not in sent_answers(app)
    assert visitor.open(f"/{code}?all=1").status == 200


# --- in English -----------------------------------------------------------------------------------

# A form has one title, which is a name as well.
TITLE = "Báo cáo Đợt 1 - Triển khai trong đảng viên, cán bộ, công chức, viên chức"
KNOWN_NAMES = (
    TITLE,
    UNIT_NAME,
    "Đợt 1",
    "Ban Tuyên giáo Tỉnh ủy Kiên Giang",
    "Tiếng Việt",
    "Phiếu",
)


def in_english(page: Page) -> str:
    """Return what is left in Vietnamese on a page when every name is taken away."""
    text = page.text
    for name in (*KNOWN_NAMES, "Đúng kế hoạch"):
        text = text.replace(name, "")
    return " ".join(word for word in text.split() if VIETNAMESE.search(word))


def test_every_page_speaks_english_and_keeps_to_it(app, visitor, code):
    page = visitor.open(f"/{code}?lang=en")
    assert 'lang="en"' in page.html
    addresses = {href for href, _ in page.links if href.startswith(f"/{code}")}
    addresses |= {f"/{code}?all=1&lang=en"}
    for address in addresses:
        # What stands below a unit is a list of names, which are in no language but their own.
        if "lang=vi" not in address and "cap-duoi" not in address:
            assert in_english(visitor.open(address)) == "", address
    form = visitor.open(f"/{code}?all=1&lang=en")
    wrong = visitor.send(form, "submit", {"tong_dv": "ten"})
    assert in_english(wrong) == ""
    assert "Enter a whole number" in wrong.text
    review = visitor.open(f"/{code}/kiem-tra?lang=en")
    assert in_english(review) == ""
    receipt = visitor.follow(visitor.send(form, "submit", plausible(form.form)))
    assert "Electronic receipt" in receipt.text
    assert in_english(receipt) == ""
    open_round(app, closes_at=in_days(-1))
    assert in_english(visitor.open(f"/{code}?lang=en")) == ""
    assert in_english(visitor.open(f"/{with_slip(code)}?lang=en")) == ""


def test_numbers_are_shown_in_the_style_of_the_language(visitor, code):
    send(visitor, code)
    assert visitor.open(f"/{code}?all=1&lang=en").typed("tong_dv") == "1,234"
    assert visitor.open(f"/{code}?all=1").typed("tong_dv") == "1.234"
