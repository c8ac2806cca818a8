"""Ledgers to ask: one with any number of prisoners, and what happens to it step by step; and how a test asks them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from app.api.execution import execute
from app.ledger import Service, open_service
from app.projecting import THREAD
from app.report_files import read_report_file
from app.settings import Settings
from tests.entropy import SeededEntropy

Answer = Mapping[str, Any]
Step = Callable[[Service, Path], None]


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


def rule(service: Service, folder: Path, name: str, decision: str, *, subjects: str = "") -> None:
    """Records one decision, under its name, as a set of its own."""
    opened = f"subjects:\n{subjects}\n" if subjects else ""
    ruled = f"decisions:\n  - {{key: {name}, reason: {name}, {decision}}}\n" if decision else ""
    record(service, folder, f"set: rulings/{name}\n{opened}{ruled}", article="")


def tell(
    service: Service, folder: Path, name: str, claim: str, words: str, *, about: str = "people-1"
) -> None:
    """Records one more claim about somebody, by an article of its own that consists of the words cited."""
    record(
        service,
        folder,
        f"""\
set: test/{name}
source:
  key: {name}-article
  title: An article of {name}
  available: {{edtf: 2026-01-05, derivation: stated}}
  document: article.txt
subjects:
  p1: {{record: {about}}}
claims:
  - {{key: C, about: p1, cite: {words}, {claim}}}
""",
        article=f"{words}.",
    )


STEPS: Final[tuple[Step, ...]] = (
    lambda service, folder: record_people(service, folder, 3, name="more"),
    lambda service, folder: tell(
        service, folder, "again", "kind: detention_reported, claimed: 2026-01-03", "He was detained again"
    ),
    lambda service, folder: rule(service, folder, "misread", "retract: 'test/people#R2', ground: ours"),
    lambda service, folder: tell(
        service,
        folder,
        "named",
        "kind: person_described, names: [{as_written: Aaron First}]",
        "Aaron First is free",
    ),
    lambda service, folder: rule(service, folder, "opened", "", subjects=GROUP),
    lambda service, folder: rule(
        service,
        folder,
        "counted",
        "judge_membership: {member: p, whole: g, membership: member}",
        subjects="  p: {record: people-1}\n  g: {record: the-group}",
    ),
    lambda service, folder: rule(
        service,
        folder,
        "doubted",
        "judge_identity: {one: p, other: q, identity: unsure}",
        subjects="  p: {record: people-1}\n  q: {record: more-1}",
    ),
    lambda service, folder: rule(
        service, folder, "marked", "assess: {subject: s}, method: admiralty, mark: B2", subjects=ARTICLE
    ),
    lambda service, folder: rule(
        service, folder, "withdrawn", "retract: {source: people-article}, ground: publisher"
    ),
    lambda service, folder: rule(
        service, folder, "after-all", "retract: 'rulings/withdrawn#withdrawn', ground: ours"
    ),
    lambda service, folder: rule(
        service, folder, "re-read", "retract: 'rulings/misread#misread', ground: ours"
    ),
)
"""What happens to a ledger of two prisoners, `people-1` and `people-2`: each step once, in this order."""
GROUP: Final = "  g: {sort: group, key: the-group, name: some, unit: person}\n  l: {sort: list, key: the-list, name: A list}"
ARTICLE: Final = "  s: {record: people-article}"


@contextmanager
def only_read(service: Service) -> Iterator[Service]:
    """The same ledger, opened by somebody who records nothing, and so projects nothing."""
    with open_service(service.settings, entropy=service.entropy) as reader:
        yield reader


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
