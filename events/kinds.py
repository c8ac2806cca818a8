"""What an event can say: every kind of the ledger as a frozen struct, and its stored strings.

Stored `kind` strings and enum values never change. Fields grow only by a new schema number of the kind (`latest_schema`) and an upcaster
from the one before (`events/upcasts.py`), and with a default that lets a request of before mean what it meant.
A field that has its default is absent from the stored content, so a default is part of a schema and is never changed.
References to subjects are their public keys, references to events their event ids.

Absent on purpose: anything that says what somebody *is*. A report says what a source said; what the reports add up to is a
finding (`projections/`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, NewType

from msgspec import Meta, Struct

from events.citations import Citation
from events.dates import ClaimedDate
from events.quantities import Accumulation, Breakdown, CountMeasure, CountUnit, Quantity
from events.terms import ReductionAmount, Term
from events.texts import WrittenText

EventId = NewType("EventId", str)
SubjectKey = NewType("SubjectKey", str)
StreamId = NewType("StreamId", str)
ActorId = NewType("ActorId", str)
Position = NewType("Position", int)


class SubjectSort(StrEnum):
    """What sort of thing a subject is (kinds.md, Subjects)."""

    PERSON = "person"
    GROUP = "group"
    ACT = "act"
    PROCEEDING = "proceeding"
    PARTY = "party"
    SOURCE = "source"
    LIST = "list"
    LEDGER = "ledger"


class Visibility(StrEnum):
    """Who may see an event; by default as its source."""

    PUBLIC = "public"
    RESTRICTED = "restricted"
    SEALED = "sealed"


class Span(StrEnum):
    """How a claim fills its time; `at` means somewhere within."""

    AT = "at"
    THROUGHOUT = "throughout"
    SINCE = "since"
    UNTIL = "until"
    BEFORE = "before"
    AFTER = "after"


class OrderRelation(StrEnum):
    """Before or after another report, by the source's word."""

    BEFORE = "before"
    AFTER = "after"


class Polarity(StrEnum):
    """Whether a source says so, denies it, or says that it is not known."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    UNCLEAR = "unclear"


class Modality(StrEnum):
    """In what voice something is told. Only the first two can move a status (rules.md R1)."""

    REPORTED = "reported"
    ALLEGED = "alleged"
    REQUESTED = "requested"
    ORDERED = "ordered"
    PLANNED = "planned"
    EXPECTED = "expected"
    ASKED = "asked"


class PlaceRole(StrEnum):
    """What happened at a place. Never a home, nor the whereabouts of somebody freed."""

    ARREST = "arrest"
    HELD = "held"
    COURT = "court"
    RELEASE = "release"


class AttributionRole(StrEnum):
    """What a link does in a chain of attribution."""

    PUBLISHER = "publisher"
    RELAYS = "relays"
    SAYS = "says"
    OFFICIAL_RECORD = "official_record"


class Relation(StrEnum):
    """What a speaker is to the subject."""

    SELF = "self"
    RELATIVE = "relative"
    LAWYER = "lawyer"
    OFFICIAL = "official"
    ORGANISATION = "organisation"


class AttributionScope(StrEnum):
    """Whether the text credits the chain for this very claim."""

    EXPLICIT = "explicit"
    INHERITED = "inherited"
    AMBIGUOUS = "ambiguous"
    NONE_STATED = "none_stated"


class Custody(StrEnum):
    """Where a person stands (rules.md R8)."""

    PRISON = "prison"
    REMAND = "remand"
    ADMINISTRATIVE_DETENTION = "administrative_detention"
    HOUSE_ARREST = "house_arrest"
    CONDITIONAL_LIBERTY = "conditional_liberty"
    LIBERTY = "liberty"
    DEAD = "dead"
    WHEREABOUTS_UNKNOWN = "whereabouts_unknown"
    HELD = "held"
    UNKNOWN = "unknown"


class CustodyState(StrEnum):
    """What a source says of somebody's custody, without a start or an end."""

    HELD = "held"
    MOVED = "moved"
    WHEREABOUTS_UNKNOWN = "whereabouts_unknown"
    OFFICIALS_DENY = "officials_deny"


class ChargeStage(StrEnum):
    """How formal an accusation is."""

    SUSPICION = "suspicion"
    ACCUSATION = "accusation"
    FORMAL_CHARGE = "formal_charge"
    INDICTMENT = "indictment"
    UNSTATED = "unstated"


class Restraint(StrEnum):
    """A measure short of a sentence."""

    REMAND = "remand"
    HOUSE_ARREST = "house_arrest"
    BAIL = "bail"
    TRAVEL_BAN = "travel_ban"
    ADMINISTRATIVE_DETENTION = "administrative_detention"


class RestraintStep(StrEnum):
    """What became of a restraint."""

    IMPOSED = "imposed"
    EXTENDED = "extended"
    CHANGED = "changed"
    LIFTED = "lifted"


class CourtStep(StrEnum):
    """What a court, or somebody before it, did."""

    HEARING_SET = "hearing_set"
    HEARING_HELD = "hearing_held"
    SEVERED = "severed"
    PENALTY_ASKED_FOR = "penalty_asked_for"
    VERDICT = "verdict"
    UPHELD = "upheld"
    QUASHED = "quashed"
    SENT_BACK = "sent_back"
    ACQUITTED = "acquitted"
    DROPPED = "dropped"
    REHABILITATED = "rehabilitated"


class Penalty(StrEnum):
    """What a court imposes."""

    IMPRISONMENT = "imprisonment"
    LIFE = "life"
    DEATH = "death"
    SUSPENDED = "suspended"
    RESTRICTED_LIBERTY = "restricted_liberty"
    CORRECTIONAL_LABOUR = "correctional_labour"
    FINE = "fine"
    ADMINISTRATIVE_ARREST = "administrative_arrest"


class ReductionForm(StrEnum):
    """What became of a sentence."""

    REDUCTION = "reduction"
    COMMUTATION = "commutation"
    REMISSION = "remission"
    UNSTATED = "unstated"


class ReductionMechanism(StrEnum):
    """On what ground a sentence was reduced: a court's reduction is not the amnesty's (rules.md R9)."""

    COURT = "court"
    AMNESTY = "amnesty"
    PARDON = "pardon"
    UNSTATED = "unstated"


class InclusionStep(StrEnum):
    """How far an inclusion got."""

    PETITION = "petition"
    UNDER_REVIEW = "under_review"
    ELIGIBLE = "eligible"
    NAMED = "named"
    GRANTED = "granted"
    PUBLISHED = "published"
    APPLIED = "applied"
    CARRIED_OUT = "carried_out"


class InclusionEffect(StrEnum):
    """What an inclusion is to bring."""

    RELEASE = "release"
    REDUCTION = "reduction"
    OTHER_PENALTY_LIFTED = "other_penalty_lifted"
    CASE_ENDED = "case_ended"
    CONVICTION_REMOVED = "conviction_removed"
    UNSTATED = "unstated"


class ExclusionGround(StrEnum):
    """Why somebody is left out."""

    LAW = "law"
    PRACTICE = "practice"
    OMISSION = "omission"
    UNSTATED = "unstated"


class ReleaseMechanism(StrEnum):
    """On what ground somebody was released."""

    AMNESTY = "amnesty"
    PARDON = "pardon"
    SERVED = "served"
    PAROLE = "parole"
    ACQUITTAL = "acquittal"
    DROPPED = "dropped"
    EXCHANGE = "exchange"
    MEDICAL = "medical"
    UNSTATED = "unstated"


class ReleasedFrom(StrEnum):
    """What somebody was released from."""

    PRISON = "prison"
    REMAND = "remand"
    HOUSE_ARREST = "house_arrest"
    ADMINISTRATIVE_ARREST = "administrative_arrest"
    POLICE = "police"
    UNSTATED = "unstated"


class ReleasedTo(StrEnum):
    """What somebody was released to."""

    LIBERTY = "liberty"
    CONDITIONAL = "conditional"
    HOUSE_ARREST = "house_arrest"
    EXPULSION = "expulsion"
    UNSTATED = "unstated"


class Recognition(StrEnum):
    """What an organisation says of a designation."""

    RECOGNISED = "recognised"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ActForm(StrEnum):
    """What sort of legal text."""

    AMNESTY = "amnesty"
    PARDON = "pardon"
    STATUTE = "statute"


class ActStep(StrEnum):
    """What happened to a legal text."""

    INITIATED = "initiated"
    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    ADOPTED = "adopted"
    SIGNED = "signed"
    PUBLISHED = "published"
    IN_FORCE = "in_force"


class Quantifier(StrEnum):
    """How much of a class a rule takes in."""

    ALL = "all"
    MOSTLY = "mostly"
    SOME = "some"


class Listing(StrEnum):
    """What a list says of an entry; `no_longer_listed` is never released (rules.md R15)."""

    LISTED = "listed"
    CHANGED = "changed"
    NO_LONGER_LISTED = "no_longer_listed"
    REMOVAL_REQUESTED = "removal_requested"
    REQUEST_REFUSED = "request_refused"


class ReasonFor(StrEnum):
    """Whom a reason was given for."""

    THIS_ENTRY = "this_entry"
    SEVERAL_TOGETHER = "several_together"


class Sex(StrEnum):
    """As written; never inferred from a name."""

    FEMALE = "female"
    MALE = "male"


class PartySort(StrEnum):
    """What sort of party."""

    OUTLET = "outlet"
    OFFICE = "office"
    COURT = "court"
    ORGANISATION = "organisation"
    SPOKESPERSON = "spokesperson"


class SourceRelation(StrEnum):
    """What a document is to its original."""

    ORIGINAL = "original"
    EDITION = "edition"
    COPY = "copy"
    HUMAN_TRANSLATION = "human_translation"
    MACHINE_TRANSLATION = "machine_translation"
    SUMMARY = "summary"


class CaptureProblem(StrEnum):
    """Why a capture shows nothing."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    WRONG_SHAPE = "wrong_shape"


class RetractionGround(StrEnum):
    """On whose word something is taken back."""

    OURS = "ours"
    PUBLISHER = "publisher"
    SPEAKER = "speaker"
    SUBJECT = "subject"
    SAFETY = "safety"


class Identity(StrEnum):
    """Whether two subjects are one; doubt is a value, not a missing row."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Membership(StrEnum):
    """Whether one is part of the other."""

    MEMBER = "member"
    NOT_MEMBER = "not_member"
    UNSURE = "unsure"


class Recorder(StrEnum):
    """Whether a human or a tool read it out of the source."""

    HUMAN = "human"
    TOOL = "tool"


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A part of a content: compared by value, absent fields mean not stated.

    None can refer to itself, so the collector need not look for cycles among them: a long replay spends a good part of its time there.
    """


class StreamPlace(Value, frozen=True, kw_only=True):
    """Where an event stands in one stream: version from 1; `prev` is the leaf hash (base64) of the version before, absent at 1."""

    id: StreamId
    version: Annotated[int, Meta(ge=1)]
    prev: str | None = None


class Via(Value, frozen=True, kw_only=True):
    """What read the report out of its source, and whether a human looked at it since; absent where a human read it."""

    by: Recorder
    tool: str | None = None
    version: str | None = None
    reviewed: bool = False


class StatedOrder(Value, frozen=True, kw_only=True):
    """Before or after another report, where the source says `later` and gives no date."""

    relation: OrderRelation
    report: EventId


class Place(Value, frozen=True, kw_only=True):
    """A place as written, and what it was the place of."""

    as_written: WrittenText
    role: PlaceRole


class Attribution(Value, frozen=True, kw_only=True):
    """One link of `A says that B says`; `party` is absent for a crowd or nobody we know; `label` is the describer's word."""

    as_written: str
    role: AttributionRole
    party: SubjectKey | None = None
    relation: Relation | None = None
    label: str | None = None


class Count(Value, frozen=True, kw_only=True):
    """How many of what, never a bare number. `population` is who is counted, as written, and `whose_class` by whose definition. Without
    a quantity the source is silent, which is never 0."""

    measure: CountMeasure
    unit: CountUnit
    population: str | None = None
    whose_class: SubjectKey | None = None
    accumulation: Accumulation = Accumulation.UNSTATED
    as_of: ClaimedDate | None = None
    quantity: Quantity | None = None


class Subject(Value, frozen=True, kw_only=True):
    """A subject as its `subject_opened` states it."""

    key: SubjectKey
    sort: SubjectSort


class Entry(Value, tag_field="kind", frozen=True, kw_only=True):
    """What every event carries (kinds.md, Every event). `recorded_by` and `via` are disclosed to auditors only.

    `latest_schema` is the one that is written; an older one is read through the upcasters and told as this one."""

    family: ClassVar[str] = ""
    latest_schema: ClassVar[int] = 1

    schema: int
    streams: Annotated[tuple[StreamPlace, ...], Meta(min_length=1, max_length=16)]
    recorded_by: ActorId
    batch: str
    via: Via | None = None
    caused_by: EventId | None = None
    visibility: Visibility = Visibility.PUBLIC


class Report(Entry, frozen=True, kw_only=True):
    """What one source says, in which words, credited to whom (kinds.md, Every report)."""

    family: ClassVar[str] = "report"

    citations: Annotated[tuple[Citation, ...], Meta(min_length=1)]
    source: SubjectKey
    claimed: ClaimedDate | None = None
    span: Span = Span.AT
    order: StatedOrder | None = None
    polarity: Polarity = Polarity.AFFIRMED
    modality: Modality = Modality.REPORTED
    place: Place | None = None
    proceeding: SubjectKey | None = None
    attribution: tuple[Attribution, ...] = ()
    attribution_scope: AttributionScope = AttributionScope.EXPLICIT
    readings: tuple[str, ...] = ()


class Decision(Entry, frozen=True, kw_only=True):
    """An editor's ruling, with a reason that holds no personal data."""

    family: ClassVar[str] = "decision"

    reason: str


class Filing(Entry, frozen=True, kw_only=True):
    """What came in or was opened: it says nothing about anybody."""

    family: ClassVar[str] = "filing"


class PersonDescribed(Report, tag="person_described", frozen=True, kw_only=True):
    """Who somebody is, as far as a source tells."""

    names: tuple[WrittenText, ...] = ()
    offices: tuple[WrittenText, ...] = ()
    sex: Sex | None = None
    born: ClaimedDate | None = None


class DetentionReported(Report, tag="detention_reported", frozen=True, kw_only=True):
    """Somebody was taken into custody."""

    authority: str | None = None
    operation: str | None = None
    legal_basis: WrittenText | None = None


class CustodyReported(Report, tag="custody_reported", frozen=True, kw_only=True):
    """A state, not a start. `held_in` is the form, if held; absent where not stated."""

    custody_state: CustodyState
    held_in: Custody | None = None
    moved_from: WrittenText | None = None
    moved_to: WrittenText | None = None
    observer: str | None = None


class ChargeReported(Report, tag="charge_reported", frozen=True, kw_only=True):
    """What somebody is suspected or accused of. Not a conviction."""

    offences: tuple[WrittenText, ...] = ()
    charge_stage: ChargeStage = ChargeStage.UNSTATED
    others_unspecified: bool = False
    authority: str | None = None


class RestraintReported(Report, tag="restraint_reported", frozen=True, kw_only=True):
    """Custody before trial, or instead of it. `until` and `term` as the source has them; neither is reckoned from the other."""

    latest_schema: ClassVar[int] = 2

    restraint: Restraint
    restraint_step: RestraintStep = RestraintStep.IMPOSED
    until: ClaimedDate | None = None
    court: str | None = None
    term: Term | None = None


class CourtStepReported(Report, tag="court_step_reported", frozen=True, kw_only=True):
    """A step of a court; `penalty` and `term` are what was asked for, which is no sentence."""

    court_step: CourtStep
    penalty: Penalty | None = None
    term: Term | None = None
    court: str | None = None


class SentenceReported(Report, tag="sentence_reported", frozen=True, kw_only=True):
    """Imposed by a court. `ends` and `remand_counts` only if the source says so."""

    penalty: Penalty | None = None
    term: Term | None = None
    court: str | None = None
    offences: tuple[WrittenText, ...] = ()
    ends: ClaimedDate | None = None
    remand_counts: bool | None = None


class SentenceReductionReported(Report, tag="sentence_reduction_reported", frozen=True, kw_only=True):
    """From, to, or by how much; what is not stated is absent."""

    reduced_by: ReductionMechanism
    reduced_from: Term | None = None
    reduced_to: Term | None = None
    amount: ReductionAmount | None = None
    reduction_form: ReductionForm = ReductionForm.UNSTATED
    authority: str | None = None
    act: SubjectKey | None = None


class InclusionReported(Report, tag="inclusion_reported", frozen=True, kw_only=True):
    """An act reached somebody, or is to. This is not a release (rules.md R9)."""

    act: SubjectKey
    inclusion_step: InclusionStep
    effect: InclusionEffect = InclusionEffect.UNSTATED


class ExclusionReported(Report, tag="exclusion_reported", frozen=True, kw_only=True):
    """An act did not reach somebody."""

    act: SubjectKey
    excluded_by: ExclusionGround = ExclusionGround.UNSTATED


class ReleaseReported(Report, tag="release_reported", frozen=True, kw_only=True):
    """Somebody was let go: the only report that moves custody to liberty."""

    released_by: ReleaseMechanism
    released_from: ReleasedFrom = ReleasedFrom.UNSTATED
    released_to: ReleasedTo = ReleasedTo.UNSTATED
    act: SubjectKey | None = None


class DeathReported(Report, tag="death_reported", frozen=True, kw_only=True):
    """Somebody died."""

    circumstances: WrittenText | None = None
    officials_say: WrittenText | None = None


class RecognitionReported(Report, tag="recognition_reported", frozen=True, kw_only=True):
    """An organisation counts somebody as a political prisoner or the like, or no longer does; an official's denial is one, negated."""

    organisation: SubjectKey
    recognition: Recognition
    designation: WrittenText
    criteria: WrittenText | None = None


class ActReported(Report, tag="act_reported", frozen=True, kw_only=True):
    """A step of a legal text, by whom, and how long it is to be carried out. Without a step: only its window is told."""

    act_step: ActStep | None = None
    taken_by: str | None = None
    window: Term | None = None


class ActRuleReported(Report, tag="act_rule_reported", frozen=True, kw_only=True):
    """A class of people that the text of an act includes or excludes: a rule, not people."""

    class_of_people: WrittenText
    includes: bool
    quantifier: Quantifier = Quantifier.ALL


class ListingReported(Report, tag="listing_reported", frozen=True, kw_only=True):
    """What an edition of a list shows, or says of a request. `edition` is the edition's source."""

    list: SubjectKey
    edition: SubjectKey
    entry: WrittenText
    listing: Listing
    entry_key: str | None = None
    category: WrittenText | None = None
    reason_given: WrittenText | None = None
    reason_for: ReasonFor | None = None


class CountReported(Report, tag="count_reported", frozen=True, kw_only=True):
    """A number with what it counts. With modality `expected` it is an expectation, and `deadline` says by when."""

    count: Count
    breakdowns: tuple[Breakdown, ...] = ()
    deadline: ClaimedDate | None = None


class StatementReported(Report, tag="statement_reported", frozen=True, kw_only=True):
    """What somebody said, and in what capacity. It moves no status."""

    statement: WrittenText
    capacity: str | None = None


class SourceRegistered(Filing, tag="source_registered", frozen=True, kw_only=True):
    """A document somebody published. `available`: from when its wording could be read in public, with `available_at` as the UTC
    instant where one is known."""

    title: str
    relation: SourceRelation = SourceRelation.ORIGINAL
    original: SubjectKey | None = None
    publisher: SubjectKey | None = None
    url: str | None = None
    language: str | None = None
    available: ClaimedDate | None = None
    available_at: str | None = None
    licence: str | None = None
    use_restriction: str | None = None


class SnapshotCaptured(Filing, tag="snapshot_captured", frozen=True, kw_only=True):
    """The bytes of a source as captured once, and the text taken from them, each named by its SHA-256 in hex. `text_public`: the text
    may be read in public. `problem`: why the capture shows nothing; absent where it is usable."""

    captured_at: str
    bytes_sha256: str
    media_type: str
    address_asked: str | None = None
    address_reached: str | None = None
    text_sha256: str | None = None
    extractor: str | None = None
    text_public: bool = False
    problem: CaptureProblem | None = None


class SubjectOpened(Filing, tag="subject_opened", frozen=True, kw_only=True):
    """A stream begins. Which of the further fields apply depends on the sort: of a group `defined_by`, `under`, `part_of`, `unit`;
    of an act `form`; of a party `party_sort`, `identified`; of a proceeding `numbers`, `courts`, `titles`; of a list `publisher`."""

    subject: Subject
    name: WrittenText | None = None
    defined_by: SubjectKey | None = None
    under: SubjectKey | None = None
    part_of: SubjectKey | None = None
    unit: str | None = None
    form: ActForm | None = None
    party_sort: PartySort | None = None
    identified: bool | None = None
    numbers: tuple[WrittenText, ...] = ()
    courts: tuple[WrittenText, ...] = ()
    titles: tuple[WrittenText, ...] = ()
    publisher: SubjectKey | None = None


class ReportCorrected(Decision, tag="report_corrected", frozen=True, kw_only=True):
    """A whole report gives way to another of its kind, recorded in the same batch; its subject may be another."""

    report: EventId
    corrected_to: EventId


class ReportRetracted(Decision, tag="report_retracted", frozen=True, kw_only=True):
    """One event, all that rests on a source, or all that is credited to a party anywhere in a chain, is taken back. Exactly one of
    `event`, `source`, `party`."""

    ground: RetractionGround
    event: EventId | None = None
    source: SubjectKey | None = None
    party: SubjectKey | None = None


class AssessmentRecorded(Decision, tag="assessment_recorded", frozen=True, kw_only=True):
    """A mark by a named method, revisable; it moves no finding. Exactly one of `event` and `of`."""

    method: str
    mark: str
    event: EventId | None = None
    of: SubjectKey | None = None


class IdentityJudged(Decision, tag="identity_judged", frozen=True, kw_only=True):
    """Whether two subjects are one; of a pair the latest judgement counts."""

    one: SubjectKey
    other: SubjectKey
    identity: Identity


class MembershipJudged(Decision, tag="membership_judged", frozen=True, kw_only=True):
    """Person in group, group in group, or report in proceeding. Exactly one of `member` and `report`."""

    whole: SubjectKey
    membership: Membership
    member: SubjectKey | None = None
    report: EventId | None = None


class ValueRedacted(Decision, tag="value_redacted", frozen=True, kw_only=True):
    """Values erased for good: JSON Pointers of an event's units, or a whole snapshot. Exactly one of `event` and `snapshot`."""

    legal_basis: str
    authority: str
    event: EventId | None = None
    pointers: tuple[str, ...] = ()
    snapshot: EventId | None = None


class LedgerOpened(Filing, tag="ledger_opened", frozen=True, kw_only=True):
    """Position 1: whose log this is, and the IANA zone in which bare days are read."""

    subject: Subject
    origin: str
    zone: str


class RulesAdopted(Filing, tag="rules_adopted", frozen=True, kw_only=True):
    """From this position on, findings follow these rules."""

    rules: str


class KeyAnnounced(Filing, tag="key_announced", frozen=True, kw_only=True):
    """A key that signs checkpoints, as a C2SP vkey."""

    verifier_key: str


class KeyRetired(Filing, tag="key_retired", frozen=True, kw_only=True):
    """A key that signs nothing from here on."""

    verifier_key: str


REPORTS: tuple[type[Report], ...] = (
    PersonDescribed,
    DetentionReported,
    CustodyReported,
    ChargeReported,
    RestraintReported,
    CourtStepReported,
    SentenceReported,
    SentenceReductionReported,
    InclusionReported,
    ExclusionReported,
    ReleaseReported,
    DeathReported,
    RecognitionReported,
    ActReported,
    ActRuleReported,
    ListingReported,
    CountReported,
    StatementReported,
)
DECISIONS: tuple[type[Decision], ...] = (
    ReportCorrected,
    ReportRetracted,
    AssessmentRecorded,
    IdentityJudged,
    MembershipJudged,
    ValueRedacted,
)
FILINGS: tuple[type[Filing], ...] = (
    SourceRegistered,
    SnapshotCaptured,
    SubjectOpened,
    LedgerOpened,
    RulesAdopted,
    KeyAnnounced,
    KeyRetired,
)
KINDS: tuple[type[Entry], ...] = (*REPORTS, *DECISIONS, *FILINGS)


def kind_of(entry: type[Entry]) -> str:
    """The stored string of a kind, such as `release_reported`."""
    tag = entry.__struct_config__.tag
    assert isinstance(tag, str), f"{entry.__name__} has no kind"
    return tag


BY_KIND: dict[str, type[Entry]] = {kind_of(entry): entry for entry in KINDS}
