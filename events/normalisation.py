"""The one normalisation under which a quote may differ from the archived text: `quote-v1`.

Quotes are typed, pasted and composed by machines; archived texts are typeset. Between the two lie differences that no
reader sees as a difference of wording. Exactly these are levelled, on both sides; anything else is another wording:

    1  removed        U+00AD soft hyphen, U+200B zero-width space, U+2060 word joiner, U+FEFF zero-width no-break space
    2  composed       Unicode NFC, one unit (a character with the marks upon it) at a time
    3  single quotes  ‘ ’ ‚ ‛ ′ ʼ ` ´ ‹ ›            become  '
       double quotes  “ ” „ ‟ ″ « »                  become  "
       dashes         ‐ ‑ ‒ – — ― −                  become  -
    4  white space    a run of it, line breaks and no-break spaces included, becomes one space

Example: `“İlqar\\u00a0– azad”` and `"I\\u0307lqar - azad"` are the same quote.

Invariants: the result is NFC, and normalising it again changes nothing; every unit of the result knows which
characters of the source it came from, so that a place found in the result is a span of the source, and nothing is
found that begins or ends inside a unit (`e` does not stand in `é`).

Absent on purpose: case folding (`len("İ".lower()) == 2`, and Bakı is not BAKI), digits of other scripts, similar
letters of other alphabets, hyphenation at a line's end, joiners U+200C and U+200D (in Persian they part a negation
from its verb, so they carry meaning), and any likeness of degree. A change of these tables is a new name, never
another `quote-v1`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

NORMALISATION: Final = "quote-v1"

REMOVED: Final = "\u00ad\u200b\u2060\ufeff"
SINGLE_QUOTES: Final = "‘’‚‛′ʼ`´‹›"
DOUBLE_QUOTES: Final = "“”„‟″«»"
DASHES: Final = "‐‑‒–—―−"
# Listed, not `str.isspace`, which follows the Unicode version of the interpreter.
WHITE_SPACE: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

STACKED_MAX: Final = 500

_MARKS_END: Final = 0x20000  # no combining mark stands in the planes beyond
_REMOVED: Final = frozenset(REMOVED)
_WHITE_SPACE: Final = frozenset(WHITE_SPACE)
_SHAPES: Final = str.maketrans(
    SINGLE_QUOTES + DOUBLE_QUOTES + DASHES,
    "'" * len(SINGLE_QUOTES) + '"' * len(DOUBLE_QUOTES) + "-" * len(DASHES),
)


class Normalised:
    """A text under `quote-v1`, and the way back: the characters of the source behind every unit of it.

    `text` is what is searched. Places in it are given back as spans of the source by `source_span`.
    """

    __slots__ = ("_ends", "_sources", "_starts", "text")

    def __init__(self, source: str) -> None:
        starts, sources, ends, pieces = array("q"), array("q"), array("q"), []
        length = 0
        for unit, start, end in _units(source):
            starts.append(length)
            sources.append(start)
            ends.append(end)
            pieces.append(unit)
            length += len(unit)
        starts.append(length)
        self.text: Final = "".join(pieces)
        self._starts: Final = starts
        self._sources: Final = sources
        self._ends: Final = ends

    def source_span(self, start: int, end: int) -> tuple[int, int] | None:
        """The span of the source behind `text[start:end]`; None where that begins or ends inside a unit."""
        first, last = self._unit_at(start), self._unit_at(end)
        if first is None or last is None or first >= last:
            return None
        return self._sources[first], self._ends[last - 1]

    def place_of(self, source_place: int) -> int:
        """Where in `text` the first unit stands that begins at `source_place` or after it."""
        return self._starts[bisect_left(self._sources, source_place)]

    def _unit_at(self, place: int) -> int | None:
        index = bisect_left(self._starts, place)
        return index if index < len(self._starts) and self._starts[index] == place else None


@lru_cache(maxsize=8)
def normalise(source: str) -> Normalised:
    """`source` under `quote-v1`. A report file cites one text many times: the last few are kept."""
    return Normalised(source)


def normalised(source: str) -> str:
    """The characters of `source` under `quote-v1`, without white space at the ends: how two quotes are compared."""
    return "".join(unit for unit, _, _ in _units(source)).strip(" ")


def stacked_marks(text: str) -> int | None:
    """Where more than `STACKED_MAX` combining marks stand upon one another; None where they do nowhere.

    Normalising sorts them, in time that grows with the square of their number: a megabyte of them takes hours. UAX 15 finds 30 in any
    text that is one.
    """
    found = None if text.isascii() else _stack().search(text)
    return None if found is None else found.start()


@lru_cache(maxsize=1)
def _stack() -> re.Pattern[str]:
    marks = [code for code in range(0x300, _MARKS_END) if unicodedata.combining(chr(code))]
    return re.compile("[" + "".join(map(chr, marks)) + f"]{{{STACKED_MAX + 1}}}")


def is_mark(character: str) -> bool:
    """Whether it belongs to the character before it: a combining mark, or the rest of a Hangul syllable."""
    # Nothing below U+0300 combines; marks and conjoining jamo are all that NFC can join to what precedes.
    if character < "\u0300":
        return False
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character)[0] == "M"


def _units(source: str) -> Iterator[tuple[str, int, int]]:
    """Each unit of the normalised text, with its span of the source; a run of white space is one unit."""
    run_start, run_end = -1, -1
    for cluster, start, end in _clusters(source):
        if cluster in _WHITE_SPACE:
            run_start, run_end = (start if run_start < 0 else run_start), end
            continue
        if run_start >= 0:
            yield " ", run_start, run_end
            run_start = -1
        yield (cluster if cluster.isascii() and cluster != "`" else _level(cluster)), start, end
    if run_start >= 0:
        yield " ", run_start, run_end


def _level(cluster: str) -> str:
    return unicodedata.normalize("NFC", cluster).translate(_SHAPES)


def _clusters(source: str) -> Iterator[tuple[str, int, int]]:
    """Each character with the marks upon it, joined over whatever is removed between them, and its span."""
    cluster, start, end = "", 0, 0
    for place, character in enumerate(source):
        if character in _REMOVED:
            continue
        if cluster and is_mark(character):
            cluster += character
        else:
            if cluster:
                yield cluster, start, end
            cluster, start = character, place
        end = place + 1
    if cluster:
        yield cluster, start, end
