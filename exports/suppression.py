"""Which counts may be shown, so that no small group of people can be made out."""

from __future__ import annotations

from collections.abc import Mapping


def suppress(
    counts: Mapping[str, int], threshold: int, total_known: bool = True
) -> Mapping[str, int | None]:
    """Return the counts with None for those that must not be shown.

    Counts under `threshold` are hidden. When the total of all is known as well, a hidden count
    could be computed from the others; so the smallest shown counts are hidden too (complementary
    suppression), until it cannot. All counts equal to the smallest go together: whoever knows
    this rule cannot tell then which of the hidden counts is which. What the total alone gives
    away, such as that everything is 0, no suppression hides.
    """
    hidden = {name for name, count in counts.items() if count < threshold}
    if total_known and hidden and _betrayed([counts[name] for name in hidden], threshold):
        shown = [count for name, count in counts.items() if name not in hidden]
        hidden |= {name for name, count in counts.items() if count == min(shown, default=-1)}
    return {name: None if name in hidden else count for name, count in counts.items()}


def _betrayed(hidden: list[int], threshold: int) -> bool:
    """Return whether the sum of the counts under the threshold leaves them only one value each."""
    return len(hidden) == 1 or sum(hidden) in (0, len(hidden) * (threshold - 1))
