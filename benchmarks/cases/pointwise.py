"""One value at a time: sums, activations, dropout."""

from collections.abc import Callable
from typing import Any

from benchmarks.case import Case, Work, floats, forward_only, function, passes

N = 100_000


def activation(name: str, needs: str, call: Callable[[Any, Any], Any]) -> Case:
    return Case(f"{name}, 1e5", passes(N, 2, 3), function(call, floats(N)), needs=(needs,))


def add(exponent: int) -> Case:
    n = 10**exponent
    return Case(
        f"add, 1e{exponent}",
        {"forward": Work(n, 4 * 3 * n)},
        forward_only(lambda torch, x, y: torch.add(x, y), floats(n), floats(n, seed=1)),
    )


CASES = [
    add(3),
    add(5),
    add(7),
    activation("ReLU", "relu", lambda torch, x: torch.relu(x)),
    activation("sigmoid", "sigmoid", lambda torch, x: torch.sigmoid(x)),
    activation("tanh", "tanh", lambda torch, x: torch.tanh(x)),
    activation("exp", "exp", lambda torch, x: torch.exp(x)),
    activation("GELU, tanh", "nn.functional.gelu", lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh")),
    activation("GELU, erf", "nn.functional.gelu", lambda torch, x: torch.nn.functional.gelu(x)),
    Case(
        "dropout, 1e6",
        passes(1_000_000, 2, 2),
        function(lambda torch, x: torch.nn.functional.dropout(x, 0.5), floats(1_000_000)),
    ),
]
