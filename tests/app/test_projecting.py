"""The projector: projections come to the head by themselves, whoever recorded, and a raising fold is not tried for ever."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.database import Database, Turns
from app.projecting import Projector, stop_told
from events.kinds import Position
from events.store import head
from projections.builds import State, state
from projections.rulebook import RULEBOOKS
from projections.runner import Transactions, catch_up
from tests import golden

PATIENCE_SECONDS = 20


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """The example, recorded by somebody who projects nothing."""
    fresh = Database(database_url)
    golden.record_example(fresh, tmp_path)
    yield fresh
    fresh.close()


def positions_of(database: Database) -> tuple[int, int]:
    """How far the ledger has come, and how far the projecting."""
    with database.reading() as connection:
        return head(connection).size, state(connection).projected_through


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold in good time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


class TestProjector:
    def test_works_in_what_others_recorded(self, database: Database) -> None:
        """Nobody asks for it: the projections stand at the head after a moment."""
        with Projector(database, pause_seconds=0.01):
            assert eventually(lambda: positions_of(database) == (70, 70))

    def test_leaving_works_in_what_is_left(self, database: Database) -> None:
        """Whoever records much and leaves, leaves no projections behind."""
        with Projector(database, pause_seconds=3600):
            pass

        assert positions_of(database) == (70, 70)

    def test_a_raising_fold_is_told_once_and_tried_again_later(
        self, database: Database, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It stops loudly and does not turn in circles; the next projector, or further events, are a reason to try again."""
        tried: list[object] = []

        def broken(*given: object) -> tuple[()]:
            tried.append(given)
            raise ValueError("no such order")

        books = {"rules-v1": msgspec.structs.replace(RULEBOOKS["rules-v1"], prisoner=broken)}
        with caplog.at_level(logging.ERROR), Projector(database, pause_seconds=0.01, rulebooks=books):
            assert eventually(lambda: bool(caplog.records))
            before = len(tried)
            time.sleep(0.1)
            assert len(tried) == before

        first_person = 10
        reason = "ValueError: no such order"
        assert [record.getMessage() for record in caplog.records] == [
            stop_told(State(projected_through=Position(first_person - 1), stopped_reason=reason))
        ]
        assert positions_of(database) == (70, first_person - 1)
        with Projector(database, pause_seconds=3600):
            pass
        assert positions_of(database) == (70, 70)

    def test_lets_others_write_between_slices(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its slices follow one another closely: an append on SQLite, which looks only now and then, would wait until the last is done."""
        given: list[object] = []

        def noted(transactions: Transactions, **more: Any) -> State:
            given.append(transactions)
            return catch_up(transactions, **more)

        monkeypatch.setattr("app.projecting.catch_up", noted)
        with Projector(database, pause_seconds=3600):
            pass

        assert [Turns] == [type(transactions) for transactions in given]

    def test_says_where_it_stopped(self) -> None:
        """Position and reason, and what that means for everybody else."""
        assert stop_told(State(projected_through=Position(4), stopped_reason="ValueError: no")) == (
            "The projections stopped before position 5: ValueError: no. "
            "What was projected before is still served, and recording goes on."
        )
