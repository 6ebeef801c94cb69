"""Follow a path through a form, like ../name, to the question that it leads to."""

from __future__ import annotations

from forms.expressions import Call, Current, Every, ExpressionError, Field, Node, Path, Reference
from forms.survey import REPEAT, Part, Survey


def follow(survey: Survey, part: Part, path: Path, columns: frozenset[str] | None = None) -> Node:
    """Return what a path means in an expression of `part`.

    A path that goes up and out of a repeat and down again means every instance; one that stays
    within means the same instance. `columns` are those of the choices that a choice filter looks
    at, where a bare name is a column. Raises ExpressionError.
    """
    if path.source == "last()":
        return _last(part, path)
    steps = path.source.split("/")
    if len(steps) == 1 and steps[0] not in (".", "..", "current()"):
        return _column(path, columns)
    return _Walker(survey, part, path).walk(steps)


def _last(part: Part, path: Path) -> Node:
    """Return how many answers the repeat has around a part."""
    if part.repeat is None:
        raise ExpressionError("path", path.position, path.source)
    return Call("count", (Reference(part.repeat.name),))


def _column(path: Path, columns: frozenset[str] | None) -> Node:
    if columns is None:
        raise ExpressionError("word", path.position, path.source)
    if path.source not in columns:
        raise ExpressionError("choice_column", path.position, path.source)
    return Field(path.source)


class _Walker:
    """Walks from a part along the steps of a path; None is the form itself."""

    def __init__(self, survey: Survey, part: Part, path: Path) -> None:
        self.survey = survey
        self.start = part
        self.path = path
        self.place: Part | None = part
        self.left: set[str] = set()

    def walk(self, steps: list[str]) -> Node:
        """Return the node at the end."""
        if steps[0] == "":
            # From the root; its name may be anything. A repeat on the way is that of the part.
            self.place, steps = None, steps[2:]
        for step in steps:
            self._step(step)
        if self.place is self.start:
            return Current()
        if self.place is None or self.place.kind == "group":
            raise self._lost()
        inside = self.place.repeat
        everywhere = inside is not None and inside.name in self.left
        return (Every if everywhere else Reference)(self.place.name)

    def _step(self, step: str) -> None:
        if step in (".", "current()"):
            return
        if step == "..":
            self._up()
            return
        children = self.place.children if self.place else self.survey.parts
        self.place = next((child for child in children if child.name == step), None)
        if self.place is None:
            raise self._lost()

    def _up(self) -> None:
        if self.place is None:
            raise self._lost()
        if self.place.kind == REPEAT:
            self.left.add(self.place.name)
        self.place = self.place.above[-1] if self.place.above else None

    def _lost(self) -> ExpressionError:
        return ExpressionError("path", self.path.position, self.path.source)
