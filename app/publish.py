"""Writes what is generated from the code and published beside it: the JSON Schemas of the kinds, and `schema.graphql`.

`make schemas` runs it; tests hold the published files to the code.
"""

from __future__ import annotations

from pathlib import Path

from app.api.schema import print_schema
from events.kinds import BY_KIND
from events.schemas import json_schema

ROOT = Path(__file__).parents[1]


def publish(root: Path = ROOT) -> None:
    """Writes `schema.graphql` and `docs/schemas/KIND.json` for every kind, in place of what was there."""
    (root / "schema.graphql").write_text(print_schema(), encoding="utf-8")
    for kind, entry in BY_KIND.items():
        (root / "docs" / "schemas" / f"{kind}.json").write_text(json_schema(entry), encoding="utf-8")


if __name__ == "__main__":
    publish()
