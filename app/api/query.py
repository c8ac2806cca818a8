"""What can be asked: nouns. Reads take the day they ask about; what was known on an earlier day comes with a later issue."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, Private, field

from app.api import connections, entries, findings, ids, paging, sources, subjects, values
from app.api.fields import answer
from app.api.filters import (
    SUBJECT_SORTS,
    EventFilter,
    PrisonerFilter,
    SourceFilter,
    events_wanted,
    prisoners_wanted,
    publisher_wanted,
)
from app.api.nodes import Node
from app.api.paging import After, Before, First, Last
from app.api.request import Asked, Info, Request
from events import kinds
from events.errors import StoreUnready
from events.kinds import EventId, SubjectKey, SubjectSort
from events.store import head
from projections import reads

Id = Annotated[ID, strawberry.argument(description="An id, or a key.")]
ValidOn = Annotated[
    date | None,
    strawberry.argument(description="The day asked about; null: today, in the ledger's zone."),
]


@strawberry.type(description="An RFC 6962 tree. Hashes are base64.")
class Ledger:
    opened: Private[kinds.LedgerOpened]
    size: int = field(description="How many entries.")
    root: str = field(description="Of the tree over all of them.")

    @answer("The log's name, as signed.")
    def origin(self) -> str:
        return self.opened.origin

    @answer("The zone in which bare days are read.")
    def zone(self) -> str:
        return self.opened.zone


@strawberry.type(description="Nouns. Reads take `validOn` where days matter.")
class Query:
    @answer(
        "Any object by its id. An id read for a named day answers for that day; values that were erased since aside."
    )
    async def node(
        self, info: Info, id: Annotated[ID, strawberry.argument(description="As an answer gave it.")]
    ) -> Node | None:
        return await _node(info.context, id)

    @answer("Several at once, in the order asked; null where there is none, or none for you.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[ID], strawberry.argument(description="As answers gave them, at most 100.")],
    ) -> list[Node | None]:
        paging.check_size(len(ids), "ids")
        info.context.spend(len(ids))
        return list(await asyncio.gather(*(_node(info.context, id) for id in ids)))

    @answer("One prisoner by id or key; any id or key ever handed out still answers.")
    async def prisoner(self, info: Info, id: Id, valid_on: ValidOn = UNSET) -> subjects.Prisoner | None:
        key, asked = _named(info, id, valid_on, "Prisoner", "PersonRecord")
        return await subjects.of_sort(info.context, key, subjects.Prisoner, asked)

    @answer("Prisoners, past and present, by what is found about them. By name, ties by key.")
    async def prisoners(
        self,
        info: Info,
        filter: Annotated[PrisonerFilter | None, strawberry.argument(description="Only these.")] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        valid_on: ValidOn = UNSET,
    ) -> connections.PrisonerConnection:
        wanted, asked = prisoners_wanted(filter), _on(info, valid_on)
        list_ = paging.listed(asked, "prisoners", wanted)
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=2)
        page = reads.prisoners(info.context.connection, wanted, asked.day, window)
        return await connections.prisoners(info.context, page, list_, searched=wanted.name)

    @answer("One amnesty, pardon decree or statute.")
    async def act(self, info: Info, id: Id, valid_on: ValidOn = UNSET) -> subjects.Act | None:
        key, asked = _named(info, id, valid_on, "Act")
        return await subjects.of_sort(info.context, key, subjects.Act, asked)

    @answer("All acts, newest on record first.")
    async def acts(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        valid_on: ValidOn = UNSET,
    ) -> connections.ActConnection:
        list_ = paging.listed(_on(info, valid_on), "acts")
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=1)
        page = reads.subjects_of_sort(info.context.connection, SubjectSort.ACT, window)
        return await connections.acts(info.context, page, list_)

    @answer("One published list, such as an organisation's list of political prisoners.")
    async def list(self, info: Info, id: Id) -> subjects.List | None:
        key, asked = _named(info, id, None, "List")
        return await subjects.of_sort(info.context, key, subjects.List, asked)

    @answer("All lists, by name.")
    async def lists(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> connections.ListConnection:
        list_ = paging.listed(info.context.asked, "lists")
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=2)
        page = reads.lists(info.context.connection, window)
        return await connections.lists(info.context, page, list_)

    @answer("One document that somebody published.")
    async def source(self, info: Info, id: Id) -> subjects.Source | None:
        key, asked = _named(info, id, None, "Source")
        return await subjects.of_sort(info.context, key, subjects.Source, asked)

    @answer("Sources, newest on record first.")
    async def sources(
        self,
        info: Info,
        filter: Annotated[SourceFilter | None, strawberry.argument(description="Only these.")] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> connections.SourceConnection:
        publisher = publisher_wanted(filter)
        list_ = paging.listed(info.context.asked, "sources", publisher)
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=1)
        page = reads.sources(info.context.connection, publisher, window)
        return await connections.sources(info.context, page, list_)

    @answer(
        "Any subject by id or key: groups, proceedings and parties as well. A person's key gives the prisoner; "
        "its own record with `record: true`."
    )
    async def subject(
        self,
        info: Info,
        id: Id,
        record: Annotated[bool, strawberry.argument(description="Of a person the record itself.")] = False,
        valid_on: ValidOn = UNSET,
    ) -> subjects.Subject | None:
        key, asked = _named(info, id, valid_on, *SUBJECT_SORTS)
        row = await info.context.subject_rows.load(key)
        return subjects.object_of(row, asked, record=record) if row is not None else None

    @answer("One entry, by its place in the ledger. By id: `node`.")
    async def event(
        self,
        info: Info,
        position: Annotated[int, strawberry.argument(description="1, 2, 3, …")],
    ) -> entries.Event | None:
        return await entries.at_position(info.context, position, info.context.asked)

    @answer("Entries in ledger order.")
    async def events(
        self,
        info: Info,
        filter: Annotated[EventFilter | None, strawberry.argument(description="Only these.")] = UNSET,
        newest_first: Annotated[bool, strawberry.argument(description="The other way round.")] = False,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> connections.EventConnection:
        wanted, request = events_wanted(filter), info.context
        list_ = paging.listed(request.asked, "events", wanted, newest_first)
        window = paging.window_of(list_, first=first, after=after, last=last, before=before, width=1)
        page = reads.events(
            request.connection, wanted, window, viewer=request.viewer, newest_first=newest_first
        )
        return await connections.events(request, page, list_)

    @answer("The log itself: its size and its root.")
    async def ledger(self, info: Info) -> Ledger:
        opening = await info.context.events.load(1)
        if opening is None or not isinstance(opening.content, kinds.LedgerOpened):
            raise StoreUnready("There is no ledger here yet. Record something first.")
        top = head(info.context.connection)
        return Ledger(opened=opening.content, size=top.size, root=values.base64_text(top.root))


def _on(info: Info, valid_on: date | None) -> Asked:
    return info.context.asked.for_day(valid_on or None)


def _named(info: Info, id: ID, valid_on: date | None, *sorts: str) -> tuple[SubjectKey, Asked]:
    """The key named by an id or a key, and the day: the argument's, else the one that the id carries."""
    key, on = ids.key_in(id, *sorts)
    return SubjectKey(key), info.context.asked.for_day(valid_on or on)


async def _node(request: Request, id: ID) -> Node | None:
    """The object of an id; None where there is none, or none for this viewer. Raises IdInvalid."""
    place = ids.decode(id)
    asked = request.asked.for_day(place.on)
    match place.sort, place.parts:
        case "Event", (event_id,):
            return await entries.by_event_id(request, EventId(event_id), asked)
        case "Snapshot", (event_id,):
            return await sources.snapshot_of(request, EventId(event_id), asked)
        case "Edition", (of, source):
            return await sources.edition_of(request, SubjectKey(of), SubjectKey(source), asked)
        case "Finding", parts:
            return await findings.by_id(request, parts, asked)
        case sort, (key,) if sort in SUBJECT_SORTS:
            row = await request.subject_rows.load(SubjectKey(key))
            found = subjects.object_of(row, asked, record=sort == "PersonRecord") if row else None
            return found if type(found).__name__ == sort else None
        case _:
            return None
