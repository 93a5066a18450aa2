"""Channel shuffle: the channels of several groups, interleaved."""

from __future__ import annotations

from refnn.autograd.op import Array, op
from refnn.ops._memory_format import empty, is_channels_last
from refnn.ops._undifferentiable import lacks_derivative


@op
def channel_shuffle(x: Array, *, groups: int) -> Array:
    """y[:, k g + j] = x[:, j C/g + k] for the g groups j of x (N, C, *)."""
    y = empty(x.shape, x.dtype, x.ndim == 4 and is_channels_last(x))
    each = x.shape[1] // groups
    for j in range(groups):
        y[:, j::groups] = x[:, j * each : (j + 1) * each]
    return y


channel_shuffle.derivative(x=lambda g, x_shape, groups: channel_shuffle(g, groups=max(x_shape[1] // groups, 1)))


native_channel_shuffle = lacks_derivative(
    channel_shuffle.renamed("torch::autograd::NotImplemented"), "native_channel_shuffle"
)
