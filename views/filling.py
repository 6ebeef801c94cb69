"""What filling a form takes, for units and participants alike: read a request, show it back."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask import abort, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from forms.answers import LAST_INSTANCE, Typed, is_input
from forms.build import given_names, instance_names
from forms.explanations import explained_checks
from forms.markup import alone, plain
from forms.matrix import rows_of_matrices
from forms.reading import AnswerError, Reading, instance_typed, oddities, said
from forms.survey import CONTROLS
from forms.tree import Definition, Group, Question
from language.dates import local
from models.problems import Problem
from services import definitions
from views.prepared import KeptFile, PageState
from views.previous import NO_PREVIOUS, PreviousTexts

INSTANCE_SIGNS = 64
# What a button asks for; to add to or remove from a repeat it names the repeat.
ACTION = re.compile(r"submit|save|add:(?P<more>\w+)|remove:(?P<less>\w+)-[0-9]{1,2}", re.ASCII)
# What a page says of itself under names that no question can have; see `Filled`.
PAGE_INPUT = re.compile(r"page-[a-z]+|keep-[A-Za-z_].*", re.DOTALL)
KEEP, MINE, THEIRS = "keep-", "mine", "theirs"
# No form has as many; whoever sends more only means to keep the server busy.
MOST_INPUTS = 4000


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form as it was sent: what was typed, and what the page itself said.

    `base_revision` is None when no page of ours said what the form was opened on, and `seen` is the
    saving of the draft that the page showed, 0 for none. `unseen` are the inputs that the page hid
    when it was sent out, None when it was the first one. `touched` are those that somebody typed
    into, None when the page had no script to tell; then `was_filled` are those that were not blank
    when the page was sent out. `open` are inputs in conflict that have to be chosen, `keep` says
    which side was. `unexplained`: it is to be sent without the reasons that were asked for.
    """

    typed: Typed
    action: str
    instance: str
    version: str
    base_revision: int | None
    removed_files: frozenset[str]
    unseen: frozenset[str] | None = None
    seen: int = 0
    touched: frozenset[str] | None = None
    was_filled: frozenset[str] | None = None
    open: frozenset[str] = frozenset()
    keep: Mapping[str, str] = field(default_factory=dict)
    unexplained: bool = False


def read_request() -> Filled:
    """Return the filled form of this request; a request that holds none is refused with 400.

    Nothing was typed then, and it must not be taken for a form that was blanked.
    """
    form: MultiDict[str, str] = request.form
    if not form:
        abort(400)
    if len(form) > MOST_INPUTS:
        abort(413)
    return filled_in(form)


def filled_in(form: MultiDict[str, str]) -> Filled:
    """Return the filled form that a page has sent."""
    return Filled(
        typed=typed_in(form),
        action=form.get("action", "submit"),
        instance=form.get("instance", "")[:INSTANCE_SIGNS],
        version=_digest(form.get("version", "")),
        base_revision=_whole_number(form.get("base", "")),
        removed_files=frozenset(form.getlist("remove")),
        unseen=names_in(form, "unseen"),
        seen=_whole_number(form.get("page-seen", "")) or 0,
        touched=names_in(form, "page-touched"),
        was_filled=names_in(form, "page-filled"),
        open=names_in(form, "page-open") or frozenset(),
        keep={n.removeprefix(KEEP): form[n] for n in form if n.startswith(KEEP)},
        unexplained="page-unexplained" in form,
    )


def typed_in(form: MultiDict[str, str]) -> Typed:
    """Return what was typed, `page-blank` included: without what the page says of itself."""
    typed = Typed({name: [] for name in form.get("page-blank", "").split()})
    for name, texts in form.lists():
        if name not in CONTROLS and not PAGE_INPUT.fullmatch(name):
            typed[name] = texts
    return typed


def names_in(form: MultiDict[str, str], name: str) -> frozenset[str] | None:
    """Return the names of inputs that a page lists; None when it does not."""
    return frozenset(form[name].split()) if name in form else None


def is_filled(typed: Typed, name: str) -> bool:
    """Tell whether anything but blanks stands in an input."""
    return any(text.strip() for text in typed.getlist(name))


def is_action(definition: Definition, action: str) -> bool:
    """Return whether a page of this form has a button for `action`."""
    found = ACTION.fullmatch(action)
    repeat = found and (found["more"] or found["less"])
    return bool(found) and (repeat is None or repeat in instance_names(definition))


def without_instance(typed: Typed, instance: str) -> Typed:
    """Return what was typed but for an instance of a repeat, named as `van_ban-2`."""
    return Typed({n: values for n, values in typed.items() if not n.startswith(f"{instance}-")})


def add_instance(state: PageState, reading: Reading, repeat: str) -> None:
    """Let a page show one more instance of a repeat, with what stands in it when it is opened."""
    indices = state.instances.get(repeat, [])
    if reading.instances.get(repeat) and indices[-1] < LAST_INSTANCE:
        index = indices[-1] + 1
        state.instances = {**state.instances, repeat: [*indices, index]}
        state.typed = Typed({**instance_typed(reading, repeat, index), **state.typed})


def appeared(definition: Definition, unseen: frozenset[str], understood: Reading) -> list[str]:
    """Return the inputs, in order, that the page which was sent had hidden and this one shows."""
    given = given_names(definition)
    places = {name: at for at, name in enumerate(definition.places) if name not in given}
    asked = {
        name: places[name.rpartition("-")[2]]
        for name in unseen - understood.hidden
        if is_input(definition, name) and name.rpartition("-")[2] in places
    }
    return sorted(asked, key=asked.__getitem__)


def unseen_input(hidden: Iterable[str]) -> Markup:
    """Return what tells, when the page is sent, which questions it did not show.

    Only without a script: with one, questions appear while somebody types.
    """
    return _told_without_script("unseen", hidden)


def filled_input(filled: Iterable[str]) -> Markup:
    """Return what tells, when the page is sent, which inputs were not blank on it.

    Only without a script: with one, the page knows into which somebody has typed.
    """
    return _told_without_script("page-filled", filled)


def _told_without_script(name: str, names: Iterable[str]) -> Markup:
    return Markup('<noscript><input type="hidden" name="{}" value="{}"></noscript>').format(
        name, " ".join(sorted(names))
    )


def more_questions(reading: Reading, names: list[str], language: str, *, first: bool = True) -> str:
    """Return the notice that asks to answer questions that have just appeared."""
    questions = [(name, question_label(reading, name, language)) for name in names]
    return render_template("form/more.html", questions=questions, first=first)


def of_this_version(session: Session, definition: Definition, filled: Filled) -> Typed:
    """Return what was typed, without what only the older form version asked that was on screen.

    A form may be published anew while somebody fills it; what both versions ask is kept.
    """
    if filled.version in ("", definition.digest):
        return filled.typed
    try:
        older = definitions.definition(session, filled.version)
    except Problem:
        return filled.typed
    return Typed(
        {
            name: values
            for name, values in filled.typed.items()
            if is_input(definition, name) or not is_input(older, name)
        }
    )


def _digest(text: str) -> str:
    """Return the digest in a hidden input; nothing for anything that the page did not write."""
    return text if re.fullmatch(r"[0-9a-f]{64}", text) else ""


def _whole_number(text: str) -> int | None:
    """Return the number in a hidden input; None for anything that the page did not write."""
    return int(text) if re.fullmatch(r"[0-9]{1,8}", text) else None


def current_moment() -> datetime:
    """Return the time now, in UTC; the only clock of a request."""
    return datetime.now(UTC)


def new_instance() -> str:
    """Return a random id for a form that is being opened."""
    return secrets.token_urlsafe(16)


def page_state(
    reading: Reading,
    typed: Typed,
    language: str,
    page: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    files: Mapping[str, Sequence[KeptFile]] | None = None,
    previous: PreviousTexts = NO_PREVIOUS,
    remarks: Mapping[str, str] | None = None,
) -> PageState:
    """Return what a prepared page shows of a filled form; without `errors` it shows none."""
    return PageState(
        language=language,
        typed=typed,
        reading=reading,
        errors=errors or {},
        files=files or {},
        page=page,
        instances={name: reading.shown_instances(name) for name in reading.instances},
        hidden=reading.hidden,
        odd=frozenset(found.name for found in oddities(reading)),
        previous=previous,
        remarks=remarks or {},
    )


def error_summary(errors: list[AnswerError], reading: Reading, language: str) -> Markup:
    """Return the lines of an error summary, in the order of the form; each links to its field."""
    return Markup("\n").join(_summary_line(error, reading, language) for error in errors)


def _summary_line(error: AnswerError, reading: Reading, language: str) -> Markup:
    if not is_input(reading.definition, error.name):
        return Markup("<li>{}</li>").format(error.message)
    label = question_label(reading, error.name, language)
    return Markup('<li><a href="#q-{}">{}: {}</a></li>').format(error.name, label, error.message)


def question_label(reading: Reading, input_name: str, language: str) -> str:
    """Return how the question behind an input is called; in a repeat with the instance's number.

    Values that a label names stand in it, as on the page. An input that the form does not have is
    called by its own name.
    """

    def called(part: Question | Group) -> str:
        return said(reading, plain(part.labels.text(language)) or part.name, input_name)

    return _called(reading.definition, input_name, language, called)


def question_name(definition: Definition, input_name: str, language: str) -> str:
    """Return what `question_label` does, without values: where no form is filled in."""
    return _called(definition, input_name, language, lambda part: plain_label(part, language))


def _called(
    definition: Definition,
    input_name: str,
    language: str,
    called: Callable[[Question | Group], str],
) -> str:
    if not is_input(definition, input_name):
        return input_name[:60]
    check = explained_checks(definition).get(input_name)
    if check is not None:
        return _explanation_label(definition, check.question, language)
    repeat, _, rest = input_name.partition("-")
    name = rest.partition("-")[2] or repeat
    label = called(definition.places[name].item)
    row = rows_of_matrices(definition).get(name)
    if row is not None:
        label = f"{called(row.group)}, {label}"
    if not rest:
        return label
    number = int(rest.partition("-")[0]) + 1
    return f"{called(definition.places[repeat].item)} {number}, {label}"


def _explanation_label(definition: Definition, question: str, language: str) -> str:
    if question not in definition.places:
        return _("Explanation")
    label = plain_label(definition.places[question].item, language)
    return _("Explanation (%(question)s)", question=label)


def typed_wrong(reading: Reading, typed: Typed, language: str) -> list[tuple[str, str]]:
    """Return what was typed and is not right, each with the label of its input."""
    return [
        (question_label(reading, name, language), ", ".join(typed[name]))
        for name, error in reading.errors.items()
        if error.kind == "invalid" and name in typed
    ]


def plain_label(part: Question | Group, language: str) -> str:
    """Return the label of a question or group as it stands alone, or its name."""
    return alone(part.labels.text(language)) or part.name


def today(now: datetime) -> date:
    """Return the date where the board is."""
    return local(now).date()
