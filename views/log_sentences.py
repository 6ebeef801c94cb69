"""What the log says in words: a sentence for each act, and what its details are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString

from language.codes import show_code
from language.dates import format_moment
from services.log import LogEntry
from views.language import interface_language
from views.people import ROLE_NAMES

_ = lazy_gettext

# Act -> its sentence, with places for the subject and for details of the entry.
SENTENCES: Mapping[str, LazyString] = {
    "account.accepted": _("Set the first password of the account %(subject)s"),
    "account.changed": _("Changed what the account %(subject)s may do"),
    "account.created": _("Created the account %(subject)s"),
    "account.deactivated": _("Shut out the account %(subject)s"),
    "account.invited": _("Invited %(subject)s"),
    "account.link_asked": _("A link to set a password was asked for, for %(subject)s"),
    "account.link_made": _("Made an invitation link for %(subject)s"),
    "account.password_changed": _("Changed the password of %(subject)s"),
    "account.password_reset": _("Set a new password for %(subject)s by a link in a letter"),
    "account.provider_bound": _("Signed in to %(subject)s by %(issuer)s for the first time"),
    "account.reactivated": _("Let the account %(subject)s sign in again"),
    "account.renamed": _("Changed the name of the account %(subject)s"),
    "account.second_factor_dropped": _("Gave up the second factor of %(subject)s"),
    "account.second_factor_reset": _("Took the second factor of %(subject)s away"),
    "account.second_factor_set": _("Set up a second factor for %(subject)s"),
    "account.sessions_ended": _("Ended sessions of %(subject)s"),
    "account.signed_in": _("Signed in (%(device)s)"),
    "account.signed_out": _("Signed out"),
    "address.used_again": _("Let letters go to an address again that had failed"),
    "campaign.archived": _("Put the campaign %(subject)s away"),
    "campaign.changed": _("Changed the campaign %(subject)s"),
    "campaign.copied": _("Began the campaign %(subject)s as a copy of %(source)s"),
    "campaign.created": _("Began the campaign %(subject)s"),
    "campaign.demonstrated": _("Filled the campaign %(subject)s with invented answers"),
    "campaign.installed": _("Installed the campaign %(subject)s"),
    "campaign.unarchived": _("Took the campaign %(subject)s out again"),
    "cards.made": _("Made %(cards)s cards for feedback in %(subject)s"),
    "comments.approved": _("Let others read %(count)s comments of %(subject)s"),
    "comments.hidden": _("Hid %(count)s comments of %(subject)s"),
    "comments.new": _("Put %(count)s comments of %(subject)s back among the new ones"),
    "contact.added": _("Added a contact of the unit %(subject)s"),
    "contact.changed": _("Changed a contact of the unit %(subject)s"),
    "contact.removed": _("Erased a contact of the unit %(subject)s"),
    "contacts.exported": _("Downloaded the contacts of %(subject)s"),
    "data.cancelled": _("Cancelled an export of data of %(subject)s"),
    "data.exported": _("Had the data of %(subject)s exported"),
    "difficulty.answered": _("Answered a difficulty of %(subject)s"),
    "difficulty.handled": _("Worked on a difficulty of %(subject)s"),
    "form.discarded": _("Threw away the uploaded form %(subject)s"),
    "form.edit_begun": _("Began to edit the form %(subject)s, version %(number)s"),
    "form.edited": _("Changed the uploaded form %(subject)s"),
    "form.file_removed": _("Removed a file of the uploaded form %(subject)s"),
    "form.published": _("Published the form %(subject)s, version %(number)s"),
    "form.reinstated": _("Took the form %(subject)s, version %(number)s, into use again"),
    "form.replaced": _("Uploaded the form %(subject)s once more"),
    "form.retired": _("Retired the form %(subject)s, version %(number)s"),
    "form.uploaded": _("Uploaded the form %(subject)s"),
    "letter.cancelled": _("Kept letter %(subject)s from being sent"),
    "letter.confirmed": _("Noted that letter %(subject)s has arrived"),
    "letter.retried": _("Had letter %(subject)s sent once more"),
    "letters.cancelled": _("Kept %(letters)s waiting letters from being sent"),
    "letters.returned": _("Noted letters that came back"),
    "letters.reworded": _("Changed the wording of letters of %(subject)s"),
    "letters.sent": _("Had %(letters)s letters sent in %(subject)s"),
    "link.added": _("Added a public link to %(subject)s"),
    "link.changed": _("Changed a public link of %(subject)s"),
    "link.reissued": _("Gave %(unit)s a new link in %(subject)s"),
    "link.revoked": _("Took a link of %(subject)s back"),
    "log.exported": _("Downloaded the log"),
    "material.added": _("Added the study material “%(title)s” to %(subject)s"),
    "material.changed": _("Changed the study material “%(title)s” of %(subject)s"),
    "material.restored": _("Offered the study material “%(title)s” of %(subject)s again"),
    "material.withdrawn": _("Withdrew the study material “%(title)s” of %(subject)s"),
    "reminders.set": _("Changed the days of reminders in %(subject)s"),
    "report.accepted": _("Accepted the report of %(unit)s in %(subject)s"),
    "report.adopted": _("Took over a report of %(unit)s in %(subject)s from before the log"),
    "report.corrected": _("Corrected the report of %(unit)s in %(subject)s"),
    "report.erased": _("Erased contacts from the report of %(unit)s in %(subject)s by rule"),
    "report.extended": _("Gave %(unit)s more time in %(subject)s"),
    "report.returned": _("Returned the report of %(unit)s in %(subject)s"),
    "report.sent": _("Sent the report of %(unit)s in %(subject)s"),
    "report.ticked": _("Changed %(count)s ticks in the lists of %(subject)s"),
    "retention.erased": _("Erased contacts whose time had come"),
    "retention.set": _("Changed until when the contacts of %(subject)s are kept"),
    "round.changed": _("Changed the round %(subject)s"),
    "round.created": _("Added the round %(subject)s"),
    "round.removed": _("Removed the round %(subject)s"),
    "settings.letter_tried": _("Sent a test letter to %(subject)s"),
    "unit.added": _("Added the unit %(subject)s"),
    "unit.changed": _("Changed the unit %(subject)s"),
    "unit.retired": _("Noted the end of the unit %(subject)s"),
    "units.asked": _("Asked units in %(subject)s"),
    "units.due": _("Changed deadlines of units in %(subject)s"),
    "units.duty": _("Changed duties of units in %(subject)s"),
    "units.imported": _("Imported units"),
    "units.withdrawn": _("Withdrew units from %(subject)s"),
    "word.cancelled": _("Cancelled a Word report of %(subject)s"),
    "word.exported": _("Had the Word report of %(subject)s made"),
    "word.template_reverted": _("Used the shipped template for the reports of %(subject)s again"),
    "word.template_uploaded": _("Uploaded a template for the reports of %(subject)s"),
    "workbook.cancelled": _("Cancelled a consolidated workbook of %(subject)s"),
    "workbook.exported": _("Had the consolidated workbook of %(subject)s made"),
}
# Acts of one kind, by how they begin.
KINDS: Mapping[str, LazyString] = {
    "account.": _("Accounts"),
    "address.": _("Addresses that fail"),
    "campaign.": _("Campaigns"),
    "cards.": _("Cards"),
    "comments.": _("Comments"),
    "contact.": _("Contacts of units"),
    "contacts.": _("Contacts"),
    "data.": _("Data exports"),
    "difficulty.": _("Difficulties"),
    "form.": _("Forms"),
    "letter.": _("Single letters"),
    "letters.": _("Letters"),
    "link.": _("Links"),
    "log.": _("Log"),
    "material.": _("Materials"),
    "reminders.": _("Reminders"),
    "report.": _("Reports"),
    "retention.": _("Personal data"),
    "round.": _("Rounds"),
    "settings.": _("Server settings"),
    "unit.": _("Single units"),
    "units.": _("Units"),
    "word.": _("Word reports"),
    "workbook.": _("Workbooks"),
}
SYSTEM = _("the system")
FIELDS: Mapping[str, LazyString] = {
    "role": _("Role"),
    "everywhere": _("All campaigns"),
    "campaigns": _("Campaigns"),
    "name": _("What it is called"),
    "until": _("Kept until"),
    "title": _("Title"),
    "kind": _("Kind"),
    "opens_at": _("Opens"),
    "due_at": _("Due"),
    "closes_at": _("Closes"),
    "late_allowed": _("Late reports are taken"),
    "required": _("Required to report"),
    "counted": _("Counted in totals"),
    "state": _("State"),
    "category": _("Category"),
    "owner": _("Who deals with it"),
    "label": _("Label"),
    "cards_only": _("Answered with a card only"),
    "days": _("Days"),
    "subject": _("Subject"),
    "form_definition_id": _("Form"),
    "threshold": _("Smallest group that is shown"),
    "code": _("Code"),
    "plan_number": _("Number of the plan"),
    "plan_date": _("Date of the plan"),
    "plan_issuer": _("Issued by"),
    "board_name": _("Name of the board"),
    "parent_body": _("Parent body"),
    "place": _("Place"),
    "signer_title": _("Title of the signer"),
    "signer_name": _("Name of the signer"),
    "report_symbol": _("Symbol of the report"),
    "document_style": _("Style of documents"),
    "groups": _("Groups of units"),
    "answer_days": _("Days to answer a difficulty"),
    "reason": _("Reason"),
    "short_name": _("Short name"),
    "group_code": _("Unit group"),
    "level": _("Level"),
    "parent_code": _("Parent unit"),
    "email": _("E-mail address of the unit"),
    "admin_code": _("Administrative code"),
    "report_duty": _("Duty to report"),
    "count_in_total": _("Its figures are added to totals"),
    "note": _("Note"),
    "position": _("Place in the official order"),
    "valid_from": _("Exists since"),
    "valid_to": _("Last day"),
    "successor_code": _("Successor"),
    "": _("What it was"),
}
BEFORE, AFTER = "before", "after"
# More units than these are counted, not named.
MOST_NAMED = 3
# How details hold a moment.
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})")


class _Places(dict[str, str]):
    """What fills the places of a sentence; `otherwise` where nothing is known."""

    def __init__(self, known: Mapping[str, str], otherwise: str) -> None:
        super().__init__(known)
        self.otherwise = otherwise

    def __missing__(self, _name: str) -> str:
        return self.otherwise


def act_names() -> dict[str, str]:
    """Return what each act is called, whatever it is about."""
    return {act: str(text) % _Places({}, "…") for act, text in SENTENCES.items()}


def sentence_of(entry: LogEntry) -> str:
    """Return an entry in words; an act without a sentence by its name."""
    # A dash where an old entry does not say it.
    places = _Places({name: show(value) for name, value in entry.details.items()}, "–")
    places["subject"] = subject_of(entry)
    if entry.act not in SENTENCES:
        return f"{entry.act}: {places['subject']}"
    return str(SENTENCES[entry.act]) % places


def subject_of(entry: LogEntry) -> str:
    """Return what an entry is about, without the kind that its act tells anyway."""
    kind, _colon, name = entry.subject.partition(":")
    return name if name and kind.isalpha() else entry.subject


def actor_of(entry: LogEntry) -> str:
    """Return who acted."""
    return str(SYSTEM) if entry.actor == "system" else entry.actor.removeprefix("unit:")


def changes_of(entry: LogEntry) -> Iterator[tuple[str, str, str]]:
    """Yield the fields that an act changed: what each is called, what it was, what it is."""
    before, after = (_fields(entry.details.get(side)) for side in (BEFORE, AFTER))
    if by_unit(before) and by_unit(after):
        yield from _changes_of_units(before, after)
        return
    for name in dict.fromkeys([*before, *after]):
        old, new = (_shown(name, side.get(name, "")) for side in (before, after))
        if old != new:
            yield str(FIELDS.get(name, name)), old, new


def by_unit(said: Mapping[str, Any]) -> bool:
    """Tell whether one side of an entry says something of each of several units."""
    return bool(said) and all(isinstance(fields, Mapping) for fields in said.values())


def _changes_of_units(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Yield each change once, with the units of which it was made."""
    units: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for code in before:
        for name, new in after.get(code, {}).items():
            old, shown = _shown(name, before[code].get(name, "")), _shown(name, new)
            if old != shown:
                units[str(FIELDS.get(name, name)), old, shown].append(code)
    for (name, old, new), codes in units.items():
        yield f"{name} ({_some(codes)})", old, new


def _some(codes: Sequence[str]) -> str:
    """Return units by their codes; of many, how many they are."""
    if len(codes) <= MOST_NAMED:
        return ", ".join(codes)
    return ngettext("%(num)d unit", "%(num)d units", len(codes))


def _fields(said: Any) -> Mapping[str, Any]:
    """Return what an entry says of one side; a value alone is that of a field without a name."""
    if isinstance(said, Mapping):
        return said
    return {} if said in (None, "") else {"": said}


def _shown(name: str, value: Any) -> str:
    return str(ROLE_NAMES.get(value, value)) if name == "role" else show(value)


def show(value: Any) -> str:
    """Return a detail as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{FIELDS.get(name, name)}: {show(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(show, value))
    return _local(value) if isinstance(value, str) else "" if value is None else str(value)


def _local(text: str) -> str:
    """Return a text, a moment in it as clocks here show it."""
    if not _MOMENT.fullmatch(text):
        return text
    return format_moment(datetime.fromisoformat(text), interface_language())


def receipt_of(entry: LogEntry) -> str:
    """Return the receipt that an entry names, as it is written, "" when it names none."""
    receipt = entry.details.get("receipt")
    return show_code(receipt) if isinstance(receipt, str) else ""
