"""Messages as mail servers send them back."""

from __future__ import annotations

ADDRESS = "tuyengiao@rachgia.example"

# RFC 3464, as Postfix writes it.
DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ban@kiengiang.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Ban <ban@kiengiang.example>
To: {address}
{message_id}

--b1--
"""

# As qmail writes it: no report, only words.
QMAIL = """\
From: MAILER-DAEMON@qmail.example
To: ban@kiengiang.example
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{address}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{message_id}
"""


def returned(
    message_id: str = "",
    address: str = ADDRESS,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "550 5.1.1 User unknown",
    text: str = DSN,
) -> bytes:
    """Return a message that says that a letter came back, or is late."""
    head = f"Message-ID: {message_id}" if message_id else "Subject: a letter"
    filled = text.format(message_id=head, address=address, action=action, status=status, said=said)
    return filled.replace("\n", "\r\n").encode()
