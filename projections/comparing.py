"""What two readings of the projected rows don't share: how a row is found that the events don't give.

    compared(one, other)                how many rows are the same, how many differ, and the first that does
    compared(one, other, through=p)     the same of every row that stood at any position through p, and of from where to where it stood
    differences(one, other)             each that differs
    digest(connection, build)           one number for all rows of a build

The two may stand in different databases. Of a row only a hash is held, so that a comparison fits into memory where the rows do not.

Absent on purpose: which of the two is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct
from sqlalchemy import Connection, Select, Subquery, and_, case, literal, select, union_all

from events.envelope import canonical
from events.kinds import Position
from events.tables import WIDE_INTEGER
from projections.builds import state
from projections.known import Known
from projections.tables import EVER, FOLD_READS, PROJECTED, VERSIONED, Versioned

ROWS_PER_FETCH = 1_000
STANDING = 0
"""In place of the position up to which a row stood: it still does."""

Row = tuple[object, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """A row that two readings of the record don't share: its table, its key, and the rest of it in each; None where there is none.

    Where more than a moment was compared, `known_from` is the position from which the row stands, and the last of its values the one up to
    which it stood (0: it still does)."""

    table: str
    key: Row
    known_from: Position | None = None
    one: Row | None
    other: Row | None


class Compared(Struct, frozen=True, kw_only=True):
    """How many rows two readings share, how many they don't, and the first of these, table by table and in the order of keys."""

    same: int
    differing: int
    first: Difference | None


def compared(one: Known, other: Known, *, through: Position | None = None) -> Compared:
    """Two readings of the record, each as of its own moment, or of all that was known from the beginning through a position."""
    tables = [_Table(name, one, other, through) for name in VERSIONED]
    first = next((difference for table in tables for difference in table.differences()), None)
    return Compared(
        same=sum(table.same for table in tables),
        differing=sum(len(table.differing) for table in tables),
        first=first,
    )


def differences(one: Known, other: Known) -> Iterator[Difference]:
    """What differs between two readings of the record, table by table, in the order of keys; nothing where they are the same."""
    for name in VERSIONED:
        yield from _Table(name, one, other, None).differences()


class _Table:
    """One table in two readings: which keys of it don't have the same values in both."""

    def __init__(self, name: str, one: Known, other: Known, through: Position | None) -> None:
        self._name = name
        self._has_history = through is not None
        relation = _as_of if through is None else partial(_through, position=through)
        self._width = len(VERSIONED[name].key) + self._has_history
        self._sides = tuple((known.connection, relation(known, VERSIONED[name])) for known in (one, other))
        self.same = 0
        self.differing: set[Row] = set()
        self._compare()

    def _compare(self) -> None:
        (one, rows), (other, other_rows) = self._sides
        pending = {_hash(row) for row in _fetched(other, select(other_rows))}
        for row in _fetched(one, select(rows)):
            if (found := _hash(row)) in pending:
                pending.remove(found)
                self.same += 1
            else:
                self.differing.add(row[: self._width])
        if pending:
            remaining = (row for row in _fetched(other, select(other_rows)) if _hash(row) in pending)
            self.differing |= {row[: self._width] for row in remaining}

    def differences(self) -> Iterator[Difference]:
        """Each row that differs, in the order of keys."""
        for key in sorted(self.differing, key=canonical):
            one, other = (self._values(connection, rows, key) for connection, rows in self._sides)
            known_from = Position(int(str(key[-1]))) if self._has_history else None
            shown = key[:-1] if self._has_history else key
            yield Difference(table=self._name, key=shown, known_from=known_from, one=one, other=other)

    def _values(self, connection: Connection, rows: Subquery, key: Row) -> Row | None:
        columns = list(rows.c)[: self._width]
        wanted = select(rows).where(
            and_(*(column == part for column, part in zip(columns, key, strict=True)))
        )
        found = list(_fetched(connection, wanted))  # to the end: a cursor left open outlives its transaction
        return found[0][self._width :] if found else None


Relation = Callable[[Known, Versioned], Subquery]


def _as_of(known: Known, table: Versioned) -> Subquery:
    """Key and values of the rows as known."""
    return known.rows(table)


def _through(known: Known, table: Versioned, *, position: Position) -> Subquery:
    """Key, beginning, values and end of every row that stood at some position through this one; what ended later stood then."""
    at, build = literal(int(position)), literal(known.build)
    branches = []
    for stored in (table.now, table.hist):
        ended = (
            case((stored.c.known_to <= at, stored.c.known_to), else_=literal(STANDING))
            if "known_to" in stored.c
            else literal(STANDING)
        )
        key, values = ([stored.c[name] for name in names] for names in (table.key, table.values))
        # What stands has its open end in some histories too, and is told of once.
        closed = [stored.c.known_to < literal(EVER, WIDE_INTEGER)] if stored is table.hist else []
        branches.append(
            select(*key, stored.c.known_from, *values, ended.label("known_to")).where(
                stored.c.build == build, stored.c.known_from <= at, *closed
            )
        )
    return union_all(*branches).subquery()


def _fetched(connection: Connection, wanted: Select[tuple[object, ...]]) -> Iterator[Row]:
    found = connection.execute(wanted.execution_options(yield_per=ROWS_PER_FETCH))
    return (tuple(map(_plain, row)) for row in found)


def digest(connection: Connection, build: int | None = None) -> str:
    """SHA-256, in hex, over every row of a build, history included: equal digests mean equal rows at every position, on either store. Of
    the active build where none is named."""
    number = state(connection).build if build is None else build
    whole = hashlib.sha256()
    for table in (*PROJECTED, FOLD_READS):
        columns = [column for column in table.columns if column.name != "build"]
        rows = _fetched(connection, select(*columns).where(table.c.build == number))
        whole.update(canonical(str(table.name)))
        for found in sorted(map(_hash, rows)):
            whole.update(found)
    return whole.hexdigest()


def _hash(row: Iterable[object]) -> bytes:
    return hashlib.sha256(canonical(list(row))).digest()


def _plain(value: object) -> object:
    return bytes(value).decode() if isinstance(value, bytes | memoryview) else value
