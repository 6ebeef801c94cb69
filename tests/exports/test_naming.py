"""How columns are called away from their bands: shares say of what, and no two are the same."""

from __future__ import annotations

from dataclasses import replace

from exports.naming import names_of
from forms.tree import Column
from tests.exports.small import column, labels


def share(name: str, value: str, *, label: str = "Tỷ lệ (%)", band: str = "") -> Column:
    return replace(column(name, value, "percent", band=band), labels=labels(label))


def called(*columns: Column) -> list[str]:
    return [name.full for name in names_of(columns, "vi").values()]


def test_a_share_is_called_by_what_it_is_a_share_of() -> None:
    found = called(
        column("tong", "${tong}", band="Đảng viên"),
        column("qt", "${qt}", band="Đảng viên"),
        share("a", "percent(${qt}, ${tong})", band="Đảng viên"),
        share("b", "if(${tong} > 0, percent(${qt}, ${tong}), 0)", band="Chung"),
        share("c", "percent(${qt}, ${tong})", label="Tỷ lệ quán triệt (%)"),
    )
    assert found[2:] == [
        "Đảng viên: qt, tỷ lệ (%)",
        "Chung: Đảng viên: qt, tỷ lệ (%)",
        "Tỷ lệ quán triệt (%)",
    ]


def test_what_would_still_be_called_the_same_bears_its_name() -> None:
    found = called(
        column("qt", "${qt}"),
        share("a", "percent(${qt}, ${tong})"),
        share("b", "percent(${qt}, ${khac})"),
    )
    assert found == ["qt", "qt, tỷ lệ (%) (a)", "qt, tỷ lệ (%) (b)"]


def test_a_share_of_what_no_column_shows_keeps_its_label() -> None:
    assert called(share("a", "percent(${qt}, ${tong})")) == ["Tỷ lệ (%)"]
