"""torch's error inputs: the same exception type and the same text from refnn.

The text that counts is what torch raises when the call is made, not the pattern beside the input.
An error input that torch, on this machine, does not reject is not compared.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.testing._internal.common_modules import ModuleErrorEnum

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, Inconvertible, leaves
from refnn.testing.conformance.evaluate import compare_errors, differences, seed, seed_everything
from refnn.testing.conformance.functionals import FUNCTIONALS, NAMESPACE, OPS
from refnn.testing.conformance.modules import INFOS
from refnn.testing.conformance.report import Failure, Outcome, Report


@dataclass(frozen=True)
class ErrorTest:
    """All error inputs of one module or one entry of `op_db`."""

    section: str
    name: str

    def __str__(self) -> str:
        return f"{self.section}/{self.name}"


def all_tests() -> list[ErrorTest]:
    """Every module and every entry that has error inputs."""
    modules = [n for n, i in INFOS.items() if i.module_error_inputs_func and n not in names.excluded("modules")]
    functionals = [n for n in FUNCTIONALS if n not in names.excluded("functionals")]
    namespace = [n for n in NAMESPACE if n not in names.excluded("namespace")]
    return [
        *(ErrorTest("module errors", name) for name in modules),
        *(ErrorTest("functional errors", name) for name in functionals if OPS[name].error_inputs_func),
        *(ErrorTest("namespace errors", name) for name in namespace if OPS[name].error_inputs_func),
    ]


Attempt = Callable[[Any, Copier], Any]  # (class or function, copier of its library) to the call's result


def run(test: ErrorTest) -> Report:
    """Compare all error inputs of a test."""
    report = Report(str(test))
    seed_everything()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attempts = list(_module_attempts(test.name) if test.name in INFOS else _op_attempts(test.name))
        try:
            _target(refnn, test)
        except names.Missing as missing:
            report.missing = str(missing)
            report.outcomes = [Outcome(i) for i in range(len(attempts))]
            return report
        rejected = [(attempt, error) for attempt in attempts if (error := _raised(attempt, torch, test))]
        report.outcomes = [Outcome(i) for i in range(len(rejected))]
        for outcome, (attempt, error) in zip(report.outcomes, rejected, strict=True):
            _compare(outcome, attempt, error, test)
    return report


def _target(lib: Any, test: ErrorTest) -> Any:
    if test.name in INFOS:
        return names.look_up(lib, test.name)
    return OPS[test.name].op if lib is torch else names.op_counterpart(OPS[test.name])


def _raised(attempt: Attempt, lib: Any, test: ErrorTest) -> Exception | None:
    seed(lib, 0)
    try:
        attempt(_target(lib, test), Copier(lib))
    except (Inconvertible, names.Missing):
        raise
    except Exception as error:
        return error
    return None


def _compare(outcome: Outcome, attempt: Attempt, expected: Exception, test: ErrorTest) -> None:
    outcome.title = str(expected).split("\n")[0][:80]
    try:
        actual = _raised(attempt, refnn, test)
    except (Inconvertible, names.Missing) as error:
        outcome.missing = str(error)
        return
    outcome.compared += 1
    outcome.failures += compare_errors(expected, actual)


def _module_attempts(name: str) -> list[Attempt]:
    info = INFOS[name]
    made = info.module_error_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=True)

    def attempt_for(item: Any) -> Attempt:
        sample = item.module_error_input
        built = sample.constructor_input

        def attempt(cls: Any, copy: Copier) -> Any:
            args, kwargs = copy((built.args, built.kwargs))
            module = cls(*args, **kwargs)
            if item.error_on is ModuleErrorEnum.CONSTRUCTION_ERROR:
                return module
            return _unchanged(copy, sample.forward_input.args, sample.forward_input.kwargs, module)

        return attempt

    return [attempt_for(item) for item in made]


def _op_attempts(name: str) -> list[Attempt]:
    def attempt_for(item: Any) -> Attempt:
        sample = item.sample_input
        return lambda function, copy: _unchanged(copy, (sample.input, *sample.args), sample.kwargs, function)

    return [attempt_for(item) for item in OPS[name].error_inputs_func(OPS[name], "cpu")]


class ChangedError(AssertionError):
    """A call that was rejected changed its arguments."""


def _unchanged(copy: Copier, args: Any, kwargs: Any, function: Callable[..., Any]) -> Any:
    """Make the call; where it is rejected, its arguments must be what they were."""
    args, kwargs = copy((args, kwargs))
    before = leaves((args, kwargs))
    try:
        return function(*args, **kwargs)
    except Exception as error:
        changed: list[Failure] = differences("arguments", leaves((args, kwargs)), before)
        if changed and copy.lib is refnn:
            raise ChangedError(f"{error}; arguments changed: {changed[0]}") from error
        raise
