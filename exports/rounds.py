"""What a consolidated workbook is made from: a campaign, its rounds and their responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from exports.feedback import CountedFeedback, ReviewedComment
from exports.options import USUAL, WorkbookOptions
from exports.wording import Words
from forms.tree import Definition

Answers = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """A group (khối) of units, in the order in which the campaign names them."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ReportingUnit:
    """A unit as one round sees it: `required` or invited, `counted` in grand totals or not.

    `above` is the code of the unit below which it stands in tables.
    """

    code: str
    name: str
    short_name: str
    group_code: str
    level: str
    required: bool
    counted: bool
    above: str = ""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a difficulty: its state, what the unit was told, how many days it was open.

    `answered_on` is the local day on which the unit was told.
    """

    state: str
    answer: str
    days: int
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class UnitResponse:
    """What one unit has sent, or has not.

    `answers` is the canonical JSON data of the latest revision and `definition` the form version
    it was given to; both are None for a unit that has not sent. `state` is the name of a state of
    an assignment, `days_late` a number of days, `returns` how often the report was sent back.
    `sent_at` is the first sending, on which the state depends, and `corrected_at` the latest one
    when it is another. `explanations` is canonical JSON; see forms.explanations. `revisions` counts
    its sendings. `extended_to` is another due time of this unit, and `stage` what the board
    decided: sent, returned or accepted. `handled` is what became of what was sent to a standing
    round. A unit that was `added_later`, after the round had opened, is in no rate of it; one that
    was withdrawn afterwards has a reason and perhaps a successor. `ticks` are the rows that the
    board has ticked (exports.ticks), and `response_id` tells whose they are. `asked_by` is the code
    of the unit above it that asked it, blank when the board did. Of a report that is `held_back`,
    because it was returned, there are no answers: it is sent, and counts in nothing.
    """

    unit: ReportingUnit
    definition: Definition | None
    answers: Answers | None
    sent_at: datetime | None
    state: str
    days_late: int | None = None
    returns: int = 0
    corrected_at: datetime | None = None
    explanations: str = "{}"
    revisions: int = 0
    extended_to: datetime | None = None
    stage: str = ""
    handled: Handled | None = None
    added_later: bool = False
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    successor_name: str = ""
    response_id: int = 0
    ticks: frozenset[tuple[str, str]] = frozenset()
    asked_by: str = ""
    held_back: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the unit has sent, whatever has become of it."""
        return self.answers is not None or self.held_back

    @property
    def is_part(self) -> bool:
        """Whether the unit is a part of the one that asked it, and told of in that one's report.

        Units are counted without their parts. One that totals count stands for itself.
        """
        return bool(self.asked_by) and not self.unit.counted

    @property
    def newest_at(self) -> datetime | None:
        """When the answers were sent: with the latest correction."""
        return self.corrected_at or self.sent_at


@dataclass(frozen=True, slots=True)
class RoundResponses:
    """A round of kind `closed`, `public` or `standing`, and everything sent to it.

    `definition` is the newest version of its form. `responses` stand in official order: one per
    assigned unit in a closed round, one per response in a standing one. `feedback` holds the
    groups of feedback of a public round as they may be shown, `feedback_definitions` the versions
    that they were given to, and `comments` those that the board lets others read.
    """

    code: str
    title: str
    kind: str
    definition: Definition
    due_at: datetime | None = None
    responses: tuple[UnitResponse, ...] = ()
    feedback: tuple[CountedFeedback, ...] = ()
    feedback_definitions: tuple[Definition, ...] = ()
    comments: tuple[ReviewedComment, ...] = ()

    @property
    def of_rates(self) -> tuple[UnitResponse, ...]:
        """The units that rates are counted of: those asked when the round opened, no parts."""
        return tuple(response for response in self.of_units if not response.added_later)

    @property
    def of_units(self) -> tuple[UnitResponse, ...]:
        """The responses that count as those of a unit: not those of a part of another one."""
        return tuple(response for response in self.responses if not response.is_part)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Every version of the form that was answered, the newest first."""
        reports = filter(None, (response.definition for response in self.responses))
        return tuple(dict.fromkeys([self.definition, *reports, *self.feedback_definitions]))


def sent_of(responses: Iterable[UnitResponse], words: Words, title: str = "") -> str:
    """Return how many units have sent, of how many, and how many of their reports are held back.

    Those that were added later, and the parts of others, are told apart. A `title` names the round.
    """
    listed = tuple(responses)
    units = [response for response in listed if not response.is_part]
    asked = [response for response in units if not response.added_later]
    parts = (
        ("round_sent_of" if title else "sent_of", asked),
        ("added_sent_of", [response for response in units if response.added_later]),
        ("parts_sent_of", [response for response in listed if response.is_part]),
    )
    return "".join(
        words[word].format(round=title, **_sent_of(found, words))
        for word, found in parts
        if found or found is asked
    )


def _sent_of(responses: Sequence[UnitResponse], words: Words) -> Mapping[str, object]:
    held_back = sum(response.held_back for response in responses)
    return {
        "sent": sum(response.is_sent for response in responses),
        "all": len(responses),
        "returned": words["returned_of"].format(number=held_back) if held_back else "",
    }


@dataclass(frozen=True, slots=True)
class Consolidation:
    """A campaign as its workbook shows it.

    `exported_at` is aware, in UTC.
    `report_symbol` ends the number of the report that the sheets are annexes of: "-BC/BTGTU".
    `document_style` is "party" or "decree". `log_head` is the digest of the newest entry of the log
    at that time, `exported_by` the account that asked for it. `options` are what was chosen of it,
    and `previous` is the earlier campaign that it is compared with, told by the same choices.
    """

    campaign_code: str
    title: str
    subject: str
    board_name: str
    parent_body: str
    place: str
    signer_title: str
    signer_name: str
    groups: tuple[Group, ...]
    rounds: tuple[RoundResponses, ...]
    exported_at: datetime
    language: str = "vi"
    report_symbol: str = ""
    log_head: str = ""
    exported_by: str = ""
    document_style: str = "party"
    options: WorkbookOptions = USUAL
    previous: Consolidation | None = None

    @property
    def board_short_name(self) -> str:
        """The name of the board without that of the body it belongs to, which stands above it."""
        return self.board_name.replace(self.parent_body, "").strip(" ,") or self.board_name
