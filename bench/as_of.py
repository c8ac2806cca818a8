"""Lists of the past against the same lists of the present: a page of 50 and a count, at random positions and places.

The statements are those of `projections/reads.prisoners`, taken down as it sends them and timed one by one, so that page and count are
told apart. Then and now take turns, each the best of a few. Of PostgreSQL the buffers that a statement touches are counted as well: they
do not depend on who else is at work. Ratios are costs: 1 is the price of the present, less is cheaper; a round's is that of the sums over
its samples, and the dearest sample is told beside it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, event

from app.database import Database
from bench.measure import Line
from bench.past import ACTS, BUILD, COMMON, DAYS, FIRST_DAY, RARE, SYLLABLES, Past, Row, respelt, stood
from bench.stores import Store
from events.drivers import planned_anew
from events.kinds import Position, SubjectKey
from projections.findings import ActOutcome, Holds
from projections.known import Known
from projections.reads import PrisonersWanted, Window, prisoners
from projections.tables import EVER, FINDINGS, NAMES, SUBJECTS, Versioned

PAGE = "page"
COUNT = "count"
SIZE = 50
GOALS = {PAGE: "≤ 3.5", COUNT: "≤ 4"}
SAMPLES = {PAGE: 10, COUNT: 3}
BEST_OF = 3
FILTERS: Mapping[str, PrisonersWanted] = {
    "common custody": PrisonersWanted(custody=COMMON),
    "the same, possibly": PrisonersWanted(custody=COMMON, holds=Holds.POSSIBLE),
    "rare custody": PrisonersWanted(custody=RARE),
    "act and outcome": PrisonersWanted(act=ACTS[7], outcome=(ActOutcome.RELEASED,)),
    "name": PrisonersWanted(name=SYLLABLES[3] + SYLLABLES[7]),
}
PLAIN = FILTERS["common custody"]
ON = FIRST_DAY + timedelta(days=DAYS * 2 // 3)

Moment = Position | None
Expected = dict[tuple[Moment, str], list[SubjectKey]]
"""Whom each list must show, by moment and name of the filter."""


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """For each filter a page at random places, one at the place of somebody with a very long past, and the count; `events` is the number
    of prisoners. Last, the present beside its past against the same present without."""
    past = Past(events)
    database, expected = filled(store, past)
    for (moment, name), keys in expected.items():
        _check(database, moment, FILTERS[name], keys)
    draws = _Draws(past)
    for name, wanted in FILTERS.items():
        for part, is_hot in ((PAGE, False), (PAGE, True), (COUNT, False)):
            asked = [
                [draws.then_and_now(database, wanted, part, is_hot=is_hot) for _ in range(SAMPLES[part])]
                for _ in range(rounds)
            ]
            yield from _lines(f"{part} then, {name}{' (hot)' if is_hot else ''}", asked, GOALS[part])
    alone = without_past(store, past)
    for part in (PAGE, COUNT):
        asked = [
            [draws.beside_and_alone(database, alone, part) for _ in range(SAMPLES[part])]
            for _ in range(rounds)
        ]
        yield from _lines(f"{part} now, beside its past", asked)


# ── Filling ──────────────────────────────────────────────────────────────────


def filled(store: Store, past: Past) -> tuple[Database, Expected]:
    """A database that holds a past, and what its lists must show half-way and now."""
    database, half = store.ledger(), Position(past.size // 2)
    expected: Expected = {}

    def ended() -> Iterator[Row]:
        for at, row in past.ended():
            if row is not None:
                yield row
            if at == half:
                expected.update(_expected(past, half))

    _fill(store, database, past, ended(), lambda: past.renamed)
    return database, expected | _expected(past, None)


def without_past(store: Store, past: Past) -> Database:
    """A database that holds what stands at the end of a past, and nothing that stood."""
    database = store.ledger()
    _fill(store, database, past, (), lambda: ())
    return database


def _fill(
    store: Store,
    database: Database,
    past: Past,
    ended: Iterable[Row],
    renamed: Callable[[], Sequence[Row]],
) -> None:
    def history() -> Iterator[Row]:
        yield from ended
        yield from (stood(row, EVER) for row in past.findings())

    with database.writing() as connection:
        _take_in(store, connection, FINDINGS, FINDINGS.hist, history())
        _take_in(store, connection, SUBJECTS, SUBJECTS.hist, renamed())
        _take_in(store, connection, NAMES, NAMES.hist, respelt(renamed()))
        _take_in(store, connection, SUBJECTS, SUBJECTS.now, past.subjects())
        _take_in(store, connection, NAMES, NAMES.now, past.names())
        _take_in(store, connection, FINDINGS, FINDINGS.now, past.findings())
    store.settle(database)


def _take_in(
    store: Store, connection: Connection, versioned: Versioned, table: Table, rows: Iterable[Row]
) -> None:
    """Inserts rows, with the indexes made afterwards."""
    ends = versioned.ends if table is versioned.hist else ()
    for index in table.indexes:
        index.drop(connection)
    store.take_in(connection, table, ("build", *versioned.columns, "known_from", *ends), rows)
    for index in table.indexes:
        index.create(connection)


def _expected(past: Past, moment: Moment) -> Expected:
    return {(moment, name): past.expected(wanted, ON) for name, wanted in FILTERS.items()}


def _check(
    database: Database, moment: Moment, wanted: PrisonersWanted, expected: Sequence[SubjectKey]
) -> None:
    """Returns if a list's first page and its count are what was told apart from what is stored."""
    with database.reading() as connection:
        page = prisoners(_known(connection, moment), wanted, ON, Window(size=SIZE))
    found = [row.key for row in page.rows]
    assert expected[:SIZE] == found, f"as of {moment}, {wanted}: another page than expected"
    assert len(expected) == page.total, (
        f"as of {moment}, {wanted}: {page.total} counted, {len(expected)} expected"
    )


# ── Measuring ────────────────────────────────────────────────────────────────


class Statement(Struct, frozen=True):
    """A statement as the driver gets it."""

    text: str
    parameters: Any

    def seconds(self, connection: Connection) -> float:
        """How long it takes to run it and to fetch what it finds; of SQLite, which works in the caller's thread, the processor's time."""
        clock = time.perf_counter if connection.dialect.name == "postgresql" else time.thread_time
        with planned_anew(connection):
            started = clock()
            connection.exec_driver_sql(self.text, self.parameters).fetchall()
            return clock() - started

    def buffers(self, connection: Connection) -> int:
        """How many pages of 8 KiB it touches on PostgreSQL."""
        text = f"EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT JSON) {self.text}"
        ((found,),) = connection.exec_driver_sql(text, self.parameters).fetchall()
        plan = found[0]["Plan"]
        return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


class Cost(Struct, frozen=True):
    """What a statement cost: seconds, the best of a few; buffers, where they can be told."""

    seconds: float
    buffers: int | None


Pair = tuple[Cost, Cost]
"""The dear one, and what it is compared with."""


class _Draws:
    """Questions drawn at random, each asked in two ways."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._random = random.Random(20260108)
        self._hot_place = past.hot_place()

    def then_and_now(self, database: Database, wanted: PrisonersWanted, part: str, *, is_hot: bool) -> Pair:
        """The same question as of a position and of what stands."""
        moment = Position(self._random.randint(1, self._past.size))
        window, day = self._window(is_hot), self._day()
        with database.reading() as connection:
            then = _statement(connection, moment, wanted, day, window, part)
            now = _statement(connection, None, wanted, day, window, part)
            return _costs((then, connection), (now, connection))

    def beside_and_alone(self, database: Database, alone: Database, part: str) -> Pair:
        """The same question of what stands, beside its past and where there is none."""
        window, day = self._window(is_hot=False), self._day()
        with database.reading() as connection, alone.reading() as other:
            now = _statement(connection, None, PLAIN, day, window, part)
            return _costs((now, connection), (now, other))

    def _window(self, is_hot: bool) -> Window:
        return Window(size=SIZE, after=self._hot_place if is_hot else self._past.place(self._random))

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._random.randrange(DAYS))


def _costs(one: tuple[Statement, Connection], other: tuple[Statement, Connection]) -> Pair:
    taken = [tuple(statement.seconds(on) for statement, on in (one, other)) for _ in range(BEST_OF)]
    buffers = [
        statement.buffers(on) if on.dialect.name == "postgresql" else None for statement, on in (one, other)
    ]
    costs = [
        Cost(min(of_one), touched) for of_one, touched in zip(zip(*taken, strict=True), buffers, strict=True)
    ]
    return costs[0], costs[1]


def _known(connection: Connection, moment: Moment) -> Known:
    return Known(connection, build=BUILD, position=moment)


def _statement(
    connection: Connection, moment: Moment, wanted: PrisonersWanted, day: date, window: Window, part: str
) -> Statement:
    """The statement of a list's page, or of its count, as `prisoners` sends them in this order."""
    sent: list[Statement] = []

    def take_down(*call: Any) -> None:
        sent.append(Statement(call[2], call[3]))

    event.listen(connection, "before_cursor_execute", take_down)
    prisoners(_known(connection, moment), wanted, day, window)
    event.remove(connection, "before_cursor_execute", take_down)
    page, count = sent[-2:]  # after SQLite's BEGIN
    return page if part == PAGE else count


def _lines(what: str, rounds: Sequence[Sequence[Pair]], goal: str = "") -> Iterator[Line]:
    """What was asked, by time, and by buffers where they can be told."""
    yield _line(what, [[(one.seconds, other.seconds) for one, other in pairs] for pairs in rounds], goal)
    buffers = [
        [(one.buffers, other.buffers) for one, other in pairs if one.buffers and other.buffers]
        for pairs in rounds
    ]
    if any(buffers):
        yield _line("  the same, buffers", buffers, goal)


def _line(what: str, rounds: Sequence[Sequence[tuple[float, float]]], goal: str) -> Line:
    every = [pair for pairs in rounds for pair in pairs]
    told = "{:,.0f}" if isinstance(every[0][0], int) else "{:.2f} ms"
    scale = 1 if isinstance(every[0][0], int) else 1000
    one, other = (told.format(median(pair[place] for pair in every) * scale) for place in (0, 1))
    dearest = max(one / other for one, other in every)
    return Line(
        what=what,
        ours=one,
        other=f"{other} now, dearest {dearest:.1f}",
        ratios=tuple(sum(one for one, _ in pairs) / sum(other for _, other in pairs) for pairs in rounds),
        goal=goal,
    )
