"""How lists are looked for: by what few rows have, and by a plan made for what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from app.database import Database
from events.drivers import planned_anew
from events.kinds import Custody, Position, SubjectKey
from projections.known import Known
from projections.reads import PrisonersWanted, Window, prisoners

DAY = date(2026, 1, 1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, empty."""
    fresh = Database(database_url)
    yield fresh
    fresh.close()


def plan_of_page(database: Database, wanted: PrisonersWanted, position: Position | None) -> str:
    """How SQLite looks for a page of prisoners."""
    sent: list[tuple[str, Any]] = []
    with database.reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: sent.append((call[2], call[3])))
        prisoners(Known(connection, build=1, position=position), wanted, DAY, Window(size=50))
        statement, parameters = sent[-2]
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return "\n".join(step[-1] for step in steps)


class TestPrisoners:
    @pytest.mark.parametrize("position", [None, Position(7)])
    def test_one_custody_is_looked_up_where_those_in_it_are(
        self, database: Database, position: Position | None
    ) -> None:
        """SQLite goes by the index that begins with it, then and now, not through the rows of one person after the other."""
        if not database.is_sqlite:
            pytest.skip("PostgreSQL plans by its statistics")

        plan = plan_of_page(database, PrisonersWanted(custody=(Custody.DEAD,)), position)

        index = "ix_findings_now_page" if position is None else "ix_findings_hist_page"
        assert f"USING INDEX {index} (build=? AND facet=? AND status=? AND about=?" in plan

    def test_an_act_is_looked_up_where_its_findings_are(self, database: Database) -> None:
        """The same of an act, whatever outcomes are asked for."""
        if not database.is_sqlite:
            pytest.skip("PostgreSQL plans by its statistics")

        plan = plan_of_page(database, PrisonersWanted(act=SubjectKey("act")), Position(7))

        assert "USING INDEX ix_findings_hist_object (build=? AND object=? AND facet=? AND shelf=?" in plan

    def test_a_long_history_is_looked_through_by_shelf(self, database: Database) -> None:
        """However many rows one person had, a page of the past reads those of two shelves."""
        if not database.is_sqlite:
            pytest.skip("PostgreSQL plans by its statistics")

        plan = plan_of_page(database, PrisonersWanted(custody=(Custody.PRISON, Custody.REMAND)), Position(7))

        assert "USING PRIMARY KEY (build=? AND about=? AND facet=? AND shelf=? AND known_to>?)" in plan


class TestPlannedAnew:
    def test_prepares_nothing_on_the_server_meanwhile(self, database: Database) -> None:
        """A prepared statement would be planned for whatever is asked; after the block statements are prepared as before."""
        with database.reading() as connection:
            raw = connection.connection.driver_connection
            usual = getattr(raw, "prepare_threshold", "none on this store")

            with planned_anew(connection):
                meanwhile = getattr(raw, "prepare_threshold", "none on this store")

            assert usual == getattr(raw, "prepare_threshold", "none on this store")
            assert isinstance(raw, psycopg.Connection) == (meanwhile is None)
