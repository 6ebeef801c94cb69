"""Units: a short link opens the form, keeps the draft, sends the report and shows the receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import (
    Blueprint,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as HttpResponse

from forms.answers import Typed, is_input
from forms.build import given_names
from forms.tree import Group
from models.database import reading, transaction
from models.problems import Problem
from services import attachments, reporting
from services.attachments import Kept
from services.reporting import Sending
from views import files
from views.files import Received
from views.filling import (
    Filled,
    appeared,
    current_moment,
    is_action,
    new_instance,
    of_this_version,
    plain_label,
    read_request,
    without_instance,
)
from views.language import keep_language
from views.opening import (
    Opened,
    assigned,
    is_forged,
    open_form,
    owner,
    remaining,
    section_named,
    section_state,
    sections,
    sections_after,
    understand,
)
from views.receipts import find_receipt, receipt_page
from views.unit_pages import (
    closed_page,
    form_page,
    not_sent_page,
    part_address,
    review_page,
    stale_page,
)

unit = Blueprint("unit", __name__)
unit.url_defaults(keep_language)

Page = str | HttpResponse | tuple[str, int]


@unit.after_request
def keep_private(response: HttpResponse) -> HttpResponse:
    """Let no cache but the browser's own keep what a unit typed."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


# --- pages ----------------------------------------------------------------------------------------


@unit.get("/<unit_code:code>")
def overview(code: str) -> Page:
    """Show the task list of the form; with `?all=1`, or without sections, the whole form."""
    with reading() as session:
        opened = open_form(session, code)
        sent = reporting.revisions(session, assigned(opened.link))
    if not opened.link.is_open(current_moment()):
        return closed_page(opened, sent), 410
    if request.args.get("all") or not sections(opened.definition):
        return form_page(opened, None)
    return render_template(
        "unit/overview.html",
        opened=opened,
        sections=[(part, section_state(part, opened.read)) for part in sections(opened.definition)],
        receipts=sent,
        label=plain_label,
        remaining=remaining(opened.link),
    )


@unit.post("/<unit_code:code>")
def fill(code: str) -> Page:
    """Take the whole form: keep it as the draft, or send it."""
    return _take(code, None)


@unit.get("/<unit_code:code>/muc/<name>")
def section(code: str, name: str) -> Page:
    """Show one section of the form."""
    with reading() as session:
        opened = open_form(session, code)
    if not opened.link.is_open(current_moment()):
        return closed_page(opened), 410
    return form_page(opened, section_named(opened.definition, name))


@unit.post("/<unit_code:code>/muc/<name>")
def fill_section(code: str, name: str) -> Page:
    """Take one section: keep it in the draft and go on to the next one."""
    return _take(code, name)


@unit.get("/<unit_code:code>/kiem-tra")
def review(code: str) -> Page:
    """Show every answer once more, and what is still missing, before sending."""
    with reading() as session:
        opened = open_form(session, code)
    if not opened.link.is_open(current_moment()):
        return closed_page(opened), 410
    return review_page(opened)


@unit.post("/<unit_code:code>/kiem-tra")
def send(code: str) -> Page:
    """Send the report as the draft has it."""
    filled = read_request()
    if filled.action != "submit":
        abort(400)
    with transaction() as session:
        opened = open_form(session, code)
        earlier = _earlier_receipt(session, opened, filled)
        if earlier:
            return _receipt_redirect(code, earlier)
        if not opened.link.is_open(current_moment()):
            return closed_page(opened, typed=True), 410
        if not opened.read.valid:
            return review_page(opened), 422
        try:
            return _receipt_redirect(code, _submit(session, opened, filled))
        except Problem as problem:
            return _refused(session, opened, None, problem)


@unit.get("/<unit_code:code>/bien-nhan/<receipt_code>")
def receipt(code: str, receipt_code: str) -> Page:
    """Show a receipt and a copy of exactly what was sent."""
    with reading() as session:
        return receipt_page(session, *find_receipt(session, code, receipt_code))


@unit.get("/<unit_code:code>/tep/<attachment_id>")
def attachment(code: str, attachment_id: str) -> HttpResponse:
    """Send back a file that this unit sent."""
    return files.download(_attachment(code, attachment_id))


@unit.get("/<unit_code:code>/tep/<attachment_id>/anh")
def picture(code: str, attachment_id: str) -> HttpResponse:
    """Show a picture that this unit sent, drawn anew."""
    return files.picture_of(_attachment(code, attachment_id))


def _attachment(code: str, attachment_id: str) -> Kept:
    with reading() as session:
        link = reporting.open_link(session, code, current_moment())
        return attachments.find_one(session, assigned(link), attachment_id)


# --- taking what was typed ------------------------------------------------------------------------


def _take(code: str, name: str | None) -> Page:
    """Take a filled form or section: save it, send it, or give a repeat more or fewer instances."""
    files.allow_files(code)
    filled = read_request()
    received = _receive(code, name, filled)
    with transaction() as session:
        opened = open_form(session, code)
        if not is_action(opened.definition, filled.action):
            abort(400)
        part = section_named(opened.definition, name) if name else None
        earlier = _earlier_receipt(session, opened, filled)
        if earlier:
            return _receipt_redirect(code, earlier)
        opened = _with_typed(session, opened, filled, part, received)
        try:
            page = _act(session, opened, filled, part)
        except Problem as problem:
            page = _refused(session, opened, part, problem)
    return files.busy(page) if received.disk_full else page


def _receive(code: str, name: str | None, filled: Filled) -> Received:
    """Put the files of the request on the disk; nobody has to wait meanwhile."""
    if not files.has_files():
        return Received()
    with reading() as session:
        opened = open_form(session, code)
        if _earlier_receipt(session, opened, filled):
            return Received()
        room = attachments.room_bytes(session, assigned(opened.link))
    owns = owner(section_named(opened.definition, name) if name else None)
    asked = files.asked_files(opened.definition, owns)
    return files.receive(asked, _listed_files(opened, filled, owns), room)


def _listed_files(
    opened: Opened, filled: Filled, owns: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Return the ids of the files that each question of the page keeps."""
    return {
        name: [file.id for file in kept if file.id not in filled.removed_files]
        for name, kept in opened.files.items()
        if owns(name)
    }


def _act(session: Session, opened: Opened, filled: Filled, part: Group | None) -> Page:
    """Do what the button says that was pressed."""
    if is_forged(opened):
        return form_page(opened, part, True), 422
    new = _appeared(opened, filled, part)
    if filled.action != "submit":
        return _save(session, opened, filled, part, new)
    if new:
        _save_draft(session, opened)
        return form_page(opened, part, True, new=new), 422
    if opened.read.valid:
        return _receipt_redirect(opened.link.code, _submit(session, opened, filled))
    _save_draft(session, opened)
    return not_sent_page(opened, part), 422


def _appeared(opened: Opened, filled: Filled, part: Group | None) -> list[str]:
    """Return the inputs of this page that somebody without a script has not seen yet."""
    owns, typed = owner(part), opened.typed
    new = appeared(opened.definition, filled.unseen or frozenset(), opened.read)
    return [name for name in new if owns(name) and not typed.first(name)]


def _with_typed(
    session: Session, opened: Opened, filled: Filled, part: Group | None, received: Received
) -> Opened:
    """Put what was typed now over what the draft has; outside `part` the draft stays."""
    owns = owner(part)
    kept = {name: value for name, value in opened.typed.items() if not owns(name)}
    written = given_names(opened.definition)
    sent = of_this_version(session, opened.definition, filled)
    if any(is_input(opened.definition, name) and not owns(name) for name in sent):
        abort(400)  # no page of ours sends the inputs of another section
    typed = {n: values for n, values in sent.items() if n.rpartition("-")[2] not in written}
    listed = _listed_files(opened, filled, owns)
    listed, wrong = files.keep(session, assigned(opened.link), received, listed)
    merged = Typed({**kept, **typed, **listed})
    base = opened.base_revision if filled.base_revision is None else filled.base_revision
    taken = understand(
        session, opened.link, opened.definition, merged, base, opened.saved_at, opened.typed
    )
    taken.read.errors.update(wrong)
    return replace(taken, refused_files=bool(wrong))


def _earlier_receipt(session: Session, opened: Opened, filled: Filled) -> str | None:
    """Return the receipt code of the same opened form when it has been sent before."""
    if filled.action != "submit":
        return None
    return reporting.earlier_receipt(session, opened.link, filled.instance)


def _submit(session: Session, opened: Opened, filled: Filled) -> str:
    """Send the report and return its receipt code."""
    sending = Sending(
        opened.link.form_version_id,
        opened.read.answers().canonical(),
        filled.instance or new_instance(),
        filled.base_revision or 0,
    )
    return reporting.submit(session, opened.link, sending, current_moment()).code


def _save_draft(session: Session, opened: Opened) -> None:
    reporting.save_draft(
        session,
        opened.link,
        opened.link.form_version_id,
        dict(opened.typed),
        opened.base_revision,
        current_moment(),
    )


def _save(
    session: Session, opened: Opened, filled: Filled, part: Group | None, new: list[str]
) -> Page:
    """Keep the draft, then show the next section, or this one when something in it is wrong."""
    verb, _sep, target = filled.action.partition(":")
    if verb == "remove":
        opened = replace(opened, typed=without_instance(opened.typed, target))
    _save_draft(session, opened)
    if opened.refused_files:
        return form_page(opened, part), 422
    if new and verb == "save":
        return redirect(part_address(opened.link.code, part, saved=1, _anchor=f"q-{new[0]}"), 303)
    return redirect(_after_saving(opened, part, verb, target), 303)


def _after_saving(opened: Opened, part: Group | None, verb: str, target: str) -> str:
    code = opened.link.code
    if verb in ("add", "remove"):
        repeat = target.partition("-")[0]
        more = {"more": repeat} if verb == "add" else {}
        return part_address(code, part, _anchor=f"q-{repeat}", **more)
    owns = owner(part)
    wrong = any(e.kind == "invalid" and owns(n) for n, e in opened.read.errors.items())
    if part is None or wrong:
        return part_address(code, part, saved=1)
    rest = [s for s in sections_after(opened.definition, part) if s.name not in opened.read.hidden]
    if rest:
        return part_address(code, rest[0])
    return url_for("unit.review", code=code)


def _receipt_redirect(code: str, receipt_code: str) -> HttpResponse:
    return redirect(url_for("unit.receipt", code=code, receipt_code=receipt_code), 303)


def _refused(session: Session, opened: Opened, part: Group | None, problem: Problem) -> Page:
    """Show what was typed again, with the reason; nothing typed is lost."""
    if problem.code == "stale_revision":
        return stale_page(session, opened, part, problem), problem.status
    if problem.code in ("round_closed", "late_refused"):
        return closed_page(opened, typed=True), problem.status
    raise problem
