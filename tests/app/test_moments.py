"""Rules of a moment as somebody types it: what it means, and what it cannot mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.ledger import Service
from app.moments import Moment, day_typed, in_zone, ledger_zone, moment_typed
from events.errors import MomentInvalid
from events.kinds import Position
from tests.follow_up import follow_up_service

ZONE = "Asia/Baku"
NOW = datetime(2026, 2, 10, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """Both examples, recorded in January and February 2026."""
    folder = tmp_path_factory.mktemp("moments")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder) as opened:
        yield opened


def typed(ledger: Service, text: str, *, now: datetime = NOW) -> Moment:
    """What a text means."""
    with ledger.database.reading() as connection:
        return moment_typed(connection, text, zone=ZONE, now=now)


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "position", "day", "told"),
        [
            ("96", 96, "2026-01-02", "recorded 2026-01-02 06:00:00 Asia/Baku"),
            ("0", 0, None, "the empty ledger"),
            ("158", 158, "2026-02-09", "recorded 2026-02-09 13:00:00 Asia/Baku"),
            ("now", 158, "2026-02-10", "now, 2026-02-10 12:00:00 Asia/Baku"),
            ("2026-01-02", 96, "2026-01-02", "the end of 2026-01-02, Asia/Baku"),
            ("2026-01-01", 70, "2026-01-01", "the end of 2026-01-01, Asia/Baku"),
            ("2025-12-23", 0, "2025-12-23", "the end of 2025-12-23, Asia/Baku"),
            ("2026-02-10", 158, "2026-02-10", "2026-02-10 so far, 2026-02-10 12:00:00 Asia/Baku"),
            ("2026-01-02T01:00:00Z", 77, "2026-01-02", "2026-01-02 05:00:00 Asia/Baku"),
            ("2026-01-02T00:30:00+04:00", 70, "2026-01-02", "2026-01-02 00:30:00 Asia/Baku"),
            ("2026-01-02 05:30:00+04:00", 87, "2026-01-02", "2026-01-02 05:30:00 Asia/Baku"),
        ],
    )
    def test_positions_days_and_instants(
        self, ledger: Service, text: str, position: int, day: str | None, told: str
    ) -> None:
        """Resolved to a position; a day to its end in the ledger's zone, and the answer says so."""
        expected = None if day is None else date.fromisoformat(day)

        assert typed(ledger, text) == Moment(position=Position(position), day=expected, told=told)

    def test_a_day_ends_at_midnight_in_the_ledgers_zone(self, ledger: Service) -> None:
        """Four hours before it does in UTC: what was recorded in between is of the next day."""
        assert typed(ledger, "2026-01-07").position == 96
        assert typed(ledger, "2026-01-07T23:59:59.999999+04:00").position == 96
        assert typed(ledger, "2026-01-08").position == 122

    def test_a_clock_that_was_set_back_is_behind_what_it_has_recorded(self, ledger: Service) -> None:
        """The ledger's own never is: nothing that is recorded lies in the future (I-5)."""
        earlier = datetime(2026, 1, 1, tzinfo=UTC)

        assert typed(ledger, "2026-02-09", now=earlier).position == 158
        assert typed(ledger, "now", now=earlier).day == date(2026, 2, 9)

    def test_the_first_instant_of_the_calendar_is_of_a_day_in_every_zone(self) -> None:
        """West of UTC it would be of the year before the first, which clocks cannot show: it is told in UTC."""
        first = datetime(1, 1, 1, tzinfo=UTC)

        assert in_zone(first, "America/New_York") == first
        assert in_zone(first, "America/New_York").date() == date.min
        assert in_zone(first, "Asia/Baku").hour > 0

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("159", "There is no position 159: expected one from 0, the empty ledger, to 158, the last."),
            ("-1", "There is no position -1: expected one from 0, the empty ledger, to 158, the last."),
            ("2026-02-11", "2026-02-11 lies in the future: today is 2026-02-10 in Asia/Baku."),
            (
                "2026-02-10T08:00:01Z",
                "2026-02-10T08:00:01Z lies in the future: the ledger's clock says 2026-02-10 12:00:00 Asia/Baku.",
            ),
            (
                "2026-01-02T12:00",
                "2026-01-02T12:00 names no zone: write 2026-01-02T12:00Z for UTC, or an offset such as +04:00.",
            ),
            *(
                (
                    text,
                    f"{text} is no moment: expected a position such as 120, a day such as 2025-12-23, an instant such as "
                    "2025-12-23T12:00:00Z, or now.",
                )
                for text in (
                    "yesterday",
                    "2026-02-30",
                    "2026-13-01T00:00:00Z",
                    "١٢٠",
                    "1.5",
                    "--5",
                    "0001-01-01T00:00:00+04:00",
                )
            ),
        ],
    )
    def test_what_it_cannot_mean(self, ledger: Service, text: str, message: str) -> None:
        """Refused by one sentence, with what can be written."""
        with pytest.raises(MomentInvalid, match=f"^{re.escape(message)}$"):
            typed(ledger, text)


class TestDay:
    def test_a_calendar_day(self) -> None:
        """And nothing else."""
        assert day_typed("2025-12-23") == date(2025, 12, 23)
        for text in ("2025-12", "2025-W52-2", "20251223", "now", "2025-02-30", "2025-12-23T00:00:00Z"):
            with pytest.raises(
                MomentInvalid, match=f"^{text} is no day: expected one such as 2025-12-23\\.$"
            ):
                day_typed(text)


class TestZone:
    def test_is_that_of_the_opening(self, ledger: Service) -> None:
        """Whatever the settings say since."""
        with ledger.database.reading() as connection:
            assert ledger_zone(connection, ledger) == ZONE
