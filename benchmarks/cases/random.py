"""Random numbers: a million of each kind, and small calls, whose fixed cost counts.

The titles begin with "random", so `python -m benchmarks --only random` times these alone.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.case import Case, Work, forward_only

N = 1_000_000
FEW = 100  # small calls, made one after the other


def million(name: str, call: Callable[[Any], Any], needs: tuple[str, ...] = (), size: int = 4) -> Case:
    return Case(f"random: {name}, 1e6", {"forward": Work(N, size * N)}, forward_only(call), needs)


def fill(name: str, *arguments: Any, dtype: str = "float32") -> Case:
    """Tensor.name(*arguments) of a million elements."""

    def make(torch: Any) -> dict[str, Callable[[], Any]]:
        torch.manual_seed(0)
        x = torch.empty(N, dtype=getattr(torch, dtype))
        return {"forward": lambda: getattr(x, name)(*arguments)}

    shown = ", ".join(map(str, arguments))
    return Case(f"random: {name}({shown}), {dtype}, 1e6", {"forward": Work(N, 4 * N)}, make)


def small(name: str, call: Callable[[Any], Any]) -> Case:
    def often(torch: Any) -> None:
        for _ in range(FEW):
            call(torch)

    return Case(f"random: {name}, {FEW} times", {"forward": Work(FEW, FEW)}, forward_only(often))


CASES = [
    million("rand", lambda t: t.rand(N)),
    million("rand, float64", lambda t: t.rand(N, dtype=t.float64), size=8),
    million("randn", lambda t: t.randn(N)),
    million("randn, float64", lambda t: t.randn(N, dtype=t.float64), size=8),
    million("randint(10)", lambda t: t.randint(10, (N,)), size=8),
    million("randint(2**40)", lambda t: t.randint(2**40, (N,)), size=8),
    Case("random: randperm, 6e4", {"forward": Work(60_000, 8 * 60_000)}, forward_only(lambda t: t.randperm(60_000))),
    fill("uniform_", -0.3, 0.7),
    fill("uniform_", -0.3, 0.8, dtype="float64"),
    fill("normal_", 1.5, 0.3),
    fill("bernoulli_", 0.3),
    fill("random_"),
    fill("exponential_"),
    fill("geometric_", 0.3),
    fill("log_normal_"),
    fill("cauchy_"),
    million("bernoulli of a tensor", lambda t: t.bernoulli(t.full((N,), 0.3))),
    million("multinomial with replacement", lambda t: t.multinomial(t.ones(1000), N, True), size=8),
    million("multinomial", lambda t: t.multinomial(t.ones(1000, 1000), 1)),
    million("poisson, one rate", lambda t: t.poisson(t.full((N,), 20.0)), ("poisson",)),
    million("rrelu", lambda t: t.rrelu(t.full((N,), -1.0), training=True), ("rrelu",)),
    million("dropout without gradient", lambda t: t.nn.functional.dropout(t.ones(N), 0.5)),
    million("alpha_dropout without gradient", lambda t: t.nn.functional.alpha_dropout(t.ones(N), 0.5, True)),
    small("rand(1)", lambda t: t.rand(1)),
    small("randn(1)", lambda t: t.randn(1)),
    small("randn(16)", lambda t: t.randn(16)),
    small("randn(1000)", lambda t: t.randn(1000)),
    small("randint(10, (32,))", lambda t: t.randint(10, (32,))),
    small("randperm(100)", lambda t: t.randperm(100)),
    small("dropout of 100", lambda t: t.nn.functional.dropout(t.ones(100), 0.5)),
    small("get and set state", lambda t: t.set_rng_state(t.get_rng_state())),
    small("manual_seed", lambda t: t.manual_seed(3)),
]
