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

from collections.abc import Iterator
from itertools import chain

from app.claim_checks import (
    attempt,
    with_references,
)
from app.planning.decisions import Decisions
from app.planning.drafting import (
    DECISION_SUBJECTS,
    KEY_SHAPE,
    RESERVED_KEYS,
    SET_SHAPE,
    Named,
    Plan,
    shape,
)
from app.requests import (
    Correction,
    FieldPath,
    RecordingRequest,
)
from events.errors import (
    KeyTaken,
    TextInvalid,
)
from events.kinds import (
    SubjectKey,
    SubjectSort,
)
from events.store import (
    FULL_VIEWER,
    known_items,
)
from events.store import subjects as stored_subjects
from events.texts import check_words


class Planner(Decisions):
    """Plans one request against one state of the ledger."""

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
            snapshot=None if self._snapshot is None else self._snapshot.event_id,
        )

    # — names and look-ups —

    def _check_names(self) -> None:
        request = self._request
        if not SET_SHAPE.fullmatch(request.set_name) and request.set_name:
            self._wrong(("set",), TextInvalid(shape(request.set_name, "letters, digits and . _ - /")))
        tool = (request.via and request.via.tool) or "by hand"
        attempt(lambda: check_words(tool, field="tool"), tool, at=("tool",), note=self._note)
        for subject in request.subjects:
            if not KEY_SHAPE.fullmatch(subject.local) or subject.local in RESERVED_KEYS:
                message = shape(
                    subject.local,
                    "a local name: letters, digits and . _ -, and neither `source` nor `original`",
                )
                self._wrong(("subjects", subject.local), TextInvalid(message))
        first: dict[str, FieldPath] = {}
        for at, key in self._item_keys():
            if not KEY_SHAPE.fullmatch(key) or key in RESERVED_KEYS:
                message = shape(key, "letters, digits and . _ -, and neither `source` nor `original`")
                self._wrong((*at, "key"), TextInvalid(message))
            elif key in first:
                self._wrong((*at, "key"), KeyTaken(f"the key {key} stands twice: give this one another"))
            first.setdefault(key, at)

    def _look_up(self) -> None:
        """Reads all that the plan needs to know, in few statements."""
        request = self._request
        keys = {
            *(
                f"subject:{subject.local}"
                for subject in request.subjects
                if KEY_SHAPE.fullmatch(subject.local)
            ),
            *(key for _, key in self._item_keys() if KEY_SHAPE.fullmatch(key)),
            *RESERVED_KEYS,
        }
        if SET_SHAPE.fullmatch(request.set_name):
            self._known = known_items(self._connection, self._actor, request.set_name, sorted(keys))
        # What has not the shape of a key is none, and might be text that no database takes.
        references = {SubjectKey(name) for name in _references(request) if KEY_SHAPE.fullmatch(name)}
        found = stored_subjects(self._connection, sorted(references), viewer=FULL_VIEWER)
        for key, subject in found.items():
            self._on_record[key] = Named(key, subject.sort)
            self._streams |= {(key, visibility) for visibility in subject.streams}


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
        found += [getattr(decision, name, None) or "" for name in DECISION_SUBJECTS]
    yield from filter(None, found)
