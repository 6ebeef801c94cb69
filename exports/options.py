"""What may be chosen of a consolidated workbook; what is chosen is printed in it and in the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkbookOptions:
    """What a consolidated workbook is of, and how it shows it.

    Of `rounds` and `groups`, by their codes, blank means all. `required_only` leaves out the units
    that are merely invited. What was sent back for correction counts only when `returned`, and
    units that were asked by the unit above them are there only when `communes`. Groups of fewer
    feedbacks than `least` are not shown, nor ever those of fewer than their round says. `labelled`
    shows choices among the raw answers by their labels, and `contacts` what serves to reach a
    person. With a `letterhead` tables are documents of their own, else annexes of the report.
    `predecessor` is the code of an earlier campaign to compare with.
    """

    language: str = "vi"
    rounds: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    required_only: bool = False
    returned: bool = False
    communes: bool = True
    least: int = 0
    labelled: bool = False
    contacts: bool = False
    letterhead: bool = False
    predecessor: str = ""

    def as_details(self) -> dict[str, Any]:
        """Return every choice as JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    def as_arguments(self) -> dict[str, Any]:
        """Return what is chosen otherwise than usual, as the arguments of an address."""
        return {
            part.name: _argument(value)
            for part in fields(self)
            if (value := getattr(self, part.name)) != part.default and part.name != "contacts"
        }


USUAL = WorkbookOptions()


def stored_options(details: Mapping[str, Any]) -> WorkbookOptions:
    """Return the choices that `as_details` gave."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in details.items()
    }
    return WorkbookOptions(**given)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _argument(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else _plain(value)
