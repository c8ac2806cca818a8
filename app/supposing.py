"""A retraction that is not recorded: what it would take back, checked as recording it checks it, and the findings that would differ.

    target_named(known, "90")                    an entry by its position or id, a source or a party by its key
    if_retracted(known, Target(source="s-1"))    the findings as they are and as they would be, by about, facet and segment

Both are asked of the record as known at a moment: what came later is not there. Only public entries are looked at, so that a refusal
tells of no others.

Absent on purpose: writing anything, and a reason or a ground: no finding depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from events.commands import STREAMS_MAX
from events.decoder import Event
from events.errors import AlreadyDecided, KindMismatch, NotYet, SortMismatch, SubjectNotFound, TooMuchAsked
from events.kinds import (
    ActorId,
    Decision,
    Entry,
    EventId,
    Position,
    Report,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    SubjectKey,
    SubjectSort,
    kind_of,
)
from events.store import PUBLIC_VIEWER, decoded, head, read_by_ids, read_positions
from events.texts import shown
from projections.computed import supposed
from projections.context import SourceFacts
from projections.evidence import report_states
from projections.feed import StoreFeed
from projections.findings import Finding, FindingKey
from projections.known import Known
from projections.rows import RowContext, SubjectRow, subject_rows
from projections.rulebook import RULEBOOKS, Rulebook

SUBJECTS_MAX = 2_000
"""How many subjects an answer within a question may touch; the command line has no such bound."""
_UNBOUNDED = 2**53

Differing = Mapping[FindingKey, tuple[Finding | None, Finding | None]]


class Target(Struct, frozen=True, kw_only=True):
    """What is supposed to be taken back: exactly one of a report, a source, a party and an earlier decision."""

    event: EventId | None = None
    source: SubjectKey | None = None
    party: SubjectKey | None = None
    decision: EventId | None = None

    def named(self) -> tuple[str, str]:
        """Which of them, and its id or key."""
        (one,) = ((name, value) for name, value in msgspec.structs.asdict(self).items() if value is not None)
        return one


def if_retracted(
    known: Known,
    target: Target,
    *,
    subjects_max: int | None = None,
    rulebooks: Mapping[str, Rulebook] = RULEBOOKS,
) -> Differing:
    """The findings that would differ if this were retracted next. Raises SubjectNotFound, SortMismatch, KindMismatch or AlreadyDecided as
    recording it does, NotYet where findings lag behind, TooMuchAsked where more than `subjects_max` subjects rest on it."""
    event = retraction_of(known, target)
    try:
        return supposed(known.ledger, event, owners_max=subjects_max or _UNBOUNDED, rulebooks=rulebooks)
    except TooMuchAsked:
        raise TooMuchAsked(
            f"More than {subjects_max:,} subjects rest on this, and one question may ask about no more. On the ledger's own machine"
            f" `custody if-retracted {' '.join(target.named()[1:])}` tells them all.",
            maximum=subjects_max,
        ) from None


def target_named(known: Known, name: str) -> Target:
    """What somebody means by a position, by an entry's id, or by the key of a source or a party. Raises SubjectNotFound, SortMismatch or
    KindMismatch."""
    if (found := _entry_named(known, name)) is not None:
        if isinstance(found.content, Report):
            return Target(event=found.event_id)
        if isinstance(found.content, Decision):
            return Target(decision=found.event_id)
        raise KindMismatch(
            f"The entry at position {found.position} is a {kind_of(type(found.content))}: reports, decisions, sources and parties can be"
            " taken back."
        )
    row = subject_rows(known, [SubjectKey(name)]).get(SubjectKey(name))
    if row is None:
        raise SubjectNotFound(
            f"Nothing on record goes by {shown(name)}: expected an entry's position or id, or the key of a source or a party.{_by(known)}"
        )
    if row.sort is SubjectSort.SOURCE:
        return Target(source=row.key)
    if row.sort is SubjectSort.PARTY:
        return Target(party=row.key)
    raise SortMismatch(
        f"{shown(name)} is a {row.sort.value}: reports, decisions, sources and parties can be taken back."
    )


def retraction_of(known: Known, target: Target) -> Event:
    """The retraction, as the entry that would come next."""
    through = Position(head(known.ledger).size if known.through is None else known.through)
    if known.projected_through < through:
        raise NotYet(
            f"Findings have come to {known.projected_through}, and entries to {through}. Ask again in a moment."
        )
    about: Sequence[SubjectKey]
    match target:
        case Target(source=str() as key):
            about = (_checked_source(known, key).key,)
        case Target(party=str() as key):
            about = (_subject(known, key, SubjectSort.PARTY).key,)
        case Target(event=str() as event_id):
            about = _checked_entry(known, event_id, Report, through).about
        case Target(decision=str() as event_id):
            about = _reached(known, _checked_entry(known, event_id, Decision, through), through)
        case _:
            raise AssertionError("a target names one thing")
    content = ReportRetracted(
        schema=ReportRetracted.latest_schema,
        streams=(),
        recorded_by=ActorId(""),
        batch="",
        reason="",
        ground=RetractionGround.OURS,
        event=target.event or target.decision,
        source=target.source,
        party=target.party,
    )
    return Event(
        position=Position(through + 1),
        event_id=EventId(""),
        recorded_at=head(known.ledger).recorded_at,
        about=tuple(about[:STREAMS_MAX]),
        leaf=b"",
        content=content,
    )


# ── What can be taken back ───────────────────────────────────────────────────


def _subject(known: Known, key: SubjectKey, sort: SubjectSort) -> SubjectRow:
    row = subject_rows(known, [key]).get(key)
    if row is None:
        raise SubjectNotFound(f"There is no {sort.value} {shown(key)}.{_by(known)}", key=key)
    if row.sort is not sort:
        raise SortMismatch(f"{shown(key)} is a {row.sort.value}; expected a {sort.value}.", key=key)
    return row


def _checked_source(known: Known, key: SubjectKey) -> SubjectRow:
    row = _subject(known, key, SubjectSort.SOURCE)
    if isinstance(row.facts, SourceFacts) and row.facts.fallen_by is not None:
        raise _decided(f"The source {shown(key)}", row.facts.fallen_by)
    return row


def _checked_entry(known: Known, event_id: EventId, wanted: type[Entry], through: Position) -> Event:
    """The report or the decision of that id, which was there by then, and is not taken back by itself."""
    stored = read_by_ids(known.ledger, [event_id], viewer=PUBLIC_VIEWER).get(event_id)
    what = "report" if wanted is Report else "decision"
    if stored is None:
        raise SubjectNotFound(f"There is no {what} {shown(event_id)}.", event=event_id)
    if stored.position > through:
        raise SubjectNotFound(
            f"The {what} {shown(event_id)} stands at position {stored.position}, and what was known at {through} is asked about: what comes"
            " later cannot be taken back.",
            event=event_id,
            position=stored.position,
        )
    event = decoded(stored)
    if not isinstance(event.content, wanted):
        raise KindMismatch(f"{shown(event_id)} is a {kind_of(type(event.content))}; expected a {what}.")
    if isinstance(event.content, ReportRetracted) and event.content.ground is RetractionGround.SAFETY:
        raise KindMismatch(
            f"The decision at position {event.position} took something back for safety. What it was, and what would come back, is not told."
        )
    if (by := _taken_back_by(known, event, through)) is not None:
        raise _decided(f"The {what} at position {event.position}", by)
    return event


def _taken_back_by(known: Known, event: Event, through: Position) -> Position | None:
    """The decision in force that takes back this very entry, and not what it rests on."""
    events = StoreFeed(known.ledger).about(event.about, through=through, in_passing=False)
    stand = report_states([*events, event], RowContext(known))[event.position]
    by = next((one.content for one in events if one.position == stand.decided_by), None)
    is_its_own = isinstance(by, ReportRetracted) and by.event == event.event_id
    return stand.decided_by if is_its_own else None


def _reached(known: Known, decision: Event, through: Position) -> list[SubjectKey]:
    """Whom a decision is about, and all whom the corrections and retractions reached that hang together with it, entry by entry."""
    feed = StoreFeed(known.ledger)
    reached, linked = list(decision.about), {decision.event_id, *_linked_by(decision.content)}
    while more := [
        event
        for event in feed.about(dict.fromkeys(reached), through=through, in_passing=False)
        if isinstance(event.content, ReportCorrected | ReportRetracted)
        and 0 < len(linked & (own := {event.event_id, *_linked_by(event.content)})) < len(own)
    ]:
        for event in more:
            linked |= {event.event_id, *_linked_by(event.content)}
            reached += event.about
    return list(dict.fromkeys(reached))


def _linked_by(content: Entry) -> set[EventId]:
    match content:
        case ReportCorrected():
            return {content.report, content.corrected_to}
        case ReportRetracted(event=str() as event):
            return {event}
        case _:
            return set()


def _entry_named(known: Known, name: str) -> Event | None:
    """The public entry of that position or id, by then."""
    if name.isdecimal() and name.isascii():
        position = Position(int(name[:16]))
        stored = read_positions(known.ledger, [position], viewer=PUBLIC_VIEWER).get(position)
        if stored is None or stored.position > (known.through or stored.position):
            raise SubjectNotFound(f"There is no public entry at position {shown(name)}.{_by(known)}")
        return decoded(stored)
    stored = read_by_ids(known.ledger, [EventId(name)], viewer=PUBLIC_VIEWER).get(EventId(name))
    return None if stored is None else decoded(stored)


def _by(known: Known) -> str:
    """Words for a moment of the past."""
    return "" if known.through is None else f" What was known at position {known.through} is asked about."


def _decided(what: str, by: Position) -> AlreadyDecided:
    return AlreadyDecided(
        f"{what} is retracted already, by the decision at position {by}: suppose that decision retracted, and it stands again.",
        position=by,
    )
