"""The ledger's entries: reports, decisions and filings, and what is shown of an entry that is withheld.

An entry is decoded by the one decoder; which of its values were erased is told beside it. Decisions on a report are found in the streams of
its subjects, its source and the parties it credits, which is where they are recorded, and by what took it away.

Absent on purpose: proofs, which come with checkpoints, and whoever recorded an entry: actors are never told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import TypeVar

import msgspec
import strawberry
from strawberry import ID, Private, field

from app.api import claims, ids, rulings, sources, subjects, values
from app.api.enums import EventKind, WithheldReason
from app.api.fields import answer
from app.api.nodes import Node
from app.api.references import (
    AssessmentRecordedRef,
    AttributionRef,
    CitationRef,
    ClaimRef,
    DecisionRef,
    FiledRef,
    PartyRef,
    ProceedingRef,
    ReportRef,
    RulingRef,
    SourceRef,
    StreamRef,
    SubjectRef,
)
from app.api.request import Asked, Info, Request
from app.api.values import ClaimedDate, Place, Shown, kept, shown, standing
from events import dates, decoder, kinds
from events.decoder import Erased
from events.errors import NotYet
from events.kinds import (
    DECISIONS,
    AttributionScope,
    EventId,
    Modality,
    OrderRelation,
    Polarity,
    Position,
    Recorder,
    RetractionGround,
    Span,
    SubjectKey,
    kind_of,
)
from events.merkle import Hash
from events.store import PublicEntry
from projections.evidence import ReportState
from projections.reads import Row

RulingSort = TypeVar("RulingSort", bound=kinds.Decision)

_RULINGS = frozenset(kind_of(decision) for decision in DECISIONS)


@strawberry.type(
    description="One entry's place in a stream: its version from 1, and the leaf hash of the version before (null at 1)."
)
class StreamPlace:
    stream: StreamRef = field(description="Which stream.")
    version: int = field(description="From 1, without a gap.")
    previous_leaf_hash: str | None = field(
        description="SHA-256 of the leaf of the version before, base64; null at 1."
    )


@strawberry.type(description="A value not shown.")
class WithheldValue:
    pointer: str = field(description="JSON Pointer into the entry, such as `/names/0`.")
    reason: WithheldReason = field(description="Why it is not shown.")
    decision: DecisionRef | None = field(description="For an erasure: the decision.")


@strawberry.interface(
    description="One immutable entry of the ledger: a `Report`, a `Decision`, a `Filing`, or one withheld from you."
)
class Event(Node):
    entry: Private[PublicEntry]
    asked: Private[Asked]
    event: Private[decoder.Event | None] = None

    def own_id(self) -> ID:
        """The event's own id."""
        return ids.encode("Event", self.entry.event_id, clocks=self.asked.clocks)

    @answer("Place in the ledger: 1, 2, 3, … without a gap.")
    def position(self) -> int:
        return self.entry.position

    @answer("Null only where the entry is withheld from you.")
    def kind(self) -> EventKind | None:
        return EventKind(kind_of(type(self.event.content))) if self.event is not None else None

    @answer("When it was recorded here; entries of one commit share it.")
    def recorded_at(self) -> datetime:
        return self.entry.recorded_at

    @answer("Opaque id of who recorded it. For auditors; null for others, since actors are never told.")
    def recorded_by(self) -> ID | None:
        return None

    @answer("Where it stands in the streams of its subjects, the first of them primary.")
    def streams(self) -> list[StreamPlace]:
        if self.event is None:
            return []
        standing = zip(self.event.content.streams, self.event.about, strict=True)
        return [
            StreamPlace(
                stream=subjects.Stream(stream_id=place.id, about=about, asked=self.asked),
                version=place.version,
                previous_leaf_hash=place.prev,
            )
            for place, about in standing
            if not isinstance(place, Erased)
        ]

    @answer("SHA-256 of the leaf, base64, as in the checkpoint.")
    def leaf_hash(self) -> str:
        return values.base64_text(self.entry.leaf)

    @answer("Values of this entry that are not shown, and why, where saying so reveals nothing.")
    async def withheld(self, info: Info) -> list[WithheldValue]:
        erased = self.event.erased if self.event is not None else {}
        # Erasing alone works backwards: who asks about an earlier moment is told which later decision it was.
        by = await decisions_at(
            info.context, [mark.by_position for mark in erased.values()], info.context.present
        )
        return [
            WithheldValue(pointer=pointer, reason=WithheldReason.ERASED, decision=decision)
            for pointer, decision in zip(erased, by, strict=True)
        ]


@strawberry.type(description="Before or after what.")
class StatedOrder:
    relation: OrderRelation = field(description="By the source's word.")
    report: ReportRef = field(description="The other report.")


@strawberry.type(description="Source S reported P about X, in these words.")
class Report(Event):
    @property
    def content(self) -> kinds.Report:
        """What the report says."""
        report = _decoded(self).report
        assert report is not None, "a report's entry holds one"
        return report

    @answer("The first of its subjects; all of them are in `streams`.")
    async def about(self, info: Info) -> SubjectRef:
        return await subjects.required(info.context, _decoded(self).about[0], self.asked)

    @answer(
        "Null where a value it cannot do without was erased: see `withheld`.",
        as_type=ClaimRef | None,
    )
    def claim(self) -> Shown[kinds.Report] | None:
        return None if _lacks(_decoded(self)) else Shown(self.content, self.asked)

    @answer(
        "When it was so, in the source's own precision; null: not stated.",
        as_type=ClaimedDate | None,
    )
    def claimed(self) -> Shown[dates.ClaimedDate] | None:
        return shown(self.content.claimed, self.asked)

    @answer("How it fills the time that is claimed; null where no time is.")
    def span(self) -> Span | None:
        return self.content.span if self.content.claimed is not None else None

    @answer("Where the source gives order but no date.")
    async def order(self, info: Info) -> StatedOrder | None:
        order = self.content.order
        if order is None or isinstance(order, Erased):
            return None
        report = await report_by_id(info.context, order.report, self.asked)
        return StatedOrder(relation=order.relation, report=report) if report is not None else None

    @answer("Whether the source says so, denies it, or says that it is not known.")
    def polarity(self) -> Polarity:
        return self.content.polarity

    @answer("In what voice. Only what is reported or alleged can move a status.")
    def modality(self) -> Modality:
        return self.content.modality

    @answer(
        "Never a home, nor the whereabouts of somebody freed or in hiding.",
        as_type=Place | None,
    )
    def place(self) -> Shown[kinds.Place] | None:
        return shown(self.content.place, self.asked)

    @answer("Null: the source does not say which.")
    async def proceeding(self, info: Info) -> ProceedingRef | None:
        return await subjects.of_sort(info.context, self.content.proceeding, subjects.Proceeding, self.asked)

    @answer(
        "Where the words can be read in several ways: all of them. Only what they share supports a finding."
    )
    def readings(self) -> list[str]:
        readings = self.content.readings
        return [] if isinstance(readings, Erased) else list(readings)

    @answer("Each checked against the archived text. A report without one supports nothing.")
    def citations(self) -> list[CitationRef]:
        return [sources.Citation(cited=cited, asked=self.asked) for cited in standing(self.content.citations)]

    @answer("Whom the source credits, outermost first.")
    def attribution(self) -> list[AttributionRef]:
        return [
            sources.Attribution(link=link, asked=self.asked) for link in standing(self.content.attribution)
        ]

    @answer("Whether the source credits them for this very claim.")
    def attribution_scope(self) -> AttributionScope:
        return self.content.attribution_scope

    @answer(
        "The innermost identified party credited, else the publisher: what `Finding.voices` counts. Null where erased."
    )
    async def voice(self, info: Info) -> PartyRef | None:
        row = await self._row(info)
        return await subjects.party(info.context, row.fields["voice"] if row else None, self.asked)

    @answer("The document that says so; null where it is not to be seen.")
    async def source(self, info: Info) -> SourceRef | None:
        return await subjects.of_sort(info.context, self.content.source, subjects.Source, self.asked)

    @answer("Whether it stands, as far as has been projected.")
    async def state(self, info: Info) -> ReportState:
        row = await self._row(info)
        if row is None:
            raise NotYet("This report is not projected yet. Ask again in a moment.")
        return ReportState(row.fields["state"])

    @answer("The report that replaced it.")
    async def corrected_to(self, info: Info) -> ReportRef | None:
        row = await self._row(info)
        if row is None or row.fields["state"] != ReportState.CORRECTED.value:
            return None
        decision = await info.context.at(self.asked).events.load(row.fields["decided_by"])
        if decision is None or not isinstance(decision.content, kinds.ReportCorrected):
            return None
        return await report_by_id(info.context, decision.content.corrected_to, self.asked)

    @answer("Every ruling on it, on its source or on whom it credits, oldest first.")
    async def decisions(self, info: Info) -> list[DecisionRef]:
        found = await rulings.rulings_about(info.context, self.asked, self._where_decided())
        on_it = {event.position: event for event in found if rulings.rules_on(event, _decoded(self))}
        if (by := await self._decided_by(info)) is not None:
            on_it[by.position] = by
        return [decision(on_it[position], self.asked) for position in sorted(on_it)]

    @answer(
        "The latest. Null: nobody has assessed it, which is never a good mark.",
        as_type=AssessmentRecordedRef | None,
    )
    async def assessment(self, info: Info) -> Shown[kinds.AssessmentRecorded] | None:
        found = await rulings.rulings_about(info.context, self.asked, _decoded(self).about)
        return rulings.latest_mark(found, self.entry.event_id, self.asked)

    @answer("The tool, with version, that read it out of the source; null: a human did.")
    def tool(self) -> str | None:
        via = kept(self.content.via)
        if via is None or via.by is Recorder.HUMAN:
            return None
        return " ".join(part for part in (via.tool, via.version) if part) or "a tool"

    @answer("A human looked at it since.")
    def reviewed(self) -> bool:
        via = kept(self.content.via)
        return via is not None and via.reviewed

    async def _decided_by(self, info: Info) -> decoder.Event | None:
        """By which decision it does not stand. That may be about what its source copies, which nothing in the report names."""
        row = await self._row(info)
        by = None if row is None else row.fields["decided_by"]
        return None if by is None else await info.context.at(self.asked).events.load(by)

    async def _row(self, info: Info) -> Row | None:
        return await info.context.at(self.asked).report_rows.load(self.entry.position)

    def _where_decided(self) -> set[SubjectKey]:
        named = (self.content.source, *(link.party for link in standing(self.content.attribution)))
        return {*_decoded(self).about, *(key for key in named if isinstance(key, str))}


@strawberry.type(description="An editor's ruling on the record, with a reason. Nothing is overwritten by it.")
class Decision(Event):
    @property
    def content(self) -> kinds.Decision:
        """What was ruled."""
        content = _decoded(self).content
        assert isinstance(content, kinds.Decision), "a decision's entry holds one"
        return content

    @answer("Holds no personal data. Of a retraction for safety, that word alone.")
    def reason(self) -> str:
        content = self.content
        if isinstance(content, kinds.ReportRetracted) and content.ground is RetractionGround.SAFETY:
            return RetractionGround.SAFETY.value
        return "" if isinstance(content.reason, Erased) else content.reason

    @answer(
        "Null where a value it cannot do without was erased.",
        as_type=RulingRef | None,
    )
    def ruling(self) -> Shown[kinds.Decision] | None:
        if _lacks(_decoded(self)):
            return None
        return rulings.RuledAt(self.content, self.asked, self.entry.position)

    @answer("A later decision that took this one back.")
    async def retracted_by(self, info: Info) -> DecisionRef | None:
        found = await rulings.rulings_about(info.context, self.asked, _decoded(self).about)
        taken_back = rulings.taken_back_in(found).get(self.entry.event_id)
        return decision(taken_back, self.asked) if taken_back is not None else None


@strawberry.type(description="What came in, or was opened: it says nothing about anybody.")
class Filing(Event):
    @answer(
        "What was filed; null where it was erased.",
        as_type=FiledRef | None,
    )
    def filed(self) -> Shown[decoder.Event] | None:
        return Shown(_decoded(self), self.asked)


@strawberry.type(
    description="An entry of which you see what the public log shows, and no more; `kind` is null, and no filter finds it."
)
class WithheldEvent(Event):
    pass


# --- from events to objects ---------------------------------------------------------------------------------


def object_of(event: decoder.Event, asked: Asked) -> Event:
    """The object of an event that may be seen."""
    entry = PublicEntry(
        position=event.position, event_id=event.event_id, recorded_at=event.recorded_at, leaf=Hash(event.leaf)
    )
    match event.content:
        case kinds.Report():
            return Report(entry=entry, event=event, asked=asked)
        case kinds.Decision():
            return Decision(entry=entry, event=event, asked=asked)
        case _:
            return Filing(entry=entry, event=event, asked=asked)


def decision(event: decoder.Event, asked: Asked) -> Decision:
    """The object of a decision."""
    found = object_of(event, asked)
    assert isinstance(found, Decision), f"event {event.position} is no decision"
    return found


async def objects_of(request: Request, positions: Collection[int], asked: Asked) -> list[Event | None]:
    """The entries at these positions, in their order; None for one that is not to be seen."""
    events = await request.at(asked).events.load_many(list(positions))
    return [object_of(event, asked) if event is not None else None for event in events]


async def at_position(request: Request, position: int, asked: Asked) -> Event | None:
    """The entry at a position: whole, or what the log shows of it, or None beyond the end."""
    if (event := await request.at(asked).events.load(position)) is not None:
        return object_of(event, asked)
    entry = await request.at(asked).entries.load(position)
    return WithheldEvent(entry=entry, asked=asked) if entry is not None else None


async def by_event_id(request: Request, event_id: EventId | None, asked: Asked) -> Event | None:
    """The entry with that id, if it may be seen."""
    event = await request.at(asked).events_by_id.load(event_id) if isinstance(event_id, str) else None
    return object_of(event, asked) if event is not None else None


async def report_by_id(request: Request, event_id: EventId, asked: Asked) -> Report | None:
    """The report with that id, if it may be seen."""
    found = await by_event_id(request, event_id, asked)
    return found if isinstance(found, Report) else None


async def decisions_at(
    request: Request, positions: Sequence[Position], asked: Asked
) -> list[Decision | None]:
    """The decisions at these positions, in their order; None for one that is not to be seen."""
    found = await objects_of(request, positions, asked)
    return [one if isinstance(one, Decision) else None for one in found]


def _decoded(entry: Event) -> decoder.Event:
    assert entry.event is not None, "a withheld entry has no content to ask for"
    return entry.event


def _lacks(entry: decoder.Event) -> bool:
    """Whether a value was erased that the content's type in the API cannot do without."""
    lost = {pointer.split("/", 2)[1] for pointer in entry.erased}
    return bool(lost & _needed(type(entry.content)))


@cache
def _needed(kind: type[kinds.Entry]) -> frozenset[str]:
    """The fields of a kind whose types in the API are neither nullable nor lists."""
    shown_as = next(sort for sort in (*claims.CLAIMS, *rulings.RULINGS) if sort.kind is kind)
    plain = {
        field.python_name
        for field in strawberry.types.get_object_definition(shown_as, strict=True).fields
        if not isinstance(field.type, strawberry.types.base.StrawberryContainer)
    }
    own = {field.name for field in msgspec.structs.fields(kind)}
    return frozenset(plain & own)
