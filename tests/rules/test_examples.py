"""Rules of the examples: one set of claims on two documents, a follow-up told in our own words, and no sentence of the article in this
repository.

The article and the table of its claims lie outside the repository (`../shared`), where they are present at all; what needs them is
skipped without them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

import pytest
import yaml

from events.citations import Quote, locate
from events.normalisation import normalised
from tests.rules.repository import ROOT, kept_files

RESTATED: Final = ROOT / "examples" / "amnesty-2025-12"
ARTICLE: Final = ROOT / "examples" / "oc-media-2025-12"
FOLLOW_UP: Final = ROOT / "examples" / "amnesty-2025-follow-up"
FOLLOW_UP_FILES: Final = sorted(FOLLOW_UP.glob("*.yaml"))
SHARED: Final = ROOT.parent / "shared"
OURS_ALONE: Final = frozenset({"examples"})
"""The subject of the first example that the second has no use for: the publisher of the restatement."""

_WORDED: Final = frozenset({"as_written", "statement", "class_of_people", "population"})
_OFFICES: Final = (
    "Risk Assessment and Management Department of the Main Customs Administration for Excisable Goods"
    " of the State Customs Committee",
    "Neftchala Executive Committee for Socio-Political and Humanitarian Affairs",
    "Prosecutor General's Office",
)
_ADDRESS: Final = re.compile(r"https?://\S+")
_ROW: Final = re.compile(r"^\| (C\d\d) \| (\d+)–(\d+) \| (.+?) \|", re.MULTILINE)

Tree = dict[str, object]

needs_article = pytest.mark.skipif(
    not (SHARED / "seed-article.txt").exists(), reason="the article is not here"
)


def _read(folder: Path) -> Tree:
    return _read_file(folder / "reports.yaml")


def _read_file(path: Path) -> Tree:
    tree = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(tree, dict)
    return tree


def _list(tree: Tree, name: str) -> list[Tree]:
    found = tree.get(name, [])
    assert isinstance(found, list)
    return found


def _claims(folder: Path) -> list[Tree]:
    return _list(_read(folder), "claims")


def _subjects(folder: Path) -> dict[str, Tree]:
    found = _read(folder)["subjects"]
    assert isinstance(found, dict)
    return found


def _without_words(value: object, *, under: str = "") -> object:
    """The claim without its citations and without the words that each document has its own of."""
    if isinstance(value, dict):
        return {name: _without_words(part, under=name) for name, part in value.items() if name != "cite"}
    if isinstance(value, list):
        return [_without_words(part, under=under) for part in value]
    return "…" if under in _WORDED else value


def _words(value: object, *, under: str = "") -> Iterator[str]:
    """Every text of a claim that is said to stand in its document; of one with an ellipsis each part."""
    match value:
        case dict():
            for name, part in value.items():
                yield from _words(part, under=name)
        case list():
            for part in value:
                yield from _words(part, under=under)
        case str() if under in _WORDED | {"offences", "class_of_people"}:
            yield from value.split(" … ")


def _citations(claim: Tree) -> list[Tree]:
    cite = claim["cite"]
    assert isinstance(cite, str | dict | list)
    listed = cite if isinstance(cite, list) else [cite]
    return [{"quote": one} if isinstance(one, str) else one for one in listed]


def _span(citation: Tree) -> tuple[int, int]:
    ends = _list(citation, "span")
    return int(str(ends[0])), int(str(ends[1]))


def _article() -> str:
    return (SHARED / "seed-article.txt").read_text(encoding="utf-8")


def table_of_claims() -> dict[str, tuple[int, int, str]]:
    """The rows of the table of claims: where each stands, and its quote."""
    table = (SHARED / "seed-claims.md").read_text(encoding="utf-8")
    return {key: (int(start), int(end), quote) for key, start, end, quote in _ROW.findall(table)}


def _runs(text: str, *, words: int) -> AbstractSet[tuple[str, ...]]:
    """Every run of so many words of a text, names of offices and addresses left out of it."""
    plain = normalised(_ADDRESS.sub(" ¶ ", text))
    for office in _OFFICES:
        plain = plain.replace(office, " ¶ ")
    found = re.findall(r"\w+|¶", plain.casefold())
    runs = (tuple(found[place : place + words]) for place in range(len(found) - words + 1))
    return {run for run in runs if "¶" not in run}


class TestOneSetOfClaims:
    def test_both_files_have_the_same_claims(self) -> None:
        """What is claimed differs in nothing but the citations and the words of the documents."""
        restated, article = (_without_words(_claims(folder)) for folder in (RESTATED, ARTICLE))

        assert article == restated

    def test_both_files_have_the_same_subjects(self) -> None:
        """The keys differ, by one prefix, so that both files can be recorded in one ledger."""
        restated = {
            name: {**subject, "key": f"article-{subject['key']}"}
            for name, subject in _subjects(RESTATED).items()
            if name not in OURS_ALONE
        }

        assert _subjects(ARTICLE) == restated

    def test_every_row_of_the_table_has_its_claim(self) -> None:
        """C01 to C34; C14 alone gives no report: it is a label in the attribution of C12 and C13."""
        expected = [f"C{number:02}" for number in range(1, 35) if number != 14]

        assert [claim["key"] for claim in _claims(RESTATED)] == expected

    def test_the_label_of_c14_is_theirs(self) -> None:
        """`pro-government` stands in the attribution to APA, as the describer's word, and nowhere else as ours."""
        labels = {
            str(claim["key"]): [link.get("label") for link in _list(claim, "attribution")]
            for claim in _claims(ARTICLE)
            if claim["key"] in ("C12", "C13")
        }

        assert labels == {"C12": ["pro-government"], "C13": ["pro-government"]}


class TestOwnWords:
    def test_the_first_line_says_what_the_document_is(self) -> None:
        """Nobody is to take the restatement for the article."""
        first = (RESTATED / "source.txt").read_text(encoding="utf-8").splitlines()[0]

        assert first.startswith("This is a restatement, in our own words, of what a news article published.")

    def test_every_quote_stands_once_in_the_restatement(self) -> None:
        """`locate` refuses what is absent or ambiguous."""
        text = (RESTATED / "source.txt").read_text(encoding="utf-8")

        for claim in _claims(RESTATED):
            for citation in _citations(claim):
                assert locate(text, Quote(exact=str(citation["quote"]))).exact

    def test_words_said_to_be_the_documents_are(self) -> None:
        """What is given `as_written`, and every other text of the source, stands in the restatement."""
        text = normalised((RESTATED / "source.txt").read_text(encoding="utf-8")).casefold()

        assert [
            words for words in _words(_claims(RESTATED)) if normalised(words).casefold() not in text
        ] == []

    def test_the_article_is_cited_by_spans_alone(self) -> None:
        """The repository holds no sentence that we did not write."""
        citations = [citation for claim in _claims(ARTICLE) for citation in _citations(claim)]

        assert [citation for citation in citations if not {"span"} <= set(citation) <= {"span", "zone"}] == []

    @needs_article
    @pytest.mark.parametrize("folder", [RESTATED, ARTICLE, FOLLOW_UP], ids=lambda folder: folder.name)
    def test_no_run_of_six_words_of_the_article_in_an_example(self, folder: Path) -> None:
        """Names of offices aside, six words in a row are the article's only by copying."""
        article = _runs(_article(), words=6)

        assert {
            path.name: _runs(path.read_text(encoding="utf-8"), words=6) & article for path in folder.iterdir()
        } == {path.name: set() for path in folder.iterdir()}

    @needs_article
    def test_no_run_of_eight_words_of_the_article_anywhere(self) -> None:
        """Documentation and tests are made of our own sentences too."""
        article = _runs(_article(), words=8)
        texts = (path for path in kept_files() if "vendored" not in path.parts)

        found = {
            str(path.relative_to(ROOT)): runs
            for path in texts
            if (runs := _runs(path.read_text(encoding="utf-8", errors="replace"), words=8) & article)
        }

        assert found == {}


@pytest.mark.parametrize("path", FOLLOW_UP_FILES, ids=lambda path: path.stem)
class TestFollowUp:
    def test_the_first_line_says_whose_publication_is_restated(self, path: Path) -> None:
        """Nobody is to take our words for the publisher's."""
        first = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()[0]

        assert first.startswith("This is a restatement, in our own words, of ")
        assert re.search(r" published.*\. We made it for this repository; it is not .+’s text\.$", first)

    def test_it_speaks_with_the_publishers_voice(self, path: Path) -> None:
        """R3: a summary, with its original and the day from which that could be read."""
        source = _read_file(path)["source"]
        assert isinstance(source, dict)

        assert (source["relation"], source["publisher"]) == ("summary", "examples")
        assert {"publisher", "available"} <= set(source["original"])

    def test_it_names_the_first_examples_records(self, path: Path) -> None:
        """The act, and where it is told of the women their group too, are that example's own."""
        subjects = _read_file(path)["subjects"]
        assert isinstance(subjects, dict)

        assert subjects["amnesty"] == {"record": "amnesty-2025-12"}
        assert subjects.get("women", {"record": "women-released-monday"}) == {
            "record": "women-released-monday"
        }

    def test_every_quote_and_every_word_stand_in_the_document(self, path: Path) -> None:
        """Each quote once; what is given `as_written` of a claim, whatever its case."""
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        claims = _list(_read_file(path), "claims")

        for claim in claims:
            for citation in _citations(claim):
                assert locate(text, Quote(exact=str(citation["quote"]))).exact
        plain = normalised(text).casefold()
        assert [words for words in _words(claims) if normalised(words).casefold() not in plain] == []


@needs_article
class TestTheRealArticle:
    def test_the_file_names_these_bytes(self) -> None:
        """The article that the spans were read from is the one here."""
        source = _read(ARTICLE)["source"]
        assert isinstance(source, dict)

        assert (
            source["bytes_sha256"] == hashlib.sha256((SHARED / "seed-article.txt").read_bytes()).hexdigest()
        )

    def test_every_span_is_that_of_the_table(self) -> None:
        """The first citation of a claim is the table's; a second may say who is meant."""
        table = table_of_claims()
        expected = {key: table[key][:2] for key in table if key != "C14"}

        assert {str(claim["key"]): _span(_citations(claim)[0]) for claim in _claims(ARTICLE)} == expected

    def test_every_span_holds_the_quote_of_the_table(self) -> None:
        """What would be served as the quote is what the table says stands there."""
        article, table = _article(), table_of_claims()

        for claim in _claims(ARTICLE):
            start, end = _span(_citations(claim)[0])
            assert article[start:end] == table[str(claim["key"])][2]

    def test_no_span_cuts_a_word(self) -> None:
        """Every span, second ones included, is accepted as a citation."""
        article = _article()

        for claim in _claims(ARTICLE):
            for citation in _citations(claim):
                start, end = _span(citation)
                assert locate(article, Quote(start=start, end=end)).exact == article[start:end]

    def test_words_said_to_be_the_articles_are(self) -> None:
        """What is given `as_written`, and every other text of the source, stands in the article."""
        text = normalised(_article()).casefold()

        assert [words for words in _words(_claims(ARTICLE)) if normalised(words).casefold() not in text] == []
