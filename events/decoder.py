"""The one decoder: stored bytes to an event, for every reader.

The projection, a rebuild, a replay, an export, a history and a subscription all read through `decode`. An unknown kind or schema stops
the reader loudly (SchemaUnknown); it is never skipped. A field whose value was erased holds `Erased`, naming the position of the
decision that erased it; `Event.erased` lists them all, and a reader asks `Event.is_erased` before it relies on a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from events.envelope import SPLIT_FIELDS, Pointer
from events.errors import IntegrityBroken, SchemaUnknown
from events.kinds import BY_KIND, CURRENT_SCHEMA, KINDS, Entry, EventId, Position, Report, SubjectKey
from events.upcasts import UPCASTERS


class Erased(msgspec.Struct, frozen=True):
    """What stands in the place of a value that a `value_redacted` at `by_position` took away."""

    by_position: Position


class Event(msgspec.Struct, frozen=True, gc=False):
    """One entry of the ledger, decoded. `about` are the keys of its streams' subjects, the primary first; `leaf` is its leaf hash."""

    position: Position
    event_id: EventId
    recorded_at: datetime
    about: tuple[SubjectKey, ...]
    leaf: bytes
    content: Entry
    erased: Mapping[Pointer, Erased] = {}

    def is_erased(self, *fields: str) -> bool:
        """Whether any of these top-level fields, or any element of one, was erased."""
        return any(pointer.split("/", 2)[1] in fields for pointer in self.erased)

    @property
    def report(self) -> Report | None:
        """The content where it is a report."""
        return self.content if isinstance(self.content, Report) else None


_decoder: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(reduce(or_, KINDS))


def decode_content(content: bytes, erased: Mapping[Pointer, Erased] | None = None) -> Entry:
    """The content of an event, of whatever schema, in today's shape. Raises SchemaUnknown or IntegrityBroken."""
    if not erased:
        try:
            entry = _decoder.decode(content)
        except msgspec.DecodeError:
            pass
        else:
            if entry.schema == CURRENT_SCHEMA:
                return entry
    return _decode_slowly(content, erased or {})


def _decode_slowly(content: bytes, erased: Mapping[Pointer, Erased]) -> Entry:
    try:
        fields = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as broken:
        raise IntegrityBroken(f"a stored content is not JSON: {broken}") from broken
    fields = _upcast(fields)
    kind = BY_KIND[str(fields.pop("kind"))]
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    if unknown := fields.keys() - types.keys():
        raise SchemaUnknown(f"a stored {kind.__name__} has the unknown field {min(unknown)!r}")
    try:
        return kind(**{name: _field(name, value, types[name], erased) for name, value in fields.items()})
    except (msgspec.ValidationError, TypeError) as broken:
        raise IntegrityBroken(f"a stored {kind.__name__} cannot be read: {broken}") from broken


def _upcast(fields: dict[str, Any]) -> dict[str, Any]:
    while True:
        kind, schema = str(fields.get("kind")), fields.get("schema")
        if kind in BY_KIND and schema == CURRENT_SCHEMA:
            return fields
        upcaster = UPCASTERS.get((kind, schema)) if isinstance(schema, int) else None
        if upcaster is None:
            raise SchemaUnknown(
                f"kind {kind!r}, schema {schema!r}: this version reads schema {CURRENT_SCHEMA} of {len(BY_KIND)} kinds; "
                "read the ledger with a version that knows it"
            )
        fields = upcaster(fields)


def _field(name: str, value: Any, wanted: Any, erased: Mapping[Pointer, Erased]) -> Any:
    if value is None:
        return _mark(Pointer(f"/{name}"), erased)
    if name not in SPLIT_FIELDS or None not in value:
        return msgspec.convert(value, wanted, strict=True)
    # One by one: the rule of how many there must be was for those that were recorded, not for those that still stand.
    return tuple(
        _mark(Pointer(f"/{name}/{index}"), erased)
        if element is None
        else msgspec.convert((element,), wanted, strict=True)[0]
        for index, element in enumerate(value)
    )


def _mark(pointer: Pointer, erased: Mapping[Pointer, Erased]) -> Erased:
    if pointer not in erased:
        raise IntegrityBroken(f"{pointer}: the value is gone and no event erased it", pointer=pointer)
    return erased[pointer]
