"""Text as a source wrote it.

Invariant: what `check_text` returns can be stored, hashed and served everywhere. It is in Unicode NFC (two encodings of one
word must not give two hashes), holds no code point that a store, a parser or a terminal would choke on, and is at most
`TEXT_BYTES_MAX` bytes of UTF-8.

Absent on purpose: trimming, case folding, and any mending of quotation marks or dashes: a source's words stay the source's
words. Nor do the structs check themselves when decoded: what was accepted once must stay readable for ever, so the checks
stand at the door in.
"""

from __future__ import annotations

import enum
import re
import unicodedata

import msgspec

from events.errors import TextInvalid, TooLarge

TEXT_BYTES_MAX = 65_535
"""Bytes of UTF-8 that one value may have."""

_SHOWN_MAX = 40

# Unicode 23.7: U+FDD0 to U+FDEF and the last two code points of each plane are noncharacters, "should never be interchanged".
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_UNSTORABLE = re.compile(f"[\x00-\x08\x0b-\x1f\ud800-\udfff{_NONCHARACTERS}]")

# The shape of a tag (RFC 5646 2.1, ISO 15924), not its presence in a registry that grows every year.
_LANGUAGE = re.compile(r"[a-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SCRIPT = re.compile(r"[A-Z][a-z]{3}")


class NameSort(enum.StrEnum):
    """What sort of name."""

    LEGAL = "legal"
    BIRTH = "birth"
    PEN = "pen"
    ALIAS = "alias"
    SPELLING = "spelling"


class WrittenText(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):
    """Words as they stand in the source; `language` by BCP 47, `script` by ISO 15924, `name_sort` of a person's name only."""

    as_written: str
    language: str | None = None
    script: str | None = None
    name_sort: NameSort | None = None


def check_text(value: str, *, field: str) -> str:
    """Return `value` in NFC, as it is to be stored. `field` names it in a refusal.

    Raises `TextInvalid` for NUL and the other C0 controls but tab and line feed, for unpaired surrogates and noncharacters;
    `TooLarge` for more than `TEXT_BYTES_MAX` bytes of UTF-8.
    """
    if len(value) > 4 * TEXT_BYTES_MAX:  # No composition shrinks it enough, so spare the work.
        raise _too_large(len(value), field, unit="characters")
    bad = _UNSTORABLE.search(value)
    if bad is not None:
        raise TextInvalid(
            f"{field}: expected plain text, found {_named(bad.group())} at character {bad.start() + 1}: remove it",
            field=field,
            character=bad.start() + 1,
        )
    composed = unicodedata.normalize("NFC", value)
    size = len(composed.encode())
    if size > TEXT_BYTES_MAX:
        raise _too_large(size, field, unit="bytes")
    return composed


def check_words(value: str, *, field: str) -> str:
    """Return `value` as `check_text` does, and refuse with `TextInvalid` what is empty or blank: silence is a field left out."""
    words = check_text(value, field=field)
    if not words.strip():
        raise TextInvalid(
            f"{field}: expected the words of the source, found none: leave the field out", field=field
        )
    return words


def check_written(value: WrittenText, *, field: str) -> WrittenText:
    """Return `value` as it is to be stored. Raises `TextInvalid` or `TooLarge`."""
    if value.language is not None and not _LANGUAGE.fullmatch(value.language):
        raise _tag_invalid(
            value.language, field=f"{field}.language", expected="a BCP 47 tag such as `az` or `en-GB`"
        )
    if value.script is not None and not _SCRIPT.fullmatch(value.script):
        raise _tag_invalid(
            value.script, field=f"{field}.script", expected="an ISO 15924 code such as `Latn` or `Cyrl`"
        )
    return msgspec.structs.replace(
        value, as_written=check_words(value.as_written, field=f"{field}.as_written")
    )


def shown(value: str) -> str:
    """Return `value` fit for a message: at most 40 characters, with escapes for what cannot be printed."""
    head = value[:_SHOWN_MAX]
    printable = head if head.isprintable() else ascii(head)[1:-1]
    return printable + ("…" if len(value) > _SHOWN_MAX else "")


def _too_large(size: int, field: str, *, unit: str) -> TooLarge:
    return TooLarge(
        f"{field}: expected at most {TEXT_BYTES_MAX:,} bytes of UTF-8, found {size:,} {unit}: shorten it, or cite less at a time",
        field=field,
        size=size,
        size_max=TEXT_BYTES_MAX,
    )


def _tag_invalid(tag: str, *, field: str, expected: str) -> TextInvalid:
    return TextInvalid(f"{field}: expected {expected}, found `{shown(tag)}`", field=field)


def _named(character: str) -> str:
    code = ord(character)
    if code == 0:
        return "U+0000 (NUL)"
    if code == 0x0D:
        return "U+000D (a carriage return: lines end in a line feed)"
    if code < 0x20:
        return f"U+{code:04X} (a control character)"
    if 0xD800 <= code <= 0xDFFF:
        return f"U+{code:04X} (an unpaired surrogate)"
    return f"U+{code:04X} (no character)"
