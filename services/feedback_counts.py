"""Counting feedback: from rows to the counts that are shown, a block of people at a time.

What is shown, on the board and in the workbook, is read from these counts and from nothing else.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from exports.distributions import FeedbackGroups
from exports.feedback import (
    CountedFeedback,
    ReviewedComment,
    comment_questions,
    count_answers,
    counted_questions,
    merge,
    release,
    told_apart,
)
from exports.releasing import Block, Waiting, blocks
from forms.tree import Definition, canonical_json
from language.dates import local
from models.campaign import Link, Round
from models.feedback import APPROVED, Comment, Feedback, FeedbackCell, FeedbackGroup
from models.form import FormVersion
from services import definitions

# So long feedback waits for enough that is just like it.
WAITING_DAYS = 3
# So many rows are looked at in one transaction: others wait meanwhile.
MOST_ROWS = 2000
ID_SIGNS = 16

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A feedback that is not counted yet."""

    link_code: str
    id: str
    form_version_id: int
    answers: Mapping[str, Any]
    sent_on: date

    @property
    def key(self) -> Key:
        return (self.link_code, self.id)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What can be counted of a round now, by the questions `told` that tell groups apart."""

    round_id: int
    threshold: int
    told: tuple[str, ...]
    rows: Mapping[Key, _Row]
    blocks: tuple[Block, ...]


# --- counting -------------------------------------------------------------------------------------


def count_up(session: Session, now: datetime, most: int = MOST_ROWS) -> int:
    """Count feedback that can be counted and return how much; call again until it is 0.

    To be called in a transaction of its own, every few seconds. It looks at about `most` rows.
    """
    return sum(_count(session, round_id, now, most) for round_id in _waiting_rounds(session))


def count_round_up(session: Session, round_id: int, now: datetime, most: int = MOST_ROWS) -> int:
    """Count feedback to one round, as `count_up` does."""
    return _count(session, round_id, now, most)


def can_count(session: Session, round_id: int, now: datetime, most: int = MOST_ROWS) -> bool:
    """Tell whether there is anything to count among `most` rows.

    So nobody waits for a transaction in vain; and where more are waiting, nobody waits for them.
    """
    return bool(_plan(session, round_id, now, most, more=False).blocks)


def _waiting_rounds(session: Session) -> Sequence[int]:
    links = session.scalars(select(Feedback.link_code).where(Feedback.cell.is_(None)).distinct())
    rounds = select(Link.round_id).where(Link.code.in_(links.all())).distinct()
    return session.scalars(rounds.order_by(Link.round_id)).all()


def _count(session: Session, round_id: int, now: datetime, most: int) -> int:
    # One at a time; what refers to the round need not wait.
    session.execute(select(Round.id).where(Round.id == round_id).with_for_update(key_share=True))
    plan = _plan(session, round_id, now, most)
    for block in plan.blocks:
        _count_block(session, plan, block)
    session.flush()
    return sum(len(block.keys) for block in plan.blocks)


def _plan(session: Session, round_id: int, now: datetime, most: int, *, more: bool = True) -> _Plan:
    asked = session.get_one(Round, round_id)
    newest = definitions.newest(session, asked.form_definition_id)
    told = told_apart(definitions.definition(session, newest.digest))
    rows = {row.key: row for row in _uncounted(session, round_id, most)}
    # Of a part it is not known what would still be enough by itself.
    whole = len(rows) < most
    oldest = local(now).date() - timedelta(days=WAITING_DAYS)
    over = asked.closes_at is not None and asked.closes_at < now
    waiting = [
        Waiting(row.key, _place(row, told), whole and (over or row.sent_on <= oldest))
        for row in rows.values()
    ]
    found = tuple(blocks(waiting, len(told), asked.threshold))
    if more and not found and not whole:
        return _plan(session, round_id, now, most * 2)
    return _Plan(round_id, asked.threshold, told, rows, found)


def _place(row: _Row, told: Sequence[str]) -> tuple[str, ...]:
    return (*(_label(row.answers.get(name, "")) for name in told), row.link_code)


def _label(answer: Any) -> str:
    return " ".join(map(str, answer)) if isinstance(answer, list) else str(answer)


def _uncounted(session: Session, round_id: int, most: int) -> Iterator[_Row]:
    rows = session.execute(
        select(
            Feedback.link_code,
            Feedback.id,
            Feedback.form_version_id,
            Feedback.answers,
            Feedback.sent_on,
        )
        .where(
            Feedback.cell.is_(None),
            # Not the column itself: SQLite would go through all feedback of these links.
            (Feedback.link_code + "").in_(select(Link.code).where(Link.round_id == round_id)),
        )
        .order_by(Feedback.link_code, Feedback.id)
        .limit(most)
    )
    for link_code, id_, version_id, answers, sent_on in rows:
        yield _Row(link_code, id_, version_id, json.loads(answers), sent_on)


MARK = (
    update(Feedback)
    .where(Feedback.link_code == bindparam("of_link"), Feedback.id == bindparam("of_id"))
    .values(cell=bindparam("in_cell"))
)


def _count_block(session: Session, plan: _Plan, block: Block) -> None:
    known = dict(zip(block.known, block.place, strict=True))
    labels = {name: known.get(part) for part, name in enumerate(plan.told)}
    rows = [plan.rows[key] for key in block.keys if isinstance(key, tuple)]
    group = _group(session, plan.round_id, labels)
    cell = _cell(session, group, known.get(len(plan.told)))
    cell.count += len(rows)
    session.connection().execute(
        MARK, [{"of_link": r.link_code, "of_id": r.id, "in_cell": cell.id} for r in rows]
    )
    _count_answers(session, group, labels, rows, plan.threshold)
    session.add_all(_comments(session, group, rows))


def _count_answers(
    session: Session,
    group: FeedbackGroup,
    labels: Mapping[str, str | None],
    rows: Sequence[_Row],
    threshold: int,
) -> None:
    shown = {name: dict(counts) for name, counts in group.shown.items()}
    held = {name: dict(counts) for name, counts in group.held.items()}
    versions = {row.form_version_id for row in rows}
    asked = {
        version: _questions(definitions.definition(session, version), labels)
        for version in versions
    }
    for row in rows:
        count_answers(held, asked[row.form_version_id], row.answers)
    release(shown, held, threshold)
    group.shown, group.held, group.versions = shown, held, sorted(versions.union(group.versions))


def _questions(definition: Definition, labels: Mapping[str, str | None]) -> Any:
    hidden = frozenset(name for name, label in labels.items() if label is None)
    return counted_questions(definition, frozenset(labels), hidden)


def _group(session: Session, round_id: int, labels: Mapping[str, str | None]) -> FeedbackGroup:
    written = canonical_json(labels)
    id_ = _id(str(round_id), written)
    group = session.get(FeedbackGroup, id_)
    if group is None:
        group = FeedbackGroup(
            id=id_, round_id=round_id, labels=written, shown={}, held={}, versions=[]
        )
        session.add(group)
        session.flush()
    return group


def _cell(session: Session, group: FeedbackGroup, link_code: str | None) -> FeedbackCell:
    id_ = _id(group.id, link_code or "")
    cell = session.get(FeedbackCell, id_)
    if cell is None:
        cell = FeedbackCell(id=id_, group_id=group.id, link_code=link_code, count=0)
        session.add(cell)
    return cell


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:ID_SIGNS]


def _comments(session: Session, group: FeedbackGroup, rows: Sequence[_Row]) -> Iterator[Comment]:
    asked = {
        version: comment_questions(definitions.definition(session, version))
        for version in {row.form_version_id for row in rows}
    }
    for row in rows:
        for question in asked[row.form_version_id]:
            text = str(row.answers.get(question.name, ""))
            if text:
                yield Comment(
                    id=secrets.token_hex(ID_SIGNS),
                    round_id=group.round_id,
                    group_id=group.id,
                    question=question.name,
                    text=text,
                )


def round_threshold(session: Session, round_id: int) -> int:
    """Return how many people a group of a round needs to be shown."""
    return session.get_one(Round, round_id).threshold


# --- what is counted ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """Everything that may be shown of the feedback to a round.

    `by_link` counts by the code of the link, and under None where that must not be known.
    `versions` are the ids of the form versions that were answered, the newest first.
    """

    groups: tuple[CountedFeedback, ...]
    by_link: Mapping[str | None, int]
    versions: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return how many people are counted."""
        return sum(group.count for group in self.groups)


NO_COUNTS = RoundCounts((), {}, ())


def count_total(session: Session, round_id: int) -> int:
    """Return how many people are counted in a round."""
    cells = select(func.coalesce(func.sum(FeedbackCell.count), 0)).join(
        FeedbackGroup, FeedbackGroup.id == FeedbackCell.group_id
    )
    return int(session.scalar(cells.where(FeedbackGroup.round_id == round_id)) or 0)


def round_counts(session: Session, round_id: int) -> RoundCounts:
    """Return everything that may be shown of the feedback to a round."""
    cells = session.execute(
        select(FeedbackCell.group_id, FeedbackCell.link_code, FeedbackCell.count)
        .join(FeedbackGroup, FeedbackGroup.id == FeedbackCell.group_id)
        .where(FeedbackGroup.round_id == round_id)
    ).all()
    by_group: dict[str, int] = {}
    by_link: dict[str | None, int] = {}
    for group_id, link_code, count in cells:
        by_group[group_id] = by_group.get(group_id, 0) + count
        by_link[link_code] = by_link.get(link_code, 0) + count
    rows = session.execute(
        select(FeedbackGroup.id, FeedbackGroup.labels, FeedbackGroup.shown, FeedbackGroup.versions)
        .where(FeedbackGroup.round_id == round_id)
        .order_by(FeedbackGroup.id)
    ).all()
    versions = {version for *_, answered in rows for version in answered}
    return RoundCounts(
        tuple(
            CountedFeedback(json.loads(labels), by_group.get(id_, 0), shown)
            for id_, labels, shown, _ in rows
        ),
        by_link,
        tuple(sorted(versions, reverse=True)),
    )


def reviewed_comments(session: Session, round_id: int) -> tuple[ReviewedComment, ...]:
    """Return the comments that the board lets others read, in an order that tells nothing."""
    rows = session.execute(
        select(FeedbackGroup.labels, Comment.text)
        .join(FeedbackGroup, FeedbackGroup.id == Comment.group_id)
        .where(Comment.round_id == round_id, Comment.state == APPROVED)
        .order_by(Comment.id)
    )
    return tuple(ReviewedComment(json.loads(labels), text) for labels, text in rows)


def count_answers_to(
    session: Session, form_definition_id: int, questions: Iterable[str]
) -> Mapping[str, int]:
    """Return how many participants of any round are counted with an answer to each question."""
    rounds = session.scalars(select(Round.id).where(Round.form_definition_id == form_definition_id))
    groups = FeedbackGroups(
        [group for round_id in rounds.all() for group in round_counts(session, round_id).groups]
    )
    return {name: groups.answered(name) for name in questions}


# --- checking -------------------------------------------------------------------------------------


def mistaken(session: Session) -> str | None:
    """Return the id of a group whose counts are not those of its rows, None when all are right.

    Every row is read once, and forgotten.
    """
    cells = session.execute(select(FeedbackCell.id, FeedbackCell.group_id, FeedbackCell.count))
    group_of = {}
    left = {}
    for id_, group_id, count in cells.all():
        group_of[id_], left[id_] = group_id, count
    groups = {group.id: group for group in session.scalars(select(FeedbackGroup))}
    labels = {group.id: json.loads(group.labels) for group in groups.values()}
    counts: dict[str, dict[str, dict[str, int | str]]] = {id_: {} for id_ in groups}
    versions = session.scalars(select(FormVersion.id)).all()
    known = {version: definitions.definition(session, version) for version in versions}
    rows = session.execute(
        select(Feedback.cell, Feedback.form_version_id, Feedback.answers).where(
            Feedback.cell.is_not(None)
        )
    ).yield_per(1000)
    for cell_id, version_id, answers in rows:
        if cell_id is None or cell_id not in group_of:
            return str(cell_id)
        group_id = group_of[cell_id]
        left[cell_id] -= 1
        questions = _questions(known[version_id], labels[group_id])
        count_answers(counts[group_id], questions, json.loads(answers))
    wrong = [group_of[id_] for id_, missing in left.items() if missing]
    wrong += [id_ for id_, group in groups.items() if counts[id_] != _kept(group)]
    return next(iter(wrong), None)


def _kept(group: FeedbackGroup) -> Mapping[str, Mapping[str, int | str]]:
    kept: dict[str, dict[str, int | str]] = {}
    merge(kept, group.shown)
    merge(kept, group.held)
    return kept
