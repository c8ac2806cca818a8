"""The fold of the first events of a ledger, told a second time: everything at once, from nothing, and nothing kept.

Every subject's facts and findings are worked out anew from all the events about it, and whatever a fold asks for is worked out when it
asks. So nothing here can be stale: no note of who asked for whom, no order of work, no rows. What the runner keeps is held to it (I-12).

Absent on purpose: what follows from the events (the rulebooks) and what rows say (`projections/rows.py`), which both have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter

import msgspec
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.pool import NullPool

from events.decoder import Event
from events.kinds import (
    Decision,
    LedgerOpened,
    Position,
    ReportCorrected,
    ReportRetracted,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
)
from events.store import PUBLIC_VIEWER, decoded, read_events
from events.tables import METADATA
from projections.acts import effective_from
from projections.context import ActFacts, Facts, GroupFacts, PartyFacts, SourceFacts
from projections.evidence import report_states
from projections.facts import facts_of, spellings_of
from projections.findings import Finding
from projections.known import Known
from projections.names import folds
from projections.rows import SubjectRow, detail_row, evidence_rows, finding_row
from projections.rulebook import Rulebook, rules_in_force
from projections.tables import PROJECTED, PROJECTION_ACTIVATIONS, PROJECTION_BUILDS, VERSIONED
from projections.voices import credited, voice_of

Row = tuple[object, ...]
# Each connection is a database of its own; what one of them compiled serves all.
_MEMORY = create_engine("sqlite://", poolclass=NullPool)


def public_events(ledger: Connection) -> list[Event]:
    """All events that everybody may see, in order."""
    return [decoded(event) for event in read_events(ledger, viewer=PUBLIC_VIEWER)]


class Whole:
    """What these events add up to, by the rules in force after the last of them."""

    def __init__(self, events: Sequence[Event], *, rulebooks: Mapping[str, Rulebook]) -> None:
        self.events = events
        self.sorts: dict[SubjectKey, SubjectSort] = {}
        self._about: dict[SubjectKey, list[Event]] = {}
        self._facts: dict[SubjectKey, Facts] = {}
        self._book = rulebooks[rules_in_force(events)]
        self._file(events)

    def _file(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event.content, SubjectOpened | LedgerOpened):
                self.sorts.setdefault(event.content.subject.key, event.content.subject.sort)
            for ordinal, key in enumerate(event.about):
                if ordinal == 0 or self._is_told_in_passing(key) or isinstance(event.content, Decision):
                    self._about.setdefault(key, []).append(event)

        decided = [event for event in events if isinstance(event.content, ReportCorrected | ReportRetracted)]
        self._opened_at = {key: own[0].position for key, own in self._about.items()}
        for key, own in self._about.items():
            if built_on := [event for event in decided if _is_built_on(key, event, own)]:
                self._about[key] = sorted([*own, *built_on], key=attrgetter("position"))

    def _is_told_in_passing(self, key: SubjectKey) -> bool:
        return self.sorts[key] in (SubjectSort.PERSON, SubjectSort.GROUP)

    # ── The context of its own folds ─────────────────────────────────────────

    def facts(self, key: SubjectKey) -> Facts | None:
        """What is registered of a subject; None where there is none."""
        if key not in self.sorts:
            return None
        if key not in self._facts:
            facts = facts_of(self.sorts[key], key, self._about[key])
            if isinstance(facts, ActFacts):
                day = effective_from(key, self._about[key], self)
                facts = msgspec.structs.replace(facts, effective_from=day)
            self._facts[key] = facts
        return self._facts[key]

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """A source."""
        return facts if isinstance(facts := self.facts(key), SourceFacts) else None

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """A party."""
        return facts if isinstance(facts := self.facts(key), PartyFacts) else None

    def act(self, key: SubjectKey) -> ActFacts | None:
        """An act."""
        return facts if isinstance(facts := self.facts(key), ActFacts) else None

    def group(self, key: SubjectKey) -> GroupFacts | None:
        """A group."""
        return facts if isinstance(facts := self.facts(key), GroupFacts) else None

    def name_of(self, key: SubjectKey) -> str | None:
        """A display name."""
        return next(iter(self.spellings(key)), None)

    def spellings(self, key: SubjectKey) -> list[str]:
        """All names of a subject."""
        facts = self.facts(key)
        return [] if facts is None else spellings_of(facts, key, self._about[key], self)

    # ── What is found ────────────────────────────────────────────────────────

    def owner(self, key: SubjectKey) -> SubjectKey:
        """The act that a group stands under, or else the subject itself."""
        facts = self.group(key)
        return facts.under if facts is not None and facts.under is not None else key

    @cached_property
    def findings(self) -> list[tuple[SubjectKey, Finding]]:
        """Every finding with its owner."""
        return [(key, finding) for key in self.sorts for finding in self._found(key)]

    def _found(self, key: SubjectKey) -> tuple[Finding, ...]:
        events = self._about[key]
        match self.sorts[key]:
            case SubjectSort.PERSON:
                of_people = [event for event in events if event.report is None or self._is_of_a_person(event)]
                return self._book.prisoner(key, of_people, self)
            case SubjectSort.ACT:
                under = sorted(one for one in self.sorts if one != key and self.owner(one) == key)
                return self._book.act(key, events, {group: self._about[group] for group in under}, self)
            case SubjectSort.GROUP:
                return () if self.owner(key) != key else self._book.group(key, events, self)
            case SubjectSort.PROCEEDING:
                return self._book.proceeding(key, events, self)
            case _:
                return ()

    def _is_of_a_person(self, event: Event) -> bool:
        return self.sorts[event.about[0]] is SubjectSort.PERSON

    # ── As rows ──────────────────────────────────────────────────────────────

    @cached_property
    def rows(self) -> dict[str, set[Row]]:
        """The rows of each table, in the order of its columns."""
        of: dict[str, Callable[[], Iterable[Row]]] = {
            "subjects": lambda: (self._subject(key).as_row() for key in self.sorts),
            "names": lambda: (
                (key, name, "|".join(folds(name))) for key in self.sorts for name in self.spellings(key)
            ),
            "findings": lambda: (finding_row(owner, finding) for owner, finding in self.findings),
            "details": lambda: (detail_row(owner, finding) for owner, finding in self.findings),
            "evidence": self._evidence,
            "reports": self._reports,
            "credits": self._credits,
        }
        return {name: set(of[name]()) for name in VERSIONED}

    def _subject(self, key: SubjectKey) -> SubjectRow:
        facts = self.facts(key)
        assert facts is not None
        return SubjectRow(
            key=key,
            sort=self.sorts[key],
            name=self.name_of(key),
            opened_at=self._opened_at[key],
            facts=facts,
        )

    def _evidence(self) -> Iterable[Row]:
        told = {event.position: event.report for event in self.events if event.report is not None}
        for owner, finding in self.findings:
            yield from evidence_rows(owner, [finding], told)

    def _reports(self) -> Iterable[Row]:
        for key in self.sorts:
            states = report_states(self._about[key], self)
            for event in self._about[key]:
                if event.report is not None and event.about[0] == key:
                    stand, voice = states[event.position], voice_of(event.report, self)
                    source = event.report.source
                    yield event.position, self.owner(key), source, voice, stand.state.value, stand.decided_by

    def _credits(self) -> Iterable[Row]:
        for event in self.events:
            if event.report is not None:
                for party in credited(event.report, self):
                    yield party, event.position, self.owner(event.about[0])

    def known(self, ledger: Connection, *, through: int) -> Known:
        """These rows as a reading of the record, in a database in memory."""
        memory = _MEMORY.connect()
        METADATA.create_all(memory, [PROJECTION_BUILDS, PROJECTION_ACTIVATIONS, *PROJECTED])
        for name, table in VERSIONED.items():
            rows = [dict(zip(table.columns, row, strict=True)) for row in self.rows[name]]
            if rows:
                memory.execute(insert(table.now), [{**row, "build": 1, "known_from": 1} for row in rows])
        position = Position(through)
        return Known(memory, build=1, through=position, projected_through=position, ledger=ledger)


def _is_built_on(key: SubjectKey, decision: Event, own: Sequence[Event]) -> bool:
    """Whether a decision about others came before a correction of this subject that concerns one of them, too: then that may fall by it."""
    return key not in decision.about and any(
        isinstance(event.content, ReportCorrected)
        and event.position > decision.position
        and not set(event.about).isdisjoint(decision.about)
        for event in own
    )


def upto(events: Iterable[Event], position: int) -> list[Event]:
    """The events of the first so many positions."""
    return [event for event in events if event.position <= position]
