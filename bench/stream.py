"""Reading the 20 events of one subject, decoded, against a bare round trip and against the bare rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from statistics import median, quantiles
from time import perf_counter
from typing import TypeVar

from app.database import Database
from app.entropy import SystemEntropy
from bench.bodies import Population, Rows
from bench.ledger import recorded
from bench.measure import Line
from bench.stores import Store
from events.kinds import SubjectKey
from events.store import PUBLIC_VIEWER, decoded, read_stream

Key = TypeVar("Key")

STREAM_EVENTS = 20
GOALS = {"sqlite": "≤ 0.17 ms", "postgresql": "≤ 2 round trips"}


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """Two lines, of median times; `events` in the ledger, so that there are `events` / 20 streams, each read once a round."""
    population = Population(max(1, events // STREAM_EVENTS))
    people = [person.key for person in population.people]
    releases = population.releases((STREAM_EVENTS - 1) * len(people))
    database = recorded(store, [*population.openings(), *releases], projected=False)
    rows = Rows(population, SystemEntropy()).of(releases)
    streams = list(dict.fromkeys(row[1] for row in rows))
    store.empty_raw()
    with closing(store.raw()) as raw:
        raw.insert_all(rows)
        assert STREAM_EVENTS - 1 == len(raw.read_stream(streams[0])), "a raw stream lacks rows"
        times: list[list[list[float]]] = [
            [
                _each(people, lambda key: read(database, key)),
                _each(streams, raw.read_stream),
                _each(people, lambda _: raw.ping()),
            ]
            for _ in range(rounds + 1)
        ][1:]
    ours, bare, trips = ([of_round[index] for of_round in times] for index in range(3))
    yield _line("stream of 20 events, p50/p99", ours, trips, other="round trip", goal=GOALS[store.name])
    yield _line("  the same, against the bare SELECT", ours, bare, other="19 bare rows")


def read(database: Database, key: SubjectKey) -> None:
    """Reads a stream in a snapshot of its own and decodes it. Raises if it is not whole."""
    with database.reading() as connection:
        events = [decoded(stored) for stored in read_stream(connection, key, viewer=PUBLIC_VIEWER)]
    assert STREAM_EVENTS == len(events), f"{key}: {len(events)} events, expected {STREAM_EVENTS}"
    assert all(event.about == (key,) for event in events), f"{key}: events of somebody else"


def _each(keys: Sequence[Key], work: Callable[[Key], object]) -> list[float]:
    taken = []
    for key in keys:
        started = perf_counter()
        work(key)
        taken.append(perf_counter() - started)
    return taken


def _line(
    what: str, ours: Sequence[list[float]], bare: Sequence[list[float]], *, other: str, goal: str = ""
) -> Line:
    ratios = (median(mine) / median(theirs) for mine, theirs in zip(ours, bare, strict=True))
    return Line(
        what=what, ours=_times(ours), other=f"{other} {_times(bare)}", ratios=tuple(ratios), goal=goal
    )


def _times(rounds: Sequence[list[float]]) -> str:
    milliseconds = [second * 1000 for of_round in rounds for second in of_round]
    p99 = quantiles(milliseconds, n=100)[98] if len(milliseconds) > 1 else milliseconds[0]
    return f"{median(milliseconds):.3f}/{p99:.3f} ms"
