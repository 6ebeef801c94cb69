"""A report that an officer fills in for its unit: the form itself, with the last answers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from flask import render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from forms.answers import Typed, answers_of, typed_of
from forms.build import given_names
from forms.explanations import canonical_explanations, typed_explanations
from forms.plan import looks_back
from forms.reading import AnswerError, Around, Reading, first_typed, oddities, read
from forms.tree import Definition
from language.dates import wall_clock
from language.text import clean_lines, forbidden_character
from services import attachments, definitions, reporting
from services.attachments import Kept
from services.previous import previous_answers
from services.reporting import OpenLink
from views import files
from views.files import Ids, Received, kept_files
from views.filling import (
    Filled,
    add_instance,
    appeared,
    current_moment,
    error_summary,
    more_questions,
    new_instance,
    of_this_version,
    page_state,
    unseen_input,
    without_instance,
)
from views.form_page import FormPage
from views.language import interface_language
from views.opening import CODE_QUESTION, NAME_QUESTION, assigned
from views.prepared import KeptFile, Prepared, prepare

# No question is called so: a name has no full stop. The second stands before a question's name.
REASON, FILE = "officer.reason", "officer.file."
TOKEN = "csrf_token"  # noqa: S105 - the name of an input
MOST_PARTS = 4000

# Where a kept file is, as "download" or as "picture".
Address = Callable[[str, Kept], str]


@dataclass(frozen=True, slots=True)
class Correction:
    """A form that an officer has opened for a unit; `base` is the revision it was opened on."""

    link: OpenLink
    definition: Definition
    typed: Typed
    read: Reading
    files: Mapping[str, tuple[KeptFile, ...]]
    base: int
    reason: str = ""

    @property
    def explanations(self) -> str:
        """What goes with the answers: what is odd in them, and why."""
        return canonical_explanations(oddities(self.read))

    @property
    def errors(self) -> list[AnswerError]:
        """What is wrong with the answers, files that were refused included."""
        return list(self.read.errors.values())


def open_correction(session: Session, link: OpenLink, address: Address) -> Correction:
    """Open the form of a link with the last answers of its unit in it, never with its draft."""
    definition = definitions.definition(session, link.form_version_id)
    typed, base = _last_typed(session, link, definition)
    return _understood(session, link, definition, typed, base, address)


def _last_typed(session: Session, link: OpenLink, definition: Definition) -> tuple[Typed, int]:
    last = reporting.last_revision(session, link)
    if last is None:
        return first_typed(definition, _around(session, link, definition, Typed(), {})), 0
    data = answers_of(definition.digest, last.answers).data
    reasons = typed_explanations(definition, last.explanations)
    return Typed({**typed_of(definition, data, interface_language()), **reasons}), last.number


def take_correction(
    session: Session, opened: Correction, filled: Filled, received: Received, address: Address
) -> Correction:
    """Return the form with what the officer typed in it, and the files that came along."""
    definition = opened.definition
    written = given_names(definition)
    answers = {name: v for name, v in filled.typed.items() if name != TOKEN and "." not in name}
    sent = of_this_version(session, definition, replace(filled, typed=Typed(answers)))
    typed = {n: values for n, values in sent.items() if n.rpartition("-")[2] not in written}
    listed = _known(session, opened, _carried_ids(definition, filled))
    kept, wrong = files.keep(session, assigned(opened.link), received, listed)
    merged = Typed({**typed, **kept})
    verb, _sep, target = filled.action.partition(":")
    if verb == "remove":
        merged = without_instance(merged, target)
    base = opened.base if filled.base_revision is None else filled.base_revision
    taken = _understood(session, opened.link, definition, merged, base, address, opened.typed)
    taken.read.errors.update(wrong)
    return replace(taken, reason=clean_lines(request.form.get(REASON, "")))


def reason_fault(reason: str) -> str:
    """Return what is wrong with a reason; nothing when it can be kept."""
    if not reason:
        return _("Please say why you fill in for the unit.")
    return _("There is a sign in it that cannot be kept.") if forbidden_character(reason) else ""


def just_appeared(correction: Correction, filled: Filled) -> list[str]:
    """Return the inputs that somebody without a script has not seen yet."""
    new = appeared(correction.definition, filled.unseen or frozenset(), correction.read)
    return [name for name in new if not correction.typed.first(name)]


def receive(session: Session, link: OpenLink, filled: Filled) -> Received:
    """Put the files of this request on the disk; to be called outside of a transaction."""
    definition = definitions.definition(session, link.form_version_id)
    room = attachments.room_bytes(session, assigned(link))
    asked = files.asked_files(definition, lambda _: True)
    return files.receive(asked, _carried_ids(definition, filled), room)


def _carried_ids(definition: Definition, filled: Filled) -> dict[str, list[str]]:
    """Return the ids of files that the page says it has, by question, but for the removed ones."""
    asked = {question.name for question in files.asked_files(definition, lambda _: True)}
    return {
        name: [id_ for id_ in filled.typed.getlist(FILE + name) if id_ not in filled.removed_files]
        for name in asked
        if FILE + name in filled.typed
    }


def _known(session: Session, opened: Correction, ids: Mapping[str, list[str]]) -> Ids:
    """Return the files of this very unit among those that a page names."""
    named = [id_ for listed in ids.values() for id_ in listed]
    found = attachments.find(session, assigned(opened.link), named)
    return {name: [id_ for id_ in listed if id_ in found] for name, listed in ids.items()}


def _understood(
    session: Session,
    link: OpenLink,
    definition: Definition,
    typed: Typed,
    base: int,
    address: Address,
    earlier: Typed | None = None,
) -> Correction:
    found = kept_files(session, assigned(link), definition, typed, address)
    given = {name: " ".join(file.id for file in kept) for name, kept in found.items()}
    around = _around(session, link, definition, typed if earlier is None else earlier, given)
    understood = read(definition, typed, around)
    typed = Typed({**typed, **understood.written})
    return Correction(link, definition, typed, understood, found, base)


def _around(
    session: Session,
    link: OpenLink,
    definition: Definition,
    earlier: Typed,
    given: Mapping[str, str],
) -> Around:
    unit = reporting.assigned_unit(link)
    previous = previous_answers(session, link) if looks_back(definition) else None
    return Around(
        language=interface_language(),
        now=wall_clock(current_moment()),
        given={**given, CODE_QUESTION: unit.code, NAME_QUESTION: unit.name},
        earlier=earlier,
        previous=previous.values if previous else {},
        username=unit.code,
    )


# --- drawing --------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _prepared(definition: Definition, language: str) -> tuple[FormPage, Prepared]:
    page = FormPage(definition, language, definition.children, warns=True)
    return page, prepare("correcting/form.html", page)


def draw(
    correction: Correction,
    *,
    fault: str = "",
    checked: bool = False,
    new: Sequence[str] = (),
    more: str = "",
) -> tuple[FormPage, Markup, Markup]:
    """Return the page of the form, the form itself, and what is said above it.

    `fault` is what is wrong with the reason. `checked` shows every error, not only wrong values;
    `new` are inputs that have just appeared; `more` is a repeat that gets one more instance.
    """
    language = interface_language()
    errors = [
        error
        for error in correction.errors
        if (checked or error.kind == "invalid")
        and not (error.kind == "required" and error.name in new)
    ]
    texts = {
        "action": str(escape(request.root_path + request.path)),
        "token": str(escape(generate_csrf())),
        "instance": new_instance(),
        "base": str(correction.base),
        "unseen": unseen_input(correction.read.hidden),
        "files": _carried(correction),
        "reason": str(escape(correction.reason)),
        "reason_fault": str(escape(fault)),
        "reason_invalid": ' aria-invalid="true"' if fault else "",
    }
    state = page_state(
        correction.read,
        correction.typed,
        language,
        texts,
        errors={error.name: error.message for error in errors},
        files=correction.files,
    )
    add_instance(state, correction.read, more)
    page, prepared = _prepared(correction.definition, language)
    drawn = Markup(prepared.fill(state))  # noqa: S704 - every slot escapes what it fills in
    return page, drawn, _above(correction, errors, fault, new)


def _carried(correction: Correction) -> Markup:
    """Return what tells, when the page is sent, which files it has."""
    return Markup("\n").join(
        Markup('<input type="hidden" name="{}{}" value="{}">').format(FILE, name, file.id)
        for name, kept in correction.files.items()
        for file in kept
    )


def _above(
    correction: Correction, errors: list[AnswerError], fault: str, new: Sequence[str]
) -> Markup:
    language = interface_language()
    links = error_summary(errors, correction.read, language)
    if fault:
        links = Markup('<li><a href="#reason">{}</a></li>\n').format(fault) + links
    summary = render_template("form/summary.html", links=links) if links else ""
    asked = more_questions(correction.read, list(new), language, first=not links) if new else ""
    return Markup(summary + asked)  # noqa: S704 - rendered by templates
