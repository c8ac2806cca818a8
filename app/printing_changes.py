"""What the command line prints about what differs: for people subject by subject, before → after and why; for programs one object a line.

Absent on purpose: decisions. What is printed was decided before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from app import printing
from app.differing import Differences, Moved, Supposing, Told, Why
from app.moments import Moment
from app.printing_rows import change as in_words
from app.printing_rows import for_programs
from projections.changes import Change, ChangeReason
from projections.findings import Finding, Holds
from projections.reads import Documented
from projections.tally import Column

QUOTE_CHARACTERS_MAX = 120


def differences(found: Differences, *, as_json: bool) -> None:
    """Both moments, each change with its causes, and the columns of an act's tallies that moved."""
    if as_json:
        printing.json_line(_moments(found))
    else:
        days = _days(found.span.first_day, found.span.last_day)
        printing.answer(f"{_moment('From', found.earlier)} {_moment('to', found.later)}{days}.", style="dim")
    count = _changes(found.changes(), days=(found.span.first_day, found.span.last_day), as_json=as_json)
    for moved in found.tallies():
        _tally(moved, as_json=as_json)
    if not as_json:
        printing.answer(f"\n{_counted(count, 'finding')} differ{'s' if count == 1 else ''}.", style="dim")


def supposed(found: Supposing, *, as_json: bool) -> None:
    """What would differ."""
    if as_json:
        printing.json_line(
            {"supposed": dict([found.target.named()]), "position": found.moment.position, "recorded": False}
        )
    else:
        printing.answer(
            f"If {found.words} were retracted, by what is known at position {found.moment.position}:",
            style="dim",
        )
    count = _changes(found.changes(), days=None, as_json=as_json)
    if not as_json:
        subjects = len({about for about, _, _ in found.differing})
        of = f" of {_counted(subjects, 'subject')}" if count else ""
        printing.answer(
            f"\n{_counted(count, 'finding')}{of} would differ. Nothing was recorded.", style="dim"
        )


def _changes(told: Iterator[Told], *, days: tuple[date, date] | None, as_json: bool) -> int:
    """How many there were. A subject is named once, before its first change."""
    count, subject = 0, None
    for one in told:
        change = one.change
        count += 1
        if as_json:
            printing.json_line(_told(one))
            continue
        if change.about != subject:
            subject = change.about
            printing.answer(
                f"\n{one.name} ({subject})" if one.name != subject else f"\n{subject}", style="bold"
            )
        printing.answer(f"  {change.facet.value.replace('_', ' ')}: {_in_words(change)}")
        for why in one.why:
            for line in _why(why, change, days):
                printing.answer(f"      {line}", style="dim")
    return count


def _in_words(change: Change) -> str:
    if change.before is not None and change.before == change.after:
        return change.before.in_words
    return in_words(change.before, change.after)


def _why(why: Why, change: Change, days: tuple[date, date] | None) -> Iterator[str]:
    reason = why.reason.value.replace("_", " ")
    if why.reason is ChangeReason.PASSING_OF_TIME:
        yield f"{reason}: {_held(change.before, days)}"
        return
    recorded = f", recorded {why.recorded_at:%Y-%m-%d}" if why.recorded_at is not None else ""
    fell = f"; {_counted(why.fell, 'report')} fell" if why.fell is not None else ""
    words = f": {why.words.removesuffix('.') if fell else why.words}" if why.words else ""
    yield f"{why.position}  {reason}{recorded}{words}{fell}"
    if why.quote is not None:
        yield f"    “{_shortened(why.quote)}”"


def _held(finding: Finding | None, days: tuple[date, date] | None) -> str:
    if finding is None or finding.interval is None or days is None:
        return ""
    return ", ".join(f"{_holding(finding.interval.holds_on(day))} on {day}" for day in days)


def _holding(holds: Holds | None) -> str:
    return "not so" if holds is None else holds.value


def _tally(moved: Moved, *, as_json: bool) -> None:
    measure = moved.measure.value.replace("_", " ")
    if as_json:
        printing.json_line(
            {
                "tally": moved.measure.value,
                "column": moved.column,
                "before": _column(moved.before),
                "after": _column(moved.after),
                "because": list(moved.because),
            }
        )
        return
    by = f", by {', '.join(map(str, moved.because))}" if moved.because else ", by the passing of time"
    printing.answer(
        f"\nTally, {measure}, {moved.column}: {_bounds(moved.before)} → {_bounds(moved.after)}{by}",
        style="bold",
    )


def _bounds(column: Column | Documented) -> str:
    """Bounds as they stand: nothing is subtracted."""
    if column.low is None and column.high is None:
        return "nothing said"
    low, high = ("open" if bound is None else f"{bound:,}" for bound in (column.low, column.high))
    told = low if low == high else f"{low} to {high}"
    if isinstance(column, Documented):
        unnamed = f", {column.unnamed:,} unnamed" if column.unnamed else ""
        again = f", {column.detained_again:,} held again" if column.detained_again else ""
        return f"{told} by name{unnamed}{again}"
    return told


def _column(column: Column | Documented) -> dict[str, object]:
    if isinstance(column, Documented):
        return {name: value for name, value in msgspec.structs.asdict(column).items() if name != "named"}
    return {"low": column.low, "high": column.high}


def _moment(word: str, moment: Moment) -> str:
    return f"{word} position {moment.position} ({moment.told})"


def _days(first: date, last: date) -> str:
    return f", about {first}" if first == last else f", about {first} and {last}"


def _moments(found: Differences) -> dict[str, object]:
    sides = ((found.earlier, found.span.first_day), (found.later, found.span.last_day))
    first, last = (
        {"position": moment.position, "meant": moment.told, "valid_on": day} for moment, day in sides
    )
    return {"from": first, "to": last, "zone": found.zone, "about": found.about}


def _told(one: Told) -> dict[str, object]:
    change = one.change
    return {
        "about": change.about,
        "name": one.name,
        "facet": change.facet.value,
        "segment": change.segment,
        "differs_in": list(change.differs_in()),
        "before": for_programs(change.before),
        "after": for_programs(change.after),
        "because": [_cause(why) for why in one.why],
    }


def _cause(why: Why) -> dict[str, object]:
    told = msgspec.to_builtins(why)
    return {name: value for name, value in told.items() if value not in (None, "")}


def _shortened(quote: str) -> str:
    return quote if len(quote) <= QUOTE_CHARACTERS_MAX else f"{quote[: QUOTE_CHARACTERS_MAX - 1]}…"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
