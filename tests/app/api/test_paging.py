"""Rules of pages and cursors: every row once, in order, and a cursor belongs to one list."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import paging
from app.api.request import Asked
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
LIST = paging.listed(Asked(BASIS), "numbers", "of a test")


def window(
    *, first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None
) -> Window:
    return paging.window_of(LIST, first=first, after=after, last=last, before=before, width=1)


class TestWindow:
    def test_neither_end_is_the_first_twenty(self) -> None:
        """And no more."""
        assert window() == Window(size=20)

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
            window(first=first, last=last)


COLUMNS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20) | st.integers(
    -(2**53) + 1, 2**53 - 1
)


class TestCursor:
    @given(place=st.lists(COLUMNS, min_size=1, max_size=4))
    def test_a_cursor_names_its_place(self, place: list[str | int]) -> None:
        """Whatever the ordering's columns hold."""
        cursor = LIST.cursor(Row(tuple(place), "key"))

        assert LIST.place(cursor, width=len(place)) == tuple(place)

    def test_another_lists_cursor_is_refused(self) -> None:
        """Another name, another owner, another filter, another day: another list."""
        others = [
            paging.listed(Asked(BASIS), "numbers", "of another test"),
            paging.listed(Asked(BASIS).for_day(date(2020, 1, 1)), "numbers", "of a test"),
        ]

        for other in others:
            with pytest.raises(
                CursorInvalid,
                match=re.escape(
                    "This cursor is of another list, or of this one asked for in another way. Ask for the first page again."
                ),
            ):
                LIST.place(other.cursor(Row((1,), 1)), width=1)

    @pytest.mark.parametrize("forged", [2**53, -(2**63), 10**30, "\0"])
    def test_no_place_breaks_a_database(self, forged: int | str) -> None:
        """A number too large for a column, or a NUL: no row is there."""
        with pytest.raises(CursorInvalid):
            LIST.place(LIST.cursor(Row((forged,), "key")), width=1)

    @pytest.mark.parametrize("cursor", ["", "x", "%%%", "bnVsbA", "W10", "WyJhIiwxXQ"])
    def test_what_is_no_cursor_is_refused(self, cursor: str) -> None:
        """Never read as a place."""
        with pytest.raises(CursorInvalid):
            LIST.place(cursor, width=1)

    def test_a_place_of_another_width_is_refused(self) -> None:
        """Before it reaches a comparison of columns."""
        with pytest.raises(CursorInvalid):
            LIST.place(LIST.cursor(Row((1, 2), 1)), width=1)


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
        cursor: str | None = None
        while True:
            asked = window(last=size, before=cursor) if backwards else window(first=size, after=cursor)
            page = paging.page_of(numbers, asked)
            found = [int(row.key) for row in page.rows]
            seen = found + seen if backwards else seen + found
            if not (page.has_previous if backwards else page.has_next):
                break
            cursor = LIST.cursor(page.rows[0 if backwards else -1])

        assert seen == numbers
        assert page.total == len(numbers)
