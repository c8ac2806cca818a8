"""From a request to a command: everything checked, every mistake told, known keys found, the rest drafted.

    Planner(connection, request, …).plan()     the items that are new, the receipts of those that are known, what is to be archived

A plan is made against one state of the ledger and stores nothing. Known keys are looked up first: the same request gives its receipt and
is not judged again, another is a mistake (I-3). The digest of an item is over the request as it was made, with local names replaced by
stated keys and never by ids, so that it is the same tomorrow.

The order of the new events: subjects, the source and its original, the snapshot, the claims, the decisions; but a report stands
behind those that its `order` names, and a subject's further stream is opened just before the first event that needs it.

Absent on purpose: the append (`recording`), transactions, and any mending of what was asked.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any, Final, TypeVar, assert_never

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from app.claim_checks import (
    ABOUT,
    FILED_UNDER,
    attempt,
    checked,
    checked_quote,
    mistake_of,
    with_references,
)
from app.requests import (
    ORIGINAL_NAME,
    SOURCE_NAME,
    Assessment,
    CitationRequest,
    Correction,
    DecisionRequest,
    FieldPath,
    IdentityJudgement,
    MembershipJudgement,
    Mistake,
    RecordingRequest,
    ReportRequest,
    Retraction,
    SourceRequest,
    SubjectRequest,
)
from app.snapshots import SnapshotArchive
from events.citations import Citation, locate
from events.commands import STREAMS_MAX, Item, Opening, PlannedEvent, Receipt
from events.envelope import Draft, Entropy, canonical, instant_text
from events.errors import (
    DateInvalid,
    KeyErased,
    KeyTaken,
    KindMismatch,
    LedgerError,
    SnapshotMissing,
    SortMismatch,
    SubjectKeyTaken,
    SubjectNotFound,
    TextInvalid,
    TooLarge,
)
from events.extraction import extract, sniff
from events.kinds import (
    BY_KIND,
    CURRENT_SCHEMA,
    ActorId,
    AssessmentRecorded,
    Decision,
    Entry,
    EventId,
    Identity,
    IdentityJudged,
    MembershipJudged,
    Report,
    ReportCorrected,
    ReportRetracted,
    SnapshotCaptured,
    SourceRegistered,
    StatedOrder,
    StreamId,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    Visibility,
    kind_of,
)
from events.store import (
    FULL_VIEWER,
    PUBLIC_VIEWER,
    StoredEvent,
    decoded,
    events_of_subjects,
    known_items,
    read_by_ids,
)
from events.store import subjects as stored_subjects
from events.tables import STREAMS
from events.texts import WrittenText, check_written, shown

SET_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
KEY_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
EVENT_ID_SHAPE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
REPORT_SHAPE: Final = re.compile(
    r"(?:(?P<set>[^#]+)#)?(?P<key>[A-Za-z0-9][A-Za-z0-9._-]{0,99})(?::(?P<number>[1-9][0-9]{0,3}))?"
)
RESERVED_KEYS: Final = frozenset({SOURCE_NAME, ORIGINAL_NAME})
SUGGESTIONS_FROM_MAX: Final = 5000
_STRICTNESS: Final = (Visibility.PUBLIC, Visibility.RESTRICTED, Visibility.SEALED)
_PLACEHOLDERS: Final = (
    "schema",
    "streams",
    "recorded_by",
    "batch",
    "citations",
    "source",
    "via",
    "visibility",
)

T = TypeVar("T")
EntryT = TypeVar("EntryT", bound=Entry)


class Archived(Struct, frozen=True):
    """Bytes to be archived, with their text, before the event that names them is recorded."""

    data: bytes
    media_type: str


class Plan(Struct, frozen=True, kw_only=True):
    """What a request comes to: items to be appended, receipts of known ones, objects to archive first. `mistakes` forbid all of it."""

    items: tuple[Item, ...]
    known: Mapping[str, Receipt]
    archived: tuple[Archived, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def event_count(self) -> int:
        """How many events the new items give."""
        return sum(len(item.events) for item in self.items)


class _Named(Struct, frozen=True):
    """A subject as it is referred to: its public key, its sort, and whether this request opens it."""

    key: SubjectKey
    sort: SubjectSort


class _Target(Struct, frozen=True):
    """An event that a decision or an order names, on record or drafted in this plan."""

    event_id: EventId
    entry: Entry
    subjects: tuple[SubjectKey, ...]


class _Snapshot(Struct, frozen=True):
    """A text that citations are sought in; without an id where its event could not be drafted."""

    event_id: EventId
    source: SubjectKey
    text: str


class _Unresolved(Exception):
    """A part of the request could not be resolved; the mistake is noted."""


class Planner:
    """Plans one request against one state of the ledger."""

    def __init__(
        self,
        connection: Connection,
        request: RecordingRequest,
        *,
        actor: ActorId,
        archive: SnapshotArchive,
        entropy: Entropy,
    ) -> None:
        self._connection = connection
        self._request = request
        self._actor = actor
        self._archive = archive
        self._entropy = entropy
        self._batch = entropy.random_id()
        self._mistakes: list[Mistake] = []
        self._items: list[Item] = []
        self._archived: list[Archived] = []
        self._local: dict[str, _Named] = {}
        self._on_record: dict[SubjectKey, _Named] = {}
        self._streams: set[tuple[SubjectKey, Visibility]] = set()
        self._known: dict[str, Receipt] = {}
        self._targets: dict[str, list[_Target]] = {}
        self._snapshot: _Snapshot | None = None
        self._pending: dict[str, Callable[[], None]] = {}
        self._planning: list[str] = []

    def plan(self) -> Plan:
        """The plan; its mistakes are all that could be found, in the order of the request's parts."""
        self._check_names()
        self._look_up()
        self._open_subjects()
        self._register_source()
        self._capture()
        self._plan_claims()
        self._plan_decisions()
        return Plan(
            items=tuple(self._items),
            known=self._known,
            archived=tuple(self._archived),
            mistakes=tuple(self._mistakes),
        )

    # — mistakes —

    def _note(self, mistake: Mistake) -> None:
        self._mistakes.append(mistake)

    def _wrong(self, at: FieldPath, refused: LedgerError) -> None:
        self._note(mistake_of(refused, at=at))

    def _attempted(self, part: Callable[[], T]) -> T | None:
        """What a part of the request comes to; null where it cannot be resolved, which ends that part and nothing else."""
        try:
            return part()
        except _Unresolved:
            assert self._mistakes or self._request.unreadable
            return None

    # — names and look-ups —

    def _check_names(self) -> None:
        request = self._request
        if not SET_SHAPE.fullmatch(request.set_name) and request.set_name:
            self._wrong(("set",), TextInvalid(_shape(request.set_name, "letters, digits and . _ - /")))
        for subject in request.subjects:
            if not KEY_SHAPE.fullmatch(subject.local) or subject.local in RESERVED_KEYS:
                message = _shape(
                    subject.local,
                    "a local name: letters, digits and . _ -, and neither `source` nor `original`",
                )
                self._wrong(("subjects", subject.local), TextInvalid(message))
        first: dict[str, FieldPath] = {}
        for at, key in self._item_keys():
            if not KEY_SHAPE.fullmatch(key) or key in RESERVED_KEYS:
                message = _shape(key, "letters, digits and . _ -, and neither `source` nor `original`")
                self._wrong((*at, "key"), TextInvalid(message))
            elif key in first:
                self._wrong((*at, "key"), KeyTaken(f"the key {key} stands twice: give this one another"))
            first.setdefault(key, at)

    def _item_keys(self) -> Iterator[tuple[FieldPath, str]]:
        for index, claim in enumerate(self._request.claims):
            yield ("claims", str(index)), claim.key
        for index, decision in enumerate(self._request.decisions):
            yield ("decisions", str(index)), decision.key

    def _look_up(self) -> None:
        """Reads all that the plan needs to know, in few statements."""
        request = self._request
        keys = {
            *(f"subject:{subject.local}" for subject in request.subjects),
            *(key for _, key in self._item_keys()),
            *RESERVED_KEYS,
        }
        digest = self._bytes_digest()
        if digest is not None:
            keys.add(_snapshot_key(digest))
        self._known = known_items(self._connection, self._actor, request.set_name, sorted(keys))
        references = {SubjectKey(reference) for reference in _references(request)}
        found = stored_subjects(self._connection, sorted(references), viewer=FULL_VIEWER)
        for key, subject in found.items():
            self._on_record[key] = _Named(key, subject.sort)
            self._streams |= {(key, visibility) for visibility in subject.streams}

    def _learn(self, key: SubjectKey, sort: SubjectSort) -> _Named:
        """A subject on record that the request names only through something else."""
        if key not in self._on_record:
            (subject,) = stored_subjects(self._connection, [key], viewer=FULL_VIEWER).values()
            self._on_record[key] = _Named(key, sort)
            self._streams |= {(key, visibility) for visibility in subject.streams}
        return self._on_record[key]

    def _bytes_digest(self) -> str | None:
        document = self._request.source.document if self._request.source is not None else None
        if document is None:
            return None
        return document.bytes_sha256 if document.data is None else hashlib.sha256(document.data).hexdigest()

    # — references —

    def _resolve(self, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> SubjectKey:
        """The public key of a subject; the empty one, and a mistake, where there is none of these sorts."""
        named = self._local.get(reference) or self._on_record.get(SubjectKey(reference))
        if named is None:
            if reference not in self._request.unreadable:
                self._wrong(at, self._not_found(reference))
            return SubjectKey("")
        if named.sort not in sorts:
            expected = " or ".join(sorted(sorts))
            message = f"`{shown(reference)}` is a {named.sort}; expected a {expected}"
            self._wrong(at, SortMismatch(message, expected=expected, actual=named.sort.value))
            return SubjectKey("")
        return named.key

    def _not_found(self, reference: str) -> SubjectNotFound:
        public = (
            select(STREAMS.c.subject_key)
            .where(STREAMS.c.visibility.in_([visibility.value for visibility in PUBLIC_VIEWER.may_see]))
            .order_by(STREAMS.c.subject_key)
            .limit(SUGGESTIONS_FROM_MAX)
        )
        known = [*self._local, *self._connection.execute(public).scalars()]
        nearest = difflib.get_close_matches(reference, known, n=1)
        advice = (
            f"did you mean `{nearest[0]}`?"
            if nearest
            else "add it to `subjects`, or give the key of one on record"
        )
        message = f"there is no subject `{shown(reference)}`, neither in this request nor on record: {advice}"
        return SubjectNotFound(message, subject=reference, nearest=tuple(nearest))

    def _as_stated(self, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> str:
        """A reference as it goes into a digest: by the stated key, else by the local name, never by a random key."""
        for subject in self._request.subjects:
            if subject.local == reference:
                stated = subject.record or (subject.opened.subject.key if subject.opened else "")
                return stated or f"local:{reference}"
        source = self._request.source
        own = {SOURCE_NAME: source, ORIGINAL_NAME: None if source is None else source.original}.get(reference)
        return reference if own is None else own.record or own.key or reference

    def _digest(self, part: Struct, *, visibility: Visibility | None = None) -> bytes:
        """What makes two requests the same: SHA-256 over canonical JSON."""
        plain = msgspec.to_builtins(with_references(part, at=(), resolve=self._as_stated))
        whole = {
            "request": _stripped(plain),
            "via": msgspec.to_builtins(self._request.via),
            "visibility": visibility or self._request.visibility,
        }
        return hashlib.sha256(canonical(whole)).digest()

    def _is_known(self, key: str, digest: bytes, *, at: FieldPath) -> bool:
        """Whether the item is on record; another request under its key is a mistake."""
        receipt = self._known.get(key)
        if receipt is None:
            return False
        if receipt.request_digest is None:
            self._wrong(
                at,
                KeyErased(f"what was recorded as {key} has been erased since: it cannot be recorded again"),
            )
        elif receipt.request_digest != digest:
            self._wrong(at, KeyTaken(_taken(key, at, receipt), set=self._request.set_name, key=key))
        return True

    # — events —

    def _event(
        self, entry: Entry, subjects: Iterable[SubjectKey], *, at: FieldPath, opens: Opening | None = None
    ) -> PlannedEvent:
        content = msgspec.to_builtins(entry)
        del content["streams"]
        about = tuple(dict.fromkeys(subjects))
        try:
            draft = Draft(content, stream_count=len(about), entropy=self._entropy)
        except LedgerError as refused:
            pointer = str(refused.facts.get("pointer", "")).strip("/").split("/")
            message = refused.message.partition(": ")[2] or refused.message
            self._note(Mistake(path=(*at, *pointer), code=refused.code, message=message, facts=refused.facts))
            raise _Unresolved from None
        return PlannedEvent(draft=draft, subjects=about, opens=opens)

    def _filled(self, entry: EntryT, visibility: Visibility, **fields: object) -> EntryT:
        """An entry with what every event carries."""
        return msgspec.structs.replace(
            entry,
            recorded_by=self._actor,
            batch=self._batch,
            via=self._request.via,
            visibility=visibility,
            **fields,
        )

    def _common(self, visibility: Visibility) -> dict[str, Any]:
        return {
            "schema": CURRENT_SCHEMA,
            "streams": (),
            "recorded_by": self._actor,
            "batch": self._batch,
            "via": self._request.via,
            "visibility": visibility,
        }

    def _opening(self, entry: SubjectOpened, *, at: FieldPath, new_subject: bool) -> PlannedEvent:
        subject = entry.subject
        stream_id = StreamId(self._entropy.random_id())
        opens = Opening(subject=subject, stream_id=stream_id, new_subject=new_subject)
        event = self._event(entry, (subject.key,), at=at, opens=opens)
        self._streams.add((subject.key, entry.visibility))
        return event

    def _further_streams(
        self, subjects: Iterable[SubjectKey], visibility: Visibility, *, at: FieldPath
    ) -> Iterator[PlannedEvent]:
        """Openings of the streams of a visibility that subjects lack. They tell nothing but key and sort."""
        sorts = {named.key: named.sort for named in chain(self._local.values(), self._on_record.values())}
        for key in dict.fromkeys(subjects):
            if (key, visibility) not in self._streams:
                entry = SubjectOpened(subject=Subject(key=key, sort=sorts[key]), **self._common(visibility))
                yield self._opening(entry, at=at, new_subject=False)

    def _add(self, key: str, digest: bytes, events: Iterable[PlannedEvent]) -> None:
        self._items.append(Item(key=key, request_digest=digest, events=tuple(events)))

    # — subjects —

    def _open_subjects(self) -> None:
        stated: dict[str, str] = {}
        for subject in self._request.subjects:
            at = ("subjects", subject.local)
            key = "" if subject.opened is None else subject.opened.subject.key
            if key and key in stated:
                message = f"the key {key} is that of `{stated[key]}` as well: each subject has its own"
                self._wrong((*at, "key"), SubjectKeyTaken(message, subject=key))
            stated.setdefault(key, subject.local)
            self._name_subject(subject, at)
        for subject in self._request.subjects:
            self._attempted(partial(self._open_subject, subject, ("subjects", subject.local)))

    def _name_subject(self, subject: SubjectRequest, at: FieldPath) -> None:
        """Makes the local name known, before anything refers to it."""
        if subject.opened is None:
            named = self._on_record.get(SubjectKey(subject.record or ""))
            if named is None:
                self._wrong((*at, "record"), self._not_found(subject.record or ""))
            else:
                self._local[subject.local] = named
            return
        sort, stated = subject.opened.subject.sort, subject.opened.subject.key
        receipt = self._known.get(f"subject:{subject.local}")
        if receipt is not None and receipt.request_digest is not None:
            stored = read_by_ids(self._connection, [receipt.event_ids[0]], viewer=FULL_VIEWER)
            opened = stored[receipt.event_ids[0]]
            self._local[subject.local] = self._learn(opened.subjects[0], sort)
            return
        if stated and not KEY_SHAPE.fullmatch(stated):
            self._wrong((*at, "key"), TextInvalid(_shape(stated, "a public key: letters, digits and . _ -")))
        if stated in self._on_record:
            self._wrong((*at, "key"), _key_taken(self._on_record[stated]))
        self._local[subject.local] = _Named(stated or SubjectKey(self._entropy.random_id()), sort)

    def _open_subject(self, subject: SubjectRequest, at: FieldPath) -> None:
        if subject.opened is None:
            return
        opened = checked(subject.opened, at=at, note=self._note)
        key = f"subject:{subject.local}"
        # The sort and the stated key stand in `opened`; the local name is the item's key already.
        digest = self._digest(msgspec.structs.replace(subject, local="", opened=opened))
        if self._is_known(key, digest, at=at):
            return
        opened = with_references(opened, at=at, resolve=self._resolve)
        named = self._local[subject.local]
        visibility = self._request.visibility
        entry = self._filled(opened, visibility, subject=Subject(key=named.key, sort=named.sort))
        events = [self._opening(entry, at=at, new_subject=True)]
        if subject.same_as is not None:
            other = self._resolve(subject.same_as, (*at, "same_as"), frozenset({named.sort}))
            reason = self._reason(subject.reason, at)
            events += self._identity(named.key, other, Identity.SAME, reason=reason, at=at)
        elif subject.reason is not None:
            self._wrong(
                (*at, "reason"),
                TextInvalid("a reason stands beside `same_as` only: remove it, or say `same_as`"),
            )
        self._add(key, digest, events)

    def _identity(
        self, one: SubjectKey, other: SubjectKey, identity: Identity, *, reason: str, at: FieldPath
    ) -> Iterator[PlannedEvent]:
        if not one or not other:
            raise _Unresolved
        visibility = self._request.visibility
        judged = IdentityJudged(
            one=one, other=other, identity=identity, reason=reason, **self._common(visibility)
        )
        yield from self._further_streams((one, other), visibility, at=at)
        yield self._event(judged, (one, other), at=at)

    def _reason(self, reason: str | None, at: FieldPath) -> str:
        if reason is None or not reason.strip():
            message = "`reason` is missing: why this was decided"
            self._note(Mistake(path=(*at, "reason"), code="REASON_MISSING", message=message))
            raise _Unresolved
        note = WrittenText(as_written=reason)
        at = (*at, "reason")
        written: WrittenText = attempt(
            lambda: check_written(note, field="reason"), note, at=at, note=self._note
        )
        return written.as_written

    # — the source —

    def _register_source(self) -> None:
        source = self._request.source
        if source is None:
            return
        at: FieldPath = ("source",)
        if source.original is not None:
            self._name_source(source.original, ORIGINAL_NAME, (*at, ORIGINAL_NAME))
        self._name_source(source, SOURCE_NAME, at)
        if source.original is not None:
            self._attempted(partial(self._open_source, source.original, ORIGINAL_NAME, (*at, ORIGINAL_NAME)))
        self._attempted(partial(self._open_source, source, SOURCE_NAME, at))

    def _name_source(self, source: SourceRequest, name: str, at: FieldPath) -> None:
        if source.snapshot is not None:
            place = (*at, "snapshot")
            self._snapshot = self._attempted(partial(self._stored_snapshot, source.snapshot, at=place))
            if self._snapshot is not None:
                self._local[name] = self._learn(self._snapshot.source, SubjectSort.SOURCE)
            return
        if source.registered is None:
            key = self._resolve(source.record or "", (*at, "record"), frozenset({SubjectSort.SOURCE}))
            if key:
                self._local[name] = _Named(key, SubjectSort.SOURCE)
            return
        stated = SubjectKey(source.key or "")
        if not KEY_SHAPE.fullmatch(stated):
            self._wrong((*at, "key"), TextInvalid(_shape(stated, "a public key: letters, digits and . _ -")))
        if stated in self._on_record and name not in self._known:
            self._wrong((*at, "key"), _key_taken(self._on_record[stated]))
        self._local[name] = _Named(stated, SubjectSort.SOURCE)

    def _open_source(self, source: SourceRequest, name: str, at: FieldPath) -> None:
        if source.registered is None:
            return
        registered = checked(source.registered, at=at, note=self._note)
        digest = self._digest(SourceRequest(key=source.key, registered=registered))
        if self._is_known(name, digest, at=at):
            return
        registered = self._check_source(registered, at)
        key = self._local[name].key
        visibility = self._request.visibility
        subject = Subject(key=key, sort=SubjectSort.SOURCE)
        entry = with_references(self._filled(registered, visibility), at=at, resolve=self._resolve)
        opened = SubjectOpened(subject=subject, **self._common(visibility))
        self._add(
            name, digest, [self._opening(opened, at=at, new_subject=True), self._event(entry, (key,), at=at)]
        )

    def _check_source(self, registered: SourceRegistered, at: FieldPath) -> SourceRegistered:
        if registered.url is not None and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", registered.url):
            self._wrong(
                (*at, "url"),
                TextInvalid(f"expected an address with https:// or http://, found `{shown(registered.url)}`"),
            )
        if registered.language is not None:
            text = WrittenText(as_written="x", language=registered.language)
            attempt(lambda: check_written(text, field="source"), text, at=(*at, "language"), note=self._note)
        instant = registered.available_at
        if instant is None:
            return registered
        return msgspec.structs.replace(registered, available_at=self._instant(instant, (*at, "available_at")))

    def _instant(self, text: str, at: FieldPath) -> str:
        try:
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is None:
                raise ValueError(text)
        except ValueError:
            message = f"expected an instant with its offset from UTC, as 2025-12-22T14:05:00Z; found `{shown(text)}`"
            self._wrong(at, DateInvalid(message))
            return text
        return instant_text(instant.astimezone(UTC))

    # — the snapshot —

    def _capture(self) -> None:
        source = self._request.source
        if source is None or self._snapshot is not None or SOURCE_NAME not in self._local:
            return
        self._snapshot = self._attempted(partial(self._captured, source, self._local[SOURCE_NAME].key))

    def _captured(self, source: SourceRequest, key: SubjectKey) -> _Snapshot | None:
        at: FieldPath = ("source",)
        document, digest = source.document, self._bytes_digest()
        if document is None or digest is None:
            return self._latest_snapshot(key, at) if source.record is not None else None
        if document.data is not None and document.bytes_sha256 not in (None, digest):
            message = f"expected bytes with the SHA-256 {document.bytes_sha256}, found {digest}: another document, or a changed one"
            self._wrong(
                (*at, "bytes_sha256"), SnapshotMissing(message, expected=document.bytes_sha256, actual=digest)
            )
            raise _Unresolved
        standing = self._standing_snapshot(key, digest)
        if standing is not None:
            return standing
        if document.data is None:
            message = f"no snapshot of this source with the SHA-256 {digest} is stored here: give its file, as `--document FILE`"
            self._wrong((*at, "document"), SnapshotMissing(message, expected=digest))
            raise _Unresolved
        return self._new_snapshot(source, key, digest, document.data)

    def _new_snapshot(self, source: SourceRequest, key: SubjectKey, digest: str, data: bytes) -> _Snapshot:
        document = source.document
        assert document is not None
        at: FieldPath = ("source", "document")
        media_type = document.media_type or sniff(data)
        try:
            extracted = extract(data, media_type)
        except LedgerError as refused:
            self._wrong(at, refused)
            raise _Unresolved from None
        captured_at = (
            instant_text(self._entropy.now())
            if document.captured_at is None
            else self._instant(document.captured_at, ("source", "captured_at"))
        )
        visibility = self._request.visibility
        entry = SnapshotCaptured(
            captured_at=captured_at,
            bytes_sha256=digest,
            media_type=media_type,
            address_asked=document.address_asked,
            address_reached=document.address_reached,
            text_sha256=hashlib.sha256(extracted.text.encode()).hexdigest(),
            extractor=extracted.extractor,
            text_public=document.text_public,
            **self._common(visibility),
        )
        event = self._event(entry, (key,), at=at)
        streams = self._further_streams((key,), visibility, at=at)
        self._add(_snapshot_key(digest), hashlib.sha256(digest.encode()).digest(), [*streams, event])
        self._archived.append(Archived(data, media_type))
        return _Snapshot(EventId(event.draft.event_id), key, extracted.text)

    def _snapshots_of(self, key: SubjectKey) -> list[tuple[StoredEvent, SnapshotCaptured]]:
        stored = events_of_subjects(self._connection, [key], viewer=FULL_VIEWER)
        captured = [(event, decoded(event).content) for event in stored if event.kind == "snapshot_captured"]
        return [(event, content) for event, content in captured if isinstance(content, SnapshotCaptured)]

    def _standing_snapshot(self, key: SubjectKey, digest: str) -> _Snapshot | None:
        for event, content in reversed(self._snapshots_of(key)):
            if content.bytes_sha256 == digest and content.problem is None:
                return self._text_of(event, content, at=("source",))
        return None

    def _latest_snapshot(self, key: SubjectKey, at: FieldPath) -> _Snapshot | None:
        for event, content in reversed(self._snapshots_of(key)):
            if content.problem is None and content.text_sha256 is not None:
                return self._text_of(event, content, at=at)
        return None

    def _stored_snapshot(self, event_id: EventId, *, at: FieldPath) -> _Snapshot:
        event = read_by_ids(self._connection, [event_id], viewer=FULL_VIEWER).get(event_id)
        content = None if event is None else decoded(event).content
        if event is None or not isinstance(content, SnapshotCaptured):
            self._wrong(at, SnapshotMissing(f"there is no snapshot {shown(event_id)}", snapshot=event_id))
            raise _Unresolved
        return self._text_of(event, content, at=at)

    def _text_of(self, event: StoredEvent, content: SnapshotCaptured, *, at: FieldPath) -> _Snapshot:
        try:
            if content.text_sha256 is None:
                raise SnapshotMissing("the snapshot has no text to cite from", snapshot=event.event_id)
            text = self._archive.text_of(content.text_sha256)
        except LedgerError as refused:
            self._wrong(at, refused)
            raise _Unresolved from None
        return _Snapshot(event.event_id, event.subjects[0], text)

    # — claims —

    def _plan_claims(self) -> None:
        """Plans each claim, but one that another's `order` names before that one."""
        for index, claim in enumerate(self._request.claims):
            self._pending[claim.key] = partial(self._plan_claim, index)
        for claim in self._request.claims:
            self._plan_pending(claim.key)

    def _plan_pending(self, key: str) -> None:
        plan = self._pending.pop(key, None)
        if plan is None:
            return
        self._planning.append(key)
        self._attempted(plan)
        self._planning.remove(key)

    def _plan_claim(self, index: int) -> None:
        claim, at = self._request.claims[index], ("claims", str(index))
        visibilities = [
            self._visibility(report, (*at, "reports", str(n))) for n, report in enumerate(claim.reports)
        ]
        whole = all(report.body is not None and report.about is not None for report in claim.reports)
        normal = msgspec.structs.replace(claim, reports=tuple(map(self._normal, claim.reports)))
        digest = (
            self._digest(
                msgspec.structs.replace(normal, key=""), visibility=max(visibilities, key=_STRICTNESS.index)
            )
            if whole and visibilities
            else b""
        )
        if claim.key in self._known and digest:
            self._is_known(claim.key, digest, at=at)
            return
        events: list[PlannedEvent] = []
        complete = True
        for number, report in enumerate(claim.reports):
            place = (*at, "reports", str(number))
            try:
                events += self._report(claim.key, report, visibilities[number], place)
            except _Unresolved:
                complete = False
        if complete and events:
            self._add(claim.key, digest, events)

    def _normal(self, report: ReportRequest) -> ReportRequest:
        """A report as it goes into a digest: texts in NFC, no visibility of its own, local names as stated."""
        body = None if report.body is None else checked(report.body, at=(), note=lambda _: None)
        citations = tuple(
            msgspec.structs.replace(citation, quote=checked_quote(citation.quote, at=(), note=lambda _: None))
            for citation in report.citations
        )
        return ReportRequest(
            about=None if report.about is None else self._as_stated(report.about, (), frozenset()),
            also_about=tuple(self._as_stated(also, (), frozenset()) for also in report.also_about),
            body=body,
            citations=citations,
        )

    def _visibility(self, report: ReportRequest, at: FieldPath) -> Visibility:
        own, of_source = report.visibility, self._request.visibility
        if own is None:
            return of_source
        if _STRICTNESS.index(own) < _STRICTNESS.index(of_source):
            message = f"expected `{of_source}` or stricter, as its source is; found `{own}`"
            self._note(Mistake(path=(*at, "visibility"), code="VALUE_INVALID", message=message))
        return own

    def _report(
        self,
        key: str,
        request: ReportRequest,
        visibility: Visibility,
        at: FieldPath,
        *,
        default: _Snapshot | None = None,
    ) -> list[PlannedEvent]:
        """The report's event, behind the openings of streams that it needs. Raises _Unresolved, when all of it has been checked."""
        before = len(self._mistakes)
        snapshot = self._snapshot or default
        citations = self._citations(request.citations, snapshot, at)
        body = request.body
        if body is not None:
            body = with_references(checked(body, at=at, note=self._note), at=at, resolve=self._resolve)
        subjects = self._subjects_of(request, body, at)
        order = (
            None
            if body is None or body.order is None
            else self._attempted(partial(self._order, body.order, at))
        )
        if (
            body is None
            or snapshot is None
            or "" in subjects
            or not citations
            or len(self._mistakes) > before
        ):
            raise _Unresolved
        entry = self._filled(body, visibility, citations=citations, source=snapshot.source, order=order)
        streams = list(self._further_streams(subjects, visibility, at=at))
        event = self._event(entry, subjects, at=at)
        self._targets.setdefault(key, []).append(
            _Target(EventId(event.draft.event_id), entry, event.subjects)
        )
        return [*streams, event]

    def _subjects_of(
        self, request: ReportRequest, body: Report | None, at: FieldPath
    ) -> tuple[SubjectKey, ...]:
        """Whom a report is filed under, the primary first, each once."""
        allowed = frozenset(SubjectSort) if body is None else ABOUT[type(body)]
        subjects = [SubjectKey("")]
        if request.about is not None:
            subjects = [self._resolve(request.about, (*at, "about"), allowed)]
        anything = frozenset(SubjectSort) - {SubjectSort.LEDGER}
        for index, also in enumerate(request.also_about):
            subjects.append(self._resolve(also, (*at, "also_about", str(index)), anything))
        named = [getattr(body, name, None) for name in FILED_UNDER]
        unique = tuple(dict.fromkeys([*subjects, *(key for key in named if key is not None)]))
        if len(unique) > STREAMS_MAX:
            message = f"expected at most {STREAMS_MAX} subjects, the act, list and proceeding included; found {len(unique)}"
            self._wrong((*at, "also_about"), TooLarge(message))
        return unique

    def _citations(
        self, requests: tuple[CitationRequest, ...], snapshot: _Snapshot | None, at: FieldPath
    ) -> tuple[Citation, ...]:
        """The citations as stored; a mistake for each that does not stand in its snapshot."""
        if not requests:
            told = any(mistake.path[: len(at)] == at for mistake in self._mistakes)
            if not told:
                message = "a citation is missing: a quote from the source, or its span. Without one nothing is recorded"
                self._note(Mistake(path=(*at, "citations"), code="CITATION_MISSING", message=message))
            return ()
        if snapshot is None and self._request.source is None:
            message = "there is no source to cite: name it as `source`"
            self._note(Mistake(path=(*at, "citations"), code=SnapshotMissing.code, message=message))
        places = ((*at, "citations", str(index)) for index in range(len(requests)))
        found = (
            self._attempted(partial(self._citation, request, snapshot, place))
            for request, place in zip(requests, places, strict=True)
        )
        return tuple(citation for citation in found if citation is not None)

    def _citation(
        self, request: CitationRequest, snapshot: _Snapshot | None, at: FieldPath
    ) -> Citation | None:
        if request.snapshot is not None:
            own = self._stored_snapshot(request.snapshot, at=(*at, "snapshot"))
            if snapshot is not None and own.source != snapshot.source:
                self._wrong(
                    (*at, "snapshot"),
                    SnapshotMissing("expected a snapshot of this report's source, found one of another"),
                )
            snapshot = own
        if snapshot is None:
            return None
        try:
            span = locate(snapshot.text, request.quote)
        except LedgerError as refused:
            self._wrong(at, refused)
            return None
        return Citation(
            snapshot=snapshot.event_id, exact=span.exact, start=span.start, end=span.end, zone=request.zone
        )

    def _order(self, stated: StatedOrder, at: FieldPath) -> StatedOrder:
        reference, place = stated.report, (*at, "order", stated.relation.value)
        if reference in self._planning:
            message = f"`{reference}` and this one name each other in `order`: say it in one of the two"
            self._wrong(place, KindMismatch(message))
            raise _Unresolved
        target = self._target(reference, place)
        if not isinstance(target.entry, Report):
            self._wrong(place, KindMismatch(f"expected a report, found a {kind_of(type(target.entry))}"))
        return msgspec.structs.replace(stated, report=target.event_id)

    # — what is named by its key —

    def _target(self, reference: str, at: FieldPath) -> _Target:
        """The event that a reference names. Raises _Unresolved, with the mistake noted unless the item could not be read."""
        if EVENT_ID_SHAPE.fullmatch(reference):
            return self._stored_target(EventId(reference), at)
        parsed = REPORT_SHAPE.fullmatch(reference)
        if parsed is None:
            message = "expected the key of a claim, `SET#KEY`, or an event id, with `:2` for the second report of a claim"
            self._wrong(at, SubjectNotFound(f"{message}; found `{shown(reference)}`"))
            raise _Unresolved
        set_name, key = parsed["set"] or self._request.set_name, parsed["key"]
        found = self._targets_of(set_name, key)
        number = int(parsed["number"] or 1)
        if parsed["number"] is None and len(found) > 1:
            message = f"`{key}` has {len(found)} reports: say which, as `{key}:1`"
            self._wrong(at, KindMismatch(message, count=len(found)))
            raise _Unresolved
        if number <= len(found):
            return found[number - 1]
        if set_name != self._request.set_name or not self._told(key):
            keys = [key for _, key in self._item_keys()]
            nearest = difflib.get_close_matches(key, keys, n=1)
            advice = f": did you mean `{nearest[0]}`?" if nearest else ""
            self._wrong(
                at, SubjectNotFound(f"there is no `{shown(reference)}` in the set {set_name}{advice}")
            )
        raise _Unresolved

    def _told(self, key: str) -> bool:
        """Whether an item of this request has mistakes of its own, so that its absence is no further one."""
        return key in self._request.unreadable or any(key == own for _, own in self._item_keys())

    def _targets_of(self, set_name: str, key: str) -> list[_Target]:
        if set_name == self._request.set_name:
            self._plan_pending(key)
            if key in self._targets:
                return self._targets[key]
        receipt = known_items(self._connection, self._actor, set_name, [key]).get(key)
        if receipt is None:
            return []
        stored = read_by_ids(self._connection, receipt.event_ids, viewer=FULL_VIEWER)
        events = [stored[event_id] for event_id in receipt.event_ids if event_id in stored]
        return [_stored(event) for event in events if issubclass(BY_KIND[event.kind], Report | Decision)]

    def _stored_target(self, event_id: EventId, at: FieldPath) -> _Target:
        event = read_by_ids(self._connection, [event_id], viewer=FULL_VIEWER).get(event_id)
        if event is None:
            self._wrong(at, SubjectNotFound(f"there is no event {event_id}"))
            raise _Unresolved
        return _stored(event)

    # — decisions —

    def _plan_decisions(self) -> None:
        for index, decision in enumerate(self._request.decisions):
            self._attempted(partial(self._plan_decision, decision, ("decisions", str(index))))

    def _plan_decision(self, decision: DecisionRequest, at: FieldPath) -> None:
        normal: Struct = msgspec.structs.replace(decision, key="")
        if isinstance(normal, Correction):
            whole = normal.correction.body is not None and normal.correction.about is not None
            normal = msgspec.structs.replace(normal, correction=self._normal(normal.correction))
        else:
            whole = True
        digest = self._digest(self._stated(normal)) if whole else b""
        if whole and self._is_known(decision.key, digest, at=at):
            return
        reason = self._reason(decision.reason, at)
        self._add(decision.key, digest, self._ruling(decision, reason, at))

    def _stated(self, decision: Struct) -> Struct:
        """A decision with the subjects that it names as they go into a digest."""
        changes = {
            name: self._as_stated(value, (), frozenset())
            for name in _DECISION_SUBJECTS
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
        self, entry: Decision, subjects: Iterable[SubjectKey], *, at: FieldPath
    ) -> list[PlannedEvent]:
        about = tuple(dict.fromkeys(subjects))[:STREAMS_MAX]
        return [*self._further_streams(about, entry.visibility, at=at), self._event(entry, about, at=at)]

    def _stricter(self, target: _Target) -> Visibility:
        return max(target.entry.visibility, self._request.visibility, key=_STRICTNESS.index)

    def _ruled_on(self, reference: str, at: FieldPath) -> _Target:
        target = self._target(reference, at)
        for key in target.subjects:
            (subject,) = stored_subjects(self._connection, [key], viewer=FULL_VIEWER).values() or (None,)
            if subject is not None:
                self._learn(key, subject.sort)
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
            visibility = max(visibility, self._stricter(target), key=_STRICTNESS.index)
        events = self._report(decision.key, decision.correction, visibility, place, default=default)
        if target is None or len(self._mistakes) > before:
            raise _Unresolved
        corrected = events[-1]
        ruling = ReportCorrected(
            report=target.event_id,
            corrected_to=EventId(corrected.draft.event_id),
            reason=reason,
            **self._common(visibility),
        )
        return [*events, *self._decided(ruling, (*target.subjects, *corrected.subjects), at=at)]

    def _corrected_snapshot(self, target: _Target, decision: Correction, at: FieldPath) -> _Snapshot | None:
        """The snapshot that the corrected report cites: the correction's, where the request names none."""
        if not isinstance(target.entry, Report):
            self._wrong(
                (*at, "correct"), KindMismatch("expected a report, found a decision: retract that instead")
            )
            raise _Unresolved
        body = decision.correction.body
        if body is not None and type(body) is not type(target.entry):
            actual, expected = kind_of(type(body)), kind_of(type(target.entry))
            message = f"expected a {expected}, as the report that it corrects; found a {actual}: retract that one, and record this"
            self._wrong((*at, "correction", "kind"), KindMismatch(message, expected=expected, actual=actual))
        if self._request.source is not None:
            return None
        return self._stored_snapshot(EventId(target.entry.citations[0].snapshot), at=(*at, "correct"))

    def _retraction(self, decision: Retraction, reason: str, at: FieldPath) -> list[PlannedEvent]:
        place = (*at, "retract")
        common: dict[str, Any] = {"ground": decision.ground, "reason": reason}
        if decision.event is not None:
            target = self._ruled_on(decision.event, place)
            entry = ReportRetracted(event=target.event_id, **common, **self._common(self._stricter(target)))
            return self._decided(entry, target.subjects, at=at)
        name = "source" if decision.source is not None else "party"
        reference = decision.source if decision.source is not None else decision.party
        key = self._needed(reference or "", (*place, name), frozenset({SubjectSort(name)}))
        common[name] = key
        entry = ReportRetracted(**common, **self._common(self._request.visibility))
        return self._decided(entry, (key,), at=at)

    def _assessment(self, decision: Assessment, reason: str, at: FieldPath) -> list[PlannedEvent]:
        checks: dict[str, Any] = {"reason": reason, "method": decision.method, "mark": decision.mark}
        if decision.event is not None:
            target = self._ruled_on(decision.event, (*at, "assess"))
            entry = AssessmentRecorded(
                event=target.event_id, **checks, **self._common(self._stricter(target))
            )
            return self._decided(self._checked_decision(entry, at), target.subjects, at=at)
        sorts = frozenset({SubjectSort.SOURCE, SubjectSort.PARTY})
        key = self._needed(decision.of or "", (*at, "assess", "subject"), sorts)
        entry = AssessmentRecorded(of=key, **checks, **self._common(self._request.visibility))
        return self._decided(self._checked_decision(entry, at), (key,), at=at)

    def _checked_decision(self, entry: AssessmentRecorded, at: FieldPath) -> AssessmentRecorded:
        before = len(self._mistakes)
        entry = checked(entry, at=at, note=self._note)
        if len(self._mistakes) > before:
            raise _Unresolved
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
            raise _Unresolved
        sorts = {self._sort_of(one), self._sort_of(other)}
        if len(sorts) > 1 and sorts != {SubjectSort.PARTY, SubjectSort.PERSON}:
            found = " and a ".join(sorted(sorts))
            self._wrong(
                place, SortMismatch(f"expected two of one sort, or a party and a person; found a {found}")
            )
            raise _Unresolved
        return list(self._identity(one, other, decision.identity, reason=reason, at=at))

    def _membership(self, decision: MembershipJudgement, reason: str, at: FieldPath) -> list[PlannedEvent]:
        place = (*at, "judge_membership")
        common: dict[str, Any] = {"membership": decision.membership, "reason": reason}
        if decision.report is not None:
            target = self._ruled_on(decision.report, (*place, "report"))
            whole = self._needed(decision.whole, (*place, "whole"), frozenset({SubjectSort.PROCEEDING}))
            entry = MembershipJudged(
                whole=whole, report=target.event_id, **common, **self._common(self._stricter(target))
            )
            return self._decided(entry, (whole, *target.subjects), at=at)
        group = frozenset({SubjectSort.GROUP})
        whole = self._needed(decision.whole, (*place, "whole"), group)
        member = self._needed(decision.member or "", (*place, "member"), group | {SubjectSort.PERSON})
        entry = MembershipJudged(
            whole=whole, member=member, **common, **self._common(self._request.visibility)
        )
        return self._decided(entry, (whole, member), at=at)

    def _needed(self, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> SubjectKey:
        key = self._resolve(reference, at, sorts)
        if not key:
            raise _Unresolved
        return key

    def _sort_of(self, key: SubjectKey) -> SubjectSort:
        return next(
            named.sort for named in chain(self._local.values(), self._on_record.values()) if named.key == key
        )


def _stored(event: StoredEvent) -> _Target:
    return _Target(event.event_id, decoded(event).content, event.subjects)


def _references(request: RecordingRequest) -> Iterator[str]:
    """Every subject that a request names or opens, local names included."""
    found: list[str] = []

    def collect(reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> str:
        found.append(reference)
        return reference

    for subject in request.subjects:
        found += [subject.record or "", subject.same_as or ""]
        if subject.opened is not None:
            found.append(subject.opened.subject.key)
            with_references(subject.opened, at=(), resolve=collect)
    for source in (request.source, None if request.source is None else request.source.original):
        if source is not None:
            found += [source.record or "", source.key or ""]
        if source is not None and source.registered is not None:
            with_references(source.registered, at=(), resolve=collect)
    corrections = [decision.correction for decision in request.decisions if isinstance(decision, Correction)]
    for report in chain(corrections, *(claim.reports for claim in request.claims)):
        found += [report.about or "", *report.also_about]
        if report.body is not None:
            with_references(report.body, at=(), resolve=collect)
    for decision in request.decisions:
        found += [getattr(decision, name, None) or "" for name in _DECISION_SUBJECTS]
    yield from filter(None, found)


_DECISION_SUBJECTS: Final = ("of", "one", "other", "whole", "member", "source", "party")


def _stripped(plain: Any) -> Any:
    """A request as plain values, without the placeholders of what every event carries."""
    match plain:
        case dict():
            kept = {
                name: value
                for name, value in plain.items()
                if not ("streams" in plain and name in _PLACEHOLDERS)
            }
            return {name: _stripped(value) for name, value in kept.items()}
        case list() | tuple():
            return [_stripped(item) for item in plain]
    return plain


def _snapshot_key(digest: str) -> str:
    return f"snapshot:{digest}"


def _shape(found: str, expected: str) -> str:
    return f"expected {expected}, beginning with a letter or digit; found `{shown(found)}`"


def _key_taken(named: _Named) -> SubjectKeyTaken:
    message = (
        f"the key {named.key} is that of a {named.sort} on record: if it is the same one, name it as `record: {named.key}`;"
        " else choose another key"
    )
    return SubjectKeyTaken(message, subject=named.key)


def _taken(key: str, at: FieldPath, receipt: Receipt) -> str:
    first = f"recorded with other content before, at position {receipt.first_position}"
    if at[0] == "claims":
        return (
            f"{key} was {first}, and what is recorded is not edited. To correct it, put back what the file said and add to `decisions`:"
            f" {{key: …, correct: {key}, reason: …, claim: {{…}}}}, which is recorded as report_corrected"
        )
    return f"this was {first}, and what is recorded is not edited. Give the new one another name or key"
