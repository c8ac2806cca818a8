"""docs/format.md: its worked example, computed by a second implementation written from its words alone (standard library only)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from events.decoder import Erased, decode_content
from events.envelope import body_of, unit_digests
from events.kinds import ReleaseReported
from events.merkle import leaf_hash

FORMAT = (Path(__file__).parents[1] / "docs" / "format.md").read_text(encoding="utf-8")


def _block(label: str) -> str:
    found = re.search(rf"^```{label}\n(.*?)^```$", FORMAT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/format.md has no block {label!r}"
    return found[1].strip()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _units(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in sorted(content):
        if name in {"attribution", "citations", "names", "streams"}:
            yield from ((f"/{name}/{index}", element) for index, element in enumerate(content[name]))
        else:
            yield f"/{name}", content[name]


def _digests(content: dict[str, Any]) -> dict[str, bytes]:
    return {
        pointer: hashlib.sha256(
            b"\0" + bytes([number]) * 16 + pointer.encode() + b"\0" + _canonical(value)
        ).digest()
        for number, (pointer, value) in enumerate(_units(content), start=1)
    }


def _body(digests: dict[str, bytes]) -> str:
    return base64.b64encode(hashlib.sha256(b"\1" + b"".join(sorted(digests.values()))).digest()).decode()


class TestWorkedExample:
    def test_content_is_canonical(self) -> None:
        """The content shown is its own canonical JSON."""
        shown = _block("json content")

        assert _canonical(json.loads(shown)).decode() == shown

    def test_digests(self) -> None:
        """Each unit has the digest that is listed, in the order of the list."""
        listed = dict(line.split() for line in _block("digests").splitlines())

        computed = {
            pointer: digest.hex() for pointer, digest in _digests(json.loads(_block("json content"))).items()
        }

        assert list(computed.items()) == list(listed.items())

    def test_is_an_event(self) -> None:
        """The example is one that a ledger can hold: a kind and fields that are read, and streams that were opened before (section 4)."""
        entry = decode_content(_block("json content").encode())

        assert isinstance(entry, ReleaseReported)
        assert all(
            not isinstance(place, Erased) and place.version > 1 and place.prev for place in entry.streams
        )

    def test_preimage(self) -> None:
        """The bytes hashed for `/kind` are those that are shown."""
        shown = bytes.fromhex(_block("hex kind"))

        assert hashlib.sha256(shown).digest() == _digests(json.loads(_block("json content")))["/kind"]

    def test_envelope_and_leaf(self) -> None:
        """Body, envelope and leaf hash follow from the content."""
        envelope = _block("json envelope")

        assert json.loads(envelope)["body"] == _body(_digests(json.loads(_block("json content"))))
        assert _canonical(json.loads(envelope)).decode() == envelope
        assert hashlib.sha256(b"\0" + envelope.encode()).hexdigest() == _block("hex leaf")

    @pytest.mark.parametrize("pointer", ["/released_by", "/citations/0"])
    def test_erasing_leaves_the_body(self, pointer: str) -> None:
        """With the digest of an erased unit kept, the program computes the same body from what is left."""
        content = json.loads(_block("json content"))
        digests = _digests(content)
        salts = b"".join(
            bytes([number]) * 16 for number, known in enumerate(digests, start=1) if known != pointer
        )
        _, name, *index = pointer.split("/")
        if index:
            content[name][int(index[0])] = None
        else:
            content[name] = None

        after = unit_digests(content, salts, {pointer: digests[pointer]})  # type: ignore[dict-item]  # plain text here

        assert body_of(after.values()) == _body(digests)


class TestProgram:
    def test_agrees_with_the_second_implementation(self) -> None:
        """The program gives the example's digests, envelope and leaf hash."""
        content = json.loads(_block("json content"))
        theirs = _digests(content)
        envelope = json.loads(_block("json envelope"))
        salts = b"".join(bytes([number]) * 16 for number in range(1, len(theirs) + 1))

        ours = unit_digests(content, salts, {})

        assert dict(ours) == theirs
        assert leaf_hash(_block("json envelope").encode()).hex() == _block("hex leaf")
        assert body_of(ours.values()) == envelope["body"]
