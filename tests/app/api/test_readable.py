"""Rules of `availableBy`: what the public could read by then, whenever it was recorded, said the same whichever way one came to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.api import ids, moments, request
from app.api.clocks import Clocks
from app.ledger import Service
from tests.app.api import ledgers
from tests.follow_up import follow_up_service

FOUND = """
  inWords standing holds voices rule { name } since { edtf } until { edtf } lastReported { edtf }
  supportedBy { totalCount nodes { position state source { key } voice { key } citations { quote } } }
  opposedBy { totalCount nodes { position } } alternatives { inWords voices }
"""
PRISONER = f"""
  key custody {{ status {FOUND} }} sentences {{ {FOUND} }} acts {{ outcome {FOUND} }} timeline {{ {FOUND} }} names {{ inWords }}
  history {{ totalCount nodes {{ position kind }} }} streams {{ events {{ totalCount nodes {{ position }} }} }}
"""
ACT = f"""
  key steps {{ {FOUND} }} rules {{ inWords }} outcomes {{ totalCount nodes {{ about {{ key }} outcome {FOUND} }} }}
  released: tally {{ ...Columns }} applied: tally(measure: APPLIED) {{ ...Columns }} covered: tally(measure: COVERED) {{ ...Columns }}
  history(filter: {{ state: [STANDING, CORRECTED, RETRACTED] }}) {{ totalCount nodes {{ position }} }}
"""
COLUMNS = """
fragment Columns on Tally {
  promised { low high figures { inWords flags earlier { inWords } notComparable { differsIn figure { inWords } } } }
  reported { low high figures { inWords flags earlier { inWords } notComparable { differsIn figure { inWords } } } }
  documented { low high unnamed detainedAgain prisoners { totalCount nodes { key } } }
}
"""
SOURCE = f"key reports {{ totalCount nodes {{ position state about {{ key }} }} }} findings {{ totalCount nodes {{ {FOUND} }} }}"
WHOLE = f"""
query Whole($by: AvailableBy, $day: Date!) {{
  act(id: "amnesty-2025-12", availableBy: $by, validOn: $day) {{ {ACT} }}
  a1: prisoner(id: "prisoner-a1", availableBy: $by, validOn: $day) {{ {PRISONER} }}
  source(id: "amnesty-2025-12-restated", availableBy: $by) {{ {SOURCE} }}
}}
{COLUMNS}
"""
ON = "2026-02-10"
# Which files of the follow-up could be read, whole and for certain, by the end of a day.
READABLE = {"2025-12-22": 2, "2025-12-31": 3, "2026-01-07": 6, "2026-01-26": 8, "2026-02-08": 10}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """Both examples, whole."""
    with _opened(tmp_path_factory.mktemp("both"), sqlite_template, 10) as service:
        yield service


def _opened(folder: Path, template: Path, file_count: int) -> Any:
    (folder / "ledger.db").write_bytes(template.read_bytes())
    return follow_up_service(f"sqlite:///{folder / 'ledger.db'}", folder, file_count=file_count)


class TestReadable:
    @pytest.mark.parametrize(("day", "file_count"), READABLE.items())
    def test_is_what_a_ledger_of_those_sources_says(
        self, both: Service, tmp_path: Path, sqlite_template: Path, day: str, file_count: int
    ) -> None:
        """Findings, tallies, outcomes, reports and histories, of an act, a prisoner and a source."""
        with _opened(tmp_path, sqlite_template, file_count) as service:
            expected = ledgers.data(service, WHOLE, day=ON)

        assert ledgers.data(both, WHOLE, by={"day": day}, day=ON) == expected

    def test_nothing_could_be_read_before_anything_was_published(self, both: Service) -> None:
        """Subjects are on record, and nothing is said of them."""
        found = ledgers.data(both, WHOLE, by={"day": "2025-12-01"}, day=ON)

        assert found["a1"]["custody"]["status"] == "UNKNOWN"
        assert [one["standing"] for one in found["a1"]["timeline"]] == ["UNKNOWN"]
        assert found["act"]["outcomes"]["totalCount"] == 0
        assert found["act"]["released"]["documented"]["high"] == 0
        assert found["source"]["reports"]["totalCount"] == 0

    def test_it_is_no_matter_when_it_was_recorded(self, both: Service) -> None:
        """All of it was recorded in January and February; the public could read most of it in December."""
        asked = """{
          readable: act(id: "amnesty-2025-12", availableBy: {day: "2025-12-31"}) { tally { reported { low } } }
          known: act(id: "amnesty-2025-12", knownAt: {instant: "2025-12-31T20:00:00Z"}) { tally { reported { low } } }
          both: act(id: "amnesty-2025-12", knownAt: {instant: "2026-01-01T12:00:00Z"}, availableBy: {day: "2026-02-08"}) {
            tally { reported { low } } basis { position availableBy }
          }
        }"""

        found = ledgers.data(both, asked)

        assert found["readable"]["tally"]["reported"] == {"low": 200}
        assert found["known"] is None
        assert found["both"]["basis"]["availableBy"] == "2026-02-08T19:59:59.999999Z"
        assert found["both"]["tally"]["reported"] == {"low": 200}

    @pytest.mark.parametrize(
        ("by", "low"),
        [
            ({"day": "2026-01-07"}, 1799),
            # The day is known on which the ministry's word appeared, and not the hour: it counts from the end of that day, in Baku.
            ({"instant": "2026-01-07T19:59:59.999999Z"}, 1799),
            ({"instant": "2026-01-07T19:59:59.999998Z"}, 200),
            ({"day": "2026-01-06"}, 200),
            ({"day": "2100-01-01"}, 5148),
            ({"day": "9999-12-31"}, 5148),
            ({"instant": "9999-12-31T23:59:59.999999Z"}, 5148),
            ({"day": "0001-01-01"}, None),
            ({"instant": "0001-01-01T00:00:00Z"}, None),
        ],
    )
    def test_a_day_is_read_in_the_ledgers_zone(
        self, both: Service, by: dict[str, str], low: int | None
    ) -> None:
        """To its end; a day to come bounds nothing."""
        asked = """query Q($by: AvailableBy) { act(id: "amnesty-2025-12", availableBy: $by) {
          tally { reported { low } } basis { zone } } }"""

        found = ledgers.data(both, asked, by=by)["act"]

        assert found == {"tally": {"reported": {"low": low}}, "basis": {"zone": "Asia/Baku"}}


class TestOnEachWay:
    def test_an_act_says_the_same_to_whoever_comes_from_a_prisoner(self, both: Service) -> None:
        """And a prisoner to whoever comes from an act or a source: a cache that holds all of them mixes nothing."""
        asked = f"""query Q($by: AvailableBy!) {{
          act(id: "amnesty-2025-12", availableBy: $by) {{ id {ACT} }}
          person: prisoner(id: "prisoner-a1", availableBy: $by) {{ id {PRISONER} acts {{ act {{ id {ACT} }} }} }}
          source(id: "amnesty-2025-12-restated", availableBy: $by) {{
            reports(first: 100) {{ nodes {{ about {{ __typename ... on Prisoner {{ id {PRISONER} }} }} }} }} }}
        }} {COLUMNS}"""

        found = ledgers.data(both, asked, by={"day": "2025-12-22"})

        met = [node["about"] for node in found["source"]["reports"]["nodes"]]
        (same,) = {str(one) for one in met if one.get("key") == "prisoner-a1"}
        person = {name: value for name, value in found["person"].items() if name != "__typename"}
        assert person["acts"][0].pop("act") == found["act"]
        alone = ledgers.data(
            both,
            f"query Q($id: ID!) {{ node(id: $id) {{ __typename ... on Prisoner {{ id {PRISONER} }} }} }}",
            id=person["id"],
        )["node"]
        assert str(alone) == same

    def test_an_id_carries_it_and_leads_back(self, both: Service) -> None:
        """To the same prisoner, and to every finding and report of theirs."""
        asked = f'query Q($by: AvailableBy) {{ prisoner(id: "prisoner-a1", availableBy: $by) {{ id {PRISONER} }} }}'
        then = ledgers.data(both, asked, by={"day": "2025-12-22"})["prisoner"]
        again = f"query Q($id: ID!) {{ node(id: $id) {{ ... on Prisoner {{ id {PRISONER} basis {{ availableBy }} }} }} }}"

        found = ledgers.data(both, again, id=then["id"])["node"]

        assert found.pop("basis") == {"availableBy": "2025-12-22T19:59:59.999999Z"}
        assert found == then
        assert then["id"] != ledgers.data(both, asked)["prisoner"]["id"]

    def test_a_report_that_could_not_be_read_is_not_there(self, both: Service) -> None:
        """By its id neither, when that is of the moment."""
        asked = """query Q($by: AvailableBy) { act(id: "amnesty-2025-12", availableBy: $by) {
          history(last: 1, filter: {kinds: [COUNT_REPORTED]}) { nodes { id position } } } }"""
        now = ledgers.data(both, asked, by={"day": "2026-02-08"})["act"]["history"]["nodes"][0]
        place = ids.decode(now["id"])
        by = datetime.fromisoformat("2025-12-22T19:59:59.999999Z")
        then = ids.encode(place.sort, *place.parts, clocks=Clocks(available_by=by))

        assert (
            ledgers.data(both, "query Q($id: ID!) { node(id: $id) { id } }", id=now["id"])["node"] is not None
        )
        assert ledgers.data(both, "query Q($id: ID!) { node(id: $id) { id } }", id=then) == {"node": None}

    def test_pages_go_on_by_the_same_day(self, both: Service) -> None:
        """And a cursor of it is none of what is known now."""
        asked = """query Q($by: AvailableBy, $after: String) { act(id: "amnesty-2025-12", availableBy: $by) {
          outcomes(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id } } } }"""
        by, cursor, seen = {"day": "2025-12-22"}, None, []
        while True:
            page = ledgers.data(both, asked, by=by, after=cursor)["act"]["outcomes"]
            seen += [node["id"] for node in page["nodes"]]
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break

        assert len(set(seen)) == len(seen) == page["totalCount"] > 2
        assert ledgers.error(both, asked, after=cursor)[0] == "CURSOR_INVALID"


class TestBounds:
    def test_lists_of_many_are_refused(self, both: Service) -> None:
        """Rather than told in part: whoever asks is told what to do."""
        part = "custody { supportedBy(first: 1) { nodes { voice { reports { totalCount } } } } }"

        code, message = ledgers.error(
            both, f'{{ prisoner(id: "prisoner-a1", availableBy: {{day: "2026-02-08"}}) {{ {part} }} }}'
        )

        assert code == "REQUEST_INVALID"
        assert message.startswith(
            "What could be read by a day is worked out for one prisoner, act, list or source, and not for a list of whatever"
        )

    def test_no_operation_has_it_worked_out_for_everybody(
        self, both: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each is folded anew."""
        monkeypatch.setattr(moments, "READABLE_MAX", 1)

        code, message = ledgers.error(
            both,
            '{ act(id: "amnesty-2025-12", availableBy: {day: "2026-02-08"}) { outcomes { nodes { id } } } }',
        )

        assert (code, message) == (
            "TOO_MUCH_ASKED",
            "What could be read by a day is worked out for at most 1 subjects in one operation. Ask for fewer at once.",
        )

    def test_whoever_comes_with_an_act_is_counted_too(
        self, both: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One act, asked about by many days, is folded with everybody under it for each of them."""
        monkeypatch.setattr(request, "ROWS_MAX", 100)
        days = " ".join(
            f'd{day}: act(id: "amnesty-2025-12", availableBy: {{day: "2026-02-{day:02}"}}) {{ steps {{ inWords }} }}'
            for day in range(1, 11)
        )

        ledgers.data(both, f"{{ {days[: days.index(' d2:')]} }}")
        refused = ledgers.ask(both, f"{{ {days} }}")["errors"][0]

        assert refused["extensions"] == {"code": "TOO_MUCH_ASKED"}
        assert refused["message"].startswith("This operation asks for more than 100 rows.")
