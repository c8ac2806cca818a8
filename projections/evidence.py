"""R1, R16, R18: which reports stand, what each may be used for, and between which days what it tells of happened.

A report *supports* if it is affirmed, reported or alleged, cited outside a headline, neither retracted nor corrected, and nothing that
every rule reads of it was erased. A negated one of that sort *denies*. All others are shown and move nothing.

    stands      the latest unretracted correction replaces the whole report; retracting the correction restores it; retracting a
                retraction reinstates. Targets lie at earlier positions, so decisions are weighed from the last to the first.
    days        [earliest, latest] by the claimed date and its span; what is told as done is no later than its source's availability,
                and what an act did is no earlier than the act's effect (R4). A cap that would leave no day is not applied: the claimed
                date is what the source says, and the conflict is shown elsewhere.
    readings    where a sentence can be read in several ways, the report is used for its kind alone: that a release was reported, and
                not to what; its own optional values are left out. Fields that a kind cannot be without stay, being what the kind says.
    erased      an erased optional value is left out; where the rules need it (`_NEEDED`), the report supports nothing.

Absent on purpose: the modality of a paraphrase beside a quote of the same text (R3): which words quote which is not recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import msgspec
from msgspec import Struct

from events.citations import CitationZone
from events.dates import Bounds, ClaimedDate, Derivation, bounds_of, bounds_of_claim, narrower
from events.decoder import Erased, Event
from events.kinds import (
    Entry,
    EventId,
    InclusionReported,
    InclusionStep,
    Modality,
    Polarity,
    Position,
    ReleaseReported,
    Report,
    ReportCorrected,
    ReportRetracted,
    SentenceReductionReported,
    Span,
    SubjectKey,
)
from projections.context import Context
from projections.findings import DAY_MAX, DAY_MIN
from projections.voices import Voice, count_voices, hear

_DAY = timedelta(days=1)
_MOVES = frozenset({Modality.REPORTED, Modality.ALLEGED})
_DONE_BY_THE_ACT = frozenset(
    {InclusionStep.GRANTED, InclusionStep.PUBLISHED, InclusionStep.APPLIED, InclusionStep.CARRIED_OUT}
)
_COMMON = frozenset(field.name for field in msgspec.structs.fields(Report))
# Values with a default that would say something else than "not stated", and those without which a report cannot be placed.
_NEEDED = frozenset(
    {
        "polarity",
        "modality",
        "span",
        "source",
        "proceeding",
        "readings",
        "released_by",
        "released_to",
        "restraint_step",
        "charge_stage",
    }
)
# Read by no rule: what is lost there takes no support away.
_UNREAD = frozenset(
    {
        "authority",
        "operation",
        "legal_basis",
        "observer",
        "moved_from",
        "moved_to",
        "circumstances",
        "officials_say",
        "place",
        "court",
        "criteria",
        "released_from",
        "reduction_form",
        "others_unspecified",
        "recorded_by",
        "via",
        "batch",
        "caused_by",
        "visibility",
    }
)


class ReportState(StrEnum):
    """Whether a report stands."""

    STANDING = "standing"
    CORRECTED = "corrected"
    RETRACTED = "retracted"


class Stand(Struct, frozen=True):
    """Whether an event stands, and the position of the decision that took it away."""

    state: ReportState = ReportState.STANDING
    decided_by: Position | None = None


_STANDING = Stand()


class Told(Struct, frozen=True):
    """One standing report, ready for a fold. The days are inclusive; `DAY_MIN` and `DAY_MAX` mean no bound. `dated`: it claims a date.

    `available` is when its source could be read. `report` holds no erased value.
    """

    position: Position
    event_id: EventId
    about: tuple[SubjectKey, ...]
    report: Report
    voice: Voice
    earliest: date
    latest: date
    dated: bool
    available: ClaimedDate | None = None
    erased: int = 0


class Evidence(Struct, frozen=True):
    """What stands for and against, in the order of the ledger. `lost` are reports that an erasure made unusable, with how many values."""

    supporting: tuple[Told, ...] = ()
    denying: tuple[Told, ...] = ()
    lost: tuple[tuple[type[Entry], int], ...] = ()


# ── R16: what stands ─────────────────────────────────────────────────────────


def report_states(events: Sequence[Event], context: Context) -> Mapping[Position, Stand]:
    """For each event, whether it stands, by the decisions among the same events."""
    decisions = [event for event in events if isinstance(event.content, ReportCorrected | ReportRetracted)]
    if not decisions:
        return {event.position: _STANDING for event in events}
    fallen = _Fallen(decisions, positions={event.event_id: event.position for event in events})
    return {event.position: fallen.stand_of(event) for event in events}


class _Fallen:
    """What the decisions took away, weighed from the last decision to the first."""

    def __init__(self, decisions: Iterable[Event], *, positions: Mapping[EventId, Position]) -> None:
        self._positions = positions
        self._events: dict[EventId, Stand] = {}
        self._sources: dict[SubjectKey, Stand] = {}
        self._parties: dict[SubjectKey, Position] = {}
        corrections: list[Event] = []
        for event in sorted(decisions, key=lambda event: event.position, reverse=True):
            retracted = event.event_id in self._events
            if isinstance(event.content, ReportRetracted) and not retracted:
                self._retract(event, event.content)
            elif isinstance(event.content, ReportCorrected):
                corrections.append(event)
        self._correct(corrections[::-1])

    def stand_of(self, event: Event) -> Stand:
        if (stand := self._events.get(event.event_id)) is not None:
            return stand
        report = event.report
        if report is None:
            return _STANDING
        if (stand := self._sources.get(report.source)) is not None:
            return stand
        for link in report.attribution:
            if isinstance(link, Erased) or link.party is None:
                continue
            if (by := self._parties.get(link.party)) is not None and by > event.position:
                return Stand(ReportState.RETRACTED, by)
        return _STANDING

    def _retract(self, event: Event, content: ReportRetracted) -> None:
        stand = Stand(ReportState.RETRACTED, event.position)
        if content.event is not None and self._positions.get(content.event, 0) < event.position:
            self._events.setdefault(content.event, stand)
        if content.source is not None:
            self._sources.setdefault(content.source, stand)
        if content.party is not None:
            self._parties.setdefault(content.party, event.position)

    def _correct(self, corrections: Sequence[Event]) -> None:
        """Earlier corrections first: a report that a lifted or superseded correction brought falls with all that was built on it."""
        contents = [
            (event, event.content) for event in corrections if isinstance(event.content, ReportCorrected)
        ]
        latest = {
            content.report: event
            for event, content in contents
            if event.event_id not in self._events and self._positions.get(content.report, 0) < event.position
        }
        stands: dict[EventId, bool] = {}
        for event, content in contents:
            if latest.get(content.report) is event and stands.get(content.report, True):
                stands[content.corrected_to] = True
                self._events.setdefault(content.report, Stand(ReportState.CORRECTED, event.position))
            else:
                stands[content.corrected_to] = False
                by = latest.get(content.report, event)
                lifted = self._events.get(event.event_id)
                stand = lifted or Stand(ReportState.CORRECTED, by.position)
                self._events.setdefault(content.corrected_to, stand)


# ── R1, R18: what it may be used for ─────────────────────────────────────────


def weigh(events: Sequence[Event], context: Context) -> Evidence:
    """The standing reports among `events`, with their voices and days. Events need not be in order; what comes back is."""
    states = report_states(events, context)
    supporting: list[Told] = []
    denying: list[Told] = []
    lost: list[tuple[type[Entry], int]] = []
    for event in sorted(events, key=lambda event: event.position):
        if not isinstance(event.content, Report) or states[event.position].state is not ReportState.STANDING:
            continue
        report, erased = _readable(event)
        if report is None:
            lost.append((type(event.content), erased))
        elif report.polarity is Polarity.AFFIRMED and _can_move(report):
            supporting.append(_told(event, report, context, erased=erased))
        elif report.polarity is Polarity.NEGATED and _can_move(report):
            denying.append(_told(event, report, context, erased=erased))
    return Evidence(tuple(supporting), tuple(denying), tuple(lost))


def _can_move(report: Report) -> bool:
    """R1: told as a fact, and in more than a headline."""
    return report.modality in _MOVES and any(
        citation.zone is not CitationZone.HEADLINE for citation in report.citations
    )


def _told(event: Event, report: Report, context: Context, *, erased: int) -> Told:
    available = _available(report.source, context)
    earliest, latest = days_of(report)
    earliest, latest = _capped(earliest, latest, to=bounds_of_claim(available).latest or DAY_MAX)
    if (act := _done_by(report)) is not None and (facts := context.act(act)) is not None:
        from_ = facts.effective_from or DAY_MIN
        earliest = max(earliest, from_) if from_ <= latest else earliest
    return Told(
        position=event.position,
        event_id=event.event_id,
        about=event.about,
        report=report,
        voice=hear(report, context),
        earliest=earliest,
        latest=latest,
        dated=report.claimed is not None and report.claimed.edtf is not None,
        available=available,
        erased=erased,
    )


def _available(source: SubjectKey, context: Context) -> ClaimedDate | None:
    """When a source could be read: by its own word, else by that of what it copies, translates or sums up; where none of them says, by
    the day of the first copy."""
    seen: set[SubjectKey] = set()
    captured: ClaimedDate | None = None
    key: SubjectKey | None = source
    while key is not None and key not in seen and (facts := context.source(key)) is not None:
        if facts.available is not None:
            return facts.available
        captured = captured or facts.captured
        seen.add(key)
        key = facts.original
    return captured


def _readable(event: Event) -> tuple[Report | None, int]:
    """The report with what was erased or is read in several ways left out, or None where too little is left; and how many are gone."""
    report = event.report
    assert report is not None, "only reports are weighed"
    read = {pointer for pointer in event.erased if pointer.split("/", 2)[1] not in _UNREAD}
    if event.erased:
        fields = {pointer.split("/", 2)[1] for pointer in event.erased}
        if not fields <= _optional(type(report)):
            return None, len(read)
        report = _without(report, fields)
        if not report.citations:
            return None, len(read)
    return (_by_kind_alone(report) if report.readings else report), len(read)


def _without(report: Report, fields: Collection[str]) -> Report:
    """The report without what was erased of it; unread fields that have no default keep their marks."""
    left: dict[str, object] = {}
    for field in msgspec.structs.fields(report):
        value = getattr(report, field.name)
        if field.name in fields and isinstance(value, tuple):
            left[field.name] = tuple(element for element in value if not isinstance(element, Erased))
        elif field.name in fields and field.default is not msgspec.NODEFAULT:
            left[field.name] = field.default
    return msgspec.structs.replace(report, **left)


@cache
def _optional(kind: type[Report]) -> frozenset[str]:
    """Fields that may be missing without changing what the rest says."""
    return frozenset(
        field.name
        for field in msgspec.structs.fields(kind)
        if field.name in _UNREAD
        or (field.name not in _NEEDED and (field.default is None or field.default == ()))
        or field.name in ("citations", "streams")
    )


@cache
def _own_optional(kind: type[Report]) -> Mapping[str, object]:
    return {
        field.name: field.default
        for field in msgspec.structs.fields(kind)
        if field.name not in _COMMON and field.default is not msgspec.NODEFAULT
    }


def _by_kind_alone(report: Report) -> Report:
    return msgspec.structs.replace(report, **_own_optional(type(report)))


# ── R4: when ─────────────────────────────────────────────────────────────────


def days_of(report: Report) -> tuple[date, date]:
    """The first and last day on which what a report tells of may have happened, or begun, by its claimed date alone."""
    bounds = bounds_of_claim(report.claimed)
    earliest, latest = bounds.earliest or DAY_MIN, bounds.latest or DAY_MAX
    match report.span:
        case Span.AT | Span.THROUGHOUT:
            return earliest, latest
        case Span.SINCE:
            return earliest, DAY_MAX
        case Span.UNTIL:
            return DAY_MIN, latest
        case Span.BEFORE:
            # "Before 2023" is over when 2023 begins.
            return DAY_MIN, day_before(bounds.earliest or latest)
        case Span.AFTER:
            return day_after(bounds.latest or earliest), DAY_MAX


def begun_in(claimed: ClaimedDate | None) -> tuple[date, date]:
    """The days on which a state may have begun that a source dates so: of an interval, those of its first end."""
    start = "" if claimed is None or claimed.edtf is None else claimed.edtf.partition("/")[0]
    bounds = bounds_of(start) if start.strip(".") else Bounds()
    return bounds.earliest or DAY_MIN, bounds.latest or DAY_MAX


def _done_by(report: Report) -> SubjectKey | None:
    match report:
        case ReleaseReported() | SentenceReductionReported():
            return report.act
        case InclusionReported() if report.inclusion_step in _DONE_BY_THE_ACT:
            return report.act
        case _:
            return None


def _capped(earliest: date, latest: date, *, to: date) -> tuple[date, date]:
    return (earliest, min(latest, to)) if earliest <= to else (earliest, latest)


def day_before(day: date) -> date:
    """The day before, and `DAY_MIN` and `DAY_MAX` themselves, which are no days."""
    return day if day in (DAY_MIN, DAY_MAX) else day - _DAY


def day_after(day: date) -> date:
    """The day after, and `DAY_MIN` and `DAY_MAX` themselves, which are no days."""
    return day if day in (DAY_MIN, DAY_MAX) else day + _DAY


# ── What several reports together say ────────────────────────────────────────


def voices_of(told: Iterable[Told]) -> int:
    """How many independent voices these reports have (R3)."""
    return count_voices(one.voice for one in told)


def positions_of(told: Iterable[Told]) -> tuple[Position, ...]:
    """Their positions, ascending, each once."""
    return tuple(sorted({one.position for one in told}))


def narrowest_date(told: Iterable[Told]) -> ClaimedDate | None:
    """The claimed date that says most about when, the earliest report's among equals; None where none claims one."""
    best: ClaimedDate | None = None
    for one in told:
        claimed = one.report.claimed
        if claimed is None or not one.dated or one.report.span not in (Span.AT, Span.SINCE, Span.THROUGHOUT):
            continue
        if best is None or narrower(bounds_of_claim(claimed), bounds_of_claim(best)):
            best = claimed
    return best


def computed_date(earliest: date, latest: date) -> ClaimedDate | None:
    """The days between which something happened, as a date computed from the reports; None where neither is known."""
    if earliest == DAY_MIN and latest == DAY_MAX:
        return None
    if earliest == latest:
        return ClaimedDate(edtf=earliest.isoformat(), derivation=Derivation.COMPUTED)
    first = "" if earliest == DAY_MIN else earliest.isoformat()
    last = "" if latest == DAY_MAX else latest.isoformat()
    return ClaimedDate(edtf=f"{first}/{last}", derivation=Derivation.COMPUTED)


def last_reported(told: Iterable[Told]) -> ClaimedDate | None:
    """The latest day for which any of these says so (R7): the day it names, else the day from which it could be read."""
    days = [day for one in told if (day := one.report.claimed if one.dated else one.available) is not None]
    return max(days, key=lambda day: bounds_of_claim(day).latest or DAY_MAX, default=None)
