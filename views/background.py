"""What the worker does besides delivering letters; each is a task without arguments."""

from __future__ import annotations

import imaplib

from flask import current_app

from models.database import transaction
from services import audit, bounces, cards, feedback_counts, mailbox, retention
from services.mailbox import MailboxPlace
from views import account_mail, delivery
from views.filling import current_moment


def mingle_cards() -> None:
    """Take away what could tell which card was used for which feedback."""
    with transaction() as session:
        cards.mingle(session)
    with transaction() as session:
        cards.settle_order(session)


def count_feedback() -> None:
    """Count what participants have sent, as far as it can be counted without telling of anybody."""
    while True:
        with transaction() as session:
            if not feedback_counts.count_up(session, current_moment()):
                return


def erase_contacts() -> None:
    """Erase the contacts whose time has come, and the files of the letters to them."""
    more = True
    while more:
        with transaction() as session:
            more = retention.erase_due(session, current_moment()).more
    delivery.forget_files()
    account_mail.forget_files()


def read_mailbox() -> None:
    """Mark the letters that came back to the mailbox, if one is set up."""
    place: MailboxPlace | None = current_app.config["MAILBOX"]
    if place is None:
        return
    try:
        with mailbox.opened(place) as box:
            for number, content in box.messages():
                returned = bounces.read(content)
                with transaction() as session:
                    noted = bounces.note(session, returned, current_moment())
                    bounces.record(session, noted, audit.SYSTEM, current_moment())
                # Afterwards: read twice, a message marks nothing more.
                box.mark(number, seen=bool(noted))
    except (OSError, imaplib.IMAP4.error) as error:
        current_app.logger.warning("the mailbox cannot be read: %s", error)
