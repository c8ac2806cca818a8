"""The JSON Schema of every kind (2020-12), generated from its struct; `app/publish.py` writes them to `docs/schemas/`.

Only of the schema that is written today. Those of older ones were published once, and stay there as `KIND.SCHEMA.json`.
"""

from __future__ import annotations

import msgspec

from events.kinds import Entry, kind_of


def json_schema(kind: type[Entry]) -> str:
    """The JSON Schema of one kind's content, as text with sorted keys and a final newline."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    parts[kind.__name__]["properties"]["schema"] = {"const": kind.latest_schema}
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind_of(kind),
        **schema,
        "$defs": parts,
    }
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=2).decode() + "\n"
