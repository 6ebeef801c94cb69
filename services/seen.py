"""What somebody has seen before changing it: of two who change the same, the second is told."""

from __future__ import annotations

import hashlib
from typing import Any

from forms.tree import canonical_json
from models.problems import Problem
from services import audit

CHANGED = "changed_meanwhile"


class Meanwhile(Problem):
    """Somebody else has changed what a page showed, before it was sent."""

    def __init__(self) -> None:
        super().__init__(CHANGED)


def mark_of(facts: Any) -> str:
    """Return what tells facts, a dataclass, from any others of their kind: a page carries it."""
    return hashlib.sha256(canonical_json(audit.plain(facts)).encode()).hexdigest()


def refuse_unseen(facts: Any, seen: str) -> None:
    """Raise Problem `changed_meanwhile` when `seen` marks other facts; blank marks none."""
    if seen and seen != mark_of(facts):
        raise Meanwhile
