"""What was chosen of a workbook, in words: printed on its cover and where its figures come from."""

from __future__ import annotations

from collections.abc import Iterator

from exports.rounds import Consolidation
from exports.wording import Words

Fact = tuple[str, str]


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


def _returned(consolidation: Consolidation, words: Words) -> str:
    if consolidation.options.returned:
        return words["with_returned"]
    responses = (response for asked in consolidation.rounds for response in asked.responses)
    number = sum(response.held_back for response in responses)
    return words["without_returned"].format(number=number)
