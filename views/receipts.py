"""Receipts: the page of one, and the file that a unit keeps and anybody can have checked."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import asdict, fields
from typing import Any

import segno
from flask import Blueprint, current_app, render_template
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from forms.tree import canonical_json
from language.codes import is_valid, normalise_code, show_code
from language.files import content_disposition
from models.database import reading
from models.problems import Problem
from models.proof import SentRecord
from services import difficulties, reporting, verification
from services.reporting import OpenLink, SentRevision
from views.filling import current_moment
from views.language import keep_language
from views.opening import sent_report, sent_warnings

receipts = Blueprint("receipts", __name__)
receipts.url_defaults(keep_language)

CHECK_PATH = "/kiem-tra"
GROUP_SIGNS = 8
LINKS = re.compile("</?(?:a|img)(?: [^<>]*)?>")
# A receipt of two hundred pages; more is none of ours.
LARGEST_FILE_BYTES = 8 * 1024 * 1024
# What a receipt file holds for machines, and the seal at its end. Both are read by machines.
RECORD_BEGINS = b'<script type="application/json" id="bien-nhan">'
RECORD_ENDS = b"</script>"
SEAL_BEGINS, SEAL_ENDS = b"<!-- phieu ", b" -->"
FIELD_TYPES = {"str": str, "int": int, "bool": bool}
FIELDS = {field.name: FIELD_TYPES[str(field.type)] for field in fields(SentRecord)}


# --- pages ----------------------------------------------------------------------------------------


def receipt_page(session: Session, link: OpenLink, sent: SentRevision) -> str:
    """Return the page of a receipt: what proves it, and a copy of exactly what was sent."""
    return render_template(
        "unit/receipt.html",
        link=link,
        receipt=sent,
        report=sent_report(session, link, sent),
        warnings=sent_warnings(session, sent),
        handling=difficulties.handling_of(session, sent.receipt_code, current_moment()),
        **_proof(link, sent),
    )


@receipts.get("/<unit_code:code>/bien-nhan/<receipt_code>/tai-ve")
def download_receipt(code: str, receipt_code: str) -> Response:
    """Send a receipt as one file that can be read anywhere, and checked here later."""
    with reading() as session:
        link, sent = find_receipt(session, code, receipt_code)
        record = verification.stored_record(session, sent.receipt_code)
        report = sent_report(session, link, sent)
        warnings = sent_warnings(session, sent)
    page = render_template(
        "receipts/file.html",
        link=link,
        receipt=sent,
        report=_unlinked(render_template("unit/report.html", report=report)),
        warnings=warnings,
        record=Markup(_in_script(canonical_json(asdict(record)))),  # noqa: S704 - no tag can begin in it
        **_proof(link, sent),
    )
    response = Response(_sealed(page), mimetype="text/html")
    name = f"Biên nhận {show_code(sent.receipt_code)}.html"
    response.headers["Content-Disposition"] = content_disposition(name)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def find_receipt(session: Session, code: str, receipt_code: str) -> tuple[OpenLink, SentRevision]:
    """Return a link and one of its receipts. Raises Problem as `reporting.receipt` does."""
    if not is_valid(normalise_code(receipt_code)):
        raise Problem("receipt_unknown")
    link = reporting.open_link(session, code, current_moment())
    return link, reporting.receipt(session, link, receipt_code)


def _proof(link: OpenLink, sent: SentRevision) -> dict[str, Any]:
    address = check_address(sent.receipt_code)
    starts = range(0, len(sent.digest), GROUP_SIGNS)
    return {
        "digest": [sent.digest[start : start + GROUP_SIGNS] for start in starts],
        "address": address,
        "qr_code": qr_code(address),
        "by_unit": sent.author == reporting.unit_actor(link),
    }


def check_address(receipt_code: str) -> str:
    """Return the whole address at which anybody can check a receipt."""
    public_url = current_app.config["SETTINGS"].public_url
    return f"{public_url}{CHECK_PATH}?ma={receipt_code}"


def qr_code(address: str) -> Markup:
    """Return a QR code as an SVG image, black on white in every colour scheme."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass="qr-code", lineclass=None, light="#fff")
    return Markup(drawn)  # noqa: S704 - drawn by segno, which writes no text into it


# --- files ----------------------------------------------------------------------------------------


def read_receipt(content: bytes) -> SentRecord | None:
    """Return the record in a receipt file, whatever it says; None for any other file."""
    begins = content.find(RECORD_BEGINS)
    ends = content.find(RECORD_ENDS, begins)
    if begins < 0 or ends < 0:
        return None
    try:
        found = json.loads(content[begins + len(RECORD_BEGINS) : ends])
        canonical_json(found).encode()  # half characters have no UTF-8
    except (ValueError, RecursionError):
        return None
    return SentRecord(**found) if _is_record(found) else None


def _is_record(found: object) -> bool:
    return (
        isinstance(found, dict)
        and found.keys() == FIELDS.keys()
        # Exactly: True is an int as well.
        and all(type(found[name]) is kind for name, kind in FIELDS.items())
    )


def is_untouched(content: bytes) -> bool:
    """Tell whether a receipt file is what was downloaded, down to what it shows."""
    body, _, seal = _plain(content).rpartition(SEAL_BEGINS)
    given = seal.strip().removesuffix(SEAL_ENDS).decode("ascii", "replace")
    return hmac.compare_digest(_seal(body).encode(), given.encode())


def _sealed(page: str) -> bytes:
    body = _plain(page.encode()) + b"\n"
    return body + SEAL_BEGINS + _seal(body).encode() + SEAL_ENDS + b"\n"


def _plain(content: bytes) -> bytes:
    """Return a text file without what editors and mail change by themselves."""
    return content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip(b"\n")


def _seal(body: bytes) -> str:
    key = f"receipt:{current_app.config['SETTINGS'].secret_key}"
    return hmac.new(key.encode(), body, "sha256").hexdigest()


def _unlinked(page: str) -> Markup:
    """Return what was sent without links and pictures: they would open the report to anybody."""
    return Markup(LINKS.sub("", page))  # noqa: S704 - a template of ours has made it


def _in_script(written: str) -> str:
    """Return JSON so that it can stand in a script element."""
    return written.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
