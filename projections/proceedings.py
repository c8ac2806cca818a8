"""Courts of a proceeding, as reports about the proceeding itself name them.

A case's numbers, courts and titles *as it was opened* are facts of its filing and not findings: no report says them. What befalls the
people in it is in their own folds (rules.md R6).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from events.dates import Derivation
from events.decoder import Event
from events.kinds import CourtStepReported, RestraintReported, SentenceReported, SubjectKey
from events.texts import WrittenText
from projections.context import Context
from projections.evidence import Told, positions_of, voices_of, weigh
from projections.findings import Facet, Finding, Standing, TextValue

_NAME_A_COURT = (CourtStepReported, RestraintReported, SentenceReported)


def fold_proceeding(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    """The courts that standing reports about this proceeding name, by segment. Two spellings stay two findings."""
    courts: dict[str, list[Told]] = defaultdict(list)
    for told in weigh(events, context).supporting:
        report = told.report
        if told.about[0] == key and isinstance(report, _NAME_A_COURT) and isinstance(report.court, str):
            courts[report.court].append(told)
    found = [_court(key, name, told) for name, told in courts.items()]
    return tuple(sorted(found, key=lambda finding: finding.segment))


def _court(key: SubjectKey, name: str, told: Sequence[Told]) -> Finding:
    voices = voices_of(told)
    return Finding(
        facet=Facet.COURT,
        about=key,
        segment=hashlib.sha256(name.encode()).hexdigest()[:16],
        standing=Standing.CORROBORATED if voices > 1 else Standing.SINGLE,
        rule="R3",
        in_words=name,
        value=TextValue(text=WrittenText(as_written=name)),
        voices=voices,
        derivation=Derivation.STATED,
        erased=sum(one.erased for one in told),
        supported_by=positions_of(told),
    )
