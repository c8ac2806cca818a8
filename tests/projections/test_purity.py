"""I-9: folds are pure. Watched while they run, they read no clock, no randomness and no environment, and do no I/O of their own."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import FrameType

import msgspec
import pytest

from app.database import Database
from projections import folding
from projections.rulebook import RULEBOOKS
from projections.runner import rebuild
from tests import golden

FORBIDDEN_MODULES = frozenset(
    {"time", "posix", "random", "_random", "uuid", "_uuid", "secrets", "socket", "_io", "io"}
)
FORBIDDEN_METHODS = frozenset(
    {"date.today", "datetime.now", "datetime.utcnow", "datetime.today", "Random.random"}
)
FOLDS = ("prisoner", "act", "group", "proceeding")
"""Those of a rulebook."""
COMMON = ("effective_from", "facts_of", "spellings_of", "report_states")
"""Those that all rulebooks have in common."""


@contextmanager
def watched(*folders: str) -> Iterator[list[str]]:
    """Lists what code in these folders calls, meanwhile, that an answer must not depend on."""
    seen: list[str] = []

    def watch(frame: FrameType, happening: str, called: object) -> None:
        if happening != "c_call" or Path(frame.f_code.co_filename).parent.name not in folders:
            return
        name, module = getattr(called, "__qualname__", ""), getattr(called, "__module__", None)
        if name in FORBIDDEN_METHODS or module in FORBIDDEN_MODULES or name == "open":
            seen.append(f"{frame.f_code.co_name} calls {name}")

    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(None)


class TestPurity:
    def test_no_fold_reads_the_clock(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every fold of the example ledger, watched call by call."""
        database = Database(database_url)
        golden.record_example(database, tmp_path)
        impure: list[str] = []
        folded: list[str] = []
        for name in COMMON:
            monkeypatch.setattr(folding, name, _watching(getattr(folding, name), impure, folded))
        books = {
            version: msgspec.structs.replace(
                book, **{name: _watching(getattr(book, name), impure, folded) for name in FOLDS}
            )
            for version, book in RULEBOOKS.items()
        }

        rebuild(database, rulebooks=books)
        database.close()

        assert impure == []
        assert set(folded) >= {"fold_prisoner", "fold_act", "fold_group", *COMMON}

    @pytest.mark.parametrize(
        ("impure", "told"),
        [
            (lambda: date.today(), "<lambda> calls date.today"),  # noqa: DTZ011  # what must be caught
            (lambda: datetime.now(), "<lambda> calls datetime.now"),  # noqa: DTZ005  # what must be caught
            (lambda: time.time(), "<lambda> calls time"),
            (lambda: os.urandom(1), "<lambda> calls urandom"),
            (lambda: random.random(), "<lambda> calls Random.random"),
            (lambda: open(os.devnull).close(), "<lambda> calls open"),  # noqa: PTH123  # what must be caught
        ],
    )
    def test_the_watch_sees_what_it_is_there_for(self, impure: Callable[[], object], told: str) -> None:
        """A fold that read the clock, or chance, or a file, would be told."""
        with watched("projections") as seen:
            impure()

        assert told in seen


def _watching(fold: Callable[..., object], impure: list[str], folded: list[str]) -> Callable[..., object]:
    def run(*given: object) -> object:
        with watched("projections", "events") as seen:
            result = fold(*given)
        impure.extend(seen)
        folded.append(fold.__name__)
        return result

    return run
