"""Transactions for tests of the runner: of which one never ends, or between which something happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from app.database import Database


class Crash(BaseException):
    """The process ends here."""


class Crashing:
    """Transactions that end in a crash at the nth of its moments: `when` counts the moments before and after each commit, from 1 on."""

    def __init__(self, database: Database, *, when: int, crash: Callable[[], object] | None = None) -> None:
        self._database = database
        self._left = when
        self._crash = crash
        self.reading = database.reading

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writing transaction, unless the crash comes."""
        with self._database.writing() as connection:
            yield connection
            self._pass()
        self._pass()

    def _pass(self) -> None:
        self._left -= 1
        if self._left == 0:
            if self._crash is not None:
                self._crash()
            raise Crash


class Between:
    """Transactions after each of which something happens."""

    def __init__(self, database: Database, happens: Callable[[], object]) -> None:
        self._database = database
        self._happens = happens
        self.reading = database.reading

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One writing transaction, and then what happens."""
        with self._database.writing() as connection:
            yield connection
        self._happens()
