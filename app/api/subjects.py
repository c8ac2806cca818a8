"""Whom and what the record is about: prisoners and their records, acts, groups, proceedings, parties, lists and sources.

An object holds its projected row and what was asked; everything else is loaded when it is asked for.

Absent on purpose: clusters of records (each prisoner is one record until identities are folded), entries and editions of lists, and
suggestions of duplicates; they come with later issues.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, TypeVar

import strawberry
from strawberry import ID, UNSET, Private

from app.api import connections, findings, ids, paging, rulings, sources, tallies
from app.api.fields import answer
from app.api.filters import EventFilter, each_once, events_wanted
from app.api.moments import Question
from app.api.nodes import Node
from app.api.paging import After, Before, First, Last, Part
from app.api.references import (
    ActFindingConnectionRef,
    ActFindingRef,
    ActRef,
    AssessmentRecordedRef,
    CaseFindingRef,
    ClassFindingRef,
    CountFindingRef,
    CustodyFindingRef,
    EventConnectionRef,
    FindingConnectionRef,
    FindingRef,
    GroupRef,
    PartyRef,
    PersonRecordRef,
    PrisonerConnectionRef,
    PrisonerRef,
    ReportConnectionRef,
    SentenceFindingRef,
    SnapshotRef,
    SourceRef,
    StepFindingRef,
    StreamRef,
    SubjectRef,
    TallyRef,
    TextFindingRef,
)
from app.api.request import Asked, Info, Request
from app.api.values import Basis, ClaimedDate, Shown, shown
from events import dates, kinds
from events.errors import NotYet
from events.kinds import (
    ActForm,
    Membership,
    PartySort,
    SourceRelation,
    StreamId,
    SubjectKey,
    SubjectSort,
    Visibility,
)
from events.quantities import CountMeasure
from projections import reads
from projections.context import ActFacts, GroupFacts, PartyFacts, PlainFacts, SourceFacts
from projections.findings import ActOutcome, Facet
from projections.rows import SubjectRow

Sort = TypeVar("Sort", bound="Subject")

UNNAMED = "not named"
TIMELINE = (Facet.CUSTODY, Facet.SENTENCE, Facet.CASE, Facet.ACT)


@strawberry.interface(description="Whom or what a report is about.")
class Subject(Node):
    row: Private[SubjectRow]
    asked: Private[Asked]

    def own_id(self) -> ID:
        """The sort and the key."""
        return ids.encode(type(self).__name__, self.row.key, clocks=self.asked.clocks)

    @answer("Unlike `id` the same at every moment: use it in links and to compare.")
    def key(self) -> ID:
        return ID(self.row.key)

    @answer("For display only: one of the names as written; of a source, its title.")
    def name(self) -> str:
        return self.row.name or UNNAMED

    @answer("What the answer was computed from.")
    def basis(self) -> Basis:
        return Basis(asked=self.asked)

    @answer("Where its events stand: one stream for each record judged to be this subject.")
    async def streams(self, info: Info) -> list[StreamRef]:
        known = await info.context.at(self.asked).streams.load(self.row.key)
        stream = known.streams.get(Visibility.PUBLIC) if known is not None else None
        if stream is None:
            return []
        return [Stream(stream_id=stream.stream_id, about=self.row.key, asked=self.asked)]

    @answer("Everything on record, decisions included, oldest first.")
    async def history(
        self,
        info: Info,
        filter: Annotated[EventFilter | None, strawberry.argument(description="Only these.")] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> EventConnectionRef:
        wanted = events_wanted(filter)
        list_ = paging.listed(
            info.context,
            self.asked,
            "history",
            self.row.key,
            wanted,
            part=Part(first, after, last, before),
            width=1,
        )
        question = Question(reads.histories, (wanted,), (("viewer", info.context.viewer),))
        page = await paging.page(info.context, list_, question, self.row.key)
        return await connections.events(info.context, page, list_)


@strawberry.type(
    description="A human being with a custody record, now or in the past, as far as editors have judged which records are theirs. "
    "The word says nothing of guilt."
)
class Prisoner(Subject):
    @answer(
        "Is he free? The answer on the day asked about. Where it holds possibly, others may be possible too: `timeline` has them all."
    )
    async def custody(self, info: Info) -> CustodyFindingRef:
        return await findings.custody_of(info.context, self.row.key, self.asked)

    @answer("Sentences in force, one for each proceeding and never merged, after every reduction.")
    async def sentences(self, info: Info) -> list[SentenceFindingRef]:
        return await self._holding(info, Facet.SENTENCE, findings.SentenceFinding)

    @answer("How far each case got.")
    async def cases(self, info: Info) -> list[CaseFindingRef]:
        return await self._holding(info, Facet.CASE, findings.CaseFinding)

    @answer("What each act did for them, exclusion included.")
    async def acts(self, info: Info) -> list[ActFindingRef]:
        return await self._holding(info, Facet.ACT, findings.ActFinding)

    @answer("Every stretch of custody, sentence, case and act, oldest first, announced ones included.")
    async def timeline(
        self,
        info: Info,
        facets: Annotated[
            list[Facet] | None, strawberry.argument(description="Of these sides only; null: all four.")
        ] = UNSET,
    ) -> list[FindingRef]:
        wanted = [facet for facet in TIMELINE if facet in facets] if facets else TIMELINE
        return await findings.timeline_of(info.context, self.row.key, wanted, self.asked)

    @answer("Names, each as written.")
    async def names(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.NAME, self.asked)

    @answer("Offices and professions.")
    async def offices(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.OFFICE, self.asked)

    @answer(
        "Offences as written. A charge is not a conviction, and leaves this list with acquittal, quashing or rehabilitation."
    )
    async def charges(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.CHARGE, self.asked)

    @answer("Such as `political prisoner`, by the organisation that says so, refuses or withdraws it.")
    async def recognitions(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.RECOGNITION, self.asked)

    @answer("The records judged to be this one person; one where nothing was judged.")
    def records(self) -> list[PersonRecordRef]:
        return [PersonRecord(row=self.row, asked=self.asked)]

    async def _holding(self, info: Info, facet: Facet, sort: type[findings.Found]) -> list[findings.Found]:
        """The findings of a facet that hold on the day asked about, possibly or for certain."""
        found = await findings.of_facet(info.context, self.row.key, facet, sort, self.asked)
        return [finding for finding in found if finding.may_hold()]


@strawberry.type(
    description="One person as one filing met them. Judgements join records into a prisoner, and can be undone."
)
class PersonRecord(Subject):
    @answer("Whose record it is.")
    def prisoner(self) -> PrisonerRef:
        return Prisoner(row=self.row, asked=self.asked)


@strawberry.type(
    description="A legal text: an amnesty act, a pardon decree, a statute. (HURIDOCS calls a violation an act; we do not.)"
)
class Act(Subject):
    @answer("What sort of legal text.")
    def form(self) -> ActForm:
        facts = self.row.facts
        return facts.form if isinstance(facts, ActFacts) and facts.form is not None else ActForm.STATUTE

    @answer("Drafted, submitted, adopted, signed, …: when, by the sources.")
    async def steps(self, info: Info) -> list[StepFindingRef]:
        found = await findings.of_facet(
            info.context, self.row.key, Facet.ACT_STEP, findings.StepFinding, self.asked
        )
        return sorted(found, key=findings.first_day)

    @answer("Classes in or out by the letter of the act: rules, not people.")
    async def rules(self, info: Info) -> list[ClassFindingRef]:
        return await findings.of_facet(
            info.context, self.row.key, Facet.ACT_RULE, findings.ClassFinding, self.asked
        )

    @answer("What was promised, what was reported and who is documented, side by side.")
    async def tally(
        self,
        info: Info,
        measure: Annotated[
            CountMeasure, strawberry.argument(description="What is counted.")
        ] = CountMeasure.RELEASED,
    ) -> TallyRef:
        return await tallies.tally_of(info.context, self.row.key, measure, self.asked)

    @answer("What it did for whom: groups first, then prisoners by name.")
    async def outcomes(
        self,
        info: Info,
        of: Annotated[
            list[ActOutcome] | None, strawberry.argument(description="Of these only; null: all.")
        ] = UNSET,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> ActFindingConnectionRef:
        outcomes = each_once(of)
        list_ = paging.listed(
            info.context,
            self.asked,
            "outcomes",
            self.row.key,
            outcomes,
            part=Part(first, after, last, before),
            width=4,
        )
        question = Question(reads.act_outcomes, (outcomes, list_.asked.day))
        page = await paging.page(info.context, list_, question, self.row.key)
        return await connections.act_findings(info.context, page, list_)


@strawberry.type(
    description="People told of together and not named, under an act or not. Never turned into individuals, "
    "and no report on it sets anybody's status."
)
class Group(Subject):
    @answer("Whose definition or list it is. Equal labels by two parties are two groups until judged one.")
    async def defined_by(self, info: Info) -> PartyRef | None:
        return await party(info.context, self._facts.defined_by, self.asked)

    @answer("The act it stands under, if any.")
    async def under(self, info: Info) -> ActRef | None:
        return await of_sort(info.context, self._facts.under, Act, self.asked)

    @answer("The larger group that it is part of, if any.")
    async def part_of(self, info: Info) -> GroupRef | None:
        return await of_sort(info.context, self._facts.part_of, Group, self.asked)

    @answer("How many they are said to be: the latest figure.")
    async def size(self, info: Info) -> CountFindingRef:
        return await findings.size_of(info.context, self.row.key, self.asked)

    @answer("Prisoners judged to be among them; the rest stay a number.")
    async def members(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> PrisonerConnectionRef:
        list_ = paging.listed(
            info.context, self.asked, "members", self.row.key, part=Part(first, after, last, before), width=1
        )
        members = await members_of(info.context, self.row.key, list_.asked)
        return await connections.prisoners_at_hand(info.context, members, list_)

    @property
    def _facts(self) -> GroupFacts:
        return self.row.facts if isinstance(self.row.facts, GroupFacts) else GroupFacts()


@strawberry.type(description="One case against one or more people. Its number is never a key to a person.")
class Proceeding(Subject):
    @answer("Case numbers, as written.")
    async def numbers(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.CASE_NUMBER, self.asked)

    @answer("Courts, as written.")
    async def courts(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.COURT, self.asked)

    @answer("Titles, as written.")
    async def titles(self, info: Info) -> list[TextFindingRef]:
        return await findings.texts_of(info.context, self.row.key, Facet.TITLE, self.asked)

    @answer("Of whom something is found in this case, by name.")
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
            "prisoners in",
            self.row.key,
            part=Part(first, after, last, before),
            width=2,
        )
        page = await paging.page(info.context, list_, Question(reads.prisoners_in), self.row.key)
        return await connections.prisoners(info.context, page, list_)


@strawberry.type(
    description="Whoever is credited or publishes: an outlet, office, court, organisation or spokesperson."
)
class Party(Subject):
    @answer("What sort of party.")
    def sort(self) -> PartySort:
        return self._facts.party_sort or PartySort.ORGANISATION

    @answer("False for a crowd such as `officials` or `media`, which never counts as a voice beside others.")
    def identified(self) -> bool:
        return self._facts.identified

    @answer(
        "The latest mark that somebody gave it. Null: nobody has assessed it.",
        as_type=AssessmentRecordedRef | None,
    )
    async def assessment(self, info: Info) -> Shown[kinds.AssessmentRecorded] | None:
        return await rulings.assessment_of(info.context, self.row.key, self.asked)

    @answer("What it is credited with, anywhere in a chain.")
    async def reports(
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
            "reports crediting",
            self.row.key,
            part=Part(first, after, last, before),
            width=1,
        )
        page = await paging.page(info.context, list_, Question(reads.reports_crediting), self.row.key)
        return await connections.reports(info.context, page, list_)

    @property
    def _facts(self) -> PartyFacts:
        return self.row.facts if isinstance(self.row.facts, PartyFacts) else PartyFacts()


@strawberry.type(
    description="A publication that names entries and is issued again and again. An entry is not a person."
)
class List(Subject):
    @answer("Who publishes it; null: not stated.")
    async def publisher(self, info: Info) -> PartyRef | None:
        facts = self.row.facts
        publisher = facts.publisher if isinstance(facts, PlainFacts) else None
        return await party(info.context, publisher, self.asked)


@strawberry.type(
    description="A document somebody published. Confidential ones are shown to nobody without leave, not even as a number."
)
class Source(Subject):
    @answer("Who published it; null: not stated.")
    async def publisher(self, info: Info) -> PartyRef | None:
        return await party(info.context, self._facts.publisher, self.asked)

    @answer("Canonical address; null where it has none.")
    def url(self) -> str | None:
        return self._facts.url

    @answer("BCP 47.")
    def language(self) -> str | None:
        return self._facts.language

    @answer(
        "What it is, and of what: a copy, a translation or a summary speaks with the voice of its original."
    )
    def relation(self) -> SourceRelation:
        return self._facts.relation

    @answer("What it is a copy, edition, translation or summary of; null for an original.")
    async def original(self, info: Info) -> SourceRef | None:
        return await of_sort(info.context, self._facts.original, Source, self.asked)

    @answer("From when its wording could be read in public.", as_type=ClaimedDate | None)
    def available(self) -> Shown[dates.ClaimedDate] | None:
        return shown(self._facts.available, self.asked)

    @answer("Under which licence; null: not stated.")
    def licence(self) -> str | None:
        return self._facts.licence

    @answer("What its publisher or giver asks of those who use it; null: nothing.")
    def use_restriction(self) -> str | None:
        return self._facts.use_restriction

    @answer(
        "The latest mark that somebody gave it. Null: nobody has assessed it.",
        as_type=AssessmentRecordedRef | None,
    )
    async def assessment(self, info: Info) -> Shown[kinds.AssessmentRecorded] | None:
        return await rulings.assessment_of(info.context, self.row.key, self.asked)

    @answer("Oldest first; two with different text mean that the wording changed.")
    async def snapshots(self, info: Info) -> list[SnapshotRef]:
        return await sources.snapshots_of(info.context, self.row.key, self.asked)

    @answer("What it says.")
    async def reports(
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
            "reports of",
            self.row.key,
            part=Part(first, after, last, before),
            width=1,
        )
        page = await paging.page(info.context, list_, Question(reads.reports_of_sources), self.row.key)
        return await connections.reports(info.context, page, list_)

    @answer("What rests on it, alone or with others.")
    async def findings(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> FindingConnectionRef:
        list_ = paging.listed(
            info.context,
            self.asked,
            "resting on",
            self.row.key,
            part=Part(first, after, last, before),
            width=3,
        )
        page = await paging.page(info.context, list_, Question(reads.findings_resting_on), self.row.key)
        return await connections.findings(info.context, page, list_)

    @property
    def _facts(self) -> SourceFacts:
        return self.row.facts if isinstance(self.row.facts, SourceFacts) else SourceFacts()


@strawberry.type(
    description="The entries of one record, chained. Those for other eyes stand in a stream of their own, so that no gap tells of them."
)
class Stream:
    stream_id: Private[StreamId]
    about: Private[SubjectKey]
    asked: Private[Asked]

    @answer("Opaque.")
    def id(self) -> ID:
        return ids.encode("Stream", self.stream_id, clocks=self.asked.clocks)

    @answer("Null: the ledger itself.")
    async def subject(self, info: Info) -> SubjectRef | None:
        row = await info.context.at(self.asked).subject_rows.load(self.about)
        return object_of(row, self.asked, record=True) if row is not None else None

    @answer("Its latest version: versions 1 to `length` are all there is at this basis.")
    async def length(self, info: Info) -> int:
        known = await info.context.at(self.asked).streams.load(self.about)
        stream = known.streams.get(Visibility.PUBLIC) if known is not None else None
        return stream.version if stream is not None else 0

    @answer("Retractions of a whole source stand in the source's stream.")
    async def events(
        self,
        info: Info,
        first: First = UNSET,
        after: After = UNSET,
        last: Last = UNSET,
        before: Before = UNSET,
    ) -> EventConnectionRef:
        list_ = paging.listed(
            info.context, self.asked, "stream", self.stream_id, part=Part(first, after, last, before), width=2
        )
        question = Question(reads.stream_events, (), (("viewer", info.context.viewer),))
        page = await paging.page(info.context, list_, question, self.stream_id, about=self.about)
        return await connections.events(info.context, page, list_)


SORTS: dict[SubjectSort, type[Subject]] = {
    SubjectSort.PERSON: Prisoner,
    SubjectSort.GROUP: Group,
    SubjectSort.ACT: Act,
    SubjectSort.PROCEEDING: Proceeding,
    SubjectSort.PARTY: Party,
    SubjectSort.LIST: List,
    SubjectSort.SOURCE: Source,
}


def object_of(row: SubjectRow, asked: Asked, *, record: bool = False) -> Subject | None:
    """The object of a row; of a person the prisoner, or the record where that is wanted. None for the ledger, which is no subject."""
    sort = PersonRecord if record and row.sort is SubjectSort.PERSON else SORTS.get(row.sort)
    return sort(row=row, asked=asked) if sort is not None else None


async def of_sort(request: Request, key: SubjectKey | None, sort: type[Sort], asked: Asked) -> Sort | None:
    """The subject of that key, if there is one of that sort that may be seen."""
    row = await request.at(asked).subject_rows.load(key) if isinstance(key, str) else None
    if row is None:
        return None
    found = object_of(row, asked, record=sort is PersonRecord)
    return found if isinstance(found, sort) else None


async def party(request: Request, key: SubjectKey | None, asked: Asked) -> Party | None:
    """The party of that key, if there is one that may be seen."""
    return await of_sort(request, key, Party, asked)


async def required(request: Request, key: SubjectKey, asked: Asked, *, record: bool = False) -> Subject:
    """A subject that an answer cannot do without. Raises NotYet where its row is still to be projected."""
    row = await request.at(asked).subject_rows.load(key)
    found = object_of(row, asked, record=record) if row is not None else None
    if found is None:
        raise NotYet("What this entry is about is not projected yet. Ask again in a moment.")
    return found


async def members_of(request: Request, group: SubjectKey, asked: Asked) -> Collection[SubjectKey]:
    """The people whom the latest standing judgement counts among a group."""
    latest: dict[SubjectKey, Membership] = {}
    for ruling in await rulings.standing_rulings(request, group, kinds.MembershipJudged, asked):
        if ruling.whole == group and ruling.member is not None:
            latest[ruling.member] = ruling.membership
    return [member for member, membership in latest.items() if membership is Membership.MEMBER]


async def objects_of(request: Request, keys: Iterable[SubjectKey], asked: Asked) -> Sequence[Subject | None]:
    """The subjects of these keys, in their order; None where there is none that may be seen."""
    rows = await request.at(asked).subject_rows.load_many(list(keys))
    return [object_of(row, asked) if row is not None else None for row in rows]
