"""Appending one event a command, by 1, 8 and 64 writers at once, against as many threads that each insert and commit a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from threading import Lock

from app.entropy import SystemEntropy
from app.writer import Writer
from bench.bodies import Population, Request, Row, Rows, command_of, expect_recorded
from bench.ledger import check_ledger, recorded
from bench.measure import Line, Timed, at_once, by_turns, rates
from bench.stores import RawConnection, Store
from events.store import Project
from projections.runner import project_inline

WRITERS = (1, 8, 64)
TURNS = Lock()
"""Raw writers of SQLite that do not queue up sleep longer and longer in its busy handler, which flatters us; so both are told."""
GOALS = {
    ("sqlite", 1): "0.85",
    ("sqlite", 8): "1.4",
    ("sqlite", 64): "1.4",
    ("postgresql", 1): "0.8",
    ("postgresql", 8): "1.0",
    ("postgresql", 64): "1.3",
}


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """Lines for each number of writers, without projection and with it; `events` in a round, shared between the writers."""
    for project in (None, project_inline):
        for writers in (count for count in WRITERS if count <= events):
            yield from _compared(store, writers, project, rounds=rounds, each=events // writers)


def _compared(
    store: Store, writers: int, project: Project | None, *, rounds: int, each: int
) -> Iterator[Line]:
    entropy = SystemEntropy()
    # Nobody is released twice: each event is about a subject of its own.
    population = Population(each * writers * (rounds + 1))
    rows = Rows(population, entropy)
    database = recorded(store, population.openings(), projected=project is not None)
    store.empty_raw()
    with ExitStack() as stack:
        raws = [stack.enter_context(closing(store.raw())) for _ in range(writers)]
        writer = stack.enter_context(Writer(database, entropy=entropy, project=project))

        def prepare() -> Sequence[Timed]:
            shares = [population.releases(each) for _ in range(writers)]
            raw_shares, later_shares = ([rows.of(share) for share in shares] for _ in range(2))
            return (
                lambda: at_once(writers, lambda index: _append(writer, shares[index])),
                lambda: at_once(
                    writers, lambda index: _insert(raws[index], raw_shares[index], nullcontext())
                ),
                lambda: at_once(writers, lambda index: _insert(raws[index], later_shares[index], TURNS)),
            )

        ours, raw, by_turn = by_turns(rounds, prepare)
        total = each * writers * (rounds + 1)
        assert 2 * total == raws[0].count(), "the raw table lacks rows"
        check_ledger(database, len(population.openings()) + total, projected=project is not None)
    what = f"append, {writers} writer{'s' if writers > 1 else ''}{', projected inline' if project else ''}"
    events = each * writers
    yield rates(what, ours, raw, events=events, against="raw", goal="≥ " + GOALS[store.name, writers])
    if store.name == "sqlite" and writers > 1:
        yield rates("  the same, raw writers behind a lock", ours, by_turn, events=events, against="raw")


def _append(writer: Writer, requests: Sequence[Request]) -> None:
    entropy = SystemEntropy()
    for request in requests:
        expect_recorded(writer.submit(command_of([request], entropy)).result(), 1)


def _insert(raw: RawConnection, rows: Sequence[Row], turns: AbstractContextManager[object]) -> None:
    for row in rows:
        with turns:
            raw.insert(row)
