"""The database: its engine, its transactions, and the only commit of the program.

    with database.reading() as connection:     one snapshot for as long as it is open, on both stores
    with database.writing() as connection:     one transaction; leaving it commits, an exception rolls it back

SQLite runs in WAL mode with FULL synchronisation; the pragmas that I-6 and I-2 rest on are read back from every new connection, and one
that did not take is refused. A writing transaction there begins IMMEDIATE, so that it waits for its turn and never fails half-way.
On PostgreSQL a reading transaction is REPEATABLE READ READ ONLY.

Absent on purpose: SQL about events (`events/store.py`, `projections/reads.py`), settings, and any commit elsewhere.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

import migrations
from events.errors import RebuildRunning, StoreUnready
from migrations.guards import install_guards, missing_guards

BUSY_SECONDS = 30
# How long SQLite's busy handler sleeps between two looks, and how much of the time others get where slices are short.
TURN_SECONDS_MAX = 0.1
TURN_SHARE = 0.25
SQLITE_VERSION_MIN = (3, 37, 0)  # strict tables
PRAGMAS: Mapping[str, int | str] = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit is on the disk before it is acknowledged (I-2)
    "foreign_keys": 1,
    "recursive_triggers": 1,  # so that INSERT OR REPLACE meets the DELETE guards (I-6)
    "busy_timeout": BUSY_SECONDS * 1000,
    "cache_size": -65_536,  # KiB: a list of the past reads a larger index than one of now, and the default of 2 MB would not hold it
}
# Statements here are short: compiling one takes longer than running it.
READING_POSTGRESQL: Mapping[str, str] = {"jit": "off"}
# A writer repeats a few statements, each by keys. Their plans are made once, when the tables may be empty still; without
# the second setting they would go on to scan them whole until somebody runs ANALYZE.
WRITING_POSTGRESQL: Mapping[str, str] = {
    "jit": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
}
DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
# Two processes that migrate at once take turns, and two never rebuild at once; the numbers are arbitrary, and ours alone in a database.
MIGRATION_LOCK = 4_270_001
REBUILD_LOCK = 4_270_002


class Database:
    """One database at an address, as SQLAlchemy writes addresses; connects when first used. May be shared between threads."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Raises StoreUnready for an address that is no SQLite file and no PostgreSQL database."""
        self.url = _parse(url)
        self._reader: Engine
        self._writer: Engine
        if self.is_sqlite:
            self._reader = _sqlite_engine(self.url, pool_size=pool_size)
            # The same pool: what differs is how a transaction begins.
            self._writer = self._reader.execution_options(custody_begin="BEGIN IMMEDIATE")
        else:
            self._writer = _postgresql_engine(self.url, pool_size=pool_size, settings=WRITING_POSTGRESQL)
            reader = _postgresql_engine(self.url, pool_size=pool_size, settings=READING_POSTGRESQL)
            self._reader = reader.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database, whatever is committed meanwhile, and changes nothing."""
        with self._reader.connect() as connection:
            yield connection
            if not self.is_sqlite:
                # Of nothing: on ROLLBACK psycopg forgets what it has prepared, and plans every read anew.
                connection.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed on leaving, unless an exception leaves it: then nothing of it was ever there.

        Commits, the only place that does. On SQLite it waits up to 30 s for other writers.
        """
        with self._writer.connect() as connection:
            try:
                connection.begin()
                yield connection
                connection.commit()
            except BaseException:
                _drop_if_broken(connection)
                raise

    def by_turns(self) -> Turns:
        """Transactions for a work of many slices, between which others get their turn to write."""
        return Turns(self)

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """The right to build the projections anew, which one process has at a time, and which goes with it when it dies. Raises
        RebuildRunning."""
        with self._sqlite_right() if self.is_sqlite else self._postgresql_right() as is_mine:
            if not is_mine:
                raise RebuildRunning(
                    "The projections of this ledger are being built anew already. Wait until that has ended."
                )
            yield

    @contextmanager
    def _sqlite_right(self) -> Iterator[bool]:
        # A lock of its own file: one on the ledger's would hold off every append.
        with closing(
            sqlite3.connect(f"{self.url.database}-rebuild", isolation_level=None, timeout=0)
        ) as holder:
            yield _is_locked(holder)

    @contextmanager
    def _postgresql_right(self) -> Iterator[bool]:
        with self._writer.connect() as holder:
            right = bool(holder.exec_driver_sql(f"SELECT pg_try_advisory_lock({REBUILD_LOCK})").scalar_one())
            holder.commit()
            try:
                yield right
            finally:
                # The session outlives this block in the pool, and the lock would with it.
                if right:
                    holder.exec_driver_sql(f"SELECT pg_advisory_unlock({REBUILD_LOCK})")
                    holder.commit()

    def check_ready(self) -> None:
        """Returns if the schema is the one of this version and every guard stands. Raises StoreUnready."""
        with _reached(self.url), self.reading() as connection:
            _check_revision(connection)
            if missing := missing_guards(connection):
                raise StoreUnready(
                    f"{len(missing)} of the guards that keep events from being changed are missing or altered, "
                    f"{missing[0]} first. Find out who removed them, verify the ledger, then run `custody migrate`.",
                    missing=tuple(missing),
                )

    def close(self) -> None:
        """Closes every connection."""
        self._reader.dispose()
        self._writer.dispose()


class Turns:
    """The transactions of a database; on SQLite, after one that wrote, with a pause before the next. Whoever waits there for another writer
    looks again only every tenth of a second: between slices that follow each other closely he would hardly ever find the gap."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pause_seconds = 0.0
        self.reading = database.reading

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction as `Database.writing` gives it, after everybody else who waits for one."""
        time.sleep(self._pause_seconds)
        with self._database.writing() as connection:
            began = time.monotonic()
            yield connection
        if self._database.is_sqlite:
            self._pause_seconds = min(TURN_SECONDS_MAX, (time.monotonic() - began) * TURN_SHARE)


def migrate(url: str) -> None:
    """Brings a database, an empty one too, to the schema of this version; does nothing to one that is there already.

    All or nothing. Puts every guard back in its place even where no migration is due. Raises StoreUnready.
    """
    database = Database(url, pool_size=1)
    _make_folder(database.url)
    try:
        with _reached(database.url), database.writing() as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            command.upgrade(_alembic(connection), "head")
            install_guards(connection)
    finally:
        database.close()


def address(url: str | URL) -> str:
    """A database's address as it may be shown: without a password, wherever in it that stands."""
    return make_url(url).difference_update_query(["password", "sslpassword"]).render_as_string()


def is_transient(error: BaseException) -> bool:
    """Whether an error says that the same transaction, begun anew, may well succeed.

    Busy or locked on SQLite; a serialisation failure, a deadlock, a lock that was not to be had, a connection that went on PostgreSQL.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    match cause:
        case sqlite3.OperationalError():
            return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in (
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
            )
        case psycopg.errors.LockNotAvailable():
            return True
        case psycopg.OperationalError():
            # Class 40 is rollback, 57 the operator's intervention, 08 the connection; none at all: the connection went.
            return cause.sqlstate is None or cause.sqlstate[:2] in ("40", "57", "08")
    return False


# --- engines ------------------------------------------------------------------------------------------------


def _parse(url: str) -> URL:
    parsed = make_url(url)
    driver = DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise StoreUnready(
            f"{parsed.drivername} is no store of the ledger. Use sqlite:///FILE or postgresql://HOST/NAME."
        )
    if driver == DRIVERS["sqlite"] and parsed.database in (None, "", ":memory:"):
        raise StoreUnready("A ledger in memory would not be durable. Use sqlite:///FILE.")
    if driver == DRIVERS["sqlite"] and sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        raise StoreUnready(
            f"This Python brings SQLite {sqlite3.sqlite_version}; the ledger needs 3.37 or later. Use a newer Python, or "
            "PostgreSQL."
        )
    return parsed.set(drivername=driver)


@contextmanager
def _reached(url: URL) -> Iterator[None]:
    """Makes one refusal of every way in which a database cannot be opened."""
    try:
        yield
    except DBAPIError as error:
        if error.statement is not None:
            raise
        raise StoreUnready(
            f"The database {address(url)} cannot be opened. Is it running, and is the address right?"
        ) from error


def _sqlite_engine(url: URL, *, pool_size: int) -> Engine:
    # The driver's own transactions are off: it would begin DEFERRED, and fail where a writer should wait (libraries.md 4.8).
    options = {
        "isolation_level": None,
        "check_same_thread": False,
        "timeout": BUSY_SECONDS,
        "cached_statements": 256,
    }
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, connect_args=options)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgresql_engine(url: URL, *, pool_size: int, settings: Mapping[str, str]) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=0)

    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", configure)
    return engine


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for name, wanted in PRAGMAS.items():
        cursor.execute(f"PRAGMA {name} = {wanted}")
        cursor.execute(f"PRAGMA {name}")
        (actual,) = cursor.fetchone() or (None,)
        if actual != wanted:
            raise StoreUnready(
                f"SQLite did not take PRAGMA {name} = {wanted}: it says {actual!r}. Without it the ledger is not safe; "
                "keep the database on a local file system.",
                pragma=name,
                expected=wanted,
                actual=actual,
            )
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("custody_begin", "BEGIN"))


def _is_locked(holder: sqlite3.Connection) -> bool:
    """Whether this connection has its file to itself now; False where another one has it."""
    try:
        holder.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as busy:
        if not is_transient(busy):
            raise
        return False
    return True


def _drop_if_broken(connection: Connection) -> None:
    """Takes a connection that the server closed out of the pool: statements on its raw cursor hid that from SQLAlchemy."""
    if not connection.invalidated and getattr(connection.connection.driver_connection, "closed", False):
        connection.invalidate()


# --- migrations ---------------------------------------------------------------------------------------------


def _alembic(connection: Connection | None = None) -> Config:
    """Alembic's settings, in code: the same from a checkout, an installed package and any working directory."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _check_revision(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
    if current is None:
        raise StoreUnready(
            "There is no ledger in this database yet. Run `custody migrate` first.", expected=wanted
        )
    if current != wanted:
        raise StoreUnready(
            f"The database has the schema {current}, this version needs {wanted}. Run `custody migrate`; if that does not "
            "know the schema, the database was used by a newer version: install that one.",
            expected=wanted,
            actual=current,
        )


def _make_folder(url: URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database is not None:
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Salts and what is not public stand in it; SQLite gives its WAL the mode of the file.
        file.touch(mode=0o600)
