"""What two readings of the projected rows don't share: how a row is found that the events don't give.

    compared(one, other)                how many rows are the same, how many differ, and the first that does
    compared(one, other, through=p)     the same of every row that stood at any position through p, and of from where to where it stood;
                                        where `projected_through` is told of a reading, of rows from behind that as well
    differences(one, other)             each that differs
    digest(connection, build)           one number for all rows of a build

The two may stand in different databases. Of a row only a hash is held, so that a comparison fits into memory where the rows do not.

Absent on purpose: which of the two is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    and_,
    case,
    literal,
    or_,
    select,
    union_all,
)

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
    `columns` names what the rest consists of. Where more than a moment was compared, the row stands from `known_from` up to `known_to`, the
    first of its columns then (0: it still does)."""

    table: str
    key: Row
    known_from: Position | None = None
    columns: tuple[str, ...]
    one: Row | None
    other: Row | None


class Compared(Struct, frozen=True, kw_only=True):
    """How many rows two readings share, how many they don't, and the first of these, table by table and in the order of keys."""

    same: int
    differing: int
    first: Difference | None


def compared(one: Known, other: Known, *, through: Position | None = None) -> Compared:
    """Two readings of the record, each as of its own moment, or of all that was known from the beginning through a position."""
    tables = [_as_of(name) if through is None else _through(name, through) for name in VERSIONED]
    found = [_Table(table, one, other) for table in tables]
    if through is not None:
        placed = [_places(name, through) for name, table in VERSIONED.items() if table.ends != ("known_to",)]
        told = {table.name: table.differing for table in found}
        found += [_Table(table, one, other, told=told[table.name]) for table in placed]
    first = next((difference for table in found for difference in table.differences()), None)
    return Compared(
        same=sum(table.same for table in found[: len(VERSIONED)]),
        differing=sum(len(table.differing) for table in found),
        first=first,
    )


def differences(one: Known, other: Known) -> Iterator[Difference]:
    """What differs between two readings of the record, table by table, in the order of keys; nothing where they are the same."""
    for name in VERSIONED:
        yield from _Table(_as_of(name), one, other).differences()


class _Relation(Struct, frozen=True):
    """What is compared of a table: how its rows are read, the first `width` columns of which tell one from another."""

    name: str
    width: int
    columns: tuple[str, ...]
    rows: Callable[[Known], Subquery]
    has_past: bool = True


class _Table:
    """One relation in two readings: which keys of it don't have the same values in both. What was told already is not told again."""

    def __init__(self, relation: _Relation, one: Known, other: Known, *, told: Collection[Row] = ()) -> None:
        self.name = relation.name
        self._relation = relation
        self._sides = tuple((known.connection, relation.rows(known)) for known in (one, other))
        self.same = 0
        self.differing: set[Row] = set()
        self._compare()
        self.differing -= set(told)

    def _compare(self) -> None:
        width = self._relation.width
        (one, rows), (other, other_rows) = self._sides
        pending = {_hash(row) for row in _fetched(other, select(other_rows))}
        for row in _fetched(one, select(rows)):
            if (found := _hash(row)) in pending:
                pending.remove(found)
                self.same += 1
            else:
                self.differing.add(row[:width])
        if pending:
            remaining = (row for row in _fetched(other, select(other_rows)) if _hash(row) in pending)
            self.differing |= {row[:width] for row in remaining}

    def differences(self) -> Iterator[Difference]:
        """Each row that differs, in the order of keys."""
        for key in sorted(self.differing, key=canonical):
            one, other = (self._values(connection, rows, key) for connection, rows in self._sides)
            past = self._relation.has_past
            yield Difference(
                table=self.name,
                key=key[:-1] if past else key,
                known_from=Position(int(str(key[-1]))) if past else None,
                columns=self._relation.columns,
                one=one,
                other=other,
            )

    def _values(self, connection: Connection, rows: Subquery, key: Row) -> Row | None:
        width = self._relation.width
        columns = list(rows.c)[:width]
        wanted = select(rows).where(
            and_(*(column == part for column, part in zip(columns, key, strict=True)))
        )
        found = list(_fetched(connection, wanted))  # to the end: a cursor left open outlives its transaction
        return found[0][width:] if found else None


def _as_of(name: str) -> _Relation:
    """The rows of a table as known."""
    table = VERSIONED[name]
    return _Relation(name, len(table.key), table.values, lambda known: known.rows(table), has_past=False)


def _through(name: str, position: Position) -> _Relation:
    """Every row of a table that stood at some position through this one, and from where to where; what ended later stood then."""
    table = VERSIONED[name]

    def rows(known: Known) -> Subquery:
        past = table.hist.c
        # What stands has its open end in some histories too, and is told of once.
        closed = past.known_to < literal(EVER, WIDE_INTEGER)
        return union_all(
            _stood(table, table.now, literal(STANDING), known, position),
            _stood(table, table.hist, _within(past.known_to, position), known, position).where(closed),
        ).subquery()

    return _Relation(name, len(table.key) + 1, ("known_to", *table.values), rows)


def _places(name: str, position: Position) -> _Relation:
    """A table's history as it lies there, what stands and where each row is found included, of which nothing is told in `_through`."""
    table = VERSIONED[name]
    places = tuple(place for place in table.ends if place != "known_to")

    def rows(known: Known) -> Subquery:
        past = table.hist.c
        ended = [_within(past[place], position, ended=past.known_to) for place in places]
        wanted = _stood(table, table.hist, _within(past.known_to, position), known, position)
        if not table.holds_open:
            wanted = wanted.where(past.known_to <= literal(int(position), WIDE_INTEGER))
        return wanted.add_columns(*ended).subquery()

    return _Relation(name, len(table.key) + 1, ("known_to", *table.values, *places), rows)


def _stood(
    table: Versioned, stored: Table, ended: ColumnElement[int], known: Known, position: Position
) -> Select[Any]:
    key, values = ([stored.c[name] for name in names] for names in (table.key, table.values))
    began = stored.c.known_from
    # A row from behind the last position that was ever worked in is none of any position, and is served all the same.
    last = literal(int(known.projected_through or EVER), WIDE_INTEGER)
    return select(*key, began, ended.label("known_to"), *values).where(
        stored.c.build == literal(known.build),
        or_(began <= literal(int(position), WIDE_INTEGER), began > last),
    )


def _within(
    column: ColumnElement[int], position: Position, *, ended: ColumnElement[int] | None = None
) -> ColumnElement[int]:
    """A column of a row that ended through a position; of one that did not, which may end in one build and not yet in another, nothing."""
    end = column if ended is None else ended
    return case((end <= literal(int(position), WIDE_INTEGER), column), else_=literal(STANDING))


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
    # What no fold writes, because it is no text, is a difference as well.
    return bytes(value).decode(errors="backslashreplace") if isinstance(value, bytes | memoryview) else value
