"""The one decoder: today's shapes, older shapes, erased values, unknown kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from events import decoder
from events.citations import Citation
from events.decoder import Erased, Event, decode_content, erased_in
from events.envelope import Pointer, canonical
from events.errors import IntegrityBroken, SchemaUnknown
from events.kinds import (
    ActorId,
    EventId,
    PersonDescribed,
    Position,
    ReleaseMechanism,
    ReleaseReported,
    StreamId,
    StreamPlace,
    SubjectKey,
)
from events.texts import WrittenText

COMMON = {
    "schema": 1,
    "streams": [{"id": "s", "version": 1}],
    "recorded_by": "a",
    "batch": "b",
    "citations": [{"snapshot": "e", "exact": "was let go", "start": 3, "end": 13}],
    "source": "src",
}
RELEASE = {**COMMON, "kind": "release_reported", "released_by": "amnesty"}
DESCRIBED = {**COMMON, "kind": "person_described", "names": [{"as_written": "A"}, {"as_written": "B"}]}


class TestDecode:
    def test_gives_the_kind_with_its_defaults(self) -> None:
        """Absent fields have the defaults of the schema."""
        entry = decode_content(canonical(RELEASE))

        assert entry == ReleaseReported(
            schema=1,
            streams=(StreamPlace(id=StreamId("s"), version=1),),
            recorded_by=ActorId("a"),
            batch="b",
            citations=(Citation(snapshot="e", exact="was let go", start=3, end=13),),
            source=SubjectKey("src"),
            released_by=ReleaseMechanism.AMNESTY,
        )
        assert msgspec.json.encode(entry, order="sorted") == canonical(RELEASE)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                {"kind": "rumour_reported"},
                "kind 'rumour_reported', schema 1: this version reads 31 kinds, and not this one; read the ledger with a version that",
            ),
            (
                {"schema": 2},
                "kind 'release_reported', schema 2: this version reads schema 1 of it; read the ledger with",
            ),
            (
                {"kind": "restraint_reported", "schema": 3},
                "kind 'restraint_reported', schema 3: this version reads schemas 1 to 2 of it; read the ledger with",
            ),
            (
                {"schema": None},
                "kind 'release_reported', schema None: this version reads schema 1 of it; read the ledger with",
            ),
            ({"mood": "glad"}, "a stored ReleaseReported has the unknown field 'mood'"),
        ],
    )
    def test_stops_at_what_it_does_not_know(self, change: dict[str, object], message: str) -> None:
        """An unknown kind, schema or field is never skipped."""
        with pytest.raises(SchemaUnknown) as refused:
            decode_content(canonical({**RELEASE, **change}))

        assert refused.value.message.startswith(message)

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b'{"kind":', canonical({**RELEASE, "released_by": "magic"})]
    )
    def test_stops_at_damage(self, content: bytes) -> None:
        """What is no content of a known shape is damage."""
        with pytest.raises((IntegrityBroken, SchemaUnknown)):
            decode_content(content)

    def test_reads_an_older_schema_through_its_upcasters(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Schema 0 had `freed_by`: two upcasters lead to today's shape, and the reader sees no difference."""

        def rename(fields: dict[str, object]) -> dict[str, object]:
            return {
                **{k: v for k, v in fields.items() if k != "freed_by"},
                "released_by": fields["freed_by"],
                "schema": 0,
            }

        def renumber(fields: dict[str, object]) -> dict[str, object]:
            return {**fields, "schema": 1}

        upcasters: dict[tuple[str, int], Callable[[dict[str, object]], dict[str, object]]] = {
            ("release_reported", -1): rename,
            ("release_reported", 0): renumber,
        }
        monkeypatch.setattr(decoder, "UPCASTERS", upcasters)
        old = {k: v for k, v in RELEASE.items() if k != "released_by"} | {"freed_by": "amnesty", "schema": -1}

        assert decode_content(canonical(old)) == decode_content(canonical(RELEASE))


class TestErased:
    def test_stands_where_a_field_stood(self) -> None:
        """A whole field that was erased says by which position."""
        pointer = Pointer("/released_by")

        entry = decode_content(
            canonical(RELEASE).replace(b'"amnesty"', b"null"), {pointer: Erased(Position(9))}
        )

        assert isinstance(entry, ReleaseReported)
        assert getattr(entry, "released_by") == Erased(Position(9))  # noqa: B009  # the type does not tell of erasure
        assert entry.source == "src"

    def test_stands_where_an_element_stood(self) -> None:
        """Of an array, only the erased element is gone, and the others keep their places."""
        content = canonical(DESCRIBED).replace(b'{"as_written":"A"}', b"null")

        entry = decode_content(content, {Pointer("/names/0"): Erased(Position(9))})

        assert isinstance(entry, PersonDescribed)
        names: tuple[object, ...] = entry.names
        assert names == (Erased(Position(9)), WrittenText(as_written="B"))

    def test_the_only_element_can_be_gone(self) -> None:
        """A report had a citation when it was recorded; that it was erased since makes it no damage."""
        content = canonical({**RELEASE, "citations": [None]})

        entry = decode_content(content, {Pointer("/citations/0"): Erased(Position(9))})

        assert isinstance(entry, ReleaseReported)
        citations: tuple[object, ...] = entry.citations
        assert citations == (Erased(Position(9)),)

    def test_moves_with_its_field(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an older schema had the field under another name, today's name has the mark, and the event tells of that one."""

        def rename(fields: dict[str, object]) -> dict[str, object]:
            released_by, callings = fields.pop("freed_by"), fields.pop("names")
            return {**fields, "released_by": released_by, "attribution": callings, "schema": 1}

        monkeypatch.setattr(decoder, "UPCASTERS", {("release_reported", 0): rename})
        old = {key: value for key, value in RELEASE.items() if key != "released_by"}
        old |= {"schema": 0, "freed_by": None, "names": [{"as_written": "A", "role": "says"}, None]}
        gone = {
            Pointer("/freed_by"): Erased(Position(8)),
            Pointer("/names/1"): Erased(Position(9)),
        }

        entry = decode_content(canonical(old), gone)

        assert erased_in(entry) == {
            "/released_by": Erased(Position(8)),
            "/attribution/1": Erased(Position(9)),
        }

    def test_nothing_erased_is_read_though_it_should_still_stand(self) -> None:
        """As in a backup that was restored: the decision counts, not what is left on the disk."""
        entry = decode_content(canonical(RELEASE), {Pointer("/released_by"): Erased(Position(9))})

        assert erased_in(entry) == {"/released_by": Erased(Position(9))}

    def test_a_value_gone_without_an_erasure_is_damage(self) -> None:
        """A null that no event accounts for stops the reader."""
        with pytest.raises(IntegrityBroken) as refused:
            decode_content(canonical(DESCRIBED).replace(b'{"as_written":"A"}', b"null"))

        assert refused.value.message == "/names/0: the value is gone and no event erased it"

    def test_an_event_tells_what_of_it_is_erased(self) -> None:
        """A fold asks before it relies on a field (rules.md R18)."""
        event = Event(
            position=Position(5),
            event_id=EventId("e"),
            recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
            about=(SubjectKey("p"),),
            leaf=bytes(32),
            content=decode_content(canonical(DESCRIBED)),
            erased={Pointer("/names/0"): Erased(Position(9))},
        )

        assert event.is_erased("names")
        assert not event.is_erased("offices", "sex")
