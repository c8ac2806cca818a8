"""The projector: a thread that brings the projections to the head whenever they are behind it.

Most events are projected in their own append. What was too much for that, what another process recorded, and what a
raising fold left behind is worked in here, in slices. A fold that raises is tried again when there are further events,
one of which may have taken its cause away.

Absent on purpose: wake-ups. It looks at two small rows every half second; nobody waits for it but a reader who asked for
a position.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from app.database import Database
from events.errors import StoreUnready
from events.store import head
from projections.builds import State, state
from projections.rulebook import RULEBOOKS, Rulebook
from projections.runner import catch_up

_log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
THREAD = "ledger-projector"


class Projector:
    """Catches up in the background while the block lasts; leaving it works in what is left first."""

    def __init__(
        self,
        database: Database,
        *,
        pause_seconds: float = PAUSE_SECONDS,
        rulebooks: Mapping[str, Rulebook] = RULEBOOKS,
    ) -> None:
        self._database = database
        self._rulebooks = rulebooks
        self._pause_seconds = pause_seconds
        self._stopped_at: int | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name=THREAD, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        while not self._leaving.wait(self._pause_seconds):
            self._look()

    def _look(self) -> None:
        try:
            self._catch_up()
        except (SQLAlchemyError, StoreUnready) as trouble:
            # A server that is away comes back, and the next look finds what is left.
            _log.warning("The projections wait for the database: %s", trouble)

    def _catch_up(self) -> None:
        with self._database.reading() as connection:
            size, now = head(connection).size, state(connection)
        if now.projected_through >= size or self._stopped_at == size:
            return
        done = catch_up(self._database.by_turns(), rulebooks=self._rulebooks)
        self._stopped_at = size if done.stopped_reason is not None else None
        if done.stopped_reason is not None:
            _log.error("%s", stop_told(done))


def stop_told(stopped: State) -> str:
    """Where the projecting stopped and why, in a sentence."""
    return (
        f"The projections stopped before position {stopped.projected_through + 1}: {stopped.stopped_reason}. "
        "What was projected before is still served, and recording goes on."
    )
