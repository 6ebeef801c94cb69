"""Prepared pages: a form is rendered once per (form version, language), then only filled.

Jinja renders the page with marks where something differs from request to request: a typed value, an
error, a part that is not asked. The marks cut the page into fixed texts and slots; a request joins
the texts with its own slots, which is some eighty times faster than rendering field by field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import render_template
from flask_babel import force_locale
from markupsafe import Markup, escape

from forms.answers import Typed, show_value
from forms.expressions import Value, is_blank, to_json
from forms.labels import REFERENCE
from forms.reading import Reading
from forms.tree import Definition, Expression, Group, Labels, Question

_OPEN, _BETWEEN, _CLOSE = "\x02", "\x1f", "\x03"
_MARK = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_STRONG = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that came with an earlier request: how it is shown and where it is downloaded."""

    name: str
    size_bytes: int
    address: str


@dataclass(slots=True)
class PageState:
    """What one request puts into a prepared page.

    `page` holds the texts of the page itself by name, safe for HTML.
    """

    language: str
    typed: Typed
    reading: Reading | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, KeptFile] = field(default_factory=dict)
    page: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, list[int]] = field(default_factory=dict)
    hidden: frozenset[str] | set[str] = frozenset()
    prefix: str = ""

    def value(self, name: str) -> Value:
        """Return what is understood of a question, first of the instance that is drawn."""
        if self.reading is None:
            return ""
        repeat, _, index = self.prefix.rstrip("-").rpartition("-")
        if repeat and int(index) in self.reading.instances[repeat]:
            instance = self.reading.instances[repeat].index(int(index))
            values = self.reading.repeats[repeat][instance]
            if name in values:
                return values[name]
        return self.reading.values.get(name, "")


Fill = Callable[[PageState], str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page cut at its marks: fixed texts and slots, in order."""

    parts: tuple[str | Fill, ...]

    def fill(self, state: PageState) -> str:
        """Return the page for one request."""
        return "".join([part if isinstance(part, str) else part(state) for part in self.parts])


@dataclass(frozen=True)
class FormPage:
    """What a form template sees: which part of which form it draws, in which language."""

    definition: Definition
    language: str
    children: tuple[Question | Group, ...]

    def text(self, labels: Labels) -> str:
        """Return the text of labels in the language of the page."""
        return labels.text(self.language)

    def label(self, labels: Labels) -> Markup:
        """Return labels as HTML: `**strong**`, and `${name}` as a text that stays up to date."""
        safe = str(escape(self.text(labels)))
        strong = _STRONG.sub(r"<strong>\1</strong>", safe)
        return Markup(  # noqa: S704 - escaped above, and the marks are our own
            REFERENCE.sub(lambda found: _live_span(found[1]), strong)
        )


def _live_span(name: str) -> str:
    return f'<span data-value="{name}">{mark("live", name)}</span>'


def mark(kind: str, *parts: str) -> Markup:
    """Return the mark of a slot, for use in a template that is rendered to be prepared."""
    return Markup(_OPEN + _BETWEEN.join((kind, *parts)) + _CLOSE)  # noqa: S704 - names only


def as_attribute(expression: Expression) -> Markup:
    """Return an expression as the JSON that the browser evaluates, for an attribute."""
    return json_attribute(to_json(expression.node))


def json_attribute(data: object) -> Markup:
    """Return data as JSON that is safe between single quotes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain)
    for sign, entity in (("&", "&amp;"), ("'", "&#39;"), ("<", "&lt;")):
        text = text.replace(sign, entity)
    return Markup(text)  # noqa: S704 - escaped above; double quotes stay, being most of JSON


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return None if value.is_nan() else float(value)
    return str(value)


def prepare(template: str, page: FormPage, **context: Any) -> Prepared:
    """Render `template` once in the language of the page and cut it at its marks."""
    with force_locale(page.language):
        html = render_template(template, form=page, mark=mark, as_attribute=as_attribute, **context)
    return _cut(html, page)


@lru_cache(maxsize=512)
def prepare_instance(definition: Definition, repeat: Group, language: str) -> Prepared:
    """Prepare one instance of a repeat; its index is a slot too."""
    page = FormPage(definition, language, repeat.children)
    return prepare("form/instance.html", page, repeat=repeat)


def _cut(html: str, page: FormPage) -> Prepared:
    parts: list[str | Fill] = []
    for index, piece in enumerate(_MARK.split(html)):
        if index % 2:
            kind, *names = piece.split(_BETWEEN)
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
    return lambda state: str(int(state.prefix.rsplit("-", 2)[1]) + 1)


def _value(page: FormPage, name: str) -> Fill:
    return lambda state: str(escape(state.typed.first(state.prefix + name)))


def _checked(page: FormPage, name: str, choice: str, word: str) -> Fill:
    def fill(state: PageState) -> str:
        return f" {word}" if choice in state.typed.getlist(state.prefix + name) else ""

    return fill


def _hidden(page: FormPage, name: str) -> Fill:
    return lambda state: " hidden" if state.prefix + name in state.hidden else ""


def _error(page: FormPage, name: str) -> Fill:
    return lambda state: str(escape(state.errors.get(state.prefix + name, "")))


def _invalid(page: FormPage, name: str) -> Fill:
    return lambda state: ' aria-invalid="true"' if state.prefix + name in state.errors else ""


def _live(page: FormPage, name: str) -> Fill:
    def fill(state: PageState) -> str:
        value = state.value(name)
        return str(escape("–" if is_blank(value) else show_value(value, page.language)))

    return fill


def _file(page: FormPage, name: str) -> Fill:
    def fill(state: PageState) -> str:
        kept = state.files.get(state.prefix + name)
        if kept is None:
            return ""
        with force_locale(page.language):
            return render_template("form/file.html", file=kept, name=name)

    return fill


def _instances(page: FormPage, name: str) -> Fill:
    repeat = page.definition.repeat(name)

    def fill(state: PageState) -> str:
        prepared = prepare_instance(page.definition, repeat, page.language)
        return "".join(
            prepared.fill(replace(state, prefix=f"{name}-{index}-"))
            for index in state.instances[name]
        )

    return fill


SLOTS: dict[str, Callable[..., Fill]] = {
    "page": _page_text,
    "index": _index,
    "number": _number,
    "value": _value,
    "checked": _checked,
    "hidden": _hidden,
    "error": _error,
    "invalid": _invalid,
    "live": _live,
    "file": _file,
    "instances": _instances,
}
