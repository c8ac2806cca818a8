"""The bytes: canonical JSON, units, commitment, envelope."""

from __future__ import annotations

import hashlib
import itertools
import json
import unicodedata
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import (
    Digest,
    Draft,
    Pointer,
    body_of,
    canonical,
    check_grammar,
    envelope_of,
    instant_text,
    pointers_of,
    unit_digest,
    unit_digests,
)
from events.errors import IntegrityBroken, TextInvalid, TooLarge, ValueRefused

AT = datetime(2025, 12, 22, 9, 30, 0, 7, tzinfo=UTC)


class CountingEntropy:
    """Salts, ids and instants that count up, so that a test can name them."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def now(self) -> datetime:
        return AT

    def event_id(self) -> str:
        return f"00000000-0000-7000-8000-{next(self._next):012x}"

    def random_id(self) -> str:
        return f"{next(self._next):032x}"

    def salts(self, count: int) -> bytes:
        return b"".join(next(self._next).to_bytes(16, "big") for _ in range(count))


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
KEYS = st.text("abcdefgh_", min_size=1, max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CONTENTS = st.fixed_dictionaries(
    {"kind": st.just("release_reported"), "schema": st.just(1)},
    optional={
        "claimed": VALUES,
        "names": st.lists(VALUES, min_size=1, max_size=12),
        "span": TEXT,
        "visibility": st.just("restricted"),
        "zz": VALUES,
    },
)


class TestCanonicalJson:
    @given(VALUES)
    def test_is_rfc_8785(self, value: Any) -> None:
        """Under the grammar, the encoder gives the bytes of the standard."""
        check_grammar(value)

        assert canonical(value) == rfc8785.dumps(value)

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (1.5, ": 1.5 is no string, integer, boolean, array or object"),
            (None, ": None is no string, integer, boolean, array or object"),
            ({"a": [2**53]}, "/a/0: 9007199254740992 is not below 2^53 in magnitude"),
            ({"ə": 1}, ": the key 'ə' is not ASCII text"),
            ({"": 1}, ": the key '' is not ASCII text"),
            ({"a": {"b": float("nan")}}, "/a/b: nan is no string, integer, boolean, array or object"),
        ],
    )
    def test_refuses_what_the_grammar_lacks(self, value: object, message: str) -> None:
        """Floats, nulls, wide integers and other keys never reach a hash."""
        with pytest.raises(ValueRefused) as refused:
            check_grammar(value)

        assert refused.value.message == message

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("u\u0308", "/t: the text is not in Unicode normalisation form C"),
            ("\ud800", "/t: the text holds an unpaired surrogate"),
            ("a\0", "/t: the text holds a NUL character"),
        ],
    )
    def test_refuses_text_that_hashes_two_ways(self, text: str, message: str) -> None:
        """The same letters must have the same bytes."""
        with pytest.raises(TextInvalid) as refused:
            check_grammar({"t": text})

        assert refused.value.message == message


class TestUnits:
    def test_stand_in_pointer_order(self) -> None:
        """Fields by name, elements of the four arrays by index, and numbers as numbers."""
        content = {
            "schema": 1,
            "names": [{"as_written": str(n)} for n in range(11)],
            "offices": ["x", "y"],
            "kind": "k",
        }

        assert list(pointers_of(content)) == [
            "/kind",
            *(f"/names/{n}" for n in range(11)),
            "/offices",
            "/schema",
        ]

    def test_digest_is_the_formula(self) -> None:
        """SHA-256(0x00 ‖ salt ‖ pointer ‖ 0x00 ‖ canonical JSON)."""
        salt = bytes(range(16))

        digest = unit_digest(salt, "/names/0", b'{"as_written":"A"}')

        assert (
            digest == hashlib.sha256(b"\x00" + salt + b"/names/0" + b"\x00" + b'{"as_written":"A"}').digest()
        )

    def test_body_tells_neither_order_nor_names(self) -> None:
        """The commitment is over the sorted digests."""
        digests = [Digest(bytes([n]) * 32) for n in (3, 1, 2)]

        body = body_of(digests)

        assert body == b64encode(hashlib.sha256(b"\x01" + b"".join(sorted(digests))).digest()).decode()
        assert body == body_of(reversed(digests))

    def test_refuses_a_value_past_the_limit(self) -> None:
        """65,535 bytes are accepted, one more is not."""
        unit_digest(bytes(16), "/t", b"x" * 65_535)

        with pytest.raises(TooLarge) as refused:
            unit_digest(bytes(16), "/t", b"x" * 65_536)

        assert refused.value.message == "/t: 65,536 bytes; a value may have at most 65,535"

    @given(CONTENTS, st.data())
    def test_erasing_leaves_every_digest(self, content: dict[str, Any], data: st.DataObject) -> None:
        """A unit erased, with its digest kept and its salt gone, gives the same digests and so the same body."""
        pointers = list(pointers_of(content))
        salts = CountingEntropy().salts(len(pointers))
        before = unit_digests(content, salts, {})
        gone = data.draw(st.sampled_from(pointers))

        after = unit_digests(
            _without(content, gone), _without_salt(salts, pointers.index(gone)), {gone: before[gone]}
        )

        assert after == before

    def test_refuses_a_value_gone_without_its_digest(self) -> None:
        """A null without a kept digest is damage, not an erasure."""
        with pytest.raises(IntegrityBroken) as refused:
            unit_digests({"kind": "k", "span": None}, bytes(16), {})

        assert refused.value.message == "/span: the value is gone and its digest was not kept"

    @pytest.mark.parametrize(
        ("salts", "erased"), [(bytes(48), {}), (bytes(32), {Pointer("/zone"): Digest(bytes(32))})]
    )
    def test_refuses_parts_that_do_not_fit(self, salts: bytes, erased: dict[Pointer, Digest]) -> None:
        """A salt or a kept digest too many is damage."""
        with pytest.raises(IntegrityBroken):
            unit_digests({"kind": "k", "span": "at"}, salts, erased)


def _without(content: dict[str, Any], pointer: str) -> dict[str, Any]:
    _, name, *index = pointer.split("/")
    if not index:
        return {**content, name: None}
    return {**content, name: [None if n == int(index[0]) else e for n, e in enumerate(content[name])]}


def _without_salt(salts: bytes, place: int) -> bytes:
    return salts[: place * 16] + salts[place * 16 + 16 :]


class TestDraft:
    @given(CONTENTS, st.integers(1, 3))
    def test_seals_to_what_a_reader_recomputes(self, content: dict[str, Any], stream_count: int) -> None:
        """From the stored content and salts alone, the same body comes out, and the envelope names it."""
        draft = Draft(content, stream_count=stream_count, entropy=CountingEntropy())
        places = [{"id": f"{n:032x}", "version": n + 1} for n in range(stream_count)]

        sealed = draft.seal(places, ledger="l", recorded_at=AT)

        stored = msgspec.json.decode(sealed.content)
        assert stored == {**content, "streams": places}
        assert body_of(unit_digests(stored, sealed.salts, {}).values()) == sealed.body
        assert sealed.envelope == rfc8785.dumps(
            {
                "v": 1,
                "ledger": "l",
                "event_id": draft.event_id,
                "recorded_at": "2025-12-22T09:30:00.000007Z",
                "body": sealed.body,
            }
        )
        assert sealed.leaf == hashlib.sha256(b"\0" + sealed.envelope).digest()

    def test_numbered_anew_keeps_salts_and_id(self) -> None:
        """A retried group gets new versions, and nothing else changes."""
        draft = Draft({"kind": "k", "schema": 1}, stream_count=1, entropy=CountingEntropy())

        first = draft.seal([{"id": "s", "version": 1}], ledger="l", recorded_at=AT)
        second = draft.seal([{"id": "s", "version": 2, "prev": "p"}], ledger="l", recorded_at=AT)

        assert first.salts == second.salts
        assert json.loads(first.envelope)["event_id"] == json.loads(second.envelope)["event_id"]
        assert first.body != second.body

    def test_salts_every_unit_differently(self) -> None:
        """Equal values of two units have different digests, so that nobody can compare them in the log."""
        content = {"kind": "k", "schema": 1, "names": ["same", "same"]}
        draft = Draft(content, stream_count=1, entropy=CountingEntropy())

        sealed = draft.seal([{"id": "s", "version": 1}], ledger="l", recorded_at=AT)

        digests = unit_digests(msgspec.json.decode(sealed.content), sealed.salts, {})
        assert len(set(digests.values())) == len(digests) == 5


class TestEnvelope:
    def test_says_nothing_but_five_fields(self) -> None:
        """The public leaf carries no kind, no stream, no actor and no content."""
        envelope = envelope_of(ledger="l", event_id="e", recorded_at=AT, body="b")

        assert envelope == (
            b'{"body":"b","event_id":"e","ledger":"l","recorded_at":"2025-12-22T09:30:00.000007Z","v":1}'
        )

    def test_instants_always_have_six_decimals(self) -> None:
        """A whole second is written like any other instant."""
        assert instant_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"
