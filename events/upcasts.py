"""How contents of older schemas are read: one pure upcaster per (kind, schema), from that schema to the next.

An upcaster receives the content as plain values and returns it in the shape of the following schema number. Where a unit was erased, its
`Erased` mark stands in place of the value: an upcaster takes it wherever it takes the value, and never looks into it. What it adds must
say no more than the older schema did, and a field that the older schema did not have stops the reader like any other unknown one.

    restraint_reported  1 -> 2      `term`, for how long a step is ordered; schema 1 had no place for it, so it is not stated

A stored sample of every (kind, schema) is frozen under `tests/data/kinds/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from events.errors import SchemaUnknown

Upcaster = Callable[[dict[str, object]], dict[str, object]]


def _restraint_with_a_term(fields: dict[str, object]) -> dict[str, object]:
    if "term" in fields:
        raise SchemaUnknown("a stored RestraintReported of schema 1 has the unknown field 'term'")
    return {**fields, "schema": 2}


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {("restraint_reported", 1): _restraint_with_a_term}
