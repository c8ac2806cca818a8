"""The databases that the benchmarks run on, and the raw table beside each: durable, as the ledger's own is.

The raw table holds an event in one row, under the two indexes that no ledger can do without: position, and (stream, version). It has no
checks, no guards, no keys of idempotency and no tree; it is what ours is measured against, not what ours could be.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Table, make_url

from app.database import BUSY_SECONDS, Database, migrate
from bench.bodies import Row
from tests import postgres

COLUMNS = (
    "position, stream_id, version, event_id, kind, visibility, recorded_at, body, leaf, content, salts".split(
        ", "
    )
)
TYPES = "bigint text bigint text text text text bytea bytea bytea bytea".split()


class RawConnection(Protocol):
    """A driver's own connection to the raw table. Of one thread at a time."""

    def insert(self, row: Row) -> None:
        """Inserts a row and commits it."""

    def insert_all(self, rows: Sequence[Row]) -> None:
        """Inserts rows in one transaction, as fast as the driver can."""

    def read_stream(self, stream_id: object) -> Sequence[Row]:
        """The rows of a stream in the order of their versions."""

    def ping(self) -> None:
        """One bare round trip."""

    def count(self) -> int:
        """How many rows there are."""

    def close(self) -> None:
        """Closes the connection."""


class Store(Protocol):
    """One of the two stores."""

    @property
    def name(self) -> str:
        """What it is called."""

    def ledger(self) -> Database:
        """A fresh database with the ledger's schema."""

    def raw(self) -> RawConnection:
        """A new connection to the raw table."""

    def take_in(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]
    ) -> None:
        """Inserts rows into a table of the ledger as fast as the driver can, in the caller's transaction."""

    def settle(self, database: Database) -> None:
        """Does at once what the store does by itself in quiet hours."""

    def empty_raw(self) -> None:
        """Begins with an empty raw table."""


@contextmanager
def open_store(name: str) -> Iterator[Store]:
    """The store of this name, with everything on it gone on leaving."""
    with ExitStack() as stack:
        if name == "sqlite":
            yield SqliteStore(
                Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="custody-bench-"))), stack
            )
        else:
            yield PostgresqlStore(stack)


# --- SQLite -------------------------------------------------------------------------------------------------


class SqliteStore:
    """Files in a temporary folder."""

    name = "sqlite"

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._numbers = count()
        self._raw = folder / "raw.db"

    def ledger(self) -> Database:
        url = f"sqlite:///{self._folder / f'ledger-{next(self._numbers)}.db'}"
        migrate(url)
        database = Database(url)
        self._stack.callback(database.close)
        return database

    def take_in(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]
    ) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        # In the order of the table's own tree, which is many times faster where that is larger than the cache.
        key = itemgetter(*(columns.index(column.name) for column in table.primary_key.columns))
        places = ", ".join("?" * len(columns))
        raw.executemany(
            f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})", sorted(rows, key=key)
        )

    def settle(self, database: Database) -> None:
        """Nothing: SQLite does nothing by itself."""

    def empty_raw(self) -> None:
        self._raw = self._folder / f"raw-{next(self._numbers)}.db"
        connection = sqlite3.connect(self._raw)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(
            "CREATE TABLE raw_events (position INTEGER PRIMARY KEY, stream_id TEXT NOT NULL, version INTEGER NOT NULL,"
            " event_id TEXT NOT NULL, kind TEXT NOT NULL, visibility TEXT NOT NULL, recorded_at TEXT NOT NULL,"
            " body BLOB NOT NULL, leaf BLOB NOT NULL, content BLOB NOT NULL, salts BLOB NOT NULL,"
            " UNIQUE (stream_id, version)) STRICT"
        )
        connection.close()

    def raw(self) -> RawConnection:
        return _SqliteRaw(self._raw)


class _SqliteRaw:
    INSERT = f"INSERT INTO raw_events ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
    STREAM = f"SELECT {', '.join(COLUMNS)} FROM raw_events WHERE stream_id = ? ORDER BY version"

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
        self._raw.execute("PRAGMA synchronous = FULL")

    def insert(self, row: Row) -> None:
        self._raw.execute("BEGIN IMMEDIATE")
        self._raw.execute(self.INSERT, row)
        self._raw.execute("COMMIT")

    def insert_all(self, rows: Sequence[Row]) -> None:
        self._raw.execute("BEGIN IMMEDIATE")
        self._raw.executemany(self.INSERT, rows)
        self._raw.execute("COMMIT")

    def read_stream(self, stream_id: object) -> Sequence[Row]:
        return self._raw.execute(self.STREAM, (stream_id,)).fetchall()

    def ping(self) -> None:
        self._raw.execute("SELECT 1").fetchone()

    def count(self) -> int:
        return int(self._raw.execute("SELECT count(*) FROM raw_events").fetchone()[0])

    def close(self) -> None:
        self._raw.close()


# --- PostgreSQL ---------------------------------------------------------------------------------------------


class PostgresqlStore:
    """Databases on a server of our own, or on the one that `CUSTODY_TEST_POSTGRES_URL` names."""

    name = "postgresql"

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        run = postgres.begin_run()
        stack.callback(postgres.end_run, run)
        self._admin = postgres.admin_url()
        _make_durable(self._admin)
        self._raw = stack.enter_context(postgres.fresh_database(self._admin))

    def ledger(self) -> Database:
        template = postgres.migrated_template(self._admin)
        database = Database(
            self._stack.enter_context(postgres.fresh_database(self._admin, template=template))
        )
        self._stack.callback(database.close)
        return database

    def take_in(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]
    ) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def settle(self, database: Database) -> None:
        with _connect(database.url.render_as_string(hide_password=False)) as connection:
            connection.execute("VACUUM ANALYZE")

    def empty_raw(self) -> None:
        columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in zip(COLUMNS, TYPES, strict=True))
        with _connect(self._raw) as connection:
            connection.execute("DROP TABLE IF EXISTS raw_events")
            connection.execute(
                f"CREATE TABLE raw_events ({columns}, PRIMARY KEY (position), UNIQUE (stream_id, version))".encode()
            )

    def raw(self) -> RawConnection:
        return _PostgresqlRaw(self._raw)


class _PostgresqlRaw:
    INSERT = (
        f"INSERT INTO raw_events ({', '.join(COLUMNS)}) VALUES ({', '.join(['%b'] * len(COLUMNS))})".encode()
    )
    STREAM = f"SELECT {', '.join(COLUMNS)} FROM raw_events WHERE stream_id = %b ORDER BY version".encode()
    COPY = f"COPY raw_events ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)".encode()

    def __init__(self, url: str) -> None:
        self._raw = _connect(url)

    def insert(self, row: Row) -> None:
        # Without a transaction round it: the insert is its own commit, in one round trip.
        self._raw.execute(self.INSERT, row, prepare=True)

    def insert_all(self, rows: Sequence[Row]) -> None:
        with self._raw.cursor() as cursor, cursor.copy(self.COPY) as copy:
            copy.set_types(TYPES)
            for row in rows:
                copy.write_row(row)

    def read_stream(self, stream_id: object) -> Sequence[Row]:
        return self._raw.execute(self.STREAM, (stream_id,), prepare=True, binary=True).fetchall()

    def ping(self) -> None:
        self._raw.execute("SELECT 1", prepare=True).fetchone()

    def count(self) -> int:
        row = self._raw.execute("SELECT count(*) FROM raw_events").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        self._raw.close()


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(make_conninfo(plain), autocommit=True)


def _make_durable(admin: str) -> None:
    """Switches on what the tests' own server leaves out; refuses a server that would acknowledge what is not on its disk."""
    with _connect(admin) as connection:
        if postgres.OVERRIDE not in os.environ:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = on".encode())
            connection.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
    with _connect(admin) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            row = connection.execute(f"SHOW {setting}".encode()).fetchone()
            assert row == ("on",), f"PostgreSQL's {setting} is off: its commits promise nothing"
