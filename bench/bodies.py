"""What the benchmarks record: releases of distinct people, each with its citation and a chain of attribution.

A release has 12 units, its place in its stream included. The requests are made beforehand; drafting, salting and digesting them is part
of recording and is timed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

import msgspec
from msgspec import Struct

from events.citations import Citation
from events.commands import Command, Item, Opening, PlannedEvent, Recorded, Replan
from events.dates import ClaimedDate, Derivation
from events.envelope import Content, Draft, Entropy, canonical
from events.kinds import (
    ActorId,
    Attribution,
    AttributionRole,
    DetentionReported,
    Entry,
    EventId,
    Relation,
    ReleasedFrom,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    ReportRetracted,
    RetractionGround,
    SourceRegistered,
    StreamId,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
)
from events.numbering import Ground, number
from events.texts import WrittenText

ACTOR = ActorId("a" * 32)
BATCH = "b" * 32
SNAPSHOT = EventId("01890000-0000-7000-8000-000000000000")
OUTLET = Subject(key=SubjectKey("outlet"), sort=SubjectSort.PARTY)
LAWYER = Subject(key=SubjectKey("lawyer"), sort=SubjectSort.PARTY)
SOURCE = Subject(key=SubjectKey("report-of-december"), sort=SubjectSort.SOURCE)
RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

Row = tuple[object, ...]
"""An event as one row: position, stream, version, event id, kind, visibility, instant, body, leaf, content, salts."""


class Request(Struct, frozen=True):
    """What somebody asks to record about a subject, under a key of his own; `opens` where the subject is new."""

    key: str
    subject: Subject
    content: Content
    opens: bool = False


class Population:
    """People, a source and two parties, and a stream without end of requests about them."""

    def __init__(self, people: int, *, source: Subject = SOURCE, named: str = "person") -> None:
        self.people = tuple(
            Subject(key=SubjectKey(f"{named}-{index:05}"), sort=SubjectSort.PERSON) for index in range(people)
        )
        self._source = source
        self._releases = map(self._release, count())

    def openings(self) -> list[Request]:
        """What must be recorded before any release."""
        return [*map(_opening, (OUTLET, LAWYER)), *self.own_openings()]

    def own_openings(self) -> list[Request]:
        """The same without the parties, which another population may have opened."""
        source = SourceRegistered(
            title="A report of December",
            publisher=OUTLET.key,
            available=ClaimedDate(edtf="2025-12-23", derivation=Derivation.STATED),
            schema=SourceRegistered.latest_schema,
            streams=(),
            recorded_by=ACTOR,
            batch=BATCH,
        )
        return [
            *map(_opening, (self._source, *self.people)),
            Request(f"registration of {self._source.key}", self._source, content_of(source)),
        ]

    def detentions(self) -> list[Request]:
        """A detention of everybody, long before any release."""
        day = ClaimedDate(edtf="2023-05-03", derivation=Derivation.STATED)
        return [
            Request(
                f"detention of {person.key}",
                person,
                content_of(DetentionReported(claimed=day, **self._said(f"{person.key} was detained", index))),
            )
            for index, person in enumerate(self.people)
        ]

    def releases(self, wanted: int) -> list[Request]:
        """The next requests: a release each, of one person after another."""
        return list(islice(self._releases, wanted))

    def _release(self, index: int) -> Request:
        person = self.people[index % len(self.people)]
        day = f"2025-12-{22 + index % 9}"
        exact = (
            f"Kənan Nümunəzadə the {index}th was let out of the colony on {day} and met by his family at its gate, "
            "his lawyer told the paper, who had waited there with them since the morning"
        )
        release = ReleaseReported(
            released_by=ReleaseMechanism.AMNESTY,
            released_from=ReleasedFrom.PRISON,
            released_to=ReleasedTo.LIBERTY,
            claimed=ClaimedDate(edtf=day, derivation=Derivation.STATED, as_written=day),
            **self._said(exact, index),
        )
        return Request(f"release {index} of {person.key}", person, content_of(release))

    def _said(self, exact: str, index: int) -> dict[str, Any]:
        """The fields that every report has."""
        lawyer = Attribution(
            as_written="his lawyer",
            role=AttributionRole.SAYS,
            party=LAWYER.key,
            relation=Relation.LAWYER,
        )
        return {
            "source": self._source.key,
            "citations": (
                Citation(snapshot=SNAPSHOT, exact=exact, start=300 + index, end=300 + index + len(exact)),
            ),
            "attribution": (lawyer,),
            "schema": ReleaseReported.latest_schema,
            "streams": (),
            "recorded_by": ACTOR,
            "batch": BATCH,
        }


def retraction(key: str, **target: str) -> Request:
    """A request that takes something back, filed under the source."""
    retracted = ReportRetracted(
        ground=RetractionGround.PUBLISHER,
        reason="a benchmark",
        schema=ReportRetracted.latest_schema,
        streams=(),
        recorded_by=ACTOR,
        batch=BATCH,
        **target,  # type: ignore[arg-type]  # keys and ids are strings
    )
    return Request(key, SOURCE, content_of(retracted))


def _opening(subject: Subject) -> Request:
    return Request(f"opening of {subject.key}", subject, _opened(subject), True)


def _opened(subject: Subject) -> Content:
    name = WrittenText(as_written=f"Nümunə {subject.key}", language="az")
    return content_of(
        SubjectOpened(
            subject=subject,
            name=name,
            schema=SubjectOpened.latest_schema,
            streams=(),
            recorded_by=ACTOR,
            batch=BATCH,
        )
    )


def content_of(entry: Entry) -> Content:
    """What is recorded of an entry."""
    content: dict[str, object] = msgspec.to_builtins(entry)
    del content["streams"]
    return content


def command_of(requests: Iterable[Request], entropy: Entropy) -> Command:
    """The command that a recorder would make of these requests."""
    return Command(
        actor=ACTOR, set_name="bench", items=tuple(_item(request, entropy) for request in requests)
    )


def _item(request: Request, entropy: Entropy) -> Item:
    draft = Draft(request.content, stream_count=1, entropy=entropy)
    opens = None
    if request.opens:
        opens = Opening(subject=request.subject, stream_id=StreamId(entropy.random_id()))
    event = PlannedEvent(draft=draft, subjects=(request.subject.key,), opens=opens)
    digest = hashlib.sha256(canonical(request.content)).digest()
    return Item(key=request.key, request_digest=digest, events=(event,))


def expect_recorded(outcome: Recorded | Replan, events: int) -> None:
    """Returns if the ledger took so many events in."""
    assert isinstance(outcome, Recorded), f"not recorded: {outcome}"
    recorded = sum(receipt.last_position - receipt.first_position + 1 for receipt in outcome.receipts)
    assert events == recorded, f"{recorded} events recorded, expected {events}"


class Rows:
    """The very rows of requests, numbered and sealed in memory, for the raw database to store."""

    def __init__(self, population: Population, entropy: Entropy) -> None:
        self._entropy = entropy
        self._ground = Ground(ledger=entropy.random_id(), size=0, known={}, sorts={}, tips={})
        self.of(population.openings())

    def of(self, requests: Sequence[Request]) -> list[Row]:
        """A row for each request, after those of earlier calls."""
        numbered = number([command_of(requests, self._entropy)], self._ground, recorded_at=RECORDED_AT)
        self._ground.size += len(numbered.events)
        self._ground.known.clear()  # the same requests may be asked for again
        return list(_joined(numbered.events, numbered.contents, numbered.event_streams))


def _joined(events: Sequence[Row], contents: Sequence[Row], places: Sequence[Row]) -> Iterator[Row]:
    for event, content, place in zip(events, contents, places, strict=True):
        yield event[0], place[0], place[1], *event[1:], *content[1:]
