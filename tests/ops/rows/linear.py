"""The linear layer, its gradients, and the bilinear layer."""

from refnn.ops import linear as ops
from tests.ops.rows._rows import compound, normal, row

ROWS = [
    row(ops.linear, normal(4, 3), normal(2, 3), normal(2)),
    row(ops.linear, compound(2, 3), compound(2, 3), compound(2)),
    row(ops.linear, normal(0, 3), normal(2, 3), normal(2)),
    row(ops.linear_unbiased, normal(4, 3), normal(2, 3)),
    row(ops.linear_unbiased, compound(2, 3), compound(2, 3)),
    row(ops.input_gradient, normal(4, 2), normal(2, 3)),
    row(ops.input_gradient, compound(2, 2), compound(2, 3)),
    row(ops.weight_gradient, normal(4, 2), normal(4, 3)),
    row(ops.weight_gradient, compound(2, 2), compound(2, 3)),
    row(ops.bias_gradient, normal(4, 2)),
    row(ops.bias_gradient, normal(0, 2)),
    row(ops.bilinear, normal(3, 2), normal(3, 4), normal(2, 2, 4)),
    row(ops.bilinear, compound(2, 2), compound(2, 2), compound(1, 2, 2)),
]
