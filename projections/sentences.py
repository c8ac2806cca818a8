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

import msgspec
from msgspec import Struct

from events.dates import ClaimedDate, Derivation, bounds_of_claim
from events.kinds import (
    CourtStep,
    CourtStepReported,
    DetentionReported,
    Penalty,
    Position,
    ReductionMechanism,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from events.terms import Term, add_to, fraction_of, in_words, subtract
from projections.evidence import (
    Evidence,
    Told,
    computed_date,
    last_reported,
    narrowest_date,
    positions_of,
    voices_of,
)
from projections.findings import DAY_MAX, DAY_MIN, Facet, Finding, SentenceValue, Standing
from projections.sentence_tracks import Amount, Track, accounts_of, equal_terms
from projections.stretches import State, Stretch, stretches
from projections.timeline import Occurrence, Timeline

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


def sentence_of(segment: str) -> str:
    """What the segments of one sentence share: `unstated-2:3` belongs to `unstated-2`."""
    return segment.rpartition(":")[0]


def fold_sentences(
    key: SubjectKey, evidence: Evidence, timeline: Timeline, *, tracks: Sequence[Track]
) -> tuple[Finding, ...]:
    """The sentence findings of one prisoner, each sentence's segments oldest first."""
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


# ── One sentence, step by step ───────────────────────────────────────────────


def _findings(
    key: SubjectKey, track: Track, detained_by: Mapping[int | None, date], *, timeline: Timeline, lost: int
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


def _states(track: Track, detained_by: Mapping[int | None, date]) -> list[State]:
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


def _imposed(group: Sequence[Occurrence], detained_by: Mapping[int | None, date], track: Track) -> _Step:
    told = tuple(sorted((told for one in group for told in one.told), key=lambda one: one.position))
    earliest, latest = max(one.earliest for one in group), min(one.latest for one in group)
    disputed = earliest > latest
    if disputed:
        earliest, latest = latest, earliest
    begins_by = max(latest, detained_by[group[0].episode])
    accounts = [(_value_of(amount, track), tuple(own)) for amount, own in accounts_of(told)]
    step = _Step(told, earliest, latest, needs=(told,), disputed=disputed, begins_by=begins_by)
    if len(accounts) == 1:
        step.value = _with_end(accounts[0][0], step)
    else:
        step.accounts = tuple(accounts)
    return step


def _value_of(amount: Amount, track: Track) -> SentenceValue:
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
        and equal_terms(report.reduced_from, term)
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
        or equal_terms(first.reduced_from, second.reduced_from)
    )
    return starts and (first.amount is None or second.amount is None or first.amount == second.amount)


def _reduced(group: Sequence[Occurrence], before: _Step | None, track: Track) -> _Step:
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
        and not equal_terms(report.reduced_from, term)
    )


def _results(
    told: Iterable[Told], before: SentenceValue | None, track: Track
) -> list[tuple[SentenceValue, tuple[Told, ...]]]:
    """The different outcomes told of one reduction, each with its reports; what names none agrees with the first that does."""
    found: list[tuple[Term | None, list[Told]]] = []
    for one in told:
        result = _result(one, before)
        for index, (other, own) in enumerate(found):
            if result is None or other is None or equal_terms(result, other):
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
        or (report.reduced_from and not equal_terms(report.reduced_from, term))
    ):
        return None
    if report.amount.duration is not None:
        return subtract(term, Term(duration=report.amount.duration))
    if report.amount.fraction is None or report.amount.of_unserved is not False:
        return None
    part = fraction_of(report.amount.fraction, term)
    return subtract(term, part) if part is not None else None


def _reduced_value(
    term: Term | None, told: Sequence[Told], before: SentenceValue | None, track: Track
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
            last_reported=last_reported(step.told),
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
