"""The ledger in its database: appending under the head lock, and the one read door.

    append          numbers a group of commands and stores what is admitted, in the caller's transaction (I-1 to I-5)
    read_…          events, through a `Viewer`: what it may not see is not there, and the SQL says so
    LogReader       hashes for the tree, which betray nothing and need no viewer

Every function works inside a transaction of its caller; nothing here begins or commits one (`app/database.py` does). An append locks the
one row of `ledger_head` first and reads everything else after, so two of them never number the same position, in one process or in
several. The statements of an append run on the driver's own cursor, in as few round trips as the store allows; all else is Core.

Absent on purpose: the meaning of a content, rules of projection, retries (`app/writer.py`), and any UPDATE of an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, pairwise
from operator import attrgetter
from typing import Any, Protocol, cast

import msgspec
from msgspec import Struct
from sqlalchemy import BindParameter, Connection, Row, Select, and_, bindparam, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from events import merkle
from events.commands import Command, Item, Opening, Outcome, PlannedEvent, Receipt
from events.decoder import Erased, Event, decode_content, erased_in
from events.drivers import driver_of, unopened
from events.envelope import Content, Digest, Draft, Entropy, Pointer, instant_text
from events.kinds import (
    DECISIONS,
    ActorId,
    EventId,
    Position,
    StreamId,
    Subject,
    SubjectKey,
    SubjectSort,
    Visibility,
    kind_of,
)
from events.merkle import Frontier, Hash
from events.numbering import number
from events.tables import (
    ACTORS,
    CONTENTS,
    ERASURES,
    EVENT_STREAMS,
    EVENTS,
    IDEMPOTENCY,
    LEDGER_HEAD,
    STREAMS,
    SUBJECTS,
    TILES,
)

LEDGER_KEY = SubjectKey("ledger")
LEDGER_ACTOR = "ledger"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
EVERYTHING = 2**53 - 1
"""A limit, or a position to read through, that leaves nothing out."""


# --- who reads ----------------------------------------------------------------------------------------------


class Viewer(Struct, frozen=True):
    """Which visibilities a reader may see. Every read takes one, and there is no read without it."""

    may_see: frozenset[Visibility]


PUBLIC_VIEWER = Viewer(frozenset({Visibility.PUBLIC}))
"""Whoever asks without a token."""

FULL_VIEWER = Viewer(frozenset(Visibility))
"""The ledger itself: folds, verification, planning. Never an answer to anybody."""


class StoredEvent(Struct, frozen=True, kw_only=True, gc=False):
    """An event as it stands in the database: what its envelope is rebuilt from, its content, and what proves it.

    `subjects` are the keys of its streams' subjects, the primary first. `erased` are the kept digests of erased units, `erased_by` the
    positions of the decisions that erased them.
    """

    position: Position
    event_id: EventId
    kind: str
    visibility: Visibility
    recorded_at: datetime
    body: bytes
    leaf: Hash
    content: bytes
    salts: bytes
    subjects: tuple[SubjectKey, ...]
    erased: Mapping[Pointer, Digest] = {}
    erased_by: Mapping[Pointer, Position] = {}


class Head(Struct, frozen=True, kw_only=True):
    """How far the ledger has come: its id, how many events, when the last was recorded, and the root over all."""

    ledger: str
    size: int
    recorded_at: datetime
    root: Hash


class StreamTip(Struct, frozen=True):
    """A stream and its last version."""

    stream_id: StreamId
    version: int


class KnownSubject(Struct, frozen=True, kw_only=True):
    """A subject, where it was opened, and the streams of it that the viewer may see."""

    key: SubjectKey
    sort: SubjectSort
    opened_at: Position
    streams: Mapping[Visibility, StreamTip]


def read_events(
    connection: Connection,
    *,
    viewer: Viewer,
    after: int = 0,
    through: int = EVERYTHING,
    limit: int = EVERYTHING,
) -> list[StoredEvent]:
    """The events after one position and through another, in order; to page, ask again after the last one's position."""
    parameters = {"after": after, "through": through, "limit": limit}
    return _read(connection, _BY_RANGE, parameters, viewer)


def read_positions(
    connection: Connection, positions: Iterable[int], *, viewer: Viewer
) -> dict[Position, StoredEvent]:
    """The events at these positions; one that is not there, or not to be seen, is absent."""
    found = _read(connection, _BY_POSITIONS, {"positions": list(positions)}, viewer)
    return {event.position: event for event in found}


def read_by_ids(
    connection: Connection, event_ids: Iterable[str], *, viewer: Viewer
) -> dict[EventId, StoredEvent]:
    """The events with these ids; one that is not there, or not to be seen, is absent."""
    found = _read(connection, _BY_IDS, {"event_ids": list(event_ids)}, viewer)
    return {event.event_id: event for event in found}


class PublicEntry(Struct, frozen=True, kw_only=True):
    """What the public log shows of every event, whoever may see its content."""

    position: Position
    event_id: EventId
    recorded_at: datetime
    leaf: Hash


def public_entries(connection: Connection, positions: Iterable[int]) -> dict[Position, PublicEntry]:
    """What the log shows of the events at these positions, which betrays nothing and needs no viewer."""
    rows = connection.execute(_PUBLIC_ENTRIES, {"positions": list(positions)})
    return {
        row.position: PublicEntry(
            position=row.position,
            event_id=row.event_id,
            recorded_at=datetime.fromisoformat(row.recorded_at),
            leaf=row.leaf,
        )
        for row in rows
    }


def read_stream(
    connection: Connection,
    key: SubjectKey,
    *,
    viewer: Viewer,
    visibility: Visibility = Visibility.PUBLIC,
    after_version: int = 0,
    through: int = EVERYTHING,
    limit: int = EVERYTHING,
) -> list[StoredEvent]:
    """The events of a subject's stream of one visibility, in the order of their versions, which have no gap."""
    parameters = {
        "key": key,
        "of": visibility.value,
        "after": after_version,
        "through": through,
        "limit": limit,
    }
    return _read(connection, _BY_STREAM, parameters, viewer)


def events_of_subjects(
    connection: Connection,
    keys: Iterable[SubjectKey],
    *,
    viewer: Viewer,
    through: int = EVERYTHING,
    in_passing: bool = True,
) -> list[StoredEvent]:
    """The events about any of these subjects, in whatever place, each once, by position.

    Without those `in_passing` only decisions, and what they are primary in: of an act, its own reports and not each release under it.
    """
    statement = _BY_SUBJECTS if in_passing else _BY_PRIMARY
    return _read(connection, statement, {"keys": list(keys), "through": through}, viewer)


def decoded(stored: StoredEvent) -> Event:
    """The event through the one decoder. Raises SchemaUnknown or IntegrityBroken."""
    erased = {pointer: Erased(position) for pointer, position in stored.erased_by.items()}
    content = decode_content(stored.content, erased)
    return Event(
        position=stored.position,
        event_id=stored.event_id,
        recorded_at=stored.recorded_at,
        about=stored.subjects,
        leaf=stored.leaf,
        content=content,
        erased=erased_in(content) if erased else {},
    )


def subjects(
    connection: Connection, keys: Iterable[SubjectKey], *, viewer: Viewer, through: int = EVERYTHING
) -> dict[SubjectKey, KnownSubject]:
    """The subjects with these keys, as they stood at a position; one without a stream that may be seen is absent."""
    parameters = {"keys": list(keys), "through": through, **_seen_by(viewer)}
    rows = [row for row in connection.execute(_SUBJECTS, parameters) if row.version is not None]
    return {
        key: KnownSubject(
            key=key,
            sort=SubjectSort(streams[0].sort),
            opened_at=Position(streams[0].opened_at_position),
            streams={Visibility(row.visibility): StreamTip(row.stream_id, row.version) for row in streams},
        )
        for key, streams in ((key, list(rows)) for key, rows in groupby(rows, attrgetter("key")))
    }


def subject_keys(connection: Connection, sort: SubjectSort, *, viewer: Viewer) -> list[SubjectKey]:
    """The keys of all subjects of one sort that have a stream which may be seen, ascending."""
    visible = STREAMS.c.visibility.in_([visibility.value for visibility in viewer.may_see])
    statement = (
        select(SUBJECTS.c.key)
        .join(STREAMS, STREAMS.c.subject_key == SUBJECTS.c.key)
        .where(SUBJECTS.c.sort == sort.value, visible)
        .distinct()
        .order_by(SUBJECTS.c.key)
    )
    return [SubjectKey(key) for key in connection.execute(statement).scalars()]


def subject(connection: Connection, key: SubjectKey, *, viewer: Viewer) -> KnownSubject | None:
    """The subject with this key, or None if there is none that the viewer may see."""
    return subjects(connection, [key], viewer=viewer).get(key)


def head(connection: Connection) -> Head:
    """How far the ledger has come. Raises StoreUnready before `open_ledger`."""
    row = connection.execute(select(LEDGER_HEAD)).one_or_none()
    if row is None:
        raise unopened()
    return Head(
        ledger=row.ledger,
        size=row.size,
        recorded_at=datetime.fromisoformat(row.recorded_at),
        root=merkle.decode(row.size, row.frontier).root(),
    )


def hold_head(connection: Connection) -> None:
    """Waits for the append that is under way, if one is, and holds off the next until the caller's writing transaction ends."""
    # On SQLite it locks nothing, and BEGIN IMMEDIATE has done so already.
    connection.execute(select(LEDGER_HEAD.c.id).with_for_update())


def position_at(connection: Connection, instant: datetime) -> int:
    """How many events had been recorded by then, that instant included: always a commit's boundary (I-5)."""
    return int(connection.execute(_POSITION_AT, {"instant": instant_text(instant)}).scalar_one())


def known_items(
    connection: Connection, actor: ActorId, set_name: str, keys: Iterable[str]
) -> dict[str, Receipt]:
    """What the actor has recorded in this set under these keys; a key that is free is absent."""
    parameters = {"actor": actor, "set_name": set_name, "keys": list(keys)}
    rows = connection.execute(_KNOWN_ITEMS, parameters).all()
    return {key: _receipt(list(events)) for key, events in groupby(rows, attrgetter("item_key"))}


def _receipt(rows: Sequence[Row[tuple[object, ...]]]) -> Receipt:
    first = rows[0]
    return Receipt(
        key=first.item_key,
        first_position=Position(first.first_position),
        last_position=Position(first.last_position),
        event_ids=tuple(EventId(row.event_id) for row in rows),
        known=True,
        request_digest=first.request_digest,
    )


def ensure_actor(connection: Connection, name: str, *, entropy: Entropy) -> ActorId:
    """The opaque id of the actor of that name, who is given one now if he has none."""
    wanted = select(ACTORS.c.id).where(ACTORS.c.name == name)
    if (known := connection.execute(wanted).scalar_one_or_none()) is not None:
        return ActorId(known)
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    new = {"id": entropy.random_id(), "name": name}
    connection.execute(
        insert(ACTORS).values(new).on_conflict_do_nothing()
    )  # two processes may meet the same new actor
    return ActorId(connection.execute(wanted).scalar_one())


# --- reading: statements and rows ---------------------------------------------------------------------------

_SEEN = ("seen_1", "seen_2", "seen_3")


def _seen_by(viewer: Viewer) -> dict[str, str]:
    """Three parameters, whatever the viewer may see, so that the statement is always the same; none is ever an empty string."""
    visible = sorted(viewer.may_see)
    return {name: visible[index] if index < len(visible) else "" for index, name in enumerate(_SEEN)}


_visible = EVENTS.c.visibility.in_([bindparam(name) for name in _SEEN])
_through = EVENTS.c.position <= bindparam("through")


def _with_everything(chosen: Select[tuple[Any, ...]]) -> Select[tuple[Any, ...]]:
    """The chosen rows of `events`, the one door's condition included, with content: a row for each stream of each event."""
    event = chosen.where(_visible).subquery("event")
    return (
        select(event, CONTENTS.c.content, CONTENTS.c.salts, CONTENTS.c.erased, STREAMS.c.subject_key)
        .select_from(event)
        .join(CONTENTS, CONTENTS.c.position == event.c.position)
        .join(EVENT_STREAMS, EVENT_STREAMS.c.position == event.c.position)
        .join(STREAMS, STREAMS.c.stream_id == EVENT_STREAMS.c.stream_id)
        .order_by(event.c.position, EVENT_STREAMS.c.ordinal)
    )


_events = select(EVENTS)
_stream = (
    select(STREAMS.c.stream_id)
    .where(STREAMS.c.subject_key == bindparam("key"), STREAMS.c.visibility == bindparam("of"))
    .scalar_subquery()
)
_positions_of_subjects = (
    select(EVENT_STREAMS.c.position)
    .join(STREAMS, STREAMS.c.stream_id == EVENT_STREAMS.c.stream_id)
    .where(STREAMS.c.subject_key.in_(bindparam("keys", expanding=True)))
)
_primary_positions = _positions_of_subjects.where(EVENT_STREAMS.c.ordinal == 0)
_decisions = EVENTS.c.kind.in_([kind_of(decision) for decision in DECISIONS])
_limit: BindParameter[int] = bindparam("limit")

_BY_RANGE = _with_everything(
    _events.where(EVENTS.c.position > bindparam("after"), _through).order_by(EVENTS.c.position).limit(_limit)
)
_BY_POSITIONS = _with_everything(_events.where(EVENTS.c.position.in_(bindparam("positions", expanding=True))))
_BY_IDS = _with_everything(_events.where(EVENTS.c.event_id.in_(bindparam("event_ids", expanding=True))))
_BY_STREAM = _with_everything(
    _events.join(EVENT_STREAMS, EVENT_STREAMS.c.position == EVENTS.c.position)
    .where(EVENT_STREAMS.c.stream_id == _stream, EVENT_STREAMS.c.version > bindparam("after"), _through)
    .order_by(EVENT_STREAMS.c.version)
    .limit(_limit)
)
_BY_SUBJECTS = _with_everything(_events.where(EVENTS.c.position.in_(_positions_of_subjects), _through))
_BY_PRIMARY = _with_everything(
    _events.where(
        or_(
            EVENTS.c.position.in_(_primary_positions),
            and_(_decisions, EVENTS.c.position.in_(_positions_of_subjects)),
        ),
        _through,
    )
)

_PUBLIC_ENTRIES = select(EVENTS.c.position, EVENTS.c.event_id, EVENTS.c.recorded_at, EVENTS.c.leaf).where(
    EVENTS.c.position.in_(bindparam("positions", expanding=True))
)

_ERASED_BY = select(ERASURES).where(ERASURES.c.position.in_(bindparam("positions", expanding=True)))

_last_version = (
    select(EVENT_STREAMS.c.version)
    .where(EVENT_STREAMS.c.stream_id == STREAMS.c.stream_id, EVENT_STREAMS.c.position <= bindparam("through"))
    .order_by(EVENT_STREAMS.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_SUBJECTS = (
    select(SUBJECTS, STREAMS.c.visibility, STREAMS.c.stream_id, _last_version.label("version"))
    .join(STREAMS, STREAMS.c.subject_key == SUBJECTS.c.key)
    .where(
        SUBJECTS.c.key.in_(bindparam("keys", expanding=True)),
        STREAMS.c.visibility.in_([bindparam(name) for name in _SEEN]),
    )
    .order_by(SUBJECTS.c.key, STREAMS.c.visibility)
)

_KNOWN_ITEMS = (
    select(IDEMPOTENCY, EVENTS.c.event_id)
    .join(EVENTS, EVENTS.c.position.between(IDEMPOTENCY.c.first_position, IDEMPOTENCY.c.last_position))
    .where(
        IDEMPOTENCY.c.actor == bindparam("actor"),
        IDEMPOTENCY.c.set_name == bindparam("set_name"),
        IDEMPOTENCY.c.item_key.in_(bindparam("keys", expanding=True)),
    )
    .order_by(IDEMPOTENCY.c.item_key, EVENTS.c.position)
)

# Instants never go backwards, so positions are in the order of instants: a binary search, without an index to write.
_POSITION_AT = text(
    """
    WITH RECURSIVE search (low, high) AS (
        SELECT CAST(0 AS BIGINT), size FROM ledger_head WHERE id = 1
        UNION ALL
        SELECT CASE WHEN (SELECT recorded_at FROM events WHERE position = (low + high + 1) / 2) <= :instant
                    THEN (low + high + 1) / 2 ELSE low END,
               CASE WHEN (SELECT recorded_at FROM events WHERE position = (low + high + 1) / 2) <= :instant
                    THEN high ELSE (low + high + 1) / 2 - 1 END
        FROM search WHERE low < high
    )
    SELECT low FROM search WHERE low = high
    """
)


_ERASED = 9
_VISIBILITIES = {visibility.value: visibility for visibility in Visibility}
_NOTHING: Mapping[Pointer, Any] = {}


def _read(
    connection: Connection,
    statement: Select[tuple[object, ...]],
    parameters: Mapping[str, object],
    viewer: Viewer,
) -> list[StoredEvent]:
    rows = connection.execute(statement, {**parameters, **_seen_by(viewer)}).all()
    erased_by = _erased_by(connection, {row.position for row in rows if row[_ERASED] is not None})
    events = []
    keys: tuple[SubjectKey, ...] = ()
    # By index and not by name: a replay of the whole ledger is this loop.
    for row, after in pairwise(chain(rows, [(None,)])):
        keys = (*keys, cast(SubjectKey, row[-1]))
        if after[0] != row[0]:
            events.append(_stored(row, keys, erased_by))
            keys = ()
    return events


def _stored(
    row: Sequence[Any], keys: tuple[SubjectKey, ...], erased_by: Mapping[int, Mapping[Pointer, Position]]
) -> StoredEvent:
    position, event_id, kind, visibility, recorded_at, body, leaf, content, salts, erased, _ = row
    return StoredEvent(
        position=position,
        event_id=event_id,
        kind=kind,
        visibility=_VISIBILITIES[visibility],
        recorded_at=datetime.fromisoformat(recorded_at),
        body=body,
        leaf=leaf,
        content=content,
        salts=salts,
        subjects=keys,
        erased=_NOTHING if erased is None else msgspec.json.decode(erased, type=dict[Pointer, bytes]),
        erased_by=erased_by.get(position, _NOTHING),
    )


def _erased_by(connection: Connection, positions: set[int]) -> dict[int, dict[Pointer, Position]]:
    found: dict[int, dict[Pointer, Position]] = {}
    if positions:
        for row in connection.execute(_ERASED_BY, {"positions": sorted(positions)}):
            found.setdefault(row.position, {})[Pointer(row.pointer)] = Position(row.by_position)
    return found


# --- the tree -----------------------------------------------------------------------------------------------

_LEAVES = (
    select(EVENTS.c.leaf)
    .where(EVENTS.c.position > bindparam("start"), EVENTS.c.position <= bindparam("end"))
    .order_by(EVENTS.c.position)
)
_TILE_ROOTS = (
    select(TILES.c.root)
    .where(
        TILES.c.level == bindparam("below"),
        TILES.c.tile_index >= bindparam("start"),
        TILES.c.tile_index < bindparam("end"),
    )
    .order_by(TILES.c.tile_index)
)


class LogReader:
    """The stored hashes of the tree, as `merkle.HashReader` asks for them: one statement a read, whatever the level."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_hashes(self, level: int, *, start: int, end: int) -> list[Hash]:
        """Level 0 are the leaf hashes, position p being leaf p - 1; above it, the roots of the full tiles below."""
        bounds = {"start": start, "end": end}
        if level == 0:
            return list(self._connection.execute(_LEAVES, bounds).scalars())
        return list(self._connection.execute(_TILE_ROOTS, {**bounds, "below": level - 1}).scalars())


class _GrowingReader:
    """The stored hashes and, after them, the leaves that this append adds."""

    def __init__(self, connection: Connection, old_size: int, leaves: Sequence[Hash]) -> None:
        self._stored = LogReader(connection)
        self._old_size = old_size
        self._leaves = leaves

    def read_hashes(self, level: int, *, start: int, end: int) -> list[Hash]:
        if level > 0:
            return self._stored.read_hashes(level, start=start, end=end)
        old = (
            self._stored.read_hashes(0, start=start, end=min(end, self._old_size))
            if start < self._old_size
            else []
        )
        fresh = self._leaves[max(0, start - self._old_size) : max(0, end - self._old_size)]
        return [*old, *fresh]


# --- appending ----------------------------------------------------------------------------------------------


class Project(Protocol):
    """What is done with new events in their own transaction, before anybody sees them."""

    def __call__(self, connection: Connection, first: Position, last: Position) -> None:
        """May raise: then what it wrote is rolled back, and the events stay."""


ProjectionFailed = Callable[[Position, Exception], None]
"""Told the first position that was not projected, and why."""


def append(
    connection: Connection,
    commands: Sequence[Command],
    *,
    entropy: Entropy,
    project: Project | None = None,
    projection_failed: ProjectionFailed | None = None,
) -> list[Outcome]:
    """Stores what the ledger admits of a group of commands, under the head lock; an outcome for each, in order.

    The caller's transaction must be a writing one; nothing is durable before it commits. A refusal is an outcome, not an exception:
    its neighbours are stored. Raises StoreUnready before `open_ledger`.
    """
    driver = driver_of(connection)
    locked = driver.lock(connection, commands)
    recorded_at = max(entropy.now(), locked.recorded_at + timedelta(microseconds=1))
    old = locked.frontier
    numbered = number(commands, locked.ground, recorded_at=recorded_at)
    if not numbered.leaves:
        return numbered.outcomes
    new = merkle.extend(old, numbered.leaves)
    driver.insert(connection, numbered, new, recorded_at=recorded_at)
    _insert_tiles(connection, old, new, numbered.leaves)
    if project is not None:
        _project(connection, project, projection_failed, first=old.size + 1, last=new.size)
    return numbered.outcomes


def open_ledger(connection: Connection, *, entropy: Entropy, origin: str, zone: str, rules: str) -> Head:
    """The head of this database's ledger, which is opened now if it was not: `ledger_opened`, then `rules_adopted`.

    `origin`: whose log this is; `zone`: the IANA zone of its bare days; `rules`: the version of the rules in force.
    """
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    never = {
        "id": 1,
        "ledger": entropy.random_id(),
        "size": 0,
        "recorded_at": instant_text(NEVER),
        "frontier": b"",
    }
    # Looked for first, because a guard refuses an INSERT over the head, one that would do nothing as well.
    if connection.execute(select(LEDGER_HEAD.c.id)).one_or_none() is None:
        connection.execute(insert(LEDGER_HEAD).values(never).on_conflict_do_nothing())
    # Of two processes that open at once, the second waits here until the first has committed, and finds its events.
    standing = connection.execute(select(LEDGER_HEAD.c.size).with_for_update()).scalar_one()
    if standing == 0:
        actor = ensure_actor(connection, LEDGER_ACTOR, entropy=entropy)
        command = _opening(actor, entropy=entropy, origin=origin, zone=zone, rules=rules)
        append(connection, [command], entropy=entropy)
    return head(connection)


def _opening(actor: ActorId, *, entropy: Entropy, origin: str, zone: str, rules: str) -> Command:
    subject = Subject(key=LEDGER_KEY, sort=SubjectSort.LEDGER)
    stream_id = StreamId(entropy.random_id())
    common = {"schema": 1, "recorded_by": actor, "batch": entropy.random_id()}
    opened = {
        **common,
        "kind": "ledger_opened",
        "subject": msgspec.to_builtins(subject),
        "origin": origin,
        "zone": zone,
    }
    adopted = {**common, "kind": "rules_adopted", "rules": rules}
    events = (
        _ledger_event(opened, entropy, opens=Opening(subject=subject, stream_id=stream_id)),
        _ledger_event(adopted, entropy),
    )
    # Nobody requests the opening, so there is no request to digest; the key is taken all the same.
    item = Item(key="opening", request_digest=bytes(32), events=events)
    return Command(actor=actor, set_name=LEDGER_ACTOR, items=(item,))


def _ledger_event(content: Content, entropy: Entropy, *, opens: Opening | None = None) -> PlannedEvent:
    draft = Draft(content, stream_count=1, entropy=entropy)
    return PlannedEvent(draft=draft, subjects=(LEDGER_KEY,), opens=opens)


def _insert_tiles(connection: Connection, old: Frontier, new: Frontier, leaves: Sequence[Hash]) -> None:
    if old.size // merkle.TILE_WIDTH == new.size // merkle.TILE_WIDTH:
        return
    reader = _GrowingReader(connection, old.size, leaves)
    tiles = merkle.full_tiles_between(old.size, new.size, reader=reader)
    connection.execute(
        TILES.insert(),
        [
            {"level": tile.level, "tile_index": tile.index, "hashes": tile.hashes, "root": tile.root()}
            for tile in tiles
        ],
    )


def _project(
    connection: Connection, project: Project, failed: ProjectionFailed | None, *, first: int, last: int
) -> None:
    # Never released: the commit does that, and one round trip less is one round trip less.
    connection.exec_driver_sql("SAVEPOINT projecting")
    try:
        project(connection, Position(first), Position(last))
    except Exception as error:  # noqa: BLE001  # recording never depends on a fold (design, 4), whatever it raises
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT projecting")
        if failed is not None:
            failed(Position(first), error)
