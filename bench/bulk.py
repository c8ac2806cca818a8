"""Recording one command of thousands of events, against the fastest way that each database has to take in as many rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from app.entropy import SystemEntropy
from bench.bodies import Population, Rows
from bench.ledger import check_ledger, record, recorded
from bench.measure import Line, Timed, by_turns, rates, seconds_of
from bench.stores import Store

GOALS = {"sqlite": "0.5", "postgresql": "0.4"}
RAW = {"sqlite": "executemany", "postgresql": "binary COPY"}
PEOPLE = 1000


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """One line; `events` in each command."""
    entropy = SystemEntropy()
    population = Population(min(PEOPLE, events))
    rows = Rows(population, entropy)
    database = recorded(store, population.openings(), projected=False)
    store.empty_raw()
    with closing(store.raw()) as raw:

        def prepare() -> Sequence[Timed]:
            requests = population.releases(events)
            raw_rows = rows.of(requests)
            return (
                lambda: seconds_of(lambda: record(database, requests, entropy)),
                lambda: seconds_of(lambda: raw.insert_all(raw_rows)),
            )

        ours, other = by_turns(rounds, prepare)
        total = events * (rounds + 1)
        assert total == raw.count(), "the raw table lacks rows"
    check_ledger(database, len(population.openings()) + total, projected=False)
    what = f"bulk record, one command of {events:,} events"
    yield rates(what, ours, other, events=events, against=RAW[store.name], goal="≥ " + GOALS[store.name])
