"""Findings: what the reports add up to, each with the reports for it and against it, its rule and its standing.

Absent on purpose: entries of lists, which nothing folds yet, and any choice between the alternatives of a contested value.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TypeVar

import strawberry
from strawberry import ID, UNSET, Private, field

from app.api import connections, ids, paging, subjects, values
from app.api.fields import answer
from app.api.nodes import Node
from app.api.paging import After, Before, First, Last, Part
from app.api.references import ActRef, ProceedingRef, ReportConnectionRef, SubjectRef
from app.api.request import Asked, Info, Request
from app.api.values import ClaimedDate, Rule, Shown, Term, WrittenText, shown, shown_all
from events import dates, quantities, terms, texts
from events.dates import Derivation
from events.errors import CursorInvalid
from events.kinds import (
    ActStep,
    Count,
    Custody,
    ExclusionGround,
    InclusionEffect,
    InclusionStep,
    Penalty,
    Quantifier,
    ReductionMechanism,
    SubjectKey,
)
from projections.custody import unknown_custody
from projections.findings import (
    DAY_MIN,
    ActOutcome,
    ActValue,
    CaseStage,
    CaseValue,
    ClassValue,
    CountValue,
    CustodyValue,
    Facet,
    FindingKey,
    FindingValue,
    Holds,
    SentenceValue,
    Standing,
    StepValue,
    TextValue,
    answer_on,
)
from projections.findings import Finding as Projected
from projections.rulebook import rulebook

Found = TypeVar("Found", bound="Finding")
ValueSort = TypeVar("ValueSort", bound=FindingValue)


@strawberry.interface(
    description="One value with the reports for it and against it. Its `id` is a permanent link."
)
class Finding(Node):
    found: Private[Projected]
    asked: Private[Asked]
    within: Private[Projected | None] = None
    supposed: Private[tuple[str, str] | None] = None

    def own_id(self) -> ID:
        """What it is found by; of a finding as it would be, also what is supposed."""
        sort, supposed = ("Finding", ()) if self.supposed is None else ("Supposed", self.supposed)
        return ids.encode(sort, *supposed, *self.parts, clocks=self.asked.clocks)

    @property
    def parts(self) -> tuple[str, ...]:
        """The subject, the facet and the segment; of an alternative also what it is an alternative in."""
        own = (self.found.about, self.found.facet.value, self.found.segment)
        return own if self.within is None else (*own, self.within.about, self.within.segment)

    @answer("Which side of the subject it is about.")
    def facet(self) -> Facet:
        return self.found.facet

    @answer("Whom or what it is about.")
    async def about(self, info: Info) -> SubjectRef:
        return await subjects.required(info.context, self.found.about, self.asked)

    @answer("How the reports stand to each other.")
    def standing(self) -> Standing:
        return self.found.standing

    @answer("The rule that decided.")
    def rule(self, info: Info) -> Rule:
        book = rulebook(self.asked.basis.rules, rulebooks=info.context.rulebooks)
        return Rule(number=self.found.rule, book=book)

    @answer(
        "Null where no source gives the beginning, or while it is contested.",
        as_type=ClaimedDate | None,
    )
    def since(self) -> Shown[dates.ClaimedDate] | None:
        return shown(self.found.since, self.asked)

    @answer("The value in plain English, for lists and logs.")
    def in_words(self) -> str:
        return self.found.in_words

    @answer("Whether it held on the day asked about; null where no day bears on it.")
    def holds(self) -> Holds | None:
        interval = (self.found if self.within is None else self.within).interval
        return interval.holds_on(self.asked.day) if interval is not None else None

    @answer("Independent voices in support. Four papers repeating one ministry are one.")
    def voices(self) -> int:
        return self.found.voices

    @answer("Null while it lasts, or where no source gives the end.", as_type=ClaimedDate | None)
    def until(self) -> Shown[dates.ClaimedDate] | None:
        return shown(self.found.until, self.asked)

    @answer("The latest day for which a source says so.", as_type=ClaimedDate | None)
    def last_reported(self) -> Shown[dates.ClaimedDate] | None:
        return shown(self.found.last_reported, self.asked)

    @answer("How it follows from the reports; null while contested or unknown.")
    def derivation(self) -> Derivation | None:
        return self.found.derivation

    @answer("What it was reckoned from, such as the sentence and its reduction.")
    async def derived_from(self, info: Info) -> list[Finding]:
        keys: list[FindingKey] = []
        for named in self.found.derived_from:
            facet, _, segment = named.partition("/")
            keys.append((self.found.about, Facet(facet), segment))
        return await by_keys(info.context, keys, self.asked)

    @answer("How many values it would rest on were erased.")
    def erased(self) -> int:
        return self.found.erased

    @answer("The reports it rests on; while contested, those of every alternative.")
    async def supported_by(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ReportConnectionRef:
        list_ = paging.listed(
            info.context,
            self.asked,
            "supported by",
            *self.parts,
            part=Part(first, after, last, before),
            width=1,
        )
        positions = (await self._as_listed(info, list_)).supported_by
        return await connections.reports(info.context, paging.page_of(positions, list_.window), list_)

    @answer("The reports that say otherwise.")
    async def opposed_by(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ReportConnectionRef:
        list_ = paging.listed(
            info.context,
            self.asked,
            "opposed by",
            *self.parts,
            part=Part(first, after, last, before),
            width=1,
        )
        positions = (await self._as_listed(info, list_)).opposed_by
        return await connections.reports(info.context, paging.page_of(positions, list_.window), list_)

    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[Finding]:
        return self.each_alternative(Finding)

    def each_alternative(self, sort: type[Found]) -> list[Found]:
        """The alternatives, as objects of a sort."""
        made = (
            object_of(one, self.asked, within=self.found, supposed=self.supposed)
            for one in self.found.alternatives
        )
        return [one for one in made if isinstance(one, sort)]

    async def _as_listed(self, info: Info, list_: paging.Listed) -> Projected:
        """The finding as known at the moment that a list belongs to: that of the cursor, where one is gone on from."""
        if info.context.at(list_.asked) is info.context.at(self.asked):
            return self.found
        then = await by_id(info.context, self.parts, list_.asked)
        if then is None:
            raise CursorInvalid("This cursor is of another list. Ask for the first page again.")
        return then.found

    def may_hold(self) -> bool:
        """Whether it holds on the day asked about, possibly or for certain, or no day bears on it."""
        interval = self.found.interval
        return interval is None or interval.holds_on(self.asked.day) is not None

    def value_as(self, sort: type[ValueSort]) -> ValueSort | None:
        """The value, where there is one of that sort: null while contested."""
        return self.found.value if isinstance(self.found.value, sort) else None


@strawberry.type(
    description="Free, held or otherwise. Only a release moves it to liberty: never an inclusion, a term run out, "
    "or a name gone from a list."
)
class CustodyFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[CustodyFinding]:
        return self.each_alternative(CustodyFinding)

    @answer(
        "Null only while contested; where only since when is contested it stands, and each alternative gives its date."
    )
    def status(self) -> Custody | None:
        value = self.value_as(CustodyValue)
        return value.status if value else None


@strawberry.type(
    description="One sentence in one proceeding, less its reductions from the day they were decided."
)
class SentenceFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[SentenceFinding]:
        return self.each_alternative(SentenceFinding)

    @answer("Null: not stated.")
    async def proceeding(self, info: Info) -> ProceedingRef | None:
        value = self.value_as(SentenceValue)
        return await subjects.of_sort(
            info.context, value.proceeding if value else None, subjects.Proceeding, self.asked
        )

    @answer("What the court imposed; null: not stated.")
    def penalty(self) -> Penalty | None:
        value = self.value_as(SentenceValue)
        return value.penalty if value else None

    @answer("For how long, after every reduction; null: not stated.", as_type=Term | None)
    def term(self) -> Shown[terms.Term] | None:
        value = self.value_as(SentenceValue)
        return shown(value.term, self.asked) if value else None

    @answer(
        "What it was before its latest reduction; null where none is reported.",
        as_type=Term | None,
    )
    def reduced_from(self) -> Shown[terms.Term] | None:
        value = self.value_as(SentenceValue)
        return shown(value.reduced_from, self.asked) if value else None

    @answer("Whose reduction: a court's is not the amnesty's.")
    def reduced_by(self) -> ReductionMechanism | None:
        value = self.value_as(SentenceValue)
        return value.reduced_by if value else None

    @answer("True: the term would have run out, and nobody has reported its end. This releases nobody.")
    def elapsed(self) -> bool:
        value = self.value_as(SentenceValue)
        return value is not None and value.elapses_on is not None and value.elapses_on <= self.asked.day


@strawberry.type(
    description="How far one case got. `Sentenced` entails convicted, and then `derivation` says so."
)
class CaseFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[CaseFinding]:
        return self.each_alternative(CaseFinding)

    @answer("Null: not stated.")
    async def proceeding(self, info: Info) -> ProceedingRef | None:
        value = self.value_as(CaseValue)
        return await subjects.of_sort(
            info.context, value.proceeding if value else None, subjects.Proceeding, self.asked
        )

    @answer("Null while contested.")
    def stage(self) -> CaseStage | None:
        value = self.value_as(CaseValue)
        return value.stage if value else None


@strawberry.type(description="What one act did for one prisoner or group, each step by its own reports.")
class ActFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[ActFinding]:
        return self.each_alternative(ActFinding)

    @answer("Under which act.")
    async def act(self, info: Info) -> ActRef:
        value = self.value_as(ActValue) or next(
            one.value for one in self.found.alternatives if isinstance(one.value, ActValue)
        )
        found = await subjects.required(info.context, value.act, self.asked)
        assert isinstance(found, subjects.Act), "findings of this facet are under acts"
        return found

    @answer(
        "Null only while contested; where only since when is contested it stands, and each alternative gives its date."
    )
    def outcome(self) -> ActOutcome | None:
        value = self.value_as(ActValue)
        return value.outcome if value else None

    @answer("What the inclusion is to bring; null for an exclusion.")
    def effect(self) -> InclusionEffect | None:
        value = self.value_as(ActValue)
        return value.effect if value else None

    @answer("How far the inclusion got; null for an exclusion.")
    def inclusion_step(self) -> InclusionStep | None:
        value = self.value_as(ActValue)
        return value.inclusion_step if value else None

    @answer("For exclusions: on what ground, as far as stated.")
    def excluded_by(self) -> ExclusionGround | None:
        value = self.value_as(ActValue)
        return value.excluded_by if value else None


@strawberry.type(
    description="A name, office, offence, recognition, number, court or title, as written. "
    "These are sets: a difference is two accounts, not a contest."
)
class TextFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[TextFinding]:
        return self.each_alternative(TextFinding)

    @answer("The words; null while contested.", as_type=WrittenText | None)
    def text(self) -> Shown[texts.WrittenText] | None:
        value = self.value_as(TextValue)
        return shown(value.text, self.asked) if value else None


@strawberry.type(description="A class of people that the text of an act includes or excludes.")
class ClassFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[ClassFinding]:
        return self.each_alternative(ClassFinding)

    @answer("The class, as written.", as_type=WrittenText | None)
    def text(self) -> Shown[texts.WrittenText] | None:
        value = self.value_as(ClassValue)
        return shown(value.text, self.asked) if value else None

    @answer("True: included; false: excluded.")
    def includes(self) -> bool | None:
        value = self.value_as(ClassValue)
        return value.includes if value else None

    @answer("How much of the class.")
    def quantifier(self) -> Quantifier | None:
        value = self.value_as(ClassValue)
        return value.quantifier if value else None


@strawberry.type(description="When, and by whom, an act was taken one step further.")
class StepFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[StepFinding]:
        return self.each_alternative(StepFinding)

    @answer("Which step; null where only the time for carrying it out is told.")
    def act_step(self) -> ActStep | None:
        value = self.value_as(StepValue)
        return value.act_step if value else None

    @answer("By whom; null: not stated.")
    def taken_by(self) -> str | None:
        value = self.value_as(StepValue)
        return value.taken_by if value else None

    @answer("When; null: not stated, or contested.", as_type=ClaimedDate | None)
    def date(self) -> Shown[dates.ClaimedDate] | None:
        value = self.value_as(StepValue)
        return shown(value.date, self.asked) if value else None


@strawberry.type(
    description="Another figure, and in what the two differ: act, measure, unit, population, modality, accumulation or date."
)
class Incomparable:
    figure: CountFinding = field(description="The other figure.")
    differs_in: list[str] = field(description="In what the two differ.")


@strawberry.type(description="One figure of one voice for one population and date.")
class CountFinding(Finding):
    @answer("While contested: each value reported, with its own support. Else empty.")
    def alternatives(self) -> Sequence[CountFinding]:
        return self.each_alternative(CountFinding)

    @answer(
        "The figure; null while contested, or where no report stands.",
        as_type=values.Count | None,
    )
    def count(self) -> Shown[Count] | None:
        value = self.value_as(CountValue)
        return shown(value.count, self.asked) if value else None

    @answer("How the source splits the figure.", as_type=list[values.Breakdown])
    def breakdowns(self) -> list[Shown[quantities.Breakdown]]:
        value = self.value_as(CountValue)
        return shown_all(value.breakdowns, self.asked) if value else []

    @answer(
        "For an expectation: the day it was to be met by; null: not stated.",
        as_type=ClaimedDate | None,
    )
    def deadline(self) -> Shown[dates.ClaimedDate] | None:
        value = self.value_as(CountValue)
        return shown(value.deadline, self.asked) if value else None

    @answer("For an expectation: the figure that settles it; null while open.")
    async def outcome_count(self, info: Info) -> CountFinding | None:
        value = self.value_as(CountValue)
        segments = [value.outcome] if value and value.outcome is not None else []
        return next(iter(await self._counts(info, segments)), None)

    @answer("What this voice said before, oldest first: revised, not contradicted.")
    async def earlier(self, info: Info) -> list[CountFinding]:
        value = self.value_as(CountValue)
        return await self._counts(info, value.earlier if value else ())

    @answer("Figures that stand beside it and cannot be held against it.")
    async def not_comparable(self, info: Info) -> list[Incomparable]:
        value = self.value_as(CountValue)
        others = value.not_comparable if value else ()
        keys = [(other.about, Facet.COUNT, other.segment) for other in others]
        found = await info.context.at(self.asked).findings_by_key.load_many(keys)
        return [
            Incomparable(
                figure=CountFinding(found=figure, asked=self.asked), differs_in=list(other.differs_in)
            )
            for other, figure in zip(others, found, strict=True)
            if figure is not None
        ]

    @answer("Such as parts that miss their total, or a running total that fell.")
    def flags(self) -> list[str]:
        value = self.value_as(CountValue)
        return list(value.flags) if value else []

    async def _counts(self, info: Info, segments: Iterable[str]) -> list[CountFinding]:
        keys = [(self.found.about, Facet.COUNT, segment) for segment in segments]
        found = await by_keys(info.context, keys, self.asked)
        return [one for one in found if isinstance(one, CountFinding)]


SORTS: dict[Facet, type[Finding]] = {
    Facet.CUSTODY: CustodyFinding,
    Facet.SENTENCE: SentenceFinding,
    Facet.CASE: CaseFinding,
    Facet.ACT: ActFinding,
    Facet.NAME: TextFinding,
    Facet.OFFICE: TextFinding,
    Facet.CHARGE: TextFinding,
    Facet.RECOGNITION: TextFinding,
    Facet.ACT_STEP: StepFinding,
    Facet.ACT_RULE: ClassFinding,
    Facet.COUNT: CountFinding,
    Facet.CASE_NUMBER: TextFinding,
    Facet.COURT: TextFinding,
    Facet.TITLE: TextFinding,
}


def object_of(
    found: Projected,
    asked: Asked,
    *,
    within: Projected | None = None,
    supposed: tuple[str, str] | None = None,
) -> Finding:
    """The object of a finding; of an alternative, with the finding that it stands in; of one as it would be, with what is supposed."""
    return SORTS[found.facet](found=found, asked=asked, within=within, supposed=supposed)


async def of_facet(
    request: Request, key: SubjectKey, facet: Facet, sort: type[Found], asked: Asked
) -> list[Found]:
    """All findings of one facet of a subject, as objects of a sort, by segment."""
    found = await request.at(asked).findings.load((key, facet))
    made = (object_of(one, asked) for one in found)
    return [one for one in made if isinstance(one, sort)]


async def texts_of(request: Request, key: SubjectKey, facet: Facet, asked: Asked) -> list[TextFinding]:
    """The findings of a facet that is told in words, as far as they hold on the day."""
    found = await of_facet(request, key, facet, TextFinding, asked)
    return [finding for finding in found if finding.may_hold()]


async def custody_of(request: Request, key: SubjectKey, asked: Asked) -> CustodyFinding:
    """Where a prisoner stands on the day asked about; of a day for which nothing is reported, that it is unknown."""
    found = await request.at(asked).findings.load((key, Facet.CUSTODY))
    answer = answer_on(found, asked.day) or unknown_custody(key)
    return CustodyFinding(found=answer, asked=asked)


async def timeline_of(
    request: Request, key: SubjectKey, facets: Collection[Facet], asked: Asked
) -> list[Finding]:
    """Every stretch of these facets, oldest first."""
    found = [one for facet in facets for one in await request.at(asked).findings.load((key, facet))]
    return sorted((object_of(one, asked) for one in found), key=first_day)


async def size_of(request: Request, group: SubjectKey, asked: Asked) -> CountFinding:
    """How many a group is said to be: the figure of the latest date that gives a number; that it is unknown, where no report gives one."""
    found = await request.at(asked).findings.load((group, Facet.COUNT))
    revised = {segment for one in found if isinstance(one.value, CountValue) for segment in one.value.earlier}
    present = [one for one in found if one.segment not in revised]
    latest = max(present, key=_last_day, default=None)
    return CountFinding(found=latest or _no_figure(group), asked=asked)


def _last_day(found: Projected) -> tuple[bool, date, str]:
    told = isinstance(found.value, CountValue) and found.value.count.quantity is not None
    return told, dates.bounds_of_claim(found.last_reported).latest or date.min, found.segment


def _no_figure(group: SubjectKey) -> Projected:
    """What is known of a number that nobody gives (R2)."""
    return Projected(
        facet=Facet.COUNT,
        about=group,
        segment="unknown",
        standing=Standing.UNKNOWN,
        rule="R2",
        in_words="unknown: no report gives a number",
    )


async def by_keys(request: Request, keys: Sequence[FindingKey], asked: Asked) -> list[Finding]:
    """The findings of these keys, in their order, without those that are not there."""
    found = await request.at(asked).findings_by_key.load_many(keys)
    return [object_of(one, asked) for one in found if one is not None]


async def by_id(request: Request, parts: Sequence[str], asked: Asked) -> Finding | None:
    """The finding of an id's parts, or the alternative within one."""
    if len(parts) not in (3, 5) or parts[1] not in set(Facet):
        return None
    about, facet, segment = SubjectKey(parts[0]), Facet(parts[1]), parts[2]
    if len(parts) == 3:
        found = await request.at(asked).findings_by_key.load((about, facet, segment))
        if found is None and (facet, segment) == (Facet.CUSTODY, "unknown"):
            found = unknown_custody(about) if await request.at(asked).subject_rows.load(about) else None
        return object_of(found, asked) if found is not None else None
    within = await request.at(asked).findings_by_key.load((SubjectKey(parts[3]), facet, parts[4]))
    if within is None:
        return None
    named = (one for one in within.alternatives if (one.about, one.segment) == (about, segment))
    return next((object_of(one, asked, within=within) for one in named), None)


def first_day(finding: Finding) -> tuple[date, date, str, str]:
    """By which a timeline is sorted: when a stretch can have begun, and when it has for certain."""
    interval = finding.found.interval
    days = (interval.from_min, interval.from_max) if interval is not None else (DAY_MIN, DAY_MIN)
    return (*days, finding.found.facet.value, finding.found.segment)
