"""Tidy data: what the tables of a form are, and what stands in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from exports.cells import Cell
from exports.records import (
    DataColumn,
    DataOptions,
    DataPlan,
    DataSheet,
    Record,
    dictionary,
    distinct,
    manifest,
)
from forms.expressions import parse
from forms.tree import Choice, Definition, Expression, Group, Labels, Question
from tests.exports.campaigns import closed_rounds, make_campaign
from tests.exports.small import choices, form, labels, question

KNOWN = (DataColumn("key", "Mã"), DataColumn("unit_name", "Đơn vị"))
LEVELS = choices(("tot", "Tốt"), ("kha", "Khá"))
REPEAT = Group(
    "hop", labels("Cuộc họp"), repeat=True, children=(question("ngay", "date"), question("so"))
)


def plan(*versions: Definition, **options: Any) -> DataPlan:
    return DataPlan(versions, KNOWN, DataOptions(**options))


def rows(
    given: DataPlan, *answers: tuple[Definition, dict[str, Any]], table: str = ""
) -> list[Any]:
    records = (
        Record((f"R{number}", "Ngã Bảy"), definition, answered)
        for number, (definition, answered) in enumerate(answers, start=1)
    )
    return list(given.rows(table, records))


def names(given: DataPlan, table: int = 0) -> list[str]:
    return [column.name for column in given.tables[table].columns]


def cells(asked: Question, answer: Any, **options: Any) -> list[Cell]:
    """Return the cells of one answer."""
    definition = form(asked)
    (row,) = rows(plan(definition, **options), (definition, {asked.name: answer}))
    return list(row[len(KNOWN) :])


def test_a_response_is_a_row_and_blanks_stay_blank() -> None:
    definition = form(question("a"), question("b", "text"), question("c", "note"))
    given = plan(definition)
    assert names(given) == ["key", "unit_name", "a", "b"]
    assert rows(given, (definition, {"a": 0}), (definition, {"b": "x"})) == [
        ["R1", "Ngã Bảy", 0, None],
        ["R2", "Ngã Bảy", None, "x"],
    ]


def test_columns_of_one_label_are_told_apart_by_their_groups() -> None:
    asked = [
        Group(f"g{n}", labels(name), children=(replace(question(f"a{n}"), labels=labels("Số")),))
        for n, name in enumerate(("Chi bộ", "Cấp ủy"))
    ]
    (table,) = plan(form(*asked, question("b"))).tables
    assert [c.label for c in table.columns[2:]] == ["Chi bộ: Số", "Cấp ủy: Số", "Câu b"]


def test_columns_are_explained_with_unit_of_measure_and_formula() -> None:
    doubled = question("b", "calculate", calculation=Expression("${a} * 2", parse("${a} * 2")))
    definition = form(question("a", measure=labels("cuộc")), doubled)
    (table,) = plan(definition).tables
    sheet = DataSheet("dot1", table.columns, list)
    assert list(dictionary([sheet]))[2:] == [
        ["dot1", "a", "Câu a", "integer", "cuộc", "", ""],
        ["dot1", "b", "Câu b", "any", "", "", "a * 2"],
    ]


def test_every_answer_has_its_type() -> None:
    assert cells(question("a", "decimal"), "12.50") == [Decimal("12.50")]
    assert cells(question("a", "integer"), 10**16) == ["10000000000000000"]
    assert cells(question("a", "date"), "2021-08-31") == [date(2021, 8, 31)]
    assert cells(question("a", "date"), "1021-08-31") == ["31/08/1021"]
    moment = "2021-08-31T07:30:00"
    assert cells(question("a", "dateTime"), moment) == [datetime.fromisoformat(moment)]
    assert cells(question("a", "time"), "07:30:00") == [time(7, 30)]
    assert cells(question("a", "text"), "0912345678") == ["0912345678"]
    assert cells(question("a", "file"), ["f1", "f2"]) == ["f1 f2"]
    assert cells(question("a", "calculate"), "0.5") == [Decimal("0.5")]
    assert cells(question("a", "calculate"), "0912") == ["0912"]


def test_an_answer_that_does_not_fit_its_question_is_text() -> None:
    assert cells(question("a", "integer"), "nhiều") == ["nhiều"]
    assert cells(question("a", "time"), "sáng") == ["sáng"]
    assert cells(question("a", "date"), ["x", "y"]) == ["x y"]


def test_a_choice_is_its_name_or_its_label() -> None:
    asked = question("a", "select_one", choices=LEVELS)
    assert cells(asked, "kha") == ["kha"]
    assert cells(asked, "kha", labelled=True) == ["Khá"]
    assert cells(asked, "vắng", labelled=True) == ["vắng"]


def test_several_choices_are_joined_and_split() -> None:
    asked = question("a", "select_multiple", choices=LEVELS)
    given = plan(form(asked))
    assert names(given)[2:] == ["a", "a/tot", "a/kha"]
    assert [column.label for column in given.tables[0].columns][3:] == ["Tốt", "Khá"]
    assert cells(asked, ["tot", "kha"]) == ["tot kha", 1, 1]
    assert cells(asked, ["kha"], labelled=True) == ["Khá", 0, 1]
    definition = form(asked)
    assert rows(plan(definition), (definition, {}))[0][2:] == [None, None, None]


def test_a_repeat_is_a_table_with_the_key_of_its_response() -> None:
    definition = form(question("a"), REPEAT)
    given = plan(definition)
    assert [table.name for table in given.tables] == ["", "hop"]
    assert names(given) == ["key", "unit_name", "a", "hop"]
    assert names(given, 1) == ["key", "index", "ngay", "so"]
    first = {"a": 1, "hop": [{"ngay": "2021-08-01", "so": 2}, {"so": 3}]}
    answered = ((definition, first), (definition, {"a": 4}))
    assert [row[-1] for row in rows(given, *answered)] == [2, None]
    assert rows(given, *answered, table="hop") == [
        ["R1", 1, date(2021, 8, 1), 2],
        ["R1", 2, None, 3],
    ]


def test_versions_are_united() -> None:
    old = form(
        question("muc", "select_one", choices=(*LEVELS, Choice("cu", labels("Cũ")))),
        question("cu", "text"),
    )
    new = form(question("muc", "select_one", choices=LEVELS), question("moi"))
    given = plan(new, old)
    assert names(given)[2:] == ["muc", "moi", "cu"]
    assert given.tables[0].columns[2].choices[-1] == ("cu", "Cũ")
    assert [
        row[2:] for row in rows(given, (new, {"muc": "tot", "moi": 1}), (old, {"cu": "x"}))
    ] == [
        ["tot", 1, None],
        [None, None, "x"],
    ]


def test_a_question_whose_type_has_changed_keeps_the_type_of_each_answer() -> None:
    old, new = form(question("a", "text")), form(question("a", "integer"))
    given = plan(new, old)
    assert given.tables[0].columns[2].kind == "any"
    assert [row[2] for row in rows(given, (new, {"a": 5}), (old, {"a": "năm"}))] == [5, "năm"]


def test_whole_and_decimal_numbers_are_numbers() -> None:
    old, new = form(question("a", "decimal")), form(question("a", "integer"))
    assert plan(new).tables[0].columns[2].kind == "integer"
    assert plan(new, old).tables[0].columns[2].kind == "number"


def test_tables_have_names_that_no_program_takes_for_the_same() -> None:
    long = "x" * 31
    assert distinct(["hop", "Hop", "hop_2", f"{long}a", f"{long}b"]) == [
        "hop", "Hop_2", "hop_2_2", f"{long}a", f"{long[:26]}_2",
    ]  # fmt: skip


def test_a_manifest_is_a_table_of_facts() -> None:
    facts = {"round": "dot1", "contacts": False, "rows": {"dot1": 2, "hop": 5}}
    assert list(manifest(facts)) == [
        ["round", "dot1"], ["contacts", 0], ["rows/dot1", 2], ["rows/hop", 5],
    ]  # fmt: skip


def test_contacts_are_left_out_unless_asked_for() -> None:
    asked = replace(question("phone", "text"), appearance=("contact",))
    assert names(plan(form(asked)))[2:] == []
    assert names(plan(form(asked), contacts=True))[2:] == ["phone"]


def test_labels_are_in_the_language_asked_for() -> None:
    asked = replace(question("a"), labels=Labels((("vi", "Số"), ("en", "Number"))))
    assert plan(form(asked), language="en").tables[0].columns[2].label == "Number"


def test_rows_fit_their_tables_for_the_shipped_forms() -> None:
    for responses in closed_rounds(make_campaign(3)):
        given = plan(*responses.definitions)
        sent = [(r.definition, dict(r.answers)) for r in responses.responses if r.definition]
        assert sent
        for table in given.tables:
            found = rows(given, *sent, table=table.name)
            assert {len(row) for row in found} <= {len(table.columns)}
