"""The runner: the only writer of projected rows.

The unit of work is an *owner*, a subject whose fold is done as a whole from all its public events: a person, an
act with the groups under it, a group that stands under none, or any other subject. When events come in, their
owners are folded again, and so is every owner whose fold had asked for a fact that differs now (`fold_reads`).
Projecting event by event and building everything anew therefore give the same rows (I-9).

`project_inline` runs inside the append's transaction. What is too large for that, and what a raising fold left
behind, `catch_up` works in by slices, each published in one transaction. No append waits for a fold that was too large or that
raised. All three hold the head lock while they write: two of them never work on the same rows from different ledgers.

Absent on purpose: clock and rules. What follows from the events is decided in the folds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Protocol, assert_never

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from events.decoder import Event
from events.envelope import canonical
from events.kinds import BY_KIND, Attribution, Decision, Entry, Position, Report, SubjectKey, SubjectSort
from events.store import (
    PUBLIC_VIEWER,
    StoredEvent,
    decoded,
    events_of_subjects,
    head,
    hold_head,
    read_events,
    subject_keys,
    subjects,
)
from projections.acts import effective_from, fold_act, fold_group
from projections.context import ActFacts, GroupFacts, PlainFacts, SourceFacts
from projections.evidence import report_states
from projections.facts import facts_of, spellings_of
from projections.findings import ActValue, CaseValue, CountValue, CustodyValue, Finding, SentenceValue
from projections.names import folds
from projections.prisoner import fold_prisoner
from projections.proceedings import fold_proceeding
from projections.rows import RowContext, SubjectRow, subject_rows
from projections.tables import (
    CREDITS_NOW,
    EVIDENCE_NOW,
    FINDINGS_NOW,
    FOLD_READS,
    NAMES_NOW,
    PROJECTED,
    PROJECTION_STATE,
    REPORTS_NOW,
    SUBJECTS_NOW,
)
from projections.voices import voice_of

INLINE_OWNERS_MAX = 500
SLICE_EVENTS = 200
CHUNK_OWNERS = 500
# Sorts behind every fold: whoever is not named comes last.
NAMELESS = "~"
OWNED = (FINDINGS_NOW, EVIDENCE_NOW, FOLD_READS)
DELETIONS = {
    table: delete(table).where(column.in_(bindparam("values", expanding=True)))
    for table, column in (
        *((table, table.c.owner) for table in OWNED),
        (SUBJECTS_NOW, SUBJECTS_NOW.c.key),
        (NAMES_NOW, NAMES_NOW.c.key),
        (REPORTS_NOW, REPORTS_NOW.c.position),
        (CREDITS_NOW, CREDITS_NOW.c.position),
    )
}

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


class Transactions(Protocol):
    """Where `catch_up` gets a transaction for each slice, committed on leaving."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One writing transaction."""


class State(msgspec.Struct, frozen=True):
    """How far the projecting has come; `stopped_reason` says why it does not go on."""

    projected_through: Position
    stopped_reason: str | None = None


def state(connection: Connection) -> State:
    """The state of the projections; of a database that was never projected, position 0."""
    row = connection.execute(select(PROJECTION_STATE)).one_or_none()
    return State(Position(row.projected_through), row.stopped_reason) if row else State(Position(0))


def project_inline(connection: Connection, first: Position, last: Position) -> None:
    """Works in the events `first` to `last` of this transaction, if the projections stand just before them and few owners are touched;
    else leaves them to `catch_up`. A fold that raises is the caller's to roll back to the savepoint."""
    if state(connection).projected_through != first - 1:
        return
    work = _Work(connection)
    touched = work.touched(read_events(connection, viewer=PUBLIC_VIEWER, after=first - 1, through=last))
    if len(touched) <= INLINE_OWNERS_MAX:
        work.run(touched)
        _set_state(connection, State(last))


def catch_up(transactions: Transactions) -> State:
    """Works in everything up to the head, slice by slice. A fold that raises stops it there, with position and reason in the state that is
    returned and kept; the rows of before go on serving."""
    while True:
        try:
            with transactions.writing() as connection:
                if (done := _advance(connection)) is not None:
                    return done
        except (InterfaceError, OperationalError):
            raise  # the database's trouble, and no fold's
        except Exception as broken:  # noqa: BLE001  # recording never depends on a fold, whatever it raises
            with transactions.writing() as connection:
                hold_head(connection)
                stopped = State(state(connection).projected_through, f"{type(broken).__name__}: {broken}")
                _set_state(connection, stopped)
            return stopped


def rebuild(connection: Connection) -> str:
    """Builds all rows anew from the events, in the caller's transaction, so that readers see the old ones until it commits. Returns the
    digest of the new rows."""
    hold_head(connection)
    for table in (*PROJECTED, PROJECTION_STATE):
        connection.execute(delete(table))
    through = Position(head(connection).size)
    for sort in FOLD_ORDER:
        keys = iter(subject_keys(connection, sort, viewer=PUBLIC_VIEWER))
        while chunk := set(islice(keys, CHUNK_OWNERS)):
            _Work(connection).run(chunk)
    _set_state(connection, State(through))
    return digest(connection)


def digest(connection: Connection) -> str:
    """SHA-256, in hex, over every projected row: equal digests mean equal rows, on either store."""
    whole = hashlib.sha256()
    for table in PROJECTED:
        rows = [[_plain(value) for value in row] for row in connection.execute(select(table))]
        whole.update(canonical([str(table.name), *sorted(rows, key=canonical)]))
    return whole.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode()
    return "" if value is None else value


def _advance(connection: Connection) -> State | None:
    """Works in one slice; the state where nothing was left to do."""
    hold_head(connection)
    through = state(connection).projected_through
    end = min(head(connection).size, through + SLICE_EVENTS)
    if through == end:
        now = State(through)
        _set_state(connection, now)
        return now
    work = _Work(connection)
    work.run(work.touched(read_events(connection, viewer=PUBLIC_VIEWER, after=through, through=end)))
    _set_state(connection, State(Position(end)))
    return None


def _set_state(connection: Connection, now: State) -> None:
    row = {"projected_through": now.projected_through, "stopped_reason": now.stopped_reason}
    if connection.execute(update(PROJECTION_STATE).values(row)).rowcount == 0:
        connection.execute(insert(PROJECTION_STATE).values(id=1, **row))


_READERS = (
    select(FOLD_READS.c.owner).where(FOLD_READS.c.key.in_(bindparam("keys", expanding=True))).distinct()
)
_GROUPS_UNDER = select(SUBJECTS_NOW.c.key).where(SUBJECTS_NOW.c.under.in_(bindparam("acts", expanding=True)))


def _readers(connection: Connection, changed: set[SubjectKey]) -> set[SubjectKey]:
    if not changed:
        return set()
    return {SubjectKey(owner) for owner in connection.execute(_READERS, {"keys": sorted(changed)}).scalars()}


class _Work:
    """One round of folding: subjects' facts first, then the folds of their owners, then the rows of all in a few statements."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._context = RowContext(connection)
        self._sorts: dict[SubjectKey, SubjectSort] = {}
        self._events: dict[SubjectKey, list[Event]] = {}

    def touched(self, events: Iterable[StoredEvent]) -> set[SubjectKey]:
        """The subjects whose fold takes one of these events in."""
        self._know({key for event in events for key in event.subjects})
        return {
            key
            for event in events
            for ordinal, key in enumerate(event.subjects)
            if key in self._sorts and (ordinal == 0 or self._takes_in(key, BY_KIND[event.kind]))
        }

    def run(self, touched: set[SubjectKey]) -> None:
        """Folds these subjects anew, and all whose folds had asked for what is different now."""
        pending, seen = touched, set(touched)
        while pending:
            changed = self._refresh(pending)
            pending = _readers(self._connection, changed) - seen
            seen |= pending
        self._fold()

    def _know(self, keys: set[SubjectKey]) -> None:
        """Learns the sorts of these subjects; one without a public stream has none."""
        if missing := keys - self._sorts.keys():
            known = subjects(self._connection, missing, viewer=PUBLIC_VIEWER)
            self._sorts |= {key: subject.sort for key, subject in known.items()}

    def _refresh(self, keys: set[SubjectKey]) -> set[SubjectKey]:
        """Writes the facts of these subjects; returns those whose facts or name differ from before."""
        self._load(keys)
        before = subject_rows(self._connection, keys)
        now = [row for key in self._in_order(keys) if (row := self._subject(key)) is not None]
        _replace(self._connection, SUBJECTS_NOW, keys, map(_subject_values, now))
        names = [row for subject in now for row in _names(subject, self._events[subject.key], self._context)]
        _replace(self._connection, NAMES_NOW, keys, names)
        return {row.key for row in now if not _same_facts(row, before.get(row.key))}

    def _fold(self) -> None:
        """Folds the owners of all that was refreshed, and writes their rows in place of those they had."""
        owners = {self._owner(key) for key in self._events}
        self._know(owners)
        groups = self._groups_under(owners)
        self._load(owners | {group for members in groups.values() for group in members})
        self._know({event.about[0] for events in self._events.values() for event in events})
        self._context.expect(
            {key for events in self._events.values() for event in events for key in _named(event.content)}
        )
        rows = _Rows()
        for owner in self._in_order(owners):
            self._context.asked = set()
            members = groups.get(owner, [])
            findings = self._findings(owner, members)
            events = {key: self._events[key] for key in (owner, *members)}
            rows.take(owner, findings, events, self._context)
        rows.write(self._connection, owners)

    def _load(self, keys: set[SubjectKey]) -> None:
        """Reads the events that the folds of these subjects take in."""
        if not (missing := keys - self._events.keys()):
            return
        self._know(missing)
        self._events |= {key: [] for key in missing}
        primary_only = {key for key in missing if self._sorts.get(key) in PRIMARY_ONLY}
        self._take_in(missing - primary_only, in_passing=True)
        self._take_in(primary_only, in_passing=False)

    def _take_in(self, keys: set[SubjectKey], *, in_passing: bool) -> None:
        if not keys:
            return
        stored = events_of_subjects(self._connection, keys, viewer=PUBLIC_VIEWER, in_passing=in_passing)
        for event in map(decoded, stored):
            for ordinal, key in enumerate(event.about):
                if key in keys and (ordinal == 0 or self._takes_in(key, type(event.content))):
                    self._events[key].append(event)

    def _takes_in(self, key: SubjectKey, kind: type[Entry]) -> bool:
        """Whether a fold takes in an event in which its subject is not the primary one: a decision may lift what moved a report there."""
        return self._sorts[key] not in PRIMARY_ONLY or issubclass(kind, Decision)

    def _in_order(self, keys: Iterable[SubjectKey]) -> list[SubjectKey]:
        return sorted(keys, key=lambda key: (FOLD_ORDER.index(self._sorts[key]), key))

    def _subject(self, key: SubjectKey) -> SubjectRow | None:
        events = self._events[key]
        if not events:
            return None
        facts = facts_of(self._sorts[key], key, events)
        if isinstance(facts, ActFacts):
            facts = msgspec.structs.replace(facts, effective_from=effective_from(key, events, self._context))
        row = SubjectRow(
            key=key,
            sort=self._sorts[key],
            name=next(iter(spellings_of(facts, key, events, self._context)), None),
            opened_at=events[0].position,
            changed_at=events[-1].position,
            facts=facts,
        )
        self._context.put(row)
        return row

    def _owner(self, key: SubjectKey) -> SubjectKey:
        group = self._context.group(key) if self._sorts[key] is SubjectSort.GROUP else None
        return group.under if group is not None and group.under is not None else key

    def _groups_under(self, owners: set[SubjectKey]) -> dict[SubjectKey, list[SubjectKey]]:
        acts = sorted(owner for owner in owners if self._sorts[owner] is SubjectSort.ACT)
        groups: dict[SubjectKey, list[SubjectKey]] = {}
        for row in self._connection.execute(_GROUPS_UNDER, {"acts": acts}) if acts else ():
            group = self._context.group(SubjectKey(row.key))
            if group is not None and group.under is not None:
                groups.setdefault(group.under, []).append(SubjectKey(row.key))
        return {act: sorted(keys) for act, keys in groups.items()}

    def _findings(self, owner: SubjectKey, groups: Sequence[SubjectKey]) -> tuple[Finding, ...]:
        events = self._events[owner]
        match self._sorts[owner]:
            case SubjectSort.PERSON:
                return fold_prisoner(owner, self._own(owner), self._context)
            case SubjectSort.ACT:
                return fold_act(owner, events, {key: self._events[key] for key in groups}, self._context)
            case SubjectSort.GROUP:
                return fold_group(owner, events, self._context)
            case SubjectSort.PROCEEDING:
                return fold_proceeding(owner, events, self._context)
            case SubjectSort.PARTY | SubjectSort.SOURCE | SubjectSort.LIST | SubjectSort.LEDGER:
                return ()
            case never:
                assert_never(never)

    def _own(self, person: SubjectKey) -> list[Event]:
        """A person's events without the reports on a group, an act or anything else in which they are filed in passing (rules.md R10)."""
        return [
            event
            for event in self._events[person]
            if event.report is None or self._sorts.get(event.about[0]) is SubjectSort.PERSON
        ]


def _named(content: Entry) -> Iterator[SubjectKey]:
    """The subjects that a fold of this is likely to ask for."""
    if isinstance(content, Report):
        yield content.source
        yield from _credited(content, None)
        if isinstance(act := getattr(content, "act", None), str):
            yield SubjectKey(act)


def _same_facts(now: SubjectRow, before: SubjectRow | None) -> bool:
    return before is not None and (now.name, now.facts) == (before.name, before.facts)


def _subject_values(row: SubjectRow) -> dict[str, object]:
    return {
        "key": row.key,
        "sort": row.sort.value,
        "name": row.name,
        "name_fold": next(iter(folds(row.name or "")), NAMELESS),
        "opened_at_position": row.opened_at,
        "changed_at_position": row.changed_at,
        "under": row.facts.under if isinstance(row.facts, GroupFacts) else None,
        "publisher": row.facts.publisher if isinstance(row.facts, SourceFacts | PlainFacts) else None,
        "facts": canonical(row.facts),
    }


def _names(subject: SubjectRow, events: Sequence[Event], context: RowContext) -> list[dict[str, object]]:
    return [
        {"key": subject.key, "as_written": name, "name_fold": "|".join(folds(name))}
        for name in spellings_of(subject.facts, subject.key, events, context)
    ]


class _Rows:
    """The rows of a round, collected over all its owners."""

    def __init__(self) -> None:
        self._rows: dict[Table, list[dict[str, object]]] = {table: [] for table in OWNED}
        self._reports: dict[Position, dict[str, object]] = {}
        self._credits: dict[tuple[SubjectKey, Position], dict[str, object]] = {}

    def take(
        self,
        owner: SubjectKey,
        findings: Sequence[Finding],
        events: Mapping[SubjectKey, Sequence[Event]],
        context: RowContext,
    ) -> None:
        """Turns what one owner's fold gave into rows. `events` are those of the owner and of the groups under it."""
        reports = {event.position: event.report for own in events.values() for event in own if event.report}
        self._rows[FINDINGS_NOW] += [_finding_values(owner, finding) for finding in findings]
        self._rows[EVIDENCE_NOW] += [
            row for finding in findings for row in _evidence_values(owner, finding, reports)
        ]
        for key, own in events.items():
            self._take_reports(key, own, context)
        self._rows[FOLD_READS] += [{"key": key, "owner": owner} for key in sorted(context.asked - {owner})]

    def _take_reports(self, key: SubjectKey, events: Sequence[Event], context: RowContext) -> None:
        states = report_states(events, context)
        for event in events:
            if event.report is None or event.about[0] != key:
                continue
            voice = voice_of(event.report, context)
            state = states[event.position]
            self._reports[event.position] = {
                "position": event.position,
                "source": event.report.source,
                "voice": voice,
                "state": state.state.value,
                "decided_by": state.decided_by,
            }
            for party in _credited(event.report, voice):
                self._credits[party, event.position] = {"party": party, "position": event.position}

    def write(self, connection: Connection, owners: set[SubjectKey]) -> None:
        """Replaces all rows of these owners, and those of the reports about them."""
        for table, rows in self._rows.items():
            _replace(connection, table, owners, rows)
        positions = set(self._reports)
        _replace(connection, REPORTS_NOW, positions, self._reports.values())
        _replace(connection, CREDITS_NOW, positions, self._credits.values())


def _replace(
    connection: Connection,
    table: Table,
    values: Iterable[object],
    rows: Iterable[Mapping[str, object]],
) -> None:
    """Deletes the rows with these values of a column and inserts others, in a fixed number of statements for any few of them."""
    wanted = iter(values)
    while chunk := list(islice(wanted, CHUNK_OWNERS)):
        connection.execute(DELETIONS[table], {"values": chunk})
    if new := list(rows):
        connection.execute(table.insert(), new)


def _finding_values(owner: SubjectKey, finding: Finding) -> dict[str, object]:
    status, under = _status(finding)
    interval = finding.interval
    days = [day.isoformat() for day in msgspec.structs.astuple(interval)] if interval else [None] * 4
    return {
        "about": finding.about,
        "facet": finding.facet.value,
        "segment": finding.segment,
        "owner": owner,
        "standing": finding.standing.value,
        "status": status,
        "object": under,
        **dict(zip(("from_min", "from_max", "to_min", "to_max"), days, strict=True)),
        "finding": canonical(finding),
    }


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


def _evidence_values(
    owner: SubjectKey, finding: Finding, reports: Mapping[Position, Report]
) -> Iterator[dict[str, object]]:
    for position in finding.supported_by:
        yield {
            "about": finding.about,
            "facet": finding.facet.value,
            "segment": finding.segment,
            "position": position,
            "owner": owner,
            "source": reports[position].source,
        }


def _credited(report: Report, voice: SubjectKey | None) -> set[SubjectKey]:
    """Whoever is credited with a report, anywhere in its chain, and its voice."""
    links: tuple[object, ...] = report.attribution  # elements may be erased
    named = (link.party for link in links if isinstance(link, Attribution))
    return {party for party in (*named, voice) if party is not None}
