"""Rules of the documents: links lead somewhere, decisions name what enforces them, and the glossary keeps up with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from events.kinds import ActStep, Custody, InclusionStep, Modality, SubjectSort
from projections.findings import Standing
from projections.rules import RULES
from tests.rules.repository import ROOT, kept_files

DOCUMENTS: Final = [path for path in kept_files() if path.suffix == ".md" and "vendored" not in path.parts]
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))
GLOSSARY: Final = ROOT / "docs" / "glossary.md"

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE: Final = re.compile(r"^(?:```.*?^```|    [^\n]*)$", re.MULTILINE | re.DOTALL)
_NAMED_FILE: Final = re.compile(
    r"`((?:app|docs|events|migrations|projections|tests)/[\w./-]+|pyproject\.toml)`"
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as the usual renderers make them."""
    headings = _HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _leads_nowhere(link: str, *, document: Path) -> bool:
    if link.startswith(("http://", "https://", "mailto:")):
        return False
    file, _, anchor = link.partition("#")
    target = (document.parent / file).resolve() if file else document
    return not target.exists() or (bool(anchor) and anchor not in _anchors(target))


class TestLinks:
    @pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
    def test_every_link_within_the_repository_leads_somewhere(self, document: Path) -> None:
        """To a file that is there, and to a heading of it where one is named."""
        prose = _CODE.sub("", document.read_text(encoding="utf-8"))

        assert [link for link in _LINK.findall(prose) if _leads_nowhere(link, document=document)] == []


class TestDecisions:
    @pytest.mark.parametrize("decision", DECISIONS, ids=_name)
    def test_a_decision_ends_in_what_enforces_it(self, decision: Path) -> None:
        """Its last heading says so, and every file that it names there is there."""
        text = decision.read_text(encoding="utf-8")
        enforced = text.rpartition("## ")[2]

        assert enforced.startswith("Enforced by\n")
        assert [file for file in _NAMED_FILE.findall(enforced) if not (ROOT / file).exists()] == []

    def test_decisions_are_numbered_without_a_gap(self) -> None:
        """So that a number is one decision for ever."""
        assert [int(decision.name[:4]) for decision in DECISIONS] == list(range(1, len(DECISIONS) + 1))


class TestGlossary:
    def test_every_rule_stands_in_it(self) -> None:
        """Each rule by its number, in order."""
        rows = re.findall(r"^\| \*\*(R\d+)\*\* ", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)

        assert rows == list(RULES)

    @pytest.mark.parametrize(
        "words", [ActStep, Custody, InclusionStep, Modality, Standing], ids=lambda words: words.__name__
    )
    def test_every_value_of_the_main_enumerations_is_explained(
        self, words: type[ActStep | Custody | InclusionStep | Modality | Standing]
    ) -> None:
        """In the words that the code uses."""
        glossary = GLOSSARY.read_text(encoding="utf-8").lower()

        assert [word.value for word in words if word.value.replace("_", " ") not in glossary] == []

    def test_every_sort_of_subject_has_its_row(self) -> None:
        """Whatever an event can be about."""
        glossary = GLOSSARY.read_text(encoding="utf-8")

        assert [
            sort.value for sort in SubjectSort if not re.search(rf"\*\*{sort.value}( record)?\*\*", glossary)
        ] == []
