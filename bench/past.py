"""Projected rows with a long past, made in memory: what a runner would have written, and what a list must show of it.

`people` prisoners have eight versions each, and one of them, HOT, a tenth as many as there are people. A version opens a person, with one
to three stretches of custody and now and then what an act did, or has one of these changed, now and then the name too. Whose turn it is
is drawn by a fixed seed, so that a past is the same every time.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from msgspec import Struct

from events.kinds import Custody, SubjectKey, SubjectSort
from projections.findings import ActOutcome, Facet, Holds, Standing
from projections.reads import PrisonersWanted
from projections.tables import node_of, shelf_of

VERSIONS = 8
HOT_SHARE = 10
BUILD = 1
ACTS = tuple(SubjectKey(f"act-{number:02}") for number in range(40))
HOT = SubjectKey("person-hot")
FIRST_DAY = date(1990, 1, 1)
DAYS = 12_000
COMMON = (Custody.PRISON, Custody.REMAND)
RARE = (Custody.DEAD,)
SHARES: Mapping[Custody, int] = {
    Custody.PRISON: 35,
    Custody.REMAND: 20,
    Custody.LIBERTY: 30,
    Custody.HOUSE_ARREST: 8,
    Custody.WHEREABOUTS_UNKNOWN: 6,
    Custody.DEAD: 1,
}
SYLLABLES = "bar dam gan jas kar lan mas nar pal ras san tad vaz zab hal far".split()

Row = tuple[object, ...]


class Value(Struct, frozen=True):
    """What lists show of a finding, its place aside."""

    facet: Facet
    standing: Standing
    status: str
    under: SubjectKey | None
    from_min: str
    from_max: str
    to_min: str
    to_max: str

    def meets(self, wanted: PrisonersWanted, day: str) -> bool:
        """Whether it is what a filter by custody, or by act and outcome, asks for."""
        if wanted.custody:
            meets = self.facet is Facet.CUSTODY and self.status in wanted.custody
        else:
            meets = self.facet is Facet.ACT and self.under == wanted.act and self.status in wanted.outcome
        is_certain = wanted.holds is Holds.CERTAIN
        since, until = (self.from_max, self.to_min) if is_certain else (self.from_min, self.to_max)
        return meets and since <= day < until


class _Person:
    """One prisoner as he stands at the moment: the name and its position, values by segment with theirs."""

    __slots__ = ("name", "named_at", "opened_at", "values")

    def __init__(self, name: str, values: dict[str, tuple[Value, int]], at: int) -> None:
        self.name = name
        self.named_at = self.opened_at = at
        self.values = values


class Past:
    """A past of so many people. `ended` is to be gone through to its end; what stands then is `standing`."""

    def __init__(self, people: int) -> None:
        self.size = people * VERSIONS + max(1, people // HOT_SHARE)
        self.keys = [HOT, *(SubjectKey(f"person-{_scattered(number)}") for number in range(1, people))]
        self.renamed: list[Row] = []
        self._random = random.Random(20251223)
        self._people: dict[SubjectKey, _Person] = {}
        self._stretches = [self._stretch() for _ in range(8192)]
        self._deeds = [self._deed() for _ in range(2048)]

    def ended(self) -> Iterator[tuple[int, Row | None]]:
        """Position by position the row of `findings_hist` that ended there, if any."""
        turns = [key for key in self.keys for _ in range(VERSIONS)]
        turns += [HOT] * (self.size - len(turns))
        self._random.shuffle(turns)
        for at, key in enumerate(turns, 1):
            if key in self._people:
                yield at, self._change(key, at)
            else:
                self._open(key, at)
                yield at, None

    def subjects(self) -> list[Row]:
        """The rows of `subjects_now`."""
        return [_subject(key, person) for key, person in self._people.items()]

    def names(self) -> list[Row]:
        """The rows of `names_now`."""
        return [
            (BUILD, key, person.name, person.name, person.named_at) for key, person in self._people.items()
        ]

    def findings(self) -> list[Row]:
        """The rows of `findings_now`, as they were written."""
        rows = [
            _finding(key, segment, value, since)
            for key, person in self._people.items()
            for segment, (value, since) in person.values.items()
        ]
        return sorted(rows, key=_since)

    def expected(self, wanted: PrisonersWanted, day: date) -> list[SubjectKey]:
        """Whom a list shows at the moment, in its order: told apart from what is stored."""
        on = day.isoformat()
        met = [
            (person.name, key)
            for key, person in self._people.items()
            if (wanted.name is not None and wanted.name in person.name)
            or any(value.meets(wanted, on) for value, _ in person.values.values() if wanted.name is None)
        ]
        return [key for _, key in sorted(met)]

    def place(self, draw: random.Random) -> tuple[str, SubjectKey]:
        """A place in the list."""
        key = draw.choice(self.keys)
        return self._people[key].name, key

    def hot_place(self) -> tuple[str, SubjectKey]:
        """Somewhat before HOT's place in the list, who is on the page after it."""
        ordered = sorted((person.name, key) for key, person in self._people.items())
        return ordered[max(0, ordered.index((self._people[HOT].name, HOT)) - 10)]

    def _open(self, key: SubjectKey, at: int) -> None:
        draw = self._random
        values = {f"s{number}": (draw.choice(self._stretches), at) for number in range(draw.randint(1, 3))}
        if draw.random() < 0.1:
            values["a0"] = (draw.choice(self._deeds), at)
        self._people[key] = _Person(self._name(), values, at)

    def _change(self, key: SubjectKey, at: int) -> Row:
        draw, person = self._random, self._people[key]
        if key != HOT and draw.random() < 0.02:
            self.renamed.append((*_subject(key, person), at))
            person.name, person.named_at = self._name(), at
        segment = draw.choice(list(person.values))
        value, since = person.values[segment]
        person.values[segment] = draw.choice(self._deeds if segment == "a0" else self._stretches), at
        return stood(_finding(key, segment, value, since), at)

    def _name(self) -> str:
        draw = self._random
        return " ".join(sorted("".join(draw.choices(SYLLABLES, k=3)) for _ in range(2)))

    def _stretch(self) -> Value:
        (status,) = self._random.choices(list(SHARES), list(SHARES.values()))
        return self._value(Facet.CUSTODY, status, None)

    def _deed(self) -> Value:
        return self._value(Facet.ACT, self._random.choice(list(ActOutcome)), self._random.choice(ACTS))

    def _value(self, facet: Facet, status: str, under: SubjectKey | None) -> Value:
        draw = self._random
        begun = draw.randrange(DAYS)
        ended = begun + draw.randrange(60, 4000)
        since = (_day(begun), _day(begun + draw.choice((0, 0, 30))))
        until = (date.max.isoformat(),) * 2
        if draw.random() < 0.4:
            until = (_day(ended), _day(ended + draw.choice((0, 0, 30))))
        return Value(
            facet, draw.choice((Standing.SINGLE, Standing.CORROBORATED)), status, under, *since, *until
        )


def stood(row: Row, until: int) -> Row:
    """A row of what stands as one of `findings_hist`, which has an end, a shelf and a node."""
    return (*row, until, shelf_of(_since(row), until), node_of(_since(row), until))


def respelt(renamed: Collection[Row]) -> list[Row]:
    """The rows of `names_hist` to these of `subjects_hist`."""
    return [(row[0], row[1], row[3], row[4], *row[-2:]) for row in renamed]


def _since(row: Row) -> int:
    since = row[-1]
    assert isinstance(since, int)
    return since


def _finding(key: SubjectKey, segment: str, value: Value, since: int) -> Row:
    days = (value.from_min, value.from_max, value.to_min, value.to_max)
    place = (BUILD, key, value.facet.value, segment)
    return (*place, key, value.standing.value, str(value.status), value.under, *days, since)


def _subject(key: SubjectKey, person: _Person) -> Row:
    place = (BUILD, key, SubjectSort.PERSON.value, person.name, person.name, person.opened_at)
    return (*place, None, None, b"{}", person.named_at)


def _scattered(number: int) -> str:
    """Keys in an order that is not that in which they came."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"


def _day(number: int) -> str:
    return (FIRST_DAY + timedelta(days=number)).isoformat()
