"""The pages of the API, and how the rows of a page become its nodes: all of them in the statements that one takes."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import strawberry
from strawberry import field

from app.api import entries, subjects
from app.api import findings as found
from app.api.fields import answer
from app.api.paging import Connection, Edge, Listed, built, page_of
from app.api.references import (
    ActFindingRef,
    ActRef,
    EventRef,
    FindingRef,
    ListRef,
    PrisonerRef,
    ReportRef,
    SourceRef,
)
from app.api.request import Info, Request
from app.api.values import NameMatch, name_match
from events.kinds import Position, SubjectKey
from projections import reads
from projections.findings import Facet, FindingKey
from projections.reads import Page, Row

_EDGES = "The rows, each with its cursor."
_NODES = "The rows."
_NODE = "The row."


@strawberry.type(description="One of them, and where it stands in the list.")
class PrisonerEdge(Edge):
    node: PrisonerRef = field(description=_NODE)
    searched: strawberry.Private[str | None] = None

    @answer("Why a search by name found them.")
    async def matches(self, info: Info) -> list[NameMatch]:
        if self.searched is None:
            return []
        spellings = await info.context.at(self.node.asked).spellings.load(self.node.row.key)
        return [
            name_match(self.searched, spelling)
            for spelling in spellings
            if reads.is_named(self.searched, spelling)
        ]


@strawberry.type(description="A page of prisoners.")
class PrisonerConnection(Connection):
    edges: list[PrisonerEdge] = field(description=_EDGES)
    nodes: list[PrisonerRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class ActEdge(Edge):
    node: ActRef = field(description=_NODE)


@strawberry.type(description="A page of acts.")
class ActConnection(Connection):
    edges: list[ActEdge] = field(description=_EDGES)
    nodes: list[ActRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class ListEdge(Edge):
    node: ListRef = field(description=_NODE)


@strawberry.type(description="A page of lists.")
class ListConnection(Connection):
    edges: list[ListEdge] = field(description=_EDGES)
    nodes: list[ListRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class SourceEdge(Edge):
    node: SourceRef = field(description=_NODE)


@strawberry.type(description="A page of sources.")
class SourceConnection(Connection):
    edges: list[SourceEdge] = field(description=_EDGES)
    nodes: list[SourceRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class EventEdge(Edge):
    node: EventRef = field(description=_NODE)


@strawberry.type(description="A page of entries.")
class EventConnection(Connection):
    edges: list[EventEdge] = field(description=_EDGES)
    nodes: list[EventRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class ReportEdge(Edge):
    node: ReportRef = field(description=_NODE)


@strawberry.type(description="A page of reports.")
class ReportConnection(Connection):
    edges: list[ReportEdge] = field(description=_EDGES)
    nodes: list[ReportRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class FindingEdge(Edge):
    node: FindingRef = field(description=_NODE)


@strawberry.type(description="A page of findings.")
class FindingConnection(Connection):
    edges: list[FindingEdge] = field(description=_EDGES)
    nodes: list[FindingRef] = field(description=_NODES)


@strawberry.type(description="One of them, and where it stands in the list.")
class ActFindingEdge(Edge):
    node: ActFindingRef = field(description=_NODE)


@strawberry.type(description="A page of what an act did.")
class ActFindingConnection(Connection):
    edges: list[ActFindingEdge] = field(description=_EDGES)
    nodes: list[ActFindingRef] = field(description=_NODES)


async def prisoners(
    request: Request, page: Page, list_: Listed, *, searched: str | None = None
) -> PrisonerConnection:
    """The prisoners of a page of keys, and the name by which they were searched, if they were."""
    nodes = await subjects.objects_of(request, _keys(page), list_.asked)
    edge = partial(PrisonerEdge, searched=searched)
    return built(PrisonerConnection, edge, page, nodes, list_=list_, request=request)


async def prisoners_at_hand(
    request: Request, keys: Collection[SubjectKey], list_: Listed
) -> PrisonerConnection:
    """A page of prisoners whose keys are known already, in the order of their opening; other subjects among the keys are left out."""
    found = await request.at(list_.asked).subject_rows.load_many(list(keys))
    rows = [row for row in found if row is not None]
    opened = {row.opened_at: row for row in rows if subjects.SORTS.get(row.sort) is subjects.Prisoner}
    page = page_of(sorted(opened), list_.window)
    nodes = [subjects.object_of(opened[Position(int(row.key))], list_.asked) for row in page.rows]
    return built(PrisonerConnection, PrisonerEdge, page, nodes, list_=list_, request=request)


async def acts(request: Request, page: Page, list_: Listed) -> ActConnection:
    """The acts of a page of keys."""
    nodes = await subjects.objects_of(request, _keys(page), list_.asked)
    return built(ActConnection, ActEdge, page, nodes, list_=list_, request=request)


async def lists(request: Request, page: Page, list_: Listed) -> ListConnection:
    """The lists of a page of keys."""
    nodes = await subjects.objects_of(request, _keys(page), list_.asked)
    return built(ListConnection, ListEdge, page, nodes, list_=list_, request=request)


async def sources(request: Request, page: Page, list_: Listed) -> SourceConnection:
    """The sources of a page of keys."""
    nodes = await subjects.objects_of(request, _keys(page), list_.asked)
    return built(SourceConnection, SourceEdge, page, nodes, list_=list_, request=request)


async def events(request: Request, page: Page, list_: Listed) -> EventConnection:
    """The entries of a page of positions."""
    nodes = await entries.objects_of(request, _positions(page), list_.asked)
    return built(EventConnection, EventEdge, page, nodes, list_=list_, request=request)


async def reports(request: Request, page: Page, list_: Listed) -> ReportConnection:
    """The reports of a page of positions."""
    nodes = await entries.objects_of(request, _positions(page), list_.asked)
    return built(ReportConnection, ReportEdge, page, nodes, list_=list_, request=request)


async def findings(request: Request, page: Page, list_: Listed) -> FindingConnection:
    """The findings of a page of rows with about, facet and segment."""
    projected = await request.at(list_.asked).findings_by_key.load_many(
        [_finding_key(row) for row in page.rows]
    )
    nodes = [found.object_of(one, list_.asked) if one is not None else None for one in projected]
    return built(FindingConnection, FindingEdge, page, nodes, list_=list_, request=request)


async def act_findings(request: Request, page: Page, list_: Listed) -> ActFindingConnection:
    """What an act did, of a page of rows with about, facet and segment."""
    projected = await request.at(list_.asked).findings_by_key.load_many(
        [_finding_key(row) for row in page.rows]
    )
    nodes = [found.object_of(one, list_.asked) if one is not None else None for one in projected]
    return built(ActFindingConnection, ActFindingEdge, page, nodes, list_=list_, request=request)


def _keys(page: Page) -> list[SubjectKey]:
    return [SubjectKey(str(row.key)) for row in page.rows]


def _positions(page: Page) -> list[int]:
    return [int(row.key) for row in page.rows]


def _finding_key(row: Row) -> FindingKey:
    return SubjectKey(row.fields["about"]), Facet(row.fields["facet"]), row.fields["segment"]
