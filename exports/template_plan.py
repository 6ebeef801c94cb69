"""Which line of a fill-in workbook stands where: its sheets, and the cell of every answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from exports.cells import letters
from exports.page import sheet_name
from exports.template_values import Contents, figure_of
from forms.answers import INSTANCE_NAME, LAST_INSTANCE
from forms.markup import alone
from forms.matrix import Matrix, Row, matrix_of
from forms.survey import FILES
from forms.tree import Group, Question
from forms.workbook_keys import OURS, PLAIN, choice_key, columns_key, instance_key, place_key

KEY, FLAG, LABEL, FIRST = 0, 1, 2, 3
# The rows above the first question: keys, title, whose it is, headings.
HEAD_ROWS = 4
# So many rows a repeat has at least, and so many of them blank.
LEAST_ROWS, SPARE_ROWS = 20, 10
# A question in a table has a column for each of so many choices; more are written in one cell.
MOST_COLUMNS = 12
# With more sheets than this, a form stands on a single one.
MOST_SHEETS = 14
# A larger sheet could not be read back: then several choices are written in one cell everywhere.
HIGHEST_SHEET, WIDEST_TABLE = 4_500, 150
# Excel keeps it for itself.
TAKEN = ("History",)
UNDRAWN = frozenset({"hidden", "start", "end", "today", "username", "deviceid"})
# The width of an answer, and of a column of a table by what stands in it, in digits.
ANSWER_WIDTH = 48.0
_WIDTHS = {
    "integer": 12.0, "decimal": 13.0, "date": 14.0, "month": 12.0, "year": 10.0, "time": 10.0,
    "moment": 18.0, "mark": 11.0, "choice": 22.0, "text": 22.0,
}  # fmt: skip
_LINES_WIDTH = 34.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: the name of its sheet, its row and column, which count from 0."""

    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """The address of the cell from anywhere in the workbook."""
        return f"{quoted(self.sheet)}!${letters(self.column)}${self.row + 1}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: what is drawn in it, of which question or group, and the key of the row.

    `part` is the name of a choice; `number` a place of a rank, or the index of an instance.
    """

    kind: str
    item: Question | Group | None = None
    key: str = PLAIN
    part: str = ""
    number: int = 0
    matrix: Matrix | None = None
    row: Row | None = None

    @property
    def question(self) -> Question:
        """The question. Raises TypeError when the line is of none."""
        if not isinstance(self.item, Question):
            raise TypeError(self.kind)
        return self.item

    @property
    def group(self) -> Group:
        """The group. Raises TypeError when the line is of none."""
        if not isinstance(self.item, Group):
            raise TypeError(self.kind)
        return self.item


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a repeat: its question, and the choice or place when it is one of several."""

    question: Question
    key: str
    part: str = ""
    number: int = 0

    @property
    def is_typed(self) -> bool:
        """Whether somebody types into it."""
        return self.key != OURS


@dataclass(frozen=True, slots=True)
class RepeatPlan:
    """Where a repeat stands: its sheet, its first and last row, and its columns from FIRST on.

    `used` are the indices of the instances in which something stands.
    """

    group: Group
    sheet: str
    first: int
    last: int
    columns: tuple[TableColumn, ...]
    used: frozenset[int]

    def column_of(self, name: str) -> int | None:
        """Return the column of a question that has one to itself."""
        own = (i for i, c in enumerate(self.columns) if c.question.name == name and not c.part)
        return next((FIRST + i for i in own if not self.columns[i].number), None)

    def rows(self) -> range:
        """Return the rows of its instances."""
        return range(self.first, self.last + 1)


@dataclass(slots=True)
class SheetPlan:
    """A sheet: its name and title, its lines from HEAD_ROWS on, the widths of its answers."""

    name: str
    title: str
    group: Group | None
    lines: list[Line] = field(default_factory=list)
    widths: tuple[float, ...] = (ANSWER_WIDTH,)

    @property
    def next_row(self) -> int:
        """The row of the line that is planned next."""
        return HEAD_ROWS + len(self.lines)

    @property
    def last_column(self) -> int:
        """The last column that is shown."""
        return FIRST + len(self.widths) - 1


@dataclass(slots=True)
class Plan:
    """All sheets with questions. `spots` are the cells of answers and results, by their keys."""

    sheets: list[SheetPlan] = field(default_factory=list)
    spots: dict[str, Spot] = field(default_factory=dict)
    repeats: dict[str, RepeatPlan] = field(default_factory=dict)

    @property
    def is_too_large(self) -> bool:
        """Whether a sheet is larger than what is read back."""
        return any(
            len(sheet.lines) > HIGHEST_SHEET or len(sheet.widths) > WIDEST_TABLE
            for sheet in self.sheets
        )


def quoted(name: str) -> str:
    """Return the name of a sheet as a formula writes it."""
    return "'" + name.replace("'", "''") + "'"


def make_plan(contents: Contents, taken: Iterable[str]) -> Plan:
    """Return where everything stands; `taken` are names that no sheet may have."""
    names = (*taken, *TAKEN)
    plan = _Planner(contents, names).plan
    return _Planner(contents, names, compact=True).plan if plan.is_too_large else plan


class _Planner:
    """Plans sheet by sheet, from top to bottom; `compact`: several choices stand in one cell."""

    def __init__(self, contents: Contents, taken: Iterable[str], *, compact: bool = False) -> None:
        self.contents = contents
        self.compact = compact
        self.plan = Plan()
        self.names = {name.casefold() for name in taken}
        for group, children in self._parts():
            self._sheet(group, children)

    def _parts(self) -> list[tuple[Group | None, tuple[Question | Group, ...]]]:
        """Return what belongs on a sheet of its own: a section, or questions outside of any."""
        parts: list[tuple[Group | None, tuple[Question | Group, ...]]] = []
        for child in self.contents.definition.children:
            if isinstance(child, Group) and not child.repeat and matrix_of(child) is None:
                parts.append((child, child.children))
            elif parts and parts[-1][0] is None:
                parts[-1] = (None, (*parts[-1][1], child))
            else:
                parts.append((None, (child,)))
        parts = [part for part in parts if any(map(self._is_drawn, part[1]))]
        if len(parts) > MOST_SHEETS:
            return [(None, self.contents.definition.children)]
        return parts

    def _is_drawn(self, item: Question | Group) -> bool:
        if isinstance(item, Group):
            return any(map(self._is_drawn, item.children))
        return is_drawn(item)

    def _sheet(self, group: Group | None, children: tuple[Question | Group, ...]) -> None:
        labels = group.labels if group else self.contents.definition.title
        title = alone(labels.text(self.contents.language))
        title = title or (group.name if group else self.contents.definition.form_id)
        sheet = SheetPlan(self._name(title), title, group)
        self.plan.sheets.append(sheet)
        self._children(sheet, children)
        sheet.widths = _spread(sheet.widths)

    def _name(self, title: str) -> str:
        """Return a name for a sheet that no other one has; Excel takes no notice of capitals."""
        base = name = _shortened(title) or "1"
        number = 2
        while name.casefold() in self.names:
            name = f"{_shortened(base, 26)} ({number})"
            number += 1
        self.names.add(name.casefold())
        return name

    def _children(self, sheet: SheetPlan, children: tuple[Question | Group, ...]) -> None:
        for child in children:
            if isinstance(child, Question):
                self._question(sheet, child)
            elif child.repeat:
                self._repeat(sheet, child)
            else:
                self._group(sheet, child)

    def _group(self, sheet: SheetPlan, group: Group) -> None:
        matrix = matrix_of(group)
        if group.labels or group.hint or matrix:
            sheet.lines.append(Line("group", group))
        if matrix is None:
            self._children(sheet, group.children)
        else:
            self._matrix(sheet, matrix)

    # --- questions ---

    def _question(self, sheet: SheetPlan, question: Question) -> None:
        if not is_drawn(question):
            return
        kind = kind_of(question, compact=self.compact)
        if kind in ("choices", "ranks"):
            sheet.lines.append(Line("asked", question))
            self._lines(sheet, question, kind)
        else:
            typed = kind == "answer"
            self._line(sheet, Line(kind, question, question.name if typed else PLAIN))

    def _lines(self, sheet: SheetPlan, question: Question, kind: str) -> None:
        for place, choice in enumerate(question.choices, start=1):
            if kind == "choices":
                key = choice_key(question.name, choice.name)
                self._line(sheet, Line("choice", question, key, part=choice.name), key)
            else:
                key = place_key(question.name, place)
                self._line(sheet, Line("place", question, key, number=place), key)

    def _line(self, sheet: SheetPlan, line: Line, key: str = "") -> None:
        self.plan.spots[key or line.question.name] = Spot(sheet.name, sheet.next_row, FIRST)
        sheet.lines.append(line)

    # --- tables ---

    def _matrix(self, sheet: SheetPlan, matrix: Matrix) -> None:
        language = self.contents.language
        if any(heading.band for heading in matrix.headings(language)):
            sheet.lines.append(Line("bands", matrix.group, matrix=matrix))
        sheet.lines.append(Line("headings", matrix.group, matrix=matrix))
        keys = columns_key(matrix.group.name)
        sheet.lines.append(Line("keys", matrix.group, keys, matrix=matrix))
        for row in matrix.rows:
            for index, question in enumerate(row.cells):
                spot = Spot(sheet.name, sheet.next_row, FIRST + index)
                self.plan.spots[question.name] = spot
            sheet.lines.append(Line("row", row.group, row.group.name, row=row))
        sheet.lines.append(Line("gap"))
        sheet.widths = _widest(sheet.widths, [width_of(q) for q in matrix.columns])

    def _repeat(self, sheet: SheetPlan, repeat: Group) -> None:
        columns = tuple(self._columns(repeat.children))
        sheet.lines.append(Line("group", repeat))
        if any(column.part or column.number for column in columns):
            sheet.lines.append(Line("bands", repeat))
        sheet.lines.append(Line("headings", repeat))
        sheet.lines.append(Line("keys", repeat, columns_key(repeat.name)))
        first, used = sheet.next_row, self._used(repeat)
        for index in _indices(repeat, used):
            key = instance_key(repeat.name, index)
            sheet.lines.append(Line("instance", repeat, key, number=index))
        last = sheet.next_row - 1
        self.plan.repeats[repeat.name] = RepeatPlan(
            repeat, sheet.name, first, last, columns, frozenset(used)
        )
        sheet.lines.append(Line("gap"))
        widths = [_WIDTHS["mark"] if c.part else width_of(c.question) for c in columns]
        sheet.widths = _widest(sheet.widths, widths)

    def _columns(self, children: tuple[Question | Group, ...]) -> Iterator[TableColumn]:
        for child in children:
            if isinstance(child, Group):
                yield from self._columns(child.children)
            elif is_drawn(child) and child.type != "note" and child.type not in FILES:
                yield from _columns_of(child, 0 if self.compact else MOST_COLUMNS)

    def _used(self, repeat: Group) -> list[int]:
        """Return the indices of the instances in which something stands, asked now or not.

        What stands there by itself does not count: in a blank row, a default of the day on which
        the workbook was made would become an answer on another.
        """
        used = set(self.contents.reading.instances.get(repeat.name, ()))
        for name, texts in self.contents.typed.items():
            key = INSTANCE_NAME.fullmatch(name)
            if key and key[1] == repeat.name and any(texts):
                question = self.contents.definition.question(key[3])
                if not (question.default or question.dynamic_default):
                    used.add(int(key[2]))
        return sorted(used)


def _indices(repeat: Group, used: list[int]) -> list[int]:
    """Return the indices of the rows: of instances in use, and blank ones after them."""
    after = max(used, default=-1) + 1
    if repeat.repeat_count is not None:
        return list(range(min(max(LEAST_ROWS, after), LAST_INSTANCE + 1)))
    least = max(LEAST_ROWS - len(used), SPARE_ROWS)
    return [*used, *range(after, min(after + least, LAST_INSTANCE + 1))]


def kind_of(question: Question, *, compact: bool = False) -> str:
    """Return how the lines of a question are drawn; `compact`: several choices in one cell."""
    if question.type == "note":
        return "note"
    if question.type in FILES:
        return "file"
    if question.is_computed or question.read_only:
        return "result"
    if question.type == "select_multiple" and not compact:
        return "choices"
    return "ranks" if question.type == "rank" else "answer"


def is_drawn(question: Question) -> bool:
    """Tell whether anything of a question is seen."""
    unseen = question.type == "calculate" and not question.labels
    return question.type not in UNDRAWN and not unseen


def width_of(question: Question) -> float:
    """Return how wide the column of a question is."""
    if question.type == "text" and "multiline" in question.appearance:
        return _LINES_WIDTH
    return _WIDTHS["integer" if question.type == "calculate" else figure_of(question)]


def _columns_of(question: Question, most: int) -> Iterator[TableColumn]:
    """Yield the columns of a question: one for each choice, when they are not more than `most`."""
    kind = kind_of(question)
    if kind == "result":
        yield TableColumn(question, OURS)
    elif kind == "choices" and len(question.choices) <= most:
        for choice in question.choices:
            yield TableColumn(question, choice_key(question.name, choice.name), choice.name)
    elif kind == "ranks":
        for place in range(1, len(question.choices) + 1):
            yield TableColumn(question, place_key(question.name, place), number=place)
    else:
        yield TableColumn(question, question.name)


def _shortened(title: str, longest: int = 31) -> str:
    """Return a title as the name of a sheet, cut between words when it is too long."""
    name = sheet_name(title)[:longest]
    if len(title) <= longest:
        return name
    whole = name.rpartition(" ")[0] or name
    begun = whole.rpartition("(")[0] if whole.rfind("(") > whole.rfind(")") else whole
    return (begun or whole).rstrip(" ,;:.-–")


def _widest(widths: Sequence[float], others: Sequence[float]) -> tuple[float, ...]:
    """Return the widths of columns that serve two tables; a single answer counts as none."""
    mine = widths if len(widths) > 1 else ()
    count = max(len(mine), len(others))
    padded = [[*one, *[0.0] * (count - len(one))] for one in (list(mine), list(others))]
    return tuple(max(pair) for pair in zip(*padded, strict=True))


def _spread(widths: tuple[float, ...]) -> tuple[float, ...]:
    """Return the widths, made wider when they leave too little room for an answer."""
    total = sum(widths)
    if total >= ANSWER_WIDTH:
        return widths
    return tuple(round(width * ANSWER_WIDTH / total, 1) for width in widths)
