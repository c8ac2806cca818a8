"""A number as said, and exactly the bounds that its wording allows."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import QuantityInvalid, TextInvalid
from events.quantities import (
    NUMBER_MAX,
    Breakdown,
    Comparator,
    Coverage,
    Part,
    Quantity,
    QuantityBounds,
    bounds_of,
    check_breakdown,
    check_quantity,
)
from events.texts import WrittenText

WITHOUT_NUMBER = {Comparator.SOME, Comparator.DOZENS, Comparator.HUNDREDS}


def quantity(
    comparator: Comparator,
    point: int | None = None,
    *,
    up_to: int | None = None,
    of: int | None = None,
    rounding: int | None = None,
) -> Quantity:
    """The source's words do not matter here."""
    return Quantity(
        as_written="so many", comparator=comparator, point=point, up_to=up_to, of=of, rounding=rounding
    )


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    """Any quantity that is in order."""
    comparator = draw(st.sampled_from(Comparator))
    if comparator in WITHOUT_NUMBER:
        return quantity(comparator)
    point = draw(st.integers(2, NUMBER_MAX) | st.integers(2, 100))
    more = draw(st.integers(point, NUMBER_MAX))
    return quantity(
        comparator,
        point,
        up_to=more if comparator is Comparator.BETWEEN else None,
        of=more if comparator is Comparator.SHARE_OF else None,
    )


class TestBoundsOf:
    @pytest.mark.parametrize(
        ("said", "low", "high", "policy"),
        [
            (quantity(Comparator.EXACT, 22), 22, 22, None),
            (quantity(Comparator.EXACT, 0), 0, 0, None),
            (quantity(Comparator.AT_LEAST, 20), 20, None, None),
            (quantity(Comparator.MORE_THAN, 20), 21, None, "more-than-v1"),
            (quantity(Comparator.AT_MOST, 20), 0, 20, None),
            (quantity(Comparator.FEWER_THAN, 20), 0, 19, None),
            (quantity(Comparator.FEWER_THAN, 1), 0, 0, None),
            (quantity(Comparator.BETWEEN, 20, up_to=30), 20, 30, None),
            (quantity(Comparator.BETWEEN, 20, up_to=20), 20, 20, None),
            (quantity(Comparator.ALMOST, 30), 25, 29, "almost-v1"),
            (quantity(Comparator.ALMOST, 31), 26, 30, "almost-v1"),
            (quantity(Comparator.ALMOST, 6), 5, 5, "almost-v1"),
            (quantity(Comparator.ALMOST, 5), 4, 4, "almost-v1"),
            (quantity(Comparator.ALMOST, 2), 1, 1, "almost-v1"),
            (quantity(Comparator.ABOUT, 30), 27, 33, "about-v1"),
            (quantity(Comparator.ABOUT, 25), 22, 28, "about-v1"),
            (quantity(Comparator.SOME), 2, None, "some-v1"),
            (quantity(Comparator.DOZENS), 24, 99, "dozens-v1"),
            (quantity(Comparator.HUNDREDS), 200, 999, "hundreds-v1"),
            (quantity(Comparator.SHARE_OF, 15, of=30), 15, 15, None),
        ],
    )
    def test_the_table(self, said: Quantity, low: int, high: int | None, policy: str | None) -> None:
        """Each comparator has its bounds, and a policy only where the source did not set them."""
        assert bounds_of(check_quantity(said)) == QuantityBounds(low=low, high=high, policy=policy)

    def test_a_round_number_stays_what_it_is(self) -> None:
        """`rounding` is a flag: 10,000 covered is 10,000."""
        assert bounds_of(quantity(Comparator.EXACT, 10_000, rounding=1_000)) == QuantityBounds(
            low=10_000, high=10_000
        )

    @given(quantities())
    def test_bounds_are_in_order(self, said: Quantity) -> None:
        """Low is never below 0 nor above high."""
        bounds = bounds_of(said)

        assert bounds.low is not None
        assert bounds.low >= 0
        assert bounds.high is None or bounds.low <= bounds.high

    @given(st.integers(0, NUMBER_MAX))
    def test_about_takes_in_ten_percent_and_no_more(self, point: int) -> None:
        """`about-v1` is the narrowest run of whole numbers that holds ten per cent either way, in whole-number arithmetic."""
        bounds = bounds_of(quantity(Comparator.ABOUT, point))

        assert bounds.low is not None
        assert bounds.high is not None
        assert bounds.low <= Fraction(9 * point, 10) < bounds.low + 1
        assert bounds.high - 1 < Fraction(11 * point, 10) <= bounds.high

    @given(st.integers(6, NUMBER_MAX))
    def test_almost_is_five_sixths_and_short_of_it(self, point: int) -> None:
        """`almost-v1` begins at the first whole number from 5/6 on, and never reaches the number said."""
        bounds = bounds_of(quantity(Comparator.ALMOST, point))

        assert bounds.low is not None
        assert bounds.low - 1 < Fraction(5 * point, 6) <= bounds.low
        assert bounds.high == point - 1

    def test_a_number_missing_is_told(self) -> None:
        """Bounds of a quantity that was never checked are refused, not guessed."""
        with pytest.raises(QuantityInvalid) as refused:
            bounds_of(quantity(Comparator.EXACT))

        assert refused.value.message == "so many: `exact` needs a number, found none"


class TestCheckQuantity:
    @given(quantities())
    def test_keeps_what_is_in_order(self, said: Quantity) -> None:
        """What is in order is stored as it came, and reads back equal."""
        assert check_quantity(said) == said
        assert msgspec.json.decode(msgspec.json.encode(said), type=Quantity) == said

    def test_stores_no_bounds_and_no_nulls(self) -> None:
        """What is stored is what was said: bounds are computed, absent numbers are absent."""
        stored = msgspec.json.encode(check_quantity(quantity(Comparator.ALMOST, 30)), order="sorted")

        assert stored == b'{"as_written":"so many","comparator":"almost","point":30}'

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            (quantity(Comparator.EXACT), "`exact` needs `point`, found none"),
            (quantity(Comparator.BETWEEN, 3), "`between` needs `up_to`, found none"),
            (quantity(Comparator.SHARE_OF, 3), "`share_of` needs `of`, found none"),
            (quantity(Comparator.SOME, 3), "`some` takes no `point`, found 3"),
            (quantity(Comparator.DOZENS, 0), "`dozens` takes no `point`, found 0"),
            (quantity(Comparator.HUNDREDS, up_to=300), "`hundreds` takes no `up_to`, found 300"),
            (quantity(Comparator.HUNDREDS, rounding=100), "`hundreds` takes no `rounding`, found 100"),
            (quantity(Comparator.EXACT, 3, up_to=4), "`exact` takes no `up_to`, found 4"),
            (quantity(Comparator.EXACT, 3, of=4), "`exact` takes no `of`, found 4"),
            (
                quantity(Comparator.EXACT, -1),
                "`point` of `exact`: expected a whole number from 0 to 9007199254740991, found -1",
            ),
            (
                quantity(Comparator.EXACT, 2**53),
                "`point` of `exact`: expected a whole number from 0 to 9007199254740991, found 9007199254740992",
            ),
            (
                quantity(Comparator.FEWER_THAN, 0),
                "`point` of `fewer_than`: expected a whole number from 1 to 9007199254740991, found 0",
            ),
            (
                quantity(Comparator.ALMOST, 1),
                "`point` of `almost`: expected a whole number from 2 to 9007199254740991, found 1",
            ),
            (
                quantity(Comparator.EXACT, 10, rounding=0),
                "`rounding` of `exact`: expected a whole number from 1 to 9007199254740991, found 0",
            ),
            (
                quantity(Comparator.BETWEEN, 30, up_to=20),
                "between 30 and 20 is the wrong way round: `point` is the lower number",
            ),
            (quantity(Comparator.SHARE_OF, 4, of=3), "4 of 3: a share is no more than the whole"),
            (
                quantity(Comparator.EXACT, 1_550, rounding=100),
                "1550 is not rounded to 100: expected a multiple of it",
            ),
        ],
    )
    def test_refuses(self, said: Quantity, message: str) -> None:
        """Numbers missing, too many, out of range or the wrong way round are refused, with what was expected."""
        with pytest.raises(QuantityInvalid) as refused:
            check_quantity(said)

        assert refused.value.message == f"so many: {message}"

    def test_refuses_words_that_are_none(self) -> None:
        """A quantity always has the words of its source."""
        with pytest.raises(TextInvalid, match=r"^as_written: expected the words"):
            check_quantity(Quantity(as_written="", comparator=Comparator.SOME))


class TestCheckBreakdown:
    def test_keeps_what_is_in_order(self) -> None:
        """A part may have no number (the source gives none) or no label (of these, unplaced)."""
        split = Breakdown(
            dimension="region",
            coverage=Coverage.PARTIAL,
            parts=(
                Part(label=WrittenText(as_written="Baku"), quantity=quantity(Comparator.EXACT, 4)),
                Part(label=WrittenText(as_written="Ganja")),
                Part(quantity=quantity(Comparator.SOME)),
            ),
        )

        assert check_breakdown(split) == split
        assert msgspec.json.decode(msgspec.json.encode(split), type=Breakdown) == split

    def test_refuses_no_parts(self) -> None:
        """A breakdown without parts says nothing."""
        with pytest.raises(QuantityInvalid) as refused:
            check_breakdown(Breakdown(dimension="region"))

        assert refused.value.message == "region: expected parts, found none: leave the breakdown out"

    def test_refuses_an_empty_part(self) -> None:
        """A part with neither label nor number says nothing."""
        with pytest.raises(QuantityInvalid) as refused:
            check_breakdown(Breakdown(dimension="region", parts=(Part(),)))

        assert (
            refused.value.message
            == "a part without a label and without a quantity says nothing: leave it out"
        )

    def test_checks_its_parts(self) -> None:
        """A part's number is held to the same rules as any other."""
        with pytest.raises(QuantityInvalid, match=r"found -1$"):
            check_breakdown(
                Breakdown(dimension="region", parts=(Part(quantity=quantity(Comparator.EXACT, -1)),))
            )
