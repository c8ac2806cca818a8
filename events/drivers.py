"""What an append says to each of the two databases, on the driver's own cursor.

    lock      takes the head lock, then reads all that numbering asks for
    insert    stores the numbered rows and moves the head on

Lock and insert run on every commit, and SQLAlchemy's own way through a statement costs more than these do; a benchmark decides what may
stand here (`bench/`). The rows are the same on both stores, and so is the order: lock, read, insert, head.

Absent on purpose: everything else. Reads and rare writes are Core, in `events/store.py`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

import psycopg
from msgspec import Struct
from sqlalchemy import Connection

from events import merkle
from events.commands import Command
from events.envelope import instant_text
from events.errors import StoreUnready
from events.kinds import StreamId, SubjectKey, SubjectSort
from events.merkle import Frontier, Hash
from events.numbering import Ground, ItemName, Numbered, Tip

HeadRow = tuple[str, int, str, bytes]
"""Ledger, size, instant, frontier."""

GroundRow = tuple[str, str, str, str | None, int | None, bytes | None]
"""A known item: actor, set, key, null, null, digest. A stream: subject key, visibility, sort, stream id, last version, its leaf."""


class Locked(Struct):
    """What was read under the head lock."""

    ground: Ground
    frontier: Frontier
    recorded_at: datetime


class Driver(Protocol):
    """One of the two databases."""

    def lock(self, connection: Connection, commands: Sequence[Command]) -> Locked:
        """Takes the head lock and reads the ground of the commands. Raises StoreUnready before `open_ledger`."""

    def insert(
        self, connection: Connection, numbered: Numbered, frontier: Frontier, *, recorded_at: datetime
    ) -> None:
        """Inserts the numbered rows and moves the head on to the frontier."""


@contextmanager
def planned_anew(connection: Connection) -> Iterator[None]:
    """Has PostgreSQL plan each statement of the block for what it asks, every time. A plan kept for whatever is asked has taken a hundred
    times as long where a list was filtered by something rare (bench/as_of.py)."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        yield
        return
    usual, raw.prepare_threshold = raw.prepare_threshold, None
    try:
        yield
    finally:
        raw.prepare_threshold = usual


def driver_of(connection: Connection) -> Driver:
    """The driver for this connection's database."""
    return _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE


def unopened() -> StoreUnready:
    """The refusal of a database whose ledger was not opened."""
    return StoreUnready(
        "There is no ledger in this database yet: it is opened when something is first recorded."
    )


def _named_keys(commands: Sequence[Command]) -> list[SubjectKey]:
    """Every subject that the commands name, in whatever place; sorted."""
    planned = [event for command in commands for item in command.items for event in item.events]
    return sorted({key for event in planned for key in (*event.subjects, *event.expected_versions)})


def _item_names(commands: Sequence[Command]) -> list[ItemName]:
    return [(command.actor, command.set_name, item.key) for command in commands for item in command.items]


def _locked(head: HeadRow | None, rows: Iterable[GroundRow]) -> Locked:
    if head is None:
        raise unopened()
    ledger, size, recorded_at, frontier = head
    ground = Ground(ledger=ledger, size=size, known={}, sorts={}, tips={})
    for first, second, third, stream_id, version, digest in rows:
        if stream_id is None or version is None or digest is None:
            ground.known[first, second, third] = digest
        else:
            ground.sorts[SubjectKey(first)] = SubjectSort(third)
            ground.tips[first, second] = Tip(StreamId(stream_id), version, Hash(digest))
    return Locked(ground, merkle.decode(size, frontier), datetime.fromisoformat(recorded_at))


class Sqlite:
    """BEGIN IMMEDIATE has taken the lock already. No round trips: one prepared statement a table."""

    HEAD = "SELECT ledger, size, recorded_at, frontier FROM ledger_head"
    GROUND = """
        SELECT i.actor, i.set_name, i.item_key, NULL, NULL, i.request_digest FROM json_each(?) AS k
        CROSS JOIN idempotency AS i ON i.actor = json_extract(k.value, '$[0]')
            AND i.set_name = json_extract(k.value, '$[1]') AND i.item_key = json_extract(k.value, '$[2]')
        UNION ALL
        SELECT u.key, s.visibility, u.sort, s.stream_id, v.version, e.leaf FROM json_each(?) AS k
        CROSS JOIN subjects AS u ON u.key = k.value
        CROSS JOIN streams AS s ON s.subject_key = u.key
        CROSS JOIN event_streams AS v ON v.stream_id = s.stream_id
            AND v.version = (SELECT max(version) FROM event_streams WHERE stream_id = s.stream_id)
        CROSS JOIN events AS e ON e.position = v.position
    """
    EVENT = "INSERT INTO events (position, event_id, kind, visibility, recorded_at, body, leaf) VALUES (?, ?, ?, ?, ?, ?, ?)"
    CONTENT = "INSERT INTO contents (position, content, salts) VALUES (?, ?, ?)"
    SUBJECT = "INSERT INTO subjects (key, sort, opened_at_position) VALUES (?, ?, ?)"
    STREAM = (
        "INSERT INTO streams (stream_id, subject_key, visibility, opened_at_position) VALUES (?, ?, ?, ?)"
    )
    PLACE = "INSERT INTO event_streams (stream_id, version, position, ordinal) VALUES (?, ?, ?, ?)"
    ITEM = (
        "INSERT INTO idempotency (actor, set_name, item_key, request_digest, first_position, last_position)"
        " VALUES (?, ?, ?, ?, ?, ?)"
    )
    MOVE = "UPDATE ledger_head SET size = ?, recorded_at = ?, frontier = ?"

    def lock(self, connection: Connection, commands: Sequence[Command]) -> Locked:
        cursor = _sqlite_connection(connection).cursor()
        head = cursor.execute(self.HEAD).fetchone()
        named = json.dumps(_item_names(commands)), json.dumps(_named_keys(commands))
        rows = cursor.execute(self.GROUND, named).fetchall()
        cursor.close()
        return _locked(head, rows)

    def insert(
        self, connection: Connection, numbered: Numbered, frontier: Frontier, *, recorded_at: datetime
    ) -> None:
        cursor = _sqlite_connection(connection).cursor()
        cursor.executemany(self.EVENT, numbered.events)
        cursor.executemany(self.CONTENT, numbered.contents)
        if numbered.streams:
            cursor.executemany(self.SUBJECT, numbered.subjects)
            cursor.executemany(self.STREAM, numbered.streams)
        cursor.executemany(self.PLACE, numbered.event_streams)
        cursor.executemany(self.ITEM, numbered.idempotency)
        cursor.execute(self.MOVE, (frontier.size, instant_text(recorded_at), merkle.encode(frontier)))
        cursor.close()


class Postgresql:
    """Two round trips: the lock with the reads behind it, and one statement that inserts everything from arrays."""

    # The ground must show what the lock waited for, so it is a statement of its own, with a snapshot of its own.
    HEAD = "SELECT ledger, size, recorded_at, frontier FROM ledger_head WHERE id = 1 FOR UPDATE"
    GROUND = """
        SELECT i.actor, i.set_name, i.item_key, NULL::text, NULL::bigint, i.request_digest
        FROM unnest(%b::text[], %b::text[], %b::text[]) AS k (actor, set_name, item_key)
        CROSS JOIN LATERAL (
            SELECT * FROM idempotency
            WHERE actor = k.actor AND set_name = k.set_name AND item_key = k.item_key LIMIT 1
        ) AS i
        UNION ALL
        SELECT u.key, s.visibility, u.sort, s.stream_id, v.version, e.leaf FROM unnest(%b::text[]) AS k (key)
        CROSS JOIN LATERAL (SELECT * FROM subjects WHERE key = k.key LIMIT 1) AS u
        CROSS JOIN LATERAL (SELECT * FROM streams WHERE subject_key = k.key LIMIT 3) AS s
        CROSS JOIN LATERAL (
            SELECT * FROM event_streams WHERE stream_id = s.stream_id ORDER BY version DESC LIMIT 1
        ) AS v
        CROSS JOIN LATERAL (SELECT leaf FROM events WHERE position = v.position LIMIT 1) AS e
    """
    # One key and one subject, which is how most is recorded: arrays would cost more than the rest of it.
    GROUND_OF_ONE = """
        SELECT actor, set_name, item_key, NULL::text, NULL::bigint, request_digest FROM idempotency
        WHERE actor = %b AND set_name = %b AND item_key = %b
        UNION ALL
        SELECT u.key, s.visibility, u.sort, s.stream_id, v.version, e.leaf FROM subjects AS u
        JOIN streams AS s ON s.subject_key = u.key
        CROSS JOIN LATERAL (
            SELECT * FROM event_streams WHERE stream_id = s.stream_id ORDER BY version DESC LIMIT 1
        ) AS v
        JOIN events AS e ON e.position = v.position
        WHERE u.key = %b
    """
    INSERT_OF_ONE = """
        WITH head AS (
            UPDATE ledger_head SET size = %b, recorded_at = %b, frontier = %b WHERE id = 1
        ), new_event AS (
            INSERT INTO events (position, event_id, kind, visibility, recorded_at, body, leaf) VALUES (%b, %b, %b, %b, %b, %b, %b)
        ), new_content AS (
            INSERT INTO contents (position, content, salts) VALUES (%b, %b, %b)
        ), new_place AS (
            INSERT INTO event_streams (stream_id, version, position, ordinal) VALUES (%b, %b, %b, %b)
        )
        INSERT INTO idempotency (actor, set_name, item_key, request_digest, first_position, last_position)
        VALUES (%b, %b, %b, %b, %b, %b)
    """
    # Foreign keys are checked at the statement's end, so one statement may fill every table.
    INSERT = """
        WITH head AS (
            UPDATE ledger_head SET size = %b, recorded_at = %b::text, frontier = %b WHERE id = 1 RETURNING recorded_at
        ), rows AS (
            SELECT * FROM unnest(
                %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::bytea[], %b::bytea[]
            ) AS r (position, event_id, kind, visibility, body, leaf, content, salts)
        ), new_events AS (
            INSERT INTO events (position, event_id, kind, visibility, recorded_at, body, leaf)
            SELECT position, event_id, kind, visibility, recorded_at, body, leaf FROM rows CROSS JOIN head
        ), new_contents AS (
            INSERT INTO contents (position, content, salts) SELECT position, content, salts FROM rows
        ), new_subjects AS (
            INSERT INTO subjects (key, sort, opened_at_position)
            SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[])
        ), new_streams AS (
            INSERT INTO streams (stream_id, subject_key, visibility, opened_at_position)
            SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[])
        ), new_places AS (
            INSERT INTO event_streams (stream_id, version, position, ordinal)
            SELECT * FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::int[])
        )
        INSERT INTO idempotency (actor, set_name, item_key, request_digest, first_position, last_position)
        SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::bigint[])
    """

    def lock(self, connection: Connection, commands: Sequence[Command]) -> Locked:
        raw = _postgresql_connection(connection)
        names, keys = _item_names(commands), _named_keys(commands)
        with raw.pipeline():
            head = raw.execute(self.HEAD, binary=True)
            if len(names) == len(keys) == 1:
                rows = raw.execute(self.GROUND_OF_ONE, [*names[0], keys[0]], binary=True)
            else:
                rows = raw.execute(self.GROUND, [*_columns(names, 3), keys], binary=True)
        return _locked(head.fetchone(), rows.fetchall())

    def insert(
        self, connection: Connection, numbered: Numbered, frontier: Frontier, *, recorded_at: datetime
    ) -> None:
        head = [frontier.size, instant_text(recorded_at), merkle.encode(frontier)]
        raw = _postgresql_connection(connection)
        if len(numbered.event_streams) == 1 and not numbered.streams:
            one = (
                numbered.events[0],
                numbered.contents[0],
                numbered.event_streams[0],
                numbered.idempotency[0],
            )
            raw.execute(self.INSERT_OF_ONE, [*head, *chain(*one)])
        else:
            raw.execute(self.INSERT, [*head, *_row_columns(numbered)])


def _row_columns(numbered: Numbered) -> list[list[object]]:
    """The numbered rows as arrays, in the order in which `INSERT` asks for them."""
    positions, event_ids, kinds, visibilities, _, bodies, leaves = _columns(numbered.events, 7)
    _, contents, salts = _columns(numbered.contents, 3)
    return [
        *(positions, event_ids, kinds, visibilities, bodies, leaves, contents, salts),
        *_columns(numbered.subjects, 3),
        *_columns(numbered.streams, 4),
        *_columns(numbered.event_streams, 4),
        *_columns(numbered.idempotency, 6),
    ]


def _columns(rows: Sequence[tuple[object, ...]], count: int) -> list[list[object]]:
    """The rows turned into that many columns, which are empty if there are no rows."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(count)]


_SQLITE: Driver = Sqlite()
_POSTGRESQL: Driver = Postgresql()


def _sqlite_connection(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _postgresql_connection(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw
