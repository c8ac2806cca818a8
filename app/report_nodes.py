"""The text of a report file as a tree whose every value knows its line: YAML of a narrow profile, or JSON Lines.

    Scalar     its characters as written; whether they are text, a number, a truth value or nothing is decided by the field that reads
               them, so that `claimed: 2025-12-22` and `population: no` are the words they look like
    Sequence   values in order
    Mapping    names to values, each name once

Refused, each with its line: a key twice in one mapping, an anchor, an alias, a tag, a merge key, a second document, nesting beyond
`DEPTH_MAX`, text that is not UTF-8 or holds a control character. A tree is thus never larger than the text it was read from.

Absent on purpose: what any of it means (`report_files`). The parser's events are read one by one and nothing is ever constructed, so no
tag and no `__class__` in a file can reach anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from typing import TypeAlias

import yaml
from msgspec import Struct

from events.normalisation import STACKED_MAX, stacked_marks

DEPTH_MAX = 24

# The parser in C, where the wheel has it, is some ten times faster than the one in Python; both give the same events.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Scalar(Struct, frozen=True):
    """One value; `plain` if it was written without quotation marks."""

    text: str
    plain: bool
    line: int


class Sequence(Struct, frozen=True):
    """Values in order."""

    items: tuple[Node, ...]
    line: int


class Mapping(Struct, frozen=True):
    """Names to values, in order; `lines` has the line of each name."""

    items: Map[str, Node]
    lines: Map[str, int]
    line: int


Node: TypeAlias = "Scalar | Sequence | Mapping"


class NotReadable(Exception):
    """The text is not in the profile: at `line`, for the reason given. `code` is that of the mistake."""

    def __init__(self, line: int, reason: str, *, code: str = "FILE_INVALID") -> None:
        self.line, self.reason, self.code = line, reason, code
        super().__init__(f"{line}: {reason}")


def decode_text(raw: bytes) -> str:
    """The text of a file. Raises NotReadable for what is not UTF-8, and for NUL and other control characters."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = raw[: broken.start].count(b"\n") + 1
        raise NotReadable(
            line,
            f"expected UTF-8, found the byte 0x{raw[broken.start]:02x}: save the file as UTF-8",
            code="TEXT_INVALID",
        ) from None
    if found := _CONTROL.search(text):
        name = "NUL" if found.group() == "\0" else "a control character"
        line = text.count("\n", 0, found.start()) + 1
        raise NotReadable(
            line, f"expected text, found U+{ord(found.group()):04X} ({name}): remove it", code="TEXT_INVALID"
        )
    return text


# ── YAML ─────────────────────────────────────────────────────────────────────


def read_yaml(text: str) -> Node:
    """The tree of a YAML document. Raises NotReadable."""
    try:
        events = _content(yaml.parse(text, Loader=_LOADER))
        first = next(events, None)
        if first is None:
            raise NotReadable(1, "expected a report file, found nothing in it")
        root = _build(first, events, depth=0)
        next(events, None)  # a second document refuses itself
        return root
    except yaml.MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        raise NotReadable(mark.line + 1 if mark else 1, _said(broken)) from None
    except yaml.YAMLError as broken:
        raise NotReadable(1, f"expected YAML, found what it does not allow: {broken}") from None


def _said(broken: yaml.MarkedYAMLError) -> str:
    said = "; ".join(part for part in (broken.context, broken.problem) if part)
    if "invalid Unicode character escape" in said:
        return "expected text, found the escape of half a surrogate pair: write the character itself"
    hint = " (quote a value that holds `: ` or ` #`, or begins with a special sign; indent with blanks)"
    return f"expected YAML, found a fault: {said}{hint}"


def _content(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    """The events of the one document, those of its values only."""
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise NotReadable(_line(event), "expected one document, found a second one after `---`")
        elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


def _build(event: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> Node:
    line = _line(event)
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, yaml.AliasEvent):
        raise NotReadable(line, f"expected a value, found the alias `*{anchor}`: write it out")
    if anchor is not None:
        raise NotReadable(line, f"expected a value, found the anchor `&{anchor}`: a report file has none")
    if tag not in (None, "!"):
        raise NotReadable(line, f"expected a value, found the tag `{tag}`: a report file has none")
    _check_depth(depth, line)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value, plain=event.style in (None, ""), line=line)
    if isinstance(event, yaml.SequenceStartEvent):
        return Sequence(tuple(_elements(events, depth)), line=line)
    assert isinstance(event, yaml.MappingStartEvent), event
    return _mapping(events, depth, line=line)


def _scalar(text: str, *, plain: bool, line: int) -> Scalar:
    if stacked_marks(text) is not None:
        message = f"expected text, found more than {STACKED_MAX} combining marks upon one letter: remove them"
        raise NotReadable(line, message, code="TEXT_INVALID")
    return Scalar(text, plain=plain, line=line)


def _elements(events: Iterator[yaml.Event], depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            return
        yield _build(event, events, depth=depth + 1)


def _mapping(events: Iterator[yaml.Event], depth: int, *, line: int) -> Mapping:
    items: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        name = _build(event, events, depth=depth + 1)
        if not isinstance(name, Scalar):
            raise NotReadable(name.line, "expected a name before the colon, found a list or a mapping")
        if name.text == "<<" and name.plain:
            raise NotReadable(name.line, "expected a name, found the merge key `<<`: write the fields out")
        if name.text in items:
            raise NotReadable(
                name.line, f"`{name.text}` stands twice in one mapping (first on line {lines[name.text]})"
            )
        lines[name.text] = name.line
        items[name.text] = _build(next(events), events, depth=depth + 1)
    return Mapping(items, lines, line)


def _check_depth(depth: int, line: int) -> None:
    if depth > DEPTH_MAX:
        raise NotReadable(line, f"expected at most {DEPTH_MAX} levels of nesting, found more")


# ── JSON Lines ───────────────────────────────────────────────────────────────


def read_json_lines(text: str) -> list[Mapping]:
    """The objects of the lines, empty lines passed over; each value has the number of its line. Raises NotReadable."""
    objects = [_object(line, number) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not objects:
        raise NotReadable(1, "expected a report file, found nothing in it")
    return objects


def _object(line: str, number: int) -> Mapping:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        once = dict(found)
        if len(once) < len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            raise NotReadable(number, f"`{twice}` stands twice in one object")
        return once

    try:
        value = json.loads(
            line, object_pairs_hook=pairs, parse_int=_Plain, parse_float=_Plain, parse_constant=_Plain
        )
        node = _from_json(value, number, depth=0)
    except json.JSONDecodeError as broken:
        raise NotReadable(
            number, f"expected JSON, found a fault at column {broken.colno}: {broken.msg}"
        ) from None
    except RecursionError:
        raise NotReadable(number, f"expected at most {DEPTH_MAX} levels of nesting, found more") from None
    if not isinstance(node, Mapping):
        raise NotReadable(number, "expected an object `{…}` on each line, found something else")
    return node


class _Plain(str):
    """What stood in JSON without quotation marks."""


def _from_json(value: object, line: int, *, depth: int) -> Node:
    _check_depth(depth, line)
    match value:
        case dict():
            items = {name: _from_json(element, line, depth=depth + 1) for name, element in value.items()}
            return Mapping(items, dict.fromkeys(items, line), line)
        case list():
            return Sequence(tuple(_from_json(element, line, depth=depth + 1) for element in value), line)
        case _Plain():
            return Scalar(str(value), plain=True, line=line)
        case str():
            return _scalar(value, plain=False, line=line)
        case None:
            return Scalar("null", plain=True, line=line)
        case _:
            return Scalar("true" if value else "false", plain=True, line=line)
