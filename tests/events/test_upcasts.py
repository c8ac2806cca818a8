"""Rules of shapes that changed: every older schema is read as the newest one, saying no more than it did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import decoder
from events.decoder import Erased, decode_content, erased_in
from events.envelope import SPLIT_FIELDS, Pointer, canonical, pointers_of
from events.errors import SchemaUnknown
from events.kinds import BY_KIND, EventId, Position, RestraintReported, SubjectKey, Visibility
from events.merkle import Hash
from events.store import StoredEvent, decoded
from events.terms import Term
from events.upcasts import UPCASTERS
from tests.events.test_kinds_roundtrip import structs
from tests.frozen_samples import KIND_SCHEMAS, file_of, read_sample

OLDER = sorted((kind, schema) for kind, schema in KIND_SCHEMAS if schema < BY_KIND[kind].latest_schema)
MARK = Erased(Position(9))


def plain(kind: str, schema: int) -> dict[str, Any]:
    """The content of a frozen sample."""
    return msgspec.json.decode(read_sample(file_of(kind, schema)).content, type=dict[str, Any])


def without(content: dict[str, Any], gone: Pointer) -> dict[str, Any]:
    """The content with a null in a unit's place."""
    _, name, *index = gone.split("/")
    if not index:
        return {**content, name: None}
    return {**content, name: [None if str(at) == index[0] else part for at, part in enumerate(content[name])]}


def _renamed_court(fields: dict[str, object]) -> dict[str, object]:
    """As if schema 1 had called the court a judge."""
    return {
        **{name: value for name, value in fields.items() if name != "judge"},
        "court": fields["judge"],
        "schema": 2,
    }


class TestUpcasters:
    def test_there_is_one_for_each_older_schema(self) -> None:
        """And for no other."""
        assert sorted(UPCASTERS) == OLDER

    @pytest.mark.parametrize(("kind", "schema"), OLDER)
    def test_leads_to_the_next_schema_of_the_same_kind(self, kind: str, schema: int) -> None:
        """One step at a time, whatever comes later; and what it was given stays as it was."""
        before = plain(kind, schema)

        after = UPCASTERS[kind, schema](before)

        assert (after["kind"], after["schema"]) == (kind, schema + 1)
        assert before == plain(kind, schema)


class TestOldAndNew:
    def test_an_older_restraint_reads_as_one_without_a_term(self) -> None:
        """All else is as it was stored, and a reader cannot tell that it is old."""
        old = plain("restraint_reported", 1)

        entry = decode_content(canonical(old))

        assert isinstance(entry, RestraintReported)
        assert entry == decode_content(canonical({**old, "schema": 2}))
        assert entry.term is None
        assert msgspec.json.decode(msgspec.json.encode(entry)) == {**old, "schema": 2}

    @given(structs(RestraintReported))
    def test_any_older_restraint_reads_so(self, restraint: RestraintReported) -> None:
        """Whatever it says beside, it says the same in either schema, in the same bytes but for the number."""
        today = msgspec.structs.replace(restraint, term=None)
        old = msgspec.to_builtins(msgspec.structs.replace(today, schema=1))

        entry = decode_content(canonical(old))

        assert entry == today
        assert msgspec.json.encode(entry, order="sorted") == canonical({**old, "schema": 2})

    def test_a_newer_one_says_for_how_long(self) -> None:
        """As the source has it, in its words and as a duration."""
        entry = cast("RestraintReported", decode_content(canonical(plain("restraint_reported", 2))))

        assert entry.term == Term(as_written="five months", duration="P5M")

    def test_a_field_that_came_later_stops_the_reader(self) -> None:
        """No schema 1 ever had a term: what claims to is not what it says it is."""
        forged = {**plain("restraint_reported", 2), "schema": 1}

        with pytest.raises(SchemaUnknown) as refused:
            decode_content(canonical(forged))

        assert refused.value.message == "a stored RestraintReported of schema 1 has the unknown field 'term'"

    def test_a_schema_that_is_to_come_stops_the_reader(self) -> None:
        """It is never read as if it were today's."""
        with pytest.raises(SchemaUnknown) as refused:
            decode_content(canonical({**plain("restraint_reported", 2), "schema": 3}))

        assert refused.value.message == (
            "kind 'restraint_reported', schema 3: this version reads schemas 1 to 2 of it; read the ledger with a version that knows it"
        )


class TestErased:
    def test_an_event_tells_it_under_the_name_of_today(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A fold that asks whether a renamed field was erased is not told of the old name."""
        monkeypatch.setattr(decoder, "UPCASTERS", {("restraint_reported", 1): _renamed_court})
        old = plain("restraint_reported", 1)
        stored = StoredEvent(
            position=Position(5),
            event_id=EventId("e"),
            kind="restraint_reported",
            visibility=Visibility.PUBLIC,
            recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
            body=b"",
            leaf=Hash(b""),
            content=canonical(without({**old, "judge": "X"}, Pointer("/judge"))),
            salts=b"",
            subjects=(SubjectKey("p"),),
            erased_by={Pointer("/judge"): Position(9)},
        )

        event = decoded(stored)

        assert event.erased == {"/court": MARK}
        assert event.is_erased("court")
        assert not event.is_erased("judge")

    @given(st.sampled_from([("restraint_reported", 1), ("restraint_reported", 2)]), st.data())
    def test_what_was_erased_is_told_in_old_and_new(
        self, sample: tuple[str, int], data: st.DataObject
    ) -> None:
        """Whichever unit went: its place in today's shape says so, and everything else still stands."""
        content = plain(*sample)
        units = [pointer for pointer in pointers_of(content) if pointer not in ("/kind", "/schema")]
        gone = data.draw(st.sampled_from(units))

        read = decode_content(canonical(without(content, gone)), {gone: MARK})

        whole = decode_content(canonical(content))
        name = gone.split("/")[1]
        assert erased_in(read) == {gone: MARK}
        assert name in SPLIT_FIELDS or getattr(read, name) == MARK
        assert all(
            getattr(read, field) == getattr(whole, field) for field in read.__struct_fields__ if field != name
        )
