"""Folding position by position: what each event makes of the subjects that it touches, as rows on a sheet.

The unit of work is an *owner*, a subject whose fold is done as a whole from its public events: a person, an act with the groups under it,
a group that stands under none, or any other subject. At each position the facts of the subjects touched are worked out first, and those
of every subject whose fold had asked for a fact that differs now (`fold_reads`); then the owners of all of these are folded from the
events up to that position, by the rulebook in force there. So the rows of position p are the fold of the first p events (I-9, I-12),
however many events are worked in together.

Absent on purpose: transactions, slices and stops (`projections/runner.py`), and what follows from the events (the rulebooks).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, assert_never

import msgspec
from sqlalchemy import Connection, bindparam, select

from events.decoder import Event
from events.kinds import (
    Decision,
    Entry,
    Position,
    Report,
    ReportCorrected,
    ReportRetracted,
    RulesAdopted,
    SubjectKey,
    SubjectSort,
)
from projections.acts import effective_from
from projections.context import ActFacts
from projections.evidence import report_states
from projections.facts import facts_of, spellings_of
from projections.feed import Feed
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.names import folds
from projections.rows import RowContext, SubjectRow, detail_row, evidence_rows, finding_row
from projections.rulebook import Rulebook
from projections.sheet import Sheet
from projections.tables import FOLD_READS, SUBJECTS
from projections.voices import credited, voice_of

FACTS = ("subjects", "names")
FINDINGS = ("findings", "details", "evidence", "reports", "credits")

# Acts come before those whose fold asks when an act took effect; parties and sources before all.
FOLD_ORDER = (
    SubjectSort.LEDGER,
    SubjectSort.PARTY,
    SubjectSort.SOURCE,
    SubjectSort.LIST,
    SubjectSort.PROCEEDING,
    SubjectSort.ACT,
    SubjectSort.GROUP,
    SubjectSort.PERSON,
)
# Of these the events in which they are named in passing, such as the releases under an act, are not folded.
PRIMARY_ONLY = frozenset(FOLD_ORDER) - {SubjectSort.PERSON, SubjectSort.GROUP}


class TooWide(Exception):  # no error: what one event touches is more than is worked in at once
    """Says where; what was worked in of the positions before it can be written, and nothing be worked in after it."""

    def __init__(self, at: Position) -> None:
        super().__init__(f"position {at} touches too much to be worked in at once")
        self.at = at


class FoldRaised(Exception):  # carries whatever a fold raised to where it is told
    """Says at which position."""

    def __init__(self, at: Position, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.at = at


class Folding:
    """One round of work on the rows of a build: any number of positions, written at the end."""

    def __init__(
        self, connection: Connection, build: int, feed: Feed, *, through: Position, known: Known | None = None
    ) -> None:
        """`through` is the last position of this round. It begins from what stands, or from what is `known`, and then is not written."""
        self._connection = connection
        self._build = build
        self._feed = feed
        self._through = through
        self._sheet = Sheet(connection, build, known)
        self._context = RowContext(known or Known(connection, build=build))
        self._sorts: dict[SubjectKey, SubjectSort] = {}
        self._events: dict[SubjectKey, list[Event]] = {}
        self._earlier: dict[SubjectKey, list[tuple[Position, Event]]] = {}
        self._readers_before: dict[SubjectKey, set[SubjectKey]] = {}
        self._at = Position(0)

    def step(self, event: Event, book: Rulebook, *, owners_max: int) -> None:
        """Works in one event. Raises TooWide where it touches more subjects than `owners_max`, and FoldRaised where a fold does."""
        self._at = event.position
        try:
            refreshed = self.refresh_all(self.touched(event), owners_max=owners_max)
            self.fold({self.owner(key) for key in refreshed}, book)
        except TooWide:
            raise
        except Exception as broken:  # a fold may raise anything
            raise FoldRaised(event.position, broken) from broken

    def expect(self, events: Iterable[Event]) -> None:
        """Reads in few statements what working in these events one by one is going to need."""
        met = [event for event in events if not isinstance(event.content, RulesAdopted)]
        self.know({key for event in met for key in event.about})
        keys = {key for event in met for key in self.touched(event)}
        self._load(keys)
        self._read_readers(keys)
        self._sheet.load(FACTS, keys)
        owners = {self.owner(key) for key in keys}
        self._sheet.load(FINDINGS, owners)
        self._sheet.load_reads(owners)

    def work_at(self, position: Position) -> None:
        """Has what follows be worked out as of this position."""
        self._at = position

    def differing(self) -> dict[FindingKey, tuple[Finding | None, Finding | None]]:
        """The findings that are not what they were before this round, as they were and as they are."""
        rows = self._sheet.differing("details").items()
        return {
            (SubjectKey(key[0]), Facet(key[1]), key[2]): (_found(was), _found(found))
            for key, (was, found) in rows
        }

    def write(self) -> None:
        """Stores what differs."""
        self._sheet.write()

    # ── What an event touches ────────────────────────────────────────────────

    def touched(self, event: Event) -> set[SubjectKey]:
        """The subjects whose fold takes an event in. That rules were adopted touches everybody."""
        if isinstance(event.content, RulesAdopted):
            return self.everybody()
        self.know(set(event.about))
        return {
            key
            for ordinal, key in enumerate(event.about)
            if key in self._sorts and (ordinal == 0 or self._takes_in(key, type(event.content)))
        }

    def everybody(self) -> set[SubjectKey]:
        """Every subject that is projected."""
        stored = self._connection.execute(_EVERYBODY, {"build": self._build})
        sorts = {SubjectKey(row.key): SubjectSort(row.sort) for row in stored}
        self._sorts |= sorts
        return {*sorts, *(key for key in self._events if self._upto(key))}

    def _takes_in(self, key: SubjectKey, kind: type[Entry]) -> bool:
        """Whether a fold takes in an event in which its subject is not the primary one: a decision may lift what moved a report there."""
        return self._sorts[key] not in PRIMARY_ONLY or issubclass(kind, Decision)

    def know(self, keys: Collection[SubjectKey]) -> None:
        """Learns the sorts of these subjects; one that is not on public record has none."""
        if missing := {key for key in keys if key not in self._sorts}:
            self._sorts |= self._feed.sorts(missing)

    def rank_of(self, key: SubjectKey) -> int:
        """The place of a subject's sort in the order of folding."""
        return FOLD_ORDER.index(self._sorts[key])

    # ── Facts ────────────────────────────────────────────────────────────────

    def refresh_all(self, touched: set[SubjectKey], *, owners_max: int) -> set[SubjectKey]:
        """Works out the facts of these subjects, and of all whose folds had asked for what is different now; returns all of them."""
        pending, seen = touched, set(touched)
        fresh: dict[SubjectKey, SubjectRow] = {}
        while pending:
            if len(seen) > owners_max:
                raise TooWide(self._at)
            rows = self._facts_of(pending)
            fresh |= {row.key: row for row in rows}
            pending = self.readers({row.key for row in rows if self._differs(row)}) - seen
            seen |= pending
        for row in fresh.values():
            self._put(row)
        return seen

    def refresh(self, keys: set[SubjectKey]) -> set[SubjectKey]:
        """Works out the facts of these subjects; returns those of whom others learn something else now."""
        rows = self._facts_of(keys)
        differing = {row.key for row in rows if self._differs(row)}
        for row in rows:
            self._put(row)
        return differing

    def readers(self, changed: Collection[SubjectKey]) -> set[SubjectKey]:
        """The subjects whose last folds had asked for one of these."""
        self._read_readers(changed)
        noted = self._sheet.reads()
        stored = {owner for key in changed for owner in self._readers_before[key] if owner not in noted}
        return stored | {owner for owner, keys in noted.items() if not keys.isdisjoint(changed)}

    def _read_readers(self, keys: Collection[SubjectKey]) -> None:
        if missing := sorted(key for key in keys if key not in self._readers_before):
            self._readers_before |= {key: set() for key in missing}
            for key, owner in self._connection.execute(_READERS, {"build": self._build, "keys": missing}):
                self._readers_before[SubjectKey(key)].add(SubjectKey(owner))

    def _facts_of(self, keys: set[SubjectKey]) -> list[SubjectRow]:
        self._load(keys)
        self._sheet.load(FACTS, keys)
        rows = (self._subject(key) for key in self._in_order(keys))
        return [row for row in rows if row is not None]

    def _subject(self, key: SubjectKey) -> SubjectRow | None:
        events = self._upto(key)
        if not events:
            return None
        facts = facts_of(self._sorts[key], key, events)
        if isinstance(facts, ActFacts):
            facts = msgspec.structs.replace(facts, effective_from=effective_from(key, events, self._context))
        row = SubjectRow(
            key=key,
            sort=self._sorts[key],
            name=next(iter(spellings_of(facts, key, events, self._context)), None),
            opened_at=self._events[key][0].position,
            facts=facts,
        )
        self._context.put(row)
        return row

    def _differs(self, row: SubjectRow) -> bool:
        return self._sheet.rows("subjects", row.key) != [row.as_row()]

    def _put(self, row: SubjectRow) -> None:
        spelt = spellings_of(row.facts, row.key, self._upto(row.key), self._context)
        names = [(row.key, name, "|".join(folds(name))) for name in spelt]
        self._sheet.replace("subjects", row.key, [row.as_row()], at=self._at)
        self._sheet.replace("names", row.key, names, at=self._at)

    # ── Findings ─────────────────────────────────────────────────────────────

    def owner(self, key: SubjectKey) -> SubjectKey:
        """The subject in whose fold this one is folded."""
        if self._sorts[key] is not SubjectSort.GROUP:
            return key
        row = self._context.peek(key)
        under = getattr(row.facts, "under", None) if row is not None else None
        return key if under is None else SubjectKey(under)

    def fold(self, owners: set[SubjectKey], book: Rulebook) -> None:
        """Folds these owners from their events up to the position worked at, in place of what stood."""
        self.know(owners)
        groups = self._groups_under(owners)
        self._load(owners | {group for members in groups.values() for group in members})
        self._sheet.load(FINDINGS, owners)
        self._sheet.load_reads(owners)
        for owner in self._in_order(owners):
            self._fold_owner(owner, groups.get(owner, []), book)

    def _fold_owner(self, owner: SubjectKey, groups: Sequence[SubjectKey], book: Rulebook) -> None:
        self._context.asked = set()
        events = {key: self._upto(key) for key in (owner, *groups)}
        findings = self._findings(owner, events, book)
        reports = {event.position: event.report for own in events.values() for event in own if event.report}
        put = self._sheet.replace
        put("findings", owner, (finding_row(owner, finding) for finding in findings), at=self._at)
        put("details", owner, (detail_row(owner, finding) for finding in findings), at=self._at)
        put("evidence", owner, evidence_rows(owner, findings, reports), at=self._at)
        told, credits = self._reports(owner, events)
        put("reports", owner, told, at=self._at)
        put("credits", owner, credits, at=self._at)
        self._sheet.replace_reads(owner, frozenset(self._context.asked - {owner}))

    def _reports(
        self, owner: SubjectKey, events: dict[SubjectKey, list[Event]]
    ) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """The rows of `reports` and of `credits`."""
        told: list[tuple[object, ...]] = []
        credits: list[tuple[object, ...]] = []
        for key, own in events.items():
            states = report_states(own, self._context)
            for event in own:
                if event.report is None or event.about[0] != key:
                    continue
                state = states[event.position]
                voice = voice_of(event.report, self._context)
                told.append(
                    (event.position, owner, event.report.source, voice, state.state.value, state.decided_by)
                )
                credits += [(party, event.position, owner) for party in credited(event.report, self._context)]
        return told, credits

    def _findings(
        self, owner: SubjectKey, events: dict[SubjectKey, list[Event]], book: Rulebook
    ) -> tuple[Finding, ...]:
        own = events[owner]
        match self._sorts[owner]:
            case SubjectSort.PERSON:
                return book.prisoner(owner, self._own(own), self._context)
            case SubjectSort.ACT:
                groups = {key: of for key, of in events.items() if key != owner}
                return book.act(owner, own, groups, self._context)
            case SubjectSort.GROUP:
                return book.group(owner, own, self._context)
            case SubjectSort.PROCEEDING:
                return book.proceeding(owner, own, self._context)
            case SubjectSort.PARTY | SubjectSort.SOURCE | SubjectSort.LIST | SubjectSort.LEDGER:
                return ()
            case never:
                assert_never(never)

    def _own(self, events: Iterable[Event]) -> list[Event]:
        """A person's events without the reports on a group, an act or anything else in which they are filed in passing (rules.md R10)."""
        own = list(events)
        self.know({event.about[0] for event in own})
        return [
            event
            for event in own
            if event.report is None or self._sorts.get(event.about[0]) is SubjectSort.PERSON
        ]

    def _groups_under(self, owners: set[SubjectKey]) -> dict[SubjectKey, list[SubjectKey]]:
        acts = sorted(owner for owner in owners if self._sorts[owner] is SubjectSort.ACT)
        if not acts:
            return {}
        stored = self._connection.execute(_GROUPS_UNDER, {"build": self._build, "acts": acts})
        met = (key for key, sort in self._sorts.items() if sort is SubjectSort.GROUP)
        groups: dict[SubjectKey, set[SubjectKey]] = {act: set() for act in acts}
        for key in {*(SubjectKey(key) for key in stored.scalars()), *met}:
            if (act := self._under(key)) in groups:
                groups[act].add(key)
        return {act: sorted(keys) for act, keys in groups.items()}

    def _under(self, key: SubjectKey) -> SubjectKey:
        self.know([key])
        return self.owner(key)

    # ── Events ───────────────────────────────────────────────────────────────

    def _upto(self, key: SubjectKey) -> list[Event]:
        events = self._events[key]
        own = events[: bisect_right(events, self._at, key=_position)]
        earlier = [event for since, event in self._earlier.get(key, ()) if since <= self._at]
        return sorted([*own, *earlier], key=_position) if earlier else own

    def _load(self, keys: set[SubjectKey]) -> None:
        """Reads the events that the folds of these subjects take in, through the last position of this round."""
        if not (missing := keys - self._events.keys()):
            return
        self.know(missing)
        self._events |= {key: [] for key in missing}
        primary_only = {key for key in missing if self._sorts.get(key) in PRIMARY_ONLY}
        self._take_in(missing - primary_only, in_passing=True)
        self._take_in(primary_only, in_passing=False)
        self._link(missing)
        self._context.expect(
            {key for subject in missing for event in self._events[subject] for key in _named(event.content)}
        )

    def _take_in(self, keys: set[SubjectKey], *, in_passing: bool) -> None:
        for event in self._feed.about(keys, through=self._through, in_passing=in_passing):
            for ordinal, key in enumerate(event.about):
                if key in keys and (ordinal == 0 or self._takes_in(key, type(event.content))):
                    self._events[key].append(event)

    def _link(self, keys: set[SubjectKey]) -> None:
        """Reads what was decided, before a correction reached these subjects, on the others whom it concerns: what it is built on may fall
        by that (R16). What is decided later reaches them by itself."""
        corrections = {
            key: corrected
            for key in keys
            if (
                corrected := [
                    event for event in self._events[key] if isinstance(event.content, ReportCorrected)
                ]
            )
        }
        if not corrections:
            return
        others = {about for corrected in corrections.values() for event in corrected for about in event.about}
        decided = [
            event
            for event in self._feed.about(others, through=self._through, in_passing=False)
            if isinstance(event.content, ReportCorrected | ReportRetracted)
        ]
        for key, corrected in corrections.items():
            self._earlier[key] = [
                (since, event)
                for event in decided
                if key not in event.about and (since := _reached_at(corrected, event)) is not None
            ]

    def _in_order(self, keys: Iterable[SubjectKey]) -> list[SubjectKey]:
        return sorted((key for key in keys if key in self._sorts), key=lambda key: (self.rank_of(key), key))


_position: Callable[[Event], Position] = attrgetter("position")

_EVERYBODY = select(SUBJECTS.now.c.key, SUBJECTS.now.c.sort).where(SUBJECTS.now.c.build == bindparam("build"))
_READERS = select(FOLD_READS.c.key, FOLD_READS.c.owner).where(
    FOLD_READS.c.build == bindparam("build"), FOLD_READS.c.key.in_(bindparam("keys", expanding=True))
)
_GROUPS_UNDER = select(SUBJECTS.now.c.key).where(
    SUBJECTS.now.c.build == bindparam("build"), SUBJECTS.now.c.under.in_(bindparam("acts", expanding=True))
)


def _reached_at(corrections: Iterable[Event], earlier: Event) -> Position | None:
    """The position of the first of these corrections that is later than a decision, and about somebody whom that is about."""
    about = set(earlier.about)
    later = (event for event in corrections if event.position > earlier.position)
    return next((event.position for event in later if not about.isdisjoint(event.about)), None)


def _found(row: tuple[Any, ...] | None) -> Finding | None:
    return None if row is None else msgspec.json.decode(row[-1], type=Finding)


def _named(content: Entry) -> Iterator[SubjectKey]:
    """The subjects that a fold of this is likely to ask for."""
    if not isinstance(content, Report):
        return
    yield content.source
    links: tuple[object, ...] = content.attribution  # elements may be erased
    yield from (party for link in links if (party := getattr(link, "party", None)) is not None)
    if isinstance(act := getattr(content, "act", None), str):
        yield SubjectKey(act)
