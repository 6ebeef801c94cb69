"""The command line, as whoever runs the installation uses it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from exports.options import WorkbookOptions, stored_options
from language.codes import is_valid
from models import Account, AuditEntry, Unit
from models.database import reading, transaction
from services import campaign_desk as desk
from services import campaigns
from services.campaign_desk import Copied
from services.consolidation import collect
from tests.conftest import CAMPAIGN, LIBRARY, make_settings
from tests.factories import WORKING_DAY
from views import first_account
from views.workbook import make_workbook

PASSWORD = "mật khẩu đủ dài để thử"


def flask(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=arguments, input=typed)


@pytest.fixture
def empty_app(empty_database_url: str, tmp_path: Path) -> Flask:
    return create_app(make_settings(tmp_path / "home", empty_database_url))


# --- init -----------------------------------------------------------------------------------------


def test_init_makes_everything_once_and_gives_the_first_link(empty_app: Flask) -> None:
    first = flask(empty_app, "init")
    links = flask(empty_app, "links", "dot1").output
    again = flask(empty_app, "init")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.count("\n") == 4
    assert again.output.count("\n") == 2
    assert flask(empty_app, "links", "dot1").output == links
    address = first.output.splitlines()[-1]
    assert address.startswith("http://127.0.0.1:8000/ban/tai-khoan-dau-tien/")


def test_init_gives_no_link_once_there_is_an_account(app: Flask) -> None:
    flask(app, "account", "create", "a@example.com", "--role", "admin", typed=PASSWORD)
    assert flask(app, "init").output == ""


def test_the_first_link_is_valid_for_a_week_and_cannot_be_made_up() -> None:
    now = datetime(2021, 6, 8, tzinfo=UTC)
    token = first_account.make_token("key", now)
    assert first_account.is_valid("key", token, now + timedelta(days=7))
    assert not first_account.is_valid("key", token, now + timedelta(days=7, seconds=1))
    assert not first_account.is_valid("another key", token, now)
    assert not first_account.is_valid("key", token[:-1], now)


# --- accounts -------------------------------------------------------------------------------------


def test_an_account_takes_its_password_from_standard_input(app: Flask) -> None:
    result = flask(
        app, "account", "create", "Can.Bo@example.com", "--role", "officer", typed=PASSWORD + "\n"
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    with app.app_context(), reading() as session:
        account = session.scalars(select(Account)).one()
        assert account.email == "can.bo@example.com"
        assert account.password.startswith("$argon2")
        normalise = app.extensions["security"].password_util.normalize
        assert account.verify_and_update_password(normalise(PASSWORD))


def create(app: Flask, email: str, role: str) -> None:
    assert flask(app, "account", "create", email, "--role", role, typed=PASSWORD).exit_code == 0


def test_a_link_sets_a_password_without_a_letter(app: Flask) -> None:
    create(app, "a@example.com", "admin")
    printed = flask(app, "account", "link", "A@example.com").output.splitlines()[-1]
    assert printed.startswith("http://127.0.0.1:8000/ban/dat-mat-khau/")
    page = app.test_client().get(printed.removeprefix("http://127.0.0.1:8000"))
    assert "a@example.com" in page.text
    unknown = flask(app, "account", "link", "b@example.com")
    assert (unknown.exit_code, "Không có tài khoản b@example.com" in unknown.output) == (2, True)


def test_an_account_is_shut_out_but_never_the_last_administrator(app: Flask) -> None:
    create(app, "a@example.com", "admin")
    create(app, "b@example.com", "admin")
    assert flask(app, "account", "deactivate", "b@example.com").exit_code == 0
    last = flask(app, "account", "deactivate", "a@example.com")
    assert (last.exit_code, "quản trị viên cuối cùng" in last.output) == (2, True)


def test_a_second_factor_is_taken_away(app: Flask) -> None:
    create(app, "a@example.com", "admin")
    with app.app_context(), transaction() as session:
        session.scalars(select(Account)).one().tf_primary_method = "authenticator"
    assert flask(app, "account", "reset-two-factor", "a@example.com").exit_code == 0
    with app.app_context(), reading() as session:
        assert session.scalars(select(Account.tf_primary_method)).one() is None


def test_a_password_set_with_flask_security_is_noted(app: Flask) -> None:
    create(app, "a@example.com", "admin")
    options = ("users", "change_password", "a@example.com", "--password", "một câu khác hẳn")
    assert flask(app, *options).exit_code == 0
    with app.app_context(), reading() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id.desc())).first()
    assert acts == "account.password_changed"


def test_an_account_may_be_for_some_campaigns_only(app: Flask) -> None:
    options = ("--role", "officer", "--campaign", "kh46")
    created = flask(app, "account", "create", "a@example.com", *options, typed=PASSWORD)
    assert created.exit_code == 0
    wrong = ("--role", "officer", "--campaign", "khong-co")
    refused = flask(app, "account", "create", "b@example.com", *wrong, typed=PASSWORD)
    assert "Không có chuyên đề mã “khong-co”." in refused.output
    with app.app_context(), reading() as session:
        account = session.scalars(select(Account)).one()
        assert (account.everywhere, [c.code for c in account.campaigns]) == (False, ["kh46"])


@pytest.mark.parametrize(
    ("email", "role", "password", "said"),
    [
        ("a@example.com", "admin", "ngắn quá 11", "ít nhất 12 ký tự"),
        ("a@example.com", "admin", "", "ít nhất 12 ký tự"),
        ("không phải thư", "admin", PASSWORD, "chưa đúng"),
        ("a@example.com", "owner", PASSWORD, "owner"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    app: Flask, email: str, role: str, password: str, said: str
) -> None:
    result = flask(app, "account", "create", email, "--role", role, typed=password)
    assert result.exit_code == 2
    assert said in result.output
    with app.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


# --- units ----------------------------------------------------------------------------------------


def test_importing_units_shows_first_and_does_it_when_told(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    text = (CAMPAIGN / "units.csv").read_text(encoding="utf-8")
    file.write_text(
        text.replace("Sở Nội vụ,", "Sở Nội vụ (mới),")
        + "SO-X,Sở Mười,,so_ban_nganh,tinh,,,,,moi,\n",
        encoding="utf-8",
    )
    shown = flask(app, "units", "import", str(file))
    assert shown.exit_code == 0
    assert "+ SO-X         Sở Mười" in shown.output
    assert "name: Sở Nội vụ -> Sở Nội vụ (mới)" in shown.output
    assert "Thêm 1, sửa 1, giữ nguyên 111;" in shown.output
    assert "--apply" in shown.output
    assert count_units(app) == 112
    assert "Đã nhập." in flask(app, "units", "import", str(file), "--apply").output
    assert count_units(app) == 113
    assert "giữ nguyên 113" in flask(app, "units", "import", str(file), "--apply").output


def test_one_bad_row_imports_nothing_and_every_bad_cell_is_named(
    app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text("code,name,group\nA,Sở A,g\nB,,g\nC,Sở C,\n", encoding="utf-8")
    result = flask(app, "units", "import", str(file), "--apply")
    assert result.exit_code == 2
    assert "Dòng 3, cột name (B3): Chưa có giá trị." in result.output
    assert "Dòng 4, cột group (C4): Chưa có giá trị." in result.output
    assert count_units(app) == 112


def count_units(app: Flask) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(Unit)) or 0


# --- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(LIBRARY.glob("*.md")), ids=lambda path: path.stem)
def test_the_shipped_forms_are_right(app: Flask, form: Path) -> None:
    result = flask(app, "forms", "check", str(form))
    assert result.exit_code == 0
    assert result.output.startswith(f"{form.stem}: ")
    assert "câu hỏi" in result.output


def test_a_wrong_form_names_every_error_with_its_sheet_and_cell(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(
        "| survey | type | name | label | relevant |\n"
        "|        | text | a    | A     | ${b} = 1 |\n"
        "|        | geotrace | c | C    |          |\n"
        "| settings | form_title | form_id |\n"
        "|          | X          | x       |\n",
        encoding="utf-8",
    )
    result = flask(app, "forms", "check", str(file))
    assert result.exit_code == 2
    assert "survey!D2: " in result.output
    assert "survey!A3: " in result.output


def test_what_tells_who_answers_is_named_when_a_form_is_checked(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "form.md"
    file.write_text(
        "| survey | type | name | label |\n| | start | luc | |\n| | text | a | A |\n",
        encoding="utf-8",
    )
    result = flask(app, "forms", "check", str(file))
    assert result.exit_code == 0
    assert "Không dùng được cho phiếu ẩn danh: survey!A2: " in result.output


# --- links and the workbook -----------------------------------------------------------------------


def test_links_of_a_closed_round_are_one_for_each_unit(app: Flask) -> None:
    rows = list(csv.reader(io.StringIO(flask(app, "links", "dot1", "--format", "csv").output)))
    assert rows[0] == ["unit_code", "unit_name", "url"]
    assert rows[1][:2] == ["TU-RG", "Thành ủy Rạch Giá"]
    assert len(rows) == 113
    assert all(is_valid(url.removeprefix("http://127.0.0.1:8000/")) for _, _, url in rows[1:])


def test_links_of_a_public_round_are_one_for_each_label(app: Flask) -> None:
    rows = list(csv.reader(io.StringIO(flask(app, "links", "phan_hoi").output)))
    assert rows[0] == ["label", "url"]
    assert [url.rpartition("/")[2][0] for _, url in rows[1:]] == ["p", "p"]


def test_links_are_those_of_one_campaign_where_several_have_the_round(app: Flask) -> None:
    assert flask(app, "links", "dot1", "--campaign", "kh46").output.count("\n") == 113
    with app.app_context(), transaction() as session:
        facts = replace(desk.facts_of(campaigns.find_campaign(session, "kh46")), code="kh47")
        desk.copy(session, "kh46", facts, Copied(True, False), "x@ban.example", WORKING_DAY)
    ambiguous = flask(app, "links", "dot1")
    assert ambiguous.exit_code == 2
    assert flask(app, "links", "dot1", "--campaign", "kh46").output.count("\n") == 113
    assert flask(app, "links", "dot1", "--campaign", "kh47").output.count("\n") == 1


def test_links_end_with_line_feeds(app: Flask) -> None:
    assert b"\r" not in flask(app, "links", "dot1").stdout_bytes


@pytest.mark.parametrize(
    "arguments", [("links", "dot9"), ("export", "kh99", "-o", "never.xlsx"), ("links",)]
)
def test_what_does_not_exist_is_said_so(app: Flask, arguments: tuple[str, ...]) -> None:
    result = flask(app, *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not Path("never.xlsx").exists()


def test_the_workbook_of_an_empty_campaign_opens(app: Flask, tmp_path: Path) -> None:
    target = tmp_path / "kh46.xlsx"
    result = flask(app, "export", "kh46", "-o", str(target))
    assert result.exit_code == 0, result.output
    names = openpyxl.load_workbook(target).sheetnames
    assert names[:2] == ["Bìa", "1. Tiến độ báo cáo"]


def test_tables_are_annexes_unless_letterheads_are_asked_for(app: Flask, tmp_path: Path) -> None:
    firsts = []
    for options in ((), ("--letterhead",)):
        target = tmp_path / "kh46.xlsx"
        assert flask(app, "export", "kh46", "-o", str(target), *options).exit_code == 0
        sheet = openpyxl.load_workbook(target)["2. Biểu 1 - Cuộc, người dự Đ1"]
        firsts.append(sheet["A1"].value)
    assert firsts == ["PHỤ LỤC 1", "TỈNH ỦY KIÊN GIANG"]


def exported(app: Flask, target: Path, *options: str) -> openpyxl.Workbook:
    result = flask(app, "export", "kh46", "-o", str(target), *options)
    assert result.exit_code == 0, result.output
    return openpyxl.load_workbook(target, data_only=True)


def test_the_command_has_every_option_of_the_page_and_passes_it_on(
    app: Flask, tmp_path: Path
) -> None:
    with app.app_context(), transaction() as session:
        facts = replace(desk.facts_of(campaigns.find_campaign(session, "kh46")), code="kh45")
        desk.copy(session, "kh46", facts, Copied(True, False), "x@ban.example", WORKING_DAY)
    options = (
        *("--language", "en", "--round", "dot1", "--round", "phan_hoi"),
        *("--group", "huyen_thanh_uy", "--required-only", "--returned", "--no-communes"),
        *("--least", "25", "--labelled", "--contacts", "--letterhead", "--predecessor", "kh45"),
    )
    book = exported(app, tmp_path / "kh46.xlsx", *options)
    assert book.sheetnames[0] == "Cover"
    with app.app_context(), reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).fetchmany(2)
    assert [entry.act for entry in entries] == ["workbook.exported", "contacts.exported"]
    usual, said = WorkbookOptions().as_details(), entries[0].details
    # None is left as it is by itself: one that the command forgets would be.
    assert {name for name in usual if said[name] == usual[name]} == set()
    assert stored_options({name: said[name] for name in usual}) == WorkbookOptions(
        language="en",
        rounds=("dot1", "phan_hoi"),
        groups=("huyen_thanh_uy",),
        required_only=True,
        returned=True,
        communes=False,
        least=25,
        labelled=True,
        contacts=True,
        letterhead=True,
        predecessor="kh45",
    )


def test_without_options_the_command_makes_the_usual_workbook(app: Flask, tmp_path: Path) -> None:
    exported(app, tmp_path / "kh46.xlsx")
    with app.app_context(), reading() as session:
        newest = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert newest
    usual = {**WorkbookOptions().as_details(), "rounds": newest.details["rounds"]}
    assert usual.items() <= newest.details.items()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--round", "dot9"), "--round: Vui lòng chọn trong danh sách. (dot1, dot2, phan_hoi,"),
        (("--group", "khong_co"), "--group: Vui lòng chọn trong danh sách. (huyen_thanh_uy,"),
        (("--predecessor", "kh99"), "--predecessor: Vui lòng chọn"),
        (("--least", "3"), "--least: Vui lòng nhập số nguyên từ 10 đến 1000"),
    ],
)
def test_a_wrong_option_is_told_and_nothing_is_written(
    app: Flask, tmp_path: Path, options: tuple[str, ...], told: str
) -> None:
    target = tmp_path / "kh46.xlsx"
    result = flask(app, "export", "kh46", "-o", str(target), *options)
    assert (result.exit_code, target.exists()) == (2, False)
    assert told in result.output


# --- demonstration --------------------------------------------------------------------------------


def test_the_demonstration_fills_the_campaign_once(app: Flask, tmp_path: Path) -> None:
    first = flask(app, "demo")
    assert first.exit_code == 0, first.output
    again = flask(app, "demo")
    assert again.exit_code == 2
    assert "đã có số liệu" in again.output
    target = tmp_path / "kh46.xlsx"
    assert flask(app, "export", "kh46", "-o", str(target)).exit_code == 0
    sheet = openpyxl.load_workbook(target, data_only=True)["1. Tiến độ báo cáo"]
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "Nộp trễ" in cells


# --- workbook -------------------------------------------------------------------------------------


def test_a_workbook_that_cannot_be_written_is_told_in_one_sentence(
    app: Flask, tmp_path: Path
) -> None:
    for target in (tmp_path / "nowhere" / "a.xlsx", tmp_path):
        result = flask(app, "export", "kh46", "-o", str(target))
        assert result.exit_code == 2
        assert result.output == (
            f"Không ghi được {target}; vui lòng kiểm tra thư mục và quyền ghi.\n"
        )


def test_the_same_answers_give_the_same_bytes_a_second_later(app: Flask) -> None:
    moment = datetime(2021, 9, 1, 3, 4, 5, tzinfo=UTC)
    with app.app_context(), reading() as session:
        first, later = (
            make_workbook(collect(session, "kh46", moment + timedelta(seconds=seconds)))
            for seconds in (0, 20)
        )
    assert first == later


def test_a_form_finds_the_files_beside_it(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "f.md").write_text(
        "| survey | type | name | label | media::image |\n"
        "| | select_one_from_file xa.csv | xa | Xã | so_do.png |\n"
    )
    refused = flask(app, "forms", "check", str(tmp_path / "f.md"))
    assert refused.exit_code == 2
    assert "xa.csv" in refused.output
    assert "so_do.png" in refused.output
    (tmp_path / "xa.csv").write_text("name,label\nx1,Đông Yên\n")
    (tmp_path / "so_do.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert flask(app, "forms", "check", str(tmp_path / "f.md")).exit_code == 0
