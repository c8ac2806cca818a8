"""The text that a captured document shows, which is the text that quotes are checked against.

    plain/1  text/plain: the characters, decoded
    html/1   text/html: what the page carries to be read, in document order

Both give Unicode NFC with LF line ends, without a byte order mark or NUL. An extractor's name is stored beside the text's
hash: any change of what it gives for any bytes is a new name, and a new `snapshot_captured` over the same bytes.

What `html/1` does, on the tree of an HTML5 parser:

    kept      all text of the body: headings, captions, tables, quotations, lists, forms' labels and options; what style or
              script would hide as well, because a page that carries a sentence may be quoted for it
    left out  script, style, template, noscript, head with title, comments, attributes (alt too), and what stands in for an
              embedded thing: iframe, object, audio, video, canvas, the titles inside drawings
    layout    blocks are parted by a blank line, so that no sentence runs from one into the next; `<br>` is a line break; the
              cells of a row are parted by a tab, an empty one counted; inline elements add nothing
    space     a run of HTML white space is one space, none at the ends of a line; kept as written in pre and textarea;
              no-break spaces and soft hyphens are characters and stay

The encoding: byte order mark, else the charset of the media type, else that of `<meta>` in the first 1,024 bytes, else UTF-8;
labels as in the WHATWG Encoding Standard. Bytes that are not of the encoding refuse the document: a guess is no evidence.

Absent on purpose: choosing the "main" text (a caption left out is a true quote refused), style sheets, running scripts, PDF.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from events.errors import TextInvalid, TooLarge
from events.kinds import CaptureProblem
from events.normalisation import REMOVED, STACKED_MAX, WHITE_SPACE, stacked_marks

RAW_BYTES_MAX: Final = 20 * 1024 * 1024
PLAIN: Final = "plain/1"
HTML: Final = "html/1"

_NESTING_MAX: Final = 1000
_PRESCAN_BYTES: Final = 1024

_LEFT_OUT: Final = frozenset(
    """
    head title script style template noscript iframe object noembed noframes audio video canvas datalist
    desc metadata annotation annotation-xml
    """.split()
)
_BLOCKS: Final = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
    form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu nav ol optgroup option p plaintext pre
    search section select summary table tbody textarea tfoot thead tr ul xmp
    """.split()
)
_CELLS: Final = frozenset({"td", "th"})
_AS_WRITTEN: Final = frozenset({"pre", "textarea", "listing", "xmp", "plaintext"})
# No end tag is needed, or none is possible: they do not nest by being left open.
_NOT_NESTING: Final = frozenset(
    """
    area base br col embed hr img input link meta param source track wbr p li dt dd option optgroup tr td th thead tbody
    tfoot colgroup caption rp rt html head body
    """.split()
)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_META_CHARSET: Final = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]+)", re.IGNORECASE)
_MARKUP_START: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|title|meta|script|style|link|table|div|p|h1|article|section|main|header|a|b|br|iframe)\b",
    re.IGNORECASE | re.DOTALL,
)
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OTHER_SHAPES: Final = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or a recording"),
    (b"WARC/", "a web archive"),
)
# WHATWG labels of the encodings that pages of the last decades are in, and Python's name of what browsers read there. A list,
# because `codecs.lookup` would also run "rot13" or "unicode_escape" at a page's word.
ENCODINGS: Final = {
    label: codec
    for codec, labels in {
        "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
        "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 l1 ascii us-ascii",
        "cp1250": "windows-1250 cp1250",
        "cp1251": "windows-1251 cp1251",
        "cp1253": "windows-1253 cp1253",
        "cp1254": "windows-1254 cp1254 iso-8859-9 iso8859-9 latin5 l5",
        "cp1255": "windows-1255 cp1255",
        "cp1256": "windows-1256 cp1256",
        "cp1257": "windows-1257 cp1257",
        "cp1258": "windows-1258 cp1258",
        "iso8859-2": "iso-8859-2 iso8859-2 latin2 l2",
        "iso8859-5": "iso-8859-5 iso8859-5 cyrillic",
        "iso8859-6": "iso-8859-6 iso8859-6 arabic",
        "iso8859-7": "iso-8859-7 iso8859-7 greek",
        "iso8859-15": "iso-8859-15 iso8859-15 latin9 l9",
        "koi8-r": "koi8-r koi8",
        "koi8-u": "koi8-u koi8-ru",
        "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
        "cp866": "ibm866 cp866 866",
        "gb18030": "gb18030 gbk gb2312 gb_2312-80 x-gbk",
        "big5hkscs": "big5 big5-hkscs",
        "euc_jp": "euc-jp x-euc-jp",
        "cp932": "shift_jis shift-jis sjis windows-31j x-sjis",
        "cp949": "euc-kr ks_c_5601-1987 windows-949",
        "utf-16-le": "utf-16 utf-16le",
        "utf-16-be": "utf-16be",
    }.items()
    for label in labels.split()
}


class ExtractedText(msgspec.Struct, frozen=True):
    """The visible text of a document, NFC with LF, and the name and version of what took it."""

    text: str
    extractor: str


def extract(raw: bytes, media_type: str) -> ExtractedText:
    """The visible text of `raw`; `media_type` is `text/plain` or `text/html`, with or without a charset.

    Raises TooLarge above 20 MiB; TextInvalid (fact `problem`, a CaptureProblem) for bytes that are not text of the encoding
    (unreadable), for another type (wrong_shape) and where no text is left (empty).
    """
    _refuse_too_large(raw)
    essence, charset = _parsed_media_type(media_type)
    if essence == "text/plain":
        found = ExtractedText(_tidied(_decoded(raw, charset=charset or "utf-8")), PLAIN)
    elif essence in ("text/html", "application/xhtml+xml"):
        markup = _decoded(raw, charset=charset or _declared_charset(raw) or "utf-8")
        found = ExtractedText(_tidied(_visible_text(markup)), HTML)
    else:
        raise _unusable(
            CaptureProblem.WRONG_SHAPE,
            f"‘{essence}’ cannot be read yet, only text/plain and text/html can: save the document as one of them.",
        )
    if not found.text.strip(WHITE_SPACE + REMOVED):
        raise _unusable(CaptureProblem.EMPTY, "The document shows no text.")
    return found


def sniff(raw: bytes) -> str:
    """The media type that the bytes themselves show: `text/html` or `text/plain`.

    Raises TooLarge, and TextInvalid (fact `problem`) for what is neither: PDF, office documents, images, other binary.
    """
    _refuse_too_large(raw)
    if not raw.strip():
        raise _unusable(CaptureProblem.EMPTY, "The document is empty.")
    for magic, shape in _OTHER_SHAPES:
        if raw.startswith(magic):
            raise _unusable(
                CaptureProblem.WRONG_SHAPE,
                f"The document is {shape}. Only plain text and HTML can be read so far:"
                " save it as one of them, or copy its text into a file.",
            )
    codec, mark = _byte_order_mark(raw)
    if codec is None and b"\x00" in raw:
        raise _unusable(
            CaptureProblem.WRONG_SHAPE, "The document is binary. Only plain text and HTML can be read so far."
        )
    # Latin-1 takes any byte, and markup is ASCII in every encoding listed.
    start = raw[len(mark) : 2 * _PRESCAN_BYTES].decode(codec or "latin-1", errors="ignore")
    return "text/html" if _MARKUP_START.match(start) else "text/plain"


def _visible_text(markup: str) -> str:
    _refuse_deep_nesting(markup)
    root = LexborHTMLParser(markup).root
    page = _Page()
    if root is not None:
        _read(root, page)
    return page.text()


def _read(root: LexborNode, page: _Page) -> None:
    """Walk the tree without recursion: a page nests deeper than Python calls."""
    as_written = 0
    for node, entering in _walk(root):
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            page.write_as_is(text) if as_written else page.write(text)
            continue
        if tag in _AS_WRITTEN:
            as_written += 1 if entering else -1
        if tag == "br" and entering:
            page.break_line()
        elif tag in _CELLS:
            page.begin_cell(is_first=not _follows_cell(node)) if entering else page.end_cell()
        elif tag in _BLOCKS:
            page.break_block()


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node in document order, on entering (True) and, unless it is text, on leaving (False)."""
    stack = [(root, True)]
    while stack:
        node, entering = stack.pop()
        if entering and node.tag in _LEFT_OUT:
            continue
        yield node, entering
        if not entering or node.tag == "-text":
            continue
        stack.append((node, False))
        child = node.last_child
        while child is not None:
            stack.append((child, True))
            child = child.prev


def _follows_cell(node: LexborNode) -> bool:
    before = node.prev
    while before is not None and before.tag not in _CELLS:
        before = before.prev
    return before is not None


class _Page:
    """The text so far, and the gap that the next character will have before it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._newlines = 0
        self._tabs = 0
        self._space = False
        self._newlines_before_row = 0
        self._cell_is_empty = False

    def text(self) -> str:
        return "".join(self._pieces)

    def write(self, text: str) -> None:
        """Add text whose white space is collapsed, joining over the borders of inline elements."""
        collapsed = _SPACE.sub(" ", text)
        self._space |= collapsed.startswith(" ")
        if words := collapsed.strip(" "):
            self._append(words)
            self._space = collapsed.endswith(" ")

    def write_as_is(self, text: str) -> None:
        """Add text with its own lines and spaces."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.break_line()
            if line:
                self._append(line)

    def break_line(self) -> None:
        self._newlines += 1
        self._space = False

    def break_block(self) -> None:
        # What opens inside a cell begins where the cell does, or every table made of divs would lose its rows.
        if not self._cell_is_empty:
            self._newlines, self._tabs, self._space = max(self._newlines, 2), 0, False

    def begin_cell(self, *, is_first: bool) -> None:
        if is_first:
            self._newlines_before_row = self._newlines
        else:
            # Blocks that ended the cell before part nothing here, but in a row of empty cells so far it is still the row's gap.
            self._newlines, self._tabs = self._newlines_before_row, self._tabs + 1
        self._cell_is_empty = True

    def end_cell(self) -> None:
        self._cell_is_empty = False

    def _append(self, words: str) -> None:
        if self._pieces:
            self._pieces.append("\n" * self._newlines + "\t" * self._tabs or " " * self._space)
        self._pieces.append(words)
        self._newlines, self._tabs, self._space = 0, 0, False
        self._newlines_before_row, self._cell_is_empty = 0, False


def _refuse_deep_nesting(markup: str) -> None:
    # The parser's time grows with the square of the depth: 200,000 open divs took it five minutes.
    depth = 0
    still_open: Counter[str] = Counter()
    for closing, name in _TAG.findall(markup):
        tag = name.lower()
        if tag in _NOT_NESTING:
            continue
        if not closing:
            still_open[tag] += 1
            depth += 1
        elif still_open[tag]:
            still_open[tag] -= 1
            depth -= 1
        if depth > _NESTING_MAX:
            raise _unusable(
                CaptureProblem.UNREADABLE,
                f"The page nests more than {_NESTING_MAX} elements in one another, as no page does.",
            )


def _tidied(text: str) -> str:
    if (place := stacked_marks(text)) is not None:
        raise _unusable(
            CaptureProblem.UNREADABLE,
            f"At character {place} more than {STACKED_MAX} combining marks stand upon one letter, as in no text.",
        )
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded(raw: bytes, *, charset: str) -> str:
    codec, mark = _byte_order_mark(raw)
    codec = codec or ENCODINGS.get(charset.lower())
    if codec is None:
        raise _unusable(
            CaptureProblem.UNREADABLE,
            f"‘{charset}’ is no encoding known here: give the right one, as in `text/html; charset=windows-1251`.",
        )
    try:
        text = raw[len(mark) :].decode(codec)
    except UnicodeDecodeError as error:
        raise _unusable(
            CaptureProblem.UNREADABLE,
            f"The document is not {codec}: byte {len(mark) + error.start} (from 0) does not fit."
            " Give its encoding, as in `text/html; charset=windows-1251`.",
        ) from error
    if "\x00" in text:
        raise _unusable(
            CaptureProblem.UNREADABLE,
            f"The document holds a NUL at character {text.index(chr(0))}: it is not text.",
        )
    return text


def _byte_order_mark(raw: bytes) -> tuple[str | None, bytes]:
    return next(((codec, mark) for mark, codec in _BYTE_ORDER_MARKS if raw.startswith(mark)), (None, b""))


def _declared_charset(raw: bytes) -> str | None:
    match = _META_CHARSET.search(raw[:_PRESCAN_BYTES])
    if match is None:
        return None
    label = match[1].decode("ascii")
    # HTML 13.2.3.2: a declaration that could be read cannot be in UTF-16.
    return "utf-8" if label.lower().startswith("utf-16") else label


def _parsed_media_type(media_type: str) -> tuple[str, str | None]:
    essence, *parameters = (part.strip() for part in media_type.split(";"))
    charset = next((value for part in parameters if (value := _charset_of(part))), None)
    return essence.lower(), charset


def _charset_of(parameter: str) -> str | None:
    name, _, value = parameter.partition("=")
    return value.strip().strip("\"'") if name.strip().lower() == "charset" else None


def _refuse_too_large(raw: bytes) -> None:
    if len(raw) > RAW_BYTES_MAX:
        raise TooLarge(
            f"The document has {len(raw)} bytes, and at most {RAW_BYTES_MAX} (20 MiB) are taken: capture the page alone.",
            actual=len(raw),
            maximum=RAW_BYTES_MAX,
        )


def _unusable(problem: CaptureProblem, message: str) -> TextInvalid:
    return TextInvalid(message, problem=problem.value)
