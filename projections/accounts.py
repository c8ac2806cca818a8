"""R13: names, offices, charges and recognitions are sets. Each different account is a finding of its own; none contests another.

A finding is told apart by its words as written (of a recognition also by whose it is), so more reports of the same words come to support
the same finding. Charges of a case that was cleared are not here (`cases.standing_charges`). A recognition is the latest word of its
organisation; an official's denial stands against every recognition by the same designation.

Absent on purpose: a choice among spellings, and any sex or birth: nothing asks for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from events.dates import Derivation
from events.kinds import (
    ChargeReported,
    PersonDescribed,
    Position,
    Recognition,
    RecognitionReported,
    SentenceReported,
    SubjectKey,
)
from events.texts import WrittenText
from projections.cases import standing_charges
from projections.evidence import Evidence, Told, last_reported, narrowest_date, positions_of, voices_of
from projections.findings import Facet, Finding, Standing, TextValue
from projections.stretches import State, Stretch, end_by_days, stretches
from projections.timeline import Timeline

_Account = tuple[WrittenText, Told]


def fold_accounts(key: SubjectKey, evidence: Evidence, timeline: Timeline) -> tuple[Finding, ...]:
    """The findings on names, offices, charges and recognitions of one prisoner."""
    described = [one for one in evidence.supporting if isinstance(one.report, PersonDescribed)]
    names = [
        (name, one)
        for one in described
        if isinstance(one.report, PersonDescribed)
        for name in one.report.names
    ]
    offices = [
        (office, one)
        for one in described
        if isinstance(one.report, PersonDescribed)
        for office in one.report.offices
    ]
    charges = [
        (offence, told)
        for occurrence in standing_charges(timeline)
        for told in occurrence.told
        if isinstance(told.report, ChargeReported | SentenceReported)
        for offence in told.report.offences
    ]
    return (
        *_texts(key, Facet.NAME, names, evidence),
        *_texts(key, Facet.OFFICE, offices, evidence),
        *_texts(key, Facet.CHARGE, charges, evidence),
        *_recognitions(key, evidence),
    )


def _texts(key: SubjectKey, facet: Facet, accounts: Iterable[_Account], evidence: Evidence) -> list[Finding]:
    by_words: dict[str, list[_Account]] = defaultdict(list)
    for text, told in accounts:
        by_words[text.as_written].append((text, told))
    denied: dict[str, list[Told]] = defaultdict(list)
    for told in evidence.denying:
        for text in _texts_of(told, facet):
            denied[text.as_written].append(told)
    return [_text(key, facet, words, own, denied.get(words, ())) for words, own in by_words.items()]


def _texts_of(told: Told, facet: Facet) -> tuple[WrittenText, ...]:
    match told.report:
        case PersonDescribed():
            return {Facet.NAME: told.report.names, Facet.OFFICE: told.report.offices}.get(facet, ())
        case ChargeReported():
            return told.report.offences if facet is Facet.CHARGE else ()
        case _:
            return ()


def _text(
    key: SubjectKey, facet: Facet, words: str, accounts: Sequence[_Account], denying: Iterable[Told]
) -> Finding:
    told = [one for _, one in accounts]
    supported_by = positions_of(told)
    voices = voices_of(told)
    # Of equal words the fullest description: a script or a language that one report leaves out, another may give.
    text = max(
        (text for text, _ in accounts), key=lambda text: sum(part is not None for part in _parts(text))
    )
    return Finding(
        facet=facet,
        about=key,
        segment=words,
        standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
        rule="R13",
        in_words=words,
        value=TextValue(text=text),
        voices=voices,
        since=narrowest_date(told),
        derivation=Derivation.STATED,
        erased=sum(one.erased for one in told),
        supported_by=supported_by,
        opposed_by=_others(denying, supported_by),
    )


def _parts(text: WrittenText) -> tuple[object, ...]:
    return (text.language, text.script, text.name_sort)


def _others(told: Iterable[Told], supported_by: Sequence[Position]) -> tuple[Position, ...]:
    return tuple(sorted({one.position for one in told}.difference(supported_by)))


# ── Recognitions ─────────────────────────────────────────────────────────────


def _recognitions(key: SubjectKey, evidence: Evidence) -> list[Finding]:
    stances: dict[tuple[SubjectKey, str], list[Told]] = defaultdict(list)
    for told in evidence.supporting:
        if isinstance(told.report, RecognitionReported):
            stances[told.report.organisation, _designation(told.report)].append(told)
    denied: dict[str, list[Told]] = defaultdict(list)
    for told in evidence.denying:
        if isinstance(told.report, RecognitionReported):
            denied[_designation(told.report)].append(told)
    return [
        _recognition(key, stretch, denied.get(designation, ()))
        for (_, designation), own in stances.items()
        for stretch in stretches(_states(own))
    ]


def _designation(report: RecognitionReported) -> str:
    return report.designation.as_written.casefold()


def _states(told: Iterable[Told]) -> list[State]:
    states = [
        State(one.report.recognition, (one,), one.earliest, one.latest)
        for one in told
        if isinstance(one.report, RecognitionReported)
    ]
    end_by_days(states, by=states)
    return states


def _recognition(key: SubjectKey, stretch: Stretch, denying: Iterable[Told]) -> Finding:
    told = [one for state in stretch.states for one in state.told]
    report, recognition = told[0].report, stretch.value
    assert isinstance(report, RecognitionReported)
    assert isinstance(recognition, Recognition)
    supported_by = positions_of(told)
    voices = voices_of(told)
    against = denying if recognition is Recognition.RECOGNISED else ()
    return Finding(
        facet=Facet.RECOGNITION,
        about=key,
        segment=f"{report.organisation}:{_designation(report)}:{recognition.value}-{supported_by[0]}",
        standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
        rule="R13",
        in_words=f"{report.designation.as_written}: {recognition.value}",
        value=TextValue(text=report.designation, organisation=report.organisation, recognition=recognition),
        voices=voices,
        interval=stretch.interval,
        since=narrowest_date(stretch.states[0].told),
        last_reported=last_reported(told),
        derivation=Derivation.STATED,
        erased=sum(one.erased for one in told),
        supported_by=supported_by,
        opposed_by=_others(against, supported_by),
    )
