"""Rules of reading a report file's text: a narrow YAML, each value with its line, nothing ever constructed."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app import report_nodes
from app.report_nodes import (
    DEPTH_MAX,
    Mapping,
    Node,
    NotReadable,
    Scalar,
    Sequence,
    decode_text,
    read_json_lines,
    read_yaml,
)


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return node.text
        case Sequence():
            return [_plain(item) for item in node.items]
        case Mapping():
            return {name: _plain(value) for name, value in node.items.items()}


@pytest.fixture(params=["C", "Python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parsers: where the wheel has none in C, the other one is used."""
    monkeypatch.setattr(
        report_nodes, "_LOADER", yaml.CSafeLoader if request.param == "C" else yaml.SafeLoader
    )


@pytest.mark.usefixtures("loader")
class TestReadYaml:
    """What is read, and what is refused with its line."""

    def test_values_are_the_words_they_look_like(self) -> None:
        """No date, number, truth value or octal is made of them here."""
        tree = read_yaml("a: 2025-12-22\nb: no\nc: 0123\nd: 1_000\ne: 12:30:45\nf: '7'\ng: ~\n")

        assert _plain(tree) == {
            "a": "2025-12-22",
            "b": "no",
            "c": "0123",
            "d": "1_000",
            "e": "12:30:45",
            "f": "7",
            "g": "~",
        }

    def test_each_value_knows_its_line_and_whether_it_was_quoted(self) -> None:
        """From 1; of a name the line of the name."""
        tree = read_yaml("a: x\n\nb:\n  - 'y'\n  - >-\n    z\n    z\n")

        assert isinstance(tree, Mapping)
        assert tree.lines == {"a": 1, "b": 3}
        assert tree.items["a"] == Scalar("x", plain=True, line=1)
        assert tree.items["b"] == Sequence(
            (Scalar("y", plain=False, line=4), Scalar("z z", plain=False, line=5)), 4
        )

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("a: 1\nb: 1\na: 2\n", 3, "`a` stands twice in one mapping (first on line 1)"),
            ("a: &x 1\n", 1, "expected a value, found the anchor `&x`: a report file has none"),
            ("a: 1\nb: *x\n", 2, "expected a value, found the alias `*x`: write it out"),
            ("a: !!python/object/apply:os.system [ls]\n", 1, "expected a value, found the tag"),
            ("a: !!str x\n", 1, "expected a value, found the tag"),
            ("a: 1\n---\nb: 2\n", 2, "expected one document, found a second one after `---`"),
            ("a: {<<: {b: 1}}\n", 1, "expected a name, found the merge key `<<`: write the fields out"),
            ("? [a]\n: b\n", 1, "expected a name before the colon, found a list or a mapping"),
            ("", 1, "expected a report file, found nothing in it"),
            ("# only this\n", 1, "expected a report file, found nothing in it"),
            ("a: b: c\n", 1, "expected YAML, found a fault: "),
            ("a: 'b\n", 2, "expected YAML, found a fault: "),
        ],
    )
    def test_refuses(self, text: str, line: int, reason: str) -> None:
        """Each with its line and what was expected."""
        with pytest.raises(NotReadable, match=re.escape(reason)) as refused:
            read_yaml(text)

        assert refused.value.line == line

    def test_an_alias_bomb_is_refused_at_its_first_anchor(self) -> None:
        """Nothing is ever multiplied."""
        bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
            for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        )

        with pytest.raises(NotReadable, match="found the anchor `&a`"):
            read_yaml(bomb)

    @pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
    def test_nesting_is_bounded(self, opening: str) -> None:
        """However deep, it ends in a sentence and not in a full stack."""
        with pytest.raises(NotReadable, match=f"expected at most {DEPTH_MAX} levels of nesting, found more"):
            read_yaml(opening * 900)

    def test_a_surrogate_escape_gives_a_sentence_or_is_left_to_the_field(self) -> None:
        """One parser refuses it, the other reads half a pair, which no field takes (`check_text`)."""
        with contextlib.suppress(NotReadable):
            assert _plain(read_yaml('a: "\\ud800"\n')) == {"a": "\ud800"}
            return
        with pytest.raises(NotReadable, match="half a surrogate pair"):
            read_yaml('a: "\\ud800"\n')

    @given(st.text(max_size=60))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        """With NotReadable and nothing else."""
        with contextlib.suppress(NotReadable):
            read_yaml(text)


class TestReadJsonLines:
    """The same tree from objects, one a line."""

    def test_reads_what_yaml_reads(self) -> None:
        """Numbers, truth values and null as they were written."""
        (one, two) = read_json_lines('{"a": [1.50, true, null, "x"]}\n\n{"b": {}}\r\n')

        assert (_plain(one), _plain(two)) == ({"a": ["1.50", "true", "null", "x"]}, {"b": {}})
        assert (one.line, two.line) == (1, 3)

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ('{"a": 1}\n{"a": 1, "a": 2}', 2, "`a` stands twice in one object"),
            ('{"a": 1}\n{"a": 1', 2, "expected JSON, found a fault at column "),
            ("[1]", 1, "expected an object `{…}` on each line, found something else"),
            ("[" * 100_000, 1, "expected at most 24 levels of nesting, found more"),
            (" \n", 1, "expected a report file, found nothing in it"),
        ],
    )
    def test_refuses(self, text: str, line: int, reason: str) -> None:
        """Each with its line."""
        with pytest.raises(NotReadable, match=re.escape(reason)) as refused:
            read_json_lines(text)

        assert refused.value.line == line


class TestDecodeText:
    """A file is text before it is anything else."""

    def test_a_byte_order_mark_is_no_character(self) -> None:
        """Some editors write one."""
        assert decode_text(b"\xef\xbb\xbfset: a") == "set: a"

    @pytest.mark.parametrize(
        ("raw", "line", "reason"),
        [
            (b"a: 1\nb: \xff\n", 2, "expected UTF-8, found the byte 0xff: save the file as UTF-8"),
            (b"a: 1\n\nb: \0\n", 3, "expected text, found U+0000 (NUL): remove it"),
            (b"\x1b[2J", 1, "expected text, found U+001B (a control character): remove it"),
            ("\ud800".encode("utf-8", "surrogatepass"), 1, "expected UTF-8, found the byte 0xed"),
        ],
    )
    def test_refuses(self, raw: bytes, line: int, reason: str) -> None:
        """With the line of what is wrong."""
        with pytest.raises(NotReadable, match=re.escape(reason)) as refused:
            decode_text(raw)

        assert (refused.value.line, refused.value.code) == (line, "TEXT_INVALID")


class TestStackedMarks:
    def test_a_tower_of_marks_is_refused(self) -> None:
        """Escaped too, in YAML and in JSON: normalising it would take for ever."""
        tower = "\\u0301\\u0323" * 400
        for read, text in ((read_yaml, f'set: "{tower}"'), (read_json_lines, f'{{"set": "{tower}"}}')):
            with pytest.raises(NotReadable, match="found more than 500 combining marks upon one letter"):
                read(text)
