"""Pages and cursors, by the Relay cursor connections specification.

A cursor holds the list that it belongs to, the basis of its page and the row's place in the ordering. The next page has that basis too: it
is read as known at the same position, about the same day, whatever was recorded meanwhile, so that each row of the list is met once (I-13).
A cursor is opaque, and refused by any other list, by the same list asked for otherwise, and where its basis is gone.

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

from app.api.moments import Question
from app.api.request import Asked, Request, Stamp
from app.api.values import Basis
from events.errors import CursorInvalid, PageInvalid
from events.kinds import StreamId, SubjectKey
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


class Part(Struct, frozen=True):
    """Which part of a list a connection's arguments ask for."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def size(self) -> tuple[int, bool]:
        """How many rows at most, and whether the last ones instead of the first. Raises PageInvalid."""
        first, last = _given(self.first), _given(self.last)
        if first is not None and last is not None:
            raise PageInvalid(
                "`first` and `last` cannot both be given: one begins at the front, one at the end."
            )
        for name, size in (("first", first), ("last", last)):
            if size is not None and not 0 <= size <= PAGE_MAX:
                raise PageInvalid(
                    f"`{name}` is from 0 to {PAGE_MAX}, found {size}. Page with `after` or `before`."
                )
        size = first if first is not None else last
        return PAGE_DEFAULT if size is None else size, last is not None


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a cursor says: its list, the basis of its page, and the row's place."""

    list_: str
    stamp: Stamp
    place: tuple[str | int, ...]


class Listed(Struct, frozen=True):
    """One list in one ordering, as its cursors name it, what its page belongs to, and which part of it the page is."""

    name: str
    asked: Asked
    window: Window

    def cursor(self, row: Row) -> str:
        """The cursor of a row."""
        basis = self.asked.basis
        stamp = Stamp(
            position=basis.position,
            projected_through=basis.projected_through,
            valid_on=basis.valid_on,
            rules=basis.rules,
            erasures=basis.erasures,
        )
        content = msgspec.json.encode(Cursor(self.name, stamp, row.place))
        return base64.urlsafe_b64encode(content).decode().rstrip("=")


def read_cursor(text: str, name: str, *, width: int) -> Cursor:
    """What a cursor of the list of that name says. Raises CursorInvalid for another list's, or for none of ours."""
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=Cursor)
    except (binascii.Error, ValueError):
        raise CursorInvalid("This is no cursor. Take cursors as `pageInfo` and `edges` give them.") from None
    if not all(map(_is_ours, (*cursor.place, cursor.stamp.position, cursor.stamp.projected_through))):
        raise CursorInvalid("This is no cursor. Take cursors as `pageInfo` and `edges` give them.")
    if cursor.list_ != name or len(cursor.place) != width:
        raise CursorInvalid(
            "This cursor is of another list, or of this one asked for in another way. Ask for the first page again."
        )
    return cursor


def _is_ours(value: str | int) -> bool:
    """Whether a row can have it: a number that a database takes, a text without NUL."""
    return abs(value) < 2**53 if isinstance(value, int) else "\0" not in value


def listed(
    request: Request,
    asked: Asked,
    *of: object,
    part: Part,
    width: int,
) -> Listed:
    """A part of the list that is told apart by the values `of`, such as its name, its owner and its filter; `width` is how many columns
    its ordering has. With a cursor it belongs to the cursor's basis, without one to `asked`.

    Raises PageInvalid or CursorInvalid.
    """
    # The position is no part of the name: a page is continued at the position of its cursor, whether or not the ledger has moved on.
    clocks = (asked.clocks.valid_on, asked.clocks.available_by)
    named = msgspec.json.encode([sorted(request.viewer.may_see), clocks, *of])
    name = hashlib.sha256(named).hexdigest()[:12]
    from_, to = (
        None if text is None else read_cursor(text, name, width=width)
        for text in (_given(part.after), _given(part.before))
    )
    stamps = {cursor.stamp for cursor in (from_, to) if cursor is not None}
    if len(stamps) > 1:
        raise CursorInvalid("The two cursors are of two moments. Ask for the first page again.")
    size, backwards = part.size()
    for stamp in stamps:
        asked = request.continued(asked, stamp)
    window = Window(
        size=size,
        after=None if from_ is None else from_.place,
        before=None if to is None else to.place,
        backwards=backwards,
    )
    return Listed(name, asked, window)


async def page(
    request: Request,
    list_: Listed,
    question: Question,
    owner: SubjectKey | StreamId | int,
    *,
    about: SubjectKey | None = None,
) -> Page:
    """A page of a list that many rows have, of one owner; `about` is whom the list is about where that is not its owner."""
    subject = SubjectKey(str(owner)) if about is None else about
    return await request.at(list_.asked).pages.load((question, list_.window, owner, subject))


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
