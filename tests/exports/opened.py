"""Files as LibreOffice opens them: what it takes every cell for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from tests.exports.books import SOFFICE

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
LINK = f"{TEXT}a"
# Attribute of a cell -> what it holds for each kind of value.
VALUES = {
    "float": "value",
    "percentage": "value",
    "date": "date-value",
    "time": "time-value",
    "boolean": "boolean-value",
}


@dataclass(frozen=True)
class Seen:
    """A cell: `text` or another kind, what it holds, and whether it computes or leads away."""

    kind: str
    value: str
    formula: bool = False
    link: bool = False


def opened(
    folder: Path, files: Sequence[Path], reading: Sequence[str] = ()
) -> dict[str, dict[str, list[list[Seen]]]]:
    """Return the rows of every sheet of every file, by their names; `reading` says how to read."""
    command = [
        str(SOFFICE),
        f"-env:UserInstallation=file://{folder / 'profile'}",
        *("--headless", *reading, "--convert-to", "fods", "--outdir", str(folder / "opened")),
        *map(str, files),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return {
        file.name: _sheets(folder / "opened" / file.with_suffix(".fods").name) for file in files
    }


def _sheets(path: Path) -> dict[str, list[list[Seen]]]:
    root = ElementTree.parse(path).getroot()
    return {
        str(table.get(f"{TABLE}name")): list(_rows(table)) for table in root.iter(f"{TABLE}table")
    }


def _rows(table: Element) -> Iterator[list[Seen]]:
    for row in table.iter(f"{TABLE}table-row"):
        cells = [seen for cell in row for seen in _cells(cell)]
        while cells and not cells[-1].value:
            cells.pop()
        # The rows below the last one are one that is repeated; nobody asks for them.
        repeated = int(row.get(f"{TABLE}number-rows-repeated", "1")) if cells else 1
        yield from [cells] * repeated


def _cells(cell: Element) -> list[Seen]:
    kind = cell.get(f"{OFFICE}value-type", "blank")
    value = cell.get(f"{OFFICE}{VALUES[kind]}") if kind in VALUES else _text(cell)
    linked = cell.find(f".//{LINK}") is not None
    seen = Seen(kind, value or "", cell.get(f"{TABLE}formula") is not None, linked)
    repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
    return [seen] * (repeated if seen.value else min(repeated, 100))


def _text(cell: Element) -> str:
    return "\n".join("".join(_pieces(line)) for line in cell.findall(f"{TEXT}p"))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for inner in element:
        if inner.tag == f"{TEXT}s":
            yield " " * int(inner.get(f"{TEXT}c", "1"))
        elif inner.tag == f"{TEXT}tab":
            yield "\t"
        elif inner.tag == f"{TEXT}line-break":
            yield "\n"
        else:
            yield from _pieces(inner)
        yield inner.tail or ""
