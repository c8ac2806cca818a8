"""R6 and R14 of sentences, each with the reversed case beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from events.dates import Derivation
from events.decoder import Event
from events.kinds import (
    CourtStep,
    CourtStepReported,
    DeathReported,
    DetentionReported,
    Modality,
    Penalty,
    Polarity,
    ReductionMechanism,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from events.terms import ReductionAmount, Term
from projections.findings import Facet, Finding, Holds, SentenceValue, Standing
from projections.prisoner import fold_prisoner
from projections.sentences import sentence_of
from tests.projections.builders import PERSON, KnownContext, after, day, on, report, retraction, term

CASE_1, CASE_2 = SubjectKey("case-1"), SubjectKey("case-2")


def sentenced(position: int, edtf: str | None = None, duration: str | None = "P5Y", **fields: Any) -> Event:
    """A sentence to imprisonment, of five years unless said otherwise."""
    imposed = {"penalty": Penalty.IMPRISONMENT, "term": term(duration) if duration else None} | fields
    return report(SentenceReported, position, claimed=on(edtf) if edtf else None, **imposed)


def reduced(
    position: int, edtf: str | None = None, *, to: str | None = None, frm: str | None = None, **fields: Any
) -> Event:
    """A reduction by a court."""
    told = {
        "reduced_by": ReductionMechanism.COURT,
        "reduced_to": term(to) if to else None,
        "reduced_from": term(frm) if frm else None,
    } | fields
    return report(SentenceReductionReported, position, claimed=on(edtf) if edtf else None, **told)


def stepped(position: int, step: CourtStep, edtf: str | None = None, **fields: Any) -> Event:
    """A step of a court."""
    return report(CourtStepReported, position, court_step=step, claimed=on(edtf) if edtf else None, **fields)


def released(position: int, edtf: str, mechanism: ReleaseMechanism = ReleaseMechanism.UNSTATED) -> Event:
    """A release."""
    return report(ReleaseReported, position, claimed=on(edtf), released_by=mechanism)


def detained(position: int, edtf: str) -> Event:
    """A detention."""
    return report(DetentionReported, position, claimed=on(edtf))


def sentences(*events: Event, context: KnownContext | None = None) -> list[Finding]:
    """The sentence findings, by segment."""
    return [
        one for one in fold_prisoner(PERSON, events, context or KnownContext()) if one.facet is Facet.SENTENCE
    ]


def in_force(text: str, *events: Event) -> list[Finding]:
    """The sentences certainly in force on a day."""
    return [
        one
        for one in sentences(*events)
        if one.interval and one.interval.holds_on(day(text)) is Holds.CERTAIN
    ]


def value(finding: Finding) -> SentenceValue:
    """The value of a sentence that is not contested."""
    assert isinstance(finding.value, SentenceValue)
    return finding.value


def terms(findings: list[Finding]) -> list[str | None]:
    """The durations of sentences that are not contested."""
    return [found.duration if (found := value(one).term) is not None else None for one in findings]


class TestProceedings:
    def test_different_proceedings_never_merge(self) -> None:
        """Two proceedings of equal terms, on one day, are two sentences."""
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-01", proceeding=CASE_2),
        ]

        assert [value(one).proceeding for one in sentences(*events)] == [CASE_1, CASE_2]

    def test_one_proceeding_joins(self) -> None:
        """The reversed case: two reports of one proceeding are one sentence, corroborated."""
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02", proceeding=CASE_1, source="source-2"),
        ]

        (finding,) = sentences(*events)

        assert (finding.standing, finding.voices, finding.supported_by) == (Standing.CORROBORATED, 2, (1, 2))
        assert finding.since == on("2024-02-01")

    def test_none_stated_joins_where_dates_can_coincide(self) -> None:
        """With no proceeding stated, equal terms join where their dates can coincide."""
        (finding,) = sentences(sentenced(1, "2024-02-01"), sentenced(2, source="source-2"))

        assert finding.supported_by == (1, 2)

    def test_none_stated_does_not_join_otherwise(self) -> None:
        """The reversed case: dates that cannot coincide are two sentences."""
        assert len(sentences(sentenced(1, "2024-02-01"), sentenced(2, "2025-02-01"))) == 2

    def test_none_stated_and_said_to_be_later(self) -> None:
        """The reversed case: two equal sentences of which a source says that one came later are two."""
        assert len(sentences(sentenced(1), sentenced(2, order=after(1), source="source-2"))) == 2

    def test_never_across_a_release(self) -> None:
        """A sentence before a release and one after it are two, though the second is undated and equal."""
        events = [
            detained(1, "2019-05-01"),
            sentenced(2, "2020-01-01"),
            released(3, "2021-05-01"),
            detained(4, "2023-05-01"),
            sentenced(5, order=after(4), source="source-2"),
        ]

        assert [one.supported_by for one in sentences(*events)] == [(2,), (5,)]

    def test_none_stated_joins_the_stated_one_of_equal_amount(self) -> None:
        """A report without a proceeding joins the only stated sentence that it can be of."""
        (finding,) = sentences(sentenced(1, "2024-02-01", proceeding=CASE_1), sentenced(2, source="source-2"))

        assert finding.supported_by == (1, 2)
        assert value(finding).proceeding == CASE_1

    @pytest.mark.parametrize(
        "others",
        [
            [sentenced(1, "2024-02-01", "P7Y", proceeding=CASE_1)],
            [sentenced(1, "2024-02-01", proceeding=CASE_1), sentenced(3, "2024-02-01", proceeding=CASE_2)],
        ],
    )
    def test_none_stated_stays_alone(self, others: list[Event]) -> None:
        """The reversed case: another amount, or two proceedings that it could be of, leave it a sentence of its own."""
        found = sentences(*others, sentenced(2, source="source-2"))

        assert len(found) == len(others) + 1

    def test_a_fine_beside_imprisonment(self) -> None:
        """A fine in the same proceeding is a second penalty, and no other amount of the first."""
        fine = sentenced(2, "2024-02-01", None, penalty=Penalty.FINE, proceeding=CASE_1)

        found = sentences(sentenced(1, "2024-02-01", proceeding=CASE_1), fine)

        assert [one.in_words for one in found] == ["a fine", "5 years of imprisonment"]
        assert all(one.standing is Standing.SINGLE for one in found)

    def test_the_last_of_a_proceeding_is_in_force(self) -> None:
        """A new sentence in the same proceeding takes the place of the first from its day on."""
        events = [
            sentenced(1, "2024-02-01", "P5Y", proceeding=CASE_1),
            sentenced(2, "2025-02-01", "P7Y", proceeding=CASE_1),
        ]

        assert terms(in_force("2024-12-31", *events)) == ["P5Y"]
        assert terms(in_force("2025-02-01", *events)) == ["P7Y"]
        assert {sentence_of(one.segment) for one in sentences(*events)} == {"case-1"}

    def test_what_a_prosecution_asks_for_is_no_sentence(self) -> None:
        """R13: neither as a court's step nor as a sentence requested."""
        asked = stepped(1, CourtStep.PENALTY_ASKED_FOR, penalty=Penalty.IMPRISONMENT, term=term("P9Y"))

        assert sentences(asked, sentenced(2, modality=Modality.REQUESTED)) == []


class TestAmounts:
    def test_two_amounts_are_contested(self) -> None:
        """R5: five years by one, six by another, for one sentence: null beside both."""
        (finding,) = sentences(
            sentenced(1, "2024-02-01"), sentenced(2, "2024-02-01", "P6Y", source="source-2")
        )

        assert (finding.standing, finding.value, finding.rule) == (Standing.CONTESTED, None, "R5")
        assert finding.in_words == "contested: 5 years of imprisonment, or 6 years of imprisonment"
        assert [(one.supported_by, one.opposed_by) for one in finding.alternatives] == [
            ((1,), (2,)),
            ((2,), (1,)),
        ]

    def test_equal_amounts_in_other_words(self) -> None:
        """The reversed case: a year and twelve months are one amount, and so is a report that gives no term."""
        (finding,) = sentences(
            sentenced(1, "2024-02-01", "P1Y"),
            sentenced(2, "2024-02-01", "P12M"),
            sentenced(3, None, None, penalty=None),
        )

        assert finding.supported_by == (1, 2, 3)
        assert terms([finding]) == ["P1Y"]

    def test_two_dates_in_one_proceeding(self) -> None:
        """R5: one amount on two days: the amount stands, and since when is null."""
        (finding,) = sentences(
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-03", proceeding=CASE_1, source="source-2"),
        )

        assert (finding.standing, finding.since) == (Standing.CORROBORATED, None)
        assert finding.interval is not None
        assert finding.interval.holds_on(day("2024-02-02")) is Holds.POSSIBLE

    def test_denied(self) -> None:
        """A negated sentence is no sentence."""
        assert sentences(sentenced(1, polarity=Polarity.NEGATED)) == []


class TestReductions:
    def test_stated(self) -> None:
        """Five to three: three years from the day of the reduction on, stated; both reports support it, by what they rest on."""
        events = [sentenced(1, "2024-02-01"), reduced(2, "2024-09-01", to="P3Y", frm="P5Y")]

        assert terms(in_force("2024-08-31", *events)) == ["P5Y"]
        (finding,) = in_force("2024-09-01", *events)
        assert value(finding).reduced_from == term("P5Y")
        assert value(finding).reduced_by is ReductionMechanism.COURT
        assert (finding.derivation, finding.supported_by) == (Derivation.STATED, (1, 2))
        assert finding.derived_from == ("sentence/unstated-1:1",)
        assert finding.in_words == "3 years of imprisonment, reduced from 5 years by a court"

    @pytest.mark.parametrize(
        ("amount", "left"),
        [
            ({"duration": "P14M"}, "P3Y10M"),
            ({"fraction": "1/5", "of_unserved": False}, "P4Y"),
            ({"fraction": "1/5", "of_unserved": True}, None),
            ({"fraction": "1/5"}, None),
            ({"duration": "P40D"}, None),
        ],
    )
    def test_reckoned(self, amount: dict[str, Any], left: str | None) -> None:
        """By an amount of the whole: computed. Of what is unserved, of a fraction of who knows what, days off months: null."""
        cut = reduced(2, "2024-09-01", amount=ReductionAmount(as_written="x", **amount))

        (finding,) = in_force("2025-01-01", sentenced(1, "2024-02-01"), cut)

        assert terms([finding]) == [left]
        assert value(finding).reduced_from == term("P5Y")
        assert finding.derivation is (Derivation.COMPUTED if left else Derivation.STATED)

    def test_inputs_of_one_proceeding(self) -> None:
        """R6: a reduction in one proceeding touches no other's sentence."""
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-01", "P7Y", proceeding=CASE_2),
            reduced(3, "2024-09-01", to="P3Y", proceeding=CASE_2),
        ]

        assert terms(in_force("2025-01-01", *events)) == ["P5Y", "P3Y"]

    def test_which_of_two_sentences(self) -> None:
        """A reduction that names no proceeding is of the sentence from whose term it starts; else of neither."""
        two = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-01", "P7Y", proceeding=CASE_2),
        ]

        assert terms(in_force("2025-01-01", *two, reduced(3, "2024-09-01", to="P3Y", frm="P7Y"))) == [
            "P5Y",
            "P3Y",
        ]
        assert terms(in_force("2025-01-01", *two, reduced(3, "2024-09-01", to="P3Y"))) == ["P5Y", "P7Y"]

    def test_from_another_term(self) -> None:
        """A reduction from six of a sentence of five: each against the other; the stated outcome is told, from what it says."""
        events = [sentenced(1, "2024-02-01"), reduced(2, "2024-09-01", to="P3Y", frm="P6Y")]

        imposed, finding = sentences(*events)

        assert imposed.opposed_by == (2,)
        assert (finding.supported_by, finding.opposed_by) == ((2,), (1,))
        assert value(finding).reduced_from == term("P6Y")
        assert finding.in_words == "3 years of imprisonment, reduced from 6 years by a court"

    def test_an_amount_off_another_term(self) -> None:
        """A year off six of a sentence of five: nothing is reckoned across the two."""
        cut = reduced(2, "2024-09-01", frm="P6Y", amount=ReductionAmount(as_written="a year", duration="P1Y"))

        finding = sentences(sentenced(1, "2024-02-01"), cut)[-1]

        assert terms([finding]) == ["P5Y"]
        assert value(finding).reduced_from == term("P6Y")
        assert finding.supported_by == (2,)

    def test_one_after_the_other(self) -> None:
        """Undated, told in the wrong order: each is put after the one that it starts from."""
        context = KnownContext(available="2025-12-22")
        events = [sentenced(1), reduced(2, to="P3Y", frm="P4Y"), reduced(3, to="P4Y", frm="P5Y")]

        found = [
            one
            for one in sentences(*events, context=context)
            if one.interval and one.interval.holds_on(day("2026-01-01"))
        ]

        assert terms(found) == ["P3Y"]
        assert value(found[0]).reduced_from == term("P4Y")

    def test_two_outcomes_of_one_reduction(self) -> None:
        """R5: from five to three, or to four: contested, each with its own reports."""
        events = [
            sentenced(1, "2024-02-01"),
            reduced(2, to="P3Y", frm="P5Y"),
            reduced(3, to="P4Y", frm="P5Y", source="source-2"),
        ]

        finding = sentences(*events)[-1]

        assert finding.standing is Standing.CONTESTED
        assert [one.supported_by for one in finding.alternatives] == [(2,), (3,)]

    def test_told_twice(self) -> None:
        """The reversed case: the same outcome by two sources is one reduction."""
        events = [sentenced(1, "2024-02-01"), reduced(2, to="P3Y"), reduced(3, to="P3Y", source="source-2")]

        assert len(sentences(*events)) == 2

    def test_the_weaker_step_s_voices(self) -> None:
        """R3: a reduction by two voices of a sentence by one has one."""
        events = [sentenced(1, "2024-02-01"), reduced(2, to="P3Y"), reduced(3, to="P3Y", source="source-2")]

        assert sentences(*events)[-1].voices == 1

    def test_life_commuted(self) -> None:
        """Life reduced to 25 years is imprisonment for 25 years."""
        life = sentenced(1, "2010-02-01", None, penalty=Penalty.LIFE)

        finding = sentences(life, reduced(2, "2024-09-01", to="P25Y", reduced_by=ReductionMechanism.PARDON))[
            -1
        ]

        assert value(finding).penalty is Penalty.IMPRISONMENT
        assert value(finding).reduced_from == Term(life=True)
        assert finding.in_words == "25 years of imprisonment, reduced from life by pardon"

    def test_without_a_sentence(self) -> None:
        """A reduction told alone is a sentence of what it left."""
        (finding,) = sentences(reduced(1, "2024-09-01", to="P3Y", frm="P5Y"))

        assert (terms([finding]), value(finding).reduced_from) == (["P3Y"], term("P5Y"))

    def test_retracted(self) -> None:
        """R2: without the reduction the sentence is as imposed."""
        events = [sentenced(1, "2024-02-01"), reduced(2, "2024-09-01", to="P3Y"), retraction(3, of=2)]

        assert terms(in_force("2025-01-01", *events)) == ["P5Y"]


class TestEnds:
    @pytest.mark.parametrize(
        "step",
        [
            CourtStep.QUASHED,
            CourtStep.SENT_BACK,
            CourtStep.ACQUITTED,
            CourtStep.DROPPED,
            CourtStep.REHABILITATED,
        ],
    )
    def test_ended_by_a_court(self, step: CourtStep) -> None:
        """From the day of the step on nothing is in force."""
        events = [sentenced(1, "2024-02-01"), stepped(2, step, "2024-09-01")]

        assert terms(in_force("2024-08-31", *events)) == ["P5Y"]
        assert in_force("2024-09-01", *events) == []
        assert sentences(*events)[0].until == on("2024-09-01")

    @pytest.mark.parametrize("step", [CourtStep.UPHELD, CourtStep.HEARING_HELD, CourtStep.VERDICT])
    def test_not_ended_by_a_court(self, step: CourtStep) -> None:
        """The reversed case: upheld is in force."""
        events = [sentenced(1, "2024-02-01"), stepped(2, step, "2024-09-01")]

        assert terms(in_force("2024-09-01", *events)) == ["P5Y"]

    def test_quashing_the_second_leaves_the_first(self) -> None:
        """R6: in force is the last not quashed."""
        events = [
            sentenced(1, "2024-02-01", "P5Y", proceeding=CASE_1),
            sentenced(2, "2024-06-01", "P7Y", proceeding=CASE_1),
            stepped(3, CourtStep.QUASHED, "2024-09-01", proceeding=CASE_1),
        ]

        assert terms(in_force("2024-08-01", *events)) == ["P7Y"]
        assert terms(in_force("2024-10-01", *events)) == ["P5Y"]

    def test_of_another_proceeding(self) -> None:
        """An acquittal in one proceeding ends no other's sentence."""
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            stepped(2, CourtStep.ACQUITTED, "2024-09-01", proceeding=CASE_2),
        ]

        assert terms(in_force("2025-01-01", *events)) == ["P5Y"]

    @pytest.mark.parametrize("step", [CourtStep.QUASHED, CourtStep.REHABILITATED])
    def test_ended_by_a_court_after_a_release(self, step: CourtStep) -> None:
        """Freed by amnesty, which ends no sentence, and cleared later: nothing is in force from then on."""
        events = [
            sentenced(1, "2024-02-01"),
            report(ReleaseReported, 2, claimed=on("2024-05-01"), released_by=ReleaseMechanism.AMNESTY),
            stepped(3, step, "2024-09-01"),
        ]

        assert terms(in_force("2024-08-31", *events)) == ["P5Y"]
        assert in_force("2024-09-01", *events) == []

    def test_of_one_of_two(self) -> None:
        """An acquittal that names no proceeding, of two: neither is certainly over, neither certainly in force."""
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-01", proceeding=CASE_2),
            stepped(3, CourtStep.ACQUITTED, "2024-09-01"),
        ]

        assert len(in_force("2024-08-31", *events)) == 2
        assert in_force("2025-01-01", *events) == []
        assert all(one.interval and one.interval.holds_on(day("2025-01-01")) for one in sentences(*events))

    @pytest.mark.parametrize(
        ("mechanism", "over"),
        [
            (ReleaseMechanism.SERVED, True),
            (ReleaseMechanism.ACQUITTAL, True),
            (ReleaseMechanism.AMNESTY, False),
            (ReleaseMechanism.PAROLE, False),
            (ReleaseMechanism.UNSTATED, False),
        ],
    )
    def test_released(self, mechanism: ReleaseMechanism, over: bool) -> None:
        """A term that was served is over; any other release says nothing of the sentence."""
        events = [detained(1, "2023-05-01"), sentenced(2, "2024-02-01"), released(3, "2025-05-01", mechanism)]

        assert (in_force("2025-06-01", *events) == []) == over

    def test_death(self) -> None:
        """R14: death closes every sentence from its latest possible day."""
        died = report(DeathReported, 3, claimed=on("2024-09"))
        events = [
            sentenced(1, "2024-02-01", proceeding=CASE_1),
            sentenced(2, "2024-02-01", proceeding=CASE_2),
            died,
        ]

        assert len(in_force("2024-08-31", *events)) == 2
        assert not any(
            one.interval and one.interval.holds_on(day("2024-09-30")) for one in sentences(*events)
        )

    def test_told_of_after_the_death(self) -> None:
        """R5: a sentence dated after the death is never in force."""
        died = report(DeathReported, 1, claimed=on("2024-09-01"))

        assert sentences(died, sentenced(2, "2025-02-01")) == []

    def test_contested_death(self) -> None:
        """R14: a contested death closes none."""
        died = report(DeathReported, 2, claimed=on("2024-09"))
        denied = report(DeathReported, 3, polarity=Polarity.NEGATED, source="source-2")

        assert terms(in_force("2025-01-01", sentenced(1, "2024-02-01"), died, denied)) == ["P5Y"]


class TestElapsed:
    def test_from_the_latest_day(self) -> None:
        """R6: the term would have run out even if it began on the latest day that the reports allow; the sentence stays."""
        (finding,) = sentences(sentenced(1, "2010-06", "P5Y"))

        assert value(finding).elapses_on == date(2015, 6, 30)
        assert finding.until is None
        assert finding.interval is not None
        assert finding.interval.holds_on(day("2025-01-01")) is Holds.CERTAIN

    def test_from_a_later_detention(self) -> None:
        """Sentenced in absence and detained later: it may have begun then."""
        (finding,) = sentences(sentenced(1, "2010-06-01", "P5Y"), detained(2, "2012-03-01"))

        assert value(finding).elapses_on == date(2017, 3, 1)

    def test_undated(self) -> None:
        """Nothing says by when it began: never elapsed."""
        (finding,) = sentences(sentenced(1))

        assert value(finding).elapses_on is None

    @pytest.mark.parametrize("penalty", [Penalty.LIFE, Penalty.FINE, Penalty.SUSPENDED, Penalty.DEATH])
    def test_what_does_not_run_out(self, penalty: Penalty) -> None:
        """Life, a fine, a suspended sentence: no day."""
        (finding,) = sentences(
            sentenced(1, "2010-06-01", None if penalty is Penalty.LIFE else "P5Y", penalty=penalty)
        )

        assert value(finding).elapses_on is None

    def test_an_end_that_a_source_states(self) -> None:
        """A source's own end date is told as it is, and is the day on which the term runs out."""
        (finding,) = sentences(sentenced(1, "2010-06-01", ends=on("2014-12-01")))

        assert finding.until == on("2014-12-01")
        assert value(finding).elapses_on == date(2014, 12, 1)

    def test_shortened_with_the_term(self) -> None:
        """After a reduction the shorter term counts."""
        finding = sentences(sentenced(1, "2010-06-01"), reduced(2, "2011-06-01", to="P3Y"))[-1]

        assert value(finding).elapses_on == date(2013, 6, 1)


class TestWords:
    @pytest.mark.parametrize(
        ("penalty", "duration", "words"),
        [
            (Penalty.IMPRISONMENT, "P3Y6M", "3 years and 6 months of imprisonment"),
            (Penalty.IMPRISONMENT, None, "imprisonment"),
            (Penalty.LIFE, None, "imprisonment for life"),
            (Penalty.DEATH, None, "death"),
            (Penalty.SUSPENDED, "P2Y", "2 years, suspended"),
            (Penalty.SUSPENDED, None, "a suspended sentence"),
            (Penalty.FINE, None, "a fine"),
            (Penalty.RESTRICTED_LIBERTY, "P1Y", "1 year of restricted liberty"),
            (Penalty.ADMINISTRATIVE_ARREST, "P15D", "15 days of administrative arrest"),
            (None, "P5Y", "5 years"),
            (None, None, "a sentence, of what is not said"),
        ],
    )
    def test_amount(self, penalty: Penalty | None, duration: str | None, words: str) -> None:
        """Penalty and term in plain English, as far as they are told."""
        (finding,) = sentences(sentenced(1, "2024-02-01", duration, penalty=penalty))

        assert finding.in_words == words

    def test_reduced_to_what_is_not_said(self) -> None:
        """An amount that cannot be reckoned is not made up."""
        cut = reduced(2, "2024-09-01", amount=ReductionAmount(as_written="40 days", duration="P40D"))

        assert (
            sentences(sentenced(1, "2024-02-01"), cut)[-1].in_words
            == "reduced by a court, to what is not said"
        )
