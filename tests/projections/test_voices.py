"""R3: whose word a report is, and how many voices stand behind a finding."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from events.kinds import (
    AttributionRole,
    AttributionScope,
    DetentionReported,
    Report,
    SourceRelation,
    SubjectKey,
)
from projections.context import PartyFacts, SourceFacts
from projections.voices import Voice, chain_of, count_voices, credited, hear, voice_of
from tests.projections.builders import SOURCE, KnownContext, link, report


def told(**fields: Any) -> Report:
    """A report with this source and chain."""
    found = report(DetentionReported, 1, **fields).report
    assert found is not None
    return found


def voice(party: str | None, beside: str | None = None) -> Voice:
    """A voice, by plain strings."""
    return Voice(SubjectKey(party) if party else None, SubjectKey(beside) if beside else None)


CROWD = {"officials": PartyFacts(name="officials", identified=False)}


class TestHear:
    def test_innermost_identified_party(self) -> None:
        """OC Media says that APA says that a spokesman says: the spokesman's word."""
        chain = (link("outlet-1", role=AttributionRole.PUBLISHER), link("apa"), link("spokesman"))

        assert hear(told(attribution=chain), KnownContext()) == voice("spokesman")

    def test_publisher_without_a_chain(self) -> None:
        """Nobody credited: the publisher's own word."""
        assert hear(told(), KnownContext()) == voice("outlet-1")

    @pytest.mark.parametrize("name", [None, "officials"])
    def test_a_crowd_is_passed_over(self, name: str | None) -> None:
        """A crowd has no voice of its own: the next party out speaks for it, in the end the publisher."""
        context = KnownContext(parties=CROWD)

        assert voice_of(told(attribution=(link("apa"), link(name))), context) == "apa"
        assert voice_of(told(attribution=(link(name),)), context) == "outlet-1"

    @pytest.mark.parametrize("name", [None, "officials"])
    def test_a_crowd_and_nobody_else(self, name: str | None) -> None:
        """Two papers that credit "officials" are one voice, and none beside somebody's own word."""
        context = KnownContext(parties=CROWD)
        first, second = (
            hear(told(source=source, attribution=(link(name),)), context)
            for source in ("source-1", "source-2")
        )
        own = hear(told(source="source-3"), context)

        assert count_voices([first]) == 1
        assert count_voices([first, second]) == 1
        assert count_voices([first, second, own]) == 1
        assert count_voices([first, own, hear(told(attribution=(link("apa"),)), context)]) == 2

    def test_a_crowd_that_may_not_speak_any_more(self) -> None:
        """The reversed case: where the text leaves open whether the crowd still speaks, it is the publisher's own word."""
        context = KnownContext(parties=CROWD)
        crowd = told(attribution=(link("officials"),), attribution_scope=AttributionScope.AMBIGUOUS)

        assert count_voices([hear(crowd, context), hear(told(source="source-2"), context)]) == 2

    def test_ambiguous_scope_is_the_publisher_s(self) -> None:
        """Whether APA still speaks is not said: the publisher's word, which adds nothing beside APA's."""
        found = hear(
            told(attribution=(link("apa"),), attribution_scope=AttributionScope.AMBIGUOUS), KnownContext()
        )

        assert found == voice("outlet-1", beside="apa")

    @pytest.mark.parametrize("scope", [AttributionScope.EXPLICIT, AttributionScope.INHERITED])
    def test_clear_scope_is_the_party_s(self, scope: AttributionScope) -> None:
        """The reversed case: the text credits APA."""
        assert hear(told(attribution=(link("apa"),), attribution_scope=scope), KnownContext()) == voice("apa")

    @pytest.mark.parametrize(
        "relation",
        [
            SourceRelation.COPY,
            SourceRelation.HUMAN_TRANSLATION,
            SourceRelation.MACHINE_TRANSLATION,
            SourceRelation.SUMMARY,
        ],
    )
    def test_a_copy_speaks_with_its_original_s_voice(self, relation: SourceRelation) -> None:
        """A copy's publisher has no word of its own, even where the chain names it."""
        copied = SourceFacts(
            title="copy", publisher=SubjectKey("outlet-2"), relation=relation, original=SubjectKey("source-1")
        )
        context = KnownContext(sources={"source-2": copied})
        named = (link("outlet-2", role=AttributionRole.PUBLISHER),)

        assert voice_of(told(source="source-2"), context) == "outlet-1"
        assert voice_of(told(source="source-2", attribution=named), context) == "outlet-1"

    @pytest.mark.parametrize("relation", [SourceRelation.ORIGINAL, SourceRelation.EDITION])
    def test_an_original_speaks_for_itself(self, relation: SourceRelation) -> None:
        """The reversed case: an edition is its publisher's own word."""
        own = SourceFacts(
            title="own", publisher=SubjectKey("outlet-2"), relation=relation, original=SubjectKey("source-1")
        )

        assert voice_of(told(source="source-2"), KnownContext(sources={"source-2": own})) == "outlet-2"

    def test_a_copy_of_a_copy_of_itself(self) -> None:
        """Two sources that name each other as original speak for nobody, and end."""
        first, second = (
            SourceFacts(
                title="x",
                publisher=SubjectKey("outlet-8"),
                relation=SourceRelation.COPY,
                original=SubjectKey(key),
            )
            for key in ("source-9", "source-8")
        )

        assert (
            voice_of(told(source="source-8"), KnownContext(sources={"source-8": first, "source-9": second}))
            is None
        )

    def test_a_copy_of_we_know_not_what(self) -> None:
        """A copy without an original has no voice that could be counted beside others."""
        lone = SourceFacts(title="x", publisher=SubjectKey("outlet-8"), relation=SourceRelation.COPY)

        assert voice_of(told(source="source-8"), KnownContext(sources={"source-8": lone})) is None


class TestCredited:
    def test_everybody_in_the_chain(self) -> None:
        """Outermost, crowd or innermost; the publisher is not, where another is credited."""
        chain = (link("apa"), link("officials"), link(None), link("spokesman"))

        assert credited(told(attribution=chain), KnownContext(parties=CROWD)) == {
            "apa",
            "officials",
            "spokesman",
        }

    def test_the_publisher_where_nobody_else_speaks(self) -> None:
        """Nobody named, a crowd alone, or the text leaves it open: its publisher speaks, and whoever is named stays credited."""
        context = KnownContext(parties=CROWD)
        open_ = told(attribution=(link("apa"),), attribution_scope=AttributionScope.AMBIGUOUS)

        assert credited(told(), context) == {"outlet-1"}
        assert credited(told(attribution=(link("officials"),)), context) == {"outlet-1", "officials"}
        assert credited(open_, context) == {"outlet-1", "apa"}

    def test_a_publisher_nobody_identified(self) -> None:
        """It is credited, though it has no voice that is counted."""
        context = KnownContext(parties={"outlet-1": PartyFacts(identified=False)})

        assert voice_of(told(), context) is None
        assert credited(told(), context) == {"outlet-1"}

    def test_a_copy(self) -> None:
        """Its original's publisher; where nobody knows the original, the publisher of the last that is known."""
        copied = SourceFacts(
            title="copy", publisher=SubjectKey("outlet-2"), relation=SourceRelation.COPY, original=SOURCE
        )
        lone = msgspec.structs.replace(copied, original=None)

        assert credited(told(source="source-2"), KnownContext(sources={"source-2": copied})) == {"outlet-1"}
        assert credited(told(source="source-2"), KnownContext(sources={"source-2": lone})) == {"outlet-2"}


class TestChainOf:
    def test_nearest_first_and_no_further_than_its_own_word(self) -> None:
        """A summary of a copy of an edition: the edition speaks for itself, and its original is another source."""
        keys = ("source-4", "source-3", "source-2", "source-1")
        relations = (
            SourceRelation.SUMMARY,
            SourceRelation.COPY,
            SourceRelation.EDITION,
            SourceRelation.ORIGINAL,
        )
        sources = {
            key: SourceFacts(title=key, relation=relation, original=SubjectKey(original))
            for key, relation, original in zip(keys, relations, (*keys[1:], "none"), strict=True)
        }

        found = chain_of(SubjectKey("source-4"), KnownContext(sources=sources))

        assert [source.title for source in found] == ["source-4", "source-3", "source-2"]

    def test_a_circle_ends(self) -> None:
        """Each source of a circle comes once."""
        sources = {
            f"source-{number}": SourceFacts(
                title=str(number),
                relation=SourceRelation.COPY,
                original=SubjectKey(f"source-{number % 3 + 1}"),
            )
            for number in (1, 2, 3)
        }

        found = chain_of(SubjectKey("source-2"), KnownContext(sources=sources))

        assert [source.title for source in found] == ["2", "3", "1"]


class TestCountVoices:
    def test_none(self) -> None:
        """No report, no voice."""
        assert count_voices([]) == 0

    def test_four_papers_repeating_one_ministry(self) -> None:
        """Four reports that credit one ministry are one voice."""
        assert count_voices([voice("ministry")] * 4) == 1

    def test_two_parties(self) -> None:
        """The reversed case: two parties are two."""
        assert count_voices([voice("ministry"), voice("lawyer")]) == 2

    def test_a_crowd_alone(self) -> None:
        """A crowd can be the only support, and is one then."""
        assert count_voices([voice(None), voice(None)]) == 1

    def test_a_crowd_adds_none(self) -> None:
        """Beside an identified voice a crowd counts nothing."""
        assert count_voices([voice(None), voice("lawyer")]) == 1

    def test_ambiguous_beside_the_party_named(self) -> None:
        """What may be APA's word adds nothing to APA's word."""
        assert count_voices([voice("outlet-1", beside="apa"), voice("apa")]) == 1

    def test_ambiguous_beside_another(self) -> None:
        """The reversed case: beside somebody else it is the publisher's."""
        assert count_voices([voice("outlet-1", beside="apa"), voice("lawyer")]) == 2

    def test_ambiguous_beside_the_publisher_itself(self) -> None:
        """A publisher's own word and its ambiguous word are one; next to APA's they are two."""
        assert count_voices([voice("outlet-1", beside="apa"), voice("outlet-1")]) == 1
        assert count_voices([voice("outlet-1", beside="apa"), voice("outlet-1"), voice("apa")]) == 2

    def test_two_papers_that_may_both_repeat_one(self) -> None:
        """Two ambiguous texts round one party are one voice until somebody says more; round two parties, two."""
        assert count_voices([voice("outlet-1", beside="apa"), voice("outlet-2", beside="apa")]) == 1
        assert count_voices([voice("outlet-1", beside="apa"), voice("outlet-2", beside="turan")]) == 2
