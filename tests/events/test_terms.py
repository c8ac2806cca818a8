"""Terms keep the units of their source, and arithmetic answers only what every calendar agrees on."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events.errors import TermInvalid
from events.terms import (
    Length,
    ReductionAmount,
    Term,
    add_to,
    check_reduction,
    check_term,
    compare,
    fraction_of,
    in_words,
    parse_duration,
    parse_term,
    subtract,
)

LIFE = Term(life=True)
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 12, 31))


def term(duration: str) -> Term:
    """A term as arithmetic leaves it: without words."""
    return Term(duration=duration)


@st.composite
def durations(draw: st.DrawFn) -> str:
    """Any duration that is in order, mostly of a size that courts impose."""
    number = st.integers(0, 40)
    years, months, last = draw(number), draw(number), draw(number | st.integers(0, 1_200))
    unit = draw(st.sampled_from("WD")) if last <= 40 else "D"
    return "P" + ("".join(f"{n}{u}" for n, u in ((years, "Y"), (months, "M"), (last, unit)) if n) or "0D")


class TestParseDuration:
    @pytest.mark.parametrize(
        ("duration", "length"),
        [
            ("P5Y", Length(60, 0)),
            ("P14M", Length(14, 0)),
            ("P3Y6M", Length(42, 0)),
            ("P15D", Length(0, 15)),
            ("P2W", Length(0, 14)),
            ("P1Y2M3D", Length(14, 3)),
            ("P1M2W", Length(1, 14)),
            ("P0D", Length(0, 0)),
        ],
    )
    def test_reads_months_and_days(self, duration: str, length: Length) -> None:
        """Years are twelve months, weeks seven days, and months never become days."""
        assert parse_duration(duration) == length

    @pytest.mark.parametrize(
        "wrong",
        [
            "five",
            "5",
            "5Y",
            "P",
            "p5y",
            "P5",
            "P05Y",
            "P0Y",
            "P1Y0M",
            "P1.5Y",
            "P-5Y",
            "-P5Y",
            "+P5Y",
            "P1D2M",
            "P1W2D",
            "PT5H",
            "P1DT1H",
            "P٥Y",
            "P100000D",
            "P5Y ",
            "P5Y\n",
        ],
    )
    def test_refuses_what_has_no_unit_or_another_form(self, wrong: str) -> None:
        """One form for one length, and never a number without its unit."""
        with pytest.raises(TermInvalid) as refused:
            parse_duration(wrong)

        standing = wrong.replace("\n", "\\n")
        assert refused.value.message == (
            f"{standing}: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`"
        )

    def test_shows_little_of_much(self) -> None:
        """A message stays a line, however long the mistake."""
        with pytest.raises(TermInvalid) as refused:
            parse_duration("5" * 70_000)

        assert refused.value.message.startswith("5" * 40 + "…: expected")


class TestCheckTerm:
    def test_keeps_the_units_of_the_source(self) -> None:
        """Fourteen months stay fourteen months."""
        assert parse_term("P14M", as_written="14 months") == Term(as_written="14 months", duration="P14M")

    def test_keeps_life(self) -> None:
        """Life has no duration."""
        assert check_term(Term(as_written="life imprisonment", life=True)).life

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (
                Term(as_written="five"),
                "five: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`, or `life`",
            ),
            (
                Term(),
                "nothing: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`, or `life`",
            ),
            (
                Term(as_written="five", duration="five"),
                "five: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`",
            ),
            (
                Term(as_written="five", duration=""),
                "nothing: expected a duration with its unit, such as `P5Y`, `P14M` or `P15D`",
            ),
            (Term(as_written="life", duration="P25Y", life=True), "P25Y and life: expected one of the two"),
        ],
    )
    def test_refuses(self, wrong: Term, message: str) -> None:
        """A term is a duration or life: not neither, not both, and never "five" of nothing."""
        with pytest.raises(TermInvalid) as refused:
            check_term(wrong)

        assert refused.value.message == message

    def test_stores_only_what_was_said(self) -> None:
        """Absent fields are absent from what is stored."""
        assert msgspec.json.encode(parse_term("P5Y", as_written="five years"), order="sorted") == (
            b'{"as_written":"five years","duration":"P5Y"}'
        )


class TestCheckReduction:
    def test_keeps_a_duration_or_a_fraction(self) -> None:
        """By a length of time, or by a fraction of the whole or of the rest."""
        for amount in (
            ReductionAmount(as_written="by 14 months", duration="P14M"),
            ReductionAmount(as_written="by a third", fraction="1/3"),
            ReductionAmount(as_written="by half of the rest", fraction="1/2", of_unserved=True),
        ):
            assert check_reduction(amount) == amount

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            (
                ReductionAmount(as_written="a lot"),
                "a lot: expected a `duration` such as `P14M` or a `fraction` such as `1/3`, found neither",
            ),
            (
                ReductionAmount(as_written="a lot", duration="P1Y", fraction="1/3"),
                "a lot: expected a `duration` such as `P14M` or a `fraction` such as `1/3`, found both",
            ),
            (
                ReductionAmount(as_written="a lot", duration="P1Y", of_unserved=True),
                "P1Y: `of_unserved` says of what a fraction is taken: leave it out beside a duration",
            ),
            (
                ReductionAmount(as_written="a lot", fraction="4/3"),
                "4/3: expected a fraction from 0 to 1, such as `1/3`",
            ),
            (
                ReductionAmount(as_written="a lot", fraction="1/0"),
                "1/0: expected a fraction from 0 to 1, such as `1/3`",
            ),
            (
                ReductionAmount(as_written="a lot", fraction="0.5"),
                "0.5: expected a fraction from 0 to 1, such as `1/3`",
            ),
        ],
    )
    def test_refuses(self, wrong: ReductionAmount, message: str) -> None:
        """Neither, both, or a fraction that is none."""
        with pytest.raises(TermInvalid) as refused:
            check_reduction(wrong)

        assert refused.value.message == message


class TestCompare:
    @pytest.mark.parametrize(
        ("one", "other", "answer"),
        [
            (term("P5Y"), term("P3Y"), 1),
            (term("P1Y2M"), term("P14M"), 0),
            (term("P2W"), term("P14D"), 0),
            (term("P15D"), term("P16D"), -1),
            (term("P1M"), term("P27D"), 1),
            (term("P1M"), term("P28D"), None),
            (term("P1M"), term("P30D"), None),
            (term("P1M"), term("P31D"), None),
            (term("P1M"), term("P32D"), -1),
            (term("P1Y"), term("P366D"), None),
            (term("P7M"), term("P211D"), 1),
            (term("P7M"), term("P212D"), None),
            (term("P1Y"), term("P365D"), None),
            (term("P1Y"), term("P364D"), 1),
            (term("P1Y"), term("P367D"), -1),
            (LIFE, term("P99Y"), 1),
            (term("P99Y"), LIFE, -1),
            (LIFE, LIFE, 0),
            (Term(as_written="long"), term("P1Y"), None),
            (LIFE, Term(as_written="long"), None),
        ],
    )
    def test_answers_what_can_be_told(self, one: Term, other: Term, answer: int | None) -> None:
        """Months and days are compared only where every calendar agrees."""
        assert compare(one, other) == answer

    @given(durations(), durations())
    def test_turned_round_it_says_the_opposite(self, one: str, other: str) -> None:
        """The order of two terms does not depend on which is named first."""
        forward, back = compare(term(one), term(other)), compare(term(other), term(one))

        assert back == (None if forward is None else -forward)

    @given(durations(), durations(), DAYS)
    def test_holds_on_any_day(self, one: str, other: str, begun: datetime.date) -> None:
        """What is longer ends later, whatever the day on which both begin."""
        answer = compare(term(one), term(other))
        assume(answer is not None)
        first, second = add_to(begun, term(one)), add_to(begun, term(other))

        assert first is not None
        assert second is not None
        assert answer == (first > second) - (first < second)


class TestSubtract:
    @pytest.mark.parametrize(
        ("whole", "part", "rest"),
        [
            ("P10Y", "P14M", "P8Y10M"),
            ("P5Y", "P2Y", "P3Y"),
            ("P5Y", "P5Y", "P0D"),
            ("P15D", "P1W", "P8D"),
            ("P1Y15D", "P1Y", "P15D"),
        ],
    )
    def test_is_exact(self, whole: str, part: str, rest: str) -> None:
        """Months from months and days from days; nobody wrote the result, so it has no words."""
        assert subtract(term(whole), term(part)) == term(rest)

    @pytest.mark.parametrize(
        ("whole", "part"), [("P1Y", "P15D"), ("P1Y", "P2Y"), ("P15D", "P1M"), ("P1D", "P2D")]
    )
    def test_answers_nothing_rather_than_something(self, whole: str, part: str) -> None:
        """Too much, or days from months: null."""
        assert subtract(term(whole), term(part)) is None

    def test_life_is_no_number(self) -> None:
        """Nothing is taken from life, nor life from anything."""
        assert subtract(LIFE, term("P1Y")) is None
        assert subtract(term("P1Y"), LIFE) is None

    @given(durations(), durations())
    def test_rest_and_part_make_the_whole(self, whole: str, part: str) -> None:
        """What is left and what was taken add up, and what is left is in canonical form."""
        rest = subtract(term(whole), term(part))
        assume(rest is not None)

        assert rest is not None
        assert rest.duration is not None
        left, taken = parse_duration(rest.duration), parse_duration(part)
        assert Length(left.months + taken.months, left.days + taken.days) == parse_duration(whole)


class TestFractionOf:
    @pytest.mark.parametrize(
        ("fraction", "whole", "part"),
        [
            ("1/3", "P3Y", "P1Y"),
            ("1/2", "P5Y", "P2Y6M"),
            ("2/3", "P15D", "P10D"),
            ("1/1", "P14M", "P1Y2M"),
            ("1/7", "P5Y", None),
            ("1/2", "P1Y15D", None),
        ],
    )
    def test_is_whole_or_nothing(self, fraction: str, whole: str, part: str | None) -> None:
        """A fraction that leaves no whole months and days is not computed."""
        assert fraction_of(fraction, term(whole)) == (None if part is None else term(part))

    def test_life_has_no_third(self) -> None:
        """Of life, nothing is computed."""
        assert fraction_of("1/3", LIFE) is None

    def test_refuses_what_is_no_fraction(self) -> None:
        """More than the whole is refused, not answered."""
        with pytest.raises(TermInvalid):
            fraction_of("3/2", term("P3Y"))


class TestAddTo:
    @pytest.mark.parametrize(
        ("begun", "duration", "ended"),
        [
            ("2023-05-10", "P3Y", "2026-05-10"),
            ("2024-01-31", "P1M", "2024-02-29"),
            ("2023-01-31", "P1M", "2023-02-28"),
            ("2024-02-29", "P1Y", "2025-02-28"),
            ("2023-11-30", "P14M", "2025-01-30"),
            ("2024-01-31", "P1M1D", "2024-03-01"),
            ("2025-12-22", "P15D", "2026-01-06"),
            ("2025-12-22", "P0D", "2025-12-22"),
            ("9998-12-31", "P1Y", "9999-12-31"),
        ],
    )
    def test_goes_by_the_calendar(self, begun: str, duration: str, ended: str) -> None:
        """Months first, held to the last day that the month has, then days."""
        assert add_to(datetime.date.fromisoformat(begun), term(duration)) == datetime.date.fromisoformat(
            ended
        )

    @pytest.mark.parametrize(
        "never", [LIFE, Term(as_written="long"), term("P9000Y"), term("P99999D"), term("P96M1D")]
    )
    def test_never_runs_out(self, never: Term) -> None:
        """Life does not run out, nor what ends after the last day of the calendar."""
        assert add_to(datetime.date(9991, 12, 31), never) is None


class TestInWords:
    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (term("P5Y"), "5 years"),
            (term("P1Y"), "1 year"),
            (term("P3Y6M"), "3 years and 6 months"),
            (term("P1Y2M3D"), "1 year, 2 months and 3 days"),
            (term("P1W"), "1 week"),
            (term("P0D"), "0 days"),
            (LIFE, "life"),
            (Term(as_written="a long term"), "a long term"),
            (Term(), "a term not stated"),
        ],
    )
    def test_reads_as_english(self, said: Term, words: str) -> None:
        """The units of the source, in the order in which they are said."""
        assert in_words(said) == words
