"""What the database itself refuses (I-6), on both stores: the triggers, their installation, and the question whether they are there.

    events, event_streams, subjects, streams,     no UPDATE, DELETE, TRUNCATE, nor SQLite's INSERT OR REPLACE
    tiles, checkpoints, erasures
    contents                                      no DELETE, TRUNCATE, REPLACE; UPDATE only at a position that `erasures` names
    idempotency                                   no DELETE, TRUNCATE, REPLACE; UPDATE only to forget a digest
    ledger_head                                   no DELETE, TRUNCATE, REPLACE; UPDATE only forwards and never of the ledger's id

`INSERT OR REPLACE` deletes the row in its way. SQLite tells the DELETE trigger so only under `PRAGMA recursive_triggers`, which is a
property of a connection, so a trigger of its own refuses an INSERT whose key is taken.

A migration ends in `install_guards`, because SQLite's batch mode rebuilds a table and silently loses its triggers. It may run before
a later table exists, so it guards the tables that are there; `missing_guards` then holds the schema of today to account.

Absent on purpose: any door for whoever owns the database: who may drop a trigger can do anything, and is caught by the hash tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect, text

# Table to its key: the columns by which INSERT OR REPLACE would find a row to delete.
KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "events": (("position",), ("event_id",)),
    "contents": (("position",),),
    "event_streams": (("stream_id", "version"), ("position", "ordinal")),
    "subjects": (("key",),),
    "streams": (("stream_id",), ("subject_key", "visibility")),
    "idempotency": (("actor", "set_name", "item_key"),),
    "tiles": (("level", "tile_index"),),
    "checkpoints": (("size",),),
    "erasures": (("position", "pointer"),),
    "ledger_head": (("id",),),
}
# Where an UPDATE is not always refused: when it is. No column compared here can be NULL.
UPDATE_REFUSED_WHEN: Mapping[str, str] = {
    "contents": (
        "NEW.position <> OLD.position OR NOT EXISTS (SELECT 1 FROM erasures WHERE erasures.position = OLD.position)"
    ),
    "idempotency": (
        "NEW.request_digest IS NOT NULL OR NEW.actor <> OLD.actor OR NEW.set_name <> OLD.set_name"
        " OR NEW.item_key <> OLD.item_key OR NEW.first_position <> OLD.first_position"
        " OR NEW.last_position <> OLD.last_position"
    ),
    "ledger_head": (
        "NEW.ledger <> OLD.ledger OR NEW.size <= OLD.size OR NEW.recorded_at <= OLD.recorded_at OR NEW.id <> OLD.id"
    ),
}
GUARDED = tuple(KEYS)


@dataclass(frozen=True)
class Guard:
    """One trigger: its name, its table, and the statement that creates it."""

    name: str
    table: str
    statement: str


def guards(dialect: str) -> tuple[Guard, ...]:
    """Every guard that a store of that dialect must have."""
    build = _sqlite_guards if dialect == "sqlite" else _postgresql_guards
    return tuple(guard for table in GUARDED for guard in build(table))


def install_guards(connection: Connection) -> None:
    """Puts every guard of the tables that exist in its place, replacing what stood there; ends every migration."""
    tables = set(inspect(connection).get_table_names())
    if connection.dialect.name == "sqlite":
        for guard in guards("sqlite"):
            if guard.table in tables:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}")
                connection.exec_driver_sql(guard.statement)
        return
    for name, body in _postgresql_functions().items():
        function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        connection.execute(text(function))
    for guard in guards("postgresql"):
        if guard.table in tables:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}")
            connection.exec_driver_sql(guard.statement)
            connection.exec_driver_sql(f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}")


def missing_guards(connection: Connection) -> list[str]:
    """The names of guards that are not there, are switched off, or are not what this version installs; sorted."""
    dialect = connection.dialect.name
    expected = {guard.name: guard.statement for guard in guards(dialect)}
    if dialect == "sqlite":
        found = _pairs(connection, _SQLITE_TRIGGERS)
    else:
        expected |= _postgresql_functions()
        found = _pairs(connection, _POSTGRESQL_TRIGGERS)
    return sorted(name for name, statement in expected.items() if found.get(name) != statement)


def _pairs(connection: Connection, statement: str) -> Mapping[str, str]:
    rows = connection.exec_driver_sql(statement)
    return {str(name): str(definition) for name, definition in rows}


# --- SQLite -------------------------------------------------------------------------------------------------

_SQLITE_TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


def _sqlite_guards(table: str) -> Iterator[Guard]:
    yield _sqlite_guard(table, "update", when=UPDATE_REFUSED_WHEN.get(table))
    yield _sqlite_guard(table, "delete")
    yield _sqlite_guard(table, "insert", when=" OR ".join(_taken(table, key) for key in KEYS[table]))


def _taken(table: str, key: tuple[str, ...]) -> str:
    same = " AND ".join(f"{table}.{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"


def _sqlite_guard(table: str, event: str, *, when: str | None = None) -> Guard:
    name = f"guard_{table}_{event}"
    what = "INSERT over a row" if event == "insert" else event.upper()
    condition = "" if when is None else f" WHEN {when}"
    statement = (
        f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} FOR EACH ROW{condition}"
        f" BEGIN SELECT RAISE(ABORT, 'custody: {what} of {table} is refused'); END"
    )
    return Guard(name=name, table=table, statement=statement)


# --- PostgreSQL ---------------------------------------------------------------------------------------------

# What is compared is what the server says of a trigger; one that is not ENABLE ALWAYS counts as not there.
_POSTGRESQL_TRIGGERS = """
SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'
UNION ALL
SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'custody_refuse%%' AND pronamespace = current_schema()::regnamespace
"""

_REFUSE = (
    "RAISE EXCEPTION 'custody: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
)


def _postgresql_functions() -> Mapping[str, str]:
    """The bodies of the trigger functions: a trigger's own WHEN may hold no subquery there."""
    sometimes = {
        f"custody_refuse_{table}": f" BEGIN IF {when} THEN {_REFUSE} END IF; RETURN NEW; END "
        for table, when in UPDATE_REFUSED_WHEN.items()
    }
    return {"custody_refuse": f" BEGIN {_REFUSE} END ", **sometimes}


def _postgresql_guards(table: str) -> Iterator[Guard]:
    function = f"custody_refuse_{table}" if table in UPDATE_REFUSED_WHEN else "custody_refuse"
    yield _postgresql_guard(table, "update", function=function)
    yield _postgresql_guard(table, "delete")
    yield _postgresql_guard(table, "truncate", each="STATEMENT")


def _postgresql_guard(
    table: str, event: str, *, function: str = "custody_refuse", each: str = "ROW"
) -> Guard:
    name = f"guard_{table}_{event}"
    statement = f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    return Guard(name=name, table=table, statement=statement)
