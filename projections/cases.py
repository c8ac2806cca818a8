"""R13 of the facet *case*: how far each case got, and which charges it leaves.

A sentence entails a conviction, a release on acquittal an acquittal; both are marked *entailed*. A verdict of which nobody says what it
was, and what a prosecution asks for, show only that there was a trial. A charge of which no stage is stated is an accusation.

    a case       a stated proceeding; with none stated, what is told between two releases
    its stages   suspected, accused, charged, indicted, on trial, convicted; then upheld, quashed, sent back, acquitted, dropped in the
                 order of their days; rehabilitated last

Absent on purpose: guilt. A finding says how far a case got, and the charge of a case that was cleared is told nowhere but in history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from events.dates import Derivation
from events.kinds import (
    ChargeReported,
    ChargeStage,
    CourtStep,
    CourtStepReported,
    Position,
    ReleaseMechanism,
    ReleaseReported,
    Report,
    SentenceReductionReported,
    SentenceReported,
    SubjectKey,
)
from projections.evidence import Evidence, Told, last_reported, positions_of, voices_of
from projections.findings import CaseStage, CaseValue, Facet, Finding, Standing
from projections.stretches import State, Stretch, end_by_days, end_by_rank, since_of, stretches, until_of
from projections.timeline import Occurrence, Timeline

_KINDS = (ChargeReported, CourtStepReported, SentenceReported, SentenceReductionReported, ReleaseReported)
_OF_CHARGE = {
    ChargeStage.SUSPICION: CaseStage.SUSPECTED,
    ChargeStage.ACCUSATION: CaseStage.ACCUSED,
    ChargeStage.FORMAL_CHARGE: CaseStage.CHARGED,
    ChargeStage.INDICTMENT: CaseStage.INDICTED,
    ChargeStage.UNSTATED: CaseStage.ACCUSED,
}
_OF_COURT = {
    CourtStep.UPHELD: CaseStage.UPHELD,
    CourtStep.QUASHED: CaseStage.QUASHED,
    CourtStep.SENT_BACK: CaseStage.SENT_BACK,
    CourtStep.ACQUITTED: CaseStage.ACQUITTED,
    CourtStep.DROPPED: CaseStage.DROPPED,
    CourtStep.REHABILITATED: CaseStage.REHABILITATED,
}
_OF_RELEASE = {
    ReleaseMechanism.ACQUITTAL: CaseStage.ACQUITTED,
    ReleaseMechanism.DROPPED: CaseStage.DROPPED,
}
_RANK = {
    CaseStage.SUSPECTED: 0,
    CaseStage.ACCUSED: 1,
    CaseStage.CHARGED: 2,
    CaseStage.INDICTED: 3,
    CaseStage.ON_TRIAL: 4,
    CaseStage.CONVICTED: 5,
    CaseStage.UPHELD: 6,
    CaseStage.QUASHED: 6,
    CaseStage.SENT_BACK: 6,
    CaseStage.ACQUITTED: 6,
    CaseStage.DROPPED: 6,
    CaseStage.REHABILITATED: 7,
}
CLEARED = frozenset({CaseStage.QUASHED, CaseStage.ACQUITTED, CaseStage.DROPPED, CaseStage.REHABILITATED})
"""The stages after which a charge leaves."""


class Case(Struct, eq=False):
    """What is told of one case. `episode` is None where any would fit."""

    proceeding: SubjectKey | None
    episode: int | None
    occurrences: list[Occurrence]

    @property
    def name(self) -> str:
        """What its segments share."""
        return self.proceeding or f"unstated-{min(one.first_position for one in self.occurrences)}"


def stage_of(report: Report) -> CaseStage | None:
    """How far a case has got by one report; None where it tells of no stage."""
    match report:
        case ChargeReported():
            return _OF_CHARGE[report.charge_stage]
        case CourtStepReported():
            return _OF_COURT.get(report.court_step, CaseStage.ON_TRIAL)
        case SentenceReported() | SentenceReductionReported():
            return CaseStage.CONVICTED
        case ReleaseReported():
            return _OF_RELEASE.get(report.released_by)
        case _:
            return None


def cases_of(timeline: Timeline) -> list[Case]:
    """The cases that the occurrences are of, in the order in which they were first told of."""
    stated: dict[SubjectKey, list[Occurrence]] = defaultdict(list)
    unstated: dict[int | None, list[Occurrence]] = defaultdict(list)
    for occurrence in timeline.of(*_KINDS):
        if stage_of(occurrence.report) is None:
            continue
        if occurrence.report.proceeding is not None:
            stated[occurrence.report.proceeding].append(occurrence)
        else:
            unstated[occurrence.episode].append(occurrence)
    return [
        *(Case(proceeding, _episode_of(found), found) for proceeding, found in stated.items()),
        *(Case(None, episode, found) for episode, found in unstated.items()),
    ]


def _episode_of(occurrences: Sequence[Occurrence]) -> int | None:
    episodes = {one.episode for one in occurrences}
    return episodes.pop() if len(episodes) == 1 else None


def fold_cases(key: SubjectKey, evidence: Evidence, timeline: Timeline) -> tuple[Finding, ...]:
    """The case findings of one prisoner, each case's stages oldest first."""
    lost = sum(count for kind, count in evidence.lost if issubclass(kind, _KINDS))
    denied = [(told, stage) for told in evidence.denying if (stage := stage_of(told.report)) is not None]
    return tuple(
        _finding(key, case, stretch, _against(stretch, case, denied, timeline), lost)
        for case in cases_of(timeline)
        for stretch in stretches(_states(case))
    )


def _states(case: Case) -> list[State]:
    by_rank: dict[int, list[State]] = defaultdict(list)
    for occurrence in case.occurrences:
        stage = stage_of(occurrence.report)
        if stage is not None:
            state = State(stage, occurrence.told, occurrence.earliest, occurrence.latest)
            by_rank[_RANK[stage]].append(state)
    states = [state for same in by_rank.values() for state in same]
    end_by_days(states, by=states)
    later: list[State] = []
    for rank in sorted(by_rank, reverse=True):
        end_by_rank(by_rank[rank], by=later)
        later += by_rank[rank]
    return states


def _against(
    stretch: Stretch,
    case: Case,
    denied: Sequence[tuple[Told, CaseStage]],
    timeline: Timeline,
) -> set[Position]:
    against: set[Position] = {
        told.position
        for told, stage in denied
        if stage is stretch.value and told.report.proceeding in (None, case.proceeding)
    }
    for state in stretch.states:
        for told in state.told:
            against |= timeline.opposed.get(told.position, frozenset())
    return against


def _finding(key: SubjectKey, case: Case, stretch: Stretch, against: set[Position], lost: int) -> Finding:
    stage = stretch.value
    assert isinstance(stage, CaseStage), "a case's states are stages"
    told = [one for state in stretch.states for one in state.told]
    supported_by = positions_of(told)
    voices = voices_of(told)
    entailed = all(_entails(one.report) for one in told)
    return Finding(
        facet=Facet.CASE,
        about=key,
        segment=f"{case.name}:{stage.value}-{supported_by[0]}",
        standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
        rule="R13",
        in_words=stage.value.replace("_", " ")
        + (", as the sentence entails" if _by_sentence(stage, entailed) else ""),
        value=CaseValue(stage=stage, proceeding=case.proceeding),
        voices=voices,
        interval=stretch.interval,
        since=since_of(stretch.states[0]),
        until=until_of(stretch),
        last_reported=last_reported(told),
        derivation=Derivation.ENTAILED if entailed else Derivation.STATED,
        erased=lost + sum(one.erased for one in told),
        supported_by=supported_by,
        opposed_by=tuple(sorted(against.difference(supported_by))),
    )


def _entails(report: Report) -> bool:
    return isinstance(report, SentenceReported | SentenceReductionReported | ReleaseReported)


def _by_sentence(stage: CaseStage, entailed: bool) -> bool:
    return entailed and stage is CaseStage.CONVICTED


# ── Charges that still stand ─────────────────────────────────────────────────


def standing_charges(timeline: Timeline) -> list[Occurrence]:
    """The charges and sentences whose offences may still be told: of no case that was cleared since."""
    cases = cases_of(timeline)
    cleared = [(case, case_cleared) for case in cases if (case_cleared := _cleared_on(case)) is not None]
    return [
        occurrence
        for case in cases
        for occurrence in case.occurrences
        if isinstance(occurrence.report, ChargeReported | SentenceReported)
        and not any(_covers(other, case, cases) and occurrence.earliest <= day for other, day in cleared)
    ]


def _cleared_on(case: Case) -> date | None:
    """The latest day by which the case may have been cleared, if nothing certainly convicts after it."""
    days = [one.latest for one in case.occurrences if stage_of(one.report) in CLEARED]
    if not days:
        return None
    convicted = [one for one in case.occurrences if stage_of(one.report) is CaseStage.CONVICTED]
    return None if any(one.earliest > max(days) for one in convicted) else max(days)


def _covers(cleared: Case, case: Case, cases: Sequence[Case]) -> bool:
    """Whether what clears one case clears another: the same, or the only other one of its time, where one of them is not named."""
    if cleared is case:
        return True
    if cleared.proceeding is not None and case.proceeding is not None:
        return False
    together = [
        one for one in cases if one.episode == cleared.episode or None in (one.episode, cleared.episode)
    ]
    return case in together and len(together) == 2
