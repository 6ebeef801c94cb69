"""Forms on the board: uploaded, told what is wrong, tried out, compared, published, edited."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import openpyxl
import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import Connection, event

from forms.compile import compile_form
from models.database import database
from services import campaigns, definitions
from tests.conftest import LIBRARY
from tests.factories import send_report, unit_link
from tests.stored import everything, looking, open_round, public_code, writing
from tests.views.board_members import signed_in, token
from tests.visitor import Form, Page, Values, Visitor, plausible
from views.access import PAGES

LIST, UPLOAD = "/ban/bieu-mau/", "/ban/bieu-mau/tai-len"
FORM_PAGES = frozenset({"forms", "previews", "uploads", "editor"})
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 60
FORM = """
|survey|type|name|label::Tiếng Việt (vi)|label::English (en)|required|relevant|constraint |
| | text | ho_ten | Họ và tên | Full name | yes | | |
| | select_one co_khong | tham_gia | Có tham gia không? | Attended? | yes | | |
| | integer | so_lan | Số lần | Times | yes | ${tham_gia} = 'co' | . > 0 |
| | begin repeat | buoi | Buổi | Session | | ${tham_gia} = 'co' | |
| | text | chu_de | Chủ đề | Topic | yes | | |
| | end repeat | | | | | | |
| choices | list_name | name | label::Tiếng Việt (vi) | label::English (en) |
| | co_khong | co | Có | Yes |
| | co_khong | khong | Không | No |
| settings | form_title | form_id | version |
| | Phiếu thử | phieu_thu | 1 |
"""
SECTIONS = """
|survey|type|name|label|
| | begin group | mot | I. Một |
| | text | a | A |
| | text | b | B |
| | end group | | |
| | begin group | hai | II. Hai |
| | text | c | C |
| | end group | | |
| settings | form_title | form_id | version |
| | Phiếu thử | phieu_thu | 1 |
"""
WRONG = {"'co' | . > 0 |": "'co' | . > |", "| integer |": "| intger |"}


def source(text: str = FORM, changes: dict[str, str] | None = None) -> bytes:
    for old, new in (changes or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    return text.strip().encode()


@pytest.fixture
def officer(app: Flask) -> Visitor:
    return Visitor(signed_in(app, "officer"))


def form_with(page: Page, name: str) -> Form:
    """Return the form of a page that has an input or button called `name`."""
    return next(form for form in page.forms if form.named(name))


def press(
    visitor: Visitor, page: Page, name: str, value: str = "", changes: Values | None = None
) -> Page:
    """Press the button `name`=`value`, or send the form that has an input called `name`."""
    form = form_with(page, name)
    values = {**form.values(), **dict(changes or {}), **({name: value} if value else {})}
    return visitor.post(form.action, values, multipart=form.encoding != "")


def confirm(visitor: Visitor, page: Page) -> Page:
    """Say yes to a page that asks once more."""
    form = next(f for f in page.forms if f.method == "post" and "dang-xuat" not in f.action)
    return visitor.follow(visitor.post(form.action, form.values()))


def upload(visitor: Visitor, content: bytes, name: str = "phieu_thu.md", **files: bytes) -> Page:
    """Upload a form with at most one file beside it, `xa_csv` for xa.csv."""
    beside = [(data, given.replace("_", ".")) for given, data in files.items()] or [(b"", "")]
    values = {"form": (content, name), "files": beside[0]}
    return visitor.post(UPLOAD, {**_token(visitor.open(UPLOAD)), **values}, multipart=True)


def in_use(page: Page) -> str:
    """Return the number of the version in use, as the page of a form says it."""
    found = re.search(r"<dt>Phiên bản đang dùng</dt><dd>(\d+)</dd>", page.html)
    assert found, page.text
    return found[1]


def _token(page: Page) -> dict[str, list[str]]:
    return {"csrf_token": form_with(page, "csrf_token").values()["csrf_token"]}


def uploaded(visitor: Visitor, content: bytes = source(), **files: bytes) -> Page:
    """Upload a form that is right, and return its page."""
    return visitor.follow(upload(visitor, content, **files))


def published(visitor: Visitor, content: bytes = source(), **files: bytes) -> Page:
    """Publish a form and return its page."""
    page = uploaded(visitor, content, **files)
    return confirm(visitor, visitor.open(page.link("Phát hành…")))


def cells(page: Page) -> list[list[str]]:
    """Return the texts of all cells of the drawn sheets, row by row."""
    drawn = re.findall(r'<div class="table-responsive sheet".*?</table>', page.html, re.DOTALL)
    rows = [row for table in drawn for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


# --- who may do what ------------------------------------------------------------------------------


def test_a_viewer_reads_and_changes_nothing(app: Flask) -> None:
    viewer = Visitor(signed_in(app, "viewer"))
    page = viewer.open(LIST)
    assert "Báo cáo Đợt 1" in page.text
    assert not any(href == UPLOAD for href, _ in page.links)
    form = viewer.open(page.link("Báo cáo Đợt 1"))
    assert not any("Ngừng dùng" in said for _, said in form.links)
    assert viewer.open(form.link("Xem thử")).status == 200


def address_of(app: Flask, endpoint: str) -> str:
    """Return the address of a page about the first form, or about the first upload."""
    (rule,) = app.url_map.iter_rules(endpoint)
    values = {"form_id": 1, "number": 1, "upload_id": 1, "row": 0}
    with app.test_request_context():
        return "/ban" + url_for(endpoint, **{name: values[name] for name in rule.arguments})


def changing(app: Flask) -> list[str]:
    """Return the endpoints of the pages about forms that take what is sent."""
    posted = [rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return [name for name in posted if name.split(".")[0] in FORM_PAGES]


def test_a_viewer_can_send_nothing_to_any_page_for_officers(app: Flask, officer: Visitor) -> None:
    uploaded(officer)
    viewer = signed_in(app, "viewer")
    sent = {"csrf_token": token(viewer.get(LIST))}
    before = everything(app)
    for_officers = [name for name in changing(app) if PAGES[name] == "officer"]
    assert {"editor.edit_question", "forms.retire_version", "uploads.publish_upload"} <= set(
        for_officers
    )
    for endpoint in for_officers:
        answer = viewer.post(address_of(app, endpoint), data=sent)
        assert answer.status_code == 403, endpoint
    assert everything(app) == before


def test_nothing_is_done_without_the_token_of_the_page(app: Flask, officer: Visitor) -> None:
    uploaded(officer)
    before = everything(app)
    endpoints = changing(app)
    assert {"editor.begin", "forms.reinstate_version", "previews.try_upload"} <= set(endpoints)
    for endpoint in endpoints:
        answer = officer.client.post(address_of(app, endpoint), data={"action": "submit"})
        assert answer.status_code == 400, endpoint
        assert "Phiên làm việc đã hết hạn" in answer.text, endpoint
    assert everything(app) == before


# --- the list -------------------------------------------------------------------------------------


def test_forms_with_their_versions_and_rounds(officer: Visitor) -> None:
    page = officer.open(LIST)
    assert "bao_cao_dot_1" in page.text
    assert ("/ban/kh46/dot1", "Đợt 1") in page.links
    form = officer.open(page.link("Báo cáo Đợt 1"))
    assert in_use(form) == "1"
    assert "Đang dùng" in form.text
    assert "Triển khai Chỉ thị số 07-CT/TU" in form.text


def test_what_is_not_published_yet_stands_in_the_list(officer: Visitor) -> None:
    uploaded(officer)
    upload(officer, source(changes=WRONG))
    text = officer.open(LIST).text
    assert "Chưa phát hành (2)" in text
    assert "Có thể phát hành" in text
    assert "2 lỗi" in text


@pytest.mark.parametrize(
    "address", ["/ban/bieu-mau/999", "/ban/bieu-mau/1/999/bieu-mau", "/ban/bieu-mau/1/9/xem-thu"]
)
def test_a_form_that_is_not_there(officer: Visitor, address: str) -> None:
    page = officer.open(address)
    assert page.status == 404
    assert "Không tìm thấy biểu mẫu" in page.text


def test_an_upload_that_is_not_there(officer: Visitor) -> None:
    page = officer.open(f"{UPLOAD}/999")
    assert page.status == 404
    assert "Không tìm thấy biểu mẫu đã tải lên" in page.text


# --- uploading ------------------------------------------------------------------------------------


def test_every_error_is_told_by_cell_and_drawn(officer: Visitor) -> None:
    page = upload(officer, source(changes=WRONG))
    assert page.status == 422
    assert list(page.summary.values()) == ["Trang survey, ô A4", "Trang survey, ô G4"]
    assert "Chưa hỗ trợ loại câu hỏi “intger”" in page.text
    drawn = cells(page)
    assert ["Dòng", "A", "B", "C", "D"] in drawn
    assert ["4", "intger", "so_lan", "Số lần", "Times"] in drawn
    marked = re.findall(r"<mark>(.*?)</mark>", page.html)
    assert "intger" in marked
    assert ". &gt;" in marked


def test_the_caret_stands_under_the_sign_where_it_went_wrong(officer: Visitor) -> None:
    page = upload(officer, source(changes=WRONG))
    (shown,) = re.findall(r'<pre class="source"[^>]*>(.*?)</pre>', page.html, re.DOTALL)
    expression, caret = shown.split("\n")
    assert expression == ". &gt;"
    assert caret.strip() == "^"


def test_hostile_cells_are_only_text(officer: Visitor) -> None:
    hostile = '<script>alert(1)</script>"><img src=x>'
    page = upload(officer, source(changes={"| integer |": f"| {hostile} |"}))
    assert page.status == 422
    assert "<script>alert" not in page.html
    assert "&lt;script&gt;alert(1)" in page.html


def test_a_corrected_file_takes_the_place_and_leads_on(officer: Visitor) -> None:
    page = upload(officer, source(changes=WRONG))
    right = press(officer, page, "form", changes={"form": (source(), "sua.md"), "files": (b"", "")})
    shown = officer.follow(right)
    assert "Đây sẽ là một biểu mẫu mới" in shown.text
    assert "Chưa phát hành (1)" in officer.open(LIST).text


def test_files_beside_the_form_need_not_be_uploaded_again(officer: Visitor) -> None:
    text = FORM.replace("|constraint |", "|constraint | media::image |").replace(
        "| Full name | yes | | |", "| Full name | yes | | | x.png |"
    )
    missing = upload(officer, source(text))
    assert missing.status == 422
    assert "x.png" in missing.text
    added = press(officer, missing, "form", changes={"form": (b"", ""), "files": (PNG, "x.png")})
    page = officer.follow(added)
    assert "x.png (1 KB)" in page.text
    again = press(
        officer, page, "form", changes={"form": (source(text), "lai.md"), "files": (b"", "")}
    )
    assert "x.png (1 KB)" in officer.follow(again).text
    removed = press(officer, officer.open(page.address), "remove", "x.png")
    assert removed.status == 422


def test_what_cannot_stand_beside_a_form_is_named_and_the_form_is_kept(officer: Visitor) -> None:
    start = officer.open(UPLOAD)
    values = {"form": (source(), "phieu.md"), "files": (b"<svg onload=x>", "x.svg")}
    page = officer.post(UPLOAD, {**_token(start), **values}, multipart=True)
    assert page.status == 422
    assert "Không nhận “x.svg”" in page.text
    assert "Phát hành…" in page.text


def test_of_two_files_of_one_name_none_is_taken(officer: Visitor) -> None:
    files = [(io.BytesIO(PNG), "x.png"), (io.BytesIO(PNG + b"2"), "x.png")]
    values = {"form": (io.BytesIO(source()), "phieu.md"), "files": files}
    data = {**_token(officer.open(UPLOAD)), **values}
    answer = officer.client.post(UPLOAD, data=data)
    assert answer.status_code == 422
    assert "có 2 tệp cùng tên" in answer.text
    assert "x.png (1 KB)" not in answer.text
    assert "Chưa phát hành (1)" in officer.open(LIST).text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "", "Vui lòng chọn tệp biểu mẫu"),
        (b"x" * (5 * 1024 * 1024 + 1), "to.xlsx", "vượt quá 5 MB"),
        (b"PK\x03\x04 no workbook", "hong.xlsx", ""),
        (b"\xd0\xcf\x11\xe0", "macro.xlsm", ""),
        (b"%PDF-1.7", "x.pdf", ""),
    ],
)
def test_files_that_are_no_forms(officer: Visitor, content: bytes, name: str, said: str) -> None:
    page = upload(officer, content, name)
    assert page.status == 422
    assert "error-summary" in page.html
    assert said in page.text


def test_a_request_that_is_too_large_is_refused(officer: Visitor) -> None:
    page = upload(officer, b"x" * (7 * 1024 * 1024), "to.xlsx")
    assert page.status == 413


def test_an_uploaded_form_is_thrown_away_when_one_says_so(officer: Visitor) -> None:
    page = uploaded(officer)
    asked = officer.open(page.link("Bỏ biểu mẫu đã tải lên"))
    assert "Chưa phát hành (1)" in officer.open(LIST).text
    assert "Đã bỏ biểu mẫu đã tải lên." in confirm(officer, asked).text
    assert officer.open(page.address).status == 404


CHANGED = "vừa được người khác sửa"


def replaced(officer: Visitor, address: str, content: bytes) -> Page:
    """Put another file in the place of an upload, as somebody else would."""
    values = {"form": (content, "khac.md"), "files": (b"", "")}
    return officer.follow(press(officer, officer.open(address), "form", changes=values))


@pytest.mark.parametrize("button", ["Phát hành…", "Bỏ biểu mẫu đã tải lên"])
def test_another_file_than_the_one_that_was_seen_stays_as_it_is(
    officer: Visitor, button: str
) -> None:
    page = uploaded(officer)
    asked = officer.open(page.link(button))
    replaced(officer, page.address, source(changes={"Họ và tên": "Tên khác"}))
    form = form_with(asked, "seen")
    late = officer.post(form.action, form.values())
    assert late.status == 409
    assert CHANGED in late.text
    assert "Chưa phát hành (1)" in officer.open(LIST).text
    # The page now shows the file as it is, so the next time is meant.
    assert officer.follow(officer.post(form.action, form_with(late, "seen").values())).status == 200
    assert "Chưa phát hành" not in officer.open(LIST).text


def test_a_file_that_nobody_saw_is_not_replaced(officer: Visitor) -> None:
    page = uploaded(officer)
    replaced(officer, page.address, source(changes={"Họ và tên": "Tên khác"}))
    values = {"form": (source(), "muon.md"), "files": (b"", "")}
    late = press(officer, page, "form", changes=values)
    assert late.status == 409
    assert CHANGED in late.text
    assert "khac.md" in officer.open(page.address).text


def test_nobody_waits_while_a_long_form_is_read(app: Flask, officer: Visitor) -> None:
    rows = "".join(f"| | text | c{n} | Câu {n} | Q | | ${{ho_ten}} = 'x' | |\n" for n in range(250))
    long = FORM.replace("| choices |", f"{rows}| choices |")
    begun = time.monotonic()
    compile_form(source(long), "lau.md")
    alone = time.monotonic() - begun
    with locked_seconds(app) as locked:
        page = uploaded(officer, source(long))
        outline = officer.open(page.link("Sửa trên màn hình"))
        do(officer, outline, "down:0")
        confirm(officer, officer.open(f"{page.address}/phat-hanh"))
    assert len(locked) >= len(("uploaded", "edited", "published"))
    assert max(locked) < alone / 2


@contextmanager
def locked_seconds(app: Flask) -> Iterator[list[float]]:
    """Yield how long every writer kept the others waiting."""
    lasted: list[float] = []
    begun: dict[int, float] = {}

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("begin") == "BEGIN IMMEDIATE":
            begun[id(connection)] = time.monotonic()

    def end(connection: Connection) -> None:
        if id(connection) in begun:
            lasted.append(time.monotonic() - begun.pop(id(connection)))

    with app.app_context():
        engine = database.engine
    event.listen(engine, "begin", begin)
    event.listen(engine, "commit", end)
    yield lasted
    event.remove(engine, "begin", begin)
    event.remove(engine, "commit", end)


# --- trying out -----------------------------------------------------------------------------------


@pytest.fixture
def trial(officer: Visitor) -> Page:
    """Return the page of a form that can be tried out."""
    page = uploaded(officer)
    return officer.open(f"{page.address}/xem-thu")


def frame(page: Page) -> str:
    found = re.findall(r'<iframe src="([^"]+)"', page.html)
    assert len(set(found)) == 1
    return str(found[0]).replace("&amp;", "&")


def test_only_the_pages_that_need_it_may_be_framed(officer: Visitor, trial: Page) -> None:
    framed = officer.open(frame(trial)).response.headers["Content-Security-Policy"]
    framing = trial.response.headers["Content-Security-Policy"]
    usual = officer.open(LIST).response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in framed
    assert "frame-src 'none'" in framed
    assert "frame-src 'self'" in framing
    assert "frame-ancestors 'none'" in framing
    assert "frame-ancestors 'none'" in usual
    assert "frame-src 'none'" in usual


def test_a_form_is_tried_out_and_nothing_is_stored(
    app: Flask, officer: Visitor, trial: Page
) -> None:
    before = everything(app)
    page = officer.open(frame(trial))
    missing = officer.send(page, "submit")
    assert missing.status == 422
    assert len(missing.summary) == 2
    answers = {"ho_ten": "An", "tham_gia": "co", "so_lan": "0", "buoi-0-chu_de": "X"}
    wrong = officer.send(page, "submit", answers)
    assert list(wrong.summary) == ["#q-so_lan"]
    assert wrong.typed("ho_ten") == "An"
    right = officer.send(page, "submit", {**answers, "so_lan": "2"})
    assert right.status == 200
    assert "Không có gì được lưu" in right.text
    assert everything(app) == before


def test_a_repeat_grows_and_shrinks_in_the_trial(officer: Visitor, trial: Page) -> None:
    page = officer.open(frame(trial))
    typed = {"tham_gia": "co", "buoi-0-chu_de": "Một"}
    more = officer.send(page, "add:buoi", typed)
    assert more.status == 200
    assert {"buoi-0-chu_de", "buoi-1-chu_de"} <= more.form.names()
    assert more.typed("buoi-0-chu_de") == "Một"
    less = officer.send(more, "remove:buoi-0", {"buoi-1-chu_de": "Hai"})
    assert less.typed("buoi-1-chu_de") == "Hai"
    assert "buoi-0-chu_de" not in less.form.names()


def test_the_trial_speaks_every_language_of_the_form(officer: Visitor, trial: Page) -> None:
    english = officer.open(next(href for href, _ in trial.links if "in=en" in href))
    page = officer.open(frame(english))
    assert "Full name" in page.text
    assert 'lang="en"' in page.html
    assert "This field is required" in officer.send(page, "submit").html
    # The board itself still speaks Vietnamese.
    assert "Biểu mẫu" in officer.open(LIST).text


@pytest.mark.parametrize("action", ["", "x", "save:1", "submit2"])
def test_a_trial_with_a_button_that_is_not_there(
    officer: Visitor, trial: Page, action: str
) -> None:
    page = officer.open(frame(trial))
    answer = officer.client.post(page.form.action, data={**page.form.values(), "action": action})
    assert answer.status_code == 400


def test_soft_checks_speak_in_the_trial(officer: Visitor) -> None:
    checks = (
        "| checks | name | expression | message | explain |\n"
        "| | nhieu | ${so_lan} > 9 | Hơn 9 lần. | yes |"
    )
    page = uploaded(officer, f"{FORM.strip()}\n{checks}".encode())
    form = officer.open(frame(officer.open(f"{page.address}/xem-thu")))
    answers = {"ho_ten": "An", "tham_gia": "co", "buoi-0-chu_de": "X"}
    assert "Hơn 9 lần." not in officer.send(form, "submit", {**answers, "so_lan": "9"}).text
    assert "Hơn 9 lần." in officer.send(form, "submit", {**answers, "so_lan": "10"}).text


def test_what_the_system_fills_in_stands_in_the_trial(officer: Visitor) -> None:
    page = officer.open("/ban/bieu-mau/1/1/xem-thu/trang")
    assert page.typed("ma_don_vi") == "Mã đơn vị"
    assert page.typed("ten_don_vi") == "Tên đơn vị"


def test_nobody_types_over_what_is_read_only_in_the_trial(officer: Visitor) -> None:
    text = FORM.replace("|constraint |", "|constraint | default | read_only |").replace(
        "| Full name | yes | | |", "| Full name | yes | | | Để trống | yes |"
    )
    page = officer.open(frame(officer.open(f"{uploaded(officer, source(text)).address}/xem-thu")))
    assert page.typed("ho_ten") == "Để trống"
    assert officer.send(page, "submit", {"ho_ten": "Khác"}).typed("ho_ten") == "Để trống"


def test_every_shipped_form_can_be_tried_out(officer: Visitor) -> None:
    for number in range(1, 5):
        page = officer.open(frame(officer.open(f"/ban/bieu-mau/{number}/1/xem-thu")))
        sent = officer.send(page, "submit", plausible(page.form))
        assert sent.status in (200, 422)


# --- images ---------------------------------------------------------------------------------------


def test_images_of_forms_are_served_to_anybody_who_has_the_form(
    app: Flask, officer: Visitor, client: FlaskClient
) -> None:
    text = FORM.replace("|constraint |", "|constraint | media::image |").replace(
        "| Full name | yes | | |", "| Full name | yes | | | x.png |"
    )
    digest = hashlib.sha256(PNG).hexdigest()
    assert client.get(f"/hinh/{digest}").status_code == 404
    page = uploaded(officer, source(text), x_png=PNG)
    shown = officer.open(frame(officer.open(f"{page.address}/xem-thu")))
    assert f'src="/hinh/{digest}"' in shown.html
    waiting = client.get(f"/hinh/{digest}")
    assert waiting.status_code == 200
    confirm(officer, officer.open(page.link("Phát hành…")))
    answer = client.get(f"/hinh/{digest}")
    assert (answer.data, answer.mimetype) == (PNG, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


def test_csv_files_and_anything_else_are_not_served(officer: Visitor, client: FlaskClient) -> None:
    content = b"name,label\n1,Mot\n"
    text = FORM.replace("select_one co_khong", "select_one_from_file xa.csv")
    uploaded(officer, source(text, {"${tham_gia} = 'co'": "${tham_gia} = '1'"}), xa_csv=content)
    for digest in (hashlib.sha256(content).hexdigest(), "0" * 64, "x", "A" * 64):
        assert client.get(f"/hinh/{digest}").status_code == 404


# --- comparing and publishing ---------------------------------------------------------------------


def test_publishing_says_which_rounds_will_ask_and_does_it(app: Flask, officer: Visitor) -> None:
    code = open_round(app)
    text = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8")
    changed = text.replace("| Ngày báo cáo |", "| Ngày lập báo cáo |").encode()
    page = uploaded(officer, changed)
    assert "phiên bản 2" in page.text
    asked = officer.open(page.link("Phát hành…"))
    assert "Từ nay các đợt dưới đây dùng phiên bản mới: Đợt 1" in asked.text
    assert "Ngày lập báo cáo" not in Visitor(app.test_client()).open(f"/{code}?all=1").text
    done = confirm(officer, asked)
    assert "Đã phát hành phiên bản 2." in done.text
    assert "Ngày lập báo cáo" in Visitor(app.test_client()).open(f"/{code}?all=1").text
    assert officer.open(page.address).status == 404


def test_a_comparison_says_what_becomes_of_the_answers(app: Flask, officer: Visitor) -> None:
    with writing(app) as session:
        answers = json.dumps({"so_ban_in": 3, "pham_vi": "to_chuc"})
        send_report(session, unit_link(session), answers=answers)
    lines = (LIBRARY / "bao_cao_dot_1.md").read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if "| so_ban_in |" not in line and "| to_chuc |" not in line]
    page = uploaded(officer, "\n".join(kept).encode())
    compared = officer.open(page.link("So sánh"))
    assert "Bỏ (1)" in compared.text
    assert "Đã có 1 báo cáo trả lời câu này. Cột vẫn còn trong dữ liệu gốc" in compared.text
    assert "Đã có 1 báo cáo chọn “Mặt trận Tổ quốc, đoàn thể, hội”." in compared.text
    officer.open(f"{LIST}?lang=en")
    english = officer.open(compared.address)
    assert "“Fatherland Front, mass organisation, association”" in english.text
    assert "Mặt trận Tổ quốc" not in english.text


def test_few_participants_are_not_counted_out(app: Flask, officer: Visitor) -> None:
    client = Visitor(app.test_client())
    answers = {
        "doi_tuong": "dv_cbccvc", "cach_tham_gia_a": "tu_nc", "co_tai_lieu": "giay",
        "de_hieu": "5", "thoi_luong": "phu_hop", "thiet_thuc": "4",
    }  # fmt: skip
    client.follow(client.send(client.open(f"/{public_code(app)}"), "submit", answers))
    lines = (LIBRARY / "khao_sat_phan_hoi.md").read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if "| de_hieu |" not in line]
    page = uploaded(officer, "\n".join(kept).encode())
    compared = officer.open(page.link("So sánh"))
    assert "Bỏ (1)" in compared.text
    assert "phiếu trả lời câu này" not in compared.text


def test_two_versions_are_compared(officer: Visitor) -> None:
    published(officer)
    renamed = source(changes={"| text | ho_ten |": "| text | ten |"})
    page = published(officer, renamed)
    compared = officer.open(page.link("So sánh với phiên bản 1"))
    assert "Có lẽ là đổi tên (1)" in compared.text
    assert "ho_ten → ten" in compared.text
    assert "Đây là phỏng đoán" in compared.text
    same = officer.open(f"{page.address}/2/so-sanh?with=2")
    assert "Không có gì khác nhau." in same.text


def test_the_same_form_is_not_published_twice(officer: Visitor) -> None:
    form = published(officer)
    page = uploaded(officer)
    assert "giống hệt phiên bản 1" in page.text
    assert not any("Phát hành…" in said for _, said in page.links)
    asked = officer.open(f"{page.address}/phat-hanh")
    answer = officer.post(asked.address, seen(page))
    assert answer.status == 409
    assert "Phiên bản 2" not in officer.open(form.address).text


def test_a_public_round_stays_anonymous(officer: Visitor) -> None:
    lines = (LIBRARY / "khao_sat_phan_hoi.md").read_text(encoding="utf-8").split("\n")
    lines.insert(1, "| | username | ai |" + " |" * 20)
    page = uploaded(officer, "\n".join(lines).encode())
    assert "1 ô làm lộ người trả lời" in page.text
    assert not any("Phát hành…" in said for _, said in page.links)
    asked = officer.open(f"{page.address}/phat-hanh")
    answer = officer.post(asked.address, seen(page))
    assert answer.status == 409
    assert "ẩn danh" in answer.text


# --- retiring -------------------------------------------------------------------------------------


def test_a_version_is_retired_and_used_again(officer: Visitor) -> None:
    published(officer)
    form = published(officer, source(changes={"Họ và tên": "Tên"}))
    asked = officer.open(f"{form.address}/2/ngung-dung")
    assert "Câu trả lời mới sẽ theo phiên bản 1 trở lại." in asked.text
    page = confirm(officer, asked)
    assert "Đã ngừng dùng phiên bản 2." in page.text
    assert in_use(page) == "1"
    again = confirm(officer, officer.open(f"{form.address}/2/dung-lai"))
    assert in_use(again) == "2"


def test_the_only_version_of_an_open_round_is_not_retired(app: Flask, officer: Visitor) -> None:
    open_round(app)
    form = officer.open(officer.open(LIST).link("Báo cáo Đợt 1"))
    asked = officer.open(f"{form.address}/1/ngung-dung")
    assert "Chưa thể ngừng dùng phiên bản này" in asked.text
    answer = officer.post(asked.address, _token(asked))
    assert answer.status == 409
    assert "Đây là phiên bản duy nhất và đang được dùng trong: Đợt 1" in answer.text
    assert in_use(officer.open(form.address)) == "1"


def test_a_version_that_tells_who_answers_stays_retired(app: Flask, officer: Visitor) -> None:
    telling = FORM.replace("| | text | ho_ten", "| | start | luc | | | | | |\n| | text | ho_ten")
    published(officer, source(telling))
    form = published(officer)
    number = int(form.address.rpartition("/")[2])
    with writing(app) as session:
        campaigns.find_round(session, "phan_hoi").form_definition_id = number
    asked = officer.open(f"{form.address}/2/ngung-dung")
    assert "làm lộ người trả lời: survey!A2" in asked.text
    late = officer.post(asked.address, _token(form))
    assert late.status == 409
    retired = confirm(officer, officer.open(f"{form.address}/1/ngung-dung"))
    assert "Đã ngừng dùng phiên bản 1." in retired.text
    again = officer.open(f"{form.address}/1/dung-lai")
    assert "làm lộ người trả lời: survey!A2" in again.text
    answer = officer.post(again.address, _token(form))
    assert answer.status == 409


# --- giving out -----------------------------------------------------------------------------------


def test_the_starter_form_opens_in_excel_and_can_be_uploaded(officer: Visitor) -> None:
    answer = officer.client.get("/ban/bieu-mau/mau-bat-dau.xlsx")
    assert 'filename="bieu mau vi du.xlsx"' in answer.headers["Content-Disposition"].lower()
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert {"survey", "choices", "settings"} <= set(book.sheetnames)
    page = uploaded_as(officer, answer.data, "mau.xlsx")
    assert "Đây sẽ là một biểu mẫu mới" in page.text
    assert "lưu ý" not in page.text


def uploaded_as(visitor: Visitor, content: bytes, name: str) -> Page:
    return visitor.follow(upload(visitor, content, name))


def test_a_version_is_given_back_as_it_was_uploaded_and_as_excel(
    app: Flask, officer: Visitor
) -> None:
    form = published(officer)
    original = officer.client.get(f"{form.address}/1/tep-goc")
    assert original.data == source()
    assert "phieu_thu.md" in original.headers["Content-Disposition"]
    excel = officer.client.get(f"{form.address}/1/bieu-mau")
    assert "phieu_thu 1.xlsx" in excel.headers["Content-Disposition"]
    with looking(app) as session:
        newest = definitions.newest(session, int(form.address.rpartition("/")[2]))
    assert compile_form(excel.data, "x.xlsx").definition.digest == newest.digest


def test_a_form_with_files_is_given_back_as_a_zip(officer: Visitor) -> None:
    text = FORM.replace("select_one co_khong", "select_one_from_file xa.csv")
    content = "name,label\n1,Xã A\n".encode()
    form = published(
        officer, source(text, {"${tham_gia} = 'co'": "${tham_gia} = '1'"}), xa_csv=content
    )
    answer = officer.client.get(f"{form.address}/1/bieu-mau")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert set(archive.namelist()) == {"phieu_thu 1.xlsx", "xa.csv"}
        assert archive.read("xa.csv") == content
        again = compile_form(archive.read("phieu_thu 1.xlsx"), "x.xlsx", {"xa.csv": content})
    assert again.definition.form_id == "phieu_thu"


# --- editing --------------------------------------------------------------------------------------


@pytest.fixture
def outline(officer: Visitor) -> Page:
    """Return the editor on a published form."""
    form = published(officer)
    begun = officer.post(f"{form.address}/1/sua", _token(form))
    return officer.follow(begun)


def lines(page: Page) -> list[str]:
    """Return the names of the outline, in order."""
    return re.findall(r"<code>(\w+)</code>", page.html)


def seen(page: Page) -> dict[str, list[str]]:
    values = form_with(page, "seen").values()
    return {name: values[name] for name in ("seen", "csrf_token")}


def do(officer: Visitor, page: Page, action: str) -> Page:
    address = page.address.partition("#")[0]
    return officer.follow(officer.post(address, {**seen(page), "action": action}))


def test_questions_are_moved_and_removed(officer: Visitor, outline: Page) -> None:
    assert lines(outline) == ["ho_ten", "tham_gia", "so_lan", "buoi", "chu_de"]
    moved = do(officer, outline, "down:0")
    assert lines(moved)[:2] == ["tham_gia", "ho_ten"]
    back = do(officer, moved, "up:1")
    assert lines(back) == lines(outline)
    gone = do(officer, back, "remove:0")
    assert lines(gone) == ["tham_gia", "so_lan", "buoi", "chu_de"]
    assert "Đã xóa: Họ và tên" in gone.text


def test_an_edit_that_breaks_the_form_is_told_at_the_question(
    officer: Visitor, outline: Page
) -> None:
    broken = do(officer, outline, "remove:1")
    assert "Biểu mẫu hiện có 2 lỗi" in broken.text
    assert "Số lần: Không có câu hỏi nào tên “tham_gia”." in broken.text
    shown = officer.open(broken.link("Xem từng ô"))
    assert "Còn 2 lỗi" in shown.text
    assert "Trở lại trang sửa" in shown.text
    publish = officer.open(f"{shown.address}/phat-hanh")
    assert publish.status == 422


def test_a_question_is_edited_in_every_language(officer: Visitor, outline: Page) -> None:
    page = officer.open(outline.link("Có tham gia không?"))
    changes = {
        "label-vi": "Có dự không?", "hint-en": "Either one.", "required": "no",
        f"choice-{row_of(page, 'co')}-label-vi": "Có dự", "new-choice-label-vi": "Dự một phần",
    }  # fmt: skip
    saved = officer.follow(press(officer, page, "line", changes={**changes, "action": "save"}))
    assert "Đã lưu" in saved.text
    again = officer.open(saved.link("Có dự không?"))
    values = form_with(again, "line").values()
    assert values["hint-en"] == ["Either one."]
    assert values["required"] == ["no"]
    assert "Có dự" in again.html
    assert "du_mot_phan" in again.html


def test_the_editor_reads_yes_as_publishing_does(officer: Visitor) -> None:
    page = uploaded(officer, source(changes={"| Full name | yes |": "| Full name | 1 |"}))
    outline = officer.open(page.link("Sửa trên màn hình"))
    question = officer.open(outline.link("Họ và tên"))
    assert form_with(question, "line").values()["required"] == ["yes"]


def row_of(page: Page, choice: str) -> str:
    """Return the row of a choice on the page of its question."""
    found = re.search(
        rf'name="choice-(\d+)-label-vi"(?:(?!<li>).)*<code>{choice}<', page.html, re.DOTALL
    )
    assert found
    return found[1]


def test_choices_are_moved_and_removed(officer: Visitor, outline: Page) -> None:
    page = officer.open(outline.link("Có tham gia không?"))
    moved = officer.follow(
        press(officer, page, "line", changes={"action": f"choice-down:{row_of(page, 'co')}"})
    )
    assert lines(moved)[1:] == ["khong", "co"]
    gone = officer.follow(
        press(officer, moved, "line", changes={"action": f"choice-remove:{row_of(moved, 'khong')}"})
    )
    assert lines(gone)[1:] == ["co"]


def test_what_is_typed_is_kept_when_somebody_else_was_quicker(
    officer: Visitor, outline: Page
) -> None:
    page = officer.open(outline.link("Họ và tên"))
    do(officer, outline, "down:0")
    late = press(officer, page, "line", changes={"label-vi": "Tên đầy đủ", "action": "save"})
    assert late.status == 409
    assert "vừa được người khác sửa" in late.text
    assert form_with(late, "line").values()["label-vi"] == ["Tên đầy đủ"]
    saved = officer.follow(press(officer, late, "line", changes={"action": "save"}))
    assert "Tên đầy đủ" in saved.text


def test_a_button_on_a_page_that_is_late_does_nothing(officer: Visitor, outline: Page) -> None:
    do(officer, outline, "remove:2")
    late = officer.post(outline.address.partition("#")[0], {**seen(outline), "action": "remove:2"})
    assert late.status == 409
    assert CHANGED in late.text
    assert lines(late) == ["ho_ten", "tham_gia", "buoi", "chu_de"]


def test_what_is_typed_of_a_question_that_is_gone_is_shown(officer: Visitor, outline: Page) -> None:
    page = officer.open(outline.link("Chủ đề"))
    do(officer, outline, "remove:4")
    late = press(officer, page, "line", changes={"label-vi": "Nội dung", "action": "save"})
    assert late.status == 409
    assert CHANGED in late.text
    assert "Nội dung" in late.text


def test_what_is_typed_of_a_choice_stays_with_the_choice(officer: Visitor, outline: Page) -> None:
    page = officer.open(outline.link("Có tham gia không?"))
    yes, no = row_of(page, "co"), row_of(page, "khong")
    typed = {f"choice-{yes}-label-vi": "Có dự", f"choice-{no}-label-vi": "Vắng"}
    officer.follow(press(officer, page, "line", changes={"action": f"choice-remove:{yes}"}))
    # The row of the second choice, which the button names, is not there any more.
    late = press(officer, page, "line", changes={**typed, "action": f"choice-up:{no}"})
    assert late.status == 409
    assert form_with(late, "line").values()[f"choice-{row_of(late, 'khong')}-label-vi"] == ["Vắng"]
    assert "không còn chỗ" in late.text
    assert "Có dự" in late.text


def test_a_new_question_is_kept_when_the_form_got_shorter(officer: Visitor, outline: Page) -> None:
    addresses = [href for href, said in outline.links if said.strip().startswith("+")]
    page = officer.open(addresses[-1])
    for _ in range(3):
        outline = do(officer, outline, "remove:0")
    typed = {"type": "text", "label-vi": "Đánh giá"}
    late = press(officer, page, "type", changes=typed)
    assert late.status == 409
    assert CHANGED in late.text
    assert form_with(late, "type").values()["label-vi"] == ["Đánh giá"]
    added = officer.follow(press(officer, late, "type"))
    assert "danh_gia" in lines(added)


def test_a_question_is_added(officer: Visitor, outline: Page) -> None:
    address = next(
        href for href, said in outline.links if said.strip().startswith("+") and "after=0" in href
    )
    page = officer.open(address)
    empty = press(officer, page, "type", changes={"type": "select_one"})
    assert empty.status == 422
    assert set(empty.summary) == {"#label-vi", "#choices"}
    typed = {
        "type": "select_one", "label-vi": "Đánh giá", "label-en": "Rating",
        "choices": "Tốt\nKhá\nTốt", "required": "yes",
    }  # fmt: skip
    added = officer.follow(press(officer, page, "type", changes=typed))
    assert lines(added)[:3] == ["ho_ten", "danh_gia", "tham_gia"]
    assert "lỗi" not in added.text
    question = officer.open(added.link("Đánh giá"))
    assert lines(question) == ["danh_gia", "tot", "kha", "tot_2"]


def test_the_editor_says_what_keeps_a_form_from_having_sections(officer: Visitor) -> None:
    form = published(officer, source(SECTIONS))
    outline = officer.follow(officer.post(f"{form.address}/1/sua", _token(form)))
    said = "1 câu hỏi nằm ngoài các nhóm"
    assert said not in outline.text
    outside = do(officer, outline, "up:1")
    assert lines(outside)[0] == "a"
    assert said in outside.text
    assert said not in do(officer, outside, "down:0").text


def test_the_editor_says_which_types_have_choices(officer: Visitor, outline: Page) -> None:
    address = next(href for href, said in outline.links if said.strip().startswith("+"))
    page = officer.open(address)
    assert "Chỉ dùng cho loại: “Chọn một”, “Chọn nhiều”, “Xếp thứ tự”." in page.text
    ranked = {"type": "rank", "label-vi": "Ưu tiên", "choices": "Nhân lực\nKinh phí"}
    question = officer.follow(press(officer, page, "type", changes=ranked))
    assert lines(officer.open(question.link("Ưu tiên")))[1:] == ["nhan_luc", "kinh_phi"]


def test_an_edited_form_becomes_the_next_version(
    app: Flask, officer: Visitor, outline: Page
) -> None:
    page = officer.open(outline.link("Họ và tên"))
    officer.follow(press(officer, page, "line", changes={"label-vi": "Tên", "action": "save"}))
    ready = officer.open(outline.link("Xong"))
    compared = officer.open(ready.link("So sánh"))
    assert "trước: Họ và tên → nay: Tên" in compared.text
    form = confirm(officer, officer.open(ready.link("Phát hành…")))
    assert in_use(form) == "2"


@pytest.mark.parametrize(
    "action", ["", "up", "up:99", "remove:3", "remove:5", "nonsense:1", "up:-1", "up:x"]
)
def test_an_edit_that_no_button_asks_for(officer: Visitor, outline: Page, action: str) -> None:
    data = {**seen(outline), "action": action}
    assert officer.client.post(outline.address, data=data).status_code == 400


@pytest.mark.parametrize("place", ["99", "them?after=99", "them?after=-2"])
def test_a_row_that_is_not_there(officer: Visitor, outline: Page, place: str) -> None:
    page = officer.open(f"{outline.address.partition('#')[0]}/{place}")
    assert page.status in (404, 409)


def test_in_english_too(app: Flask) -> None:
    english = Visitor(signed_in(app, "officer"))
    english.open(f"{LIST}?lang=en")
    page = upload(english, source(changes=WRONG))
    assert "errors keep this form from being published" in page.text
    assert "Sheet survey, cell A4" in page.text
    ready = uploaded(english)
    asked = english.open(ready.link("Publish…"))
    assert "Published as version 1." in confirm(english, asked).text
