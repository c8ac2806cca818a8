"""Questions made from the schema: of a type all its fields, and of what they lead to all leaves."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from app.api.schema import SCHEMA

TYPES = SCHEMA._schema.type_map
COMPOSITE = GraphQLObjectType | GraphQLInterfaceType


def type_named(name: str) -> COMPOSITE:
    """The object type or interface of that name."""
    found = TYPES[name]
    assert isinstance(found, GraphQLObjectType | GraphQLInterfaceType)
    return found


def member_names(union: str) -> set[str]:
    """The types of a union, by name."""
    found = TYPES[union]
    assert isinstance(found, GraphQLUnionType)
    return {member.name for member in found.types}


def _leaves(found: Any) -> str:
    """All fields of a type that lead no further."""
    if isinstance(found, GraphQLUnionType):
        return "__typename"
    names = [
        name
        for name, field in found.fields.items()
        if is_leaf_type(get_named_type(field.type))
        and not any(is_required_argument(argument) for argument in field.args.values())
    ]
    return " ".join(["__typename", *names])


def whole(name: str) -> str:
    """All fields of a type, and the leaves of what they lead to."""
    parts = [_leaves(type_named(name))]
    for field_name, field in type_named(name).fields.items():
        found = get_named_type(field.type)
        if not is_leaf_type(found):
            further = " nodes { __typename } edges { cursor node { __typename } } pageInfo { hasNextPage startCursor }"
            is_page = isinstance(found, GraphQLObjectType) and found.name.endswith("Connection")
            parts.append(f"{field_name} {{ {_leaves(found)}{further if is_page else ''} }}")
    return " ".join(parts)
