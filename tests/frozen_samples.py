"""One stored event of every (kind, schema), frozen in the bytes that ledgers hold (design.md 3, One decoder).

    python -m tests.frozen_samples      freezes what is not frozen yet: it never writes over a sample

Each sample is a file `tests/data/kinds/KIND.SCHEMA.json`: what the public log shows of the event (`envelope`), its `content` in
canonical JSON, its `salts` and the hash of its `leaf` in hex. `SHA256SUMS` lists them all, as `sha256sum --check` reads it.

A sample is the event of its kind that says the most, of the ledger of `tests.every_kind`. Whoever gives a kind a new schema runs this
once; the samples of the older schemas stay, and must stay readable. No test writes any of this.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from app.database import migrate
from events.envelope import envelope_of
from events.kinds import BY_KIND, CURRENT_SCHEMA
from events.store import FULL_VIEWER, StoredEvent, head, read_events
from tests import every_kind

FOLDER: Final = Path(__file__).parent / "data" / "kinds"
SUMS: Final = "SHA256SUMS"
KIND_SCHEMAS: Final = frozenset((kind, schema) for kind in BY_KIND for schema in range(1, CURRENT_SCHEMA + 1))
"""What must be frozen."""


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event, in the bytes that are hashed and those that prove them."""

    envelope: str
    content: str
    salts: str
    leaf: str


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the public log shows of an event."""

    body: str
    event_id: str
    ledger: str
    recorded_at: str
    v: int


def file_of(kind: str, schema: int) -> Path:
    """Where the sample of a kind's schema stands."""
    return FOLDER / f"{kind}.{schema}.json"


def read_sample(path: Path) -> Sample:
    """A sample as it was frozen."""
    return msgspec.json.decode(path.read_bytes(), type=Sample)


def sums_of(paths: Iterable[Path]) -> str:
    """A line for each file, by name: its SHA-256 in hex, two blanks, its name."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(paths)
    )


def freeze(events: Iterable[StoredEvent], *, ledger: str) -> list[Path]:
    """Freezes today's schema of each kind that has no sample of it yet; returns the files written. Refuses to go on from samples that
    are not those of the list."""
    FOLDER.mkdir(exist_ok=True)
    sums = FOLDER / SUMS
    assert not sums.exists() or sums.read_text(encoding="ascii") == sums_of(FOLDER.glob("*.json")), (
        "a frozen sample was changed: restore it from git"
    )
    fullest: dict[str, StoredEvent] = {}
    for event in events:
        if event.kind not in fullest or len(event.content) > len(fullest[event.kind].content):
            fullest[event.kind] = event
    written = [
        (path, event)
        for kind, event in sorted(fullest.items())
        if not (path := file_of(kind, CURRENT_SCHEMA)).exists()
    ]
    for path, event in written:
        with path.open("xb") as file:
            file.write(
                msgspec.json.format(msgspec.json.encode(_sample(event, ledger=ledger)), indent=1) + b"\n"
            )
    sums.write_text(sums_of(FOLDER.glob("*.json")), encoding="ascii")
    return [path for path, _ in written]


def _sample(event: StoredEvent, *, ledger: str) -> Sample:
    body = b64encode(event.body).decode()
    envelope = envelope_of(ledger=ledger, event_id=event.event_id, recorded_at=event.recorded_at, body=body)
    return Sample(
        envelope=envelope.decode(),
        content=event.content.decode(),
        salts=event.salts.hex(),
        leaf=event.leaf.hex(),
    )


def _main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'ledger.db'}"
        migrate(url)
        with (
            every_kind.recorded(folder, url, project=None) as service,
            service.database.reading() as connection,
        ):
            ledger = head(connection).ledger
            written = freeze(read_events(connection, viewer=FULL_VIEWER), ledger=ledger)
    for path in written:
        print(path.name)
    print(f"{len(written)} frozen; what was frozen before stays as it was.")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
