"""`quote-v1`: what is levelled and what never is, and the way back to the source."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.normalisation import (
    DASHES,
    DOUBLE_QUOTES,
    NORMALISATION,
    REMOVED,
    SINGLE_QUOTES,
    WHITE_SPACE,
    Normalised,
    is_mark,
    normalised,
)

# Letters with and without marks, loose marks, Hangul in pieces, and everything that the tables name.
AWKWARD = (
    "aeIə.,1"
    + "éİşü"
    + "\u0301\u0307\u0323\u0338"
    + "\u1100\u1161\u11a8\uac00"
    + "\u09c7\u09be"
    + "\u200c\u200d"
)
TEXTS = st.text(
    st.sampled_from(AWKWARD + SINGLE_QUOTES + DOUBLE_QUOTES + DASHES + WHITE_SPACE + REMOVED), max_size=30
) | st.text(max_size=30)


class TestNormalised:
    @pytest.mark.parametrize("mark", SINGLE_QUOTES)
    def test_levels_every_single_quote(self, mark: str) -> None:
        """A single quotation mark or apostrophe of any listed shape is the straight one."""
        assert "it's" == normalised(f"it{mark}s")

    @pytest.mark.parametrize("mark", DOUBLE_QUOTES)
    def test_levels_every_double_quote(self, mark: str) -> None:
        """A double quotation mark of any listed shape is the straight one."""
        assert '"free"' == normalised(f"{mark}free{mark}")

    @pytest.mark.parametrize("dash", DASHES)
    def test_levels_every_dash(self, dash: str) -> None:
        """A dash or hyphen of any listed length is the plain one."""
        assert "pro-government" == normalised(f"pro{dash}government")

    @pytest.mark.parametrize("space", WHITE_SPACE)
    def test_levels_every_white_space(self, space: str) -> None:
        """A run of white space of any listed sort, line breaks and no-break spaces included, is one space."""
        assert "five years" == normalised(f" five{space}{space}years{space}")

    @pytest.mark.parametrize("character", REMOVED)
    def test_removes_what_is_not_seen(self, character: str) -> None:
        """What no reader sees is removed, inside a letter and inside a run of spaces too."""
        assert "é b" == normalised(f"e{character}\u0301 {character} b{character}")

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param("Bakı", "BAKI", id="case"),
            pytest.param("İ", "i\u0307", id="the dotted capital"),
            pytest.param("ı", "i", id="the dotless letter"),
            pytest.param("a", "а", id="a letter of another alphabet"),
            pytest.param("é", "e", id="a mark"),
            pytest.param("ﬁve", "five", id="a ligature"),
            pytest.param("5", "٥", id="a digit of another script"),
            pytest.param("نمی\u200cشود", "نمیشود", id="a joiner"),
            pytest.param("re-\nleased", "released", id="a hyphen at a line's end"),
            pytest.param("…", "...", id="an ellipsis"),
        ],
    )
    def test_levels_nothing_else(self, one: str, other: str) -> None:
        """What is not in the tables is another wording, however alike it looks."""
        assert normalised(one) != normalised(other)

    def test_is_pinned(self) -> None:
        """The tables are the meaning of the name `quote-v1`: a change of them is a new name."""
        assert "quote-v1" == NORMALISATION
        assert "ad 200b 2060 feff" == " ".join(f"{ord(c):x}" for c in REMOVED)
        assert "2018 2019 201a 201b 2032 2bc 60 b4 2039 203a" == " ".join(
            f"{ord(c):x}" for c in SINGLE_QUOTES
        )
        assert "201c 201d 201e 201f 2033 ab bb" == " ".join(f"{ord(c):x}" for c in DOUBLE_QUOTES)
        assert "2010 2011 2012 2013 2014 2015 2212" == " ".join(f"{ord(c):x}" for c in DASHES)
        assert [
            9,
            10,
            11,
            12,
            13,
            28,
            29,
            30,
            31,
            32,
            133,
            160,
            5760,
            *range(0x2000, 0x200B),
            0x2028,
            0x2029,
        ] + [
            0x202F,
            0x205F,
            0x3000,
        ] == [ord(c) for c in WHITE_SPACE]

    @given(TEXTS)
    def test_changes_nothing_twice(self, text: str) -> None:
        """The normal form of a normal form is itself, and is NFC."""
        once = normalised(text)

        assert once == normalised(once)
        assert once == unicodedata.normalize("NFC", once)

    @given(TEXTS)
    def test_is_blind_to_composition(self, text: str) -> None:
        """Composed or decomposed, it is the same quote."""
        expected = normalised(text)

        assert expected == normalised(unicodedata.normalize("NFC", text))
        assert expected == normalised(unicodedata.normalize("NFD", text))


class TestSourceSpan:
    @given(TEXTS, st.data())
    def test_leads_back_to_the_characters(self, text: str, data: st.DataObject) -> None:
        """The source's characters behind a part of the result have that part as their normal form."""
        found = Normalised(text)
        start = data.draw(st.integers(0, len(found.text)))
        end = data.draw(st.integers(start, len(found.text)))

        span = found.source_span(start, end)

        if span is not None:
            assert found.text[start:end] == Normalised(text[slice(*span)]).text
            assert start == found.place_of(span[0])

    def test_is_of_whole_units(self) -> None:
        """A letter with a mark that NFC cannot join is still one: no span begins or ends inside it."""
        found = Normalised("ə\u0301z")

        assert None is found.source_span(0, 1)
        assert None is found.source_span(1, 3)
        assert (0, 2) == found.source_span(0, 2)

    def test_reaches_over_what_was_removed(self) -> None:
        """Inside a span it is part of the span; beside it, it is not."""
        found = Normalised("\u00adfr\u00adee\u00ad now")

        assert (1, 6) == found.source_span(0, 4)


class TestIsMark:
    def test_knows_all_that_composition_joins(self) -> None:
        """Every character that NFC can join to the one before it counts as a mark, or units would be cut wrongly."""
        decompositions = (unicodedata.decomposition(chr(code)).split() for code in range(sys.maxunicode + 1))
        pairs = [
            (chr(int(first, 16)), chr(int(second, 16)))
            for first, second in (parts for parts in decompositions if len(parts) == 2)
            if not first.startswith("<")
        ]
        joined = {second for first, second in pairs if len(unicodedata.normalize("NFC", first + second)) == 1}

        assert 40 < len(joined)
        assert set() == {character for character in joined if not is_mark(character)}
        assert is_mark("\u1161")
        assert is_mark("\u11a8")
