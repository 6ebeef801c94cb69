"""What a fill-in workbook is known by when it comes back: a signed text in it, never its link."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from itsdangerous import BadSignature, URLSafeSerializer

SALT = "fill-in-workbook"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose report a workbook is, and what stood in it when it was made.

    `form` is the digest of the form version, `base` the number of the revision it began from, 0 for
    none, `draft` when the draft that it began from was saved, blank for none. The names are those
    that people know the unit and the round by.
    """

    campaign: str
    round: str
    round_title: str
    unit: str
    unit_name: str
    form: str
    base: int
    draft: str = ""


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


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=SALT)
