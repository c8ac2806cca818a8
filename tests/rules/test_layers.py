"""The layers of ARCHITECTURE.md: what import-linter and ruff let through, and what they stop."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rules.repository import ROOT

BIN = Path(sys.executable).parent
PACKAGES = ("app", "events", "migrations", "projections")


def lint_imports(tree: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return _run(["lint-imports", "--no-cache", *options], tree)


def lint(code: str, name: str) -> subprocess.CompletedProcess[str]:
    """What ruff says to `code` if it stood in the file `name` of this repository."""
    return _run(
        ["ruff", "check", "--select", "TID251", "--no-cache", "--stdin-filename", name, "-"], ROOT, stdin=code
    )


def _run(command: list[str], folder: Path, *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run(
        [str(BIN / program), *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "vendored")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


class TestLayers:
    def test_the_tree_keeps_every_contract(self) -> None:
        """No module of this repository imports what its layer may not know."""
        checked = lint_imports(ROOT)

        assert checked.returncode == 0, checked.stdout
        assert "0 broken" in checked.stdout

    @pytest.mark.parametrize(
        ("package", "statement", "contract"),
        [
            ("events", "import projections.tables", "layers"),
            ("projections", "import app.database", "layers"),
            ("migrations", "import app.database", "layers"),
            ("events", "import sqlalchemy", "pure-events"),
            ("events", "import pydantic", "pure-events"),
            ("projections", "import sqlalchemy", "pure-folds"),
            ("events", "import events.tables", "database-behind-doors"),
            ("projections", "import events.store", "database-behind-doors"),
            ("migrations", "import events.kinds", "migrations-outlive-kinds"),
        ],
    )
    def test_a_planted_import_breaks_its_contract(
        self, copy_of_the_tree: Path, package: str, statement: str, contract: str
    ) -> None:
        """Each contract stops the import that it is there to stop, and names the culprit."""
        (copy_of_the_tree / package / "planted.py").write_text(f"{statement}\n")

        checked = lint_imports(copy_of_the_tree, "--contract", contract)

        assert checked.returncode == 1, checked.stdout + checked.stderr
        assert "0 kept, 1 broken" in checked.stdout
        assert f"{package}.planted -> " in checked.stdout


class TestPurity:
    @pytest.mark.parametrize("package", ["events", "projections"])
    @pytest.mark.parametrize(
        "code",
        [
            "import time\n",
            "from time import monotonic\n",
            "import datetime\nnow = datetime.datetime.now()\n",
            "from datetime import UTC, datetime\nnow = datetime.now(UTC)\n",
            "from datetime import date\ntoday = date.today()\n",
            "import random\n",
            "import secrets\n",
            "import os\nsalt = os.urandom(16)\n",
            "import os\nhome = os.environ['HOME']\n",
            "import os\nhome = os.getenv('HOME')\n",
            "import uuid\nname = uuid.uuid4()\n",
            "import uuid_utils\n",
        ],
    )
    def test_no_clock_randomness_or_environment_below_the_app(self, package: str, code: str) -> None:
        """Events and folds are pure: ruff refuses the clock, chance and the environment in both packages."""
        linted = lint(code, f"{package}/planted.py")

        assert linted.returncode == 1
        assert "TID251" in linted.stdout

    def test_the_app_may_ask_the_clock(self) -> None:
        """The ban is the lower layers' own: app/ is where clock, chance and environment enter."""
        linted = lint("import secrets\nimport time\n", "app/planted.py")

        assert linted.returncode == 0, linted.stdout
