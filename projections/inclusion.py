"""R9 of the facet *act*: what each act did for a prisoner.

    included, release not reported    an inclusion, whatever its step, `carried out` too; also what a reduction that names the act entails
    released                          a release that names the act; to house arrest is no release (R8)
    excluded                          as of its day; a later inclusion follows it, and is no conflict

Per act one outcome holds on a day, the last in every order that fits; a release follows every inclusion, and an inclusion follows an
exclusion where their days leave it open. Two dates of a release that cannot both be are contested, as in custody: until the last of them
the value is null, from then on released, since when is null, and each alternative gives its date. An exclusion that certainly comes after a
release is contested as well: no order reconciles the two.

Absent on purpose: custody. Nothing here moves it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from events.dates import Derivation
from events.kinds import (
    ExclusionGround,
    ExclusionReported,
    InclusionEffect,
    InclusionReported,
    InclusionStep,
    Position,
    ReleasedTo,
    ReleaseReported,
    Report,
    SentenceReductionReported,
    SubjectKey,
)
from projections.alternatives import either_in_words
from projections.context import Context
from projections.evidence import (
    Evidence,
    Told,
    computed_date,
    last_reported,
    narrowest_date,
    positions_of,
    voices_of,
)
from projections.findings import ActOutcome, ActValue, Facet, Finding, Standing
from projections.stretches import State, Stretch, end_by_days, end_by_rank, since_of, stretches, until_of
from projections.timeline import Branch, Timeline, branches_of

_STEPS = tuple(InclusionStep)
_RELEASED_RANK = len(_STEPS)
_EXCLUDED_RANK = -1
_SIDES_MAX = 64
"""How many alternatives each name all others' reports as opposed; of more, only the finding above names them all."""


class _Contest(Struct, frozen=True):
    """Values that cannot both be, each with its reports."""

    sides: tuple[tuple[ActValue, Branch], ...]


def fold_inclusion(
    key: SubjectKey, evidence: Evidence, timeline: Timeline, context: Context
) -> tuple[Finding, ...]:
    """The act findings of one prisoner, each act's outcomes oldest first."""
    by_act: dict[SubjectKey, list[Told]] = defaultdict(list)
    for told in _bounded(evidence, timeline):
        if (act := act_of(told.report)) is not None:
            by_act[act].append(told)
    return tuple(
        _finding(key, act, stretch, own, evidence=evidence, context=context)
        for act, own in by_act.items()
        for stretch in stretches(_states(act, own, timeline))
    )


def _bounded(evidence: Evidence, timeline: Timeline) -> list[Told]:
    """The supporting reports, each within the days that the timeline leaves it."""
    occurrences = {
        told.position: one for one in timeline.occurrences for told in one.told if not one.branches
    }
    return [
        msgspec.structs.replace(told, earliest=one.earliest, latest=one.latest)
        if (one := occurrences.get(told.position)) is not None
        else told
        for told in evidence.supporting
    ]


def act_of(report: Report) -> SubjectKey | None:
    """The act that a report says did something for somebody, or did not."""
    match report:
        case ReleaseReported():
            return None if report.released_to is ReleasedTo.HOUSE_ARREST else report.act
        case InclusionReported() | ExclusionReported() | SentenceReductionReported():
            return report.act
        case _:
            return None


def _value_of(act: SubjectKey, report: Report) -> ActValue:
    """What one report says that the act did, but for the ground of an exclusion and the effect of an inclusion, which others may add."""
    match report:
        case ReleaseReported():
            return ActValue(act=act, outcome=ActOutcome.RELEASED, effect=InclusionEffect.RELEASE)
        case InclusionReported():
            return _included(act, report.inclusion_step)
        case SentenceReductionReported():
            return _included(act, InclusionStep.APPLIED)
        case ExclusionReported():
            return ActValue(act=act, outcome=ActOutcome.EXCLUDED)
        case _:
            raise AssertionError("only what an act did has an outcome")


def _included(act: SubjectKey, step: InclusionStep) -> ActValue:
    return ActValue(act=act, outcome=ActOutcome.INCLUDED_RELEASE_NOT_REPORTED, inclusion_step=step)


def _with_details(value: ActValue, told: Iterable[Told]) -> ActValue:
    """The value with the ground or the effect on which all reports that state one agree."""
    reports = [one.report for one in told]
    if value.outcome is ActOutcome.EXCLUDED:
        grounds = {one.excluded_by for one in reports if isinstance(one, ExclusionReported)}
        stated = grounds - {ExclusionGround.UNSTATED}
        ground = stated.pop() if len(stated) == 1 else ExclusionGround.UNSTATED
        return msgspec.structs.replace(value, excluded_by=ground)
    if value.outcome is ActOutcome.RELEASED:
        return value
    effects = {one.effect for one in reports if isinstance(one, InclusionReported)}
    if any(isinstance(one, SentenceReductionReported) for one in reports):
        effects.add(InclusionEffect.REDUCTION)
    effects.discard(InclusionEffect.UNSTATED)
    return msgspec.structs.replace(
        value, effect=effects.pop() if len(effects) == 1 else InclusionEffect.UNSTATED
    )


def _rank(value: ActValue) -> int:
    if value.outcome is ActOutcome.RELEASED:
        return _RELEASED_RANK
    return _STEPS.index(value.inclusion_step) if value.inclusion_step is not None else _EXCLUDED_RANK


def _states(act: SubjectKey, told: Sequence[Told], timeline: Timeline) -> list[State]:
    releases = [one for one in told if isinstance(one.report, ReleaseReported)]
    excluded_later = _excluded_after(told, releases)
    later_ones = {one.position for one in excluded_later}
    by_rank: dict[int, list[State]] = defaultdict(list)
    for one in told:
        if isinstance(one.report, ReleaseReported) or one.position in later_ones:
            continue
        value = _value_of(act, one.report)
        by_rank[_rank(value)].append(State(value, (one,), one.earliest, one.latest))
    by_rank[_RELEASED_RANK] += [
        state for own in _by_occurrence(releases, timeline).values() for state in _released(act, own)
    ]
    states = [state for same in by_rank.values() for state in same]
    end_by_days(states, by=states)
    later: list[State] = []
    for rank in sorted(by_rank, reverse=True):
        end_by_rank(by_rank[rank], by=later)
        later += by_rank[rank]
    if excluded_later:
        contested = _contested_exclusion(act, releases, excluded_later)
        end_by_rank(states, by=[contested])
        states.append(contested)
    return states


def _excluded_after(told: Iterable[Told], releases: Sequence[Told]) -> list[Told]:
    if not releases:
        return []
    released_by = max(one.latest for one in releases)
    return [one for one in told if isinstance(one.report, ExclusionReported) and one.earliest > released_by]


def _by_occurrence(releases: Iterable[Told], timeline: Timeline) -> dict[Position, list[Told]]:
    """The reports of each release: two releases with a detention between them are two."""
    first = {told.position: one.first_position for one in timeline.of(ReleaseReported) for told in one.told}
    groups: dict[Position, list[Told]] = defaultdict(list)
    for told in releases:
        groups[first[told.position]].append(told)
    return groups


def _released(act: SubjectKey, releases: Sequence[Told]) -> list[State]:
    """One state; where the date is contested two: contested until the last date, and after it released, since when is contested."""
    value = _value_of(act, releases[0].report)
    branches = branches_of(releases)
    told = tuple(releases)
    first, last = branches[0], branches[-1]
    if len(branches) == 1:
        return [State(value, told, first.earliest, first.latest)]
    done = State(value, told, last.earliest, last.latest, disputed=True, branches=branches)
    begun = State(_dates(value, done), told, first.earliest, first.latest, disputed=True)
    begun.end_by(done)
    return [begun, done]


def _dates(value: ActValue, done: State) -> _Contest:
    return _Contest(tuple((value, branch) for branch in done.branches))


def _contested_exclusion(act: SubjectKey, releases: Sequence[Told], excluded: Sequence[Told]) -> State:
    sides = tuple(
        (_value_of(act, one[0].report), Branch(tuple(one), one[0].earliest, one[0].latest))
        for one in (releases, excluded)
    )
    told = (*releases, *excluded)
    earliest, latest = min(one.earliest for one in excluded), min(one.latest for one in excluded)
    return State(_Contest(sides), told, earliest, latest, disputed=True)


# ── Findings ─────────────────────────────────────────────────────────────────


def _finding(
    key: SubjectKey,
    act: SubjectKey,
    stretch: Stretch,
    of_act: Sequence[Told],
    *,
    evidence: Evidence,
    context: Context,
) -> Finding:
    told = [one for state in stretch.states for one in state.told]
    voices = voices_of(told)
    contest = stretch.value if isinstance(stretch.value, _Contest) else None
    value = _with_details(stretch.value, told) if isinstance(stretch.value, ActValue) else None
    name = value.outcome.value if value is not None else "contested"
    segment = f"{act}:{name}-{min(one.position for one in told)}"
    standing = Standing.CORROBORATED if voices > 1 else Standing.SINGLE
    included = _furthest_included(stretch, of_act) if value and value.outcome is ActOutcome.RELEASED else []
    if value is not None and included and isinstance(included[0].report, InclusionReported):
        value = msgspec.structs.replace(value, inclusion_step=included[0].report.inclusion_step)
    supported_by = positions_of([*told, *included])
    finding = Finding(
        facet=Facet.ACT,
        about=key,
        segment=segment,
        standing=standing if contest is None else Standing.CONTESTED,
        rule="R9" if contest is None else "R5",
        in_words=_in_words(act, value if contest is None else contest, context),
        value=value,
        voices=voices,
        interval=stretch.interval,
        since=since_of(stretch.states[0]),
        until=until_of(stretch),
        last_reported=last_reported(told),
        derivation=_derivation(told) if contest is None else None,
        erased=_lost(evidence) + sum(one.erased for one in told),
        supported_by=supported_by,
        opposed_by=tuple(sorted(_denied(act, value, evidence).difference(supported_by))),
        alternatives=_alternatives(key, segment, contest, context) if contest is not None else (),
    )
    begun = stretch.states[0]
    if value is None or not begun.branches:
        return finding
    return _since_contested(finding, _alternatives(key, segment, _dates(value, begun), context))


def _since_contested(agreed: Finding, alternatives: tuple[Finding, ...]) -> Finding:
    """What all accounts agree on, beside the days that they do not: since when."""
    days = [one.since for one in alternatives if one.since is not None]
    return msgspec.structs.replace(
        agreed,
        standing=Standing.CONTESTED,
        rule="R5",
        in_words=f"{agreed.in_words}; since when is contested: {either_in_words(days)}",
        derivation=None,
        alternatives=tuple(msgspec.structs.replace(one, value=agreed.value) for one in alternatives),
    )


def _furthest_included(stretch: Stretch, of_act: Iterable[Told]) -> list[Told]:
    """The inclusions that got furthest before a release: they say how far the act got, and are no voices for the release."""
    by_step: dict[int, list[Told]] = defaultdict(list)
    released_by = max(state.latest for state in stretch.states)
    for told in of_act:
        if isinstance(told.report, InclusionReported) and told.earliest <= released_by:
            by_step[_STEPS.index(told.report.inclusion_step)].append(told)
    return by_step[max(by_step)] if by_step else []


def _lost(evidence: Evidence) -> int:
    kinds = (InclusionReported, ExclusionReported, ReleaseReported, SentenceReductionReported)
    return sum(count for kind, count in evidence.lost if issubclass(kind, kinds))


def _alternatives(key: SubjectKey, segment: str, contest: _Contest, context: Context) -> tuple[Finding, ...]:
    everything = {told.position for _, branch in contest.sides for told in branch.told}
    few = len(contest.sides) <= _SIDES_MAX
    fitting = Counter(told.position for _, branch in contest.sides for told in branch.told)
    found = []
    for value, branch in contest.sides:
        voices = voices_of(branch.told)
        own = positions_of(branch.told)
        found.append(
            Finding(
                facet=Facet.ACT,
                about=key,
                segment=f"{segment}/{next((one for one in own if fitting[one] == 1), own[0])}",
                standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
                rule="R9",
                in_words=_in_words(value.act, value, context),
                value=_with_details(value, branch.told),
                voices=voices,
                since=narrowest_date(branch.told) or computed_date(branch.earliest, branch.latest),
                last_reported=last_reported(branch.told),
                derivation=Derivation.STATED,
                supported_by=own,
                opposed_by=tuple(sorted(everything.difference(own))) if few else (),
            )
        )
    return tuple(found)


def _denied(act: SubjectKey, value: ActValue | None, evidence: Evidence) -> set[Position]:
    """Negated reports of the same outcome; of an inclusion and a release whatever the step."""
    if value is None:
        return set()
    return {
        told.position
        for told in evidence.denying
        if act_of(told.report) == act and _value_of(act, told.report).outcome is value.outcome
    }


def _derivation(told: Iterable[Told]) -> Derivation:
    stated = any(not isinstance(one.report, SentenceReductionReported) for one in told)
    return Derivation.STATED if stated else Derivation.ENTAILED


def _in_words(act: SubjectKey, value: object, context: Context) -> str:
    name = context.name_of(act) or "an act"
    if isinstance(value, _Contest):
        outcomes = {side.outcome for side, _ in value.sides}
        return (
            f"contested: when released under {name}" if len(outcomes) == 1 else f"contested: what {name} did"
        )
    assert isinstance(value, ActValue)
    match value.outcome:
        case ActOutcome.RELEASED:
            return f"released under {name}"
        case ActOutcome.EXCLUDED:
            ground = (
                f" ({value.excluded_by.value})"
                if value.excluded_by not in (None, ExclusionGround.UNSTATED)
                else ""
            )
            return f"excluded from {name}{ground}"
        case ActOutcome.INCLUDED_RELEASE_NOT_REPORTED:
            step = (
                value.inclusion_step.value.replace("_", " ")
                if value.inclusion_step is not None
                else "included"
            )
            return f"included in {name} ({step}); release not reported"
