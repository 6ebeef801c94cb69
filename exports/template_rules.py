"""What the cells of a fill-in workbook take, and what they say: the rules of the form, for Excel.

A rule helps while somebody types; what counts is what the form says when the workbook is uploaded.
So a rule that Excel may judge otherwise, because of another cell or another way to write, only
warns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exports.cells import Merge, Rule, address
from exports.template_formulas import Formulas
from exports.template_values import Contents, figure_of
from exports.template_words import words_of
from forms import messages
from forms.answers import show_value
from forms.expressions import (
    Call,
    Current,
    ExpressionError,
    Negation,
    Node,
    Number,
    Operation,
)
from forms.fields import LARGEST_NUMBER, RANGE
from forms.markup import alone
from forms.tree import Question
from forms.workbook_cells import MARKED

# Excel takes no longer formula in a rule.
LONGEST_FORMULA = 255
# 1 January 1900 and 31 December 9999.
_FIRST_DAY, _LAST_DAY = 1, 2_958_465
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DATED = frozenset({"date", "month", "year", "time", "moment"})
# Kinds of answers that are told how to be written.
_HELPED = frozenset({"mark", "date", "month", "time", "moment"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest number that a constraint takes, None where it sets none."""

    low: Decimal | None = None
    high: Decimal | None = None


def bounds_of(node: Node, *, whole: bool) -> Bounds | None:
    """Return the bounds that a constraint sets; None when it sets something else as well."""
    if isinstance(node, Operation) and node.operator == "and":
        parts = [bounds_of(part, whole=whole) for part in (node.left, node.right)]
        if None in parts:
            return None
        lows = [part.low for part in parts if part and part.low is not None]
        highs = [part.high for part in parts if part and part.high is not None]
        return Bounds(max(lows, default=None), min(highs, default=None))
    return _bound(node, whole=whole)


def _bound(node: Node, *, whole: bool) -> Bounds | None:
    if not isinstance(node, Operation) or node.operator not in _FLIPPED:
        return None
    sign, own, other = node.operator, node.left, node.right
    if isinstance(other, Current):
        sign, own, other = _FLIPPED[sign], other, own
    limit = _number(other)
    if not isinstance(own, Current) or limit is None:
        return None
    if sign in ("<", ">"):
        if not whole or limit != limit.to_integral_value():
            return None
        limit += 1 if sign == ">" else -1
    return Bounds(low=limit) if sign in (">", ">=") else Bounds(high=limit)


def _number(node: Node) -> Decimal | None:
    if isinstance(node, Negation) and isinstance(node.operand, Number):
        return -node.operand.value
    return node.value if isinstance(node, Number) else None


@dataclass(frozen=True, slots=True)
class Rules:
    """Makes the rules of cells."""

    contents: Contents
    formulas: Formulas

    def of(self, question: Question, block: Merge) -> Rule | None:
        """Return the rule of the cells of a question; None when there is nothing to say."""
        make = _MAKERS.get(figure_of(question), Rules.anything)
        rule = make(self, question, block)
        rule = rule._replace(title=self._title(question), message=self._help(question))
        return None if rule.kind == "any" and not rule.message else rule

    def mark(self, question: Question, block: Merge) -> Rule:
        """Return the rule of cells that are only marked."""
        rule = self.marked(question, block)
        message = words_of(self.contents.language)["mark"]
        return rule._replace(title=self._title(question), message=message)

    # --- kinds of answers ---

    def number(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a number."""
        whole = figure_of(question) == "integer"
        bounds = self._bounds(question, whole=whole)
        if bounds is None:
            form = _WHOLE_NUMBER if whole else _NUMBER
            return self._custom(question, block, form) or self._between(question, block, Bounds())
        return self._between(question, block, bounds)

    def _between(self, question: Question, block: Merge, bounds: Bounds) -> Rule:
        bounded = question.constraint is not None and bounds != Bounds()
        return Rule(
            block,
            "whole" if figure_of(question) == "integer" else "decimal",
            error=self._error(question) if bounded else self._type_error(question),
            low=-LARGEST_NUMBER if bounds.low is None else bounds.low,
            high=LARGEST_NUMBER if bounds.high is None else bounds.high,
            # A number with decimals may be written in two ways, of which Excel knows one.
            strict=figure_of(question) == "integer",
        )

    def _bounds(self, question: Question, *, whole: bool) -> Bounds | None:
        if question.type == "range":
            ends = [Decimal(question.parameter(n, RANGE[n])) for n in ("start", "end")]
            return Bounds(min(ends), max(ends))
        if question.constraint is None:
            return Bounds()
        return bounds_of(question.constraint.node, whole=whole)

    def date(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a day or a month."""
        error = self._type_error(question)
        usual = Rule(block, "date", error=error, low=_FIRST_DAY, high=_LAST_DAY)
        return self._custom(question, block, _DATE) or usual

    def year(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a year."""
        return Rule(block, "whole", error=self._type_error(question), low=1000, high=2999)

    def text(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a text."""
        longest = _longest(question)
        if longest is None:
            return self._custom(question, block, "{1}") or Rule(block, "any")
        return Rule(block, "length", error=self._error(question), low=0, high=longest)

    def anything(self, question: Question, block: Merge) -> Rule:
        """Return a rule that takes whatever is typed, and only helps."""
        return Rule(block, "any")

    def choice(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a choice."""
        offered = self._offered(question)
        if not offered:
            return Rule(block, "any")
        error = messages.answer_message("choice", self.contents.language)
        return Rule(block, "list", error=error, source=offered, strict=True)

    def _offered(self, question: Question) -> str:
        """Return the cells that a cell offers; one that holds several choices can offer none."""
        several = question.type == "select_multiple"
        return "" if several else self.formulas.lists.offered(question)

    def marked(self, question: Question, block: Merge) -> Rule:
        """Return the rule of a cell that is marked or left blank."""
        error = messages.workbook_message("mark", self.contents.language, value="…")
        return Rule(block, "list", error=error, source=f'"{MARKED}"', strict=True)

    def _custom(self, question: Question, block: Merge, form: str) -> Rule | None:
        """Return a rule that asks the constraint itself; None when Excel cannot.

        In `form`, {0} is the cell and {1} the constraint.
        """
        if question.constraint is None:
            return None
        cell = address(block.first_row, block.first_column)
        try:
            asked = self.formulas.rule(question.constraint, cell)
        except ExpressionError:
            return None
        formula = form.format(cell, asked)
        if len(formula) > LONGEST_FORMULA:
            return None
        return Rule(block, "custom", error=self._error(question), source=formula)

    # --- words ---

    def _title(self, question: Question) -> str:
        return alone(question.labels.text(self.contents.language))

    def _help(self, question: Question) -> str:
        """Return what stands beside the cell: the hint, and how to write such an answer."""
        words, figure = words_of(self.contents.language), figure_of(question)
        previous = self.contents.previous.get(question.name, "")
        parts = [self.contents.hint(question), f"{previous}." if previous else ""]
        if question.type == "range":
            parts.append(words["range"].format(**self._range(question)))
        elif figure == "choice":
            several = question.type == "select_multiple"
            one = "one" if self._offered(question) else "named"
            parts.append(words["several" if several else one])
        else:
            parts.append(words[figure] if figure in _HELPED else "")
        return " ".join(filter(None, parts))

    def _range(self, question: Question) -> Mapping[str, str]:
        names = {"low": "start", "high": "end", "step": "step"}
        return {
            word: show_value(Decimal(question.parameter(name, RANGE[name])), self.contents.language)
            for word, name in names.items()
        }

    def _error(self, question: Question) -> str:
        """Return what the form says of a value that its constraint does not take."""
        language = self.contents.language
        message = question.constraint_message.text(language)
        return message or messages.answer_message("constraint", language)

    def _type_error(self, question: Question) -> str:
        language, figure = self.contents.language, figure_of(question)
        if question.type == "range":
            ends = self._range(question)
            bounds = {"start": ends["low"], "end": ends["high"], "step": ends["step"]}
            return messages.answer_message("range", language, **bounds)
        key = figure if figure in _DATED else "integer" if figure == "integer" else "decimal"
        return messages.answer_message(key, language)


_NUMBER = "AND(ISNUMBER({0}),{1})"
_WHOLE_NUMBER = "AND(ISNUMBER({0}),INT({0})={0},{1})"
# A day as text is as good: not every Excel takes the day before the month.
_DATE = "OR(ISTEXT({0}),AND(ISNUMBER({0}),{1}))"
_MAKERS: Mapping[str, Callable[[Rules, Question, Merge], Rule]] = {
    "integer": Rules.number,
    "decimal": Rules.number,
    "date": Rules.date,
    "year": Rules.year,
    "text": Rules.text,
    "choice": Rules.choice,
    "mark": Rules.marked,
}


def _longest(question: Question) -> int | None:
    """Return how long a text may be, when that is all that its constraint says."""
    node = question.constraint.node if question.constraint else None
    match node:
        case Operation("<=", Call("string-length", (Current(),)), Number(value)):
            return int(value)
    return None
