"""Rules of recording the examples: as a user does it, on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app.database import Database
from app.requests import RequestRefused
from events.kinds import Report
from events.store import FULL_VIEWER, decoded, read_events
from tests import follow_up, golden
from tests.rules.test_examples import SHARED, needs_article, table_of_claims

ARTICLE_FILE: Final = golden.ROOT / "examples" / "oc-media-2025-12" / "reports.yaml"
ARTICLE: Final = SHARED / "seed-article.txt"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    opened = Database(database_url)
    yield opened
    opened.close()


class TestRestated:
    def test_the_whole_example_is_recorded(self, database: Database, tmp_path: Path) -> None:
        """Thirty-three rows have a report of their own, some several; the fourteenth is a label."""
        outcome = golden.record_example(database, tmp_path)

        assert (outcome.claim_count, outcome.new_claim_count, outcome.event_count) == (33, 33, 68)

    def test_recorded_again_it_records_nothing(self, database: Database, tmp_path: Path) -> None:
        """The same file, whenever: its set and keys are known."""
        golden.record_example(database, tmp_path)
        before = golden.pins_of(database)

        outcome = golden.record_example(database, tmp_path, seed=2)

        assert (outcome.new_claim_count, outcome.event_count) == (0, 0)
        assert golden.pins_of(database) == before


class TestFollowUp:
    def test_it_is_recorded_after_the_first_example(self, database: Database, tmp_path: Path) -> None:
        """Ten files, each its own source; not one claim or decision of them is known before."""
        golden.record_example(database, tmp_path)

        outcomes = follow_up.record_follow_up(database, tmp_path)

        assert [outcome.claim_count for outcome in outcomes] == [1, 2, 2, 2, 1, 1, 2, 1, 2, 1]
        assert all(outcome.new_claim_count == outcome.claim_count for outcome in outcomes)

    def test_recorded_again_it_records_nothing(self, database: Database, tmp_path: Path) -> None:
        """Nor does the first example, once the follow-up stands after it."""
        golden.record_example(database, tmp_path)
        follow_up.record_follow_up(database, tmp_path)
        before = golden.pins_of(database)

        outcomes = [golden.record_example(database, tmp_path, seed=2)]
        outcomes += follow_up.record_follow_up(database, tmp_path)

        assert [outcome.event_count for outcome in outcomes] == [0] * 11
        assert golden.pins_of(database) == before

    def test_the_first_example_is_what_it_was(self, database: Database, tmp_path: Path) -> None:
        """Its events stand where they stood, to the byte."""
        golden.record_example(database, tmp_path)
        alone = golden.pins_of(database).events

        follow_up.record_follow_up(database, tmp_path)

        assert golden.pins_of(database).events[: len(alone)] == alone

    def test_without_it_nothing_is_recorded(self, database: Database, tmp_path: Path) -> None:
        """The act is not on record: the file says which example comes first by naming its record."""
        with pytest.raises(RequestRefused, match="amnesty-2025-12"):
            follow_up.record_follow_up(database, tmp_path)

        assert golden.pins_of(database).root.size == 2


@needs_article
class TestArticle:
    def test_served_quotes_are_the_articles(self, database: Database, tmp_path: Path) -> None:
        """What is stored of each claim is what the table says stands at its span."""
        outcome = golden.record_example(database, tmp_path, file=ARTICLE_FILE, document=ARTICLE)

        with database.reading() as connection:
            events = [decoded(stored) for stored in read_events(connection, viewer=FULL_VIEWER)]
        first_quotes = {
            event.event_id: event.content.citations[0]
            for event in events
            if isinstance(event.content, Report)
        }
        table = table_of_claims()
        for key, receipt in outcome.receipts.items():
            for event_id in receipt.event_ids:
                if event_id in first_quotes:
                    cited = first_quotes[event_id]
                    assert (cited.start, cited.end, cited.exact) == table[key]
        assert {key for key in outcome.receipts if key in table} == set(table) - {"C14"}

    def test_both_examples_stand_in_one_ledger(self, database: Database, tmp_path: Path) -> None:
        """Equal names reuse no record: the second file opens its own."""
        golden.record_example(database, tmp_path)

        outcome = golden.record_example(database, tmp_path, file=ARTICLE_FILE, document=ARTICLE, seed=2)

        assert (outcome.new_claim_count, outcome.event_count) == (33, 65)

    def test_another_document_is_refused(self, database: Database, tmp_path: Path) -> None:
        """Spans mean something in these bytes alone."""
        other = tmp_path / "other.txt"
        other.write_bytes(ARTICLE.read_bytes() + b"\n")

        with pytest.raises(
            RequestRefused, match="20a2fbc398002862d024384da91f743883342c9753c8275cdce687467e2f41e5"
        ):
            golden.record_example(database, tmp_path, file=ARTICLE_FILE, document=other)

        assert golden.pins_of(database).root.size == 2
