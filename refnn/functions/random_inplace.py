"""Filling tensors with random numbers in place: Tensor.uniform_, normal_, bernoulli_, random_, …

torch fills in the order of memory, so a transposed tensor gets the same numbers as its transpose would.
All checks are made before the first number is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.autograd.inplace import apply_inplace, check_writable
from refnn.autograd.modes import mode
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import expanded_shape
from refnn.functions._calls import wrong_call
from refnn.functions._checks import is_int
from refnn.functions._random_arguments import number, stream_of
from refnn.functions._random_range import C_NAMES, DIGITS, is_floating, limits, name_of, random_range
from refnn.ops import random as draws
from refnn.random import Generator

__all__ = [
    "bernoulli_",
    "cauchy_",
    "exponential_",
    "geometric_",
    "log_normal_",
    "normal_",
    "random_",
    "uniform_",
]

Array = draws.Array

_SIGNED_OR_BYTE = ("int8", "int16", "int32", "int64", "uint8")


# Writing ------------------------------------------------------------------------------------------------


def in_memory_order(flat: Array, like: Array) -> Array:
    """A view of `flat` with the shape of `like`, whose elements run as those of `like` lie in memory."""
    if like.flags.c_contiguous:
        return flat.reshape(like.shape)
    order = _dims_by_stride(like)
    ordered = flat.reshape([like.shape[d] for d in order])
    return ordered.transpose(np.argsort(order))


def _dims_by_stride(array: Array) -> list[int]:
    return sorted(range(array.ndim), key=lambda d: -abs(array.strides[d]))


def _put(target: Any, flat: Array, node_name: str) -> Any:
    target._settle()
    data = target._data
    values = in_memory_order(flat.view(data.dtype) if data.dtype.kind == "c" else flat, data)
    if mode.grad and target._requires_grad:
        return apply_inplace(draws.CONSTANTS[node_name], target, values=values)
    np.copyto(data, values)
    target._bump_version()
    return target


def _fill(target: Any, generator: Any, name: str, node_name: str, draw: Callable[..., Array]) -> Any:
    """Write draw(n, dtype, stream), which returns n real numbers in the order of memory."""
    data = target._data
    if data.size == 0:
        return target
    is_complex = data.dtype.kind == "c"
    dtype = data.real.dtype if is_complex else data.dtype
    return _put(target, draw(data.size * (1 + is_complex), dtype, stream_of(name, generator)), node_name)


# Continuous ---------------------------------------------------------------------------------------------


def uniform_(self: Any, from_: Any = 0.0, /, to: Any = 1.0, *, generator: Generator | None = None) -> Any:
    """self ← uniform in [from, to); real and imaginary part each, if complex.

    Raises RuntimeError where from > to or a bound exceeds the dtype, NotImplementedError for integers.
    """
    low, high = number("uniform_", "from", 1, from_), number("uniform_", "to", 2, to)
    check_writable(self, False)
    check_uniform(self._data.dtype, low, high)
    return _fill(
        self, generator, "uniform_", "UniformBackward0",
        lambda n, dtype, stream: draws.uniform(n, dtype, stream, low, high),
    )  # fmt: skip


def check_uniform(dtype: Any, low: float, high: float) -> None:
    """Raise what torch raises where [low, high) does not fit the dtype."""
    if dtype.kind == "c":
        dtype = np.dtype(f"f{dtype.itemsize // 2}")
    if not is_floating(dtype):
        raise not_implemented("check_uniform_bounds", dtype)
    least, most = limits(dtype)
    for bound, name in ((low, "from"), (high, "to")):
        if not least <= bound <= most:
            raise RuntimeError(f"{name} is out of bounds for {C_NAMES[dtype.name]}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > most:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{dtypes.from_numpy(dtype).title}>::max(), but "
            f"found to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0, *, generator: Generator | None = None) -> Any:
    """self ← N(mean, std²). Complex: real and imaginary part have half the variance each.

    Raises RuntimeError for std < 0, NotImplementedError for integers.
    """
    mean, std = number("normal_", "mean", 1, mean), number("normal_", "std", 2, std)
    check_writable(self, False)
    check_std(std)
    data = self._data
    if data.size and data.dtype.kind != "c" and not is_floating(data.dtype):
        raise not_implemented("normal_kernel_cpu", data.dtype)
    scale = std / math.sqrt(2.0) if data.dtype.kind == "c" else std
    serial = not data.flags.c_contiguous
    return _fill(
        self, generator, "normal_", "NormalBackward0",
        lambda n, dtype, stream: draws.normal(n, dtype, stream, mean, scale, serial=serial),
    )  # fmt: skip


def check_std(std: float) -> None:
    """Raise RuntimeError unless std ≥ 0."""
    if not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


def exponential_(self: Any, lambd: Any = 1.0, *, generator: Generator | None = None) -> Any:
    """self ← exponential with rate lambd: density λ e^(−λx).

    Raises RuntimeError unless lambd > 0, and for a dtype that is not floating.
    """
    rate = number("exponential_", "lambd", 1, lambd)
    check_writable(self, False)
    if not rate > 0.0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    _check_continuous(self._data, "Exponential", lambda kind: kind.title)
    return _fill(
        self, generator, "exponential_", "ExponentialBackward0",
        lambda n, dtype, stream: draws.exponential(n, dtype, stream, rate),
    )  # fmt: skip


def log_normal_(self: Any, mean: Any = 1.0, std: Any = 2.0, *, generator: Generator | None = None) -> Any:
    """self ← e^z with z ~ N(mean, std²). Raises RuntimeError unless std > 0."""
    mean, std = number("log_normal_", "mean", 1, mean), number("log_normal_", "std", 2, std)
    check_writable(self, False)
    if not std > 0.0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if self._data.size and not is_floating(self._data.dtype):
        raise not_implemented("log_normal_cpu", self._data.dtype)
    return _fill(
        self, generator, "log_normal_", "LogNormalBackward0",
        lambda n, dtype, stream: draws.log_normal(n, dtype, stream, mean, std),
    )  # fmt: skip


def cauchy_(self: Any, median: Any = 0.0, sigma: Any = 1.0, *, generator: Generator | None = None) -> Any:
    """self ← Cauchy: density σ / (π (σ² + (x − median)²)). Raises RuntimeError unless sigma > 0."""
    median, sigma = number("cauchy_", "median", 1, median), number("cauchy_", "sigma", 2, sigma)
    check_writable(self, False)
    if not sigma > 0.0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _check_continuous(self._data, "Cauchy", lambda kind: C_NAMES[kind.name], even_empty=True)
    return _fill(
        self, generator, "cauchy_", "CauchyBackward0",
        lambda n, dtype, stream: draws.cauchy(n, dtype, stream, median, sigma),
    )  # fmt: skip


def _check_continuous(data: Array, name: str, word: Callable[[Any], str], even_empty: bool = False) -> None:
    if (data.size or even_empty) and not is_floating(data.dtype):
        raise RuntimeError(
            f"{name} distribution is a continuous probability distribution. dtype must be a floating point "
            f"but you specified {word(dtypes.from_numpy(data.dtype))}"
        )


# Discrete -----------------------------------------------------------------------------------------------


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
    """self ← 1 with probability p, else 0; p a number, or a tensor that broadcasts to self.

    Raises RuntimeError for p outside [0, 1] or of another shape.
    """
    named = {} if generator is None else {"generator": generator}
    if not isinstance(p, (TensorBase, int, float, np.number)):
        raise wrong_call("Tensor.bernoulli_", self, p, **named)
    check_writable(self, False)
    stream, dtype = stream_of("bernoulli_", generator), self._data.dtype
    if not isinstance(p, TensorBase):
        p = float(p)
        check_probability(p)
    if self._data.size == 0:
        return self
    check_bernoulli_dtype(dtype, "bernoulli_tensor_cpu_self_" if isinstance(p, TensorBase) else "bernoulli_scalar_cpu_")
    if isinstance(p, TensorBase):
        each = np.broadcast_to(p._data, expanded_shape(p._data.dtype, p._data.shape, self._data.shape))
        check_probabilities(each)
        drawn = draws.bernoulli_each(each.transpose(_dims_by_stride(self._data)), stream).reshape(-1)
        return _put(self, drawn.astype(dtype), "BernoulliBackward1")
    return _put(self, draws.bernoulli(self._data.size, p, stream).astype(dtype), "BernoulliBackward2")


def check_bernoulli_dtype(dtype: Any, kernel: str) -> None:
    """Raise NotImplementedError for complex numbers and for wide unsigned integers."""
    if name_of(dtype) not in (*DIGITS, *_SIGNED_OR_BYTE, "bool"):
        raise not_implemented(kernel, dtype)


def check_probability(p: float) -> None:
    """Raise RuntimeError unless 0 ≤ p ≤ 1."""
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")


def check_probabilities(p: Array) -> None:
    """Raise RuntimeError unless all are in [0, 1], NotImplementedError unless they are floating."""
    if not is_floating(p.dtype):
        raise not_implemented("bernoulli_tensor_cpu_p_", p.dtype)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )


def geometric_(self: Any, p: Any, *, generator: Generator | None = None) -> Any:
    """self ← the number of trials up to the first success, each succeeding with probability p.

    Raises RuntimeError unless 0 < p < 1.
    """
    p = number("geometric_", "p", 1, p)
    check_writable(self, False)
    if not 0.0 < p < 1.0:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if self._data.size and name_of(self._data.dtype) not in (*DIGITS, *_SIGNED_OR_BYTE):
        raise not_implemented("geometric_cpu", self._data.dtype)
    return _fill(
        self, generator, "geometric_", "GeometricBackward0",
        lambda n, dtype, stream: draws.geometric(n, dtype, stream, p),
    )  # fmt: skip


def random_(self: Any, *bounds: Any, generator: Generator | None = None, **named: Any) -> Any:
    """self ← integers: random_(from, to) in [from, to), random_(to) in [0, to), random_() in [0, max].

    `to=None` means up to the dtype's maximum. max is, for floating dtypes, the end of the exact integers.
    Raises RuntimeError for an empty range, or one that the dtype does not hold.
    """
    fits = len(bounds) + len(named) <= 2 and set(named) <= {"to"}
    values = (*bounds, *named.values())
    if not fits or not all(is_int(v) or (v is None and k == 1) for k, v in enumerate(values)):
        extra = {} if generator is None else {"generator": generator}
        raise wrong_call("Tensor.random_", self, *bounds, **named, **extra)
    check_writable(self, False)
    dtype = self._data.dtype
    if not values:
        if self._data.size and name_of(dtype) not in (*DIGITS, *_SIGNED_OR_BYTE, "bool"):
            raise not_implemented("random_kernel_cpu", dtype)
        return _fill(self, generator, "random_", "RandomBackward2", draws.any_integers)
    low = int(values[0]) if len(values) == 2 else 0
    high = int(values[-1]) if values[-1] is not None else None
    return fill_range(self, random_range(dtype, low, high), generator, f"RandomBackward{2 - len(values)}")


def fill_range(target: Any, bounds: tuple[int, int], generator: Any, node_name: str) -> Any:
    """target ← integers in bounds, which `random_range` has checked."""
    low, high = bounds
    return _fill(
        target, generator, "random_", node_name,
        lambda n, dtype, stream: draws.integers(n, dtype, stream, low, high),
    )  # fmt: skip
