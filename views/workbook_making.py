"""What the worker does for a consolidated workbook: collect, build and write, and say how far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from exports.options import WorkbookOptions
from exports.rounds import Consolidation
from models.database import reading
from services import consolidation
from services.exporting import Made, Standing
from views.background import count_feedback
from views.filling import current_moment
from views.workbook import make_workbook, workbook_name

Sheet = TypeVar("Sheet")
# From how many steps are done and how many there are; it raises when nobody wants the rest.
Step = Callable[[int, int], None]
# What is a step besides each sheet built and each sheet written: collecting, and the file itself.
OTHER_STEPS = 2
# Sheets that no form asks for.
OWN_SHEETS = 6


def write_consolidated(taken: Standing, options: WorkbookOptions, path: Path, step: Step) -> Made:
    """Write the consolidated workbook of a campaign; `rows` of what was made are its sheets."""
    count_feedback()
    with reading() as session:
        collected = consolidation.collect(
            session, taken.wanted.campaign, current_moment(), actor=taken.actor, options=options
        )
    steps = Steps(step, OTHER_STEPS + 2 * _sheets(collected))
    steps.done()
    content = make_workbook(collected, steps.watch)
    path.write_bytes(content)
    return Made(
        workbook_name(collected),
        len(content),
        hashlib.sha256(content).hexdigest(),
        steps.watched // 2,
        collected.log_head,
    )


def _sheets(collected: Consolidation) -> int:
    return OWN_SHEETS + sum(len(asked.definition.tables) for asked in collected.rounds)


class Steps:
    """Counts what is done of about so many steps, and says so after each."""

    def __init__(self, step: Step, expected: int) -> None:
        self._step, self._expected = step, expected
        self._number = self.watched = 0

    def done(self) -> None:
        """Count one step."""
        self._number += 1
        self._step(self._number, self._expected)

    def watch(self, sheets: Iterator[Sheet]) -> Iterator[Sheet]:
        """Hand sheets on; each is a step."""
        for sheet in sheets:
            self.watched += 1
            self.done()
            yield sheet
