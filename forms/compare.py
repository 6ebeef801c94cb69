"""What differs between two versions of a form: pure, and in order of the form."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from forms.datasets import CSV
from forms.tree import Choice, Definition, Expression, Group, Labels, Place, Question

Kind = Literal["added", "removed", "renamed", "changed", "moved"]
Item = Question | Group


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that differs: what (`key`), of which choice, in which language, before, after."""

    key: str
    old: str = ""
    new: str = ""
    language: str = ""
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A question or group that differs. `renamed` is a guess: same label and type, another name."""

    kind: Kind
    old: Item | None
    new: Item | None
    facets: tuple[Facet, ...] = ()

    @property
    def item(self) -> Item:
        """The item as it is now, or as it was when it is gone."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a difference of nothing")
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs; `form` holds what is about the form as a whole."""

    form: tuple[Facet, ...]
    differences: tuple[Difference, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.form or self.differences)

    def of_kind(self, kind: Kind) -> tuple[Difference, ...]:
        """Return the differences of one kind."""
        return tuple(d for d in self.differences if d.kind == kind)


def compare(old: Definition, new: Definition) -> Comparison:
    """Return what differs between two versions of a form."""
    renamed = dict(_renamed(old, new))
    differences = [
        *_added(old, new, set(renamed.values())),
        *_removed(old, new, set(renamed)),
        *_renamings(old, new, renamed),
        *_kept(old, new),
    ]
    order = {name: index for index, name in enumerate((*new.places, *old.places))}
    differences.sort(key=lambda difference: order[difference.item.name])
    return Comparison(tuple(_form_facets(old, new)), tuple(differences))


def _added(old: Definition, new: Definition, renamed: set[str]) -> Iterator[Difference]:
    for name, place in new.places.items():
        if name not in old.places and name not in renamed:
            yield Difference("added", None, place.item)


def _removed(old: Definition, new: Definition, renamed: set[str]) -> Iterator[Difference]:
    for name, place in old.places.items():
        if name not in new.places and name not in renamed:
            yield Difference("removed", place.item, None)


def _renamings(
    old: Definition, new: Definition, renamed: Mapping[str, str]
) -> Iterator[Difference]:
    for before, after in renamed.items():
        was, now = old.places[before].item, new.places[after].item
        yield Difference("renamed", was, now, tuple(_facets(was, now)))


def _kept(old: Definition, new: Definition) -> Iterator[Difference]:
    moved = _moved(old, new)
    for name, place in new.places.items():
        if name not in old.places:
            continue
        before = old.places[name]
        facets = tuple(_facets(before.item, place.item))
        places = tuple(_place_facets(before, place, name in moved))
        if facets:
            yield Difference("changed", before.item, place.item, (*facets, *places))
        elif places:
            yield Difference("moved", before.item, place.item, places)


# --- renamed --------------------------------------------------------------------------------------


def _renamed(old: Definition, new: Definition) -> Iterator[tuple[str, str]]:
    """Yield the names, before and after, of questions that seem to be the same under a new name.

    Only when there is one candidate on either side: of two questions with the same label, nobody
    knows which is which.
    """
    gone = _by_looks(old, set(old.places) - set(new.places))
    come = _by_looks(new, set(new.places) - set(old.places))
    for looks, before in gone.items():
        after = come.get(looks, [])
        if len(before) == len(after) == 1:
            yield before[0], after[0]


def _by_looks(definition: Definition, names: set[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for question in definition.questions:
        label = question.labels.text(definition.default_language)
        if question.name in names and label and question.holds_value:
            repeat = definition.repeat_of(question.name) or ""
            found.setdefault((label, question.type, repeat), []).append(question.name)
    return found


# --- moved ----------------------------------------------------------------------------------------


def _moved(old: Definition, new: Definition) -> frozenset[str]:
    """Return the names that stand elsewhere among those that both versions have.

    As few as possible: those outside of the longest run that kept its order.
    """
    before = {name: index for index, name in enumerate(old.places)}
    common = [name for name in new.places if name in before]
    kept = longest_rising([before[name] for name in common])
    return frozenset(name for index, name in enumerate(common) if index not in kept)


def longest_rising(numbers: Sequence[int]) -> frozenset[int]:
    """Return the places of a longest rising run of different numbers."""
    tails: list[int] = []
    places: list[int] = []
    behind: list[int | None] = []
    for place, number in enumerate(numbers):
        length = bisect_left(tails, number)
        behind.append(places[length - 1] if length else None)
        tails[length:] = [number, *tails[length + 1 :]]
        places[length:] = [place, *places[length + 1 :]]
    found: set[int] = set()
    last = places[-1] if places else None
    while last is not None:
        found.add(last)
        last = behind[last]
    return frozenset(found)


def _place_facets(before: Place, after: Place, moved: bool) -> Iterator[Facet]:
    was, now = _parent(before), _parent(after)
    if _repeat(before) != _repeat(after):
        yield Facet("repeat", _repeat(before), _repeat(after))
    elif was != now:
        yield Facet("group", was, now)
    elif moved:
        yield Facet("order")


def _parent(place: Place) -> str:
    return place.groups[-1].name if place.groups else ""


def _repeat(place: Place) -> str:
    return next((group.name for group in place.groups if group.repeat), "")


# --- changed --------------------------------------------------------------------------------------


def _facets(old: Item, new: Item) -> Iterator[Facet]:
    for key in _TEXTS:
        yield from _text_facets(key, _labels(old, key), _labels(new, key))
    for key in _SOURCES:
        was, now = _source(old, key), _source(new, key)
        if was != now:
            yield Facet(key, was, now)
    for key, read in _PLAIN.items():
        if read(old) != read(new):
            yield Facet(key, read(old), read(new))
    yield from _choice_facets(_choices(old), _choices(new))


_TEXTS = (
    "labels",
    "hint",
    "guidance",
    "required_message",
    "constraint_message",
    "measure",
    "image",
)
_SOURCES = (
    "required",
    "constraint",
    "relevant",
    "calculation",
    "choice_filter",
    "dynamic_default",
    "repeat_count",
)


def _labels(item: Item, key: str) -> Labels:
    labels: Labels = getattr(item, key, Labels())
    return labels


def _source(item: Item, key: str) -> str:
    expression: Expression | None = getattr(item, key, None)
    return expression.source if expression else ""


def _words(key: str) -> Callable[[Item], str]:
    return lambda item: " ".join(getattr(item, key, ()))


def _type(item: Item) -> str:
    if isinstance(item, Question):
        return item.type
    return "repeat" if item.repeat else "group"


def _dataset(item: Item) -> str:
    name = item.list_name if isinstance(item, Question) else ""
    return name if name.endswith(CSV) else ""


_PLAIN: Mapping[str, Callable[[Item], str]] = {
    "type": _type,
    "dataset": _dataset,
    "default": lambda item: item.default if isinstance(item, Question) else "",
    "read_only": lambda item: "yes" if isinstance(item, Question) and item.read_only else "",
    "appearance": _words("appearance"),
    "trigger": _words("trigger"),
    "accept": _words("accept"),
    "parameters": lambda item: (
        " ".join("=".join(pair) for pair in item.parameters) if isinstance(item, Question) else ""
    ),
}


def _text_facets(key: str, old: Labels, new: Labels, choice: str = "") -> Iterator[Facet]:
    was, now = dict(old.texts), dict(new.texts)
    for language in dict.fromkeys((*was, *now)):
        if was.get(language, "") != now.get(language, ""):
            yield Facet(key, was.get(language, ""), now.get(language, ""), language, choice)


def _choices(item: Item) -> Mapping[str, Choice]:
    choices = item.choices if isinstance(item, Question) else ()
    return {choice.name: choice for choice in choices}


def _choice_facets(old: Mapping[str, Choice], new: Mapping[str, Choice]) -> Iterator[Facet]:
    for name, choice in new.items():
        if name not in old:
            yield Facet("choice_added", new=_first(choice), choice=name)
    for name, choice in old.items():
        if name not in new:
            yield Facet("choice_removed", old=_first(choice), choice=name)
    for name, choice in new.items():
        if name in old:
            yield from _text_facets("choice_label", old[name].labels, choice.labels, name)
    if _common(old, new) != _common(new, old):
        yield Facet("choice_order")


def _first(choice: Choice) -> str:
    return choice.labels.texts[0][1] if choice.labels.texts else choice.name


def _common(of: Iterable[str], other: Iterable[str]) -> list[str]:
    known = set(other)
    return [name for name in of if name in known]


# --- the form as a whole --------------------------------------------------------------------------


def _form_facets(old: Definition, new: Definition) -> Iterator[Facet]:
    yield from _text_facets("title", old.title, new.title)
    for key, read in _FORM.items():
        if read(old) != read(new):
            yield Facet(key, read(old), read(new))
    for key in ("tables", "checks", "files"):
        if getattr(old, key) != getattr(new, key):
            yield Facet(key)
    if _datasets(old) != _datasets(new):
        yield Facet("datasets")


_FORM: Mapping[str, Callable[[Definition], str]] = {
    "version": lambda form: form.version,
    "languages": lambda form: ", ".join(form.languages),
    "instance_name": lambda form: form.instance_name.source if form.instance_name else "",
    "style": lambda form: " ".join(form.style),
}


def _datasets(form: Definition) -> list[tuple[object, ...]]:
    return [(dataset.name, dataset.columns, dataset.rows) for dataset in form.datasets]
