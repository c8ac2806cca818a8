"""Which commands of a group the ledger admits, and their events in final bytes: positions, versions, `prev`. Pure.

It is given what the store read under the head lock (`Ground`) and gives what the store is to insert (`Numbered`). Commands are taken in
order, and a later one sees the events of those before it; one that is refused leaves no trace, and its neighbours do not notice (I-4).
Positions follow the head without a gap (I-1). A retried group is numbered anew on new ground.

Absent on purpose: SQL, locks and the clock; `recorded_at` is handed in (I-5).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, field

from events.commands import Command, Item, Outcome, PlannedEvent, Receipt, Recorded, Replan
from events.envelope import Sealed, instant_text
from events.errors import (
    AppendRefused,
    KeyErased,
    KeyTaken,
    SortMismatch,
    SubjectKeyTaken,
    SubjectNotFound,
    VersionStale,
)
from events.kinds import EventId, Position, StreamId, SubjectKey, SubjectSort
from events.merkle import Hash

ItemName = tuple[str, str, str]
"""Actor, set and key: under what an item is known (I-3)."""

StreamName = tuple[str, str]
"""Subject key and visibility: what a stream is found by."""


class Tip(Struct):
    """The last version of a stream, and its event's leaf hash."""

    stream_id: StreamId
    version: int
    leaf: Hash


class Ground(Struct, kw_only=True):
    """The ledger as it stands under the lock, as far as a group of commands touches it; numbering moves it on."""

    ledger: str
    size: int
    known: dict[ItemName, bytes | None]
    sorts: dict[SubjectKey, SubjectSort]
    tips: dict[StreamName, Tip]


class Numbered(Struct, kw_only=True):
    """An outcome for each command, in order, and the rows of the admitted ones, as tuples in the order of the tables' columns."""

    outcomes: list[Outcome] = field(default_factory=list)
    leaves: list[Hash] = field(default_factory=list)
    events: list[tuple[object, ...]] = field(default_factory=list)
    contents: list[tuple[object, ...]] = field(default_factory=list)
    subjects: list[tuple[object, ...]] = field(default_factory=list)
    streams: list[tuple[object, ...]] = field(default_factory=list)
    event_streams: list[tuple[object, ...]] = field(default_factory=list)
    idempotency: list[tuple[object, ...]] = field(default_factory=list)


def number(commands: Sequence[Command], ground: Ground, *, recorded_at: datetime) -> Numbered:
    """Admits or refuses each command and numbers the events of those admitted."""
    numbering = _Numbering(ground, recorded_at)
    for command in commands:
        numbering.take(command)
    return numbering.numbered


class _Numbering:
    def __init__(self, ground: Ground, recorded_at: datetime) -> None:
        self._ground = ground
        self._recorded_at = recorded_at
        self._instant = instant_text(recorded_at)
        self._next = ground.size + 1
        self.numbered = Numbered()

    def take(self, command: Command) -> None:
        try:
            outcome: Outcome = check(command, self._ground) or self._admit(command)
        except AppendRefused as refusal:
            outcome = refusal
        self.numbered.outcomes.append(outcome)

    def _admit(self, command: Command) -> Recorded:
        receipts = tuple(self._admit_item(command, item) for item in command.items)
        return Recorded(receipts=receipts, position=receipts[-1].last_position, recorded_at=self._recorded_at)

    def _admit_item(self, command: Command, item: Item) -> Receipt:
        first = self._next
        for event in item.events:
            self._admit_event(event)
        last = self._next - 1
        self._ground.known[command.actor, command.set_name, item.key] = item.request_digest
        self.numbered.idempotency.append(
            (command.actor, command.set_name, item.key, item.request_digest, first, last)
        )
        return Receipt(
            key=item.key,
            first_position=Position(first),
            last_position=Position(last),
            event_ids=tuple(EventId(event.draft.event_id) for event in item.events),
            known=False,
            request_digest=item.request_digest,
        )

    def _admit_event(self, event: PlannedEvent) -> None:
        position, self._next = self._next, self._next + 1
        if event.opens is not None:
            self._open(event, position)
        tips = [self._ground.tips[key, event.draft.visibility] for key in event.subjects]
        sealed = event.draft.seal(
            [_next_place(tip) for tip in tips], ledger=self._ground.ledger, recorded_at=self._recorded_at
        )
        for ordinal, tip in enumerate(tips):
            tip.version += 1
            tip.leaf = sealed.leaf
            self.numbered.event_streams.append((tip.stream_id, tip.version, position, ordinal))
        self._keep(event, sealed, position=position)

    def _open(self, event: PlannedEvent, position: int) -> None:
        opening = event.opens
        assert opening is not None
        key, sort = opening.subject.key, opening.subject.sort
        if opening.new_subject:
            self._ground.sorts[key] = sort
            self.numbered.subjects.append((key, sort.value, position))
        self._ground.tips[key, event.draft.visibility] = Tip(opening.stream_id, 0, Hash(b""))
        self.numbered.streams.append((opening.stream_id, key, event.draft.visibility, position))

    def _keep(self, event: PlannedEvent, sealed: Sealed, *, position: int) -> None:
        draft = event.draft
        body = b64decode(sealed.body)
        self.numbered.leaves.append(sealed.leaf)
        self.numbered.events.append(
            (position, draft.event_id, draft.kind, draft.visibility, self._instant, body, sealed.leaf)
        )
        self.numbered.contents.append((position, sealed.content, sealed.salts))


def _next_place(tip: Tip) -> dict[str, object]:
    """The place after a tip, as the content states it; version 1 has no `prev`."""
    place: dict[str, object] = {"id": tip.stream_id, "version": tip.version + 1}
    if tip.version:
        place["prev"] = b64encode(tip.leaf).decode("ascii")
    return place


# --- what is admitted ---------------------------------------------------------------------------------------


class _Opened(Struct):
    """What the events before one in its own command open."""

    streams: set[StreamName] = field(default_factory=set)
    sorts: dict[SubjectKey, SubjectSort] = field(default_factory=dict)


def check(command: Command, ground: Ground) -> Replan | None:
    """None if the ledger as it stands admits the command, a Replan if it should be planned anew. Else raises AppendRefused."""
    if known := tuple(item.key for item in command.items if _is_known(command, item, ground)):
        return Replan(known_keys=known)
    opened = _Opened()
    raced: list[SubjectKey] = []
    for item in command.items:
        for event in item.events:
            _check_versions(event, ground)
            if event.opens is None:
                _check_subjects(event, ground, opened)
            elif not _check_opening(event, ground, opened):
                raced.append(event.opens.subject.key)
    return Replan(opened=tuple(raced)) if raced else None


def _is_known(command: Command, item: Item, ground: Ground) -> bool:
    """Whether the same request stands under the key already. Raises KeyErased or KeyTaken."""
    name = (command.actor, command.set_name, item.key)
    if name not in ground.known:
        return False
    refuse_other_request(item.key, ground.known[name], item.request_digest, set_name=command.set_name)
    return True


def refuse_other_request(key: str, recorded: bytes | None, requested: bytes, *, set_name: str) -> None:
    """Returns if both digests are of the same request. Raises KeyErased where the recorded one is gone, else KeyTaken."""
    if recorded is None:
        raise KeyErased(
            f"{key} of {set_name}: what was recorded under this key has been erased since. Use another key.",
            key=key,
            set_name=set_name,
        )
    if recorded != requested:
        raise KeyTaken(
            f"{key} of {set_name} was recorded with other content. Leave it as it was, and state the change under a key of "
            "its own with report_corrected.",
            key=key,
            set_name=set_name,
        )


def _check_versions(event: PlannedEvent, ground: Ground) -> None:
    for key, expected in event.expected_versions.items():
        tip = ground.tips.get((key, event.draft.visibility))
        actual = tip.version if tip is not None else 0
        if actual != expected:
            raise VersionStale(
                f"{key} stands at version {actual}, expected {expected}. Read what was recorded since, then decide again.",
                subject=key,
                expected=expected,
                actual=actual,
            )


def _check_subjects(event: PlannedEvent, ground: Ground, opened: _Opened) -> None:
    for key in event.subjects:
        name = (key, event.draft.visibility)
        if name not in ground.tips and name not in opened.streams:
            raise SubjectNotFound(
                f"There is no subject {key} with a {event.draft.visibility} stream. Open it first, or correct the key.",
                subject=key,
                visibility=event.draft.visibility,
            )


def _check_opening(event: PlannedEvent, ground: Ground, opened: _Opened) -> bool:
    """Whether the stream can be opened; if not, somebody opened the very stream meanwhile. Raises AppendRefused."""
    opening = event.opens
    assert opening is not None
    key, sort = opening.subject.key, opening.subject.sort
    standing = ground.sorts.get(key) or opened.sorts.get(key)
    if opening.new_subject and standing is not None:
        raise SubjectKeyTaken(
            f"The key {key} is taken by a subject of the sort {standing}. Choose another, or refer to that one.",
            subject=key,
        )
    if not opening.new_subject and standing is None:
        raise SubjectNotFound(f"There is no subject {key} to open a further stream of.", subject=key)
    if not opening.new_subject and standing is not sort:
        raise SortMismatch(
            f"{key} is of the sort {standing}, expected {sort}. Correct the key or the sort.",
            subject=key,
            expected=sort,
            actual=standing,
        )
    name = (key, event.draft.visibility)
    if name in opened.streams:
        raise SubjectKeyTaken(f"{key} is opened twice in one command.", subject=key)
    opened.streams.add(name)
    opened.sorts[key] = sort
    return name not in ground.tips
