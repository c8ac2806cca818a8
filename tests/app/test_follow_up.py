"""Golden answers on the two examples: a real conflict, and a series that grew while it was told.

What the sources say is in `examples/amnesty-2025-follow-up/`; nothing here is more than they say. The answers come through the doors that
a user has: GraphQL, and the command line after what `make run` records.

`READ_BY` is what each column says to whoever may read only what was public on a day. It is asked here of ledgers that hold no more than
those sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.ledger import Service
from app.reading import answer
from tests import golden
from tests.follow_up import FOLDER, RECORDED_ON, follow_up_service

Answer = Mapping[str, Any]

MEASURES: Final = ("COVERED", "APPLIED", "RELEASED", "RELIEVED_OTHERWISE", "REDUCED", "CASE_ENDED")
QUESTION: Final = """
query FollowUp {
  act(id: "amnesty-2025-12") {
    steps {
      standing
      voices
      actStep
      date { edtf }
      supportedBy { nodes { id } }
      opposedBy { nodes { id } }
    }
    outcomes(of: [RELEASED], first: 20) {
      nodes {
        about { key }
        ...Outcome
        alternatives { ...Outcome }
      }
    }
TALLIES
  }
}
fragment Outcome on ActFinding {
  outcome
  standing
  voices
  inWords
  since { edtf asWritten derivation }
  supportedBy { nodes { voice { name } source { original { publisher { name } } } } }
}
fragment Columns on Tally {
  promised { ...Column }
  reported { ...Column }
  documented { low high prisoners(first: 20) { nodes { name } } }
}
fragment Column on TallyColumn {
  low
  high
  figures { ...Figure earlier { ...Figure } notComparable { figure { inWords } differsIn } }
}
fragment Figure on CountFinding {
  inWords
  standing
  voices
  flags
  count { measure unit accumulation asOf { edtf } quantity { asWritten low high } }
  breakdowns { dimension coverage parts { label { asWritten } quantity { low high } } }
  supportedBy { nodes { voice { name } source { original { publisher { name } } } } }
}
""".replace(
    "TALLIES",
    "\n".join(f"    {measure.lower()}: tally(measure: {measure}) {{ ...Columns }}" for measure in MEASURES),
)

Bounds = tuple[int | None, int | None]

ARTICLE_FIGURES: Final = ("22", "hundreds", "number not said", "some")
READ_BY: Final[Mapping[str, Mapping[str, tuple[Bounds, tuple[str, ...], Bounds, tuple[str, ...]]]]] = {
    # Day: measure: bounds and figures promised under it, bounds and figures reported.
    "2025-12-22": {
        "COVERED": ((20001, None), ("10,000", "More than 20,000"), (None, None), ()),
        "RELEASED": (
            (5001, None),
            ("10,000", "300", "More than 20,000", "more than 5,000"),
            (200, 999),
            ("22", *ARTICLE_FIGURES),
        ),
        "APPLIED": ((None, None), ("10,000", "More than 20,000"), (None, None), ()),
    },
    "2025-12-31": {
        "RELEASED": (
            (5001, None),
            ("10,000", "300", "More than 20,000", "more than 5,000"),
            (200, 999),
            ("22", "22", *ARTICLE_FIGURES),
        ),
        "APPLIED": ((None, None), ("10,000", "More than 20,000"), (None, None), ()),
    },
    "2026-01-07": {
        "COVERED": ((20001, None), ("10,000", "More than 20,000"), (None, None), ()),
        "RELEASED": (
            (5001, None),
            ("10,000", "300", "More than 20,000", "more than 5,000"),
            (1799, 1799),
            ("1,799", "22", "22", *ARTICLE_FIGURES),
        ),
        "APPLIED": ((None, None), ("10,000", "More than 20,000"), (3846, 3846), ("3,846",)),
        "RELIEVED_OTHERWISE": ((None, None), ("10,000", "More than 20,000"), (1764, 1764), ("1,764",)),
        "REDUCED": ((None, None), ("10,000", "More than 20,000"), (283, 283), ("283",)),
        "CASE_ENDED": ((None, None), ("10,000", "More than 20,000"), (None, None), ()),
    },
    "2026-01-26": {
        "RELEASED": (
            (5001, None),
            ("10,000", "300", "More than 20,000", "more than 5,000"),
            (4977, 4977),
            ("22", "22", ARTICLE_FIGURES[0], "4,977", *ARTICLE_FIGURES[1:]),
        ),
        "APPLIED": ((None, None), ("10,000", "More than 20,000"), (12336, 12336), ("12,336",)),
        "RELIEVED_OTHERWISE": ((None, None), ("10,000", "More than 20,000"), (6613, 6613), ("6,613",)),
        "REDUCED": ((None, None), ("10,000", "More than 20,000"), (734, 734), ("734",)),
        "CASE_ENDED": ((None, None), ("10,000", "More than 20,000"), (12, 12), ("12",)),
    },
    "2026-02-08": {
        "COVERED": ((20001, None), ("10,000", "More than 20,000"), (None, None), ()),
        "RELEASED": (
            (5001, None),
            ("10,000", "300", "More than 20,000", "more than 5,000"),
            (5148, 5148),
            ("22", "22", ARTICLE_FIGURES[0], "5,148", *ARTICLE_FIGURES[1:]),
        ),
        "APPLIED": ((None, None), ("10,000", "More than 20,000"), (15119, 15119), ("15,119",)),
        "RELIEVED_OTHERWISE": ((None, None), ("10,000", "More than 20,000"), (8914, 8914), ("8,914",)),
        "REDUCED": ((None, None), ("10,000", "More than 20,000"), (1045, 1045), ("1,045",)),
        "CASE_ENDED": ((None, None), ("10,000", "More than 20,000"), (12, 12), ("12",)),
    },
}
"""The whole of `2025-12` has passed on its last day: only then could Outlet A's report certainly be read."""
FILES_READABLE: Final = {
    "2025-12-22": 2,
    "2025-12-31": 3,
    "2026-01-07": 6,
    "2026-01-26": 8,
    "2026-02-08": 10,
}


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Answer:
    """What the question answers of the act, on SQLite."""
    folder = tmp_path_factory.mktemp("follow-up")
    (folder / "ledger.db").write_bytes(sqlite_template.read_bytes())
    with follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder) as service:
        return asked(service)


EXAMPLES: Final = [str(golden.EXAMPLE), *(str(FOLDER / f"{name}.yaml") for name in RECORDED_ON)]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> CliRunner:
    """Both examples, recorded as `make run` does."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "ledger.db").write_bytes(sqlite_template.read_bytes())
    monkeypatch.setenv("CUSTODY_DATA", str(data))
    runner = CliRunner()
    assert runner.invoke(app, ["record", *EXAMPLES]).exit_code == 0
    return runner


def asked(service: Service) -> Answer:
    """The act, by the question."""
    response = json.loads(json.dumps(answer(service, QUESTION, {})))
    assert response.get("errors") is None
    found: Answer = response["data"]["act"]
    return found


def asked_by_command(recorded: CliRunner, folder: Path) -> Answer:
    """The act, by the question, at the command line."""
    (folder / "question.graphql").write_text(QUESTION, encoding="utf-8")
    answered = recorded.invoke(app, ["query", str(folder / "question.graphql")])
    assert answered.exit_code == 0, answered.output
    found: Answer = json.loads(answered.output)["act"]
    return found


def figures(column: Answer) -> list[str]:
    """The numbers of a column as their sources write them."""
    quantities = (figure["count"]["quantity"] for figure in column["figures"])
    return sorted("number not said" if quantity is None else quantity["asWritten"] for quantity in quantities)


def bounds(column: Answer) -> Bounds:
    """The bounds of a column."""
    return column["low"], column["high"]


def of_ministry(act: Answer, measure: str) -> Answer:
    """The ministry's present word on a measure."""
    reported = act[measure.lower()]["reported"]["figures"]
    (found,) = (figure for figure in reported if "(Justice Ministry)" in figure["inWords"])
    return dict(found)


def said_by(finding: Answer, field: str = "voice") -> list[str]:
    """Whose voices support a finding, or who published what supports it, once each."""
    reports = finding["supportedBy"]["nodes"]
    names = (
        report["voice"]["name"] if field == "voice" else report["source"]["original"]["publisher"]["name"]
        for report in reports
    )
    return sorted(set(names))


class TestSteps:
    def test_both_are_told_and_neither_is_dropped(self, act: Answer) -> None:
        """Adopted on the 19th, signed on the 15th: each by one voice, on its own day."""
        steps = {step["actStep"]: step for step in act["steps"] if step["actStep"]}

        assert {name: step["date"]["edtf"] for name, step in steps.items()} == {
            "ADOPTED": "2025-12-19",
            "SIGNED": "2025-12-15",
        }
        assert [(step["standing"], step["voices"]) for step in steps.values()] == [("SINGLE", 1)] * 2

    def test_their_order_cannot_be_so_each_stands_against_the_other(self, act: Answer) -> None:
        """R5: a text is signed after it is adopted."""
        steps = {step["actStep"]: step for step in act["steps"] if step["actStep"]}

        assert steps["ADOPTED"]["opposedBy"] == steps["SIGNED"]["supportedBy"]
        assert steps["SIGNED"]["opposedBy"] == steps["ADOPTED"]["supportedBy"]
        assert len(steps["SIGNED"]["opposedBy"]["nodes"]) == 1


class TestReleaseDay:
    def test_all_agree_that_the_women_were_released(self, act: Answer) -> None:
        """R10: one group, by our judgement; three voices; and no day, since they do not agree on one."""
        women = _women(act)

        assert (women["outcome"], women["voices"], women["since"]) == ("RELEASED", 3, None)
        assert women["inWords"] == (
            "released under Amnesty act of December 2025; since when is contested: 22 December 2025"
            " or 25 December 2025 (uncertain)"
        )

    def test_the_day_is_contested_with_both_branches(self, act: Answer) -> None:
        """R5: Monday by the article and the agency, Thursday by the outlet; the day of the later one does not win."""
        women = _women(act)
        monday, thursday = women["alternatives"]

        assert women["standing"] == "CONTESTED"
        assert (monday["since"]["edtf"], monday["standing"], said_by(monday)) == (
            "2025-12-22",
            "CORROBORATED",
            ["OC Media", "Official news agency"],
        )
        assert (thursday["standing"], said_by(thursday)) == ("SINGLE", ["Outlet A"])
        assert thursday["since"] == {
            "edtf": "2025-12-25?",
            "asWritten": "on Thursday",
            "derivation": "RESOLVED",
        }

    def test_nobody_else_is_released_by_it(self, act: Answer) -> None:
        """R10: of the two who are named, nobody says that they were among the women."""
        others = [
            node for node in act["outcomes"]["nodes"] if node["about"]["key"] != "women-released-monday"
        ]

        assert {node["about"]["key"] for node in others} == {
            "convicts-by-media",
            "convicts-by-lawyer-1",
            "prisoner-a1",
            "prisoner-a2",
        }
        assert all(said_by(node) != ["Outlet A"] and node["voices"] == 1 for node in others)


class TestSeries:
    @pytest.mark.parametrize(
        ("measure", "numbers"),
        [
            ("APPLIED", [3846, 12336, 15119]),
            ("RELEASED", [1799, 4977, 5148]),
            ("RELIEVED_OTHERWISE", [1764, 6613, 8914]),
            ("REDUCED", [283, 734, 1045]),
            ("CASE_ENDED", [12, 12]),
        ],
    )
    def test_the_latest_is_the_ministrys_word_and_earlier_ones_are_revised(
        self, act: Answer, measure: str, numbers: list[int]
    ) -> None:
        """R12: one figure in the column, which names those before it."""
        present = of_ministry(act, measure)
        series = [*present["earlier"], present]

        assert [figure["count"]["quantity"]["low"] for figure in series] == numbers
        assert [figure["count"]["asOf"]["edtf"] for figure in series] == [
            "2026-01-07",
            "2026-01-26",
            "2026-02-08",
        ][-len(numbers) :]

    def test_the_sums_are_right_and_nothing_is_flagged(self, act: Answer) -> None:
        """Each whole with its parts, which are all there is; and each part under its own measure."""
        present = of_ministry(act, "APPLIED")
        totals = [*present["earlier"], present]

        for total in totals:
            (breakdown,) = total["breakdowns"]
            parts = [part["quantity"]["low"] for part in breakdown["parts"]]
            assert sum(parts) == total["count"]["quantity"]["low"]
            assert (breakdown["dimension"], breakdown["coverage"]) == ("effect", "EXHAUSTIVE")
        assert [len(total["breakdowns"][0]["parts"]) for total in totals] == [3, 4, 4]
        every = [
            one
            for measure in MEASURES[1:]
            for present in [of_ministry(act, measure)]
            for one in (*present["earlier"], present)
        ]
        assert [figure["flags"] for figure in every] == [[]] * 14

    def test_four_outlets_that_repeat_it_are_no_voice_of_their_own(self, act: Answer) -> None:
        """R3: five publishers, one ministry."""
        for measure in ("APPLIED", "RELEASED"):
            present = of_ministry(act, measure)
            series = [*present["earlier"], present]

            assert [(figure["standing"], figure["voices"]) for figure in series] == [("SINGLE", 1)] * 3
            assert [said_by(figure) for figure in series] == [["Justice Ministry"]] * 3
            assert [said_by(figure, "publisher") for figure in series] == [
                ["Justice Ministry", "Outlet B", "Outlet C"],
                ["Justice Ministry", "Outlet D"],
                ["Justice Ministry", "Outlet E"],
            ]

    def test_a_part_that_is_misheard_is_flagged(self, recorded: CliRunner, tmp_path: Path) -> None:
        """The check is alive: a correction that errs, and the whole says that parts miss it, but not which number is wrong."""
        correction = tmp_path / "misheard.yaml"
        correction.write_text(_misheard(old="point: 8914", new="point: 8941"), encoding="utf-8")

        done = recorded.invoke(app, ["record", str(correction)])

        assert done.exit_code == 0, done.output
        present = of_ministry(asked_by_command(recorded, tmp_path), "APPLIED")
        assert present["flags"] == ["parts by effect that miss their total"]
        assert present["count"]["quantity"]["low"] == 15119


class TestColumns:
    def test_no_bound_is_anything_but_a_figure_of_its_own_column_and_measure(self, act: Answer) -> None:
        """R11: nothing is added up, not within a column and not across."""
        for measure in MEASURES:
            for name in ("promised", "reported"):
                column = act[measure.lower()][name]
                own = [
                    figure["count"]["quantity"]
                    for figure in column["figures"]
                    if figure["count"]["measure"] == measure and figure["count"]["quantity"]
                ]
                assert column["low"] in {None, *(quantity["low"] for quantity in own)}
                assert column["high"] in {None, *(quantity["high"] for quantity in own)}

    def test_no_number_is_the_sum_of_two_that_stand_in_different_columns(self, act: Answer) -> None:
        """5,148 reported, more than 5,000 promised and two by name stay three numbers."""
        tally = act["released"]
        columns = [
            {
                number
                for figure in tally[name]["figures"]
                if figure["count"]["quantity"]
                for number in (figure["count"]["quantity"]["low"], figure["count"]["quantity"]["high"])
                if number
            }
            for name in ("promised", "reported")
        ]
        columns.append({tally["documented"]["low"]})
        sums = {
            one + other for first, second in combinations(columns, 2) for one in first for other in second
        }

        assert sums.isdisjoint(_numbers(act))

    def test_documented_are_the_two_by_name_however_many_are_reported(self, act: Answer) -> None:
        """A ministry's thousands make nobody known."""
        documented = act["released"]["documented"]

        assert (documented["low"], documented["high"]) == (2, 2)
        assert {node["name"] for node in documented["prisoners"]["nodes"]} == {
            "Gultakin Sadigova",
            "Shahin Isgandarov",
        }

    def test_what_is_expected_is_never_reported(self, act: Answer) -> None:
        """R11: more than 5,000 were to be released, and 5,148 were: the one is promised, the other reported, whatever time has passed."""
        released = act["released"]

        assert bounds(released["promised"]) == (5001, None)
        assert bounds(released["reported"]) == (5148, 5148)
        assert act["covered"]["reported"] == {"low": None, "high": None, "figures": []}


class TestNotComparable:
    def test_prisoners_covered_and_people_expected_to_benefit(self, act: Answer) -> None:
        """R12: neither contests the other; what differs is said on both."""
        people, prisoners = act["covered"]["promised"]["figures"]

        assert [(figure["standing"], figure["inWords"]) for figure in (people, prisoners)] == [
            ("SINGLE", "expected: more than 20,000 people covered (Official news agency)"),
            ("SINGLE", "10,000 prisoners covered (OC Media)"),
        ]
        for one, other in ((people, prisoners), (prisoners, people)):
            assert one["notComparable"] == [
                {"figure": {"inWords": other["inWords"]}, "differsIn": ["unit", "population", "modality"]}
            ]

    def test_more_than_five_thousand_of_them_are_a_part(self, act: Answer) -> None:
        """A part of the 20,000 that leaves the rest open."""
        people, _ = act["covered"]["promised"]["figures"]

        assert people["breakdowns"] == [
            {
                "dimension": "effect",
                "coverage": "PARTIAL",
                "parts": [{"label": {"asWritten": "release"}, "quantity": {"low": 5001, "high": None}}],
            }
        ]
        assert people["flags"] == []


class TestReadBy:
    @pytest.mark.parametrize("day", sorted(READ_BY))
    def test_the_numbers_that_could_be_read(self, day: str, tmp_path: Path, sqlite_template: Path) -> None:
        """By whoever has no more than the sources that were public on the day."""
        (tmp_path / "ledger.db").write_bytes(sqlite_template.read_bytes())
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        with follow_up_service(url, tmp_path, file_count=FILES_READABLE[day]) as service:
            act = asked(service)

        assert {
            measure: (
                bounds(act[measure.lower()]["promised"]),
                tuple(figures(act[measure.lower()]["promised"])),
                bounds(act[measure.lower()]["reported"]),
                tuple(figures(act[measure.lower()]["reported"])),
            )
            for measure in READ_BY[day]
        } == READ_BY[day]

    def test_the_release_day_is_no_contest_before_the_outlet_is_read(
        self, tmp_path: Path, sqlite_template: Path
    ) -> None:
        """On the 22nd itself the article and the agency agree."""
        (tmp_path / "ledger.db").write_bytes(sqlite_template.read_bytes())
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        with follow_up_service(url, tmp_path, file_count=FILES_READABLE["2025-12-22"]) as service:
            women = _women(asked(service))

        assert (women["standing"], women["voices"], women["since"]["edtf"]) == (
            "CORROBORATED",
            2,
            "2025-12-22",
        )
        assert women["alternatives"] == []


class TestDoors:
    def test_either_store_answers_alike(self, act: Answer, database_url: str, tmp_path: Path) -> None:
        """The whole answer, to the id."""
        with follow_up_service(database_url, tmp_path) as service:
            assert asked(service) == act

    def test_the_command_line_answers_alike(self, act: Answer, tmp_path: Path, recorded: CliRunner) -> None:
        """What `make run` records, asked by `custody query`: the same but for ids, which each recording has of its own."""
        assert _without_ids(asked_by_command(recorded, tmp_path)) == _without_ids(act)

    def test_a_second_run_records_nothing(self, recorded: CliRunner) -> None:
        """Every file says so."""
        again = recorded.invoke(app, ["record", *EXAMPLES])

        assert again.exit_code == 0
        assert len(again.output.splitlines()) == 11
        assert all(": nothing new: all " in line for line in again.output.splitlines())


class TestMake:
    def test_make_run_records_these_files_in_this_order(self) -> None:
        """Sorted by name, which is the order in which they may name each other's records."""
        makefile = (golden.ROOT / "Makefile").read_text(encoding="utf-8")

        assert "record $(EXAMPLES)" in makefile
        assert (
            "EXAMPLES := examples/amnesty-2025-12/reports.yaml"
            " $(sort $(wildcard examples/amnesty-2025-follow-up/*.yaml))" in makefile
        )
        assert [path.stem for path in sorted(FOLDER.glob("*.yaml"))] == list(RECORDED_ON)


def _women(act: Answer) -> Answer:
    (found,) = (node for node in act["outcomes"]["nodes"] if node["about"]["key"] == "women-released-monday")
    return dict(found)


def _misheard(*, old: str, new: str) -> str:
    """A report file that corrects the ministry's last total, with something of it otherwise."""
    text = (FOLDER / "09-ministry-2026-02-08.yaml").read_text(encoding="utf-8")
    claim = text.partition("  - key: M01\n")[2].partition("\n  - key: M02")[0]
    assert old in claim
    indented = "".join(f"  {line}\n" for line in claim.replace(old, new).splitlines())
    return (
        "set: test/misheard\n"
        "subjects:\n  amnesty: {record: amnesty-2025-12}\n"
        "decisions:\n"
        "  - key: D1\n"
        "    correct: examples/amnesty-2025-follow-up/ministry-2026-02-08#M01\n"
        "    reason: A number was misheard.\n"
        f"    claim:\n{indented}"
    )


def _numbers(value: object) -> set[int]:
    """Every number anywhere in an answer."""
    match value:
        case bool():
            return set()
        case int():
            return {value}
        case dict():
            return set().union(*map(_numbers, value.values()))
        case list():
            return set().union(*map(_numbers, value))
        case _:
            return set()


def _without_ids(value: object) -> object:
    """An answer without ids."""
    match value:
        case dict():
            return {name: _without_ids(part) for name, part in value.items() if name != "id"}
        case list():
            return [_without_ids(part) for part in value]
        case _:
            return value
