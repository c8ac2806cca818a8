"""Claims: each report with its citations, filed under its subjects, behind those that its `order` names.

Absent on purpose: what a claim adds up to.
"""

from __future__ import annotations

from functools import partial

import msgspec

from app.claim_checks import (
    ABOUT,
    FILED_UNDER,
    checked,
    checked_quote,
    with_references,
)
from app.planning.drafting import (
    STRICTNESS,
    Snapshot,
    Target,
    Unresolved,
)
from app.planning.filings import Filings
from app.requests import (
    CitationRequest,
    ClaimRequest,
    FieldPath,
    Mistake,
    ReportRequest,
)
from events.citations import Citation, locate
from events.commands import STREAMS_MAX, PlannedEvent
from events.errors import (
    KindMismatch,
    LedgerError,
    SnapshotMissing,
    TooLarge,
)
from events.kinds import (
    EventId,
    Report,
    StatedOrder,
    SubjectKey,
    SubjectSort,
    Visibility,
    kind_of,
)


class Claims(Filings):
    """Plans what the source says."""

    # — claims —

    def _plan_claims(self) -> None:
        """Plans each claim, but one that another's `order` names before that one."""
        for index, claim in enumerate(self._request.claims):
            self._pending[claim.key] = partial(self._plan_claim, index)
        for claim in self._request.claims:
            self._plan_pending(claim.key)

    def _plan_claim(self, index: int) -> None:
        claim, at = self._request.claims[index], ("claims", str(index))
        visibilities = [
            self._visibility(report, (*at, "reports", str(n))) for n, report in enumerate(claim.reports)
        ]
        whole = all(map(is_whole, claim.reports))
        normal = tuple(map(self._normal, claim.reports, visibilities))
        digest = self._digest(ClaimRequest(key="", reports=normal)) if whole else b""
        if claim.key in self._known and digest:
            self._is_known(claim.key, digest, at=at)
            return
        events: list[PlannedEvent] = []
        complete = True
        for number, report in enumerate(claim.reports):
            place = (*at, "reports", str(number))
            try:
                events += self._report(claim.key, report, visibilities[number], place)
            except Unresolved:
                complete = False
        if complete and events:
            self._add(claim.key, digest, events)

    def _normal(self, report: ReportRequest, visibility: Visibility) -> ReportRequest:
        """A report as it goes into a digest: subjects as stated, its visibility in every case."""
        return ReportRequest(
            visibility=visibility,
            about=None if report.about is None else self._as_stated(report.about, (), frozenset()),
            also_about=tuple(self._as_stated(also, (), frozenset()) for also in report.also_about),
            body=report.body,
            citations=report.citations,
        )

    def _visibility(self, report: ReportRequest, at: FieldPath) -> Visibility:
        own, of_source = report.visibility, self._request.visibility
        if own is None:
            return of_source
        if STRICTNESS.index(own) < STRICTNESS.index(of_source):
            message = f"expected `{of_source}` or stricter, as its source is; found `{own}`"
            self._note(Mistake(path=(*at, "visibility"), code="VALUE_INVALID", message=message))
            return of_source
        return own

    def _report(
        self,
        key: str,
        request: ReportRequest,
        visibility: Visibility,
        at: FieldPath,
        *,
        default: Snapshot | None = None,
    ) -> list[PlannedEvent]:
        """The report's event, behind the openings of streams that it needs. Raises Unresolved, when all of it has been checked."""
        before = len(self._mistakes)
        snapshot = self._snapshot or default
        citations = (
            () if request.citations is None else self._citations(request.citations, snapshot, visibility, at)
        )
        body = request.body
        if body is not None:
            body = with_references(
                checked(body, at=at, note=self._note), at=at, resolve=partial(self._resolve_for, visibility)
            )
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
            raise Unresolved
        entry = self._filled(body, visibility, citations=citations, source=snapshot.source, order=order)
        streams = list(self._further_streams(subjects, visibility, at=at))
        event = self._event(entry, subjects, at=at)
        self._targets.setdefault(key, []).append(Target(EventId(event.draft.event_id), entry, event.subjects))
        return [*streams, event]

    def _resolve_for(
        self, visibility: Visibility, reference: str, at: FieldPath, sorts: frozenset[SubjectSort]
    ) -> SubjectKey:
        """The key of a subject that a report of this visibility may name."""
        key = self._resolve(reference, at, sorts)
        if key:
            self._check_kept(key, visibility, at)
        return key

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
        self,
        requests: tuple[CitationRequest, ...],
        snapshot: Snapshot | None,
        visibility: Visibility,
        at: FieldPath,
    ) -> tuple[Citation, ...]:
        """The citations as stored; a mistake for each that does not stand in its snapshot, or tells of one that is kept stricter."""
        if not requests:
            message = (
                "a citation is missing: a quote from the source, or its span. Without one nothing is recorded"
            )
            self._note(Mistake(path=(*at, "citations"), code="CITATION_MISSING", message=message))
            return ()
        if snapshot is None and self._request.source is None:
            message = "there is no source to cite: name it as `source`"
            self._note(Mistake(path=(*at, "citations"), code=SnapshotMissing.code, message=message))
        places = ((*at, "citations", str(index)) for index in range(len(requests)))
        found = (
            self._attempted(partial(self._citation, request, snapshot, visibility, place))
            for request, place in zip(requests, places, strict=True)
        )
        return tuple(citation for citation in found if citation is not None)

    def _citation(
        self, request: CitationRequest, snapshot: Snapshot | None, visibility: Visibility, at: FieldPath
    ) -> Citation | None:
        if request.snapshot is not None:
            own = self._stored_snapshot(request.snapshot, at=(*at, "snapshot"))
            if snapshot is not None and own.source != snapshot.source:
                self._wrong(
                    (*at, "snapshot"),
                    SnapshotMissing("expected a snapshot of this report's source, found one of another"),
                )
            snapshot = own
        before = len(self._mistakes)
        if snapshot is not None and STRICTNESS.index(snapshot.visibility) > STRICTNESS.index(visibility):
            message = f"expected `visibility: {snapshot.visibility}`, as the snapshot that is cited has; found `{visibility}`"
            self._note(Mistake(path=at, code="VALUE_INVALID", message=message))
        checked_quote(request.quote, at=at, note=self._note)
        if snapshot is None or len(self._mistakes) > before:
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
            raise Unresolved
        target = self._target(reference, place)
        if not isinstance(target.entry, Report):
            self._wrong(place, KindMismatch(f"expected a report, found a {kind_of(type(target.entry))}"))
        return msgspec.structs.replace(stated, report=target.event_id)


def is_whole(report: ReportRequest) -> bool:
    """Whether all of it could be read, so that it has a digest."""
    return report.body is not None and report.about is not None and report.citations is not None
