"""The record as it would be: folded in memory and never written.

    replayed(ledger, through=p)         the first p events, position by position, as the runner does it
    Replay(ledger, …).steps()           the same, and what each event changed
    readable(ledger, …)                 a few subjects, from what the public could read by a day
    supposed(ledger, …)                 what would differ if something were retracted

The first two give a `Known` over rows in an SQLite database in memory, so that every question is put to it by the same statements as to
what is stored. It lasts as long as somebody holds it.

What could be read by a day is worked out for one prisoner, act, list or source at a time: it is another history of the whole record for
every day, and rows of all of them are nowhere kept. A source counts from the last day on which it may have become available.

Absent on purpose: a cache. Who asks for the same again has it computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from operator import itemgetter

from msgspec import Struct
from sqlalchemy import Connection, Engine, Table, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from events.dates import bounds_of_claim
from events.decoder import Event
from events.errors import RebuildStopped, TooMuchAsked
from events.kinds import Attribution, Position, Report, SubjectKey
from events.tables import METADATA
from projections.builds import FIRST_BUILD, State, known_at
from projections.context import ActFacts, GroupFacts, SourceFacts
from projections.evidence import available_of
from projections.feed import Feed, StoreFeed
from projections.findings import Finding, FindingKey
from projections.folding import Folding, TooWide
from projections.known import Known
from projections.reads import read_finding
from projections.rows import RowContext
from projections.rulebook import RULEBOOKS, rulebook
from projections.runner import SLICE_EVENTS, Rulebooks, catch_up
from projections.tables import (
    DETAILS,
    FOLD_QUEUE,
    FOLD_READS,
    NAMES,
    PROJECTED,
    PROJECTION_ACTIVATIONS,
    PROJECTION_BUILDS,
    SUBJECTS,
)

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


# ── Replaying ────────────────────────────────────────────────────────────────


class Step(Struct, frozen=True):
    """What one entry changed: each finding that is not what it was before it, and what it was and is; None where there is none. `about` are
    the subjects of the entry that are on public record."""

    event: Event
    about: tuple[SubjectKey, ...]
    changed: tuple[tuple[Finding | None, Finding | None], ...]


class Replay:
    """The first entries of a ledger, folded from nothing in memory, one after another as the runner does it. An entry that is not public is
    passed over, as the runner passes it over."""

    def __init__(self, ledger: Connection, *, through: Position, rulebooks: Rulebooks = RULEBOOKS) -> None:
        self._ledger = ledger
        self._through = through
        self._rulebooks = rulebooks
        self._memory = _Memory()
        self._feed = StoreFeed(ledger)

    def steps(self) -> Iterator[Step]:
        """Each entry and what it changed, as soon as it is folded; of many, a slice is folded at once. Raises RebuildStopped where a fold
        raises, behind the last entry before it."""
        for after, through in self.slices():
            yield from self._steps_between(after, through)

    def slices(self) -> Iterator[tuple[Position, Position]]:
        """The position before each slice and its last one, as soon as it is folded. Raises RebuildStopped as `steps` does."""
        after = Position(0)
        while after < self._through:
            done = self._fold_through(min(Position(after + SLICE_EVENTS), self._through))
            yield after, done.projected_through
            if done.stopped_reason is not None:
                raise RebuildStopped(
                    f"The fold of position {done.projected_through + 1} raises: {done.stopped_reason}. What comes behind it cannot be "
                    "replayed.",
                    position=done.projected_through + 1,
                    reason=done.stopped_reason,
                )
            after = done.projected_through

    @property
    def known(self) -> Known:
        """The rows as they are after the last step, for as long as the replay is held."""
        return Known(
            self._memory.connection,
            build=FIRST_BUILD,
            through=self._through,
            projected_through=self._through,
            ledger=self._ledger,
        )

    def _fold_through(self, position: Position) -> State:
        return catch_up(
            self._memory, feed_of=lambda _: self._feed, rulebooks=self._rulebooks, through=position
        )

    def _steps_between(self, after: Position, through: Position) -> Iterator[Step]:
        changed = self._changed(after, through)
        events = self._feed.between(after, through)
        public = self._feed.sorts({key for event in events for key in event.about})
        for event in events:
            about = tuple(key for key in event.about if key in public)
            yield Step(event, about, tuple(changed.get(event.position, ())))

    def _changed(
        self, after: Position, through: Position
    ) -> dict[Position, list[tuple[Finding | None, Finding | None]]]:
        """What began and what ended at each of these positions, put together by the finding's key."""
        met: dict[tuple[Position, FindingKey], list[Finding | None]] = {}
        for at, column in (("known_to", 0), ("known_from", 1)):
            for table in (DETAILS.now, DETAILS.hist):
                if at not in table.c:
                    continue
                wanted = select(table.c.finding, table.c[at]).where(
                    table.c[at] > after, table.c[at] <= through
                )
                for stored, position in self._memory.connection.execute(wanted):
                    found = read_finding(stored)
                    key = (found.about, found.facet, found.segment)
                    met.setdefault((Position(position), key), [None, None])[column] = found
        changed: dict[Position, list[tuple[Finding | None, Finding | None]]] = {}
        for (position, _), (before, now) in sorted(met.items(), key=itemgetter(0)):
            changed.setdefault(position, []).append((before, now))
        return changed


def replayed(ledger: Connection, *, through: Position, rulebooks: Rulebooks = RULEBOOKS) -> Known:
    """The rows as of a position, folded from nothing, event by event. Raises RebuildStopped where a fold raises."""
    replay = Replay(ledger, through=through, rulebooks=rulebooks)
    for _ in replay.slices():
        pass
    return replay.known


# ── What could be read ───────────────────────────────────────────────────────


class _ReadableFeed:
    """A feed without the reports of sources that could not be read, for certain, by a day."""

    def __init__(self, feed: Feed, context: RowContext, day: date) -> None:
        self._feed = feed
        self._context = context
        self._day = day
        self._known: dict[SubjectKey, bool] = {}
        self.size = feed.size
        self.sorts = feed.sorts
        self.rules_at = feed.rules_at

    def between(self, after: int, through: int) -> list[Event]:
        """The events after one position and through another."""
        return self._of(self._feed.between(after, through))

    def about(self, keys: Collection[SubjectKey], *, through: int, in_passing: bool) -> list[Event]:
        """The events about any of these subjects."""
        return self._of(self._feed.about(keys, through=through, in_passing=in_passing))

    def _of(self, events: Sequence[Event]) -> list[Event]:
        return [event for event in events if event.report is None or self._is_readable(event.report.source)]

    def _is_readable(self, source: SubjectKey) -> bool:
        if source not in self._known:
            latest = bounds_of_claim(available_of(source, self._context)).latest
            self._known[source] = latest is not None and latest <= self._day
        return self._known[source]


def readable(
    ledger: Connection,
    *,
    position: Position,
    day: date,
    subjects: Collection[SubjectKey],
    rulebooks: Rulebooks = RULEBOOKS,
    spend: Callable[[int], None] | None = None,
) -> Known:
    """These subjects, as known at a position, from the sources that the public could read by the end of a day. With an act come the groups
    under it and whoever is told of under it, with a source all that it tells of. `spend` is told how many they all are, and may refuse."""
    stored = known_at(ledger, position)
    context, feed = RowContext(stored), StoreFeed(ledger)
    keys = _with_theirs(feed, stored, context, subjects, position)
    if spend is not None:
        spend(len(keys))
    memory = _Memory()
    _copy_subjects(memory.connection, stored, _named_by(feed, context, keys, position) | keys)
    readable = _ReadableFeed(feed, context, day)
    folding = Folding(memory.connection, FIRST_BUILD, readable, through=position)
    folding.work_at(position)
    folding.know(keys)
    acts = {key for key in keys if isinstance(_facts(context, key), ActFacts)}
    folding.refresh(acts)
    folding.refresh(keys - acts)
    owners = {folding.owner(key) for key in keys}
    folding.fold(owners, rulebook(feed.rules_at(position), rulebooks=rulebooks))
    folding.write()
    return Known(
        memory.connection,
        build=FIRST_BUILD,
        through=position,
        projected_through=stored.projected_through,
        ledger=ledger,
    )


def _facts(context: RowContext, key: SubjectKey) -> object:
    row = context.peek(key)
    return row.facts if row is not None else None


def _with_theirs(
    feed: Feed, stored: Known, context: RowContext, subjects: Collection[SubjectKey], position: Position
) -> set[SubjectKey]:
    """The subjects whose findings are to be worked out, with the acts that theirs depend on."""
    keys = set(subjects)
    for key in subjects:
        facts = _facts(context, key)
        if isinstance(facts, ActFacts):
            keys |= {
                other
                for event in feed.about([key], through=position, in_passing=True)
                for other in event.about
            }
        elif isinstance(facts, GroupFacts) and facts.under is not None:
            keys.add(facts.under)
        elif isinstance(facts, SourceFacts):
            reports = stored.reports
            told = stored.connection.execute(
                select(reports.c.owner).where(reports.c.source == key).distinct()
            )
            keys |= {SubjectKey(owner) for owner in told.scalars()}
    told_of = feed.about(keys, through=position, in_passing=True)
    acts = {
        SubjectKey(act) for event in told_of if isinstance(act := getattr(event.content, "act", None), str)
    }
    return {key for key in keys | acts if context.peek(key) is not None}


def _named_by(
    feed: Feed, context: RowContext, keys: Collection[SubjectKey], position: Position
) -> set[SubjectKey]:
    """Whoever an answer about these subjects may name: sources with their originals, publishers, parties, proceedings."""
    named: set[SubjectKey] = set()
    for event in feed.about(keys, through=position, in_passing=True):
        named |= set(event.about)
        if isinstance(event.content, Report):
            links: tuple[object, ...] = event.content.attribution  # elements may be erased
            named |= {
                link.party for link in links if isinstance(link, Attribution) and link.party is not None
            }
            named.add(event.content.source)
    pending = named
    while pending:
        context.expect(pending)
        pending = {
            key
            for facts in (_facts(context, key) for key in pending)
            for name in ("original", "publisher", "defined_by", "part_of", "under")
            if (key := getattr(facts, name, None)) is not None
        } - named
        named |= pending
    return named


def _copy_subjects(memory: Connection, stored: Known, keys: Collection[SubjectKey]) -> None:
    for table in (SUBJECTS, NAMES):
        rows = stored.rows(table)
        found = stored.connection.execute(select(rows).where(rows.c.key.in_(sorted(keys)))).mappings()
        if copies := [{**row, "build": FIRST_BUILD, "known_from": 0} for row in found]:
            memory.execute(insert(table.now), copies)


# ── What would be ────────────────────────────────────────────────────────────


class _SupposedFeed:
    """A feed with one event more, behind its last."""

    def __init__(self, feed: Feed, event: Event) -> None:
        self._feed = feed
        self._event = event
        self.sorts = feed.sorts
        self.rules_at = feed.rules_at

    def size(self) -> Position:
        """One more."""
        return self._event.position

    def between(self, after: int, through: int) -> list[Event]:
        """The events after one position and through another."""
        found = self._feed.between(after, min(through, self._event.position - 1))
        return [*found, *([self._event] if after < self._event.position <= through else [])]

    def about(self, keys: Collection[SubjectKey], *, through: int, in_passing: bool) -> list[Event]:
        """The events about any of these subjects."""
        found = self._feed.about(keys, through=min(through, self._event.position - 1), in_passing=in_passing)
        is_met = through >= self._event.position and not set(keys).isdisjoint(self._event.about)
        return [*found, *([self._event] if is_met else [])]


def supposed(
    ledger: Connection, event: Event, *, owners_max: int, rulebooks: Rulebooks = RULEBOOKS
) -> dict[FindingKey, tuple[Finding | None, Finding | None]]:
    """The findings that would differ if an event came next, as they are and as they would be, by about, facet and segment. `event` stands
    behind the position as of which it is supposed. Raises TooMuchAsked where it touches more than so many subjects."""
    position = Position(event.position - 1)
    feed = _SupposedFeed(StoreFeed(ledger), event)
    stored = known_at(ledger, position)
    folding = Folding(ledger, stored.build, feed, through=event.position, known=stored)
    try:
        folding.step(event, rulebook(feed.rules_at(position), rulebooks=rulebooks), owners_max=owners_max)
    except TooWide:
        raise TooMuchAsked(
            f"More than {owners_max} subjects rest on it. Ask for less.", maximum=owners_max
        ) from None
    return folding.differing()
