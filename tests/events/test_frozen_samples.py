"""Rules of the frozen samples: what a ledger holds of any (kind, schema) is read for ever, and proves itself.

Whoever breaks one of these breaks ledgers that exist. The samples are never made anew to please a test (`tests.frozen_samples`).
"""

from __future__ import annotations

from base64 import b64decode
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.decoder import decode_content
from events.envelope import SALT_BYTES, body_of, canonical, pointers_of, unit_digests
from events.kinds import BY_KIND
from events.merkle import leaf_hash
from tests.frozen_samples import (
    FOLDER,
    KIND_SCHEMAS,
    SUMS,
    Envelope,
    frozen_files,
    frozen_shapes,
    read_sample,
    shapes,
    sums_of,
)

SAMPLES = sorted(FOLDER.glob("*.json"))

of_each_sample = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


def _lines(text: str) -> dict[str, list[str]]:
    """The lines of each kind, or value, by its name."""
    return {
        name: list(lines) for name, lines in groupby(text.splitlines(), lambda line: line.partition(".")[0])
    }


def _plain(path: Path) -> dict[str, Any]:
    return msgspec.json.decode(read_sample(path).content, type=dict[str, Any])


class TestSamples:
    def test_there_is_one_of_every_kind_and_schema(self) -> None:
        """A kind or a schema without a sample could change unnoticed."""
        named = {(kind, int(schema)) for kind, _, schema in (path.stem.partition(".") for path in SAMPLES)}

        assert named == KIND_SCHEMAS

    def test_none_was_changed(self) -> None:
        """The list of hashes stands beside them: a change of what is frozen shows twice."""
        assert sums_of(frozen_files()) == (FOLDER / SUMS).read_text(encoding="ascii")

    @of_each_sample
    def test_holds_what_its_name_says(self, path: Path) -> None:
        """Kind and schema stand in the content."""
        content = _plain(path)

        assert path.stem == f"{content['kind']}.{content['schema']}"


class TestShapes:
    def test_a_schema_says_what_it_always_said(self) -> None:
        """No field, word or default of a schema is added, changed or taken away: that is a new schema number, with an upcaster."""
        assert shapes().splitlines() == frozen_shapes()[-1].splitlines()

    @pytest.mark.parametrize("kind", BY_KIND)
    def test_a_kind_has_a_schema_for_each_of_its_shapes(self, kind: str) -> None:
        """Its number grows when its shape does, and only then."""
        told = [_lines(text).get(kind) for text in frozen_shapes()]

        assert len(list(groupby(told))) == BY_KIND[kind].latest_schema

    def test_a_value_keeps_its_shape(self) -> None:
        """What kinds have in common never changes under them: it would change them all."""
        for before, after in pairwise(map(_lines, frozen_shapes())):
            assert {name: after[name] for name in before.keys() - BY_KIND.keys()} == {
                name: lines for name, lines in before.items() if name not in BY_KIND
            }


class TestDecoder:
    @of_each_sample
    def test_reads_it(self, path: Path) -> None:
        """Through the one decoder, and through upcasters where it is of an older schema."""
        entry = decode_content(read_sample(path).content.encode())

        assert type(entry) is BY_KIND[path.stem.partition(".")[0]]
        assert entry.schema == entry.latest_schema

    @of_each_sample
    def test_loses_nothing_of_it(self, path: Path) -> None:
        """What was decoded encodes to the very bytes, so no field fell away and none was added."""
        content = read_sample(path).content.encode()
        entry = decode_content(content)
        if _plain(path)["schema"] != entry.latest_schema:
            pytest.skip("of an older schema: it encodes to today's")

        assert msgspec.json.encode(entry, order="sorted") == content


class TestProof:
    @of_each_sample
    def test_content_is_canonical(self, path: Path) -> None:
        """RFC 8785: there is one way to write a content."""
        assert canonical(_plain(path)) == read_sample(path).content.encode()

    @of_each_sample
    def test_each_unit_has_a_salt_of_its_own(self, path: Path) -> None:
        """16 bytes for each, and no two alike."""
        salts = bytes.fromhex(read_sample(path).salts)

        units = list(pointers_of(_plain(path)))

        found = {salts[start : start + SALT_BYTES] for start in range(0, len(salts), SALT_BYTES)}
        assert len(found) == len(units) == len(salts) / SALT_BYTES

    @of_each_sample
    def test_content_and_salts_give_the_body(self, path: Path) -> None:
        """The commitment is computed again from what is kept."""
        sample = read_sample(path)

        digests = unit_digests(_plain(path), bytes.fromhex(sample.salts), {})

        assert body_of(digests.values()) == msgspec.json.decode(sample.envelope, type=Envelope).body

    @of_each_sample
    def test_envelope_gives_the_leaf(self, path: Path) -> None:
        """The envelope is the leaf of the tree, in canonical JSON."""
        sample = read_sample(path)
        envelope = msgspec.json.decode(sample.envelope, type=Envelope)

        assert canonical(msgspec.to_builtins(envelope)) == sample.envelope.encode()
        assert len(b64decode(envelope.body)) == 32
        assert leaf_hash(sample.envelope.encode()).hex() == sample.leaf
