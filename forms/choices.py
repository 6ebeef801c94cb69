"""The choices of a form: the lists of its choices sheet, and those of a CSV beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from forms.cells import Row, Sheet
from forms.datasets import CSV, read_dataset
from forms.findings import Findings, FormErrors
from forms.headings import split_heading
from forms.labels import labels_by_language
from forms.survey import Part
from forms.tree import Choice, Dataset, Labels, Pairs

COLUMNS = frozenset({"list_name", "name", "label", "image"})
# What a list from a file is read from when its parameters do not say (XLSForm reference table).
FILE_COLUMNS = {"value": "name", "label": "label"}
OTHER = "other"
OTHER_LABELS = {"vi": "Khác", "en": "Other"}
SPECIFY_LABELS = {"vi": "Vui lòng ghi rõ", "en": "Please specify"}


def in_languages(texts: Mapping[str, str], languages: tuple[str, ...]) -> Labels:
    """Return our own words in the languages of a form, English where we have none."""
    return Labels(tuple((code, texts.get(code, texts["en"])) for code in languages))


@dataclass
class Choices:
    """The lists of choices of a form, each read once.

    `duplicates`: several choices of a list may have one name (`allow_choice_duplicates`), such as
    those of which a filter leaves one.
    """

    sheet: Sheet
    files: Mapping[str, bytes]
    languages: tuple[str, ...]
    findings: Findings
    duplicates: bool = False
    datasets: dict[str, Dataset] = field(default_factory=dict)

    @cached_property
    def lists(self) -> Mapping[str, tuple[Choice, ...]]:
        """The lists of the choices sheet by name; what is wrong with its rows is noted."""
        lists: dict[str, dict[str, Choice]] = {}
        for row in self.sheet.rows:
            if row.get("list_name"):
                self._add(lists.setdefault(row.get("list_name"), {}), row)
            else:
                self.findings.error(self.sheet, row, "list_name", "no_list_name")
        return {name: tuple(dict.fromkeys(found.values())) for name, found in lists.items()}

    def _add(self, choices: dict[str, Choice], row: Row) -> None:
        name = row.get("name")
        if not name:
            self.findings.error(self.sheet, row, "name", "no_choice_name")
        elif re.search(r"\s", name):
            self.findings.error(self.sheet, row, "name", "choice_name", value=name)
        elif name in choices and not self.duplicates:
            parts = {"value": name, "list": row.get("list_name")}
            self.findings.error(self.sheet, row, "name", "duplicate_choice", **parts)
        else:
            key = f"{name} {row.number}" if name in choices else name
            choices[key] = Choice(
                name=name,
                labels=labels_by_language(row.cells, "label", self.languages),
                image=labels_by_language(row.cells, "image", self.languages),
                fields=self._fields(row),
            )

    def _fields(self, row: Row) -> Pairs:
        return tuple(
            (heading, text)
            for heading, text in row.cells.items()
            if split_heading(heading)[0] not in COLUMNS
        )

    def of(self, part: Part, survey: Sheet, parameters: Mapping[str, str]) -> tuple[Choice, ...]:
        """Return the choices of a question; a list that is not there is noted."""
        name = part.list_name
        if not name.endswith(CSV):
            if name not in self.lists or "_from_file" in part.row.get("type"):
                key = "file_kind" if "." in name else "list" if name else "no_list"
                self.findings.error(survey, part.row, "type", key, value=name)
            return self.lists.get(name, ())
        dataset = self.dataset(name)
        if dataset is None:
            self.findings.error(survey, part.row, "type", "file_missing", value=name)
            return ()
        return self._from_dataset(dataset, part, survey, parameters)

    def dataset(self, name: str) -> Dataset | None:
        """Return the CSV of this name, with or without its ending; None when it is not there."""
        file_name = name if name.endswith(CSV) else f"{name}{CSV}"
        if file_name not in self.datasets and file_name in self.files:
            try:
                self.datasets[file_name] = read_dataset(self.files[file_name], file_name)
            except FormErrors as errors:
                self.findings.errors += errors.errors
                self.datasets[file_name] = Dataset(file_name, (), ())
        return self.datasets.get(file_name)

    def _from_dataset(
        self, dataset: Dataset, part: Part, survey: Sheet, parameters: Mapping[str, str]
    ) -> tuple[Choice, ...]:
        wanted = FILE_COLUMNS | {k: v for k, v in parameters.items() if k in FILE_COLUMNS}
        for column in dict.fromkeys(wanted.values()):
            if dataset.columns and column not in dataset.columns:
                parts = {"file": dataset.name, "value": column}
                self.findings.error(survey, part.row, "type", "dataset_column", **parts)
                return ()
        choices: dict[str, Choice] = {}
        for row in dataset.rows:
            cells = dict(zip(dataset.columns, row, strict=True))
            name, label = cells[wanted["value"]], cells[wanted["label"]]
            if name and not re.search(r"\s", name):
                labels = Labels(((self.languages[0], label),))
                choices.setdefault(name, Choice(name, labels, fields=tuple(cells.items())))
        return tuple(choices.values())


def with_other(choices: tuple[Choice, ...], languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """Return the choices and “other”, unless it is among them already."""
    if any(choice.name == OTHER for choice in choices):
        return choices
    return (*choices, Choice(OTHER, in_languages(OTHER_LABELS, languages)))


def without_names(choices: tuple[Choice, ...], languages: tuple[str, ...]) -> tuple[Choice, ...]:
    """Return the choices, those without a label called by their name."""
    return tuple(
        choice if choice.labels else replace(choice, labels=Labels(((languages[0], choice.name),)))
        for choice in choices
    )
