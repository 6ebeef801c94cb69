"""Any small form: it compiles, it is drawn, what is not asked is not kept, answers come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forms.answers import Typed, typed_of
from forms.reading import Around, Reading, read
from forms.tree import Definition
from language.dates import wall_clock
from models import Link, Round
from services import definitions
from tests.factories import WORKING_DAY
from tests.forms.forms import definition
from tests.stored import open_round, writing
from tests.visitor import Visitor, plausible

NOW = wall_clock(datetime(2021, 8, 20, 1, tzinfo=UTC))
COLOURS = ("do", "xanh", "vang")
HEADER = "| survey | type | name | label::Tiếng Việt (vi) | label::English (en) | required |"
CHOICES = "".join(f"| | mau | {name} | Màu {name} | Colour {name} |\n" for name in COLOURS)


# --- forms ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """When a part is asked: what it says in the form, and how to tell by the answers."""

    kind: str
    name: str
    value: str = ""

    def __str__(self) -> str:
        return CONDITIONS[self.kind].format(self.name, self.value)

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Tell by the stored answers whether the part was asked."""
        return HOLDS[self.kind](answers.get(self.name), self.value)


HOLDS: dict[str, Callable[[Any, str], bool]] = {
    "is": lambda answer, value: answer == value,
    "is not": lambda answer, value: answer != value,
    "has": lambda answer, value: value in (answer or []),
    "filled": lambda answer, value: answer is not None,
    "over": lambda answer, value: answer is not None and float(answer) > float(value),
}
CONDITIONS = {
    "is": "${{{}}} = '{}'",
    "is not": "${{{}}} != '{}'",
    "has": "selected(${{{}}}, '{}')",
    "filled": "${{{}}} != ''",
    "over": "${{{}}} > {}",
}
# What a question of each type can decide, and with which values.
DECIDES = {
    "select_one mau": (("is", COLOURS), ("is not", COLOURS), ("filled", ("",))),
    "select_multiple mau": (("has", COLOURS),),
    "integer": (("over", ("0", "5")), ("filled", ("",))),
    "decimal": (("over", ("0", "5")),),
    "text": (("filled", ("",)),),
    "date": (("filled", ("",)),),
    "range": (("over", ("0", "50")),),
    "time": (("filled", ("",)),),
    "dateTime": (("filled", ("",)),),
    "geopoint": (("filled", ("",)),),
}
TYPES = (*DECIDES, "select_one mau", "acknowledge", "note", "calculate")
CONSTRAINTS = {
    "integer": ". >= 0 and . <= 1000",
    "text": "string-length(.) <= 30",
    "date": ". <= today()",
}
PARAMETERS = {"range": "start=0 end=100 step=25"}
APPEARANCES = {
    "text": "multiline",
    "select_one mau": "minimal",
    "select_multiple mau": "minimal",
}


@dataclass(frozen=True)
class Part:
    """A question, a group or a repeat of a generated form."""

    name: str
    kind: str
    condition: Condition | None = None
    required: bool = False
    constrained: bool = False
    plain: bool = True
    calculation: str = ""
    children: tuple[Part, ...] = ()

    def rows(self) -> Iterator[str]:
        """Yield the rows of the survey sheet."""
        if not self.children:
            yield self._row(self.kind)
            return
        yield self._row(f"begin {self.kind}")
        for child in self.children:
            yield from child.rows()
        yield f"| | end {self.kind} |" + " |" * 9

    def _row(self, kind: str) -> str:
        labelled = kind != "calculate"
        cells = [
            *("", kind, self.name),
            f"Câu **{self.name}**" if labelled else "",
            f"Question {self.name}" if labelled else "",
            "yes" if self.required else "",
            CONSTRAINTS.get(kind, "") if self.constrained else "",
            str(self.condition or ""),
            self.calculation,
            "" if self.plain else APPEARANCES.get(kind, ""),
            PARAMETERS.get(kind, ""),
        ]
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Form:
    """A generated form."""

    parts: tuple[Part, ...]

    def markdown(self) -> str:
        rows = "\n".join(row for part in self.parts for row in part.rows())
        return (
            f"{HEADER} constraint | relevant | calculation | appearance | parameters |\n{rows}\n"
            f"| choices | list_name | name | label::Tiếng Việt (vi) | label::English (en) |\n"
            f"{CHOICES}"
            "| settings | form_title | form_id | version | default_language |\n"
            "| | Biểu mẫu thử | thu | 1 | Tiếng Việt (vi) |\n"
        )


@st.composite
def questions(draw: st.DrawFn, earlier: tuple[Part, ...], prefix: str) -> tuple[Part, ...]:
    """Return one to four questions; each may depend on those before it."""
    made: list[Part] = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(TYPES))
        known = (*earlier, *made)
        numbers = [part.name for part in known if part.kind in ("integer", "decimal")]
        part = Part(
            f"{prefix}{number}",
            kind,
            condition=draw(conditions(known)),
            required=kind not in ("note", "calculate") and draw(st.booleans()),
            constrained=draw(st.booleans()),
            plain=draw(st.booleans()),
        )
        if kind == "calculate":
            whole = " + ".join(f"${{{name}}}" for name in numbers) or "1"
            part = replace(part, calculation=whole, required=False)
        made.append(part)
    return tuple(made)


def conditions(known: tuple[Part, ...]) -> st.SearchStrategy[Condition | None]:
    """Return none, or a condition on a question that is known."""
    possible = [
        Condition(kind, part.name, value)
        for part in known
        for kind, values in DECIDES.get(part.kind, ())
        for value in values
    ]
    return st.one_of(st.none(), st.sampled_from(possible)) if possible else st.none()


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Return a form of questions, groups and repeats."""
    parts: list[Part] = list(draw(questions((), "a")))
    for number in range(draw(st.integers(0, 3))):
        known = tuple(part for part in parts if not part.children)
        kind = draw(st.sampled_from(["group", "repeat"]))
        children = draw(questions(known, f"{'bcd'[number]}{kind[0]}"))
        condition = draw(conditions(known))
        parts.append(Part(f"{kind}{number}", kind, condition, children=children))
    return Form(tuple(parts))


# --- what is typed --------------------------------------------------------------------------------

RIGHT = {
    "text": st.sampled_from(["Đợt 1", "=1+1", "0912", "a b", "½"]),
    "integer": st.sampled_from(["0", "1.234", "7", "12 345", "6"]),
    "decimal": st.sampled_from(["0", "95,5", "1.234,5", "7", "0,125"]),
    "date": st.sampled_from(["1/8/2021", "31-12-2020", "2021-08-20"]),
    "select_one": st.sampled_from(COLOURS),
    "select_multiple": st.sampled_from(COLOURS),
    "acknowledge": st.just("OK"),
    "range": st.sampled_from(["0", "25", "100"]),
    "time": st.sampled_from(["7:30", "14h05", "23:59:59"]),
    "dateTime": st.sampled_from(["1/8/2021 7:30", "2021-08-20T08:00", "14:05 ngày 31/8/2021"]),
    "geopoint": st.sampled_from(["10.0125, 105.0809", "10,5; 105,25", "-10 105 3 5"]),
}
WRONG = st.sampled_from(["", " ", "x\x00", "mười", "31/2/2021", "9" * 30, "Uû ban nh©n d©n"])


@st.composite
def answered(draw: st.DrawFn, wrong: bool) -> tuple[Form, Typed]:
    """Return a form and what somebody has typed into some of its inputs."""
    form = draw(forms())
    typed = Typed()
    for question in compiled(form).questions:
        if question.type not in RIGHT:
            continue
        repeat = compiled(form).repeat_of(question.name)
        names = [f"{repeat}-{index}-{question.name}" for index in (0, 1, 7)]
        for name in names if repeat else [question.name]:
            values = st.one_of(RIGHT[question.type], WRONG) if wrong else RIGHT[question.type]
            if draw(st.integers(0, 4)):
                typed[name] = [draw(values)]
    return form, typed


@lru_cache(maxsize=10)
def compiled(form: Form) -> Definition:
    return definition(form.markdown())


def understood(form: Form, typed: Typed, language: str = "vi") -> Reading:
    return read(compiled(form), typed, Around(language, NOW))


# --- what must hold -------------------------------------------------------------------------------


@given(forms())
def test_a_blank_form_is_read_in_any_language(form: Form) -> None:
    for language in ("vi", "en"):
        reading = understood(form, Typed(), language)
        assert all(error.kind == "required" for error in reading.errors.values())


@settings(max_examples=300)
@given(answered(wrong=True))
def test_what_is_not_asked_is_never_kept(case: tuple[Form, Typed]) -> None:
    form, typed = case
    data = understood(form, typed).data()
    for part in form.parts:
        asked = part.condition is None or part.condition.holds(data)
        names = [child.name for child in part.children] if part.kind == "group" else [part.name]
        assert asked or not set(names) & set(data), part
        for child in part.children:
            for answers in [data] if part.kind == "group" else data.get(part.name, []):
                known = {**data, **answers}
                hidden = child.condition is not None and not child.condition.holds(known)
                assert not (hidden and child.name in answers), child


@settings(max_examples=400)
@given(answered(wrong=False))
def test_answers_that_are_typed_again_are_the_same(case: tuple[Form, Typed]) -> None:
    form, typed = case
    reading = understood(form, typed)
    assume(all(error.kind == "required" for error in reading.errors.values()))
    data = reading.data()
    for language in ("vi", "en"):
        again = typed_of(compiled(form), data, language)
        assert understood(form, again, language).data() == data


def test_every_form_is_drawn_filled_and_sent(app: Flask, client: FlaskClient) -> None:
    visitor = Visitor(client)
    code = open_round(app)

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(forms())
    def draw(form: Form) -> None:
        publish(app, form, code)
        for language in ("vi", "en"):
            page = visitor.open(f"/{code}?all=1&lang={language}")
            assert page.status == 200
        answer = visitor.send(page, "submit", plausible(page.form))
        assert answer.status in (303, 422), answer.text

    draw()


def publish(app: Flask, form: Form, code: str) -> None:
    """Let the round behind a link ask a generated form."""
    with writing(app) as session:
        version = definitions.publish(session, form.markdown().encode(), "thu.md", WORKING_DAY)
        asked = session.get_one(Round, session.get_one(Link, code).round_id)
        asked.form_definition_id = version.form_definition_id
