"""The full visible text of a captured document, which quotes are checked against."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import LedgerError, TextInvalid, TooLarge
from events.extraction import ENCODINGS, HTML, PLAIN, RAW_BYTES_MAX, ExtractedText, extract, sniff

MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<b>",
            "</b>",
            "<br>",
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<pre>",
            "</pre>",
        ]
        + [
            "<script>",
            "</script>",
            "<!--",
            "-->",
            "&amp;",
            "&#13;",
            "&nbsp;",
            "<svg>",
            "<title>",
            "<li>",
            "\r\n",
            " ",
            "x",
        ]
        + ["e\u0301", "<textarea>", "</textarea>", "\t", "<template>", "</template>", "<select><option>", "<"]
    ),
    max_size=40,
).map("".join)


def visible(markup: str) -> str:
    """The text of a page, of which only the body matters."""
    return extract(markup.encode(), "text/html").text


def refusal(raw: bytes, media_type: str) -> LedgerError:
    """How the document is refused."""
    with pytest.raises(LedgerError) as caught:
        extract(raw, media_type)
    return caught.value


class TestExtractPlain:
    def test_gives_the_characters(self) -> None:
        """The text is what was sent, in NFC, with LF and without the byte order mark."""
        raw = "\ufeffOne\r\nTwo\rThree e\u0301\n\u00a0".encode()

        assert ExtractedText("One\nTwo\nThree é\n\u00a0", PLAIN) == extract(raw, "text/plain")

    def test_reads_the_charset_given(self) -> None:
        """A text in an older encoding is read where the encoding is stated, in any case and quotes."""
        raw = "Освобождён".encode("cp1251")

        assert "Освобождён" == extract(raw, 'text/plain; Charset="Windows-1251"').text

    def test_reads_utf_16_by_its_mark(self) -> None:
        """A byte order mark is stronger than what is stated."""
        assert "azad" == extract("\ufeffazad".encode("utf-16-le"), "text/plain; charset=utf-8").text
        assert "azad" == extract("\ufeffazad".encode("utf-16-be"), "text/plain").text

    def test_refuses_bytes_of_another_encoding(self) -> None:
        """Nothing is guessed or replaced: the first byte that does not fit is told."""
        error = refusal(b"Azad \xfe", "text/plain")

        assert isinstance(error, TextInvalid)
        assert (
            "The document is not utf-8: byte 5 (from 0) does not fit."
            " Give its encoding, as in `text/html; charset=windows-1251`."
        ) == error.message
        assert {"problem": "unreadable"} == error.facts

    @pytest.mark.parametrize("charset", ["klingon", "rot13", "unicode_escape", "utf-7", "idna"])
    def test_refuses_an_unknown_encoding(self, charset: str) -> None:
        """Only encodings of the list are read: a page cannot have its bytes run through any codec there is."""
        error = refusal(b"Azad", f"text/plain; charset={charset}")

        assert (
            f"‘{charset}’ is no encoding known here: give the right one, as in `text/html; charset=windows-1251`."
        ) == error.message
        assert {"problem": "unreadable"} == error.facts

    def test_knows_its_encodings(self) -> None:
        """Every label of the list leads to a codec that there is."""
        for label in ENCODINGS:
            assert "azad" == extract("azad".encode(ENCODINGS[label]), f"text/plain; charset={label}").text

    def test_refuses_a_nul(self) -> None:
        """What holds a NUL is no text, and could not be stored as one."""
        error = refusal(b"Azad\x00", "text/plain")

        assert "The document holds a NUL at character 4: it is not text." == error.message
        assert {"problem": "unreadable"} == error.facts

    @pytest.mark.parametrize("raw", [b"", b" \n\t", "\ufeff\u200b".encode()])
    def test_refuses_what_shows_nothing(self, raw: bytes) -> None:
        """An empty document gives nothing to quote."""
        error = refusal(raw, "text/plain")

        assert "The document shows no text." == error.message
        assert {"problem": "empty"} == error.facts

    def test_refuses_another_type(self) -> None:
        """What cannot be read yet is said to be so."""
        error = refusal(b"%PDF-1.7", "application/pdf")

        assert (
            "‘application/pdf’ cannot be read yet, only text/plain and text/html can: save the document as one of them."
        ) == error.message
        assert {"problem": "wrong_shape"} == error.facts

    def test_refuses_more_than_20_mib(self) -> None:
        """The limit is exact, and said."""
        assert RAW_BYTES_MAX == len(extract(b"a" * RAW_BYTES_MAX, "text/plain").text)

        error = refusal(b"a" * (RAW_BYTES_MAX + 1), "text/plain")

        assert isinstance(error, TooLarge)
        assert (
            "The document has 20971521 bytes, and at most 20971520 (20 MiB) are taken: capture the page alone."
        ) == error.message


class TestExtractHtml:
    def test_parts_blocks_and_joins_inlines(self) -> None:
        """No sentence runs from one block into the next, and no word falls apart."""
        assert "One two\n\nthreefour" == visible("<p>One <b>two</b></p><p><i>three</i><b>four</b></p>")

    @pytest.mark.parametrize(
        "tag", ["div", "h1", "h6", "li", "blockquote", "section", "figcaption", "dt", "option"]
    )
    def test_knows_blocks(self, tag: str) -> None:
        """A block is parted from the text before and after it."""
        assert "a\n\nb\n\nc" == visible(f"a<{tag}>b</{tag}>c")

    def test_collapses_white_space(self) -> None:
        """A run is one space, none at the ends of a block, across inline elements too; a no-break space is a character."""
        markup = "<p>  a \n <b> b</b>  <i> </i>c\t</p> <p>d\u00a0 e&nbsp;</p>"

        assert "a b c\n\nd\u00a0 e\u00a0" == visible(markup)

    def test_breaks_lines(self) -> None:
        """`<br>` is one line break, two are a blank line; white space beside it is none."""
        assert "a\nb\n\nc" == visible("a <br> b<br><br>c<br>")

    def test_keeps_preformatted_lines(self) -> None:
        """In `<pre>` and `<textarea>` lines and spaces stay as written."""
        assert "x\n\na\n  b\n\n\nc  d\n\ny" == visible("x<pre>\na\n  <b>b</b>\r\n\n\nc  d\n</pre>y")
        assert "x\n\n a\n b" == visible("x<textarea> a\n b</textarea>")
        assert "a  b\n\nc d" == visible("<pre>a  b</pre><p>c  d")

    def test_keeps_captions(self) -> None:
        """A quote in a caption is a true quote: of pictures and of tables."""
        markup = "<figure><img alt='no'><figcaption>Outside the court</figcaption></figure><table><caption>Freed</caption></table>"

        assert "Outside the court\n\nFreed" == visible(markup)

    @pytest.mark.parametrize(
        ("markup", "expected"),
        [
            pytest.param("<tr><td>a<td>b<tr><td>c<td>d", "a\tb\n\nc\td", id="plain"),
            pytest.param("<tr><td></td><td>b</td></tr>", "x\n\n\tb", id="empty first"),
            pytest.param("<tr><td>a<td><td>c", "a\t\tc", id="empty between"),
            pytest.param("<tr><td>a<td><tr><td>b", "a\n\nb", id="empty last"),
            pytest.param("<tr><th>a</th> <td> b </td></tr>", "a\tb", id="white space between"),
            pytest.param("<tr><td><p>a</p></td><td><div>b</div></td></tr>", "a\tb", id="blocks in cells"),
            pytest.param("<tr><td><p>a<p>b</td><td>c", "a\n\nb\tc", id="two blocks in a cell"),
            pytest.param(
                "<tr><td>a<td><table><tr><td>b<td>c</table><td>d", "a\tb\tc\td", id="a table in a cell"
            ),
            pytest.param("<thead><tr><th>a<tbody><tr><td>b", "a\n\nb", id="head and body"),
        ],
    )
    def test_lays_out_tables(self, markup: str, expected: str) -> None:
        """The cells of a row are parted by a tab, an empty one counted; rows are blocks."""
        before = "x" if expected.startswith("x") else ""

        assert expected == visible(f"{before}<table>{markup}</table>")

    def test_keeps_what_is_hidden(self) -> None:
        """What the page carries may be quoted, whatever its style and scripts would do with it."""
        assert "a\n\nb\n\nc" == visible("<p>a<p style='display:none'>b<details hidden>c</details>")

    @pytest.mark.parametrize(
        "tag",
        [
            "script",
            "style",
            "template",
            "noscript",
            "iframe",
            "object",
            "audio",
            "video",
            "canvas",
            "datalist",
        ],
    )
    def test_leaves_out_what_is_not_read(self, tag: str) -> None:
        """Code, and what stands in for an embedded thing, is no text of the page; it leaves no gap."""
        assert "ab" == visible(f"a<{tag}>no</{tag}>b")

    def test_leaves_out_head_comments_and_attributes(self) -> None:
        """The title is no sentence of the page; a drawing's title is not either, its text is."""
        markup = (
            "<!doctype html><html><head><title>no</title></head><body title='no'>a<!-- no -->b"
            "<svg><title>no</title><desc>no</desc><text>c</text></svg><input value='no'>"
        )

        assert "abc" == visible(markup)

    def test_decodes_entities(self) -> None:
        """What is written as an entity is the character; a wrong one is marked as a browser marks it."""
        assert "ə & < é \u00ad\ufffd" == visible("&#x259; &amp; &lt; e&#769; &shy;&#xD800;")

    def test_survives_deep_nesting(self) -> None:
        """No page is too deep for the walk; beyond a thousand levels it is refused before it can stall the parser."""
        assert "x" == visible("<div>" * 1000 + "x")

        error = refusal(b"<div>" * 1001, "text/html")

        assert "The page nests more than 1000 elements in one another, as no page does." == error.message
        assert {"problem": "unreadable"} == error.facts

    def test_takes_unclosed_paragraphs_for_no_nesting(self) -> None:
        """End tags that HTML lets a writer leave out may be left out any number of times."""
        assert 2000 == len(visible("<p>x" * 2000).split())

    @pytest.mark.parametrize(
        ("raw", "media_type"),
        [
            pytest.param("<p>Ә".encode(), "text/html", id="utf-8 by default"),
            pytest.param(b"<meta charset=koi8-r><p>" + "Я".encode("koi8-r"), "text/html", id="meta charset"),
            pytest.param(
                b'<META http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>'
                + "Я".encode("cp1251"),
                "text/html",
                id="meta http-equiv",
            ),
            pytest.param(
                b"<meta charset=koi8-r><p>" + "Я".encode("cp1251"),
                "text/html;charset=cp1251",
                id="media type first",
            ),
            pytest.param(
                b"\xef\xbb\xbf<meta charset=koi8-r><p>" + "Я".encode(),
                "text/html; charset=cp1251",
                id="mark first of all",
            ),
            pytest.param(b"<meta charset=utf-16><p>" + "Я".encode(), "text/html", id="meta cannot be UTF-16"),
            pytest.param("<p>Я".encode(), "application/xhtml+xml", id="xhtml"),
        ],
    )
    def test_finds_the_encoding(self, raw: bytes, media_type: str) -> None:
        """Mark, then media type, then the page's own word, then UTF-8."""
        assert extract(raw, media_type).text in ("Я", "Ә")

    def test_names_itself(self) -> None:
        """The extractor's name and version are stored with the text's hash."""
        assert ExtractedText("a", "html/1") == extract(b"<p>a", "text/html")
        assert ("html/1", "plain/1") == (HTML, PLAIN)

    def test_refuses_a_page_without_text(self) -> None:
        """A page of code alone shows nothing."""
        assert {"problem": "empty"} == refusal(b"<title>x</title><script>x</script>", "text/html").facts

    @given(MARKUP)
    def test_is_tidy(self, markup: str) -> None:
        """Whatever the markup, the text is NFC with LF, begins with text, and is the same at every reading."""
        try:
            text = visible(markup)
        except TextInvalid:
            return

        assert text == unicodedata.normalize("NFC", text)
        assert "\r" not in text
        assert text == visible(markup)

    @given(
        st.lists(st.text(st.sampled_from("abcdə"), min_size=1), min_size=1),
        st.sampled_from(["p", "li", "b", "td"]),
    )
    def test_keeps_every_word(self, words: list[str], tag: str) -> None:
        """No word is lost or falls apart, however it is wrapped."""
        markup = " ".join(f"<{tag}>{word}</{tag}>" for word in words)

        assert words == visible(markup).split()


class TestSniff:
    @pytest.mark.parametrize(
        "raw",
        [
            b"<!DOCTYPE html><p>a",
            b"\n <html>",
            b"\xef\xbb\xbf<html>",
            b"<!-- a -->\n<!-- b --><body>",
            b'<?xml version="1.0"?>\n<!DOCTYPE html>',
            b"<p class=x>a",
            "\ufeff<html>".encode("utf-16-le"),
        ],
    )
    def test_knows_a_page(self, raw: bytes) -> None:
        """What begins as markup is a page, whatever its file is called."""
        assert "text/html" == sniff(raw)

    @pytest.mark.parametrize(
        "raw",
        [
            b"He is free.",
            b"<3 to all",
            b"a <p> b",
            b"<pre-trial>",
            "\ufeffazad".encode("utf-16-be"),
            b"\xff\xfe",
        ],
    )
    def test_takes_the_rest_for_text(self, raw: bytes) -> None:
        """What does not begin as markup is plain text, if it is no known binary."""
        assert "text/plain" == sniff(raw)

    @pytest.mark.parametrize(
        ("raw", "shape"),
        [
            (b"%PDF-1.7\n", "a PDF"),
            (b"PK\x03\x04docx", "a ZIP archive or an office document"),
            (b"\x89PNG\r\n", "an image"),
            (b"\x1f\x8b\x08", "gzip"),
        ],
    )
    def test_refuses_what_is_neither(self, raw: bytes, shape: str) -> None:
        """A PDF and the like come later: what to do instead is said."""
        with pytest.raises(TextInvalid) as caught:
            sniff(raw)

        assert (
            f"The document is {shape}. Only plain text and HTML can be read so far:"
            " save it as one of them, or copy its text into a file."
        ) == caught.value.message
        assert {"problem": "wrong_shape"} == caught.value.facts

    def test_refuses_other_binary(self) -> None:
        """A NUL outside UTF-16 is no text of any kind."""
        with pytest.raises(
            TextInvalid, match=r"^The document is binary\. Only plain text and HTML can be read so far\.$"
        ):
            sniff(b"SQLite format 3\x00")

    @pytest.mark.parametrize("raw", [b"", b" \n"])
    def test_refuses_nothing(self, raw: bytes) -> None:
        """An empty file is of no type."""
        with pytest.raises(TextInvalid, match=r"^The document is empty\.$") as caught:
            sniff(raw)

        assert {"problem": "empty"} == caught.value.facts

    def test_refuses_more_than_20_mib(self) -> None:
        """Size comes before everything else."""
        with pytest.raises(TooLarge):
            sniff(b"%" * (RAW_BYTES_MAX + 1))


class TestStackedMarks:
    def test_a_tower_of_marks_is_refused_at_once(self) -> None:
        """Normalising it would sort it in quadratic time: hours for a megabyte."""
        with pytest.raises(
            TextInvalid, match="At character 1 more than 500 combining marks stand upon one letter"
        ):
            extract(("e" + "\u0301\u0323" * 500_000).encode(), "text/plain")

    def test_marks_that_writing_has_are_taken(self) -> None:
        """Vietnamese and pointed Hebrew stack two or three; what people pile up for fun is text as well."""
        text = "e\u0323\u0302 and z" + "\u0301\u0323" * 250

        assert extract(text.encode(), "text/plain").text == unicodedata.normalize("NFC", text)
