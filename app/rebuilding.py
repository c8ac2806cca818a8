"""Building the projections anew, and going back to those of before: what an operator does to a ledger whose rows are in doubt.

    rebuild(service)        all rows anew from the events, beside those that are served, compared with them, and served
    go_back(service)        what was served before that

One process at a time may do either; another is refused. Readers and appends go on meanwhile.

Absent on purpose: dropping anything first. What is served stays until what is to be served stands.
"""

from __future__ import annotations

from app.ledger import Service
from projections import runner
from projections.builds import State
from projections.runner import Rebuilt


def rebuild(service: Service) -> Rebuilt:
    """Builds all rows anew and has answers read from them. Raises RebuildRunning, or RebuildStopped where a fold raises; then everything
    stays as it was."""
    with service.database.rebuilding():
        return runner.rebuild(service.database.by_turns(), rulebooks=service.rulebooks)


def go_back(service: Service) -> State:
    """Has answers read from the build of before the last rebuild, with everything in it that came since. Raises NoBuildKept,
    RebuildRunning, or RebuildStopped; then everything stays as it was."""
    with service.database.rebuilding():
        return runner.go_back(service.database.by_turns(), rulebooks=service.rulebooks)
