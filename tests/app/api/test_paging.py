"""Rules of pages and cursors: every row once, in order, and a cursor belongs to one list."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import paging
from app.api.paging import Listed, Part, read_cursor
from app.api.request import Asked, Stamp
from events.errors import CursorInvalid, PageInvalid
from events.kinds import Position
from projections.reads import Basis, Row, Window

BASIS = Basis(
    position=Position(7),
    recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    valid_on=date(2026, 1, 1),
    zone="UTC",
    rules="rules-v1",
    erasures=0,
    projected_through=Position(7),
)
LIST = Listed("numbers", Asked(BASIS), Window(size=1))


class TestPart:
    def test_neither_end_is_the_first_twenty(self) -> None:
        """And no more."""
        assert Part().size() == (20, False)

    @pytest.mark.parametrize(
        ("first", "last", "message"),
        [
            (1, 1, "`first` and `last` cannot both be given: one begins at the front, one at the end."),
            (101, None, "`first` is from 0 to 100, found 101. Page with `after` or `before`."),
            (-1, None, "`first` is from 0 to 100, found -1. Page with `after` or `before`."),
            (None, 101, "`last` is from 0 to 100, found 101. Page with `after` or `before`."),
        ],
    )
    def test_a_page_that_nobody_can_have_is_refused(
        self, first: int | None, last: int | None, message: str
    ) -> None:
        """Saying what can be asked for."""
        with pytest.raises(PageInvalid, match=re.escape(message)):
            Part(first=first, last=last).size()


COLUMNS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20) | st.integers(
    -(2**53) + 1, 2**53 - 1
)
OTHER = (
    "This cursor is of another list, or of this one asked for in another way. Ask for the first page again."
)


class TestCursor:
    @given(place=st.lists(COLUMNS, min_size=1, max_size=4))
    def test_a_cursor_names_its_place_and_its_basis(self, place: list[str | int]) -> None:
        """Whatever the ordering's columns hold."""
        cursor = read_cursor(LIST.cursor(Row(tuple(place), "key")), "numbers", width=len(place))

        assert cursor.place == tuple(place)
        assert cursor.stamp == Stamp(
            position=Position(7),
            projected_through=Position(7),
            valid_on=date(2026, 1, 1),
            rules="rules-v1",
            erasures=0,
        )

    def test_another_lists_cursor_is_refused(self) -> None:
        """It would skip rows or show them twice."""
        with pytest.raises(CursorInvalid, match=re.escape(OTHER)):
            read_cursor(LIST.cursor(Row((1,), 1)), "letters", width=1)

    @pytest.mark.parametrize("forged", [2**53, -(2**63), 10**30, "\0"])
    def test_no_place_breaks_a_database(self, forged: int | str) -> None:
        """A number too large for a column, or a NUL: no row is there."""
        with pytest.raises(CursorInvalid):
            read_cursor(LIST.cursor(Row((forged,), "key")), "numbers", width=1)

    @pytest.mark.parametrize("cursor", ["", "x", "%%%", "bnVsbA", "W10", "WyJhIiwxXQ"])
    def test_what_is_no_cursor_is_refused(self, cursor: str) -> None:
        """Never read as a place."""
        with pytest.raises(CursorInvalid):
            read_cursor(cursor, "numbers", width=1)

    def test_a_place_of_another_width_is_refused(self) -> None:
        """Before it reaches a comparison of columns."""
        with pytest.raises(CursorInvalid):
            read_cursor(LIST.cursor(Row((1, 2), 1)), "numbers", width=1)


class TestPageAtHand:
    @given(
        numbers=st.lists(st.integers(1, 500), unique=True, max_size=30).map(sorted),
        size=st.integers(1, 7),
        backwards=st.booleans(),
    )
    def test_paging_gives_each_row_once_and_in_order(
        self, numbers: list[int], size: int, backwards: bool
    ) -> None:
        """Forwards from the front, backwards from the end, to the same list."""
        seen: list[int] = []
        place: tuple[str | int, ...] | None = None
        while True:
            asked = (
                Window(size=size, before=place, backwards=True)
                if backwards
                else Window(size=size, after=place)
            )
            page = paging.page_of(numbers, asked)
            found = [int(row.key) for row in page.rows]
            seen = found + seen if backwards else seen + found
            if not (page.has_previous if backwards else page.has_next):
                break
            place = page.rows[0 if backwards else -1].place

        assert seen == numbers
        assert page.total == len(numbers)
