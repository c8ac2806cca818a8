"""The record as it would be: folded in memory, from nothing, and never written.

    replayed(ledger, through=p)        the first p events, position by position, as the runner does it

Each gives a `Known` over rows in an SQLite database in memory, so that every question is put to it by the same statements as to what is
stored. It lasts as long as somebody holds it.

Absent on purpose: a cache. Who asks for the same again has it computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table, create_engine
from sqlalchemy.pool import StaticPool

from events.kinds import Position
from events.tables import METADATA
from projections.builds import FIRST_BUILD
from projections.feed import StoreFeed
from projections.known import Known
from projections.rulebook import RULEBOOKS, Rulebook
from projections.runner import catch_up
from projections.tables import FOLD_QUEUE, FOLD_READS, PROJECTED, PROJECTION_ACTIVATIONS, PROJECTION_BUILDS

_TABLES: tuple[Table, ...] = (PROJECTION_BUILDS, PROJECTION_ACTIVATIONS, FOLD_QUEUE, FOLD_READS, *PROJECTED)


class _Memory:
    """Transactions of a database in memory; they need no commit, being the only ones."""

    def __init__(self) -> None:
        self.engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
        self.connection = self.engine.connect()
        METADATA.create_all(self.connection, list(_TABLES))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one connection."""
        yield self.connection

    reading = writing


def replayed(
    ledger: Connection, *, through: Position, rulebooks: Mapping[str, Rulebook] = RULEBOOKS
) -> Known:
    """The rows as of a position, folded from nothing, event by event. Raises FoldStopped where a fold raises."""
    memory, feed = _Memory(), StoreFeed(ledger)
    done = catch_up(memory, feed_of=lambda _: feed, rulebooks=rulebooks, through=through)
    if done.stopped_reason is not None:
        raise RuntimeError(done.stopped_reason)
    return Known(
        memory.connection, build=FIRST_BUILD, through=through, projected_through=through, ledger=ledger
    )
