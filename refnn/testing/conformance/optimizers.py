"""Every configuration of torch's `optim_db`: the parameters after each step, and the state."""

import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_optimizers import OptimizerInfo, optim_db

import refnn
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, Inconvertible, tensor_from
from refnn.testing.conformance.evaluate import Side, compare, seed_everything
from refnn.testing.conformance.report import Outcome, Report
from refnn.testing.conformance.tolerances import bounds_for

INFOS: dict[str, OptimizerInfo] = {info.name: info for info in optim_db}
STEPS = 5
SHAPES = ((3, 4), (4, 1), (2, 2))  # of two dimensions: Muon takes no others


@dataclass(frozen=True)
class OptimizerTest:
    """One optimizer in one dtype; `errors`: its error inputs."""

    name: str
    dtype: torch.dtype
    errors: bool = False

    def __str__(self) -> str:
        if self.errors:
            return f"optimizer errors/{self.name}"
        return f"optimizers/{self.name}/{str(self.dtype).removeprefix('torch.')}"


def all_tests() -> list[OptimizerTest]:
    """Every optimizer of torch's table, both dtypes, and the error inputs."""
    chosen = [name for name in INFOS if name not in names.excluded("optimizers")]
    runs = [OptimizerTest(name, dtype) for name in chosen for dtype in (torch.float32, torch.float64)]
    return runs + [OptimizerTest(name, torch.float32, errors=True) for name in chosen]


def run(test: OptimizerTest) -> Report:
    """Compare all configurations, or all error inputs."""
    report = Report(str(test))
    seed_everything()
    trials = _error_trials(test) if test.errors else _trials(test)
    report.outcomes = [Outcome(i, title) for i, (title, _) in enumerate(trials)]
    try:
        twin = names.look_up(refnn, f"optim.{test.name}")
    except names.Missing:
        report.missing = f"optim.{test.name}"
        return report
    classes = {torch: INFOS[test.name].optim_cls, refnn: twin}
    for outcome, (_, trial) in zip(report.outcomes, trials, strict=True):
        sides = [Side(lib, _bound(trial, lib, cls), {}) for lib, cls in classes.items()]
        try:
            compare(outcome, sides[0], sides[1], second=False, bounds=bounds_for(str(test)))
        except Inconvertible as error:
            outcome.missing = str(error)
    return report


Trial = Callable[[types.ModuleType, Any], Any]  # (library, its optimizer class) to what is compared


def _bound(trial: Trial, lib: types.ModuleType, cls: Any) -> Callable[[], Any]:
    return lambda: trial(lib, cls)


# ---------------------------------------------------------------- configurations


def _trials(test: OptimizerTest) -> list[tuple[str, Trial]]:
    info = INFOS[test.name]
    trials: list[tuple[str, Trial]] = []
    for config in info.optim_inputs_func(device="cpu"):
        for groups in (False, True):
            title = f"{config.desc}{', groups' if groups else ''}"
            trials.append((title, _training(test, dict(config.kwargs), groups, resume=False)))
        trials.append((f"{config.desc}, resumed", _training(test, dict(config.kwargs), True, resume=True)))
    return trials


def _training(test: OptimizerTest, options: dict[str, Any], groups: bool, resume: bool) -> Trial:
    """A few steps on given gradients, the last one with a closure; one parameter once has no gradient."""

    def trial(lib: types.ModuleType, cls: Any) -> Any:
        rng = np.random.default_rng(3)
        dtype = str(test.dtype).removeprefix("torch.")
        params = [lib.nn.Parameter(tensor_from(lib, rng.standard_normal(shape).astype(dtype))) for shape in SHAPES]
        optimizer = cls(_arranged(params, groups), **Copier(lib)(options))
        history: list[Any] = [repr(optimizer)]
        for step in range(STEPS):
            if resume and step == STEPS // 2:
                optimizer = _resumed(lib, cls, params, optimizer, options)
            for i, p in enumerate(params):
                p.grad = tensor_from(lib, rng.standard_normal(SHAPES[i]).astype(dtype))
            if step == 1:
                params[1].grad = None
            optimizer.step(*_closures(test, lib, params, step))
            history.append([p.detach().clone() for p in params])
        optimizer.zero_grad()
        return [history, [p.grad for p in params], optimizer.state_dict()]

    return trial


def _arranged(params: list[Any], groups: bool) -> list[Any]:
    if not groups:
        return params
    return [{"params": params[:1], "lr": 0.02}, {"params": params[1:]}]


def _resumed(lib: types.ModuleType, cls: Any, params: list[Any], optimizer: Any, options: Any) -> Any:
    """A new optimizer that takes over the state of the old one."""
    fresh = cls(_arranged(params, True), **Copier(lib)(options))
    fresh.load_state_dict(optimizer.state_dict())
    return fresh


def _closures(test: OptimizerTest, lib: types.ModuleType, params: list[Any], step: int) -> list[Any]:
    if step < STEPS - 1 and not INFOS[test.name].step_requires_closure:
        return []

    def closure() -> Any:
        for p in params:
            p.grad = None
        loss = sum((p * p).sum() for p in params)
        loss.backward()
        return loss

    return [closure]


# ---------------------------------------------------------------- error inputs


def _error_trials(test: OptimizerTest) -> list[tuple[str, Trial]]:
    info = INFOS[test.name]
    if info.optim_error_inputs_func is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs = info.optim_error_inputs_func(device="cpu", dtype=test.dtype)
    return [(i.optimizer_error_input.desc, _construction(i.optimizer_error_input)) for i in inputs]


def _construction(given: Any) -> Trial:
    def trial(lib: types.ModuleType, cls: Any) -> Any:
        copy = Copier(lib)
        params = given.params
        if params is None:
            params = [torch.nn.Parameter(torch.ones(1, 1))]
        return repr(cls(copy(params), **copy(given.kwargs)))

    return trial
