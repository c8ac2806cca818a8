"""What is installed is what is declared, pinned, hashed and used: no more, no less."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.rules.repository import ROOT

PACKAGES = ("app", "events", "migrations", "projections")
LOCKS = ("requirements.txt", "requirements-dev.txt")
# Declared for what they do when installed, not for an import of ours.
UNIMPORTED = {"tzdata": "read by zoneinfo where the system has no time zones of its own"}
# Imported by the name of the package that a declared one is built on and re-exports.
UNDECLARED = {
    "pydantic": "the settings' and the models' base, of pydantic-settings and sqlmodel",
    "starlette": "fastapi's own base",
}


def project() -> dict[str, list[Requirement]]:
    """The declared requirements: `runtime` and `dev`."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = {"runtime": declared["dependencies"], "dev": declared["optional-dependencies"]["dev"]}
    return {group: [Requirement(text) for text in requirements] for group, requirements in texts.items()}


def pins(lock: str) -> dict[str, tuple[str, list[str]]]:
    """What a lock file pins: version and hashes by canonical name."""
    entries = re.split(r"\n(?=\S)", "\n".join(lock_lines(lock)))
    found: dict[str, tuple[str, list[str]]] = {}
    for entry in entries:
        pinned = re.match(r"([A-Za-z0-9_.\-]+)==([^\s;]+)", entry)
        assert pinned, f"not a pinned requirement: {entry[:80]}"
        found[canonicalize_name(pinned[1])] = (pinned[2], re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
    return found


def closure(requirements: list[Requirement]) -> set[str]:
    """The canonical names of all that the requirements need on this machine, as the installed packages tell."""
    waiting, seen = list(requirements), set[tuple[str, str]]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        new = {(name, extra) for extra in {"", *map(canonicalize_name, requirement.extras)}} - seen
        seen |= new
        waiting += [needed for _, extra in sorted(new) for needed in _needs(name, extra)]
    return {name for name, _ in seen}


def _needs(name: str, extra: str) -> list[Requirement]:
    needed = map(Requirement, requires(name) or [])
    return [one for one in needed if one.marker is None or one.marker.evaluate({"extra": extra})]


def lock_lines(lock: str) -> list[str]:
    """The lines that pip acts on."""
    return [
        line
        for line in (ROOT / lock).read_text().splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]


def imported_distributions() -> set[str]:
    """The distributions that the product's own modules import."""
    by_module = packages_distributions()
    modules = {
        module for package in PACKAGES for path in (ROOT / package).rglob("*.py") for module in _imports(path)
    }
    foreign = modules - set(sys.stdlib_module_names) - set(PACKAGES)
    return {canonicalize_name(name) for module in foreign for name in by_module[module]}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


class TestLocks:
    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_requirement_is_pinned_with_hashes(self, lock: str) -> None:
        """Each entry is one version with the hash of each of its files; no option, address or path stands between."""
        unhashed = [name for name, (_, hashes) in pins(lock).items() if not hashes]

        assert unhashed == []

    @pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ["runtime"]), (LOCKS[1], ["runtime", "dev"])])
    def test_every_declared_dependency_is_pinned_within_its_range(self, lock: str, groups: list[str]) -> None:
        """A dependency added or moved in pyproject.toml reaches the locks (`make lock`) in the same change."""
        pinned = pins(lock)

        wrong = [
            f"{requirement} is pinned as {pinned.get(canonicalize_name(requirement.name), ('nothing',))[0]}"
            for group in groups
            for requirement in project()[group]
            if (entry := pinned.get(canonicalize_name(requirement.name))) is None
            or entry[0] not in requirement.specifier
        ]

        assert wrong == []

    @pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ["runtime"]), (LOCKS[1], ["runtime", "dev"])])
    def test_nothing_that_a_pinned_package_needs_is_missing(self, lock: str, groups: list[str]) -> None:
        """A lock is whole: pip of Python 3.11 passed over an extra that is spelt in two ways, and left one out."""
        missing = (
            closure([requirement for group in groups for requirement in project()[group]]) - pins(lock).keys()
        )

        assert missing == set()

    def test_tests_run_on_what_the_product_runs_on(self) -> None:
        """Whatever both locks pin, they pin alike."""
        runtime, dev = pins(LOCKS[0]), pins(LOCKS[1])

        assert {name: pin for name, pin in runtime.items() if dev.get(name) != pin} == {}


class TestDeclared:
    def test_every_declared_dependency_is_imported(self) -> None:
        """What nobody imports is not shipped."""
        declared = {canonicalize_name(requirement.name) for requirement in project()["runtime"]}

        assert declared - imported_distributions() - UNIMPORTED.keys() == set()

    def test_every_imported_distribution_is_declared(self) -> None:
        """What the product imports, it asks for itself, and does not find by luck among another's dependencies."""
        declared = {canonicalize_name(requirement.name) for requirement in project()["runtime"]}

        assert imported_distributions() - declared - UNDECLARED.keys() == set()
