"""I-12 and I-13 over random ledgers: what is read as of any position is what the events up to it give, however they were worked in.

What they give is told a second time in `tests/projections/whole.py`, which keeps nothing and depends on no order of work. Lists are
filtered a second time here, over findings in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.pool import StaticPool

from app.database import Database
from events.decoder import Event
from events.kinds import Custody, Position, SubjectKey, SubjectSort
from events.quantities import CountMeasure
from events.store import head
from events.tables import METADATA
from projections import reads, runner, tables
from projections.builds import known_at, state
from projections.comparing import digest
from projections.computed import replayed
from projections.custody_states import DEPRIVED
from projections.feed import StoreFeed
from projections.findings import (
    DAY_MAX,
    DAY_MIN,
    ActOutcome,
    ActValue,
    CustodyValue,
    Facet,
    Finding,
    Holds,
    Standing,
)
from projections.known import Known
from projections.reads import Documented, PrisonersWanted, Window
from projections.runner import catch_up, project_inline, rebuild
from projections.tables import (
    EVER,
    FOLD_QUEUE,
    FOLD_READS,
    PROJECTED,
    PROJECTION_ACTIVATIONS,
    PROJECTION_BUILDS,
    VERSIONED,
    Versioned,
)
from tests import postgres
from tests.projections.annals import RULES, Annals, Record, records
from tests.projections.chronicle import another
from tests.projections.questions import WHOLE, Scope, answers
from tests.projections.whole import Row, Whole, public_events, upto

NAMES = st.sampled_from(["Aliyev", "Əliyev Aydın", "Name of p2", "Xanova", "zaur", "nobody"])
DAY = timedelta(days=1)
DAYS_ASKED = 6
POSITIONS_READ = 7
"""Of so many positions one is read by statements, too."""
COMMITS_LEFT = 4
"""After so many commits what was left to do is caught up."""


@pytest.fixture(autouse=True, scope="module")
def small_cells() -> Iterator[None]:
    """Shelves of four positions each, so that rows of these small ledgers lie on many."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tables, "_CELL_BITS", 2)
        yield


class TestRows:
    @settings(max_examples=12)
    @given(record=records(), data=st.data())
    def test_as_of_every_position_they_are_the_fold_of_that_many_events(
        self, sqlite_template: Path, record: Record, data: st.DataObject
    ) -> None:
        """I-12: at every p each row is the one that the first p events give, byte for byte; each is kept once for as long as it stood."""
        with another(sqlite_template) as database:
            with data.draw(workings(), "recorded by").patched():
                size = recorded(record, database).size
            with database.reading() as connection:
                assert state(connection).projected_through == size
                check_rows(connection)
                worked_in = digest(connection)
                with data.draw(workings(), "replayed by").patched():
                    anew = replayed(connection, through=Position(size), rulebooks=RULES)
                assert digest(anew.connection) == worked_in

            with data.draw(workings(), "rebuilt by").patched():
                assert rebuild(database, rulebooks=RULES).digest == worked_in

    @settings(max_examples=8)
    @given(record=records(commits_max=6), working=st.deferred(lambda: workings()))
    def test_between_slices_those_of_some_first_events_are_read(
        self, sqlite_template: Path, record: Record, working: Working
    ) -> None:
        """Who reads while a position is worked in by slices reads a whole fold: that of the events through `projected_through`."""
        with another(sqlite_template) as database:
            size = recorded(record, database, project=None).size
            with database.reading() as connection, working.patched():
                events = public_events(connection)
                folded = {
                    through: Whole(upto(events, through), rulebooks=RULES) for through in range(size + 1)
                }
                seen: list[int] = []

                def look(memory: Connection) -> None:
                    known = known_at(memory)
                    seen.append(known.projected_through)
                    assert rows_of(known) == folded[seen[-1]].rows

                catch_up(_Memory(look), feed_of=lambda _: StoreFeed(connection), rulebooks=RULES)

                assert seen == sorted(seen)
                assert seen[-1] == size


class TestReads:
    @settings(max_examples=6)
    @given(record=records(), data=st.data())
    def test_each_as_of_a_position_is_the_one_of_the_fold(
        self, sqlite_template: Path, record: Record, data: st.DataObject
    ) -> None:
        """I-12 for single reads, lists, filters, counts and pages: as of p as over the rows of the first p events, and no others."""
        with another(sqlite_template) as database:
            size = recorded(record, database).size
            with database.reading() as connection:
                events = public_events(connection)
                position = data.draw(st.integers(0, size), "position")
                scope = data.draw(scopes(events), "scope")
                then = answers(known_at(connection, position), scope)

                folded = Whole(upto(events, position), rulebooks=RULES).known(connection, through=position)
                assert then == answers(folded, scope)
                anew = replayed(connection, through=Position(position), rulebooks=RULES)
                assert then == answers(anew, scope)

    @settings(max_examples=6)
    @given(record=records(), data=st.data())
    def test_the_present_is_the_last_of_the_past(
        self, sqlite_template: Path, record: Record, data: st.DataObject
    ) -> None:
        """What stands now is answered as what is known at the head, though it is read from other rows; the build of before is not read."""
        with another(sqlite_template) as database:
            size = recorded(record, database).size
            rebuild(database, rulebooks=RULES)
            with database.reading() as connection:
                scope = data.draw(scopes(public_events(connection)), "scope")
                now = known_at(connection)
                then = Known(
                    connection,
                    build=now.build,
                    position=Position(size),
                    through=Position(size),
                    projected_through=Position(size),
                )

                assert now.position is None
                assert answers(now, scope) == answers(then, scope)

    @settings(max_examples=10)
    @given(record=records(), data=st.data())
    def test_certain_and_possible_are_right_for_every_day(
        self, sqlite_template: Path, record: Record, data: st.DataObject
    ) -> None:
        """Whom a list shows on a day, and how many, is what looking through every finding gives: in the past and at the head."""
        with another(sqlite_template) as database:
            size = recorded(record, database).size
            with database.reading() as connection:
                events = public_events(connection)
                for position in {size, data.draw(st.integers(0, size), "position")}:
                    whole = Whole(upto(events, position), rulebooks=RULES)
                    known = known_at(connection, None if position == size else position)
                    days = data.draw(st.permutations(turning_days(whole)), "days")[:DAYS_ASKED]
                    for wanted in (*filters_that_meet(whole), data.draw(filters(), "filter")):
                        for day in days:
                            page = reads.prisoners(known, wanted, day, WHOLE)
                            assert [row.key for row in page.rows] == prisoners_on(whole, wanted, day)
                            assert page.total == len(page.rows)
                    for day in days:
                        check_reached(known, whole, day)

    @settings(max_examples=6)
    @given(before=records(commits_max=5), after=records(commits_max=3), data=st.data())
    def test_pages_give_each_row_once_while_events_arrive(
        self, sqlite_template: Path, before: Record, after: Record, data: st.DataObject
    ) -> None:
        """I-13: whoever goes on with a list as of its basis gets the rest of that list, whatever was recorded since, or rebuilt."""
        with another(sqlite_template) as database:
            annals = recorded(before, database)
            basis, commits = annals.size, iter(after)
            wanted = data.draw(filters(), "wanted")
            with database.reading() as connection:
                whole = Whole(public_events(connection), rulebooks=RULES)
            day = data.draw(st.sampled_from(turning_days(whole)), "day")

            found, more, place = [], True, None
            while more:
                with database.reading() as connection:
                    window = Window(size=1, after=place)
                    page = reads.prisoners(known_at(connection, basis), wanted, day, window)
                found += [row.key for row in page.rows]
                more, place = page.has_next, page.rows[-1].place if page.rows else None
                annals.write(next(commits, []))
            rebuild(database, rulebooks=RULES)
            with database.reading() as connection:
                again = reads.prisoners(known_at(connection, basis), wanted, day, WHOLE)

            assert found == prisoners_on(whole, wanted, day)
            assert found == [row.key for row in again.rows]


class TestPostgreSQL:
    """The same on the shared store, with fewer examples."""

    @settings(max_examples=3)
    @given(record=records(commits_max=6), data=st.data())
    def test_rows_and_reads_as_of_a_position_are_those_of_the_fold(
        self, postgres_url: str, record: Record, data: st.DataObject
    ) -> None:
        """I-12: at every p each row, and at one p each answer, is what the first p events give; whatever worked them in."""
        template = postgres.migrated_template(postgres_url)
        with postgres.fresh_database(postgres_url, template=template) as url, opened_at(url) as database:
            size = recorded(record, database).size
            with database.reading() as connection:
                check_rows(connection)
                events = public_events(connection)
                position = data.draw(st.integers(0, size), "position")
                scope = data.draw(scopes(events), "scope")
                whole = Whole(upto(events, position), rulebooks=RULES)

                then = answers(known_at(connection, position), scope)

                assert then == answers(whole.known(connection, through=position), scope)
                worked_in = digest(connection)
            with data.draw(workings(), "rebuilt by").patched():
                assert rebuild(database, rulebooks=RULES).digest == worked_in


# ── Recording and working in ─────────────────────────────────────────────────


def recorded(
    record: Record, database: Database, *, project: Callable[..., None] | None = project_inline
) -> Annals:
    """The record, projected commit by commit as it was recorded, and what was too wide for that caught up every few commits; no row of
    history was touched by that."""
    inline = project and partial(project, rulebooks=RULES)
    annals = Annals(database, project=inline)
    with untouched_history():
        for number, commit in enumerate((*record, [])):
            if inline is not None and (number % COMMITS_LEFT == 0 or number == len(record)):
                catch_up(database, rulebooks=RULES)
            annals.write(commit)
    return annals


@contextmanager
def opened_at(url: str) -> Iterator[Database]:
    """A database at an address."""
    database = Database(url)
    yield database
    database.close()


_TOUCHES_HISTORY = re.compile(r"\b(UPDATE|DELETE FROM|REPLACE INTO|TRUNCATE)\s+\w+_hist\b", re.IGNORECASE)


@contextmanager
def untouched_history() -> Iterator[None]:
    """What stood is never changed or deleted: rows of history are inserted, and that is all; but for one that stands, whose end is open."""

    def check(*args: Any) -> None:
        statement = args[2]
        assert not _TOUCHES_HISTORY.search(statement) or "findings_hist.known_to = " in statement, statement

    event.listen(Engine, "before_cursor_execute", check)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", check)


class Working(Struct, frozen=True, kw_only=True):
    """How much is worked in at once: so many events, so many owners of one event, so many owners in a slice of one."""

    events: int
    owners: int
    slice_owners: int

    @contextmanager
    def patched(self) -> Iterator[None]:
        """The runner works so."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(runner, "SLICE_EVENTS", self.events)
            patched.setattr(runner, "INLINE_OWNERS_MAX", self.owners)
            patched.setattr(runner, "SLICE_OWNERS", self.slice_owners)
            yield


def workings() -> st.SearchStrategy[Working]:
    """Ways to work: by event, by many events, by owners of one event."""
    return st.builds(
        Working,
        events=st.sampled_from([1, 2, 5, 200]),
        owners=st.sampled_from([1, 1, 3, 500]),
        slice_owners=st.sampled_from([1, 2, 50]),
    )


class _Memory:
    """Transactions of a database in memory, and a look after each."""

    def __init__(self, look: Callable[[Connection], None]) -> None:
        self._connection = create_engine("sqlite://", poolclass=StaticPool).connect()
        self._look = look
        tables = (PROJECTION_BUILDS, PROJECTION_ACTIVATIONS, FOLD_QUEUE, FOLD_READS, *PROJECTED)
        METADATA.create_all(self._connection, list(tables))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one connection."""
        yield self._connection
        self._look(self._connection)

    reading = writing


# ── Rows ─────────────────────────────────────────────────────────────────────


class Version(Struct, frozen=True, kw_only=True):
    """One row and from where to where it stands; None: it still does."""

    key: Row
    values: Row
    known_from: int
    known_to: int | None

    def stood_at(self, position: int) -> bool:
        """Whether it stood at a position."""
        return self.known_from <= position and (self.known_to is None or position < self.known_to)


def check_rows(connection: Connection) -> None:
    """That at every position the rows are the fold of the first so many events, and that none is kept twice, or in two pieces."""
    kept = {name: versions_of(connection, table) for name, table in VERSIONED.items()}
    for versions in kept.values():
        check_versions(versions)
    events = public_events(connection)
    for position in range(head(connection).size + 1):
        folded = Whole(upto(events, position), rulebooks=RULES).rows
        for name, versions in kept.items():
            stood = {(*one.key, *one.values) for one in versions if one.stood_at(position)}
            assert stood == folded[name], (position, name)
        if position % POSITIONS_READ == 0:
            assert rows_of(known_at(connection, position)) == folded


def check_versions(versions: Sequence[Version]) -> None:
    """Of a key never two at once, and a new one only where something differs."""
    for key, own in groupby(versions, lambda version: version.key):
        for one, after in pairwise(own):
            assert one.known_to is not None, key
            assert one.known_to <= after.known_from, key
            assert one.known_to < after.known_from or one.values != after.values, key


def versions_of(connection: Connection, table: Versioned) -> list[Version]:
    """Every row that stands or stood, by key and position."""
    versions = []
    for stored in (table.now, table.hist):
        for row in connection.execute(select(stored)).mappings():
            if row.get("known_to") == EVER:
                continue
            key, values = (
                tuple(map(_plain, map(row.__getitem__, names))) for names in (table.key, table.values)
            )
            versions.append(
                Version(
                    key=key,
                    values=values,
                    known_from=row["known_from"],
                    known_to=row.get("known_to"),
                )
            )
    return sorted(versions, key=lambda version: (str(version.key), version.known_from))


def rows_of(known: Known) -> dict[str, set[Row]]:
    """All rows as known, read by the statements that every read is made of."""
    return {
        name: {tuple(map(_plain, row)) for row in known.connection.execute(select(known.rows(table)))}
        for name, table in VERSIONED.items()
    }


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


# ── Looking through everything ───────────────────────────────────────────────


def prisoners_on(whole: Whole, wanted: PrisonersWanted, day: date) -> list[str]:
    """Whom a list of prisoners shows on a day, in order."""
    people = (row for row in whole.rows["subjects"] if row[1] == SubjectSort.PERSON.value)
    met = (
        (str(row[3]), str(row[0])) for row in people if _is_met(whole, SubjectKey(str(row[0])), wanted, day)
    )
    return [key for _, key in sorted(met)]


def check_reached(known: Known, whole: Whole, day: date) -> None:
    """That what acts did on a day, and for whom of those who are named, is what looking through every finding gives."""
    acts = [key for key, sort in whole.sorts.items() if sort is SubjectSort.ACT]
    outcomes = reads.act_outcomes(known, acts, (), day, WHOLE)
    counted = {measure: reads.documented(known, acts, measure, day) for measure in CountMeasure}
    for act in acts:
        reached = reached_on(whole, act, day)
        assert [row.place for row in outcomes[act].rows] == sorted(place for place, _ in reached)
        for measure in CountMeasure:
            assert counted[measure][act] == documented_on(whole, reached, measure, day)


Reached = list[tuple[tuple[str, str, str, str], Finding]]


def reached_on(whole: Whole, act: SubjectKey, day: date) -> Reached:
    """What an act possibly did on a day, each by its place in a list."""
    subjects = {str(row[0]): row for row in whole.rows["subjects"]}
    return [
        (
            (
                str(subjects[finding.about][1]),
                str(subjects[finding.about][3]),
                finding.about,
                finding.segment,
            ),
            finding,
        )
        for _, finding in whole.findings
        if finding.facet is Facet.ACT and _act(finding)[0] == act and _holds(finding, Holds.POSSIBLE, day)
    ]


def documented_on(whole: Whole, reached: Reached, measure: CountMeasure, day: date) -> Documented:
    """Of whom it is told by name, or one by one, that an act reached them by a measure."""
    met = [
        finding
        for _, finding in reached
        if whole.sorts[finding.about] is SubjectSort.PERSON
        and isinstance(finding.value, ActValue)
        and reads.is_counted_as(finding.value, measure)
    ]
    people = sorted({finding.about for finding in met})
    named = tuple(key for key in people if whole.name_of(key) is not None)
    certain = {finding.about for finding in met if _holds(finding, Holds.CERTAIN, day)}
    held = {
        finding.about
        for _, finding in whole.findings
        if finding.facet is Facet.CUSTODY
        and _custody(finding) in DEPRIVED
        and _holds(finding, Holds.CERTAIN, day)
    }
    return Documented(
        low=len(certain & set(named)),
        high=len(named),
        unnamed=len(people) - len(named),
        detained_again=len(held & set(named)),
        named=named,
    )


def _is_met(whole: Whole, key: SubjectKey, wanted: PrisonersWanted, day: date) -> bool:
    found = [
        finding
        for _, finding in whole.findings
        if finding.about == key and _holds(finding, wanted.holds, day)
    ]
    named = wanted.name is None or any(reads.is_named(wanted.name, name) for name in whole.spellings(key))
    is_held = not (wanted.custody or wanted.standing) or any(
        finding.facet is Facet.CUSTODY
        and (not wanted.custody or _custody(finding) in wanted.custody)
        and (not wanted.standing or finding.standing in wanted.standing)
        for finding in found
    )
    is_reached = (wanted.act is None and not wanted.outcome) or any(
        finding.facet is Facet.ACT
        and (wanted.act is None or _act(finding)[0] == wanted.act)
        and (not wanted.outcome or _act(finding)[1] in wanted.outcome)
        for finding in found
    )
    return named and is_held and is_reached


def _holds(finding: Finding, wanted: Holds, day: date) -> bool:
    holds = finding.interval and finding.interval.holds_on(day)
    return holds is not None and (wanted is Holds.POSSIBLE or holds is Holds.CERTAIN)


def _custody(finding: Finding) -> Custody | None:
    """The one value of all alternatives."""
    values = {
        one.value.status for one in finding.alternatives or (finding,) if isinstance(one.value, CustodyValue)
    }
    return values.pop() if len(values) == 1 else None


def _act(finding: Finding) -> tuple[SubjectKey | None, ActOutcome | None]:
    values = [one.value for one in finding.alternatives or (finding,) if isinstance(one.value, ActValue)]
    acts, outcomes = {value.act for value in values}, {value.outcome for value in values}
    return (
        acts.pop() if len(acts) == 1 else None,
        outcomes.pop() if len(outcomes) == 1 else None,
    )


def turning_days(whole: Whole) -> list[date]:
    """The days on which anything begins or ends to hold, and those before; the first and the last that there are."""
    found = {DAY_MIN, DAY_MAX, date(2025, 12, 22)}
    for _, finding in whole.findings:
        if finding.interval is not None:
            interval = finding.interval
            found |= {interval.from_min, interval.from_max, interval.to_min, interval.to_max}
    return sorted(found | {day - DAY for day in found if day != DAY_MIN})


def filters_that_meet(whole: Whole) -> Iterator[PrisonersWanted]:
    """By each value and standing that is found at all, for certain and possibly."""
    custody = {_custody(finding) for _, finding in whole.findings} - {None}
    reached = {_act(finding) for _, finding in whole.findings}
    standings = {finding.standing for _, finding in whole.findings if finding.facet is Facet.CUSTODY}
    for holds in Holds:
        yield from (PrisonersWanted(custody=(one,), holds=holds) for one in sorted(filter(None, custody)))
        yield from (PrisonersWanted(standing=(one,), holds=holds) for one in sorted(standings))
        for act, outcome in sorted(reached, key=str):
            yield PrisonersWanted(act=act, outcome=(outcome,) if outcome else (), holds=holds)


def filters() -> st.SearchStrategy[PrisonersWanted]:
    """What can be asked of prisoners."""

    def some(values: type[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
        return st.lists(st.sampled_from(values), max_size=3, unique=True).map(tuple)

    return st.builds(
        PrisonersWanted,
        name=st.sampled_from([None, None, None, "Aliyev", "Name of p2", "Cəmilə"]),
        custody=some(Custody),
        holds=st.sampled_from(Holds),
        standing=st.just(()) | some(Standing),
        act=st.sampled_from([None, None, SubjectKey("act-1"), SubjectKey("act-2")]),
        outcome=st.just(()) | some(ActOutcome),
    )


@st.composite
def scopes(draw: st.DrawFn, events: Sequence[Event]) -> Scope:
    """What to ask about: all that is ever met, on one of the days on which something turns."""
    whole = Whole(events, rulebooks=RULES)
    places = [(finding.about, finding.facet, finding.segment) for _, finding in whole.findings]
    return Scope(
        subjects=whole.sorts,
        findings=places,
        positions=[event.position for event in events],
        day=draw(st.sampled_from(turning_days(whole))),
        name=draw(NAMES),
        page_size=draw(st.integers(1, 4)),
    )
