"""Projected rows as folds and readers meet them: facts by key, and a context that notes what a fold asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from events.kinds import EventId, Position, SubjectKey, SubjectSort
from events.tables import EVENTS
from projections.context import ActFacts, Facts, GroupFacts, PartyFacts, SourceFacts
from projections.facts import FACTS
from projections.tables import SUBJECTS_NOW

Wanted = TypeVar("Wanted", SourceFacts, PartyFacts, ActFacts, GroupFacts)

_SUBJECTS = select(SUBJECTS_NOW).where(SUBJECTS_NOW.c.key.in_(bindparam("keys", expanding=True)))
_POSITION = select(EVENTS.c.position).where(EVENTS.c.event_id == bindparam("event_id"))


class SubjectRow(msgspec.Struct, frozen=True):
    """A subject as projected: its display name, its facts, and the positions of its opening and of its latest event."""

    key: SubjectKey
    sort: SubjectSort
    name: str | None
    opened_at: Position
    changed_at: Position
    facts: Facts


def subject_rows(connection: Connection, keys: Collection[SubjectKey]) -> dict[SubjectKey, SubjectRow]:
    """The projected subjects among these keys, in one statement."""
    if not keys:
        return {}
    rows = connection.execute(_SUBJECTS, {"keys": sorted(keys)})
    return {SubjectKey(row.key): _subject_row(row) for row in rows}


def _subject_row(row: Row[tuple[object, ...]]) -> SubjectRow:
    sort = SubjectSort(row.sort)
    return SubjectRow(
        key=SubjectKey(row.key),
        sort=sort,
        name=row.name,
        opened_at=Position(row.opened_at_position),
        changed_at=Position(row.changed_at_position),
        facts=msgspec.json.decode(row.facts, type=FACTS[sort]),
    )


class RowContext:
    """A fold's context over projected rows. `asked` are the keys that the fold of the moment asked for, present or not."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[SubjectKey, SubjectRow | None] = {}
        self.asked: set[SubjectKey] = set()

    def put(self, row: SubjectRow) -> None:
        """Answers from now on with this row."""
        self._known[row.key] = row

    def expect(self, keys: Collection[SubjectKey]) -> None:
        """Reads in one statement what is about to be asked for one by one; nothing of it counts as asked."""
        missing = [key for key in keys if key not in self._known]
        self._known |= {**dict.fromkeys(missing), **subject_rows(self._connection, missing)}

    def row(self, key: SubjectKey) -> SubjectRow | None:
        """A subject's row, noted as asked for."""
        self.asked.add(key)
        if key not in self._known:
            self._known[key] = subject_rows(self._connection, [key]).get(key)
        return self._known[key]

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """A source, by its subject's key."""
        return self._facts(key, SourceFacts)

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """A party, by its subject's key."""
        return self._facts(key, PartyFacts)

    def act(self, key: SubjectKey) -> ActFacts | None:
        """An act, by its subject's key."""
        return self._facts(key, ActFacts)

    def group(self, key: SubjectKey) -> GroupFacts | None:
        """A group, by its subject's key."""
        return self._facts(key, GroupFacts)

    def name_of(self, key: SubjectKey) -> str | None:
        """A display name of any subject."""
        row = self.row(key)
        return row.name if row else None

    def position_of(self, event_id: EventId) -> Position | None:
        """The position of an event, which never changes and so is not noted."""
        position = self._connection.execute(_POSITION, {"event_id": event_id}).scalar()
        return None if position is None else Position(position)

    def _facts(self, key: SubjectKey, wanted: type[Wanted]) -> Wanted | None:
        row = self.row(key)
        return row.facts if row is not None and isinstance(row.facts, wanted) else None
