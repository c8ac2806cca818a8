"""Whatever the structs of the kinds can hold survives being sealed, stored and decoded, and any unit of it can be erased.

The contents are drawn from the structs' own types, so a new kind or field is tried without a line here. They need not make sense: what was
accepted once must stay readable, whatever today's checks at the door say.
"""

from __future__ import annotations

import functools
import unicodedata
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import inspect

from events.decoder import Erased, decode_content
from events.envelope import (
    INTEGER_MAX,
    SALT_BYTES,
    Draft,
    Pointer,
    Sealed,
    body_of,
    canonical,
    pointers_of,
    unit_digests,
)
from events.kinds import KINDS, Entry, Position
from tests.entropy import SeededEntropy

RECORDED_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MANY = 3
"""How many elements of an array are enough to tell them apart."""

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8).map(
    lambda text: unicodedata.normalize("NFC", text)
)


def values(wanted: inspect.Type) -> st.SearchStrategy[Any]:
    """Every value of a field's type, small."""
    match wanted:
        case inspect.UnionType(types=types):
            return st.one_of(*map(values, types))
        case inspect.NoneType():
            return st.none()
        case inspect.StrType():
            return TEXTS
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least):
            return st.integers(-INTEGER_MAX if least is None else int(least), INTEGER_MAX)
        case inspect.EnumType(cls=words):
            return st.sampled_from(list(words))
        case inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(values(item), min_size=least or 0, max_size=MANY).map(tuple)
        case inspect.StructType(cls=struct):
            return structs(struct)
    raise AssertionError(f"no field is of {wanted}")


@functools.cache
def structs(struct: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Every instance of a struct, of a kind in today's schema; a field that need not be there is left out half of the time."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    fields = {field.name: (field.required, values(field.type)) for field in info.fields}
    if issubclass(struct, Entry):
        fields["schema"] = (True, st.just(struct.latest_schema))
    return st.fixed_dictionaries(
        {name: value for name, (required, value) in fields.items() if required},
        optional={name: value for name, (required, value) in fields.items() if not required},
    ).map(lambda drawn: struct(**drawn))


ENTRIES: st.SearchStrategy[Entry] = st.sampled_from(KINDS).flatmap(structs)


def sealed(entry: Entry) -> Sealed:
    """The entry as it is stored, with its streams as it has them."""
    content = msgspec.to_builtins(entry)
    streams = content.pop("streams")
    draft = Draft(content, stream_count=len(streams), entropy=SeededEntropy())
    return draft.seal(streams, ledger="0" * 32, recorded_at=RECORDED_AT)


class TestRoundTrip:
    @settings(max_examples=150)
    @given(ENTRIES)
    def test_gives_what_was_recorded(self, entry: Entry) -> None:
        """Field by field, defaults included, and in the bytes that the struct itself encodes to."""
        stored = sealed(entry)

        assert entry == decode_content(stored.content)
        assert msgspec.json.encode(entry, order="sorted") == stored.content

    @settings(max_examples=150)
    @given(ENTRIES)
    def test_every_unit_has_its_salt(self, entry: Entry) -> None:
        """Salts are kept in pointer order, one for each, and give the body again."""
        stored = sealed(entry)
        plain = msgspec.json.decode(stored.content, type=dict[str, Any])

        digests = unit_digests(plain, stored.salts, {})

        assert list(digests) == list(pointers_of(plain))
        assert body_of(digests.values()) == stored.body


class TestErasure:
    @settings(max_examples=150)
    @given(ENTRIES, st.data())
    def test_any_unit_can_go(self, entry: Entry, data: st.DataObject) -> None:
        """Its place says who erased it, all else stands, and the body is the same (design.md 3)."""
        stored = sealed(entry)
        plain = msgspec.json.decode(stored.content, type=dict[str, Any])
        digests = unit_digests(plain, stored.salts, {})
        pointers = list(digests)
        gone = data.draw(
            st.sampled_from([pointer for pointer in pointers if pointer not in ("/kind", "/schema")])
        )
        start = pointers.index(gone) * SALT_BYTES
        salts = stored.salts[:start] + stored.salts[start + SALT_BYTES :]
        mark = Erased(Position(9))

        rest = _without(plain, gone)
        read = decode_content(canonical(rest), {gone: mark})

        assert body_of(unit_digests(rest, salts, {gone: digests[gone]}).values()) == stored.body
        assert _fields(read) == _marked(entry, gone, mark)


def _without(plain: dict[str, Any], gone: Pointer) -> dict[str, Any]:
    """The content with a null in the unit's place."""
    _, name, *index = gone.split("/")
    if not index:
        return {**plain, name: None}
    return {**plain, name: [None if str(at) == index[0] else part for at, part in enumerate(plain[name])]}


def _marked(entry: Entry, gone: Pointer, mark: Erased) -> dict[str, Any]:
    """The entry's fields with the mark in the unit's place."""
    fields = _fields(entry)
    _, name, *index = gone.split("/")
    if not index:
        return {**fields, name: mark}
    return {
        **fields,
        name: tuple(mark if str(at) == index[0] else part for at, part in enumerate(fields[name])),
    }


def _fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}
