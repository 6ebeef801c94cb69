"""A consolidation narrowed to what was chosen: some groups, some units, some reports."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from exports.options import WorkbookOptions
from exports.rounds import Consolidation, RoundResponses, UnitResponse

RETURNED = "returned"


def narrowed(consolidation: Consolidation, options: WorkbookOptions) -> Consolidation:
    """Return what `options` choose of a consolidation, which knows them from then on.

    A report that was returned and is not wanted stays a sending without answers: its unit has sent,
    and nothing of it is added up. Feedback is anonymous, so that no group narrows it. What chooses
    every round or every group chooses none.
    """
    options = _without_all(consolidation, options)
    groups = [g for g in consolidation.groups if not options.groups or g.code in options.groups]
    rounds = (
        _round(asked, options)
        for asked in consolidation.rounds
        if not options.rounds or asked.code in options.rounds
    )
    return replace(
        consolidation,
        groups=tuple(groups),
        rounds=tuple(rounds),
        language=options.language,
        options=options,
    )


def _without_all(consolidation: Consolidation, options: WorkbookOptions) -> WorkbookOptions:
    every_round = {asked.code for asked in consolidation.rounds} <= {*options.rounds}
    every_group = {group.code for group in consolidation.groups} <= {*options.groups}
    return replace(
        options,
        rounds=() if every_round else options.rounds,
        groups=() if every_group else options.groups,
    )


def _round(asked: RoundResponses, options: WorkbookOptions) -> RoundResponses:
    kept = [_response(one, options) for one in asked.responses if _is_wanted(one, options)]
    codes = {one.unit.code for one in kept}
    return replace(asked, responses=tuple(_alone(one, codes) for one in kept))


def _alone(response: UnitResponse, codes: Collection[str]) -> UnitResponse:
    """Return a response without the unit that asked for it when that one is not among `codes`.

    It is a part of nothing then.
    """
    gone = response.asked_by and response.asked_by not in codes
    return replace(response, asked_by="") if gone else response


def _is_wanted(response: UnitResponse, options: WorkbookOptions) -> bool:
    unit = response.unit
    return (
        (not options.groups or unit.group_code in options.groups)
        and (unit.required or not options.required_only)
        and (options.communes or not response.asked_by)
    )


def _response(response: UnitResponse, options: WorkbookOptions) -> UnitResponse:
    if response.stage != RETURNED or options.returned:
        return response
    return replace(response, definition=None, answers=None, explanations="{}", held_back=True)
