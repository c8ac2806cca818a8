"""The enumerations of the API: those of the log and of the findings themselves, with what their members mean.

A member is named here as in the code, and stored in lower case: `RELEASE_REPORTED` is the kind `release_reported`.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

from events.citations import CitationZone
from events.dates import Derivation
from events.kinds import (
    ActForm,
    ActStep,
    AttributionRole,
    AttributionScope,
    CaptureProblem,
    ChargeStage,
    CourtStep,
    Custody,
    CustodyState,
    ExclusionGround,
    Identity,
    InclusionEffect,
    InclusionStep,
    Listing,
    Membership,
    Modality,
    OrderRelation,
    PartySort,
    Penalty,
    PlaceRole,
    Polarity,
    Quantifier,
    ReasonFor,
    Recognition,
    ReductionForm,
    ReductionMechanism,
    Relation,
    ReleasedFrom,
    ReleasedTo,
    ReleaseMechanism,
    Restraint,
    RestraintStep,
    RetractionGround,
    Sex,
    SourceRelation,
    Span,
)
from events.quantities import Accumulation, Comparator, CountMeasure, CountUnit, Coverage
from events.texts import NameSort
from projections.changes import ChangeReason
from projections.evidence import ReportState
from projections.findings import ActOutcome, CaseStage, Facet, Holds, Standing

EnumClass = TypeVar("EnumClass", bound=type[Enum])


class EventKind(StrEnum):
    """The kinds of the log, in the order of `events.kinds`; a test holds the two to each other."""

    PERSON_DESCRIBED = "person_described"
    DETENTION_REPORTED = "detention_reported"
    CUSTODY_REPORTED = "custody_reported"
    CHARGE_REPORTED = "charge_reported"
    RESTRAINT_REPORTED = "restraint_reported"
    COURT_STEP_REPORTED = "court_step_reported"
    SENTENCE_REPORTED = "sentence_reported"
    SENTENCE_REDUCTION_REPORTED = "sentence_reduction_reported"
    INCLUSION_REPORTED = "inclusion_reported"
    EXCLUSION_REPORTED = "exclusion_reported"
    RELEASE_REPORTED = "release_reported"
    DEATH_REPORTED = "death_reported"
    RECOGNITION_REPORTED = "recognition_reported"
    ACT_REPORTED = "act_reported"
    ACT_RULE_REPORTED = "act_rule_reported"
    LISTING_REPORTED = "listing_reported"
    COUNT_REPORTED = "count_reported"
    STATEMENT_REPORTED = "statement_reported"
    SOURCE_REGISTERED = "source_registered"
    SNAPSHOT_CAPTURED = "snapshot_captured"
    SUBJECT_OPENED = "subject_opened"
    REPORT_CORRECTED = "report_corrected"
    REPORT_RETRACTED = "report_retracted"
    ASSESSMENT_RECORDED = "assessment_recorded"
    IDENTITY_JUDGED = "identity_judged"
    MEMBERSHIP_JUDGED = "membership_judged"
    VALUE_REDACTED = "value_redacted"
    LEDGER_OPENED = "ledger_opened"
    RULES_ADOPTED = "rules_adopted"
    KEY_ANNOUNCED = "key_announced"
    KEY_RETIRED = "key_retired"


class WithheldReason(StrEnum):
    """Why a value is not shown."""

    RESTRICTED = "restricted"
    ERASED = "erased"


def _publish(enum: EnumClass, description: str, **of_members: str) -> EnumClass:
    """Makes an enumeration of the code one of the API, with what it and its members mean."""
    published = strawberry.enum(enum, description=description)
    for value in published.__strawberry_definition__.values:  # type: ignore[attr-defined]  # Strawberry's own mark
        value.description = of_members.pop(value.name, None)
    assert not of_members, f"{enum.__name__} has no {', '.join(of_members)}"
    return published


_publish(
    Standing,
    "How the reports stand to each other.",
    SINGLE="One voice says so.",
    CORROBORATED="Several independent voices say so.",
    CONTESTED="Reports cannot all be true: see `alternatives`.",
    UNKNOWN="No report stands.",
)
_publish(
    Holds,
    "On the day asked about.",
    CERTAIN="In every order of events that fits the reports.",
    POSSIBLE="In some.",
)
_publish(Facet, "Which side of a subject a finding is about.")
_publish(
    Custody,
    "Where a person stands. House arrest is deprivation of liberty; moving to it is no release.",
    REMAND="Police custody included.",
    CONDITIONAL_LIBERTY="Free under conditions, such as bail or parole.",
    HELD="In custody; the form is not stated.",
    UNKNOWN="No report stands: an answer, not a gap.",
)
_publish(CustodyState, "What a source says of somebody's custody, without a start or an end.")
_publish(CaseStage, "How far a case got.")
_publish(ChargeStage, "Of a charge.")
_publish(Restraint, "Short of a sentence.")
_publish(RestraintStep, "What became of a restraint.")
_publish(CourtStep, "What a court, or somebody before it, did.")
_publish(Penalty, "What a court imposes.")
_publish(ReductionForm, "What became of the sentence.")
_publish(ReductionMechanism, "On what ground a sentence was reduced.")
_publish(ReleaseMechanism, "On what ground somebody was released.")
_publish(ReleasedFrom, "What somebody was released from.")
_publish(ReleasedTo, "What somebody was released to.")
_publish(ActForm, "What sort of legal text.")
_publish(ActStep, "What happened to a legal text.")
_publish(
    ActOutcome,
    "What an act did for somebody.",
    INCLUDED_RELEASE_NOT_REPORTED="Included, whatever the step; no release is reported.",
    RELEASED="A release under this act is reported.",
    EXCLUDED="As of its day; a later inclusion follows it and is no conflict.",
)
_publish(InclusionStep, "How far an inclusion got.")
_publish(InclusionEffect, "What an inclusion is to bring.")
_publish(ExclusionGround, "Why somebody is left out.")
_publish(Quantifier, "How much of a class a rule takes in.")
_publish(Recognition, "What an organisation says of a designation.")
_publish(
    Listing,
    "What a list says of an entry.",
    NO_LONGER_LISTED="Gone from the next usable edition.",
)
_publish(ReasonFor, "Whom a reason was given for.")
_publish(CountMeasure, "What is counted. What is expected is a modality, not a measure.")
_publish(CountUnit, "In what it is counted.")
_publish(Accumulation, "How a figure relates to the ones before it.")
_publish(Coverage, "Whether the parts are all there is.")
_publish(Comparator, "How a number is put.")
_publish(
    Derivation,
    "How a date or a value follows from the words.",
    ENTAILED="Presupposed by what is stated: sentenced, hence convicted.",
    RESOLVED="From `on Monday` and the day of publication.",
    COMPUTED="From other findings, such as 10 years less 14 months.",
    CAPTURED="The copy itself shows it: readable by then.",
)
_publish(Span, "How a claim fills its time.", AT="Somewhere within.")
_publish(OrderRelation, "By the source's word.")
_publish(Polarity, "Whether a source says so, denies it, or says that it is not known.")
_publish(Modality, "In what voice. Only the first two can move a status.", ASKED="Inside a question.")
_publish(PlaceRole, "What happened at a place.")
_publish(ReportState, "Whether a report stands.")
_publish(
    RetractionGround,
    "On whose word something is taken back.",
    SAFETY="Shown as this word and nothing else.",
)
_publish(Identity, "Whether two subjects are one.")
_publish(Membership, "Whether one is part of the other.")
_publish(Sex, "As written; never inferred from a name.")
_publish(NameSort, "What sort of name.")
_publish(PartySort, "What sort of party.")
_publish(AttributionRole, "What a link does in a chain.")
_publish(Relation, "What a speaker is to the subject.")
_publish(AttributionScope, "Whether the text credits them for this very claim.")
_publish(SourceRelation, "What a document is to its original.")
_publish(CaptureProblem, "Why a capture shows nothing.")
_publish(CitationZone, "Where on the page a quote stands.")
_publish(WithheldReason, "Why a value is not shown.")
_publish(
    ChangeReason,
    "Why a finding differs.",
    NEW_REPORT="A report came.",
    CORRECTION="A report was replaced by what its source does say.",
    RETRACTION="A report, a source or a party was taken back, or what had been reinstated.",
    REINSTATEMENT="A decision that had taken something back, or had corrected it, was taken back itself.",
    IDENTITY="Two subjects were judged to be one, or not; or that was taken back.",
    MEMBERSHIP="Somebody was judged to be part of something, or not; or that was taken back.",
    ERASURE="Values were erased.",
    NEW_RULES="Other rules came into force.",
    FILING="Something was registered that it depends on, such as from when a source could be read.",
    PASSING_OF_TIME="Only the days asked about differ: what stood before holds otherwise on the later one.",
)
_publish(EventKind, "The kinds of the log; new ones will be added.")
