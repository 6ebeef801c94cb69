"""Short codes for links and receipts: readable aloud, random, with a check sign."""

import re
import secrets
from collections.abc import Callable

# No 0 o 1 i l. 31 is a prime: every weight has an inverse, so the check misses no single mistake.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 12
GROUP_LENGTH = 4

PUBLIC_FIRST = "p"
UNIT_FIRST = ALPHABET.replace(PUBLIC_FIRST, "")
RECEIPT_FIRST = ALPHABET

VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
# All different and none 0 modulo 31; the check sign, the last one, weighs 1.
WEIGHTS = range(CODE_LENGTH, 0, -1)

# Word turns hyphens into dashes; people type spaces.
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]")


def new_code(first: str, pick: Callable[[str], str] = secrets.choice) -> str:
    """Return a new code whose first sign is drawn from `first`.

    `first` is UNIT_FIRST, PUBLIC_FIRST or RECEIPT_FIRST; `pick` draws one sign of a text.
    Ten free signs hold 49 bits, so a code cannot be found by trying.
    """
    body = pick(first) + "".join(pick(ALPHABET) for _ in range(CODE_LENGTH - 2))
    return body + ALPHABET[-_weighted_sum(body) % len(ALPHABET)]


def normalise_code(text: str) -> str:
    """Return a code as it is stored, from what somebody typed: lower case, no separators."""
    return SEPARATORS.sub("", text).lower()


def is_valid(code: str) -> bool:
    """Tell whether a normalised code is well formed.

    Every single wrong sign and every swap of two different signs is caught.
    """
    known = len(code) == CODE_LENGTH and all(sign in VALUES for sign in code)
    return known and _weighted_sum(code) % len(ALPHABET) == 0


def show_code(code: str) -> str:
    """Write a code in groups of four: "k7m2-9xqa-bcde"."""
    starts = range(0, len(code), GROUP_LENGTH)
    return "-".join(code[start : start + GROUP_LENGTH] for start in starts)


def _weighted_sum(signs: str) -> int:
    return sum(weight * VALUES[sign] for weight, sign in zip(WEIGHTS, signs, strict=False))
