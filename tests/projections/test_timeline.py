"""R4, R5, R6: how reports join into occurrences, and between which days each lies."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.decoder import Event
from events.kinds import (
    ChargeReported,
    CourtStep,
    CourtStepReported,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    InclusionReported,
    InclusionStep,
    OrderRelation,
    Position,
    ReductionMechanism,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    Report,
    Restraint,
    RestraintReported,
    SentenceReductionReported,
    SentenceReported,
    Span,
    StatedOrder,
    StatementReported,
)
from projections.evidence import weigh
from projections.findings import DAY_MAX, DAY_MIN
from projections.timeline import Occurrence, Rank, Timeline, branches_of, build_timeline, rank_of
from tests.projections.builders import ACT, KnownContext, after, day, event_id, on, report, written


def timeline(*events: Event, available: str | None = None) -> Timeline:
    """The timeline of some reports."""
    return build_timeline(weigh(events, KnownContext(available=available)))


def told(kind: type[Report], position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A report, dated or not."""
    return report(kind, position, claimed=on(edtf) if edtf else None, **fields)


def detained(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A detention."""
    return told(DetentionReported, position, edtf, **fields)


def released(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A release."""
    return told(ReleaseReported, position, edtf, **({"released_by": ReleaseMechanism.UNSTATED} | fields))


def positions(found: Timeline, kind: type[Report]) -> list[tuple[int, ...]]:
    """The positions of each occurrence of a kind."""
    return [tuple(one.position for one in occurrence.told) for occurrence in found.of(kind)]


def days(found: Timeline, position: int) -> tuple[date, date]:
    """Between which days the occurrence lies that a report tells of."""
    (one,) = [one for one in found.occurrences if position in {own.position for own in one.told}]
    return one.earliest, one.latest


def against(found: Timeline, position: int) -> set[int]:
    """What stands against a report by its order alone."""
    return {int(other) for other in found.opposed[Position(position)]}


def episodes(found: Timeline) -> dict[int, int | None]:
    """The episode of each occurrence, by its first position."""
    return {one.first_position: one.episode for one in found.occurrences}


LADDER: list[tuple[type[Report], dict[str, Any]]] = [
    (DetentionReported, {}),
    (ChargeReported, {}),
    (CourtStepReported, {"court_step": CourtStep.HEARING_HELD}),
    (SentenceReported, {}),
    (CourtStepReported, {"court_step": CourtStep.UPHELD}),
    (SentenceReductionReported, {"reduced_by": ReductionMechanism.COURT}),
    (InclusionReported, {"act": ACT, "inclusion_step": InclusionStep.NAMED}),
    (ReleaseReported, {"released_by": ReleaseMechanism.AMNESTY}),
]


class TestOrder:
    @pytest.mark.parametrize("place", range(1, len(LADDER)))
    def test_each_step_follows_the_one_before(self, place: int) -> None:
        """Detained, charged, tried, sentenced, upheld, reduced, included, released: undated, none is earlier than the one before."""
        (first, its), (second, own) = LADDER[place - 1], LADDER[place]

        found = timeline(told(first, 1, "2024-05-03", **its), told(second, 2, **own))

        assert days(found, 2) == (day("2024-05-03"), DAY_MAX)

    @pytest.mark.parametrize("place", range(1, len(LADDER)))
    def test_each_step_precedes_the_one_after(self, place: int) -> None:
        """The reversed case: an undated one is no later than a dated one after."""
        (first, its), (second, own) = LADDER[place - 1], LADDER[place]

        found = timeline(told(first, 1, **its), told(second, 2, "2024-05-03", **own))

        assert days(found, 1) == (DAY_MIN, day("2024-05-03"))

    def test_dates_go_before_presuppositions(self) -> None:
        """Charged before detained is what the sources say: neither is moved."""
        found = timeline(told(ChargeReported, 1, "2023-01-01"), detained(2, "2023-03-01"))

        assert (days(found, 1)[0], days(found, 2)[0]) == (day("2023-01-01"), day("2023-03-01"))

    def test_a_release_before_the_first_detention(self) -> None:
        """A release tells of custody before it: another step that presupposes custody need not wait for the detention told of."""
        moved = released(2, "2023-03/2023-06", released_to=ReleasedTo.HOUSE_ARREST)

        found = timeline(released(1, "2023-04-01"), moved, detained(3, "2023-06-10"))

        assert days(found, 2)[0] == day("2023-03-01")

    def test_a_release_and_custody_that_lasts(self) -> None:
        """Nor need a release that lies before the only detention, if somebody is seen in custody later."""
        seen = told(CustodyReported, 3, "2023-06-01", custody_state=CustodyState.HELD)

        found = timeline(released(1, "2023-01/2023-03"), detained(2, "2023-02/2023-05"), seen)

        assert days(found, 1)[0] == day("2023-01-01")

    def test_restraints_stand_beside_charges(self) -> None:
        """A restraint may come before a charge or after it; before a sentence it comes, or instead of it."""
        restraint = told(RestraintReported, 1, restraint=Restraint.BAIL)

        charged = timeline(restraint, told(ChargeReported, 2, "2023-06-01"))
        sentenced = timeline(restraint, told(SentenceReported, 2, "2023-06-01"))

        assert days(charged, 1) == (DAY_MIN, DAY_MAX)
        assert days(sentenced, 1) == (DAY_MIN, day("2023-06-01"))

    def test_moved_at_any_time_in_custody(self) -> None:
        """A move to house arrest lies between the detention and the release, before a sentence or after it."""
        moved = released(2, released_to=ReleasedTo.HOUSE_ARREST)

        found = timeline(
            detained(1, "2023-05-01"),
            moved,
            told(SentenceReported, 3, "2023-06-01"),
            released(4, "2024-05-01"),
        )

        assert days(found, 2) == (day("2023-05-01"), day("2024-05-01"))
        assert days(found, 3) == (day("2023-06-01"), day("2023-06-01"))

    def test_bounds_run_through(self) -> None:
        """Detained 2023, sentenced and reduced undated, released by the 22nd: each lies between."""
        found = timeline(
            detained(1, "2023"),
            told(SentenceReported, 2),
            told(SentenceReductionReported, 3, reduced_by=ReductionMechanism.COURT),
            released(4, "2025-12-22"),
        )

        for position in (2, 3):
            assert days(found, position) == (day("2023-01-01"), day("2025-12-22"))

    def test_observed_between_detention_and_release(self) -> None:
        """An observation lies after the detention and before the release, and bounds both."""
        seen = told(CustodyReported, 2, "2023-06-01", custody_state=CustodyState.HELD)

        found = timeline(detained(1, "2023"), seen, released(3))

        assert days(found, 1) == (day("2023-01-01"), day("2023-06-01"))
        assert days(found, 3) == (day("2023-06-01"), DAY_MAX)

    def test_stated_order(self) -> None:
        """`Later` bounds an undated step by the one it names, and `before` the other way."""
        found = timeline(
            told(SentenceReported, 1, "2024-02-01"),
            told(SentenceReported, 2, order=after(1)),
            told(SentenceReported, 3, order=StatedOrder(relation=OrderRelation.BEFORE, report=event_id(1))),
        )

        assert days(found, 2) == (day("2024-02-01"), DAY_MAX)
        assert days(found, 3) == (DAY_MIN, day("2024-02-01"))
        assert [one.first_position for one in found.after[found.occurrences[0].told[0].position]] == [2]

    def test_stated_order_against_the_usual_one(self) -> None:
        """A detention said to follow a restraint bounds it from above, and not, as usual, from below."""
        kept = told(RestraintReported, 1, restraint=Restraint.HOUSE_ARREST)

        assert days(timeline(kept, detained(2, "2024-05-03", order=after(1))), 1) == (
            DAY_MIN,
            day("2024-05-03"),
        )

    def test_stated_order_runs_through(self) -> None:
        """A chain of `later` carries a day to its end."""
        found = timeline(
            told(SentenceReported, 1, "2024-02-01"),
            told(SentenceReported, 2, order=after(1)),
            told(SentenceReported, 3, order=after(2)),
        )

        assert days(found, 3) == (day("2024-02-01"), DAY_MAX)

    def test_stated_order_against_the_dates(self) -> None:
        """R5: said to be later and dated earlier cannot be: each stands against the other, and both keep their days."""
        found = timeline(
            told(SentenceReported, 1, "2024-02-01"), told(SentenceReported, 2, "2023-02-01", order=after(1))
        )

        assert (against(found, 1), against(found, 2)) == ({2}, {1})
        assert days(found, 2) == (day("2023-02-01"), day("2023-02-01"))

    def test_stated_in_a_circle(self) -> None:
        """R5: each after the other cannot be either."""
        found = timeline(told(SentenceReported, 1, order=after(2)), told(SentenceReported, 2, order=after(1)))

        assert (against(found, 1), against(found, 2)) == ({2}, {1})

    def test_stated_order_to_what_does_not_stand(self) -> None:
        """A report that is not among those that support bounds nothing."""
        assert days(timeline(told(SentenceReported, 2, order=after(1))), 2) == (DAY_MIN, DAY_MAX)


class TestJoining:
    def test_detentions_that_can_coincide(self) -> None:
        """R5: 2023 and 3 May 2023 are one detention, on the narrower date."""
        found = timeline(detained(1, "2023"), detained(2, "2023-05-03"))

        assert positions(found, DetentionReported) == [(1, 2)]
        assert days(found, 1) == (day("2023-05-03"), day("2023-05-03"))

    def test_detentions_that_cannot(self) -> None:
        """With nothing between them they are one, of contested date."""
        (one,) = timeline(detained(1, "2023-05-03"), detained(2, "2023-06-01")).of(DetentionReported)

        assert [branch.earliest for branch in one.branches] == [day("2023-05-03"), day("2023-06-01")]
        assert (one.earliest, one.latest) == (day("2023-05-03"), day("2023-06-01"))

    @pytest.mark.parametrize("freed", ["2021-05-01", None])
    def test_detentions_with_a_release_between(self, freed: str | None) -> None:
        """The reversed case: a release that can lie between makes two of them."""
        found = timeline(detained(1, "2019-05-03"), released(2, freed), detained(3, "2023-06-01"))

        assert positions(found, DetentionReported) == [(1,), (3,)]

    def test_releases_with_a_detention_between(self) -> None:
        """Two releases are two where a detention lies between them."""
        found = timeline(released(1, "2020-05-01"), detained(2, "2023"), released(3, "2025-12-20"))

        assert positions(found, ReleaseReported) == [(1,), (3,)]

    def test_releases_after_the_only_detention(self) -> None:
        """The reversed case: the detention that the first release presupposes lies between nothing."""
        (one,) = timeline(detained(1), released(2, "2025-12-20"), released(3, "2025-12-22")).of(
            ReleaseReported
        )

        assert len(one.branches) == 2

    @pytest.mark.parametrize("again", [None, "2023-06-01"])
    def test_releases_before_a_later_detention(self, again: str | None) -> None:
        """A start after both lies between nothing either: of one detention there is one release, of contested date."""
        later = [detained(4, again)] if again else []
        found = timeline(
            detained(1, "2021-05-01"), released(2, "2021-05-01"), released(3, "2021-05-03"), *later
        )

        assert positions(found, ReleaseReported) == [(2, 3)]

    def test_undated_release_of_either(self) -> None:
        """After a release and a new detention, an undated release stands in no episode."""
        found = timeline(
            detained(1, "2019"), released(2, "2021"), detained(3, "2023"), released(4), available="2025-12-22"
        )

        assert positions(found, ReleaseReported) == [(2,), (4,)]
        assert episodes(found)[4] is None


class TestEpisodes:
    def test_closed_by_releases(self) -> None:
        """A release closes an episode; what certainly follows belongs to the next."""
        found = timeline(
            detained(1, "2019-05"),
            told(SentenceReported, 2, "2020"),
            released(3, "2021-05-01"),
            detained(4, "2023-05-01"),
            told(SentenceReported, 5, "2024"),
        )

        assert episodes(found) == {1: 0, 2: 0, 3: 0, 4: 1, 5: 1}

    def test_undated_in_two(self) -> None:
        """An undated sentence of one of two custodies belongs to neither."""
        found = timeline(
            detained(1, "2019-05"),
            released(2, "2021-05-01"),
            detained(3, "2023-05-01"),
            told(SentenceReported, 4),
        )

        assert episodes(found)[4] is None

    def test_two_detentions_are_two_custodies(self) -> None:
        """Between two detentions lies a release, though the one that is told may as well be a later one."""
        found = timeline(detained(1, "2019"), detained(2, "2023"), released(3), available="2025-12-22")

        assert episodes(found) == {1: 0, 2: 1, 3: None}

    def test_the_first_detention_is_the_first_release_s(self) -> None:
        """A release presupposes a detention: the only one that it can follow comes before it, though its days allow the other order."""
        found = timeline(detained(1, "2023"), released(2, "2023-05"), detained(3, "2024"))

        assert episodes(found) == {1: 0, 2: 0, 3: 1}

    def test_one_detention_each(self) -> None:
        """R4: of two detentions and a release between the days of both, the second is after the release, whose day it shares."""
        found = timeline(detained(1, "2023-05-04"), released(2, "2023-05-05"), detained(3, "2023-05-05"))

        assert episodes(found) == {1: 0, 2: 0, 3: 1}

    def test_one_release_for_the_last_detention(self) -> None:
        """R4: a release presupposes a detention: the last is of the release that it can come before."""
        found = timeline(
            detained(1, "2023-05-02"),
            released(2, "2023-05-02"),
            detained(3, "2023-05-05"),
            released(4, "2023-05-05"),
        )

        assert episodes(found) == {1: 0, 2: 0, 3: 1, 4: 1}

    def test_more_detentions_than_releases(self) -> None:
        """The reversed case: of three detentions and one release it is not said between which two nobody tells of another."""
        found = timeline(
            detained(1, "2023-05-01"),
            detained(2, "2023-05-04"),
            released(3, "2023-05-04/2023-05-05"),
            detained(4, "2023-05-05"),
        )

        assert episodes(found)[2] is None

    def test_detained_after_custody_that_was_seen(self) -> None:
        """R4: who was seen in custody before is detained anew, after the release that lies between."""
        seen = told(CustodyReported, 1, "2023-05-01", custody_state=CustodyState.HELD)

        found = timeline(seen, released(2, "2023-06"), detained(3, "2023-06-10"))

        assert episodes(found) == {1: 0, 2: 0, 3: 1}
        assert days(found, 2) == (day("2023-06-01"), day("2023-06-10"))

    def test_seen_before_the_new_detention(self) -> None:
        """R4: a sight before a detention is of the custody before that one, also on the day of the release."""
        seen = told(CustodyReported, 1, "2023-05-02", custody_state=CustodyState.HELD)

        found = timeline(seen, released(2, "2023-05-02"), detained(3, "2023-05-03"))

        assert episodes(found) == {1: 0, 2: 0, 3: 1}

    def test_seen_in_either_custody(self) -> None:
        """A sight that may be of two custodies is no earlier than the first of them."""
        seen = told(CustodyReported, 2, "2023-05", custody_state=CustodyState.HELD)

        found = timeline(detained(1, "2023-05-02"), seen, released(3, "2023-05"), detained(4, "2023-05-30"))

        assert episodes(found)[2] is None
        assert days(found, 2) == (day("2023-05-02"), day("2023-05-31"))

    def test_bound_each_other(self) -> None:
        """R4: a new detention is no earlier than the release before it, and a release no later than the new detention."""
        first = detained(1, "2023-03-01")

        after_it = timeline(first, released(2, "2023-05-05"), detained(3, "2023-04/2023-06"))
        before_it = timeline(first, released(2, "2023"), detained(3, "2023-05-05"))

        assert days(after_it, 3) == (day("2023-05-05"), day("2023-06-30"))
        assert days(before_it, 2) == (day("2023-03-01"), day("2023-05-05"))

    def test_undated_in_one(self) -> None:
        """The reversed case: with one custody there is one place for it, before the release that presupposes it."""
        found = timeline(detained(1, "2019-05"), released(2, "2021-05-01"), told(SentenceReported, 3))

        assert episodes(found)[3] == 0
        assert days(found, 3) == (day("2019-05-01"), day("2021-05-01"))

    def test_moved_to_house_arrest(self) -> None:
        """R8: moving to house arrest closes none."""
        moved = released(2, "2021-05-01", released_to=ReleasedTo.HOUSE_ARREST)
        found = timeline(detained(1, "2019-05"), moved, told(SentenceReported, 3, "2022"))

        assert episodes(found) == {1: 0, 2: 0, 3: 0}


class TestDeath:
    def test_bounds_what_was_done_to_the_living(self) -> None:
        """R14: nothing that presupposes life is later than the death."""
        found = timeline(told(SentenceReported, 1), told(DeathReported, 2, "2024-03-01"))

        assert days(found, 1) == (DAY_MIN, day("2024-03-01"))
        assert found.died is not None

    def test_follows_what_was_done_to_the_living(self) -> None:
        """R4: a death is no earlier than a step that presupposes life, and that its days allow before it."""
        found = timeline(detained(1, "2024-03-05"), told(DeathReported, 2, "2024-03"))

        assert days(found, 2) == (day("2024-03-05"), day("2024-03-31"))

    def test_sets_aside_what_is_told_of_later_days(self) -> None:
        """R5: a detention after the death joins no other, and stands against the death."""
        found = timeline(detained(1, "2023"), told(DeathReported, 2, "2024-03-01"), detained(3, "2024-06-01"))

        assert positions(found, DetentionReported) == [(1,), (3,)]
        assert found.posthumous == {3}
        assert (against(found, 2), against(found, 3)) == ({3}, {2})

    def test_rehabilitation_may_come_after(self) -> None:
        """A court can rehabilitate the dead."""
        cleared = told(CourtStepReported, 2, "2025", court_step=CourtStep.REHABILITATED)

        assert timeline(told(DeathReported, 1, "2024-03-01"), cleared).opposed == {}


class TestBranches:
    def test_one(self) -> None:
        """What can be on one day is one branch, between the days that all allow."""
        found = timeline(detained(1, "2023"), detained(2, "2023-05")).occurrences

        (branch,) = branches_of([one for occurrence in found for one in occurrence.told])

        assert (branch.earliest, branch.latest) == (day("2023-05-01"), day("2023-05-31"))

    def test_a_coarse_date_stands_with_each(self) -> None:
        """December fits the 20th and the 22nd, and supports both."""
        evidence = weigh(
            [released(1, "2025-12-20"), released(2, "2025-12"), released(3, "2025-12-22")], KnownContext()
        )

        assert [[one.position for one in branch.told] for branch in branches_of(evidence.supporting)] == [
            [1, 2],
            [2, 3],
        ]


class TestRank:
    def test_of_what_is_no_step(self) -> None:
        """Statements and denials are no steps."""
        statement = report(StatementReported, 1, statement=written("words")).report
        denial = report(CustodyReported, 1, custody_state=CustodyState.OFFICIALS_DENY).report

        assert statement is not None
        assert denial is not None
        assert (rank_of(statement), rank_of(denial)) == (None, None)

    def test_occurrence_of_a_state(self) -> None:
        """Held since October began in October; held throughout 2023 began on its first day at the latest."""
        since = told(CustodyReported, 1, "2021-10", custody_state=CustodyState.HELD, span=Span.SINCE)
        throughout = told(CustodyReported, 2, "2023", custody_state=CustodyState.HELD, span=Span.THROUGHOUT)

        assert days(timeline(since), 1) == (day("2021-10-01"), day("2021-10-31"))
        assert days(timeline(throughout), 2) == (day("2023-01-01"), day("2023-01-01"))
        (one,) = timeline(since).occurrences
        assert isinstance(one, Occurrence)
        assert one.rank is Rank.OBSERVED
