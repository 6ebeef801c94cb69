"""How much room text in Times New Roman takes, so that nothing printed is cut off."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

# Advance widths in thousandths of the size, from the metrics of the regular font.
ADVANCES = {
    200: "|'",
    250: " ,.",
    278: "/:;\\ijlt",
    333: "!()-I[]`fr",
    389: "Js",
    444: '?acez"',
    480: "{}^",
    500: "#$*0123456789_bdghknopquvxyđ–",
    564: "FPS+<=>~",
    611: "ELTZ",
    667: "BCR",
    722: "ADGHKNOQUVXYwĐ",
    778: "&m",
    833: "%",
    921: "M@",
    944: "W",
}
# What has no entry (another script, a symbol) is taken for a full square.
SQUARE = 1000
# Bold letters are wider; a little is added for what a screen rounds up.
BOLD, SLACK = 1.1, 1.03
# One column unit is a digit of the body font on a screen of 96 dots an inch, and so is its edge.
DIGIT_PIXELS, EDGE_PIXELS = 8, 5
PIXELS_A_POINT = 96 / 72
LINE_SPACING, ROW_PADDING = 1.32, 2.5
# Excel allows no higher row.
HIGHEST_ROW = 409.0


class _Advances(dict[str, int]):
    def __missing__(self, sign: str) -> int:
        base = unicodedata.normalize("NFD", sign)[0]
        width = 0 if unicodedata.combining(sign) else self[base] if base != sign else SQUARE
        self[sign] = width
        return width


_advances = _Advances({sign: width for width, signs in ADVANCES.items() for sign in signs})


def text_pixels(text: str, size: int, *, bold: bool = False) -> float:
    """Return how wide one line of text of `size` points is, in pixels of a screen."""
    thousandths = sum(map(_advances.__getitem__, text))
    return thousandths / 1000 * size * PIXELS_A_POINT * SLACK * (BOLD if bold else 1)


def column_pixels(width: float) -> float:
    """Return how many pixels text has in a column of `width` units."""
    return width * DIGIT_PIXELS


def merged_width(widths: Sequence[float]) -> float:
    """Return the width in units of merged columns: the edges between them are room for text."""
    return sum(widths) + (len(widths) - 1) * EDGE_PIXELS / DIGIT_PIXELS


def text_units(text: str, size: int, *, bold: bool = False) -> float:
    """Return the width, in column units, of a column that shows the text on one line."""
    return (text_pixels(text, size, bold=bold) + EDGE_PIXELS) / DIGIT_PIXELS


@lru_cache(maxsize=8192)
def count_lines(text: str, width: float, size: int, *, bold: bool = False) -> int:
    """Return how many lines the text takes when wrapped in a column of `width` units."""
    available = column_pixels(width)
    return sum(_paragraph_lines(part, available, size, bold) for part in text.split("\n"))


def _paragraph_lines(text: str, available: float, size: int, bold: bool) -> int:
    if text_pixels(text, size, bold=bold) <= available:
        return 1
    space = text_pixels(" ", size, bold=bold)
    lines, used = 1, 0.0
    for word in text.split(" "):
        needed = text_pixels(word, size, bold=bold)
        if used and used + space + needed > available:
            lines, used = lines + 1, 0.0
        if needed > available:
            lines += int(needed // available)
            needed %= available
        used += needed + (space if used else 0)
    return lines


def row_height(lines: int, size: int) -> float:
    """Return the height in points of a row of so many lines."""
    return round((lines * size * LINE_SPACING + ROW_PADDING) * 4) / 4
