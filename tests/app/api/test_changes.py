"""Rules of what differs over GraphQL: each side belongs to its moment, each change says why, and what is only supposed is not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.api import changes as differences
from app.api.limits import ALIASES_MAX
from app.ledger import Service, open_service
from app.settings import Settings
from events.store import head
from tests.app.api import ledgers
from tests.entropy import SeededEntropy

WORDS = """
  totalCount
  pageInfo { hasNextPage endCursor }
  basis { position validOn }
  basisBefore { position validOn }
  nodes {
    id facet differsIn
    about { key }
    before { id inWords standing holds voices supportedBy { nodes { position } } }
    after { id inWords standing holds voices supportedBy { nodes { position } } }
    because { reason event { position } }
  }
"""
CHANGES = "query Q($from: KnownAt!, $to: KnownAt, $about: ID, $on: Date, $first: Int, $after: String) { changes(from: $from, to: $to, about: $about, validOn: $on, first: $first, after: $after) { %s } }"  # noqa: E501  # one line to find
SUPPOSED = "query Q($target: RetractionTarget!, $at: KnownAt, $first: Int, $after: String, $last: Int, $before: String) { ifRetracted(target: $target, knownAt: $at, first: $first, after: $after, last: $last, before: $before) { %s } }"  # noqa: E501


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """Two prisoners, on each store."""
    with ledgers.opened_at(database_url, tmp_path) as service:
        ledgers.record_people(service, tmp_path, 2)
        yield service


def size(service: Service) -> int:
    """How many entries there are."""
    with service.database.reading() as connection:
        return head(connection).size


def changed(service: Service, from_: int, to: int | None = None, **more: object) -> Mapping[str, Any]:
    """All changes between two positions."""
    variables = {
        "from": {"position": from_},
        "to": {"position": to} if to is not None else None,
        "first": 100,
    }
    found: Mapping[str, Any] = ledgers.data(service, CHANGES % WORDS, **(variables | more))["changes"]
    return found


def supposed(service: Service, **target: object) -> Mapping[str, Any]:
    """All that would differ."""
    found: Mapping[str, Any] = ledgers.data(service, SUPPOSED % WORDS, target=target, first=100)[
        "ifRetracted"
    ]
    return found


def sides(found: Mapping[str, Any]) -> dict[tuple[str, str, str], tuple[object, object]]:
    """What each change says on both sides, without ids and days."""
    return {
        (node["about"]["key"], node["facet"], str(node["before"] and node["before"]["inWords"])): tuple(  # type: ignore[misc]  # there are two
            side and {name: value for name, value in side.items() if name not in ("id", "holds")}
            for side in (node["before"], node["after"])
        )
        for node in found["nodes"]
    }


class TestChanges:
    """Two moments of the record."""

    def test_a_retraction_says_what_it_moved_and_why(self, ledger: Service, tmp_path: Path) -> None:
        """Each finding as it was and as it is, because of the one entry; nothing of the other prisoner."""
        before = size(ledger)
        ledgers.rule(ledger, tmp_path, "misread", "retract: 'test/people#R2', ground: ours")

        found = changed(ledger, before)

        assert {node["about"]["key"] for node in found["nodes"]} == {"people-2"}
        assert [node["because"] for node in found["nodes"]] == [
            [{"reason": "RETRACTION", "event": {"position": before + 1}}]
        ] * found["totalCount"]
        liberty = [
            node for node in found["nodes"] if node["before"] and "liberty" in node["before"]["inWords"]
        ]
        assert [(node["facet"], node["after"]) for node in liberty] == [("CUSTODY", None)]

    def test_each_reason(self, ledger: Service, tmp_path: Path) -> None:
        """A report, a retraction, and what undoes it: each by its name."""

        def reasons_since(before: int) -> set[str]:
            return {cause["reason"] for node in changed(ledger, before)["nodes"] for cause in node["because"]}

        start = size(ledger)
        ledgers.tell(
            ledger, tmp_path, "new", "kind: detention_reported, claimed: 2026-01-03", "He was detained"
        )
        told = size(ledger)
        ledgers.rule(ledger, tmp_path, "fall", "retract: {source: people-article}, ground: publisher")
        new, fallen = reasons_since(start), reasons_since(told)
        ledgers.rule(ledger, tmp_path, "back", "retract: 'rulings/fall#fall', ground: ours")

        assert (new, fallen) == ({"NEW_REPORT", "RETRACTION"}, {"RETRACTION"})
        assert reasons_since(told + 1) == {"REINSTATEMENT"}
        assert reasons_since(told) == set()

    def test_both_ids_of_a_change_lead_back_to_their_moments(self, ledger: Service, tmp_path: Path) -> None:
        """And so does its own, whatever was recorded since; no two of them are equal."""
        before = size(ledger)
        ledgers.rule(ledger, tmp_path, "fall", "retract: {source: people-article}, ground: publisher")
        found = changed(ledger, before, size(ledger))
        ledgers.rule(ledger, tmp_path, "back", "retract: 'rulings/fall#fall', ground: ours")

        parts = [part for node in found["nodes"] for part in (node, node["before"], node["after"]) if part]
        again = ledgers.data(
            ledger,
            """query Q($ids: [ID!]!) { nodes(ids: $ids) {
              id
              ... on Finding { inWords standing holds voices supportedBy { nodes { position } } }
              ... on Change {
                facet differsIn about { key }
                before { id inWords standing holds voices supportedBy { nodes { position } } }
                after { id inWords standing holds voices supportedBy { nodes { position } } }
                because { reason event { position } }
              }
            } }""",
            ids=[part["id"] for part in parts],
        )["nodes"]

        assert again == parts
        assert len({part["id"] for part in parts}) == len(parts)

    def test_without_a_day_time_passes(self, both_examples: Service) -> None:
        """Each side is about the day of its own moment: of the entry, of the instant, today."""
        found = ledgers.data(
            both_examples,
            "{ a: changes(from: {position: 96}) { basis { validOn } basisBefore { validOn } }"
            ' b: changes(from: {instant: "2026-01-03T21:00:00Z"}, to: {position: 122}) {'
            " basis { position validOn } basisBefore { position validOn } }"
            ' c: changes(from: {position: 0}, to: {position: 122}, validOn: "2025-12-25") {'
            " basis { validOn } basisBefore { validOn } } }",
        )

        assert found["a"] == {"basis": {"validOn": "2026-02-10"}, "basisBefore": {"validOn": "2026-01-02"}}
        assert found["b"] == {
            "basis": {"position": 122, "validOn": "2026-01-08"},
            "basisBefore": {"position": 96, "validOn": "2026-01-04"},
        }
        assert found["c"] == {"basis": {"validOn": "2025-12-25"}, "basisBefore": {"validOn": "2025-12-25"}}

    def test_time_alone_moves_what_no_entry_moved(self, database_url: str, tmp_path: Path) -> None:
        """Free on the one day and held on the other, by reports that stood at both moments: of each finding the latest is named."""
        with ledgers.opened_at(database_url, tmp_path) as service:
            ledgers.record_people(service, tmp_path, 1)
            ledgers.tell(
                service, tmp_path, "again", "kind: detention_reported, claimed: 2026-01-03", "He was detained"
            )
            at = size(service)
        clock = SeededEntropy(2, start=datetime(2026, 2, 10, tzinfo=UTC))

        with open_service(Settings(data=tmp_path, database_url=database_url), entropy=clock) as service:
            found = changed(service, at)
            same_day = changed(service, at, on="2026-01-03")

        assert (found["basisBefore"], found["basis"]) == (
            {"position": at, "validOn": "2026-01-01"},
            {"position": at, "validOn": "2026-02-10"},
        )
        held = [
            (node["before"]["inWords"], node["before"]["holds"], node["after"]["holds"])
            for node in found["nodes"]
        ]
        assert ("in remand custody", None, "CERTAIN") in held
        assert ("released under The act; at liberty", "POSSIBLE", None) in held
        for node in found["nodes"]:
            assert node["differsIn"] == ["holds"]
            assert node["because"] == [
                {"reason": "PASSING_OF_TIME", "event": node["before"]["supportedBy"]["nodes"][-1]}
            ]
        assert same_day["totalCount"] == 0

    def test_pages_hold_every_change_once(self, both_examples: Service) -> None:
        """Of any size, in one order, and they say how many there are."""
        whole = changed(both_examples, 70, 158)
        paged: list[Any] = []
        after = None
        while True:
            page = changed(both_examples, 70, 158, first=7, after=after)
            paged += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break

        assert paged == whole["nodes"]
        assert whole["totalCount"] == len(paged) == 26

    def test_a_page_is_of_the_moment_of_the_first(self, ledger: Service, tmp_path: Path) -> None:
        """What is recorded between two pages is on neither."""
        first = changed(ledger, 0, first=2)
        ledgers.rule(ledger, tmp_path, "fall", "retract: {source: people-article}, ground: publisher")

        second = changed(ledger, 0, first=100, after=first["pageInfo"]["endCursor"])

        assert second["basis"] == first["basis"]
        assert second["totalCount"] == first["totalCount"] == 2 + len(second["nodes"])

    def test_of_one_subject(self, both_examples: Service) -> None:
        """By id or key; of an act also what is told of the groups under it; of nobody, nothing."""
        group = ledgers.data(both_examples, '{ subject(id: "women-released-monday") { id } }')["subject"][
            "id"
        ]

        by_key = changed(both_examples, 70, 158, about="women-released-monday")
        by_id = changed(both_examples, 70, 158, about=group)

        assert by_key == by_id
        assert {node["about"]["key"] for node in by_key["nodes"]} == {"women-released-monday"}
        assert changed(both_examples, 70, 158, about="amnesty-2025-12")["totalCount"] == 26
        assert changed(both_examples, 70, 158, about="nobody")["totalCount"] == 0

    def test_what_differs_is_named(self, both_examples: Service) -> None:
        """Where the words are the same on both sides, a reader still learns what is not."""
        nodes = changed(both_examples, 70, 158)["nodes"]
        signed = [node for node in nodes if node["before"] and "signed by" in node["before"]["inWords"]]

        assert [node["differsIn"] for node in signed] == [["opposedBy"]]
        assert {tuple(node["differsIn"]) for node in nodes if not node["before"]} == {()}

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                "from: {position: 90}, to: {position: 70}",
                "`from` lies after `to`: it is position 90 on 2026-01-02, and `to` is position 70 on 2026-01-01. Exchange them.",
            ),
            (
                'from: {instant: "2026-01-05T00:00:00Z"}, to: {position: 96}',
                "`from` lies after `to`: it is position 96 on 2026-01-05, and `to` is position 96 on 2026-01-02. Exchange them.",
            ),
            (
                "from: {position: 159}",
                "There is no position 159: expected one from 0, the empty ledger, to 158, the last.",
            ),
            (
                "from: {position: -1}",
                "There is no position -1: expected one from 0, the empty ledger, to 158, the last.",
            ),
        ],
    )
    def test_moments_that_cannot_be_compared(
        self, both_examples: Service, arguments: str, message: str
    ) -> None:
        """Refused, with both as they were understood."""
        asked = f"{{ changes({arguments}) {{ totalCount }} }}"

        assert ledgers.error(both_examples, asked) == ("MOMENT_INVALID", message)

    def test_from_the_first_instant_of_the_calendar_in_a_zone_west_of_utc(
        self, tmp_path: Path, sqlite_template: Path
    ) -> None:
        """From the empty ledger, as from any instant before the first entry."""
        (tmp_path / "ledger.db").write_bytes(sqlite_template.read_bytes())
        settings = Settings(
            data=tmp_path, database_url=f"sqlite:///{tmp_path / 'ledger.db'}", zone="America/New_York"
        )
        with open_service(settings, recording=True, entropy=SeededEntropy(1)) as west:
            found = ledgers.data(
                west, '{ changes(from: {instant: "0001-01-01T00:00:00Z"}) { basisBefore { position } } }'
            )

        assert found["changes"]["basisBefore"] == {"position": 0}

    def test_from_nothing(self, both_examples: Service) -> None:
        """From the empty ledger everything came, and between a moment and itself nothing differs."""
        everything = changed(both_examples, 0, 158, first=1)
        nothing = changed(both_examples, 158, 158)

        assert everything["totalCount"] > 40
        assert everything["nodes"][0]["before"] is None
        assert nothing["totalCount"] == 0


TARGETS = {
    "a report": ("event", "R2", "retract: 'test/people#R2', ground: ours"),
    "a source": ("source", "people-article", "retract: {source: people-article}, ground: publisher"),
    "a party": ("party", "people-paper", "retract: {party: people-paper}, ground: speaker"),
    "a decision": ("decision", "misread", "retract: 'rulings/misread#misread', ground: ours"),
}


def target_named(service: Service, name: str, what: str) -> str:
    """The id, or the key, of what is to be taken back."""
    if name in ("source", "party"):
        return what
    kind = "RELEASE_REPORTED" if name == "event" else "REPORT_RETRACTED"
    nodes = ledgers.data(service, f"{{ events(filter: {{kinds: [{kind}]}}) {{ nodes {{ id }} }} }}")[
        "events"
    ]["nodes"]
    return str(nodes[-1]["id"])


class TestIfRetracted:
    """What is only supposed."""

    @pytest.mark.parametrize("target", TARGETS)
    def test_it_is_what_recording_it_changes(self, ledger: Service, tmp_path: Path, target: str) -> None:
        """The same findings, before and after; and the ledger is as it was."""
        name, what, ruling = TARGETS[target]
        if name == "decision":
            ledgers.rule(ledger, tmp_path, "misread", "retract: 'test/people#R2', ground: ours")
        at = size(ledger)

        found = supposed(ledger, **{name: target_named(ledger, name, what)})

        assert size(ledger) == at
        ledgers.rule(ledger, tmp_path, "really", ruling)
        recorded = changed(ledger, at, at + 1)
        assert sides(found) == sides(recorded) != {}
        assert found["basis"] == found["basisBefore"] == {"position": at, "validOn": "2026-01-01"}
        assert {tuple(node["because"]) for node in found["nodes"]} == {()}

    def test_what_is_supposed_has_an_id_of_its_own(self, both_examples: Service) -> None:
        """No cache takes it for what is found, and it leads back to what was supposed, alternatives included."""
        found = ledgers.data(
            both_examples,
            """{ ifRetracted(target: {source: "follow-up-agency-restated"}) { nodes {
              id before { id } after { id inWords alternatives { id inWords } }
            } } }""",
        )["ifRetracted"]["nodes"]
        after = [node["after"] for node in found if node["after"]]
        parts = [*after, *(side for one in after for side in one["alternatives"])]
        real = {node["before"]["id"] for node in found if node["before"]}

        again = ledgers.data(
            both_examples,
            "query Q($ids: [ID!]!) { nodes(ids: $ids) { id ... on Finding { inWords } } }",
            ids=[part["id"] for part in parts],
        )["nodes"]

        assert [(part["id"], part["inWords"]) for part in parts] == [
            (part["id"], part["inWords"]) for part in again
        ]
        assert len(parts) > len(after)
        assert not real & {part["id"] for part in parts}

    def test_as_of_a_past_moment(self, both_examples: Service) -> None:
        """What came later is not there: neither as a finding nor as a target."""
        then = ledgers.data(
            both_examples,
            SUPPOSED % WORDS,
            target={"party": "oc-media"},
            at={"position": 70},
            first=100,
        )["ifRetracted"]
        later = ledgers.ask(
            both_examples, SUPPOSED % WORDS, target={"party": "parliament"}, at={"position": 70}
        )

        assert then["basis"]["position"] == 70
        assert not any("Justice Ministry" in str(node) for node in then["nodes"])
        assert later["errors"][0]["message"] == (
            "There is no party parliament. What was known at position 70 is asked about."
        )

    def test_pages_forwards_and_backwards(self, both_examples: Service) -> None:
        """Every row once, and the same count on each page."""
        whole = supposed(both_examples, party="oc-media")
        rows = [node["id"] for node in whole["nodes"]]

        def page(**part: object) -> Mapping[str, Any]:
            found: Mapping[str, Any] = ledgers.data(
                both_examples,
                SUPPOSED
                % "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id }",
                target={"party": "oc-media"},
                **part,
            )["ifRetracted"]
            return found

        first = page(first=5)
        second = page(first=5, after=first["pageInfo"]["endCursor"])
        back = page(last=5, before=second["pageInfo"]["startCursor"])
        end = page(last=3)

        assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == rows[:10]
        assert back["nodes"] == first["nodes"]
        assert [node["id"] for node in end["nodes"]] == rows[-3:]
        assert (first["pageInfo"]["hasNextPage"], end["pageInfo"]["hasNextPage"]) == (True, False)
        assert {one["totalCount"] for one in (first, second, back, end)} == {len(rows)}

    def test_what_cannot_be_retracted_is_refused(self, both_examples: Service) -> None:
        """As recording it is, by a sentence and a code."""
        refused = {
            '{source: "nobody"}': ("SUBJECT_NOT_FOUND", "There is no source nobody."),
            '{source: "oc-media"}': ("SORT_MISMATCH", "oc-media is a party; expected a source."),
            '{event: "nobody"}': ("SUBJECT_NOT_FOUND", "There is no report nobody."),
            '{decision: "nobody"}': ("SUBJECT_NOT_FOUND", "There is no decision nobody."),
        }
        for target, expected in refused.items():
            asked = f"{{ ifRetracted(target: {target}) {{ totalCount }} }}"
            assert ledgers.error(both_examples, asked) == expected

    def test_an_entry_of_another_sort_is_refused(self, both_examples: Service) -> None:
        """A decision is no report, an opening neither."""
        found = ledgers.data(
            both_examples, "{ opening: event(position: 10) { id } mark: event(position: 96) { id } }"
        )
        asked = "query Q($t: RetractionTarget!) { ifRetracted(target: $t) { totalCount } }"

        opening = ledgers.error(both_examples, asked, t={"event": found["opening"]["id"]})
        mark = ledgers.error(both_examples, asked, t={"event": found["mark"]["id"]})

        assert opening[0] == mark[0] == "KIND_MISMATCH"
        assert opening[1].endswith("is a subject_opened; expected a report.")
        assert mark[1].endswith("is a assessment_recorded; expected a report.")

    def test_what_comes_later_cannot_be_taken_back(self, both_examples: Service) -> None:
        """It says where it stands, and which moment is asked about."""
        report = ledgers.data(both_examples, "{ event(position: 103) { id } }")["event"]["id"]
        asked = "query Q($t: RetractionTarget!) { ifRetracted(target: $t, knownAt: {position: 96}) { totalCount } }"

        code, message = ledgers.error(both_examples, asked, t={"event": report})

        assert code == "SUBJECT_NOT_FOUND"
        assert message.endswith(
            "stands at position 103, and what was known at 96 is asked about: what comes later cannot be taken back."
        )

    def test_what_is_retracted_already(self, ledger: Service, tmp_path: Path) -> None:
        """Names the decision that is in force, for a source and for a report; a party can be taken back again."""
        report = target_named(ledger, "event", "R2")
        asked = "query Q($t: RetractionTarget!) { ifRetracted(target: $t) { totalCount } }"
        ledgers.rule(ledger, tmp_path, "misread", "retract: 'test/people#R2', ground: ours")
        ledgers.rule(ledger, tmp_path, "fall", "retract: {source: people-article}, ground: publisher")
        ledgers.rule(ledger, tmp_path, "speaker", "retract: {party: people-paper}, ground: speaker")
        at = size(ledger)

        position = ledgers.data(
            ledger, "query Q($i: ID!) { node(id: $i) { ... on Event { position } } }", i=report
        )
        assert ledgers.error(ledger, asked, t={"event": report}) == (
            "ALREADY_DECIDED",
            f"The report at position {position['node']['position']} is retracted already, by the decision at position {at - 2}: suppose"
            " that decision retracted, and it stands again.",
        )
        assert ledgers.error(ledger, asked, t={"source": "people-article"}) == (
            "ALREADY_DECIDED",
            f"The source people-article is retracted already, by the decision at position {at - 1}: suppose that decision retracted, and it"
            " stands again.",
        )
        assert ledgers.data(ledger, asked, t={"party": "people-paper"}) == {"ifRetracted": {"totalCount": 0}}

    def test_more_than_a_question_may_touch(self, ledger: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command line is named, which has no such bound."""
        monkeypatch.setattr(differences, "SUBJECTS_MAX", 2)

        found = ledgers.error(ledger, '{ ifRetracted(target: {source: "people-article"}) { totalCount } }')

        assert found == (
            "TOO_MUCH_ASKED",
            "More than 2 subjects rest on this, and one question may ask about no more. On the ledger's own machine `custody if-retracted"
            " people-article` tells them all.",
        )

    def test_one_operation_supposes_only_so_much(self, both_examples: Service) -> None:
        """The same thing is worked out once, and each other one counts as much as showing it all."""
        same = " ".join(
            f'a{n}: ifRetracted(target: {{source: "follow-up-outlet-a"}}) {{ totalCount }}'
            for n in range(ALIASES_MAX)
        )
        other = " ".join(
            f'a{n}: ifRetracted(target: {{source: "follow-up-outlet-a"}}, knownAt: {{position: {130 + n}}}) {{ totalCount }}'
            for n in range(11)
        )

        assert ledgers.ask(both_examples, f"{{ {same} }}").get("errors") is None
        assert (
            ledgers.ask(both_examples, f"{{ {other} }}")["errors"][0]["extensions"]["code"]
            == "TOO_MUCH_ASKED"
        )
