"""The example ledger under the seeded entropy, in the bytes that nobody can change later.

    python -m tests.golden        writes the pins, once: it refuses where they stand already

Each line of the pins is one event: its position, what the public log shows of it (`envelope`), its `content` in canonical JSON, its
`salts` and the hash of its `leaf` in hex. The last line has the `size` and the `root` over all.

Nothing here depends on the machine: clock, ids and salts come from a seed, and the document that is captured from the repository.
"""

from __future__ import annotations

import sys
import tempfile
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from app.database import Database, migrate
from app.recording import Outcome, Recorder
from app.report_files import read_report_file
from app.snapshots import LocalObjects, SnapshotArchive
from app.writer import Writer
from events.envelope import envelope_of
from events.store import FULL_VIEWER, Project, StoredEvent, ensure_actor, head, open_ledger, read_events
from projections.rules import RULES_VERSION
from tests.entropy import START, SeededEntropy

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLE: Final = ROOT / "examples" / "amnesty-2025-12" / "reports.yaml"
PINS: Final = ROOT / "tests" / "data" / "golden-amnesty-2025-12.jsonl"
ORIGIN: Final = "example.org/custody-ledger"
ZONE: Final = "Asia/Baku"
RULES: Final = RULES_VERSION
ACTOR: Final = "examples"


class PinnedEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event, in the bytes that are hashed and those that prove them."""

    position: int
    envelope: str
    content: str
    salts: str
    leaf: str


class PinnedRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the tree over all events comes to."""

    size: int
    root: str


class Pins(msgspec.Struct, frozen=True):
    """The whole example ledger."""

    events: tuple[PinnedEvent, ...]
    root: PinnedRoot


def record_example(
    database: Database,
    archive: Path,
    *,
    file: Path = EXAMPLE,
    project: Project | None = None,
    document: Path | None = None,
    seed: int = 1,
    start: datetime = START,
) -> Outcome:
    """Opens the ledger in a migrated database, as the seed has it, and records a report file in it. In a ledger that stands already
    another seed is needed: the same one gives the same ids."""
    entropy = SeededEntropy(seed, start=start)
    with database.writing() as connection:
        open_ledger(connection, entropy=entropy, origin=ORIGIN, zone=ZONE, rules=RULES)
        actor = ensure_actor(connection, ACTOR, entropy=entropy)
    report_file = read_report_file(file, document=document)
    with Writer(database, entropy=entropy, project=project) as writer:
        recorder = Recorder(
            database=database,
            archive=SnapshotArchive(LocalObjects(archive)),
            writer=writer,
            entropy=entropy,
        )
        return recorder.record(report_file.request, actor=actor, mistakes=report_file.mistakes)


def pins_of(database: Database) -> Pins:
    """Everything that the ledger in this database hashes, and the root."""
    with database.reading() as connection:
        tip = head(connection)
        events = read_events(connection, viewer=FULL_VIEWER)
    return Pins(
        events=tuple(_pinned(event, ledger=tip.ledger) for event in events),
        root=PinnedRoot(size=tip.size, root=tip.root.hex()),
    )


def read_pins() -> Pins:
    """The pins as they stand in the repository."""
    *events, root = PINS.read_bytes().splitlines()
    return Pins(
        events=tuple(msgspec.json.decode(line, type=PinnedEvent) for line in events),
        root=msgspec.json.decode(root, type=PinnedRoot),
    )


def write_pins(pins: Pins) -> None:
    """Writes the pins where there are none. Raises FileExistsError otherwise: a golden is never made anew by whoever breaks it."""
    PINS.parent.mkdir(exist_ok=True)
    lines = b"".join(msgspec.json.encode(line) + b"\n" for line in (*pins.events, pins.root))
    with PINS.open("xb") as file:
        file.write(lines)


def _pinned(event: StoredEvent, *, ledger: str) -> PinnedEvent:
    body = b64encode(event.body).decode()
    envelope = envelope_of(ledger=ledger, event_id=event.event_id, recorded_at=event.recorded_at, body=body)
    return PinnedEvent(
        position=event.position,
        envelope=envelope.decode(),
        content=event.content.decode(),
        salts=event.salts.hex(),
        leaf=event.leaf.hex(),
    )


def _main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.db"
        migrate(url)
        database = Database(url)
        record_example(database, Path(folder) / "snapshots")
        pins = pins_of(database)
        database.close()
    try:
        write_pins(pins)
    except FileExistsError:
        print(
            f"{PINS.relative_to(ROOT)} stands already. Remove it in a change of its own that says why.",
            file=sys.stderr,
        )
        return 1
    print(f"{PINS.relative_to(ROOT)}: {pins.root.size} events, root {pins.root.root}")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
