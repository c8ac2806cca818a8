"""Opaque ids: the sort of an object, what it is found by, and the day that was asked for, in base64url.

    id("Act", "amnesty-2025-12")                      QWN0H2FtbmVzdHktMjAyNS0xMg
    id("Prisoner", "prisoner-a1", on=2025-12-31)      the same prisoner as of a day that the caller named

An object read for a named day carries that day, so that no cache ever mixes two days, and `node` answers for it. Without a day an id
means: now, today. An id is nothing but a place: whether anything is there, and may be seen, is asked anew each time.
"""

from __future__ import annotations

import base64
import binascii
from datetime import date

from msgspec import Struct
from strawberry import ID

from events.errors import IdInvalid

SORTS = frozenset(
    "Prisoner PersonRecord Group Act Proceeding Party List Source Edition Snapshot Finding Event Stream".split()
)
_SEPARATOR = "\x1f"
_DAY = "\x1eon="


class Place(Struct, frozen=True):
    """What an id says: the sort of an object, the parts that it is found by, and the day that was asked for."""

    sort: str
    parts: tuple[str, ...]
    on: date | None = None


def encode(sort: str, *parts: str, on: date | None = None) -> ID:
    """The id of an object."""
    assert sort in SORTS, f"{sort} has no ids"
    named = _SEPARATOR.join((sort, *parts)) + (f"{_DAY}{on.isoformat()}" if on else "")
    return ID(base64.urlsafe_b64encode(named.encode()).decode().rstrip("="))


def decode(text: str) -> Place:
    """What an id says. Raises IdInvalid for what is none of ours."""
    place = try_decode(text)
    if place is None:
        raise IdInvalid(f"{_shown(text)} is no id of this ledger. Take ids as answers give them.")
    return place


def try_decode(text: str) -> Place | None:
    """What an id says, or None for what is no id: a key, perhaps."""
    try:
        named = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        named, _, day = named.partition(_DAY)
        on = date.fromisoformat(day) if day else None
    except (binascii.Error, ValueError):
        return None
    sort, *parts = named.split(_SEPARATOR)
    return Place(sort, tuple(parts), on) if sort in SORTS and parts and not any(map(_unfit, parts)) else None


def key_in(text: str, *sorts: str) -> tuple[str, date | None]:
    """The key of a subject named by its id or by its key, and the day that an id carries. Raises IdInvalid for the id of another sort."""
    place = try_decode(text)
    if place is None:
        if _unfit(text):
            raise IdInvalid(f"{_shown(text)} is no id of this ledger, nor a key: it holds a NUL.")
        return text, None
    if place.sort not in sorts or len(place.parts) != 1:
        raise IdInvalid(
            f"{_shown(text)} is the id of a {place.sort}; expected here: {', '.join(sorts)}. Ask `node` for it, or give a key.",
            expected=sorts,
            actual=place.sort,
        )
    return place.parts[0], place.on


def _unfit(text: str) -> bool:
    """Whether a text holds what no key does, and what not every database can be asked for."""
    return "\0" in text


def _shown(text: str) -> str:
    return f"‘{(text if len(text) <= 40 else text[:39] + '…').replace(chr(0), '␀')}’"
