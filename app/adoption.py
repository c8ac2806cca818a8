"""Adopting another version of the rules: one public event in the ledger's own stream, recorded by somebody who means it.

    adopt_rules(service, "rules-v2")

From that event's position on, findings follow the new rules; what was found before stays as found, and the event says when and by what
the change came. Every finding is then worked out anew, in slices, while readers go on reading what was found before.

Absent on purpose: adopting by itself. A newer version of Custody Ledger that brings other rules changes no finding until it is told to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from app.ledger import Service
from events.commands import Command, Item, PlannedEvent, Recorded
from events.decoder import Event
from events.envelope import Draft, canonical
from events.errors import RulesRefused
from events.kinds import Position, RulesAdopted
from events.store import LEDGER_KEY, PUBLIC_VIEWER, decoded, read_stream
from events.texts import shown
from projections.rulebook import rules_in_force

SET_NAME = "rules"


class Adoption(Struct, frozen=True, kw_only=True):
    """The rules in force from `position` on, and those that were in force until then."""

    rules: str
    before: str
    position: Position


def adopt_rules(service: Service, version: str) -> Adoption:
    """Records that findings follow these rules from now on, and returns once that is durable; the service must be one that records.

    Raises RulesRefused for rules that this version does not know, or that are in force already; VersionStale if the ledger's own stream
    moved on in between. Nothing is stored then.
    """
    rulebooks = service.rulebooks
    if version not in rulebooks:
        raise RulesRefused(
            f"This version of Custody Ledger does not know {shown(version)}; it knows {', '.join(rulebooks)}. Correct the name, or install"
            " a version that has them.",
            version=version,
            known=tuple(rulebooks),
        )
    with service.database.reading() as connection:
        events = [decoded(event) for event in read_stream(connection, LEDGER_KEY, viewer=PUBLIC_VIEWER)]
    before = rules_in_force(events)
    if version == before:
        raise RulesRefused(
            f"{version} is in force already, since position {_adopted_at(events)}. There is nothing to adopt.",
            version=version,
            position=_adopted_at(events),
        )
    recorded = service.writer.submit(_command(service, version, ledger_version=len(events))).result()
    assert isinstance(recorded, Recorded), "a new key and no opening leave nothing to plan again"
    return Adoption(rules=version, before=before, position=recorded.position)


def _adopted_at(events: Sequence[Event]) -> Position:
    return [event.position for event in events if isinstance(event.content, RulesAdopted)][-1]


def _command(service: Service, version: str, *, ledger_version: int) -> Command:
    """The adoption, as it stands to be admitted if the ledger's stream is still at this version."""
    batch = service.entropy.random_id()
    adopted = RulesAdopted(
        schema=RulesAdopted.latest_schema, streams=(), recorded_by=service.actor, batch=batch, rules=version
    )
    content = msgspec.to_builtins(adopted)
    del content["streams"]
    event = PlannedEvent(
        draft=Draft(content, stream_count=1, entropy=service.entropy),
        subjects=(LEDGER_KEY,),
        expected_versions={LEDGER_KEY: ledger_version},
    )
    digest = hashlib.sha256(canonical({"rules": version})).digest()
    # The expected version keeps two adoptions apart, and says which came first; a key that they shared would say less.
    item = Item(key=batch, request_digest=digest, events=(event,))
    return Command(actor=service.actor, set_name=SET_NAME, items=(item,))
