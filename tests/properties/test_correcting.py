"""Whatever units and the board do in whatever order: history only grows, and the table holds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditEntry, Decision, Extension, Revision
from models.database import Base, reading, transaction
from models.problems import Problem
from services import campaigns, correcting, drafts, reporting, verification
from services.correcting import Return
from services.drafts import Saving
from services.reporting import OpenLink, Sending
from services.states import STAGES, Stage
from tests.factories import WORKING_DAY, change_round

OFFICER = "officer@ban.example"
HISTORY: tuple[type[Base], ...] = (Revision, Decision, Extension, AuditEntry)
DUE = WORKING_DAY + timedelta(days=5)
CLOSES = WORKING_DAY + timedelta(days=10)
EXAMPLES = {"sqlite": 25, "postgresql": 6}
DAYS = st.integers(1, 6)

Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(session: Session, after: dict[str, int]) -> Rows:
    """Return the rows of history that were added after some ids, in their order."""
    found: Rows = {}
    for model in HISTORY:
        table = model.__table__
        query = select(table).where(table.c.id > after[table.name]).order_by(table.c.id)
        found[table.name] = [tuple(map(repr, row)) for row in session.execute(query)]
    return found


def attempt(work: Callable[[Session], Any]) -> tuple[Any, str | None]:
    """Do something in a transaction; return its result and the problem that it met, if any."""
    try:
        with transaction() as session:
            return work(session), None
    except Problem as problem:
        return None, problem.code


@dataclass
class Expected:
    """What the report of one unit should be like, worked out beside the code."""

    stage: Stage = "none"
    number: int = 0
    extended_to: datetime | None = None
    returned_until: datetime | None = None
    first_sent_at: datetime | None = None
    was_on_time: bool = False
    instances: list[str] = field(default_factory=list)

    @property
    def due(self) -> datetime:
        return max(DUE, self.extended_to or DUE)

    def refusal(self, now: datetime, base: int, *, officer: bool) -> str | None:
        """Return the problem that sending meets, if any."""
        if self.stage == "accepted":
            return "report_accepted"
        closes = max(CLOSES, self.extended_to or CLOSES)
        if self.stage == "returned" and self.returned_until:
            closes = max(closes, self.returned_until)
        if now > closes and not officer:
            return "round_closed"
        return "stale_revision" if base != self.number else None

    def sent(self, now: datetime, instance: str) -> None:
        self.stage, self.returned_until = "sent", None
        self.number += 1
        self.first_sent_at = self.first_sent_at or now
        self.instances.append(instance)


class Correcting(RuleBasedStateMachine):
    """One report, from nothing on; every act is committed as a request commits it."""

    app: Flask
    codes: Iterator[str]

    @initialize()
    def begin(self) -> None:
        self.context = self.app.app_context()
        self.context.push()
        self.code = next(self.codes)
        self.now = WORKING_DAY
        self.expected = Expected()
        with reading() as session:
            self.assignment = self.link(session).assignment_id or 0
            self.after = {
                model.__table__.name: session.scalar(select(func.max(model.__table__.c.id))) or 0
                for model in HISTORY
            }
            self.rows = rows_of(session, self.after)

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.pop()

    def link(self, session: Session) -> OpenLink:
        return reporting.open_link(session, self.code, self.now)

    def act(self, work: Callable[[Session], Any], refusal: str | None) -> Any:
        """Do something as a request does it; what is refused leaves nothing behind."""
        result, met = attempt(work)
        # No two acts have the same moment.
        self.now += timedelta(microseconds=1)
        assert met == refusal
        if refusal:
            with reading() as session:
                assert rows_of(session, self.after) == self.rows
        return result

    # --- acts ---

    @rule(days=st.integers(0, 4), hours=st.integers(0, 23))
    def time_goes_on(self, days: int, hours: int) -> None:
        self.now += timedelta(days=days, hours=hours)

    @rule(number=st.integers(-3, 3), off=st.sampled_from([0, 0, 0, -1, 1]))
    def send(self, number: int, off: int) -> None:
        self.sending({"so": number}, self.expected.number + off, OFFICER[:0])

    @rule(off=st.sampled_from([0, 0, -1]))
    def correct_on_behalf(self, off: int) -> None:
        self.sending({"so": 9}, self.expected.number + off, OFFICER)

    def sending(self, answers: dict[str, int], base: int, author: str) -> None:
        instance = uuid.uuid4().hex
        text = json.dumps(answers, separators=(",", ":"))

        def work(session: Session) -> reporting.Receipt:
            link = self.link(session)
            reason = "Báo cáo giấy." if author else ""
            sending = Sending(link.form_version_id, text, instance, base, "{}", author, reason)
            submit = correcting.correct if author else reporting.submit
            return submit(session, link, sending, self.now)

        refusal = self.expected.refusal(self.now, base, officer=bool(author))
        receipt = self.act(work, refusal)
        if receipt:
            self.expected.sent(receipt.submitted_at, instance)
            assert receipt.number == self.expected.number
            assert receipt.late is (receipt.submitted_at > self.expected.due)

    @precondition(lambda self: self.expected.instances)
    @rule(data=st.data())
    def send_again_what_was_sent(self, data: st.DataObject) -> None:
        instance = data.draw(st.sampled_from(self.expected.instances))
        before = self.rows

        def work(session: Session) -> reporting.Receipt:
            link = self.link(session)
            return reporting.submit(
                session, link, Sending(link.form_version_id, "{}", instance, 0), self.now
            )

        receipt = self.act(work, None)
        assert receipt.repeated
        assert receipt.number == self.expected.instances.index(instance) + 1
        with reading() as session:
            assert rows_of(session, self.after) == before

    @rule(off=st.sampled_from([0, 0, 0, -1]))
    def accept(self, off: int) -> None:
        seen, stage = self.expected.number + off, self.expected.stage
        repeated = stage == "accepted" and off == 0
        refusal = "stale_revision" if off else "report_missing" if stage == "none" else None
        done = self.act(
            lambda s: correcting.accept(s, self.assignment, seen, OFFICER, self.now), refusal
        )
        if refusal is None:
            assert done is not repeated
            self.expected.stage = "accepted"

    @rule(off=st.sampled_from([0, 0, 0, -1]), days=st.none() | DAYS, note=st.sampled_from("ab"))
    def give_back(self, off: int, days: int | None, note: str) -> None:
        seen, stage = self.expected.number + off, self.expected.stage
        deadline = self.now + timedelta(days=days) if days else None
        back = Return(note, {"so": note}, deadline)
        refusal = "stale_revision" if off else "report_missing" if stage == "none" else None
        self.act(
            lambda s: correcting.return_for_correction(
                s, self.assignment, seen, back, OFFICER, self.now
            ),
            refusal,
        )
        if refusal is None:
            self.expected.stage, self.expected.returned_until = "returned", deadline

    @rule(days=st.integers(-2, 8))
    def extend(self, days: int) -> None:
        due_at = self.now + timedelta(days=days)
        earlier = self.expected.number > 0 and due_at < self.expected.due
        refusal = "extension_earlier" if earlier else None
        self.act(
            lambda s: correcting.extend(s, self.assignment, due_at, "Bão.", OFFICER, self.now),
            refusal if self.expected.extended_to != due_at else None,
        )
        if not earlier:
            self.expected.extended_to = due_at

    @rule(text=st.text(max_size=5))
    def save_a_draft(self, text: str) -> None:
        """Keep what is typed; history does not care."""

        def work(session: Session) -> None:
            link = self.link(session)
            saving = Saving(link.form_version_id, {"so": [text]}, 0)
            drafts.save_draft(session, link, saving, self.now)

        _, refusal = attempt(work)
        assert refusal is None
        with reading() as session:
            assert rows_of(session, self.after) == self.rows

    # --- what always holds ---

    @invariant()
    def history_only_grows(self) -> None:
        with reading() as session:
            rows = rows_of(session, self.after)
        for name, before in self.rows.items():
            assert rows[name][: len(before)] == before
        self.rows = rows

    @invariant()
    def revisions_are_counted_from_one(self) -> None:
        with reading() as session:
            sent = reporting.revisions(session, self.assignment)
        assert [r.number for r in reversed(sent)] == list(range(1, self.expected.number + 1))

    @invariant()
    def the_stage_is_that_of_the_table(self) -> None:
        with reading() as session:
            link = self.link(session)
            report = correcting.find(session, self.assignment)
        assert link.stage == correcting.stage(report) == self.expected.stage
        assert self.expected.stage in {"none", *STAGES.values()}

    @invariant()
    def who_was_on_time_stays_so(self) -> None:
        with reading() as session:
            state = self.link(session).state
        first = self.expected.first_sent_at
        if first:
            assert state == ("late" if first > self.expected.due else "on_time")
        assert state == "on_time" or not self.expected.was_on_time
        self.expected.was_on_time = state == "on_time"


@pytest.mark.parametrize("rounds", [("dot1", "dot2")])
def test_no_order_of_acts_changes_history(
    app: Flask, backend: str, rounds: tuple[str, ...]
) -> None:
    with app.app_context():
        with transaction() as session:
            for code in rounds:
                change_round(session, code, due_at=DUE, closes_at=CLOSES, late_allowed=True)
            codes = [x.code for code in rounds for x in campaigns.links(session, code)]

        class Machine(Correcting):
            pass

        Machine.app, Machine.codes = app, iter(codes)
        run_state_machine_as_test(
            Machine,
            settings=hypothesis_settings(
                max_examples=EXAMPLES[backend], stateful_step_count=20, deadline=None
            ),
        )
        with reading() as session:
            summary = verification.verify(session, app.config["FILES"])
            assert summary.revisions
            assert summary.decisions
