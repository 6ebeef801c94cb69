"""The files of the project, without what tools and the running server leave behind."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _ignored_names() -> frozenset[str]:
    patterns = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return frozenset(pattern.strip("/") for pattern in patterns)


IGNORED = _ignored_names() | {".git"}


def children(folder: Path) -> list[Path]:
    """Return what stands in `folder`, in order, without what git ignores."""
    return sorted(path for path in folder.iterdir() if not _is_ignored(path))


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Yield every file below `folder`."""
    for path in children(folder):
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def _is_ignored(path: Path) -> bool:
    return path.name in IGNORED or f"*{path.suffix}" in IGNORED
