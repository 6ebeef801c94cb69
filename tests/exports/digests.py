"""Prints the digest of every file that is made of the same answers: run in several processes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial

from exports.data_files import archive, csv_pieces, json_pieces
from exports.data_workbook import DataWorkbook
from exports.parquet import parquet_pieces
from exports.records import MANIFEST, DataColumn, DataPlan, DataSheet, Record, manifest
from exports.rounds import RoundResponses
from tests.exports.books import write
from tests.exports.campaigns import closed_rounds, make_campaign
from tests.exports.test_data_workbook import DOCUMENT

KNOWN = (DataColumn("key", "Mã"), DataColumn("unit_name", "Đơn vị"))
WRITERS = {"csv": csv_pieces, "jsonl": json_pieces, "parquet": parquet_pieces}


def digests() -> Iterator[tuple[str, str]]:
    """Yield the name of each file and the SHA-256 of its bytes."""
    consolidation = make_campaign(7)
    yield "consolidated", _digest([write(consolidation)])
    for responses in closed_rounds(consolidation):
        yield from of_round(responses)


def of_round(responses: RoundResponses) -> Iterator[tuple[str, str]]:
    """Yield the name and the digest of each file of the data of a round."""
    plan = DataPlan(responses.definitions, KNOWN)
    records = [
        Record((f"R{number}", sent.unit.name), sent.definition, sent.answers)
        for number, sent in enumerate(responses.responses, start=1)
        if sent.definition and sent.answers is not None
    ]
    sheets = [
        DataSheet(table.name or "bang", table.columns, partial(plan.rows, table.name, records))
        for table in plan.tables
    ]
    facts: Mapping[str, object] = {"round": responses.code, "versions": {"1": "ab"}}
    told = DataSheet("thong_tin", MANIFEST, partial(manifest, facts))
    book = DataWorkbook([*sheets, told], DOCUMENT)
    yield f"{responses.code}.xlsx", _digest(book.pieces())
    for ending, pieces in WRITERS.items():
        written = archive(sheets, pieces, ending, DOCUMENT, facts)
        yield f"{responses.code}.{ending}", _digest(written)


def _digest(pieces: Iterator[bytes] | list[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


if __name__ == "__main__":
    for name, digest in digests():
        print(name, digest)  # noqa: T201 - that is what it is for
