"""pytest's side of the scoreboard: collects the rows, prints the table, writes the JSON."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from conformance.harness import scoreboard
from refnn.testing.conformance import expected, names
from refnn.testing.conformance.report import Report

BOARD = pytest.StashKey[scoreboard.Board]()


def pytest_addoption(parser: pytest.Parser) -> None:
    default = str(Path(__file__).parent.parent / "scoreboard.json")
    parser.addoption("--scoreboard", default=default, help="where the conformance scoreboard is written")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BOARD] = scoreboard.Board()
    torch.set_num_threads(1)  # the workers share the machine


@pytest.fixture
def judge(record_property: Callable[[str, object], None]) -> Callable[[Report], None]:
    """Record a report on the scoreboard; fail or skip the test as it says."""

    def judged(report: Report) -> None:
        if report.skipped:
            pytest.skip(report.skipped)
        judgement = scoreboard.judge(report, expected.lines(), names.required(report.section))
        record_property(scoreboard.PROPERTY, json.dumps(asdict(judgement.row)))
        if judgement.state == "failed":
            pytest.fail(judgement.text, pytrace=False)
        if judgement.state == "missing":
            pytest.skip(f"missing: {judgement.text}")

    return judged


# ---------------------------------------------------------------- the run


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Runs in the process that prints, for the reports of every worker."""
    if report.when == "call" and _board is not None:
        for key, value in report.user_properties:
            if key == scoreboard.PROPERTY:
                _board.add(str(value))


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """What refnn lacks is a state of its own: neither passed nor an ordinary skip."""
    if report.skipped and isinstance(report.longrepr, tuple) and "Skipped: missing: " in report.longrepr[2]:
        return "missing", "m", "MISSING"
    return None


_board: scoreboard.Board | None = None


def pytest_sessionstart(session: pytest.Session) -> None:
    global _board
    if not hasattr(session.config, "workerinput"):
        _board = session.config.stash[BOARD]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    board = session.config.stash[BOARD]
    if hasattr(session.config, "workerinput") or not board.rows:
        return
    target = Path(session.config.getoption("--scoreboard"))
    target.write_text(json.dumps(board.as_json(), indent=1) + "\n")
    if board.compares_nothing:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Iterator[None]:
    """The scoreboard is the last thing printed."""
    yield
    board = config.stash[BOARD]
    if not (board.rows or board.ratios or board.runs):
        return
    terminalreporter.section(f"conformance with torch {torch.__version__}")
    for line in board.lines():
        terminalreporter.write_line(line)
    if board.compares_nothing:
        terminalreporter.write_line("nothing was compared: the run fails", red=True)
