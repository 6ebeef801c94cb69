"""`make crash`: kill the server 200 times on each database, and say what was left."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from flask_migrate import upgrade

from app import create_app
from models.database import transaction
from services import campaigns
from settings import Settings
from tests.conftest import CAMPAIGN, INSTALLED_AT, LIBRARY, disconnect, make_settings
from tests.crash.storm import storm, wait_out
from tests.databases import Databases, SqliteDatabases, start_postgresql

KILLS = int(os.environ.get("KILLS", "200"))


def main() -> None:
    """Raise a storm on each database; another one each time, which can be raised again."""
    seed = int(os.environ.get("SEED") or time.time())
    tell(f"{KILLS} kills on each database; SEED={seed} to repeat")
    with tempfile.TemporaryDirectory() as folder:
        for name, databases in each_kind(Path(folder)):
            with installed(Path(folder) / f"home-{name}", databases) as settings:
                result = storm(settings, KILLS, seed=seed)
                waited = wait_out(settings)
            numbers = [f"{part.name} {getattr(result, part.name):g}" for part in fields(result)]
            tell(f"{name}: {', '.join(numbers)}; told of a locked database after {waited:.1f} s")


def each_kind(folder: Path) -> Iterator[tuple[str, Databases]]:
    """Yield where databases of each kind come from."""
    sqlite, postgresql = folder / "sqlite", folder / "postgresql"
    sqlite.mkdir()
    postgresql.mkdir()
    yield "SQLite", SqliteDatabases(sqlite)
    for databases in start_postgresql(postgresql):
        yield "PostgreSQL", databases


@contextmanager
def installed(home: Path, databases: Databases) -> Iterator[Settings]:
    """Make an installation with the shipped campaign."""
    home.mkdir()
    with databases.create() as url:
        settings = make_settings(home, url)
        with create_app(settings).app_context():
            upgrade()
            with transaction() as session:
                campaigns.install(session, CAMPAIGN, LIBRARY, INSTALLED_AT)
        yield settings
        disconnect()


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
