"""Small commands for tests of the ledger: subjects opened, statements about them, with contents that cost little.

The store does not ask what a content means, so these hold no more than numbering needs; kinds and citations have tests of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from app.database import Database
from events.commands import Command, Item, Opening, PlannedEvent
from events.envelope import Draft, Entropy
from events.kinds import ActorId, StreamId, Subject, SubjectKey, SubjectSort, Visibility
from events.store import Head, open_ledger

ACTOR = ActorId("a" * 32)
SET = "set"


def opened(database: Database, entropy: Entropy) -> Head:
    """The head of a database's ledger, opened as every test opens it."""
    with database.writing() as connection:
        return open_ledger(connection, entropy=entropy, origin="a test", zone="Asia/Baku", rules="rules-v1")


class Scribe:
    """Plans events from one source of entropy."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def opening(
        self,
        key: str,
        *,
        sort: SubjectSort = SubjectSort.PERSON,
        visibility: Visibility = Visibility.PUBLIC,
        new_subject: bool = True,
        expected: int | None = None,
    ) -> PlannedEvent:
        """`subject_opened` of this key."""
        subject = Subject(key=SubjectKey(key), sort=sort)
        opens = Opening(
            subject=subject, stream_id=StreamId(self._entropy.random_id()), new_subject=new_subject
        )
        content = {"kind": "subject_opened", "subject": msgspec.to_builtins(subject)}
        versions = {} if expected is None else {subject.key: expected}
        return self._event(content, (key,), visibility=visibility, opens=opens, expected=versions)

    def statement(
        self,
        *keys: str,
        words: str = "so it was said",
        visibility: Visibility = Visibility.PUBLIC,
        expected: Mapping[SubjectKey, int] | None = None,
    ) -> PlannedEvent:
        """An event about these subjects, the first of them primary."""
        return self._event(
            {"kind": "statement_reported", "words": words},
            keys,
            visibility=visibility,
            expected=expected or {},
        )

    def _event(
        self,
        content: Mapping[str, object],
        keys: Sequence[str],
        *,
        visibility: Visibility,
        expected: Mapping[SubjectKey, int],
        opens: Opening | None = None,
    ) -> PlannedEvent:
        common: dict[str, object] = {"schema": 1, "recorded_by": ACTOR, "batch": "b" * 32}
        if visibility is not Visibility.PUBLIC:
            common["visibility"] = visibility.value
        draft = Draft({**common, **content}, stream_count=len(keys), entropy=self._entropy)
        return PlannedEvent(
            draft=draft, subjects=tuple(map(SubjectKey, keys)), opens=opens, expected_versions=expected
        )


def item(key: str, *events: PlannedEvent, request: str | None = None) -> Item:
    """What stands under a key; its request is the key itself unless another is given."""
    return Item(key=key, request_digest=digest(key if request is None else request), events=events)


def command(*items: Item, actor: ActorId = ACTOR, set_name: str = SET) -> Command:
    """A command of the tests' actor."""
    return Command(actor=actor, set_name=set_name, items=items)


def digest(request: str) -> bytes:
    """The digest of a request."""
    return hashlib.sha256(request.encode()).digest()
