"""R2, R4, R5, R7, R8, R9, R14 of custody, each with the reversed case beside it."""

from __future__ import annotations

from typing import Any

import pytest

from events.decoder import Event
from events.kinds import (
    Custody,
    CustodyReported,
    CustodyState,
    DeathReported,
    DetentionReported,
    InclusionReported,
    InclusionStep,
    Listing,
    ListingReported,
    Penalty,
    Polarity,
    ReleasedTo,
    ReleaseMechanism,
    ReleaseReported,
    Restraint,
    RestraintReported,
    RestraintStep,
    SentenceReported,
    Span,
    SubjectKey,
)
from projections.context import ActFacts
from projections.findings import CustodyValue, Facet, Finding, Holds, Standing
from projections.prisoner import fold_prisoner
from tests.projections.builders import (
    ACT,
    PERSON,
    KnownContext,
    after,
    day,
    on,
    report,
    retraction,
    term,
    written,
)

CERTAIN, POSSIBLE = Holds.CERTAIN, Holds.POSSIBLE


def detained(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A detention, dated or not."""
    return report(DetentionReported, position, claimed=on(edtf) if edtf else None, **fields)


def released(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A release, dated or not."""
    how = {"released_by": ReleaseMechanism.UNSTATED} | fields
    return report(ReleaseReported, position, claimed=on(edtf) if edtf else None, **how)


def held(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """An observation that somebody is held."""
    seen = {"custody_state": CustodyState.HELD} | fields
    return report(CustodyReported, position, claimed=on(edtf) if edtf else None, **seen)


def sentenced(
    position: int, edtf: str | None = None, *, penalty: Penalty = Penalty.IMPRISONMENT, **fields: Any
) -> Event:
    """A sentence of five years, dated or not."""
    claimed = on(edtf) if edtf else None
    return report(SentenceReported, position, claimed=claimed, penalty=penalty, term=term("P5Y"), **fields)


def died(position: int, edtf: str | None = None, **fields: Any) -> Event:
    """A death, dated or not."""
    return report(DeathReported, position, claimed=on(edtf) if edtf else None, **fields)


def restrained(position: int, restraint: Restraint, edtf: str, **fields: Any) -> Event:
    """A restraint."""
    return report(RestraintReported, position, claimed=on(edtf), restraint=restraint, **fields)


def custody(*events: Event, context: KnownContext | None = None) -> list[Finding]:
    """The custody findings, oldest first."""
    findings = fold_prisoner(PERSON, events, context or KnownContext())
    found = [finding for finding in findings if finding.facet is Facet.CUSTODY]
    return sorted(found, key=lambda one: (one.interval is not None and one.interval.from_min, one.segment))


def on_day(text: str, *events: Event, context: KnownContext | None = None) -> dict[Custody | None, Holds]:
    """What custody holds on a day; None for a contested value."""
    return {
        finding.value.status if isinstance(finding.value, CustodyValue) else None: holds
        for finding in custody(*events, context=context)
        if finding.interval is not None and (holds := finding.interval.holds_on(day(text))) is not None
    }


def standing_on(text: str, *events: Event, context: KnownContext | None = None) -> Finding:
    """The one finding that holds on a day."""
    findings = custody(*events, context=context)
    (finding,) = [one for one in findings if one.interval and one.interval.holds_on(day(text))]
    return finding


class TestStates:
    """R8: what each report begins."""

    def test_detention_gives_remand(self) -> None:
        """Police custody is remand."""
        assert on_day("2023-06-01", detained(1, "2023-05-03")) == {Custody.REMAND: CERTAIN}

    @pytest.mark.parametrize(
        ("restraint", "status"),
        [
            (Restraint.REMAND, Custody.REMAND),
            (Restraint.HOUSE_ARREST, Custody.HOUSE_ARREST),
            (Restraint.BAIL, Custody.CONDITIONAL_LIBERTY),
            (Restraint.TRAVEL_BAN, Custody.CONDITIONAL_LIBERTY),
            (Restraint.ADMINISTRATIVE_DETENTION, Custody.ADMINISTRATIVE_DETENTION),
        ],
    )
    def test_restraint_gives_what_it_names(self, restraint: Restraint, status: Custody) -> None:
        """Each restraint has its own state, and a later one takes the place of an earlier."""
        events = [detained(1, "2023-05-01"), restrained(2, restraint, "2023-05-03")]

        assert on_day("2023-06-01", *events) == {status: CERTAIN}

    @pytest.mark.parametrize(
        "restraint", [Restraint.REMAND, Restraint.HOUSE_ARREST, Restraint.BAIL, Restraint.TRAVEL_BAN]
    )
    def test_a_restraint_lifted_ends_what_it_gave(self, restraint: Restraint) -> None:
        """R7: its end is reported, and what came after is not; R9: it frees nobody."""
        events = [
            restrained(1, restraint, "2023-05-01"),
            restrained(2, restraint, "2023-06-01", restraint_step=RestraintStep.LIFTED),
        ]

        assert Custody.UNKNOWN not in on_day("2023-05-31", *events)
        assert on_day("2023-07-01", *events) == {Custody.UNKNOWN: CERTAIN}
        assert standing_on("2023-07-01", *events).rule == "R7"
        assert standing_on("2023-07-01", *events).in_words == (
            f"{restraint.value.replace('_', ' ')} lifted, and what then is not said"
        )

    def test_bail_on_the_day_of_a_release(self) -> None:
        """R8: who is released, nobody says how or to what, on the day of the bail, may be free on bail: nothing says that it is over."""
        events = [detained(1, "2023-05-01"), restrained(2, Restraint.BAIL, "2023-06-01")]

        assert on_day("2023-07-01", *events, released(3, "2023-06-01")) == {
            Custody.LIBERTY: POSSIBLE,
            Custody.CONDITIONAL_LIBERTY: POSSIBLE,
        }

    @pytest.mark.parametrize(
        "how", [{"released_by": ReleaseMechanism.ACQUITTAL}, {"released_to": ReleasedTo.LIBERTY}]
    )
    def test_bail_ended_by_a_release(self, how: dict[str, Any]) -> None:
        """The reversed case: an acquittal, or a release that is said to be to liberty, ends bail."""
        events = [detained(1, "2023-05-01"), restrained(2, Restraint.BAIL, "2023-06-01")]

        assert on_day("2023-07-01", *events, released(3, "2023-06-01", **how)) == {Custody.LIBERTY: CERTAIN}

    def test_another_restraint_lifted_ends_nothing(self) -> None:
        """The reversed case: a travel ban lifted is no end of remand."""
        lifted = restrained(2, Restraint.TRAVEL_BAN, "2023-06-01", restraint_step=RestraintStep.LIFTED)

        assert on_day("2023-07-01", detained(1, "2023-05-01"), lifted) == {Custody.REMAND: CERTAIN}

    def test_lifted_and_told_what_came_after(self) -> None:
        """House arrest from the day on which remand was lifted, a release on that day, a sentence before it: nothing is left open."""
        lifted = restrained(2, Restraint.REMAND, "2023-06-01", restraint_step=RestraintStep.LIFTED)
        remand = detained(1, "2023-05-01")

        moved = restrained(3, Restraint.HOUSE_ARREST, "2023-06-01")
        assert on_day("2023-07-01", remand, lifted, moved) == {Custody.HOUSE_ARREST: CERTAIN}
        assert on_day("2023-07-01", remand, lifted, released(3, "2023-06-01")) == {Custody.LIBERTY: CERTAIN}
        assert on_day("2023-07-01", remand, lifted, sentenced(3, "2023-05-20")) == {Custody.PRISON: CERTAIN}

    def test_lifted_and_seen_in_custody_later(self) -> None:
        """Who is held after that is held, in a form that is not stated."""
        lifted = restrained(2, Restraint.REMAND, "2023-06-01", restraint_step=RestraintStep.LIFTED)
        events = [detained(1, "2023-05-01"), lifted, held(3, "2023-08-01")]

        assert on_day("2023-07-31", *events) == {Custody.UNKNOWN: CERTAIN}
        assert on_day("2023-09-01", *events) == {Custody.HELD: CERTAIN}
        assert on_day("2024-01-01", *events, released(4, "2023-12-01")) == {Custody.LIBERTY: CERTAIN}

    @pytest.mark.parametrize(
        "end",
        [
            restrained(2, Restraint.REMAND, "2023-06-01", restraint_step=RestraintStep.LIFTED),
            restrained(2, Restraint.BAIL, "2023-06-01"),
            held(2, "2023-06-01", span=Span.UNTIL),
        ],
    )
    def test_lifted_and_detained_again(self, end: Event) -> None:
        """R5: two detentions with the end of the first between them are steps, and no dispute about one."""
        events = [detained(1, "2023-05-01"), end, detained(3, "2023-08-01", source="source-2")]

        assert all(finding.standing is Standing.SINGLE for finding in custody(*events))
        assert on_day("2023-05-31", *events) == {Custody.REMAND: CERTAIN}
        assert Custody.REMAND not in on_day("2023-07-31", *events)
        assert on_day("2023-08-01", *events) == {Custody.REMAND: CERTAIN}
        assert standing_on("2023-08-01", *events).since == on("2023-08-01")
        assert on_day("2024-01-01", *events, released(4, "2023-12-01")) == {Custody.LIBERTY: CERTAIN}

    @pytest.mark.parametrize(
        "no_end",
        [
            restrained(2, Restraint.REMAND, "2023-08-05", restraint_step=RestraintStep.LIFTED),
            restrained(2, Restraint.TRAVEL_BAN, "2023-06-01", restraint_step=RestraintStep.LIFTED),
            restrained(2, Restraint.REMAND, "2023-06-01"),
        ],
    )
    def test_no_end_between_two_detentions(self, no_end: Event) -> None:
        """The reversed case: lifted after both, or what is no end of custody, leaves one detention of contested date."""
        events = [detained(1, "2023-05-01"), no_end, detained(3, "2023-08-01", source="source-2")]

        assert any(finding.standing is Standing.CONTESTED for finding in custody(*events))

    def test_lifted_on_a_day_not_given_of_two_custodies(self) -> None:
        """Which of the two was lifted is not said: after the second both are possible, and in no order is anybody free."""
        lifted = report(RestraintReported, 2, restraint=Restraint.REMAND, restraint_step=RestraintStep.LIFTED)
        both = {Custody.REMAND: POSSIBLE, Custody.UNKNOWN: POSSIBLE}
        context = KnownContext(available="2023-12-22")

        for first in (detained(1, "2023-05-01"), restrained(1, Restraint.REMAND, "2023-05-01")):
            events = [first, lifted, detained(3, "2023-08-01")]
            assert on_day("2023-06-01", *events, context=context) == both
            assert on_day("2024-01-01", *events, context=context) == both
            assert on_day("2024-01-01", *events, released(4, "2023-12-01"), context=context) == {
                Custody.LIBERTY: CERTAIN
            }

    def test_lifted_on_a_day_not_given(self) -> None:
        """By the day on which it could be read it was lifted; before that it may have been."""
        lifted = report(RestraintReported, 2, restraint=Restraint.REMAND, restraint_step=RestraintStep.LIFTED)
        events, context = [detained(1, "2023-05-01"), lifted], KnownContext(available="2023-12-22")

        assert on_day("2023-10-01", *events, context=context) == {
            Custody.REMAND: POSSIBLE,
            Custody.UNKNOWN: POSSIBLE,
        }
        assert on_day("2023-12-22", *events, context=context) == {Custody.UNKNOWN: CERTAIN}

    def test_lifted_on_the_day_of_the_new_detention(self) -> None:
        """Which of the two custodies was lifted is not said, also where they meet on that day."""
        lifted = restrained(2, Restraint.REMAND, "2023-06-03", restraint_step=RestraintStep.LIFTED)
        events = [detained(1, "2023-06-02"), lifted, detained(3, "2023-06-03")]

        assert on_day("2023-06-03", *events) == {Custody.REMAND: POSSIBLE, Custody.UNKNOWN: POSSIBLE}

    def test_lifted_on_the_day_of_the_detention(self) -> None:
        """The reversed case: what it can only follow it ended, and nothing is left of that day's custody."""
        lifted = restrained(3, Restraint.REMAND, "2023-06-02", restraint_step=RestraintStep.LIFTED)
        events = [
            detained(1, "2023-06-01"),
            released(2, "2023-06-01"),
            lifted,
            detained(4, "2023-06-02"),
        ]

        assert on_day("2023-06-03", *events) == {Custody.UNKNOWN: CERTAIN}

    def test_lifted_by_the_day_of_the_release(self) -> None:
        """A lift that may be sooner than the release may have ended custody."""
        lifted = restrained(2, Restraint.REMAND, "2023-06", restraint_step=RestraintStep.LIFTED)
        events = [detained(1, "2023-05-01"), lifted, released(3, "2023-06-30")]

        assert on_day("2023-06-15", *events) == {Custody.REMAND: POSSIBLE, Custody.UNKNOWN: POSSIBLE}
        assert on_day("2023-06-30", *events) == {Custody.LIBERTY: CERTAIN}

    def test_lifted_and_sentenced_later(self) -> None:
        """R8: a sentence found no remand to turn into prison."""
        lifted = restrained(2, Restraint.REMAND, "2023-06-01", restraint_step=RestraintStep.LIFTED)
        events = [detained(1, "2023-05-01"), lifted, sentenced(3, "2023-09-01")]

        assert on_day("2023-10-01", *events) == {Custody.UNKNOWN: CERTAIN}

    @pytest.mark.parametrize(
        ("to", "status"),
        [
            (ReleasedTo.LIBERTY, Custody.LIBERTY),
            (ReleasedTo.UNSTATED, Custody.LIBERTY),
            (ReleasedTo.EXPULSION, Custody.LIBERTY),
            (ReleasedTo.CONDITIONAL, Custody.CONDITIONAL_LIBERTY),
            (ReleasedTo.HOUSE_ARREST, Custody.HOUSE_ARREST),
        ],
    )
    def test_release_gives_what_it_leads_to(self, to: ReleasedTo, status: Custody) -> None:
        """Liberty unless the source says otherwise; to house arrest is no release."""
        assert on_day("2025-01-01", detained(1, "2023"), released(2, "2024-05-01", released_to=to)) == {
            status: CERTAIN
        }

    def test_moving_to_house_arrest_opens_no_new_custody(self) -> None:
        """House arrest is deprivation of liberty: the sentence after it is of the same custody, and a release ends it."""
        events = [
            detained(1, "2023-01"),
            released(2, "2023-06-01", released_to=ReleasedTo.HOUSE_ARREST),
            released(3, "2024-02-01"),
        ]

        assert on_day("2023-12-31", *events) == {Custody.HOUSE_ARREST: CERTAIN}
        assert on_day("2024-03-01", *events) == {Custody.LIBERTY: CERTAIN}

    @pytest.mark.parametrize("form", [Custody.PRISON, Custody.REMAND, Custody.HOUSE_ARREST])
    def test_held_in_the_form_named(self, form: Custody) -> None:
        """An observation gives the form that it names, from its day on (R7)."""
        assert on_day("2024-01-01", held(1, "2023-05-03", held_in=form)) == {form: CERTAIN}

    def test_held_in_no_form_named(self) -> None:
        """Without a form it is held, and so is a nonsensical form; before its day nothing is known."""
        assert on_day("2024-01-01", held(1, "2023-05-03")) == {Custody.HELD: CERTAIN}
        assert on_day("2024-01-01", held(1, "2023-05-03", held_in=Custody.LIBERTY)) == {Custody.HELD: CERTAIN}
        assert on_day("2023-05-02", held(1, "2023-05-03")) == {}

    def test_held_in_no_form_agrees_with_any(self) -> None:
        """After a detention `held` changes nothing: it is one more report of the same custody, and no voice for its form."""
        finding = standing_on(
            "2024-01-01", detained(1, "2023-05-01"), held(2, "2023-06-01", source="source-2")
        )

        assert finding.value == CustodyValue(status=Custody.REMAND)
        assert (finding.supported_by, finding.voices, finding.standing) == ((1, 2), 1, Standing.SINGLE)
        assert finding.last_reported == on("2023-06-01")

    def test_held_before_a_form_is_known(self) -> None:
        """Held on one of these days, in prison on the last: held until then is possible, and from then on it is prison alone."""
        seen = held(1, "2023-06-01/2023-06-30")
        prison = held(2, "2023-06-30", held_in=Custody.PRISON)

        assert on_day("2023-06-29", seen, prison) == {Custody.HELD: POSSIBLE}
        assert on_day("2023-06-30", seen, prison) == {Custody.PRISON: CERTAIN}

    def test_held_after_a_form_that_may_not_have_begun(self) -> None:
        """The reversed case: held for certain, in prison perhaps by then."""
        prison = held(1, "2023-06-01/2023-06-30", held_in=Custody.PRISON)

        assert on_day("2023-06-20", prison, held(2, "2023-06-15")) == {
            Custody.PRISON: POSSIBLE,
            Custody.HELD: POSSIBLE,
        }

    def test_held_after_a_form_by_stated_order(self) -> None:
        """`Later held`, undated, after a restraint that is undated too: one more report of that restraint's custody."""
        context = KnownContext(available="2023-12-22")
        restraint = report(RestraintReported, 1, restraint=Restraint.HOUSE_ARREST)

        assert on_day("2023-12-22", restraint, held(2, order=after(1)), context=context) == {
            Custody.HOUSE_ARREST: CERTAIN
        }

    def test_whereabouts_unknown(self) -> None:
        """R8: from its day on where a person is is unknown, which is no release."""
        lost = report(
            CustodyReported, 2, custody_state=CustodyState.WHEREABOUTS_UNKNOWN, claimed=on("2023-06-01")
        )

        assert on_day("2023-07-01", detained(1, "2023-05-01"), lost) == {Custody.WHEREABOUTS_UNKNOWN: CERTAIN}

    def test_officials_deny(self) -> None:
        """A denial moves nothing, and stands against the custody it denies."""
        deny = report(CustodyReported, 2, custody_state=CustodyState.OFFICIALS_DENY, claimed=on("2023-06-01"))

        finding = standing_on("2023-07-01", detained(1, "2023-05-01"), deny)

        assert finding.value == CustodyValue(status=Custody.REMAND)
        assert finding.opposed_by == (2,)

    def test_a_denial_of_other_days(self) -> None:
        """The reversed case: a denial told of days before the custody stands against nothing."""
        deny = report(CustodyReported, 2, custody_state=CustodyState.OFFICIALS_DENY, claimed=on("2022-06-01"))

        assert standing_on("2023-07-01", detained(1, "2023-05-01"), deny).opposed_by == ()

    def test_not_released(self) -> None:
        """A negated release frees nobody, and stands against a release that is told of."""
        denied = released(3, polarity=Polarity.NEGATED)

        assert on_day("2024-01-01", detained(1, "2023"), denied) == {Custody.REMAND: CERTAIN}
        assert standing_on(
            "2025-01-01", detained(1, "2023"), released(2, "2024-05-01"), denied
        ).opposed_by == (3,)


class TestSentence:
    """R8: a sentence turns remand into prison, and imprisons nobody by itself."""

    @pytest.mark.parametrize("penalty", [Penalty.IMPRISONMENT, Penalty.LIFE])
    def test_turns_remand_into_prison(self, penalty: Penalty) -> None:
        """From the day of the sentence on, and not before."""
        events = [detained(1, "2023-05-01"), sentenced(2, "2024-02-01", penalty=penalty)]

        assert on_day("2024-01-31", *events) == {Custody.REMAND: CERTAIN}
        assert on_day("2024-02-01", *events) == {Custody.PRISON: CERTAIN}

    @pytest.mark.parametrize(
        "penalty", [Penalty.FINE, Penalty.SUSPENDED, Penalty.RESTRICTED_LIBERTY, Penalty.DEATH]
    )
    def test_other_penalties_do_not(self, penalty: Penalty) -> None:
        """A fine or a suspended sentence moves nobody."""
        events = [detained(1, "2023-05-01"), sentenced(2, "2024-02-01", penalty=penalty)]

        assert on_day("2024-03-01", *events) == {Custody.REMAND: CERTAIN}

    def test_imprisons_nobody_by_itself(self) -> None:
        """Without custody reported, a sentence says nothing of custody."""
        (finding,) = custody(sentenced(1, "2024-02-01"))

        assert finding.standing is Standing.UNKNOWN

    def test_in_a_custody_of_unknown_beginning(self) -> None:
        """A detention that may have begun this custody or the one before may have been turned into prison."""
        context = KnownContext(available="2025-12-22")
        events = [released(1, "2023-01-01"), held(2, "2023-05-01"), detained(3), sentenced(4, "2023-06-01")]

        assert on_day("2023-07-01", *events, context=context)[Custody.PRISON] is POSSIBLE

    def test_does_not_touch_liberty_on_bail(self) -> None:
        """Somebody on bail who is sentenced is on bail until custody is reported."""
        events = [
            detained(1, "2023-05-01"),
            restrained(2, Restraint.BAIL, "2023-06-01"),
            sentenced(3, "2024-02-01"),
        ]

        assert on_day("2024-03-01", *events) == {Custody.CONDITIONAL_LIBERTY: CERTAIN}

    def test_ends_with_what_follows(self) -> None:
        """From prison moved to house arrest, and later dead: neither leaves prison possible."""
        events = [detained(1, "2023-05-01"), sentenced(2, "2024-02-01")]

        assert on_day("2024-07-01", *events, restrained(3, Restraint.HOUSE_ARREST, "2024-06-01")) == {
            Custody.HOUSE_ARREST: CERTAIN
        }
        assert on_day("2024-07-01", detained(1, "2023-05-01"), sentenced(2), died(3, "2024-06-01")) == {
            Custody.DEAD: CERTAIN
        }

    def test_to_what_is_contested(self) -> None:
        """Imprisonment by one, suspended by another: it turns nothing into prison."""
        suspended = sentenced(3, "2024-02-01", penalty=Penalty.SUSPENDED, source="source-2")

        events = [detained(1, "2023-05-01"), sentenced(2, "2024-02-01"), suspended]

        assert on_day("2024-03-01", *events) == {Custody.REMAND: CERTAIN}

    def test_has_the_voices_of_its_weaker_step(self) -> None:
        """R3: prison, reckoned from a detention of two voices and a sentence of one, has one."""
        events = [
            detained(1, "2023-05-01"),
            detained(2, "2023-05-01", source="source-2"),
            sentenced(3, "2024-02-01"),
        ]

        assert standing_on("2023-06-01", *events).voices == 2
        prison = standing_on("2024-03-01", *events)
        assert (prison.voices, prison.supported_by) == (1, (1, 2, 3))

    def test_undated_sentence_of_one_of_two_custodies(self) -> None:
        """Which of the two it belongs to is not said: prison is possible in both, certain in neither."""
        events = [
            detained(1, "2019-05-01"),
            released(2, "2021-05-01"),
            detained(3, "2023-05-01"),
            sentenced(4),
        ]

        both = {Custody.REMAND: POSSIBLE, Custody.PRISON: POSSIBLE}
        context = KnownContext(available="2025-12-22")
        assert on_day("2020-01-01", *events, context=context) == both
        assert on_day("2022-01-01", *events, context=context) == {Custody.LIBERTY: CERTAIN}
        assert on_day("2026-01-01", *events, context=context) == both


class TestSequence:
    """R4: steps in every order that fits."""

    def test_undated_release_follows_the_detention(self) -> None:
        """A release presupposes a detention: whatever the dates leave open, it comes after."""
        context = KnownContext(available="2025-12-22")

        assert on_day("2025-12-22", detained(1, "2023"), released(2), context=context) == {
            Custody.LIBERTY: CERTAIN
        }
        assert on_day("2024-01-01", detained(1, "2023"), released(2), context=context) == {
            Custody.REMAND: POSSIBLE,
            Custody.LIBERTY: POSSIBLE,
        }

    def test_undated_release_without_availability(self) -> None:
        """The reversed case: nothing says by when it was told, so on no day is it certain."""
        assert on_day("2030-01-01", detained(1, "2023"), released(2))[Custody.LIBERTY] is POSSIBLE

    def test_released_and_detained_again(self) -> None:
        """Two detentions with a release between are two custodies, and the last state is the last step's."""
        events = [detained(1, "2019-05-01"), released(2, "2021-05-01"), detained(3, "2023-05-01")]

        assert on_day("2020-01-01", *events) == {Custody.REMAND: CERTAIN}
        assert on_day("2022-01-01", *events) == {Custody.LIBERTY: CERTAIN}
        assert on_day("2024-01-01", *events) == {Custody.REMAND: CERTAIN}
        assert all(finding.standing is Standing.SINGLE for finding in custody(*events))

    def test_undated_release_between_or_after(self) -> None:
        """Detained in 2019 and in 2023, released undated: between the two, or since. Both are possible, nothing is contested."""
        context = KnownContext(available="2025-12-22")
        events = [
            detained(1, "2019-05-01"),
            released(2, "2021-05-01"),
            detained(3, "2023-05-01"),
            released(4),
        ]

        assert on_day("2025-12-25", *events, context=context) == {
            Custody.REMAND: POSSIBLE,
            Custody.LIBERTY: POSSIBLE,
        }
        assert on_day("2019-04-30", *events, context=context) == {}

    def test_stated_order_decides(self) -> None:
        """The reversed case: `later released` says after which."""
        context = KnownContext(available="2025-12-22")
        events = [
            detained(1, "2019-05-01"),
            released(2, "2021-05-01"),
            detained(3, "2023-05-01"),
            released(4, order=after(3)),
        ]

        assert on_day("2025-12-25", *events, context=context) == {Custody.LIBERTY: CERTAIN}

    def test_detained_again_by_stated_order(self) -> None:
        """`Released, and later detained again`, undated: a new custody, whatever a detention otherwise comes before."""
        context = KnownContext(available="2025-12-22")
        events = [detained(1, "2019-05-01"), released(2, "2021-05-01"), detained(3, order=after(2))]

        assert on_day("2025-12-25", *events, context=context) == {Custody.REMAND: CERTAIN}

    def test_detained_again_all_undated(self) -> None:
        """The same with the release undated too: the later detention is not the first one told again."""
        context = KnownContext(available="2025-12-22")
        events = [detained(1, "2019-05-01"), released(2), detained(3, order=after(2))]

        assert on_day("2025-12-25", *events, context=context) == {Custody.REMAND: CERTAIN}
        assert on_day("2020-01-01", *events, context=context)[Custody.LIBERTY] is POSSIBLE

    @pytest.mark.parametrize("first", [1, 2])
    def test_stated_order_goes_before_the_usual_one(self, first: int) -> None:
        """A restraint usually follows the detention; where a source says the reverse, the detention is the last."""
        context = KnownContext(available="2025-12-22")
        second = 3 - first
        events = [
            report(RestraintReported, first, restraint=Restraint.HOUSE_ARREST),
            detained(second, order=after(first)),
        ]

        assert on_day("2025-12-25", *events, context=context) == {Custody.REMAND: CERTAIN}

    def test_undated_detention_joins_the_known_one(self) -> None:
        """A second source that tells of the detention without a date tells of the same one."""
        context = KnownContext(available="2025-12-22")
        events = [detained(1, "2019-05-01"), released(2, "2021-05-01"), detained(3, source="source-2")]

        assert on_day("2025-12-25", *events, context=context) == {Custody.LIBERTY: CERTAIN}
        assert custody(*events, context=context)[0].voices == 2

    def test_release_without_a_detention(self) -> None:
        """A release alone gives liberty; what was before nobody has told."""
        assert on_day("2025-01-01", released(1, "2024-05-01")) == {Custody.LIBERTY: CERTAIN}
        assert on_day("2024-04-30", released(1, "2024-05-01")) == {}

    def test_persistence(self) -> None:
        """R7: a state holds until a report of its end, however long."""
        assert on_day("2099-01-01", detained(1, "2023-05-01")) == {Custody.REMAND: CERTAIN}

    def test_held_throughout(self) -> None:
        """Held throughout 2023: certain from its first day; the days before are not told of."""
        events = [held(1, "2023", span=Span.THROUGHOUT, held_in=Custody.PRISON)]

        assert on_day("2023-01-01", *events) == {Custody.PRISON: CERTAIN}
        assert on_day("2022-12-31", *events) == {}

    def test_held_until(self) -> None:
        """R7: a report of the end ends custody, and says not what came after; a release within it does."""
        until = held(2, "2024-05", span=Span.UNTIL, held_in=Custody.PRISON)

        assert on_day("2024-04-30", detained(1, "2023"), until)[Custody.PRISON] is POSSIBLE
        assert on_day("2024-06-01", detained(1, "2023"), until) == {Custody.UNKNOWN: CERTAIN}
        assert (
            standing_on("2024-06-01", detained(1, "2023"), until).in_words
            == "no longer held, and what then is not said"
        )
        for freed in (released(3, "2024-05-10"), released(3, "2024-04-10")):
            assert on_day("2024-06-01", detained(1, "2023"), until, freed) == {Custody.LIBERTY: CERTAIN}


class TestContestedDates:
    """R5: two dates for one occurrence."""

    def test_dates_that_can_coincide(self) -> None:
        """December and the 22nd are compatible: the narrower is shown, with both sources."""
        events = [detained(1, "2023"), released(2, "2025-12"), released(3, "2025-12-22", source="source-2")]

        finding = standing_on("2025-12-25", *events)

        assert (finding.standing, finding.since) == (Standing.CORROBORATED, on("2025-12-22"))
        assert finding.supported_by == (2, 3)
        assert on_day("2025-12-21", *events) == {Custody.REMAND: CERTAIN}

    def test_contested_on_the_days_between(self) -> None:
        """The 20th or the 22nd: between the two custody is contested, each side with its own reports; nobody wins by being later."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22", source="source-2"),
        ]

        finding = standing_on("2025-12-21", *events)

        assert (finding.standing, finding.value, finding.rule) == (Standing.CONTESTED, None, "R5")
        assert finding.in_words == "contested: at liberty, or in remand custody"
        liberty, remand = finding.alternatives
        assert (liberty.value, liberty.supported_by, liberty.since) == (
            CustodyValue(status=Custody.LIBERTY),
            (2,),
            on("2025-12-20"),
        )
        assert (remand.value, remand.supported_by) == (CustodyValue(status=Custody.REMAND), (1, 3))
        assert finding.supported_by == (1, 2, 3)

    def test_certain_before_and_after(self) -> None:
        """Before both dates remand, after both liberty, certain and of both voices: every source says so. Since when is contested."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22", source="source-2"),
        ]

        assert on_day("2025-12-19", *events) == {Custody.REMAND: CERTAIN}
        assert standing_on("2025-12-19", *events).until is None
        assert on_day("2025-12-22", *events) == {Custody.LIBERTY: CERTAIN}
        finding = standing_on("2025-12-22", *events)
        assert (finding.standing, finding.rule) == (Standing.CONTESTED, "R5")
        assert (finding.since, finding.voices, finding.supported_by) == (None, 2, (2, 3))
        assert finding.in_words == "released; at liberty; since when is contested: 20 or 22 December 2025"

    def test_since_when_has_both_branches(self) -> None:
        """Each alternative is liberty since the day of its own reports, and is opposed by the other's; none of them is at liberty alone."""
        events = [released(2, "2025-12-20"), released(3, "2025-12-22", source="source-2")]

        finding = standing_on("2025-12-22", *events)

        assert [
            (side.value, side.since, side.supported_by, side.opposed_by) for side in finding.alternatives
        ] == [
            (CustodyValue(status=Custody.LIBERTY), on("2025-12-20"), (2,), (3,)),
            (CustodyValue(status=Custody.LIBERTY), on("2025-12-22"), (3,), (2,)),
        ]
        assert [side.segment for side in finding.alternatives] == [
            "liberty-2/liberty-2",
            "liberty-2/liberty-3",
        ]
        assert {side.in_words for side in finding.alternatives} == {"released; at liberty"}

    @pytest.mark.parametrize("other", ["2025-12", "2025-12-20", None])
    def test_since_when_is_agreed(self, other: str | None) -> None:
        """The reversed case: dates that can coincide contest nothing, and there are no alternatives."""
        events = [detained(1, "2023"), released(2, "2025-12-20"), released(3, other, source="source-2")]

        finding = standing_on("2025-12-22", *events, context=KnownContext(available="2025-12-22"))

        assert (finding.standing, finding.since) == (Standing.CORROBORATED, on("2025-12-20"))
        assert finding.alternatives == ()

    def test_since_when_is_contested_as_long_as_it_lasts(self) -> None:
        """Until a new custody begins, which is not contested; then it is over."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22", source="source-2"),
            detained(4, "2026-05-01"),
        ]

        assert standing_on("2026-04-30", *events).standing is Standing.CONTESTED
        again = standing_on("2026-05-01", *events)
        assert (again.standing, again.since) == (Standing.SINGLE, on("2026-05-01"))

    def test_each_side_says_since_when(self) -> None:
        """Between the dates, too: what held before holds since its own beginning, and not since the release that is to end it."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22", source="source-2"),
        ]

        assert [side.since for side in standing_on("2025-12-21", *events).alternatives] == [
            on("2025-12-20"),
            on("2023"),
        ]

    def test_three_dates(self) -> None:
        """On each day those whose date has come stand for liberty, each since its own, and the others for what held before."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22", source="source-2"),
            released(4, "2025-12-25", source="source-3"),
        ]

        first, second = standing_on("2025-12-21", *events), standing_on("2025-12-24", *events)
        assert [side.supported_by for side in first.alternatives] == [(2,), (1, 3, 4)]
        assert [(side.since, side.supported_by) for side in second.alternatives] == [
            (on("2025-12-20"), (2,)),
            (on("2025-12-22"), (3,)),
            (on("2023"), (1, 4)),
        ]
        assert second.in_words == "contested: at liberty, or in remand custody"
        after_all = standing_on("2025-12-25", *events)
        assert after_all.in_words.endswith("since when is contested: 20, 22 or 25 December 2025")

    def test_a_coarse_date_stands_with_each(self) -> None:
        """December fits both days, and supports both."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12", source="source-3"),
            released(3, "2025-12-20"),
            released(4, "2025-12-22", source="source-2"),
        ]

        for day_between, supports in (("2025-12-21", [(2, 3), (1, 2, 4)]), ("2025-12-22", [(2, 3), (2, 4)])):
            finding = standing_on(day_between, *events)
            assert [side.supported_by for side in finding.alternatives] == supports
            assert len({side.segment for side in finding.alternatives}) == 2

    @pytest.mark.parametrize(
        ("make", "words"), [(released, "not released yet"), (detained, "not held yet"), (died, "still alive")]
    )
    def test_nobody_tells_what_held_before(self, make: Any, words: str) -> None:
        """Between the dates those of the later one say only that it had not happened yet."""
        (contested, _) = custody(make(1, "2025-12-20"), make(2, "2025-12-22", source="source-2"))

        before = contested.alternatives[1]
        assert (before.value, before.in_words) == (CustodyValue(status=Custody.UNKNOWN), words)
        assert (before.since, before.supported_by) == (None, (2,))

    def test_held_between_the_dates(self) -> None:
        """Who is seen in custody between the two is free already by one account: it stays contested, and the sight stands for the other."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-25", source="source-2"),
            held(4, "2025-12-22", source="source-3"),
        ]

        for seen in (events, [*events[:3], held(4, "2025-12-22", source="source-3", held_in=Custody.REMAND)]):
            finding = standing_on("2025-12-23", *seen)
            assert [(side.value, side.supported_by) for side in finding.alternatives] == [
                (CustodyValue(status=Custody.LIBERTY), (2,)),
                (CustodyValue(status=Custody.REMAND), (1, 3, 4)),
            ]
            assert on_day("2025-12-25", *seen) == {Custody.LIBERTY: CERTAIN}

    def test_restrained_about_the_last_date_of_a_detention(self) -> None:
        """House arrest that may lie before the last date or after it ends neither for certain, and every day has a value."""
        events = [
            detained(1, "2023-05-01"),
            detained(2, "2023-05-04/2023-05-05", source="source-2"),
            restrained(3, Restraint.HOUSE_ARREST, "2023-05-03/2023-05-04"),
            released(4, "2023-05-01/2023-05-03", released_to=ReleasedTo.HOUSE_ARREST),
        ]

        for text in ("2023-05-05", "2023-05-06", "2024-01-01"):
            assert on_day(text, *events)

    def test_moved_between_the_dates(self) -> None:
        """A change that only the later account allows is told in the contest, from its day on."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-25", source="source-2"),
            held(4, "2025-12-22", source="source-2", held_in=Custody.PRISON),
        ]

        assert standing_on("2025-12-21", *events).in_words == "contested: at liberty, or in remand custody"
        assert standing_on("2025-12-22", *events).in_words == "contested: at liberty, or in prison"

    def test_within_one_source(self) -> None:
        """A source at odds with itself: one voice, both quotes."""
        events = [
            detained(1, "2023", source="source-2"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22"),
        ]

        finding = standing_on("2025-12-21", *events)

        assert finding.standing is Standing.CONTESTED
        assert {position for side in finding.alternatives for position in side.supported_by} == {1, 2, 3}
        assert finding.alternatives[0].voices == 1

    def test_two_dates_of_a_detention(self) -> None:
        """Between two dates of the first detention the other side knows of no custody yet."""
        events = [detained(1, "2023-05-03"), detained(2, "2023-06-01", source="source-2")]

        finding = standing_on("2023-05-20", *events)

        assert [side.value for side in finding.alternatives] == [
            CustodyValue(status=Custody.REMAND),
            CustodyValue(status=Custody.UNKNOWN),
        ]
        assert on_day("2023-06-01", *events) == {Custody.REMAND: CERTAIN}
        after_both = standing_on("2023-06-01", *events)
        assert (after_both.standing, after_both.since) == (Standing.CONTESTED, None)
        assert after_both.in_words == "in remand custody; since when is contested: 3 May 2023 or 1 June 2023"
        assert [side.since for side in after_both.alternatives] == [on("2023-05-03"), on("2023-06-01")]

    @pytest.mark.parametrize(
        "told",
        [
            lambda position, edtf, source: released(
                position, edtf, source=source, released_to=ReleasedTo.HOUSE_ARREST
            ),
            lambda position, edtf, source: restrained(position, Restraint.HOUSE_ARREST, edtf, source=source),
        ],
    )
    def test_two_dates_of_house_arrest(self, told: Any) -> None:
        """The same of a move to house arrest and of a restraint: on the days between contested, and then house arrest, since when is not
        agreed."""
        events = [
            detained(1, "2023-05-01"),
            told(2, "2023-06-03", "source-1"),
            told(3, "2023-06-10", "source-2"),
        ]

        between, after_both = standing_on("2023-06-05", *events), standing_on("2023-06-10", *events)
        assert between.in_words == "contested: under house arrest, or in remand custody"
        assert after_both.in_words == "under house arrest; since when is contested: 3 or 10 June 2023"
        assert on_day("2023-06-10", *events) == {Custody.HOUSE_ARREST: CERTAIN}

    def test_two_house_arrests(self) -> None:
        """The reversed case: with custody that they part they are two."""
        events = [
            restrained(1, Restraint.HOUSE_ARREST, "2023-06-03"),
            held(2, "2023-06-05", held_in=Custody.PRISON),
            restrained(3, Restraint.HOUSE_ARREST, "2023-06-10", source="source-2"),
        ]

        assert all(finding.standing is Standing.SINGLE for finding in custody(*events))
        assert on_day("2023-06-06", *events) == {Custody.PRISON: CERTAIN}

    def test_two_dates_of_what_held_already(self) -> None:
        """Remand imposed on the 3rd or the 10th of somebody detained on the 1st: in remand custody all along, and nothing is contested."""
        events = [
            detained(1, "2023-06-01"),
            restrained(2, Restraint.REMAND, "2023-06-03"),
            restrained(3, Restraint.REMAND, "2023-06-10", source="source-2"),
        ]

        for text in ("2023-06-02", "2023-06-05", "2023-06-10"):
            assert on_day(text, *events) == {Custody.REMAND: CERTAIN}
        assert standing_on("2023-06-10", *events).since == on("2023-06-01")

    def test_a_retraction_ends_the_contest(self) -> None:
        """R2, R16: when one side falls, the other stands alone."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            released(3, "2025-12-22"),
            retraction(4, of=2),
        ]

        assert on_day("2025-12-21", *events) == {Custody.REMAND: CERTAIN}
        assert standing_on("2025-12-22", *events).since == on("2025-12-22")


class TestContestedStates:
    """R5: two states that no sequence reconciles."""

    def test_released_to_what_is_contested(self) -> None:
        """Of one release, to liberty by one and under conditions by another: both are free, and how is contested."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20", released_to=ReleasedTo.LIBERTY),
            released(3, "2025-12-20", released_to=ReleasedTo.CONDITIONAL, source="source-2"),
        ]

        finding = standing_on("2025-12-20", *events)

        assert finding.in_words == "contested: at liberty, or free under conditions"
        assert [(side.since, side.supported_by) for side in finding.alternatives] == [
            (on("2025-12-20"), (2,)),
            (on("2025-12-20"), (3,)),
        ]

    @pytest.mark.parametrize("first", [2, 3])
    def test_released_to_what_one_does_not_say(self, first: int) -> None:
        """The reversed case: who does not say where to agrees with who does, whichever came first."""
        events = [
            detained(1, "2023"),
            released(first, "2025-12-20"),
            released(5 - first, "2025-12-20", released_to=ReleasedTo.CONDITIONAL, source="source-2"),
        ]

        finding = standing_on("2025-12-20", *events)

        assert finding.value == CustodyValue(status=Custody.CONDITIONAL_LIBERTY)
        assert finding.standing is Standing.CORROBORATED

    def test_released_and_still_held(self) -> None:
        """Released by the 20th, held on the 25th, nothing between: contested from the 25th on, liberty before."""
        events = [detained(1, "2023"), released(2, "2025-12-20"), held(3, "2025-12-25", source="source-2")]

        assert on_day("2025-12-24", *events) == {Custody.LIBERTY: CERTAIN}
        assert standing_on("2025-12-24", *events).until is None
        finding = standing_on("2026-01-01", *events)
        assert (finding.standing, finding.value) == (Standing.CONTESTED, None)
        assert [(side.value, side.supported_by, side.opposed_by) for side in finding.alternatives] == [
            (CustodyValue(status=Custody.LIBERTY), (2,), (3,)),
            (CustodyValue(status=Custody.HELD), (3,), (2,)),
        ]

    def test_held_on_the_day_of_the_release(self) -> None:
        """The reversed case: on the same day both can be true, the one before the other."""
        events = [detained(1, "2023"), released(2, "2025-12-20"), held(3, "2025-12-20", source="source-2")]

        assert on_day("2025-12-21", *events) == {Custody.LIBERTY: CERTAIN}

    def test_held_in_that_month(self) -> None:
        """The reversed case: held in December may be before the 20th."""
        events = [detained(1, "2023"), released(2, "2025-12-20"), held(3, "2025-12", source="source-2")]

        assert on_day("2025-12-31", *events) == {Custody.LIBERTY: CERTAIN}

    @pytest.mark.parametrize(
        "start",
        [
            detained(4, "2025-12-23"),
            restrained(4, Restraint.REMAND, "2025-12-23"),
            held(4, "2025-12-23", span=Span.SINCE),
        ],
    )
    def test_detained_again_in_between(self, start: Event) -> None:
        """The reversed case: a new custody reconciles the two."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            held(3, "2025-12-25", source="source-2"),
            start,
        ]

        assert on_day("2026-01-01", *events) in ({Custody.REMAND: CERTAIN}, {Custody.HELD: CERTAIN})

    def test_held_since_before_by_a_later_source(self) -> None:
        """A source that could be read after the release and says held since 2023, and tells of no release, says still held."""
        late = KnownContext(available="2025-12-25")
        events = [
            released(2, "2025-12-20", source="source-2"),
            held(3, "2023", span=Span.SINCE, held_in=Custody.PRISON),
        ]

        assert on_day("2025-12-24", *events, context=late) == {Custody.LIBERTY: CERTAIN}
        assert on_day("2025-12-25", *events, context=late) == {None: CERTAIN}

    def test_held_since_before_by_what_tells_of_the_release(self) -> None:
        """The reversed case: the same source tells of the release, so held until then."""
        late = KnownContext(available="2025-12-25")
        events = [released(2, "2025-12-20"), held(3, "2023", span=Span.SINCE, held_in=Custody.PRISON)]

        assert on_day("2025-12-25", *events, context=late) == {Custody.LIBERTY: CERTAIN}

    def test_a_second_release_ends_the_contest(self) -> None:
        """Held on the 25th by one side, released on the 28th: from then on every side says liberty."""
        events = [
            detained(1, "2023"),
            released(2, "2025-12-20"),
            held(3, "2025-12-25", source="source-2"),
            released(4, "2025-12-28", source="source-2"),
        ]

        assert on_day("2025-12-29", *events) == {Custody.LIBERTY: CERTAIN}


class TestDeath:
    """R14: death closes custody."""

    def test_from_its_latest_possible_day(self) -> None:
        """Known to a month: in that month possible, afterwards certain, and nothing else."""
        events = [detained(1, "2023-05-01"), died(2, "2024-03")]

        assert on_day("2024-03-15", *events) == {Custody.REMAND: POSSIBLE, Custody.DEAD: POSSIBLE}
        assert on_day("2024-03-31", *events) == {Custody.DEAD: CERTAIN}

    def test_contested_death_closes_nothing(self) -> None:
        """A death that somebody denies leaves custody as it was, and stands against it."""
        events = [
            detained(1, "2023-05-01"),
            died(2, "2024-03"),
            died(3, polarity=Polarity.NEGATED, source="source-2"),
        ]

        finding = standing_on("2025-01-01", *events)

        assert finding.value == CustodyValue(status=Custody.REMAND)
        assert finding.opposed_by == (2,)

    @pytest.mark.parametrize(
        "later", [held(3, "2024-06-01"), detained(3, "2024-06-01"), released(3, "2024-06-01")]
    )
    def test_what_is_told_of_the_dead(self, later: Event) -> None:
        """R5: held after death cannot be; each stands against the other, nothing changes its standing, and none is dropped."""
        finding = standing_on("2025-01-01", detained(1, "2023-05-01"), died(2, "2024-03-01"), later)

        assert finding.value == CustodyValue(status=Custody.DEAD)
        assert (finding.standing, finding.opposed_by) == (Standing.SINGLE, (3,))

    def test_what_is_said_to_be_after_the_death(self) -> None:
        """The same by stated order alone: both undated, and the detention said to be later."""
        context = KnownContext(available="2025-12-22")

        (finding,) = custody(died(1), detained(2, order=after(1)), context=context)

        assert (finding.value, finding.opposed_by) == (CustodyValue(status=Custody.DEAD), (2,))

    def test_two_dates_of_a_death(self) -> None:
        """On the days between two dates of a death custody is contested; after both it is death, since when is null."""
        events = [detained(1, "2023-05-01"), died(2, "2024-03-01"), died(3, "2024-03-05", source="source-2")]

        assert on_day("2024-03-03", *events) == {None: CERTAIN}
        assert standing_on("2024-03-05", *events).since is None


class TestMovesNothing:
    """R9, R15, R2."""

    @pytest.mark.parametrize("step", list(InclusionStep))
    def test_included_is_not_released(self, step: InclusionStep) -> None:
        """R9: an inclusion, whatever its step, frees nobody."""
        included = report(InclusionReported, 2, act=ACT, inclusion_step=step, claimed=on("2025-12-20"))

        assert on_day("2025-12-25", detained(1, "2023"), included) == {Custody.REMAND: CERTAIN}

    def test_no_longer_listed_is_not_released(self) -> None:
        """R15: a name that is gone from a list frees nobody."""
        gone = report(
            ListingReported,
            2,
            list=SubjectKey("list-1"),
            edition=SubjectKey("source-1"),
            entry=written("A. B."),
            listing=Listing.NO_LONGER_LISTED,
        )

        assert on_day("2025-12-25", detained(1, "2023"), gone) == {Custody.REMAND: CERTAIN}

    def test_a_term_that_ran_out_frees_nobody(self) -> None:
        """R6: five years from 2010 are over, and nobody has said released."""
        events = [detained(1, "2010-01-01"), sentenced(2, "2010-06-01")]

        assert on_day("2025-01-01", *events) == {Custody.PRISON: CERTAIN}

    def test_unknown_when_the_last_support_falls(self) -> None:
        """R2: never an older, retracted value, and what denies it still stands."""
        events = [detained(1, "2023"), retraction(2, of=1), held(3, polarity=Polarity.NEGATED)]

        (finding,) = custody(*events)

        assert (finding.standing, finding.value) == (Standing.UNKNOWN, CustodyValue(status=Custody.UNKNOWN))
        assert (finding.supported_by, finding.opposed_by) == ((), (3,))


class TestWords:
    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"act": ACT}, "released under the amnesty; at liberty"),
            ({"released_by": ReleaseMechanism.PARDON}, "released by pardon; at liberty"),
            ({}, "released; at liberty"),
            ({"released_to": ReleasedTo.EXPULSION}, "released and expelled; at liberty"),
            (
                {"released_by": ReleaseMechanism.PAROLE, "released_to": ReleasedTo.CONDITIONAL},
                "released on parole; free under conditions",
            ),
            ({"released_to": ReleasedTo.HOUSE_ARREST}, "under house arrest"),
        ],
    )
    def test_released(self, fields: dict[str, Any], words: str) -> None:
        """In plain English, on what ground and to what, of nobody's sex."""
        context = KnownContext(acts={ACT: ActFacts(name="the amnesty")})

        assert custody(released(1, "2025-12-20", **fields), context=context)[-1].in_words == words

    def test_segment_stays_while_support_grows(self) -> None:
        """A further source for the same stretch does not give it another name."""
        first = custody(detained(1, "2023"), released(2, "2025-12-20"))
        more = custody(
            detained(1, "2023"), released(2, "2025-12-20"), released(3, "2025-12", source="source-2")
        )

        assert [one.segment for one in first] == [one.segment for one in more] == ["remand-1", "liberty-2"]
