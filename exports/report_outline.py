"""The outline of a report: what a template is made from, as a text that is easy to read.

A line is a paragraph, and one that is indented goes on with it. "#" and "##" begin headings, "-" an
item, "!" what somebody has to write, ">" who receives the report, "?if name" and "?end" stand
around what is only said when there is something in a place; "//" is a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from exports.report import CLOSED, DECREE, PARTY, Report
from exports.report_language import names_in
from exports.report_places import Place, heading_of, identifier
from exports.rounds import Consolidation
from exports.tables import planned
from exports.values import NUMERIC
from forms.markup import alone
from forms.tree import Column, Labels, Table

Outline = tuple[tuple[str, str], ...]
_SIGNS: Mapping[str, str] = {
    "##": "section",
    "#": "chapter",
    "-": "item",
    "!": "ask",
    ">": "recipient",
    "?if": "if",
    "?end": "end",
}
_LINE = re.compile(r"(##|#|-|!|>|\?if|\?end)(?:\s+|$)(.*)")
REMARK = "//"
_NO_SIGNS = str.maketrans("{}", "()", "\n")


def read_outline(text: str) -> Outline:
    """Return the paragraphs of an outline, each with its kind."""
    paragraphs: list[str] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith(REMARK):
            continue
        if line[:1].isspace() and paragraphs:
            paragraphs[-1] += f" {line.strip()}"
        else:
            paragraphs.append(line.strip())
    return tuple(map(_kind, paragraphs))


def _kind(paragraph: str) -> tuple[str, str]:
    found = _LINE.fullmatch(paragraph)
    return (_SIGNS[found[1]], found[2]) if found else ("text", paragraph)


def fits(outline: Outline, places: Mapping[str, Place]) -> bool:
    """Tell whether a campaign has every place that an outline names."""
    conditions = {text for kind, text in outline if kind == "if"}
    named = {name for _, text in outline for name in names_in(text)}
    return named | conditions <= places.keys()


# --- any campaign ---------------------------------------------------------------------------------

_BEGINNING = """
Thực hiện {{ ke_hoach }} (chuyên đề “{{ chuyen_de }}”), {{ ban }} báo cáo {{ trich_yeu }}
  ({{ dot }}) như sau:
# Công tác lãnh đạo, chỉ đạo
Đến {{ so_lieu_den }}, có {{ so_don_vi_gui }}/{{ so_don_vi }} đơn vị gửi báo cáo ({{ ty_le_gui }}%);
  trong đó gửi đúng hạn {{ dung_han }} đơn vị, trễ hạn {{ tre }} đơn vị; chưa gửi {{ chua }} đơn vị.
?if bat_buoc.so_don_vi
- Các đơn vị phải gửi báo cáo: {{ bat_buoc.so_don_vi_gui }}/{{ bat_buoc.so_don_vi }} đơn vị đã gửi
  ({{ bat_buoc.ty_le_gui }}%). Đơn vị chưa gửi: {{ bat_buoc.ds_chua }}.
?end
?if moi.so_don_vi
- Các đơn vị được mời gửi báo cáo: {{ moi.so_don_vi_gui }}/{{ moi.so_don_vi }} đơn vị đã gửi
  ({{ moi.ty_le_gui }}%). Đơn vị chưa gửi: {{ moi.ds_chua }}.
?end
?if tra_lai
- Báo cáo đang trả lại để chỉnh sửa, chưa tổng hợp số liệu: {{ tra_lai }} báo cáo
  ({{ ds_tra_lai }}).
?end
# Kết quả
"""
_ENDING = """
# Hạn chế, khó khăn, vướng mắc và nguyên nhân
{difficulties}
! Chuyên viên soạn: hạn chế và nguyên nhân
# Nhiệm vụ, giải pháp thời gian tới
! Chuyên viên soạn: nhiệm vụ, giải pháp
{proposals}
Trên đây là báo cáo {{{{ trich_yeu }}}} ({{{{ dot }}}}), {{{{ ban }}}} kính báo cáo
  {{{{ cap_tren }}}} xem xét, chỉ đạo
> {{{{ cap_tren }}}} (để b/c)
> Lãnh đạo {{{{ ban_gon }}}}
> {filed}
"""
# Where the copy is kept that stays, as each style writes it.
_FILED: Mapping[str, str] = {PARTY: "Lưu", DECREE: "Lưu: VT"}


def general_outline(report: Report) -> Outline:
    """Return the outline of a report on any campaign, made from the tables of its forms.

    What it is about, who issues it and to whom stand in places: what is not known there is marked.
    """
    tables = [(table, parts[0][0].kind) for table, parts in planned(_every_round(report))]
    results = (line for table, kind in tables for line in _results(table, kind))
    difficulties = (line for table, kind in tables if kind == "standing" for line in _listed(table))
    proposals = [
        line for table, kind in tables if _is_proposals(table, kind) for line in _listed(table)
    ]
    if proposals:
        proposals.insert(0, "# Đề xuất, kiến nghị")
    ending = _ENDING.format(
        difficulties="\n".join(difficulties),
        proposals="\n".join(proposals),
        filed=_FILED[report.style],
    )
    return read_outline("\n".join((_BEGINNING, *results, ending)))


def _every_round(report: Report) -> Consolidation:
    return replace(report.whole, language="vi")


def _results(table: Table, kind: str) -> Iterator[str]:
    """Yield what the report says of a table, under a heading of its own."""
    if kind == "standing" or _is_proposals(table, kind) or table.kind not in _TELLERS:
        return
    yield f"## {_said(table.title or table.labels)}"
    yield from _TELLERS[table.kind](table, identifier(table.name))


def _contents(_: Table, name: str) -> Iterator[str]:
    yield f"Các đơn vị báo cáo {{{{ {name}.so }}}} nội dung: {{{{ {name}.ds_ten }}}}."


def _units(table: Table, name: str) -> Iterator[str]:
    numeric = [column for column in table.columns if column.format in NUMERIC]
    for band, columns in groupby(numeric, key=lambda column: _said(column.band)):
        figures = "; ".join(_figure(name, column) for column in columns)
        yield f"- {band}: {figures}." if band else f"- {_begun(figures)}."
    shares = [column for column in numeric if column.format == "percent"]
    # The last share is that of the whole table.
    for column in shares[-1:]:
        stem = f"{name}.{identifier(column.name)}"
        yield (
            f"{_said_of(heading_of(column))}: cao nhất {{{{ {stem}.cao_nhat }}}}; thấp nhất "
            f"{{{{ {stem}.thap_nhat }}}}."
        )


def _figure(name: str, column: Column) -> str:
    sign = "%" if column.format == "percent" else ""
    label = _said(column.labels).removesuffix("(%)").strip()
    label = label[:1].lower() + label[1:]
    return f"{label} {{{{ {name}.{identifier(column.name)} }}}}{sign}"


def _feedback(table: Table, name: str) -> Iterator[str]:
    yield f"?if {name}.so_phieu"
    yield f"{{{{ {name}.so_phieu }}}} phiếu phản hồi."
    for column in table.columns:
        if column.format == "scale":
            stem = f"{name}.{identifier(column.name)}"
            label = _said(column.labels) or column.name
            yield f"- {label}: điểm bình quân {{{{ {stem}.diem }}}}."
    yield "?end"


# Tables of other kinds say nothing of their own.
_TELLERS: Mapping[str, Callable[[Table, str], Iterator[str]]] = {
    "units": _units,
    "list": _contents,
    "distribution": _feedback,
}


def _is_proposals(table: Table, kind: str) -> bool:
    """Tell whether a list is of what units ask for, each under whom it is asked of."""
    return kind == CLOSED and table.kind == "list" and bool(table.group_by)


def _listed(table: Table) -> Iterator[str]:
    name = identifier(table.name)
    yield f"?if {name}.so"
    yield f"{_said(table.labels)}: {{{{ {name}.so }}}} nội dung."
    yield "?end"
    yield f"{{{{ {name}.danh_sach }}}}"


def _said(labels: Labels) -> str:
    """Return a label as the words of a sentence: nothing in it is a sign of a template."""
    return _said_of(alone(labels.text("vi")))


def _said_of(label: str) -> str:
    return _begun(label.translate(_NO_SIGNS))


def _begun(text: str) -> str:
    """Return a text as a sentence begins."""
    return text[:1].upper() + text[1:]
