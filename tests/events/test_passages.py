"""The whole sentence round a quote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.passages import Span, passage_of, sentences

TEXTS = st.text(st.sampled_from('aB1 .!?…’"(\n\u0301ა'), min_size=1, max_size=60)


def passage(text: str, quote: str) -> str:
    """The passage of the first occurrence."""
    start = text.index(quote)
    return passage_of(text, start, start + len(quote)).exact


class TestPassageOf:
    def test_shows_the_negation(self) -> None:
        """A quote can be true to the letter and false to its source: its passage says so."""
        text = "Two men were freed. The third was not released. He is ill."

        assert "The third was not released." == passage(text, "released")

    def test_shows_the_negation_across_a_wrapped_line(self) -> None:
        """A single line break may be nothing but the wrapping of a line: it ends no sentence."""
        text = "Two men were freed. The third was not\nreleased on Monday.\nHe is ill."

        assert "The third was not\nreleased on Monday." == passage(text, "released")

    def test_ends_at_a_blank_line(self) -> None:
        """A headline without a full stop is a passage of its own."""
        text = "Dozens walk free\n \nThe act was signed"

        assert "Dozens walk free" == passage(text, "walk")
        assert "The act was signed" == passage(text, "signed")

    def test_gives_all_sentences_that_a_quote_spans(self) -> None:
        """A quote over the end of a sentence has both as its passage, over paragraphs too."""
        text = "One is here. Two is there.\n\nThree is gone. Four"

        assert "Two is there.\n\nThree is gone." == passage(text, "there.\n\nThree")

    def test_gives_its_place(self) -> None:
        """The passage is a span of the text, without the white space round it."""
        assert Span(5, 13, "He left.") == passage_of("One.  He left. Two".replace("  ", " "), 5, 7)

    @pytest.mark.parametrize(
        "sentence",
        [
            pytest.param("He met Mr. Aliyev and Dr. Quliyev in Baku.", id="titles"),
            pytest.param("He was held with A. B. Aliyev.", id="initials"),
            pytest.param("By decree No. 5 he was pardoned.", id="number of a decree"),
            pytest.param("Он родился в 1970 г. В Баку его судили.", id="year in Russian"),
            pytest.param("On 15. December he was moved.", id="day with a full stop"),
            pytest.param("The U.S. Embassy spoke of him.", id="letters with full stops"),
            pytest.param("It cost 3.5 million.", id="decimal number"),
            pytest.param("‘Why is he held?’, the lawyer asked.", id="question inside a sentence"),
            pytest.param("“He is free!” said the lawyer.", id="speech before a small letter"),
            pytest.param("He waited ... and was moved.", id="three full stops before a small letter"),
            pytest.param("He left at 10 p.m. Monday for Baku.", id="hour"),
        ],
    )
    def test_goes_on(self, sentence: str) -> None:
        """Not every full stop ends a sentence."""
        text = f"Before it. {sentence} After it."

        assert sentence in passage(text, sentence.split()[-1])

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            pytest.param("He is free.", "She is not.", id="capital"),
            pytest.param("It was in 2023.", "22 women followed.", id="digit"),
            pytest.param("‘We are free’.", "‘Nobody is’.", id="closing and opening quotes"),
            pytest.param("“He is free.”", "The lawyer left.", id="quote after the full stop"),
            pytest.param("He left (at night.)", "She stayed.", id="bracket after the full stop"),
            pytest.param("Is he free?!", "Yes.", id="two marks"),
            pytest.param("He waited…", "Nobody came.", id="ellipsis"),
            pytest.param("ის თავისუფალია.", "ის წავიდა.", id="letters without case"),
            pytest.param("او آزاد شد؟", "بله.", id="Persian question"),
            pytest.param("Onu buraxdılar.", "İlqar getdi.", id="dotted capital"),
            pytest.param("He is free.", "— Who says so?", id="dash of a dialogue"),
        ],
    )
    def test_ends(self, first: str, second: str) -> None:
        """A sentence ends after its mark and the closers behind it, where another can begin."""
        text = f"{first} {second}"

        assert [first, second] == [span.exact for span in sentences(text)]

    @given(TEXTS, st.data())
    def test_contains_the_quote(self, text: str, data: st.DataObject) -> None:
        """The passage holds the whole quote but for white space, and has none at its ends."""
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text)))
        quote = text[start:end].strip()
        if not quote:
            return

        found = passage_of(text, start, end)

        assert found.exact == text[found.start : found.end] == found.exact.strip()
        assert found.start <= text.index(quote, start)
        assert text.index(quote, start) + len(quote) <= found.end

    @given(TEXTS, TEXTS, TEXTS)
    def test_depends_on_its_paragraph_alone(self, before: str, text: str, after: str) -> None:
        """What stands beyond blank lines does not change a passage."""
        if not text.strip():
            return
        start = len(text) - len(text.lstrip())
        whole = f"{before}\n\n{text}\n\n{after}"
        shift = len(before) + 2

        alone = passage_of(text, start, start + 1)
        among = passage_of(whole, shift + start, shift + start + 1)

        assert alone.exact == among.exact

    @pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 9), (3, 4)])
    def test_refuses_what_is_no_span_of_words(self, start: int, end: int) -> None:
        """Spans are checked when a citation is accepted: here a wrong one is broken logic."""
        with pytest.raises(ValueError, match=f"^no words of a text of 8 code points: {start} to {end}$"):
            passage_of("One Two.", start, end)


class TestSentences:
    def test_end_at_blank_lines(self) -> None:
        """A headline is no part of the sentence after it."""
        assert ["Dozens walk free", "He is free"] == [
            span.exact for span in sentences("Dozens walk free\n\nHe is free")
        ]

    @given(TEXTS)
    def test_lose_nothing(self, text: str) -> None:
        """Together they hold every character that is not white space, in order, and each is its own passage."""
        found = list(sentences(text))

        assert "".join(text.split()) == "".join("".join(span.exact.split()) for span in found)
        assert found == [passage_of(text, span.start, span.end) for span in found]
