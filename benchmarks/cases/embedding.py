"""Looking rows up, and adding their gradients."""

from typing import Any

import numpy as np

from benchmarks import by_hand
from benchmarks.case import Case, Phases, Work, floats


def embedding(rows: int, width: int, tokens: int) -> Case:
    places = np.random.default_rng(0).integers(0, rows, tokens)

    def make(torch: Any) -> Phases:
        torch.manual_seed(0)
        module = torch.nn.Embedding(rows, width)
        index = torch.from_numpy(places)
        g = torch.from_numpy(floats(tokens, width))
        held: dict[str, Any] = {}

        def forward() -> None:
            held["out"] = module(index)

        def backward() -> None:
            held.pop("out").backward(g)
            module.weight.grad = None

        return {"forward": forward, "backward": backward}

    values = tokens * width
    phases = {"forward": Work(0, 4 * 2 * values), "backward": Work(values, 4 * (values + rows * width))}
    name = f"Embedding {rows} × {width}, {tokens} indices"

    def bare() -> Phases:
        return by_hand.embedding(floats(tokens, width), floats(rows, width), places)

    return Case(name, phases, make, needs=("nn.Embedding",), by_hand=bare)


CASES = [embedding(1000, 64, 2048), embedding(10_000, 128, 4096), embedding(50_000, 256, 1024)]
