"""R4, R5, R6: from reports to occurrences, each between the days that every order which fits the reports allows.

    reports of one step       join in one occurrence where their dates can coincide; where they cannot, they are two occurrences if a
                              step of the other sort (a release, a restraint lifted or another end of custody between two detentions, a
                              detention between two releases) fits between them, else one occurrence whose date is contested
                              (`branches`)
    episodes                  a release to liberty closes one, and so does a detention before which custody had ended. A step belongs to
                              an episode if its days leave no other; else to none, and may then stand in any of them (`episode` is None).
                              What clears somebody after a release belongs to the case told of before it
    order within an episode   detained, restrained, charged, tried, sentenced, upheld, reduced, included, released: each bounds the
                              days of the others, so far as the days that sources gave allow it. An observation lies after the
                              detention and before the release. A stated order (`later`) bounds the two it names, and goes first
    an order that cannot be   sets the reports against each other (`opposed`) and moves nothing

Cost: n log n. What is the state on a day is told by `stretches`, from states that begin with these occurrences.

Absent on purpose: a guess. An undated step that fits before and after another leaves both states possible.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import IntEnum
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
    _assign_episodes(occurrences, releases, unreleased)
    for episode in _by_episode(occurrences):
        _order_by_rank(episode)
        _oppose_sentenced_before_charged(episode, against)
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
        self.count = len(found)
        self.earliest = sorted(one.earliest for one in found)
        self._latest = sorted(one.latest for one in found)

    def touches(self, first: date, last: date) -> bool:
        return bisect_right(self.earliest, last) > bisect_left(self._latest, first)

    def begins_within(self, after: date, last: date) -> bool:
        """Whether one begins after a day for certain, and can have begun by another."""
        return bisect_right(self.earliest, last) > bisect_right(self.earliest, after)


def _joined(
    steps: Sequence[Occurrence],
) -> tuple[list[Occurrence], list[Occurrence], list[Occurrence]]:
    """All occurrences; among them the releases that close an episode, and the detentions before which one must have been closed, though
    no release is told that certainly did."""
    detained = [step for step in steps if step.rank is Rank.DETAINED]
    released = [step for step in steps if step.rank is Rank.RELEASED]
    others = [step for step in steps if step.rank not in (Rank.DETAINED, Rank.RELEASED, Rank.DEAD)]
    starts = [*detained, *(step for step in others if _starts_custody(step))]
    _place_after_a_start(released, starts)
    ends = [end for step in others if (end := _other_end(step)) is not None]
    detentions = _join_detentions(detained, _Days([*released, *ends]))
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


def _place_after_a_start(released: Iterable[Occurrence], starts: Sequence[Occurrence]) -> None:
    """R4: a release presupposes that somebody was taken into custody."""
    if not starts:
        return
    first = min(start.earliest for start in starts)
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


def _join_detentions(steps: Iterable[Occurrence], releases: _Days) -> list[Occurrence]:
    groups: list[_Group] = []
    dated, undated = _by_date(steps)
    for step in dated:
        if groups and not groups[-1].is_parted(step, by=releases):
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
        if groups and not (
            groups[-1].is_parted(step, by=starts) and _leaves_a_start(groups[-1], step, starts)
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


def _leaves_a_start(group: _Group, step: Occurrence, starts: _Days) -> bool:
    """Whether a start can lie between two releases without being the one that the first of them presupposes."""
    return starts.count > 1 or starts.begins_within(group.latest, step.latest)


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
    occurrences: Sequence[Occurrence], releases: Sequence[Occurrence], unreleased: Sequence[Occurrence]
) -> None:
    """Numbers what a release closes, or a detention before which nobody tells for certain of one. The last episode is open, and takes
    undated steps only if custody began anew in it, or may have."""
    for one in occurrences:
        one.episode = 0 if one.rank is not Rank.RELEASED else None
    borders = sorted([*releases, *unreleased], key=_by_days)
    if not borders:
        return
    placed = {border.first_position: number for number, border in enumerate(borders)}
    begins, ends = [one.earliest for one in borders], [one.latest for one in borders]
    steps = [one for one in occurrences if one.rank not in (Rank.RELEASED, Rank.DEAD)]
    starts = sorted((one for one in steps if one.rank is Rank.DETAINED or _starts_custody(one)), key=_by_days)
    last = len(borders) if _begins_anew(starts, borders[-1]) else len(borders) - 1
    for step in steps:
        lowest = bisect_left(ends, step.earliest)
        highest = min(bisect_right(begins, step.latest), last)
        # The first custody is the one that the first release after it presupposes.
        step.episode = lowest if highest <= lowest or (starts and step is starts[0]) else None
    _look_back(steps)
    for border in borders:
        number = placed[border.first_position]
        border.episode = number if border.rank is Rank.RELEASED else number + 1


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


def _begins_anew(starts: Sequence[Occurrence], border: Occurrence) -> bool:
    return any(start.earliest > border.latest for start in starts) or any(
        start.rank is Rank.DETAINED and start.latest >= border.earliest for start in starts[1:]
    )


def _by_episode(occurrences: Iterable[Occurrence]) -> list[list[Occurrence]]:
    episodes: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        if occurrence.episode is not None and occurrence.rank is not Rank.DEAD:
            episodes[occurrence.episode].append(occurrence)
    return [episodes[number] for number in sorted(episodes)]


# ── Order by what presupposes what ───────────────────────────────────────────


def _order_by_rank(episode: Sequence[Occurrence]) -> None:
    """Bounds each step by those it presupposes and those that presuppose it, so far as the days allow."""
    ranks: dict[Rank, list[Occurrence]] = defaultdict(list)
    for occurrence in episode:
        if not occurrence.chain:
            ranks[occurrence.rank].append(occurrence)
    ladder = [rank for rank in sorted(ranks) if rank <= Rank.RELEASED]
    observed, cleared = ranks[Rank.OBSERVED], ranks[Rank.CLEARED]
    floors: list[date] = []
    for rank in ladder:
        if rank is Rank.RELEASED:
            for one in observed:
                insort(floors, one.earliest)
        for one in ranks[rank]:
            _raise(one, floors)
        for one in ranks[rank]:
            insort(floors, one.earliest)
        if rank is Rank.DETAINED:
            for one in observed:
                _raise(one, floors)
        if rank <= Rank.CHARGED:
            last_charged = list(floors)
            for one in cleared:
                _raise(one, last_charged)
    ceilings: list[date] = []
    for rank in reversed(ladder):
        if rank is Rank.DETAINED:
            for one in observed:
                insort(ceilings, one.latest)
        for one in ranks[rank]:
            _lower(one, ceilings)
        for one in ranks[rank]:
            insort(ceilings, one.latest)
        if rank is Rank.RELEASED:
            for one in observed:
                _lower(one, ceilings)


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
