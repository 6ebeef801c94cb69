"""The shipped campaign in which a district has asked its communes, and two of three have sent."""

from __future__ import annotations

from dataclasses import replace

from exports.rounds import Consolidation, ReportingUnit, RoundResponses, UnitResponse
from tests.exports.small import unsent

DISTRICT, ROUND = "HU-AB", "dot2"
NAMES = ("Đảng ủy xã Đông Thái", "Đảng ủy xã Đông Yên", "Đảng ủy xã Hưng Yên")


def with_communes(whole: Consolidation, round_code: str = ROUND) -> Consolidation:
    """Return a campaign with three communes below a district in one of its rounds.

    The second and the third have sent just what the district has; the second is late.
    """
    rounds = (_asked(r) if r.code == round_code else r for r in whole.rounds)
    return replace(whole, rounds=tuple(rounds))


def _asked(asked: RoundResponses) -> RoundResponses:
    above = next(r for r in asked.responses if r.unit.code == DISTRICT)
    assert above.answers is not None, "the seed gives no report of the district"
    units = [_commune(number, above) for number in range(len(NAMES))]
    sent = [replace(above, unit=unit, asked_by=DISTRICT) for unit in units[1:]]
    late = replace(sent[0], state="late")
    waiting = replace(unsent(units[0], "missing"), asked_by=DISTRICT)
    return replace(asked, responses=(*asked.responses, waiting, late, *sent[1:]))


def _commune(number: int, above: UnitResponse) -> ReportingUnit:
    return replace(
        above.unit,
        code=f"XA-{number}",
        name=NAMES[number],
        short_name=NAMES[number],
        group_code="xa_phuong_thi_tran",
        level="xa",
        required=False,
        counted=False,
        above=DISTRICT,
    )
