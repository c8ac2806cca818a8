"""The one writer of a process: a bounded queue, and a thread that drains it and commits in groups.

    submit ──> queue ──> group ──> one transaction ──> a future for each command, resolved after the commit

One commit carries every command that waited while the last one was on its way to the disk, so that recording gets faster as more
writers come. A future resolves only after its commit: what it says is durable (I-2). A refused command is nothing to its neighbours (I-4);
a group that met a busy database, a deadlock or a lost connection is tried anew, and a commit whose answer was lost is found by its
idempotency keys (I-3). A command that breaks the group is found by recording each alone.

Absent on purpose: planning (`app/recording.py`), SQL, and acknowledgement of anything that is not committed.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self

from msgspec import Struct

from app.database import Database, is_transient
from events.commands import Command, Outcome, Recorded, Replan
from events.envelope import Entropy
from events.errors import AppendRefused, QueueFull
from events.kinds import Position
from events.store import Project, append

QUEUE_MAX = 1024
GROUP_EVENTS_MAX = 512
LINGER_SECONDS = 0.0002
RETRY_SECONDS = (0.01, 0.05, 0.2, 0.5, 1.0)


class _Waiting(Struct, frozen=True, eq=False):
    """A command in the queue, and where its outcome is awaited."""

    command: Command
    future: Future[Recorded | Replan]


class Writer:
    """Appends commands to one database from one thread, which starts at once and ends with `close`. May be shared between threads."""

    def __init__(
        self,
        database: Database,
        *,
        entropy: Entropy,
        project: Project | None = None,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        """`project` is called with the new events of each commit, inside it; `queue_max` commands may wait."""
        self._database = database
        self._entropy = entropy
        self._project = project
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(queue_max)
        self._submitting = threading.Lock()
        self._closed = False
        self._crowded = False
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, command: Command) -> Future[Recorded | Replan]:
        """What will become of the command, once it is committed. Waits for nothing; raises QueueFull.

        The future raises AppendRefused if the ledger does not admit the command, or what broke while recording it. Cancelling it has
        an effect only as long as the command waits.
        """
        future: Future[Recorded | Replan] = Future()
        with self._submitting:
            if self._closed:
                raise RuntimeError("the writer is closed")
            try:
                self._queue.put_nowait(_Waiting(command, future))
            except queue.Full:
                raise QueueFull(
                    f"{self._queue.maxsize} commands are waiting to be recorded. Nothing was stored: try again in a second.",
                    waiting=self._queue.maxsize,
                ) from None
        return future

    def close(self) -> None:
        """Records what waits, then ends the thread. May be called twice."""
        with self._submitting:
            already, self._closed = self._closed, True
        if not already:
            self._queue.put(None)
        self._thread.join()

    # --- the thread -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended:
            started = [waiting for waiting in self._gather() if waiting.future.set_running_or_notify_cancel()]
            if started:
                self._record(started)

    def _gather(self) -> list[_Waiting]:
        """The commands of the next commit; none of them, or the last ones, when the end was reached."""
        group: list[_Waiting] = []
        events = 0
        # Lingering pays where others are about to submit. Who writes alone is not made to wait for nobody.
        may_linger = self._crowded
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            events += waiting.command.event_count
            if events >= GROUP_EVENTS_MAX:
                break
            if may_linger and self._queue.empty():
                time.sleep(LINGER_SECONDS)
                may_linger = False
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
        self._ended = waiting is None
        self._crowded = len(group) > 1
        return group

    def _record(self, group: Sequence[_Waiting]) -> None:
        try:
            outcomes = self._commit([waiting.command for waiting in group])
        except Exception as error:  # noqa: BLE001  # whatever it is belongs to who awaits the command; the thread goes on
            if len(group) == 1 or is_transient(error):
                for waiting in group:
                    waiting.future.set_exception(error)
            else:
                for waiting in group:
                    self._record([waiting])
            return
        for waiting, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, AppendRefused):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)

    def _commit(self, commands: Sequence[Command]) -> list[Outcome]:
        for pause in RETRY_SECONDS:
            try:
                return self._append(commands)
            except Exception as error:
                if not is_transient(error):
                    raise
            time.sleep(pause)
        return self._append(commands)

    def _append(self, commands: Sequence[Command]) -> list[Outcome]:
        with self._database.writing() as connection:
            return append(
                connection,
                commands,
                entropy=self._entropy,
                project=self._project,
                projection_failed=_report_projection,
            )


def _report_projection(first: Position, error: Exception) -> None:
    logging.getLogger(__name__).error("Position %d is recorded, but not projected: %r", first, error)
