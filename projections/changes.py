"""What differs between two moments of the record, finding by finding, and which entries made it differ.

    changes(before, after, span, window)     a page of the findings that are not the same at both moments
    every_change(before, after, span)        all of them, in the same order
    change_of(before, after, span, key)      one of them
    causes_at(known, positions)              the entries at which findings changed, and why each of them did

A finding differs where any of it does: its value, its days, who supports it, how many voices say so. Every version of a finding begins
and ends at the position of the entry that made it (`projections/tables.py`), so that an entry need not be guessed. Where the two moments
are asked about two days, a finding that holds on one of them otherwise than on the other differs as well, by the passing of time alone.

What it costs grows with what changed in between, not with what is on record; but for the days, for which the findings are gone through.

Absent on purpose: differences of counts. A figure is shown as it was published, before and after; nothing is subtracted. And that a term
has run out: whoever asks about a sentence on a day is told (`SentenceValue.elapses_on`), and nothing about the finding differs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union,
    union_all,
)

from events.decoder import Event
from events.kinds import (
    Decision,
    EventId,
    IdentityJudged,
    MembershipJudged,
    Position,
    Report,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    RulesAdopted,
    SubjectKey,
    SubjectSort,
    ValueRedacted,
)
from events.store import EVERYTHING, PUBLIC_VIEWER, decoded, read_by_ids, read_positions
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.reads import Page, Window, findings_by_key, page_over, place_of, read_finding
from projections.rows import subject_rows
from projections.tables import DETAILS, shelves_at

CHANGES_PER_STATEMENT = 300


class ChangeReason(StrEnum):
    """Why a finding differs."""

    NEW_REPORT = "new_report"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    REINSTATEMENT = "reinstatement"
    IDENTITY = "identity"
    MEMBERSHIP = "membership"
    ERASURE = "erasure"
    NEW_RULES = "new_rules"
    FILING = "filing"
    PASSING_OF_TIME = "passing_of_time"


class Span(Struct, frozen=True, kw_only=True):
    """Two moments: the positions, of which the second is no earlier, and the days asked about at each."""

    after: Position
    through: Position
    first_day: date
    last_day: date


class Change(Struct, frozen=True, kw_only=True):
    """One finding that is not the same at both moments; None where there was none. `because` are the positions of the entries that made it
    differ, ascending. `time_passed`: what stood before holds on the later day otherwise than on the earlier one, whatever was recorded."""

    about: SubjectKey
    facet: Facet
    segment: str
    before: Finding | None
    after: Finding | None
    because: tuple[Position, ...] = ()
    time_passed: bool = False

    @property
    def key(self) -> FindingKey:
        """What the finding is found by."""
        return self.about, self.facet, self.segment

    def differs_in(self) -> tuple[str, ...]:
        """The names of what is not the same of a finding that stood at both moments, `holds` included; none where it stood at one."""
        if self.before is None or self.after is None:
            return ()
        names = (field.name for field in msgspec.structs.fields(Finding))
        differing = (name for name in names if getattr(self.before, name) != getattr(self.after, name))
        return (*differing, *(("holds",) if self.time_passed else ()))


def changes(
    before: Known, after: Known, span: Span, window: Window, *, about: SubjectKey | None = None
) -> tuple[Page, list[Change]]:
    """A page of what differs, by subject, facet and segment, and the changes on it. Of one subject, where one is named: of an act also what
    it did for others, and what is told of the groups under it; of a proceeding also what is told of people in it. At most five statements,
    however many rows."""
    differing = _differing(before, after, span, about)
    place = place_of(differing)
    found = page_over(after.connection, place[-1], place, (), window, _both_versions(after, place, span))
    rows = [(*row.place, row.fields["before"], row.fields["after"]) for row in found.rows]
    return found, list(_changes_of(after, rows, span))


def every_change(
    before: Known, after: Known, span: Span, *, about: SubjectKey | None = None
) -> Iterator[Change]:
    """All that `changes` pages through. One statement, and one for every few hundred changes."""
    differing = _differing(before, after, span, about)
    place = place_of(differing)
    wanted = select(*place, *_both_versions(after, place, span)).order_by(*place)
    for rows in after.connection.execute(wanted).partitions(CHANGES_PER_STATEMENT):
        yield from _changes_of(after, [tuple(row) for row in rows], span)


def change_of(before: Known, after: Known, span: Span, key: FindingKey) -> Change | None:
    """How one finding differs; None where it does not."""
    was, found = (findings_by_key(known, [key]).get(key) for known in (before, after))
    causes = causes_of(after, [key], span)[key]
    change = _change(key, was, found, causes, span)
    return change if was != found or change.time_passed else None


def _changes_of(known: Known, rows: Sequence[tuple[Any, ...]], span: Span) -> Iterator[Change]:
    keys: list[FindingKey] = [(SubjectKey(row[0]), Facet(row[1]), row[2]) for row in rows]
    causes = causes_of(known, keys, span)
    for key, row in zip(keys, rows, strict=True):
        was, found = (None if stored is None else read_finding(stored) for stored in row[3:])
        yield _change(key, was, found, causes[key], span)


def _change(
    key: FindingKey, was: Finding | None, found: Finding | None, causes: tuple[Position, ...], span: Span
) -> Change:
    about, facet, segment = key
    days = was.interval if was is not None else None
    time_passed = days is not None and days.holds_on(span.first_day) is not days.holds_on(span.last_day)
    return Change(
        about=about,
        facet=facet,
        segment=segment,
        before=was,
        after=found,
        because=causes,
        time_passed=time_passed,
    )


# ── Which findings differ ────────────────────────────────────────────────────


def _differing(before: Known, after: Known, span: Span, about: SubjectKey | None) -> Subquery:
    """The keys of the findings that are not the same at both moments."""
    met = _met(before, after, span, about).subquery("met")
    was, found = _both_versions(after, place_of(met), span)
    moved = select(*place_of(met)).where(was.is_distinct_from(found))
    if span.first_day == span.last_day:
        return moved.subquery("differing")
    shown = after.findings
    otherwise = select(*place_of(shown)).where(
        _holds(shown, span.first_day) != _holds(shown, span.last_day),
        *_is_about(before, after, place_of(shown), about),
    )
    return union(moved, otherwise).subquery("differing")


def _met(before: Known, after: Known, span: Span, about: SubjectKey | None) -> CompoundSelect[Any]:
    """The findings of which a version began or ended between the moments."""
    parts = []
    for table in (DETAILS.now, DETAILS.hist):
        place = [table.c[name] for name in DETAILS.key]
        ends = [table.c.known_from, *([table.c.known_to] if table is DETAILS.hist else [])]
        parts += [
            select(*place).where(
                table.c.build == literal(after.build),
                end > literal(int(span.after)),
                end <= literal(int(span.through)),
                *_is_about(before, after, place, about),
            )
            for end in ends
        ]
    return union(*parts)


def _both_versions(
    known: Known, place: Sequence[ColumnElement[Any]], span: Span
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The stored finding of a key at the first moment and at the second, null where there was none."""
    return (
        _version_at(known, place, span.after).label("before"),
        _version_at(known, place, span.through).label("after"),
    )


def _version_at(known: Known, place: Sequence[ColumnElement[Any]], position: Position) -> ColumnElement[Any]:
    now, hist = DETAILS.now.alias(), DETAILS.hist.alias()
    at = literal(int(position))
    stands = select(now.c.finding).where(
        now.c.build == literal(known.build), _same(place, now), now.c.known_from <= at
    )
    stood = select(hist.c.finding).where(
        hist.c.build == literal(known.build),
        _same(place, hist),
        hist.c.known_from <= at,
        hist.c.known_to > at,
        hist.c.shelf.in_(shelves_at(position)),
    )
    return func.coalesce(stands.scalar_subquery(), stood.scalar_subquery())


def _same(place: Sequence[ColumnElement[Any]], table: Any) -> ColumnElement[bool]:
    return and_(*(mine == table.c[name] for mine, name in zip(place, DETAILS.key, strict=True)))


def _holds(findings: Subquery, day: date) -> ColumnElement[int]:
    """How a stretch of days holds on one, as `Interval.holds_on` has it."""
    on, days = literal(day.isoformat()), findings.c
    return case(
        (and_(days.from_max <= on, on < days.to_min), 2),
        (and_(days.from_min <= on, on < days.to_max), 1),
        else_=0,
    )


def _is_about(
    before: Known, after: Known, place: Sequence[ColumnElement[Any]], about: SubjectKey | None
) -> Iterator[ColumnElement[bool]]:
    if about is None:
        return
    subject = subject_rows(after, [about]).get(about)
    if subject is None or subject.sort not in (SubjectSort.ACT, SubjectSort.PROCEEDING):
        yield place[0] == about
        return
    own = [select(known.subjects.c.key).where(known.subjects.c.under == about) for known in (before, after)]
    theirs = [
        select(*place_of(known.findings)).where(known.findings.c.object == about) for known in (before, after)
    ]
    yield or_(
        place[0] == about,
        *(place[0].in_(keys) for keys in own),
        *(tuple_(*place).in_(keys) for keys in theirs),
    )


# ── Which entries made them differ ───────────────────────────────────────────


class _Version(Struct, frozen=True):
    began: Position
    ended: Position | None
    finding: bytes


def causes_of(
    known: Known, keys: Collection[FindingKey], span: Span
) -> Mapping[FindingKey, tuple[Position, ...]]:
    """For each of these findings the positions at which it changed after one position and through another."""
    versions: dict[FindingKey, list[_Version]] = {key: [] for key in keys}
    if not keys or span.after == span.through:
        return dict.fromkeys(versions, ())
    for row in known.connection.execute(_versions(known, keys, span)):
        key = (SubjectKey(row.about), Facet(row.facet), row.segment)
        versions[key].append(_Version(row.known_from, row.known_to, bytes(row.finding)))
    return {key: tuple(_turns(found, span)) for key, found in versions.items()}


def _versions(known: Known, keys: Collection[FindingKey], span: Span) -> CompoundSelect[Any]:
    """Every version that stood for a while between the two moments, or at one of them."""
    places = sorted((about, facet.value, segment) for about, facet, segment in keys)
    parts = []
    for table, end in ((DETAILS.now, null()), (DETAILS.hist, DETAILS.hist.c.known_to)):
        stands = [] if table is DETAILS.now else [DETAILS.hist.c.known_to >= literal(int(span.after))]
        parts.append(
            select(
                *(table.c[name] for name in DETAILS.key),
                table.c.known_from,
                end.label("known_to"),
                table.c.finding,
            ).where(
                table.c.build == literal(known.build),
                table.c.known_from <= literal(int(span.through)),
                *stands,
                tuple_(*(table.c[name] for name in DETAILS.key)).in_(places),
            )
        )
    return union_all(*parts)


def _turns(versions: Sequence[_Version], span: Span) -> Iterator[Position]:
    """Where one version gave way to another, or to none. Rows with the same finding are one version: a group that comes under an act has
    its rows written anew, in the fold of the act."""
    standing: _Version | None = None
    for version in sorted(versions, key=lambda version: version.began):
        if standing is not None and standing.ended is not None and standing.ended < version.began:
            yield from _within(standing.ended, span)
            standing = None
        if standing is None or standing.finding != version.finding:
            yield from _within(version.began, span)
        standing = version
    if standing is not None and standing.ended is not None:
        yield from _within(standing.ended, span)


def _within(position: Position, span: Span) -> Iterator[Position]:
    if span.after < position <= span.through:
        yield position


# ── Why ──────────────────────────────────────────────────────────────────────


class Cause(Struct, frozen=True):
    """An entry at which findings changed, and why they did. `taken_back` is the entry that it takes back, the one that this took back,
    and so on, as far as they are public; nothing where it takes back a source, a party or nothing."""

    reason: ChangeReason
    event: Event
    taken_back: tuple[Event, ...] = ()


def causes_at(known: Known, positions: Collection[Position]) -> dict[Position, Cause]:
    """The public entries at these positions, and why each makes findings differ, as far as is known. One statement, and one for each step
    from a decision to the one that it takes back."""
    through = EVERYTHING if known.through is None else known.through
    wanted = {at for position in positions for at in (position, position + 1) if at <= through}
    stored = read_positions(known.ledger, sorted(wanted), viewer=PUBLIC_VIEWER)
    events = {at: decoded(event) for at, event in stored.items()}
    targets = _targets(known, [events[at] for at in sorted(set(positions) & events.keys())])
    return {
        at: Cause(
            reason_of(events[at], following=events.get(Position(at + 1)), targets=targets),
            events[at],
            tuple(_chain(events[at], targets)),
        )
        for at in sorted(set(positions) & events.keys())
    }


def _chain(event: Event, targets: Mapping[EventId, Event]) -> Iterator[Event]:
    """What an entry takes back, what this took back, and so on."""
    target = _target_of(event)
    while target is not None and (met := targets.get(target)) is not None:
        yield met
        target = _target_of(met)


def _targets(known: Known, events: Collection[Event]) -> dict[EventId, Event]:
    """The events that these take back, and those that those take back, and so on."""
    found: dict[EventId, Event] = {}
    pending = {target for event in events if (target := _target_of(event)) is not None}
    while pending:
        stored = read_by_ids(known.ledger, sorted(pending), viewer=PUBLIC_VIEWER)
        met = {EventId(event.event_id): decoded(event) for event in stored.values()}
        found |= met
        pending = {
            target for event in met.values() if (target := _target_of(event)) is not None
        } - found.keys()
    return found


def _target_of(event: Event) -> EventId | None:
    content = event.content
    return content.event if isinstance(content, ReportRetracted) and isinstance(content.event, str) else None


def reason_of(event: Event, *, following: Event | None, targets: Mapping[EventId, Event]) -> ChangeReason:
    """Why an entry makes a finding differ. `following` is the entry behind it: a correction stands behind the report that it brings.
    `targets` are the entries that it takes back, by itself or through others. Of what is taken back for safety nothing more is told."""
    match event.content:
        case Report():
            brought = following.content if following is not None else None
            is_brought = isinstance(brought, ReportCorrected) and brought.corrected_to == event.event_id
            return ChangeReason.CORRECTION if is_brought else ChangeReason.NEW_REPORT
        case ReportRetracted(ground=RetractionGround.SAFETY):
            return ChangeReason.RETRACTION
        case ReportRetracted():
            return _reason_of_retraction(targets.get(_target_of(event) or EventId("")), targets)
        case ReportCorrected():
            return ChangeReason.CORRECTION
        case RulesAdopted():
            return ChangeReason.NEW_RULES
        case IdentityJudged():
            return ChangeReason.IDENTITY
        case MembershipJudged():
            return ChangeReason.MEMBERSHIP
        case ValueRedacted():
            return ChangeReason.ERASURE
        case _:
            return ChangeReason.FILING


def _reason_of_retraction(target: Event | None, targets: Mapping[EventId, Event]) -> ChangeReason:
    """A report, a source or a party falls; what a decision had taken away comes back; taking that back lets the decision's target fall
    again. A judgement that is undone is told as what it is."""
    content = target.content if target is not None else None
    if target is None or not isinstance(content, Decision):
        return ChangeReason.RETRACTION
    if isinstance(content, ReportCorrected):
        return ChangeReason.REINSTATEMENT
    if not isinstance(content, ReportRetracted):
        return reason_of(target, following=None, targets=targets)
    beyond = targets.get(_target_of(target) or EventId(""))
    if beyond is None or not isinstance(beyond.content, Decision):
        return ChangeReason.REINSTATEMENT
    return reason_of(beyond, following=None, targets=targets)
