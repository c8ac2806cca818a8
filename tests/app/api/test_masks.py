"""Rules of masking: what is hidden of a text is never shown, and what is not stays as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.api.masks import MASK, masked

TEXT = "The clerk was freed. His sister, Aygun, waited at home in Shusha street."
SPANS = st.tuples(st.integers(0, 70), st.integers(1, 20)).map(lambda span: (span[0], span[0] + span[1]))


class TestMasked:
    def test_a_hidden_neighbour_is_masked(self) -> None:
        """The rest of the sentence stays."""
        sister = (TEXT.index("Aygun"), TEXT.index("Aygun") + 5)

        assert masked(TEXT, 0, quote=(0, 19), hidden=[sister]) == (
            "The clerk was freed. His sister, […], waited at home in Shusha street."
        )

    def test_the_public_quote_stays_whole(self) -> None:
        """Even where what is hidden reaches into it: what is cited in public was made public."""
        assert masked(TEXT, 0, quote=(0, 19), hidden=[(10, 25)]) == (
            "The clerk was freed[…]sister, Aygun, waited at home in Shusha street."
        )

    def test_nothing_hidden_changes_nothing(self) -> None:
        """Nor does what lies outside the passage."""
        assert masked(TEXT[5:20], 5, quote=(5, 10), hidden=[(0, 5), (20, 30)]) == TEXT[5:20]

    @given(
        quote=SPANS, hidden=st.lists(SPANS, max_size=5), offset=st.integers(0, 40), length=st.integers(1, 40)
    )
    def test_what_is_shown_is_what_is_not_hidden(
        self, quote: tuple[int, int], hidden: list[tuple[int, int]], offset: int, length: int
    ) -> None:
        """Character by character: those outside every hidden span, and the quote's own, in their order, and no others."""
        passage = "".join(chr(0x4E00 + place) for place in range(offset, offset + length))
        covered = {place for start, end in hidden for place in range(start, end)} - set(range(*quote))

        shown = masked(passage, offset, quote=quote, hidden=hidden)

        assert shown.replace(MASK, "") == "".join(
            chr(0x4E00 + place) for place in range(offset, offset + length) if place not in covered
        )
        assert shown.count(MASK) == sum(
            place in covered and (place - 1 not in covered or place == offset)
            for place in range(offset, offset + length)
        )
