"""One operation's context: its transaction, its basis, its viewer, and the loaders by which resolvers read.

A loader gathers what all rows of one level ask for and asks the database once: the statements of an operation grow with its depth, never
with its rows. What was loaded is kept for the rest of the operation.

Absent on purpose: any other way to the database from a resolver.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Generic, TypeVar

import msgspec
import strawberry
from msgspec import Struct
from sqlalchemy import Connection
from strawberry.dataloader import DataLoader

from app.api.masks import Masks
from app.snapshots import SnapshotArchive
from events.decoder import Event
from events.errors import TooMuchAsked
from events.kinds import EventId, Position, StreamId, SubjectKey
from events.quantities import CountMeasure
from events.store import (
    KnownSubject,
    PublicEntry,
    StoredEvent,
    Viewer,
    decoded,
    public_entries,
    read_by_ids,
    read_positions,
    subjects,
)
from projections import reads
from projections.findings import Facet, Finding
from projections.reads import Basis, Documented, FindingKey, Page, Row, Window
from projections.rows import SubjectRow, subject_rows

ROWS_MAX = 20_000
"""How many rows one operation may show, whatever its shape."""

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")


class Asked(Struct, frozen=True):
    """What an answer belongs to: the basis, and the day where the caller named one."""

    basis: Basis
    on: date | None = None

    @property
    def day(self) -> date:
        """The day asked about, today where none was named."""
        return self.basis.valid_on

    def for_day(self, day: date | None) -> Asked:
        """The same for a day that the caller names; unchanged where he names none."""
        return self if day is None else Asked(msgspec.structs.replace(self.basis, valid_on=day), day)


class Question(Struct, frozen=True):
    """One list that many rows have: asked once for all of them. `read` reads the pages of a window, by owner; `arguments` are what it takes
    beside them, and tell one question from another."""

    read: Callable[..., Mapping[SubjectKey, Page] | Mapping[StreamId, Page] | Mapping[int, Page]]
    arguments: tuple[Hashable, ...] = ()
    named: tuple[tuple[str, Hashable], ...] = ()


PageKey = tuple[Question, Window, str | int]
DocumentedKey = tuple[SubjectKey, CountMeasure, date]
KindsKey = tuple[SubjectKey, frozenset[str]]


class Batched(Generic[Key, Loaded]):
    """A loader over a function that reads many keys at once; a key without an answer gives what `missing` makes of it."""

    def __init__(
        self,
        read: Callable[[Collection[Key]], Mapping[Key, Loaded]],
        missing: Callable[[], Loaded],
    ) -> None:
        async def load(keys: list[Key]) -> Sequence[Loaded]:
            found = read(keys)
            return [found[key] if key in found else missing() for key in keys]

        self._loader: DataLoader[Key, Loaded] = DataLoader(load_fn=load)

    async def load(self, key: Key) -> Loaded:
        """What one key has."""
        return await self._loader.load(key)

    async def load_many(self, keys: Collection[Key]) -> list[Loaded]:
        """What each key has, in the order of the keys."""
        return await self._loader.load_many(keys)


class Request:
    """The context of one operation. Not shared between operations or threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        archive: SnapshotArchive,
        masks: Masks,
        viewer: Viewer,
        basis: Basis,
    ) -> None:
        self.connection = connection
        self.archive = archive
        self.viewer = viewer
        self.asked = Asked(basis)
        self._masks = masks
        self._masks_read = False
        self._rows_left = ROWS_MAX
        self.subject_rows: Batched[SubjectKey, SubjectRow | None] = Batched(
            partial(subject_rows, connection), _none
        )
        self.streams: Batched[SubjectKey, KnownSubject | None] = Batched(self._read_streams, _none)
        self.findings: Batched[tuple[SubjectKey, Facet], tuple[Finding, ...]] = Batched(
            self._read_findings, tuple
        )
        self.findings_by_key: Batched[FindingKey, Finding | None] = Batched(
            partial(reads.findings_by_key, connection), _none
        )
        self.events: Batched[int, Event | None] = Batched(self._read_positions, _none)
        self.events_by_id: Batched[str, Event | None] = Batched(self._read_ids, _none)
        self.entries: Batched[int, PublicEntry | None] = Batched(self._read_entries, _none)
        self.report_rows: Batched[int, Row | None] = Batched(self._read_report_rows, _none)
        self.pages: Batched[PageKey, Page] = Batched(self._read_pages, _no_page)
        self.groups_under: Batched[SubjectKey, tuple[SubjectKey, ...]] = Batched(
            partial(reads.groups_under, connection), tuple
        )
        self.spellings: Batched[SubjectKey, tuple[str, ...]] = Batched(
            partial(reads.spellings, connection), tuple
        )
        self.documented: Batched[DocumentedKey, Documented] = Batched(self._read_documented, Documented)
        self.positions_of_kinds: Batched[KindsKey, tuple[Position, ...]] = Batched(self._read_kinds, tuple)

    def spend(self, rows: int) -> None:
        """Counts rows about to be shown. Raises TooMuchAsked where one operation asks for too many."""
        self._rows_left -= rows
        if self._rows_left < 0:
            raise TooMuchAsked(
                f"This operation asks for more than {ROWS_MAX} rows. Ask for fewer (`first`), or for less of each.",
                maximum=ROWS_MAX,
            )

    def text_of(self, text_sha256: str, snapshot: EventId) -> tuple[str, tuple[tuple[int, int], ...]]:
        """An archived text, and the spans of it that this viewer may not read."""
        if not self._masks_read:
            self._masks.catch_up(self.connection, self.asked.basis.position)
            self._masks_read = True
        return self.archive.text_of(text_sha256), self._masks.of(snapshot, self.viewer)

    def _read_streams(self, keys: Collection[SubjectKey]) -> dict[SubjectKey, KnownSubject]:
        return subjects(self.connection, keys, viewer=self.viewer)

    def _read_findings(
        self, keys: Collection[tuple[SubjectKey, Facet]]
    ) -> dict[tuple[SubjectKey, Facet], tuple[Finding, ...]]:
        about, facets = {key for key, _ in keys}, {facet for _, facet in keys}
        found: dict[tuple[SubjectKey, Facet], list[Finding]] = {}
        for key, findings in reads.findings_of(self.connection, about, facets).items():
            for finding in findings:
                found.setdefault((key, finding.facet), []).append(finding)
        return {key: tuple(findings) for key, findings in found.items()}

    def _read_positions(self, positions: Collection[int]) -> dict[int, Event]:
        stored = read_positions(self.connection, positions, viewer=self.viewer)
        return {position: decoded(event) for position, event in stored.items()}

    def _read_entries(self, positions: Collection[int]) -> dict[int, PublicEntry]:
        found = public_entries(self.connection, positions)
        return {int(position): entry for position, entry in found.items()}

    def _read_report_rows(self, positions: Collection[int]) -> dict[int, Row]:
        found = reads.report_rows(self.connection, positions)
        return {int(position): row for position, row in found.items()}

    def _read_ids(self, event_ids: Collection[str]) -> dict[str, Event]:
        stored: Mapping[EventId, StoredEvent] = read_by_ids(self.connection, event_ids, viewer=self.viewer)
        return {event_id: decoded(event) for event_id, event in stored.items()}

    def _read_pages(self, keys: Collection[PageKey]) -> dict[PageKey, Page]:
        owners: dict[tuple[Question, Window], list[str | int]] = {}
        for question, window, owner in keys:
            owners.setdefault((question, window), []).append(owner)
        found: dict[PageKey, Page] = {}
        for (question, window), mine in owners.items():
            pages = question.read(
                self.connection, mine, *question.arguments, window=window, **dict(question.named)
            )
            found |= {(question, window, owner): page for owner, page in pages.items()}
        return found

    def _read_documented(self, keys: Collection[DocumentedKey]) -> dict[DocumentedKey, Documented]:
        acts: dict[tuple[CountMeasure, date], list[SubjectKey]] = {}
        for act, measure, day in keys:
            acts.setdefault((measure, day), []).append(act)
        return {
            (act, measure, day): found
            for (measure, day), mine in acts.items()
            for act, found in reads.documented(self.connection, mine, measure, day).items()
        }

    def _read_kinds(self, keys: Collection[KindsKey]) -> dict[KindsKey, tuple[Position, ...]]:
        by_kinds: dict[frozenset[str], list[SubjectKey]] = {}
        for key, kinds in keys:
            by_kinds.setdefault(kinds, []).append(key)
        return {
            (key, kinds): tuple(positions)
            for kinds, mine in by_kinds.items()
            for key, positions in reads.positions_of_kinds(
                self.connection, mine, kinds, viewer=self.viewer
            ).items()
        }


Info = strawberry.Info[Request, None]


def _none() -> None:
    return None


def _no_page() -> Page:
    return Page(rows=(), has_next=False, has_previous=False, total=0)
