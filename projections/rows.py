"""Projected rows as folds and readers meet them: facts by key, a context that notes what a fold asked for, and findings as rows.

Rows are tuples in the order of `projections.tables.Versioned.columns`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import Row, select

from events.envelope import canonical
from events.kinds import Position, Report, SubjectKey, SubjectSort
from projections.context import ActFacts, Facts, GroupFacts, PartyFacts, PlainFacts, SourceFacts
from projections.facts import FACTS
from projections.feed import KEYS_PER_STATEMENT
from projections.findings import ActValue, CaseValue, CountValue, CustodyValue, Finding, SentenceValue
from projections.known import Known
from projections.names import folds

Wanted = TypeVar("Wanted", SourceFacts, PartyFacts, ActFacts, GroupFacts)

# Sorts behind every fold: whoever is not named comes last.
NAMELESS = "~"


class SubjectRow(msgspec.Struct, frozen=True):
    """A subject as projected: its display name, its facts, and the position of its opening."""

    key: SubjectKey
    sort: SubjectSort
    name: str | None
    opened_at: Position
    facts: Facts

    def is_told_as(self, other: SubjectRow | None) -> bool:
        """Whether a fold that asks for this subject learns from both the same."""
        return other is not None and (self.name, self.facts) == (other.name, other.facts)

    def as_row(self) -> tuple[object, ...]:
        """The row of `subjects`."""
        facts = self.facts
        return (
            self.key,
            self.sort.value,
            self.name,
            next(iter(folds(self.name or "")), NAMELESS),
            self.opened_at,
            facts.under if isinstance(facts, GroupFacts) else None,
            facts.publisher if isinstance(facts, SourceFacts | PlainFacts) else None,
            canonical(facts),
        )


def subject_rows(known: Known, keys: Collection[SubjectKey]) -> dict[SubjectKey, SubjectRow]:
    """The projected subjects among these keys, in one statement, or a few for very many."""
    subjects, found = known.subjects, dict[SubjectKey, SubjectRow]()
    wanted = sorted(keys)
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        part = subjects.c.key.in_(wanted[start : start + KEYS_PER_STATEMENT])
        rows = known.connection.execute(select(subjects).where(part))
        found |= {SubjectKey(row.key): _subject_row(row) for row in rows}
    return found


def _subject_row(row: Row[tuple[object, ...]]) -> SubjectRow:
    sort = SubjectSort(row.sort)
    return SubjectRow(
        key=SubjectKey(row.key),
        sort=sort,
        name=row.name,
        opened_at=Position(row.opened_at_position),
        facts=msgspec.json.decode(row.facts, type=FACTS[sort]),
    )


class RowContext:
    """A fold's context over projected rows. `asked` are the keys that the fold of the moment asked for, present or not."""

    def __init__(self, known: Known) -> None:
        self._source = known
        self._rows: dict[SubjectKey, SubjectRow | None] = {}
        self.asked: set[SubjectKey] = set()

    def put(self, row: SubjectRow) -> None:
        """Answers from now on with this row."""
        self._rows[row.key] = row

    def expect(self, keys: Collection[SubjectKey]) -> None:
        """Reads in one statement what is about to be asked for one by one; nothing of it counts as asked."""
        missing = [key for key in keys if key not in self._rows]
        self._rows |= {**dict.fromkeys(missing), **subject_rows(self._source, missing)}

    def peek(self, key: SubjectKey) -> SubjectRow | None:
        """A subject's row, without noting that it was looked at."""
        if key not in self._rows:
            self.expect([key])
        return self._rows[key]

    def row(self, key: SubjectKey) -> SubjectRow | None:
        """A subject's row, noted as asked for."""
        self.asked.add(key)
        return self.peek(key)

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """A source, by its subject's key."""
        return self._facts(key, SourceFacts)

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """A party, by its subject's key."""
        return self._facts(key, PartyFacts)

    def act(self, key: SubjectKey) -> ActFacts | None:
        """An act, by its subject's key."""
        return self._facts(key, ActFacts)

    def group(self, key: SubjectKey) -> GroupFacts | None:
        """A group, by its subject's key."""
        return self._facts(key, GroupFacts)

    def name_of(self, key: SubjectKey) -> str | None:
        """A display name of any subject."""
        row = self.row(key)
        return row.name if row else None

    def _facts(self, key: SubjectKey, wanted: type[Wanted]) -> Wanted | None:
        row = self.row(key)
        return row.facts if row is not None and isinstance(row.facts, wanted) else None


# ── Findings as rows ─────────────────────────────────────────────────────────


def finding_row(owner: SubjectKey, finding: Finding) -> tuple[object, ...]:
    """The row of `findings`."""
    status, under = _status(finding)
    interval = finding.interval
    days = [day.isoformat() for day in msgspec.structs.astuple(interval)] if interval else [None] * 4
    key = (finding.about, finding.facet.value, finding.segment)
    return (*key, owner, finding.standing.value, status, under, *days)


def detail_row(owner: SubjectKey, finding: Finding) -> tuple[object, ...]:
    """The row of `details`."""
    return (finding.about, finding.facet.value, finding.segment, owner, canonical(finding))


def evidence_rows(
    owner: SubjectKey, findings: Sequence[Finding], reports: Mapping[Position, Report]
) -> Iterator[tuple[object, ...]]:
    """The rows of `evidence`: of each finding the sources of the reports that it rests on."""
    for finding in findings:
        for source in sorted({reports[position].source for position in finding.supported_by}):
            yield source, finding.about, finding.facet.value, finding.segment, owner


def _status(finding: Finding) -> tuple[str | None, SubjectKey | None]:
    """What lists filter by: the value's short form, and the act or proceeding that it is under."""
    match finding.value:
        case CustodyValue(status=status):
            return status.value, None
        case SentenceValue(proceeding=proceeding, penalty=penalty):
            return penalty and penalty.value, proceeding
        case CaseValue(stage=stage, proceeding=proceeding):
            return stage.value, proceeding
        case ActValue(act=act, outcome=outcome):
            return outcome.value, act
        case CountValue(count=count):
            return count.measure.value, None
        case None if finding.alternatives:
            return _common(map(_status, finding.alternatives))
        case _:
            return None, None


def _common(
    statuses: Iterable[tuple[str | None, SubjectKey | None]],
) -> tuple[str | None, SubjectKey | None]:
    """What all alternatives of a contested finding have in common."""
    values, objects = (set(column) for column in zip(*statuses, strict=True))
    return values.pop() if len(values) == 1 else None, objects.pop() if len(objects) == 1 else None
