"""A kind whose shape changed, through every door: what yesterday's program recorded is served beside what today's does, and alike.

Yesterday's program is today's with the kind's schema of then: it writes the very bytes, and the very digests of requests, that it wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from typer.testing import CliRunner

from app.api.execution import execute
from app.cli import app
from app.ledger import Service, open_service
from app.reading import history_of
from app.report_files import read_report_file
from app.settings import Settings
from events.errors import RebuildStopped
from events.kinds import RestraintReported
from events.store import FULL_VIEWER, read_events
from projections.builds import state
from projections.comparing import digest
from projections.runner import catch_up, rebuild
from tests.entropy import SeededEntropy

ARTICLE: Final = """Two months more

On 3 March the district court remanded Mira Osk until 3 May, her lawyer said.
On 2 May the same court gave her two months more.
"""
HEADER: Final = """\
source: {key: two-months-more, title: Two months more, document: article.txt}
subjects:
  osk: {sort: person, key: osk, name: Mira Osk}
"""
OLD: Final = f"""\
set: test/old
{HEADER}claims:
  - key: C01
    kind: restraint_reported
    about: osk
    cite: On 3 March the district court remanded Mira Osk until 3 May
    claimed: 2026-03-03
    restraint: remand
    restraint_step: imposed
    until: 2026-05-03
    court: the district court
"""
NEW: Final = """\
set: test/new
source: {record: two-months-more}
claims:
  - key: C02
    kind: restraint_reported
    about: osk
    cite: On 2 May the same court gave her two months more
    claimed: 2026-05-02
    restraint: remand
    restraint_step: extended
    term: {as_written: two months, duration: P2M}
"""
QUESTION: Final = """
{ prisoner(id: "osk") { history(first: 10) { nodes { position kind ... on Report {
    withheld { pointer }
    claim { ... on RestraintReported { restraint restraintStep until { edtf } term { asWritten duration } court } }
} } } } }
"""


@contextmanager
def opened(folder: Path, url: str, *, seed: int = 1) -> Iterator[Service]:
    """The ledger, projecting as it records."""
    settings = Settings(data=folder / "data", database_url=url)
    with open_service(settings, recording=True, entropy=SeededEntropy(seed)) as service:
        yield service


@contextmanager
def yesterdays_program() -> Iterator[None]:
    """This one, as it was before a restraint had a term."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RestraintReported, "latest_schema", 1)
        yield


def record(service: Service, folder: Path, text: str) -> int:
    """Records a report file; how many events that gave."""
    (folder / "article.txt").write_text(ARTICLE, encoding="utf-8")
    path = folder / "reports.yaml"
    path.write_text(text, encoding="utf-8")
    file = read_report_file(path)
    return service.recorder.record(file.request, actor=service.actor, mistakes=file.mistakes).event_count


@pytest.fixture
def both(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """A ledger with a restraint of yesterday's shape and one of today's."""
    with yesterdays_program(), opened(tmp_path, database_url) as service:
        record(service, tmp_path, OLD)
    with opened(tmp_path, database_url, seed=2) as service:
        record(service, tmp_path, NEW)
        yield service


def stored(service: Service) -> list[dict[str, Any]]:
    """The restraints as they stand in the database."""
    with service.database.reading() as connection:
        events = read_events(connection, viewer=FULL_VIEWER)
    return [msgspec.json.decode(event.content) for event in events if event.kind == "restraint_reported"]


def restraints(service: Service) -> list[Mapping[str, Any]]:
    """The reports of restraints in somebody's history."""
    answer = execute(service, QUESTION, {})
    assert "errors" not in answer
    nodes = answer["data"]["prisoner"]["history"]["nodes"]
    return [node for node in nodes if node["kind"] == "RESTRAINT_REPORTED"]


class TestBoth:
    def test_each_stands_as_it_was_recorded(self, both: Service) -> None:
        """The old one in its old bytes: nothing is brought to a new shape but for a reader."""
        old, new = stored(both)

        assert (old["schema"], "term" in old) == (1, False)
        assert (new["schema"], new["term"]) == (2, {"as_written": "two months", "duration": "P2M"})

    def test_graphql_serves_them_alike(self, both: Service) -> None:
        """Of the old one the term is not stated; all else is what it said."""
        old, new = (report["claim"] for report in restraints(both))

        assert old == {
            "restraint": "REMAND",
            "restraintStep": "IMPOSED",
            "until": {"edtf": "2026-05-03"},
            "term": None,
            "court": "the district court",
        }
        assert new == {
            "restraint": "REMAND",
            "restraintStep": "EXTENDED",
            "until": None,
            "term": {"asWritten": "two months", "duration": "P2M"},
            "court": None,
        }

    def test_the_history_tells_both(self, both: Service) -> None:
        """In the order in which the ledger learned them."""
        entries = history_of(both, "Mira Osk")["history"]

        assert [
            (entry["kind"], entry["claimed"]["edtf"]) for entry in entries if entry.get("claimed") is not None
        ] == [("RESTRAINT_REPORTED", "2026-03-03"), ("RESTRAINT_REPORTED", "2026-05-02")]

    def test_the_folds_see_no_difference(self, both: Service, tmp_path: Path) -> None:
        """What they add up to is what it would be had both been recorded today; incremental is rebuilt."""
        with both.database.reading() as connection:
            before = digest(connection)
            assert state(connection).stopped_reason is None
        assert rebuild(both.database).digest == before

    def test_recorded_again_the_old_file_gives_nothing_new(self, both: Service, tmp_path: Path) -> None:
        """What was asked then is the same request now: a new field that is left out changes no digest."""
        assert record(both, tmp_path, OLD) == 0
        assert record(both, tmp_path, NEW) == 0

    def test_what_was_erased_of_the_old_one_is_told_as_of_a_new_one(self, both: Service) -> None:
        """Its place is empty, the report says which field was withheld, and the folds go on."""
        position = restraints(both)[0]["position"]
        with both.database.writing() as connection:
            content = next(
                event.content
                for event in read_events(connection, viewer=FULL_VIEWER, after=position - 1, through=position)
            )
            gone = msgspec.json.encode({**msgspec.json.decode(content), "court": None}, order="sorted")
            connection.exec_driver_sql(
                f"INSERT INTO erasures (position, pointer, by_position) VALUES ({position}, '/court', {position + 1})"
            )
            placeholder = "?" if both.database.is_sqlite else "%s"
            connection.exec_driver_sql(
                f"UPDATE contents SET content = {placeholder}, erased = {placeholder} WHERE position = {position}",
                (gone, b'{"/court":"AAAA"}'),
            )
        rebuild(both.database)

        (old, _) = restraints(both)

        assert old["claim"]["court"] is None
        assert old["claim"]["until"] == {"edtf": "2026-05-03"}
        assert [withheld["pointer"] for withheld in old["withheld"]] == ["/court"]
        assert catch_up(both.database).stopped_reason is None


def test_folds_give_the_same_rows_whichever_shape_was_stored(tmp_path: Path, database_url: str) -> None:
    """Yesterday's ledger, folded by today's program, is byte for byte what yesterday's folded."""
    with yesterdays_program(), opened(tmp_path, database_url) as service:
        record(service, tmp_path, OLD)
        with service.database.reading() as connection:
            before = digest(connection)

    with opened(tmp_path, database_url, seed=2) as service:
        assert rebuild(service.database).digest == before


def test_yesterdays_program_stops_at_what_it_does_not_know(tmp_path: Path, database_url: str) -> None:
    """Loudly, with the position and the schema; what was projected of before is still there, and nothing is skipped."""
    with opened(tmp_path, database_url) as service:
        record(
            service,
            tmp_path,
            OLD.replace("    until: 2026-05-03\n", "    term: {as_written: until 3 May, duration: P2M}\n"),
        )
        database = service.database
        with database.reading() as connection:
            before = digest(connection)

        with yesterdays_program(), pytest.raises(RebuildStopped) as refused:
            rebuild(database)

        assert refused.value.message.startswith(
            "The rebuild stopped before position 7: SchemaUnknown: kind 'restraint_reported', schema 2: this version reads schema 1 of it"
        )
        with database.reading() as connection:
            assert digest(connection) == before


def test_the_command_line_tells_both(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`custody history`, for people and for programs."""
    (tmp_path / "data").mkdir()
    ledger = tmp_path / "data" / "ledger.db"
    ledger.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{ledger}"
    with yesterdays_program(), opened(tmp_path, url) as service:
        record(service, tmp_path, OLD)
    with opened(tmp_path, url, seed=2) as service:
        record(service, tmp_path, NEW)
    monkeypatch.setenv("CUSTODY_DATA", str(tmp_path / "data"))

    told = CliRunner().invoke(app, ["history", "Mira Osk"])
    as_json = CliRunner().invoke(app, ["history", "Mira Osk", "--json"])

    assert "restraint reported, 3 March 2026" in told.stdout
    assert "restraint reported, 2 May 2026" in told.stdout
    kinds = [entry["kind"] for entry in json.loads(as_json.stdout)["history"]]
    assert kinds.count("RESTRAINT_REPORTED") == 2
