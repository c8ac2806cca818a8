"""What the benchmarks record: releases of distinct people, each with its citation and a chain of attribution.

A release has 12 units, its place in its stream included. The requests are made beforehand; drafting, salting and digesting them is part
of recording and is timed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import count, islice

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
    Entry,
    EventId,
    Relation,
    ReleasedFrom,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
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

    def __init__(self, people: int) -> None:
        self.people = tuple(
            Subject(key=SubjectKey(f"person-{index:05}"), sort=SubjectSort.PERSON) for index in range(people)
        )
        self._releases = map(self._release, count())

    def openings(self) -> list[Request]:
        """What must be recorded before any release."""
        source = SourceRegistered(
            title="A report of December",
            publisher=OUTLET.key,
            available=ClaimedDate(edtf="2025-12-23", derivation=Derivation.STATED),
            schema=SourceRegistered.latest_schema,
            streams=(),
            recorded_by=ACTOR,
            batch=BATCH,
        )
        subjects = (OUTLET, LAWYER, SOURCE, *self.people)
        return [
            *(Request(f"opening of {subject.key}", subject, _opened(subject), True) for subject in subjects),
            Request("source", SOURCE, _content(source)),
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
            source=SOURCE.key,
            claimed=ClaimedDate(edtf=day, derivation=Derivation.STATED, as_written=day),
            citations=(
                Citation(snapshot=SNAPSHOT, exact=exact, start=300 + index, end=300 + index + len(exact)),
            ),
            attribution=(
                Attribution(
                    as_written="his lawyer",
                    role=AttributionRole.SAYS,
                    party=LAWYER.key,
                    relation=Relation.LAWYER,
                ),
            ),
            schema=ReleaseReported.latest_schema,
            streams=(),
            recorded_by=ACTOR,
            batch=BATCH,
        )
        return Request(f"release {index}", person, _content(release))


def _opened(subject: Subject) -> Content:
    name = WrittenText(as_written=f"Nümunə {subject.key}", language="az")
    return _content(
        SubjectOpened(
            subject=subject,
            name=name,
            schema=SubjectOpened.latest_schema,
            streams=(),
            recorded_by=ACTOR,
            batch=BATCH,
        )
    )


def _content(entry: Entry) -> Content:
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
