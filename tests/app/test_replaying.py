"""`custody replay`: what each entry changed, told from nothing, and held to what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import app
from app.database import Database
from app.errors import Exit
from events.errors import RebuildStopped
from events.kinds import Entry, Position, SubjectKey
from projections import computed, reads
from projections.builds import FIRST_BUILD, known_at, set_state, state
from projections.comparing import compared, differences
from projections.computed import Replay, replayed
from projections.findings import Facet, Finding, FindingKey
from projections.known import Known
from projections.rulebook import RULEBOOKS
from projections.rules import RULES_VERSION
from projections.runner import catch_up, project_inline
from tests import golden
from tests.projections.chronicle import CONTENTS, SORTS, Chronicle, another

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """The example, projected."""
    fresh = Database(database_url)
    golden.record_example(fresh, tmp_path, project=project_inline)
    catch_up(fresh)
    yield fresh
    fresh.close()


@pytest.fixture
def command(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`custody` on this database: how it ended, and what it printed."""
    monkeypatch.setenv("CUSTODY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CUSTODY_DATABASE_URL", database.url.render_as_string(hide_password=False))

    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, words)
        return result.exit_code, result.stdout, result.stderr

    return run


class TestReplay:
    def test_tells_what_each_entry_changed(self, command: Run) -> None:
        """Position, kind, who, and each finding before and after; then that what is stored is what came of it."""
        code, out, err = command("replay", "--to", "42")

        assert (code, err) == (Exit.DONE, "")
        assert [line.split(" (recorded")[0] for line in out.splitlines()[-5:]] == [
            "    41  detention reported: prisoner-a1",
            "        custody of Shahin Isgandarov (prisoner-a1): nothing → in remand custody, since 2023 [single, 1 voice]",
            "    42  detention reported: prisoner-a1",
            "        custody of Shahin Isgandarov (prisoner-a1): in remand custody, since 2023 [single, 1 voice];"
            " what differs: who supports it (+42)",
            "Position 42: the same 138 rows as stored, the past included.",
        ]

    def test_without_a_position_as_far_as_there_are_rows(self, command: Run) -> None:
        """Every entry that changed a finding, and only those."""
        code, out, _ = command("replay")

        assert code == Exit.DONE
        assert out.splitlines()[-1] == "Position 70: the same 293 rows as stored, the past included."
        assert "\n    70  " not in out

    def test_step_by_step_every_entry(self, command: Run) -> None:
        """Also those that changed nothing; where nobody is at a terminal, nobody is waited for."""
        code, out, err = command("replay", "--to", "9", "--step")

        told = [line for line in out.splitlines() if not line.startswith("        ")]
        assert (code, err) == (Exit.DONE, "")
        assert [line.split()[0] for line in told] == [*map(str, range(1, 10)), "Position"]

    def test_on_a_terminal_enter_goes_on(self, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Before each further entry."""
        waited: list[Position] = []
        monkeypatch.setattr("app.printing_rows.wait_for_enter", waited.append)

        command("replay", "--to", "3", "--step")

        assert waited == [1, 2, 3]

    def test_for_programs(self, command: Run) -> None:
        """One object a line, the last of them the comparison."""
        code, out, _ = command("replay", "--to", "41", "--json")

        *steps, last = map(json.loads, out.splitlines())
        assert code == Exit.DONE
        assert [step["position"] for step in steps][-1] == 41
        (change,) = steps[-1]["changes"]
        assert (change["facet"], change["before"], change["after"]["in_words"]) == (
            "custody",
            None,
            "in remand custody",
        )
        assert last == {"position": 41, "same": last["same"], "differing": 0, "first": None}

    def test_nothing_is_there_at_the_beginning(self, command: Run) -> None:
        """Position 0 is the empty ledger, of which everything is the same."""
        assert command("replay", "--to", "0") == (
            Exit.DONE,
            "Position 0: the same 0 rows as stored, the past included.\n",
            "",
        )


class TestDifference:
    def test_the_first_is_told_and_ends_with_1(self, command: Run, database: Database) -> None:
        """Somebody altered what lists show: which row, what is stored, and what the entries give."""
        execute(
            database,
            "UPDATE findings_now SET status = 'liberty' WHERE about = 'prisoner-a1' AND segment = 'prison-41'",
        )

        code, out, err = command("replay")

        assert code == Exit.REFUSED
        assert "rows as stored" not in out
        assert err.splitlines() == [
            "Position 70: what is stored differs from what the entries give in 1 row; 292 rows the same.",
            "The first, in `findings`: prisoner-a1, custody, prison-41, from position 44 on.",
            "  stored: status liberty",
            "  the entries give: status prison",
        ]

    def test_of_a_finding_what_differs_in_it(self, command: Run, database: Database) -> None:
        """Field by field, not the whole of it."""
        cast = "BLOB" if database.is_sqlite else "BYTEA"
        words = "CAST(finding AS TEXT)" if database.is_sqlite else "convert_from(finding, 'UTF8')"
        execute(
            database,
            f"UPDATE details_now SET finding = CAST(replace({words}, 'in prison', 'at liberty') AS {cast})"
            " WHERE about = 'prisoner-a1' AND segment = 'prison-41'",
        )

        _, _, err = command("replay")

        assert err.splitlines()[2:] == [
            "  stored: in_words at liberty",
            "  the entries give: in_words in prison",
        ]

    def test_a_row_that_is_gone(self, command: Run, database: Database) -> None:
        """Has no other side; of the past as well."""
        with database.reading() as connection:
            at = connection.exec_driver_sql("SELECT min(known_to) FROM details_hist").scalar_one()
        execute(database, f"DELETE FROM details_hist WHERE known_to = {at}")

        code, _, err = command("replay", "--to", str(at))

        assert code == Exit.REFUSED
        assert "  stored: no such row" in err.splitlines()

    def test_for_programs(self, command: Run, database: Database) -> None:
        """With both sides, by name."""
        execute(
            database, "DELETE FROM names_now WHERE key = 'prisoner-a1' AND as_written = 'Shahin Isgandarov'"
        )

        code, out, _ = command("replay", "--json")

        last = json.loads(out.splitlines()[-1])
        assert (code, last["differing"], last["first"]["table"]) == (Exit.REFUSED, 1, "names")
        assert last["first"]["key"] == ["prisoner-a1", "Shahin Isgandarov"]
        assert last["first"]["stored"] is None
        assert last["first"]["given"]["known_to"] == 0

    def test_a_row_from_behind_the_last_position(self, command: Run, database: Database) -> None:
        """Is served with all that stands now, and no entry gives it."""
        execute(
            database,
            "INSERT INTO names_now SELECT build, key, 'Somebody Else', 'else', 71 FROM names_now"
            " WHERE key = 'prisoner-a1' AND as_written = 'Shahin Isgandarov'",
        )

        code, _, err = command("replay", "--to", "60")

        assert code == Exit.REFUSED
        assert (
            err.splitlines()[1] == "The first, in `names`: prisoner-a1, Somebody Else, from position 71 on."
        )

    def test_what_is_no_text(self, command: Run, database: Database) -> None:
        """Differs like any other value, and ends nothing before its time."""
        no_text = "x'ff'" if database.is_sqlite else r"'\\xff'::bytea"
        execute(database, f"UPDATE details_now SET finding = {no_text} WHERE segment = 'prison-41'")

        code, _, err = command("replay")

        assert code == Exit.REFUSED
        assert r"  stored: json \xff" in err.splitlines()

    def test_a_column_that_facts_have_too(self, command: Run, database: Database) -> None:
        """The name under which lists show somebody was altered, and the facts were not."""
        execute(database, "UPDATE subjects_now SET name = 'Somebody Else' WHERE key = 'prisoner-a1'")

        _, _, err = command("replay")

        assert err.splitlines()[2:] == [
            "  stored: name Somebody Else",
            "  the entries give: name Shahin Isgandarov",
        ]


class TestRefused:
    @pytest.mark.parametrize(
        ("to", "told"),
        [
            ("-1", "-1 is no position: the first entry is 1, and 0 is the empty ledger.\n"),
            ("71", "There is no position 71 yet: the last entry is 70.\n"),
        ],
    )
    def test_what_is_no_position(self, command: Run, to: str, told: str) -> None:
        """Is said, with those that there are."""
        assert command("replay", f"--to={to}") == (Exit.REFUSED, "", told)

    def test_what_is_not_projected_yet(self, command: Run, database: Database) -> None:
        """There is nothing to compare with, and why is said."""
        with database.writing() as connection:
            behind = msgspec.structs.replace(
                state(connection),
                projected_through=Position(60),
                writing_through=Position(60),
                stopped_reason="KeyError",
            )
            set_state(connection, behind)

        assert command("replay", "--to", "65") == (
            Exit.BUSY,
            "",
            "What is stored is projected through position 60 (KeyError), and there is nothing to compare at 65. "
            "Replay to 60, or wait until the projections have caught up.\n",
        )

    def test_rows_of_entries_that_there_are_not(self, command: Run, database: Database) -> None:
        """Somebody altered how far the rows go: the ledger contradicts itself, which is said at once."""
        execute(database, "UPDATE projection_builds SET projected_through = 500, writing_through = 500")

        assert command("replay") == (
            Exit.BROKEN,
            "",
            "What is stored says that it is projected through position 500, and the last entry is 70. Find out who altered it, then run "
            "`custody rebuild`.\n",
        )

    @pytest.mark.parametrize(
        "altered",
        ["DELETE FROM projection_builds", "INSERT INTO projection_activations VALUES (99, 77, 70)"],
        ids=["no state", "another build"],
    )
    def test_rows_of_a_build_that_nobody_knows(self, command: Run, database: Database, altered: str) -> None:
        """Answers from nothing would look like an empty record: it is said, and building anew mends it."""
        execute(database, altered)

        code, out, err = command("replay")

        assert (code, out) == (Exit.BROKEN, "")
        assert err == (
            "There are projected rows, and no word of how far they go: somebody altered the tables of builds. Find out who, then run "
            "`custody rebuild`.\n"
        )
        assert command("rebuild")[0] == Exit.DONE
        assert command("replay")[0] == Exit.DONE

    def test_a_fold_that_raises(self, database: Database) -> None:
        """Every step before it is told, then its position and the reason."""

        def broken(key: SubjectKey, events: list[object], context: object) -> tuple[()]:
            raise ValueError("no such order")

        books = {RULES_VERSION: msgspec.structs.replace(RULEBOOKS[RULES_VERSION], prisoner=broken)}
        with database.reading() as connection:
            replay = Replay(connection, through=Position(70), rulebooks=books)
            with pytest.raises(RebuildStopped) as stopped:
                list(replay.steps())

        assert stopped.value.facts["reason"] == "ValueError: no such order"
        assert stopped.value.message.startswith(
            f"The fold of position {stopped.value.facts['position']} raises: "
        )


class TestSteps:
    @settings(max_examples=12)
    @given(
        groups=st.lists(st.lists(CONTENTS, min_size=1, max_size=3), min_size=1, max_size=4),
        slice_events=st.integers(1, 7),
        data=st.data(),
    )
    def test_one_after_another_they_give_every_state(
        self,
        sqlite_template: Path,
        groups: list[list[tuple[str, Entry]]],
        slice_events: int,
        data: st.DataObject,
    ) -> None:
        """After each step, what was told so far adds up to the findings as of that position, in slices of whatever size; and every row
        through any position is the one that is stored."""
        with another(sqlite_template) as database, pytest.MonkeyPatch.context() as patched:
            chronicle = Chronicle(database, project=project_inline)
            catch_up(database)
            for group in groups:
                chronicle.add(*group)
            patched.setattr(computed, "SLICE_EVENTS", slice_events)

            with database.reading() as connection:
                standing: dict[FindingKey, Finding] = {}
                replay = Replay(connection, through=Position(chronicle.size))
                for step in replay.steps():
                    take(step.changed, standing)
                    assert standing == findings_of(known_at(connection, step.event.position))
                assert next(differences(known_at(connection), replay.known), None) is None
                whole = replayed(connection, through=Position(chronicle.size))
                assert next(differences(replay.known, whole), None) is None

                through = Position(data.draw(st.integers(0, chronicle.size), "through"))
                part = replayed(connection, through=through)
                stored = Known(connection, build=FIRST_BUILD)
                assert compared(stored, part, through=through).first is None


def take(
    changed: tuple[tuple[Finding | None, Finding | None], ...], standing: dict[FindingKey, Finding]
) -> None:
    """Has each change follow on what stood."""
    for before, after in changed:
        (key,) = {(one.about, one.facet, one.segment) for one in (before, after) if one is not None}
        assert standing.pop(key, None) == before
        assert before != after
        if after is not None:
            standing[key] = after


def findings_of(known: Known) -> dict[FindingKey, Finding]:
    """All findings as known."""
    found = reads.findings_of(known, [SubjectKey(key) for key in SORTS], list(Facet))
    return {(one.about, one.facet, one.segment): one for findings in found.values() for one in findings}


def execute(database: Database, statement: str) -> None:
    """Alters rows behind the back of the runner."""
    with database.writing() as connection:
        assert connection.exec_driver_sql(statement).rowcount >= 1
