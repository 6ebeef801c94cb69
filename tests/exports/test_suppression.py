"""No hidden count can be computed from what is shown."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest

from exports.suppression import suppress, suppress_together


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


def test_a_total_that_betrays_a_printed_group_is_hidden_and_so_is_what_adds_up_to_it() -> None:
    groups, links = {"members": 29, "people": 4}, {"a link": 33}
    shown = suppress_together(33, [groups], [links], 10)
    assert shown.total is None
    assert shown.printed == ({"members": 29, "people": None},)
    assert shown.others == ({"a link": None},)


def test_a_total_that_is_printed_anyway_is_shown() -> None:
    groups, links = {"members": 29, "people": 14}, {"a": 23, "b": 16, "c": 4}
    shown = suppress_together(43, [groups], [links], 10)
    assert shown.total == 43
    assert shown.printed == (groups,)
    assert shown.others == ({"a": 23, "b": None, "c": None},)


def test_that_nothing_has_come_is_no_secret_and_that_little_has_come_is_one() -> None:
    assert suppress_together(0, [{"a": 0, "b": 0}], [{"c": 0}], 10).total == 0
    assert suppress_together(9, [], [{"c": 9}], 10).total is None


@pytest.mark.parametrize("threshold", [3, 4])
@pytest.mark.parametrize("groups", [1, 2, 3])
@pytest.mark.parametrize("links", [1, 2, 3])
def test_whoever_knows_the_rule_and_what_is_printed_cannot_compute_a_hidden_count(
    threshold: int, groups: int, links: int
) -> None:
    """All that is shown, here and in print, is compared with all counts that would look the same.

    In print stands every group that reaches the threshold.
    """
    most = threshold * 2 if groups + links > 4 else threshold * 2 + 2
    by_total = defaultdict(list)
    for counts in product(range((most - 1) * groups + 1), repeat=links):
        by_total[sum(counts)].append(counts)
    possible = defaultdict(list)
    for printed in product(range(most), repeat=groups):
        for others in by_total[sum(printed)]:
            tables = [dict(zip("abc", counts, strict=False)) for counts in (printed, others)]
            shown = suppress_together(sum(printed), tables[:1], tables[1:], threshold)
            in_print = tuple(count if count >= threshold else None for count in printed)
            seen = (*shown.printed[0].values(), *shown.others[0].values())
            possible[shown.total, in_print, seen].append((*printed, *others))
    for (total, in_print, seen), candidates in possible.items():
        for index, count in enumerate(seen):
            is_printed = index < groups and in_print[index] is not None
            if count is None and total != 0 and not is_printed:
                assert len({counts[index] for counts in candidates}) > 1, (in_print, seen)
