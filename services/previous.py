"""What a unit answered in the round before, by the form that asked for it then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from forms.answers import answers_of, values_of
from forms.expressions import Value
from forms.tree import Definition
from services import definitions, reporting
from services.reporting import OpenLink


@dataclass(frozen=True, slots=True)
class PreviousAnswers:
    """The answers of a unit's newest report to an earlier round; `data` is canonical."""

    round_title: str
    definition: Definition
    data: Mapping[str, Any]

    @property
    def values(self) -> dict[str, Value]:
        """The answers as expressions see them."""
        return values_of(self.definition, self.data)


def previous_answers(session: Session, link: OpenLink) -> PreviousAnswers | None:
    """Return what the unit behind a link answered in the round before, None when it has not."""
    sent = reporting.previous_report(session, link)
    if sent is None:
        return None
    definition = definitions.definition(session, sent.form_version_id)
    data = answers_of(definition.digest, sent.answers).data
    return PreviousAnswers(sent.round_title, definition, data)
