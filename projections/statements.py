"""What a sheet of rows says to each of the two databases, on the driver's own cursor.

    fetched     the rows of some subjects, of several tables at once
    send        rows that go and rows that come, of several tables at once

Each is one round trip on PostgreSQL, and few steps on SQLite: all of it stands in the way of every append, and SQLAlchemy's own way through
a statement costs more than most of these do (`bench/append.py` decides what may stand here). A statement is made of a table's columns
once and kept; keys and values are always parameters.

Absent on purpose: everything else. Reads for readers are Core, in `projections/reads.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

import psycopg
from msgspec import Struct
from sqlalchemy import Connection, Table

Row = tuple[Any, ...]

_PLACE_TYPES = {int: "bigint", str: "text", bytes: "bytea"}


class Look(Struct, frozen=True):
    """Columns of the rows of one build whose `by` is among some keys."""

    table: Table
    columns: tuple[str, ...]
    by: str

    def __hash__(self) -> int:
        return hash((self.table.name, self.by))


class Change(Struct, frozen=True):
    """Rows of one build that come, or those with these keys that go; `fixed` is a condition that holds for all that go."""

    table: Table
    columns: tuple[str, ...]
    goes: bool = False
    fixed: str = ""

    def __hash__(self) -> int:
        return hash((self.table.name, self.goes))


class Driver(Protocol):
    """One of the two databases."""

    def fetched(
        self, connection: Connection, build: int, asked: Sequence[tuple[Look, Collection[str]]]
    ) -> list[list[Row]]:
        """What each look finds for its keys, in the order asked."""

    def send(
        self, connection: Connection, build: int, changes: Sequence[tuple[Change, Sequence[Row]]]
    ) -> None:
        """Makes these changes in their order, each of at least one row."""


def driver_of(connection: Connection) -> Driver:
    """The driver of the database that a connection leads to."""
    return _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE


class Sqlite:
    """A statement each, with keys as a JSON array."""

    def fetched(
        self, connection: Connection, build: int, asked: Sequence[tuple[Look, Collection[str]]]
    ) -> list[list[Row]]:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return [
            raw.execute(_sqlite_look(look), (build, json.dumps([*keys]))).fetchall() for look, keys in asked
        ]

    def send(
        self, connection: Connection, build: int, changes: Sequence[tuple[Change, Sequence[Row]]]
    ) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        for change, rows in changes:
            raw.executemany(_sqlite_change(change), [(build, *row) for row in rows])


class Postgresql:
    """All statements behind one another in a pipeline, with rows as one array for each column."""

    def fetched(
        self, connection: Connection, build: int, asked: Sequence[tuple[Look, Collection[str]]]
    ) -> list[list[Row]]:
        with _pipeline(connection, len(asked)) as raw:
            found = [
                raw.execute(_postgresql_look(look), (build, [*keys]), binary=True) for look, keys in asked
            ]
        return [cursor.fetchall() for cursor in found]

    def send(
        self, connection: Connection, build: int, changes: Sequence[tuple[Change, Sequence[Row]]]
    ) -> None:
        with _pipeline(connection, len(changes)) as raw:
            for change, rows in changes:
                columns = [list(column) for column in zip(*rows, strict=True)]
                raw.execute(_postgresql_change(change), (build, *columns))


@contextmanager
def _pipeline(connection: Connection, statements: int) -> Iterator[psycopg.Connection[Row]]:
    """The driver's connection, in a pipeline where there is more than one statement: to begin and to end one costs a round trip's time."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    if statements > 1:
        with raw.pipeline():
            yield raw
    else:
        yield raw


_SQLITE: Driver = Sqlite()
_POSTGRESQL: Driver = Postgresql()


@lru_cache
def _sqlite_look(look: Look) -> str:
    chosen = f"SELECT {', '.join(look.columns)} FROM {look.table.name}"
    return f"{chosen} WHERE build = ? AND {look.by} IN (SELECT value FROM json_each(?))"


@lru_cache
def _sqlite_change(change: Change) -> str:
    if change.goes:
        keys = "".join(f" AND {name} = ?" for name in change.columns)
        return f"DELETE FROM {change.table.name} WHERE build = ?{keys}{change.fixed}"
    places = ", ".join("?" * (1 + len(change.columns)))
    return f"INSERT INTO {change.table.name} (build, {', '.join(change.columns)}) VALUES ({places})"


@lru_cache
def _postgresql_look(look: Look) -> bytes:
    chosen = f"SELECT {', '.join(look.columns)} FROM {look.table.name}"
    return f"{chosen} WHERE build = %b AND {look.by} = ANY (%b::text[])".encode()


@lru_cache
def _postgresql_change(change: Change) -> bytes:
    types = (_PLACE_TYPES[change.table.c[name].type.python_type] for name in change.columns)
    columns = ", ".join(change.columns)
    rows = f"unnest({', '.join(f'%b::{kind}[]' for kind in types)}) AS given ({columns})"
    if change.goes:
        keys = "".join(f" AND gone.{name} = given.{name}" for name in change.columns)
        # The build first among the parameters, as everywhere.
        return (
            f"WITH of (build) AS (VALUES (%b::bigint)) DELETE FROM {change.table.name} AS gone USING of, {rows}"
            f" WHERE gone.build = of.build{keys}{change.fixed}"
        ).encode()
    chosen = f"SELECT %b::bigint, {columns} FROM {rows}"
    return f"INSERT INTO {change.table.name} (build, {columns}) {chosen}".encode()
