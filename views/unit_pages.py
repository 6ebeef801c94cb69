"""The pages of a unit: a section or the whole form, the review, and what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import (
    render_template,
    request,
    url_for,
)
from markupsafe import Markup, escape

from forms.explanations import LONGEST_EXPLANATION, Oddity
from forms.reading import AnswerError, oddities
from forms.tree import Definition, Group, Question
from models.campaign import CLOSED
from models.problems import Problem
from services.reporting import SentRevision
from views.filling import (
    add_instance,
    current_moment,
    error_summary,
    filled_input,
    is_filled,
    more_questions,
    new_instance,
    page_state,
    plain_label,
    question_label,
    typed_wrong,
    unseen_input,
)
from views.form_page import FormPage, mark
from views.history import in_order, mark_label
from views.language import LANGUAGES, address_in, asked_language
from views.opening import (
    Opened,
    is_forged,
    owner,
    remaining,
    remarks_of,
    sections,
    sum_text,
)
from views.prepared import Prepared, prepare
from views.previous import PreviousTexts, previous_texts
from views.questions import is_drawn
from views.report import report_sections


@lru_cache(maxsize=512)
def _prepared(
    definition: Definition, part: Group | None, language: str, compares: bool = False
) -> Prepared:
    children = definition.children if part is None else (part,)
    page = FormPage(definition, language, children, warns=True, compares=compares)
    return prepare(
        "unit/form.html",
        page,
        part=part,
        label=plain_label,
        address_in=_marked_address,
    )


def _marked_address(language: str) -> Markup:
    return mark("page", f"address_{language}")


def form_page(
    opened: Opened,
    part: Group | None,
    checked: bool = False,
    new: Sequence[str] = (),
) -> str:
    """Draw a section, or the whole form; `checked` shows every error and not only wrong values.

    `new` are inputs that have just appeared, to somebody who has no script.
    """
    owns = owner(opened.definition, part)
    errors = [
        error
        for name, error in opened.read.errors.items()
        if (checked or error.kind == "invalid")
        and (owns(name) or is_forged(opened))
        and not (error.kind == "required" and name in new)
    ]
    language = asked_language()
    state = page_state(
        opened.read,
        opened.typed,
        language,
        _page_texts(opened, part, errors),
        errors={error.name: error.message for error in errors},
        files=opened.files,
        previous=earlier_texts(opened),
        remarks=remarks_of(opened.link),
    )
    state.sums = {found.question: sum_text(opened, found) for found in opened.sums}
    if new:
        notice_of_new = more_questions(opened.read, list(new), language, first=not errors)
        state.page = {**state.page, "notice": notice_of_new}
    add_instance(state, opened.read, request.args.get("more", ""))
    return _prepared(opened.definition, part, language, bool(state.previous.texts)).fill(state)


def earlier_texts(opened: Opened) -> PreviousTexts:
    """Return what stands beside the questions: in a closed round, the answers of the one before."""
    before = opened.previous if opened.link.round.kind == CLOSED else None
    return previous_texts(opened.definition, before, asked_language())


def _page_texts(opened: Opened, part: Group | None, errors: list[AnswerError]) -> dict[str, str]:
    language = asked_language()
    link = opened.link
    owns = owner(opened.definition, part)
    summary = error_summary(errors, opened.read, language) if errors else ""
    texts = {
        "unit": escape(link.unit.name if link.unit else ""),
        "round": escape(link.round.title),
        "frame": frame(opened, part, excel=part is None),
        "summary": render_template("form/summary.html", links=summary) if errors else "",
        "notice": _notice(opened),
        "action": escape(part_address(link.code, part)),
        "overview": escape(url_for("unit.overview", code=link.code)),
        "instance": new_instance(),
        "base": str(opened.base_revision),
        "seen": str(opened.seen),
        "drafts": escape(url_for("drafts.save", code=link.code)),
        "code": link.code,
        "pages": escape(" ".join(_kept_pages(link.code))),
        "waiting": escape(url_for("offline.waiting")),
        "unseen": unseen_input(filter(owns, opened.read.hidden))
        + filled_input(n for n in opened.typed if owns(n) and is_filled(opened.typed, n)),
    }
    return {**texts, **{f"address_{code}": escape(address_in(code)) for code in LANGUAGES}}


def _kept_pages(code: str) -> tuple[str, str]:
    """Return the pages of a link that a browser keeps besides the one it has opened."""
    return url_for("unit.overview", code=code), url_for("unit.overview", code=code, all=1)


def frame(opened: Opened, part: Group | None = None, *, excel: bool = False) -> Markup:
    """Draw whose form this is, how long is left, and what the board has decided.

    Of a section, only its own marked questions are listed. `excel`: offer the form in Excel, too.
    """
    return Markup(  # noqa: S704 - rendered by a template
        render_template(
            "unit/frame.html",
            excel=excel,
            opened=opened,
            due_at=opened.link.timing(current_moment()).due_at,
            remaining=remaining(opened.link),
            marked=_marked(opened, part),
            part=part,
        )
    )


def _marked(opened: Opened, part: Group | None) -> list[tuple[str, str, str]]:
    """Return the marked questions: where each is asked, how it is called, what is said of it."""
    definition, remarks = opened.definition, remarks_of(opened.link)
    return [
        (
            part_address(opened.link.code, _part_of(definition, name), _anchor=f"q-{name}"),
            mark_label(definition, name, asked_language()),
            remarks[name],
        )
        for name in in_order(definition, remarks)
        if owner(definition, part)(name)
    ]


def marked_sections(opened: Opened) -> frozenset[str]:
    """Return the names of the sections in which the board has marked something."""
    parts = (_part_of(opened.definition, name) for name in remarks_of(opened.link))
    return frozenset(part.name for part in parts if part)


def _notice(opened: Opened) -> str:
    """Return what is said above the form: that it has just been saved."""
    saved_at = opened.saved_at if request.args.get("saved") else None
    return render_template("unit/notice.html", saved_at=saved_at)


def not_sent_page(opened: Opened, part: Group | None) -> str:
    """Show what keeps the report from being sent: here, or all of it when it is elsewhere."""
    if part and not any(map(owner(opened.definition, part), opened.read.errors)):
        return review_page(opened)
    return form_page(opened, part, True)


def review_page(opened: Opened, *, changed: bool = False, asking: bool = False) -> str:
    """Draw every answer once more, and a link to each that is missing or wrong.

    `changed`: somebody else has changed the form since it was reviewed before. `asking`: it was to
    be sent without a reason that is wanted; now it may be, by a button.
    """
    errors = list(opened.read.errors.values())
    language = asked_language()
    report = report_sections(
        opened.definition,
        opened.read.data(),
        language,
        files=opened.files,
        contacts=True,
        previous=earlier_texts(opened).said,
    )
    where = _review_links(opened, errors, language)
    return render_template(
        "unit/review.html",
        opened=opened,
        report=report,
        errors=where,
        oddities=[(_oddity_link(opened, found), found) for found in oddities(opened.read)],
        longest=LONGEST_EXPLANATION,
        instance=new_instance(),
        changed=changed,
        asking=asking,
    )


def _oddity_link(opened: Opened, found: Oddity) -> str:
    """Return the address of the question that a check is about, blank when it names none."""
    place = opened.definition.places.get(found.question)
    if place is None:
        return ""
    drawn = isinstance(place.item, Question) and is_drawn(place.item)
    anchor = f"q-{found.question}" if drawn else f"warning-{found.name}"
    return part_address(
        opened.link.code, _part_of(opened.definition, found.question), _anchor=anchor
    )


def _review_links(
    opened: Opened, errors: list[AnswerError], language: str
) -> list[tuple[str, str]]:
    """Return for each error the address of its input and what to say."""
    return [
        (
            part_address(
                opened.link.code,
                _part_of(opened.definition, error.name),
                _anchor=f"q-{error.name}",
            ),
            f"{question_label(opened.read, error.name, language)}: {error.message}",
        )
        for error in errors
    ]


def _part_of(definition: Definition, input_name: str) -> Group | None:
    parts = sections(definition)
    return next((part for part in parts if owner(definition, part)(input_name)), None)


def closed_page(
    opened: Opened,
    problem: Problem,
    *,
    receipts: Sequence[SentRevision] = (),
    typed: bool = False,
    kept: bool = True,
) -> str:
    """Say why nothing can be sent; what was typed is shown, to be copied or printed.

    `problem` is the reason. `kept`: what was typed is in the draft.
    """
    language = asked_language()
    data = opened.read.data() if typed else {}
    return render_template(
        "unit/closed.html",
        link=opened.link,
        problem=problem.code,
        kept_at=opened.saved_at if typed and kept else None,
        receipts=receipts,
        report=report_sections(
            opened.definition, data, language, files=opened.files, contacts=True
        ),
        wrong=typed_wrong(opened.read, opened.typed, language) if typed else (),
        warnings=oddities(opened.read) if typed else (),
    )


def shut_page(opened: Opened, *, receipts: Sequence[SentRevision] = ()) -> tuple[str, int]:
    """Say why nothing can be sent through a link now, with the draft that there is."""
    problem = Problem(opened.link.timing(current_moment()).problem or "round_closed")
    page = closed_page(opened, problem, receipts=receipts, typed=opened.draft is not None)
    return page, problem.status


def part_address(code: str, part: Group | None, **arguments: Any) -> str:
    """Return the address of a section, or of the whole form."""
    if part is None:
        return url_for("unit.overview", code=code, all=1, **arguments)
    return url_for("unit.section", code=code, name=part.name, **arguments)
