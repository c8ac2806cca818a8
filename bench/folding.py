"""Decoding and folding in memory: the people of a ledger, by the folds that the projections use, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from events.decoder import Event
from events.kinds import EventId, Position, SubjectKey, SubjectOpened, SubjectSort
from projections.context import ActFacts, Facts, GroupFacts, PartyFacts, SourceFacts
from projections.facts import facts_of
from projections.findings import Finding
from projections.prisoner import fold_prisoner


def fold(events: Iterable[Event]) -> list[Finding]:
    """The findings of all people among the events, in the order in which they were opened."""
    by_subject: dict[SubjectKey, list[Event]] = {}
    sorts: dict[SubjectKey, SubjectSort] = {}
    for event in events:
        for key in event.about:
            by_subject.setdefault(key, []).append(event)
        if isinstance(event.content, SubjectOpened):
            sorts[event.content.subject.key] = event.content.subject.sort
    context = _Context(sorts, by_subject)
    return [
        finding
        for key, sort in sorts.items()
        if sort is SubjectSort.PERSON
        for finding in fold_prisoner(key, by_subject[key], context)
    ]


class _Context:
    """Answers from the events themselves."""

    def __init__(self, sorts: dict[SubjectKey, SubjectSort], events: dict[SubjectKey, list[Event]]) -> None:
        self._sorts = sorts
        self._events = events
        self._facts: dict[SubjectKey, Facts] = {}

    def source(self, key: SubjectKey) -> SourceFacts | None:
        facts = self._of(key)
        return facts if isinstance(facts, SourceFacts) else None

    def party(self, key: SubjectKey) -> PartyFacts | None:
        facts = self._of(key)
        return facts if isinstance(facts, PartyFacts) else None

    def act(self, key: SubjectKey) -> ActFacts | None:
        facts = self._of(key)
        return facts if isinstance(facts, ActFacts) else None

    def group(self, key: SubjectKey) -> GroupFacts | None:
        facts = self._of(key)
        return facts if isinstance(facts, GroupFacts) else None

    def name_of(self, key: SubjectKey) -> str | None:
        return getattr(self._of(key), "name", None)

    def position_of(self, event_id: EventId) -> Position | None:
        raise AssertionError(f"no report here is ordered after another, but {event_id} was asked for")

    def _of(self, key: SubjectKey) -> Facts | None:
        if key not in self._facts:
            if key not in self._sorts:
                return None
            own: Sequence[Event] = self._events[key]
            self._facts[key] = facts_of(self._sorts[key], key, own)
        return self._facts[key]
