"""What a fold may know beside the events of its own subject: sources, parties and acts, by their keys.

The runner hands in a context that notes every key asked for, so that a fold is done again when one of them changes. Folds themselves
stay pure: the same events and the same answers give the same bytes.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from msgspec import Struct

from events.dates import ClaimedDate
from events.kinds import EventId, SourceRelation, SubjectKey


class SourceFacts(Struct, frozen=True, kw_only=True):
    """What is registered of a source. `available` is when its wording could be read in public."""

    key: SubjectKey
    title: str
    publisher: SubjectKey | None = None
    relation: SourceRelation = SourceRelation.ORIGINAL
    original: SubjectKey | None = None
    available: ClaimedDate | None = None


class PartyFacts(Struct, frozen=True, kw_only=True):
    """What is opened of a party. `identified` is false for a crowd such as `officials`, which never counts as a voice beside others."""

    key: SubjectKey
    name: str | None = None
    identified: bool = True


class ActFacts(Struct, frozen=True, kw_only=True):
    """`effective_from` is the first day that the earliest reported signing, publication or entry into force allows; None where no report
    gives one."""

    key: SubjectKey
    name: str | None = None
    effective_from: date | None = None


class Context(Protocol):
    """Answers for keys; None where there is no such subject, or nothing is known of it that may be used."""

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """A source, by its subject's key."""

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """A party, by its subject's key."""

    def act(self, key: SubjectKey) -> ActFacts | None:
        """An act, by its subject's key."""

    def name_of(self, key: SubjectKey) -> str | None:
        """A display name of any subject."""

    def position_of(self, event_id: EventId) -> int | None:
        """The position of an event."""
