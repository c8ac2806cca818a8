"""Rules of a stored ledger as a feed of events."""

from __future__ import annotations

from app.database import Database
from events.kinds import SubjectKey, SubjectSort
from projections.builds import known_at
from projections.feed import StoreFeed
from projections.rows import subject_rows
from projections.runner import catch_up, project_inline
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

    def test_events_and_rows_of_as_many(self, database_url: str) -> None:
        """The same of what they are told of, each event once and in order, and of what is registered of them."""
        database = Database(database_url)
        Chronicle(database, project=project_inline)
        catch_up(database)
        many = [SubjectKey(f"nobody-{number}") for number in range(70_000)]

        with database.reading() as connection:
            told = StoreFeed(connection).about(
                [SubjectKey("p2"), *many, SubjectKey("p1")], through=99, in_passing=True
            )
            rows = subject_rows(known_at(connection), [SubjectKey("p2"), *many, SubjectKey("p1")])
        database.close()

        assert [event.about for event in told] == [("p1",), ("p2",)]
        assert rows.keys() == {"p1", "p2"}
