"""The query book, asked of the ledger that `make run` records: what a reader of the book should get.

    python -m tests.query_book        writes the answers that have no pin yet; it changes none that stands

The ledger holds the first example and its follow-up (`tests/follow_up.py`); it is asked on 2026-02-10, so that an answer is the same on
every day. `example_service` is the first example alone, on 2026-01-01.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from app.database import Database, migrate
from app.ledger import Service, open_service
from app.query_book import BOOK, find_query
from app.reading import answer
from app.settings import Settings
from projections.runner import project_inline
from tests import golden
from tests.entropy import SeededEntropy
from tests.follow_up import follow_up_service

PINS: Final = golden.ROOT / "tests" / "data" / "query-book"
QUESTIONS: Final = tuple(path.stem for path in sorted(BOOK.glob("*.graphql")))

Answer = Mapping[str, Any]


@contextmanager
def example_service(url: str, folder: Path) -> Iterator[Service]:
    """The first example alone, recorded in a migrated database, open to be asked."""
    settings = Settings(data=folder, database_url=url)
    database = Database(url)
    golden.record_example(database, settings.snapshots, project=project_inline)
    database.close()
    with open_service(settings, recording=True, entropy=SeededEntropy(2)) as service:
        yield service


def ask(service: Service, name: str) -> Answer:
    """The whole response to a question of the book, with the variables beside it."""
    question = find_query(name)
    # As a client gets it: enumerations, dates and the like are plain JSON by now.
    response: Answer = json.loads(json.dumps(answer(service, question.document, question.variables)))
    return response


def pinned(name: str) -> Answer:
    """The expected data."""
    expected: Answer = json.loads((PINS / f"{name}.json").read_text(encoding="utf-8"))
    return expected


def _main() -> int:
    PINS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        migrate(url)
        with follow_up_service(url, Path(folder)) as service:
            for name in QUESTIONS:
                path = PINS / f"{name}.json"
                if not path.exists():
                    text = json.dumps(ask(service, name)["data"], ensure_ascii=False, indent=1)
                    path.write_text(text + "\n", encoding="utf-8")
                    print(path.relative_to(golden.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
