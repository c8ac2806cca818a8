"""What somebody asks to have recorded, as typed structs: what a report file and a GraphQL mutation both become.

A *request* is a body of reports on one source: subjects to be opened, the source with its document, claims, decisions. Each item has a
key of the client's own; (actor, set, item key) makes it one and the same for ever (I-3).

Wherever a subject is named there stands a local name of this request or a public key, the local name coming first; wherever a report
is named there stands an event id or `[SET#]KEY[:N]`, the N-th report of the item with that key. `recording` resolves both. A claim's
own fields come in the struct of its kind (`events.kinds`), whose `streams`, `batch`, `citations` and the like are placeholders until then
(`BLANK`).

Absent on purpose: offsets that were not given, ids, and anything that only the ledger knows: the digest of a request must be the same
tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct, field

from events.citations import CitationZone, Quote
from events.errors import LedgerError
from events.kinds import (
    ActorId,
    EventId,
    Identity,
    Membership,
    Report,
    RetractionGround,
    SourceRegistered,
    SubjectOpened,
    Via,
    Visibility,
)

MISTAKES_SHOWN_MAX = 100
SOURCE_NAME = "source"
ORIGINAL_NAME = "original"
"""The local names of a request's own source, and of the original that it registers along with it; both are item keys too."""

BLANK: Mapping[str, Any] = {"schema": 1, "streams": (), "recorded_by": ActorId(""), "batch": ""}
"""Placeholders of what every event carries, for a struct that stands in a request; the schema is numbered when the event is drafted."""

FieldPath: TypeAlias = tuple[str, ...]
"""Where in a request, by field names and indexes: `("claims", "3", "cite", "0")`."""


class Request(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of a request: compared by value; what is not stated is absent."""


class CitationRequest(Request, frozen=True):
    """A quote, its zone, and the snapshot it is to be sought in (its event id); null: the request's own."""

    quote: Quote
    zone: CitationZone = CitationZone.BODY
    snapshot: EventId | None = None


class ReportRequest(Request, frozen=True):
    """One report. `body` has the fields of its kind. Body, `about` or citations are null where they could not be read, which is a
    mistake already."""

    about: str | None
    body: Report | None
    citations: tuple[CitationRequest, ...] | None
    also_about: tuple[str, ...] = ()
    visibility: Visibility | None = None


class ClaimRequest(Request, frozen=True):
    """What one passage says, under one key: mostly one report."""

    key: str
    reports: tuple[ReportRequest, ...]


class SubjectRequest(Request, frozen=True):
    """A subject under a local name: `record` names one that exists; otherwise `opened` tells of a new one, whose `subject.key` is
    empty where it is to be random. `same_as` names another of its sort that it is judged to be, for `reason`."""

    local: str
    record: str | None = None
    opened: SubjectOpened | None = None
    same_as: str | None = None
    reason: str | None = None


class DocumentRequest(Request, frozen=True):
    """The captured bytes of a source, or only their SHA-256 in hex where they are on record already. Null are: `captured_at` for now,
    `media_type` for what the bytes look like."""

    data: bytes | None = None
    bytes_sha256: str | None = None
    media_type: str | None = None
    captured_at: str | None = None
    address_asked: str | None = None
    address_reached: str | None = None
    text_public: bool = False


class SourceRequest(Request, frozen=True):
    """A source: `record` names one that exists, `snapshot` one of its snapshots; otherwise `registered` tells of a new one with the
    public key `key`. Without a document or a snapshot, citations are sought in the latest one of the source.

    `original` registers, along with it, the document that it copies, translates or sums up."""

    record: str | None = None
    snapshot: EventId | None = None
    key: str | None = None
    registered: SourceRegistered | None = None
    document: DocumentRequest | None = None
    original: SourceRequest | None = None


class Correction(Request, tag="correct", frozen=True):
    """The report named gives way to another of its kind."""

    key: str
    reason: str
    report: str
    correction: ReportRequest


class Retraction(Request, tag="retract", frozen=True):
    """One event, all that rests on a source, or all that is credited to a party is taken back: exactly one of the three."""

    key: str
    reason: str
    ground: RetractionGround
    event: str | None = None
    source: str | None = None
    party: str | None = None


class Assessment(Request, tag="assess", frozen=True):
    """A mark by a method, of an event, or of a source or party (`of`)."""

    key: str
    reason: str
    method: str
    mark: str
    event: str | None = None
    of: str | None = None


class IdentityJudgement(Request, tag="judge_identity", frozen=True):
    """Whether two subjects are one."""

    key: str
    reason: str
    one: str
    other: str
    identity: Identity


class MembershipJudgement(Request, tag="judge_membership", frozen=True):
    """Whether a subject is part of another (`member`), or a report belongs to a proceeding (`report`)."""

    key: str
    reason: str
    whole: str
    membership: Membership
    member: str | None = None
    report: str | None = None


DecisionRequest: TypeAlias = Correction | Retraction | Assessment | IdentityJudgement | MembershipJudgement


class RecordingRequest(Request, frozen=True):
    """All that is to be recorded, whole or not at all.

    `unreadable` are local names and keys of items that could not be read: whoever names them makes no further mistake.
    """

    set_name: str
    source: SourceRequest | None = None
    subjects: tuple[SubjectRequest, ...] = ()
    claims: tuple[ClaimRequest, ...] = ()
    decisions: tuple[DecisionRequest, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    via: Via | None = None
    unreadable: frozenset[str] = frozenset()


class Mistake(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a request: where, what was expected, what stands there, what to do."""

    path: FieldPath
    code: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


class RequestRefused(LedgerError):
    """Nothing was recorded, for the reasons given."""

    code = "REQUEST_REFUSED"

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        shown = "\n".join(f"{'.'.join(mistake.path)}: {mistake.message}" for mistake in mistakes)
        super().__init__(f"Nothing was recorded: {len(mistakes)} to mend.\n{shown}", count=len(mistakes))
