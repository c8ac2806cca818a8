"""What the command line prints about projected rows: what an entry changed, what a rebuild or a replay found, and a row that differs.

Absent on purpose: decisions. What is printed was decided before.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from app import printing
from events.dates import ClaimedDate, in_words
from events.kinds import Position, SubjectKey, kind_of
from projections.builds import State
from projections.comparing import Compared, Difference
from projections.computed import Step
from projections.findings import DAY_MAX, DAY_MIN, Finding, Interval
from projections.runner import Rebuilt

NOTHING = "nothing"
VALUE_CHARACTERS_MAX = 160
# What an auditor reads where two findings are told in the same words.
_ASIDE = {
    "supported_by": "who supports it",
    "opposed_by": "who speaks against it",
    "interval": "its days",
    "in_words": "its words",
}

# ── Replaying ────────────────────────────────────────────────────────────────


def step(taken: Step, names: Mapping[SubjectKey, str], *, as_json: bool) -> None:
    """An entry, and each finding that it changed: before → after."""
    if as_json:
        printing.json_line(_step(taken))
        return
    event = taken.event
    kind = kind_of(type(event.content)).replace("_", " ")
    recorded = event.recorded_at.strftime("%Y-%m-%d %H:%M UTC")
    printing.answer(
        f"{event.position:>6}  {kind}: {', '.join(taken.about)} (recorded {recorded})", style="bold"
    )
    for before, after in taken.changed:
        (shown,) = {(one.about, one.facet.value) for one in (before, after) if one is not None}
        name = f"{names[shown[0]]} ({shown[0]})" if shown[0] in names else shown[0]
        printing.answer(f"        {shown[1].replace('_', ' ')} of {name}: {change(before, after)}")


def wait_for_enter(position: Position) -> None:
    """Returns when somebody at a terminal has pressed Enter; at once where nobody is."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        printing.note(f"Position {position}. Enter goes on.")
        sys.stdin.readline()


def change(before: Finding | None, after: Finding | None) -> str:
    """What a finding was and is; where both are told in the same words, what of it differs."""
    was, now = _told(before), _told(after)
    if was != now or before is None or after is None:
        return f"{was} → {now}"
    fields = [name for name in Finding.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    return f"{now}; what differs: {', '.join(_aside(name, before, after) for name in fields)}"


def _aside(name: str, before: Finding, after: Finding) -> str:
    """What is not told of a finding in words, and how it differs."""
    was, now = getattr(before, name), getattr(after, name)
    told = _ASIDE.get(name, name.replace("_", " "))
    match was, now:
        case Interval(), Interval():
            return f"{told} ({_days(was)} → {_days(now)})"
        case tuple(), tuple() if name in ("supported_by", "opposed_by"):
            came, went = (sorted(set(one) - set(other)) for one, other in ((now, was), (was, now)))
            return f"{told} ({' '.join([*(f'+{position}' for position in came), *(f'−{position}' for position in went)])})"
        case msgspec.Struct(), msgspec.Struct() if name == "value" and type(was) is type(now):
            parts = (part for part in was.__struct_fields__ if getattr(was, part) != getattr(now, part))
            return f"{told} ({', '.join(part.replace('_', ' ') for part in parts)})"
        case _:
            return told


def _days(interval: Interval) -> str:
    begins, ends = ((interval.from_min, interval.from_max), (interval.to_min, interval.to_max))
    return f"from {_bounds(*begins)} to {_bounds(*ends)}"


def _bounds(earliest: date, latest: date) -> str:
    first, last = ("…" if day in (DAY_MIN, DAY_MAX) else day.isoformat() for day in (earliest, latest))
    return first if first == last else f"{first}/{last}"


def for_programs(finding: Finding | None) -> dict[str, object] | None:
    """A finding as JSON has it; a bound that nobody knows is null, and not the day that stands for it in the rows."""
    if finding is None:
        return None
    told: dict[str, object] = msgspec.to_builtins(finding)
    if finding.interval is not None:
        bounds = msgspec.structs.asdict(finding.interval)
        told["interval"] = {
            name: None if day in (DAY_MIN, DAY_MAX) else day.isoformat() for name, day in bounds.items()
        }
    if finding.alternatives:
        told["alternatives"] = [for_programs(side) for side in finding.alternatives]
    return told


def _told(finding: Finding | None) -> str:
    """A finding in words, since when, and how well it stands."""
    if finding is None:
        return NOTHING
    voices = f", {finding.voices} voice{'' if finding.voices == 1 else 's'}" if finding.voices else ""
    return f"{finding.in_words}{_since(finding.since)} [{finding.standing.value}{voices}]"


def _since(claimed: ClaimedDate | None) -> str:
    if claimed is None:
        return ""
    is_range = "/" in (claimed.edtf or "")
    return f", on some day {in_words(claimed)}" if is_range else f", since {in_words(claimed)}"


def _step(taken: Step) -> dict[str, object]:
    event = taken.event
    return {
        "position": event.position,
        "kind": kind_of(type(event.content)),
        "recorded_at": event.recorded_at.isoformat(),
        "about": list(taken.about),
        "changes": [_pair(before, after) for before, after in taken.changed],
    }


def _pair(before: Finding | None, after: Finding | None) -> dict[str, object]:
    (key,) = {(one.about, one.facet.value, one.segment) for one in (before, after) if one is not None}
    return {
        **dict(zip(("about", "facet", "segment"), key, strict=True)),
        "before": for_programs(before),
        "after": for_programs(after),
    }


def replayed(position: Position, found: Compared, *, as_json: bool) -> None:
    """Whether what is stored is what the entries give."""
    if as_json:
        printing.json_line({"position": position, **_compared(found, ("stored", "given"))})
    elif found.first is None:
        printing.answer(f"Position {position}: the same {_rows(found.same)} as stored, the past included.")
    else:
        _differs(
            f"Position {position}: what is stored differs from what the entries give in {_rows(found.differing)}; "
            f"{_rows(found.same)} the same.",
            found.first,
            sides=("stored", "the entries give"),
        )


# ── Rebuilding ───────────────────────────────────────────────────────────────


def rebuilt(done: Rebuilt, *, as_json: bool) -> None:
    """What a rebuild found."""
    if as_json:
        printing.json_line(
            {
                "build": done.build,
                "position": done.compared_at,
                **_compared(
                    Compared(same=done.same, differing=done.differing, first=done.first), ("before", "now")
                ),
                "sha256": done.digest,
            }
        )
        return
    if done.first is None:
        told = f"the same {_rows(done.same)} as before, the past included"
        printing.note(
            f"Rebuilt, and compared at position {done.compared_at}: {told} (SHA-256 {done.digest})."
        )
        return
    _differs(
        f"Rebuilt, and compared at position {done.compared_at}: not as before in {_rows(done.differing)}; {_rows(done.same)} the same "
        f"(SHA-256 {done.digest}). Answers are read from what is new; `custody rebuild --back` goes back.",
        done.first,
        sides=("before", "now"),
    )


def gone_back(now: State, *, as_json: bool) -> None:
    """Which build answers are read from again."""
    if as_json:
        printing.json_line({"build": now.build, "position": now.projected_through})
        return
    printing.note(
        f"Answers are read from build {now.build} again, with everything through position {now.projected_through}. "
        "`custody rebuild --back` undoes this."
    )


# ── A row that differs ───────────────────────────────────────────────────────


def _differs(sentence: str, first: Difference, *, sides: tuple[str, str]) -> None:
    printing.complaint(sentence)
    for line in _difference(first, sides):
        printing.complaint(line)


def _difference(first: Difference, sides: tuple[str, str]) -> Iterator[str]:
    """A row's table and key, and each value that is not the same on both sides."""
    key = ", ".join(str(part) for part in first.key)
    from_where = "" if first.known_from is None else f", from position {first.known_from} on"
    yield f"The first, in `{first.table}`: {key}{from_where}."
    one, other = (_values(first, row) for row in (first.one, first.other))
    for side, row, opposite in ((sides[0], one, other), (sides[1], other, one)):
        if row is None:
            yield f"  {side}: no such row"
        elif opposite is None:
            yield f"  {side}: {_listed(row)}"
        else:
            yield f"  {side}: {_listed({name: value for name, value in row.items() if opposite.get(name) != value})}"


def _values(first: Difference, row: tuple[object, ...] | None) -> dict[str, object] | None:
    """A row's values by name; those of a finding one by one."""
    if row is None:
        return None
    values: dict[str, object] = {}
    for name, value in zip(first.columns, row, strict=True):
        if name in ("finding", "facts"):
            fields = _fields(str(value))
            # Facts have names as well: of one that is a column's too, both are told.
            values |= {f"{name}.{own}" if own in first.columns else own: fields[own] for own in fields}
        else:
            values[name] = value
    return values


def _fields(stored: str) -> Mapping[str, object]:
    try:
        fields = msgspec.json.decode(stored)
    except msgspec.DecodeError:
        return {"json": stored}
    return fields if isinstance(fields, dict) else {"json": stored}


def _listed(values: Mapping[str, object]) -> str:
    if not values:
        return "the rest is the same"
    return "; ".join(f"{name} {_value(name, value)}" for name, value in values.items())


def _value(name: str, value: object) -> str:
    if name == "known_to":
        return f"{value}" if value else "(it stands)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_CHARACTERS_MAX else f"{text[:VALUE_CHARACTERS_MAX]}…"


def _compared(found: Compared, sides: tuple[str, str]) -> dict[str, object]:
    first = found.first
    return {
        "same": found.same,
        "differing": found.differing,
        "first": None
        if first is None
        else {
            "table": first.table,
            "key": list(first.key),
            "known_from": first.known_from,
            sides[0]: _values(first, first.one),
            sides[1]: _values(first, first.other),
        },
    }


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
