"""The log as administrators read it."""

from __future__ import annotations

import html
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from exports.options import WorkbookOptions
from models import AuditEntry
from models.database import reading, transaction
from models.proof import chain_head
from services import audit
from tests.house.tree import ROOT
from tests.views.board_members import signed_in
from tests.views.board_pages import form_of
from tests.visitor import Page, Visitor
from views.access import PAGES
from views.audiences import AUDIENCES
from views.log_sentences import KINDS, SENTENCES

LOG = "/ban/nhat-ky"
# Names of acts in the sources; whatever else is written like one.
ACT = re.compile(
    r'"((?:account|address|campaign|cards|comments|contact|contacts|data|difficulty|feedback|form|'
    r"letter|letters|link|log|material|reminders|report|retention|round|settings|unit|units|"
    r'word|workbook)\.[a-z_]+)"'
)
# A file beside the letters, and the page of letters.
NOT_ACTS = {"letters.journal", "letters.compose"}
FILES = (".toml", ".csv", ".xlsx")


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Return the browser of an administrator."""
    return Visitor(signed_in(app, "admin"))


def note(app: Flask, act: str, subject: str = "test", day: int = 20, **details: object) -> None:
    with app.app_context(), transaction() as session:
        at = datetime(2021, 8, day, 3, 0, tzinfo=UTC)
        audit.note(session, at, "chi.tu@ban.example", act, subject, **details)


def rows(page: Page) -> list[str]:
    body = page.html.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_every_act_has_a_sentence() -> None:
    sources = [*(ROOT / "services").glob("*.py"), *(ROOT / "views").glob("*.py")]
    acts = {
        act
        for path in sources
        if path.name != "log_sentences.py"
        for act in ACT.findall(path.read_text(encoding="utf-8"))
        if not act.endswith(FILES)
    } - {*PAGES, *AUDIENCES, *NOT_ACTS}
    assert acts, "nothing is noted"
    assert acts - set(SENTENCES) == set(), "say in views.log_sentences what these are"
    assert set(SENTENCES) - acts == set(), "nobody does these any more"
    assert {act.partition(".")[0] + "." for act in SENTENCES} == set(KINDS)


def test_entries_are_sentences_with_what_was_before(app: Flask, admin: Visitor) -> None:
    note(
        app,
        "account.changed",
        "account:anh.ba@ban.example",
        before={"role": "viewer", "everywhere": True},
        after={"role": "officer", "everywhere": True},
    )
    newest = rows(admin.open(LOG))[0]
    assert "chi.tu@ban.example" in newest
    assert "Thay đổi quyền của tài khoản anh.ba@ban.example" in newest
    assert "Vai trò: Người xem → Chuyên viên" in newest
    assert "Mọi chuyên đề" not in newest


def facts(page: Page) -> dict[str, str]:
    """Return the details of the newest entry, by what they are called."""
    newest = page.html.partition("<tbody>")[2].partition("</tr>")[0]
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", newest, re.DOTALL)
    return {html.unescape(name): html.unescape(said) for name, said in found}


def test_what_a_workbook_is_of_is_said_in_words(app: Flask, admin: Visitor) -> None:
    whole = WorkbookOptions().as_details()
    note(app, "workbook.exported", "campaign:kh46", format="workbook", rows=19, **whole)
    said = facts(admin.open(LOG))
    assert said["Các đợt báo cáo"] == "mọi đợt"
    assert said["Khối đơn vị"] == "mọi khối"
    assert said["Chỉ đơn vị bắt buộc"] == "không"
    assert said["Ngôn ngữ"] == "Tiếng Việt"
    assert said["Định dạng"] == "tệp Excel tổng hợp"
    note(app, "workbook.exported", "campaign:kh46", **{**whole, "rounds": ["dot1", "dot2"]})
    assert facts(admin.open(LOG))["Các đợt báo cáo"] == "dot1, dot2"
    note(app, "campaign.copied", "campaign:a", source="kh46", rounds=False, units=False)
    assert facts(admin.open(LOG))["Các đợt báo cáo"] == "không"


def test_what_an_import_changed_is_said_in_words(app: Flask, admin: Visitor) -> None:
    fields = {"TU-RG": {"name": ["Cũ", "Mới"], "contact_phone": []}}
    note(app, "units.imported", "units", added=[], changed=["TU-RG"], fields=fields)
    said = facts(admin.open(LOG))
    assert said["Nội dung thay đổi"] == "TU-RG: Tên (Cũ → Mới), Điện thoại người liên hệ"
    assert said["Đơn vị thêm mới"] == "–"
    note(app, "contact.changed", "unit:TU-RG", contact=1, fields=["phone", "title"])
    told = "Điện thoại người liên hệ, Chức vụ người liên hệ"
    assert facts(admin.open(LOG))["Nội dung thay đổi"] == told


def test_an_added_document_is_named(app: Flask, admin: Visitor) -> None:
    note(app, "material.added", "campaign:kh46", material="p3p9", title="Đề cương", sha256=[])
    assert "Thêm tài liệu “Đề cương” cho kh46" in rows(admin.open(LOG))[0]


def test_days_to_answer_are_called_so(app: Flask, admin: Visitor) -> None:
    said = {"before": {"answer_days": 5}, "after": {"answer_days": 7}}
    note(app, "campaign.changed", "campaign:kh46", **said)
    newest = rows(admin.open(LOG))[0]
    assert "Số ngày để trả lời khó khăn, vướng mắc: 5 → 7" in newest
    assert "answer_days" not in newest


@pytest.mark.parametrize(
    "details",
    [
        {"chua_dat_ten": 1},
        {"before": {"chua_dat_ten": 1}, "after": {}},
        {"after": {"TU-RG": {"chua_dat_ten": 1}}},
        {"fields": {"TU-RG": {"chua_dat_ten": [1, 2]}}},
        {"fields": ["chua_dat_ten"]},
    ],
)
def test_a_field_that_the_page_cannot_name_fails_whichever_test_notes_it(
    app: Flask, details: dict[str, object]
) -> None:
    """Every act of every test goes by the same guard: see tests/conftest.py."""
    with pytest.raises(AssertionError, match="chua_dat_ten"):
        note(app, "campaign.changed", "campaign:kh46", **details)


def test_one_change_of_many_units_is_said_once(app: Flask, admin: Visitor) -> None:
    codes = [f"TU-{number}" for number in range(36)]
    due, other = "2026-12-01T16:59:59+00:00", "2026-11-01T16:59:59+00:00"
    note(
        app,
        "units.due",
        "round:kh46/dot1",
        units=codes,
        before={**{code: {"due_at": None} for code in codes}, "TU-7": {"due_at": other}},
        after={code: {"due_at": due} for code in codes},
    )
    newest, _, _ = rows(admin.open(LOG))[0].partition("Chi tiết")
    assert "Hạn báo cáo (35 đơn vị): 23:59 ngày 01/12/2026" in newest
    assert "Hạn báo cáo (TU-7): 23:59 ngày 01/11/2026 → 23:59 ngày 01/12/2026" in newest
    assert "TU-8" not in newest


def test_what_was_before_may_have_no_names(app: Flask, admin: Visitor) -> None:
    note(app, "address.used_again", before="khong.co@don-vi.example")
    note(app, "reminders.set", "round:kh46/dot1", before=[], after=[-3, 0])
    shown = " ".join(rows(admin.open("/ban/nhat-ky")))
    assert "khong.co@don-vi.example" in shown
    assert "-3, 0" in shown


def test_an_act_nobody_knows_is_shown_all_the_same(app: Flask, admin: Visitor) -> None:
    note(app, "khong.ai_biet", "<b>lạ</b>", number=1)
    assert "khong.ai_biet" in rows(admin.open(LOG))[0]
    assert "<b>lạ" not in admin.open(LOG).html


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=CHI.TU", 3),
        ("act=report.", 2),
        ("act=report.sent", 1),
        ("subject=dot1", 2),
        ("actor=chi.tu&since=21/8/2021", 2),
        ("actor=chi.tu&until=20/8/2021", 1),
        ("actor=chi.tu&since=2021-08-21&until=21/08/2021", 1),
        ("actor=%25", 0),
    ],
)
def test_one_finds_entries(app: Flask, admin: Visitor, query: str, count: int) -> None:
    note(app, "report.sent", "round:kh46/dot1", 20, unit="TU-RG")
    note(app, "report.accepted", "round:kh46/dot1", 21, unit="TU-RG")
    note(app, "form.published", "mau", 22, number=2)
    page = admin.open(f"{LOG}?{query}")
    assert len(rows(page)) == count
    assert f"{count} mục" in page.text


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("waiting", None, "waiting → "), (["a", 1], ["b"], "a, 1 → b"), ({"name": "A"}, {}, "A → ")],
)
def test_what_was_before_may_be_one_value(
    app: Flask, admin: Visitor, before: object, after: object, told: str
) -> None:
    note(app, "letter.retried", "letter:7", before=before, **({"after": after} if after else {}))
    assert told.strip() in rows(admin.open(LOG))[0]


def test_a_wrong_date_is_said_and_kept(admin: Visitor) -> None:
    page = admin.open(f"{LOG}?since=31/2/2021")
    assert "Không phải ngày" in page.text
    assert 'value="31/2/2021"' in page.html


def test_pages_lead_to_older_entries(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction() as session:
        at = datetime(2021, 8, 20, tzinfo=UTC)
        for number in range(230):
            audit.note(session, at, "x", "form.published", "mau", number=number)
    page = admin.open(f"{LOG}?act=form.published&subject=mau")
    numbers = []
    for _ in range(3):
        numbers += [int(row.partition("phiên bản ")[2].partition(" ")[0]) for row in rows(page)]
        if len(numbers) < 230:
            page = admin.open(page.link("Mục cũ hơn"))
    assert numbers == list(range(229, -1, -1))


def test_what_was_found_is_downloaded_safely_and_that_is_noted(app: Flask, admin: Visitor) -> None:
    note(app, "form.uploaded", "=1+1")
    note(app, "report.sent", "round:kh46/dot1", unit="TU-RG")
    note(app, "form.retired", "mau", number=7, before={"title": "Cũ"}, after={"title": "Mới"})
    page = admin.open(f"{LOG}?act=form.&since=1/2/2021")
    form = form_of(page, "tai-ve.xlsx")
    answer = admin.client.post(form.action, data=form.values())
    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    uploaded = [row for row in cells if row[4] == "=1+1"]
    assert len(uploaded) == 1
    assert sheet.cell(cells.index(uploaded[0]) + 1, 5).data_type == "s"
    assert not any("TU-RG" in str(row) for row in cells)
    retired = next(row for row in cells if row[4] == "mau")
    assert retired[5].endswith(": Cũ → Mới; Phiên bản: 7")
    assert '"number":7' in retired[6]
    said = [row[0] for row in cells if row[0]]
    assert "Thao tác: Biểu mẫu" in said
    assert "Từ ngày (ngày/tháng/năm): 01/02/2021" in said
    with app.app_context(), reading() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert last
        assert (last.act, last.details["sought"]) == (
            "log.exported",
            {"act": "form.", "since": "2021-02-01"},
        )
        assert last.previous in str(cells)


def test_the_head_of_the_log_is_shown(app: Flask, admin: Visitor) -> None:
    page = admin.open(LOG)
    with app.app_context(), reading() as session:
        assert chain_head(session) in page.text
