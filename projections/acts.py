"""The fold of an act with the groups under it, and of a group that stands under none.

    steps     initiated or drafted, submitted, adopted, signed, then published and in force, in either order. One finding a step: dates
              that can coincide support it together, and the narrowest is shown; dates that cannot are contested (R5). Steps bound each
              other's days (R4); an order that cannot be sets their reports against each other, and moves nothing
    window    how long the act is to be carried out. It lies ahead by its nature, so a plan supports it; a planned step supports nothing
    rules     classes that the text includes or excludes, each in the words it is told in. A rule reaches nobody
    counts    `projections/counts.py`, of the act and of each group (R12)
    groups    what the act did for each group (`projections/outcomes.py`, R9 and R10)

Invariants: a function of the events and the context's answers, whatever the order of the events; what is retracted, corrected or erased
supports nothing, and a step or rule without support has no finding, which says unknown (R2).
Absent on purpose: named people, whose own folds say what the act did for them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from events.dates import ClaimedDate, Derivation, in_words
from events.decoder import Event
from events.envelope import canonical
from events.kinds import (
    ActReported,
    ActRuleReported,
    ActStep,
    OrderRelation,
    Position,
    Quantifier,
    ReleasedTo,
    ReleaseReported,
    SubjectKey,
)
from events.terms import Term
from projections.alternatives import branches
from projections.context import Context
from projections.counts import fold_counts
from projections.evidence import Evidence, Told, narrowest_date, positions_of, voices_of, weigh
from projections.figures import Numberless, foreseen, measure_of
from projections.findings import DAY_MIN, ClassValue, Facet, Finding, Interval, Standing, StepValue
from projections.outcomes import act_of, fold_outcomes

# Which steps presuppose which: a step of a higher rank comes after those of lower ones. Some acts are in force before they are published.
_RANKS = {
    ActStep.INITIATED: 0,
    ActStep.DRAFTED: 0,
    ActStep.SUBMITTED: 1,
    ActStep.ADOPTED: 2,
    ActStep.SIGNED: 3,
    ActStep.PUBLISHED: 4,
    ActStep.IN_FORCE: 4,
}
_GIVING_EFFECT = frozenset({ActStep.SIGNED, ActStep.PUBLISHED, ActStep.IN_FORCE})
_STEPS_IN_WORDS = {
    ActStep.INITIATED: "initiated",
    ActStep.DRAFTED: "drafted",
    ActStep.SUBMITTED: "submitted",
    ActStep.ADOPTED: "adopted",
    ActStep.SIGNED: "signed",
    ActStep.PUBLISHED: "published",
    ActStep.IN_FORCE: "in force",
}
_QUANTIFIERS = {Quantifier.ALL: "", Quantifier.MOSTLY: "mostly ", Quantifier.SOME: "some: "}


def fold_act(
    key: SubjectKey,
    events: Sequence[Event],
    groups: Mapping[SubjectKey, Sequence[Event]],
    context: Context,
) -> tuple[Finding, ...]:
    """All findings about an act and the groups under it, by subject, facet and segment. `groups` holds each with all its events."""
    decisions = [event for event in events if event.report is None]
    streams = {group: _merged(own, decisions) for group, own in groups.items()}
    evidence = weigh(events, context)
    of_groups = {group: weigh(own, context) for group, own in streams.items()}
    findings = [
        *_steps(key, evidence),
        *_windows(key, events, context),
        *_rules(key, evidence),
        *fold_counts(
            {key: events, **streams}, context, act=key, numberless=_numberless(key, of_groups, context)
        ),
        *(one for group, own in of_groups.items() for one in fold_outcomes(group, own, context, under=key)),
    ]
    return tuple(sorted(findings, key=lambda finding: (finding.about, finding.facet, finding.segment)))


def fold_group(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    """The counts about a group that stands under no act, and what acts did for it that reports name; nothing of individuals."""
    findings = [
        *fold_counts({key: events}, context),
        *fold_outcomes(key, weigh(events, context), context),
    ]
    return tuple(sorted(findings, key=lambda finding: (finding.facet, finding.segment)))


def effective_from(key: SubjectKey, events: Sequence[Event], context: Context) -> date | None:
    """The first day on which the act can have done anything (R4): what the earliest reported signing, publication or entry into force
    allows. None where no standing report gives one, or a signing without a date leaves it open."""
    dated: dict[ActStep, date | None] = {}
    for told in _about(key, weigh(events, context).supporting):
        report = told.report
        if not isinstance(report, ActReported) or report.act_step not in _GIVING_EFFECT:
            continue
        known = dated.get(report.act_step)
        day = told.earliest if told.earliest != DAY_MIN else None
        dated[report.act_step] = min((one for one in (known, day) if one is not None), default=None)
    if ActStep.SIGNED not in dated and None in dated.values():
        return None
    if ActStep.SIGNED in dated and dated[ActStep.SIGNED] is None:
        return None
    return min((day for day in dated.values() if day is not None), default=None)


def _merged(events: Sequence[Event], decisions: Sequence[Event]) -> list[Event]:
    """Each event once, in the order of the ledger: a decision may be filed under the act alone, and reach its groups."""
    every = {event.position: event for event in (*events, *decisions)}
    return [every[position] for position in sorted(every)]


def _numberless(
    key: SubjectKey, of_groups: Mapping[SubjectKey, Evidence], context: Context
) -> list[Numberless]:
    """What the act did for groups, as far as it is counted; a move to house arrest is no release (R8)."""
    return [
        Numberless(told, measure)
        for group, evidence in of_groups.items()
        for told in _about(group, evidence.supporting)
        if act_of(told.report, context, under=key) == key
        if (measure := measure_of(told.report)) is not None and not _is_to_house_arrest(told)
    ]


def _about(key: SubjectKey, told: Iterable[Told]) -> list[Told]:
    return [one for one in told if one.about[0] == key]


def _is_to_house_arrest(told: Told) -> bool:
    return isinstance(told.report, ReleaseReported) and told.report.released_to is ReleasedTo.HOUSE_ARREST


# ── Steps ────────────────────────────────────────────────────────────────────


class _Step(Struct, eq=False):
    """One step, between two days, inclusive. `branches` are several where its date is contested."""

    step: ActStep
    told: tuple[Told, ...]
    branches: tuple[tuple[Told, ...], ...]
    earliest: date
    latest: date


def _steps(key: SubjectKey, evidence: Evidence) -> list[Finding]:
    told = _about(key, evidence.supporting)
    by_step: dict[ActStep, list[Told]] = defaultdict(list)
    for one in told:
        if isinstance(one.report, ActReported) and one.report.act_step is not None:
            by_step[one.report.act_step].append(one)
    steps = [_step(step, by_step[step]) for step in ActStep if step in by_step]
    against = _impossible_orders(steps)
    for denial in _about(key, evidence.denying):
        if isinstance(denial.report, ActReported) and denial.report.act_step is not None:
            against[denial.report.act_step].add(denial.position)
    _bound_each_other(steps)
    lost = _lost(evidence, ActReported)
    return [_step_finding(key, step, tuple(sorted(against[step.step])), lost) for step in steps]


def _step(step: ActStep, told: Sequence[Told]) -> _Step:
    alternatives = tuple(tuple(branch) for branch in branches(told, lambda one: (one.earliest, one.latest)))
    return _Step(
        step,
        tuple(told),
        alternatives,
        min(max(one.earliest for one in branch) for branch in alternatives),
        max(min(one.latest for one in branch) for branch in alternatives),
    )


def _impossible_orders(steps: Sequence[_Step]) -> dict[ActStep, set[Position]]:
    """For each step, the reports that cannot be true beside one of its own by the order of steps, or by one that a source states."""
    against: dict[ActStep, set[Position]] = defaultdict(set)
    for before in steps:
        last = max(one.earliest for one in before.told)
        for after in (step for step in steps if _RANKS[before.step] < _RANKS[step.step]):
            soonest = min(one.latest for one in after.told)
            against[before.step].update(one.position for one in after.told if one.latest < last)
            against[after.step].update(one.position for one in before.told if one.earliest > soonest)
    by_id = {one.event_id: (step.step, one) for step in steps for one in step.told}
    for step, one in by_id.values():
        order = one.report.order
        if order is None or order.report not in by_id:
            continue
        other_step, other = by_id[order.report]
        first, second = (other, one) if order.relation is OrderRelation.AFTER else (one, other)
        if first.earliest > second.latest:
            against[step].add(other.position)
            against[other_step].add(one.position)
    return against


def _bound_each_other(steps: Sequence[_Step]) -> None:
    """R4: a step is no earlier than those it presupposes, and no later than those that presuppose it, so far as the days allow."""
    ordered = sorted(steps, key=lambda step: _RANKS[step.step])
    pairs = [
        (first, second) for first in ordered for second in ordered if _RANKS[first.step] < _RANKS[second.step]
    ]
    for first, second in pairs:
        if second.earliest < first.earliest <= second.latest:
            second.earliest = first.earliest
    for first, second in reversed(pairs):
        if first.earliest <= second.latest < first.latest:
            first.latest = second.latest


def _step_finding(key: SubjectKey, step: _Step, against: tuple[Position, ...], lost: int) -> Finding:
    segment = step.step.value
    common = {
        "interval": Interval(from_min=step.earliest, from_max=step.latest),
        "erased": lost + sum(one.erased for one in step.told),
        "opposed_by": against,
    }
    if len(step.branches) == 1:
        return msgspec.structs.replace(_step_told(key, step.step, step.told, segment=segment), **common)
    alternatives = tuple(
        _step_told(key, step.step, branch, segment=f"{segment}/{number}")
        for number, branch in enumerate(step.branches, start=1)
    )
    contested = _contest(Facet.ACT_STEP, key, segment, step.told, alternatives)
    return msgspec.structs.replace(contested, **common)


def _step_told(key: SubjectKey, step: ActStep, told: Sequence[Told], *, segment: str) -> Finding:
    day, by = narrowest_date(told), _taken_by(told)
    words = _STEPS_IN_WORDS[step] + (f" by {by}" if by else "") + (f": {in_words(day)}" if day else "")
    return _agreed(
        Facet.ACT_STEP,
        key,
        segment,
        told,
        rule="R4",
        in_words=words,
        value=StepValue(act_step=step, taken_by=by, date=day),
        since=day,
        derivation=day.derivation if day else Derivation.STATED,
    )


def _taken_by(told: Iterable[Told]) -> str | None:
    """Who took the step, where all that say so agree; None where nobody says, or accounts differ."""
    names = {
        " ".join(one.report.taken_by.split())
        for one in told
        if isinstance(one.report, ActReported) and one.report.taken_by
    }
    return names.pop() if len(names) == 1 else None


# ── Windows ──────────────────────────────────────────────────────────────────


def _windows(key: SubjectKey, events: Sequence[Event], context: Context) -> list[Finding]:
    """How long the act is to be carried out: one finding, contested where the terms differ."""
    terms: dict[str | None, list[tuple[Told, Term]]] = defaultdict(list)
    weighed = weigh([foreseen(event, ActReported) for event in events], context)
    for told in _about(key, weighed.supporting):
        report = told.report
        if isinstance(report, ActReported) and report.window is not None:
            terms[report.window.duration or report.window.as_written].append((told, report.window))
    found = [
        _window([told for told, _ in said], said[0][1], key, segment=f"window/{number}")
        for number, said in enumerate(terms.values(), start=1)
    ]
    if len(found) < 2:
        return [msgspec.structs.replace(one, segment="window") for one in found]
    every = [told for said in terms.values() for told, _ in said]
    return [_contest(Facet.ACT_STEP, key, "window", every, tuple(found))]


def _window(told: Sequence[Told], window: Term, key: SubjectKey, *, segment: str) -> Finding:
    return _agreed(
        Facet.ACT_STEP,
        key,
        segment,
        told,
        rule="R1",
        in_words=f"to be carried out within {window.as_written}",
        value=StepValue(window=window),
        derivation=Derivation.STATED,
    )


# ── Rules of the text ────────────────────────────────────────────────────────


def _rules(key: SubjectKey, evidence: Evidence) -> list[Finding]:
    """One finding for each class, direction and quantifier. Different accounts stand side by side; what cannot be beside one is set
    against it."""
    classes: dict[_Class, list[Told]] = defaultdict(list)
    for told in _about(key, evidence.supporting):
        if isinstance(told.report, ActRuleReported):
            classes[_class_of(told.report)].append(told)
    by_words: dict[str, list[_Class]] = defaultdict(list)
    for one in classes:
        by_words[one.words].append(one)
    denied: dict[_Class, list[Told]] = defaultdict(list)
    for told in _about(key, evidence.denying):
        if isinstance(told.report, ActRuleReported):
            denied[_class_of(told.report)].append(told)
    lost = _lost(evidence, ActRuleReported)
    found = []
    for one, saying in classes.items():
        clashing = (other for other in by_words[one.words] if _clash(one, other))
        against = [told for other in clashing for told in classes[other]]
        finding = _rule_finding(key, one, saying)
        found.append(
            msgspec.structs.replace(
                finding,
                erased=finding.erased + lost,
                opposed_by=positions_of([*against, *denied.get(one, ())]),
            )
        )
    return found


class _Class(Struct, frozen=True):
    """A class of people as told: words without case and spacing, in or out, how much of it."""

    words: str
    includes: bool
    quantifier: Quantifier


def _class_of(report: ActRuleReported) -> _Class:
    words = " ".join(report.class_of_people.as_written.casefold().split())
    return _Class(words, report.includes, report.quantifier)


def _clash(one: _Class, other: _Class) -> bool:
    """Whether the text cannot say both: all of a class in, and any of it out, or the reverse."""
    return (
        one.words == other.words
        and one.includes is not other.includes
        and Quantifier.ALL in (one.quantifier, other.quantifier)
    )


def _rule_finding(key: SubjectKey, one: _Class, told: Sequence[Told]) -> Finding:
    report = told[0].report
    assert isinstance(report, ActRuleReported), "rules rest on reports of rules"
    direction = "includes" if one.includes else "excludes"
    digest = hashlib.sha256(canonical(msgspec.to_builtins(one))).hexdigest()[:16]
    return _agreed(
        Facet.ACT_RULE,
        key,
        f"{direction}/{digest}",
        told,
        rule="R3",
        in_words=f"{direction} {_QUANTIFIERS[one.quantifier]}{report.class_of_people.as_written}",
        value=ClassValue(text=report.class_of_people, includes=one.includes, quantifier=one.quantifier),
        derivation=Derivation.STATED,
    )


# ── Findings ─────────────────────────────────────────────────────────────────


def _agreed(
    facet: Facet,
    key: SubjectKey,
    segment: str,
    told: Sequence[Told],
    *,
    rule: str,
    in_words: str,
    value: StepValue | ClassValue,
    derivation: Derivation,
    since: ClaimedDate | None = None,
) -> Finding:
    voices = voices_of(told)
    return Finding(
        facet=facet,
        about=key,
        segment=segment,
        standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
        rule=rule,
        in_words=in_words,
        value=value,
        voices=voices,
        since=since,
        derivation=derivation,
        erased=sum(one.erased for one in told),
        supported_by=positions_of(told),
    )


def _contest(
    facet: Facet, key: SubjectKey, segment: str, told: Sequence[Told], alternatives: tuple[Finding, ...]
) -> Finding:
    return Finding(
        facet=facet,
        about=key,
        segment=segment,
        standing=Standing.CONTESTED,
        rule="R5",
        in_words="contested: " + "; or ".join(one.in_words for one in alternatives),
        voices=voices_of(told),
        erased=sum(one.erased for one in told),
        supported_by=positions_of(told),
        alternatives=alternatives,
    )


def _lost(evidence: Evidence, kind: type[ActReported] | type[ActRuleReported]) -> int:
    """How many values an erasure took from reports of a kind that it made unusable."""
    return sum(count for lost, count in evidence.lost if lost is kind)
