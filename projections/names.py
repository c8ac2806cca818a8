"""A fold of names, so that one person's name meets itself across scripts and spellings.

It serves searching and suggesting, never joining. 'Gültəkin Sadıqova', 'Gultakin Sadigova' and 'Гюльтекин Садыгова'
all fold to `galtakan sadagav`: letters of the Azerbaijani alphabet and Cyrillic digraphs are read by their sound, the
rest is romanised, spellings of one sound are made one, every run of vowels becomes `a`, doubled letters are squeezed,
a final vowel is dropped, and the tokens are sorted.

A Latin name with c, x or q and none of the letters that only Azerbaijani has can be read in two ways: both folds are
given.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

AZERBAIJANI_ONLY = frozenset("əığçşöü")
AZERBAIJANI = str.maketrans(
    {"ə": "a", "ı": "i", "ğ": "g", "c": "j", "x": "kh", "q": "g", "ç": "ch", "ş": "sh", "ö": "o", "ü": "u"}
)
CYRILLIC = (("дж", "j"), ("ый", "y"), ("ю", "u"), ("я", "a"), ("ё", "o"), ("ь", ""), ("ъ", ""))
SOUNDS = (
    (re.compile("kh"), "h"),
    (re.compile("gh"), "g"),
    (re.compile("dzh|zh"), "j"),
    (re.compile("q"), "g"),
    (re.compile("w"), "v"),
    (re.compile("iu|yu"), "u"),
    (re.compile("ia|ya"), "a"),
    (re.compile("[aeiouy]+"), "a"),
    (re.compile(r"(.)\1+"), r"\1"),
)
WORD = re.compile("[a-z0-9]+")


@lru_cache(maxsize=4096)
def folds(name: str) -> tuple[str, ...]:
    """The folds of a name, one or two, without duplicates; empty where nothing of it can be romanised."""
    lowered = unicodedata.normalize("NFC", name).replace("İ", "i").replace("I", "i").lower()
    readings = [lowered]
    if AZERBAIJANI_ONLY & set(lowered):
        readings = [lowered.translate(AZERBAIJANI)]
    elif set("cxq") & set(lowered):
        readings = [lowered, lowered.translate(AZERBAIJANI)]
    return tuple(dict.fromkeys(fold for reading in readings if (fold := _fold(reading))))


def _fold(reading: str) -> str:
    for letters, sound in CYRILLIC:
        reading = reading.replace(letters, sound)
    return " ".join(sorted(_sound(word) for word in WORD.findall(anyascii(reading).lower().replace("'", ""))))


@lru_cache(maxsize=4096)
def _sound(word: str) -> str:
    for pattern, sound in SOUNDS:
        word = pattern.sub(sound, word)
    return word[:-1] if len(word) > 3 and word.endswith("a") else word
