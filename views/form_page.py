"""What a form template sees of a form, and the marks it leaves where requests differ."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from forms import messages
from forms.answers import show_value
from forms.contents import USUAL_ENDINGS
from forms.explanations import LONGEST_EXPLANATION
from forms.expressions import (
    Call,
    Node,
    Number,
    Text,
    as_text,
    call_nodes,
    choice_fields,
    parse,
    references,
    to_json,
)
from forms.fields import RANGE
from forms.markup import REFERENCE, alone, plain
from forms.plan import expressions_of
from forms.tree import (
    Check,
    Choice,
    Definition,
    Expression,
    Group,
    Labels,
    Question,
    per_definition,
    walk,
)
from services.attachments import LARGEST_BYTES, MOST_FILES
from views import markup, questions
from views.images import image_address
from views.previous import compared
from views.questions import is_matrix

OPEN, BETWEEN, CLOSE = "\x02", "\x1f", "\x03"
# A larger file is looked things up in by the server alone.
MOST_CARRIED_ROWS = 500
# A control that is drawn as a plain line when the server answers.
_TYPED_ONLY = {"scale", "rank", "file", "place"}


@dataclass(frozen=True, eq=False)
class FormPage:
    """What a form template sees: which part of which form it draws, in which language.

    `warns`: the checks of the form stand beside what they are about; `compares`: so do the answers
    of the round before.
    """

    definition: Definition
    language: str
    children: tuple[Question | Group, ...]
    warns: bool = False
    compares: bool = False
    longest_explanation = LONGEST_EXPLANATION
    most_files = MOST_FILES
    largest_file_bytes = LARGEST_BYTES

    def text(self, labels: Labels) -> str:
        """Return labels as they are shown on a button, without Markdown and without values."""
        return alone(labels.text(self.language))

    def option(self, choice: Choice) -> Markup:
        """Return a choice of a drop-down list, in which no element may stand."""
        text = escape(plain(choice.labels.text(self.language)) or choice.name)
        return Markup(REFERENCE.sub(_live_mark, text))  # noqa: S704 - escaped above

    def label(self, labels: Labels) -> Markup:
        """Return labels as HTML for a line; `${name}` is a text that stays up to date."""
        return markup.inline(labels.text(self.language), _live_span)

    def block(self, labels: Labels) -> Markup:
        """Return labels as HTML of paragraphs and lists, as `label` does."""
        return markup.block(labels.text(self.language), _live_span)

    def image(self, labels: Labels) -> str | None:
        """Return the address of an image in the language of the page, None when it has none."""
        name = labels.text(self.language)
        return image_address(self.definition, name) if name else None

    def markup(self, text: str) -> Markup:
        """Return a text of the form as HTML for a line."""
        return markup.inline(text, _live_span)

    def plain(self, text: str) -> str:
        """Return a text of the form without its Markdown and its values."""
        return alone(text)

    def number(self, number: Decimal) -> str:
        """Return a number as people write it, and as it is understood when it is typed."""
        return show_value(number, "vi")

    def accepts(self, question: Question) -> str:
        """Return what a file input lets people choose from."""
        if question.type == "image" and not question.accept:
            return "image/jpeg,image/png"
        return ",".join(question.accept or USUAL_ENDINGS)

    def shows_bounds(self, question: Question) -> bool:
        """Return whether the ends of a range are said, because its numbers are not shown."""
        return question.type == "range" and self.control(question) == "line"

    def may_exceed(self, repeat: Group) -> bool:
        """Return whether a repeat may be counted more often than anything is answered."""
        return repeat.repeat_count is not None and not isinstance(repeat.repeat_count.node, Number)

    def is_given(self, question: Question) -> bool:
        """Return whether the server answers a question, and nobody types."""
        return question.read_only or question.is_computed

    def control(self, question: Question) -> str:
        """Return the name of the macro that draws a question."""
        control = questions.control_of(question)
        return "line" if self.is_given(question) and control in _TYPED_ONLY else control

    def bounds(self, question: Question) -> dict[str, str]:
        """Return the ends and the step of a range, as people write them."""
        return {
            name: show_value(Decimal(question.parameter(name, text)), self.language)
            for name, text in RANGE.items()
        }

    def constraint(self, question: Question) -> Node | None:
        """Return what the browser checks: the form's own condition, or the bounds of a range.

        Of a rank it checks always that no choice stands there twice.
        """
        if question.constraint:
            return question.constraint.node
        if question.type == "rank":
            return Call("true")
        if question.type != "range":
            return None
        start, end, step = (Decimal(question.parameter(n, text)) for n, text in RANGE.items())
        low, high = min(start, end), max(start, end)
        return parse(f". >= {low} and . <= {high} and (. - {start}) mod {step} = 0")

    def constraint_message(self, question: Question) -> Markup:
        """Return what is said when the condition does not hold.

        The values of questions on other pages stand in it; those of this page the browser puts in.
        """
        if question.constraint_message:
            text = escape(question.constraint_message.text(self.language))
            return Markup(REFERENCE.sub(self._value_from_elsewhere, text))  # noqa: S704 - escaped
        if question.constraint:
            return escape(messages.answer_message("constraint", self.language))
        if question.type == "rank":
            return escape(self.rank_message())
        return escape(messages.answer_message("range", self.language, **self.bounds(question)))

    def rank_message(self) -> str:
        """Return what is said when a choice is ranked twice."""
        return messages.answer_message("rank", self.language)

    def _value_from_elsewhere(self, found: re.Match[str]) -> str:
        here = any(place.item.name == found[1] for place in walk(self.children))
        return found[0] if here else mark("live", found[1])

    def fields(self, question: Question, choice: Choice) -> Markup | None:
        """Return the columns of a choice that the filter of a question reads, as JSON."""
        node = question.choice_filter.node if question.choice_filter else None
        names = choice_fields(node) - {"name", "label"} if node else ()
        found = {name: choice.field(name, self.language) for name in sorted(names)}
        return json_attribute(found) if found else None

    def tables(self) -> Markup | None:
        """Return what pulldata() looks up on this page, as JSON: by its three texts, by key."""
        places = {_texts(call)[:3] for call in self._calls("pulldata")}
        found = {",".join(place): self._rows(*place) for place in sorted(places)}
        known = {place: rows for place, rows in found.items() if rows is not None}
        return json_attribute(known) if known else None

    def _rows(self, dataset: str, column: str, key_column: str) -> dict[str, str] | None:
        known = self.definition.dataset(dataset)
        if known is None or len(known.rows) > MOST_CARRIED_ROWS:
            return None
        keys = [
            dict(zip(known.columns, row, strict=True)).get(key_column, "") for row in known.rows
        ]
        return {key: known.look_up(column, key_column, key) for key in keys}

    def earlier(self) -> tuple[str, ...]:
        """Return the questions whose answer of the round before is looked at on this page."""
        return tuple(sorted({name for call in self._calls("previous") for name in _texts(call)}))

    def elsewhere(self) -> tuple[str, ...]:
        """Return the questions that this page looks at and another page asks."""
        items = [place.item for place in walk(self.children)]
        labels = [part for item in items for part in _labels_of(item)]
        labels += [check.message for check in self._drawn_checks()]
        shown = {n for part in labels for n in REFERENCE.findall(part.text(self.language))}
        named = {name for e in self._expressions() for name in references(e.node)}
        here = {item.name for item in items}
        return tuple(sorted((shown | named) & self.definition.places.keys() - here))

    def is_compared(self, question: Question) -> bool:
        """Return whether an answer of the round before may stand beside a question."""
        return self.compares and question.name in compared(self.definition)

    def filled(self, labels: Labels) -> Markup:
        """Return a text without Markdown as HTML; `${name}` stays up to date."""
        text = str(escape(labels.text(self.language)))
        return Markup(REFERENCE.sub(lambda found: _live_span(found[1]), text))  # noqa: S704 - escaped

    def checks(self, name: str) -> tuple[Check, ...]:
        """Return the checks whose warnings stand below a part; "" is the end of the whole form."""
        return checks_by_place(self.definition).get(name, ()) if self.warns else ()

    def _drawn_checks(self) -> list[Check]:
        names = [place.item.name for place in walk(self.children)]
        whole = [""] if self.children == self.definition.children else []
        return [check for name in (*names, *whole) for check in self.checks(name)]

    def _calls(self, name: str) -> list[Call]:
        expressions = self._expressions()
        return [c for e in expressions for c in call_nodes(e.node) if c.name == name]

    def _expressions(self) -> list[Expression]:
        asked = [e for place in walk(self.children) for e in expressions_of(place.item)]
        return asked + [check.expression for check in self._drawn_checks()]


@per_definition
def checks_by_place(definition: Definition) -> Mapping[str, tuple[Check, ...]]:
    """Return the checks by the part below which their warnings stand."""
    found: dict[str, tuple[Check, ...]] = {}
    for check in definition.checks:
        place = _place_of_check(definition, check.question)
        found[place] = (*found.get(place, ()), check)
    return found


def _place_of_check(definition: Definition, name: str) -> str:
    """Return the part that has room for a warning: a table as a whole, and what can be seen."""
    place = definition.places.get(name)
    if place is None:
        return ""
    whole = (group for group in place.groups if group.repeat or is_matrix(group))
    outer = place.groups[-1].name if place.groups else ""
    alone = name if isinstance(place.item, Group) or questions.is_drawn(place.item) else outer
    return next((group.name for group in whole), alone)


def _texts(call: Call) -> tuple[str, ...]:
    return tuple(part.value for part in call.arguments if isinstance(part, Text))


def _labels_of(item: Question | Group) -> tuple[Labels, ...]:
    more = (item.guidance,) if isinstance(item, Question) else ()
    return (item.labels, item.hint, *more)


def _live_mark(found: re.Match[str]) -> str:
    return mark("live", found[1])


def _live_span(name: str) -> str:
    return f'<span data-value="{name}">{mark("live", name)}</span>'


def mark(kind: str, *parts: str) -> Markup:
    """Return the mark of a slot, for use in a template that is rendered to be prepared."""
    return Markup(OPEN + BETWEEN.join((kind, *parts)) + CLOSE)  # noqa: S704 - names only


def as_attribute(node: Node) -> Markup:
    """Return an expression as the JSON that the browser evaluates, for an attribute."""
    return json_attribute(to_json(node))


def json_attribute(data: object) -> Markup:
    """Return data as JSON that is safe between single quotes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    for sign, entity in (("&", "&amp;"), ("'", "&#39;"), ("<", "&lt;")):
        text = text.replace(sign, entity)
    return Markup(text)  # noqa: S704 - escaped above; double quotes stay, being most of JSON


def _plain(value: Any) -> object:
    """Return a value as the browser holds it: a date is its text, what is no number is blank."""
    if isinstance(value, Decimal):
        return "" if value.is_nan() else float(value)
    return as_text(value)
