"""Promised, reported, documented: three columns that are never added together (R11)."""

from __future__ import annotations

import strawberry
from strawberry import UNSET, Private, field

from app.api import connections, findings, paging
from app.api.fields import answer
from app.api.paging import After, Before, First, Last, Part
from app.api.references import CountFindingRef, PrisonerConnectionRef
from app.api.request import Asked, Info, Request
from events.kinds import SubjectKey
from events.quantities import CountMeasure
from projections.findings import Facet
from projections.reads import Documented
from projections.tally import Column, tally


@strawberry.type(description="Bounds that hold if every figure below does; null is open.")
class TallyColumn:
    column: Private[Column]
    asked: Private[Asked]

    @answer("Inclusive; null is open, or the figures cannot all hold.")
    def low(self) -> int | None:
        return self.column.low

    @answer("Inclusive; null is open, or the figures cannot all hold.")
    def high(self) -> int | None:
        return self.column.high

    @answer("One for each voice, population and date, newest first.")
    def figures(self) -> list[CountFindingRef]:
        return [findings.CountFinding(found=figure, asked=self.asked) for figure in self.column.figures]


@strawberry.type(description="Named prisoners, counted; uncertain identity gives the bounds.")
class DocumentedColumn:
    act: Private[SubjectKey]
    measure: Private[CountMeasure]
    documented: Private[Documented]
    asked: Private[Asked]

    @answer("Inclusive: those of whom it is certain on the day.")
    def low(self) -> int:
        return self.documented.low

    @answer("Inclusive: those of whom it is possible on the day as well.")
    def high(self) -> int:
        return self.documented.high

    @answer("People told of one by one but not named: beside the count, not in it.")
    def unnamed(self) -> int:
        return self.documented.unnamed

    @answer("Of those counted, how many are held again.")
    def detained_again(self) -> int:
        return self.documented.detained_again

    @answer("Those counted, in the order of their opening.")
    async def prisoners(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> PrisonerConnectionRef:
        list_ = paging.listed(
            info.context,
            self.asked,
            "documented",
            self.act,
            self.measure.value,
            part=Part(first, after, last, before),
            width=1,
        )
        documented = await documented_of(info.context, self.act, self.measure, list_.asked)
        return await connections.prisoners_at_hand(info.context, documented.named, list_)


@strawberry.type(
    description="Three columns that are never added together. Expected never becomes reported by the passing of time."
)
class Tally:
    measure: CountMeasure = field(description="What is counted.")
    promised: TallyColumn = field(
        description="Coverage announced and numbers expected. Not evidence that it happened."
    )
    reported: TallyColumn = field(
        description="What sources counted, `confirmed by name` by their own word included."
    )
    documented: DocumentedColumn = field(
        description="Named people, each with an affirmed and verified report of their own."
    )


async def tally_of(request: Request, act: SubjectKey, measure: CountMeasure, asked: Asked) -> Tally:
    """The three columns of an act under a measure, on the day asked about."""
    groups = await request.at(asked).groups_under.load(act)
    keys = [(key, Facet.COUNT) for key in (act, *groups)]
    figures = [figure for found in await request.at(asked).findings.load_many(keys) for figure in found]
    promised, reported = tally(measure, figures, act=act)
    documented = await documented_of(request, act, measure, asked)
    return Tally(
        measure=measure,
        promised=TallyColumn(column=promised, asked=asked),
        reported=TallyColumn(column=reported, asked=asked),
        documented=DocumentedColumn(act=act, measure=measure, documented=documented, asked=asked),
    )


async def documented_of(request: Request, act: SubjectKey, measure: CountMeasure, asked: Asked) -> Documented:
    """Whom an act reached by a measure, on the day asked about."""
    return await request.at(asked).documented.load((act, measure, asked.day))
