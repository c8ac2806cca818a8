"""The runner: rows projected event by event are the rows built anew, on both stores, and recording waits for neither."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, select

from app.database import Database
from events.kinds import (
    ActReported,
    ActStep,
    Custody,
    DetentionReported,
    PersonDescribed,
    Position,
    ReleaseReported,
    ReportRetracted,
    RetractionGround,
    SubjectKey,
    SubjectSort,
)
from projections import reads, runner
from projections.builds import State, known_at, state
from projections.comparing import differences, digest
from projections.computed import replayed
from projections.findings import DAY_MIN, CustodyValue, Facet, Interval
from projections.known import Known
from projections.rulebook import RULEBOOKS, Rulebook
from projections.rules import RULES_VERSION
from projections.runner import catch_up, project_inline, rebuild
from tests import golden
from tests.projections.builders import made, on, written
from tests.projections.chronicle import (
    ACT,
    RELEASE,
    Chronicle,
    registered,
    said,
)
from tests.projections.transactions import Between, Crash, Crashing


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    fresh = Database(database_url)
    yield fresh
    fresh.close()


class TestExample:
    def test_inline_and_rebuilt_are_one(self, database: Database, tmp_path: Path) -> None:
        """The example ledger has the same rows, projected as it was recorded or built anew."""
        golden.record_example(database, tmp_path, project=project_inline)
        caught_up = catch_up(database)
        chronicle = digest_of(database)

        anew = rebuild(database)

        assert caught_up == reached(70)
        assert (anew.digest, anew.differing) == (chronicle, 0)

    def test_no_child_and_no_group_is_a_prisoner(self, database: Database, tmp_path: Path) -> None:
        """Only the two who are named and the one who is told of alone are prisoners (rules.md R10)."""
        golden.record_example(database, tmp_path)
        catch_up(database)

        with database.reading() as connection:
            known = known_at(connection)
            in_custody = known.findings.c.facet == Facet.CUSTODY.value
            custody = select(known.findings.c.about).where(in_custody).distinct()
            people = select(known.subjects.c.key).where(known.subjects.c.sort == SubjectSort.PERSON.value)

            assert set(connection.execute(custody).scalars()) == set(connection.execute(people).scalars())
            assert len(set(connection.execute(people).scalars())) == 3


class TestOrder:
    def test_by_folded_name_the_nameless_last(self, database: Database, tmp_path: Path) -> None:
        """Both stores list prisoners alike, and nobody who is not named stands before those who are."""
        golden.record_example(database, tmp_path)
        catch_up(database)

        with database.reading() as connection:
            page = reads.prisoners(
                known_at(connection), reads.PrisonersWanted(), date(2026, 1, 1), reads.Window(size=10)
            )

        assert [row.key for row in page.rows] == ["prisoner-a1", "prisoner-a2", "prisoner-a3"]


class TestIncremental:
    def test_a_changed_act_moves_those_it_reached(self, database: Database) -> None:
        """When an act's signing becomes known, the release of somebody told of before moves with it (rules.md R4)."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.add(
            registered("s1", "2025-12-22"), ("p1", said(ReleaseReported, released_by=RELEASE, act=ACT))
        )
        before = liberty_of(database, "p1")

        chronicle.add(("a1", said(ActReported, act_step=ActStep.SIGNED, claimed=on("2025-12-15"))))

        assert before.from_min == DAY_MIN
        assert liberty_of(database, "p1").from_min == date(2025, 12, 15)
        assert liberty_of(database, "p1").from_max == date(2025, 12, 22)


class TestStopping:
    def test_recording_goes_on_while_a_fold_raises(self, database: Database) -> None:
        """A fold that raises stops the projecting with position and reason; the old rows serve, and events are still recorded."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.add(("p1", said(DetentionReported, claimed=on("2023"))))
        before = digest_of(database)

        books = raising(ValueError("no such order"))
        chronicle.project = partial(project_inline, rulebooks=books)
        chronicle.add(("p2", said(PersonDescribed, names=(written("A"),))), registered("s1", "2026"))
        chronicle.add(("p1", said(ReleaseReported, released_by=RELEASE, act=ACT)))
        stopped = catch_up(database, rulebooks=books)

        assert stopped == reached(chronicle.size - 3, "ValueError: no such order")
        assert state_of(database) == stopped
        assert digest_of(database) == before

        assert catch_up(database) == reached(chronicle.size)
        assert chronicle.rebuilt() == digest_of(database)

    def test_what_is_too_much_for_an_append_is_caught_up(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An append whose event touches more subjects than it may leaves it to the runner, with all that comes after."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.add(*((key, said(DetentionReported, claimed=on("2023"))) for key in ("p1", "p2")))
        monkeypatch.setattr(runner, "INLINE_OWNERS_MAX", 2)
        behind = state_of(database)

        chronicle.add(registered("s1", "2022"))
        chronicle.add(("p1", said(DetentionReported, claimed=on("2021"))))

        assert state_of(database) == behind
        assert catch_up(database) == reached(chronicle.size)
        assert chronicle.rebuilt() == digest_of(database)

    @pytest.mark.parametrize("broken", [AssertionError, RecursionError, RuntimeError])
    def test_a_fold_stops_whatever_it_raises(self, database: Database, broken: type[Exception]) -> None:
        """Recording never depends on a fold: catching up, which opening a ledger does, tells of any fault and raises none."""
        chronicle = Chronicle(database, project=project_inline)

        stopped = catch_up(database, rulebooks=raising(broken("no such order")))

        assert stopped.stopped_reason == f"{broken.__name__}: no such order"
        assert state_of(database).projected_through < chronicle.size


class TestWide:
    """One position that touches more than is worked in at once."""

    def test_every_finding_moves_at_once(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """While a fallen source is worked in by slices, readers see what stood before, appends go on, and then all of it has moved."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.add(registered("s1", "2025-12-22"))
        chronicle.add(*((key, said(DetentionReported, claimed=on("2023"))) for key in ("p1", "p2")))
        size = chronicle.size
        monkeypatch.setattr(runner, "INLINE_OWNERS_MAX", 1)
        monkeypatch.setattr(runner, "SLICE_OWNERS", 1)
        fall = made(ReportRetracted, reason="test", ground=RetractionGround.OURS, source=SubjectKey("s1"))
        chronicle.add(("s1", fall))

        held: list[set[str | None]] = []
        between = Between(database, lambda: held.append(custody_of(database)))
        chronicle.add(("p1", said(PersonDescribed, names=(written("Added meanwhile"),))))
        catch_up(between)

        assert held[0] == {Custody.REMAND.value}
        assert all(seen in ({Custody.REMAND.value}, {Custody.UNKNOWN.value}) for seen in held)
        assert len(held) > 4
        assert custody_of(database) == {Custody.UNKNOWN.value}
        with database.reading() as connection:
            for position in range(size, chronicle.size + 1):
                assert_same(known_at(connection, position), folded(connection, Position(position)))
        assert chronicle.rebuilt() == digest_of(database)

    def test_a_crash_between_slices_loses_nothing(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever comes after takes the queue up where it was."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.add(*((key, said(DetentionReported, claimed=on("2023"))) for key in ("p1", "p2")))
        monkeypatch.setattr(runner, "INLINE_OWNERS_MAX", 1)
        monkeypatch.setattr(runner, "SLICE_OWNERS", 1)
        chronicle.add(registered("s1", "2022"))

        for slices in range(1, 20):
            with suppress(Crash):
                catch_up(Crashing(database, when=2 * slices - 1))
        assert catch_up(database) == reached(chronicle.size)
        assert chronicle.rebuilt() == digest_of(database)


class TestSeveral:
    @pytest.mark.parametrize(
        "other",
        [lambda chronicle: catch_up(chronicle.database), Chronicle.rebuilt],
        ids=["catching up", "rebuilding"],
    )
    def test_who_catches_up_or_rebuilds_waits_for_an_append(
        self, database: Database, other: Callable[[Chronicle], object]
    ) -> None:
        """Beside an append that is not committed yet: it must never set the state back to before that, or everything later stays out."""
        appended = threading.Event()

        def project(connection: Connection, first: Position, last: Position) -> None:
            project_inline(connection, first, last)
            appended.set()
            time.sleep(0.3)

        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        chronicle.project = project

        with ThreadPoolExecutor(2) as threads:
            adding = threads.submit(chronicle.add, ("p1", said(DetentionReported, claimed=on("2023"))))
            appended.wait(5)
            working = threads.submit(other, chronicle)
            adding.result()
            working.result()
        chronicle.project = project_inline
        chronicle.add(("p2", said(DetentionReported, claimed=on("2024"))))

        assert state_of(database).projected_through == chronicle.size
        standing = digest_of(database)
        assert chronicle.rebuilt() == standing


class TestVisibility:
    def test_what_is_restricted_is_in_no_row(self, database: Database) -> None:
        """Rows may be shown to everybody, so what is not public leaves no trace in them."""
        chronicle = Chronicle(database, project=project_inline)
        catch_up(database)
        before = digest_of(database)

        chronicle.restrict("p1", said(PersonDescribed, names=(written("Planted Secret"),)))
        catch_up(database)

        assert digest_of(database) == before
        assert chronicle.rebuilt() == before


def folded(ledger: Connection, position: Position) -> Known:
    """What folding the first so many events from nothing gives."""
    return replayed(ledger, through=position)


def assert_same(one: Known, other: Known) -> None:
    """That two readings of the record don't differ in any row."""
    assert next(differences(one, other), None) is None


def custody_of(database: Database) -> set[str | None]:
    """The custody of all that is found of two people."""
    with database.reading() as connection:
        known = known_at(connection)
        found = reads.findings_of(known, [SubjectKey("p1"), SubjectKey("p2")], [Facet.CUSTODY])
    return {
        one.value.status.value if isinstance(one.value, CustodyValue) else None
        for findings in found.values()
        for one in findings
    }


def digest_of(database: Database) -> str:
    """The digest of the rows as they stand."""
    with database.reading() as connection:
        return digest(connection)


def state_of(database: Database) -> State:
    """How far the projecting has come."""
    with database.reading() as connection:
        return state(connection)


def reached(position: int, stopped: str | None = None) -> State:
    """The state of the first build when it has come to a position."""
    return State(
        projected_through=Position(position), writing_through=Position(position), stopped_reason=stopped
    )


def raising(error: Exception) -> dict[str, Rulebook]:
    """Rules under which the fold of every person raises."""

    def broken(*_: object) -> tuple[()]:
        raise error

    return {RULES_VERSION: msgspec.structs.replace(RULEBOOKS[RULES_VERSION], prisoner=broken)}


def liberty_of(database: Database, person: str) -> Interval:
    """The days on which a person is at liberty."""
    with database.reading() as connection:
        findings = reads.findings_of(known_at(connection), [SubjectKey(person)], [Facet.CUSTODY])[
            SubjectKey(person)
        ]
    (interval,) = (
        finding.interval for finding in findings if finding.value == CustodyValue(status=Custody.LIBERTY)
    )
    assert interval is not None
    return interval
