"""Builds of the projections: how far each has come, which one answers are read from, and what is read of it for a position.

Absent on purpose: folding (`projections/folding.py`) and when it is done (`projections/runner.py`).
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, Row, func, insert, literal, select, union_all, update

from events.errors import IntegrityBroken
from events.kinds import Position
from projections.known import Known
from projections.tables import PROJECTION_ACTIVATIONS, PROJECTION_BUILDS, SUBJECTS

FIRST_BUILD = 1


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far one build has come; rows of the positions through `writing_through` may be there in part. `stopped_reason` says why it does
    not go on."""

    build: int = FIRST_BUILD
    projected_through: Position = Position(0)
    writing_through: Position = Position(0)
    stopped_reason: str | None = None

    @property
    def is_between(self) -> bool:
        """Whether one position is worked in by slices, so that the rows of now are not yet those of any position."""
        return self.writing_through > self.projected_through


_ACTIVE = (
    select(PROJECTION_ACTIVATIONS.c.build).order_by(PROJECTION_ACTIVATIONS.c.sequence.desc()).limit(1)
).scalar_subquery()
_STATE = select(PROJECTION_BUILDS).where(PROJECTION_BUILDS.c.build == func.coalesce(_ACTIVE, FIRST_BUILD))
_ACTIVE_BUILD = select(func.coalesce(_ACTIVE, FIRST_BUILD))
_LEFT = (select(PROJECTION_ACTIVATIONS.c.sequence).limit(1), select(SUBJECTS.now.c.key).limit(1))


def state(connection: Connection) -> State:
    """The state of the build that answers are read from; of a database that was never projected, position 0. Raises IntegrityBroken where
    rows of a build are there, and its state is not: answers from nothing would look like an empty record."""
    row = connection.execute(_STATE).one_or_none()
    if row is not None:
        return _state(row)
    if any(connection.execute(left).first() is not None for left in _LEFT):
        raise IntegrityBroken(
            "There are projected rows, and no word of how far they go: somebody altered the tables of builds. Find out who, then run "
            "`custody rebuild`."
        )
    return State()


def claimed_state(connection: Connection) -> State:
    """What the tables of builds say, whatever rows there are: for the one who builds anew."""
    row = connection.execute(_STATE).one_or_none()
    return _state(row) if row is not None else State(build=connection.execute(_ACTIVE_BUILD).scalar_one())


def held(connection: Connection, build: int | None = None) -> State:
    """The state of a build, of the active one where none is named, that nobody else works on until the caller's transaction ends."""
    number = state(connection).build if build is None else build
    wanted = select(PROJECTION_BUILDS).where(PROJECTION_BUILDS.c.build == number).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is None:
        set_state(connection, State(build=number))
        return State(build=number)
    return _state(row)


def held_if_free(connection: Connection) -> State | None:
    """The state of the active build, held as `held` does it; None where somebody else works on it."""
    row = connection.execute(_STATE.with_for_update(skip_locked=True)).one_or_none()
    if row is not None:
        return _state(row)
    exists = connection.execute(_STATE).one_or_none()
    return None if exists is not None else held(connection)


def _state(row: Row[tuple[object, ...]]) -> State:
    return State(
        build=row.build,
        projected_through=Position(row.projected_through),
        writing_through=Position(row.writing_through),
        stopped_reason=row.stopped_reason,
    )


def set_state(connection: Connection, now: State) -> None:
    """Writes how far a build has come."""
    row = {
        "projected_through": now.projected_through,
        "writing_through": max(now.writing_through, now.projected_through),
        "stopped_reason": now.stopped_reason,
    }
    own = PROJECTION_BUILDS.c.build == now.build
    if connection.execute(update(PROJECTION_BUILDS).where(own).values(row)).rowcount == 0:
        connection.execute(insert(PROJECTION_BUILDS).values(build=now.build, **row))


def next_build(connection: Connection) -> int:
    """A number that no build has or had whose rows were ever read."""
    numbers = union_all(
        select(PROJECTION_BUILDS.c.build),
        select(PROJECTION_ACTIVATIONS.c.build),
        select(literal(FIRST_BUILD).label("build")),
    ).subquery()
    return int(connection.execute(select(func.max(numbers.c.build))).scalar_one()) + 1


def kept(connection: Connection) -> int | None:
    """The build that answers were read from before the active one, which is kept in case that has to be undone; None where there was no
    other, or it was dropped."""
    active = claimed_state(connection).build
    activations = select(PROJECTION_ACTIVATIONS.c.build).order_by(PROJECTION_ACTIVATIONS.c.sequence.desc())
    read = [*connection.execute(activations).scalars(), FIRST_BUILD]
    before = next((build for build in read if build != active), None)
    there = connection.execute(select(PROJECTION_BUILDS.c.build)).scalars().all()
    return before if before in there else None


def activate(connection: Connection, build: int, at: Position) -> None:
    """Has answers read from this build from the caller's commit on."""
    sequence = connection.execute(
        select(func.coalesce(func.max(PROJECTION_ACTIVATIONS.c.sequence), 0))
    ).scalar_one()
    connection.execute(insert(PROJECTION_ACTIVATIONS).values(sequence=sequence + 1, build=build, position=at))


def known_at(connection: Connection, position: int | None = None) -> Known:
    """The record as known at a position, so far as it is projected; without one, as it stands now."""
    now = state(connection)
    through = now.projected_through if position is None else min(position, now.projected_through)
    is_present = through == now.projected_through and not now.is_between
    return Known(
        connection,
        build=now.build,
        position=None if is_present else Position(through),
        through=None if position is None else Position(position),
        projected_through=Position(through),
    )
