"""Ledgers that are only asked, recorded once for all tests of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ledger import Service
from tests import every_kind
from tests.follow_up import follow_up_service
from tests.query_book import example_service


@pytest.fixture(scope="package")
def of_every_kind(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """The ledger of every kind, on SQLite."""
    folder = tmp_path_factory.mktemp("every-kind")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with every_kind.recorded(folder, f"sqlite:///{folder / 'ledger.db'}") as opened:
        yield opened


@pytest.fixture(scope="package")
def example(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """The example ledger, on SQLite."""
    folder = tmp_path_factory.mktemp("example")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with example_service(f"sqlite:///{folder / 'ledger.db'}", folder) as opened:
        yield opened


@pytest.fixture(scope="package")
def both_examples(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """The ledger of both examples, of which the query book asks, on SQLite."""
    folder = tmp_path_factory.mktemp("both-examples")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder) as opened:
        yield opened
