"""A question whose type a newer version changes: no answer to the old one stands in the way.

Every pair of types: the first version asks all of one column of PAIRS, the second what stands
beside it. Answers to the first open, are read, shown and exported under the second.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

import pytest
from flask import Flask

from forms.answers import Typed, typed_of, values_of
from forms.build import given_names
from forms.reading import Around, Reading, read
from forms.tree import Definition, Question
from language.dates import wall_clock
from services import definitions
from tests.exports.books import write
from tests.exports.small import campaign, closed, sent, unit
from tests.factories import send_report, unit_link
from tests.forms.forms import definition
from tests.stored import open_round, writing
from tests.views.board_members import signed_in
from tests.views.taken import take_workbook
from tests.visitor import Visitor
from views.report import report_sections

NOW = wall_clock(datetime(2021, 8, 20, 1, 2, 3, tzinfo=UTC))
# A kind of question: how it is asked (with its further columns), and what is typed.
KINDS: Mapping[str, tuple[str, str, list[str]]] = {
    "text": ("text", "", ["Đợt 1, ông A"]),
    "digits": ("text", "", ["20210801"]),
    "lines": ("text", "multiline", ["một\nhai"]),
    "integer": ("integer", "", ["1234"]),
    "decimal": ("decimal", "", ["1.543,125"]),
    "range": ("range", "", ["7"]),
    "date": ("date", "", ["1/8/2021"]),
    "month": ("date", "month-year", ["8/2021"]),
    "year": ("date", "year", ["2021"]),
    "time": ("time", "", ["7:30"]),
    "moment": ("dateTime", "", ["1/8/2021 7:30:05"]),
    "one": ("select_one mau", "", ["xanh"]),
    "many": ("select_multiple mau", "", ["do", "vang"]),
    "rank": ("rank mau", "", ["vang", "do", "xanh"]),
    "tick": ("acknowledge", "", ["OK"]),
    "place": ("geopoint", "", ["10.5, 105.25"]),
    "note": ("note", "", []),
    "number": ("calculate", "", []),
    "hidden": ("hidden", "", []),
    "start": ("start", "", []),
    "today": ("today", "", []),
    "who": ("username", "", []),
    "device": ("deviceid", "", []),
    "file": ("file", "", []),
    "repeat": ("repeat", "", ["5"]),
    "group": ("group", "", ["6"]),
}
PAIRS = tuple(product(KINDS, KINDS))
FORMULAS = {"calculate": "1543.125 + 0", "hidden": "today()"}
HEADINGS = "| survey | type | name | label | appearance | calculation |"
CHOICES = """
| choices | list_name | name | label |
| | mau | do | Đỏ |
| | mau | xanh | Xanh |
| | mau | vang | Vàng |
| settings | form_title | form_id | version |
"""


def name_of(pair: tuple[str, str]) -> str:
    return f"{pair[0]}_{pair[1]}"


def form(side: int) -> str:
    """Return the older version (0) or the newer one (1)."""
    rows = [row for pair in PAIRS for row in _rows(pair[side], name_of(pair))]
    return "\n".join([HEADINGS, *rows]) + CHOICES + f"| | Báo cáo | bao_cao_dot_1 | {side} |"


def _rows(kind: str, name: str) -> list[str]:
    asked, appearance, _ = KINDS[kind]
    if asked in ("group", "repeat"):
        inner = f"| | integer | {name}_in | Trong {name} | | |"
        return [f"| | begin {asked} | {name} | {name} | | |", inner, f"| | end {asked} | | | | |"]
    label = "" if asked == "hidden" else f"Câu {name}"
    return [f"| | {asked} | {name} | {label} | {appearance} | {FORMULAS.get(asked, '')} |"]


@cache
def version(side: int) -> Definition:
    return definition(form(side))


def understood(side: int, typed: Typed, given: Mapping[str, str] | None = None) -> Reading:
    return read(version(side), typed, Around("vi", NOW, given=given or {}, username="TU-RG"))


@cache
def old_answers() -> dict[str, Any]:
    """Return what was answered to the older version, every question of it."""
    typed, given = Typed(), {}
    for pair in PAIRS:
        asked, _, texts = KINDS[pair[0]]
        inside = {"repeat": "{0}-0-{0}_in", "group": "{0}_in"}.get(asked, "{0}")
        typed[inside.format(name_of(pair))] = texts
        if asked == "file":
            given[name_of(pair)] = "3f1c2b8e9a7d4c5f"
    reading = understood(0, typed, given)
    assert reading.valid, reading.errors
    return reading.data()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_fits_is_kept_and_what_does_not_is_an_error_with_its_text(language: str) -> None:
    old = old_answers()
    typed = typed_of(version(1), old, language)
    new = understood(1, typed)
    given = given_names(version(1))
    # The answers of a repeat are not those of one question.
    names = {name_of(pair) for pair in PAIRS if pair[0] != "repeat"}
    asked = names & old.keys() - given
    asked = {name for name in asked if isinstance(version(1).places[name].item, Question)}
    assert len(asked) > 300
    for name in asked:
        kept, error = new.data().get(name), new.errors.get(name)
        assert (kept is None) != (error is None), (name, old[name], kept)
        assert any(typed[name]), name
        assert error is None or error.kind == "invalid", error
    # What was understood once is understood the same ever after.
    again = understood(1, typed_of(version(1), new.data(), language))
    assert again.data() == new.data()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_was_answered_is_shown_under_any_version(language: str) -> None:
    old = old_answers()
    new = understood(1, typed_of(version(1), old, "vi")).data()
    for side, data in product((0, 1), (old, new)):
        sections = report_sections(version(side), data, language, contacts=True)
        assert sum(len(section.rows) for section in sections) > 100
        assert values_of(version(side), data)


@pytest.mark.parametrize("side", [0, 1])
def test_the_workbook_takes_any_answer(side: int) -> None:
    who = unit("a")
    round_ = closed(version(side), sent(who, version(side), old_answers()))
    assert len(write(campaign(round_))) > 10_000


def test_pages_open_and_the_board_downloads(app: Flask) -> None:
    with writing(app) as session:
        definitions.publish(session, form(0).encode(), "cu.md", datetime.now(UTC))
    code = open_round(app)
    with writing(app) as session:
        send_report(session, unit_link(session), answers=json.dumps(old_answers()))
    with writing(app) as session:
        definitions.publish(session, form(1).encode(), "moi.md", datetime.now(UTC))
    visitor, member = Visitor(app.test_client()), signed_in(app, "viewer")
    page = visitor.open(f"/{code}?all=1")
    assert page.status == 200
    assert page.typed("text_integer") == "Đợt 1, ông A"
    assert 'id="error-text_integer">Nhập số nguyên' in page.html
    assert visitor.open(f"/{code}/kiem-tra").status == 200
    assert visitor.send(page, "submit").status == 422
    assert member.get("/ban/kh46/dot1/TU-RG").status_code == 200
    assert take_workbook(member).status_code == 200
