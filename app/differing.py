"""What differs between two moments, or would if something were retracted, put together for the command line.

    with differing(service, "70", "now") as found:
        for told in found.changes():          each change with the entries that made it, subject by subject
        found.tallies()                       of an act: the columns that moved, and the entries that moved them

    with supposing(service, "a-source") as found:
        found.changes()                       the same, of a retraction that is not recorded

Changes come as they are read, however many there are. Findings and their entries are public, and nothing else is looked at; of a
retraction for safety that word is told and no more.

Absent on purpose: printing (`app/printing_changes.py`), and differences of numbers: a figure stands as it was published, on both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from app.ledger import Service
from app.moments import NOW, Moment, day_typed, ledger_zone, moment_typed
from app.supposing import Differing, Target, if_retracted, target_named
from events.decoder import Event
from events.errors import MomentInvalid, NotYet, SubjectNotFound
from events.kinds import (
    Decision,
    Position,
    Report,
    ReportRetracted,
    RetractionGround,
    SourceRegistered,
    SubjectKey,
    SubjectSort,
    kind_of,
)
from events.quantities import CountMeasure
from events.texts import shown
from projections import reads
from projections.builds import known_at
from projections.changes import Cause, Change, ChangeReason, Span, causes_at, every_change
from projections.findings import ActValue, Facet, FindingKey
from projections.known import Known
from projections.reads import Documented, Window
from projections.rows import subject_rows
from projections.tally import Column, tally

CHANGES_PER_READING = 300
EPOCH = date(1970, 1, 1)
"""The day of the empty ledger, of which nothing is told."""

Item = TypeVar("Item")


class Why(Struct, frozen=True, kw_only=True):
    """Why a finding differs: an entry in words, with how many reports fell where it took something back; or that time has passed."""

    reason: ChangeReason
    position: Position | None = None
    recorded_at: datetime | None = None
    kind: str | None = None
    words: str = ""
    quote: str | None = None
    fell: int | None = None


class Told(Struct, frozen=True, kw_only=True):
    """A change, with the name of its subject and why it came about."""

    change: Change
    name: str
    why: tuple[Why, ...] = ()


class Moved(Struct, frozen=True, kw_only=True):
    """One column of a tally that moved: its bounds before and after, and the entries that moved its figures."""

    measure: CountMeasure
    column: str
    before: Column | Documented
    after: Column | Documented
    because: tuple[Position, ...] = ()


class Supposing(Struct, frozen=True, kw_only=True):
    """What would differ if something were retracted."""

    known: Known
    moment: Moment
    target: Target
    differing: Differing

    @property
    def words(self) -> str:
        """What is supposed, in words."""
        sort, named = self.target.named()
        if sort in ("source", "party"):
            return f"{'the source' if sort == 'source' else 'all credited to'} {_names(self.known, [SubjectKey(named)])[SubjectKey(named)]}"
        return f"the {'report' if sort == 'event' else sort} {named}"

    def changes(self) -> Iterator[Told]:
        """Each finding as it is and as it would be, by subject, facet and segment."""
        keys = sorted(self.differing, key=lambda key: (key[0], key[1].value, key[2]))
        for chunk in _chunks(keys):
            names = _names(self.known, {about for about, _, _ in chunk})
            for key in chunk:
                before, after = self.differing[key]
                change = Change(about=key[0], facet=key[1], segment=key[2], before=before, after=after)
                yield Told(change=change, name=names[key[0]])


@contextmanager
def supposing(service: Service, target: str) -> Iterator[Supposing]:
    """What would differ if this were retracted now. Raises what `app.supposing` raises."""
    with service.database.reading() as connection:
        known = known_at(connection)
        zone = ledger_zone(connection, service)
        named = target_named(known, target)
        yield Supposing(
            known=known,
            moment=moment_typed(connection, NOW, zone=zone, now=service.entropy.now()),
            target=named,
            differing=if_retracted(known, named, rulebooks=service.rulebooks),
        )


class Differences(Struct, frozen=True, kw_only=True):
    """What differs between two moments; of one subject, where one was named."""

    before: Known
    after: Known
    earlier: Moment
    later: Moment
    span: Span
    zone: str
    about: SubjectKey | None = None

    def changes(self) -> Iterator[Told]:
        """Each change, by subject, facet and segment."""
        for chunk in _chunks(every_change(self.before, self.after, self.span, about=self.about)):
            names = _names(self.after, {change.about for change in chunk})
            why = self._why({position for change in chunk for position in change.because})
            for change in chunk:
                passed = (Why(reason=ChangeReason.PASSING_OF_TIME),) if change.time_passed else ()
                causes = (why[position] for position in change.because if position in why)
                yield Told(change=change, name=names[change.about], why=(*causes, *passed))

    def tallies(self) -> list[Moved]:
        """The columns of an act's tallies that moved, measure by measure; none of any other subject. The passing of time moves none."""
        about = self.about
        row = None if about is None else subject_rows(self.after, [about]).get(about)
        if about is None or row is None or row.sort is not SubjectSort.ACT:
            return []
        changes = {
            change.key: change for change in every_change(self.before, self.after, self.span, about=about)
        }
        sides = [_Side(known, about) for known in (self.before, self.after)]
        return [moved for measure in CountMeasure for moved in self._moved(measure, about, sides, changes)]

    def _moved(
        self,
        measure: CountMeasure,
        act: SubjectKey,
        sides: Sequence[_Side],
        changes: Mapping[FindingKey, Change],
    ) -> Iterator[Moved]:
        columns = [tally(measure, side.figures, act=act) for side in sides]
        for name, before, after in zip(("promised", "reported"), *columns, strict=True):
            if (before.low, before.high) != (after.low, after.high):
                keys = {(one.about, one.facet, one.segment) for one in (*before.figures, *after.figures)}
                causes = (changes[key].because for key in keys & changes.keys())
                yield _moved(measure, name, before, after, causes)
        days = (self.span.first_day, self.span.last_day)
        people = [
            reads.documented(side.known, [act], measure, day)[act]
            for side, day in zip(sides, days, strict=True)
        ]
        if people[0] != people[1]:
            reached = (change.because for change in changes.values() if _is_of(change, act, measure))
            yield _moved(measure, "documented", people[0], people[1], reached)

    def _why(self, positions: Collection[Position]) -> dict[Position, Why]:
        """Each of these entries in words."""
        causes = causes_at(self.after, positions)
        reports = reads.report_rows(self.after, causes)
        deciding = {at: _deciding(cause) for at, cause in causes.items()}
        fallen = reads.reports_fallen_by(self.after, sorted(set(deciding.values())), Window(size=0))
        named = {
            SubjectKey(row.fields[field])
            for row in reports.values()
            for field in ("voice", "source")
            if row.fields[field] is not None
        }
        decided = (cause.event.content for cause in causes.values())
        named |= {
            key
            for content in decided
            if isinstance(content, ReportRetracted)
            for key in (content.source, content.party)
            if isinstance(key, str)
        }
        names = _names(self.after, named)
        return {
            at: _why(
                cause, names, reports.get(at), fallen[deciding[at]].total if deciding[at] in fallen else 0
            )
            for at, cause in causes.items()
        }


class _Side:
    """One side of an act's tallies."""

    def __init__(self, known: Known, act: SubjectKey) -> None:
        self.known = known
        groups = reads.groups_under(known, [act])[act]
        found = reads.findings_of(known, [act, *groups], [Facet.COUNT])
        self.figures = [figure for figures in found.values() for figure in figures]


def _moved(
    measure: CountMeasure,
    column: str,
    before: Column | Documented,
    after: Column | Documented,
    causes: Iterable[Iterable[Position]],
) -> Moved:
    because = sorted({position for positions in causes for position in positions})
    return Moved(measure=measure, column=column, before=before, after=after, because=tuple(because))


def _is_of(change: Change, act: SubjectKey, measure: CountMeasure) -> bool:
    """Whether a change is of what an act did for somebody who is counted under a measure, before or after."""
    values = (one.value for one in (change.before, change.after) if one is not None)
    return any(
        isinstance(value, ActValue) and value.act == act and reads.is_counted_as(value, measure)
        for value in values
    )


@contextmanager
def differing(
    service: Service,
    earlier: str,
    later: str = NOW,
    *,
    about: str | None = None,
    valid_on: str | None = None,
) -> Iterator[Differences]:
    """What differs between two moments as somebody types them; of one subject, by key or name, where one is named. Without `valid_on` each
    side is about the day of its own moment.

    Raises MomentInvalid, NotYet where findings lag behind, SubjectNotFound.
    """
    with service.database.reading() as connection:
        zone = ledger_zone(connection, service)
        now = service.entropy.now()
        first, last = (moment_typed(connection, text, zone=zone, now=now) for text in (earlier, later))
        span = _span(first, last, valid_on)
        before, after = (known_at(connection, moment.position) for moment in (first, last))
        if after.projected_through < last.position:
            raise NotYet(
                f"Findings have come to position {after.projected_through}, and {last.position} is asked about. Ask again in a moment."
            )
        yield Differences(
            before=before,
            after=after,
            earlier=first,
            later=last,
            span=span,
            zone=zone,
            about=None if about is None else _subject_named(after, about),
        )


def _span(first: Moment, last: Moment, valid_on: str | None) -> Span:
    days = [moment.day for moment in (first, last) if moment.day is not None]
    if first.position > last.position or days != sorted(days):
        raise MomentInvalid(
            f"The first moment lies after the second: position {first.position}, {first.told}, and position {last.position}, {last.told}."
            " Exchange them."
        )
    asked = None if valid_on is None else day_typed(valid_on)
    later = asked or last.day or first.day or EPOCH
    return Span(
        after=first.position,
        through=last.position,
        first_day=asked or first.day or later,
        last_day=later,
    )


def _subject_named(known: Known, name: str) -> SubjectKey:
    """The subject of that key or name. Raises SubjectNotFound, with the choice where several fit."""
    key = SubjectKey(name)
    if key in subject_rows(known, [key]):
        return key
    found = reads.subjects_named(known, name)
    if len(found) == 1:
        return found[0]
    if not found:
        raise SubjectNotFound(f"Nothing on record has the key or the name {shown(name)}.", name=name)
    names = _names(known, found)
    choice = "\n".join(f"  {key}  {names[key]}" for key in found)
    raise SubjectNotFound(f"Several subjects go by {shown(name)}; say which, by key:\n{choice}", name=name)


# ── Entries in words ─────────────────────────────────────────────────────────

_GROUNDS = {
    RetractionGround.OURS: "on our own word",
    RetractionGround.PUBLISHER: "on the publisher's word",
    RetractionGround.SPEAKER: "on the speaker's word",
    RetractionGround.SUBJECT: "on the word of whom it is about",
    RetractionGround.SAFETY: "for safety",
}


def _why(cause: Cause, names: Mapping[SubjectKey, str], report: reads.Row | None, fell: int) -> Why:
    event, content = cause.event, cause.event.content
    return Why(
        reason=cause.reason,
        position=event.position,
        recorded_at=event.recorded_at,
        kind=kind_of(type(content)),
        words=_words(cause, names, report),
        quote=_quote(event),
        fell=fell if _tells_what_fell(cause, fell) else None,
    )


def _tells_what_fell(cause: Cause, fell: int) -> bool:
    """Of what takes something back, but for safety. What reinstates lets nothing fall, unless a correction fell that had brought a
    report."""
    decisions = [cause.event.content, *(event.content for event in cause.taken_back)]
    retractions = [content for content in decisions if isinstance(content, ReportRetracted)]
    if not retractions or any(content.ground is RetractionGround.SAFETY for content in retractions):
        return False
    return fell > 0 or cause.reason is ChangeReason.RETRACTION


def _deciding(cause: Cause) -> Position:
    """By which decision reports fell: of one that lets an earlier one count again, that one."""
    if cause.reason is not ChangeReason.RETRACTION:
        return cause.event.position
    retractions = (event for event in cause.taken_back if isinstance(event.content, ReportRetracted))
    return [cause.event, *retractions][-1].position


def _words(cause: Cause, names: Mapping[SubjectKey, str], report: reads.Row | None) -> str:
    content = cause.event.content
    match content:
        case Report():
            voice = report.fields["voice"] if report is not None else None
            source = _text(content.source, otherwise="")
            spoken = names.get(voice, voice) if voice is not None else "nobody identified"
            return f"{spoken}, in {names.get(SubjectKey(source), 'a source')}"
        case ReportRetracted(ground=RetractionGround.SAFETY):
            return "for safety"
        case ReportRetracted():
            return f"{_taken_back(content, cause, names)}, {_GROUNDS[content.ground]}: {_reason(content)}"
        case Decision():
            return _reason(content)
        case SourceRegistered():
            return _text(content.title, otherwise="a source")
        case _:
            return getattr(content, "rules", "")


def _taken_back(content: ReportRetracted, cause: Cause, names: Mapping[SubjectKey, str]) -> str:
    if isinstance(content.source, str):
        return f"the source {names.get(content.source, content.source)}"
    if isinstance(content.party, str):
        return f"all credited to {names.get(content.party, content.party)}"
    target = next(iter(cause.taken_back), None)
    if target is None:
        return "one entry"
    return f"the {'decision' if isinstance(target.content, Decision) else 'report'} at position {target.position}"


def _reason(content: Decision) -> str:
    return _text(content.reason, otherwise="the reason was erased")


def _text(value: object, *, otherwise: str) -> str:
    """A text, or what to say where it was erased."""
    return value if isinstance(value, str) else otherwise


def _quote(event: Event) -> str | None:
    citations: Sequence[object] = event.report.citations if event.report is not None else ()
    quotes = (getattr(citation, "exact", None) for citation in citations)  # one may be erased
    return next((quote for quote in quotes if isinstance(quote, str)), None)


def _names(known: Known, keys: Collection[SubjectKey]) -> dict[SubjectKey, str]:
    """Display names; of whoever is not named, the key."""
    rows = subject_rows(known, keys)
    return {key: (rows[key].name if key in rows else None) or key for key in keys}


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    pending = iter(items)
    while chunk := list(islice(pending, CHANGES_PER_READING)):
        yield chunk
