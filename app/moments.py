"""A moment as somebody types it, resolved once to a position of the ledger.

    120                        the first 120 entries
    2025-12-23                 that day to its end, in the ledger's zone; today: so far
    2025-12-23T12:00:00Z       the entries recorded by then, that instant included
    now                        all of them

Absent on purpose: a time of day without a zone, which is refused: whose noon it was makes a difference.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Connection

from app.ledger import Service
from events.errors import MomentInvalid
from events.kinds import LedgerOpened, Position
from events.store import PUBLIC_VIEWER, decoded, head, position_at, public_entries, read_positions
from events.texts import shown

NOW = "now"
_MICROSECOND = timedelta(microseconds=1)


class Moment(Struct, frozen=True, kw_only=True):
    """A position, what somebody meant by it in words, and the day that it is of in the ledger's zone; the empty ledger is of no day."""

    position: Position
    day: date | None
    told: str


def ledger_zone(connection: Connection, service: Service) -> str:
    """The zone that the ledger was opened with; before that, the zone of the settings."""
    opening = read_positions(connection, [1], viewer=PUBLIC_VIEWER).get(Position(1))
    content = decoded(opening).content if opening is not None else None
    return content.zone if isinstance(content, LedgerOpened) else service.settings.zone


def moment_typed(connection: Connection, text: str, *, zone: str, now: datetime) -> Moment:
    """The moment that a text means. Raises MomentInvalid for what is none, or lies in the future, or behind the last entry."""
    top = head(connection)
    # A clock that was set back is behind what it has recorded: the ledger's own never is (I-5).
    now = max(now, top.recorded_at)
    if text == NOW:
        return Moment(position=Position(top.size), day=_day(now, zone), told=f"now, {_clock(now, zone)}")
    if text.isascii() and text.removeprefix("-").isdecimal():
        return _at_position(connection, int(text[:18]), size=top.size, zone=zone)
    if (day := _as_day(text)) is not None:
        return _at_end_of(connection, day, zone=zone, now=now)
    instant = _as_instant(
        text,
        "a position such as 120, a day such as 2025-12-23, an instant such as 2025-12-23T12:00:00Z, or now",
    )
    if instant > now:
        raise MomentInvalid(f"{text} lies in the future: the ledger's clock says {_clock(now, zone)}.")
    position = Position(position_at(connection, instant))
    return Moment(position=position, day=_day(instant, zone), told=_clock(instant, zone))


def day_typed(text: str) -> date:
    """A calendar day. Raises MomentInvalid for what is none."""
    if (day := _as_day(text)) is None:
        raise MomentInvalid(f"{shown(text)} is no day: expected one such as 2025-12-23.")
    return day


def instant_typed(text: str, *, zone: str) -> tuple[datetime, str]:
    """An instant, of a day its end in the zone, and what it is in words. Raises MomentInvalid for what is neither."""
    if (day := _as_day(text)) is not None:
        return end_of(day, zone), f"the end of {day}, {zone}"
    instant = _as_instant(text, "a day such as 2025-12-23, or an instant such as 2025-12-23T12:00:00Z")
    return instant, _clock(instant, zone)


def _at_position(connection: Connection, position: int, *, size: int, zone: str) -> Moment:
    if not 0 <= position <= size:
        raise MomentInvalid(
            f"There is no position {position}: expected one from 0, the empty ledger, to {size}, the last.",
            position=position,
            size=size,
        )
    entry = public_entries(connection, [position]).get(Position(position))
    if entry is None:
        return Moment(position=Position(position), day=None, told="the empty ledger")
    recorded = _clock(entry.recorded_at, zone)
    return Moment(position=Position(position), day=_day(entry.recorded_at, zone), told=f"recorded {recorded}")


def _at_end_of(connection: Connection, day: date, *, zone: str, now: datetime) -> Moment:
    today = _day(now, zone)
    if day > today:
        raise MomentInvalid(f"{day} lies in the future: today is {today} in {zone}.")
    if day == today:
        position = Position(position_at(connection, now))
        return Moment(position=position, day=day, told=f"{day} so far, {_clock(now, zone)}")
    end = end_of(day, zone)
    return Moment(position=Position(position_at(connection, end)), day=day, told=f"the end of {day}, {zone}")


def end_of(day: date, zone: str) -> datetime:
    """The last microsecond of a day in a zone; of the last day that there is, the last instant that there is."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return midnight.astimezone(UTC) - _MICROSECOND


def _as_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Python reads weeks as well, and days without hyphens.
    return day if day.isoformat() == text else None


def _as_instant(text: str, expected: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MomentInvalid(f"{shown(text)} is no moment: expected {expected}.") from None
    raise MomentInvalid(f"{shown(text)} names no zone: write {text}Z for UTC, or an offset such as +04:00.")


def in_zone(instant: datetime, zone: str) -> datetime:
    """An instant as the clocks of a zone show it; in UTC where they cannot, at either end of the calendar."""
    try:
        return instant.astimezone(ZoneInfo(zone))
    except OverflowError:
        return instant.astimezone(UTC)


def _day(instant: datetime, zone: str) -> date:
    return in_zone(instant, zone).date()


def _clock(instant: datetime, zone: str) -> str:
    shown_at = in_zone(instant, zone)
    named = zone if str(shown_at.tzinfo) == zone else "UTC"
    return f"{shown_at.strftime('%Y-%m-%d %H:%M:%S')} {named}"
