"""The passage of a quote: the whole sentence round it, or the sentences, where it spans several.

A quote can be true to the letter and false to its source: `released` stands in "was not released". So a quote is
never served alone, and this splitter errs on the long side: where it cannot tell, the sentence goes on.

    A sentence ends   at a blank line
                      after one or more of . ! ? … and their like, with the closing quotes and brackets behind them,
                      when white space follows and then a capital, a digit, a letter without case, or an opening
                      quote, bracket or dash
    and goes on       after an initial (`A. Aliyev`, `2023 г. Он`), an abbreviation of the tables (`Mr. Aliyev`,
                      `No. 5`), a short number (`on 15. December`), and over a single line break, which may be but
                      the wrapping of a line ("was not\\nreleased")

Invariants: the passage contains the span it was asked for, save white space at its ends; it neither begins nor ends
in white space; text outside the paragraphs that the span touches does not change it.

Absent on purpose: any knowledge of a language beyond the tables; a list without full stops or blank lines is one
passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

TERMINALS: Final = ".!?…؟۔։।"
CLOSERS: Final = "’”»›\"')]}“"  # “ closes a German quotation
OPENERS: Final = "‘“«‹„‚\"'([{¿¡—–―-•"
# Without the full stop. What stands before names and numbers in the languages of the sources so far.
ABBREVIATIONS: Final = frozenset(
    """
    Mr Mrs Ms Mx Dr Prof Rev Hon St Sr Jr Gen Col Lt Maj Capt Sgt Cpl Adm Gov Sen Rep Pres Messrs Mme Mlle
    Crim Adv Inc Ltd Co Corp Sept vs viz approx ca cf vol ed eds est Sec sec Para para
    Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun
    гг ст стт пп ул им тел руб тыс млн млрд гос обл пос проф акад см др пр
    prof akad müəl dos gen bənd küç
    """.split()
)
BEFORE_NUMBERS: Final = frozenset("No Nos no nos Nr Art Arts art pp fig mad".split())

_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n")
_END: Final = re.compile(f"[{re.escape(TERMINALS)}]+[{re.escape(CLOSERS)}]*(?=\\s)")
_WORD_BEFORE: Final = re.compile(r"[^\W_]+(?:\.[^\W_]+)*$")
_WORD_LENGTH_MAX: Final = 24


class Span(msgspec.Struct, frozen=True):
    """The characters `exact` of a text at `[start:end)`, in code points from 0."""

    start: int
    end: int
    exact: str


def passage_of(text: str, start: int, end: int) -> Span:
    """The sentence round `text[start:end]`, or all of them where it spans several.

    Raises ValueError where that is no span of words of `text`: spans are checked when a citation is accepted.
    """
    if not (0 <= start < end <= len(text) and text[start:end].strip()):
        raise ValueError(f"no words of a text of {len(text)} code points: {start} to {end}")
    core_start, core_end = _trimmed(text, start, end)
    paragraph_start = _paragraph_start(text, core_start)
    paragraph_end = _paragraph_end(text, core_end)
    first, last = paragraph_start, paragraph_end
    for stop in _sentence_ends(text, paragraph_start, paragraph_end):
        if stop <= core_start:
            first = stop
        elif stop >= core_end:
            last = stop
            break
    first, last = _trimmed(text, first, last)
    return Span(first, last, text[first:last])


def sentences(text: str) -> Iterator[Span]:
    """All sentences of a text, in order."""
    begin = 0
    for stop in (*_sentence_ends(text, 0, len(text)), len(text)):
        if text[begin:stop].strip():
            first, last = _trimmed(text, begin, stop)
            yield Span(first, last, text[first:last])
        begin = stop


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences of `text[start:end]` end, after closing marks, ascending; blank lines included."""
    blanks = [match.start() for match in _BLANK_LINE.finditer(text, start, end)]
    stops = [match.end() for match in _END.finditer(text, start, end) if _ends_here(text, match, end)]
    yield from sorted({*blanks, *stops})


def _ends_here(text: str, match: re.Match[str], end: int) -> bool:
    follower = _character_after(text, match.end(), end)
    if follower is not None and not _opens(follower):
        return False
    if match[0] != ".":
        return True
    word = _WORD_BEFORE.search(text, max(0, match.start() - _WORD_LENGTH_MAX), match.start())
    return word is None or not _goes_on(word[0], follower)


def _goes_on(word: str, follower: str | None) -> bool:
    """Whether the full stop after `word` belongs to the word."""
    before_number = follower is not None and follower.isdigit()
    if word.replace(".", "").isdigit():
        return len(word) <= 2 or (before_number and len(word) == 3)
    return (
        len(word) == 1 or "." in word or word in ABBREVIATIONS or (before_number and word in BEFORE_NUMBERS)
    )


def _opens(character: str) -> bool:
    """Whether a sentence may begin with it: not with a small letter. (Georgian writes no capitals.)"""
    georgian = "\u10d0" <= character <= "\u10ff"
    return character in OPENERS or (character.isalnum() and (georgian or not character.islower()))


def _character_after(text: str, place: int, end: int) -> str | None:
    while place < end and text[place].isspace():
        place += 1
    return text[place] if place < end else None


def _paragraph_start(text: str, place: int) -> int:
    """After the last blank line before `place`, or 0."""
    line_end = text.rfind("\n", 0, place)
    while line_end >= 0:
        line_start = text.rfind("\n", 0, line_end) + 1
        if not text[line_start:line_end].strip():
            return line_end + 1
        line_end = line_start - 1
    return 0


def _paragraph_end(text: str, place: int) -> int:
    match = _BLANK_LINE.search(text, place)
    return match.start() if match else len(text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; there must be something else in it."""
    exact = text[start:end]
    return start + len(exact) - len(exact.lstrip()), end - len(exact) + len(exact.rstrip())
