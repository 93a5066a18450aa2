"""Rows of refnn/ops/attention.py: masks that broadcast, rows that are masked out, dropout's noise."""

import numpy as np

from refnn.ops import attention as ops
from tests.ops.rows._rows import normal, row

Q, K, V = normal(2, 2, 3, 4), normal(2, 2, 5, 4), normal(2, 2, 5, 3)
NOISE = (normal(2, 2, 3, 5) > 0) * 2.0
HOLES = np.where(normal(3, 5) > 0, 0.0, -np.inf)
HOLES[1] = -np.inf
ALL = (True, True, True, True)


def backward(bias, noise, wanted):
    """The backward op, given what the op itself returns."""
    options = {"scale": 0.5}
    results = ops.scaled_dot_product_attention.kernel(Q, K, V, bias, noise, keep=True, joined=False, **options)
    arrays = (normal(2, 2, 3, 3), Q, K, V, bias, noise, *results[1:])
    return row(ops.scaled_dot_product_attention_backward, *arrays, **options, wanted=wanted, wrt=("gy",))


def forward(bias, noise=None, wrt=("q", "k", "v"), **options):
    call = {"scale": 0.5, "keep": True, "joined": True, **options}
    return row(ops.scaled_dot_product_attention, Q, K, V, bias, noise, **call, wrt=wrt, results=(0,), inner=(1, 2))


ROWS = [
    forward(None),
    forward(ops.causal_bias(3, 5, np.dtype("float64"))),
    forward(None, NOISE),
    forward(normal(3, 5), wrt=("q", "k", "v", "bias")),
    forward(normal(2, 1, 1, 5), NOISE, wrt=("q", "k", "v", "bias")),
    forward(HOLES),
    backward(None, None, (True, True, True, False)),
    backward(normal(2, 1, 3, 5), NOISE, ALL),
    backward(HOLES, None, (False, True, False, False)),
]
