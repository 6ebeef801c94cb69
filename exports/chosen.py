"""What was chosen of a workbook, in words: printed on its cover and where its figures come from."""

from __future__ import annotations

from collections.abc import Iterator

from exports.rounds import Consolidation
from exports.wording import Words

Fact = tuple[str, str]
# So many groups are named above a table; the cover names them all.
MOST_GROUPS = 3


def choices_of(consolidation: Consolidation, words: Words) -> Iterator[Fact]:
    """Yield each choice by its name, whether or not it is the usual one."""
    options = consolidation.options
    groups = "; ".join(group.name for group in consolidation.groups)
    yield words["scope_groups"], groups if options.groups else words["every_group"]
    yield words["scope_units"], words["required_units" if options.required_only else "every_unit"]
    yield words["scope_returned"], _returned(consolidation, words)
    communes = "with_communes" if options.communes else "without_communes"
    yield words["scope_communes"], words[communes]
    least = words["least"].format(number=options.least)
    yield words["scope_least"], least if options.least else words["least_of_round"]
    yield words["scope_labelled"], words["labelled" if options.labelled else "coded"]
    contacts = "with_contacts" if options.contacts else "without_contacts"
    yield words["scope_contacts"], words[contacts]
    heads = "with_letterhead" if options.letterhead else "as_annexes"
    yield words["scope_letterhead"], words[heads]
    earlier = consolidation.previous
    compared = f"{earlier.campaign_code}: {earlier.title}" if earlier else words["nothing"]
    yield words["scope_predecessor"], compared
    yield words["scope_language"], words["language_name"]


def has_fewer_units(consolidation: Consolidation) -> bool:
    """Return whether units are left out that totals count: those below others are none of them."""
    options = consolidation.options
    return bool(options.groups) or options.required_only


def filter_of(consolidation: Consolidation, words: Words, *, of_units: bool = True) -> str:
    """Return in short what is left out of a workbook, blank when nothing is.

    Without `of_units`, what is not sent by units: which these are narrows nothing.
    """
    parts = [*_units(consolidation, words)] if of_units else []
    if consolidation.options.rounds:
        parts.append(", ".join(asked.title for asked in consolidation.rounds))
    return "; ".join(parts)


def _units(consolidation: Consolidation, words: Words) -> Iterator[str]:
    options, names = consolidation.options, [group.name for group in consolidation.groups]
    if options.groups:
        text = ", ".join(names[:MOST_GROUPS])
        more = len(names) - MOST_GROUPS
        yield words["and_groups"].format(names=text, number=more) if more > 0 else text
    if options.required_only:
        yield words["required_units"]
    if not options.communes:
        yield words["no_communes"]


def _returned(consolidation: Consolidation, words: Words) -> str:
    if consolidation.options.returned:
        return words["with_returned"]
    responses = (response for asked in consolidation.rounds for response in asked.responses)
    number = sum(response.held_back for response in responses)
    return words["without_returned"].format(number=number)
