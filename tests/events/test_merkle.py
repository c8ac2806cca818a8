"""The hash tree against the RFC's recursive definitions, published vectors, and another implementation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # the package ships no types
from pymerkle.proof import InclusionProof  # type: ignore[import-untyped]  # the package ships no types

from events.errors import IntegrityBroken, ProofInvalid
from events.merkle import (
    EMPTY_FRONTIER,
    EMPTY_ROOT,
    TILE_WIDTH,
    Frontier,
    FullTile,
    Hash,
    HashReader,
    MemoryTree,
    TilePath,
    check_consistency,
    check_inclusion,
    decode,
    encode,
    extend,
    frontier_at,
    full_tiles_between,
    leaf_hash,
    node_hash,
    parse_tile_path,
    prove_consistency,
    prove_inclusion,
    root,
    tile,
    tile_path,
)

VECTOR_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
VECTOR_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MILLION_ROOT = "8ed0805dba1b06ac61a0a2fd76302bbdff69af7305fe8dd16e1dd05ce3ea3295"

# Sizes at which a tile, or a tile of tiles, begins, fills up or overflows.
EDGES = [0, 1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000]


@cache
def numbered_leaves(size: int) -> tuple[Hash, ...]:
    return tuple(leaf_hash(number.to_bytes(8, "big")) for number in range(size))


NUMBERED = MemoryTree(numbered_leaves(66_000))


# The oracle: RFC 6962 2.1, 2.1.1 and 2.1.2 as they are written, over the numbered leaves, slow and recursive.


def power_below(length: int) -> int:
    power = 1
    while power * 2 < length:
        power *= 2
    return power


@cache
def defined_root(start: int, end: int) -> bytes:
    if end == start:
        return sha256().digest()
    if end - start == 1:
        return NUMBERED.leaves[start]
    split = start + power_below(end - start)
    return sha256(b"\x01" + defined_root(start, split) + defined_root(split, end)).digest()


def defined_path(index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    split = start + power_below(end - start)
    if index < split:
        return [*defined_path(index, start, split), defined_root(split, end)]
    return [*defined_path(index, split, end), defined_root(start, split)]


def defined_proof(old: int, start: int, end: int, *, whole: bool = True) -> list[bytes]:
    if old == end:
        return [] if whole else [defined_root(start, end)]
    split = start + power_below(end - start)
    if old <= split:
        return [*defined_proof(old, start, split, whole=whole), defined_root(split, end)]
    return [*defined_proof(old, split, end, whole=False), defined_root(start, split)]


class StoredTree:
    """What a database holds: leaf hashes, and full tiles as rows. Read tile by tile and in bounds, or it fails."""

    def __init__(self, leaves: Sequence[Hash]) -> None:
        self.leaves = leaves
        self.size = 0
        self.rows: dict[tuple[int, int], FullTile] = {}
        self.reads: list[int] = []

    def grow(self, size: int) -> list[FullTile]:
        old, self.size = self.size, size
        tiles = full_tiles_between(old, size, reader=self)
        for each in tiles:
            assert (each.level, each.index) not in self.rows
            self.rows[each.level, each.index] = each
        return tiles

    def read_hashes(self, level: int, *, start: int, end: int) -> Sequence[Hash]:
        assert start < end <= self.size >> (8 * level)
        assert start // TILE_WIDTH == (end - 1) // TILE_WIDTH
        self.reads.append(level)
        if level == 0:
            return self.leaves[start:end]
        tiles = [self.rows.get((level - 1, index)) for index in range(start, end)]
        return [row_root(each) for each in tiles if each is not None]

    def reads_at_most(self, number: int) -> bool:
        return all(self.reads.count(level) <= number for level in range(64))


@cache
def row_root(row: FullTile) -> Hash:
    return row.root()


STORED = StoredTree(NUMBERED.leaves)
STORED.grow(66_000)
_: HashReader = STORED  # the type checker's word that it is one


def stored_tree(size: int) -> StoredTree:
    """The tree as it was stored at that size, with nothing read from it yet."""
    tree = StoredTree(NUMBERED.leaves)
    tree.size = size
    tree.rows = {
        (level, index): row
        for (level, index), row in STORED.rows.items()
        if (index + 1) << (8 * (level + 1)) <= size
    }
    return tree


def flip(value: Hash, bit: int) -> Hash:
    return Hash((int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big"))


def flipped(hashes: list[Hash], at: int, bit: int) -> tuple[Hash, Hash, list[Hash]]:
    """The first, the second and the other hashes, with one bit of one of them flipped."""
    tampered = [*hashes[:at], flip(hashes[at], bit), *hashes[at + 1 :]]
    return tampered[0], tampered[1], tampered[2:]


@st.composite
def inclusion_cases(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 1200))
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(1, 1200))
    return draw(st.integers(1, new)), new


class TestHashes:
    def test_leaf(self) -> None:
        """A leaf is hashed with 0x00 before it (RFC 6962 2.1)."""
        assert sha256(b"\x00custody").digest() == leaf_hash(b"custody")

    def test_node(self) -> None:
        """A node is hashed with 0x01 before its children, left first (RFC 6962 2.1)."""
        left, right = leaf_hash(b"l"), leaf_hash(b"r")

        assert sha256(b"\x01" + left + right).digest() == node_hash(left, right)

    def test_node_never_poses_as_leaf(self) -> None:
        """The children of a node, taken as the bytes of one leaf, hash to something else."""
        left, right = leaf_hash(b"l"), leaf_hash(b"r")

        assert node_hash(left, right) != leaf_hash(left + right)
        assert node_hash(left, right) != leaf_hash(b"\x01" + left + right)

    def test_empty(self) -> None:
        """The root of the empty tree is the hash of nothing, without a prefix."""
        assert sha256(b"").digest() == EMPTY_ROOT


class TestRoot:
    @pytest.mark.parametrize("size", range(9))
    def test_published_vectors(self, size: int) -> None:
        """Sizes 0 to 8 have the roots that every implementation of RFC 6962 publishes."""
        leaves = [leaf_hash(bytes.fromhex(each)) for each in VECTOR_LEAVES[:size]]

        assert VECTOR_ROOTS[size] == root(size, MemoryTree(leaves)).hex()
        assert VECTOR_ROOTS[size] == extend(EMPTY_FRONTIER, leaves).root().hex()

    def test_million_leaves(self) -> None:
        """A million numbered leaves have the published root, built as the ledger builds it."""
        leaves = (leaf_hash(number.to_bytes(8, "big")) for number in range(1_000_000))

        assert MILLION_ROOT == extend(EMPTY_FRONTIER, leaves).root().hex()

    @pytest.mark.parametrize("size", EDGES)
    def test_by_tiles_as_defined(self, size: int) -> None:
        """The root read from leaf hashes and full tiles is the RFC's recursive one, with one read a level."""
        tree = stored_tree(size)

        assert defined_root(0, size) == root(size, tree)
        assert tree.reads_at_most(1)

    @given(past=st.integers(0, 66_000))
    def test_of_a_past_size(self, past: int) -> None:
        """Every past size keeps its root, whatever was appended since."""
        assert defined_root(0, past) == root(past, STORED)

    @given(
        leaves=st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True),
        data=st.data(),
    )
    def test_any_single_change_moves_the_root(self, leaves: list[bytes], data: st.DataObject) -> None:
        """An edited, dropped, doubled or swapped leaf gives another root (I-8)."""
        before = [Hash(each) for each in leaves]
        at = data.draw(st.integers(0, len(before) - 2))
        edited = [*before[:at], flip(before[at], data.draw(st.integers(0, 255))), *before[at + 1 :]]
        dropped = before[:at] + before[at + 1 :]
        doubled = [*before[:at], before[at], *before[at:]]
        swapped = [*before[:at], before[at + 1], before[at], *before[at + 2 :]]

        changed = {
            extend(EMPTY_FRONTIER, each).root() for each in (before, edited, dropped, doubled, swapped)
        }

        assert len(changed) == 5

    @given(entries=st.lists(st.binary(max_size=40), max_size=60))
    def test_as_another_implementation_has_it(self, entries: list[bytes]) -> None:
        """pymerkle gives the same root at every size of a random tree."""
        other = InmemoryTree(algorithm="sha256")
        other.append_entries(entries)
        tree = MemoryTree([leaf_hash(each) for each in entries])

        for size in range(len(entries) + 1):
            assert other.get_root(size) == root(size, tree)


class TestFrontier:
    @given(size=st.integers(0, 1200))
    def test_is_the_roots_of_the_perfect_subtrees(self, size: int) -> None:
        """One root for every 1 bit of the size, the largest subtree first."""
        expected, start = [], 0
        for bit in range(11, -1, -1):
            if size >> bit & 1:
                expected.append(defined_root(start, start + (1 << bit)))
                start += 1 << bit

        assert tuple(expected) == extend(EMPTY_FRONTIER, NUMBERED.leaves[:size]).hashes

    @given(first=st.integers(0, 600), second=st.integers(0, 600))
    def test_extends_in_any_slices(self, first: int, second: int) -> None:
        """Two batches give what one batch of all the leaves gives."""
        leaves = NUMBERED.leaves[: first + second]

        together = extend(EMPTY_FRONTIER, leaves)

        assert together == extend(extend(EMPTY_FRONTIER, leaves[:first]), leaves[first:])
        assert first + second == together.size

    def test_append_is_extending_by_one(self) -> None:
        """Leaf after leaf gives the root of every size on the way."""
        frontier = EMPTY_FRONTIER
        for size, leaf in enumerate(numbered_leaves(300), start=1):
            frontier = frontier.append(leaf)

            assert Frontier(size=size, hashes=frontier.hashes) == frontier
            assert defined_root(0, size) == frontier.root()

    @pytest.mark.parametrize("size", EDGES)
    def test_at_a_size(self, size: int) -> None:
        """Read back from leaf hashes and full tiles, it is the frontier that the appends kept."""
        assert extend(EMPTY_FRONTIER, NUMBERED.leaves[:size]) == frontier_at(size, stored_tree(size))

    @given(size=st.integers(0, 1200))
    def test_survives_its_bytes(self, size: int) -> None:
        """Encoded and decoded it is the same; 32 bytes a hash."""
        frontier = frontier_at(size, STORED)

        data = encode(frontier)

        assert 32 * size.bit_count() == len(data)
        assert frontier == decode(size, data)

    @pytest.mark.parametrize(
        ("size", "length", "expected"), [(0, 1, 0), (1, 0, 32), (1, 31, 32), (3, 96, 64), (4, 64, 32)]
    )
    def test_bytes_of_another_length_are_refused(self, size: int, length: int, expected: int) -> None:
        """Stored bytes that the size contradicts raise IntegrityBroken with both numbers."""
        with pytest.raises(IntegrityBroken) as refused:
            decode(size, bytes(length))

        assert refused.value.message == (
            f"The stored frontier of a tree of size {size} has {length} bytes, expected {expected}. "
            "Recompute it from the leaf hashes."
        )

    def test_hashes_that_contradict_the_size_are_refused(self) -> None:
        """No frontier exists with more or fewer hashes than its size has 1 bits."""
        with pytest.raises(IntegrityBroken) as refused:
            Frontier(size=2, hashes=numbered_leaves(2))

        assert refused.value.message == (
            "The frontier of a tree of size 2 has 2 hashes, expected 1. Recompute it from the leaf hashes."
        )

    def test_negative_size_is_refused(self) -> None:
        """-1 has one 1 bit too, and is no size."""
        with pytest.raises(IntegrityBroken):
            Frontier(size=-1, hashes=numbered_leaves(1))
        with pytest.raises(IntegrityBroken):
            decode(-1, bytes(32))


class TestTiles:
    @pytest.mark.parametrize("step", [1000, 256, 65_999, 66_000])
    def test_growing_completes_every_tile_once(self, step: int) -> None:
        """However the tree grew, each full tile of each level came out once, as tlog-tiles defines it."""
        tree = StoredTree(NUMBERED.leaves)

        for size in [*range(0, 66_000, step), 66_000]:
            tree.grow(size)

        assert {(0, index) for index in range(257)} | {(1, 0)} == tree.rows.keys()
        for (level, index), row in tree.rows.items():
            span = 256**level
            starts = range(index * 256 * span, (index + 1) * 256 * span, span)
            assert b"".join(defined_root(start, start + span) for start in starts) == row.hashes

    def test_lower_levels_come_first(self) -> None:
        """A tile is listed after the tiles that its hashes are the roots of."""
        tiles = full_tiles_between(0, 65_536, reader=NUMBERED)

        assert [0] * 256 + [1] == [each.level for each in tiles]
        assert list(range(256)) == [each.index for each in tiles[:256]]

    def test_two_tiles_of_tiles_at_once(self) -> None:
        """Each takes the roots of its own 256 tiles, the first of them stored before."""
        tree = StoredTree(numbered_leaves(131_072))
        tree.grow(1000)

        tree.grow(131_072)

        for index in range(2):
            below = [row_root(tree.rows[0, 256 * index + number]) for number in range(256)]
            assert b"".join(below) == tree.rows[1, index].hashes

    def test_nothing_is_read_where_nothing_became_full(self) -> None:
        """The common append costs no read."""
        tree = stored_tree(700)

        assert [] == tree.grow(701)
        assert [] == tree.reads

    def test_the_same_size_completes_nothing(self) -> None:
        """Not even at the border of a tile."""
        assert [] == full_tiles_between(256, 256, reader=NUMBERED)

    def test_shrinking_is_a_programming_error(self) -> None:
        """A tree only grows."""
        with pytest.raises(ValueError, match=r"^a tree does not shrink from 2 to 1$"):
            full_tiles_between(2, 1, reader=NUMBERED)

    @given(index=st.integers(0, 256), width=st.integers(1, 256))
    def test_is_a_slice_of_its_level(self, index: int, width: int) -> None:
        """A tile's bytes are consecutive leaf hashes; a partial tile is how the full one begins."""
        width = min(width, 66_000 - 256 * index)
        leaves = NUMBERED.leaves[256 * index : 256 * index + width]

        assert b"".join(leaves) == tile(0, index, width=width, reader=STORED)

    @pytest.mark.parametrize(("level", "index", "width"), [(1, 0, 256), (1, 0, 17), (1, 1, 1), (2, 0, 1)])
    def test_of_higher_levels(self, level: int, index: int, width: int) -> None:
        """Each hash is the root of a full tile of the level below; the widths are those of size 66,000."""
        span = 256**level
        starts = [(256 * index + number) * span for number in range(width)]

        expected = b"".join(defined_root(start, start + span) for start in starts)

        assert expected == tile(level, index, width=width, reader=STORED)

    @pytest.mark.parametrize(
        "ask",
        [
            lambda tree: root(1000, tree),
            lambda tree: prove_inclusion(999, 1000, reader=tree),
            lambda tree: prove_consistency(900, 1000, reader=tree),
            lambda tree: tile(1, 0, width=3, reader=tree),
        ],
        ids=["root", "inclusion", "consistency", "tile"],
    )
    def test_a_dropped_tile_is_caught(self, ask: Callable[[HashReader], object]) -> None:
        """Whatever needs a full tile that is not there raises IntegrityBroken and says where it is missing."""
        tree = stored_tree(1000)
        del tree.rows[0, 1]

        with pytest.raises(IntegrityBroken) as refused:
            ask(tree)

        assert refused.value.message == (
            "Hashes 0 to 2 of tile level 1: 2 are there, expected 3. "
            "Verify the ledger; a lost tile can be rebuilt from the level below."
        )

    def test_a_dropped_tile_of_a_higher_level_is_caught(self) -> None:
        """The leaves below are all there, and still the root is not given without the tile."""
        tree = stored_tree(65_537)
        del tree.rows[1, 0]

        with pytest.raises(IntegrityBroken) as refused:
            root(65_537, tree)

        assert refused.value.message == (
            "Hashes 0 to 0 of tile level 2: 0 are there, expected 1. "
            "Verify the ledger; a lost tile can be rebuilt from the level below."
        )

    def test_a_dropped_tile_is_caught_when_its_parent_becomes_full(self) -> None:
        """A tile of tiles is never written with a hole."""
        tree = stored_tree(65_535)
        del tree.rows[0, 7]

        with pytest.raises(IntegrityBroken) as refused:
            tree.grow(65_536)

        assert refused.value.message == (
            "Hashes 0 to 254 of tile level 1: 254 are there, expected 255. "
            "Verify the ledger; a lost tile can be rebuilt from the level below."
        )

    def test_a_shortened_leaf_hash_is_caught(self) -> None:
        """31 bytes are no hash, wherever they stand."""
        leaves = [*numbered_leaves(4), Hash(bytes(31)), *numbered_leaves(2)]

        with pytest.raises(IntegrityBroken) as refused:
            root(7, MemoryTree(leaves))

        assert refused.value.message == (
            "Hashes 0 to 6 of tile level 0: 6 are there, expected 7. "
            "Verify the ledger; a lost tile can be rebuilt from the level below."
        )

    def test_a_full_tile_has_8192_bytes(self) -> None:
        """A truncated tile cannot be made into a row."""
        with pytest.raises(IntegrityBroken) as refused:
            FullTile(level=1, index=3, hashes=bytes(8191))

        assert refused.value.message == (
            "Tile 3 of level 1 has 8191 bytes, expected 8192. Rebuild it from the level below."
        )

    def test_its_root_is_a_hash_of_the_level_above(self) -> None:
        """The row alone gives what the next level needs."""
        row = STORED.rows[0, 5]

        assert defined_root(5 * 256, 6 * 256) == row.root()


class TestTilePath:
    @pytest.mark.parametrize(
        ("path", "level", "index", "width"),
        [
            ("tile/0/000", 0, 0, 256),
            ("tile/0/x001/234.p/56", 0, 1234, 56),
            ("tile/1/x001/x234/067", 1, 1_234_067, 256),
            ("tile/63/999.p/255", 63, 999, 255),
            ("tile/2/x001/000.p/1", 2, 1000, 1),
        ],
    )
    def test_spelling(self, path: str, level: int, index: int, width: int) -> None:
        """As C2SP tlog-tiles spells it, in both directions."""
        assert path == tile_path(level, index, width=width)
        assert TilePath(level=level, index=index, width=width) == parse_tile_path(path)

    @given(level=st.integers(0, 63), index=st.integers(0, 2**64), width=st.integers(1, 256))
    def test_parses_what_it_formats(self, level: int, index: int, width: int) -> None:
        """Every tile has a path, and that path names it."""
        assert TilePath(level=level, index=index, width=width) == parse_tile_path(
            tile_path(level, index, width=width)
        )

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "tile/00/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/x000/001",
            "tile/0/001/234",
            "tile/0/x001",
            "tile/0/x001/x234",
            "tile/0/X001/234",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/000.p/999",
            "tile/0/000.p/",
            "tile/0/000.p",
            "tile/0/000/",
            "/tile/0/000",
            "tile/0/000\n",
            "tile/0/٠٠٠",
            "tile/0/../../etc/passwd",
            "tile/0/" + "x001/" * 7 + "000",
        ],
    )
    def test_any_other_spelling_names_nothing(self, path: str) -> None:
        """One tile, one path: no leading zeroes, no `.p/256`, no other digits, nothing before or after."""
        assert parse_tile_path(path) is None


class TestInclusion:
    def test_every_proof_of_every_tree_up_to_100(self) -> None:
        """The proof is the RFC's audit path and is accepted, for every leaf of every small tree."""
        for size in range(1, 101):
            tree_root = root(size, NUMBERED)
            for index in range(size):
                proof = prove_inclusion(index, size, reader=NUMBERED)

                assert tuple(defined_path(index, 0, size)) == proof
                check_inclusion(NUMBERED.leaves[index], proof, index=index, size=size, root=tree_root)

    @pytest.mark.parametrize("size", EDGES[1:])
    def test_over_full_tiles(self, size: int) -> None:
        """From stored tiles the proof is the same, with two reads a level at most."""
        for index in sorted({0, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}):
            tree = stored_tree(size)

            proof = prove_inclusion(index, size, reader=tree)

            assert tuple(defined_path(index, 0, size)) == proof
            assert tree.reads_at_most(2)
            check_inclusion(tree.leaves[index], proof, index=index, size=size, root=root(size, tree))

    @given(entries=st.lists(st.binary(max_size=40), min_size=1, max_size=60), data=st.data())
    def test_another_implementation_accepts_it(self, entries: list[bytes], data: st.DataObject) -> None:
        """pymerkle makes the same proof of a random leaf, and accepts ours."""
        index = data.draw(st.integers(0, len(entries) - 1))
        other = InmemoryTree(algorithm="sha256")
        other.append_entries(entries)
        leaves = [leaf_hash(each) for each in entries]

        proof = prove_inclusion(index, len(entries), reader=MemoryTree(leaves))

        theirs = other.prove_inclusion(index + 1)
        assert theirs.path == [leaves[index], *proof]
        ours = InclusionProof("sha256", True, len(entries), index + 1, theirs.rule, [leaves[index], *proof])
        ours.verify(leaves[index], other.get_root(), index=index + 1, size=len(entries))

    def test_every_flipped_bit_is_refused(self) -> None:
        """In every proof of every tree up to 12: any one bit of the leaf, the root or any hash between."""
        for size in range(1, 13):
            tree_root = root(size, NUMBERED)
            for index in range(size):
                proof = prove_inclusion(index, size, reader=NUMBERED)
                hashes = [NUMBERED.leaves[index], tree_root, *proof]
                for at in range(len(hashes)):
                    for bit in range(256):
                        leaf, claimed, path = flipped(hashes, at, bit)
                        assert not included(leaf, path, index=index, size=size, root=claimed)

    @given(case=inclusion_cases(), data=st.data())
    def test_a_proof_of_another_shape_is_refused(self, case: tuple[int, int], data: st.DataObject) -> None:
        """One hash removed, added, doubled or two swapped."""
        index, size = case
        proof = list(prove_inclusion(index, size, reader=STORED))
        at = data.draw(st.integers(0, len(proof)))
        tampered = [[*proof[:at], EMPTY_ROOT, *proof[at:]]]
        if at < len(proof):
            tampered += [proof[:at] + proof[at + 1 :], [*proof[:at], proof[at], *proof[at:]]]
        if at + 1 < len(proof):
            tampered.append([*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]])

        for each in tampered:
            assert not included(STORED.leaves[index], each, index=index, size=size, root=root(size, STORED))

    @given(case=inclusion_cases(), data=st.data())
    def test_another_index_is_refused(self, case: tuple[int, int], data: st.DataObject) -> None:
        """A leaf is proved at its own place alone."""
        index, size = case
        proof = prove_inclusion(index, size, reader=STORED)
        other = data.draw(st.integers(0, size + 5).filter(lambda each: each != index))

        assert not included(STORED.leaves[index], proof, index=other, size=size, root=root(size, STORED))

    @pytest.mark.parametrize(
        ("index", "size", "has"),
        [
            (0, 0, "no leaves"),
            (1, 1, "the indexes 0 to 0"),
            (5, 5, "the indexes 0 to 4"),
            (6, 5, "the indexes 0 to 4"),
            (-1, 5, "the indexes 0 to 4"),
            (0, -1, "no leaves"),
        ],
    )
    def test_an_index_at_or_beyond_the_size_is_refused(self, index: int, size: int, has: str) -> None:
        """RFC 9162 2.1.3.2 step 1, the empty tree included; even where leaf and root are the same hash."""
        with pytest.raises(ProofInvalid) as refused:
            check_inclusion(EMPTY_ROOT, (), index=index, size=size, root=EMPTY_ROOT)

        assert refused.value.message == (
            f"Index {index} is not in a tree of size {size}, which has {has}. "
            "Ask for a proof at a size above the index."
        )

    def test_the_tree_of_one(self) -> None:
        """Its only leaf hash is its root, and the proof is empty."""
        leaf = leaf_hash(b"only")

        check_inclusion(leaf, (), index=0, size=1, root=leaf)
        assert not included(leaf, (leaf,), index=0, size=1, root=leaf)
        assert not included(leaf, (leaf,), index=0, size=1, root=node_hash(leaf, leaf))

    def test_the_proof_of_a_smaller_tree_under_its_own_root_is_refused(self) -> None:
        """A short proof that leads to the root it claims is still no proof at a greater size."""
        left, right = numbered_leaves(2)

        with pytest.raises(ProofInvalid) as refused:
            check_inclusion(left, (right,), index=0, size=4, root=node_hash(left, right))

        assert refused.value.message == (
            "The proof of leaf 0 at size 4 has 1 hashes, expected 2. "
            "Fetch the proof for exactly these numbers."
        )

    def test_a_hash_of_another_length_is_refused(self) -> None:
        """Bytes moved across the border of two hashes give the same node: 31 and 33 bytes are refused."""
        left, right = numbered_leaves(2)
        joined = left + right

        with pytest.raises(ProofInvalid) as refused:
            check_inclusion(
                Hash(joined[:31]), (Hash(joined[31:]),), index=0, size=2, root=node_hash(left, right)
            )

        assert refused.value.message == (
            "A hash in the proof of leaf 0 at size 2 has 31 bytes, expected 32. Fetch the proof again."
        )

    def test_a_wrong_root_tells_both(self) -> None:
        """The refusal gives the root that the proof leads to and the one that was expected."""
        left, right = numbered_leaves(2)

        with pytest.raises(ProofInvalid) as refused:
            check_inclusion(left, (right,), index=0, size=2, root=EMPTY_ROOT)

        assert refused.value.message == (
            f"The proof leads to the root {node_hash(left, right).hex()} for size 2, "
            f"expected {EMPTY_ROOT.hex()}. "
            "Do not trust this answer; keep it, with the checkpoint, as evidence."
        )

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
    def test_proving_what_is_not_there_is_a_programming_error(self, index: int, size: int) -> None:
        """No proof exists, so none is made."""
        with pytest.raises(ValueError, match=f"^leaf {index} is not in a tree of size {size}$"):
            prove_inclusion(index, size, reader=NUMBERED)


class TestConsistency:
    def test_every_proof_of_every_growth_up_to_100(self) -> None:
        """The proof is the RFC's and is accepted, between any two sizes up to 100; 0 and equal ones too."""
        roots = [root(size, NUMBERED) for size in range(101)]
        for new in range(101):
            for old in range(new + 1):
                proof = prove_consistency(old, new, reader=NUMBERED)

                assert (tuple(defined_proof(old, 0, new)) if old else ()) == proof
                check_consistency(proof, old_size=old, old_root=roots[old], new_size=new, new_root=roots[new])

    @pytest.mark.parametrize("new", EDGES[1:])
    def test_over_full_tiles(self, new: int) -> None:
        """From stored tiles the proof is the same, with two reads a level at most."""
        for old in {1, new // 2, new - 1, new, min(255, new), min(256, new), min(257, new)} - {0}:
            tree = stored_tree(new)

            proof = prove_consistency(old, new, reader=tree)

            assert tuple(defined_proof(old, 0, new)) == proof
            assert tree.reads_at_most(2)

    def test_every_flipped_bit_is_refused(self) -> None:
        """In every proof between sizes up to 10: any one bit of either root or of any hash."""
        for new in range(1, 11):
            for old in range(1, new + 1):
                proof = prove_consistency(old, new, reader=NUMBERED)
                hashes = [root(old, NUMBERED), root(new, NUMBERED), *proof]
                for at in range(len(hashes)):
                    for bit in range(256):
                        first, second, path = flipped(hashes, at, bit)
                        assert not consistent(
                            path, old_size=old, old_root=first, new_size=new, new_root=second
                        )

    @given(growth=growths(), data=st.data())
    def test_a_proof_of_another_shape_is_refused(self, growth: tuple[int, int], data: st.DataObject) -> None:
        """One hash removed, added, doubled or two swapped."""
        old, new = growth
        proof = list(prove_consistency(old, new, reader=STORED))
        at = data.draw(st.integers(0, len(proof)))
        tampered = [[*proof[:at], EMPTY_ROOT, *proof[at:]]]
        if at < len(proof):
            tampered += [proof[:at] + proof[at + 1 :], [*proof[:at], proof[at], *proof[at:]]]
        if at + 1 < len(proof):
            tampered.append([*proof[:at], proof[at + 1], proof[at], *proof[at + 2 :]])

        for each in tampered:
            assert not consistent(
                each, old_size=old, old_root=root(old, STORED), new_size=new, new_root=root(new, STORED)
            )

    @given(growth=growths(), data=st.data())
    def test_a_rewritten_past_has_no_proof(self, growth: tuple[int, int], data: st.DataObject) -> None:
        """After any change to a leaf of the old tree, the honest prover's own proof is refused."""
        old, new = growth
        at = data.draw(st.integers(0, old - 1))
        rewritten = list(STORED.leaves[:new])
        rewritten[at] = flip(rewritten[at], 0)
        tree = MemoryTree(rewritten)

        proof = prove_consistency(old, new, reader=tree)

        assert not consistent(
            proof, old_size=old, old_root=root(old, STORED), new_size=new, new_root=root(new, tree)
        )

    def test_a_shrunk_tree_is_refused(self) -> None:
        """A ledger cut below a size somebody holds cannot be consistent with it."""
        with pytest.raises(ProofInvalid) as refused:
            check_consistency((), old_size=3, old_root=EMPTY_ROOT, new_size=2, new_root=EMPTY_ROOT)

        assert refused.value.message == (
            "A tree of size 2 cannot extend one of size 3: a ledger never shrinks. "
            "Keep both signed checkpoints as evidence."
        )

    def test_a_negative_size_is_refused(self) -> None:
        """There is no tree before the empty one."""
        assert not consistent((), old_size=-1, old_root=EMPTY_ROOT, new_size=0, new_root=EMPTY_ROOT)

    def test_equal_sizes(self) -> None:
        """Equal roots and the empty proof, nothing else."""
        one, two = root(3, NUMBERED), root(4, NUMBERED)

        check_consistency((), old_size=3, old_root=one, new_size=3, new_root=one)
        assert not consistent((), old_size=3, old_root=one, new_size=3, new_root=two)
        assert not consistent((one,), old_size=3, old_root=one, new_size=3, new_root=one)

    def test_from_the_empty_tree(self) -> None:
        """Every tree extends the empty one by the empty proof, if the old root is the empty tree's."""
        grown = root(3, NUMBERED)

        check_consistency((), old_size=0, old_root=EMPTY_ROOT, new_size=3, new_root=grown)
        assert not consistent((), old_size=0, old_root=grown, new_size=3, new_root=grown)
        assert not consistent((grown,), old_size=0, old_root=EMPTY_ROOT, new_size=3, new_root=grown)

    def test_the_empty_tree_has_one_root(self) -> None:
        """Two equal roots of size 0 are refused if they are not the hash of nothing."""
        other = root(1, NUMBERED)

        check_consistency((), old_size=0, old_root=EMPTY_ROOT, new_size=0, new_root=EMPTY_ROOT)
        assert not consistent((), old_size=0, old_root=other, new_size=0, new_root=other)
        assert not consistent((), old_size=0, old_root=EMPTY_ROOT, new_size=0, new_root=other)

    def test_a_hash_of_another_length_is_refused(self) -> None:
        """Roots and proof hashes alike are 32 bytes."""
        with pytest.raises(ProofInvalid) as refused:
            check_consistency(
                (Hash(bytes(33)),), old_size=1, old_root=EMPTY_ROOT, new_size=2, new_root=EMPTY_ROOT
            )

        assert refused.value.message == (
            "A hash in the proof of growth from 1 to 2 has 33 bytes, expected 32. Fetch the proof again."
        )

    @pytest.mark.parametrize(("old", "new"), [(3, 2), (-1, 2)])
    def test_proving_a_shrunk_tree_is_a_programming_error(self, old: int, new: int) -> None:
        """No proof exists, so none is made."""
        with pytest.raises(ValueError, match=f"^a tree of size {new} does not begin with one of size {old}$"):
            prove_consistency(old, new, reader=NUMBERED)


def included(leaf: Hash, proof: Sequence[Hash], *, index: int, size: int, root: Hash) -> bool:
    try:
        check_inclusion(leaf, proof, index=index, size=size, root=root)
    except ProofInvalid:
        return False
    return True


def consistent(
    proof: Sequence[Hash], *, old_size: int, old_root: Hash, new_size: int, new_root: Hash
) -> bool:
    try:
        check_consistency(proof, old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root)
    except ProofInvalid:
        return False
    return True
