"""The consolidated workbook as sheets of typed cells, from what the forms ask for."""

from __future__ import annotations

from exports.rounds import (
    Answers,
    Consolidation,
    Group,
    ReportingUnit,
    RoundResponses,
    UnitResponse,
)

__all__ = [
    "Answers",
    "Consolidation",
    "Group",
    "ReportingUnit",
    "RoundResponses",
    "UnitResponse",
]
