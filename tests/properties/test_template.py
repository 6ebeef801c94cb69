"""Any small form as a workbook: what was typed comes back, and no cell is too strange."""

from __future__ import annotations

from datetime import date, time

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.exceptions import IllegalCharacterError

from forms.answers import Typed
from forms.reading import read
from forms.workbook_cells import as_written
from tests.exports.templates import (
    AROUND,
    KITCHEN,
    changed,
    form,
    read_back,
    written,
)
from tests.properties.test_forms import Form, answered, compiled

CELLS = st.one_of(
    st.text(max_size=30),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(date(1900, 1, 1), date(9999, 12, 30)),
    st.times().map(lambda clock: clock.replace(microsecond=0)),
    st.sampled_from(["x", "Tốt", "1.234,5", "1,234.5", "31/2/2021", "=1+1", "#phieu", time(0, 0)]),
)


@settings(max_examples=100)
@given(answered(wrong=True))
def test_what_was_typed_into_any_form_comes_back(case: tuple[Form, Typed]) -> None:
    definition, typed = compiled(case[0]), case[1]
    # No cell holds what XML has no sign for; a form refuses it, too.
    typed = Typed({name: texts for name, texts in typed.items() if "\x00" not in texts[0]})
    expected = as_written(definition, typed, "vi")
    filled = read_back(definition, written(definition, typed))
    assert as_written(definition, filled.typed, "vi") == filled.typed
    assert filled.typed == {n: t for n, t in expected.items() if n not in filled.refused}
    assert filled.missing == []


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(2, 60), st.integers(1, 8), CELLS), max_size=15), st.data())
def test_no_cell_is_too_strange_to_be_read(
    cells: list[tuple[int, int, object]], data: st.DataObject
) -> None:
    kitchen = form(KITCHEN)

    def scribble(book: Workbook) -> None:
        for row, column, value in cells:
            sheet = data.draw(st.sampled_from(book.worksheets))
            target = sheet.cell(row, column)
            if not hasattr(target, "data_type") or target.coordinate in sheet.merged_cells:
                continue
            try:
                target.value = value
            except IllegalCharacterError:
                target.value = "?"

    filled = read_back(kitchen, changed(BLANK, scribble))
    read(kitchen, filled.typed, AROUND)
    for note in (*filled.faults, *filled.notes):
        assert note.sentence("vi")
        assert note.sentence("en")


BLANK = written(form(KITCHEN))
