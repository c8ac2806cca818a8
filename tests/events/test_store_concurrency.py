"""I-1 to I-4 with sixteen writers at once, rollbacks included, on both stores; and that a broken head lock does not pass."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.database import Database
from events import merkle, numbering, store
from events.commands import Recorded, Replan
from events.drivers import Postgresql
from events.errors import VersionStale
from events.kinds import SubjectKey
from events.store import FULL_VIEWER, LogReader, StoredEvent, append, head, read_events
from events.tables import TILES
from tests.commands import Scribe, command, item, opened
from tests.entropy import SeededEntropy
from tests.events.test_store import places

WRITERS = 16
COMMITS = 10
SHARED = SubjectKey("shared")


class Rollback(Exception):
    """Raised to leave a transaction without committing it."""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger with one subject that everybody writes about: 3 events."""
    database = Database(database_url, pool_size=WRITERS + 2)
    entropy = SeededEntropy(1)
    opened(database, entropy)
    with database.writing() as connection:
        opening = Scribe(entropy).opening(SHARED)
        append(connection, [command(item("shared", opening))], entropy=entropy)
    yield database
    database.close()


def in_parallel(work: Callable[[int], None]) -> None:
    """Runs the work once for each writer, all at once; raises what any of them raised."""
    start = threading.Barrier(WRITERS)

    def run(number: int) -> None:
        start.wait()
        work(number)

    with ThreadPoolExecutor(WRITERS) as threads:
        for done in [threads.submit(run, number) for number in range(WRITERS)]:
            done.result()


def append_from_many(database: Database) -> dict[int, str]:
    """The acknowledged positions with their event ids, of writers who roll a third of their commits back."""
    acknowledged: dict[int, str] = {}

    def work(number: int) -> None:
        entropy, random = SeededEntropy(100 + number), Random(number)
        for turn in range(COMMITS):
            statements = [Scribe(entropy).statement(SHARED) for _ in range(random.randint(1, 4))]
            planned = command(item(f"{number}-{turn}", *statements))
            try:
                with database.writing() as connection:
                    (outcome,) = append(connection, [planned], entropy=entropy)
                    if random.random() < 1 / 3:
                        raise Rollback
            except Rollback:
                continue
            assert isinstance(outcome, Recorded)
            (receipt,) = outcome.receipts
            acknowledged.update(enumerate(receipt.event_ids, receipt.first_position))

    in_parallel(work)
    return acknowledged


def everything(database: Database) -> list[StoredEvent]:
    """All events, after checking that positions have no gap and that head, tree and tiles agree."""
    with database.reading() as connection:
        now = head(connection)
        events = read_events(connection, viewer=FULL_VIEWER)
        assert [event.position for event in events] == list(range(1, now.size + 1))
        leaves = [event.leaf for event in events]
        assert merkle.root(now.size, merkle.MemoryTree(leaves)) == now.root
        assert merkle.root(now.size, LogReader(connection)) == now.root
        tiles = connection.execute(select(TILES.c.hashes).order_by(TILES.c.tile_index)).scalars().all()
        assert tiles == [b"".join(leaves[at : at + 256]) for at in range(0, now.size - 255, 256)]
    return events


class TestManyWriters:
    def test_what_was_acknowledged_is_there_and_nothing_else(self, database: Database) -> None:
        """No position has a gap, a rollback leaves nothing, a receipt's events stand where it says (I-1, I-2)."""
        acknowledged = append_from_many(database)

        events = everything(database)
        assert {event.position: event.event_id for event in events[3:]} == acknowledged
        versions = [version for event in events[2:] for version, _ in places(event)]
        assert versions == list(range(1, len(events) - 1))
        instants = [event.recorded_at for event in events]
        assert instants == sorted(instants)

    def test_a_reader_never_meets_a_later_event_first(self, database: Database) -> None:
        """Whoever pages while many write sees every position once and in order (I-1)."""
        done = threading.Event()
        seen: list[int] = []

        def follow() -> None:
            while True:
                last_look = done.is_set()
                with database.reading() as connection:
                    after = seen[-1] if seen else 0
                    page = read_events(connection, viewer=FULL_VIEWER, after=after, limit=7)
                seen.extend(event.position for event in page)
                if last_look and not page:
                    return

        with ThreadPoolExecutor(1) as threads:
            following = threads.submit(follow)
            append_from_many(database)
            done.set()
            following.result()

        assert seen == [event.position for event in everything(database)]

    def test_one_of_many_equal_requests_is_recorded(self, database: Database) -> None:
        """The same key with the same request from all at once is one event; the others are sent to its receipt (I-3)."""
        outcomes: list[object] = []

        def work(number: int) -> None:
            entropy = SeededEntropy(100 + number)
            planned = command(item("the key", Scribe(entropy).statement(SHARED)))
            with database.writing() as connection:
                outcomes.extend(append(connection, [planned], entropy=entropy))

        in_parallel(work)

        assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 1
        assert outcomes.count(Replan(known_keys=("the key",))) == WRITERS - 1
        assert len(everything(database)) == 4

    def test_one_of_many_who_expect_the_same_version_is_admitted(self, database: Database) -> None:
        """Each round, all expect the version they saw: one is recorded, the others are told the actual one (I-4)."""
        admitted: list[int] = []
        refused: list[VersionStale] = []

        def work(number: int) -> None:
            entropy = SeededEntropy(100 + number)
            for expected in range(1, 6):
                statement = Scribe(entropy).statement(SHARED, expected={SHARED: expected})
                with database.writing() as connection:
                    planned = command(item(f"{number}-{expected}", statement))
                    (outcome,) = append(connection, [planned], entropy=entropy)
                if isinstance(outcome, VersionStale):
                    refused.append(outcome)
                else:
                    admitted.append(expected)

        in_parallel(work)

        assert sorted(admitted) == sorted(set(admitted))
        assert len(admitted) + len(refused) == WRITERS * 5
        assert all(stale.facts["actual"] != stale.facts["expected"] for stale in refused)
        assert len(everything(database)) == 3 + len(admitted)


class TestBrokenHeadLock:
    def test_does_not_pass(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without FOR UPDATE, and with a BEGIN that waits for nobody, writers collide and the property fails."""
        monkeypatch.setattr(Postgresql, "HEAD", Postgresql.HEAD.removesuffix(" FOR UPDATE"))
        if database.is_sqlite:
            database._writer = database._reader

        def number_slowly(*arguments: Any, **options: Any) -> numbering.Numbered:
            time.sleep(0.01)
            return numbering.number(*arguments, **options)

        monkeypatch.setattr(store, "number", number_slowly)

        with pytest.raises((DBAPIError, sqlite3.Error, psycopg.Error)):
            append_from_many(database)
