"""A source on which very many people depend falls, and stands again: how long until all have moved at once, and how long appends take then.

Rounds take turns: the source is retracted, then the retraction is. Before each one, appends go on for a while without it. Whoever reads
while the runner works must see everybody as before, and from the flip on everybody moved; that is checked all along. Ratios are costs: of
the fall, in times of the first projecting of the same people; of an append, in times of one that nothing disturbs.
"""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from time import perf_counter, sleep
from types import TracebackType
from typing import Self

from app.database import Database
from app.entropy import SystemEntropy
from app.writer import Writer
from bench.bodies import SOURCE, Population, Request, command_of, expect_recorded, retraction
from bench.ledger import COMMAND_EVENTS, record, recorded
from bench.measure import Line, seconds_of
from bench.stores import Store
from events.commands import Recorded
from events.kinds import Custody, EventId, Position, Subject, SubjectKey, SubjectSort
from events.store import append
from projections.builds import known_at
from projections.findings import CustodyValue, Facet, Finding
from projections.known import Known
from projections.reads import findings_of
from projections.runner import catch_up, project_inline

OTHER_SOURCE = Subject(key=SubjectKey("another-report"), sort=SubjectSort.SOURCE)
BYSTANDERS = 200
APPENDS_ALONE = 100
APPEND_PAUSE_SECONDS = 0.01
LOOK_PAUSE_SECONDS = 0.05
LOOKED_AT = 5


def run(store: Store, *, rounds: int, events: int) -> Iterator[Line]:
    """Three lines; `events` is the number of people that depend on the source, with an opening and two reports each."""
    people, bystanders = Population(events), Population(BYSTANDERS, source=OTHER_SOURCE, named="bystander")
    database = recorded(store, [*people.openings(), *bystanders.own_openings()], projected=True)
    _record_all(database, [*people.detentions(), *people.releases(events)])
    first = seconds_of(lambda: catch_up(database))
    _check_everybody(database, people, are_free=True)
    falls, alone, meanwhile = [], [], []
    decision: EventId | None = None
    for number in range(rounds):
        was_free = decision is None
        alone.append(_appending(database, bystanders, lambda appends: appends.wait_for(APPENDS_ALONE)))
        target = {"source": SOURCE.key} if decision is None else {"event": decision}
        decided = _decide(database, retraction(f"decision {number}", **target))
        fall = _Fall(database, people, at=decided.position, was_free=was_free)
        meanwhile.append(_appending(database, bystanders, fall))
        falls.append(fall.seconds)
        catch_up(database)
        _check_everybody(database, people, are_free=not was_free)
        decision = decided.receipts[0].event_ids[0] if was_free else None
    yield Line(
        what=f"{events:,} people move with one source",
        ours=f"{median(falls):.1f} s",
        other=f"projected first in {first:.1f} s",
        ratios=tuple(taken / first for taken in falls),
    )
    for percent in (50, 99):
        yield _latency(f"  an append meanwhile, p{percent}", meanwhile, alone, percent)


class _Fall:
    """The runner's work on one decision, looked at all along."""

    def __init__(self, database: Database, people: Population, *, at: Position, was_free: bool) -> None:
        self.seconds = 0.0
        self._database = database
        self._at = at
        self._looks = _Looks(database, people, flips_at=at, was_free=was_free)

    def __call__(self, _: _Appends) -> None:
        with self._looks:
            self.seconds = seconds_of(lambda: catch_up(self._database.by_turns(), through=self._at))


def _record_all(database: Database, requests: Sequence[Request]) -> None:
    entropy = SystemEntropy()
    for start in range(0, len(requests), COMMAND_EVENTS):
        record(database, requests[start : start + COMMAND_EVENTS], entropy)


def _decide(database: Database, request: Request) -> Recorded:
    """Records a decision as a service does: projecting it inline is tried, and found too much."""
    entropy = SystemEntropy()
    with database.writing() as connection:
        (outcome,) = append(
            connection, [command_of([request], entropy)], entropy=entropy, project=project_inline
        )
    assert isinstance(outcome, Recorded), f"not recorded: {outcome}"
    return outcome


def _latency(what: str, meanwhile: Sequence[list[float]], alone: Sequence[list[float]], percent: int) -> Line:
    ours, other = ([_percentile(seconds, percent) for seconds in rounds] for rounds in (meanwhile, alone))
    appends = sum(map(len, meanwhile))
    return Line(
        what=what,
        ours=f"{median(ours) * 1000:.1f} ms ({appends:,})",
        other=f"undisturbed {median(other) * 1000:.1f} ms",
        ratios=tuple(mine / theirs for mine, theirs in zip(ours, other, strict=True)),
    )


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return quantiles(seconds, n=100)[percent - 1] if len(seconds) > 1 else seconds[0]


# ── Appending ────────────────────────────────────────────────────────────────


def _appending(database: Database, bystanders: Population, work: Callable[[_Appends], None]) -> list[float]:
    """How long each append took while a work was done."""
    with (
        Writer(database, entropy=SystemEntropy(), project=project_inline) as writer,
        _Appends(writer, bystanders) as appends,
    ):
        work(appends)
    return appends.seconds


class _Meanwhile(ABC):
    """A thread that does one thing again and again while the block lasts; leaving it raises what that raised."""

    def __init__(self) -> None:
        self._leaving = threading.Event()
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    @abstractmethod
    def once(self) -> None:
        """Does it once, at least."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._thread.join()
        if self._raised is not None:
            raise self._raised

    def _run(self) -> None:
        try:
            self.once()
            while not self._leaving.is_set():
                self.once()
        except BaseException as error:  # noqa: BLE001  # raised again where it is seen
            self._raised = error


class _Appends(_Meanwhile):
    """Releases of bystanders, one at a time, with a little pause between."""

    def __init__(self, writer: Writer, bystanders: Population) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._writer = writer
        self._bystanders = bystanders
        self._entropy = SystemEntropy()

    def once(self) -> None:
        command = command_of(self._bystanders.releases(1), self._entropy)
        started = perf_counter()
        outcome = self._writer.submit(command).result()
        self.seconds.append(perf_counter() - started)
        expect_recorded(outcome, 1)
        sleep(APPEND_PAUSE_SECONDS)

    def wait_for(self, appends: int) -> None:
        """Returns once so many are through."""
        while len(self.seconds) < appends and self._thread.is_alive():
            sleep(APPEND_PAUSE_SECONDS)


# ── Looking ──────────────────────────────────────────────────────────────────


class _Looks(_Meanwhile):
    """Somebody who looks at a few of the people again and again, and finds all of them moved or none."""

    def __init__(self, database: Database, people: Population, *, flips_at: Position, was_free: bool) -> None:
        super().__init__()
        self._database = database
        self._keys = [person.key for person in people.people]
        self._flips_at = flips_at
        self._was_free = was_free
        self._random = random.Random(50_000)

    def once(self) -> None:
        keys = self._random.sample(self._keys, min(LOOKED_AT, len(self._keys)))
        with self._database.reading() as connection:
            known = known_at(connection)
            _check_state(known, keys, are_free=self._was_free != (known.projected_through >= self._flips_at))
        sleep(LOOK_PAUSE_SECONDS)


def _check_everybody(database: Database, people: Population, *, are_free: bool) -> None:
    with database.reading() as connection:
        _check_state(known_at(connection), [person.key for person in people.people], are_free=are_free)


def _check_state(known: Known, keys: Sequence[SubjectKey], *, are_free: bool) -> None:
    for start in range(0, len(keys), COMMAND_EVENTS):
        found = findings_of(known, keys[start : start + COMMAND_EVENTS], [Facet.CUSTODY])
        wrong = [key for key, findings in found.items() if any(map(_is_free, findings)) != are_free]
        assert not wrong, (
            f"{wrong[0]} at {known.projected_through}: free is {not are_free}, expected {are_free}"
        )


def _is_free(finding: Finding) -> bool:
    return isinstance(finding.value, CustodyValue) and finding.value.status is Custody.LIBERTY
