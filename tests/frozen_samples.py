"""One stored event of every (kind, schema), frozen in the bytes that ledgers hold (design.md 3, One decoder).

    python -m tests.frozen_samples      freezes what is not frozen yet: it never writes over a sample

Each sample is a file `tests/data/kinds/KIND.SCHEMA.json`: what the public log shows of the event (`envelope`), its `content` in
canonical JSON, its `salts` and the hash of its `leaf` in hex. `shapes.N.txt` has every field of every kind, with its words and its
default, a line each; there is a further one for each change of shapes. `SHA256SUMS` lists all files, as `sha256sum --check` reads it.

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
from msgspec import inspect

from app.database import migrate
from events.envelope import envelope_of
from events.kinds import BY_KIND
from events.store import FULL_VIEWER, StoredEvent, head, read_events
from tests import every_kind

FOLDER: Final = Path(__file__).parent / "data" / "kinds"
SUMS: Final = "SHA256SUMS"
KIND_SCHEMAS: Final = frozenset(
    (kind, schema) for kind, entry in BY_KIND.items() for schema in range(1, entry.latest_schema + 1)
)
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


def frozen_shapes() -> list[str]:
    """The shapes of all kinds as they were at first, and after each change."""
    count = len(list(FOLDER.glob("shapes.*.txt")))
    return [_shapes_file(number).read_text(encoding="ascii") for number in range(1, count + 1)]


def _shapes_file(number: int) -> Path:
    return FOLDER / f"shapes.{number}.txt"


def frozen_files() -> list[Path]:
    """All that is frozen, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.name != SUMS)


def read_sample(path: Path) -> Sample:
    """A sample as it was frozen."""
    return msgspec.json.decode(path.read_bytes(), type=Sample)


def sums_of(paths: Iterable[Path]) -> str:
    """A line for each file: its SHA-256 in hex, two blanks, its name."""
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths)


def shapes() -> str:
    """Today's shape of every kind, and of the values in them: a line for each field with what it may hold and its default.

    A word that goes, or a default that changes, makes stored events unreadable or, worse, gives them another meaning.
    """
    lines, seen = set[str](), set[type]()
    pending: list[inspect.Type] = [inspect.type_info(kind) for kind in BY_KIND.values()]
    while pending:
        match pending.pop():
            case inspect.UnionType(types=types):
                pending += types
            case inspect.VarTupleType(item_type=item):
                pending.append(item)
            case inspect.StructType(cls=struct, fields=fields, tag=tag) if struct not in seen:
                seen.add(struct)
                lines |= {f"{tag or struct.__name__}.{field.name}: {_shape(field)}" for field in fields}
                pending += [field.type for field in fields]
    return "".join(f"{line}\n" for line in sorted(lines))


def _shape(field: inspect.Field) -> str:
    default = "required" if field.required else msgspec.json.encode(field.default).decode()
    return f"{_words(field.type)} = {default}"


def _words(wanted: inspect.Type) -> str:
    match wanted:
        case inspect.UnionType(types=types):
            return " or ".join(map(_words, types))
        case inspect.VarTupleType(item_type=item, min_length=least, max_length=most):
            return f"{least or 0} to {'n' if most is None else most} of {_words(item)}"
        case inspect.EnumType(cls=words):
            return " | ".join(sorted(word.value for word in words))
        case inspect.StructType(cls=struct):
            return struct.__name__
        case inspect.IntType(ge=least):
            return "integer" if least is None else f"integer from {least}"
    return type(wanted).__name__.removesuffix("Type").lower()


def freeze(events: Iterable[StoredEvent], *, ledger: str) -> list[Path]:
    """Freezes today's schema of each kind that has no sample of it yet; returns the files written. Refuses to go on from samples that
    are not those of the list."""
    FOLDER.mkdir(exist_ok=True)
    sums = FOLDER / SUMS
    assert not sums.exists() or sums.read_text(encoding="ascii") == sums_of(frozen_files()), (
        "what was frozen was changed: restore it from git"
    )
    fullest: dict[str, StoredEvent] = {}
    for event in events:
        if event.kind not in fullest or len(event.content) > len(fullest[event.kind].content):
            fullest[event.kind] = event
    files = {
        file_of(kind, BY_KIND[kind].latest_schema): _written(_sample(event, ledger=ledger))
        for kind, event in fullest.items()
    }
    if (stand := frozen_shapes())[-1:] != [shapes()]:
        files[_shapes_file(len(stand) + 1)] = shapes().encode()
    written = sorted(path for path in files if not path.exists())
    for path in written:
        with path.open("xb") as file:
            file.write(files[path])
    sums.write_text(sums_of(frozen_files()), encoding="ascii")
    return written


def _written(sample: Sample) -> bytes:
    return msgspec.json.format(msgspec.json.encode(sample), indent=1) + b"\n"


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
            every_kind.recorded(folder, url, inline=False) as service,
            service.database.reading() as connection,
        ):
            ledger = head(connection).ledger
            written = freeze(read_events(connection, viewer=FULL_VIEWER), ledger=ledger)
    for path in written:
        print(path.name)
    print(f"{len(written)} files frozen; what was frozen before stays as it was.")
    return 0


if __name__ == "__main__":
    sys.exit(_main())
