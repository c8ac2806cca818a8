"""Moments: the record as known at one, and the loaders by which resolvers read it.

A loader gathers what all rows of one level ask for and asks the database once. What was loaded is kept for the rest of the operation.

What could be read by a day is worked out for one subject after another, when something is asked about it: `ReadableMoment`.

Absent on purpose: which moment a question means (`app.api.request`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct
from strawberry.dataloader import DataLoader

from events.decoder import Event
from events.errors import RequestInvalid, TooMuchAsked
from events.kinds import Position, SubjectKey
from events.quantities import CountMeasure
from events.store import (
    EVERYTHING,
    KnownSubject,
    PublicEntry,
    Viewer,
    decoded,
    public_entries,
    read_by_ids,
    read_positions,
    subjects,
)
from projections import reads
from projections.computed import readable
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.reads import Basis, Documented, Page, Row, Window
from projections.rows import SubjectRow, subject_rows
from projections.rulebook import Rulebook

READABLE_MAX: Final = 200
"""For how many subjects one operation has worked out what could be read by a day."""
_OF_MANY: Final = (reads.reports_crediting, reads.prisoners_in, reads.reports_fallen_by)

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")


class Question(Struct, frozen=True):
    """One list that many rows have: asked once for all of them. `read` reads the pages of a window, by owner; `arguments` are what it takes
    beside them, and tell one question from another."""

    read: Callable[..., Mapping[Any, Page]]
    arguments: tuple[Hashable, ...] = ()
    named: tuple[tuple[str, Hashable], ...] = ()


PageKey = tuple[Question, Window, str | int, SubjectKey]
"""With the subject that the list is about, or among whose reports it lies."""
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
        self.viewer = viewer
        self.subject_rows: Batched[SubjectKey, SubjectRow | None] = Batched(
            partial(subject_rows, known), _none
        )
        self.streams: Batched[SubjectKey, KnownSubject | None] = Batched(self._read_streams, _none)
        self.findings: Batched[tuple[SubjectKey, Facet], tuple[Finding, ...]] = Batched(
            self._read_findings, tuple
        )
        self.findings_by_key: Batched[FindingKey, Finding | None] = Batched(self._read_findings_by_key, _none)
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

    def _by_subject(
        self, keys: Iterable[Key], _subject: Callable[[Key], SubjectKey]
    ) -> Iterable[tuple[Known, Sequence[Key]]]:
        """Where what is projected of each key's subject is read."""
        return [(self.known, list(keys))]

    def _told(self, events: dict[int, Event]) -> dict[int, Event]:
        """The events without those that are left out at this moment."""
        return events

    @property
    def _through(self) -> int:
        """The last position that is there."""
        return EVERYTHING if self.known.through is None else self.known.through

    def _recorded(self, positions: Collection[int]) -> list[int]:
        return [position for position in positions if position <= self._through]

    def _read_streams(self, keys: Collection[SubjectKey]) -> dict[SubjectKey, KnownSubject]:
        return subjects(self.known.ledger, keys, viewer=self.viewer, through=self._through)

    def _read_findings(
        self, keys: Collection[tuple[SubjectKey, Facet]]
    ) -> dict[tuple[SubjectKey, Facet], tuple[Finding, ...]]:
        found: dict[tuple[SubjectKey, Facet], list[Finding]] = {}
        for known, mine in self._by_subject(keys, itemgetter(0)):
            about, facets = {key for key, _ in mine}, {facet for _, facet in mine}
            for key, findings in reads.findings_of(known, about, facets).items():
                for finding in findings:
                    found.setdefault((key, finding.facet), []).append(finding)
        return {key: tuple(findings) for key, findings in found.items()}

    def _read_findings_by_key(self, keys: Collection[FindingKey]) -> dict[FindingKey, Finding]:
        found: dict[FindingKey, Finding] = {}
        for known, mine in self._by_subject(keys, itemgetter(0)):
            found |= reads.findings_by_key(known, mine)
        return found

    def _read_positions(self, positions: Collection[int]) -> dict[int, Event]:
        return self._told(self._events_at(positions))

    def _events_at(self, positions: Collection[int]) -> dict[int, Event]:
        stored = read_positions(self.known.ledger, self._recorded(positions), viewer=self.viewer)
        return {position: decoded(event) for position, event in stored.items()}

    def _read_ids(self, event_ids: Collection[str]) -> dict[str, Event]:
        stored = read_by_ids(self.known.ledger, event_ids, viewer=self.viewer).values()
        there = {int(event.position): decoded(event) for event in stored if event.position <= self._through}
        return {event.event_id: event for event in self._told(there).values()}

    def _read_entries(self, positions: Collection[int]) -> dict[int, PublicEntry]:
        found = public_entries(self.known.ledger, self._recorded(positions))
        return {int(position): entry for position, entry in found.items()}

    def _read_report_rows(self, positions: Collection[int]) -> dict[int, Row]:
        found = reads.report_rows(self.known, positions)
        return {int(position): row for position, row in found.items()}

    def _read_pages(self, keys: Collection[PageKey]) -> dict[PageKey, Page]:
        asked: dict[tuple[Question, Window], list[PageKey]] = {}
        for key in keys:
            asked.setdefault(key[:2], []).append(key)
        found: dict[PageKey, Page] = {}
        for (question, window), all_of_it in asked.items():
            for known, mine in self._by_subject(all_of_it, self._subject_of_page):
                pages = question.read(
                    known,
                    [owner for _, _, owner, _ in mine],
                    *question.arguments,
                    window=window,
                    **dict(question.named),
                )
                found |= {key: pages[key[2]] for key in mine if key[2] in pages}
        return found

    def _subject_of_page(self, key: PageKey) -> SubjectKey:
        return key[3]

    def _read_documented(self, keys: Collection[DocumentedKey]) -> dict[DocumentedKey, Documented]:
        asked: dict[tuple[CountMeasure, date], list[SubjectKey]] = {}
        for act, measure, day in keys:
            asked.setdefault((measure, day), []).append(act)
        return {
            (act, measure, day): found
            for (measure, day), acts in asked.items()
            for known, mine in self._by_subject(acts, SubjectKey)
            for act, found in reads.documented(known, mine, measure, day).items()
        }

    def _read_kinds(self, keys: Collection[KindsKey]) -> dict[KindsKey, tuple[Position, ...]]:
        by_kinds: dict[frozenset[str], list[SubjectKey]] = {}
        for key, kinds in keys:
            by_kinds.setdefault(kinds, []).append(key)
        return {
            (key, kinds): tuple(positions)
            for kinds, mine in by_kinds.items()
            for key, positions in reads.positions_of_kinds(
                self.known, mine, kinds, viewer=self.viewer
            ).items()
        }


class ReadableMoment(Moment):
    """A moment of which only what the public could read by the end of a day is told: worked out for each subject that something is asked
    about, so that it says the same whichever way it was come by. Registered facts and display names are those on record."""

    def __init__(
        self,
        known: Known,
        *,
        basis: Basis,
        viewer: Viewer,
        day: date,
        rulebooks: Mapping[str, Rulebook],
        spend: Callable[[int], None],
    ) -> None:
        """`spend` is told how many subjects are about to be folded, and may refuse."""
        super().__init__(known, basis=basis, viewer=viewer)
        self._day = day
        self._spend = spend
        self._rulebooks = rulebooks
        self._worked_out: dict[SubjectKey, Known] = {}

    def _by_subject(
        self, keys: Iterable[Key], subject: Callable[[Key], SubjectKey]
    ) -> Iterable[tuple[Known, Sequence[Key]]]:
        wanted = list(keys)
        self._work_out({subject(key) for key in wanted} - self._worked_out.keys())
        grouped: dict[int, tuple[Known, list[Key]]] = {}
        for key in wanted:
            known = self._worked_out[subject(key)]
            grouped.setdefault(id(known), (known, []))[1].append(key)
        return grouped.values()

    def _work_out(self, missing: Collection[SubjectKey]) -> None:
        """Raises TooMuchAsked where one operation asks about too many subjects."""
        if not missing:
            return
        if len(self._worked_out) + len(missing) > READABLE_MAX:
            raise TooMuchAsked(
                f"What could be read by a day is worked out for at most {READABLE_MAX} subjects in one operation. Ask for fewer at once.",
                maximum=READABLE_MAX,
            )
        known = readable(
            self.known.ledger,
            position=self.basis.projected_through,
            day=self._day,
            subjects=sorted(missing),
            rulebooks=self._rulebooks,
            spend=self._spend,
        )
        self._worked_out |= dict.fromkeys(missing, known)

    def _told(self, events: dict[int, Event]) -> dict[int, Event]:
        reports = {position: event for position, event in events.items() if event.report is not None}
        left_out = reports.keys() - self._rows_of(reports).keys()
        return {position: event for position, event in events.items() if position not in left_out}

    def _read_report_rows(self, positions: Collection[int]) -> dict[int, Row]:
        return self._rows_of(self._events_at(positions))

    def _rows_of(self, events: Mapping[int, Event]) -> dict[int, Row]:
        found: dict[int, Row] = {}
        for known, mine in self._by_subject(events, lambda position: events[position].about[0]):
            found |= {int(position): row for position, row in reads.report_rows(known, mine).items()}
        return found

    def _subject_of_page(self, key: PageKey) -> SubjectKey:
        question = key[0]
        if question.read in _OF_MANY:
            raise RequestInvalid(
                "What could be read by a day is worked out for one prisoner, act, list or source, and not for a list of whatever credits a "
                "party, stands in a proceeding or fell with a decision. Ask for it without `availableBy`."
            )
        return super()._subject_of_page(key)


def _none() -> None:
    return None


def _no_page() -> Page:
    return Page(rows=(), has_next=False, has_previous=False, total=0)
