"""R1, R4, R16, R18: what stands, what it may be used for, and between which days it lies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec
import pytest

from events.citations import CitationZone
from events.dates import ClaimedDate, Derivation
from events.decoder import Erased, Event
from events.envelope import Pointer
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DetentionReported,
    InclusionReported,
    InclusionStep,
    Modality,
    Polarity,
    Position,
    ReleaseMechanism,
    ReleaseReported,
    SourceRelation,
    Span,
    SubjectKey,
)
from projections.context import ActFacts, PartyFacts, SourceFacts
from projections.evidence import (
    Evidence,
    ReportState,
    Stand,
    begun_in,
    computed_date,
    day_after,
    day_before,
    narrowest_date,
    report_states,
    weigh,
)
from projections.findings import DAY_MAX, DAY_MIN
from tests.projections.builders import (
    ACT,
    KnownContext,
    cited,
    correction,
    day,
    link,
    on,
    report,
    retraction,
)


def supporting(*events: Event, context: KnownContext | None = None) -> list[int]:
    """The positions of what supports, where the sources and parties have fallen that these events take back."""
    return [told.position for told in weigh(events, context or KnownContext(decided=events)).supporting]


def states(events: list[Event]) -> Mapping[Position, Stand]:
    """How each stands, where the sources and parties have fallen that these events take back."""
    return report_states(events, KnownContext(decided=events))


def copy_of(original: str, relation: SourceRelation = SourceRelation.COPY) -> SourceFacts:
    """A source of `outlet-2` that stands in this relation to another."""
    return SourceFacts(
        title="x", publisher=SubjectKey("outlet-2"), relation=relation, original=SubjectKey(original)
    )


def days(event: Event, context: KnownContext | None = None) -> tuple[date, date]:
    """Between which days one supporting report lies."""
    (told,) = weigh([event], context or KnownContext()).supporting
    return told.earliest, told.latest


def erased(event: Event, pointer: str) -> Event:
    """The event after one value of it was erased at position 99."""
    gone = Erased(Position(99))
    _, name, *index = pointer.split("/")
    value: object = gone
    if index:
        elements = list(getattr(event.content, name))
        elements[int(index[0])] = gone
        value = tuple(elements)
    content = msgspec.structs.replace(event.content, **{name: value})
    return msgspec.structs.replace(event, content=content, erased={Pointer(pointer): gone})


class TestSupport:
    @pytest.mark.parametrize("modality", [Modality.REPORTED, Modality.ALLEGED])
    def test_told_as_a_fact(self, modality: Modality) -> None:
        """R1: what is reported or alleged supports."""
        assert supporting(report(DetentionReported, 1, modality=modality)) == [1]

    @pytest.mark.parametrize(
        "modality",
        [Modality.REQUESTED, Modality.ORDERED, Modality.PLANNED, Modality.EXPECTED, Modality.ASKED],
    )
    def test_told_otherwise(self, modality: Modality) -> None:
        """R1: what is requested, ordered, planned, expected or asked is shown, and supports and denies nothing."""
        for polarity in Polarity:
            assert (
                weigh([report(DetentionReported, 1, modality=modality, polarity=polarity)], KnownContext())
                == Evidence()
            )

    def test_denied(self) -> None:
        """A negated report opposes; an unclear one does neither."""
        denial = report(DetentionReported, 1, polarity=Polarity.NEGATED)
        unclear = report(DetentionReported, 2, polarity=Polarity.UNCLEAR)

        evidence = weigh([denial, unclear], KnownContext())

        assert evidence.supporting == ()
        assert [told.position for told in evidence.denying] == [1]

    def test_headline_alone(self) -> None:
        """R1: a headline alone supports nothing, and beside the body takes nothing away."""
        headline, body = cited(zone=CitationZone.HEADLINE), cited(zone=CitationZone.CAPTION)

        assert supporting(report(DetentionReported, 1, citations=(headline,))) == []
        assert supporting(report(DetentionReported, 1, citations=(headline, body))) == [1]

    def test_order_of_the_ledger(self) -> None:
        """What comes back is in the order of the ledger, however it was handed in."""
        assert supporting(report(DetentionReported, 2), report(DetentionReported, 1)) == [1, 2]

    def test_several_readings(self) -> None:
        """Of a sentence with several readings only what the kind alone says is used."""
        read_twice = report(
            CustodyReported,
            1,
            custody_state=CustodyState.HELD,
            held_in=Custody.PRISON,
            readings=("in prison", "in the remand centre"),
        )

        (told,) = weigh([read_twice], KnownContext()).supporting

        assert isinstance(told.report, CustodyReported)
        assert (told.report.custody_state, told.report.held_in) == (CustodyState.HELD, None)


class TestErased:
    @pytest.mark.parametrize("field", ["polarity", "modality", "source", "span", "released_to", "proceeding"])
    def test_what_the_rules_need(self, field: str) -> None:
        """R18: without a value that the rules need a report supports nothing, and is counted."""
        event = erased(report(ReleaseReported, 1, released_by=ReleaseMechanism.AMNESTY), f"/{field}")

        assert weigh([event], KnownContext()) == Evidence(lost=((ReleaseReported, 1),))

    def test_the_only_quote(self) -> None:
        """R18: a report whose last citation is gone supports nothing; one of two leaves the other."""
        one = erased(report(DetentionReported, 1), "/citations/0")
        two = erased(report(DetentionReported, 2, citations=(cited(), cited())), "/citations/0")

        evidence = weigh([one, two], KnownContext())

        assert [told.position for told in evidence.supporting] == [2]
        assert evidence.lost == ((DetentionReported, 1),)

    def test_a_date(self) -> None:
        """R18: without its date a report still says what it says, undated, and the loss is counted."""
        event = erased(report(DetentionReported, 1, claimed=on("2023")), "/claimed")

        (told,) = weigh([event], KnownContext()).supporting

        assert (told.dated, told.earliest, told.latest, told.erased) == (False, DAY_MIN, DAY_MAX, 1)

    def test_what_no_rule_reads(self) -> None:
        """The reversed case: an authority is shown and read by no rule; losing it loses nothing."""
        event = erased(report(DetentionReported, 1, authority="police"), "/authority")

        (told,) = weigh([event], KnownContext()).supporting

        assert told.erased == 0

    def test_an_act(self) -> None:
        """Without the act a release is still a release, and no act's."""
        event = erased(report(ReleaseReported, 1, released_by=ReleaseMechanism.AMNESTY, act=ACT), "/act")

        (told,) = weigh([event], KnownContext()).supporting

        assert isinstance(told.report, ReleaseReported)
        assert (told.report.act, told.erased) == (None, 1)

    def test_a_link_of_the_chain(self) -> None:
        """Without the party credited the publisher speaks."""
        event = erased(report(DetentionReported, 1, attribution=(link("apa"),)), "/attribution/0")

        (told,) = weigh([event], KnownContext()).supporting

        assert told.voice.party == "outlet-1"


class TestReportStates:
    def test_all_stand(self) -> None:
        """Nothing decided, everything stands."""
        assert report_states([report(DetentionReported, 1)], KnownContext()) == {1: Stand()}

    def test_retracted(self) -> None:
        """R16: a retracted report does not stand, and the decision is named."""
        states = report_states([report(DetentionReported, 1), retraction(2, of=1)], KnownContext())

        assert states[Position(1)] == Stand(ReportState.RETRACTED, Position(2))
        assert states[Position(2)] == Stand()

    def test_retracting_a_retraction_reinstates(self) -> None:
        """R16: and retracting that one takes it away again."""
        events = [report(DetentionReported, 1), retraction(2, of=1), retraction(3, of=2)]

        assert supporting(*events) == [1]
        assert supporting(*events, retraction(4, of=3)) == []

    def test_targets_are_earlier(self) -> None:
        """R16: a decision that names itself or something later moves nothing, so there are no circles."""
        events = [
            report(DetentionReported, 1),
            retraction(2, of=4),
            retraction(3, of=3),
            report(DetentionReported, 4),
        ]

        assert supporting(*events) == [1, 4]
        assert supporting(*events, report(DetentionReported, 5), correction(6, of=7, to=5)) == [1, 4, 5]
        assert supporting(correction(3, of=4, to=1), *events) == [1, 4]

    def test_corrected(self) -> None:
        """R16: a correction replaces the whole report."""
        events = [report(DetentionReported, 1), report(DetentionReported, 2), correction(3, of=1, to=2)]

        assert supporting(*events) == [2]
        assert report_states(events, KnownContext())[Position(1)] == Stand(ReportState.CORRECTED, Position(3))

    def test_the_latest_correction_counts(self) -> None:
        """R16: of two corrections of one report the latest unretracted one replaces it."""
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2),
            correction(3, of=1, to=2),
            report(DetentionReported, 4),
            correction(5, of=1, to=4),
        ]

        assert supporting(*events) == [4]
        assert supporting(*events, retraction(6, of=5)) == [2]
        assert supporting(*events, retraction(6, of=3)) == [4]

    def test_retracting_a_correction_restores(self) -> None:
        """R16: what it replaced stands again, and what it brought falls, with what was built on that."""
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2),
            correction(3, of=1, to=2),
            report(DetentionReported, 4),
            correction(5, of=2, to=4),
        ]

        assert supporting(*events) == [4]
        assert supporting(*events, retraction(6, of=3)) == [1]
        assert supporting(*events, retraction(6, of=5)) == [2]

    def test_the_correction_that_counts_is_named(self) -> None:
        """What a superseded or a lifted correction brought, and what was built on that, names the decision by which it fell."""
        first, second, third = (report(DetentionReported, position) for position in (1, 2, 4))
        built = [first, second, correction(3, of=1, to=2), third, correction(5, of=2, to=4)]
        superseded = [*built, report(DetentionReported, 6), correction(7, of=1, to=6)]
        lifted = [*built, retraction(6, of=3)]

        assert [states(superseded)[Position(position)] for position in (1, 2, 4, 6)] == [
            Stand(ReportState.CORRECTED, Position(7)),
            Stand(ReportState.CORRECTED, Position(7)),
            Stand(ReportState.CORRECTED, Position(7)),
            Stand(),
        ]
        assert [states(lifted)[Position(position)] for position in (1, 2, 4)] == [
            Stand(),
            Stand(ReportState.RETRACTED, Position(6)),
            Stand(ReportState.RETRACTED, Position(6)),
        ]


class TestWhatFallsWithASource:
    def test_earlier_and_later(self) -> None:
        """R16: all that rests on it falls, earlier and later, until reinstated."""
        first, last = report(DetentionReported, 1), report(DetentionReported, 3)
        other = report(DetentionReported, 4, source="source-2")
        gone = retraction(2, source="source-1")

        assert supporting(first, gone, last, other) == [4]
        assert supporting(first, gone, last, other, retraction(5, of=2)) == [1, 3, 4]

    def test_the_decision_is_named(self) -> None:
        """R16: which stands in the source's own stream, and not among the events that are weighed."""
        event = report(DetentionReported, 1)
        context = KnownContext(decided=[retraction(7, source="source-1")])

        assert report_states([event], context) == {1: Stand(ReportState.RETRACTED, Position(7))}

    @pytest.mark.parametrize(
        "relation",
        [
            SourceRelation.COPY,
            SourceRelation.HUMAN_TRANSLATION,
            SourceRelation.MACHINE_TRANSLATION,
            SourceRelation.SUMMARY,
        ],
    )
    def test_what_copies_it_falls_with_it(self, relation: SourceRelation) -> None:
        """R3: a link of the chain of originals was withdrawn, at whatever depth: a copy of a translation says nothing by itself."""
        sources = {
            "source-2": copy_of("source-1", relation),
            "source-3": copy_of("source-2"),
        }
        event = report(DetentionReported, 1, source="source-3")
        gone = KnownContext(sources=sources, decided=[retraction(2, source="source-1")])

        assert supporting(event, context=KnownContext(sources=sources)) == [1]
        assert supporting(event, context=gone) == []
        assert report_states([event], gone) == {1: Stand(ReportState.RETRACTED, Position(2))}

    @pytest.mark.parametrize("relation", [SourceRelation.EDITION, SourceRelation.ORIGINAL])
    def test_what_is_its_own_word_stands(self, relation: SourceRelation) -> None:
        """The reversed case: a later edition says it anew, and stands on its own citation."""
        sources = {"source-2": copy_of("source-1", relation)}
        event = report(DetentionReported, 1, source="source-2")

        assert supporting(
            event, context=KnownContext(sources=sources, decided=[retraction(2, source="source-1")])
        ) == [1]

    def test_an_original_stands_without_its_copy(self) -> None:
        """The reversed case: that a copy is taken back says nothing about what it copied."""
        sources = {"source-2": copy_of("source-1")}
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2, source="source-2"),
        ]

        assert supporting(
            *events, context=KnownContext(sources=sources, decided=[retraction(3, source="source-2")])
        ) == [1]

    def test_a_circle_of_copies_ends(self) -> None:
        """Sources that name each other as original fall together, and end."""
        sources = {"source-2": copy_of("source-3"), "source-3": copy_of("source-2")}
        events = [report(DetentionReported, number, source=f"source-{number}") for number in (2, 3)]

        assert supporting(*events, context=KnownContext(sources=sources)) == [2, 3]
        assert (
            supporting(
                *events, context=KnownContext(sources=sources, decided=[retraction(4, source="source-3")])
            )
            == []
        )

    def test_what_was_retracted_by_itself_stays_so(self) -> None:
        """R16: each decision is undone by itself: reinstating a source reinstates no report that was taken back alone, and the reverse."""
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2),
            retraction(3, source="source-1"),
            retraction(4, of=1),
        ]

        assert supporting(*events) == []
        assert states(events)[Position(1)] == Stand(ReportState.RETRACTED, Position(4))
        assert states(events)[Position(2)] == Stand(ReportState.RETRACTED, Position(3))
        assert supporting(*events, retraction(5, of=3)) == [2]
        assert supporting(*events, retraction(5, of=4)) == []
        assert supporting(*events, retraction(5, of=3), retraction(6, of=4)) == [1, 2]

    def test_what_it_corrected_does_not_come_back(self) -> None:
        """R2: when the source of a correction falls nothing is known, rather than the older value; lifting the correction restores it."""
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2, source="source-2"),
            correction(3, of=1, to=2),
            retraction(4, source="source-2"),
        ]

        assert supporting(*events) == []
        assert states(events)[Position(1)] == Stand(ReportState.CORRECTED, Position(3))
        assert states(events)[Position(2)] == Stand(ReportState.RETRACTED, Position(4))
        assert supporting(*events, retraction(5, of=3)) == [1]
        assert supporting(*events, retraction(5, of=4)) == [2]

    def test_a_correction_outlives_the_source_that_it_corrected(self) -> None:
        """R16: what replaced a report rests on a source of its own; a lifted correction restores nothing whose source has fallen."""
        events = [
            report(DetentionReported, 1),
            report(DetentionReported, 2, source="source-2"),
            correction(3, of=1, to=2),
            retraction(4, source="source-1"),
        ]

        assert supporting(*events) == [2]
        assert supporting(*events, retraction(5, of=3)) == []

    def test_an_erased_source_is_asked_for_nothing(self) -> None:
        """R18: whose source was erased supports nothing, whatever falls."""
        event = erased(report(DetentionReported, 1), "/source")

        assert report_states([event], KnownContext()) == {1: Stand()}


class TestWhatFallsWithAParty:
    def test_below_its_own_position(self) -> None:
        """R16: what it was credited with falls at earlier positions, and no later one."""
        first, last = (
            report(DetentionReported, position, attribution=(link("apa"), link("x"))) for position in (1, 3)
        )

        assert supporting(first, retraction(2, party="apa"), last) == [3]
        assert supporting(first, retraction(2, party="apa"), last, retraction(4, party="apa")) == []

    @pytest.mark.parametrize("party", ["outlet-1", "apa", "officials", "spokesman"])
    def test_anywhere_in_a_chain(self, party: str) -> None:
        """R3: outermost, between, a crowd or innermost: withdrawing a link breaks the chain through it."""
        chain = tuple(map(link, ("outlet-1", "apa", "officials", "spokesman")))
        parties = {"officials": PartyFacts(name="officials", identified=False)}
        gone = KnownContext(parties=parties, decided=[retraction(2, party=party)])
        event = report(DetentionReported, 1, attribution=chain)

        assert supporting(event, context=KnownContext(parties=parties)) == [1]
        assert supporting(event, context=gone) == []

    def test_the_same_on_a_citation_of_its_own(self) -> None:
        """R3: the reversed case: who says so without that link is another report, and stands."""
        through = report(DetentionReported, 1, attribution=(link("apa"), link("spokesman")))
        without = report(DetentionReported, 2, attribution=(link("spokesman"),))

        assert supporting(through, without, retraction(3, party="apa")) == [2]

    def test_a_publisher_where_nobody_is_credited(self) -> None:
        """Its own word falls; what it passes on of others, uncredited itself, is theirs."""
        own, of_another = (
            report(DetentionReported, position, attribution=chain)
            for position, chain in ((1, ()), (2, (link("apa"),)))
        )

        assert supporting(own, of_another, retraction(3, party="outlet-1")) == [2]

    def test_a_publisher_nobody_identified(self) -> None:
        """It has no voice to be counted, and its word falls all the same."""
        parties = {"outlet-1": PartyFacts(name="a channel", identified=False)}
        gone = KnownContext(parties=parties, decided=[retraction(2, party="outlet-1")])

        assert supporting(report(DetentionReported, 1), context=gone) == []

    def test_a_publisher_of_what_was_copied(self) -> None:
        """A copy speaks with its original's voice, and falls with that; its own publisher has said nothing."""
        sources = {"source-2": copy_of("source-1")}
        event = report(DetentionReported, 1, source="source-2")

        def after(party: str) -> list[int]:
            context = KnownContext(sources=sources, decided=[retraction(2, party=party)])
            return supporting(event, context=context)

        assert (after("outlet-1"), after("outlet-2")) == ([], [1])

    def test_the_earliest_decision_is_named(self) -> None:
        """Of several that cover a report the one by which it fell; a later one changes nothing."""
        event = report(DetentionReported, 1, attribution=(link("apa"),))
        by_party = retraction(2, party="apa")
        by_source = retraction(3, source="source-1")

        assert states([event, by_party])[Position(1)].decided_by == 2
        assert states([event, by_party, by_source])[Position(1)].decided_by == 2
        assert states([event, by_party, by_source, retraction(4, of=2)])[Position(1)].decided_by == 3

    def test_reinstated(self) -> None:
        """R16: and retracted again by lifting that, at any depth."""
        events = [
            report(DetentionReported, 1, attribution=(link("apa"),)),
            retraction(2, party="apa"),
            retraction(3, of=2),
        ]

        assert supporting(*events) == [1]
        assert supporting(*events, retraction(4, of=3)) == []
        assert supporting(*events, retraction(4, of=3), retraction(5, of=4)) == [1]

    def test_an_erased_link_is_passed_over(self) -> None:
        """R18: nobody can tell any more whom it named; the rest of the chain still counts."""
        chain = (link("apa"), link("spokesman"))
        event = erased(report(DetentionReported, 1, attribution=chain), "/attribution/0")

        assert supporting(event, context=KnownContext(decided=[retraction(2, party="apa")])) == [1]
        assert supporting(event, context=KnownContext(decided=[retraction(2, party="spokesman")])) == []


class TestDays:
    @pytest.mark.parametrize(
        ("claimed", "span", "expected"),
        [
            (None, Span.AT, (DAY_MIN, DAY_MAX)),
            ("2023", Span.AT, (date(2023, 1, 1), date(2023, 12, 31))),
            ("2023", Span.THROUGHOUT, (date(2023, 1, 1), date(2023, 12, 31))),
            ("2023", Span.SINCE, (date(2023, 1, 1), DAY_MAX)),
            ("2023", Span.UNTIL, (DAY_MIN, date(2023, 12, 31))),
            ("2023", Span.BEFORE, (DAY_MIN, date(2022, 12, 31))),
            ("2023", Span.AFTER, (date(2024, 1, 1), DAY_MAX)),
            ("XXXX-12-15", Span.AT, (DAY_MIN, DAY_MAX)),
        ],
    )
    def test_span(self, claimed: str | None, span: Span, expected: tuple[date, date]) -> None:
        """Each span leaves its own days: before 2023 is over when 2023 begins, after 2023 begins when it is over."""
        event = report(DetentionReported, 1, claimed=on(claimed) if claimed else None, span=span)

        assert days(event) == expected

    def test_no_later_than_it_could_be_read(self) -> None:
        """R4: what is told as done is no later than its source's availability."""
        assert days(report(DetentionReported, 1), KnownContext(available="2025-12-22")) == (
            DAY_MIN,
            day("2025-12-22"),
        )
        assert days(report(DetentionReported, 1), KnownContext(available="2025-12")) == (
            DAY_MIN,
            day("2025-12-31"),
        )

    def test_a_date_after_it_could_be_read(self) -> None:
        """The reversed case: a source that names a later day is taken at its word."""
        event = report(DetentionReported, 1, claimed=on("2026-03-01"))

        assert days(event, KnownContext(available="2025-12-22")) == (day("2026-03-01"), day("2026-03-01"))

    def test_a_summary_as_old_as_its_original(self) -> None:
        """A summary that nobody dated could be read when its original could."""
        summed_up = SourceFacts(title="x", relation=SourceRelation.SUMMARY, original=SubjectKey("source-1"))
        context = KnownContext(sources={"source-2": summed_up}, available="2025-12-22")

        assert days(report(DetentionReported, 1, source="source-2"), context) == (DAY_MIN, day("2025-12-22"))

    def test_no_later_than_the_first_copy(self) -> None:
        """Where nobody says when a source could be read, its first copy was read; what its original says goes before."""
        copied = SourceFacts(title="x", captured=on("2026-02-01", derivation=Derivation.CAPTURED))
        summary = SourceFacts(
            title="y",
            captured=on("2026-02-01", derivation=Derivation.CAPTURED),
            relation=SourceRelation.SUMMARY,
            original=SubjectKey("source-2"),
        )
        undated = report(ReleaseReported, 1, released_by=ReleaseMechanism.UNSTATED)

        (by_copy,) = weigh([undated], KnownContext(sources={"source-1": copied})).supporting
        (by_original,) = weigh(
            [undated], KnownContext(sources={"source-1": summary}, available="2025-12-22")
        ).supporting

        assert by_copy.latest == day("2026-02-01")
        assert by_original.latest == day("2025-12-22")

    def test_no_earlier_than_the_act(self) -> None:
        """R4: what an act did is no earlier than its effect; what it was to do may be, and so may what is done without it."""
        context = KnownContext(acts={ACT: ActFacts(effective_from=day("2025-12-15"))})
        freed, by_it = ReleaseMechanism.AMNESTY, (day("2025-12-15"), DAY_MAX)

        assert days(report(ReleaseReported, 1, released_by=freed, act=ACT), context) == by_it
        assert days(report(ReleaseReported, 1, released_by=freed), context) == (DAY_MIN, DAY_MAX)
        assert (
            days(report(InclusionReported, 1, act=ACT, inclusion_step=InclusionStep.APPLIED), context)
            == by_it
        )
        named = report(InclusionReported, 1, act=ACT, inclusion_step=InclusionStep.NAMED)
        assert days(named, context) == (DAY_MIN, DAY_MAX)

    def test_a_date_before_the_act(self) -> None:
        """A release dated before the act is not moved: the dates are the sources' words."""
        context = KnownContext(acts={ACT: ActFacts(effective_from=day("2025-12-15"))})
        event = report(
            ReleaseReported, 1, released_by=ReleaseMechanism.AMNESTY, act=ACT, claimed=on("2025-12-10")
        )

        assert days(event, context) == (day("2025-12-10"), day("2025-12-10"))

    def test_the_calendar_s_ends(self) -> None:
        """The days that stand for no bound have no neighbours."""
        assert (day_before(DAY_MIN), day_after(DAY_MAX)) == (DAY_MIN, DAY_MAX)
        assert (day_before(day("2025-01-01")), day_after(day("2024-12-31"))) == (
            day("2024-12-31"),
            day("2025-01-01"),
        )

    def test_begun_in(self) -> None:
        """Of an interval a state began in its first end; one that is open or unknown gives no day."""
        assert begun_in(on("2021-10/..")) == (day("2021-10-01"), day("2021-10-31"))
        assert begun_in(on("../2021-10")) == (DAY_MIN, DAY_MAX)
        assert begun_in(None) == (DAY_MIN, DAY_MAX)


class TestDates:
    def test_the_narrower_is_shown(self) -> None:
        """R5: of dates that can coincide the narrower is shown; one that says only before or after is none of its own."""
        told = weigh(
            [
                report(DetentionReported, 1, claimed=on("2023")),
                report(DetentionReported, 2, claimed=on("2023-05-03")),
                report(DetentionReported, 3, claimed=on("2023-05-02"), span=Span.AFTER),
                report(DetentionReported, 4),
            ],
            KnownContext(),
        ).supporting

        assert narrowest_date(told) == on("2023-05-03")
        assert narrowest_date(told[2:]) is None

    @pytest.mark.parametrize(
        ("earliest", "latest", "edtf"),
        [
            ("2025-12-15", "2025-12-22", "2025-12-15/2025-12-22"),
            ("2025-12-15", "2025-12-15", "2025-12-15"),
            (None, "2025-12-22", "/2025-12-22"),
            ("2025-12-15", None, "2025-12-15/"),
        ],
    )
    def test_computed(self, earliest: str | None, latest: str | None, edtf: str) -> None:
        """The days that reports leave, as an interval that says it was computed; an end nobody knows stays unknown."""
        found = computed_date(day(earliest) if earliest else DAY_MIN, day(latest) if latest else DAY_MAX)

        assert found == ClaimedDate(edtf=edtf, derivation=Derivation.COMPUTED)

    def test_nothing_to_compute(self) -> None:
        """No day known, no date."""
        assert computed_date(DAY_MIN, DAY_MAX) is None
