"""A ledger that holds every kind, every field of each and every word of every vocabulary, recorded as a user would.

What a report file can give stands in `tests/data/every-kind/`. The rest is planned here and appended as the writer does it: sources
of each relation, captures that show nothing, erasures decided on and keys of the log, for which doors come later.

Nothing here depends on the machine: clock, ids and salts come from a seed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from app.ledger import Service, open_service
from app.recording import Outcome
from app.report_files import read_report_file
from app.settings import Settings
from events.commands import Command, Item, Opening, PlannedEvent, Recorded
from events.envelope import Draft, Entropy
from events.kinds import (
    ActorId,
    CaptureProblem,
    Entry,
    EventId,
    KeyAnnounced,
    KeyRetired,
    Recorder,
    SnapshotCaptured,
    SourceRegistered,
    SourceRelation,
    StreamId,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    ValueRedacted,
    Via,
)
from events.store import LEDGER_KEY
from tests.entropy import SeededEntropy

FOLDER: Final = Path(__file__).parent / "data" / "every-kind"
REPORTS_FILE: Final = FOLDER / "reports.yaml"
DECISIONS_FILE: Final = FOLDER / "decisions.yaml"
REPORTS_SET: Final = "tests/every-kind"
ORIGINAL: Final = SubjectKey("every-kind-original")
RELATED: Final = {
    relation: SubjectKey(f"every-kind-{relation.replace('_', '-')}")
    for relation in (
        SourceRelation.EDITION,
        SourceRelation.COPY,
        SourceRelation.HUMAN_TRANSLATION,
        SourceRelation.SUMMARY,
    )
}
"""Further sources, by what they are to the original; a report file registers one and its original."""

_VERIFIER_KEY: Final = "every-kind.example+1a2b3c4d+AXJlYWQgYXMgYSBrZXksIGFuZCBub25lIG9mIG91cnM="


@contextmanager
def recorded(folder: Path, url: str, *, inline: bool = True) -> Iterator[Service]:
    """The whole ledger in a migrated database, open until the block is left."""
    settings = Settings(data=folder / "data", database_url=url)
    with open_service(settings, recording=True, entropy=SeededEntropy(), inline=inline) as service:
        outcome = _record(service, REPORTS_FILE)
        described = outcome.receipts["K01"].event_ids[0]
        assert outcome.snapshot is not None
        planned = _Planned(service.entropy, service.actor)
        events = (
            *planned.related_sources(),
            *planned.decided_erasures(described, outcome.snapshot),
            *planned.keys(),
        )
        item = Item(key="planned", request_digest=hashlib.sha256(b"planned").digest(), events=events)
        command = Command(actor=service.actor, set_name=f"{REPORTS_SET}/planned", items=(item,))
        done = service.writer.submit(command).result()
        assert isinstance(done, Recorded), done
        _record(service, DECISIONS_FILE)
        yield service


def _record(service: Service, path: Path) -> Outcome:
    file = read_report_file(path)
    return service.recorder.record(file.request, actor=service.actor, mistakes=file.mistakes)


class _Planned:
    """Events that no report file can give."""

    def __init__(self, entropy: Entropy, actor: ActorId) -> None:
        self._entropy = entropy
        self._common: dict[str, Any] = {
            "schema": 1,
            "streams": (),
            "recorded_by": actor,
            "batch": entropy.random_id(),
        }

    def related_sources(self) -> Iterator[PlannedEvent]:
        """A source of each further relation to the original, and captures of one that show nothing."""
        for relation, key in RELATED.items():
            yield self._opening(key)
            registered = SourceRegistered(
                title=f"Amnesty reaches the Old Mill: {relation}",
                relation=relation,
                original=ORIGINAL,
                **self._common,
            )
            yield self._event(registered, key)
        yield from self._captures(RELATED[SourceRelation.COPY])

    def _captures(self, key: SubjectKey) -> Iterator[PlannedEvent]:
        caused_by: EventId | None = None
        for problem in CaptureProblem:
            captured = SnapshotCaptured(
                captured_at="2031-06-18T00:00:00.000000Z",
                bytes_sha256=hashlib.sha256(problem.encode()).hexdigest(),
                media_type="application/octet-stream",
                address_asked="https://gazette.example/old-mill",
                address_reached="https://gazette.example/gone",
                problem=problem,
                caused_by=caused_by,
                via=Via(by=Recorder.HUMAN),
                **self._common,
            )
            event = self._event(captured, key)
            caused_by = EventId(event.draft.event_id)
            yield event

    def decided_erasures(self, described: EventId, snapshot: EventId) -> Iterator[PlannedEvent]:
        """Decisions to erase two names of a person, and a whole snapshot. Nothing is erased by them here."""
        common = {
            "reason": "Asked for by the person.",
            "legal_basis": "a law on data",
            "authority": "an officer",
            **self._common,
        }
        names = ValueRedacted(event=described, pointers=("/names/1", "/names/3"), **common)
        yield self._event(names, SubjectKey("every-osk"))
        yield self._event(ValueRedacted(snapshot=snapshot, **common), SubjectKey("every-kind-translated"))

    def keys(self) -> Iterator[PlannedEvent]:
        """A key of the log, announced and retired."""
        for kind in (KeyAnnounced, KeyRetired):
            yield self._event(kind(verifier_key=_VERIFIER_KEY, **self._common), LEDGER_KEY)

    def _opening(self, key: SubjectKey) -> PlannedEvent:
        subject = Subject(key=key, sort=SubjectSort.SOURCE)
        opens = Opening(subject=subject, stream_id=StreamId(self._entropy.random_id()))
        return self._event(SubjectOpened(subject=subject, **self._common), key, opens=opens)

    def _event(self, entry: Entry, key: SubjectKey, *, opens: Opening | None = None) -> PlannedEvent:
        content = {**msgspec.to_builtins(entry), "schema": entry.latest_schema}
        del content["streams"]
        draft = Draft(content, stream_count=1, entropy=self._entropy)
        return PlannedEvent(draft=draft, subjects=(key,), opens=opens)
