"""The hash tree over the ledger: roots, tiles and proofs. RFC 6962 and RFC 9162, sections 2.1; SHA-256.

    leaf hash   = SHA-256(0x00 ‖ leaf)
    node hash   = SHA-256(0x01 ‖ left ‖ right)
    root of 0   = SHA-256("")
    root of n   = node(root of the first k leaves, root of the rest), k the largest power of two below n
    frontier    = the roots of the perfect subtrees of a tree of size n, largest first, 32 bytes each:
                  one for every 1 bit of n, and nothing else (RFC 9162 names none; also "compact range")
    tile L/N    = up to 256 hashes of tile level L from number 256·N on, 32 bytes each (C2SP tlog-tiles);
                  hash i of tile level L is the root of the 256^L leaves from i·256^L on

A worked example, the tree of 3 leaves a, b, c, lower case letters being leaf hashes:

    root        = node(node(a, b), c)       frontier = node(a, b) ‖ c       (3 is binary 11)
    tile/0/000.p/3 = a ‖ b ‖ c              proof of b = [a, c]
    proof that the tree of 2 became this one = [c]

Invariants (I-7). One size has one root. The root by the frontier, by the tiles and by the leaves is the same.
A proof is accepted only at its exact length, and only for an index below the size; the smallest trees are no
exception. The edges were chosen on purpose:

- a hash that is not 32 bytes long is refused wherever it comes from;
- a tree is consistent with itself by the empty proof, if both roots are equal;
- every tree is an extension of the empty tree by the empty proof, and the root of size 0 is `EMPTY_ROOT`.

Absent on purpose: files, databases, checkpoints, and what a leaf means. The mathematics asks a `HashReader`
for hashes and knows nothing of where they come from. A full tile is stored once and never again; partial ones
are not stored, since the leaf hashes (level 0) and the roots of the full tiles of the level below give them.
Absent too: any check of a full tile against the level above, which is for whoever verifies a store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NewType, Protocol

import msgspec

from events.errors import IntegrityBroken, ProofInvalid

Hash = NewType("Hash", bytes)

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_LEVEL_MAX = 63

EMPTY_ROOT = Hash(sha256(b"").digest())


def leaf_hash(data: bytes) -> Hash:
    """The hash of one leaf."""
    # RFC 6962 2.1: leaves are prefixed 0x00 so that a node cannot pose as a leaf.
    return Hash(sha256(b"\x00" + data).digest())


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of an inner node over its two children."""
    return Hash(sha256(b"\x01" + left + right).digest())


# --- the growing edge ---------------------------------------------------------------------------------------


class Frontier(msgspec.Struct, frozen=True):
    """What must be kept of a tree to let it grow: the roots of its perfect subtrees, largest first.

    At most 64 hashes for any tree that can exist. A number of hashes that the size contradicts raises
    IntegrityBroken.
    """

    size: int
    hashes: tuple[Hash, ...]

    def __post_init__(self) -> None:
        expected = self.size.bit_count()
        if self.size < 0 or len(self.hashes) != expected:
            raise IntegrityBroken(
                f"The frontier of a tree of size {self.size} has {len(self.hashes)} hashes, "
                f"expected {expected}. Recompute it from the leaf hashes.",
                size=self.size,
            )

    def append(self, leaf: Hash) -> Frontier:
        """The frontier after one more leaf, given by its hash; under one node hash on average."""
        return extend(self, (leaf,))

    def root(self) -> Hash:
        """The root of the tree; log2(size) node hashes at most."""
        return _fold(self.hashes)


EMPTY_FRONTIER = Frontier(size=0, hashes=())


def extend(frontier: Frontier, leaves: Iterable[Hash]) -> Frontier:
    """The frontier after the leaves, given by their hashes in order; under one node hash a leaf."""
    hashes = list(frontier.hashes)
    size = frontier.size
    for leaf in leaves:
        node = leaf
        # Each trailing 1 bit of the size is a perfect subtree that the leaf makes twice as large.
        carry = size
        while carry & 1:
            node = node_hash(hashes.pop(), node)
            carry >>= 1
        hashes.append(node)
        size += 1
    return Frontier(size=size, hashes=tuple(hashes))


def encode(frontier: Frontier) -> bytes:
    """The frontier's hashes, concatenated; the size is kept beside them."""
    return b"".join(frontier.hashes)


def decode(size: int, data: bytes) -> Frontier:
    """The frontier of a tree of that size from its hashes; a wrong length raises IntegrityBroken."""
    expected = size.bit_count() * HASH_BYTES
    if len(data) != expected:
        raise IntegrityBroken(
            f"The stored frontier of a tree of size {size} has {len(data)} bytes, expected {expected}. "
            "Recompute it from the leaf hashes.",
            size=size,
        )
    return Frontier(size=size, hashes=_split_hashes(data))


# --- reading ------------------------------------------------------------------------------------------------


class HashReader(Protocol):
    """The one thing the mathematics needs of a store."""

    def read_hashes(self, level: int, *, start: int, end: int) -> Sequence[Hash]:
        """The hashes numbered start to end (not included) of a tile level.

        Hash i of level 0 is the hash of leaf i; hash i of level L is the root of full tile i of level L-1.
        Never asked beyond the size in question, nor across the border of a tile. Fewer hashes than asked for,
        or one of another length than 32 bytes, make the asker raise IntegrityBroken.
        """


class MemoryTree(msgspec.Struct, frozen=True):
    """A reader over leaf hashes held in memory: for tests, and for trees small enough to be recomputed."""

    leaves: Sequence[Hash]

    def read_hashes(self, level: int, *, start: int, end: int) -> Sequence[Hash]:
        """As `HashReader` says; 256^level node hashes for each hash above level 0."""
        if level == 0:
            return self.leaves[start:end]
        below = range(start * TILE_WIDTH, end * TILE_WIDTH, TILE_WIDTH)
        return [_perfect_root(self.read_hashes(level - 1, start=i, end=i + TILE_WIDTH)) for i in below]


def frontier_at(size: int, reader: HashReader) -> Frontier:
    """The frontier of the first `size` leaves; one read for every tile level."""
    tree = _Tree(reader, size)
    return Frontier(size=size, hashes=tuple(tree.perfect_roots(start=0, end=size)))


def root(size: int, reader: HashReader) -> Hash:
    """The root of the first `size` leaves (RFC 6962: Merkle Tree Hash); one read for every tile level."""
    return frontier_at(size, reader).root()


# --- tiles --------------------------------------------------------------------------------------------------


class FullTile(msgspec.Struct, frozen=True):
    """A tile that will never change: 256 hashes, 8,192 bytes. Any other length raises IntegrityBroken."""

    level: int
    index: int
    hashes: bytes

    def __post_init__(self) -> None:
        expected = TILE_WIDTH * HASH_BYTES
        if len(self.hashes) != expected:
            raise IntegrityBroken(
                f"Tile {self.index} of level {self.level} has {len(self.hashes)} bytes, expected {expected}. "
                "Rebuild it from the level below.",
                level=self.level,
                index=self.index,
            )

    def root(self) -> Hash:
        """The tile's own root: hash number `index` of the level above; 255 node hashes."""
        return _perfect_root(_split_hashes(self.hashes))


def full_tiles_between(old_size: int, new_size: int, *, reader: HashReader) -> list[FullTile]:
    """The tiles, lowest level first, that became full while the tree grew from the old to the new size.

    The reader serves the leaf hashes up to the new size, and the higher levels as they were at the old size:
    what this growth completed is computed here. Reads nothing where no tile became full.
    """
    if old_size > new_size:
        raise ValueError(f"a tree does not shrink from {old_size} to {new_size}")
    tiles: list[FullTile] = []
    level = 0
    completed = _complete_level(level, old_size, new_size, reader=reader, fresh=())
    while completed:
        tiles += completed
        level += 1
        fresh = [each.root() for each in completed]
        completed = _complete_level(level, old_size, new_size, reader=reader, fresh=fresh)
    return tiles


def tile(level: int, index: int, *, width: int, reader: HashReader) -> bytes:
    """The bytes of a tile of that width, 1 to 256 hashes: a partial tile is a beginning of the full one."""
    start = index * TILE_WIDTH
    return b"".join(_read(reader, level, start=start, end=start + width))


class TilePath(msgspec.Struct, frozen=True):
    """Which tile a path names; a width of 256 is the full tile."""

    level: int
    index: int
    width: int


def tile_path(level: int, index: int, *, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's prefix: `tile/0/x001/234.p/56`; C2SP tlog-tiles."""
    thousands, last = divmod(index, 1000)
    elements = [f"{last:03d}"]
    while thousands:
        thousands, element = divmod(thousands, 1000)
        elements.insert(0, f"x{element:03d}")
    suffix = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(elements)}{suffix}"


# Six elements before the last reach past 2^64 leaves, and keep int() from reading digits without end.
_TILE_PATH = re.compile(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


def parse_tile_path(path: str) -> TilePath | None:
    """The tile that a path names, or None unless the path is the one spelling that `tile_path` gives."""
    match = _TILE_PATH.fullmatch(path)
    if match is None:
        return None
    level, index, width = match.groups()
    named = TilePath(
        level=int(level),
        index=int(index.replace("x", "").replace("/", "")),
        width=TILE_WIDTH if width is None else int(width),
    )
    if named.level > TILE_LEVEL_MAX or not 1 <= named.width <= TILE_WIDTH:
        return None
    # Leading zeroes, a needless x000 and `.p/256` all name a tile that has another, proper spelling.
    return named if tile_path(named.level, named.index, width=named.width) == path else None


# --- proofs -------------------------------------------------------------------------------------------------


def prove_inclusion(index: int, size: int, *, reader: HashReader) -> tuple[Hash, ...]:
    """The proof that leaf `index` is in the tree of that size, nearest sibling first (RFC 6962: audit path).

    One hash for each doubling of the size and two reads for every tile level, at most. An index outside the
    tree raises ValueError: whoever takes the index from outside checks it first.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of size {size}")
    tree = _Tree(reader, size)
    return tuple(tree.span_root(start, end) for start, end in _inclusion_spans(index, size))


def check_inclusion(leaf: Hash, proof: Sequence[Hash], *, index: int, size: int, root: Hash) -> None:
    """Returns if the proof shows that the leaf of this hash is number `index` of the tree of that root.

    Otherwise raises ProofInvalid. RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofInvalid(
            f"Index {index} is not in a tree of size {size}, which has {_indexes(size)}. "
            "Ask for a proof at a size above the index.",
            index=index,
            size=size,
        )
    expected = len(_inclusion_spans(index, size))
    _require_shape(proof, (leaf, root), expected=expected, of=f"leaf {index} at size {size}")
    _, computed = _climb(leaf, proof, index=index, last=size - 1)
    _require_equal(computed, root, size=size)


def prove_consistency(old_size: int, new_size: int, *, reader: HashReader) -> tuple[Hash, ...]:
    """The proof that the tree of the new size begins with the tree of the old size (RFC 6962 section 2.1.2).

    Empty where the sizes are equal or the old one is 0. One hash more than the new size has doublings and two
    reads for every tile level, at most. Sizes in the wrong order raise ValueError.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"a tree of size {new_size} does not begin with one of size {old_size}")
    tree = _Tree(reader, new_size)
    return tuple(tree.span_root(start, end) for start, end in _consistency_spans(old_size, new_size))


def check_consistency(
    proof: Sequence[Hash], *, old_size: int, old_root: Hash, new_size: int, new_root: Hash
) -> None:
    """Returns if the proof shows that the new tree begins with the old one, leaf for leaf.

    Otherwise raises ProofInvalid. RFC 9162 section 2.1.4.2, and the rules above for equal and empty trees.
    """
    if not 0 <= old_size <= new_size:
        raise ProofInvalid(
            f"A tree of size {new_size} cannot extend one of size {old_size}: a ledger never shrinks. "
            "Keep both signed checkpoints as evidence.",
            old_size=old_size,
            new_size=new_size,
        )
    expected = len(_consistency_spans(old_size, new_size))
    _require_shape(proof, (old_root, new_root), expected=expected, of=f"growth from {old_size} to {new_size}")
    old, new = _consistency_roots(
        proof, old_size=old_size, old_root=old_root, new_size=new_size, new_root=new_root
    )
    _require_equal(old, old_root, size=old_size)
    _require_equal(new, new_root, size=new_size)


# --- leaves of the arithmetic -------------------------------------------------------------------------------

# Leaves start to end, end not included; start is a multiple of a power of two not below the length.
Span = tuple[int, int]


def _fold(roots: Sequence[Hash]) -> Hash:
    """The root over perfect subtrees, largest first. RFC 6962 splits off the largest: fold from the right."""
    if not roots:
        return EMPTY_ROOT
    node = roots[-1]
    for left in reversed(roots[:-1]):
        node = node_hash(left, node)
    return node


def _perfect_root(hashes: Sequence[Hash]) -> Hash:
    """The root over a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _split_hashes(data: bytes) -> tuple[Hash, ...]:
    return tuple(Hash(data[at : at + HASH_BYTES]) for at in range(0, len(data), HASH_BYTES))


def _read(reader: HashReader, level: int, *, start: int, end: int) -> Sequence[Hash]:
    hashes = reader.read_hashes(level, start=start, end=end)
    if len(hashes) != end - start or any(len(each) != HASH_BYTES for each in hashes):
        whole = sum(len(each) == HASH_BYTES for each in hashes)
        raise IntegrityBroken(
            f"Hashes {start} to {end - 1} of tile level {level}: {whole} are there, expected {end - start}. "
            "Verify the ledger; a lost tile can be rebuilt from the level below.",
            level=level,
            start=start,
            end=end,
        )
    return hashes


class _Tree:
    """The first `size` leaves; reads each tile once, however many of its subtrees a question needs."""

    def __init__(self, reader: HashReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._tiles: dict[tuple[int, int], Sequence[Hash]] = {}

    def span_root(self, start: int, end: int) -> Hash:
        return _fold(self.perfect_roots(start=start, end=end))

    def perfect_roots(self, *, start: int, end: int) -> list[Hash]:
        roots = []
        while start < end:
            height = (end - start).bit_length() - 1
            roots.append(self._perfect(height, start >> height))
            start += 1 << height
        return roots

    def _perfect(self, height: int, index: int) -> Hash:
        level, height_in_tile = divmod(height, TILE_HEIGHT)
        first = index << height_in_tile
        tile_index, offset = divmod(first, TILE_WIDTH)
        return _perfect_root(self._tile(level, tile_index)[offset : offset + (1 << height_in_tile)])

    def _tile(self, level: int, index: int) -> Sequence[Hash]:
        hashes = self._tiles.get((level, index))
        if hashes is None:
            start = index * TILE_WIDTH
            end = min(start + TILE_WIDTH, self._size >> (TILE_HEIGHT * level))
            hashes = self._tiles[level, index] = _read(self._reader, level, start=start, end=end)
        return hashes


def _complete_level(
    level: int, old_size: int, new_size: int, *, reader: HashReader, fresh: Sequence[Hash]
) -> list[FullTile]:
    """The tiles of one level that became full; `fresh` are the hashes of this level that the growth added."""
    above = TILE_HEIGHT * (level + 1)
    # Leaves are read for both parts; on higher levels the fresh ones are not in the store yet.
    stored = new_size if level == 0 else old_size >> (TILE_HEIGHT * level)
    tiles = []
    for index in range(old_size >> above, new_size >> above):
        start, end = index * TILE_WIDTH, (index + 1) * TILE_WIDTH
        known = max(start, min(end, stored))
        hashes = list(_read(reader, level, start=start, end=known)) if known > start else []
        hashes += fresh[known - stored : end - stored] if end > known else ()
        tiles.append(FullTile(level=level, index=index, hashes=b"".join(hashes)))
    return tiles


def _split(start: int, end: int) -> int:
    """Where RFC 6962 cuts a span of two leaves or more: after the largest power of two below its length."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans beside the way from the leaf up to the root. RFC 6962 2.1.1: PATH(index, D[size])."""
    start, end = 0, size
    spans: list[Span] = []
    while end - start > 1:
        split = _split(start, end)
        if index < split:
            spans.append((split, end))
            end = split
        else:
            spans.append((start, split))
            start = split
    return spans[::-1]


def _consistency_spans(old_size: int, new_size: int) -> list[Span]:
    """The spans that rebuild both roots. RFC 6962 2.1.2: PROOF(old, D[new])."""
    if old_size == 0:
        return []
    start, end = 0, new_size
    spans: list[Span] = []
    while end != old_size:
        split = _split(start, end)
        if old_size <= split:
            spans.append((split, end))
            end = split
        else:
            spans.append((start, split))
            start = split
    # The last span is left out where it is the whole old tree: whoever checks has that root already.
    if start > 0:
        spans.append((start, end))
    return spans[::-1]


def _climb(node: Hash, proof: Sequence[Hash], *, index: int, last: int) -> tuple[Hash, Hash]:
    """Both roots that the proof leads to from a node: over the leaves up to it alone, and over all.

    `index` and `last` number this node and the last one at its height; RFC 9162 calls them fn and sn. From where they
    meet on, every further hash stands to the left, at whatever height, so the RFC's extra shifts and its tests of sn
    only count the hashes: `_require_shape` has done so.
    """
    old = new = node
    for beside in proof:
        if index & 1 or index == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
        else:
            new = node_hash(new, beside)
        index, last = index >> 1, last >> 1
    return old, new


def _consistency_roots(
    proof: Sequence[Hash], *, old_size: int, old_root: Hash, new_size: int, new_root: Hash
) -> tuple[Hash, Hash]:
    """The old and the new root that a proof of the right length gives."""
    if old_size == 0:
        return EMPTY_ROOT, EMPTY_ROOT if new_size == 0 else new_root
    if old_size == new_size:
        return new_root, new_root
    index, last = old_size - 1, new_size - 1
    # The largest perfect subtree at the old tree's right edge is where both ways up begin.
    height = (old_size & -old_size).bit_length() - 1
    if old_size == 1 << height:
        return _climb(old_root, proof, index=index >> height, last=last >> height)
    return _climb(proof[0], proof[1:], index=index >> height, last=last >> height)


def _require_shape(proof: Sequence[Hash], ends: Sequence[Hash], *, expected: int, of: str) -> None:
    if len(proof) != expected:
        raise ProofInvalid(
            f"The proof of {of} has {len(proof)} hashes, expected {expected}. "
            "Fetch the proof for exactly these numbers.",
            expected=expected,
            actual=len(proof),
        )
    for each in (*ends, *proof):
        if len(each) != HASH_BYTES:
            raise ProofInvalid(
                f"A hash in the proof of {of} has {len(each)} bytes, expected {HASH_BYTES}. "
                "Fetch the proof again.",
                expected=HASH_BYTES,
                actual=len(each),
            )


def _require_equal(computed: Hash, root: Hash, *, size: int) -> None:
    if computed != root:
        raise ProofInvalid(
            f"The proof leads to the root {computed.hex()} for size {size}, expected {root.hex()}. "
            "Do not trust this answer; keep it, with the checkpoint, as evidence.",
            size=size,
        )


def _indexes(size: int) -> str:
    return f"the indexes 0 to {size - 1}" if size > 0 else "no leaves"
