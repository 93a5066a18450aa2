"""What is timed. Each case is written for torch and runs under either library.

A case is a list of phases, each a function of no arguments; one repetition calls them in order, and each is
timed by itself. Beside them stand the multiply-adds and the bytes that the mathematics asks for at least,
from which the ceiling is computed: 2 floating-point operations for each multiply-add of the plain
algorithm, and one read of each input and one write of each output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

DIGITS = Path(__file__).parent.parent / "examples" / "digits_cnn.py"


@dataclass(frozen=True)
class Work:
    """The least that a phase has to do."""

    flops: float
    bytes: float


@dataclass(frozen=True)
class Case:
    name: str
    phases: dict[str, Work]
    make: Callable[[Any, Any], dict[str, Callable[[], Any]]]  # (torch, digits) -> the phases' functions


def floats(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def layer(build: Callable[[Any], Any], *shape: int) -> Callable[[Any, Any], dict[str, Callable[[], Any]]]:
    """Forward and backward of one layer, the gradient of its input included."""

    def make(torch: Any, _digits: Any) -> dict[str, Callable[[], Any]]:
        torch.manual_seed(0)
        module = build(torch)
        x = torch.from_numpy(floats(*shape)).requires_grad_()
        held: dict[str, Any] = {}

        def forward() -> None:
            out = module(x)
            held["out"] = out[0] if isinstance(out, tuple) else out

        forward()
        g = torch.from_numpy(floats(*held["out"].shape, seed=1))

        def backward() -> None:
            held["out"].backward(g)
            x.grad = None
            module.zero_grad()

        return {"forward": forward, "backward": backward}

    return make


def step(model: Any, loss: Callable[[], Any], optimizer: Any) -> dict[str, Callable[[], Any]]:
    held: dict[str, Any] = {}

    def forward() -> None:
        held["loss"] = loss()

    def backward() -> None:
        optimizer.zero_grad()
        held["loss"].backward()
        held["loss"] = None

    return {"forward": forward, "backward": backward, "optimizer": optimizer.step}


def digits_step(torch: Any, digits: Any) -> dict[str, Callable[[], Any]]:
    torch.manual_seed(0)
    model = digits.make_model()
    labels = np.random.default_rng(2).integers(0, 10, 64)
    batch = (torch.from_numpy(floats(64, 1, 28, 28)), torch.from_numpy(labels))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    return step(model, lambda: digits.loss(model, batch), optimizer)


def tiny_step(torch: Any, _digits: Any) -> dict[str, Callable[[], Any]]:
    nn = torch.nn
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))
    x, y = torch.from_numpy(floats(8, 16)), torch.from_numpy(floats(8, 1))
    criterion = nn.MSELoss()
    return step(model, lambda: criterion(model(x), y), torch.optim.SGD(model.parameters(), lr=0.001))


def gemm(n: float, k: float, m: float) -> float:
    return 2 * n * k * m


LINEAR = gemm(64, 784, 512)
CONV = gemm(32 * 32 * 32, 64 * 9, 64)
DIGITS_FLOPS = [gemm(64 * 26 * 26, 9, 32), gemm(64 * 24 * 24, 32 * 9, 64), gemm(64, 9216, 128), gemm(64, 128, 10)]
DIGITS_WEIGHTS = 32 * 9 + 64 * 32 * 9 + 9216 * 128 + 128 * 10 + 32 + 64 + 128 + 10
# Activations that a step has to write and read again: conv1, conv2 (both rectified), pool, dropout, fc1.
DIGITS_VALUES = 64 * (2 * 32 * 26 * 26 + 2 * 64 * 24 * 24 + 2 * 64 * 12 * 12 + 3 * 128)
RNN = 50 * (gemm(32, 128, 128) * 2)
POOL = 32 * 64 * 32 * 32

CASES = [
    Case(
        "Linear 64 × 784 → 512",
        {
            "forward": Work(LINEAR, 4 * (64 * 784 + 784 * 512 + 64 * 512)),
            "backward": Work(2 * LINEAR, 4 * (64 * 784 * 2 + 784 * 512 * 2 + 64 * 512)),
        },
        layer(lambda torch: torch.nn.Linear(784, 512), 64, 784),
    ),
    Case(
        "digits CNN, training step, batch 64",
        {
            "forward": Work(sum(DIGITS_FLOPS), 4 * (DIGITS_VALUES + DIGITS_WEIGHTS)),
            "backward": Work(2 * sum(DIGITS_FLOPS) - DIGITS_FLOPS[0], 4 * 2 * (DIGITS_VALUES + DIGITS_WEIGHTS)),
            "optimizer": Work(2 * DIGITS_WEIGHTS, 4 * 3 * DIGITS_WEIGHTS),
        },
        digits_step,
    ),
    Case(
        "Conv2d 32 × 64 × 32 × 32, k3, p1",
        {"forward": Work(CONV, 4 * 2 * POOL), "backward": Work(2 * CONV, 4 * 3 * POOL)},
        layer(lambda torch: torch.nn.Conv2d(64, 64, 3, padding=1), 32, 64, 32, 32),
    ),
    Case(
        "MaxPool2d(2) 32 × 64 × 32 × 32",
        {"forward": Work(POOL * 3 / 4, 4 * POOL * 5 / 4), "backward": Work(0, 4 * POOL * 5 / 4)},
        layer(lambda torch: torch.nn.MaxPool2d(2), 32, 64, 32, 32),
    ),
    Case(
        "RNN, T = 50, B = 32, H = 128",
        {
            "forward": Work(RNN, 4 * 2 * 50 * 32 * 128),
            "backward": Work(2 * RNN, 4 * 4 * 50 * 32 * 128),
        },
        layer(lambda torch: torch.nn.RNN(128, 128), 50, 32, 128),
    ),
    Case(
        "tiny MLP 16-32-1, training step, batch 8",
        {
            "forward": Work(gemm(8, 16, 32) + gemm(8, 32, 1), 4 * 1000),
            "backward": Work(gemm(8, 16, 32) + 2 * gemm(8, 32, 1), 4 * 2000),
            "optimizer": Work(2 * 577, 4 * 3 * 577),
        },
        tiny_step,
    ),
]
