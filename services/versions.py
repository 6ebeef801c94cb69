"""The versions of forms: listing them, retiring them, giving them out, comparing them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from forms.compare import Comparison
from forms.pictures import picture_type
from forms.tree import Labels
from models import published
from models.campaign import PUBLIC, Round
from models.form import FormVersion, FormVersionAct
from models.problems import Problem
from models.published import StoredVersion
from services import audit, definitions, feedback_counts
from services.definitions import Files
from services.reporting import is_open

# What may matter to answers given so far, so that they are counted.
COUNTED = frozenset({"type", "choice_removed", "repeat", "calculation"})


@dataclass(frozen=True, slots=True)
class UsingRound:
    """A round that asks a form."""

    code: str
    title: str
    kind: str
    campaign_code: str
    campaign_title: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form with all its versions, the newest first, and the rounds that ask it."""

    id: int
    form_id: str
    title: Labels
    versions: tuple[StoredVersion, ...]
    rounds: tuple[UsingRound, ...]

    @property
    def in_use(self) -> StoredVersion:
        """The version that new answers are given to."""
        return next(version for version in self.versions if version.in_use)

    def version(self, number: int) -> StoredVersion:
        """Return a version. Raises Problem `form_unknown`."""
        for version in self.versions:
            if version.number == number:
                return version
        raise Problem("form_unknown")

    def before(self, number: int) -> StoredVersion | None:
        """Return the version that came before another one."""
        return next((v for v in self.versions if v.number < number), None)


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """In how many answers a question, or one choice of it, was answered.

    `feedback` counts what participants sent, of whom no choice is counted.
    """

    reports: Mapping[str, int]
    choices: Mapping[tuple[str, str], int]
    feedback: Mapping[str, int]


# --- listing --------------------------------------------------------------------------------------


def list_forms(session: Session, now: datetime) -> tuple[ListedForm, ...]:
    """Return every form that was ever published."""
    found = groupby(published.versions(session), key=lambda version: version.form_definition_id)
    return tuple(_listed(session, tuple(versions), now) for _, versions in found)


def find_form(session: Session, form_definition_id: int, now: datetime) -> ListedForm:
    """Return a form. Raises Problem `form_unknown`."""
    versions = published.versions(session, form_definition_id)
    if not versions:
        raise Problem("form_unknown")
    return _listed(session, versions, now)


def _listed(session: Session, versions: tuple[StoredVersion, ...], now: datetime) -> ListedForm:
    first = versions[0]
    shown = next(version for version in versions if version.in_use)
    return ListedForm(
        id=first.form_definition_id,
        form_id=first.form_id,
        title=definitions.definition(session, shown.digest).title,
        versions=versions,
        rounds=using_rounds(published.rounds_asking(session, first.form_id), now),
    )


def using_rounds(rounds: Iterable[Round], now: datetime) -> tuple[UsingRound, ...]:
    """Return rounds as the board lists them."""
    return tuple(
        UsingRound(
            code=asked.code,
            title=asked.title,
            kind=asked.kind,
            campaign_code=asked.campaign.code,
            campaign_title=asked.campaign.title,
            is_open=is_open(asked, now),
        )
        for asked in rounds
    )


def source(session: Session, version_id: int) -> tuple[str, bytes]:
    """Return the name and bytes of the file that a version was published from."""
    version = session.get_one(FormVersion, version_id)
    return version.source_name, version.source


def files(session: Session, version_id: int) -> Files:
    """Return the files beside a version, by name."""
    return published.version_files(session, version_id)


def find_image(session: Session, sha256: str) -> tuple[str, bytes] | None:
    """Return the media type and bytes of an image of a form, published or waiting to be."""
    found = published.file_by_digest(session, sha256)
    return found if found and picture_type(found[1]) else None


# --- retiring -------------------------------------------------------------------------------------


def next_in_use(form: ListedForm, number: int) -> StoredVersion | None:
    """Return the version that new answers are given to once version `number` is retired."""
    others = (v for v in form.versions if v.number != number and not v.retired)
    return next(others, None)


def retire(
    session: Session, form: ListedForm, number: int, now: datetime, actor: str
) -> StoredVersion | None:
    """Take no new answers to a version; return the version that is used instead.

    Answers given so far stay. Raises Problem `form_in_use` for the only version of a form that an
    open round asks, or `form_not_anonymous` when a public round would go back to one that tells
    who answers.
    """
    version, refused = form.version(number), refusal(session, form, number)
    if refused:
        raise refused
    if not version.retired:
        _act(session, form, version, True, now, actor)
    return next_in_use(form, number)


def refusal(session: Session, form: ListedForm, number: int) -> Problem | None:
    """Return why a version cannot be retired, or None."""
    other = next_in_use(form, number)
    if other is not None:
        return _not_anonymous(session, form, other) if form.version(number).in_use else None
    asking = [asked.title for asked in form.rounds if asked.is_open]
    return Problem("form_in_use", rounds=", ".join(asking)) if asking else None


def reinstate(session: Session, form: ListedForm, number: int, now: datetime, actor: str) -> None:
    """Use a retired version again; the newest one that is not retired is what rounds ask.

    Raises Problem `form_not_anonymous` for one that tells who answers, in a public round.
    """
    version = form.version(number)
    refused = refusal_to_reinstate(session, form, number)
    if refused:
        raise refused
    if version.retired:
        _act(session, form, version, False, now, actor)


def refusal_to_reinstate(session: Session, form: ListedForm, number: int) -> Problem | None:
    """Return why a version cannot be used again, or None."""
    version = form.version(number)
    return _not_anonymous(session, form, version) if version.retired else None


def _not_anonymous(session: Session, form: ListedForm, version: StoredVersion) -> Problem | None:
    """Return why a version must not be asked in the rounds of its form, or None."""
    if not any(asked.kind == PUBLIC for asked in form.rounds):
        return None
    try:
        definitions.refuse_identifying(definitions.identifying(session, version.id))
    except Problem as problem:
        return problem
    return None


def _act(
    session: Session,
    form: ListedForm,
    version: StoredVersion,
    retired: bool,
    now: datetime,
    actor: str,
) -> None:
    session.add(FormVersionAct(form_version_id=version.id, retired=retired, actor=actor, at=now))
    session.flush()
    act = "form.retired" if retired else "form.reinstated"
    audit.note(session, now, actor, act, form.form_id, number=version.number)


# --- what was answered ----------------------------------------------------------------------------


def concerned(comparison: Comparison) -> frozenset[str]:
    """Return the names of the questions whose answers a comparison speaks of."""
    return frozenset(
        difference.old.name
        for difference in comparison.differences
        if difference.old is not None
        and (
            difference.kind in ("removed", "renamed")
            or any(facet.key in COUNTED for facet in difference.facets)
        )
    )


def count_answers(
    session: Session, form_definition_id: int | None, names: Iterable[str]
) -> AnswerCounts:
    """Count the answers to some questions of a form, whatever version they were given to."""
    wanted = frozenset(names)
    if form_definition_id is None or not wanted:
        return AnswerCounts({}, {}, {})
    reports: Counter[str] = Counter()
    choices: Counter[tuple[str, str]] = Counter()
    for text in published.report_answers(session, form_definition_id):
        given = {name: value for name, value in _answers(json.loads(text)) if name in wanted}
        reports.update(given.keys())
        choices.update((name, choice) for name, several in given.items() for choice in several)
    return AnswerCounts(
        reports,
        choices,
        feedback_counts.count_answers_to(session, form_definition_id, sorted(wanted)),
    )


def _answers(data: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every question that was answered, also within repeats, with its answers as texts."""
    found: dict[str, set[str]] = {}
    for name, value in data.items():
        rows = value if isinstance(value, list) else ()
        instances = [row for row in rows if isinstance(row, dict)]
        for row in instances or [{name: value}]:
            for inner, answer in row.items():
                several = answer if isinstance(answer, list) else [answer]
                found.setdefault(inner, set()).update(map(str, several))
        found.setdefault(name, set())
    return ((name, frozenset(answers)) for name, answers in found.items())
