"""Units: a short link opens the form, keeps the draft, sends the report and shows the receipt."""

from __future__ import annotations

import hashlib
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

from forms.answers import Typed, answers_of, file_ids, is_input, typed_of
from forms.build import given_names
from forms.explanations import explained_checks, typed_explanations
from forms.merging import moved
from forms.tree import Definition, Group, canonical_json
from language.text import clean_lines
from models.database import reading, transaction
from models.problems import Problem
from services import attachments, collecting, materials, reporting
from services.attachments import Kept
from services.reporting import Sending, SentRevision
from views import files
from views.files import Received
from views.filling import (
    THEIRS,
    Filled,
    appeared,
    current_moment,
    is_action,
    new_instance,
    of_this_version,
    plain_label,
    read_request,
    today,
    without_instance,
)
from views.language import asked_language, keep_language
from views.opening import (
    Opened,
    assigned,
    former_form,
    hold_form,
    is_forged,
    open_form,
    owner,
    section_named,
    section_state,
    sections,
    sections_after,
    sent_typed,
    understand,
)
from views.receipts import find_receipt, receipt_page
from views.settling import conflict_page, keep_draft, settle, take
from views.unit_pages import (
    closed_page,
    form_page,
    frame,
    marked_sections,
    not_sent_page,
    part_address,
    review_page,
    shut_page,
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
        collects = collecting.has_children(session, opened.link, today(current_moment()))
        offered = materials.offered(session, opened.link.campaign.code)
    if not opened.link.is_open(current_moment()):
        return shut_page(opened, receipts=sent)
    if request.args.get("all") or not sections(opened.definition):
        return form_page(opened, None)
    return render_template(
        "unit/overview.html",
        opened=opened,
        sections=[(part, section_state(part, opened.read)) for part in sections(opened.definition)],
        collects=collects,
        receipts=sent,
        label=plain_label,
        frame=frame(opened),
        marked=marked_sections(opened),
        materials=offered,
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
        return shut_page(opened)
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
        return shut_page(opened)
    return review_page(opened)


@unit.post("/<unit_code:code>/kiem-tra")
def send(code: str) -> Page:
    """Send the report as the draft has it."""
    filled = read_request()
    if filled.action not in ("submit", "save"):
        abort(400)
    with transaction() as session:
        try:
            opened = hold_form(session, code)
        except Problem as problem:
            return _shut(session, code, filled, problem)
        sent = _sent_before(session, opened, filled)
        if sent and _has_reasons(opened.definition, filled, sent):
            return _receipt_redirect(code, sent.receipt_code)
        if sent:
            filled = replace(filled, instance=_next_instance(filled))
        opened = _settled(session, opened, filled)
        try:
            return _send_draft(session, opened, filled)
        except Problem as problem:
            return _refused(session, opened, filled, problem)


def _send_draft(session: Session, opened: Opened, filled: Filled) -> Page:
    """Send what the draft has, unless it is no longer what the review showed."""
    refused = opened.link.timing(current_moment()).problem
    if refused:
        raise Problem(refused)
    if opened.conflicts:
        return _conflict(session, opened, filled, None)
    if opened.newest != filled.base_revision or opened.seen != filled.seen:
        if opened.draft is not None or _reasons(opened.definition, filled):
            opened = keep_draft(session, opened, filled.instance)
        return review_page(opened, changed=True), 409
    if filled.action == "save":
        keep_draft(session, opened, filled.instance)
        return redirect(url_for("unit.review", code=opened.link.code), 303)
    if not opened.read.valid:
        return review_page(keep_draft(session, opened, filled.instance)), 422
    return _send_explained(session, opened, filled)


def _send_explained(session: Session, opened: Opened, filled: Filled) -> Page:
    """Send the report; once, ask for the reasons that are wanted and were not given."""
    if any(not found.reason for found in opened.differing):
        keep_draft(session, opened, filled.instance)
        return redirect(url_for("collecting.explain_sums", code=opened.link.code), 303)
    if opened.is_unexplained and not filled.unexplained:
        return review_page(keep_draft(session, opened, filled.instance), asking=True), 422
    return _receipt_redirect(opened.link.code, _submit(session, opened, filled))


def _settled(session: Session, opened: Opened, filled: Filled) -> Opened:
    """Return a draft with what was sent after it was begun, and the reasons typed on the review."""
    reasons = _reasons(opened.definition, filled)
    if not opened.is_behind and not reasons:
        return opened
    merged = settle(session, opened, filled, reasons, reasons.__contains__)
    return take(session, opened, merged, merged.over(opened.typed))


def _reasons(definition: Definition, filled: Filled) -> Typed:
    """Return what was typed to explain what is odd."""
    names = explained_checks(definition)
    return Typed({name: texts for name, texts in filled.typed.items() if name in names})


def _has_reasons(definition: Definition, filled: Filled, sent: SentRevision) -> bool:
    """Tell whether a review that was sent before gives the same reasons as then."""
    before = typed_explanations(definition, sent.explanations)
    reasons = _reasons(definition, filled)
    return all(clean_lines(reasons.first(n)) == "".join(before.get(n, [])) for n in reasons)


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
        try:
            opened = hold_form(session, code)
        except Problem as problem:
            return _shut(session, code, filled, problem)
        if not is_action(opened.definition, filled.action):
            abort(400)
        part = section_named(opened.definition, name) if name else None
        sent = _sent_before(session, opened, filled)
        edited = sent and (
            _is_edited(session, opened, filled, part, sent)
            or _brings_files(session, opened, received, sent)
        )
        if sent and not edited:
            return _receipt_redirect(code, sent.receipt_code)
        if sent:
            filled = replace(filled, instance=_next_instance(filled))
        opened = _with_typed(session, opened, filled, part, received)
        try:
            page = _act(session, opened, filled, part)
        except Problem as problem:
            page = _refused(session, opened, filled, problem)
    return files.busy(page) if received.disk_full else page


def _receive(code: str, name: str | None, filled: Filled) -> Received:
    """Put the files of the request on the disk; nobody has to wait meanwhile."""
    if not files.has_files():
        return Received()
    with reading() as session:
        try:
            opened = open_form(session, code)
        except Problem:
            # A link that is not good takes no files; what to say of it is found out below.
            return Received()
        room = attachments.room_bytes(session, assigned(opened.link))
    owns = owner(opened.definition, section_named(opened.definition, name) if name else None)
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
    refused = opened.link.timing(current_moment()).problem
    if refused:
        raise Problem(refused)
    if opened.conflicts:
        return _conflict(session, opened, filled, part)
    new = _appeared(opened, filled, part)
    if filled.action != "submit":
        return _save(session, opened, filled, part, new)
    if new:
        return form_page(keep_draft(session, opened, filled.instance), part, True, new=new), 422
    if opened.read.valid:
        return _send_explained(session, opened, filled)
    return not_sent_page(keep_draft(session, opened, filled.instance), part), 422


def _conflict(session: Session, opened: Opened, filled: Filled, part: Group | None) -> Page:
    """Keep what is not in conflict and let the person choose between the rest."""
    within = all(owner(opened.definition, part)(conflict.name) for conflict in opened.conflicts)
    address = part_address(opened.link.code, part if within else None)
    return conflict_page(keep_draft(session, opened, filled.instance), filled, address), 409


def _appeared(opened: Opened, filled: Filled, part: Group | None) -> list[str]:
    """Return the inputs of this page that somebody without a script has not seen yet."""
    owns, typed = owner(opened.definition, part), opened.typed
    new = appeared(opened.definition, filled.unseen or frozenset(), opened.read)
    return [name for name in new if owns(name) and not typed.first(name)]


def _with_typed(
    session: Session, opened: Opened, filled: Filled, part: Group | None, received: Received
) -> Opened:
    """Put what was typed now over what the draft has; outside `part` the draft stays."""
    owns = owner(opened.definition, part)
    kept = {name: value for name, value in opened.typed.items() if not owns(name)}
    written = given_names(opened.definition)
    sent = of_this_version(session, opened.definition, filled)
    if any(is_input(opened.definition, name) and not owns(name) for name in sent):
        abort(400)  # no page of ours sends the inputs of another section
    reasons = explained_checks(opened.definition)
    typed = {
        name: values
        for name, values in sent.items()
        if name in reasons or name.rpartition("-")[2] not in written
    }
    listed = _listed_files(opened, filled, owns)
    listed, wrong = files.keep(session, assigned(opened.link), received, listed)
    merged = settle(session, opened, filled, Typed(typed), owns)
    taken = take(session, opened, merged, merged.over(Typed({**kept, **typed, **listed})))
    taken.read.errors.update(wrong)
    return replace(taken, refused_files=bool(wrong))


def _sent_before(session: Session, opened: Opened, filled: Filled) -> SentRevision | None:
    """Return what was sent from the same opened form before."""
    if filled.action != "submit":
        return None
    return reporting.sent_from(session, opened.link, filled.instance)


def _is_edited(
    session: Session, opened: Opened, filled: Filled, part: Group | None, sent: SentRevision
) -> bool:
    """Tell whether a form that was sent before now says something else: somebody went back."""
    definition, language = opened.definition, asked_language()
    before = sent_typed(definition, sent)
    typed = of_this_version(session, definition, filled)
    if filled.touched is not None:
        said = {n: typed.getlist(n) for n in filled.touched if filled.keep.get(n) != THEIRS}
        typed = Typed({**before, **said})
    elif part is not None:
        owns = owner(definition, part)
        typed = Typed({**{n: v for n, v in opened.typed.items() if not owns(n)}, **typed})
    now = understand(session, opened.link, definition, typed, 0, None)
    reasons = typed_explanations(definition, now.explanations)
    after = Typed({**typed_of(definition, now.read.data(), language), **reasons})
    return bool(moved(definition, language, before, after))


def _brings_files(session: Session, opened: Opened, received: Received, sent: SentRevision) -> bool:
    """Tell whether a form that was sent before now comes with other files."""
    data = answers_of(opened.definition.digest, sent.answers).data
    before = [id_ for name in received.stored for id_ in file_ids(data.get(name, ""))]
    known = attachments.find(session, assigned(opened.link), before).values()
    digests = {kept.sha256 for kept in known}
    return any(new.sha256 not in digests for files in received.stored.values() for new in files)


def _next_instance(filled: Filled) -> str:
    """Return the instance of a form that was edited after it had been sent."""
    said = canonical_json([filled.instance, dict(filled.typed)])
    return hashlib.sha256(said.encode()).hexdigest()


def _submit(session: Session, opened: Opened, filled: Filled) -> str:
    """Send the report and return its receipt code.

    One that says just what was sent last, and was not returned, has its receipt already.
    """
    sending = Sending(
        opened.link.form_version_id,
        opened.read.answers().canonical(),
        filled.instance or new_instance(),
        opened.base_revision,
        opened.explanations,
    )
    last = reporting.last_revision(session, opened.link)
    if last and opened.link.stage == "sent" and _says_the_same(sending, last):
        return last.receipt_code
    return reporting.submit(session, opened.link, sending, current_moment()).code


def _says_the_same(sending: Sending, sent: SentRevision) -> bool:
    return (sending.form_version_id, sending.answers, sending.explanations) == (
        sent.form_version_id,
        sent.answers,
        sent.explanations,
    )


def _save(
    session: Session, opened: Opened, filled: Filled, part: Group | None, new: list[str]
) -> Page:
    """Keep the draft, then show the next section, or this one when something in it is wrong."""
    verb, _sep, target = filled.action.partition(":")
    if verb == "remove":
        opened = replace(opened, typed=without_instance(opened.typed, target))
    opened = keep_draft(session, opened, filled.instance)
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
    owns = owner(opened.definition, part)
    wrong = any(e.kind == "invalid" and owns(n) for n, e in opened.read.errors.items())
    if part is None or wrong:
        return part_address(code, part, saved=1)
    rest = [s for s in sections_after(opened.definition, part) if s.name not in opened.read.hidden]
    if rest:
        return part_address(code, rest[0])
    return url_for("unit.review", code=code)


def _receipt_redirect(code: str, receipt_code: str) -> HttpResponse:
    return redirect(url_for("unit.receipt", code=code, receipt_code=receipt_code), 303)


# What keeps a report from being sent while the link is good: it stays as the draft.
KEPT = frozenset(
    {
        "campaign_archived",
        "late_refused",
        "report_accepted",
        "round_closed",
        "round_not_open",
        "unit_withdrawn",
    }
)


def _refused(session: Session, opened: Opened, filled: Filled, problem: Problem) -> Page:
    """Keep what was typed and show it again, with the reason."""
    if problem.code not in KEPT:
        raise problem
    opened = keep_draft(session, opened, filled.instance)
    return closed_page(opened, problem, typed=True), problem.status


def _shut(session: Session, code: str, filled: Filled, problem: Problem) -> Page:
    """Show what was typed on the page of a link that was revoked meanwhile; it is not kept.

    The link may be in the wrong hands.
    """
    if problem.code != "link_revoked":
        raise problem
    opened = former_form(session, code, filled)
    return closed_page(opened, problem, typed=True, kept=False), problem.status
