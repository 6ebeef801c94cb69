"""No two looks at the counts of feedback tell of a small group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest

from exports.releasing import Block, Place, Waiting, blocks, patterns

Shown = tuple[tuple[tuple[int, ...], Place, int], ...]


def test_the_link_is_given_up_first_and_then_the_last_question() -> None:
    assert patterns(2) == ((0, 1, 2), (0, 1), (0, 2), (0,), (2,), ())


def count(places: Sequence[Place], threshold: int, *, long: bool = False) -> list[Block]:
    waiting = [Waiting(number, place, long) for number, place in enumerate(places)]
    return list(blocks(waiting, len(places[0]) - 1 if places else 0, threshold))


def test_enough_that_is_alike_is_counted_at_once() -> None:
    places = [("a", "x")] * 3 + [("b", "x")] * 2
    assert [(block.place, len(block.keys)) for block in count(places, 3)] == [(("a", "x"), 3)]


def test_what_has_waited_is_counted_with_what_is_less_alike() -> None:
    places = [("a", "x")] * 2 + [("a", "y")] * 1 + [("b", "x")] * 2
    found = count(places, 3, long=True)
    assert [(block.known, block.place, len(block.keys)) for block in found] == [((0,), ("a",), 3)]


def test_a_size_that_tells_every_kind_is_not_shown() -> None:
    assert count([("a", "x")] * 2 + [("b", "x")] * 2, 3, long=True) == []


# --- whoever looks after each feedback ------------------------------------------------------------


class Round:
    """A round in which feedback comes one by one, is counted after each, and closes at the end."""

    def __init__(self, places: Sequence[Place], threshold: int) -> None:
        self.threshold = threshold
        self.waiting: dict[int, Place] = {}
        self.groups: dict[tuple[tuple[int, ...], Place], int] = defaultdict(int)
        self.members: dict[tuple[tuple[int, ...], Place], list[Hashable]] = defaultdict(list)
        self.looks: list[Shown] = []
        for number, place in enumerate(places):
            self.waiting[number] = place
            self.look(long=False)
        self.look(long=True)

    def look(self, *, long: bool) -> None:
        """Count what can be counted, and look at everything that is shown."""
        waiting = [Waiting(number, place, long) for number, place in self.waiting.items()]
        questions = len(waiting[0].place) - 1 if waiting else 0
        for block in blocks(waiting, questions, self.threshold):
            self.groups[block.known, block.place] += len(block.keys)
            self.members[block.known, block.place] += block.keys
            for key in block.keys:
                assert isinstance(key, int)
                del self.waiting[key]
        shown = tuple(sorted((*group, number) for group, number in self.groups.items()))
        if not self.looks or self.looks[-1] != shown:
            self.looks.append(shown)


@pytest.mark.parametrize(("threshold", "longest"), [(2, 6), (3, 7)])
@pytest.mark.parametrize("kinds", [2, 3])
def test_no_hidden_count_can_be_pinned(threshold: int, longest: int, kinds: int) -> None:
    """All that is ever shown is compared with every story that would have looked the same.

    Whoever looks knows the rule and looks after each feedback, but is not told that one has come.
    """
    longest = longest if kinds == 2 else longest - 1
    stories = defaultdict(set)
    names = "abc"[:kinds]
    for length in range(longest + 1):
        for story in product(names, repeat=length):
            seen = Round([(kind, "link") for kind in story], threshold)
            stories[tuple(seen.looks)].add(tuple(map(story.count, names)))
    for looks, possible in stories.items():
        shown = {place[0]: number for known, place, number in looks[-1] if 0 in known}
        shortest = min(map(sum, possible))
        # Longer stories that look the same have been cut off.
        if shortest > longest - threshold:
            continue
        for part, name in enumerate(names):
            counts = {counts[part] for counts in possible}
            hidden = max(counts) - shown.get(name, 0)
            assert len(counts) > 1 or not hidden, (looks, possible)


@pytest.mark.parametrize("seed", range(6))
def test_no_sum_of_what_is_shown_is_about_fewer_people(seed: int) -> None:
    """Everything that is ever shown is a system of equations over people: it is solved.

    A number that is shown says how many of certain people answered something; so does any sum or
    difference of such numbers. None of them is about a part of fewer people than a group needs.
    """
    random, threshold = Random(seed), 4
    places = [
        (random.choice("ab"), random.choice("uvwxyz"), random.choice(("l1", "l2")))
        for _ in range(60)
    ]
    rows: list[list[Fraction]] = []
    seen = Round([], threshold)
    for number, place in enumerate(places):
        seen.waiting[number] = place
        seen.look(long=random.random() < 0.1)
        rows += shown_sums(seen, len(places))
    solved = reduce(rows)
    assert solved
    for small in (*combinations(range(len(places)), 1), *combinations(range(len(places)), 2)):
        wanted = [Fraction(person in small) for person in range(len(places))]
        assert not is_sum_of(solved, wanted), small
    # Whoever is always counted together can only be told apart from others together.
    together: dict[tuple[Fraction, ...], int] = defaultdict(int)
    for person in range(len(places)):
        together[tuple(row[person] for row in solved)] += 1
    assert min(size for column, size in together.items() if any(column)) >= threshold


def shown_sums(seen: Round, people: int) -> Iterator[list[Fraction]]:
    """Yield who is in each group shown, in each sum of groups by a part, and in the total."""
    for part in (None, 0, 1, 2):
        sums: dict[object, set[Hashable]] = defaultdict(set)
        for (known, place), members in seen.members.items():
            label = dict(zip(known, place, strict=True)).get(part) if part is not None else ""
            sums[label].update(members)
            sums[known, place].update(members)
        for members in sums.values():
            yield [Fraction(person in members) for person in range(people)]


def reduce(rows: Sequence[list[Fraction]]) -> list[list[Fraction]]:
    """Return rows that span the same, each with a first place that no other has."""
    solved: list[list[Fraction]] = []
    for row in {tuple(row) for row in rows}:
        rest = without(solved, list(row))
        if any(rest):
            first = next(place for place, value in enumerate(rest) if value)
            rest = [value / rest[first] for value in rest]
            solved = [
                [a - b * other[first] for a, b in zip(other, rest, strict=True)] for other in solved
            ]
            solved.append(rest)
    return solved


def without(solved: Sequence[list[Fraction]], row: list[Fraction]) -> list[Fraction]:
    for other in solved:
        first = next(place for place, value in enumerate(other) if value)
        if row[first]:
            factor = row[first]
            row = [a - factor * b for a, b in zip(row, other, strict=True)]
    return row


def is_sum_of(solved: Sequence[list[Fraction]], wanted: list[Fraction]) -> bool:
    return not any(without(solved, wanted))
