"""Looking rows up, and adding their gradients."""

from typing import Any

import numpy as np

from benchmarks.case import Case, Phases, Work, floats


def embedding(rows: int, width: int, tokens: int) -> Case:
    def make(torch: Any) -> Phases:
        torch.manual_seed(0)
        module = torch.nn.Embedding(rows, width)
        index = torch.from_numpy(np.random.default_rng(0).integers(0, rows, tokens))
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
    return Case(f"Embedding {rows} × {width}, {tokens} indices", phases, make, needs=("nn.Embedding",))


CASES = [embedding(1000, 64, 2048), embedding(10_000, 128, 4096), embedding(50_000, 256, 1024)]
