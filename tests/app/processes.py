"""Processes of their own that write or rebuild, for tests that need several, or need one to be killed.

A process records commands of its own set one after another and tells of each only after it was acknowledged. What it tells comes through
a pipe, which keeps what was said when its writer dies.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import msgspec
from msgspec import Struct

from app.database import Database
from app.entropy import SystemEntropy
from app.writer import Writer
from events.commands import Command, Recorded
from events.kinds import SubjectKey
from projections.runner import rebuild
from tests.commands import Scribe, command, item
from tests.projections.transactions import Crashing

SHARED = SubjectKey("shared")
IN_FLIGHT = 4

# A server that has imported everything forks each process: one that is killed after 50 ms should not take a second to start.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


class Acknowledged(Struct, frozen=True):
    """What a process was told of one command: its key, and where its events stand."""

    key: str
    event_ids: list[str]
    first_position: int


def start(url: str, name: str, *, commands: int) -> tuple[BaseProcess, Connection]:
    """A process that records so many commands under keys `0`, `1`, … of the set `name`, and the pipe in which it tells."""
    told, telling = _processes.Pipe(duplex=False)
    process = _processes.Process(target=record, args=(url, name, commands, telling), daemon=True)
    process.start()
    telling.close()
    return process, told


def acknowledgements(told: Connection) -> Iterator[Acknowledged]:
    """What the process told, until it ended or was killed."""
    with suppress(EOFError, ConnectionResetError):
        while True:
            yield msgspec.json.decode(told.recv_bytes(), type=Acknowledged)


def planned(scribe: Scribe, name: str, number: int) -> Command:
    """Command `number` of the set: one to three statements about the shared subject."""
    statements = [scribe.statement(SHARED, words=f"{name} {number}") for _ in range(number % 3 + 1)]
    return command(item(str(number), *statements), set_name=name)


def record(url: str, name: str, commands: int, telling: Connection) -> None:
    """What such a process does: a few commands at once, so that a commit carries several."""
    database, scribe = Database(url, pool_size=1), Scribe(SystemEntropy())
    with Writer(database, entropy=SystemEntropy()) as writer:
        for first in range(0, commands, IN_FLIGHT):
            futures = [
                writer.submit(planned(scribe, name, number))
                for number in range(first, min(first + IN_FLIGHT, commands))
            ]
            for future in futures:
                outcome = future.result()
                assert isinstance(outcome, Recorded)
                (receipt,) = outcome.receipts
                done = Acknowledged(receipt.key, list(receipt.event_ids), receipt.first_position)
                telling.send_bytes(msgspec.json.encode(done))
    database.close()
    telling.close()


def start_rebuild(
    url: str, *, killed_at: int | None = None, waits_at: int | None = None
) -> tuple[BaseProcess, Connection]:
    """A process that rebuilds as `custody rebuild` does, and at the nth moment before or after a commit kills itself, or tells
    `waiting` and waits to be killed."""
    told, telling = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_rebuild, args=(url, killed_at, waits_at, telling), daemon=True)
    process.start()
    telling.close()
    return process, told


def _rebuild(url: str, killed_at: int | None, waits_at: int | None, telling: Connection) -> None:
    def end() -> None:
        if killed_at is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        telling.send_bytes(b"waiting")
        threading.Event().wait()

    database = Database(url, pool_size=2)
    with database.rebuilding():
        rebuild(Crashing(database, when=killed_at or waits_at or 0, crash=end))
    database.close()
    telling.close()
