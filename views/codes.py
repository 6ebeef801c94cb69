"""Codes in addresses: what looks like a code is one, so that a slip is answered as a slip."""

from __future__ import annotations

from flask import current_app
from werkzeug.routing import BaseConverter

from language.codes import normalise_code

# Two signs more or less than a code has: a sign left out or typed twice is a slip, too.
CODE_LIKE = r"(?:[-\s\u2010-\u2015\u2212]*[0-9A-Za-z]){9,13}"


class UnitCode(BaseConverter):
    """The code of a unit's link: any first sign but "p"; hyphens and case do not matter.

    The check sign is left to the service, which tells a slip from an unknown code.
    """

    regex = f"(?![pP])[0-9A-Za-z]{CODE_LIKE}"

    def to_python(self, value: str) -> str:
        """Return the code in the form in which it is stored."""
        return normalise_code(value)


class PublicCode(UnitCode):
    """The code of a public link: its first sign is "p"."""

    regex = f"[pP]{CODE_LIKE}"


CONVERTERS = {"unit_code": UnitCode, "public_code": PublicCode}


def public_address(code: str) -> str:
    """Return the whole address of a link, as it is given away."""
    return f"{public_url()}/{code}"


def public_url() -> str:
    """Return the address that links begin with."""
    return str(current_app.config["SETTINGS"].public_url)
