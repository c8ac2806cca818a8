"""R9, R10 of groups: what an act did for people told of together.

    excluded    from its day on; a later inclusion or release under the same act follows it, and is no conflict
    included    whatever the step of the inclusion; a move to house arrest under the act is no release either
    released    a release that names the act, or names none, is by the act's own mechanism (an amnesty's by amnesty), and is of a group
                that stands under it

Undated, they are put in this order. Contested, and only on the days concerned: two dates of the release that cannot both be; and an
exclusion told of days that lie after the group was released, or the act was applied to it. After the last of the dates all agree that the
group was released: that stands, and since when is contested, each date an alternative with its own reports, as with a person's custody.

What tells otherwise without being a contest (a denial; an exclusion that may be later than the release) stands in `opposed_by`.

Absent on purpose: individuals. No report on a group says anything of anybody in it, and nobody is counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from events.dates import ClaimedDate, Derivation, bounds_of_claim, in_words
from events.kinds import (
    ActForm,
    ExclusionGround,
    ExclusionReported,
    InclusionEffect,
    InclusionReported,
    InclusionStep,
    Position,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    Report,
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
from projections.findings import DAY_MAX, ActOutcome, ActValue, Facet, Finding, Standing
from projections.stretches import State, Stretch, end_by_days, end_by_rank, stretches
from projections.timeline import Branch, Occurrence, Rank, build_timeline

_KINDS = (ReleaseReported, InclusionReported, ExclusionReported)
_MECHANISMS = {ActForm.AMNESTY: ReleaseMechanism.AMNESTY, ActForm.PARDON: ReleaseMechanism.PARDON}
_APPLIED = frozenset(
    {InclusionStep.GRANTED, InclusionStep.PUBLISHED, InclusionStep.APPLIED, InclusionStep.CARRIED_OUT}
)
_GROUNDS = {
    ExclusionGround.LAW: " by law",
    ExclusionGround.PRACTICE: " in practice",
    ExclusionGround.OMISSION: " by omission",
}


class _Side(Struct, frozen=True):
    """One of the accounts of a contest."""

    outcome: ActOutcome
    told: tuple[Told, ...]


class _Contest(Struct, frozen=True, eq=False):
    """Accounts that cannot all be true."""

    sides: tuple[_Side, ...]


def fold_outcomes(
    group: SubjectKey, evidence: Evidence, context: Context, *, under: SubjectKey | None = None
) -> tuple[Finding, ...]:
    """What each act did for one group, by act. `under` is the act that the group stands under, if any."""
    own = [
        told
        for told in (*evidence.supporting, *evidence.denying)
        if told.about[0] == group and isinstance(told.report, _KINDS)
    ]
    acts = {act for told in own if (act := act_of(told.report, context, under=under)) is not None}
    return tuple(
        finding
        for act in sorted(acts)
        for finding in _Outcome(group, act, evidence, context, under=under).all()
    )


def act_of(report: Report, context: Context, *, under: SubjectKey | None) -> SubjectKey | None:
    """The act under which a report on a group tells of something; None where it tells of no act."""
    match report:
        case ExclusionReported() | InclusionReported():
            return report.act
        case ReleaseReported() if report.act is not None:
            return report.act
        case ReleaseReported() if under is not None:
            facts = context.act(under)
            own = _MECHANISMS.get(facts.form) if facts is not None and facts.form is not None else None
            return under if own is report.released_by else None
        case _:
            return None


class _Outcome:
    """What one act did for one group."""

    def __init__(
        self,
        group: SubjectKey,
        act: SubjectKey,
        evidence: Evidence,
        context: Context,
        *,
        under: SubjectKey | None,
    ) -> None:
        self._group = group
        self._act = act
        self._name = context.name_of(act) or "an act"

        def of_act(told: Iterable[Told]) -> tuple[Told, ...]:
            return tuple(
                one
                for one in told
                if one.about[0] == group
                and isinstance(one.report, _KINDS)
                and act_of(one.report, context, under=under) == act
            )

        self._told = of_act(evidence.supporting)
        self._denying = of_act(evidence.denying)
        self._lost = sum(count for kind, count in evidence.lost if issubclass(kind, _KINDS))
        self._excluded = [told for told in self._told if isinstance(told.report, ExclusionReported)]
        self._segments: dict[str, int] = {}
        self._disputes: dict[State, Finding] = {}  # What begins when its contested beginning is over.

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._tell(stretch) for stretch in stretches(self._states()))

    def _states(self) -> list[State]:
        timeline = build_timeline(Evidence(self._told))
        released: list[State] = []
        included: list[State] = []
        for occurrence in timeline.occurrences:
            if occurrence.rank is Rank.RELEASED:
                released += _released_states(occurrence)
            else:
                included.append(_state(ActOutcome.INCLUDED_RELEASE_NOT_REPORTED, occurrence.told, occurrence))
        end_by_rank(included, by=released)
        return [*self._excluded_states(released, included), *included, *released]

    def _excluded_states(self, released: Sequence[State], included: Sequence[State]) -> list[State]:
        """The exclusions before what can follow them, and those that come after what no exclusion can follow against it."""
        following = [*included, *released]
        done = [state for state in following if _is_applied(state)]
        first_done = min((state.latest for state in done), default=DAY_MAX)
        late = [told for told in self._excluded if told.earliest > first_done]
        states = [
            State(ActOutcome.EXCLUDED, (told,), told.earliest, told.latest)
            for told in self._excluded
            if told.earliest <= first_done
        ]
        end_by_rank(states, by=following)
        for state in states:
            state.latest = min(state.latest, state.ends)
        end_by_days(following, by=states)
        if not late:
            return states
        last_late = max(told.earliest for told in late)
        against = [state for state in done if state.latest < last_late]
        sides = [_Side(state.value, state.told) for state in against if isinstance(state.value, ActOutcome)]
        contest = _Contest((*sides, _Side(ActOutcome.EXCLUDED, tuple(late))))
        every = tuple(one for side in contest.sides for one in side.told)
        contested = State(
            contest, every, min(told.earliest for told in late), min(told.latest for told in late)
        )
        for state in against:
            state.end_by(contested)
        return [*states, contested]

    # ── Findings ─────────────────────────────────────────────────────────────

    def _tell(self, stretch: Stretch) -> Finding:
        if isinstance(stretch.value, _Contest):
            return self._contested(stretch, stretch.value)
        assert isinstance(stretch.value, ActOutcome), "a state of a group is an outcome or a contest"
        told = tuple(one for state in stretch.states for one in state.told)
        finding = self._agreed(stretch.value, told, segment=self._segment(stretch.value.value))
        dispute = self._disputes.get(stretch.states[0])
        return _with(
            finding if dispute is None else _since_when(finding, dispute),
            stretch,
            since=None if stretch.states[0].disputed else _since(stretch.states[0]),
            until=_until(stretch),
            erased=self._lost + sum(one.erased for one in told),
            opposed_by=self._opposing(stretch.value, stretch, told),
        )

    def _contested(self, stretch: Stretch, contest: _Contest) -> Finding:
        segment = self._segment("contested")
        told = [one for side in contest.sides for one in side.told]
        every = set(positions_of(told))
        alternatives = tuple(
            msgspec.structs.replace(one, opposed_by=tuple(sorted(every - set(one.supported_by))))
            for number, side in enumerate(contest.sides, start=1)
            for one in [self._agreed(side.outcome, side.told, segment=f"{segment}/{number}")]
        )
        words = "; or ".join(f"{one.in_words}{_since_in_words(one)}" for one in alternatives)
        finding = Finding(
            facet=Facet.ACT,
            about=self._group,
            segment=segment,
            standing=Standing.CONTESTED,
            rule="R5",
            in_words=f"contested: {words}",
            voices=voices_of(told),
            supported_by=positions_of(told),
            alternatives=alternatives,
        )
        contested = _with(
            finding,
            stretch,
            since=None,
            until=_until(stretch),
            erased=self._lost + sum(one.erased for one in told),
            opposed_by=positions_of(self._denying),
        )
        for state in stretch.states:
            if state.ended_by is not None and state.ended_by.disputed:
                self._disputes[state.ended_by] = contested
        return contested

    def _agreed(self, outcome: ActOutcome, told: Sequence[Told], *, segment: str) -> Finding:
        voices = voices_of(told)
        return Finding(
            facet=Facet.ACT,
            about=self._group,
            segment=segment,
            standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
            rule="R9",
            in_words=self._in_words(outcome, told),
            value=self._value(outcome, told),
            voices=voices,
            since=narrowest_date(told),
            last_reported=_last_reported(told),
            derivation=Derivation.STATED,
            supported_by=positions_of(told),
        )

    def _value(self, outcome: ActOutcome, told: Sequence[Told]) -> ActValue:
        inclusions = [one.report for one in told if isinstance(one.report, InclusionReported)]
        return ActValue(
            act=self._act,
            outcome=outcome,
            effect=_agreed_effect(inclusions),
            inclusion_step=_furthest_step(inclusions),
            excluded_by=_agreed_ground(told) if outcome is ActOutcome.EXCLUDED else None,
        )

    def _in_words(self, outcome: ActOutcome, told: Sequence[Told]) -> str:
        match outcome:
            case ActOutcome.RELEASED:
                return f"released under {self._name}"
            case ActOutcome.INCLUDED_RELEASE_NOT_REPORTED:
                return f"included in {self._name}; no release is reported"
            case ActOutcome.EXCLUDED:
                ground = _agreed_ground(told)
                return f"left out of {self._name}{_GROUNDS.get(ground, '') if ground else ''}"

    def _opposing(self, outcome: ActOutcome, stretch: Stretch, told: Sequence[Told]) -> tuple[Position, ...]:
        against = [
            one
            for one in self._denying
            if _outcome_of(one.report) is outcome and one.latest >= stretch.interval.from_min
        ]
        if outcome is not ActOutcome.EXCLUDED:
            against += [one for one in self._excluded if one.latest > stretch.interval.from_max]
        return tuple(sorted(set(positions_of(against)) - set(positions_of(told))))

    def _segment(self, name: str) -> str:
        segment = f"{self._act}/{name}"
        self._segments[segment] = self._segments.get(segment, 0) + 1
        return segment if self._segments[segment] == 1 else f"{segment}.{self._segments[segment]}"


def _state(outcome: ActOutcome, told: tuple[Told, ...], within: Occurrence | Branch) -> State:
    return State(outcome, told, within.earliest, within.latest)


def _released_states(occurrence: Occurrence) -> list[State]:
    """One state; where the date is contested two: what is contested until the last date, and released, since when is open, after it."""
    if not occurrence.branches:
        return [_state(ActOutcome.RELEASED, occurrence.told, occurrence)]
    contest = _Contest(tuple(_Side(ActOutcome.RELEASED, branch.told) for branch in occurrence.branches))
    first, last = occurrence.branches[0], occurrence.branches[-1]
    begun = State(contest, occurrence.told, first.earliest, first.latest)
    done = State(ActOutcome.RELEASED, occurrence.told, last.earliest, last.latest, disputed=True)
    begun.end_by(done)
    return [begun, done]


def _outcome_of(report: Report) -> ActOutcome:
    match report:
        case ExclusionReported():
            return ActOutcome.EXCLUDED
        case ReleaseReported() if report.released_to is not ReleasedTo.HOUSE_ARREST:
            return ActOutcome.RELEASED
        case _:
            return ActOutcome.INCLUDED_RELEASE_NOT_REPORTED


def _is_applied(state: State) -> bool:
    """Whether the act did something for the group, which no later exclusion undoes."""
    report = state.told[0].report
    return not isinstance(report, InclusionReported) or report.inclusion_step in _APPLIED


def _with(
    finding: Finding,
    stretch: Stretch,
    *,
    since: ClaimedDate | None,
    until: ClaimedDate | None,
    erased: int,
    opposed_by: tuple[Position, ...],
) -> Finding:
    return msgspec.structs.replace(
        finding, interval=stretch.interval, since=since, until=until, erased=erased, opposed_by=opposed_by
    )


def _since(state: State) -> ClaimedDate | None:
    return narrowest_date(state.told) or computed_date(state.earliest, state.latest)


def _until(stretch: Stretch) -> ClaimedDate | None:
    last = max(stretch.states, key=lambda state: state.ends)
    if last.ends == DAY_MAX or last.ended_by is None or isinstance(last.ended_by.value, _Contest):
        return None
    return None if last.ended_by.disputed else _since(last.ended_by)


def _since_when(finding: Finding, dispute: Finding) -> Finding:
    """What all agree on, with what they do not: the day on which it began."""
    days = [in_words(one.since) for one in dispute.alternatives if one.since is not None]
    return msgspec.structs.replace(
        finding,
        standing=Standing.CONTESTED,
        rule="R5",
        in_words=f"{finding.in_words}; since when is contested: {' or '.join(days)}",
        derivation=None,
        alternatives=tuple(
            msgspec.structs.replace(one, segment=f"{finding.segment}/{number}")
            for number, one in enumerate(dispute.alternatives, start=1)
        ),
    )


def _since_in_words(finding: Finding) -> str:
    return f": {in_words(finding.since)}" if finding.since is not None else ""


def _last_reported(told: Iterable[Told]) -> ClaimedDate | None:
    """The latest day for which a source says so: the day it names, else the day on which it could be read."""
    days = [day for one in told if (day := one.report.claimed if one.dated else one.available) is not None]
    return max(days, key=lambda day: bounds_of_claim(day).latest or date.min, default=None)


def _agreed_ground(told: Iterable[Told]) -> ExclusionGround | None:
    """The ground that all who state one agree on; `unstated` where nobody does, None where they differ."""
    grounds = {one.report.excluded_by for one in told if isinstance(one.report, ExclusionReported)}
    stated = grounds - {ExclusionGround.UNSTATED}
    if len(stated) > 1:
        return None
    return next(iter(stated), ExclusionGround.UNSTATED)


def _agreed_effect(inclusions: Sequence[InclusionReported]) -> InclusionEffect | None:
    """The effect that all who state one agree on; None where they differ, or nobody tells of an inclusion."""
    stated = {one.effect for one in inclusions} - {InclusionEffect.UNSTATED}
    if not inclusions or len(stated) > 1:
        return None
    return next(iter(stated), InclusionEffect.UNSTATED)


def _furthest_step(inclusions: Sequence[InclusionReported]) -> InclusionStep | None:
    steps = list(InclusionStep)
    return max((one.inclusion_step for one in inclusions), key=steps.index, default=None)
