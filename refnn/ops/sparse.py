"""one_hot, embedding and embedding_bag: rows of a matrix W (V, D) picked by number, and summed in bags.

Picking rows is a product with one-hot vectors; its transpose adds each row's gradients where it came from.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _workspace
from refnn.ops._half import opmath, opmath_dtype
from refnn.ops._undifferentiable import lacks_derivative
from refnn.ops.comparison import where
from refnn.ops.creation import data_of, zeros_like
from refnn.ops.statistics import norm


@op
def one_hot(x: Array, *, num_classes: int) -> Array:
    """(*) -> (*, num_classes): y[…, k] = 1 where x[…] = k, else 0."""
    y = np.zeros((x.size, num_classes), np.int64)
    y[np.arange(x.size), x.reshape(-1)] = 1
    return y.reshape(*x.shape, num_classes)


# Embedding ----------------------------------------------------------------------------------------------


@op
def embedding(weight: Array, indices: Array, *, padding_idx: int, scale_grad_by_freq: bool) -> Array:
    """y[…] = W[i[…]], with i (*) and y (*, D). The options are the derivative's."""
    y = _workspace.lend((*indices.shape, weight.shape[1]), weight.dtype)
    if y.size:
        np.take(weight, indices, 0, out=y, mode="clip")  # nothing is clipped: "clip" alone writes into out at once
    return y


@op
def embedding_dense_backward(
    g: Array, indices: Array, *, num_weights: int, padding_idx: int, scale_grad_by_freq: bool
) -> Array:
    """dW[v] = Σ g[…] over i[…] = v, divided by their number where asked for, and 0 for v = padding_idx."""
    rows, places = g.reshape(indices.size, g.shape[-1]), indices.reshape(-1)
    if padding_idx >= 0:
        kept = places != padding_idx
        if not kept.all():
            rows, places = rows[kept], places[kept]
    if scale_grad_by_freq:
        rows = rows * _inverse_counts(places, num_weights, rows.dtype)[:, None]
    return _added_rows(rows, places, num_weights).astype(g.dtype, copy=False)


def _inverse_counts(places: Array, n: int, dtype: Any) -> Array:
    """For each place one over how often it occurs."""
    return (1 / np.bincount(places, minlength=n)[places]).astype(opmath_dtype(dtype))


_ROUNDS_FOR = 32  # of rows still to be added to: fewer are summed one by one


def _added_rows(rows: Array, places: Array, n: int) -> Array:
    """y (n, D) with y[v] = Σ rows[k] over places[k] = v, in order; of half precision in float32.

    In the k-th round every row of y gets its k-th addend, in one addition: no row occurs twice in it.
    """
    wide = opmath_dtype(rows.dtype)
    y = np.zeros((n, rows.shape[1]), wide)
    if rows.size == 0:
        return y
    rows = rows.astype(wide, copy=False)
    order = np.argsort(places, kind="stable")
    first = _starts(places[order])  # of each run of equal places
    counts = np.diff(np.append(first, len(order)))
    target = places[order[first]]
    y[target] = rows[order[first]]
    k = 1
    while True:
        live = counts > k
        first, counts, target = first[live], counts[live], target[live]
        if len(first) <= _ROUNDS_FOR:
            break
        y[target] += rows[order[first + k]]
        k += 1
    for start, count, v in zip(first.tolist(), counts.tolist(), target.tolist(), strict=True):
        y[v] += np.add.reduce(rows[order[start + k : start + count]], 0)
    return y


def _starts(x: Array) -> Array:
    """Where the runs of equal values begin, in a vector that is not empty."""
    begins = np.empty(len(x), np.bool_)
    begins[0] = True
    np.not_equal(x[1:], x[:-1], out=begins[1:])
    return np.flatnonzero(begins)


def _embedding_rule(g: Any, weight_shape: Any, indices: Any, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    return embedding_dense_backward(
        g, indices, num_weights=weight_shape[0], padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    )


def _dense_rule(g: Any, indices: Any, padding_idx: int) -> Any:
    """As in torch, the second derivative does not divide by the number of occurrences."""
    places = data_of(indices)
    picked = embedding(g, places, padding_idx=-1, scale_grad_by_freq=False)
    return picked if padding_idx < 0 else where((places == padding_idx)[..., None], zeros_like(picked), picked)


embedding.derivative(weight=_embedding_rule)
embedding_dense_backward.derivative(g=_dense_rule)


def shrunk_rows(weight: Array, rows: Array, *, max_norm: float, norm_type: float) -> Array:
    """W[rows] (n, D), each row times max_norm / (its norm + 10⁻⁷) where its norm is larger than max_norm."""
    picked = weight[rows]
    size = norm.kernel(picked, p=norm_type, dim=(1,), keepdim=True).astype(np.float64)
    scale = np.where(size > max_norm, max_norm / (size + 1e-7), 1.0)
    wide = opmath(picked)
    return (wide * scale.astype(weight.real.dtype).astype(wide.real.dtype)).astype(weight.dtype, copy=False)


@op
def embedding_renorm(weight: Array, indices: Array, *, max_norm: float, norm_type: float) -> Array:
    """W with the rows that i names shrunk to max_norm. Its derivative is not known."""
    y = weight.copy()
    rows = np.unique(indices)
    y[rows] = shrunk_rows(weight, rows, max_norm=max_norm, norm_type=norm_type)
    return y


lacks_derivative(embedding_renorm, listed=True)


# Bags ---------------------------------------------------------------------------------------------------


def bags_of(offsets: Array, n: int, dtype: Any) -> Array:
    """The bag of each of n indices, where bag b starts at offsets[b]."""
    inside = offsets[offsets < n]
    return (np.cumsum(np.bincount(inside, minlength=n)[:n]) - 1).astype(dtype)


@op(node_name="EmbeddingBagBackward0", results=("y", "chosen"))
def embedding_bag(
    weight: Array,
    indices: Array,
    bags: Array,
    sizes: Array,
    per_sample_weights: Array | None,
    *,
    mode: str,
    padding_idx: int,
    scale_grad_by_freq: bool,
) -> tuple[Array, Array]:
    """y[b] = Σ s_k W[i_k] over the k in bag b, or their mean, or the maximum of each column; 0 of an empty bag.

    indices i, bags and per_sample_weights s (n,): bags do not decrease. sizes (B,) are what a mean is divided by.
    Indices equal to padding_idx count for nothing. Also returns, for the maximum, the chosen indices (B, D).
    """
    wide = opmath_dtype(weight.dtype)
    y = np.zeros((len(sizes), weight.shape[1]), wide)
    chosen = np.zeros(y.shape if mode == "max" else (0,), indices.dtype)
    kept = np.flatnonzero(indices != padding_idx) if padding_idx >= 0 else np.arange(len(indices))
    if len(kept) == 0 or len(y) == 0:
        return y.astype(weight.dtype, copy=False), chosen
    indices, bags = indices[kept], bags[kept]
    rows = weight[indices].astype(wide, copy=False)
    if per_sample_weights is not None:
        rows *= per_sample_weights[kept].astype(wide, copy=False)[:, None]
    first = _starts(bags)
    filled = bags[first]
    if mode == "max":
        y[filled], place = _first_maximum(rows, first)
        chosen[filled] = indices[place]
    else:
        y[filled] = np.add.reduceat(rows, first, 0)
        if mode == "mean":
            y[filled] /= np.maximum(sizes[filled], 1).astype(wide)[:, None]
    return y.astype(weight.dtype, copy=False), chosen


def _first_maximum(rows: Array, first: Array) -> tuple[Array, Array]:
    """For each run of rows (n, D) and each column the maximum, and the first row that has it.

    A NaN is not larger than anything, nor is anything larger than a NaN that comes first.
    """
    best = np.fmax.reduceat(rows, first, 0)
    best = np.where(np.isnan(rows[first]), rows[first], best)
    counts = np.diff(np.append(first, len(rows)))
    wanted = np.repeat(best, counts, 0)
    equal = (rows == wanted) | np.isnan(wanted)
    places = np.where(equal, np.arange(len(rows))[:, None], len(rows))
    return best, np.minimum.reduceat(places, first, 0)


@op(node_name="EmbeddingBagBackwardBackward0")
def embedding_bag_backward(
    g: Array,
    indices: Array,
    bags: Array,
    sizes: Array,
    per_sample_weights: Array | None,
    chosen: Array,
    *,
    num_weights: int,
    mode: str,
    padding_idx: int,
    scale_grad_by_freq: bool,
) -> Array:
    """dW[v] = Σ s_k g[bag of k] over i_k = v, each divided by the bag's size in a mean; of a maximum, g where it came
    from."""
    if len(g) == 0:
        return np.zeros((num_weights, g.shape[1]), g.dtype)
    if mode == "max":
        full = sizes != 0
        y = np.zeros((num_weights, g.shape[1]), opmath_dtype(g.dtype))
        np.add.at(y, (chosen[full], np.arange(g.shape[1])), g[full].astype(y.dtype, copy=False))
        return y.astype(g.dtype, copy=False)
    if mode == "mean":
        g = np.divide(g, np.maximum(sizes, 1).astype(g.dtype)[:, None])
    rows = g[bags]
    if per_sample_weights is not None:
        rows = rows * per_sample_weights[:, None]
    if scale_grad_by_freq:
        rows = rows * _bag_scale(indices, num_weights, rows.dtype)[:, None]
    return embedding_dense_backward.kernel(
        rows, indices, num_weights=num_weights, padding_idx=padding_idx, scale_grad_by_freq=False
    ).astype(g.dtype, copy=False)


def _bag_scale(places: Array, n: int, dtype: Any) -> Array:
    """For each place one over a count: of the k-th distinct place, as in torch, that of the k-th place in order."""
    counts, ordered = np.bincount(places, minlength=n), np.sort(places)
    distinct, which = np.unique(places, return_inverse=True)
    return (1 / counts[ordered[: len(distinct)]][which]).astype(opmath_dtype(dtype))


@op(node_name="NotImplemented")
def embedding_bag_per_sample_weights_backward(
    g: Array, weight: Array, indices: Array, bags: Array, *, padding_idx: int
) -> Array:
    """ds_k = ⟨g[bag of k], W[i_k]⟩, and 0 where i_k is padding_idx."""
    if len(g) == 0:
        return np.zeros(len(indices), g.dtype)
    ds = np.einsum("nd,nd->n", opmath(g[bags]), opmath(weight[indices]))
    return np.where(indices == padding_idx, np.zeros((), ds.dtype), ds).astype(g.dtype)


def _bag_rule(
    g: Any,
    weight: Any,
    indices: Any,
    bags: Any,
    sizes: Any,
    per_sample_weights: Any,
    chosen: Any,
    needs: Any,
    mode: str,
    padding_idx: int,
    scale_grad_by_freq: bool,
) -> tuple[Any, ...]:
    to_weight = to_samples = None
    if needs[0]:
        to_weight = embedding_bag_backward(
            g[0],
            indices,
            bags,
            sizes,
            per_sample_weights,
            chosen,
            num_weights=data_of(weight).shape[0],
            mode=mode,
            padding_idx=padding_idx,
            scale_grad_by_freq=scale_grad_by_freq,
        )
    if needs[4]:
        to_samples = embedding_bag_per_sample_weights_backward(g[0], weight, indices, bags, padding_idx=padding_idx)
    return to_weight, None, None, None, to_samples


embedding_bag.joint_derivative(_bag_rule)
lacks_derivative(embedding_bag_backward, "_embedding_bag_backward", listed=True)
lacks_derivative(embedding_bag_per_sample_weights_backward, "_embedding_bag_per_sample_weights_backward")
