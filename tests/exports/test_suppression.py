"""No hidden count can be computed from what is shown."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from exports.suppression import suppress


def test_small_counts_are_hidden() -> None:
    counts = {"a": 3, "b": 50, "c": 4, "d": 10}
    assert suppress(counts, 10) == {"a": None, "b": 50, "c": None, "d": 10}


def test_one_hidden_count_takes_the_smallest_other_with_it() -> None:
    assert suppress({"a": 3, "b": 50, "c": 20}, 10) == {"a": None, "b": 50, "c": None}


def test_without_a_known_total_one_count_can_hide_alone() -> None:
    counts = {"a": 3, "b": 50}
    assert suppress(counts, 10, total_known=False) == {"a": None, "b": 50}


def test_large_counts_are_all_shown() -> None:
    counts = {"a": 10, "b": 11}
    assert suppress(counts, 10) == counts


def test_nothing_is_hidden_of_nothing() -> None:
    assert suppress({}, 10) == {}


@pytest.mark.parametrize("threshold", [2, 3, 4])
@pytest.mark.parametrize("groups", [2, 3, 4])
def test_whoever_knows_the_rule_and_the_total_cannot_compute_a_hidden_count(
    threshold: int, groups: int
) -> None:
    """Every published table is compared with all counts that would be published the same."""
    names = "abcd"[:groups]
    possible = defaultdict(list)
    for counts in product(range(threshold * 2 + 2), repeat=groups):
        shown = suppress(dict(zip(names, counts, strict=True)), threshold)
        possible[tuple(shown.values()), sum(counts)].append(counts)
    for (shown_counts, total), candidates in possible.items():
        for index, shown_count in enumerate(shown_counts):
            if shown_count is None and total > 0:
                assert len({counts[index] for counts in candidates}) > 1, (shown_counts, total)
