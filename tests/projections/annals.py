"""Random records of a whole ledger: what is told, taken back, corrected, registered anew, kept in confidence and adopted, in commits.

A record is a list of commits, each a list of steps that say what is done and not to which entry: `nth` counts the entries that there are
when the step is taken. So any part of a record is a record, and hypothesis can make it smaller. Decisions are filed as the planner
files them: under whom all decisions reached that hang together with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from app.claim_checks import ABOUT
from app.database import Database
from events.commands import PlannedEvent
from events.dates import ClaimedDate
from events.decoder import Event
from events.kinds import (
    ActReported,
    ActRuleReported,
    ActStep,
    AssessmentRecorded,
    Count,
    CountReported,
    CourtStep,
    CourtStepReported,
    Decision,
    DetentionReported,
    Entry,
    EventId,
    Identity,
    IdentityJudged,
    Listing,
    ListingReported,
    PersonDescribed,
    ReleaseMechanism,
    ReleaseReported,
    Report,
    ReportCorrected,
    ReportRetracted,
    RetractionGround,
    RulesAdopted,
    SnapshotCaptured,
    SourceRegistered,
    SourceRelation,
    StatedOrder,
    StatementReported,
    SubjectKey,
    SubjectSort,
    Visibility,
)
from events.quantities import Accumulation, Comparator, CountMeasure, CountUnit, Quantity
from events.store import LEDGER_KEY, Project
from events.terms import Term
from projections.context import Context
from projections.findings import Facet, Finding, Standing
from projections.rulebook import RULEBOOKS, Rulebook
from projections.rules import RULES_VERSION
from tests.projections import histories
from tests.projections.builders import made, on, written
from tests.projections.chronicle import Chronicle

SORTS: Mapping[str, SubjectSort] = {
    "outlet-1": SubjectSort.PARTY,
    "outlet-2": SubjectSort.PARTY,
    "outlet-9": SubjectSort.PARTY,
    "organisation-1": SubjectSort.PARTY,
    "source-1": SubjectSort.SOURCE,
    "source-2": SubjectSort.SOURCE,
    "source-3": SubjectSort.SOURCE,
    "list-1": SubjectSort.LIST,
    "case-1": SubjectSort.PROCEEDING,
    "case-2": SubjectSort.PROCEEDING,
    "act-1": SubjectSort.ACT,
    "act-2": SubjectSort.ACT,
    "g1": SubjectSort.GROUP,
    "g2": SubjectSort.GROUP,
    "g3": SubjectSort.GROUP,
    "p1": SubjectSort.PERSON,
    "p2": SubjectSort.PERSON,
    "p3": SubjectSort.PERSON,
}
LATE = ("p3", "g3", "act-2", "case-2", "source-3", "outlet-2")
"""Not opened before something is told of them."""
STATED: Mapping[str, Mapping[str, object]] = {
    "g1": {"under": SubjectKey("act-1"), "defined_by": SubjectKey("organisation-1")},
    "g3": {"under": SubjectKey("act-1"), "part_of": SubjectKey("g1")},
    "outlet-2": {"identified": False},
    "p2": {"name": None},
    "list-1": {"publisher": SubjectKey("organisation-1")},
}
OTHER_RULES = "rules-v2"
DAYS = (
    "2021-10-05",
    "2021-10",
    "2023",
    "2023-05-03",
    "2025-12-15",
    "2025-12-2X",
    "2025-12-22",
    "2021/2023",
    "2031-05",
)
"""What is claimed: by day, by month, by year, between two years, and in the future."""


# ── What can be done ─────────────────────────────────────────────────────────


class Say(Struct, frozen=True):
    """A content is recorded, filed under further subjects as well; one that is in confidence is restricted."""

    about: str
    content: Entry
    also: tuple[str, ...] = ()
    in_confidence: bool = False


class TakeBack(Struct, frozen=True):
    """A report or a decision is retracted; counted from the last where `nth` is negative."""

    nth: int


class TakeBackAll(Struct, frozen=True):
    """All of a source or a party is retracted."""

    key: str


class Correct(Struct, frozen=True):
    """A report gives way to one of its kind: about somebody else where `about` fits it, on another day, from another source."""

    nth: int
    about: str | None
    claimed: ClaimedDate | None
    source: str


class Assess(Struct, frozen=True):
    """A report is marked, which moves nothing."""

    nth: int


Step = Say | TakeBack | TakeBackAll | Correct | Assess
Record = Sequence[Sequence[Step]]


class Logged(Struct, frozen=True):
    """An entry that is on record."""

    event_id: EventId
    about: tuple[str, ...]
    content: Entry

    @property
    def linked(self) -> set[EventId]:
        """The entry, and those that it rules on."""
        return {self.event_id, *_ruled_on(self.content)}


class Annals(Chronicle):
    """A chronicle of persons, acts, groups and all they depend on, in which steps are taken."""

    def __init__(self, database: Database, *, project: Project | None) -> None:
        super().__init__(database, project=project, sorts=SORTS, stated=STATED, late=LATE)
        self._log: list[Logged] = []
        self._met = set(SORTS) - set(LATE)
        self._confided: set[str] = set()

    def write(self, commit: Iterable[Step]) -> None:
        """Takes these steps in one commit."""
        if events := [event for step in commit for event in self._planned(step)]:
            self.append(events)

    def _planned(self, step: Step) -> Iterator[PlannedEvent]:
        match step:
            case Say(in_confidence=True):
                yield from self._confide(step)
            case Say():
                yield from self._say(step.about, step.content, also=step.also)
            case TakeBackAll(key=key):
                name = "source" if SORTS[key] is SubjectSort.SOURCE else "party"
                yield from self._say(key, _retraction(**{name: SubjectKey(key)}))
            case TakeBack(nth=nth):
                if target := self._report_or_decision(nth):
                    about = self._reached(target) if isinstance(target.content, Decision) else target.about
                    yield from self._say(about[0], _retraction(event=target.event_id), also=about[1:])
            case Correct():
                if target := self._report(step.nth):
                    yield from self._correct(step, target)
            case Assess(nth=nth):
                if target := self._report(nth):
                    marked = made(
                        AssessmentRecorded, reason="test", method="m", mark="a", event=target.event_id
                    )
                    yield from self._say(target.about[0], marked, also=target.about[1:])

    def _say(self, about: str, content: Entry, *, also: Sequence[str] = ()) -> Iterator[PlannedEvent]:
        if isinstance(content, Report):
            content = self._in_order(content)
        event = self.planned(about, content, also=also)
        for key in (*event.subjects, *_named_in(content)):
            yield from self._met_first(key)
        self._log.append(Logged(EventId(event.draft.event_id), event.subjects, content))
        yield event

    def _met_first(self, key: str) -> Iterator[PlannedEvent]:
        if key in SORTS and key not in self._met:
            self._met.add(key)
            yield self.opening(key, is_new=key not in self._confided)

    def _confide(self, step: Say) -> Iterator[PlannedEvent]:
        if step.about not in self._confided:
            yield self.opening(
                step.about, visibility=Visibility.RESTRICTED, is_new=step.about not in self._met
            )
            self._confided.add(step.about)
        yield self.planned(
            step.about, msgspec.structs.replace(step.content, visibility=Visibility.RESTRICTED)
        )

    def _correct(self, step: Correct, target: Logged) -> Iterator[PlannedEvent]:
        content = target.content
        assert isinstance(content, Report)
        about: list[str] = list(map(str, target.about))
        if step.about is not None and SORTS[step.about] in ABOUT[type(content)]:
            about[0] = step.about
        changed = msgspec.structs.replace(content, claimed=step.claimed, source=SubjectKey(step.source))
        yield from self._say(about[0], changed, also=about[1:])
        brought = self._log[-1]
        ruling = made(ReportCorrected, reason="test", report=target.event_id, corrected_to=brought.event_id)
        reached = [*target.about, *brought.about, *self._reached(target)]
        yield from self._say(reached[0], ruling, also=reached[1:])

    def _in_order(self, content: Report) -> Report:
        """With an order behind a report that there is, or without one."""
        if content.order is None or not content.order.report.startswith("event-"):
            return content
        target = self._report(int(content.order.report.removeprefix("event-")))
        order = target and StatedOrder(relation=content.order.relation, report=target.event_id)
        return msgspec.structs.replace(content, order=order)

    def _report(self, nth: int) -> Logged | None:
        return _nth([logged for logged in self._log if isinstance(logged.content, Report)], nth)

    def _report_or_decision(self, nth: int) -> Logged | None:
        return _nth([logged for logged in self._log if isinstance(logged.content, Report | Decision)], nth)

    def _reached(self, target: Logged) -> tuple[str, ...]:
        """Whom the target is about, and all decisions that hang together with it."""
        linked, reached = target.linked, list(target.about)
        decided = [logged for logged in self._log if isinstance(logged.content, Decision)]
        while more := [one for one in decided if 0 < len(linked & one.linked) < len(one.linked)]:
            for one in more:
                linked |= one.linked
                reached += one.about
        return tuple(dict.fromkeys(reached))


def _nth(logged: Sequence[Logged], nth: int) -> Logged | None:
    return logged[nth % len(logged)] if logged else None


def _ruled_on(content: Entry) -> set[EventId]:
    match content:
        case ReportCorrected():
            return {content.report, content.corrected_to}
        case ReportRetracted(event=event) if event is not None:
            return {event}
        case _:
            return set()


def _named_in(content: Entry) -> Iterator[str]:
    """Whom a content names without being filed under them."""
    match content:
        case Report():
            yield content.source
            yield from (link.party for link in content.attribution if link.party is not None)
        case SourceRegistered():
            yield from (key for key in (content.original, content.publisher) if key is not None)
        case _:
            return


def _retraction(**of: str) -> Entry:
    return made(ReportRetracted, reason="test", ground=RetractionGround.OURS, **of)


# ── Random records ───────────────────────────────────────────────────────────

numbers = st.integers(0, 40) | st.integers(-4, -1)
people = st.sampled_from(["p1", "p1", "p2", "p3"])
groups = st.sampled_from(["g1", "g2", "g3"])
acts = st.sampled_from(["act-1", "act-1", "act-2"])
sources = st.sampled_from(["source-1", "source-2", "source-3"])
outlets = st.sampled_from([None, "outlet-1", "outlet-2", "outlet-9"])
nobody_else: st.SearchStrategy[tuple[str, ...]] = st.just(())
days = st.none() | st.sampled_from(DAYS).map(on)


def said(
    about: st.SearchStrategy[str],
    kinds: st.SearchStrategy[tuple[type[Report], dict[str, object]]],
    *,
    also: st.SearchStrategy[tuple[str, ...]] = nobody_else,
) -> st.SearchStrategy[Say]:
    """That something is told of one of these."""
    contents = st.builds(
        lambda event, claimed: msgspec.structs.replace(event.content, claimed=claimed),
        histories.reports(40, kinds=kinds),
        days,
    )
    return st.builds(Say, about=about, content=contents, also=also)


def _counted(measure: CountMeasure, number: int, accumulation: Accumulation) -> Count:
    quantity = Quantity(as_written=f"{number}", comparator=Comparator.EXACT, point=number)
    return Count(measure=measure, unit=CountUnit.PERSON, accumulation=accumulation, quantity=quantity)


counting = histories.own(
    CountReported,
    count=st.builds(
        _counted, st.sampled_from(CountMeasure), st.integers(1, 60), st.sampled_from(Accumulation)
    ),
)
of_acts = st.one_of(
    histories.own(
        ActReported,
        act_step=st.sampled_from([None, *ActStep]),
        window=st.just(Term(as_written="two months", duration="P2M")),
    ),
    histories.own(ActReported, act_step=st.just(ActStep.SIGNED)),
    histories.own(ActRuleReported, class_of_people=st.just(written("women")), includes=st.booleans()),
    counting,
)
listed = histories.own(
    ListingReported,
    list=st.just(SubjectKey("list-1")),
    edition=st.just(SubjectKey("source-2")),
    entry=st.sampled_from(["A. B.", "C. D."]).map(written),
    listing=st.sampled_from(Listing),
)
named = histories.own(
    PersonDescribed,
    names=st.sampled_from(["Aydın Əliyev", "Aidin Aliev", "Cəmilə Xanova", "Zaur"]).map(
        lambda name: (written(name),)
    ),
)
in_court = histories.own(
    CourtStepReported,
    court_step=st.sampled_from(CourtStep),
    court=st.sampled_from(["First court", "Second court"]),
)
own_words = histories.own(StatementReported, statement=st.just(written("words")))
registrations = st.builds(
    lambda source, relation, original, publisher, available, title: Say(
        source,
        made(
            SourceRegistered,
            title=title,
            relation=relation,
            original=None if relation is SourceRelation.ORIGINAL else SubjectKey(original),
            publisher=publisher,
            available=available,
        ),
    ),
    sources,
    st.sampled_from([*[SourceRelation.ORIGINAL] * 3, *SourceRelation]),
    sources,
    outlets,
    days,
    st.sampled_from(["A title", "Another title"]),
)
captures = st.builds(
    lambda source: Say(
        source,
        made(
            SnapshotCaptured,
            captured_at="2025-12-23T10:00:00.000000Z",
            bytes_sha256="0" * 64,
            media_type="text/plain",
        ),
    ),
    sources,
)
judgements = st.builds(
    lambda one, other, identity: Say(
        one,
        made(
            IdentityJudged,
            reason="test",
            one=SubjectKey(one),
            other=SubjectKey(other),
            identity=identity,
        ),
        also=(other,),
    ),
    people,
    people,
    st.sampled_from(Identity),
)
adoptions = st.sampled_from([RULES_VERSION, OTHER_RULES, OTHER_RULES]).map(
    lambda version: Say(LEDGER_KEY, made(RulesAdopted, rules=version))
)
of_groups = said(
    groups, histories.moving | histories.describing | counting, also=st.sampled_from([(), (), ("p1",)])
).filter(lambda step: not isinstance(step.content, PersonDescribed))
confidences = said(
    people,
    named
    | histories.own(DetentionReported)
    | histories.own(ReleaseReported, released_by=st.sampled_from(ReleaseMechanism)),
).map(lambda step: msgspec.structs.replace(step, in_confidence=True))
telling: st.SearchStrategy[Step] = st.one_of(
    said(people, histories.moving),
    said(people, histories.moving),
    said(people, histories.moving | histories.describing | named),
    said(
        people, histories.moving | listed, also=st.sampled_from([("p2",), ("g1",), ("act-1",), ("case-1",)])
    ),
    of_groups,
    of_groups,
    said(acts, of_acts),
    said(acts, of_acts),
    said(st.sampled_from(["case-1", "case-2"]), in_court),
    said(st.sampled_from(["list-1"]), counting),
    said(st.sampled_from(["outlet-1", "source-1"]), own_words),
)
deciding: st.SearchStrategy[Step] = st.one_of(
    st.builds(TakeBack, numbers),
    st.builds(TakeBack, numbers),
    st.builds(
        TakeBackAll, st.sampled_from(["source-1", "source-2", "source-3", "outlet-1", "outlet-2", "outlet-9"])
    ),
    st.builds(Correct, numbers, st.none() | people | groups | acts, days, sources),
    st.builds(Assess, numbers),
)
filing: st.SearchStrategy[Step] = st.one_of(
    registrations,
    registrations,
    captures,
    judgements,
    adoptions,
    confidences,
)
steps: st.SearchStrategy[Step] = st.one_of(telling, telling, deciding, filing)


def _split(said: Step, corrections: list[Step], taken_back: list[int]) -> list[Step]:
    return [said, *corrections, *map(TakeBack, taken_back)]


splits = st.builds(
    _split,
    said(people, histories.moving) | of_groups | said(acts, of_acts),
    st.lists(st.builds(Correct, st.just(-1), people | groups | acts, days, sources), min_size=1, max_size=2),
    st.lists(st.sampled_from([-1, -3]), max_size=3),
)
"""Something is told of one, corrected to be told of another and of a third, and what was decided so is taken back, and that again."""


def records(*, commits_max: int = 10) -> st.SearchStrategy[list[list[Step]]]:
    """Random records: all that is done, commit by commit."""
    anything = st.lists(steps, min_size=1, max_size=4)
    return st.lists(st.one_of(anything, anything, anything, splits), min_size=1, max_size=commits_max)


# ── Other rules ──────────────────────────────────────────────────────────────


def _prisoner_otherwise(key: SubjectKey, events: Sequence[Event], context: Context) -> tuple[Finding, ...]:
    """As in the first rules, but what one voice alone says of an act is not found, and what is found is worded otherwise."""
    found = RULEBOOKS[RULES_VERSION].prisoner(key, events, context)
    return tuple(
        msgspec.structs.replace(finding, in_words=f"{finding.in_words}, it is said")
        for finding in found
        if finding.facet is not Facet.ACT or finding.standing is not Standing.SINGLE
    )


RULES: Mapping[str, Rulebook] = {
    **RULEBOOKS,
    OTHER_RULES: msgspec.structs.replace(
        RULEBOOKS[RULES_VERSION], version=OTHER_RULES, prisoner=_prisoner_otherwise
    ),
}
"""The rules, and others, of which one fold differs."""
