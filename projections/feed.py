"""What the runner reads: the public events of a ledger, in order, or of what a ledger would be.

Absent on purpose: what is not public. Projected rows may be shown to everybody, so nothing else may enter them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from sqlalchemy import Connection

from events.decoder import Event
from events.kinds import Position, SubjectKey, SubjectSort
from events.store import (
    LEDGER_KEY,
    PUBLIC_VIEWER,
    StoredEvent,
    decoded,
    events_of_subjects,
    head,
    read_events,
    subjects,
)
from projections.rulebook import rules_in_force

KEYS_PER_STATEMENT = 5_000


class Feed(Protocol):
    """Public events, each decoded, in the order of their positions."""

    def size(self) -> Position:
        """How many events the ledger has, those that are not public included."""

    def between(self, after: int, through: int) -> list[Event]:
        """The events after one position and through another."""

    def about(self, keys: Collection[SubjectKey], *, through: int, in_passing: bool) -> list[Event]:
        """The events about any of these subjects; without those `in_passing` as `events.store.events_of_subjects` has it."""

    def sorts(self, keys: Collection[SubjectKey]) -> Mapping[SubjectKey, SubjectSort]:
        """The sorts of those of these subjects that are on public record."""

    def rules_at(self, position: int) -> str:
        """The version of the rules in force at a position, the one adopted there included."""


class StoreFeed:
    """The events of a stored ledger, in the transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decoded: dict[Position, Event] = {}

    def size(self) -> Position:
        """How many events the ledger has. Raises StoreUnready before it is opened."""
        return Position(head(self._connection).size)

    def between(self, after: int, through: int) -> list[Event]:
        """The public events after one position and through another."""
        return self._all(read_events(self._connection, viewer=PUBLIC_VIEWER, after=after, through=through))

    def about(self, keys: Collection[SubjectKey], *, through: int, in_passing: bool) -> list[Event]:
        """The public events about any of these subjects, each once."""
        found: dict[Position, StoredEvent] = {}
        for part in _parts(keys):
            stored = events_of_subjects(
                self._connection, part, viewer=PUBLIC_VIEWER, through=through, in_passing=in_passing
            )
            found |= {event.position: event for event in stored}
        return self._all(found[position] for position in sorted(found))

    def sorts(self, keys: Collection[SubjectKey]) -> Mapping[SubjectKey, SubjectSort]:
        """The sorts of those of these subjects that have a public stream."""
        sorts: dict[SubjectKey, SubjectSort] = {}
        for part in _parts(keys):
            known = subjects(self._connection, part, viewer=PUBLIC_VIEWER)
            sorts |= {key: subject.sort for key, subject in known.items()}
        return sorts

    def rules_at(self, position: int) -> str:
        """The version that the last `rules_adopted` through this position names."""
        return rules_in_force(self.about([LEDGER_KEY], through=position, in_passing=False))

    def _all(self, stored: Iterable[StoredEvent]) -> list[Event]:
        # The events of a slice are met twice: in the slice, and in the histories of their subjects.
        return [self._decoded.get(event.position) or self._decode(event) for event in stored]

    def _decode(self, stored: StoredEvent) -> Event:
        event = self._decoded[stored.position] = decoded(stored)
        return event


def _parts(keys: Collection[SubjectKey]) -> Iterator[list[SubjectKey]]:
    """A source that falls may have more dependents than one statement of PostgreSQL takes parameters."""
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        yield wanted[start : start + KEYS_PER_STATEMENT]
