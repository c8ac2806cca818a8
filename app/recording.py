"""The one write path: a request is planned, its snapshot archived, its command appended; and planned again if somebody was first.

    Recorder.record(request)    all of it is on record once this returns, or nothing is, and why
    Recorder.check(request)     the same judgement, and nothing is stored

Every door that records comes through here: the command line, GraphQL, the examples of the tests. A plan is made against one state of the
ledger; if a key or a subject of it was recorded meanwhile the writer says so, and the plan is made anew (I-3).

Absent on purpose: judging a request (`planning`), the append itself (`app.writer`, `events.store`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from app.database import Database
from app.planning import Plan, Planner
from app.requests import Mistake, RecordingRequest, RequestRefused
from app.snapshots import SnapshotArchive
from app.writer import Writer
from events.commands import Command, Receipt, Recorded, Replan
from events.envelope import Entropy
from events.errors import AppendRefused, QueueFull
from events.kinds import ActorId, EventId, Position

PLANS_MAX = 8
"""How often a request is planned anew because somebody else was first; more would mean a fault, not bad luck."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a request: a receipt for each of its items by key, those known before included.

    `event_count` events are new, at `first_position` to `last_position`; both are null where nothing was new, or only checked.
    `claim_count`: how many claims and decisions the request has, of which `new_claim_count` are new. `snapshot` is the one that was
    cited by default, if there is one.
    """

    set_name: str
    receipts: Mapping[str, Receipt]
    event_count: int
    claim_count: int
    new_claim_count: int
    snapshot: EventId | None = None
    first_position: Position | None = None
    last_position: Position | None = None


class Recorder:
    """Records requests in one ledger. May be shared between threads."""

    def __init__(
        self, *, database: Database, archive: SnapshotArchive, writer: Writer, entropy: Entropy
    ) -> None:
        self._database = database
        self._archive = archive
        self._writer = writer
        self._entropy = entropy

    def record(
        self, request: RecordingRequest, *, actor: ActorId, mistakes: Iterable[Mistake] = ()
    ) -> Outcome:
        """Records the request and returns once it is durable. `mistakes` are those that the door found already.

        Raises RequestRefused with every mistake, and stores nothing then; QueueFull if too much is waiting.
        """
        for _ in range(PLANS_MAX):
            plan = self._plan(request, actor, mistakes)
            if not plan.items:
                return _outcome(request, plan, {})
            for archived in plan.archived:
                self._archive.capture(archived.data, media_type=archived.media_type)
            command = Command(actor=actor, set_name=request.set_name, items=plan.items)
            recorded = self._submitted(command)
            if not isinstance(recorded, Replan):
                return _outcome(request, plan, {receipt.key: receipt for receipt in recorded.receipts})
        raise QueueFull(
            "Others record the same subjects at this moment. Nothing was stored: try again in a second."
        )

    def check(
        self, request: RecordingRequest, *, actor: ActorId, mistakes: Iterable[Mistake] = ()
    ) -> Outcome:
        """What `record` would do, without doing it; raises as it would."""
        return _outcome(request, self._plan(request, actor, mistakes), {})

    def _plan(self, request: RecordingRequest, actor: ActorId, found: Iterable[Mistake]) -> Plan:
        with self._database.reading() as connection:
            planner = Planner(connection, request, actor=actor, archive=self._archive, entropy=self._entropy)
            plan = planner.plan()
        if mistakes := (*found, *plan.mistakes):
            raise RequestRefused(mistakes)
        return plan

    def _submitted(self, command: Command) -> Recorded | Replan:
        try:
            return self._writer.submit(command).result()
        except QueueFull:
            raise
        except AppendRefused as refused:
            # Somebody else took a key or moved a stream on between the plan and the lock.
            mistake = Mistake(path=(), code=refused.code, message=refused.message, facts=refused.facts)
            raise RequestRefused((mistake,)) from refused


def _outcome(request: RecordingRequest, plan: Plan, recorded: Mapping[str, Receipt]) -> Outcome:
    keys = [*(claim.key for claim in request.claims), *(decision.key for decision in request.decisions)]
    new = {item.key for item in plan.items}
    return Outcome(
        set_name=request.set_name,
        receipts={**plan.known, **recorded},
        event_count=plan.event_count,
        claim_count=len(keys),
        new_claim_count=sum(key in new for key in keys),
        snapshot=plan.snapshot,
        first_position=min((receipt.first_position for receipt in recorded.values()), default=None),
        last_position=max((receipt.last_position for receipt in recorded.values()), default=None),
    )
