"""Long lists of units: words that are looked for, and the order they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from flask import request
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from language.collation import sort_key
from language.text import clean, fold

BY_NAME = "ten"
# In the order in which they are offered; the first is that in which lists are given.
ORDERS: Mapping[str, LazyString] = {"": _("Official order"), BY_NAME: _("By name")}


class Named(Protocol):
    """A unit of a list."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def name(self) -> str:
        """Its name."""


Listed = TypeVar("Listed", bound=Named)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is looked for in a list of units, and its order: a key of ORDERS."""

    words: str
    order: str

    def find(self, units: Iterable[Listed]) -> Sequence[Listed]:
        """Return the units that hold every word, accents and case aside, in the order wanted."""
        words = fold(self.words).split()
        found = [u for u in units if all(word in fold(f"{u.code} {u.name}") for word in words)]
        return in_order(found, self.order)


def in_order(units: Sequence[Listed], order: str) -> Sequence[Listed]:
    """Return units, given in official order, by name when that is wanted."""
    return sorted(units, key=lambda u: sort_key(u.name)) if order == BY_NAME else units


def narrowed() -> Narrowed:
    """Return what `?q=` looks for and how `?order=` sorts."""
    return Narrowed(clean(request.args.get("q", "")), asked_order())


def asked_order() -> str:
    """Return the order that `?order=` asks for, or a form that keeps it."""
    order = request.values.get("order", "")
    return order if order in ORDERS else ""
