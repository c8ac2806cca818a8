"""What a caller asks the ledger to append, and what it answers: the words between planning, the store and the writer.

A command is stored whole or not at all (I-2). It holds items; an item is what one idempotency key stands for (I-3), and gives one event or
several. All that can be done before the head lock is done when a command is made: contents are validated, salted and digested
(`events.envelope.Draft`). Under the lock it is only numbered and sealed (`events/numbering.py`).

Absent on purpose: how a report becomes a command (`app/recording.py`), and anything that knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from events.envelope import Draft
from events.errors import AppendRefused
from events.kinds import ActorId, EventId, Position, StreamId, Subject, SubjectKey

OPENING_KINDS = frozenset({"subject_opened", "ledger_opened"})
STREAMS_MAX = 16


class Opening(Struct, frozen=True, kw_only=True):
    """That an event is version 1 of a new stream with this id, drawn by the planner.

    `new_subject` says whether the subject itself is new, or gets its stream of a further visibility.
    """

    subject: Subject
    stream_id: StreamId
    new_subject: bool = True


class PlannedEvent(Struct, frozen=True, kw_only=True):
    """A drafted event and the subjects it is about, the primary first: it enters each one's stream of the draft's visibility.

    `expected_versions`: how far a stream had come when the caller looked, 0 for one that was not there. It is compared with the stream
    as it stands before this command: a command does not make itself stale.
    """

    draft: Draft
    subjects: tuple[SubjectKey, ...]
    opens: Opening | None = None
    expected_versions: Mapping[SubjectKey, int] = {}

    def __post_init__(self) -> None:
        assert 1 <= len(self.subjects) == len(set(self.subjects)) <= STREAMS_MAX, (
            "1 to 16 subjects, each once"
        )
        assert self.draft.stream_count == len(self.subjects), (
            "the draft has salts for another number of streams"
        )
        assert (self.opens is not None) == (self.draft.kind in OPENING_KINDS), "version 1 is an opening"
        assert self.opens is None or self.subjects == (self.opens.subject.key,), (
            "an opening is about its subject"
        )


class Item(Struct, frozen=True, kw_only=True):
    """What one key of the client stands for. `request_digest`: SHA-256 of the canonical request (32 bytes)."""

    key: str
    request_digest: bytes
    events: tuple[PlannedEvent, ...]

    def __post_init__(self) -> None:
        assert self.events, "an item without an event"


class Command(Struct, frozen=True, kw_only=True):
    """Items of one actor and one set, believed new by whoever planned them, to be stored whole or not at all."""

    actor: ActorId
    set_name: str
    items: tuple[Item, ...]

    def __post_init__(self) -> None:
        assert self.items, "a command without an item"
        assert len({item.key for item in self.items}) == len(self.items), "a key stands for one item"

    @property
    def event_count(self) -> int:
        """How many events it would append."""
        return sum(len(item.events) for item in self.items)


class Receipt(Struct, frozen=True, kw_only=True):
    """What stands under a key: its events, in their order. `known`: they were there before. The digest is absent once erased."""

    key: str
    first_position: Position
    last_position: Position
    event_ids: tuple[EventId, ...]
    known: bool
    request_digest: bytes | None


class Recorded(Struct, frozen=True, kw_only=True):
    """The command is in the ledger: a receipt for each of its items, the position of its last event, and when that was."""

    receipts: tuple[Receipt, ...]
    position: Position
    recorded_at: datetime


class Replan(Struct, frozen=True, kw_only=True):
    """Somebody else was first, with the same request or the same stream: read again and plan again. Nothing was stored.

    `known_keys`: keys of the command that are recorded now; `opened`: subjects whose stream exists now.
    """

    known_keys: tuple[str, ...] = ()
    opened: tuple[SubjectKey, ...] = ()


Outcome = Recorded | Replan | AppendRefused
