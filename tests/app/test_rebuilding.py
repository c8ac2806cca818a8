"""A rebuild in a process of its own: killed at each step, refused beside another, and told on the command line."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.database import Database
from app.errors import Exit
from events.errors import RebuildRunning
from events.kinds import DetentionReported
from projections import runner
from projections.builds import FIRST_BUILD, kept, state
from projections.comparing import digest
from projections.runner import project_inline, rebuild
from projections.tables import FOLD_QUEUE, FOLD_READS, PROJECTED, PROJECTION_BUILDS
from tests import golden
from tests.app.processes import start_rebuild
from tests.projections.builders import on
from tests.projections.chronicle import Chronicle, registered, said

PATIENCE_SECONDS = 20


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """The example, projected, and built anew once, so that there is a build to drop."""
    fresh = Database(database_url)
    golden.record_example(fresh, tmp_path, project=project_inline)
    runner.catch_up(fresh)
    rebuild(fresh)
    yield fresh
    fresh.close()


@pytest.fixture
def command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """`custody` on this database: how it ended, and what it printed."""
    monkeypatch.setenv("CUSTODY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CUSTODY_DATABASE_URL", address(database))

    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, words)
        return result.exit_code, result.stdout, result.stderr

    return run


class TestKilled:
    def test_at_each_step_the_old_rows_serve_and_the_next_one_succeeds(self, database_url: str) -> None:
        """SIGKILL before and after each commit, of building, comparing, the flip and dropping: nothing that is read changes, and a rebuild
        afterwards leaves the rows of two builds, of the one that is read and of the one that was."""
        database = Database(database_url)
        chronicle = Chronicle(database, project=project_inline)
        runner.catch_up(database)
        chronicle.add(registered("s1", "2025-12-22"), ("p1", said(DetentionReported, claimed=on("2023"))))
        chronicle.retract(chronicle.reports[0])
        rebuild(database)
        served = digest_of(database)

        for when in count(1):
            process, _ = start_rebuild(address(database), killed_at=when)
            process.join()
            assert digest_of(database) == served
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL
            if when % 10 == 5:
                with eventually_mine(database):
                    assert rebuild(database).digest == served
                assert builds_with_rows(database) == active_and_kept(database)

        assert when > 30
        assert builds_with_rows(database) == active_and_kept(database)
        database.close()


class TestTwo:
    def test_a_second_is_refused_while_one_runs(
        self, database: Database, command: Callable[..., tuple[int, str, str]]
    ) -> None:
        """From another process, and in words; nothing is touched. Once the first was killed there is nothing in the way."""
        before = active_and_kept(database)
        process, told = start_rebuild(address(database), waits_at=3)
        assert told.recv_bytes() == b"waiting"

        try:
            for words in (("rebuild",), ("rebuild", "--back")):
                assert command(*words) == (
                    Exit.BUSY,
                    "",
                    "The projections of this ledger are being built anew already. Wait until that has ended.\n",
                )
            assert active_and_kept(database) == before
        finally:
            process.kill()
            process.join()
        assert process.exitcode == -signal.SIGKILL

        with eventually_mine(database):
            pass
        code, _, err = command("rebuild")
        assert (code, "the same 293 rows as before" in err) == (Exit.DONE, True)

    def test_in_one_process_as_well(self, database: Database) -> None:
        """The right is nobody's twice, and goes with whatever ends the block."""
        with database.rebuilding(), pytest.raises(RebuildRunning), database.rebuilding():
            raise AssertionError("two at once")
        with pytest.raises(ZeroDivisionError), database.rebuilding():
            raise ZeroDivisionError
        other = Database(address(database))
        with other.rebuilding():
            pass
        other.close()


class TestCommand:
    def test_says_what_is_the_same(
        self, database: Database, command: Callable[..., tuple[int, str, str]]
    ) -> None:
        """How many rows, and their digest."""
        assert command("rebuild") == (
            Exit.DONE,
            "",
            "Rebuilt, and compared at position 70: the same 293 rows as before, the past included "
            f"(SHA-256 {digest_of(database)}).\n",
        )

    def test_says_what_was_altered(
        self, database: Database, command: Callable[..., tuple[int, str, str]]
    ) -> None:
        """How many rows differ, and the first, as it was and as it is."""
        alter(database)

        code, out, err = command("rebuild")

        assert (code, out) == (Exit.DONE, "")
        assert err.splitlines() == [
            "Rebuilt, and compared at position 70: not as before in 1 row; 292 rows the same "
            f"(SHA-256 {digest_of(database)}). Answers are read from what is new; `custody rebuild --back` goes back.",
            "The first, in `findings`: prisoner-a1, custody, prison-41, from position 44 on.",
            "  before: status liberty",
            "  now: status prison",
        ]

    def test_goes_back(self, database: Database, command: Callable[..., tuple[int, str, str]]) -> None:
        """To what was served before, and again."""
        assert command("rebuild", "--back") == (
            Exit.DONE,
            "",
            "Answers are read from build 1 again, with everything through position 70. "
            "`custody rebuild --back` undoes this.\n",
        )
        assert active(database) == FIRST_BUILD
        assert command("rebuild", "--back", "--json") == (Exit.DONE, '{"build":2,"position":70}\n', "")

    def test_nothing_to_go_back_to(
        self, database: Database, command: Callable[..., tuple[int, str, str]]
    ) -> None:
        """Is said."""
        with database.writing() as connection:
            connection.execute(PROJECTION_BUILDS.delete().where(PROJECTION_BUILDS.c.build == FIRST_BUILD))

        assert command("rebuild", "--back") == (
            Exit.REFUSED,
            "",
            "No earlier build of the projections is kept. Run `custody rebuild` to build them anew.\n",
        )
        assert active(database) == 2


def alter(database: Database) -> None:
    """Somebody sets a prisoner free in what lists show."""
    with database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE findings_now SET status = 'liberty' WHERE about = 'prisoner-a1' AND segment = 'prison-41'"
            f" AND build = {state(connection).build}"
        )


@contextmanager
def eventually_mine(database: Database) -> Iterator[None]:
    """The right to rebuild, as soon as PostgreSQL has noticed that its holder is gone."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(database.rebuilding())
                break
            except RebuildRunning:
                assert time.monotonic() < deadline, "the right of a process that is gone is still taken"
                time.sleep(0.02)
        yield


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def digest_of(database: Database) -> str:
    """The digest of what is served."""
    with database.reading() as connection:
        return digest(connection)


def active(database: Database) -> int:
    """The build that answers are read from."""
    with database.reading() as connection:
        return state(connection).build


def active_and_kept(database: Database) -> set[int | None]:
    """The builds that there are to be."""
    with database.reading() as connection:
        return {state(connection).build, kept(connection)}


def builds_with_rows(database: Database) -> set[int | None]:
    """The builds that have a row in any table."""
    with database.reading() as connection:
        return {
            build
            for table in (*PROJECTED, FOLD_READS, FOLD_QUEUE, PROJECTION_BUILDS)
            for build in connection.exec_driver_sql(f"SELECT DISTINCT build FROM {table.name}").scalars()
        }
