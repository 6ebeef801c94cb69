"""The sheet of facts that says where the figures of a workbook come from.

Whoever holds the workbook can tell from it which forms were asked, what was counted, and with which
entry the log ended when it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exports.chosen import Fact, choices_of
from exports.page import Head, Heading, Page
from exports.rounds import Consolidation, RoundResponses
from exports.wording import Words, words_of
from forms.markup import alone
from forms.tree import Definition
from language.dates import local

FACT_WIDTHS = (26.0, 52.0)


def build_provenance(consolidation: Consolidation, head: Head) -> Page:
    """Return the page that says where the figures come from, round by round."""
    words = words_of(consolidation.language)
    labels = (words["fact"], words["content"])
    headings = [Heading(label, width) for label, width in zip(labels, FACT_WIDTHS, strict=True)]
    page = Page(consolidation, headings, FACT_WIDTHS)
    page.head(head)
    page.head_columns()
    for fact in facts_of(consolidation, words):
        page.add_texts(fact, ("item text", "item text"))
    for asked in consolidation.rounds:
        _write_round(page, asked)
    page.frozen_columns = 0
    return page


def facts_of(consolidation: Consolidation, words: Words) -> list[Fact]:
    """Return what is to be said of the whole workbook, each fact by its name."""
    exported = local(consolidation.exported_at)
    return [
        (words["campaign"], f"{consolidation.campaign_code}: {consolidation.title}"),
        (words["scope_rounds"], "; ".join(asked.title for asked in consolidation.rounds)),
        *choices_of(consolidation, words),
        (words["exported_at"], exported.strftime(words["clock"])),
        (words["exported_by"], consolidation.exported_by or words["command_line"]),
        (words["head_of_log"], consolidation.log_head or words["nothing"]),
    ]


def write_facts(page: Page, facts: Sequence[Fact]) -> None:
    """Write facts on a page of three columns, each name across the first two."""
    for name, text in facts:
        lines = max(page.lines(text, 2), page.lines_across(name, (0, 1), page.size, bold=False))
        row = page.add((name, None, text), ("item text",) * 3, lines)
        page.merge_across(row, 0, 1)


def _write_round(page: Page, asked: RoundResponses) -> None:
    words = page.words
    row = page.add((asked.title, None), ("group text", "group text"))
    page.merge_across(row, 0, 1)
    for fact in _round_facts(asked, words, page.consolidation.options.least):
        page.add_texts(fact, ("item text", "item text"))


def _round_facts(asked: RoundResponses, words: Words, least: int) -> Iterator[Fact]:
    if asked.due_at:
        yield words["due_at"], local(asked.due_at).strftime(words["clock"])
    if asked.kind == "public":
        # How much waits to be counted is told nowhere.
        counted = sum(group.count for group in asked.feedback)
        enough = counted >= least
        yield words["feedbacks"], _at_least(counted if enough else 0, words)
    else:
        yield from _units_facts(asked, words)
        sent = sum(response.is_sent for response in asked.responses)
        yield words["responses"], str(sent)
        yield words["revisions"], str(sum(response.revisions for response in asked.responses))
    for version in asked.definitions:
        yield words["form"], _form(version, words)


def _at_least(counted: int, words: Words) -> str:
    return words["at_least"].format(number=counted) if counted else words["too_few"]


def _units_facts(asked: RoundResponses, words: Words) -> Iterator[Fact]:
    """Yield how many units rates are counted of, and how many came and went after the opening."""
    yield words["units_asked"], str(len({response.unit.code for response in asked.of_rates}))
    added = len(asked.of_units) - len(asked.of_rates)
    withdrawn = sum(response.withdrawn_at is not None for response in asked.of_units)
    parts = len(asked.responses) - len(asked.of_units)
    counted = (("units_added", added), ("units_withdrawn", withdrawn), ("units_parts", parts))
    for name, number in counted:
        if number:
            yield words[name], str(number)


def _form(version: Definition, words: Words) -> str:
    title = alone(version.title.text(version.default_language))
    return words["form_version"].format(
        title=title, id=version.form_id, version=version.version, digest=version.digest
    )
