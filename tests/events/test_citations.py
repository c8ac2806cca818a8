"""Citations are tests: what is accepted is what stands in the archived text, and every refusal says why."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.citations import (
    QUOTE_LENGTH_MAX,
    Citation,
    CitationZone,
    Quote,
    Span,
    locate,
    passage_of,
    text_fragment_url,
    verify,
)
from events.errors import (
    CitationRefused,
    IntegrityBroken,
    LedgerError,
    QuoteAmbiguous,
    QuoteContextMismatch,
    QuoteNotFound,
    TextInvalid,
    TooLarge,
)
from events.normalisation import normalised

SHARED: Final = Path(__file__).resolve().parents[3] / "shared"
CLAIMS: Final = SHARED / "seed-claims.md"
ARTICLES: Final = [path for path in [SHARED / "seed-article.txt"] if path.exists()]
CLAIM_ROW: Final = re.compile(r"^\| (C\d\d) \| (\d+)–(\d+) \| (.+?) \|", re.MULTILINE)

TEXT: Final = (
    "Guards’ list: Əliyev was not released on 5\u00a0May,\n"
    "his brother was. “Nobody – nobody at all – was released,” the law\u00adyer said; 10,000 were unreleased."
)
WORDS: Final = st.sampled_from(
    ["azad", "free", "not free", "Bakı", "İlqar", "é", "ə\u0301", "10,000", "it’s", "“so”", "pro–war"]
    + ["soft\u00adened", "5\u00a0May", "نمی\u200cشود", "a\u200bb", "한국", "1994"]
)
SEPARATORS: Final = st.sampled_from([" ", "\n", "\u00a0", "  ", ", ", ". ", " — ", "\n\n", " \u00ad "])


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text in NFC, as an extractor gives it, and the spans of its words."""
    text, spans = "", []
    for word in draw(st.lists(WORDS, min_size=1, max_size=12)):
        spans.append((len(text), len(text) + len(word)))
        # A no-break space between digits groups one number; between other words it is a space.
        text += word + (" " if word[-1].isdecimal() else draw(SEPARATORS))
    assume(text == unicodedata.normalize("NFC", text))
    return text, spans


@st.composite
def spans_of_words(draw: st.DrawFn) -> tuple[str, int, int]:
    """A text and a span of it from the beginning of a word to the end of one."""
    text, spans = draw(texts())
    first = draw(st.integers(0, len(spans) - 1))
    last = draw(st.integers(first, len(spans) - 1))
    return text, spans[first][0], spans[last][1]


def refusal(text: str, quote: Quote) -> LedgerError:
    """How the quote is refused."""
    with pytest.raises(LedgerError) as caught:
        locate(text, quote)
    return caught.value


class TestCitation:
    def test_is_stored_in_few_words(self) -> None:
        """The body is the usual zone and is not written out."""
        citation = Citation(snapshot="0190", exact="free", start=3, end=7)

        assert b'{"snapshot":"0190","exact":"free","start":3,"end":7}' == msgspec.json.encode(citation)
        assert CitationZone.BODY == msgspec.json.decode(msgspec.json.encode(citation), type=Citation).zone

    def test_has_no_field_but_its_own(self) -> None:
        """A prefix is a way to ask and is not stored."""
        stored = b'{"snapshot":"0190","exact":"free","start":3,"end":7,"prefix":"not"}'

        with pytest.raises(msgspec.ValidationError, match="unknown field `prefix`"):
            msgspec.json.decode(stored, type=Citation)

    def test_knows_six_zones(self) -> None:
        """The zones are those of the contract."""
        assert ["headline", "lead", "body", "caption", "table_row", "correction_note"] == list(CitationZone)


class TestLocateByWords:
    def test_finds_what_occurs_once(self) -> None:
        """The one place of the words is found, in code points."""
        assert Span(61, 64, "was") == locate("x" * 60 + " was", Quote(exact="was"))

    @pytest.mark.parametrize(
        ("asked", "stands"),
        [
            pytest.param("Guards' list", "Guards’ list", id="straight for curly"),
            pytest.param('"Nobody - nobody', "“Nobody – nobody", id="straight double, plain dash"),
            pytest.param("‘Əliyev", None, id="a quotation mark that is not there"),
            pytest.param("on 5 May", "on 5\u00a0May", id="space for no-break space"),
            pytest.param("5 May, his brother", "5\u00a0May,\nhis brother", id="across a line break"),
            pytest.param("5\r\nMay,\u202fhis\tbrother", "5\u00a0May,\nhis brother", id="other white space"),
            pytest.param("the lawyer said", "the law\u00adyer said", id="without the soft hyphen"),
            pytest.param("the lawy\u00ader said", "the law\u00adyer said", id="another soft hyphen"),
            pytest.param("  his brother\n", "his brother", id="white space at the ends"),
            pytest.param("\ufeffhis brother\u200b", "his brother", id="nothing seen at the ends"),
            pytest.param("10,000 were", "10,000 were", id="a number"),
            pytest.param("10.000 were", None, id="another number"),
            pytest.param("GUARDS’ LIST", None, id="other case"),
        ],
    )
    def test_levels_shapes_alone(self, asked: str, stands: str | None) -> None:
        """Under `quote-v1` shapes do not matter; what is given back are the text's own characters."""
        if stands is None:
            assert isinstance(refusal(TEXT, Quote(exact=asked)), QuoteNotFound)
        else:
            start = TEXT.index(stands)
            assert Span(start, start + len(stands), stands) == locate(TEXT, Quote(exact=asked))

    def test_accepts_decomposed_for_composed(self) -> None:
        """NFD for NFC, and the reverse: the same letters, so the same words."""
        composed, decomposed = "Şəmkirdə İlqar", "S\u0327əmkirdə I\u0307lqar"

        assert Span(0, 14, composed) == locate(composed, Quote(exact=decomposed))
        assert Span(0, 16, decomposed) == locate(decomposed, Quote(exact=composed))

    def test_refuses_what_occurs_nine_times(self) -> None:
        """A quote that stands in many places says nothing of where: how often and where is told."""
        text = "He is free. " * 9

        error = refusal(text, Quote(exact="free"))

        assert isinstance(error, QuoteAmbiguous)
        assert (
            "The quote ‘free’ occurs 9 times in the archived text (at 6, 18, 30, 42, 54, 66, 78, 90, 102):"
            " quote more, or add what stands directly before or after it (`prefix`, `suffix`), or its span."
        ) == error.message
        assert {"count": 9, "starts": (6, 18, 30, 42, 54, 66, 78, 90, 102)} == error.facts

    def test_counts_overlapping_occurrences(self) -> None:
        """Two places that share characters are two."""
        error = refusal("no and no and no", Quote(exact="no and no"))

        assert isinstance(error, QuoteAmbiguous)
        assert {"count": 2, "starts": (0, 7)} == error.facts

    def test_counts_shapes_of_one_quote(self) -> None:
        """Two places that differ in shapes alone are two: the quote says nothing of which."""
        error = refusal("it’s - it's", Quote(exact="it‘s"))

        assert {"count": 2, "starts": (0, 7)} == error.facts

    def test_stops_counting_at_a_thousand(self) -> None:
        """Nobody is helped by more places, and counting them all takes long."""
        error = refusal("no " * 2000, Quote(exact="no"))

        assert "The quote ‘no’ occurs at least 1000 times in the archived text (at 0, 3, 6," in error.message
        assert "27, …)" in error.message

    def test_refuses_what_does_not_stand_there(self) -> None:
        """Likeness never decides: what is nearest is a hint."""
        text = "He was not released on Monday. The court sat. Nobody was told."

        error = refusal(text, Quote(exact="He was now released on Monday"))

        assert isinstance(error, QuoteNotFound)
        assert (
            "The quote ‘He was now released on Monday’ does not stand in the archived text: copy it from there."
            " Nearest: ‘He was not released on Monday.’."
        ) == error.message
        assert {"nearest": ("He was not released on Monday.",)} == error.facts

    def test_offers_at_most_three_passages(self) -> None:
        """The hints are the likeliest, best first, and few."""
        text = " ".join(
            f"The {name} court freed him." for name in ("first", "second", "third", "fourth", "fifth")
        )

        error = refusal(text, Quote(exact="The fourth court freed her."))

        nearest = error.facts["nearest"]
        assert isinstance(nearest, tuple)
        assert 3 == len(nearest)
        assert "The fourth court freed him." == nearest[0]

    def test_offers_no_scraps(self) -> None:
        """A sentence of one word would fit into any quote: it is no hint."""
        error = refusal("He. Was. He was not released. Not.", Quote(exact="He was now released"))

        assert {"nearest": ("He was not released.",)} == error.facts

    def test_offers_the_part_that_is_like(self) -> None:
        """Of an endless sentence the hint is the part in question."""
        text = "and so on " * 100 + "he was not released " + "and so on " * 100

        error = refusal(text, Quote(exact="he was now released"))

        nearest = error.facts["nearest"]
        assert isinstance(nearest, tuple)
        assert "he was not released" in nearest[0]
        assert len(nearest[0]) <= 201

    def test_offers_nothing_where_nothing_is_like(self) -> None:
        """A hint that does not help is none."""
        error = refusal("Bakı. 1994.", Quote(exact="xyzzy"))

        assert "The quote ‘xyzzy’ does not stand in the archived text: copy it from there." == error.message
        assert {"nearest": ()} == error.facts

    @pytest.mark.parametrize(
        ("text", "quote"),
        [
            pytest.param("He was not released.", "He was released", id="a word left out"),
            pytest.param("He was released.", "He was not released", id="a word put in"),
            pytest.param("Onu azadlığa buraxmadı.", "Onu azadlığa buraxdı", id="the Azerbaijani negation"),
            pytest.param("Onu azadlığa buraxdı.", "Onu azadlığa buraxmadı", id="the Azerbaijani affirmation"),
            pytest.param("They did not release him.", "They did now release him", id="one letter, score 97"),
            pytest.param("He was not released.", "He was not, released", id="a comma"),
            pytest.param("Его не освободили.", "Его освободили", id="the Russian negation"),
        ],
    )
    def test_never_takes_one_for_its_opposite(self, text: str, quote: str) -> None:
        """ "Not released" never passes for "released", however alike they look to a score."""
        assert isinstance(refusal(text, Quote(exact=quote)), QuoteNotFound)

    def test_serves_the_negation_with_the_word(self) -> None:
        """The one word does stand in "not released": the passage served with it says what it is part of."""
        text = "Two were moved. He was not released. She is ill."

        found = locate(text, Quote(exact="released"))

        assert "He was not released." == passage_of(text, found.start, found.end).exact

    @pytest.mark.parametrize(
        ("text", "quote", "word"),
        [
            pytest.param("They stay unreleased.", "released", "unreleased", id="after a prefix"),
            pytest.param("A non-released man", "released", "non-released", id="after a prefix and a hyphen"),
            pytest.param(
                "A pro\u2011war man", "A pro", "pro\u2011war", id="before a hyphen that does not break"
            ),
            pytest.param("The releasing judge", "releas", "releasing", id="before an ending"),
            pytest.param("Onu buraxdılar.", "buraxdı", "buraxdılar", id="an Azerbaijani ending"),
            pytest.param("un\u00adreleased", "released", "un\u00adreleased", id="over a soft hyphen"),
            pytest.param("un\u200breleased", "released", "un\u200breleased", id="over a zero-width space"),
            pytest.param("نمی\u200cشود", "شود", "نمی\u200cشود", id="the Persian negation before a joiner"),
            pytest.param("10,000 prisoners", "000 prisoners", "10,000", id="the end of a number"),
            pytest.param("some 10,000", "some 10", "10,000", id="the beginning of a number"),
            pytest.param("10\u202f000 prisoners", "10", "10\u202f000", id="a number in groups"),
            pytest.param("2.5 years", "5 years", "2.5", id="a decimal number"),
            pytest.param("He didn't go", "He did", "didn", id="the English negation, written together"),
        ],
    )
    def test_refuses_parts_of_words(self, text: str, quote: str, word: str) -> None:
        """What stands only inside a longer word or number is not there."""
        error = refusal(text, Quote(exact=quote))

        assert isinstance(error, QuoteNotFound)
        assert (
            f"The quote ‘{quote}’ stands only inside a longer word or number, ‘{word}’: quote it whole."
        ) == error.message
        assert {"word": word} == error.facts

    def test_does_not_count_parts_of_words(self) -> None:
        """Beside a place where it stands whole, a place inside another word is none."""
        assert Span(11, 19, "released") == locate("unreleased released", Quote(exact="released"))

    def test_does_not_take_a_letter_from_its_mark(self) -> None:
        """A mark belongs to its letter, after punctuation too."""
        assert isinstance(refusal("qə\u0301", Quote(exact="qə")), QuoteNotFound)
        assert isinstance(refusal("a.\u0301", Quote(exact="a.")), QuoteNotFound)

    @pytest.mark.parametrize("empty", ["", "  \n", "\u00ad\u200b"])
    def test_refuses_an_empty_quote(self, empty: str) -> None:
        """Nothing stands everywhere."""
        error = refusal(TEXT, Quote(exact=empty))

        assert isinstance(error, TextInvalid)
        assert "The quote is empty: give the words as they stand in the source." == error.message

    def test_refuses_an_unpaired_surrogate(self) -> None:
        """What is no character stands in no text, and could not be told in a message."""
        error = refusal(TEXT, Quote(exact="free\ud800"))

        assert isinstance(error, TextInvalid)
        assert "The quote holds an unpaired surrogate, which is no character: copy it anew." == error.message

    def test_refuses_an_endless_quote(self) -> None:
        """A quote of many pages is no quote, and seeking it takes long."""
        error = refusal(TEXT, Quote(exact="a " * QUOTE_LENGTH_MAX))

        assert isinstance(error, TooLarge)
        assert (
            "The quote has 20000 code points, and a quote at most 10000: cite several, or the span."
        ) == error.message

    @given(texts(), st.text(max_size=20))
    def test_finds_or_refuses(self, given_text: tuple[str, list[tuple[int, int]]], quote: str) -> None:
        """Whatever is asked, the answer is a place whose characters are those words, or a refusal of the tree."""
        text, _ = given_text

        try:
            found = locate(text, Quote(exact=quote))
        except (CitationRefused, TextInvalid):
            return

        assert text[found.start : found.end] == found.exact
        assert normalised(quote) == normalised(found.exact)

    @given(spans_of_words(), st.sampled_from(["NFC", "NFD"]), st.booleans())
    def test_maps_variants_back(self, given_span: tuple[str, int, int], form: str, straight: bool) -> None:
        """Decomposed, with straight marks and doubled spaces, a quote is found where it stands, if it stands once."""
        text, start, end = given_span
        variant = unicodedata.normalize(form, text[start:end]).replace(" ", " \n")  # type: ignore[arg-type]
        if straight:
            variant = variant.translate(str.maketrans("’“”–—", '\'""--'))

        searched, sought = normalised(text), normalised(variant)
        places = sum(searched.startswith(sought, place) for place in range(len(searched)))

        if places == 1:
            assert Span(start, end, text[start:end]) == locate(text, Quote(exact=variant))
        else:
            with pytest.raises(QuoteAmbiguous):
                locate(text, Quote(exact=variant))


class TestLocateBySurroundings:
    TEXT = "A was free. B was not free. C was “free”."

    @pytest.mark.parametrize(
        ("prefix", "suffix", "start"),
        [
            pytest.param("A was", None, 6, id="prefix"),
            pytest.param("was not ", None, 22, id="prefix with its space"),
            pytest.param(None, ". C", 22, id="suffix"),
            pytest.param('"', '"', 35, id="both, of another shape"),
            pytest.param("A  wa\u00ads\n", " ", 6, id="prefix under the normalisation, empty suffix"),
        ],
    )
    def test_tells_places_apart(self, prefix: str | None, suffix: str | None, start: int) -> None:
        """What stands directly before or after decides between several places."""
        assert Span(start, start + 4, "free") == locate(
            self.TEXT, Quote(exact="free", prefix=prefix, suffix=suffix)
        )

    def test_must_stand_directly_beside(self) -> None:
        """A prefix somewhere before is none; what does stand there is told."""
        error = refusal(self.TEXT, Quote(exact="free", prefix="B was"))

        assert isinstance(error, QuoteContextMismatch)
        assert (
            "The quote stands in the archived text, but not between the `prefix` and `suffix` given. There:"
            " A was ⟦free⟧. B was not free. C was “free”."
            " · A was free. B was not ⟦free⟧. C was “free”."
            " · A was free. B was not free. C was “⟦free⟧”."
        ) == error.message
        assert (6, 22, 35) == error.facts["starts"]

    def test_may_not_suffice(self) -> None:
        """A prefix that several places share leaves the quote ambiguous, among those."""
        error = refusal("A was free. B was free. C is free.", Quote(exact="free", prefix="was"))

        assert isinstance(error, QuoteAmbiguous)
        assert {"count": 2, "starts": (6, 18)} == error.facts

    def test_are_checked_where_the_words_stand_once(self) -> None:
        """Wrong surroundings are refused though the words alone would do."""
        assert isinstance(
            refusal("He was not freed.", Quote(exact="freed", prefix="was")), QuoteContextMismatch
        )

    def test_are_checked_at_a_span(self) -> None:
        """The surroundings of a span must be right as well."""
        assert Span(6, 10, "free") == locate(self.TEXT, Quote(start=6, end=10, prefix="A was"))
        assert isinstance(refusal(self.TEXT, Quote(start=6, end=10, prefix="not")), QuoteContextMismatch)

    @given(spans_of_words())
    def test_of_a_whole_text_always_suffice(self, given_span: tuple[str, int, int]) -> None:
        """With all that stands before and after, every quote is unique, and found at its own place."""
        text, start, end = given_span
        quote = Quote(exact=text[start:end], prefix=text[:start], suffix=text[end:])

        assert Span(start, end, text[start:end]) == locate(text, quote)


class TestLocateBySpan:
    @given(spans_of_words())
    def test_gives_what_stands_there(self, given_span: tuple[str, int, int]) -> None:
        """Any span of whole words is accepted, with the characters that stand there."""
        text, start, end = given_span

        assert Span(start, end, text[start:end]) == locate(text, Quote(start=start, end=end))

    @pytest.mark.parametrize(("start", "end"), [(0, 17), (-1, 3), (5, 4), (17, 18), (99, 100)])
    def test_lies_within_the_text(self, start: int, end: int) -> None:
        """A span over the end, before the beginning or backwards is refused with the text's length."""
        error = refusal("sixteen letters.", Quote(start=start, end=end))

        assert isinstance(error, QuoteNotFound)
        assert (
            f"The span {start} to {end} does not lie within the archived text, which has 16 code points, counted from 0."
        ) == error.message

    @pytest.mark.parametrize(
        ("start", "end", "word"),
        [
            (1, 8, "He"),
            (0, 7, "freed"),
            (13, 20, "10,000"),
            (10, 15, "10,000"),
            (21, 23, "qə\u0301"),
            (21, 26, ".\u0301"),
        ],
    )
    def test_cuts_no_word(self, start: int, end: int, word: str) -> None:
        """A span that takes a part of a word or number is refused and told the whole."""
        error = refusal("He freed  10,000 ab: qə\u0301 .\u0301", Quote(start=start, end=end))

        assert isinstance(error, QuoteNotFound)
        assert f"The span {start} to {end} cuts ‘{word}’: take words and numbers whole." == error.message

    @pytest.mark.parametrize(("start", "end"), [(2, 2), (2, 3), (2, 4)])
    def test_holds_words(self, start: int, end: int) -> None:
        """A span of nothing, or of nothing that is seen, cites nothing."""
        error = refusal("He \u00adfreed", Quote(start=start, end=end))

        assert isinstance(error, TextInvalid)
        assert f"The span {start} to {end} holds no words." == error.message

    @pytest.mark.parametrize(
        ("quote", "message"),
        [
            (Quote(), "A citation needs `quote`, or `start` and `end`, and has neither."),
            (Quote(prefix="was"), "A citation needs `quote`, or `start` and `end`, and has neither."),
            (Quote(start=1), "A span needs both ends: `start` is given, `end` is not."),
            (Quote(exact="He", end=2), "A span needs both ends: `end` is given, `start` is not."),
        ],
    )
    def test_needs_both_ends(self, quote: Quote, message: str) -> None:
        """Half a span, and a citation of nothing, say what they lack."""
        error = refusal("He is free", quote)

        assert isinstance(error, TextInvalid)
        assert message == error.message


class TestLocateByBoth:
    def test_agrees_under_the_normalisation(self) -> None:
        """The words may differ from the span in shapes; the text's characters are given back."""
        assert Span(0, 12, "Guards’ list") == locate(TEXT, Quote(exact="Guards'  list", start=0, end=12))

    def test_needs_no_unique_words(self) -> None:
        """A span says which of several places is meant."""
        assert Span(6, 8, "no") == locate("no no no", Quote(exact="no", start=6, end=8))

    def test_refuses_other_words(self) -> None:
        """Words and span must agree: what stands there is told."""
        error = refusal("He was not freed", Quote(exact="was freed", start=3, end=16))

        assert isinstance(error, QuoteContextMismatch)
        assert (
            "At 3 to 16 of the archived text stands ‘was not freed’, not ‘was freed’: mend one of them, or give only one."
        ) == error.message
        assert {"expected": "was freed", "actual": "was not freed"} == error.facts

    def test_refuses_a_part(self) -> None:
        """A span longer or shorter than the words is another place."""
        assert isinstance(refusal("He was freed", Quote(exact="was", start=3, end=12)), QuoteContextMismatch)


class TestVerify:
    TEXT = "He was not freed"
    SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()

    def test_accepts_what_stands_there(self) -> None:
        """The text is the one archived, and its characters at the span are the quote."""
        verify(self.TEXT, Citation(snapshot="s", exact="not freed", start=7, end=16), text_sha256=self.SHA256)

    def test_refuses_another_text(self) -> None:
        """One changed character of the text is found by its hash, wherever it stands."""
        citation = Citation(snapshot="s", exact="not", start=7, end=10)
        changed = "He was not Freed"
        actual = hashlib.sha256(changed.encode()).hexdigest()

        with pytest.raises(IntegrityBroken) as caught:
            verify(changed, citation, text_sha256=self.SHA256)

        assert (
            f"The archived text hashes to {actual}, but its snapshot says {self.SHA256}: restore it from a backup."
        ) == caught.value.message

    @pytest.mark.parametrize(
        ("exact", "start", "end", "stands"),
        [
            pytest.param("now", 7, 10, "not", id="other words"),
            pytest.param("not", 8, 11, "ot ", id="shifted"),
            pytest.param("freed", -5, 16, "", id="counted from the end"),
            pytest.param("freed", 11, 17, "freed", id="over the end"),
            pytest.param("", 3, 3, "", id="empty"),
            pytest.param("not  freed", 7, 16, "not freed", id="alike under the normalisation only"),
        ],
    )
    def test_refuses_what_does_not_stand_there(self, exact: str, start: int, end: int, stands: str) -> None:
        """What was stored are the text's own characters: not even the normalisation is applied."""
        citation = Citation(snapshot="s", exact=exact, start=start, end=end)

        with pytest.raises(QuoteContextMismatch) as caught:
            verify(self.TEXT, citation, text_sha256=self.SHA256)

        assert (
            f"At {start} to {end} of the archived text stands ‘{stands}’, but the citation says ‘{exact}’."
        ) == caught.value.message

    @given(spans_of_words())
    def test_accepts_whatever_was_located(self, given_span: tuple[str, int, int]) -> None:
        """What `locate` gave back verifies against the same text."""
        text, start, end = given_span
        found = locate(text, Quote(start=start, end=end))

        verify(
            text,
            Citation(snapshot="s", exact=found.exact, start=found.start, end=found.end),
            text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        )


class TestTextFragmentUrl:
    @pytest.mark.parametrize(
        ("url", "exact", "expected"),
        [
            ("https://example.org/a", "was freed", "https://example.org/a#:~:text=was%20freed"),
            ("https://example.org/a#top", "freed", "https://example.org/a#top:~:text=freed"),
            ("https://example.org/a#:~:text=old", "freed", "https://example.org/a#:~:text=freed"),
            (
                "https://example.org/a?b=c",
                "x & y, pro-war",
                "https://example.org/a?b=c#:~:text=x%20%26%20y%2C%20pro%2Dwar",
            ),
            ("https://example.org/", "İlqar", "https://example.org/#:~:text=%C4%B0lqar"),
            ("https://example.org/", "He was\nfreed", "https://example.org/#:~:text=He,freed"),
            ("https://example.org/", "a\nb c d", "https://example.org/#:~:text=a%20b,c%20d"),
            ("https://example.org/", "\nfreed\n", "https://example.org/#:~:text=freed"),
            (
                "https://example.org/",
                "no " * 50,
                "https://example.org/#:~:text=no%20no%20no%20no%20no,no%20no%20no%20no%20no",
            ),
        ],
    )
    def test_scrolls_to_the_quote(self, url: str, exact: str, expected: str) -> None:
        """The directive of the WICG draft: its own syntax encoded, a range over lines and for long quotes."""
        assert expected == text_fragment_url(url, exact)


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.name)
class TestTheSeedArticle:
    def test_holds_every_claim_where_the_table_says(self, article: Path) -> None:
        """Each row's words stand at its span; by words alone they are found there, or stand several times."""
        text = article.read_text(encoding="utf-8")
        rows = CLAIM_ROW.findall(CLAIMS.read_text(encoding="utf-8"))

        for _, start, end, words in rows:
            found = locate(text, Quote(exact=words, start=int(start), end=int(end)))
            assert words == found.exact
            assert found == locate(text, Quote(exact=words))
            assert found.exact in passage_of(text, found.start, found.end).exact

        assert 34 == len(rows)


class TestHostileText:
    def test_a_cut_in_a_word_without_end_is_refused_at_once(self) -> None:
        """What is shown of the word is bounded; looking for its ends over a million zero-width spaces took for ever."""
        text = "a" + "\u200b" * 500_000 + "b"

        with pytest.raises(QuoteNotFound, match="take words and numbers whole"):
            locate(text, Quote(start=0, end=250_000))
