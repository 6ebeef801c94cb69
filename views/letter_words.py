"""What the board reads about letters: their kinds, states and problems in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from services.letters import RETRIED

LETTER_STATES: Mapping[str, LazyString] = {
    "waiting": _("Not delivered yet"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "filed": _("Kept as a file on the server, because no mail server is set up"),
    "unaddressed": _("The unit has no e-mail address"),
    "refused": _("Refused by the mail server"),
    "failed": _("Given up after three days"),
    "unknown": _("Not known whether it was sent"),
    "cancelled": _("Cancelled"),
    "bounced": _("Came back"),
}
# How a state looks: as one of the states of a section.
LETTER_LOOKS: Mapping[str, str] = {
    "sent": "complete",
    "filed": "complete",
    "sending": "started",
    "refused": "wrong",
    "failed": "wrong",
    "unknown": "wrong",
    "bounced": "wrong",
    "cancelled": "skipped",
}
LETTER_KINDS: Mapping[str, LazyString] = {
    "invitation": _("Invitation"),
    "reminder_before": _("Reminder before the due day"),
    "reminder_due": _("Reminder on the due day"),
    "reminder_after": _("Reminder after the due day"),
    "closing": _("Closing of the round"),
    "report.returned": _("Report returned"),
    "report.accepted": _("Report accepted"),
    "report.extended": _("More time given"),
    "report.corrected": _("Report corrected for the unit"),
    "difficulty.answered": _("Difficulty answered"),
    "free": _("Free letter"),
}
PROBLEMS: Mapping[str, LazyString] = {
    "reported": _("The report has arrived in the meantime"),
    "withdrawn": _("The unit is no longer asked"),
    "returned": _("It came back"),
    "carrier ended": _("The delivery was interrupted"),
}


# How a mail server begins to refuse something (RFC 5321, 4.2.1).
ANSWER = re.compile(r"[45][0-9]{2} ")


def letter_problem(problem: str) -> str:
    """Return what is wrong with a letter: our own words, or what the mail server said."""
    if ANSWER.match(problem):
        return gettext("The mail server answered: “%(answer)s”", answer=problem)
    return str(PROBLEMS.get(problem, problem))


def init_letter_words(app: Flask) -> None:
    """Tell the templates of `app` these words."""
    app.jinja_env.filters["letter_problem"] = letter_problem
    app.jinja_env.globals.update(
        letter_states=LETTER_STATES,
        letter_looks=LETTER_LOOKS,
        letter_kinds=LETTER_KINDS,
        retried=RETRIED,
    )
