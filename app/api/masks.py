"""What of an archived text a viewer may not read: the words that reports for other eyes cite.

A passage, the whole sentence round a public quote, may hold a neighbour that a restricted report cites; that neighbour is masked. The spans
are collected from the events that are not public, each read once, as far as the reader's transaction sees them.

Absent on purpose: any word of those events. Positions of characters are all that is kept.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection

from events.citations import Citation
from events.kinds import EventId, Visibility
from events.store import Viewer, decoded, read_events

MASK = "[…]"
HIDDEN = Viewer(frozenset(Visibility) - {Visibility.PUBLIC})

Span = tuple[int, int]


class Masks:
    """The spans of archived texts that reports cite which are not public. May be shared between threads and operations."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._through = 0
        self._spans: dict[EventId, dict[Visibility, list[Span]]] = defaultdict(lambda: defaultdict(list))

    def catch_up(self, connection: Connection, through: int) -> None:
        """Reads what was recorded since, up to a position that the transaction sees."""
        with self._lock:
            if through <= self._through:
                return
            for stored in read_events(connection, viewer=HIDDEN, after=self._through, through=through):
                report = decoded(stored).report
                for citation in report.citations if report is not None else ():
                    if isinstance(citation, Citation):
                        spans = self._spans[EventId(citation.snapshot)][stored.visibility]
                        spans.append((citation.start, citation.end))
            self._through = through

    def of(self, snapshot: EventId, viewer: Viewer) -> tuple[Span, ...]:
        """The spans of a snapshot's text that the viewer may not read, in no order."""
        with self._lock:
            spans = self._spans.get(snapshot, {})
            return tuple(
                span for seen_by, hidden in spans.items() if seen_by not in viewer.may_see for span in hidden
            )


def masked(passage: str, offset: int, *, quote: Span, hidden: Iterable[Span]) -> str:
    """The passage, which begins at `offset` of its text, with `MASK` for what of it is hidden; the public quote itself stays whole."""
    shown: list[str] = []
    place = 0
    for start, end in _joined(part for span in hidden for part in _without(span, quote)):
        first, last = max(start - offset, place), min(end - offset, len(passage))
        if first < last:
            shown += [passage[place:first], MASK]
            place = last
    return "".join([*shown, passage[place:]])


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _without(span: Span, quote: Span) -> tuple[Span, ...]:
    """What of a span lies before and after the quote."""
    before = (span[0], min(span[1], quote[0]))
    after = (max(span[0], quote[1]), span[1])
    return tuple(part for part in (before, after) if part[0] < part[1])
