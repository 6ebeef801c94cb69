"""Units: a short link opens the form, keeps the draft, sends the report and shows the receipt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as HttpResponse

from forms.answers import (
    LAST_INSTANCE,
    AnswerError,
    Reading,
    Typed,
    answers_of,
    is_input,
    read,
    typed_of,
)
from forms.build import instance_names
from forms.tree import Definition, Group, walk
from language.codes import is_valid, normalise_code
from language.files import content_disposition
from models.database import reading, transaction
from models.problems import Problem
from services import attachments, definitions, reporting
from services.attachments import Kept, Upload
from services.reporting import OpenLink, SentRevision
from views.errors import sentence
from views.filling import (
    Filled,
    current_moment,
    defaults,
    error_summary,
    new_instance,
    of_this_version,
    page_state,
    plain_label,
    question_label,
    read_request,
    today,
)
from views.language import DEFAULT_LANGUAGE, LANGUAGES, address_in, asked_language
from views.prepared import FormPage, KeptFile, Prepared, json_attribute, mark, prepare
from views.report import ReportSection, report_sections

unit = Blueprint("unit", __name__)

Page = str | HttpResponse | tuple[str, int]
# What the server writes into these questions, whatever a request says.
CODE_QUESTION, NAME_QUESTION = "ma_don_vi", "ten_don_vi"
# What a button asks for; to add to or remove from a repeat it names the repeat.
ACTION = re.compile(r"submit|save|add:(?P<more>\w+)|remove:(?P<less>\w+)-[0-9]{1,2}", re.ASCII)


@unit.after_request
def keep_private(response: HttpResponse) -> HttpResponse:
    """Let no cache but the browser's own keep what a unit typed."""
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@unit.url_defaults
def keep_language(_endpoint: str, values: dict[str, Any]) -> None:
    """Let every link of a page lead to a page in its language."""
    if asked_language() != DEFAULT_LANGUAGE:
        values.setdefault("lang", asked_language())


@dataclass(frozen=True, slots=True)
class Notice:
    """Why what was typed could not be sent, and the report that somebody else has sent."""

    problem: Problem
    sent: SentRevision
    report: tuple[ReportSection, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A form as a unit has opened it: what is typed so far, and what is understood of it."""

    link: OpenLink
    definition: Definition
    typed: Typed
    read: Reading
    files: Mapping[str, KeptFile]
    base_revision: int
    saved_at: datetime | None
    refused_files: bool = False


# --- pages ----------------------------------------------------------------------------------------


@unit.get("/<unit_code:code>")
def overview(code: str) -> Page:
    """Show the task list of the form; with `?all=1`, or without sections, the whole form."""
    with reading() as session:
        opened = _open(session, code)
        sent = reporting.revisions(session, assigned(opened.link))
    if not reporting.is_open(opened.link.round, current_moment()):
        return _closed_page(opened, sent), 410
    if request.args.get("all") or not sections(opened.definition):
        return _form_page(opened, None)
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
        opened = _open(session, code)
    if not reporting.is_open(opened.link.round, current_moment()):
        return _closed_page(opened), 410
    return _form_page(opened, _section(opened.definition, name))


@unit.post("/<unit_code:code>/muc/<name>")
def fill_section(code: str, name: str) -> Page:
    """Take one section: keep it in the draft and go on to the next one."""
    return _take(code, name)


@unit.get("/<unit_code:code>/kiem-tra")
def review(code: str) -> Page:
    """Show every answer once more, and what is still missing, before sending."""
    with reading() as session:
        opened = _open(session, code)
    if not reporting.is_open(opened.link.round, current_moment()):
        return _closed_page(opened), 410
    return _review_page(opened)


@unit.post("/<unit_code:code>/kiem-tra")
def send(code: str) -> Page:
    """Send the report as the draft has it."""
    filled = read_request()
    if filled.action != "submit":
        abort(400)
    with transaction() as session:
        opened = _open(session, code)
        earlier = _earlier_receipt(session, opened, filled)
        if earlier:
            return _receipt_redirect(code, earlier)
        if not reporting.is_open(opened.link.round, current_moment()):
            return _closed_page(opened, typed=True), 410
        if not opened.read.valid:
            return _review_page(opened), 422
        try:
            return _receipt_redirect(code, _submit(session, opened, filled))
        except Problem as problem:
            return _refused(session, opened, None, problem)


@unit.get("/<unit_code:code>/bien-nhan/<receipt_code>")
def receipt(code: str, receipt_code: str) -> Page:
    """Show a receipt and a copy of exactly what was sent."""
    if not is_valid(normalise_code(receipt_code)):
        raise Problem("receipt_unknown")
    with reading() as session:
        link = reporting.open_link(session, code, current_moment())
        sent = reporting.receipt(session, link, receipt_code)
        report = _sent_report(session, link, sent)
    return render_template("unit/receipt.html", link=link, receipt=sent, report=report)


def _sent_report(session: Session, link: OpenLink, sent: SentRevision) -> tuple[ReportSection, ...]:
    """Return what was sent, by the version of the form that asked for it."""
    definition = definitions.definition(session, sent.form_version_id)
    data = answers_of(definition.digest, sent.answers).data
    files = _files(session, link, definition, data)
    return report_sections(definition, data, asked_language(), files=files, contacts=True)


@unit.get("/<unit_code:code>/tep/<attachment_id>")
def attachment(code: str, attachment_id: str) -> HttpResponse:
    """Send back a file that this unit sent."""
    with reading() as session:
        link = reporting.open_link(session, code, current_moment())
        kept = attachments.find(session, assigned(link), [attachment_id]).get(attachment_id)
    if kept is None:
        raise Problem("attachment_unknown")
    response = send_file(files_folder() / kept.id, kept.content_type, max_age=0)
    response.headers["Content-Disposition"] = content_disposition(kept.shown_name)
    return response


# --- opening --------------------------------------------------------------------------------------


def _open(session: Session, code: str) -> Opened:
    """Open the form behind a link, with its draft, its last report or its defaults in it."""
    link = reporting.open_link(session, code, current_moment())
    definition = definitions.definition(session, link.form_version_id)
    draft = reporting.draft_of(session, assigned(link))
    last = None if draft else reporting.last_revision(session, link)
    if draft:
        known = {n: v for n, v in draft.values.items() if is_input(definition, n)}
        typed, base = Typed(known), draft.base_revision
    elif last:
        data = answers_of(definition.digest, last.answers).data
        typed, base = typed_of(definition, data, asked_language()), last.number
    else:
        typed, base = defaults(definition), 0
    return _understood(session, link, definition, typed, base, draft.saved_at if draft else None)


def assigned(link: OpenLink) -> int:
    """Return the assignment behind a link. Raises Problem when the link is a public one."""
    if link.assignment_id is None:
        raise Problem("link_unknown")
    return link.assignment_id


def _understood(
    session: Session,
    link: OpenLink,
    definition: Definition,
    typed: Typed,
    base_revision: int,
    saved_at: datetime | None,
) -> Opened:
    files = _files(session, link, definition, {name: typed.first(name) for name in typed})
    given = {name: typed.first(name) for name in files}
    if link.unit is not None:
        given |= {CODE_QUESTION: link.unit.code, NAME_QUESTION: link.unit.name}
    understood = read(
        definition,
        typed,
        language=asked_language(),
        today=today(current_moment()),
        given=given,
    )
    return Opened(link, definition, typed, understood, files, base_revision, saved_at)


def _files(
    session: Session, link: OpenLink, definition: Definition, data: Mapping[str, Any]
) -> dict[str, KeptFile]:
    """Return the kept files that answers name, by question."""
    questions = [q.name for q in definition.questions if q.type == "file" and data.get(q.name)]
    if not questions:
        return {}
    found = attachments.find(session, assigned(link), [data[name] for name in questions])
    return {
        name: _kept_file(found[data[name]], link.code) for name in questions if data[name] in found
    }


def _kept_file(kept: Kept, code: str) -> KeptFile:
    address = url_for("unit.attachment", code=code, attachment_id=kept.id)
    return KeptFile(kept.shown_name, kept.size_bytes, address)


def files_folder() -> Path:
    """Return the folder of kept files."""
    return Path(current_app.config["FILES"])


# --- taking what was typed ------------------------------------------------------------------------


def _take(code: str, name: str | None) -> Page:
    """Take a filled form or section: save it, send it, or give a repeat more or fewer instances."""
    filled = read_request()
    with transaction() as session:
        opened = _open(session, code)
        if not _is_action(opened.definition, filled.action):
            abort(400)
        part = _section(opened.definition, name) if name else None
        earlier = _earlier_receipt(session, opened, filled)
        if earlier:
            return _receipt_redirect(code, earlier)
        opened = _with_typed(session, opened, filled, part)
        try:
            return _act(session, opened, filled, part)
        except Problem as problem:
            return _refused(session, opened, part, problem)


def _is_action(definition: Definition, action: str) -> bool:
    """Return whether a page of this form has a button for `action`."""
    found = ACTION.fullmatch(action)
    repeat = found and (found["more"] or found["less"])
    return bool(found) and (repeat is None or repeat in instance_names(definition))


def _act(session: Session, opened: Opened, filled: Filled, part: Group | None) -> Page:
    """Do what the button says that was pressed."""
    if _forged(opened):
        return _form_page(opened, part, True), 422
    if filled.action != "submit":
        return _save(session, opened, filled, part)
    if opened.read.valid:
        return _receipt_redirect(opened.link.code, _submit(session, opened, filled))
    _save_draft(session, opened, filled)
    return _not_sent_page(opened, part), 422


def _with_typed(session: Session, opened: Opened, filled: Filled, part: Group | None) -> Opened:
    """Put what was typed now over what the draft has; outside `part` the draft stays."""
    owns = _owner(part)
    kept = {name: value for name, value in opened.typed.items() if not owns(name)}
    files = {
        name: opened.typed[name]
        for name in opened.files
        if owns(name) and name not in filled.removed_files
    }
    questions = {q.name for q in opened.definition.questions if q.type == "file"}
    sent = of_this_version(session, opened.definition, filled)
    if any(is_input(opened.definition, name) and not owns(name) for name in sent):
        abort(400)  # no page of ours sends the inputs of another section
    typed = {name: value for name, value in sent.items() if name not in questions}
    new_files, wrong = _keep_files(session, opened, owns)
    merged = Typed({**kept, **typed, **files, **new_files})
    base = filled.base_revision
    taken = _understood(session, opened.link, opened.definition, merged, base, opened.saved_at)
    taken.read.errors.update(wrong)
    return replace(taken, refused_files=bool(wrong))


def _owner(part: Group | None) -> Callable[[str], bool]:
    """Return what says whether an input belongs to the page that was sent."""
    if part is None:
        return lambda name: True
    names = {place.item.name for place in walk(part.children)}
    return lambda name: name.partition("-")[0] in names


def _keep_files(
    session: Session, opened: Opened, owns: Callable[[str], bool]
) -> tuple[dict[str, list[str]], dict[str, AnswerError]]:
    kept: dict[str, list[str]] = {}
    wrong: dict[str, AnswerError] = {}
    for question in opened.definition.questions:
        upload = request.files.get(question.name) if question.type == "file" else None
        if upload is None or not upload.filename or not owns(question.name):
            continue
        try:
            file = attachments.keep(
                session,
                files_folder(),
                assigned(opened.link),
                Upload(question.name, upload.filename, question.accept, upload.stream),
                current_moment(),
            )
            kept[question.name] = [file.id]
        except Problem as problem:
            wrong[question.name] = AnswerError(question.name, "invalid", sentence(problem))
    return kept, wrong


def _forged(opened: Opened) -> bool:
    """Return whether the request names inputs that the form does not have."""
    return not all(is_input(opened.definition, name) for name in opened.read.errors)


def _earlier_receipt(session: Session, opened: Opened, filled: Filled) -> str | None:
    """Return the receipt code of the same opened form when it has been sent before."""
    if filled.action != "submit":
        return None
    return reporting.earlier_receipt(session, opened.link, filled.instance)


def _submit(session: Session, opened: Opened, filled: Filled) -> str:
    """Send the report and return its receipt code."""
    receipt = reporting.submit(
        session,
        opened.link,
        opened.link.form_version_id,
        opened.read.answers().canonical(),
        filled.instance or new_instance(),
        filled.base_revision,
        current_moment(),
    )
    return receipt.code


def _save_draft(session: Session, opened: Opened, filled: Filled) -> None:
    reporting.save_draft(
        session,
        opened.link,
        opened.link.form_version_id,
        dict(opened.typed),
        filled.base_revision,
        current_moment(),
    )


def _save(session: Session, opened: Opened, filled: Filled, part: Group | None) -> Page:
    """Keep the draft, then show the next section, or this one when something in it is wrong."""
    verb, _sep, target = filled.action.partition(":")
    if verb == "remove":
        prefix = f"{target}-"
        typed = Typed({n: v for n, v in opened.typed.items() if not n.startswith(prefix)})
        opened = replace(opened, typed=typed)
    _save_draft(session, opened, filled)
    if opened.refused_files:
        return _form_page(opened, part), 422
    return redirect(_after_saving(opened, part, verb, target), 303)


def _after_saving(opened: Opened, part: Group | None, verb: str, target: str) -> str:
    code = opened.link.code
    if verb in ("add", "remove"):
        repeat = target.partition("-")[0]
        more = {"more": repeat} if verb == "add" else {}
        return _part_address(code, part, _anchor=f"q-{repeat}", **more)
    owns = _owner(part)
    wrong = any(e.kind == "invalid" and owns(n) for n, e in opened.read.errors.items())
    if part is None or wrong:
        return _part_address(code, part, saved=1)
    rest = [s for s in _after(opened.definition, part) if s.name not in opened.read.hidden]
    if rest:
        return _part_address(code, rest[0])
    return url_for("unit.review", code=code)


def _part_address(code: str, part: Group | None, **arguments: Any) -> str:
    if part is None:
        return url_for("unit.overview", code=code, all=1, **arguments)
    return url_for("unit.section", code=code, name=part.name, **arguments)


def _receipt_redirect(code: str, receipt_code: str) -> HttpResponse:
    return redirect(url_for("unit.receipt", code=code, receipt_code=receipt_code), 303)


def _refused(session: Session, opened: Opened, part: Group | None, problem: Problem) -> Page:
    """Show what was typed again, with the reason; nothing typed is lost."""
    if problem.code == "stale_revision":
        return _stale_page(session, opened, part, problem), problem.status
    if problem.code in ("round_closed", "late_refused"):
        return _closed_page(opened, typed=True), problem.status
    raise problem


def _stale_page(session: Session, opened: Opened, part: Group | None, problem: Problem) -> str:
    """Show both versions: what was typed, in the form, and what somebody else has sent."""
    newest = reporting.last_revision(session, opened.link)
    if newest is None:
        raise problem
    notice = Notice(problem, newest, _sent_report(session, opened.link, newest))
    return _form_page(replace(opened, base_revision=newest.number), part, notice=notice)


# --- sections -------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def sections(definition: Definition) -> tuple[Group, ...]:
    """Return the groups at the top of the form, when it consists of at least two."""
    groups = tuple(c for c in definition.children if isinstance(c, Group) and not c.repeat)
    return groups if len(groups) > 1 and len(groups) == len(definition.children) else ()


def _section(definition: Definition, name: str) -> Group:
    for part in sections(definition):
        if part.name == name:
            return part
    raise Problem("section_unknown")


def _after(definition: Definition, part: Group) -> tuple[Group, ...]:
    parts = sections(definition)
    return parts[parts.index(part) + 1 :]


def section_state(part: Group, understood: Reading) -> str:
    """Return `skipped`, `wrong`, `complete`, `started` or `empty`."""
    owns = _owner(part)
    if part.name in understood.hidden:
        return "skipped"
    kinds = {e.kind for name, e in understood.errors.items() if owns(name)}
    if "invalid" in kinds:
        return "wrong"
    if not kinds:
        return "complete"
    given = {CODE_QUESTION, NAME_QUESTION}
    return "started" if any(owns(n) and n not in given for n in understood.data()) else "empty"


def remaining(link: OpenLink) -> int | None:
    """Return how many whole days are left until the due date, negative when it is past."""
    due = link.round.due_at
    return (today(due) - today(current_moment())).days if due else None


# --- drawing --------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _prepared(definition: Definition, part: Group | None, language: str) -> Prepared:
    children = definition.children if part is None else (part,)
    page = FormPage(definition, language, children)
    return prepare(
        "unit/form.html",
        page,
        part=part,
        label=plain_label,
        address_in=_marked_address,
    )


def _marked_address(language: str) -> Markup:
    return mark("page", f"address_{language}")


def _form_page(
    opened: Opened,
    part: Group | None,
    checked: bool = False,
    notice: Notice | None = None,
) -> str:
    """Draw a section, or the whole form; `checked` shows every error and not only wrong values."""
    owns = _owner(part)
    errors = [
        error
        for name, error in opened.read.errors.items()
        if (checked or error.kind == "invalid") and (owns(name) or _forged(opened))
    ]
    language = asked_language()
    state = page_state(
        opened.read,
        _shown_typed(opened),
        language,
        _page_texts(opened, part, errors, notice),
        errors={error.name: error.message for error in errors},
        files=opened.files,
    )
    more = request.args.get("more", "")
    if more in state.instances and opened.read.instances[more]:
        state.instances = {**state.instances, more: _one_more(state.instances[more])}
    return _prepared(opened.definition, part, language).fill(state)


def _one_more(indices: list[int]) -> list[int]:
    last = max(indices)
    return [*indices, last + 1] if last < LAST_INSTANCE else indices


def _shown_typed(opened: Opened) -> Typed:
    """Return what stands in the inputs; read-only ones show what the server says."""
    given = {
        q.name: [str(opened.read.values.get(q.name, ""))]
        for q in opened.definition.questions
        if q.read_only
    }
    return Typed({**opened.typed, **given})


def _page_texts(
    opened: Opened, part: Group | None, errors: list[AnswerError], notice: Notice | None
) -> dict[str, str]:
    language = asked_language()
    link, owns = opened.link, _owner(part)
    summary = error_summary(errors, opened.definition, language) if errors else ""
    texts = {
        "unit": escape(link.unit.name if link.unit else ""),
        "round": escape(link.round.title),
        "frame": render_template("unit/frame.html", opened=opened, remaining=remaining(link)),
        "summary": render_template("form/summary.html", links=summary) if errors else "",
        "notice": _notice(opened, notice),
        "action": escape(_part_address(link.code, part)),
        "overview": escape(url_for("unit.overview", code=link.code)),
        "instance": new_instance(),
        "base": str(opened.base_revision),
        # What expressions of this section need of the others.
        "values": json_attribute({n: v for n, v in opened.read.values.items() if not owns(n)}),
    }
    return {**texts, **{f"address_{code}": escape(address_in(code)) for code in LANGUAGES}}


def _notice(opened: Opened, notice: Notice | None) -> str:
    """Return what is said above the form, with both versions when there are two."""
    if notice is None:
        saved_at = opened.saved_at if request.args.get("saved") else None
        return render_template("unit/notice.html", problem="", saved_at=saved_at)
    return render_template(
        "unit/notice.html",
        problem=sentence(notice.problem),
        sent=notice.sent,
        report=notice.report,
    )


def _not_sent_page(opened: Opened, part: Group | None) -> str:
    """Show what keeps the report from being sent: here, or all of it when it is elsewhere."""
    if part and not any(map(_owner(part), opened.read.errors)):
        return _review_page(opened)
    return _form_page(opened, part, True)


def _review_page(opened: Opened) -> str:
    errors = list(opened.read.errors.values())
    language = asked_language()
    report = report_sections(
        opened.definition, opened.read.data(), language, files=opened.files, contacts=True
    )
    where = _review_links(opened, errors, language)
    return render_template(
        "unit/review.html", opened=opened, report=report, errors=where, instance=new_instance()
    )


def _review_links(
    opened: Opened, errors: list[AnswerError], language: str
) -> list[tuple[str, str]]:
    """Return for each error the address of its input and what to say."""
    return [
        (
            _part_address(
                opened.link.code,
                _part_of(opened.definition, error.name),
                _anchor=f"q-{error.name}",
            ),
            f"{question_label(opened.definition, error.name, language)}: {error.message}",
        )
        for error in errors
    ]


def _part_of(definition: Definition, input_name: str) -> Group | None:
    return next((part for part in sections(definition) if _owner(part)(input_name)), None)


def _closed_page(
    opened: Opened, receipts: Sequence[SentRevision] = (), *, typed: bool = False
) -> str:
    """Say that the round is closed; what was just typed is shown, to be copied or printed."""
    language = asked_language()
    data = opened.read.data() if typed else {}
    return render_template(
        "unit/closed.html",
        link=opened.link,
        receipts=receipts,
        report=report_sections(
            opened.definition, data, language, files=opened.files, contacts=True
        ),
        wrong=_typed_wrong(opened, language) if typed else (),
    )


def _typed_wrong(opened: Opened, language: str) -> list[tuple[str, str]]:
    """Return what was typed and is not right, each with the label of its input."""
    return [
        (question_label(opened.definition, name, language), ", ".join(opened.typed[name]))
        for name, error in opened.read.errors.items()
        if error.kind == "invalid" and name in opened.typed
    ]
