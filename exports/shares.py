"""Shares in percent as live formulas: never 100 unless complete, never 0 unless nothing."""

from __future__ import annotations

from exports.cells import Formula
from forms.expressions import Call, Reference, to_excel
from language.numbers import percent

# What stands for the two cells until they are known.
_CELLS = {"part": "\0", "whole": "\1"}
_PERCENT = Call("percent", (Reference("part"), Reference("whole")))
_FORMULA = to_excel(_PERCENT, _CELLS.__getitem__)


def share(part: int, whole: int, part_cell: str, whole_cell: str) -> Formula:
    """Return the formula, and the value, of the share of one cell in another."""
    text = _FORMULA.replace(_CELLS["part"], part_cell).replace(_CELLS["whole"], whole_cell)
    value = percent(part, whole)
    return Formula(text, "" if value is None else value)
