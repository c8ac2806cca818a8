"""What a fold may know beside the events of its own subject: sources, parties and acts, by their keys.

The runner hands in a context that notes every key asked for, so that a fold is done again when one of them changes. Folds themselves
stay pure: the same events and the same answers give the same bytes.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from msgspec import Struct

from events.dates import ClaimedDate
from events.kinds import ActForm, PartySort, Position, SourceRelation, SubjectKey


class SourceFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is registered of a source. `available` is when its wording could be read in public; `captured` the day of the first usable
    copy, by which at the latest it could be. Without a title: not registered. `fallen_by` is the decision in force by which all that rests
    on it fell (R16); what is registered of it stays, and is shown."""

    title: str = ""
    publisher: SubjectKey | None = None
    relation: SourceRelation = SourceRelation.ORIGINAL
    original: SubjectKey | None = None
    url: str | None = None
    language: str | None = None
    available: ClaimedDate | None = None
    captured: ClaimedDate | None = None
    licence: str | None = None
    use_restriction: str | None = None
    fallen_by: Position | None = None


class PartyFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is opened of a party. `identified` is false for a crowd such as `officials`, which never counts as a voice beside others.
    `fallen_by` is the latest decision in force by which all fell that was credited to it until then (R16)."""

    name: str | None = None
    party_sort: PartySort | None = None
    identified: bool = True
    fallen_by: Position | None = None


class ActFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`effective_from` is the first day that the earliest reported signing, publication or entry into force allows; None where no report
    gives one."""

    name: str | None = None
    form: ActForm | None = None
    effective_from: date | None = None


class GroupFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is opened of a group: the class in the source's words, whose definition it is, the act and the larger group it stands under."""

    name: str | None = None
    defined_by: SubjectKey | None = None
    under: SubjectKey | None = None
    part_of: SubjectKey | None = None
    unit: str | None = None


class PlainFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is opened of a person record, a proceeding or a list: a name, and of a list its publisher."""

    name: str | None = None
    publisher: SubjectKey | None = None


Facts = SourceFacts | PartyFacts | ActFacts | GroupFacts | PlainFacts


class Context(Protocol):
    """Answers for keys; None where there is no such subject, or nothing is known of it that may be used."""

    def source(self, key: SubjectKey) -> SourceFacts | None:
        """A source, by its subject's key."""

    def party(self, key: SubjectKey) -> PartyFacts | None:
        """A party, by its subject's key."""

    def act(self, key: SubjectKey) -> ActFacts | None:
        """An act, by its subject's key."""

    def group(self, key: SubjectKey) -> GroupFacts | None:
        """A group, by its subject's key."""

    def name_of(self, key: SubjectKey) -> str | None:
        """A display name of any subject."""
