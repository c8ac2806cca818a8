"""Rules of a stored ledger as a feed of events."""

from __future__ import annotations

from app.database import Database
from events.kinds import SubjectKey, SubjectSort
from projections.feed import StoreFeed
from tests.projections.chronicle import Chronicle


class TestSorts:
    def test_of_more_subjects_than_a_statement_takes_parameters(self, database_url: str) -> None:
        """Everybody who rests on a source that falls is asked for at once, and PostgreSQL takes 65,535."""
        database = Database(database_url)
        Chronicle(database, project=None)
        many = [SubjectKey(f"nobody-{number}") for number in range(70_000)]

        with database.reading() as connection:
            found = StoreFeed(connection).sorts([*many, SubjectKey("p1")])
        database.close()

        assert found == {SubjectKey("p1"): SubjectSort.PERSON}
