"""Where it is written: archived copies, quotes with the sentence round them, and whom the words are credited to.

A passage is cut from the archived text, and what other eyes' reports cite in it is masked (`masks`).

Absent on purpose: the archived pages themselves, which are private by default and come with a door of their own.
"""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Private

from app.api import ids, subjects
from app.api.fields import answer
from app.api.masks import masked
from app.api.nodes import Node
from app.api.references import ListRef, PartyRef, SourceRef
from app.api.request import Asked, Info, Request
from app.api.values import ClaimedDate, Shown, shown
from events import citations, dates, kinds
from events.citations import CitationZone, passage_of, text_fragment_url
from events.decoder import Event
from events.errors import SnapshotMissing
from events.kinds import (
    AttributionRole,
    CaptureProblem,
    EventId,
    Relation,
    SnapshotCaptured,
    SubjectKey,
    kind_of,
)
from projections.context import SourceFacts
from projections.rows import SubjectRow

_CAPTURES = frozenset({kind_of(SnapshotCaptured)})


@strawberry.type(
    description="The bytes of a source as captured once, and the text taken from them. Neither ever changes."
)
class Snapshot(Node):
    event: Private[Event]
    asked: Private[Asked]

    def own_id(self) -> ID:
        """The event that captured it."""
        return ids.encode("Snapshot", self.event.event_id, clocks=self.asked.clocks)

    @property
    def content(self) -> SnapshotCaptured:
        """What the capture says."""
        assert isinstance(self.event.content, SnapshotCaptured), "a snapshot is a capture"
        return self.event.content

    @answer("Of which source.")
    async def source(self, info: Info) -> SourceRef | None:
        return await subjects.of_sort(info.context, self.event.about[0], subjects.Source, self.asked)

    @answer("When, by the clock of whoever captured it.")
    def captured_at(self) -> datetime:
        return datetime.fromisoformat(self.content.captured_at)

    @answer("Asked for, and reached; null: it came as a file.")
    def address_asked(self) -> str | None:
        return self.content.address_asked

    @answer("Reached, after redirections; null: it came as a file.")
    def address_reached(self) -> str | None:
        return self.content.address_reached

    @answer("SHA-256, hex, of the bytes.")
    def bytes_sha256(self) -> str:
        return self.content.bytes_sha256

    @answer("SHA-256, hex, of the text; null where none could be taken: see `problem`.")
    def text_sha256(self) -> str | None:
        return self.content.text_sha256

    @answer("Name and version of what took the text; null where none could be taken.")
    def extractor(self) -> str | None:
        return self.content.extractor

    @answer("Null: usable.")
    def problem(self) -> CaptureProblem | None:
        return self.content.problem


@strawberry.type(description="A quote that stands, character for character, in an archived text.")
class Citation:
    cited: Private[citations.Citation]
    asked: Private[Asked]

    @answer("The characters at [start, end) of the snapshot's text (W3C TextQuoteSelector `exact`).")
    def quote(self) -> str:
        return self.cited.exact

    @answer("The whole sentence round the quote; what is restricted in it is masked.")
    async def passage(self, info: Info) -> str:
        snapshot = await snapshot_of(info.context, EventId(self.cited.snapshot), self.asked)
        if snapshot is None or snapshot.content.text_sha256 is None:
            return self.cited.exact
        return _passage(info.context, self.cited, snapshot.content.text_sha256)

    @answer("Code points of the snapshot's text, NFC, from 0.")
    def start(self) -> int:
        return self.cited.start

    @answer("The first code point behind the quote.")
    def end(self) -> int:
        return self.cited.end

    @answer("A headline alone supports nothing.")
    def zone(self) -> CitationZone:
        return self.cited.zone

    @answer("The copy in which it stands.")
    async def snapshot(self, info: Info) -> Snapshot:
        snapshot = await snapshot_of(info.context, EventId(self.cited.snapshot), self.asked)
        if snapshot is None:
            raise SnapshotMissing("The copy that this quote stands in is not to be seen.")
        return snapshot

    @answer(
        "A link that scrolls to the quote on the live page, where it still stands. A convenience, not evidence."
    )
    async def live_url(self, info: Info) -> str | None:
        snapshot = await snapshot_of(info.context, EventId(self.cited.snapshot), self.asked)
        row = (
            await info.context.at(self.asked).subject_rows.load(snapshot.event.about[0])
            if snapshot is not None
            else None
        )
        url = row.facts.url if row is not None and isinstance(row.facts, SourceFacts) else None
        return text_fragment_url(url, self.cited.exact) if url is not None else None


def _passage(request: Request, cited: citations.Citation, text_sha256: str) -> str:
    text, hidden = request.text_of(text_sha256, EventId(cited.snapshot))
    passage = passage_of(text, cited.start, cited.end)
    return masked(passage.exact, passage.start, quote=(cited.start, cited.end), hidden=hidden)


@strawberry.type(description="One link of `A says that B says`.")
class Attribution:
    link: Private[kinds.Attribution]
    asked: Private[Asked]

    @answer("Null: a crowd, or nobody we know.")
    async def party(self, info: Info) -> PartyRef | None:
        return await subjects.party(info.context, self.link.party, self.asked)

    @answer("As named in the text.")
    def as_written(self) -> str:
        return self.link.as_written

    @answer("What the link does in the chain.")
    def role(self) -> AttributionRole:
        return self.link.role

    @answer("What they are to the subject, where the text says.")
    def relation(self) -> Relation | None:
        return self.link.relation

    @answer("What the source calls them, such as `pro-government`: its word, not ours.")
    def label(self) -> str | None:
        return self.link.label


@strawberry.type(
    description="One issue of a list. If its copy is unreadable, empty or misshapen, it ends nothing."
)
class Edition(Node):
    list_row: Private[SubjectRow]
    source_row: Private[SubjectRow]
    asked: Private[Asked]

    def own_id(self) -> ID:
        """The list and the source that is the edition."""
        return ids.encode("Edition", self.list_row.key, self.source_row.key, clocks=self.asked.clocks)

    @answer("Of which list.")
    def list(self) -> ListRef:
        return subjects.List(row=self.list_row, asked=self.asked)

    @answer("The title of the edition.")
    def label(self) -> str:
        return self.source_row.name or subjects.UNNAMED

    @answer("When it came out; null: not stated.", as_type=ClaimedDate | None)
    def issued(self) -> Shown[dates.ClaimedDate] | None:
        facts = self.source_row.facts
        return shown(facts.available, self.asked) if isinstance(facts, SourceFacts) else None

    @answer("The latest usable copy of it; null where there is none.")
    async def snapshot(self, info: Info) -> Snapshot | None:
        copies = await snapshots_of(info.context, self.source_row.key, self.asked)
        usable = [copy for copy in copies if copy.content.problem is None]
        return usable[-1] if usable else None


async def edition_of(
    request: Request, list_key: SubjectKey | None, source_key: SubjectKey | None, asked: Asked
) -> Edition | None:
    """The edition of a list that a source is; None where either is not to be seen."""
    of = await subjects.of_sort(request, list_key, subjects.List, asked)
    source = await subjects.of_sort(request, source_key, subjects.Source, asked)
    if of is None or source is None:
        return None
    return Edition(list_row=of.row, source_row=source.row, asked=asked)


async def snapshot_of(request: Request, event_id: EventId, asked: Asked) -> Snapshot | None:
    """The copy that an event captured; None where there is none to be seen."""
    event = await request.at(asked).events_by_id.load(event_id)
    captured = event is not None and isinstance(event.content, SnapshotCaptured)
    return Snapshot(event=event, asked=asked) if event is not None and captured else None


async def snapshots_of(request: Request, source: SubjectKey, asked: Asked) -> list[Snapshot]:
    """Every copy of a source, oldest first."""
    positions = await request.at(asked).positions_of_kinds.load((source, _CAPTURES))
    request.spend(len(positions))
    events = await request.at(asked).events.load_many(positions)
    return [Snapshot(event=event, asked=asked) for event in events if event is not None]
