"""The clocks of a question: what the ledger had been told by then, the day that is asked about, what the public could read by then.

    knownAt: {position: 120}                          the first 120 entries
    knownAt: {instant: "2025-12-23T12:00:00Z"}        those recorded by then; which they are is settled once, and told in the basis
    validOn: "2025-12-22"                             a day
    availableBy: {day: "2025-12-23"}                  from wording that could be read by the end of that day

They are never mixed: whoever names a moment and no day asks what was known then about today.

Absent on purpose: which entries an instant means (`app.api.request`), and any clock of our own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
import strawberry
from msgspec import Struct
from strawberry import UNSET, field

from app.moments import end_of
from events.kinds import Position


class Clocks(Struct, frozen=True, kw_only=True):
    """What was named of each clock; what was not is now, and today."""

    known_at: Position | None = None
    valid_on: date | None = None
    available_by: datetime | None = None

    def over(self, other: Clocks) -> Clocks:
        """These clocks, and of those that are not named here what the other names."""
        named = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(other, **named)


NOW: Final = Clocks()


@strawberry.input(
    one_of=True,
    description="One of the two. Which entries an instant means is settled once; the answer's basis tells their position.",
)
class KnownAt:
    position: int | None = field(
        description="The first so many entries; 0 is the empty ledger. One behind the last is refused.",
        default=UNSET,
    )
    instant: datetime | None = field(
        description="The entries recorded by then, that instant included. One in the future is refused.",
        default=UNSET,
    )


@strawberry.input(
    one_of=True,
    description="One of the two. For old questions to a record that was loaded later.",
)
class AvailableBy:
    day: date | None = field(description="By the end of this day, in the ledger's zone.", default=UNSET)
    instant: datetime | None = field(
        description="By this instant. A source of which only the day is known counts from the end of that day.",
        default=UNSET,
    )


KnownAtArgument = Annotated[
    KnownAt | None,
    strawberry.argument(description="What the ledger had been told by then; null: by now."),
]
ValidOnArgument = Annotated[
    date | None,
    strawberry.argument(
        description="The day asked about; null: today, in the ledger's zone, whatever `knownAt` is."
    ),
]
AvailableByArgument = Annotated[
    AvailableBy | None,
    strawberry.argument(
        description="Only from wording that the public could read by then, whenever it was recorded here; null: from all. Offered for one "
        "prisoner, act, list or source and nowhere else: each day has another history of the record, which is worked out when asked."
    ),
]


def last_day_by(instant: datetime, zone: str) -> date:
    """The last day that has ended by an instant, in a zone: a source of which the day alone is known counts from that day's end."""
    try:
        day = instant.astimezone(ZoneInfo(zone)).date()
        return day if instant >= end_of(day, zone) else day - timedelta(days=1)
    except OverflowError:  # at either end of the calendar, where no source is
        return date.max if instant.year > 1 else date.min
