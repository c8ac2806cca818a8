"""R6 and R14 of the facet *sentence*: what a court imposed, less its reductions, one proceeding at a time.

    a sentence              one proceeding's; with none stated, reports join where their dates can coincide, never across a release, and
                            join a stated proceeding's only if that is the one of equal amount
    its segments            `<proceeding or unstated-N>:<M>`, N and M first positions: as imposed, then from each reduction or new sentence
                            on. `sentence_of` gives what the segments of one sentence share; which is in force on a day, their days tell
    arithmetic              a stated result is taken as stated; else amount or fraction are taken off the term of the same sentence.
                            Months never meet days, a fraction of the unserved rest is never reckoned: then the term is null
    an end                  quashed (the one before it is in force again), sent back, acquitted, dropped, rehabilitated, served, dead.
                            Any other release ends no sentence; nor does a term that ran out (`elapses_on`)

Two amounts for one sentence are contested. Two dates for one sentence of equal amount leave the amount, and its `since` null.

Absent on purpose: an end reckoned from the term (remand may count or not), and any sum of two sentences.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import msgspec
from msgspec import Struct

from events.dates import ClaimedDate, Derivation, bounds_of_claim
from events.kinds import (
    CourtStep,
    CourtStepReported,
    DeathReported,
    DetentionReported,
    Penalty,
    Position,
    ReductionMechanism,
    ReleaseMechanism,
    ReleaseReported,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from events.terms import Term, add_to, compare, fraction_of, in_words, parse_duration, subtract
from projections.evidence import (
    Evidence,
    Told,
    computed_date,
    narrowest_date,
    positions_of,
    voices_of,
)
from projections.findings import DAY_MAX, DAY_MIN, Facet, Finding, SentenceValue, Standing
from projections.stretches import State, Stretch, stretches
from projections.timeline import Occurrence, Timeline

_ENDS_ALL = frozenset({CourtStep.SENT_BACK, CourtStep.ACQUITTED, CourtStep.DROPPED, CourtStep.REHABILITATED})
_RELEASE_ENDS = frozenset({ReleaseMechanism.SERVED, ReleaseMechanism.ACQUITTAL, ReleaseMechanism.DROPPED})
_RUNS_OUT = frozenset(
    {
        Penalty.IMPRISONMENT,
        Penalty.RESTRICTED_LIBERTY,
        Penalty.CORRECTIONAL_LABOUR,
        Penalty.ADMINISTRATIVE_ARREST,
    }
)
_OF = {
    Penalty.IMPRISONMENT: "imprisonment",
    Penalty.RESTRICTED_LIBERTY: "restricted liberty",
    Penalty.CORRECTIONAL_LABOUR: "correctional labour",
    Penalty.ADMINISTRATIVE_ARREST: "administrative arrest",
}
_BY = {
    ReductionMechanism.COURT: " by a court",
    ReductionMechanism.AMNESTY: " by amnesty",
    ReductionMechanism.PARDON: " by pardon",
    ReductionMechanism.UNSTATED: "",
}


_NEAR_MAX = 16
"""Among how many reductions, next in order of days, one that starts from the term in force is looked for."""


_ACCOUNTS_MAX = 64
"""How many alternatives each name all others' reports as opposed; of more, only the finding above names them all."""


class Amount(NamedTuple):
    """What was imposed; a part that is None was not stated."""

    penalty: Penalty | None
    term: Term | None


class _Step(Struct, eq=False):
    """One amount of a track, in force from its occurrence on. `value` is None where amounts are contested (`accounts`)."""

    told: tuple[Told, ...]
    earliest: date
    latest: date
    value: SentenceValue | None = None
    accounts: tuple[tuple[SentenceValue, tuple[Told, ...]], ...] = ()
    needs: tuple[tuple[Told, ...], ...] = ()
    before: _Step | None = None
    derivation: Derivation = Derivation.STATED
    disputed: bool = False
    begins_by: date = DAY_MAX
    opposed: tuple[Told, ...] = ()


class _Track(Struct, eq=False):
    """One sentence: what was imposed, reduced and ended, in order. `episode` is None where any would fit."""

    proceeding: SubjectKey | None
    episode: int | None
    imposed: list[list[Occurrence]]
    reduced: list[Occurrence]
    ended: list[tuple[Occurrence, bool]]

    @property
    def name(self) -> str:
        """What its segments share."""
        if self.proceeding is not None:
            fines = [
                _amount(told).penalty is Penalty.FINE
                for group in self.imposed
                for one in group
                for told in one.told
            ]
            return f"{self.proceeding}.fine" if fines and all(fines) else self.proceeding
        first = min(
            one.first_position for one in [*(o for group in self.imposed for o in group), *self.reduced]
        )
        return f"unstated-{first}"


def sentence_of(segment: str) -> str:
    """What the segments of one sentence share: `unstated-2:3` belongs to `unstated-2`."""
    return segment.rpartition(":")[0]


def fold_sentences(key: SubjectKey, evidence: Evidence, timeline: Timeline) -> tuple[Finding, ...]:
    """The sentence findings of one prisoner, each sentence's segments oldest first."""
    tracks = _tracks(timeline)
    _assign_reductions(tracks, timeline)
    _assign_ends(tracks, timeline)
    lost = sum(
        count
        for kind, count in evidence.lost
        if issubclass(kind, SentenceReported | SentenceReductionReported)
    )
    detained_by: dict[int | None, date] = defaultdict(lambda: DAY_MIN)
    for start in timeline.of(DetentionReported):
        detained_by[start.episode] = max(detained_by[start.episode], start.latest)
    return tuple(
        finding
        for track in tracks
        for finding in _findings(key, track, detained_by, timeline=timeline, lost=lost)
    )


# ── Which reports are of one sentence ────────────────────────────────────────


class _Group(Struct, eq=False):
    """The reports of one sentence: the days on which all of them can be, and the amounts they give."""

    occurrences: list[Occurrence]
    low: date
    high: date
    amounts: list[Amount]

    def coincides(self, one: Occurrence) -> bool:
        return max(self.low, one.earliest) <= min(self.high, one.latest)

    def agrees(self, amount: Amount) -> bool:
        return len(self.amounts) == 1 and _agree(self.amounts[0], amount)

    def add(self, one: Occurrence, amount: Amount) -> None:
        self.occurrences.append(one)
        self.low, self.high = max(self.low, one.earliest), min(self.high, one.latest)
        if self.agrees(amount):
            own = self.amounts[0]
            self.amounts[0] = Amount(own.penalty or amount.penalty, own.term or amount.term)
        else:
            self.amounts.append(amount)


def _tracks(timeline: Timeline) -> list[_Track]:
    stated: dict[tuple[SubjectKey, bool], list[Occurrence]] = defaultdict(list)
    unstated: dict[tuple[int | None, bool], list[Occurrence]] = defaultdict(list)
    for occurrence in timeline.of(SentenceReported):
        if occurrence.first_position in timeline.posthumous:
            continue
        is_fine = _amount(occurrence.told[0]).penalty is Penalty.FINE
        if (proceeding := occurrence.report.proceeding) is not None:
            stated[proceeding, is_fine].append(occurrence)
        else:
            unstated[occurrence.episode, is_fine].append(occurrence)
    tracks: list[_Track] = []
    of_amount: dict[object, list[tuple[_Track, _Group]]] = defaultdict(list)
    for (proceeding, _), found in stated.items():
        groups = _Joiner(timeline, one_proceeding=True).join(found)
        tracks.append(_Track(proceeding, _episode_of(found), [group.occurrences for group in groups], [], []))
        for group in groups:
            of_amount[_key_of(group.amounts)].append((tracks[-1], group))
    for (episode, _), found in unstated.items():
        for group in _Joiner(timeline, one_proceeding=False).join(found):
            same = [
                own.occurrences
                for track, own in of_amount.get(_key_of(group.amounts), ())
                if _same_episode(track.episode, episode)
                and max(group.low, own.low) <= min(group.high, own.high)
            ]
            if len(same) == 1:
                same[0] += group.occurrences
            else:
                tracks.append(_Track(None, episode, [group.occurrences], [], []))
    return tracks


def _key_of(amounts: Sequence[Amount]) -> object:
    """The same for equal amounts; for one that leaves a part open, and for several, nothing else has it."""
    if len(amounts) != 1 or amounts[0].penalty is None or amounts[0].term is None:
        return object()
    term = amounts[0].term
    return (amounts[0].penalty, "life" if term.duration is None else parse_duration(term.duration))


def _episode_of(occurrences: Sequence[Occurrence]) -> int | None:
    episodes = {one.episode for one in occurrences}
    return episodes.pop() if len(episodes) == 1 else None


def _same_episode(one: int | None, other: int | None) -> bool:
    return one == other or one is None or other is None


class _Joiner:
    """Joins reports into sentences: dated ones first, in order of days, each with what its date and amount leave; undated ones then join
    what has their amount, or the only sentence there is."""

    def __init__(self, timeline: Timeline, *, one_proceeding: bool) -> None:
        self._after = timeline.after
        self._one_proceeding = one_proceeding
        self._groups: list[_Group] = []
        self._live: list[_Group] = []
        self._by_amount: dict[object, list[_Group]] = defaultdict(list)

    def join(self, occurrences: Iterable[Occurrence]) -> list[_Group]:
        """The sentences in the order of the days on which they can last have been imposed."""
        ordered = sorted(occurrences, key=lambda one: (one.earliest, one.latest, one.first_position))
        for one in ordered:
            if one.told[0].dated:
                self._live = [group for group in self._live if group.high >= one.earliest]
                self._place(one, self._live)
        for one in ordered:
            if not one.told[0].dated:
                self._place(one, self._groups)
        return sorted(self._groups, key=lambda group: (group.high, group.occurrences[0].first_position))

    def _place(self, one: Occurrence, among: Sequence[_Group]) -> None:
        amount = _amount(one.told[0])
        group = self._fitting(one, amount, among)
        if group is not None:
            group.add(one, amount)
            return
        group = _Group([one], one.earliest, one.latest, [amount])
        self._groups.append(group)
        self._live.append(group)
        self._by_amount[_key_of([amount])].append(group)

    def _fitting(self, one: Occurrence, amount: Amount, among: Sequence[_Group]) -> _Group | None:
        for group in reversed(self._by_amount.get(_key_of([amount]), ())):
            # One proceeding imposes one amount once: two dates for it are contested, and no second sentence.
            if (self._one_proceeding or group.coincides(one)) and self._may_join(group, one, amount):
                return group
        coinciding: list[_Group] = []
        for group in reversed(among):
            if not group.coincides(one) or self._is_ordered(group, one):
                continue
            if group.agrees(amount):
                return group
            coinciding.append(group)
        return coinciding[0] if len(coinciding) == 1 else None

    def _may_join(self, group: _Group, one: Occurrence, amount: Amount) -> bool:
        return group.agrees(amount) and not self._is_ordered(group, one)

    def _is_ordered(self, group: _Group, one: Occurrence) -> bool:
        """Whether a source puts one before the other."""
        return bool(self._after) and any(
            one in self._after.get(own.first_position, ()) or own in self._after.get(one.first_position, ())
            for own in group.occurrences
        )


def _amount(told: Told) -> Amount:
    report = told.report
    assert isinstance(report, SentenceReported), "only a sentence has an amount"
    life = report.penalty is Penalty.LIFE and report.term is None
    return Amount(report.penalty, Term(life=True) if life else report.term)


def _accounts(told: Iterable[Told]) -> list[tuple[Amount, list[Told]]]:
    """The different amounts told of, each with its reports. What leaves a part open agrees with the first that has it."""
    accounts: list[tuple[Amount, list[Told]]] = []
    for one in sorted(told, key=lambda one: (_open_parts(_amount(one)), one.position)):
        amount = _amount(one)
        for index, (other, own) in enumerate(accounts):
            if _agree(amount, other):
                accounts[index] = (
                    Amount(other.penalty or amount.penalty, other.term or amount.term),
                    [*own, one],
                )
                break
        else:
            accounts.append((amount, [one]))
    return accounts


def _open_parts(amount: Amount) -> int:
    return (amount.penalty is None) + (amount.term is None)


def _agree(one: Amount, other: Amount) -> bool:
    penalties = one.penalty is None or other.penalty is None or one.penalty is other.penalty
    return penalties and (one.term is None or other.term is None or _equal(one.term, other.term))


def _equal(one: Term, other: Term) -> bool:
    return compare(one, other) == 0


# ── Reductions and ends ──────────────────────────────────────────────────────


def _assign_reductions(tracks: list[_Track], timeline: Timeline) -> None:
    """Gives each reduction to its proceeding's sentence, else to the one from whose term it starts, else to the only one there is.

    One that may be of several is given to none: arithmetic takes all its inputs from one proceeding.
    """
    for one in timeline.of(SentenceReductionReported):
        report = one.report
        assert isinstance(report, SentenceReductionReported)
        fitting = [track for track in tracks if _can_reduce(one, track)]
        matching = [
            track for track in fitting if report.reduced_from and _has_term(track, report.reduced_from)
        ]
        if len(matching or fitting) == 1:
            (matching or fitting)[0].reduced.append(one)
        elif not fitting:
            # What was reduced had been imposed, though nobody tells of it.
            tracks.append(_Track(report.proceeding, one.episode, [], [one], []))


def _can_reduce(reduction: Occurrence, track: _Track) -> bool:
    stated = reduction.report.proceeding
    if stated is not None:
        return track.proceeding == stated
    if not _same_episode(track.episode, reduction.episode):
        return False
    return not track.imposed or track.imposed[0][0].earliest <= reduction.latest


def _has_term(track: _Track, term: Term) -> bool:
    terms = [_amount(told).term for group in track.imposed for one in group for told in one.told]
    terms += [
        one.report.reduced_to for one in track.reduced if isinstance(one.report, SentenceReductionReported)
    ]
    return any(own is not None and _equal(own, term) for own in terms)


def _assign_ends(tracks: Sequence[_Track], timeline: Timeline) -> None:
    for one in timeline.of(CourtStepReported, ReleaseReported, DeathReported):
        if not _is_end(one, timeline):
            continue
        dead = isinstance(one.report, DeathReported)
        stated = one.report.proceeding
        fitting = [
            track
            for track in tracks
            if dead or (track.proceeding == stated if stated else _same_episode(track.episode, one.episode))
        ]
        # An acquittal that names no proceeding may be of any: it ends none of several for certain.
        certain = dead or isinstance(one.report, ReleaseReported) or len(fitting) == 1
        for track in fitting:
            track.ended.append((one, certain))


def _is_end(occurrence: Occurrence, timeline: Timeline) -> bool:
    match occurrence.report:
        case CourtStepReported(court_step=step):
            return step in _ENDS_ALL or step is CourtStep.QUASHED
        case ReleaseReported(released_by=mechanism):
            return mechanism in _RELEASE_ENDS
        case DeathReported():
            return occurrence is timeline.died
        case _:
            return False


# ── One sentence, step by step ───────────────────────────────────────────────


def _findings(
    key: SubjectKey, track: _Track, detained_by: Mapping[int | None, date], *, timeline: Timeline, lost: int
) -> list[Finding]:
    states = _states(track, detained_by)
    found = stretches(states)
    segments: dict[_Step, str] = {}
    name = track.name
    for stretch in found:
        if isinstance(stretch.value, _Step):
            segments.setdefault(stretch.value, f"{name}:{_own_position(stretch.value)}")
    teller = _Teller(key, segments, timeline=timeline, lost=lost)
    findings = [teller.tell(stretch, stretch.value) for stretch in found if isinstance(stretch.value, _Step)]
    return _told_apart(findings)


def _told_apart(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a segment: a step in force twice, before a sentence that was quashed and after it, is two."""
    seen: dict[str, int] = {}
    apart: list[Finding] = []
    for finding in findings:
        seen[finding.segment] = seen.get(finding.segment, 0) + 1
        number = seen[finding.segment]
        apart.append(finding if number == 1 else _renamed(finding, f"{finding.segment}.{number}"))
    return apart


def _renamed(finding: Finding, segment: str) -> Finding:
    return Finding(
        **{name: getattr(finding, name) for name in finding.__struct_fields__} | {"segment": segment}
    )


def _own_position(step: _Step) -> Position:
    return min(told.position for told in step.told)


def _states(track: _Track, detained_by: Mapping[int | None, date]) -> list[State]:
    """The states of one sentence in order, each ended by the next; an end is a state without a step."""
    happened: list[tuple[date, int, Position, object]] = [
        (min(one.latest for one in group), 0, group[0].first_position, group) for group in track.imposed
    ]
    happened += [(one.latest, 1, one.first_position, one) for one in track.reduced]
    happened += [
        (one.latest if sure else DAY_MAX, 2, one.first_position, (one, sure)) for one, sure in track.ended
    ]
    happened.sort(key=lambda entry: entry[:3])
    in_force: list[_Step] = []
    states: list[State] = []
    reductions: list[Occurrence] = []
    for index, (_, _, _, what) in enumerate(happened):
        if isinstance(what, list):
            in_force.append(_imposed(what, detained_by, track))
            states.append(_state(in_force[-1]))
        elif isinstance(what, Occurrence):
            reductions.append(what)
            following = happened[index + 1][3] if index + 1 < len(happened) else None
            if isinstance(following, Occurrence):
                continue
            for group in _reductions_in_order(reductions, in_force[-1] if in_force else None):
                step = _reduced(group, in_force.pop() if in_force else None, track)
                in_force.append(step)
                states.append(_state(step))
            reductions = []
        elif isinstance(what, tuple):
            one, sure = what
            states.append(_ended(one, in_force, sure=sure))
    for state, following_state in pairwise(states):
        state.end_by(following_state)
    return states


def _state(step: _Step) -> State:
    return State(step, step.told, step.earliest, step.latest, disputed=step.disputed)


def _ended(one: Occurrence, in_force: list[_Step], *, sure: bool) -> State:
    """The state after an end: nothing in force, or, after a quashing, what was before it."""
    report = one.report
    if isinstance(report, CourtStepReported) and report.court_step is CourtStep.QUASHED:
        if in_force:
            in_force.pop()
    else:
        in_force.clear()
    value = in_force[-1] if in_force else None
    return State(value, one.told, one.earliest, one.latest if sure else DAY_MAX)


def _imposed(group: Sequence[Occurrence], detained_by: Mapping[int | None, date], track: _Track) -> _Step:
    told = tuple(sorted((told for one in group for told in one.told), key=lambda one: one.position))
    earliest, latest = max(one.earliest for one in group), min(one.latest for one in group)
    disputed = earliest > latest
    if disputed:
        earliest, latest = latest, earliest
    begins_by = max(latest, detained_by[group[0].episode])
    accounts = [(_value_of(amount, track), tuple(own)) for amount, own in _accounts(told)]
    step = _Step(told, earliest, latest, needs=(told,), disputed=disputed, begins_by=begins_by)
    if len(accounts) == 1:
        step.value = _with_end(accounts[0][0], step)
    else:
        step.accounts = tuple(accounts)
    return step


def _value_of(amount: Amount, track: _Track) -> SentenceValue:
    return SentenceValue(proceeding=track.proceeding, penalty=amount.penalty, term=amount.term)


def _with_end(value: SentenceValue, step: _Step) -> SentenceValue:
    """Adds the first day on which the term would have run out even if it began on the latest day that the reports allow."""
    elapses_on = None
    stated = _stated_end(step.told)
    if stated is not None:
        elapses_on = bounds_of_claim(stated).latest
    elif value.term is not None and value.penalty in _RUNS_OUT and step.begins_by != DAY_MAX:
        elapses_on = add_to(step.begins_by, value.term)
    return msgspec.structs.replace(value, elapses_on=elapses_on)


def _stated_end(told: Iterable[Told]) -> ClaimedDate | None:
    ends = [
        one.report.ends
        for one in told
        if isinstance(one.report, SentenceReported) and one.report.ends is not None
    ]
    return ends[0] if ends else None


def _reductions_in_order(reductions: Sequence[Occurrence], step: _Step | None) -> list[list[Occurrence]]:
    """Groups of reports of one reduction each; of the next few that may be meant, that which starts from the term in force."""
    term = step.value.term if step is not None and step.value is not None else None
    left = deque(reductions)
    groups: list[list[Occurrence]] = []
    while left:
        near = [left.popleft() for _ in range(min(_NEAR_MAX, len(left)))]
        first = next((one for one in near if term is not None and _starts_from(one, term)), near[0])
        group = [one for one in near if one is first or _same_reduction(first, one)]
        left.extendleft(one for one in reversed(near) if one not in group)
        groups.append(group)
        term = next((to for one in group if (to := _stated_result(one)) is not None), None)
    return groups


def _stated_result(reduction: Occurrence) -> Term | None:
    return reduction.report.reduced_to if isinstance(reduction.report, SentenceReductionReported) else None


def _starts_from(reduction: Occurrence, term: Term) -> bool:
    report = reduction.report
    return (
        isinstance(report, SentenceReductionReported)
        and report.reduced_from is not None
        and _equal(report.reduced_from, term)
    )


def _same_reduction(one: Occurrence, other: Occurrence) -> bool:
    """Whether two reports tell of one reduction: their dates can coincide, and they start alike, or end alike."""
    first, second = one.report, other.report
    assert isinstance(first, SentenceReductionReported)
    assert isinstance(second, SentenceReductionReported)
    unstated = ReductionMechanism.UNSTATED
    if first.reduced_by is not second.reduced_by and unstated not in (first.reduced_by, second.reduced_by):
        return False
    if max(one.earliest, other.earliest) > min(one.latest, other.latest):
        return False
    starts = (
        first.reduced_from is None
        or second.reduced_from is None
        or _equal(first.reduced_from, second.reduced_from)
    )
    return starts and (first.amount is None or second.amount is None or first.amount == second.amount)


def _reduced(group: Sequence[Occurrence], before: _Step | None, track: _Track) -> _Step:
    told = tuple(sorted((told for one in group for told in one.told), key=lambda one: one.position))
    known = before.value if before is not None else None
    opposed = tuple(one for one in told if known and known.term and _starts_elsewhere(one, known.term))
    if opposed:
        known = None  # What was reduced was another term: nothing is reckoned from this one.
    step = _Step(
        told,
        max(one.earliest for one in group),
        min(one.latest for one in group),
        needs=_needed(told, before if not opposed else None),
        before=before,
        begins_by=before.begins_by if before is not None else DAY_MAX,
        opposed=opposed,
    )
    accounts = _results(told, known, track)
    if len(accounts) > 1:
        step.accounts = tuple(accounts)
        return step
    value = accounts[0][0]
    if opposed and before is not None and before.value is not None:
        value = _with_penalty(value, before.value.penalty)
    step.value = _with_end(value, step)
    stated = any(isinstance(one.report, SentenceReductionReported) and one.report.reduced_to for one in told)
    step.derivation = Derivation.STATED if stated or step.value.term is None else Derivation.COMPUTED
    return step


def _needed(told: tuple[Told, ...], before: _Step | None) -> tuple[tuple[Told, ...], ...]:
    """The steps that a reduced sentence is reckoned from: where the outcome is stated, what was imposed, what was in force, and itself."""
    if before is None:
        return (told,)
    stated = any(isinstance(one.report, SentenceReductionReported) and one.report.reduced_to for one in told)
    needed = (before.needs[0], before.told) if stated and before.before is not None else before.needs
    return (*needed, told)


def _with_penalty(value: SentenceValue, penalty: Penalty | None) -> SentenceValue:
    return msgspec.structs.replace(value, penalty=penalty)


def _starts_elsewhere(told: Told, term: Term) -> bool:
    report = told.report
    return (
        isinstance(report, SentenceReductionReported)
        and report.reduced_from is not None
        and not _equal(report.reduced_from, term)
    )


def _results(
    told: Iterable[Told], before: SentenceValue | None, track: _Track
) -> list[tuple[SentenceValue, tuple[Told, ...]]]:
    """The different outcomes told of one reduction, each with its reports; what names none agrees with the first that does."""
    found: list[tuple[Term | None, list[Told]]] = []
    for one in told:
        result = _result(one, before)
        for index, (other, own) in enumerate(found):
            if result is None or other is None or _equal(result, other):
                found[index] = (other or result, [*own, one])
                break
        else:
            found.append((result, [one]))
    return [(_reduced_value(result, own, before, track), tuple(own)) for result, own in found]


def _result(told: Told, before: SentenceValue | None) -> Term | None:
    report = told.report
    assert isinstance(report, SentenceReductionReported)
    if report.reduced_to is not None:
        return report.reduced_to
    term = before.term if before is not None and before.term is not None else report.reduced_from
    if (
        report.amount is None
        or term is None
        or (report.reduced_from and not _equal(report.reduced_from, term))
    ):
        return None
    if report.amount.duration is not None:
        return subtract(term, Term(duration=report.amount.duration))
    if report.amount.fraction is None or report.amount.of_unserved is not False:
        return None
    part = fraction_of(report.amount.fraction, term)
    return subtract(term, part) if part is not None else None


def _reduced_value(
    term: Term | None, told: Sequence[Told], before: SentenceValue | None, track: _Track
) -> SentenceValue:
    reports = [one.report for one in told if isinstance(one.report, SentenceReductionReported)]
    stated_from = next((one.reduced_from for one in reports if one.reduced_from is not None), None)
    reduced_by = next(
        (one.reduced_by for one in reports if one.reduced_by is not ReductionMechanism.UNSTATED),
        ReductionMechanism.UNSTATED,
    )
    penalty = before.penalty if before is not None else None
    if penalty in (Penalty.LIFE, Penalty.DEATH) and term is not None:
        penalty = Penalty.LIFE if term.life else Penalty.IMPRISONMENT
    reduced_from = before.term if before is not None and before.term is not None else stated_from
    return SentenceValue(
        proceeding=track.proceeding,
        penalty=penalty,
        term=term,
        reduced_from=reduced_from,
        reduced_by=reduced_by,
    )


# ── Findings ─────────────────────────────────────────────────────────────────


class _Teller:
    """Tells the steps of one sentence as findings."""

    def __init__(self, key: SubjectKey, segments: dict[_Step, str], *, timeline: Timeline, lost: int) -> None:
        self._key = key
        self._segments = segments
        self._opposed = timeline.opposed
        self._lost = lost
        mismatched = [step for step in segments if step.opposed]
        self._against = {
            step: tuple(told for other in mismatched if other.before is step for told in other.opposed)
            for step in segments
        }

    def tell(self, stretch: Stretch, step: _Step) -> Finding:
        """The finding of one stretch of one step."""
        told = [one for part in step.needs for one in part]
        supported_by = positions_of(told)
        voices = min(voices_of(part) for part in step.needs)
        contested = step.value is None
        standing = Standing.CORROBORATED if voices > 1 else Standing.SINGLE
        segment = self._segments[step]
        return Finding(
            facet=Facet.SENTENCE,
            about=self._key,
            segment=segment,
            standing=Standing.CONTESTED if contested else standing,
            rule="R5" if contested else "R6",
            in_words=_in_words(step),
            value=step.value,
            voices=voices_of(told) if contested else voices,
            interval=stretch.interval,
            since=None
            if step.disputed
            else narrowest_date(step.told) or computed_date(step.earliest, step.latest),
            until=_until(stretch, step),
            last_reported=_last_reported(step.told),
            derivation=None if contested else step.derivation,
            derived_from=self._derived_from(step),
            erased=self._lost + sum(one.erased for one in told),
            supported_by=supported_by,
            opposed_by=self._opposing(step, supported_by),
            alternatives=tuple(
                self._alternative(step, segment, index) for index in range(len(step.accounts))
            ),
        )

    def _derived_from(self, step: _Step) -> tuple[str, ...]:
        before = self._segments.get(step.before) if step.before is not None else None
        return (f"{Facet.SENTENCE.value}/{before}",) if before is not None else ()

    def _opposing(self, step: _Step, supported_by: Sequence[Position]) -> tuple[Position, ...]:
        against = set(positions_of(self._against[step]))
        if step.opposed and step.before is not None:
            against |= set(positions_of(step.before.told))
        for position in supported_by:
            against |= self._opposed.get(position, frozenset())
        return tuple(sorted(against.difference(supported_by)))

    def _alternative(self, step: _Step, segment: str, index: int) -> Finding:
        value, told = step.accounts[index]
        voices = voices_of(told)
        few = len(step.accounts) <= _ACCOUNTS_MAX
        everything = {one for account in step.accounts for one in positions_of(account[1])} if few else set()
        return Finding(
            facet=Facet.SENTENCE,
            about=self._key,
            segment=f"{segment}/{min(positions_of(told))}",
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R6",
            in_words=_value_in_words(value),
            value=value,
            voices=voices,
            since=narrowest_date(told),
            derivation=Derivation.STATED,
            supported_by=positions_of(told),
            opposed_by=tuple(sorted(everything - set(positions_of(told)))),
        )


def _until(stretch: Stretch, step: _Step) -> ClaimedDate | None:
    last = max(stretch.states, key=lambda state: state.ends)
    if last.ended_by is None or last.ended_by.latest == DAY_MAX:
        return _stated_end(step.told)
    return narrowest_date(last.ended_by.told) or computed_date(last.ended_by.earliest, last.ended_by.latest)


def _last_reported(told: Iterable[Told]) -> ClaimedDate | None:
    days = [day for one in told if (day := one.report.claimed if one.dated else one.available) is not None]
    return max(days, key=lambda day: bounds_of_claim(day).latest or DAY_MAX, default=None)


def _in_words(step: _Step) -> str:
    if step.value is None:
        return "contested: " + ", or ".join(_value_in_words(value) for value, _ in step.accounts)
    return _value_in_words(step.value)


def _value_in_words(value: SentenceValue) -> str:
    words = _amount_in_words(value.penalty, value.term)
    if value.reduced_by is None:
        return words
    by = _BY[value.reduced_by]
    if value.term is None:
        return f"reduced{by}, to what is not said"
    before = f" from {in_words(value.reduced_from)}" if value.reduced_from is not None else ""
    return f"{words}, reduced{before}{by}"


def _amount_in_words(penalty: Penalty | None, term: Term | None) -> str:
    length = in_words(term) if term is not None else None
    match penalty:
        case Penalty.LIFE:
            return "imprisonment for life"
        case Penalty.DEATH:
            return "death"
        case Penalty.FINE:
            return "a fine"
        case Penalty.SUSPENDED:
            return f"{length}, suspended" if length else "a suspended sentence"
        case None:
            return length or "a sentence, of what is not said"
        case _:
            of = _OF[penalty]
            return f"{length} of {of}" if length else of
