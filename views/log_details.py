"""What an entry of the log says besides its sentence and its changes, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from services.log import LogEntry
from views.language import LANGUAGES
from views.letter_words import LETTER_KINDS
from views.log_sentences import AFTER, BEFORE, FIELDS, by_unit, show

# What an entry says of something -> what that is called, where FIELDS has no word for it.
DETAILS: Mapping[str, LazyString] = {
    "added": _("Units that were added"),
    "batch": _("Number of the batch of letters"),
    "cards": _("Cards"),
    "changed": _("Units that were changed"),
    "communes": _("With units asked by the unit above them"),
    "contact": _("Number of the contact"),
    "contact_email": _("E-mail address of the contact"),
    "contact_keep_until": _("The contact is kept until"),
    "contact_name": _("Contact"),
    "contact_phone": _("Telephone of the contact"),
    "contact_title": _("Title of the contact"),
    "contacts": _("What serves to reach people"),
    "count": _("How many"),
    "device": _("Device"),
    "devices": _("Devices"),
    "digest": _("Digest of the report or decision"),
    "drafts": _("Drafts"),
    "export": _("Number of the export"),
    "failing": _("Addresses that fail"),
    "fields": _("What was changed"),
    "files": _("Attached files and their digests"),
    "format": _("Format"),
    "head": _("Head of the log"),
    "issuer": _("Identity provider"),
    "labelled": _("Choices by their labels"),
    "language": _("Language"),
    "least": _("Smallest group of feedback that is shown"),
    "left": _("Digest of what is left"),
    "letterhead": _("Each table with a letterhead"),
    "letters": _("Letters"),
    "material": _("Code of the study material"),
    "names": _("Questions whose answers were erased"),
    "number": _("Version"),
    "predecessor": _("Compared with the campaign"),
    "receipt": _("Receipt"),
    "reports": _("Reports"),
    "required_only": _("Required units only"),
    "returned": _("With returned reports"),
    "revision": _("Revision"),
    "rounds": _("Rounds"),
    "rows": _("Rows of data, or sheets"),
    "sha256": _("Digest of the file"),
    "since": _("It has failed since"),
    "sought": _("What was looked for"),
    "source": _("Copied from"),
    "taken": _("The mail server has taken it"),
    "unit": _("Unit"),
    "units": _("Which units"),
    # Parts of what was looked for in the log.
    "act": _("What was done"),
    "actor": _("Who"),
}
LABELS: Mapping[str, LazyString] = {**FIELDS, **DETAILS}
# What it means that nothing was chosen.
ALL: Mapping[str, LazyString] = {
    "rounds": _("all rounds"),
    "groups": _("all groups"),
    "least": _("as each round says"),
    "predecessor": _("no campaign"),
}
NOTHING: tuple[Any, ...] = ([], "", 0)
# Field -> what its values are called.
VALUES: Mapping[str, Mapping[str, object]] = {
    "format": {"workbook": _("consolidated workbook (Excel)")},
    "kind": LETTER_KINDS,
    "language": LANGUAGES,
}
# The fields of a contact are called otherwise than those of a unit.
OF_CONTACTS = "contact."


def facts_of(entry: LogEntry) -> Iterator[tuple[str, str]]:
    """Yield the details of an entry but for what was changed: what each is called, and what it is.

    A field that nobody has given a word is called by its own name.
    """
    for name, value in entry.details.items():
        if name not in (BEFORE, AFTER):
            yield label_of(name), _said(entry.act, name, value) or "–"


def label_of(name: str) -> str:
    """Return what a detail is called."""
    return str(LABELS.get(name, name))


def unlabelled(act: str, details: Mapping[str, Any]) -> set[str]:
    """Return the fields named by an entry for which the page of the log has no word."""
    sides = (details.get(side) for side in (BEFORE, AFTER))
    named = chain(
        (name for name in details if name not in (BEFORE, AFTER)),
        chain.from_iterable(_names(side) for side in sides),
        _changed_fields(act, details.get("fields", ())),
        details.get("sought", ()),
    )
    return set(named) - LABELS.keys()


def _names(side: Any) -> Iterator[str]:
    """Yield the fields of one side of an entry, or those that it tells of each unit."""
    if isinstance(side, Mapping):
        yield from chain.from_iterable(side.values()) if by_unit(side) else side


def _changed_fields(act: str, fields: Any) -> Iterator[str]:
    if isinstance(fields, Mapping):
        yield from chain.from_iterable(fields.values())
    else:
        yield from (_field_name(act, name) for name in fields)


def _field_name(act: str, name: str) -> str:
    return f"contact_{name}" if act.startswith(OF_CONTACTS) else name


def _said(act: str, name: str, value: Any) -> str:
    if name in ALL and value in NOTHING and not isinstance(value, bool):
        return str(ALL[name])
    if name == "fields":
        return _changed(act, value)
    if name == "sought":
        return ", ".join(f"{label_of(part)}: {show(text)}" for part, text in value.items())
    words = VALUES.get(name, {})
    return str(words[value]) if isinstance(value, str) and value in words else show(value)


def _changed(act: str, fields: Any) -> str:
    """Return in words which fields were changed, and of units what they were and are."""
    if not isinstance(fields, Mapping):
        return ", ".join(label_of(_field_name(act, name)) for name in fields)
    return "; ".join(
        f"{code}: {', '.join(_step(name, values) for name, values in changed.items())}"
        for code, changed in fields.items()
    )


def _step(name: str, values: list[Any]) -> str:
    """Return a change in words; of how to reach somebody the log keeps no values."""
    if not values:
        return label_of(name)
    old, new = (show(value) or "–" for value in values)
    return f"{label_of(name)} ({old} → {new})"
