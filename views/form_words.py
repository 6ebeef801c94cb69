"""Question types in plain words, as the pages about forms use them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

TYPE_WORDS: Mapping[str, LazyString] = {
    "text": _("Text"),
    "integer": _("Whole number"),
    "decimal": _("Number with decimals"),
    "range": _("Number on a scale"),
    "date": _("Date"),
    "time": _("Time of day"),
    "dateTime": _("Date and time"),
    "select_one": _("One choice"),
    "select_multiple": _("Several choices"),
    "select_one_from_file": _("One choice, from a CSV file"),
    "select_multiple_from_file": _("Several choices, from a CSV file"),
    "rank": _("Choices put in order"),
    "acknowledge": _("Box to tick"),
    "note": _("Text to read"),
    "calculate": _("Worked out"),
    "hidden": _("Not shown"),
    "file": _("File"),
    "image": _("Picture"),
    "geopoint": _("Place on the map"),
    "begin group": _("Group"),
    "begin repeat": _("Repeated group"),
}
# What the editor can add; all else is for Excel.
NEW_TYPES = (
    "text",
    "integer",
    "decimal",
    "date",
    "time",
    "select_one",
    "select_multiple",
    "rank",
    "note",
    "acknowledge",
    "file",
    "image",
)


def type_words(kind: str) -> str:
    """Return a question type in words; one that has none is called as it is."""
    return str(TYPE_WORDS.get(kind.replace("_group", " group").replace("_repeat", " repeat"), kind))
