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
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from events.kinds import Position, SubjectKey
from projections.known import Known
from projections.statements import Change, Look, Row, driver_of
from projections.tables import EVER, FOLD_READS, LONG_SHELF, VERSIONED, Versioned, node_of, shelf_of

UNITS_PER_STATEMENT = 500


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
        self._driver = driver_of(connection)
        self._standing: dict[str, dict[SubjectKey, _Rows]] = {name: {} for name in VERSIONED}
        self._gone: dict[str, list[Row]] = defaultdict(list)
        self._closed: dict[str, list[Row]] = defaultdict(list)
        self._reads: dict[SubjectKey, frozenset[SubjectKey]] = {}
        self._reads_before: dict[SubjectKey, frozenset[SubjectKey]] = {}

    def load(self, names: Iterable[str], units: Collection[SubjectKey]) -> None:
        """Reads what stands of these subjects in these tables, unless it was read before."""
        asked = []
        for name in names:
            standing = self._standing[name]
            for missing in _chunks(unit for unit in units if unit not in standing):
                standing |= {unit: {} for unit in missing}
                asked.append((name, missing))
        for (name, _), found in zip(asked, self._found(asked), strict=True):
            self._take_in(name, found)

    def load_reads(self, owners: Collection[SubjectKey]) -> None:
        """Reads what the last folds of these owners asked for, unless it was read before."""
        asked = [
            (_READS, missing) for missing in _chunks(owner for owner in owners if owner not in self._reads)
        ]
        found: dict[SubjectKey, set[SubjectKey]] = {owner: set() for _, missing in asked for owner in missing}
        for rows in self._driver.fetched(self._connection, self._build, asked):
            for key, owner in rows:
                found[owner].add(key)
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
        changes: list[tuple[Change, list[Row]]] = []
        for name, table in VERSIONED.items():
            changes += self._changes(name, table)
        changes += self._changed_reads()
        self._driver.send(self._connection, self._build, [change for change in changes if change[1]])
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

    def _take_in(self, name: str, found: Iterable[Row]) -> None:
        table, standing = VERSIONED[name], self._standing[name]
        width, unit = len(table.key), table.columns.index(table.unit)
        for row in found:
            standing[row[unit]][row[:width]] = _Standing(row[:-1], row[-1], is_stored=True)

    def _found(self, asked: Sequence[tuple[str, list[SubjectKey]]]) -> list[list[Row]]:
        if self._known is None or self._known.position is None:
            looks = [(_LOADS[name], units) for name, units in asked]
            return self._driver.fetched(self._connection, self._build, looks)
        return [self._stood(self._known, name, units) for name, units in asked]

    def _stood(self, known: Known, name: str, units: Sequence[SubjectKey]) -> list[Row]:
        table = VERSIONED[name]
        rows = known.rows(table)
        stood = select(rows).where(rows.c[table.unit].in_(units))
        return [(*map(_plain, row), 0) for row in self._connection.execute(stood)]

    def _changes(self, name: str, table: Versioned) -> Iterator[tuple[Change, list[Row]]]:
        gone, opened, closed = self._gone[name], self._opened(name), self._closed[name]
        yield _DELETIONS[name], gone
        if table.holds_open:
            yield _OPEN_DELETIONS[name], gone
            closed = [*closed, *((*row, EVER) for row in opened)]
        placed = [_PLACES[end] for end in table.ends[1:]]
        yield _OPENINGS[name], opened
        yield _CLOSINGS[name], [(*row, *(place(row[-2], row[-1]) for place in placed)) for row in closed]

    def _changed_reads(self) -> Iterator[tuple[Change, list[Row]]]:
        lost, found = [], []
        for owner, keys in self._reads.items():
            before = self._reads_before[owner]
            lost += [(key, owner) for key in before - keys]
            found += [(key, owner) for key in keys - before]
            self._reads_before[owner] = keys
        yield _UNREAD, sorted(lost)
        yield _READ, sorted(found)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _chunks(units: Iterable[SubjectKey]) -> Iterable[list[SubjectKey]]:
    wanted = iter(sorted(set(units)))
    while chunk := list(islice(wanted, UNITS_PER_STATEMENT)):
        yield chunk


_PLACES = {"shelf": shelf_of, "node": node_of}
_LOADS = {
    name: Look(table.now, (*table.columns, "known_from"), by=table.unit) for name, table in VERSIONED.items()
}
_DELETIONS = {name: Change(table.now, table.key, goes=True) for name, table in VERSIONED.items()}
_OPEN_DELETIONS = {
    name: Change(table.hist, table.key, goes=True, fixed=f" AND shelf = {LONG_SHELF} AND known_to = {EVER}")
    for name, table in VERSIONED.items()
    if table.holds_open
}
_OPENINGS = {name: Change(table.now, (*table.columns, "known_from")) for name, table in VERSIONED.items()}
_CLOSINGS = {
    name: Change(table.hist, (*table.columns, "known_from", *table.ends)) for name, table in VERSIONED.items()
}
_READS = Look(FOLD_READS, ("key", "owner"), by="owner")
_UNREAD = Change(FOLD_READS, ("key", "owner"), goes=True)
_READ = Change(FOLD_READS, ("key", "owner"))
