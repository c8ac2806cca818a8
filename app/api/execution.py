"""One operation, executed: in one reading transaction, so that all its answers have one basis, and on one thread.

    execute(service, document, variables)       the response as plain values, for every door

Resolvers are coroutines only so that loaders can gather what a level asks for: they run on a loop of their own in the calling thread, and
wait for nothing but the database. A server calls this from a worker thread.

Refusals become errors with `extensions.code`, by the one table (`app.errors`). What nobody foresaw is logged under an id, and the answer
tells the id alone.

Absent on purpose: transport (`app.main`), and any write.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from graphql import GraphQLError
from msgspec import Struct

from app.api.clocks import NOW, Clocks
from app.api.masks import Masks
from app.api.request import Request
from app.api.schema import SCHEMA
from app.api.values import instant
from app.database import Database
from app.errors import meaning_of
from app.ledger import Service
from events.errors import LedgerError, NotYet
from events.kinds import LedgerOpened, Position
from events.store import PUBLIC_VIEWER, decoded, read_positions
from projections.builds import known_at
from projections.known import Known
from projections.reads import Basis, basis

NOT_YET_SECONDS_MAX = 2.0
POLL_SECONDS = 0.05

_MASKS: WeakKeyDictionary[Database, Masks] = WeakKeyDictionary()
_ZONES: WeakKeyDictionary[Database, str] = WeakKeyDictionary()
_log = logging.getLogger(__name__)


def execute(
    service: Service,
    document: str,
    variables: Mapping[str, Any] | None = None,
    *,
    operation: str | None = None,
    at_least: int = 0,
    clocks: Clocks = NOW,
) -> dict[str, Any]:
    """The response to one operation: `data`, `errors` where there are any, and `extensions` with the basis of the present.

    `at_least` is a position that the answer must take in; waits up to two seconds for it, then answers NOT_YET. `clocks` are what the
    operation is about wherever it names none itself.
    """
    deadline = time.monotonic() + NOT_YET_SECONDS_MAX
    while True:
        now = service.entropy.now()
        with service.database.reading() as connection:
            known = known_at(connection)
            present = _present(known, service, now)
            if present.projected_through >= at_least:
                return _executed(
                    service,
                    _Operation(document, dict(variables or {}), operation, clocks),
                    known,
                    present,
                    now,
                )
        if time.monotonic() >= deadline:
            message = f"Entry {at_least} is demanded, and findings have come to {present.projected_through}. Ask again in a moment."
            return {"errors": [_refusal(NotYet(message))], "extensions": _extensions(present)}
        time.sleep(POLL_SECONDS)


class _Operation(Struct, frozen=True):
    document: str
    variables: dict[str, Any]
    name: str | None
    clocks: Clocks


def _executed(
    service: Service, operation: _Operation, known: Known, present: Basis, now: datetime
) -> dict[str, Any]:
    try:
        request = Request(
            known,
            archive=service.archive,
            masks=_MASKS.setdefault(service.database, Masks()),
            viewer=PUBLIC_VIEWER,
            basis=present,
            now=now,
            clocks=operation.clocks,
            rulebooks=service.rulebooks,
        )
    except LedgerError as refused:
        return {"errors": [_refusal(refused)], "extensions": _extensions(present)}
    result = asyncio.run(
        SCHEMA.execute(
            operation.document or " ",  # an empty one Strawberry refuses to read at all
            variable_values=operation.variables,
            context_value=request,
            operation_name=operation.name,
        )
    )
    errors = [_told(error) for error in result.errors or ()]
    response: dict[str, Any] = {"errors": errors} if errors else {}
    if result.data is not None or any("path" in error for error in errors):
        # Without it, the operation never began (GraphQL, 7.1: response format).
        response["data"] = result.data
    return {**response, "extensions": _extensions(present)}


def _present(known: Known, service: Service, now: datetime) -> Basis:
    """The basis of answers given now: today is the day in the ledger's own zone."""
    zone = _ZONES.get(service.database) or _zone_of(known, service)
    return basis(known, valid_on=now.astimezone(ZoneInfo(zone)).date(), zone=zone)


def _zone_of(known: Known, service: Service) -> str:
    """The zone that the ledger was opened with, which is remembered, since it never changes; before that, the zone of the settings."""
    opening = read_positions(known.ledger, [1], viewer=PUBLIC_VIEWER).get(Position(1))
    content = decoded(opening).content if opening is not None else None
    if not isinstance(content, LedgerOpened):
        return service.settings.zone
    return _ZONES.setdefault(service.database, content.zone)


def _extensions(now: Basis) -> dict[str, Any]:
    return {
        "basis": {
            "position": now.position,
            "recordedAt": instant(now.recorded_at),
            "validOn": now.valid_on.isoformat(),
            "zone": now.zone,
            "rules": now.rules,
            "erasures": now.erasures,
            "projectedThrough": now.projected_through,
        }
    }


def _told(error: GraphQLError) -> dict[str, Any]:
    """An error as the response tells it."""
    formatted = error.formatted
    place: dict[str, Any] = {}
    if "locations" in formatted:
        place["locations"] = formatted["locations"]
    if "path" in formatted:
        place["path"] = formatted["path"]
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    match cause:
        case None | GraphQLError():
            # The document's own fault: syntax, validation, a limit.
            return {"message": error.message, "extensions": {"code": "OPERATION_INVALID"}, **place}
        case RecursionError():
            message = "The operation is nested too deeply to be read."
            return {"message": message, "extensions": {"code": "OPERATION_INVALID"}}
        case LedgerError() if meaning_of(cause).graphql != "INTERNAL":
            return {**_refusal(cause), **place}
        case _:
            return {**_masked(cause), **place}


def _refusal(refused: LedgerError) -> dict[str, Any]:
    return {"message": refused.message, "extensions": {"code": meaning_of(refused).graphql}}


def _masked(cause: BaseException) -> dict[str, Any]:
    """What nobody foresaw: an id, under which the log holds the rest."""
    error_id = uuid.uuid4().hex
    _log.error("GraphQL error %s", error_id, exc_info=cause)
    return {
        "message": f"Something broke here, and it is not your question. The operator finds it in the log as {error_id}.",
        "extensions": {"code": "INTERNAL", "id": error_id},
    }
