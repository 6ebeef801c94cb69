"""Make the WTForms class of a form, once for each (form version, language)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from wtforms import FieldList, FormField
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from forms.expressions import Value
from forms.fields import GivenField, field_class
from forms.tree import Definition, Group, Question, per_definition, walk

if TYPE_CHECKING:
    # Generic in the stubs only.
    _FieldList = FieldList[Any]
else:
    _FieldList = FieldList


class _Meta(DefaultMeta):
    """Without CSRF and translations: sentences come from forms.messages in `language`."""

    csrf = False
    locales = False
    language = "vi"


class InstanceList(_FieldList):
    """The instances of a repeat, under the indices they were sent with.

    WTForms would number them anew, and errors would then name other inputs than the page has.
    """

    def _compact_indices(self) -> None:
        """Leave the indices alone."""


class AnswerForm(BaseForm):
    """A form whose fields are kept apart from its attributes: a question may have any name."""

    unbound: ClassVar[dict[str, Any]] = {}
    # Binding its fields is most of what a form costs, so a form that has been read is used again.
    spare: ClassVar[list[AnswerForm]] = []
    meta_class: ClassVar[type[_Meta]] = _Meta

    def __init__(
        self, formdata: Any = None, obj: Any = None, prefix: str = "", **options: Any
    ) -> None:
        """Read `formdata`; `options` is what FormField passes on and a question does not need."""
        super().__init__(self.unbound, prefix=prefix, meta=self.meta_class())
        self.process(formdata)

    def process(self, formdata: Any = None, *_: Any, **__: Any) -> None:
        """Let every field read what was typed; defaults and objects are not for answers."""
        for field in self._fields.values():
            field.process(formdata)


@per_definition
def build(definition: Definition, language: str) -> type[AnswerForm]:
    """Return the form class: a field a question, a FieldList a repeat, named as in the form."""
    meta = type("Meta", (_Meta,), {"language": language})
    return _form_class(definition.children, meta)


@contextmanager
def bound(definition: Definition, language: str, typed: Any) -> Iterator[AnswerForm]:
    """Lend a form that has read `typed` (anything with `getlist` by input name).

    It is this caller's alone until the end of the block, and another's afterwards.
    """
    form_class = build(definition, language)
    try:
        form = form_class.spare.pop()
    except IndexError:
        form = form_class(typed)
    else:
        form.process(typed)
    yield form
    form_class.spare.append(form)


def _form_class(children: tuple[Question | Group, ...], meta: type[_Meta]) -> type[AnswerForm]:
    parts = {"unbound": _fields(children, meta), "meta_class": meta, "spare": []}
    return type("AnswerForm", (AnswerForm,), parts)


def _fields(children: tuple[Question | Group, ...], meta: type[_Meta]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for item in children:
        if isinstance(item, Question):
            fields[item.name] = field_class(item)(item)
        elif item.repeat:
            fields[item.name] = InstanceList(FormField(_form_class(item.children, meta)))
        else:
            fields |= _fields(item.children, meta)
    return fields


def default_form(definition: Definition) -> AnswerForm:
    """Return a form into which every fixed default has been typed, those never asked included."""
    questions = {
        q.name: replace(q, read_only=False, calculation=None)
        for q in definition.questions
        if q.default
    }
    meta = type("Meta", (_Meta,), {"language": definition.default_language})
    return _form_class(tuple(questions.values()), meta)(_Defaults(questions))


@dataclass(frozen=True, slots=True)
class _Defaults:
    """The defaults of questions, to be read as if they were typed."""

    questions: Mapping[str, Question]

    def getlist(self, name: str) -> list[str]:
        """Return what stands in the input of a question."""
        return self.questions[name].typed_default


@per_definition
def default_values(definition: Definition) -> dict[str, Value]:
    """Return the fixed defaults as expressions see them: numbers, dates, texts."""
    fields = default_form(definition)._fields
    texts = {name: definition.question(name).default for name in fields}
    return {n: f.data if f.data != "" else texts[n] for n, f in fields.items()}


@per_definition
def input_names(definition: Definition) -> frozenset[str]:
    """Return the names an input may have outside of repeats."""
    return frozenset(question.name for question in definition.single_questions)


@per_definition
def given_names(definition: Definition) -> frozenset[str]:
    """Return the questions whose value is never read from a request: the server gives it."""
    return frozenset(q.name for q in definition.questions if field_class(q) is GivenField)


@per_definition
def instance_names(definition: Definition) -> dict[str, frozenset[str]]:
    """Return for each repeat the names of the questions in it."""
    return {
        repeat.name: frozenset(
            place.item.name for place in walk(repeat.children) if isinstance(place.item, Question)
        )
        for repeat in definition.repeats
    }
