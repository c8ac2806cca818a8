"""Reading the whole ledger, decoded and folded, with and without its hashes checked, against the same contents held in memory."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence

import msgspec
from sqlalchemy import Connection

from app.database import Database
from bench.bodies import Population
from bench.folding import fold
from bench.ledger import OPENING_EVENTS, recorded
from bench.measure import Line, Timed, by_turns, rates, seconds_of
from bench.stores import Store
from events import merkle
from events.decoder import Event
from events.envelope import body_of, envelope_of, unit_digests
from events.store import FULL_VIEWER, StoredEvent, decoded, head, read_events
from projections.findings import Finding

PAGE_EVENTS = 1000
GOALS = {"sqlite": "≥ 0.6", "postgresql": "≥ 0.4"}

Check = Callable[[StoredEvent, str], object]
"""Raises if an event of the ledger with that id is not what was hashed."""


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """Four lines; `events` in the ledger, half of them openings of subjects, half of them releases."""
    population = Population(events // 2)
    requests = [*population.openings(), *population.releases(events // 2)]
    database = recorded(store, requests, projected=False)
    size = OPENING_EVENTS + len(requests)
    with database.reading() as connection:
        kept = read_events(connection, viewer=FULL_VIEWER)
    assert size == len(kept), f"{len(kept)} events, expected {size}"
    findings = fold(map(decoded, kept))
    assert len(findings) >= len(population.people), (
        f"{len(findings)} findings of {len(population.people)} people"
    )

    def folded(events: Callable[[], Sequence[Event]]) -> Timed:
        return lambda: seconds_of(lambda: _expect(fold(events()), findings))

    contenders = (
        lambda: seconds_of(lambda: [decoded(stored) for stored in kept]),
        folded(lambda: [decoded(stored) for stored in kept]),
        lambda: seconds_of(lambda: _expect_count(replay(database), size)),
        folded(lambda: replay(database)),
        folded(lambda: replay_checked(database, check_leaf)),
        folded(lambda: replay_checked(database, check_units)),
    )
    decoding, folding, plain, whole, leaves, units = by_turns(rounds, lambda: contenders)

    def line(what: str, ours: Sequence[float], memory: Sequence[float], goal: str = "") -> Line:
        return rates(what, ours, memory, events=size, against="in memory", goal=goal)

    yield line("replay, decoded", plain, decoding)
    yield line("replay, decoded and folded", whole, folding, GOALS[store.name])
    yield line("  the same, every leaf and the root checked", leaves, folding)
    yield line("  the same, every unit checked too", units, folding)


def replay(database: Database) -> list[Event]:
    """Every event, decoded, read page by page in one snapshot."""
    with database.reading() as connection:
        return [decoded(stored) for stored in _pages(connection)]


def replay_checked(database: Database, check: Check) -> list[Event]:
    """The same, with each event checked, and the root of all of them against the head's."""
    events, leaves = [], []
    with database.reading() as connection:
        now = head(connection)
        for stored in _pages(connection):
            check(stored, now.ledger)
            leaves.append(stored.leaf)
            events.append(decoded(stored))
    assert merkle.extend(merkle.EMPTY_FRONTIER, leaves).root() == now.root, "the leaves do not give the root"
    return events


def check_leaf(stored: StoredEvent, ledger: str) -> None:
    """That the leaf hash is the envelope's."""
    envelope = envelope_of(
        ledger=ledger,
        event_id=stored.event_id,
        recorded_at=stored.recorded_at,
        body=b64encode(stored.body).decode("ascii"),
    )
    assert merkle.leaf_hash(envelope) == stored.leaf, f"{stored.position}: not the envelope that was hashed"


def check_units(stored: StoredEvent, ledger: str) -> None:
    """The same, and that the envelope's body commits to the content as it stands."""
    check_leaf(stored, ledger)
    content = msgspec.json.decode(stored.content, type=dict[str, object])
    body = body_of(unit_digests(content, stored.salts, stored.erased).values())
    assert body == b64encode(stored.body).decode("ascii"), (
        f"{stored.position}: not the content that was hashed"
    )


def _pages(connection: Connection) -> Iterator[StoredEvent]:
    after = 0
    while page := read_events(connection, viewer=FULL_VIEWER, after=after, limit=PAGE_EVENTS):
        yield from page
        after = page[-1].position


def _expect(findings: Sequence[Finding], expected: Sequence[Finding]) -> None:
    assert expected == findings, "the replay folds to other findings"


def _expect_count(events: Sequence[Event], expected: int) -> None:
    assert expected == len(events), f"{len(events)} events, expected {expected}"
