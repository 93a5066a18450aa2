"""Indexing: x[key] of integers, slices and None is a view; of integer arrays, a copy.

A key of `index` and its like holds one entry for each leading dimension: an int64 array, all of which
broadcast together, or a full slice. NumPy puts the result's dimensions where torch does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.gathering import add_at
from refnn.ops.shape import Dims

# Views --------------------------------------------------------------------------------------------------


def _last_step(meta: dict[str, Any]) -> str:
    """torch takes a key apart: the name of the last step is what the result's grad_fn prints."""
    name = "AliasBackward0"
    for part in meta["key"]:
        if part is None:
            name = "UnsqueezeBackward0"
        elif isinstance(part, int):
            name = "SelectBackward0"
        elif isinstance(part, slice) and part != slice(None):
            name = "SliceBackward0"
    return name


@op(view=True, node_name=_last_step)
def basic(x: Array, *, key: tuple[Any, ...]) -> Array:
    """y = x[key], the key made of integers, slices and None."""
    if None in key:  # reshape, here always a view, gives new dimensions torch's strides, where NumPy's None gives 0
        lengths = iter(x.shape)
        x = x.reshape((*[1 if k is None else next(lengths) for k in key], *lengths))
        key = tuple(slice(None) if k is None else k for k in key)
    return x[(*key, ...)]


@op(node_name="SliceBackward0")
def basic_backward(g: Array, *, shape: Dims, key: tuple[Any, ...]) -> Array:
    """Zeros of a shape with g at key. The transpose of basic."""
    y = np.zeros(shape, g.dtype)
    y[key] = g
    return y


@op(node_name="torch::autograd::CopySlices")
def basic_put(x: Array, values: Array, *, key: tuple[Any, ...]) -> Array:
    """x with values written at key."""
    y = np.array(x)
    y[key] = values
    return y


@op(node_name="SliceBackward0")
def basic_cleared(g: Array, *, key: tuple[Any, ...]) -> Array:
    """g with zeros at key. Its own transpose."""
    y = np.array(g)
    y[key] = 0
    return y


basic_put.derivative(x=lambda g, key: basic_cleared(g, key=key), values=lambda g, key: basic(g, key=key))
basic_cleared.derivative(g=lambda g, key: basic_cleared(g, key=key))
basic.derivative(x=lambda g, x_shape, key: basic_backward(g, shape=x_shape, key=key))
basic_backward.derivative(g=lambda g, key: basic(g, key=key))


sliced = basic.renamed("SliceBackward0")  # x[a:b] alone, also where that is all of x
copied = basic_put.renamed("torch::autograd::CopyBackwards")
filled = basic_put.renamed("FillBackward3")
select_scatter = basic_put.renamed("SelectScatterBackward0")
slice_scatter = basic_put.renamed("SliceScatterBackward0")


# Copies -------------------------------------------------------------------------------------------------


def _vector(x: Array) -> Array:
    """A 0-dim array as one of a single element, over the same memory."""
    return x if x.ndim else x.reshape(1)


@op(node_name="IndexBackward0")
def index(x: Array, *, key: Any) -> Array:
    """y = x[key]. In memory y's dimensions follow x's, and C order where there is no telling."""
    x = _vector(x)
    if len(key) == 1 or not x.size:
        return x[key]
    if not x.flags.c_contiguous:
        return _ordered(x[key], _steps(x, key))
    if all(isinstance(part, slice) for part in key[:-1]):
        return x.take(key[-1], len(key) - 1, mode="wrap")  # NumPy's x[:, i] begins with i's dimension
    return np.asarray(x[key], order="C")


def _steps(x: Array, key: Any) -> list[int]:
    """For each dimension of x[key] x's stride, or 0 where index arrays put it."""
    places = [d for d, part in enumerate(key) if isinstance(part, np.ndarray)]
    new = np.broadcast(*[key[d] for d in places]).ndim
    together = places[-1] - places[0] == len(places) - 1
    kept = [step for d, step in enumerate(x.strides) if d not in places]
    at = places[0] if together else 0
    return [*kept[:at], *[0] * new, *kept[at:]]


def _ordered(y: Array, steps: list[int]) -> Array:
    """y with its dimensions in memory by steps, as torch sorts them: it passes over those without a step."""
    order = list(reversed(range(y.ndim)))  # the quickest first
    for start in range(1, y.ndim):
        at = start
        for k in reversed(range(start)):
            mine, other = steps[order[at]], steps[order[k]]
            if mine and other and mine >= other:
                break
            if mine and other:
                order[at], order[k], at = order[k], order[at], k
    slow_first = order[::-1]
    return np.ascontiguousarray(y.transpose(slow_first)).transpose(np.argsort(slow_first))


@op(node_name="IndexPutBackward0")
def index_add_to(g: Array, *, shape: Dims, key: Any) -> Array:
    """Zeros of a shape with g added at key; repeated places add up. The transpose of index."""
    y = np.zeros(shape, g.dtype)
    add_at(_vector(y), key, g)
    return y


@op(node_name="IndexPutBackward0")
def index_put(x: Array, values: Array, *, key: Any, accumulate: bool) -> Array:
    """x with values written, or added, at key."""
    y = np.array(x)
    if accumulate:
        add_at(_vector(y), key, values)
    else:
        _vector(y)[key] = values
    return y


@op
def index_cleared(g: Array, *, key: Any) -> Array:
    """g with zeros at key. Its own transpose."""
    y = np.array(g)
    _vector(y)[key] = 0
    return y


index.derivative(x=lambda g, x_shape, key: index_add_to(g, shape=x_shape, key=key))
index_add_to.derivative(g=lambda g, key: index(g, key=key))
index_put.derivative(
    x=lambda g, key, accumulate: g if accumulate else index_cleared(g, key=key),
    values=lambda g, key: index(g, key=key),
)
index_cleared.derivative(g=lambda g, key: index_cleared(g, key=key))


# One dimension, or the whole as a vector, under the names that a user sees -----------------------------------


@op(node_name="IndexSelectBackward0")
def index_select(x: Array, *, key: Any) -> Array:
    """y = x[key], in C order."""
    return np.asarray(_vector(x)[key] if len(key) == 1 else index.kernel(x, key=key), order="C")


index_select.derivative(x=lambda g, x_shape, key: index_add_to(g, shape=x_shape, key=key))
take = index.renamed("TakeBackward0")
masked_select = index.renamed("MaskedSelectBackward0")
index_add = index_put.renamed("IndexAddBackward0")
index_copy = index_put.renamed("IndexCopyBackward0")
index_fill = index_put.renamed("IndexFillBackward0")
put = index_put.renamed("PutBackward0")
masked_fill = index_put.renamed("MaskedFillBackward0")
masked_scatter = index_put.renamed("MaskedScatterBackward0")
index_fill.refuses("index_fill_cpu", "U")
masked_scatter.refuses("masked_scatter", "U")
