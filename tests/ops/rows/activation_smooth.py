"""Rows of refnn/ops/activation_smooth.py."""

import numpy as np

from refnn.ops import activation_smooth as ops
from tests.ops.rows._rows import away, compound, normal, row

ELU = {"alpha": 1.3, "scale": 1.1, "input_scale": 0.7}
X, Y = away(3, 4), 1.3 * 1.1 * np.expm1(-np.abs(away(3, 4)))

ROWS = [
    row(ops.elu, X, **ELU),
    row(ops.elu, X, alpha=1.0, scale=1.0, input_scale=1.0),
    row(ops.elu_, X, **ELU),
    row(ops.elu_backward, normal(3, 4), X, **ELU),
    row(ops.elu_backward_of_result, normal(3, 4), Y, **ELU),
    row(ops.elu_backward_of_result, normal(3, 4), np.abs(Y), **ELU),
    row(ops.softplus, normal(3, 4), beta=1.0, threshold=20.0),
    row(ops.softplus, X + 3, beta=2.0, threshold=1.0),
    row(ops.softplus_backward, normal(3, 4), normal(3, 4), beta=0.7, threshold=20.0),
    row(ops.softplus_backward, normal(3, 4), X + 3, beta=2.0, threshold=1.0),
    row(ops.log_sigmoid, normal(3, 4)),
    row(ops.log_sigmoid_backward, normal(3, 4), normal(3, 4)),
    row(ops.silu, normal(3, 4)),
    row(ops.silu, compound(3)),
    row(ops.silu_backward, normal(3, 4), normal(3, 4)),
    row(ops.silu_backward, compound(3), compound(3)),
    row(ops.mish, normal(3, 4)),
    row(ops.mish_backward, normal(3, 4), normal(3, 4)),
    *(row(ops.gelu, normal(3, 4), approximate=form) for form in ("none", "tanh")),
    *(row(ops.gelu_backward, normal(3, 4), normal(3, 4), approximate=form) for form in ("none", "tanh")),
]
