"""A sheet of projected rows: those of a few subjects as they stand, and what becomes of them from position to position.

    sheet.load(units)                              what stands, read in one statement a table
    sheet.replace(table, unit, rows, at=p)         these rows and no others stand from p on
    sheet.write()                                  what differs, in few statements

A row that is the same as before is neither closed nor opened. One that is not is closed, which makes history of it, and another opened;
what stood for no position at all leaves no trace. Rows are tuples in the order of `Versioned.columns`.

Absent on purpose: what a row says (`projections/rows.py`), and transactions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Delete,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    select,
)

from events.kinds import Position, SubjectKey
from events.tables import WIDE_INTEGER
from projections.known import Known
from projections.tables import EVER, FOLD_READS, VERSIONED, Versioned, node_of, shelf_of

UNITS_PER_STATEMENT = 500

Row = tuple[Any, ...]


class _Standing(Struct):
    row: Row
    known_from: Position
    is_stored: bool


_Rows = dict[Row, _Standing]


class Sheet:
    """The rows of one build, of the subjects that were loaded."""

    def __init__(self, connection: Connection, build: int, known: Known | None = None) -> None:
        """Of what stands; or of what is `known` of the past, of which nothing can be written."""
        self._connection = connection
        self._build = build
        self._known = known
        self._standing: dict[str, dict[SubjectKey, _Rows]] = {name: {} for name in VERSIONED}
        self._gone: dict[str, list[Row]] = defaultdict(list)
        self._closed: dict[str, list[Row]] = defaultdict(list)
        self._reads: dict[SubjectKey, frozenset[SubjectKey]] = {}
        self._reads_before: dict[SubjectKey, frozenset[SubjectKey]] = {}

    def load(self, names: Iterable[str], units: Collection[SubjectKey]) -> None:
        """Reads what stands of these subjects in these tables, unless it was read before."""
        for name in names:
            standing = self._standing[name]
            for missing in _chunks(unit for unit in units if unit not in standing):
                standing |= {unit: {} for unit in missing}
                self._load(VERSIONED[name], name, missing)

    def load_reads(self, owners: Collection[SubjectKey]) -> None:
        """Reads what the last folds of these owners asked for, unless it was read before."""
        for missing in _chunks(owner for owner in owners if owner not in self._reads):
            found: dict[SubjectKey, set[SubjectKey]] = {owner: set() for owner in missing}
            for key, owner in self._connection.execute(_READS, {"build": self._build, "units": missing}):
                found[SubjectKey(owner)].add(SubjectKey(key))
            before = {owner: frozenset(keys) for owner, keys in found.items()}
            self._reads |= before
            self._reads_before |= before

    def rows(self, name: str, unit: SubjectKey) -> list[Row]:
        """What stands of a loaded subject in one table."""
        return [standing.row for standing in self._standing[name][unit].values()]

    def reads(self) -> Mapping[SubjectKey, frozenset[SubjectKey]]:
        """What the folds of the loaded owners asked for."""
        return self._reads

    def replace_reads(self, owner: SubjectKey, keys: frozenset[SubjectKey]) -> None:
        """Notes what the last fold of a loaded owner asked for."""
        self._reads[owner] = keys

    def replace(self, name: str, unit: SubjectKey, rows: Iterable[Row], *, at: Position) -> bool:
        """Has these rows of a loaded subject stand from a position on, and no others. Tells whether anything differs."""
        width = len(VERSIONED[name].key)
        wanted = {row[:width]: row for row in rows}
        standing = self._standing[name][unit]
        ended = [key for key, old in standing.items() if wanted.get(key) != old.row]
        for key in ended:
            self._close(name, key, standing.pop(key), at)
        begun = [key for key in wanted if key not in standing]
        for key in begun:
            standing[key] = _Standing(wanted[key], at, is_stored=False)
        return bool(ended or begun)

    def differing(self, name: str) -> dict[Row, tuple[Row | None, Row | None]]:
        """What was replaced since it was loaded: by key, the row that stood and the one that stands; None where there is none."""
        width = len(VERSIONED[name].key)
        was = {row[:width]: row[:-2] for row in self._closed[name]}
        standing = {
            key: found.row
            for rows in self._standing[name].values()
            for key, found in rows.items()
            if not found.is_stored
        }
        return {
            key: (was.get(key), standing.get(key)) for key in sorted(was.keys() | standing.keys(), key=str)
        }

    def write(self) -> None:
        """Stores what differs from what was loaded."""
        for name, table in VERSIONED.items():
            self._write(table, self._gone[name], self._opened(name), self._closed[name])
        self._write_reads()
        self._gone.clear()
        self._closed.clear()

    def _close(self, name: str, key: Row, old: _Standing, at: Position) -> None:
        if old.is_stored:
            self._gone[name].append(key)
        if old.known_from < at:
            self._closed[name].append((*old.row, old.known_from, at))

    def _opened(self, name: str) -> list[Row]:
        opened = []
        for rows in self._standing[name].values():
            for standing in rows.values():
                if not standing.is_stored:
                    standing.is_stored = True
                    opened.append((*standing.row, standing.known_from))
        return opened

    def _load(self, table: Versioned, name: str, units: Sequence[SubjectKey]) -> None:
        width, unit = len(table.key), table.columns.index(table.unit)
        standing = self._standing[name]
        for found in self._found(table, name, units):
            row: Row = tuple(map(_plain, found[:-1]))
            standing[row[unit]][row[:width]] = _Standing(row, found[-1], is_stored=True)

    def _found(self, table: Versioned, name: str, units: Sequence[SubjectKey]) -> Iterable[Row]:
        if self._known is None or self._known.position is None:
            return map(tuple, self._connection.execute(_LOADS[name], {"build": self._build, "units": units}))
        rows = self._known.rows(table)
        stood = select(rows).where(rows.c[table.unit].in_(units))
        return ((*row, 0) for row in self._connection.execute(stood))

    def _write(
        self, table: Versioned, gone: Sequence[Row], opened: Sequence[Row], closed: Sequence[Row]
    ) -> None:
        if gone:
            keys = [f"key_{name}" for name in table.key]
            parameters = [{"of_build": self._build, **dict(zip(keys, key, strict=True))} for key in gone]
            self._connection.execute(_DELETIONS[str(table.now.name)], parameters)
            if table.holds_open:
                self._connection.execute(_OPEN_DELETIONS[str(table.hist.name)], parameters)
        if opened:
            self._insert(table.now, (*table.columns, "known_from"), opened)
        stood = [*closed, *((*row, EVER) for row in opened if table.holds_open)]
        if stood:
            placed = [_PLACES[name] for name in table.ends[1:]]
            self._insert(
                table.hist,
                (*table.columns, "known_from", *table.ends),
                [(*row, *(place(row[-2], row[-1]) for place in placed)) for row in stood],
            )

    def _insert(self, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
        self._connection.execute(
            insert(table), [{"build": self._build, **dict(zip(columns, row, strict=True))} for row in rows]
        )

    def _write_reads(self) -> None:
        lost, found = [], []
        for owner, keys in self._reads.items():
            before = self._reads_before[owner]
            lost += [{"of_build": self._build, "of_owner": owner, "of_key": key} for key in before - keys]
            found += [{"build": self._build, "owner": owner, "key": key} for key in keys - before]
            self._reads_before[owner] = keys
        if lost:
            self._connection.execute(_UNREAD, sorted(lost, key=str))
        if found:
            self._connection.execute(insert(FOLD_READS), sorted(found, key=str))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _chunks(units: Iterable[SubjectKey]) -> Iterable[list[SubjectKey]]:
    wanted = iter(sorted(set(units)))
    while chunk := list(islice(wanted, UNITS_PER_STATEMENT)):
        yield chunk


_PLACES = {"shelf": shelf_of, "node": node_of}
_UNITS: BindParameter[str] = bindparam("units", expanding=True)
_LOADS = {
    name: select(*(table.now.c[column] for column in table.columns), table.now.c.known_from).where(
        table.now.c.build == bindparam("build"), table.now.c[table.unit].in_(_UNITS)
    )
    for name, table in VERSIONED.items()
}


def _deletion(table: Versioned, stored: Table, *conditions: ColumnElement[bool]) -> Delete:
    keys = (stored.c[name] == bindparam(f"key_{name}") for name in table.key)
    return delete(stored).where(stored.c.build == bindparam("of_build"), *keys, *conditions)


_DELETIONS = {str(table.now.name): _deletion(table, table.now) for table in VERSIONED.values()}
_OPEN_DELETIONS = {
    str(table.hist.name): _deletion(table, table.hist, table.hist.c.known_to == literal(EVER, WIDE_INTEGER))
    for table in VERSIONED.values()
    if table.holds_open
}
_READS = select(FOLD_READS.c.key, FOLD_READS.c.owner).where(
    FOLD_READS.c.build == bindparam("build"), FOLD_READS.c.owner.in_(_UNITS)
)
_UNREAD = delete(FOLD_READS).where(
    FOLD_READS.c.build == bindparam("of_build"),
    FOLD_READS.c.owner == bindparam("of_owner"),
    FOLD_READS.c.key == bindparam("of_key"),
)
