"""Rules of the query book at the command line: found by number, name or path; variables beside it or given."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.query_book import BOOK, QueryRefused, Question, ask_server, find_query


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Two questions, one with variables beside it."""
    (tmp_path / "01-status.graphql").write_text("query A { a }", encoding="utf-8")
    (tmp_path / "01-status.json").write_text('{"name": "x"}', encoding="utf-8")
    (tmp_path / "10-proof.graphql").write_text("query B { b }", encoding="utf-8")
    return tmp_path


class TestFindQuery:
    """Which file is meant."""

    @pytest.mark.parametrize("name", ["01", "1", "01-status"])
    def test_by_number_or_name(self, book: Path, name: str) -> None:
        """With the variables beside it."""
        assert find_query(name, book=book) == Question(
            name="01-status", document="query A { a }", variables={"name": "x"}
        )

    def test_by_path(self, book: Path) -> None:
        """Wherever it lies."""
        assert find_query(str(book / "10-proof.graphql"), book=book).variables == {}

    def test_with_other_variables(self, book: Path) -> None:
        """As JSON, or in a file."""
        (book / "mine.json").write_text('{"name": "z"}', encoding="utf-8")

        assert find_query("1", variables='{"name": "y"}', book=book).variables == {"name": "y"}
        assert find_query("1", variables=str(book / "mine.json"), book=book).variables == {"name": "z"}

    @pytest.mark.parametrize(
        ("name", "variables", "expected"),
        [
            (
                "01-statsu",
                None,
                "There is no question 01-statsu in the query book. Did you mean 01-status? It has: 01-status, 10-proof.",
            ),
            ("99", None, "There is no question 99 in the query book. It has: 01-status, 10-proof."),
            (
                "no.graphql",
                None,
                "There is no file no.graphql: give a number of the query book, or the path of a .graphql file.",
            ),
            ("1", "{", "Variables are a JSON object; there is a fault at line 1, column 2"),
            (
                "1",
                "no.json",
                "Variables are JSON, or a file of it; no.json cannot be read: No such file or directory.",
            ),
        ],
    )
    def test_what_is_not_there_is_refused(
        self, book: Path, name: str, variables: str | None, expected: str
    ) -> None:
        """With what there is."""
        with pytest.raises(QueryRefused, match=re.escape(expected)):
            find_query(name, variables=variables, book=book)

    def test_every_question_of_the_book_is_found(self) -> None:
        """Its variables are JSON, and placeholders are left to nobody."""
        names = [path.stem for path in BOOK.glob("*.graphql")]

        assert len(names) >= 4
        for name in names:
            assert find_query(name).document


class _Answering(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked, or with what is no JSON."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"data": ' + asked + b"}"
        body = (
            b"<html>"
            if b"nonsense" in asked
            else b'{"detail": "Not Found"}'
            if b"elsewhere" in asked
            else body
        )
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server that answers."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Answering) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


class TestAskServer:
    """A running ledger is asked over HTTP."""

    QUESTION = Question(name="x", document="query A { a }", variables={"name": "x"})

    def test_document_and_variables_are_sent_as_they_stand(self, server: str) -> None:
        """As JSON, to /graphql."""
        answer = ask_server(server, self.QUESTION)

        assert answer["data"] == {"query": "query A { a }", "variables": {"name": "x"}}

    def test_no_server_is_told(self) -> None:
        """With what would start one."""
        with pytest.raises(
            QueryRefused, match=r"No answer from http://127\.0\.0\.1:9/graphql: .*`custody serve` starts it\."
        ):
            ask_server("http://127.0.0.1:9", self.QUESTION)

    def test_something_else_than_a_ledger_is_told(self, server: str) -> None:
        """It is not taken for an answer."""
        with pytest.raises(QueryRefused, match="did not answer in JSON"):
            ask_server(server, Question(name="x", document="nonsense", variables={}))

    def test_json_that_is_no_answer_is_told(self, server: str) -> None:
        """Such as that of a page which is not there; else nothing would be printed, as if all were well."""
        with pytest.raises(QueryRefused, match="answered with something else than a GraphQL response"):
            ask_server(server, Question(name="x", document="elsewhere", variables={}))

    def test_an_address_without_its_scheme_is_told(self) -> None:
        """It is not said that the server does not run."""
        with pytest.raises(
            QueryRefused, match=r"^127\.0\.0\.1:9 is no address of a server: expected one such as"
        ):
            ask_server("127.0.0.1:9", self.QUESTION)
