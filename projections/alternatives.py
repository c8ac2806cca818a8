"""R5: what several reports of one thing say together, where each allows a span of days or numbers.

`branches` finds the fewest points on which all of them can be. One point: they can coincide. More: they cannot all be true, and each
point is one alternative, with every report that can be true beside those that must stand there; a report that fits several stands with
each.

Absent on purpose: weights and later publication. Neither decides between alternatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

from events.dates import ClaimedDate, in_words

Item = TypeVar("Item")
Point = TypeVar("Point", int, date)


def branches(items: Sequence[Item], span: Callable[[Item], tuple[Point, Point]]) -> list[list[Item]]:
    """The alternatives among `items`, lowest first, each with its items in the order given. `span` gives both ends, inclusive."""
    points: list[Point] = []
    for low, high in sorted((span(item) for item in items), key=lambda ends: (ends[1], ends[0])):
        if not points or low > points[-1]:
            points.append(high)
    return [_around(point, items, span) for point in points]


def _around(point: Point, items: Sequence[Item], span: Callable[[Item], tuple[Point, Point]]) -> list[Item]:
    """The items that allow the point, and those that can be true beside all of them."""
    ends = [span(item) for item in items]
    found = {place for place, (low, high) in enumerate(ends) if low <= point <= high}
    shared_low, shared_high = max(ends[place][0] for place in found), min(ends[place][1] for place in found)
    for place, (low, high) in enumerate(ends):
        if place not in found and low <= shared_high and shared_low <= high:
            found.add(place)
            shared_low, shared_high = max(shared_low, low), min(shared_high, high)
    return [item for place, item in enumerate(items) if place in found]


def either_in_words(days: Iterable[ClaimedDate]) -> str:
    """Dates in plain English, the month and the year once where all share them: `21 or 22 December 2025`."""
    words = list(dict.fromkeys(in_words(day) for day in days))
    numbers, rests = [one.partition(" ")[0] for one in words], {one.partition(" ")[2] for one in words}
    if len(rests) == 1 and all(number.isdecimal() for number in numbers):
        words = [*numbers[:-1], words[-1]]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
