"""What several reports can be together, and what they cannot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from projections.alternatives import branches

SPANS = st.tuples(st.integers(0, 20), st.integers(0, 5)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def together(*spans: tuple[int, int]) -> list[list[tuple[int, int]]]:
    return branches(spans, lambda span: span)


class TestBranches:
    def test_what_can_coincide_is_one(self) -> None:
        """Spans that share a point are one alternative, in the order given."""
        assert [[(1, 31), (15, 15)]] == together((1, 31), (15, 15))

    def test_what_cannot_coincide_is_two(self) -> None:
        """Disjoint spans are two alternatives, the lower first."""
        assert [[(15, 15)], [(16, 16)]] == together((16, 16), (15, 15))

    def test_what_fits_both_stands_with_both(self) -> None:
        """A wide span takes no side between two narrow ones."""
        assert [[(15, 15), (1, 31)], [(16, 16), (1, 31)]] == together((15, 15), (16, 16), (1, 31))

    def test_spans_that_meet_in_a_chain_are_not_one(self) -> None:
        """That each touches the next does not make the first and the last agree; the middle one stands with both."""
        assert [[(1, 2), (2, 3)], [(2, 3), (3, 4)]] == together((1, 2), (2, 3), (3, 4))

    @given(st.lists(SPANS, min_size=1, max_size=8))
    def test_every_span_stands_somewhere_and_every_branch_has_a_shared_point(
        self, spans: list[tuple[int, int]]
    ) -> None:
        """Nothing is dropped, and the members of an alternative can all be true."""
        found = branches(spans, lambda span: span)

        assert set(spans) == {span for branch in found for span in branch}
        assert (len(found) == 1) is (max(low for low, _ in spans) <= min(high for _, high in spans))
        for branch in found:
            assert max(low for low, _ in branch) <= min(high for _, high in branch)
