"""What the log says in words: a sentence for each act, and what its details are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from forms.tree import canonical_json
from language.codes import show_code
from services.log import LogEntry
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
    "campaign.archived": _("Put the campaign %(subject)s into the archive"),
    "campaign.changed": _("Changed what is said of the campaign %(subject)s"),
    "campaign.copied": _("Copied the campaign %(source)s as %(subject)s"),
    "campaign.created": _("Created the campaign %(subject)s"),
    "campaign.demonstrated": _("Filled the campaign %(subject)s with invented answers"),
    "campaign.installed": _("Installed the campaign %(subject)s"),
    "campaign.unarchived": _("Took the campaign %(subject)s out of the archive"),
    "cards.made": _("Made %(cards)s cards for %(subject)s: %(label)s"),
    "contact.added": _("Added a contact of the unit %(subject)s"),
    "contact.changed": _("Changed a contact of the unit %(subject)s"),
    "contact.removed": _("Erased a contact of the unit %(subject)s"),
    "contacts.exported": _("Downloaded the contacts of %(subject)s"),
    "data.exported": _("Made a file with the data of %(subject)s (%(format)s)"),
    "difficulty.answered": _("Answered a difficulty of the unit %(subject)s"),
    "difficulty.handled": _("Changed how a difficulty of the unit %(subject)s is dealt with"),
    "form.discarded": _("Threw away the uploaded form %(subject)s"),
    "form.edit_begun": _("Began to edit the form %(subject)s, version %(number)s"),
    "form.edited": _("Changed the uploaded form %(subject)s"),
    "form.file_removed": _("Removed a file of the uploaded form %(subject)s"),
    "form.published": _("Published the form %(subject)s, version %(number)s"),
    "form.reinstated": _("Took the form %(subject)s, version %(number)s, into use again"),
    "form.replaced": _("Uploaded the form %(subject)s once more"),
    "form.retired": _("Retired the form %(subject)s, version %(number)s"),
    "form.uploaded": _("Uploaded the form %(subject)s"),
    "letter.cancelled": _("Kept the letter %(subject)s from being sent"),
    "letter.confirmed": _("Noted that the letter %(subject)s has arrived"),
    "letter.retried": _("Had the letter %(subject)s sent once more"),
    "letters.cancelled": _("Cancelled %(letters)s letters that were waiting"),
    "letters.returned": _("Read letters that came back"),
    "letters.reworded": _("Changed the wording of letters of the campaign %(subject)s"),
    "letters.sent": _("Sent %(letters)s letters in %(subject)s"),
    "link.added": _("Added a public link to %(subject)s: %(label)s"),
    "link.changed": _("Changed a public link of %(subject)s"),
    "link.reissued": _("Gave %(unit)s a new link to %(subject)s"),
    "link.revoked": _("Took a link to %(subject)s back"),
    "log.exported": _("Downloaded the log"),
    "material.added": _("Added the study document “%(title)s” to the campaign %(subject)s"),
    "material.changed": _("Changed the study document “%(title)s” of the campaign %(subject)s"),
    "material.restored": _("Gave the study document “%(title)s” out again in %(subject)s"),
    "material.withdrawn": _("Withdrew the study document “%(title)s” of the campaign %(subject)s"),
    "reminders.set": _("Changed the days of reminders of %(subject)s"),
    "report.accepted": _("Accepted the report of %(unit)s in %(subject)s"),
    "report.adopted": _("Took over a report of %(unit)s in %(subject)s from before the log"),
    "report.corrected": _("Corrected the report of %(unit)s in %(subject)s"),
    "report.erased": _("Erased contacts from the report of %(unit)s in %(subject)s by rule"),
    "report.extended": _("Gave %(unit)s more time in %(subject)s"),
    "report.returned": _("Returned the report of %(unit)s in %(subject)s"),
    "report.sent": _("Sent the report of %(unit)s in %(subject)s"),
    "retention.erased": _("Erased contacts whose time had come"),
    "retention.set": _("Changed until when the contacts of %(subject)s are kept"),
    "round.changed": _("Changed the round %(subject)s"),
    "round.created": _("Added the round %(subject)s"),
    "round.removed": _("Removed the round %(subject)s"),
    "settings.letter_tried": _("Sent a test letter to %(subject)s"),
    "unit.added": _("Added the unit %(subject)s"),
    "unit.changed": _("Changed the unit %(subject)s"),
    "unit.retired": _("Ended the unit %(subject)s"),
    "units.asked": _("Asked units in %(subject)s: %(units)s"),
    "units.due": _("Changed own deadlines in %(subject)s: %(units)s"),
    "units.duty": _("Changed who is required or counted in %(subject)s: %(units)s"),
    "units.imported": _("Imported units"),
    "units.withdrawn": _("Withdrew units from %(subject)s: %(units)s"),
    "workbook.exported": _("Downloaded the consolidated workbook of %(subject)s"),
}
# Acts of one kind, by how they begin.
KINDS: Mapping[str, LazyString] = {
    "account.": _("Accounts"),
    "campaign.": _("Campaigns"),
    "cards.": _("Cards"),
    "contact.": _("Contacts"),
    "contacts.": _("Downloads of contacts"),
    "data.": _("Data of rounds"),
    "difficulty.": _("Difficulties"),
    "form.": _("Forms"),
    "letter": _("Letters"),
    "link.": _("Links"),
    "log.": _("Log"),
    "material.": _("Study documents"),
    "reminders.": _("Reminders"),
    "report.": _("Reports"),
    "retention.": _("Personal data"),
    "round.": _("Rounds"),
    "settings.": _("Server settings"),
    "unit": _("Units"),
    "workbook.": _("Workbooks"),
}
SYSTEM = _("the system")
FIELDS: Mapping[str, LazyString] = {
    "role": _("Role"),
    "everywhere": _("All campaigns"),
    "campaigns": _("Campaigns"),
    "name": _("Name"),
    "until": _("Kept until"),
    "value": _("Value"),
}
BEFORE, AFTER = "before", "after"


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
    for name in dict.fromkeys([*before, *after]):
        old, new = (_shown(name, side.get(name, "")) for side in (before, after))
        if old != new:
            yield str(FIELDS.get(name, name)), old, new


def _fields(side: Any) -> Mapping[str, Any]:
    """Return what one side names; what has no names is one value."""
    if isinstance(side, Mapping):
        return side
    return {"value": side} if side else {}


def _shown(name: str, value: Any) -> str:
    return str(ROLE_NAMES.get(value, value)) if name == "role" else show(value)


def details_of(entry: LogEntry) -> str:
    """Return the other details as JSON, "" when there are none."""
    rest = {name: value for name, value in entry.details.items() if name not in (BEFORE, AFTER)}
    return canonical_json(rest) if rest else ""


def show(value: Any) -> str:
    """Return a detail as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return ", ".join(f"{FIELDS.get(name, name)}: {show(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(show, value))
    return "" if value is None else str(value)


def receipt_of(entry: LogEntry) -> str:
    """Return the receipt that an entry names, as it is written, "" when it names none."""
    receipt = entry.details.get("receipt")
    return show_code(receipt) if isinstance(receipt, str) else ""
