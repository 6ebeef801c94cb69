"""What docs/xlsform.md says of the form language is what the product does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forms.compile import compile_form
from forms.expressions import FUNCTIONS, Field, parse
from forms.fields import FIELDS
from forms.headings import HEADINGS
from forms.questions import APPEARANCES, IGNORED, UNSUPPORTED
from forms.tables import FORMATS, KINDS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "xlsform.md").read_text(encoding="utf-8")
FORMS = re.findall(r"^```form\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
FUNCTION_TABLE = DOCUMENT.partition("### Functions")[2].partition("### Blank")[0]
ROWS = re.findall(r"^\| (`.*?) \| .*? \| `(.*?)` \| (.*?) ?\|$", FUNCTION_TABLE, re.MULTILINE)
# Written in the document as other tools write it.
WRITTEN = {"image": "media::image"}


@pytest.mark.parametrize("text", FORMS, ids=lambda text: text.splitlines()[1][:50])
def test_every_form_in_the_document_can_be_published(text: str) -> None:
    assert compile_form(text.encode(), "form.md").warnings == ()


def test_the_document_has_forms_to_learn_from() -> None:
    assert len(FORMS) == 4


@pytest.mark.parametrize("example", [example for _, example, _ in ROWS])
def test_every_example_of_a_function_can_be_written(example: str) -> None:
    parse(example, lambda path: Field(path.source))


def test_every_function_is_described_with_what_excel_and_the_browser_make_of_it() -> None:
    described = {
        name: where for names, _, where in ROWS for name in re.findall(r"`([a-z][\w:-]*)\(", names)
    }
    assert described.keys() == FUNCTIONS.keys()
    for name, where in described.items():
        function = FUNCTIONS[name]
        assert ("Excel" in where) == (function.excel is not None), name
        assert ("Server" in where) == function.only_server, name


@pytest.mark.parametrize(
    "word",
    sorted(
        FIELDS.keys()
        | APPEARANCES
        | IGNORED
        | set(KINDS)
        | set(FORMATS)
        | {WRITTEN.get(name, name) for name in HEADINGS["survey"].keys() - UNSUPPORTED}
        | (HEADINGS["tables"].keys() | HEADINGS["checks"].keys())
        | {"form_title", "form_id", "version", "default_language", "instance_name", "style"}
    ),
)
def test_every_word_of_the_language_is_described(word: str) -> None:
    assert re.search(rf"`{re.escape(word)}(`|[ .,])", DOCUMENT)
