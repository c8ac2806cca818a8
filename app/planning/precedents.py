"""What was decided before on the same things: on record, and further up in the same request.

    taken back twice       is refused, with the decision that is in force: a second one would have to be undone by itself
    what a decision reaches    it is filed under all whom the corrections that hang together with it reached: of two corrections of one
                           report the later one takes away what the earlier one brought, which may be about somebody else

Only decisions that everybody knows of who will know of the new one are precedents: for all others they are not there. A party may be
taken back again, since that covers what is earlier than itself (rules.md R16).

Absent on purpose: what stands (a fold). A race between two recorders leaves two decisions in force, and each is undone by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set

from app.planning.claims import Claims
from app.planning.drafting import STRICTNESS, Precedent, Target, Unresolved
from app.requests import FieldPath
from events.errors import AlreadyDecided
from events.kinds import ReportCorrected, ReportRetracted, SubjectKey, Visibility, kind_of
from events.store import FULL_VIEWER, decoded, events_of_subjects

_KINDS = frozenset({kind_of(ReportCorrected), kind_of(ReportRetracted)})


class Precedents(Claims):
    """Knows the corrections and retractions that a new decision meets."""

    def _check_stands(
        self, of: str, about: Collection[SubjectKey], visibility: Visibility, at: FieldPath
    ) -> None:
        """An event, by its id, or a source, by its key, is not taken back already. Raises Unresolved."""
        by = taken_back(self._precedents_about(about, visibility)).get(of)
        if by is not None:
            message = f"already retracted by {by.told}: retract that decision to reinstate it"
            self._wrong(at, AlreadyDecided(message, event=by.event_id, position=by.position))
            raise Unresolved

    def _reached(
        self, target: Target, about: Iterable[SubjectKey], visibility: Visibility
    ) -> list[SubjectKey]:
        """`about`, and all whom the corrections and retractions reached that hang together with the target, event by event."""
        reached, linked = list(about), {str(target.event_id)}
        while more := [
            precedent
            for precedent in self._precedents_about(dict.fromkeys(reached), visibility)
            if 0 < len(linked & (own := {precedent.event_id, *_linked_by(precedent.entry)})) < len(own)
        ]:
            for precedent in more:
                linked |= {precedent.event_id, *_linked_by(precedent.entry)}
                reached += precedent.subjects
        self._learn_all({key for key in reached if key not in self._by_key})
        return list(dict.fromkeys(reached))

    def _precedents_about(self, keys: Collection[SubjectKey], visibility: Visibility) -> list[Precedent]:
        """The precedents about any of these for a decision of this visibility, oldest first."""
        self._learn_precedents({key for key in keys if key not in self._precedents})
        stored = {one.event_id: one for key in keys for one in self._precedents[key]}
        among = [
            *sorted(stored.values(), key=lambda one: one.position or 0),
            *(one for one in self._decided_here if set(one.subjects) & set(keys)),
        ]
        strictest = STRICTNESS.index(visibility)
        return [one for one in among if STRICTNESS.index(one.entry.visibility) <= strictest]

    def _learn_precedents(self, keys: Set[SubjectKey]) -> None:
        self._precedents |= {key: [] for key in keys}
        if not keys:
            return
        stored = events_of_subjects(self._connection, sorted(keys), viewer=FULL_VIEWER, in_passing=False)
        for event in (event for event in stored if event.kind in _KINDS):
            entry = decoded(event).content
            assert isinstance(entry, ReportCorrected | ReportRetracted), "of one of the kinds asked for"
            told = f"the decision {event.event_id} at position {event.position}"
            for key in keys & set(event.subjects):
                self._precedents[key].append(
                    Precedent(
                        event_id=event.event_id,
                        entry=entry,
                        subjects=event.subjects,
                        told=told,
                        position=event.position,
                    )
                )


def taken_back(among: Sequence[Precedent]) -> dict[str, Precedent]:
    """What is taken back, by event id or source's key, and by which: weighed from the last to the first, since targets are earlier."""
    fallen: dict[str, Precedent] = {}
    for one in reversed(among):
        if isinstance(one.entry, ReportRetracted) and one.event_id not in fallen:
            fallen.setdefault(one.entry.event or one.entry.source or "", one)
    return fallen


def _linked_by(entry: ReportCorrected | ReportRetracted) -> set[str]:
    match entry:
        case ReportCorrected():
            return {entry.report, entry.corrected_to}
        case ReportRetracted():
            return set() if entry.event is None else {entry.event}
