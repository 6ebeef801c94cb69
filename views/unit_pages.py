"""The pages of a unit: a section or the whole form, the review, and what stands in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from flask import (
    render_template,
    request,
    url_for,
)
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from forms.reading import AnswerError, Oddity, oddities
from forms.tree import Definition, Group
from models.problems import Problem
from services import reporting
from services.reporting import SentRevision
from views.errors import sentence
from views.filling import (
    add_instance,
    error_summary,
    more_questions,
    new_instance,
    page_state,
    plain_label,
    question_label,
    typed_wrong,
    unseen_input,
)
from views.form_page import FormPage, mark
from views.language import LANGUAGES, address_in, asked_language
from views.opening import (
    Opened,
    is_forged,
    owner,
    remaining,
    sections,
    sent_report,
)
from views.prepared import Prepared, prepare
from views.report import ReportSection, report_sections


@dataclass(frozen=True, slots=True)
class Notice:
    """Why what was typed could not be sent, and the report that somebody else has sent."""

    problem: Problem
    sent: SentRevision
    report: tuple[ReportSection, ...]


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


def form_page(
    opened: Opened,
    part: Group | None,
    checked: bool = False,
    notice: Notice | None = None,
    new: Sequence[str] = (),
) -> str:
    """Draw a section, or the whole form; `checked` shows every error and not only wrong values.

    `new` are inputs that have just appeared, to somebody who has no script.
    """
    owns = owner(part)
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
        _page_texts(opened, part, errors, notice),
        errors={error.name: error.message for error in errors},
        files=opened.files,
    )
    if new:
        notice_of_new = more_questions(opened.read, list(new), language, first=not errors)
        state.page = {**state.page, "notice": notice_of_new}
    add_instance(state, opened.read, request.args.get("more", ""))
    return _prepared(opened.definition, part, language).fill(state)


def _page_texts(
    opened: Opened, part: Group | None, errors: list[AnswerError], notice: Notice | None
) -> dict[str, str]:
    language = asked_language()
    link = opened.link
    summary = error_summary(errors, opened.read, language) if errors else ""
    texts = {
        "unit": escape(link.unit.name if link.unit else ""),
        "round": escape(link.round.title),
        "frame": render_template("unit/frame.html", opened=opened, remaining=remaining(link)),
        "summary": render_template("form/summary.html", links=summary) if errors else "",
        "notice": _notice(opened, notice),
        "action": escape(part_address(link.code, part)),
        "overview": escape(url_for("unit.overview", code=link.code)),
        "instance": new_instance(),
        "base": str(opened.base_revision),
        "unseen": unseen_input(filter(owner(part), opened.read.hidden)),
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


def not_sent_page(opened: Opened, part: Group | None) -> str:
    """Show what keeps the report from being sent: here, or all of it when it is elsewhere."""
    if part and not any(map(owner(part), opened.read.errors)):
        return review_page(opened)
    return form_page(opened, part, True)


def review_page(opened: Opened) -> str:
    """Draw every answer once more, and a link to each that is missing or wrong."""
    errors = list(opened.read.errors.values())
    language = asked_language()
    report = report_sections(
        opened.definition, opened.read.data(), language, files=opened.files, contacts=True
    )
    where = _review_links(opened, errors, language)
    return render_template(
        "unit/review.html",
        opened=opened,
        report=report,
        errors=where,
        oddities=[(_oddity_link(opened, found), found) for found in oddities(opened.read)],
        instance=new_instance(),
    )


def _oddity_link(opened: Opened, found: Oddity) -> str:
    """Return the address of the question that a check is about, blank when it names none."""
    name = found.question
    if not name:
        return ""
    return part_address(opened.link.code, _part_of(opened.definition, name), _anchor=f"q-{name}")


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
    return next((part for part in sections(definition) if owner(part)(input_name)), None)


def closed_page(
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
        wrong=typed_wrong(opened.read, opened.typed, language) if typed else (),
    )


def part_address(code: str, part: Group | None, **arguments: Any) -> str:
    """Return the address of a section, or of the whole form."""
    if part is None:
        return url_for("unit.overview", code=code, all=1, **arguments)
    return url_for("unit.section", code=code, name=part.name, **arguments)


def stale_page(session: Session, opened: Opened, part: Group | None, problem: Problem) -> str:
    """Show both versions: what was typed, in the form, and what somebody else has sent."""
    newest = reporting.last_revision(session, opened.link)
    if newest is None:
        raise problem
    notice = Notice(problem, newest, sent_report(session, opened.link, newest))
    return form_page(replace(opened, base_revision=newest.number), part, notice=notice)
