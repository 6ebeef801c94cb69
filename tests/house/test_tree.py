"""The tree that README.md shows is the tree that is there."""

import re
from itertools import takewhile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, children

FENCE = "```"
TOP = "phieu/"
# Indentation, perhaps drawn with box characters; then names; then what they are.
LINE = re.compile(r"(?P<indent>[\s│├└─|`+-]*)(?P<names>\S+(?: \S+)*).*")
NAME = re.compile(r"[\w.-]+/|[\w-]*\.\w+|Makefile|LICENSE")


def readme_tree() -> frozenset[str]:
    """Return the paths in README's fenced block that begins with `phieu/`; folders end in "/"."""
    blocks = (ROOT / "README.md").read_text(encoding="utf-8").split(FENCE)[1::2]
    trees = [lines for block in blocks if TOP in (lines := block.splitlines()[1:])[:1]]
    assert len(trees) == 1, f"README.md has {len(trees)} fenced blocks that begin with {TOP}"
    return listed_paths(trees[0][1:])


def listed_paths(lines: list[str]) -> frozenset[str]:
    """Return the paths that the lines of a drawn tree name; one line may name several files."""
    paths: set[str] = set()
    folders: list[tuple[int, str]] = [(-1, "")]
    for line in filter(str.strip, lines):
        match = LINE.fullmatch(line)
        names = list(takewhile(NAME.fullmatch, match["names"].split())) if match else []
        assert names, f"README.md names no file: {line!r}"
        depth = len(match["indent"])
        while folders[-1][0] >= depth:
            folders.pop()
        named = [folders[-1][1] + name for name in names]
        paths.update(named)
        if named[0].endswith("/"):
            folders.append((depth, named[0]))
    return frozenset(paths)


def real_paths(folder: Path) -> frozenset[str]:
    """Return the Python files and the visible folders of `folder`, as README writes them."""
    prefix = "" if folder == ROOT else f"{folder.relative_to(ROOT).as_posix()}/"
    return frozenset(
        prefix + path.name + ("/" if path.is_dir() else "")
        for path in children(folder)
        if not path.name.startswith((".", "__init__")) and (path.is_dir() or path.suffix == ".py")
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["app.py     wiring", "forms/     PURE: what is asked", "  tree.py fields.py (two files)"],
        ["├── app.py   # wiring", "└── forms/", "    ├── tree.py # one", "    └── fields.py"],
    ],
    ids=["indented", "drawn"],
)
def test_a_tree_is_read_however_it_is_drawn(lines: list[str]) -> None:
    assert listed_paths(lines) == {"app.py", "forms/", "forms/tree.py", "forms/fields.py"}


def test_all_that_readme_shows_is_there() -> None:
    for path in readme_tree():
        real = ROOT / path
        assert real.is_dir() if path.endswith("/") else real.is_file(), path


def test_readme_shows_every_room() -> None:
    assert real_paths(ROOT) <= readme_tree()


def test_readme_shows_a_folder_whole_or_not_at_all() -> None:
    shown = readme_tree()
    opened = {str(Path(path).parent) for path in shown if path.endswith(".py")} - {"."}
    for folder in opened:
        assert real_paths(ROOT / folder) <= shown, folder
