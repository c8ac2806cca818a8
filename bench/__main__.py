"""`python -m bench [NAME] [--store sqlite|postgresql] [--rounds N] [--events N]`: every benchmark on both stores, unless told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Protocol

from bench import append, as_of, bulk, fall, rebuild, replay, stream
from bench.measure import Line, flush_seconds, show
from bench.stores import Store, open_store

STORES = ("sqlite", "postgresql")
ROUNDS = 5


class Benchmark(Protocol):
    """One benchmark."""

    def __call__(self, store: Store, *, rounds: int, events: int) -> Iterator[Line]:
        """Its lines, as they are measured. Raises AssertionError where an answer was wrong."""


BENCHMARKS: dict[str, tuple[Benchmark, int]] = {
    "append": (append.run, 128),
    "bulk": (bulk.run, 2000),
    "stream": (stream.run, 4000),
    "replay": (replay.run, 4000),
    "rebuild": (rebuild.run, 1000),
    "as_of": (as_of.run, 200_000),
    "fall": (fall.run, 50_000),
}
"""By name, with the events that a round takes unless told."""


def main() -> None:
    """Runs what was asked for and prints a line for each measurement."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Speed, as ratios to the raw database."
    )
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="one benchmark; all, if left out")
    parser.add_argument("--store", choices=STORES, help="one store; both, if left out")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="counted rounds (%(default)s)")
    parser.add_argument("--events", type=int, help="events in a round; by default what gives a steady figure")
    asked = parser.parse_args()
    for name in (asked.store,) if asked.store else STORES:
        with open_store(name) as store:
            print(f"{store.name}: the disk keeps 4 KiB in {flush_seconds() * 1000:.2f} ms", flush=True)
            for benchmark, usual in (BENCHMARKS[asked.name],) if asked.name else BENCHMARKS.values():
                for line in benchmark(store, rounds=asked.rounds, events=asked.events or usual):
                    print(show(store.name, line), flush=True)


if __name__ == "__main__":
    main()
