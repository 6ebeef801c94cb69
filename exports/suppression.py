"""Which counts may be shown, so that no small group of people can be made out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Counts = Mapping[str, int]
Shown = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class ShownTogether:
    """Several counts of the same persons, with None for those that must not be shown."""

    total: int | None
    printed: tuple[Shown, ...]
    others: tuple[Shown, ...]


def suppress_together(
    total: int, printed: Sequence[Counts], others: Sequence[Counts], threshold: int
) -> ShownTogether:
    """Return the total and the counts of the same persons, by several questions, fit to be shown.

    The counts of `printed` stand elsewhere too, each that reaches `threshold` on a page of its own.
    A count that is hidden there must not be what is left when those shown are taken from the total;
    so the total is hidden then as well, and of the others, which add up to it, so many that those
    shown add up to no more than what is printed.
    """
    hiding = [counts for counts in printed if min(counts.values(), default=0) < threshold]
    if not hiding:
        known = tuple(suppress(counts, threshold) for counts in others)
        return ShownTogether(_or_none(total, threshold), tuple(printed), known)
    alone = tuple(suppress(counts, threshold, total_known=False) for counts in printed)
    most = min(sum(c for c in counts.values() if c >= threshold) for counts in hiding)
    below = tuple(_up_to(counts, threshold, most) for counts in others)
    return ShownTogether(None if total else 0, alone, below)


def suppress(counts: Counts, threshold: int, total_known: bool = True) -> Shown:
    """Return the counts with None for those that must not be shown.

    Counts under `threshold` are hidden. When the total of all is known as well, a hidden count
    could be computed from the others; so the smallest shown counts are hidden too (complementary
    suppression), until it cannot. All counts equal to the smallest go together: whoever knows
    this rule cannot tell then which of the hidden counts is which. What the total alone gives
    away, such as that everything is 0, no suppression hides.
    """
    hidden = {name for name, count in counts.items() if count < threshold}
    if total_known and hidden and _betrayed([counts[name] for name in hidden], threshold):
        hidden |= _smallest(counts, hidden)
    return _without(counts, hidden)


def _up_to(counts: Counts, threshold: int, most: int) -> Shown:
    """Return the counts, at least one of them hidden, and no more shown than `most` together."""
    hidden = {name for name, count in counts.items() if count < threshold}
    while len(hidden) < len(counts) and _tells(counts, hidden, threshold, most):
        hidden |= _smallest(counts, hidden)
    return _without(counts, hidden)


def _tells(counts: Counts, hidden: set[str], threshold: int, most: int) -> bool:
    """Return whether what is shown, beside `most` that is known, leaves a count only one value."""
    shown = [count for name, count in counts.items() if name not in hidden]
    rest = most - sum(shown)
    # The most that a hidden count can be: one under the threshold, or under the smallest shown.
    highest = (threshold - 1, min(shown) - 1)
    return not hidden or rest < 0 or rest in (len(hidden) * count for count in highest)


def _smallest(counts: Counts, hidden: set[str]) -> set[str]:
    """Return the smallest of the counts that are not hidden, all that are equal to it."""
    least = min((count for name, count in counts.items() if name not in hidden), default=-1)
    return {name for name, count in counts.items() if count == least}


def _without(counts: Counts, hidden: set[str]) -> Shown:
    return {name: None if name in hidden else count for name, count in counts.items()}


def _or_none(total: int, threshold: int) -> int | None:
    return total if total >= threshold or not total else None


def _betrayed(hidden: list[int], threshold: int) -> bool:
    """Return whether the sum of the counts under the threshold leaves them only one value each."""
    return len(hidden) == 1 or sum(hidden) in (0, len(hidden) * (threshold - 1))
