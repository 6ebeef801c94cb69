"""The live cells of a fill-in workbook: whether a question is asked, and what is worked out.

An expression becomes a formula over cells that hold what expressions see: names of choices and not
their labels, and nothing for a question that is not asked. Where that differs from the cell that is
typed in, it stands on a hidden sheet, or in hidden columns beside the rows of a repeat. What has no
formula has no live cell, and neither has what depends on it: the server works it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exports.cells import Cell, Formula, Row, Sheet, Shown
from exports.template_expressions import (
    SELF,
    TODAY,
    CellOf,
    Surroundings,
    gathered_of,
    no_formula,
)
from exports.template_lists import ChoiceLists
from exports.template_plan import Plan, Spot
from exports.template_repeats import Outside, RepeatRows
from exports.template_values import MOMENTS, Contents, shown_value
from forms.expressions import (
    Call,
    ExpressionError,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Scope,
    Text,
    Value,
    compile_python,
    operands,
)
from forms.labels import REFERENCE
from forms.survey import FILES
from forms.tree import Expression, Group, Question
from forms.workbook_keys import WORK, choice_key, place_key

WORK_SHEET = "_tinh"
# Beyond it, a workbook could not be read back.
LAST_COLUMN = 290
# What all instances of a repeat come to; {n} is their number, {cells} those of the question.
_GATHERED = {
    "sum": 'IF(AND({n}>0,COUNT({cells})=0),"",SUM({cells}))',
    "min": 'IF(COUNT({cells})=0,"",MIN({cells}))',
    "max": 'IF(COUNT({cells})=0,"",MAX({cells}))',
    "count": "{n}",
    "count-non-empty": "SUMPRODUCT(N(LEN({cells})>0))",
}
# What a cell holds otherwise than expressions see it, or not at all.
_UNSEEN = frozenset({"geopoint", "note", "start", "end", "today", "username", "deviceid"})
_GIVEN = frozenset({"hidden", *FILES})
_LONGEST_LITERAL = 250
# Functions that give whole numbers, and those that give what they are given.
_WHOLE = frozenset({
    "int", "floor", "ceiling", "count", "count-non-empty", "count-selected", "position",
    "string-length",
})  # fmt: skip
_SAME_KIND = frozenset({"coalesce", "number", "abs", "sum", "min", "max"})
_DATE = 'TEXT(DAY({0}),"00")&"/"&IF(MONTH({0})<3,TEXT(MONTH({0}),"00"),MONTH({0}))&"/"&YEAR({0})'


@dataclass(slots=True)
class Formulas:
    """Makes live cells as they are asked for; each is made once.

    `work` are the rows of the hidden sheet: what each is, and its cell.
    """

    contents: Contents
    plan: Plan
    lists: ChoiceLists
    work: list[tuple[str, Cell]] = field(default_factory=list)
    rows: dict[str, RepeatRows] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)

    def sheet(self) -> Sheet:
        """Return the hidden sheet, once everything else has been made."""
        rows = [Row((name, cell), ("plain", "plain")) for name, cell in [(WORK, None), *self.work]]
        return Sheet(WORK_SHEET, (30.0, 30.0), tuple(rows), hidden=True)

    def _add(self, name: str, cell: Cell) -> str:
        """Add a row to the hidden sheet; return the address of its cell."""
        self.work.append((name, cell))
        return Spot(WORK_SHEET, len(self.work), 1).address

    # --- conditions ---

    def asked(self, name: str) -> str:
        """Return the cell that is TRUE while a question or group outside of repeats is asked.

        Blank when it always is, or when nobody but the server can tell.
        """
        if name not in self._asked:
            self._asked[name] = self._condition(name)
        return self._asked[name]

    def is_asked(self, name: str) -> bool:
        """Tell whether a question or group outside of repeats is asked now."""
        return name not in self.contents.reading.hidden

    def _condition(self, name: str) -> str:
        place = self.contents.definition.places[name]
        above = self.asked(place.groups[-1].name) if place.groups else ""
        own = self._formula(place.item.relevant, condition=True)
        if not own:
            return above
        text = f"AND({above},{own})" if above else own
        return self._add(f"{name}?", Formula(text, self.is_asked(name)))

    # --- values ---

    def result(self, question: Question) -> Formula | None:
        """Return the live cell of what is worked out outside of repeats, None without a formula."""
        text = self._formula(question.calculation)
        if not text:
            return None
        asked = self.asked(question.name)
        value = shown_value(self.contents.reading.values.get(question.name, ""))
        return Formula(f'IF({asked},{text},"")' if asked else text, value)

    def rule(self, expression: Expression, own: str) -> str:
        """Return the formula of a constraint on the cell `own`. Raises ExpressionError."""

        def cell_of(name: str) -> str:
            return own if name == SELF else self._cell(name)

        return Surroundings(cell_of, self._is_gathered, self._is_moment).formula(
            expression, condition=True
        )

    def _formula(self, expression: Expression | None, *, condition: bool = False) -> str:
        """Return the formula of an expression outside of repeats; blank when there is none."""
        if expression is None:
            return ""
        around = Surroundings(self._cell, self._is_gathered, self._is_moment)
        try:
            return around.formula(expression, condition=condition)
        except ExpressionError:
            return ""

    def _cell(self, name: str) -> str:
        """Return the cell of a name in an expression outside of repeats. Raises ExpressionError."""
        if name == TODAY:
            return "TODAY()"
        if name not in self._values:
            self._values[name] = self._value(name)
        return self._values[name]

    def _value(self, name: str) -> str:
        gathered = gathered_of(name)
        if gathered is not None:
            return self._gathered(gathered.function, gathered.name)
        place = self.contents.definition.places.get(name)
        inside = place is None or self.contents.definition.repeat_of(name) is not None
        if place is None or inside or isinstance(place.item, Group):
            raise no_formula(name)
        return self._single(place.item)

    def _single(self, question: Question) -> str:
        name = question.name
        value = shown_value(self.contents.reading.values.get(name, ""))
        if question.is_computed:
            return self._computed(question)
        if question.read_only or question.type in _GIVEN:
            return self._add(name, None if value == "" else value)
        text = self.seen(question, self._typed_cell)
        asked = self.asked(name)
        if asked:
            return self._add(name, Formula(f'IF({asked},IF({text}="","",{text}),"")', value))
        return self._add(name, Formula(text, value)) if "(" in text else text

    def _computed(self, question: Question) -> str:
        found = self.result(question)
        if found is None:
            raise no_formula(question.name)
        spot = self.plan.spots.get(question.name)
        return self._add(question.name, found) if spot is None else spot.address

    def _typed_cell(self, key: str) -> str:
        spot = self.plan.spots.get(key)
        if spot is None:
            raise no_formula(key)
        return spot.address

    def seen(self, question: Question, cell_of: CellOf) -> str:
        """Return what an expression sees of what is typed; `cell_of` takes the keys of cells.

        Raises ExpressionError.
        """
        if question.type in _UNSEEN:
            raise no_formula(question.name)
        if question.type == "select_multiple":
            return self._joined(self._marks(question, cell_of), question)
        if question.type == "rank":
            places = range(1, len(question.choices) + 1)
            cells = [cell_of(place_key(question.name, place)) for place in places]
            names = [f'{self._name(question, cell)}&" "' for cell in cells]
            return self._joined(names, question)
        cell = cell_of(question.name)
        if question.type == "select_one":
            return self._name(question, cell)
        return f'IF(LEN({cell})>0,"OK","")' if question.type == "acknowledge" else cell

    def _name(self, question: Question, cell: str) -> str:
        name = self.lists.name_in(question, cell)
        if not name:
            raise no_formula(question.name)
        return name

    def _marks(self, question: Question, cell_of: CellOf) -> list[str]:
        return [
            f'IF(LEN({cell_of(choice_key(question.name, choice.name))})>0,"{choice.name} ","")'
            for choice in question.choices
        ]

    def _joined(self, texts: list[str], question: Question) -> str:
        if not texts:
            raise no_formula(question.name)
        return f"TRIM({'&'.join(texts)})"

    def _is_moment(self, name: str) -> bool:
        place = self.contents.definition.places.get(name)
        if place is None or isinstance(place.item, Group):
            return False
        return place.item.type in MOMENTS

    def _is_gathered(self, name: str) -> bool:
        place = self.contents.definition.places.get(name)
        if place is None:
            return False
        if isinstance(place.item, Group):
            return place.item.repeat
        return self.contents.definition.repeat_of(name) is not None

    def is_whole(self, question: Question) -> bool:
        """Tell whether what is worked out is a whole number, or nothing."""
        if question.calculation is None:
            return question.type == "integer"
        return self._is_whole(question.calculation.node)

    def _is_whole(self, node: Node) -> bool:
        match node:
            case Number(value):
                return value == value.to_integral_value()
            case Reference(name):
                place = self.contents.definition.places.get(name)
                return place is not None and (
                    isinstance(place.item, Question) and self.is_whole(place.item)
                )
            case Operation("+" | "-" | "*", _, _) | Negation():
                return all(map(self._is_whole, operands(node)))
            case Call("if", (_, then, otherwise)):
                return self._is_whole(then) and self._is_whole(otherwise)
            case Call(name, arguments):
                alone = name == "round" and len(arguments) == 1
                same = name in _SAME_KIND and all(map(self._is_whole, arguments))
                return name in _WHOLE or alone or same
        return node == Text("")

    # --- repeats ---

    def rows_of(self, repeat: str) -> RepeatRows:
        """Return the live columns of a repeat."""
        if repeat not in self.rows:
            plan = self.plan.repeats[repeat]
            sheet = next(sheet for sheet in self.plan.sheets if sheet.name == plan.sheet)
            lines = [x for x in sheet.lines if x.kind == "instance" and x.group is plan.group]
            outside = Outside(
                asked=self.asked(repeat),
                count=self._counted(plan.group),
                cell_of=self._cell,
                is_gathered=lambda name: (
                    self._is_gathered(name) and self.contents.definition.repeat_of(name) != repeat
                ),
                is_moment=self._is_moment,
                seen=self.seen,
            )
            indices = tuple(line.number for line in lines)
            # What stands beside other rows is in nobody's way.
            free = iter(range(sheet.last_column + 1, LAST_COLUMN))
            self.rows[repeat] = RepeatRows(self.contents, plan, indices, outside, free)
        return self.rows[repeat]

    def _counted(self, repeat: Group) -> str:
        """Return the cell with the number of instances that a repeat shall have."""
        text = self._formula(repeat.repeat_count)
        if repeat.repeat_count is None or not text:
            return ""
        return self._add(f"{repeat.name}#", Formula(text, self._now_of(repeat.repeat_count.node)))

    def _now_of(self, node: Node) -> Shown:
        """Return what an expression comes to now, seen from outside of repeats."""
        return shown_value(compile_python(node)(_Answered(self.contents)))

    def _gathered(self, function: str, of: str) -> str:
        """Return the cell with what all instances come to. Raises ExpressionError."""
        definition = self.contents.definition
        name = definition.repeat_of(of) or of
        if name not in self.plan.repeats:
            raise no_formula(of)
        rows = self.rows_of(name)
        cells = "" if name == of else rows.cells(rows.column_of(definition.question(of)))
        text = _GATHERED[function].format(n=self._count(rows), cells=cells)
        value = self._now_of(Call(function, (Reference(of),)))
        return self._add(f"{function}({of})", Formula(text, value))

    def _count(self, rows: RepeatRows) -> str:
        """Return the cell with the number of instances; a repeat that is asked for has one."""
        key = f"{rows.group.name}()"
        if key not in self._values:
            text = f"SUM({rows.cells(rows.exists().column)})"
            asked = self.asked(rows.group.name)
            if rows.group.relevant is not None and asked and not rows.counted:
                text = f"IF({asked},MAX(1,{text}),0)"
            number = len(self.contents.reading.repeats.get(rows.group.name, ()))
            self._values[key] = self._add(key, Formula(text, number))
        return self._values[key]

    # --- texts ---

    def text(self, text: str) -> Formula | str:
        """Return a text that names questions: live where their cells are, else as it is now."""
        now = REFERENCE.sub(lambda found: self._now(found[1]), text)
        if now == text:
            return text
        try:
            parts = list(self._parts(text))
        except ExpressionError:
            return now
        return Formula(f"CONCATENATE({','.join(parts)})", now)

    def _parts(self, text: str) -> Iterator[str]:
        end = 0
        for found in REFERENCE.finditer(text):
            yield from _literals(text[end : found.start()])
            yield self._live_part(found[1])
            end = found.end()
        yield from _literals(text[end:])

    def _live_part(self, name: str) -> str:
        cell = self._cell(name)
        place = self.contents.definition.places[name].item
        if isinstance(place, Question) and place.type in ("select_multiple", "rank", "time"):
            raise no_formula(name)
        shown = cell
        if isinstance(place, Question) and place.type == "select_one":
            shown = self.plan.spots[name].address
        elif self._is_moment(name):
            shown = _DATE.format(cell)
        return f'IF(LEN({cell})=0,"–",{shown})'

    def _now(self, name: str) -> str:
        return self.contents.told(name) or "–"


def _literals(text: str) -> Iterator[str]:
    """Yield a text as the literals of a formula; none may be long."""
    for start in range(0, len(text), _LONGEST_LITERAL):
        part = text[start : start + _LONGEST_LITERAL].replace('"', '""')
        yield f'"{part}"'


class _Answered(Scope):
    """What an expression outside of repeats sees of what was understood."""

    __slots__ = ("contents",)

    def __init__(self, contents: Contents) -> None:
        super().__init__(contents.reading.around.now)
        self.contents = contents

    def value(self, name: str) -> Value:
        """Return the value of a question; of one in a repeat, those of all instances."""
        return self.contents.reading.values.get(name, "")
