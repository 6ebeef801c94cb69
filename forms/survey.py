"""The survey sheet as nested parts: what each row is, and which groups it stands in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from forms.cells import Row, Sheet
from forms.fields import FIELDS
from forms.findings import Count, Findings
from forms.headings import canonical_type
from forms.words import YES

GROUP, REPEAT = "group", "repeat"
OPENINGS = {"begin group": GROUP, "begin repeat": REPEAT}
CLOSINGS = {"end group": GROUP, "end repeat": REPEAT}
SELECTS = ("select_one", "select_multiple", "rank")
FROM_FILE = "_from_file"
OR_OTHER = "or_other"
# What only a telephone knows; on a web page it stays blank.
DEVICE = frozenset({"deviceid", "phonenumber", "simserial", "subscriberid", "email"})
# What a web page does not keep at all.
NOT_KEPT = frozenset({"audit"})
# What says who answered, or when to the minute.
IDENTIFYING = frozenset({"start", "end", "today", "username"}) | DEVICE
FILES = frozenset({"file", "image"})
# What may tell who or where somebody is, or cannot be kept without saying whose it is.
TELLING = IDENTIFYING | FILES | {"geopoint"}
# What a page itself sends along with the answers.
CONTROLS = frozenset({"action", "base", "instance", "remove", "unseen", "version"})
# Names that no question may have: those, and what the trial and XForms keep for themselves.
RESERVED = CONTROLS | {"csrf_token", "meta"}
# Nobody fills in a form of more rows, and checking one takes seconds.
MOST_ROWS = 2_000
MOST_LEVELS = 10
# In a repeat every row counts a hundred times.
MOST_IN_REPEAT = 100
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")


@dataclass(slots=True)
class Part:
    """A row of the survey sheet: a question, or a group with what it holds.

    `kind` is a question type of FIELDS, `group` or `repeat`; `list_name` the list of a select,
    ending in .csv when it is a file; `other`: whoever answers may name another choice.
    """

    row: Row
    kind: str
    name: str
    above: tuple[Part, ...] = ()
    list_name: str = ""
    other: bool = False
    children: list[Part] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether it holds other parts."""
        return self.kind in (GROUP, REPEAT)

    @property
    def repeat(self) -> Part | None:
        """The repeat that it stands in, if any."""
        return next((part for part in self.above if part.kind == REPEAT), None)


@dataclass(slots=True)
class Survey:
    """The parts of a survey sheet, nested and by name."""

    sheet: Sheet
    parts: list[Part] = field(default_factory=list)
    by_name: dict[str, Part] = field(default_factory=dict)

    def walk(self) -> Iterator[Part]:
        """Yield every part, each group before what it holds."""
        waiting = list(reversed(self.parts))
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


def read_survey(sheet: Sheet, findings: Findings) -> Survey:
    """Return the parts of the sheet; what is wrong with types, names and nesting is noted."""
    reader = _Reader(sheet, findings)
    for heading in ("type", "name"):
        if heading not in sheet.columns:
            findings.error(sheet, None, heading, "no_column", name=heading)
    for row in sheet.rows[:MOST_ROWS]:
        reader.read(row)
    reader.end()
    if len(sheet.rows) > MOST_ROWS:
        more = sheet.rows[MOST_ROWS]
        findings.error(sheet, more, "type", "too_many_questions", limit=Count(MOST_ROWS))
    return reader.survey


class _Reader:
    """Reads the sheet from top to bottom."""

    def __init__(self, sheet: Sheet, findings: Findings) -> None:
        self.sheet = sheet
        self.findings = findings
        self.survey = Survey(sheet)
        self.open: list[Part] = []
        self.inside: Counter[str] = Counter()

    def read(self, row: Row) -> None:
        """Read one row."""
        kind = canonical_type(row.get("type"))
        if row.get("disabled").lower() in YES:
            return
        if kind in CLOSINGS:
            self._close(row, CLOSINGS[kind])
        elif kind in OPENINGS:
            self._open(row, OPENINGS[kind])
        elif kind in NOT_KEPT:
            self.findings.warning(self.sheet, row, "type", "no_effect", kind)
        else:
            self._question(row, kind)

    def end(self) -> None:
        """Complain about groups that were never closed, and about a sheet without rows."""
        for part in self.open:
            self._error(part.row, "type", "open_group", value=part.name)
        if not self.sheet.rows:
            self._error(None, "type", "no_questions")

    def _error(self, row: Row | None, heading: str, key: str, **parts: str) -> None:
        self.findings.error(self.sheet, row, heading, key, **parts)

    def _open(self, row: Row, kind: str) -> None:
        part = Part(row, kind, self._name(row), tuple(self.open))
        if kind == REPEAT and part.repeat:
            self._error(row, "type", "nested_repeat")
        if len(self.open) == MOST_LEVELS:
            self._error(row, "type", "too_deep", limit=str(MOST_LEVELS))
        self._add(part)
        self.open.append(part)

    def _close(self, row: Row, kind: str) -> None:
        if not self.open or self.open[-1].kind != kind:
            self._error(row, "type", "stray_end", value=row.get("type"))
        else:
            self.open.pop()

    def _question(self, row: Row, kind: str) -> None:
        base, _, rest = kind.partition(" ")
        chooses = base.removesuffix(FROM_FILE) in SELECTS
        if not chooses and (rest or base not in FIELDS.keys() | DEVICE):
            self._unknown(row)
            return
        list_name, _, last = rest.rpartition(" ")
        other = last == OR_OTHER
        part = Part(
            row=row,
            kind=self._kind(row, base),
            name=self._name(row),
            above=tuple(self.open),
            list_name=list_name if other else rest,
            other=other,
        )
        if part.kind in FILES and part.repeat:
            self._error(row, "type", "file_in_repeat")
        self._add(part)

    def _unknown(self, row: Row) -> None:
        """Note an unknown type. Its other cells are checked like those of what nobody sees."""
        written = row.get("type")
        self._error(row, "type", "type" if written else "no_type", value=written)
        if row.get("name"):
            self._add(Part(row, "hidden", self._name(row), tuple(self.open)))

    def _kind(self, row: Row, base: str) -> str:
        """Return the type of the question; what tells who answers is noted."""
        if base in TELLING:
            self.findings.identify(self.sheet, row, "type", base)
        if base in DEVICE:
            self.findings.warning(self.sheet, row, "type", "no_device", base)
            return "deviceid"
        return base.removesuffix(FROM_FILE)

    def _name(self, row: Row) -> str:
        name = row.get("name")
        first = self.survey.by_name.get(name)
        if not name:
            self._error(row, "name", "no_name")
        elif not NAME.fullmatch(name):
            self._error(row, "name", "name", value=name)
        elif name in RESERVED:
            self._error(row, "name", "reserved", value=name)
        elif first:
            cell = self.sheet.address(first.row, "name")
            self._error(row, "name", "duplicate", value=name, cell=cell)
        return name

    def _add(self, part: Part) -> None:
        if part.repeat:
            self.inside[part.repeat.name] += 1
            if self.inside[part.repeat.name] == MOST_IN_REPEAT + 1:
                limit = str(MOST_IN_REPEAT)
                self._error(part.row, "type", "too_many_in_repeat", limit=limit)
        # What is nested too deep is refused, and stays out of what is walked level by level.
        if not part.is_group or len(self.open) < MOST_LEVELS:
            (self.open[-1].children if self.open else self.survey.parts).append(part)
        self.survey.by_name.setdefault(part.name, part)
