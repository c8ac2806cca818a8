"""R2, R5, R9 of the facet *custody*: where a person stands, on every day, told as findings.

What begins a state and what ends it is in `custody_states`. Three things are contested:

    a date                 released on the 21st, or on the 22nd. On the 21st the value is contested: null beside its alternatives (at
                           liberty, or what it was before). From the 22nd on every source says liberty, so that the value is liberty and
                           certain, and "is he free?" is answered; since when is contested, so that `standing` says so, `since` is null, and
                           the alternatives are liberty twice, each since the date of its own reports
    two states             released by D, still held after D, and no new detention reported that could lie between: the value is null from
                           that day on
    what a release is to   to liberty by some, under conditions by others, at one time: null from then on

Absent on purpose: a finding for days before the first report. Nothing reported is `UNKNOWN`, which the reader says of such a day; it is a
finding here only if nothing stands at all (R2).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate

import msgspec

from events.dates import ClaimedDate, Derivation, bounds_of_claim
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    Polarity,
    Position,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    RestraintReported,
    SentenceReported,
    Span,
    SubjectKey,
)
from projections.alternatives import either_in_words
from projections.context import Context
from projections.custody_states import (
    CUSTODY_KINDS,
    DEPRIVED,
    FREED,
    Contest,
    Side,
    custody_states,
    sides_begun,
    status_of,
)
from projections.evidence import Evidence, Told, positions_of, voices_of
from projections.findings import DAY_MAX, DAY_MIN, CustodyValue, Facet, Finding, Interval, Standing
from projections.sentence_tracks import Track
from projections.stretches import State, Stretch, since_of, stretches, until_of
from projections.timeline import Occurrence, Timeline

_IN_WORDS = {
    Custody.PRISON: "in prison",
    Custody.REMAND: "in remand custody",
    Custody.ADMINISTRATIVE_DETENTION: "in administrative detention",
    Custody.HOUSE_ARREST: "under house arrest",
    Custody.CONDITIONAL_LIBERTY: "free under conditions",
    Custody.LIBERTY: "at liberty",
    Custody.DEAD: "dead",
    Custody.WHEREABOUTS_UNKNOWN: "whereabouts unknown",
    Custody.HELD: "held, in what form is not said",
    Custody.UNKNOWN: "no longer held, and what then is not said",
}
_SIDES_MAX = 64
"""How many alternatives each name all others' reports as opposed; of more, only the finding above names them all."""
_RELEASED = {
    ReleaseMechanism.AMNESTY: "released by amnesty",
    ReleaseMechanism.PARDON: "released by pardon",
    ReleaseMechanism.SERVED: "released at the end of the term",
    ReleaseMechanism.PAROLE: "released on parole",
    ReleaseMechanism.ACQUITTAL: "released on acquittal",
    ReleaseMechanism.DROPPED: "released, the case dropped",
    ReleaseMechanism.EXCHANGE: "released in an exchange",
    ReleaseMechanism.MEDICAL: "released on medical grounds",
    ReleaseMechanism.UNSTATED: "released",
}


def fold_custody(
    key: SubjectKey, evidence: Evidence, timeline: Timeline, context: Context, *, tracks: Sequence[Track]
) -> tuple[Finding, ...]:
    """The custody findings of one prisoner, whose sentences are `tracks`, oldest first; a single one, of standing unknown, if no report
    stands."""
    states, absorbed = custody_states(timeline, evidence, tracks)
    found = stretches(states)
    lost = sum(count for kind, count in evidence.lost if issubclass(kind, CUSTODY_KINDS))
    if not found:
        return (unknown_custody(key, erased=lost, opposed_by=_denials(evidence)),)
    teller = _Teller(key, evidence, timeline, context, absorbed=absorbed, lost=lost)
    return tuple(teller.tell(stretch) for stretch in found)


def unknown_custody(key: SubjectKey, *, erased: int = 0, opposed_by: tuple[Position, ...] = ()) -> Finding:
    """What is known of a person's custody where no report stands (R2)."""
    return Finding(
        facet=Facet.CUSTODY,
        about=key,
        segment="unknown",
        standing=Standing.UNKNOWN,
        rule="R2",
        in_words="unknown: no report settles it",
        value=CustodyValue(status=Custody.UNKNOWN),
        erased=erased,
        opposed_by=opposed_by,
    )


def _denials(evidence: Evidence) -> tuple[Position, ...]:
    return positions_of(
        told
        for told in (*evidence.denying, *evidence.supporting)
        if isinstance(told.report, CUSTODY_KINDS) and _status_denied(told) is not None
    )


# ── Findings ─────────────────────────────────────────────────────────────────


class _Teller:
    """Tells stretches of custody as findings."""

    def __init__(
        self,
        key: SubjectKey,
        evidence: Evidence,
        timeline: Timeline,
        context: Context,
        *,
        absorbed: Sequence[Occurrence],
        lost: int,
    ) -> None:
        self._key = key
        self._context = context
        self._opposed = timeline.opposed
        self._absorbed = sorted(absorbed, key=lambda one: (one.earliest, one.first_position))
        self._absorbed_by = list(accumulate((one.latest for one in self._absorbed), max))
        self._lost = lost
        self._denials = [
            (told, denied)
            for told in (*evidence.denying, *evidence.supporting)
            if (denied := _status_denied(told))
        ]
        self._denials += _contested_deaths(timeline)
        self._freeing = {
            told.report.source for told in evidence.supporting if isinstance(told.report, ReleaseReported)
        }
        self._segments: dict[str, int] = {}

    def tell(self, stretch: Stretch) -> Finding:
        """The finding of one stretch."""
        if isinstance(stretch.value, Contest):
            return self._contested(stretch, stretch.value)
        assert isinstance(stretch.value, Custody), "a custody state is a status or a contest"
        told = _told_of(stretch.states)
        agreeing = self._agreeing(stretch) if stretch.value in DEPRIVED else ()
        supported_by = positions_of((*told, *agreeing))
        voices = _voices(stretch.states)
        finding = Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=self._segment(stretch.value.value, supported_by[0]),
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule=_rule(stretch),
            in_words=self._in_words(stretch.value, told),
            value=CustodyValue(status=stretch.value),
            voices=voices,
            interval=stretch.interval,
            since=since_of(stretch.states[0]),
            until=until_of(stretch),
            last_reported=self._last_reported((*told, *agreeing)),
            derivation=_derivation(stretch),
            erased=self._lost + sum(one.erased for one in told),
            supported_by=supported_by,
            opposed_by=self._opposing(stretch.value, stretch.interval, supported_by),
        )
        return self._since_contested(finding, stretch.states[0]) if stretch.states[0].branches else finding

    def _since_contested(self, agreed: Finding, begun: State) -> Finding:
        """A value that every account gives, and since when none of them alone says."""
        sides = sides_begun(begun)
        days = [day for side in sides if (day := side.since) is not None]
        return msgspec.structs.replace(
            agreed,
            standing=Standing.CONTESTED,
            rule="R5",
            in_words=f"{agreed.in_words}; since when is contested: {either_in_words(days)}",
            derivation=None,
            alternatives=self._alternatives(sides, agreed.segment),
        )

    def _contested(self, stretch: Stretch, contest: Contest) -> Finding:
        sides = [self._with_agreeing(side, stretch) for side in contest.sides]
        told = [one for side in sides for one in side.all_told]
        supported_by = positions_of(told)
        segment = self._segment("contested", contest.at)
        words = dict.fromkeys(_side_in_words(side) for side in sides)
        return Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=segment,
            standing=Standing.CONTESTED,
            rule="R5",
            in_words="contested: " + ", or ".join(words),
            voices=voices_of(told),
            interval=stretch.interval,
            erased=self._lost + sum(one.erased for one in told),
            supported_by=supported_by,
            opposed_by=self._opposing(None, stretch.interval, supported_by),
            alternatives=self._alternatives(sides, segment),
        )

    def _with_agreeing(self, side: Side, stretch: Stretch) -> Side:
        """A side that somebody is held, with the observations of these days that leave the form open."""
        if side.status not in DEPRIVED:
            return side
        agreeing = self._agreeing(stretch, after=stretch.interval.from_max)
        return Side(side.status, (*side.told, *agreeing), side.since, side.waiting)

    def _alternatives(self, sides: Sequence[Side], segment: str) -> tuple[Finding, ...]:
        """The sides as findings, each named by its value and by the first report that stands for no other side of that value."""
        shared = Counter((side.status, one) for side in sides for one in positions_of(side.all_told))
        every = {position for _, position in shared}
        found: list[Finding] = []
        for side in sides:
            own = positions_of(side.all_told)
            first = next((one for one in own if shared[side.status, one] == 1), own[0])
            against = tuple(sorted(every.difference(own))) if len(sides) <= _SIDES_MAX else ()
            found.append(self._alternative(side, f"{segment}/{side.status.value}-{first}", own, against))
        return tuple(found)

    def _alternative(
        self, side: Side, segment: str, own: tuple[Position, ...], against: tuple[Position, ...]
    ) -> Finding:
        voices = voices_of(side.all_told)
        words = self._in_words(side.status, side.told) if side.told else _side_in_words(side)
        return Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=segment,
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R8",
            in_words=words,
            value=CustodyValue(status=side.status),
            voices=voices,
            since=side.since,
            last_reported=self._last_reported(side.all_told),
            supported_by=own,
            opposed_by=against,
        )

    def _segment(self, name: str, position: Position) -> str:
        """A name that stays while more reports come to support the same stretch."""
        segment = f"{name}-{position}"
        self._segments[segment] = self._segments.get(segment, 0) + 1
        return segment if self._segments[segment] == 1 else f"{segment}.{self._segments[segment]}"

    def _in_words(self, status: Custody, told: Sequence[Told]) -> str:
        releases = [one.report for one in told if isinstance(one.report, ReleaseReported)]
        if status is Custody.UNKNOWN and isinstance(told[0].report, RestraintReported):
            return f"{told[0].report.restraint.value.replace('_', ' ')} lifted, and what then is not said"
        if status not in FREED or not releases:
            return _IN_WORDS[status]
        # The report that says most speaks: one that names the act, else one that names a ground.
        best = min(releases, key=lambda one: (one.act is None, one.released_by is ReleaseMechanism.UNSTATED))
        words = _RELEASED[best.released_by]
        if best.act is not None:
            words = f"released under {self._context.name_of(best.act) or 'an act'}"
        if best.released_to is ReleasedTo.EXPULSION:
            words += " and expelled"
        return f"{words}; {_IN_WORDS[status]}"

    def _agreeing(self, stretch: Stretch, *, after: date = DAY_MIN) -> tuple[Told, ...]:
        """Observations that leave the form of custody open, and fall within the stretch, on days after a day."""
        first = bisect_left(self._absorbed_by, stretch.interval.from_min)
        last = bisect_left(self._absorbed, stretch.interval.to_max, key=lambda one: one.earliest)
        return tuple(
            told
            for occurrence in self._absorbed[first:last]
            if after < occurrence.earliest and stretch.interval.from_min <= occurrence.latest
            for told in occurrence.told
        )

    def _opposing(
        self, status: Custody | None, interval: Interval, supported_by: Sequence[Position]
    ) -> tuple[Position, ...]:
        against = {
            told.position
            for told, denied in self._denials
            if status in denied and told.earliest < interval.to_max and interval.from_min <= told.latest
        }
        for position in supported_by:
            against |= self._opposed.get(position, frozenset())
        return tuple(sorted(against.difference(supported_by)))

    def _last_reported(self, told: Iterable[Told]) -> ClaimedDate | None:
        """The latest day for which a source says so: the day it names, else the day on which it could be read."""
        days = [day for one in told if (day := self._reported_on(one)) is not None]
        return max(days, key=lambda day: bounds_of_claim(day).latest or DAY_MAX, default=None)

    def _reported_on(self, told: Told) -> ClaimedDate | None:
        if not told.dated or told.available is None:
            return told.available or told.report.claimed
        lasts = told.report.span is Span.SINCE and isinstance(told.report, CustodyReported)
        return told.available if lasts and told.report.source not in self._freeing else told.report.claimed


def _side_in_words(side: Side) -> str:
    if side.told:
        return _IN_WORDS[side.status]
    match side.waiting[0].report:
        case ReleaseReported():
            return "not released yet"
        case DeathReported():
            return "still alive"
        case _:
            return "not held yet"


def _told_of(states: Iterable[State]) -> tuple[Told, ...]:
    return tuple(told for state in states for part in (state.needs or (state.told,)) for told in part)


def _voices(states: Sequence[State]) -> int:
    """R3: of what is reckoned from several steps, the fewest that any of them has; else all that say so."""
    outright = voices_of(told for state in states if not state.needs for told in state.told)
    reckoned = [min(voices_of(part) for part in state.needs) for state in states if state.needs]
    return max(outright, *reckoned, 0)


def _rule(stretch: Stretch) -> str:
    first = stretch.states[0]
    if stretch.value is Custody.DEAD:
        return "R14"
    if stretch.value is Custody.UNKNOWN:
        return "R7"
    if first.needs:
        return "R8"
    if isinstance(first.told[0].report, CustodyReported):
        return "R7"
    return "R8" if any(told.dated for told in first.told) else "R4"


def _derivation(stretch: Stretch) -> Derivation:
    first = stretch.states[0]
    entailed = first.needs or isinstance(first.told[0].report, DetentionReported)
    return Derivation.ENTAILED if entailed else Derivation.STATED


def _status_denied(told: Told) -> frozenset[Custody] | None:
    """Which states a report denies, if it denies any."""
    report = told.report
    if isinstance(report, CustodyReported) and report.custody_state is CustodyState.OFFICIALS_DENY:
        return DEPRIVED if report.polarity is Polarity.AFFIRMED else None
    if report.polarity is not Polarity.NEGATED:
        return None
    if isinstance(report, SentenceReported):
        return frozenset({Custody.PRISON})
    status = status_of(report)
    if status is None:
        return None
    if status in FREED:
        return FREED
    return DEPRIVED if status in DEPRIVED else frozenset({status})


def _contested_deaths(timeline: Timeline) -> list[tuple[Told, frozenset[Custody]]]:
    """A death that is denied closes nothing, and stands against whatever custody goes on."""
    others = frozenset(Custody) - {Custody.DEAD}
    return [
        (msgspec.structs.replace(told, latest=DAY_MAX), others)
        for death in timeline.of(DeathReported)
        if death is not timeline.died
        for told in death.told
    ]
