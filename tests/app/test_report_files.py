"""Rules of report files: every mistake with its line and field, all at once; the guide tells of every field there is."""

from __future__ import annotations

import contextlib
import enum
import os
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from app.report_fields import fields_of
from app.report_files import REPORT_FILE_BYTES_MAX, REPORT_KINDS, read_report_file
from app.report_nodes import read_yaml
from app.requests import Correction, RequestRefused
from events.dates import ClaimedDate, Derivation
from events.kinds import Count, SentenceReported, SourceRegistered, SubjectOpened
from tests.app.report_case import HEADER, RELEASED, SUBJECTS, WHOLE, read_report, told, write_report

GUIDE = Path(__file__).parents[2] / "docs" / "report-files.md"


def _told(folder: Path, text: str, *, name: str = "reports.yaml") -> list[str]:
    file = read_report(folder, text, name=name)
    return [told(located) for located in file.located(file.mistakes)]


def _refusal(path: Path) -> str:
    with pytest.raises(RequestRefused) as refused:
        read_report_file(path)
    (mistake,) = refused.value.mistakes
    return mistake.message


class TestMistakes:
    """What is wrong with a file is told at once, each where it stands."""

    def test_all_of_a_file_at_once(self, tmp_path: Path) -> None:
        """Misspelt fields, kinds and values suggest the nearest; what is missing says what was expected."""
        text = """\
set: test/one
visibilty: public
source:
  title: Clerks released
  document: article.txt
  relation: orginal
subjects:
  clerk: {sort: persn}
  amnesty: {sort: act, form: amnesty, keys: x}
claims:
  - key: C01
    kind: relase_reported
    about: clerk
    cite: {quote: Two clerks, span: [1]}
  - kind: release_reported
    about: [clerk]
    relased_by: unstated
  - key: C03
    kind: count_reported
    about: amnesty
    cite: []
    count: {measure: released, unit: person, quantity: {as_written: "10,000", comparator: exact, point: 10,000}}
decisions:
  - {key: D1, retract: C01, ground: our, reason: So.}
  - {key: D2, reason: So.}
"""
        assert _told(tmp_path, text) == [
            "2: visibilty: there is no field `visibilty`: did you mean `visibility`?",
            "3: source: `key` is missing: a key of yours, by which this is found again",
            "6: source.relation: `orginal` is not allowed here: did you mean `original`?",
            "8: subjects.clerk.sort: `persn` is not allowed here: did you mean `person`?",
            "9: subjects.amnesty.keys: there is no field `keys`: did you mean `key`?",
            "12: claims.C01.kind: `relase_reported` is not allowed here: did you mean `release_reported`?",
            "14: claims.C01.cite.span: expected two offsets, as [145, 202]; found a list of 1",
            "15: claims.1: `key` is missing: a key of yours, by which this is found again",
            "15: claims.1: `released_by` is missing",
            "15: claims.1: `cite` is missing: a quote from the source, or its span. Without a citation nothing is recorded",
            "16: claims.1.about: expected a text, found a list of 1",
            "17: claims.1.relased_by: `release_reported` has no field `relased_by`: did you mean `released_by`?",
            "21: claims.C03.cite: expected a quote, found an empty list",
            "22: claims.C03.count.quantity.000: there is no field `000`: expected one of `as_written`, `comparator`, `point`,"
            " `up_to`, `of`, `rounding`",
            "24: decisions.D1.ground: `our` is not allowed here: did you mean `ours`?",
            "25: decisions.D2: expected exactly one of `correct`, `retract`, `assess`, `judge_identity`, `judge_membership`;"
            " found `key`, `reason`",
        ]

    def test_what_several_reports_share_is_told_once_and_where_it_stands(self, tmp_path: Path) -> None:
        """Not once for each of them, and not at the report's own line."""
        text = f"""\
{HEADER}{SUBJECTS}claims:
  - key: C01
    kind: exclusion_reported
    modality: plannd
    act: amnesty
    cite: the rest
    reports:
      - {{about: clerk}}
      - {{about: clerks}}
"""
        assert _told(tmp_path, text) == [
            "15: claims.C01.modality: `plannd` is not allowed here: did you mean `planned`?"
        ]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (
                "five",
                "expected a term with its unit, as {as_written: five years, duration: P5Y}, found `five`: a number or word alone",
            ),
            ("5", "expected a term with its unit"),
            (
                "P5Y",
                "expected the words of the source as well, as {as_written: five years, duration: P5Y}, found `P5Y`",
            ),
            ("[P5Y]", "expected a mapping with some of `as_written`, `duration`, `life`; found a list of 1"),
            ("{duration: P5Y, life: yes}", "expected true or false, found `yes`"),
        ],
    )
    def test_a_term_needs_its_words_and_its_unit(self, tmp_path: Path, value: str, expected: str) -> None:
        """`five` alone does not say of what."""
        text = f"{HEADER}{SUBJECTS}claims:\n  - {{key: C1, kind: sentence_reported, about: clerk, cite: x, term: {value}}}\n"

        (line,) = _told(tmp_path, text)

        assert line.startswith("13: claims.C1.term")
        assert expected in line

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ('"22"', "expected a whole number, found `22`: write 22"),
            ("10_000", "expected a whole number, found `10_000`: write 10000"),
            ("2.5", "expected a whole number, found `2.5`"),
            ("-0", None),
            ("99999999999999999999", "expected a whole number, found `99999999999999999999`"),
            ("", "expected a whole number, found nothing"),
        ],
    )
    def test_a_number_is_a_whole_number(self, tmp_path: Path, value: str, expected: str | None) -> None:
        """Without separators, and without quotation marks."""
        text = f"""\
{HEADER}{SUBJECTS}claims:
  - key: C1
    kind: count_reported
    about: amnesty
    cite: x
    count: {{measure: released, unit: person, quantity: {{as_written: x, comparator: exact, point: {value}}}}}
"""
        assert _told(tmp_path, text) == (
            [] if expected is None else [f"17: claims.C1.count.quantity.point: {expected}"]
        )

    def test_an_empty_value_is_refused(self, tmp_path: Path) -> None:
        """Silence is a field left out."""
        assert _told(tmp_path, WHOLE.replace("title: Clerks released", "title:")) == [
            "4: source.title: expected a text, found nothing: leave the field out"
        ]

    def test_record_stands_alone(self, tmp_path: Path) -> None:
        """What exists is not told anew."""
        text = WHOLE.replace("clerk: {sort: person}", "clerk: {record: x, sort: person, name: A}")

        assert _told(tmp_path, text) == [
            "7: subjects.clerk: `record` names what exists, so `sort`, `name` cannot stand beside it: remove one or the other"
        ]

    @pytest.mark.parametrize("name", ["../secret.txt", "/etc/passwd", "a/../../b", " "])
    def test_a_document_lies_below_the_file(self, tmp_path: Path, name: str) -> None:
        """A report file may come from anybody: it must not make other files of this machine part of the record."""
        (line,) = _told(tmp_path, WHOLE.replace("document: article.txt", f"document: '{name}'"))

        assert line == f"5: source.document: expected a path below this file's folder, found `{name}`"

    def test_a_document_is_named_without_a_nul(self, tmp_path: Path) -> None:
        """YAML can escape one, and no system can look for it."""
        (line,) = _told(tmp_path, WHOLE.replace("document: article.txt", 'document: "a\\0b"'))

        assert line == "5: source.document: expected a path below this file's folder, found `a\\x00b`"

    def test_a_document_is_no_pipe(self, tmp_path: Path) -> None:
        """Nobody writes to it, so that whoever reads it waits for ever."""
        os.mkfifo(tmp_path / "pipe.txt")

        (line,) = _told(tmp_path, WHOLE.replace("article.txt", "pipe.txt"))

        assert line == "5: source.document: expected a file, found the pipe `pipe.txt`"

    def test_a_document_by_a_link_out_of_the_folder_is_refused(self, tmp_path: Path) -> None:
        """Nor by a symbolic link."""
        folder = tmp_path / "reports"
        folder.mkdir()
        (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
        (folder / "link.txt").symlink_to(tmp_path / "secret.txt")

        (line,) = _told(folder, WHOLE.replace("article.txt", "link.txt"))

        assert line == "5: source.document: expected a path below this file's folder, found `link.txt`"

    def test_no_document_at_all(self, tmp_path: Path) -> None:
        """Either its bytes or their hash."""
        assert _told(tmp_path, WHOLE.replace("  document: article.txt\n", "")) == [
            "2: source: expected `document`, the captured bytes beside this file, or their `bytes_sha256`; found neither"
        ]

    def test_reviewed_stands_beside_a_tool(self, tmp_path: Path) -> None:
        """What a person read needs no review."""
        assert _told(tmp_path, f"reviewed: true\n{WHOLE}") == [
            "1: reviewed: stands beside `tool` only: what you read yourself needs no review"
        ]


class TestWholeFiles:
    """Files of which nothing can be read."""

    def test_too_large(self, tmp_path: Path) -> None:
        """Found by its size, before it is read."""
        path = tmp_path / "reports.yaml"
        with path.open("wb") as file:
            file.truncate(200_000_000)

        assert _refusal(path) == (
            f"expected a report file of at most {REPORT_FILE_BYTES_MAX:,} bytes, found 200,000,000 bytes"
        )

    def test_not_there(self, tmp_path: Path) -> None:
        """The reason is the system's."""
        assert (
            _refusal(tmp_path / "no.yaml")
            == "expected a report file, and cannot read it: No such file or directory"
        )

    def test_a_folder(self, tmp_path: Path) -> None:
        """Is no file."""
        assert _refusal(tmp_path) == "expected a report file, and cannot read it: Is a directory"

    def test_something_else(self, tmp_path: Path) -> None:
        """A list is no report file."""
        assert _told(tmp_path, "- a\n") == [
            "1: expected a report file, which begins with `set:` and `source:`; found a list of 1"
        ]

    @given(text=st.text(alphabet="abc: -{}[]\n\"'|>&*!%#0", max_size=80))
    def test_whatever_stands_there_is_read_or_refused(
        self, tmp_path_factory: pytest.TempPathFactory, text: str
    ) -> None:
        """Never with anything but a list of mistakes."""
        folder = tmp_path_factory.mktemp("any")
        with contextlib.suppress(RequestRefused):
            file = read_report(folder, text)
            assert file.located(file.mistakes)


class TestForms:
    """What may be written short."""

    def test_short_and_long_forms_are_one(self, tmp_path: Path) -> None:
        """A date, a text and a quote alone are what their mappings say."""
        long = WHOLE.replace("the clerks", "{as_written: the clerks}").replace(
            "cite: sentenced to five years in prison",
            "cite: [{quote: sentenced to five years in prison, zone: body}]",
        )

        assert read_report(tmp_path, long).request == read_report(tmp_path, WHOLE).request

    def test_dates_numbers_and_words_are_read_as_the_field_needs_them(self, tmp_path: Path) -> None:
        """A year is a date, and `no` is a word."""
        claim = RELEASED.replace("    act:", "    claimed: 2023\n    readings: [no, 7, true]\n    act:")
        (first,) = read_report(tmp_path, f"{HEADER}{SUBJECTS}claims:\n{claim}").request.claims

        body = first.reports[0].body
        assert body is not None
        assert body.claimed == ClaimedDate(edtf="2023", derivation=Derivation.STATED)
        assert body.readings == ("no", "7", "true")

    def test_json_lines_are_the_same_file(self, tmp_path: Path) -> None:
        """One object a line: the header, then subjects, claims and decisions."""
        yaml = f"""\
{HEADER}subjects:
  clerk: {{sort: person}}
claims:
  - {{key: C1, kind: sentence_reported, about: clerk, cite: five years, term: {{as_written: life, life: true}}}}
decisions:
  - {{key: D1, retract: C1, ground: ours, reason: So.}}
"""
        lines = """\
{"set": "test/one", "source": {"key": "article-one", "title": "Clerks released", "document": "article.txt"}}
{"subject": {"name_here": "clerk", "sort": "person"}}
{"claim": {"key": "C1", "kind": "sentence_reported", "about": "clerk", "cite": "five years", "term": {"as_written": "life", "life": true}}}
{"decision": {"key": "D1", "retract": "C1", "ground": "ours", "reason": "So."}}
"""
        file = read_report(tmp_path, lines, name="reports.jsonl")

        assert file.mistakes == ()
        assert file.request == read_report(tmp_path, yaml).request

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ('{"claims": []}', "expected one of"),
            ('{"claim": {}, "subject": {}}', "expected one of"),
            (
                '{"subject": {"sort": "person"}}',
                "expected a subject with its local name as `name_here`, found none",
            ),
        ],
    )
    def test_a_line_is_one_of_three(self, tmp_path: Path, line: str, expected: str) -> None:
        """And is told with its number."""
        header = '{"set": "a"}\n'
        path = write_report(tmp_path, header + line, name="reports.jsonl")

        with pytest.raises(RequestRefused) as refused:
            read_report_file(path)

        (mistake,) = refused.value.mistakes
        assert expected in mistake.message
        assert mistake.facts["line"] == 2

    def test_json_mistakes_have_their_line(self, tmp_path: Path) -> None:
        """As those of YAML have."""
        lines = """\
{"set": "a", "source": {"record": "x"}}

{"claim": {"key": "C1", "kind": "death_reported", "about": "x", "cite": []}}
{"claim": {"key": "C2"}}
"""
        assert [line.partition(":")[0] for line in _told(tmp_path, lines, name="a.jsonl")] == [
            "3",
            "4",
            "4",
            "4",
        ]

    def test_a_correction_has_its_report(self, tmp_path: Path) -> None:
        """The whole report anew."""
        claim = "{kind: sentence_reported, about: clerk, cite: x}"
        decisions = f"decisions:\n  - {{key: D1, correct: C02, reason: So., claim: {claim}}}\n"
        (correction,) = read_report(tmp_path, WHOLE + decisions).request.decisions

        assert isinstance(correction, Correction)
        assert isinstance(correction.correction.body, SentenceReported)


class TestGuide:
    """docs/report-files.md is the form that people write by."""

    def test_names_every_kind_field_and_value(self) -> None:
        """Whatever a file may say stands there in code marks or in a list of values."""
        guide = GUIDE.read_text(encoding="utf-8")
        structs: tuple[type[msgspec.Struct], ...] = (
            *REPORT_KINDS.values(),
            SourceRegistered,
            SubjectOpened,
            Count,
        )
        named = {field.name for struct in structs for field in fields_of(struct)} | REPORT_KINDS.keys()
        values = {
            value.value
            for struct in structs
            for field in fields_of(struct)
            for value in _values(field.type)
            if field.name != "held_in"
        }

        words = set(re.findall(r"[a-z_]+", guide))
        assert sorted(named - words) == []
        assert sorted(values - words) == []

    def test_every_example_is_yaml_that_is_read(self) -> None:
        """As `read_yaml` reads it."""
        blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

        assert len(blocks) >= 7
        for block in blocks:
            read_yaml(block if block[0] not in " -" else f"claims:\n{block}")

    def test_the_smallest_file_is_one(self, tmp_path: Path) -> None:
        """It has no mistakes."""
        smallest = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]

        assert _told(tmp_path, smallest) == []


def _values(wanted: inspect.Type) -> list[enum.Enum]:
    match wanted:
        case inspect.UnionType(types=types):
            return [value for one in types for value in _values(one)]
        case inspect.EnumType(cls=cls):
            return list(cls)
    return []
