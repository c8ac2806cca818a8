"""What lists can be asked for, as input and as the reads take it. All that is given must hold; of the values in a list, any."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import strawberry
from strawberry import ID, UNSET, field

from app.api import ids
from app.api.enums import EventKind
from events.errors import RequestInvalid
from events.kinds import Custody, SubjectKey
from projections.evidence import ReportState
from projections.findings import ActOutcome, Holds, Standing
from projections.reads import EventsWanted, PrisonersWanted

SUBJECT_SORTS = ("Prisoner", "PersonRecord", "Group", "Act", "Proceeding", "Party", "List", "Source")
NAME_LENGTH_MAX = 200
Value = TypeVar("Value")


@strawberry.input(description="All given must hold. Of the values in a list, any.")
class PrisonerFilter:
    name: str | None = field(description="Any spelling in any script.", default=UNSET)
    custody: list[Custody] | None = field(
        description="Where they stand on the day: in any of these, each for itself. Somebody who was in remand or in prison by then, and "
        "no report says which, is possibly in either and certainly in neither, even where both are asked for.",
        default=UNSET,
    )
    holds: Holds = field(
        description="Whether what is asked must be certain on the day. `POSSIBLE` meets what is certain as well; somebody who meets it may "
        "be shown in another state, possible too.",
        default=Holds.CERTAIN,
    )
    standing: list[Standing] | None = field(
        description="How the reports on their custody stand to each other.", default=UNSET
    )
    act: ID | None = field(description="Whom this act did something for.", default=UNSET)
    outcome: list[ActOutcome] | None = field(description="What an act did for them.", default=UNSET)


@strawberry.input(description="All given must hold.")
class SourceFilter:
    publisher: ID | None = field(description="A party, by id or key.", default=UNSET)


@strawberry.input(description="All given must hold. Entries withheld from you match none.")
class EventFilter:
    about: ID | None = field(description="A subject, by id or key.", default=UNSET)
    kinds: list[EventKind] | None = field(description="Of these kinds.", default=UNSET)
    source: ID | None = field(description="Reports of this source, by id or key.", default=UNSET)
    party: ID | None = field(
        description="Reports that credit this party, anywhere in their chains, by id or key.", default=UNSET
    )
    state: list[ReportState] | None = field(description="Reports that stand so.", default=UNSET)


def prisoners_wanted(asked_for: PrisonerFilter | None) -> PrisonersWanted:
    """What a filter wants. Raises IdInvalid."""
    if not asked_for:
        return PrisonersWanted()
    return PrisonersWanted(
        name=_searched(asked_for.name),
        custody=each_once(asked_for.custody),
        holds=asked_for.holds,
        standing=each_once(asked_for.standing),
        act=_key(asked_for.act, "Act"),
        outcome=each_once(asked_for.outcome),
    )


def events_wanted(asked_for: EventFilter | None) -> EventsWanted:
    """What a filter wants. Raises IdInvalid."""
    if not asked_for:
        return EventsWanted()
    return EventsWanted(
        about=_key(asked_for.about, *SUBJECT_SORTS),
        kinds=tuple(kind.value for kind in each_once(asked_for.kinds)),
        source=_key(asked_for.source, "Source"),
        party=_key(asked_for.party, "Party"),
        state=each_once(asked_for.state),
    )


def publisher_wanted(asked_for: SourceFilter | None) -> SubjectKey | None:
    """Whose sources are wanted; None: anybody's. Raises IdInvalid."""
    return _key(asked_for.publisher, "Party") if asked_for else None


def each_once(values: Iterable[Value] | None) -> tuple[Value, ...]:
    """The values of a list, each once; none where it was left out."""
    return tuple(dict.fromkeys(values or ()))


def _searched(name: str | None) -> str | None:
    if name is None or name is UNSET:
        return None
    if len(name) > NAME_LENGTH_MAX:
        raise RequestInvalid(
            f"A name to search for has at most {NAME_LENGTH_MAX} characters, found {len(name)}."
        )
    return name


def _key(id: ID | None, *sorts: str) -> SubjectKey | None:
    return None if id is None or id is UNSET else SubjectKey(ids.key_in(id, *sorts)[0])
