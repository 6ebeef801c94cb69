"""The vectors that every target of the expression language is held to, and random cases more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from forms.expressions import Field, Node, Scope, Value, compile_python, parse
from forms.expressions import Path as FormPath
from forms.tree import Dataset
from language.text import clean

_VECTORS = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"),
    parse_float=Decimal,
    parse_int=Decimal,
)
CASES: list[dict[str, Any]] = _VECTORS["cases"]
NOW = datetime.fromisoformat(_VECTORS["now"])
CHOICE: dict[str, str] = _VECTORS["choice"]
LABELS: dict[str, str] = _VECTORS["labels"]
DATASET = Dataset(
    _VECTORS["dataset"]["name"],
    tuple(_VECTORS["dataset"]["columns"]),
    tuple(map(tuple, _VECTORS["dataset"]["rows"])),
)

_MOMENTS = {
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "time": time.fromisoformat,
}
NUMBERS = ("a", "b", "c")
TEXTS = ("t", "u")
SHORT_TEXTS = ("", "co", "Có", "tỉnh ủy", "Tỉnh ủy Kiên Giang", "ủy", "a b")


class Given(Scope):
    """A scope made of plain values, with one choice and one dataset."""

    def __init__(self, values: dict[str, Value], current: Value = "", position: int = 0) -> None:
        super().__init__(NOW)
        self.values = values
        self.current = current
        self.position = position

    def value(self, name: str) -> Value:
        """Return a value by name, blank when it is not given."""
        return self.values.get(name, "")

    def previous(self, name: str) -> Value:
        """Return the value called previous_ and the name."""
        return self.values.get(f"previous_{name}", "")

    def choice_field(self, name: str) -> str:
        """Return a column of the one choice there is."""
        return CHOICE.get(name, "")

    def choice_label(self, question: str, choice: str) -> str:
        """Return the label of a choice of the one question that has some."""
        return LABELS.get(choice, choice)

    def look_up(self, dataset: str, column: str, key_column: str, key: str) -> str:
        """Return a cell of the one dataset there is."""
        return DATASET.look_up(column, key_column, key) if dataset == DATASET.name else ""


def value_of(written: Any) -> Value:
    """Return the value a vector means: null is NaN, an array a node-set, {"date": ...} a date."""
    if isinstance(written, list):
        return tuple(map(value_of, written))
    if isinstance(written, dict):
        kind, text = next(iter(written.items()))
        return _MOMENTS[kind](text)
    if isinstance(written, str):
        # What is typed reaches an expression cleaned; line breaks are kept.
        return "\n".join(map(clean, written.split("\n")))
    value: Value = Decimal("NaN") if written is None else written
    return value


def evaluate_case(case: dict[str, Any]) -> Value:
    """Return what Python makes of a case."""
    values = {name: value_of(written) for name, written in case.get("values", {}).items()}
    scope = Given(values, value_of(case.get("current", "")), int(case.get("position", 0)))
    return compile_python(parse_case(case))(scope)


def parse_case(case: dict[str, Any]) -> Node:
    """Return the tree of a case; a bare name in it is a column of the choice."""
    return parse(case["expression"], follow)


def follow(path: FormPath) -> Node:
    """Follow the paths of the vectors."""
    return Field(path.source)


def random_cases(seed: int, count: int, step: str) -> Iterator[dict[str, Any]]:
    """Yield cases without an expected value; their numbers are multiples of `step`.

    With a step that is a power of two, all numbers are exact as doubles too.
    """
    random = Random(seed)
    for _ in range(count):
        maker = _Maker(random, Decimal(step))
        kind = random.choice((maker.number, maker.condition, maker.text))
        yield {"expression": kind(4), "values": maker.values()}


class _Maker:
    """Writes random expressions in which every part is of a kind that its place can use."""

    def __init__(self, random: Random, step: Decimal) -> None:
        self.random = random
        self.step = step

    def values(self) -> dict[str, Any]:
        numbers = {name: self._decimal() for name in NUMBERS if self.random.random() < 0.8}
        texts = {name: self.random.choice(SHORT_TEXTS) for name in TEXTS}
        return {**numbers, **texts}

    def _decimal(self) -> Decimal:
        return self.random.choice((Decimal(0), self.random.randint(-99, 400) * self.step))

    def _number_literal(self) -> str:
        return str(abs(self._decimal()))

    def number(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.2:
            name = self.random.choice(NUMBERS)
            return self.random.choice((f"${{{name}}}", self._number_literal()))
        n, m = self.number(depth - 1), self.number(depth - 1)
        divisor = self.random.choice("248")
        forms = (
            *(f"{n} + {m}", f"{n} - {m}", f"({n}) - ({m})", f"({n}) * {self._number_literal()}"),
            *(f"({n}) div {divisor}", f"-({n})", f"round({n}, 1)", f"int({n})", f"abs({n})"),
            *(f"max({n}, {m})", f"min({n}, {m}, 3)", f"sum({n}, {m})", f"coalesce({n}, {m})"),
            *(f"if({self.condition(depth - 1)}, {n}, {m})", f"number({n}) + 1"),
            *(f"({n}) mod {divisor}", f"string-length({self.text(depth - 1)})"),
            f"if({self.condition(depth - 1)}, {n}, '')",
        )
        return self.random.choice(forms)

    def text(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.3:
            literal = f"'{self.random.choice(SHORT_TEXTS)}'"
            return self.random.choice((f"${{{self.random.choice(TEXTS)}}}", literal))
        t, u = self.text(depth - 1), self.text(depth - 1)
        forms = (
            *(f"concat({t}, {u})", f"join(' ', {t}, {u})", f"substr({t}, 1, 3)"),
            *(f"lower-case({t})", f"upper-case({t})", f"normalize-space({t})"),
            *(f"coalesce({t}, {u})", f"if({self.condition(depth - 1)}, {t}, {u})"),
        )
        return self.random.choice(forms)

    def condition(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(("true()", f"${{{self.random.choice(NUMBERS)}}} > 1"))
        sign = self.random.choice(("=", "!=", "<", "<=", ">", ">="))
        same = self.random.choice(("=", "!="))
        n, m = self.number(depth - 1), self.number(depth - 1)
        t, u = self.text(depth - 1), self.text(depth - 1)
        c, d = self.condition(depth - 1), self.condition(depth - 1)
        forms = (
            *(f"{n} {sign} {m}", f"{n} {sign} {self._number_literal()}", f"{t} {same} {u}"),
            *(f"{t} {same} ''", f"({c}) and ({d})", f"{c} or {d}", f"not({c})", f"({c}) = ({d})"),
            *(f"contains({t}, {u})", f"starts-with({t}, {u})", f"ends-with({t}, {u})"),
            *(f"boolean({n})", f"boolean({t})", f"selected({t}, {u})", f"if({c}, {d}, true())"),
        )
        return self.random.choice(forms)
