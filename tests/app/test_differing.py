"""Rules of `custody diff` and `custody if-retracted`: what they print, as words and as JSON, and how wrong input ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import supposing
from app.api import ids
from app.cli import app
from app.errors import Exit
from app.ledger import Service
from app.supposing import Target, if_retracted
from events.kinds import EventId
from events.store import head
from projections.builds import known_at
from projections.changes import Change, Span, every_change
from tests.app.api import ledgers
from tests.follow_up import follow_up_service


@pytest.fixture(scope="module")
def follow_up(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with both examples on record, to be copied."""
    folder = tmp_path_factory.mktemp("follow-up")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder):
        return folder


@pytest.fixture
def recorded(follow_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command's own folder with both examples on record."""
    shutil.copytree(follow_up, tmp_path / "data")
    monkeypatch.setenv("CUSTODY_DATA", str(tmp_path / "data"))
    return tmp_path


def run(*words: str, code: int = Exit.DONE) -> tuple[str, str]:
    """What it printed to standard output and standard error; how it ended is checked."""
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, (result.exit_code, result.output, result.exception)
    return result.stdout, result.stderr


def objects(*words: str) -> list[dict[str, Any]]:
    """What it printed, one object a line."""
    return [json.loads(line) for line in run(*words, "--json")[0].splitlines()]


class TestDiff:
    """Two moments on the command line."""

    def test_before_and_after_and_why(self, recorded: Path) -> None:
        """Subject by subject, with each entry that made it differ and its words; the moments as they were understood."""
        out, err = run("diff", "2026-01-01", "2026-01-02", "--about", "women-released-monday")

        assert err == ""
        assert out.startswith(
            "From position 70 (the end of 2026-01-01, Asia/Baku) to position 96 (the end of 2026-01-02, Asia/Baku), about 2026-01-01 and"
            " 2026-01-02.\n\nwomen prisoners (women-released-monday)\n"
        )
        assert (
            "  count: 22 women prisoners released on 22 December 2025 (OC Media) [single, 1 voice] → 22 women prisoners released on"
            " 22 December 2025 (OC Media) [corroborated, 2 voices]\n"
            "      85  new report, recorded 2026-01-02: Official news agency, in The first day at Prison No. 4, an agency report restated"
            " in our own words\n"
            "          “Under the amnesty, 22 women are leaving Prison No. 4 today as free people”\n"
        ) in out
        assert out.endswith("\n5 findings differ.\n")

    def test_the_words_may_be_the_same(self, recorded: Path) -> None:
        """Then it says what is not."""
        out, _ = run("diff", "70", "96", "--about", "amnesty-2025-12")

        assert (
            "signed by Ilham Aliyev: 15 December 2025, since 15 December 2025 [single, 1 voice]; what differs: "
            in out
        )
        assert "who speaks against it (+77)" in out

    def test_of_an_act_the_columns_that_moved(self, recorded: Path) -> None:
        """Both bounds as they stand, never their difference, with the entries that moved them."""
        out, _ = run("diff", "122", "158", "--about", "amnesty-2025-12")

        assert "\nTally, released, reported: 1,799 → 5,148, by 129, 147, 158\n" in out
        assert "\nTally, case ended, reported: nothing said → 12, by 150\n" in out
        assert "promised" not in out
        assert "3,349" not in out

    def test_for_programs(self, recorded: Path) -> None:
        """The moments, a line for each change with its causes, and a line for each column that moved."""
        moments, *rest = objects("diff", "96", "122", "--about", "amnesty-2025-12")
        changes = [one for one in rest if "facet" in one]
        tallies = {(one["tally"], one["column"]): one for one in rest if "tally" in one}

        assert moments == {
            "from": {
                "position": 96,
                "meant": "recorded 2026-01-02 06:00:00 Asia/Baku",
                "valid_on": "2026-01-02",
            },
            "to": {
                "position": 122,
                "meant": "recorded 2026-01-08 09:00:00 Asia/Baku",
                "valid_on": "2026-01-08",
            },
            "zone": "Asia/Baku",
            "about": "amnesty-2025-12",
        }
        assert all(96 < cause["position"] <= 122 for change in changes for cause in change["because"])
        assert tallies[("applied", "reported")]["before"] == {"low": None, "high": None}
        assert tallies[("applied", "reported")]["after"] == {"low": 3846, "high": 3846}
        assert tallies[("applied", "reported")]["because"] == [103, 113, 121]

    def test_a_bound_that_nobody_knows_is_null_for_programs(self, recorded: Path) -> None:
        """And no day of the far future: released on some day of a week, and until when nobody says."""
        changes = objects("diff", "38", "39", "--about", "prisoner-a1")[1:]

        (released,) = (one["after"] for one in changes if one["facet"] == "custody" and one["after"])
        assert released["interval"] == {
            "from_min": "2025-12-15",
            "from_max": "2025-12-22",
            "to_min": None,
            "to_max": None,
        }

    def test_a_retraction_says_what_fell_and_on_whose_word(self, recorded: Path, follow_up: Path) -> None:
        """How many reports, and why; nothing else moved."""
        _retract(
            recorded,
            "retract: {source: follow-up-outlet-a}\n    ground: publisher\n    reason: Withdrawn by the outlet.",
        )

        out, _ = run("diff", "158", "now", "--about", "women-released-monday", "--valid-on", "2026-02-10")

        cause = "159  retraction, recorded "
        assert out.count(cause) == 3
        assert (
            ": the source Outlet A’s report on the first women freed, on the publisher's word: Withdrawn by the outlet; 2 reports fell\n"
            in out
        )

    def test_what_takes_back_a_decision_names_it_and_counts_what_it_lets_fall(
        self, recorded: Path, follow_up: Path
    ) -> None:
        """To reinstate lets nothing fall; to take the reinstatement back lets fall what had fallen first."""
        _retract(
            recorded, "retract: {source: follow-up-outlet-a}\n    ground: publisher\n    reason: Withdrawn."
        )
        for word, target in (("two", "rulings/one#D1"), ("three", "rulings/two#D1")):
            (recorded / f"{word}.yaml").write_text(
                f"set: rulings/{word}\ndecisions:\n  - {{key: D1, retract: {target}, ground: ours, reason: Number {word}.}}\n",
                encoding="utf-8",
            )
            run("record", str(recorded / f"{word}.yaml"))

        of_women = ("--about", "women-released-monday", "--valid-on", "2026-02-10")
        back, _ = run("diff", "159", "160", *of_women)
        again, _ = run("diff", "160", "161", *of_women)

        assert ": the decision at position 159, on our own word: Number two.\n" in back
        assert "fell" not in back
        assert ": the decision at position 160, on our own word: Number three; 2 reports fell\n" in again

    def test_a_retraction_for_safety_says_no_more(self, recorded: Path) -> None:
        """Neither what fell nor why."""
        _retract(
            recorded, "retract: {source: follow-up-outlet-a}\n    ground: safety\n    reason: Somebody asked."
        )

        out, _ = run("diff", "158", "--about", "women-released-monday", "--valid-on", "2026-02-10")
        told = objects("diff", "158", "--about", "women-released-monday", "--valid-on", "2026-02-10")

        _, refused = run("if-retracted", "159", code=Exit.REFUSED)

        assert refused == (
            "The decision at position 159 took something back for safety. What it was, and what would come back, is not told.\n"
        )
        assert ": for safety\n" in out
        assert "Somebody asked" not in out + json.dumps(told)
        assert "reports fell" not in out
        assert {tuple(sorted(cause)) for one in told[1:] for cause in one.get("because", [])} == {
            ("kind", "position", "reason", "recorded_at", "words")
        }

    def test_time_alone(self, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """How it held on the one day and on the other."""
        (tmp_path / "ledger.db").write_bytes(sqlite_template.read_bytes())
        with follow_up_service(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path) as service:
            claim = "kind: detention_reported, claimed: 2026-03-03"
            ledgers.tell(service, tmp_path, "later", claim, "He was detained again", about="prisoner-a1")
            at = _size(service)
        monkeypatch.setenv("CUSTODY_DATA", str(tmp_path))

        out, _ = run("diff", str(at), "--about", "prisoner-a1")
        told = objects("diff", str(at), "--about", "prisoner-a1")

        today = told[0]["to"]["valid_on"]
        assert (
            f"  custody: in remand custody\n      passing of time: not so on 2026-02-10, certain on {today}\n"
            in out
        )
        assert [one["because"] for one in told[1:]] == [[{"reason": "passing_of_time"}]] * (len(told) - 1)

    def test_nothing_differs(self, recorded: Path) -> None:
        """It says so."""
        assert run("diff", "158", "158")[0] == (
            "From position 158 (recorded 2026-02-09 13:00:00 Asia/Baku) to position 158 (recorded 2026-02-09 13:00:00 Asia/Baku), about"
            " 2026-02-09.\n\n0 findings differ.\n"
        )

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (
                ("96", "70"),
                "The first moment lies after the second: position 96, recorded 2026-01-02 06:00:00 Asia/Baku, and position 70, recorded"
                " 2026-01-01 04:00:00 Asia/Baku. Exchange them.",
            ),
            (
                ("2026-01-05", "96"),
                "The first moment lies after the second: position 96, the end of 2026-01-05, Asia/Baku, and position 96, recorded"
                " 2026-01-02 06:00:00 Asia/Baku. Exchange them.",
            ),
            (("159",), "There is no position 159: expected one from 0, the empty ledger, to 158, the last."),
            (("70", "--about", "nobody"), "Nothing on record has the key or the name nobody."),
            (
                ("70", "--about", "women"),
                "Several subjects go by women; say which, by key:\n"
                "  follow-up-outlet-a  Outlet A’s report on the first women freed\n"
                "  follow-up-outlet-a-restated  The first women out, a report by Outlet A restated in our own words\n"
                "  women-released-monday  women prisoners",
            ),
            (("70", "--valid-on", "soon"), "soon is no day: expected one such as 2025-12-23."),
        ],
    )
    def test_wrong_input(self, recorded: Path, words: tuple[str, ...], message: str) -> None:
        """One clear sentence, nothing on standard output, exit code 1."""
        assert run("diff", *words, code=Exit.REFUSED) == ("", f"{message}\n")


class TestIfRetracted:
    """A retraction that is not recorded, on the command line."""

    def test_what_would_differ(self, recorded: Path) -> None:
        """Before and after, how many findings of how many subjects, and that nothing was recorded."""
        out, err = run("if-retracted", "follow-up-outlet-a")

        assert err == ""
        assert out.startswith(
            "If the source Outlet A’s report on the first women freed were retracted, by what is known at position 158:\n\n"
        )
        assert (
            "  count: 22 women released on 25 December 2025 (uncertain) (Outlet A) [single, 1 voice] → nothing\n"
            in out
        )
        assert out.endswith("\n5 findings of 2 subjects would differ. Nothing was recorded.\n")
        assert objects("diff", "158", "now", "--valid-on", "2026-02-10")[1:] == []

    @pytest.mark.parametrize(
        ("target", "named"),
        [
            ("103", "event"),
            ("96", "decision"),
            ("oc-media", "party"),
            ("follow-up-outlet-a", "source"),
        ],
    )
    def test_for_programs(self, recorded: Path, target: str, named: str) -> None:
        """What is supposed, and a line for each change, without a cause."""
        supposed, *changes = objects("if-retracted", target)

        assert list(supposed["supposed"]) == [named]
        assert (supposed["position"], supposed["recorded"]) == (158, False)
        assert all(change["because"] == [] for change in changes)

    def test_by_id(self, recorded: Path) -> None:
        """As by position."""
        by_position = objects("if-retracted", "103")

        assert objects("if-retracted", by_position[0]["supposed"]["event"]) == by_position

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            (
                "nobody",
                "Nothing on record goes by nobody: expected an entry's position or id, or the key of a source or a party.",
            ),
            ("999", "There is no public entry at position 999."),
            (
                "5",
                "The entry at position 5 is a subject_opened: reports, decisions, sources and parties can be taken back.",
            ),
            (
                "prisoner-a1",
                "prisoner-a1 is a person: reports, decisions, sources and parties can be taken back.",
            ),
        ],
    )
    def test_wrong_input(self, recorded: Path, target: str, message: str) -> None:
        """One clear sentence, exit code 1."""
        assert run("if-retracted", target, code=Exit.REFUSED) == ("", f"{message}\n")

    def test_what_is_retracted_already(self, recorded: Path) -> None:
        """Names the decision that is in force."""
        _retract(recorded, "retract: {source: follow-up-outlet-a}\n    ground: ours\n    reason: Ours.")

        _, err = run("if-retracted", "follow-up-outlet-a", code=Exit.REFUSED)

        assert err == (
            "The source follow-up-outlet-a is retracted already, by the decision at position 159: suppose that decision retracted, and it"
            " stands again.\n"
        )

    def test_the_commands_have_no_bound(self, recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a question within the API may not ask, they answer."""
        monkeypatch.setattr(supposing, "SUBJECTS_MAX", 1)

        assert "would differ" in run("if-retracted", "oc-media")[0]


def _retract(folder: Path, decision: str) -> None:
    (folder / "decision.yaml").write_text(
        f"set: rulings/one\ndecisions:\n  - key: D1\n    {decision}\n", encoding="utf-8"
    )
    run("record", str(folder / "decision.yaml"))


class TestChains:
    """Decisions that hang together, through the recorder."""

    @pytest.fixture
    def ledger(self, database_url: str, tmp_path: Path) -> Iterator[Service]:
        """Three prisoners, on each store."""
        with ledgers.opened_at(database_url, tmp_path) as service:
            ledgers.record_people(service, tmp_path, 3)
            yield service

    def test_what_undoes_a_correction_reaches_everybody_whom_it_reached(
        self, ledger: Service, tmp_path: Path
    ) -> None:
        """A report turned out to be about somebody else, and then about a third: to suppose that the first correction falls moves what
        recording it moves, of all three."""
        _correct(ledger, tmp_path, "first", "test/people#D1", about="people-2")
        _correct(ledger, tmp_path, "second", "rulings/first#first", about="people-3")

        for decision, name in (("first", "a"), ("second", "b")):
            with ledger.database.reading() as connection:
                known = known_at(connection)
                at = _size(ledger)
                target = Target(decision=_decision(ledger, decision))
                supposed = if_retracted(known, target)

            ledgers.rule(ledger, tmp_path, name, f"retract: 'rulings/{decision}#{decision}', ground: ours")

            assert supposed == {
                change.key: (change.before, change.after) for change in _changes_since(ledger, at)
            }
            assert supposed != {} or decision == "second"


def _correct(service: Service, folder: Path, name: str, report: str, *, about: str) -> None:
    ledgers.record(
        service,
        folder,
        f"""\
set: rulings/{name}
source: {{record: people-article}}
subjects:
  p: {{record: {about}}}
decisions:
  - key: {name}
    correct: '{report}'
    reason: somebody else
    claim: {{kind: detention_reported, about: p, claimed: 2024-03, cite: Person Number1 was detained in March 2024}}
""",
        article="",
    )


def _decision(service: Service, name: str) -> EventId:
    nodes = ledgers.data(
        service, "{ events(filter: {kinds: [REPORT_CORRECTED]}) { nodes { id ... on Decision { reason } } } }"
    )["events"]["nodes"]
    return EventId(ids.decode(nodes[0 if name == "first" else 1]["id"]).parts[0])


def _size(service: Service) -> int:
    with service.database.reading() as connection:
        return head(connection).size


def _changes_since(service: Service, at: int) -> list[Change]:
    with service.database.reading() as connection:
        before, after = known_at(connection, at), known_at(connection)
        day = service.entropy.now().date()
        span = Span(
            after=before.projected_through, through=after.projected_through, first_day=day, last_day=day
        )
        return list(every_change(before, after, span))
