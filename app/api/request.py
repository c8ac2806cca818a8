"""One operation's context: its transaction, its viewer, and the moments that it asks about, each with the loaders of its own.

The statements of an operation grow with its depth and with the moments that it names, never with its rows (`app.api.moments`).

Absent on purpose: any other way to the database from a resolver.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
import strawberry
from msgspec import Struct

from app.api.clocks import NOW, AvailableBy, Clocks, KnownAt, last_day_by
from app.api.masks import Masks
from app.api.moments import Moment, ReadableMoment
from app.moments import end_of
from app.snapshots import SnapshotArchive
from events.envelope import instant_text
from events.errors import CursorInvalid, MomentInvalid, NotYet, TooMuchAsked
from events.kinds import EventId, Position
from events.store import Viewer, position_at
from projections import reads
from projections.builds import known_at
from projections.known import Known
from projections.reads import Basis
from projections.rulebook import RULEBOOKS, Rulebook

ROWS_MAX = 20_000
"""How many rows one operation may show, whatever its shape."""
MOMENTS_MAX = 10
"""How many moments one operation may name: each is read in statements of its own."""


class Asked(Struct, frozen=True):
    """What an answer belongs to: the basis, and what the caller named of it."""

    basis: Basis
    clocks: Clocks = NOW

    @property
    def day(self) -> date:
        """The day asked about, today where none was named."""
        return self.basis.valid_on


class Stamp(Struct, frozen=True, array_like=True):
    """What a cursor keeps of the basis of its page, so that the next page has the same or none. `projected_through` is below `position` if
    findings lagged behind when the page was read."""

    position: Position
    projected_through: Position
    valid_on: date
    rules: str
    erasures: int


class Request:
    """The context of one operation. Not shared between operations or threads.

    `basis` and `known` are of the present; `now` is the ledger's clock. What the operation is about where a question names no clocks is
    `asked`: now and today, unless `clocks` say otherwise. Raises MomentInvalid or NotYet as `asked_for` does.
    """

    def __init__(
        self,
        known: Known,
        *,
        archive: SnapshotArchive,
        masks: Masks,
        viewer: Viewer,
        basis: Basis,
        now: datetime,
        clocks: Clocks = NOW,
        rulebooks: Mapping[str, Rulebook] = RULEBOOKS,
    ) -> None:
        self.archive = archive
        self.viewer = viewer
        self.rulebooks = rulebooks
        self.now = now
        self._masks = masks
        self._masks_read = False
        self._rows_left = ROWS_MAX
        self.present = Asked(basis)
        self._moments = {_place_of(basis): Moment(known, basis=basis, viewer=viewer)}
        self.asked = self.present
        self.asked = self.asked_for(clocks)

    def spend(self, rows: int) -> None:
        """Counts rows about to be shown. Raises TooMuchAsked where one operation asks for too many."""
        self._rows_left -= rows
        if self._rows_left < 0:
            raise TooMuchAsked(
                f"This operation asks for more than {ROWS_MAX} rows. Ask for fewer (`first`), or for less of each.",
                maximum=ROWS_MAX,
            )

    def text_of(self, text_sha256: str, snapshot: EventId) -> tuple[str, tuple[tuple[int, int], ...]]:
        """An archived text, and the spans of it that this viewer may not read: by all that is on record now, whatever was known when."""
        if not self._masks_read:
            self._masks.catch_up(self.at(self.present).known.ledger, self.present.basis.position)
            self._masks_read = True
        return self.archive.text_of(text_sha256), self._masks.of(snapshot, self.viewer)

    def at(self, asked: Asked) -> Moment:
        """The moment that an answer belongs to."""
        return self._moments[_place_of(asked.basis)]

    def position_of(self, known_at: KnownAt) -> Position:
        """The position that a moment means. Raises MomentInvalid for an instant in the future."""
        if isinstance(known_at.position, int):
            return Position(known_at.position)
        assert isinstance(known_at.instant, datetime), "one of the two is given"
        # A clock that was set back is behind what it has recorded: the ledger's own never is (I-5).
        now = max(self.now, self.present.basis.recorded_at or self.now)
        if known_at.instant > now:
            raise MomentInvalid(
                f"{instant_text(known_at.instant)} lies in the future: the ledger's clock says {instant_text(now)}. Leave `knownAt` out "
                "for what is known now."
            )
        return Position(position_at(self.at(self.present).known.ledger, known_at.instant))

    def asked_for(self, clocks: Clocks) -> Asked:
        """What an answer belongs to for which these clocks are named; of the others, what the operation is about.

        Raises MomentInvalid for a position that the ledger does not have, NotYet for one that findings have not come to.
        """
        named = clocks.over(self.asked.clocks)
        present = self.present.basis
        if (position := named.known_at) is None:
            return self._about(
                self._moment(
                    present.position,
                    projected_through=present.projected_through,
                    available_by=named.available_by,
                ).basis,
                named,
            )
        if not 0 <= position <= present.position:
            raise MomentInvalid(
                f"There is no position {position}: expected one from 0, the empty ledger, to {present.position}, the last.",
                position=position,
                size=present.position,
            )
        if position > present.projected_through:
            raise NotYet(
                f"Entry {position} is named, and findings have come to {present.projected_through}. Ask again in a moment."
            )
        moment = self._moment(position, projected_through=position, available_by=named.available_by)
        return self._about(moment.basis, named)

    def continued(self, asked: Asked, stamp: Stamp) -> Asked:
        """What the next page of a list belongs to: the basis that its cursor keeps. Raises CursorInvalid where that is gone, or another
        moment is named beside it."""
        named = asked.clocks.known_at
        if named is not None and named != stamp.position:
            raise CursorInvalid(
                f"This cursor is of position {stamp.position}, and {named} is asked for. Leave `knownAt` out, or take the first page again."
            )
        present = self.present.basis
        if stamp.position > present.position or not (
            0 <= stamp.projected_through <= min(stamp.position, present.projected_through)
        ):
            raise _gone(stamp, f"the ledger has come to position {present.position}")
        basis = self._moment(
            stamp.position,
            projected_through=stamp.projected_through,
            available_by=asked.clocks.available_by,
        ).basis
        if stamp.erasures != basis.erasures:
            raise _gone(stamp, "values were erased since")
        if stamp.rules != basis.rules:
            raise _gone(stamp, f"the rules there are {basis.rules}, not {stamp.rules}")
        is_past = _place_of(basis)[:2] != _place_of(present)[:2]
        return self._about(
            basis,
            Clocks(
                known_at=stamp.position if is_past else named,
                valid_on=stamp.valid_on if stamp.valid_on != present.valid_on else asked.clocks.valid_on,
                available_by=asked.clocks.available_by,
            ),
        )

    def instant_of(self, available_by: AvailableBy) -> datetime:
        """The instant by which something was to be read: of a day its end, in the ledger's zone."""
        if isinstance(available_by.day, date):
            return end_of(available_by.day, self.present.basis.zone)
        assert isinstance(available_by.instant, datetime), "one of the two is given"
        return available_by.instant

    def _about(self, basis: Basis, named: Clocks) -> Asked:
        day = named.valid_on or self.present.basis.valid_on
        return Asked(msgspec.structs.replace(basis, valid_on=day), named)

    def _moment(
        self, position: Position, *, projected_through: Position, available_by: datetime | None
    ) -> Moment:
        """The first `position` entries, and what is projected of the first `projected_through`; by an instant, where one is given."""
        found = self._moments.get((position, projected_through, available_by))
        if found is not None:
            return found
        if len(self._moments) > MOMENTS_MAX:
            raise TooMuchAsked(
                f"This operation names more than {MOMENTS_MAX} moments. Ask in several operations.",
                maximum=MOMENTS_MAX,
            )
        made = (
            self._past(position, projected_through)
            if available_by is None
            else self._readable(
                self._moment(position, projected_through=projected_through, available_by=None), available_by
            )
        )
        self._moments[_place_of(made.basis)] = made
        return made

    def _past(self, position: Position, projected_through: Position) -> Moment:
        known = known_at(self.at(self.present).known.connection, projected_through)
        known.through = position  # where findings lag behind, entries are read further
        today = self.present.basis
        basis = reads.basis(known, valid_on=today.valid_on, zone=today.zone)
        return Moment(known, basis=basis, viewer=self.viewer)

    def _readable(self, of: Moment, available_by: datetime) -> Moment:
        return ReadableMoment(
            of.known,
            basis=msgspec.structs.replace(of.basis, available_by=available_by),
            viewer=self.viewer,
            day=last_day_by(available_by, of.basis.zone),
            rulebooks=self.rulebooks,
            # Whoever comes with an act or a source is folded as well: that costs as much as showing them.
            spend=self.spend,
        )


Info = strawberry.Info[Request, None]

Place = tuple[Position, Position, datetime | None]


def _place_of(basis: Basis) -> Place:
    """What tells one moment of an operation from another."""
    return basis.position, basis.projected_through, basis.available_by


def _gone(stamp: Stamp, why: str) -> CursorInvalid:
    return CursorInvalid(
        f"This cursor is of position {stamp.position}, and its page can no longer be continued: {why}. Ask for the first page again."
    )
