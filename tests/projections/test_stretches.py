"""R4: what the last state can be on a day, held to every assignment of days by brute force."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.kinds import Custody, DetentionReported
from projections.evidence import Told, weigh
from projections.findings import DAY_MAX, Holds, Interval
from projections.stretches import State, end_by_days, end_by_rank, stretches
from tests.projections.builders import KnownContext, day, report

FIRST = date(2025, 1, 1)


def told(position: int) -> tuple[Told, ...]:
    """One report, for its position alone."""
    return weigh([report(DetentionReported, position)], KnownContext()).supporting


def nth(number: int) -> date:
    """A day, counted from the first."""
    return FIRST + timedelta(number)


def state(value: str, earliest: int, latest: int, *, position: int = 1) -> State:
    """A state that begins between two days."""
    return State(value, told(position), nth(earliest), nth(latest))


spans = st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda ends: (min(ends), max(ends)))
some_states = st.lists(st.tuples(st.sampled_from("abc"), spans), min_size=1, max_size=4)


def last_values(found: list[State], on: date) -> set[object]:
    """The value of the last state on a day, in every assignment of days and every order of those that share one; None: none yet."""
    lasts: set[object] = set()
    choices = [
        [one.earliest + timedelta(n) for n in range((one.latest - one.earliest).days + 1)] for one in found
    ]
    for days in product(*choices):
        for order in permutations(range(len(found))):
            if [days[place] for place in order] != sorted(days):
                continue
            begun = [place for place in order if days[place] <= on]
            lasts.add(found[begun[-1]].value if begun else None)
    return lasts


class TestStretches:
    @given(some_states)
    def test_agree_with_every_order_of_every_assignment(
        self, drawn: list[tuple[str, tuple[int, int]]]
    ) -> None:
        """A value is possible on a day if it is last in some sequence that fits, and certain if it is in all of them."""
        found = [state(value, *span, position=n + 1) for n, (value, span) in enumerate(drawn)]

        end_by_days(found, by=found)
        told_of = stretches(found)

        for number in range(-1, 8):
            expected = last_values(found, nth(number))
            possible = {value for value in expected if value is not None}
            for value in possible:
                hold = [one.interval.holds_on(nth(number)) for one in told_of if one.value == value]
                certain = Holds.CERTAIN if expected == {value} else Holds.POSSIBLE
                assert certain in hold
            impossible = {one.value for one in told_of if one.interval.holds_on(nth(number))} - possible
            assert not impossible

    @given(some_states)
    def test_are_certain_one_at_a_time(self, drawn: list[tuple[str, tuple[int, int]]]) -> None:
        """On no day are two stretches certain, and on every day from the earliest on one is possible."""
        found = [state(value, *span, position=n + 1) for n, (value, span) in enumerate(drawn)]

        end_by_days(found, by=found)
        told_of = stretches(found)

        first = min(one.earliest for one in found)
        for number in range(-1, 8):
            holds = [one.interval.holds_on(nth(number)) for one in told_of]
            assert holds.count(Holds.CERTAIN) <= 1
            assert nth(number) < first or any(holds)

    def test_month_known_start(self) -> None:
        """R7: a start known to a month makes the days of that month possible and later ones certain."""
        found = [State("held", told(1), day("2021-10-01"), day("2021-10-31"))]

        (stretch,) = stretches(found)

        assert stretch.interval == Interval(day("2021-10-01"), day("2021-10-31"), DAY_MAX, DAY_MAX)
        assert stretch.interval.holds_on(day("2021-09-30")) is None
        assert stretch.interval.holds_on(day("2021-10-15")) is Holds.POSSIBLE
        assert stretch.interval.holds_on(day("2021-11-01")) is Holds.CERTAIN

    def test_undated_states_leave_each_other_possible(self) -> None:
        """Two states in no order: each is possible and neither certain, on any day after both."""
        found = [state("a", 0, 5), state("b", 0, 5, position=2)]

        end_by_days(found, by=found)

        assert [one.interval.holds_on(nth(6)) for one in stretches(found)] == [Holds.POSSIBLE, Holds.POSSIBLE]

    def test_ranked_states_do_not(self) -> None:
        """The same two states in a known order: the second is certain after both."""
        found = [state("a", 0, 5), state("b", 0, 5, position=2)]

        end_by_rank(found[:1], by=found[1:])

        first, second = stretches(found)
        assert (first.value, second.value) == ("a", "b")
        assert first.interval.holds_on(nth(5)) is None
        assert second.interval.holds_on(nth(5)) is Holds.CERTAIN

    def test_what_is_certainly_over_before_ends_nothing(self) -> None:
        """A rank gives way to days: what was over before a state began does not end it."""
        early, late = state("b", 0, 1), state("a", 3, 4)

        end_by_rank([late], by=[early])

        assert late.ends == DAY_MAX

    def test_values_joined_where_they_meet(self) -> None:
        """Two states of one value that follow one another are one stretch, with both as its states."""
        found = [state("a", 0, 1), state("a", 3, 4, position=2)]

        end_by_days(found, by=found)

        (stretch,) = stretches(found)
        assert len(stretch.states) == 2
        assert stretch.interval == Interval(nth(0), nth(1), DAY_MAX, DAY_MAX)

    def test_none_without_states(self) -> None:
        """Nothing told, nothing held."""
        assert stretches([]) == []


class TestEndBy:
    @pytest.mark.parametrize(("latest", "ends"), [(4, 4), (2, 2), (1, 1)])
    def test_takes_the_soonest(self, latest: int, ends: int) -> None:
        """A state is over when the first of those that follow has certainly begun."""
        first, second, third = state(Custody.REMAND, 0, 1), state("b", 2, 4), state("c", 1, latest)

        first.end_by(second)
        first.end_by(third)

        assert first.ends == nth(ends)
