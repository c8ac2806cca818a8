"""All that doors read of the projections: one function a question, each in a number of statements that does not grow with the rows.

Every answer belongs to a basis: how far the ledger had come, how far the projecting had, the rules, and the day asked about. A caller that
wants several answers of one basis asks for them in one reading transaction (`app.database.Database.reading`).

Pages are asked for by a `Window` over one ordering whose last column is unique (the Relay connection's arguments, resolved).

Absent on purpose: SQL of events (`events/store.py`), rules, and today: the day is a parameter, resolved at the door.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self, TypeVar, assert_never

import msgspec
from rapidfuzz import fuzz
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType

from events.drivers import planned_anew
from events.errors import CursorInvalid, StoreUnready
from events.kinds import (
    REPORTS,
    Custody,
    InclusionEffect,
    InclusionStep,
    Position,
    StreamId,
    SubjectKey,
    SubjectSort,
    kind_of,
)
from events.quantities import CountMeasure
from events.store import Viewer, head, public_entries
from events.tables import ERASURES, EVENT_STREAMS, EVENTS, STREAMS
from projections.custody_states import DEPRIVED
from projections.evidence import ReportState
from projections.feed import StoreFeed
from projections.findings import ActOutcome, ActValue, Facet, Finding, FindingKey, Holds, Standing
from projections.known import Known
from projections.names import folds

LIKE_ENOUGH = 70


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer was computed from. `position` 0 is the empty ledger, which has no `recorded_at`."""

    position: Position
    recorded_at: datetime | None
    valid_on: date
    zone: str
    rules: str
    erasures: int
    projected_through: Position
    available_by: datetime | None = None


_ERASURES = select(func.count(ERASURES.c.by_position.distinct()))


def basis(known: Known, *, valid_on: date, zone: str) -> Basis:
    """The basis of answers about a day, of what is known; of a database without a ledger, position 0. `rules` are those that the findings
    follow: where these lag behind, not yet those in force at the position."""
    position, recorded_at = _last_entry(known)
    return Basis(
        position=position,
        recorded_at=recorded_at,
        valid_on=valid_on,
        zone=zone,
        rules=StoreFeed(known.ledger).rules_at(min(position, known.projected_through)),
        erasures=known.ledger.execute(_ERASURES).scalar_one(),
        projected_through=known.projected_through,
    )


def _last_entry(known: Known) -> tuple[Position, datetime | None]:
    """Position and instant of the last entry that is known; 0 and none of an empty ledger."""
    if known.through is not None:
        entry = public_entries(known.ledger, [known.through]).get(known.through)
        return known.through, None if entry is None else entry.recorded_at
    try:
        top = head(known.ledger)
    except StoreUnready:
        return Position(0), None
    return Position(top.size), top.recorded_at if top.size else None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a list that a page shows: at most `size` rows after (or before) a row's place in the ordering.

    `after` and `before` are values of the ordering's columns; `backwards` takes the last ones instead of the first.
    """

    size: int
    after: tuple[str | int, ...] | None = None
    before: tuple[str | int, ...] | None = None
    backwards: bool = False


class Row(msgspec.Struct, frozen=True):
    """One row of a page, and its place in the ordering, of which a cursor is made."""

    place: tuple[str | int, ...]
    key: str | int
    fields: Mapping[str, Any] = {}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Rows in list order, whether there are more on either side, and how many the whole list has."""

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool
    total: int


class PrisonersWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which prisoners: all that is given must hold; of the values in a list, any. `name` in any spelling, tokens in any order."""

    name: str | None = None
    custody: tuple[Custody, ...] = ()
    holds: Holds = Holds.CERTAIN
    standing: tuple[Standing, ...] = ()
    act: SubjectKey | None = None
    outcome: tuple[ActOutcome, ...] = ()


def findings_of(
    known: Known, keys: Collection[SubjectKey], facets: Collection[Facet] = ()
) -> dict[SubjectKey, list[Finding]]:
    """All findings about these subjects, by facet and segment; of these facets alone, where any are given."""
    wanted: dict[SubjectKey, list[Finding]] = {key: [] for key in keys}
    if not wanted:
        return wanted
    details = known.details
    statement = select(details.c.about, details.c.finding).where(details.c.about.in_(sorted(keys)))
    if facets:
        statement = statement.where(details.c.facet.in_(sorted(facets)))
    for row in known.connection.execute(
        statement.order_by(details.c.about, details.c.facet, details.c.segment)
    ):
        wanted[SubjectKey(row.about)].append(read_finding(row.finding))
    return wanted


def findings_by_key(known: Known, keys: Collection[FindingKey]) -> dict[FindingKey, Finding]:
    """The findings among these keys."""
    if not keys:
        return {}
    places = tuple_(*place_of(known.details))
    statement = select(known.details.c.finding).where(places.in_(sorted(keys)))
    found = (read_finding(row.finding) for row in known.connection.execute(statement))
    return {(finding.about, finding.facet, finding.segment): finding for finding in found}


def place_of(findings: Subquery) -> tuple[ColumnElement[Any], ...]:
    """The columns by which a finding is found."""
    return findings.c.about, findings.c.facet, findings.c.segment


def read_finding(stored: bytes) -> Finding:
    """A finding as its row holds it."""
    return msgspec.json.decode(stored, type=Finding)


def prisoners(known: Known, wanted: PrisonersWanted, day: date, window: Window) -> Page:
    """A page of prisoners by folded name, ties by key."""
    listed = known.subjects_listed.c
    is_person = listed.sort == SubjectSort.PERSON.value
    with planned_anew(known.connection):
        return page_over(
            known.connection,
            listed.key,
            (listed.name_fold, listed.key),
            [is_person, *_prisoner_conditions(known, wanted, day, _Walked(known))],
            window,
            counted=[is_person, *_prisoner_conditions(known, wanted, day, _Counted(known))],
        )


def subjects_of_sort(known: Known, sort: SubjectSort, window: Window) -> Page:
    """A page of all subjects of one sort, latest opened first."""
    conditions = [known.subjects.c.sort == sort.value]
    return page_over(
        known.connection, known.subjects.c.key, (-known.subjects.c.opened_at_position,), conditions, window
    )


def lists(known: Known, window: Window) -> Page:
    """A page of all published lists by folded name, ties by key."""
    conditions = [known.subjects.c.sort == SubjectSort.LIST.value]
    return page_over(
        known.connection,
        known.subjects.c.key,
        (known.subjects.c.name_fold, known.subjects.c.key),
        conditions,
        window,
    )


def spellings(known: Known, keys: Collection[SubjectKey]) -> dict[SubjectKey, tuple[str, ...]]:
    """For each subject every spelling of its name on record."""
    found: dict[SubjectKey, tuple[str, ...]] = dict.fromkeys(keys, ())
    statement = (
        select(known.names.c.key, known.names.c.as_written)
        .where(known.names.c.key.in_(sorted(keys)))
        .order_by(known.names.c.key, known.names.c.as_written)
    )
    for key, spelling in known.connection.execute(statement):
        found[key] = (*found[key], spelling)
    return found


def act_outcomes(
    known: Known,
    acts: Collection[SubjectKey],
    outcomes: Sequence[ActOutcome],
    day: date,
    window: Window,
) -> dict[SubjectKey, Page]:
    """For each act a page of what it did for whom on a day: groups first, then prisoners, each by name.

    Row fields: about, facet, segment.
    """
    place = (
        known.subjects.c.sort,
        known.subjects.c.name_fold,
        known.findings.c.about,
        known.findings.c.segment,
    )
    fields = (known.findings.c.about, known.findings.c.facet, known.findings.c.segment)
    conditions = _outcome_conditions(known, outcomes, day)
    return _pages(known.connection, known.findings.c.object, acts, place, conditions, window, fields)


class Documented(msgspec.Struct, frozen=True, kw_only=True):
    """R11's third column: `low` named people for certain, `high` possibly, `unnamed` told of one by one beside them; of the named, how many
    are held again on the day. `named` are the keys of those in `high`, ascending."""

    low: int = 0
    high: int = 0
    unnamed: int = 0
    detained_again: int = 0
    named: tuple[SubjectKey, ...] = ()


def documented(
    known: Known, acts: Collection[SubjectKey], measure: CountMeasure, day: date
) -> dict[SubjectKey, Documented]:
    """For each act, whom it reached by a measure on a day, by their own findings. Two statements."""
    reached = (
        select(
            known.findings.c.object,
            known.subjects.c.key,
            known.subjects.c.name,
            known.details.c.finding,
        )
        .where(
            *(
                one == other
                for one, other in zip(place_of(known.findings), place_of(known.details), strict=True)
            ),
            *_outcome_conditions(known, (), day),
            known.findings.c.object.in_(sorted(acts)),
            known.subjects.c.sort == SubjectSort.PERSON.value,
        )
        .order_by(known.findings.c.object, known.subjects.c.key)
    )
    people: dict[SubjectKey, dict[SubjectKey, _Person]] = {act: {} for act in acts}
    for row in known.connection.execute(reached):
        finding = read_finding(row.finding)
        if isinstance(finding.value, ActValue) and is_counted_as(finding.value, measure):
            person = people[row.object].setdefault(
                SubjectKey(row.key), _Person(row.key, row.name is not None)
            )
            certain = finding.interval is not None and finding.interval.holds_on(day) is Holds.CERTAIN
            person.certain = person.certain or certain
    held = _held_again(known, acts, day)
    return {act: _documented(list(found.values()), held) for act, found in people.items()}


class _Person(msgspec.Struct):
    key: SubjectKey
    named: bool
    certain: bool = False


_DONE = (InclusionStep.APPLIED, InclusionStep.CARRIED_OUT)
_EFFECTS = {
    CountMeasure.REDUCED: (InclusionEffect.REDUCTION,),
    CountMeasure.CASE_ENDED: (InclusionEffect.CASE_ENDED,),
    CountMeasure.RELIEVED_OTHERWISE: (
        InclusionEffect.OTHER_PENALTY_LIFTED,
        InclusionEffect.CONVICTION_REMOVED,
    ),
}


def is_counted_as(value: ActValue, measure: CountMeasure) -> bool:
    """Whether what an act did for one person is counted under a measure."""
    match measure:
        case CountMeasure.RELEASED:
            return value.outcome is ActOutcome.RELEASED
        case CountMeasure.EXCLUDED:
            return value.outcome is ActOutcome.EXCLUDED
        case CountMeasure.COVERED:
            return value.outcome is not ActOutcome.EXCLUDED
        case CountMeasure.APPLIED:
            return value.inclusion_step in _DONE
        case CountMeasure.REDUCED | CountMeasure.CASE_ENDED | CountMeasure.RELIEVED_OTHERWISE:
            return value.inclusion_step in _DONE and value.effect in _EFFECTS[measure]
        case CountMeasure.HELD | CountMeasure.DETAINED_AGAIN | CountMeasure.NAMED_BY_SOURCE:
            return False
        case _:
            assert_never(measure)


def _held_again(known: Known, acts: Collection[SubjectKey], day: date) -> set[SubjectKey]:
    """Who, of those that an act reached, is deprived of liberty for certain on a day."""
    custody, act = known.findings.alias(), known.findings.alias()
    on = day.isoformat()
    statement = (
        select(custody.c.about)
        .where(
            custody.c.facet == Facet.CUSTODY.value,
            custody.c.status.in_(sorted(DEPRIVED)),
            custody.c.from_max <= on,
            custody.c.to_min > on,
            exists().where(
                act.c.about == custody.c.about,
                act.c.facet == Facet.ACT.value,
                act.c.object.in_(sorted(acts)),
            ),
        )
        .order_by(custody.c.about)
    )
    return {SubjectKey(key) for key in known.connection.execute(statement).scalars()}


def _documented(people: Sequence[_Person], held: Collection[SubjectKey]) -> Documented:
    named = [person for person in people if person.named]
    return Documented(
        low=sum(person.certain for person in named),
        high=len(named),
        unnamed=len(people) - len(named),
        detained_again=sum(person.key in held for person in named),
        named=tuple(person.key for person in named),
    )


def sources(known: Known, publisher: SubjectKey | None, window: Window) -> Page:
    """A page of sources, latest opened first; of one publisher, where one is given."""
    conditions: list[ColumnElement[bool]] = [known.subjects.c.sort == SubjectSort.SOURCE.value]
    if publisher is not None:
        conditions.append(known.subjects.c.publisher == publisher)
    return page_over(
        known.connection, known.subjects.c.key, (-known.subjects.c.opened_at_position,), conditions, window
    )


def reports_of_sources(
    known: Known, sources: Collection[SubjectKey], window: Window
) -> dict[SubjectKey, Page]:
    """For each source a page of the positions of what it says, in ledger order."""
    return _pages(known.connection, known.reports.c.source, sources, (known.reports.c.position,), (), window)


def reports_crediting(
    known: Known, parties: Collection[SubjectKey], window: Window
) -> dict[SubjectKey, Page]:
    """For each party a page of the positions of reports that credit it, anywhere in their chains, in ledger order."""
    return _pages(known.connection, known.credits.c.party, parties, (known.credits.c.position,), (), window)


def reports_fallen_by(known: Known, decisions: Collection[int], window: Window) -> dict[int, Page]:
    """For each decision, by its position, a page of the positions of reports that do not stand because of it, in ledger order."""
    return _pages(
        known.connection, known.reports.c.decided_by, decisions, (known.reports.c.position,), (), window
    )


def findings_resting_on(
    known: Known, sources: Collection[SubjectKey], window: Window
) -> dict[SubjectKey, Page]:
    """For each source a page of the findings that rest on it, alone or with others. Row fields: about, facet, segment."""
    columns = (
        known.evidence.c.source,
        known.evidence.c.about,
        known.evidence.c.facet,
        known.evidence.c.segment,
    )
    rests = select(*columns).where(known.evidence.c.source.in_(sorted(sources))).distinct().subquery()
    place = (rests.c.about, rests.c.facet, rests.c.segment)
    return _pages(known.connection, rests.c.source, sources, place, (), window, place)


def prisoners_in(known: Known, proceedings: Collection[SubjectKey], window: Window) -> dict[SubjectKey, Page]:
    """For each proceeding a page of the prisoners of whom something is found in it, by folded name, ties by key."""
    columns = (known.findings.c.object, known.subjects.c.name_fold, known.subjects.c.key)
    found = (
        select(*columns)
        .where(
            known.findings.c.object.in_(sorted(proceedings)),
            known.findings.c.facet.in_((Facet.SENTENCE.value, Facet.CASE.value)),
            known.findings.c.about == known.subjects.c.key,
            known.subjects.c.sort == SubjectSort.PERSON.value,
        )
        .distinct()
        .subquery()
    )
    return _pages(known.connection, found.c.object, proceedings, (found.c.name_fold, found.c.key), (), window)


class EventsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: all that is given must hold; of the values in a list, any. `about`, `source` and `party` are keys."""

    about: SubjectKey | None = None
    kinds: tuple[str, ...] = ()
    source: SubjectKey | None = None
    party: SubjectKey | None = None
    state: tuple[ReportState, ...] = ()


def events(known: Known, wanted: EventsWanted, window: Window, *, viewer: Viewer, newest_first: bool) -> Page:
    """A page of the positions of entries that the viewer may see, in ledger order or the other way round."""
    place = (EVENTS.c.position,)
    conditions = list(_event_conditions(known, wanted, viewer))
    if not newest_first:
        return page_over(known.ledger, EVENTS.c.position, place, conditions, window)
    turned = Window(
        size=window.size, after=window.before, before=window.after, backwards=not window.backwards
    )
    page = page_over(known.ledger, EVENTS.c.position, place, conditions, turned)
    return Page(
        rows=page.rows[::-1], has_next=page.has_previous, has_previous=page.has_next, total=page.total
    )


def histories(
    known: Known,
    keys: Collection[SubjectKey],
    wanted: EventsWanted,
    window: Window,
    *,
    viewer: Viewer,
) -> dict[SubjectKey, Page]:
    """For each subject a page of the positions of entries about it that the viewer may see, in ledger order."""
    conditions = [*_in_streams(), *_event_conditions(known, wanted, viewer)]
    return _pages(known.ledger, STREAMS.c.subject_key, keys, (EVENTS.c.position,), conditions, window)


def stream_events(
    known: Known, streams: Collection[StreamId], window: Window, *, viewer: Viewer
) -> dict[StreamId, Page]:
    """For each stream a page of the positions of its entries, in the order of their versions."""
    place = (EVENT_STREAMS.c.version, EVENTS.c.position)
    conditions = [*_in_streams(), *_event_conditions(known, EventsWanted(), viewer)]
    return _pages(known.ledger, STREAMS.c.stream_id, streams, place, conditions, window)


def positions_of_kinds(
    known: Known, keys: Collection[SubjectKey], kinds: Collection[str], *, viewer: Viewer
) -> dict[SubjectKey, list[Position]]:
    """For each subject the positions of all entries of these kinds about it that the viewer may see, ascending."""
    found: dict[SubjectKey, list[Position]] = {key: [] for key in keys}
    statement = (
        select(STREAMS.c.subject_key, EVENTS.c.position)
        .where(
            *_in_streams(),
            *_event_conditions(known, EventsWanted(kinds=tuple(sorted(kinds))), viewer),
            STREAMS.c.subject_key.in_(sorted(keys)),
        )
        .order_by(EVENTS.c.position)
    )
    for row in known.ledger.execute(statement):
        found[SubjectKey(row.subject_key)].append(Position(row.position))
    return found


def report_rows(known: Known, positions: Collection[int]) -> dict[Position, Row]:
    """What is projected of the reports at these positions. Row fields: source, voice, state, decided_by."""
    if not positions:
        return {}
    statement = select(known.reports).where(known.reports.c.position.in_(sorted(positions)))
    return {
        Position(row.position): Row((row.position,), row.position, dict(row._mapping))
        for row in known.connection.execute(statement)
    }


def groups_under(known: Known, acts: Collection[SubjectKey]) -> dict[SubjectKey, tuple[SubjectKey, ...]]:
    """For each act the groups that stand under it, by key."""
    found: dict[SubjectKey, tuple[SubjectKey, ...]] = dict.fromkeys(acts, ())
    under = known.subjects.c.under
    statement = (
        select(under, known.subjects.c.key).where(under.in_(sorted(acts))).order_by(known.subjects.c.key)
    )
    for act, key in known.connection.execute(statement):
        found[act] = (*found[act], SubjectKey(key))
    return found


def subjects_named(known: Known, name: str, limit: int = 6) -> list[SubjectKey]:
    """The keys of subjects of any sort whose name, or title, is met by one searched for, in any spelling."""
    key = known.subjects_listed.c.key
    keys = select(key).where(_named(known, name)).order_by(key).limit(limit)
    return [SubjectKey(key) for key in known.connection.execute(keys).scalars()]


def nearest_names(known: Known, name: str, limit: int = 3) -> list[str]:
    """Prisoners' names that look most like one that was not found, for a suggestion: word by word, so that a surname alone is enough."""
    spelt = known.connection.execute(
        select(known.names.c.as_written)
        .join(known.subjects, known.subjects.c.key == known.names.c.key)
        .where(known.subjects.c.sort == SubjectSort.PERSON.value)
    ).scalars()
    wanted = next(iter(folds(name)), "").split()
    scored = ((_likeness(wanted, next(iter(folds(spelling)), "").split()), spelling) for spelling in spelt)
    return [spelling for score, spelling in sorted(scored, reverse=True)[:limit] if score >= LIKE_ENOUGH]


def _likeness(wanted: Sequence[str], known: Sequence[str]) -> float:
    """How like the words of two folded names are, from 0 to 100: of each word wanted the best, on average."""
    if not wanted or not known:
        return 0.0
    return sum(max(fuzz.ratio(word, other) for other in known) for word in wanted) / len(wanted)


class _Few(FunctionElement[bool]):
    """A condition that few rows meet. SQLite, which keeps no statistics here, is told so: otherwise it looks through all that stood of one
    subject after the other, where it could look up the few."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Itself: SQLAlchemy would compare it with 1, and SQLite not see the condition in it any more."""
        return self


@compiles(_Few)
def _plain(element: _Few, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Few, "sqlite")
def _told(element: _Few, compiler: SQLCompiler, **options: Any) -> str:
    return f"likelihood({compiler.process(element.clauses, **options)}, 0.001)"


def _is_any(status: ColumnElement[Any], wanted: Sequence[str]) -> ColumnElement[bool]:
    """Whether a status is one of those wanted."""
    return _Few(status == wanted[0]) if len(wanted) == 1 else status.in_(wanted)


class _Walked:
    """Findings as a page asks for them: one subject after the other, until it is full."""

    def __init__(self, known: Known) -> None:
        self._subjects = known.subjects_listed
        self.findings = known.findings

    def has(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a subject has such a finding."""
        return exists().where(self.findings.c.about == self._subjects.c.key, *conditions)


class _Counted:
    """Findings as a count asks for them: all at once, whosever they are."""

    def __init__(self, known: Known) -> None:
        self._subjects = known.subjects_listed
        self.findings = known.findings_counted

    def has(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a subject has such a finding."""
        return self._subjects.c.key.in_(select(self.findings.c.about).where(*conditions))


def _prisoner_conditions(
    known: Known, wanted: PrisonersWanted, day: date, asked: _Walked | _Counted
) -> Iterator[ColumnElement[bool]]:
    found = asked.findings.c
    if wanted.name is not None:
        yield _named(known, wanted.name)
    if wanted.custody or wanted.standing:
        yield asked.has(
            found.facet == Facet.CUSTODY.value,
            *([_is_any(found.status, wanted.custody)] if wanted.custody else []),
            *([found.standing.in_(wanted.standing)] if wanted.standing else []),
            _holds(asked.findings, day, wanted.holds),
        )
    if wanted.act is not None or wanted.outcome:
        yield asked.has(
            found.facet == Facet.ACT.value,
            *([_Few(found.object == wanted.act)] if wanted.act is not None else []),
            *([found.status.in_(wanted.outcome)] if wanted.outcome else []),
            _holds(asked.findings, day, wanted.holds),
        )


def is_named(name: str, spelling: str) -> bool:
    """Whether a spelling meets a name searched for, as the filter of `prisoners` has it."""
    met = "|".join(folds(spelling))
    return any(all(token in met for token in fold.split()) for fold in folds(name))


def _named(known: Known, name: str) -> ColumnElement[bool]:
    """One spelling of the subject holds every token of one fold of the name searched for; a name without letters meets nobody."""
    readings = [
        and_(*(known.names.c.name_fold.contains(token, autoescape=True) for token in fold.split()))
        for fold in folds(name)
    ]
    return exists().where(known.names.c.key == known.subjects_listed.c.key, or_(false(), *readings))


def _holds(findings: Subquery, day: date, holds: Holds) -> ColumnElement[bool]:
    """Segments that hold on a day: for certain, or possibly, which what is certain is as well."""
    on = day.isoformat()
    if holds is Holds.CERTAIN:
        return and_(findings.c.from_max <= on, findings.c.to_min > on)
    return and_(findings.c.from_min <= on, findings.c.to_max > on)


def _outcome_conditions(known: Known, outcomes: Sequence[ActOutcome], day: date) -> list[ColumnElement[bool]]:
    conditions = [
        known.findings.c.facet == Facet.ACT.value,
        known.findings.c.about == known.subjects.c.key,
        _holds(known.findings, day, Holds.POSSIBLE),
    ]
    return [*conditions, known.findings.c.status.in_(outcomes)] if outcomes else conditions


def _in_streams() -> tuple[ColumnElement[bool], ...]:
    """What joins entries to the streams that they stand in."""
    return (
        EVENT_STREAMS.c.position == EVENTS.c.position,
        STREAMS.c.stream_id == EVENT_STREAMS.c.stream_id,
    )


def _event_conditions(known: Known, wanted: EventsWanted, viewer: Viewer) -> Iterator[ColumnElement[bool]]:
    """The one door's condition, and what is asked for. What is not projected, as what may not be seen, meets no filter of reports."""
    yield EVENTS.c.visibility.in_(sorted(viewer.may_see))
    if wanted.kinds:
        yield EVENTS.c.kind.in_(wanted.kinds)
    if wanted.about is not None:
        places, streams = EVENT_STREAMS.alias(), STREAMS.alias()
        yield exists().where(
            places.c.position == EVENTS.c.position,
            places.c.stream_id == streams.c.stream_id,
            streams.c.subject_key == wanted.about,
        )
    if known.through is not None:
        yield EVENTS.c.position <= literal(int(known.through))
    reports, credits = known.reports, known.credits
    if wanted.source is not None or wanted.state:
        of_source = [reports.c.source == wanted.source] if wanted.source is not None else []
        in_state = [reports.c.state.in_(wanted.state)] if wanted.state else []
        yield _is_among(known, select(reports.c.position).where(*of_source, *in_state))
    if wanted.party is not None:
        yield _is_among(known, select(credits.c.position).where(credits.c.party == wanted.party))
    if known.is_computed:
        is_report = EVENTS.c.kind.in_([kind_of(kind) for kind in REPORTS])
        yield or_(not_(is_report), _is_among(known, select(reports.c.position)))


def _is_among(known: Known, positions: Select[tuple[int]]) -> ColumnElement[bool]:
    """Entries at these positions of projected rows, which stand elsewhere where they were computed."""
    if not known.is_computed:
        return EVENTS.c.position.in_(positions)
    return EVENTS.c.position.in_(known.connection.execute(positions).scalars().all())


Owner = TypeVar("Owner", bound=str | int)


def _pages(
    connection: Connection,
    owner: ColumnElement[Any],
    owners: Collection[Owner],
    place: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    window: Window,
    fields: Sequence[ColumnElement[Any]] = (),
) -> dict[Owner, Page]:
    """The same window over the rows of each owner; a row's key is the last column of its place. Two statements, however many owners."""
    if len(owners) == 1:
        # One owner's page stops at the limit; numbering the rows of several reads all of them.
        (one,) = owners
        return {one: page_over(connection, place[-1], place, [owner == one, *conditions], window, fields)}
    mine = [owner.in_(sorted(owners)), *conditions]
    nth = func.row_number().over(partition_by=owner, order_by=_order(place, window))
    inner = [*place, *fields]
    columns = [column.label(f"c{index}") for index, column in enumerate(inner)]
    numbered = select(owner.label("owner"), nth.label("nth"), *columns).where(*mine, *_limits(place, window))
    ranked = numbered.subquery()
    statement = select(ranked).where(ranked.c.nth <= window.size + 1).order_by(ranked.c.owner, ranked.c.nth)
    found: dict[Owner, list[Sequence[Any]]] = {one: [] for one in owners}
    for row in connection.execute(statement):
        found[row.owner].append((row[1 + len(place)], *row[2:]))
    totals = connection.execute(select(owner, func.count()).where(*mine).group_by(owner))
    total: dict[Owner, int] = {row[0]: row[1] for row in totals}
    return {one: _page_of(rows, len(place), fields, window, total.get(one, 0)) for one, rows in found.items()}


def _order(place: Sequence[ColumnElement[Any]], window: Window) -> list[ColumnElement[Any]]:
    return [column.desc() if window.backwards else column.asc() for column in place]


def _limits(place: Sequence[ColumnElement[Any]], window: Window) -> Iterator[ColumnElement[bool]]:
    if window.after is not None:
        yield tuple_(*place) > _row_place(place, window.after)
    if window.before is not None:
        yield tuple_(*place) < _row_place(place, window.before)


def _row_place(place: Sequence[ColumnElement[Any]], values: Sequence[str | int]) -> ColumnElement[Any]:
    """A row's place in an ordering. Raises CursorInvalid where a value is not of its column's sort, which no row's is."""
    for column, value in zip(place, values, strict=True):
        if not isinstance(value, column.type.python_type):
            raise CursorInvalid(
                "This is no cursor of this list. Take cursors as `pageInfo` and `edges` give them."
            )
    return tuple_(*map(literal, values))


def page_over(
    connection: Connection,
    key: ColumnElement[Any],
    place: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    window: Window,
    fields: Sequence[ColumnElement[Any]] = (),
    counted: Sequence[ColumnElement[bool]] | None = None,
) -> Page:
    """The page of a window over rows ordered by `place`, whose last column is unique. Two statements. `counted` says the same as
    `conditions`, for the count of the whole list."""
    chosen = select(key, *place, *fields).where(*conditions, *_limits(place, window))
    statement = chosen.order_by(*_order(place, window)).limit(window.size + 1)
    found = connection.execute(statement).all()
    every = select(key).where(*(conditions if counted is None else counted)).subquery()
    total = connection.execute(select(func.count()).select_from(every))
    return _page_of(found, len(place), fields, window, total.scalar_one())


def _page_of(
    found: Sequence[Sequence[Any]],
    width: int,
    fields: Sequence[ColumnElement[Any]],
    window: Window,
    total: int,
) -> Page:
    """The page of the rows found, one more than the window's size where there are more; each is key, place, fields."""
    rows = [_row(row, width, fields) for row in found[: window.size]]
    more = len(found) > window.size
    return Page(
        rows=tuple(reversed(rows) if window.backwards else rows),
        has_next=window.before is not None if window.backwards else more,
        has_previous=more if window.backwards else window.after is not None,
        total=total,
    )


def _row(row: Any, width: int, fields: Sequence[ColumnElement[Any]]) -> Row:
    values = tuple(row)
    names = (column.name for column in fields)
    return Row(values[1 : 1 + width], values[0], dict(zip(names, values[1 + width :], strict=True)))
