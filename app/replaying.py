"""The record folded from nothing, entry by entry, and held to what is stored: what an auditor does who trusts no row.

    with replaying(service, to=70) as replay:
        for step in replay.steps():     what each entry changed, as soon as it is folded
        replay.compared()               the rows that came of it beside those that are stored

Everything is worked out in memory, in one reading transaction, and nothing is written. What is compared is every row that stood at any
position through the last, and of from where to where it stood.

Absent on purpose: printing (`app/printing_rows.py`), and trust in anything but the entries. That these are as they were recorded is what
their hashes tell, not this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from sqlalchemy import Connection

from app.ledger import Service
from events.errors import IntegrityBroken, MomentInvalid, NotYet
from events.kinds import Position, SubjectKey
from events.store import head
from projections.builds import State, state
from projections.comparing import Compared, compared
from projections.computed import Replay, Step
from projections.known import Known
from projections.rows import subject_rows


class Replaying(Struct, frozen=True, kw_only=True):
    """A replay under way."""

    position: Position
    replay: Replay
    stored: Known

    def steps(self) -> Iterator[Step]:
        """Each public entry, and what it changed. Raises RebuildStopped where a fold raises."""
        return self.replay.steps()

    def names(self, step: Step) -> Mapping[SubjectKey, str]:
        """The display names of the subjects whose findings an entry changed, of those that have one."""
        about = {one.about for pair in step.changed for one in pair if one is not None}
        rows = subject_rows(self.replay.known, about)
        return {key: row.name for key, row in rows.items() if row.name is not None}

    def compared(self) -> Compared:
        """What is stored (`one`) beside what came of the replay (`other`), once all its steps are taken."""
        return compared(self.stored, self.replay.known, through=self.position)


@contextmanager
def replaying(service: Service, *, to: int | None = None) -> Iterator[Replaying]:
    """A replay through a position; without one, as far as the stored rows go.

    Raises MomentInvalid for a position that there is not, NotYet for one that is recorded but not projected yet, and IntegrityBroken where
    rows claim to be of entries that there are not."""
    with service.database.reading() as connection:
        stored = state(connection)
        _check_recorded(connection, stored)
        position = stored.projected_through if to is None else _checked(connection, stored, to)
        yield Replaying(
            position=position,
            replay=Replay(connection, through=position, rulebooks=service.rulebooks),
            # Of one position that is worked in by slices, rows are there already.
            stored=Known(
                connection,
                build=stored.build,
                projected_through=max(stored.projected_through, stored.writing_through),
            ),
        )


def _check_recorded(connection: Connection, stored: State) -> None:
    size = head(connection).size if stored.projected_through else 0
    if stored.projected_through > size:
        raise IntegrityBroken(
            f"What is stored says that it is projected through position {stored.projected_through}, and the last entry is {size}. Find out "
            "who altered it, then run `custody rebuild`.",
            projected_through=stored.projected_through,
            size=size,
        )


def _checked(connection: Connection, stored: State, to: int) -> Position:
    size = head(connection).size
    if to < 0:
        raise MomentInvalid(
            f"{to} is no position: the first entry is 1, and 0 is the empty ledger.", position=to
        )
    if to > size:
        raise MomentInvalid(
            f"There is no position {to} yet: the last entry is {size}.", position=to, size=size
        )
    if to > stored.projected_through:
        stopped = f" ({stored.stopped_reason})" if stored.stopped_reason else ""
        raise NotYet(
            f"What is stored is projected through position {stored.projected_through}{stopped}, and there is nothing to compare at {to}. "
            f"Replay to {stored.projected_through}, or wait until the projections have caught up.",
            position=to,
            projected_through=stored.projected_through,
        )
    return Position(to)
