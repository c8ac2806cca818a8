"""Every sequence that a few reports allow, by brute force: what `custody_states` and `timeline` are held to.

A sequence puts the step of each report on a day that its source leaves open, and the steps of one day in an order. It has a cost: what it
needs and nobody tells of. The sequences that fit are the cheapest.

    20      a detention of somebody in custody: nobody tells of the release between
    10      a release of somebody not in custody: nobody tells of the detention
     2      custody seen before the detention that is told of
     1      a sentence of somebody who is at liberty, or is detained later

Absent on purpose: reports of one step that may be one, and what is contested; the caller leaves such histories out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import Enum
from itertools import combinations, permutations

from msgspec import Struct

from events.decoder import Event
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    Penalty,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReported,
)
from tests.projections.builders import on, report

FIRST = date(2025, 1, 1)
DAYS = 5
"""How many days a story has; one more stands before them, for all that may have been earlier."""


class Step(Enum):
    """What a report tells of."""

    DETAINED = "detained"
    SENTENCED = "sentenced to prison"
    RELEASED = "released"
    SEEN = "seen in custody"
    SEEN_IN_PRISON = "seen in prison"
    DIED = "died"


class Clue(Struct, frozen=True):
    """A report of a step, of a day from `first` to `last`; undated where both are None."""

    step: Step
    first: int | None = None
    last: int | None = None

    def days(self) -> tuple[int, int]:
        """The days that it leaves open, where its source could be read on the last day of the story."""
        return (-1, DAYS - 1) if self.first is None or self.last is None else (self.first, self.last)


def day_of(number: int) -> date:
    """A day of a story, counted from its first one, 0."""
    return FIRST + timedelta(number)


def told(clues: Sequence[Clue]) -> list[Event]:
    """The reports, in the order in which they came in, whatever the order of their days."""
    return [_report(clue, position) for position, clue in enumerate(clues, start=1)]


def _report(clue: Clue, position: int) -> Event:
    ends = [day_of(number).isoformat() for number in (clue.first, clue.last) if number is not None]
    claimed = on("/".join(dict.fromkeys(ends))) if ends else None
    match clue.step:
        case Step.DETAINED:
            return report(DetentionReported, position, claimed=claimed)
        case Step.SENTENCED:
            return report(SentenceReported, position, claimed=claimed, penalty=Penalty.IMPRISONMENT)
        case Step.RELEASED:
            how = ReleaseMechanism.UNSTATED
            return report(ReleaseReported, position, claimed=claimed, released_by=how)
        case Step.SEEN:
            return report(CustodyReported, position, claimed=claimed, custody_state=CustodyState.HELD)
        case Step.SEEN_IN_PRISON:
            held_in, state = Custody.PRISON, CustodyState.HELD
            return report(CustodyReported, position, claimed=claimed, custody_state=state, held_in=held_in)
        case Step.DIED:
            return report(DeathReported, position, claimed=claimed)


def may_be_one(clues: Sequence[Clue]) -> bool:
    """Whether two reports may tell of one step, in which case they do (R5)."""
    joined = {Step.DETAINED, Step.SENTENCED, Step.RELEASED, Step.DIED}
    return any(
        one.step is other.step and one.days()[0] <= other.days()[1] and other.days()[0] <= one.days()[1]
        for one, other in combinations(clues, 2)
        if one.step in joined
    )


class Sequences(Struct, frozen=True):
    """The cheapest sequences, each as the days of its steps and the custody that each step leaves."""

    cost: int
    found: tuple[tuple[tuple[int, ...], tuple[Custody | None, ...]], ...]

    def on_day(self, day: int) -> set[Custody | None]:
        """What custody is at the end of a day in any of them; None: nothing is told yet."""
        return {
            next((state for one, state in reversed([*zip(days, states, strict=True)]) if one <= day), None)
            for days, states in self.found
        }


def sequences_of(clues: Sequence[Clue]) -> Sequences | None:
    """The sequences that fit; None where there is none at all."""
    found: list[tuple[int, tuple[tuple[int, ...], tuple[Custody | None, ...]]]] = []
    for order in permutations(clues):
        walked = _walk(order)
        if walked is not None:
            cost, states = walked
            found += ((cost, (days, states)) for days in _days(order, -1))
    if not found:
        return None
    cheapest = min(cost for cost, _ in found)
    return Sequences(cheapest, tuple(one for cost, one in found if cost == cheapest))


def _days(order: Sequence[Clue], earliest: int) -> Iterator[tuple[int, ...]]:
    """Every choice of days for steps in this order."""
    if not order:
        yield ()
        return
    first, last = order[0].days()
    for day in range(max(first, earliest), last + 1):
        for rest in _days(order[1:], day):
            yield (day, *rest)


def _walk(order: Sequence[Clue]) -> tuple[int, tuple[Custody | None, ...]] | None:
    """What steps in this order cost, and the custody after each; None where they cannot be in this order."""
    cost, state = 0, None
    states: list[Custody | None] = []
    for place, clue in enumerate(order):
        detained_later = any(one.step is Step.DETAINED for one in order[place:])
        moved = _after(clue.step, state, detained_later=detained_later)
        if moved is None:
            return None
        cost, state = cost + moved[0], moved[1]
        states.append(state)
    return cost, tuple(states)


def _after(step: Step, state: Custody | None, *, detained_later: bool) -> tuple[int, Custody | None] | None:
    free = state in (None, Custody.LIBERTY)
    match step:
        case _ if state is Custody.DEAD:
            return None
        case Step.DIED:
            return 0, Custody.DEAD
        case Step.DETAINED:
            return (0 if free else 20), Custody.REMAND
        case Step.RELEASED:
            return (10 if free else 0), Custody.LIBERTY
        case Step.SENTENCED:
            turned = state in (Custody.REMAND, Custody.PRISON)
            lost = state is Custody.LIBERTY or (state is None and detained_later)
            return int(lost), Custody.PRISON if turned else state
        case _ if state is Custody.LIBERTY:
            return None
        case Step.SEEN:
            return (2 if state is None and detained_later else 0), state or Custody.HELD
        case Step.SEEN_IN_PRISON:
            return (2 if state is None and detained_later else 0), Custody.PRISON
