"""What a fill-in workbook is known by when it comes back: a signed text in it, never its link."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from itsdangerous import BadSignature, URLSafeSerializer

from forms.answers import Typed
from forms.tree import canonical_json

SALT = "fill-in-workbook"
PRINT_SIGNS = 16


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose report a workbook is, and what stood in it when it was made.

    `form` is the digest of the form version, `base` the number of the revision that it began from
    and `draft` that of the saving, 0 for none. The names are those that people know the unit and
    the round by.
    """

    campaign: str
    round: str
    round_title: str
    unit: str
    unit_name: str
    form: str
    base: int
    draft: int


def sign(secret_key: str, identity: Identity) -> str:
    """Return the identity as a text that nobody else can make."""
    return str(_serializer(secret_key).dumps(asdict(identity)))


def read_identity(secret_key: str, token: str) -> Identity | None:
    """Return the identity in a text that `sign` made; None for any other."""
    try:
        known = _serializer(secret_key).loads(token)
    except BadSignature:
        return None
    names = {field.name for field in fields(Identity)}
    return Identity(**known) if isinstance(known, dict) and known.keys() == names else None


def prints_of(secret_key: str, typed: Typed) -> Mapping[str, str]:
    """Return for each input what tells whether it still says the same; nobody can read it.

    A workbook carries them, so that what nobody changed in it overwrites nobody's answer.
    """
    key = f"{SALT}:{secret_key}".encode()
    return {
        name: hmac.new(key, canonical_json([name, texts]).encode(), hashlib.sha256).hexdigest()[
            :PRINT_SIGNS
        ]
        for name, texts in typed.items()
    }


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=SALT)
