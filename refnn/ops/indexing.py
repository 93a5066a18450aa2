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
    return x[(*key, ...)]


@op(node_name="SliceBackward0")
def basic_backward(g: Array, *, shape: Dims, key: tuple[Any, ...]) -> Array:
    """Zeros of a shape with g at key. The transpose of basic."""
    y = np.zeros(shape, g.dtype)
    y[key] = g
    return y


@op(node_name="CopySlices")
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
copied = basic_put.renamed("CopyBackwards")
filled = basic_put.renamed("FillBackward3")
select_scatter = basic_put.renamed("SelectScatterBackward0")
slice_scatter = basic_put.renamed("SliceScatterBackward0")


# Copies -------------------------------------------------------------------------------------------------


def _vector(x: Array) -> Array:
    """A 0-dim array as one of a single element, over the same memory."""
    return x if x.ndim else x.reshape(1)


@op(node_name="IndexBackward0")
def index(x: Array, *, key: Any) -> Array:
    """y = x[key]."""
    return _vector(x)[key]


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

index_select = index.renamed("IndexSelectBackward0")
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
