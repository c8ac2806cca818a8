"""How Alembic reaches the database: through the connection that `app.database.migrate` hands over, inside its transaction.

For a new migration: `alembic -x url=sqlite:///some.db revision --autogenerate -m "what for"`, against a migrated database. Absent on
purpose: offline mode and settings; the only address is the one that is handed in.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

import projections.tables  # noqa: F401  # its tables belong to METADATA
from events.tables import METADATA


def run(connection: Connection) -> None:
    """Runs the migrations that were asked for on this connection."""
    context.configure(
        connection=connection, target_metadata=METADATA, transactional_ddl=True, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not isinstance(url, str):
        raise SystemExit(
            "Say which database: -x url=sqlite:///some.db. To migrate one, use `custody migrate`."
        )
    with create_engine(url).connect() as connection:
        run(connection)
