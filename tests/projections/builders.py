"""Small things to fold: reports at a position, decisions about them, and a context that knows what it is told.

Every report has a body citation and comes from `source-1` of the identified outlet `outlet-1`, unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

import msgspec

from events.citations import Citation, CitationZone
from events.dates import ClaimedDate, Derivation
from events.decoder import Erased, Event
from events.envelope import Pointer
from events.kinds import (
    ActorId,
    Attribution,
    AttributionRole,
    Entry,
    EventId,
    OrderRelation,
    Position,
    Report,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    StatedOrder,
    StreamId,
    StreamPlace,
    SubjectKey,
)
from events.terms import Term
from events.texts import WrittenText
from projections.context import ActFacts, GroupFacts, PartyFacts, SourceFacts
from projections.evidence import fallen_by

PERSON = SubjectKey("person-1")
SOURCE = SubjectKey("source-1")
OUTLET = SubjectKey("outlet-1")
ACT = SubjectKey("act-1")

E = TypeVar("E", bound=Entry)
R = TypeVar("R", bound=Report)


def day(text: str) -> date:
    """A calendar day, such as `2025-12-22`."""
    return date.fromisoformat(text)


def on(edtf: str, *, derivation: Derivation = Derivation.STATED) -> ClaimedDate:
    """A claimed date."""
    return ClaimedDate(edtf=edtf, derivation=derivation)


def written(text: str) -> WrittenText:
    """Words as a source wrote them."""
    return WrittenText(as_written=text)


def term(duration: str) -> Term:
    """A term, such as `P5Y`."""
    return Term(as_written=duration, duration=duration)


def event_id(position: int) -> EventId:
    """The id of the event at a position."""
    return EventId(f"event-{position}")


def cited(*, zone: CitationZone = CitationZone.BODY) -> Citation:
    """A quote in a body, or where it is said to be."""
    return Citation(snapshot="snapshot-1", exact="words", start=0, end=5, zone=zone)


def link(party: str | None, *, role: AttributionRole = AttributionRole.SAYS) -> Attribution:
    """One link of a chain; None for a crowd."""
    return Attribution(as_written=party or "officials", role=role, party=SubjectKey(party) if party else None)


def after(position: int) -> StatedOrder:
    """After the report at a position."""
    return StatedOrder(relation=OrderRelation.AFTER, report=event_id(position))


def event(
    position: int, content: Entry, *, about: str = PERSON, erased: Mapping[str, int] | None = None
) -> Event:
    """An event at a position. `erased` maps JSON Pointers to the position of the decision."""
    return Event(
        position=Position(position),
        event_id=event_id(position),
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=position),
        about=(SubjectKey(about),),
        leaf=b"",
        content=content,
        erased={Pointer(pointer): Erased(Position(by)) for pointer, by in (erased or {}).items()},
    )


def report(kind: type[R], position: int, *, about: str = PERSON, **fields: object) -> Event:
    """A report at a position; `source` is a plain string, everything else as in the kind."""
    stored = {"citations": (cited(),), "source": SOURCE, **fields}
    return event(position, made(kind, **stored), about=about)


def retraction(
    position: int, *, of: int | None = None, source: str | None = None, party: str | None = None
) -> Event:
    """A retraction of the event at a position, of a source, or of a party."""
    content = made(
        ReportRetracted,
        reason="test",
        ground=RetractionGround.OURS,
        event=event_id(of) if of is not None else None,
        source=SubjectKey(source) if source else None,
        party=SubjectKey(party) if party else None,
    )
    return event(position, content)


def correction(position: int, *, of: int, to: int) -> Event:
    """A correction that replaces the report at one position by that at another."""
    content = made(ReportCorrected, reason="test", report=event_id(of), corrected_to=event_id(to))
    return event(position, content)


def made(kind: type[E], **fields: object) -> E:
    """A content with what every event carries and no fold reads."""
    place = StreamPlace(id=StreamId("stream-1"), version=1)
    common = {"schema": 1, "streams": (place,), "recorded_by": ActorId("actor-1"), "batch": "batch-1"}
    return kind(**cast("dict[str, Any]", common | fields))


class KnownContext:
    """A context of what it was given; it knows `source-1` of `outlet-1`, and any other `source-N` of `outlet-N`.

    Sources and parties that are taken back among the events `decided` have fallen.
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, SourceFacts] | None = None,
        parties: Mapping[str, PartyFacts] | None = None,
        acts: Mapping[str, ActFacts] | None = None,
        groups: Mapping[str, GroupFacts] | None = None,
        available: str | None = None,
        decided: Sequence[Event] = (),
    ) -> None:
        self._sources = sources or {}
        self._parties = parties or {}
        self._acts = acts or {}
        self._groups = groups or {}
        self._available = on(available, derivation=Derivation.INFERRED) if available else None
        self._decided = decided

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """What was given, else an original of the outlet with the same number."""
        if (facts := self._sources.get(key)) is None:
            publisher = SubjectKey(key.replace("source", "outlet"))
            facts = SourceFacts(title=key, publisher=publisher, available=self._available)
        return msgspec.structs.replace(facts, fallen_by=fallen_by(key, self._decided))

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """What was given, else an identified party."""
        facts = self._parties.get(key, PartyFacts(name=key))
        return msgspec.structs.replace(facts, fallen_by=fallen_by(key, self._decided))

    def act(self, key: SubjectKey) -> ActFacts | None:
        """What was given, else nothing."""
        return self._acts.get(key)

    def group(self, key: SubjectKey) -> GroupFacts | None:
        """What was given, else nothing."""
        return self._groups.get(key)

    def name_of(self, key: SubjectKey) -> str | None:
        """The name of a given act, else the key."""
        facts = self._acts.get(key)
        return facts.name if facts is not None and facts.name else key
