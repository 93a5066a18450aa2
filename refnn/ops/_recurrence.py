"""What recurrent layers share: the rows of each time step, earlier states, weight gradients, unrolling.

A layer's input is (T, B, I), or packed: (R, I), in which the rows of step t are the sequences that last
longer than t, the longest first, sizes[t] of them. Both are one array of rows to a kernel. A state (B, H)
holds one row for each sequence; the rows of a sequence that has ended, or not begun in the reverse
direction, stay as they are.

Gates (count, R, H) lie in memory one after the other, so that what a step does with one of them, or with
neighbours, runs through memory that is contiguous.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import enable_grad
from refnn.autograd.op import Array
from refnn.ops import _workspace
from refnn.ops._constants import ones
from refnn.ops._half import opmath
from refnn.ops.creation import clone
from refnn.ops.joining import cat
from refnn.ops.linear import linear, linear_unbiased
from refnn.ops.shape import reshape, slice

Sizes = tuple[int, ...]
Span = tuple[int, int]  # first and last + 1 of a time step's rows


@lru_cache(maxsize=256)
def _spans(sizes: Sizes, reverse: bool) -> tuple[Span, ...]:
    found, start = [], 0
    for size in sizes:
        found.append((start, start + size))
        start += size
    return tuple(reversed(found)) if reverse else tuple(found)


def spans(x: Any, sizes: Sizes | None, reverse: bool) -> tuple[Span, ...]:
    """The rows of each time step, in the order in which the layer runs through them."""
    return _spans((x.shape[1],) * x.shape[0] if sizes is None else sizes, reverse)


def rows(x: Array) -> Array:
    """x as an array of rows, half precision as float32."""
    flat: Array = opmath(x.reshape(-1, x.shape[-1]))
    return flat


def wide(*arrays: Array | None) -> list[Any]:
    """The arrays in what they are computed in."""
    return [opmath(a) for a in arrays]


def earlier(states: Array, first: Array, steps: tuple[Span, ...]) -> Array:
    """For each row the state before its time step; `states` has the state after it."""
    before = np.empty_like(states)
    b = len(first)
    if 0 < len(steps) * b == len(states):  # all sequences are equally long
        if steps[0][0] == 0:
            before[:b], before[b:] = first, states[:-b]
        else:
            before[-b:], before[:-b] = first, states[b:]
        return before
    state = first.copy()
    for start, stop in steps:
        before[start:stop] = state[: stop - start]
        state[: stop - start] = states[start:stop]
    return before


def by_gate(weight: Array, count: int) -> Array:
    """The weights of each gate: a view (count, H, K)."""
    return weight.reshape(count, len(weight) // count, weight.shape[1])


def aligned(weights: Array) -> Array:
    """A copy for the products of all time steps, in memory where BLAS is up to 1.5 times as quick with few rows."""
    copy = _workspace.empty(weights.shape, weights.dtype, "rnn weights")
    np.copyto(copy, weights)
    return copy


def project(x: Array, weight: Array, *biases: Array | None, out: Array) -> None:
    """out = W x + b for all time steps at once, gate by gate."""
    np.matmul(x, by_gate(weight, len(out)).transpose(0, 2, 1), out=out)
    given = [bias for bias in biases if bias is not None]
    if given:
        out += reduce(np.add, given).reshape(len(out), 1, out.shape[2])


def sent_back(delta: Array, weight: Array) -> Array:
    """Wᵀ δ for all time steps, given δ of each gate."""
    weights = by_gate(weight, len(delta))
    total: Array = np.matmul(delta[0], weights[0])
    product = _workspace.empty(total.shape, total.dtype, "rnn product")
    for gate, of_gate in zip(delta[1:], weights[1:], strict=True):
        total += np.matmul(gate, of_gate, out=product)
    return total


def weight_gradient(delta: Array, x: Array) -> Array:
    """Σ δ xᵀ over the rows, given δ of each gate: (count · H, K)."""
    gradient: Array = np.matmul(delta.transpose(0, 2, 1), x)
    return gradient.reshape(-1, x.shape[1])


def initial(g: Array | None, like: Array) -> Array:
    """The gradient that reaches the last state, to be carried back in place."""
    return np.zeros_like(like) if g is None else np.array(g, like.dtype)


def bias_gradient(delta: Array) -> Array:
    """Σ δ over the rows, as a product with ones, given δ of each gate: (count · H,)."""
    total: Array = ones(delta.shape[1], delta.dtype) @ delta
    return total.reshape(-1)


def chosen(wanted: Sequence[bool], dtype: Any, *gradients: Callable[[], Array]) -> tuple[Array, ...]:
    """The wanted ones among several gradients, computed only then."""
    pairs = zip(wanted, gradients, strict=True)
    return tuple(np.asarray(compute()).astype(dtype, copy=False) for want, compute in pairs if want)


def spread(needs: Sequence[bool], gradients: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients in the places where they are needed, None in the others."""
    remaining = iter(gradients)
    return tuple(next(remaining) if need else None for need in needs)


def affine(x: Any, weight: Any, bias: Any) -> Any:
    """x Wᵀ + b."""
    return linear_unbiased(x, weight) if bias is None else linear(x, weight, bias)


def logistic(z: Array) -> None:
    """z = 1 / (1 + e⁻ᶻ), in place."""
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def logistic_slope(y: Array, out: Array) -> None:
    """out = y (1 − y), the derivative of y = σ(z)."""
    np.subtract(1, y, out=out)
    out *= y


def tanh_slope(y: Array, out: Array) -> None:
    """out = 1 − y², the derivative of y = tanh z."""
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)


# The same layer out of elementary ops, for derivatives of the backward pass ------------------------------


def unrolled(
    cell: Callable[..., tuple[Any, ...]], x: Any, states: Sequence[Any], sizes: Sizes | None, reverse: bool
) -> tuple[Any, ...]:
    """(y, *last states) of a layer whose step is `cell`: (x_t, *states) -> (*new states), the output first."""
    steps = spans(x, sizes, reverse)
    flat = reshape(x, shape=(-1, x.shape[-1])) if sizes is None else x
    current = list(states)
    outputs = {}
    for start, stop in steps:
        b = stop - start
        active = [_rows_of(state, 0, b) for state in current]
        new = cell(_rows_of(flat, start, stop), *active)
        outputs[start] = new[0]
        current = [
            fresh if b == len(state) else cat(fresh, _rows_of(state, b, len(state)), dim=0)
            for fresh, state in zip(new, current, strict=True)
        ]
    y = cat(*(outputs[start] for start in sorted(outputs)), dim=0)
    return (reshape(y, shape=(*x.shape[:2], y.shape[-1])) if sizes is None else y, *current)


def _rows_of(x: Any, start: int, stop: int) -> Any:
    return slice(x, dim=0, start=start, stop=stop, step=1)


def second_derivative(
    forward: Callable[..., tuple[Any, ...]],
    seeds: Sequence[Any],
    inputs: Sequence[Any],
    wanted: Sequence[bool],
    g: Sequence[Any],
    needs: Sequence[bool],
) -> list[Any]:
    """The derivative of a fused backward pass, from the layer out of elementary ops.

    The backward pass is (seeds, inputs) -> the wanted gradients of Σ seeds·forward(inputs) with respect to
    the inputs. Given g for each of those, this is the gradient with respect to each of seeds and inputs
    that `needs` says, as tensors with a graph where any argument is a tensor, as arrays otherwise.
    """
    from refnn.autograd.engine import grad

    recorded = any(isinstance(v, TensorBase) for v in (*g, *seeds, *inputs))
    with enable_grad():
        own = [_own(v) for v in (*seeds, *inputs)]
        own_seeds, own_inputs = own[: len(seeds)], own[len(seeds) :]
        pairs = [(y, s) for y, s in zip(forward(*own_inputs), own_seeds, strict=True) if s is not None]
        targets = [v for v, want in zip(own_inputs, wanted, strict=True) if want]
        outputs, own_seeds = _columns(pairs)
        first = grad(outputs, targets, own_seeds, create_graph=True)
        pairs = [(y, _tensor(gy)) for y, gy in zip(first, g, strict=True) if gy is not None and y.requires_grad]
        asked = [v for v, need in zip(own, needs, strict=True) if need]
        found = _second(grad, pairs, asked, recorded)
    return list(spread(needs, found if recorded else [None if v is None else v._data for v in found]))


def _second(grad: Any, pairs: list[tuple[Any, Any]], asked: list[Any], recorded: bool) -> Sequence[Any]:
    if not pairs:
        return [None] * len(asked)
    outputs, seeds = _columns(pairs)
    return grad(outputs, asked, seeds, create_graph=recorded, allow_unused=True)


def _columns(pairs: list[tuple[Any, Any]]) -> tuple[list[Any], list[Any]]:
    return [a for a, _ in pairs], [b for _, b in pairs]


def _tensor(value: Any) -> Any:
    return value if isinstance(value, TensorBase) else wrap(value)


def _own(value: Any) -> Any:
    """The value as a tensor that requires a gradient and is no other argument's."""
    if value is None:
        return None
    if isinstance(value, TensorBase) and value._requires_grad:
        return clone(value)
    leaf = wrap(value._data if isinstance(value, TensorBase) else value)
    leaf._requires_grad = True
    return leaf
