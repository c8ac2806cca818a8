"""The archive: bytes and texts kept by hash, whole, unchanged and private."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.snapshots import Captured, Guess, LocalObjects, ObjectKind, SnapshotArchive, guess, problem_in
from events.errors import IntegrityBroken, SnapshotMissing, TextInvalid
from events.kinds import CaptureProblem

CONTENT = b"He is free."
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OTHER_SHA256 = hashlib.sha256(b"He is not free.").hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the archive lies; it does not exist yet."""
    return tmp_path / "data" / "snapshots"


@pytest.fixture
def objects(folder: Path) -> LocalObjects:
    """An empty store."""
    return LocalObjects(folder)


@pytest.fixture
def archive(objects: LocalObjects) -> SnapshotArchive:
    """An empty archive."""
    return SnapshotArchive(objects)


def files_of(folder: Path) -> list[str]:
    """Every file there is, named from the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


class CountingObjects(LocalObjects):
    """Counts what is read."""

    reads = 0

    def get(self, kind: ObjectKind, sha256: str) -> bytes:
        self.reads += 1
        return super().get(kind, sha256)


class TestLocalObjects:
    def test_gives_back_what_was_put(self, objects: LocalObjects) -> None:
        """Bytes come back as they were, under their kind alone."""
        objects.put("raw", SHA256, CONTENT)

        assert CONTENT == objects.get("raw", SHA256)
        assert objects.has("raw", SHA256)
        assert not objects.has("text", SHA256)

    def test_lies_in_folders_by_hash(self, objects: LocalObjects, folder: Path) -> None:
        """One file for each object, and nothing beside it."""
        objects.put("raw", SHA256, CONTENT)
        objects.put("text", SHA256, CONTENT)

        assert [f"raw/{SHA256[:2]}/{SHA256}", f"text/{SHA256[:2]}/{SHA256}"] == files_of(folder)

    def test_is_private(self, objects: LocalObjects, folder: Path) -> None:
        """Files and folders are open to their owner alone, because archived pages are private by default."""
        objects.put("raw", SHA256, CONTENT)

        assert 0o600 == stat.S_IMODE((folder / "raw" / SHA256[:2] / SHA256).stat().st_mode)
        assert 0o700 == stat.S_IMODE((folder / "raw" / SHA256[:2]).stat().st_mode)
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)

    def test_writes_once(self, objects: LocalObjects, folder: Path) -> None:
        """Putting the same again touches nothing."""
        objects.put("raw", SHA256, CONTENT)
        path = folder / "raw" / SHA256[:2] / SHA256
        before = path.stat()

        objects.put("raw", SHA256, CONTENT)

        assert (before.st_ino, before.st_mtime_ns) == (path.stat().st_ino, path.stat().st_mtime_ns)

    def test_refuses_bytes_of_another_hash(self, objects: LocalObjects, folder: Path) -> None:
        """A name is the hash of its bytes; nothing is stored under a wrong one."""
        with pytest.raises(IntegrityBroken) as caught:
            objects.put("raw", OTHER_SHA256, CONTENT)

        assert (
            f"The captured document {OTHER_SHA256} hashes to {SHA256}: it was changed or damaged."
            " Restore it from a backup."
        ) == caught.value.message
        assert [] == files_of(folder)

    def test_notices_changed_bytes(self, objects: LocalObjects, folder: Path) -> None:
        """What was changed on the disk is refused, not served, and not mended silently by putting it again."""
        objects.put("text", SHA256, CONTENT)
        path = folder / "text" / SHA256[:2] / SHA256
        path.write_bytes(b"He is not free.")

        with pytest.raises(IntegrityBroken) as caught:
            objects.get("text", SHA256)
        with pytest.raises(IntegrityBroken):
            objects.put("text", SHA256, CONTENT)

        assert (
            f"The archived text {SHA256} hashes to {OTHER_SHA256}: it was changed or damaged. Restore it from a backup."
        ) == caught.value.message
        assert b"He is not free." == path.read_bytes()

    @pytest.mark.parametrize("sha256", [SHA256, SHA256.upper(), "../../etc/passwd", "", "ab", f"{SHA256}\n"])
    def test_misses_what_was_never_put(self, objects: LocalObjects, sha256: str) -> None:
        """Nothing is there, and what is no hash becomes no path."""
        with pytest.raises(SnapshotMissing) as caught:
            objects.get("raw", sha256)

        assert (
            f"There is no captured document with SHA-256 {sha256} here: capture the document first (`custody snapshot`)."
        ) == caught.value.message
        assert not objects.has("raw", sha256)

    def test_reaches_nothing_outside(self, objects: LocalObjects, folder: Path) -> None:
        """A name that leads out of the folder is no name, even where something lies there."""
        objects.put("raw", SHA256, CONTENT)
        (folder.parent / "key").write_bytes(b"secret")

        assert (folder / "raw" / ".." / "../key").exists()
        assert not objects.has("raw", "../key")
        with pytest.raises(SnapshotMissing):
            objects.get("raw", "../key")

    def test_leaves_nothing_half_written(
        self, objects: LocalObjects, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If the disk fails, neither the object nor a piece of it is there."""

        def fail(descriptor: int) -> None:
            raise OSError("no space left")

        (folder / "raw" / SHA256[:2]).mkdir(parents=True)
        monkeypatch.setattr(os, "fsync", fail)

        with pytest.raises(OSError, match="no space left"):
            objects.put("raw", SHA256, CONTENT)

        assert [] == files_of(folder)

    def test_is_on_the_disk_before_it_has_a_name(
        self, objects: LocalObjects, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The bytes are synchronised, then named, then the folder is synchronised: in this order, each time."""
        (folder / "raw" / SHA256[:2]).mkdir(parents=True)
        steps = []
        fsync, replace = os.fsync, Path.replace

        def note_fsync(descriptor: int) -> None:
            steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
            fsync(descriptor)

        def note_replace(self: Path, target: Path) -> Path:
            steps.append("name")
            return replace(self, target)

        monkeypatch.setattr(os, "fsync", note_fsync)
        monkeypatch.setattr(Path, "replace", note_replace)

        objects.put("raw", SHA256, CONTENT)

        assert ["file", "name", "folder"] == steps


class TestCapture:
    def test_stores_bytes_and_text(self, archive: SnapshotArchive, folder: Path) -> None:
        """Both are there, each under its hash, before any event can name them."""
        raw = b"<!doctype html><title>x</title><p>He is <b>free</b>."

        captured = archive.capture(raw)

        raw_sha256 = hashlib.sha256(raw).hexdigest()
        assert (
            Captured(
                media_type="text/html",
                raw_sha256=raw_sha256,
                text_sha256=SHA256,
                extractor="html/1",
                text="He is free.",
            )
            == captured
        )
        assert raw == archive.raw_of(raw_sha256)
        assert "He is free." == archive.text_of(SHA256)
        assert 2 == len(files_of(folder))

    def test_believes_the_type_that_is_given(self, archive: SnapshotArchive) -> None:
        """A stated media type is taken, with its charset; it is sniffed only where none is."""
        captured = archive.capture("<p>Азад".encode("cp1251"), media_type="text/plain; charset=windows-1251")

        assert "<p>Азад" == captured.text
        assert "text/plain; charset=windows-1251" == captured.media_type

    def test_gives_the_same_for_the_same(self, archive: SnapshotArchive, folder: Path) -> None:
        """Captured again, the same bytes are the same snapshot, and nothing is written."""
        assert archive.capture(CONTENT) == archive.capture(CONTENT)
        assert 2 == len(files_of(folder))

    @pytest.mark.parametrize(
        ("raw", "problem"),
        [
            pytest.param(b"\xff\xff", CaptureProblem.UNREADABLE, id="another encoding"),
            pytest.param(b"<p></p>", CaptureProblem.EMPTY, id="a page of nothing"),
            pytest.param(b"%PDF-1.7", CaptureProblem.WRONG_SHAPE, id="a PDF"),
        ],
    )
    def test_stores_nothing_of_what_is_refused(
        self, archive: SnapshotArchive, folder: Path, raw: bytes, problem: CaptureProblem
    ) -> None:
        """A refusal leaves no trace, and says in the event's words what is wrong with the capture."""
        with pytest.raises(TextInvalid) as caught:
            archive.capture(raw)

        assert problem == problem_in(caught.value)
        assert [] == files_of(folder)

    def test_keeps_the_unusable_on_demand(self, archive: SnapshotArchive, folder: Path) -> None:
        """That a page was empty on that day is evidence too: its bytes are kept, and no text is."""
        raw = b"<p></p>"

        captured = archive.capture_unusable(raw, media_type="text/html", problem=CaptureProblem.EMPTY)

        raw_sha256 = hashlib.sha256(raw).hexdigest()
        assert (
            Captured(media_type="text/html", raw_sha256=raw_sha256, problem=CaptureProblem.EMPTY) == captured
        )
        assert [f"raw/{raw_sha256[:2]}/{raw_sha256}"] == files_of(folder)


class TestTextOf:
    def test_misses_what_was_never_captured(self, archive: SnapshotArchive) -> None:
        """A text that is not there is said to be so, each time."""
        with pytest.raises(SnapshotMissing):
            archive.text_of(SHA256)
        with pytest.raises(SnapshotMissing) as caught:
            archive.text_of(SHA256)

        assert (
            f"There is no archived text with SHA-256 {SHA256} here: capture the document first (`custody snapshot`)."
        ) == caught.value.message

    def test_reads_once(self, folder: Path) -> None:
        """A text that is cited dozens of times is read once, until it is told to forget."""
        objects = CountingObjects(folder)
        archive = SnapshotArchive(objects)
        archive.capture(CONTENT)

        assert ["He is free."] * 3 == [archive.text_of(SHA256) for _ in range(3)]
        assert 1 == objects.reads

        archive.forget_texts()

        assert "He is free." == archive.text_of(SHA256)
        assert 2 == objects.reads


class TestGuess:
    def test_proposes_what_the_page_says_of_itself(self) -> None:
        """Title, author and day are found in the metadata of a page."""
        page = (
            b"<!doctype html><html><head><title>Dozens walk free</title><meta name='author' content='Ann Lee'>"
            b"<meta property='article:published_time' content='2025-12-22T10:00:00+04:00'></head>"
            b"<body><h1>Dozens walk free</h1><p>He is free.</p></body></html>"
        )

        assert Guess(title="Dozens walk free", author="Ann Lee", published="2025-12-22") == guess(page)

    def test_proposes_nothing_where_nothing_is_said(self) -> None:
        """What is not there is not made up."""
        assert Guess() == guess(b"<p>He is free.")

    def test_proposes_the_first_line_of_a_text(self) -> None:
        """A plain text has no metadata; its first line is mostly its title, unless it is a paragraph."""
        assert Guess(title="Dozens walk free") == guess(b"\nDozens walk free\n\nHe is free.")
        assert Guess() == guess(b"a" * 300)

    def test_is_imported_when_asked(self) -> None:
        """The library is slow to import, and only a form asks: the module itself does not load it."""
        program = "import sys, app.snapshots; print('trafilatura' in sys.modules)"

        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert "False\n" == ran.stdout


class TestProblemIn:
    def test_tells_captures_from_other_texts(self) -> None:
        """An error that is about no capture has no such problem."""
        assert None is problem_in(TextInvalid("The quote is empty."))
        assert CaptureProblem.EMPTY == problem_in(TextInvalid("The document is empty.", problem="empty"))
