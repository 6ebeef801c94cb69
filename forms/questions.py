"""From the rows of the survey sheet to questions and groups, every cell checked on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Literal

from forms.answers import LAST_INSTANCE
from forms.cells import Row, Sheet
from forms.choices import (
    OTHER,
    SPECIFY_LABELS,
    Choices,
    in_languages,
    with_other,
    without_names,
)
from forms.contents import CONTENTS, PICTURES
from forms.datasets import CSV
from forms.expressions import (
    FUNCTIONS,
    Call,
    ExpressionError,
    Node,
    Number,
    Operation,
    Path,
    Text,
    call_nodes,
    calls,
    parse,
    references,
    uses_current,
)
from forms.fields import RANGE
from forms.findings import Count, Findings
from forms.headings import TRANSLATED, split_heading
from forms.labels import REFERENCE, labels_by_language
from forms.paths import follow
from forms.survey import FILES, REPEAT, SELECTS, Part, Survey
from forms.tree import Choice, Dataset, Expression, Group, Labels, Question
from forms.words import NO, YES
from language.numbers import parse_decimal

# A question that only heads those behind it.
HEADING = "label"
# How things may be shown; `wN` and `columns-N` besides. A word that many forms have and that
# changes nothing on a web page is noticed; any other is refused.
APPEARANCES = frozenset({
    "multiline", "minimal", "likert", HEADING, "list-nolabel", "table-list", "field-list",
    "numbers", "thousands-sep", "month-year", "year", "horizontal", "horizontal-compact",
    "columns", "columns-pack", "contact", "breakdown", "attendance", "matrix",
})  # fmt: skip
IGNORED = frozenset({
    "quick", "quickcompact", "compact", "no-buttons", "no-ticks", "vertical", "picker", "rating",
    "no-calendar", "autocomplete", "search", "map", "maps", "placement-map", "image-map", "bearing",
    "new", "new-front", "new-rear", "counter", "list", "inline", "hide-input", "masked", "url",
    "signature", "draw", "annotate", "comments", "coptic", "ethiopian", "islamic", "myanmar",
    "persian", "bikram-sambat", "buddhist",
})  # fmt: skip
_SIZED = re.compile(r"w([1-9]|1[0-2])|columns-[1-9]\d?")
_SIZED_IGNORED = re.compile(r"(quick)?compact-\d{1,2}")
# A search through a file beside the form, as other tools write it: search('xa', …).
_SEARCH = re.compile(r"\bsearch\s*\(.*\)")
# Columns in which an expression may stand, and whether `.` means something there.
EXPRESSIONS = {"required": True, "constraint": True, "relevant": False, "calculation": True}
UNSUPPORTED = frozenset({"audio", "video", "big-image"})
PARAMETERS: Mapping[str, frozenset[str]] = {
    "range": frozenset(RANGE),
    "select_one": frozenset({"value", "label"}),
    "select_multiple": frozenset({"value", "label"}),
    "text": frozenset({"rows"}),
}
# What only other tools do with a question.
NO_EFFECT = frozenset({
    "randomize", "seed", "max-pixels", "quality", "capture-accuracy", "warning-accuracy",
    "max-length", "app",
})  # fmt: skip
NUMBERS = frozenset({"integer", "decimal", "range"})
# What nobody sees needs no label; all else needs at least one of these.
UNSEEN = frozenset({"calculate", "hidden", "start", "end", "today", "username", "deviceid"})
SHOWN = frozenset({"label", "hint", "image"})
IN_MATRIX = frozenset({"integer", "decimal", "text", "calculate", "date"})
_PARAMETER = re.compile(r"([A-Za-z][\w-]*)\s*=\s*([^\s,;]+)")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_CALL = re.compile(r"\s*([a-z][\w:.-]*)\s*\(")
_IMAGES = ("image",)

# A page draws every choice of every question: more of them no phone can show.
MOST_OFFERED = 100_000

ALWAYS = Expression("true()", Call("true"))

Heading = Literal["required", "constraint", "relevant", "calculation"]


@dataclass
class Items:
    """Makes the questions and groups of a survey."""

    survey: Survey
    choices: Choices
    languages: tuple[str, ...]
    findings: Findings
    version: str = ""
    looked_up: set[str] = field(default_factory=set)
    offered: int = 0

    def children(self) -> tuple[Question | Group, ...]:
        """Return the whole form; what is wrong with any cell is noted."""
        return tuple(self._items(self.survey.parts))

    def _items(self, parts: list[Part]) -> Iterator[Question | Group]:
        for part in parts:
            self._cells(part)
            if part.is_group:
                yield self._group(part)
            else:
                question = self._question(part)
                yield question
                if part.other:
                    yield self._specify(question)

    # --- what is asked for at the end ---

    def used_datasets(self) -> list[Dataset]:
        """Return the CSV files that the form reads, in order of their names."""
        for name in self.looked_up:
            self.choices.dataset(name)
        return [self.choices.datasets[name] for name in sorted(self.choices.datasets)]

    def pictures(self) -> Iterator[tuple[Sheet, Row, str, str]]:
        """Yield every cell that names a picture: its sheet, row and heading, and the name."""
        rows = [(self.survey.sheet, part.row) for part in self.survey.walk()]
        rows += [(self.choices.sheet, row) for row in self.choices.sheet.rows]
        for sheet, row in rows:
            for heading, text in row.cells.items():
                if split_heading(heading)[0] in _IMAGES:
                    yield sheet, row, heading, text

    # --- groups ---

    def _group(self, part: Part) -> Group:
        row = part.row
        children = tuple(self._items(part.children))
        self._shape(part)
        return Group(
            name=part.name,
            labels=self._labels(row, "label"),
            hint=self._labels(row, "hint"),
            relevant=self._expression(part, "relevant"),
            appearance=tuple(row.get("appearance").split()),
            repeat=part.kind == REPEAT,
            repeat_count=self._count(part),
            children=children,
        )

    def _count(self, part: Part) -> Expression | None:
        if part.kind != REPEAT:
            return None
        found = self._parsed(self.survey.sheet, part, "repeat_count")
        if found and isinstance(found.node, Number) and found.node.value > LAST_INSTANCE + 1:
            count = part.row.get("repeat_count")
            self.findings.warning(
                self.survey.sheet, part.row, "repeat_count", "repeat_limit", count
            )
        return found

    def _shape(self, part: Part) -> None:
        """Refuse a table whose rows are not alike."""
        words = part.row.get("appearance").split()
        if "matrix" in words and not _is_matrix(part):
            self._error(part, "appearance", "matrix", value=part.name)
        lists = {child.list_name for child in part.children if child.kind != "note"}
        selects = all(child.kind in SELECTS[:2] for child in part.children if child.kind != "note")
        if "table-list" in words and (not selects or len(lists) != 1):
            self._error(part, "appearance", "table_list", value=part.name)

    # --- questions ---

    def _question(self, part: Part) -> Question:
        row = part.row
        if part.kind not in UNSEEN and not any(split_heading(h)[0] in SHOWN for h in row.cells):
            self._error(part, "label", "no_label")
        if part.kind == "calculate" and not {"calculation", "default"} & row.cells.keys():
            self._error(part, "calculation", "no_formula")
        parameters = self._parameters(part)
        fixed, dynamic = self._default(part)
        return Question(
            name=part.name,
            type=part.kind,
            labels=self._labels(row, "label"),
            hint=self._labels(row, "hint"),
            guidance=self._labels(row, "guidance_hint"),
            image=self._labels(row, "image"),
            required=self._required(part),
            required_message=self._labels(row, "required_message"),
            constraint=self._expression(part, "constraint"),
            constraint_message=self._labels(row, "constraint_message"),
            relevant=self._expression(part, "relevant"),
            calculation=self._expression(part, "calculation"),
            trigger=self._trigger(part),
            default=fixed,
            dynamic_default=dynamic,
            read_only=self._read_only(part),
            appearance=tuple(row.get("appearance").split()),
            parameters=tuple(parameters.items()),
            list_name=f"{part.list_name}_or_{OTHER}" if part.other else part.list_name,
            choices=self._choices(part, parameters),
            choice_filter=self._choice_filter(part),
            accept=self._accept(part),
            measure=self._labels(row, "measure"),
        )

    def _specify(self, question: Question) -> Question:
        """Return the question that asks which other choice is meant (XLSForm `or_other`)."""
        name = f"{question.name}_{OTHER}"
        if name in self.survey.by_name:
            row = self.survey.by_name[name].row
            self.findings.error(self.survey.sheet, row, "name", "reserved", value=name)
        source = f"selected(${{{question.name}}}, '{OTHER}')"
        return Question(
            name=name,
            type="text",
            labels=in_languages(SPECIFY_LABELS, self.languages),
            relevant=Expression(source, parse(source)),
        )

    def _choices(self, part: Part, parameters: Mapping[str, str]) -> tuple[Choice, ...]:
        if part.kind not in SELECTS:
            return ()
        if "${" in part.list_name:
            self._error(part, "type", "list_of_answers", value=part.list_name)
            return ()
        found = self.choices.of(part, self.survey.sheet, parameters)
        if self._is_too_much(part, len(found)):
            return ()
        choices = without_names(found, self.languages)
        return with_other(choices, self.languages) if part.other else choices

    def _is_too_much(self, part: Part, choices: int) -> bool:
        """Tell whether all questions up to this one offer too many choices; say so once."""
        before, self.offered = self.offered, self.offered + choices
        if before <= MOST_OFFERED < self.offered:
            self.findings.error(
                self.survey.sheet, part.row, "type", "too_many_offered", limit=Count(MOST_OFFERED)
            )
        return self.offered > MOST_OFFERED

    # --- cells ---

    def _labels(self, row: Row, heading: str) -> Labels:
        return labels_by_language(row.cells, heading, self.languages)

    def _error(self, part: Part, heading: str, key: str, **parts: str) -> None:
        self.findings.error(self.survey.sheet, part.row, heading, key, **parts)

    def _cells(self, part: Part) -> None:
        for heading, text in part.row.cells.items():
            base = split_heading(heading)[0]
            if base in UNSUPPORTED:
                self._error(part, heading, "column", value=self.survey.sheet.heading(heading))
            elif base in TRANSLATED["survey"]:
                self._known(self.survey.sheet, part.row, heading, set(REFERENCE.findall(text)))
        self._appearances(part)
        if part.row.get("repeat_count") and part.kind != REPEAT:
            self._error(part, "repeat_count", "repeat_count")

    def _appearances(self, part: Part) -> None:
        text = part.row.get("appearance")
        if _SEARCH.search(text):
            self._error(part, "appearance", "search")
        for word in _SEARCH.sub("", text).split():
            if word in IGNORED or _SIZED_IGNORED.fullmatch(word):
                self.findings.warning(self.survey.sheet, part.row, "appearance", "no_effect", word)
            elif word not in APPEARANCES and not _SIZED.fullmatch(word):
                self._error(part, "appearance", "appearance", value=word)

    def _parameters(self, part: Part) -> dict[str, str]:
        text = part.row.get("parameters")
        found = dict(_PARAMETER.findall(text))
        if _PARAMETER.sub("", text).strip(" ,;"):
            self._error(part, "parameters", "parameter", value=text)
        known = PARAMETERS.get(part.kind, frozenset())
        for name in sorted(found.keys() - known):
            key = "no_effect" if name in NO_EFFECT else "unknown_parameter"
            self.findings.warning(self.survey.sheet, part.row, "parameters", key, name)
        if part.kind == "range" and not _is_range(found):
            self._error(part, "parameters", "parameter", value=text)
        return {name: value for name, value in found.items() if name in known}

    def _read_only(self, part: Part) -> bool:
        text = part.row.get("read_only").lower()
        if text not in YES | NO:
            self._error(part, "read_only", "yes_no", value=part.row.get("read_only"))
        return text in YES

    def _required(self, part: Part) -> Expression | None:
        text = part.row.get("required").lower()
        if text in NO:
            return None
        if _is_heading(part):
            self.findings.warning(self.survey.sheet, part.row, "required", "heading", part.name)
            return None
        if text in YES:
            return ALWAYS
        return self._expression(part, "required")

    def _expression(self, part: Part, heading: Heading) -> Expression | None:
        found = self._parsed(self.survey.sheet, part, heading)
        if found and uses_current(found.node) and not EXPRESSIONS[heading]:
            self._error(part, heading, "current")
        return found

    def _choice_filter(self, part: Part) -> Expression | None:
        if part.row.get("choice_filter") and part.kind not in SELECTS[:2]:
            self._error(part, "choice_filter", "choice_filter")
            return None
        if part.list_name.endswith(CSV) and part.list_name not in self.choices.datasets:
            return None  # that the file is missing has been said
        choices = self.choices.lists.get(part.list_name, ())
        columns = {name for choice in choices for name, _ in choice.fields}
        dataset = self.choices.datasets.get(part.list_name)
        columns |= set(dataset.columns if dataset else ())
        columns |= {"name", "label"}
        return self._parsed(self.survey.sheet, part, "choice_filter", frozenset(columns))

    def _accept(self, part: Part) -> tuple[str, ...]:
        """Return the endings of the files that are taken; one that no such file has is refused."""
        wanted = tuple(_endings(part.row.get("body::accept")))
        contents = PICTURES if part.kind == "image" else CONTENTS
        for ending in wanted if part.kind in FILES else ():
            if not any(ending in content.endings for content in contents):
                known = ", ".join(content.endings[0] for content in contents)
                self._error(part, "body::accept", "accept", value=ending, known=known)
        return wanted

    def _trigger(self, part: Part) -> tuple[str, ...]:
        text = part.row.get("trigger")
        names = REFERENCE.findall(text)
        if text and (not names or REFERENCE.sub("", text).strip(" ,;")):
            self._error(part, "trigger", "trigger")
        if names and not part.row.get("calculation"):
            self._error(part, "trigger", "no_calculation")
        self._known(self.survey.sheet, part.row, "trigger", set(names))
        return tuple(dict.fromkeys(names))

    def _default(self, part: Part) -> tuple[str, Expression | None]:
        """Return the default: a text as it would be typed, or else what works it out."""
        text = part.row.get("default")
        call = _CALL.match(text)
        if "${" in text or (call and call[1] in FUNCTIONS) or _is_sum(part.kind, text):
            return "", self._parsed(self.survey.sheet, part, "default")
        return text, None

    # --- expressions ---

    def expression_at(self, sheet: Sheet, row: Row, heading: str) -> Expression | None:
        """Return the expression in a cell that belongs to no question; what is wrong is noted."""
        return self._parsed(sheet, Part(row, "settings", ""), heading)

    def _parsed(
        self, sheet: Sheet, part: Part, heading: str, columns: frozenset[str] | None = None
    ) -> Expression | None:
        source = part.row.get(heading)
        if not source:
            return None
        try:
            node = parse(source, partial(self._follow, part, columns))
        except ExpressionError as error:
            self.findings.expression_error(sheet, part.row, heading, source, error)
            return None
        self._known(sheet, part.row, heading, set(references(node)))
        self._calls(sheet, part, heading, node)
        return Expression(source, node)

    def _follow(self, part: Part, columns: frozenset[str] | None, path: Path) -> Node:
        if path.source == "version()":
            return Text(self.version)
        return follow(self.survey, part, path, columns)

    def _known(self, sheet: Sheet, row: Row, heading: str, names: set[str]) -> None:
        for name in sorted(names - self.survey.by_name.keys()):
            if not self._is_specified(name):
                self.findings.error(sheet, row, heading, "reference", value=name)

    def _is_specified(self, name: str) -> bool:
        asked = self.survey.by_name.get(name.removesuffix(f"_{OTHER}"))
        return asked is not None and asked.other

    def _calls(self, sheet: Sheet, part: Part, heading: str, node: Node) -> None:
        names = calls(node)
        for name in sorted(names):
            if FUNCTIONS[name].only_tables:
                self.findings.error(sheet, part.row, heading, "function", value=name)
        if "position" in names and part.repeat is None:
            self.findings.error(sheet, part.row, heading, "outside_repeat")
        if "now" in names:
            self.findings.identify(sheet, part.row, heading, "now()")
        if "pulldata" in names:
            self._look_ups(sheet, part.row, heading, node)

    def _look_ups(self, sheet: Sheet, row: Row, heading: str, node: Node) -> None:
        for name, *columns in sorted(pulled(node)):
            self.looked_up.add(name)
            dataset = self.choices.dataset(name)
            if dataset is None:
                self.findings.error(sheet, row, heading, "file_missing", value=name)
                continue
            known = dataset.columns or columns  # that the file is wrong has been said
            for column in (column for column in dict.fromkeys(columns) if column not in known):
                parts = {"file": dataset.name, "value": column}
                self.findings.error(sheet, row, heading, "dataset_column", **parts)


def pulled(node: Node) -> set[tuple[str, ...]]:
    """Return what an expression looks things up in: datasets, each with the two columns."""
    return {
        tuple(part.value for part in call.arguments[:3] if isinstance(part, Text))
        for call in call_nodes(node)
        if call.name == "pulldata"
    }


def _endings(text: str) -> Iterator[str]:
    return (ending.strip().lower() for ending in text.split(",") if ending.strip())


def _is_matrix(part: Part) -> bool:
    """Tell whether a table has rows that are alike: groups with as many questions of a number."""
    rows = part.children
    widths = {len(row.children) for row in rows}
    kinds = {cell.kind for row in rows for cell in row.children}
    return all(row.kind == "group" for row in rows) and len(widths) == 1 and kinds <= IN_MATRIX


def _is_heading(part: Part) -> bool:
    """Tell whether a question is only the heading of a table of choices, which nobody answers."""
    return part.kind in SELECTS[:2] and HEADING in part.row.get("appearance").split()


def _is_range(parameters: Mapping[str, str]) -> bool:
    texts = [parameters.get(name, otherwise) for name, otherwise in RANGE.items()]
    if not all(map(_PLAIN.fullmatch, texts)):
        return False
    start, end, step = map(Decimal, texts)
    return start != end and step != 0


def _is_sum(kind: str, text: str) -> bool:
    """Tell whether a default is a calculation, though it names no question: 1 + 1."""
    if kind not in NUMBERS or not text:
        return False
    try:
        parse_decimal(text)
    except ValueError:
        pass
    else:
        return False
    try:
        return isinstance(parse(text), Operation)
    except ExpressionError:
        return False
