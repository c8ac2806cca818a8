"""Pages and cursors, by the Relay cursor connections specification.

A cursor holds the list that it belongs to, the basis's position and the row's place in the ordering. It is opaque, and it is refused by any
other list, or by the same list asked for otherwise; the ordering ends in a unique column, so that a page never shows a row twice.

    first, after      forwards from a row          last, before      backwards from a row
    neither           the first 20                 both              refused

Absent on purpose: offsets.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
import strawberry
from msgspec import Struct
from strawberry import UNSET, field

from app.api.request import Asked, Request
from app.api.values import Basis
from events.errors import CursorInvalid, PageInvalid
from projections.reads import Page, Row, Window

PAGE_MAX = 100
PAGE_DEFAULT = 20

First = Annotated[
    int | None,
    strawberry.argument(description="The first so many, at most 100. Neither `first` nor `last`: 20."),
]
After = Annotated[str | None, strawberry.argument(description="Those behind this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="The last so many, at most 100.")]
Before = Annotated[str | None, strawberry.argument(description="Those in front of this cursor.")]

Built = TypeVar("Built")
Argument = TypeVar("Argument")


class Listed(Struct, frozen=True):
    """One list in one ordering, as its cursors name it, and what was asked."""

    name: str
    asked: Asked

    def cursor(self, row: Row) -> str:
        """The cursor of a row."""
        content = msgspec.json.encode([self.name, self.asked.basis.position, *row.place])
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    def place(self, cursor: str | None, *, width: int | None) -> tuple[str | int, ...] | None:
        """The place that a cursor names. Raises CursorInvalid for another list's, or for none of ours."""
        if cursor is None:
            return None
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            content = msgspec.json.decode(
                base64.b64decode(padded, altchars=b"-_", validate=True), type=list[str | int]
            )
        except (binascii.Error, ValueError):
            raise CursorInvalid(
                "This is no cursor. Take cursors as `pageInfo` and `edges` give them."
            ) from None
        if not all(map(_is_ours, content)):
            raise CursorInvalid("This is no cursor. Take cursors as `pageInfo` and `edges` give them.")
        name, place = content[:1], content[2:]
        if name != [self.name] or (width is not None and len(place) != width):
            raise CursorInvalid(
                "This cursor is of another list, or of this one asked for in another way. Ask for the first page again."
            )
        return tuple(place)


def _is_ours(value: str | int) -> bool:
    """Whether a row can have it: a number that a database takes, a text without NUL."""
    return abs(value) < 2**53 if isinstance(value, int) else "\0" not in value


def listed(asked: Asked, *of: object) -> Listed:
    """The list that is told apart by these values, such as its name, its owner and its filter."""
    named = msgspec.json.encode([asked.on, *of])
    return Listed(hashlib.sha256(named).hexdigest()[:12], asked)


def window_of(
    list_: Listed,
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    width: int | None = None,
) -> Window:
    """The window of a connection's arguments; `width` is how many columns the ordering has. Raises PageInvalid or CursorInvalid."""
    first, last = _given(first), _given(last)
    if first is not None and last is not None:
        raise PageInvalid("`first` and `last` cannot both be given: one begins at the front, one at the end.")
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= PAGE_MAX:
            raise PageInvalid(
                f"`{name}` is from 0 to {PAGE_MAX}, found {size}. Page with `after` or `before`."
            )
    size = first if first is not None else last
    return Window(
        size=PAGE_DEFAULT if size is None else size,
        after=list_.place(_given(after), width=width),
        before=list_.place(_given(before), width=width),
        backwards=last is not None,
    )


def check_size(count: int, name: str) -> None:
    """Raises PageInvalid where more is named at once than a page holds."""
    if count > PAGE_MAX:
        raise PageInvalid(f"`{name}` names {count}; at most {PAGE_MAX} at once.")


def _given(value: Argument) -> Argument | None:
    """An argument's value; null where it was left out."""
    return None if value is UNSET else value


def page_of(places: Sequence[int], window: Window) -> Page:
    """A page of a list that is at hand: ascending numbers, each its own place."""
    low = window.after[0] if window.after is not None else None
    high = window.before[0] if window.before is not None else None
    inside = [
        place for place in places if (low is None or place > int(low)) and (high is None or place < int(high))
    ]
    taken = inside[max(len(inside) - window.size, 0) :] if window.backwards else inside[: window.size]
    more = len(inside) > len(taken)
    return Page(
        rows=tuple(Row((place,), place) for place in taken),
        has_next=high is not None if window.backwards else more,
        has_previous=more if window.backwards else low is not None,
        total=len(places),
    )


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = field(description="Whether there are more behind it.")
    has_previous_page: bool = field(description="Whether there are more in front of it.")
    start_cursor: str | None = field(description="Of the first on the page; null where it is empty.")
    end_cursor: str | None = field(description="Of the last on the page; null where it is empty.")


@strawberry.type
class Connection:
    """What every page has beside its rows."""

    page_info: PageInfo = field(description="Where the page stands in its list.")
    total_count: int = field(description="How many the whole list has, of what you may see.")
    basis: Basis = field(description="What the page was computed from.")


@strawberry.type
class Edge:
    """What every edge has beside its node."""

    cursor: str = field(description="To go on from here.")


def built(
    connection: Callable[..., Built],
    edge: Callable[..., object],
    page: Page,
    nodes: Sequence[object | None],
    *,
    list_: Listed,
    request: Request,
) -> Built:
    """The connection of a page and the nodes of its rows; a row without a node is left out."""
    request.spend(len(nodes))
    pairs = [
        (list_.cursor(row), node) for row, node in zip(page.rows, nodes, strict=True) if node is not None
    ]
    cursors = [cursor for cursor, _ in pairs]
    return connection(
        edges=[edge(cursor=cursor, node=node) for cursor, node in pairs],
        nodes=[node for _, node in pairs],
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        total_count=page.total,
        basis=Basis(asked=list_.asked),
    )
