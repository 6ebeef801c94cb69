"""Forms and campaigns made by chance: any tables that a form can ask for, filled in any way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from exports.options import WorkbookOptions
from exports.rounds import Consolidation, ReportingUnit, RoundResponses, UnitResponse
from forms.tree import Column, Definition, Group, Question, Table
from tests.exports.small import (
    campaign,
    choices,
    closed,
    column,
    expression,
    form,
    labels,
    public,
    question,
    sent,
    table,
    unit,
    unsent,
)

NUMBERS = ("a", "b", "c", "d", "e")
CHOICES = choices(
    ("tot", "Tốt"), ("kha", "Khá*"), ("dat", "=Đạt"), ("1", "1"), ("x" * 9, "Rất " * 60)
)
SCALE = choices(("1", "Kém"), ("2", "Vừa"), ("3", "Tốt"))
BANDS = ("", "", "Số cuộc", "Lượt người")
STATES = ("missing", "drafting", "not_opened")


def generated(seed: int) -> Consolidation:
    """Return a campaign of two or three rounds, of forms whose tables are made by chance."""
    random = Random(seed)
    reports = [_closed(random, number) for number in range(1, random.choice((2, 2, 3)) + 1)]
    asked = _survey(random)
    feedback = [_feedback(random) for _ in range(random.choice((0, 8, 40)))]
    return campaign(
        *reports,
        public(asked, feedback),
        document_style=random.choice(("party", "decree")),
        options=WorkbookOptions(letterhead=random.random() < 0.5),
    )


# --- forms ----------------------------------------------------------------------------------------


def _closed(random: Random, number: int) -> RoundResponses:
    definition = _form(random)
    responses = _responses(random, definition)
    return replace(closed(definition, *responses, number=number), responses=tuple(responses))


def _form(random: Random) -> Definition:
    asked: list[Question | Group] = [question(name, random.choice(("integer", "decimal")))
                                     for name in NUMBERS]  # fmt: skip
    asked += [
        question("muc", "select_one", choices=CHOICES),
        question("nhieu", "select_multiple", choices=CHOICES),
        question("loi", "text"),
        Group("lap", labels("Lặp"), repeat=True, children=(
            question("ten", "text"), question("loai", "select_one", choices=CHOICES),
        )),
    ]  # fmt: skip
    units = _units_table(random)
    return form(*asked, tables=[units, _opinions(random), _repeated(random), _compared(units)])


def _units_table(random: Random) -> Table:
    """Return a table of units: columns that are read, sums, differences, shares and ratios."""
    columns = [_number(random, name) for name in NUMBERS]
    for place in range(random.randint(1, 6)):
        columns.append(_computed(random, f"tinh_{place}", [c.name for c in columns]))
    columns.append(column("loi_noi", "${loi}", "text"))
    random.shuffle(columns)
    asked = {"filter": expression("${a} > 10 or ${muc} = 'tot'")} if random.random() < 0.3 else {}
    return table("units", *columns, **asked)


def _number(random: Random, name: str) -> Column:
    shown = random.choice((f"${{{name}}}", f"${{{name}}}", f"coalesce(${{{name}}}, 0) * 2"))
    kind = random.choice(("integer", "decimal", "scale"))
    made = column(name, shown, kind, total=random.random() < 0.8, band=random.choice(BANDS))
    return replace(made, chart=random.choice(("", "groups", "units")))


def _computed(random: Random, name: str, before: list[str]) -> Column:
    one, two, three = (f"${{{random.choice(before)}}}" for _ in range(3))
    source, kind = random.choice((
        (f"{one} + {two} + {three}", "integer"),
        (f"{one} - {two}", "integer"),
        (f"percent({one}, {two})", "percent"),
        (f"{one} * 100 div {two}", "decimal"),
        (f"round({one} div {two}, 2)", "scale"),
        (f"if({one} > {two}, {one}, {three})", "decimal"),
        (f"coalesce({one}, 0) + coalesce({two}, 0)", "integer"),
        (f"round(({one} + {two}) div 3, 1)", "decimal"),
    ))  # fmt: skip
    made = column(name, source, kind, band=random.choice(BANDS))
    return replace(made, chart=random.choice(("", "groups")))


def _opinions(random: Random) -> Table:
    """Return a list with distributions above it, and perhaps counts below."""
    columns = [column("muc", "${muc}", "text"), column("nhieu", "${nhieu}", "text")]
    if random.random() < 0.7:
        columns.append(column("loi", "${loi}", "text"))
    shown = columns if random.random() < 0.8 else columns[:1]
    return table(
        "list", *shown, name="muc_do", position=8, labels=labels("Mức độ"),
        head=("muc", "nhieu"), foot=random.choice(((), ("muc", "nhieu"))),
    )  # fmt: skip


def _repeated(random: Random) -> Table:
    return table(
        "list", column("ten", "${ten}", "text"), column("loai", "${loai}", "text"),
        column("dau", None, "tick"), name="lap_lai", position=9, labels=labels("Lặp lại"),
        rows="lap", foot=("loai",), group_by=random.choice(("", "loai")),
    )  # fmt: skip


def _compared(units: Table) -> Table:
    """Return a comparison of what the table of units adds up and computes."""
    names = [c.name for c in units.columns if c.format != "text"]
    shown = [column(f"so_{name}", f"${{{name}}}", "decimal", band="Số") for name in names]
    shown += [
        column("ty_le", f"percent(${{so_{names[0]}}}, ${{so_{names[1]}}})", "percent"),
        column("da_gui", "percent(${units_sent}, ${units_asked})", "percent"),
        column("dung_han", "${units_on_time}", "integer"),
    ]
    drawn = [replace(one, chart="yes") for one in shown]
    return table("comparison", *drawn, name="so_sanh", position=14, labels=labels("So sánh"))


def _survey(random: Random) -> Definition:
    columns = [column("muc", "${muc}", "text"), column("diem", "${diem}", "scale"),
               column("nhieu", "${nhieu}", "text"), column("so", "${so}", "decimal")]  # fmt: skip
    drawn = [replace(one, chart=random.choice(("", "yes"))) for one in columns]
    return form(
        question("muc", "select_one", choices=CHOICES),
        question("diem", "select_one", choices=SCALE),
        question("nhieu", "select_multiple", choices=CHOICES),
        question("so", "integer"),
        tables=[table("distribution", *drawn, name="y_kien", position=12)],
    )


# --- answers --------------------------------------------------------------------------------------


def _responses(random: Random, definition: Definition) -> list[UnitResponse]:
    found = []
    for number in range(random.choice((0, 1, 5, 14))):
        who = _unit(random, number)
        if random.random() < 0.25:
            found.append(unsent(who, random.choice(STATES)))
            continue
        made = sent(who, definition, _answers(random))
        late = random.random() < 0.3
        found.append(replace(
            made, state="late" if late else "on_time", days_late=int(late),
            added_later=random.random() < 0.1,
        ))  # fmt: skip
    return found


def _unit(random: Random, number: int) -> ReportingUnit:
    """Return a unit of one of three groups; some stand below one that came before."""
    made = unit(
        f"U{number}", random.choice("ABX"), counted=random.random() < 0.6,
        required=random.random() < 0.7,
    )  # fmt: skip
    below = number > 2 and random.random() < 0.3
    return replace(made, above=f"U{random.randrange(number)}") if below else made


def _answers(random: Random) -> dict[str, Any]:
    given: dict[str, Callable[[], Any]] = {
        **dict.fromkeys(NUMBERS, lambda: _figure(random)),
        "muc": lambda: random.choice(CHOICES).name,
        "nhieu": lambda: [c.name for c in CHOICES if random.random() < 0.5],
        "loi": lambda: random.choice(("=1+1", "Tốt", "-5", "x" * 300)),
        "lap": lambda: [
            {"ten": "Một", "loai": random.choice(CHOICES).name}
            for _ in range(random.randint(1, 3))
        ],
    }  # fmt: skip
    made = {name: make() for name, make in given.items() if random.random() < 0.85}
    return {name: value for name, value in made.items() if value != []}


def _figure(random: Random) -> int | float:
    return random.choice((0, 0, 1, 7, random.randint(0, 5_000_000), random.randint(0, 999) / 8))


def _feedback(random: Random) -> dict[str, Any]:
    return {
        "muc": random.choice(CHOICES).name,
        "diem": random.choice(SCALE).name,
        "nhieu": [c.name for c in CHOICES if random.random() < 0.4],
        "so": random.randint(0, 90),
    }
