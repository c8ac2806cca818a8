"""Text as a source wrote it.

Invariant: what `check_text` returns can be stored, hashed and served everywhere: it is in Unicode NFC (two spellings of one
word must not give two hashes), holds no character that a store or a terminal would choke on, and is at most
`TEXT_BYTES_MAX` bytes of UTF-8.

Absent on purpose: trimming, case folding, and any mending of quotation marks or dashes. A source's words stay the source's words.
Structs here do not check themselves when decoded: what was once accepted must stay readable for ever, so the checks stand
at the door in, not at the door out.
"""

from __future__ import annotations

import enum

import msgspec


TEXT_BYTES_MAX = 65_535


class NameSort(enum.StrEnum):
    """What sort of name."""

    LEGAL = "legal"
    BIRTH = "birth"
    PEN = "pen"
    ALIAS = "alias"
    SPELLING = "spelling"


class WrittenText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Words as they stand in the source; `language` by BCP 47, `script` by ISO 15924, `name_sort` of a person's name only."""

    as_written: str
    language: str | None = None
    script: str | None = None
    name_sort: NameSort | None = None
