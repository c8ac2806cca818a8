"""The bytes of the example ledger, which nobody can change later: every envelope, content, salt and leaf, and the root.

A failure here means that a ledger written yesterday and one written today would differ. If that is meant, it is a new schema or a new
rule with a decision of its own; the pins are never made anew in the change that breaks them (`tests/golden.py`).
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database import Database
from tests import golden


@pytest.fixture
def recorded(database_url: str, tmp_path: Path) -> Iterator[golden.Pins]:
    """The example, recorded in a fresh database under the seeded entropy."""
    database = Database(database_url)
    golden.record_example(database, tmp_path / "snapshots")
    yield golden.pins_of(database)
    database.close()


class TestPins:
    def test_every_byte_is_the_pinned_one(self, recorded: golden.Pins) -> None:
        """On either store, event by event: what is hashed, what it commits to, and what proves it."""
        pinned = golden.read_pins()

        for expected, actual in zip(pinned.events, recorded.events, strict=True):
            assert expected == actual
        assert pinned.root == recorded.root

    def test_the_pins_prove_themselves(self) -> None:
        """By docs/format.md and hashlib alone: content and salts give the body, envelopes the leaves, leaves the root."""
        pinned = golden.read_pins()

        for event in pinned.events:
            envelope = json.loads(event.envelope)
            assert envelope["body"] == _body(event.content, bytes.fromhex(event.salts))
            assert event.leaf == hashlib.sha256(b"\0" + event.envelope.encode()).hexdigest()
        assert pinned.root.root == _root([bytes.fromhex(event.leaf) for event in pinned.events]).hex()

    def test_the_ledger_opens_before_all_else(self) -> None:
        """From position 1: whose log it is, and the rules by which its findings are made."""
        first, second = (json.loads(event.content) for event in golden.read_pins().events[:2])

        assert (first["kind"], second["kind"], second["rules"]) == (
            "ledger_opened",
            "rules_adopted",
            golden.RULES,
        )


class TestSeed:
    def test_the_same_seed_gives_the_same_bytes(
        self, recorded: golden.Pins, tmp_path: Path, sqlite_template: Path
    ) -> None:
        """What is recorded depends on neither the store nor the machine."""
        path = tmp_path / "again.db"
        path.write_bytes(sqlite_template.read_bytes())
        database = Database(f"sqlite:///{path}")
        golden.record_example(database, tmp_path / "other")

        assert golden.pins_of(database) == recorded
        database.close()

    def test_the_public_log_names_nobody(self, recorded: golden.Pins) -> None:
        """Of the envelopes nothing but ids, an instant and a commitment can be read."""
        fields = {tuple(json.loads(event.envelope)) for event in recorded.events}

        assert fields == {("body", "event_id", "ledger", "recorded_at", "v")}


def _body(content: str, salts: bytes) -> str:
    digests, fields = [], json.loads(content)
    for pointer, value in _units(fields):
        salt, salts = salts[:16], salts[16:]
        digests.append(hashlib.sha256(b"\0" + salt + pointer.encode() + b"\0" + _canonical(value)).digest())
    assert salts == b""
    return b64encode(hashlib.sha256(b"\1" + b"".join(sorted(digests))).digest()).decode()


def _units(fields: dict[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in sorted(fields.items()):
        if name in {"attribution", "citations", "names", "streams"} and isinstance(value, list):
            yield from ((f"/{name}/{index}", element) for index, element in enumerate(value))
        else:
            yield f"/{name}", value


def _canonical(value: object) -> bytes:
    # Equal to RFC 8785 within the grammar: ASCII keys, no floats.
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _root(leaves: list[bytes]) -> bytes:
    """RFC 9162 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()
