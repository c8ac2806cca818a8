"""Opaque ids: the sort of an object, what it is found by, and the moment and the day that were asked for, in base64url.

    id("Act", "amnesty-2025-12")                                        QWN0H2FtbmVzdHktMjAyNS0xMg
    id("Prisoner", "prisoner-a1", clocks=Clocks(valid_on=2025-12-31))   the same prisoner as of a day that the caller named
    id("Prisoner", "prisoner-a1", clocks=Clocks(known_at=120))          as known when the ledger had 120 entries

An object read for a named moment or day carries both, so that no cache ever mixes two of them, and `node` answers for them. Without them
an id means: now, today. An id is nothing but a place: whether anything is there, and may be seen, is asked anew each time.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct
from strawberry import ID

from app.api.clocks import NOW, Clocks
from events.envelope import instant_text
from events.errors import IdInvalid
from events.kinds import Position

SORTS = frozenset(
    "Prisoner PersonRecord Group Act Proceeding Party List Source Edition Snapshot Finding Supposed Change Event Stream".split()
)
POSITION_MAX = 2**53 - 1
_SEPARATOR = "\x1f"
_CLOCK = "\x1e"
_AT, _ON, _BY = "at=", "on=", "by="


class Place(Struct, frozen=True):
    """What an id says: the sort of an object, the parts that it is found by, and the clocks that were named."""

    sort: str
    parts: tuple[str, ...]
    clocks: Clocks = NOW


def encode(sort: str, *parts: str, clocks: Clocks = NOW) -> ID:
    """The id of an object."""
    assert sort in SORTS, f"{sort} has no ids"
    named = _CLOCK.join((_SEPARATOR.join((sort, *parts)), *_written(clocks)))
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
        named, *written = named.split(_CLOCK)
        clocks = _read(written)
    except (binascii.Error, ValueError):
        return None
    sort, *parts = named.split(_SEPARATOR)
    if sort not in SORTS or not parts or any(map(_unfit, parts)) or [*_written(clocks)] != written:
        return None
    return Place(sort, tuple(parts), clocks)


def key_in(text: str, *sorts: str) -> tuple[str, Clocks]:
    """The key of a subject named by its id or by its key, and the clocks that an id carries. Raises IdInvalid for another sort's id."""
    place = try_decode(text)
    if place is None:
        if _unfit(text):
            raise IdInvalid(f"{_shown(text)} is no id of this ledger, nor a key: it holds a NUL.")
        return text, NOW
    if place.sort not in sorts or len(place.parts) != 1:
        raise IdInvalid(
            f"{_shown(text)} is the id of a {place.sort}; expected here: {', '.join(sorts)}. Ask `node` for it, or give a key.",
            expected=sorts,
            actual=place.sort,
        )
    return place.parts[0], place.clocks


def _written(clocks: Clocks) -> Iterator[str]:
    if clocks.known_at is not None:
        yield f"{_AT}{clocks.known_at}"
    if clocks.valid_on is not None:
        yield f"{_ON}{clocks.valid_on.isoformat()}"
    if clocks.available_by is not None:
        yield f"{_BY}{instant_text(clocks.available_by)}"


def _read(written: list[str]) -> Clocks:
    """The clocks of an id. Raises ValueError for what is none."""
    named = {text[:3]: text[3:] for text in written}
    at, on, by = named.get(_AT), named.get(_ON), named.get(_BY)
    if at is not None and not 0 <= int(at) <= POSITION_MAX:
        raise ValueError("no ledger has this position")
    return Clocks(
        known_at=None if at is None else Position(int(at)),
        valid_on=None if on is None else date.fromisoformat(on),
        available_by=None if by is None else datetime.fromisoformat(by),
    )


def _unfit(text: str) -> bool:
    """Whether a text holds what no key does, and what not every database can be asked for."""
    return "\0" in text


def _shown(text: str) -> str:
    return f"‘{(text if len(text) <= 40 else text[:39] + '…').replace(chr(0), '␀')}’"
