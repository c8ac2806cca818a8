"""Numbers as sources put them, and the bounds that the wording allows.

    comparator   needs              bounds, inclusive            policy
    exact        point              point to point
    at_least     point              point upwards
    more_than    point              point + 1 upwards            more-than-v1
    at_most      point              0 to point
    fewer_than   point, from 1      0 to point - 1
    between      point, up_to       point to up_to
    almost       point, from 2      5/6 of point to point - 1    almost-v1    ("almost 30" is 25 to 29)
    about        point              point less and plus 10 %     about-v1     ("about 30" is 27 to 33)
    some         nothing            2 upwards                    some-v1
    dozens       nothing            24 to 99                     dozens-v1
    hundreds     nothing            200 to 999                   hundreds-v1
    share_of     point, of          point to point               ("15 of the 30": the share is what is counted)

Invariants. Bounds are computed, never stored. A policy is named wherever the bounds are ours and not the source's, and never
changes: other numbers get another name. Where a policy's arithmetic gives a fraction, bounds widen to whole numbers (`about-v1`)
or narrow to those that the word still allows (`almost-v1`, from the next whole number up); no quantity is below 0, which is why
"at most 20" begins at 0, by the source's own word. `almost-v1` of a number below 6, where 5/6 leaves nothing, is the number before.
`rounding` only says that a number is plainly round: 10,000 covered stays 10,000, because whoever wrote it may have meant it.

Absent on purpose: fractions and percentages (a number of people is whole), and 0 for silence: a number that nobody gave is
no quantity at all.
"""

from __future__ import annotations

import enum
from typing import assert_never

import msgspec

from events.errors import QuantityInvalid
from events.texts import WrittenText, check_words, check_written, shown

NUMBER_MAX = 2**53 - 1
"""The largest whole number that every reader of JSON keeps (RFC 8785 3.2.2.3, RFC 7493 2.2)."""


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


class Quantity(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A number as said. Its bounds are computed (`bounds_of`), never stored; silence is the absence of a quantity, never 0."""

    as_written: str
    comparator: Comparator
    point: int | None = None
    up_to: int | None = None
    of: int | None = None
    rounding: int | None = None


class Part(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """One part of a breakdown. Without a label: of these, unplaced. Without a quantity: the source names the part and no number."""

    label: WrittenText | None = None
    quantity: Quantity | None = None


class Breakdown(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A count split by one dimension, such as region."""

    dimension: str
    coverage: Coverage = Coverage.UNSTATED
    parts: tuple[Part, ...] = ()


class QuantityBounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a wording allows, inclusive; null is open. `policy` names who set the bounds where the source did not."""

    low: int | None = None
    high: int | None = None
    policy: str | None = None


_WITHOUT_NUMBER = frozenset({Comparator.SOME, Comparator.DOZENS, Comparator.HUNDREDS})
_POINT_MIN = {Comparator.FEWER_THAN: 1, Comparator.ALMOST: 2}


# ── In ───────────────────────────────────────────────────────────────────────


def check_quantity(quantity: Quantity) -> Quantity:
    """Return `quantity` as it is to be stored: with the numbers that its comparator needs, in order, and no others.

    Raises `QuantityInvalid`, saying which number is missing, too many, negative, too large or the wrong way round.
    """
    words = check_words(quantity.as_written, field="as_written")
    _check_presence(quantity)
    _check_ranges(quantity)
    _check_order(quantity)
    return msgspec.structs.replace(quantity, as_written=words)


def check_breakdown(breakdown: Breakdown) -> Breakdown:
    """Return `breakdown` as it is to be stored. Raises `QuantityInvalid`, `TextInvalid` or `TooLarge`."""
    dimension = check_words(breakdown.dimension, field="dimension")
    if not breakdown.parts:
        raise QuantityInvalid(f"{shown(dimension)}: expected parts, found none: leave the breakdown out")
    return msgspec.structs.replace(
        breakdown, dimension=dimension, parts=tuple(map(_check_part, breakdown.parts))
    )


# ── Bounds ───────────────────────────────────────────────────────────────────


def bounds_of(quantity: Quantity) -> QuantityBounds:
    """Return the bounds of a quantity that `check_quantity` has passed, by the table above."""
    n = 0 if quantity.comparator in _WITHOUT_NUMBER else _known(quantity, quantity.point)
    match quantity.comparator:
        case Comparator.EXACT | Comparator.SHARE_OF:
            return QuantityBounds(low=n, high=n)
        case Comparator.AT_LEAST:
            return QuantityBounds(low=n)
        case Comparator.MORE_THAN:
            return QuantityBounds(low=n + 1, policy="more-than-v1")
        case Comparator.AT_MOST:
            return QuantityBounds(low=0, high=n)
        case Comparator.FEWER_THAN:
            return QuantityBounds(low=0, high=n - 1)
        case Comparator.BETWEEN:
            return QuantityBounds(low=n, high=_known(quantity, quantity.up_to))
        case Comparator.ALMOST:
            return QuantityBounds(low=min(-(-5 * n // 6), n - 1), high=n - 1, policy="almost-v1")
        case Comparator.ABOUT:
            return QuantityBounds(low=9 * n // 10, high=-(-11 * n // 10), policy="about-v1")
        case Comparator.SOME:
            return QuantityBounds(low=2, policy="some-v1")
        case Comparator.DOZENS:
            return QuantityBounds(low=24, high=99, policy="dozens-v1")
        case Comparator.HUNDREDS:
            return QuantityBounds(low=200, high=999, policy="hundreds-v1")
        case _:
            assert_never(quantity.comparator)


# ── Checks ───────────────────────────────────────────────────────────────────


def _check_presence(quantity: Quantity) -> None:
    comparator = quantity.comparator
    numbered = comparator not in _WITHOUT_NUMBER
    for name, number, wanted in (
        ("point", quantity.point, numbered),
        ("up_to", quantity.up_to, comparator is Comparator.BETWEEN),
        ("of", quantity.of, comparator is Comparator.SHARE_OF),
    ):
        if wanted and number is None:
            raise _refused(quantity, f"`{comparator}` needs `{name}`, found none")
        if not wanted and number is not None:
            raise _refused(quantity, f"`{comparator}` takes no `{name}`, found {number}")
    if quantity.rounding is not None and not numbered:
        raise _refused(quantity, f"`{comparator}` takes no `rounding`, found {quantity.rounding}")


def _check_ranges(quantity: Quantity) -> None:
    for name, number, least in (
        ("point", quantity.point, _POINT_MIN.get(quantity.comparator, 0)),
        ("up_to", quantity.up_to, 0),
        ("of", quantity.of, 1),
        ("rounding", quantity.rounding, 1),
    ):
        if number is not None and not least <= number <= NUMBER_MAX:
            expected = f"expected a whole number from {least} to {NUMBER_MAX}"
            raise _refused(quantity, f"`{name}` of `{quantity.comparator}`: {expected}, found {number}")


def _check_order(quantity: Quantity) -> None:
    point, up_to, of, rounding = quantity.point or 0, quantity.up_to, quantity.of, quantity.rounding
    if up_to is not None and point > up_to:
        raise _refused(
            quantity, f"between {point} and {up_to} is the wrong way round: `point` is the lower number"
        )
    if of is not None and point > of:
        raise _refused(quantity, f"{point} of {of}: a share is no more than the whole")
    if rounding is not None and point % rounding:
        raise _refused(quantity, f"{point} is not rounded to {rounding}: expected a multiple of it")


def _check_part(part: Part) -> Part:
    if part.label is None and part.quantity is None:
        raise QuantityInvalid("a part without a label and without a quantity says nothing: leave it out")
    return Part(
        label=None if part.label is None else check_written(part.label, field="label"),
        quantity=None if part.quantity is None else check_quantity(part.quantity),
    )


def _known(quantity: Quantity, number: int | None) -> int:
    if number is None:
        raise _refused(quantity, f"`{quantity.comparator}` needs a number, found none")
    return number


def _refused(quantity: Quantity, reason: str) -> QuantityInvalid:
    return QuantityInvalid(f"{shown(quantity.as_written)}: {reason}", as_written=quantity.as_written)
