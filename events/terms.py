"""Terms: how long a sentence, a restraint or a window is to last.

    duration = P[nY][nM][nW] or P[nY][nM][nD]: whole numbers without leading zeros, no part that is 0 (but `P0D`), at least one
    P5Y   P14M   P3Y6M   P15D   P2W

Invariants. A term is a duration (ISO 8601) or for life, never both, never neither; `P14M` stays `P14M`, as the source counts.
Years and months convert into one another, weeks and days too; months never into days: what would need that is answered with
null. A fold that computed with thirty-day months would release people on days that no court named.

Absent on purpose: times, fractions of a unit, signs. And no end date: whether remand counts is not for arithmetic to say (R6);
`add_to` serves only the question whether a term would have run out.
"""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Literal, NamedTuple

import msgspec

from events.errors import TermInvalid
from events.texts import check_words, shown

_DURATION = re.compile(
    r"P(?=.)(?:(?P<years>[1-9][0-9]{0,4})Y)?(?:(?P<months>[1-9][0-9]{0,4})M)?"
    r"(?:(?P<weeks>[1-9][0-9]{0,4})W|(?P<days>[1-9][0-9]{0,4})D)?"
)
_NOTHING = "P0D"
_FRACTION = re.compile(r"(?P<over>[1-9][0-9]{0,3})/(?P<under>[1-9][0-9]{0,3})")
_EXPECTED = "expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`"


class Term(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """How long: an ISO 8601 `duration`, or `life`. `as_written` is null where the term was computed."""

    as_written: str | None = None
    duration: str | None = None
    life: bool = False


class ReductionAmount(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """By how much a sentence was cut: a `duration`, or a `fraction` such as `1/3` of the whole or (`of_unserved`) of the rest."""

    as_written: str
    duration: str | None = None
    fraction: str | None = None
    of_unserved: bool | None = None


class Length(NamedTuple):
    """A duration in the two units that do not convert into one another."""

    months: int
    days: int


# ── In ───────────────────────────────────────────────────────────────────────


def parse_duration(duration: str) -> Length:
    """Return how many months and days a duration has. Raises `TermInvalid`, saying what stands there and what was expected."""
    found = _DURATION.fullmatch(duration)
    if found is None and duration != _NOTHING:
        raise TermInvalid(f"{shown(duration) or 'nothing'}: {_EXPECTED}", duration=duration)
    years, months, weeks, days = (
        (0, 0, 0, 0) if found is None else (int(part or 0) for part in found.groups())
    )
    return Length(12 * years + months, 7 * weeks + days)


def parse_term(duration: str, *, as_written: str | None = None) -> Term:
    """Return the term of a duration such as `P5Y`. Raises `TermInvalid`."""
    return check_term(Term(as_written=as_written, duration=duration))


def check_term(term: Term) -> Term:
    """Return `term` as it is to be stored: a duration or life, not both. Raises `TermInvalid`."""
    words = None if term.as_written is None else check_words(term.as_written, field="as_written")
    if term.duration is None and not term.life:
        raise TermInvalid(f"{shown(words or 'nothing')}: {_EXPECTED}, or `life`")
    if term.duration is not None and term.life:
        raise TermInvalid(f"{term.duration} and life: expected one of the two", duration=term.duration)
    if term.duration is not None:
        parse_duration(term.duration)
    return msgspec.structs.replace(term, as_written=words)


def check_reduction(amount: ReductionAmount) -> ReductionAmount:
    """Return `amount` as it is to be stored: a duration or a fraction, not both. Raises `TermInvalid`."""
    words = check_words(amount.as_written, field="as_written")
    if (amount.duration is None) == (amount.fraction is None):
        found = "neither" if amount.duration is None else "both"
        raise TermInvalid(
            f"{shown(words)}: expected a `duration` such as `P14M` or a `fraction` such as `1/3`, found {found}"
        )
    if amount.duration is not None:
        parse_duration(amount.duration)
        if amount.of_unserved is not None:
            raise TermInvalid(
                f"{amount.duration}: `of_unserved` says of what a fraction is taken: leave it out beside a duration"
            )
    if amount.fraction is not None:
        _parse_fraction(amount.fraction)
    return msgspec.structs.replace(amount, as_written=words)


# ── Arithmetic ───────────────────────────────────────────────────────────────


def compare(one: Term, other: Term) -> Literal[-1, 0, 1] | None:
    """Return -1, 0 or 1 as `one` is shorter, equal or longer on whatever day both begin; null where that depends on the day.

    Life is longer than any duration. A month has 28 to 31 days, a year 365 or 366: `P1M` is longer than `P27D`, and to `P30D`
    there is no answer.
    """
    if one.life or other.life:
        return _sign(one.life - other.life) if _told(one) and _told(other) else None
    first, second = _length(one), _length(other)
    if first is None or second is None:
        return None
    months, days = first.months - second.months, first.days - second.days
    if months == 0 or days == 0 or (months > 0) == (days > 0):
        return _sign(months or days)
    least, most = _days_of_months(abs(months))
    if least > abs(days):
        return _sign(months)
    return _sign(days) if most < abs(days) else None


def subtract(whole: Term, part: Term) -> Term | None:
    """Return what is left of `whole` without `part`; null where either is for life, too much is taken, or months meet days."""
    from_length, taken = _length(whole), _length(part)
    if from_length is None or taken is None:
        return None
    months, days = from_length.months - taken.months, from_length.days - taken.days
    return None if months < 0 or days < 0 else _term_of(Length(months, days))


def fraction_of(fraction: str, whole: Term) -> Term | None:
    """Return that fraction of a term: `1/3` of `P3Y` is `P1Y`; null for life and where no whole months or days come out."""
    over, under = _parse_fraction(fraction)
    length = _length(whole)
    if length is None or (length.months * over) % under or (length.days * over) % under:
        return None
    return _term_of(Length(length.months * over // under, length.days * over // under))


def add_to(day: datetime.date, term: Term) -> datetime.date | None:
    """Return the day on which a term that begins on `day` would have run out: months first, then days.

    A day that the month reached does not have is its last. Null for life, and past the year 9999.
    """
    length = _length(term)
    if length is None:
        return None
    year, month = divmod(12 * day.year + day.month - 1 + length.months, 12)
    if year > datetime.MAXYEAR:
        return None
    reached = datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return (
        reached + datetime.timedelta(length.days)
        if (datetime.date.max - reached).days >= length.days
        else None
    )


def in_words(term: Term) -> str:
    """Return the term in plain English: `3 years and 6 months`, `life`; the source's own words where it gives no number."""
    if term.life:
        return "life"
    if term.duration is None:
        return term.as_written or "a term not stated"
    found = _DURATION.fullmatch(term.duration)
    parts = (
        []
        if found is None
        else [_counted(int(n), unit) for unit, n in found.groupdict().items() if n is not None]
    )
    if not parts:
        return "0 days"
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _parse_fraction(fraction: str) -> tuple[int, int]:
    found = _FRACTION.fullmatch(fraction)
    if found is None or int(found["over"]) > int(found["under"]):
        raise TermInvalid(
            f"{shown(fraction)}: expected a fraction from 0 to 1, such as `1/3`", fraction=fraction
        )
    return int(found["over"]), int(found["under"])


def _told(term: Term) -> bool:
    return term.life or term.duration is not None


def _length(term: Term) -> Length | None:
    return None if term.life or term.duration is None else parse_duration(term.duration)


def _term_of(length: Length) -> Term:
    years, months = divmod(length.months, 12)
    parts = ((years, "Y"), (months, "M"), (length.days, "D"))
    return Term(duration="P" + ("".join(f"{n}{unit}" for n, unit in parts if n) or "0D"))


def _sign(number: int) -> Literal[-1, 0, 1]:
    return 1 if number > 0 else -1 if number < 0 else 0


def _counted(number: int, units: str) -> str:
    return f"{number} {units if number != 1 else units.removesuffix('s')}"


def _days_of_months(months: int) -> tuple[int, int]:
    """Return the fewest and the most days that so many months in a row can have."""
    years, rest = divmod(months, 12)
    return 365 * years + _FEWEST[rest], 366 * years + _MOST[rest]


def _runs(year: int, length: int) -> list[int]:
    lengths = [calendar.monthrange(year, month)[1] for month in range(1, 13)] * 2
    return [sum(lengths[start : start + length]) for start in range(12)]


_FEWEST = tuple(min(_runs(2023, length)) for length in range(12))
_MOST = tuple(max(_runs(2024, length)) for length in range(12))
