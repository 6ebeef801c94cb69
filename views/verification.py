"""The check of a receipt, for anybody: whether it matches, whose it is and of when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from flask import Blueprint, Flask, abort, current_app, render_template, request
from werkzeug.wrappers import Response

from language.text import clean
from models.database import reading
from services.verification import Outcome, Verdict, check_code, check_record, is_receipt
from views.filling import current_moment
from views.language import keep_language
from views.receipts import CHECK_PATH, LARGEST_FILE_BYTES, is_untouched, read_receipt
from views.throttle import UNKNOWN_CODES, Throttle

verification = Blueprint("verification", __name__)
verification.url_defaults(keep_language)

THROTTLE = "phieu.checks"
# What a request says around the file and the code.
AROUND_BYTES = 64 * 1024

# Beyond the outcomes of a check: nothing could be looked for, or a file shows something else.
Answer = Literal[Outcome, "blank", "mistyped", "not_ours", "redrawn"]
STATUSES: dict[Answer, int] = {
    "matches": HTTPStatus.OK,
    "altered": HTTPStatus.CONFLICT,
    "damaged": HTTPStatus.CONFLICT,
    "redrawn": HTTPStatus.CONFLICT,
    "unknown": HTTPStatus.NOT_FOUND,
    "blank": HTTPStatus.UNPROCESSABLE_ENTITY,
    "mistyped": HTTPStatus.UNPROCESSABLE_ENTITY,
    "not_ours": HTTPStatus.UNPROCESSABLE_ENTITY,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What is said of a receipt; of the `verdict` only what its answer allows to be shown."""

    answer: Answer
    verdict: Verdict


def init_verification(app: Flask) -> None:
    """Give `app` the check, and limit how often one address may fail it."""
    app.extensions[THROTTLE] = Throttle(UNKNOWN_CODES)
    app.register_blueprint(verification)


@verification.get(CHECK_PATH)
def show_check() -> Response:
    """Show the page of the check; with `?ma=`, as in a QR code, check that receipt."""
    typed = clean(request.args.get("ma", ""))
    return _page(typed, _of_code(typed) if typed else None)


@verification.post(CHECK_PATH)
def check() -> Response:
    """Check a receipt by its file or, without one, by its code."""
    request.max_content_length = LARGEST_FILE_BYTES + AROUND_BYTES
    typed = clean(request.form.get("ma", ""))
    upload = request.files.get("tep")
    if upload is None or not upload.filename:
        return _page(typed, _of_code(typed))
    return _page(typed, _of_file(upload.stream.read(LARGEST_FILE_BYTES + 1)))


def _of_code(typed: str) -> Checked:
    if not is_receipt(typed):
        return Checked("mistyped" if typed else "blank", Verdict("unknown", ""))
    with reading() as session:
        verdict = check_code(session, typed)
    return Checked(verdict.outcome, verdict)


def _of_file(content: bytes) -> Checked:
    record = read_receipt(content) if len(content) <= LARGEST_FILE_BYTES else None
    if record is None or not is_receipt(record.receipt):
        return Checked("not_ours", Verdict("unknown", ""))
    with reading() as session:
        verdict = check_record(session, record)
    if verdict.outcome == "matches" and not is_untouched(content):
        return Checked("redrawn", Verdict("altered", verdict.receipt))
    return Checked(verdict.outcome, verdict)


def _page(typed: str, checked: Checked | None) -> Response:
    if checked and checked.answer != "matches" and not _may_fail():
        abort(HTTPStatus.TOO_MANY_REQUESTS)
    page = render_template("receipts/check.html", typed=typed, checked=checked)
    status = STATUSES[checked.answer] if checked else HTTPStatus.OK
    response = Response(page, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_fail() -> bool:
    allows: Callable[..., bool] = current_app.extensions[THROTTLE].allows
    return allows(request.remote_addr or "", current_moment().date())
