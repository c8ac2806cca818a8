"""What every part of a plan draws on: names, digests, drafted events, and mistakes noted in passing.

The parts of a planner stand one on the other, each a file: `Drafting`, `Filings`, `Claims`, `Precedents`, `Decisions`, `Planner`. A part
that cannot be resolved raises `Unresolved`, when its mistake is noted; `_attempted` ends that part there, and nothing else.

Absent on purpose: what a subject, a claim or a decision is.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from app.claim_checks import (
    mistake_of,
    with_references,
)
from app.requests import (
    BLANK,
    ORIGINAL_NAME,
    SOURCE_NAME,
    FieldPath,
    Mistake,
    RecordingRequest,
)
from app.snapshots import SnapshotArchive
from events.commands import Item, Opening, PlannedEvent, Receipt
from events.envelope import Draft, Entropy, canonical
from events.errors import (
    KeyErased,
    KeyTaken,
    KindMismatch,
    LedgerError,
    SortMismatch,
    SubjectNotFound,
)
from events.kinds import (
    BY_KIND,
    ActorId,
    Decision,
    Entry,
    EventId,
    Position,
    Report,
    ReportCorrected,
    ReportRetracted,
    StreamId,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    Visibility,
)
from events.store import (
    FULL_VIEWER,
    PUBLIC_VIEWER,
    StoredEvent,
    decoded,
    known_items,
    read_by_ids,
)
from events.store import subjects as stored_subjects
from events.tables import STREAMS
from events.texts import shown

SET_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
KEY_SHAPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
EVENT_ID_SHAPE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
REPORT_SHAPE: Final = re.compile(
    r"(?:(?P<set>[A-Za-z0-9][A-Za-z0-9._/-]{0,199})#)?(?P<key>[A-Za-z0-9][A-Za-z0-9._-]{0,99})(?::(?P<number>[1-9][0-9]{0,3}))?"
)
RESERVED_KEYS: Final = frozenset({SOURCE_NAME, ORIGINAL_NAME})
SUGGESTIONS_FROM_MAX: Final = 5000
ORDERS_MAX: Final = 50
DECISION_SUBJECTS: Final = ("of", "one", "other", "whole", "member", "source", "party")
"""Fields of a decision that name a subject."""
STRICTNESS: Final = (Visibility.PUBLIC, Visibility.RESTRICTED, Visibility.SEALED)
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
    snapshot: EventId | None

    @property
    def event_count(self) -> int:
        """How many events the new items give."""
        return sum(len(item.events) for item in self.items)


class Named(Struct, frozen=True):
    """A subject as it is referred to: its public key, its sort, and whether this request opens it."""

    key: SubjectKey
    sort: SubjectSort


class Target(Struct, frozen=True):
    """An event that a decision or an order names, on record or drafted in this plan."""

    event_id: EventId
    entry: Entry
    subjects: tuple[SubjectKey, ...]


class Precedent(Struct, frozen=True, kw_only=True):
    """An earlier correction or retraction. `told` is what a message calls it; without a position it is drafted in this plan."""

    event_id: EventId
    entry: ReportCorrected | ReportRetracted
    subjects: tuple[SubjectKey, ...]
    told: str
    position: Position | None = None


class Snapshot(Struct, frozen=True):
    """A text that citations are sought in, and who may know of it; without an id where its event could not be drafted."""

    event_id: EventId
    source: SubjectKey
    text: str
    visibility: Visibility


class Unresolved(Exception):
    """A part of the request could not be resolved; the mistake is noted."""


class Drafting:
    """One request, one state of the ledger, and what has been found and drafted so far."""

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
        self._local: dict[str, Named] = {}
        self._by_key: dict[SubjectKey, Named] = {}
        self._on_record: dict[SubjectKey, Named] = {}
        self._names_stated = _stated_names(request)
        self._streams: set[tuple[SubjectKey, Visibility]] = set()
        self._known: dict[str, Receipt] = {}
        self._targets: dict[str, list[Target]] = {}
        self._snapshot: Snapshot | None = None
        self._pending: dict[str, Callable[[], None]] = {}
        self._undecided = [decision.key for decision in request.decisions]
        self._precedents: dict[SubjectKey, list[Precedent]] = {}
        self._decided_here: list[Precedent] = []
        self._planning: list[str] = []

    # — mistakes —

    def _note(self, mistake: Mistake) -> None:
        self._mistakes.append(mistake)

    def _wrong(self, at: FieldPath, refused: LedgerError) -> None:
        self._note(mistake_of(refused, at=at))

    def _attempted(self, part: Callable[[], T]) -> T | None:
        """What a part of the request comes to; null where it cannot be resolved, which ends that part and nothing else."""
        try:
            return part()
        except Unresolved:
            assert self._mistakes or self._request.unreadable
            return None

    def _item_keys(self) -> Iterator[tuple[FieldPath, str]]:
        for index, claim in enumerate(self._request.claims):
            yield ("claims", str(index)), claim.key
        for index, decision in enumerate(self._request.decisions):
            yield ("decisions", str(index)), decision.key

    def _learn(self, key: SubjectKey, sort: SubjectSort) -> Named:
        """A subject on record that the request names only through something else."""
        if key not in self._on_record:
            (subject,) = stored_subjects(self._connection, [key], viewer=FULL_VIEWER).values()
            self._on_record[key] = Named(key, sort)
            self._streams |= {(key, visibility) for visibility in subject.streams}
        return self._on_record[key]

    def _learn_all(self, keys: Iterable[SubjectKey]) -> None:
        """Subjects of which some may be opened in this request and not on record yet."""
        for key, subject in stored_subjects(self._connection, sorted(keys), viewer=FULL_VIEWER).items():
            self._learn(key, subject.sort)

    def _bytes_digest(self) -> str | None:
        document = self._request.source.document if self._request.source is not None else None
        if document is None:
            return None
        return document.bytes_sha256 if document.data is None else hashlib.sha256(document.data).hexdigest()

    # — confidence —

    def _kept_from(self, visibility: Visibility, source: SubjectKey) -> Visibility | None:
        """How strictly a source on record is kept, where that is stricter than this; null where it is not, or the source is new."""
        kept = [of for key, of in self._streams if key == source]
        if not kept or visibility in kept:
            return None
        floor = min(kept, key=STRICTNESS.index)
        return floor if STRICTNESS.index(floor) > STRICTNESS.index(visibility) else None

    def _check_kept(self, key: SubjectKey, visibility: Visibility, at: FieldPath) -> None:
        """A subject that is on record in confidence alone is named by nothing looser: its key would be told. Raises Unresolved."""
        if (kept := self._kept_from(visibility, key)) is not None:
            message = (
                f"`{key}` is on record as `{kept}` alone: expected `visibility: {kept}`, found `{visibility}`"
            )
            self._note(Mistake(path=at, code="VALUE_INVALID", message=message))
            raise Unresolved

    # — references —

    def _resolve(self, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> SubjectKey:
        """The public key of a subject; the empty one, and a mistake, where there is none of these sorts."""
        named = self._named(reference)
        if named is None:
            if reference not in self._request.unreadable:
                self._wrong(at, self._not_found(reference))
            return SubjectKey("")
        if named.sort not in sorts:
            expected = " or ".join(sorted(sorts))
            message = f"`{shown(reference)}` is {a_sort(named.sort)}; expected {a_sort(expected)}"
            self._wrong(at, SortMismatch(message, expected=expected, actual=named.sort.value))
            return SubjectKey("")
        return named.key

    def _named(self, reference: str) -> Named | None:
        """The subject of that local name, else of that public key, on record or opened here."""
        if reference in self._local:
            return self._local[reference]
        key = SubjectKey(reference)
        return self._on_record.get(key) or self._by_key.get(key)

    def _call(self, local: str, named: Named) -> None:
        """Gives a subject its local name."""
        self._local[local] = named
        self._by_key[named.key] = named

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
        return self._names_stated.get(reference, reference)

    def _digest(self, part: Struct) -> bytes:
        """What makes two requests the same: SHA-256 over canonical JSON of what was asked, before anything is computed from it.

        Empty for what no JSON can hold, which is told at its field.
        """
        plain = msgspec.to_builtins(with_references(part, at=(), resolve=self._as_stated))
        whole = {"request": _stripped(plain), "visibility": self._request.visibility}
        if self._request.via is not None:
            whole["via"] = msgspec.to_builtins(self._request.via)
        try:
            return hashlib.sha256(canonical(whole)).digest()
        except UnicodeEncodeError:  # an unpaired surrogate
            return b""

    def _is_known(self, key: str, digest: bytes, *, at: FieldPath) -> bool:
        """Whether the item is on record; another request under its key is a mistake."""
        receipt = self._known.get(key)
        if receipt is None or not digest:
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
        content = {**msgspec.to_builtins(entry), "schema": entry.latest_schema}
        del content["streams"]
        about = tuple(dict.fromkeys(subjects))
        try:
            draft = Draft(content, stream_count=len(about), entropy=self._entropy)
        except LedgerError as refused:
            pointer = str(refused.facts.get("pointer", "")).strip("/").split("/")
            message = refused.message.partition(": ")[2] or refused.message
            self._note(Mistake(path=(*at, *pointer), code=refused.code, message=message, facts=refused.facts))
            raise Unresolved from None
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
            **BLANK,
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
        for key in dict.fromkeys(subjects):
            self._check_kept(key, visibility, at)
            if (key, visibility) not in self._streams:
                subject = Subject(key=key, sort=self._sort_of(key))
                entry = SubjectOpened(subject=subject, **self._common(visibility))
                yield self._opening(entry, at=at, new_subject=False)

    def _add(self, key: str, digest: bytes, events: Iterable[PlannedEvent]) -> None:
        self._items.append(Item(key=key, request_digest=digest, events=tuple(events)))

    # — what is named by its key —

    def _target(self, reference: str, at: FieldPath, *, wanted: type[Entry] = Report) -> Target:
        """The event that a reference names; of an item with several, the one of the wanted sort, if it has one.

        Raises Unresolved, with the mistake noted unless the item could not be read.
        """
        if EVENT_ID_SHAPE.fullmatch(reference):
            return self._stored_target(EventId(reference), at)
        parsed = REPORT_SHAPE.fullmatch(reference)
        if parsed is None:
            message = "expected the key of a claim, `SET#KEY`, or an event id, with `:2` for the second report of a claim"
            self._wrong(at, SubjectNotFound(f"{message}; found `{shown(reference)}`"))
            raise Unresolved
        set_name, key, number = parsed["set"] or self._request.set_name, parsed["key"], parsed["number"]
        found = self._targets_of(set_name, key)
        if number is None:
            found = [target for target in found if isinstance(target.entry, wanted)] or found
            if len(found) > 1:
                message = f"`{key}` has {len(found)} reports: say which, as `{key}:1`"
                self._wrong(at, KindMismatch(message, count=len(found)))
                raise Unresolved
        if int(number or 1) <= len(found):
            return found[int(number or 1) - 1]
        if set_name == self._request.set_name and key in self._undecided and not found:
            self._wrong(at, SubjectNotFound(self._later(key, at)))
        elif found or set_name != self._request.set_name or not self._told(key):
            self._wrong(at, self._no_report(reference, key, set_name))
        raise Unresolved

    def _later(self, key: str, at: FieldPath) -> str:
        """What is wrong with naming a decision of this request that is recorded later, or is the one that names it."""
        expected = "expected one that is recorded before this"
        if at[0] != "decisions":
            return f"`{key}` is a decision, and decisions are recorded behind all claims: {expected}"
        if self._request.decisions[int(at[1])].key == key:
            return f"`{key}` is this decision itself: {expected}"
        return f"`{key}` stands further down, and is recorded later: {expected}. Put `{key}` first"

    def _no_report(self, reference: str, key: str, set_name: str) -> SubjectNotFound:
        nearest = difflib.get_close_matches(key, [known for _, known in self._item_keys()], n=1)
        advice = f": did you mean `{nearest[0]}`?" if nearest and nearest[0] != key else ""
        return SubjectNotFound(f"there is no `{shown(reference)}` in the set {set_name}{advice}")

    def _plan_pending(self, key: str) -> None:
        plan = self._pending.pop(key, None)
        if plan is None:
            return
        if len(self._planning) >= ORDERS_MAX:
            at = next(at for at, own in self._item_keys() if own == key)
            message = f"more than {ORDERS_MAX} claims refer to one another forwards in `order`: put earlier ones first"
            self._wrong((*at, "order"), KindMismatch(message))
            return
        self._planning.append(key)
        self._attempted(plan)
        self._planning.remove(key)

    def _told(self, key: str) -> bool:
        """Whether an item of this request has mistakes of its own, so that its absence is no further one."""
        return key in self._request.unreadable or any(key == own for _, own in self._item_keys())

    def _targets_of(self, set_name: str, key: str) -> list[Target]:
        if set_name == self._request.set_name:
            self._plan_pending(key)
            if key in self._targets:
                return self._targets[key]
        # A set of another shape is a mistake already, and might be text that no database takes.
        known = (
            known_items(self._connection, self._actor, set_name, [key])
            if SET_SHAPE.fullmatch(set_name)
            else {}
        )
        receipt = known.get(key)
        if receipt is None:
            return []
        stored = read_by_ids(self._connection, receipt.event_ids, viewer=FULL_VIEWER)
        events = [stored[event_id] for event_id in receipt.event_ids if event_id in stored]
        return [_stored(event) for event in events if issubclass(BY_KIND[event.kind], Report | Decision)]

    def _stored_target(self, event_id: EventId, at: FieldPath) -> Target:
        event = read_by_ids(self._connection, [event_id], viewer=FULL_VIEWER).get(event_id)
        if event is None:
            self._wrong(at, SubjectNotFound(f"there is no event {event_id}"))
            raise Unresolved
        return _stored(event)

    def _needed(self, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]) -> SubjectKey:
        key = self._resolve(reference, at, sorts)
        if not key:
            raise Unresolved
        return key

    def _sort_of(self, key: SubjectKey) -> SubjectSort:
        return (self._by_key.get(key) or self._on_record[key]).sort


def _stated_names(request: RecordingRequest) -> dict[str, str]:
    """Local names to what stands for them in a digest: the stated key, else the name itself, marked as one."""
    source = request.source
    original = None if source is None else source.original
    stated = {
        name: own.record or own.key or name
        for name, own in ((SOURCE_NAME, source), (ORIGINAL_NAME, original))
        if own is not None
    }
    for subject in request.subjects:
        key = subject.record or (subject.opened.subject.key if subject.opened else "")
        stated[subject.local] = key or f"local:{subject.local}"
    return stated


def _stored(event: StoredEvent) -> Target:
    return Target(event.event_id, decoded(event).content, event.subjects)


def _stripped(plain: Any) -> Any:
    """A request as plain values: texts in NFC, without the placeholders of what every event carries."""
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
        case str():
            return unicodedata.normalize("NFC", plain)
    return plain


def shape(found: str, expected: str) -> str:
    return f"expected {expected}, beginning with a letter or digit; found `{shown(found)}`"


def a_sort(sort: str) -> str:
    return f"an {sort}" if sort.startswith("a") else f"a {sort}"


def _taken(key: str, at: FieldPath, receipt: Receipt) -> str:
    first = f"recorded with other content before, at position {receipt.first_position}"
    if at[0] == "claims":
        return (
            f"{key} was {first}, and what is recorded is not edited. To correct it, put back what the file said and add to `decisions`:"
            f" {{key: …, correct: {key}, reason: …, claim: {{…}}}}, which is recorded as report_corrected"
        )
    advice = (
        "A set has one source: give this file a `set` of its own"
        if at[0] == "source"
        else "Give the new one another name or key"
    )
    return f"this was {first}, and what is recorded is not edited. {advice}"
