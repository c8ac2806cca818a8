"""What could be read by a day, over random ledgers: the fold of the record without the reports of sources that nobody could read for
certain by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from events.dates import bounds_of_claim
from events.decoder import Event
from events.kinds import Position, SubjectKey
from projections.computed import readable
from projections.evidence import available_of
from projections.runner import catch_up
from projections.tables import VERSIONED
from tests.projections.annals import RULES, Annals, Record, records
from tests.projections.chronicle import another
from tests.projections.test_history import rows_of
from tests.projections.whole import Row, Whole, public_events, upto

ASKED = ("p1", "p2", "act-1", "g1", "source-1", "case-1", "list-1")
DAYS = st.sampled_from(["2021-10-05", "2023-12-31", "2025-12-15", "2025-12-23", "2026-01-01", "2031-05-31"])


class TestReadable:
    @settings(max_examples=12)
    @given(record=records(), day=DAYS.map(date.fromisoformat), data=st.data())
    def test_is_the_fold_of_what_could_be_read(
        self, sqlite_template: Path, record: Record, day: date, data: st.DataObject
    ) -> None:
        """Of whomever one asks, as known at any position: findings, names and reports are those of the readable part of the record."""
        with another(sqlite_template) as database:
            annals = Annals(database, project=None)
            for commit in record:
                annals.write(commit)
            catch_up(database, rulebooks=RULES)
            with database.reading() as connection:
                position = data.draw(st.integers(2, annals.size), "position")
                events = upto(public_events(connection), position)
                could_be_read = Whole(readable_by(events, day), rulebooks=RULES)
                for key in map(SubjectKey, ASKED):
                    known = readable(
                        connection, position=Position(position), day=day, subjects=[key], rulebooks=RULES
                    )
                    found, expected = rows_of(known), could_be_read.rows
                    for name in VERSIONED:
                        own = of(key, name, expected, could_be_read)
                        assert of(key, name, found, could_be_read) == own, (key, name)


def readable_by(events: Sequence[Event], day: date) -> list[Event]:
    """The events without the reports of sources that could not be read for certain by the end of a day."""
    whole = Whole(events, rulebooks=RULES)

    def could_be_read(event: Event) -> bool:
        if event.report is None:
            return True
        latest = bounds_of_claim(available_of(event.report.source, whole)).latest
        return latest is not None and latest <= day

    return [event for event in events if could_be_read(event)]


def of(key: SubjectKey, name: str, rows: dict[str, set[Row]], whole: Whole) -> set[Row]:
    """The rows of one table that an answer about a subject is read from: its own, those of its owner's fold, and those that name it."""
    table = VERSIONED[name]
    asked = {key} if table.unit == "key" else {key, whole.owner(key)}
    columns = {table.unit, "source", "object"} & set(table.columns)
    places = [table.columns.index(column) for column in columns]
    return {row for row in rows[name] if not asked.isdisjoint(row[place] for place in places)}
