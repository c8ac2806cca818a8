"""The one writer of a process: what it acknowledges is committed, its groups have no victims, its queue has an end."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection

from app import writer as module
from app.database import Database
from app.writer import Writer
from events.commands import Command, Outcome, PlannedEvent, Recorded, Replan
from events.errors import QueueFull, SubjectNotFound
from events.kinds import Position
from events.store import FULL_VIEWER, append, head, read_by_ids
from tests.commands import Scribe, command, item, opened
from tests.entropy import SeededEntropy
from tests.events.test_store_concurrency import everything

WRITERS = 16


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy(1)


@pytest.fixture
def database(database_url: str, entropy: SeededEntropy) -> Iterator[Database]:
    """A ledger with the subject x: 3 events."""
    database = Database(database_url)
    opened(database, entropy)
    with database.writing() as connection:
        append(connection, [command(item("x", Scribe(entropy).opening("x")))], entropy=entropy)
    yield database
    database.close()


@pytest.fixture
def scribe(entropy: SeededEntropy) -> Scribe:
    return Scribe(entropy)


def one(key: str, event: PlannedEvent) -> Command:
    return command(item(key, event))


class Held(Writer):
    """A writer whose thread waits before each commit until it is let go, and keeps what it commits."""

    def __init__(self, database: Database, *, entropy: SeededEntropy, queue_max: int = 100) -> None:
        self.gate = threading.Event()
        self.waits = threading.Event()
        self.groups: list[Sequence[Command]] = []
        super().__init__(database, entropy=entropy, queue_max=queue_max)

    def _append(self, commands: Sequence[Command]) -> list[Outcome]:
        self.groups.append(commands)
        self.waits.set()
        assert self.gate.wait(10)
        return super()._append(commands)


class TestAcknowledgement:
    def test_comes_after_the_commit(self, database: Database, entropy: SeededEntropy, scribe: Scribe) -> None:
        """What a future says can be read by anybody, at once (I-2)."""
        with Writer(database, entropy=entropy) as writer:
            outcome = writer.submit(one("a", scribe.statement("x"))).result()

            assert isinstance(outcome, Recorded)
            with database.reading() as connection:
                assert read_by_ids(connection, outcome.receipts[0].event_ids, viewer=FULL_VIEWER)

    def test_waits_for_the_commit(self, database: Database, entropy: SeededEntropy, scribe: Scribe) -> None:
        """As long as nothing is committed nothing is said."""
        with Held(database, entropy=entropy) as writer:
            future = writer.submit(one("a", scribe.statement("x")))
            assert writer.waits.wait(10)

            assert not future.done()
            writer.gate.set()
            assert isinstance(future.result(), Recorded)

    def test_of_a_known_request_is_to_plan_again(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The planner learns which keys are known (I-3)."""
        with Writer(database, entropy=entropy) as writer:
            writer.submit(one("a", scribe.statement("x"))).result()

            assert writer.submit(one("a", scribe.statement("x"))).result() == Replan(known_keys=("a",))

    def test_of_a_refusal_is_the_refusal(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The future raises what the ledger refused."""
        with Writer(database, entropy=entropy) as writer, pytest.raises(SubjectNotFound):
            writer.submit(one("a", scribe.statement("nobody"))).result()


class TestGroups:
    def test_what_waits_is_committed_together(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Commands that came while a commit was on its way share the next one, and its instant (I-5)."""
        with Held(database, entropy=entropy) as writer:
            first = writer.submit(one("a", scribe.statement("x")))
            assert writer.waits.wait(10)
            others = [writer.submit(one(f"b{n}", scribe.statement("x"))) for n in range(5)]
            writer.gate.set()

            outcomes = [future.result() for future in (first, *others)]

        assert [len(group) for group in writer.groups] == [1, 5]
        recorded = [outcome for outcome in outcomes if isinstance(outcome, Recorded)]
        assert [outcome.position for outcome in recorded] == [4, 5, 6, 7, 8, 9]
        assert len({outcome.recorded_at for outcome in recorded}) == 2

    def test_a_refused_command_is_nothing_to_its_neighbours(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """I-4, through the queue."""
        with Held(database, entropy=entropy) as writer:
            futures = [
                writer.submit(one("a", scribe.statement("x"))),
                writer.submit(one("b", scribe.statement("nobody"))),
                writer.submit(one("c", scribe.statement("x"))),
            ]
            writer.gate.set()

            assert isinstance(futures[0].result(), Recorded)
            assert isinstance(futures[1].exception(), SubjectNotFound)
            assert isinstance(futures[2].result(), Recorded)
        assert len(everything(database)) == 5

    def test_has_an_end(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A group takes no further command once it has so many events."""
        monkeypatch.setattr(module, "GROUP_EVENTS_MAX", 3)
        with Held(database, entropy=entropy) as writer:
            writer.submit(one("first", scribe.statement("x")))
            assert writer.waits.wait(10)
            for n in range(4):
                writer.submit(command(item(f"{n}", scribe.statement("x"), scribe.statement("x"))))
            writer.gate.set()

        assert [len(group) for group in writer.groups] == [1, 2, 2]

    def test_a_command_that_breaks_the_group_breaks_alone(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """What no rule foresaw reaches who submitted it; the others are recorded, and the thread goes on."""
        twice = scribe.statement("x")
        with Held(database, entropy=entropy) as writer:
            held = writer.submit(one("held", scribe.statement("x")))
            assert writer.waits.wait(10)
            futures = [writer.submit(one(key, twice)) for key in ("a", "b")]
            futures.append(writer.submit(one("c", scribe.statement("x"))))
            writer.gate.set()
            later = writer.submit(one("d", scribe.statement("x"))).result()

        assert isinstance(held.result(), Recorded)
        assert isinstance(futures[0].result(), Recorded)
        assert isinstance(futures[1].exception(), (sqlite3.IntegrityError, psycopg.errors.UniqueViolation))
        assert isinstance(futures[2].result(), Recorded)
        assert isinstance(later, Recorded)
        assert len(everything(database)) == 7

    def test_sixteen_writers_lose_nothing(self, database: Database, entropy: SeededEntropy) -> None:
        """Whatever shares a commit with whatever, each receipt names its own event."""
        with Writer(database, entropy=entropy) as writer, ThreadPoolExecutor(WRITERS) as threads:

            def record(number: int) -> dict[int, str]:
                scribe = Scribe(SeededEntropy(100 + number))
                kept = {}
                for turn in range(20):
                    outcome = writer.submit(one(f"{number}-{turn}", scribe.statement("x"))).result()
                    assert isinstance(outcome, Recorded)
                    kept[int(outcome.position)] = str(outcome.receipts[0].event_ids[0])
                return kept

            acknowledged = [pair for kept in threads.map(record, range(WRITERS)) for pair in kept.items()]

        events = everything(database)
        assert sorted(acknowledged) == [(event.position, event.event_id) for event in events[3:]]
        assert len(events) == 3 + WRITERS * 20


class TestQueue:
    def test_a_full_one_refuses_at_once(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Whoever finds it full is told so, and nothing of his command is stored."""
        with Held(database, entropy=entropy, queue_max=2) as writer:
            first = writer.submit(one("first", scribe.statement("x")))
            assert writer.waits.wait(10)
            waiting = [writer.submit(one(f"{n}", scribe.statement("x"))) for n in range(2)]

            with pytest.raises(QueueFull) as refused:
                writer.submit(one("late", scribe.statement("x")))
            writer.gate.set()

        assert str(refused.value) == (
            "2 commands are waiting to be recorded. Nothing was stored: try again in a second."
        )
        assert all(isinstance(future.result(), Recorded) for future in (first, *waiting))
        assert len(everything(database)) == 6

    def test_closing_records_what_waits(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """An orderly end loses nothing; afterwards nothing is taken."""
        writer = Writer(database, entropy=entropy)
        futures = [writer.submit(one(f"{n}", scribe.statement("x"))) for n in range(50)]
        writer.close()
        writer.close()

        assert all(isinstance(future.result(0), Recorded) for future in futures)
        with pytest.raises(RuntimeError, match="the writer is closed"):
            writer.submit(one("late", scribe.statement("x")))

    def test_a_command_may_be_withdrawn_as_long_as_it_waits(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A cancelled future is not recorded; one that is being recorded cannot be cancelled."""
        with Held(database, entropy=entropy) as writer:
            begun = writer.submit(one("begun", scribe.statement("x")))
            assert writer.waits.wait(10)
            waiting = writer.submit(one("waiting", scribe.statement("x")))

            assert waiting.cancel()
            assert not begun.cancel()
            writer.gate.set()

        assert isinstance(begun.result(), Recorded)
        with pytest.raises(CancelledError):
            waiting.result()
        assert len(everything(database)) == 4


class Flaky(Database):
    """A database whose next transactions fail with the given errors, some of them after they were committed."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.before: list[Exception] = []
        self.after: list[Exception] = []

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if self.before:
            raise self.before.pop(0)
        with super().writing() as connection:
            yield connection
        if self.after:
            raise self.after.pop(0)


def busy() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


class TestRetries:
    @pytest.fixture
    def flaky(self, database: Database) -> Iterator[Flaky]:
        flaky = Flaky(database.url.render_as_string(hide_password=False))
        yield flaky
        flaky.close()

    def test_a_busy_database_is_asked_again(
        self, flaky: Flaky, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The group is numbered anew, with the ids it was planned with."""
        planned = scribe.statement("x")
        flaky.before = [busy(), psycopg.errors.SerializationFailure(), psycopg.errors.DeadlockDetected()]
        with Writer(flaky, entropy=entropy) as writer:
            outcome = writer.submit(one("a", planned)).result()

        assert isinstance(outcome, Recorded)
        assert outcome.receipts[0].event_ids == (planned.draft.event_id,)
        assert len(everything(flaky)) == 4

    def test_a_commit_whose_answer_was_lost_is_found(
        self, flaky: Flaky, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The connection went after the commit: tried again, the key is known, and nothing is stored twice (I-3)."""
        flaky.after = [psycopg.OperationalError("the connection is lost")]
        with Writer(flaky, entropy=entropy) as writer:
            outcome = writer.submit(one("a", scribe.statement("x"))).result()

        assert outcome == Replan(known_keys=("a",))
        assert len(everything(flaky)) == 4

    def test_a_database_that_stays_away_is_told(
        self, flaky: Flaky, entropy: SeededEntropy, scribe: Scribe, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After the last attempt everybody in the group learns why, and the thread serves who comes later."""
        monkeypatch.setattr(module, "RETRY_SECONDS", (0.0, 0.0))
        flaky.before = [busy(), busy(), busy()]
        with Writer(flaky, entropy=entropy) as writer:
            lost = writer.submit(one("a", scribe.statement("x"))).exception()
            again = writer.submit(one("a", scribe.statement("x"))).result()

        assert isinstance(lost, sqlite3.OperationalError)
        assert isinstance(again, Recorded)


class TestProjection:
    def test_a_fold_that_raises_is_logged(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Recording goes on, and the log says where projecting stopped."""

        def project(connection: Connection, first: Position, last: Position) -> None:
            raise ArithmeticError("a fold broke")

        with caplog.at_level(logging.ERROR), Writer(database, entropy=entropy, project=project) as writer:
            outcome = writer.submit(one("a", scribe.statement("x"))).result()

        assert isinstance(outcome, Recorded)
        assert caplog.messages == [
            "Position 4 is recorded, but not projected: ArithmeticError('a fold broke')"
        ]
        with database.reading() as connection:
            assert head(connection).size == 4
