"""R2, R16 over random records of one person: what was taken back counts as if it had never been recorded, and comes back as it was.

What stands is told here a second time, straight from the words of the rules: each question looks through the whole record again.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from events.decoder import Event
from events.envelope import canonical
from events.kinds import (
    AttributionScope,
    EventId,
    ReportCorrected,
    ReportRetracted,
    SourceRelation,
    SubjectKey,
)
from projections.context import ActFacts, SourceFacts
from projections.evidence import ReportState, report_states, weigh
from projections.findings import Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import ACT, PERSON, KnownContext, correction, day, retraction
from tests.projections.histories import describing, moving, reports

ORIGINALS = {
    "source-1": ("source-1",),
    "source-2": ("source-2", "source-1"),
    "source-3": ("source-3",),
}
"""Each source with what it copies. The second is a copy of the first."""
PUBLISHERS = {"source-1": "outlet-1", "source-2": "outlet-1", "source-3": "outlet-3"}
"""Whose word each source is."""
COPIED = SourceFacts(
    title="a copy",
    publisher=SubjectKey("outlet-2"),
    relation=SourceRelation.COPY,
    original=SubjectKey("source-1"),
)

wide: st.SearchStrategy[dict[str, object]] = st.one_of(
    st.sampled_from(sorted(ORIGINALS)).map(lambda key: {"source": key}),
    st.sampled_from(["outlet-1", "outlet-2", "outlet-3", "outlet-9"]).map(lambda key: {"party": key}),
)


def knowing(events: list[Event]) -> KnownContext:
    """What is known of sources and parties after these events."""
    return KnownContext(
        available="2025-12-22",
        sources={"source-2": COPIED},
        acts={ACT: ActFacts(name="the amnesty", effective_from=day("2025-12-15"))},
        decided=events,
    )


def folded(events: list[Event]) -> bytes:
    """All findings about the person, as bytes."""
    return canonical(fold_prisoner(PERSON, events, knowing(events)))


@st.composite
def targets(draw: st.DrawFn, events: list[Event]) -> dict[str, object]:
    """What can be taken back: an event, a source or a party."""
    decided = [event for event in events if event.report is None]
    again = draw(st.booleans())
    single = st.sampled_from(decided if decided and again else events)
    return draw(wide | single.map(_of))


def _of(event: Event) -> dict[str, object]:
    return {"of": event.position}


@st.composite
def records(draw: st.DrawFn) -> list[Event]:
    """Reports with corrections and retractions of them, of sources, of parties and of one another, positions 1, 2, 3, …"""
    events: list[Event] = []
    for choice in draw(st.lists(st.sampled_from("rrrrcttt"), min_size=1, max_size=12)):
        position = len(events) + 1
        reported = [event.position for event in events if event.report is not None]
        if choice == "r" or not events:
            events.append(draw(reports(position, kinds=moving | describing)))
        elif choice == "t":
            events.append(taken_back(position, draw(targets(events))))
        else:
            of = draw(st.sampled_from(reported))
            events.append(draw(reports(position, kinds=moving | describing)))
            events.append(correction(position + 1, of=of, to=position))
    return events


def taken_back(position: int, target: dict[str, object]) -> Event:
    """The retraction of what `targets` drew."""
    return retraction(position, **target)  # type: ignore[arg-type]  # by the names that it takes


class Rules:
    """R16, read word by word over one record."""

    def __init__(self, events: list[Event]) -> None:
        self._retractions = [
            (event, event.content) for event in events if isinstance(event.content, ReportRetracted)
        ]
        self._corrections = [
            (event, event.content) for event in events if isinstance(event.content, ReportCorrected)
        ]

    def stand(self, event: Event) -> bool:
        """Whether a report or a decision stands."""
        return not (self._is_taken_back(event) or self._is_corrected(event.event_id) or self._falls(event))

    def _is_taken_back(self, event: Event) -> bool:
        return any(
            content.event == event.event_id and self.stand(later) for later, content in self._retractions
        )

    def _is_corrected(self, event_id: EventId) -> bool:
        """Whether one that counts replaces it, or one that does not count brought it."""
        return any(
            content.report == event_id and self._counts(event, content)
            for event, content in self._corrections
        ) or any(
            content.corrected_to == event_id and not self._counts(event, content)
            for event, content in self._corrections
        )

    def _counts(self, event: Event, content: ReportCorrected) -> bool:
        in_force = [
            other
            for other, of in self._corrections
            if of.report == content.report and not self._is_taken_back(other)
        ]
        founded = all(
            self._counts(earlier, of)
            for earlier, of in self._corrections
            if of.corrected_to == content.report
        )
        return founded and in_force[-1:] == [event]

    def _falls(self, event: Event) -> bool:
        said = event.report
        if said is None:
            return False
        credited = {link.party for link in said.attribution} - {None}
        if not credited or said.attribution_scope is AttributionScope.AMBIGUOUS:
            credited.add(SubjectKey(PUBLISHERS[said.source]))
        return any(
            content.source in ORIGINALS[said.source]
            or (content.party in credited and by.position > event.position)
            for by, content in self._retractions
            if self.stand(by)
        )


class TestFalling:
    @given(records())
    def test_what_stands_is_what_the_rules_say(self, events: list[Event]) -> None:
        """R16, R3: corrections and retractions of events, sources and parties, at any depth; the decision named is one on record."""
        rules = Rules(events)

        states = report_states(events, knowing(events))

        assert {position for position, stand in states.items() if stand.state is ReportState.STANDING} == {
            event.position for event in events if rules.stand(event)
        }
        decisions = {event.position for event in events if event.report is None}
        assert all(
            (stand.decided_by in decisions) == (stand.state is not ReportState.STANDING)
            for stand in states.values()
        )

    @given(records())
    def test_what_was_taken_back_counts_as_never_recorded(self, events: list[Event]) -> None:
        """R2, I-11: no finding shows an older value that was withdrawn: with nothing left, nothing is known."""
        rules = Rules(events)
        left = [event for event in events if event.report is not None and rules.stand(event)]

        assert folded(events) == canonical(fold_prisoner(PERSON, left, knowing([])))
        if not left:
            findings = fold_prisoner(PERSON, events, knowing(events))
            assert {finding.standing for finding in findings} == {Standing.UNKNOWN}

    @given(records(), st.data())
    def test_reinstated_as_it_was(self, events: list[Event], data: st.DataObject) -> None:
        """R16: retracting a retraction reinstates, byte for byte, whatever it took back."""
        position = len(events) + 1
        gone = taken_back(position, data.draw(targets(events)))

        assert folded([*events, gone, retraction(position + 1, of=position)]) == folded(events)

    @given(records(), st.data())
    def test_retractions_in_either_order(self, events: list[Event], data: st.DataObject) -> None:
        """R16: two retractions of which neither is of the other come to the same in either order."""
        one, other = data.draw(targets(events)), data.draw(targets(events))
        position = len(events) + 1

        assert folded([*events, taken_back(position, one), taken_back(position + 1, other)]) == folded(
            [*events, taken_back(position, other), taken_back(position + 1, one)]
        )

    @given(records(), wide)
    def test_taking_back_brings_nothing_up(self, events: list[Event], target: dict[str, object]) -> None:
        """R2: when a source or a party falls, no report stands that did not stand before."""
        after = [*events, taken_back(len(events) + 1, target)]

        before = {told.position for told in weigh(events, knowing(events)).supporting}
        assert {told.position for told in weigh(after, knowing(after)).supporting} <= before

    @given(records())
    def test_the_order_of_handing_in_says_nothing(self, events: list[Event]) -> None:
        """I-9: positions decide."""
        assert folded(events[::-1]) == folded(events)
