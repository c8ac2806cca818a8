"""Decisions: corrections, retractions, assessments, judgements, each with its reason, on what is on record or in the same request.

A decision is at least as restricted as what it decides on. Absent on purpose: what follows from one (a fold),
and erasure, which is a procedure.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, assert_never

import msgspec
from msgspec import Struct

from app.claim_checks import (
    checked,
)
from app.planning.claims import is_whole
from app.planning.drafting import (
    DECISION_SUBJECTS,
    STRICTNESS,
    Precedent,
    Snapshot,
    Target,
    Unresolved,
)
from app.planning.precedents import Precedents
from app.requests import (
    Assessment,
    Correction,
    DecisionRequest,
    FieldPath,
    IdentityJudgement,
    MembershipJudgement,
    Retraction,
)
from events.citations import Citation
from events.commands import STREAMS_MAX, PlannedEvent
from events.errors import (
    KindMismatch,
    SnapshotErased,
    SortMismatch,
)
from events.kinds import (
    AssessmentRecorded,
    Decision,
    Entry,
    EventId,
    MembershipJudged,
    Report,
    ReportCorrected,
    ReportRetracted,
    SubjectKey,
    SubjectSort,
    Visibility,
    kind_of,
)


class Decisions(Precedents):
    """Plans what the recorder decides."""

    # — decisions —

    def _plan_decisions(self) -> None:
        for index, decision in enumerate(self._request.decisions):
            self._attempted(partial(self._plan_decision, decision, ("decisions", str(index))))
            self._undecided.remove(decision.key)

    def _plan_decision(self, decision: DecisionRequest, at: FieldPath) -> None:
        normal: Struct = msgspec.structs.replace(decision, key="")
        whole = not isinstance(decision, Correction) or is_whole(decision.correction)
        if isinstance(normal, Correction):
            visibility = normal.correction.visibility or self._request.visibility
            normal = msgspec.structs.replace(normal, correction=self._normal(normal.correction, visibility))
        digest = self._digest(self._stated(normal)) if whole else b""
        if whole and self._is_known(decision.key, digest, at=at):
            return
        reason = self._reason(decision.reason, at)
        self._add(decision.key, digest, self._ruling(decision, reason, at))

    def _stated(self, decision: Struct) -> Struct:
        """A decision with the subjects that it names as they go into a digest."""
        changes = {
            name: self._as_stated(value, (), frozenset())
            for name in DECISION_SUBJECTS
            if isinstance(value := getattr(decision, name, None), str)
        }
        return msgspec.structs.replace(decision, **changes)

    def _ruling(self, decision: DecisionRequest, reason: str, at: FieldPath) -> list[PlannedEvent]:
        match decision:
            case Correction():
                return self._correction(decision, reason, at)
            case Retraction():
                return self._retraction(decision, reason, at)
            case Assessment():
                return self._assessment(decision, reason, at)
            case IdentityJudgement():
                return self._identity_judgement(decision, reason, at)
            case MembershipJudgement():
                return self._membership(decision, reason, at)
        assert_never(decision)

    def _decided(
        self, key: str, entry: Decision, subjects: Iterable[SubjectKey], *, at: FieldPath
    ) -> list[PlannedEvent]:
        """The decision's event, filed under whom it concerns; it can be retracted under the key."""
        about = tuple(dict.fromkeys(subjects))[:STREAMS_MAX]
        streams = list(self._further_streams(about, entry.visibility, at=at))
        event = self._event(entry, about, at=at)
        target = Target(EventId(event.draft.event_id), entry, about)
        self._targets.setdefault(key, []).append(target)
        if isinstance(entry, ReportCorrected | ReportRetracted):
            self._decided_here.append(
                Precedent(event_id=target.event_id, entry=entry, subjects=about, told=f"`{key}`, further up")
            )
        return [*streams, event]

    def _stricter(self, target: Target) -> Visibility:
        return max(target.entry.visibility, self._request.visibility, key=STRICTNESS.index)

    def _ruled_on(self, reference: str, at: FieldPath, *, wanted: type[Entry] = Report) -> Target:
        """The report, or the decision, that a decision is about."""
        target = self._target(reference, at, wanted=wanted)
        if not isinstance(target.entry, Report | Decision):
            self._wrong(
                at, KindMismatch(f"expected a report or a decision, found a {kind_of(type(target.entry))}")
            )
            raise Unresolved
        self._learn_all(target.subjects)
        return target

    def _correction(self, decision: Correction, reason: str, at: FieldPath) -> list[PlannedEvent]:
        before = len(self._mistakes)
        target = self._attempted(partial(self._ruled_on, decision.report, (*at, "correct")))
        default = (
            None
            if target is None
            else self._attempted(partial(self._corrected_snapshot, target, decision, at))
        )
        place = (*at, "correction")
        visibility = self._visibility(decision.correction, place)
        if target is not None:
            visibility = max(visibility, self._stricter(target), key=STRICTNESS.index)
        events = self._report(decision.key, decision.correction, visibility, place, default=default)
        if target is None or len(self._mistakes) > before:
            raise Unresolved
        corrected = events[-1]
        ruling = ReportCorrected(
            report=target.event_id,
            corrected_to=EventId(corrected.draft.event_id),
            reason=reason,
            **self._common(visibility),
        )
        reached = self._reached(target, (*target.subjects, *corrected.subjects), visibility)
        return [*events, *self._decided(decision.key, ruling, reached, at=at)]

    def _corrected_snapshot(self, target: Target, decision: Correction, at: FieldPath) -> Snapshot | None:
        """The snapshot that the corrected report cites: the correction's, where the request names none."""
        if not isinstance(target.entry, Report):
            self._wrong(
                (*at, "correct"), KindMismatch("expected a report, found a decision: retract that instead")
            )
            raise Unresolved
        body = decision.correction.body
        if body is not None and type(body) is not type(target.entry):
            actual, expected = kind_of(type(body)), kind_of(type(target.entry))
            message = f"expected a {expected}, as the report that it corrects; found a {actual}: retract that one, and record this"
            self._wrong((*at, "correction", "kind"), KindMismatch(message, expected=expected, actual=actual))
        if self._request.source is not None:
            return None
        # Where it was erased there stands `Erased` instead, which the kinds' types do not tell.
        first: object = target.entry.citations[0]
        if not isinstance(first, Citation):
            message = "the report's first citation was erased: name the `source` that is cited now"
            self._wrong((*at, "correct"), SnapshotErased(message))
            raise Unresolved
        return self._stored_snapshot(EventId(first.snapshot), at=(*at, "correct"))

    def _retraction(self, decision: Retraction, reason: str, at: FieldPath) -> list[PlannedEvent]:
        place = (*at, "retract")
        common: dict[str, Any] = {"ground": decision.ground, "reason": reason}
        if decision.event is not None:
            target = self._ruled_on(decision.event, place, wanted=Decision)
            visibility = self._stricter(target)
            self._check_stands(target.event_id, target.subjects, visibility, place)
            entry = ReportRetracted(event=target.event_id, **common, **self._common(visibility))
            rules = isinstance(target.entry, Decision)
            about = self._reached(target, target.subjects, visibility) if rules else target.subjects
            return self._decided(decision.key, entry, about, at=at)
        name = "source" if decision.source is not None else "party"
        reference = decision.source if decision.source is not None else decision.party
        key = self._needed(reference or "", (*place, name), frozenset({SubjectSort(name)}))
        if name == "source":
            self._check_stands(key, (key,), self._request.visibility, (*place, name))
        common[name] = key
        entry = ReportRetracted(**common, **self._common(self._request.visibility))
        return self._decided(decision.key, entry, (key,), at=at)

    def _assessment(self, decision: Assessment, reason: str, at: FieldPath) -> list[PlannedEvent]:
        checks: dict[str, Any] = {"reason": reason, "method": decision.method, "mark": decision.mark}
        if decision.event is not None:
            target = self._ruled_on(decision.event, (*at, "assess"))
            entry = AssessmentRecorded(
                event=target.event_id, **checks, **self._common(self._stricter(target))
            )
            return self._decided(decision.key, self._checked_decision(entry, at), target.subjects, at=at)
        sorts = frozenset({SubjectSort.SOURCE, SubjectSort.PARTY})
        key = self._needed(decision.of or "", (*at, "assess", "subject"), sorts)
        entry = AssessmentRecorded(of=key, **checks, **self._common(self._request.visibility))
        return self._decided(decision.key, self._checked_decision(entry, at), (key,), at=at)

    def _checked_decision(self, entry: AssessmentRecorded, at: FieldPath) -> AssessmentRecorded:
        before = len(self._mistakes)
        entry = checked(entry, at=at, note=self._note)
        if len(self._mistakes) > before:
            raise Unresolved
        return entry

    def _identity_judgement(
        self, decision: IdentityJudgement, reason: str, at: FieldPath
    ) -> list[PlannedEvent]:
        place = (*at, "judge_identity")
        anything = frozenset(SubjectSort) - {SubjectSort.LEDGER}
        one = self._needed(decision.one, (*place, "one"), anything)
        other = self._needed(decision.other, (*place, "other"), anything)
        if one == other:
            self._wrong((*place, "other"), SortMismatch("expected two subjects, found one twice"))
            raise Unresolved
        sorts = {self._sort_of(one), self._sort_of(other)}
        if len(sorts) > 1 and sorts != {SubjectSort.PARTY, SubjectSort.PERSON}:
            found = " and a ".join(sorted(sorts))
            self._wrong(
                place, SortMismatch(f"expected two of one sort, or a party and a person; found a {found}")
            )
            raise Unresolved
        judged = self._judged(one, other, decision.identity, reason=reason)
        return self._decided(decision.key, judged, (one, other), at=at)

    def _membership(self, decision: MembershipJudgement, reason: str, at: FieldPath) -> list[PlannedEvent]:
        place = (*at, "judge_membership")
        common: dict[str, Any] = {"membership": decision.membership, "reason": reason}
        if decision.report is not None:
            target = self._ruled_on(decision.report, (*place, "report"))
            whole = self._needed(decision.whole, (*place, "whole"), frozenset({SubjectSort.PROCEEDING}))
            entry = MembershipJudged(
                whole=whole, report=target.event_id, **common, **self._common(self._stricter(target))
            )
            return self._decided(decision.key, entry, (whole, *target.subjects), at=at)
        group = frozenset({SubjectSort.GROUP})
        whole = self._needed(decision.whole, (*place, "whole"), group)
        member = self._needed(decision.member or "", (*place, "member"), group | {SubjectSort.PERSON})
        entry = MembershipJudged(
            whole=whole, member=member, **common, **self._common(self._request.visibility)
        )
        return self._decided(decision.key, entry, (whole, member), at=at)
