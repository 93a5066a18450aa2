"""A name's example under torch and under refnn: outputs and gradients side by side."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from refnn.bridge import copy_state, tensor_in, torch_library
from refnn.explain.examples import Example
from refnn.explain.explanation import Call, Explanation, call, gradients, steps
from refnn.testing.ulp import ulp_distance

__all__ = ["Line", "against_torch"]


@dataclass(frozen=True)
class Line:
    """One tensor: its shape, the largest |Δ|, and that in floating-point numbers between the two."""

    label: str
    shape: tuple[int, ...]
    max_abs: float
    max_ulp: float


def against_torch(about: Explanation) -> list[Line]:
    """Run the example under both, with torch's arguments and weights. Raises ImportError without torch.

    Raises RuntimeError where the two do not give the same tensors.
    """
    torch, refnn = torch_library(), import_module("refnn")
    if about.found.kind in ("optimizer", "schedule"):
        wanted, found = steps(torch, about.found), steps(refnn, about.found)
        return [_line(label, found[label], wanted[label]) for label in wanted]
    if about.example is None:
        return []
    for wanting in ("all", "first", "none"):
        try:
            theirs, ours = _both(torch, refnn, about.example, wanting)
            wanted, found = ({**c.outputs, **_named(gradients(lib, c))} for lib, c in ((torch, theirs), (refnn, ours)))
        except RuntimeError:
            if wanting == "none":
                raise
            continue
        break
    if list(wanted) != list(found):
        raise RuntimeError(f"torch gives {', '.join(wanted)}; refnn gives {', '.join(found)}")
    return [_line(label, found[label], wanted[label]) for label in wanted]


def _both(torch: Any, refnn: Any, example: Example, wanting: str) -> tuple[Call, Call]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        their_target, args, kwargs = example.built(torch)
        our_target, _, our_kwargs = example.built(refnn)
        if isinstance(their_target, torch.nn.Module):
            if any(torch.nn.parameter.is_lazy(p) for p in their_target.parameters()):
                their_target(*args, **kwargs)
                our_target(*[_converted(refnn, value) for value in args])
            copy_state(their_target, our_target)
        copied = [_converted(refnn, value) for value in args]
        our_kwargs = {key: _converted(refnn, value) for key, value in our_kwargs.items()}
        sides = ((torch, (their_target, args, kwargs)), (refnn, (our_target, copied, our_kwargs)))
        results = []
        for lib, built in sides:
            lib.manual_seed(1)  # the same masks where the call draws
            results.append(call(lib, built, wanting))
        return results[0], results[1]


def _converted(refnn: Any, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_converted(refnn, item) for item in value)
    return tensor_in(refnn, value) if hasattr(value, "detach") and not isinstance(value, refnn.Tensor) else value


def _named(found: dict[str, Any]) -> dict[str, Any]:
    return {f"gradient of {name}": value for name, value in found.items() if value is not None}


def _line(label: str, ours: Any, theirs: Any) -> Line:
    a, b = np.asarray(ours.detach().numpy()), np.asarray(theirs.detach().numpy())
    if a.shape != b.shape or a.dtype != b.dtype:
        raise RuntimeError(f"{label}: refnn gives {a.dtype} {a.shape}, torch {b.dtype} {b.shape}")
    gap = np.abs(np.subtract(a, b, dtype=np.result_type(a, np.float64)))
    gap = np.where((a == b) | ((a != a) & (b != b)), 0.0, gap)
    return Line(label, a.shape, float(gap.max(initial=0.0)), float(ulp_distance(a, b).max(initial=0.0)))
