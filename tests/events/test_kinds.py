"""The kinds: their stored strings, and the JSON Schema published of each."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from events.kinds import BY_KIND, DECISIONS, FILINGS, KINDS, REPORTS, Entry
from events.schemas import json_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


class TestKinds:
    def test_stored_strings(self) -> None:
        """These strings are in ledgers already: none may ever change or go."""
        assert sorted(BY_KIND) == [
            "act_reported",
            "act_rule_reported",
            "assessment_recorded",
            "charge_reported",
            "count_reported",
            "court_step_reported",
            "custody_reported",
            "death_reported",
            "detention_reported",
            "exclusion_reported",
            "identity_judged",
            "inclusion_reported",
            "key_announced",
            "key_retired",
            "ledger_opened",
            "listing_reported",
            "membership_judged",
            "person_described",
            "recognition_reported",
            "release_reported",
            "report_corrected",
            "report_retracted",
            "restraint_reported",
            "rules_adopted",
            "sentence_reduction_reported",
            "sentence_reported",
            "snapshot_captured",
            "source_registered",
            "statement_reported",
            "subject_opened",
            "value_redacted",
        ]

    def test_every_kind_is_of_one_family(self) -> None:
        """Reports say what a source says, decisions are an editor's, filings are neither."""
        assert [entry.family for entry in KINDS] == (
            ["report"] * len(REPORTS) + ["decision"] * len(DECISIONS) + ["filing"] * len(FILINGS)
        )

    @pytest.mark.parametrize("entry", KINDS, ids=lambda entry: entry.__name__)
    def test_is_frozen_and_closed(self, entry: type[Entry]) -> None:
        """A stored content can neither be changed in memory nor hold a field that the kind lacks."""
        assert entry.__struct_config__.frozen
        assert entry.__struct_config__.forbid_unknown_fields
        assert entry.__struct_config__.omit_defaults


def _own(path: Path) -> dict[str, dict[str, object]]:
    """The fields of the kind itself."""
    whole = msgspec.json.decode(path.read_bytes())
    fields: dict[str, dict[str, object]] = whole["$defs"][whole["$ref"].rpartition("/")[2]]["properties"]
    return fields


class TestPublishedSchemas:
    @pytest.mark.parametrize(("kind", "entry"), BY_KIND.items())
    def test_equals_the_code(self, kind: str, entry: type[Entry]) -> None:
        """docs/schemas/KIND.json is what `make schemas` writes."""
        assert (PUBLISHED / f"{kind}.json").read_text(encoding="utf-8") == json_schema(entry)

    def test_there_are_no_others(self) -> None:
        """Beside them only those of older schemas, by their number: a schema of a kind that does not exist would mislead."""
        older = {
            f"{kind}.{schema}" for kind, entry in BY_KIND.items() for schema in range(1, entry.latest_schema)
        }

        assert {path.stem for path in PUBLISHED.glob("*.json")} == BY_KIND.keys() | older

    def test_each_names_its_number(self) -> None:
        """So that nobody reads a content by the schema of another."""
        for path in PUBLISHED.glob("*.json"):
            kind, _, schema = path.stem.partition(".")
            (own,) = _own(path)["schema"].values()

            assert own == int(schema or BY_KIND[kind].latest_schema)

    def test_the_older_ones_stay_as_they_were(self) -> None:
        """Of `restraint_reported`, schema 1 says all that schema 2 says but the term."""
        before, after = (_own(PUBLISHED / f"restraint_reported{number}.json") for number in (".1", ""))

        assert after.keys() - before.keys() == {"term"}
        assert {name: after[name] for name in before if name != "schema"} == {
            name: told for name, told in before.items() if name != "schema"
        }

    def test_demands_kind_schema_and_streams(self) -> None:
        """What every event carries is required in each schema."""
        for entry in KINDS:
            schema = msgspec.json.decode(json_schema(entry))
            required = schema["$defs"][entry.__name__]["required"]
            assert {"kind", "schema", "streams", "recorded_by", "batch"} <= set(required)
