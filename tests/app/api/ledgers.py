"""Ledgers to ask: the example, one with any number of prisoners, one with entries for other eyes; and how a test asks them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from app.api.execution import execute
from app.ledger import Service, open_service
from app.projecting import THREAD
from app.report_files import read_report_file
from app.settings import Settings
from tests.entropy import SeededEntropy

Answer = Mapping[str, Any]


@contextmanager
def opened(folder: Path, template: Path, *, seed: int = 1) -> Iterator[Service]:
    """A fresh ledger of its own on SQLite, open, with findings kept inline."""
    shutil.copyfile(template, folder / "ledger.db")
    with opened_at(f"sqlite:///{folder / 'ledger.db'}", folder, seed=seed) as service:
        yield service


@contextmanager
def opened_at(url: str, folder: Path, *, seed: int = 1) -> Iterator[Service]:
    """The ledger in a migrated database, open, with findings kept inline."""
    settings = Settings(data=folder, database_url=url, zone="Asia/Baku")
    with open_service(settings, recording=True, entropy=SeededEntropy(seed)) as service:
        yield service


def record(service: Service, folder: Path, reports: str, *, article: str) -> None:
    """Records a report file that cites `article`, as the command line does; `reports` names it `article.txt`."""
    (folder / "article.txt").write_text(article, encoding="utf-8")
    path = folder / "reports.yaml"
    path.write_text(reports, encoding="utf-8")
    file = read_report_file(path)
    service.recorder.record(file.request, actor=service.actor, mistakes=file.mistakes)


def record_people(service: Service, folder: Path, count: int, *, name: str = "people") -> None:
    """Records so many prisoners, `NAME-1` and so on, each detained, sentenced and released under one act, by one article."""
    numbers = range(1, count + 1)
    article = "\n\n".join(
        f"Person Number{n} was detained in March 2024. Number{n} got {n % 9 + 1} years. Number{n} walked free under the act."
        for n in numbers
    )
    subjects = "\n".join(
        f"  p{n}: {{sort: person, key: {name}-{n}, name: Person Number{n}}}" for n in numbers
    )
    claims = "\n".join(_claims_about(n) for n in numbers)
    record(
        service,
        folder,
        f"""\
set: test/{name}
source:
  key: {name}-article
  title: An article about {name}
  publisher: paper
  language: en
  available: {{edtf: 2025-12-22, derivation: stated}}
  document: article.txt
subjects:
  paper: {{sort: party, key: {name}-paper, name: The paper, party_sort: outlet, identified: true}}
  act: {{sort: act, key: {name}-act, name: The act, form: amnesty}}
  court: {{sort: proceeding, key: {name}-case}}
{subjects}
claims:
{claims}
""",
        article=article,
    )


def _claims_about(n: int) -> str:
    years = n % 9 + 1
    return f"""\
  - {{key: D{n}, kind: detention_reported, about: p{n}, claimed: 2024-03, cite: Person Number{n} was detained in March 2024}}
  - key: S{n}
    kind: sentence_reported
    about: p{n}
    proceeding: court
    cite: Number{n} got {years} years
    penalty: imprisonment
    term: {{as_written: {years} years, duration: P{years}Y}}
  - {{key: R{n}, kind: release_reported, about: p{n}, released_by: amnesty, act: act, cite: Number{n} walked free under the act}}
"""


def ask(service: Service, document: str, **variables: object) -> Answer:
    """The whole response, as a client gets it."""
    response: Answer = json.loads(json.dumps(execute(service, document, variables)))
    return response


def data(service: Service, document: str, **variables: object) -> Answer:
    """What an answer without errors says."""
    response = ask(service, document, **variables)
    assert response.get("errors") is None, response["errors"]
    found: Answer = response["data"]
    return found


def error(service: Service, document: str, **variables: object) -> tuple[str, str]:
    """Code and message of the one error that an operation meets."""
    (one,) = ask(service, document, **variables)["errors"]
    return one["extensions"]["code"], one["message"]


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent to any database meanwhile, but for those of the projector, who looks when he likes."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.current_thread().name != THREAD:
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
