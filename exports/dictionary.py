"""The sheet that explains every column of the raw answers: what it is, its type, its unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exports.cells import Cell
from exports.explained import formula_of, groups_of, label_in, measure_in
from exports.flatten import RESPONSE_COLUMNS, labels_of_codes, question_columns
from exports.guide import TYPES
from exports.page import Head, Heading, Page, fit_widths
from exports.rounds import Consolidation, RoundResponses
from exports.wording import Words, words_of
from forms.markup import alone
from forms.tree import Definition, Group

_WIDTHS = (8.0, 18.0, 38.0, 18.0, 9.0, 38.0)
_LEASTS = (0.0, 12.0, 20.0, 11.0, 8.0, 18.0)
_LABELS = ("round", "column", "indicator", "type", "measure", "choices_or_formula")
_STYLES = ("item centre", *("item text",) * 5)
# What is known of a response -> the word for its kind; other columns hold text.
_KINDS: Mapping[str, str] = {
    "required": "kind flag",
    "counted": "kind flag",
    "sent_at": "kind moment",
    "days_late": "kind integer",
    "returns": "kind integer",
}
_MEASURES: Mapping[str, str] = {"days_late": "days", "returns": "times"}


def build_dictionary(consolidation: Consolidation, head: Head) -> Page:
    """Return the page that explains the columns of the raw answers in this file."""
    words = words_of(consolidation.language)
    headings = [
        Heading(words[label], width, least=least)
        for label, width, least in zip(_LABELS, _WIDTHS, _LEASTS, strict=True)
    ]
    page = Page(consolidation, headings, fit_widths(headings, _WIDTHS))
    page.head(head)
    page.head_columns()
    for name in RESPONSE_COLUMNS:
        page.add_texts(_known(name, consolidation, words), _STYLES)
    for asked in consolidation.rounds:
        if asked.kind == "closed":
            for cells in _answers(asked, consolidation, words):
                page.add_texts(cells, _STYLES)
    return page


def _known(name: str, consolidation: Consolidation, words: Words) -> list[Cell]:
    """Return the row of what is known of a response besides its answers."""
    values = {
        **labels_of_codes(consolidation),
        "required": {"1": words["required"], "0": words["invited"]},
        "counted": {"1": words["counted"], "0": words["not_counted"]},
    }
    kind, measure = words[_KINDS.get(name, "kind text")], _MEASURES.get(name)
    measured = words[measure] if measure else None
    told = _listed(values.get(name, {}))
    return [words["every_round"], name, words[f"raw {name}"], kind, measured, told]


def _answers(
    asked: RoundResponses, consolidation: Consolidation, words: Words
) -> Iterator[list[Cell]]:
    """Yield a row for each column of the answers of a round, from the newest form that has it."""
    versions, language = asked.definitions, consolidation.language
    for name in question_columns([asked], contacts=consolidation.options.contacts):
        definition = next(one for one in versions if name in one.places)
        label = label_in(definition, name, language)
        path = " › ".join(filter(None, (*groups_of(definition, name, language), label)))
        kind = _type(definition, name, words, language)
        told = _choices(definition, name, language) or formula_of(definition.places[name].item)
        measure = measure_in(definition, name, language)
        yield [asked.title, name, path, kind, measure or None, told or None]


def _type(definition: Definition, name: str, words: Words, language: str) -> str:
    item = definition.places[name].item
    if isinstance(item, Group):
        return words["repeat"]
    if item.is_computed:
        return words["computed"]
    described = TYPES.get(item.type)
    return described.get(language, described["vi"]).rstrip(".") if described else item.type


def _choices(definition: Definition, name: str, language: str) -> str | None:
    item = definition.places[name].item
    if isinstance(item, Group):
        return None
    return _listed({c.name: alone(c.labels.text(language)) for c in item.choices})


def _listed(values: Mapping[str, str]) -> str | None:
    return "; ".join(f"{name} = {label}" for name, label in values.items()) or None
