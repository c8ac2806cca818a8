"""The projected record as known at a position: one selectable for each table, over what stands now or over what stood then.

The present reads the rows of now and nothing else. A moment of the past reads both, now and history, between their positions.

Absent on purpose: which position an instant or a question means (`projections/builds.py`, and the doors), and any question itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from sqlalchemy import Connection, Subquery, cast, literal, select, union_all

from events.kinds import Position
from events.tables import WIDE_INTEGER
from projections.tables import (
    CREDITS,
    DETAILS,
    EVER,
    EVIDENCE,
    FINDINGS,
    LONG_SHELF,
    NAMES,
    REPORTS,
    SUBJECTS,
    Versioned,
    nodes_at,
    shelves_at,
)

NOWHERE = Position(0)


class Known:
    """What one build of the projections holds, as of `position`; without one, what it holds now. Belongs to the transaction of
    `connection`; `ledger` is the transaction in which the events themselves are read, the same one unless the rows are computed.

    `through` is the position asked for, up to which events are read; without one, all. `projected_through` is how far the rows go."""

    def __init__(
        self,
        connection: Connection,
        *,
        build: int,
        position: Position | None = None,
        through: Position | None = None,
        projected_through: Position = NOWHERE,
        ledger: Connection | None = None,
    ) -> None:
        self.connection = connection
        self.build = build
        self.position = position
        self.through = through
        self.projected_through = projected_through
        self.ledger = connection if ledger is None else ledger

    @property
    def is_computed(self) -> bool:
        """Whether the rows stand elsewhere than the events."""
        return self.ledger is not self.connection

    @cached_property
    def subjects(self) -> Subquery:
        """Subjects, by key."""
        return self.rows(SUBJECTS)

    @cached_property
    def subjects_listed(self) -> Subquery:
        """What lists of subjects go by, all of which one index holds: key, sort and folded name."""
        return self.rows(SUBJECTS, columns=("key", "sort", "name_fold"))

    @cached_property
    def names(self) -> Subquery:
        """Spellings of names."""
        return self.rows(NAMES)

    @cached_property
    def findings(self) -> Subquery:
        """What lists show of findings."""
        return self.rows(FINDINGS)

    @cached_property
    def findings_counted(self) -> Subquery:
        """The same as `findings`, found by time alone: for counts, which ask for no subject."""
        return self.rows(FINDINGS, counted=True)

    @cached_property
    def details(self) -> Subquery:
        """Whole findings."""
        return self.rows(DETAILS)

    @cached_property
    def evidence(self) -> Subquery:
        """Which findings rest on which sources."""
        return self.rows(EVIDENCE)

    @cached_property
    def reports(self) -> Subquery:
        """Reports, and whether they stand."""
        return self.rows(REPORTS)

    @cached_property
    def credits(self) -> Subquery:
        """Which reports credit whom."""
        return self.rows(CREDITS)

    def rows(
        self, table: Versioned, *, counted: bool = False, columns: Sequence[str] | None = None
    ) -> Subquery:
        """The rows of a table as known: its key and values, without build and positions, or some of these. `counted`: few are asked for by
        their subject."""
        columns = columns or table.columns
        if self.position is None:
            stored = table.now
            standing = select(*(stored.c[name] for name in columns))
            return standing.where(stored.c.build == literal(self.build)).subquery(stored.name)
        stood = table.hist if table.holds_open else _all_of(table, columns)
        at = literal(int(self.position), WIDE_INTEGER)
        conditions = [stood.c.build == literal(self.build), stood.c.known_from <= at, stood.c.known_to > at]
        if counted:
            conditions.append(stood.c.node.in_(nodes_at(self.position)))
        elif table.is_shelved:
            conditions.append(stood.c.shelf.in_(shelves_at(self.position)))
        return select(*(stood.c[name] for name in columns)).where(*conditions).subquery(table.hist.name)


def _all_of(table: Versioned, wanted: Sequence[str]) -> Subquery:
    """What stands and what stood. Conditions belong outside: within, PostgreSQL would not look the rows up one by one. Only the columns
    wanted: SQLite, where it counts, reads all that is named here."""
    columns = ("build", *wanted, "known_from")
    end = cast(literal(EVER, WIDE_INTEGER), WIDE_INTEGER).label("known_to")
    shelf = cast(literal(LONG_SHELF, WIDE_INTEGER), WIDE_INTEGER).label("shelf")
    ends = ("known_to", *(("shelf",) if table.is_shelved else ()))
    now = select(*(table.now.c[name] for name in columns), end, *((shelf,) if table.is_shelved else ()))
    hist = select(*(table.hist.c[name] for name in (*columns, *ends)))
    return union_all(now, hist).subquery()
