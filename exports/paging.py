"""Where the pages of a printed sheet end, as far as that can be told, and where one must end.

A program that prints may end a page a little earlier or later; a break of our own stands fast.
"""

from __future__ import annotations

from collections.abc import Sequence

from exports.cells import MILLIMETRES_AN_INCH, Setup
from exports.measure import EDGE_PIXELS, column_pixels

A4_LONG, A4_SHORT = 297, 210
DOTS_AN_INCH, POINTS_AN_INCH = 96, 72
# What programs round up, and printers leave out.
USED = 0.97


def print_scale(widths: Sequence[float], *, landscape: bool) -> int:
    """Return the scale in percent, at most 100, at which columns fit the width of a page."""
    long, setup = A4_LONG if landscape else A4_SHORT, Setup()
    room = (long - setup.left - setup.right) / MILLIMETRES_AN_INCH * DOTS_AN_INCH * USED
    needed = sum(int(column_pixels(width)) + EDGE_PIXELS for width in widths)
    return min(100, int(room * 100 / needed)) if needed else 100


def break_before(
    heights: Sequence[float], heading: tuple[int, int], kept: int, scale: int, *, landscape: bool
) -> int | None:
    """Return `kept` when a page must end there for the rows from it on to stand on one page.

    None when they do so by themselves, or when not even a whole page has room for them. `heights`
    are in points, and the rows of the `heading` stand on every page.
    """
    short, setup = A4_SHORT if landscape else A4_LONG, Setup()
    room = (short - setup.top - setup.bottom) / MILLIMETRES_AN_INCH * POINTS_AN_INCH
    room *= USED * 100 / scale
    head = sum(heights[heading[0] : heading[1] + 1])
    rest = sum(heights[kept:])
    used, begun = 0.0, False
    for height in heights[:kept]:
        if used + height > room:
            used, begun = head, True
        used += height
    fits, can = used + rest <= room, head + rest <= room
    on_first = not begun and kept <= heading[1] + 1
    return kept if can and not fits and not on_first else None
