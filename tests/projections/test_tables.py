"""Where rows of history lie: whoever looks for what stood at a position finds all of it on few shelves, and at few nodes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from projections import tables
from projections.tables import EVER, node_of, nodes_at, shelf_of, shelves_at

FIRST = range(1, 70)
LAST = 10**9 - 1
positions = st.integers(1, LAST)
stretches = st.lists(positions, min_size=3, max_size=3, unique=True).map(sorted)


@pytest.fixture(params=[1, 2, 14])
def cell_bits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Cells of two, four, and the usual number of positions."""
    monkeypatch.setattr(tables, "_CELL_BITS", request.param)
    return int(request.param)


class TestShelves:
    @pytest.mark.usefixtures("cell_bits")
    def test_what_stood_is_on_one_that_is_looked_at(self) -> None:
        """For every row of the first positions, at every position at which it stood."""
        for known_from, known_to in combinations(FIRST, 2):
            for position in range(known_from, known_to):
                assert shelf_of(known_from, known_to) in shelves_at(position)

    @pytest.mark.usefixtures("cell_bits")
    def test_what_stands_is_on_one_that_is_looked_at(self) -> None:
        """From wherever it stands."""
        for known_from, position in combinations(FIRST, 2):
            assert shelf_of(known_from, EVER) in shelves_at(position)

    def test_one_cell_is_not_looked_at_from_another(self, cell_bits: int) -> None:
        """Or a long history would be looked through whole."""
        size = 2**cell_bits
        inside = shelf_of(size, 2 * size - 1)

        assert inside in shelves_at(size)
        assert inside in shelves_at(2 * size - 1)
        assert inside not in shelves_at(size - 1)
        assert inside not in shelves_at(2 * size)


class TestNodes:
    def test_what_stood_is_at_one_that_is_looked_at(self) -> None:
        """For every row of the first positions, at every position at which it stood; none looks at two nodes of one row."""
        for known_from, known_to in combinations(FIRST, 2):
            for position in range(known_from, known_to):
                assert nodes_at(position).count(node_of(known_from, known_to)) == 1

    @given(stretches)
    @example([1, 2, LAST])
    @example([2**29 - 1, 2**29, 2**29 + 1])
    def test_however_late(self, stretch: list[int]) -> None:
        """Of a ledger of a billion entries, too."""
        known_from, position, known_to = stretch

        assert node_of(known_from, known_to) in nodes_at(position)
        assert shelf_of(known_from, known_to) in shelves_at(position)

    @given(positions)
    def test_what_stands_is_at_one_that_is_looked_at(self, position: int) -> None:
        """From wherever it stands."""
        assert node_of(1, EVER) in nodes_at(position)
        assert node_of(position, EVER) in nodes_at(position)
