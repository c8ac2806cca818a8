"""The follow-up of the example, recorded after it: ten sources, each on the day after it could first be read, as somebody who keeps the
record would have done. The first example has its own day, the seed's.

    record_follow_up(database, archive)      into a ledger that holds the first example
    follow_up_service(url, folder)           both, open to be asked on 10 February 2026

Each file begins at a full hour of its day, so that they stand in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.database import Database
from app.ledger import Service, open_service
from app.recording import Outcome
from app.settings import Settings
from events.store import Project
from projections.runner import project_inline
from tests import golden
from tests.entropy import SeededEntropy

FOLDER: Final = golden.ROOT / "examples" / "amnesty-2025-follow-up"
RECORDED_ON: Final = {
    "01-parliament": "2026-01-02",
    "02-official-agency": "2026-01-02",
    "03-outlet-a": "2026-01-02",
    "04-ministry-2026-01-07": "2026-01-08",
    "05-outlet-b": "2026-01-08",
    "06-outlet-c": "2026-01-08",
    "07-ministry-2026-01-26": "2026-01-27",
    "08-outlet-d": "2026-01-27",
    "09-ministry-2026-02-08": "2026-02-09",
    "10-outlet-e": "2026-02-09",
}
"""The report files in the order in which they are recorded, with the day of each."""
ASKED_AT: Final = datetime(2026, 2, 10, tzinfo=UTC)


def record_follow_up(
    database: Database,
    archive: Path,
    *,
    project: Project | None = None,
    file_count: int = len(RECORDED_ON),
) -> list[Outcome]:
    """Records the first `file_count` files of the follow-up, all of them unless said otherwise, in a ledger that holds the first
    example."""
    return [
        golden.record_example(
            database,
            archive,
            file=FOLDER / f"{name}.yaml",
            project=project,
            seed=100 + number,
            start=datetime.fromisoformat(day).replace(hour=number, tzinfo=UTC),
        )
        for number, (name, day) in enumerate(list(RECORDED_ON.items())[:file_count])
    ]


@contextmanager
def follow_up_service(url: str, folder: Path, *, file_count: int = len(RECORDED_ON)) -> Iterator[Service]:
    """Both examples, the follow-up as far as said, recorded in a migrated database, open to be asked."""
    settings = Settings(data=folder, database_url=url)
    database = Database(url)
    golden.record_example(database, settings.snapshots, project=project_inline)
    record_follow_up(database, settings.snapshots, project=project_inline, file_count=file_count)
    database.close()
    with open_service(settings, recording=True, entropy=SeededEntropy(2, start=ASKED_AT)) as service:
        yield service
