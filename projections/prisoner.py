"""The fold of one prisoner: everything that the reports about one person add up to.

One person record is one prisoner for now; the events of several records of one person can be handed in together, in any order, and give
one answer under one key.

Invariants (I-9 to I-11): the same events and the same answers of the context give the same bytes; each finding names the reports for and
against it, its rule and its standing; what was retracted, corrected or erased supports nothing.

Absent on purpose: groups, lists, counts and statements. None of them moves a person's status (R1, R10, R15).
"""

from __future__ import annotations

from collections.abc import Sequence

from events.decoder import Event
from events.kinds import SubjectKey
from projections.accounts import fold_accounts
from projections.cases import fold_cases
from projections.context import Context
from projections.custody import fold_custody
from projections.evidence import weigh
from projections.findings import Finding
from projections.inclusion import fold_inclusion
from projections.sentence_tracks import tracks_of
from projections.sentences import fold_sentences
from projections.timeline import build_timeline


def fold_prisoner(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    """All findings about one prisoner, sorted by facet and segment."""
    evidence = weigh(events, context)
    timeline = build_timeline(evidence)
    tracks = tracks_of(timeline)
    findings = (
        *fold_custody(key, evidence, timeline, context, tracks=tracks),
        *fold_sentences(key, evidence, timeline, tracks=tracks),
        *fold_cases(key, evidence, timeline),
        *fold_inclusion(key, evidence, timeline, context),
        *fold_accounts(key, evidence, timeline),
    )
    return tuple(sorted(findings, key=lambda finding: (finding.facet, finding.segment)))
