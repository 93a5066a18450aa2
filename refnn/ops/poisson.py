"""Poisson numbers: how often something happens that happens λ times on average.

λ ≥ 10, by transformed rejection: with u, v uniform, U = u − ½ and s = ½ − |U|,

    k = ⌊(2 a / s + b) U + λ + 0.43⌋

is taken if v lies under a curve, else both are drawn again. λ < 10: k is the number of uniforms whose product
stays above e^(−λ). So the numbers that one element takes from the stream depend on their values, and where the
next element starts is known only when it is done: elements of different λ go through a loop. Where all have one
λ ≥ 10 it does not matter which element an attempt belongs to, and the attempts are made together.

Source: Hörmann, "The transformed rejection method for generating Poisson random variables", 1993 (PTRS);
Knuth, The Art of Computer Programming, volume 2, 3.4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnn.autograd.op import Array
from refnn.ops import _libm
from refnn.ops._half import opmath_dtype
from refnn.ops._mersenne import MersenneTwister
from refnn.ops.random import unit_doubles

__all__ = ["poisson"]

_LARGE = 10.0  # from here on by rejection
_AT_ONCE = 1 << 16  # uniforms that a loop draws at a time
_ATTEMPTS = 1 << 14  # that are made together: in float64 64 KB, which the cache holds


def poisson(rates: Array, stream: MersenneTwister) -> Array:
    """A number for each rate λ ≥ 0, in logical order and in the dtype of the rates; 0 takes nothing."""
    lambdas = rates.astype(np.float64).reshape(-1)
    out = np.zeros(len(lambdas), np.float64)
    is_drawn = lambdas != 0
    lambdas = lambdas[is_drawn]
    if len(lambdas):
        is_one = lambdas[0] >= _LARGE and (lambdas == lambdas[0]).all()
        out[is_drawn] = _of_one_rate(lambdas, stream) if is_one else _one_by_one(lambdas, stream)
    with np.errstate(invalid="ignore"):  # what 64 bits do not hold becomes −2⁶³
        whole = out.astype(np.int64).reshape(rates.shape)
        return whole.astype(opmath_dtype(rates.dtype)).astype(rates.dtype, copy=False)


def _constants(rate: float) -> tuple[float, float, float, float, float]:
    """(b, a, log 1/α, v_r, log λ) of the rejection."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    return b, a, math.log(1.1239 + 1.1328 / (b - 3.4)), 0.9277 - 3.6224 / (b - 2), math.log(rate)


def _is_under(v: float, s: float, k: float, rate: float, b: float, a: float, log_inverse: float, log: float) -> bool:
    """Whether v lies under the curve: log v + log 1/α − log(a / s² + b) ≤ −λ + k log λ − log k!"""
    if v == 0.0:
        return True
    return math.log(v) + log_inverse - math.log(a / (s * s) + b) <= -rate + k * log - math.lgamma(k + 1)


# One rate


def _of_one_rate(lambdas: NDArray[np.float64], stream: MersenneTwister) -> NDArray[np.float64]:
    """Each round makes as many attempts as numbers are missing, so none is drawn in vain."""
    rate = float(lambdas[0])
    out = np.empty_like(lambdas)
    done = 0
    while done < len(out):
        taken = _attempts(min(len(out) - done, _ATTEMPTS), rate, stream)
        out[done : done + len(taken)] = taken
        done += len(taken)
    return out


def _attempts(n: int, rate: float, stream: MersenneTwister) -> NDArray[np.float64]:
    """The numbers that n attempts bring."""
    b, a, _, v_r, _ = _constants(rate)
    u, v = np.ascontiguousarray(unit_doubles(2 * n, stream).reshape(n, 2).T)
    u -= 0.5
    s = 0.5 - np.abs(u)
    with np.errstate(all="ignore"):
        k = np.floor((2 * a / s + b) * u + rate + 0.43)
    is_taken = (s >= 0.07) & (v <= v_r)
    is_open = np.flatnonzero(~is_taken & ~((k < 0) | ((s < 0.013) & (v > s))))  # an eighth of them
    is_taken[is_open] = _are_under(v[is_open], s[is_open], k[is_open], rate)
    return k[is_taken]


def _are_under(
    v: NDArray[np.float64], s: NDArray[np.float64], k: NDArray[np.float64], rate: float
) -> NDArray[np.bool_]:
    """`_is_under` for each element. NumPy has no log-gamma function, but few different k occur."""
    b, a, log_inverse, _, log = _constants(rate)
    counts, which = np.unique(k, return_inverse=True)
    with np.errstate(all="ignore"):
        least = np.array([-rate + count * log - math.lgamma(count + 1) for count in counts.tolist()])
        height = _libm.log(v) + log_inverse - _libm.log(a / (s * s) + b)
        is_under: NDArray[np.bool_] = (v == 0.0) | (height <= least[which])
    return is_under


# Different rates


def _one_by_one(lambdas: NDArray[np.float64], stream: MersenneTwister) -> list[float]:
    missing = [len(lambdas)]
    uniform = _supply(missing, stream).__next__
    limits = _libm.exp(-np.minimum(lambdas, _LARGE)).tolist()
    out = []
    for rate, limit in zip(lambdas.tolist(), limits, strict=True):
        out.append(_by_rejection(rate, uniform) if rate >= _LARGE else _by_product(limit, uniform))
        missing[0] -= 1
    return out


def _supply(missing: list[int], stream: MersenneTwister) -> Iterator[float]:
    """Uniforms without end, never more of them drawn than numbers are missing: each takes at least one."""
    while True:
        yield from unit_doubles(min(missing[0], _AT_ONCE), stream).tolist()


def _by_product(limit: float, uniform: Callable[[], float]) -> int:
    k, product = 0, uniform()
    while product > limit:
        k += 1
        product *= uniform()
    return k


def _by_rejection(rate: float, uniform: Callable[[], float]) -> Any:
    b, a, log_inverse, v_r, log = _constants(rate)
    while True:
        u, v = uniform() - 0.5, uniform()
        s = 0.5 - abs(u)
        k = ((2 * a / s + b) * u + rate + 0.43) // 1.0 if s else -math.inf
        if s >= 0.07 and v <= v_r:
            return k
        if k < 0 or (s < 0.013 and v > s):
            continue
        if _is_under(v, s, k, rate, b, a, log_inverse, log):
            return k
