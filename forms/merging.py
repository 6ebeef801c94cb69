"""Bring together what several people typed into the same form, without a word lost unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wtforms import FieldList

from forms.answers import Typed, in_form_order, is_input
from forms.build import AnswerForm, bound, given_names
from forms.explanations import explained_checks
from forms.survey import FILES
from forms.tree import Definition


@dataclass(frozen=True, slots=True)
class Conflict:
    """An input into which two people typed different things."""

    name: str
    mine: list[str]
    theirs: list[str]


@dataclass(frozen=True, slots=True)
class Sides:
    """What stands against what.

    `mine` was typed on one page, `theirs` is what stands in the form now. `moved` are the inputs
    that somebody changed after that page was sent out. `touched` are those that were typed into on
    the page, None when nobody can tell. `old` is what both began from, when that is known. `open`
    are inputs that were in conflict before and still have to be chosen.
    """

    mine: Typed
    theirs: Typed
    moved: frozenset[str]
    touched: frozenset[str] | None = None
    old: Typed | None = None
    open: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Merged:
    """What both sides together say of every input on either; blank when it is an empty list.

    An input in conflict has what stands in the form.
    """

    values: Typed
    conflicts: tuple[Conflict, ...]

    def over(self, typed: Typed) -> Typed:
        """Return `typed` with what was brought together in place of what it has."""
        both = {**typed, **self.values}
        return Typed({name: texts for name, texts in both.items() if texts})


def merge(definition: Definition, language: str, sides: Sides) -> Merged:
    """Bring both sides together, input by input.

    Only what people type is looked at, and files are not typed.
    """
    same = _comparison(definition, language)
    names = [
        n
        for n in in_form_order(definition, sides.mine.keys() | sides.theirs.keys())
        if is_typed(definition, n)
    ]
    decided = {name: _side(name, sides, same) for name in names}
    values = {n: (sides.mine if side == "mine" else sides.theirs) for n, side in decided.items()}
    return Merged(
        Typed({name: side.getlist(name) for name, side in values.items()}),
        tuple(
            Conflict(name, sides.mine.getlist(name), sides.theirs.getlist(name))
            for name, side in decided.items()
            if side == "conflict"
        ),
    )


def _side(name: str, sides: Sides, same: Callable[[str, Typed, Typed], bool]) -> str:
    """Return whose value counts: `mine`, `theirs`, or `conflict`."""
    if same(name, sides.mine, sides.theirs):
        return "theirs"
    if name in sides.open:
        return "conflict"
    if sides.touched is not None and name not in sides.touched:
        return "theirs"
    if name not in sides.moved:
        return "mine"
    if sides.old is not None and same(name, sides.mine, sides.old):
        return "theirs"
    return "conflict"


def moved(definition: Definition, language: str, old: Typed, new: Typed) -> frozenset[str]:
    """Return the inputs, of those that people type, in which `new` differs from `old`."""
    same = _comparison(definition, language)
    names = {name for name in old.keys() | new.keys() if is_typed(definition, name)}
    return frozenset(name for name in names if not same(name, new, old))


def is_typed(definition: Definition, name: str) -> bool:
    """Return whether people type into an input of this form; a file is not typed."""
    if name in explained_checks(definition):
        return True
    question = name.rpartition("-")[2]
    if not is_input(definition, name) or question in given_names(definition):
        return False
    return definition.question(question).type not in FILES


def same_texts(texts: list[str], others: list[str]) -> bool:
    """Return whether two inputs hold the same, blanks and kinds of line breaks aside."""
    return _texts(texts) == _texts(others)


def _texts(texts: list[str]) -> list[str]:
    return [text.replace("\r\n", "\n") for text in texts if text.strip()]


# --- the same, otherwise written ------------------------------------------------------------------


def _comparison(definition: Definition, language: str) -> Callable[[str, Typed, Typed], bool]:
    """Return what tells whether an input says the same on two sides: 1234 is 1.234."""
    known: dict[int, Mapping[str, object]] = {}

    def meaning(side: Typed) -> Mapping[str, object]:
        if id(side) not in known:
            known[id(side)] = _meanings(definition, language, side)
        return known[id(side)]

    def same(name: str, one: Typed, other: Typed) -> bool:
        texts, others = one.getlist(name), other.getlist(name)
        if same_texts(texts, others):
            return True
        if len(_texts(texts)) != len(_texts(others)):
            return False
        understood = meaning(one).get(name)
        return understood is not None and understood == meaning(other).get(name)

    return same


def _meanings(definition: Definition, language: str, typed: Typed) -> dict[str, object]:
    """Return what is understood of each input that was filled in right."""
    with bound(definition, language, typed) as form:
        return _understood(form)


def _understood(form: AnswerForm) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in form._fields.items():
        if isinstance(field, FieldList):
            for entry in field.entries:
                found |= {f.name: f.data for f in entry.form._fields.values() if _is_right(f)}
        elif _is_right(field):
            found[name] = field.data
    return found


def _is_right(field: object) -> bool:
    return not getattr(field, "process_errors", None)
