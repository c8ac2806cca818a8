"""Terms: how long something is to last."""

from __future__ import annotations

import msgspec


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How long: an ISO 8601 `duration`, or `life`. `as_written` is null where the term was computed."""

    as_written: str | None = None
    duration: str | None = None
    life: bool = False


class ReductionAmount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """By how much a sentence was cut: a `duration`, or a `fraction` such as `1/3` of the whole or of the unserved part."""

    as_written: str
    duration: str | None = None
    fraction: str | None = None
    of_unserved: bool | None = None
