"""The published schema: equal to the code, described throughout, and printed by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from app.api.schema import SCHEMA, print_schema
from tests.rules.repository import ROOT

BUILT_IN = ("__", "Int", "String", "Boolean", "ID")


def undescribed() -> Iterator[str]:
    """Every type, field, argument and input without a word on what it is."""
    for name, found in SCHEMA._schema.type_map.items():
        if name.startswith(BUILT_IN):
            continue
        if not found.description:
            yield name
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from _undescribed_in(name, found.fields)


def _undescribed_in(name: str, fields: dict[str, Any]) -> Iterator[str]:
    for field_name, field in fields.items():
        if not field.description:
            yield f"{name}.{field_name}"
        for argument_name, argument in getattr(field, "args", {}).items():
            if not argument.description:
                yield f"{name}.{field_name}({argument_name})"


class TestSchema:
    def test_the_file_is_what_the_code_serves(self) -> None:
        """`make schemas` writes it; a change of the API is a change of this file, to be reviewed."""
        assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == print_schema()

    def test_the_file_is_a_schema(self) -> None:
        """For any tool that reads the schema definition language."""
        schema = build_schema(print_schema())

        assert schema.query_type is not None
        assert schema.mutation_type is None
        assert (schema.description or "").startswith("Custody Ledger.")

    def test_everything_has_a_description(self) -> None:
        """Each says what it is, its unit or what null means, so that nobody has to guess."""
        assert list(undescribed()) == []

    def test_lists_are_connections_and_bounded(self) -> None:
        """Each has `totalCount`, `pageInfo`, `nodes`, `edges` and `basis`, and takes both directions."""
        for name, found in SCHEMA._schema.type_map.items():
            if isinstance(found, GraphQLObjectType) and name.endswith("Connection"):
                assert {"totalCount", "pageInfo", "nodes", "edges", "basis"} <= set(found.fields)
            for field in getattr(found, "fields", {}).values():
                if str(getattr(field, "type", "")).rstrip("!").endswith("Connection"):
                    assert {"first", "after", "last", "before"} <= set(field.args)
