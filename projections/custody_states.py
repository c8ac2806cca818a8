"""R4, R5, R7, R8, R14 of custody: which states the occurrences of a timeline begin, and which of them certainly end which.

    detention              remand                       release        what it leads to: liberty (unstated and expulsion too), liberty
    restraint              what it names                               under conditions, house arrest, which is no release
    sentence               turns remand into prison,    observation    the form it names, else held; a form left open agrees with any
                           and imprisons nobody itself  death          ends everything from its latest day, unless it is denied

    restraint lifted       ends the state that it gave, and leaves open what came after: it frees nobody

Each begins a state that lasts until the next (R7). Nothing else moves custody: no inclusion, no term that ran out,
no name gone from a list.

A contest is a state too: from the first to the last of several dates of one occurrence, from the day on which somebody is still held
after a release, and from a release of which accounts differ in what it leads to. What is told of the days between the first and the last
date is the account of those who give a later date, and stands in the contest, never beside it.

Absent on purpose: findings, words and voices (`custody`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate

from msgspec import Struct

from events.dates import ClaimedDate, bounds_of, bounds_of_claim
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    Penalty,
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
from projections.evidence import Evidence, Told, computed_date, narrowest_date
from projections.findings import DAY_MAX
from projections.sentence_tracks import Track
from projections.stretches import State, end_by_days, end_by_rank, since_of
from projections.timeline import Branch, Occurrence, Rank, Timeline

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

FREED = frozenset({Custody.LIBERTY, Custody.CONDITIONAL_LIBERTY})
CUSTODY_KINDS = (
    DetentionReported,
    CustodyReported,
    RestraintReported,
    SentenceReported,
    ReleaseReported,
    DeathReported,
)
"""The reports that bear on custody."""
_DATES_MAX = 64
"""Of an occurrence with more dates than these, what is contested is told once, from the first to the last."""
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


class Side(Struct, frozen=True):
    """One of the values of a contest, its reports, and since when they say so. `waiting` are the reports of what was to end it, on a later
    day than those of another side. UNKNOWN: nobody tells of what held before that."""

    status: Custody
    told: tuple[Told, ...]
    since: ClaimedDate | None
    waiting: tuple[Told, ...] = ()

    @property
    def all_told(self) -> tuple[Told, ...]:
        """Every report that stands for it."""
        return (*self.told, *self.waiting)


class Contest(Struct, frozen=True):
    """What accounts leave open, named by the first report of the occurrence that they differ about."""

    at: Position
    sides: tuple[Side, ...]


class _Placed(Struct, eq=False):
    """A state with its occurrence's rank and episode."""

    state: State
    rank: Rank
    episode: int | None


def custody_states(
    timeline: Timeline, evidence: Evidence, tracks: Sequence[Track]
) -> tuple[list[State], list[Occurrence]]:
    """The states of custody, each with what ends it; and the observations that only agree with one of them.

    The value of a state is a `Custody` or a `Contest`.
    """
    placed, absorbed = _placed_states(timeline, evidence)
    _end_each_other(placed, timeline)
    lifted = _lifted(placed, timeline)
    sentences = _turn_remand_into_prison(placed, tracks)
    states = [*(one.state for one in placed), *sentences]
    left_open = _left_open(lifted, states)
    seen = _seen_again(left_open, absorbed, states)
    laid = _lay_contests([*states, *left_open, *seen.values()])
    return laid, [one for one in absorbed if one.first_position not in seen]


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
    for occurrence in timeline.of(*CUSTODY_KINDS):
        status = status_of(occurrence.report)
        if status is None or occurrence.first_position in timeline.posthumous:
            continue
        if occurrence.rank is Rank.DEAD and occurrence is not timeline.died:
            continue
        if occurrence.rank is Rank.OBSERVED:
            observed.append(occurrence)
        else:
            placed.append(_state_of(occurrence))
    return _with_observed(placed, observed, evidence, agreeing=_seen_after_a_form(timeline))


def _state_of(occurrence: Occurrence) -> _Placed:
    """The state that an occurrence begins; where its date is contested, from the last of its dates on, by which all accounts agree."""
    within = occurrence.branches[-1] if occurrence.branches else occurrence
    sides = _sides_of(occurrence.told, within, unstated=_unstated_of(occurrence.told))
    state = State(
        sides[0].status if len(sides) == 1 else Contest(occurrence.first_position, sides),
        occurrence.told,
        within.earliest,
        within.latest,
        disputed=bool(occurrence.branches),
        branches=occurrence.branches,
        chain=occurrence.chain,
    )
    return _Placed(state, occurrence.rank, occurrence.episode)


def _sides_of(told: Sequence[Told], within: Occurrence | Branch, *, unstated: Custody) -> tuple[Side, ...]:
    """What these reports of one occurrence say that it leads to, `unstated` where they do not."""
    by_status: dict[Custody, list[Told]] = defaultdict(list)
    for one in told:
        by_status[unstated if _leaves_open(one) else _status_led_to(one)].append(one)
    since = computed_date(within.earliest, within.latest)
    return tuple(Side(status, tuple(own), narrowest_date(own) or since) for status, own in by_status.items())


def _unstated_of(told: Iterable[Told]) -> Custody:
    """R8: a release that does not say where to agrees with those reports of it that do; it is to liberty where they differ or none does."""
    stated = {_status_led_to(one) for one in told if not _leaves_open(one)}
    return stated.pop() if len(stated) == 1 else Custody.LIBERTY


def _leaves_open(told: Told) -> bool:
    return isinstance(told.report, ReleaseReported) and told.report.released_to is ReleasedTo.UNSTATED


def _status_led_to(told: Told) -> Custody:
    status = status_of(told.report)
    assert status is not None, "an occurrence that begins no state is not placed"
    return status


def _seen_after_a_form(timeline: Timeline) -> set[Position]:
    """What sources put after custody of a known form, by first positions."""
    if not timeline.after:
        return set()
    forms = DEPRIVED - {Custody.HELD}
    known = {one.first_position for one in timeline.of(*CUSTODY_KINDS) if status_of(one.report) in forms}
    return {
        later.first_position for first, found in timeline.after.items() if first in known for later in found
    }


def _with_observed(
    placed: list[_Placed],
    observed: Sequence[Occurrence],
    evidence: Evidence,
    *,
    agreeing: Collection[Position],
) -> tuple[list[_Placed], list[Occurrence]]:
    absorbed: list[Occurrence] = []
    still_held: dict[int, list[tuple[date, date, Occurrence]]] = defaultdict(list)
    starts = _first_starts(placed, observed)
    known = _forms_known(placed, observed)
    freeing = {told.report.source for told in evidence.supporting if isinstance(told.report, ReleaseReported)}
    last_release = {one.episode: one.state.latest for one in placed if one.rank is Rank.RELEASED}
    for occurrence in observed:
        status, episode = status_of(occurrence.report), occurrence.episode
        assert status is not None, "an observation without a state is not placed"
        if status in DEPRIVED and episode and min(starts[episode], starts[None]) > occurrence.latest:
            still_held[episode].append((occurrence.earliest, occurrence.latest, occurrence))
            continue
        own: list[_Placed] = []
        is_known = known[episode] <= occurrence.earliest or occurrence.first_position in agreeing
        if status is Custody.HELD and is_known:
            absorbed.append(occurrence)
        else:
            own = [_state_of(occurrence)]
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
    begun = [(one.episode, _begins(one.state)) for one in placed if one.rank < Rank.RELEASED]
    begun += [
        (one.episode, one.earliest) for one in observed if one.report.span in (Span.SINCE, Span.THROUGHOUT)
    ]
    for episode, day in begun:
        first[episode] = min(day, first[episode])
    return first


def _begins(state: State) -> date:
    """The first day on which a state can have begun by any account."""
    return state.branches[0].earliest if state.branches else state.earliest


def _forms_known(placed: Iterable[_Placed], observed: Iterable[Occurrence]) -> Mapping[int | None, date]:
    """For each episode (and None: for all of them), the first day on which a form of custody has certainly begun that an open `held` can
    be; a detention of the same episode has, before whatever is seen in it (R4)."""
    first: dict[int | None, date] = defaultdict(lambda: DAY_MAX)
    begun = [
        (one.episode, one.state.branches[0].latest if one.state.branches else one.state.latest)
        for one in placed
        if one.state.value in DEPRIVED
    ]
    begun += [
        (one.episode, one.latest) for one in observed if status_of(one.report) in DEPRIVED - {Custody.HELD}
    ]
    for episode, day in begun:
        first[None] = min(day, first[None])
        first[episode] = min(day, first[episode])
    for one in placed:
        if one.rank is Rank.DETAINED and one.episode is not None:
            first[one.episode] = min(_begins(one.state), first[one.episode])
    return first


def _still_held(
    placed: Sequence[_Placed], episode: int, held: Sequence[tuple[date, date, Occurrence]]
) -> list[_Placed]:
    """R5: released by D, still held after D, no detention between."""
    release = next(
        one.state for one in reversed(placed) if one.rank is Rank.RELEASED and one.episode == episode - 1
    )
    held_in: dict[Custody, list[Told]] = defaultdict(list)
    for _, _, occurrence in held:
        held_in[_status_led_to(occurrence.told[0])] += occurrence.told
    sides = (
        *(release.value.sides if isinstance(release.value, Contest) else sides_begun(release)),
        *(Side(status, tuple(own), narrowest_date(own)) for status, own in held_in.items()),
    )
    contest = Contest(held[0][2].first_position, sides)
    told = tuple(one for side in sides for one in side.told)
    earliest, latest = min(first for first, _, _ in held), min(last for _, last, _ in held)
    return [_Placed(State(contest, told, earliest, latest, disputed=True), Rank.OBSERVED, episode)]


def sides_begun(state: State, *, by: date = DAY_MAX) -> tuple[Side, ...]:
    """What the accounts of a state say that it is, and since when: one side each for its dates, of those that have come by a day."""
    if not state.branches:
        return (_side_of(state),)
    unstated = _unstated_of(state.told)
    return tuple(
        side
        for branch in state.branches
        if branch.latest <= by
        for side in _sides_of(branch.told, branch, unstated=unstated)
    )


class _Lift(Struct, frozen=True):
    """The end of a restraint, and the states that it may have ended; of several custodies, it is not said which."""

    end: State
    among: tuple[State, ...]
    is_sure: bool


class _Begun:
    """The placed states of one status, in order of their days."""

    def __init__(self, placed: Iterable[_Placed], status: Custody) -> None:
        own = (one for one in placed if one.state.value is status)
        self._placed = sorted(own, key=lambda one: one.state.earliest)
        self._over_by = list(accumulate((one.state.ends for one in self._placed), max))

    def between(self, first: date, last: date) -> list[_Placed]:
        """Those that may have begun by the last of two days, and were not certainly over before the first."""
        begun = bisect_right(self._placed, last, key=lambda one: one.state.earliest)
        return [
            one for one in self._placed[bisect_left(self._over_by, first) : begun] if first <= one.state.ends
        ]


def _lifted(placed: Sequence[_Placed], timeline: Timeline) -> list[_Lift]:
    """R7, R9: a restraint that is lifted is the reported end of what it gave, and says not what came after."""
    lifts: list[_Lift] = []
    gave = {status: _Begun(placed, status) for status in set(_OF_RESTRAINT.values())}
    for occurrence in timeline.of(RestraintReported):
        report = occurrence.report
        assert isinstance(report, RestraintReported)
        if report.restraint_step is not RestraintStep.LIFTED:
            continue
        end = State(Custody.UNKNOWN, occurrence.told, occurrence.earliest, occurrence.latest)
        given = gave[_OF_RESTRAINT[report.restraint]].between(end.earliest, end.latest)
        own = [one for one in given if one.episode == occurrence.episode]
        given = own if occurrence.episode is not None and own else given
        is_sure = (bool(own) and occurrence.episode is not None) or len({one.episode for one in given}) == 1
        if is_sure:
            for one in given:
                one.state.end_by(end)
        lifts.append(_Lift(end, tuple(one.state for one in given), is_sure))
    return lifts


def _left_open(lifts: Sequence[_Lift], states: Sequence[State]) -> list[State]:
    """Of those ends the ones that may have ended something, each until whatever begins no sooner, and was not over by then."""
    ended: dict[int, list[State]] = defaultdict(list)
    for state in states:
        ended[id(state.ended_by)].append(state)
    found: list[State] = []
    for lift in lifts:
        end, among = lift.end, [one for one in lift.among if lift.end.earliest <= one.ends]
        if not among:
            continue
        found.append(end)
        end.earliest = min(max(end.earliest, min(one.earliest for one in among)), end.latest)
        last = max(among, key=lambda one: one.ends)
        if last.ended_by is not None and last.ended_by not in (end, *among):
            end.end_by(last.ended_by)
    sure = [one.end for one in lifts if one.is_sure and ended[id(one.end)]]
    before: set[int] = set()
    left = [*sure]
    while left:
        end = left.pop()
        own = [state for state in ended[id(end)] if id(state) not in before]
        before.update(map(id, own))
        left += own
    end_by_rank(sure, by=[state for state in states if id(state) not in before])
    end_by_days(found, by=states)
    return found


def _seen_again(
    left_open: Sequence[State], absorbed: Sequence[Occurrence], states: Sequence[State]
) -> dict[Position, State]:
    """What only agreed with a custody that was lifted by then is custody again, in a form that is not stated."""
    if not left_open:
        return {}
    seen: dict[Position, State] = {}
    for occurrence in absorbed:
        for end in left_open:
            if end.latest <= occurrence.earliest and occurrence.latest < end.ends:
                seen[occurrence.first_position] = State(
                    Custody.HELD, occurrence.told, occurrence.earliest, occurrence.latest
                )
    end_by_rank(left_open, by=seen.values())
    end_by_days(seen.values(), by=states)
    return seen


# ── Contested dates ──────────────────────────────────────────────────────────


def _lay_contests(states: list[State]) -> list[State]:
    """R5: over the history by the last of each occurrence's dates, what is contested from the first one on until then.

    What is certainly over by the last date is the account of those who give it, so far as it is later than the first: what lasts until
    then ends in the contest, and what begins in between stands in the contest alone.
    """
    disputed = [state for state in states if state.branches]
    if not disputed:
        return states
    over = sorted((state for state in states if state.earliest < state.ends), key=lambda state: state.ends)
    over_by = [state.ends for state in over]
    within: set[int] = set()
    pieces: list[State] = []
    for state in disputed:
        first = state.branches[0]
        among = over[bisect_right(over_by, first.latest) : bisect_right(over_by, state.latest)]
        own = _pieces_of(state, among)
        for one in among:
            if one.earliest > first.latest:
                within.add(id(one))
            else:
                one.end_by(own[0])
        pieces += own
    return [*(state for state in states if id(state) not in within), *pieces]


class _Piece(Struct, eq=False):
    """Part of the days between two dates: when it begins, and what the later accounts tell of it."""

    earliest: date
    latest: date
    held: list[State]
    begun: int

    def goes_on(self, other: _Piece) -> bool:
        """Whether another piece, which follows, is only told by more reports."""
        values = [{one.value for one in piece.held} for piece in (self, other)]
        return values[0] == values[1] and self.begun == other.begun


def _pieces_of(done: State, among: Iterable[State]) -> list[State]:
    """The contest between the dates of a state, anew from each of its dates and from each change that the later accounts tell of."""
    dates = done.branches[:-1] if len(done.branches) <= _DATES_MAX else done.branches[:1]
    states: list[State] = []
    for piece in _pieces_from(dates, among):
        day = min(piece.latest, dates[-1].latest)
        sides = (*sides_begun(done, by=day), *_sides_before(done, piece.held, day))
        if len({side.status for side in sides}) == 1:
            # Either way it was so already.
            own = piece.held[0]
            states.append(
                State(
                    own.value,
                    own.told,
                    piece.earliest,
                    piece.latest,
                    needs=own.needs,
                    disputed=own.disputed,
                    branches=own.branches,
                )
            )
            continue
        told = tuple(one for side in sides for one in side.all_told)
        contest = Contest(done.told[0].position, sides)
        states.append(State(contest, told, piece.earliest, piece.latest, disputed=True))
    end_by_days(states, by=states)
    for one in states:
        one.end_by(done)
    return states


def _pieces_from(dates: Sequence[Branch], among: Iterable[State]) -> list[_Piece]:
    coming = sorted(among, key=lambda one: one.earliest, reverse=True)
    begin = {(branch.latest, branch.earliest) for branch in dates}
    begin |= {(one.latest, one.earliest) for one in coming if one.earliest > dates[0].latest}
    held: list[State] = []
    pieces: list[_Piece] = []
    for latest, earliest in sorted(begin):
        while coming and coming[-1].earliest <= latest:
            held.append(coming.pop())
        held = [one for one in held if one.ends > latest]
        begun = sum(branch.latest <= latest for branch in dates)
        piece = _Piece(earliest, latest, [*held], begun)
        if pieces and pieces[-1].goes_on(piece):
            pieces[-1].held += [one for one in held if one.latest == latest]
        else:
            pieces.append(piece)
    return pieces


def _sides_before(done: State, held: Iterable[State], day: date) -> tuple[Side, ...]:
    """What holds on a day by those who give a later date: by their own words, or by those of others."""
    later = {told.position: told for branch in done.branches if branch.latest > day for told in branch.told}
    waiting = tuple(later[position] for position in sorted(later))
    sides: dict[Custody, Side] = {}
    for state in held:
        for side in state.value.sides if isinstance(state.value, Contest) else (_side_of(state),):
            known = sides.get(side.status)
            told = side.told if known is None else (*known.told, *side.told)
            sides[side.status] = Side(
                side.status, told, side.since if known is None else known.since, waiting
            )
    return tuple(sides.values()) or (Side(Custody.UNKNOWN, (), None, waiting),)


def _side_of(state: State) -> Side:
    assert isinstance(state.value, Custody), "a contest has its own sides"
    told = tuple(told for part in state.needs or (state.told,) for told in part)
    return Side(state.value, told, since_of(state))


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
    released = ranks.get(Rank.RELEASED, ())
    end_by_rank(released, by=following)
    over = [*following, *released]
    observed = ranks.get(Rank.OBSERVED, ())
    end_by_rank(observed, by=over)
    _end_held_by_forms(ranks)
    restraints: list[State] = []
    for rank in (Rank.CHANGED, Rank.RESTRAINED):
        _end_restraints(ranks.get(rank, ()), over, restraints)
        restraints += ranks.get(rank, ())
    detained = ranks.get(Rank.DETAINED, ())
    end_by_rank([one for one in detained if one.branches], by=over)
    end_by_rank([one for one in detained if not one.branches], by=[*over, *restraints, *observed])


def _end_restraints(states: Sequence[State], over: Sequence[State], later: Sequence[State]) -> None:
    # Who is released, nobody says to what, may be on the bail of these days as well.
    over_bail = [one for one in over if not _is_open_release(one)]
    for is_bail, ends in ((False, over), (True, over_bail)):
        own = [one for one in states if (one.value is Custody.CONDITIONAL_LIBERTY) is is_bail]
        # Of several dates of a step, the others were put in order with all of them, and follow none alone.
        end_by_rank([one for one in own if one.branches], by=ends)
        end_by_rank([one for one in own if not one.branches], by=[*ends, *later])


def _end_held_by_forms(ranks: Mapping[Rank, Sequence[State]]) -> None:
    """What is seen held, in a form that is left open, agrees with any form from that form's first day on."""
    seen = [one for one in ranks.get(Rank.OBSERVED, ()) if one.value is Custody.HELD]
    forms = [one for states in ranks.values() for one in states if one.value in DEPRIVED - {Custody.HELD}]
    end_by_rank(seen, by=forms)


def _is_open_release(state: State) -> bool:
    reports = [one.report for one in state.told]
    return all(
        isinstance(one, ReleaseReported)
        and one.released_by is ReleaseMechanism.UNSTATED
        and one.released_to is ReleasedTo.UNSTATED
        for one in reports
    )


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


def _turn_remand_into_prison(placed: Sequence[_Placed], tracks: Iterable[Track]) -> list[State]:
    """R8: a sentence to imprisonment or life turns remand into prison, and imprisons nobody by itself."""
    remands: dict[int | None, list[State]] = defaultdict(list)
    released: dict[int | None, list[State]] = defaultdict(list)
    for one in placed:
        if one.state.value is Custody.REMAND:
            remands[one.episode].append(one.state)
        elif one.rank is Rank.RELEASED:
            released[one.episode].append(one.state)
    turned: list[State] = []
    for number, sentences in _sentences_by_episode(tracks, remands).items():
        own = _turned(sentences, remands[number])
        end_by_rank(own, by=released[number])
        end_by_rank(remands[number], by=own)
        turned += own
    end_by_days(turned, by=[one.state for one in placed])
    end_by_rank(turned, by=[one.state for one in placed if one.rank is Rank.DEAD])
    return turned


class _Sentence(Struct, frozen=True):
    """The form of custody that a sentence is to, with its days. `is_sure`: it belongs to this episode and to no other."""

    status: Custody
    told: tuple[Told, ...]
    earliest: date
    latest: date
    is_sure: bool = True


def _sentences_by_episode(
    tracks: Iterable[Track], episodes: Collection[int | None]
) -> Mapping[int | None, list[_Sentence]]:
    """The sentences to a form of custody, each in its episode; one that may be of any is in all of them, and in none for sure."""
    found: dict[int | None, list[_Sentence]] = defaultdict(list)
    floating: dict[tuple[Custody, date, date], tuple[Told, ...]] = defaultdict(tuple)
    for group in [group for track in tracks for group in track.imposed]:
        status = _status_sentenced(group)
        if status is None:
            continue
        told = tuple(told for one in group for told in one.told)
        first, last = sorted([max(one.earliest for one in group), min(one.latest for one in group)])
        episode = next((one.episode for one in group if one.episode is not None), None)
        if episode is not None:
            found[episode].append(_Sentence(status, told, first, last))
            if None in episodes:
                found[None].append(_Sentence(status, told, first, last, is_sure=False))
        else:
            floating[status, first, last] += told
    for (status, first, last), told in floating.items():
        for number in episodes:
            found[number].append(_Sentence(status, told, first, last, is_sure=False))
    return found


def _status_sentenced(group: Iterable[Occurrence]) -> Custody | None:
    """The form of custody that a sentence is to, by all accounts that name a penalty; None where it is to none, or they differ."""
    reports = [one.report for one in group]
    penalties = {
        one.penalty for one in reports if isinstance(one, SentenceReported) and one.penalty is not None
    }
    statuses = {_OF_PENALTY.get(penalty) for penalty in penalties}
    return statuses.pop() if len(statuses) == 1 else None


def _turned(sentences: Iterable[_Sentence], remands: Iterable[State]) -> list[State]:
    """The states that those sentences begin which found a remand that they can have turned into them."""
    ordered = sorted(remands, key=lambda one: one.earliest)
    earliest = [one.earliest for one in ordered]
    over_by = list(accumulate((one.ends for one in ordered), max))
    turned: list[State] = []
    for sentence in sentences:
        among = ordered[bisect_right(over_by, sentence.earliest) : bisect_right(earliest, sentence.latest)]
        found = [one for one in among if one.ends > sentence.earliest]
        if found:
            remanded = tuple(told for one in found for told in one.told)
            first = max(sentence.earliest, found[0].earliest)
            last = sentence.latest if sentence.is_sure else DAY_MAX
            turned.append(State(sentence.status, sentence.told, first, last, needs=(remanded, sentence.told)))
    return turned
