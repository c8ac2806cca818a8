"""A client's cache, as the common ones keep answers: every object with an id once, under its type and id, whatever question brought it.

It follows Apollo's InMemoryCache with its defaults: an object is kept under `__typename:id`, its fields under names and arguments, and
what a later answer says of the same field replaces what an earlier one said. Objects without an id stay within their parent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    is_abstract_type,
    parse,
    value_from_ast_untyped,
)

from app.api.schema import SCHEMA

ROOT = "ROOT_QUERY"
Record = dict[str, Any]


class Cache:
    """Answers, normalised. `records` are the objects by their names in the cache."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    def write(self, document: str, variables: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Takes in an answer. Every selection of an object asks for `__typename`, and for `id` where there is one."""
        question = _Question(document, variables)
        self._put(self.records.setdefault(ROOT, {}), question, question.selected, data)

    def read(self, document: str, variables: Mapping[str, Any]) -> Any:
        """The answer that the cache has; a KeyError where a field is missing."""
        question = _Question(document, variables)
        return self._get(question, question.selected, self.records[ROOT])

    def _put(
        self, record: Record, question: _Question, selected: SelectionSetNode, data: Mapping[str, Any]
    ) -> None:
        for field in question.fields(selected, data.get("__typename")):
            value = data[field.alias.value if field.alias else field.name.value]
            record[question.stored_name(field)] = self._kept(question, field.selection_set, value)

    def _kept(self, question: _Question, selected: SelectionSetNode | None, value: Any) -> Any:
        if isinstance(value, list):
            return [self._kept(question, selected, one) for one in value]
        if selected is None or value is None:
            return value
        if "id" not in value:
            within: Record = {}
            self._put(within, question, selected, value)
            return within
        name = f"{value['__typename']}:{value['id']}"
        self._put(self.records.setdefault(name, {}), question, selected, value)
        return {"__ref": name}

    def _get(self, question: _Question, selected: SelectionSetNode | None, kept: Any) -> Any:
        if isinstance(kept, list):
            return [self._get(question, selected, one) for one in kept]
        if selected is None or kept is None:
            return kept
        record = self.records[kept["__ref"]] if "__ref" in kept else kept
        return {
            field.alias.value if field.alias else field.name.value: self._get(
                question, field.selection_set, record[question.stored_name(field)]
            )
            for field in question.fields(selected, record.get("__typename"))
        }


class _Question:
    """A document with its variables."""

    def __init__(self, document: str, variables: Mapping[str, Any]) -> None:
        definitions = parse(document).definitions
        self._fragments = {
            one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)
        }
        (operation,) = [one for one in definitions if isinstance(one, OperationDefinitionNode)]
        self.selected = operation.selection_set
        defaults = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in operation.variable_definitions or ()
            if one.default_value is not None
        }
        self._variables = {**defaults, **variables}

    def fields(self, selected: SelectionSetNode, typename: str | None) -> Iterator[FieldNode]:
        """The fields asked for of an object of that type, fragments spread."""
        for node in selected.selections:
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    if node.type_condition is None or _is_a(typename, node.type_condition.name.value):
                        yield from self.fields(node.selection_set, typename)
                case FragmentSpreadNode():
                    fragment = self._fragments[node.name.value]
                    if _is_a(typename, fragment.type_condition.name.value):
                        yield from self.fields(fragment.selection_set, typename)

    def stored_name(self, field: FieldNode) -> str:
        """The name of a field and its arguments, by which the cache keeps it."""
        given = {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in field.arguments or ()
        }
        given = {name: value for name, value in given.items() if value is not Undefined}
        return f"{field.name.value}({json.dumps(given, sort_keys=True)})" if given else field.name.value


def _is_a(typename: str | None, wanted: str) -> bool:
    if typename is None or typename == wanted:
        return typename == wanted or wanted == "Query"
    types = SCHEMA._schema
    found = types.get_type(wanted)
    return is_abstract_type(found) and types.is_sub_type(found, types.get_type(typename))  # type: ignore[arg-type]
