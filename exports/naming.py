"""How the columns of a table are called where they do not stand side by side under their bands.

A share is called by what it is a share of: "Tỷ lệ (%)" says nothing away from the column before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exports.wording import words_of
from forms.expressions import Node, Reference, call_nodes, operands
from forms.markup import alone
from forms.tree import Column


class Name(NamedTuple):
    """How a column is called: the band above it, blank when it has none, and itself below that."""

    band: str
    own: str

    @property
    def full(self) -> str:
        """The whole name, with the band in front."""
        return ": ".join(filter(None, self))


def names_of(columns: Sequence[Column], language: str) -> Mapping[str, Name]:
    """Return how each column of a table is called, no two of them the same."""
    plain = {column.name: _plain(column, language) for column in columns}
    told = Counter(plain.values())
    share = words_of(language)["share"].casefold()
    named = {
        column.name: _as_share(column, plain, language)
        if told[plain[column.name]] > 1 or plain[column.name].own.casefold() == share
        else plain[column.name]
        for column in columns
    }
    told = Counter(named.values())
    return {
        name: Name(called.band, f"{called.own} ({name})") if told[called] > 1 else called
        for name, called in named.items()
    }


def _plain(column: Column, language: str) -> Name:
    band, own = (alone(part.text(language)) for part in (column.band, column.labels))
    return Name(band, own or column.name)


def _as_share(column: Column, plain: Mapping[str, Name], language: str) -> Name:
    """Return the name of a share with that of the column in front which is shared out."""
    called = plain[column.name]
    part = _part_of(column.value.node, plain) if column.value else ""
    if column.format != "percent" or part in ("", column.name):
        return called
    shared = plain[part].own if plain[part].band == called.band else plain[part].full
    share = called.own[:1].lower() + called.own[1:]
    own = words_of(language)["share_of"].format(part=shared, share=share)
    return Name(called.band, own)


def _part_of(node: Node, names: Mapping[str, Name]) -> str:
    """Return the column that is shared out: the first one in `percent`, else in all."""
    shares = (call for call in call_nodes(node) if call.name == "percent")
    return _first(next(shares, node), names)


def _first(node: Node, names: Mapping[str, Name]) -> str:
    if isinstance(node, Reference):
        return node.name if node.name in names else ""
    return next(filter(None, (_first(one, names) for one in operands(node))), "")
