"""How contents of older schemas are read: one pure upcaster per (kind, schema), from that schema to the next.

An upcaster receives the content as plain values and returns it in the shape of the following schema number, erased units (`null`)
included. A stored sample of every (kind, schema) is frozen under `tests/data/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Upcaster = Callable[[dict[str, object]], dict[str, object]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
