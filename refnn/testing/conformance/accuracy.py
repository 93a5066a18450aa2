"""Precision in float32: refnn's error against a float64 run, over torch's error against the same run.

For each sample of a module: the same float32 weights and inputs go through torch and refnn in float32
and through torch in float64. An error is the largest deviation of a tensor from the float64 run, in
units of float32's spacing at the tensor's largest value. A module's ratio is that of the mean errors
over outputs and gradients; below a quarter of a spacing, what rounding alone costs, errors count as
that quarter.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import refnn
from refnn.autograd.op import Array
from refnn.testing.conformance import names
from refnn.testing.conformance.convert import Copier, Inconvertible, Leaf
from refnn.testing.conformance.evaluate import Side, run
from refnn.testing.conformance.modules import INFOS, ModuleTest, arguments, differentiable, samples
from refnn.testing.conformance.precision import in_double

QUANTITIES = ("output", "input_grad", "param_grad")
FLOOR = 0.25
EPS = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Ratio:
    """The mean errors of one module, in spacings of float32, over so many tensors."""

    refnn: float
    torch: float
    tensors: int

    @property
    def value(self) -> float:
        return max(self.refnn, FLOOR) / max(self.torch, FLOOR)


def modules() -> list[str]:
    """Every module of torch's table that is compared."""
    return [name for name in INFOS if name not in names.excluded("modules")]


def measure(name: str) -> Ratio | None:
    """The errors of one module; None where refnn lacks it."""
    try:
        cls = names.look_up(refnn, name)
    except names.Missing:
        return None
    pairs: list[tuple[float, float]] = []
    for sample in samples(ModuleTest(name, torch.float32, True)):
        try:
            pairs += _errors(INFOS[name].module_cls, cls, sample)
        except (Inconvertible, names.Missing):
            continue
    if not pairs:
        return Ratio(0.0, 0.0, 0)
    ours, theirs = np.mean(pairs, axis=0)
    return Ratio(float(ours), float(theirs), len(pairs))


def _errors(original: Any, twin: Any, sample: Any) -> list[tuple[float, float]]:
    """(refnn's error, torch's error) for each tensor of one sample."""
    built, call = arguments(sample)
    args, kwargs = Copier(torch)(built)
    module = original(*args, **kwargs).float().train()
    args, kwargs = Copier(refnn)(built)
    ours = twin(*args, **kwargs).float().train()
    ours.load_state_dict(Copier(refnn)(dict(module.state_dict())))
    exact = copy.deepcopy(module).double()
    results = [
        run(_side(lib, m, arguments), second=False)
        for lib, m, arguments in (
            (torch, exact, in_double(Copier(torch)(call), torch.float32)),
            (torch, module, Copier(torch)(call)),
            (refnn, ours, Copier(refnn)(call)),
        )
    ]
    if any(result.errors for result in results):
        return []
    return [pair for quantity in QUANTITIES for pair in _of(quantity, *(r.quantities for r in results))]


def _side(lib: Any, module: Any, call: Any) -> Side:
    args, kwargs = call
    inputs = dict(differentiable(call))
    return Side(lib, lambda: module(*args, **kwargs), inputs, dict(module.named_parameters()), precision="float32")


def _of(quantity: str, exact: Any, theirs: Any, ours: Any) -> list[tuple[float, float]]:
    found = []
    for path, leaf in exact.get(quantity, {}).items():
        if leaf.kind != "tensor" or leaf.value.dtype != np.float64 or leaf.value.size == 0:
            continue
        scale = float(np.abs(leaf.value).max())
        if 0 < scale < np.inf:
            mine, its = (_error(side[quantity][path], leaf.value, scale) for side in (ours, theirs))
            found.append((mine, its))
    return found


def _error(leaf: Leaf, exact: Array, scale: float) -> float:
    return float(np.abs(leaf.value - exact).max()) / (EPS * scale)
