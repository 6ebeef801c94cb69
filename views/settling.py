"""Put what was typed on a page over what stands in the form, which others may have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import render_template
from sqlalchemy.orm import Session

from forms.answers import Typed, inputs_among, is_input
from forms.explanations import explained_checks
from forms.merging import Conflict, Merged, Sides, merge, moved
from forms.tree import Definition, Group
from services import drafts
from services.drafts import Saving
from views.filling import (
    THEIRS,
    Filled,
    current_moment,
    is_filled,
    plain_label,
    question_label,
)
from views.language import asked_language
from views.opening import Opened, draft_typed, owner, revision_typed, sections, understand


def settle(
    session: Session, opened: Opened, filled: Filled, typed: Typed, owns: Callable[[str], bool]
) -> Merged:
    """Bring what was typed on a page together with what stands in the form.

    `typed` is the part of `filled` that this version of the form asks for, `owns` tells which
    inputs the page has. When a newer revision was sent meanwhile, the whole form is looked at: the
    draft may differ from it elsewhere.
    """
    definition, language = opened.definition, asked_language()
    base = min(_based_on(opened, filled), opened.base_revision)
    changed = opened.changed_after(filled)
    mine = inputs_among(definition, typed)
    theirs = Typed({n: v for n, v in opened.typed.items() if owns(n)})
    sides = Sides(
        mine=mine,
        theirs=theirs,
        moved=changed,
        touched=_touched(filled, mine, theirs),
        open=filled.open - filled.keep.keys(),
    )
    if base < opened.newest:
        sides = _since(session, opened, sides, base, owns)
    return merge(definition, language, _with_choices(sides, filled))


def _touched(filled: Filled, mine: Typed, theirs: Typed) -> frozenset[str] | None:
    """Return the inputs that somebody typed into; None when nobody can tell.

    Without a script, what was blank on the page that was sent out and still is was not.
    """
    if filled.touched is not None or filled.was_filled is None:
        return filled.touched
    names = mine.keys() | theirs.keys()
    return frozenset(n for n in names if n in filled.was_filled or is_filled(mine, n))


def _based_on(opened: Opened, filled: Filled) -> int:
    """Return the revision that a page was opened on.

    A page that cannot tell may save; to be sent, it has seen nothing of what others have sent.
    """
    based = filled.base_revision
    if based is not None and based <= opened.newest:
        return based
    return 0 if filled.action == "submit" else opened.newest


def _since(
    session: Session, opened: Opened, sides: Sides, base: int, owns: Callable[[str], bool]
) -> Sides:
    """Return the sides as they are when a newer revision than `base` was sent meanwhile."""
    definition, link = opened.definition, opened.link
    old = revision_typed(session, link, definition, base)
    sent = revision_typed(session, link, definition, opened.newest)
    changed = moved(definition, asked_language(), old, sent)
    mine, theirs = sides.mine, Typed({n: v for n, v in sent.items() if owns(n)})
    if opened.draft:
        draft = draft_typed(definition, opened.draft)
        mine = Typed({**{n: v for n, v in draft.items() if not owns(n)}, **mine})
        theirs = draft
    if opened.is_behind:
        theirs = Typed({**theirs, **{name: sent.getlist(name) for name in changed}})
    elsewhere = frozenset(name for name in mine if not owns(name))
    return replace(
        sides,
        mine=mine,
        theirs=theirs,
        old=old,
        moved=sides.moved | changed | moved(definition, asked_language(), old, theirs),
        touched=None if sides.touched is None else sides.touched | elsewhere,
    )


def _with_choices(sides: Sides, filled: Filled) -> Sides:
    """Return the sides after somebody has chosen between them."""
    taken = {name for name, side in filled.keep.items() if side == THEIRS}
    mine = {n: v for n, v in sides.mine.items() if n not in taken}
    chosen = {name: sides.theirs.getlist(name) for name in taken}
    return replace(sides, mine=Typed({**mine, **chosen}))


def take(session: Session, opened: Opened, merged: Merged, typed: Typed) -> Opened:
    """Return the form with what was brought together in it: it begins from the newest revision."""
    taken = understand(
        session,
        opened.link,
        opened.definition,
        typed,
        opened.newest,
        opened.saved_at,
        opened.typed,
    )
    return replace(
        taken,
        newest=opened.newest,
        draft=opened.draft,
        stood=opened.typed,
        conflicts=merged.conflicts,
    )


def keep_draft(session: Session, opened: Opened, instance: str) -> Opened:
    """Keep what is typed as the draft, with what only another version of the form asks for.

    `instance` is the id of the opened form it was typed into.
    """
    now = current_moment()
    before = opened.draft.values if opened.draft else {}
    others = {n: v for n, v in before.items() if not is_input(opened.definition, n)}
    draft = drafts.save_draft(
        session,
        opened.link,
        Saving(
            opened.link.form_version_id,
            {**others, **opened.typed},
            opened.base_revision,
            opened.typed if opened.stood is None else opened.stood,
            instance,
        ),
        now,
    )
    return replace(opened, draft=draft, saved_at=now)


# --- choosing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A conflict as it is shown: the question, its section, and both values as people read them."""

    name: str
    label: str
    section: str
    mine: str
    theirs: str
    values: list[str]


def conflict_page(opened: Opened, filled: Filled, address: str) -> str:
    """Show what two people have typed differently, and let the person choose.

    Everything else is in the draft already.
    """
    return render_template(
        "unit/conflict.html",
        opened=opened,
        choices=[_choice(opened, conflict) for conflict in opened.conflicts],
        address=address,
        filled=filled,
    )


def _choice(opened: Opened, conflict: Conflict) -> Choice:
    definition, language, name = opened.definition, asked_language(), conflict.name
    part = section_of(definition, name)
    return Choice(
        name,
        question_label(opened.read, name, language),
        plain_label(part, language) if part else "",
        shown(definition, name, conflict.mine),
        shown(definition, name, conflict.theirs),
        conflict.mine,
    )


def section_of(definition: Definition, input_name: str) -> Group | None:
    """Return the section that asks for an input, when the form has sections."""
    return next(
        (part for part in sections(definition) if owner(definition, part)(input_name)), None
    )


def shown(definition: Definition, name: str, texts: list[str]) -> str:
    """Return what was typed as people read it: choices by their labels."""
    if name in explained_checks(definition):
        return "\n".join(texts)
    question = definition.question(name.rpartition("-")[2])
    language = asked_language()
    return ", ".join(question.choice_label(text, language) for text in texts if text)
