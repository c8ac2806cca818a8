"""What editors ruled: a type for each kind of decision, and which rulings stand.

Decisions are found in the streams in which they are recorded: those of the report's subjects, of its source, of the parties it credits,
of the whole that a membership is of.

Absent on purpose: what a ruling changes. That is folded; here it is only told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias, TypeVar, Union

import strawberry
from strawberry import UNSET, Parent, field

from app.api import connections, entries, paging, sources, subjects
from app.api.fields import answer
from app.api.moments import Question
from app.api.nodes import Node
from app.api.paging import After, Before, First, Last, Part
from app.api.references import EventRef, ReportConnectionRef, ReportRef, SnapshotRef, SubjectRef
from app.api.request import Asked, Info, Request
from app.api.values import OfKind, Shown, standing
from events import decoder, kinds
from events.errors import NotYet
from events.kinds import DECISIONS, EventId, Identity, Membership, RetractionGround, SubjectKey, kind_of
from projections import reads

RulingSort = TypeVar("RulingSort", bound=kinds.Decision)

_KINDS = frozenset(kind_of(decision) for decision in DECISIONS)


class RuledAt(Shown[RulingSort]):
    """A ruling with the position of its decision."""

    __slots__ = ("position",)

    def __init__(self, value: RulingSort, asked: Asked, position: int) -> None:
        super().__init__(value, asked)
        self.position = position


@strawberry.type(description="A whole report gave way to another of its kind, perhaps about another subject.")
class ReportCorrected(OfKind):
    kind = kinds.ReportCorrected

    @answer("The report that gave way; null where it is not to be seen.")
    @staticmethod
    async def report(root: Parent[Shown[kinds.ReportCorrected]], info: Info) -> ReportRef | None:
        return await entries.report_by_id(info.context, root.value.report, root.asked)

    @answer("The report that took its place; null where it is not to be seen.")
    @staticmethod
    async def corrected_to(root: Parent[Shown[kinds.ReportCorrected]], info: Info) -> ReportRef | None:
        return await entries.report_by_id(info.context, root.value.corrected_to, root.asked)


@strawberry.type(
    description="`target` is an `Event`, a `Source` or a `Party`; `reports` are those that fell with it. "
    "For safety: `ground` alone, the rest null or empty."
)
class ReportRetracted(OfKind):
    kind = kinds.ReportRetracted
    ground: RetractionGround = field(description="On whose word it was taken back.")

    @answer("What was taken back; null where it is not to be seen.")
    @staticmethod
    async def target(root: Parent[Shown[kinds.ReportRetracted]], info: Info) -> Node | None:
        ruling = root.value
        if ruling.ground is RetractionGround.SAFETY:
            return None
        if isinstance(ruling.event, str):
            return await entries.by_event_id(info.context, ruling.event, root.asked)
        return await _subject_of(info.context, (ruling.source, ruling.party), root.asked)

    @answer("Those that do not stand because of it.")
    @staticmethod
    async def reports(
        root: Parent[RuledAt[kinds.ReportRetracted]],
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ReportConnectionRef:
        list_ = paging.listed(
            info.context,
            root.asked,
            "fallen by",
            root.position,
            part=Part(first, after, last, before),
            width=1,
        )
        if root.value.ground is RetractionGround.SAFETY:
            return await connections.reports(info.context, paging.page_of((), list_.window), list_)
        page = await paging.page(info.context, list_, Question(reads.reports_fallen_by), root.position)
        return await connections.reports(info.context, page, list_)


@strawberry.type(description="A mark by a named method, revisable. It changes no finding.")
class AssessmentRecorded(OfKind):
    kind = kinds.AssessmentRecorded
    method: str = field(description="Such as `admiralty`.")
    mark: str = field(description="By that method, such as `B2`.")

    @answer("A `Report`, a `Source` or a `Party`.")
    @staticmethod
    async def of(root: Parent[Shown[kinds.AssessmentRecorded]], info: Info) -> Node | None:
        if isinstance(root.value.event, str):
            return await entries.by_event_id(info.context, root.value.event, root.asked)
        return await _subject_of(info.context, (root.value.of,), root.asked)


@strawberry.type(description="Whether two subjects are one. Of a pair the latest counts.")
class IdentityJudged(OfKind):
    kind = kinds.IdentityJudged
    identity: Identity = field(description="What was judged.")

    @answer("One of the two.")
    @staticmethod
    async def one(root: Parent[Shown[kinds.IdentityJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.one, root.asked, record=True)

    @answer("The other.")
    @staticmethod
    async def other(root: Parent[Shown[kinds.IdentityJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.other, root.asked, record=True)


@strawberry.type(
    description="`member` is a `Prisoner`, a `Group` or a `Report`; `whole` a `Group` or a `Proceeding`."
)
class MembershipJudged(OfKind):
    kind = kinds.MembershipJudged
    membership: Membership = field(description="What was judged.")

    @answer("Who or what is, or is not, a part.")
    @staticmethod
    async def member(root: Parent[Shown[kinds.MembershipJudged]], info: Info) -> Node:
        if isinstance(root.value.member, str):
            return await subjects.required(info.context, root.value.member, root.asked)
        found = await entries.by_event_id(info.context, root.value.report or EventId(""), root.asked)
        if found is None:
            raise NotYet("The report that was judged is not to be seen.")
        return found

    @answer("Of what.")
    @staticmethod
    async def whole(root: Parent[Shown[kinds.MembershipJudged]], info: Info) -> SubjectRef:
        return await subjects.required(info.context, root.value.whole, root.asked)


@strawberry.type(description="Values erased for good, or a whole copy with its text.")
class ValueRedacted(OfKind):
    kind = kinds.ValueRedacted
    pointers: list[str] = field(description="JSON Pointers into the entry, such as `/names/0`.")

    @answer("The entry; null where a whole copy was erased.")
    @staticmethod
    async def event(root: Parent[Shown[kinds.ValueRedacted]], info: Info) -> EventRef | None:
        return await entries.by_event_id(info.context, root.value.event, root.asked)

    @answer("The copy; null where single values were erased.")
    @staticmethod
    async def snapshot(root: Parent[Shown[kinds.ValueRedacted]], info: Info) -> SnapshotRef | None:
        named = root.value.snapshot
        return await sources.snapshot_of(info.context, named, root.asked) if isinstance(named, str) else None

    @answer("On what legal basis.")
    @staticmethod
    def legal_basis_of_erasure(root: Parent[Shown[kinds.ValueRedacted]]) -> str:
        return root.value.legal_basis

    @answer("By whose authority.")
    @staticmethod
    def by_authority(root: Parent[Shown[kinds.ValueRedacted]]) -> str:
        return root.value.authority


RULINGS: tuple[type[OfKind], ...] = (
    ReportCorrected,
    ReportRetracted,
    AssessmentRecorded,
    IdentityJudged,
    MembershipJudged,
    ValueRedacted,
)
Ruling: TypeAlias = Annotated[
    Union[RULINGS],  # type: ignore[valid-type]  # noqa: UP007  # the union is these types, named once
    strawberry.union(
        "Ruling",
        description="What an editor ruled; named as the kinds in the log, and members will be added.",
    ),
]


async def rulings_about(request: Request, asked: Asked, keys: Iterable[SubjectKey]) -> list[decoder.Event]:
    """Every decision recorded about any of these subjects, oldest first."""
    wanted = [(key, _KINDS) for key in sorted(set(keys))]
    positions = {
        position
        for found in await request.at(asked).positions_of_kinds.load_many(wanted)
        for position in found
    }
    events = await request.at(asked).events.load_many(sorted(positions))
    return [event for event in events if event is not None]


async def standing_rulings(
    request: Request, key: SubjectKey, sort: type[RulingSort], asked: Asked
) -> list[RulingSort]:
    """What was ruled about a subject and not taken back, oldest first."""
    found = await rulings_about(request, asked, [key])
    taken_back = taken_back_in(found)
    return [
        event.content
        for event in found
        if isinstance(event.content, sort) and event.event_id not in taken_back
    ]


async def assessment_of(
    request: Request, key: SubjectKey, asked: Asked
) -> Shown[kinds.AssessmentRecorded] | None:
    """The latest standing mark of a source or a party, as the API shows it."""
    return latest_mark(await rulings_about(request, asked, [key]), key, asked)


def latest_mark(
    found: Sequence[decoder.Event], of: str, asked: Asked
) -> Shown[kinds.AssessmentRecorded] | None:
    taken_back = taken_back_in(found)
    marks = [
        event.content
        for event in found
        if isinstance(event.content, kinds.AssessmentRecorded)
        and of in (event.content.event, event.content.of)
        and event.event_id not in taken_back
    ]
    return Shown(marks[-1], asked) if marks else None


def taken_back_in(rulings: Sequence[decoder.Event]) -> dict[EventId, decoder.Event]:
    """Which of the rulings do not stand, and by which: weighed from the last to the first, since targets are earlier (R16)."""
    fallen: dict[EventId, decoder.Event] = {}
    for event in reversed(rulings):
        content = event.content
        if (
            isinstance(content, kinds.ReportRetracted)
            and isinstance(content.event, str)
            and event.event_id not in fallen
        ):
            fallen.setdefault(content.event, event)
    return fallen


def rules_on(ruling: decoder.Event, report: decoder.Event) -> bool:
    """Whether a decision is about a report: by its id, its source, or (if it is later) a party that it credits."""
    content, said = ruling.content, report.report
    match content:
        case kinds.ReportCorrected():
            return report.event_id in (content.report, content.corrected_to)
        case kinds.ReportRetracted() if content.event is None and said is not None:
            credited = {link.party for link in standing(said.attribution)} - {None}
            later = ruling.position > report.position
            return content.source == said.source or (later and content.party in credited)
        case kinds.ReportRetracted() | kinds.AssessmentRecorded() | kinds.ValueRedacted():
            return content.event == report.event_id
        case kinds.MembershipJudged():
            return content.report == report.event_id
        case _:
            return False


async def _subject_of(request: Request, keys: Iterable[SubjectKey | None], asked: Asked) -> Node | None:
    for key in keys:
        row = await request.at(asked).subject_rows.load(key) if isinstance(key, str) else None
        if row is not None:
            return subjects.object_of(row, asked)
    return None
