"""Numbers as sources put them."""

from __future__ import annotations

import enum

import msgspec

from events.texts import WrittenText


class Comparator(enum.StrEnum):
    """How a number is put."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    FEWER_THAN = "fewer_than"
    BETWEEN = "between"
    ALMOST = "almost"
    ABOUT = "about"
    SOME = "some"
    DOZENS = "dozens"
    HUNDREDS = "hundreds"
    SHARE_OF = "share_of"


class CountMeasure(enum.StrEnum):
    """What is counted. What is expected is a modality, not a measure."""

    COVERED = "covered"
    APPLIED = "applied"
    RELEASED = "released"
    RELIEVED_OTHERWISE = "relieved_otherwise"
    REDUCED = "reduced"
    CASE_ENDED = "case_ended"
    EXCLUDED = "excluded"
    HELD = "held"
    DETAINED_AGAIN = "detained_again"
    NAMED_BY_SOURCE = "named_by_source"


class CountUnit(enum.StrEnum):
    """In what it is counted."""

    PERSON = "person"
    PRISONER = "prisoner"
    CASE = "case"
    REDUCTION = "reduction"


class Accumulation(enum.StrEnum):
    """How a figure relates to the ones before it."""

    CUMULATIVE = "cumulative"
    INCREMENT = "increment"
    POINT_IN_TIME = "point_in_time"
    UNSTATED = "unstated"


class Coverage(enum.StrEnum):
    """Whether the parts are all there is."""

    EXHAUSTIVE = "exhaustive"
    PARTIAL = "partial"
    UNSTATED = "unstated"


class Quantity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A number as said. Its bounds are computed (`bounds_of`), never stored; silence is the absence of a quantity, never 0."""

    as_written: str
    comparator: Comparator
    point: int | None = None
    up_to: int | None = None
    of: int | None = None
    rounding: int | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One part of a breakdown. Without a label: of these, unplaced. Without a quantity: the source names the part and no number."""

    label: WrittenText | None = None
    quantity: Quantity | None = None


class Breakdown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A count split by one dimension, such as region."""

    dimension: str
    coverage: Coverage = Coverage.UNSTATED
    parts: tuple[Part, ...] = ()
