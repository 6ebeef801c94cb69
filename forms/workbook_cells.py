"""What stands in one cell of a fill-in workbook, as a person would type it into the form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any, Literal

from forms.answers import Typed, is_input, show_value, typed_text
from forms.build import bound
from forms.explanations import explained_checks
from forms.expressions import Value
from forms.fields import GivenField
from forms.formats.grid import moment_text
from forms.markup import alone
from forms.tree import Choice, Definition, Question
from language.text import clean, clean_lines, fold

# Numbers are typed as Vietnamese write them: so they are understood in every language.
WRITTEN = "vi"

# What a cell may say when it is only there to be marked.
MARKED = "x"
_MARKS = {
    **dict.fromkeys(("x", "✓", "✔", "✗", "☑", "☒", "v", "co", "yes", "y", "1", "true", "ok"), True),
    **dict.fromkeys(("0", "khong", "no", "n", "false", "☐"), False),
}
# Excel keeps 15 digits; what a formula gives may have a 17th that nobody typed.
_FIFTEEN = Context(prec=15)
_HUNDRED = Decimal(100)
# Serial numbers that are taken for days: 1950 to 2099. A year, as 2021, is none.
_FIRST_SERIAL, _LAST_SERIAL = 18_264, 73_050
_SEPARATORS = re.compile(r"[;\n]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell as somebody left it. A `date` is in ISO form; a `percent` is a hundredth of it."""

    text: str
    kind: Literal["text", "number", "percent", "date"] = "text"
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a cell says, as it would be typed; `note` is the key of what must be said of it."""

    text: str
    note: str = ""


class Refused(Exception):
    """A cell that cannot be an answer, and the key of the sentence that says why."""

    def __init__(self, key: str, value: str) -> None:
        super().__init__(key)
        self.key = key
        self.value = value


def typed_in(question: Question, entry: Entry) -> Said:
    """Return what a cell says in answer to a question of one input. Raises Refused."""
    return _READERS.get(question.type, _text)(question, entry)


def is_marked(entry: Entry) -> bool:
    """Tell whether a cell that is only there to be marked is. Raises Refused for another text."""
    text = clean(entry.text)
    marked = _MARKS.get(fold(text))
    if marked is None:
        raise Refused("mark", text[:40])
    return marked


def entered(definition: Definition, typed: Typed, language: str) -> dict[str, Value]:
    """Return the value of whatever was typed that can have one, asked or not, by input name."""
    with bound(definition, language, typed) as form:
        return dict(_values_of(form))


def _values_of(form: Any) -> Iterator[tuple[str, Value]]:
    for one in form._fields.values():
        if hasattr(one, "entries"):
            for instance in one.entries:
                yield from _values_of(instance.form)
        elif not isinstance(one, GivenField) and not one.process_errors:
            yield one.name, one.data


def as_written(definition: Definition, typed: Typed, language: str) -> Typed:
    """Return what was typed the one way in which a workbook gives it back.

    Blanks are left out, and so are the reasons for what is odd: a workbook has no cells for them.
    """
    values, reasons = entered(definition, typed, language), explained_checks(definition)
    found = {
        name: _as_written(definition.question(name.rpartition("-")[2]), texts, values.get(name, ""))
        for name, texts in typed.items()
        if is_input(definition, name) and name not in reasons and any(texts)
    }
    return Typed({name: texts for name, texts in found.items() if any(texts)})


def _as_written(question: Question, texts: list[str], value: Value) -> list[str]:
    if question.type == "select_multiple":
        # A choice that the form no longer has stands in no cell.
        return [choice.name for choice in question.choices if choice.name in texts]
    if question.choices or question.type == "acknowledge":
        return list(filter(None, map(clean, texts)))
    return [typed_text(question, value, WRITTEN) if value != "" else clean_lines(texts[0])]


# --- choices --------------------------------------------------------------------------------------


def shown_choices(question: Question, language: str) -> dict[str, str]:
    """Return how each choice is shown in a cell, by its name; no two are shown alike."""
    labels = {c.name: _label(c, language) for c in question.choices}
    times = Counter(fold(label) for label in labels.values())
    return {
        name: label if times[fold(label)] == 1 else f"{label} ({name})"
        for name, label in labels.items()
    }


def _label(choice: Choice, language: str) -> str:
    return clean(alone(choice.labels.text(language))) or choice.name


@dataclass(frozen=True, slots=True)
class Choices:
    """How the choices of a question may be named in a cell."""

    exact: Mapping[str, str]
    folded: Mapping[str, str]

    def name(self, text: str) -> str:
        """Return the name of the choice that a text means; what means none stays as it is."""
        cleaned = clean(text)
        return self.exact.get(cleaned) or self.folded.get(fold(cleaned)) or cleaned

    def names(self, text: str) -> list[str]:
        """Return the names of the choices that stand in one cell, between semicolons.

        Raises Refused for a text that means none.
        """
        names = [self.name(part) for part in _SEPARATORS.split(text) if part.strip()]
        for name in names:
            if name not in self.exact.values():
                raise Refused("no_choice", name[:40])
        return names


def choices_of(question: Question, languages: tuple[str, ...]) -> Choices:
    """Return how the choices of a question may be named: as shown in any language, or by name.

    Capitals and marks do not matter where only one choice can be meant.
    """
    exact: dict[str, str] = {}
    for language in languages:
        for name, shown in shown_choices(question, language).items():
            exact.setdefault(shown, name)
    for choice in question.choices:
        exact.setdefault(choice.name, choice.name)
    meant: dict[str, set[str]] = {}
    for shown, name in exact.items():
        meant.setdefault(fold(shown), set()).add(name)
    folded = {text: next(iter(names)) for text, names in meant.items() if len(names) == 1}
    return Choices(exact, folded)


# --- values ---------------------------------------------------------------------------------------


def number_of(entry: Entry) -> Decimal:
    """Return the number in a cell, with as many digits as Excel shows."""
    number = _FIFTEEN.create_decimal(entry.text)
    return number * _HUNDRED if entry.kind == "percent" else number


def _written(number: Decimal) -> str:
    return show_value(number, WRITTEN)


def _number(question: Question, entry: Entry) -> Said:
    if entry.kind == "text":
        return Said(entry.text)
    if entry.kind == "date":
        raise Refused("date_for_number", _shown_moment(entry.text))
    number = number_of(entry)
    shown = _written(number)
    if question.type == "integer" and number != number.to_integral_value():
        # "1,234" would be read as a thousand: whoever means that has to say so.
        raise Refused("whole_number", shown)
    return Said(shown, "percent_read" if entry.kind == "percent" else "")


def _date(question: Question, entry: Entry) -> Said:
    moment, note = _moment_in(entry)
    if moment is None:
        return Said(entry.text)
    return Said(typed_text(question, moment.date(), WRITTEN), note)


def _time(question: Question, entry: Entry) -> Said:
    text, note = entry.text, ""
    if entry.kind == "number" and 0 <= number_of(entry) < 1:
        text, note = moment_text(float(entry.text), from_1904=False), "serial_read"
    if entry.kind == "text":
        return Said(text)
    try:
        clock = time.fromisoformat(text.rpartition("T")[2])
    except ValueError:
        return Said(text)
    return Said(typed_text(question, clock, WRITTEN), note)


def _date_and_time(question: Question, entry: Entry) -> Said:
    moment, note = _moment_in(entry)
    return Said(entry.text) if moment is None else Said(show_value(moment, WRITTEN), note)


def _moment_in(entry: Entry) -> tuple[datetime | None, str]:
    """Return the day and hour in a cell, and what must be said when a number was taken for it."""
    text, note = entry.text, ""
    if entry.kind == "number" and _FIRST_SERIAL <= number_of(entry) < _LAST_SERIAL:
        text, note = moment_text(float(entry.text), from_1904=entry.from_1904), "serial_read"
    elif entry.kind != "date":
        return None, ""
    try:
        return datetime.fromisoformat(text), note
    except ValueError:
        return None, ""


def _text(question: Question, entry: Entry) -> Said:
    if entry.kind == "date":
        return Said(_shown_moment(entry.text), "date_read")
    return Said(clean_lines(entry.text))


def _shown_moment(text: str) -> str:
    """Return an ISO date, time or both as people write it."""
    for read in _ISO:
        try:
            return show_value(read(text), WRITTEN)
        except ValueError:
            continue
    return text


_ISO: tuple[Callable[[str], Value], ...] = (
    date.fromisoformat,
    time.fromisoformat,
    datetime.fromisoformat,
)
_READERS: Mapping[str, Callable[[Question, Entry], Said]] = {
    "integer": _number,
    "decimal": _number,
    "range": _number,
    "date": _date,
    "time": _time,
    "dateTime": _date_and_time,
}
