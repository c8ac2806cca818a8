"""Ledgers filled for a benchmark, and the checks that nothing in them is missing or altered."""

from __future__ import annotations

from collections.abc import Sequence

from app.database import Database
from app.entropy import SystemEntropy
from bench.bodies import Request, command_of
from bench.stores import Store
from events import merkle
from events.commands import Recorded
from events.envelope import Entropy
from events.store import FULL_VIEWER, append, head, open_ledger, read_events
from projections.builds import state
from projections.runner import catch_up

OPENING_EVENTS = 2
COMMAND_EVENTS = 1000


def recorded(store: Store, requests: Sequence[Request], *, projected: bool) -> Database:
    """A fresh ledger in which these requests are recorded, and projected if wanted."""
    database, entropy = store.ledger(), SystemEntropy()
    with database.writing() as connection:
        open_ledger(connection, entropy=entropy, origin="a benchmark", zone="Asia/Baku", rules="rules-v1")
    for start in range(0, len(requests), COMMAND_EVENTS):
        record(database, requests[start : start + COMMAND_EVENTS], entropy)
    if projected:
        stopped = catch_up(database).stopped_reason
        assert stopped is None, f"the projecting stopped: {stopped}"
    return database


def record(database: Database, requests: Sequence[Request], entropy: Entropy) -> Recorded:
    """What came of one command of all these requests, in a transaction of its own."""
    with database.writing() as connection:
        (outcome,) = append(connection, [command_of(requests, entropy)], entropy=entropy)
    assert isinstance(outcome, Recorded), f"not recorded: {outcome}"
    return outcome


def check_ledger(database: Database, expected: int, *, projected: bool) -> None:
    """Returns if so many events stand after the opening, without a gap, under the root of the head; projected too, if wanted."""
    size = OPENING_EVENTS + expected
    with database.reading() as connection:
        now = head(connection)
        events = read_events(connection, viewer=FULL_VIEWER)
        through = state(connection).projected_through
    assert size == now.size, f"the ledger has {now.size} events, expected {size}"
    assert list(range(1, size + 1)) == [event.position for event in events], "positions have a gap"
    root = merkle.extend(merkle.EMPTY_FRONTIER, [event.leaf for event in events]).root()
    assert root == now.root, "the leaves do not give the root"
    assert not projected or through == size, f"projected through {through}, expected {size}"
