"""Rules of the query book: each question answered on the ledger of `make run`, on both stores, and the answers pinned whole.

The pins are then held to the few things that each question is there for, so that none can be made that forgets them. How a question is
found and sent is `tests/app/test_query_book.py`'s.
"""

from __future__ import annotations

from pathlib import Path

from app.query_book import BOOK
from tests.follow_up import follow_up_service
from tests.query_book import PINS, QUESTIONS, Answer, ask, pinned


class TestBook:
    def test_every_question_has_a_pinned_answer_and_no_answer_lacks_its_question(self) -> None:
        """`python -m tests.query_book` writes a new one's."""
        assert tuple(path.stem for path in sorted(PINS.glob("*.json"))) == QUESTIONS

    def test_every_question_says_what_it_asks(self) -> None:
        """The first line of a question is the question, in words, and the index lists it."""
        index = (BOOK / "README.md").read_text(encoding="utf-8")

        for name in QUESTIONS:
            assert (BOOK / f"{name}.graphql").read_text(encoding="utf-8").startswith("# ")
            assert f"({name}.graphql)" in index

    def test_each_answer_is_the_pinned_one(self, database_url: str, tmp_path: Path) -> None:
        """Sent as it stands, with the variables beside it, to the ledger of both examples on either store."""
        with follow_up_service(database_url, tmp_path) as service:
            responses = {name: ask(service, name) for name in QUESTIONS}

        for name, response in responses.items():
            assert (name, response["data"], response.get("errors")) == (name, pinned(name), None)


class TestStatusWithItsSentence:
    def test_he_is_at_liberty_by_the_articles_word(self) -> None:
        """Released; one voice, the article's own, since whom it credits is ambiguous; with the sentence."""
        (prisoner,) = pinned("01-status-with-its-sentence")["prisoners"]["nodes"]
        custody = prisoner["custody"]
        (report,) = custody["supportedBy"]["nodes"]

        assert (custody["status"], custody["holds"], custody["standing"]) == ("LIBERTY", "CERTAIN", "SINGLE")
        assert (custody["voices"], report["voice"]["name"]) == (1, "OC Media")
        assert report["attributionScope"] == "AMBIGUOUS"
        assert report["citations"][0]["passage"].startswith(
            "Among the others who went free were officials of the state, Shahin Isgandarov for one,"
        )

    def test_the_reduction_is_the_courts(self) -> None:
        """Three years, reduced from five by the Supreme Court, and not by the amnesty; each with its passage."""
        (prisoner,) = pinned("01-status-with-its-sentence")["prisoners"]["nodes"]
        (sentence,) = prisoner["sentences"]
        reports = sentence["supportedBy"]["nodes"]

        assert sentence["term"] == {"asWritten": "three years", "duration": "P3Y"}
        assert (sentence["reducedFrom"], sentence["reducedBy"]) == ({"asWritten": "five years"}, "COURT")
        assert {citation["quote"] for report in reports for citation in report["citations"]} == {
            "prison for five years was the sentence",
            "Later the Supreme Court cut this to three years, from five.",
        }

    def test_the_act_released_him(self) -> None:
        """One act, one outcome."""
        (prisoner,) = pinned("01-status-with-its-sentence")["prisoners"]["nodes"]

        assert [(act["act"]["name"], act["outcome"]) for act in prisoner["acts"]] == [
            ("Amnesty act of December 2025", "RELEASED")
        ]


class TestHistory:
    def test_everything_about_him_in_the_order_it_was_learned(self) -> None:
        """His opening, and seven reports; none of a group."""
        nodes = pinned("02-history")["prisoner"]["history"]["nodes"]

        assert [node["kind"] for node in nodes] == [
            "SUBJECT_OPENED",
            "RELEASE_REPORTED",
            "PERSON_DESCRIBED",
            "DETENTION_REPORTED",
            "DETENTION_REPORTED",
            "CHARGE_REPORTED",
            "SENTENCE_REPORTED",
            "SENTENCE_REDUCTION_REPORTED",
        ]


class TestPromisedReportedDocumented:
    def test_three_columns_that_are_never_added(self) -> None:
        """10,000 covered and 300 expected, and later more than 20,000 and 5,000; hundreds, 22 women and some convicts reported, and later
        5,148 by the ministry; two by name, and nobody else."""
        tally = pinned("03-promised-reported-documented")["act"]["tally"]
        documented = tally["documented"]

        assert _figures(tally["promised"]) == ["10,000", "300", "More than 20,000", "more than 5,000"]
        assert _figures(tally["reported"]) == [
            "22",
            "22",
            "22",
            "5,148",
            "hundreds",
            "number not said",
            "some",
        ]
        assert (documented["low"], documented["high"]) == (2, 2)
        assert (documented["unnamed"], documented["detainedAgain"]) == (0, 0)
        assert {prisoner["name"] for prisoner in documented["prisoners"]["nodes"]} == {
            "Gultakin Sadigova",
            "Shahin Isgandarov",
        }

    def test_an_ambiguous_expectation_gives_no_upper_bound(self) -> None:
        """300 of the women, or 300 in all: what both readings share is "300 or more". More than 5,000 is more than that."""
        promised = pinned("03-promised-reported-documented")["act"]["tally"]["promised"]

        assert (promised["low"], promised["high"]) == (5001, None)


class TestWhoIsExcluded:
    def test_three_groups_and_nobody_by_name(self) -> None:
        """Activists and opposition figures without a number; journalists 25 to 29 by policy; no ground is stated."""
        outcomes = pinned("04-who-is-excluded")["act"]["outcomes"]["nodes"]
        sizes = {node["about"]["name"]: node["about"]["size"]["count"]["quantity"] for node in outcomes}

        assert sizes == {
            "imprisoned activists": None,
            "opposition figures": None,
            "imprisoned journalists": {
                "asWritten": "almost 30",
                "low": 25,
                "high": 29,
                "policy": "almost-v1",
            },
        }
        assert {node["excludedBy"] for node in outcomes} == {"UNSTATED"}


class TestAsKnownThen:
    def test_the_three_clocks_give_three_numbers(self) -> None:
        """On 7 January the record held the first example and three sources of the follow-up; the ministry's 1,799 could be read since that
        day; its 5,148 came in February."""
        answer = pinned("06-as-known-then")

        assert {name: one["tally"]["reported"] for name, one in answer.items() if name.startswith("act")} == {
            "actThen": {"low": 200, "high": 999},
            "actReadableThen": {"low": 1799, "high": 1799},
            "actNow": {"low": 5148, "high": 5148},
        }

    def test_one_key_and_three_ids(self) -> None:
        """So that a cache keeps all of them, and a reader compares them."""
        answer = pinned("06-as-known-then")

        for name in ("act", "prisoner"):
            ones = [answer[f"{name}{when}"] for when in ("Then", "ReadableThen", "Now")]
            assert len({one["key"] for one in ones}) == 1
            assert len({one["id"] for one in ones}) == 3

    def test_each_tells_what_it_was_computed_from(self) -> None:
        """The position that the instant means, the instant by which it was to be read, and today in all three."""
        answer = pinned("06-as-known-then")

        assert [
            (basis["position"], basis["availableBy"], basis["validOn"])
            for basis in (answer[f"act{when}"]["basis"] for when in ("Then", "ReadableThen", "Now"))
        ] == [
            (96, None, "2026-02-10"),
            (158, "2026-01-07T20:30:00.000000Z", "2026-02-10"),
            (158, None, "2026-02-10"),
        ]


class TestAsTrueThen:
    def test_who_was_held_for_certain_and_who_possibly(self) -> None:
        """One had been sentenced at a stated time; of the other no source says when prison began."""
        answer = pinned("07-as-true-then")

        assert {
            name: [(one["name"], one["custody"]["holds"]) for one in page["nodes"]]
            for name, page in answer.items()
        } == {
            "certainly": [("Gultakin Sadigova", "CERTAIN")],
            "possibly": [("Shahin Isgandarov", "POSSIBLE"), ("Gultakin Sadigova", "CERTAIN")],
            "asWasKnownThen": [("Gultakin Sadigova", "CERTAIN")],
        }
        assert {page["basis"]["validOn"] for page in answer.values()} == {"2025-12-01"}


def _figures(column: Answer) -> list[str]:
    quantities = (figure["count"]["quantity"] for figure in column["figures"])
    return sorted("number not said" if quantity is None else quantity["asWritten"] for quantity in quantities)


class TestSourcesThatDisagree:
    def test_two_days_of_the_act_each_speak_against_the_other(self) -> None:
        """Adopted on the 19th and signed on the 15th cannot both be in order: neither is dropped, and each has the other against it."""
        steps = {step["actStep"]: step for step in pinned("05-sources-that-disagree")["act"]["steps"]}

        assert (steps["ADOPTED"]["date"], steps["SIGNED"]["date"]) == (
            {"edtf": "2025-12-19"},
            {"edtf": "2025-12-15"},
        )
        assert [_voices_against(steps[name]) for name in ("ADOPTED", "SIGNED")] == [
            ["OC Media"],
            ["Parliament"],
        ]

    def test_both_branches_of_the_contested_day(self) -> None:
        """The women are released by all accounts; since when is contested, each side with its own sources and quotes."""
        outcomes = pinned("05-sources-that-disagree")["act"]["outcomes"]["nodes"]
        (women,) = [node for node in outcomes if node["standing"] == "CONTESTED"]
        sides = {side["since"]["edtf"]: side for side in women["alternatives"]}

        assert (women["about"]["name"], women["outcome"], women["since"]) == (
            "women prisoners",
            "RELEASED",
            None,
        )
        assert {day: side["voices"] for day, side in sides.items()} == {"2025-12-22": 2, "2025-12-25?": 1}
        (outlet,) = sides["2025-12-25?"]["supportedBy"]["nodes"]
        assert outlet["source"]["original"]["available"] == {"edtf": "2025-12", "derivation": "INFERRED"}


class TestWhatChangedAndWhy:
    def test_the_ministrys_first_figures_and_who_repeated_them(self) -> None:
        """Each as it was and as it is, by the entries that made it differ, with their quotes; nothing is subtracted."""
        nodes = pinned("08-what-changed-and-why")["changes"]["nodes"]
        (reached,) = [
            node for node in nodes if "3,846 people reached" in (node["after"] or {}).get("inWords", "")
        ]

        assert reached["before"] is None
        assert [cause["reason"] for cause in reached["because"]] == ["NEW_REPORT"] * 3
        assert [cause["event"]["position"] for cause in reached["because"]] == [103, 113, 121]
        assert all(96 < cause["event"]["position"] <= 122 for node in nodes for cause in node["because"])


class TestIfThisSourceFalls:
    def test_who_was_free_by_its_word_alone_is_unknown(self) -> None:
        """Nobody falls back to an older status (R2); what the ministry says stands."""
        nodes = pinned("09-if-this-source-falls")["ifRetracted"]["nodes"]
        custody = [node for node in nodes if node["facet"] == "CUSTODY"]

        assert {node["about"]["name"] for node in custody} == {"Shahin Isgandarov", "Gultakin Sadigova"}
        assert {node["after"]["standing"] for node in custody if node["after"]} == {"UNKNOWN"}
        assert not any(
            "(Justice Ministry)" in node["before"]["inWords"] for node in nodes if not node["after"]
        )


def _voices_against(finding: Answer) -> list[str]:
    return [report["voice"]["name"] for report in finding["opposedBy"]["nodes"]]
