"""Several writer processes at once, and a writer process that is killed while it commits: I-1 and I-2 on both stores."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from random import Random

import msgspec
import pytest

from app.database import Database
from app.entropy import SystemEntropy
from app.writer import Writer
from events.commands import Recorded, Replan
from events.store import append
from tests.app.processes import IN_FLIGHT, SHARED, Acknowledged, acknowledgements, planned, start
from tests.commands import Scribe, command, item, opened
from tests.entropy import SeededEntropy
from tests.events.test_store_concurrency import everything

PROCESSES = 4
COMMANDS = 50
KILLS = 8


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger of 251 events, so that a tile becomes full under the processes' hands."""
    database = Database(database_url)
    entropy = SeededEntropy(1)
    scribe = Scribe(entropy)
    opened(database, entropy)
    events = [scribe.opening(SHARED), *(scribe.statement(SHARED) for _ in range(248))]
    with database.writing() as connection:
        append(connection, [command(item("first", *events))], entropy=entropy)
    yield database
    database.close()


def address(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def test_several_processes_share_a_ledger(database: Database) -> None:
    """Each process gets an answer to everything, and the ledger holds all of it, once, without a gap (I-1, I-2)."""
    running = [start(address(database), f"p{number}", commands=COMMANDS) for number in range(PROCESSES)]

    told = [done for _, pipe in running for done in acknowledgements(pipe)]
    for process, _ in running:
        process.join()

    assert [process.exitcode for process, _ in running] == [0] * PROCESSES
    assert len(told) == PROCESSES * COMMANDS
    events = everything(database)
    assert {event.position: event.event_id for event in events[251:]} == positions(told)


def test_nothing_acknowledged_is_lost_and_nothing_is_half_written(database: Database) -> None:
    """A writer is killed again and again at a random moment of its stream of commits: what it was told holds, the tree holds, and
    whoever submits the rest again gets each command into the ledger once."""
    random = Random(1)
    told: list[Acknowledged] = []
    for number in range(KILLS):
        process, pipe = start(address(database), f"k{number}", commands=10**6)
        heard = acknowledgements(pipe)
        of_this = [next(heard) for _ in range(random.randint(1, 8))]
        time.sleep(random.random() / 30)
        process.kill()
        of_this += heard
        process.join()
        assert process.exitcode == -signal.SIGKILL

        told += of_this
        standing = {event.position: event.event_id for event in everything(database)}
        assert positions(told).items() <= standing.items()
        submit_again(database, f"k{number}", acknowledged=len(of_this))


def positions(told: list[Acknowledged]) -> dict[int, str]:
    return {
        position: each for done in told for position, each in enumerate(done.event_ids, done.first_position)
    }


def submit_again(database: Database, name: str, *, acknowledged: int) -> None:
    """Submits what a dead process recorded or was about to: acknowledged keys are known, and in the end each is there once (I-3)."""
    numbers = range(acknowledged + 2 * IN_FLIGHT)
    entropy = SystemEntropy()
    with Writer(database, entropy=entropy) as writer:
        outcomes = [writer.submit(planned(Scribe(entropy), name, number)).result() for number in numbers]

    known = [Replan(known_keys=(str(number),)) for number in numbers]
    assert outcomes[:acknowledged] == known[:acknowledged]
    assert isinstance(outcomes[-1], Recorded)
    said = Counter(msgspec.json.decode(event.content, type=Said).words for event in everything(database))
    assert [said[f"{name} {number}"] for number in numbers] == [number % 3 + 1 for number in numbers]


class Said(msgspec.Struct):
    """The words of a statement."""

    words: str = ""
