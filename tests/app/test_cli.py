"""Rules of the command line: what it says, where it says it, how it ends, and that bad input stores nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from app import cli
from app.cli import app
from app.database import Database
from app.errors import Exit
from app.ledger import open_service
from events.kinds import SnapshotCaptured
from events.store import FULL_VIEWER, decoded, read_events
from projections.rulebook import RULEBOOKS
from tests import golden
from tests.app.report_case import ARTICLE, HEADER, SUBJECTS, WHOLE, size, write_report
from tests.follow_up import record_follow_up

EXAMPLE = Path(__file__).parents[2] / "examples" / "amnesty-2025-12" / "reports.yaml"


class Custody:
    """The command as a user runs it, in a folder of his own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, template: Path) -> None:
        self.folder = folder
        self.ledger = folder / "data" / "ledger.db"
        self._template = template
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CUSTODY_DATA", str(folder / "data"))

    def migrate(self) -> Custody:
        """A ready database, without the time that a migration takes."""
        self.ledger.parent.mkdir()
        shutil.copyfile(self._template, self.ledger)
        return self

    def run(self, *words: str, code: int = Exit.DONE) -> tuple[str, str]:
        """What it printed to standard output and standard error; how it ended is checked."""
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, (result.exit_code, result.output, result.exception)
        return result.stdout, result.stderr

    def size(self) -> int:
        """How many events there are."""
        database = Database(f"sqlite:///{self.ledger}")
        try:
            return size(database)
        finally:
            database.close()

    def archived(self) -> list[Path]:
        """The objects in the archive."""
        return [path for path in (self.folder / "data" / "snapshots").rglob("*") if path.is_file()]


@pytest.fixture
def custody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Custody:
    """The command with a ready, empty database."""
    return Custody(tmp_path, monkeypatch, sqlite_template).migrate()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Custody:
    """The command without a database."""
    return Custody(tmp_path, monkeypatch, sqlite_template)


class TestRecord:
    """Report files."""

    def test_says_what_was_recorded(self, custody: Custody) -> None:
        """How many events from how many claims, and where."""
        write_report(custody.folder, WHOLE)

        assert custody.run("record", "reports.yaml") == (
            "reports.yaml: recorded 10 events from 2 claims at positions 3–12.\n",
            "",
        )

    def test_again_says_that_nothing_is_new(self, custody: Custody) -> None:
        """And it isn't."""
        write_report(custody.folder, WHOLE)
        custody.run("record", "reports.yaml")

        assert custody.run("record", "reports.yaml") == (
            "reports.yaml: nothing new: all 2 claims of set test/one are on record.\n",
            "",
        )
        assert custody.size() == 12

    def test_a_claim_more(self, custody: Custody) -> None:
        """What was known is told apart."""
        first, _, rest = WHOLE.partition("  - key: C02")
        write_report(custody.folder, first)
        custody.run("record", "reports.yaml")
        write_report(custody.folder, f"{first}  - key: C02{rest}")

        out, _ = custody.run("record", "reports.yaml")

        assert (
            out
            == "reports.yaml: recorded 1 event from 1 claim at positions 12–12; 1 claim of it was on record.\n"
        )

    def test_a_dry_run_stores_nothing(self, custody: Custody) -> None:
        """Neither events, nor the opening of the ledger, nor the document."""
        write_report(custody.folder, WHOLE)

        out, _ = custody.run("record", "--dry-run", "reports.yaml")

        assert out == (
            "reports.yaml: no mistakes; 10 events from 2 claims would be recorded."
            " Nothing was stored: this was a dry run.\n"
        )
        assert (custody.size(), custody.archived()) == (0, [])

    def test_a_dry_run_tells_mistakes(self, custody: Custody) -> None:
        """As recording would."""
        write_report(custody.folder, WHOLE.replace("five years in prison", "six years in prison"))

        _, err = custody.run("record", "--dry-run", "reports.yaml", code=Exit.REFUSED)

        assert err.startswith(
            "reports.yaml:22: claims.C02.cite: The quote ‘sentenced to six years in prison’ does not stand"
        )

    def test_every_mistake_and_nothing_stored(self, custody: Custody) -> None:
        """To standard error, each with file, line and field; then how many."""
        text = WHOLE.replace("about: clerk", "about: clark").replace("P5Y", "five")
        write_report(custody.folder, text)

        out, err = custody.run("record", "reports.yaml", code=Exit.REFUSED)

        assert out == ""
        assert [line.split(": ")[0] + ": " + line.split(": ")[1] for line in err.splitlines()[:-1]] == [
            "reports.yaml:15: claims.C01.about",
            "reports.yaml:21: claims.C02.about",
            "reports.yaml:23: claims.C02.term",
        ]
        assert err.endswith("reports.yaml: 3 mistakes; nothing of it was stored.\n")
        assert (custody.size(), custody.archived()) == (2, [])

    def test_each_file_for_itself(self, custody: Custody) -> None:
        """One with mistakes keeps no other from being recorded, and is not forgotten in the exit code."""
        write_report(custody.folder, WHOLE.replace("cite: sent", "cite: unsent"), name="bad.yaml")
        write_report(custody.folder, WHOLE, name="good.yaml")

        out, err = custody.run("record", "bad.yaml", "good.yaml", code=Exit.REFUSED)

        assert out.startswith("good.yaml: recorded 10 events")
        assert "bad.yaml: 1 mistake; nothing of it was stored." in err

    def test_for_programs(self, custody: Custody) -> None:
        """One object a file: what was recorded under which key, or what is wrong where."""
        write_report(custody.folder, WHOLE)
        bad_text = WHOLE.replace("cite: sent", "cite: unsent").replace("test/one", "test/two")
        write_report(
            custody.folder,
            bad_text.replace("article-one", "two").replace("key: the-", "key: a-"),
            name="bad.yaml",
        )

        good = json.loads(custody.run("record", "--json", "reports.yaml")[0])
        bad = json.loads(custody.run("record", "--json", "bad.yaml", code=Exit.REFUSED)[0])

        assert (good["set"], good["events"], good["claims"], good["new_claims"]) == ("test/one", 10, 2, 2)
        receipts = {receipt["key"]: receipt for receipt in good["receipts"]}
        assert receipts["C01"]["first_position"] == 11
        assert len(receipts["C01"]["event_ids"]) == 1
        (error,) = bad["errors"]
        assert (error["line"], error["field"], error["code"]) == (22, "claims.C02.cite", "QUOTE_NOT_FOUND")

    def test_a_document_given_beside_the_file(self, custody: Custody) -> None:
        """For a file that names it by hash alone."""
        digest = hashlib.sha256(ARTICLE.encode()).hexdigest()
        write_report(custody.folder, WHOLE.replace("document: article.txt", f"bytes_sha256: {digest}"))

        _, err = custody.run("record", "reports.yaml", code=Exit.REFUSED)
        out, _ = custody.run("record", "reports.yaml", "--document", "article.txt")

        assert "give its file, as `--document FILE`" in err
        assert "recorded 10 events" in out

    def test_a_document_goes_with_one_file(self, custody: Custody) -> None:
        """Of two it is not clear whose it is."""
        write_report(custody.folder, WHOLE)

        _, err = custody.run(
            "record", "reports.yaml", "reports.yaml", "--document", "article.txt", code=Exit.USAGE
        )

        assert "--document" in err

    def test_on_either_store(
        self, custody: Custody, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The address says which."""
        monkeypatch.setenv("CUSTODY_DATABASE_URL", database_url)
        write_report(custody.folder, WHOLE)

        assert "recorded 10 events" in custody.run("record", "reports.yaml")[0]
        assert "nothing new" in custody.run("record", "reports.yaml")[0]


CLAIM = "{{key: C01, kind: release_reported, about: clerk, cite: Two clerks, released_by: unstated{more}}}"
COUNT = """\
  - key: C01
    kind: count_reported
    about: clerks
    cite: Two clerks
    count: {{measure: released, unit: person, quantity: {quantity}}}
"""


def _with(more: str) -> str:
    return f"{HEADER}{SUBJECTS}claims:\n  - {CLAIM.format(more=more)}\n"


def _count(quantity: str) -> str:
    return f"{HEADER}{SUBJECTS}claims:\n{COUNT.format(quantity=quantity)}"


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


class TestBadInput:
    """Each a clear sentence, an exit code that is not 0, and nothing stored."""

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            pytest.param(
                _with("").replace("release_reported", "realese_reported"),
                "13: claims.C01.kind: `realese_reported` is not allowed here: did you mean `release_reported`?",
                id="unknown kind",
            ),
            pytest.param(
                _with("").replace(" cite: Two clerks,", ""),
                "13: claims.C01: `cite` is missing: a quote from the source, or its span. Without a citation nothing is recorded",
                id="missing citation",
            ),
            pytest.param(
                _with(", claimed: 2025-13"),
                "13: claims.C01.claimed: 2025-13: there is no month 13",
                id="date 2025-13",
            ),
            pytest.param(
                _with(', claimed: {edtf: "2025-02-30", derivation: inferred}'),
                "13: claims.C01.claimed: 2025-02-30: February 2025 has 28 days",
                id="impossible date of our own",
            ),
            pytest.param(
                _count("{as_written: minus two, comparator: exact, point: -2}"),
                "17: claims.C01.count.quantity: minus two: ",
                id="negative quantity",
            ),
            pytest.param(
                _count("{as_written: between 4 and 2, comparator: between, point: 4, up_to: 2}"),
                "17: claims.C01.count.quantity: between 4 and 2: ",
                id="inverted quantity",
            ),
            pytest.param(
                WHOLE.replace("{as_written: five years, duration: P5Y}", "five"),
                "23: claims.C02.term: expected a term with its unit, as {as_written: five years, duration: P5Y}, found `five`:"
                " a number or word alone does not say of what",
                id="term without a unit",
            ),
            pytest.param(
                _with(f", readings: [{'x' * 70_000}]"),
                "13: claims.C01.readings.0: expected at most 65,535 bytes of UTF-8, found 70,000 bytes",
                id="70 KB value",
            ),
            pytest.param(
                _with(f", readings: [{'y' * 65_533}]"),
                "13: claims.C01.readings: 65,537 bytes; a value may have at most 65,535",
                id="a value that is too large as stored",
            ),
            pytest.param(
                _with(f", cite: {'x' * 70_000}").replace(" cite: Two clerks,", ""),
                "13: claims.C01.cite",
                id="70 KB quote",
            ),
            pytest.param(
                _with("").replace("Two clerks", "Two\0clerks"),
                "13: expected text, found U+0000 (NUL): remove it",
                id="NUL byte",
            ),
            pytest.param(
                _with(', readings: ["a\\0b"]'),
                "13: claims.C01.readings.0: expected plain text, found U+0000 (NUL) at character 2: remove it",
                id="NUL as an escape",
            ),
            pytest.param(
                _with("").replace("Two clerks", '"Two\\0clerks"'),
                "13: claims.C01.cite: expected plain text, found U+0000 (NUL) at character 4: remove it",
                id="NUL in a quote",
            ),
            pytest.param(
                _with(', readings: ["a\\ud800b"]'),
                "13: expected text, found the escape of half a surrogate pair: write the character itself",
                id="unpaired surrogate",
            ),
            pytest.param(
                _with("").replace("Two clerks", "Two \ud800clerks"),
                "13: expected UTF-8, found the byte 0xed: save the file as UTF-8",
                id="unpaired surrogate in the bytes",
            ),
            pytest.param(
                f"{WHOLE}set: test/two\n",
                "24: `set` stands twice in one mapping (first on line 1)",
                id="duplicate key",
            ),
            pytest.param(
                BOMB, "1: expected a value, found the anchor `&a`: a report file has none", id="alias bomb"
            ),
            pytest.param(
                "[" * 5000, "1: expected at most 24 levels of nesting, found more", id="nesting bomb"
            ),
            pytest.param("", "1: expected a report file, found nothing in it", id="empty file"),
        ],
    )
    def test_in_a_report_file(self, custody: Custody, text: str, sentence: str) -> None:
        """Told with file and line."""
        write_report(custody.folder, text)

        out, err = custody.run("record", "reports.yaml", code=Exit.REFUSED)

        assert out == ""
        assert err.startswith(f"reports.yaml:{sentence}")
        assert err.endswith("reports.yaml: 1 mistake; nothing of it was stored.\n")
        assert len(err) < 1500
        assert (custody.size(), custody.archived()) == (2, [])

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                r'"readings": ["a\ud800b"]',
                "claims.C01.readings.0: expected plain text, found U+D800 (an unpaired surrogate)",
            ),
            (
                r'"readings": ["a\u0000b"]',
                "claims.C01.readings.0: expected plain text, found U+0000 (NUL) at character 2",
            ),
            ('"key": "C02"', "`key` stands twice in one object"),
            ('"readings": [NaN', "expected JSON, found a fault at column "),
        ],
    )
    def test_in_json_lines(self, custody: Custody, text: str, sentence: str) -> None:
        """The same, with the number of the line."""
        header = json.dumps({"set": "a", "source": {"key": "s", "title": "t", "document": "article.txt"}})
        subject = json.dumps({"subject": {"name_here": "clerk", "sort": "person"}})
        claim = json.dumps({"key": "C01", "kind": "death_reported", "about": "clerk", "cite": "Two clerks"})
        write_report(
            custody.folder, f'{header}\n{subject}\n{{"claim": {claim[:-1]}, {text}}}}}\n', name="r.jsonl"
        )

        _, err = custody.run("record", "r.jsonl", code=Exit.REFUSED)

        assert err.startswith(f"r.jsonl:3: {sentence}")
        assert custody.size() == 2

    @pytest.mark.parametrize("command", ["record", "snapshot"])
    def test_a_file_of_200_mb_is_refused_unread(self, custody: Custody, command: str) -> None:
        """By its size alone."""
        with (custody.folder / "large.yaml").open("wb") as file:
            file.truncate(200_000_000)

        words = ("large.yaml", "--title", "x") if command == "snapshot" else ("large.yaml",)
        _, err = custody.run(command, *words, code=Exit.REFUSED)

        assert re.search(
            r"expected a (report file|document) of at most [\d,]+ bytes, found 200,000,000 bytes", err
        )

    def test_a_document_of_200_mb_is_refused_unread(self, custody: Custody) -> None:
        """Named by a report file, too."""
        write_report(custody.folder, WHOLE)
        with (custody.folder / "article.txt").open("wb") as file:
            file.truncate(200_000_000)

        _, err = custody.run("record", "reports.yaml", code=Exit.REFUSED)

        assert err.startswith(
            "reports.yaml:5: source.document: expected a document `article.txt` of at most "
        )

    def test_what_a_file_says_moves_no_cursor(self, custody: Custody) -> None:
        """An escape sequence in a value is shown, not obeyed; nor is it read as markup."""
        write_report(custody.folder, WHOLE.replace("about: clerk", 'about: "\\e[2J[red]x[/red]"', 1))

        _, err = custody.run("record", "reports.yaml", code=Exit.REFUSED)

        assert "\x1b" not in err
        assert "[red]" in err


class TestSnapshot:
    """Documents without claims."""

    def test_archives_and_says_how_to_cite_it(self, custody: Custody) -> None:
        """Key, id and hashes."""
        write_report(custody.folder, WHOLE)
        digest = hashlib.sha256(ARTICLE.encode()).hexdigest()

        out, err = custody.run(
            *("snapshot", "article.txt", "--url", "https://example.org/a", "--title", "Clerks released"),
            *(
                "--publisher",
                "A paper",
                "--language",
                "en",
                "--available",
                "2025-12-22",
                "--key",
                "article-one",
            ),
        )

        assert out.startswith("Archived:\n  source       article-one\n  snapshot     ")
        assert f"bytes_sha256 {digest}\n" in out
        assert err == f"In a report file: source: {{record: article-one, bytes_sha256: {digest}}}\n"
        assert len(custody.archived()) == 2

    def test_the_same_again_is_the_same_snapshot(self, custody: Custody) -> None:
        """Nothing is recorded twice, whatever names it."""
        write_report(custody.folder, WHOLE)
        words = (
            "snapshot",
            "article.txt",
            "--url",
            "https://example.org/a",
            "--title",
            "T",
            "--publisher",
            "A paper",
            "--json",
        )

        first, again = (json.loads(custody.run(*words)[0]) for _ in range(2))

        assert (first["known"], again["known"]) == (False, True)
        assert first["snapshot"] == again["snapshot"]
        assert custody.size() == 2 + 4

    def test_other_bytes_are_another_snapshot_of_the_source(self, custody: Custody) -> None:
        """The page has changed: the source is the same."""
        write_report(custody.folder, WHOLE)
        words = ("snapshot", "article.txt", "--url", "https://example.org/a", "--title", "T", "--json")
        first = json.loads(custody.run(*words)[0])
        (custody.folder / "article.txt").write_text("Other words.", encoding="utf-8")

        second = json.loads(custody.run(*words)[0])

        assert first["source"] == second["source"]
        assert first["snapshot"] != second["snapshot"]

    def test_a_report_file_cites_it(self, custody: Custody) -> None:
        """By record, without the document."""
        write_report(custody.folder, WHOLE)
        custody.run("snapshot", "article.txt", "--title", "Clerks released", "--key", "article-one")
        write_report(custody.folder, WHOLE.replace(HEADER, "set: test/one\nsource: {record: article-one}\n"))

        assert "recorded 7 events from 2 claims" in custody.run("record", "reports.yaml")[0]

    def test_html_gives_its_text(self, custody: Custody) -> None:
        """And the event says which extractor took it."""
        (custody.folder / "page.html").write_text("<title>x</title><p>Two clerks</p>", encoding="utf-8")

        found = json.loads(custody.run("snapshot", "page.html", "--title", "x", "--json")[0])

        assert found["extractor"] == "html/1"
        database = Database(f"sqlite:///{custody.ledger}")
        with database.reading() as connection:
            contents = [decoded(event).content for event in read_events(connection, viewer=FULL_VIEWER)]
        database.close()
        (captured,) = [content for content in contents if isinstance(content, SnapshotCaptured)]
        assert (captured.media_type, captured.text_sha256) == (
            "text/html",
            hashlib.sha256(b"Two clerks").hexdigest(),
        )

    def test_a_missing_title_is_asked_for_with_a_guess(self, custody: Custody) -> None:
        """A guess is offered, never taken."""
        (custody.folder / "page.html").write_text(
            "<html><head><title>Clerks released</title></head><body><p>Two clerks were released.</p></body></html>",
            encoding="utf-8",
        )

        _, err = custody.run("snapshot", "page.html", code=Exit.USAGE)

        assert "'Clerks released'" in err
        assert custody.size() == 2

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("--key", "a b"),
            ("--key", "\udcff"),
            ("--publisher", "\udcff"),
            ("--title", "a\0b"),
            ("--title", " "),
        ],
    )
    def test_names_are_text(self, custody: Custody, option: str, value: str) -> None:
        """Nothing else is looked up, or stored."""
        write_report(custody.folder, WHOLE)

        _, err = custody.run("snapshot", "article.txt", "--title", "x", option, value, code=Exit.REFUSED)

        assert err.endswith("Nothing was stored.\n")
        assert custody.size() == 2

    def test_bad_metadata_is_refused(self, custody: Custody) -> None:
        """Each field by its name."""
        write_report(custody.folder, WHOLE)

        _, err = custody.run(
            *(
                "snapshot",
                "article.txt",
                "--title",
                "x",
                "--url",
                "ftp://x",
                "--available",
                "2025-13",
                "--language",
                "English",
            ),
            code=Exit.REFUSED,
        )

        assert "source.url: expected an address with https:// or http://, found `ftp://x`" in err
        assert "source.available: 2025-13: there is no month 13" in err
        assert "source.language: " in err
        assert (custody.size(), custody.archived()) == (2, [])


class TestNotReady:
    """What to do first."""

    @pytest.mark.parametrize(
        "words",
        [
            ("record", "reports.yaml"),
            ("record", "--dry-run", "reports.yaml"),
            ("state", "x"),
            ("history", "x"),
            ("query", "01"),
            ("rebuild",),
            ("rebuild", "--back"),
            ("replay",),
            ("adopt-rules", "rules-v1"),
        ],
    )
    def test_without_a_database(self, bare: Custody, words: tuple[str, ...]) -> None:
        """Migrate; and no empty file is left behind."""
        write_report(bare.folder, WHOLE)

        _, err = bare.run(*words, code=Exit.NOT_READY)

        assert err == (
            f"There is no ledger at {bare.ledger} yet. Run `custody migrate` first; if yours is elsewhere, set CUSTODY_DATA to its"
            " folder.\n"
        )
        assert not bare.ledger.exists()

    @pytest.mark.parametrize(
        "words",
        [
            ("state", "x"),
            ("history", "x"),
            ("query", "01"),
            ("rebuild",),
            ("replay",),
            ("adopt-rules", "rules-v1"),
        ],
    )
    def test_an_empty_ledger(self, custody: Custody, words: tuple[str, ...]) -> None:
        """Record something."""
        _, err = custody.run(*words, code=Exit.NOT_READY)

        assert err == (
            "Nothing is on record yet. Record something first: custody record examples/amnesty-2025-12/reports.yaml\n"
        )

    def test_a_setting_that_cannot_be_used(self, custody: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
        """By its name."""
        monkeypatch.setenv("CUSTODY_PORT", "http")

        _, err = custody.run("state", "x", code=Exit.NOT_READY)

        assert err.startswith("CUSTODY_PORT: ")

    def test_a_database_that_does_not_answer(self, custody: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without its password."""
        monkeypatch.setenv("CUSTODY_DATABASE_URL", "postgresql://me:secret@127.0.0.1:9/ledger")

        _, err = custody.run("state", "x", code=Exit.NOT_READY)

        assert err.startswith("The database postgresql")
        assert "secret" not in err

    def test_a_folder_that_cannot_be_made(self, custody: Custody, monkeypatch: pytest.MonkeyPatch) -> None:
        """The system's reason, and no traceback."""
        monkeypatch.setenv("CUSTODY_DATA", str(custody.ledger / "below"))

        _, err = custody.run("migrate", code=Exit.NOT_READY)

        assert "cannot be used: Not a directory." in err


class TestMigrate:
    """A ready database."""

    def test_makes_one_and_may_be_run_again(self, bare: Custody) -> None:
        """It says where."""
        for _ in range(2):
            assert bare.run("migrate") == ("", f"The database sqlite:///{bare.ledger} is ready.\n")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with the example on record, to be copied."""
    folder = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        Custody(folder, patch, sqlite_template).migrate().run("record", str(EXAMPLE))
    return folder / "data"


@pytest.fixture
def recorded(bare: Custody, example: Path) -> Custody:
    """The command with the example on record."""
    shutil.copytree(example, bare.folder / "data")
    return bare


class TestState:
    """Where somebody stands."""

    def test_the_main_question_is_answered_with_its_sentences(self, recorded: Custody) -> None:
        """Released, under this act, and here is the sentence that says so, credited to whom."""
        out, _ = recorded.run("state", "Isgandarov")

        assert out.splitlines()[:4] == [
            "Shahin Isgandarov",
            "",
            "Custody: released under Amnesty act of December 2025; at liberty, "
            "on some day from 15 December 2025 to 22 December 2025",
            "  single, 1 voice; rules-v1/R4",
        ]
        assert "Sentence: 3 years of imprisonment, reduced from 5 years by a court" in out
        assert "  “Later the Supreme Court cut this to three years, from five.”" in out
        assert "      — OC Media, perhaps after APA, in [1]" in out
        assert (
            "\n[1] The amnesty of December 2025, a news article restated in our own words (from OC Media’s"
            in out
        )

    def test_what_is_only_alleged_is_told_as_such(self, custody: Custody) -> None:
        """It moves the state as a report does, so the reader must see it."""
        text = WHOLE.replace("clerk: {sort: person}", "clerk: {sort: person, name: Jo}")
        path = write_report(
            custody.folder,
            text.replace("released_by: amnesty", "released_by: amnesty\n    modality: alleged"),
        )
        custody.run("record", str(path))

        out, _ = custody.run("state", "Jo")

        assert "      — nobody identified, alleged, in [1]\n" in out

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("Sadigva", "Gultakin Sadigova"),
            ("Гюльтекин Садыгва", "Gultakin Sadigova"),
            ("Isgandrov", "Shahin Isgandarov"),
        ],
    )
    def test_a_misspelt_surname_suggests(self, recorded: Custody, typed: str, meant: str) -> None:
        """One word, misspelt, in any script, is enough to be offered the name that was meant."""
        _, err = recorded.run("state", typed, code=Exit.REFUSED)

        assert err == f"Nobody on record is called {typed}. Did you mean {meant}?\n"

    @pytest.mark.parametrize("typed", ["nobody", "imprisoned", "—"])
    def test_what_is_like_nobody_suggests_nobody(self, recorded: Custody, typed: str) -> None:
        """Nor is a group offered where a person is asked for."""
        _, err = recorded.run("state", typed, code=Exit.REFUSED)

        assert "Did you mean" not in err

    def test_by_key_and_for_programs(self, recorded: Custody) -> None:
        """The same, as JSON."""
        by_name = recorded.run("state", "--json", "Isgandarov")[0]
        by_key = recorded.run("state", "--json", "prisoner-a1")[0]

        assert by_name == by_key
        assert json.loads(by_key)["custody"]["status"] == "LIBERTY"

    @pytest.mark.parametrize("command", ["state", "history"])
    def test_a_misspelt_name_suggests(self, recorded: Custody, command: str) -> None:
        """The nearest on record."""
        _, err = recorded.run(command, "Isgandarof", code=Exit.REFUSED)

        assert err == "Nobody on record is called Isgandarof. Did you mean Shahin Isgandarov?\n"

    def test_a_name_like_none(self, recorded: Custody) -> None:
        """Says so, and guesses nothing."""
        _, err = recorded.run("state", "Zzzzz", code=Exit.REFUSED)

        assert err == "Nobody on record is called Zzzzz. Names are searched in every spelling on record.\n"

    def test_findings_that_lag_behind_are_no_nobody(self, custody: Custody) -> None:
        """Whoever is on record, and not worked in yet, is told of as that; and an answer says how far its findings go."""
        database = Database(f"sqlite:///{custody.ledger}")
        golden.record_example(database, custody.folder / "data" / "snapshots")
        _, unknown = custody.run("state", "Isgandarov", code=Exit.REFUSED)
        custody.run("rebuild")
        record_follow_up(database, custody.folder / "data" / "snapshots", file_count=1)
        database.close()

        assert unknown == (
            "Nobody is called Isgandarov in the entries up to position 0: names and findings have come so far, and entries to 70. Ask"
            " again in a moment; if it stays so, see docs/operations.md.\n"
        )
        assert "At position 77, on " in (known := custody.run("state", "Isgandarov")[0])
        assert known.endswith(", by rules-v1. Findings have come to position 70 so far.\n")

    @pytest.mark.parametrize("command", ["state", "history"])
    @pytest.mark.parametrize("name", ["\udcff", "a\0b", " "])
    def test_a_name_is_text(self, recorded: Custody, command: str, name: str) -> None:
        """A terminal can pass on bytes that are none."""
        _, err = recorded.run(command, name, code=Exit.REFUSED)

        assert err.startswith("The name: expected ")

    def test_one_of_several_has_to_be_chosen(self, recorded: Custody) -> None:
        """By key: a name is not an identity."""
        write_report(
            recorded.folder,
            WHOLE.replace(
                "clerk: {sort: person}", "clerk: {sort: person, key: clerk-1, name: Shahin Isgandarov}"
            ),
        )
        recorded.run("record", "reports.yaml")

        _, err = recorded.run("state", "Isgandarov", code=Exit.REFUSED)

        assert err.startswith("2 prisoners are on record by the name Isgandarov; say which, by key:\n")
        assert "  clerk-1  Shahin Isgandarov" in err
        assert "  prisoner-a1  Shahin Isgandarov" in err


class TestHistory:
    """Everything on record about somebody."""

    def test_in_the_order_in_which_the_ledger_learned_it(self, recorded: Custody) -> None:
        """With position, kind, date and quote."""
        out, _ = recorded.run("history", "Isgandarov")

        positions = [int(line.split()[0]) for line in out.splitlines() if re.match(r" +\d+  ", line)]
        assert positions == sorted(positions)
        assert "    41  detention reported, 2023\n" in out
        assert "        “prison for five years was the sentence”\n" in out

    def test_what_was_taken_back_is_told_as_such(self, custody: Custody) -> None:
        """At the entry itself: a decision further down does not say which one it means."""
        text = WHOLE.replace("clerk: {sort: person}", "clerk: {sort: person, name: Jo}")
        retracted = "decisions:\n  - {key: D1, retract: C01, ground: ours, reason: Misread.}\n"
        custody.run("record", str(write_report(custody.folder, text + retracted)))

        out, _ = custody.run("history", "Jo")

        assert re.search(r"  release reported, later retracted$", out, re.MULTILINE)

    def test_for_programs(self, recorded: Custody) -> None:
        """All entries."""
        found = json.loads(recorded.run("history", "--json", "prisoner-a1")[0])

        assert [entry["kind"] for entry in found["history"]][:2] == ["SUBJECT_OPENED", "RELEASE_REPORTED"]


class TestClocks:
    """What was on record then, what was so on that day, and what could be read by then."""

    def test_what_was_on_record_then(self, recorded: Custody) -> None:
        """Before the release was recorded he was on record by name, and nothing of him was told; the answer says which moment it is of."""
        before, _ = recorded.run("state", "prisoner-a1", "--known-at", "38")
        after, _ = recorded.run("state", "prisoner-a1", "--known-at", "39")

        assert "Custody: unknown: no report settles it\n" in before
        assert "Custody: released under Amnesty act of December 2025; at liberty" in after
        assert re.search(
            r"^As known at position 38 \(recorded [0-9-]{10} [0-9:]{8} UTC\), on [0-9-]{10} \(UTC\), by rules-v1\.$",
            before,
            re.MULTILINE,
        )

    def test_what_was_so_on_that_day(self, recorded: Custody) -> None:
        """As far as is known now."""
        out, _ = recorded.run("state", "Sadigova", "--valid-on", "2024-06-01")

        assert "Custody: in prison, since October 2021\n" in out
        assert ", on 2024-06-01 (UTC), by rules-v1." in out

    def test_where_more_than_one_state_may_hold_each_is_told(self, recorded: Custody) -> None:
        """Detained in 2023, sentenced on a day that nobody dates, released by the 22nd: on the first of December in remand or in prison, on
        the 18th perhaps free as well."""
        held, _ = recorded.run("state", "Isgandarov", "--valid-on", "2025-12-01")
        leaving, _ = recorded.run("state", "Isgandarov", "--valid-on", "2025-12-18")
        today, _ = recorded.run("state", "Isgandarov")

        assert "Custody: in remand custody, since 2023, possibly\n" in held
        assert "  or: in prison, on some day from 1 January 2023 to 22 December 2025, possibly\n" in held
        assert "at liberty" not in held
        assert "  or: released under Amnesty act of December 2025; at liberty, on some day" in leaving
        assert "  or: " not in today

    def test_what_could_be_read_by_then(self, recorded: Custody) -> None:
        """The article appeared on the 22nd, whenever it was recorded; the day is read to its end in the ledger's zone, and said to be."""
        before, _ = recorded.run("state", "Isgandarov", "--available-by", "2025-12-21")
        after, _ = recorded.run("state", "Isgandarov", "--available-by", "2025-12-22")

        assert "Custody: unknown: no report settles it\n" in before
        assert ", from what could be read by the end of 2025-12-21, UTC, on " in before
        assert "Custody: released under Amnesty act of December 2025; at liberty" in after

    def test_a_day_is_read_to_its_end_and_before_the_first_entry_nobody_is_known(
        self, recorded: Custody
    ) -> None:
        """That the name is of nobody then is told as such, with the moment."""
        _, err = recorded.run("state", "Isgandarov", "--known-at", "2020-02-29", code=Exit.REFUSED)

        assert err == (
            "Nobody on record at position 0 (the end of 2020-02-29, UTC) is called Isgandarov. "
            "Names are searched in every spelling on record.\n"
        )

    def test_history_up_to_a_moment(self, recorded: Custody) -> None:
        """Nothing that was recorded later; for programs the basis says the same."""
        out, _ = recorded.run("history", "prisoner-a1", "--known-at", "40")
        found = json.loads(recorded.run("history", "--json", "prisoner-a1", "--known-at", "40")[0])

        positions = [int(line.split()[0]) for line in out.splitlines() if re.match(r" +\d+  ", line)]
        assert positions == [entry["position"] for entry in found["history"]] == [10, 39, 40]
        assert "As known at position 40 (recorded " in out
        assert found["basis"]["position"] == 40

    def test_a_question_of_the_book_about_another_moment(self, recorded: Custody) -> None:
        """Wherever the question itself names none."""
        found = json.loads(recorded.run("query", "02", "--known-at", "40", "--valid-on", "2024-06-01")[0])

        assert [entry["position"] for entry in found["prisoner"]["history"]["nodes"]] == [10, 39, 40]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (
                ("--known-at", "-1"),
                "There is no position -1: expected one from 0, the empty ledger, to ",
            ),
            (
                ("--known-at", "99999"),
                "There is no position 99999: expected one from 0, the empty ledger, to ",
            ),
            (("--known-at", "2999-12-31"), "2999-12-31 lies in the future: today is "),
            (
                ("--known-at", "2999-12-31T12:00Z"),
                "2999-12-31T12:00Z lies in the future: the ledger's clock says ",
            ),
            (
                ("--known-at", "2025-12-23T12:00"),
                "2025-12-23T12:00 names no zone: write 2025-12-23T12:00Z for UTC, or an offset such as +04:00.\n",
            ),
            (("--known-at", "yesterday"), "yesterday is no moment: expected a position such as 120"),
            (("--valid-on", "2025-02-30"), "2025-02-30 is no day: expected one such as 2025-12-23.\n"),
            (
                ("--available-by", "120"),
                "120 is no moment: expected a day such as 2025-12-23, or an instant such as 2025-12-23T12:00:00Z.\n",
            ),
            (("--known-at", "0001-01-01T00:00+14:00"), "0001-01-01T00:00+14:00 is no moment: expected "),
        ],
    )
    def test_what_is_no_moment_is_refused(
        self, recorded: Custody, options: tuple[str, str], message: str
    ) -> None:
        """In a sentence, with exit code 1."""
        _, err = recorded.run("state", "prisoner-a1", *options, code=Exit.REFUSED)

        assert err.startswith(message)

    def test_a_server_is_asked_by_the_question_alone(self, recorded: Custody) -> None:
        """It would not be told of the options."""
        _, err = recorded.run(
            "query", "01", "--url", "http://127.0.0.1:9", "--known-at", "3", code=Exit.USAGE
        )

        assert "does not go with --known-at or --valid-on" in err


class TestQuery:
    """The query book, straight on the database."""

    @pytest.mark.parametrize("name", ["01", "02", "03", "04", "06", "07"])
    def test_each_is_answered(self, recorded: Custody, name: str) -> None:
        """As JSON, with the variables beside it."""
        out, err = recorded.run("query", name)

        assert json.loads(out)
        assert err == ""

    def test_with_variables_of_ones_own(self, recorded: Custody) -> None:
        """Another name, another answer."""
        out, _ = recorded.run("query", "01", "--variables", '{"name": "Sadigova"}')

        assert json.loads(out)["prisoners"]["nodes"][0]["name"] == "Gultakin Sadigova"

    @pytest.mark.parametrize("variables", ['{"name": "\\ud800"}', '{"name": "\udcff"}'])
    def test_variables_are_text(self, recorded: Custody, variables: str) -> None:
        """Half a surrogate pair is none."""
        _, err = recorded.run("query", "01", "--variables", variables, code=Exit.REFUSED)

        assert err == "Variables are text; there is half a surrogate pair in them, which is none.\n"

    def test_a_missing_variable_is_told(self, recorded: Custody) -> None:
        """In one line, and no answer is printed."""
        out, err = recorded.run("query", "01", "--variables", "{}", code=Exit.REFUSED)

        assert out == ""
        assert err.startswith("Variable '$name' has invalid value: ")
        assert err.count("\n") == 1

    def test_a_broken_question_is_refused(self, recorded: Custody) -> None:
        """With what GraphQL says of it."""
        (recorded.folder / "mine.graphql").write_text("{ prisonres { nodes { id } } }", encoding="utf-8")

        _, err = recorded.run("query", "mine.graphql", code=Exit.REFUSED)

        assert "prisonres" in err


class TestRebuild:
    """Projections built anew; `test_rebuilding.py` has the rest."""

    def test_gives_the_same_rows(self, recorded: Custody) -> None:
        """And says so, with their digest."""
        _, first = recorded.run("rebuild")
        _, again = recorded.run("rebuild")

        assert re.fullmatch(
            r"Rebuilt, and compared at position 70: the same \d+ rows as before, the past included \(SHA-256 [0-9a-f]{64}\)\.\n",
            first,
        )
        assert first == again


class TestAdoptRules:
    """Other rules for what is found from here on."""

    def test_those_in_force_are_refused(self, recorded: Custody) -> None:
        """And nothing is stored."""
        out, err = recorded.run("adopt-rules", "rules-v1", code=Exit.REFUSED)

        assert (out, err) == (
            "",
            "rules-v1 is in force already, since position 2. There is nothing to adopt.\n",
        )
        assert recorded.size() == 70

    def test_unknown_ones_are_refused(self, recorded: Custody) -> None:
        """With those that there are; and nothing is stored."""
        out, err = recorded.run("adopt-rules", "rules-v9\x1b[2J", code=Exit.REFUSED)

        assert (out, err) == (
            "",
            r"This version of Custody Ledger does not know rules-v9\x1b[2J; it knows rules-v1. Correct the name, or install a"
            " version that has them.\n",
        )
        assert recorded.size() == 70

    def test_says_what_is_in_force_from_where_on(
        self, recorded: Custody, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In place of what; and a program that does not know those rules refuses to go on without them."""
        second = msgspec.structs.replace(RULEBOOKS["rules-v1"], version="rules-v2")
        books = {**RULEBOOKS, second.version: second}
        monkeypatch.setattr(cli, "open_service", partial(open_service, rulebooks=books))

        assert recorded.run("adopt-rules", "rules-v2") == (
            "",
            "rules-v2 is in force from position 71 on, in place of rules-v1.\n",
        )
        monkeypatch.undo()
        monkeypatch.setenv("CUSTODY_DATA", str(recorded.folder / "data"))
        for words in (("state", "Sadigova"), ("record", str(EXAMPLE)), ("adopt-rules", "rules-v1")):
            assert recorded.run(*words, code=Exit.NOT_READY) == (
                "",
                "This ledger adopted rules-v2, which this version of Custody Ledger does not know; it knows rules-v1. Install a newer"
                " one.\n",
            )


def test_schema_prints_the_published_one(custody: Custody) -> None:
    """schema.graphql at the root."""
    out, _ = custody.run("schema")

    assert "type Query" in out


def test_serve_answers_until_it_is_stopped(recorded: Custody) -> None:
    """A server in a process of its own is asked by `custody query --url`, and ends on an interrupt."""
    root = Path(__file__).parents[2]
    server = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={"CUSTODY_DATA": str(recorded.folder / "data"), "PATH": "", "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert server.stdout is not None
        address = next(
            found.group() for line in server.stdout if (found := re.search(r"http://[\d.]+:\d+", line))
        )

        out, _ = recorded.run("query", "01", "--url", address)

        assert json.loads(out)["prisoners"]["nodes"][0]["name"] == "Shahin Isgandarov"
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) in (0, 130, -signal.SIGINT)
    finally:
        server.kill()
        server.communicate()


class TestUsage:
    """What is not understood."""

    def test_an_unknown_command_suggests(self, custody: Custody) -> None:
        """And ends as usage."""
        _, err = custody.run("recrod", code=Exit.USAGE)

        assert "recrod" in err

    def test_help_tells_the_exit_codes_and_every_command(self, custody: Custody) -> None:
        """Documented where people look."""
        out, _ = custody.run("--help")

        for (
            name
        ) in "serve migrate snapshot record state history rebuild replay adopt-rules query schema".split():
            assert name in out
        assert "Exit codes: 0 done" in out

    def test_an_unknown_question_tells_what_there_is(self, custody: Custody) -> None:
        """Before any database is asked."""
        _, err = custody.run("query", "99", code=Exit.REFUSED)

        assert err.startswith(
            "There is no question 99 in the query book. It has: 01-status-with-its-sentence"
        )


def test_as_a_command_of_its_own(tmp_path: Path) -> None:
    """`custody` in a process of its own ends with the code, and prints no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "record", "no.yaml"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={"CUSTODY_DATA": str(tmp_path), "PATH": ""},
        check=False,
    )

    assert done.returncode == Exit.NOT_READY
    assert done.stderr.startswith("There is no ledger at ")
