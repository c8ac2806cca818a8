"""Dates as sources claim them."""

from __future__ import annotations

import enum

import msgspec


class Derivation(enum.StrEnum):
    """How a date or a value follows from the words of its source."""

    STATED = "stated"
    INFERRED = "inferred"
    ENTAILED = "entailed"
    RESOLVED = "resolved"
    COMPUTED = "computed"
    CAPTURED = "captured"


class ClaimedDate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A date as claimed: `edtf` in the ledger's profile, or null where the source states a day that no calendar has."""

    edtf: str | None = None
    derivation: Derivation
    as_written: str | None = None
    problem: str | None = None
