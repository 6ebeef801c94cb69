"""Every download is called by the one function that keeps Vietnamese names."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import ROOT

HEADER = "Content-Disposition"
ONE = "content_disposition"
# How Flask and Werkzeug would name a download.
THEIRS = {"download_name", "as_attachment", "attachment_filename"}


def views() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted((ROOT / "views").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path.name, node


def is_header(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() == HEADER.lower()


def named(value: ast.AST) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == ONE


def test_nothing_else_names_a_download() -> None:
    written = sum(is_header(node) for _, node in views())
    assigned = [
        (name, named(node.value))
        for name, node in views()
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and is_header(node.targets[0].slice)
    ]
    assert [name for name, right in assigned if not right] == []
    assert len(assigned) == written > 10


def test_flask_names_none() -> None:
    wrong = {
        f"{name}: {node.arg}"
        for name, node in views()
        if isinstance(node, ast.keyword) and node.arg in THEIRS
    }
    assert wrong == set()
