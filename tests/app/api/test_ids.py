"""Rules of ids: opaque, of one sort, carrying the moment and the day that were named."""

from __future__ import annotations

import base64
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import ids
from app.api.clocks import NOW, Clocks
from app.api.ids import Place
from events.errors import IdInvalid
from events.kinds import Position

KEYS = st.text(
    st.characters(exclude_characters="\0\x1e\x1f", exclude_categories=["Cs"]), min_size=1, max_size=30
)
CLOCKS = st.builds(
    Clocks,
    known_at=st.none() | st.integers(0, 2**53 - 1).map(Position),
    valid_on=st.none() | st.dates(),
)


class TestIds:
    @given(
        sort=st.sampled_from(sorted(ids.SORTS)),
        parts=st.lists(KEYS, min_size=1, max_size=5),
        clocks=CLOCKS,
    )
    def test_an_id_says_what_it_was_made_of(self, sort: str, parts: list[str], clocks: Clocks) -> None:
        """Whatever the key, and with the clocks that were named."""
        assert ids.decode(ids.encode(sort, *parts, clocks=clocks)) == Place(sort, tuple(parts), clocks)

    @given(one=CLOCKS, other=CLOCKS)
    def test_two_moments_never_share_an_id(self, one: Clocks, other: Clocks) -> None:
        """Or a cache would show the one for the other."""
        assert (ids.encode("Act", "a", clocks=one) == ids.encode("Act", "a", clocks=other)) == (one == other)

    @given(text=st.text(max_size=60))
    def test_what_is_no_id_is_a_key(self, text: str) -> None:
        """Any text may be a key; only what decodes whole is an id."""
        place = ids.try_decode(text)

        assert place is None or ids.encode(place.sort, *place.parts, clocks=place.clocks) == text.rstrip("=")

    @pytest.mark.parametrize("text", ["", "prisoner-a1", "QWN0", "%%%", "x" * 5000])
    def test_what_is_no_id_is_refused_where_only_an_id_will_do(self, text: str) -> None:
        """Saying what to do."""
        with pytest.raises(
            IdInvalid, match=re.escape("is no id of this ledger. Take ids as answers give them.")
        ):
            ids.decode(text)

    @pytest.mark.parametrize(
        "clocks",
        [
            "at=",
            "at=-1",
            "at=07",
            "at=+7",
            "at= 7",
            "at=1_0",
            "at=٧",
            "at=9007199254740992",
            "on=20251231",
            "on=2025-02-30",
            "on=2025-12-31\x1eat=7",
            "at=7\x1eat=7",
            "no=7",
            "",
        ],
    )
    def test_clocks_are_written_in_one_way(self, clocks: str) -> None:
        """Each object has one id at each moment, and a number that no database takes is in none."""
        forged = base64.urlsafe_b64encode(f"Act\x1fkey\x1e{clocks}".encode()).decode().rstrip("=")

        assert ids.try_decode(forged) is None

    def test_a_sort_that_is_none_of_ours_makes_no_id(self) -> None:
        """However well it is encoded."""
        forged = base64.urlsafe_b64encode(b"Password\x1fkey").decode().rstrip("=")

        assert ids.try_decode(forged) is None

    def test_a_nul_is_in_no_id_and_in_no_key(self) -> None:
        """PostgreSQL cannot even be asked for one."""
        with pytest.raises(IdInvalid, match="‘a␀b’ is no id of this ledger, nor a key: it holds a NUL"):
            ids.key_in("a\0b", "Prisoner")
        with pytest.raises(IdInvalid):
            ids.decode(ids.encode("Event", "a\0b"))

    def test_the_id_of_another_sort_is_refused(self) -> None:
        """An act is no prisoner, and the message says which sort it is and which was expected."""
        act = ids.encode("Act", "amnesty")

        with pytest.raises(IdInvalid) as refused:
            ids.key_in(act, "Prisoner", "PersonRecord")

        assert refused.value.message == (
            f"‘{act}’ is the id of a Act; expected here: Prisoner, PersonRecord. Ask `node` for it, or give a key."
        )

    def test_a_key_or_an_id_names_a_subject(self) -> None:
        """Either way; clocks come with the id alone."""
        then = Clocks(known_at=Position(7), valid_on=date(2025, 12, 31))

        assert ids.key_in("prisoner-a1", "Prisoner") == ("prisoner-a1", NOW)
        assert ids.key_in(ids.encode("Prisoner", "prisoner-a1", clocks=then), "Prisoner") == (
            "prisoner-a1",
            then,
        )
