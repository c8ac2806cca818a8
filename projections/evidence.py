"""R1, R16, R18: which reports stand, what each may be used for, and between which days what it tells of happened.

A report *supports* if it is affirmed, reported or alleged, cited outside a headline, neither retracted nor corrected, and nothing that
every rule reads of it was erased. A negated one of that sort *denies*. All others are shown and move nothing.

    stands      the latest unretracted correction replaces the whole report; retracting the correction restores it; retracting a
                retraction reinstates. Targets lie at earlier positions, so decisions are weighed from the last to the first.
    falls       with its source and with any source that this one copies, translates or sums up, whenever it was recorded; with a
                party anywhere in its chain, and with its voice, if recorded before that was taken back. A chain breaks as a whole:
                what remains of it is another report, with a citation of its own (R3). Each cause is undone by itself: reinstated
                with its source, a report that was retracted by itself stays retracted. Those decisions are no events of the reports'
                subjects: the context knows them, as `fallen_by` of the source or the party.
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
from projections.voices import Voice, chain_of, count_voices, credited, hear

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
    """For each event, whether it stands: by the decisions on it among the same events, else by those on its source or on whom it credits.

    A report names the decision on itself, if there is one in force; else the earliest in force of the wider ones that cover it.
    """
    own, wider = _decided_on(events), _Wider(context)
    return {event.position: own.get(event.event_id) or wider.stand_of(event) for event in events}


def fallen_by(key: SubjectKey, events: Sequence[Event]) -> Position | None:
    """The latest retraction in force of all that rests on this source, or is credited to this party, among the subject's own events."""
    own = _decided_on(events)
    return max(
        (
            event.position
            for event in events
            if isinstance(event.content, ReportRetracted)
            and key in (event.content.source, event.content.party)
            and event.event_id not in own
        ),
        default=None,
    )


class _Wider:
    """What falls with its source, or with whom it credits."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sources: dict[SubjectKey, Position | None] = {}

    def stand_of(self, event: Event) -> Stand:
        if (report := event.report) is None:
            return _STANDING
        source = self._of_source(report.source)
        taken_by = [*([] if source is None else [source]), *self._of_parties(report, event.position)]
        return Stand(ReportState.RETRACTED, min(taken_by)) if taken_by else _STANDING

    def _of_source(self, key: SubjectKey) -> Position | None:
        """By which decision it fell, or what it copies, translates or sums up: whatever rests on it, earlier and later."""
        if key not in self._sources:
            chain = chain_of(key, self._context)
            taken_by = (source.fallen_by for source in chain if source.fallen_by is not None)
            self._sources[key] = min(taken_by, default=None)
        return self._sources[key]

    def _of_parties(self, report: Report, position: Position) -> list[Position]:
        """By which decisions those fell whom it credits: they cover what is earlier than themselves."""
        parties = (self._context.party(key) for key in credited(report, self._context))
        return [
            party.fallen_by
            for party in parties
            if party is not None and party.fallen_by is not None and party.fallen_by > position
        ]


def _decided_on(events: Sequence[Event]) -> Mapping[EventId, Stand]:
    """What decisions on single events took away, weighed from the last decision to the first."""
    decisions = [event for event in events if isinstance(event.content, ReportCorrected | ReportRetracted)]
    if not decisions:
        return {}
    positions = {event.event_id: event.position for event in events}
    stands: dict[EventId, Stand] = {}
    for event in sorted(decisions, key=lambda event: event.position, reverse=True):
        content = event.content
        if (
            isinstance(content, ReportRetracted)
            and content.event is not None
            and event.event_id not in stands
            and positions.get(content.event, 0) < event.position
        ):
            stands.setdefault(content.event, Stand(ReportState.RETRACTED, event.position))
    _correct(stands, decisions, positions)
    return stands


def _correct(
    stands: dict[EventId, Stand], decisions: Iterable[Event], positions: Mapping[EventId, Position]
) -> None:
    """Adds to `stands` what was corrected, earlier corrections first: what a lifted or superseded one brought falls, with all that was
    built on it. A correction is a decision of ours: it is in force though the source that it cites has fallen (R2)."""
    corrections = [
        (event, event.content)
        for event in sorted(decisions, key=lambda event: event.position)
        if isinstance(event.content, ReportCorrected)
        and positions.get(event.content.report, 0) < event.position
    ]
    lifted = {event.event_id: stands[event.event_id] for event, _ in corrections if event.event_id in stands}
    latest = {content.report: event for event, content in corrections if event.event_id not in lifted}
    unfounded: dict[EventId, Stand] = {}
    for event, content in corrections:
        counts = latest.get(content.report, event)
        superseded = Stand(ReportState.CORRECTED, counts.position) if counts is not event else None
        gone = lifted.get(event.event_id) or superseded or unfounded.get(content.report)
        if gone is None:
            stands.setdefault(content.report, Stand(ReportState.CORRECTED, event.position))
        else:
            unfounded[content.corrected_to] = gone
            stands.setdefault(content.corrected_to, gone)


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
    available = available_of(report.source, context)
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


def available_of(source: SubjectKey, context: Context) -> ClaimedDate | None:
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
