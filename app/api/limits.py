"""How large one operation may be: levels of fields, and aliases, with every fragment counted where it is spread.

Each fragment is measured once, however often it is spread, so that measuring takes as long as the document is long. A limiter that walks
every spread anew needs 2^n steps for n fragments that each spread the next one twice, and such a document has three kilobytes.

Absent on purpose: how many rows an operation shows (`app.api.request`), and fragments in a circle, which another rule refuses.
"""

from __future__ import annotations

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)
from msgspec import Struct

DEPTH_MAX = 12
ALIASES_MAX = 30


class _Size(Struct, frozen=True):
    """Of a selection: its levels of fields that have fields of their own, and its aliases, which are counted up to one too many."""

    depth: int = 0
    aliases: int = 0

    def beside(self, other: _Size) -> _Size:
        """Both, one beside the other."""
        return _Size(max(self.depth, other.depth), min(self.aliases + other.aliases, ALIASES_MAX + 1))


class SizeRule(ValidationRule):
    """Refuses an operation of more than `DEPTH_MAX` levels or `ALIASES_MAX` aliases. Introspection has levels of its own."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments = {
            definition.name.value: definition
            for definition in context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, _Size] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        """Measures an operation."""
        size = self._of_set(node.selection_set)
        if size.depth > DEPTH_MAX:
            message = f"The operation nests more than {DEPTH_MAX} levels of fields. Ask again from what is found, by its id."
            self.report_error(GraphQLError(message, [node]))
        if size.aliases > ALIASES_MAX:
            message = f"The operation has more than {ALIASES_MAX} aliases. Ask in several operations."
            self.report_error(GraphQLError(message, [node]))

    def _of_set(self, selected: SelectionSetNode | None) -> _Size:
        size = _Size()
        for selection in () if selected is None else selected.selections:
            size = size.beside(self._of(selection))
        return size

    def _of(self, selection: SelectionNode) -> _Size:
        match selection:
            case FieldNode():
                inside = self._of_set(selection.selection_set)
                nests = selection.selection_set is not None and not selection.name.value.startswith("__")
                here = _Size(inside.depth + 1 if nests else 0, 1 if selection.alias else 0)
                return here.beside(_Size(0, inside.aliases))
            case InlineFragmentNode():
                return self._of_set(selection.selection_set)
            case FragmentSpreadNode():
                return self._of_fragment(selection.name.value)
        raise AssertionError(f"no selection: {selection}")

    def _of_fragment(self, name: str) -> _Size:
        if name not in self._measured and name in self._fragments:
            self._measured[name] = _Size()  # where it spreads itself; then the document is refused anyway
            self._measured[name] = self._of_set(self._fragments[name].selection_set)
        return self._measured.get(name, _Size())
