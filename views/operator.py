"""The command line: what whoever runs the installation does."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app
from flask.cli import ScriptInfo, pass_script_info
from flask_migrate import upgrade
from flask_security import hash_password
from granian.constants import Interfaces
from granian.errors import FatalError
from granian.server.mp import MPServer
from sqlalchemy.orm import Session

from forms.compile import compile_form
from forms.findings import Finding, FormErrors
from forms.tree import Group, Question
from language.codes import show_code
from language.dates import format_moment
from models.account import ROLES
from models.campaign import PUBLIC
from models.database import database, reading, transaction
from models.problems import Problem
from services import (
    account_links,
    accounts,
    attachments,
    audit,
    campaigns,
    consolidation,
    demonstration,
    feedback_counts,
    letters,
    retention,
    units,
    verification,
)
from services.accounts import Rights
from services.unit_files import UnitErrors
from services.units import ImportPlan
from services.verification import Mismatch, Summary
from settings import Settings
from views import account_mail, delivery, first_account
from views.assets import make_all
from views.delivery import deliver_waiting
from views.export_options import read_options, workbook_options
from views.files import files_folder
from views.filling import current_moment
from views.turns import THREADS
from views.workbook import make_workbook
from views.worker import working_beside

ROOT = Path(__file__).parent.parent
CAMPAIGN = ROOT / "campaigns" / "kh46"
LIBRARY = ROOT / "forms" / "library"
# What a worker of the server makes for itself.
APPLICATION = "app:create_app"
BACKLOG = 2048
# What a request of that age still sends, it sends again: whoever stops the server is not kept.
KILL_SECONDS = 30
BAD_INPUT = 2
LANGUAGE = "vi"

# A day: nobody waits for a command that sends thousands of letters.
LONGEST_SENDING_SECONDS = 24 * 3600.0
# So many acts of the demonstration are committed together.
BATCH = 50

# Where the links in letters to accounts lead.
PASSWORD_PATH = "/ban/dat-mat-khau"  # noqa: S105 - an address
SENTENCES = {
    "account_last_admin": "Đây là quản trị viên cuối cùng; chưa ngừng tài khoản.",
    "account_unknown": "Không có tài khoản {email} đang dùng, hoặc vừa có quá nhiều đường dẫn.",
    "campaign_not_empty": "Chuyên đề “{campaign}” đã có số liệu; không tạo số liệu mẫu.",
    "campaign_unknown": "Không có chuyên đề mã “{campaign}”.",
    "database_busy": "Cơ sở dữ liệu đang bận, không kết nối được hoặc hết chỗ lưu; chưa lưu gì.",
    "email_invalid": "Địa chỉ thư điện tử “{email}” chưa đúng.",
    "email_taken": "Đã có tài khoản {email}.",
    "form_not_anonymous": (
        "Biểu mẫu của đợt lấy ý kiến ẩn danh làm lộ người trả lời ({cells}); chưa cài đặt gì."
    ),
    "round_ambiguous": "Nhiều chuyên đề cùng có đợt mã “{round}”.",
    "round_unknown": "Không có đợt mã “{round}”.",
}

# Without a group of its own: the commands stand directly under `flask`.
operator = Blueprint("operator", __name__, cli_group=None)


@contextmanager
def told_refusals() -> Iterator[None]:
    """Say why something was refused, in one sentence, instead of a stack of calls."""
    try:
        yield
    except Problem as problem:
        fail(SENTENCES.get(problem.code, problem.code).format(**problem.details))


def fail(sentence: str) -> NoReturn:
    """Print a sentence to the error output and end with exit code 2."""
    click.echo(sentence, err=True)
    raise SystemExit(BAD_INPUT)


def settings() -> Settings:
    """Return the settings of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


# --- the installation -----------------------------------------------------------------------------


@operator.cli.command("init")
def initialise() -> None:
    """Create or migrate the database and install the shipped campaign; safe to repeat."""
    prepare()


@operator.cli.command("serve", with_appcontext=False)
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes.")
@pass_script_info
def serve(info: ScriptInfo, workers: int) -> None:
    """Do what `init` does, then serve at HOST and PORT, with a worker beside the web processes."""
    app = info.load_app()
    with app.app_context():
        prepare()
        place = settings()
        # Workers are copies of this process; none may hold a connection of another.
        database.engine.dispose()
    make_all()
    # So the application is imported once, and not again by every worker.
    multiprocessing.set_start_method("fork")
    server = StoppedOnce(
        APPLICATION,
        factory=True,
        address=place.host,
        port=place.port,
        interface=Interfaces.WSGI,
        workers=workers,
        # They answer one request at a time all the same.
        blocking_threads=THREADS,
        backlog=BACKLOG,
        websockets=False,
        # Nobody may learn who answered when.
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    )
    try:
        with working_beside(app):
            server.serve()
    except FatalError as error:
        raise SystemExit(1) from error


class StoppedOnce(MPServer):
    """A server that a second signal, close behind the first, does not keep from ending.

    The handler of granian sets an event; entered again in the middle of that, it waits for itself.
    """

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        """Take the first signal to end."""
        if not self.interrupt_signal:
            self.interrupt_signal = True
            self.main_loop_interrupt.set()


@operator.cli.command("work")
def work() -> None:
    """Deliver letters and do the other background tasks, without the server.

    `serve` does that, too: this is for who runs the web processes in another way.
    """
    current_app.extensions["work"]()


def prepare() -> None:
    """Create or migrate the database, install the campaign, tell where to make an account."""
    # What is created here holds reports: for the user who runs this, and nobody else.
    os.umask(0o077)
    settings().home.mkdir(parents=True, exist_ok=True)
    with told_refusals():
        if not is_migrated():
            upgrade()
            click.echo("Đã tạo hoặc nâng cấp cơ sở dữ liệu.")
        now = current_moment()
        with transaction() as session:
            attachments.tidy(session, files_folder(), now)
            if campaigns.install(session, CAMPAIGN, LIBRARY, now):
                click.echo("Đã cài đặt chuyên đề, biểu mẫu, danh mục đơn vị và đường dẫn.")
            first = not accounts.any_account(session)
    if first:
        token = first_account.make_token(settings().secret_key, now)
        click.echo("Mở đường dẫn này trong vòng 7 ngày để đặt mật khẩu cho tài khoản đầu tiên:")
        click.echo(f"{settings().public_url}{first_account.PATH}/{token}")


def is_migrated() -> bool:
    """Tell whether the database is at the newest revision of the migrations."""
    newest = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


# --- accounts -------------------------------------------------------------------------------------


@operator.cli.group("account")
def account() -> None:
    """Manage board accounts."""


@account.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the account may do.")
@click.option("--campaign", "campaigns", multiple=True, help="Only in this campaign; repeatable.")
def create_account(email: str, role: str, campaigns: tuple[str, ...]) -> None:
    """Create an account; its password is asked for, or read from standard input (one line).

    Without --campaign it is for all campaigns.
    """
    with told_refusals():
        email = accounts.normalise_email(email)
    util = current_app.extensions["security"].password_util
    faults, normalised = util.validate(read_password(), True, email=email)
    if faults:
        fail(f"{' '.join(faults)} Chưa tạo tài khoản.")
    with told_refusals(), transaction() as session:
        now = current_moment()
        created = accounts.create_account(session, email, hash_password(normalised), role, now)
        rights = Rights(role, not campaigns, campaigns)
        accounts.change_rights(session, created.id, rights, audit.SYSTEM, now)
    click.echo(f"Đã tạo tài khoản {created.email} ({created.role}).")


@account.command("link")
@click.argument("email")
def make_link(email: str) -> None:
    """Print a link by which the owner of an account sets a password: once, and soon."""
    with told_refusals(), transaction() as session:
        link = account_links.forgotten(session, email, current_moment())
        if link is None:
            raise Problem("account_unknown", email=email)
    click.echo(
        "Mở đường dẫn này để đặt mật khẩu; dùng được một lần, đến "
        f"{format_moment(link.expires_at)}:"
    )
    click.echo(f"{settings().public_url}{PASSWORD_PATH}/{link.secret}")


@account.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Shut an account out; wherever it is signed in, that ends at once."""
    with told_refusals(), transaction() as session:
        found = accounts.find_by_email(session, email)
        if found is None:
            raise Problem("account_unknown", email=email)
        accounts.set_active(session, found.id, False, audit.SYSTEM, current_moment())
    click.echo(f"Đã ngừng tài khoản {email}.")


@account.command("reset-two-factor")
@click.argument("email")
def reset_two_factor(email: str) -> None:
    """Let an account sign in with its password alone, until it sets up a second factor again."""
    with told_refusals(), transaction() as session:
        found = accounts.find_by_email(session, email)
        if found is None:
            raise Problem("account_unknown", email=email)
        accounts.reset_second_factor(session, found.id, audit.SYSTEM, current_moment())
    click.echo(f"Đã bỏ xác thực hai lớp của {email}.")


def read_password() -> str:
    """Ask for a password twice without showing it, or take the first line of standard input."""
    if sys.stdin.isatty():
        again = "Nhập lại mật khẩu"
        return str(click.prompt("Mật khẩu", hide_input=True, confirmation_prompt=again))
    return sys.stdin.readline().rstrip("\r\n")


# --- units ----------------------------------------------------------------------------------------


@operator.cli.group("units")
def unit_commands() -> None:
    """Manage the directory of units."""


@unit_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", is_flag=True, help="Do it; without this, only show what would change.")
def import_units(file: Path, *, apply: bool) -> None:
    """Add and change units from a .csv or .xlsx FILE with columns named as in units.csv.

    Units that are not in the file stay as they are, and so do fields without a column. New units
    stand after all others. They are not asked in any round by this: that is for the board to do.
    One wrong cell, and nothing is imported.
    """
    try:
        with told_refusals(), transaction() as session:
            units.hold(session)
            plan = units.plan_import(session, file.read_bytes(), file.name)
            if apply:
                units.apply_import(session, plan, current_moment())
    except UnitErrors as errors:
        for error in errors.errors:
            where = f"Dòng {error.line}, cột {error.column} ({error.cell}): " if error.cell else ""
            click.echo(f"{where}{error.sentence(LANGUAGE)}", err=True)
        fail(f"Có {len(errors.errors)} lỗi; chưa nhập đơn vị nào.")
    show_plan(plan)
    if apply:
        click.echo("Đã nhập." if not plan.empty else "Không có gì thay đổi.")
    elif not plan.empty:
        click.echo("Chưa nhập; chạy lại với --apply để nhập.")
    if apply and plan.added:
        click.echo("Đơn vị mới chưa được giao đợt báo cáo nào; Ban giao khi cần.")


def show_plan(plan: ImportPlan) -> None:
    """Print what an import changes, a line for each unit or field, and the counts."""
    for added in plan.added:
        click.echo(f"+ {added.code:<12} {added.row.values['name']}")
    for changed in plan.changed:
        for field in changed.changes:
            old, new = show_value(field.old), show_value(field.new)
            click.echo(f"~ {changed.code:<12} {field.name}: {old} -> {new}")
    counts = f"Thêm {len(plan.added)}, sửa {len(plan.changed)}, giữ nguyên {plan.unchanged}"
    click.echo(f"{counts}; không bỏ đơn vị nào.")


def show_value(value: object) -> str:
    """Return a field of a unit as it would stand in the file."""
    if isinstance(value, bool):
        return "co" if value else "khong"
    return str(value) or "(trống)"


# --- forms ----------------------------------------------------------------------------------------


@operator.cli.group("forms")
def form_commands() -> None:
    """Check forms written as XLSForms."""


@form_commands.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_form(file: Path) -> None:
    """Compile an XLSForm FILE (.xlsx, .xls, .csv or .md): list its questions, or every error.

    Lists of choices (.csv) and pictures are looked for in the folder of FILE.
    """
    try:
        compiled = compile_form(file.read_bytes(), file.name, FilesBeside(file))
    except FormErrors as errors:
        for error in errors.errors:
            click.echo(show_finding(error), err=True)
        fail(f"Có {len(errors.errors)} lỗi; chưa thể phát hành biểu mẫu này.")
    definition = compiled.definition
    click.echo(f"{definition.form_id}: {definition.title.text(LANGUAGE)}")
    for place in definition.places.values():
        click.echo("  " * (len(place.groups) + 1) + show_item(place.item))
    for warning in compiled.warnings:
        click.echo(f"Lưu ý: {show_finding(warning)}")
    for found in compiled.identifying:
        click.echo(f"Không dùng được cho phiếu ẩn danh: {show_finding(found)}")
    click.echo(f"{len(definition.questions)} câu hỏi, {len(definition.tables)} biểu tổng hợp.")


class FilesBeside(Mapping[str, bytes]):
    """The other files in the folder of a form by name, each read when it is asked for."""

    def __init__(self, form: Path) -> None:
        self.paths = {p.name: p for p in form.parent.iterdir() if p.is_file() and p != form}

    def __getitem__(self, name: str) -> bytes:
        """Return the bytes of a file."""
        return self.paths[name].read_bytes()

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self.paths)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self.paths)


def show_finding(finding: Finding) -> str:
    """Return a finding with its sheet and cell, when it has any."""
    place = f"{finding.place}: " if finding.place else ""
    return f"{place}{finding.sentence(LANGUAGE)}"


def show_item(item: Question | Group) -> str:
    """Return a question or group as a line: its name, type and label."""
    kind = item.type if isinstance(item, Question) else "repeat" if item.repeat else "group"
    return f"{item.name} ({kind}) {item.labels.text(LANGUAGE)}".rstrip()


# --- links and exports ----------------------------------------------------------------------------


@operator.cli.command("links")
@click.argument("round_code", metavar="ROUND")
@click.option(
    "--campaign",
    "campaign_code",
    metavar="CAMPAIGN",
    help="Where several campaigns have such a round.",
)
@click.option("--format", "form", type=click.Choice(["csv"]), default="csv", show_default=True)
def list_links(round_code: str, campaign_code: str | None, form: str) -> None:
    """Print the links of a ROUND: unit_code,unit_name,url, or label,url for a public round."""
    del form  # There is one so far; scripts name it.
    with told_refusals(), reading() as session:
        public = campaigns.find_round(session, round_code, campaign_code).kind == PUBLIC
        links = campaigns.links(session, round_code, campaign_code)
    address = settings().public_url
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\n")
    if public:
        rows.writerow(("label", "url"))
        rows.writerows((link.label, f"{address}/{link.code}") for link in links)
    else:
        rows.writerow(("unit_code", "unit_name", "url"))
        rows.writerows((link.unit_code, link.unit_name, f"{address}/{link.code}") for link in links)
    # As bytes: UTF-8 and line feeds, whatever the terminal is.
    click.echo(output.getvalue().encode(), nl=False)


@operator.cli.command("export")
@click.argument("campaign_code", metavar="CAMPAIGN")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The .xlsx file to write.",
)
@workbook_options
def export(campaign_code: str, output: Path, **chosen: Any) -> None:
    """Write the consolidated workbook of a CAMPAIGN, and note that in the log.

    The options are those of the page of workbooks; what is chosen is printed on the cover.
    """
    now = current_moment()
    with told_refusals(), reading() as session:
        options, faults = read_options(session, campaign_code, chosen)
        if faults:
            fail("\n".join(faults))
        collected = consolidation.collect(session, campaign_code, now, options=options)
    workbook = make_workbook(collected)
    with told_refusals(), transaction() as session:
        # First: no workbook is in anybody's hands that the log does not speak of.
        consolidation.note_export(session, collected, workbook, audit.SYSTEM, now)
    try:
        output.write_bytes(workbook)
    except OSError:
        fail(f"Không ghi được {output}; vui lòng kiểm tra thư mục và quyền ghi.")
    click.echo(f"Đã ghi {output}.")


# --- personal data --------------------------------------------------------------------------------


@operator.cli.command("retention")
def erase_due() -> None:
    """Erase contacts that have been kept long enough, and note that in the log."""
    more = True
    while more:
        with told_refusals(), transaction() as session:
            erased = retention.erase_due(session, current_moment())
        more = erased.more
        click.echo(
            f"Đã xóa {erased.contacts} đầu mối, địa chỉ của {erased.letters} thư, thông tin "
            f"liên hệ trong {erased.drafts} bản nháp và {erased.reports} báo cáo."
        )
    delivery.forget_files()
    account_mail.forget_files()


# --- proof ----------------------------------------------------------------------------------------

# What the first row that does not match is called, by the code of the mismatch.
MISMATCHES = {
    "database": "Tệp cơ sở dữ liệu bị hỏng: {told}.",
    "unreadable": "Không đọc được dòng {row} của bảng {table}: dữ liệu đã bị sửa hoặc bị hỏng.",
    "form": "Biểu mẫu đã phát hành, dòng {row} của bảng form_version, không khớp mã băm.",
    "form_file": "Tệp kèm biểu mẫu, dòng {row} của bảng form_file, không khớp mã băm.",
    "revision": (
        "Báo cáo có biên nhận {receipt}, dòng {row} của bảng revision, không khớp mã băm: "
        "nội dung, thời điểm, đơn vị hoặc mã biên nhận đã bị sửa."
    ),
    "revision_loose": (
        "Báo cáo có biên nhận {receipt}, dòng {row} của bảng revision, không còn gắn với đơn vị, "
        "đợt báo cáo hoặc biểu mẫu nào."
    ),
    "revision_unnoted": (
        "Báo cáo có biên nhận {receipt}, dòng {row} của bảng revision, không có trong nhật ký."
    ),
    "revision_missing": (
        "Nhật ký, dòng {row}, ghi biên nhận {receipt}, nhưng không còn báo cáo đó."
    ),
    "revision_changed": (
        "Báo cáo có biên nhận {receipt} không khớp với mã băm đã ghi ở nhật ký, dòng {row}."
    ),
    "revision_twice": "Nhật ký, dòng {row}, ghi biên nhận {receipt} lần thứ hai.",
    "redaction_unnoted": (
        "Từ báo cáo có biên nhận {receipt}, dòng {row} của bảng revision, có câu trả lời bị xóa mà "
        "nhật ký không ghi."
    ),
    "redaction_changed": (
        "Nhật ký, dòng {row}, ghi việc xóa thông tin liên hệ của báo cáo có biên nhận {receipt}, "
        "nhưng báo cáo hiện có không phải là phần còn lại đã ghi."
    ),
    "files_changed": (
        "Tệp gửi kèm báo cáo có biên nhận {receipt} không phải là tệp đã ghi ở nhật ký, dòng {row}."
    ),
    "decision_changed": (
        "Nhật ký, dòng {row}: việc duyệt, trả lại hoặc gia hạn ghi ở dòng này đã bị sửa hoặc xóa."
    ),
    "decision_unnoted": "Dòng {row} của bảng {table} không có trong nhật ký.",
    "log_broken": (
        "Nhật ký, dòng {row}, không nối tiếp dòng trước: có dòng đã bị xóa, thêm hoặc đổi chỗ."
    ),
    "log_entry": "Nhật ký, dòng {row}, không khớp mã băm: nội dung dòng này đã bị sửa.",
    "progress": (
        "Dòng {row} của bảng assignment: tiến độ ghi ở đó không đúng với những gì đã gửi, trả lại, "
        "duyệt hoặc gia hạn."
    ),
    "feedback": "Nhóm phiếu phản hồi {row}: số liệu tổng hợp không đúng với các phiếu đã nhận.",
    "file_missing": "Tệp gửi kèm “{name}”, dòng {row} của bảng attachment, không còn.",
    "file_altered": "Tệp gửi kèm “{name}”, dòng {row} của bảng attachment, đã bị sửa.",
    "material_missing": "Tài liệu “{name}”, dòng {row} của bảng material_file, không còn.",
    "material_altered": "Tài liệu “{name}”, dòng {row} của bảng material_file, đã bị sửa.",
    "file_row": "Dòng {row} của bảng attachment, tệp “{name}”, đã bị sửa.",
}
NOT_MATCHING = 1
HEAD = re.compile("[0-9a-f]{8,64}")


@operator.cli.command("verify")
@click.option("--head", metavar="HEX", help="Also say whether the log has held this head.")
def verify(head: str | None) -> None:
    """Check that nothing sent, decided, noted or kept has been changed since.

    Recomputes every digest and reads every kept file. Names the first row that does not match and
    ends with exit code 1. A HEAD that was printed on a workbook, of at least 8 digits, tells
    whether newer entries have been cut off the log since.
    """
    try:
        with told_refusals(), reading() as session:
            if head is not None:
                show_head(session, head)
            summary = verification.verify(session, current_app.config["FILES"])
    except Mismatch as mismatch:
        click.echo(mismatch_sentence(mismatch), err=True)
        raise SystemExit(NOT_MATCHING) from None
    show_summary(summary)


def mismatch_sentence(mismatch: Mismatch) -> str:
    """Return which row does not match, in words."""
    details = {**mismatch.details, "receipt": show_code(str(mismatch.details.get("receipt", "")))}
    return MISMATCHES[mismatch.code].format(**details)


def show_head(session: Session, typed: str) -> None:
    """Say which entry of the log a head is; end with exit code 1 when it is none."""
    head = re.sub(r"\s", "", typed).lower()
    if not HEAD.fullmatch(head):
        fail("Đầu chuỗi là dãy 64 chữ số thập lục phân; có thể chỉ nhập từ 8 chữ số đầu.")
    found = verification.find_head(session, head)
    if found is None:
        click.echo(f"Nhật ký không có đầu chuỗi {head}: đã bị cắt bớt hoặc thay thế.", err=True)
        raise SystemExit(NOT_MATCHING)
    moment = format_moment(found.at, LANGUAGE)
    click.echo(f"Đầu chuỗi là dòng {found.entry} của nhật ký, {moment}; sau đó có {found.later}.")


def show_summary(summary: Summary) -> None:
    """Print what was checked and found well."""
    click.echo(
        f"Khớp: {summary.entries} dòng nhật ký, {summary.revisions} báo cáo, "
        f"{summary.decisions} lượt duyệt, trả lại, gia hạn, "
        f"{summary.forms} phiên bản biểu mẫu, {summary.files} tệp gửi kèm."
    )
    if summary.unnamed:
        click.echo(f"Lưu ý: {summary.unnamed} tệp trong thư mục tệp không thuộc báo cáo nào.")
    click.echo(f"Đầu chuỗi nhật ký: {summary.head}")


# --- letters --------------------------------------------------------------------------------------


@operator.cli.group("letters")
def letter_commands() -> None:
    """Deliver letters to units."""


@letter_commands.command("send")
def send_letters() -> None:
    """Deliver every letter that is waiting, those that failed before included."""
    with told_refusals():
        with transaction() as session:
            letters.hurry(session)
        done = deliver_waiting(seconds=LONGEST_SENDING_SECONDS)
        with reading() as session:
            left = letters.count_undelivered(session)
    click.echo(f"Đã gửi {done.sent} thư; còn {left} thư chưa gửi được.")
    if left:
        raise SystemExit(1)


# --- demonstration --------------------------------------------------------------------------------


def _count_feedback() -> None:
    """Count feedback until there is no more that can be counted."""
    counted = 1
    while counted:
        with transaction() as session:
            counted = feedback_counts.count_up(session, current_moment())


@operator.cli.command("demo")
def demonstrate() -> None:
    """Fill the shipped campaign with plausible answers, sent as people send theirs.

    Only a campaign to which nobody has sent anything is filled. The answers are invented: use a
    PHIEU_HOME of its own.
    """
    with told_refusals():
        with reading() as session:
            acts = demonstration.plan(session, CAMPAIGN.name, CAMPAIGN / "demo.toml")
        with click.progressbar(length=len(acts), label="Đang tạo số liệu mẫu") as bar:
            for start in range(0, len(acts), BATCH):
                batch = acts[start : start + BATCH]
                with transaction() as session:
                    for act in batch:
                        act.perform(session, act.at)
                bar.update(len(batch))
        _count_feedback()
        with transaction() as session:
            demonstration.note(session, CAMPAIGN.name, current_moment())
    click.echo(f"Đã tạo số liệu mẫu: {len(acts)} lượt lưu, gửi.")
