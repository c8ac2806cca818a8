"""The database door: pragmas that hold, transactions that commit or never were, guards that refuse every change (I-6)."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app import database as module
from app.database import Database, address, is_transient, migrate
from events.errors import StoreUnready
from events.store import append, head
from migrations.guards import GUARDED, KEYS, guards, install_guards, missing_guards
from tests.commands import Scribe, command, item, opened
from tests.entropy import SeededEntropy


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger of 300 events, so that every guarded table but two has rows."""
    database = Database(database_url)
    entropy = SeededEntropy(1)
    scribe = Scribe(entropy)
    opened(database, entropy)
    events = [scribe.opening("x"), *(scribe.statement("x") for _ in range(297))]
    with database.writing() as connection:
        append(connection, [command(item("k", *events))], entropy=entropy)
        connection.exec_driver_sql(
            "INSERT INTO checkpoints (size, root, note) SELECT 300, root, root FROM tiles"
        )
        connection.exec_driver_sql(
            "INSERT INTO erasures (position, pointer, by_position) VALUES (7, '/words', 300)"
        )
    yield database
    database.close()


def refuse(database: Database, statement: str) -> str:
    """The database's own message on refusing a statement; asserts that nothing changed."""
    before = contents(database)
    with pytest.raises(IntegrityError) as refused, database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert contents(database) == before
    return str(refused.value.orig)


def contents(database: Database) -> list[list[tuple[object, ...]]]:
    """Every row of every guarded table."""
    with database.reading() as connection:
        return [
            sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {table}").all()), key=repr)
            for table in GUARDED
        ]


UPDATES = {
    "events": "body = leaf",
    "contents": "salts = salts",
    "event_streams": "version = version + 1000",
    "subjects": "sort = 'act'",
    "streams": "visibility = 'sealed'",
    "idempotency": "last_position = last_position + 1",
    "tiles": "root = root",
    "checkpoints": "note = root",
    "erasures": "pointer = '/other'",
    "ledger_head": "size = size - 1",
}


class TestGuards:
    """I-6, statement by statement; the guards' message names operation and table."""

    def test_refuse_update(self, database: Database) -> None:
        """No row of a guarded table is changed, not even to what it is."""
        for table in GUARDED:
            message = refuse(database, f"UPDATE {table} SET {UPDATES[table]}")

            assert message.splitlines()[0] == f"custody: UPDATE of {table} is refused"

    def test_refuse_delete(self, database: Database) -> None:
        """No row of a guarded table is deleted."""
        for table in GUARDED:
            message = refuse(database, f"DELETE FROM {table}")

            assert message.splitlines()[0] == f"custody: DELETE of {table} is refused"

    def test_refuse_truncate(self, database: Database) -> None:
        """PostgreSQL's TRUNCATE, which fires no row trigger, is refused, with CASCADE too."""
        if database.is_sqlite:
            return  # there a DELETE without a condition is the truncation, and it is refused above

        for table in GUARDED:
            message = refuse(database, f"TRUNCATE {table} CASCADE")

            assert "custody: TRUNCATE of " in message

    @pytest.mark.parametrize("recursive", [True, False])
    def test_refuse_insert_or_replace(self, database: Database, recursive: bool) -> None:
        """SQLite's INSERT OR REPLACE is refused, whatever the connection's pragmas say of recursive triggers."""
        if not database.is_sqlite:
            return  # there is no such statement

        before = contents(database)
        for table in KEYS:
            with pytest.raises(sqlite3.IntegrityError) as refused:
                replace(
                    database, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", recursive=recursive
                )

            assert str(refused.value) == f"custody: INSERT over a row of {table} is refused"
        assert contents(database) == before

    def test_refuse_replace_by_another_key(self, database: Database) -> None:
        """A new position with the id of an old event would delete that one."""
        if not database.is_sqlite:
            return

        statement = """
            INSERT OR REPLACE INTO events SELECT 301, event_id, kind, visibility, recorded_at, body, leaf FROM events LIMIT 1
        """
        with pytest.raises(sqlite3.IntegrityError) as refused:
            replace(database, statement, recursive=False)

        assert str(refused.value) == "custody: INSERT over a row of events is refused"

    def test_refuse_an_upsert(self, database: Database) -> None:
        """INSERT … ON CONFLICT DO UPDATE is an UPDATE; on SQLite it is refused before it becomes one."""
        copied = "SELECT position, content, salts, erased FROM contents"
        condition = " WHERE true" if database.is_sqlite else ""

        message = refuse(
            database,
            f"INSERT INTO contents {copied}{condition} ON CONFLICT (position) DO UPDATE SET content = excluded.content",
        )

        assert "of contents is refused" in message

    def test_admit_an_erasure_that_is_named(self, database: Database) -> None:
        """A content changes at a position that `erasures` names, and at no other."""
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE contents SET content = salts WHERE position = 7")

        message = refuse(database, "UPDATE contents SET content = salts WHERE position IN (7, 8)")
        assert message.splitlines()[0] == "custody: UPDATE of contents is refused"
        refuse(database, "UPDATE contents SET position = 9000 WHERE position = 7")

    def test_admit_forgetting_a_request(self, database: Database) -> None:
        """A digest may be forgotten, never replaced."""
        refuse(database, "UPDATE idempotency SET request_digest = request_digest")

        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE idempotency SET request_digest = NULL")

    def test_hold_for_a_session_that_poses_as_a_replica(self, database: Database) -> None:
        """ENABLE ALWAYS: PostgreSQL's replica role, which switches ordinary triggers off, does not switch these off."""
        if database.is_sqlite:
            return

        refuse(database, "SET LOCAL session_replication_role = replica; DELETE FROM events")


def replace(database: Database, statement: str, *, recursive: bool) -> None:
    """Runs a statement on a bare connection, as somebody with another tool would."""
    connection = sqlite3.connect(str(database.url.database))
    try:
        connection.execute(f"PRAGMA recursive_triggers = {int(recursive)}")
        connection.execute(statement)
    finally:
        connection.close()


class TestCheckReady:
    def test_an_empty_database(self, empty_database_url: str) -> None:
        """Says what to do first."""
        database = Database(empty_database_url)

        with pytest.raises(StoreUnready) as refused:
            database.check_ready()

        assert str(refused.value) == "There is no ledger in this database yet. Run `custody migrate` first."
        database.close()

    def test_a_migrated_database(self, database_url: str) -> None:
        """Is ready."""
        database = Database(database_url)

        database.check_ready()

        database.close()

    def test_a_schema_of_another_version(self, database: Database) -> None:
        """Names both schemas."""
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'another'")

        with pytest.raises(StoreUnready) as refused:
            database.check_ready()

        assert refused.value.facts["actual"] == "another"
        assert str(refused.value).startswith("The database has the schema another, this version needs ")

    @pytest.mark.parametrize(
        "trigger", ["guard_events_update", "guard_tiles_delete", "guard_contents_update"]
    )
    def test_a_guard_that_was_dropped(self, database: Database, trigger: str) -> None:
        """Is named, and put back by migrating."""
        with database.writing() as connection:
            on = "" if database.is_sqlite else f" ON {trigger.split('_')[1]}"
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}{on}")

        with pytest.raises(StoreUnready) as refused:
            database.check_ready()
        migrate(database.url.render_as_string(hide_password=False))

        assert refused.value.facts == {"missing": (trigger,)}
        assert f"missing or altered, {trigger} first" in str(refused.value)
        database.check_ready()

    @pytest.mark.parametrize(
        "statement",
        [
            "ALTER TABLE events DISABLE TRIGGER guard_events_update",
            "ALTER TABLE events ENABLE TRIGGER guard_events_update",
            "ALTER TABLE events ENABLE REPLICA TRIGGER guard_events_update",
        ],
    )
    def test_a_guard_that_was_switched_off(self, database: Database, statement: str) -> None:
        """PostgreSQL: anything but ENABLE ALWAYS counts as missing."""
        if database.is_sqlite:
            return
        with database.writing() as connection:
            connection.exec_driver_sql(statement)

        with database.reading() as connection:
            assert missing_guards(connection) == ["guard_events_update"]

    def test_a_guard_that_was_made_harmless(self, database: Database) -> None:
        """A trigger or function of the right name that refuses nothing is missing."""
        with database.writing() as connection:
            if database.is_sqlite:
                name = "guard_events_update"
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name} BEFORE UPDATE ON events WHEN false BEGIN SELECT 1; END"
                )
            else:
                name = "custody_refuse"
                connection.exec_driver_sql(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
                )

        with database.reading() as connection:
            assert missing_guards(connection) == [name]

    def test_every_guard_is_asked_for(self, database: Database) -> None:
        """Three a table: on SQLite UPDATE, DELETE and REPLACE, on PostgreSQL UPDATE, DELETE and TRUNCATE."""
        expected = guards(database.url.get_backend_name())

        assert len(expected) == 3 * len(GUARDED)


class TestTransactions:
    def test_writing_commits_on_leaving(self, database: Database) -> None:
        """What was written is there for the next reader."""
        with database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO actors (id, name) VALUES ('" + "a" * 32 + "', 'A')")

        assert "A" in names(database)

    def test_an_exception_rolls_back(self, database: Database) -> None:
        """What was written before an exception never was."""
        with suppress(ZeroDivisionError), database.writing() as connection:
            connection.exec_driver_sql("INSERT INTO actors (id, name) VALUES ('" + "a" * 32 + "', 'A')")
            raise ZeroDivisionError

        assert "A" not in names(database)

    def test_reading_sees_one_state(self, database: Database) -> None:
        """A reader's transaction keeps its snapshot while others commit."""
        entropy = SeededEntropy(2)
        with database.reading() as reader:
            before = head(reader)
            with database.writing() as connection:
                statement = Scribe(entropy).statement("x")
                append(connection, [command(item("later", statement))], entropy=entropy)
            assert head(reader) == before

        with database.reading() as reader:
            assert head(reader).size == before.size + 1

    def test_reading_writes_nothing_on_postgresql(self, database: Database) -> None:
        """The reading transaction is READ ONLY there; on SQLite nothing that reads commits."""
        statement = "INSERT INTO actors (id, name) VALUES ('" + "a" * 32 + "', 'A')"
        if database.is_sqlite:
            with database.reading() as connection:
                connection.exec_driver_sql(statement)
        else:
            with pytest.raises(DBAPIError, match="read-only"), database.reading() as connection:
                connection.exec_driver_sql(statement)

        assert "A" not in names(database)

    def test_reading_keeps_what_the_driver_has_prepared(self, database: Database) -> None:
        """psycopg forgets its prepared statements on ROLLBACK, and would plan every read anew."""
        if database.is_sqlite:
            return

        for _ in range(7):
            with database.reading() as connection:
                head(connection)
        with database.reading() as connection:
            statements = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements")
            prepared = [statement for statement in statements.scalars() if "FROM ledger_head" in statement]

        assert len(prepared) == 1

    def test_a_connection_the_server_closed_leaves_the_pool(self, database: Database) -> None:
        """After a restart of PostgreSQL the next transaction has a new connection."""
        if database.is_sqlite:
            return

        with pytest.raises(psycopg.OperationalError) as lost, database.writing() as connection:
            terminate(connection)

        assert is_transient(lost.value)
        assert names(database) == ["ledger"]


def terminate(connection: Connection) -> None:
    """Lets the server close the connection, by a statement that SQLAlchemy knows nothing of."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    raw.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.exec_driver_sql("SELECT name FROM actors ORDER BY name").scalars())


class TestByTurns:
    def test_others_get_their_turn_between_slices(self, database: Database) -> None:
        """Whoever waits for a writer of many slices gets in between two of them, and not when the last is done."""
        turns, begun, done = database.by_turns(), threading.Event(), []

        def work() -> None:
            for number in range(5):
                with turns.writing() as connection:
                    connection.exec_driver_sql("DELETE FROM fold_queue")
                    begun.set()
                    time.sleep(0.4)
                done.append(number)

        with ThreadPoolExecutor(1) as threads:
            working = threads.submit(work)
            assert begun.wait(5)
            with database.writing() as connection:
                connection.exec_driver_sql("DELETE FROM fold_queue")
                before = len(done)
            working.result()

        assert before <= 2
        assert len(done) == 5

    def test_nobody_is_waited_for_on_postgresql(self, database: Database) -> None:
        """Where writers don't exclude each other there is no pause."""
        turns = database.by_turns()
        with turns.writing():
            time.sleep(0.05)

        began = time.monotonic()
        with turns.writing():
            took = time.monotonic() - began

        assert (took > 0.01) == database.is_sqlite


class TestAddresses:
    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """A wrong path is told as such."""
        (tmp_path / "notes.txt").write_text("no database " * 100)

        with pytest.raises(StoreUnready, match=r"notes\.txt cannot be opened"):
            migrate(f"sqlite:///{tmp_path / 'notes.txt'}")

    def test_no_password_is_shown_wherever_it_stands(self) -> None:
        """libpq takes one as a parameter too."""
        shown = address("postgresql://reader:secret@host/ledger?password=secret&sslmode=require")

        assert shown == "postgresql://reader:***@host/ledger?sslmode=require"

    @pytest.mark.parametrize("act", [lambda url: Database(url).check_ready(), migrate])
    def test_a_database_that_cannot_be_reached(self, act: Callable[[str], None]) -> None:
        """Says which, without its password, and what to do."""
        with pytest.raises(StoreUnready) as refused:
            act("postgresql://reader:secret@127.0.0.1:1/ledger")

        assert str(refused.value) == (
            "The database postgresql+psycopg://reader:***@127.0.0.1:1/ledger cannot be opened. Is it running, and is the "
            "address right?"
        )

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_no_ledger_in_memory(self, url: str) -> None:
        """It would not be durable."""
        with pytest.raises(StoreUnready) as refused:
            Database(url)

        assert str(refused.value) == "A ledger in memory would not be durable. Use sqlite:///FILE."

    def test_no_other_store(self) -> None:
        """Two stores, and the message names them."""
        with pytest.raises(StoreUnready) as refused:
            Database("mysql://host/name")

        assert str(refused.value) == (
            "mysql is no store of the ledger. Use sqlite:///FILE or postgresql://HOST/NAME."
        )

    def test_no_sqlite_that_is_too_old(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One without strict tables would store a text in the place of bytes."""
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
        monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")

        with pytest.raises(StoreUnready) as refused:
            Database("sqlite:///some.db")

        assert str(refused.value) == (
            "This Python brings SQLite 3.36.0; the ledger needs 3.37 or later. Use a newer Python, or PostgreSQL."
        )

    def test_a_folder_is_made_by_migrating(self, tmp_path: Path) -> None:
        """The embedded store needs nothing to be prepared."""
        migrate(f"sqlite:///{tmp_path / 'new' / 'folder' / 'ledger.db'}")

        assert (tmp_path / "new" / "folder" / "ledger.db").exists()


class TestPragmas:
    def test_hold_on_every_connection(self, tmp_path: Path) -> None:
        """WAL, FULL, foreign keys and recursive triggers, as SQLite itself says (I-2, I-6)."""
        database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")

        with database.reading() as one, database.writing() as two:
            for connection in (one, two):
                assert {name: pragma(connection, name) for name in module.PRAGMAS} == {
                    "journal_mode": "wal",
                    "synchronous": 2,
                    "foreign_keys": 1,
                    "recursive_triggers": 1,
                    "busy_timeout": 30_000,
                    "cache_size": -65_536,
                }
        database.close()

    def test_one_that_does_not_take_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A store that cannot promise durability is not used."""
        monkeypatch.setattr(module, "PRAGMAS", {"journal_mode": "nonsense"})
        database = Database(f"sqlite:///{tmp_path / 'ledger.db'}")

        with pytest.raises(StoreUnready) as refused, database.reading():
            pass

        assert str(refused.value) == (
            "SQLite did not take PRAGMA journal_mode = nonsense: it says 'delete'. Without it the ledger is not safe; "
            "keep the database on a local file system."
        )
        database.close()


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


class TestIsTransient:
    def test_a_busy_database(self, tmp_path: Path) -> None:
        """SQLite's busy says: again."""
        path = tmp_path / "busy.db"
        one, two = (sqlite3.connect(path, isolation_level=None, timeout=0) for _ in range(2))
        one.execute("BEGIN IMMEDIATE")

        with pytest.raises(sqlite3.OperationalError) as busy:
            two.execute("BEGIN IMMEDIATE")

        assert is_transient(busy.value)
        assert is_transient(OperationalError("BEGIN IMMEDIATE", None, busy.value))
        one.close()
        two.close()

    @pytest.mark.parametrize(
        ("error", "transient"),
        [
            (psycopg.errors.SerializationFailure(), True),
            (psycopg.errors.DeadlockDetected(), True),
            (psycopg.errors.LockNotAvailable(), True),
            (psycopg.errors.AdminShutdown(), True),
            (psycopg.OperationalError("the connection is lost"), True),
            (psycopg.errors.UniqueViolation(), False),
            (psycopg.errors.DiskFull(), False),
            (sqlite3.IntegrityError(), False),
            (ValueError(), False),
        ],
    )
    def test_other_errors(self, error: Exception, transient: bool) -> None:
        """What another attempt may cure, and what it cannot."""
        assert is_transient(error) is transient


class TestMigrateTwice:
    def test_changes_nothing(self, database: Database) -> None:
        """Migrating a migrated and filled database leaves rows and guards as they are."""
        before = contents(database)

        migrate(database.url.render_as_string(hide_password=False))

        assert contents(database) == before
        with database.reading() as connection:
            assert missing_guards(connection) == []

    def test_guards_can_be_installed_again(self, database: Database) -> None:
        """Every migration installs all of them, whatever is there."""
        with database.writing() as connection:
            install_guards(connection)

        with database.reading() as connection:
            assert missing_guards(connection) == []


class TestPrivacy:
    def test_nobody_else_may_read_the_file(self, tmp_path: Path) -> None:
        """Salts, and what is not public, stand in it: file and folder are the owner's alone, the WAL as well."""
        file = tmp_path / "new" / "ledger.db"

        migrate(f"sqlite:///{file}")
        database = Database(f"sqlite:///{file}")
        with database.writing() as connection:
            connection.exec_driver_sql("SELECT 1")
            modes = [path.stat().st_mode & 0o077 for path in (file.parent, *file.parent.iterdir())]
        database.close()

        assert len(modes) >= 2
        assert set(modes) == {0}
