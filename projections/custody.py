"""R7, R8, R9, R14 and R5 of the facet *custody*: where a person stands, on every day.

    detention              remand                       release        what it leads to: liberty (unstated and expulsion too), liberty
    restraint              what it names                               under conditions, house arrest, which is no release
    sentence               turns remand into prison,    observation    the form it names, else held; a form left open agrees with any
                           and imprisons nobody itself  death          ends everything from its latest day, unless it is denied

Each of these begins a state that lasts until the next (R7). Nothing else moves custody: no inclusion, no restraint lifted, no term that
ran out, no name gone from a list.

Two things are contested, and only on the days concerned, where the value is null beside its alternatives:
    a date                 released on the 21st, or on the 22nd: contested on the 21st (at liberty, or what it was before), and liberty,
                           `since` null, from the 22nd on, because every source says so by then
    two states             released by D, still held after D, and no new detention reported that could lie between

Absent on purpose: a finding for days before the first report. Nothing reported is `UNKNOWN`, which the reader says of such a day; it is a
finding here only if nothing stands at all (R2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from events.dates import ClaimedDate, Derivation, bounds_of, bounds_of_claim
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    Penalty,
    Polarity,
    Position,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    Report,
    Restraint,
    RestraintReported,
    RestraintStep,
    SentenceReported,
    Span,
    SubjectKey,
)
from projections.context import Context
from projections.evidence import (
    Evidence,
    Told,
    computed_date,
    narrowest_date,
    positions_of,
    voices_of,
)
from projections.findings import DAY_MAX, CustodyValue, Facet, Finding, Interval, Standing
from projections.stretches import State, Stretch, end_by_days, end_by_rank, stretches
from projections.timeline import Occurrence, Rank, Timeline

DEPRIVED = frozenset(
    {
        Custody.PRISON,
        Custody.REMAND,
        Custody.ADMINISTRATIVE_DETENTION,
        Custody.HOUSE_ARREST,
        Custody.HELD,
    }
)
"""The states in which somebody is deprived of liberty (R8)."""

_FREED = frozenset({Custody.LIBERTY, Custody.CONDITIONAL_LIBERTY})
_KINDS = (
    DetentionReported,
    CustodyReported,
    RestraintReported,
    SentenceReported,
    ReleaseReported,
    DeathReported,
)
_OF_RESTRAINT = {
    Restraint.REMAND: Custody.REMAND,
    Restraint.HOUSE_ARREST: Custody.HOUSE_ARREST,
    Restraint.BAIL: Custody.CONDITIONAL_LIBERTY,
    Restraint.TRAVEL_BAN: Custody.CONDITIONAL_LIBERTY,
    Restraint.ADMINISTRATIVE_DETENTION: Custody.ADMINISTRATIVE_DETENTION,
}
_OF_RELEASE = {
    ReleasedTo.LIBERTY: Custody.LIBERTY,
    ReleasedTo.UNSTATED: Custody.LIBERTY,
    ReleasedTo.EXPULSION: Custody.LIBERTY,
    ReleasedTo.CONDITIONAL: Custody.CONDITIONAL_LIBERTY,
    ReleasedTo.HOUSE_ARREST: Custody.HOUSE_ARREST,
}
_OF_PENALTY = {
    Penalty.IMPRISONMENT: Custody.PRISON,
    Penalty.LIFE: Custody.PRISON,
    Penalty.ADMINISTRATIVE_ARREST: Custody.ADMINISTRATIVE_DETENTION,
}
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


class _Side(Struct, frozen=True):
    """One of the values of a contest."""

    status: Custody
    told: tuple[Told, ...]


class _Contest(Struct, frozen=True):
    """What two accounts leave open. `before_it`: the other side is whatever held before, by the reports in `later`."""

    at: Position
    sides: tuple[_Side, ...]
    later: tuple[Told, ...] = ()


class _Placed(Struct, eq=False):
    """A state with its occurrence's rank and episode."""

    state: State
    rank: Rank
    episode: int | None


def fold_custody(
    key: SubjectKey, evidence: Evidence, timeline: Timeline, context: Context
) -> tuple[Finding, ...]:
    """The custody findings of one prisoner, oldest first; a single one, of standing unknown, if no report stands."""
    placed, absorbed = _placed_states(timeline, evidence)
    _end_each_other(placed, timeline)
    sentences = _turn_remand_into_prison(placed, timeline)
    states = [*(one.state for one in placed), *sentences]
    found = stretches(states)
    lost = sum(count for kind, count in evidence.lost if issubclass(kind, _KINDS))
    if not found:
        return (unknown_custody(key, erased=lost, opposed_by=_denials(evidence)),)
    teller = _Teller(key, evidence, timeline, context, absorbed=absorbed, states=states, lost=lost)
    return tuple(teller.tell(stretch) for stretch in found)


def unknown_custody(key: SubjectKey, *, erased: int = 0, opposed_by: tuple[Position, ...] = ()) -> Finding:
    """What is known of a person's custody where no report stands (R2)."""
    return Finding(
        facet=Facet.CUSTODY,
        about=key,
        segment="unknown",
        standing=Standing.UNKNOWN,
        rule="R2",
        in_words="unknown: no report stands",
        value=CustodyValue(status=Custody.UNKNOWN),
        erased=erased,
        opposed_by=opposed_by,
    )


def _denials(evidence: Evidence) -> tuple[Position, ...]:
    return positions_of(
        told
        for told in (*evidence.denying, *evidence.supporting)
        if isinstance(told.report, _KINDS) and _status_denied(told) is not None
    )


# ── States ───────────────────────────────────────────────────────────────────


def status_of(report: Report) -> Custody | None:
    """The state that a report's step begins; None where it begins none, or (a sentence) only changes one."""
    match report:
        case DetentionReported():
            return Custody.REMAND
        case RestraintReported():
            lifted = report.restraint_step is RestraintStep.LIFTED
            return None if lifted else _OF_RESTRAINT[report.restraint]
        case ReleaseReported():
            return _OF_RELEASE[report.released_to]
        case DeathReported():
            return Custody.DEAD
        case CustodyReported():
            return _status_observed(report)
        case _:
            return None


def _status_observed(report: CustodyReported) -> Custody | None:
    match report.custody_state:
        case CustodyState.HELD:
            return report.held_in if report.held_in in DEPRIVED else Custody.HELD
        case CustodyState.MOVED:
            return Custody.HELD
        case CustodyState.WHEREABOUTS_UNKNOWN:
            return Custody.WHEREABOUTS_UNKNOWN
        case CustodyState.OFFICIALS_DENY:
            return None


def _placed_states(timeline: Timeline, evidence: Evidence) -> tuple[list[_Placed], list[Occurrence]]:
    """The states that occurrences begin, and the observations that only agree with one of them."""
    placed: list[_Placed] = []
    observed: list[Occurrence] = []
    for occurrence in timeline.of(*_KINDS):
        status = status_of(occurrence.report)
        if status is None or occurrence.first_position in timeline.posthumous:
            continue
        if occurrence.rank is Rank.DEAD and occurrence is not timeline.died:
            continue
        if occurrence.rank is Rank.OBSERVED:
            observed.append(occurrence)
        else:
            placed += _states_of(occurrence, status)
    return _with_observed(placed, observed, evidence)


def _states_of(occurrence: Occurrence, status: Custody) -> list[_Placed]:
    if not occurrence.branches:
        state = State(status, occurrence.told, occurrence.earliest, occurrence.latest)
        return [_Placed(state, occurrence.rank, occurrence.episode)]
    first, last = occurrence.branches[0], occurrence.branches[-1]
    agreed = set(positions_of(first.told))
    later = tuple(told for told in occurrence.told if told.position not in agreed)
    contest = _Contest(occurrence.first_position, (_Side(status, first.told),), later)
    begun = State(contest, occurrence.told, first.earliest, first.latest)
    done = State(status, occurrence.told, last.earliest, last.latest, disputed=True)
    begun.end_by(done)
    return [_Placed(state, occurrence.rank, occurrence.episode) for state in (begun, done)]


def _with_observed(
    placed: list[_Placed], observed: Sequence[Occurrence], evidence: Evidence
) -> tuple[list[_Placed], list[Occurrence]]:
    absorbed: list[Occurrence] = []
    still_held: dict[int, list[tuple[date, date, Occurrence]]] = defaultdict(list)
    starts = _first_starts(placed, observed)
    deprived = _first_deprived(placed, observed)
    freeing = {told.report.source for told in evidence.supporting if isinstance(told.report, ReleaseReported)}
    last_release = {one.episode: one.state.latest for one in placed if one.rank is Rank.RELEASED}
    for occurrence in observed:
        status, episode = status_of(occurrence.report), occurrence.episode
        assert status is not None, "an observation without a state is not placed"
        if status in DEPRIVED and episode and min(starts[episode], starts[None]) > occurrence.latest:
            still_held[episode].append((occurrence.earliest, occurrence.latest, occurrence))
            continue
        own: list[_Placed] = []
        if status is Custody.HELD and deprived[episode] <= occurrence.latest:
            absorbed.append(occurrence)
        else:
            own = _states_of(occurrence, status)
        if status in DEPRIVED and occurrence.report.span is Span.UNTIL and episode not in last_release:
            own = _with_end(own, occurrence)
        placed += own
        day = _held_until(occurrence, freeing) if status in DEPRIVED else None
        if (
            day
            and episode is not None
            and episode in last_release
            and last_release[episode] < day < min(starts[episode + 1], starts[None])
        ):
            still_held[episode + 1].append((day, day, occurrence))
    for number, held in still_held.items():
        placed += _still_held(placed, number, held)
    return placed, absorbed


def _with_end(own: list[_Placed], occurrence: Occurrence) -> list[_Placed]:
    """R7: a report of an end that is no release leaves open what came after."""
    bounds = bounds_of_claim(occurrence.report.claimed)
    if bounds.latest is None:
        return own
    end = State(Custody.UNKNOWN, occurrence.told, bounds.earliest or bounds.latest, bounds.latest)
    for one in own:
        one.state.end_by(end)
    return [*own, _Placed(end, Rank.OBSERVED, occurrence.episode)]


def _held_until(occurrence: Occurrence, freeing: Collection[SubjectKey]) -> date | None:
    """The day on which a report of a stretch of custody says that it still lasts. What tells of a release itself says no such thing."""
    told = occurrence.told[0]
    claimed = told.report.claimed
    if told.report.source in freeing or claimed is None or claimed.edtf is None:
        return None
    end = claimed.edtf.partition("/")[2]
    if told.report.span is Span.THROUGHOUT and end not in ("", ".."):
        return bounds_of(end).earliest
    if told.report.span in (Span.SINCE, Span.THROUGHOUT):
        return bounds_of_claim(told.available).earliest
    return None


def _first_starts(placed: Iterable[_Placed], observed: Iterable[Occurrence]) -> Mapping[int | None, date]:
    """For each episode, the first day on which custody can have begun by a report of a start."""
    first: dict[int | None, date] = defaultdict(lambda: DAY_MAX)
    begun = [(one.episode, one.state.earliest) for one in placed if one.rank < Rank.RELEASED]
    begun += [
        (one.episode, one.earliest) for one in observed if one.report.span in (Span.SINCE, Span.THROUGHOUT)
    ]
    for episode, day in begun:
        first[episode] = min(day, first[episode])
    return first


def _first_deprived(placed: Iterable[_Placed], observed: Iterable[Occurrence]) -> Mapping[int | None, date]:
    """For each episode (and None: for all of them), the first day on which a form of custody is known that an open `held` can be."""
    first: dict[int | None, date] = defaultdict(lambda: DAY_MAX)
    begun = [(one.episode, one.state.earliest) for one in placed if one.state.value in DEPRIVED]
    begun += [
        (one.episode, one.earliest) for one in observed if status_of(one.report) in DEPRIVED - {Custody.HELD}
    ]
    for episode, day in begun:
        first[episode] = min(day, first[episode])
        first[None] = min(day, first[None])
    return first


def _still_held(
    placed: Sequence[_Placed], episode: int, held: Sequence[tuple[date, date, Occurrence]]
) -> list[_Placed]:
    """R5: released by D, still held after D, no detention between."""
    release = next(
        one.state for one in reversed(placed) if one.rank is Rank.RELEASED and one.episode == episode - 1
    )
    sides: dict[Custody, list[Told]] = defaultdict(list)
    for _, _, occurrence in held:
        status = status_of(occurrence.report)
        assert status is not None, "only states of custody are contested"
        sides[status] += occurrence.told
    freed = release.value if isinstance(release.value, Custody) else Custody.LIBERTY
    contest = _Contest(
        held[0][2].first_position,
        (_Side(freed, release.told), *(_Side(status, tuple(told)) for status, told in sides.items())),
    )
    told = tuple(one for side in contest.sides for one in side.told)
    earliest, latest = min(first for first, _, _ in held), min(last for _, last, _ in held)
    return [_Placed(State(contest, told, earliest, latest), Rank.OBSERVED, episode)]


def _end_each_other(placed: Sequence[_Placed], timeline: Timeline) -> None:
    """Lets states end those that they certainly follow: by days, by rank within an episode, by episode, by stated order, by death."""
    end_by_days([one.state for one in placed], by=[one.state for one in placed])
    episodes: dict[int, dict[Rank, list[State]]] = defaultdict(lambda: defaultdict(list))
    for one in placed:
        if one.rank is Rank.DEAD:
            for other in placed:
                if other is not one:
                    other.state.end_by(one.state)
        elif one.episode is not None:
            episodes[one.episode][one.rank].append(one.state)
    following: list[State] = []
    for number in sorted(episodes, reverse=True):
        _end_in_episode(episodes[number], following)
        own = [state for states in episodes[number].values() for state in states]
        following = [min([*own, *following], key=lambda state: state.latest)]
    _end_as_stated(placed, timeline)


def _end_in_episode(ranks: Mapping[Rank, Sequence[State]], following: Sequence[State]) -> None:
    later = list(following)
    released = ranks.get(Rank.RELEASED, ())
    end_by_rank(released, by=later)
    later += released
    observed = ranks.get(Rank.OBSERVED, ())
    end_by_rank(observed, by=later)
    for rank in (Rank.CHANGED, Rank.RESTRAINED, Rank.DETAINED):
        states = ranks.get(rank, ())
        end_by_rank(states, by=later if rank is not Rank.DETAINED else [*later, *observed])
        later += states


def _end_as_stated(placed: Sequence[_Placed], timeline: Timeline) -> None:
    if not timeline.after:
        return
    states = {one.state.told[0].position: one.state for one in placed}
    for position, followers in timeline.after.items():
        first = states.get(position)
        for follower in followers:
            second = states.get(follower.first_position)
            if first is not None and second is not None:
                first.end_by(second)


def _turn_remand_into_prison(placed: Sequence[_Placed], timeline: Timeline) -> list[State]:
    """R8: a sentence to imprisonment or life turns remand into prison, and imprisons nobody by itself."""
    remands: dict[int | None, list[State]] = defaultdict(list)
    released: dict[int | None, list[State]] = defaultdict(list)
    for one in placed:
        if one.state.value is Custody.REMAND:
            remands[one.episode].append(one.state)
        elif one.rank is Rank.RELEASED:
            released[one.episode].append(one.state)
    turned: list[State] = []
    for (episode, status), occurrences in _sentences(timeline).items():
        for number in [episode] if episode is not None else list(remands):
            state = _sentenced(occurrences, status, remands[number])
            if state is None:
                continue
            if episode is None:
                state.latest = DAY_MAX  # It may belong to another episode.
            end_by_rank([state], by=released[number])
            end_by_rank(remands[number], by=[state])
            turned.append(state)
    end_by_days(turned, by=[one.state for one in placed])
    end_by_rank(turned, by=[one.state for one in placed if one.rank is Rank.DEAD])
    return turned


def _sentences(timeline: Timeline) -> Mapping[tuple[int | None, Custody], list[Occurrence]]:
    found: dict[tuple[int | None, Custody], list[Occurrence]] = defaultdict(list)
    for occurrence in timeline.of(SentenceReported):
        report = occurrence.report
        if isinstance(report, SentenceReported) and report.penalty in _OF_PENALTY:
            found[occurrence.episode, _OF_PENALTY[report.penalty]].append(occurrence)
    return found


def _sentenced(occurrences: Sequence[Occurrence], status: Custody, remands: Iterable[State]) -> State | None:
    """The state that the first of these sentences begins, if there was a remand that it can have turned into it."""
    earliest = min(one.earliest for one in occurrences)
    latest = min(one.latest for one in occurrences)
    turned = [one for one in remands if one.earliest <= latest and one.ends > earliest]
    if not turned:
        return None
    sentenced = tuple(told for one in occurrences for told in one.told)
    remanded = tuple(told for one in turned for told in one.told)
    earliest = max(earliest, min(one.earliest for one in turned))
    first = min(occurrences, key=lambda one: (one.earliest, one.latest, one.first_position))
    return State(status, first.told, earliest, latest, needs=(remanded, sentenced))


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
        states: Sequence[State],
        lost: int,
    ) -> None:
        self._key = key
        self._context = context
        self._opposed = timeline.opposed
        self._absorbed = absorbed
        self._states = states
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
        if isinstance(stretch.value, _Contest):
            return self._contested(stretch, stretch.value)
        assert isinstance(stretch.value, Custody), "a custody state is a status or a contest"
        told = _told_of(stretch.states)
        agreeing = self._agreeing(stretch) if stretch.value in DEPRIVED else ()
        supported_by = positions_of((*told, *agreeing))
        voices = _voices(stretch.states)
        return Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=self._segment(stretch.value.value, supported_by[0]),
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule=_rule(stretch),
            in_words=self._in_words(stretch.value, told),
            value=CustodyValue(status=stretch.value),
            voices=voices,
            interval=stretch.interval,
            since=_since(stretch.states[0]),
            until=_until(stretch),
            last_reported=self._last_reported((*told, *agreeing)),
            derivation=_derivation(stretch),
            erased=self._lost + sum(one.erased for one in told),
            supported_by=supported_by,
            opposed_by=self._opposing(stretch.value, stretch.interval, supported_by),
        )

    def _contested(self, stretch: Stretch, contest: _Contest) -> Finding:
        sides = [*contest.sides]
        if contest.later:
            sides.append(self._before(stretch.states[0], contest))
        told = [one for side in sides for one in side.told]
        supported_by = positions_of(told)
        segment = self._segment("contested", contest.at)
        return Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=segment,
            standing=Standing.CONTESTED,
            rule="R5",
            in_words="contested: " + ", or ".join(map(_side_in_words, sides)),
            voices=voices_of(told),
            interval=stretch.interval,
            erased=self._lost + sum(one.erased for one in told),
            supported_by=supported_by,
            opposed_by=self._opposing(None, stretch.interval, supported_by),
            alternatives=tuple(self._alternative(side, segment, told) for side in sides),
        )

    def _alternative(self, side: _Side, segment: str, told: Iterable[Told]) -> Finding:
        voices = voices_of(side.told)
        own = positions_of(side.told)
        return Finding(
            facet=Facet.CUSTODY,
            about=self._key,
            segment=f"{segment}/{side.status.value}",
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R8",
            in_words=_side_in_words(side)
            if side.status is Custody.UNKNOWN
            else self._in_words(side.status, side.told),
            value=CustodyValue(status=side.status),
            voices=voices,
            since=narrowest_date(side.told),
            last_reported=self._last_reported(side.told),
            supported_by=own,
            opposed_by=tuple(sorted(set(positions_of(told)) - set(own))),
        )

    def _before(self, contested: State, contest: _Contest) -> _Side:
        """What held until then by the accounts that give a later date."""
        before = [state for state in self._states if state.ended_by is contested]
        last = max(before, key=lambda state: state.earliest, default=None)
        if last is None or not isinstance(last.value, Custody):
            return _Side(Custody.UNKNOWN, contest.later)
        return _Side(last.value, (*contest.later, *_told_of([last])))

    def _segment(self, name: str, position: Position) -> str:
        """A name that stays while more reports come to support the same stretch."""
        segment = f"{name}-{position}"
        self._segments[segment] = self._segments.get(segment, 0) + 1
        return segment if self._segments[segment] == 1 else f"{segment}.{self._segments[segment]}"

    def _in_words(self, status: Custody, told: Sequence[Told]) -> str:
        releases = [one.report for one in told if isinstance(one.report, ReleaseReported)]
        if status not in _FREED or not releases:
            return _IN_WORDS[status]
        # The report that says most speaks: one that names the act, else one that names a ground.
        best = min(releases, key=lambda one: (one.act is None, one.released_by is ReleaseMechanism.UNSTATED))
        words = _RELEASED[best.released_by]
        if best.act is not None:
            words = f"released under {self._context.name_of(best.act) or 'an act'}"
        if best.released_to is ReleasedTo.EXPULSION:
            words += " and expelled"
        return f"{words}; {_IN_WORDS[status]}"

    def _agreeing(self, stretch: Stretch) -> tuple[Told, ...]:
        """Observations that leave the form of custody open, and fall within the stretch."""
        return tuple(
            told
            for occurrence in self._absorbed
            if occurrence.earliest < stretch.interval.to_max
            and stretch.interval.from_min <= occurrence.latest
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


def _side_in_words(side: _Side) -> str:
    return "not held yet" if side.status is Custody.UNKNOWN else _IN_WORDS[side.status]


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
    if first.needs:
        return "R8"
    if isinstance(first.told[0].report, CustodyReported):
        return "R7"
    return "R8" if any(told.dated for told in first.told) else "R4"


def _derivation(stretch: Stretch) -> Derivation:
    first = stretch.states[0]
    entailed = first.needs or isinstance(first.told[0].report, DetentionReported)
    return Derivation.ENTAILED if entailed else Derivation.STATED


def _since(state: State) -> ClaimedDate | None:
    """The narrowest date that a source gives for the beginning, else the days that the reports leave for it; None while contested."""
    if state.disputed:
        return None
    return narrowest_date(state.told) or computed_date(state.earliest, state.latest)


def _until(stretch: Stretch) -> ClaimedDate | None:
    last = max(stretch.states, key=lambda state: state.ends)
    if last.ended_by is None or isinstance(last.ended_by.value, _Contest):
        return None
    return _since(last.ended_by)


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
    if status in _FREED:
        return _FREED
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
