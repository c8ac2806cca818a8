"""What can be asked: nouns. Every read takes the moment that it asks about, and the day where days matter."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID, UNSET, Private, field

from app.api import changes as differences
from app.api import connections, entries, findings, ids, paging, sources, subjects, values
from app.api.clocks import (
    NOW,
    AvailableBy,
    AvailableByArgument,
    Clocks,
    KnownAt,
    KnownAtArgument,
    ValidOnArgument,
)
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
from app.api.paging import After, Before, First, Last, Part
from app.api.request import Asked, Info, Request
from events import kinds, merkle
from events.errors import StoreUnready
from events.kinds import EventId, SubjectKey, SubjectSort
from events.store import LogReader
from projections import reads
from projections.known import Known

Id = Annotated[ID, strawberry.argument(description="An id, or a key.")]


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


@strawberry.type(description="Nouns. Every read takes `knownAt`, and `validOn` where days matter.")
class Query:
    @answer(
        "Any object by its id. An id read at a named moment, or for a named day, answers for it for ever; values erased since aside."
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
    async def prisoner(
        self,
        info: Info,
        id: Id,
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
        available_by: AvailableByArgument = UNSET,
    ) -> subjects.Prisoner | None:
        key, asked = _named(
            info, id, known_at, valid_on, "Prisoner", "PersonRecord", available_by=available_by
        )
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
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
    ) -> connections.PrisonerConnection:
        wanted, asked = prisoners_wanted(filter), _about(info, known_at, valid_on)
        list_ = paging.listed(
            info.context, asked, "prisoners", wanted, part=Part(first, after, last, before), width=2
        )
        page = reads.prisoners(_known(info, list_), wanted, list_.asked.day, list_.window)
        return await connections.prisoners(info.context, page, list_, searched=wanted.name)

    @answer("One amnesty, pardon decree or statute.")
    async def act(
        self,
        info: Info,
        id: Id,
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
        available_by: AvailableByArgument = UNSET,
    ) -> subjects.Act | None:
        key, asked = _named(info, id, known_at, valid_on, "Act", available_by=available_by)
        return await subjects.of_sort(info.context, key, subjects.Act, asked)

    @answer("All acts, newest on record first.")
    async def acts(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
    ) -> connections.ActConnection:
        list_ = paging.listed(
            info.context,
            _about(info, known_at, valid_on),
            "acts",
            part=Part(first, after, last, before),
            width=1,
        )
        page = reads.subjects_of_sort(_known(info, list_), SubjectSort.ACT, list_.window)
        return await connections.acts(info.context, page, list_)

    @answer("One published list, such as an organisation's list of political prisoners.")
    async def list(
        self, info: Info, id: Id, known_at: KnownAtArgument = UNSET, available_by: AvailableByArgument = UNSET
    ) -> subjects.List | None:
        key, asked = _named(info, id, known_at, None, "List", available_by=available_by)
        return await subjects.of_sort(info.context, key, subjects.List, asked)

    @answer("All lists, by name.")
    async def lists(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
        known_at: KnownAtArgument = UNSET,
    ) -> connections.ListConnection:
        list_ = paging.listed(
            info.context, _about(info, known_at), "lists", part=Part(first, after, last, before), width=2
        )
        page = reads.lists(_known(info, list_), list_.window)
        return await connections.lists(info.context, page, list_)

    @answer("One document that somebody published.")
    async def source(
        self, info: Info, id: Id, known_at: KnownAtArgument = UNSET, available_by: AvailableByArgument = UNSET
    ) -> subjects.Source | None:
        key, asked = _named(info, id, known_at, None, "Source", available_by=available_by)
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
        known_at: KnownAtArgument = UNSET,
    ) -> connections.SourceConnection:
        publisher = publisher_wanted(filter)
        list_ = paging.listed(
            info.context,
            _about(info, known_at),
            "sources",
            publisher,
            part=Part(first, after, last, before),
            width=1,
        )
        page = reads.sources(_known(info, list_), publisher, list_.window)
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
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
    ) -> subjects.Subject | None:
        key, asked = _named(info, id, known_at, valid_on, *SUBJECT_SORTS)
        row = await info.context.at(asked).subject_rows.load(key)
        return subjects.object_of(row, asked, record=record) if row is not None else None

    @answer("One entry, by its place in the ledger. By id: `node`.")
    async def event(
        self,
        info: Info,
        position: Annotated[int, strawberry.argument(description="1, 2, 3, …")],
        known_at: KnownAtArgument = UNSET,
    ) -> entries.Event | None:
        return await entries.at_position(info.context, position, _about(info, known_at))

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
        known_at: KnownAtArgument = UNSET,
    ) -> connections.EventConnection:
        wanted, viewer = events_wanted(filter), info.context.viewer
        list_ = paging.listed(
            info.context,
            _about(info, known_at),
            "events",
            wanted,
            newest_first,
            part=Part(first, after, last, before),
            width=1,
        )
        page = reads.events(
            _known(info, list_), wanted, list_.window, viewer=viewer, newest_first=newest_first
        )
        return await connections.events(info.context, page, list_)

    @answer(
        "Findings that differ between two moments, and why: one that is not the same, one that came, one that went. Without `validOn` each "
        "side is about the day of its own moment in the ledger's zone, so that time passes. Figures stand as they were published, before "
        "and after: nothing is subtracted, so that no count below five by place, day and category comes out as a difference."
    )
    async def changes(
        self,
        info: Info,
        from_: Annotated[
            KnownAt,
            strawberry.argument(name="from", description="The earlier moment. After `to`, it is refused."),
        ],
        to: Annotated[
            KnownAt | None, strawberry.argument(description="The later moment; null: now, about today.")
        ] = UNSET,
        about: Annotated[
            ID | None,
            strawberry.argument(
                description="Of one subject, by id or key: of an act also what it did for others and what is told of the groups under it."
            ),
        ] = UNSET,
        valid_on: Annotated[
            date | None,
            strawberry.argument(description="The day asked about on both sides; null: of each its own."),
        ] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> differences.ChangeConnection:
        part = Part(first, after, last, before)
        return differences.changes(info.context, from_, to or None, about or None, valid_on or None, part)

    @answer(
        "Findings that would differ if this were retracted next. Computed; nothing is written. Refused where it could not be retracted, "
        "and where more than 2,000 subjects rest on it: the command line has no such bound."
    )
    async def if_retracted(
        self,
        info: Info,
        target: Annotated[differences.RetractionTarget, strawberry.argument(description="What is supposed.")],
        known_at: KnownAtArgument = UNSET,
        valid_on: ValidOnArgument = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> differences.ChangeConnection:
        named, carried = differences.target_of(target)
        asked = _about(info, known_at, valid_on, carried)
        return differences.supposed_changes(info.context, named, asked, Part(first, after, last, before))

    @answer("The log itself: its size and its root.")
    async def ledger(self, info: Info, known_at: KnownAtArgument = UNSET) -> Ledger:
        asked = _about(info, known_at)
        # Whose log it is was settled by its first entry, and holds of the log before that entry too.
        opening = await info.context.at(info.context.present).events.load(1)
        if opening is None or not isinstance(opening.content, kinds.LedgerOpened):
            raise StoreUnready("There is no ledger here yet. Record something first.")
        size = asked.basis.position
        root = merkle.root(size, LogReader(info.context.at(asked).known.ledger))
        return Ledger(opened=opening.content, size=size, root=values.base64_text(root))


def _known(info: Info, list_: paging.Listed) -> Known:
    return info.context.at(list_.asked).known


def _about(
    info: Info,
    known_at: KnownAt | None,
    valid_on: date | None = None,
    carried: Clocks = NOW,
    *,
    available_by: AvailableBy | None = None,
) -> Asked:
    """What an answer belongs to: by the arguments, else by the clocks that an id carries."""
    request = info.context
    named = Clocks(
        known_at=request.position_of(known_at) if known_at else None,
        valid_on=valid_on or None,
        available_by=request.instant_of(available_by) if available_by else None,
    )
    return request.asked_for(named.over(carried))


def _named(
    info: Info,
    id: ID,
    known_at: KnownAt | None,
    valid_on: date | None,
    *sorts: str,
    available_by: AvailableBy | None = None,
) -> tuple[SubjectKey, Asked]:
    """The key named by an id or a key, and what an answer about it belongs to."""
    key, carried = ids.key_in(id, *sorts)
    return SubjectKey(key), _about(info, known_at, valid_on, carried, available_by=available_by)


async def _node(request: Request, id: ID) -> Node | None:
    """The object of an id; None where there is none, or none for this viewer. Raises IdInvalid."""
    place = ids.decode(id)
    asked = request.asked_for(place.clocks)
    match place.sort, place.parts:
        case "Event", (event_id,):
            return await entries.by_event_id(request, EventId(event_id), asked)
        case "Snapshot", (event_id,):
            return await sources.snapshot_of(request, EventId(event_id), asked)
        case "Edition", (of, source):
            return await sources.edition_of(request, SubjectKey(of), SubjectKey(source), asked)
        case "Finding", parts:
            return await findings.by_id(request, parts, asked)
        case "Supposed", parts:
            return differences.supposed_finding(request, parts, asked)
        case "Change", parts:
            return differences.by_id(request, parts, asked)
        case sort, (key,) if sort in SUBJECT_SORTS:
            row = await request.at(asked).subject_rows.load(SubjectKey(key))
            found = subjects.object_of(row, asked, record=sort == "PersonRecord") if row else None
            return found if type(found).__name__ == sort else None
        case _:
            return None
