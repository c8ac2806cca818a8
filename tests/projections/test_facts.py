"""When a source could be read, whether it has fallen, and under which names somebody stands, by what is filed about it."""

from __future__ import annotations

from typing import Any

from events.dates import ClaimedDate, Derivation
from events.decoder import Event
from events.kinds import (
    CaptureProblem,
    PersonDescribed,
    Position,
    SnapshotCaptured,
    SourceRegistered,
    Subject,
    SubjectOpened,
    SubjectSort,
)
from projections.context import Facts, PartyFacts, PlainFacts, SourceFacts
from projections.facts import facts_of, spellings_of
from tests.projections.builders import (
    OUTLET,
    PERSON,
    SOURCE,
    KnownContext,
    event,
    link,
    made,
    on,
    report,
    retraction,
    written,
)


def registered(position: int, **fields: object) -> Event:
    """A source registered."""
    return event(position, made(SourceRegistered, title="A source", **fields), about=SOURCE)


def captured(position: int, instant: str, **fields: object) -> Event:
    """A copy of it."""
    content = made(
        SnapshotCaptured, captured_at=instant, bytes_sha256="00", media_type="text/plain", **fields
    )
    return event(position, content, about=SOURCE)


def facts(*events: Event) -> SourceFacts:
    """What is known of the source."""
    found = facts_of(SubjectSort.SOURCE, SOURCE, events)
    assert isinstance(found, SourceFacts)
    return found


def by_capture(edtf: str) -> ClaimedDate:
    """A day known from a copy."""
    return on(edtf, derivation=Derivation.CAPTURED)


class TestSource:
    def test_captured_is_the_first_copy_s_day(self) -> None:
        """Whichever was recorded first; the day is the one in UTC."""
        found = facts(
            registered(1),
            captured(2, "2026-03-05T10:00:00.000000Z"),
            captured(3, "2026-02-01T23:30:00.000000Z"),
        )

        assert found.captured == by_capture("2026-02-01")
        assert found.available is None

    def test_a_copy_that_shows_nothing_was_not_read(self) -> None:
        """The reversed case."""
        empty = captured(2, "2026-02-01T10:00:00.000000Z", problem=CaptureProblem.EMPTY)

        assert facts(registered(1), empty).captured is None

    def test_what_is_stated_stays_beside_it(self) -> None:
        """A stated day is no copy's."""
        found = facts(registered(1, available=on("2025-12-22")), captured(2, "2026-02-01T10:00:00.000000Z"))

        assert found.available == on("2025-12-22")
        assert found.captured == by_capture("2026-02-01")

    def test_an_instant_alone_gives_its_day(self) -> None:
        """`available_at` without `available`."""
        assert facts(registered(1, available_at="2025-12-22T21:00:00.000000Z")).available == on("2025-12-22")

    def test_nothing_taken_back(self) -> None:
        """A source stands by what is registered of it."""
        assert facts(registered(1)).fallen_by is None

    def test_fallen(self) -> None:
        """R16: by the decision in its own stream; what is registered of it stays, and is shown."""
        found = facts(registered(1, available=on("2025-12-22")), of_source(2))

        assert found.fallen_by == 2
        assert (found.title, found.available) == ("A source", on("2025-12-22"))

    def test_fallen_before_it_was_registered(self) -> None:
        """A source on record by its opening alone can be taken back."""
        assert facts(of_source(2)).fallen_by == 2

    def test_reinstated_at_any_depth(self) -> None:
        """R16: retracting a retraction reinstates, and so on."""
        events = [registered(1), of_source(2)]
        found = []
        for position in (3, 4, 5):
            events.append(retraction(position, of=position - 1))
            found.append(facts(*events).fallen_by)

        assert found == [None, 2, None]

    def test_the_latest_in_force_counts(self) -> None:
        """Of two that take it back the later one; where that is lifted, the earlier."""
        events = [registered(1), of_source(2), of_source(3)]

        assert facts(*events).fallen_by == 3
        assert facts(*events, retraction(4, of=3)).fallen_by == 2
        assert facts(*events, retraction(4, of=2)).fallen_by == 3

    def test_another_s_fall_is_none_of_its_own(self) -> None:
        """The reversed case."""
        assert facts(registered(1), retraction(2, source="source-2")).fallen_by is None


def of_source(position: int) -> Event:
    """The source is taken back."""
    return retraction(position, source=SOURCE)


class TestParty:
    def test_fallen_and_reinstated(self) -> None:
        """R16: by the latest decision in force in its own stream; what is opened of it stays."""
        opened = event(
            1,
            made(
                SubjectOpened,
                subject=Subject(key=OUTLET, sort=SubjectSort.PARTY),
                name=written("An outlet"),
            ),
            about=OUTLET,
        )
        events = [opened, retraction(2, party=OUTLET), retraction(3, party=OUTLET)]

        def after(*more: Event) -> Facts:
            return facts_of(SubjectSort.PARTY, OUTLET, [*events, *more])

        assert after() == PartyFacts(name="An outlet", fallen_by=Position(3))
        assert after(retraction(4, of=3)) == PartyFacts(name="An outlet", fallen_by=Position(2))
        assert after(retraction(4, of=3), retraction(5, of=2)) == PartyFacts(name="An outlet")


class TestSpellings:
    def test_a_name_falls_with_its_source(self) -> None:
        """R16: what only a fallen source calls somebody is no name of theirs; the one they were opened under stays."""
        events = [described(1, "A. B.", source="source-1"), described(2, "A. Be", source="source-2")]
        opened = PlainFacts(name="Opened")

        def after(*decided: Event) -> list[str]:
            return spellings_of(opened, PERSON, events, KnownContext(decided=decided))

        assert after() == ["Opened", "A. B.", "A. Be"]
        assert after(retraction(3, source="source-1")) == ["Opened", "A. Be"]
        assert after(retraction(3, source="source-1"), retraction(4, of=3)) == ["Opened", "A. B.", "A. Be"]

    def test_a_name_falls_with_whom_it_is_credited_to(self) -> None:
        """R16: and with its report."""
        event = described(1, "A. B.", attribution=(link("apa"),))
        gone = retraction(2, of=1)

        assert (
            spellings_of(PlainFacts(), PERSON, [event], KnownContext(decided=[retraction(2, party="apa")]))
            == []
        )
        assert spellings_of(PlainFacts(), PERSON, [event, gone], KnownContext()) == []


def described(position: int, name: str, **fields: Any) -> Event:
    """A report that calls somebody by this name."""
    return report(PersonDescribed, position, names=(written(name),), **fields)
