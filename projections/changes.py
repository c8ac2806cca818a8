"""What differs between two moments of the record, finding by finding, and which entries made it differ.

    changes(before, after, …)      a page of the findings that are not the same as known at two positions
    causes_of(…)                   the positions at which each of them changed in between, and why

A finding differs where any of it does: its value, its days, who supports it, how many voices say so. Every version of a finding begins
and ends at the position of the entry that made it (`projections/tables.py`), so that an entry need not be guessed. Where the two moments
are asked about two days, a finding that holds on one of them and not on the other differs as well, by the passing of time alone.

Absent on purpose: differences of counts. A figure is shown as it was published, before and after; nothing is subtracted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    and_,
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
    IdentityJudged,
    MembershipJudged,
    Position,
    Report,
    ReportCorrected,
    RulesAdopted,
    SubjectKey,
    ValueRedacted,
)
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.reads import Page, Window, page_over, place_of, read_finding
from projections.tables import DETAILS


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
    differ, in order; none where only time has passed."""

    about: SubjectKey
    facet: Facet
    segment: str
    before: Finding | None
    after: Finding | None
    because: tuple[Position, ...] = ()


def changes(
    before: Known, after: Known, span: Span, window: Window, *, about: SubjectKey | None = None
) -> tuple[Page, list[Change]]:
    """A page of what differs, by subject, facet and segment, and the changes on it. Of one subject, where one is named: of an act also what
    it did for others, and what is told of the groups under it. Four statements, however many rows."""
    differing = _differing(before, after, span, about).subquery("differing")
    place = place_of(differing)
    found = page_over(after.connection, place[-1], place, (), window, (differing.c.before, differing.c.after))
    keys = [_key(*map(str, row.place)) for row in found.rows]
    causes = causes_of(after, keys, span)
    return found, [
        Change(
            about=key[0],
            facet=key[1],
            segment=key[2],
            before=_finding(row.fields["before"]),
            after=_finding(row.fields["after"]),
            because=causes.get(key, ()),
        )
        for key, row in zip(keys, found.rows, strict=True)
    ]


def _key(about: str, facet: str, segment: str) -> FindingKey:
    return SubjectKey(about), Facet(facet), segment


def _finding(stored: bytes | None) -> Finding | None:
    return None if stored is None else read_finding(stored)


def _differing(before: Known, after: Known, span: Span, about: SubjectKey | None) -> Select[tuple[Any, ...]]:
    """About, facet, segment, and the stored finding at both moments."""
    met = _met(after, span).subquery("met")
    old, new = before.details, after.details
    key = place_of(met)
    joined = met.outerjoin(old, _same(key, place_of(old))).outerjoin(new, _same(key, place_of(new)))
    differs = [old.c.finding.is_distinct_from(new.c.finding)]
    if span.first_day != span.last_day:
        shown = after.findings
        joined = joined.outerjoin(shown, _same(key, place_of(shown)))
        differs.append(_holds_otherwise(shown, span))
    wanted = select(*key, old.c.finding.label("before"), new.c.finding.label("after")).select_from(joined)
    wanted = wanted.where(or_(*differs))
    return wanted if about is None else wanted.where(_is_about(before, after, key, about))


def _same(one: Sequence[ColumnElement[Any]], other: Sequence[ColumnElement[Any]]) -> ColumnElement[bool]:
    return and_(*(mine == its for mine, its in zip(one, other, strict=True)))


def _met(known: Known, span: Span) -> CompoundSelect[Any]:
    """The findings of which a version began or ended between the moments, or whose days lie between the days asked about."""
    now, hist = DETAILS.now, DETAILS.hist
    begun = select(*(now.c[name] for name in DETAILS.key)).where(
        now.c.build == known.build, _is_between(now.c.known_from, span)
    )
    ended = select(*(hist.c[name] for name in DETAILS.key)).where(
        hist.c.build == known.build,
        or_(_is_between(hist.c.known_from, span), _is_between(hist.c.known_to, span)),
    )
    if span.first_day == span.last_day:
        return union(begun, ended)
    shown = known.findings
    return union(begun, ended, select(*place_of(shown)).where(_holds_otherwise(shown, span)))


def _is_between(position: ColumnElement[int], span: Span) -> ColumnElement[bool]:
    return and_(position > literal(int(span.after)), position <= literal(int(span.through)))


def _holds_otherwise(findings: Subquery, span: Span) -> ColumnElement[bool]:
    """Whether a stretch of days holds on one of the days asked about otherwise than on the other."""
    days = (findings.c.from_min, findings.c.from_max, findings.c.to_min, findings.c.to_max)
    first, last = sorted((span.first_day.isoformat(), span.last_day.isoformat()))
    return or_(*(and_(day > first, day <= last) for day in days))


def _is_about(
    before: Known, after: Known, key: Sequence[ColumnElement[Any]], about: SubjectKey
) -> ColumnElement[bool]:
    """Findings about a subject, about a group under it, and what it did for others."""
    its = [select(known.subjects.c.key).where(known.subjects.c.under == about) for known in (before, after)]
    by_it = [
        select(*place_of(known.findings)).where(known.findings.c.object == about) for known in (before, after)
    ]
    return or_(
        key[0] == about, *(key[0].in_(keys) for keys in its), *(tuple_(*key).in_(keys) for keys in by_it)
    )


class _Version(Struct, frozen=True):
    began: Position
    ended: Position | None
    finding: bytes


def causes_of(
    known: Known, keys: Collection[FindingKey], span: Span
) -> Mapping[FindingKey, tuple[Position, ...]]:
    """For each of these findings the positions at which it changed after one position and through another."""
    if not keys:
        return {}
    versions: dict[FindingKey, list[_Version]] = {key: [] for key in keys}
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
                table.c.build == known.build,
                table.c.known_from <= literal(int(span.through)),
                *stands,
                tuple_(*(table.c[name] for name in DETAILS.key)).in_(places),
            )
        )
    return union_all(*parts)


def _turns(versions: Sequence[_Version], span: Span) -> Iterator[Position]:
    """Where one version gave way to another, or to none. Pieces of one that a chapter parts are one version."""
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


def reason_of(event: Event, following: Event | None) -> ChangeReason:
    """Why an entry makes a finding differ. `following` is the entry behind it: a correction stands behind the report that it brings."""
    content = event.content
    match content:
        case Report():
            brought = following.content if following is not None else None
            is_brought = isinstance(brought, ReportCorrected) and brought.corrected_to == event.event_id
            return ChangeReason.CORRECTION if is_brought else ChangeReason.NEW_REPORT
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


def reason_of_retraction(target: Event | None) -> ChangeReason:
    """Why a retraction makes a finding differ: of a decision it brings back what had fallen."""
    is_decision = target is not None and not isinstance(target.content, Report)
    return ChangeReason.REINSTATEMENT if is_decision else ChangeReason.RETRACTION
