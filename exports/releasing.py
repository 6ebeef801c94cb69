"""Which feedback may be counted, so that no two looks at the counts tell of a small group.

Feedback is counted by the block. A block holds at least `threshold` feedbacks that are alike in the
answers the block is known by, is counted once and as a whole, and never changes. Whatever is shown,
at any time and on any page, is a sum of blocks: so whatever is computed from it, also by taking one
look from another, speaks of at least so many people.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# What a feedback answered to each question that feedback is told apart by, in order; and its link.
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A feedback that is not counted yet.

    `long` when it has waited long enough to be put together with feedback that is less alike.
    """

    key: Hashable
    place: Place
    long: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Feedback to be counted together; `known` says which parts of their place they share."""

    known: tuple[int, ...]
    place: Place
    keys: tuple[Hashable, ...]


def patterns(questions: int) -> tuple[tuple[int, ...], ...]:
    """Return which parts of a place a block may be known by, from the most to the least.

    The link, which is the last part, is given up first, then the last question, and so on.
    """
    kept = []
    for count in range(questions, -1, -1):
        known = tuple(range(count))
        kept += [(*known, questions), known]
    return tuple(kept)


def blocks(waiting: Iterable[Waiting], questions: int, threshold: int) -> Iterator[Block]:
    """Yield the blocks that can be counted now; what is in none of them goes on waiting.

    Feedback that is alike in every part is a block as soon as it is enough. What has waited long is
    put together with what is less alike. Then a block must not tell how many of each kind it has:
    a kind that was not enough by itself has at most `threshold` - 1, and a block whose size is the
    most that its kinds can have would say that each has just so many.
    """
    first, *others = patterns(questions)
    rest = _Rest(waiting)
    yield from rest.take(first, threshold, ())
    rest.keep_long()
    finer = [first]
    for known in others:
        yield from rest.take(known, threshold, finer)
        finer.append(known)


class _Rest:
    """What has been put into no block so far."""

    def __init__(self, waiting: Iterable[Waiting]) -> None:
        self.waiting = list(waiting)

    def keep_long(self) -> None:
        """Forget those that have not waited long."""
        self.waiting = [one for one in self.waiting if one.long]

    def take(
        self, known: tuple[int, ...], threshold: int, finer: Sequence[tuple[int, ...]]
    ) -> Iterator[Block]:
        """Take out the blocks that share the `known` parts."""
        found = _alike(self.waiting, known)
        self.waiting = []
        for place, alike in found.items():
            if len(alike) < threshold or _tells(alike, finer, threshold):
                self.waiting += alike
            else:
                yield Block(known, place, tuple(one.key for one in alike))


def _alike(waiting: Iterable[Waiting], known: tuple[int, ...]) -> Mapping[Place, list[Waiting]]:
    found: dict[Place, list[Waiting]] = {}
    for one in waiting:
        found.setdefault(tuple(one.place[part] for part in known), []).append(one)
    return found


def _tells(alike: Sequence[Waiting], finer: Sequence[tuple[int, ...]], threshold: int) -> bool:
    """Tell whether the size of a block gives away how many of each kind are in it."""
    return any(len(alike) == len(_alike(alike, known)) * (threshold - 1) for known in finer)
