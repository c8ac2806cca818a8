"""R12: numbers of one voice for one population and date, and what they may be compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.citations import CitationZone
from events.decoder import Event
from events.kinds import Count, CountReported, InclusionStep, Modality, Polarity, ReleasedTo
from events.quantities import (
    Accumulation,
    Breakdown,
    Comparator,
    CountMeasure,
    CountUnit,
    Coverage,
    Part,
    Quantity,
)
from projections.context import PartyFacts, SourceFacts
from projections.counts import FELL, NEXT_MAX, REDEFINED, SEVERAL_READINGS, size_of, values_of
from projections.findings import Facet, Finding, Incomparable, Standing
from tests.projections.act_builders import (
    ACTIVISTS,
    JOURNALISTS,
    WOMEN,
    count,
    excluded,
    figures,
    folded,
    in_order,
    included,
    knowing,
    number,
    of,
    released,
    said,
)
from tests.projections.builders import (
    ACT,
    OUTLET,
    cited,
    event,
    link,
    on,
    report,
    retraction,
    written,
)

COVERED: dict[str, Any] = {
    "measure": CountMeasure.COVERED,
    "as_of": None,
    "accumulation": Accumulation.UNSTATED,
}
EXPECTED: dict[str, Any] = {"modality": Modality.EXPECTED, "as_of": None}


def flags(*events: Event) -> list[tuple[str, ...]]:
    return [said(figure).flags for figure in figures(events)]


class TestFigure:
    def test_it_is_what_one_voice_says(self) -> None:
        """The count as reported, whose word it is, and the report it rests on."""
        (found,) = figures([count(3, 22)])

        value = said(found)
        assert (
            Count(
                measure=CountMeasure.RELEASED,
                unit=CountUnit.PRISONER,
                population="prisoners",
                accumulation=Accumulation.CUMULATIVE,
                as_of=on("2025-12-22"),
                quantity=number(22),
            )
            == value.count
        )
        assert (OUTLET, Modality.REPORTED, (), (), None) == (
            value.voice,
            value.modality,
            value.flags,
            value.earlier,
            value.outcome,
        )
        assert (Standing.SINGLE, 1, (3,), "R12") == (
            found.standing,
            found.voices,
            found.supported_by,
            found.rule,
        )

    def test_one_voice_repeated_is_one_figure(self) -> None:
        """R3: a ministry quoted by two outlets says its number once."""
        chain = (link("ministry"),)

        (found,) = figures(
            [count(3, 22, attribution=chain), count(4, 22, attribution=chain, source="source-2")]
        )

        assert (1, Standing.SINGLE, (3, 4)) == (found.voices, found.standing, found.supported_by)

    def test_the_narrower_wording_of_one_voice_is_shown(self) -> None:
        """`Hundreds` and `250` by one voice for one day are one figure."""
        (found,) = figures([count(3, number(comparator=Comparator.HUNDREDS)), count(4, 250)])

        assert (number(250), (3, 4)) == (said(found).count.quantity, found.supported_by)

    def test_a_voice_at_odds_with_itself_is_contested_within_it(self) -> None:
        """R5: one voice, both numbers."""
        (found,) = figures([count(3, 22), count(4, 24)])

        assert (Standing.CONTESTED, None, 1, (3, 4)) == (
            found.standing,
            found.value,
            found.voices,
            found.supported_by,
        )
        assert [(3,), (4,)] == [one.supported_by for one in found.alternatives]

    def test_its_segment_stays_while_more_reports_support_it(self) -> None:
        """A finding's name does not change with its support."""
        (one,) = figures([count(3, 22)])
        (both,) = figures([count(3, 22), count(4, 22, attribution=(link("outlet-1"),))])

        assert one.segment == both.segment

    @pytest.mark.parametrize("modality", [Modality.ASKED, Modality.ORDERED, Modality.REQUESTED])
    def test_what_is_asked_or_ordered_counts_nobody(self, modality: Modality) -> None:
        """R1."""
        assert [] == figures([count(3, 22, modality=modality)])

    def test_a_headline_alone_counts_nobody(self) -> None:
        """R1."""
        assert [] == figures([count(3, 22, citations=(cited(zone=CitationZone.HEADLINE),))])

    def test_a_retracted_number_is_gone(self) -> None:
        """R2, R16."""
        assert [] == figures([count(3, 22), retraction(4, of=3)])

    def test_an_erased_number_is_gone_and_counted(self) -> None:
        """R18: what was erased supports nothing, and the others say that something was."""
        (found,) = figures([count(3, 22), event(4, count(4, 30).content, about=ACT, erased={"/count": 9})])

        assert ((3,), 1) == (found.supported_by, found.erased)

    def test_a_denied_number_has_the_denial_against_it(self) -> None:
        """The denial of another number stands against nothing."""
        (found,) = figures(
            [
                count(3, 22),
                count(4, 22, polarity=Polarity.NEGATED, source="source-2"),
                count(5, 30, polarity=Polarity.NEGATED, source="source-2"),
            ]
        )

        assert (Standing.SINGLE, (4,)) == (found.standing, found.opposed_by)

    def test_silence_is_no_number(self) -> None:
        """A source that names the people and no number gives null, never 0."""
        (found,) = figures([count(3, None)])

        assert None is said(found).count.quantity
        assert (
            "prisoners, number not said, released so far, as of 22 December 2025 (outlet-1)" == found.in_words
        )


class TestReadings:
    def test_who_is_counted_is_left_out(self) -> None:
        """What the readings share stands: the number, the measure and the deadline."""
        (found,) = figures([count(3, 300, readings=("women", "all"), deadline=on("2025-12-22"), **EXPECTED)])

        value = said(found)
        assert (None, number(300), on("2025-12-22"), (SEVERAL_READINGS,)) == (
            value.count.population,
            value.count.quantity,
            value.deadline,
            value.flags,
        )

    def test_it_is_like_no_other_figure(self) -> None:
        """R12: nobody knows whether it counts the same people."""
        one, other = figures([count(3, 300, readings=("women", "all")), count(4, 22, source="source-2")])

        assert (Standing.SINGLE, Standing.SINGLE) == (one.standing, other.standing)
        assert (Incomparable(ACT, other.segment, ("population",)),) == said(one).not_comparable


class TestLike:
    def test_disjoint_bounds_of_two_voices_are_contested(self) -> None:
        """R12: act, measure, unit, population and as-of agree, the numbers cannot."""
        one, other = figures([count(3, 22), count(4, 30, source="source-2")])

        for found in (one, other):
            assert (Standing.CONTESTED, None, 2, (3, 4)) == (
                found.standing,
                found.value,
                found.voices,
                found.supported_by,
            )
            assert [22, 30] == sorted(
                value.count.quantity.point or 0 for value in values_of(found) if value.count.quantity
            )

    def test_the_same_number_by_two_voices_is_corroborated(self) -> None:
        """R3: each figure has the other's word for it."""
        one, other = figures([count(3, 22), count(4, 22, source="source-2")])

        assert (Standing.CORROBORATED, 2, (3, 4)) == (one.standing, one.voices, one.supported_by)
        assert (Standing.CORROBORATED, 2) == (other.standing, other.voices)

    def test_only_a_number_that_entails_it_is_a_word_for_it(self) -> None:
        """250 bears out `hundreds`; `hundreds` does not bear out 250."""
        found = {
            figure.in_words[:3]: figure
            for figure in figures(
                [count(3, number(comparator=Comparator.HUNDREDS)), count(4, 250, source="source-2")]
            )
        }

        assert Standing.CORROBORATED is found["hun"].standing
        assert (Standing.SINGLE, (4,)) == (found["250"].standing, found["250"].supported_by)

    @pytest.mark.parametrize(
        ("other", "differs"),
        [
            ({"unit": CountUnit.PERSON}, ("unit",)),
            ({"population": "people"}, ("population",)),
            ({"whose_class": "ministry"}, ("population",)),
            ({"accumulation": Accumulation.INCREMENT}, ("accumulation",)),
            ({"as_of": "2025-12-23"}, ("date",)),
            ({"about": WOMEN}, ("population",)),
            ({"unit": CountUnit.PERSON, "population": "people"}, ("unit", "population")),
        ],
    )
    def test_what_differs_is_not_comparable_and_not_contested(
        self, other: dict[str, Any], differs: tuple[str, ...]
    ) -> None:
        """R12: 22 and 30 stand side by side, saying in what they differ."""
        events = [count(3, 22), count(4, 30, source="source-2", **other)]

        one, second = figures(events)

        assert (Standing.SINGLE, Standing.SINGLE) == (one.standing, second.standing)
        assert (Incomparable(second.about, second.segment, differs),) == said(one).not_comparable
        assert (Incomparable(one.about, one.segment, differs),) == said(second).not_comparable

    def test_different_words_that_can_both_be_true_are_not_listed(self) -> None:
        """Only numbers that look like a contradiction need to be told that they are none."""
        one, other = figures(
            [count(3, 250), count(4, number(comparator=Comparator.HUNDREDS), unit=CountUnit.PERSON)]
        )

        assert ((), ()) == (said(one).not_comparable, said(other).not_comparable)

    def test_another_measure_is_never_compared(self) -> None:
        """Held and released are two questions."""
        one, other = figures([count(3, 22), count(4, 30, measure=CountMeasure.HELD, source="source-2")])

        assert ((), ()) == (said(one).not_comparable, said(other).not_comparable)

    def test_expected_and_reported_are_never_compared(self) -> None:
        """R11: they stand side by side."""
        one, other = figures([count(3, 22), count(4, 300, source="source-2", **EXPECTED)])

        assert (Standing.SINGLE, Standing.SINGLE) == (one.standing, other.standing)
        assert ((), ()) == (said(one).not_comparable, said(other).not_comparable)

    def test_what_an_act_is_expected_to_cover_stands_beside_what_it_covers(self) -> None:
        """R11: both are promised. They are not comparable, and what differs is said: at the least, that one is foreseen."""
        stated, foreseen = figures(
            [
                count(3, 10_000, **COVERED),
                count(
                    4,
                    number(20_000, Comparator.MORE_THAN),
                    source="source-2",
                    unit=CountUnit.PERSON,
                    population="people",
                    modality=Modality.EXPECTED,
                    **COVERED,
                ),
            ]
        )
        alike, also = figures(
            [count(3, 10_000, **COVERED), count(4, 20_000, modality=Modality.EXPECTED, **COVERED)]
        )

        assert (Standing.SINGLE, Standing.SINGLE) == (stated.standing, foreseen.standing)
        differs = ("unit", "population", "modality")
        assert (Incomparable(ACT, foreseen.segment, differs),) == said(stated).not_comparable
        assert (Incomparable(ACT, stated.segment, differs),) == said(foreseen).not_comparable
        assert [("modality",), ("modality",)] == [
            said(one).not_comparable[0].differs_in for one in (alike, also)
        ]

    def test_coverage_is_as_of_no_day(self) -> None:
        """Two voices on how many an act covers contradict each other, whenever they say so."""
        one, other = figures([count(3, 10_000, **COVERED), count(4, 8_000, source="source-2", **COVERED)])

        assert (Standing.CONTESTED, Standing.CONTESTED) == (one.standing, other.standing)

    def test_coverage_told_on_two_days_is_compared(self) -> None:
        """An article of the 16th, and another's of the 25th."""
        told = [
            count(3, 10_000, source="s-1", **COVERED),
            count(4, 8_000, source="s-2", attribution=(link("ministry"),), **COVERED),
        ]
        days = {"s-1": _source("2025-12-16"), "s-2": _source("2025-12-25")}

        found = figures(told, knowing(available=None, sources=days))

        assert [Standing.CONTESTED] * 2 == [one.standing for one in found]

    def test_an_undated_number_is_as_of_its_source(self) -> None:
        """Told on one day without an as-of, they are alike; told on two days they are not."""
        events = [count(3, 22, as_of=None), count(4, 30, as_of=None, source="source-2")]

        same_day = figures(events)
        unknown_days = figures(events, knowing(available=None))

        assert [Standing.CONTESTED] * 2 == [one.standing for one in same_day]
        assert [Standing.SINGLE] * 2 == [one.standing for one in unknown_days]
        assert ("date",) == said(unknown_days[0]).not_comparable[0].differs_in

    def test_equal_words_about_two_groups_stay_apart(self) -> None:
        """R10: until somebody judges that they are one."""
        one, other = figures([count(3, 22, about=WOMEN), count(4, 30, about=JOURNALISTS, source="source-2")])

        assert (("population",), ("population",)) == (
            said(one).not_comparable[0].differs_in,
            said(other).not_comparable[0].differs_in,
        )

    def test_groups_that_go_by_other_words_are_no_contradiction(self) -> None:
        """Women and journalists are two groups to anybody."""
        one, other = figures(
            [
                count(3, 22, about=WOMEN, population="women"),
                count(4, 30, about=JOURNALISTS, population="journalists"),
            ]
        )

        assert ((), ()) == (said(one).not_comparable, said(other).not_comparable)

    def test_a_text_at_odds_with_itself_is_contested_without_a_day(self) -> None:
        """R5: one article, two numbers, no date anywhere: it is as of its own day."""
        found = figures([count(3, 22, as_of=None), count(4, 30, as_of=None)], knowing(available=None))

        assert [(Standing.CONTESTED, 1)] * 2 == [(one.standing, one.voices) for one in found]

    def test_only_the_nearest_numbers_are_listed(self) -> None:
        """A crowd of figures is not listed with each of them."""
        others = [
            count(9 + point, point, unit=CountUnit.PERSON, source=f"source-{point}", as_of=None)
            for point in range(100, 140)
        ]

        first, *_ = figures([count(3, 22), *others])

        listed = {other.segment for other in said(first).not_comparable}
        nearest = figures(others[:NEXT_MAX])
        assert {one.segment for one in nearest} == listed

    def test_of_increments_the_last_stands_for_its_line(self) -> None:
        """Twenty days of increments are told once beside a running total."""
        increments = [
            count(4 + place, 5, as_of=f"2025-12-{10 + place}", accumulation=Accumulation.INCREMENT)
            for place in range(3)
        ]

        total, *_, last = figures([count(3, 90), *increments])

        assert [last.segment] == [other.segment for other in said(total).not_comparable]

    def test_a_group_is_counted_whatever_it_is_called(self) -> None:
        """Two voices on one group, in their own words, contradict each other."""
        one, other = figures(
            [count(3, 22, about=WOMEN), count(4, 30, about=WOMEN, population="mothers", source="source-2")]
        )

        assert (Standing.CONTESTED, Standing.CONTESTED) == (one.standing, other.standing)

    def test_a_crowd_adds_no_voice(self) -> None:
        """R3: what media say is the outlet's word, and its own again."""
        context = knowing(parties={"media": PartyFacts(name="media", identified=False)})

        (found,) = figures([count(3, 22), count(4, 22, attribution=(link("media"),))], context)

        assert (1, (3, 4)) == (found.voices, found.supported_by)


class TestSeries:
    def test_the_latest_is_that_voice_s_present_word(self) -> None:
        """R12: rising as-of, one voice: the earlier remain as revised, oldest first."""
        first, second, third = figures(
            [
                count(3, 22, as_of="2025-12-22"),
                count(4, 90, as_of="2025-12-24"),
                count(5, 300, as_of="2025-12-31"),
            ]
        )

        assert (first.segment, second.segment) == said(third).earlier
        assert ((), ()) == (said(second).earlier, said(first).earlier)
        assert [Standing.SINGLE] * 3 == [one.standing for one in (first, second, third)]
        assert ((), ()) == (said(first).not_comparable, said(third).not_comparable)

    def test_another_voice_revises_nothing(self) -> None:
        """Each voice speaks for itself."""
        found = figures([count(3, 22), count(4, 300, as_of="2025-12-31", source="source-2")])

        assert [(), ()] == [said(one).earlier for one in found]

    def test_increments_revise_nothing(self) -> None:
        """Twenty on Monday and thirty on Tuesday are two figures."""
        increment: dict[str, Any] = {"accumulation": Accumulation.INCREMENT}

        found = figures([count(3, 20, **increment), count(4, 30, as_of="2025-12-23", **increment)])

        assert [((), ())] * 2 == [(said(one).earlier, said(one).not_comparable) for one in found]

    def test_days_that_may_be_one_revise_nothing(self) -> None:
        """R4: only what is certainly earlier is earlier."""
        found = figures([count(3, 22, as_of="2025-12"), count(4, 90, as_of="2025-12-24")])

        assert [(), ()] == [said(one).earlier for one in found]
        assert [("date",), ("date",)] == [said(one).not_comparable[0].differs_in for one in found]

    def test_a_running_total_that_falls_is_flagged(self) -> None:
        """And neither figure is dropped."""
        assert [(), (FELL,)] == flags(count(3, 90), count(4, 22, as_of="2025-12-24"))

    def test_one_that_rises_or_may_is_not(self) -> None:
        """`Hundreds` after 250 may be more."""
        hundreds = count(4, number(comparator=Comparator.HUNDREDS), as_of="2025-12-24")

        assert [(), ()] == flags(count(3, 250), hundreds)
        assert [(), ()] == flags(count(3, 22), count(4, 90, as_of="2025-12-24"))

    def test_a_point_in_time_may_fall(self) -> None:
        """Fewer held than before is no contradiction."""
        held: dict[str, Any] = {"measure": CountMeasure.HELD, "accumulation": Accumulation.POINT_IN_TIME}

        assert [(), ()] == flags(count(3, 90, **held), count(4, 22, as_of="2025-12-24", **held))

    def test_a_definition_that_changes_is_flagged(self) -> None:
        """The same voice counts the same people in another unit, or as another defines them."""
        assert [(), (REDEFINED,)] == flags(
            count(3, 22), count(4, 90, as_of="2025-12-24", unit=CountUnit.PERSON)
        )
        assert [(), (REDEFINED,)] == flags(
            count(3, 22), count(4, 90, as_of="2025-12-24", whose_class="ministry")
        )

    def test_another_voice_s_definition_changes_nothing(self) -> None:
        """Two voices may count differently."""
        assert [(), ()] == flags(
            count(3, 22), count(4, 90, as_of="2025-12-24", unit=CountUnit.PERSON, source="source-2")
        )

    def test_an_undated_number_told_again_is_the_present_word_again(self) -> None:
        """Ten thousand, then twelve, then ten again: the last word is ten."""
        context = knowing(
            available=None,
            sources={
                key: _source(available)
                for key, available in (("s-1", "2025-12-16"), ("s-2", "2025-12-20"), ("s-3", "2025-12-25"))
            },
        )
        told = [
            count(position, point, source=source, **COVERED)
            for position, point, source in ((3, 10_000, "s-1"), (4, 12_000, "s-2"), (5, 10_000, "s-3"))
        ]

        ten, twelve = figures(told, context)

        assert ((3, 5), (twelve.segment,), ()) == (ten.supported_by, said(ten).earlier, said(twelve).earlier)


def _source(available: str) -> SourceFacts:
    return SourceFacts(title="an article", publisher=OUTLET, available=on(available))


def split(coverage: Coverage, *parts: int | None) -> tuple[Breakdown, ...]:
    return (
        Breakdown(
            dimension="region",
            coverage=coverage,
            parts=tuple(
                Part(label=written(f"part {place}"), quantity=None if part is None else number(part))
                for place, part in enumerate(parts)
            ),
        ),
    )


MISSES = ("parts by region that miss their total",)


class TestParts:
    @pytest.mark.parametrize(
        ("breakdowns", "expected"),
        [
            (split(Coverage.EXHAUSTIVE, 10, 12), ()),
            (split(Coverage.EXHAUSTIVE, 10, 11), MISSES),
            (split(Coverage.EXHAUSTIVE, 10, 13), MISSES),
            (split(Coverage.EXHAUSTIVE, 10, None), ()),
            (split(Coverage.EXHAUSTIVE, 23, None), MISSES),
            (split(Coverage.PARTIAL, 10, 11), ()),
            (split(Coverage.PARTIAL, 10, 13), MISSES),
            (split(Coverage.UNSTATED, 10), ()),
        ],
    )
    def test_parts_that_miss_their_total_are_flagged(
        self, breakdowns: tuple[Breakdown, ...], expected: tuple[str, ...]
    ) -> None:
        """A part without a number may be any; parts that are not all may be fewer, never more."""
        assert [expected] == flags(count(3, 22, breakdowns=breakdowns))

    def test_a_total_decides_nothing(self) -> None:
        """R12: total and parts are shown as said."""
        breakdowns = split(Coverage.EXHAUSTIVE, 10, 11)

        (found,) = figures([count(3, 22, breakdowns=breakdowns)])

        assert (number(22), breakdowns) == (said(found).count.quantity, said(found).breakdowns)

    def test_a_total_with_bounds_is_missed_only_beyond_them(self) -> None:
        """`About 20` leaves room for 18 to 22."""
        about = number(20, Comparator.ABOUT)

        assert [()] == flags(count(3, about, breakdowns=split(Coverage.EXHAUSTIVE, 10, 12)))
        assert [MISSES] == flags(count(3, about, breakdowns=split(Coverage.EXHAUSTIVE, 10, 13)))

    def test_who_repeats_the_number_alone_takes_no_part_back(self) -> None:
        """One voice's figure, told by an outlet before its author: the parts are told, and checked, whoever comes first."""
        ministry = (link("ministry"),)
        breakdowns = split(Coverage.EXHAUSTIVE, 10, 11)

        (found,) = figures(
            [
                count(3, 22, attribution=ministry),
                count(4, 22, source="source-2", attribution=ministry, breakdowns=breakdowns),
                count(5, 22, source="source-3", attribution=ministry, breakdowns=breakdowns),
            ]
        )

        assert (breakdowns, MISSES) == (said(found).breakdowns, said(found).flags)


class TestExpectations:
    def expectation(self, **fields: object) -> Event:
        given: dict[str, Any] = {**EXPECTED, "deadline": on("2025-12-22"), **fields}
        return count(3, 300, **given)

    def test_it_stays_open_until_a_count_says(self) -> None:
        """R11: the passing of time settles nothing."""
        (found,) = figures([self.expectation()])

        assert (Modality.EXPECTED, None) == (said(found).modality, said(found).outcome)
        assert "expected: 300 prisoners released by 22 December 2025 (outlet-1)" == found.in_words

    def test_a_count_as_of_its_deadline_or_later_settles_it(self) -> None:
        """Whoever says so, and however it came out."""
        expected, counted = figures(
            [self.expectation(), count(4, 280, as_of="2025-12-23", source="source-2")]
        )

        assert counted.segment == said(expected).outcome
        assert Standing.SINGLE is expected.standing

    def test_the_first_such_count_settles_it(self) -> None:
        """Later ones are of later days."""
        expected, first, _ = figures([self.expectation(), count(4, 280), count(5, 400, as_of="2025-12-31")])

        assert first.segment == said(expected).outcome

    @pytest.mark.parametrize(
        "fields",
        [
            {"as_of": "2025-12-21"},
            {"as_of": "2025-12"},
            {"as_of": None},
            {"unit": CountUnit.PERSON},
            {"population": "women prisoners"},
            {"measure": CountMeasure.REDUCED},
            {"accumulation": Accumulation.INCREMENT},
            {"about": WOMEN},
        ],
    )
    def test_nothing_else_does(self, fields: dict[str, Any]) -> None:
        """Not a count of before, of other people, of another measure, nor one whose day is not stated."""
        expected, _ = figures([self.expectation(), count(4, 280, **fields)])

        assert None is said(expected).outcome

    def test_nor_does_another_expectation(self) -> None:
        """What is expected again is still expected."""
        found = figures([self.expectation(), count(4, 280, as_of="2025-12-23", modality=Modality.EXPECTED)])

        assert [None, None] == [said(one).outcome for one in found]

    def test_one_that_can_be_read_in_two_ways_stays_open(self) -> None:
        """Nobody can say which count would answer it."""
        expected, _ = figures(
            [self.expectation(readings=("women", "all")), count(4, 280, population=None, as_of="2025-12-23")]
        )

        assert None is said(expected).outcome

    def test_not_even_by_a_count_that_can_be_read_in_two_ways(self) -> None:
        """Two open questions are no answer."""
        two = ("women", "all")
        expected, _ = figures(
            [self.expectation(readings=two), count(4, 280, as_of="2025-12-23", readings=two)]
        )

        assert None is said(expected).outcome

    def test_what_is_planned_is_promised_too(self) -> None:
        """A plan with a number is an expectation, in its own modality."""
        (found,) = figures([self.expectation(modality=Modality.PLANNED)])

        assert Modality.PLANNED is said(found).modality
        assert "planned: 300 prisoners released by 22 December 2025 (outlet-1)" == found.in_words


class TestNumberless:
    def test_a_group_released_without_a_number_is_listed_without_one(self) -> None:
        """R11: group reports are reported too; silence is null."""
        (found,) = figures([released(5, claimed="2025-12-22")])

        assert (
            Count(
                measure=CountMeasure.RELEASED,
                unit=CountUnit.PRISONER,
                population="imprisoned women",
                whose_class=OUTLET,
                as_of=on("2025-12-22"),
            )
            == said(found).count
        )
        assert (WOMEN, (5,)) == (found.about, found.supported_by)

    def test_one_with_a_number_by_the_same_voice_is_not(self) -> None:
        """The number is that voice's word; another voice without one is listed beside it."""
        events = [released(5), count(6, 22, about=WOMEN, accumulation=Accumulation.INCREMENT)]

        (found,) = figures(events)
        both = figures([*events, released(7, source="source-2")])

        assert number(22) == said(found).count.quantity
        assert [number(22), None] == [said(one).count.quantity for one in both]

    def test_an_expected_number_is_no_reported_one(self) -> None:
        """The voice that expected thirty, and then tells of the release without a number, is listed without one."""
        found = figures([count(3, 30, about=WOMEN, **EXPECTED), released(5)])

        assert [number(30), None] == [said(one).count.quantity for one in found]

    def test_an_exclusion_is_listed_under_its_own_measure(self) -> None:
        """Activists, number not said."""
        (found,) = figures([excluded(5, ACTIVISTS)])

        assert CountMeasure.EXCLUDED is said(found).count.measure
        assert "imprisoned activists, number not said, left out (outlet-1)" == found.in_words

    def test_an_inclusion_is_listed_once_it_is_applied(self) -> None:
        """To be eligible is nothing done."""
        assert [] == figures([included(5, InclusionStep.ELIGIBLE)])
        (found,) = figures([included(5, InclusionStep.APPLIED)])
        assert CountMeasure.APPLIED is said(found).count.measure

    def test_a_move_to_house_arrest_frees_nobody(self) -> None:
        """R8."""
        assert [] == figures([released(5, released_to=ReleasedTo.HOUSE_ARREST)])

    def test_a_release_under_another_act_is_not_this_act_s(self) -> None:
        """Counts stand under their own act."""
        assert [] == figures([released(5, act="act-2")])


class TestInWords:
    @pytest.mark.parametrize(
        ("quantity", "expected"),
        [
            (number(10_000), "10,000 prisoners released"),
            (number(22, Comparator.AT_LEAST), "at least 22 prisoners released"),
            (number(22, Comparator.MORE_THAN), "more than 22 prisoners released"),
            (number(30, Comparator.ALMOST), "almost 30 prisoners (25 to 29 by almost-v1) released"),
            (
                number(comparator=Comparator.HUNDREDS),
                "hundreds of prisoners (200 to 999 by hundreds-v1) released",
            ),
            (number(comparator=Comparator.SOME), "some prisoners released"),
            (
                Quantity(as_written="20-30", comparator=Comparator.BETWEEN, point=20, up_to=30),
                "20 to 30 prisoners released",
            ),
            (
                Quantity(as_written="15 of 30", comparator=Comparator.SHARE_OF, point=15, of=30),
                "15 of 30 prisoners released",
            ),
        ],
    )
    def test_a_quantity_is_told_with_bounds_that_are_ours(self, quantity: Quantity, expected: str) -> None:
        """Policies are named; a source's own bounds need none."""
        (found,) = figures([count(3, quantity, as_of=None, accumulation=Accumulation.UNSTATED)])

        assert f"{expected} (outlet-1)" == found.in_words

    def test_a_day_an_as_of_and_a_running_total_read_differently(self) -> None:
        """On the day, as of the day, so far."""
        words = [
            figures([count(3, 22, accumulation=accumulation)])[0].in_words for accumulation in Accumulation
        ]

        assert [
            "22 prisoners released so far, as of 22 December 2025 (outlet-1)",
            "22 prisoners released on 22 December 2025 (outlet-1)",
            "22 prisoners released, as of 22 December 2025 (outlet-1)",
            "22 prisoners released, as of 22 December 2025 (outlet-1)",
        ] == words

    def test_what_is_to_come_in_all_is_not_so_far(self) -> None:
        """An expectation without a deadline is of the whole."""
        (found,) = figures([count(3, 5_000, as_of=None, modality=Modality.EXPECTED)])

        assert "expected: 5,000 prisoners released (outlet-1)" == found.in_words

    @pytest.mark.parametrize(
        ("measure", "unit", "expected"),
        [
            (CountMeasure.CASE_ENDED, CountUnit.CASE, "12 cases ended"),
            (CountMeasure.CASE_ENDED, CountUnit.PERSON, "12 people with their case ended"),
            (CountMeasure.REDUCED, CountUnit.REDUCTION, "12 reductions of sentences"),
        ],
    )
    def test_cases_and_reductions_read_as_such(
        self, measure: CountMeasure, unit: CountUnit, expected: str
    ) -> None:
        """A case has no case of its own."""
        (found,) = figures([count(3, 12, measure=measure, unit=unit, population=None)])

        assert f"{expected} so far, as of 22 December 2025 (outlet-1)" == found.in_words

    def test_a_contest_tells_both(self) -> None:
        """Nobody shows one side by accident."""
        one, _ = figures([count(3, 22, as_of=None), count(4, 30, as_of=None, source="source-2")])

        assert (
            "contested: 22 prisoners released so far (outlet-1); or 30 prisoners released so far (outlet-2)"
            == one.in_words
        )


class TestSizeOf:
    def size(self, *events: Event) -> Finding | None:
        return size_of(of(folded(events), Facet.COUNT, WOMEN))

    def test_a_number_comes_before_silence_and_a_report_before_an_expectation(self) -> None:
        """Each only where there is nothing better."""
        silent = released(3, source="source-2")
        expected = count(4, 30, about=WOMEN, **EXPECTED)
        counted = count(5, 22, about=WOMEN)

        assert self.size(silent, expected, counted) == self.size(counted)
        assert (3,) == self._support(silent, expected)
        assert (4,) == self._support(expected)
        assert () == self._support()

    def test_the_latest_word_counts(self) -> None:
        """Revised figures are not the size."""
        assert (6,) == self._support(count(5, 22, about=WOMEN), count(6, 30, about=WOMEN, as_of="2025-12-31"))

    def _support(self, *events: Event) -> tuple[int, ...]:
        size = self.size(*events)
        return size.supported_by if size else ()


COUNTS = st.builds(
    lambda point, comparator, source, as_of, unit, accumulation: (
        lambda position: count(
            position,
            number(point, comparator),
            source=source,
            as_of=as_of,
            unit=unit,
            accumulation=accumulation,
        )
    ),
    st.integers(6, 40),
    st.sampled_from([Comparator.EXACT, Comparator.AT_LEAST, Comparator.ALMOST, Comparator.ABOUT]),
    st.sampled_from(["source-1", "source-2"]),
    st.sampled_from([None, "2025-12-22", "2025-12-24", "2025-12"]),
    st.sampled_from([CountUnit.PERSON, CountUnit.PRISONER]),
    st.sampled_from(Accumulation),
)


class TestEveryFigure:
    @given(st.lists(COUNTS, max_size=6))
    def test_every_report_is_in_one_figure_and_what_is_not_comparable_is_so_both_ways(
        self, makers: list[Callable[[int], Event]]
    ) -> None:
        """Nothing is dropped; and if one cannot be held against another, neither can the other against it."""
        events = in_order(makers)

        found = figures(events)

        assert {one.position for one in events} == {
            position for one in found for position in one.supported_by
        }
        pairs = {
            (figure.segment, other.segment, other.differs_in)
            for figure in found
            for value in values_of(figure)
            for other in value.not_comparable
            if figure.value is not None
        }
        known = {figure.segment: figure for figure in found}
        for segment, other, differs in pairs:
            assert known[other].value is None or (other, segment, differs) in pairs

    @given(st.lists(COUNTS, max_size=6))
    def test_an_expectation_moves_no_reported_figure(self, makers: list[Callable[[int], Event]]) -> None:
        """R11: with it or without it, what is reported is the same."""
        events = in_order(makers)
        expected = count(99, 300, deadline=on("2025-12-31"), **EXPECTED)

        assert figures(events) == [one for one in figures([*events, expected]) if one.supported_by != (99,)]


def test_a_report_without_a_count_is_no_figure() -> None:
    """Only what is counted, or befalls a group under the act, is a figure."""
    assert [] == figures(
        [
            report(
                CountReported,
                3,
                about="elsewhere",
                count=Count(measure=CountMeasure.HELD, unit=CountUnit.PERSON),
            )
        ]
    )
