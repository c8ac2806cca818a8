"""Rules of the server: GraphQL over HTTP, within its limits, and nothing from another host."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from app import main
from app.api import execution
from app.database import Database
from app.ledger import Service
from app.main import create_app
from app.settings import Settings, SettingsInvalid
from app.start_page import FIRST_QUESTION
from tests.app.api import ledgers

NEWER = "application/graphql-response+json"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    """Two prisoners."""
    with ledgers.opened(tmp_path, sqlite_template) as opened:
        ledgers.record_people(opened, tmp_path, 2)
        yield opened


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service)) as opened:
        yield opened


class TestGraphql:
    def test_a_post_is_answered(self, client: TestClient) -> None:
        """With the basis in the body and in a header, and revalidated by whoever keeps it."""
        response = client.post(
            "/graphql",
            json={
                "query": "query Q($key: ID!) { prisoner(id: $key) { name } } query Other { __typename }",
                "variables": {"key": "people-1"},
                "operationName": "Q",
            },
        )

        assert response.status_code == 200
        assert response.json()["data"] == {"prisoner": {"name": "Person Number1"}}
        assert response.headers["ledger-position"] == "16"
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        assert response.headers["x-content-type-options"] == "nosniff"

    def test_the_header_tells_of_the_present_whatever_moment_is_asked_about(self, client: TestClient) -> None:
        """How far the ledger had come when it was asked; the moment itself stands in the body."""
        question = "{ prisoners(knownAt: {position: 9}) { totalCount basis { position } } }"

        response = client.post("/graphql", json={"query": question})

        assert response.headers["ledger-position"] == "16"
        assert response.json()["extensions"]["basis"]["position"] == 16
        assert response.json()["data"]["prisoners"]["basis"] == {"position": 9}

    def test_a_moment_that_is_none_is_a_fault_of_the_request(self, client: TestClient) -> None:
        """A time without a zone is refused before anything is asked; a position that is not there, in its place."""
        unzoned = '{ prisoners(knownAt: {instant: "2025-12-23T12:00:00"}) { totalCount } }'
        beyond = "{ event(position: 1, knownAt: {position: 17}) { position } }"

        def ask(question: str) -> tuple[int, str]:
            response = client.post("/graphql", json={"query": question}, headers={"accept": NEWER})
            return response.status_code, response.json()["errors"][0]["extensions"]["code"]

        assert ask(unzoned) == (400, "OPERATION_INVALID")
        assert ask(beyond) == (200, "MOMENT_INVALID")

    def test_a_get_is_answered(self, client: TestClient) -> None:
        """Whoever asks by an address gets JSON."""
        asked = quote("query Q($key: ID!) { prisoner(id: $key) { name } }")

        response = client.get(f"/graphql?query={asked}&variables={quote(json.dumps({'key': 'people-2'}))}")

        assert response.json()["data"] == {"prisoner": {"name": "Person Number2"}}

    def test_names_are_told_in_their_own_letters(self, client: TestClient) -> None:
        """In UTF-8, unescaped; and a name meets itself across spellings."""
        query = '{ prisoners(filter: {name: "Nümbər1"}) { edges { matches { searched how found { asWritten } } } } }'

        response = client.post("/graphql", json={"query": query})

        assert "Nümbər1".encode() in response.content
        (edge,) = response.json()["data"]["prisoners"]["edges"]
        assert edge["matches"] == [
            {
                "searched": "Nümbər1",
                "how": "by sound, across scripts and spellings",
                "found": {"asWritten": "Person Number1"},
            }
        ]

    @pytest.mark.parametrize(
        ("content", "content_type", "status", "message"),
        [
            (b"{}", "text/plain", 415, "Expected application/json, found text/plain."),
            (b"{}", None, 415, "Expected application/json, found no content type."),
            (
                b"{",
                "application/json",
                400,
                "This is no GraphQL request: Input data was truncated. Expected JSON with `query`, and perhaps `variables`.",
            ),
            (
                b'{"variables": {}}',
                "application/json",
                400,
                "This is no GraphQL request: Object missing required field `query`. "
                "Expected JSON with `query`, and perhaps `variables`.",
            ),
            (
                b'{"query": "\xff"}',
                "application/json",
                400,
                "This is no GraphQL request: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte. "
                "Expected JSON with `query`, and perhaps `variables`.",
            ),
            (
                b'{"query": "' + b" " * 1_000_000 + b'"}',
                "application/json",
                413,
                "The body is larger than 1000000 bytes.",
            ),
        ],
        ids=["text", "nothing", "truncated", "no query", "no text", "too large"],
    )
    def test_what_is_no_request_is_refused(
        self, client: TestClient, content: bytes, content_type: str | None, status: int, message: str
    ) -> None:
        """Before anything is asked, in a sentence."""
        headers = {"content-type": content_type} if content_type else {}

        response = client.post("/graphql", content=content, headers=headers)

        assert response.status_code == status
        assert [error["message"] for error in response.json()["errors"]] == [message]

    def test_a_deep_body_is_refused(self, client: TestClient) -> None:
        """It doesn't break the reader."""
        body = b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"

        response = client.post("/graphql", content=body, headers={"content-type": "application/json"})

        assert response.status_code == 400

    @pytest.mark.parametrize(
        ("query", "status", "older"),
        [("{ __typename }", 200, 200), ("{ nothing }", 400, 200), ('{ node(id: "x") { id } }', 200, 200)],
        ids=["answered", "not begun", "answered in part"],
    )
    def test_the_newer_media_type_tells_by_its_status(
        self, client: TestClient, query: str, status: int, older: int
    ) -> None:
        """GraphQL over HTTP: only what was not begun is a fault of the request; the older type says 200 to both."""
        newer = client.post("/graphql", json={"query": query}, headers={"accept": NEWER})
        plain = client.post("/graphql", json={"query": query}, headers={"accept": "application/json"})

        assert (newer.status_code, plain.status_code) == (status, older)
        assert newer.headers["content-type"] == f"{NEWER}; charset=utf-8"
        assert newer.json() == plain.json()

    def test_a_demanded_position_is_awaited(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`Ledger-Min-Position`: taken in, or told; and a header that is no position is refused."""
        monkeypatch.setattr(execution, "NOT_YET_SECONDS_MAX", 0.0)

        def ask(position: str) -> tuple[int, str | None]:
            headers = {"accept": NEWER, "ledger-min-position": position}
            response = client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
            errors = response.json().get("errors", [])
            return response.status_code, errors[0]["extensions"]["code"] if errors else None

        assert ask("16") == (200, None)
        assert ask("17") == (503, "NOT_YET")
        assert ask("-1") == (400, "REQUEST_INVALID")


class TestPages:
    @pytest.mark.parametrize(
        ("asked", "opens_with"), [("", FIRST_QUESTION), ("?query={ledger{size}}", "{ledger{size}}")]
    )
    def test_the_page_opens_with_a_question(self, client: TestClient, asked: str, opens_with: str) -> None:
        """Nobody is met by an empty page, and an address that asks over HTTP asks the same in a browser."""
        page = client.get(f"/graphql{asked}", headers={"Accept": BROWSER})

        assert page.status_code == 200
        assert page.url.params["q"] == opens_with

    @pytest.mark.parametrize("address", ["/graphql", "/graphql?q=%7B__typename%7D", "/"])
    def test_ask_nothing_of_another_host(self, client: TestClient, address: str) -> None:
        """Every file that a page names is served here."""
        page = client.get(address, headers={"accept": BROWSER})

        assert page.headers["content-type"].startswith("text/html")
        assert re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']*""", page.text) == []
        for file in re.findall(r"""(?:src|href)=["'](/static/[^"']*)""", page.text):
            assert client.get(file).status_code == 200

    def test_the_first_page_says_what_to_open(self, client: TestClient) -> None:
        """And its first question, followed as a link, is one that the ledger answers."""
        page = client.get("/").text

        assert "This is the ledger <code>localhost/custody-ledger</code>, with 16 entries." in page
        assert '<a href="/graphql?q=' in page
        answer = client.post("/graphql", json={"query": FIRST_QUESTION}).json()
        assert answer["data"]["prisoners"]["totalCount"] == 2

    @pytest.mark.parametrize(
        "address", ["/docs", "/redoc", "/openapi.json", "/static/../main.py", "/static/", "/nothing"]
    )
    def test_nothing_else_is_served(self, client: TestClient, address: str) -> None:
        """No pages that ask a CDN, and no file but the vendored ones."""
        assert client.get(address).status_code == 404

    def test_no_page_is_for_robots(self, client: TestClient) -> None:
        """Nor any answer."""
        for address in ("/", "/graphql?query=%7B__typename%7D", "/healthz", "/nothing"):
            assert client.get(address).headers["x-robots-tag"] == "noindex"


class TestHealth:
    def test_says_how_far_findings_have_come(self, client: TestClient) -> None:
        """For whoever watches the server."""
        response = client.get("/healthz")

        assert (response.status_code, response.json()) == (
            200,
            {"status": "ok", "position": 16, "projectedThrough": 16},
        )

    def test_a_database_that_is_gone_is_told_and_not_explained(
        self, client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """To whoever asks: again in a moment. What the database said is the operator's."""

        def gone(_database: Database) -> None:
            raise OperationalError("SELECT a_secret", {}, OSError("no such host: a-secret"))

        monkeypatch.setattr(Database, "reading", gone)

        for response in (client.post("/graphql", json={"query": "{ __typename }"}), client.get("/healthz")):
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert response.json() == {
                "errors": [
                    {
                        "message": "The database cannot be reached. Ask again in a moment.",
                        "extensions": {"code": "STORE_UNREADY"},
                    }
                ]
            }
        assert "a-secret" in caplog.text


class TestServe:
    def test_an_address_that_is_taken_is_refused(self, tmp_path: Path) -> None:
        """With how to choose another; nothing is opened."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]

            with pytest.raises(SettingsInvalid) as refused:
                main.serve(Settings(data=tmp_path, port=port))

        assert refused.value.message == (
            f"Nobody can listen on 127.0.0.1, port {port}: Address already in use. Choose another: `custody serve --port 8123`, "
            "CUSTODY_PORT=8123, or `make run PORT=8123`."
        )
        assert list(tmp_path.iterdir()) == []
