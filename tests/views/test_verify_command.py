"""`flask verify`, as whoever runs the installation uses it."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from language.codes import show_code
from models import AuditEntry
from models.proof import chain_head
from services import attachments
from services.attachments import Upload
from tests.factories import send_report, unit_link
from tests.office_files import PDF
from tests.stored import looking, writing

ANSWERS = '{"ghi_chu":"Đúng kế hoạch"}'


def flask(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=arguments)


def send(app: Flask, unit_code: str) -> str:
    """Send a report and return its receipt."""
    with writing(app) as session:
        return send_report(session, unit_link(session, unit_code=unit_code), answers=ANSWERS).code


def head(app: Flask) -> str:
    with looking(app) as session:
        return chain_head(session)


def run_sql(app: Flask, statement: str, *values: object) -> None:
    """Change the database file from outside."""
    path = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def test_when_all_is_well_it_counts_and_prints_the_head(app: Flask) -> None:
    for unit_code in ("TU-RG", "HU-AB"):
        send(app, unit_code)
    result = flask(app, "verify")
    assert result.exit_code == 0, result.output
    assert "2 báo cáo" in result.output
    assert "4 phiên bản biểu mẫu" in result.output
    assert result.output.endswith(f"Đầu chuỗi nhật ký: {head(app)}\n")


def test_a_file_that_belongs_to_no_report_is_noted_and_is_no_fault(app: Flask) -> None:
    folder: Path = app.config["FILES"]
    attachments.store(folder, Upload("tep", "a.pdf", (), io.BytesIO(PDF)))
    result = flask(app, "verify")
    assert result.exit_code == 0, result.output
    assert "Lưu ý: 1 tệp trong thư mục tệp không thuộc báo cáo nào." in result.output


def test_it_names_the_report_that_was_changed(app: Flask) -> None:
    send(app, "TU-RG")
    receipt = send(app, "HU-AB")
    change = "UPDATE revision SET answers = replace(answers, 'ú', 'u') WHERE receipt_code = ?"
    run_sql(app, change, receipt)
    result = flask(app, "verify")
    assert result.exit_code == 1
    assert f"Báo cáo có biên nhận {show_code(receipt)}" in result.output
    assert "Khớp" not in result.output


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE revision SET answers = CAST(x'7bc3' AS text) WHERE id = 2", "bảng revision"),
        ("UPDATE revision SET submitted_at = 'hôm nay' WHERE id = 2", "bảng revision"),
        ("UPDATE revision SET answers = x'7b7d' WHERE id = 2", "bảng revision"),
        ("UPDATE audit_entry SET at = 'hôm nay' WHERE id = 2", "bảng audit_entry"),
        ("UPDATE audit_entry SET details = '{' WHERE id = 2", "Nhật ký, dòng 2"),
        ("UPDATE audit_entry SET details = '[]' WHERE id = 2", "Nhật ký, dòng 2"),
        ("UPDATE audit_entry SET actor = x'ff' WHERE id = 2", "Nhật ký, dòng 2"),
        ("UPDATE form_version SET definition = x'ff' WHERE id = 2", "dòng 2"),
    ],
)
def test_what_cannot_even_be_read_is_named(app: Flask, change: str, named: str) -> None:
    for unit_code in ("TU-RG", "HU-AB", "HU-AM"):
        send(app, unit_code)
    run_sql(app, change)
    result = flask(app, "verify")
    assert result.exit_code == 1, result.output
    assert named in result.output
    assert "dòng 2" in result.output


def test_a_damaged_database_file_is_told(app: Flask) -> None:
    send(app, "TU-RG")
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    run_sql(app, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    # The first page of data of every table and index but the schema.
    for page in range(4096, len(content), 4096):
        content[page : page + 8] = b"\xff" * 8
    path.write_bytes(content)
    result = flask(app, "verify")
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    assert "Khớp" not in result.output


# --- the head -------------------------------------------------------------------------------------


def exported(app: Flask, target: Path) -> Mapping[str, str]:
    """Export the workbook; return the head that is printed in it, short and in full."""
    assert flask(app, "export", "kh46", "-o", str(target)).exit_code == 0
    book = openpyxl.load_workbook(target)
    cells = [c.value for row in book["1. Tiến độ báo cáo"].iter_rows() for c in row if c.value]
    book.close()
    line = next(text for text in map(str, cells) if text.startswith("Đầu chuỗi nhật ký"))
    return {"line": line, "full": line.rpartition(" ")[2]}


def test_an_exported_workbook_has_the_head_and_the_log_has_the_workbook(
    app: Flask, tmp_path: Path
) -> None:
    send(app, "TU-RG")
    before = head(app)
    printed = exported(app, tmp_path / "kh46.xlsx")
    assert printed["full"] == before
    assert f"{before[:8]}…{before[-8:]}" in printed["line"]
    with looking(app) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.actor, entry.subject) == (
        "workbook.exported", "system", "campaign:kh46"
    )  # fmt: skip
    digest = hashlib.sha256((tmp_path / "kh46.xlsx").read_bytes()).hexdigest()
    assert entry.details["sha256"] == digest
    assert entry.details["rounds"] == ["dot1", "dot2", "phan_hoi", "kho_khan"]
    assert flask(app, "verify").exit_code == 0


def test_a_printed_head_is_found_in_the_log_or_missed(app: Flask, tmp_path: Path) -> None:
    send(app, "TU-RG")
    printed = exported(app, tmp_path / "kh46.xlsx")["full"]
    for typed in (printed, printed[:8], printed.upper(), f"{printed[:32]} {printed[32:]}"):
        result = flask(app, "verify", "--head", typed)
        assert result.exit_code == 0, result.output
        assert "sau đó có 1" in result.output
    last = "(SELECT max(id) FROM audit_entry)"
    run_sql(app, f"DELETE FROM audit_entry WHERE id = {last}")  # noqa: S608 - the statement is ours
    run_sql(app, f"DELETE FROM audit_entry WHERE id = {last}")  # noqa: S608 - the statement is ours
    run_sql(app, "DELETE FROM revision")
    nothing_sent = "first_sent_at = NULL, sent_at = NULL, revisions = 0"
    run_sql(app, f"UPDATE assignment SET {nothing_sent}")  # noqa: S608 - the statement is ours
    assert flask(app, "verify").exit_code == 0
    missed = flask(app, "verify", "--head", printed)
    assert missed.exit_code == 1
    assert "cắt bớt" in missed.output


@pytest.mark.parametrize("typed", ["", "abc", "không phải", "%" * 64, "g" * 64])
def test_what_is_no_head_is_refused(app: Flask, typed: str) -> None:
    result = flask(app, "verify", "--head", typed)
    assert result.exit_code == 2
    assert "thập lục phân" in result.output
