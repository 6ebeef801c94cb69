"""Filling a campaign with plausible answers, sent the way people send theirs."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.answers import Typed
from forms.explanations import PREFIX, canonical_explanations
from forms.expressions import Value
from forms.reading import Around, Reading, oddities, read
from forms.tree import Definition
from language.dates import TIME_ZONE, local, wall_clock
from models.campaign import Assignment, Link, Round
from models.feedback import Feedback
from models.problems import Problem
from models.response import Draft, Response
from models.unit import Unit
from services import audit, campaigns, definitions, drafts, feedback, reporting
from services.drafts import Saving
from services.previous import previous_answers
from services.recipes import Writer, fill, write
from services.reporting import Sending

OPENING_HOURS = (time(7, 30), time(17, 0))
# A draft is what stands in the first sections of a form.
DRAFTED_SECTIONS = 3
ASKED_BEFORE = timedelta(days=1)

Script = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does at some moment."""

    at: datetime
    perform: Callable[[Session, datetime], None]


@dataclass(frozen=True, slots=True)
class Sender:
    """A unit that is asked in a round."""

    link_code: str
    unit: Unit
    required: bool
    size: int


class ImplausibleError(Exception):
    """Answers that the form refuses: the script and the form do not fit each other."""


def plan(session: Session, campaign_code: str, path: Path) -> tuple[Act, ...]:
    """Return what happens in a campaign by the script in `path`, in order of time.

    Always the same for the same script. Raises Problem `campaign_not_empty` when anything has
    been sent or drafted in the campaign.
    """
    script = tomllib.loads(path.read_text(encoding="utf-8"))
    _refuse_filled(session, campaign_code)
    acts = [
        *_reports(session, campaign_code, script),
        *_difficulties(session, campaign_code, script),
        *_feedback(session, campaign_code, script),
    ]
    acts.sort(key=lambda act: act.at)
    if not acts:
        return ()
    asked_at = acts[0].at - ASKED_BEFORE
    return (Act(asked_at, partial(_ask_units, campaign_code=campaign_code)), *acts)


def _ask_units(session: Session, now: datetime, campaign_code: str) -> None:
    """Have the units asked before anybody sent: rates count those asked at the opening."""
    rounds = select(Round.id).where(Round.campaign.has(code=campaign_code))
    session.execute(
        update(Assignment)
        .where(Assignment.round_id.in_(rounds), Assignment.added_at > now)
        .values(added_at=now)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def _refuse_filled(session: Session, campaign_code: str) -> None:
    campaign = campaigns.find_campaign(session, campaign_code)
    rounds = select(Round.id).where(Round.campaign_id == campaign.id)
    assigned = select(Assignment.id).where(Assignment.round_id.in_(rounds))
    traces = (
        select(Response.id).where(Response.assignment_id.in_(assigned)),
        select(Draft.id).where(Draft.assignment_id.in_(assigned)),
        select(Feedback.id).join(Link).where(Link.round_id.in_(rounds)),
    )
    if any(session.scalar(trace.limit(1)) is not None for trace in traces):
        raise Problem("campaign_not_empty", campaign=campaign_code)


# --- reports --------------------------------------------------------------------------------------


def _reports(session: Session, campaign_code: str, script: Script) -> Iterator[Act]:
    for part in script["reports"]:
        dice = _dice(script, part["round"])
        senders = _senders(session, campaign_code, part["round"], script)
        for required in (True, False):
            asked = [sender for sender in senders if sender.required is required]
            dice.shuffle(asked)
            outcomes = _outcomes(part["required" if required else "invited"], len(asked))
            for sender, outcome in zip(asked, outcomes, strict=True):
                yield from OUTCOMES[outcome](script, part, sender, dice)


def _senders(session: Session, campaign_code: str, round_code: str, script: Script) -> list[Sender]:
    opened = campaigns.find_round(session, round_code, campaign_code)
    rows = session.execute(
        select(Link.code, Unit, Assignment.required)
        .join(Link.assignment)
        .join(Assignment.unit)
        .where(Link.round_id == opened.id, Link.revoked_at.is_(None))
        .order_by(Unit.position)
    )
    return [Sender(code, unit, required, _size(script, unit)) for code, unit, required in rows]


def _size(script: Script, unit: Unit) -> int:
    """Return a unit's size: the same in every round."""
    sizes = script["sizes"]
    return _dice(script, unit.code).randint(*sizes.get(unit.code) or sizes[unit.group_code])


def _outcomes(shares: Mapping[str, int], count: int) -> list[str]:
    """Return `count` outcomes in these shares, as near as whole units allow."""
    total, names = sum(shares.values()), list(shares)
    limits = [sum(list(shares.values())[: i + 1]) * count / total for i in range(len(names))]
    return [
        next(name for name, limit in zip(names, limits, strict=True) if place + 0.5 <= limit)
        for place in range(count)
    ]


def _sent_on_time(
    script: Script, part: Script, sender: Sender, dice: random.Random
) -> Iterator[Act]:
    at = _moment(part["days"], dice)
    yield Act(at, partial(_send, script, part, sender))
    if dice.random() < part["correction"]:
        later = at + timedelta(days=dice.randint(1, 3), minutes=dice.randint(1, 90))
        yield Act(later, partial(_send, script, part, sender))


def _sent_late(script: Script, part: Script, sender: Sender, dice: random.Random) -> Iterator[Act]:
    yield Act(_moment(part["late_days"], dice), partial(_send, script, part, sender))


def _drafted(script: Script, part: Script, sender: Sender, dice: random.Random) -> Iterator[Act]:
    yield Act(_moment(part["days"], dice), partial(_save_draft, script, part, sender))


OUTCOMES: Mapping[str, Callable[[Script, Script, Sender, random.Random], Iterator[Act]]] = {
    "on_time": _sent_on_time,
    "late": _sent_late,
    "drafting": _drafted,
    "nothing": lambda *_: iter(()),
}


def _send(script: Script, part: Script, sender: Sender, session: Session, at: datetime) -> None:
    link = reporting.open_link(session, sender.link_code, at)
    definition = definitions.definition(session, link.digest)
    typed = _typed(script, part, sender, definition, at)
    typed = Typed({**typed, **_reasons(script, part, sender, at)})
    given, previous = _words(sender, script["given"]), previous_answers(session, link)
    values = previous.values if previous else None
    understood = _understood(definition, typed, at, given, values)
    last = reporting.last_revision(session, link)
    number = last.number if last else 0
    opened = f"{script['seed']}:{at.isoformat()}"
    answers, reasons = (
        understood.answers().canonical(),
        canonical_explanations(oddities(understood)),
    )
    sending = Sending(link.form_version_id, answers, opened, number, reasons)
    reporting.submit(session, link, sending, at)


def _save_draft(
    script: Script, part: Script, sender: Sender, session: Session, at: datetime
) -> None:
    link = reporting.open_link(session, sender.link_code, at)
    definition = definitions.definition(session, link.digest)
    sections = {child.name for child in definition.children[:DRAFTED_SECTIONS]}
    typed = {
        name: values
        for name, values in _typed(script, part, sender, definition, at).items()
        if {group.name for group in definition.places[name.partition("-")[0]].groups} & sections
    }
    drafts.save_draft(session, link, Saving(link.form_version_id, typed, 0), at)


def _typed(
    script: Script, part: Script, sender: Sender, definition: Definition, at: datetime
) -> Typed:
    # Without the moment in it, so that a correction is the same report again on another day.
    dice = _dice(script, f"{part['round']}:{sender.unit.code}:{part.get('number', '')}")
    words = _words(sender, {"unit": "{unit}", "code": "{code}", "email": "{email}"})
    writer = Writer(dice, local(at).date(), sender.unit.group_code, sender.size, words)
    own = part.get("own", {}).get(sender.unit.code, {})
    return fill(definition, {**part["answers"], **own}, part.get("repeats", {}), writer)


def _reasons(script: Script, part: Script, sender: Sender, at: datetime) -> Typed:
    """Return why a figure may be odd; it is kept only where it is."""
    dice = _dice(script, f"{part['round']}:{sender.unit.code}:reasons")
    writer = Writer(dice, local(at).date(), sender.unit.group_code, sender.size)
    recipes = part.get("explanations", {})
    return Typed({PREFIX + name: write(name, recipe, writer) for name, recipe in recipes.items()})


def _words(sender: Sender, templates: Mapping[str, str]) -> dict[str, str]:
    unit = sender.unit
    return {
        name: template.format(unit=unit.name, code=unit.code, email=unit.email)
        for name, template in templates.items()
    }


def _understood(
    definition: Definition,
    typed: Typed,
    at: datetime,
    given: Mapping[str, str] | None = None,
    previous: Mapping[str, Value] | None = None,
) -> Reading:
    around = Around("vi", wall_clock(at), given or {}, previous=previous or {})
    understood = read(definition, typed, around)
    if not understood.valid:
        wrong = {error.name: error.message for error in understood.errors.values()}
        raise ImplausibleError(f"{definition.form_id}: {wrong}; typed: {dict(typed)}")
    return understood


# --- difficulties and feedback --------------------------------------------------------------------


def _difficulties(session: Session, campaign_code: str, script: Script) -> Iterator[Act]:
    part = script["difficulties"]
    dice = _dice(script, part["round"])
    senders = _senders(session, campaign_code, part["round"], script)
    for number in range(part["count"]):
        numbered = {**part, "number": number}
        at = _moment(part["days"], dice)
        yield Act(at, partial(_send, script, numbered, dice.choice(senders)))


def _feedback(session: Session, campaign_code: str, script: Script) -> Iterator[Act]:
    for part in script["feedback"]:
        dice = _dice(script, part["link"])
        opened = campaigns.find_round(session, part["round"], campaign_code)
        code = session.scalars(
            select(Link.code).where(Link.round_id == opened.id, Link.label == part["link"])
        ).one()
        for _ in range(part["count"]):
            at = _moment(part["days"], dice)
            yield Act(at, partial(_answer, part, code, dice.random()))


def _answer(part: Script, link_code: str, seed: float, session: Session, at: datetime) -> None:
    link = reporting.open_link(session, link_code, at)
    definition = definitions.definition(session, link.digest)
    writer = Writer(random.Random(seed), local(at).date())  # noqa: S311 - invented answers
    typed = fill(definition, part["answers"], {}, writer)
    answers = _understood(definition, typed, at).answers().canonical()
    feedback.send(session.connection(), link, link.form_version_id, answers, None, at)


# --- chance ---------------------------------------------------------------------------------------


def _dice(script: Script, name: str) -> random.Random:
    return random.Random(f"{script['seed']}:{name}")  # noqa: S311 - invented answers, no secret


def _moment(days: Sequence[date], dice: random.Random) -> datetime:
    """Return a moment in office hours between two days; the last days are the busiest."""
    first, last = days
    day = first + timedelta(days=round((last - first).days * (1 - dice.random() ** 2)))
    begins, ends = (datetime.combine(day, hour, TIME_ZONE) for hour in OPENING_HOURS)
    return begins + (ends - begins) * dice.random()


def note(session: Session, campaign_code: str, now: datetime) -> None:
    """Note in the audit log that a campaign's answers are invented."""
    audit.note(session, now, audit.SYSTEM, "campaign.demonstrated", f"campaign:{campaign_code}")
