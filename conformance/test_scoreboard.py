"""The scoreboard and the tables beside it: known failures, what is left out, what has to be there."""

import json
from dataclasses import asdict

import pytest
import torch

import refnn
from conformance.harness import scoreboard
from refnn.explain.corner_cases import run_line
from refnn.testing.conformance import expected, functionals, modules, names, optimizers, tolerances
from refnn.testing.conformance.report import Failure, Outcome, Report

# ---------------------------------------------------------------- known failures


def _report(*failures, compared=1, missing=""):
    """A report whose samples fail in the given quantities."""
    outcomes = [
        Outcome(i, compared=compared, failures=[Failure(q, "", "x") for q in f]) for i, f in enumerate(failures)
    ]
    return Report("modules/nn.X/float32/train", outcomes, missing)


def _line(samples, *quantities, test="modules/nn.X/*"):
    return expected.Line(test, samples, quantities, "a reason")


@pytest.mark.parametrize(
    "failures, line, state, part",
    [
        ([["second"], []], _line("0", "second"), "passed", ""),
        ([["second"], ["second"]], _line("*", "second"), "passed", ""),
        ([["second"], ["second"]], _line("0-1", "second"), "passed", ""),
        ([["second"], []], _line("*", "second"), "failed", "sample 1, which passes"),
        ([[], []], _line("1", "second"), "failed", "sample 1, which passes"),
        ([["second"]], _line("0, 4", "second"), "failed", "sample 4, which does not exist"),
        ([["second", "output"]], _line("0", "second"), "failed", "1 of 1 samples fail"),
        ([["second"], ["output"]], _line("0", "second"), "failed", "1 of 2 samples fail"),
        ([["output"]], _line("0", "output", test="modules/nn.Y/*"), "failed", "1 of 1 samples fail"),
    ],
)
def test_a_line_covers_what_it_names_and_nothing_else(failures, line, state, part):
    judgement = scoreboard.judge(_report(*failures), (line,), ())
    assert judgement.state == state
    assert part in judgement.text


def test_a_line_needs_a_reason():
    with pytest.raises(ValueError, match="no reason"):
        expected.Line("modules/nn.X/*", "*", ("output",), " ")
    with pytest.raises(ValueError, match="no reason"):
        tolerances.Line("modules/nn.X/*", ("output",), 1.0, 1.0, "")


# ---------------------------------------------------------------- the scoreboard


@pytest.mark.parametrize(
    "report, required, state, row_state",
    [
        (_report([]), (), "passed", "passed"),
        (_report(["output"]), (), "failed", "failed"),
        (_report([], missing="nn.X"), (), "missing", "missing"),
        (_report([], missing="nn.X"), ("nn.X",), "failed", "failed"),
        (_report([], compared=0), (), "failed", "passed"),
    ],
)
def test_a_report_is_judged(report, required, state, row_state):
    judgement = scoreboard.judge(report, (), required)
    assert (judgement.state, judgement.row.state) == (state, row_state)


def _board(*reports):
    board = scoreboard.Board()
    for report in reports:
        board.add(json.dumps(asdict(scoreboard.judge(report, (), ()).row)))
    return board


def test_a_name_counts_once_with_its_worst_state():
    board = _board(_report([], []), _report(["output"]), Report("modules/nn.Z/float32/train", [Outcome(0)], "nn.Z"))
    counts = board.sections()["modules"]
    assert (counts["entries"], counts["entries failed"], counts["entries missing"]) == (2, 1, 1)
    assert (counts["samples"], counts["passed"], counts["failed"], counts["missing"]) == (4, 2, 1, 1)


def test_a_run_that_compares_nothing_is_known_as_such():
    assert _board(_report([], missing="nn.X", compared=0)).compares_nothing
    assert not _board(_report([])).compares_nothing
    assert not scoreboard.Board().compares_nothing


def test_the_denominators_are_torchs():
    assert len(modules.INFOS) == 114
    assert len(functionals.FUNCTIONALS) == 118
    assert {t.name for t in modules.all_tests()} | set(names.excluded("modules")) == set(modules.INFOS)
    tested = {t.name for t in functionals.functional_tests()}
    assert tested | set(names.excluded("functionals")) == set(functionals.FUNCTIONALS)


# ---------------------------------------------------------------- the files beside the tests


LEFT_OUT = [section for section in names.read_table("excluded.toml") if section.startswith("left out of ")]


def _all_tests():
    from conformance.cases import ROWS
    from conformance.cases.interface import INTERFACE
    from conformance.cases.semantics import SEMANTICS
    from conformance.cases.text import TEXT
    from conformance.harness import cases, promotion
    from refnn.testing.conformance import errors, signatures

    every = [
        *modules.all_tests(), *functionals.functional_tests(), *functionals.namespace_tests(), *errors.all_tests(),
        *optimizers.all_tests(), *cases.tests_of(ROWS), *SEMANTICS, *INTERFACE, *TEXT, *promotion.all_tests(),
        *signatures.all_tests(),
    ]  # fmt: skip
    return [str(test) for test in every]


@pytest.mark.parametrize("space", [section.removeprefix("left out of ") for section in LEFT_OUT])
def test_what_is_left_out_is_torchs_and_not_refnns(space):
    """And has a reason; a name that comes to be here has to leave the table."""
    for name, reason in names.left_out(space).items():
        names.look_up(torch, f"{space}.{name}")
        assert not names.exists(f"{space}.{name}")
        assert reason.strip()


@pytest.mark.parametrize("call", names.excluded("refused"))
def test_what_is_refused_is_what_torch_takes(call):
    assert names.excluded("refused")[call].strip()
    run_line(torch, call)
    with pytest.raises((RuntimeError, ValueError)):
        run_line(refnn, call)


def test_every_line_of_the_tables_matches_a_test():
    from fnmatch import fnmatchcase

    tests = _all_tests()
    assert len(tests) == len(set(tests))
    for line in (*expected.lines(), *tolerances.lines()):
        assert any(fnmatchcase(test, line.test) for test in tests), f"{line.test} matches no test"


@pytest.mark.parametrize("section", ["modules", "functionals", "namespace", "optimizers"])
def test_exclusions_name_what_torchs_tables_have(section):
    table = {
        "modules": modules.INFOS,
        "functionals": functionals.FUNCTIONALS,
        "namespace": functionals.NAMESPACE,
        "optimizers": optimizers.INFOS,
    }[section]
    assert set(names.excluded(section)) <= set(table)
    assert all(reason.strip() for reason in names.excluded(section).values())


def test_required_names_have_tests():
    have = {tuple(test.split("/")[:2]) for test in _all_tests()}
    for section, wanted in names.read_table("required.toml").items():
        for name in wanted:
            assert (section, name) in have
