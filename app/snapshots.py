"""The archive of captured documents: raw bytes (evidence) and extracted texts, each kept under its SHA-256.

    FOLDER/raw/ab/abcd…     the bytes as captured
    FOLDER/text/12/1234…    the text taken from them, UTF-8

Invariants: an object is written once, whole and on the disk, before any event can name it; it is never written over; what
is read is hashed again, and bytes that are not what their name says are refused, not served. Files are readable by their
owner alone, because archived pages are private by default.

`SnapshotArchive` is all that the doors know; `ObjectStore` is what it asks of a place to keep bytes, so that object storage
can stand in for the folder. Absent on purpose: who captured what, when and from where (that is the event), fetching from the
network, and deletion (a recorded erasure brings it).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Protocol, assert_never

import msgspec

from events.errors import IntegrityBroken, SnapshotMissing, TextInvalid
from events.extraction import RAW_BYTES_MAX, extract, sniff
from events.kinds import CaptureProblem

__all__ = [
    "RAW_BYTES_MAX",
    "Captured",
    "Guess",
    "LocalObjects",
    "ObjectStore",
    "SnapshotArchive",
    "guess",
    "problem_in",
]

ObjectKind = Literal["raw", "text"]

_TEXTS_KEPT: Final = 16
_GUESSED_TITLE_LENGTH_MAX: Final = 200
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")


class ObjectStore(Protocol):
    """A place that keeps bytes under their own SHA-256 (lower-case hex)."""

    def put(self, kind: ObjectKind, sha256: str, content: bytes) -> None:
        """Keep `content`, durably once this returns; keeping the same again changes nothing.

        Raises IntegrityBroken where `content`, or what is already kept under the name, does not hash to `sha256`.
        """

    def get(self, kind: ObjectKind, sha256: str) -> bytes:
        """The bytes kept. Raises SnapshotMissing, and IntegrityBroken where they no longer hash to `sha256`."""

    def has(self, kind: ObjectKind, sha256: str) -> bool:
        """Whether something is kept under the name; only `get` tells whether it is whole."""


class LocalObjects:
    """Objects as files of one folder, in sub-folders by the first two digits of the hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, kind: ObjectKind, sha256: str, content: bytes) -> None:
        """Write to a file beside the place, synchronise, rename into the place, synchronise the folder."""
        _check(content, kind=kind, sha256=sha256)
        path = self._path(kind, sha256)
        if path.exists():
            # Never mended silently: bytes that changed on the disk are a finding.
            _check(path.read_bytes(), kind=kind, sha256=sha256)
            return
        _make_folder(path.parent)
        _write_whole(path, content)

    def get(self, kind: ObjectKind, sha256: str) -> bytes:
        """Read, and hash what was read."""
        try:
            content = self._path(kind, sha256).read_bytes()
        except FileNotFoundError as error:
            raise _missing(kind, sha256) from error
        _check(content, kind=kind, sha256=sha256)
        return content

    def has(self, kind: ObjectKind, sha256: str) -> bool:
        """Look for the file."""
        return _SHA256_HEX.fullmatch(sha256) is not None and self._path(kind, sha256).exists()

    def _path(self, kind: ObjectKind, sha256: str) -> Path:
        # A name may come from an address that somebody typed: nothing but a hash becomes part of a path.
        if not _SHA256_HEX.fullmatch(sha256):
            raise _missing(kind, sha256)
        return self._folder / kind / sha256[:2] / sha256


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """What `snapshot_captured` says of the stored bytes; without a text where `problem` says that there is none to be had."""

    media_type: str
    raw_sha256: str
    text_sha256: str | None = None
    extractor: str | None = None
    text: str | None = None
    problem: CaptureProblem | None = None


class SnapshotArchive:
    """Captures of documents: stored by hash, read back checked."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        # A report file cites one text dozens of times, and a page of answers a few: the last texts read are kept.
        self._cached_text = lru_cache(maxsize=_TEXTS_KEPT)(self._read_text)

    def capture(self, raw: bytes, *, media_type: str | None = None) -> Captured:
        """Take the text of `raw` and store both; the media type is sniffed where it is not given.

        Raises TooLarge, or TextInvalid where there is no text to be had (`problem_in` tells which problem); nothing is stored
        then. Once it returns, both objects are on the disk, and an event may name them.
        """
        media_type = media_type or sniff(raw)
        extracted = extract(raw, media_type)
        content = extracted.text.encode("utf-8")
        captured = Captured(
            media_type=media_type,
            raw_sha256=_sha256(raw),
            text_sha256=_sha256(content),
            extractor=extracted.extractor,
            text=extracted.text,
        )
        self._objects.put("raw", captured.raw_sha256, raw)
        self._objects.put("text", _sha256(content), content)
        return captured

    def capture_unusable(self, raw: bytes, *, media_type: str, problem: CaptureProblem) -> Captured:
        """Store bytes that give no text: that a page was empty on that day is evidence too."""
        raw_sha256 = _sha256(raw)
        self._objects.put("raw", raw_sha256, raw)
        return Captured(media_type=media_type, raw_sha256=raw_sha256, problem=problem)

    def text_of(self, text_sha256: str) -> str:
        """The archived text. Raises SnapshotMissing, and IntegrityBroken where it is no longer what was stored."""
        return self._cached_text(text_sha256)

    def raw_of(self, raw_sha256: str) -> bytes:
        """The captured bytes. Raises SnapshotMissing, and IntegrityBroken where they are no longer what was stored."""
        return self._objects.get("raw", raw_sha256)

    def forget_texts(self) -> None:
        """Drop the texts kept in memory, so that what was erased, or changed on the disk, is seen as it is."""
        self._cached_text.cache_clear()

    def _read_text(self, text_sha256: str) -> str:
        return self._objects.get("text", text_sha256).decode("utf-8")


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What a form may propose for a captured document. A guess: a person confirms it, and it is never evidence."""

    title: str | None = None
    author: str | None = None
    published: str | None = None


def guess(raw: bytes, *, media_type: str | None = None) -> Guess:
    """Title, author and day of publication (ISO 8601) as the page's metadata suggest; of plain text its first line as title."""
    media_type = media_type or sniff(raw)
    if media_type.startswith("text/plain"):
        return Guess(title=_first_line(extract(raw, media_type).text))
    # It takes 0.2 s and dozens of modules to import, and only a form ever asks.
    from trafilatura import extract_metadata

    found = extract_metadata(raw)
    return Guess(title=found.title or None, author=found.author or None, published=found.date or None)


def problem_in(error: TextInvalid) -> CaptureProblem | None:
    """Why a capture was refused, in the words of `snapshot_captured`; None where the error is not about a capture."""
    problem = error.facts.get("problem")
    return CaptureProblem(problem) if isinstance(problem, str) else None


def _first_line(text: str) -> str | None:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= _GUESSED_TITLE_LENGTH_MAX else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check(content: bytes, *, kind: ObjectKind, sha256: str) -> None:
    actual = _sha256(content)
    if actual != sha256:
        raise IntegrityBroken(
            f"The {_named(kind)} {sha256} hashes to {actual}: it was changed or damaged. Restore it from a backup.",
            kind=kind,
            expected=sha256,
            actual=actual,
        )


def _missing(kind: ObjectKind, sha256: str) -> SnapshotMissing:
    return SnapshotMissing(
        f"There is no {_named(kind)} with SHA-256 {sha256} here: capture the document first (`custody snapshot`).",
        kind=kind,
        sha256=sha256,
    )


def _named(kind: ObjectKind) -> str:
    match kind:
        case "raw":
            return "captured document"
        case "text":
            return "archived text"
        case _:
            assert_never(kind)


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it, each on the disk before the next."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _synchronise(folder.parent)


def _write_whole(path: Path, content: bytes) -> None:
    # mkstemp gives 0600, and a name that no other process writes to.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Two writers of one name hold the same bytes: whichever renames last changes nothing.
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _synchronise(path.parent)


def _synchronise(folder: Path) -> None:
    """Put the folder's list of names on the disk: without it a file can be whole and still have no name after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
