"""What differs between two versions of a form, in plain words; what it does to answers so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from flask_babel.speaklater import LazyString

from forms.compare import Comparison, Difference, Facet, Item, Kind
from forms.markup import alone
from forms.tree import Group, Question
from language.numbers import format_number
from services.versions import COUNTED, AnswerCounts
from views.filling import plain_label
from views.form_words import type_words
from views.language import LANGUAGES

HEADINGS: Mapping[Kind, LazyString] = {
    "added": lazy_gettext("Added"),
    "removed": lazy_gettext("Removed"),
    "renamed": lazy_gettext("Renamed, it seems"),
    "changed": lazy_gettext("Changed"),
    "moved": lazy_gettext("Moved"),
}
# What a facet is called.
WORDS: Mapping[str, LazyString] = {
    "labels": lazy_gettext("Label"),
    "hint": lazy_gettext("Hint"),
    "guidance": lazy_gettext("More help"),
    "required_message": lazy_gettext("What is said when it is left blank"),
    "constraint_message": lazy_gettext("What is said when it is not allowed"),
    "measure": lazy_gettext("Unit of measure"),
    "image": lazy_gettext("Image"),
    "required": lazy_gettext("Required"),
    "constraint": lazy_gettext("What the answer must be"),
    "relevant": lazy_gettext("When it is asked"),
    "calculation": lazy_gettext("How it is worked out"),
    "choice_filter": lazy_gettext("Which choices are offered"),
    "dynamic_default": lazy_gettext("What stands there at first"),
    "default": lazy_gettext("What stands there at first"),
    "repeat_count": lazy_gettext("How often it is repeated"),
    "type": lazy_gettext("Type"),
    "dataset": lazy_gettext("File of the choices"),
    "read_only": lazy_gettext("Only to read"),
    "appearance": lazy_gettext("How it is drawn"),
    "trigger": lazy_gettext("Worked out when this changes"),
    "accept": lazy_gettext("Files that are taken"),
    "parameters": lazy_gettext("Settings"),
    "choice_added": lazy_gettext("New choice"),
    "choice_removed": lazy_gettext("Choice removed"),
    "choice_label": lazy_gettext("Label of a choice"),
    "choice_order": lazy_gettext("The choices stand in another order"),
    "repeat": lazy_gettext("Moved into or out of a repeat"),
    "group": lazy_gettext("Moved to another group"),
    "order": lazy_gettext("Stands elsewhere in the form"),
    "title": lazy_gettext("Title of the form"),
    "version": lazy_gettext("Version, in the words of the form"),
    "languages": lazy_gettext("Languages"),
    "instance_name": lazy_gettext("Name of a response"),
    "style": lazy_gettext("Style of the page"),
    "tables": lazy_gettext("The tables of the consolidated workbook have changed"),
    "checks": lazy_gettext("The checks have changed"),
    "datasets": lazy_gettext("The CSV files have changed"),
    "files": lazy_gettext("The images have changed"),
}


@dataclass(frozen=True, slots=True)
class DescribedFacet:
    """One thing that differs: what, before, after; both are blank where there is no more to say."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DescribedItem:
    """A question or group that differs, and what that does to the answers given so far."""

    label: str
    kind: str
    name: str
    old_name: str
    facets: tuple[DescribedFacet, ...]
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A comparison in words: of the form as a whole, then by kind of difference."""

    form: tuple[DescribedFacet, ...]
    sections: tuple[tuple[Kind, str, tuple[DescribedItem, ...]], ...]

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.form or self.sections)


def describe(comparison: Comparison, counts: AnswerCounts, language: str) -> Described:
    """Return a comparison in words."""
    return Described(
        form=tuple(_facet(facet) for facet in comparison.form),
        sections=tuple(
            (kind, str(heading), tuple(_item(d, counts, language) for d in found))
            for kind, heading in HEADINGS.items()
            if (found := comparison.of_kind(kind))
        ),
    )


def _item(difference: Difference, counts: AnswerCounts, language: str) -> DescribedItem:
    item, old = difference.item, difference.old
    return DescribedItem(
        label=plain_label(item, language),
        kind=type_words(_type(item)),
        name=item.name,
        old_name=old.name if old and difference.kind == "renamed" else "",
        facets=tuple(_facet(_worded(f, difference, language)) for f in difference.facets),
        effects=tuple(dict.fromkeys(_effects(difference, counts, language))),
    )


def _worded(facet: Facet, difference: Difference, language: str) -> Facet:
    """Return a facet with the label, in `language`, of a choice that is there in one version."""
    if facet.key == "choice_added":
        return replace(facet, new=_choice_label(difference.item, facet.choice, language))
    if facet.key == "choice_removed":
        return replace(facet, old=_choice_label(difference.old, facet.choice, language))
    return facet


def _choice_label(item: Item | None, choice: str, language: str) -> str:
    return alone(item.choice_label(choice, language)) if isinstance(item, Question) else choice


def _type(item: Item) -> str:
    if isinstance(item, Group):
        return "begin repeat" if item.repeat else "begin group"
    return item.type


def _facet(facet: Facet) -> DescribedFacet:
    what = str(WORDS[facet.key])
    if facet.language in LANGUAGES and facet.key != "title":
        what = f"{what} ({LANGUAGES[facet.language]})"
    if facet.choice:
        what = f"{what}: {facet.choice}"
    read = _SHOWN.get(facet.key, str)
    return DescribedFacet(what, read(facet.old), read(facet.new))


def _yes_no(source: str) -> str:
    return {"true()": _("yes"), "yes": _("yes"), "": _("no")}.get(source, source)


_SHOWN: Mapping[str, Callable[[str], str]] = {
    "required": _yes_no,
    "read_only": _yes_no,
    "type": lambda kind: type_words(
        {"group": "begin group", "repeat": "begin repeat"}.get(kind, kind)
    ),
}


# --- what it does to answers so far ---------------------------------------------------------------


def _effects(difference: Difference, counts: AnswerCounts, language: str) -> Iterator[str]:
    answered = _answered(difference, counts, language)
    if difference.kind in _BY_KIND:
        yield from answered
        yield str(_BY_KIND[difference.kind])
    keys = {facet.key for facet in difference.facets}
    if difference.kind == "changed" and keys & COUNTED:
        yield from answered
    for key, words in _BY_FACET.items():
        if key in keys:
            yield str(words)
    yield from _chosen(difference, counts, language)


def _answered(difference: Difference, counts: AnswerCounts, language: str) -> Iterable[str]:
    """Say how many have answered the question so far; of participants, those who are counted."""
    name = difference.old.name if difference.old else ""
    reports, feedback = counts.reports.get(name, 0), counts.feedback.get(name, 0)
    said = []
    if reports:
        shown = format_number(reports, language=language)
        said.append(
            ngettext(
                "%(shown)s report has answered this question.",
                "%(shown)s reports have answered this question.",
                reports,
                shown=shown,
            )
        )
    if feedback:
        shown = format_number(feedback, language=language)
        said.append(_("%(shown)s participants have answered this question.", shown=shown))
    return said


def _chosen(difference: Difference, counts: AnswerCounts, language: str) -> Iterator[str]:
    for facet in difference.facets:
        name = difference.old.name if difference.old else ""
        chosen = counts.choices.get((name, facet.choice), 0)
        if facet.key == "choice_removed" and chosen:
            yield ngettext(
                "%(shown)s report has chosen “%(choice)s”.",
                "%(shown)s reports have chosen “%(choice)s”.",
                chosen,
                shown=format_number(chosen, language=language),
                choice=_choice_label(difference.old, facet.choice, language),
            )


_BY_KIND: Mapping[Kind, LazyString] = {
    "added": lazy_gettext("Reports sent so far leave it blank."),
    "removed": lazy_gettext(
        "The column stays in the raw answers; new reports are not asked any more."
    ),
    "renamed": lazy_gettext(
        "To the system these are two questions: answers so far stay in the old column, new ones go "
        "into the new column. To keep them in one column, keep the old name."
    ),
    "moved": lazy_gettext("Answers so far are not touched."),
}
_BY_FACET: Mapping[str, LazyString] = {
    "type": lazy_gettext(
        "Answers so far stay as they were given; in the tables, those that do not fit the new type "
        "stand as text or are left out."
    ),
    "required": lazy_gettext(
        "Reports sent so far are not checked again; whoever corrects one is asked by the new rule."
    ),
    "constraint": lazy_gettext(
        "Reports sent so far are not checked again; whoever corrects one is asked by the new rule."
    ),
    "calculation": lazy_gettext("Values in reports sent so far are not worked out again."),
    "choice_removed": lazy_gettext(
        "The choice can no longer be chosen; in views and tables it keeps its label."
    ),
    "choice_label": lazy_gettext("Tables show the new label, also for answers so far."),
    "labels": lazy_gettext("The column stays the same; tables show the new label."),
    "repeat": lazy_gettext(
        "Answers so far were given once, new ones any number of times, or the other way round: in "
        "tables they may not stand together."
    ),
}
