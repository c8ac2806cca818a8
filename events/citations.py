"""Where in an archived text an event stands, and the tests that a citation must pass.

A citation is accepted only if the characters of the snapshot's text at `[start:end)` **are** `exact`. A quote may
be asked for by its span, by its words, or by both; what is stored is always the snapshot's own characters.

    by span    `[start:end)` must lie within the text
    by words   they must occur exactly once under `quote-v1` (see `normalisation`), overlapping occurrences counted,
               or carry enough of what stands directly before or after them (`prefix`, `suffix`; W3C
               TextQuoteSelector) to be told apart
    by both    the words must be those at the span, under `quote-v1`

Invariants: no citation cuts a word or a number (`released` is found neither in `unreleased` nor in
`non-released`, nor `10` in `10,000`), nor
a letter from the marks upon it. Likeness never decides: the nearest passages are a hint in a refusal, stored nowhere.

Absent on purpose: any judgement of what a quote means. `released` does stand in "was not released"; that is why the
whole sentence round a quote (`passage_of`) is served with it. Offsets are code points; JavaScript's are UTF-16 units:
send words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NoReturn
from urllib.parse import quote as percent_encoded

import msgspec
from rapidfuzz import fuzz, process

from events.errors import (
    IntegrityBroken,
    QuoteAmbiguous,
    QuoteContextMismatch,
    QuoteNotFound,
    TextInvalid,
    TooLarge,
)
from events.normalisation import NORMALISATION, REMOVED, is_mark, normalise, normalised
from events.passages import Span, passage_of, sentences

__all__ = [
    "NORMALISATION",
    "QUOTE_LENGTH_MAX",
    "Citation",
    "CitationZone",
    "Quote",
    "Span",
    "locate",
    "passage_of",
    "text_fragment_url",
    "verify",
]

# Seeking is quadratic at worst; a passage of 10,000 characters is four pages.
QUOTE_LENGTH_MAX: Final = 10_000
_HYPHENS: Final = "-\u2010\u2011"
# Not the plain space, which parts "in 2023 22 women" as well.
_NUMBER_SEPARATORS: Final = ".,'’\u00a0\u2009\u202f"
_JOINERS: Final = "\u200c\u200d"
_SHOWN_MAX: Final = 200
_OCCURRENCES_MAX: Final = 1000
_PLACES_SHOWN_MAX: Final = 10
_SHOWN_BEFORE: Final = 40
_NEAREST_MAX: Final = 3
_NEAREST_LENGTH_MIN: Final = 80
_NEAREST_SCORE_MIN: Final = 60.0
_FRAGMENT_WORDS_MAX: Final = 40
_FRAGMENT_EDGE_WORDS: Final = 5


class CitationZone(StrEnum):
    """Where on the page a quote stands. A headline alone supports nothing."""

    HEADLINE = "headline"
    LEAD = "lead"
    BODY = "body"
    CAPTION = "caption"
    TABLE_ROW = "table_row"
    CORRECTION_NOTE = "correction_note"


class Citation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A quote as stored: the snapshot's own characters at `[start:end)`, code points of its text from 0.

    `snapshot` is the event id of the `snapshot_captured` that archived the text.
    """

    snapshot: str
    exact: str
    start: int
    end: int
    zone: CitationZone = CitationZone.BODY


class Quote(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """A quote as asked for, never stored: its words, its span in code points, or both.

    `prefix` and `suffix` are what stands directly before and after it.
    """

    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    start: int | None = None
    end: int | None = None


def locate(text: str, quote: Quote) -> Span:
    """The one place of `quote` in `text`, with the characters that stand there.

    Raises TextInvalid where the quote asks for nothing, TooLarge, QuoteNotFound (fact `nearest`), QuoteAmbiguous (`count`,
    `starts`), or QuoteContextMismatch where the words stand in the text, but not at the span or in the surroundings
    that were given.
    """
    _refuse_unpaired_surrogates(quote)
    if quote.start is None and quote.end is None:
        if quote.exact is None:
            raise TextInvalid("A citation needs `quote`, or `start` and `end`, and has neither.")
        return _by_words(text, quote.exact, surroundings=_surroundings_of(quote))
    if quote.start is None or quote.end is None:
        given, lacking = ("start", "end") if quote.end is None else ("end", "start")
        raise TextInvalid(f"A span needs both ends: `{given}` is given, `{lacking}` is not.")
    return _by_span(text, quote.start, quote.end, quote=quote)


def verify(text: str, citation: Citation, *, text_sha256: str) -> None:
    """Check that `text` is the one archived under `text_sha256` (hex), and that the citation stands in it.

    Raises IntegrityBroken for another text, QuoteContextMismatch for a span at which `exact` does not stand.
    """
    actual = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if actual != text_sha256:
        raise IntegrityBroken(
            f"The archived text hashes to {actual}, but its snapshot says {text_sha256}:"
            " restore it from a backup.",
            expected=text_sha256,
            actual=actual,
        )
    start, end = citation.start, citation.end
    if not 0 <= start < end <= len(text) or text[start:end] != citation.exact:
        actual = text[start:end] if 0 <= start < end else ""
        raise QuoteContextMismatch(
            f"At {start} to {end} of the archived text stands ‘{_shown(actual)}’,"
            f" but the citation says ‘{_shown(citation.exact)}’.",
            expected=citation.exact,
            actual=actual,
        )


def text_fragment_url(url: str, exact: str) -> str:
    """`url` with a text directive, which scrolls a browser to the quote where it still stands.

    WICG URL Fragment Text Directives. A quote over several lines, or of more than 40 words, is given by its first and last words.
    """
    base, _, fragment = url.partition("#")
    fragment = fragment.partition(":~:")[0]
    words = exact.split()
    edge = min(_FRAGMENT_EDGE_WORDS, len(words) // 2)
    # One text directive cannot reach over the border of a block: a range of two can.
    if edge and ("\n" in exact.strip() or len(words) > _FRAGMENT_WORDS_MAX):
        directive = ",".join(map(_encoded, (words[:edge], words[-edge:])))
    else:
        directive = _encoded(words)
    return f"{base}#{fragment}:~:text={directive}"


def _encoded(words: list[str]) -> str:
    # A hyphen is syntax of the directive (`prefix-,`), and percent-encoding leaves it bare.
    return percent_encoded(" ".join(words), safe="").replace("-", "%2D")


def _by_span(text: str, start: int, end: int, *, quote: Quote) -> Span:
    if not 0 <= start <= end <= len(text):
        raise QuoteNotFound(
            f"The span {start} to {end} does not lie within the archived text,"
            f" which has {len(text)} code points, counted from 0.",
            start=start,
            end=end,
            length=len(text),
        )
    span = Span(start, end, text[start:end])
    if not normalised(span.exact):
        raise TextInvalid(f"The span {start} to {end} holds no words.", start=start, end=end)
    if quote.exact is not None and _words_of(quote.exact) != normalised(span.exact):
        _refuse_other_words(text, start, end, expected=quote.exact)
    if cut := next((place for place in (start, end) if _cuts(text, place)), None):
        raise QuoteNotFound(
            f"The span {start} to {end} cuts ‘{_word_round(text, cut)}’: take words and numbers whole.",
            start=start,
            end=end,
            word=_word_round(text, cut),
        )
    if not _surroundings_of(quote).fit(text, start, end):
        _refuse_surroundings([(start, end)], text=text)
    return span


def _by_words(text: str, exact: str, *, surroundings: _Surroundings) -> Span:
    inside: list[tuple[int, int]] = []
    elsewhere: list[tuple[int, int]] = []
    found: list[tuple[int, int]] = []
    for start, end in _occurrences(text, _words_of(exact)):
        if len(found) == _OCCURRENCES_MAX:
            break
        if _cuts(text, start) or _cuts(text, end):
            inside.append((start, end))
        elif surroundings.fit(text, start, end):
            found.append((start, end))
        else:
            elsewhere.append((start, end))
    if len(found) > 1:
        _refuse_ambiguous(exact, found)
    if found:
        start, end = found[0]
        return Span(start, end, text[start:end])
    if elsewhere:
        _refuse_surroundings(elsewhere, text=text)
    _refuse_absent(text, exact, inside)


def _words_of(exact: str) -> str:
    if len(exact) > QUOTE_LENGTH_MAX:
        raise TooLarge(
            f"The quote has {len(exact)} code points, and a quote at most {QUOTE_LENGTH_MAX}: cite several, or the span.",
            actual=len(exact),
            maximum=QUOTE_LENGTH_MAX,
        )
    words = normalised(exact)
    if not words:
        raise TextInvalid("The quote is empty: give the words as they stand in the source.")
    return words


def _occurrences(text: str, words: str) -> Iterator[tuple[int, int]]:
    """The span of every place of `words`, already normalised, in `text`; overlapping ones too."""
    searched = normalise(text)
    place = searched.text.find(words)
    while place >= 0:
        if span := searched.source_span(place, place + len(words)):
            yield span
        place = searched.text.find(words, place + 1)


class _Surroundings(msgspec.Struct, frozen=True):
    """What must stand directly before and after, normalised; empty where it was not given."""

    prefix: str
    suffix: str

    def fit(self, text: str, start: int, end: int) -> bool:
        """Whether they stand beside the span; white space in between does not matter."""
        if not self.prefix and not self.suffix:
            return True
        searched = normalise(text)
        before, after = searched.place_of(start), searched.place_of(end)
        before -= searched.text.endswith(" ", 0, before)
        after += searched.text.startswith(" ", after)
        return searched.text.endswith(self.prefix, 0, before) and searched.text.startswith(self.suffix, after)


def _surroundings_of(quote: Quote) -> _Surroundings:
    return _Surroundings(normalised(quote.prefix or ""), normalised(quote.suffix or ""))


def _cuts(text: str, place: int) -> bool:
    """Whether a border at `place` would run through a word, a number, or a letter and its marks."""
    left, right = _left_of(text, place), _right_of(text, place)
    if not left or not right:
        return False
    if is_mark(right[0]) or (_is_of_word(left[-1]) and _is_of_word(right[0])):
        return True
    return any(
        joined(left + right[0]) or joined(left[-1] + right) for joined in (_is_grouped_number, _is_hyphenated)
    )


def _is_hyphenated(characters: str) -> bool:
    """Whether these are two parts of a compound and its hyphen: "released" does not stand in "non-released"."""
    if len(characters) != 3:
        return False
    before, hyphen, after = tuple(characters)
    parts = _is_of_word(before) and _is_of_word(after)
    return hyphen in _HYPHENS and parts and not (before.isdecimal() and after.isdecimal())


def _is_grouped_number(characters: str) -> bool:
    """Whether these are a digit, a separator and a digit: `10,000` and `2.5` are cited whole."""
    if len(characters) != 3:
        return False
    before, separator, after = tuple(characters)
    return separator in _NUMBER_SEPARATORS and before.isdecimal() and after.isdecimal()


def _is_of_word(character: str) -> bool:
    # In Persian a joiner parts the negation from its verb within one word.
    return character.isalnum() or character in _JOINERS or is_mark(character)


def _left_of(text: str, place: int) -> str:
    """The two characters before `place`, passing over what the normalisation removes."""
    taken = ""
    while place > 0 and len(taken) < 2:
        place -= 1
        taken = taken if text[place] in REMOVED else text[place] + taken
    return taken


def _right_of(text: str, place: int) -> str:
    taken = ""
    while place < len(text) and len(taken) < 2:
        taken = taken if text[place] in REMOVED else taken + text[place]
        place += 1
    return taken


def _word_round(text: str, place: int) -> str:
    """The word or number that `place` cuts, or what of it can be shown; runs of what is removed are passed over once each."""
    start, end = _before_removed(text, place), _behind_removed(text, place)
    while place - start < _SHOWN_MAX and _cuts(text, start):
        start = _before_removed(text, start - 1)
    while end - place < _SHOWN_MAX and _cuts(text, end):
        end = _behind_removed(text, end + 1)
    return _shown(text[start:end])


def _before_removed(text: str, place: int) -> int:
    while place > 0 and text[place - 1] in REMOVED:
        place -= 1
    return place


def _behind_removed(text: str, place: int) -> int:
    while place < len(text) and text[place] in REMOVED:
        place += 1
    return place


def _refuse_absent(text: str, exact: str, inside: list[tuple[int, int]]) -> NoReturn:
    """The quote does not stand in the text, or only inside longer words."""
    if inside:
        start, end = inside[0]
        word = _word_round(text, start if _cuts(text, start) else end)
        raise QuoteNotFound(
            f"The quote ‘{_shown(exact)}’ stands only inside a longer word or number, ‘{word}’: quote it whole.",
            word=word,
        )
    nearest = tuple(_nearest(text, normalised(exact)))
    hint = f" Nearest: ‘{nearest[0]}’." if nearest else ""
    raise QuoteNotFound(
        f"The quote ‘{_shown(exact)}’ does not stand in the archived text: copy it from there.{hint}",
        nearest=nearest,
    )


def _refuse_ambiguous(exact: str, found: list[tuple[int, int]]) -> NoReturn:
    starts = tuple(start for start, _ in found[:_PLACES_SHOWN_MAX])
    places = ", ".join(map(str, starts)) + (", …" if len(found) > len(starts) else "")
    at_least = "at least " if len(found) == _OCCURRENCES_MAX else ""
    raise QuoteAmbiguous(
        f"The quote ‘{_shown(exact)}’ occurs {at_least}{len(found)} times in the archived text (at {places}):"
        " quote more, or add what stands directly before or after it (`prefix`, `suffix`), or its span.",
        count=len(found),
        starts=starts,
    )


def _refuse_surroundings(found: list[tuple[int, int]], *, text: str) -> NoReturn:
    actual = tuple(_with_surroundings(text, start, end) for start, end in found[:_NEAREST_MAX])
    raise QuoteContextMismatch(
        "The quote stands in the archived text, but not between the `prefix` and `suffix` given."
        f" There: {' · '.join(actual)}",
        actual=actual,
        starts=tuple(start for start, _ in found[:_NEAREST_MAX]),
    )


def _refuse_other_words(text: str, start: int, end: int, *, expected: str) -> NoReturn:
    actual = text[max(0, start) : max(0, end)]
    raise QuoteContextMismatch(
        f"At {start} to {end} of the archived text stands ‘{_shown(actual)}’, not ‘{_shown(expected)}’:"
        " mend one of them, or give only one.",
        expected=_shown(expected),
        actual=_shown(actual),
    )


def _with_surroundings(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _SHOWN_BEFORE) : start], text[end : end + _SHOWN_BEFORE]
    return _on_one_line(f"{before}⟦{_shown(text[start:end])}⟧{after}")


def _nearest(text: str, words: str) -> Iterator[str]:
    """Up to three sentences that resemble the quote, best first, on one line each."""
    sought = words[:_SHOWN_MAX]
    # The score is of the best-fitting part: a sentence of one word would fit into anything.
    shortest = min(len(sought), _NEAREST_LENGTH_MIN) // 2
    candidates = [span.exact for span in sentences(text) if span.end - span.start >= shortest]
    for sentence, _, _ in process.extract(
        sought, candidates, scorer=fuzz.partial_ratio, limit=_NEAREST_MAX, score_cutoff=_NEAREST_SCORE_MIN
    ):
        yield _part_like(sentence, sought)


def _part_like(sentence: str, sought: str) -> str:
    """The sentence, or of a long one the part that resembles what was sought."""
    line = _on_one_line(sentence)
    if len(line) <= _SHOWN_MAX:
        return line
    likeness = fuzz.partial_ratio_alignment(sought, line)
    start = max(0, (likeness.dest_start if likeness else 0) - _SHOWN_BEFORE)
    return ("…" if start else "") + _shown(line[start:])


def _on_one_line(words: str) -> str:
    return " ".join(words.split())


def _shown(words: str) -> str:
    return words if len(words) <= _SHOWN_MAX else words[: _SHOWN_MAX - 1] + "…"


def _refuse_unpaired_surrogates(quote: Quote) -> None:
    for words in (quote.exact, quote.prefix, quote.suffix):
        if words is not None and any("\ud800" <= character <= "\udfff" for character in words):
            raise TextInvalid("The quote holds an unpaired surrogate, which is no character: copy it anew.")
