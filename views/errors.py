"""What a reader sees when something is refused or breaks: one sentence, and what to do now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from flask import Flask, g, render_template, request
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from models.problems import Problem
from views.filling import current_moment
from views.language import show_moment
from views.throttle import UNKNOWN_CODES, Throttle

# A sentence for the heading and one for what to do.
Sentences = tuple[LazyString, LazyString]

# `board` is the name of the board, or these words when the refusal does not know it.
THE_BOARD = _("the board that sent you the link")
ASK_FOR_ANOTHER_LINK = _("Please contact %(board)s to get another one.")
TRY_LATER = _("Please wait a minute and try again. Nothing you sent before has been lost.")
GO_BACK = _("Please go back, reload the page and try again.")

PROBLEM_PAGES: Mapping[str, Sentences] = {
    "account_accepted": (
        _("A password is set already"),
        _("The person signs in with it, or asks for a letter on the page for signing in."),
    ),
    "account_last_admin": (
        _("This is the last administrator"),
        _("Please make somebody else an administrator first."),
    ),
    "account_link_invalid": (
        _("This link is not valid any more"),
        _(
            "It may have been used, or replaced by a later one. Please ask for another letter on "
            "the page for signing in."
        ),
    ),
    "account_own": (
        _("You cannot shut out yourself"),
        _("Please ask another administrator."),
    ),
    "account_unknown": (
        _("This account was not found"),
        _("Please choose it from the list of accounts."),
    ),
    "attachment_lost": (
        _("This file cannot be read at the moment"),
        _("Please contact %(board)s; the file may have to be sent once more."),
    ),
    "attachment_unknown": (
        _("This file was not found"),
        _("It may have been replaced or removed. Please open the report again."),
    ),
    "attachments_full": (
        _("Your unit has sent too many files."),
        _("Please contact the board; it can tell you which files are still needed."),
    ),
    "address_unknown": (_("This address was not found"), GO_BACK),
    "audience_unknown": (
        _("It is not clear who is to be written to"),
        _("Please choose it on the page of letters."),
    ),
    "batch_unknown": (
        _("These letters were not found"),
        _("Please choose them from the letters of the round."),
    ),
    "campaign_archived": (
        _("This campaign has ended and was put away"),
        _("Please contact %(board)s if something must still be sent."),
    ),
    "campaign_code_taken": (
        _("Another campaign has this code already"),
        _("Please choose another code."),
    ),
    "changed_meanwhile": (
        _("Somebody else has changed this since you opened the page; nothing was stored"),
        _(
            "What you typed is still there, and beside it what is stored now. Please compare, and "
            "press the button once more to store what is typed."
        ),
    ),
    "campaign_unknown": (_("This campaign was not found"), _("Please choose it from the board.")),
    "comment_unknown": (
        _("A comment was not found"),
        _("Please open the list again and tick the comments anew."),
    ),
    "card_needed": (
        _("A card with a code is needed here"),
        _("Please enter the code on your card, or ask %(board)s for one."),
    ),
    "card_used": (
        _("This code has been used already"),
        _("Each card is good for one feedback. Please ask %(board)s if you have not used yours."),
    ),
    "cards_unknown": (_("These cards were not found"), _("Please choose them from the list.")),
    "cards_wrong": (
        _("This many cards cannot be made at once"),
        _("Please enter a number from 1 to %(most)s."),
    ),
    "children_unknown": (
        _("No unit stands below yours"),
        _("Please contact %(board)s if one is missing."),
    ),
    "contact_unknown": (
        _("This contact was not found"),
        _("It may have been erased. Please open the page of the unit again."),
    ),
    "database_busy": (_("The system is busy"), TRY_LATER),
    "material_unknown": (
        _("This document was not found"),
        _("It may have been withdrawn. Please ask whoever gave you the link."),
    ),
    "material_untitled": (
        _("This document has no title"),
        _("Please write one, at most 300 characters."),
    ),
    "difficulty_invalid": (
        _("This could not be noted"),
        _("Please choose state, category and person from the lists, and write a shorter answer."),
    ),
    "disk_full": (
        _("There is no room left on the server for this file"),
        _("Please tell %(board)s, and send the file again later."),
    ),
    "due_after_closing": (
        _("The round closes before that, at %(closes_at)s"),
        _("Please choose an earlier deadline, or let the round close later."),
    ),
    "due_of_sent": (
        _("One of these units has sent its report already"),
        _("Its deadline stays; on the page of its report it can be given more time."),
    ),
    "duty_fixed": (
        _("The round has opened, so who is required and counted stays as it is"),
        _("Units can still be added and withdrawn, with a reason."),
    ),
    "file_empty": (
        _("There is nothing in this file"),
        _("Please open it on your computer, save it once more and choose it again."),
    ),
    "file_macros": (
        _("There are macros in this file, which may do harm"),
        _("Please save it as .docx, .xlsx, .pptx or PDF and choose that file."),
    ),
    "file_password": (
        _("This file is locked with a password"),
        _("Please save it without a password and choose it again."),
    ),
    "file_too_large": (
        _("The file is too large"),
        _("A file may have at most 20 MB. Please choose a smaller one."),
    ),
    "files_too_many": (
        _("There are too many files"),
        _("At most %(limit)s are taken here. To send this one, please remove another."),
    ),
    "export_unknown": (
        _("This file is no longer there"),
        _("Files are kept for 24 hours. Please have it made once more."),
    ),
    "extension_earlier": (
        _("The unit has sent already, and may send until later than that"),
        _("Please choose a later time."),
    ),
    "form_errors": (
        _("This form still has errors"),
        _("Please correct them first; the page of the upload shows every cell."),
    ),
    "form_in_use": (
        _("This is the only version, and it is being asked in: %(rounds)s"),
        _("Please publish another version first, or wait until the round has closed."),
    ),
    "form_not_anonymous": (
        _("This form would tell who answers: %(cells)s"),
        _("It is asked in a public round, which is anonymous. Please remove these questions."),
    ),
    "form_published": (
        _("This very form is version %(number)s already"),
        _("There is nothing to publish. To use that version again, open the page of the form."),
    ),
    "form_unknown": (_("This form was not found"), _("Please choose it from the list of forms.")),
    "first_account_exists": (
        _("This link has been used"),
        _("The first account exists already. Please sign in, or ask an administrator."),
    ),
    "first_link_invalid": (
        _("This link is not valid"),
        _("It may have expired. Please run “flask init” once more to get another one."),
    ),
    "letter_kind_unknown": (
        _("There are no letters of this kind"),
        _("Please choose one from the list of wordings."),
    ),
    "group_in_use": (
        _("Units of this campaign stand in the group “%(group)s”"),
        _("Please keep its line; its name may be changed."),
    ),
    "letter_unknown": (_("This letter was not found"), _("Please open the report again.")),
    "letters_changed": (
        _("Something has changed since you looked: others would get letters now, or other ones"),
        _("Nothing was sent. Please look at the list once more, then send."),
    ),
    "letters_none": (
        _("Nobody would get a letter"),
        _("Please choose other units, or enter their e-mail addresses."),
    ),
    "label_taken": (
        _("There is a link with this label already: %(label)s"),
        _("Please choose another one, so that the two can be told apart."),
    ),
    "label_wrong": (
        _("This label cannot be used"),
        _("Please write a short text of at most 120 signs."),
    ),
    "late_refused": (
        _("The deadline has passed"),
        _("No late reports are taken. Please contact %(board)s if yours must still come in."),
    ),
    "file_type": (
        _("A file of this kind cannot be taken"),
        _("Please choose a file of one of these kinds: %(accept)s."),
    ),
    "link_mistyped": (
        _("This code contains a typing mistake"),
        _(
            "Please compare it with the one you were given: it has 12 letters and digits, and "
            "never the digits 0 and 1 or the letters i, l and o."
        ),
    ),
    "link_revoked": (_("This link is no longer in use"), ASK_FOR_ANOTHER_LINK),
    "link_unknown": (
        _("No form was found for this code"),
        _("Please check the code, or ask %(board)s."),
    ),
    "picture_too_large": (
        _("The picture has too many pixels"),
        _("Please make it smaller, at most 80 million pixels, and choose it again."),
    ),
    "provider_failed": (
        _("Signing in there did not work"),
        _("Please try again, or sign in with your password. The reason: %(reason)s"),
    ),
    "provider_stranger": (
        _("There is no account for you here"),
        _("Please ask an administrator of the board to invite the e-mail address you use there."),
    ),
    "reason_needed": (
        _("The round has opened already, so please say why"),
        _("The reason stands beside the rates of the round."),
    ),
    "receipt_unknown": (
        _("This receipt was not found"),
        _("Please open the link of your unit; its receipts are listed there."),
    ),
    "reminders_wrong": (
        _("There are too many days, or one is more than 60 days away from the due day"),
        _("Please write at most 20 days."),
    ),
    "report_accepted": (
        _("The board has accepted this report"),
        _("It can be corrected only after the board has returned it. Please contact %(board)s."),
    ),
    "report_missing": (
        _("Nothing has been sent yet"),
        _("There is no report to decide on. Please open the page of the unit again."),
    ),
    "retention_past": (
        _("This day is over"),
        _("Please choose today or a later day; what is erased cannot be brought back."),
    ),
    "revision_unknown": (
        _("This revision was not found"),
        _("Please choose one from the history of the report."),
    ),
    "request_too_large": (
        _("Too much was sent at once"),
        _("Please save what is there, and then add this file."),
    ),
    "round_closed": (
        _("The reporting round is closed"),
        _("Please contact %(board)s if a figure must still be corrected."),
    ),
    "round_code_taken": (
        _("Another round of this campaign has this code already"),
        _("Please choose another code."),
    ),
    "round_due_earlier": (
        _("Something was sent to this round already, and its deadline is a later one"),
        _("Please do not bring it forward: nobody becomes late by a decision."),
    ),
    "round_form_fixed": (
        _("Something was sent to this round already"),
        _("Its form cannot be replaced by another one, but a new version of it can be published."),
    ),
    "round_threshold_fixed": (
        _("Feedback was sent to this round already"),
        _("It is counted in groups of the size that was set then; please leave it as it is."),
    ),
    "round_not_empty": (
        _("Something was sent to this round already"),
        _("It stays, and so does what was sent. It can be closed by its dates."),
    ),
    "round_not_open": (
        _("This round is not open yet"),
        _("It opens at %(opens_at)s. Please open this link again then."),
    ),
    "round_opened": (
        _("The round has opened already"),
        _("Its opening cannot be moved any more: rates count the units that were asked then."),
    ),
    "section_unknown": (
        _("This section was not found"),
        _("Please open the form again and choose the section from its list."),
    ),
    "round_unknown": (_("This round was not found"), _("Please choose it from the board.")),
    "sign_in_unknown": (
        _("This session has ended already"),
        _("Please open the list of your sessions again."),
    ),
    "stale_revision": (
        _("Someone else has sent this report in the meantime"),
        _("Both versions are on this page. Please compare them and send the right one."),
    ),
    "upload_changed": (
        _("Somebody has changed this form in the meantime"),
        _("Please look at it again, and make your change once more."),
    ),
    "upload_unknown": (
        _("This uploaded form was not found"),
        _("It may have been published or thrown away. Please look at the list of forms."),
    ),
    "unit_code_taken": (
        _("Another unit has this code already"),
        _("Please choose another code."),
    ),
    "unit_parent": (
        _("No unit that does not stand below this one has this code"),
        _("Please choose the parent from the list of units."),
    ),
    "unit_successor": (
        _("No other unit has this code"),
        _("Please choose the successor from the list of units."),
    ),
    "unit_validity": (
        _("The unit would end before it begins"),
        _("Please choose a later day."),
    ),
    "unit_unknown": (_("This unit was not found"), _("Please choose it from the list of units.")),
    "unit_withdrawn": (
        _("Your unit is no longer asked for this report"),
        _("There is nothing to do. Please contact %(board)s if you think otherwise."),
    ),
}

STATUS_PAGES: Mapping[int, Sentences] = {
    400: (_("The request was not understood"), GO_BACK),
    401: (_("Please sign in"), _("This page is for board accounts.")),
    403: (
        _("This account is not allowed to do that"),
        _("Please ask an administrator of the board if you need it."),
    ),
    404: (
        _("Page not found"),
        _("Please check the address, or start again from the home page."),
    ),
    405: (_("This page cannot be used that way"), GO_BACK),
    413: (
        _("What you sent is too large"),
        _(
            "Please go back: what you typed should still be there. Then send fewer files at once, "
            "save, and add the others; or choose smaller files, or shorten the texts."
        ),
    ),
    422: (_("What you sent could not be used"), GO_BACK),
    429: (_("Too many attempts"), TRY_LATER),
    500: (
        _("Something went wrong on our side"),
        _("Please try again. If it happens again, give the board this reference number."),
    ),
    503: (_("The system is busy"), TRY_LATER),
}
NO_DETAILS: Mapping[str, object] = {}
TOO_MANY_GUESSES: Sentences = (
    _("Too many attempts"),
    _(
        "Please wait %(minutes)s minutes and try again. If it is your account, you may also ask "
        "for a letter with a link on the page for signing in, and get in by that at once."
    ),
)
SESSION_EXPIRED: Sentences = (_("Your session has expired"), _("Please sign in again."))
GUESSED_CODES = frozenset({"link_mistyped", "link_unknown"})
# The blueprints whose forms people fill in for a long time.
FORMS = frozenset({"unit", "participant"})
RETRY_AFTER_SECONDS = {429: 60, 503: 30}


def init_errors(app: Flask) -> None:
    """Give `app` its error pages."""
    unknown_codes = Throttle(UNKNOWN_CODES)

    def show_problem(problem: Problem) -> Response:
        if problem.code in GUESSED_CODES and not _may_guess(unknown_codes):
            return error_page(429, STATUS_PAGES[429])
        sentences = PROBLEM_PAGES.get(problem.code, STATUS_PAGES[page_status(problem.status)])
        typed = _typed_code() if problem.code in GUESSED_CODES else None
        return error_page(problem.status, sentences, problem.details, typed)

    app.register_error_handler(Problem, show_problem)
    app.register_error_handler(HTTPException, show_status)


def _typed_code() -> str:
    return str((request.view_args or {}).get("code", ""))


def _may_guess(throttle: Throttle) -> bool:
    return throttle.allows(request.remote_addr or "", current_moment().date())


def show_expired_session(error: CSRFError) -> Response:
    """Answer a form whose session has ended meanwhile."""
    return error_page(400, SESSION_EXPIRED)


def show_status(error: HTTPException) -> Response:
    """Answer an HTTP error that has no page of its own; redirects pass."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    response = error_page(error.code, STATUS_PAGES[page_status(error.code)])
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def sentence(problem: Problem) -> str:
    """Return what is said of a problem on the page where it happened."""
    text, advice = PROBLEM_PAGES[problem.code]
    return f"{text}. {advice}" % _details(problem.details)


def _details(details: Mapping[str, object]) -> dict[str, object]:
    """Return what fills the places in a sentence: moments as people write them."""
    shown = {name: _shown(value) for name, value in details.items()}
    return {"board": THE_BOARD, **shown}


def _shown(value: object) -> object:
    return show_moment(value) if isinstance(value, datetime) else value


def page_status(status: int) -> int:
    """Return the status whose sentences speak for `status`."""
    if status in STATUS_PAGES:
        return status
    server_error = HTTPStatus.INTERNAL_SERVER_ERROR
    return server_error if status >= server_error else HTTPStatus.BAD_REQUEST


def _sent_again() -> list[tuple[str, str]] | None:
    """Return what a filled form held, to be sent again when the fault is ours; files are not kept.

    Only on the pages of links: elsewhere a form may hold a password.
    """
    if request.method != "POST" or request.blueprint not in FORMS:
        return None
    return list(request.form.items(multi=True))


def error_page(
    status: int,
    sentences: Sentences,
    details: Mapping[str, object] = NO_DETAILS,
    typed: str | None = None,
) -> Response:
    """Return an error page: the sentence as its heading, what to do, and a crash's reference.

    `details` fill the places in the sentences. `typed` is a code to be put right in the field for
    codes, which is not there when it is None.
    """
    sentence, advice = (str(text) % _details(details) for text in sentences)
    page = render_template(
        "errors/error.html",
        sentence=sentence,
        advice=advice,
        typed=typed,
        again=_sent_again() if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
        reference=g.get("reference") if status == HTTPStatus.INTERNAL_SERVER_ERROR else None,
    )
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[status])
    return response
