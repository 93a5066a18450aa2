"""Random numbers, drawn as torch's CPU kernels draw them.

Every function takes the stream that it reads from, a `MersenneTwister`, and returns a flat array of n
numbers in the order of the stream. W is a word of the stream, Q two of them, and

    u24 = (W mod 2²⁴) 2⁻²⁴,  u53 = (Q mod 2⁵³) 2⁻⁵³

are uniform in [0, 1). float32 and the 16-bit dtypes are made from u24, float64 and whatever torch
computes in float64 from u53.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnn.autograd.op import op
from refnn.ops import _libm
from refnn.ops._box_muller import box_muller_float32, box_muller_float64, box_muller_serial, normal_pair
from refnn.ops._half import is_half
from refnn.ops._mersenne import MersenneTwister
from refnn.ops._undifferentiable import lacks_derivative
from refnn.ops.creation import zeros, zeros_like

__all__ = [
    "any_integers",
    "bernoulli",
    "bernoulli_each",
    "cauchy",
    "exponential",
    "geometric",
    "integers",
    "log_normal",
    "multinomial",
    "normal",
    "uniform",
    "unit_doubles",
]

Array = NDArray[Any]

_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)
# Arrays without dimensions, which NumPy takes up twice as fast as numbers.
_MASK24, _MASK53 = np.array(2**24 - 1, np.uint32), np.array(2**53 - 1, np.uint64)
_ULP24, _ULP53 = np.array(2.0**-24, np.float32), np.array(2.0**-53)
_BLOCK = 1 << 13  # numbers: in float64 64 KB, which malloc keeps, where it would give larger arrays back
_LONG_BLOCK = 1 << 15  # where the work is done in 32 bits
_FEW = 256  # numbers, for which passes count more than what is done in them
_CHUNK = 16  # of the vectorised normals


def _by_blocks(n: int, dtype: Any, draw: Callable[[int], Array], block: int = _BLOCK) -> Array:
    """draw(n), a block at a time, so that its temporaries stay in the cache."""
    if n <= block:
        return draw(n)
    out = np.empty(n, dtype)
    for start in range(0, n, block):
        part = out[start : start + block]
        part[...] = draw(len(part))
    return out


def _u24(n: int, stream: MersenneTwister) -> NDArray[np.float32]:
    if n == 1:  # not worth an array's operations
        return np.array([(stream.word() & (2**24 - 1)) * 2.0**-24], np.float32)
    words = stream.words(n)
    words &= _MASK24
    out = words.view(np.int32).astype(np.float32)
    out *= _ULP24
    return out


def unit_doubles(n: int, stream: MersenneTwister) -> NDArray[np.float64]:
    """n times u53, in an array that the caller may overwrite."""
    if n == 1:
        return np.array([unit_double(stream)])
    pairs = stream.pairs(n)
    pairs &= _MASK53
    out = pairs.view(np.int64).astype(np.float64)
    out *= _ULP53
    return out


def unit_double(stream: MersenneTwister) -> float:
    """u53."""
    return (stream.pair() & (2**53 - 1)) * 2.0**-53


def _cast(x: Array, dtype: np.dtype[Any]) -> Array:
    """Convert; torch goes to the 16-bit dtypes by way of float32."""
    if x.dtype == dtype:
        return x
    with np.errstate(over="ignore", invalid="ignore"):
        if is_half(dtype):
            x = x.astype(np.float32)
        return x.astype(dtype, copy=False)


def uniform(n: int, dtype: np.dtype[Any], stream: MersenneTwister, low: float = 0.0, high: float = 1.0) -> Array:
    """u (high − low) + low, rounded once; where that rounds up to `high`, `low`."""
    if low == 0.0 and high == 1.0 and dtype == _SINGLE:
        return _by_blocks(n, dtype, lambda m: _u24(m, stream), _LONG_BLOCK)
    draw = _uniform_float64 if dtype == _DOUBLE else _uniform
    return _by_blocks(n, dtype, lambda m: draw(m, dtype, stream, low, high))


def _uniform_float64(n: int, dtype: Any, stream: MersenneTwister, low: float, high: float) -> Array:
    if low == 0.0 and high == 1.0:
        return unit_doubles(n, stream)
    out = _libm.fma(unit_doubles(n, stream), high - low, low)
    out[out == high] = low
    return out


def _uniform(n: int, dtype: Any, stream: MersenneTwister, low: float, high: float) -> Array:
    if low == 0.0 and high == 1.0:
        out: Array = _u24(n, stream)
    else:
        words = stream.words(n)
        words &= _MASK24
        wide = words.view(np.int32).astype(np.float64)
        start, end = np.float32(low), np.float32(high)
        wide *= float(end - start) * 2.0**-24  # exact, in 48 bits; so only the sum is rounded, and that to float32
        wide += float(start)
        out = wide.astype(np.float32)
    out = out.astype(dtype, copy=False)
    is_end = out == dtype.type(high)
    if is_end.any():
        out[is_end] = low
    return out


def normal(
    n: int,
    dtype: np.dtype[Any],
    stream: MersenneTwister,
    mean: float = 0.0,
    std: float = 1.0,
    *,
    serial: bool = False,
) -> Array:
    """N(mean, std²). `serial`: one by one, as torch fills short tensors (always) and non-contiguous ones."""
    if serial or n < _CHUNK:
        return _cast(_serial_normals(n, stream, lambda z: _libm.fma(z, std, mean)), dtype)
    rest = n % _CHUNK
    is_double = dtype == _DOUBLE
    wide = _DOUBLE if is_double else _SINGLE
    draw: Any = unit_doubles if is_double else _u24
    fill: Any = box_muller_float64 if is_double else box_muller_float32
    # The last 16 numbers of a length that 16 does not divide are made anew, from uniforms that come after all others.
    # float32 and float64 fill the tensor itself with uniforms, so the rest takes some from the stream too.
    whole = n - rest
    taken = n if rest == 0 else whole + _CHUNK if is_half(dtype) else n + _CHUNK
    x = _by_blocks(taken, wide, lambda m: draw(m, stream))
    if rest:
        x = np.concatenate((x[:whole], x[taken - _CHUNK :]))
    fill(x.reshape(-1, _CHUNK), mean, std)
    if rest:
        x = np.concatenate((x[: n - _CHUNK], x[whole:]))
    return x.astype(dtype, copy=False)


def _serial_normals(
    n: int, stream: MersenneTwister, function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """A function of standard normals in float64, which come in pairs: the stream keeps the second of the last pair."""
    kept = stream.cached_normal
    start = 0 if kept is None or n == 0 else 1
    missing = n - start
    fresh: Any
    if missing < _CHUNK:
        fresh = [z for _ in range(0, missing, 2) for z in normal_pair(unit_double(stream), unit_double(stream))]
    else:
        fresh = box_muller_serial(unit_doubles(missing + missing % 2, stream))
    if n:
        stream.cached_normal = float(fresh[-1]) if missing % 2 else None
    out = np.empty(n, np.float64)
    out[:start] = kept
    out[start:] = fresh[:missing]
    for at in range(0, n, _BLOCK):
        out[at : at + _BLOCK] = function(out[at : at + _BLOCK])
    return out


def bernoulli(n: int, p: float, stream: MersenneTwister) -> NDArray[np.bool_]:
    """u53 < p, by comparing integers."""
    threshold = np.uint64(math.ceil(p * 2.0**53))

    def draw(m: int) -> Array:
        pairs = stream.pairs(m)
        pairs &= _MASK53
        return pairs < threshold

    return _by_blocks(n, np.bool_, draw)


def bernoulli_each(p: Array, stream: MersenneTwister) -> NDArray[np.bool_]:
    """u < p for each element of the array p, in its logical order: u53 where p is float64, else u24."""
    draw: Any = unit_doubles if p.dtype == _DOUBLE else _u24
    uniforms = _by_blocks(p.size, _DOUBLE if p.dtype == _DOUBLE else _SINGLE, lambda m: draw(m, stream))
    result: NDArray[np.bool_] = uniforms.reshape(p.shape) < p
    return result


def integers(n: int, dtype: np.dtype[Any], stream: MersenneTwister, low: int, high: int) -> Array:
    """low + W mod (high − low); two words for each number where the range is 2²⁸ or more."""
    drawn = _by_blocks(n, dtype, lambda m: _integers(m, dtype, stream, low, high - low), _LONG_BLOCK)
    return drawn.astype(dtype, copy=False)


def _integers(n: int, dtype: np.dtype[Any], stream: MersenneTwister, low: int, span: int) -> Array:
    if span < 1 << 28:
        words = stream.words(n)
        _take_remainder(words, span)
        if low == 0 and dtype == np.int64:
            return words  # as they are: the block that they go to is wider
        wide: Array = words.astype(np.int64)
        wide += low
        return _cast(wide, dtype)
    wide = stream.pairs(n)
    if span < 1 << 64:
        _take_remainder(wide, span)
    wide += np.uint64(low & 0xFFFFFFFFFFFFFFFF)
    return _cast(wide.view(np.int64), dtype)


def any_integers(n: int, dtype: np.dtype[Any], stream: MersenneTwister) -> Array:
    """The integers of [0, max], or those that a floating dtype holds exactly: [0, 2^digits]."""
    return _by_blocks(n, dtype, lambda m: _any_integers(m, dtype, stream), _LONG_BLOCK)


def _any_integers(n: int, dtype: np.dtype[Any], stream: MersenneTwister) -> Array:
    if dtype == np.int64 or dtype == _DOUBLE:
        wide = stream.pairs(n)
        if dtype == _DOUBLE:
            _take_remainder(wide, 2**53 + 1)
        else:
            wide &= np.uint64(2**63 - 1)
        return wide.view(np.int64).astype(dtype)
    words = stream.words(n)
    _take_remainder(words, _count_of_integers(dtype))
    return _cast(words, dtype)


def _count_of_integers(dtype: np.dtype[Any]) -> int:
    if dtype.kind == "b":
        return 2
    if dtype.kind in "iu":
        return int(np.iinfo(dtype).max) + 1
    return {"float32": 2**24, "float16": 2**11, "bfloat16": 2**8}[dtype.name] + 1


def _take_remainder(words: NDArray[Any], span: int) -> None:
    if span & (span - 1) == 0:
        words &= np.array(span - 1, words.dtype)
        return
    divisor = np.array(span, words.dtype)
    if len(words) < _FEW:
        words %= divisor
    else:
        multiple = words // divisor  # NumPy vectorises // but not %
        multiple *= divisor
        words -= multiple


def exponential(n: int, dtype: np.dtype[Any], stream: MersenneTwister, rate: float = 1.0) -> Array:
    """−log(1 − u53) / rate."""
    return _by_blocks(n, dtype, lambda m: _cast(-1.0 / rate * _libm.log1p(-unit_doubles(m, stream)), dtype))


def geometric(n: int, dtype: np.dtype[Any], stream: MersenneTwister, p: float) -> Array:
    """⌈log(u53) / log(1 − p)⌉: the number of trials up to the first success."""
    scale = math.log1p(-p)
    return _by_blocks(n, dtype, lambda m: _cast(np.ceil(_libm.log(unit_doubles(m, stream)) / scale), dtype))


def log_normal(n: int, dtype: np.dtype[Any], stream: MersenneTwister, mean: float, std: float) -> Array:
    """e^z for z ~ N(mean, std²)."""
    return _cast(_serial_normals(n, stream, lambda z: _libm.exp(_libm.fma(z, std, mean))), dtype)


def cauchy(n: int, dtype: np.dtype[Any], stream: MersenneTwister, median: float, sigma: float) -> Array:
    """median + sigma tan(π (u53 − ½))."""

    def draw(m: int) -> Array:
        return _cast(_libm.fma(_libm.tan(math.pi * (unit_doubles(m, stream) - 0.5)), sigma, median), dtype)

    return _by_blocks(n, dtype, draw)


def multinomial(p: Array, k: int, stream: MersenneTwister, *, replacement: bool) -> NDArray[np.int64]:
    """k indices from each row of the weights p, (rows, categories), not necessarily summing to 1.

    With replacement: the inverse of the cumulative distribution at k uniforms. Without, or for k = 1: the k
    largest of p / e with exponential e.
    """
    if replacement and k > 1:
        wide = _DOUBLE if p.dtype == _DOUBLE else _SINGLE
        total = np.cumsum(p.astype(wide, copy=False), axis=1)  # one after the other: their rounding is torch's
        total = (total / total[:, -1:]).astype(np.float64)
        total[:, -1:] = 1.0
        out = np.empty((len(p), k), np.int64)
        for row in range(len(p)):
            out[row] = np.searchsorted(total[row], unit_doubles(k, stream))
        return out
    noise = exponential(p.size, p.dtype, stream).reshape(p.shape)
    with np.errstate(divide="ignore", over="ignore"):
        score = p / noise
    if k == 1:
        best: NDArray[np.int64] = np.argmax(score, axis=1, keepdims=True)
        return best
    return np.argsort(-score, axis=1, kind="stable")[:, :k]


# How a drawn tensor stands in the graph: as a constant, which passes a gradient of 0 to what it replaced.


@op
def drawn(x: Array, *, values: Array) -> Array:
    """y = values, whatever x was."""
    return values


drawn.derivative(x=zeros_like)

CONSTANTS = {
    name: drawn.renamed(name)
    for name in (
        "UniformBackward0", "NormalBackward0", "NormalBackward1", "NormalBackward2", "BernoulliBackward0",
        "BernoulliBackward1", "BernoulliBackward2", "RandomBackward0", "RandomBackward1", "RandomBackward2",
        "ExponentialBackward0", "GeometricBackward0", "LogNormalBackward0", "CauchyBackward0", "PoissonBackward0",
    )
}  # fmt: skip


@op(node_name="NormalBackward3")
def normal_of(mean: Array, std: Array, *, values: Array) -> Array:
    """y = values, drawn with these means and standard deviations."""
    return values


normal_of.derivative(mean=lambda g, mean_shape: zeros(mean_shape, g), std=lambda g, std_shape: zeros(std_shape, g))


@op(node_name="NotImplemented")
def bernoulli_of_p(x: Array, *, values: Array) -> Array:
    """y = values, drawn in the shape of x. torch records this, and cannot differentiate it."""
    return values


lacks_derivative(bernoulli_of_p, "bernoulli")
