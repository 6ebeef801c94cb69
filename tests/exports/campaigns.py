"""Whole campaigns of the shipped forms, filled by a seeded generator, without any database.

What is filled in is plausible enough to be read on paper, and holds what breaks workbooks: units
that have not sent, gaps, zeros, groups that no total counts, long and hostile texts.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from exports.rounds import Handled
from exports.tables import (
    Consolidation,
    Group,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
)
from exports.values import AnswerScope
from forms.compile import compile_form
from forms.explanations import Oddity, canonical_explanations
from forms.expressions import as_text, compile_python, is_blank
from forms.tree import Definition, Question
from language.dates import wall_clock
from tests.exports.counting import counted

ROOT = Path(__file__).parent.parent.parent
EXPORTED_AT = datetime(2021, 12, 6, 2, 30, tzinfo=UTC)
NOW = wall_clock(EXPORTED_AT)
DUE = {
    "dot1": datetime(2021, 8, 31, 16, 59, 59, tzinfo=UTC),
    "dot2": datetime(2021, 11, 30, 16, 59, 59, tzinfo=UTC),
}
CLOSED = ("dot1", "dot2")
SENTENCE = (
    "tổ chức hội nghị trực tuyến đến các chi bộ cơ sở, sao gửi tài liệu qua thư điện tử và trang "
    "thông tin điện tử, phân công báo cáo viên về từng ấp, khu phố, phát thanh trên hệ thống "
    "truyền thanh, kịp thời giải đáp thắc mắc của đảng viên, đoàn viên, hội viên và Nhân dân"
)
HOSTILE = ("=1+1", '=cmd|" /C calc"!A0', "+84 912", "-2", "@SUM(A1)", "\t=1", "<r>&</r>", "_x000D_")
# How many checks find something.
ODD = 0.1
ROOM = (0, 0, 3, 12, 84, 421, 1560, 20467)


@dataclass(frozen=True)
class Shape:
    """How a campaign is filled: shares from 0 to 1, and numbers."""

    sent: float = 0.8
    answered: float = 0.93
    feedback: int = 400
    difficulties: int = 12
    units: int | None = None
    hostile: float = 0.0
    long_texts: bool = False


@cache
def shipped_form(name: str) -> Definition:
    """Return one of the shipped forms, compiled."""
    path = ROOT / "forms" / "library" / f"{name}.md"
    return compile_form(path.read_bytes(), path.name).definition


@cache
def shipped_campaign() -> Mapping[str, Any]:
    """Return the description of the shipped campaign."""
    text = (ROOT / "campaigns" / "kh46" / "campaign.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def shipped_units() -> tuple[ReportingUnit, ...]:
    """Return the units of the shipped campaign, in official order."""
    path = ROOT / "campaigns" / "kh46" / "units.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return tuple(map(_unit, csv.DictReader(file)))


def _unit(row: Mapping[str, str]) -> ReportingUnit:
    return ReportingUnit(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"],
        group_code=row["group"],
        level=row["level"],
        required=row["report_duty"] == "bat_buoc",
        counted=row["count_in_total"] == "co",
    )


def make_campaign(seed: int = 1, shape: Shape = Shape()) -> Consolidation:
    """Return the shipped campaign, filled; the same seed fills it the same way."""
    random, campaign = Random(seed), shipped_campaign()
    units = shipped_units()
    if shape.units is not None:
        units = tuple(sorted(random.sample(units, shape.units), key=units.index))
    return Consolidation(
        campaign_code=campaign["code"],
        title=campaign["title"],
        subject=campaign["subject"],
        board_name=campaign["board_name"],
        parent_body=campaign["parent_body"],
        place=campaign["place"],
        signer_title=campaign["signer_title"],
        signer_name=campaign["signer_name"],
        report_symbol=campaign["report_symbol"],
        groups=tuple(Group(**group) for group in campaign["groups"]),
        rounds=tuple(_round(random, shape, units, entry) for entry in campaign["rounds"]),
        exported_at=EXPORTED_AT,
    )


def _round(
    random: Random, shape: Shape, units: Sequence[ReportingUnit], entry: Mapping[str, Any]
) -> RoundResponses:
    definition = shipped_form(entry["form"])
    whole = RoundResponses(entry["code"], entry["title"], entry["kind"], definition)
    if whole.kind == "public":
        given = (fill(random, definition, shape) for _ in range(shape.feedback))
        return replace(whole, feedback=counted(definition, list(given)))
    if whole.kind == "standing":
        chosen = random.choices(units, k=shape.difficulties)
        sent = (_sent(random, shape, unit, definition, EXPORTED_AT) for unit in chosen)
        handled = _handled(Random(shape.difficulties))
        return replace(whole, responses=tuple(replace(one, handled=next(handled)) for one in sent))
    due = DUE[whole.code]
    responses = tuple(_response(random, shape, unit, definition, due) for unit in units)
    return replace(whole, due_at=due, responses=responses)


def _response(
    random: Random, shape: Shape, unit: ReportingUnit, definition: Definition, due: datetime
) -> UnitResponse:
    if random.random() > shape.sent:
        state = random.choice(("not_opened", "drafting", "missing"))
        return UnitResponse(unit, None, None, None, state)
    return _sent(random, shape, unit, definition, due)


def _handled(random: Random) -> Iterator[Handled]:
    """Yield what became of one difficulty after another."""
    while True:
        state = random.choice(("new", "handled", "forwarded", "answered", "closed"))
        answered_on = EXPORTED_AT.date() if state == "answered" else None
        answer = "Ban sẽ cấp thêm máy chiếu." * bool(answered_on)
        yield Handled(state, answer, random.randint(0, 40), answered_on)


def _sent(
    random: Random, shape: Shape, unit: ReportingUnit, definition: Definition, due: datetime
) -> UnitResponse:
    sent_at = due + timedelta(minutes=random.randint(-20_000, 4_000))
    sent_at = min(sent_at, EXPORTED_AT - timedelta(hours=1))
    late = max(0, (sent_at - due).days + (sent_at > due))
    answers = {**fill(random, definition, shape), "ma_don_vi": unit.code, "ten_don_vi": unit.name}
    state = "late" if late else "on_time"
    returns = random.choice((0, 0, 0, 1))
    return UnitResponse(
        unit,
        definition,
        answers,
        sent_at,
        state,
        late,
        returns,
        explanations=_explanations(definition, unit, shape),
    )


def _explanations(definition: Definition, unit: ReportingUnit, shape: Shape) -> str:
    """Return what was odd and why, by chances of their own."""
    random = Random(f"{definition.form_id}:{unit.code}")
    odd = (check for check in definition.checks if random.random() < ODD)
    return canonical_explanations(
        Oddity(c.name, c.message.text("vi"), c.explain, c.question, _reason(random, shape))
        for c in odd
    )


def _reason(random: Random, shape: Shape) -> str:
    if random.random() < shape.hostile:
        return random.choice(HOSTILE)
    return random.choice(("", SENTENCE, SENTENCE * 5 if shape.long_texts else SENTENCE))


# --- answers --------------------------------------------------------------------------------------


def fill(random: Random, definition: Definition, shape: Shape = Shape()) -> dict[str, Any]:
    """Return canonical answers to a form: some left out, computed ones computed."""
    answers: dict[str, Any] = {}
    for question in definition.questions:
        if question.holds_value and definition.repeat_of(question.name) is None:
            _answer(random, definition, question, answers, shape)
    for repeat in definition.repeats:
        rows = [
            _instance(random, definition, repeat.name, shape)
            for _ in range(random.choice((0, 0, 1, 2)))
        ]
        if any(rows):
            answers[repeat.name] = rows
    return answers


def _instance(random: Random, definition: Definition, repeat: str, shape: Shape) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for question in definition.questions:
        if question.holds_value and definition.repeat_of(question.name) == repeat:
            _answer(random, definition, question, row, shape)
    return row


def _answer(
    random: Random,
    definition: Definition,
    question: Question,
    answers: dict[str, Any],
    shape: Shape,
) -> None:
    if question.type == "calculate":
        value = _computed(definition, question, answers)
    elif random.random() > shape.answered:
        return
    else:
        value = FILLERS[question.type](random, question, answers, shape)
    if value not in ("", [], None):
        answers[question.name] = value


def _computed(definition: Definition, question: Question, answers: Mapping[str, Any]) -> Any:
    assert question.calculation is not None
    value = compile_python(question.calculation.node)(AnswerScope(definition, answers, NOW, {}))
    if is_blank(value):
        return ""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return as_text(value)


def _integer(random: Random, question: Question, answers: Mapping[str, Any], _: Shape) -> int:
    """Return a number; what is "reached" of a total is no more than the total before it."""
    kind, _, of = question.name.partition("_")
    whole = answers.get(f"tong_{of}") if kind in ("qt", "tl", "ho") else None
    if whole is None:
        whole = random.choice(ROOM)
    return random.choice((0, whole, random.randint(0, whole), random.randint(0, whole)))


def _text(random: Random, question: Question, _: Mapping[str, Any], shape: Shape) -> str:
    if random.random() < shape.hostile:
        return random.choice(HOSTILE)
    if "multiline" not in question.appearance:
        return f"{random.randint(1, 300)}-{random.choice(('KH', 'CV', 'BC'))}/BTGHU"
    longest = 420 if shape.long_texts and random.random() < 0.1 else 45
    words = random.choices(SENTENCE.split(), k=random.randint(4, longest))
    return " ".join(words).capitalize() + "."


def _date(random: Random, *_: object) -> str:
    return (date(2021, 6, 8) + timedelta(days=random.randint(0, 150))).isoformat()


def _one(random: Random, question: Question, *_: object) -> str:
    return random.choice(question.choices).name


def _several(random: Random, question: Question, *_: object) -> list[str]:
    chosen = random.sample(question.choices, random.randint(1, min(3, len(question.choices))))
    return [choice.name for choice in question.choices if choice in chosen]


def _decimal(random: Random, *_: object) -> str:
    return str(Decimal(random.randint(0, 10_000)) / 100)


Filler = Callable[[Random, Question, Mapping[str, Any], Shape], Any]
FILLERS: dict[str, Filler] = {
    "integer": _integer,
    "decimal": _decimal,
    "text": _text,
    "date": _date,
    "select_one": _one,
    "select_multiple": _several,
    "acknowledge": lambda *_: "OK",
    "file": lambda *_: "bao-cao.pdf",
}


def closed_rounds(consolidation: Consolidation) -> Iterator[RoundResponses]:
    """Yield the rounds in which units report."""
    return (r for r in consolidation.rounds if r.code in CLOSED)
