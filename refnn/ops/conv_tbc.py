"""Convolution of sequences with time first.

    y[t, b, o] = bias[o] + Σ_k,c x[t + k − pad, b, c] · w[k, c, o]

Shapes: x (T, B, C), w (K, C, O), y (T + 2 pad − K + 1, B, O): conv1d with every tensor's dimensions in another
order, which is what its rule says.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops._half import half_in_float32
from refnn.ops.conv import conv_transpose, conv_weight
from refnn.ops.creation import conj, data_of
from refnn.ops.reduction import sum as sum_over
from refnn.ops.shape import permute

Needs = tuple[bool, ...]


@op
@half_in_float32
def conv_tbc(x: Array, weight: Array, bias: Array, *, pad: int) -> Array:
    """y[t, b, o] = bias[o] + Σ_k,c x[t + k − pad, b, c] · w[k, c, o]: a product of matrices for each k."""
    places = x.shape[0] + 2 * pad - weight.shape[0] + 1
    padded = np.pad(x, ((pad, pad), (0, 0), (0, 0))) if pad >= 0 else x[-pad : x.shape[0] + pad]
    y = np.empty((places, x.shape[1], weight.shape[2]), x.dtype)
    y[...] = bias
    for k, tap in enumerate(weight):
        y += padded[k : k + places] @ tap
    return y


@conv_tbc.joint_derivative
def _conv_tbc_rule(g: Any, x: Any, weight: Any, needs: Needs, pad: int) -> tuple[Any, Any, Any]:
    form: Any = {"stride": (1,), "padding": ((pad, pad),), "dilation": (1,), "groups": 1}
    size, kernel = data_of(x).shape[:1], data_of(weight).shape[:1]
    gn = permute(g, dims=(1, 2, 0))  # (B, O, T')
    xn, wn = permute(x, dims=(1, 2, 0)), permute(weight, dims=(2, 1, 0))  # (B, C, T), (O, C, K)
    dx = conv_transpose(gn, conj(wn), None, size=size, **form) if needs[0] else None
    dw = conv_weight(conj(xn), gn, kernel=kernel, **form) if needs[1] else None
    return (
        None if dx is None else permute(dx, dims=(2, 0, 1)),
        None if dw is None else permute(dw, dims=(2, 1, 0)),
        sum_over(g, dim=(0, 1), keepdim=False) if needs[2] else None,
    )
