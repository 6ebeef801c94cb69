"""Receipts: what a unit keeps, and what anybody can find out with it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from language.codes import RECEIPT_FIRST, new_code, show_code
from language.dates import format_moment
from services import reporting
from services.reporting import Sending
from tests.factories import WORKING_DAY, send_report, unit_link
from tests.stored import UNIT_NAME, everything, in_days, open_round, revisions, writing
from tests.visitor import Page, Visitor, plausible
from views.receipts import RECORD_BEGINS, RECORD_ENDS, qr_code

SECRET_ANSWER = "125-BC/BTGTU & <b>"


@pytest.fixture
def receipt(app: Flask, visitor: Visitor) -> Page:
    """Return the receipt of a report that was just sent, with a file."""
    page = visitor.open(f"/{open_round(app)}?all=1")
    files = {"tep_bao_cao": (b"%PDF-1.7\n", "Báo cáo.pdf")}
    typed = {**plausible(page.form), "so_ky_hieu": SECRET_ANSWER, **files}
    return visitor.follow(visitor.send(page, "submit", typed))


@pytest.fixture
def file(visitor: Visitor, receipt: Page) -> bytes:
    """Return the file of that receipt."""
    answer = visitor.client.get(receipt.link("Tải biên nhận"))
    assert answer.status_code == 200
    return answer.data


def check_file(visitor: Visitor, content: bytes, code: str = "") -> Page:
    """Upload a file to be checked."""
    page = visitor.open("/kiem-tra")
    return visitor.post(
        page.form.action, {"ma": code, "tep": (content, "biên nhận.html")}, multipart=True
    )


def check_code(visitor: Visitor, code: str) -> Page:
    """Type a code to be checked."""
    page = visitor.open("/kiem-tra")
    return visitor.post(page.form.action, {"ma": code, "tep": (b"", "")}, multipart=True)


# --- the page -------------------------------------------------------------------------------------


def test_a_receipt_shows_what_proves_it(app: Flask, receipt: Page) -> None:
    sent = revisions(app)[-1]
    assert show_code(sent.receipt_code) in receipt.text
    groups = [sent.digest[start : start + 8] for start in range(0, 64, 8)]
    assert " ".join(groups) in receipt.text
    address = f"http://127.0.0.1:8000/kiem-tra?ma={sent.receipt_code}"
    assert address in receipt.text
    assert qr_code(address) in receipt.html
    assert qr_code(address + "x") not in receipt.html
    assert "Người gửiĐơn vị" in receipt.text
    assert "đúng hạn" in receipt.text
    assert "Báo cáo.pdf" in receipt.text


def test_a_receipt_says_when_the_board_sent_for_the_unit(app: Flask, visitor: Visitor) -> None:
    with writing(app) as session:
        link = unit_link(session)
        send_report(session, link)
        sending = Sending(
            link.form_version_id, "{}", "x", 1, "{}", "can.bo@ban.example", "Gọi điện"
        )
        later = WORKING_DAY + timedelta(days=30)
        corrected = reporting.submit(session, link, sending, later)
    page = visitor.open(f"/{link.code}/bien-nhan/{corrected.code}")
    assert "Ban, thay đơn vị (can.bo@ban.example)" in page.text
    assert "Gọi điện" in page.text
    assert "gửi trễ hạn" in page.text


def test_a_receipt_speaks_english_too(visitor: Visitor, receipt: Page) -> None:
    page = visitor.open(f"{receipt.address}?lang=en")
    assert "Digest (SHA-256)" in page.text
    assert "Electronic receipt" in visitor.client.get(page.link("Download the receipt")).text


# --- the file -------------------------------------------------------------------------------------


def test_the_file_stands_alone_and_gives_no_link_away(app: Flask, file: bytes) -> None:
    page = file.decode()
    code = open_round(app)
    sent = revisions(app)[-1]
    shown = page.partition('<script type="application/json"')[0]
    assert "125-BC/BTGTU &amp; &lt;b&gt;" in shown
    assert UNIT_NAME in shown
    assert "Báo cáo.pdf" in shown
    assert code not in page
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert addresses == [f"http://127.0.0.1:8000/kiem-tra?ma={sent.receipt_code}"]
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts == ['<script type="application/json" id="bien-nhan">']
    record = json.loads(re.search(r'id="bien-nhan">(.*?)</script>', page, re.DOTALL)[1])
    assert record["answers"] == sent.answers
    assert record["receipt"] == sent.receipt_code


def test_the_file_is_saved_and_not_opened(visitor: Visitor, receipt: Page) -> None:
    answer = visitor.client.get(receipt.link("Tải biên nhận"))
    name = f"bien nhan {show_code(receipt.address.rpartition('/')[2])}.html"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')


def test_only_the_unit_itself_can_take_the_file(
    app: Flask, visitor: Visitor, receipt: Page
) -> None:
    path = receipt.link("Tải biên nhận")
    other = open_round(app, unit_code="HU-AB")
    assert visitor.open(f"/{other}/{path.partition('/')[2].partition('/')[2]}").status == 404


# --- checking a code ------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [str, show_code, str.upper, lambda code: f" {code} "])
def test_a_code_tells_the_unit_and_the_time_and_nothing_else(
    app: Flask, visitor: Visitor, receipt: Page, shape: Callable[[str], str]
) -> None:
    sent = revisions(app)[-1]
    before = everything(app)
    for page in (
        check_code(visitor, shape(sent.receipt_code)),
        visitor.open("/kiem-tra", query_string={"ma": shape(sent.receipt_code)}),
    ):
        assert page.status == 200
        assert "Biên nhận khớp" in page.text
        assert UNIT_NAME in page.text
        assert format_moment(sent.submitted_at) in page.text
        assert "125-BC" not in page.html
        assert "Đợt 1" not in page.html
    assert everything(app) == before


def test_the_page_is_linked_from_home(visitor: Visitor) -> None:
    page = visitor.open(visitor.open("/").link("Kiểm tra biên nhận"))
    assert page.status == 200
    assert "khớp" not in page.text


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("222222222222", 404, "Không có biên nhận nào mang mã"),
        ("abc", 422, "Mã này bị gõ nhầm"),
        ("", 422, "Vui lòng nhập mã biên nhận"),
        ("<script>alert(1)</script>", 422, "Mã này bị gõ nhầm"),
        ("\u0663" * 12, 422, "Mã này bị gõ nhầm"),
    ],
)
def test_a_code_that_is_none_is_told(visitor: Visitor, code: str, status: int, said: str) -> None:
    page = check_code(visitor, code)
    assert (page.status, said in page.text) == (status, True)
    assert "<script>alert" not in page.html
    assert page.typed("ma") == code


def test_a_report_that_was_changed_no_longer_matches(
    app: Flask, visitor: Visitor, receipt: Page, file: bytes
) -> None:
    with writing(app) as session:
        session.execute(text("UPDATE revision SET answers = replace(answers, '125', '126')"))
    code = receipt.address.rpartition("/")[2]
    for page in (check_code(visitor, code), check_file(visitor, file)):
        assert page.status == 409
        assert "không còn khớp" in page.text
        assert UNIT_NAME not in page.text


def test_codes_may_not_be_tried_for_ever(app: Flask, visitor: Visitor, receipt: Page) -> None:
    pages = [
        visitor.open("/kiem-tra", query_string={"ma": new_code(RECEIPT_FIRST)}) for _ in range(31)
    ]
    assert [page.status for page in pages] == [404] * 30 + [429]
    assert pages[-1].response.headers["Retry-After"] == "60"
    assert check_file(visitor, b"x").status == 429
    # Whoever holds a receipt is not refused because of others at the same address.
    assert check_code(visitor, receipt.address.rpartition("/")[2]).status == 200
    assert visitor.open("/kiem-tra").status == 200


# --- checking a file ------------------------------------------------------------------------------


def bom(content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") + b"\r\n"


@pytest.mark.parametrize("kept", [bytes, bom, bytes.rstrip])
def test_a_file_as_it_was_downloaded_matches(
    visitor: Visitor, file: bytes, kept: Callable[[bytes], bytes]
) -> None:
    page = check_file(visitor, kept(file))
    assert page.status == 200
    assert UNIT_NAME in page.text
    assert "125-BC" not in page.html


def test_a_file_counts_and_not_the_code_beside_it(visitor: Visitor, file: bytes) -> None:
    assert check_file(visitor, file, new_code(RECEIPT_FIRST)).status == 200


def in_record(content: bytes, old: bytes, new: bytes) -> bytes:
    """Change what the file holds for machines."""
    before, marker, rest = content.partition(RECORD_BEGINS)
    assert old in rest
    return before + marker + rest.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"125-BC", b"126-BC"),
        ("Rạch Giá".encode(), "Rạch Gia".encode()),
        (b'"late":false', b'"late":true'),
        (b'"number":1', b'"number":2'),
        (b'"reason":""', b'"reason":" "'),
    ],
)
def test_a_file_with_another_answer_says_which_receipt(
    app: Flask, visitor: Visitor, file: bytes, old: bytes, new: bytes
) -> None:
    page = check_file(visitor, in_record(file, old, new))
    assert page.status == 409
    assert f"Tệp này không khớp với báo cáo có biên nhận {show_code(receipt_of(app))}" in page.text
    assert UNIT_NAME not in page.text
    assert "126" not in page.text


def receipt_of(app: Flask) -> str:
    return revisions(app)[-1].receipt_code


def test_a_file_that_shows_something_else_is_no_proof(
    app: Flask, visitor: Visitor, file: bytes
) -> None:
    forged = file.replace(b"125-BC", b"999-BC", 1)
    assert forged.index(b"999-BC") < forged.index(RECORD_BEGINS)
    page = check_file(visitor, forged)
    assert page.status == 409
    assert "Phần hiển thị của tệp này đã bị thay đổi" in page.text
    assert UNIT_NAME not in page.text


def test_a_file_of_another_installation_is_unknown(
    visitor: Visitor, app: Flask, file: bytes
) -> None:
    old = receipt_of(app).encode()
    page = check_file(visitor, file.replace(old, new_code(RECEIPT_FIRST).encode()))
    assert page.status == 404


def with_record(record: object) -> bytes:
    text = record if isinstance(record, str) else json.dumps(record)
    return b"<!doctype html>" + RECORD_BEGINS + text.encode() + RECORD_ENDS


RECORD: Mapping[str, object] = {
    "receipt": new_code(RECEIPT_FIRST), "campaign": "", "round": "", "unit": "", "unit_name": "",
    "number": 1, "form": "", "answers": "", "explanations": "", "author": "", "reason": "",
    "submitted_at": "", "late": False,
}  # fmt: skip
HOSTILE = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "a page": b"<!doctype html><title>x</title>",
    "no end": RECORD_BEGINS + b"{}",
    "no record": with_record({}),
    "a list": with_record([]),
    "no JSON": with_record("{"),
    "not UTF-8": RECORD_BEGINS + b'"\xff"' + RECORD_ENDS,
    "one name more": with_record({**RECORD, "answer": ""}),
    "one name less": with_record({k: v for k, v in RECORD.items() if k != "late"}),
    "another kind": with_record({**RECORD, "number": "1"}),
    "a truth for a number": with_record({**RECORD, "number": True}),
    "no code": with_record({**RECORD, "receipt": "abc"}),
    "half a character": with_record({**RECORD, "answers": "\ud800"}),
    "deep": with_record("[" * 200_000 + "]" * 200_000),
    "a long number": with_record('{"number":' + "9" * 1_000_000 + "}"),
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
    "many beginnings": RECORD_BEGINS * 100_000,
    "many tags": b"<" * 7_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_other_file_is_told_at_once(app: Flask, visitor: Visitor, name: str) -> None:
    begun = time.process_time()
    page = check_file(visitor, HOSTILE[name])
    assert page.status == 422
    assert "Vui lòng nhập mã ghi trên biên nhận." in page.text
    assert time.process_time() - begun < 5


def test_a_file_that_is_too_large_is_not_read(visitor: Visitor) -> None:
    page = check_file(visitor, bytes(20_000_000))
    assert page.status == 413


def test_a_late_report_is_called_late(app: Flask, visitor: Visitor) -> None:
    page = visitor.open(f"/{open_round(app, due_at=in_days(-1))}?all=1")
    receipt = visitor.follow(visitor.send(page, "submit", plausible(page.form)))
    assert "gửi trễ hạn" in receipt.text
