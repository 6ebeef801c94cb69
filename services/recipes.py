"""Recipes for plausible answers: a small table language, written in a campaign's demo.toml.

A recipe says how one question is answered; the first of RECIPES that it names decides. Any recipe
may have `chance` (of being answered at all) and `zero_when` (answers on which it is 0).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from forms.answers import Typed
from forms.tree import Definition
from language.dates import short_date
from language.numbers import format_number

Recipe = Mapping[str, Any]


@dataclass(slots=True)
class Writer:
    """Whoever fills in a form: when, for which unit, and what stands in the form so far.

    `size` is the number that numbers are measured by; `words` are the placeholders of texts.
    """

    dice: random.Random
    today: date
    group: str = ""
    size: int = 1
    words: Mapping[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def fill(
    definition: Definition,
    answers: Mapping[str, Recipe],
    repeats: Mapping[str, Mapping[str, Any]],
    writer: Writer,
) -> Typed:
    """Return what `writer` types into a form, in the order of its questions.

    Questions that are not asked are answered too: reading the form leaves them out.
    """
    typed = Typed()
    for question in definition.questions:
        if question.name in answers and definition.repeat_of(question.name) is None:
            typed[question.name] = write(question.name, answers[question.name], writer)
    for repeat, recipe in repeats.items():
        for index in range(_number(recipe["instances"], writer)):
            for name in (q.name for q in definition.questions if q.name in recipe):
                typed[f"{repeat}-{index}-{name}"] = write(name, recipe[name], writer)
    return typed


def write(name: str, recipe: Recipe, writer: Writer) -> list[str]:
    """Return what is typed for one question; nothing when chance has it left blank."""
    if writer.dice.random() >= recipe.get("chance", 1):
        return []
    key = next(key for key in RECIPES if key in recipe)
    zero = any(writer.chosen.get(k) == v for k, v in recipe.get("zero_when", {}).items())
    answer: int | list[str] = 0 if zero else RECIPES[key](recipe, writer)
    if isinstance(answer, int):
        writer.numbers[name] = answer
        answer = [format_number(answer)]
    writer.chosen[name] = answer[0]
    return answer


# --- texts and choices ----------------------------------------------------------------------------


def _pick(recipe: Recipe, writer: Writer) -> list[str]:
    """Take one of some texts, and none twice in a form while there are others."""
    texts: Sequence[str] = recipe["pick"]
    template = writer.dice.choice([t for t in texts if t not in writer.used] or texts)
    writer.used.add(template)
    return [_text(template, writer)]


def _compose(recipe: Recipe, writer: Writer) -> list[str]:
    """Take one sentence of each list."""
    sentences = (writer.dice.choice(sentences) for sentences in recipe["compose"])
    return [_text(" ".join(sentences), writer)]


def _text(template: str, writer: Writer) -> str:
    dice = writer.dice
    return template.format(
        number=dice.randint(11, 260),
        small=f"{dice.randint(1, 40):02d}",
        digits=f"{dice.randint(0, 999):03d}",
        **writer.words,
    )


def _weights(recipe: Recipe, writer: Writer) -> list[str]:
    """Choose one, each as often as its weight says."""
    choices: Mapping[str, float] = recipe["weights"]
    return writer.dice.choices(list(choices), list(choices.values()))


def _some(recipe: Recipe, writer: Writer) -> list[str]:
    """Choose each with its own probability: at least one, and no more than `most`."""
    choices: Mapping[str, float] = recipe["some"]
    chosen = [name for name, chance in choices.items() if writer.dice.random() < chance]
    most = recipe.get("most", len(choices))
    if len(chosen) > most:
        chosen = writer.dice.sample(chosen, most)
    return chosen or [max(choices, key=lambda name: choices[name])]


def _by_group(recipe: Recipe, writer: Writer) -> int | list[str]:
    """Answer by the unit's group: a text, a number, or [low, high] shares of its size."""
    value = recipe["by_group"].get(writer.group, recipe["else"])
    if isinstance(value, str):
        return [_text(value, writer)]
    return int(value) if isinstance(value, int) else _size({"size": value}, writer)


def _by_answer(recipe: Recipe, writer: Writer) -> list[str]:
    """Take one of the texts for what has been answered to another question (`of`)."""
    texts = recipe["by_answer"][writer.chosen[recipe["of"]]]
    return [_text(writer.dice.choice(texts), writer)]


# --- numbers --------------------------------------------------------------------------------------


def _size(recipe: Recipe, writer: Writer) -> int:
    """Return a number in proportion to the unit's size."""
    number = round(writer.size * writer.dice.uniform(*recipe["size"]))
    number = max(number, int(recipe.get("least", 0)))
    return min(number, int(recipe.get("at_most", number)))


def _share_of(recipe: Recipe, writer: Writer) -> int:
    """Return a part of another number, or of the sum of several; sometimes the `whole`."""
    total = _sum(recipe["share_of"], writer)
    if writer.dice.random() < recipe.get("whole", 0):
        return total
    return min(round(total * writer.dice.uniform(*recipe["between"])), total)


def _times(recipe: Recipe, writer: Writer) -> int:
    """Return another number times something: 0 of it stays 0."""
    return round(_sum(recipe["times"], writer) * writer.dice.uniform(*recipe["between"]))


def _sum(names: str | Sequence[str], writer: Writer) -> int:
    return sum(writer.numbers[name] for name in ([names] if isinstance(names, str) else names))


def _number(bounds: Sequence[int], writer: Writer) -> int:
    return writer.dice.randint(*bounds)


# --- dates ----------------------------------------------------------------------------------------


def _days_ago(recipe: Recipe, writer: Writer) -> list[str]:
    """Return a day before today, never before `not_before`."""
    day = writer.today - timedelta(days=_number(recipe["days_ago"], writer))
    return [short_date(max(day, recipe.get("not_before", day)))]


def _days_ahead(recipe: Recipe, writer: Writer) -> list[str]:
    """Return a day after today."""
    return [short_date(writer.today + timedelta(days=_number(recipe["days_ahead"], writer)))]


def _days(recipe: Recipe, writer: Writer) -> list[str]:
    """Return a day between two, and not after today."""
    first, last = recipe["days"]
    span = (min(last, writer.today) - first).days
    return [short_date(first + timedelta(days=writer.dice.randint(0, span)))]


RECIPES: Mapping[str, Callable[[Recipe, Writer], int | list[str]]] = {
    "pick": _pick,
    "compose": _compose,
    "weights": _weights,
    "some": _some,
    "by_group": _by_group,
    "by_answer": _by_answer,
    "size": _size,
    "share_of": _share_of,
    "times": _times,
    "number": lambda recipe, writer: _number(recipe["number"], writer),
    "days_ago": _days_ago,
    "days_ahead": _days_ahead,
    "days": _days,
}
