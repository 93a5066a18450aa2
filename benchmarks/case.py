"""What a case is, and how its phases are made.

A case is written for torch and runs under either library: a list of phases, each a function of no arguments.
One repetition calls them in order, and each is timed by itself. Beside them stand the multiply-adds and the
bytes that the mathematics asks for at least, from which the ceiling is computed: 2 floating-point operations
for each multiply-add of the plain algorithm, and one read of each input and one write of each output.

Some cases are written by hand as well, in bare NumPy: see benchmarks.by_hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

EXAMPLES = Path(__file__).parent.parent / "examples"  # what a case imports from there runs under either library

Phases = dict[str, Callable[[], Any]]
Make = Callable[[Any], Phases]  # torch or refnn -> the phases' functions


@dataclass(frozen=True)
class Work:
    """The least that a phase has to do."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Case:
    """What is timed: the least work of each phase, how the phases' functions are made, and those of bare NumPy."""

    name: str
    phases: dict[str, Work]
    make: Make
    needs: tuple[str, ...] = ()  # names in torch's namespace
    by_hand: Callable[[], Phases] | None = None

    def missing(self, library: Any) -> list[str]:
        """Those of the names that a library lacks."""
        return [name for name in self.needs if not _has(library, name)]


def _has(library: Any, name: str) -> bool:
    try:
        attrgetter(name)(library)
    except AttributeError:
        return False
    return True


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal numbers, float32."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def bare(phases: Callable[..., Phases], out: tuple[int, ...] | None, *shapes: tuple[int, ...]) -> Callable[[], Phases]:
    """phases(g, *inputs) for normal numbers of these shapes, g being the output's gradient, if it has one."""

    def make() -> Phases:
        given = [floats(*shape, seed=seed) for seed, shape in enumerate(shapes)]
        return phases(*given) if out is None else phases(floats(*out, seed=len(shapes)), *given)

    return make


def gemm(n: float, k: float, m: float) -> float:
    """The operations of a product (n, k) by (k, m)."""
    return 2 * n * k * m


def passes(n: float, forward: int, backward: int, operations: int = 1) -> dict[str, Work]:
    """A forward and a backward phase that read or write so many arrays of n float32 values."""
    return {"forward": Work(operations * n, 4 * n * forward), "backward": Work(operations * n, 4 * n * backward)}


def layer(build: Callable[[Any], Any], *shape: int) -> Make:
    """Forward and backward of one layer, the gradient of its input included."""

    def make(torch: Any) -> Phases:
        torch.manual_seed(0)
        module = build(torch)
        x = torch.from_numpy(floats(*shape)).requires_grad_()
        return _both(torch, lambda: module(x), [x, *module.parameters()])

    return make


def function(call: Callable[..., Any], *inputs: np.ndarray) -> Make:
    """Forward and backward of call(torch, *inputs); those of floats require gradients."""

    def make(torch: Any) -> Phases:
        torch.manual_seed(0)
        given = [torch.from_numpy(array) for array in inputs]
        leaves = [x.requires_grad_() for x in given if x.is_floating_point()]
        return _both(torch, lambda: call(torch, *given), leaves)

    return make


def forward_only(call: Callable[..., Any], *inputs: np.ndarray) -> Make:
    """call(torch, *inputs), without gradients."""

    def make(torch: Any) -> Phases:
        torch.manual_seed(0)
        given = [torch.from_numpy(array) for array in inputs]
        return {"forward": lambda: call(torch, *given)}

    return make


def _both(torch: Any, call: Callable[[], Any], leaves: list[Any]) -> Phases:
    held: dict[str, Any] = {}

    def forward() -> None:
        out = call()
        held["out"] = out[0] if isinstance(out, tuple) else out

    forward()
    shape = tuple(held["out"].shape)
    g = torch.from_numpy(floats(*shape, seed=1)) if shape else None

    def backward() -> None:
        held.pop("out").backward(g)
        for leaf in leaves:
            leaf.grad = None

    return {"forward": forward, "backward": backward}


def step(loss: Callable[[], Any], optimizer: Any) -> Phases:
    """A training step."""
    held: dict[str, Any] = {}

    def forward() -> None:
        held["loss"] = loss()

    def backward() -> None:
        optimizer.zero_grad()
        held.pop("loss").backward()

    return {"forward": forward, "backward": backward, "optimizer": optimizer.step}


def count(*shape: int) -> int:
    """The elements of a shape."""
    return math.prod(shape)
