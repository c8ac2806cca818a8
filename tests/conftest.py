"""What every test may ask for: a fresh database on both stores, and a world without network, settings or surprises.

`database_url` and `empty_database_url` run a test twice, on SQLite and on PostgreSQL; each test has a database of its own.
`postgres_url` is the server's address, for tests that make their own databases.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ("CUSTODY_DATA", "CUSTODY_DATABASE_URL", "CUSTODY_HOST", "CUSTODY_PORT")
STORES = ("sqlite", "postgresql")

# No deadline: two cores are shared with a database, and a slow example is not a wrong one.
settings.register_profile("house", deadline=None, max_examples=60)
settings.register_profile("ci", parent=settings.get_profile("house"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

RUN = pytest.StashKey[postgres.Run]()


def pytest_configure(config: pytest.Config) -> None:
    """Hides the developer's settings from the tests and, in the run's main process, opens the hold on PostgreSQL."""
    for name in SETTINGS:
        os.environ.pop(name, None)
    if not hasattr(config, "workerinput"):
        # A time limit that ends the run by SIGTERM ends it as ctrl-C would.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        config.stash[RUN] = postgres.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Lets PostgreSQL go, if it was started."""
    if RUN in config.stash:
        postgres.end_run(config.stash[RUN])


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses every connection that would leave this machine."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and isinstance(address, tuple) and not _is_loopback(address[0]):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)  # type: ignore[arg-type]  # the address is passed on as it came

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


def _is_loopback(host: object) -> bool:
    return isinstance(host, str) and (host in {"localhost", "::1"} or host.startswith("127."))


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The address of the server's own database (`postgresql+psycopg://…`), as a user who may create databases."""
    return postgres.admin_url()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody writes to: to be copied."""
    # Not at the top: tests that need no database must not depend on the app's imports.
    from app.database import migrate

    path = tmp_path_factory.mktemp("template") / "ledger.db"
    migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the copy takes one file, so all must stand in it
    connection.close()
    return path


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated, empty database; once on each store."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    admin = request.getfixturevalue("postgres_url")
    with postgres.fresh_database(admin, template=postgres.migrated_template(admin)) as url:
        yield url


@pytest.fixture(params=STORES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table; once on each store."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
        return
    with postgres.fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield url
