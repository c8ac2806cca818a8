"""The JSON Schema of every kind (2020-12), generated from its struct and published under `docs/schemas/`.

`python -m events.schemas docs/schemas` writes them; a test holds the published files to the code.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from events.kinds import BY_KIND, Entry, kind_of


def json_schema(kind: type[Entry]) -> str:
    """The JSON Schema of one kind's content, as text with sorted keys and a final newline."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind_of(kind),
        **schema,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=2).decode() + "\n"


def publish(folder: Path) -> None:
    """Writes one `KIND.json` for every kind into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, entry in BY_KIND.items():
        (folder / f"{kind}.json").write_text(json_schema(entry), encoding="utf-8")


if __name__ == "__main__":
    publish(Path(sys.argv[1]))
