"""Pages whose facts somebody else may change while they are open: nobody overwrites unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext

from services.seen import CHANGED, Meanwhile, mark_of
from views.entries import NO_CHOICES, Choices, Entry, Typed, shown_entries, shown_text
from views.errors import sentence


def seen_mark() -> str:
    """Return the mark of what the page showed that was sent, "" when it carries none."""
    return request.form.get("seen", "")


def mark_for(facts: Any, typed: Typed) -> str:
    """Return the mark for a page: of what it showed first, or of what it shows as stored now."""
    return mark_of(facts) if CHANGED in typed.faults else seen_mark() or mark_of(facts)


def compared(
    entries: Sequence[Entry], typed: Typed, stored: Mapping[str, Any], choices: Choices = NO_CHOICES
) -> Typed:
    """Tell that somebody was quicker, and beside each entry what is stored now if it differs."""
    return typed.wrong(
        **{CHANGED: sentence(Meanwhile())},
        **{
            entry.name: gettext("Stored now: %(value)s", value=text or gettext("(blank)"))
            for entry, text in _differing(entries, typed, stored, choices)
        },
    )


def _differing(
    entries: Sequence[Entry], typed: Typed, stored: Mapping[str, Any], choices: Choices
) -> Iterator[tuple[Entry, str]]:
    there = shown_entries(entries, stored)
    for entry in entries:
        value, mine = (said.values.get(entry.name) for said in (there, typed))
        # What is chosen is typed as a text, whatever it stands for.
        if str(value or "") != str(mine or ""):
            yield entry, shown_text(entry, there, choices.get(entry.name, {}))
