"""One operation's context: its transaction, its viewer, and the moments that it asks about, each with the loaders of its own.

A loader gathers what all rows of one level ask for and asks the database once: the statements of an operation grow with its depth and with
the moments that it names, never with its rows. What was loaded is kept for the rest of the operation.

Absent on purpose: any other way to the database from a resolver.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Generic, TypeVar

import msgspec
import strawberry
from msgspec import Struct
from strawberry.dataloader import DataLoader

from app.api.clocks import NOW, Clocks, KnownAt
from app.api.masks import Masks
from app.snapshots import SnapshotArchive
from events.decoder import Event
from events.envelope import instant_text
from events.errors import CursorInvalid, MomentInvalid, NotYet, TooMuchAsked
from events.kinds import EventId, Position, StreamId, SubjectKey
from events.quantities import CountMeasure
from events.store import (
    EVERYTHING,
    KnownSubject,
    PublicEntry,
    Viewer,
    decoded,
    position_at,
    public_entries,
    read_by_ids,
    read_positions,
    subjects,
)
from projections import reads
from projections.builds import known_at
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.reads import Basis, Documented, Page, Row, Window
from projections.rows import SubjectRow, subject_rows
from projections.rulebook import RULEBOOKS, Rulebook

ROWS_MAX = 20_000
"""How many rows one operation may show, whatever its shape."""
MOMENTS_MAX = 30
"""How many moments one operation may name: each is read in statements of its own."""

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")


class Asked(Struct, frozen=True):
    """What an answer belongs to: the basis, and what the caller named of it."""

    basis: Basis
    clocks: Clocks = NOW

    @property
    def day(self) -> date:
        """The day asked about, today where none was named."""
        return self.basis.valid_on


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


class Moment:
    """The record as known at one moment, and the loaders by which resolvers read it: what was recorded later is not there.

    `basis` is about today.
    """

    def __init__(self, known: Known, *, basis: Basis, viewer: Viewer) -> None:
        self.known = known
        self.basis = basis
        self._viewer = viewer
        self.subject_rows: Batched[SubjectKey, SubjectRow | None] = Batched(
            partial(subject_rows, known), _none
        )
        self.streams: Batched[SubjectKey, KnownSubject | None] = Batched(self._read_streams, _none)
        self.findings: Batched[tuple[SubjectKey, Facet], tuple[Finding, ...]] = Batched(
            self._read_findings, tuple
        )
        self.findings_by_key: Batched[FindingKey, Finding | None] = Batched(
            partial(reads.findings_by_key, known), _none
        )
        self.events: Batched[int, Event | None] = Batched(self._read_positions, _none)
        self.events_by_id: Batched[str, Event | None] = Batched(self._read_ids, _none)
        self.entries: Batched[int, PublicEntry | None] = Batched(self._read_entries, _none)
        self.report_rows: Batched[int, Row | None] = Batched(self._read_report_rows, _none)
        self.pages: Batched[PageKey, Page] = Batched(self._read_pages, _no_page)
        self.groups_under: Batched[SubjectKey, tuple[SubjectKey, ...]] = Batched(
            partial(reads.groups_under, known), tuple
        )
        self.spellings: Batched[SubjectKey, tuple[str, ...]] = Batched(partial(reads.spellings, known), tuple)
        self.documented: Batched[DocumentedKey, Documented] = Batched(self._read_documented, Documented)
        self.positions_of_kinds: Batched[KindsKey, tuple[Position, ...]] = Batched(self._read_kinds, tuple)

    @property
    def _through(self) -> int:
        """The last position that is there."""
        return EVERYTHING if self.known.through is None else self.known.through

    def _read_streams(self, keys: Collection[SubjectKey]) -> dict[SubjectKey, KnownSubject]:
        return subjects(self.known.ledger, keys, viewer=self._viewer, through=self._through)

    def _read_findings(
        self, keys: Collection[tuple[SubjectKey, Facet]]
    ) -> dict[tuple[SubjectKey, Facet], tuple[Finding, ...]]:
        about, facets = {key for key, _ in keys}, {facet for _, facet in keys}
        found: dict[tuple[SubjectKey, Facet], list[Finding]] = {}
        for key, findings in reads.findings_of(self.known, about, facets).items():
            for finding in findings:
                found.setdefault((key, finding.facet), []).append(finding)
        return {key: tuple(findings) for key, findings in found.items()}

    def _read_positions(self, positions: Collection[int]) -> dict[int, Event]:
        stored = read_positions(self.known.ledger, self._recorded(positions), viewer=self._viewer)
        return self._told({position: decoded(event) for position, event in stored.items()})

    def _read_ids(self, event_ids: Collection[str]) -> dict[str, Event]:
        stored = read_by_ids(self.known.ledger, event_ids, viewer=self._viewer).values()
        there = {int(event.position): decoded(event) for event in stored if event.position <= self._through}
        return {event.event_id: event for event in self._told(there).values()}

    def _told(self, events: dict[int, Event]) -> dict[int, Event]:
        """The events without those reports that are left out of what was computed for this moment."""
        if not self.known.is_computed:
            return events
        reports = [position for position, event in events.items() if event.report is not None]
        left_out = set(reports) - set(self._read_report_rows(reports))
        return {position: event for position, event in events.items() if position not in left_out}

    def _read_entries(self, positions: Collection[int]) -> dict[int, PublicEntry]:
        found = public_entries(self.known.ledger, self._recorded(positions))
        return {int(position): entry for position, entry in found.items()}

    def _recorded(self, positions: Collection[int]) -> list[int]:
        return [position for position in positions if position <= self._through]

    def _read_report_rows(self, positions: Collection[int]) -> dict[int, Row]:
        found = reads.report_rows(self.known, positions)
        return {int(position): row for position, row in found.items()}

    def _read_pages(self, keys: Collection[PageKey]) -> dict[PageKey, Page]:
        owners: dict[tuple[Question, Window], list[str | int]] = {}
        for question, window, owner in keys:
            owners.setdefault((question, window), []).append(owner)
        found: dict[PageKey, Page] = {}
        for (question, window), mine in owners.items():
            pages = question.read(
                self.known, mine, *question.arguments, window=window, **dict(question.named)
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
            for act, found in reads.documented(self.known, mine, measure, day).items()
        }

    def _read_kinds(self, keys: Collection[KindsKey]) -> dict[KindsKey, tuple[Position, ...]]:
        by_kinds: dict[frozenset[str], list[SubjectKey]] = {}
        for key, kinds in keys:
            by_kinds.setdefault(kinds, []).append(key)
        return {
            (key, kinds): tuple(positions)
            for kinds, mine in by_kinds.items()
            for key, positions in reads.positions_of_kinds(
                self.known, mine, kinds, viewer=self._viewer
            ).items()
        }


class Stamp(Struct, frozen=True, array_like=True):
    """What a cursor keeps of the basis of its page, so that the next page has the same or none. `projected_through` is below `position` if
    findings lagged behind when the page was read."""

    position: Position
    projected_through: Position
    valid_on: date
    rules: str
    erasures: int


class Request:
    """The context of one operation. Not shared between operations or threads.

    `basis` and `known` are of the present; `now` is the ledger's clock. What the operation is about where a question names no clocks is
    `asked`: now and today, unless `clocks` say otherwise. Raises MomentInvalid or NotYet as `asked_for` does.
    """

    def __init__(
        self,
        known: Known,
        *,
        archive: SnapshotArchive,
        masks: Masks,
        viewer: Viewer,
        basis: Basis,
        now: datetime,
        clocks: Clocks = NOW,
        rulebooks: Mapping[str, Rulebook] = RULEBOOKS,
    ) -> None:
        self.archive = archive
        self.viewer = viewer
        self.rulebooks = rulebooks
        self.now = now
        self._masks = masks
        self._masks_read = False
        self._rows_left = ROWS_MAX
        self.present = Asked(basis)
        self._moments = {_place_of(basis): Moment(known, basis=basis, viewer=viewer)}
        self.asked = self.present
        self.asked = self.asked_for(clocks)

    def spend(self, rows: int) -> None:
        """Counts rows about to be shown. Raises TooMuchAsked where one operation asks for too many."""
        self._rows_left -= rows
        if self._rows_left < 0:
            raise TooMuchAsked(
                f"This operation asks for more than {ROWS_MAX} rows. Ask for fewer (`first`), or for less of each.",
                maximum=ROWS_MAX,
            )

    def text_of(self, text_sha256: str, snapshot: EventId) -> tuple[str, tuple[tuple[int, int], ...]]:
        """An archived text, and the spans of it that this viewer may not read: by all that is on record now, whatever was known when."""
        if not self._masks_read:
            self._masks.catch_up(self.at(self.present).known.ledger, self.present.basis.position)
            self._masks_read = True
        return self.archive.text_of(text_sha256), self._masks.of(snapshot, self.viewer)

    def at(self, asked: Asked) -> Moment:
        """The moment that an answer belongs to."""
        return self._moments[_place_of(asked.basis)]

    def position_of(self, known_at: KnownAt) -> Position:
        """The position that a moment means. Raises MomentInvalid for an instant in the future."""
        if isinstance(known_at.position, int):
            return Position(known_at.position)
        assert isinstance(known_at.instant, datetime), "one of the two is given"
        # A clock that was set back is behind what it has recorded: the ledger's own never is (I-5).
        now = max(self.now, self.present.basis.recorded_at or self.now)
        if known_at.instant > now:
            raise MomentInvalid(
                f"{instant_text(known_at.instant)} lies in the future: the ledger's clock says {instant_text(now)}. Leave `knownAt` out "
                "for what is known now."
            )
        return Position(position_at(self.at(self.present).known.ledger, known_at.instant))

    def asked_for(self, clocks: Clocks) -> Asked:
        """What an answer belongs to for which these clocks are named; of the others, what the operation is about.

        Raises MomentInvalid for a position that the ledger does not have, NotYet for one that findings have not come to.
        """
        named = clocks.over(self.asked.clocks)
        present = self.present.basis
        if (position := named.known_at) is None:
            return self._about(present, named)
        if not 0 <= position <= present.position:
            raise MomentInvalid(
                f"There is no position {position}: expected one from 0, the empty ledger, to {present.position}, the last.",
                position=position,
                size=present.position,
            )
        if position > present.projected_through:
            raise NotYet(
                f"Entry {position} is named, and findings have come to {present.projected_through}. Ask again in a moment."
            )
        return self._about(self._moment(position, projected_through=position).basis, named)

    def continued(self, asked: Asked, stamp: Stamp) -> Asked:
        """What the next page of a list belongs to: the basis that its cursor keeps. Raises CursorInvalid where that is gone, or another
        moment is named beside it."""
        named = asked.clocks.known_at
        if named is not None and named != stamp.position:
            raise CursorInvalid(
                f"This cursor is of position {stamp.position}, and {named} is asked for. Leave `knownAt` out, or take the first page again."
            )
        present = self.present.basis
        if stamp.position > present.position or not (
            0 <= stamp.projected_through <= min(stamp.position, present.projected_through)
        ):
            raise _gone(stamp, f"the ledger has come to position {present.position}")
        basis = self._moment(stamp.position, projected_through=stamp.projected_through).basis
        if stamp.erasures != basis.erasures:
            raise _gone(stamp, "values were erased since")
        if stamp.rules != basis.rules:
            raise _gone(stamp, f"the rules there are {basis.rules}, not {stamp.rules}")
        is_past = _place_of(basis) != _place_of(present)
        return self._about(
            basis,
            Clocks(
                known_at=stamp.position if is_past else named,
                valid_on=stamp.valid_on if stamp.valid_on != present.valid_on else asked.clocks.valid_on,
            ),
        )

    def _about(self, basis: Basis, named: Clocks) -> Asked:
        day = named.valid_on or self.present.basis.valid_on
        return Asked(msgspec.structs.replace(basis, valid_on=day), named)

    def _moment(self, position: Position, *, projected_through: Position) -> Moment:
        """The first `position` entries, and what is projected of the first `projected_through`."""
        found = self._moments.get((position, projected_through, None))
        if found is not None:
            return found
        if len(self._moments) > MOMENTS_MAX:
            raise TooMuchAsked(
                f"This operation names more than {MOMENTS_MAX} moments. Ask in several operations.",
                maximum=MOMENTS_MAX,
            )
        present = self.at(self.present).known
        rows = known_at(present.connection, projected_through)
        known = Known(
            present.connection,
            build=rows.build,
            position=rows.position,
            through=position,
            projected_through=projected_through,
        )
        today = self.present.basis
        basis = reads.basis(known, valid_on=today.valid_on, zone=today.zone)
        made = self._moments[_place_of(basis)] = Moment(known, basis=basis, viewer=self.viewer)
        return made


Info = strawberry.Info[Request, None]

Place = tuple[Position, Position, datetime | None]


def _place_of(basis: Basis) -> Place:
    """What tells one moment of an operation from another."""
    return basis.position, basis.projected_through, basis.available_by


def _gone(stamp: Stamp, why: str) -> CursorInvalid:
    return CursorInvalid(
        f"This cursor is of position {stamp.position}, and its page can no longer be continued: {why}. Ask for the first page again."
    )


def _none() -> None:
    return None


def _no_page() -> Page:
    return Page(rows=(), has_next=False, has_previous=False, total=0)
