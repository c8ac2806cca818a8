"""What tests/conftest.py promises to every other test."""

from __future__ import annotations

import os
import socket

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.conftest import SETTINGS


def tables_of(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


class TestDatabases:
    def test_a_database_is_migrated(self, database_url: str) -> None:
        """A test finds the schema in place, on both stores."""
        assert "alembic_version" in tables_of(database_url)

    @pytest.mark.parametrize("turn", [1, 2])
    def test_a_database_is_fresh(self, database_url: str, turn: int) -> None:
        """What one test leaves behind, no other finds: each turn creates the same table."""
        engine = create_engine(database_url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE left_behind (turn INTEGER)"))
        engine.dispose()

        assert "left_behind" in tables_of(database_url), turn

    def test_an_empty_database_has_no_table(self, empty_database_url: str) -> None:
        """A test of the migrations starts from nothing, on both stores."""
        assert tables_of(empty_database_url) == []


class TestSurroundings:
    def test_no_connection_leaves_the_machine(self) -> None:
        """A test that reaches for the network fails, and says where it was going (an address reserved for documents)."""
        with (
            socket.socket() as outward,
            pytest.raises(AssertionError, match=r"reached for the network: \('192\.0\.2\.1', 80\)"),
        ):
            outward.connect(("192.0.2.1", 80))

    def test_the_developers_settings_are_hidden(self) -> None:
        """The suite means the same on every machine: no setting of the person who runs it reaches a test."""
        assert [name for name in SETTINGS if name in os.environ] == []
