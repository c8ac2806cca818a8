"""Migrations give what the code says, on both stores, to an empty database and to a filled one, and leave every guard in place."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command as alembic
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url

import migrations
from app.database import Database, _alembic, migrate
from events.store import FULL_VIEWER, append, head, read_events
from events.tables import METADATA
from migrations.guards import GUARDED, guards, install_guards, missing_guards
from projections import tables as projection_tables
from tests import postgres
from tests.commands import Scribe, command, item, opened
from tests.entropy import SeededEntropy

GRANTS = Path(migrations.__file__).with_name("grants.sql")

# All that a table is: for SQLite the statement that made it, for PostgreSQL what its catalogue says.
SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version' ORDER BY name"
POSTGRESQL_SCHEMA = """
SELECT 'column ' || table_name || '.' || column_name,
       concat_ws(' ', data_type, collation_name, is_nullable, column_default, is_identity, is_generated)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index ' || tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger ' || tgrelid::regclass || '.' || tgname, concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1
"""


def schema(connection: Connection) -> dict[str, str]:
    """Everything in the schema by name, the order of a table's columns and constraints left aside."""
    if connection.dialect.name == "sqlite":
        return {name: normalised(sql) for name, sql in connection.execute(text(SQLITE_SCHEMA))}
    rows = connection.execute(text(POSTGRESQL_SCHEMA))
    return {name: definition for name, definition in rows if "alembic_version" not in name}


def normalised(sql: str) -> str:
    """One statement of SQLite with single blanks, its lines sorted, since constraints have names and no order."""
    lines = [
        re.sub(r"\s+", " ", line).strip(" ,") for line in sql.replace(" STRICT", "\nSTRICT").splitlines()
    ]
    return "\n".join(sorted(line for line in lines if line))


@pytest.fixture
def created(request: pytest.FixtureRequest, empty_database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """A second database, made from the metadata alone, on the store of `empty_database_url`."""
    if empty_database_url.startswith("sqlite"):
        engine = create_engine(f"sqlite:///{tmp_path / 'created.db'}")
        yield engine
        engine.dispose()
        return
    with postgres.fresh_database(request.getfixturevalue("postgres_url")) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


class TestMigratedSchema:
    def test_is_the_schema_of_the_metadata(self, empty_database_url: str, created: Engine) -> None:
        """Tables, columns, types, nullability, keys, CHECKs with their names and texts, indexes and guards are equal."""
        with created.begin() as connection:
            METADATA.create_all(connection)
            install_guards(connection)
            expected = schema(connection)

        migrate(empty_database_url)

        database = Database(empty_database_url)
        with database.reading() as connection:
            actual = schema(connection)
        database.close()
        assert actual.keys() == expected.keys()
        assert actual == expected

    def test_names_every_constraint(self) -> None:
        """SQLite's batch mode loses what has no name (libraries.md 4.6)."""
        unnamed = [
            (table.name, constraint)
            for table in METADATA.tables.values()
            for constraint in table.constraints
            if constraint.name is None
        ]

        assert unnamed == []

    def test_checks_every_column_of_the_log(self) -> None:
        """A value that the code did not validate cannot be stored: each column has a CHECK, a foreign key, or is fixed by its guard."""
        for name in GUARDED:
            table = METADATA.tables[name]
            checks = " ".join(
                str(constraint.sqltext)
                for constraint in table.constraints
                if isinstance(constraint, CheckConstraint)
            )
            bare = [
                column.name
                for column in table.columns
                if not column.foreign_keys and not re.search(rf"\b{column.name}\b", checks)
            ]
            assert bare == []


class TestEachMigration:
    def apply(self, database: Database, step: str) -> None:
        with database.writing() as connection:
            alembic.upgrade(_alembic(connection), step)
        with database.reading() as connection:
            assert missing_guards(connection) == []

    def test_leaves_every_guard_in_place(self, empty_database_url: str) -> None:
        """Step by step on a database that is filled after the first: each applies, keeps the events, and all guards stand at the end."""
        database, entropy = Database(empty_database_url), SeededEntropy(1)
        first, *others = steps()
        self.apply(database, first)
        opened(database, entropy)
        with database.writing() as connection:
            append(connection, [command(item("k", Scribe(entropy).opening("x")))], entropy=entropy)
            before = head(connection), read_events(connection, viewer=FULL_VIEWER)

        for step in others:
            self.apply(database, step)

            with database.reading() as connection:
                assert (head(connection), read_events(connection, viewer=FULL_VIEWER)) == before
        database.check_ready()
        database.close()

    def test_reports_a_guard_lost_to_a_batch(self, tmp_path: Path) -> None:
        """The trap itself: SQLite's batch mode drops a table's triggers without a word, and the check says so."""
        url = f"sqlite:///{tmp_path / 'batch.db'}"
        migrate(url)
        database = Database(url)
        with database.writing() as connection:
            operations = Operations(MigrationContext.configure(connection))
            with operations.batch_alter_table("actors") as batch:
                batch.alter_column("name", nullable=True)
            with operations.batch_alter_table("tiles") as batch:
                batch.alter_column("root", nullable=True)

        with database.reading() as connection:
            missing = missing_guards(connection)
        database.close()
        assert missing == [
            guard.name for guard in sorted(guards("sqlite"), key=lambda g: g.name) if guard.table == "tiles"
        ]

    def test_ends_in_installing_guards_and_has_no_way_down(self) -> None:
        """Each file's `upgrade` calls `install_guards` last, sets PostgreSQL's timeouts first, and no file imports an event kind."""
        for path in sorted((GRANTS.parent / "versions").glob("2*.py")):
            source = path.read_text()
            body = source.split("def upgrade() -> None:", 1)[1].split("\n\n\n", 1)[0]
            assert body.rstrip().endswith("install_guards(op.get_bind())"), path.name
            assert "SET LOCAL lock_timeout" in body, path.name
            assert "SET LOCAL statement_timeout" in body, path.name
            assert "events.kinds" not in source, path.name
            assert "def downgrade" not in source, path.name


def steps() -> list[str]:
    """All revisions, the first one first."""
    scripts = ScriptDirectory.from_config(_alembic())
    return [script.revision for script in scripts.walk_revisions()][::-1]


class TestGrants:
    """`grants.sql` gives the application's role no more than it needs (I-6)."""

    @pytest.fixture
    def writer(self, postgres_url: str) -> Iterator[tuple[Database, Database]]:
        """The owner's database with an open ledger, and the same as the application's role sees it."""
        with postgres.fresh_database(postgres_url, template=postgres.migrated_template(postgres_url)) as url:
            owner = Database(url)
            role = f"writer_{make_url(url).database}"
            with owner.writing() as connection:
                connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'writes'")
                connection.execute(text(GRANTS.read_text().replace(':"role"', role)))
            opened(owner, SeededEntropy(1))
            application = Database(
                make_url(url).set(username=role, password="writes").render_as_string(hide_password=False)
            )
            yield owner, application
            application.close()
            with owner.writing() as connection:
                connection.exec_driver_sql(f"DROP OWNED BY {role}")
                connection.exec_driver_sql(f"DROP ROLE {role}")
            owner.close()

    def test_the_role_records(self, writer: tuple[Database, Database]) -> None:
        """Appending and reading need no more than was granted; tiles included."""
        _, application = writer
        entropy = SeededEntropy(2)
        scribe = Scribe(entropy)
        events = [scribe.opening("x"), *(scribe.statement("x") for _ in range(300))]

        with application.writing() as connection:
            append(connection, [command(item("k", *events))], entropy=entropy)

        with application.reading() as connection:
            assert head(connection).size == 303
        application.check_ready()

    def test_the_role_may_insert_and_select_only(self, writer: tuple[Database, Database]) -> None:
        """No privilege to change or remove anything of the log, but to move the head on; projections are its own to rewrite."""
        owner, application = writer
        may = {
            table: [
                privilege
                for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
                if privileged(owner, application, table, privilege)
            ]
            for table in [*METADATA.tables, "alembic_version"]
        }

        own = ["SELECT", "INSERT", "UPDATE", "DELETE"]
        expected = dict.fromkeys(METADATA.tables, own)
        expected |= {table: ["SELECT", "INSERT"] for table in (*GUARDED, "actors")}
        assert may == {**expected, "alembic_version": ["SELECT"]}
        assert projection_tables.PROJECTION_BUILDS.name in expected

    def test_the_tables_listed_are_the_guarded_ones(self) -> None:
        """A table that is guarded from now on must be added to the list."""
        listed = re.search(r"REVOKE UPDATE, DELETE ON\s+([^;]*?)\s+FROM", GRANTS.read_text())

        assert listed is not None
        assert set(listed.group(1).split(", ")) == {*GUARDED, "actors"}


def privileged(owner: Database, application: Database, table: str, privilege: str) -> bool:
    with owner.reading() as connection:
        question = text("SELECT has_table_privilege(:role, :table, :privilege)")
        parameters = {"role": application.url.username, "table": table, "privilege": privilege}
        return bool(connection.execute(question, parameters).scalar_one())


def test_every_guarded_table_exists(database_url: str) -> None:
    """A guard of a table that is not there would guard nothing."""
    database = Database(database_url)
    with database.reading() as connection:
        assert set(GUARDED) <= set(inspect(connection).get_table_names())
    database.close()


class TestAnotherProgram:
    """Whoever opens the SQLite file without our pragmas, as the `sqlite3` shell does: `recursive_triggers` is off."""

    REPLACING = (
        "INSERT OR REPLACE INTO ledger_head SELECT 1, ledger, 0, recorded_at, x'' FROM ledger_head",
        "UPDATE ledger_head SET frontier = zeroblob(length(frontier))",
    )

    def test_no_guarded_table_has_a_key_that_its_guard_does_not_know(self, tmp_path: Path) -> None:
        """A rowid beside the key is one more place where INSERT OR REPLACE finds a row to delete, and tells no trigger."""
        migrate(f"sqlite:///{tmp_path / 'ledger.db'}")
        with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
            for table in GUARDED:
                (without_rowid,) = connection.execute(
                    "SELECT wr FROM pragma_table_list WHERE name = ?", [table]
                ).fetchone()
                keys = connection.execute(
                    "SELECT type FROM pragma_table_info(?) WHERE pk > 0", [table]
                ).fetchall()
                assert without_rowid or keys == [("INTEGER",)], table

    @pytest.mark.parametrize("statement", REPLACING)
    def test_cannot_set_the_head_back(self, tmp_path: Path, statement: str) -> None:
        """Neither by replacing the row, nor by another frontier of the same size."""
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        migrate(url)
        database = Database(url)
        opened(database, SeededEntropy(1))
        database.close()

        with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
            before = connection.execute("SELECT * FROM ledger_head").fetchall()
            with pytest.raises(sqlite3.IntegrityError, match="ledger_head is refused"):
                connection.execute(statement)
            assert connection.execute("SELECT * FROM ledger_head").fetchall() == before
