"""The ledger's entries: reports, decisions and filings, and what is shown of an entry that is withheld.

An entry is decoded by the one decoder; which of its values were erased is told beside it. Decisions on a report are found in the streams of
its subjects, its source and the parties it credits, which is where they are recorded.

Absent on purpose: proofs, which come with checkpoints, and whoever recorded an entry: actors are never told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar, Union

import msgspec
import strawberry
from strawberry import ID, UNSET, Parent, Private, field

from app.api import connections, ids, paging, sources, subjects, values
from app.api.claims import CLAIMS, Claim, OfKind
from app.api.enums import EventKind, WithheldReason
from app.api.fields import answer
from app.api.nodes import Node
from app.api.paging import After, Before, First, Last
from app.api.references import (
    DecisionRef,
    EventRef,
    PartyRef,
    ProceedingRef,
    ReportConnectionRef,
    ReportRef,
    SnapshotRef,
    SourceRef,
    StreamRef,
    SubjectRef,
)
from app.api.request import Asked, Info, Question, Request
from app.api.sources import Attribution, Citation
from app.api.values import ClaimedDate, Place, Shown, shown
from events import dates, decoder, kinds
from events.decoder import Erased
from events.errors import NotYet
from events.kinds import (
    DECISIONS,
    AttributionScope,
    EventId,
    Identity,
    Membership,
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
from events.store import PublicEntry
from projections import reads
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
        return ids.encode("Event", self.entry.event_id, on=self.asked.on)

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
        by = await decisions_at(info.context, [mark.by_position for mark in erased.values()], self.asked)
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
        as_type=Claim | None,
    )
    def claim(self) -> Shown[kinds.Report] | None:
        return _without_gaps(self, self.content)

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
    def citations(self) -> list[Citation]:
        return [Citation(cited=cited, asked=self.asked) for cited in _standing(self.content.citations)]

    @answer("Whom the source credits, outermost first.")
    def attribution(self) -> list[Attribution]:
        return [Attribution(link=link, asked=self.asked) for link in _standing(self.content.attribution)]

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
        decision = await info.context.events.load(row.fields["decided_by"])
        if decision is None or not isinstance(decision.content, kinds.ReportCorrected):
            return None
        return await report_by_id(info.context, decision.content.corrected_to, self.asked)

    @answer("Every ruling on it, on its source or on whom it credits, oldest first.")
    async def decisions(self, info: Info) -> list[DecisionRef]:
        found = await rulings_about(info.context, self._where_decided())
        return [decision(event, self.asked) for event in found if _rules_on(event, _decoded(self))]

    @answer("The latest. Null: nobody has assessed it, which is never a good mark.")
    async def assessment(
        self, info: Info
    ) -> Annotated[AssessmentRecorded, strawberry.lazy("app.api.entries")] | None:
        found = await rulings_about(info.context, _decoded(self).about)
        return _assessment(found, self.entry.event_id, self.asked)

    @answer("The tool, with version, that read it out of the source; null: a human did.")
    def tool(self) -> str | None:
        via = self.content.via
        if isinstance(via, Erased) or via.by is Recorder.HUMAN:
            return None
        return " ".join(part for part in (via.tool, via.version) if part) or "a tool"

    @answer("A human looked at it since.")
    def reviewed(self) -> bool:
        via = self.content.via
        return not isinstance(via, Erased) and via.reviewed

    async def _row(self, info: Info) -> Row | None:
        return await info.context.report_rows.load(self.entry.position)

    def _where_decided(self) -> set[SubjectKey]:
        named = (self.content.source, *(link.party for link in _standing(self.content.attribution)))
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
        as_type=Annotated["Ruling", strawberry.lazy("app.api.entries")] | None,
    )
    def ruling(self) -> Shown[kinds.Decision] | None:
        return _without_gaps(self, self.content)

    @answer("A later decision that took this one back.")
    async def retracted_by(self, info: Info) -> DecisionRef | None:
        found = await rulings_about(info.context, _decoded(self).about)
        taken_back = _taken_back(found).get(self.entry.event_id)
        return decision(taken_back, self.asked) if taken_back is not None else None


@strawberry.type(description="What came in, or was opened: it says nothing about anybody.")
class Filing(Event):
    @answer(
        "What was filed; null where it was erased.",
        as_type=Annotated["Filed", strawberry.lazy("app.api.entries")] | None,
    )
    def filed(self) -> Shown[decoder.Event] | None:
        return Shown(_decoded(self), self.asked)


@strawberry.type(
    description="An entry of which you see what the public log shows, and no more; `kind` is null, and no filter finds it."
)
class WithheldEvent(Event):
    pass


# --- rulings ------------------------------------------------------------------------------------------------


@strawberry.type(description="A whole report gave way to another of its kind, perhaps about another subject.")
class ReportCorrected(OfKind):
    kind = kinds.ReportCorrected

    @answer("The report that gave way; null where it is not to be seen.")
    async def report(root: Parent[Shown[kinds.ReportCorrected]], info: Info) -> ReportRef | None:
        return await report_by_id(info.context, root.value.report, root.asked)

    @answer("The report that took its place; null where it is not to be seen.")
    async def corrected_to(root: Parent[Shown[kinds.ReportCorrected]], info: Info) -> ReportRef | None:
        return await report_by_id(info.context, root.value.corrected_to, root.asked)


@strawberry.type(
    description="`target` is an `Event`, a `Source` or a `Party`; `reports` are those that fell with it. "
    "For safety: `ground` alone, the rest null or empty."
)
class ReportRetracted(OfKind):
    kind = kinds.ReportRetracted
    ground: RetractionGround = field(description="On whose word it was taken back.")

    @answer("What was taken back; null where it is not to be seen.")
    async def target(root: Parent[Shown[kinds.ReportRetracted]], info: Info) -> Node | None:
        ruling = root.value
        if ruling.ground is RetractionGround.SAFETY:
            return None
        if isinstance(ruling.event, str):
            return await by_event_id(info.context, ruling.event, root.asked)
        return await _subject_of(info.context, (ruling.source, ruling.party), root.asked)

    @answer("Those that do not stand because of it.")
    async def reports(
        root: Parent[Shown[kinds.ReportRetracted]],
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ReportConnectionRef:
        assert isinstance(root, RuledAt), "a ruling is shown with its decision's position"
        position = root.position
        list_ = paging.listed(root.asked, "fallen by", position)
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=1)
        if root.value.ground is RetractionGround.SAFETY:
            return await connections.reports(info.context, paging.page_of((), window), list_)
        page = await info.context.pages.load((Question(reads.reports_fallen_by), window, position))
        return await connections.reports(info.context, page, list_)


@strawberry.type(description="A mark by a named method, revisable. It changes no finding.")
class AssessmentRecorded(OfKind):
    kind = kinds.AssessmentRecorded
    method: str = field(description="Such as `admiralty`.")
    mark: str = field(description="By that method, such as `B2`.")

    @answer("A `Report`, a `Source` or a `Party`.")
    async def of(root: Parent[Shown[kinds.AssessmentRecorded]], info: Info) -> Node | None:
        if isinstance(root.value.event, str):
            return await by_event_id(info.context, root.value.event, root.asked)
        return await _subject_of(info.context, (root.value.of,), root.asked)


@strawberry.type(description="Whether two subjects are one. Of a pair the latest counts.")
class IdentityJudged(OfKind):
    kind = kinds.IdentityJudged
    identity: Identity = field(description="What was judged.")

    @answer("One of the two.")
    async def one(root: Parent[Shown[kinds.IdentityJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.one, root.asked, record=True)

    @answer("The other.")
    async def other(root: Parent[Shown[kinds.IdentityJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.other, root.asked, record=True)


@strawberry.type(
    description="`member` is a `Prisoner`, a `Group` or a `Report`; `whole` a `Group` or a `Proceeding`."
)
class MembershipJudged(OfKind):
    kind = kinds.MembershipJudged
    membership: Membership = field(description="What was judged.")

    @answer("Who or what is, or is not, a part.")
    async def member(root: Parent[Shown[kinds.MembershipJudged]], info: Info) -> Node:
        if isinstance(root.value.member, str):
            return await subjects.required(info.context, root.value.member, root.asked)
        found = await by_event_id(info.context, root.value.report or EventId(""), root.asked)
        if found is None:
            raise NotYet("The report that was judged is not to be seen.")
        return found

    @answer("Of what.")
    async def whole(root: Parent[Shown[kinds.MembershipJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.whole, root.asked)


@strawberry.type(description="Values erased for good, or a whole copy with its text.")
class ValueRedacted(OfKind):
    kind = kinds.ValueRedacted
    pointers: list[str] = field(description="JSON Pointers into the entry, such as `/names/0`.")

    @answer("The entry; null where a whole copy was erased.")
    async def event(root: Parent[Shown[kinds.ValueRedacted]], info: Info) -> EventRef | None:
        return await by_event_id(info.context, root.value.event, root.asked)

    @answer("The copy; null where single values were erased.")
    async def snapshot(root: Parent[Shown[kinds.ValueRedacted]], info: Info) -> SnapshotRef | None:
        named = root.value.snapshot
        return await sources.snapshot_of(info.context, named, root.asked) if isinstance(named, str) else None

    @answer("On what legal basis.")
    def legal_basis_of_erasure(root: Parent[Shown[kinds.ValueRedacted]]) -> str:
        return root.value.legal_basis

    @answer("By whose authority.")
    def by_authority(root: Parent[Shown[kinds.ValueRedacted]]) -> str:
        return root.value.authority


RULINGS: tuple[type[OfKind], ...] = (
    ReportCorrected,
    ReportRetracted,
    AssessmentRecorded,
    IdentityJudged,
    MembershipJudged,
    ValueRedacted,
)
Ruling: TypeAlias = Annotated[
    Union[RULINGS],  # type: ignore[valid-type]  # noqa: UP007  # the union is these types, named once
    strawberry.union(
        "Ruling",
        description="What an editor ruled; named as the kinds in the log, and members will be added.",
    ),
]


# --- filings ------------------------------------------------------------------------------------------------


class OfFiling(OfKind):
    """A type over one kind of filing, which is shown as the whole event: what was filed is what the event is about."""

    @classmethod
    def is_type_of(cls, obj: Any, _info: Any) -> bool:
        """Whether this is the type of an event's content, as unions ask."""
        return isinstance(obj, Shown) and type(obj.value.content) is cls.kind


FiledEvent = Parent[Shown[decoder.Event]]


@strawberry.type(description="A document was entered.")
class SourceRegistered(OfFiling):
    kind = kinds.SourceRegistered

    @answer("The document.")
    async def source(root: FiledEvent, info: Info) -> SourceRef:
        found = await subjects.required(info.context, root.value.about[0], root.asked)
        assert isinstance(found, subjects.Source), "a registration is of a source"
        return found


@strawberry.type(description="Its bytes were archived.")
class SnapshotCaptured(OfFiling):
    kind = kinds.SnapshotCaptured

    @answer("The copy.")
    def snapshot(root: FiledEvent) -> SnapshotRef:
        return sources.Snapshot(event=root.value, asked=root.asked)


@strawberry.type(description="A stream begins.")
class SubjectOpened(OfFiling):
    kind = kinds.SubjectOpened

    @answer("Whose it is; of a person the record.")
    async def subject(root: FiledEvent, info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.about[0], root.asked, record=True)


@strawberry.type(description="Position 1: whose log this is.")
class LedgerOpened(OfFiling):
    kind = kinds.LedgerOpened

    @answer("The log's name.")
    def origin(root: FiledEvent) -> str:
        return _content(root, kinds.LedgerOpened).origin

    @answer("The time zone (IANA) in which bare days are read.")
    def zone(root: FiledEvent) -> str:
        return _content(root, kinds.LedgerOpened).zone


@strawberry.type(
    description="From the next position on, findings follow these rules; what was found before stays as found."
)
class RulesAdopted(OfFiling):
    kind = kinds.RulesAdopted

    @answer("Their version.")
    def rules(root: FiledEvent) -> str:
        return _content(root, kinds.RulesAdopted).rules


@strawberry.type(description="A key that signs checkpoints, as a C2SP vkey.")
class KeyAnnounced(OfFiling):
    kind = kinds.KeyAnnounced

    @answer("The key.")
    def verifier_key(root: FiledEvent) -> str:
        return _content(root, kinds.KeyAnnounced).verifier_key


@strawberry.type(description="A key that signs nothing from here on.")
class KeyRetired(OfFiling):
    kind = kinds.KeyRetired

    @answer("The key.")
    def verifier_key(root: FiledEvent) -> str:
        return _content(root, kinds.KeyRetired).verifier_key


FILINGS: tuple[type[OfFiling], ...] = (
    SourceRegistered,
    SnapshotCaptured,
    SubjectOpened,
    LedgerOpened,
    RulesAdopted,
    KeyAnnounced,
    KeyRetired,
)
Filed: TypeAlias = Annotated[
    Union[FILINGS],  # type: ignore[valid-type]  # noqa: UP007  # the union is these types, named once
    strawberry.union(
        "Filed", description="What was filed; named as the kinds in the log, and members will be added."
    ),
]

Filed_co = TypeVar("Filed_co", bound=kinds.Filing)


def _content(root: Shown[decoder.Event], sort: type[Filed_co]) -> Filed_co:
    content = root.value.content
    assert isinstance(content, sort), "the union chose the type by the content"
    return content


# --- from events to objects ---------------------------------------------------------------------------------


def object_of(event: decoder.Event, asked: Asked) -> Event:
    """The object of an event that may be seen."""
    entry = PublicEntry(
        position=event.position, event_id=event.event_id, recorded_at=event.recorded_at, leaf=event.leaf
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
    events = await request.events.load_many(list(positions))
    return [object_of(event, asked) if event is not None else None for event in events]


async def at_position(request: Request, position: int, asked: Asked) -> Event | None:
    """The entry at a position: whole, or what the log shows of it, or None beyond the end."""
    if (event := await request.events.load(position)) is not None:
        return object_of(event, asked)
    entry = await request.entries.load(position)
    return WithheldEvent(entry=entry, asked=asked) if entry is not None else None


async def by_event_id(request: Request, event_id: EventId | None, asked: Asked) -> Event | None:
    """The entry with that id, if it may be seen."""
    event = await request.events_by_id.load(event_id) if isinstance(event_id, str) else None
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


async def rulings_about(request: Request, keys: Iterable[SubjectKey]) -> list[decoder.Event]:
    """Every decision recorded about any of these subjects, oldest first."""
    wanted = [(key, _RULINGS) for key in sorted(set(keys))]
    positions = {
        position for found in await request.positions_of_kinds.load_many(wanted) for position in found
    }
    events = await request.events.load_many(sorted(positions))
    return [event for event in events if event is not None]


async def standing_rulings(request: Request, key: SubjectKey, sort: type[RulingSort]) -> list[RulingSort]:
    """What was ruled about a subject and not taken back, oldest first."""
    found = await rulings_about(request, [key])
    taken_back = _taken_back(found)
    return [
        event.content
        for event in found
        if isinstance(event.content, sort) and event.event_id not in taken_back
    ]


async def assessment_of(request: Request, key: SubjectKey, asked: Asked) -> Any:
    """The latest standing mark of a source or a party, as the API shows it."""
    return _assessment(await rulings_about(request, [key]), key, asked)


def _assessment(found: Sequence[decoder.Event], of: str, asked: Asked) -> Any:
    taken_back = _taken_back(found)
    marks = [
        event.content
        for event in found
        if isinstance(event.content, kinds.AssessmentRecorded)
        and of in (event.content.event, event.content.of)
        and event.event_id not in taken_back
    ]
    return Shown(marks[-1], asked) if marks else None


def _taken_back(rulings: Sequence[decoder.Event]) -> dict[EventId, decoder.Event]:
    """Which of the rulings do not stand, and by which: weighed from the last to the first, since targets are earlier (R16)."""
    fallen: dict[EventId, decoder.Event] = {}
    for event in reversed(rulings):
        content = event.content
        if (
            isinstance(content, kinds.ReportRetracted)
            and isinstance(content.event, str)
            and event.event_id not in fallen
        ):
            fallen.setdefault(content.event, event)
    return fallen


def _rules_on(ruling: decoder.Event, report: decoder.Event) -> bool:
    """Whether a decision is about a report: by its id, its source, or (if it is later) a party that it credits."""
    content, said = ruling.content, report.report
    match content:
        case kinds.ReportCorrected():
            return report.event_id in (content.report, content.corrected_to)
        case kinds.ReportRetracted() if content.event is None and said is not None:
            credited = {link.party for link in _standing(said.attribution)} - {None}
            later = ruling.position > report.position
            return content.source == said.source or (later and content.party in credited)
        case kinds.ReportRetracted() | kinds.AssessmentRecorded() | kinds.ValueRedacted():
            return content.event == report.event_id
        case kinds.MembershipJudged():
            return content.report == report.event_id
        case _:
            return False


async def _subject_of(request: Request, keys: Iterable[SubjectKey | None], asked: Asked) -> Node | None:
    for key in keys:
        row = await request.subject_rows.load(key) if isinstance(key, str) else None
        if row is not None:
            return subjects.object_of(row, asked)
    return None


class RuledAt(Shown[kinds.Decision]):
    """A ruling with the position of its decision."""

    __slots__ = ("position",)

    def __init__(self, value: kinds.Decision, asked: Asked, position: int) -> None:
        super().__init__(value, asked)
        self.position = position


def _decoded(entry: Event) -> decoder.Event:
    assert entry.event is not None, "a withheld entry has no content to ask for"
    return entry.event


Element = TypeVar("Element")


def _standing(elements: Iterable[Element | Erased]) -> list[Element]:
    """The elements of a list without those that were erased; of an erased list none."""
    if isinstance(elements, Erased):
        return []
    return [element for element in elements if not isinstance(element, Erased)]


def _without_gaps(entry: Event, content: kinds.Report | kinds.Decision) -> Any:
    """The content for an answer; None where a value was erased that its type cannot do without."""
    lost = {pointer.split("/", 2)[1] for pointer in _decoded(entry).erased}
    if lost & _needed(type(content)):
        return None
    return (
        RuledAt(content, entry.asked, entry.entry.position)
        if isinstance(content, kinds.Decision)
        else Shown(content, entry.asked)
    )


@cache
def _needed(kind: type[kinds.Entry]) -> frozenset[str]:
    """The fields of a kind whose types in the API are neither nullable nor lists."""
    shown_as = next(sort for sort in (*CLAIMS, *RULINGS) if sort.kind is kind)
    plain = {
        field.python_name
        for field in strawberry.types.get_object_definition(shown_as, strict=True).fields
        if not isinstance(field.type, strawberry.types.base.StrawberryContainer)
    }
    own = {field.name for field in msgspec.structs.fields(kind)}
    return frozenset(plain & own)
