"""What is registered of a subject: facts for folds and lists, from its own filings, and of a source or a party whether it has fallen.

No judgement enters here, and no report but for the names that standing ones give. What was filed of a fallen source stays: it is shown,
and supports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import assert_never

import msgspec

from events.dates import ClaimedDate, Derivation
from events.decoder import Event
from events.kinds import (
    PersonDescribed,
    SnapshotCaptured,
    SourceRegistered,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
)
from events.texts import WrittenText
from projections.context import ActFacts, Context, Facts, GroupFacts, PartyFacts, PlainFacts, SourceFacts
from projections.evidence import ReportState, fallen_by, report_states

FACTS: Mapping[SubjectSort, type[Facts]] = {
    SubjectSort.PERSON: PlainFacts,
    SubjectSort.GROUP: GroupFacts,
    SubjectSort.ACT: ActFacts,
    SubjectSort.PROCEEDING: PlainFacts,
    SubjectSort.PARTY: PartyFacts,
    SubjectSort.SOURCE: SourceFacts,
    SubjectSort.LIST: PlainFacts,
    SubjectSort.LEDGER: PlainFacts,
}


def facts_of(sort: SubjectSort, key: SubjectKey, events: Sequence[Event]) -> Facts:
    """The facts of one subject, from events in ledger order; of an act without the day from which it takes effect, which its reports give.

    The first opening counts, and of a source the latest registration. Erased values are left out.
    """
    if sort is SubjectSort.SOURCE:
        return msgspec.structs.replace(_source_facts(key, events), fallen_by=fallen_by(key, events))
    opening = next((event for event in events if _opens(event, key)), None)
    if opening is None or not isinstance(opening.content, SubjectOpened):
        return FACTS[sort]()
    content = opening.content
    name = content.name.as_written if content.name and not opening.is_erased("name") else None
    match sort:
        case SubjectSort.PARTY:
            identified = content.identified is not False
            return PartyFacts(
                name=name,
                party_sort=content.party_sort,
                identified=identified,
                fallen_by=fallen_by(key, events),
            )
        case SubjectSort.ACT:
            return ActFacts(name=name, form=content.form)
        case SubjectSort.GROUP:
            return GroupFacts(
                name=name,
                defined_by=content.defined_by,
                under=content.under,
                part_of=content.part_of,
                unit=content.unit,
            )
        case SubjectSort.PERSON | SubjectSort.PROCEEDING | SubjectSort.LIST | SubjectSort.LEDGER:
            return PlainFacts(name=name, publisher=content.publisher)
        case _:
            assert_never(sort)


def _opens(event: Event, key: SubjectKey) -> bool:
    return isinstance(event.content, SubjectOpened) and event.about[:1] == (key,)


def _source_facts(key: SubjectKey, events: Sequence[Event]) -> SourceFacts:
    for event in reversed(events):
        content = event.content
        if (
            isinstance(content, SourceRegistered)
            and event.about[:1] == (key,)
            and not event.is_erased("title")
        ):
            return SourceFacts(
                title=content.title,
                publisher=content.publisher,
                relation=content.relation,
                original=content.original,
                url=content.url,
                language=content.language,
                available=content.available or _day_of(content.available_at, Derivation.STATED),
                captured=_first_captured(key, events),
                licence=content.licence,
                use_restriction=content.use_restriction,
            )
    return SourceFacts()


def _first_captured(key: SubjectKey, events: Sequence[Event]) -> ClaimedDate | None:
    """The day of the first copy that shows anything: what was saved on it could be read on it."""
    instants = [
        event.content.captured_at
        for event in events
        if isinstance(event.content, SnapshotCaptured)
        and event.about[:1] == (key,)
        and event.content.problem is None
        and not event.is_erased("captured_at")
    ]
    return _day_of(min(instants, key=datetime.fromisoformat, default=None), Derivation.CAPTURED)


def _day_of(instant: str | None, derivation: Derivation) -> ClaimedDate | None:
    if not isinstance(instant, str):
        return None
    day = datetime.fromisoformat(instant).astimezone(UTC).date()
    return ClaimedDate(edtf=day.isoformat(), derivation=derivation)


def spellings_of(facts: Facts, key: SubjectKey, events: Sequence[Event], context: Context) -> list[str]:
    """A subject's names as written, without duplicates: the one it was opened under first, then those that standing reports give it."""
    own = facts.title if isinstance(facts, SourceFacts) else facts.name
    states = report_states(events, context)
    reported = (
        name
        for event in events
        if event.about[0] == key and states[event.position].state is ReportState.STANDING
        for name in _names_in(event)
    )
    return [name for name in dict.fromkeys([own or "", *reported]) if name]


def _names_in(event: Event) -> list[str]:
    if not isinstance(event.content, PersonDescribed):
        return []
    names: tuple[object, ...] = event.content.names  # elements may be erased
    return [name.as_written for name in names if isinstance(name, WrittenText)]
