"""README.md: what it tells a newcomer to type works, and answers what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from tests.rules.repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(label: str) -> str:
    """A fenced block of the README by its label."""
    found = re.search(rf"^```{label}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"README.md has no block {label!r}"
    return found[1]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The examples recorded as `make run` records them."""
    monkeypatch.setenv("CUSTODY_DATA", str(tmp_path))
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"]).exit_code == 0
    follow_up = sorted((ROOT / "examples/amnesty-2025-follow-up").glob("*.yaml"))
    files = [ROOT / "examples/amnesty-2025-12/reports.yaml", *follow_up]
    assert runner.invoke(app, ["record", *map(str, files)]).exit_code == 0
    return runner


class TestFirstQuestion:
    def test_state_answers_what_is_shown(self, recorded: CliRunner) -> None:
        """The answer in the README is the program's, but for the day on which it is asked."""
        answered = recorded.invoke(app, ["state", "Isgandarov"])

        assert answered.exit_code == 0
        assert _without_day(block("text state")).split() == _without_day(answered.output).split()

    def test_the_graphql_question_is_answered(self, recorded: CliRunner, tmp_path: Path) -> None:
        """The question to paste is a valid one, and its answer has the sentence."""
        question = tmp_path / "question.graphql"
        question.write_text(block("graphql"), encoding="utf-8")

        answered = recorded.invoke(app, ["query", str(question)])

        assert answered.exit_code == 0
        assert "Shahin Isgandarov for one" in answered.output


class TestCommands:
    @pytest.mark.parametrize("command", sorted(set(re.findall(r"\.venv/bin/custody ([\w-]+)", README))))
    def test_every_command_exists(self, command: str) -> None:
        """No command is named that the program does not have."""
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0

    @pytest.mark.parametrize("target", sorted(set(re.findall(r"^make (\w+)", README, re.MULTILINE))))
    def test_every_make_target_exists(self, target: str) -> None:
        """No target is named that the Makefile does not have."""
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def _without_day(text: str) -> str:
    return re.sub(r"on \d{4}-\d{2}-\d{2}", "on DAY", text)
