"""The decorator of resolvers, with types that a checker can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])


def answer(description: str, *, as_type: Any = None) -> Callable[[Resolver], Resolver]:
    """Makes a method a field of its type. `as_type` is the field's type in the API where the method returns a struct that it declares."""
    return cast(
        "Callable[[Resolver], Resolver]", strawberry.field(description=description, graphql_type=as_type)
    )
