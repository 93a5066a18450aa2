"""16 bits beside torch: which samples, and what a difference may be where torch's own rounding is larger than it.

float16 and bfloat16 keep 11 and 8 bits, and torch rounds to them wherever one of its kernels ends. What cancels
after that is off by more than torch's tolerance, in torch itself. So where a tensor is not within torch's tolerance of
torch's, torch makes the same call in float64, and refnn's tensor has to be as near to that as torch's is: each element
within the tolerance and twice torch's largest error in the tensor. What is infinite or NaN in torch's has to be so in
refnn's. An error of more than a tenth of the largest value is none of rounding, and excuses nothing: refnn is then
within the tolerance of one of the two.
"""

import functools
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch

from refnn.testing.conformance.compare import Tolerance, default_tolerance
from refnn.testing.conformance.convert import Leaf
from refnn.testing.conformance.evaluate import Bounds, Nearer, Result, Side, run

HALVES = (torch.float16, torch.bfloat16)
SAMPLES = 40  # of an entry in a 16-bit dtype, at most: the kernels are those that float32 runs on all samples
ROUNDING = 0.1  # of the largest value
FACTOR = 2  # the largest of some errors and the largest of others that are alike differ by chance

Sample = TypeVar("Sample")


def spread(samples: list[Sample], dtype: torch.dtype) -> list[Sample]:
    """All samples, or in a 16-bit dtype at most SAMPLES of them, from all over the list."""
    return samples[:: -(-len(samples) // SAMPLES) or 1] if dtype in HALVES else samples


def in_double(tree: Any, dtype: torch.dtype, made: dict[int, torch.Tensor] | None = None) -> Any:
    """A tree of torch's arguments with what has the dtype in float64; one tensor in several places stays one."""
    made = {} if made is None else made
    if isinstance(tree, torch.Tensor):
        if tree.dtype is not dtype:
            return tree
        if id(tree) not in made:
            made[id(tree)] = tree.detach().double().requires_grad_(tree.requires_grad)
        return made[id(tree)]
    if isinstance(tree, torch.nn.utils.rnn.PackedSequence):
        return tree.double()
    if isinstance(tree, list | tuple):
        return type(tree)(in_double(item, dtype, made) for item in tree)
    return {key: in_double(item, dtype, made) for key, item in tree.items()} if isinstance(tree, dict) else tree


def exact_reference(side: Side, dtype: torch.dtype) -> Nearer:
    """What `compare` takes as `nearer`, given torch's side in float64: run, once, where it is needed."""
    side.precision = str(dtype).removeprefix("torch.")

    @functools.cache
    def exact() -> Result:
        return run(side, second=False)

    return lambda expected, bounds: _reference(expected, exact(), bounds)


def _reference(expected: Result, exact: Result, bounds: Bounds) -> tuple[Result, Bounds]:
    """The float64 run instead of torch's result, and bounds that allow torch's own errors."""
    reference = Result()
    errors: dict[tuple[str, str], float] = {}
    for quantity, leaves in expected.quantities.items():
        found = reference.quantities[quantity] = {}
        for path, leaf in leaves.items():
            found[path] = leaf
            true = exact.quantities.get(quantity, {}).get(path)
            if true is None or not _comparable(leaf, true):
                continue
            finite = np.isfinite(leaf.value) & np.isfinite(true.value)
            error = float(np.abs(leaf.value[finite].astype(np.float64) - true.value[finite]).max(initial=0.0))
            is_rounding = error <= ROUNDING * float(np.abs(true.value)[finite].max(initial=0.0))
            errors[quantity, path] = FACTOR * error if is_rounding else 0.0
            value = np.where(finite, true.value, leaf.value).astype(leaf.value.dtype)
            found[path] = replace(leaf, value=value)

    def wider(quantity: str, path: str) -> Tolerance | None:
        if (quantity, path) not in errors:
            return bounds(quantity, path)
        base = bounds(quantity, path) or default_tolerance(expected.quantities[quantity][path].dtype)
        return Tolerance(base.rtol, base.atol + errors[quantity, path])

    return reference, wider


def _comparable(leaf: Leaf, true: Leaf) -> bool:
    """Whether both are tensors of floats, of one shape, the second in float64."""
    if leaf.kind != "tensor" or true.kind != "tensor" or leaf.value.shape != true.value.shape:
        return False
    return leaf.value.dtype.kind == "f" and true.value.dtype == np.float64
