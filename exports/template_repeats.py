"""The live cells beside the rows of a repeat, in hidden columns: one formula for all its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from exports.cells import Formula, Shown, letters
from exports.template_expressions import POSITION, CellOf, Surroundings, Tells, no_formula
from exports.template_plan import FIRST, RepeatPlan, Spot
from exports.template_values import Contents, shown_value
from forms.expressions import ExpressionError
from forms.tree import Expression, Group, Question

# Stands for the number of the row in the formula of a column.
ROW = "\x01"
# Excel takes a few more.
MOST_ARGUMENTS = 200
Seen = Callable[[Question, CellOf], str]


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """A column of formulas: the text of each, with ROW for its row, and the values they have."""

    column: int
    text: str
    values: tuple[Shown, ...]

    @property
    def cell(self) -> str:
        """The cell of the row at hand."""
        return f"${letters(self.column)}{ROW}"

    def formulas(self, rows: Iterable[int]) -> Iterator[tuple[int, Formula]]:
        """Yield each row, which counts from 0, with its formula."""
        for row, value in zip(rows, self.values, strict=True):
            yield row, Formula(self.text.replace(ROW, str(row + 1)), value)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the rows of a repeat see of the rest of the workbook.

    `asked` is the cell that tells whether the repeat is asked, `count` the one with the number of
    its instances, both blank when there is none. `seen` gives what an expression sees of the cells
    of a question.
    """

    asked: str
    count: str
    cell_of: CellOf
    is_gathered: Tells
    is_moment: Tells
    seen: Seen


@dataclass(slots=True)
class RepeatRows:
    """The live columns of one repeat; each is made when it is first asked for.

    `free` are the hidden columns of the sheet, each when it is asked for.
    """

    contents: Contents
    plan: RepeatPlan
    indices: tuple[int, ...]
    outside: Outside
    free: Iterator[int]
    columns: dict[str, LiveColumn] = field(default_factory=dict)

    @property
    def group(self) -> Group:
        """The repeat."""
        return self.plan.group

    @property
    def counted(self) -> bool:
        """Whether something says how many instances there are."""
        return self.group.repeat_count is not None

    @property
    def there(self) -> list[int]:
        """The indices of the instances that there are."""
        return self.contents.reading.instances.get(self.group.name, [])

    def cells(self, column: int) -> str:
        """Return the cells of a column in all rows, from anywhere in the workbook."""
        first = Spot(self.plan.sheet, self.plan.first, column).address
        return f"{first}:${letters(column)}${self.plan.last + 1}"

    # --- rows ---

    def asked(self) -> LiveColumn | None:
        """Return what tells of each row whether it is to be filled in; None when all always are."""
        conditions = self._row_conditions()
        if not conditions:
            return None
        shown = self.group.name not in self.contents.reading.hidden
        wanted = len(self.there)
        values = tuple(
            shown and (not self.outside.count or place < wanted)
            for place in range(len(self.indices))
        )
        return LiveColumn(-1, f"AND({','.join(conditions)})", values)

    def _row_conditions(self) -> list[str]:
        conditions = [self.outside.asked] if self.outside.asked else []
        if self.outside.count:
            # The rows so far, counted from the first one.
            column = letters(FIRST)
            so_far = f"ROWS(${column}${self.plan.first + 1}:${column}{ROW})"
            conditions.append(f"{so_far}<=N({self.outside.count})")
        return conditions

    def exists(self) -> LiveColumn:
        """Return what is 1 in the rows that are instances, and 0 in the others."""
        if self.counted and not self.outside.count:
            raise no_formula(self.group.name)
        conditions = self._row_conditions()
        if not self.counted:
            typed = [FIRST + i for i, c in enumerate(self.plan.columns) if c.is_typed]
            if len(typed) > MOST_ARGUMENTS:
                raise no_formula(self.group.name)
            cells = ",".join(f"${letters(column)}{ROW}" for column in typed)
            conditions.append(f"COUNTA({cells})>0")
        values = tuple(int(index in self.there) for index in self.indices)
        return self._live("exists", f"N(AND({','.join(conditions)}))", values)

    def _live(self, key: str, text: str, values: tuple[Shown, ...]) -> LiveColumn:
        if key not in self.columns:
            free = next(self.free, None)
            if free is None:
                raise no_formula(key)
            self.columns[key] = LiveColumn(free, text, values)
        return self.columns[key]

    # --- questions ---

    def asked_in(self, question: Question) -> LiveColumn | None:
        """Return what is TRUE where a question is asked, of the rows that are instances.

        None when it is asked in each of them, or when nobody but the server can tell.
        """
        conditions = list(filter(None, map(self._condition, self._relevant(question))))
        try:
            return self._asked_in(question, conditions) if conditions else None
        except ExpressionError:
            return None

    def _asked_in(self, question: Question, conditions: list[str]) -> LiveColumn:
        exists = self.exists()
        values = tuple(
            index not in self.there or f"{self.group.name}-{index}-{question.name}" not in hidden
            for hidden in [self.contents.reading.hidden]
            for index in self.indices
        )
        text = f"IF({exists.cell}=0,TRUE,AND({','.join(conditions)}))"
        return self._live(f"{question.name}?", text, values)

    def _relevant(self, question: Question) -> Iterator[Expression]:
        """Yield the conditions inside of the repeat under which a question is asked."""
        groups = self.contents.definition.places[question.name].groups
        parts: list[Question | Group] = [*groups[groups.index(self.group) + 1 :], question]
        yield from (part.relevant for part in parts if part.relevant)

    def _condition(self, expression: Expression) -> str | None:
        try:
            return self._surroundings().formula(expression, condition=True)
        except ExpressionError:
            return None

    def _surroundings(self) -> Surroundings:
        return Surroundings(self._cell, self.outside.is_gathered, self.outside.is_moment)

    def _cell(self, name: str) -> str:
        """Return the cell of a name in the row at hand. Raises ExpressionError."""
        if name == POSITION:
            return self._position()
        definition = self.contents.definition
        if name not in definition.places or definition.repeat_of(name) != self.group.name:
            return self.outside.cell_of(name)
        return f"${letters(self.column_of(definition.question(name)))}{ROW}"

    def _position(self) -> str:
        column = letters(self.exists().column)
        counted = "ROWS" if self.counted else "SUM"
        return f"{counted}({column}${self.plan.first + 1}:{column}{ROW})"

    def column_of(self, question: Question) -> int:
        """Return the column with what expressions see of a question. Raises ExpressionError."""
        own = self.plan.column_of(question.name)
        if question.is_computed:
            computed = self.computed(question)
            return computed.column if own is None else own
        if question.read_only or question.type == "hidden":
            raise no_formula(question.name)
        steady = self.group.relevant is None and not self.counted
        plain = own is not None and self.outside.seen(question, lambda _: "A1") == "A1"
        if own is not None and plain and steady and self.asked_in(question) is None:
            return own
        text = self.outside.seen(question, self._typed_cell)
        return self._guarded(question, f'IF({text}="","",{text})').column

    def _typed_cell(self, key: str) -> str:
        keys = [column.key for column in self.plan.columns]
        if key not in keys:
            raise no_formula(key)
        return f"${letters(FIRST + keys.index(key))}{ROW}"

    def computed(self, question: Question) -> LiveColumn:
        """Return what is worked out in each row. Raises ExpressionError.

        It stands in the column of the question, when it has one.
        """
        if question.calculation is None:
            raise no_formula(question.name)
        return self._guarded(question, self._surroundings().formula(question.calculation))

    def _guarded(self, question: Question, text: str) -> LiveColumn:
        """Return a column that is blank where there is no instance, or the question not asked."""
        asked = self.asked_in(question)
        conditions = [f"{self.exists().cell}=1", *([asked.cell] if asked else [])]
        shown = f'IF(AND({",".join(conditions)}),{text},"")'
        values = tuple(self._value(index, question) for index in self.indices)
        if question.is_computed and self.plan.column_of(question.name) is not None:
            return LiveColumn(-1, shown, values)
        return self._live(question.name, shown, values)

    def _value(self, index: int, question: Question) -> Shown:
        """Return what a question is worth now in the instance with an index."""
        if index not in self.there:
            return ""
        instance = self.contents.reading.repeats[self.group.name][self.there.index(index)]
        return shown_value(instance.get(question.name, ""))
