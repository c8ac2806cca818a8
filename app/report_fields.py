"""The fields of a report file, each read as its type wants it; every mistake is noted and none stops the reading.

`FieldReader` knows the shapes of values and nothing of report files: a struct of the kinds gives its own fields, which of them
are required, and what may stand in each. A value that cannot be read is noted and counts as left out.

Absent on purpose: whether a value is true to its kind (a date that exists, a term with its unit): `claim_checks` says so, for every door.
"""

from __future__ import annotations

import difflib
import enum
import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from app.report_nodes import Mapping, Node, Scalar, Sequence
from app.requests import FieldPath, Mistake
from events.dates import ClaimedDate, Derivation
from events.errors import TermInvalid
from events.terms import Term, parse_duration
from events.texts import WrittenText, shown

# Of every event, report and filing: not written in a file, or under a name and in a form of the file's own.
_NOT_IN_FILE: Final = frozenset(
    "schema streams recorded_by batch via caused_by visibility citations source order subject".split()
)
_WHOLE_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})")
_NOTHING: Final = frozenset({"", "null", "~", "Null", "NULL"})

T = TypeVar("T")
E = TypeVar("E", bound=enum.StrEnum)
_EXPECTED: Final = {
    "set": ": a name of yours for this body of reports, such as `amnesty-2025-12/article-1`",
    "cite": ": a quote from the source, or its span. Without a citation nothing is recorded",
    "about": ": the subject that this is about, by its local name or public key",
    "kind": ": what kind of report this is, such as `release_reported`",
    "key": ": a key of yours, by which this is found again",
    "reason": ": why this was decided",
}


class Unread(enum.Enum):
    """What stands for a value that could not be read: told of already, and taken for nothing."""

    UNREAD = enum.auto()


UNREAD: Final = Unread.UNREAD


class FieldReader:
    """Reads values out of a tree, and notes each mistake that it meets."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.kept: dict[FieldPath, tuple[int, ...]] = {}

    def note(self, path: FieldPath, message: str, *, code: str = "VALUE_INVALID", **facts: object) -> Unread:
        self.mistakes.append(Mistake(path=path, code=code, message=message, facts=facts))
        return UNREAD

    # — values, by the type of the field —

    def text(self, node: Node, path: FieldPath) -> str | Unread:
        if not isinstance(node, Scalar):
            return self.note(path, f"expected a text, found {what_stands(node)}")
        if is_nothing(node):
            return self.note(path, "expected a text, found nothing: leave the field out")
        return node.text

    def texts(self, node: Node, path: FieldPath) -> tuple[str, ...] | Unread:
        return self.each(node, path, self.text)

    def sha256(self, node: Node, path: FieldPath) -> str | Unread:
        text = self.text(node, path)
        if isinstance(text, str) and not re.fullmatch("[0-9a-f]{64}", text):
            return self.note(
                path, f"expected a SHA-256 as 64 hex digits in lower case, found `{shown(text)}`"
            )
        return text

    def number(self, node: Node, path: FieldPath) -> int | Unread:
        if not isinstance(node, Scalar):
            return self.note(path, f"expected a whole number, found {what_stands(node)}")
        if not node.plain or not _WHOLE_NUMBER.fullmatch(node.text):
            bare = node.text.replace(",", "").replace("_", "").replace(" ", "")
            advice = f": write {bare}" if _WHOLE_NUMBER.fullmatch(bare) else ""
            return self.note(path, f"expected a whole number, found {what_stands(node)}{advice}")
        return int(node.text)

    def truth(self, node: Node, path: FieldPath) -> bool | Unread:
        if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
            return node.text == "true"
        return self.note(path, f"expected true or false, found {what_stands(node)}")

    def one_of(
        self, values: type[E], *, without: frozenset[E] = frozenset()
    ) -> Callable[[Node, FieldPath], E | Unread]:
        """Reads one of an enumeration's stored strings."""
        allowed = tuple(value.value for value in values if value not in without)

        def read(node: Node, path: FieldPath) -> E | Unread:
            text = self.text(node, path)
            if isinstance(text, Unread):
                return text
            return values(text) if text in allowed else self.note(path, not_one_of(text, allowed))

        return read

    def value(self, node: Node, path: FieldPath, wanted: inspect.Type) -> Any:
        match wanted:
            case inspect.UnionType(types=types):
                (only,) = (one for one in types if not isinstance(one, inspect.NoneType))
                return self.value(node, path, only)
            case inspect.StrType():
                return self.text(node, path)
            case inspect.IntType():
                return self.number(node, path)
            case inspect.BoolType():
                return self.truth(node, path)
            case inspect.EnumType(cls=values):
                assert issubclass(values, enum.StrEnum), values
                return self.one_of(values)(node, path)
            case inspect.VarTupleType(item_type=item):
                return self.each(node, path, lambda one, place: self.value(one, place, item))
            case inspect.StructType(cls=struct):
                return self.struct(node, path, struct)
        raise AssertionError(f"no field is of {wanted}")

    def struct(self, node: Node, path: FieldPath, struct: type[msgspec.Struct]) -> Any:
        if isinstance(node, Scalar):
            return self._short(node, path, struct)
        found = self.mapping(node, path, own_fields(struct))
        if found is None:
            return UNREAD
        fields = self.struct_fields(found, path, struct)
        return UNREAD if fields is None else struct(**fields)

    def _short(self, node: Scalar, path: FieldPath, struct: type[msgspec.Struct]) -> Any:
        """The short form that some values have: the words alone, or the date alone."""
        text = self.text(node, path)
        if isinstance(text, Unread):
            return UNREAD
        if struct is WrittenText:
            return WrittenText(as_written=text)
        if struct is ClaimedDate:
            return ClaimedDate(edtf=text, derivation=Derivation.STATED)
        if struct is Term:
            return self.note(path, _term_advice(text), code=TermInvalid.code)
        names = listed(_required_fields(struct))
        return self.note(path, f"expected a mapping with {names}, found `{shown(text)}`")

    def struct_fields(
        self, found: Mapping, path: FieldPath, struct: type[msgspec.Struct]
    ) -> dict[str, Any] | None:
        """The fields of a struct that stand in a mapping; null if one that it needs is not there or could not be read."""
        fields: dict[str, Any] = {}
        complete = True
        for field in fields_of(struct):
            form = functools.partial(self.value, wanted=field.type)
            if field.required and not (struct is ClaimedDate and field.name == "derivation"):
                value = self.required(found, path, field.name, form)
                complete = complete and value is not None
            else:
                value = self.field(found, path, field.name, form)
            if value is not None:
                fields[field.name] = value
        if struct is ClaimedDate:
            fields.setdefault("derivation", Derivation.STATED)
        return fields if complete else None

    # — mappings and lists —

    def mapping(self, node: Node, path: FieldPath, names: tuple[str, ...]) -> Mapping | None:
        if not isinstance(node, Mapping):
            self.note(path, f"expected a mapping with some of {listed(names)}; found {what_stands(node)}")
            return None
        self.known_fields(node, path, names)
        return node

    def known_fields(self, node: Mapping, path: FieldPath, names: Iterable[str], *, of: str = "") -> None:
        known = tuple(names)
        for name in node.items:
            if name not in known:
                where = f"`{of}` has no field" if of else "there is no field"
                self.note(
                    (*path, name), f"{where} `{shown(name)}`{_advice(name, known)}", code="FIELD_UNKNOWN"
                )

    def nothing_beside(self, found: Mapping, path: FieldPath, name: str, others: Iterable[str]) -> None:
        if extra := [other for other in others if other in found.items]:
            self.note(
                path,
                f"`{name}` names what exists, so {listed(extra)} cannot stand beside it: remove one or the other",
            )

    def field(
        self,
        found: Mapping,
        path: FieldPath,
        name: str,
        form: Callable[[Node, FieldPath], T | Unread],
    ) -> T | None:
        """The value of a field; null where it is left out or could not be read."""
        node = found.items.get(name)
        if node is None:
            return None
        value = form(node, (*path, name))
        return None if isinstance(value, Unread) else value

    def required(
        self,
        found: Mapping,
        path: FieldPath,
        name: str,
        form: Callable[[Node, FieldPath], T | Unread],
        *,
        code: str = "FIELD_MISSING",
    ) -> T | None:
        if name not in found.items:
            self.note(path, f"`{name}` is missing{_EXPECTED.get(name, '')}", code=code)
        return self.field(found, path, name, form)

    def each(
        self, node: Node, path: FieldPath, form: Callable[[Node, FieldPath], T | Unread]
    ) -> tuple[T, ...] | Unread:
        if not isinstance(node, Sequence):
            return self.note(path, f"expected a list, found {what_stands(node)}")
        read = [form(item, (*path, str(index))) for index, item in enumerate(node.items)]
        self.kept[path] = tuple(index for index, value in enumerate(read) if not isinstance(value, Unread))
        return tuple(value for value in read if not isinstance(value, Unread))


@functools.cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """The fields of a struct that a file states under their own names."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return tuple(field for field in info.fields if field.name not in _NOT_IN_FILE)


def own_fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in fields_of(struct))


def _required_fields(struct: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in fields_of(struct) if field.required]


def _term_advice(text: str) -> str:
    try:
        parse_duration(text)
    except TermInvalid:
        return (
            f"expected a term with its unit, as {{as_written: five years, duration: P5Y}}, found `{shown(text)}`:"
            " a number or word alone does not say of what"
        )
    return f"expected the words of the source as well, as {{as_written: five years, duration: {text}}}, found `{text}`"


def not_one_of(found: str, allowed: Iterable[str]) -> str:
    """What to say of a value that is not among those allowed."""
    return f"`{shown(found)}` is not allowed here{_advice(found, tuple(allowed))}"


def _advice(found: str, known: tuple[str, ...]) -> str:
    nearest = difflib.get_close_matches(found, known, n=1, cutoff=0.6)
    return f": did you mean `{nearest[0]}`?" if nearest else f": expected one of {listed(known)}"


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{shown(name)}`" for name in names) or "nothing"


def what_stands(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping" + (f" with {listed(list(node.items)[:5])}" if node.items else "")
        case Sequence():
            return f"a list of {len(node.items)}"
        case Scalar():
            return "nothing" if is_nothing(node) else f"`{shown(node.text)}`"


def is_nothing(node: Scalar) -> bool:
    return (node.plain and node.text in _NOTHING) or node.text == ""
