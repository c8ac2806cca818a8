"""R11: promised beside reported, never added."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.decoder import Event
from events.kinds import Modality, StatementReported
from events.quantities import Accumulation, Comparator, CountMeasure, CountUnit
from projections.context import PartyFacts
from projections.findings import Facet
from projections.tally import Column, tally
from tests.projections.act_builders import (
    ACTIVISTS,
    JOURNALISTS,
    WOMEN,
    count,
    excluded,
    folded,
    in_order,
    knowing,
    number,
    released,
)
from tests.projections.builders import ACT, KnownContext, link, on, report, retraction, written

COVERED: dict[str, Any] = {
    "measure": CountMeasure.COVERED,
    "as_of": None,
    "accumulation": Accumulation.UNSTATED,
}
HUNDREDS = number(comparator=Comparator.HUNDREDS)


def columns(
    *events: Event, measure: CountMeasure = CountMeasure.RELEASED, context: KnownContext | None = None
) -> tuple[Column, Column]:
    return tally(measure, folded(events, context), act=ACT)


def promised(*events: Event, measure: CountMeasure = CountMeasure.RELEASED) -> Column:
    return columns(*events, measure=measure)[0]


def reported(*events: Event, measure: CountMeasure = CountMeasure.RELEASED) -> Column:
    return columns(*events, measure=measure)[1]


def expected(position: int, point: int, **fields: object) -> Event:
    given: dict[str, Any] = {
        "as_of": None,
        "modality": Modality.EXPECTED,
        "deadline": on("2025-12-22"),
        **fields,
    }
    return count(position, point, **given)


def bounds(column: Column) -> tuple[int | None, int | None]:
    return column.low, column.high


def supports(column: Column) -> list[tuple[int, ...]]:
    return [figure.supported_by for figure in column.figures]


class TestPromised:
    def test_coverage_is_listed_under_every_measure_and_bounds_its_own(self) -> None:
        """Ten thousand covered are not ten thousand to be released."""
        coverage = count(3, 10_000, **COVERED)

        assert [[(3,)]] * len(CountMeasure) == [
            supports(promised(coverage, measure=measure)) for measure in CountMeasure
        ]
        assert (None, None) == bounds(promised(coverage))
        assert (10_000, None) == bounds(promised(coverage, measure=CountMeasure.COVERED))

    def test_what_is_expected_is_promised(self) -> None:
        """With its deadline, under its own measure."""
        assert (300, 300) == bounds(promised(expected(3, 300)))
        assert [] == supports(promised(expected(3, 300), measure=CountMeasure.EXCLUDED))

    @pytest.mark.parametrize("modality", [Modality.EXPECTED, Modality.PLANNED])
    def test_and_never_reported(self, modality: Modality) -> None:
        """However old it gets: no day is asked."""
        assert Column() == reported(expected(3, 300, modality=modality, deadline=on("2001-01-01")))

    def test_coverage_is_never_reported(self) -> None:
        """That an act covers people has released nobody, and counts as no report of its own measure."""
        coverage = count(3, 10_000, **COVERED)

        assert [Column()] * 2 == [
            reported(coverage, measure=measure) for measure in (CountMeasure.RELEASED, CountMeasure.COVERED)
        ]


class TestReported:
    def test_the_greatest_low_and_the_least_high_of_the_latest_running_totals(self) -> None:
        """`Hundreds` so far, 22 of them on Monday: 200 to 999."""
        column = reported(count(3, HUNDREDS), count(4, 22, about=WOMEN, accumulation=Accumulation.INCREMENT))

        assert (200, 999) == bounds(column)

    def test_it_is_never_a_sum(self) -> None:
        """Twenty and thirty on two days are at least thirty."""
        increment: dict[str, Any] = {"accumulation": Accumulation.INCREMENT}

        column = reported(count(3, 20, **increment), count(4, 30, as_of="2025-12-23", **increment))

        assert (30, None) == bounds(column)

    @pytest.mark.parametrize(
        "accumulation", [Accumulation.INCREMENT, Accumulation.POINT_IN_TIME, Accumulation.UNSTATED]
    )
    def test_without_a_running_total_it_is_open(self, accumulation: Accumulation) -> None:
        """Null is open: 22 may be the first of many."""
        assert (22, None) == bounds(reported(count(3, 22, accumulation=accumulation)))

    def test_only_the_latest_running_totals_close_it(self) -> None:
        """Another voice's total of an earlier day is a low, and no high."""
        column = reported(count(3, 22, source="source-2"), count(4, 90, as_of="2025-12-31"))

        assert (90, 90) == bounds(column)

    def test_bounds_that_cross_are_both_open(self) -> None:
        """22 or 90 on the same day: not both can be, and neither is shown by accident."""
        column = reported(count(3, 22), count(4, 90, source="source-2"))

        assert (None, None) == bounds(column)
        assert [(3, 4), (3, 4)] == supports(column)

    def test_so_are_those_of_different_populations_that_cross(self) -> None:
        """Figures that cannot be compared still cannot all bound one column."""
        assert (None, None) == bounds(
            reported(count(3, 22), count(4, 90, unit=CountUnit.PERSON, source="source-2"))
        )

    def test_a_group_s_running_total_does_not_close_the_act_s(self) -> None:
        """Thirty women so far, of hundreds so far."""
        column = reported(count(3, HUNDREDS), count(4, 30, about=WOMEN))

        assert (200, 999) == bounds(column)

    def test_a_voice_s_earlier_word_is_revised(self) -> None:
        """It is reached from its present word, and bounds nothing."""
        column = reported(count(3, 90), count(4, 22, as_of="2025-12-31"))

        assert ((22, 22), [(4,)]) == (bounds(column), supports(column))

    def test_an_earlier_word_stays_revised_while_the_present_one_is_contested(self) -> None:
        """What another voice says of the present word does not bring back an earlier one."""
        column = reported(
            count(3, 22),
            count(4, 90, as_of="2025-12-31"),
            count(5, 80, as_of="2025-12-31", source="source-2"),
        )

        assert [(4, 5), (4, 5)] == supports(column)

    def test_a_group_report_without_a_number_is_listed_and_bounds_nothing(self) -> None:
        """Silence is null, never 0."""
        column = reported(released(3), count(4, HUNDREDS))

        assert ((200, 999), 2) == (bounds(column), len(column.figures))
        assert (None, None) == bounds(reported(released(3)))

    def test_each_measure_is_told_by_itself(self) -> None:
        """Released and left out are two tallies."""
        events = [count(3, 22), count(4, 30, about=JOURNALISTS, measure=CountMeasure.EXCLUDED)]

        assert [(3,)] == supports(reported(*events))
        assert [(4,)] == supports(reported(*events, measure=CountMeasure.EXCLUDED))
        assert [] == supports(reported(*events, measure=CountMeasure.HELD))

    def test_figures_are_newest_first(self) -> None:
        """By the day they are as of; those of one day by subject."""
        column = reported(
            count(3, 22, as_of="2025-12-20", source="source-2"),
            count(4, 22, about=WOMEN),
            count(5, 22, as_of="2025-12-31", source="source-3"),
            count(6, 90),
        )

        assert [(5,), (6,), (4,), (3,)] == supports(column)

    def test_what_is_retracted_bounds_nothing(self) -> None:
        """I-11."""
        assert (22, 22) == bounds(
            reported(count(3, 22), count(4, 90, source="source-2"), retraction(5, of=4))
        )


class TestTheArticle:
    """What the article of the amnesty of December 2025 adds up to."""

    EVENTS = (
        count(3, HUNDREDS),
        count(4, 10_000, **COVERED),
        released(5, WOMEN, "2025-12-22"),
        count(6, 22, about=WOMEN, population="women prisoners", accumulation=Accumulation.INCREMENT),
        count(
            7,
            300,
            unit=CountUnit.PERSON,
            population=None,
            as_of=None,
            modality=Modality.EXPECTED,
            deadline=on("2025-12-22"),
            readings=("women", "all"),
        ),
        excluded(8, ACTIVISTS),
        excluded(9, JOURNALISTS),
        count(
            10,
            number(30, Comparator.ALMOST),
            about=JOURNALISTS,
            measure=CountMeasure.EXCLUDED,
            as_of=None,
            accumulation=Accumulation.UNSTATED,
        ),
    )

    def test_released(self) -> None:
        """Promised 10,000 covered and 300 expected; reported hundreds and 22 women."""
        promise, report = columns(*self.EVENTS)

        assert ([(4,), (7,)], (300, 300)) == (sorted(supports(promise)), bounds(promise))
        assert ([(3,), (6,)], (200, 999)) == (sorted(supports(report)), bounds(report))

    def test_excluded(self) -> None:
        """Activists without a number, journalists 25 to 29."""
        _, report = columns(*self.EVENTS, measure=CountMeasure.EXCLUDED)

        assert ([(8,), (10,)], (25, None)) == (sorted(supports(report)), bounds(report))


EVENTS = st.lists(
    st.builds(
        lambda quantity, about, source, as_of, accumulation: (
            lambda position: count(
                position, quantity, about=about, source=source, as_of=as_of, accumulation=accumulation
            )
        ),
        st.one_of(st.none(), st.just(HUNDREDS), st.integers(6, 400)),
        st.sampled_from([ACT, WOMEN]),
        st.sampled_from(["source-1", "source-2", "source-3"]),
        st.sampled_from([None, "2025-12-22", "2025-12-24", "2025-12"]),
        st.sampled_from(Accumulation),
    ),
    max_size=6,
).map(in_order)


class TestEveryTally:
    @given(EVENTS)
    def test_low_is_at_most_high_or_both_are_open(self, events: list[Event]) -> None:
        """A column never shows bounds that nothing can meet."""
        for column in columns(*events):
            assert column.low is None or column.high is None or column.low <= column.high

    @given(EVENTS, st.integers(0, 999), st.sampled_from([Modality.EXPECTED, Modality.PLANNED]))
    def test_an_expectation_never_moves_what_is_reported(
        self, events: list[Event], point: int, modality: Modality
    ) -> None:
        """R11."""
        assert reported(*events) == reported(*events, expected(99, point, modality=modality))

    @given(EVENTS)
    def test_an_opinion_changes_nothing(self, events: list[Event]) -> None:
        """R1."""
        opinion = report(
            StatementReported, 99, about=ACT, statement=written("too few"), attribution=(link("lawyer"),)
        )

        assert columns(*events) == columns(*events, opinion)

    @given(EVENTS, st.randoms(use_true_random=False))
    def test_neither_does_the_order_of_the_findings(self, events: list[Event], random: Random) -> None:
        """The column's order is its own."""
        found = list(folded(events))
        random.shuffle(found)

        assert columns(*events) == tally(CountMeasure.RELEASED, found, act=ACT)

    @given(EVENTS)
    def test_a_retracted_source_supports_nothing(self, events: list[Event]) -> None:
        """R16, I-11: all that rests on it falls."""
        fallen = retraction(98, source="source-1")

        for column in columns(*events, fallen, context=knowing(decided=[fallen])):
            for figure in column.figures:
                kept = {
                    event.position for event in events if event.report and event.report.source != "source-1"
                }
                assert set(figure.supported_by) <= kept

    def test_a_crowd_speaks_with_its_publisher_s_voice(self) -> None:
        """R3: `some`, say media: the outlet's figure."""
        context = knowing(parties={"media": PartyFacts(name="media", identified=False)})
        told = count(3, number(comparator=Comparator.SOME), about=WOMEN, attribution=(link("media"),))

        _, report = columns(told, context=context)

        assert ["some prisoners released so far, as of 22 December 2025 (outlet-1)"] == [
            figure.in_words for figure in report.figures
        ]
        assert all(figure.facet is Facet.COUNT for figure in report.figures)
