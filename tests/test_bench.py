"""The benchmarks run and find their own answers right; how fast they are is no test."""

from __future__ import annotations

import pytest

from bench.__main__ import BENCHMARKS
from bench.bodies import Population
from bench.ledger import check_ledger, recorded
from bench.measure import show
from bench.stores import open_store


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_measures_and_checks_its_answers(name: str) -> None:
    """Each one runs at the smallest size, and its lines compare two times in every round."""
    benchmark, _ = BENCHMARKS[name]

    with open_store("sqlite") as store:
        lines = list(benchmark(store, rounds=1, events=8))

    assert lines
    for line in lines:
        assert len(line.ratios) == 1
        assert line.ratio > 0
        assert line.what.strip() in show("sqlite", line)


def test_a_ledger_that_lacks_an_event_is_not_measured() -> None:
    """A benchmark that counted wrong fails, whatever its speed."""
    requests = Population(1).openings()

    with open_store("sqlite") as store:
        database = recorded(store, requests, projected=False)

        check_ledger(database, len(requests), projected=False)
        with pytest.raises(AssertionError, match=r"the ledger has 7 events, expected 8"):
            check_ledger(database, len(requests) + 1, projected=False)
