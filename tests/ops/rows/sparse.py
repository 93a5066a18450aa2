"""Rows of refnn/ops/sparse.py: indices that repeat, padding, bags that are empty, ties."""

import numpy as np

from refnn.ops import sparse as ops
from tests.ops.rows._rows import distinct, normal, row, whole

W, INDEX = normal(5, 3), np.array([[1, 4, 1], [0, 1, 2]])
FLAT, BAGS, SIZES = np.array([1, 4, 1, 0, 2]), np.array([0, 0, 2, 2, 2]), np.array([2, 0, 3])
PLAIN = {"padding_idx": -1, "scale_grad_by_freq": False}
PADDED = {"padding_idx": 1, "scale_grad_by_freq": False}
COUNTED = {"padding_idx": -1, "scale_grad_by_freq": True}


def bag(weight, samples, mode, **options):
    """The op and its backward op, whose own derivative is not known."""
    call = {"mode": mode, **options}
    chosen = ops.embedding_bag.kernel(weight, FLAT, BAGS, SIZES, samples, **call)[1]
    back = (normal(3, 3), FLAT, BAGS, SIZES, samples, chosen)
    return [
        row(ops.embedding_bag, weight, FLAT, BAGS, SIZES, samples, **call, results=(0,), kink=True),
        row(ops.embedding_bag_backward, *back, num_weights=5, **call, wrt=(), kink=True),
    ]


ROWS = [
    row(ops.one_hot, whole(2, 3, of=4), num_classes=4),
    row(ops.embedding, W, INDEX, **PLAIN),
    row(ops.embedding, W, np.array(2), **PLAIN),
    row(ops.embedding, W, np.zeros((0, 2), np.int64), **PLAIN),
    row(ops.embedding, W, INDEX, **PADDED, kink=True),
    row(ops.embedding, W, INDEX, **COUNTED, kink=True),
    row(ops.embedding_dense_backward, normal(2, 3, 3), INDEX, num_weights=5, **PLAIN),
    row(ops.embedding_dense_backward, normal(2, 3, 3), INDEX, num_weights=5, **PADDED),
    row(ops.embedding_dense_backward, normal(2, 3, 3), INDEX, num_weights=5, **COUNTED, kink=True),
    *(r for mode in ("sum", "mean", "max") for r in bag(distinct(5, 3), None, mode, **PLAIN)),
    *bag(distinct(5, 3), normal(5), "sum", **PADDED),
    *bag(W, None, "mean", **COUNTED),
    row(
        ops.embedding_bag_per_sample_weights_backward, normal(3, 3), W, FLAT, BAGS, padding_idx=1, wrt=(), kink=True
    ),
    row(ops.embedding_renorm, W, FLAT, max_norm=1.0, norm_type=2.0, wrt=(), kink=True),
]  # fmt: skip
