"""Rules of ids: opaque, of one sort, carrying the day that was named."""

from __future__ import annotations

import base64
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api import ids
from app.api.ids import Place
from events.errors import IdInvalid

KEYS = st.text(
    st.characters(exclude_characters="\0\x1e\x1f", exclude_categories=["Cs"]), min_size=1, max_size=30
)


class TestIds:
    @given(
        sort=st.sampled_from(sorted(ids.SORTS)),
        parts=st.lists(KEYS, min_size=1, max_size=5),
        on=st.none() | st.dates(),
    )
    def test_an_id_says_what_it_was_made_of(self, sort: str, parts: list[str], on: date | None) -> None:
        """Whatever the key, and with the day that was named."""
        assert ids.decode(ids.encode(sort, *parts, on=on)) == Place(sort, tuple(parts), on)

    @given(text=st.text(max_size=60))
    def test_what_is_no_id_is_a_key(self, text: str) -> None:
        """Any text may be a key; only what decodes whole is an id."""
        place = ids.try_decode(text)

        assert place is None or ids.encode(place.sort, *place.parts, on=place.on) == text.rstrip("=")

    @pytest.mark.parametrize("text", ["", "prisoner-a1", "QWN0", "%%%", "x" * 5000])
    def test_what_is_no_id_is_refused_where_only_an_id_will_do(self, text: str) -> None:
        """Saying what to do."""
        with pytest.raises(
            IdInvalid, match=re.escape("is no id of this ledger. Take ids as answers give them.")
        ):
            ids.decode(text)

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
        """Either way; a day comes with the id alone."""
        day = date(2025, 12, 31)

        assert ids.key_in("prisoner-a1", "Prisoner") == ("prisoner-a1", None)
        assert ids.key_in(ids.encode("Prisoner", "prisoner-a1", on=day), "Prisoner") == ("prisoner-a1", day)
