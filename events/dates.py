"""Dates as sources claim them: a profile of EDTF (ISO 8601-2) level 1, kept as text, with bounds that are computed.

    date      = year | year-month | year-month-day, then at most one of  ~ (about)  ? (uncertain)  % (both)
    year      = 0001 to 9999; month = 01 to 12; day = what the month has
    X         = a digit that the source does not give; after it, in the same part, only X:  201X  2025-1X  2025-12-2X  2025-XX-15
    XXXX      = the source gives no year:  XXXX-12-15  XXXX-12
    interval  = date/date | date/.. | ../date (no such end) | date/ | /date (an end there is, and nobody says when)

    `2025-12-2X` allows 2025-12-20 to 2025-12-29; `2023` allows 2023-01-01 to 2023-12-31; `2025-12-22/` begins on 2025-12-22 and its
    latest day is unknown.

Invariants. Bounds are the earliest and latest day that the text allows, exactly: each is a day of the calendar that fits.
A qualifier only sets a flag and moves no bound. An end that is open or unknown, and the year of `XXXX-12-15`, never become a day.
The text is kept as it was given: nothing is normalised, nothing guessed.

Absent on purpose: seasons (their months differ from one reader to the next), times of day, exponents, years before 1 or after
9999, sets, and qualifiers on a single part: nothing here needs them, and each is one more way to read a date differently.
"""

from __future__ import annotations

import calendar
import datetime
import enum
import functools
import itertools
import re
from collections.abc import Iterator

import msgspec

from events.errors import DateInvalid, IntegrityBroken
from events.texts import check_words, shown

_BLANK = "XXXX"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX|[0-9]XXX|XXXX)"
_PART = r"(?P<{0}>[0-9]{{2}}|[0-9]X|XX)"
_DATE = re.compile(rf"{_YEAR}(?:-{_PART.format('month')}(?:-{_PART.format('day')})?)?(?P<qualifier>[~?%]?)")
_EXPECTED = "expected YYYY, YYYY-MM or YYYY-MM-DD, with X for an unknown digit, `~`, `?` or `%` at the end, or an interval A/B"

# What people write instead, in the order in which the advice helps most: the first that is found is named.
_ADVICE = (
    (re.compile(r"\s"), "a date has no blanks in it"),
    (re.compile(r"[^\x00-\x7f]"), "only the digits 0 to 9 and ASCII signs"),
    (re.compile(r"[0-9]T[0-9]"), "a claimed date has no time of day"),
    (re.compile(r"(^|/)[0-9]{8}(/|$)"), "hyphens set the parts apart, as in 2025-12-22"),
    (re.compile(r"(^|/)(Y|[+-])[0-9]|[0-9]E[0-9]|(^|/)[0-9X]{5,}"), "years run from 0001 to 9999"),
    (re.compile(r"x"), "an unknown digit is a capital X"),
    (re.compile(r"X[0-9]"), "after an unknown digit only X may follow"),
    (re.compile(r"[~?%][^/]"), "one of `~`, `?` and `%`, at the end of a date"),
)
_SEASONS = range(21, 42)


class Derivation(enum.StrEnum):
    """How a date or a value follows from the words of its source."""

    STATED = "stated"
    INFERRED = "inferred"
    ENTAILED = "entailed"
    RESOLVED = "resolved"
    COMPUTED = "computed"
    CAPTURED = "captured"


class ClaimedDate(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A date as claimed: `edtf` in the profile above, or null where the source states what no calendar has. Then `as_written` has its
    words, and `impossible` what they come to in the same notation, where they come to anything: `2025-06-31`."""

    edtf: str | None = None
    derivation: Derivation
    as_written: str | None = None
    impossible: str | None = None


class EndKind(enum.StrEnum):
    """What stands at one end of the time that a date allows: a day, no end at all (`..`), or an end that nobody knows."""

    DATE = "date"
    OPEN = "open"
    UNKNOWN = "unknown"


class DayPattern(msgspec.Struct, frozen=True):
    """The days of one date: first and last year, month and day of the month, each inclusive. A year without digits is 1 to 9999."""

    years: tuple[int, int]
    months: tuple[int, int]
    days: tuple[int, int]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The earliest and latest day that a date allows, inclusive. An end is null unless its kind is `date`.

    `pattern` tells apart the days between them where the date is not an interval: `2025-XX-15` allows twelve of its 335.
    """

    earliest: datetime.date | None = None
    latest: datetime.date | None = None
    earliest_kind: EndKind = EndKind.UNKNOWN
    latest_kind: EndKind = EndKind.UNKNOWN
    approximate: bool = False
    uncertain: bool = False
    pattern: DayPattern | None = None


UNBOUNDED = Bounds()
"""Of a date that no calendar has."""

_ANY_DAY = DayPattern((datetime.MINYEAR, datetime.MAXYEAR), (1, 12), (1, 31))


class _CalendarLacks(Exception):
    """The shape is the profile's, and no day of the calendar fits."""


# ── In ───────────────────────────────────────────────────────────────────────


def claimed_date(edtf: str | None, *, derivation: Derivation, as_written: str | None = None) -> ClaimedDate:
    """Return the date as it is to be stored.

    What the source itself states (`derivation` stated, with its words) and no calendar has is kept as written, without bounds and
    with the problem named. Everything else that does not parse is our own mistake: `DateInvalid`.
    """
    words = None if as_written is None else check_words(as_written, field="as_written")
    kept = words if derivation is Derivation.STATED else None
    if edtf is None:
        if kept is None:
            raise DateInvalid(
                "a date without `edtf`: expected `edtf`, or the words of the source that states it (`as_written`)"
            )
        return ClaimedDate(derivation=derivation, as_written=kept)
    try:
        _read(edtf)
    except _CalendarLacks as problem:
        if kept is None:
            raise DateInvalid(str(problem), edtf=edtf) from None
        return ClaimedDate(derivation=derivation, as_written=kept, impossible=edtf)
    return ClaimedDate(edtf=edtf, derivation=derivation, as_written=words)


def check_claimed_date(claimed: ClaimedDate) -> ClaimedDate:
    """Return `claimed` as it is to be stored; raises `DateInvalid` where `claimed_date` would."""
    given = claimed.impossible or claimed.edtf
    stored = claimed_date(given, derivation=claimed.derivation, as_written=claimed.as_written)
    if claimed.impossible is not None and (stored.impossible is None or claimed.edtf is not None):
        raise DateInvalid(
            "`impossible` belongs to a date that a source states and no calendar has, instead of `edtf`"
        )
    return stored


def problem_of(claimed: ClaimedDate) -> str | None:
    """Why a date that a source states cannot be, in a sentence; None where it can."""
    if claimed.edtf is not None:
        return None
    if claimed.impossible is None:
        return "no day was given for it"
    try:
        _read(claimed.impossible)
    except _CalendarLacks as problem:
        return str(problem)
    raise IntegrityBroken(f"{claimed.impossible} is stored as a date that no calendar has, and there is one")


# ── Bounds ───────────────────────────────────────────────────────────────────


def parse(edtf: str) -> Bounds:
    """Return the bounds of a date in the profile. Raises `DateInvalid`, saying what stands there and what was expected."""
    try:
        return _read(edtf)
    except _CalendarLacks as problem:
        raise DateInvalid(str(problem), edtf=edtf) from None


@functools.lru_cache(maxsize=8192)
def bounds_of(edtf: str) -> Bounds:
    """Return what `parse` returns, from a cache: folds ask for the same dates again and again."""
    return parse(edtf)


def bounds_of_claim(claimed: ClaimedDate | None) -> Bounds:
    """Return the bounds of a claimed date; both ends unknown where there is none, or none that a calendar has."""
    return UNBOUNDED if claimed is None or claimed.edtf is None else bounds_of(claimed.edtf)


def can_coincide(one: Bounds, other: Bounds) -> bool:
    """Whether some day fits both. An open or unknown end excludes no day, and the flags are not read: they move no bound."""
    low = max(_first_day(one), _first_day(other))
    high = min(_last_day(one), _last_day(other))
    shared = _shared(one.pattern or _ANY_DAY, other.pattern or _ANY_DAY)
    if low > high or shared is None:
        return False
    shared = msgspec.structs.replace(
        shared, years=(max(shared.years[0], low.year), min(shared.years[1], high.year))
    )
    return any(first <= high and low <= last for first, last in _runs_of(shared))


def certainly_before(one: Bounds, other: Bounds) -> bool:
    """Whether every day that fits `one` lies before every day that fits `other`."""
    return one.latest is not None and other.earliest is not None and one.latest < other.earliest


def narrower(one: Bounds, other: Bounds) -> bool:
    """Whether `one` says more than `other` about when: fewer ends missing, then fewer days between them, then fewer days that fit."""
    return _width(one) < _width(other)


# ── In words ─────────────────────────────────────────────────────────────────


def in_words(claimed: ClaimedDate) -> str:
    """Return the date in plain English: `22 December 2025`, `about 2021`, `from October 2021 on`, `a day in the 2010s`."""
    if claimed.edtf is None:
        return f"“{claimed.as_written}” ({problem_of(claimed)})"
    start, slash, end = claimed.edtf.partition("/")
    if not slash:
        return _date_in_words(start)
    match start, end:
        case "..", _:
            return f"until {_date_in_words(end)}"
        case _, "..":
            return f"from {_date_in_words(start)} on"
        case "", _:
            return f"until {_date_in_words(end)}, from when is unknown"
        case _, "":
            return f"from {_date_in_words(start)}, until when is unknown"
    return f"from {_date_in_words(start)} to {_date_in_words(end)}"


def _date_in_words(text: str) -> str:
    bounds, found = bounds_of(text), _DATE.fullmatch(text)
    if found is None or bounds.pattern is None:
        raise _malformed(text)
    words = _pattern_in_words(bounds.pattern, found)
    return ("about " if bounds.approximate else "") + words + (" (uncertain)" if bounds.uncertain else "")


def _pattern_in_words(pattern: DayPattern, found: re.Match[str]) -> str:
    if found["year"] == _BLANK:
        return f"{_days_in_words(pattern, found)}, year unknown"
    first, last = pattern.years
    if found["month"] is None:
        return str(first) if first == last else f"a day in {_years_in_words(first, last)}"
    days = _days_in_words(pattern, found)
    if first != last:
        return f"{days} in {_years_in_words(first, last)}"
    return f"{days} in {first}" if found["month"] == "XX" else f"{days} {first}"


def _years_in_words(first: int, last: int) -> str:
    return f"the {first}s" if last - first == 9 else f"the years {first} to {last}"


def _days_in_words(pattern: DayPattern, found: re.Match[str]) -> str:
    """Return the day and month: `15 December`, `a day in December`, `day 15 of a month`."""
    month, day = _months_in_words(*pattern.months, stated=found["month"] != "XX"), found["day"]
    first, last = pattern.days
    if day is None:
        return month
    if day == "XX":
        return "a day" if found["month"] == "XX" else f"a day in {month}"
    of = " " if pattern.months[0] == pattern.months[1] else " of "
    if first != last:
        return f"a day from {first} to {last}{of}{month}"
    return f"{first} {month}" if of == " " else f"day {first} of {month}"


def _months_in_words(first: int, last: int, *, stated: bool) -> str:
    if not stated:
        return "a month"
    if first == last:
        return calendar.month_name[first]
    return f"a month from {calendar.month_name[first]} to {calendar.month_name[last]}"


# ── Reading ──────────────────────────────────────────────────────────────────


def _read(edtf: str) -> Bounds:
    start, slash, end = edtf.partition("/")
    if not slash:
        return _read_date(start, edtf)
    if start in ("", "..") and end in ("", ".."):
        raise _refused(edtf, "names no day at all: leave the date out")
    return _joined(_read_end(start, edtf), _read_end(end, edtf), edtf)


def _read_end(text: str, edtf: str) -> Bounds:
    if text == "":
        return UNBOUNDED
    if text == "..":
        return Bounds(earliest_kind=EndKind.OPEN, latest_kind=EndKind.OPEN)
    return _read_date(text, edtf)


def _joined(start: Bounds, end: Bounds, edtf: str) -> Bounds:
    if start.earliest is not None and end.latest is not None and start.earliest > end.latest:
        raise _refused(edtf, f"the interval ends ({end.latest}) before it begins ({start.earliest})")
    return Bounds(
        earliest=start.earliest,
        latest=end.latest,
        earliest_kind=start.earliest_kind,
        latest_kind=end.latest_kind,
        approximate=start.approximate or end.approximate,
        uncertain=start.uncertain or end.uncertain,
    )


def _read_date(text: str, edtf: str) -> Bounds:
    found = _DATE.fullmatch(text)
    if found is None:
        raise _malformed(edtf)
    pattern = _pattern_of(found, edtf)
    qualifier = found["qualifier"]
    dated = found["year"] != _BLANK
    kind = EndKind.DATE if dated else EndKind.UNKNOWN
    return Bounds(
        earliest=next(_runs_of(pattern))[0] if dated else None,
        latest=next(_runs_of(pattern, step=-1))[1] if dated else None,
        earliest_kind=kind,
        latest_kind=kind,
        approximate=qualifier in ("~", "%"),
        uncertain=qualifier in ("?", "%"),
        pattern=pattern,
    )


def _pattern_of(found: re.Match[str], edtf: str) -> DayPattern:
    """Return the days that fit, of which there is at least one."""
    year, month, day = found["year"], found["month"] or "XX", found["day"] or "XX"
    if not (year + month + day).strip("X"):
        raise _refused(edtf, "names no day at all: leave the date out")
    if month.isdecimal() and int(month) in _SEASONS:
        raise _refused(
            edtf, f"{month} is a season or a part of a year: name its months, as in 2025-03/2025-05"
        )
    years = _digits(year, 1, 9999)
    months = _digits(month, 1, 12)
    if years is None:
        raise _CalendarLacks(f"{shown(edtf)}: there is no year {year}")
    if months is None:
        raise _CalendarLacks(f"{shown(edtf)}: there is no month {month}")
    longest = max(_longest(years, number) for number in range(months[0], months[1] + 1))
    days = _digits(day, 1, longest)
    if days is None:
        raise _CalendarLacks(f"{shown(edtf)}: {_day_lacks(day, years, months, longest)}")
    return DayPattern(years, months, days)


def _digits(text: str, low: int, high: int) -> tuple[int, int] | None:
    """Return the first and last number from `low` to `high` that `text` allows; trailing Xs make these a single run."""
    first, last = max(int(text.replace("X", "0")), low), min(int(text.replace("X", "9")), high)
    return (first, last) if first <= last else None


def _longest(years: tuple[int, int], month: int) -> int:
    """Return how many days the month has in the longest of the years. An X in a year takes in a leap year: any ten in a row do."""
    year = years[0] if years[0] == years[1] else 2000
    return calendar.monthrange(year, month)[1]


def _day_lacks(day: str, years: tuple[int, int], months: tuple[int, int], longest: int) -> str:
    if day == "00" or months[0] != months[1]:
        return f"there is no day {day}"
    name = calendar.month_name[months[0]]
    return (
        f"{name} {years[0]} has {longest} days"
        if years[0] == years[1]
        else f"{name} has at most {longest} days"
    )


def _runs_of(pattern: DayPattern, *, step: int = 1) -> Iterator[tuple[datetime.date, datetime.date]]:
    """Yield the first and last day that fit in each month that has one; from the end if `step` is -1."""
    years = range(pattern.years[0], pattern.years[1] + 1)[::step]
    months = range(pattern.months[0], pattern.months[1] + 1)[::step]
    for year, month in itertools.product(years, months):
        last = min(pattern.days[1], calendar.monthrange(year, month)[1])
        if pattern.days[0] <= last:
            yield datetime.date(year, month, pattern.days[0]), datetime.date(year, month, last)


def _malformed(edtf: str) -> DateInvalid:
    if edtf == "":
        return DateInvalid("an empty date: leave it out where the source gives none", edtf=edtf)
    advice = next((f" ({words})" for found, words in _ADVICE if found.search(edtf)), "")
    return _refused(edtf, f"not a date of the profile{advice}: {_EXPECTED}")


def _refused(edtf: str, reason: str) -> DateInvalid:
    return DateInvalid(f"{shown(edtf)}: {reason}", edtf=edtf)


# ── Comparing ────────────────────────────────────────────────────────────────


def _first_day(bounds: Bounds) -> datetime.date:
    return datetime.date.min if bounds.earliest is None else bounds.earliest


def _last_day(bounds: Bounds) -> datetime.date:
    return datetime.date.max if bounds.latest is None else bounds.latest


def _shared(one: DayPattern, other: DayPattern) -> DayPattern | None:
    years, months, days = (_overlap(*pair) for pair in zip(_ranges(one), _ranges(other), strict=True))
    return None if years is None or months is None or days is None else DayPattern(years, months, days)


def _ranges(pattern: DayPattern) -> tuple[tuple[int, int], ...]:
    return pattern.years, pattern.months, pattern.days


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _width(bounds: Bounds) -> tuple[int, int, int]:
    missing = (bounds.earliest is None) + (bounds.latest is None)
    span = 0
    if bounds.earliest is not None and bounds.latest is not None:
        span = (bounds.latest - bounds.earliest).days
    return missing, span, _days_a_year(bounds.pattern)


def _days_a_year(pattern: DayPattern | None) -> int:
    if pattern is None:
        return 366
    return (pattern.months[1] - pattern.months[0] + 1) * (pattern.days[1] - pattern.days[0] + 1)
