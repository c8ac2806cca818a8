"""The ledger in its database, rule by rule, on both stores. What holds for any sequence of commands is in `test_store_invariants.py`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from msgspec import Struct, structs
from sqlalchemy import Connection

from app.database import Database
from events import merkle
from events.commands import Command, Outcome, Recorded, Replan
from events.envelope import envelope_of
from events.errors import (
    AppendRefused,
    IntegrityBroken,
    KeyErased,
    KeyTaken,
    SortMismatch,
    StoreUnready,
    SubjectKeyTaken,
    SubjectNotFound,
    VersionStale,
)
from events.kinds import (
    ActorId,
    LedgerOpened,
    Position,
    RulesAdopted,
    StreamPlace,
    SubjectKey,
    SubjectSort,
    Visibility,
)
from events.store import (
    FULL_VIEWER,
    LEDGER_KEY,
    NEVER,
    PUBLIC_VIEWER,
    LogReader,
    StoredEvent,
    StreamTip,
    Viewer,
    append,
    decoded,
    ensure_actor,
    events_of_subjects,
    head,
    known_items,
    open_ledger,
    position_at,
    read_by_ids,
    read_events,
    read_positions,
    read_stream,
    subject,
    subjects,
)
from tests.commands import ACTOR, SET, Scribe, command, digest, item, opened
from tests.entropy import START, SeededEntropy

X, Y = SubjectKey("x"), SubjectKey("y")


@pytest.fixture
def entropy() -> SeededEntropy:
    return SeededEntropy(1)


@pytest.fixture
def scribe(entropy: SeededEntropy) -> Scribe:
    return Scribe(entropy)


@pytest.fixture
def database(database_url: str, entropy: SeededEntropy) -> Iterator[Database]:
    """An opened ledger: positions 1 and 2 are the ledger's own."""
    database = Database(database_url)
    opened(database, entropy)
    yield database
    database.close()


def commit(database: Database, entropy: SeededEntropy, *commands: Command) -> list[Outcome]:
    with database.writing() as connection:
        return append(connection, commands, entropy=entropy)


def size(database: Database) -> int:
    with database.reading() as connection:
        return head(connection).size


class TestOpening:
    def test_the_first_two_events_are_the_ledgers_own(self, database: Database) -> None:
        """Position 1 is `ledger_opened`, position 2 `rules_adopted`, both of the subject `ledger`."""
        with database.reading() as connection:
            first, second = map(decoded, read_events(connection, viewer=PUBLIC_VIEWER))
            ledger = subject(connection, LEDGER_KEY, viewer=PUBLIC_VIEWER)

        assert isinstance(first.content, LedgerOpened)
        assert (first.content.origin, first.content.zone) == ("a test", "Asia/Baku")
        assert isinstance(second.content, RulesAdopted)
        assert second.content.rules == "rules-v1"
        assert [first.about, second.about] == [(LEDGER_KEY,), (LEDGER_KEY,)]
        assert ledger is not None
        assert (ledger.sort, ledger.opened_at) == (SubjectSort.LEDGER, 1)

    def test_an_open_ledger_is_left_as_it_is(self, database: Database, entropy: SeededEntropy) -> None:
        """Opening again gives the standing head and stores nothing."""
        with database.reading() as connection:
            before = head(connection)

        with database.writing() as connection:
            again = open_ledger(connection, entropy=entropy, origin="another", zone="UTC", rules="2")

        assert again == before

    def test_nothing_is_appended_before_it(
        self, database_url: str, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A database that was migrated only has no ledger to append to, or to tell the head of."""
        database = Database(database_url)
        message = "There is no ledger in this database yet: it is opened when something is first recorded."

        with pytest.raises(StoreUnready) as refused, database.writing() as connection:
            append(connection, [command(item("k", scribe.opening("x")))], entropy=entropy)
        with pytest.raises(StoreUnready), database.reading() as connection:
            head(connection)

        assert str(refused.value) == message
        database.close()


class TestNumbering:
    def test_positions_follow_the_head(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Positions have no gap over items, commands and commits (I-1), and the receipts say which they are."""
        first, second = commit(
            database,
            entropy,
            command(item("a", scribe.opening("x"), scribe.statement("x")), item("b", scribe.statement("x"))),
            command(item("c", scribe.statement("x"))),
        )
        (third,) = commit(database, entropy, command(item("d", scribe.statement("x"))))

        assert isinstance(first, Recorded)
        assert [(r.key, r.first_position, r.last_position) for r in first.receipts] == [
            ("a", 3, 4),
            ("b", 5, 5),
        ]
        assert isinstance(second, Recorded)
        assert second.position == 6
        assert isinstance(third, Recorded)
        assert third.position == 7
        assert size(database) == 7

    def test_versions_count_within_each_stream_and_link_back(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """An event has a version in each of its streams, and `prev` is the leaf hash of the version before."""
        group = (
            scribe.opening("x"),
            scribe.opening("y"),
            scribe.statement("x"),
            scribe.statement("y", "x"),
        )
        commit(database, entropy, command(item("a", *group)))

        with database.reading() as connection:
            events = read_events(connection, viewer=FULL_VIEWER, after=2)

        x, y, first, _ = (event.leaf for event in events)
        assert [places(event) for event in events] == [
            [(1, None)],
            [(1, None)],
            [(2, x)],
            [(2, y), (3, first)],
        ]

    def test_the_envelope_is_rebuilt_from_the_row(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Ledger, id, instant and body as stored give the leaf hash as stored."""
        commit(database, entropy, command(item("a", scribe.opening("x"))))

        with database.reading() as connection:
            ledger = head(connection).ledger
            stored = read_events(connection, viewer=FULL_VIEWER)

        for event in stored:
            body = b64encode(event.body).decode()
            envelope = envelope_of(
                ledger=ledger, event_id=event.event_id, recorded_at=event.recorded_at, body=body
            )
            assert merkle.leaf_hash(envelope) == event.leaf

    def test_one_instant_for_a_commit_and_a_later_one_for_the_next(
        self, database: Database, scribe: Scribe
    ) -> None:
        """All events of a commit share `recorded_at`; a clock that was set back still gives a later one (I-5)."""
        late, early = SeededEntropy(2, start=START + timedelta(days=1)), SeededEntropy(3, start=START)

        (first,) = commit(database, late, command(item("a", scribe.opening("x"), scribe.statement("x"))))
        (second,) = commit(database, early, command(item("b", scribe.statement("x"))))

        with database.reading() as connection:
            instants = [event.recorded_at for event in read_events(connection, viewer=FULL_VIEWER, after=2)]
        at = START + timedelta(days=1, milliseconds=1)
        assert instants == [at, at, at + timedelta(microseconds=1)]
        assert isinstance(first, Recorded)
        assert isinstance(second, Recorded)
        assert [first.recorded_at, second.recorded_at] == [instants[1], instants[2]]

    def test_full_tiles_are_rows_in_the_same_commit(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """256 leaves make a tile, whatever the commits; the root over tiles and leaves is the head's."""
        commit(database, entropy, command(item("a", scribe.opening("x"))))
        for index in range(3):
            statements = [scribe.statement("x") for _ in range(200)]
            commit(database, entropy, command(item(f"b{index}", *statements)))

        with database.reading() as connection:
            now = head(connection)
            assert now.size == 603
            assert merkle.root(603, LogReader(connection)) == now.root
            leaves = [event.leaf for event in read_events(connection, viewer=FULL_VIEWER)]
            assert merkle.root(603, merkle.MemoryTree(leaves)) == now.root
            assert LogReader(connection).read_hashes(1, start=0, end=2) == [
                merkle.root(256, merkle.MemoryTree(leaves[:256])),
                merkle.root(256, merkle.MemoryTree(leaves[256:512])),
            ]
            with pytest.raises(IntegrityBroken):
                merkle.tile(1, 0, width=3, reader=LogReader(connection))


class TestRefusals:
    """Each is an outcome; nothing of its command is stored, and the commands around it are."""

    @pytest.fixture
    def begun(self, database: Database, entropy: SeededEntropy, scribe: Scribe) -> Database:
        """x at version 2, y at version 1; 5 events."""
        group = (scribe.opening("x"), scribe.opening("y"), scribe.statement("x"))
        commit(database, entropy, command(item("begun", *group)))
        return database

    def refused(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe, *commands: Command
    ) -> AppendRefused:
        before, after = (
            command(item("before", scribe.statement("y"))),
            command(item("after", scribe.statement("y"))),
        )
        one, outcome, two = commit(database, entropy, before, *commands, after)
        assert isinstance(one, Recorded)
        assert isinstance(two, Recorded)
        assert (one.position, two.position, size(database)) == (6, 7, 7)
        with database.reading() as connection:
            assert merkle.root(7, LogReader(connection)) == head(connection).root
        assert isinstance(outcome, AppendRefused)
        return outcome

    def test_a_stale_version(self, begun: Database, entropy: SeededEntropy, scribe: Scribe) -> None:
        """An expected version that the stream has passed is refused with both (I-4)."""
        stale = command(
            item("a", scribe.statement("y"), scribe.statement("x", expected={X: 1})),
        )

        refusal = self.refused(begun, entropy, scribe, stale)

        assert isinstance(refusal, VersionStale)
        assert str(refusal) == (
            "x stands at version 2, expected 1. Read what was recorded since, then decide again."
        )
        assert refusal.facts == {"subject": "x", "expected": 1, "actual": 2}

    def test_a_version_of_a_stream_that_is_not_primary(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Any stream that the event names can be stale, not the primary one alone."""
        refusal = self.refused(
            begun, entropy, scribe, command(item("a", scribe.statement("y", "x", expected={X: 3})))
        )

        assert refusal.facts == {"subject": "x", "expected": 3, "actual": 2}

    def test_a_neighbour_makes_a_version_stale(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A later command sees the events of an earlier one of its group."""
        refusal = self.refused(
            begun, entropy, scribe, command(item("a", scribe.statement("y", expected={Y: 1})))
        )

        assert refusal.facts == {"subject": "y", "expected": 1, "actual": 2}

    def test_a_command_does_not_make_itself_stale(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Both events expect what the caller saw before his command."""
        both = [scribe.statement("x", expected={X: 2}), scribe.statement("x", expected={X: 2})]

        (outcome,) = commit(begun, entropy, command(item("a", *both)))

        assert isinstance(outcome, Recorded)

    def test_another_request_under_a_known_key(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A key stands for one request (I-3)."""
        refusal = self.refused(
            begun, entropy, scribe, command(item("begun", scribe.statement("x"), request="another"))
        )

        assert isinstance(refusal, KeyTaken)
        assert str(refusal) == (
            "begun of set was recorded with other content. Leave it as it was, and state the change under a key of its own "
            "with report_corrected."
        )

    def test_a_key_whose_events_were_erased(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A key stays taken after an erasure (I-3)."""
        with begun.writing() as connection:
            connection.exec_driver_sql(
                "UPDATE idempotency SET request_digest = NULL WHERE item_key = 'begun'"
            )

        refusal = self.refused(begun, entropy, scribe, command(item("begun", scribe.statement("x"))))

        assert isinstance(refusal, KeyErased)
        assert str(refusal) == (
            "begun of set: what was recorded under this key has been erased since. Use another key."
        )

    def test_a_subject_that_is_not_there(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """An event is about subjects that were opened."""
        refusal = self.refused(begun, entropy, scribe, command(item("a", scribe.statement("x", "z"))))

        assert isinstance(refusal, SubjectNotFound)
        assert str(refusal) == (
            "There is no subject z with a public stream. Open it first, or correct the key."
        )

    def test_a_visibility_that_the_subject_has_no_stream_of(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A restricted event never enters a public stream."""
        planned = scribe.statement("x", visibility=Visibility.RESTRICTED)

        refusal = self.refused(begun, entropy, scribe, command(item("a", planned)))

        assert refusal.facts == {"subject": "x", "visibility": "restricted"}

    def test_a_key_of_another_subject(self, begun: Database, entropy: SeededEntropy, scribe: Scribe) -> None:
        """Public keys are unique, within a command too."""
        refusal = self.refused(
            begun, entropy, scribe, command(item("a", scribe.opening("x", sort=SubjectSort.ACT)))
        )

        assert isinstance(refusal, SubjectKeyTaken)
        assert str(refusal) == (
            "The key x is taken by a subject of the sort person. Choose another, or refer to that one."
        )

    def test_a_key_opened_twice_at_once(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The second opening in one command finds the first."""
        refusal = self.refused(
            begun, entropy, scribe, command(item("a", scribe.opening("z"), scribe.opening("z")))
        )

        assert isinstance(refusal, SubjectKeyTaken)

    def test_a_further_stream_of_another_sort(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A subject is of one sort in all its streams."""
        planned = scribe.opening(
            "x", sort=SubjectSort.ACT, visibility=Visibility.RESTRICTED, new_subject=False
        )

        refusal = self.refused(begun, entropy, scribe, command(item("a", planned)))

        assert isinstance(refusal, SortMismatch)
        assert str(refusal) == "x is of the sort person, expected act. Correct the key or the sort."

    def test_a_further_stream_of_nobody(
        self, begun: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A further stream needs a subject."""
        planned = scribe.opening("z", visibility=Visibility.RESTRICTED, new_subject=False)

        refusal = self.refused(begun, entropy, scribe, command(item("a", planned)))

        assert str(refusal) == "There is no subject z to open a further stream of."


class TestReplans:
    """Where somebody else was first with the same, the planner is asked to look again; nothing is stored."""

    def test_a_known_key_with_the_same_request(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Within a group and after it, the second of two equal commands learns which of its keys are known (I-3)."""
        twice = [command(item("a", scribe.opening("x"))), command(item("a", scribe.opening("x")))]

        _, within = commit(database, entropy, *twice)
        (after,) = commit(
            database, entropy, command(item("a", scribe.opening("x")), item("b", scribe.statement("x")))
        )

        assert [within, after] == [Replan(known_keys=("a",)), Replan(known_keys=("a",))]
        assert size(database) == 3

    def test_a_further_stream_that_somebody_opened_meanwhile(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Two who open a subject's restricted stream at once: the second plans again, with the first one's."""
        restricted = [
            scribe.opening("x", visibility=Visibility.RESTRICTED, new_subject=False) for _ in range(2)
        ]
        commit(database, entropy, command(item("a", scribe.opening("x"))))

        first, second = commit(
            database, entropy, *(command(item(f"r{i}", event)) for i, event in enumerate(restricted))
        )

        assert isinstance(first, Recorded)
        assert second == Replan(opened=(X,))
        assert size(database) == 4


class TestReceipts:
    def test_known_items(self, database: Database, entropy: SeededEntropy, scribe: Scribe) -> None:
        """A known key gives the receipt that recording it gave, marked as known; a free one gives nothing."""
        (outcome,) = commit(
            database,
            entropy,
            command(item("a", scribe.opening("x"), scribe.statement("x")), item("b", scribe.statement("x"))),
        )

        with database.reading() as connection:
            known = known_items(connection, ACTOR, SET, ["a", "b", "c"])
            others = known_items(connection, ActorId("o" * 32), SET, ["a"])

        assert isinstance(outcome, Recorded)
        assert list(known.values()) == [structs.replace(receipt, known=True) for receipt in outcome.receipts]
        assert known["a"].request_digest == digest("a")
        assert others == {}

    def test_an_actor_keeps_his_id(self, database: Database, entropy: SeededEntropy) -> None:
        """The same name gives the same opaque id, another name another."""
        with database.writing() as connection:
            once = ensure_actor(connection, "Aysel", entropy=entropy)
        with database.writing() as connection:
            again = ensure_actor(connection, "Aysel", entropy=entropy)
            other = ensure_actor(connection, "Murad", entropy=entropy)

        assert once == again
        assert once != other


class TestReading:
    @pytest.fixture
    def filled(self, database: Database, entropy: SeededEntropy, scribe: Scribe) -> Database:
        """3 opens x, 4 opens y, 5 is of x, 6 of y and x; 7 opens x restricted, 8 is of that, 9 of x again."""
        public = (
            scribe.opening("x"),
            scribe.opening("y"),
            scribe.statement("x"),
            scribe.statement("y", "x"),
        )
        hidden = (
            scribe.opening("x", visibility=Visibility.RESTRICTED, new_subject=False),
            scribe.statement("x", visibility=Visibility.RESTRICTED, words="planted"),
        )
        commit(database, entropy, command(item("a", *public)), command(item("b", *hidden)))
        commit(database, entropy, command(item("c", scribe.statement("x"))))
        return database

    @pytest.fixture
    def connection(self, filled: Database) -> Iterator[Connection]:
        with filled.reading() as connection:
            yield connection

    def test_pages_by_position(self, connection: Connection) -> None:
        """After one position, through another, so many of them; each event once, its subjects in order."""
        page = read_events(connection, viewer=FULL_VIEWER, after=3, through=8, limit=3)

        assert [(event.position, event.subjects) for event in page] == [(4, (Y,)), (5, (X,)), (6, (Y, X))]

    def test_a_page_for_the_public_is_as_long(self, connection: Connection) -> None:
        """What may not be seen takes no place in a page, so a short page is the last one."""
        page = read_events(connection, viewer=PUBLIC_VIEWER, after=5, limit=2)

        assert [event.position for event in page] == [6, 9]

    @pytest.mark.parametrize(
        ("viewer", "positions"),
        [
            (FULL_VIEWER, {5, 8, 9}),
            (PUBLIC_VIEWER, {5, 9}),
            (Viewer(frozenset({Visibility.RESTRICTED})), {8}),
            (Viewer(frozenset()), set()),
        ],
    )
    def test_every_read_asks_who_reads(
        self, connection: Connection, viewer: Viewer, positions: set[int]
    ) -> None:
        """By position, by id, by subject and in order, the same events are there, and the others are as if they were not."""
        wanted = {5, 8, 9}
        ids = {
            event.event_id: event.position
            for event in read_events(connection, viewer=FULL_VIEWER)
            if event.position in wanted
        }

        by_position = set(read_positions(connection, [5, 8, 9, 99], viewer=viewer))
        by_id = {event.position for event in read_by_ids(connection, [*ids, "no"], viewer=viewer).values()}
        by_subject = {event.position for event in events_of_subjects(connection, [X], viewer=viewer)}
        in_order = {event.position for event in read_events(connection, viewer=viewer)}

        assert by_position == by_id == by_subject & wanted == in_order & wanted == positions

    def test_a_stream_of_each_visibility(self, connection: Connection) -> None:
        """Versions of the public stream have no gap, and betray no restricted one."""
        public = read_stream(connection, X, viewer=PUBLIC_VIEWER)
        restricted = read_stream(connection, X, viewer=FULL_VIEWER, visibility=Visibility.RESTRICTED)
        denied = read_stream(connection, X, viewer=PUBLIC_VIEWER, visibility=Visibility.RESTRICTED)
        page = read_stream(connection, X, viewer=PUBLIC_VIEWER, after_version=1, limit=2)
        before = read_stream(connection, X, viewer=PUBLIC_VIEWER, through=5)

        assert [event.position for event in public] == [3, 5, 6, 9]
        assert [event.position for event in restricted] == [7, 8]
        assert denied == []
        assert [event.position for event in page] == [5, 6]
        assert [event.position for event in before] == [3, 5]

    def test_events_of_subjects_come_once(self, connection: Connection) -> None:
        """An event about two of the subjects is one event, with all its subjects; `through` bounds them."""
        found = events_of_subjects(connection, [X, Y], viewer=PUBLIC_VIEWER, through=6)

        assert [(event.position, event.subjects) for event in found] == [
            (3, (X,)),
            (4, (Y,)),
            (5, (X,)),
            (6, (Y, X)),
        ]

    def test_a_subject_shows_the_streams_that_may_be_seen(
        self, connection: Connection, database: Database
    ) -> None:
        """A subject is its key, sort and visible streams with their last versions."""
        full = subjects(connection, [X, Y, SubjectKey("z")], viewer=FULL_VIEWER)
        public = subject(connection, X, viewer=PUBLIC_VIEWER)

        assert {
            key: {seen: tip.version for seen, tip in known.streams.items()} for key, known in full.items()
        } == {
            X: {Visibility.PUBLIC: 4, Visibility.RESTRICTED: 2},
            Y: {Visibility.PUBLIC: 2},
        }
        assert public is not None
        assert public.streams == {
            Visibility.PUBLIC: StreamTip(full[X].streams[Visibility.PUBLIC].stream_id, 4)
        }

    def test_a_subject_nobody_may_see_is_not_there(
        self, filled: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A subject with a restricted stream alone is absent for the public."""
        commit(filled, entropy, command(item("z", scribe.opening("z", visibility=Visibility.RESTRICTED))))

        with filled.reading() as connection:
            assert subject(connection, SubjectKey("z"), viewer=PUBLIC_VIEWER) is None
            assert subject(connection, SubjectKey("z"), viewer=FULL_VIEWER) is not None

    def test_an_instant_is_a_position(self, connection: Connection) -> None:
        """An instant gives the last event recorded by then, which ends a commit; before all it gives 0, after all the head."""
        events = read_events(connection, viewer=FULL_VIEWER)
        second, third = events[2].recorded_at, events[8].recorded_at
        moment = timedelta(microseconds=1)

        found = [
            position_at(connection, at)
            for at in (NEVER, second - moment, second, third - moment, third, third + moment)
        ]

        assert found == [0, 2, 8, 8, 9, 9]

    def test_an_erased_value_is_told_by_its_decision(self, filled: Database, entropy: SeededEntropy) -> None:
        """A stored event carries the kept digests and the positions of the decisions; decoding marks the field."""
        with filled.writing() as connection:
            statements = [
                "INSERT INTO erasures (position, pointer, by_position) VALUES (2, '/rules', 9)",
                """UPDATE contents SET erased = CAST('{"/rules":"AAAA"}' AS BLOB) WHERE position = 2""",
            ]
            for statement in statements:
                if not filled.is_sqlite:
                    statement = statement.replace("BLOB", "BYTEA")
                connection.exec_driver_sql(statement)

        with filled.reading() as connection:
            event = read_positions(connection, [2], viewer=PUBLIC_VIEWER)[Position(2)]

        assert event.erased == {"/rules": bytes(3)}
        assert event.erased_by == {"/rules": 9}
        assert decoded(event).is_erased("rules")


class TestProjecting:
    def test_happens_inside_the_transaction_with_the_new_positions(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """The projection sees the new events, before anybody else does."""
        seen: list[tuple[int, int, int]] = []

        def project(connection: Connection, first: Position, last: Position) -> None:
            seen.append((first, last, len(read_events(connection, viewer=FULL_VIEWER))))

        with database.writing() as connection:
            group = [command(item("a", scribe.opening("x"), scribe.statement("x")))]
            append(connection, group, entropy=entropy, project=project)
            assert size(database) == 2

        assert seen == [(3, 4, 4)]

    def test_a_fold_that_raises_costs_its_own_rows_alone(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """Recording never depends on a fold: the event is there, what the fold wrote is not, and the failure is told."""
        told: list[tuple[int, str]] = []

        def project(connection: Connection, first: Position, last: Position) -> None:
            ensure_actor(connection, "a row of the fold", entropy=entropy)
            connection.exec_driver_sql("SELECT no_such_column FROM events")

        def failed(first: Position, error: Exception) -> None:
            told.append((first, type(error).__name__))

        with database.writing() as connection:
            group = [command(item("a", scribe.opening("x")))]
            append(connection, group, entropy=entropy, project=project, projection_failed=failed)

        assert told in ([(3, "OperationalError")], [(3, "ProgrammingError")])
        assert size(database) == 3
        with database.reading() as connection:
            names = connection.exec_driver_sql("SELECT name FROM actors").scalars().all()
        assert names == ["ledger"]

    def test_is_not_asked_where_nothing_was_stored(
        self, database: Database, entropy: SeededEntropy, scribe: Scribe
    ) -> None:
        """A group of refusals has no new positions."""

        def project(connection: Connection, first: Position, last: Position) -> None:
            raise AssertionError("nothing to project")

        with database.writing() as connection:
            group = [command(item("a", scribe.statement("nobody")))]
            (outcome,) = append(connection, group, entropy=entropy, project=project)

        assert isinstance(outcome, SubjectNotFound)


class _Places(Struct):
    streams: list[StreamPlace]


def places(event: StoredEvent) -> list[tuple[int, bytes | None]]:
    """Version and `prev` of each of an event's streams, as its content states them."""
    streams = msgspec.json.decode(event.content, type=_Places).streams
    return [(place.version, None if place.prev is None else b64decode(place.prev)) for place in streams]
