"""The runner: the only writer of projected rows.

    project_inline      in the append's own transaction, if the projections stand just before it and few subjects are touched
    catch_up            whatever is left, in slices, each published in one transaction
    rebuild             everything anew beside what is served, and then the flip of a pointer

A slice is a run of positions. One position that touches very many (a source of fifty thousand reports falls, other rules are adopted) is
worked in by slices of owners instead: what is to be folded waits in a queue, and until the queue is empty readers read as of the position
before (`builds.State.is_between`), so that every finding moves at once. No append waits for a fold that was too wide or that raised.

A crash at any point leaves a build where its last slice left it, and what is served stays served. Nothing is dropped first: a rebuild
writes rows of a build of its own, compares them with those that are served, and under the head lock works in the last few events and has
answers read from the new build. The old one is kept, until the next.

Absent on purpose: clock and rules. What follows from the events is decided in the rulebooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError

from events.errors import LedgerError, NoBuildKept, RebuildStopped
from events.kinds import Position, RulesAdopted, SubjectKey
from events.store import hold_head
from projections.builds import (
    State,
    activate,
    claimed_state,
    held,
    held_if_free,
    kept,
    next_build,
    set_state,
    state,
)
from projections.comparing import Compared, Difference, compared, digest
from projections.feed import Feed, StoreFeed
from projections.folding import Folding, FoldRaised, TooWide
from projections.known import Known
from projections.rulebook import RULEBOOKS, Rulebook, rulebook
from projections.tables import (
    FOLD_QUEUE,
    FOLD_READS,
    PROJECTED,
    PROJECTION_BUILDS,
)

INLINE_OWNERS_MAX = 500
SLICE_EVENTS = 200
SLICE_OWNERS = 50
FLIP_EVENTS = 200
ROWS_PER_DELETION = 2_000
# The facts of all that is queued come before the first fold, so that each fold meets facts that no longer change.
FOLDING_RANKS = 100

FeedOf = Callable[[Connection], Feed]
Rulebooks = Mapping[str, Rulebook]


class Transactions(Protocol):
    """Where the runner gets its transactions."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One writing transaction, committed on leaving."""

    def reading(self) -> AbstractContextManager[Connection]:
        """One reading transaction."""


# ── Inline ───────────────────────────────────────────────────────────────────


def project_inline(
    connection: Connection, first: Position, last: Position, *, rulebooks: Rulebooks = RULEBOOKS
) -> None:
    """Works in the events `first` to `last` of this transaction, if the projections stand just before them and each touches few subjects;
    else leaves them to `catch_up`. A fold that raises is the caller's to roll back to the savepoint."""
    now = held_if_free(connection)
    if now is None or now.projected_through != first - 1 or now.is_between:
        return
    feed = StoreFeed(connection)
    folding = Folding(connection, now.build, feed, through=last)
    try:
        _step_through(folding, feed, now, last, rulebooks)
    except TooWide:
        return
    folding.write()
    set_state(connection, State(build=now.build, projected_through=last))


def _step_through(folding: Folding, feed: Feed, now: State, last: Position, rulebooks: Rulebooks) -> None:
    events = feed.between(now.projected_through, last)
    folding.expect(events)
    book = rulebook(feed.rules_at(now.projected_through), rulebooks=rulebooks)
    for event in events:
        if isinstance(event.content, RulesAdopted):
            book = rulebook(event.content.rules, rulebooks=rulebooks)
        folding.step(event, book, owners_max=INLINE_OWNERS_MAX)


# ── Catching up ──────────────────────────────────────────────────────────────


def catch_up(
    transactions: Transactions,
    *,
    build: int | None = None,
    feed_of: FeedOf = StoreFeed,
    rulebooks: Rulebooks = RULEBOOKS,
    through: Position | None = None,
) -> State:
    """Works in everything up to the head, or up to a position, slice by slice; of the active build where none is named.

    A fold that raises stops it there, with position and reason in the state that is returned and kept; the rows of before go on serving.
    """
    worker = _Worker(build, feed_of, rulebooks, through)
    while True:
        try:
            with transactions.writing() as connection:
                if (done := worker.advance(connection)) is not None:
                    return done
        except (InterfaceError, OperationalError):
            raise  # the database's trouble, and no fold's
        except FoldRaised as raised:
            if (stopped := worker.stop(transactions, raised)) is not None:
                return stopped
        except Exception as broken:  # noqa: BLE001  # recording never depends on a fold, whatever it raises
            if worker.narrowed():
                continue
            with transactions.writing() as connection:
                now = held(connection, worker.build)
                stopped = msgspec.structs.replace(now, stopped_reason=f"{type(broken).__name__}: {broken}")
                set_state(connection, stopped)
            return stopped


class _Worker:
    """One catching up of one build."""

    def __init__(
        self, build: int | None, feed_of: FeedOf, rulebooks: Rulebooks, through: Position | None
    ) -> None:
        # The one that is worked on, which another may have taken the place of since.
        self.build = build
        self._active = build is None
        self._feed_of = feed_of
        self._rulebooks = rulebooks
        self._goal = through
        self._limit: Position | None = None
        self._slice_events = SLICE_EVENTS

    def narrowed(self) -> bool:
        """Goes on event by event, so that what raises for whatever reason stops at its own position; False where it does so already."""
        is_wide = self._slice_events > 1
        self._slice_events = 1
        return is_wide

    def advance(self, connection: Connection) -> State | None:
        """Works in one slice; the state where nothing was left to do."""
        now = held(connection, None if self._active else self.build)
        self.build = now.build
        feed = self._feed_of(connection)
        if now.is_between:
            self._advance_within(connection, feed, now)
            return None
        end = min(feed.size(), now.projected_through + self._slice_events, *self._bounds())
        if now.projected_through >= end:
            done = msgspec.structs.replace(now, stopped_reason=None)
            set_state(connection, done)
            return done
        folding = Folding(connection, now.build, feed, through=Position(end))
        try:
            _step_through(folding, feed, now, Position(end), self._rulebooks)
        except TooWide as wide:
            end = wide.at - 1
            if end == now.projected_through:
                self._begin_within(connection, feed, now, wide.at)
                return None
        folding.write()
        set_state(connection, State(build=now.build, projected_through=Position(end)))
        self._limit = None
        return None

    def stop(self, transactions: Transactions, raised: FoldRaised) -> State | None:
        """Notes that the fold at a position raised, once everything before it is worked in; None where that is still to be done."""
        with transactions.writing() as connection:
            now = held(connection, self.build)
            if now.projected_through < raised.at - 1 and not now.is_between:
                self._limit = Position(raised.at - 1)
                return None
            stopped = msgspec.structs.replace(now, stopped_reason=str(raised))
            set_state(connection, stopped)
            return stopped

    def _bounds(self) -> Iterator[Position]:
        yield from (bound for bound in (self._goal, self._limit) if bound is not None)

    # One position, owner by owner.

    def _begin_within(self, connection: Connection, feed: Feed, now: State, at: Position) -> None:
        """Queues what an event touches. A queue that a crash left is taken up where it was."""
        _empty_queue(connection, now.build)
        folding = Folding(connection, now.build, feed, through=at)
        folding.work_at(at)
        for event in feed.between(at - 1, at):
            _enqueue(connection, now.build, ((folding.rank_of(key), key) for key in folding.touched(event)))
        set_state(connection, msgspec.structs.replace(now, writing_through=at))

    def _advance_within(self, connection: Connection, feed: Feed, now: State) -> None:
        at = now.writing_through
        items = connection.execute(_NEXT, {"build": now.build, "size": SLICE_OWNERS}).all()
        if not items:
            _empty_queue(connection, now.build)
            set_state(connection, State(build=now.build, projected_through=at))
            return
        rank = items[0].rank
        keys = {
            SubjectKey(item.key) for item in items if (item.rank < FOLDING_RANKS) == (rank < FOLDING_RANKS)
        }
        folding = Folding(connection, now.build, feed, through=at)
        folding.work_at(at)
        folding.know(keys)
        try:
            if rank < FOLDING_RANKS:
                self._refresh(connection, folding, now.build, keys)
            else:
                folding.fold(keys, rulebook(feed.rules_at(at), rulebooks=self._rulebooks))
        except Exception as broken:  # a fold may raise anything
            raise FoldRaised(at, broken) from broken
        folding.write()
        connection.execute(
            _DONE,
            [
                {"of_build": now.build, "of_rank": item.rank, "of_key": item.key}
                for item in items
                if item.key in keys
            ],
        )

    def _refresh(self, connection: Connection, folding: Folding, build: int, keys: set[SubjectKey]) -> None:
        readers = folding.readers(folding.refresh(keys))
        owners = {folding.owner(key) for key in keys}
        folding.know(readers | owners)
        _enqueue(connection, build, ((folding.rank_of(key), key) for key in readers))
        _enqueue(connection, build, ((FOLDING_RANKS + folding.rank_of(key), key) for key in owners))


def _enqueue(connection: Connection, build: int, items: Iterable[tuple[int, SubjectKey]]) -> None:
    rows = [{"build": build, "rank": rank, "key": key, "done": 0} for rank, key in sorted(set(items))]
    if rows:
        new = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
        connection.execute(new(FOLD_QUEUE).on_conflict_do_nothing(), rows)


def _empty_queue(connection: Connection, build: int) -> None:
    connection.execute(delete(FOLD_QUEUE).where(FOLD_QUEUE.c.build == build))


_NEXT = (
    select(FOLD_QUEUE.c.rank, FOLD_QUEUE.c.key)
    .where(FOLD_QUEUE.c.build == bindparam("build"), FOLD_QUEUE.c.done == 0)
    .order_by(FOLD_QUEUE.c.rank, FOLD_QUEUE.c.key)
    .limit(bindparam("size", type_=FOLD_QUEUE.c.rank.type))
)
_DONE = (
    update(FOLD_QUEUE)
    .where(
        FOLD_QUEUE.c.build == bindparam("of_build"),
        FOLD_QUEUE.c.rank == bindparam("of_rank"),
        FOLD_QUEUE.c.key == bindparam("of_key"),
    )
    .values(done=1)
)


# ── Rebuilding ───────────────────────────────────────────────────────────────


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """A finished rebuild: which build answers are read from now, through which position it was compared with the one before, how many rows
    the two share, how many they don't, and the first of these (`one` is what was served before, `other` what is served now)."""

    build: int
    compared_at: Position
    same: int
    differing: int
    first: Difference | None
    digest: str


def rebuild(
    transactions: Transactions, *, feed_of: FeedOf = StoreFeed, rulebooks: Rulebooks = RULEBOOKS
) -> Rebuilt:
    """Builds all rows anew from the events while the old ones serve, and has answers read from them; the old build is kept until the next
    rebuild. The caller sees to it that no other rebuild runs. Raises RebuildStopped where a fold raises; then everything stays as it was.
    """
    drop_unused(transactions)
    with transactions.writing() as connection:
        before, build = claimed_state(connection).build, next_build(connection)
        set_state(connection, State(build=build))
    try:
        at, found = _built(transactions, before, build, feed_of, rulebooks)
    except RebuildStopped:
        drop_unused(transactions)
        raise
    drop_unused(transactions)
    with transactions.reading() as connection:
        return Rebuilt(
            build=build,
            compared_at=at,
            same=found.same,
            differing=found.differing,
            first=found.first,
            digest=digest(connection, build),
        )


def _built(
    transactions: Transactions, before: int, build: int, feed_of: FeedOf, rulebooks: Rulebooks
) -> tuple[Position, Compared]:
    """Works everything into a build, compares it with the one that is served, and has it served."""
    through = _caught_up(transactions, build, feed_of, rulebooks)
    with transactions.reading() as connection:
        served = claimed_state(connection)
        at = min(through, served.projected_through)
        reach = max(served.projected_through, served.writing_through)
        found = compared(
            Known(connection, build=before, projected_through=reach),
            Known(connection, build=build),
            through=at,
        )
    _flip(transactions, build, feed_of, rulebooks)
    return at, found


def go_back(
    transactions: Transactions, *, feed_of: FeedOf = StoreFeed, rulebooks: Rulebooks = RULEBOOKS
) -> State:
    """Has answers read from the build that was kept, once what came since is worked into it; the one that is served now is kept in its
    place. The caller sees to it that no rebuild runs. Raises NoBuildKept, or RebuildStopped where a fold raises; then everything stays as
    it was."""
    with transactions.reading() as connection:
        build = kept(connection)
    if build is None:
        raise NoBuildKept(
            "No earlier build of the projections is kept. Run `custody rebuild` to build them anew."
        )
    _caught_up(transactions, build, feed_of, rulebooks)
    _flip(transactions, build, feed_of, rulebooks)
    with transactions.reading() as connection:
        return state(connection)


def _caught_up(transactions: Transactions, build: int, feed_of: FeedOf, rulebooks: Rulebooks) -> Position:
    done = catch_up(transactions, build=build, feed_of=feed_of, rulebooks=rulebooks)
    if done.stopped_reason is not None:
        raise RebuildStopped(
            f"The rebuild stopped before position {done.projected_through + 1}: {done.stopped_reason}. "
            "What was projected before is still served, and recording goes on.",
            position=done.projected_through + 1,
            reason=done.stopped_reason,
        )
    return done.projected_through


def _flip(transactions: Transactions, build: int, feed_of: FeedOf, rulebooks: Rulebooks) -> None:
    while not _flipped(transactions, build, feed_of, rulebooks):
        _caught_up(transactions, build, feed_of, rulebooks)


def _flipped(transactions: Transactions, build: int, feed_of: FeedOf, rulebooks: Rulebooks) -> bool:
    """Under the head lock works in the last few events and activates the build; False where that has to be done without the lock first:
    there are too many, one touches too much, or a fold raises."""
    with transactions.writing() as connection:
        # Before the build, as an append takes them.
        hold_head(connection)
        now, feed = held(connection, build), feed_of(connection)
        size = feed.size()
        if now.is_between or size - now.projected_through > FLIP_EVENTS:
            return False
        if size > now.projected_through:
            folding = Folding(connection, build, feed, through=size)
            try:
                _step_through(folding, feed, now, size, rulebooks)
            except (TooWide, FoldRaised, LedgerError):
                return False
            folding.write()
            set_state(connection, State(build=build, projected_through=size))
        activate(connection, build, size)
        return True


def drop_unused(transactions: Transactions) -> None:
    """Deletes, a few rows at a time, every build but the active one and the one that is kept. What a rebuild that died has left goes with
    them."""
    with transactions.reading() as connection:
        wanted = {claimed_state(connection).build, kept(connection)}
        builds = connection.execute(select(PROJECTION_BUILDS.c.build)).scalars().all()
    for build in sorted(set(builds) - wanted):
        # Its state goes last: as long as that is there, the next one finds what is left of the rows.
        for table in (*PROJECTED, FOLD_READS, FOLD_QUEUE, PROJECTION_BUILDS):
            while _dropped_some(transactions, table, build):
                pass


def _dropped_some(transactions: Transactions, table: Table, build: int) -> bool:
    key = [table.c[column.name] for column in table.primary_key.columns]
    some = select(*key).where(table.c.build == build).limit(ROWS_PER_DELETION)
    with transactions.writing() as connection:
        return connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount == ROWS_PER_DELETION
