"""R13: how far a case got, and which charges it leaves, each with the reversed case beside it."""

from __future__ import annotations

from typing import Any

import pytest

from events.dates import Derivation
from events.decoder import Event
from events.kinds import (
    ChargeReported,
    ChargeStage,
    CourtStep,
    CourtStepReported,
    DetentionReported,
    Penalty,
    Polarity,
    ReductionMechanism,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from projections.findings import CaseStage, CaseValue, Facet, Finding, Holds, Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import PERSON, KnownContext, day, on, report, term, written

CASE_1, CASE_2 = SubjectKey("case-1"), SubjectKey("case-2")


def charged(position: int, edtf: str | None = None, offence: str = "bribery", **fields: Any) -> Event:
    """A formal charge of one offence."""
    told: dict[str, Any] = {
        "charge_stage": ChargeStage.FORMAL_CHARGE,
        "offences": (written(offence),),
    } | fields
    return report(ChargeReported, position, claimed=on(edtf) if edtf else None, **told)


def stepped(position: int, step: CourtStep, edtf: str | None = None, **fields: Any) -> Event:
    """A step of a court."""
    return report(CourtStepReported, position, court_step=step, claimed=on(edtf) if edtf else None, **fields)


def sentenced(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A sentence of five years."""
    told: dict[str, Any] = {"penalty": Penalty.IMPRISONMENT, "term": term("P5Y")} | fields
    return report(SentenceReported, position, claimed=on(edtf) if edtf else None, **told)


def found(facet: Facet, *events: Event) -> list[Finding]:
    """The findings of one facet."""
    return [one for one in fold_prisoner(PERSON, events, KnownContext()) if one.facet is facet]


def stage_on(text: str, *events: Event) -> dict[CaseStage, Holds]:
    """The stages that hold on a day."""
    return {
        one.value.stage: holds
        for one in found(Facet.CASE, *events)
        if isinstance(one.value, CaseValue) and one.interval and (holds := one.interval.holds_on(day(text)))
    }


def charges(*events: Event) -> list[str]:
    """The charges that are told."""
    return [one.in_words for one in found(Facet.CHARGE, *events)]


class TestStages:
    @pytest.mark.parametrize(
        ("stage", "expected"),
        [
            (ChargeStage.SUSPICION, CaseStage.SUSPECTED),
            (ChargeStage.ACCUSATION, CaseStage.ACCUSED),
            (ChargeStage.FORMAL_CHARGE, CaseStage.CHARGED),
            (ChargeStage.INDICTMENT, CaseStage.INDICTED),
            (ChargeStage.UNSTATED, CaseStage.ACCUSED),
        ],
    )
    def test_of_a_charge(self, stage: ChargeStage, expected: CaseStage) -> None:
        """A charge is no conviction; of one without a stage no more is said than an accusation."""
        assert stage_on("2024-01-01", charged(1, "2023", charge_stage=stage)) == {expected: Holds.CERTAIN}

    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            (CourtStep.HEARING_HELD, CaseStage.ON_TRIAL),
            (CourtStep.PENALTY_ASKED_FOR, CaseStage.ON_TRIAL),
            (CourtStep.VERDICT, CaseStage.ON_TRIAL),
            (CourtStep.UPHELD, CaseStage.UPHELD),
            (CourtStep.QUASHED, CaseStage.QUASHED),
            (CourtStep.SENT_BACK, CaseStage.SENT_BACK),
            (CourtStep.ACQUITTED, CaseStage.ACQUITTED),
            (CourtStep.DROPPED, CaseStage.DROPPED),
            (CourtStep.REHABILITATED, CaseStage.REHABILITATED),
        ],
    )
    def test_of_a_court(self, step: CourtStep, expected: CaseStage) -> None:
        """A verdict of which nobody says what it was convicts nobody; nor does what a prosecution asks for."""
        assert stage_on("2025-01-01", charged(1, "2023"), stepped(2, step, "2024")) == {
            expected: Holds.CERTAIN
        }

    @pytest.mark.parametrize(
        "entailing",
        [
            sentenced(2, "2024-02-01"),
            report(
                SentenceReductionReported, 2, claimed=on("2024-02-01"), reduced_by=ReductionMechanism.COURT
            ),
        ],
    )
    def test_sentenced_entails_convicted(self, entailing: Event) -> None:
        """A sentence, and what reduces one, entail a conviction, and are marked as entailing it."""
        (finding,) = [one for one in found(Facet.CASE, entailing) if one.interval]

        assert finding.value == CaseValue(stage=CaseStage.CONVICTED)
        assert (finding.derivation, finding.rule) == (Derivation.ENTAILED, "R13")
        assert finding.in_words == "convicted, as the sentence entails"

    def test_charged_is_stated(self) -> None:
        """The reversed case: a charge is stated."""
        (finding,) = found(Facet.CASE, charged(1, "2023"))

        assert (finding.derivation, finding.in_words) == (Derivation.STATED, "charged")

    def test_released_on_acquittal(self) -> None:
        """A release on acquittal entails one; a release by amnesty entails nothing of the case."""
        freed = report(ReleaseReported, 2, claimed=on("2024"), released_by=ReleaseMechanism.ACQUITTAL)
        amnestied = report(ReleaseReported, 2, claimed=on("2024"), released_by=ReleaseMechanism.AMNESTY)

        assert stage_on("2025-01-01", charged(1, "2023"), freed) == {CaseStage.ACQUITTED: Holds.CERTAIN}
        assert stage_on("2025-01-01", charged(1, "2023"), amnestied) == {CaseStage.CHARGED: Holds.CERTAIN}

    def test_undated_in_order(self) -> None:
        """R4: undated stages stand in the order in which they presuppose one another."""
        events = [sentenced(1), charged(2), stepped(3, CourtStep.UPHELD, "2024")]

        assert stage_on("2025-01-01", *events) == {CaseStage.UPHELD: Holds.CERTAIN}

    def test_proceedings_apart(self) -> None:
        """R6: two proceedings are two cases."""
        events = [charged(1, "2023", proceeding=CASE_1), sentenced(2, "2024", proceeding=CASE_2)]

        assert [one.value for one in found(Facet.CASE, *events)] == [
            CaseValue(stage=CaseStage.CHARGED, proceeding=CASE_1),
            CaseValue(stage=CaseStage.CONVICTED, proceeding=CASE_2),
        ]

    def test_denied(self) -> None:
        """A negated charge stands against the stage that it denies."""
        (finding,) = found(
            Facet.CASE, charged(1, "2023"), charged(2, polarity=Polarity.NEGATED, source="source-2")
        )

        assert finding.opposed_by == (2,)

    def test_sentenced_before_charged(self) -> None:
        """R5: an order that cannot be sets the two against each other, changes no standing, and drops none."""
        events = [sentenced(1, "2023-02-01"), charged(2, "2023-05-01")]

        assert [one.opposed_by for one in found(Facet.SENTENCE, *events)] == [(2,)]
        by_stage = {int(one.supported_by[0]): one for one in found(Facet.CASE, *events)}
        assert (by_stage[1].opposed_by, by_stage[2].opposed_by) == ((2,), (1,))
        assert {one.standing for one in by_stage.values()} == {Standing.SINGLE}

    def test_charged_again_after_a_sentence(self) -> None:
        """The reversed case: an earlier charge explains the sentence, whatever is charged later."""
        events = [charged(1, "2023-01-01"), sentenced(2, "2023-02-01"), charged(3, "2023-05-01", "evasion")]

        assert [one.opposed_by for one in found(Facet.SENTENCE, *events)] == [()]

    def test_charged_again_in_another_case(self) -> None:
        """The reversed case: which charge the sentence is of is not said, and one of the two explains it."""
        events = [
            charged(1, "2022", proceeding=CASE_1),
            sentenced(2, "2023-02-01"),
            charged(3, "2024", proceeding=CASE_2),
        ]

        assert [one.opposed_by for one in found(Facet.SENTENCE, *events)] == [()]


class TestCharges:
    @pytest.mark.parametrize(
        "step", [CourtStep.ACQUITTED, CourtStep.QUASHED, CourtStep.DROPPED, CourtStep.REHABILITATED]
    )
    def test_leave_when_cleared(self, step: CourtStep) -> None:
        """After acquittal, quashing, dropping or rehabilitation the charge is told nowhere, dated or not."""
        assert charges(charged(1, "2023"), stepped(2, step, "2024")) == []
        assert charges(charged(1), stepped(2, step)) == []

    @pytest.mark.parametrize("step", [CourtStep.UPHELD, CourtStep.SENT_BACK, CourtStep.VERDICT])
    def test_stay_otherwise(self, step: CourtStep) -> None:
        """The reversed case."""
        assert charges(charged(1, "2023"), stepped(2, step, "2024")) == ["bribery"]

    def test_leave_when_freed_on_acquittal(self) -> None:
        """What a release entails clears as well."""
        freed = report(ReleaseReported, 2, claimed=on("2024"), released_by=ReleaseMechanism.ACQUITTAL)

        assert charges(charged(1, "2023"), freed) == []

    def test_of_a_sentence(self) -> None:
        """The offences of a sentence are told beside those charged, and leave with them."""
        convicted = sentenced(2, "2024", offences=(written("fraud"),))

        assert charges(charged(1, "2023"), convicted) == ["bribery", "fraud"]
        assert charges(charged(1, "2023"), convicted, stepped(3, CourtStep.QUASHED, "2025")) == []

    def test_of_another_proceeding_stay(self) -> None:
        """An acquittal in one proceeding clears no other's charge."""
        events = [
            charged(1, "2023", proceeding=CASE_1),
            charged(2, "2023", "fraud", proceeding=CASE_2),
            stepped(3, CourtStep.ACQUITTED, "2024", proceeding=CASE_1),
        ]

        assert charges(*events) == ["fraud"]

    def test_of_the_only_other_case(self) -> None:
        """An acquittal that names no proceeding clears the one proceeding that there is."""
        events = [charged(1, "2023", proceeding=CASE_1), stepped(2, CourtStep.ACQUITTED, "2024")]

        assert charges(*events) == []

    def test_charged_anew(self) -> None:
        """A charge that certainly comes after the acquittal is told."""
        events = [charged(1, "2020"), stepped(2, CourtStep.ACQUITTED, "2021"), charged(3, "2023", "fraud")]

        assert charges(*events) == ["fraud"]

    def test_convicted_again_after_a_quashing(self) -> None:
        """Quashed and convicted again: the charge is back."""
        events = [charged(1, "2020"), stepped(2, CourtStep.QUASHED, "2021"), sentenced(3, "2023")]

        assert charges(*events) == ["bribery"]

    @pytest.mark.parametrize(
        "step", [CourtStep.ACQUITTED, CourtStep.QUASHED, CourtStep.DROPPED, CourtStep.REHABILITATED]
    )
    @pytest.mark.parametrize("proceeding", [None, CASE_1])
    def test_leave_when_cleared_after_a_release(self, step: CourtStep, proceeding: SubjectKey | None) -> None:
        """Freed, and cleared only later, by a report that names no proceeding: the one case told of is meant."""
        events = [
            report(DetentionReported, 1, claimed=on("2019")),
            charged(2, "2020", proceeding=proceeding),
            report(ReleaseReported, 3, claimed=on("2021"), released_by=ReleaseMechanism.UNSTATED),
        ]

        assert charges(*events) == ["bribery"]
        assert charges(*events, stepped(4, step, "2022")) == []

    def test_cleared_after_a_release_is_the_end_of_the_case(self) -> None:
        """The case that was open is the one that was cleared, and not another one."""
        events = [
            charged(1, "2020"),
            report(ReleaseReported, 2, claimed=on("2021"), released_by=ReleaseMechanism.UNSTATED),
            stepped(3, CourtStep.ACQUITTED, "2022"),
        ]

        assert stage_on("2023-01-01", *events) == {CaseStage.ACQUITTED: Holds.CERTAIN}

    def test_cleared_after_a_release_of_a_charge_made_since(self) -> None:
        """The reversed case: charged anew since the release, that is the charge which leaves."""
        events = [
            charged(1, "2020"),
            report(ReleaseReported, 2, claimed=on("2021"), released_by=ReleaseMechanism.UNSTATED),
            charged(3, "2022", "fraud"),
            stepped(4, CourtStep.ACQUITTED, "2023"),
        ]

        assert charges(*events) == ["bribery"]

    def test_cleared_after_two_releases(self) -> None:
        """Of two cases, each closed by a release, it is not said which was cleared: neither charge leaves."""
        events = [
            report(DetentionReported, 1, claimed=on("2015")),
            charged(2, "2016"),
            report(ReleaseReported, 3, claimed=on("2017"), released_by=ReleaseMechanism.UNSTATED),
            report(DetentionReported, 4, claimed=on("2018")),
            charged(5, "2019", "fraud"),
            report(ReleaseReported, 6, claimed=on("2020"), released_by=ReleaseMechanism.UNSTATED),
            stepped(7, CourtStep.ACQUITTED, "2022"),
        ]

        assert charges(*events) == ["bribery", "fraud"]

    def test_of_a_later_custody_stay(self) -> None:
        """An acquittal before a release clears nothing of the case after it."""
        events = [
            report(DetentionReported, 1, claimed=on("2019")),
            charged(2, "2019-06"),
            stepped(3, CourtStep.ACQUITTED, "2020"),
            report(ReleaseReported, 4, claimed=on("2021"), released_by=ReleaseMechanism.UNSTATED),
            report(DetentionReported, 5, claimed=on("2023")),
            charged(6, "2023-06", "fraud"),
        ]

        assert charges(*events) == ["fraud"]
