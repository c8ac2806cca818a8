"""The event as bytes: the envelope that is hashed, the units it commits to, and their digests (docs/format.md).

    unit digest = SHA-256(0x00 ‖ salt ‖ pointer ‖ 0x00 ‖ canonical JSON of the value)
    body        = base64(SHA-256(0x01 ‖ the unit digests, sorted, concatenated))
    envelope    = canonical JSON of {"body", "event_id", "ledger", "recorded_at", "v": 1}
    leaf hash   = SHA-256(0x00 ‖ envelope)                                            (RFC 6962 2.1)

The envelope is all that the public log shows. A unit is a top-level field of the content, or one element of `attribution`,
`citations`, `names` or `streams`; its pointer is a JSON Pointer (RFC 6901), such as `/claimed` or `/names/0`. Units stand in pointer
order: fields by name, elements by index. An erased unit stands in the content as `null`, which no other unit may be: its digest is
kept beside the content, its salt and value are gone, and body, envelope and leaf hash stay as they were.

Canonical JSON is RFC 8785 over a narrower grammar: ASCII keys, NFC strings, integers of magnitude below 2^53, booleans, arrays and
objects; no floats, and no null but the mark of an erased unit.

Absent on purpose: the meaning of a content (`events/kinds.py`, `events/decoder.py`) and any clock, id or salt (`Entropy` is handed in).
"""

from __future__ import annotations

import hashlib
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NewType, Protocol

import msgspec

from events.errors import IntegrityBroken, TextInvalid, TooLarge, ValueRefused
from events.merkle import Hash, leaf_hash

ENVELOPE_VERSION = 1
SALT_BYTES = 16
UNIT_BYTES_MAX = 65_535
INTEGER_MAX = 2**53 - 1
SPLIT_FIELDS = frozenset({"attribution", "citations", "names", "streams"})

Pointer = NewType("Pointer", str)
Digest = NewType("Digest", bytes)
Content = Mapping[str, object]
"""A content as plain values: top-level field to value, in the grammar above."""

_canonical = msgspec.json.Encoder(order="sorted")


class Entropy(Protocol):
    """Where clock, ids and salts come from: the system in production, a seed in the golden test."""

    def now(self) -> datetime:
        """This instant, in UTC."""

    def event_id(self) -> str:
        """A new UUIDv7 (RFC 9562), as text; later calls give later ids."""

    def random_id(self) -> str:
        """128 random bits as 32 hex digits, for streams, batches, subjects, actors and ledgers."""

    def salts(self, count: int) -> bytes:
        """`count` salts of 16 random bytes, concatenated."""


def canonical(value: object) -> bytes:
    """The RFC 8785 bytes of a value that is in the grammar (`check_grammar`)."""
    return _canonical.encode(value)


def check_grammar(value: object, pointer: str = "") -> None:
    """Refuses what canonical content may not hold: floats, nulls, wide integers, keys beyond ASCII, text that is not NFC.

    Raises ValueRefused or TextInvalid naming the place.
    """
    match value:
        case str():
            _check_string(value, pointer)
        case bool():
            return
        case int():
            if not -INTEGER_MAX <= value <= INTEGER_MAX:
                raise ValueRefused(f"{pointer}: {value} is not below 2^53 in magnitude", pointer=pointer)
        case list() | tuple():
            for index, element in enumerate(value):
                check_grammar(element, f"{pointer}/{index}")
        case dict():
            for key, element in value.items():
                if not isinstance(key, str) or not key.isascii() or not key:
                    raise ValueRefused(f"{pointer}: the key {key!r} is not ASCII text", pointer=pointer)
                # Most values are text in which nothing can be wrong, and are not worth a call and a pointer each.
                if not (isinstance(element, str) and element.isascii() and element.isprintable()):
                    check_grammar(element, f"{pointer}/{key}")
        case _:
            raise ValueRefused(
                f"{pointer}: {value!r} is no string, integer, boolean, array or object", pointer=pointer
            )


def _check_string(text: str, pointer: str) -> None:
    if text.isascii() and text.isprintable():
        return
    if not unicodedata.is_normalized("NFC", text):
        raise TextInvalid(f"{pointer}: the text is not in Unicode normalisation form C", pointer=pointer)
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise TextInvalid(f"{pointer}: the text holds an unpaired surrogate", pointer=pointer) from broken
    if "\0" in text:
        raise TextInvalid(f"{pointer}: the text holds a NUL character", pointer=pointer)


def pointers_of(content: Content) -> Iterator[Pointer]:
    """The pointers of a content's units, erased ones included, in pointer order."""
    for pointer, _ in _units(content):
        yield pointer


def _units(content: Content) -> Iterator[tuple[Pointer, object]]:
    for name in sorted(content):
        value = content[name]
        if name in SPLIT_FIELDS and value is not None:
            assert isinstance(value, (list, tuple)), f"{name} is no array"
            for index, element in enumerate(value):
                yield Pointer(f"/{name}/{index}"), element
        else:
            yield Pointer(f"/{name}"), value


def unit_digest(salt: bytes, pointer: str, value: bytes) -> Digest:
    """The digest that commits to one unit, whose value is given in canonical JSON. Raises TooLarge above 65,535 bytes."""
    if len(value) > UNIT_BYTES_MAX:
        raise TooLarge(
            f"{pointer}: {len(value):,} bytes; a value may have at most {UNIT_BYTES_MAX:,}",
            pointer=pointer,
            bytes=len(value),
        )
    return Digest(hashlib.sha256(b"\0" + salt + pointer.encode("ascii") + b"\0" + value).digest())


def unit_digests(content: Content, salts: bytes, erased: Mapping[Pointer, Digest]) -> dict[Pointer, Digest]:
    """The digest of every unit, by pointer in pointer order.

    `salts` are those of the units that still stand, concatenated in pointer order; `erased` the kept digests of the rest. Raises
    IntegrityBroken where the three do not fit together.
    """
    digests: dict[Pointer, Digest] = {}
    offset = 0
    for pointer, value in _units(content):
        if value is None:
            if pointer not in erased:
                raise IntegrityBroken(
                    f"{pointer}: the value is gone and its digest was not kept", pointer=pointer
                )
            digests[pointer] = erased[pointer]
            continue
        digests[pointer] = unit_digest(salts[offset : offset + SALT_BYTES], pointer, canonical(value))
        offset += SALT_BYTES
    if offset != len(salts) or not erased.keys() <= digests.keys():
        raise IntegrityBroken(
            f"{len(salts)} bytes of salt and {len(erased)} kept digests do not fit {len(digests)} units"
        )
    return digests


def body_of(digests: Iterable[Digest]) -> str:
    """The one commitment to all units: base64 of SHA-256 over 0x01 and the sorted digests."""
    return b64encode(hashlib.sha256(b"\x01" + b"".join(sorted(digests))).digest()).decode("ascii")


@lru_cache(maxsize=64)  # the events of one commit share their instant
def instant_text(at: datetime) -> str:
    """An instant as the envelope writes it: UTC, six decimals, `Z` (a profile of RFC 3339)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def envelope_of(*, ledger: str, event_id: str, recorded_at: datetime, body: str) -> bytes:
    """The envelope, which is the leaf: canonical JSON of five fields."""
    return canonical(
        {
            "body": body,
            "event_id": event_id,
            "ledger": ledger,
            "recorded_at": instant_text(recorded_at),
            "v": ENVELOPE_VERSION,
        }
    )


class Sealed(msgspec.Struct, frozen=True):
    """An event in its final bytes: what is hashed, and what is kept to prove it."""

    content: bytes
    salts: bytes
    body: str
    envelope: bytes
    leaf: Hash


class Draft:
    """A content salted and digested but for its streams, whose versions are known only under the head lock.

    Salts and event id stay when a group is retried; numbering and sealing are done anew.
    """

    __slots__ = ("_before", "_digests", "_fields", "_salts", "event_id", "kind", "stream_count", "visibility")

    def __init__(self, content: Content, *, stream_count: int, entropy: Entropy) -> None:
        """`content` without `streams`. Raises ValueRefused, TextInvalid or TooLarge."""
        check_grammar(content)
        units = [(pointer, canonical(value)) for pointer, value in _units(content)]
        self.event_id = entropy.event_id()
        self.kind = str(content["kind"])
        self.visibility = str(content.get("visibility", "public"))
        self.stream_count = stream_count
        self._salts = entropy.salts(len(units) + stream_count)
        self._before = sum(pointer < "/streams" for pointer, _ in units)
        self._digests = [
            unit_digest(self._salt(index if index < self._before else index + stream_count), *unit)
            for index, unit in enumerate(units)
        ]
        self._fields = {name: msgspec.Raw(canonical(value)) for name, value in content.items()}

    def _salt(self, index: int) -> bytes:
        return self._salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]

    def seal(self, streams: Sequence[Mapping[str, object]], *, ledger: str, recorded_at: datetime) -> Sealed:
        """The event's final bytes, with its places in its streams as `{"id", "version", "prev"}`."""
        assert len(streams) == self.stream_count
        digests = [*self._digests]
        for index, place in enumerate(streams):
            digests.append(
                unit_digest(self._salt(self._before + index), f"/streams/{index}", canonical(place))
            )
        body = body_of(digests)
        envelope = envelope_of(ledger=ledger, event_id=self.event_id, recorded_at=recorded_at, body=body)
        content = canonical({**self._fields, "streams": list(streams)})
        return Sealed(
            content=content, salts=self._salts, body=body, envelope=envelope, leaf=leaf_hash(envelope)
        )
