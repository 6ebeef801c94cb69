"""Numbers as Vietnamese write them: reading, rounding, percentages, Roman numerals."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

from language.text import clean

# One separator throughout; "0.123" is no group of thousands, hence the first digit.
GROUPED = r"[1-9][0-9]{0,2}([., ])[0-9]{3}(?:\1[0-9]{3})*"
INTEGER = re.compile(rf"[0-9]+|{GROUPED}")

# How numbers part their thousands and their decimals, and what Python writes for it.
WHOLE = str.maketrans("", "", "., ")
COMMA = str.maketrans(",", ".", ". ")
POINT = str.maketrans("", "", ",")
# How a decimal may be written, and how its signs are taken. The first match wins.
DECIMAL_READINGS = (
    (
        re.compile(r"-?(?:[0-9]+|[1-9][0-9]{0,2}([. ])[0-9]{3}(?:\1[0-9]{3})*)(?:,[0-9]+)?"),
        COMMA,
    ),
    (re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+\.[0-9]+"), POINT),
    (re.compile(r"-?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}"), POINT),
    (re.compile(r"-?[0-9]+\.[0-9]{1,2}"), POINT),
    (re.compile(r"-?0\.[0-9]+"), POINT),
)

# Wide enough for any number somebody types; the default of 28 digits makes quantize fail.
ROUNDING = Context(prec=5000, rounding=ROUND_HALF_UP)

VIETNAMESE_SIGNS = str.maketrans(",.", ".,")
COMPLETE = Decimal(100)

ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
ROMAN_LIMIT = 3999


def parse_integer(text: str) -> int:
    """Read a count: 1234, 1.234, 1,234 and 1 234 are the same number.

    Raises ValueError for anything else: for a count, "1,5" is a mistake and never 15.
    """
    cleaned = clean(text)
    if not INTEGER.fullmatch(cleaned):
        raise ValueError(f"not a whole number: {text!r}")
    return int(cleaned.translate(WHOLE))


def parse_decimal(text: str) -> Decimal:
    """Read a decimal number, Vietnamese first: 95,5 and 95.5 % are 95.5, and 1.234 is 1234.

    Raises ValueError when the text can be understood in no way.
    """
    cleaned = clean(text).replace("\u2212", "-").removesuffix("%").rstrip()
    for pattern, signs in DECIMAL_READINGS:
        if pattern.fullmatch(cleaned):
            return Decimal(cleaned.translate(signs))
    raise ValueError(f"not a number: {text!r}")


def round_half_up(value: Decimal, places: int) -> Decimal:
    """Round to `places` decimals, halves away from zero, as Excel does; never minus zero."""
    rounded = value.quantize(_step(places), context=ROUNDING)
    return rounded or abs(rounded)


def format_number(value: int | Decimal, places: int = 0, language: str = "vi") -> str:
    """Write a number with `places` decimals: 1.234,5 in Vietnamese, 1,234.5 in English."""
    written = f"{round_half_up(Decimal(value), places):,.{places}f}"
    return written.translate(VIETNAMESE_SIGNS) if language == "vi" else written


def percent(part: int | Decimal, whole: int | Decimal, places: int = 1) -> Decimal | None:
    """Return part / whole in percent, rounded half up to `places`, or None when there is no ratio.

    100 is shown only when complete and 0 only when there is nothing: else 99.9 and 0.1.
    """
    part, whole = Decimal(part), Decimal(whole)
    if part.is_nan() or whole.is_nan() or not whole:
        return None
    share = round_half_up(part * 100 / whole, places)
    if share == COMPLETE and part < whole:
        return share - _step(places)
    return _step(places) if part > 0 and not share else share


def roman(number: int) -> str:
    """Write `number` (1 to 3999) in Roman numerals; raises ValueError outside that range."""
    if not 1 <= number <= ROMAN_LIMIT:
        raise ValueError(f"no Roman numeral for {number}")
    written = ""
    for value, signs in ROMAN:
        count, number = divmod(number, value)
        written += signs * count
    return written


def _step(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)
