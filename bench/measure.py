"""Ours and the raw database by turns, and what came of it.

A machine that others use is twice as fast in one second as in the next, so the two are timed in short rounds, one right after the other
and each first by turns, and a ratio is taken within a round. The first round warms caches and is not counted.
"""

from __future__ import annotations

import gc
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from msgspec import Struct

Timed = Callable[[], float]
"""Does a round's work and returns the seconds that count."""


class Line(Struct, frozen=True, kw_only=True):
    """One line of a report: what was measured, ours and the other's as printed, and the ratio of every counted round."""

    what: str
    ours: str
    other: str
    ratios: tuple[float, ...]
    goal: str = ""

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)


def flush_seconds(flushes: int = 50) -> float:
    """How long the disk under the temporary folder takes to keep 4 KiB for good: the median. It decides what a single append can be."""
    with tempfile.TemporaryFile(prefix="custody-bench-") as file:

        def flush() -> None:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())

        return median(seconds_of(flush) for _ in range(flushes))


def seconds_of(work: Callable[[], object]) -> float:
    """How long a piece of work took."""
    started = perf_counter()
    work()
    return perf_counter() - started


def by_turns(rounds: int, prepare: Callable[[], Sequence[Timed]]) -> list[list[float]]:
    """The seconds of each contender in each counted round. `prepare` makes a round's contenders ready, untimed."""
    counted = []
    for number in range(rounds + 1):
        contenders = prepare()
        order = range(len(contenders)) if number % 2 else reversed(range(len(contenders)))
        taken = {index: _in_clean_memory(contenders[index]) for index in order}
        if number:
            counted.append([taken[index] for index in range(len(contenders))])
    return [list(of_one) for of_one in zip(*counted, strict=True)]


def _in_clean_memory(work: Timed) -> float:
    gc.collect()  # or one contender pays for the rubbish of another
    return work()


def rates(
    what: str, ours: Sequence[float], other: Sequence[float], *, events: int, against: str, goal: str = ""
) -> Line:
    """A line about events per second, where a ratio above 1 says that ours is faster."""
    return Line(
        what=what,
        ours=f"{events / median(ours):,.0f} events/s",
        other=f"{against} {events / median(other):,.0f}",
        ratios=tuple(theirs / mine for mine, theirs in zip(ours, other, strict=True)),
        goal=goal,
    )


def at_once(count: int, work: Callable[[int], None]) -> float:
    """The seconds from the moment that so many threads begin their work together until the last is through. Raises what one raised."""
    gate = threading.Barrier(count + 1)
    broken: list[BaseException] = []

    def run(index: int) -> None:
        gate.wait()
        try:
            work(index)
        except BaseException as error:  # noqa: BLE001  # raised again below, where it is seen
            broken.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = perf_counter()
    for thread in threads:
        thread.join()
    taken = perf_counter() - started
    if broken:
        raise broken[0]
    return taken


def show(store: str, line: Line) -> str:
    """A line as printed."""
    spread = f"{min(line.ratios):.2f}..{max(line.ratios):.2f}"
    goal = f"  goal {line.goal}" if line.goal else ""
    return f"{store:<11}{line.what:<44}{line.ours:>22}  {line.other:<26} ratio {line.ratio:5.2f} ({spread}){goal}"
