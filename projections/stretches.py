"""R4, R7: from states that begin with occurrences to the stretches of days on which a value is certain or possible.

A state begins on a day in [earliest, latest] and lasts until another one begins. Sequences are not enumerated: a state can be the last on
day d if it can have begun by d and nothing that certainly follows it must have, that is if `earliest <= d < ends`, where `ends` is the
first day on which something that certainly follows has certainly begun. A value is certain on d if no other value can be the last and
some state has certainly begun; else it is possible.

    begins 2023, then begins 2025-12-15 to -22 for certain    the first possible from 2023-01-01, certain from 2023-12-31 to
                                                              2025-12-14, possible to 2025-12-21; the second from 2025-12-15, certain
                                                              from 2025-12-22 on

Invariant: of the stretches of one call, at most one is certain on any day, and from the earliest day of a state on, each day has at least
one that is possible. Cost: n log n.

Absent on purpose: what the values mean, and who says so.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct

from events.dates import ClaimedDate
from projections.evidence import Told, computed_date, narrowest_date
from projections.findings import DAY_MAX, DAY_MIN, Interval
from projections.timeline import Branch


class State(Struct, eq=False):
    """A state that begins with an occurrence: somewhere in [earliest, latest], and over, at the latest, when `ends` begins: the first day
    on which something that certainly follows has certainly happened. `needs` are the reports of each step that the value is reckoned
    from, where it is reckoned from several; `disputed`: when it began is contested, between `branches` where these are told. States of
    one `chain`, other than 0, are ordered by sources alone."""

    value: Hashable
    told: tuple[Told, ...]
    earliest: date
    latest: date
    needs: tuple[tuple[Told, ...], ...] = ()
    disputed: bool = False
    branches: tuple[Branch, ...] = ()
    chain: int = 0
    ends: date = DAY_MAX
    ended_by: State | None = None

    def end_by(self, other: State) -> None:
        """Notes a state that certainly follows; one that is certainly over before this begins does not."""
        if self.earliest <= other.latest < self.ends:
            self.ends, self.ended_by = other.latest, other


class Stretch(Struct, frozen=True):
    """Days on which a value is certain or possible, and the states that give it."""

    value: Hashable
    states: tuple[State, ...]
    interval: Interval


def end_by_days(states: Iterable[State], *, by: Iterable[State]) -> None:
    """Lets each of `states` be ended by those of `by` that can only begin after its latest day."""
    ordered = sorted(by, key=lambda state: state.earliest)
    earliest = [state.earliest for state in ordered]
    soonest: list[State] = []
    for state in reversed(ordered):
        soonest.append(state if not soonest or state.latest < soonest[-1].latest else soonest[-1])
    for state in states:
        later = len(ordered) - bisect_right(earliest, state.latest)
        if later:
            state.end_by(soonest[later - 1])


def end_by_rank(states: Iterable[State], *, by: Iterable[State]) -> None:
    """Lets each of `states` be ended by those of `by`, which certainly follow unless they are certainly over before it begins, or of one
    chain with it."""
    ordered = sorted(by, key=lambda state: state.latest)
    latest = [state.latest for state in ordered]
    for state in states:
        place = bisect_left(latest, state.earliest)
        while place < len(ordered) and state.chain and ordered[place].chain == state.chain:
            place += 1
        if place < len(ordered):
            state.end_by(ordered[place])


def stretches(states: Iterable[State]) -> list[Stretch]:
    """The stretches of days of all values, each certain in one unbroken run at most, in order of their first days."""
    live = [state for state in states if state.earliest < state.ends]
    if not live:
        return []
    certain = _certain_days(live)
    by_value: dict[Hashable, list[State]] = defaultdict(list)
    for state in sorted(live, key=lambda state: (state.earliest, state.told[0].position)):
        by_value[state.value].append(state)
    found = [
        stretch
        for value, same in by_value.items()
        for run in _runs(same)
        for stretch in _stretches_of(value, run, certain.get(value, []))
    ]
    return sorted(
        found, key=lambda one: (one.interval.from_min, one.interval.from_max, one.states[0].told[0].position)
    )


def _certain_days(states: Sequence[State]) -> Mapping[Hashable, list[tuple[date, date]]]:
    """For each value the days, half-open and in order, on which nothing else can hold."""
    known_from = min(state.latest for state in states)
    changes: dict[date, list[tuple[Hashable, int]]] = defaultdict(list)
    changes[known_from] = []
    for state in states:
        changes[state.earliest].append((state.value, 1))
        changes[state.ends].append((state.value, -1))
    active: dict[Hashable, int] = {}
    certain: dict[Hashable, list[tuple[date, date]]] = defaultdict(list)
    days = sorted(changes)
    for day, next_day in pairwise(days):
        for value, by in changes[day]:
            active[value] = active.get(value, 0) + by
            if not active[value]:
                del active[value]
        if len(active) == 1 and day >= known_from:
            (value,) = active
            _extend(certain[value], day, next_day)
    return certain


def _extend(found: list[tuple[date, date]], first: date, end: date) -> None:
    if found and found[-1][1] == first:
        found[-1] = (found[-1][0], end)
    else:
        found.append((first, end))


def _runs(states: Sequence[State]) -> list[list[State]]:
    """States of one value, in order of their first days, where each begins before all earlier ones are over."""
    runs: list[list[State]] = []
    end = DAY_MIN
    for state in states:
        if runs and state.earliest <= end:
            runs[-1].append(state)
            end = max(end, state.ends)
        else:
            runs.append([state])
            end = state.ends
    return runs


def _stretches_of(
    value: Hashable, run: Sequence[State], certain: Sequence[tuple[date, date]]
) -> list[Stretch]:
    first, end = run[0].earliest, max(state.ends for state in run)
    inside = certain[bisect_left(certain, (first, first)) : bisect_left(certain, (end, end))]
    if not inside:
        latest = min(max(first, min(state.latest for state in run)), end)
        next_begins = min(state.ended_by.earliest if state.ended_by else DAY_MAX for state in run)
        interval = Interval(first, latest, min(max(first, next_begins), latest), end)
        return [Stretch(value, tuple(run), interval)]
    # Where another value is possible in between, each unbroken run of certain days becomes a stretch of its own.
    starts = [first, *(begin for begin, _ in inside[1:])]
    ends = [*(begin for begin, _ in inside[1:]), end]
    return [
        Stretch(value, _within(run, from_min, to_max), Interval(from_min, from_max, to_min, to_max))
        for from_min, (from_max, to_min), to_max in zip(starts, inside, ends, strict=True)
    ]


def _within(run: Sequence[State], first: date, end: date) -> tuple[State, ...]:
    return tuple(state for state in run if state.earliest < end and state.ends > first)


# ── Since and until ──────────────────────────────────────────────────────────


def since_of(state: State) -> ClaimedDate | None:
    """The narrowest date that a source gives for the beginning, else the days that the reports leave for it; None where disputed."""
    if state.disputed:
        return None
    return narrowest_date(state.told) or computed_date(state.earliest, state.latest)


def until_of(stretch: Stretch) -> ClaimedDate | None:
    """When what ends a stretch began; None while it lasts, and where nobody says by when it ended."""
    last = max(stretch.states, key=lambda state: state.ends)
    if last.ended_by is None or last.ended_by.latest == DAY_MAX:
        return None
    return since_of(last.ended_by)
