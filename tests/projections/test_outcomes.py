"""R9 and R10: what an act did for people told of together."""

from __future__ import annotations

import pytest

from events.citations import CitationZone
from events.decoder import Event
from events.kinds import (
    ActForm,
    ExclusionGround,
    InclusionEffect,
    InclusionStep,
    Modality,
    Polarity,
    ReleasedTo,
    ReleaseMechanism,
)
from projections.findings import (
    DAY_MAX,
    DAY_MIN,
    ActOutcome,
    ActValue,
    Facet,
    Finding,
    Holds,
    Interval,
    Standing,
)
from tests.projections.act_builders import (
    JOURNALISTS,
    WOMEN,
    excluded,
    folded,
    included,
    knowing,
    of,
    released,
)
from tests.projections.builders import ACT, KnownContext, cited, day, on, retraction

INCLUDED = ActOutcome.INCLUDED_RELEASE_NOT_REPORTED


def outcomes(*events: Event, about: str = WOMEN, context: KnownContext | None = None) -> list[Finding]:
    return of(folded(events, context), Facet.ACT, about)


def outcome_on(text: str, found: list[Finding]) -> dict[ActOutcome | None, Holds]:
    """What holds on a day; None for what is contested."""
    return {
        finding.value.outcome if isinstance(finding.value, ActValue) else None: holds
        for finding in found
        if finding.interval is not None and (holds := finding.interval.holds_on(day(text))) is not None
    }


class TestReleased:
    def test_a_release_that_names_the_act(self) -> None:
        """The group was released under the act, from the day on that is told."""
        (found,) = outcomes(released(5, claimed="2025-12-22"))

        assert ActValue(act=ACT, outcome=ActOutcome.RELEASED) == found.value
        assert (Standing.SINGLE, "R9", (5,), on("2025-12-22")) == (
            found.standing,
            found.rule,
            found.supported_by,
            found.since,
        )
        assert Interval(day("2025-12-22"), day("2025-12-22"), DAY_MAX, DAY_MAX) == found.interval
        assert "released under the amnesty" == found.in_words

    def test_a_release_by_amnesty_of_a_group_under_an_amnesty_is_the_act_s(self) -> None:
        """The group stands under it, and the mechanism is the act's own."""
        (found,) = outcomes(released(5, act=None))

        assert ActValue(act=ACT, outcome=ActOutcome.RELEASED) == found.value

    @pytest.mark.parametrize(
        "mechanism", [ReleaseMechanism.UNSTATED, ReleaseMechanism.PARDON, ReleaseMechanism.SERVED]
    )
    def test_a_release_by_anything_else_is_not(self, mechanism: ReleaseMechanism) -> None:
        """Nor is one whose mechanism nobody states."""
        assert [] == outcomes(released(5, act=None, released_by=mechanism))

    def test_a_release_by_pardon_is_a_pardon_s(self) -> None:
        """Each act by its own mechanism."""
        pardon = knowing(form=ActForm.PARDON)

        assert [] == outcomes(released(5, act=None), context=pardon)
        assert 1 == len(outcomes(released(5, act=None, released_by=ReleaseMechanism.PARDON), context=pardon))

    def test_a_release_under_another_act_is_told_of_that_act(self) -> None:
        """R10: a contradiction needs one group and one act."""
        one, other = outcomes(released(5, act="act-2"), excluded(6, WOMEN))

        assert (ActValue(act=ACT, outcome=ActOutcome.EXCLUDED, excluded_by=ExclusionGround.UNSTATED), ()) == (
            one.value,
            one.opposed_by,
        )
        assert isinstance(other.value, ActValue)
        assert ("act-2", ActOutcome.RELEASED) == (other.value.act, other.value.outcome)

    def test_an_undated_release_is_no_later_than_its_source(self) -> None:
        """R4: what is told as done is done by the day on which it could be read."""
        (found,) = outcomes(released(5))

        assert Interval(DAY_MIN, day("2025-12-22"), DAY_MAX, DAY_MAX) == found.interval

    def test_two_dates_that_cannot_both_be_are_contested_on_the_days_between(self) -> None:
        """R5: on the 20th, or on the 22nd: from the 22nd on everybody agrees, but for since when."""
        found = outcomes(
            released(5, claimed="2025-12-20"), released(6, claimed="2025-12-22", source="source-2")
        )

        assert {None: Holds.CERTAIN} == outcome_on("2025-12-21", found)
        assert {ActOutcome.RELEASED: Holds.CERTAIN} == outcome_on("2025-12-22", found)
        contested = next(one for one in found if one.value is None)
        agreed = next(one for one in found if one.value is not None)
        assert [on("2025-12-20"), on("2025-12-22")] == [one.since for one in contested.alternatives]
        assert (None, (5, 6)) == (agreed.since, agreed.supported_by)
        assert (
            "contested: released under the amnesty: 20 December 2025; or released under the amnesty: 22 December 2025"
            == contested.in_words
        )

    def test_what_all_agree_on_stands_and_since_when_is_contested(self) -> None:
        """R5: whoever reads that they were released finds both dates, each with its own reports."""
        contested, agreed = outcomes(
            released(5, claimed="2025-12-20"),
            released(6, claimed="2025-12-22", source="source-2"),
            released(7, claimed="2025-12-22", source="source-3"),
        )

        assert (Standing.CONTESTED, "R5", None, None, 3) == (
            agreed.standing,
            agreed.rule,
            agreed.since,
            agreed.derivation,
            agreed.voices,
        )
        assert ActValue(act=ACT, outcome=ActOutcome.RELEASED) == agreed.value
        assert (
            "released under the amnesty; since when is contested: 20 December 2025 or 22 December 2025"
            == agreed.in_words
        )
        for found in (contested, agreed):
            assert [
                (f"{found.segment}/1", (5,), (6, 7), 1),
                (f"{found.segment}/2", (6, 7), (5,), 2),
            ] == [(one.segment, one.supported_by, one.opposed_by, one.voices) for one in found.alternatives]

    def test_dates_that_can_coincide_are_no_contest(self) -> None:
        """Two dates that can both be are one day, told by both."""
        (found,) = outcomes(
            released(5, claimed="2025-12"), released(6, claimed="2025-12-20", source="source-2")
        )

        assert ((), Standing.CORROBORATED, on("2025-12-20")) == (
            found.alternatives,
            found.standing,
            found.since,
        )

    def test_a_denial_stands_against_it(self) -> None:
        """A report that they were not released is shown, and moves nothing."""
        (found,) = outcomes(released(5, claimed="2025-12-22"), released(6, polarity=Polarity.NEGATED))

        assert ((5,), (6,), Standing.SINGLE) == (found.supported_by, found.opposed_by, found.standing)

    def test_nobody_else_s_status_is_moved(self) -> None:
        """R10: what is told of one group is told of no other."""
        assert [] == outcomes(released(5, claimed="2025-12-22"), about=JOURNALISTS)


class TestIncluded:
    @pytest.mark.parametrize("step", list(InclusionStep))
    def test_included_is_not_released_whatever_the_step(self, step: InclusionStep) -> None:
        """R9."""
        (found,) = outcomes(included(5, step))

        assert (
            ActValue(act=ACT, outcome=INCLUDED, inclusion_step=step, effect=InclusionEffect.UNSTATED)
            == found.value
        )
        assert "included in the amnesty; no release is reported" == found.in_words

    def test_the_furthest_step_and_the_stated_effect_are_shown(self) -> None:
        """Named, then granted, for release."""
        (found,) = outcomes(
            included(5, InclusionStep.GRANTED),
            included(6, InclusionStep.NAMED, effect=InclusionEffect.RELEASE),
        )

        assert (
            ActValue(
                act=ACT,
                outcome=INCLUDED,
                inclusion_step=InclusionStep.GRANTED,
                effect=InclusionEffect.RELEASE,
            )
            == found.value
        )

    def test_a_release_follows_it(self) -> None:
        """R9: only a release makes it released, from its own day on."""
        found = outcomes(
            included(5, InclusionStep.GRANTED, claimed="2025-12-18"), released(6, claimed="2025-12-22")
        )

        assert {INCLUDED: Holds.CERTAIN} == outcome_on("2025-12-20", found)
        assert {ActOutcome.RELEASED: Holds.CERTAIN} == outcome_on("2025-12-22", found)

    def test_a_move_to_house_arrest_is_no_release(self) -> None:
        """R8: it is another form of deprivation of liberty."""
        (found,) = outcomes(released(5, released_to=ReleasedTo.HOUSE_ARREST))

        assert ActValue(act=ACT, outcome=INCLUDED) == found.value


class TestExcluded:
    def test_what_was_planned_supports_nothing_and_what_is_reported_does(self) -> None:
        """R1: that the act will not apply is no exclusion yet; that it did not apply is one."""
        planned = excluded(2, modality=Modality.PLANNED)

        assert [] == outcomes(planned, about=JOURNALISTS)
        (found,) = outcomes(planned, excluded(3), about=JOURNALISTS)
        assert ((3,), 1, Standing.SINGLE) == (found.supported_by, found.voices, found.standing)

    def test_the_same_source_again_is_one_voice(self) -> None:
        """R3: repetition adds none; another outlet does."""
        again = outcomes(excluded(3), excluded(4), about=JOURNALISTS)
        other = outcomes(excluded(3), excluded(4, source="source-2"), about=JOURNALISTS)

        assert [(1, Standing.SINGLE)] == [(one.voices, one.standing) for one in again]
        assert [(2, Standing.CORROBORATED)] == [(one.voices, one.standing) for one in other]

    def test_a_headline_alone_excludes_nobody(self) -> None:
        """R1."""
        assert [] == outcomes(excluded(3, citations=(cited(zone=CitationZone.HEADLINE),)), about=JOURNALISTS)

    def test_inside_a_question_it_excludes_nobody(self) -> None:
        """R1."""
        assert [] == outcomes(excluded(3, modality=Modality.ASKED), about=JOURNALISTS)

    @pytest.mark.parametrize(
        ("grounds", "expected", "words"),
        [
            ([ExclusionGround.UNSTATED], ExclusionGround.UNSTATED, "left out of the amnesty"),
            (
                [ExclusionGround.UNSTATED, ExclusionGround.LAW],
                ExclusionGround.LAW,
                "left out of the amnesty by law",
            ),
            ([ExclusionGround.LAW, ExclusionGround.PRACTICE], None, "left out of the amnesty"),
        ],
    )
    def test_the_ground_is_what_all_who_state_one_agree_on(
        self, grounds: list[ExclusionGround], expected: ExclusionGround | None, words: str
    ) -> None:
        """Where they differ none is shown."""
        events = [excluded(place, excluded_by=ground) for place, ground in enumerate(grounds, start=3)]

        (found,) = outcomes(*events, about=JOURNALISTS)

        assert ActValue(act=ACT, outcome=ActOutcome.EXCLUDED, excluded_by=expected) == found.value
        assert words == found.in_words

    def test_a_later_release_follows_it_and_is_no_conflict(self) -> None:
        """R9: excluded in December, released in January."""
        found = outcomes(
            excluded(3, claimed="2025-12-20"),
            released(4, JOURNALISTS, "2026-01-05"),
            about=JOURNALISTS,
            context=knowing(available=None),
        )

        assert {ActOutcome.EXCLUDED: Holds.CERTAIN} == outcome_on("2025-12-31", found)
        assert {ActOutcome.RELEASED: Holds.CERTAIN} == outcome_on("2026-01-05", found)
        assert [Standing.SINGLE, Standing.SINGLE] == [one.standing for one in found]
        assert [(), ()] == [one.opposed_by for one in found]

    def test_an_exclusion_after_the_release_is_contested(self) -> None:
        """R5: released on the 20th, and left out on the 22nd: no sequence reconciles the two."""
        found = outcomes(
            released(3, JOURNALISTS, "2025-12-20"), excluded(4, claimed="2025-12-22"), about=JOURNALISTS
        )

        assert {ActOutcome.RELEASED: Holds.CERTAIN} == outcome_on("2025-12-21", found)
        assert {None: Holds.CERTAIN} == outcome_on("2025-12-22", found)
        contested = next(one for one in found if one.standing is Standing.CONTESTED)
        assert [(ActOutcome.RELEASED, (3,)), (ActOutcome.EXCLUDED, (4,))] == [
            (one.value.outcome, one.supported_by)
            for one in contested.alternatives
            if isinstance(one.value, ActValue)
        ]
        assert ((3, 4), "R5", None) == (contested.supported_by, contested.rule, contested.since)
        assert (
            "contested: released under the amnesty: 20 December 2025; or left out of the amnesty: 22 December 2025"
            == contested.in_words
        )

    def test_an_exclusion_may_follow_a_petition(self) -> None:
        """A step that is not yet the act's own word is followed by a refusal without a conflict."""
        found = outcomes(
            included(3, InclusionStep.PETITION, JOURNALISTS, "2025-12-16"),
            excluded(4, claimed="2025-12-20"),
            about=JOURNALISTS,
        )

        assert {INCLUDED: Holds.CERTAIN} == outcome_on("2025-12-18", found)
        assert {ActOutcome.EXCLUDED: Holds.CERTAIN} == outcome_on("2025-12-20", found)

    def test_an_exclusion_that_may_be_later_stands_against_the_release(self) -> None:
        """Undated, it is put before the release; since it may lie after it, it is shown as opposing."""
        found = outcomes(
            released(3, JOURNALISTS, "2025-12-20"), excluded(4, source="source-2"), about=JOURNALISTS
        )

        last = next(
            one
            for one in found
            if isinstance(one.value, ActValue) and one.value.outcome is ActOutcome.RELEASED
        )
        assert {ActOutcome.RELEASED: Holds.CERTAIN} == outcome_on("2025-12-22", found)
        assert (4,) == last.opposed_by

    def test_a_retracted_exclusion_leaves_nothing(self) -> None:
        """R2: unknown, and not included."""
        assert [] == outcomes(excluded(3), retraction(4, of=3), about=JOURNALISTS)
