"""How the functions of the language are written as Excel formulas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from forms.expressions.errors import ExpressionError
from forms.expressions.values import as_date

Kind = Literal["number", "text", "boolean", "date", "any"]

# What an Excel cell holds at most.
LONGEST_CELL = 32_767


@dataclass(frozen=True, slots=True)
class Excel:
    """How a call is written as an Excel formula.

    `write` is a template, {0} the first argument and {all} all of them between commas, or makes
    the formula out of the written arguments; `infix` when it puts signs between them. `takes` is
    the kind each argument is written as; the last one stands for all that follow. A function that
    takes and gives numbers is arithmetic: it stands inside the same test for blanks as the signs
    around it. `fails`: it may have no result, as a division by 0 has none.
    """

    write: str | Callable[[Sequence[str]], str]
    takes: tuple[Kind, ...] = ("number",)
    fails: bool = False
    infix: bool = False


def round_to(parts: Sequence[str]) -> str:
    """Round to so many places, 0 when none are named."""
    return f"ROUND({parts[0]},{parts[1] if len(parts) > 1 else 0})"


def coalesce(parts: Sequence[str]) -> str:
    """Each part may be a blank cell, even the last one, unless it is plainly something else."""
    *firsts, last = parts
    certain = last.endswith((")", '"')) or last.replace(".", "").isdigit()
    formula = last if certain else f'IF(LEN({last})>0,{last},"")'
    return reduce(lambda rest, part: f"IF(LEN({part})>0,{part},{rest})", firsts[::-1], formula)


def percent(parts: Sequence[str]) -> str:
    """Write the share, which is 0 or 100 only when it is exact."""
    part, whole = parts
    share = f"ROUND({part}*100/{whole},1)"
    return f"IF(AND({part}>0,{part}<{whole}),MEDIAN(0.1,{share},99.9),{share})"


def count(parts: Sequence[str]) -> str:
    """Count what is not blank."""
    counts = "+".join(f"N(LEN({part})>0)" for part in parts)
    return f"({counts})" if len(parts) > 1 else counts


def contains(parts: Sequence[str]) -> str:
    """Look for a text within another, capitals and all."""
    text, part = parts
    found = f"ISNUMBER(FIND({part},{text}))"
    return found if _written_text(part) else f"OR(LEN({part})=0,{found})"


def selected(parts: Sequence[str]) -> str:
    """Look for a word among words."""
    text, choice = parts
    found = f'ISNUMBER(FIND(" "&TRIM({choice})&" "," "&{text}&" "))'
    if len(_written_text(choice).split()) == 1:
        return found
    # Nothing, or several words, are no choice.
    return f'AND(LEN(TRIM({choice}))>0,ISERROR(FIND(" ",TRIM({choice}))),{found})'


def _written_text(part: str) -> str:
    """Return the text of a written part when it is plain text between quotes."""
    return part.strip('"') if part.startswith('"') else ""


def join(parts: Sequence[str]) -> str:
    """Put the separator between all texts."""
    separator, *members = parts
    return f"CONCATENATE({f',{separator},'.join(members)})"


def substr(parts: Sequence[str]) -> str:
    """Write MID, whose places count from 1; the places have to be numbers."""
    text, *places = parts
    if not all(place.isdigit() for place in places):
        raise ExpressionError("no_formula", 0, "substr")
    start, end = int(places[0]), int(places[1]) if len(places) > 1 else LONGEST_CELL
    return f"MID({text},{start + 1},{max(0, end - start)})"


def date(parts: Sequence[str]) -> str:
    """Write a date that stands in the form."""
    day = as_date(parts[0].strip('"'))
    if day is None:
        raise ExpressionError("no_formula", 0, "date")
    return f"DATE({day.year},{day.month},{day.day})"
