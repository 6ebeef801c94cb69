"""Fixed-rows tables: which groups are one, their headings, and where totals stand."""

from dataclasses import replace

from forms.matrix import Band, Heading, Matrix, bands, matrix_of, rows_of_matrices
from forms.tree import Group
from tests.forms.forms import definition, shipped


def table(form_id: str) -> Matrix:
    group = shipped(form_id).places["bang_so_cuoc"].item
    assert isinstance(group, Group)
    found = matrix_of(group)
    assert found is not None
    return found


def test_labels_that_begin_alike_share_a_heading() -> None:
    headings = table("bao_cao_dot_1").headings("vi")
    assert headings[:3] == (
        Heading("Số cuộc: trực tiếp", "Trực tiếp", "Số cuộc"),
        Heading("Số cuộc: trực tuyến", "Trực tuyến", "Số cuộc"),
        Heading("Số cuộc: cộng", "Cộng", "Số cuộc"),
    )
    assert bands(headings) == (Band("Số cuộc", 0, 3), Band("Lượt người dự", 3, 3))


def test_a_label_that_shares_with_no_neighbour_stands_whole() -> None:
    assert table("bao_cao_dot_2").headings("en") == (
        Heading("Meetings", "Meetings"),
        Heading("Attendances", "Attendances"),
    )
    assert bands(table("bao_cao_dot_2").headings("en")) == (Band("", 0, 1), Band("", 1, 1))


def test_rows_that_nobody_types_are_totals_and_the_last_ones_are_the_foot() -> None:
    rows = table("bao_cao_dot_2")
    assert [row.group.name for row in rows.rows if row.is_total] == ["g_tong_cuoc", "g_truc_tiep"]
    assert [row.group.name for row in rows.foot] == ["g_truc_tiep"]
    assert rows.body + rows.foot == rows.rows


def test_a_group_of_another_shape_is_no_table() -> None:
    group = table("bao_cao_dot_1").group
    rows = [child for child in group.children if isinstance(child, Group)]
    shorter = replace(rows[1], children=rows[1].children[:-1])
    assert matrix_of(replace(group, appearance=())) is None
    assert matrix_of(replace(group, children=(rows[0], shorter))) is None
    assert matrix_of(replace(group, children=(*rows, rows[0].children[0]))) is None
    assert matrix_of(replace(group, children=(rows[0], replace(rows[1], repeat=True)))) is None
    assert matrix_of(replace(group, children=())) is None


def test_a_calculation_without_a_label_is_no_cell() -> None:
    form = definition("""
        | survey | type | name | label | calculation | appearance |
        | | begin group | bang | Bảng | | matrix |
        | | begin group | d1 | Dòng 1 | | |
        | | integer | a1 | A | | |
        | | calculate | b1 | B | ${a1} | |
        | | end group | | | | |
        | | begin group | d2 | Dòng 2 | | |
        | | integer | a2 | A | | |
        | | calculate | b2 | B | ${a2} | |
        | | end group | | | | |
        | | end group | | | | |
        """)
    found = rows_of_matrices(form)
    assert {name: row.group.name for name, row in found.items()} == {
        "a1": "d1",
        "b1": "d1",
        "a2": "d2",
        "b2": "d2",
    }
