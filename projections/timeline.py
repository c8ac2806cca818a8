"""R4, R5, R6: from reports to occurrences, each between the days that every order which fits the reports allows.

    reports of one step       join in one occurrence where their dates can coincide; where they cannot, they are two occurrences if a
                              step of the other sort (a release, a restraint lifted or another end of custody between two detentions, a
                              detention between two releases) fits between them, else one occurrence whose date is contested
                              (`branches`)
    episodes                  a release to liberty closes one, and so does a detention before which custody had ended. A step belongs to
                              an episode if its days leave no other; else to none, and may then stand in any of them (`episode` is None).
                              What clears somebody after a release belongs to the case told of before it
    order within an episode   detained, restrained and charged, tried, sentenced, upheld, reduced, included, released: each bounds the
                              days of the others, so far as the days that sources gave allow it. An observation and a move to house
                              arrest lie after the detention and before the release. A stated order (`later`) bounds the two it names,
                              and goes first. What is done to the living bounds an undenied death
    an order that cannot be   sets the reports against each other (`opposed`) and moves nothing

Cost: n log n. What is the state on a day is told by `stretches`, from states that begin with these occurrences.

Absent on purpose: a guess. An undated step that fits before and after another leaves both states possible.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum, IntEnum, auto
from itertools import pairwise

from msgspec import Struct

from events.dates import bounds_of_claim
from events.kinds import (
    ChargeReported,
    CourtStep,
    CourtStepReported,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    InclusionReported,
    OrderRelation,
    Position,
    ReleasedTo,
    ReleaseReported,
    Report,
    Restraint,
    RestraintReported,
    RestraintStep,
    SentenceReductionReported,
    SentenceReported,
    Span,
)
from projections.evidence import Evidence, Told, begun_in
from projections.findings import DAY_MAX, DAY_MIN


class Rank(IntEnum):
    """Where a step stands in the order in which steps presuppose one another. The last three stand outside it."""

    DETAINED = 0
    RESTRAINED = 1
    CHANGED = 2
    CHARGED = 3
    TRIED = 4
    SENTENCED = 5
    UPHELD = 6
    REDUCED = 7
    INCLUDED = 8
    RELEASED = 9
    OBSERVED = 20
    CLEARED = 21
    DEAD = 22


class Branch(Struct, frozen=True):
    """One of the dates of an occurrence that cannot all be: its reports, and the days on which they agree."""

    told: tuple[Told, ...]
    earliest: date
    latest: date


class Occurrence(Struct, eq=False):
    """One happening that one or more reports tell of, between two days, inclusive. `branches` are at least two where its date is
    contested, else none. Steps of one `chain`, other than 0, are put by sources into an order which is not the usual one, so that no
    presupposition orders them. Mutable only while the timeline is built."""

    rank: Rank
    told: tuple[Told, ...]
    earliest: date
    latest: date
    episode: int | None = 0
    branches: tuple[Branch, ...] = ()
    chain: int = 0

    @property
    def report(self) -> Report:
        """The first report of it."""
        return self.told[0].report

    @property
    def first_position(self) -> Position:
        """The position of the first report of it."""
        return self.told[0].position


class Timeline(Struct, frozen=True):
    """Every step, each within its days. `after` maps an occurrence (by its first position) to those that sources put after it.

    `died` is a death that nobody denies. `posthumous` are the first positions of what is told of the living after that death.
    """

    occurrences: tuple[Occurrence, ...]
    posthumous: frozenset[Position]
    died: Occurrence | None
    after: Mapping[Position, tuple[Occurrence, ...]]
    opposed: Mapping[Position, frozenset[Position]]

    def of(self, *kinds: type[Report]) -> list[Occurrence]:
        """The occurrences told by reports of these kinds, oldest report first."""
        return [occurrence for occurrence in self.occurrences if isinstance(occurrence.told[0].report, kinds)]


_TRIED = frozenset(
    {
        CourtStep.HEARING_SET,
        CourtStep.HEARING_HELD,
        CourtStep.SEVERED,
        CourtStep.PENALTY_ASKED_FOR,
        CourtStep.VERDICT,
    }
)
_HOLDS = frozenset({Restraint.REMAND, Restraint.HOUSE_ARREST, Restraint.ADMINISTRATIVE_DETENTION})
_OF_THE_LIVING = (
    DetentionReported,
    RestraintReported,
    CustodyReported,
    SentenceReported,
    ReleaseReported,
)


def rank_of(report: Report) -> Rank | None:
    """The place of a report's step in the order, or None where it tells of no step."""
    match report:
        case DetentionReported():
            return Rank.DETAINED
        case RestraintReported():
            return Rank.RESTRAINED if report.restraint_step is RestraintStep.IMPOSED else Rank.CHANGED
        case ChargeReported():
            return Rank.CHARGED
        case CourtStepReported():
            if report.court_step in _TRIED:
                return Rank.TRIED
            return Rank.UPHELD if report.court_step is CourtStep.UPHELD else Rank.CLEARED
        case SentenceReported():
            return Rank.SENTENCED
        case SentenceReductionReported():
            return Rank.REDUCED
        case InclusionReported():
            return Rank.INCLUDED
        case ReleaseReported():
            return Rank.CHANGED if report.released_to is ReleasedTo.HOUSE_ARREST else Rank.RELEASED
        case CustodyReported():
            return None if report.custody_state is CustodyState.OFFICIALS_DENY else Rank.OBSERVED
        case DeathReported():
            return Rank.DEAD
        case _:
            return None


def build_timeline(evidence: Evidence) -> Timeline:
    """Every step that the supporting reports tell of, joined, ordered and bounded."""
    steps = [step for told in evidence.supporting if (step := _step_of(told)) is not None]
    against: dict[Position, set[Position]] = defaultdict(set)
    _order_as_stated(steps, against)
    _mark_chains(steps)
    deaths = _joined_deaths(steps)
    died = deaths[0] if deaths and not _is_denied(deaths[0], evidence) else None
    steps, posthumous = _bound_by_death(steps, died, against)
    occurrences, releases, unreleased = _joined(steps)
    _assign_episodes(occurrences, releases, unreleased, ends=_Days(_other_ends(occurrences)))
    episodes = _by_episode(occurrences)
    _order_episodes(episodes)
    for episode in episodes:
        _oppose_sentenced_before_charged(episode, against)
    if died is not None:
        _raise(died, sorted(one.earliest for one in occurrences if isinstance(one.report, _OF_THE_LIVING)))
    occurrences += deaths
    after = _order_as_stated(occurrences, against)
    return Timeline(
        tuple(sorted([*occurrences, *posthumous], key=lambda occurrence: occurrence.first_position)),
        frozenset(one.first_position for one in posthumous),
        died,
        after,
        {position: frozenset(others) for position, others in against.items()},
    )


def _step_of(told: Told) -> Occurrence | None:
    rank = rank_of(told.report)
    if rank is None:
        return None
    earliest, latest = told.earliest, told.latest
    if rank is Rank.OBSERVED and told.report.span in (Span.SINCE, Span.THROUGHOUT):
        earliest, latest = begun_in(told.report.claimed)
        if told.report.span is Span.THROUGHOUT and not _is_interval(told):
            latest = earliest  # Throughout 2023 is from its first day on, or before.
        latest = min(latest, told.latest) if earliest <= told.latest else latest
    return Occurrence(rank, (told,), earliest, latest)


def _is_interval(told: Told) -> bool:
    claimed = told.report.claimed
    return claimed is not None and claimed.edtf is not None and "/" in claimed.edtf


# ── Stated order ─────────────────────────────────────────────────────────────


def _order_as_stated(
    occurrences: Iterable[Occurrence], against: dict[Position, set[Position]]
) -> Mapping[Position, tuple[Occurrence, ...]]:
    """Bounds the days of what a source puts before or after something else; returns what follows what."""
    followers: dict[Position, list[Occurrence]] = defaultdict(list)
    nodes: dict[Position, Occurrence] = {}
    waits: dict[Position, int] = defaultdict(int)
    for first, second in _stated(occurrences):
        if first.earliest > second.latest:
            _oppose(first, second, against)
            continue
        nodes[first.first_position], nodes[second.first_position] = first, second
        followers[first.first_position].append(second)
        waits[second.first_position] += 1
    order = _sorted_by_order(nodes, followers, waits)
    for first in order:
        for second in followers[first.first_position]:
            if first.earliest <= second.latest:
                second.earliest = max(second.earliest, first.earliest)
    for first in reversed(order):
        for second in followers[first.first_position]:
            if second.latest >= first.earliest:
                first.latest = min(first.latest, second.latest)
    for position in nodes.keys() - {one.first_position for one in order}:
        for second in followers.pop(position, ()):
            _oppose(nodes[position], second, against)
    return {position: tuple(found) for position, found in followers.items()}


def _stated(occurrences: Iterable[Occurrence]) -> Iterable[tuple[Occurrence, Occurrence]]:
    """Each two that a source orders, the first one first."""
    every = list(occurrences)
    ordered = [
        (one, told.report.order) for one in every for told in one.told if told.report.order is not None
    ]
    if not ordered:
        return
    by_id = {told.event_id: one for one in every for told in one.told}
    for one, order in ordered:
        other = by_id.get(order.report)
        if other is not None and other is not one:
            yield (other, one) if order.relation is OrderRelation.AFTER else (one, other)


def _mark_chains(steps: Sequence[Occurrence]) -> None:
    """Marks what sources order otherwise than the steps presuppose one another, such as a detention after a release."""
    pairs = list(_stated(steps))
    unusual = [first for first, second in pairs if _is_unusual(first.rank, second.rank)]
    if not unusual:
        return
    beside: dict[Position, list[Occurrence]] = defaultdict(list)
    for first, second in pairs:
        beside[first.first_position].append(second)
        beside[second.first_position].append(first)
    for step in unusual:
        number = step.first_position
        waiting = [step]
        while waiting:
            one = waiting.pop()
            if not one.chain:
                one.chain = number
                waiting += beside[one.first_position]


def _is_unusual(first: Rank, second: Rank) -> bool:
    if Rank.OBSERVED in (first, second):
        return first is Rank.RELEASED or second is Rank.DETAINED
    return second < first <= Rank.RELEASED


def _sorted_by_order(
    nodes: Mapping[Position, Occurrence],
    followers: Mapping[Position, Sequence[Occurrence]],
    waits: dict[Position, int],
) -> list[Occurrence]:
    """The occurrences in a stated order, each after what it follows; those in a circle are left out."""
    ready = sorted((position for position in nodes if not waits[position]), reverse=True)
    order: list[Occurrence] = []
    while ready:
        position = ready.pop()
        order.append(nodes[position])
        for follower in followers.get(position, ()):
            waits[follower.first_position] -= 1
            if not waits[follower.first_position]:
                ready.append(follower.first_position)
    return order


def _oppose(one: Occurrence, other: Occurrence, against: dict[Position, set[Position]]) -> None:
    for first in one.told:
        for second in other.told:
            against[first.position].add(second.position)
            against[second.position].add(first.position)


# ── Joining ──────────────────────────────────────────────────────────────────


class _Days:
    """Stretches of days that can be asked whether any of them touches another, in log n."""

    def __init__(self, stretches: Iterable[Occurrence]) -> None:
        found = list(stretches)
        self._earliest = sorted(one.earliest for one in found)
        self._latest = sorted(one.latest for one in found)

    def within(self, first: date, last: date) -> int:
        """How many may lie between two days, inclusive."""
        return bisect_right(self._earliest, last) - bisect_left(self._latest, first)

    def touches(self, first: date, last: date) -> bool:
        return self.within(first, last) > 0

    def begins_within(self, after: date, last: date) -> bool:
        """Whether one begins after a day for certain, and can have begun by another."""
        return bisect_right(self._earliest, last) > bisect_right(self._earliest, after)


def _joined(
    steps: Sequence[Occurrence],
) -> tuple[list[Occurrence], list[Occurrence], list[Occurrence]]:
    """All occurrences; among them the releases that close an episode, and the detentions before which one must have been closed, though
    no release is told that certainly did."""
    detained = [step for step in steps if step.rank is Rank.DETAINED]
    released = [step for step in steps if step.rank is Rank.RELEASED]
    others = _join_moves([step for step in steps if step.rank is not Rank.DEAD])
    starts = [*detained, *(step for step in others if _starts_custody(step))]
    moved = [
        step for step in others if step.rank is Rank.CHANGED and isinstance(step.report, ReleaseReported)
    ]
    _place_after_a_start([*released, *moved], starts, [step for step in others if _is_seen_held(step)])
    ends = _other_ends(others)
    detentions = _join_parted(detained, _Days([*released, *ends]))
    known = _Days([*detentions, *starts[len(detained) :]])
    groups = _join_dated_releases(released, known)
    gaps = _gaps_without_release([*detentions, *starts[len(detained) :]], groups, _Days(ends))
    floating = _join_undated_releases(released, groups, known, _Days(gap for gap, _ in gaps))
    releases = sorted((_occurrence(group.steps) for group in groups), key=_by_days)
    return [*detentions, *others, *releases, *floating], releases, [detention for _, detention in gaps]


def _starts_custody(step: Occurrence) -> bool:
    report = step.report
    if isinstance(report, RestraintReported):
        return report.restraint in _HOLDS and report.restraint_step is RestraintStep.IMPOSED
    return isinstance(report, CustodyReported) and (
        report.custody_state is CustodyState.HELD and report.span in (Span.SINCE, Span.THROUGHOUT)
    )


def _other_ends(steps: Iterable[Occurrence]) -> list[Occurrence]:
    return [end for step in steps if (end := _other_end(step)) is not None]


def _other_end(step: Occurrence) -> Occurrence | None:
    """The days of an end of custody that is no release: a restraint lifted, one that leaves free, a report of until when."""
    report = step.report
    if isinstance(report, RestraintReported):
        is_end = (report.restraint_step is RestraintStep.LIFTED) == (report.restraint in _HOLDS)
        return step if is_end else None
    if isinstance(report, CustodyReported) and report.span is Span.UNTIL:
        bounds = bounds_of_claim(report.claimed)
        if bounds.latest is not None:
            return Occurrence(Rank.OBSERVED, step.told, bounds.earliest or bounds.latest, bounds.latest)
    return None


def _is_seen_held(step: Occurrence) -> bool:
    report = step.report
    return (
        isinstance(report, CustodyReported)
        and report.custody_state in (CustodyState.HELD, CustodyState.MOVED)
        and report.span not in (Span.UNTIL, Span.BEFORE)
    )


def _place_after_a_start(
    released: Sequence[Occurrence], starts: Sequence[Occurrence], seen: Sequence[Occurrence]
) -> None:
    """R4: a release, and a move to house arrest, presuppose that somebody was taken into custody, or seen in it. Not where a release tells
    of custody before that, or the only start told of may be that of another custody, which lasts."""
    if not starts and not seen:
        return
    first = min(one.earliest for one in (*starts, *seen))
    last = max((one.latest for one in released), default=DAY_MIN)
    if any(one.latest < first for one in released) or (
        len(starts) == 1 and any(one.earliest > last for one in seen)
    ):
        return
    for release in released:
        if first <= release.latest:
            release.earliest = max(release.earliest, first)


class _Group:
    """Reports that are being joined, and the days between which they lie."""

    def __init__(self, step: Occurrence) -> None:
        self.steps = [step]
        self.earliest, self.latest = step.earliest, step.latest

    def add(self, step: Occurrence) -> None:
        self.steps.append(step)
        self.earliest, self.latest = min(self.earliest, step.earliest), max(self.latest, step.latest)

    def may_coincide(self, step: Occurrence) -> bool:
        return self.earliest <= step.latest and step.earliest <= self.latest

    def is_parted(self, step: Occurrence, *, by: _Days) -> bool:
        """Whether the step cannot be the group's, and something of the other sort fits between the two."""
        return step.earliest > self.latest and by.touches(self.earliest, step.latest)


def _join_moves(steps: Sequence[Occurrence]) -> list[Occurrence]:
    """All but detentions and releases; impositions of one restraint, and moves to house arrest, joined where nothing that bears on custody
    fits between them."""
    joined = [step for step in steps if step.rank not in (Rank.DETAINED, Rank.RELEASED)]
    moves: dict[Restraint | ReleasedTo, list[Occurrence]] = defaultdict(list)
    for step in joined:
        if (to := _moved_to(step)) is not None:
            moves[to].append(step)
    for to, same in moves.items():
        if len(same) > 1:
            parting = _Days(one for one in steps if _bears_on_custody(one) and _moved_to(one) is not to)
            joined = [*(one for one in joined if _moved_to(one) is not to), *_join_parted(same, parting)]
    return joined


def _moved_to(step: Occurrence) -> Restraint | ReleasedTo | None:
    report = step.report
    if isinstance(report, RestraintReported):
        return report.restraint if report.restraint_step is RestraintStep.IMPOSED else None
    moved = isinstance(report, ReleaseReported) and step.rank is Rank.CHANGED
    return ReleasedTo.HOUSE_ARREST if moved else None


def _bears_on_custody(step: Occurrence) -> bool:
    return isinstance(step.report, _OF_THE_LIVING) and step.rank is not Rank.SENTENCED


def _join_parted(steps: Iterable[Occurrence], parting: _Days) -> list[Occurrence]:
    """Steps of one sort, each with those that it may be one with, and those that nothing parts it from."""
    groups: list[_Group] = []
    dated, undated = _by_date(steps)
    for step in dated:
        if groups and not groups[-1].is_parted(step, by=parting):
            groups[-1].add(step)
        else:
            groups.append(_Group(step))
    for step in undated:
        fitting = next((group for group in reversed(groups) if group.may_coincide(step)), None)
        if fitting is not None and not step.chain:
            fitting.add(step)
        else:
            groups.append(_Group(step))
    return [_occurrence(group.steps) for group in groups]


def _join_dated_releases(steps: Iterable[Occurrence], starts: _Days) -> list[_Group]:
    groups: list[_Group] = []
    for step in _by_date(steps)[0]:
        after = groups[-2].earliest if len(groups) > 1 else DAY_MIN
        if groups and not (
            groups[-1].is_parted(step, by=starts) and _leaves_a_start(groups[-1], step, starts, after=after)
        ):
            groups[-1].add(step)
        else:
            groups.append(_Group(step))
    return groups


def _join_undated_releases(
    steps: Iterable[Occurrence], groups: list[_Group], starts: _Days, gaps: _Days
) -> list[Occurrence]:
    """Adds what can only be of one release to its group; returns those that may be one of these or another one."""
    floating: list[Occurrence] = []
    for step in _by_date(steps)[1]:
        fitting = next((group for group in reversed(groups) if group.may_coincide(step)), None)
        if (
            (step.chain and fitting)
            or gaps.touches(step.earliest, step.latest)
            or (fitting is not None and starts.begins_within(fitting.latest, step.latest))
        ):
            floating.append(step)
        elif fitting is not None:
            fitting.add(step)
        else:
            groups.append(_Group(step))
    return floating


def _gaps_without_release(
    starts: Sequence[Occurrence], releases: Sequence[_Group], ends: _Days
) -> list[tuple[Occurrence, Occurrence]]:
    """The days between two detentions, or another start of custody, its end and a detention, between which somebody must have been let
    go, and no dated release can lie; each with the detention."""
    over, begins = [group.latest for group in releases], [group.earliest for group in releases]
    gaps: list[tuple[Occurrence, Occurrence]] = []
    for first, second in pairwise(sorted(starts, key=_by_days)):
        within = bisect_right(begins, second.latest) - bisect_left(over, first.earliest)
        if second.rank is not Rank.DETAINED or first.latest >= second.earliest or within > 0:
            continue
        if first.rank is Rank.DETAINED or ends.touches(first.earliest, second.latest):
            gap = Occurrence(Rank.RELEASED, first.told, first.earliest, second.latest)
            gaps.append((gap, second))
    return gaps


def _by_date(steps: Iterable[Occurrence]) -> tuple[list[Occurrence], list[Occurrence]]:
    ordered = sorted(steps, key=_by_days)
    dated = [step for step in ordered if _is_dated(step.told[0])]
    return dated, [step for step in ordered if not _is_dated(step.told[0])]


def _by_days(occurrence: Occurrence) -> tuple[date, date, Position]:
    return occurrence.earliest, occurrence.latest, occurrence.first_position


def _is_dated(told: Told) -> bool:
    bounds = bounds_of_claim(told.report.claimed)
    return bounds.earliest is not None or bounds.latest is not None


def _leaves_a_start(group: _Group, step: Occurrence, starts: _Days, *, after: date) -> bool:
    """Whether a start can lie between two releases without being the one that the first of them presupposes, `after` the one before."""
    return starts.within(after, step.latest) > 1 or starts.begins_within(group.latest, step.latest)


def _occurrence(group: Sequence[Occurrence]) -> Occurrence:
    if len(group) == 1:
        return group[0]
    told = tuple(sorted((one for step in group for one in step.told), key=lambda one: one.position))
    branches = branches_of(group)
    rank, chain = group[0].rank, max(step.chain for step in group)
    if len(branches) == 1:
        return Occurrence(rank, told, branches[0].earliest, branches[0].latest, chain=chain)
    earliest = min(branch.earliest for branch in branches)
    latest = max(branch.latest for branch in branches)
    return Occurrence(rank, told, earliest, latest, branches=branches, chain=chain)


def branches_of(group: Sequence[Occurrence | Told]) -> tuple[Branch, ...]:
    """The fewest dates on which all of the group can be, in order; what fits several stands with each of them."""
    points: list[date] = []
    for one in sorted(group, key=lambda one: one.latest):
        if not points or one.earliest > points[-1]:
            points.append(one.latest)
    if len(points) == 1:
        return (_branch(group),)
    fitting: list[list[Occurrence | Told]] = [[] for _ in points]
    for one in group:
        for place in range(bisect_left(points, one.earliest), bisect_right(points, one.latest)):
            fitting[place].append(one)
    return tuple(_branch(own) for own in fitting)


def _branch(steps: Sequence[Occurrence | Told]) -> Branch:
    every = [one for step in steps for one in (step.told if isinstance(step, Occurrence) else (step,))]
    told = tuple(sorted(every, key=lambda one: one.position))
    return Branch(told, max(step.earliest for step in steps), min(step.latest for step in steps))


# ── Episodes ─────────────────────────────────────────────────────────────────


def _assign_episodes(
    occurrences: Sequence[Occurrence],
    releases: Sequence[Occurrence],
    unreleased: Sequence[Occurrence],
    *,
    ends: _Days,
) -> None:
    """Numbers what a release closes, or a detention before which nobody tells for certain of one. The last episode is open, and takes
    undated steps only if custody began anew in it, or may have."""
    for one in occurrences:
        one.episode = 0 if one.rank is not Rank.RELEASED else None
    borders = sorted([*releases, *unreleased], key=_by_days)
    if not borders:
        return
    steps = [one for one in occurrences if one.rank not in (Rank.RELEASED, Rank.DETAINED, Rank.DEAD)]
    starts = sorted((one for one in steps if _starts_custody(one)), key=_by_days)
    detentions = sorted((one for one in occurrences if one.rank is Rank.DETAINED), key=_by_days)
    shown = sorted((one for one in steps if _shows_custody(one)), key=_by_days)
    highest = _assign_detentions(detentions, borders, shown, ends)
    begins_anew = highest == len(borders) or any(one.earliest > borders[-1].latest for one in starts)
    begins, over = [one.earliest for one in borders], [one.latest for one in borders]
    detained = {one.episode: one.earliest for one in detentions}
    first = min([*detentions[:1], *starts[:1]], key=_by_days, default=None)
    if first is not None and any(
        one.latest < first.earliest or (one.rank is Rank.DETAINED and one.earliest <= first.latest)
        for one in (*shown, *detentions[:1])
        if one is not first
    ):
        first = None
    for step in steps:
        lowest = bisect_left(over, step.earliest)
        last = min(bisect_right(begins, step.latest), len(borders) if begins_anew else len(borders) - 1)
        while last > lowest and _shows_custody(step) and detained.get(last, DAY_MIN) > step.latest:
            last -= 1
        # The first custody is the one that the first release after it presupposes.
        step.episode = lowest if last <= lowest or step is first else None
        if step.episode is None and _shows_custody(step):
            _raise(step, [detained.get(lowest, DAY_MIN)])
    _look_back(steps)
    for number, border in enumerate(borders):
        border.episode = number if border.rank is Rank.RELEASED else number + 1


def _shows_custody(step: Occurrence) -> bool:
    """Whether a step, on its days, begins custody or presupposes it."""
    moved = step.rank is Rank.CHANGED and isinstance(step.report, ReleaseReported)
    return moved or _starts_custody(step) or _is_seen_held(step)


class _Range(Struct):
    """The episodes that a detention can be of, inclusive. `is_loose`: another end of custody than a release may lie before it; `is_pushed`:
    by the detention before it; `is_crowded`: by so many that nobody tells of a release between two of them, and it is not said which."""

    detention: Occurrence
    lowest: int
    highest: int
    is_loose: bool = False
    is_pushed: bool = False
    is_crowded: bool = False


def _assign_detentions(
    detentions: Sequence[Occurrence], borders: Sequence[Occurrence], shown: Sequence[Occurrence], ends: _Days
) -> int:
    """Gives detentions the episodes that their order leaves them; returns the last that one of them may be of.

    R4: no two detentions are of one episode, unless another of the `ends` of custody than a release may lie between them; each is of a
    later one than those before it, and than custody `shown` before it; and the last
    is of one that a release closes, if it can be, because a release presupposes it, unless custody is shown after the last release too.
    """
    ranges = _ranges(detentions, borders, shown)
    ordered = [one for one in ranges if not one.detention.chain]
    _push(ordered, ends)
    last = len(borders)
    shown_last = any(one.earliest > borders[-1].latest for one in shown)
    if ordered and not shown_last and not ordered[-1].is_crowded and ordered[-1].lowest < last:
        last -= 1
    following = last
    for one in reversed(ordered):
        following = one.highest = min(one.highest, following)
        following -= not (one.is_crowded or one.is_loose)
    for one in ranges:
        one.detention.episode = one.lowest if one.lowest >= one.highest else None
    return max((one.highest for one in ranges), default=0)


def _ranges(
    detentions: Sequence[Occurrence], borders: Sequence[Occurrence], shown: Sequence[Occurrence]
) -> list[_Range]:
    """By their own days, and by custody shown before them."""
    begins, ends = [one.earliest for one in borders], [one.latest for one in borders]
    opened = {id(border): number + 1 for number, border in enumerate(borders)}
    waiting = sorted(shown, key=lambda one: one.latest, reverse=True)
    after_shown = 0
    ranges: list[_Range] = []
    for one in detentions:
        while waiting and waiting[-1].latest < one.earliest:
            after_shown = max(after_shown, bisect_left(ends, waiting.pop().earliest) + 1)
        highest = opened.get(id(one), bisect_right(begins, one.latest))
        lowest = opened.get(id(one), bisect_left(ends, one.earliest))
        ranges.append(_Range(one, max(lowest, min(after_shown, highest)), highest))
    return ranges


def _push(ranges: Sequence[_Range], ends: _Days) -> None:
    """Puts each into a later episode than the one before, as far as there are episodes for all."""
    own = [one.lowest for one in ranges]
    for before, one in pairwise(ranges):
        one.is_loose = ends.touches(before.detention.earliest, one.detention.latest)
        if one.lowest <= before.lowest and not one.is_loose:
            one.lowest, one.is_pushed = before.lowest + 1, True
    is_crowded = False
    for place in range(len(ranges) - 1, -1, -1):
        one = ranges[place]
        is_crowded = is_crowded or one.lowest > one.highest
        if is_crowded:
            one.lowest, one.is_crowded = own[place], True
        is_crowded = is_crowded and one.is_pushed


def _look_back(steps: Sequence[Occurrence]) -> None:
    """R13: what clears somebody, after a release too, clears what was told before; of several cases, it is not said which."""
    told_of = {step.episode for step in steps if Rank.CHARGED <= step.rank <= Rank.REDUCED}
    for step in steps:
        own = step.episode
        if (
            step.rank is not Rank.CLEARED
            or step.report.proceeding is not None
            or own is None
            or own in told_of
        ):
            continue
        earlier = [number for number in told_of if number is None or number < own]
        if earlier:
            step.episode = earlier[0] if len(earlier) == 1 else None


def _by_episode(occurrences: Iterable[Occurrence]) -> list[list[Occurrence]]:
    episodes: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        if occurrence.episode is not None and occurrence.rank is not Rank.DEAD:
            episodes[occurrence.episode].append(occurrence)
    return [episodes[number] for number in sorted(episodes)]


# ── Order by what presupposes what ───────────────────────────────────────────


def _order_episodes(episodes: Sequence[Sequence[Occurrence]]) -> None:
    """Orders each episode, and bounds it by the release of the one before and the detention of the one after."""
    released = DAY_MIN
    for episode in episodes:
        for one in episode:
            _raise(one, [released])
        _order_by_rank(episode)
        released = max([released, *(one.earliest for one in episode if one.rank is Rank.RELEASED)])
    detained = DAY_MAX
    for episode in reversed(episodes):
        ends = [one for one in episode if one.rank is Rank.RELEASED]
        if any(one.earliest <= detained < one.latest for one in ends):
            for one in ends:
                _lower(one, [detained])
            _order_by_rank(episode)
        detained = min([detained, *(one.latest for one in episode if one.rank is Rank.DETAINED)])


class _Lane(Enum):
    """Steps that stand alike to all others by what presupposes what."""

    START = auto()
    SIGHT = auto()
    RESTRAINT = auto()
    MOVE = auto()
    CHARGE = auto()
    CLEARANCE = auto()
    TRIAL = auto()
    SENTENCE = auto()
    RELEASE = auto()


_LANES = {
    Rank.DETAINED: _Lane.START,
    Rank.OBSERVED: _Lane.SIGHT,
    Rank.RESTRAINED: _Lane.RESTRAINT,
    Rank.CHARGED: _Lane.CHARGE,
    Rank.CLEARED: _Lane.CLEARANCE,
    Rank.TRIED: _Lane.TRIAL,
    Rank.SENTENCED: _Lane.SENTENCE,
    Rank.UPHELD: _Lane.SENTENCE,
    Rank.REDUCED: _Lane.SENTENCE,
    Rank.INCLUDED: _Lane.SENTENCE,
    Rank.RELEASED: _Lane.RELEASE,
}
# A restraint is before a sentence or instead of it; before or after a charge or a hearing it can be. A move to house arrest can come at
# any time in custody.
_PRESUPPOSED = {
    _Lane.START: (),
    _Lane.SIGHT: (_Lane.START,),
    _Lane.RESTRAINT: (_Lane.START, _Lane.RESTRAINT),
    _Lane.MOVE: (_Lane.START,),
    _Lane.CHARGE: (_Lane.START,),
    _Lane.CLEARANCE: (_Lane.START, _Lane.RESTRAINT, _Lane.CHARGE),
    _Lane.TRIAL: (_Lane.START, _Lane.CHARGE),
    _Lane.SENTENCE: (_Lane.START, _Lane.RESTRAINT, _Lane.CHARGE, _Lane.TRIAL, _Lane.SENTENCE),
    _Lane.RELEASE: tuple(lane for lane in _Lane if lane not in (_Lane.CLEARANCE, _Lane.RELEASE)),
}
_PRESUPPOSING = {
    lane: tuple(
        other for other, lanes in _PRESUPPOSED.items() if lane in lanes and other is not _Lane.CLEARANCE
    )
    for lane in _Lane
}


def _lane_of(occurrence: Occurrence) -> _Lane:
    if occurrence.rank is Rank.CHANGED:
        return _Lane.MOVE if isinstance(occurrence.report, ReleaseReported) else _Lane.RESTRAINT
    return _LANES[occurrence.rank]


def _order_by_rank(episode: Sequence[Occurrence]) -> None:
    """Bounds each step by those it presupposes and those that presuppose it, so far as the days allow."""
    ranks: dict[tuple[int, Rank], list[Occurrence]] = defaultdict(list)
    for occurrence in episode:
        if not occurrence.chain:
            ranks[_lane_of(occurrence).value, occurrence.rank].append(occurrence)
    steps = [ranks[place] for place in sorted(ranks)]
    floors: dict[_Lane, list[date]] = defaultdict(list)
    for same in steps:
        for one in same:
            for lane in _PRESUPPOSED[_lane_of(one)]:
                _raise(one, floors[lane])
        for one in same:
            insort(floors[_lane_of(one)], one.earliest)
    ceilings: dict[_Lane, list[date]] = defaultdict(list)
    for same in reversed(steps):
        for one in same:
            for lane in _PRESUPPOSING[_lane_of(one)]:
                _lower(one, ceilings[lane])
        for one in same:
            insort(ceilings[_lane_of(one)], one.latest)


def _raise(occurrence: Occurrence, floors: Sequence[date]) -> None:
    place = bisect_right(floors, occurrence.latest)
    if place:
        occurrence.earliest = max(occurrence.earliest, floors[place - 1])


def _lower(occurrence: Occurrence, ceilings: Sequence[date]) -> None:
    place = bisect_left(ceilings, occurrence.earliest)
    if place < len(ceilings):
        occurrence.latest = min(occurrence.latest, ceilings[place])


def _oppose_sentenced_before_charged(
    episode: Sequence[Occurrence], against: dict[Position, set[Position]]
) -> None:
    charges = [one for one in episode if one.rank is Rank.CHARGED]
    sentences = [one for one in episode if one.rank is Rank.SENTENCED]
    if not charges or not sentences:
        return
    first: dict[object, Occurrence] = {}
    for charge in sorted(charges, key=_by_days):
        first.setdefault(charge.report.proceeding, charge)
    for sentence in sentences:
        stated = sentence.report.proceeding
        known = first.values() if stated is None else [first[key] for key in (stated, None) if key in first]
        if known and all(charge.earliest > sentence.latest for charge in known):
            for charge in known:
                _oppose(sentence, charge, against)


# ── Death ────────────────────────────────────────────────────────────────────


def _joined_deaths(steps: Iterable[Occurrence]) -> list[Occurrence]:
    died = [step for step in steps if step.rank is Rank.DEAD]
    return [_occurrence(died)] if died else []


def _is_denied(death: Occurrence, evidence: Evidence) -> bool:
    """R14: a death is contested by whoever denies it of a day on which it may have happened, or later."""
    return any(
        isinstance(told.report, DeathReported) and told.latest >= death.earliest for told in evidence.denying
    )


def _bound_by_death(
    steps: Iterable[Occurrence], died: Occurrence | None, against: dict[Position, set[Position]]
) -> tuple[list[Occurrence], list[Occurrence]]:
    """The steps no later than the death, and those of the living that are told of later days, each set against it."""
    steps = list(steps)
    stated = {second.first_position for first, second in _stated(steps) if first.rank is Rank.DEAD}
    within: list[Occurrence] = []
    posthumous: list[Occurrence] = []
    for step in steps:
        if died is None or not isinstance(step.report, _OF_THE_LIVING):
            within.append(step)
        elif step.earliest > died.latest or step.first_position in stated:
            posthumous.append(step)
            _oppose(step, died, against)
        else:
            step.latest = min(step.latest, died.latest)
            within.append(step)
    return within, posthumous
