"""The one decoder: stored bytes to an event, for every reader.

The projection, a rebuild, a replay, an export, a history and a subscription all read through `decode`. An unknown kind or schema stops
the reader loudly (SchemaUnknown); it is never skipped. A content of an older schema is brought to today's shape (`events/upcasts.py`), and
no reader can tell one from the other. A field whose value was erased holds `Erased`, naming the position of the
decision that erased it; `Event.erased` lists them all, and a reader asks `Event.is_erased` before it relies on a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Any

import msgspec

from events.envelope import SPLIT_FIELDS, Pointer
from events.errors import IntegrityBroken, SchemaUnknown
from events.kinds import BY_KIND, KINDS, Entry, EventId, Position, Report, SubjectKey
from events.upcasts import UPCASTERS


class Erased(msgspec.Struct, frozen=True):
    """What stands in the place of a value that a `value_redacted` at `by_position` took away."""

    by_position: Position


class Event(msgspec.Struct, frozen=True, gc=False):
    """One entry of the ledger, decoded. `about` are the keys of its streams' subjects, the primary first; `leaf` is its leaf hash.

    `erased` has the pointers of today's shape, whatever the schema that was stored."""

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
    """The content of an event, of whatever schema, in today's shape; `erased` has the pointers of the stored one.

    Raises SchemaUnknown or IntegrityBroken."""
    if not erased:
        try:
            entry = _decoder.decode(content)
        except msgspec.DecodeError:
            pass
        else:
            if entry.schema == entry.latest_schema:
                return entry
    return _decode_slowly(content, erased or {})


def erased_in(entry: Entry) -> dict[Pointer, Erased]:
    """What of a decoded content was erased, by pointers into its shape."""
    found: dict[Pointer, Erased] = {}
    for name in entry.__struct_fields__:
        value: object = getattr(entry, name)
        if isinstance(value, Erased):
            found[Pointer(f"/{name}")] = value
        elif name in SPLIT_FIELDS and isinstance(value, tuple):
            marks = {
                Pointer(f"/{name}/{at}"): mark for at, mark in enumerate(value) if isinstance(mark, Erased)
            }
            found.update(marks)
    return found


def _decode_slowly(content: bytes, erased: Mapping[Pointer, Erased]) -> Entry:
    try:
        fields = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.DecodeError as broken:
        raise IntegrityBroken(f"a stored content is not JSON: {broken}") from broken
    # Marked before it is brought to today's shape: an upcaster that renames a field takes the mark along.
    fields = _upcast({name: _marked(name, value, erased) for name, value in fields.items()})
    kind = BY_KIND[str(fields["kind"])]
    types = _types_of(kind)
    if unknown := fields.keys() - types.keys() - {"kind"}:
        raise SchemaUnknown(f"a stored {kind.__name__} has the unknown field {min(unknown)!r}")
    try:
        if not erased:
            return msgspec.convert(fields, kind, strict=True)
        return kind(**{name: _field(value, types[name]) for name, value in fields.items() if name != "kind"})
    except (msgspec.ValidationError, TypeError) as broken:
        raise IntegrityBroken(f"a stored {kind.__name__} cannot be read: {broken}") from broken


@cache
def _types_of(kind: type[Entry]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _marked(name: str, value: Any, erased: Mapping[Pointer, Erased]) -> Any:
    """The value of a stored field with a mark for whatever was erased of it, though a value should still stand there. Kind and schema
    say how to read the rest, and are never erased."""
    if name in ("kind", "schema"):
        return value
    if name in SPLIT_FIELDS and isinstance(value, list):
        return [
            _unless_erased(Pointer(f"/{name}/{index}"), element, erased)
            for index, element in enumerate(value)
        ]
    return _unless_erased(Pointer(f"/{name}"), value, erased)


def _unless_erased(pointer: Pointer, value: Any, erased: Mapping[Pointer, Erased]) -> Any:
    if pointer in erased:
        return erased[pointer]
    if value is None:
        raise IntegrityBroken(f"{pointer}: the value is gone and no event erased it", pointer=pointer)
    return value


def _upcast(fields: dict[str, Any]) -> dict[str, Any]:
    while True:
        kind, schema = str(fields.get("kind")), fields.get("schema")
        if kind in BY_KIND and schema == BY_KIND[kind].latest_schema:
            return fields
        upcaster = UPCASTERS.get((kind, schema)) if isinstance(schema, int) else None
        if upcaster is None:
            raise SchemaUnknown(
                f"kind {kind!r}, schema {schema!r}: this version reads {_readable(kind)}; read the ledger with a version that knows it"
            )
        fields = upcaster(fields)


def _readable(kind: str) -> str:
    if kind not in BY_KIND:
        return f"{len(BY_KIND)} kinds, and not this one"
    latest = BY_KIND[kind].latest_schema
    return "schema 1 of it" if latest == 1 else f"schemas 1 to {latest} of it"


def _field(value: Any, wanted: Any) -> Any:
    if isinstance(value, Erased):
        return value
    if not isinstance(value, list) or not any(isinstance(element, Erased) for element in value):
        return msgspec.convert(value, wanted, strict=True)
    # One by one: the rule of how many there must be was for those that were recorded, not for those that still stand.
    return tuple(
        element if isinstance(element, Erased) else msgspec.convert((element,), wanted, strict=True)[0]
        for element in value
    )
