"""Run the migrations inside the application, on its own connection settings."""

from __future__ import annotations

from alembic import context

import models as _tables  # noqa: F401 - importing them fills the metadata
from models.database import database


def run() -> None:
    """Bring the database to the wanted revision, all of it or nothing."""
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            # SQLite cannot alter most of a table in place.
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
