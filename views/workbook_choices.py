"""The choices of a consolidated workbook on their page: read from an address or a form, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from exports.options import WorkbookOptions
from language.numbers import parse_integer
from language.text import clean
from models.campaign import PUBLIC
from services import campaign_desk
from services.feedback_counts import round_threshold
from services.following import FollowedCampaign
from views.access import may_enter
from views.language import LANGUAGES, interface_language

# An input that says that all of the form is there: what is missing was not ticked.
WHOLE = "chosen"
MOST_LEAST = 1000
Given = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be chosen: rounds and groups by code, and campaigns to compare with.

    `thresholds` are the fewest feedbacks that a public round shows, by its code.
    """

    campaign: FollowedCampaign
    rounds: Mapping[str, str]
    thresholds: Mapping[str, int]
    earlier: Mapping[str, str]

    @property
    def groups(self) -> Mapping[str, str]:
        """The groups of units: code -> name."""
        return self.campaign.groups


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen; `faults` by input, and `least` as it was typed."""

    options: WorkbookOptions
    least: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> Sequence[tuple[str, str]]:
        """Each fault with the id of its input."""
        return tuple(self.faults.items())


def offered(
    session: Session, campaign: FollowedCampaign, admits: Callable[[str], bool] = may_enter
) -> Offered:
    """Return what can be chosen of a campaign, usually by whoever is signed in.

    Earlier campaigns are often put away already; those that somebody `admits` can be compared with
    all the same.
    """
    others = (one for one in campaign_desk.list_campaigns(session) if admits(one.code))
    return Offered(
        campaign,
        {asked.code: asked.title for asked in campaign.rounds},
        {
            asked.code: round_threshold(session, asked.id)
            for asked in campaign.rounds
            if asked.kind == PUBLIC
        },
        {one.code: one.title for one in others if one.code != campaign.code},
    )


def read_choices(given: Given, offers: Offered) -> Chosen:
    """Return what an address or a form chooses; what neither says is as usual."""
    faults: dict[str, str] = {}
    rounds = _several(given, "rounds", offers.rounds, faults)
    least = _least(given, rounds, offers, faults)
    options = WorkbookOptions(
        language=_one(given, "language", LANGUAGES, faults) or interface_language(),
        rounds=rounds,
        groups=_several(given, "groups", offers.groups, faults),
        required_only=_ticked(given, "required_only"),
        returned=_ticked(given, "returned"),
        communes=_ticked(given, "communes", usual=True),
        least=least,
        labelled=_ticked(given, "labelled"),
        contacts=_ticked(given, "contacts"),
        letterhead=_ticked(given, "letterhead"),
        predecessor=_one(given, "predecessor", offers.earlier, faults),
    )
    return Chosen(options, clean(given.get("least", "")), faults)


def _several(
    given: Given, name: str, known: Mapping[str, Any], faults: dict[str, str]
) -> tuple[str, ...]:
    """Return the codes that are chosen, none when all are: the same wish is told the same way."""
    codes = given.getlist(name)
    chosen = tuple(code for code in known if code in codes)
    if set(codes) - known.keys():
        faults[name] = _("Please choose from the list.")
    elif known and WHOLE in given and not chosen:
        faults[name] = _("Please choose at least one.")
    return chosen if len(chosen) < len(known) else ()


def _one(given: Given, name: str, known: Mapping[str, Any], faults: dict[str, str]) -> str:
    code = given.get(name, "")
    if code and code not in known:
        faults[name] = _("Please choose one from the list.")
        return ""
    return code


def _ticked(given: Given, name: str, *, usual: bool = False) -> bool:
    if name in given:
        return given[name] == "1"
    return usual and WHOLE not in given


def _least(given: Given, rounds: Sequence[str], offers: Offered, faults: dict[str, str]) -> int:
    """Return the fewest feedbacks of a group that is shown; 0 leaves it to each round."""
    text = clean(given.get("least", ""))
    if not text or not offers.thresholds:
        return 0
    asked = [k for code, k in offers.thresholds.items() if not rounds or code in rounds]
    lowest = max(asked, default=0)
    try:
        number = parse_integer(text)
    except ValueError:
        number = -1
    if not lowest <= number <= MOST_LEAST:
        faults["least"] = _(
            "Please write a whole number from %(low)s to %(high)s, or nothing. Fewer than"
            " %(low)s would show what the round hides.",
            low=lowest,
            high=MOST_LEAST,
        )
        return 0
    return number


def arguments(options: WorkbookOptions) -> dict[str, Any]:
    """Return the choices as the arguments of the address of their page."""
    return {"language": options.language, **options.as_arguments()}


def described(options: WorkbookOptions, offers: Offered) -> Iterator[str]:
    """Yield in words what is chosen otherwise than usual, the language first."""
    yield LANGUAGES.get(options.language, options.language)
    yield from (offers.rounds.get(code, code) for code in options.rounds)
    yield from (offers.groups.get(code, code) for code in options.groups)
    said = {
        _("required units only"): options.required_only,
        _("with returned reports"): options.returned,
        _("without units asked by the unit above them"): not options.communes,
        _("groups of at least %(number)s feedbacks", number=options.least): options.least,
        _("labels"): options.labelled,
        _("with contacts"): options.contacts,
        _("with a letterhead"): options.letterhead,
        _("compared with %(campaign)s", campaign=options.predecessor): options.predecessor,
    }
    yield from (text for text, holds in said.items() if holds)
