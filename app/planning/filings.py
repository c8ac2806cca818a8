"""Subjects, the source and its snapshot: what a request opens or names before anything is claimed.

Absent on purpose: storing the document; the recorder archives it before it submits the plan.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import msgspec

from app.claim_checks import (
    attempt,
    checked,
    with_references,
)
from app.planning.drafting import (
    EVENT_ID_SHAPE,
    KEY_SHAPE,
    STRICTNESS,
    Archived,
    Drafting,
    Named,
    Snapshot,
    Unresolved,
    a_sort,
    shape,
)
from app.requests import (
    ORIGINAL_NAME,
    SOURCE_NAME,
    FieldPath,
    Mistake,
    SourceRequest,
    SubjectRequest,
)
from events.commands import PlannedEvent
from events.envelope import instant_text
from events.errors import (
    DateInvalid,
    LedgerError,
    SnapshotMissing,
    SortMismatch,
    SubjectKeyTaken,
    TextInvalid,
)
from events.extraction import extract, sniff
from events.kinds import (
    EventId,
    Identity,
    IdentityJudged,
    SnapshotCaptured,
    SourceRegistered,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    Visibility,
)
from events.store import (
    FULL_VIEWER,
    StoredEvent,
    decoded,
    events_of_subjects,
    read_by_ids,
)
from events.texts import WrittenText, check_written, shown


class Filings(Drafting):
    """Plans what comes in: subjects, the source, its snapshot."""

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
                self._call(subject.local, named)
            return
        sort, stated = subject.opened.subject.sort, subject.opened.subject.key
        receipt = self._known.get(f"subject:{subject.local}")
        if receipt is not None and receipt.request_digest is not None:
            stored = read_by_ids(self._connection, [receipt.event_ids[0]], viewer=FULL_VIEWER)
            opened = stored[receipt.event_ids[0]]
            self._call(subject.local, self._learn(opened.subjects[0], sort))
            return
        if stated in self._on_record:
            self._wrong((*at, "key"), _key_taken(self._on_record[stated]))
        key = self._key(stated, (*at, "key")) if stated else SubjectKey(self._entropy.random_id())
        self._call(subject.local, Named(key, sort))

    def _key(self, stated: str, at: FieldPath) -> SubjectKey:
        """A public key as stated; what has not the shape of one is a mistake, and nothing is looked up under it."""
        if KEY_SHAPE.fullmatch(stated):
            return SubjectKey(stated)
        self._wrong(at, TextInvalid(shape(stated, "a public key: letters, digits and . _ -")))
        return SubjectKey(self._entropy.random_id())

    def _open_subject(self, subject: SubjectRequest, at: FieldPath) -> None:
        if subject.opened is None:
            return
        before = len(self._mistakes)
        opened = checked(subject.opened, at=at, note=self._note)
        key = f"subject:{subject.local}"
        # The sort and the stated key stand in `opened`; the local name is the item's key already.
        digest = self._digest(msgspec.structs.replace(subject, local=""))
        if self._is_known(key, digest, at=at):
            return
        opened = with_references(opened, at=at, resolve=self._resolve)
        if len(self._mistakes) > before:
            raise Unresolved
        named = self._local[subject.local]
        visibility = self._request.visibility
        entry = self._filled(opened, visibility, subject=Subject(key=named.key, sort=named.sort))
        events = [self._opening(entry, at=at, new_subject=True)]
        if subject.same_as is not None:
            other = self._resolve(subject.same_as, (*at, "same_as"), frozenset({named.sort}))
            if other == named.key:
                message = f"`{shown(subject.same_as)}` is this subject itself, by its local name: give the public key of the other one"
                self._wrong((*at, "same_as"), SortMismatch(message))
                raise Unresolved
            reason = self._reason(subject.reason, at)
            events += self._identity(named.key, other, Identity.SAME, reason=reason, at=at)
        elif subject.reason is not None:
            self._wrong(
                (*at, "reason"),
                TextInvalid("a reason stands beside `same_as` only: remove it, or say `same_as`"),
            )
        self._add(key, digest, events)

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
                self._call(name, self._learn(self._snapshot.source, SubjectSort.SOURCE))
                self._check_confidence(self._snapshot.source, place)
            return
        if source.registered is None:
            key = self._resolve(source.record or "", (*at, "record"), frozenset({SubjectSort.SOURCE}))
            if key:
                self._call(name, Named(key, SubjectSort.SOURCE))
                self._check_confidence(key, (*at, "record"))
            return
        stated = self._key(source.key or "", (*at, "key"))
        if stated in self._on_record and name not in self._known:
            self._wrong((*at, "key"), _key_taken(self._on_record[stated]))
        self._call(name, Named(stated, SubjectSort.SOURCE))

    def _check_confidence(self, key: SubjectKey, at: FieldPath) -> None:
        """What is told of a source that is kept in confidence is kept so too: a quote would give it away."""
        kept = self._kept_from(self._request.visibility, key)
        if kept is not None:
            message = (
                f"this source is `{kept}`, and what it says is at least as strict: give the whole request `visibility: {kept}`;"
                f" found `{self._request.visibility}`"
            )
            self._note(Mistake(path=at, code="VALUE_INVALID", message=message))

    def _open_source(self, source: SourceRequest, name: str, at: FieldPath) -> None:
        if source.registered is None:
            return
        before = len(self._mistakes)
        registered = checked(source.registered, at=at, note=self._note)
        digest = self._digest(SourceRequest(key=source.key, registered=source.registered))
        if self._is_known(name, digest, at=at):
            return
        registered = self._check_source(registered, at)
        key = self._local[name].key
        visibility = self._request.visibility
        subject = Subject(key=key, sort=SubjectSort.SOURCE)
        entry = with_references(self._filled(registered, visibility), at=at, resolve=self._resolve)
        if len(self._mistakes) > before:
            raise Unresolved
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

    def _captured(self, source: SourceRequest, key: SubjectKey) -> Snapshot | None:
        at: FieldPath = ("source",)
        document, digest = source.document, self._bytes_digest()
        if document is None or digest is None:
            return self._latest_snapshot(key, at) if source.record is not None else None
        if document.data is not None and document.bytes_sha256 not in (None, digest):
            message = f"expected bytes with the SHA-256 {document.bytes_sha256}, found {digest}: another document, or a changed one"
            self._wrong(
                (*at, "bytes_sha256"), SnapshotMissing(message, expected=document.bytes_sha256, actual=digest)
            )
            raise Unresolved
        standing = self._standing_snapshot(key, digest)
        if standing is not None:
            return standing
        if document.data is None:
            message = f"no snapshot of this source with the SHA-256 {digest} is stored here: give its file, as `--document FILE`"
            self._wrong((*at, "document"), SnapshotMissing(message, expected=digest))
            raise Unresolved
        return self._new_snapshot(source, key, digest, document.data)

    def _new_snapshot(self, source: SourceRequest, key: SubjectKey, digest: str, data: bytes) -> Snapshot:
        document = source.document
        assert document is not None
        at: FieldPath = ("source", "document")
        try:
            media_type = document.media_type or sniff(data)
            extracted = extract(data, media_type)
        except LedgerError as refused:
            self._wrong(at, refused)
            raise Unresolved from None
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
        name = f"snapshot:{key}:{digest}" + ("" if visibility is Visibility.PUBLIC else f":{visibility}")
        self._add(name, hashlib.sha256(digest.encode()).digest(), [*streams, event])
        self._archived.append(Archived(data, media_type))
        return Snapshot(EventId(event.draft.event_id), key, extracted.text, visibility)

    def _snapshots_of(self, key: SubjectKey) -> list[tuple[StoredEvent, SnapshotCaptured]]:
        stored = events_of_subjects(self._connection, [key], viewer=FULL_VIEWER)
        captured = [(event, decoded(event).content) for event in stored if event.kind == "snapshot_captured"]
        return [(event, content) for event, content in captured if isinstance(content, SnapshotCaptured)]

    def _standing_snapshot(self, key: SubjectKey, digest: str) -> Snapshot | None:
        for event, content in reversed(self._snapshots_of(key)):
            if content.bytes_sha256 == digest and content.problem is None and self._may_cite(event):
                return self._text_of(event, content, at=("source",))
        return None

    def _latest_snapshot(self, key: SubjectKey, at: FieldPath) -> Snapshot | None:
        for event, content in reversed(self._snapshots_of(key)):
            if content.problem is None and content.text_sha256 is not None and self._may_cite(event):
                return self._text_of(event, content, at=at)
        return None

    def _may_cite(self, snapshot: StoredEvent) -> bool:
        """Whether the reports of this request may tell words of a snapshot: a stricter one is not there for them."""
        return STRICTNESS.index(snapshot.visibility) <= STRICTNESS.index(self._request.visibility)

    def _stored_snapshot(self, event_id: EventId, *, at: FieldPath) -> Snapshot:
        wanted = [event_id] if EVENT_ID_SHAPE.fullmatch(event_id) else []
        event = read_by_ids(self._connection, wanted, viewer=FULL_VIEWER).get(event_id)
        content = None if event is None else decoded(event).content
        if event is None or not isinstance(content, SnapshotCaptured):
            self._wrong(at, SnapshotMissing(f"there is no snapshot {shown(event_id)}", snapshot=event_id))
            raise Unresolved
        return self._text_of(event, content, at=at)

    def _text_of(self, event: StoredEvent, content: SnapshotCaptured, *, at: FieldPath) -> Snapshot:
        try:
            if content.text_sha256 is None:
                raise SnapshotMissing("the snapshot has no text to cite from", snapshot=event.event_id)
            text = self._archive.text_of(content.text_sha256)
        except LedgerError as refused:
            self._wrong(at, refused)
            raise Unresolved from None
        return Snapshot(event.event_id, event.subjects[0], text, event.visibility)

    def _identity(
        self, one: SubjectKey, other: SubjectKey, identity: Identity, *, reason: str, at: FieldPath
    ) -> Iterator[PlannedEvent]:
        if not one or not other:
            raise Unresolved
        judged = self._judged(one, other, identity, reason=reason)
        yield from self._further_streams((one, other), judged.visibility, at=at)
        yield self._event(judged, (one, other), at=at)

    def _judged(
        self, one: SubjectKey, other: SubjectKey, identity: Identity, *, reason: str
    ) -> IdentityJudged:
        visibility = self._request.visibility
        if identity is Identity.UNSURE:
            # A doubt about who somebody is harms by being told: it is for editors (rules.md, do no harm).
            visibility = max(visibility, Visibility.RESTRICTED, key=STRICTNESS.index)
        return IdentityJudged(
            one=one, other=other, identity=identity, reason=reason, **self._common(visibility)
        )

    def _reason(self, reason: str | None, at: FieldPath) -> str:
        if reason is None or not reason.strip():
            message = "`reason` is missing: why this was decided"
            self._note(Mistake(path=(*at, "reason"), code="REASON_MISSING", message=message))
            raise Unresolved
        note = WrittenText(as_written=reason)
        at = (*at, "reason")
        written: WrittenText = attempt(
            lambda: check_written(note, field="reason"), note, at=at, note=self._note
        )
        return written.as_written


def _key_taken(named: Named) -> SubjectKeyTaken:
    message = (
        f"the key {named.key} is that of {a_sort(named.sort)} on record: if it is the same one, name it as `record: {named.key}`;"
        " else choose another key"
    )
    return SubjectKeyTaken(message, subject=named.key)
