"""Building anew: the old rows serve until the new ones stand, whatever ends it and whoever appends meanwhile, on both stores."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, event, func, select, update

from app.database import Database
from events.errors import NoBuildKept, RebuildStopped
from events.kinds import (
    ActReported,
    ActStep,
    DetentionReported,
    Entry,
    PersonDescribed,
    Position,
    ReleaseReported,
    SubjectKey,
)
from events.store import head, hold_head
from projections import runner
from projections.builds import FIRST_BUILD, State, kept, known_at, state
from projections.comparing import differences, digest
from projections.computed import replayed
from projections.feed import StoreFeed
from projections.folding import Folding
from projections.rulebook import RULEBOOKS, Rulebook, rulebook
from projections.rules import RULES_VERSION
from projections.runner import catch_up, go_back, project_inline, rebuild
from projections.tables import (
    DETAILS,
    FINDINGS,
    FOLD_QUEUE,
    FOLD_READS,
    NAMES,
    PROJECTED,
    PROJECTION_BUILDS,
    SUBJECTS,
)
from tests.projections.builders import on, written
from tests.projections.chronicle import ACT, CONTENTS, RELEASE, SORTS, Chronicle, another, registered, said
from tests.projections.transactions import Between, Crash, Crashing

PATIENCE_SECONDS = 20
TABLES = (*PROJECTED, FOLD_READS, FOLD_QUEUE, PROJECTION_BUILDS)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    fresh = Database(database_url)
    yield fresh
    fresh.close()


@pytest.fixture
def chronicle(database: Database, monkeypatch: pytest.MonkeyPatch) -> Chronicle:
    """Some twenty events with a past, projected; a rebuild of them takes several slices."""
    monkeypatch.setattr(runner, "SLICE_EVENTS", 6)
    chronicle = Chronicle(database, project=project_inline)
    catch_up(database)
    chronicle.add(registered("s1", "2025-12-22"), registered("s2", "2026-01"))
    chronicle.add(*((key, said(DetentionReported, claimed=on("2023"))) for key in ("p1", "p2")))
    chronicle.add(("p1", said(PersonDescribed, names=(written("A"),))))
    chronicle.add(("p1", said(ReleaseReported, "s2", released_by=RELEASE, act=ACT)))
    chronicle.add(("a1", said(ActReported, act_step=ActStep.SIGNED, claimed=on("2025-12-15"))))
    chronicle.retract(chronicle.reports[0])
    return chronicle


DETENTION = ("p1", said(DetentionReported, "s2", claimed=on("2024")))


class TestCrash:
    """A rebuild that ends at any moment; `tests/app/test_rebuilding.py` kills real processes."""

    def test_at_any_moment_the_old_rows_serve_and_the_next_one_succeeds(self, chronicle: Chronicle) -> None:
        """Before and after each commit: what is read is the same throughout, and what was left goes with the next rebuild."""
        database = chronicle.database
        chronicle.rebuilt()
        assert_whole(database)
        served = digest_of(database)

        for when in count(1):
            with suppress(Crash):
                rebuild(Crashing(database, when=when))
                break
            assert digest_of(database) == served
            if when % 7 == 0:
                assert chronicle.rebuilt() == served
                assert_only_active_and_kept(database)

        assert when > 40
        assert digest_of(database) == served
        assert_only_active_and_kept(database)

    def test_in_a_wide_position_too(self, chronicle: Chronicle, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the new rows are written owner by owner, what was begun is never read and is no part of the next."""
        database, served = chronicle.database, digest_of(chronicle.database)
        monkeypatch.setattr(runner, "INLINE_OWNERS_MAX", 1)
        monkeypatch.setattr(runner, "SLICE_OWNERS", 1)

        for when in range(1, 60, 7):
            with suppress(Crash):
                rebuild(Crashing(database, when=when))
            assert digest_of(database) == served

        assert chronicle.rebuilt() == served
        assert_only_active_and_kept(database)

    def test_what_is_kept_stays_until_the_next_is_read(self, chronicle: Chronicle) -> None:
        """Never drop first: a rebuild that comes to nothing leaves the way back open."""
        database = chronicle.database
        chronicle.rebuilt()
        served = digest_of(database)

        with suppress(Crash):
            rebuild(Crashing(database, when=5))
        go_back(database)

        assert active(database) == FIRST_BUILD
        assert digest_of(database) == served

    def test_going_back_at_any_moment(self, chronicle: Chronicle) -> None:
        """Answers are those of one build or of the other, and both have the same."""
        database = chronicle.database
        chronicle.rebuilt()
        chronicle.add(*[DETENTION] * 15)
        served = digest_of(database)

        for when in count(1):
            with suppress(Crash):
                go_back(Crashing(database, when=when))
                break
            assert digest_of(database) == served

        assert when > 4
        assert digest_of(database) == served


class TestWhatIsCompared:
    def test_the_same_rows(self, chronicle: Chronicle) -> None:
        """Counted, history included, and nothing differs."""
        done = rebuild(chronicle.database)

        with chronicle.database.reading() as connection:
            rows = sum(rows_of(connection, table, done.build) for table in PROJECTED)
            # What stands is in the history of what lists show as well.
            rows -= rows_of(connection, FINDINGS.now, done.build)
        assert (done.build, done.compared_at) == (FIRST_BUILD + 1, chronicle.size)
        assert (done.same, done.differing, done.first) == (rows, 0, None)

    @pytest.mark.parametrize(
        ("table", "value"),
        [
            (FINDINGS.now, {"status": "liberty"}),
            (DETAILS.now, {"finding": b"{}"}),
            (DETAILS.hist, {"finding": b"{}"}),
            (DETAILS.hist, {"known_to": 1000}),
            (SUBJECTS.hist, {"name": "Stranger"}),
            (DETAILS.hist, {"shelf": 7}),
            (FINDINGS.hist, {"standing": "contested"}),
            (SUBJECTS.now, {"known_from": 1}),
        ],
        ids=[
            "what lists show",
            "a finding",
            "a finding of the past",
            "an end",
            "a subject of the past",
            "a place",
            "what past lists show",
            "a beginning",
        ],
    )
    def test_a_row_that_was_altered_is_told(
        self, chronicle: Chronicle, table: Table, value: dict[str, object]
    ) -> None:
        """How many rows differ, and the first of them, as it was served and as the events give it; the new rows are right."""
        served = digest_of(chronicle.database)
        with chronicle.database.writing() as connection:
            some = select(table).where(table.c.build == FIRST_BUILD).order_by(*table.primary_key).limit(1)
            row = connection.execute(some).mappings().one()
            mine = [table.c[column.name] == row[column.name] for column in table.primary_key]
            connection.execute(update(table).where(*mine).values(value))

        done = rebuild(chronicle.database)

        assert done.first is not None
        assert done.first.table == table.name.rpartition("_")[0]
        assert done.first.key[0] == row[table.primary_key.columns[1].name]
        if "known_from" in value:
            # One that should not stand there, and one that should.
            assert done.differing == 2
        else:
            assert (done.differing, done.first.known_from) == (1, row["known_from"])
            assert done.first.one != done.first.other
        assert done.digest == digest_of(chronicle.database) == served

    def test_a_row_that_is_missing_and_one_too_many(self, chronicle: Chronicle) -> None:
        """Each is a difference, with nothing on the other side."""
        with chronicle.database.writing() as connection:
            connection.execute(NAMES.now.delete().where(NAMES.now.c.as_written == "Name of p1"))
            stranger = {"build": 1, "key": "p1", "as_written": "Stranger", "name_fold": "s", "known_from": 1}
            connection.execute(NAMES.now.insert().values(stranger))

        done = rebuild(chronicle.database)

        assert done.differing == 2
        assert done.first is not None
        assert (done.first.key, done.first.one) == (("p1", "Name of p1"), None)
        assert done.first.other is not None

    def test_what_is_behind_differs_in_nothing(self, chronicle: Chronicle) -> None:
        """An old build that has not come so far is compared as far as it has come."""
        behind = chronicle.size
        chronicle.project = lambda *_: None
        chronicle.add(DETENTION)

        done = rebuild(chronicle.database)

        assert (done.compared_at, done.differing) == (behind, 0)
        assert projected(chronicle.database) == chronicle.size == behind + 1


class TestStopped:
    @pytest.mark.parametrize("back", [6, 4, 1])
    def test_a_fold_that_raises_at_an_event_stops_there(self, chronicle: Chronicle, back: int) -> None:
        """Loudly, with its position and the reason; the old rows serve, events are recorded and projected as before."""
        database = chronicle.database
        for _ in range(3):
            chronicle.add(DETENTION, ("p2", said(PersonDescribed, names=(written("A"),))))
        position = chronicle.size - back + 1
        served = digest_of(database)

        with pytest.raises(RebuildStopped) as stopped:
            rebuild(database, rulebooks=raising_at(position))

        assert stopped.value.message == (
            f"The rebuild stopped before position {position}: ValueError: no such order. "
            "What was projected before is still served, and recording goes on."
        )
        assert stopped.value.facts == {"position": position, "reason": "ValueError: no such order"}
        assert digest_of(database) == served
        assert_only_active_and_kept(database)
        assert active(database) == FIRST_BUILD

        chronicle.add(DETENTION)
        assert projected(database) == chronicle.size
        standing = digest_of(database)
        assert chronicle.rebuilt() == standing

    def test_in_what_comes_last_as_well(self, chronicle: Chronicle) -> None:
        """An event that is met under the head lock only, and whose fold raises, stops the rebuild as any other does."""
        flip = BeforeTheFlip(chronicle.database, lambda: chronicle.add(DETENTION))
        position = chronicle.size + 1

        with pytest.raises(RebuildStopped) as stopped:
            rebuild(flip, rulebooks=raising_at(position))

        assert stopped.value.facts["position"] == position
        assert active(chronicle.database) == FIRST_BUILD
        assert projected(chronicle.database) == position

    def test_an_event_that_cannot_be_read(self, chronicle: Chronicle) -> None:
        """Wherever it comes from, the stop names the event and not the slice in which it was met."""
        database, position = chronicle.database, Position(chronicle.size - 1)

        class Unreadable(StoreFeed):
            def between(self, after: int, through: int) -> list[Any]:
                """Raises where the event is among these."""
                if after < position <= through:
                    raise RuntimeError("unreadable")
                return super().between(after, through)

        with pytest.raises(RebuildStopped) as stopped:
            rebuild(database, feed_of=Unreadable)

        assert stopped.value.facts == {"position": position, "reason": "RuntimeError: unreadable"}

    @pytest.mark.parametrize("broken_feed", [False, True], ids=["a fold", "anything"])
    def test_a_stop_is_of_the_rows_that_it_stopped(self, chronicle: Chronicle, broken_feed: bool) -> None:
        """Of those that were worked on, and not of others that are served by the time that it is noted."""
        database = chronicle.database
        chronicle.project = lambda *_: None
        chronicle.add(DETENTION)
        position = chronicle.size
        builds: list[int] = []

        class Unreadable(StoreFeed):
            def between(self, after: int, through: int) -> list[Any]:
                """Raises, if it is to."""
                if broken_feed:
                    raise RuntimeError("unreadable")
                return super().between(after, through)

        class Flipped(Between):
            @contextmanager
            def writing(self) -> Iterator[Connection]:
                """Before the second one, in which the stop is noted, others are served."""
                builds.append(active(database))
                if len(builds) == 2 + broken_feed:
                    rebuild(database)
                with super().writing() as connection:
                    yield connection

        stopped = catch_up(
            Flipped(database, lambda: None), rulebooks=raising_at(position), feed_of=Unreadable
        )

        assert (stopped.build, stopped.stopped_reason is None) == (FIRST_BUILD, False)
        with database.reading() as connection:
            assert state(connection) == State(
                build=2, projected_through=Position(position), writing_through=Position(position)
            )

    def test_what_stopped_the_old_rows_is_mended(self, chronicle: Chronicle) -> None:
        """A fold that was corrected gives the rows at which the old one stopped, and projecting goes on from there."""
        database = chronicle.database
        chronicle.project = lambda *_: None
        chronicle.add(DETENTION)
        assert catch_up(database, rulebooks=raising_at(chronicle.size)).stopped_reason is not None

        rebuild(database)

        with database.reading() as connection:
            assert state(connection).stopped_reason is None
        assert projected(database) == chronicle.size


class TestMeanwhile:
    def test_appends_and_readers_go_on(self, chronicle: Chronicle) -> None:
        """After each slice somebody records: it is projected into what is served at once, and in the end the new rows have it all."""
        database = chronicle.database
        builds: list[int] = []
        left = iter(range(8))

        def record() -> None:
            if next(left, None) is not None:
                chronicle.add(("p2", said(PersonDescribed, names=(written(f"Name {len(builds)}"),))))
            builds.append(active(database))
            assert projected(database) == chronicle.size

        done = rebuild(Between(database, record))

        assert {FIRST_BUILD, done.build} == set(builds)
        assert builds == sorted(builds)
        assert_whole(database)
        standing = digest_of(database)
        assert chronicle.rebuilt() == standing

    def test_an_append_in_flight_at_the_flip_is_in_the_new_rows(self, chronicle: Chronicle) -> None:
        """One whose transaction is open when the flip asks for the head, and commits behind that, is worked in before answers are read."""
        database = chronicle.database
        size = chronicle.size
        with in_flight(chronicle, DETENTION) as before_the_flip:
            done = rebuild(BeforeTheFlip(database, before_the_flip))

        assert chronicle.size == size + 1
        assert active(database) == done.build
        assert projected(database) == size + 1
        assert_whole(database)
        chronicle.add(DETENTION)
        assert projected(database) == size + 2
        standing = digest_of(database)
        assert chronicle.rebuilt() == standing

    @pytest.mark.parametrize("max_name", ["FLIP_EVENTS", "INLINE_OWNERS_MAX"])
    def test_what_is_too_much_for_the_flip_is_worked_in_first(
        self, chronicle: Chronicle, monkeypatch: pytest.MonkeyPatch, max_name: str
    ) -> None:
        """Many events since, or one that touches many: no append waits for them under the head lock."""
        monkeypatch.setattr(runner, max_name, 1)
        asked: list[int] = []

        def hold(connection: Connection) -> None:
            asked.append(head(connection).size)
            hold_head(connection)

        monkeypatch.setattr(runner, "hold_head", hold)
        fall = registered("s1", "2020")

        done = rebuild(BeforeTheFlip(chronicle.database, lambda: chronicle.add(fall, DETENTION)))
        catch_up(chronicle.database)

        assert asked == [chronicle.size] * 2
        assert active(chronicle.database) == done.build
        assert projected(chronicle.database) == chronicle.size
        assert_whole(chronicle.database)


class TestGoingBack:
    def test_nothing_is_kept(self, chronicle: Chronicle) -> None:
        """Before the first rebuild there is nothing to go back to, and that is said."""
        with pytest.raises(NoBuildKept) as refused:
            go_back(chronicle.database)

        assert refused.value.message == (
            "No earlier build of the projections is kept. Run `custody rebuild` to build them anew."
        )
        assert active(chronicle.database) == FIRST_BUILD

    def test_the_kept_one_is_brought_up_and_read(self, chronicle: Chronicle) -> None:
        """With all that came since; the other is kept in its place, so that going back again is going forward."""
        database = chronicle.database
        new = rebuild(database).build
        chronicle.add(DETENTION, DETENTION)
        standing = digest_of(database)

        assert go_back(database) == State(
            build=FIRST_BUILD,
            projected_through=Position(chronicle.size),
            writing_through=Position(chronicle.size),
        )
        assert digest_of(database) == standing
        chronicle.add(DETENTION)
        assert projected(database) == chronicle.size

        assert go_back(database).build == new
        assert_whole(database)
        assert_only_active_and_kept(database)

    def test_it_is_the_last_one_that_was_read(self, chronicle: Chronicle) -> None:
        """Two builds are there, never more; the number of a build that was read is never given again."""
        database = chronicle.database
        builds = [rebuild(database).build for _ in range(3)]

        assert builds == [2, 3, 4]
        assert_only_active_and_kept(database)
        assert go_back(database).build == 3
        assert rebuild(database).build == 5
        assert go_back(database).build == 3
        with database.writing() as connection:
            connection.execute(PROJECTION_BUILDS.delete().where(PROJECTION_BUILDS.c.build == 5))
        assert rebuild(database).build == 6

    def test_a_fold_that_raises_leaves_all_as_it_was(self, chronicle: Chronicle) -> None:
        """What cannot be brought up is not read."""
        database = chronicle.database
        new = rebuild(database).build
        chronicle.add(DETENTION)

        with pytest.raises(RebuildStopped):
            go_back(database, rulebooks=raising_at(chronicle.size))

        assert (active(database), projected(database)) == (new, chronicle.size)
        assert go_back(database).build == FIRST_BUILD


class TestAnySubsetInAnyOrderTwice:
    @settings(max_examples=12)
    @given(
        groups=st.lists(st.lists(CONTENTS, min_size=1, max_size=3), min_size=1, max_size=4), data=st.data()
    )
    def test_folding_subjects_again_changes_no_row(
        self, sqlite_template: Path, groups: list[list[tuple[str, Entry]]], data: st.DataObject
    ) -> None:
        """Whichever subjects, one by one in any order or together, as often as one likes: each row depends on the events alone (I-9)."""
        with another(sqlite_template) as database:
            chronicle = Chronicle(database, project=project_inline)
            catch_up(database)
            for group in groups:
                chronicle.add(*group)
            standing = digest_of(database)
            subset = data.draw(st.lists(st.sampled_from(sorted(SORTS)), unique=True), "subset")

            for _ in range(2):
                for key in data.draw(st.permutations(subset), "order"):
                    fold_again(database, {key})
                fold_again(database, set(subset))

            assert digest_of(database) == standing

    @settings(max_examples=8)
    @given(
        first=st.lists(CONTENTS, min_size=1, max_size=4),
        steps=st.lists(
            st.one_of(
                CONTENTS,
                st.sampled_from(["rebuild", "go back", "catch up"]),
                st.integers(1, 50),
            ),
            max_size=6,
        ),
    )
    def test_rebuilds_finished_or_not_in_any_order(
        self, sqlite_template: Path, first: list[tuple[str, Entry]], steps: list[Any]
    ) -> None:
        """Appends, rebuilds, ways back and crashes at any moment of one, any of them and twice: what is served is the fold of all."""
        with another(sqlite_template) as database:
            chronicle = Chronicle(database, project=project_inline)
            chronicle.add(*first)
            for step in [*steps, *steps]:
                take(step, chronicle)
                with database.reading() as connection:
                    now = known_at(connection)
                    assert (
                        next(differences(now, replayed(connection, through=now.projected_through)), None)
                        is None
                    )

            catch_up(database)
            standing = digest_of(database)
            assert chronicle.rebuilt() == standing
            assert_only_active_and_kept(database)


def take(step: Any, chronicle: Chronicle) -> None:
    """One step of a random sequence; a number is a rebuild that crashes at that moment."""
    match step:
        case "rebuild":
            rebuild(chronicle.database)
        case "go back":
            with suppress(NoBuildKept):
                go_back(chronicle.database)
        case "catch up":
            catch_up(chronicle.database)
        case int():
            with suppress(Crash):
                rebuild(Crashing(chronicle.database, when=step))
        case _:
            chronicle.add(step)


class BeforeTheFlip:
    """Transactions of a rebuild, of which the one that flips is the first to write after the last comparison: before it something
    happens."""

    def __init__(self, database: Database, happens: Callable[[], object]) -> None:
        self._database = database
        self._happens = happens
        self._readings = 0

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One reading transaction: of what there is to drop, then of what is compared."""
        with self._database.reading() as connection:
            yield connection
        self._readings += 1

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writing transaction, and before it, once, what happens."""
        if self._readings == 2:
            self._readings += 1
            self._happens()
        with self._database.writing() as connection:
            yield connection


@contextmanager
def in_flight(chronicle: Chronicle, *contents: tuple[str, Entry]) -> Iterator[Callable[[], None]]:
    """What begins an append that has everything written, and commits only once somebody in this thread has asked for the head."""
    written_all, asked, rebuilder = threading.Event(), threading.Event(), threading.current_thread()
    writer = chronicle.database._writer
    flights: list[Future[None]] = []

    def project(connection: Connection, first: Position, last: Position) -> None:
        project_inline(connection, first, last)
        written_all.set()
        assert asked.wait(PATIENCE_SECONDS), "nobody asked for the head"

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asks = statement == "BEGIN IMMEDIATE" or ("ledger_head" in statement and "FOR UPDATE" in statement)
        if asks and written_all.is_set() and threading.current_thread() is rebuilder:
            asked.set()

    def begin() -> None:
        chronicle.project = project
        flights.append(threads.submit(chronicle.add, *contents))
        assert written_all.wait(PATIENCE_SECONDS), "nothing was written"

    event.listen(writer, "before_cursor_execute", listen)
    with ThreadPoolExecutor(1) as threads:
        yield begin
        for flight in flights:
            flight.result()
    event.remove(writer, "before_cursor_execute", listen)
    chronicle.project = project_inline


def fold_again(database: Database, keys: set[str]) -> None:
    """Works out the facts of these subjects and folds them, whether or not anything happened to them."""
    with database.writing() as connection:
        now, feed = state(connection), StoreFeed(connection)
        folding = Folding(connection, now.build, feed, through=now.projected_through)
        folding.work_at(now.projected_through)
        subjects = {SubjectKey(key) for key in keys}
        folding.know(subjects)
        folding.refresh(subjects)
        owners = {folding.owner(key) for key in subjects}
        folding.fold(owners, rulebook(feed.rules_at(now.projected_through)))
        folding.write()


def raising_at(position: int) -> dict[str, Rulebook]:
    """Rules under which the fold of a person raises as soon as it meets the event at a position."""
    prisoner = RULEBOOKS[RULES_VERSION].prisoner

    def broken(key: SubjectKey, events: Any, context: Any) -> Any:
        if any(event.position == position for event in events):
            raise ValueError("no such order")
        return prisoner(key, events, context)

    return {RULES_VERSION: msgspec.structs.replace(RULEBOOKS[RULES_VERSION], prisoner=broken)}


def assert_whole(database: Database) -> None:
    """That what is served is what folding all events that were projected gives, at three positions."""
    with database.reading() as connection:
        through = state(connection).projected_through
        for position in {Position(through), Position(through // 2), Position(head(connection).size)}:
            then = known_at(connection, position)
            assert next(differences(then, replayed(connection, through=position)), None) is None


def assert_only_active_and_kept(database: Database) -> None:
    """That no other build has any row."""
    with database.reading() as connection:
        wanted = {state(connection).build, kept(connection)}
        for table in TABLES:
            there = set(connection.execute(select(table.c.build).distinct()).scalars())
            assert there <= wanted, table.name


def rows_of(connection: Connection, table: Table, build: int) -> int:
    """How many rows a build has in a table."""
    wanted = select(func.count()).select_from(table).where(table.c.build == build)
    return connection.execute(wanted).scalar_one()


def active(database: Database) -> int:
    """The build that answers are read from."""
    with database.reading() as connection:
        return state(connection).build


def projected(database: Database) -> int:
    """How far what is served has come."""
    with database.reading() as connection:
        return state(connection).projected_through


def digest_of(database: Database) -> str:
    """The digest of what is served."""
    with database.reading() as connection:
        return digest(connection)
