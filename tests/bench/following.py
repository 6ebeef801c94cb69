"""How long the pages of the board take with ten thousand units and a million feedbacks."""

from __future__ import annotations

import json
import random
import statistics
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import create_app
from language.codes import PUBLIC_FIRST, UNIT_FIRST, new_code
from language.collation import stored_key
from language.text import fold
from models import Assignment, Campaign, Feedback, Link, Response, Revision, Round, Unit
from models.database import transaction
from services import accounts, definitions, feedback_counts
from settings import Settings
from tests.views.board_members import PASSWORD, sign_in

UNITS, FEEDBACKS = 10_000, 1_000_000
BATCH = 20_000
REQUESTS = 15
TARGET_MS = 100
# What the page of a round takes of a core, whatever else the machine does.
CORE_TARGET_MS = 50
NOW = datetime.now(UTC)
DUE = NOW - timedelta(days=10)
PAGES = {
    "round page": "/ban/kh46/dot1",
    "round, page 50": "/ban/kh46/dot1?page=50",
    "round, search": "/ban/kh46/dot1?q=don+vi+77",
    "round, by name": "/ban/kh46/dot1?sort=name",
    "progress board": "/ban/",
    "feedback page": "/ban/kh46/phan_hoi",
    "feedback, by area": "/ban/kh46/phan_hoi?by=dia_ban",
}


def measure_following(home: Path) -> None:
    """Fill an installation straight into its database, and print the median of each page."""
    app = create_app(Settings.from_environment({"PHIEU_HOME": str(home)}))
    with app.app_context():
        with transaction() as session:
            add_units(session)
        for _ in range(FEEDBACKS // BATCH):
            with transaction() as session:
                add_feedback(session)
        counted, took = count_feedback()
        print(f"{'counting feedback':18} {counted / took:8,.0f}/s in the background", flush=True)
        password = app.extensions["security"].password_util.normalize(PASSWORD)
        password_hash = hash_password(password)
        with transaction() as session:
            accounts.create_account(session, "a@ban.example", password_hash, "officer", NOW)
    client = app.test_client()
    sign_in(client, "a@ban.example")
    for name, address in PAGES.items():
        taken, of_core = milliseconds(client, address)
        print(
            f"{name:18} {UNITS:,} units, {FEEDBACKS:,} feedbacks: "
            f"median {statistics.median(taken):5.0f} ms, worst {max(taken):5.0f} ms"
            f" (target {TARGET_MS}); {statistics.median(of_core):4.0f} ms of a core"
            f" (target {CORE_TARGET_MS})",
            flush=True,
        )


def milliseconds(client: FlaskClient, address: str) -> tuple[list[float], list[float]]:
    """Return how long each of several requests took, after a first one, and how much of a core."""
    taken, of_core = [], []
    for _ in range(REQUESTS + 1):
        start, begun = time.perf_counter(), time.process_time()
        answer = client.get(address)
        taken.append((time.perf_counter() - start) * 1000)
        of_core.append((time.process_time() - begun) * 1000)
        assert answer.status_code == 200, address
    return taken[1:], of_core[1:]


def add_units(session: Session) -> None:
    """Ask many more units in the first round, each in a state of its own."""
    dice = random.Random(46)
    asked = session.scalars(select(Round).where(Round.code == "dot1")).one()
    asked.due_at = DUE
    version = definitions.newest(session, asked.form_definition_id)
    groups = [group["code"] for group in session.scalars(select(Campaign)).one().groups]
    first = 1_000_000
    names = [f"Đơn vị số {number} huyện {dice.choice('ăâđêôơư')}" for number in range(UNITS)]
    rows: dict[type[Any], list[dict[str, Any]]] = {
        table: [] for table in (Unit, Assignment, Link, Response, Revision)
    }
    for number, name in enumerate(names):
        id_, group = first + number, dice.choice(groups)
        rows[Unit].append(unit_row(id_, name, group))
        sent = DUE + timedelta(days=dice.uniform(-20, 5)) if dice.random() < 0.8 else None
        rows[Assignment].append(
            {
                "id": id_,
                "round_id": asked.id,
                "unit_id": id_,
                "required": dice.random() < 0.5,
                "counted": True,
                "unit_name": name,
                "name_key": stored_key(name),
                "search": fold(name),
                "group_code": group,
                "added_at": DUE - timedelta(days=30),
                "has_draft": sent is None and dice.random() < 0.5,
                "first_sent_at": sent,
                "sent_at": sent,
                "revisions": int(sent is not None),
            }
        )
        rows[Link].append(
            {
                "code": new_code(UNIT_FIRST),
                "round_id": asked.id,
                "assignment_id": id_,
                "created_at": NOW,
            }
        )
        if sent:
            rows[Response].append({"id": id_, "assignment_id": id_, "created_at": sent})
            rows[Revision].append(revision_row(id_, version.id, sent, dice.randrange(5000)))
    for table, values in rows.items():
        session.execute(insert(table), values)


def unit_row(id_: int, name: str, group: str) -> dict[str, Any]:
    """Return a unit."""
    return {
        "id": id_,
        "code": f"X{id_}",
        "name": name,
        "group_code": group,
        "report_duty": "moi",
        "count_in_total": True,
        "position": id_,
        "search": fold(f"X{id_} {name}"),
    }


def revision_row(id_: int, version_id: int, sent: datetime, persons: int) -> dict[str, Any]:
    """Return a report that says how many took part."""
    return {
        "id": id_,
        "response_id": id_,
        "number": 1,
        "form_version_id": version_id,
        "answers": json.dumps({"tong_luot": persons, "ghi_chu": "x" * 2000}),
        "author": "unit:X",
        "digest": "0" * 64,
        "instance": uuid.uuid4().hex,
        "receipt_code": new_code(PUBLIC_FIRST),
        "submitted_at": sent,
        "late": sent > DUE,
    }


def add_feedback(session: Session) -> None:
    """Add a batch of feedback through every public link."""
    asked = session.scalars(select(Round).where(Round.code == "phan_hoi")).one()
    links = session.scalars(select(Link.code).where(Link.round_id == asked.id)).all()
    version = definitions.newest(session, asked.form_definition_id)
    definition = definitions.definition(session, version.digest)
    areas = [*definition.question("dia_ban").choice_names, ""]
    rows = [
        {
            "link_code": random.choice(links),
            "id": uuid.uuid4().hex,
            "form_version_id": version.id,
            "answers": json.dumps(dict(some_answers(areas))),
            "sent_on": date(2021, 8, 1) + timedelta(days=random.randrange(60)),
        }
        for _ in range(BATCH)
    ]
    session.execute(insert(Feedback), rows)


def some_answers(areas: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the answers of somebody."""
    pick = random.choice
    yield "doi_tuong", pick(("dv_cbccvc", "dv_hv_nd"))
    if area := pick(areas):
        yield "dia_ban", area
    yield "co_tai_lieu", pick(("giay", "dien_tu", "chua"))
    yield "mong_muon", random.sample(("hn", "ol", "video"), 2)
    for name in ("de_hieu", "thiet_thuc", "cach_trinh_bay"):
        yield name, pick("12345")
    if random.random() < 0.05:
        yield "gop_y", "Nội dung thiết thực, đề nghị có thêm tài liệu."


def count_feedback() -> tuple[int, float]:
    """Count all feedback as the background worker does; return how much and in how long."""
    start, total, counted = time.perf_counter(), 0, 1
    while counted:
        with transaction() as session:
            counted = feedback_counts.count_up(session, NOW, BATCH)
        total += counted
    return total, time.perf_counter() - start
