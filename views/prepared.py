"""Prepared pages: a form is rendered once per (form version, language), then only filled.

Jinja renders the page with marks where something differs from request to request: a typed value, an
error, a part that is not asked. The marks cut the page into fixed texts and slots; a request joins
the texts with its own slots, which is some eighty times faster than rendering field by field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup, escape

from forms.answers import LAST_INSTANCE, Typed, remembered, typed_text, value_in_text
from forms.build import given_names, instance_names
from forms.explanations import PREFIX
from forms.expressions import Value, as_text
from forms.matrix import bands
from forms.reading import Reading, instance_typed
from views import questions
from views.form_page import BETWEEN, CLOSE, OPEN, FormPage, as_attribute, json_attribute, mark
from views.previous import NO_PREVIOUS, PreviousTexts

_MARK = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
# What stands for the index and the number of an instance that the browser will add.
NEW_INDEX, NEW_NUMBER = "__index__", "__number__"
# A longer text of the round before is folded away.
MOST_PREVIOUS_SIGNS = 150
_SHORT_PREVIOUS = Markup('<p class="previous" id="previous-{name}">{title}: {text}</p>')
_LONG_PREVIOUS = Markup(
    '<details class="previous guidance"><summary>{title}</summary><p>{text}</p></details>'
)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that came with an earlier request: how it is shown and where it is downloaded.

    `picture` is where it is drawn anew, when it is a picture.
    """

    id: str
    name: str
    size_bytes: int
    address: str
    picture: str = ""


@dataclass(slots=True)
class PageState:
    """What one request puts into a prepared page.

    `page` holds the texts of the page itself by name, safe for HTML; `remarks` what the board says
    of an input or a repeat, by name, and `sums` where an answer was summed up from. `odd` are the
    checks that hold, `previous` is what stands beside the questions.
    """

    language: str
    typed: Typed
    reading: Reading | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Sequence[KeptFile]] = field(default_factory=dict)
    page: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, list[int]] = field(default_factory=dict)
    hidden: frozenset[str] | set[str] = frozenset()
    odd: frozenset[str] = frozenset()
    previous: PreviousTexts = NO_PREVIOUS
    remarks: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    def value(self, name: str) -> Value:
        """Return what is understood of a question, first of the instance that is drawn."""
        if self.reading is None:
            return ""
        repeat, _, index = self.prefix.rstrip("-").rpartition("-")
        if index.isdigit() and int(index) in self.reading.instances[repeat]:
            instance = self.reading.instances[repeat].index(int(index))
            values = self.reading.repeats[repeat][instance]
            if name in values:
                return values[name]
        elif repeat and name in instance_names(self.reading.definition)[repeat]:
            # An instance that is opened anew: it holds what stands in it, and nothing more.
            question = self.reading.definition.question(name)
            return remembered(question, self.typed.first(self.prefix + name))
        return self.reading.values.get(name, "")


Fill = Callable[[PageState], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page cut at its marks: fixed texts and slots, in order."""

    parts: tuple[str | Fill, ...]

    def fill(self, state: PageState) -> str:
        """Return the page for one request."""
        return "".join([part if isinstance(part, str) else part(state) for part in self.parts])


def prepare(template: str, page: FormPage, **context: Any) -> Prepared:
    """Render `template` once in the language of the page and cut it at its marks."""
    with force_locale(page.language):
        html = render_template(
            template,
            form=page,
            draw=questions,
            bands=bands,
            mark=mark,
            as_attribute=as_attribute,
            **context,
        )
    return _cut(html, page)


@lru_cache(maxsize=512)
def prepare_instance(page: FormPage, repeat: str) -> Prepared:
    """Prepare one instance of a repeat; its index is a slot too."""
    return prepare("form/instance.html", page, repeat=page.definition.repeat(repeat))


def _cut(html: str, page: FormPage) -> Prepared:
    parts: list[str | Fill] = []
    for index, piece in enumerate(_MARK.split(html)):
        if index % 2:
            kind, *names = piece.split(BETWEEN)
            parts.append(SLOTS[kind](page, *names))
        elif piece:
            parts.append(piece)
    return Prepared(tuple(parts))


# --- slots: each takes the page and the names in the mark, and returns how it is filled -----------


def _page_text(page: FormPage, name: str) -> Fill:
    return lambda state: state.page[name]


def _index(page: FormPage) -> Fill:
    return lambda state: state.prefix.rsplit("-", 2)[1]


def _number(page: FormPage) -> Fill:
    def fill(state: PageState) -> str:
        index = state.prefix.rsplit("-", 2)[1]
        return str(int(index) + 1) if index.isdigit() else NEW_NUMBER

    return fill


def _value(page: FormPage, name: str) -> Fill:
    """Fill in what was typed, or what the server answers as it would be typed."""
    question = page.definition.question(name)
    if name not in given_names(page.definition):
        return lambda state: str(escape(state.typed.first(state.prefix + name)))
    return lambda state: str(escape(typed_text(question, state.value(name), page.language)))


def _stored(page: FormPage, name: str) -> Fill:
    return lambda state: str(escape(as_text(state.value(name))))


def _checked(page: FormPage, name: str, choice: str, word: str, place: str = "0") -> Fill:
    """Mark a chosen choice; one that is no longer offered is not chosen."""
    given = name in given_names(page.definition)

    def fill(state: PageState) -> str:
        key = state.prefix + name
        chosen = as_text(state.value(name)).split() if given else state.typed.getlist(key)
        return f" {word}" if choice in chosen and _is_offered(state, key, place) else ""

    return fill


def _is_offered(state: PageState, key: str, place: str) -> bool:
    offered = state.reading.offered.get(key) if state.reading else None
    return offered is None or int(place) in offered


def _unoffered(page: FormPage, name: str, place: str, words: str) -> Fill:
    """Fill in attributes for a choice that is not offered."""
    return lambda state: "" if _is_offered(state, state.prefix + name, place) else f" {words}"


def _offers(page: FormPage, name: str) -> Fill:
    """Hide what is said when no choice is offered, unless none is."""

    def fill(state: PageState) -> str:
        offered = state.reading.offered.get(state.prefix + name) if state.reading else None
        return "" if offered is not None and not offered else " hidden"

    return fill


def _ranked(page: FormPage, name: str, place: str, choice: str) -> Fill:
    def fill(state: PageState) -> str:
        ranked = state.typed.getlist(state.prefix + name)
        return " selected" if choice in ranked[int(place) : int(place) + 1] else ""

    return fill


def _on_scale(page: FormPage, name: str, number: str) -> Fill:
    return lambda state: " checked" if state.value(name) == Decimal(number) else ""


def _hidden(page: FormPage, name: str) -> Fill:
    return lambda state: " hidden" if state.prefix + name in state.hidden else ""


def _error(page: FormPage, name: str) -> Fill:
    return lambda state: str(escape(state.errors.get(state.prefix + name, "")))


def _invalid(page: FormPage, name: str) -> Fill:
    return lambda state: ' aria-invalid="true"' if state.prefix + name in state.errors else ""


def _remark(page: FormPage, name: str) -> Fill:
    """Fill in what the board says of a question that it has marked, and where a sum is from."""

    def fill(state: PageState) -> str:
        key = state.prefix + name
        if key not in state.remarks:
            return _sum(state, key)
        with force_locale(page.language):
            remark = render_template("form/remark.html", name=key, remark=state.remarks[key])
            return remark + _sum(state, key)

    return fill


def _sum(state: PageState, key: str) -> str:
    if key not in state.sums:
        return ""
    return _SUM.format(name=key, text=state.sums[key])


_SUM = Markup('<p class="collected" id="sum-{name}">{text}</p>')


def _remarked(page: FormPage, name: str) -> Fill:
    """Fill in the id of what the board says, for those who do not see where it stands."""

    def fill(state: PageState) -> str:
        key = state.prefix + name
        remark = f" remark-{escape(key)}" if key in state.remarks else ""
        return remark + (f" sum-{escape(key)}" if key in state.sums else "")

    return fill


def _live(page: FormPage, name: str) -> Fill:
    place = page.definition.places.get(name)
    item = place.item if place else None
    return lambda state: str(escape(value_in_text(item, state.value(name), page.language)))


def _files(page: FormPage, name: str) -> Fill:
    def fill(state: PageState) -> str:
        kept = state.files.get(state.prefix + name)
        if not kept:
            return ""
        with force_locale(page.language):
            return render_template("form/files.html", files=kept)

    return fill


def _instances(page: FormPage, name: str) -> Fill:
    def fill(state: PageState) -> str:
        prepared = prepare_instance(page, name)
        return "".join(
            prepared.fill(replace(state, prefix=f"{name}-{index}-"))
            for index in state.instances[name]
        )

    return fill


def _new_instance(page: FormPage, name: str) -> Fill:
    """Fill in the instance that the browser copies: as it is opened, without a number."""

    def fill(state: PageState) -> str:
        prefix = f"{name}-{NEW_INDEX}-"
        typed = _opened(state, name)
        named = Typed({prefix + n.rpartition("-")[2]: values for n, values in typed.items()})
        new = replace(state, prefix=prefix, typed=named, errors={})
        return prepare_instance(page, name).fill(new)

    return fill


def _opened(state: PageState, repeat: str) -> Typed:
    """Return what stands in an instance that is opened anew."""
    return instance_typed(state.reading, repeat, LAST_INSTANCE + 1) if state.reading else Typed()


def _standing(page: FormPage, name: str) -> Fill:
    """Fill in what stands in a question of a repeat before anybody types."""
    repeat = page.definition.repeat_of(name) or ""
    key = f"{repeat}-{LAST_INSTANCE + 1}-{name}"
    return lambda state: str(escape(_opened(state, repeat).first(key)))


def _elsewhere(page: FormPage) -> Fill:
    names = page.elsewhere()

    def fill(state: PageState) -> str:
        values = state.reading.values if state.reading else {}
        return str(json_attribute({n: values[n] for n in names if n in values}))

    return fill


def _earlier(page: FormPage) -> Fill:
    names = page.earlier()

    def fill(state: PageState) -> str:
        values = state.reading.around.previous if state.reading else {}
        return str(json_attribute({n: values[n] for n in names if n in values}))

    return fill


def _odd(page: FormPage, check: str) -> Fill:
    """Hide a warning unless its check holds."""
    return lambda state: "" if check in state.odd else " hidden"


def _explanation(page: FormPage, check: str) -> Fill:
    return lambda state: str(escape(state.typed.first(PREFIX + check)))


def _previous(page: FormPage, name: str) -> Fill:
    """Fill in what was answered in the round before; a long text unfolds."""

    def fill(state: PageState) -> str:
        text = state.previous.texts.get(name, "")
        if not text:
            return ""
        drawn = _SHORT_PREVIOUS if _is_short(text) else _LONG_PREVIOUS
        return drawn.format(name=name, title=state.previous.title, text=text)

    return fill


def _previously(page: FormPage, name: str) -> Fill:
    """Fill in the id of what was answered in the round before, to describe the input with."""
    return lambda state: (
        f" previous-{name}" if _is_short(state.previous.texts.get(name, "")) else ""
    )


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MOST_PREVIOUS_SIGNS


SLOTS: dict[str, Callable[..., Fill]] = {
    "page": _page_text,
    "index": _index,
    "number": _number,
    "value": _value,
    "stored": _stored,
    "checked": _checked,
    "unoffered": _unoffered,
    "offers": _offers,
    "ranked": _ranked,
    "on_scale": _on_scale,
    "hidden": _hidden,
    "error": _error,
    "invalid": _invalid,
    "remark": _remark,
    "remarked": _remarked,
    "live": _live,
    "files": _files,
    "instances": _instances,
    "new_instance": _new_instance,
    "standing": _standing,
    "elsewhere": _elsewhere,
    "earlier": _earlier,
    "odd": _odd,
    "explanation": _explanation,
    "previous": _previous,
    "previously": _previously,
}
