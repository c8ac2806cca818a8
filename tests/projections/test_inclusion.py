"""R9 of the facet *act*: what each act did for one prisoner, each with the reversed case beside it."""

from __future__ import annotations

from typing import Any

import pytest

from events.dates import Derivation
from events.decoder import Event
from events.kinds import (
    DetentionReported,
    ExclusionGround,
    ExclusionReported,
    InclusionEffect,
    InclusionReported,
    InclusionStep,
    Polarity,
    ReductionMechanism,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SubjectKey,
)
from projections.context import ActFacts
from projections.findings import ActOutcome, ActValue, Facet, Finding, Holds, Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import ACT, PERSON, KnownContext, day, on, report, term

CONTEXT = KnownContext(acts={ACT: ActFacts(name="the amnesty")})


def included(
    position: int, edtf: str | None = None, step: InclusionStep = InclusionStep.APPLIED, **fields: Any
) -> Event:
    """An inclusion under the act."""
    told: dict[str, Any] = {"act": ACT, "inclusion_step": step} | fields
    return report(InclusionReported, position, claimed=on(edtf) if edtf else None, **told)


def excluded(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """An exclusion from the act."""
    return report(ExclusionReported, position, claimed=on(edtf) if edtf else None, **({"act": ACT} | fields))


def released(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A release under the act."""
    told: dict[str, Any] = {"act": ACT, "released_by": ReleaseMechanism.AMNESTY} | fields
    return report(ReleaseReported, position, claimed=on(edtf) if edtf else None, **told)


def acts(*events: Event) -> list[Finding]:
    """The act findings."""
    return [one for one in fold_prisoner(PERSON, events, CONTEXT) if one.facet is Facet.ACT]


def on_day(text: str, *events: Event) -> dict[ActOutcome | None, Holds]:
    """What outcomes hold on a day; None for a contested one."""
    return {
        one.value.outcome if isinstance(one.value, ActValue) else None: holds
        for one in acts(*events)
        if one.interval and (holds := one.interval.holds_on(day(text)))
    }


class TestOutcomes:
    @pytest.mark.parametrize("step", list(InclusionStep))
    def test_included_release_not_reported(self, step: InclusionStep) -> None:
        """Whatever its step, an inclusion is no release."""
        (finding,) = acts(included(1, "2025-12-20", step, effect=InclusionEffect.RELEASE))

        assert finding.value == ActValue(
            act=ACT,
            outcome=ActOutcome.INCLUDED_RELEASE_NOT_REPORTED,
            effect=InclusionEffect.RELEASE,
            inclusion_step=step,
        )
        assert (finding.rule, finding.standing) == ("R9", Standing.SINGLE)
        assert finding.in_words.endswith("; release not reported")

    def test_released(self) -> None:
        """A release that names the act is its outcome, and follows an inclusion, undated as both are."""
        context = KnownContext(available="2025-12-22", acts={ACT: ActFacts(effective_from=day("2025-12-15"))})

        findings = [
            one
            for one in fold_prisoner(PERSON, [included(1), released(2)], context)
            if one.facet is Facet.ACT
        ]

        (finding,) = [one for one in findings if one.interval and one.interval.holds_on(day("2025-12-25"))]
        assert finding.value == ActValue(
            act=ACT,
            outcome=ActOutcome.RELEASED,
            effect=InclusionEffect.RELEASE,
            inclusion_step=InclusionStep.APPLIED,
        )
        assert finding.supported_by == (1, 2)
        assert finding.segment == "act-1:released-2"

    def test_released_without_an_inclusion(self) -> None:
        """The reversed case: how far an inclusion got is null where none is told."""
        (finding,) = acts(released(1, "2025-12-20"))

        assert finding.value == ActValue(act=ACT, outcome=ActOutcome.RELEASED, effect=InclusionEffect.RELEASE)

    def test_included_again_later(self) -> None:
        """The reversed case: an inclusion after the release says nothing of how that release came about."""
        finding = acts(released(1, "2025-12-20"), included(2, "2026-02-01"))[-1]

        assert finding.supported_by == (1,)

    def test_an_inclusion_is_no_voice_for_a_release(self) -> None:
        """R3: who tells of the inclusion alone does not corroborate the release."""
        events = [included(1, "2025-12-19", source="source-2"), released(2, "2025-12-20")]

        (finding,) = [
            one for one in acts(*events) if one.interval and one.interval.holds_on(day("2025-12-25"))
        ]
        assert (finding.voices, finding.standing) == (1, Standing.SINGLE)

    def test_what_one_report_leaves_open_another_adds(self) -> None:
        """Applied, to what effect unstated, and applied, to a reduction, are one outcome of two voices."""
        events = [
            included(1, "2025-12-20"),
            included(2, "2025-12-20", effect=InclusionEffect.REDUCTION, source="source-2"),
        ]

        (finding,) = acts(*events)

        assert (finding.voices, finding.standing) == (2, Standing.CORROBORATED)
        assert isinstance(finding.value, ActValue)
        assert finding.value.effect is InclusionEffect.REDUCTION

    def test_effects_that_differ(self) -> None:
        """The reversed case: two stated effects leave it open, and the outcome stands."""
        events = [
            included(1, "2025-12-20", effect=InclusionEffect.RELEASE),
            included(2, "2025-12-20", effect=InclusionEffect.REDUCTION, source="source-2"),
        ]

        (finding,) = acts(*events)

        assert isinstance(finding.value, ActValue)
        assert finding.value.effect is InclusionEffect.UNSTATED

    def test_a_release_that_names_no_act(self) -> None:
        """The reversed case: a release by some amnesty is no outcome of this one."""
        assert acts(released(1, act=None)) == []

    def test_moved_to_house_arrest(self) -> None:
        """R8: moving to house arrest is no release."""
        assert acts(released(1, released_to=ReleasedTo.HOUSE_ARREST)) == []

    def test_a_court_s_reduction_is_not_the_amnesty_s(self) -> None:
        """A reduction is the act's only where it names the act; then it entails that the act was applied."""
        cut: dict[str, Any] = {"reduced_by": ReductionMechanism.COURT, "reduced_to": term("P3Y")}

        assert acts(report(SentenceReductionReported, 1, **cut)) == []
        (finding,) = acts(report(SentenceReductionReported, 1, act=ACT, **cut))
        assert finding.derivation is Derivation.ENTAILED
        assert isinstance(finding.value, ActValue)
        assert (finding.value.effect, finding.value.inclusion_step) == (
            InclusionEffect.REDUCTION,
            InclusionStep.APPLIED,
        )

    def test_acts_apart(self) -> None:
        """Each act has outcomes of its own."""
        other = SubjectKey("act-2")

        assert on_day("2025-12-25", included(1, "2025-12-20"), excluded(2, "2025-12-20", act=other)) == {
            ActOutcome.INCLUDED_RELEASE_NOT_REPORTED: Holds.CERTAIN,
            ActOutcome.EXCLUDED: Holds.CERTAIN,
        }

    def test_steps_in_order(self) -> None:
        """The furthest step is the last, undated as it may be."""
        events = [
            included(1, "2025-12-20", InclusionStep.APPLIED),
            included(2, "2025-12-18", InclusionStep.NAMED),
        ]

        (finding,) = [
            one for one in acts(*events) if one.interval and one.interval.holds_on(day("2025-12-25"))
        ]
        assert isinstance(finding.value, ActValue)
        assert finding.value.inclusion_step is InclusionStep.APPLIED

    def test_denied(self) -> None:
        """A negated release under the act stands against the one that is told of."""
        (finding,) = acts(
            released(1, "2025-12-20"), released(2, polarity=Polarity.NEGATED, source="source-2")
        )

        assert finding.opposed_by == (2,)


class TestExclusion:
    def test_as_of_its_day(self) -> None:
        """Excluded from its day on, on the ground that the source gives."""
        (finding,) = acts(excluded(1, "2025-12-20", excluded_by=ExclusionGround.LAW))

        assert finding.value == ActValue(
            act=ACT, outcome=ActOutcome.EXCLUDED, excluded_by=ExclusionGround.LAW
        )
        assert finding.in_words == "excluded from the amnesty (law)"
        assert on_day("2025-12-19", excluded(1, "2025-12-20")) == {}

    @pytest.mark.parametrize(
        "later", [included(2, "2025-12-25", source="source-2"), released(2, "2025-12-25", source="source-2")]
    )
    def test_a_later_inclusion_follows(self, later: Event) -> None:
        """Included or released later: no conflict, and each holds on its days."""
        events = [excluded(1, "2025-12-20"), later]

        assert on_day("2025-12-21", *events) == {ActOutcome.EXCLUDED: Holds.CERTAIN}
        assert ActOutcome.EXCLUDED not in on_day("2025-12-26", *events)
        assert all(one.standing is Standing.SINGLE and not one.opposed_by for one in acts(*events))

    def test_undated_comes_first(self) -> None:
        """An exclusion that may be earlier is taken to be: an inclusion follows it."""
        assert on_day("2025-12-26", excluded(1), included(2, "2025-12-25")) == {
            ActOutcome.INCLUDED_RELEASE_NOT_REPORTED: Holds.CERTAIN
        }

    def test_after_the_release(self) -> None:
        """R5: released under the act on the 20th, excluded from it on the 25th: no order reconciles the two."""
        events = [released(1, "2025-12-20"), excluded(2, "2025-12-25", source="source-2")]

        assert on_day("2025-12-24", *events) == {ActOutcome.RELEASED: Holds.CERTAIN}
        assert on_day("2025-12-25", *events) == {None: Holds.CERTAIN}
        (finding,) = [one for one in acts(*events) if one.standing is Standing.CONTESTED]
        assert [side.supported_by for side in finding.alternatives] == [(1,), (2,)]

    def test_after_the_release_within_a_year(self) -> None:
        """The same, known to a year: excluded is no outcome of its own beside the contest."""
        events = [released(1, "2025-12-20"), excluded(2, "2026", source="source-2")]

        assert on_day("2026-06-01", *events) == {ActOutcome.RELEASED: Holds.POSSIBLE, None: Holds.POSSIBLE}

    def test_on_grounds_that_differ(self) -> None:
        """Excluded by law, and by practice: excluded, on what ground is left open."""
        (finding,) = acts(
            excluded(1, "2025-12-20", excluded_by=ExclusionGround.LAW),
            excluded(2, "2025-12-20", excluded_by=ExclusionGround.PRACTICE, source="source-2"),
        )

        assert finding.value == ActValue(
            act=ACT, outcome=ActOutcome.EXCLUDED, excluded_by=ExclusionGround.UNSTATED
        )


class TestContestedDates:
    def test_two_dates_of_a_release(self) -> None:
        """R5: the 21st or the 22nd: on the 21st the value is null, from the 22nd on released, and each side gives its date, its reports and
        those against it."""
        contested, agreed = acts(released(1, "2025-12-21"), released(2, "2025-12-22", source="source-2"))

        for finding in (contested, agreed):
            assert (finding.standing, finding.rule, finding.since) == (Standing.CONTESTED, "R5", None)
            assert [(side.since, side.supported_by, side.opposed_by) for side in finding.alternatives] == [
                (on("2025-12-21"), (1,), (2,)),
                (on("2025-12-22"), (2,), (1,)),
            ]
        assert (contested.value, contested.in_words) == (None, "contested: when released under the amnesty")
        assert {side.value for side in agreed.alternatives} == {agreed.value}
        assert agreed.in_words == (
            "released under the amnesty; since when is contested: 21 or 22 December 2025"
        )

    def test_certain_after_the_last_date(self) -> None:
        """By then all say released, so that nobody is left out who was; how far the act got is told with it."""
        events = [
            report(InclusionReported, 3, act=ACT, inclusion_step=InclusionStep.CARRIED_OUT),
            released(1, "2025-12-21"),
            released(2, "2025-12-22", source="source-2"),
        ]

        assert on_day("2025-12-21", *events) == {None: Holds.CERTAIN}
        assert on_day("2025-12-22", *events) == {ActOutcome.RELEASED: Holds.CERTAIN}
        value = acts(*events)[-1].value
        assert isinstance(value, ActValue)
        assert value.inclusion_step is InclusionStep.CARRIED_OUT
        assert {side.value for side in acts(*events)[-1].alternatives} == {value}

    def test_a_coarse_date_stands_with_each(self) -> None:
        """December fits both days, supports both, and each alternative keeps a name of its own."""
        finding = acts(
            released(1, "2025-12", source="source-3"),
            released(2, "2025-12-21"),
            released(3, "2025-12-22", source="source-2"),
        )[-1]

        assert [side.supported_by for side in finding.alternatives] == [(1, 2), (1, 3)]
        assert len({side.segment for side in finding.alternatives}) == 2

    def test_dates_that_can_coincide(self) -> None:
        """The reversed case: December and the 22nd are one date, told by two."""
        (finding,) = acts(released(1, "2025-12"), released(2, "2025-12-22", source="source-2"))

        assert (finding.standing, finding.since) == (Standing.CORROBORATED, on("2025-12-22"))

    def test_released_twice(self) -> None:
        """Two releases with a detention between are two, and neither is contested: detained again stays released once."""
        events = [
            released(1, "2025-12-21"),
            report(DetentionReported, 2, claimed=on("2026-02-01")),
            released(3, "2026-03-01"),
        ]

        assert [one.standing for one in acts(*events)] == [Standing.SINGLE]
