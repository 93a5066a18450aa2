"""Rows of refnn/ops/activation.py."""

import numpy as np

from refnn.ops import activation as ops
from tests.ops.rows._rows import away, compound, normal, row

ROWS = [
    row(ops.tanh, normal(3, 4)),
    row(ops.tanh, compound(3)),
    row(ops.tanh_backward, normal(3, 4), np.tanh(normal(3, 4))),
    row(ops.tanh_backward, compound(3), np.tanh(compound(3))),
    row(ops.sigmoid, normal(3, 4)),
    row(ops.sigmoid, compound(3)),
    row(ops.sigmoid_backward, normal(3, 4), 0.5 * np.tanh(normal(3, 4)) + 0.5),
    row(ops.sigmoid_backward, compound(3), np.tanh(compound(3))),
    row(ops.relu, away(3, 4)),
    row(ops.relu_backward, normal(3, 4), away(3, 4)),
    row(ops.leaky_relu, away(3, 4), negative_slope=0.1),
    row(ops.leaky_relu, away(3, 4), negative_slope=-0.5),
    row(ops.leaky_relu_, away(3, 4), negative_slope=0.1),
    row(ops.leaky_relu_backward, normal(3, 4), away(3, 4), negative_slope=0.1),
    row(ops.prelu_kernel, away(2, 3, 4), away(1, 3, 1)),
    row(ops.prelu_kernel, away(4), away(1)),
    row(ops.prelu_kernel_backward, normal(2, 3), away(2, 3), away(1, 3)),
    row(ops.prelu_weight_backward, normal(2, 3), away(2, 3)),
    row(ops.drop_nonnegative, normal(2, 3), away(2, 3)),
    row(ops.glu, normal(2, 4, 3), dim=1),
    row(ops.glu, normal(6), dim=0),
    row(ops.glu_backward, normal(2, 2, 3), normal(2, 4, 3), dim=1),
]
