"""A form as a unit has opened it: its link, what is typed so far, its sections and their state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.answers import Typed, answers_of, is_input, typed_of
from forms.explanations import (
    COLLECTED,
    Oddity,
    canonical_explanations,
    explained_checks,
    sent_oddities,
    typed_explanations,
)
from forms.merging import Conflict, Sides, merge, moved
from forms.plan import looks_back
from forms.reading import Around, Reading, first_typed, oddities, read
from forms.tree import Definition, Group, walk
from language.dates import wall_clock
from models.campaign import CLOSED
from models.problems import Problem
from services import collecting, definitions, drafts, reporting
from services.attachments import Kept
from services.collecting import Sum
from services.drafts import SavedDraft
from services.previous import PreviousAnswers, previous_answers
from services.reporting import OpenLink, SentRevision
from services.states import later
from views.files import kept_files
from views.filling import Filled, current_moment, of_this_version, today
from views.language import asked_language
from views.prepared import KeptFile
from views.report import ReportSection, report_sections, show_answer

# What the server writes into these questions, whatever a request says.
CODE_QUESTION, NAME_QUESTION = "ma_don_vi", "ten_don_vi"


@dataclass(frozen=True, slots=True)
class Opened:
    """A form as a unit has opened it: what is typed so far, and what is understood of it.

    `base_revision` is the revision that the typing began from, `newest` how many there are now,
    and `draft` what was saved last. `stood` is what stood in it before something was typed over it.
    In `conflicts` somebody else has typed something different. `previous` is what the unit answered
    in the round before, `sums` what it took over from the units below it.
    """

    link: OpenLink
    definition: Definition
    typed: Typed
    read: Reading
    files: Mapping[str, tuple[KeptFile, ...]]
    base_revision: int
    saved_at: datetime | None
    refused_files: bool = False
    newest: int = 0
    draft: SavedDraft | None = None
    stood: Typed | None = None
    conflicts: tuple[Conflict, ...] = ()
    previous: PreviousAnswers | None = None
    sums: tuple[Sum, ...] = ()

    @property
    def seen(self) -> int:
        """The number of the saving that this form shows, 0 for none."""
        return self.draft.number if self.draft else 0

    def changed_after(self, filled: Filled) -> frozenset[str]:
        """Return the inputs that others have changed after a page was sent out."""
        if self.draft is None:
            return frozenset()
        return self.draft.changed_after(filled.seen, filled.instance)

    @property
    def is_behind(self) -> bool:
        """Whether the draft began from an older revision than the newest one."""
        return self.base_revision < self.newest

    @property
    def explanations(self) -> str:
        """What goes with the answers when they are sent: what is odd in them, and why."""
        return canonical_explanations((*oddities(self.read), *changed_sums(self)))

    @property
    def is_unexplained(self) -> bool:
        """Whether a reason is wanted for something odd, and not given."""
        return any(found.is_unexplained for found in oddities(self.read))

    @property
    def differing(self) -> tuple[Sum, ...]:
        """The sums of the units below it that it has replaced by something else."""
        answers = self.read.data()
        return tuple(found for found in self.sums if found.differs(answers.get(found.question)))


def open_form(session: Session, code: str) -> Opened:
    """Open the form behind a link, with its draft, its last report or its defaults in it."""
    return _with_draft(session, reporting.open_link(session, code, current_moment()))


def hold_form(session: Session, code: str) -> Opened:
    """Open the form behind a link as `open_form` does, and let nobody else save until the end."""
    now = current_moment()
    link = reporting.lock_link(session, reporting.open_link(session, code, now), now)
    return _with_draft(session, link)


def former_form(session: Session, code: str, filled: Filled) -> Opened:
    """Return what was typed on the page of a link that was revoked, without the unit's draft."""
    link = reporting.former_link(session, code, current_moment())
    definition = definitions.definition(session, link.form_version_id)
    typed = of_this_version(session, definition, filled)
    return understand(session, link, definition, typed, 0, None)


def _with_draft(session: Session, link: OpenLink) -> Opened:
    definition = definitions.definition(session, link.form_version_id)
    draft = drafts.draft_of(session, assigned(link))
    newest = reporting.count_revisions(session, link)
    base = min(draft.base_revision, newest) if draft else newest
    typed = draft_typed(definition, draft) if draft else None
    if typed is None:
        typed = revision_typed(session, link, definition, newest)
    elif base < newest:
        typed = _corrected(session, link, definition, typed, base, newest)
    saved_at = draft.saved_at if draft else None
    opened = understand(session, link, definition, typed, base, saved_at)
    return replace(opened, newest=newest, draft=draft)


def draft_typed(definition: Definition, draft: SavedDraft) -> Typed:
    """Return what a draft holds, as far as this version of the form asks for it."""
    return Typed({n: list(v) for n, v in draft.values.items() if is_input(definition, n)})


def revision_typed(session: Session, link: OpenLink, definition: Definition, number: int) -> Typed:
    """Return what stands in a form that begins from a revision; without one, its defaults."""
    sent = reporting.revision(session, link, number)
    if sent is None:
        return first_typed(definition, _around(link))
    return sent_typed(definition, sent)


def sent_typed(definition: Definition, sent: SentRevision) -> Typed:
    """Return what was sent as it is typed, with the reasons that were given."""
    data = answers_of(definition.digest, sent.answers).data
    reasons = typed_explanations(definition, sent.explanations)
    return Typed({**typed_of(definition, data, asked_language()), **reasons})


def _corrected(
    session: Session, link: OpenLink, definition: Definition, typed: Typed, base: int, newest: int
) -> Typed:
    """Return a draft with what was sent meanwhile, where it has nothing to say against it."""
    old = revision_typed(session, link, definition, base)
    sent = revision_typed(session, link, definition, newest)
    sides = Sides(typed, sent, moved=frozenset(), old=old)
    own = moved(definition, asked_language(), old, typed)
    return merge(definition, asked_language(), replace(sides, touched=own)).over(typed)


def _around(link: OpenLink, given: Mapping[str, str] | None = None) -> Around:
    """Return what a reading knows besides what is typed: the unit, the hour, the language."""
    unit, written = link.unit, dict(given or {})
    if unit is not None:
        written |= {CODE_QUESTION: unit.code, NAME_QUESTION: unit.name}
    return Around(
        language=asked_language(),
        now=wall_clock(current_moment()),
        given=written,
        username=unit.code if unit else "",
    )


def assigned(link: OpenLink) -> int:
    """Return the assignment behind a link. Raises Problem when the link is a public one."""
    if link.assignment_id is None:
        raise Problem("link_unknown")
    return link.assignment_id


def understand(
    session: Session,
    link: OpenLink,
    definition: Definition,
    typed: Typed,
    base_revision: int,
    saved_at: datetime | None,
    earlier: Typed | None = None,
) -> Opened:
    """Return the form with `typed` in it, read as far as it can be.

    `earlier` is what stood in it before, when that was something else.
    """
    files = files_of(session, link, definition, typed)
    given = {name: " ".join(file.id for file in kept) for name, kept in files.items()}
    previous = _previous(session, link, definition)
    around = replace(
        _around(link, given),
        earlier=typed if earlier is None else earlier,
        previous=previous.values if previous and looks_back(definition) else {},
    )
    understood = read(definition, typed, around)
    typed = Typed({**typed, **understood.written})
    return Opened(
        link,
        definition,
        typed,
        understood,
        files,
        base_revision,
        saved_at,
        previous=previous,
        sums=collecting.sums(session, assigned(link)),
    )


def _previous(session: Session, link: OpenLink, definition: Definition) -> PreviousAnswers | None:
    """Return what the unit answered in the round before, where that is looked at."""
    asked = link.round.kind == CLOSED or looks_back(definition)
    return previous_answers(session, link) if asked else None


def files_of(
    session: Session, link: OpenLink, definition: Definition, data: Mapping[str, Any]
) -> dict[str, tuple[KeptFile, ...]]:
    """Return the kept files that answers name, by question; `data` may be what is typed, too."""

    def address(kind: str, kept: Kept) -> str:
        endpoint = {"download": "unit.attachment", "picture": "unit.picture"}[kind]
        return url_for(endpoint, code=link.code, attachment_id=kept.id)

    return kept_files(session, assigned(link), definition, data, address)


@lru_cache(maxsize=256)
def sections(definition: Definition) -> tuple[Group, ...]:
    """Return the groups at the top of the form, when it consists of at least two."""
    groups = tuple(c for c in definition.children if isinstance(c, Group) and not c.repeat)
    return groups if len(groups) > 1 and len(groups) == len(definition.children) else ()


def section_named(definition: Definition, name: str) -> Group:
    """Return the section called `name`. Raises Problem when there is none."""
    for part in sections(definition):
        if part.name == name:
            return part
    raise Problem("section_unknown")


def sections_after(definition: Definition, part: Group) -> tuple[Group, ...]:
    """Return the sections that follow `part`."""
    parts = sections(definition)
    return parts[parts.index(part) + 1 :]


def owner(definition: Definition, part: Group | None) -> Callable[[str], bool]:
    """Return what says whether an input belongs to a page: a section, or None for the whole form.

    A reason belongs where its check is about something.
    """
    if part is None:
        return lambda name: True
    names = {part.name, *(place.item.name for place in walk(part.children))}
    reasons = {n for n, check in explained_checks(definition).items() if check.question in names}
    return lambda name: name in reasons or name.partition("-")[0] in names


def section_state(part: Group, understood: Reading) -> str:
    """Return `skipped`, `wrong`, `complete`, `started` or `empty`."""
    owns = owner(understood.definition, part)
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
    due = later(link.round.due_at, link.extended_to)
    return (today(due) - today(current_moment())).days if due else None


def refusal(link: OpenLink, now: datetime) -> str | None:
    """Return the code of what keeps the report of a link from being sent now, if anything."""
    return link.timing(now).problem or ("report_accepted" if link.stage == "accepted" else None)


def remarks_of(link: OpenLink) -> Mapping[str, str]:
    """Return what the board says of inputs and repeats in a report that it has returned."""
    return link.decision.reasons if link.decision and link.stage == "returned" else {}


def sum_text(opened: Opened, found: Sum) -> str:
    """Return where a sum comes from, as it stands beside its question."""
    total = show_answer(opened.definition.question(found.question), found.value, asked_language())
    return _(
        "Summed up from %(answered)s of %(asked)s units below: %(total)s",
        answered=found.answered,
        asked=found.asked,
        total=total,
    )


def changed_sums(opened: Opened) -> tuple[Oddity, ...]:
    """Return the sums that were replaced by something else, with the reasons."""
    return tuple(
        Oddity(
            COLLECTED + found.question,
            sum_text(opened, found),
            True,
            found.question,
            found.reason,
        )
        for found in opened.differing
    )


def is_forged(opened: Opened) -> bool:
    """Return whether the request names inputs that the form does not have."""
    return not all(is_input(opened.definition, name) for name in opened.read.errors)


def sent_report(session: Session, link: OpenLink, sent: SentRevision) -> tuple[ReportSection, ...]:
    """Return what was sent, by the version of the form that asked for it."""
    definition = definitions.definition(session, sent.form_version_id)
    data = answers_of(definition.digest, sent.answers).data
    files = files_of(session, link, definition, data)
    return report_sections(definition, data, asked_language(), files=files, contacts=True)


def sent_warnings(session: Session, sent: SentRevision) -> tuple[Oddity, ...]:
    """Return what was odd in what was sent, as the unit was told, and what it said of it."""
    return sent_oddities(definitions.definition(session, sent.form_version_id), sent.explanations)
