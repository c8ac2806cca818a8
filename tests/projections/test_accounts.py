"""R13: names, offices, charges and recognitions are sets, each account a finding of its own."""

from __future__ import annotations

from typing import Any

from events.decoder import Event
from events.kinds import (
    ChargeReported,
    PersonDescribed,
    Polarity,
    Recognition,
    RecognitionReported,
    SubjectKey,
)
from events.texts import NameSort, WrittenText
from projections.findings import Facet, Finding, Holds, Standing, TextValue
from projections.prisoner import fold_prisoner
from tests.projections.builders import PERSON, KnownContext, day, on, report, retraction, written


def found(facet: Facet, *events: Event) -> list[Finding]:
    """The findings of one facet."""
    return [one for one in fold_prisoner(PERSON, events, KnownContext()) if one.facet is facet]


def described(position: int, **fields: Any) -> Event:
    """What a source tells of a person."""
    return report(PersonDescribed, position, **fields)


def recognised(
    position: int,
    recognition: Recognition,
    edtf: str | None = None,
    *,
    by: str = "organisation-1",
    **fields: Any,
) -> Event:
    """A recognition as a political prisoner."""
    told: dict[str, Any] = {
        "organisation": SubjectKey(by),
        "recognition": recognition,
        "designation": written("political prisoner"),
    } | fields
    return report(RecognitionReported, position, claimed=on(edtf) if edtf else None, **told)


class TestTexts:
    def test_different_accounts_stand_together(self) -> None:
        """Two offices by two sources are two findings, and neither contests the other."""
        events = [
            described(1, offices=(written("inspector"),)),
            described(2, offices=(written("deputy head"),), source="source-2"),
        ]

        offices = found(Facet.OFFICE, *events)

        assert [one.in_words for one in offices] == ["deputy head", "inspector"]
        assert all(one.standing is Standing.SINGLE and not one.opposed_by for one in offices)

    def test_equal_words_corroborate(self) -> None:
        """The reversed case: the same words by two sources are one finding of two voices, fully described."""
        full = WrittenText(as_written="Shahin I.", language="en", script="Latn", name_sort=NameSort.SPELLING)
        events = [described(1, names=(written("Shahin I."),)), described(2, names=(full,), source="source-2")]

        (name,) = found(Facet.NAME, *events)

        assert (name.standing, name.voices, name.supported_by) == (Standing.CORROBORATED, 2, (1, 2))
        assert name.value == TextValue(text=full)
        assert name.segment == "Shahin I."

    def test_denied(self) -> None:
        """A negated account stands against the words that it denies, and against no others."""
        events = [
            described(1, offices=(written("inspector"), written("officer"))),
            described(2, offices=(written("inspector"),), polarity=Polarity.NEGATED, source="source-2"),
        ]

        assert [one.opposed_by for one in found(Facet.OFFICE, *events)] == [(2,), ()]

    def test_retracted(self) -> None:
        """R2: a name whose last support falls is gone."""
        assert found(Facet.NAME, described(1, names=(written("A. B."),)), retraction(2, of=1)) == []

    def test_charges_as_written(self) -> None:
        """Each offence as written is a finding; a denial stands against it."""
        charge = report(ChargeReported, 1, offences=(written("bribery"), written("fraud")))
        denial = report(
            ChargeReported, 2, offences=(written("fraud"),), polarity=Polarity.NEGATED, source="source-2"
        )

        charges = found(Facet.CHARGE, charge, denial)

        assert [(one.in_words, one.opposed_by) for one in charges] == [("bribery", ()), ("fraud", (2,))]


class TestRecognitions:
    def test_the_latest_word_of_an_organisation(self) -> None:
        """Recognised, then withdrawn: each on its days."""
        events = [
            recognised(1, Recognition.RECOGNISED, "2023-05-01"),
            recognised(2, Recognition.WITHDRAWN, "2024-05-01"),
        ]

        holding = [
            one.in_words
            for one in found(Facet.RECOGNITION, *events)
            if one.interval and one.interval.holds_on(day("2025-01-01")) is Holds.CERTAIN
        ]

        assert holding == ["political prisoner: withdrawn"]

    def test_two_organisations(self) -> None:
        """One recognises and another refuses: two findings, neither contested."""
        events = [
            recognised(1, Recognition.RECOGNISED),
            recognised(2, Recognition.REFUSED, by="organisation-2"),
        ]

        assert [(one.in_words, one.standing) for one in found(Facet.RECOGNITION, *events)] == [
            ("political prisoner: recognised", Standing.SINGLE),
            ("political prisoner: refused", Standing.SINGLE),
        ]

    def test_an_official_s_denial(self) -> None:
        """A negated recognition is none, and stands against every recognition by that designation, and no refusal."""
        events = [
            recognised(1, Recognition.RECOGNISED),
            recognised(2, Recognition.REFUSED, by="organisation-2"),
            recognised(3, Recognition.RECOGNISED, by="ministry", polarity=Polarity.NEGATED),
        ]

        assert [one.opposed_by for one in found(Facet.RECOGNITION, *events)] == [(3,), ()]
