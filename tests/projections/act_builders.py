"""What an act and its groups are told of, in tests: steps, rules, outcomes and counts, and a context that knows them.

The amnesty is `act-1`; `women`, `journalists` and `activists` are groups under it, defined by `outlet-1`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from events.decoder import Event
from events.kinds import (
    ActForm,
    ActReported,
    ActRuleReported,
    ActStep,
    Count,
    CountReported,
    ExclusionReported,
    InclusionReported,
    InclusionStep,
    ReleaseMechanism,
    ReleaseReported,
    SubjectKey,
)
from events.quantities import Accumulation, Comparator, CountMeasure, CountUnit, Quantity
from projections.acts import fold_act
from projections.context import ActFacts, GroupFacts, PartyFacts, SourceFacts
from projections.findings import CountValue, Facet, Finding
from tests.projections.builders import ACT, OUTLET, KnownContext, on, report, written

WOMEN = SubjectKey("women")
JOURNALISTS = SubjectKey("journalists")
ACTIVISTS = SubjectKey("activists")
GROUPS = (WOMEN, JOURNALISTS, ACTIVISTS)


def knowing(
    *,
    available: str | None = "2025-12-22",
    form: ActForm = ActForm.AMNESTY,
    parties: Mapping[str, PartyFacts] | None = None,
    sources: Mapping[str, SourceFacts] | None = None,
    decided: Sequence[Event] = (),
) -> KnownContext:
    """A context that knows the amnesty and its groups; every source could be read from `available` on, and those taken back by what is
    `decided` have fallen."""
    return KnownContext(
        acts={ACT: ActFacts(name="the amnesty", form=form)},
        groups={
            key: GroupFacts(name=f"imprisoned {key}", defined_by=OUTLET, under=ACT, unit="prisoner")
            for key in GROUPS
        },
        parties=parties,
        sources=sources,
        available=available,
        decided=decided,
    )


def step(position: int, act_step: ActStep, claimed: str | None = None, **fields: object) -> Event:
    """A report of a step of the amnesty."""
    return report(
        ActReported,
        position,
        about=ACT,
        act_step=act_step,
        claimed=on(claimed) if claimed else None,
        **fields,
    )


def rule(position: int, words: str, *, includes: bool, **fields: object) -> Event:
    """A report that the text of the amnesty includes or excludes a class."""
    return report(
        ActRuleReported,
        position,
        about=ACT,
        class_of_people=written(words),
        includes=includes,
        **fields,
    )


def released(
    position: int, about: str = WOMEN, claimed: str | None = None, *, act: str | None = ACT, **fields: object
) -> Event:
    """A report that a group was released by amnesty, under the amnesty."""
    given = {"released_by": ReleaseMechanism.AMNESTY, **fields}
    day = on(claimed) if claimed else None
    return report(ReleaseReported, position, about=about, claimed=day, act=act, **given)


def excluded(position: int, about: str = JOURNALISTS, claimed: str | None = None, **fields: object) -> Event:
    """A report that the amnesty did not reach a group."""
    day = on(claimed) if claimed else None
    return report(ExclusionReported, position, about=about, claimed=day, act=ACT, **fields)


def included(
    position: int,
    inclusion_step: InclusionStep,
    about: str = WOMEN,
    claimed: str | None = None,
    **fields: object,
) -> Event:
    """A report that the amnesty reached a group, or is to."""
    return report(
        InclusionReported,
        position,
        about=about,
        act=ACT,
        inclusion_step=inclusion_step,
        claimed=on(claimed) if claimed else None,
        **fields,
    )


def number(point: int | None = None, comparator: Comparator = Comparator.EXACT) -> Quantity:
    """A number as said: `number(22)`, `number(30, Comparator.ALMOST)`, `number(comparator=Comparator.HUNDREDS)`."""
    return Quantity(as_written=str(point or comparator.value), comparator=comparator, point=point)


def count(
    position: int,
    quantity: Quantity | int | None,
    *,
    about: str = ACT,
    measure: CountMeasure = CountMeasure.RELEASED,
    unit: CountUnit = CountUnit.PRISONER,
    population: str | None = "prisoners",
    whose_class: str | None = None,
    accumulation: Accumulation = Accumulation.CUMULATIVE,
    as_of: str | None = "2025-12-22",
    **fields: object,
) -> Event:
    """A report of a number, by default of released prisoners under the amnesty so far, as of 22 December 2025."""
    return report(
        CountReported,
        position,
        about=about,
        count=Count(
            measure=measure,
            unit=unit,
            population=population,
            whose_class=SubjectKey(whose_class) if whose_class else None,
            accumulation=accumulation,
            as_of=on(as_of) if as_of else None,
            quantity=number(quantity) if isinstance(quantity, int) else quantity,
        ),
        **fields,
    )


def in_order(makers: Sequence[Callable[[int], Event]]) -> list[Event]:
    """Events at positions 2, 3, …, by what makes each of them at a position."""
    return [make(position) for position, make in enumerate(makers, start=2)]


def folded(events: Sequence[Event], context: KnownContext | None = None) -> tuple[Finding, ...]:
    """What the amnesty and its groups add up to. Decisions reach every fold, as they do in the ledger."""
    about_groups = {
        group: [event for event in events if event.about[0] == group or event.report is None]
        for group in GROUPS
    }
    own = [event for event in events if event.about[0] == ACT or event.report is None]
    return fold_act(ACT, own, about_groups, context or knowing())


def of(findings: Sequence[Finding], facet: Facet, about: str = ACT) -> list[Finding]:
    """The findings of one facet of one subject."""
    return [finding for finding in findings if finding.facet is facet and finding.about == about]


def figures(events: Sequence[Event], context: KnownContext | None = None) -> list[Finding]:
    """The count findings of the amnesty and its groups, in the order of their first reports."""
    found = [finding for finding in folded(events, context) if finding.facet is Facet.COUNT]
    return sorted(found, key=lambda finding: finding.supported_by)


def said(figure: Finding) -> CountValue:
    """What an uncontested figure says."""
    assert isinstance(figure.value, CountValue), f"{figure.segment} is contested"
    return figure.value
