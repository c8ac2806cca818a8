"""What a refusal means to each door: one table from its code to an HTTP status, a GraphQL code and an exit code.

    exit code   0  done, or nothing left to do
                1  refused: the input is wrong, and was told why; nothing was stored
                2  the command was not understood
                3  not ready: there is no ledger yet, or its schema or its rules are not those of this version
                4  busy: try again in a moment
                5  the ledger contradicts itself: run `custody verify`, restore a backup

A test holds the table to the tree of `events/errors.py`: every class has a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from msgspec import Struct

from events.errors import LedgerError


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOT_READY = 3
    BUSY = 4
    BROKEN = 5


class Meaning(Struct, frozen=True):
    """What one code means to the doors. `graphql` is the `extensions.code` of an error, or the code of a refusal as data."""

    http: int
    graphql: str
    exit: Exit


def _refused(code: str, http: int = 422) -> tuple[str, Meaning]:
    return code, Meaning(http, code, Exit.REFUSED)


MEANINGS: Final[Mapping[str, Meaning]] = dict(
    [
        _refused("REFUSED"),
        _refused("REQUEST_REFUSED"),
        _refused("QUERY_REFUSED"),
        _refused("VALUE_INVALID"),
        _refused("DATE_INVALID"),
        _refused("QUANTITY_INVALID"),
        _refused("TERM_INVALID"),
        _refused("TEXT_INVALID"),
        _refused("TOO_LARGE", 413),
        _refused("CITATION_REFUSED"),
        _refused("QUOTE_NOT_FOUND"),
        _refused("QUOTE_AMBIGUOUS"),
        _refused("QUOTE_CONTEXT_MISMATCH"),
        _refused("SNAPSHOT_MISSING"),
        _refused("SNAPSHOT_ERASED", 410),
        _refused("APPEND_REFUSED", 409),
        _refused("VERSION_STALE", 409),
        _refused("KEY_TAKEN", 409),
        _refused("KEY_ERASED", 410),
        _refused("SUBJECT_KEY_TAKEN", 409),
        _refused("SUBJECT_NOT_FOUND", 404),
        _refused("SORT_MISMATCH"),
        _refused("KIND_MISMATCH"),
        _refused("ALREADY_DECIDED", 409),
        _refused("RULES_REFUSED", 409),
        _refused("REQUEST_INVALID", 400),
        _refused("ID_INVALID", 400),
        _refused("CURSOR_INVALID", 400),
        _refused("PAGE_INVALID", 400),
        _refused("MOMENT_INVALID", 400),
        _refused("TOO_MUCH_ASKED", 400),
        ("QUEUE_FULL", Meaning(503, "QUEUE_FULL", Exit.BUSY)),
        ("REBUILD_RUNNING", Meaning(503, "REBUILD_RUNNING", Exit.BUSY)),
        _refused("NO_BUILD_KEPT", 409),
        ("REBUILD_STOPPED", Meaning(500, "INTERNAL", Exit.BROKEN)),
        ("NOT_YET", Meaning(503, "NOT_YET", Exit.BUSY)),
        ("STORE_UNREADY", Meaning(503, "STORE_UNREADY", Exit.NOT_READY)),
        ("RULES_UNKNOWN", Meaning(503, "RULES_UNKNOWN", Exit.NOT_READY)),
        ("SETTINGS_INVALID", Meaning(500, "INTERNAL", Exit.NOT_READY)),
        ("SCHEMA_UNKNOWN", Meaning(500, "INTERNAL", Exit.BROKEN)),
        ("INTEGRITY_BROKEN", Meaning(500, "INTERNAL", Exit.BROKEN)),
        ("PROOF_INVALID", Meaning(500, "INTERNAL", Exit.BROKEN)),
    ]
)


def meaning_of(refused: LedgerError) -> Meaning:
    """What a refusal means to the doors; of a class without a row of its own, what the nearest one above it means."""
    for kind in type(refused).__mro__:
        code = getattr(kind, "code", None)
        if isinstance(code, str) and code in MEANINGS:
            return MEANINGS[code]
    raise AssertionError(f"{refused!r} is no refusal of the ledger")
