"""Advanced indexing: x[key] with integer or boolean arrays in the key. (Ints and slices are views.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op

Dims = tuple[int, ...]


@op(node_name="IndexBackward0")
def index(x: Array, *, key: Any) -> Array:
    """y = x[key]. key: a tuple of arrays and full slices, with at least one array."""
    return x[key]


@op(node_name="IndexPutBackward0")
def index_add_to(g: Array, *, shape: Dims, key: Any) -> Array:
    """Zeros of a shape with g added at key; repeated places add up. The transpose of index."""
    y = np.zeros(shape, g.dtype)
    np.add.at(y, key, g)
    return y


@op(node_name="IndexPutBackward0")
def index_put(x: Array, values: Array, *, key: Any, accumulate: bool) -> Array:
    """x with values written, or added, at key."""
    y = np.array(x)
    if accumulate:
        np.add.at(y, key, values)
    else:
        y[key] = values
    return y


@op
def index_cleared(g: Array, *, key: Any) -> Array:
    """g with zeros at key. Its own transpose."""
    y = np.array(g)
    y[key] = 0
    return y


index.derivative(x=lambda g, x_shape, key: index_add_to(g, shape=x_shape, key=key))
index_add_to.derivative(g=lambda g, key: index(g, key=key))
index_put.derivative(
    x=lambda g, key, accumulate: g if accumulate else index_cleared(g, key=key),
    values=lambda g, key: index(g, key=key),
)
index_cleared.derivative(g=lambda g, key: index_cleared(g, key=key))
