"""The profile of EDTF: what it reads, what it refuses, and that bounds are exactly the days that the text allows."""

from __future__ import annotations

import datetime
import functools
import itertools
import re

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from undate import Undate  # type: ignore[import-untyped]  # the package ships no types

from events.dates import (
    UNBOUNDED,
    ClaimedDate,
    Derivation,
    EndKind,
    bounds_of,
    bounds_of_claim,
    can_coincide,
    certainly_before,
    check_claimed_date,
    claimed_date,
    in_words,
    narrower,
    parse,
    problem_of,
)
from events.errors import DateInvalid, TextInvalid

EXPECTED = "expected YYYY, YYYY-MM or YYYY-MM-DD, with X for an unknown digit, `~`, `?` or `%` at the end, or an interval A/B"

CALENDAR = [
    day.isoformat() for day in (datetime.date(1990, 1, 1) + datetime.timedelta(n) for n in range(44_195))
]
"""Each day of the years 1990 to 2110, as text: what the bounds of dates from 2000 to 2099 are held to."""

NUMBERS = [f"{n:02}" for n in range(34)]
YEARS = st.sampled_from(["20XX", "200X", "202X", "2000", "2023", "2024", "2025"])
MONTHS = st.sampled_from([*NUMBERS[:14], "0X", "1X", "2X", "XX"])
DAYS = st.sampled_from([*NUMBERS, "0X", "1X", "2X", "3X", "4X", "XX"])
PATTERNS = (
    YEARS | st.builds("{}-{}".format, YEARS, MONTHS) | st.builds("{}-{}-{}".format, YEARS, MONTHS, DAYS)
)
QUALIFIERS = st.sampled_from(["", "~", "?", "%"])


@functools.cache
def matching(pattern: str) -> list[str]:
    """The days of the calendar that fit a pattern, found by looking at each."""
    fits = re.compile(pattern.replace("X", "[0-9]") + "(-[0-9]{2})*")
    return [day for day in CALENDAR if fits.fullmatch(day)]


def day(text: str) -> datetime.date:
    """A day, from its text."""
    return datetime.date.fromisoformat(text)


def date(edtf: str | None) -> ClaimedDate:
    """A date whose derivation does not matter."""
    return ClaimedDate(edtf=edtf, derivation=Derivation.INFERRED)


def accepted(edtf: str) -> bool:
    """Whether the profile takes it."""
    try:
        parse(edtf)
    except DateInvalid:
        return False
    return True


VALID_PATTERNS = PATTERNS.filter(accepted)
UNDATED = st.sampled_from(["XXXX-12-15", "XXXX-02-29", "XXXX-12", "XXXX-1X-31"])
ENDS = st.builds("{}{}".format, VALID_PATTERNS | UNDATED, QUALIFIERS)
INTERVALS = st.builds(
    "{}/{}".format, ENDS | st.sampled_from(["", ".."]), ENDS | st.sampled_from(["", ".."])
).filter(accepted)
DATES = ENDS | INTERVALS


class TestParse:
    @pytest.mark.parametrize(
        ("edtf", "earliest", "latest"),
        [
            ("2023", "2023-01-01", "2023-12-31"),
            ("2021-10", "2021-10-01", "2021-10-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2025-12-22", "2025-12-22", "2025-12-22"),
            ("0001", "0001-01-01", "0001-12-31"),
            ("9999-12-31", "9999-12-31", "9999-12-31"),
            ("201X", "2010-01-01", "2019-12-31"),
            ("20XX", "2000-01-01", "2099-12-31"),
            ("1XXX", "1000-01-01", "1999-12-31"),
            ("000X", "0001-01-01", "0009-12-31"),
            ("2025-XX", "2025-01-01", "2025-12-31"),
            ("2025-0X", "2025-01-01", "2025-09-30"),
            ("2025-1X", "2025-10-01", "2025-12-31"),
            ("2025-12-XX", "2025-12-01", "2025-12-31"),
            ("2025-12-0X", "2025-12-01", "2025-12-09"),
            ("2025-12-2X", "2025-12-20", "2025-12-29"),
            ("2025-12-3X", "2025-12-30", "2025-12-31"),
            ("2025-02-2X", "2025-02-20", "2025-02-28"),
            ("2025-XX-31", "2025-01-31", "2025-12-31"),
            ("2025-0X-31", "2025-01-31", "2025-08-31"),
            ("2025-XX-XX", "2025-01-01", "2025-12-31"),
            ("20XX-02-29", "2000-02-29", "2096-02-29"),
            ("190X-02-29", "1904-02-29", "1908-02-29"),
        ],
    )
    def test_bounds_of_one_date(self, edtf: str, earliest: str, latest: str) -> None:
        """Bounds are the first and the last day of the calendar that fit."""
        bounds = parse(edtf)

        assert (bounds.earliest, bounds.latest) == (day(earliest), day(latest))
        assert (bounds.earliest_kind, bounds.latest_kind) == (EndKind.DATE, EndKind.DATE)

    @pytest.mark.parametrize(
        ("edtf", "earliest", "earliest_kind", "latest", "latest_kind"),
        [
            ("2021-10-05/2021-11", "2021-10-05", EndKind.DATE, "2021-11-30", EndKind.DATE),
            ("2021-10-05/2021-10", "2021-10-05", EndKind.DATE, "2021-10-31", EndKind.DATE),
            ("2021/2021", "2021-01-01", EndKind.DATE, "2021-12-31", EndKind.DATE),
            ("2021-10-05/2021-10-05", "2021-10-05", EndKind.DATE, "2021-10-05", EndKind.DATE),
            ("2021-10/..", "2021-10-01", EndKind.DATE, None, EndKind.OPEN),
            ("../2021-10", None, EndKind.OPEN, "2021-10-31", EndKind.DATE),
            ("2025-12-22/", "2025-12-22", EndKind.DATE, None, EndKind.UNKNOWN),
            ("/2025-12-22", None, EndKind.UNKNOWN, "2025-12-22", EndKind.DATE),
            ("XXXX-12-15/2025", None, EndKind.UNKNOWN, "2025-12-31", EndKind.DATE),
            ("XXXX-12-15/..", None, EndKind.UNKNOWN, None, EndKind.OPEN),
            ("XXXX-12-15", None, EndKind.UNKNOWN, None, EndKind.UNKNOWN),
            ("XXXX-12", None, EndKind.UNKNOWN, None, EndKind.UNKNOWN),
            ("XXXX-02-29", None, EndKind.UNKNOWN, None, EndKind.UNKNOWN),
        ],
    )
    def test_what_is_open_or_unknown_never_becomes_a_day(
        self,
        edtf: str,
        earliest: str | None,
        earliest_kind: EndKind,
        latest: str | None,
        latest_kind: EndKind,
    ) -> None:
        """`..` is no end, nothing is an end that nobody knows, and a year without digits has no first and no last."""
        bounds = parse(edtf)

        assert bounds.earliest == (None if earliest is None else day(earliest))
        assert bounds.latest == (None if latest is None else day(latest))
        assert (bounds.earliest_kind, bounds.latest_kind) == (earliest_kind, latest_kind)

    @pytest.mark.parametrize(
        ("qualifier", "approximate", "uncertain"), [("~", True, False), ("?", False, True), ("%", True, True)]
    )
    @pytest.mark.parametrize("text", ["2021", "2021-10", "2021-10-05", "201X", "2021-XX", "XXXX-12-15"])
    def test_a_qualifier_moves_no_bound(
        self, text: str, qualifier: str, approximate: bool, uncertain: bool
    ) -> None:
        """`~`, `?` and `%` set flags and nothing else: about October begins on the first of October."""
        expected = msgspec.structs.replace(parse(text), approximate=approximate, uncertain=uncertain)

        assert parse(text + qualifier) == expected

    @pytest.mark.parametrize("edtf", ["2021~/2022?", "2021?/2022~", "2021%/2022", "2021/2022%"])
    def test_an_interval_has_the_flags_of_its_ends(self, edtf: str) -> None:
        """What is about one end, or uncertain of it, is so of the whole."""
        bounds = parse(edtf)

        assert (bounds.approximate, bounds.uncertain) == (True, True)

    @pytest.mark.parametrize(
        ("edtf", "reason"),
        [
            ("2025-13", "there is no month 13"),
            ("2025-00", "there is no month 00"),
            ("2025-2X", "there is no month 2X"),
            ("2023-02-29", "February 2023 has 28 days"),
            ("1900-02-29", "February 1900 has 28 days"),
            ("2025-06-31", "June 2025 has 30 days"),
            ("2025-02-3X", "February 2025 has 28 days"),
            ("202X-06-31", "June has at most 30 days"),
            ("XXXX-02-30", "February has at most 29 days"),
            ("2025-12-00", "there is no day 00"),
            ("2025-12-32", "December 2025 has 31 days"),
            ("2025-XX-32", "there is no day 32"),
            ("2025-12-4X", "December 2025 has 31 days"),
            ("0000", "there is no year 0000"),
            ("2025-06-31/2025-07-02", "June 2025 has 30 days"),
            ("../2025-06-31", "June 2025 has 30 days"),
            ("2025-21", "21 is a season or a part of a year: name its months, as in 2025-03/2025-05"),
            ("2025-41", "41 is a season or a part of a year: name its months, as in 2025-03/2025-05"),
            ("2021-10-05/2021-10-01", "the interval ends (2021-10-01) before it begins (2021-10-05)"),
            ("2022/2021", "the interval ends (2021-12-31) before it begins (2022-01-01)"),
            ("../..", "names no day at all: leave the date out"),
            ("/", "names no day at all: leave the date out"),
            ("/..", "names no day at all: leave the date out"),
            ("XXXX", "names no day at all: leave the date out"),
            ("XXXX-XX-XX", "names no day at all: leave the date out"),
            ("2021/XXXX", "names no day at all: leave the date out"),
        ],
    )
    def test_refuses_what_no_calendar_has_and_what_says_nothing(self, edtf: str, reason: str) -> None:
        """The message names what stands there and what is wrong with it."""
        with pytest.raises(DateInvalid) as refused:
            parse(edtf)

        assert refused.value.message == f"{edtf}: {reason}"

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("Monday", ""),
            ("2025-1-5", ""),
            ("25-12-22", ""),
            ("2025-12-22/2025-12-23/2025-12-24", ""),
            ("2025-12-2", ""),
            ("..", ""),
            ("[2021,2022]", ""),
            ("2025 ", " (a date has no blanks in it)"),
            (" 2025", " (a date has no blanks in it)"),
            ("2025-12-22\n", " (a date has no blanks in it)"),
            ("2021 / 2022", " (a date has no blanks in it)"),
            ("２０２５", " (only the digits 0 to 9 and ASCII signs)"),
            ("٢٠٢٥-١٢", " (only the digits 0 to 9 and ASCII signs)"),
            ("2025–2026", " (only the digits 0 to 9 and ASCII signs)"),
            ("2025-12-22T10:00:00Z", " (a claimed date has no time of day)"),
            ("20251222", " (hyphens set the parts apart, as in 2025-12-22)"),
            ("-0044", " (years run from 0001 to 9999)"),
            ("+2025", " (years run from 0001 to 9999)"),
            ("12025", " (years run from 0001 to 9999)"),
            ("2021/12025", " (years run from 0001 to 9999)"),
            ("Y17000", " (years run from 0001 to 9999)"),
            ("Y-17E7", " (years run from 0001 to 9999)"),
            ("1E3", " (years run from 0001 to 9999)"),
            ("201x", " (an unknown digit is a capital X)"),
            ("2025-xx", " (an unknown digit is a capital X)"),
            ("2X25", " (after an unknown digit only X may follow)"),
            ("2025-12-X2", " (after an unknown digit only X may follow)"),
            ("?2025", " (one of `~`, `?` and `%`, at the end of a date)"),
            ("2025?-12", " (one of `~`, `?` and `%`, at the end of a date)"),
            ("2025~?", " (one of `~`, `?` and `%`, at the end of a date)"),
        ],
    )
    def test_refuses_other_shapes_with_advice(self, text: str, advice: str) -> None:
        """What is no date of the profile is refused with what was expected, and with what people most likely meant."""
        with pytest.raises(DateInvalid) as refused:
            parse(text)

        standing = text.replace("\n", "\\n")
        assert refused.value.message == f"{standing}: not a date of the profile{advice}: {EXPECTED}"

    def test_refuses_nothing(self) -> None:
        """An empty date is a date left out."""
        with pytest.raises(DateInvalid) as refused:
            parse("")

        assert refused.value.message == "an empty date: leave it out where the source gives none"

    @pytest.mark.parametrize("long", ["2" * 70_000, "2025-13/" + "x" * 70_000, "\x00" * 70_000])
    def test_shows_little_of_much(self, long: str) -> None:
        """A message stays a line, however long the mistake."""
        with pytest.raises(DateInvalid) as refused:
            parse(long)

        assert len(refused.value.message) < 500
        assert refused.value.message.isprintable()

    @given(PATTERNS)
    def test_bounds_are_exactly_the_days_that_fit(self, pattern: str) -> None:
        """Held to each day of the calendar: the first and last that fit, and a refusal where none does."""
        fitting = matching(pattern)
        season = re.fullmatch(r"....-(2[1-9]|3[0-9]|4[01])(-.*)?", pattern)
        assume(not season)

        if not fitting:
            with pytest.raises(DateInvalid):
                parse(pattern)
            return
        bounds = parse(pattern)
        assert (bounds.earliest, bounds.latest) == (day(fitting[0]), day(fitting[-1]))

    @given(DATES)
    def test_bounds_are_in_order_and_null_where_they_are_no_day(self, edtf: str) -> None:
        """Earliest is never after latest, and an end is a day if and only if its kind says so."""
        bounds = parse(edtf)

        assert (bounds.earliest is None) == (bounds.earliest_kind is not EndKind.DATE)
        assert (bounds.latest is None) == (bounds.latest_kind is not EndKind.DATE)
        if bounds.earliest is not None and bounds.latest is not None:
            assert bounds.earliest <= bounds.latest

    @given(st.text("0123456789X-/.~?%", max_size=24) | st.text(max_size=24))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """Nothing but DateInvalid comes out of text that is no date."""
        assert accepted(text) in (True, False)

    @settings(max_examples=150)
    @given(
        st.builds(
            "{}{}{}".format,
            st.sampled_from(["1994", "2000", "2023", "2024", "201X", "20XX", "1XXX"]),
            st.just("")
            | st.builds("-{}".format, st.sampled_from([*NUMBERS[1:13], "0X", "1X", "XX"]))
            | st.builds(
                "-{}-{}".format, st.sampled_from(NUMBERS[1:13]), st.sampled_from([*NUMBERS[1:29], "0X", "1X"])
            )
            | st.builds("-{}-XX".format, st.sampled_from(NUMBERS[3:13])),
            QUALIFIERS,
        )
    )
    def test_agrees_with_another_implementation(self, edtf: str) -> None:
        """Where `undate` reads a date, its bounds are ours. It fails on days that only some of the months or years have."""
        other = Undate.parse(edtf, "EDTF")

        bounds = parse(edtf)
        assert (bounds.earliest, bounds.latest) == (day(str(other.earliest)), day(str(other.latest)))


class TestBoundsOf:
    @given(DATES)
    def test_is_parse(self, edtf: str) -> None:
        """The cache changes no answer."""
        assert bounds_of(edtf) == parse(edtf)

    def test_of_what_no_calendar_has(self) -> None:
        """Both ends are unknown: no day is made up."""
        assert bounds_of_claim(ClaimedDate(derivation=Derivation.STATED, as_written="31 June")) == UNBOUNDED
        assert bounds_of_claim(None) == UNBOUNDED
        assert bounds_of_claim(date("2023")) == parse("2023")


class TestClaimedDate:
    @given(DATES, st.sampled_from(Derivation))
    def test_keeps_the_text(self, edtf: str, derivation: Derivation) -> None:
        """What is read is stored as it was written, with no bound beside it, and reads back equal."""
        claimed = claimed_date(edtf, derivation=derivation, as_written="as they say")

        assert claimed == ClaimedDate(edtf=edtf, derivation=derivation, as_written="as they say")
        assert check_claimed_date(claimed) == claimed
        assert msgspec.json.decode(msgspec.json.encode(claimed), type=ClaimedDate) == claimed

    def test_stores_only_what_was_said(self) -> None:
        """Absent fields are absent from what is stored."""
        stored = msgspec.json.encode(claimed_date("2023", derivation=Derivation.STATED), order="sorted")

        assert stored == b'{"derivation":"stated","edtf":"2023"}'

    @pytest.mark.parametrize(
        ("edtf", "words", "problem"),
        [
            ("2025-06-31", "31 June", "2025-06-31: June 2025 has 30 days"),
            ("2025-13", "the 13th month", "2025-13: there is no month 13"),
            (None, "31 June", "no day was given for it"),
        ],
    )
    def test_keeps_what_a_source_states_and_no_calendar_has(
        self, edtf: str | None, words: str, problem: str
    ) -> None:
        """The source's impossible date is kept in its words, without bounds, with the problem named."""
        claimed = claimed_date(edtf, derivation=Derivation.STATED, as_written=words)

        assert claimed == ClaimedDate(derivation=Derivation.STATED, as_written=words, impossible=edtf)
        assert problem_of(claimed) == problem
        assert check_claimed_date(claimed) == claimed
        assert bounds_of_claim(claimed) == UNBOUNDED

    @pytest.mark.parametrize("derivation", [d for d in Derivation if d is not Derivation.STATED])
    def test_refuses_an_impossible_date_of_our_own(self, derivation: Derivation) -> None:
        """What we infer, resolve or compute has to be a day, whatever the words."""
        with pytest.raises(DateInvalid) as refused:
            claimed_date("2025-06-31", derivation=derivation, as_written="31 June")

        assert refused.value.message == "2025-06-31: June 2025 has 30 days"

    def test_refuses_an_impossible_date_without_words(self) -> None:
        """Nobody is on record as having written it: a slip of our own."""
        with pytest.raises(DateInvalid) as refused:
            claimed_date("2025-13", derivation=Derivation.STATED)

        assert refused.value.message == "2025-13: there is no month 13"

    @pytest.mark.parametrize("edtf", ["Monday", "2025-21", "2021-10-05/2021-10-01", "", "XXXX"])
    def test_refuses_what_is_not_of_the_profile_whatever_the_words(self, edtf: str) -> None:
        """Only what the calendar lacks is kept as written; another notation is a mistake of ours."""
        with pytest.raises(DateInvalid):
            claimed_date(edtf, derivation=Derivation.STATED, as_written="on Monday")

    @pytest.mark.parametrize(
        ("derivation", "words"), [(Derivation.STATED, None), (Derivation.INFERRED, "some day")]
    )
    def test_refuses_a_date_that_is_none(self, derivation: Derivation, words: str | None) -> None:
        """Neither a day nor a source's words for one."""
        with pytest.raises(DateInvalid) as refused:
            claimed_date(None, derivation=derivation, as_written=words)

        assert refused.value.message == (
            "a date without `edtf`: expected `edtf`, or the words of the source that states it (`as_written`)"
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            ClaimedDate(edtf="2023", derivation=Derivation.STATED, as_written="x", impossible="2025-06-31"),
            ClaimedDate(derivation=Derivation.STATED, as_written="30 June", impossible="2025-06-30"),
        ],
    )
    def test_refuses_an_impossible_date_where_there_is_none(self, wrong: ClaimedDate) -> None:
        """It stands only in the place of one, beside the words of a source that states what cannot be."""
        with pytest.raises(DateInvalid, match=r"^`impossible` belongs to a date that a source states"):
            check_claimed_date(wrong)

    def test_refuses_words_that_are_none(self) -> None:
        """The words are text like any other."""
        with pytest.raises(TextInvalid, match=r"^as_written: expected the words"):
            claimed_date("2023", derivation=Derivation.STATED, as_written=" ")


class TestCanCoincide:
    @pytest.mark.parametrize(
        ("one", "other", "answer"),
        [
            ("2023", "2023-05-10", True),
            ("2023", "2024", False),
            ("2025-12-15", "2025-12-16", False),
            ("2025-12-1X", "2025-12-2X", False),
            ("2021-10/..", "2024", True),
            ("2021-10/..", "2021-09-30", False),
            ("2025-12-22/", "2030", True),
            ("XXXX-12-15", "2025-12-15", True),
            ("XXXX-12-15", "2025-12", True),
            ("XXXX-12-15", "2025-12-22", False),
            ("XXXX-12-15", "2025-01/2025-06", False),
            ("XXXX-12-15", "XXXX-12-16", False),
            ("XXXX-02-29", "2023", False),
            ("XXXX-02-29", "2024", True),
            ("2025-XX-15", "2025-03-20", False),
            ("2025-XX-31", "2025-06", False),
        ],
    )
    def test_asks_for_a_day_that_fits_both(self, one: str, other: str, answer: bool) -> None:
        """Not only the outer bounds count: 15 December of some year is not 22 December of this one."""
        assert can_coincide(parse(one), parse(other)) is answer

    def test_nothing_known_excludes_nothing(self) -> None:
        """A date that no calendar has can be any day."""
        assert can_coincide(UNBOUNDED, parse("2025-12-15"))
        assert can_coincide(UNBOUNDED, UNBOUNDED)

    @given(DATES, DATES)
    def test_is_a_day_that_fits_both(self, one: str, other: str) -> None:
        """Held to each day of the calendar, either way round: these dates meet in it if they meet at all."""
        shared = set(days_within(one)) & set(days_within(other))

        assert can_coincide(parse(one), parse(other)) is bool(shared)
        assert can_coincide(parse(other), parse(one)) is bool(shared)


def days_within(edtf: str) -> list[str]:
    """The days of the calendar that a date or an interval allows, found without reading it as the profile does."""
    start, slash, end = (part.rstrip("~?%") for part in edtf.partition("/"))
    if not slash:
        return matching(start)
    first = 0 if start in ("", "..") or start.startswith("XXXX") else CALENDAR.index(matching(start)[0])
    last = (
        len(CALENDAR)
        if end in ("", "..") or end.startswith("XXXX")
        else CALENDAR.index(matching(end)[-1]) + 1
    )
    return CALENDAR[first:last]


class TestCertainlyBefore:
    @pytest.mark.parametrize(
        ("one", "other", "answer"),
        [
            ("2023", "2024", True),
            ("2023", "2023-12", False),
            ("2023-11", "2023-12", True),
            ("../2023", "2024/..", True),
            ("2023/", "2024", False),
            ("XXXX-01", "2024", False),
        ],
    )
    def test_needs_every_day_before_every_day(self, one: str, other: str, answer: bool) -> None:
        """An unknown or open end is before nothing."""
        assert certainly_before(parse(one), parse(other)) is answer

    @given(DATES, DATES)
    def test_excludes_coincidence(self, one: str, other: str) -> None:
        """What is certainly before cannot coincide, nor be certainly after."""
        first, second = parse(one), parse(other)

        if certainly_before(first, second):
            assert not can_coincide(first, second)
            assert not certainly_before(second, first)


class TestNarrower:
    def test_orders_from_a_day_to_nothing(self) -> None:
        """A day, a month, a pattern of a year, a year, a decade, a beginning, a day without a year, nothing."""
        falling = ["2025-12-22", "2025-12", "2025-XX-15", "2025", "202X", "2025/..", "XXXX-12-15", "XXXX-12"]
        bounds = [*map(parse, falling), UNBOUNDED]

        for one, other in itertools.pairwise(bounds):
            assert narrower(one, other)
            assert not narrower(other, one)

    @given(DATES)
    def test_nothing_is_narrower_than_itself(self, edtf: str) -> None:
        """Equal precision leaves both."""
        assert not narrower(parse(edtf), parse(edtf))


class TestInWords:
    @pytest.mark.parametrize(
        ("edtf", "words"),
        [
            ("2025-12-22", "22 December 2025"),
            ("2025-12-05", "5 December 2025"),
            ("2021-10", "October 2021"),
            ("2023", "2023"),
            ("2021~", "about 2021"),
            ("2021-10?", "October 2021 (uncertain)"),
            ("2021-10-05%", "about 5 October 2021 (uncertain)"),
            ("2021/..", "from 2021 on"),
            ("../2021-05-01", "until 1 May 2021"),
            ("2025-12-22/", "from 22 December 2025, until when is unknown"),
            ("/2025", "until 2025, from when is unknown"),
            ("2021/2022-03", "from 2021 to March 2022"),
            ("201X", "a day in the 2010s"),
            ("20XX", "a day in the years 2000 to 2099"),
            ("2025-XX", "a month in 2025"),
            ("2025-XX-XX", "a day in 2025"),
            ("2025-12-XX", "a day in December 2025"),
            ("2025-12-2X", "a day from 20 to 29 December 2025"),
            ("2025-02-2X", "a day from 20 to 28 February 2025"),
            ("2025-1X", "a month from October to December 2025"),
            ("2025-1X-2X", "a day from 20 to 29 of a month from October to December 2025"),
            ("2025-XX-15", "day 15 of a month in 2025"),
            ("201X-12-15", "15 December in the 2010s"),
            ("201X-12", "December in the 2010s"),
            ("XXXX-12-15", "15 December, year unknown"),
            ("XXXX-12", "December, year unknown"),
            ("XXXX-XX-15", "day 15 of a month, year unknown"),
        ],
    )
    def test_reads_as_english(self, edtf: str, words: str) -> None:
        """As precise as the source, and no more."""
        assert in_words(date(edtf)) == words

    def test_quotes_what_no_calendar_has(self) -> None:
        """The source's own words, and why they name no day."""
        claimed = claimed_date("2025-06-31", derivation=Derivation.STATED, as_written="31 June")

        assert in_words(claimed) == "“31 June” (2025-06-31: June 2025 has 30 days)"

    @given(DATES)
    def test_has_words_for_every_date(self, edtf: str) -> None:
        """Whatever is accepted can be told."""
        assert in_words(date(edtf))
