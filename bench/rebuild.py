"""Building all projected rows anew, against our own replay of the same ledger, decoded and folded."""

from __future__ import annotations

from collections.abc import Iterator

from app.database import Database
from bench.bodies import Population
from bench.folding import fold
from bench.ledger import OPENING_EVENTS, recorded
from bench.measure import Line, by_turns, rates, seconds_of
from bench.replay import replay
from bench.stores import Store
from projections import runner
from projections.comparing import digest

GOAL = "≥ 0.9"


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """One line; `events` in the ledger, half of them openings of subjects, half of them releases."""
    population = Population(events // 2)
    requests = [*population.openings(), *population.releases(events // 2)]
    database = recorded(store, requests, projected=True)
    with database.reading() as connection:
        expected = digest(connection)
    contenders = (
        lambda: seconds_of(lambda: _rebuild(database, expected)),
        lambda: seconds_of(lambda: fold(replay(database))),
    )
    ours, replayed = by_turns(rounds, lambda: contenders)
    size = OPENING_EVENTS + len(requests)
    yield rates("rebuild of the projections", ours, replayed, events=size, against="replay", goal=GOAL)


def _rebuild(database: Database, expected: str) -> None:
    assert expected == runner.rebuild(database).digest, "rebuilt rows are not those that catching up gave"
