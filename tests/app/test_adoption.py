"""Rules of adopting rules: what is refused, what is recorded, and that nothing adopts by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from app.adoption import Adoption, adopt_rules
from app.ledger import Service, open_service
from app.settings import Settings
from app.writer import Writer
from events.commands import Command
from events.decoder import Event
from events.errors import LedgerError, RulesRefused, RulesUnknown, VersionStale
from events.kinds import Position, RulesAdopted, Visibility
from events.store import LEDGER_KEY, PUBLIC_VIEWER, decoded, read_stream
from projections.rulebook import RULEBOOKS, rules_in_force
from tests.app.report_case import opened, size

RULEBOOKS_MORE = {
    **RULEBOOKS,
    **{
        version: msgspec.structs.replace(RULEBOOKS["rules-v1"], version=version)
        for version in ("rules-v2", "rules-v3")
    },
}


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """An open ledger with nothing in it but its opening."""
    with opened(tmp_path, database_url, rulebooks=RULEBOOKS_MORE) as ready:
        yield ready


def ledger_events(service: Service) -> list[Event]:
    """What the public may read of the ledger's own stream."""
    with service.database.reading() as connection:
        return [decoded(event) for event in read_stream(connection, LEDGER_KEY, viewer=PUBLIC_VIEWER)]


def refusal(act: Callable[[], object], *, of: type[LedgerError], service: Service) -> str:
    """The message of a refusal; that nothing was stored is checked here."""
    before = size(service.database)
    with pytest.raises(of) as refused:
        act()
    assert size(service.database) == before
    return refused.value.message


class TestAdoptRules:
    def test_is_a_public_event_of_the_ledger(self, service: Service) -> None:
        """Recorded by whoever adopted, in the ledger's own stream; and then those rules are in force."""
        adopted = adopt_rules(service, "rules-v2")

        *_, event = ledger_events(service)
        content = cast("RulesAdopted", event.content)
        assert adopted == Adoption(rules="rules-v2", before="rules-v1", position=Position(3))
        assert (event.position, event.about) == (3, (LEDGER_KEY,))
        assert (content.rules, content.visibility) == ("rules-v2", Visibility.PUBLIC)
        assert content.recorded_by == service.actor
        assert content.streams[0].version == 3
        assert rules_in_force(ledger_events(service)) == "rules-v2"

    def test_back_again(self, service: Service) -> None:
        """Rules that turn out wrong give way to those of before: that is one more adoption, and nothing is taken back."""
        adopt_rules(service, "rules-v2")

        back = adopt_rules(service, "rules-v1")

        assert back == Adoption(rules="rules-v1", before="rules-v2", position=Position(4))

    def test_unknown_rules_are_refused(self, service: Service) -> None:
        """Nobody could fold by them; it says which there are."""
        message = refusal(lambda: adopt_rules(service, "rules-v9"), of=RulesRefused, service=service)

        assert message == (
            "This version of Custody Ledger does not know rules-v9; it knows rules-v1, rules-v2, rules-v3. Correct the name, or"
            " install a version that has them."
        )

    def test_those_in_force_are_refused(self, service: Service) -> None:
        """Since the last adoption, and without need of another; so a lost answer is found by asking again."""
        adopt_rules(service, "rules-v2")

        message = refusal(
            lambda: adopt_rules(service, "rules-v2"),
            of=RulesRefused,
            service=service,
        )

        assert message == "rules-v2 is in force already, since position 3. There is nothing to adopt."

    @pytest.mark.parametrize("first", ["rules-v2", "rules-v3"], ids=["the same", "another"])
    def test_of_two_at_once_one_is_refused(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, first: str
    ) -> None:
        """Whoever looked before the other's adoption is told to look again, whichever rules that one adopted."""
        submit = Writer.submit

        def late(writer: Writer, command: Command) -> object:
            monkeypatch.setattr(Writer, "submit", submit)
            adopt_rules(service, first)
            return submit(writer, command)

        monkeypatch.setattr(Writer, "submit", late)

        with pytest.raises(VersionStale) as refused:
            adopt_rules(service, "rules-v2")

        assert refused.value.message == (
            "ledger stands at version 3, expected 2. Read what was recorded since, then decide again."
        )
        assert [event.position for event in ledger_events(service)] == [1, 2, 3]

    def test_opening_a_ledger_again_adopts_nothing(self, tmp_path: Path, service: Service) -> None:
        """A ledger keeps its rules until somebody adopts others, whatever the program brings."""
        adopt_rules(service, "rules-v2")

        with opened(tmp_path, service.settings.url, seed=2, rulebooks=RULEBOOKS_MORE) as again:
            assert size(again.database) == 3

    @pytest.mark.parametrize("recording", [True, False])
    def test_a_program_without_them_opens_no_ledger_that_adopted_them(
        self, tmp_path: Path, service: Service, recording: bool
    ) -> None:
        """Not to read, which would show findings by rules that it cannot name, and not to record; though others are in force by now."""
        adopt_rules(service, "rules-v2")
        adopt_rules(service, "rules-v1")
        settings = Settings(data=tmp_path / "data", database_url=service.settings.url)

        with pytest.raises(RulesUnknown) as refused, open_service(settings, recording=recording):
            pass

        assert refused.value.message == (
            "This ledger adopted rules-v2, which this version of Custody Ledger does not know; it knows rules-v1. Install a newer one."
        )
        assert size(service.database) == 4
