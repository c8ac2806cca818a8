"""R4, R5 and R1 of acts: steps, their order, the window, the rules of the text, and from when an act can have done anything."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.citations import CitationZone
from events.decoder import Event
from events.envelope import canonical
from events.kinds import (
    ActReported,
    ActStep,
    Modality,
    Polarity,
    Quantifier,
    ReleaseMechanism,
    ReleaseReported,
    StatementReported,
    SubjectKey,
)
from projections.acts import effective_from, fold_act, fold_group
from projections.context import PartyFacts
from projections.evidence import ReportState, report_states
from projections.findings import (
    DAY_MAX,
    DAY_MIN,
    ClassValue,
    Facet,
    Finding,
    Interval,
    Standing,
    StepValue,
)
from tests.projections.act_builders import (
    WOMEN,
    count,
    excluded,
    folded,
    in_order,
    knowing,
    of,
    released,
    rule,
    step,
)
from tests.projections.builders import (
    ACT,
    after,
    cited,
    correction,
    day,
    event,
    link,
    on,
    report,
    retraction,
    term,
    written,
)


def steps(*events: Event) -> dict[str, Finding]:
    return {finding.segment: finding for finding in of(folded(events), Facet.ACT_STEP)}


def rules(*events: Event) -> list[Finding]:
    return sorted(of(folded(events), Facet.ACT_RULE), key=lambda finding: finding.supported_by)


class TestSteps:
    def test_a_step_is_when_and_by_whom_it_is_told(self) -> None:
        """One voice, one date: the value is what it says, with the report it rests on."""
        found = steps(step(3, ActStep.SIGNED, "2025-12-15", taken_by="the president"))["signed"]

        assert (
            StepValue(act_step=ActStep.SIGNED, taken_by="the president", date=on("2025-12-15")) == found.value
        )
        assert (Standing.SINGLE, 1, (3,), ()) == (
            found.standing,
            found.voices,
            found.supported_by,
            found.opposed_by,
        )
        assert "signed by the president: 15 December 2025" == found.in_words
        assert Interval(day("2025-12-15"), day("2025-12-15"), DAY_MAX, DAY_MAX) == found.interval

    def test_dates_that_can_coincide_support_each_other_and_the_narrower_is_shown(self) -> None:
        """R5: `December` and `15 December` are one date, told by two."""
        found = steps(
            step(3, ActStep.SIGNED, "2025-12", source="source-2"), step(4, ActStep.SIGNED, "2025-12-15")
        )["signed"]

        assert (Standing.CORROBORATED, 2, (3, 4), on("2025-12-15")) == (
            found.standing,
            found.voices,
            found.supported_by,
            found.since,
        )

    def test_dates_that_cannot_coincide_are_contested(self) -> None:
        """R5: adopted on the 12th, or on the 19th: no value, and each side with its own report."""
        found = steps(
            step(3, ActStep.ADOPTED, "2025-12-12"),
            step(4, ActStep.ADOPTED, "2025-12-19", source="source-2"),
        )["adopted"]

        assert (Standing.CONTESTED, "R5", None, None, (3, 4)) == (
            found.standing,
            found.rule,
            found.value,
            found.since,
            found.supported_by,
        )
        assert [((3,), on("2025-12-12")), ((4,), on("2025-12-19"))] == [
            (one.supported_by, one.since) for one in found.alternatives
        ]
        assert "contested: adopted: 12 December 2025; or adopted: 19 December 2025" == found.in_words

    def test_a_source_at_odds_with_itself_is_contested_within_one_voice(self) -> None:
        """R5: both quotes are shown, and they are one voice."""
        found = steps(step(3, ActStep.ADOPTED, "2025-12-12"), step(4, ActStep.ADOPTED, "2025-12-19"))[
            "adopted"
        ]

        assert (Standing.CONTESTED, 1, 2) == (found.standing, found.voices, len(found.alternatives))

    def test_a_later_publication_does_not_win_by_itself(self) -> None:
        """R5: whichever is recorded last, both sides stand."""
        one, other = step(3, ActStep.ADOPTED, "2025-12-12"), step(4, ActStep.ADOPTED, "2025-12-19")
        swapped = step(3, ActStep.ADOPTED, "2025-12-19"), step(4, ActStep.ADOPTED, "2025-12-12")

        dates = [
            [one.since for one in steps(*events)["adopted"].alternatives]
            for events in ((one, other), swapped)
        ]

        assert [on("2025-12-12"), on("2025-12-19")] == dates[0] == dates[1]

    def test_signed_before_adopted_sets_the_reports_against_each_other(self) -> None:
        """R5: an order that cannot be changes no standing and drops neither."""
        found = steps(step(3, ActStep.ADOPTED, "2025-12-19"), step(4, ActStep.SIGNED, "2025-12-15"))

        assert ((4,), Standing.SINGLE) == (found["adopted"].opposed_by, found["adopted"].standing)
        assert ((3,), Standing.SINGLE) == (found["signed"].opposed_by, found["signed"].standing)

    def test_adopted_before_signed_sets_nothing_against_anything(self) -> None:
        """R4: steps in their order are no contradiction."""
        found = steps(step(3, ActStep.ADOPTED, "2025-12-12"), step(4, ActStep.SIGNED, "2025-12-15"))

        assert [(), ()] == [one.opposed_by for one in found.values()]

    def test_adopted_and_signed_on_one_day_is_no_contradiction(self) -> None:
        """R4: days that can be in order are."""
        found = steps(step(3, ActStep.ADOPTED, "2025-12-15"), step(4, ActStep.SIGNED, "2025-12-15"))

        assert [(), ()] == [one.opposed_by for one in found.values()]

    def test_publication_and_entry_into_force_come_in_either_order(self) -> None:
        """Acts enter into force on publication, after it, and some before it."""
        found = steps(step(3, ActStep.IN_FORCE, "2025-12-16"), step(4, ActStep.PUBLISHED, "2025-12-18"))

        assert [(), ()] == [one.opposed_by for one in found.values()]

    def test_a_stated_order_that_cannot_be_is_set_against_its_dates(self) -> None:
        """R4, R5: `later published`, and dated before what it came after."""
        found = steps(
            step(3, ActStep.IN_FORCE, "2025-12-20"),
            step(4, ActStep.PUBLISHED, "2025-12-18", order=after(3)),
        )

        assert ((4,), (3,)) == (found["in_force"].opposed_by, found["published"].opposed_by)

    def test_an_undated_step_lies_between_what_it_presupposes_and_what_presupposes_it(self) -> None:
        """R4: adopted, no date given, after the submission and before the signature."""
        found = steps(
            step(3, ActStep.SUBMITTED, "2025-12-01"),
            step(4, ActStep.ADOPTED),
            step(5, ActStep.SIGNED, "2025-12-15"),
        )["adopted"]

        assert Interval(day("2025-12-01"), day("2025-12-15"), DAY_MAX, DAY_MAX) == found.interval
        assert found.since is None

    def test_a_planned_step_supports_nothing(self) -> None:
        """R1: that it is going to be signed does not sign it."""
        assert {} == steps(step(3, ActStep.SIGNED, "2025-12-31", modality=Modality.PLANNED))

    @pytest.mark.parametrize(
        "modality", [Modality.ASKED, Modality.REQUESTED, Modality.EXPECTED, Modality.ORDERED]
    )
    def test_nor_does_one_that_is_asked_for_or_about(self, modality: Modality) -> None:
        """R1: only what is reported or alleged moves anything."""
        assert {} == steps(step(3, ActStep.SIGNED, "2025-12-15", modality=modality))

    def test_an_alleged_step_supports(self) -> None:
        """R1: an allegation is a report, in its own modality."""
        assert (3,) == steps(step(3, ActStep.SIGNED, modality=Modality.ALLEGED))["signed"].supported_by

    def test_a_headline_alone_supports_nothing_and_beside_a_body_it_does(self) -> None:
        """R1."""
        headline = cited(zone=CitationZone.HEADLINE)

        assert {} == steps(step(3, ActStep.SIGNED, citations=(headline,)))
        assert (3,) == steps(step(3, ActStep.SIGNED, citations=(headline, cited())))["signed"].supported_by

    def test_a_denial_stands_against_the_step_and_moves_nothing(self) -> None:
        """A report that says it was not signed is shown beside the one that says it was."""
        found = steps(
            step(3, ActStep.SIGNED, "2025-12-15"), step(4, ActStep.SIGNED, polarity=Polarity.NEGATED)
        )["signed"]

        assert ((4,), Standing.SINGLE) == (found.opposed_by, found.standing)

    def test_who_took_it_is_left_out_where_accounts_differ(self) -> None:
        """Nobody shows one side by accident."""
        found = steps(
            step(3, ActStep.SIGNED, taken_by="the president"),
            step(4, ActStep.SIGNED, taken_by="the speaker", source="source-2"),
        )["signed"]

        assert StepValue(act_step=ActStep.SIGNED) == found.value

    def test_a_retracted_step_leaves_nothing(self) -> None:
        """R2, R16: unknown, never the older value."""
        assert {} == steps(step(3, ActStep.SIGNED, "2025-12-15"), retraction(4, of=3))

    def test_a_corrected_step_is_what_the_correction_says(self) -> None:
        """R16: the correction replaces the whole report."""
        found = steps(
            step(3, ActStep.SIGNED, "2025-12-15"),
            step(4, ActStep.SIGNED, "2025-12-16"),
            correction(5, of=3, to=4),
        )["signed"]

        assert (on("2025-12-16"), (4,)) == (found.since, found.supported_by)

    def test_an_erased_date_is_gone_and_counted(self) -> None:
        """R18: the step stands without its date, and says that a value was erased."""
        dated = step(3, ActStep.SIGNED, "2025-12-15").content
        assert isinstance(dated, ActReported)

        found = steps(event(3, dated, about=ACT, erased={"/claimed": 9}))["signed"]

        assert (None, 1, (3,)) == (found.since, found.erased, found.supported_by)

    def test_a_report_that_an_erasure_made_unusable_is_counted(self) -> None:
        """R18: without its modality nobody knows whether it supports; it does not, and the others say so."""
        unusable = event(4, step(4, ActStep.SIGNED).content, about=ACT, erased={"/modality": 9})

        found = steps(step(3, ActStep.SIGNED, "2025-12-15"), unusable)["signed"]

        assert (1, (3,)) == (found.erased, found.supported_by)


class TestWindow:
    def test_a_planned_window_is_told(self) -> None:
        """How long an act is to be carried out lies ahead by its nature."""
        found = steps(report(ActReported, 8, about=ACT, window=term("P4M"), modality=Modality.PLANNED))[
            "window"
        ]

        assert StepValue(window=term("P4M")) == found.value
        assert ("to be carried out within P4M", (8,), None) == (
            found.in_words,
            found.supported_by,
            found.interval,
        )

    def test_windows_that_differ_are_contested(self) -> None:
        """R5: four months, or six."""
        found = steps(
            report(ActReported, 8, about=ACT, window=term("P4M")),
            report(ActReported, 9, about=ACT, window=term("P6M"), source="source-2"),
        )["window"]

        assert (Standing.CONTESTED, None, [(8,), (9,)]) == (
            found.standing,
            found.value,
            [one.supported_by for one in found.alternatives],
        )


class TestRules:
    def test_a_class_is_told_in_its_words(self) -> None:
        """A rule is about the text: the class as written, in or out, and how much of it."""
        (found,) = rules(rule(3, "Crimes of  negligence", includes=True, quantifier=Quantifier.MOSTLY))

        assert (
            ClassValue(text=written("Crimes of  negligence"), includes=True, quantifier=Quantifier.MOSTLY)
            == found.value
        )
        assert ("includes mostly Crimes of  negligence", (3,)) == (found.in_words, found.supported_by)

    def test_two_voices_for_one_class_corroborate_it(self) -> None:
        """R3: the same class, whatever its case, from two outlets."""
        (found,) = rules(
            rule(3, "serious crimes", includes=False),
            rule(4, "Serious crimes", includes=False, source="source-2"),
        )

        assert (Standing.CORROBORATED, 2, (3, 4)) == (found.standing, found.voices, found.supported_by)

    def test_repetition_by_one_voice_is_one(self) -> None:
        """R3."""
        (found,) = rules(rule(3, "serious crimes", includes=False), rule(4, "serious crimes", includes=False))

        assert (Standing.SINGLE, 1, (3, 4)) == (found.standing, found.voices, found.supported_by)

    def test_a_class_in_and_out_stands_against_itself(self) -> None:
        """Two accounts stand side by side, each against the other."""
        one, other = rules(
            rule(3, "serious crimes", includes=True),
            rule(4, "serious crimes", includes=False, source="source-2"),
        )

        assert ((4,), (3,)) == (one.opposed_by, other.opposed_by)

    def test_some_in_and_some_out_agree(self) -> None:
        """A part of a class may be in and another out."""
        one, other = rules(
            rule(3, "serious crimes", includes=True, quantifier=Quantifier.SOME),
            rule(4, "serious crimes", includes=False, quantifier=Quantifier.MOSTLY),
        )

        assert ((), ()) == (one.opposed_by, other.opposed_by)

    def test_a_rule_reaches_nobody(self) -> None:
        """That the text includes a class includes no group and frees none."""
        assert [] == [
            finding for finding in folded([rule(3, "women", includes=True)]) if finding.facet is Facet.ACT
        ]


class TestEffectiveFrom:
    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            ([], None),
            ([step(3, ActStep.ADOPTED, "2025-12-12")], None),
            ([step(3, ActStep.SIGNED, "2025-12-15")], date(2025, 12, 15)),
            ([step(3, ActStep.SIGNED, "2025-12")], date(2025, 12, 1)),
            (
                [step(3, ActStep.IN_FORCE, "2025-12-18"), step(4, ActStep.PUBLISHED, "2025-12-17")],
                date(2025, 12, 17),
            ),
            ([step(3, ActStep.SIGNED), step(4, ActStep.PUBLISHED, "2025-12-17")], None),
            ([step(3, ActStep.SIGNED, "2025-12-15"), step(4, ActStep.PUBLISHED)], date(2025, 12, 15)),
            ([step(3, ActStep.IN_FORCE, "2025-12-18"), step(4, ActStep.PUBLISHED)], None),
            ([step(3, ActStep.SIGNED, "2025-12-15"), step(4, ActStep.SIGNED)], date(2025, 12, 15)),
            (
                [step(3, ActStep.SIGNED, "2025-12-15"), step(4, ActStep.SIGNED, "2025-12-13")],
                date(2025, 12, 13),
            ),
            ([step(3, ActStep.SIGNED, "2025-12-15", modality=Modality.PLANNED)], None),
            ([step(3, ActStep.SIGNED, "2025-12-15"), retraction(4, of=3)], None),
        ],
    )
    def test_it_is_the_first_day_that_the_earliest_allows(
        self, events: list[Event], expected: date | None
    ) -> None:
        """R4: signing, publication or entry into force; an undated signing leaves it open, what it presupposes does not."""
        assert expected == effective_from(ACT, events, knowing())


class TestFoldGroup:
    CHILDREN = SubjectKey("children")

    def test_a_group_without_an_act_has_its_counts_and_nothing_of_individuals(self) -> None:
        """R10: that children left with their mothers frees nobody by name, and under no act."""
        left = report(ReleaseReported, 6, about=self.CHILDREN, released_by=ReleaseMechanism.UNSTATED)
        counted = count(7, 5, about=self.CHILDREN, population="children")

        found = fold_group(self.CHILDREN, [left, counted], knowing())

        assert [(Facet.COUNT, self.CHILDREN, (7,))] == [
            (finding.facet, finding.about, finding.supported_by) for finding in found
        ]

    def test_an_act_that_a_report_names_is_told(self) -> None:
        """A group may be told of with an act it was not opened under."""
        (found,) = fold_group(self.CHILDREN, [excluded(6, self.CHILDREN)], knowing())

        assert (Facet.ACT, "left out of the amnesty") == (found.facet, found.in_words)


EVENTS = st.lists(
    st.one_of(
        st.builds(
            lambda act_step, claimed, modality: (
                lambda position: step(position, act_step, claimed, modality=modality)
            ),
            st.sampled_from(ActStep),
            st.sampled_from([None, "2025-12-12", "2025-12", "2025-12-15"]),
            st.sampled_from([Modality.REPORTED, Modality.PLANNED]),
        ),
        st.builds(
            lambda claimed: lambda position: released(position, WOMEN, claimed),
            st.sampled_from([None, "2025-12-22", "2025-12-20"]),
        ),
        st.builds(
            lambda claimed: lambda position: excluded(position, WOMEN, claimed),
            st.sampled_from([None, "2025-12-21"]),
        ),
        st.builds(lambda point: lambda position: count(position, point), st.integers(0, 30)),
        st.builds(
            lambda of: lambda position: retraction(position, of=min(of, position - 1)), st.integers(1, 6)
        ),
    ),
    max_size=7,
).map(in_order)


class TestEveryFold:
    @given(EVENTS, st.randoms(use_true_random=False))
    def test_it_is_a_function_of_the_events_whatever_their_order(
        self, events: list[Event], random: Random
    ) -> None:
        """I-9: the same events give the same bytes."""
        shuffled = list(events)
        random.shuffle(shuffled)

        assert canonical(folded(events)) == canonical(folded(shuffled))

    @given(EVENTS)
    def test_each_finding_names_standing_evidence_its_rule_and_its_standing(
        self, events: list[Event]
    ) -> None:
        """I-10, I-11: what was retracted supports nothing, and nothing stands without support."""
        states = report_states(events, knowing())
        standing = {
            event.position
            for event in events
            if event.report is not None and states[event.position].state is ReportState.STANDING
        }
        for finding in folded(events):
            assert finding.rule
            assert finding.supported_by
            assert set(finding.supported_by) <= standing
            # Contested, the value is none, or that of all alternatives: since when it holds is contested then.
            agreed = {one.value for one in finding.alternatives} == {finding.value} and finding.since is None
            assert (finding.standing is Standing.CONTESTED) is (finding.value is None or agreed)
            assert (finding.standing is Standing.CONTESTED) is bool(finding.alternatives)

    @given(EVENTS)
    def test_an_opinion_changes_nothing(self, events: list[Event]) -> None:
        """R1: a statement moves no status."""
        opinion = report(
            StatementReported, 99, about=ACT, statement=written("unjust"), attribution=(link("lawyer"),)
        )

        assert folded(events) == folded([*events, opinion])

    @given(EVENTS)
    def test_segments_are_unique_and_in_order(self, events: list[Event]) -> None:
        """By subject, facet and segment, each once."""
        found = [(finding.about, finding.facet, finding.segment) for finding in folded(events)]

        assert sorted(set(found)) == found

    def test_a_crowd_can_be_the_only_support_and_adds_no_voice(self) -> None:
        """R3: `media` speak with the publisher's voice."""
        context = knowing(parties={"media": PartyFacts(name="media", identified=False)})
        told = [
            step(3, ActStep.SIGNED),
            step(4, ActStep.SIGNED, attribution=(link("media"),)),
        ]

        (found,) = of(fold_act(ACT, told, {}, context), Facet.ACT_STEP)

        assert (1, Standing.SINGLE, DAY_MIN) == (
            found.voices,
            found.standing,
            found.interval.from_min if found.interval else None,
        )
