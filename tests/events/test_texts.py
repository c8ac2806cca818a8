"""Text is stored in one form, and what cannot be stored everywhere is refused by name."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import TextInvalid, TooLarge, ValueRefused
from events.texts import TEXT_BYTES_MAX, NameSort, WrittenText, check_text, check_words, check_written, shown


class TestCheckText:
    def test_keeps_the_words_of_the_source(self) -> None:
        """Line feeds, tabs, curly quotes and blanks at the ends stay: a source's words are not mended."""
        words = " “Gültəkin”\tvə\nİlqar "

        assert check_text(words, field="quote") == words

    def test_composes(self) -> None:
        """Two encodings of one word are stored as one: NFC."""
        assert check_text("Gu\u0308ltəkin", field="name") == "Gültəkin"

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("ab\x00c", "U+0000 (NUL) at character 3"),
            ("\x1b[31m", "U+001B (a control character) at character 1"),
            ("a\r\nb", "U+000D (a carriage return: lines end in a line feed) at character 2"),
            ("\ud800", "U+D800 (an unpaired surrogate) at character 1"),
            ("a\udfff", "U+DFFF (an unpaired surrogate) at character 2"),
            ("\ufdd0", "U+FDD0 (no character) at character 1"),
            ("\uffff", "U+FFFF (no character) at character 1"),
            ("𐀀\U0010fffe", "U+10FFFE (no character) at character 2"),
        ],
    )
    def test_refuses_what_no_store_should_hold(self, text: str, named: str) -> None:
        """Controls, surrogates and noncharacters are refused, by name and place."""
        with pytest.raises(TextInvalid) as refused:
            check_text(text, field="place")

        assert refused.value.message == f"place: expected plain text, found {named}: remove it"

    def test_counts_bytes(self) -> None:
        """The limit is of UTF-8 bytes, and the last byte of it is allowed."""
        assert len(check_text("ə" * 32_767 + "a", field="quote").encode()) == TEXT_BYTES_MAX

        with pytest.raises(TooLarge) as refused:
            check_text("ə" * 32_768, field="quote")

        assert refused.value.message == (
            "quote: expected at most 65,535 bytes of UTF-8, found 65,536 bytes: shorten it, or cite less at a time"
        )

    def test_counts_what_is_stored(self) -> None:
        """The limit is of the composed text, not of the longer one that came in."""
        assert check_text("u\u0308" * 30_000, field="quote") == "ü" * 30_000

    def test_refuses_a_flood_unread(self) -> None:
        """What is far too long is refused without being composed."""
        with pytest.raises(TooLarge, match=r"found 1,000,000 characters"):
            check_text("a" * 1_000_000, field="quote")

    @given(st.text(st.characters(codec=None, categories=None)))
    def test_whatever_passes_can_be_stored(self, text: str) -> None:
        """What passes is NFC, encodes, is within the limit and passes again unchanged; all else is a ValueRefused."""
        try:
            checked = check_text(text, field="any")
        except ValueRefused:
            return

        assert unicodedata.is_normalized("NFC", checked)
        assert len(checked.encode()) <= TEXT_BYTES_MAX
        assert check_text(checked, field="any") == checked


class TestCheckWords:
    @pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u00a0"])
    def test_refuses_silence(self, blank: str) -> None:
        """An empty value is no words of a source: the field is left out instead."""
        with pytest.raises(TextInvalid) as refused:
            check_words(blank, field="label")

        assert (
            refused.value.message
            == "label: expected the words of the source, found none: leave the field out"
        )


class TestCheckWritten:
    def test_normalises_the_words_alone(self) -> None:
        """The words are composed, the tags are kept as they are."""
        written = WrittenText(as_written="Gu\u0308l", language="az", script="Latn", name_sort=NameSort.PEN)

        assert check_written(written, field="name") == msgspec.structs.replace(written, as_written="Gül")

    @pytest.mark.parametrize("language", ["az", "en-GB", "az-Cyrl-AZ", "zh-hant"])
    def test_accepts_language_tags(self, language: str) -> None:
        """A language is a BCP 47 tag."""
        assert (
            check_written(WrittenText(as_written="a", language=language), field="name").language == language
        )

    @pytest.mark.parametrize("language", ["", "a", "English (UK)", "az_AZ", "az-", "аз"])
    def test_refuses_other_languages(self, language: str) -> None:
        """What is no tag is refused, with what was expected."""
        with pytest.raises(TextInvalid) as refused:
            check_written(WrittenText(as_written="a", language=language), field="name")

        assert (
            refused.value.message
            == f"name.language: expected a BCP 47 tag such as `az` or `en-GB`, found `{language}`"
        )

    @pytest.mark.parametrize("script", ["latn", "Latin", "LATN", ""])
    def test_refuses_other_scripts(self, script: str) -> None:
        """A script is four letters, the first a capital (ISO 15924)."""
        with pytest.raises(TextInvalid) as refused:
            check_written(WrittenText(as_written="a", script=script), field="name")

        assert (
            refused.value.message
            == f"name.script: expected an ISO 15924 code such as `Latn` or `Cyrl`, found `{script}`"
        )

    def test_names_the_field_of_the_words(self) -> None:
        """A refusal of the words says in which field of the text they stand."""
        with pytest.raises(TextInvalid, match=r"^name\.as_written: expected plain text"):
            check_written(WrittenText(as_written="\x00"), field="name")


class TestShown:
    @given(st.text(st.characters(codec=None, categories=None), max_size=200))
    def test_is_short_and_printable(self, text: str) -> None:
        """Whatever came in, a message stays one printable line."""
        assert shown(text).isprintable()
        assert len(shown(text)) <= 10 * 40 + 1

    def test_says_that_there_is_more(self) -> None:
        """A cut value ends in an ellipsis."""
        assert shown("a" * 41) == "a" * 40 + "…"
        assert shown("a" * 40) == "a" * 40
