"""When a source could be read, by what is filed about it."""

from __future__ import annotations

from events.dates import ClaimedDate, Derivation
from events.decoder import Event
from events.kinds import CaptureProblem, SnapshotCaptured, SourceRegistered, SubjectSort
from projections.context import SourceFacts
from projections.facts import facts_of
from tests.projections.builders import SOURCE, event, made, on


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
