"""The types of the API as other modules name them, so that no module has to be imported before another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from strawberry import lazy

if TYPE_CHECKING:
    from app.api.claims import Claim
    from app.api.connections import (
        ActFindingConnection,
        EventConnection,
        FindingConnection,
        PrisonerConnection,
        ReportConnection,
    )
    from app.api.entries import Decision, Event, Report
    from app.api.filings import Filed
    from app.api.findings import (
        ActFinding,
        CaseFinding,
        ClassFinding,
        CountFinding,
        CustodyFinding,
        Finding,
        SentenceFinding,
        StepFinding,
        TextFinding,
    )
    from app.api.rulings import AssessmentRecorded, Ruling
    from app.api.sources import Attribution, Citation, Edition, Snapshot
    from app.api.subjects import (
        Act,
        Group,
        List,
        Party,
        PersonRecord,
        Prisoner,
        Proceeding,
        Source,
        Stream,
        Subject,
    )
    from app.api.tallies import Tally

SubjectRef = Annotated["Subject", lazy("app.api.subjects")]
PrisonerRef = Annotated["Prisoner", lazy("app.api.subjects")]
PersonRecordRef = Annotated["PersonRecord", lazy("app.api.subjects")]
ActRef = Annotated["Act", lazy("app.api.subjects")]
GroupRef = Annotated["Group", lazy("app.api.subjects")]
ProceedingRef = Annotated["Proceeding", lazy("app.api.subjects")]
PartyRef = Annotated["Party", lazy("app.api.subjects")]
ListRef = Annotated["List", lazy("app.api.subjects")]
SourceRef = Annotated["Source", lazy("app.api.subjects")]
StreamRef = Annotated["Stream", lazy("app.api.subjects")]

SnapshotRef = Annotated["Snapshot", lazy("app.api.sources")]
EditionRef = Annotated["Edition", lazy("app.api.sources")]
CitationRef = Annotated["Citation", lazy("app.api.sources")]
AttributionRef = Annotated["Attribution", lazy("app.api.sources")]
ClaimRef = Annotated["Claim", lazy("app.api.claims")]

EventRef = Annotated["Event", lazy("app.api.entries")]
ReportRef = Annotated["Report", lazy("app.api.entries")]
DecisionRef = Annotated["Decision", lazy("app.api.entries")]
AssessmentRecordedRef = Annotated["AssessmentRecorded", lazy("app.api.rulings")]
RulingRef = Annotated["Ruling", lazy("app.api.rulings")]
FiledRef = Annotated["Filed", lazy("app.api.filings")]

FindingRef = Annotated["Finding", lazy("app.api.findings")]
CustodyFindingRef = Annotated["CustodyFinding", lazy("app.api.findings")]
SentenceFindingRef = Annotated["SentenceFinding", lazy("app.api.findings")]
CaseFindingRef = Annotated["CaseFinding", lazy("app.api.findings")]
ActFindingRef = Annotated["ActFinding", lazy("app.api.findings")]
TextFindingRef = Annotated["TextFinding", lazy("app.api.findings")]
ClassFindingRef = Annotated["ClassFinding", lazy("app.api.findings")]
StepFindingRef = Annotated["StepFinding", lazy("app.api.findings")]
CountFindingRef = Annotated["CountFinding", lazy("app.api.findings")]

PrisonerConnectionRef = Annotated["PrisonerConnection", lazy("app.api.connections")]
EventConnectionRef = Annotated["EventConnection", lazy("app.api.connections")]
ReportConnectionRef = Annotated["ReportConnection", lazy("app.api.connections")]
FindingConnectionRef = Annotated["FindingConnection", lazy("app.api.connections")]
ActFindingConnectionRef = Annotated["ActFindingConnection", lazy("app.api.connections")]

TallyRef = Annotated["Tally", lazy("app.api.tallies")]
