"""The keys by which a fill-in workbook is read: they stand in its hidden column and hidden rows.

Whatever is done to a workbook, its cells keep their keys: rows may be inserted, sorted or moved,
columns added, sheets renamed. A sheet of ours begins with a row of keys: MARK over the column of
keys, ANSWER over the column of answers, OURS over all else that is ours. Below, the first column
holds the key of each row: that of an answer, of a row of a table, or PLAIN for a row without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MARK, ANSWER, OURS, PLAIN = "#phieu", "=", "~", "-"
# Sheets that hold no answers: what they hold stands below the mark.
IDENTITY, LISTS, WORK = "#identity", "#lists", "#work"
# Before the name of a repeat or a fixed-rows table: a row that says what its columns are.
COLUMNS = "#"

_ANSWER = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:/(?P<choice>\S+)|#(?P<place>[0-9]{1,3}))?"
)
_INSTANCE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)-(?P<index>[0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Which answer a cell holds: all of a question, whether a choice is chosen, or a rank."""

    name: str
    choice: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """Which instance of a repeat a row holds; `index` counts as the names of inputs do."""

    repeat: str
    index: int


def choice_key(name: str, choice: str) -> str:
    """Return the key of the cell that says whether a choice is chosen."""
    return f"{name}/{choice}"


def place_key(name: str, place: int) -> str:
    """Return the key of the cell that says what was ranked at a place, from 1."""
    return f"{name}#{place}"


def instance_key(repeat: str, index: int) -> str:
    """Return the key of a row of a repeat."""
    return f"{repeat}-{index}"


def columns_key(table: str) -> str:
    """Return the key of the row that says what the columns of a table are."""
    return COLUMNS + table


def answer_of(key: str) -> AnswerKey | None:
    """Return the answer that a key is of, None when it is of no answer."""
    found = _ANSWER.fullmatch(key)
    if found is None:
        return None
    return AnswerKey(found["name"], found["choice"] or "", int(found["place"] or 0))


def instance_of(key: str) -> InstanceKey | None:
    """Return the row of a repeat that a key is of, None when it is of none."""
    found = _INSTANCE.fullmatch(key)
    return InstanceKey(found["name"], int(found["index"])) if found else None
